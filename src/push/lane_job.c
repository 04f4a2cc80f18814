/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One push or reading of some listings: its exchange with the platform, of one request or several,
 * and its outcome.
 *
 *   build --> sent --answer--> outcome --committed--> wants are settled
 *     ^                  \--another request is wanted: at once, or after a while--> build
 *
 * While a later request waits for its time the job holds none of the lane's calls. Between a
 * reading and the write that belongs to it (a wait of 0) it keeps its call, and nothing is counted
 * or asked in between.
 */
#include "push/lane.h"

/* A request whose answer is lost is sent again, byte for byte, under the same key: so often, then
 * it is read. */
#define REPEATS_MAX 3
/* A later request that never left, or that only asks, is tried so often. */
#define TRIES_MAX 6
#define CALL_TIMEOUT_US (30 * US_PER_S)
#define SLOT_WAIT_US (100 * US_PER_MS)
#define LATER_WAIT_US (2 * US_PER_S)
/* What a channel confirmed that was just taken over, or had been wrong, is read back so long after
 * it. */
#define WATCH_READ_US (3 * US_PER_S)
/* So many wrong readings of a listing follow one another freely; then 1 s, 2 s ... 128 s. */
#define WRONG_FREE 3
#define WRONG_DOUBLINGS 7

struct job {
    struct lane_call call; /* first */
    struct lane *lane;
    struct turn *turn; /* holds the memory of the exchange, then carries the outcome */
    struct want **wants;
    struct claim_action *actions;
    struct push_item *items;
    size_t count;
    enum call_kind kind;
    bool has_call; /* counts as one of the lane's open calls */
    int repeats;
    struct slice cursor; /* of the present request; empty: the first */
    int tries;           /* of a later request */
    uint8_t nonce[16];   /* of the present request */
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

static void hold_call(struct job *job, bool holds)
{
    size_t one = holds != job->has_call;
    job->lane->open += holds ? one : -one;
    job->lane->pusher->figures.open += holds ? one : -one;
    job->has_call = holds;
}

static bool is_read(const struct job *job)
{
    return job->kind == CALL_READ;
}

/* What the present request counts as: a file is counted once, however often it is asked for. */
static enum call_kind kind_now(const struct job *job)
{
    return job->kind == CALL_BULK && job->cursor.n ? CALL_BULK_NEXT : job->kind;
}

/* ---- after the outcome was committed ---- */

static bool is_watched(const struct lane *lane)
{
    const struct channel_config *c = lane_config(lane);
    return c && c->connector->semantics.reads_counts && c->row.watch_until_us > lane_now(lane);
}

/* rows: of the request. */
static void
settle_push(struct lane *lane, struct want *want, enum push_outcome outcome, size_t rows)
{
    int64_t now = lane_now(lane);
    switch (outcome) {
    case PUSH_CONFIRMED:
        want->cause = (struct want_cause){0}; /* shown */
        want->rows_max = 0;
        if (is_watched(lane) || want->reads_after) {
            want->reads_after = false;
            want->must_read = true;
            want_requeue(lane, want, now + WATCH_READ_US);
            return;
        }
        want_done(lane, want);
        return;
    case PUSH_REFUSED:
        want->cause = (struct want_cause){0}; /* never to be shown */
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
    case PUSH_ACCEPTED: /* the claim says when it may be read */
        want->cause = (struct want_cause){0};
        want->rows_max = 0;
        want_requeue(lane, want, now);
        return;
    case PUSH_LATER: /* mostly the lane itself waits; if not, it is this listing's own affair */
        want_requeue(lane, want, lane_call_due(lane, CALL_PUSH) > now ? now : now + LATER_WAIT_US);
        return;
    case PUSH_AGAIN:
    case PUSH_UNKNOWN: /* the claim says when it may be read */
        want_requeue(lane, want, now);
        return;
    }
}

/* Two writers who answer each other at once would use up the platform's day and settle nothing. The
 * wait grows beyond the longest that an order takes to reach us (120 s): then what is wrong again
 * counts as somebody else's doing, and is left alone after a few times (core/drift.h). */
static void
note_reading(const struct lane *lane, struct want *want, const struct reading_report *reading)
{
    want->wrong = reading->is_too_high ? want->wrong + 1 : 0;
    want->reads_after |= reading->differs;
    if (want->wrong < WRONG_FREE) {
        want->read_not_before_us = 0;
        return;
    }
    unsigned doublings = want->wrong - WRONG_FREE;
    int64_t wait_us = US_PER_S << (doublings < WRONG_DOUBLINGS ? doublings : WRONG_DOUBLINGS);
    want->read_not_before_us = lane_now(lane) + wait_us;
}

static void job_submit(struct job *job);
static void job_send(struct job *job);

static void job_done(struct turn *turn)
{
    struct job *job = turn->owner;
    struct lane *lane = job->lane;
    if (turn->err && !is_read(job)) { /* the disk is full: an outcome must be recorded */
        job_later(job, job_submit, US_PER_S);
        return;
    }
    for (size_t i = 0; i < job->count; i++) {
        struct want *want = job->wants[i];
        if (!is_read(job)) {
            settle_push(lane, want, turn->pushed[i].outcome, job->count);
        } else if (turn->err || turn->readings[i].outcome == READ_FAILED) {
            want->must_read = true;
            want_requeue(lane, want, lane_now(lane) + US_PER_S);
        } else {
            note_reading(lane, want, &turn->readings[i]);
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
    bool is_good = r->outcome == PUSH_CONFIRMED || r->outcome == PUSH_ACCEPTED;
    f->pushes++;
    f->confirmed += is_good;
    f->refused += r->outcome == PUSH_REFUSED;
    f->unknown += r->outcome == PUSH_UNKNOWN;
    if (!is_good) {
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

static void
report_pushes(struct job *job, const struct push_result *results, const struct channel_signal *s)
{
    struct turn *turn = job->turn;
    struct push_report *reports = ARENA_ARRAY(&turn->arena, job->count, struct push_report);
    must(reports); /* a request of bounded size in an arena of 64 MiB */
    int64_t now = lane_now(job->lane), synced = lane_synced_at(job->lane, s);
    for (size_t i = 0; i < job->count; i++) {
        const struct want *want = job->wants[i];
        reports[i] = (struct push_report){.listing = job->actions[i].listing,
                                          .push_n = job->actions[i].push_n,
                                          .outcome = results[i].outcome,
                                          .reason = results[i].reason,
                                          .parent_managed = results[i].parent_managed,
                                          .unmanaged = results[i].unmanaged,
                                          .is_day_spent = results[i].is_day_spent,
                                          .happened_at_us = want->cause.happened_at_us,
                                          .received_at_us = want->cause.received_at_us,
                                          .committed_at_us = want->cause.committed_at_us,
                                          .sent_at_us = job->sent_us,
                                          .answered_at_us = now,
                                          .synced_at_us = synced};
        count_push(job->lane, want, &reports[i]);
    }
    turn->kind = TURN_PUSHED;
    turn->pushed = reports;
    turn->pushed_count = job->count;
}

static void
report_readings(struct job *job, const struct read_result *results, const struct channel_signal *s)
{
    struct turn *turn = job->turn;
    struct reading_report *reports = ARENA_ARRAY(&turn->arena, job->count, struct reading_report);
    must(reports);
    int64_t now = lane_now(job->lane), synced = lane_synced_at(job->lane, s);
    for (size_t i = 0; i < job->count; i++) {
        reports[i] = (struct reading_report){.listing = job->actions[i].listing,
                                             .seq = job->actions[i].seq,
                                             .outcome = results[i].outcome,
                                             .count = results[i].count,
                                             .is_flagged = results[i].is_flagged,
                                             .reason = results[i].reason,
                                             .answered_at_us = now,
                                             .synced_at_us = synced};
    }
    job->lane->pusher->figures.readings += job->count;
    turn->kind = TURN_READING;
    turn->readings = reports;
    turn->readings_count = job->count;
}

static struct step step_of(const struct job *job)
{
    return (struct step){.now_us = lane_now(job->lane),
                         .nonce = job->nonce,
                         .key = is_read(job) ? (struct slice){0}
                                             : uuid_text(&job->turn->arena, job->actions[0].key),
                         .cursor = job->cursor};
}

/* The connector reads the answer: whether anything of it was usable. */
static bool read_push_answer(struct job *job,
                             const struct channel_config *c,
                             const struct http_response *response,
                             const struct step *step,
                             struct channel_signal *signal)
{
    struct push_result *results = ARENA_ARRAY(&job->turn->arena, job->count, struct push_result);
    must(results);
    c->connector->read_push(&c->account,
                            job->items,
                            job->count,
                            step,
                            response,
                            job->lane->pusher->parser,
                            &job->turn->arena,
                            results,
                            signal);
    if (signal->next.is_wanted) {
        return true;
    }
    report_pushes(job, results, signal);
    bool any_good = false;
    for (size_t i = 0; i < job->count; i++) {
        any_good |= results[i].outcome == PUSH_CONFIRMED || results[i].outcome == PUSH_ACCEPTED;
    }
    return any_good;
}

static bool read_counts_answer(struct job *job,
                               const struct channel_config *c,
                               const struct http_response *response,
                               const struct step *step,
                               struct channel_signal *signal)
{
    struct read_result *results = ARENA_ARRAY(&job->turn->arena, job->count, struct read_result);
    must(results);
    for (size_t i = 0; i < job->count; i++) {
        results[i].outcome = READ_FAILED;
    }
    c->connector->read_counts(&c->account,
                              job->items,
                              job->count,
                              step,
                              response,
                              job->lane->pusher->parser,
                              &job->turn->arena,
                              results,
                              signal);
    if (signal->next.is_wanted) {
        return true;
    }
    report_readings(job, results, signal);
    bool any_good = false;
    for (size_t i = 0; i < job->count; i++) {
        any_good |= results[i].outcome != READ_FAILED;
    }
    return any_good;
}

/* Nobody answered, or nobody is there any more to read it: the same verdict for all of it. */
static void end_unread(struct job *job, enum push_outcome outcome, struct slice reason)
{
    const struct channel_signal none = SIGNAL_NONE;
    if (is_read(job)) {
        struct read_result *failed = ARENA_ARRAY(&job->turn->arena, job->count, struct read_result);
        must(failed);
        for (size_t i = 0; i < job->count; i++) {
            failed[i].outcome = READ_FAILED;
        }
        report_readings(job, failed, &none);
    } else {
        struct push_result *results =
            ARENA_ARRAY(&job->turn->arena, job->count, struct push_result);
        must(results);
        for (size_t i = 0; i < job->count; i++) {
            results[i].outcome = outcome;
            results[i].reason = arena_copy(&job->turn->arena, reason);
        }
        report_pushes(job, results, &none);
    }
    hold_call(job, false);
    job_submit(job);
}

static void job_next(struct job *job);

/* A request that got no answer. What only asks may be asked again, and so may what never left; of a
 * write that left nobody knows. */
static void unanswered(struct job *job, const struct env_reply *reply)
{
    const struct channel_config *c = lane_channel(job->lane);
    bool is_get = slice_is(job->request.method, "GET"), is_first = job->cursor.n == 0;
    bool never_left = reply->err == ERR_NET;
    if (!never_left && !is_get && is_first && c && !is_read(job) &&
        c->connector->semantics.idempotent_push && job->repeats < REPEATS_MAX) {
        job->repeats++;
        job_later(job, job_send, (US_PER_S / 4) << job->repeats);
        return;
    }
    const struct channel_signal none = SIGNAL_NONE;
    lane_learn(job->lane, kind_now(job), reply, &none, false);
    if (!is_first && (never_left || is_get) && ++job->tries < TRIES_MAX) {
        hold_call(job, false);
        job_later(job, job_next, (US_PER_S / 2) << job->tries);
        return;
    }
    bool nothing_landed = is_first && (never_left || is_get);
    end_unread(job,
               nothing_landed ? PUSH_LATER : PUSH_UNKNOWN,
               arena_copy(&job->turn->arena, slice_of(reply->note.text)));
    lane_pump(job->lane);
}

static void answered(void *arg, const struct env_reply *reply)
{
    struct job *job = arg;
    struct lane *lane = job->lane;
    const struct channel_config *c = lane_channel(lane);
    if (reply->err) {
        unanswered(job, reply);
        return;
    }
    if (!c) { /* whatever it says, nobody can read it */
        end_unread(job, PUSH_UNKNOWN, SLICE("the channel was switched off meanwhile"));
        lane_pump(lane);
        return;
    }
    const struct step step = step_of(job);
    struct channel_signal signal = SIGNAL_NONE;
    bool is_good = is_read(job) ? read_counts_answer(job, c, &reply->response, &step, &signal)
                                : read_push_answer(job, c, &reply->response, &step, &signal);
    lane_learn(lane, kind_now(job), reply, &signal, is_good);
    if (!signal.next.is_wanted) {
        hold_call(job, false);
        job_submit(job);
    } else {
        job->cursor = arena_copy(&job->turn->arena, signal.next.cursor);
        must(job->cursor.n); /* an empty one would begin it anew */
        job->tries = 0;
        if (signal.next.after_us == 0 && lane_now(lane) >= lane->blocked_until_us) {
            job_next(job);
        } else {
            hold_call(job, false);
            job_later(job, job_next, signal.next.after_us);
        }
    }
    lane_pump(lane);
}

/* ---- requests ---- */

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

static enum err job_build(struct job *job, const struct channel_config *c)
{
    env_random(job->lane->pusher->config.env, job->nonce, sizeof(job->nonce));
    const struct step step = step_of(job);
    connector_build_items *build =
        is_read(job) ? c->connector->build_read : c->connector->build_push;
    return build(&c->account, job->items, job->count, &step, &job->turn->arena, &job->request);
}

/* The exchange's next request, as soon as a call is free. */
static void job_next(struct job *job)
{
    struct lane *lane = job->lane;
    const struct channel_config *c = lane_channel(lane);
    if (!c) {
        end_unread(job, PUSH_UNKNOWN, SLICE("the channel was switched off meanwhile"));
        lane_pump(lane);
        return;
    }
    if (!job->has_call) {
        if (!lane_may_call(lane, kind_now(job))) {
            job_later(job, job_next, SLOT_WAIT_US);
            return;
        }
        hold_call(job, true);
    } else {
        lane_spend(lane, kind_now(job));
    }
    if (job_build(job, c)) {
        end_unread(job, PUSH_UNKNOWN, SLICE("the next request could not be built"));
        lane_pump(lane);
        return;
    }
    job_send(job);
}

static void copy_actions(struct job *job, const struct claim_action *actions, struct want **wants)
{
    struct arena *arena = &job->turn->arena;
    job->wants = ARENA_ARRAY(arena, job->count, struct want *);
    job->actions = ARENA_ARRAY(arena, job->count, struct claim_action);
    job->items = ARENA_ARRAY(arena, job->count, struct push_item);
    must(job->wants && job->actions && job->items);
    for (size_t i = 0; i < job->count; i++) {
        job->wants[i] = wants[i];
        job->actions[i] = actions[i];
        job->items[i] = actions[i].item;
        struct slice *texts[] = {
            &job->items[i].remote, &job->items[i].stock_key, &job->items[i].location};
        for (size_t t = 0; t < COUNT_OF(texts); t++) {
            *texts[t] = arena_copy(arena, *texts[t]);
        }
    }
}

void job_start(struct lane *lane,
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
    job->kind = actions[0].step == STEP_READ                     ? CALL_READ
                : count > c->connector->semantics.push_batch_max ? CALL_BULK
                                                                 : CALL_PUSH;
    turn->channel = lane->channel;
    copy_actions(job, actions, wants);
    hold_call(job, true);
    lane_spend(lane, job->kind);
    enum err e = job_build(job, c);
    if (e) { /* certain that it did not leave */
        const struct env_reply reply = {.err = ERR_NET};
        const struct channel_signal none = SIGNAL_NONE;
        lane_learn(lane, job->kind, &reply, &none, false);
        end_unread(job,
                   PUSH_LATER,
                   arena_printf(&turn->arena, "the request could not be built: %s", err_text(e)));
        lane_pump(lane);
        return;
    }
    if (lane->is_held && !is_read(job)) { /* paused between its claim and now */
        end_unread(job, PUSH_LATER, SLICE("pushes were paused before it left"));
        return;
    }
    job_send(job);
}
