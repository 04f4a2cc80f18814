/* SPDX-License-Identifier: Apache-2.0 */
/* cells and table: what a terminal shows of texts that strangers wrote. */
#include "testing.h"

#include "cli/table.h"

static char *put(const char *text, size_t n, size_t *out_width)
{
    static char copy[256];
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, sizeof(copy) - 1);
    *out_width = cells_put(&out, (struct slice){text, n});
    assert_false(out.overflow);
    memcpy(copy, out.p ? out.p : "", out.n);
    copy[out.n] = '\0';
    return copy;
}

static void assert_cells(const char *text, size_t n, const char *wanted, size_t wanted_width)
{
    size_t width = 0;
    assert_string_equal(put(text, n, &width), wanted);
    assert_int_equal(width, wanted_width);
}

#define assert_shown(text, wanted, width) assert_cells(text, sizeof(text) - 1, wanted, width)

static void test_cells_have_the_width_of_what_is_seen(void **state)
{
    (void)state;
    assert_shown("", "", 0);
    assert_shown("TEE", "TEE", 3);
    assert_shown("Becher grün", "Becher grün", 11);
    assert_shown("日本酒", "日本酒", 6);                     /* wide */
    assert_shown("ｱｲ", "ｱｲ", 2);                             /* halfwidth forms are not */
    assert_shown("ＡＢ", "ＡＢ", 4);                         /* fullwidth ones are */
    assert_shown("e\xcc\x81", "e\xcc\x81", 1);               /* e and a combining accent */
    assert_shown("\xf0\x9f\x91\x95", "\xf0\x9f\x91\x95", 2); /* a T-shirt */
    assert_shown("한글", "한글", 4);
}

static void test_control_bytes_never_reach_the_terminal(void **state)
{
    (void)state;
    assert_shown("\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m", 18);
    assert_shown("a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd", 16);
    assert_shown("\x7f", "\\x7f", 4);
    assert_shown("a\0b", "a\\x00b", 6);
    assert_shown("\xc2\x9b", "\\x9b", 4); /* CSI as one character of C1 */
    assert_shown("\xe2\x80\xae"
                 "gpj",
                 "\\u202egpj",
                 9); /* turns the direction of writing */
    assert_shown("TE\xe2\x80\x8b"
                 "E",
                 "TE\\u200bE",
                 9); /* not to be told from TEE */
    assert_shown("\xef\xbb\xbf", "\\ufeff", 6);
}

static void test_bytes_that_are_no_utf8_are_shown_one_by_one(void **state)
{
    (void)state;
    assert_shown("\xff", "\\xff", 4);
    assert_shown("gr\xfcn", "gr\\xfcn", 7);     /* Latin-1 */
    assert_shown("\xc0\xaf", "\\xc0\\xaf", 8);  /* overlong */
    assert_shown("\xed\xa0\x80", "\\ud800", 6); /* a surrogate */
    assert_shown("\xe6\x97", "\\xe6\\x97", 8);  /* cut off */
    assert_shown("\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80", 16);
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;
        size_t width;
        const char *shown = put(&byte, 1, &width);
        for (const char *p = shown; *p; p++) {
            assert_true(*p >= ' ' && *p <= '~');
        }
        assert_int_equal(strlen(shown), width);
    }
}

static void test_a_text_is_cut_between_characters_and_never_inside_one(void **state)
{
    (void)state;
    size_t width = 0;
    assert_int_equal(cells_fit(SLICE("日本酒"), 5, &width), 6);
    assert_int_equal(width, 4);
    assert_int_equal(cells_fit(SLICE("grün"), 3, &width), 4);
    assert_int_equal(width, 3);
    assert_int_equal(cells_fit(SLICE("e\xcc\x81x"), 1, &width), 3); /* with its accent */
    assert_int_equal(cells_fit(SLICE("abc"), 9, &width), 3);
    assert_int_equal(width, 3);
}

/* ---- tables ---- */

static const struct column two[] = {{"sku", false}, {"on hand", true}};

static char *printed(const struct table *table, struct table_style style)
{
    static char text[4096];
    FILE *out = fmemopen(text, sizeof(text), "w");
    assert_non_null(out);
    assert_true(table_print(table, out, style));
    assert_int_equal(fclose(out), 0);
    return text;
}

static void test_columns_align_and_numbers_stand_to_the_right(void **state)
{
    (void)state;
    struct table *table = table_new(two, COUNT_OF(two));
    table_str(table, "TEE");
    table_int(table, 7);
    table_str(table, "Becher grün");
    table_int(table, -12345678);
    table_str(table, "日本酒");
    table_int(table, 0);
    assert_int_equal(table_rows(table), 3);
    assert_string_equal(printed(table, (struct table_style){0}),
                        "sku            on hand\n"
                        "TEE                  7\n"
                        "Becher grün  -12345678\n"
                        "日本酒               0\n");
    table_free(table);
}

static void test_a_table_without_rows_prints_nothing(void **state)
{
    (void)state;
    struct table *table = table_new(two, COUNT_OF(two));
    char text[64] = "untouched";
    FILE *out = fmemopen(text, sizeof(text), "w");
    assert_true(table_print(table, out, (struct table_style){0}));
    assert_int_equal(ftell(out), 0);
    assert_int_equal(fclose(out), 0);
    table_free(table);
}

static void test_lines_have_no_spaces_at_their_end(void **state)
{
    (void)state;
    static const struct column columns[] = {{"a", false}, {"b", false}};
    struct table *table = table_new(columns, COUNT_OF(columns));
    table_str(table, "x");
    table_str(table, "");
    table_str(table, "long");
    table_str(table, "y");
    assert_string_equal(printed(table, (struct table_style){0}), "a     b\nx\nlong  y\n");
    table_free(table);
}

static void test_a_narrow_terminal_costs_text_but_never_a_digit(void **state)
{
    (void)state;
    struct table *table = table_new(two, COUNT_OF(two));
    table_str(table, "SHIRT-WITH-A-LONG-NAME");
    table_int(table, 123456789);
    table_str(table, "日本酒日本酒日本酒");
    table_int(table, 1);
    assert_string_equal(printed(table, (struct table_style){.width = 23}),
                        "sku             on hand\n"
                        "SHIRT-WITH-…  123456789\n"
                        "日本酒日本…           1\n");
    assert_string_equal(printed(table, (struct table_style){.width = 19}),
                        "sku         on hand\n"
                        "SHIRT-W…  123456789\n"
                        "日本酒…           1\n");
    /* Below eight columns a text says nothing: the terminal wraps it. */
    assert_string_equal(printed(table, (struct table_style){.width = 18}),
                        "sku                       on hand\n"
                        "SHIRT-WITH-A-LONG-NAME  123456789\n"
                        "日本酒日本酒日本酒              1\n");
    table_free(table);
}

static void test_colour_is_there_only_when_it_is_asked_for(void **state)
{
    (void)state;
    struct table *table = table_new(two, COUNT_OF(two));
    table_str(table, "TEE");
    table_int(table, -2);
    assert_null(strchr(printed(table, (struct table_style){.width = 80}), '\033'));
    assert_string_equal(printed(table, (struct table_style){.has_colour = true}),
                        "\033[1msku  on hand\033[0m\n"
                        "TEE       \033[31m-2\033[0m\n");
    table_free(table);
}

static void test_a_table_shows_values_of_the_api_as_people_read_them(void **state)
{
    (void)state;
    static const struct column columns[] = {{"v", false}};
    struct json_doc *doc = json_doc_new();
    struct json list;
    struct err_note note;
    struct table *table = table_new(columns, 1);
    struct slice text = SLICE("[null,true,false,-7,\"x\\u001by\",\"2026-11-23T05:45:31.123Z\","
                              "\"2026-11-23 is no time   Z\"]");
    assert_int_equal(json_parse(doc, text, &list, &note), ERR_OK);
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        table_json(table, i.value);
    }
    table_json(table, json_get(list, "absent"));
    assert_string_equal(printed(table, (struct table_style){0}),
                        "v\n-\nyes\nno\n-7\nx\\x1by\n2026-11-23T05:45:31Z\n"
                        "2026-11-23 is no time   Z\n-\n");
    table_free(table);
    json_doc_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells_have_the_width_of_what_is_seen),
        cmocka_unit_test(test_control_bytes_never_reach_the_terminal),
        cmocka_unit_test(test_bytes_that_are_no_utf8_are_shown_one_by_one),
        cmocka_unit_test(test_a_text_is_cut_between_characters_and_never_inside_one),
        cmocka_unit_test(test_columns_align_and_numbers_stand_to_the_right),
        cmocka_unit_test(test_a_table_without_rows_prints_nothing),
        cmocka_unit_test(test_lines_have_no_spaces_at_their_end),
        cmocka_unit_test(test_a_narrow_terminal_costs_text_but_never_a_digit),
        cmocka_unit_test(test_colour_is_there_only_when_it_is_asked_for),
        cmocka_unit_test(test_a_table_shows_values_of_the_api_as_people_read_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
