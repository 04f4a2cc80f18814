/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/times.h"

static int64_t rfc3339(const char *text)
{
    int64_t us = 0;
    assert_true(time_parse_rfc3339(slice_of(text), &us));
    return us;
}

static void test_time_parse_reads_the_examples_of_rfc_3339(void **state)
{
    (void)state;
    assert_int_equal(rfc3339("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(rfc3339("1985-04-12T23:20:50.52Z"), INT64_C(482196050520000));
    assert_int_equal(rfc3339("1996-12-19T16:39:57-08:00"), rfc3339("1996-12-20T00:39:57Z"));
    assert_int_equal(rfc3339("1990-12-31T23:59:60Z"), rfc3339("1991-01-01T00:00:00Z"));
    assert_int_equal(rfc3339("1990-12-31T15:59:60-08:00"), rfc3339("1991-01-01T00:00:00Z"));
    assert_int_equal(rfc3339("1937-01-01T12:00:27.87+00:20"), rfc3339("1937-01-01T11:40:27.87Z"));
    assert_int_equal(rfc3339("2000-02-29t00:00:00z"), INT64_C(951782400000000));
    assert_int_equal(rfc3339("1969-12-31T23:59:59.999999Z"), -1);
}

static void test_time_parse_cuts_nine_digits_to_microseconds(void **state)
{
    (void)state;
    assert_int_equal(rfc3339("1970-01-01T00:00:00.1Z"), 100000);
    assert_int_equal(rfc3339("1970-01-01T00:00:00.123456Z"), 123456);
    assert_int_equal(rfc3339("1970-01-01T00:00:00.123456999Z"), 123456);
    assert_int_equal(rfc3339("1970-01-01T00:00:00.000000001Z"), 0);
}

static void test_time_parse_refuses_what_is_off(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-11-23",
        "2026-11-23T05:45:31",
        "2026-11-23 05:45:31Z",
        "2026-11-23T05:45Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00:00,5Z",
        "2026-01-01T00:00:00+0200",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+02:60",
        "2026-01-01T00:00:00ZZ",
        "2026-01-01T00:00:00Z ",
        " 2026-01-01T00:00:00Z",
        "26-01-01T00:00:00Z",
        "+2026-01-01T00:00:00Z",
        "2026-1-01T00:00:00Z",
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int64_t us = 42;
        if (time_parse_rfc3339(slice_of(bad[i]), &us)) {
            fail_msg("'%s' was accepted", bad[i]);
        }
        assert_int_equal(us, 42);
    }
}

static void test_time_parse_utc_takes_a_missing_zone_as_utc(void **state)
{
    int64_t us;
    (void)state;

    assert_true(time_parse_utc(SLICE("2017-03-22T16:28:02"), &us));
    assert_int_equal(us, rfc3339("2017-03-22T16:28:02Z"));
    assert_true(time_parse_utc(SLICE("2017-03-22T16:28:02.5"), &us));
    assert_int_equal(us, rfc3339("2017-03-22T16:28:02.5Z"));
    assert_true(time_parse_utc(SLICE("2017-03-22T16:28:02+01:00"), &us));
    assert_int_equal(us, rfc3339("2017-03-22T15:28:02Z"));
    assert_false(time_parse_utc(SLICE("2017-03-22"), &us));
    assert_false(time_parse_utc(SLICE("2017-03-22T16:28:02+"), &us));
}

static void test_time_parse_http_reads_imf_fixdate_only(void **state)
{
    static const char *const bad[] = {
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "120",
        "",
    };
    int64_t us;
    (void)state;

    assert_true(time_parse_http(SLICE("Sun, 06 Nov 1994 08:49:37 GMT"), &us));
    assert_int_equal(us, INT64_C(784111777000000));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (time_parse_http(slice_of(bad[i]), &us)) {
            fail_msg("'%s' was accepted", bad[i]);
        }
    }
}

static void test_time_format_writes_all_three_forms(void **state)
{
    char text[TIME_TEXT_MAX];
    int64_t us = rfc3339("2026-11-23T05:45:31.123999Z");
    (void)state;

    assert_slice(time_format(us, text), "2026-11-23T05:45:31.123Z");
    assert_slice(time_format_s(us, text), "2026-11-23T05:45:31Z");
    assert_slice(time_format_http(us, text), "Mon, 23 Nov 2026 05:45:31 GMT");
    assert_int_equal(text[strlen("Mon, 23 Nov 2026 05:45:31 GMT")], '\0');
    assert_slice(time_format(0, text), "1970-01-01T00:00:00.000Z");
    assert_slice(time_format_http(0, text), "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_slice(time_format(-1, text), "1969-12-31T23:59:59.999Z");
    assert_slice(time_format_s(-1, text), "1969-12-31T23:59:59Z");
}

static void test_time_format_keeps_four_digit_years(void **state)
{
    char text[TIME_TEXT_MAX];
    (void)state;

    assert_slice(time_format(INT64_MAX, text), "9999-12-31T23:59:59.999Z");
    assert_slice(time_format(INT64_MIN, text), "0000-01-01T00:00:00.000Z");
}

static void test_time_text_comes_back_the_same(void **state)
{
    char text[TIME_TEXT_MAX];
    int64_t parsed;
    (void)state;

    /* Steps of 11.3 days and a bit over all years of four digits: every month, leap day and
     * century. */
    for (int64_t us = rfc3339("0000-01-01T00:00:00Z"); us < rfc3339("9999-12-31T23:59:59Z");
         us += INT64_C(976543210000)) {
        assert_true(time_parse_rfc3339(time_format(us, text), &parsed));
        assert_int_equal(parsed, us);
        assert_true(time_parse_http(time_format_http(us, text), &parsed));
        assert_in_range(us - parsed, 0, US_PER_S - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_parse_reads_the_examples_of_rfc_3339),
        cmocka_unit_test(test_time_parse_cuts_nine_digits_to_microseconds),
        cmocka_unit_test(test_time_parse_refuses_what_is_off),
        cmocka_unit_test(test_time_parse_utc_takes_a_missing_zone_as_utc),
        cmocka_unit_test(test_time_parse_http_reads_imf_fixdate_only),
        cmocka_unit_test(test_time_format_writes_all_three_forms),
        cmocka_unit_test(test_time_format_keeps_four_digit_years),
        cmocka_unit_test(test_time_text_comes_back_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
