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

/* Newer reports may take back what older ones said, newest allocation first: back to reserved. */
static void take_back(struct booking *b, const struct target *t)
{
    struct held h = held_by(b, t);
    int64_t unship = over(h.shipped, t->shipped), unstop = over(h.no_restock, t->no_restock);
    for (size_t i = b->count; i-- > 0;) {
        struct allocation *a = &b->items[i];
        if (!of(a, t)) {
            continue;
        }
        int64_t n = least(a->shipped, unship);
        if (n > 0) {
            post(b, a, MOVE_UNSHIP, outside, at(a, BUCKET_RESERVED), NULL, n);
            a->shipped -= n;
            a->reserved += n;
            unship -= n;
        }
        const struct stock *row = stock_set_at(
            b->ledger->stock, b->order->lines[a->line].parts[a->part].sku, a->location);
        n = least(a->no_restock, unstop);
        if (n > 0) {
            /* An operator may have put it back on sale already: then it is reserved from there. */
            int64_t still = least(n, stock_reason_quantity(row, SLICE(REASON_NO_RESTOCK)));
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
            unstop -= n;
        }
    }
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

/* Back on sale: first from what waits at the place, else straight from outside. */
static void restock(struct booking *b, struct allocation *a, int64_t units, int64_t pending_target)
{
    const struct sku_id sku = b->order->lines[a->line].parts[a->part].sku;
    const struct stock *row = stock_set_at(b->ledger->stock, sku, a->location);
    int64_t waiting = least(over(a->returned, pending_target), units);
    int64_t there = least(waiting, stock_reason_quantity(row, SLICE(REASON_RETURN_PENDING)));
    if (there > 0) {
        post(b,
             a,
             MOVE_RESTOCK,
             at(a, BUCKET_UNAVAILABLE),
             at(a, BUCKET_AVAILABLE),
             REASON_RETURN_PENDING,
             there);
    }
    /* What waited and is gone was restocked or scrapped by hand: a unit comes back once. */
    if (units > waiting) {
        post(b, a, MOVE_RESTOCK, outside, at(a, BUCKET_AVAILABLE), NULL, units - waiting);
    }
    a->returned -= waiting;
    a->restocked += units;
}

static void give_back(struct booking *b, const struct target *t)
{
    struct held h = held_by(b, t);
    int64_t more = over(t->restocked, h.restocked), fewer = over(h.restocked, t->restocked);
    int64_t pending = t->returned;
    for (size_t i = 0; i < b->count; i++) {
        struct allocation *a = &b->items[i];
        if (!of(a, t)) {
            continue;
        }
        int64_t n = least(a->restocked, fewer);
        if (n > 0) {
            post(b, a, MOVE_UNRESTOCK, at(a, BUCKET_AVAILABLE), outside, NULL, n);
            a->restocked -= n;
            fewer -= n;
        }
        n = least(over(a->shipped, a->restocked), more);
        if (n > 0) {
            restock(b, a, n, least(pending, a->returned));
            more -= n;
        }
        int64_t room = over(a->shipped, a->restocked);
        int64_t want = least(pending, room);
        if (want > a->returned) {
            post(b,
                 a,
                 MOVE_RETURN,
                 outside,
                 at(a, BUCKET_UNAVAILABLE),
                 REASON_RETURN_PENDING,
                 want - a->returned);
        } else if (want < a->returned) {
            const struct stock *row = stock_set_at(
                b->ledger->stock, b->order->lines[a->line].parts[a->part].sku, a->location);
            n = least(a->returned - want, stock_reason_quantity(row, SLICE(REASON_RETURN_PENDING)));
            if (n > 0) {
                post(
                    b, a, MOVE_SCRAP, at(a, BUCKET_UNAVAILABLE), outside, REASON_RETURN_PENDING, n);
            }
        }
        a->returned = want;
        pending -= want;
    }
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

/* Reserves what the targets lack: named locations first, the rest by route, over the whole order.
 */
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
    struct route_pick *picks =
        ARENA_ARRAY(arena, count * (stops_count + 1) + count + 1, struct route_pick);
    out->shorts = ARENA_ARRAY(arena, count * (stops_count + 1) + count + 1, struct order_short);
    if (!needs || !need_target || !picks || !out->shorts) {
        return ERR_LIMIT;
    }
    size_t needs_count = 0, picks_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct held h = held_by(b, &targets[i]);
        int64_t lacks = over(targets[i].reserved + targets[i].shipped + targets[i].no_restock,
                             h.reserved + h.shipped + h.no_restock);
        if (lacks == 0) {
            continue;
        }
        needs[needs_count] = (struct route_need){targets[i].sku, lacks};
        need_target[needs_count++] = i;
    }
    struct route_need *routed = ARENA_ARRAY(arena, needs_count + 1, struct route_need);
    size_t *routed_need = ARENA_ARRAY(arena, needs_count + 1, size_t);
    if (!routed || !routed_need) {
        return ERR_LIMIT;
    }
    size_t routed_count = 0;
    for (size_t i = 0; i < needs_count; i++) {
        struct location_id named = targets[need_target[i]].location;
        if (named.v) {
            picks[picks_count++] = (struct route_pick){i, named, needs[i].quantity, 0};
        } else {
            routed[routed_count] = needs[i];
            routed_need[routed_count++] = i;
        }
    }
    size_t named_count = picks_count;
    picks_count += route_decide(stops,
                                stops_count,
                                b->order->country,
                                b->order->region,
                                routed,
                                routed_count,
                                b->ledger->stock,
                                picks + picks_count);
    out->is_routeless = routed_count > 0 && picks_count == named_count;
    for (size_t i = 0; i < picks_count; i++) {
        const struct route_pick *pick = &picks[i];
        size_t need = i < named_count ? pick->need : routed_need[pick->need];
        const struct target *t = &targets[need_target[need]];
        struct allocation *a = allocation_at(b, t->line, t->part, pick->location);
        struct stock *row = stock_set_at(b->ledger->stock, t->sku, pick->location);
        if (!a || !row) {
            return ERR_LIMIT;
        }
        int64_t covered = row->available > 0 ? least(row->available, pick->quantity) : 0;
        if (covered < pick->quantity) {
            out->shorts[out->shorts_count++] =
                (struct order_short){t->line, t->sku, pick->location, pick->quantity - covered};
        }
        post(b,
             a,
             MOVE_RESERVE,
             at(a, BUCKET_AVAILABLE),
             at(a, BUCKET_RESERVED),
             NULL,
             pick->quantity);
        a->reserved += pick->quantity;
    }
    return ERR_OK;
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
