/* SPDX-License-Identifier: Apache-2.0 */
/* The validator of the scenarios: it must be able to say no. */
#include "support/json_schema.h"

#define DOCUMENT                                                                                   \
    "{\"components\":{\"schemas\":{\"Line\":{\"type\":\"object\",\"required\":[\"sku\"],"          \
    "\"properties\":{\"sku\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":3},"               \
    "\"n\":{\"type\":[\"integer\",\"null\"],\"minimum\":0,\"maximum\":9}}},"                       \
    "\"Asked\":{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}}},"          \
    "\"cases\":["

struct sample {
    const char *schema, *good, *bad;
};

static const struct sample samples[] = {
    {"{\"type\":\"string\"}", "\"a\"", "1"},
    {"{\"type\":\"string\"}", "\"a\"", "null"},
    {"{\"type\":[\"string\",\"null\"]}", "null", "true"},
    {"{\"type\":\"integer\"}", "7", "7.5"},
    {"{\"type\":\"number\"}", "7.5", "\"7.5\""},
    {"{\"type\":\"boolean\"}", "false", "0"},
    {"{\"type\":\"integer\",\"minimum\":1}", "1", "0"},
    {"{\"type\":\"integer\",\"maximum\":-1}", "-1", "0"},
    {"{\"type\":\"string\",\"enum\":[\"on\",\"off\"]}", "\"off\"", "\"of\""},
    {"{\"type\":[\"string\",\"null\"],\"enum\":[\"on\",null]}", "null", "\"off\""},
    {"{\"type\":\"string\",\"format\":\"date-time\"}",
     "\"2026-11-23T05:45:31.123Z\"",
     "\"2026-11-23T05:45:31Z\""},
    {"{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}", "[1,2]", "[1,\"2\"]"},
    {"{\"type\":\"array\",\"minItems\":1}", "[1]", "[]"},
    {"{\"type\":\"array\",\"maxItems\":1}", "[1]", "[1,2]"},
    {"{\"$ref\":\"#/components/schemas/Line\"}", "{\"sku\":\"A\",\"n\":null}", "{\"n\":1}"},
    {"{\"$ref\":\"#/components/schemas/Line\"}", "{\"sku\":\"A\"}", "{\"sku\":\"A\",\"x\":1}"},
    {"{\"$ref\":\"#/components/schemas/Line\"}", "{\"sku\":\"A\"}", "{\"sku\":\"ABCD\"}"},
    {"{\"$ref\":\"#/components/schemas/Line\"}",
     "{\"sku\":\"A\",\"n\":9}",
     "{\"sku\":\"A\",\"n\":10}"},
    {"{\"allOf\":[{\"$ref\":\"#/components/schemas/Line\"}]}", "{\"sku\":\"A\"}", "{}"},
    {"{\"$ref\":\"#/components/schemas/Asked\"}", "{}", "{\"x\":1}"},
    {"{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}",
     "{\"a\":1}",
     "{\"a\":\"1\"}"},
    {"{\"type\":\"object\",\"additionalProperties\":{}}", "{\"a\":[]}", "[]"},
    {"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "null", "1"},
    {"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"string\"},{\"type\":\"null\"}]}",
     "null",
     "\"a\""},
};

static bool holds(struct json_doc *doc, struct arena *arena, const char *schema, const char *value)
{
    struct json root, one, of;
    struct err_note note;
    struct slice text = arena_printf(arena, DOCUMENT "%s,%s]}", schema, value);
    assert_int_equal(json_parse(doc, text, &root, &note), ERR_OK);
    struct json_iter i = json_iter(json_get(root, "cases"));
    must(json_next(&i));
    of = i.value;
    must(json_next(&i));
    one = i.value;
    struct schema_check check = {.document = root, .is_closed = true};
    bool is_so = schema_holds(&check, of, one, "");
    assert_true(is_so == (check.wrong[0] == '\0') || strstr(schema, "oneOf"));
    return is_so;
}

static void test_a_schema_lets_the_good_pass_and_stops_the_bad(void **state)
{
    struct json_doc *doc = json_doc_new();
    struct arena arena;
    (void)state;
    arena_init(&arena, (size_t)1024 * 1024);
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        if (!holds(doc, &arena, samples[i].schema, samples[i].good)) {
            fail_msg("%s stops %s", samples[i].schema, samples[i].good);
        }
        if (holds(doc, &arena, samples[i].schema, samples[i].bad)) {
            fail_msg("%s lets %s pass", samples[i].schema, samples[i].bad);
        }
    }
    arena_free(&arena);
    json_doc_free(doc);
}

static void test_a_schema_with_a_word_nobody_checks_lets_nothing_pass(void **state)
{
    struct json_doc *doc = json_doc_new();
    struct arena arena;
    (void)state;
    arena_init(&arena, (size_t)1024 * 1024);
    assert_false(holds(doc, &arena, "{\"type\":\"string\",\"pattern\":\"^a$\"}", "\"a\""));
    assert_false(holds(doc, &arena, "{\"$ref\":\"#/components/schemas/Gone\"}", "\"a\""));
    arena_free(&arena);
    json_doc_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_schema_lets_the_good_pass_and_stops_the_bad),
        cmocka_unit_test(test_a_schema_with_a_word_nobody_checks_lets_nothing_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
