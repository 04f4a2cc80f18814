/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "cli/input.h"
#include "cli/options.h"

static void test_input_skips_what_says_nothing_and_counts_lines_as_an_editor_does(void **state)
{
    (void)state;
    char text[] = "\n# a sheet\n  TEE 3 \r\n\n\tMUG\t4\nlast";
    struct input input = {.in = fmemopen(text, sizeof(text) - 1, "r")};
    struct slice line;
    assert_true(input_line(&input, &line));
    assert_slice(line, "TEE 3");
    assert_int_equal(input.number, 3);
    assert_true(input_line(&input, &line));
    assert_slice(line, "MUG\t4");
    assert_int_equal(input.number, 5);
    assert_true(input_line(&input, &line));
    assert_slice(line, "last");
    assert_false(input_line(&input, &line));
    assert_int_equal(fclose(input.in), 0);
    input_free(&input);
}

static void test_input_splits_at_tabs_when_there_are_any_else_at_spaces(void **state)
{
    (void)state;
    struct slice f[3];
    assert_int_equal(input_fields(SLICE("receive  TEE   3"), f, 3), 3);
    assert_slice(f[1], "TEE");
    assert_slice(f[2], "3");
    assert_int_equal(input_fields(SLICE("receive\tBlue tee \t\t3"), f, 3), 4);
    assert_slice(f[1], "Blue tee");
    assert_slice(f[2], "");
    assert_int_equal(input_fields(SLICE("one"), f, 3), 1);
}

static void test_input_splits_a_pair_at_its_last_equals_sign(void **state)
{
    (void)state;
    struct slice sku, rest;
    assert_true(input_pair("A=B=3", &sku, &rest));
    assert_slice(sku, "A=B");
    assert_slice(rest, "3");
    assert_false(input_pair("TEE", &sku, &rest));
    assert_slice(sku, "TEE");
    assert_int_equal(rest.n, 0);
}

static void test_words_stand_among_options_and_may_be_negative_or_begin_with_dashes(void **state)
{
    (void)state;
    const char *items[3] = {0}, *reason = NULL;
    bool is_json = false;
    struct words words = {.usage = "A B C", .min = 2, .max = 3, .items = items};
    const struct option options[] = {{"test-reason", OPTION_TEXT, "R", "", .text = &reason},
                                     {"test-json", OPTION_SWITCH, NULL, "", .is_set = &is_json}};
    char *argv[] = {(char[]){"move"},
                    (char[]){"TEE"},
                    (char[]){"--test-reason"},
                    (char[]){"-x"},
                    (char[]){"-3"},
                    (char[]){"--test-json"},
                    (char[]){"--"},
                    (char[]){"--help"},
                    NULL};
    assert_int_equal(options_parse_words(8, argv, "", options, COUNT_OF(options), &words),
                     OPTIONS_OK);
    assert_int_equal(words.count, 3);
    assert_string_equal(items[0], "TEE");
    assert_string_equal(items[1], "-3");
    assert_string_equal(items[2], "--help");
    assert_string_equal(reason, "-x");
    assert_true(is_json);
    words.count = 0;
    assert_int_equal(options_parse_words(2, argv, "", options, COUNT_OF(options), &words),
                     OPTIONS_WRONG);
    words = (struct words){.usage = "A", .max = 1, .items = items};
    assert_int_equal(options_parse_words(5, argv, "", options, COUNT_OF(options), &words),
                     OPTIONS_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_input_skips_what_says_nothing_and_counts_lines_as_an_editor_does),
        cmocka_unit_test(test_input_splits_at_tabs_when_there_are_any_else_at_spaces),
        cmocka_unit_test(test_input_splits_a_pair_at_its_last_equals_sign),
        cmocka_unit_test(test_words_stand_among_options_and_may_be_negative_or_begin_with_dashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
