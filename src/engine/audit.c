/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/audit.h"
#include "engine/request_parts.h"

#define PAGE 500
#define PAGE_WAIT_US (300 * US_PER_S)
#define ASK_AGAIN_US (30 * US_PER_S)

struct audit {
    int64_t began_us;
    int64_t after;             /* the page's listings are those behind it */
    int64_t page_us, asked_us; /* since when it is this page; when it was last asked for */
    int64_t read, unread, differing;
};

static void write_state(struct batch *b, struct job_row *job, const struct audit *a)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)64 * 1024);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_time(&w, "began", a->began_us);
    json_field_int(&w, "read", a->read);
    json_field_int(&w, "unread", a->unread);
    json_field_int(&w, "differing", a->differing);
    json_field_int(&w, "after", a->after);
    json_field_int(&w, "page_us", a->page_us);
    json_field_int(&w, "asked_us", a->asked_us);
    json_end_object(&w);
    job->result = arena_copy(&b->arena, buf_view(&text));
    job->done = a->read + a->unread;
    job->total = job->total > job->done ? job->total : job->done;
    request_change(b, &b->changes.jobs, job);
}

static void read_state(struct batch *b, const struct job_row *job, struct audit *out)
{
    struct json root;
    struct err_note note;
    *out = (struct audit){.began_us = job->created_at_us};
    if (batch_json(b, b->parser, job->result, &root, &note)) {
        (void)json_int(json_get(root, "read"), &out->read);
        (void)json_int(json_get(root, "unread"), &out->unread);
        (void)json_int(json_get(root, "differing"), &out->differing);
        (void)json_int(json_get(root, "after"), &out->after);
        (void)json_int(json_get(root, "page_us"), &out->page_us);
        (void)json_int(json_get(root, "asked_us"), &out->asked_us);
    }
}

static enum err
load_page(struct batch *b, const struct job_row *job, int64_t after, struct rows *out)
{
    const struct store_query q = {
        .channel = job->channel, .after = after, .limit = PAGE, .state = -1};
    return b->store->ops->list_listings(b->store, &q, &b->arena, out);
}

static int64_t count_listings(struct batch *b, const struct job_row *job)
{
    int64_t count = 0, after = 0;
    for (bool more = true; more && !b->err;) {
        struct rows page = {0};
        batch_fail(b, load_page(b, job, after, &page), "list listings");
        count += (int64_t)page.count;
        more = page.count == PAGE;
        after = page.count ? ((const struct listing_row *)page.items[page.count - 1])->id.v : 0;
    }
    return count;
}

/* Whoever asks while one is under way gets that one. */
static struct job_row *under_way(struct batch *b, struct channel_id channel)
{
    struct rows open = {0};
    batch_fail(b, b->store->ops->jobs_open(b->store, &b->arena, &open), "load jobs");
    for (size_t i = 0; i < open.count; i++) {
        struct job_row *job = open.items[i];
        if (slice_is(job->kind, "audit") && job->channel.v == channel.v) {
            return job;
        }
    }
    return NULL;
}

void request_audit_create(struct batch *b, struct turn *turn)
{
    const struct channel_config *channel = config_channel_by_code(b->config, turn->args[0]);
    struct json body = {0};
    if (!channel) {
        request_not_found(turn, "channel");
        return;
    }
    if (slice_trim(turn->body).n) {
        if (!form_body(b, turn, &body)) {
            return;
        }
        (void)form_begin(b, turn, body, "", NULL, 0); /* it takes no fields */
        if (request_refused(turn)) {
            return;
        }
    }
    if (!channel->connector || channel->account_error ||
        !channel->connector->semantics.reads_counts || channel->row.mode == MODE_OFF) {
        request_refuse(turn,
                       422,
                       "unreadable",
                       NULL,
                       "the counts of '%.*s' cannot be read: it is off, not connected, or its "
                       "platform does not show them",
                       SLICE_ARG(channel->row.code));
        return;
    }
    turn->status = 202;
    struct job_row *job = under_way(b, channel->row.id);
    if (job) {
        buf_printf(&turn->answer, "{\"job\":\"%" PRId64 "\"}", job->id);
        return;
    }
    job = ARENA_NEW(&b->arena, struct job_row);
    if (!job) {
        batch_fail(b, ERR_LIMIT, "a job");
        return;
    }
    *job = (struct job_row){.id = b->store->ops->next_id(b->store, ID_JOB),
                            .kind = SLICE("audit"),
                            .state = SLICE("running"),
                            .channel = channel->row.id,
                            .created_at_us = b->now_us,
                            .review = SLICE("[]")};
    job->total = count_listings(b, job);
    write_state(b, job, &(const struct audit){.began_us = b->now_us});
    request_event(b,
                  turn,
                  "audit",
                  channel->row.id,
                  arena_printf(&b->arena, "%" PRId64, job->id),
                  body,
                  NULL);
    buf_printf(&turn->answer, "{\"job\":\"%" PRId64 "\"}", job->id);
}

/* Its latest difference has not ended. */
static bool differs(struct batch *b, const struct listing_row *row)
{
    struct rows found = {0};
    const struct store_query q = {
        .listing = row->id, .limit = 1, .newest_first = true, .state = -1};
    batch_fail(b,
               b->store->ops->list_differences(b->store, &q, &b->arena, &found),
               "load a listing's last difference");
    return found.count && ((const struct difference_row *)found.items[0])->ended_at_us == 0;
}

/* One look at the page under way. */
static void carry_on(struct batch *b, struct job_row *job)
{
    struct audit a;
    struct rows page = {0};
    read_state(b, job, &a);
    batch_fail(b, load_page(b, job, a.after, &page), "list listings");
    if (b->err) {
        return;
    }
    a.page_us = a.page_us ? a.page_us : b->now_us;
    bool asks = b->now_us - a.asked_us >= ASK_AGAIN_US;
    int64_t read = 0, differing = 0;
    for (size_t i = 0; i < page.count; i++) {
        const struct listing_row *row = page.items[i];
        bool is_read = row->observed_at_us >= job->created_at_us;
        read += is_read;
        differing += is_read && differs(b, row);
        if (!is_read && asks) {
            batch_hint(b,
                       (struct dirty_hint){
                           .listing = row->id, .channel = row->channel, .must_read = true});
        }
    }
    a.asked_us = asks ? b->now_us : a.asked_us;
    if (read == (int64_t)page.count || b->now_us - a.page_us > PAGE_WAIT_US) {
        a.read += read;
        a.differing += differing;
        a.unread += (int64_t)page.count - read;
        a.page_us = 0;
        a.asked_us = 0;
        a.after = page.count ? ((const struct listing_row *)page.items[page.count - 1])->id.v : 0;
        if (page.count < PAGE) {
            job->state = SLICE("done");
            batch_event_text(b,
                             "audit_ended",
                             job->channel,
                             arena_printf(&b->arena, "%" PRId64, job->id),
                             "state",
                             job->state);
        }
    }
    write_state(b, job, &a);
}

void requests_audits(struct batch *b, struct turn *turn)
{
    struct rows open = {0};
    turn->status = 204;
    batch_fail(b, b->store->ops->jobs_open(b->store, &b->arena, &open), "load jobs");
    for (size_t i = 0; i < open.count && !b->err; i++) {
        struct job_row *job = open.items[i];
        const struct channel_config *channel = config_channel(b->config, job->channel);
        if (!slice_is(job->kind, "audit")) {
            continue;
        }
        if (!channel || channel->row.mode == MODE_OFF) {
            job->state = SLICE("failed");
            job->error = SLICE("the channel was switched off meanwhile");
            request_change(b, &b->changes.jobs, job);
        } else {
            carry_on(b, job);
        }
    }
}
