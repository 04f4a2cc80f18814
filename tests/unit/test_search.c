/* SPDX-License-Identifier: Apache-2.0 */
/* What people type finds what they mean. */
#include "testing.h"

#include "core/search.h"

static bool finds(const char *typed, const char *text)
{
    struct search search;
    const struct slice texts[] = {slice_of(text)};
    search_init(&search, slice_of(typed));
    return search_finds(&search, texts, 1);
}

static void test_case_marks_and_blanks_make_no_difference(void **state)
{
    (void)state;
    assert_true(finds("TEE", "a blue tee"));
    assert_true(finds("entrepot", "Entrep\xC3\xB4t Paris"));
    assert_true(finds("ENTREP\xC3\x94T", "entrepot"));
    assert_true(finds("strasse",
                      "Rosenstra\xC3\x9F"
                      "e"));
    assert_true(finds("\xC5\x81\xC3\xB3\x64\xC5\xBA", "lodz"));
    assert_true(finds("cafe", "cafe\xCC\x81")); /* a combining accent */
    assert_true(finds("\xCE\x9F\xCE\x94\xCE\x9F\xCE\xA3", "\xCE\xBF\xCE\xB4\xCE\xBF\xCF\x82"));
    assert_true(finds("\xD1\x91\xD0\xBB\xD0\xBA\xD0\xB0", "\xD0\x95\xD0\x9B\xD0\x9A\xD0\x90"));
    assert_true(finds("a  b", "b,\xC2\xA0\xE3\x80\x80\x61"));
    assert_true(finds("abc", "\xEF\xBC\xA1\xEF\xBC\xA2\xEF\xBC\xA3")); /* full-width */
    assert_true(finds("evil",
                      "\xE2\x80\xAE"
                      "ev\xE2\x80\x8Bil"));
    assert_true(finds("\xF0\x9F\x91\x95", "shirt \xF0\x9F\x91\x95")); /* four bytes */
    assert_false(finds("tee", "te e"));
    assert_false(finds("\xF0\x9F\x91\x95", "\xF0\x9F\x91\x96"));
}

static void test_each_word_must_stand_in_one_of_the_texts(void **state)
{
    struct search search;
    const struct slice texts[] = {SLICE("TEE-M"), SLICE("Shirt, blue"), {NULL, 0}};
    (void)state;
    search_init(&search, SLICE("  blue tee "));
    assert_true(search_finds(&search, texts, COUNT_OF(texts)));
    assert_false(search_finds(&search, texts, 1));
    search_init(&search, SLICE("blue teem"));
    assert_false(search_finds(&search, texts, COUNT_OF(texts)));
    search_init(&search, SLICE(""));
    assert_true(search_finds(&search, texts, 0));
    search_init(&search, SLICE(" \t"));
    assert_true(search_finds(&search, texts, 0));
}

static void test_a_barcode_is_found_however_many_zeros_it_begins_with(void **state)
{
    (void)state;
    assert_true(finds("0036000291452", "036000291452"));
    assert_true(finds("036000291452", "0036000291452"));
    assert_true(finds("00036000291452", "36000291452"));
    assert_false(finds("0042", "42")); /* no barcode: its zeros may be the point */
    assert_false(finds("0036000291453", "036000291452"));
    assert_false(finds("003600029145X", "036000291452"));
}

static void test_any_bytes_at_any_length_are_searched_safely(void **state)
{
    (void)state;
    char typed[600], text[2000];
    memset(typed, 'x', sizeof(typed));
    memset(text, 'x', sizeof(text));
    struct search search;
    const struct slice texts[] = {{text, sizeof(text)}};
    search_init(&search, (struct slice){typed, sizeof(typed)});
    assert_true(search_finds(&search, texts, 1));
    for (int c = 1; c < 256; c++) {
        char bytes[3] = {(char)c, (char)0xC3, (char)c};
        const struct slice those[] = {{bytes, sizeof(bytes)}};
        search_init(&search, those[0]);
        assert_true(search_finds(&search, those, 1));
    }
    memset(typed, ' ', sizeof(typed));
    for (size_t i = 0; i < sizeof(typed); i += 2) {
        typed[i] = 'x';
    }
    search_init(&search, (struct slice){typed, sizeof(typed)});
    assert_int_equal(search.words_count, SEARCH_WORDS_MAX);
    assert_true(search_finds(&search, texts, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case_marks_and_blanks_make_no_difference),
        cmocka_unit_test(test_each_word_must_stand_in_one_of_the_texts),
        cmocka_unit_test(test_a_barcode_is_found_however_many_zeros_it_begins_with),
        cmocka_unit_test(test_any_bytes_at_any_length_are_searched_safely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
