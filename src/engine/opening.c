/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/opening.h"

#define PAGE 500
#define LOOK_MAX 10000 /* SKUs for one page of an answer */

/* ---- where a channel's count belongs ---- */

static struct location_id only_stop(const struct channel_config *channel)
{
    struct location_id only = {0};
    size_t active = 0;
    for (size_t i = 0; i < channel->stops_count; i++) {
        if (channel->stops[i].is_active) {
            only = channel->stops[i].location;
            active++;
        }
    }
    return active == 1 ? only : (struct location_id){0};
}

/* The one location whose units the listing counts; 0: several are added up. */
static struct location_id place_of(const struct config *config,
                                   const struct channel_config *channel,
                                   const struct listing_row *listing)
{
    if (listing->location.v) {
        return listing->location;
    }
    if (!channel_has_locations(channel)) {
        return only_stop(channel);
    }
    /* Locations of its own, and nobody said which of them is which of ours: no figure of one. */
    const struct location_row *mapped =
        channel->account.locations_count == 1
            ? config_location_by_code(config, channel->account.locations[0].location)
            : NULL;
    return mapped ? mapped->id : (struct location_id){0};
}

static bool sells_from(const struct channel_config *channel, struct location_id location)
{
    for (size_t i = 0; i < channel->stops_count; i++) {
        if (channel->stops[i].location.v == location.v) {
            return true;
        }
    }
    return false;
}

/* ---- voices ---- */

/* A till that speaks our API tells of orders, never of counts: it has no voice here. */
static bool shows_counts(const struct channel_config *channel)
{
    return channel->connector &&
           (channel->connector->semantics.reads_counts || channel->connector->build_catalogue);
}

static struct opening_voice
voice_of(const struct listing_row *listing, struct location_id place, int64_t *out_at_us)
{
    enum silence silence = VOICE_SPEAKS;
    *out_at_us = listing->observed_at_us;
    if (!place.v) {
        silence = VOICE_SEVERAL_PLACES;
    } else if (listing->fault == FAULT_PARENT_MANAGED || listing->fault == FAULT_UNMANAGED) {
        silence = VOICE_UNCOUNTED;
    } else if (listing->published_at_us) {
        silence = VOICE_OUR_OWN;
    } else if (!listing->observed_at_us) {
        silence = VOICE_NEVER_READ;
    } else if (listing->pack_size > 1) {
        silence = VOICE_PACKS;
    } else if (listing->observed < 0) {
        silence = VOICE_BELOW_ZERO;
    }
    return (struct opening_voice){silence, silence == VOICE_SPEAKS ? listing->observed : 0};
}

static void hear_channels(const struct opening_query *q,
                          const struct rows *listings,
                          struct opening_said *said,
                          size_t *count)
{
    for (size_t i = 0; i < listings->count; i++) {
        const struct listing_row *listing = listings->items[i];
        const struct channel_config *channel = config_channel(q->config, listing->channel);
        if (!channel || !shows_counts(channel)) {
            continue;
        }
        struct location_id place = place_of(q->config, channel, listing);
        bool is_elsewhere = place.v ? place.v != q->location.v : !sells_from(channel, q->location);
        if (!is_elsewhere) {
            struct opening_said *one = &said[(*count)++];
            *one = (struct opening_said){
                .source = SAID_BY_CHANNEL, .channel = listing->channel, .listing = listing->id};
            one->voice = voice_of(listing, place, &one->at_us);
        }
    }
}

/* What is known of a location before its SKUs are looked at. */
struct desk {
    const struct opening_query *q;
    bool has_file;
};

static enum err look(struct store *store,
                     const struct desk *desk,
                     const struct sku_row *sku,
                     const struct opening_line_row *line,
                     struct arena *arena,
                     struct opening_row *out)
{
    struct rows listings = {0};
    struct stock_set stock;
    stock_set_init(&stock, arena);
    enum err e = store->ops->listings_of_sku(store, sku->id, arena, &listings);
    e = e ? e : store->ops->stock(store, &sku->id, 1, &stock);
    struct opening_said *said = ARENA_ARRAY(arena, listings.count + 2, struct opening_said);
    struct opening_voice *voices = ARENA_ARRAY(arena, listings.count + 2, struct opening_voice);
    size_t count = 0;
    if (e || !said || !voices) {
        stock_set_free(&stock);
        return e ? e : ERR_LIMIT;
    }
    const struct stock *here = stock_set_find(&stock, sku->id, desk->q->location);
    *out = (struct opening_row){.sku = sku,
                                .has_moved = here != NULL,
                                .on_hand = here ? stock_on_hand(here) : 0,
                                .said = said};
    stock_set_free(&stock); /* the rows are the arena's */
    hear_channels(desk->q, &listings, said, &count);
    if (desk->has_file) {
        said[count++] = (struct opening_said){
            .source = SAID_BY_FILE,
            .voice = {line ? VOICE_SPEAKS : VOICE_NOT_IN_FILE, line ? line->quantity : 0},
            .at_us = line ? line->at_us : 0};
    }
    if (out->has_moved) {
        said[count++] =
            (struct opening_said){.source = SAID_BY_LEDGER, .voice = {VOICE_SPEAKS, out->on_hand}};
    }
    for (size_t i = 0; i < count; i++) {
        voices[i] = said[i].voice;
    }
    out->said_count = count;
    out->state = opening_judge(voices, count, &out->figure);
    return ERR_OK;
}

static enum err
desk_open(struct store *store, const struct opening_query *q, struct arena *arena, struct desk *out)
{
    struct rows any = {0};
    enum err e = store->ops->opening_lines(store, q->location, (struct sku_id){0}, 1, arena, &any);
    *out = (struct desk){.q = q, .has_file = any.count > 0};
    return e;
}

enum err opening_of(struct store *store,
                    const struct opening_query *q,
                    const struct sku_row *sku,
                    struct arena *arena,
                    struct opening_row *out)
{
    struct desk desk;
    struct rows lines = {0};
    enum err e = desk_open(store, q, arena, &desk);
    if (!e && desk.has_file) {
        const struct sku_id before = {sku->id.v - 1};
        e = store->ops->opening_lines(store, q->location, before, 1, arena, &lines);
    }
    const struct opening_line_row *line = lines.count ? lines.items[0] : NULL;
    line = line && line->sku.v == sku->id.v ? line : NULL;
    return e ? e : look(store, &desk, sku, line, arena, out);
}

/* The line of a SKU among those of the page, both by ascending id. */
static const struct opening_line_row *
line_of(const struct rows *lines, size_t *at, struct sku_id sku)
{
    while (*at < lines->count &&
           ((const struct opening_line_row *)lines->items[*at])->sku.v < sku.v) {
        (*at)++;
    }
    const struct opening_line_row *line = *at < lines->count ? lines->items[*at] : NULL;
    return line && line->sku.v == sku.v ? line : NULL;
}

static enum err look_at_page(struct store *store,
                             const struct desk *desk,
                             const struct rows *skus,
                             int64_t *after,
                             struct arena *arena,
                             struct rows *out)
{
    struct rows lines = {0};
    size_t at = 0;
    const struct opening_query *q = desk->q;
    const struct sku_id first = {*after};
    enum err e =
        desk->has_file
            ? store->ops->opening_lines(store, q->location, first, skus->count, arena, &lines)
            : ERR_OK;
    for (size_t i = 0; !e && i < skus->count && out->count < q->limit; i++) {
        const struct sku_row *sku = skus->items[i];
        *after = sku->id.v;
        if (sku->parts_count) {
            continue; /* a bundle owns no stock */
        }
        struct opening_row *row = ARENA_NEW(arena, struct opening_row);
        e = row ? look(store, desk, sku, line_of(&lines, &at, sku->id), arena, row) : ERR_LIMIT;
        if (!e && (q->state < 0 || q->state == (int)row->state)) {
            e = rows_add(out, arena, row) ? ERR_OK : ERR_LIMIT;
        }
    }
    return e;
}

enum err opening_list(struct store *store,
                      const struct opening_query *q,
                      struct arena *arena,
                      struct rows *out,
                      int64_t *out_next)
{
    struct desk desk;
    int64_t after = q->after;
    bool more = true;
    enum err e = desk_open(store, q, arena, &desk);
    for (size_t looked = 0; !e && more && out->count < q->limit && looked < LOOK_MAX;) {
        struct rows skus = {0};
        const struct store_query page = {
            .after = after, .limit = q->limit < PAGE ? q->limit : PAGE, .state = -1};
        e = store->ops->list_skus(store, &page, arena, &skus);
        more = skus.count == page.limit;
        looked += skus.count;
        int64_t last =
            skus.count ? ((const struct sku_row *)skus.items[skus.count - 1])->id.v : after;
        e = e ? e : look_at_page(store, &desk, &skus, &after, arena, out);
        more |= after < last;
    }
    *out_next = more ? after : 0;
    return e;
}

/* ---- choices ---- */

bool opening_choice_parse(const struct config *config,
                          struct slice text,
                          struct opening_choice *out)
{
    *out = (struct opening_choice){.wish = WISH_AGREED};
    if (slice_is(text, "agreed")) {
        return true;
    }
    if (slice_is(text, "file")) {
        out->wish = WISH_FILE;
        return true;
    }
    if (!slice_starts(text, "channel:")) {
        return false;
    }
    const struct channel_config *channel = config_channel_by_code(config, slice_from(text, 8));
    out->wish = WISH_CHANNEL;
    out->channel = channel ? channel->row.id : (struct channel_id){0};
    return channel != NULL;
}

static bool is_meant(const struct opening_said *said, const struct opening_choice *choice)
{
    return choice->wish == WISH_FILE
               ? said->source == SAID_BY_FILE
               : said->source == SAID_BY_CHANNEL && said->channel.v == choice->channel.v;
}

bool opening_choose(const struct opening_row *row,
                    const struct opening_choice *choice,
                    int64_t *out_figure,
                    const char **out_why)
{
    const struct opening_said *first = NULL;
    if (choice->wish == WISH_AGREED) {
        *out_why = "they do not agree";
        *out_figure = row->state == OPENING_AGREE ? row->figure : *out_figure;
        return row->state == OPENING_AGREE;
    }
    for (size_t i = 0; i < row->said_count; i++) {
        const struct opening_said *said = &row->said[i];
        if (!is_meant(said, choice)) {
            continue;
        }
        if (said->voice.silence != VOICE_SPEAKS) {
            *out_why = silence_why(said->voice.silence);
            return false;
        }
        if (first && first->voice.figure != said->voice.figure) {
            *out_why = "has several listings of it that show different counts";
            return false;
        }
        first = said;
    }
    *out_why = choice->wish == WISH_FILE ? "is not there: send one to POST /v1/opening/file"
                                         : "does not list this SKU at this location";
    *out_figure = first ? first->voice.figure : *out_figure;
    return first != NULL;
}

/* ---- shown ---- */

static struct slice
name_of(const struct config *config, const struct opening_said *said, struct arena *arena)
{
    const struct channel_config *channel = config_channel(config, said->channel);
    switch (said->source) {
    case SAID_BY_FILE:
        return SLICE("file");
    case SAID_BY_LEDGER:
        return SLICE("ledger");
    case SAID_BY_CHANNEL:
        break;
    }
    return channel ? arena_printf(arena, "channel:%.*s", SLICE_ARG(channel->row.code)) : SLICE("");
}

struct slice
opening_why(const struct config *config, const struct opening_row *row, struct arena *arena)
{
    struct slice why = {0};
    if (row->state == OPENING_AGREE) {
        return why;
    }
    if (row->said_count == 0) {
        return SLICE("nobody says anything: no channel lists it here, and there is no file");
    }
    for (size_t i = 0; i < row->said_count; i++) {
        const struct opening_said *said = &row->said[i];
        struct slice name = name_of(config, said, arena);
        bool speaks = said->voice.silence == VOICE_SPEAKS;
        if (speaks && row->state == OPENING_DISAGREE) {
            why = arena_printf(arena,
                               "%.*s%s%.*s says %" PRId64,
                               SLICE_ARG(why),
                               why.n ? "; " : "",
                               SLICE_ARG(name),
                               said->voice.figure);
        } else if (!speaks && row->state == OPENING_MISSING) {
            why = arena_printf(arena,
                               "%.*s%s%.*s %s",
                               SLICE_ARG(why),
                               why.n ? "; " : "",
                               SLICE_ARG(name),
                               silence_why(said->voice.silence));
        }
    }
    return why;
}

void show_opening_said(struct json_writer *w,
                       const struct config *config,
                       const struct opening_row *row)
{
    json_key(w, "said");
    json_begin_array(w);
    for (size_t i = 0; i < row->said_count; i++) {
        const struct opening_said *said = &row->said[i];
        const struct channel_config *channel = config_channel(config, said->channel);
        json_begin_object(w);
        json_field_str(w,
                       "by",
                       said->source == SAID_BY_FILE     ? "file"
                       : said->source == SAID_BY_LEDGER ? "ledger"
                                                        : "channel");
        if (said->source == SAID_BY_CHANNEL && channel) {
            json_field_text(w, "channel", channel->row.code);
        } else {
            json_field_null(w, "channel");
        }
        if (said->voice.silence == VOICE_SPEAKS) {
            json_field_int(w, "quantity", said->voice.figure);
        } else {
            json_field_null(w, "quantity");
        }
        json_field_str(w,
                       "silence",
                       said->voice.silence == VOICE_SPEAKS ? NULL
                                                           : silence_text(said->voice.silence));
        json_field_time(w, "at", said->at_us);
        json_end_object(w);
    }
    json_end_array(w);
}

void show_opening(struct show *s, const struct opening_row *row, struct arena *arena)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    json_field_text(w, "sku", row->sku->code);
    json_field_text(w, "title", row->sku->title);
    json_field_str(w, "state", opening_state_text(row->state));
    if (row->state == OPENING_AGREE) {
        json_field_int(w, "quantity", row->figure);
        json_field_null(w, "why");
    } else {
        json_field_null(w, "quantity");
        json_field_text(w, "why", opening_why(s->config, row, arena));
    }
    json_field_bool(w, "has_moved", row->has_moved);
    if (row->has_moved) {
        json_field_int(w, "on_hand", row->on_hand);
    } else {
        json_field_null(w, "on_hand");
    }
    show_opening_said(w, s->config, row);
    json_end_object(w);
}
