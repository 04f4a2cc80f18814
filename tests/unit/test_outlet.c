/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/crypto.h"
#include "engine/outlet.h"

#define HOUR_US (3600 * US_PER_S)
#define NOW_US (INT64_C(1795408147) * US_PER_S)

static void test_a_webhook_is_tried_again_for_days_as_the_standard_advises(void **state)
{
    static const int64_t waits_s[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    (void)state;
    for (size_t i = 0; i < 20; i++) {
        int64_t wait_us = waits_s[i < COUNT_OF(waits_s) ? i : COUNT_OF(waits_s) - 1] * US_PER_S;
        int64_t nth = (int64_t)i + 1;
        int64_t least = outlet_retry_us(OUTLET_WEBHOOK, nth, 0),
                most = outlet_retry_us(OUTLET_WEBHOOK, nth, 65535);
        assert_int_equal(least, wait_us / 5 * 4);
        assert_in_range(most, wait_us / 5 * 6 - US_PER_S, wait_us / 5 * 6);
        int64_t middle = outlet_retry_us(OUTLET_WEBHOOK, nth, 32768);
        assert_true(least < middle && middle < most);
    }
}

static void test_a_mail_is_tried_again_within_the_hour_whatever_happens(void **state)
{
    (void)state;
    assert_int_equal(outlet_retry_us(OUTLET_MAIL, 1, 0), 48 * US_PER_S);
    for (int64_t nth = 1; nth < 100; nth++) {
        assert_in_range(
            outlet_retry_us(OUTLET_MAIL, nth, 65535), 48 * US_PER_S, 72 * 60 * US_PER_S);
    }
}

static void test_only_days_of_failure_or_410_give_a_webhook_up(void **state)
{
    struct outlet_row row = {.kind = OUTLET_WEBHOOK, .attempts = 12};
    (void)state;
    row.failing_since_us = NOW_US - OUTLET_GIVEN_UP_US + 1;
    assert_false(outlet_is_given_up(&row, 500, NOW_US));
    assert_true(outlet_is_given_up(&row, 410, NOW_US));
    row.failing_since_us--;
    assert_true(outlet_is_given_up(&row, 500, NOW_US));
    assert_true(outlet_is_given_up(&row, 0, NOW_US));
    row.attempts = 1; /* the clock jumped, or the server was off */
    assert_false(outlet_is_given_up(&row, 500, NOW_US));
    row = (struct outlet_row){.kind = OUTLET_MAIL, .attempts = 500, .failing_since_us = 1};
    assert_false(outlet_is_given_up(&row, 410, NOW_US));
}

static void test_a_clock_that_is_put_back_holds_nothing_up(void **state)
{
    struct outlet_row row = {.next_at_us = NOW_US};
    (void)state;
    assert_int_equal(outlet_wait_us(&row, NOW_US - HOUR_US), HOUR_US);
    assert_int_equal(outlet_wait_us(&row, NOW_US), 0);
    assert_int_equal(outlet_wait_us(&row, NOW_US + 1), 0);
    assert_int_equal(outlet_wait_us(&row, NOW_US - 24 * 365 * HOUR_US), 0);
}

static void test_a_message_keeps_its_id_and_shares_it_with_no_other(void **state)
{
    const struct outlet_row row = {.id = 3, .created_at_us = NOW_US};
    const struct outlet_row other = {.id = 4, .created_at_us = NOW_US},
                            same_number = {.id = 3, .created_at_us = NOW_US + 1};
    const struct event_row event = {.n = 70, .at_us = NOW_US},
                           restored = {.n = 70, .at_us = NOW_US + 1};
    struct arena arena;
    (void)state;
    arena_init(&arena, 65536);
    struct slice id = outlet_message_id(&row, &event, &arena);
    struct outlet_row later = row;
    later.attempts = 7;
    later.url = SLICE("https://elsewhere.example");
    assert_true(slice_equal(outlet_message_id(&later, &event, &arena), id));
    assert_false(slice_equal(outlet_message_id(&other, &event, &arena), id));
    assert_false(slice_equal(outlet_message_id(&same_number, &event, &arena), id));
    assert_false(slice_equal(outlet_message_id(&row, &restored, &arena), id));
    assert_int_equal(id.n, 4 + 32);
    arena_free(&arena);
}

static void test_secrets_open_only_for_their_own_webhook(void **state)
{
    const struct vault vault = {.key = {7}}, another = {.key = {8}};
    const uint8_t nonce[24] = {1};
    const struct outlet_secrets secrets = {SLICE("whsec_bmV3"), SLICE("whsec_b2xk")};
    struct outlet_secrets read = {.now = {0}};
    struct outlet_row row = {.id = 3};
    struct arena arena;
    (void)state;
    assert_int_equal(crypto_init(), ERR_OK);
    arena_init(&arena, 65536);
    assert_int_equal(outlet_seal(&vault, 3, nonce, &secrets, &arena, &row.secrets), ERR_OK);
    assert_null(memmem(row.secrets.p, row.secrets.n, "whsec", 5));
    assert_int_equal(outlet_open(&vault, &row, &arena, &read), ERR_OK);
    assert_slice(read.now, "whsec_bmV3");
    assert_slice(read.before, "whsec_b2xk");
    row.id = 4;
    assert_int_equal(outlet_open(&vault, &row, &arena, &read), ERR_AUTH);
    row.id = 3;
    assert_int_equal(outlet_open(&another, &row, &arena, &read), ERR_AUTH);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_webhook_is_tried_again_for_days_as_the_standard_advises),
        cmocka_unit_test(test_a_mail_is_tried_again_within_the_hour_whatever_happens),
        cmocka_unit_test(test_only_days_of_failure_or_410_give_a_webhook_up),
        cmocka_unit_test(test_a_clock_that_is_put_back_holds_nothing_up),
        cmocka_unit_test(test_a_message_keeps_its_id_and_shares_it_with_no_other),
        cmocka_unit_test(test_secrets_open_only_for_their_own_webhook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
