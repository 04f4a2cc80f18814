/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical dump: one JSON object a line, in the byte order of the rows' keys, everything by
 * its code. Two stores that hold the same state give the same bytes, whatever came first and
 * whatever ids their rows got. Rows that say nothing (a balance of zeros) are left out: they count
 * as absent.
 */
#include "base/json_write.h"
#include "store/store.h"

#define PAGE 512
#define PAGE_BYTES_MAX ((size_t)1024 * 1024 * 1024)
#define LINE_BYTES_MAX ((size_t)16 * 1024 * 1024)

struct dump {
    struct store *store;
    void (*line)(void *arg, struct slice text);
    void *arg;
    struct arena all, page; /* locations and channels; the rows in hand */
    struct buf text;
    struct json_writer w;
    struct rows locations, channels; /* channels by code */
};

static void begin_line(struct dump *d, const char *row)
{
    buf_clear(&d->text);
    d->w = json_writer(&d->text);
    json_begin_object(&d->w);
    json_field_str(&d->w, "row", row);
}

static enum err end_line(struct dump *d)
{
    json_end_object(&d->w);
    if (d->text.overflow || d->page.exhausted) {
        return ERR_LIMIT;
    }
    d->line(d->arg, buf_view(&d->text));
    return ERR_OK;
}

static struct slice location_code(const struct dump *d, struct location_id id)
{
    for (size_t i = 0; i < d->locations.count; i++) {
        const struct location_row *row = d->locations.items[i];
        if (row->id.v == id.v) {
            return row->code;
        }
    }
    return (struct slice){0};
}

static void put_code(struct dump *d, const char *key, struct slice code)
{
    if (code.n) {
        json_field_text(&d->w, key, code);
    } else {
        json_field_null(&d->w, key);
    }
}

/* The code of a SKU; empty when there is none. */
static enum err sku_code(struct dump *d, struct sku_id id, struct slice *out)
{
    struct sku_row *row = NULL;
    enum err e = id.v ? d->store->ops->skus(d->store, &id, 1, &d->page, &row) : ERR_OK;
    *out = !e && row ? row->code : (struct slice){0};
    return e;
}

/* ---- balances ---- */

struct place { /* a stock row under its location's code */
    struct slice code;
    const struct stock *row;
};

static int place_compare(const void *a, const void *b)
{
    return slice_compare(((const struct place *)a)->code, ((const struct place *)b)->code);
}

static int reason_compare(const void *a, const void *b)
{
    const struct stock_reason *const *x = a, *const *y = b;
    return slice_compare((*x)->reason, (*y)->reason);
}

static enum err put_reasons(struct dump *d, const struct stock *row)
{
    size_t count = 0;
    for (const struct stock_reason *r = row->reasons; r; r = r->next) {
        count += r->quantity != 0;
    }
    const struct stock_reason **sorted =
        ARENA_ARRAY(&d->page, count + 1, const struct stock_reason *);
    if (!sorted) {
        return ERR_LIMIT;
    }
    size_t n = 0;
    for (const struct stock_reason *r = row->reasons; r; r = r->next) {
        if (r->quantity) {
            sorted[n++] = r;
        }
    }
    qsort(sorted, n, sizeof(*sorted), reason_compare);
    json_key(&d->w, "unavailable_by");
    json_begin_object(&d->w);
    for (size_t i = 0; i < n; i++) {
        json_key_slice(&d->w, sorted[i]->reason);
        json_put_int(&d->w, sorted[i]->quantity);
    }
    json_end_object(&d->w);
    return ERR_OK;
}

static enum err dump_balance(struct dump *d, const struct sku_row *sku, const struct place *place)
{
    const struct stock *row = place->row;
    if (!row->available && !row->held && !row->reserved && !row->unavailable && !row->in_transit) {
        return ERR_OK;
    }
    begin_line(d, "balance");
    json_field_text(&d->w, "sku", sku->code);
    put_code(d, "location", place->code);
    json_field_int(&d->w, "available", row->available);
    json_field_int(&d->w, "held", row->held);
    json_field_int(&d->w, "reserved", row->reserved);
    json_field_int(&d->w, "unavailable", row->unavailable);
    json_field_int(&d->w, "in_transit", row->in_transit);
    enum err e = put_reasons(d, row);
    enum err ended = end_line(d);
    return e ? e : ended;
}

static enum err dump_balances_of(struct dump *d, const struct sku_row *sku)
{
    ON_EXIT(stock_set_free) struct stock_set stock;
    stock_set_init(&stock, &d->page);
    enum err e = d->store->ops->stock(d->store, &sku->id, 1, &stock);
    struct place *places = ARENA_ARRAY(&d->page, stock.rows.items_count + 1, struct place);
    if (e || !places) {
        return e ? e : ERR_LIMIT;
    }
    size_t n = 0;
    for (struct stock *row = stock_set_first(&stock, sku->id); row; row = row->next_of_sku) {
        places[n++] = (struct place){location_code(d, row->location), row};
    }
    qsort(places, n, sizeof(*places), place_compare);
    for (size_t i = 0; !e && i < n; i++) {
        e = dump_balance(d, sku, &places[i]);
    }
    return e;
}

static enum err dump_balances(struct dump *d)
{
    ON_EXIT(arena_free) struct arena cursor;
    arena_init(&cursor, LINE_BYTES_MAX);
    struct slice after = {0};
    for (;;) {
        struct rows rows = {0};
        arena_clear(&d->page);
        enum err e = d->store->ops->walk_skus(d->store, after, PAGE, &d->page, &rows);
        for (size_t i = 0; !e && i < rows.count; i++) {
            e = dump_balances_of(d, rows.items[i]);
        }
        if (e || rows.count == 0) {
            return e;
        }
        arena_clear(&cursor);
        after = arena_copy(&cursor, ((const struct sku_row *)rows.items[rows.count - 1])->code_key);
        if (!after.p) {
            return ERR_LIMIT;
        }
    }
}

/* ---- orders ---- */

static void put_counts(struct dump *d, const char *key, const struct order_counts *c)
{
    json_key(&d->w, key);
    json_begin_object(&d->w);
    json_field_int(&d->w, "ordered", c->ordered);
    json_field_int(&d->w, "cancelled", c->cancelled);
    json_field_int(&d->w, "fulfilled", c->fulfilled);
    json_field_int(&d->w, "returned", c->returned);
    json_field_int(&d->w, "restocked", c->restocked);
    json_field_int(&d->w, "no_restock", c->no_restock);
    json_end_object(&d->w);
}

static int line_compare(const void *a, const void *b)
{
    const struct order_line *const *x = a, *const *y = b;
    return slice_compare((*x)->id, (*y)->id);
}

static void put_order_key(struct dump *d, const struct channel_row *channel, const struct order *o)
{
    json_field_text(&d->w, "channel", channel->code);
    json_field_text(&d->w, "order", o->id);
}

static enum err dump_line(struct dump *d,
                          const struct channel_row *channel,
                          const struct order *order,
                          const struct order_line *line)
{
    struct slice sku;
    enum err e = sku_code(d, line->sku, &sku);
    begin_line(d, "line");
    put_order_key(d, channel, order);
    json_field_text(&d->w, "line", line->id);
    json_field_text(&d->w, "remote", line->remote);
    put_code(d, "remote_other", line->remote_other);
    put_code(d, "location", location_code(d, line->location));
    json_field_bool(&d->w, "channel_fulfilled", line->channel_fulfilled);
    put_counts(d, "now", &line->now);
    put_counts(d, "baseline", &line->baseline);
    put_code(d, "sku", sku);
    json_key(&d->w, "parts");
    json_begin_array(&d->w);
    for (size_t i = 0; i < line->parts_count; i++) {
        struct slice part = {0};
        e = e ? e : sku_code(d, line->parts[i].sku, &part);
        json_begin_object(&d->w);
        put_code(d, "sku", part);
        json_field_int(&d->w, "quantity", line->parts[i].quantity);
        json_end_object(&d->w);
    }
    json_end_array(&d->w);
    enum err ended = end_line(d);
    return e ? e : ended;
}

struct reservation { /* an allocation by its codes */
    struct slice line, sku, location;
    const struct allocation *is;
};

static int reservation_compare(const void *a, const void *b)
{
    const struct reservation *x = a, *y = b;
    int order = slice_compare(x->line, y->line);
    order = order ? order : slice_compare(x->sku, y->sku);
    return order ? order : slice_compare(x->location, y->location);
}

static enum err
dump_reservations(struct dump *d, const struct channel_row *channel, const struct order *order)
{
    size_t n = order->allocations_count;
    struct reservation *sorted = ARENA_ARRAY(&d->page, n + 1, struct reservation);
    enum err e = sorted ? ERR_OK : ERR_LIMIT;
    for (size_t i = 0; !e && i < n; i++) {
        const struct allocation *a = &order->allocations[i];
        if (a->line >= order->lines_count || a->part >= order->lines[a->line].parts_count) {
            return ERR_CORRUPT;
        }
        const struct order_line *line = &order->lines[a->line];
        sorted[i] = (struct reservation){
            .line = line->id, .location = location_code(d, a->location), .is = a};
        e = sku_code(d, line->parts[a->part].sku, &sorted[i].sku);
    }
    if (e) {
        return e;
    }
    qsort(sorted, n, sizeof(*sorted), reservation_compare);
    for (size_t i = 0; !e && i < n; i++) {
        const struct reservation *r = &sorted[i];
        begin_line(d, "reservation");
        put_order_key(d, channel, order);
        json_field_text(&d->w, "line", r->line);
        put_code(d, "sku", r->sku);
        put_code(d, "location", r->location);
        json_field_int(&d->w, "reserved", r->is->reserved);
        json_field_int(&d->w, "shipped", r->is->shipped);
        json_field_int(&d->w, "no_restock", r->is->no_restock);
        json_field_int(&d->w, "returned", r->is->returned);
        json_field_int(&d->w, "restocked", r->is->restocked);
        e = end_line(d);
    }
    return e;
}

static enum err
dump_order(struct dump *d, const struct channel_row *channel, const struct order *order)
{
    begin_line(d, "order");
    put_order_key(d, channel, order);
    json_field_text(&d->w, "version", order->version_text);
    json_field_text(&d->w, "country", order->country);
    json_field_text(&d->w, "region", order->region);
    json_field_bool(&d->w, "is_test", order->is_test);
    json_field_bool(&d->w, "is_baseline", order->is_baseline);
    enum err e = end_line(d);
    const struct order_line **sorted =
        ARENA_ARRAY(&d->page, order->lines_count + 1, const struct order_line *);
    if (e || !sorted) {
        return e ? e : ERR_LIMIT;
    }
    for (size_t i = 0; i < order->lines_count; i++) {
        sorted[i] = &order->lines[i];
    }
    qsort(sorted, order->lines_count, sizeof(*sorted), line_compare);
    for (size_t i = 0; !e && i < order->lines_count; i++) {
        e = dump_line(d, channel, order, sorted[i]);
    }
    return e ? e : dump_reservations(d, channel, order);
}

static enum err dump_orders(struct dump *d, const struct channel_row *channel)
{
    ON_EXIT(arena_free) struct arena cursor;
    arena_init(&cursor, LINE_BYTES_MAX);
    struct slice after = {0};
    for (;;) {
        struct rows rows = {0};
        arena_clear(&d->page);
        enum err e =
            d->store->ops->walk_orders(d->store, channel->id, after, PAGE, &d->page, &rows);
        for (size_t i = 0; !e && i < rows.count; i++) {
            e = dump_order(d, channel, &((const struct order_row *)rows.items[i])->order);
        }
        if (e || rows.count == 0) {
            return e;
        }
        arena_clear(&cursor);
        after =
            arena_copy(&cursor, ((const struct order_row *)rows.items[rows.count - 1])->order.id);
        if (!after.p) {
            return ERR_LIMIT;
        }
    }
}

/* ---- listings, parked lines ---- */

static enum err
dump_listing(struct dump *d, const struct channel_row *channel, const struct listing_row *row)
{
    struct slice sku;
    enum err e = sku_code(d, row->sku, &sku);
    if (e) {
        return e;
    }
    begin_line(d, "listing");
    json_field_text(&d->w, "channel", channel->code);
    json_field_text(&d->w, "key", row->key);
    put_code(d, "location", location_code(d, row->location));
    put_code(d, "sku", sku);
    json_field_int(&d->w, "sellable", row->sellable);
    return end_line(d);
}

static enum err dump_listings(struct dump *d, const struct channel_row *channel)
{
    ON_EXIT(arena_free) struct arena cursor;
    arena_init(&cursor, LINE_BYTES_MAX);
    struct slice after = {0};
    struct location_id at = {-1};
    for (;;) {
        struct rows rows = {0};
        arena_clear(&d->page);
        enum err e =
            d->store->ops->walk_listings(d->store, channel->id, after, at, PAGE, &d->page, &rows);
        for (size_t i = 0; !e && i < rows.count; i++) {
            e = dump_listing(d, channel, rows.items[i]);
        }
        if (e || rows.count == 0) {
            return e;
        }
        const struct listing_row *last = rows.items[rows.count - 1];
        arena_clear(&cursor);
        after = arena_copy(&cursor, last->key);
        at = last->location;
        if (!after.p) {
            return ERR_LIMIT;
        }
    }
}

static int text_compare(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* All that waits under one key, by the ids of the orders. */
struct parked_group {
    struct arena arena;
    struct slice key;
    struct slice *orders;
    size_t count, cap;
};

static enum err
flush_parked(struct dump *d, const struct channel_row *channel, struct parked_group *g)
{
    enum err e = ERR_OK;
    if (g->count) {
        qsort(g->orders, g->count, sizeof(*g->orders), text_compare);
    }
    for (size_t i = 0; !e && i < g->count; i++) {
        begin_line(d, "parked");
        json_field_text(&d->w, "channel", channel->code);
        json_field_text(&d->w, "key", g->key);
        put_code(d, "order", g->orders[i]);
        e = end_line(d);
    }
    g->count = g->cap = 0;
    g->orders = NULL;
    arena_clear(&g->arena);
    return e;
}

static enum err add_parked(struct dump *d, struct parked_group *g, const struct parked_row *row)
{
    if (g->count == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 16;
        struct slice *orders = ARENA_ARRAY(&g->arena, cap, struct slice);
        if (!orders) {
            return ERR_LIMIT;
        }
        if (g->count) {
            memcpy(orders, g->orders, g->count * sizeof(*orders));
        }
        g->orders = orders;
        g->cap = cap;
    }
    struct order_row *order = NULL;
    enum err e =
        row->order ? d->store->ops->order_by_n(d->store, row->order, &d->page, &order) : ERR_OK;
    g->key = g->count ? g->key : arena_copy(&g->arena, row->key);
    g->orders[g->count++] = order ? arena_copy(&g->arena, order->order.id) : (struct slice){0};
    return e ? e : g->arena.exhausted ? ERR_LIMIT : ERR_OK;
}

static enum err
walk_parked(struct dump *d, const struct channel_row *channel, struct parked_group *g)
{
    ON_EXIT(arena_free) struct arena cursor;
    arena_init(&cursor, LINE_BYTES_MAX);
    struct slice after = {0};
    int64_t after_order = -1;
    for (;;) {
        struct rows rows = {0};
        arena_clear(&d->page);
        enum err e = d->store->ops->walk_parked(
            d->store, channel->id, after, after_order, PAGE, &d->page, &rows);
        for (size_t i = 0; !e && i < rows.count; i++) {
            const struct parked_row *row = rows.items[i];
            if (g->count && !slice_equal(g->key, row->key)) {
                e = flush_parked(d, channel, g);
            }
            e = e ? e : add_parked(d, g, row);
        }
        if (e || rows.count == 0) {
            return e;
        }
        const struct parked_row *last = rows.items[rows.count - 1];
        arena_clear(&cursor);
        after = arena_copy(&cursor, last->key);
        after_order = last->order;
        if (!after.p) {
            return ERR_LIMIT;
        }
    }
}

static enum err dump_parked(struct dump *d, const struct channel_row *channel)
{
    struct parked_group group = {0};
    arena_init(&group.arena, PAGE_BYTES_MAX);
    enum err e = walk_parked(d, channel, &group);
    e = e ? e : flush_parked(d, channel, &group);
    arena_free(&group.arena);
    return e;
}

static int channel_compare(const void *a, const void *b)
{
    const struct channel_row *const *x = a, *const *y = b;
    return slice_compare((*x)->code, (*y)->code);
}

static enum err of_channels(struct dump *d,
                            enum err (*part)(struct dump *d, const struct channel_row *channel))
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < d->channels.count; i++) {
        e = part(d, d->channels.items[i]);
    }
    return e;
}

static enum err dump_all(struct dump *d)
{
    enum err e = d->store->ops->locations(d->store, &d->all, &d->locations);
    e = e ? e : d->store->ops->channels(d->store, &d->all, &d->channels);
    if (e) {
        return e;
    }
    if (d->channels.count) {
        qsort(d->channels.items, d->channels.count, sizeof(void *), channel_compare);
    }
    e = dump_balances(d);
    e = e ? e : of_channels(d, dump_orders);
    e = e ? e : of_channels(d, dump_listings);
    return e ? e : of_channels(d, dump_parked);
}

enum err store_dump(struct store *store,
                    void (*line)(void *arg, struct slice text),
                    void *arg,
                    struct err_note *note)
{
    struct dump d = {.store = store, .line = line, .arg = arg};
    arena_init(&d.all, PAGE_BYTES_MAX);
    arena_init(&d.page, PAGE_BYTES_MAX);
    buf_init(&d.text, LINE_BYTES_MAX);
    enum err e = store->ops->begin(store);
    if (!e) {
        e = dump_all(&d);
        store->ops->rollback(store);
    }
    arena_free(&d.all);
    arena_free(&d.page);
    buf_free(&d.text);
    return e ? err_note(note, e, "the dump stopped: %s", err_text(e)) : ERR_OK;
}
