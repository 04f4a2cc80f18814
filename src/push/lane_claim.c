/* SPDX-License-Identifier: Apache-2.0 */
/* From wants to requests, and from answers to outcomes. */
#include "push/lane.h"

#define CLAIM_MAX 256
/* A request whose answer is lost is sent again, byte for byte, under the same key: so often, then
 * it is read. */
#define REPEATS_MAX 3
#define CALL_TIMEOUT_US (30 * US_PER_S)

/* One request: a push or a reading of some listings. */
struct job {
    struct lane_call call; /* first */
    struct lane *lane;
    struct turn *turn; /* holds the memory of the request, then carries the outcome */
    struct want **wants;
    struct claim_action *actions;
    struct push_item *items;
    size_t count;
    bool is_read;
    int repeats;
    struct http_request request;
    struct env_timer *timer;
    void (*due)(struct job *job); /* what the timer does */
    int64_t sent_us;              /* wall, first time */
};

static void job_free(struct job *job)
{
    if (job->timer) {
        job->lane->pusher->config.env->ops->timer_free(job->timer);
    }
    lane_call_remove(&job->call);
    turn_free(job->turn);
    free(job);
}

static void job_drop(struct lane_call *call)
{
    job_free((struct job *)call);
}

static void job_send(struct job *job);
static void job_submit(struct job *job);

static void job_due(void *arg)
{
    struct job *job = arg;
    job->due(job);
}

static void job_later(struct job *job, void (*due)(struct job *job), int64_t delay_us)
{
    struct env *env = job->lane->pusher->config.env;
    if (!job->timer) {
        job->timer = env->ops->timer_new(env, job_due, job);
    }
    must(job->timer); /* forgotten, its listings would be in flight for ever */
    job->due = due;
    env->ops->timer_set(job->timer, delay_us);
}

/* ---- after the outcome was committed ---- */

/* rows: of the request. */
static void
settle_push(struct lane *lane, struct want *want, enum push_outcome outcome, size_t rows)
{
    int64_t now = lane_now(lane);
    switch (outcome) {
    case PUSH_CONFIRMED:
    case PUSH_REFUSED:
        want->cause = (struct want_cause){0}; /* shown, or never to be */
        want->rows_max = 0;
        want_done(lane, want);
        return;
    case PUSH_STALE:
        want->must_read = true;
        want_requeue(lane, want, now);
        return;
    case PUSH_SPLIT:
        want->rows_max = rows > 1 ? rows / 2 : 1;
        want_requeue(lane, want, now);
        return;
    case PUSH_AGAIN:
    case PUSH_ACCEPTED: /* the claim says when it may be read */
    case PUSH_LATER:    /* the lane itself waits */
    case PUSH_UNKNOWN:  /* the claim says when it may be read */
        want_requeue(lane, want, now);
        return;
    }
}

static void job_done(struct turn *turn)
{
    struct job *job = turn->owner;
    struct lane *lane = job->lane;
    if (turn->err && !job->is_read) { /* the disk is full: an outcome must be recorded */
        job_later(job, job_submit, US_PER_S);
        return;
    }
    for (size_t i = 0; i < job->count; i++) {
        struct want *want = job->wants[i];
        if (!job->is_read) {
            settle_push(lane, want, turn->pushed[i].outcome, job->count);
        } else if (turn->err || turn->readings[i].outcome == READ_FAILED) {
            want->must_read = true;
            want_requeue(lane, want, lane_now(lane) + US_PER_S);
        } else {
            want_requeue(lane, want, 0);
        }
    }
    job_free(job);
    lane_pump(lane);
}

/* An outcome that the full queue refused is offered again: it must be recorded. */
static void job_submit(struct job *job)
{
    if (!engine_submit(job->lane->pusher->config.engine, job->turn)) {
        job_later(job, job_submit, 50 * US_PER_MS);
    }
}

/* ---- answers ---- */

static void count_push(struct lane *lane, const struct want *want, const struct push_report *r)
{
    struct pusher_figures *f = &lane->pusher->figures;
    f->pushes++;
    f->confirmed += r->outcome == PUSH_CONFIRMED;
    f->refused += r->outcome == PUSH_REFUSED;
    f->unknown += r->outcome == PUSH_UNKNOWN;
    if (r->outcome != PUSH_CONFIRMED) {
        return;
    }
    latency_add(&f->theirs_out, r->answered_at_us - r->sent_at_us);
    if (want->cause.received_at_us) {
        latency_add(&f->ours, r->sent_at_us - want->cause.received_at_us);
    }
    if (want->cause.happened_at_us) {
        latency_add(&f->theirs_in, want->cause.received_at_us - want->cause.happened_at_us);
        latency_add(&f->total, r->answered_at_us - want->cause.happened_at_us);
    }
}

static bool push_answered(struct job *job,
                          const struct env_reply *reply,
                          const struct channel_config *c,
                          struct channel_signal *signal)
{
    struct turn *turn = job->turn;
    struct push_result *results = ARENA_ARRAY(&turn->arena, job->count, struct push_result);
    struct push_report *reports = ARENA_ARRAY(&turn->arena, job->count, struct push_report);
    must(results && reports); /* a request of bounded size in an arena of 64 MiB */
    if (reply->err == ERR_OK && c) {
        c->connector->read_push(&c->account,
                                job->items,
                                job->count,
                                &(struct step){0},
                                &reply->response,
                                job->lane->pusher->parser,
                                &turn->arena,
                                results,
                                signal);
    } else {
        for (size_t i = 0; i < job->count; i++) {
            results[i].outcome = reply->err == ERR_NET ? PUSH_LATER : PUSH_UNKNOWN;
            results[i].reason = arena_copy(&turn->arena, slice_of(reply->note.text));
        }
    }
    int64_t now = lane_now(job->lane), synced = lane_synced_at(job->lane, signal);
    bool any_good = false;
    for (size_t i = 0; i < job->count; i++) {
        const struct want *want = job->wants[i];
        reports[i] = (struct push_report){.listing = job->actions[i].listing,
                                          .push_n = job->actions[i].push_n,
                                          .outcome = results[i].outcome,
                                          .reason = results[i].reason,
                                          .parent_managed = results[i].parent_managed,
                                          .unmanaged = results[i].unmanaged,
                                          .happened_at_us = want->cause.happened_at_us,
                                          .received_at_us = want->cause.received_at_us,
                                          .committed_at_us = want->cause.committed_at_us,
                                          .sent_at_us = job->sent_us,
                                          .answered_at_us = now,
                                          .synced_at_us = synced};
        any_good |= results[i].outcome == PUSH_CONFIRMED;
        count_push(job->lane, want, &reports[i]);
    }
    turn->kind = TURN_PUSHED;
    turn->pushed = reports;
    turn->pushed_count = job->count;
    return any_good;
}

static bool read_answered(struct job *job,
                          const struct env_reply *reply,
                          const struct channel_config *c,
                          struct channel_signal *signal)
{
    struct turn *turn = job->turn;
    struct read_result *results = ARENA_ARRAY(&turn->arena, job->count, struct read_result);
    struct reading_report *reports = ARENA_ARRAY(&turn->arena, job->count, struct reading_report);
    must(results && reports);
    for (size_t i = 0; i < job->count; i++) {
        results[i].outcome = READ_FAILED;
    }
    if (reply->err == ERR_OK && c) {
        c->connector->read_counts(&c->account,
                                  job->items,
                                  job->count,
                                  &(struct step){0},
                                  &reply->response,
                                  job->lane->pusher->parser,
                                  &turn->arena,
                                  results,
                                  signal);
    }
    bool any_good = false;
    int64_t now = lane_now(job->lane), synced = lane_synced_at(job->lane, signal);
    for (size_t i = 0; i < job->count; i++) {
        reports[i] = (struct reading_report){.listing = job->actions[i].listing,
                                             .seq = job->actions[i].seq,
                                             .outcome = results[i].outcome,
                                             .count = results[i].count,
                                             .reason = results[i].reason,
                                             .answered_at_us = now,
                                             .synced_at_us = synced};
        any_good |= results[i].outcome != READ_FAILED;
    }
    job->lane->pusher->figures.readings += job->count;
    turn->kind = TURN_READING;
    turn->readings = reports;
    turn->readings_count = job->count;
    return any_good;
}

static void answered(void *arg, const struct env_reply *reply)
{
    struct job *job = arg;
    struct lane *lane = job->lane;
    const struct channel_config *c = lane_channel(lane);
    struct channel_signal signal = {.points_left = -1, .points_cost = -1, .points_per_s = -1};
    if (reply->err == ERR_UNKNOWN && c && !job->is_read &&
        c->connector->semantics.idempotent_push && job->repeats < REPEATS_MAX) {
        job->repeats++;
        job_later(job, job_send, (US_PER_S / 4) << job->repeats);
        return;
    }
    bool good = job->is_read ? read_answered(job, reply, c, &signal)
                             : push_answered(job, reply, c, &signal);
    lane_learn(lane, reply, &signal, good);
    lane->open--;
    lane->pusher->figures.open--;
    job_submit(job);
    lane_pump(lane);
}

static void job_send(struct job *job)
{
    struct lane *lane = job->lane;
    const struct pusher_config *config = &lane->pusher->config;
    const struct env_call call = {
        .request = job->request, .timeout_us = CALL_TIMEOUT_US, .private_ok = config->private_ok};
    if (job->sent_us == 0) {
        job->sent_us = lane_now(lane);
    }
    config->env->ops->http(config->env, &call, answered, job);
}

/* ---- claims ---- */

struct claim {
    struct lane *lane;
    struct want **wants;
    size_t count;
};

/* The request could not even be built: certain that it did not leave. */
static void job_fail(struct job *job, enum err e)
{
    struct env_reply reply = {.err = ERR_NET};
    err_note(&reply.note, e, "the request could not be built: %s", err_text(e));
    answered(job, &reply);
}

static void job_start(struct lane *lane,
                      const struct channel_config *c,
                      const struct claim_action *actions,
                      struct want **wants,
                      size_t count)
{
    struct job *job = calloc(1, sizeof(*job));
    struct turn *turn = job ? turn_new(TURN_PUSHED, job_done, job) : NULL;
    must(turn); /* a claim marked them: without memory for the request nothing honest can go on */
    job->lane = lane;
    lane_call_add(lane, &job->call, job_drop);
    job->turn = turn;
    job->count = count;
    job->is_read = actions[0].step == STEP_READ;
    turn->channel = lane->channel;
    job->wants = ARENA_ARRAY(&turn->arena, count, struct want *);
    job->actions = ARENA_ARRAY(&turn->arena, count, struct claim_action);
    job->items = ARENA_ARRAY(&turn->arena, count, struct push_item);
    must(job->wants && job->actions && job->items);
    for (size_t i = 0; i < count; i++) {
        job->wants[i] = wants[i];
        job->actions[i] = actions[i];
        job->items[i] = actions[i].item;
        struct slice *texts[] = {
            &job->items[i].remote, &job->items[i].stock_key, &job->items[i].location};
        for (size_t t = 0; t < COUNT_OF(texts); t++) {
            *texts[t] = arena_copy(&turn->arena, *texts[t]);
        }
    }
    lane->open++;
    lane->pusher->figures.open++;
    uint8_t nonce[16];
    env_random(lane->pusher->config.env, nonce, sizeof(nonce));
    int64_t now = lane_now(lane);
    enum err e = job->is_read
                     ? c->connector->build_read(&c->account,
                                                job->items,
                                                count,
                                                &(struct step){.now_us = now, .nonce = nonce},
                                                &turn->arena,
                                                &job->request)
                     : c->connector->build_push(
                           &c->account,
                           job->items,
                           count,
                           &(struct step){.now_us = now,
                                          .nonce = nonce,
                                          .key = uuid_text(&turn->arena, actions[0].key)},
                           &turn->arena,
                           &job->request);
    if (e) {
        job_fail(job, e);
        return;
    }
    job_send(job);
}

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
            actions[i].needs_orders && (lane->orders_read_us <= actions[i].orders_after_us ||
                                        lane_now(lane) - lane->orders_read_us > RAISE_PROOF_US);
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

static void claimed(struct turn *turn)
{
    struct claim *claim = turn->owner;
    struct lane *lane = claim->lane;
    const struct channel_config *c = lane_channel(lane);
    lane->claiming = false;
    struct map acted;
    map_init(&acted);
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
    if (!turn->err && c) {
        start_requests(lane, c, turn);
    } else if (!turn->err) {
        /* Marked as in flight while the channel went away: unknown, as after a crash. */
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

void lane_claim(struct lane *lane)
{
    const struct channel_config *c = lane_config(lane);
    if (lane_channel(lane) && !lane_may_call(lane)) {
        return;
    }
    struct turn *turn = turn_new(TURN_CLAIM, claimed, NULL);
    size_t count = lane->ready.count < CLAIM_MAX ? lane->ready.count : CLAIM_MAX;
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
    turn->requests_max = c->connector->semantics.parallel_max - lane->open;
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
