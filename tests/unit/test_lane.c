/* SPDX-License-Identifier: Apache-2.0 */
/* A lane's circuit: what answers teach it, and when it asks again. The clock is the test's. */
#include "testing.h"

#include "push/lane.h"

#define WOO_PARALLEL 2

static int64_t now_us;

static int64_t clock_us(struct env *env)
{
    (void)env;
    return now_us;
}

/* The most that jitter adds. */
static void most_random(struct env *env, void *out, size_t n)
{
    (void)env;
    memset(out, 0, n);
    if (n == sizeof(uint16_t)) {
        memcpy(out, &(uint16_t){400}, n);
    }
}

struct rig {
    struct env env;
    struct channel_config channel;
    struct config config;
    struct pusher pusher;
    struct lane lane;
};

static const struct env_ops ops = {.mono_us = clock_us, .wall_us = clock_us, .random = most_random};

static struct lane *open_lane(struct rig *rig)
{
    now_us = INT64_C(1700000000) * US_PER_S;
    *rig = (struct rig){.env = {.ops = &ops},
                        .channel = {.row = {.id = {1}, .mode = MODE_LIVE},
                                    .connector = &connector_woocommerce,
                                    .account = {.connector = &connector_woocommerce,
                                                .base_url = SLICE("http://x")}},
                        .config = {.channels_count = 1},
                        .lane = {.channel = {1}, .day_left = -1, .has_answered = true}};
    rig->config.channels = &rig->channel;
    rig->pusher = (struct pusher){.config = {.env = &rig->env}, .channels = &rig->config};
    rig->lane.pusher = &rig->pusher;
    rig->lane.wants.live_count = 3; /* something waits to be told */
    rig->lane.is_down_reported = true;
    return &rig->lane;
}

static void fails(struct lane *lane, enum call_kind kind)
{
    const struct env_reply reply = {.err = ERR_OK};
    const struct channel_signal signal = {
        .down = true, .points_left = -1, .points_cost = -1, .points_per_s = -1, .day_left = -1};
    lane_learn(lane, kind, &reply, &signal, false);
}

static void answers(struct lane *lane, enum call_kind kind)
{
    const struct env_reply reply = {.err = ERR_OK};
    const struct channel_signal signal = SIGNAL_NONE;
    lane->is_down_reported = false; /* there is no engine to take the notice back in */
    lane_learn(lane, kind, &reply, &signal, true);
    lane->is_down_reported = true;
}

static void wait_until_due(const struct lane *lane)
{
    now_us = lane->blocked_until_us > now_us ? lane->blocked_until_us : now_us;
}

static void
test_a_channel_that_is_down_is_asked_often_at_first_and_each_minute_for_ever(void **state)
{
    (void)state;
    struct rig rig;
    struct lane *lane = open_lane(&rig);
    int64_t begun_us = now_us, gap_us = 0;
    size_t early = 0;
    while (now_us - begun_us < 3 * 3600 * US_PER_S) {
        bool is_early = now_us - begun_us < 300 * US_PER_S;
        fails(lane, CALL_ORDERS);
        gap_us = lane->blocked_until_us - now_us;
        assert_true(gap_us > 0 && gap_us <= (is_early ? 18 : 72) * US_PER_S);
        early += is_early;
        wait_until_due(lane);
    }
    assert_true(early >= 20);
    assert_int_equal(gap_us, 72 * US_PER_S);
    answers(lane, CALL_ORDERS);
    fails(lane, CALL_ORDERS); /* all is forgotten */
    assert_int_equal(lane->blocked_until_us - now_us, 600 * US_PER_MS);
}

static void test_calls_that_left_together_fail_together(void **state)
{
    (void)state;
    struct rig rig;
    struct lane *lane = open_lane(&rig);
    for (int i = 0; i < 8; i++) {
        fails(lane, CALL_PUSH);
    }
    assert_int_equal(lane->blocked_until_us - now_us, 600 * US_PER_MS);
}

static void
test_a_channel_whose_write_failed_is_asked_for_its_orders_before_the_next_write(void **state)
{
    (void)state;
    struct rig rig;
    struct lane *lane = open_lane(&rig);
    assert_int_equal(lane_room(lane, CALL_PUSH), WOO_PARALLEL);
    fails(lane, CALL_PUSH);
    wait_until_due(lane);
    assert_true(lane->poll_wanted && lane_must_probe(lane));
    answers(lane, CALL_ORDERS);
    assert_false(lane_must_probe(lane));
    assert_int_equal(lane_room(lane, CALL_PUSH), 1); /* one write, to see */
    fails(lane, CALL_PUSH);
    assert_int_equal(lane->blocked_until_us - now_us, 1200 * US_PER_MS); /* longer than before */
    wait_until_due(lane);
    assert_true(lane_must_probe(lane));
    answers(lane, CALL_ORDERS);
    answers(lane, CALL_PUSH);
    assert_false(lane_must_probe(lane));
    assert_int_equal(lane_room(lane, CALL_PUSH), WOO_PARALLEL);
}

static void test_after_readings_alone_had_failed_one_that_answers_opens_everything(void **state)
{
    (void)state;
    struct rig rig;
    struct lane *lane = open_lane(&rig);
    fails(lane, CALL_READ);
    wait_until_due(lane);
    assert_true(lane_must_probe(lane));
    answers(lane, CALL_ORDERS);
    assert_int_equal(lane_room(lane, CALL_PUSH), WOO_PARALLEL);
}

/* Nor does a channel whose orders alone cannot be read keep its old counts. */
static void test_where_only_orders_fail_writes_go_on(void **state)
{
    (void)state;
    struct rig rig;
    struct lane *lane = open_lane(&rig);
    int tries = 0;
    fails(lane, CALL_ORDERS);
    for (wait_until_due(lane); lane_must_probe(lane); wait_until_due(lane)) {
        fails(lane, CALL_ORDERS);
        assert_true(++tries < 4);
    }
    answers(lane, CALL_PUSH);
    assert_int_equal(lane_room(lane, CALL_PUSH), WOO_PARALLEL);
}

/* A request that is refused was read by somebody: the channel is there. */
static void test_a_refusal_is_an_answer_too(void **state)
{
    (void)state;
    struct rig rig;
    struct lane *lane = open_lane(&rig);
    const struct env_reply reply = {.err = ERR_OK};
    const struct channel_signal signal = SIGNAL_NONE;
    fails(lane, CALL_PUSH);
    wait_until_due(lane);
    lane_learn(lane, CALL_ORDERS, &reply, &signal, false);
    assert_false(lane_must_probe(lane));
}

/* What Walmart allows is files, ten an hour: each is asked for many times before its end. */
static void test_a_file_is_counted_once_however_often_it_is_asked_for(void **state)
{
    (void)state;
    struct rig rig;
    struct lane *lane = open_lane(&rig);
    struct connector walmart = connector_woocommerce; /* whose account needs no settings here */
    walmart.semantics = connector_walmart.semantics;
    rig.channel.connector = &walmart;
    for (int file = 0; file < 10; file++) {
        assert_true(lane_may_call(lane, CALL_BULK));
        for (int look = 0; look < 60; look++) {
            assert_true(lane_may_call(lane, CALL_BULK_NEXT));
            now_us += US_PER_S / 4;
        }
    }
    assert_false(lane_may_call(lane, CALL_BULK));
    assert_true(lane_may_call(lane, CALL_PUSH)); /* single writes go on */
    now_us = lane_call_due(lane, CALL_BULK);
    assert_true(lane_may_call(lane, CALL_BULK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_channel_that_is_down_is_asked_often_at_first_and_each_minute_for_ever),
        cmocka_unit_test(test_calls_that_left_together_fail_together),
        cmocka_unit_test(
            test_a_channel_whose_write_failed_is_asked_for_its_orders_before_the_next_write),
        cmocka_unit_test(test_after_readings_alone_had_failed_one_that_answers_opens_everything),
        cmocka_unit_test(test_where_only_orders_fail_writes_go_on),
        cmocka_unit_test(test_a_refusal_is_an_answer_too),
        cmocka_unit_test(test_a_file_is_counted_once_however_often_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
