/* SPDX-License-Identifier: Apache-2.0 */
/* What is configured and what is in stock. */
#include "engine/availability.h"
#include "engine/batch.h"
#include "intake/api_inner.h"

static int failed(struct reading *r, enum err e)
{
    return reading_problem(r, 503, "the store cannot be read", "%s", err_text(e));
}

int read_health(struct reading *r)
{
    json_begin_object(&r->show.w);
    json_field_str(&r->show.w, "status", "ok");
    json_end_object(&r->show.w);
    return 200;
}

int read_ready(struct reading *r)
{
    const char *why = engine_counters(r->api->config.engine).refuses_because;
    if (!r->api->is_ready || why) {
        return why ? reading_problem(r, 503, "not ready", "the store refuses writes: %s", why)
                   : reading_problem(r, 503, "not ready", "starting or stopping");
    }
    json_begin_object(&r->show.w);
    json_field_str(&r->show.w, "status", "ready");
    json_end_object(&r->show.w);
    return 200;
}

/* ---- SKUs, locations, channels ---- */

int read_skus(struct reading *r)
{
    struct store_query q = {0};
    struct rows rows = {0};
    if (!reading_page(r, &q)) {
        return 400;
    }
    reading_query(r, "q", &q.text);
    enum err e = r->store->ops->list_skus(r->store, &q, r->arena, &rows);
    if (e) {
        return failed(r, e);
    }
    int64_t last = 0;
    reading_begin_list(r);
    for (size_t i = 0; i < rows.count; i++) {
        const struct sku_row *row = rows.items[i];
        show_sku(&r->show, row);
        last = row->id.v;
    }
    return reading_end_list(r, rows.count, q.limit, last);
}

static const struct sku_row *wanted_sku(struct reading *r)
{
    const struct sku_row *row = reading_sku_by_code(r, r->args[0]);
    if (!row) {
        reading_problem(r, 404, "no such SKU", "there is no SKU '%.*s'", SLICE_ARG(r->args[0]));
    }
    return row;
}

int read_sku(struct reading *r)
{
    const struct sku_row *row = wanted_sku(r);
    if (!row) {
        return 404;
    }
    show_sku(&r->show, row);
    etag_sku(&r->show, row, r->etag);
    return 200;
}

int read_locations(struct reading *r)
{
    const struct config *config = r->api->channels;
    struct store_query q = {0};
    size_t shown = 0;
    int64_t last = 0;
    if (!reading_page(r, &q)) {
        return 400;
    }
    reading_begin_list(r);
    for (size_t i = 0; i < config->locations_count && shown < q.limit; i++) {
        const struct location_row *row = config->locations[i];
        if (row->id.v > q.after) {
            show_location(&r->show, row);
            last = row->id.v;
            shown++;
        }
    }
    return reading_end_list(r, shown, q.limit, last);
}

int read_location(struct reading *r)
{
    const struct location_row *row = config_location_by_code(r->api->channels, r->args[0]);
    if (!row) {
        return reading_problem(
            r, 404, "no such location", "there is no location '%.*s'", SLICE_ARG(r->args[0]));
    }
    show_location(&r->show, row);
    etag_location(&r->show, row, r->etag);
    return 200;
}

int read_channels(struct reading *r)
{
    const struct config *config = r->api->channels;
    struct store_query q = {0};
    size_t shown = 0;
    int64_t last = 0;
    if (!reading_page(r, &q)) {
        return 400;
    }
    reading_begin_list(r);
    for (size_t i = 0; i < config->channels_count && shown < q.limit; i++) {
        const struct channel_row *row = &config->channels[i].row;
        if (row->id.v > q.after) {
            show_channel(&r->show, row);
            last = row->id.v;
            shown++;
        }
    }
    return reading_end_list(r, shown, q.limit, last);
}

int read_channel(struct reading *r)
{
    const struct channel_config *channel = config_channel_by_code(r->api->channels, r->args[0]);
    if (!channel) {
        return reading_problem(
            r, 404, "no such channel", "there is no channel '%.*s'", SLICE_ARG(r->args[0]));
    }
    show_channel(&r->show, &channel->row);
    etag_channel(&r->show, &channel->row, r->etag);
    etag_add_figures(r->etag, buf_view(&r->out));
    return 200;
}

/* ---- listings ---- */

/* What it may show now, computed from the snapshot: never older than the stock beside it. */
static enum err
sellable_now(struct reading *r, const struct listing_row *row, struct avail_why *why, int64_t *out)
{
    const struct channel_config *channel = config_channel(r->api->channels, row->channel);
    struct sku_row *sku = NULL;
    *out = 0;
    enum err e = r->store->ops->skus(r->store, &row->sku, 1, r->arena, &sku);
    if (e || !sku || !channel) {
        return e;
    }
    struct stock_set stock;
    stock_set_init(&stock, r->arena);
    e = availability_load(r->store, sku, &stock);
    if (!e) {
        struct component self;
        size_t count;
        const struct component *parts = availability_parts(sku, &self, &count);
        if (why) {
            why->cap = avail_steps_max(channel->stops_count, count);
            why->steps = ARENA_ARRAY(r->arena, why->cap, struct avail_step);
        }
        *out = availability_of(channel, row, sku, parts, count, &stock, why);
    }
    stock_set_free(&stock);
    return e;
}

int read_listings(struct reading *r)
{
    struct store_query q = {0};
    struct rows rows = {0};
    if (!reading_page(r, &q)) {
        return 400;
    }
    if (!reading_channel(r, &q) || !reading_sku(r, &q)) {
        return 404;
    }
    enum err e = r->store->ops->list_listings(r->store, &q, r->arena, &rows);
    int64_t last = 0;
    reading_begin_list(r);
    for (size_t i = 0; !e && i < rows.count; i++) {
        const struct listing_row *row = rows.items[i];
        int64_t sellable;
        e = sellable_now(r, row, NULL, &sellable);
        show_listing(&r->show, row, sellable);
        last = row->id.v;
    }
    return e ? failed(r, e) : reading_end_list(r, rows.count, q.limit, last);
}

int read_listing(struct reading *r)
{
    struct listing_id id = {0};
    struct listing_row *row = NULL;
    enum err e = slice_int(r->args[0], &id.v)
                     ? r->store->ops->listings(r->store, &id, 1, r->arena, &row)
                     : ERR_OK;
    int64_t sellable = 0;
    e = e || !row ? e : sellable_now(r, row, NULL, &sellable);
    if (e) {
        return failed(r, e);
    }
    if (!row) {
        return reading_problem(
            r, 404, "no such listing", "there is no listing %.*s", SLICE_ARG(r->args[0]));
    }
    show_listing(&r->show, row, sellable);
    etag_listing(&r->show, row, r->etag);
    etag_add_figures(r->etag, buf_view(&r->out));
    return 200;
}

/* ---- stock ---- */

static enum err show_stock_of(struct reading *r, const struct sku_row *sku)
{
    struct stock_set stock;
    stock_set_init(&stock, r->arena);
    enum err e = r->store->ops->stock(r->store, &sku->id, 1, &stock);
    if (!e) {
        show_stock(&r->show, sku, stock_set_first(&stock, sku->id));
    }
    stock_set_free(&stock);
    return e;
}

int read_stocks(struct reading *r)
{
    struct store_query q = {0};
    struct rows rows = {0};
    if (!reading_page(r, &q)) {
        return 400;
    }
    enum err e = r->store->ops->list_skus(r->store, &q, r->arena, &rows);
    int64_t last = 0;
    reading_begin_list(r);
    for (size_t i = 0; !e && i < rows.count; i++) {
        const struct sku_row *row = rows.items[i];
        e = show_stock_of(r, row);
        last = row->id.v;
    }
    return e ? failed(r, e) : reading_end_list(r, rows.count, q.limit, last);
}

int read_stock(struct reading *r)
{
    const struct sku_row *sku = wanted_sku(r);
    struct slice at;
    if (!sku) {
        return 404;
    }
    if (reading_query(r, "at", &at)) {
        return read_stock_at(r, sku);
    }
    enum err e = show_stock_of(r, sku);
    return e ? failed(r, e) : 200;
}

/* ---- availability, with why ---- */

static void show_step(struct reading *r, const struct avail_step *step)
{
    struct json_writer *w = &r->show.w;
    json_begin_object(w);
    json_field_str(w, "step", avail_step_text(step->kind));
    show_location_code(&r->show, "location", step->location);
    show_sku_code(&r->show, "component", step->sku);
    json_field_int(w, "quantity", step->quantity);
    json_field_int(w, "value", step->value);
    json_end_object(w);
}

static enum err show_availability(struct reading *r,
                                  const struct sku_row *sku,
                                  const struct listing_row *row,
                                  int64_t now_us)
{
    struct avail_why why = {0};
    int64_t sellable;
    enum err e = sellable_now(r, row, &why, &sellable);
    struct json_writer *w = &r->show.w;
    json_begin_object(w);
    show_id(&r->show, "id", row->id.v);
    show_channel_code(&r->show, "channel", row->channel);
    json_field_int(w, "sellable", sellable);
    json_key(w, "why");
    json_begin_array(w);
    for (size_t i = 0; i < why.count; i++) {
        show_step(r, &why.steps[i]);
    }
    /* One of several locations of the channel shows its share of the figure. */
    if (!e && (why.count == 0 || why.steps[why.count - 1].value != sellable)) {
        json_begin_object(w);
        json_field_str(w, "step", "share");
        show_location_code(&r->show, "location", row->location);
        json_field_int(w, "quantity", sellable);
        json_field_int(w, "value", sellable);
        json_end_object(w);
    }
    json_end_array(w);
    struct exposed_row exposed = {0};
    e = e ? e : exposed_of(r->api->exposed, r->store, r->api->channels, row, sku, now_us, &exposed);
    json_key(w, "exposure");
    exposed_show(&r->show, &exposed);
    json_end_object(w);
    return e;
}

int read_availability(struct reading *r)
{
    const struct sku_row *sku = wanted_sku(r);
    struct rows rows = {0};
    if (!sku) {
        return 404;
    }
    int64_t now_us = env_wall_us(r->api->config.env);
    enum err e = r->store->ops->listings_of_sku(r->store, sku->id, r->arena, &rows);
    json_begin_object(&r->show.w);
    json_field_text(&r->show.w, "sku", sku->code);
    json_key(&r->show.w, "listings");
    json_begin_array(&r->show.w);
    for (size_t i = 0; !e && i < rows.count; i++) {
        e = show_availability(r, sku, rows.items[i], now_us);
    }
    json_end_array(&r->show.w);
    json_end_object(&r->show.w);
    return e ? failed(r, e) : 200;
}
