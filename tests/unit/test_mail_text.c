/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/mail_text.h"

static void assert_words(const char *text, const char *wanted)
{
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, 4096);
    mail_put_words(&out, slice_of(text), strlen("Subject: "));
    assert_slice(buf_view(&out), wanted);
}

static void assert_body(const char *text, const char *wanted)
{
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, 65536);
    mail_put_body(&out, slice_of(text));
    assert_slice(buf_view(&out), wanted);
}

static void test_plain_words_stay_plain_and_are_folded(void **state)
{
    (void)state;
    assert_words("OVERSOLD: TEE sold 1 beyond stock", "OVERSOLD: TEE sold 1 beyond stock");
    assert_words("a subject of many words that is longer than what fits into one line of a "
                 "header, by far",
                 "a subject of many words that is longer than what fits into one "
                 "line\r\n of a header, by far");
}

static void test_no_text_ends_a_header_or_begins_another(void **state)
{
    (void)state;
    assert_words("TEE\r\nBcc: thief@example.com", "TEE Bcc: thief@example.com");
    assert_words("TEE\nX: y\r\n\r\nbody", "TEE X: y body");
    assert_words("\r\n", "");
    assert_words("tab\tand \x7f bell\a", "tab and bell");
    /* A text that looks encoded would be decoded by the reader, to whatever it likes. */
    assert_words("=?UTF-8?B?QmNjOg==?=", "=?UTF-8?B?PT9VVEYtOD9CP1FtTmpPZz09Pz0=?=");
}

static void test_other_letters_are_encoded_and_never_split(void **state)
{
    (void)state;
    assert_words("Gr\xc3\xbc\xc3\x9f"
                 "e",
                 "=?UTF-8?B?R3LDvMOfZQ==?=");
    /* 38 letters, then one of two bytes: it opens the second word. */
    assert_words("abcdefghijklmnopqrstuvwxyzabcdefghijkl\xc3\xa9 end",
                 "=?UTF-8?B?YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWZnaGlqa2w=?=\r\n "
                 "=?UTF-8?B?w6kgZW5k?=");
    assert_words("bad \xc3( and \xf0\x9f", "bad ?( and ??");
}

static void test_a_long_subject_is_cut_behind_a_whole_character(void **state)
{
    char text[600];
    (void)state;
    for (size_t i = 0; i + 2 < sizeof(text); i += 2) {
        memcpy(text + i, "\xc3\xa9", 2);
    }
    text[598] = '\0';
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, 4096);
    mail_put_words(&out, slice_of(text), 9);
    struct slice rest = buf_view(&out), line;
    size_t lines = 0;
    while (rest.n) {
        slice_cut(&rest, '\n', &line);
        assert_true(line.n <= 76);
        assert_true(slice_starts(slice_trim(line), "=?UTF-8?B?"));
        lines++;
    }
    assert_int_equal(lines, 6); /* 198 bytes, 38 a word */
}

static void test_a_body_is_quoted_printable(void **state)
{
    (void)state;
    assert_body("3 units = too many\n", "3 units =3D too many\r\n");
    assert_body("Gr\xc3\xbc\xc3\x9f"
                "e \nend",
                "Gr=C3=BC=C3=9Fe=20\r\nend\r\n");
    assert_body("cr\rlf", "cr=0Dlf\r\n");
    assert_body("0123456789012345678901234567890123456789012345678901234567890123456789abcde",
                "0123456789012345678901234567890123456789012345678901234567890123456789abcde\r\n");
    assert_body(
        "0123456789012345678901234567890123456789012345678901234567890123456789abcd\xc3\xa9",
        "0123456789012345678901234567890123456789012345678901234567890123456789abcd=\r\n"
        "=C3=A9\r\n");
}

static void test_a_mail_has_the_headers_of_one_made_by_a_machine(void **state)
{
    const struct slice to[] = {SLICE("a@example.com"), SLICE("b@example.org")};
    const struct mail_text mail = {.from = SLICE("stock@shop.example"),
                                   .to = to,
                                   .to_count = 2,
                                   .subject = SLICE("it\r\nis"),
                                   .body = SLICE("so\n"),
                                   .id = SLICE("abc.1"),
                                   .at_us = INT64_C(784111777) * US_PER_S};
    ON_EXIT(buf_free) struct buf out;
    (void)state;
    buf_init(&out, 65536);
    mail_text_write(&mail, &out);
    assert_slice(buf_view(&out),
                 "Date: Sun, 06 Nov 1994 08:49:37 +0000\r\n"
                 "From: truecount <stock@shop.example>\r\n"
                 "To: <a@example.com>,\r\n <b@example.org>\r\n"
                 "Subject: it is\r\n"
                 "Message-ID: <abc.1@shop.example>\r\n"
                 "MIME-Version: 1.0\r\n"
                 "Content-Type: text/plain; charset=utf-8\r\n"
                 "Content-Transfer-Encoding: quoted-printable\r\n"
                 "Auto-Submitted: auto-generated\r\n"
                 "\r\n"
                 "so\r\n");
}

static void test_an_address_that_could_end_a_line_is_none(void **state)
{
    (void)state;
    assert_true(mail_address_is_sound(SLICE("ops+alerts@mail.example.com")));
    static const char *const unsound[] = {"",
                                          "ops",
                                          "@example.com",
                                          "ops@",
                                          "a@b@c",
                                          "a b@c.example",
                                          "a@b.example\r\nRCPT TO:<x@y>",
                                          "<a@b.example>",
                                          "a@b.example,c@d.example",
                                          "\xc3\xa9@b.example"};
    for (size_t i = 0; i < COUNT_OF(unsound); i++) {
        assert_false(mail_address_is_sound(slice_of(unsound[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_words_stay_plain_and_are_folded),
        cmocka_unit_test(test_no_text_ends_a_header_or_begins_another),
        cmocka_unit_test(test_other_letters_are_encoded_and_never_split),
        cmocka_unit_test(test_a_long_subject_is_cut_behind_a_whole_character),
        cmocka_unit_test(test_a_body_is_quoted_printable),
        cmocka_unit_test(test_a_mail_has_the_headers_of_one_made_by_a_machine),
        cmocka_unit_test(test_an_address_that_could_end_a_line_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
