/* SPDX-License-Identifier: Apache-2.0 */
#include "support/channel_fixture.h"

#include "base/times.h"
#include "channels/reply.h"

static struct channel_signal signal_of(int status, const char *retry_after, const char *date)
{
    struct channel_signal signal;
    struct http_header headers[2] = {{SLICE("retry-after"), slice_of(retry_after)},
                                     {SLICE("date"), slice_of(date)}};
    struct http_response response = {.status = status, .headers = headers, .headers_count = 2};
    (void)reply_read(&response, &fixture.arena, &signal);
    return signal;
}

static void test_retry_after_is_seconds_or_a_date(void **state)
{
    (void)state;
    const char *now = "Mon, 23 Nov 2026 05:45:31 GMT";
    assert_int_equal(signal_of(429, "2", now).retry_after_us, 2 * US_PER_S);
    assert_int_equal(signal_of(429, "2.0", now).retry_after_us, 3 * US_PER_S);
    assert_int_equal(signal_of(503, " 7 ", now).retry_after_us, 7 * US_PER_S);
    assert_int_equal(signal_of(503, "Mon, 23 Nov 2026 05:46:01 GMT", now).retry_after_us,
                     30 * US_PER_S);
}

static void test_retry_after_that_cannot_be_is_unsaid_or_a_day(void **state)
{
    (void)state;
    const char *now = "Mon, 23 Nov 2026 05:45:31 GMT";
    const int64_t day_us = 86400 * US_PER_S;
    static const char *const unsaid[] = {
        "", "soon", "-5", "99999999999999999999", "Mon, 23 Nov 2026 05:45:01 GMT"};
    for (size_t i = 0; i < COUNT_OF(unsaid); i++) {
        assert_int_equal(signal_of(429, unsaid[i], now).retry_after_us, 0);
    }
    assert_int_equal(signal_of(429, "9223372036854775807", now).retry_after_us, day_us);
    assert_int_equal(signal_of(429, "9223372036854775807.5", now).retry_after_us, day_us);
    assert_int_equal(signal_of(429, "Thu, 31 Dec 2099 23:59:59 GMT", now).retry_after_us, day_us);
    /* A date without knowing the sender's now says nothing. */
    assert_int_equal(signal_of(429, "Mon, 23 Nov 2026 05:46:01 GMT", "").retry_after_us, 0);
}

static void test_reply_says_whether_it_may_have_happened(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum reply_class class;
    } codes[] = {
        {200, REPLY_OK},
        {204, REPLY_OK},
        {301, REPLY_LATER},
        {400, REPLY_REFUSED},
        {401, REPLY_LATER},
        {404, REPLY_LATER},
        {408, REPLY_UNKNOWN},
        {409, REPLY_LATER},
        {413, REPLY_REFUSED},
        {422, REPLY_REFUSED},
        {429, REPLY_LATER},
        {500, REPLY_UNKNOWN},
        {503, REPLY_UNKNOWN},
        {599, REPLY_UNKNOWN},
        {0, REPLY_UNKNOWN},
        {-1, REPLY_UNKNOWN},
        {100, REPLY_UNKNOWN},
        {999, REPLY_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct channel_signal signal;
        struct http_response response = {.status = codes[i].status};
        assert_int_equal(reply_read(&response, &fixture.arena, &signal), codes[i].class);
        assert_true((signal.reason.n == 0) == (codes[i].class == REPLY_OK));
        assert_int_equal(signal.points_left, -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry_after_is_seconds_or_a_date),
        cmocka_unit_test(test_retry_after_that_cannot_be_is_unsaid_or_a_day),
        cmocka_unit_test(test_reply_says_whether_it_may_have_happened),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
