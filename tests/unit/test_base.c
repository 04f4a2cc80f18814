/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/err.h"

static void test_slice_int_reads_the_whole_range_and_nothing_beyond(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"007", 7},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "0x1",
                                      "--1",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "1e3"};
    int64_t value;
    (void)state;

    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(slice_int(slice_of(good[i].text), &value));
        assert_int_equal(value, good[i].value);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        value = 42;
        assert_false(slice_int(slice_of(bad[i]), &value));
        assert_int_equal(value, 42);
    }
}

static void test_slice_compare_is_by_bytes_then_length(void **state)
{
    (void)state;
    assert_int_equal(slice_compare(SLICE("a"), SLICE("a")), 0);
    assert_int_equal(slice_compare(SLICE(""), (struct slice){0}), 0);
    assert_true(slice_compare(SLICE("a"), SLICE("ab")) < 0);
    assert_true(slice_compare(SLICE("b"), SLICE("ab")) > 0);
    assert_true(slice_compare(SLICE("\xC3"), SLICE("z")) > 0); /* bytes are unsigned */
    assert_true(slice_compare(SLICE("a"), (struct slice){0}) > 0);
}

static void test_slice_nocase_folds_ascii_letters_only(void **state)
{
    (void)state;
    assert_true(slice_equal_nocase(SLICE("Content-Type"), SLICE("cONTENT-tYPE")));
    assert_false(slice_equal_nocase(SLICE("a"), SLICE("ab")));
    assert_false(slice_equal_nocase(SLICE("@"), SLICE("`")));
    assert_false(slice_equal_nocase(SLICE("["), SLICE("{")));
}

static void test_slice_starts_and_ends(void **state)
{
    (void)state;
    assert_true(slice_starts(SLICE("gid://shop"), "gid://"));
    assert_true(slice_starts(SLICE("x"), ""));
    assert_false(slice_starts(SLICE("gi"), "gid"));
    assert_true(slice_ends(SLICE("a.json"), ".json"));
    assert_false(slice_ends(SLICE("json"), ".json"));
    assert_true(slice_ends((struct slice){0}, ""));
}

static void test_slice_from_is_cut_to_the_length(void **state)
{
    (void)state;
    assert_slice(slice_from(SLICE("abc"), 1), "bc");
    assert_slice(slice_from(SLICE("abc"), 3), "");
    assert_slice(slice_from(SLICE("abc"), 99), "");
    assert_slice(slice_from((struct slice){0}, 5), "");
}

static void test_slice_trim_takes_white_space_off_both_ends(void **state)
{
    (void)state;
    assert_slice(slice_trim(SLICE(" \t\r\n a b \v\f ")), "a b");
    assert_slice(slice_trim(SLICE("   ")), "");
    assert_slice(slice_trim((struct slice){0}), "");
}

static void test_slice_cut_splits_at_the_first(void **state)
{
    struct slice rest = SLICE("a=b=c"), head;
    (void)state;

    assert_true(slice_cut(&rest, '=', &head));
    assert_slice(head, "a");
    assert_slice(rest, "b=c");
    assert_true(slice_cut(&rest, '=', &head));
    assert_slice(head, "b");
    assert_false(slice_cut(&rest, '=', &head));
    assert_slice(head, "c");
    assert_slice(rest, "");
    assert_false(slice_cut(&rest, '=', &head));
    assert_slice(head, "");
    rest = SLICE("x=");
    assert_true(slice_cut(&rest, '=', &head));
    assert_slice(rest, "");
}

static void test_err_classes_decide_retrying(void **state)
{
    (void)state;
    assert_int_equal(err_class(ERR_OK), ERR_CLASS_NONE);
    assert_int_equal(err_class(ERR_PARSE), ERR_CLASS_PERMANENT);
    assert_int_equal(err_class(ERR_NET), ERR_CLASS_TRANSIENT);
    assert_int_equal(err_class(ERR_THROTTLED), ERR_CLASS_SLOW_DOWN);
    assert_int_equal(err_class(ERR_CORRUPT), ERR_CLASS_OURS);
    assert_string_equal(err_name(ERR_UNKNOWN), "UNKNOWN");
    assert_string_equal(err_text(ERR_OK), "ok");
}

static void test_err_note_is_cut_and_terminated(void **state)
{
    struct err_note note;
    char longer[600];
    (void)state;

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(err_note(&note, ERR_IO, "%s %d", "disk", 7), ERR_IO);
    assert_string_equal(note.text, "disk 7");
    assert_int_equal(err_note(&note, ERR_AUTH, "%s", longer), ERR_AUTH);
    assert_int_equal(strlen(note.text), sizeof(note.text) - 1);
}

static void break_a_condition(void)
{
    volatile int two = 2;
    must(two == 3);
}

static void test_must_aborts(void **state)
{
    (void)state;
    assert_aborts(break_a_condition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slice_int_reads_the_whole_range_and_nothing_beyond),
        cmocka_unit_test(test_slice_compare_is_by_bytes_then_length),
        cmocka_unit_test(test_slice_nocase_folds_ascii_letters_only),
        cmocka_unit_test(test_slice_starts_and_ends),
        cmocka_unit_test(test_slice_from_is_cut_to_the_length),
        cmocka_unit_test(test_slice_trim_takes_white_space_off_both_ends),
        cmocka_unit_test(test_slice_cut_splits_at_the_first),
        cmocka_unit_test(test_err_classes_decide_retrying),
        cmocka_unit_test(test_err_note_is_cut_and_terminated),
        cmocka_unit_test(test_must_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
