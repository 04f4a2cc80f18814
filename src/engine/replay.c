/* SPDX-License-Identifier: Apache-2.0 */
/* The replay's job: asked for, shown, ended, cancelled. One delivery is replay_apply.c. */
#include "engine/replay.h"
#include "engine/problem.h"
#include "engine/request_parts.h"

static struct slice job_subject(struct batch *b, int64_t id)
{
    return arena_printf(&b->arena, "job %" PRId64, id);
}

static bool is_open(const struct job_row *job)
{
    return slice_is(job->state, "queued") || slice_is(job->state, "running");
}

/* As this batch leaves it, when it was touched already. */
static struct job_row *job_now(const struct batch *b, struct job_row *job)
{
    for (size_t i = 0; i < b->changes.jobs.count; i++) {
        struct job_row *changed = b->changes.jobs.items[i];
        job = changed->id == job->id ? changed : job;
    }
    return job;
}

static struct job_row *job_find(struct batch *b, int64_t id)
{
    struct job_row *job = NULL;
    batch_fail(b, b->store->ops->job(b->store, id, &b->arena, &job), "load a job");
    return job ? job_now(b, job) : NULL;
}

/* The replay that is queued or running; NULL: none. */
static const struct job_row *open_replay(struct batch *b)
{
    struct rows open = {0};
    batch_fail(b, b->store->ops->jobs_open(b->store, &b->arena, &open), "load jobs");
    for (size_t i = 0; i < b->changes.jobs.count && !b->err; i++) {
        if (!rows_add(&open, &b->arena, b->changes.jobs.items[i])) {
            batch_fail(b, ERR_LIMIT, "jobs");
        }
    }
    for (size_t i = 0; i < open.count; i++) {
        const struct job_row *job = job_now(b, open.items[i]);
        if (slice_is(job->kind, "replay") && is_open(job)) {
            return job;
        }
    }
    return NULL;
}

/* ---- the request ---- */

static void refuse_running(struct turn *turn, const struct job_row *job)
{
    char detail[160], id[24];
    (void)snprintf(id, sizeof(id), "%" PRId64, job->id);
    (void)snprintf(detail,
                   sizeof(detail),
                   "another replay is under way: follow GET /v1/jobs/%s, or end it with DELETE",
                   id);
    turn->status = 409;
    struct json_writer w = problem_begin(&turn->answer, 409, "replay-running", slice_of(detail));
    json_field_str(&w, "job", id);
    problem_end(&w);
}

static void
read_text(const struct form *f, const char *field, char out[REPLAY_TEXT_SIZE], size_t *out_n)
{
    struct slice text = {0};
    form_text(f, field, 1, &text);
    *out_n = text.n;
    if (text.n) {
        must(text.n < REPLAY_TEXT_SIZE);
        memcpy(out, text.p, text.n);
    }
}

static void read_state(const struct form *f, int *out)
{
    struct slice text = {0};
    enum delivery_state state;
    *out = -1;
    form_text(f, "state", 1, &text);
    if (!text.n || !form_ok(f)) {
        return;
    }
    if (!delivery_state_parse(text, &state)) {
        form_refuse(f,
                    400,
                    "invalid",
                    "state",
                    "state must be applied, duplicate, stale, parked or ignored");
        return;
    }
    *out = (int)state;
}

static void read_delivery(const struct form *f, int64_t *out)
{
    struct slice text = {0};
    struct batch *b = f->batch;
    struct delivery_row *row = NULL;
    form_text(f, "delivery", 1, &text);
    if (!text.n || !form_ok(f)) {
        return;
    }
    if (slice_int(text, out) && *out > 0) {
        batch_fail(b, b->store->ops->delivery(b->store, *out, &b->arena, &row), "load a delivery");
    }
    if (!row) {
        form_refuse(f, 422, "unknown-delivery", "delivery", "there is no such delivery");
    }
}

/* What goes with what. */
static void
check(const struct form *f, const struct replay_order *o, bool has_order, bool has_topic)
{
    if (!o->from_us && !o->to_us && !o->channel.v && !has_order && o->state < 0 && !o->delivery) {
        form_refuse(f,
                    400,
                    "invalid",
                    "from",
                    "say which: at least one of from, to, channel, order, state and delivery");
    } else if (o->from_us && o->to_us && o->from_us >= o->to_us) {
        form_refuse(f, 400, "invalid", "to", "to must be later than from");
    } else if (o->pushes && (has_order || has_topic || o->state >= 0 || o->delivery)) {
        form_refuse(f,
                    400,
                    "invalid",
                    "pushes",
                    "pushes are repeated by channel and time: leave out order, topic, state and "
                    "delivery");
    } else if (!o->is_dry_run) {
        form_needs(f, "reason");
    }
}

/* False: it was refused. */
static bool
read_order(struct batch *b, struct turn *turn, struct json body, struct replay_order *out)
{
    static const char *const fields[] = {"from",
                                         "to",
                                         "channel",
                                         "state",
                                         "order",
                                         "topic",
                                         "delivery",
                                         "dry_run",
                                         "reason",
                                         "pushes"};
    size_t order_n = 0, topic_n = 0;
    struct slice reason = {0};
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    form_time(&f, "from", &out->from_us);
    form_time(&f, "to", &out->to_us);
    read_state(&f, &out->state);
    read_text(&f, "order", out->order, &order_n);
    read_text(&f, "topic", out->topic, &topic_n);
    read_delivery(&f, &out->delivery);
    form_bool(&f, "dry_run", &out->is_dry_run);
    form_bool(&f, "pushes", &out->pushes);
    form_text(&f, "reason", 1, &reason);
    if (form_ok(&f) && form_has(&f, "channel")) {
        const struct channel_config *channel = form_channel(&f, "channel");
        out->channel = channel ? channel->row.id : (struct channel_id){0};
    }
    if (form_ok(&f)) {
        check(&f, out, order_n > 0, topic_n > 0);
    }
    return form_ok(&f) && !b->err;
}

/* Who, by the token's id and name; what and why, as it was asked. */
static void log_asked(struct batch *b,
                      const struct turn *turn,
                      const struct replay_order *order,
                      struct json body)
{
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, REQUEST_FACTS_MAX);
    struct json_writer w = json_writer(&facts);
    json_begin_object(&w);
    json_field_int(&w, "token", turn->token_id);
    json_field_text(&w, "name", turn->token_name);
    json_field_raw(&w, "request", json_copy_text(body, &b->arena));
    json_end_object(&w);
    if (facts.overflow) {
        batch_fail(b, ERR_LIMIT, "a request's facts");
    }
    batch_event(b, "replay", order->channel, job_subject(b, order->job), buf_view(&facts));
}

void request_replays_create(struct batch *b, struct turn *turn)
{
    struct json body;
    struct replay_order *order = ARENA_NEW(&turn->arena, struct replay_order);
    struct job_row *job = ARENA_NEW(&b->arena, struct job_row);
    if (!order || !job) {
        batch_fail(b, ERR_LIMIT, "a job");
        return;
    }
    if (!form_body(b, turn, &body) || !read_order(b, turn, body, order)) {
        return;
    }
    const struct job_row *running = open_replay(b);
    if (running || b->err) {
        if (running) {
            refuse_running(turn, running);
        }
        return;
    }
    order->job = b->store->ops->next_id(b->store, ID_JOB);
    *job = (struct job_row){.id = order->job,
                            .kind = SLICE("replay"),
                            .state = SLICE("queued"),
                            .channel = order->channel,
                            .created_at_us = b->now_us,
                            .result = SLICE("{}"),
                            .review = SLICE("[]")};
    request_change(b, &b->changes.jobs, job);
    log_asked(b, turn, order, body);
    turn->replay = order;
    turn->status = 202;
    buf_printf(&turn->answer, "{\"job\":\"%" PRId64 "\"}", job->id);
}

/* ---- how far it is ---- */

void request_replay_step(struct batch *b, struct turn *turn)
{
    struct replay_step *step = turn->owner;
    struct job_row *job = job_find(b, step->job);
    turn->status = 200;
    step->is_closed = !b->err && (!job || !is_open(job));
    if (b->err || step->is_closed) {
        return;
    }
    job->state = SLICE("running");
    job->done = step->done;
    job->total = step->total > step->done ? step->total : step->done;
    job->result = step->result;
    if (step->is_end) {
        job->state = step->error.n ? SLICE("failed") : SLICE("done");
        job->error = step->error;
        job->review = step->review;
        batch_event(b, "replay_ended", job->channel, job_subject(b, job->id), step->summary);
    }
    request_change(b, &b->changes.jobs, job);
}

/* ---- enough of it ---- */

void request_job_cancel(struct batch *b, struct turn *turn)
{
    int64_t id = 0;
    struct job_row *job = request_arg_id(turn, &id) ? job_find(b, id) : NULL;
    if (b->err) {
        return;
    }
    if (!job) {
        request_not_found(turn, "job");
        return;
    }
    if (is_open(job) && !slice_is(job->kind, "replay")) {
        request_refuse(turn,
                       409,
                       "not-cancellable",
                       NULL,
                       "a job of kind '%.*s' cannot be cancelled: it ends by itself",
                       SLICE_ARG(job->kind));
        return;
    }
    if (is_open(job)) { /* else it is over, as wanted */
        job->state = SLICE("cancelled");
        job->error = SLICE("cancelled: what was applied by then stays");
        request_change(b, &b->changes.jobs, job);
        request_event(
            b, turn, "job_cancelled", job->channel, job_subject(b, id), (struct json){0}, NULL);
    }
    turn->status = 200;
    struct show s = request_show(b, turn);
    show_job(&s, job);
}
