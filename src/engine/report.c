/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/report.h"
#include "base/csv.h"
#include "base/times.h"
#include "engine/findings.h"
#include "engine/opening.h"

#define PAGE 500
#define PAGE_BYTES_MAX ((size_t)64 << 20)

struct report {
    struct report_wish wish;
    struct store *reader;
    struct config *config;
    struct arena arena; /* of the page */
    struct csv_writer w;
    bool has_begun;
    int64_t after;
};

enum err report_new(const struct report_wish *wish,
                    struct store *reader,
                    const struct vault *vault,
                    struct report **out)
{
    struct report *r = calloc(1, sizeof(*r));
    if (!r) {
        store_close(reader);
        return ERR_MEMORY;
    }
    *r = (struct report){.wish = *wish, .reader = reader};
    arena_init(&r->arena, PAGE_BYTES_MAX);
    enum err e = reader->ops->begin(reader);
    e = e ? e : config_load(reader, vault, &r->config); /* of the same snapshot */
    if (e) {
        report_free(r);
        return e;
    }
    *out = r;
    return ERR_OK;
}

void report_free(struct report *r)
{
    if (r) {
        r->reader->ops->rollback(r->reader);
        store_close(r->reader);
        config_free(r->config);
        arena_free(&r->arena);
        free(r);
    }
}

/* ---- words ---- */

static void put(struct report *r, struct slice text)
{
    csv_put_text(&r->w, text);
}

static void put_int_or_nothing(struct report *r, bool has, int64_t value)
{
    if (has) {
        csv_put_int(&r->w, value);
    } else {
        csv_put_empty(&r->w);
    }
}

static void put_time(struct report *r, int64_t time_us)
{
    char text[TIME_TEXT_MAX];
    put(r, time_us ? time_format(time_us, text) : SLICE(""));
}

/* ---- findings ---- */

static void put_finding(struct report *r, const struct finding_shown *finding)
{
    const struct finding_row *row = finding->row;
    const struct channel_config *channel = config_channel(r->config, row->channel);
    put(r, channel ? channel->row.code : SLICE(""));
    put(r, row->kind);
    put(r, row->code);
    put(r, row->title);
    put(r, row->other);
    put_int_or_nothing(r, row->units != 0, row->units);
    put(r, slice_of(finding_about(finding->kind)));
    put(r, row->detail);
    put(r, slice_of(finding_todo(finding->kind)));
    put_int_or_nothing(r, finding->listing.v != 0, finding->listing.v);
    put(r, row->remote);
    put_time(r, row->at_us);
    csv_end_record(&r->w);
}

static enum err step_findings(struct report *r, int64_t *out_next)
{
    const struct store_query q = {.after = r->after,
                                  .limit = PAGE,
                                  .channel = r->wish.channel,
                                  .text = r->wish.finding,
                                  .state = -1};
    struct rows rows = {0};
    enum err e = findings_list(r->reader, &q, &r->arena, &rows, out_next);
    for (size_t i = 0; !e && i < rows.count; i++) {
        put_finding(r, rows.items[i]);
    }
    return e;
}

/* ---- first figures ---- */

static const struct opening_said *
said_by(const struct opening_row *row, enum opening_source source, struct channel_id channel)
{
    for (size_t i = 0; i < row->said_count; i++) {
        const struct opening_said *said = &row->said[i];
        if (said->source == source && said->channel.v == channel.v) {
            return said;
        }
    }
    return NULL;
}

/* Its figure; else why there is none, as one word. */
static void put_said(struct report *r, const struct opening_said *said)
{
    if (said && said->voice.silence == VOICE_SPEAKS) {
        csv_put_int(&r->w, said->voice.figure);
    } else {
        put(r, said ? slice_of(silence_text(said->voice.silence)) : SLICE(""));
    }
}

static void put_opening(struct report *r, const struct opening_row *row)
{
    const struct location_row *location = config_location(r->config, r->wish.location);
    const struct opening_said *file = said_by(row, SAID_BY_FILE, (struct channel_id){0});
    bool has_file = file && file->voice.silence == VOICE_SPEAKS;
    put(r, row->sku->code);
    put(r, row->sku->title);
    put(r, location ? location->code : SLICE(""));
    put(r, slice_of(opening_state_text(row->state)));
    put_int_or_nothing(r, row->state == OPENING_AGREE, row->figure);
    put_int_or_nothing(r, row->has_moved, row->on_hand);
    put_int_or_nothing(r, has_file, has_file ? file->voice.figure : 0);
    for (size_t i = 0; i < r->config->channels_count; i++) {
        put_said(r, said_by(row, SAID_BY_CHANNEL, r->config->channels[i].row.id));
    }
    put(r, opening_why(r->config, row, &r->arena));
    csv_end_record(&r->w);
}

static enum err step_opening(struct report *r, int64_t *out_next)
{
    const struct opening_query q = {.config = r->config,
                                    .location = r->wish.location,
                                    .state = r->wish.state,
                                    .after = r->after,
                                    .limit = PAGE};
    struct rows rows = {0};
    enum err e = opening_list(r->reader, &q, &r->arena, &rows, out_next);
    for (size_t i = 0; !e && i < rows.count; i++) {
        put_opening(r, rows.items[i]);
    }
    return e;
}

/* ---- the whole ---- */

static void put_names(struct report *r, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put(r, slice_of(names[i]));
    }
}

static void put_header(struct report *r)
{
    static const char *const findings[] = {"channel",
                                           "kind",
                                           "sku",
                                           "title",
                                           "other",
                                           "units",
                                           "about",
                                           "detail",
                                           "action",
                                           "listing",
                                           "remote",
                                           "seen_at"};
    static const char *const opening[] = {
        "sku", "title", "location", "state", "agreed", "on_hand", "quantity"};
    if (r->wish.with_mark) {
        buf_text(r->w.out, "\xEF\xBB\xBF");
    }
    if (r->wish.kind == REPORT_FINDINGS) {
        put_names(r, findings, COUNT_OF(findings));
    } else {
        put_names(r, opening, COUNT_OF(opening));
        for (size_t i = 0; i < r->config->channels_count; i++) {
            put(r,
                arena_printf(
                    &r->arena, "channel:%.*s", SLICE_ARG(r->config->channels[i].row.code)));
        }
        put(r, SLICE("why"));
    }
    csv_end_record(&r->w);
}

enum err report_step(struct report *r, struct buf *out, bool *out_done)
{
    int64_t next = 0;
    arena_clear(&r->arena);
    r->w = csv_writer(out);
    if (!r->has_begun) {
        put_header(r);
        r->has_begun = true;
    }
    enum err e = r->wish.kind == REPORT_FINDINGS ? step_findings(r, &next) : step_opening(r, &next);
    if (r->arena.exhausted || out->overflow) {
        e = e ? e : ERR_LIMIT;
    }
    r->after = next;
    *out_done = next == 0;
    return e;
}
