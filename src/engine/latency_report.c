/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/latency_report.h"

#include <stdlib.h>

#include "base/times.h"

#define PAGE_MEMORY_MAX ((size_t)16 << 20)

const char *latency_stage_text(enum latency_stage stage)
{
    static const char *const texts[] = {
        "theirs_in", "ours", "commit", "send", "theirs_out", "total"};
    return texts[stage];
}

void latency_report_init(struct latency_report *report,
                         int64_t from_us,
                         int64_t to_us,
                         struct channel_id only)
{
    must(from_us < to_us && to_us - from_us <= LATENCY_DAYS_MAX * LATENCY_DAY_US);
    *report = (struct latency_report){.from_us = from_us,
                                      .to_us = to_us,
                                      .only = only,
                                      .has_days = to_us - from_us > LATENCY_DAY_US};
}

void latency_report_free(struct latency_report *report)
{
    for (size_t i = 0; i < report->channels_count; i++) {
        struct latency_channel *channel = report->channels[i];
        for (size_t k = 0; channel->days && k <= LATENCY_DAYS_MAX; k++) {
            free(channel->days[k]);
        }
        free(channel->days);
        free(channel);
    }
    free(report->channels);
    *report = (struct latency_report){0};
}

/* ---- adding up ---- */

static void figures_add(struct latency_figures *figures, int64_t from_us, int64_t to_us)
{
    int64_t duration_us = to_us > from_us ? to_us - from_us : 0;
    latency_add(&figures->histogram, duration_us);
    figures->max_us = duration_us > figures->max_us ? duration_us : figures->max_us;
}

int64_t latency_figures_at(const struct latency_figures *figures, int permille)
{
    int64_t at_us = latency_at(&figures->histogram, permille);
    return at_us < figures->max_us ? at_us : figures->max_us;
}

/* NULL: there is no memory. */
static struct latency_channel *channel_at(struct latency_report *report, struct channel_id id)
{
    size_t at = 0;
    while (at < report->channels_count && report->channels[at]->id.v < id.v) {
        at++;
    }
    if (at < report->channels_count && report->channels[at]->id.v == id.v) {
        return report->channels[at];
    }
    struct latency_channel *fresh = calloc(1, sizeof(*fresh));
    struct latency_channel **grown =
        fresh ? realloc(report->channels,
                        (report->channels_count + 1) * sizeof(struct latency_channel *))
              : NULL;
    if (!grown) {
        free(fresh);
        return NULL;
    }
    memmove(&grown[at + 1],
            &grown[at],
            (report->channels_count - at) * sizeof(struct latency_channel *));
    fresh->id = id;
    grown[at] = fresh;
    report->channels = grown;
    report->channels_count++;
    return fresh;
}

static int64_t first_day(const struct latency_report *report)
{
    return report->from_us / LATENCY_DAY_US;
}

static struct latency_day *
day_at(const struct latency_report *report, struct latency_channel *channel, int64_t at_us)
{
    int64_t n = at_us / LATENCY_DAY_US - first_day(report);
    must(n >= 0 && n <= LATENCY_DAYS_MAX);
    if (!channel->days) {
        channel->days = calloc(LATENCY_DAYS_MAX + 1, sizeof(struct latency_day *));
    }
    if (channel->days && !channel->days[n]) {
        channel->days[n] = calloc(1, sizeof(struct latency_day));
    }
    return channel->days ? channel->days[n] : NULL;
}

static void count_state(struct latency_channel *channel, enum push_state state)
{
    channel->pushes++;
    channel->confirmed += state == PUSH_DONE;
    channel->accepted += state == PUSH_TAKEN;
    channel->failed += state == PUSH_FAILED;
    channel->unknown += state == PUSH_LOST;
}

static bool is_late(const struct push_row *p)
{
    int64_t since_us = p->happened_at_us ? p->happened_at_us : p->received_at_us;
    return p->answered_at_us - since_us > LATENCY_LATE_US;
}

static enum latency_stage blamed_for(const struct push_row *p)
{
    int64_t in_us = p->happened_at_us ? p->received_at_us - p->happened_at_us : 0;
    int64_t ours_us = p->sent_at_us - p->received_at_us;
    int64_t out_us = p->answered_at_us - p->sent_at_us;
    if (in_us >= ours_us && in_us >= out_us) {
        return LATENCY_THEIRS_IN;
    }
    return ours_us >= out_us ? LATENCY_OURS : LATENCY_THEIRS_OUT;
}

static void add_stages(struct latency_channel *channel, const struct push_row *p)
{
    struct latency_figures *stages = channel->stages;
    figures_add(&stages[LATENCY_OURS], p->received_at_us, p->sent_at_us);
    figures_add(&stages[LATENCY_THEIRS_OUT], p->sent_at_us, p->answered_at_us);
    if (p->committed_at_us) {
        figures_add(&stages[LATENCY_COMMIT], p->received_at_us, p->committed_at_us);
        figures_add(&stages[LATENCY_SEND], p->committed_at_us, p->sent_at_us);
    }
    if (p->happened_at_us) {
        figures_add(&stages[LATENCY_THEIRS_IN], p->happened_at_us, p->received_at_us);
        figures_add(&stages[LATENCY_TOTAL], p->happened_at_us, p->answered_at_us);
    }
}

enum err latency_report_add(struct latency_report *report, const struct push_row *push)
{
    must(push->sent_at_us >= report->from_us && push->sent_at_us < report->to_us);
    struct latency_channel *channel = channel_at(report, push->channel);
    if (!channel) {
        return ERR_MEMORY;
    }
    bool is_taken = push->state == PUSH_DONE || push->state == PUSH_TAKEN;
    count_state(channel, push->state);
    if (!is_taken || !push->received_at_us) {
        return ERR_OK; /* it did not land, or no sale caused it */
    }
    bool late = is_late(push);
    add_stages(channel, push);
    channel->late += late;
    channel->blamed[blamed_for(push)] += late;
    if (report->has_days) {
        struct latency_day *day = day_at(report, channel, push->sent_at_us);
        if (!day) {
            return ERR_MEMORY;
        }
        day->late += late;
        if (push->happened_at_us) {
            figures_add(&day->total, push->happened_at_us, push->answered_at_us);
        }
    }
    return ERR_OK;
}

enum err latency_report_step(struct latency_report *report,
                             struct store *store,
                             size_t limit,
                             bool *out_done)
{
    const struct store_query q = {.after = report->after,
                                  .limit = limit,
                                  .channel = report->only,
                                  .state = -1,
                                  .from_us = report->from_us,
                                  .to_us = report->to_us};
    struct rows rows = {0};
    struct arena arena;
    arena_init(&arena, PAGE_MEMORY_MAX);
    enum err e = store->ops->list_pushes(store, &q, &arena, &rows);
    for (size_t i = 0; !e && i < rows.count; i++) {
        const struct push_row *push = rows.items[i];
        e = latency_report_add(report, push);
        report->after = push->n;
    }
    *out_done = rows.count < limit;
    arena_free(&arena);
    return e;
}

/* ---- as JSON ---- */

static void put_figures(struct json_writer *w, const struct latency_figures *figures)
{
    json_field_int(w, "count", (int64_t)figures->histogram.total);
    if (figures->histogram.total) {
        json_field_ms(w, "p50", latency_figures_at(figures, 500));
        json_field_ms(w, "p95", latency_figures_at(figures, 950));
        json_field_ms(w, "p99", latency_figures_at(figures, 990));
        json_field_ms(w, "max", figures->max_us);
        return;
    }
    json_field_null(w, "p50");
    json_field_null(w, "p95");
    json_field_null(w, "p99");
    json_field_null(w, "max");
}

static void put_stages(struct json_writer *w, const struct latency_channel *channel)
{
    json_key(w, "stages");
    json_begin_array(w);
    for (int i = 0; i < LATENCY_STAGES; i++) {
        json_begin_object(w);
        json_field_str(w, "stage", latency_stage_text((enum latency_stage)i));
        put_figures(w, &channel->stages[i]);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_days(struct json_writer *w,
                     const struct latency_report *report,
                     const struct latency_channel *channel)
{
    json_key(w, "days");
    json_begin_array(w);
    for (int64_t i = 0; channel->days && i <= LATENCY_DAYS_MAX; i++) {
        char text[TIME_TEXT_MAX];
        if (channel->days[i]) {
            struct slice at = time_format_s((first_day(report) + i) * LATENCY_DAY_US, text);
            json_begin_object(w);
            json_field_text(w, "day", (struct slice){at.p, 10});
            put_figures(w, &channel->days[i]->total);
            json_field_int(w, "late", channel->days[i]->late);
            json_end_object(w);
        }
    }
    json_end_array(w);
}

static void put_channel(struct json_writer *w,
                        const struct latency_report *report,
                        const struct config *config,
                        const struct latency_channel *channel)
{
    const struct channel_config *known = config_channel(config, channel->id);
    json_begin_object(w);
    json_field_text(w, "channel", known ? known->row.code : SLICE("?"));
    json_field_int(w, "pushes", channel->pushes);
    json_field_int(w, "confirmed", channel->confirmed);
    json_field_int(w, "accepted", channel->accepted);
    json_field_int(w, "failed", channel->failed);
    json_field_int(w, "unknown", channel->unknown);
    json_field_int(w, "late", channel->late);
    json_key(w, "late_by");
    json_begin_object(w);
    json_field_int(w, "theirs_in", channel->blamed[LATENCY_THEIRS_IN]);
    json_field_int(w, "ours", channel->blamed[LATENCY_OURS]);
    json_field_int(w, "theirs_out", channel->blamed[LATENCY_THEIRS_OUT]);
    json_end_object(w);
    put_stages(w, channel);
    put_days(w, report, channel);
    json_end_object(w);
}

void latency_report_json(const struct latency_report *report,
                         const struct config *config,
                         struct json_writer *w)
{
    json_begin_object(w);
    json_field_time(w, "from", report->from_us);
    json_field_time(w, "to", report->to_us);
    json_field_int(w, "late_over_ms", LATENCY_LATE_US / US_PER_MS);
    json_key(w, "channels");
    json_begin_array(w);
    for (size_t i = 0; i < report->channels_count; i++) {
        put_channel(w, report, config, report->channels[i]);
    }
    json_end_array(w);
    json_end_object(w);
}
