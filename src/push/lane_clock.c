/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the wall clock jumps, what the lane waits for must not: its deadlines are kept in wall time,
 * beside the times that are data, and move with the jump.
 */
#include "push/lane.h"

#define JUMP_US US_PER_S

static void shift(int64_t *at_us, int64_t by_us)
{
    *at_us += *at_us > 0 ? by_us : 0;
}

static void shift_bucket(struct call_bucket *bucket, int64_t by_us)
{
    shift(&bucket->at_us, by_us);
    shift(&bucket->blocked_until_us, by_us);
}

void lane_mind_clock(struct lane *lane)
{
    struct env *env = lane->pusher->config.env;
    int64_t ahead_us = env_wall_us(env) - env_mono_us(env);
    int64_t by_us = lane->wall_ahead_us ? ahead_us - lane->wall_ahead_us : 0;
    lane->wall_ahead_us = ahead_us;
    if (by_us > -JUMP_US && by_us < JUMP_US) {
        return;
    }
    int64_t *const waits[] = {&lane->next_recover_us,
                              &lane->paced_until_us,
                              &lane->blocked_until_us,
                              &lane->failing_since_us,
                              &lane->pages_blocked_until_us,
                              &lane->orders_failing_since_us,
                              &lane->next_poll_us,
                              &lane->poll_started_us,
                              &lane->orders_read_us,
                              &lane->next_sweep_us,
                              &lane->begun_us,
                              &lane->next_watch_us,
                              &lane->unheard_since_us,
                              &lane->throttled_until_us,
                              &lane->token_not_before_us,
                              &lane->token_bought_at_us,
                              &lane->next_look_us,
                              &lane->heard_us,
                              &lane->consent_until_us};
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        shift(waits[i], by_us);
    }
    shift_bucket(&lane->all, by_us);
    for (size_t i = 0; i < CALL_KINDS; i++) {
        shift_bucket(&lane->kinds[i], by_us);
    }
    for (size_t i = 0; i < lane->wants.items_count; i++) {
        struct want *want = lane->wants.items[i].value;
        if (want) {
            shift(&want->not_before_us, by_us);
        }
    }
    for (struct pending_fetch *f = lane->fetches; f; f = f->next) {
        shift(&f->not_before_us, by_us);
    }
}
