/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/connect.h"

#include "engine/request_parts.h"

#define NOTHING_YET SLICE("{\"open\":null,\"checks\":[]}")

static struct slice id_text(struct batch *b, int64_t id)
{
    return arena_printf(&b->arena, "%" PRId64, id);
}

static bool is_open(const struct job_row *job)
{
    return slice_is(job->state, "queued") || slice_is(job->state, "running");
}

static bool check_channel(struct turn *turn, const struct channel_config *channel)
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
    } else if (channel->row.mode == MODE_OFF) {
        request_refuse(turn,
                       422,
                       "channel-off",
                       NULL,
                       "the channel '%.*s' is off: PATCH its mode to shadow first",
                       SLICE_ARG(channel->row.code));
    }
    return !request_refused(turn);
}

/* A job whose place this one takes. */
static void end_earlier(struct batch *b, struct channel_id channel)
{
    struct rows open = {0};
    batch_fail(b, b->store->ops->jobs_open(b->store, &b->arena, &open), "load jobs");
    for (size_t i = 0; i < open.count && !b->err; i++) {
        struct job_row *job = open.items[i];
        if (job->channel.v == channel.v && slice_is(job->kind, "connect")) {
            job->state = SLICE("failed");
            job->error = SLICE("begun anew by a later request");
            request_change(b, &b->changes.jobs, job);
        }
    }
}

void request_connect_create(struct batch *b, struct turn *turn)
{
    const struct channel_config *channel = config_channel_by_code(b->config, turn->args[0]);
    struct json body = {0};
    if (!check_channel(turn, channel)) {
        return;
    }
    if (slice_trim(turn->body).n) {
        if (!form_body(b, turn, &body)) {
            return;
        }
        (void)form_begin(b, turn, body, "", NULL, 0); /* it takes no fields */
    }
    struct connect_order *order = ARENA_NEW(&turn->arena, struct connect_order);
    struct job_row *job = ARENA_NEW(&b->arena, struct job_row);
    if (!order || !job) {
        batch_fail(b, ERR_LIMIT, "a job");
    }
    if (request_refused(turn) || b->err) {
        return;
    }
    end_earlier(b, channel->row.id);
    *job = (struct job_row){.id = b->store->ops->next_id(b->store, ID_JOB),
                            .kind = SLICE("connect"),
                            .state = SLICE("queued"),
                            .channel = channel->row.id,
                            .created_at_us = b->now_us,
                            .result = NOTHING_YET,
                            .review = SLICE("[]")};
    request_change(b, &b->changes.jobs, job);
    request_event(b, turn, "connect", channel->row.id, id_text(b, job->id), body, NULL);
    *order = (struct connect_order){.channel = channel->row.id, .job = job->id};
    turn->connect = order;
    turn->status = 202;
    buf_printf(&turn->answer, "{\"job\":\"%" PRId64 "\"}", job->id);
}

void request_connect_step(struct batch *b, struct turn *turn)
{
    const struct connect_step *step = turn->owner;
    struct job_row *job = NULL;
    batch_fail(b, b->store->ops->job(b->store, step->job, &b->arena, &job), "load a job");
    turn->status = 200;
    if (b->err || !job || !is_open(job)) {
        turn->status = 409; /* a later one has taken its place */
        return;
    }
    job->state = SLICE("running");
    job->done = step->checks;
    job->total = step->checks;
    job->result = step->result;
    if (step->is_end) {
        job->state = step->error.n ? SLICE("failed") : SLICE("done");
        job->error = step->error;
        batch_event(b, "connect_ended", job->channel, id_text(b, job->id), job->result);
    }
    request_change(b, &b->changes.jobs, job);
}
