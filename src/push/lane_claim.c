/* SPDX-License-Identifier: Apache-2.0 */
/* From wants to requests: the claim, which the writer answers, and what becomes of each want. */
#include "core/cutover.h"
#include "push/lane.h"

#define CLAIM_MAX 256

/* ---- claims ---- */

struct claim {
    struct lane *lane;
    struct want **wants;
    size_t count;
};

/* Where a write does not prove it, a reading does, together with the orders that were read just
 * before it. */
static bool must_read_orders(const struct lane *lane,
                             const struct channel_config *c,
                             const struct claim_action *actions,
                             size_t count)
{
    bool must_read = false;
    for (size_t i = 0; i < count && c->connector->build_orders; i++) {
        must_read |=
            actions[i].needs_orders &&
            expected_orders_first(actions[i].orders_after_us, lane->orders_read_us, lane_now(lane));
    }
    return must_read;
}

static void start_requests(struct lane *lane, const struct channel_config *c, struct turn *turn)
{
    struct want **wants = ARENA_ARRAY(&turn->arena, turn->actions_count + 1, struct want *);
    struct claim_action *actions =
        ARENA_ARRAY(&turn->arena, turn->actions_count + 1, struct claim_action);
    must(wants && actions);
    for (size_t request = 0; request < turn->requests_max; request++) {
        size_t n = 0;
        for (size_t i = 0; i < turn->actions_count; i++) {
            const struct claim_action *a = &turn->actions[i];
            if (a->step != STEP_WAIT && !a->left_over && a->request == request) {
                actions[n] = *a;
                wants[n++] = map_get(&lane->wants, MAP_KEY(&a->listing));
            }
        }
        if (n == 0) {
            continue;
        }
        if (actions[0].step == STEP_READ && must_read_orders(lane, c, actions, n)) {
            for (size_t i = 0; i < n; i++) {
                wants[i]->must_read = true;
                queue_add(&lane->awaiting_orders, wants[i]);
            }
            lane->poll_wanted = true;
        } else {
            job_start(lane, c, actions, wants, n);
        }
    }
}

/* What was wrong again and again is read at a distance (lane_job.c, note_reading). */
static void pace_readings(const struct lane *lane, struct turn *turn)
{
    for (size_t i = 0; i < turn->actions_count; i++) {
        struct claim_action *a = &turn->actions[i];
        struct want *want = map_get(&lane->wants, MAP_KEY(&a->listing));
        if (a->step == STEP_READ && want->read_not_before_us > lane_now(lane)) {
            a->step = STEP_WAIT;
            a->at_us = want->read_not_before_us;
            want->must_read = true;
        }
    }
}

/*
 * Who stood still between a claim and its requests (a frozen process, a machine that slept) may not
 * be the one who writes any more: what was claimed is older than what another server knows. The
 * claims count as unknown, and the next claim says whether it still may.
 */
#define STILL_US (5 * US_PER_S)

static bool stood_still(const struct lane *lane, const struct turn *turn)
{
    return turn->committed_at_us && lane_now(lane) - turn->committed_at_us > STILL_US;
}

static void claimed(struct turn *turn)
{
    struct claim *claim = turn->owner;
    struct lane *lane = claim->lane;
    const struct channel_config *c = lane_channel(lane);
    lane->claiming = false;
    struct map acted;
    map_init(&acted);
    if (!turn->err) {
        pace_readings(lane, turn);
    }
    for (size_t i = 0; !turn->err && i < turn->actions_count; i++) {
        const struct claim_action *a = &turn->actions[i];
        struct want *want = map_get(&lane->wants, MAP_KEY(&a->listing));
        must(want && map_set(&acted, MAP_KEY(&want->listing), want));
        if (a->left_over || a->step == STEP_WAIT) {
            want->must_read |= a->step == STEP_READ; /* what found no room is still to be read */
            want_requeue(lane, want, a->left_over ? 0 : a->at_us);
        }
    }
    for (size_t i = 0; i < claim->count; i++) {
        struct want *want = claim->wants[i];
        if (turn->err) {
            want->must_read |= turn->wanted[i].must_read;
            want->is_start |= turn->wanted[i].is_start;
            want_requeue(lane, want, lane_now(lane) + US_PER_S);
        } else if (!map_get(&acted, MAP_KEY(&want->listing))) {
            want_done(lane, want); /* clean, or not ours to write */
        }
    }
    map_free(&acted);
    if (!turn->err && c && !stood_still(lane, turn)) {
        start_requests(lane, c, turn);
    } else if (!turn->err) {
        /* Marked as in flight, and never sent: unknown, as after a crash. */
        for (size_t i = 0; i < turn->actions_count; i++) {
            struct want *want = map_get(&lane->wants, MAP_KEY(&turn->actions[i].listing));
            if (want && want->state == WANT_CLAIMED) {
                want->is_start = true;
                want_requeue(lane, want, lane_now(lane) + US_PER_S);
            }
        }
    }
    turn_free(turn);
    lane_pump(lane);
}

/* How many requests may leave now, and whether so many listings wait that they go by the thousand. */
static size_t requests_room(struct lane *lane, const struct channel_config *c, bool *out_is_rush)
{
    const struct connector_semantics *s = &c->connector->semantics;
    size_t free_calls = s->parallel_max > lane->open ? s->parallel_max - lane->open : 0;
    *out_is_rush = s->bulk_max && lane->trust == LANE_ANSWERS &&
                   lane->ready.count >= s->bulk_from && lane_channel(lane) != NULL &&
                   lane_room(lane, CALL_BULK) > 0;
    size_t room = lane_channel(lane) ? lane_room(lane, CALL_PUSH) : free_calls;
    room += *out_is_rush;
    return room < free_calls ? room : free_calls;
}

/* A channel that was just taken over is written slowly at first: so many rows now. */
static size_t paced_rows(struct lane *lane, const struct channel_config *c)
{
    int64_t now = lane_now(lane);
    if (c->row.mode != MODE_LIVE || c->row.watch_until_us <= now) {
        return SIZE_MAX;
    }
    size_t rows = cutover_pace(now - c->row.cutover_at_us);
    if (rows == SIZE_MAX) {
        return rows;
    }
    if (now < lane->paced_until_us) {
        return 0;
    }
    lane->paced_until_us = now + US_PER_S;
    return rows;
}

void lane_claim(struct lane *lane)
{
    const struct channel_config *c = lane_config(lane);
    bool is_rush;
    size_t room = requests_room(lane, c, &is_rush);
    if (lane->is_held || (lane_channel(lane) && room == 0)) {
        return;
    }
    size_t most = lane->trust != LANE_ANSWERS ? 1
                  : is_rush                   ? c->connector->semantics.bulk_max
                                              : CLAIM_MAX;
    most = env_chance(lane->pusher->config.env, "a claim of one listing") ? 1 : most;
    size_t paced = paced_rows(lane, c);
    if (paced < most) {
        most = paced;
        is_rush = false;
    }
    if (most == 0) {
        return;
    }
    struct turn *turn = turn_new(TURN_CLAIM, claimed, NULL);
    size_t count = lane->ready.count < most ? lane->ready.count : most;
    struct claim *claim = turn ? ARENA_NEW(&turn->arena, struct claim) : NULL;
    struct dirty_hint *wanted = turn ? ARENA_ARRAY(&turn->arena, count, struct dirty_hint) : NULL;
    struct want **wants = turn ? ARENA_ARRAY(&turn->arena, count, struct want *) : NULL;
    if (!claim || !wanted || !wants) {
        turn_free(turn);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct want *want = queue_take(&lane->ready);
        want->state = WANT_CLAIMED;
        wants[i] = want;
        wanted[i] = (struct dirty_hint){.listing = want->listing,
                                        .must_read = want->must_read,
                                        .is_start = want->is_start,
                                        .rows_max = want->rows_max};
        want->must_read = false;
        want->is_start = false;
    }
    *claim = (struct claim){lane, wants, count};
    turn->owner = claim;
    turn->channel = lane->channel;
    turn->wanted = wanted;
    turn->wanted_count = count;
    turn->requests_max = room;
    turn->is_rush = is_rush;
    turn->raises_wait = pusher_is_behind(lane->pusher);
    turn->orders_read_us = c->connector->build_orders ? lane->orders_read_us : INT64_MAX;
    if (!engine_submit(lane->pusher->config.engine, turn)) {
        for (size_t i = 0; i < count; i++) {
            wants[i]->must_read |= wanted[i].must_read;
            wants[i]->is_start |= wanted[i].is_start;
            want_requeue(lane, wants[i], lane_now(lane) + 50 * US_PER_MS);
        }
        turn_free(turn);
        return;
    }
    lane->claiming = true;
}
