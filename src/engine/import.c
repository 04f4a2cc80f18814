/* SPDX-License-Identifier: Apache-2.0 */
/* The import's job: created, carried on, ended. What one item becomes is in import_link.c. */
#include "engine/import.h"
#include "base/crypto.h"
#include "engine/doctor.h"
#include "engine/import_link.h"
#include "engine/problem.h"
#include "engine/request_parts.h"

#define RESULT_MAX 4096

bool import_digest(struct slice sku, struct arena *scratch, uint64_t *out)
{
    struct slice key = sku_code_key(sku, scratch);
    uint8_t hash[16];
    if (key.n == 0) {
        return false;
    }
    blake2b(hash, sizeof(hash), &key, 1);
    memcpy(out, hash, sizeof(*out));
    return true;
}

static struct slice job_subject(struct batch *b, int64_t id)
{
    return arena_printf(&b->arena, "job %" PRId64, id);
}

static bool is_open(const struct job_row *job)
{
    return slice_is(job->state, "queued") || slice_is(job->state, "running");
}

/* As this batch leaves it, when it was touched already. */
static const struct job_row *job_now(const struct batch *b, const struct job_row *job)
{
    for (size_t i = 0; i < b->changes.jobs.count; i++) {
        const struct job_row *changed = b->changes.jobs.items[i];
        job = changed->id == job->id ? changed : job;
    }
    return job;
}

/* The channel's import that is queued or running; NULL: none. */
static const struct job_row *open_import(struct batch *b, struct channel_id channel)
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
        if (job->channel.v == channel.v && slice_is(job->kind, "import") && is_open(job)) {
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
                   "this channel is being imported: follow GET /v1/jobs/%s, and start again when "
                   "it is done",
                   id);
    turn->status = 409;
    struct json_writer w = problem_begin(&turn->answer, 409, "import-running", slice_of(detail));
    json_field_str(&w, "job", id);
    problem_end(&w);
}

/* False: it was refused. */
static bool check_channel(struct batch *b, struct turn *turn, const struct channel_config *channel)
{
    if (!channel) {
        request_not_found(turn, "channel");
    } else if (!channel->connector || channel->account_error) {
        request_refuse(turn,
                       422,
                       "settings",
                       NULL,
                       "the channel '%.*s' does not work yet: %s",
                       SLICE_ARG(channel->row.code),
                       channel->account_note.text);
    } else if (!channel->connector->build_catalogue || !channel->account.base_url.n) {
        request_refuse(turn,
                       422,
                       "no-catalogue",
                       NULL,
                       "the catalogue of a channel of connector '%s' cannot be read: create its "
                       "listings with POST /v1/listings",
                       channel->connector->name);
    } else if (channel->row.mode == MODE_OFF) {
        request_refuse(turn,
                       422,
                       "channel-off",
                       NULL,
                       "the channel '%.*s' is off: PATCH its mode to shadow first",
                       SLICE_ARG(channel->row.code));
    } else {
        const struct job_row *running = open_import(b, channel->row.id);
        if (running) {
            refuse_running(turn, running);
        }
    }
    return !request_refused(turn) && !b->err;
}

static struct slice tally_text(struct batch *b, const struct import_tally *tally)
{
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, RESULT_MAX);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    json_field_int(&w, "items", tally->items);
    json_field_int(&w, "linked", tally->linked);
    json_field_int(&w, "already_linked", tally->already);
    json_field_int(&w, "listings_created", tally->listings);
    json_field_int(&w, "skus_created", tally->created);
    json_field_int(&w, "review", tally->reviewed);
    json_field_int(&w, "review_shown", tally->shown);
    json_key(&w, "reasons");
    json_begin_object(&w);
    for (int v = 0; v < LINK_VERDICTS; v++) {
        if (tally->review[v]) {
            json_field_int(&w, link_reason((enum link_verdict)v), tally->review[v]);
        }
    }
    json_end_object(&w);
    json_key(&w, "findings");
    doctor_counts_put(&w, tally->findings);
    json_key(&w, "own_findings");
    doctor_counts_put(&w, tally->own);
    json_field_int(&w, "findings_kept", tally->kept);
    json_end_object(&w);
    return arena_copy(&b->arena, buf_view(&out));
}

void request_import_create(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"create_skus"};
    const struct channel_config *channel = config_channel_by_code(b->config, turn->args[0]);
    struct json body = {0};
    bool create_skus = false;
    if (!check_channel(b, turn, channel)) {
        return;
    }
    if (slice_trim(turn->body).n) {
        if (!form_body(b, turn, &body)) {
            return;
        }
        struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
        form_bool(&f, "create_skus", &create_skus);
    }
    struct import_order *order = ARENA_NEW(&turn->arena, struct import_order);
    struct job_row *job = ARENA_NEW(&b->arena, struct job_row);
    if (!order || !job) {
        batch_fail(b, ERR_LIMIT, "a job");
    }
    if (request_refused(turn) || b->err) {
        return;
    }
    const struct import_tally none = {0};
    *job = (struct job_row){.id = b->store->ops->next_id(b->store, ID_JOB),
                            .kind = SLICE("import"),
                            .state = SLICE("queued"),
                            .channel = channel->row.id,
                            .created_at_us = b->now_us,
                            .result = tally_text(b, &none),
                            .review = SLICE("[]")};
    request_change(b, &b->changes.jobs, job);
    request_event(b, turn, "import", channel->row.id, job_subject(b, job->id), body, NULL);
    *order = (struct import_order){.channel = channel->row.id,
                                   .job = job->id,
                                   .token_id = turn->token_id,
                                   .create_skus = create_skus};
    turn->import = order;
    turn->status = 202;
    buf_printf(&turn->answer, "{\"job\":\"%" PRId64 "\"}", job->id);
}

/* ---- steps ---- */

static void link_items(struct batch *b, struct turn *turn, struct import_step *step)
{
    const struct channel_config *channel = config_channel(b->config, step->order.channel);
    if (!channel || !channel->connector || channel->account_error ||
        channel->row.mode == MODE_OFF) {
        step->stopped = "it is off, or its settings do not do";
        return;
    }
    request_needs_no_parked(b);
    if (step->doctor && step->before.items == 0 && step->items_count) {
        doctor_begin(b, step->order.channel, step->order.job);
    }
    if (step->doctor) {
        doctor_twins(b, channel, step);
    }
    for (size_t i = 0; i < step->items_count && !b->err; i++) {
        import_link(b, channel, step, &step->items[i], &turn->answer);
    }
}

/* What this import did not see waits for no SKU any more. */
static void forget_older(struct batch *b, const struct import_step *step)
{
    struct unlinked_row *row = ARENA_NEW(&b->arena, struct unlinked_row);
    if (step->error.n) {
        return;
    }
    if (row) {
        *row = (struct unlinked_row){.channel = step->order.channel, .job = step->order.job};
    }
    request_change(b, &b->changes.unlinked_older, row);
}

void request_import_step(struct batch *b, struct turn *turn)
{
    struct import_step *step = turn->owner;
    struct job_row *job = NULL;
    batch_fail(b, b->store->ops->job(b->store, step->order.job, &b->arena, &job), "load a job");
    step->after = step->before;
    step->stopped = NULL;
    if (!job || !is_open(job)) {
        batch_fail(b, ERR_CORRUPT, "a step of a job that is not open");
        return;
    }
    link_items(b, turn, step);
    job->state = SLICE("running");
    job->done = step->read;
    job->total = step->total > step->read ? step->total : step->read;
    job->result = tally_text(b, &step->after);
    if (step->is_end) {
        job->state = step->error.n ? SLICE("failed") : SLICE("done");
        job->error = step->error;
        job->review = step->review;
        job->total = step->error.n ? job->total : step->read;
        batch_event(b, "import_ended", step->order.channel, job_subject(b, job->id), job->result);
        forget_older(b, step);
        if (step->doctor && !step->error.n && step->before.items == 0) {
            doctor_begin(b, step->order.channel, step->order.job); /* there is no item any more */
        }
    }
    request_change(b, &b->changes.jobs, job);
    turn->status = 200;
}

/* ---- after a stop ---- */

void request_jobs_interrupted(struct batch *b, struct turn *turn)
{
    struct rows open = {0};
    batch_fail(b, b->store->ops->jobs_open(b->store, &b->arena, &open), "load jobs");
    for (size_t i = 0; i < open.count && !b->err; i++) {
        struct job_row *job = open.items[i];
        if (slice_is(job->kind, "cutover") || slice_is(job->kind, "audit")) {
            continue; /* the clock carries them on */
        }
        job->state = SLICE("failed");
        job->error = SLICE("interrupted: start it again");
        request_change(b, &b->changes.jobs, job);
        batch_event_text(
            b, "job_interrupted", job->channel, job_subject(b, job->id), "kind", job->kind);
    }
    turn->status = 200;
}
