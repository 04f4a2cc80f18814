/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds: all lines or none, from units that are there. A hold never goes short: what other orders
 * are owed anywhere is not there to be held. The same owner's newer hold replaces the older one in
 * the same decision, so that a shopper never stands in the way of himself.
 */
#include "base/map.h"
#include "engine/holds.h"
#include "engine/problem.h"
#include "engine/request.h"
#include "engine/request_parts.h"

#define LINES_MAX 500
#define NEEDS_MAX 2000
#define EXPIRES_DEFAULT_S 900
#define EXPIRES_MAX_S 86400

/* What all lines together ask of one SKU, and what there is of it. */
struct tally {
    struct sku_id sku;
    int64_t demand, there;
};

struct work {
    struct batch *b;
    struct turn *turn;
    struct ledger ledger;
    struct hold_line *lines;
    const struct component **parts; /* of each line, for all its units */
    size_t *parts_counts;
    size_t count, needs_count;
    const struct route_stop *stops;
    size_t stops_count;
    struct slice country, region;
    struct map tallies; /* sku -> struct tally */
};

/* ---- reading ---- */

static void read_line(struct work *w, const struct form *f)
{
    struct hold_line *line = &w->lines[w->count];
    form_needs(f, "quantity");
    form_int(f, "quantity", 1, QTY_MAX / 1000, &line->quantity);
    const struct batch_sku *sku = form_sku(f, "sku");
    if (!sku) {
        return;
    }
    line->sku = sku->row.id;
    line->code = sku->row.code;
    w->parts[w->count] = batch_parts(w->b, sku, line->quantity, &w->parts_counts[w->count]);
    w->needs_count += w->parts_counts[w->count];
    w->count++;
    if (w->needs_count > NEEDS_MAX) {
        form_refuse(f,
                    400,
                    "invalid",
                    "sku",
                    "the lines take more than %d SKUs and components: split the hold",
                    NEEDS_MAX);
    }
}

static void read_lines(struct work *w, struct json list)
{
    static const char *const fields[] = {"sku", "quantity"};
    struct form_items items = form_list(w->turn, list, "lines", LINES_MAX);
    size_t max = items.count + 1;
    w->lines = ARENA_ARRAY(&w->b->arena, max, struct hold_line);
    w->parts = ARENA_ARRAY(&w->b->arena, max, const struct component *);
    w->parts_counts = ARENA_ARRAY(&w->b->arena, max, size_t);
    if (!w->lines || !w->parts || !w->parts_counts) {
        batch_fail(w->b, ERR_LIMIT, "a hold");
        return;
    }
    while (!request_refused(w->turn) && !w->b->err && form_next(&items)) {
        struct form line =
            form_begin(w->b, w->turn, items.item, items.where, fields, COUNT_OF(fields));
        read_line(w, &line);
    }
}

static void read_route(struct work *w, const struct form *f, struct hold_row *row)
{
    const struct config *config = w->b->config;
    form_text(f, "channel", 0, &row->channel);
    if (!form_ok(f)) {
        return;
    }
    if (row->channel.n) {
        const struct channel_config *channel = config_channel_by_code(config, row->channel);
        if (!channel) {
            form_refuse(f,
                        422,
                        "unknown-channel",
                        "channel",
                        "channel: there is no channel '%.*s'",
                        SLICE_ARG(row->channel));
            return;
        }
        w->stops = channel->stops;
        w->stops_count = channel->stops_count;
        return;
    }
    struct route_stop *stops =
        ARENA_ARRAY(&w->b->arena, config->locations_count + 1, struct route_stop);
    if (!stops) {
        batch_fail(w->b, ERR_LIMIT, "a hold");
        return;
    }
    for (size_t i = 0; i < config->locations_count; i++) {
        stops[i] = (struct route_stop){.location = config->locations[i]->id,
                                       .is_active = config->locations[i]->is_active};
    }
    w->stops = stops;
    w->stops_count = config->locations_count;
}

/* ---- deciding ---- */

static struct tally *tally_of(struct work *w, struct sku_id sku)
{
    struct tally *tally = map_get(&w->tallies, MAP_KEY(&sku));
    if (tally) {
        return tally;
    }
    struct batch *b = w->b;
    struct batch_sku *loaded = batch_sku(b, sku);
    tally = ARENA_NEW(&b->arena, struct tally);
    if (!tally || !loaded) {
        batch_fail(b, loaded ? ERR_LIMIT : ERR_CORRUPT, "a hold's SKU");
        return NULL;
    }
    batch_load_stock(b, loaded);
    tally->sku = sku;
    tally->there = -stock_debt(&b->stock, sku);
    for (size_t i = 0; i < w->stops_count; i++) {
        const struct stock *row = stock_set_find(&b->stock, sku, w->stops[i].location);
        if (row && row->available > 0 && route_serves(&w->stops[i], w->country, w->region)) {
            tally->there += row->available;
        }
    }
    tally->there = tally->there > 0 ? tally->there : 0;
    if (!map_set(&w->tallies, MAP_KEY(&tally->sku), tally)) {
        batch_fail(b, ERR_MEMORY, "a hold");
    }
    return tally;
}

/* How many of the line's units there are; true when the hold as a whole asks for more. */
static bool is_short(struct work *w, size_t i, int64_t *out_available)
{
    bool over = false;
    int64_t available = INT64_MAX;
    for (size_t p = 0; p < w->parts_counts[i]; p++) {
        const struct tally *tally = tally_of(w, w->parts[i][p].sku);
        if (tally) {
            int64_t per_unit = w->parts[i][p].quantity / w->lines[i].quantity;
            over = over || tally->demand > tally->there;
            available = tally->there / per_unit < available ? tally->there / per_unit : available;
        }
    }
    *out_available = available;
    return over;
}

static bool refuse_short(struct work *w)
{
    int64_t available;
    bool any = false;
    for (size_t i = 0; i < w->count; i++) {
        any = is_short(w, i, &available) || any;
    }
    if (!any || w->b->err) {
        return false;
    }
    w->turn->status = 409;
    struct json_writer out = problem_begin(
        &w->turn->answer, 409, "shortage", SLICE("units are missing: nothing is held"));
    json_key(&out, "shortages");
    json_begin_array(&out);
    for (size_t i = 0; i < w->count; i++) {
        if (is_short(w, i, &available)) {
            json_begin_object(&out);
            json_field_text(&out, "sku", w->lines[i].code);
            json_field_int(&out, "requested", w->lines[i].quantity);
            json_field_int(&out, "available", available);
            json_end_object(&out);
        }
    }
    json_end_array(&out);
    problem_end(&out);
    return true;
}

/* All demands are covered by now: the route only says where. */
static void pick(struct work *w, const struct hold_row *row)
{
    struct batch *b = w->b;
    struct route_need *needs = ARENA_ARRAY(&b->arena, w->needs_count + 1, struct route_need);
    size_t *line_of = ARENA_ARRAY(&b->arena, w->needs_count + 1, size_t);
    struct route_pick *picks =
        ARENA_ARRAY(&b->arena, w->needs_count * (w->stops_count + 1) + 1, struct route_pick);
    if (!needs || !line_of || !picks) {
        batch_fail(b, ERR_LIMIT, "a hold");
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++) {
        for (size_t p = 0; p < w->parts_counts[i]; p++) {
            needs[n] = (struct route_need){w->parts[i][p].sku, w->parts[i][p].quantity};
            line_of[n++] = i;
        }
    }
    size_t picks_count =
        route_decide(w->stops, w->stops_count, w->country, w->region, needs, n, &b->stock, picks);
    struct slice reference = arena_printf(&b->arena, "hold %" PRId64, row->n);
    struct hold_pick *kept = ARENA_ARRAY(&b->arena, picks_count + 1, struct hold_pick);
    size_t kept_count = 0;
    for (size_t i = 0; kept && i < w->count; i++) {
        w->lines[i].picks = &kept[kept_count];
        for (size_t k = 0; k < picks_count; k++) {
            const struct route_pick *p = &picks[k];
            if (line_of[p->need] != i) {
                continue;
            }
            must(p->short_units == 0);
            kept[kept_count++] = (struct hold_pick){needs[p->need].sku, p->location, p->quantity};
            w->lines[i].picks_count++;
            ledger_post(&w->ledger,
                        &(struct movement){.kind = MOVE_HOLD,
                                           .sku = needs[p->need].sku,
                                           .from = {p->location, BUCKET_AVAILABLE},
                                           .to = {p->location, BUCKET_HELD},
                                           .quantity = p->quantity,
                                           .reference = reference,
                                           .happened_at_us = b->now_us});
        }
    }
    if (!kept) {
        batch_fail(b, ERR_LIMIT, "a hold");
    }
}

static void keep(struct work *w, struct hold_row *row, struct json said)
{
    struct batch *b = w->b;
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)4 * 1024 * 1024);
    hold_lines_write(w->lines, w->count, &text);
    row->lines = arena_copy(&b->arena, buf_view(&text));
    if (text.overflow) {
        batch_fail(b, ERR_LIMIT, "a hold");
    }
    int64_t event = request_event(b,
                                  w->turn,
                                  "hold",
                                  (struct channel_id){0},
                                  arena_printf(&b->arena, "hold %" PRId64, row->n),
                                  said,
                                  NULL);
    batch_movements(b, &w->ledger, event, 0);
    batch_hold_changed(b, row, HOLD_OPEN);
    w->turn->status = 201;
    struct show s = request_show(b, w->turn);
    show_hold(&s, row, w->lines, w->count, w->b->now_us);
}

static void hold(struct work *w, struct hold_row *row, struct json said)
{
    struct batch *b = w->b;
    struct hold_row *before = batch_hold_of_owner(b, row->owner);
    size_t before_count = 0;
    const struct hold_line *before_lines =
        before ? hold_lines_load(b, before, &before_count) : NULL;
    if (before_lines) {
        hold_give_back(b, &w->ledger, MOVE_HOLD_RELEASE, before, before_lines, before_count);
    }
    for (size_t i = 0; i < w->count && !b->err; i++) {
        for (size_t p = 0; p < w->parts_counts[i]; p++) {
            struct tally *tally = tally_of(w, w->parts[i][p].sku);
            if (tally) {
                tally->demand += w->parts[i][p].quantity;
            }
        }
    }
    if (b->err) {
        return;
    }
    if (refuse_short(w)) {
        ledger_undo(&w->ledger);
        return;
    }
    row->n = b->store->ops->next_id(b->store, ID_HOLD);
    pick(w, row);
    if (before && !b->err) {
        batch_hold_changed(b, before, HOLD_RELEASED);
    }
    if (!b->err) {
        keep(w, row, said);
    }
}

void request_holds_create(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {
        "owner", "channel", "lines", "expires_in", "country", "region"};
    struct json body;
    struct work w = {.b = b, .turn = turn, .ledger = {.arena = &b->arena, .stock = &b->stock}};
    struct hold_row *row = ARENA_NEW(&b->arena, struct hold_row);
    int64_t expires_s = EXPIRES_DEFAULT_S;
    if (!row) {
        batch_fail(b, ERR_LIMIT, "a hold");
        return;
    }
    if (!form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    row->created_at_us = b->now_us;
    form_needs(&f, "owner");
    form_needs(&f, "lines");
    form_text(&f, "owner", 1, &row->owner);
    form_int(&f, "expires_in", 1, EXPIRES_MAX_S, &expires_s);
    form_text(&f, "country", 0, &w.country);
    form_text(&f, "region", 0, &w.region);
    row->expires_at_us = b->now_us + expires_s * US_PER_S;
    read_route(&w, &f, row);
    struct json lines = form_json(&f, "lines", JSON_ARRAY);
    if (!form_ok(&f)) {
        return;
    }
    map_init(&w.tallies);
    read_lines(&w, lines);
    if (form_ok(&f)) {
        hold(&w, row, body);
    }
    map_free(&w.tallies);
}
