/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What orders keep of their units, against what their movements say. Both come in one order, by
 * channel and the channel's id, so that one walk over each is enough:
 *
 *   movements   A A A   C C   D            orders   A  B  C
 *                                                      |        ^ D: movements of no order
 *                                                      B: none, so it must keep nothing
 */
#include "store/rebuild.h"

#define PAGE 256
#define PAGE_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define ORDER_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define LOOK_EVERY 4096
#define SHOWN_MAX 64

struct figures {
    int64_t reserved, shipped, returned, restocked;
};

struct place { /* one SKU at one location, of the order in hand */
    int64_t sku, location;
    struct figures moved, kept;
    struct place *next;
};

struct check {
    struct store *store;
    bool (*must_stop)(void);
    struct err_note *note;
    int64_t movements, orders;
    struct arena all, page;
    struct arena group, spare; /* of the order in hand; of one that has no movements */
    struct rows channels, locations;
    /* the order in hand, by its movements */
    struct channel_id channel;
    struct slice id;
    struct place *places;
    bool has_group;
    /* the next of the orders */
    struct rows rows;
    size_t at, channel_at;
    struct arena cursor;
    struct slice after;
};

/* ---- sums ---- */

static struct place *place_of(struct check *c, int64_t sku, int64_t location)
{
    for (struct place *p = c->places; p; p = p->next) {
        if (p->sku == sku && p->location == location) {
            return p;
        }
    }
    struct place *p = ARENA_NEW(&c->group, struct place);
    if (p) {
        *p = (struct place){.sku = sku, .location = location, .next = c->places};
        c->places = p;
    }
    return p;
}

static enum err
add_leg(struct check *c, const struct movement *m, struct account_of leg, int64_t delta)
{
    if (leg.bucket == BUCKET_OUTSIDE) {
        return ERR_OK;
    }
    struct place *p = place_of(c, m->sku.v, leg.location.v);
    if (!p) {
        return ERR_LIMIT;
    }
    bool is_shipment = m->kind == MOVE_SHIP || m->kind == MOVE_UNSHIP;
    bool is_resale = m->kind == MOVE_RESTOCK || m->kind == MOVE_UNRESTOCK;
    p->moved.reserved += leg.bucket == BUCKET_RESERVED ? delta : 0;
    p->moved.shipped += is_shipment ? -delta : 0; /* their only leg here */
    p->moved.restocked += is_resale && leg.bucket == BUCKET_AVAILABLE ? delta : 0;
    p->moved.returned +=
        leg.bucket == BUCKET_UNAVAILABLE && slice_is(m->reason, REASON_RETURN_PENDING) ? delta : 0;
    return ERR_OK;
}

/* ---- faults ---- */

static struct slice channel_code(const struct check *c, struct channel_id id)
{
    for (size_t i = 0; i < c->channels.count; i++) {
        const struct channel_row *row = c->channels.items[i];
        if (row->id.v == id.v) {
            return row->code;
        }
    }
    return SLICE("?");
}

static struct slice location_code(const struct check *c, int64_t id)
{
    for (size_t i = 0; i < c->locations.count; i++) {
        const struct location_row *row = c->locations.items[i];
        if (row->id.v == id) {
            return row->code;
        }
    }
    return SLICE("?");
}

static int shown(struct slice text)
{
    return text.n < SHOWN_MAX ? (int)text.n : SHOWN_MAX;
}

static enum err wrong(struct check *c,
                      const struct order *order,
                      const struct place *p,
                      const char *what,
                      int64_t kept,
                      int64_t moved)
{
    struct sku_id id = {p->sku};
    struct sku_row *sku = NULL;
    struct slice channel = channel_code(c, order->channel), at = location_code(c, p->location);
    enum err e = c->store->ops->skus(c->store, &id, 1, &c->group, &sku);
    struct slice code = !e && sku ? sku->code : SLICE("?");
    return err_note(c->note,
                    ERR_CORRUPT,
                    "order '%.*s' of '%.*s': SKU '%.*s' at '%.*s': it keeps %" PRId64
                    " as %s, but its movements make %" PRId64,
                    shown(order->id),
                    order->id.p,
                    shown(channel),
                    channel.p,
                    shown(code),
                    code.p,
                    shown(at),
                    at.p,
                    kept,
                    what,
                    moved);
}

static enum err compare(struct check *c, const struct order *order)
{
    for (size_t i = 0; i < order->allocations_count; i++) {
        const struct allocation *a = &order->allocations[i];
        if (a->line >= order->lines_count || a->part >= order->lines[a->line].parts_count) {
            return err_note(c->note,
                            ERR_CORRUPT,
                            "order '%.*s': reservation %zu names no line of it",
                            shown(order->id),
                            order->id.p,
                            i + 1);
        }
        struct place *p = place_of(c, order->lines[a->line].parts[a->part].sku.v, a->location.v);
        if (!p) {
            return ERR_LIMIT;
        }
        p->kept.reserved += a->reserved;
        p->kept.shipped += a->shipped;
        p->kept.returned += a->returned;
        p->kept.restocked += a->restocked;
    }
    for (const struct place *p = c->places; p; p = p->next) {
        const struct figures *kept = &p->kept, *moved = &p->moved;
        if (kept->reserved != moved->reserved) {
            return wrong(c, order, p, "reserved", kept->reserved, moved->reserved);
        }
        if (kept->shipped != moved->shipped) {
            return wrong(c, order, p, "shipped", kept->shipped, moved->shipped);
        }
        if (kept->returned > moved->returned) {
            return wrong(c, order, p, "returned", kept->returned, moved->returned);
        }
        if (kept->restocked < moved->restocked) {
            return wrong(c, order, p, "restocked", kept->restocked, moved->restocked);
        }
    }
    return ERR_OK;
}

/* ---- the orders, one by one ---- */

/* *out: the order in turn; NULL: there is none left. */
static enum err peek(struct check *c, const struct order **out)
{
    *out = NULL;
    while (c->at == c->rows.count) {
        if (c->channel_at == c->channels.count) {
            return ERR_OK;
        }
        const struct channel_row *channel = c->channels.items[c->channel_at];
        c->rows = (struct rows){0};
        c->at = 0;
        arena_clear(&c->page);
        enum err e =
            c->store->ops->walk_orders(c->store, channel->id, c->after, PAGE, &c->page, &c->rows);
        if (e) {
            return e;
        }
        arena_clear(&c->cursor);
        c->after = (struct slice){0};
        if (c->rows.count == 0) {
            c->channel_at++;
            continue;
        }
        c->after = arena_copy(
            &c->cursor, ((const struct order_row *)c->rows.items[c->rows.count - 1])->order.id);
        if (!c->after.p) {
            return ERR_LIMIT;
        }
    }
    *out = &((const struct order_row *)c->rows.items[c->at])->order;
    return ERR_OK;
}

static int key_compare(const struct check *c, const struct order *order)
{
    return order->channel.v < c->channel.v   ? -1
           : order->channel.v > c->channel.v ? 1
                                             : slice_compare(order->id, c->id);
}

static enum err compare_unmoved(struct check *c, const struct order *order)
{
    struct place *places = c->places;
    struct arena group = c->group;
    c->places = NULL;
    c->group = c->spare;
    enum err e = compare(c, order);
    arena_clear(&c->group);
    c->spare = c->group;
    c->group = group;
    c->places = places;
    return e;
}

/* Orders that come before the one in hand have no movements. */
static enum err pass_unmoved(struct check *c, const struct order **out)
{
    for (;;) {
        enum err e = peek(c, out);
        if (e || !*out || (c->has_group && key_compare(c, *out) >= 0)) {
            return e;
        }
        e = compare_unmoved(c, *out);
        c->at++;
        c->orders++;
        if (e) {
            return e;
        }
    }
}

/* The order in hand has no movements beyond these. */
static enum err close_group(struct check *c)
{
    const struct order *order = NULL;
    enum err e = pass_unmoved(c, &order);
    if (e || !c->has_group) {
        return e;
    }
    if (!order || key_compare(c, order) != 0) {
        struct slice channel = channel_code(c, c->channel);
        return err_note(c->note,
                        ERR_CORRUPT,
                        "there are movements of an order '%.*s' of '%.*s' that is not there",
                        shown(c->id),
                        c->id.p,
                        shown(channel),
                        channel.p);
    }
    e = compare(c, order);
    c->at++;
    c->orders++;
    arena_clear(&c->group);
    c->places = NULL;
    c->has_group = false;
    return e;
}

static enum err on_movement(void *arg, const struct movement_row *row)
{
    struct check *c = arg;
    const struct movement *m = &row->movement;
    if (++c->movements % LOOK_EVERY == 0 && c->must_stop && c->must_stop()) {
        return err_note(c->note, ERR_LIMIT, "stopped");
    }
    if (!c->has_group || c->channel.v != m->channel.v || !slice_equal(c->id, m->order)) {
        enum err e = c->has_group ? close_group(c) : ERR_OK;
        if (e) {
            return e;
        }
        c->channel = m->channel;
        c->id = arena_copy(&c->group, m->order);
        c->has_group = true;
        if (!c->id.p) {
            return ERR_LIMIT;
        }
    }
    enum err e = add_leg(c, m, m->from, -m->quantity);
    return e ? e : add_leg(c, m, m->to, m->quantity);
}

static int channel_compare(const void *a, const void *b)
{
    const struct channel_row *const *x = a, *const *y = b;
    return ((*x)->id.v > (*y)->id.v) - ((*x)->id.v < (*y)->id.v);
}

static enum err check_all(struct check *c)
{
    const struct store_ops *ops = c->store->ops;
    enum err e = ops->channels(c->store, &c->all, &c->channels);
    e = e ? e : ops->locations(c->store, &c->all, &c->locations);
    if (e) {
        return e;
    }
    if (c->channels.count) {
        qsort(c->channels.items, c->channels.count, sizeof(void *), channel_compare);
    }
    e = ops->walk_movements(c->store, true, on_movement, c);
    e = e ? e : close_group(c);    /* the last of them */
    return e ? e : close_group(c); /* and the orders behind it */
}

enum err rebuild_check_orders(struct store *store,
                              bool (*must_stop)(void),
                              int64_t *out_orders,
                              struct err_note *note)
{
    struct check c = {.store = store, .must_stop = must_stop, .note = note};
    arena_init(&c.all, PAGE_BYTES_MAX);
    arena_init(&c.page, PAGE_BYTES_MAX);
    arena_init(&c.group, ORDER_BYTES_MAX);
    arena_init(&c.spare, ORDER_BYTES_MAX);
    arena_init(&c.cursor, (size_t)1024 * 1024);
    enum err e = store->ops->begin(store);
    if (!e) {
        e = check_all(&c);
        store->ops->rollback(store);
    }
    *out_orders = c.orders;
    arena_free(&c.all);
    arena_free(&c.page);
    arena_free(&c.group);
    arena_free(&c.spare);
    arena_free(&c.cursor);
    return e;
}
