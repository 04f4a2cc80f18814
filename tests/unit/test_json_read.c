/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/buf.h"
#include "base/json_read.h"

static struct json_doc *doc;
static struct arena arena;

static int setup(void **state)
{
    (void)state;
    doc = json_doc_new();
    arena_init(&arena, (size_t)4 << 20);
    return doc ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    json_doc_free(doc);
    arena_free(&arena);
    return 0;
}

static struct json parsed(const char *text)
{
    struct json v = {0};
    struct err_note note = {{0}};

    if (json_parse(doc, slice_of(text), &v, &note)) {
        fail_msg("'%s': %s", text, note.text);
    }
    return v;
}

static void assert_refused(struct slice text, const char *why)
{
    struct json v = {NULL, 42};
    struct err_note note = {{0}};

    if (json_parse(doc, text, &v, &note) != ERR_PARSE) {
        fail_msg("'%.*s' was accepted", SLICE_ARG(text));
    }
    assert_int_equal(v.index, 42); /* the result is written on success only */
    assert_true(note.text[0] != '\0');
    if (why && !strstr(note.text, why)) {
        fail_msg("'%s' does not say '%s'", note.text, why);
    }
}

static void test_parse_refuses_what_rfc_8259_does_not_know(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "}",
        "[1,]",
        "{\"id\":1,}",
        "{\"a\" 1}",
        "[1 2]",
        "{} {}",
        "nul",
        "NaN",
        "Infinity",
        "01",
        "+1",
        "1.",
        ".5",
        "0x10",
        "'a'",
        "\"a",
        "\"\t\"",
        "\"\\x41\"",
        "// c\n1",
        "[1,,2]",
        "{a:1}",
        "1e999",
        "[\"\\ud800\"]",
        "\"\\udc00\"",
        "\"\\ud800\\ud800\"",
        "\"\\uDFFFx\"",
        "\xEF\xBB\xBF{}",
        "\"\xC0\xAF\"",
        "\"\xED\xA0\x80\"",
        "\"\xFF\"",
        "18446744073709551616",
        "{\"a\"}",
        "{1:2}",
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_refused(slice_of(bad[i]), NULL);
    }
    assert_refused(SLICE("1\0"), NULL);
    assert_refused(SLICE("[1]\0[2]"), NULL);
}

static void test_parse_refuses_nul_in_any_text(void **state)
{
    (void)state;
    assert_refused(SLICE("\"\\u0000\""), "NUL");
    assert_refused(SLICE("{\"a\\u0000\":1}"), "NUL");
    assert_refused(SLICE("[{\"a\":[\"b\\u0000c\"]}]"), "NUL");
    parsed("\"\\\\u0000\""); /* an escaped backslash and plain digits */
}

static void test_parse_refuses_duplicate_keys(void **state)
{
    (void)state;
    assert_refused(SLICE("{\"a\":1,\"a\":2}"), "'a'");
    assert_refused(SLICE("{\"a\":1,\"\\u0061\":2}"), "'a'"); /* the same after unescaping */
    assert_refused(SLICE("{\"\":1,\"\":2}"), "''");
    assert_refused(SLICE("[{\"x\":{\"b\":1,\"c\":[],\"b\":2}}]"), "'b'");
    assert_refused(SLICE("{\"a\":{\"z\":1},\"b\":{\"z\":1},\"a\":3}"), "'a'");
    parsed("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}],\"A\":1}");
}

/* An object of `count` keys where number `repeat` is written again at the end, when it is >= 0. */
static struct slice object_of(struct buf *out, int count, int repeat)
{
    buf_clear(out);
    buf_char(out, '{');
    for (int i = 0; i < count; i++) {
        buf_printf(out, "%s\"key number %d of many\":{\"n\":%d}", i > 0 ? "," : "", i, i);
    }
    if (repeat >= 0) {
        buf_printf(out, ",\"key number %d of many\":0", repeat);
    }
    buf_char(out, '}');
    assert_false(out->overflow);
    return buf_view(out);
}

static void test_parse_finds_a_duplicate_in_objects_of_every_size(void **state)
{
    static const int sizes[] = {2, 7, 8, 9, 15, 16, 17, 64, 100, 1000, 20000};
    ON_EXIT(buf_free) struct buf text;
    struct json v;
    struct err_note note;
    (void)state;

    buf_init(&text, (size_t)2 << 20);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        int n = sizes[i];
        assert_int_equal(json_parse(doc, object_of(&text, n, -1), &v, &note), ERR_OK);
        assert_int_equal(json_count(v), n);
        assert_refused(object_of(&text, n, 0), "occurs twice");
        assert_refused(object_of(&text, n, n / 2), "occurs twice");
        assert_refused(object_of(&text, n, n - 1), "occurs twice");
    }
}

/* Keys that differ only where a cheap hash does not look: correct, and not quadratic (CTest's time
 * limit would show that). */
static void test_parse_survives_keys_made_to_collide(void **state)
{
    ON_EXIT(buf_free) struct buf text;
    struct json v;
    struct err_note note;
    const int n = 30000;
    (void)state;

    buf_init(&text, (size_t)4 << 20);
    for (int duplicate = 0; duplicate < 2; duplicate++) {
        buf_clear(&text);
        buf_char(&text, '{');
        for (int i = 0; i < n; i++) {
            buf_printf(&text, "\"aaaaaaaaaaaa%08daaaaaaaaaaaa\":%d,", i, i);
        }
        buf_printf(&text, "\"aaaaaaaaaaaa%08daaaaaaaaaaaa\":0}", duplicate ? n / 3 : n);
        assert_false(text.overflow);
        assert_int_equal(json_parse(doc, buf_view(&text), &v, &note),
                         duplicate ? ERR_PARSE : ERR_OK);
    }
    assert_non_null(strstr(note.text, "occurs twice"));
}

static void test_parse_refuses_depth_beyond_the_bound(void **state)
{
    char text[400];
    struct json v;
    struct err_note note;
    (void)state;

    for (size_t depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
        enum err wanted = depth <= JSON_DEPTH_MAX ? ERR_OK : ERR_PARSE;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(json_parse(doc, (struct slice){text, depth * 2}, &v, &note), wanted);
        memcpy(text + depth - 1, "{}", 2); /* the innermost may be an object as well */
        assert_int_equal(json_parse(doc, (struct slice){text, depth * 2}, &v, &note), wanted);
    }
}

static void test_parse_survives_absurd_depth(void **state)
{
    const size_t depth = 1000000;
    char *text = malloc(depth);
    (void)state;

    assert_non_null(text);
    memset(text, '[', depth);
    assert_refused((struct slice){text, depth}, NULL);
    for (size_t i = 0; i + 5 <= depth; i += 5) {
        memcpy(text + i, "{\"a\":", 5);
    }
    assert_refused((struct slice){text, depth}, NULL);
    free(text);
}

static void test_types_are_told_apart(void **state)
{
    static const struct {
        const char *text;
        enum json_type type;
    } cases[] = {
        {"null", JSON_NULL},
        {"true", JSON_BOOL},
        {"-5", JSON_INT},
        {"18446744073709551615", JSON_INT},
        {"1.0", JSON_REAL},
        {"1e2", JSON_REAL},
        {"\"\"", JSON_TEXT},
        {"[]", JSON_ARRAY},
        {"{}", JSON_OBJECT},
    };
    (void)state;

    assert_int_equal(json_type((struct json){0}), JSON_NONE);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(json_type(parsed(cases[i].text)), cases[i].type);
    }
    assert_string_equal(json_type_name(JSON_NONE), "nothing");
    assert_string_equal(json_type_name(JSON_OBJECT), "an object");
}

static void test_integers_keep_64_bits(void **state)
{
    int64_t value;
    (void)state;

    assert_true(json_int(parsed("9223372036854775807"), &value));
    assert_int_equal(value, INT64_MAX);
    assert_true(json_int(parsed("-9223372036854775808"), &value));
    assert_int_equal(value, INT64_MIN);
    value = 42;
    assert_false(json_int(parsed("9223372036854775808"), &value));
    assert_false(json_int(parsed("1.0"), &value));
    assert_false(json_int(parsed("\"1\""), &value));
    assert_false(json_int(parsed("null"), &value));
    assert_false(json_int((struct json){0}, &value));
    assert_int_equal(value, 42);
}

static void test_loose_integers_take_text_and_whole_reals(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"7", 7},
                {"\"7\"", 7},
                {"\"-7\"", -7},
                {"7.0", 7},
                {"-2e3", -2000},
                {"9007199254740992.0", INT64_C(1) << 53}};
    static const char *const bad[] = {"7.5",
                                      "\"7.0\"",
                                      "\"\"",
                                      "\" 7\"",
                                      "1e300",
                                      "-1e300",
                                      "true",
                                      "null",
                                      "[7]",
                                      "18446744073709551615",
                                      "0.0000001"};
    int64_t value;
    (void)state;

    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(json_int_loose(parsed(good[i].text), &value));
        assert_int_equal(value, good[i].value);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (json_int_loose(parsed(bad[i]), &value)) {
            fail_msg("'%s' was accepted", bad[i]);
        }
    }
    assert_false(json_int_loose((struct json){0}, &value));
}

static void test_ids_become_decimal_text(void **state)
{
    static const struct {
        const char *text, *id; /* NULL = refused */
    } cases[] = {
        {"820982911946154508", "820982911946154508"},
        {"18446744073709551615", "18446744073709551615"},
        {"\"820982911946154508\"", "820982911946154508"},
        {"\"gid://shopify/Order/820982911946154508\"", "820982911946154508"},
        {"0", "0"},
        {"-1", NULL},
        {"\"-1\"", NULL},
        {"\"007\"", NULL}, /* a second spelling of 7 */
        {"1.0", NULL},
        {"\"\"", NULL},
        {"\"abc\"", NULL},
        {"\"gid://\"", NULL},
        {"\"gid://shopify/Order/\"", NULL},
        {"\"gid://shopify/InventoryLevel/1?inventory_item_id=2\"", NULL},
        {"\"http://shopify/Order/1\"", NULL},
        {"null", NULL},
        {"[1]", NULL},
    };
    struct slice id;
    (void)state;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool found = json_id(parsed(cases[i].text), &arena, &id);
        if (found != (cases[i].id != NULL)) {
            fail_msg("%s: found is %d", cases[i].text, found);
        }
        if (found) {
            assert_slice(id, cases[i].id);
        }
    }
    assert_false(json_id((struct json){0}, &arena, &id));
}

static void test_text_and_bool_come_out_unescaped(void **state)
{
    struct slice text;
    bool is;
    (void)state;

    assert_true(json_text(parsed("\"a\\n\\u00e9\\ud83d\\ude00\\/\""), &text));
    assert_slice(text, "a\n\xC3\xA9\xF0\x9F\x98\x80/");
    assert_false(json_text(parsed("5"), &text));
    assert_true(json_bool(parsed("true"), &is));
    assert_true(is);
    assert_true(json_bool(parsed("false"), &is));
    assert_false(is);
    assert_false(json_bool(parsed("0"), &is));
}

static void test_get_and_path_find_members_or_nothing(void **state)
{
    struct json v = parsed("{\"a\":{\"skip\":[1,{\"c\":0}],\"b\":{\"c\":7}},\"\":8,\"c\":\"x\"}");
    int64_t value;
    (void)state;

    assert_true(json_int(json_path(v, "a", "b", "c", NULL), &value));
    assert_int_equal(value, 7);
    assert_true(json_int(json_get(v, ""), &value));
    assert_int_equal(value, 8);
    assert_int_equal(json_type(json_get(v, "skip")), JSON_NONE);
    assert_int_equal(json_type(json_get(v, "x")), JSON_NONE); /* a value, not a key */
    assert_int_equal(json_type(json_path(v, "a", "none", "c", NULL)), JSON_NONE);
    assert_int_equal(json_type(json_path(v, "c", "c", NULL)), JSON_NONE);
    assert_int_equal(json_type(json_path(v, NULL)), JSON_OBJECT);
    assert_int_equal(json_type(json_get((struct json){0}, "a")), JSON_NONE);
}

static void test_iteration_visits_every_member_once(void **state)
{
    struct json v = parsed("{\"a\":[10,[11],{\"x\":12},\"13\"],\"b\":{},\"c\":null}");
    struct slice keys[3];
    size_t count = 0;
    (void)state;

    for (struct json_iter i = json_iter(v); json_next(&i);) {
        assert_true(count < COUNT_OF(keys));
        keys[count++] = i.key;
    }
    assert_int_equal(count, 3);
    assert_slice(keys[0], "a");
    assert_slice(keys[1], "b");
    assert_slice(keys[2], "c");

    static const enum json_type types[] = {JSON_INT, JSON_ARRAY, JSON_OBJECT, JSON_TEXT};
    count = 0;
    for (struct json_iter i = json_iter(json_get(v, "a")); json_next(&i);) {
        assert_true(count < COUNT_OF(types));
        assert_int_equal(json_type(i.value), types[count++]);
        assert_null(i.key.p);
    }
    assert_int_equal(count, 4);
    assert_int_equal(json_count(json_get(v, "a")), 4);
    assert_int_equal(json_count(json_get(v, "b")), 0);
    assert_int_equal(json_count(v), 3);
    assert_int_equal(json_count(json_get(v, "c")), 0);
    struct json_iter none = json_iter(json_get(v, "c"));
    assert_false(json_next(&none));
    none = json_iter((struct json){0});
    assert_false(json_next(&none));
}

static void test_copy_text_is_compact_and_exact(void **state)
{
    static const struct {
        const char *text, *copy;
    } cases[] = {
        {" { \"b\" : 1 , \"a\" : [ true , false , null ] } ", "{\"b\":1,\"a\":[true,false,null]}"},
        {"[18446744073709551615,-9223372036854775808]",
         "[18446744073709551615,-9223372036854775808]"},
        {"[0.1,-2.50,1e3,1E-7,5e-324,-0.0]", "[0.1,-2.5,1000.0,1e-07,5e-324,-0.0]"},
        {"123456789012345683968.0", "123456789012345683968.0"}, /* not an integer beyond 64 bits */
        {"\"\\u00e9\\n\\\"\\\\\"", "\"\xC3\xA9\\n\\\"\\\\\""},
        {"{\"a\\\"b\":{}}", "{\"a\\\"b\":{}}"},
        {"[[],[[]],{}]", "[[],[[]],{}]"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice copy = json_copy_text(parsed(cases[i].text), &arena);
        assert_slice(copy, cases[i].copy);
        assert_slice(json_copy_text(parsed(copy.p), &arena), cases[i].copy); /* it reads back */
    }
    assert_slice(json_copy_text((struct json){0}, &arena), "null");
}

static void test_copy_text_says_when_the_arena_is_full(void **state)
{
    struct arena small;
    (void)state;

    arena_init(&small, 16);
    assert_null(json_copy_text(parsed("[1,2,3,4,5,6,7,8,9,10]"), &small).p);
    assert_true(small.exhausted);
    arena_free(&small);
}

static void test_a_document_is_reused_after_success_and_failure(void **state)
{
    int64_t value;
    (void)state;

    for (int64_t i = 0; i < 50; i++) {
        struct slice text =
            arena_printf(&arena, "{\"n\":%" PRId64 ",\"pad\":\"%0*d\"}", i, (int)(i * 500 + 1), 0);
        struct json v;
        struct err_note note;
        assert_int_equal(json_parse(doc, text, &v, &note), ERR_OK);
        assert_true(json_int(json_get(v, "n"), &value));
        assert_int_equal(value, i);
        assert_refused(SLICE("{\"a\":[1,{\"b\":\"c\"}"), NULL);
        assert_refused(SLICE("{\"a\":1,\"a\":1}"), NULL);
    }
}

static void test_parse_does_not_keep_the_callers_text(void **state)
{
    char text[] = "{\"sku\":\"TEE-M-BLUE\"}";
    struct json v;
    struct err_note note;
    struct slice sku;
    (void)state;

    assert_int_equal(json_parse(doc, (struct slice){text, sizeof(text) - 1}, &v, &note), ERR_OK);
    memset(text, 'x', sizeof(text));
    assert_true(json_text(json_get(v, "sku"), &sku));
    assert_slice(sku, "TEE-M-BLUE");
}

static void test_every_cut_of_a_document_is_refused(void **state)
{
    static const char text[] =
        "{\"id\":820982911946154508,\"lines\":[{\"sku\":\"A\\u00e9\",\"q\":2.5}],\"x\":null}";
    (void)state;

    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        char *cut =
            malloc(n > 0 ? n : 1); /* exactly as large: reading on is seen by the sanitizer */
        assert_non_null(cut);
        memcpy(cut, text, n);
        assert_refused((struct slice){cut, n}, NULL);
        free(cut);
    }
    parsed(text);
}

static void test_a_nul_byte_is_refused_wherever_it_stands(void **state)
{
    (void)state;
    static const struct slice texts[] = {{"5\0", 2},
                                         {"[1\0]", 4},
                                         {"[1\0,2]", 6},
                                         {"[true\0]", 7},
                                         {"{\"a\":null\0}", 11},
                                         {"1.5\0", 4},
                                         {"\"a\0b\"", 5},
                                         {"{}\0", 3},
                                         {"\0", 1}};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct json v;
        struct err_note note;
        assert_int_equal(json_parse(doc, texts[i], &v, &note), ERR_PARSE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_refuses_what_rfc_8259_does_not_know),
        cmocka_unit_test(test_parse_refuses_nul_in_any_text),
        cmocka_unit_test(test_parse_refuses_duplicate_keys),
        cmocka_unit_test(test_parse_finds_a_duplicate_in_objects_of_every_size),
        cmocka_unit_test(test_parse_survives_keys_made_to_collide),
        cmocka_unit_test(test_parse_refuses_depth_beyond_the_bound),
        cmocka_unit_test(test_parse_survives_absurd_depth),
        cmocka_unit_test(test_types_are_told_apart),
        cmocka_unit_test(test_integers_keep_64_bits),
        cmocka_unit_test(test_loose_integers_take_text_and_whole_reals),
        cmocka_unit_test(test_ids_become_decimal_text),
        cmocka_unit_test(test_text_and_bool_come_out_unescaped),
        cmocka_unit_test(test_get_and_path_find_members_or_nothing),
        cmocka_unit_test(test_iteration_visits_every_member_once),
        cmocka_unit_test(test_copy_text_is_compact_and_exact),
        cmocka_unit_test(test_copy_text_says_when_the_arena_is_full),
        cmocka_unit_test(test_a_document_is_reused_after_success_and_failure),
        cmocka_unit_test(test_parse_does_not_keep_the_callers_text),
        cmocka_unit_test(test_every_cut_of_a_document_is_refused),
        cmocka_unit_test(test_a_nul_byte_is_refused_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
