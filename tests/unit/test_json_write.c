/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/json_read.h"
#include "base/json_write.h"

static void test_writer_places_commas_and_keeps_the_order_of_keys(void **state)
{
    ON_EXIT(buf_free) struct buf out;
    (void)state;

    buf_init(&out, 1000);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    json_field_int(&w, "z", 1);
    json_field_text(&w, "a", SLICE("x"));
    json_key(&w, "list");
    json_begin_array(&w);
    json_put_int(&w, -1);
    json_begin_object(&w);
    json_end_object(&w);
    json_begin_array(&w);
    json_put_null(&w);
    json_put_bool(&w, true);
    json_end_array(&w);
    json_end_array(&w);
    json_field_bool(&w, "no", false);
    json_field_null(&w, "null");
    json_field_str(&w, "none", NULL);
    json_field_str(&w, "str", "s");
    json_field_raw(&w, "raw", SLICE("{\"k\":[1]}"));
    json_field_raw(&w, "empty", (struct slice){0});
    json_end_object(&w);
    assert_false(out.overflow);
    assert_slice(buf_view(&out),
                 "{\"z\":1,\"a\":\"x\",\"list\":[-1,{},[null,true]],\"no\":false,\"null\":null,"
                 "\"none\":null,"
                 "\"str\":\"s\",\"raw\":{\"k\":[1]},\"empty\":null}");
}

static void test_times_and_durations_have_their_form(void **state)
{
    ON_EXIT(buf_free) struct buf out;
    (void)state;

    buf_init(&out, 1000);
    struct json_writer w = json_writer(&out);
    json_begin_array(&w);
    json_put_time(&w, INT64_C(784111777123456));
    json_put_time(&w, 0);
    json_put_ms(&w, 12345);
    json_put_ms(&w, 7);
    json_put_ms(&w, -1);
    json_put_ms(&w, 0);
    json_put_ms(&w, INT64_MIN);
    json_end_array(&w);
    assert_slice(
        buf_view(&out),
        "[\"1994-11-06T08:49:37.123Z\",null,12.345,0.007,-0.001,0.000,-9223372036854775.808]");
}

static void assert_written(struct slice text, const char *wanted)
{
    ON_EXIT(buf_free) struct buf out;

    buf_init(&out, 1000);
    struct json_writer w = json_writer(&out);
    json_put_text(&w, text);
    assert_slice(buf_view(&out), wanted);
}

static void test_text_is_escaped(void **state)
{
    (void)state;
    assert_written((struct slice){0}, "\"\"");
    assert_written(SLICE("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
    assert_written(SLICE("\b\f\n\r\t\x01\x1F\x7F"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"");
    assert_written(SLICE("a\0b"), "\"a\\u0000b\"");
    assert_written(SLICE("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
                   "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
}

#define FFFD "\xEF\xBF\xBD"

static void test_bytes_that_are_no_utf8_are_replaced(void **state)
{
    (void)state;
    assert_written(SLICE("a\xFFz"), "\"a" FFFD "z\"");
    assert_written(SLICE("\xC0\xAF"), "\"" FFFD FFFD "\"");                   /* overlong */
    assert_written(SLICE("\xE0\x80\x80"), "\"" FFFD FFFD FFFD "\"");          /* overlong */
    assert_written(SLICE("\xED\xA0\x80"), "\"" FFFD FFFD FFFD "\"");          /* a surrogate */
    assert_written(SLICE("\xF4\x90\x80\x80"), "\"" FFFD FFFD FFFD FFFD "\""); /* beyond Unicode */
    assert_written(SLICE("\xE2\x82"), "\"" FFFD FFFD "\"");                   /* cut */
    assert_written(SLICE("\xE2\x82z"), "\"" FFFD FFFD "z\"");
    assert_written(SLICE("\x80"), "\"" FFFD "\"");
}

/* Whatever two or three bytes a text holds, the strict reader takes what was written. */
static void test_what_is_written_can_always_be_read(void **state)
{
    static const unsigned char bytes[] = {0,
                                          9,
                                          '"',
                                          '\\',
                                          'a',
                                          0x7F,
                                          0x80,
                                          0x9F,
                                          0xA0,
                                          0xBF,
                                          0xC1,
                                          0xC3,
                                          0xE0,
                                          0xED,
                                          0xEF,
                                          0xF0,
                                          0xF4,
                                          0xF5,
                                          0xFF};
    ON_EXIT(buf_free) struct buf out;
    struct json_doc *doc = json_doc_new();
    struct json v;
    struct err_note note;
    (void)state;

    buf_init(&out, 100);
    for (size_t i = 0; i < COUNT_OF(bytes) * COUNT_OF(bytes) * COUNT_OF(bytes); i++) {
        char text[] = {(char)bytes[i % COUNT_OF(bytes)],
                       (char)bytes[i / COUNT_OF(bytes) % COUNT_OF(bytes)],
                       (char)bytes[i / COUNT_OF(bytes) / COUNT_OF(bytes)]};
        bool has_nul = memchr(text, 0, sizeof(text)) != NULL;
        buf_clear(&out);
        struct json_writer w = json_writer(&out);
        json_put_text(&w, (struct slice){text, sizeof(text)});
        assert_int_equal(json_parse(doc, buf_view(&out), &v, &note), has_nul ? ERR_PARSE : ERR_OK);
    }
    json_doc_free(doc);
}

static void test_overflow_is_seen_at_the_end(void **state)
{
    ON_EXIT(buf_free) struct buf out;
    (void)state;

    buf_init(&out, 10);
    struct json_writer w = json_writer(&out);
    json_begin_array(&w);
    json_put_text(&w, SLICE("more than ten bytes"));
    json_end_array(&w);
    assert_true(out.overflow);
}

static void test_64_levels_fit(void **state)
{
    ON_EXIT(buf_free) struct buf out;
    (void)state;

    buf_init(&out, 1000);
    struct json_writer w = json_writer(&out);
    for (int i = 0; i < 64; i++) {
        json_begin_array(&w);
    }
    for (int i = 0; i < 64; i++) {
        json_end_array(&w);
    }
    assert_int_equal(out.n, 128);
    assert_int_equal(w.depth, 0);
}

static struct json_writer writer_to(struct buf *out)
{
    buf_init(out, 1000);
    return json_writer(out);
}

static void key_in_array(void)
{
    struct buf out;
    struct json_writer w = writer_to(&out);
    json_begin_array(&w);
    json_key(&w, "a");
}

static void value_without_key(void)
{
    struct buf out;
    struct json_writer w = writer_to(&out);
    json_begin_object(&w);
    json_put_int(&w, 1);
}

static void key_without_value(void)
{
    struct buf out;
    struct json_writer w = writer_to(&out);
    json_begin_object(&w);
    json_key(&w, "a");
    json_end_object(&w);
}

static void two_keys(void)
{
    struct buf out;
    struct json_writer w = writer_to(&out);
    json_begin_object(&w);
    json_key(&w, "a");
    json_key(&w, "b");
}

static void end_without_begin(void)
{
    struct buf out;
    struct json_writer w = writer_to(&out);
    json_end_array(&w);
}

static void wrong_end(void)
{
    struct buf out;
    struct json_writer w = writer_to(&out);
    json_begin_object(&w);
    json_end_array(&w);
}

static void too_deep(void)
{
    struct buf out;
    struct json_writer w = writer_to(&out);
    for (int i = 0; i < 65; i++) {
        json_begin_array(&w);
    }
}

static void test_misuse_aborts(void **state)
{
    (void)state;
    assert_aborts(key_in_array);
    assert_aborts(value_without_key);
    assert_aborts(key_without_value);
    assert_aborts(two_keys);
    assert_aborts(end_without_begin);
    assert_aborts(wrong_end);
    assert_aborts(too_deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writer_places_commas_and_keeps_the_order_of_keys),
        cmocka_unit_test(test_times_and_durations_have_their_form),
        cmocka_unit_test(test_text_is_escaped),
        cmocka_unit_test(test_bytes_that_are_no_utf8_are_replaced),
        cmocka_unit_test(test_what_is_written_can_always_be_read),
        cmocka_unit_test(test_overflow_is_seen_at_the_end),
        cmocka_unit_test(test_64_levels_fit),
        cmocka_unit_test(test_misuse_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
