/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/buf.h"

static void test_buf_holds_exactly_its_max(void **state)
{
    struct buf buf;
    (void)state;

    buf_init(&buf, 5);
    buf_text(&buf, "abcd");
    buf_char(&buf, 'e');
    assert_false(buf.overflow);
    assert_slice(buf_view(&buf), "abcde");
    buf_char(&buf, 'f');
    assert_true(buf.overflow);
    assert_slice(buf_view(&buf), "abcde");
    buf_free(&buf);
    assert_int_equal(buf.max, 5);
}

static void test_buf_appends_all_or_nothing(void **state)
{
    struct buf buf;
    (void)state;

    buf_init(&buf, 8);
    buf_text(&buf, "12345");
    buf_text(&buf, "6789");
    assert_true(buf.overflow);
    assert_slice(buf_view(&buf), "12345");
    buf_clear(&buf);
    assert_false(buf.overflow);
    buf_text(&buf, "12345678");
    assert_false(buf.overflow);
    buf_free(&buf);
}

static void test_buf_without_init_holds_nothing(void **state)
{
    struct buf buf = {0};
    (void)state;

    buf_char(&buf, 'x');
    assert_true(buf.overflow);
    assert_int_equal(buf.n, 0);
    buf_free(&buf);
}

static void test_buf_grows_through_many_appends(void **state)
{
    struct buf buf;
    (void)state;

    buf_init(&buf, 100000);
    for (int i = 0; i < 100000; i++) {
        buf_char(&buf, (char)('a' + i % 26));
    }
    assert_false(buf.overflow);
    assert_int_equal(buf.n, 100000);
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(buf.p[i], 'a' + i % 26);
    }
    buf_free(&buf);
}

static void test_buf_int_writes_decimals(void **state)
{
    struct buf buf;
    (void)state;

    buf_init(&buf, 100);
    buf_int(&buf, INT64_MIN);
    buf_char(&buf, ' ');
    buf_int(&buf, INT64_MAX);
    buf_char(&buf, ' ');
    buf_int(&buf, 0);
    buf_int(&buf, -7);
    assert_slice(buf_view(&buf), "-9223372036854775808 9223372036854775807 0-7");
    buf_free(&buf);
}

static void test_buf_printf_fits_short_and_long(void **state)
{
    struct buf buf;
    (void)state;

    buf_init(&buf, 700);
    buf_printf(&buf, "%s=%d;", "a", 1);
    assert_slice(buf_view(&buf), "a=1;");
    buf_printf(&buf, "%0*d", 696, 5); /* longer than its inner buffer, and exactly to the bound */
    assert_false(buf.overflow);
    assert_int_equal(buf.n, 700);
    assert_int_equal(buf.p[699], '5');
    buf_printf(&buf, "%d", 1);
    assert_true(buf.overflow);
    buf_free(&buf);
}

static void test_buf_drop_removes_the_beginning(void **state)
{
    struct buf buf;
    (void)state;

    buf_init(&buf, 10);
    buf_text(&buf, "abcdef");
    buf_drop(&buf, 0);
    buf_drop(&buf, 4);
    assert_slice(buf_view(&buf), "ef");
    buf_text(&buf, "ghijklmn");
    assert_false(buf.overflow);
    buf_drop(&buf, 10);
    assert_int_equal(buf.n, 0);
    buf_free(&buf);
}

static void drop_too_much(void)
{
    struct buf buf;
    buf_init(&buf, 10);
    buf_text(&buf, "ab");
    buf_drop(&buf, 3);
}

static void test_buf_drop_of_more_than_there_is_aborts(void **state)
{
    (void)state;
    assert_aborts(drop_too_much);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf_holds_exactly_its_max),
        cmocka_unit_test(test_buf_appends_all_or_nothing),
        cmocka_unit_test(test_buf_without_init_holds_nothing),
        cmocka_unit_test(test_buf_grows_through_many_appends),
        cmocka_unit_test(test_buf_int_writes_decimals),
        cmocka_unit_test(test_buf_printf_fits_short_and_long),
        cmocka_unit_test(test_buf_drop_removes_the_beginning),
        cmocka_unit_test(test_buf_drop_of_more_than_there_is_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
