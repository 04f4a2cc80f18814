/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log is the truth: all movements are folded into balances of their own, and the stored ones
 * must be equal, at the end and after every single movement. Memory grows with the pairs of SKU and
 * location, never with the log.
 *
 * Conservation needs no check of its own: the fold books every movement on both of its accounts, so
 * on_hand + in_transit = -outside holds for the fold, and with it for balances that equal it.
 */
#include "store/store.h"

#define PAGE 512
#define PAGE_BYTES_MAX ((size_t)1024 * 1024 * 1024)
#define FOLD_BYTES_MAX ((size_t)8 * 1024 * 1024 * 1024)
#define BUCKETS (BUCKET_IN_TRANSIT + 1)
#define SHOWN_MAX 64

/* One SKU at one location, as the log, the orders and the holds make it. */
struct account {
    int64_t sku, location; /* first: the key in the map */
    int64_t balance[BUCKETS];
    int64_t ordered, held; /* by open reservations of orders, by open holds */
    int64_t under_way;     /* to it, by transfers */
    struct stock_reason *reasons;
    bool is_compared;
};
#define ACCOUNT_KEY(account) ((struct slice){(const char *)(account), 2 * sizeof(int64_t)})

struct verify {
    struct store *store;
    struct err_note *note;
    struct verify_report *report;
    struct arena fold, page, names;
    struct map accounts, locations;
    struct json_doc *parser;
    struct rows
        events; /* a window of the log: movements come in nearly the order of their events */
    struct arena events_arena;
};

static struct slice shown(struct slice text)
{
    return (struct slice){text.p, text.n < SHOWN_MAX ? text.n : SHOWN_MAX};
}

/* For notes: the code, or "#id" when there is no such row. */
static struct slice sku_name(struct verify *v, int64_t id)
{
    struct sku_row *row = NULL;
    arena_clear(&v->names);
    enum err e = v->store->ops->skus(v->store, &(struct sku_id){id}, 1, &v->names, &row);
    return !e && row ? shown(row->code) : arena_printf(&v->names, "#%" PRId64, id);
}

static struct slice location_name(struct verify *v, int64_t id)
{
    const struct location_row *row = map_get(&v->locations, MAP_KEY(&id));
    return row ? shown(row->code) : arena_printf(&v->names, "#%" PRId64, id);
}

/* The note of a figure that is not what it must be. */
static enum err differs(struct verify *v,
                        const struct account *account,
                        const char *what,
                        int64_t stored,
                        const char *source,
                        int64_t made)
{
    struct slice sku = sku_name(v, account->sku), at = location_name(v, account->location);
    return err_note(v->note,
                    ERR_CORRUPT,
                    "SKU '%.*s' at '%.*s': %s is stored as %" PRId64 ", but %s %" PRId64,
                    SLICE_ARG(sku),
                    SLICE_ARG(at),
                    what,
                    stored,
                    source,
                    made);
}

static struct account *account_at(struct verify *v, int64_t sku, int64_t location)
{
    struct account key = {.sku = sku, .location = location};
    struct account *account = map_get(&v->accounts, ACCOUNT_KEY(&key));
    if (account) {
        return account;
    }
    account = ARENA_NEW(&v->fold, struct account);
    if (!account) {
        return NULL;
    }
    *account = key;
    return map_set(&v->accounts, ACCOUNT_KEY(account), account) ? account : NULL;
}

static struct stock_reason *reason_in(struct stock_reason *reasons, struct slice reason)
{
    for (; reasons; reasons = reasons->next) {
        if (slice_equal(reasons->reason, reason)) {
            return reasons;
        }
    }
    return NULL;
}

static struct stock_reason *reason_at(struct verify *v, struct account *a, struct slice reason)
{
    struct stock_reason *r = reason_in(a->reasons, reason);
    if (r) {
        return r;
    }
    r = ARENA_NEW(&v->fold, struct stock_reason);
    struct slice text = arena_copy(&v->fold, reason);
    if (!r || !text.p) {
        return NULL;
    }
    *r = (struct stock_reason){.reason = text, .next = a->reasons};
    a->reasons = r;
    return r;
}

/* ---- the log ---- */

static enum err movement_broken(struct verify *v, const struct movement_row *row, const char *how)
{
    struct slice sku = sku_name(v, row->movement.sku.v);
    return err_note(
        v->note, ERR_CORRUPT, "movement %" PRId64 " of SKU '%.*s' %s", row->n, SLICE_ARG(sku), how);
}

static enum err fold_leg(struct verify *v,
                         const struct movement_row *row,
                         struct account_of leg,
                         int64_t delta,
                         int64_t after)
{
    const struct movement *m = &row->movement;
    if (leg.bucket == BUCKET_OUTSIDE) {
        return leg.location.v == 0 && after == 0
                   ? ERR_OK
                   : movement_broken(v, row, "gives outside a place or a balance");
    }
    if (!map_get(&v->locations, MAP_KEY(&leg.location))) {
        return movement_broken(v, row, "is at a location that does not exist");
    }
    struct account *account = account_at(v, m->sku.v, leg.location.v);
    if (!account) {
        return ERR_LIMIT;
    }
    int64_t *balance = &account->balance[leg.bucket];
    *balance += delta;
    int64_t made = *balance;
    if (leg.bucket == BUCKET_UNAVAILABLE) {
        struct stock_reason *r = reason_at(v, account, m->reason);
        if (!r) {
            return ERR_LIMIT;
        }
        r->quantity += delta;
        made = r->quantity;
    }
    if (made > BALANCE_MAX || made < (leg.bucket == BUCKET_AVAILABLE ? -BALANCE_MAX : 0)) {
        return movement_broken(v, row, "takes a balance out of its bounds");
    }
    if (made != after) {
        char what[96], source[64];
        snprintf(what, sizeof(what), "%s after movement %" PRId64, bucket_text(leg.bucket), row->n);
        snprintf(source, sizeof(source), "the movements up to it make");
        return differs(v, account, what, after, source, made);
    }
    return ERR_OK;
}

static bool bucket_is_real(enum bucket bucket)
{
    return (unsigned)bucket < BUCKETS;
}

/* Is the event in the log? The window moves on when it is not in it. */
static enum err event_find(struct verify *v, int64_t n, bool *out)
{
    const struct rows *w = &v->events;
    const struct event_row *first = w->count ? w->items[0] : NULL;
    const struct event_row *last = w->count ? w->items[w->count - 1] : NULL;
    if (!first || n < first->n || n > last->n) {
        struct store_query q = {.after = n - 1, .limit = PAGE, .state = -1};
        v->events = (struct rows){0};
        arena_clear(&v->events_arena);
        enum err e = v->store->ops->list_events(v->store, &q, &v->events_arena, &v->events);
        if (e) {
            return e;
        }
    }
    size_t lo = 0, hi = w->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (((const struct event_row *)w->items[mid])->n < n) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    *out = lo < w->count && ((const struct event_row *)w->items[lo])->n == n;
    return ERR_OK;
}

static enum err fold_movement(struct verify *v, const struct movement_row *row)
{
    const struct movement *m = &row->movement;
    if ((unsigned)m->kind > MOVE_TRANSFER_CANCEL || !bucket_is_real(m->from.bucket) ||
        !bucket_is_real(m->to.bucket)) {
        return movement_broken(v, row, "is of an unknown kind or bucket");
    }
    if (m->quantity <= 0 || m->quantity > BALANCE_MAX) {
        return movement_broken(v, row, "has a quantity out of bounds");
    }
    bool has_event = false;
    enum err e = row->event > 0 ? event_find(v, row->event, &has_event) : ERR_OK;
    if (!e && !has_event) {
        e = movement_broken(v, row, "has no event: the log lacks it");
    }
    e = e ? e : fold_leg(v, row, m->from, -m->quantity, m->from_after);
    return e ? e : fold_leg(v, row, m->to, m->quantity, m->to_after);
}

static enum err fold_movements(struct verify *v)
{
    struct store_query q = {.limit = PAGE, .state = -1};
    for (;;) {
        struct rows rows = {0};
        arena_clear(&v->page);
        enum err e = v->store->ops->list_movements(v->store, &q, &v->page, &rows);
        for (size_t i = 0; !e && i < rows.count; i++) {
            const struct movement_row *row = rows.items[i];
            e = fold_movement(v, row);
            q.after = row->n;
        }
        if (e || rows.count == 0) {
            return e;
        }
    }
}

/* ---- who holds the units ---- */

static enum err count_order(struct verify *v, const struct order_row *row)
{
    const struct order *order = &row->order;
    for (size_t i = 0; i < order->allocations_count; i++) {
        const struct allocation *a = &order->allocations[i];
        bool sound = a->line < order->lines_count && a->part < order->lines[a->line].parts_count &&
                     a->location.v > 0;
        sound = sound && a->reserved >= 0 && a->shipped >= 0 && a->no_restock >= 0 &&
                a->returned >= 0 && a->restocked >= 0 && a->reserved <= BALANCE_MAX;
        if (!sound) {
            struct slice id = shown(order->id);
            return err_note(v->note,
                            ERR_CORRUPT,
                            "order '%.*s': reservation %zu names no line of it or is negative",
                            SLICE_ARG(id),
                            i + 1);
        }
        if (a->reserved) {
            struct account *account =
                account_at(v, order->lines[a->line].parts[a->part].sku.v, a->location.v);
            if (!account) {
                return ERR_LIMIT;
            }
            account->ordered += a->reserved;
            if (account->ordered > BALANCE_MAX) {
                return differs(v,
                               account,
                               "reserved",
                               account->balance[BUCKET_RESERVED],
                               "open orders reserve more than",
                               BALANCE_MAX);
            }
        }
    }
    return ERR_OK;
}

static enum err count_orders(struct verify *v)
{
    struct store_query q = {.limit = PAGE, .state = -1};
    for (;;) {
        struct rows rows = {0};
        arena_clear(&v->page);
        enum err e = v->store->ops->list_orders(v->store, &q, &v->page, &rows);
        if (e == ERR_CORRUPT) {
            return err_note(
                v->note, e, "an order behind number %" PRId64 " cannot be read", q.after);
        }
        for (size_t i = 0; !e && i < rows.count; i++) {
            const struct order_row *row = rows.items[i];
            e = count_order(v, row);
            q.after = row->n;
            v->report->orders++;
        }
        if (e || rows.count == 0) {
            return e;
        }
    }
}

static enum err count_hold(struct verify *v, const struct hold_row *row)
{
    struct json lines;
    struct err_note why;
    bool sound =
        json_parse(v->parser, row->lines, &lines, &why) == ERR_OK && json_type(lines) == JSON_ARRAY;
    for (struct json_iter i = json_iter(lines); sound && json_next(&i);) {
        for (struct json_iter p = json_iter(json_get(i.value, "picks")); sound && json_next(&p);) {
            int64_t sku = 0, location = 0, quantity = 0;
            sound = json_int(json_get(p.value, "sku"), &sku) &&
                    json_int(json_get(p.value, "location"), &location) &&
                    json_int(json_get(p.value, "quantity"), &quantity) && sku > 0 && location > 0 &&
                    quantity >= 0 && quantity <= BALANCE_MAX;
            struct account *account = sound ? account_at(v, sku, location) : NULL;
            if (sound && !account) {
                return ERR_LIMIT;
            }
            if (account) {
                account->held += quantity;
                sound = account->held <= BALANCE_MAX;
            }
        }
    }
    return sound ? ERR_OK
                 : err_note(
                       v->note, ERR_CORRUPT, "hold %" PRId64 ": its picks cannot be read", row->n);
}

static enum err count_transfer(struct verify *v, const struct transfer_row *row)
{
    struct json lines;
    struct err_note why;
    bool sound =
        json_parse(v->parser, row->lines, &lines, &why) == ERR_OK && json_type(lines) == JSON_ARRAY;
    for (struct json_iter i = json_iter(lines); sound && json_next(&i);) {
        int64_t sku = 0, sent = 0, received = 0, damaged = 0, missing = 0;
        sound = json_int(json_get(i.value, "sku"), &sku) &&
                json_int(json_get(i.value, "quantity"), &sent) &&
                json_int(json_get(i.value, "received"), &received) &&
                json_int(json_get(i.value, "damaged"), &damaged) &&
                json_int(json_get(i.value, "short"), &missing) && sku > 0 && received >= 0 &&
                damaged >= 0 && missing >= 0 && sent <= BALANCE_MAX && received <= sent &&
                damaged <= sent - received && missing <= sent - received - damaged;
        struct account *account = sound ? account_at(v, sku, row->to.v) : NULL;
        if (sound && !account) {
            return ERR_LIMIT;
        }
        if (account) {
            account->under_way += sent - received - damaged - missing;
            sound = account->under_way <= BALANCE_MAX;
        }
    }
    return sound ? ERR_OK
                 : err_note(v->note,
                            ERR_CORRUPT,
                            "transfer %" PRId64 ": its lines cannot be read",
                            row->id);
}

static enum err count_transfers(struct verify *v)
{
    struct store_query q = {.limit = PAGE, .state = TRANSFER_IN_TRANSIT};
    for (;;) {
        struct rows rows = {0};
        arena_clear(&v->page);
        enum err e = v->store->ops->list_transfers(v->store, &q, &v->page, &rows);
        for (size_t i = 0; !e && i < rows.count; i++) {
            const struct transfer_row *row = rows.items[i];
            e = count_transfer(v, row);
            q.after = row->id;
        }
        if (e || rows.count == 0) {
            return e;
        }
    }
}

static enum err count_holds(struct verify *v)
{
    struct store_query q = {.limit = PAGE, .state = HOLD_OPEN};
    for (;;) {
        struct rows rows = {0};
        arena_clear(&v->page);
        enum err e = v->store->ops->list_holds(v->store, &q, &v->page, &rows);
        for (size_t i = 0; !e && i < rows.count; i++) {
            const struct hold_row *row = rows.items[i];
            e = count_hold(v, row);
            q.after = row->n;
        }
        if (e || rows.count == 0) {
            return e;
        }
    }
}

/* ---- what is stored ---- */

static enum err
compare_reasons(struct verify *v, const struct account *account, const struct stock *row)
{
    int64_t sum = 0;
    char what[SHOWN_MAX + 32];
    for (struct stock_reason *r = row->reasons; r; r = r->next) {
        struct slice text = shown(r->reason);
        const struct stock_reason *made = reason_in(account->reasons, r->reason);
        if (r->quantity != (made ? made->quantity : 0)) {
            snprintf(what, sizeof(what), "unavailable for '%.*s'", SLICE_ARG(text));
            return differs(
                v, account, what, r->quantity, "its movements make", made ? made->quantity : 0);
        }
        sum += r->quantity;
    }
    for (struct stock_reason *r = account->reasons; r; r = r->next) {
        if (r->quantity && !reason_in(row->reasons, r->reason)) {
            struct slice text = shown(r->reason);
            snprintf(what, sizeof(what), "unavailable for '%.*s'", SLICE_ARG(text));
            return differs(v, account, what, 0, "its movements make", r->quantity);
        }
    }
    return sum == row->unavailable
               ? ERR_OK
               : differs(v, account, "unavailable", row->unavailable, "its reasons sum to", sum);
}

static enum err
compare_row(struct verify *v, const struct account *account, const struct stock *row)
{
    const int64_t stored[BUCKETS] = {[BUCKET_AVAILABLE] = row->available,
                                     [BUCKET_HELD] = row->held,
                                     [BUCKET_RESERVED] = row->reserved,
                                     [BUCKET_UNAVAILABLE] = row->unavailable,
                                     [BUCKET_IN_TRANSIT] = row->in_transit};
    for (int i = BUCKET_AVAILABLE; i < BUCKETS; i++) {
        if (stored[i] != account->balance[i]) {
            return differs(v,
                           account,
                           bucket_text((enum bucket)i),
                           stored[i],
                           "its movements make",
                           account->balance[i]);
        }
    }
    if (row->reserved != account->ordered) {
        return differs(
            v, account, "reserved", row->reserved, "open orders reserve", account->ordered);
    }
    if (row->held != account->held) {
        return differs(v, account, "held", row->held, "open holds hold", account->held);
    }
    if (row->in_transit != account->under_way) {
        return differs(v,
                       account,
                       "in_transit",
                       row->in_transit,
                       "transfers have under way to it",
                       account->under_way);
    }
    return compare_reasons(v, account, row);
}

static enum err compare_skus(struct verify *v, const struct rows *skus)
{
    struct sku_id *ids = ARENA_ARRAY(&v->page, skus->count, struct sku_id);
    if (!ids) {
        return ERR_LIMIT;
    }
    for (size_t i = 0; i < skus->count; i++) {
        ids[i] = ((const struct sku_row *)skus->items[i])->id;
    }
    ON_EXIT(stock_set_free) struct stock_set stock;
    stock_set_init(&stock, &v->page);
    enum err e = v->store->ops->stock(v->store, ids, skus->count, &stock);
    for (size_t i = 0; !e && i < stock.rows.items_count; i++) {
        const struct stock *row = stock.rows.items[i].value;
        struct account *account = account_at(v, row->sku.v, row->location.v);
        if (!account) {
            return ERR_LIMIT;
        }
        account->is_compared = true;
        e = compare_row(v, account, row);
    }
    return e;
}

static enum err compare_all_skus(struct verify *v)
{
    struct store_query q = {.limit = PAGE, .state = -1};
    for (;;) {
        struct rows rows = {0};
        arena_clear(&v->page);
        enum err e = v->store->ops->list_skus(v->store, &q, &v->page, &rows);
        if (e || rows.count == 0) {
            return e;
        }
        e = compare_skus(v, &rows);
        if (e) {
            return e;
        }
        q.after = ((const struct sku_row *)rows.items[rows.count - 1])->id.v;
        v->report->skus += (int64_t)rows.count;
    }
}

/* A balance that is not stored counts as zero, and so must what the log makes of it. */
static enum err compare_the_rest(struct verify *v)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < v->accounts.items_count; i++) {
        const struct account *account = v->accounts.items[i].value;
        if (!account->is_compared) {
            e = compare_row(v, account, &(struct stock){0});
        }
    }
    return e;
}

static enum err load_locations(struct verify *v)
{
    struct rows rows = {0};
    enum err e = v->store->ops->locations(v->store, &v->fold, &rows);
    for (size_t i = 0; !e && i < rows.count; i++) {
        struct location_row *row = rows.items[i];
        e = map_set(&v->locations, MAP_KEY(&row->id), row) ? ERR_OK : ERR_MEMORY;
    }
    return e;
}

static enum err verify_all(struct verify *v)
{
    const struct store_ops *ops = v->store->ops;
    struct verify_report *r = v->report;
    enum err e = ops->chain_check(v->store, 0, &r->commits, r->chain, v->note);
    e = e ? e : ops->counts(v->store, &r->events, &r->movements);
    e = e ? e : load_locations(v);
    e = e ? e : fold_movements(v);
    e = e ? e : count_orders(v);
    e = e ? e : count_holds(v);
    e = e ? e : count_transfers(v);
    e = e ? e : compare_all_skus(v);
    return e ? e : compare_the_rest(v);
}

enum err store_verify(struct store *store, struct verify_report *out, struct err_note *note)
{
    struct verify v = {.store = store, .note = note, .report = out};
    *out = (struct verify_report){0};
    *note = (struct err_note){0};
    v.parser = json_doc_new();
    if (!v.parser) {
        return ERR_MEMORY;
    }
    arena_init(&v.fold, FOLD_BYTES_MAX);
    arena_init(&v.page, PAGE_BYTES_MAX);
    arena_init(&v.events_arena, PAGE_BYTES_MAX);
    arena_init(&v.names, (size_t)1024 * 1024);
    map_init(&v.accounts);
    map_init(&v.locations);
    enum err e = store->ops->begin(store);
    if (!e) {
        e = verify_all(&v);
        store->ops->rollback(store);
    }
    map_free(&v.accounts);
    map_free(&v.locations);
    arena_free(&v.fold);
    arena_free(&v.page);
    arena_free(&v.events_arena);
    arena_free(&v.names);
    json_doc_free(v.parser);
    return e && !note->text[0] ? err_note(note, e, "verify stopped: %s", err_text(e)) : e;
}
