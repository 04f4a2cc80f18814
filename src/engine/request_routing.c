/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The routing tester: where an order of a channel would be served from at this moment, and what was
 * decided about each location of its route. The decision is the one that orders get
 * (core/route.h); nothing is booked.
 */
#include "engine/request.h"
#include "engine/request_parts.h"

#define LINES_MAX 500
#define NEEDS_MAX 2000

struct work {
    struct batch *b;
    struct turn *turn;
    const struct channel_config *channel;
    struct slice country, region;
    struct route_need *needs;
    size_t needs_count;
    struct route_pick *picks;
    size_t picks_count;
    int64_t units;
};

/* ---- reading ---- */

static void
add_needs(struct work *w, const struct form *f, const struct batch_sku *sku, int64_t quantity)
{
    struct batch *b = w->b;
    size_t count;
    const struct component *parts = batch_parts(b, sku, quantity, &count);
    if (parts && w->needs_count + count > NEEDS_MAX) {
        form_refuse(f,
                    400,
                    "invalid",
                    "sku",
                    "the lines take more than %d SKUs and components: try fewer",
                    NEEDS_MAX);
        return;
    }
    for (size_t i = 0; parts && i < count; i++) {
        struct batch_sku *part = batch_sku(b, parts[i].sku);
        if (part) {
            batch_load_stock(b, part);
        }
        w->needs[w->needs_count++] = (struct route_need){parts[i].sku, parts[i].quantity};
        w->units += parts[i].quantity;
    }
}

static void read_lines(struct work *w, struct json list)
{
    static const char *const fields[] = {"sku", "quantity"};
    struct form_items items = form_list(w->turn, list, "lines", LINES_MAX);
    while (!request_refused(w->turn) && !w->b->err && form_next(&items)) {
        struct form f =
            form_begin(w->b, w->turn, items.item, items.where, fields, COUNT_OF(fields));
        int64_t quantity = 0;
        const struct batch_sku *sku = form_sku(&f, "sku");
        form_needs(&f, "quantity");
        form_int(&f, "quantity", 1, QTY_MAX / 1000, &quantity);
        if (form_ok(&f)) {
            add_needs(w, &f, sku, quantity);
        }
    }
}

/* ---- why ---- */

static int64_t taken_at(const struct work *w, struct location_id at)
{
    int64_t units = 0;
    for (size_t i = 0; i < w->picks_count; i++) {
        units += w->picks[i].location.v == at.v ? w->picks[i].quantity : 0;
    }
    return units;
}

/* Has it something of what is asked for; all of it? */
static void look_at(const struct work *w, struct location_id at, bool *out_some, bool *out_all)
{
    *out_some = false;
    *out_all = true;
    for (size_t i = 0; i < w->needs_count; i++) {
        int64_t demand = 0;
        for (size_t k = 0; k < w->needs_count; k++) {
            demand += w->needs[k].sku.v == w->needs[i].sku.v ? w->needs[k].quantity : 0;
        }
        const struct stock *row = stock_set_find(&w->b->stock, w->needs[i].sku, at);
        int64_t there = row && row->available > 0 ? row->available : 0;
        *out_some |= there > 0;
        *out_all &= there >= demand;
    }
}

static const char *verdict_of(const struct work *w, const struct route_stop *stop, char detail[160])
{
    const size_t size = 160;
    int64_t taken = taken_at(w, stop->location);
    bool some, all;
    look_at(w, stop->location, &some, &all);
    if (taken == w->units) {
        (void)snprintf(detail,
                       size,
                       all ? "it has all %" PRId64 " units, for %" PRId64
                           : "no location has them: all %" PRId64
                             " units are owed here, for %" PRId64,
                       taken,
                       route_price(stop, taken));
        return "serves_all";
    }
    if (taken) {
        (void)snprintf(detail,
                       size,
                       "no location has everything: %" PRId64 " of %" PRId64
                       " units come from here, for %" PRId64,
                       taken,
                       w->units,
                       route_price(stop, taken));
        return "serves_part";
    }
    if (!stop->is_active) {
        (void)snprintf(detail, size, "the location is not active");
        return "inactive";
    }
    if (!route_serves(stop, w->country, w->region)) {
        (void)snprintf(detail,
                       size,
                       "the route does not serve '%.*s%s%.*s' from here",
                       w->country.n < 20 ? (int)w->country.n : 20,
                       w->country.n ? w->country.p : "",
                       w->region.n ? "-" : "",
                       w->region.n < 20 ? (int)w->region.n : 20,
                       w->region.n ? w->region.p : "");
        return "elsewhere";
    }
    (void)snprintf(detail,
                   size,
                   all ? "it has everything too, for %" PRId64
                         ", but another one comes first in the route or is cheaper"
                   : some ? "it has not all of it; %" PRId64 " would be the price"
                          : "it has none of it; %" PRId64 " would be the price",
                   route_price(stop, w->units));
    return "unused";
}

static void answer(struct work *w)
{
    struct show s = request_show(w->b, w->turn);
    struct json_writer *out = &s.w;
    w->turn->status = 200;
    json_begin_object(out);
    json_key(out, "serves");
    json_begin_array(out);
    for (size_t i = 0; i < w->picks_count; i++) {
        const struct route_pick *pick = &w->picks[i];
        json_begin_object(out);
        show_sku_code(&s, "sku", w->needs[pick->need].sku);
        show_location_code(&s, "location", pick->location);
        json_field_int(out, "quantity", pick->quantity);
        json_field_int(out, "short", pick->short_units);
        json_end_object(out);
    }
    json_end_array(out);
    json_key(out, "why");
    json_begin_array(out);
    for (size_t i = 0; i < w->channel->stops_count; i++) {
        const struct route_stop *stop = &w->channel->stops[i];
        char detail[160] = "";
        const char *verdict = verdict_of(w, stop, detail);
        json_begin_object(out);
        show_location_code(&s, "location", stop->location);
        json_field_str(out, "verdict", verdict);
        json_field_str(out, "detail", detail);
        json_end_object(out);
    }
    json_end_array(out);
    json_end_object(out);
}

void request_routing_try(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"channel", "country", "region", "lines"};
    struct json body;
    struct work w = {.b = b, .turn = turn};
    if (!form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    w.channel = form_channel(&f, "channel");
    form_text(&f, "country", 0, &w.country);
    form_text(&f, "region", 0, &w.region);
    w.needs = ARENA_ARRAY(&b->arena, NEEDS_MAX, struct route_need);
    if (form_ok(&f) && w.needs) {
        read_lines(&w, json_get(body, "lines"));
    }
    if (!form_ok(&f)) {
        return;
    }
    size_t stops = w.channel->stops_count;
    w.picks = ARENA_ARRAY(&b->arena, w.needs_count * (stops + 1) + 1, struct route_pick);
    if (!w.needs || !w.picks) {
        batch_fail(b, ERR_LIMIT, "a route");
        return;
    }
    w.picks_count = route_decide(
        w.channel->stops, stops, w.country, w.region, w.needs, w.needs_count, &b->stock, w.picks);
    if (w.picks_count == 0) {
        request_refuse(turn,
                       422,
                       "no-location",
                       "channel",
                       "the route of '%.*s' has no active location: nothing would be served",
                       SLICE_ARG(w.channel->row.code));
        return;
    }
    answer(&w);
}
