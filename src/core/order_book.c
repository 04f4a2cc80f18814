/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of order.h: from what an order demands to movements. */
#include "core/order.h"

/* What one component of one line must hold after the booking. */
struct target {
    size_t line, part;
    struct sku_id sku;
    struct location_id location; /* named by the channel; 0: routed */
    int64_t reserved, shipped, no_restock, returned, restocked;
};

struct booking {
    struct order *order;
    struct ledger *ledger;
    int64_t happened_at_us;
    struct allocation *items;
    size_t count, cap;
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t over(int64_t a, int64_t b)
{
    return a > b ? a - b : 0;
}

static struct account_of at(const struct allocation *a, enum bucket bucket)
{
    return (struct account_of){a->location, bucket};
}

static const struct account_of outside = {.bucket = BUCKET_OUTSIDE};

static void post(struct booking *b,
                 const struct allocation *a,
                 enum movement_kind kind,
                 struct account_of from,
                 struct account_of to,
                 const char *reason,
                 int64_t quantity)
{
    const struct order_line *line = &b->order->lines[a->line];
    ledger_post(b->ledger,
                &(struct movement){.kind = kind,
                                   .sku = line->parts[a->part].sku,
                                   .from = from,
                                   .to = to,
                                   .quantity = quantity,
                                   .reason = reason ? slice_of(reason) : (struct slice){0},
                                   .channel = b->order->channel,
                                   .order = b->order->id,
                                   .line = line->id,
                                   .happened_at_us = b->happened_at_us});
}

static struct allocation *
allocation_at(struct booking *b, size_t line, size_t part, struct location_id location)
{
    for (size_t i = 0; i < b->count; i++) {
        struct allocation *a = &b->items[i];
        if (a->line == line && a->part == part && a->location.v == location.v) {
            return a;
        }
    }
    if (b->count == b->cap) {
        size_t cap = b->cap * 2 + 8;
        struct allocation *items = ARENA_ARRAY(b->ledger->arena, cap, struct allocation);
        if (!items) {
            b->ledger->exhausted = true;
            return NULL;
        }
        if (b->count) {
            memcpy(items, b->items, b->count * sizeof(*items));
        }
        b->items = items;
        b->cap = cap;
    }
    struct allocation *a = &b->items[b->count++];
    *a = (struct allocation){.line = line, .part = part, .location = location};
    return a;
}

static bool of(const struct allocation *a, const struct target *t)
{
    return a->line == t->line && a->part == t->part;
}

/* Units that lie there for that reason, whosesoever they are. */
static int64_t waiting_at(const struct booking *b, const struct allocation *a, const char *reason)
{
    const struct sku_id sku = b->order->lines[a->line].parts[a->part].sku;
    const struct stock *row = stock_set_at(b->ledger->stock, sku, a->location);
    return row ? stock_reason_quantity(row, slice_of(reason)) : 0;
}

struct held {
    int64_t reserved, shipped, no_restock, returned, restocked;
};

static struct held held_by(const struct booking *b, const struct target *t)
{
    struct held h = {0};
    for (size_t i = 0; i < b->count; i++) {
        const struct allocation *a = &b->items[i];
        if (of(a, t)) {
            h.reserved += a->reserved;
            h.shipped += a->shipped;
            h.no_restock += a->no_restock;
            h.returned += a->returned;
            h.restocked += a->restocked;
        }
    }
    return h;
}

/* How many of an allocation's shipped units may be said not to have left: first those of which
 * nothing came back, then those that are not back on sale. */
static int64_t unshippable(const struct allocation *a, int pass)
{
    return pass == 0   ? over(a->shipped, a->restocked + a->returned)
           : pass == 1 ? over(a->shipped, a->restocked)
                       : a->shipped;
}

static void unship(struct booking *b, const struct target *t)
{
    int64_t units = over(held_by(b, t).shipped, t->shipped);
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = b->count; i-- > 0 && units > 0;) {
            struct allocation *a = &b->items[i];
            int64_t n = of(a, t) ? least(unshippable(a, pass), units) : 0;
            if (n > 0) {
                post(b, a, MOVE_UNSHIP, outside, at(a, BUCKET_RESERVED), NULL, n);
                a->shipped -= n;
                a->reserved += n;
                units -= n;
            }
        }
    }
}

static void resume_sale(struct booking *b, const struct target *t)
{
    int64_t units = over(held_by(b, t).no_restock, t->no_restock);
    for (size_t i = b->count; i-- > 0 && units > 0;) {
        struct allocation *a = &b->items[i];
        int64_t n = of(a, t) ? least(a->no_restock, units) : 0;
        if (n == 0) {
            continue;
        }
        /* An operator may have put it back on sale already: then it is reserved from there. */
        int64_t still = least(n, waiting_at(b, a, REASON_NO_RESTOCK));
        if (still > 0) {
            post(b,
                 a,
                 MOVE_NO_RESTOCK,
                 at(a, BUCKET_UNAVAILABLE),
                 at(a, BUCKET_RESERVED),
                 REASON_NO_RESTOCK,
                 still);
        }
        if (n > still) {
            post(b,
                 a,
                 MOVE_RESERVE,
                 at(a, BUCKET_AVAILABLE),
                 at(a, BUCKET_RESERVED),
                 NULL,
                 n - still);
        }
        a->no_restock -= n;
        a->reserved += n;
        units -= n;
    }
}

/* Newer reports may take back what older ones said, newest allocation first: back to reserved. */
static void take_back(struct booking *b, const struct target *t)
{
    unship(b, t);
    resume_sale(b, t);
}

/* Gives back reserved units that nobody demands any more, newest allocation first. */
static void release(struct booking *b, const struct target *t)
{
    struct held h = held_by(b, t);
    int64_t drawn = h.reserved + h.shipped + h.no_restock;
    int64_t surplus = over(drawn, t->reserved + t->shipped + t->no_restock);
    for (size_t i = b->count; i-- > 0 && surplus > 0;) {
        struct allocation *a = &b->items[i];
        int64_t n = of(a, t) ? least(a->reserved, surplus) : 0;
        if (n > 0) {
            post(b, a, MOVE_RELEASE, at(a, BUCKET_RESERVED), at(a, BUCKET_AVAILABLE), NULL, n);
            a->reserved -= n;
            surplus -= n;
        }
    }
}

/* Ships from the location the channel names, moving the reservation there first when it lies
 * elsewhere. */
static void ship(struct booking *b, const struct target *t)
{
    int64_t units = over(t->shipped, held_by(b, t).shipped);
    if (units == 0) {
        return;
    }
    if (t->location.v) {
        struct allocation *named = allocation_at(b, t->line, t->part, t->location);
        if (!named) {
            return;
        }
        size_t named_index = (size_t)(named - b->items);
        int64_t missing = over(units, named->reserved);
        for (size_t i = 0; i < b->count && missing > 0; i++) {
            struct allocation *a = &b->items[i];
            int64_t n = of(a, t) && i != named_index ? least(a->reserved, missing) : 0;
            if (n > 0) {
                post(b, a, MOVE_RELEASE, at(a, BUCKET_RESERVED), at(a, BUCKET_AVAILABLE), NULL, n);
                post(b,
                     named,
                     MOVE_RESERVE,
                     at(named, BUCKET_AVAILABLE),
                     at(named, BUCKET_RESERVED),
                     NULL,
                     n);
                a->reserved -= n;
                named->reserved += n;
                missing -= n;
            }
        }
        int64_t n = least(named->reserved, units);
        if (n > 0) {
            post(b, named, MOVE_SHIP, at(named, BUCKET_RESERVED), outside, NULL, n);
            named->reserved -= n;
            named->shipped += n;
            units -= n;
        }
    }
    for (size_t i = 0; i < b->count && units > 0; i++) {
        struct allocation *a = &b->items[i];
        int64_t n = of(a, t) ? least(a->reserved, units) : 0;
        if (n > 0) {
            post(b, a, MOVE_SHIP, at(a, BUCKET_RESERVED), outside, NULL, n);
            a->reserved -= n;
            a->shipped += n;
            units -= n;
        }
    }
}

static void stop_sale(struct booking *b, const struct target *t)
{
    int64_t units = over(t->no_restock, held_by(b, t).no_restock);
    for (size_t i = 0; i < b->count && units > 0; i++) {
        struct allocation *a = &b->items[i];
        int64_t n = of(a, t) ? least(a->reserved, units) : 0;
        if (n > 0) {
            post(b,
                 a,
                 MOVE_NO_RESTOCK,
                 at(a, BUCKET_RESERVED),
                 at(a, BUCKET_UNAVAILABLE),
                 REASON_NO_RESTOCK,
                 n);
            a->reserved -= n;
            a->no_restock += n;
            units -= n;
        }
    }
}

/* A newer report says that fewer are back on sale: first those that, by now, never left their place,
 * then the newest. */
static void unrestock(struct booking *b, const struct target *t)
{
    int64_t units = over(held_by(b, t).restocked, t->restocked);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = b->count; i-- > 0 && units > 0;) {
            struct allocation *a = &b->items[i];
            int64_t most = pass == 0 ? over(a->restocked, a->shipped) : a->restocked;
            int64_t n = of(a, t) ? least(most, units) : 0;
            if (n > 0) {
                post(b, a, MOVE_UNRESTOCK, at(a, BUCKET_AVAILABLE), outside, NULL, n);
                a->restocked -= n;
                units -= n;
            }
        }
    }
}

/* Units that wait as return_pending go back on sale. What waited and is gone was restocked or
 * scrapped by hand: a unit comes back once. */
static void restock_waiting(struct booking *b, struct allocation *a, int64_t units)
{
    int64_t there = least(units, waiting_at(b, a, REASON_RETURN_PENDING));
    if (there > 0) {
        post(b,
             a,
             MOVE_RESTOCK,
             at(a, BUCKET_UNAVAILABLE),
             at(a, BUCKET_AVAILABLE),
             REASON_RETURN_PENDING,
             there);
    }
    a->returned -= units;
    a->restocked += units;
}

/* More are back on sale than we know of: of those that wait as many as no longer wait by this
 * report, then straight from outside. */
static void restock(struct booking *b, const struct target *t)
{
    struct held h = held_by(b, t);
    int64_t units = over(t->restocked, h.restocked);
    int64_t waiting = least(over(h.returned, t->returned), units);
    for (size_t i = 0; i < b->count && waiting > 0; i++) {
        struct allocation *a = &b->items[i];
        int64_t n = of(a, t) ? least(a->returned, waiting) : 0;
        if (n > 0) {
            restock_waiting(b, a, n);
            waiting -= n;
            units -= n;
        }
    }
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < b->count && units > 0; i++) {
            struct allocation *a = &b->items[i];
            int64_t back = a->restocked + (pass == 0 ? a->returned : 0);
            int64_t n = of(a, t) ? least(over(a->shipped, back), units) : 0;
            if (n > 0) {
                post(b, a, MOVE_RESTOCK, outside, at(a, BUCKET_AVAILABLE), NULL, n);
                a->restocked += n;
                units -= n;
            }
        }
    }
}

/* What waits now lies where it lay, as far as it can; the rest where units left and may come back.
 */
static void await(struct booking *b, const struct target *t)
{
    int64_t pending = t->returned;
    for (size_t i = 0; i < b->count; i++) {
        struct allocation *a = &b->items[i];
        if (!of(a, t)) {
            continue;
        }
        int64_t stays = least(least(a->returned, pending), over(a->shipped, a->restocked));
        int64_t gone = least(a->returned - stays, waiting_at(b, a, REASON_RETURN_PENDING));
        if (gone > 0) {
            post(b, a, MOVE_SCRAP, at(a, BUCKET_UNAVAILABLE), outside, REASON_RETURN_PENDING, gone);
        }
        a->returned = stays;
        pending -= stays;
    }
    for (size_t i = 0; i < b->count && pending > 0; i++) {
        struct allocation *a = &b->items[i];
        int64_t n = of(a, t) ? least(over(a->shipped, a->restocked + a->returned), pending) : 0;
        if (n > 0) {
            post(b, a, MOVE_RETURN, outside, at(a, BUCKET_UNAVAILABLE), REASON_RETURN_PENDING, n);
            a->returned += n;
            pending -= n;
        }
    }
}

static void give_back(struct booking *b, const struct target *t)
{
    unrestock(b, t);
    restock(b, t);
    await(b, t);
}

static bool books(const struct order *order, const struct order_line *line)
{
    return !order->is_test && !line->channel_fulfilled && line->parts_count > 0;
}

static struct target target_of(const struct order *order, size_t line_index, size_t part_index)
{
    const struct order_line *line = &order->lines[line_index];
    const struct component *part = &line->parts[part_index];
    const struct order_counts now = order_counts_clamp(line->now);
    const struct order_counts *n = &now, *was = &line->baseline;
    int64_t q = part->quantity;
    int64_t returned = over(n->returned, was->returned),
            restocked = over(n->restocked, was->restocked);
    return (struct target){
        .line = line_index,
        .part = part_index,
        .sku = part->sku,
        .location = line->location,
        .reserved = q * over(n->ordered, n->cancelled + n->fulfilled),
        .shipped = q * over(n->fulfilled, was->fulfilled),
        .no_restock = q * over(n->no_restock, was->no_restock),
        .returned = q * over(returned, restocked),
        .restocked = q * restocked,
    };
}

/* Reserves at one place, whether the units are there or not. */
static enum err reserve_at(struct booking *b,
                           const struct target *t,
                           struct location_id location,
                           int64_t quantity,
                           struct order_booking *out)
{
    struct allocation *a = allocation_at(b, t->line, t->part, location);
    struct stock *row = stock_set_at(b->ledger->stock, t->sku, location);
    if (!a || !row) {
        return ERR_LIMIT;
    }
    int64_t covered = row->available > 0 ? least(row->available, quantity) : 0;
    if (covered < quantity) {
        out->shorts[out->shorts_count++] =
            (struct order_short){t->line, t->sku, location, quantity - covered};
    }
    post(b, a, MOVE_RESERVE, at(a, BUCKET_AVAILABLE), at(a, BUCKET_RESERVED), NULL, quantity);
    a->reserved += quantity;
    return ERR_OK;
}

/* What a target lacks to be reserved, shipped or out of sale. */
static int64_t lacks(const struct booking *b, const struct target *t)
{
    struct held h = held_by(b, t);
    return over(t->reserved + t->shipped + t->no_restock, h.reserved + h.shipped + h.no_restock);
}

/* Reserves what the targets lack: named locations first, then, from what these leave, the rest by
 * route, over the whole order. */
static enum err reserve(struct booking *b,
                        const struct target *targets,
                        size_t count,
                        const struct route_stop *stops,
                        size_t stops_count,
                        struct order_booking *out)
{
    struct arena *arena = b->ledger->arena;
    struct route_need *needs = ARENA_ARRAY(arena, count + 1, struct route_need);
    size_t *need_target = ARENA_ARRAY(arena, count + 1, size_t);
    struct route_pick *picks = ARENA_ARRAY(arena, count * (stops_count + 1) + 1, struct route_pick);
    out->shorts = ARENA_ARRAY(arena, count * (stops_count + 2) + 1, struct order_short);
    if (!needs || !need_target || !picks || !out->shorts) {
        return ERR_LIMIT;
    }
    enum err e = ERR_OK;
    size_t needs_count = 0;
    for (size_t i = 0; i < count && !e; i++) {
        const struct target *t = &targets[i];
        int64_t units = lacks(b, t);
        if (units > 0 && t->location.v) {
            e = reserve_at(b, t, t->location, units, out);
        } else if (units > 0) {
            needs[needs_count] = (struct route_need){t->sku, units};
            need_target[needs_count++] = i;
        }
    }
    size_t picks_count = e ? 0
                           : route_decide(stops,
                                          stops_count,
                                          b->order->country,
                                          b->order->region,
                                          needs,
                                          needs_count,
                                          b->ledger->stock,
                                          picks);
    out->is_routeless = needs_count > 0 && picks_count == 0;
    for (size_t i = 0; i < picks_count && !e; i++) {
        const struct target *t = &targets[need_target[picks[i].need]];
        e = reserve_at(b, t, picks[i].location, picks[i].quantity, out);
    }
    return e;
}

static void keep_live_allocations(struct booking *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->count; i++) {
        const struct allocation *a = &b->items[i];
        if (a->reserved || a->shipped || a->no_restock || a->returned || a->restocked) {
            b->items[n++] = *a;
        }
    }
    b->order->allocations = b->items;
    b->order->allocations_count = n;
}

enum err order_book(struct order *order,
                    const struct route_stop *stops,
                    size_t stops_count,
                    int64_t happened_at_us,
                    struct ledger *ledger,
                    struct order_booking *out)
{
    *out = (struct order_booking){0};
    size_t targets_max = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        targets_max += order->lines[i].parts_count;
    }
    struct target *targets = ARENA_ARRAY(ledger->arena, targets_max + 1, struct target);
    struct allocation *items =
        ARENA_ARRAY(ledger->arena, order->allocations_count + targets_max + 1, struct allocation);
    if (!targets || !items) {
        return ERR_LIMIT;
    }
    if (order->allocations_count) {
        memcpy(items, order->allocations, order->allocations_count * sizeof(*items));
    }
    struct booking b = {.order = order,
                        .ledger = ledger,
                        .happened_at_us = happened_at_us,
                        .items = items,
                        .count = order->allocations_count,
                        .cap = order->allocations_count + targets_max + 1};
    size_t count = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        if (books(order, &order->lines[i])) {
            for (size_t p = 0; p < order->lines[i].parts_count; p++) {
                targets[count++] = target_of(order, i, p);
            }
        }
    }
    /* Release before reserve: units moved between lines must not look oversold in between. */
    for (size_t i = 0; i < count; i++) {
        take_back(&b, &targets[i]);
        release(&b, &targets[i]);
    }
    enum err e = reserve(&b, targets, count, stops, stops_count, out);
    if (e) {
        return e;
    }
    for (size_t i = 0; i < count; i++) {
        ship(&b, &targets[i]);
        stop_sale(&b, &targets[i]);
        give_back(&b, &targets[i]);
    }
    keep_live_allocations(&b);
    return ledger->exhausted || ledger->arena->exhausted ? ERR_LIMIT : ERR_OK;
}
