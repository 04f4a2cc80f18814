/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/restored.h"

#include "base/times.h"
#include "engine/cutover.h"
#include "engine/request_parts.h"

#define PAGE 500

enum { ARG_AFTER, ARG_FROM, ARG_MADE_AT, ARG_RESTORED_AT, ARG_PAUSED };

/* The last listing of the page; 0: there are none behind it. */
static int64_t forget_page(struct batch *b, int64_t after)
{
    struct rows page = {0};
    const struct store_query q = {.after = after, .limit = PAGE, .state = -1};
    batch_fail(b, b->store->ops->list_listings(b->store, &q, &b->arena, &page), "load listings");
    for (size_t i = 0; i < page.count && !b->err; i++) {
        const struct listing_row *row = page.items[i];
        struct batch_listing *listing = batch_listing(b, row->id);
        after = row->id.v;
        if (listing) {
            expected_forgotten(&listing->row.expected, b->now_us);
            listing->row.published_at_us = 0;
            listing->row.observed_at_us = 0;
            batch_listing_moved(b, listing);
        }
    }
    return page.count == PAGE ? after : 0;
}

/* Its row, to be changed in this commit; NULL: it stays as it is. */
static void change_channel(struct batch *b, const struct channel_row *kept, bool pauses)
{
    bool is_planned = kept->cutover_at_us && kept->mode != MODE_LIVE;
    struct channel_row *row =
        pauses || is_planned ? ARENA_NEW(&b->arena, struct channel_row) : NULL;
    if (!pauses && !is_planned) {
        return;
    }
    if (row) {
        *row = *kept;
        row->version++;
        row->paused |= pauses;
    }
    if (row && is_planned) {
        cutover_forget(b, row);
    }
    request_change(b, &b->changes.channels, row);
    b->config_changed = true;
}

struct told {
    struct buf read, paused; /* codes of channels, with commas */
};

static void told_free(struct told *told)
{
    buf_free(&told->read);
    buf_free(&told->paused);
}

static void look_at_channels(struct batch *b, bool all_paused, struct told *out)
{
    for (size_t i = 0; i < b->config->channels_count; i++) {
        const struct channel_config *c = &b->config->channels[i];
        bool can_be_read = c->connector && c->connector->build_orders;
        bool pauses = c->row.mode == MODE_LIVE && (all_paused || !can_be_read);
        struct buf *list = pauses ? &out->paused : &out->read;
        if (c->row.mode == MODE_OFF || (!pauses && !can_be_read)) {
            continue;
        }
        buf_printf(list, "%s%.*s", list->n ? ", " : "", SLICE_ARG(c->row.code));
        change_channel(b, &c->row, pauses && !c->row.paused);
    }
}

static struct slice instant(struct slice text, char out[TIME_TEXT_MAX])
{
    int64_t us = 0;
    return slice_int(text, &us) && us ? time_format_s(us, out) : SLICE("an unknown time");
}

static void tell(struct batch *b, struct slice from, struct slice made, const struct told *told)
{
    struct slice paused = told->paused.n ? arena_printf(&b->arena,
                                                        " Paused, and writing nothing: %.*s.",
                                                        SLICE_ARG(buf_view(&told->paused)))
                                         : SLICE("");
    batch_incident(
        b,
        &(struct incident_text){
            .code = "RESTORED",
            .subject = SLICE("restored"),
            .title = arena_printf(
                &b->arena, "The ledger was put back as it was at %.*s", SLICE_ARG(made)),
            .detail = arena_printf(
                &b->arena,
                "From %.*s. What was booked, counted, transferred, held or set since then is "
                "missing; tokens and users that were shut out since then are in again. Orders "
                "since "
                "then are read again from: %.*s.%.*s",
                SLICE_ARG(from),
                SLICE_ARG(told->read.n ? buf_view(&told->read) : SLICE("no channel")),
                SLICE_ARG(paused)),
            .action = arena_printf(
                &b->arena,
                "Book again what people did since %.*s (goods received, counts, transfers), and "
                "count "
                "what nobody is sure of. For each paused channel: let its shop send its orders "
                "since "
                "then again, then truecount channel resume CODE. Look at the modes of channels, at "
                "tokens and users. Then resolve this.",
                SLICE_ARG(made))});
}

static void log_it(struct batch *b, const struct turn *turn, struct slice made, struct slice at)
{
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, 4096);
    struct json_writer w = json_writer(&facts);
    json_begin_object(&w);
    json_field_text(&w, "from", turn->args[ARG_FROM]);
    json_field_text(&w, "made_at", made);
    json_field_text(&w, "restored_at", at);
    json_end_object(&w);
    batch_event(b, "restored", (struct channel_id){0}, SLICE("store"), buf_view(&facts));
}

void request_restored(struct batch *b, struct turn *turn)
{
    int64_t after = 0;
    char made[TIME_TEXT_MAX], at[TIME_TEXT_MAX];
    must(slice_int(turn->args[ARG_AFTER], &after));
    after = forget_page(b, after);
    if (after || b->err) {
        turn->status = 200;
        buf_printf(&turn->answer, "%" PRId64, after);
        return;
    }
    ON_EXIT(told_free) struct told told;
    buf_init(&told.read, (size_t)16 * 1024);
    buf_init(&told.paused, (size_t)16 * 1024);
    struct slice made_text = instant(turn->args[ARG_MADE_AT], made);
    log_it(b, turn, made_text, instant(turn->args[ARG_RESTORED_AT], at));
    look_at_channels(b, slice_is(turn->args[ARG_PAUSED], "1"), &told);
    tell(b, turn->args[ARG_FROM], made_text, &told);
    turn->status = 204;
}
