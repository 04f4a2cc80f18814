/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ledger.h"

#define MOVEMENTS_AT_FIRST 8

struct stock_key {
    int64_t sku, location;
};

void stock_set_init(struct stock_set *set, struct arena *arena)
{
    *set = (struct stock_set){.arena = arena};
    map_init(&set->rows);
    map_init(&set->of_sku);
}

void stock_set_free(struct stock_set *set)
{
    map_free(&set->rows);
    map_free(&set->of_sku);
}

struct stock *stock_set_find(const struct stock_set *set, struct sku_id sku, struct location_id at)
{
    struct stock_key key = {sku.v, at.v};
    return map_get(&set->rows, MAP_KEY(&key));
}

struct stock *stock_set_first(const struct stock_set *set, struct sku_id sku)
{
    return map_get(&set->of_sku, MAP_KEY(&sku));
}

struct stock *stock_set_at(struct stock_set *set, struct sku_id sku, struct location_id at)
{
    struct stock *row = stock_set_find(set, sku, at);
    if (row) {
        return row;
    }
    must(sku.v > 0 && at.v > 0);
    row = ARENA_NEW(set->arena, struct stock);
    struct stock_key *key = ARENA_NEW(set->arena, struct stock_key);
    if (!row || !key) {
        return NULL;
    }
    row->sku = sku;
    row->location = at;
    *key = (struct stock_key){sku.v, at.v};
    if (!map_set(&set->rows, MAP_KEY(key), row)) {
        return NULL;
    }
    struct stock *first = stock_set_first(set, sku);
    if (!first) {
        return map_set(&set->of_sku, MAP_KEY(&row->sku), row) ? row : NULL;
    }
    while (first->next_of_sku) {
        first = first->next_of_sku;
    }
    first->next_of_sku = row;
    return row;
}

static struct stock_reason *reason_find(const struct stock *row, struct slice reason)
{
    for (struct stock_reason *r = row->reasons; r; r = r->next) {
        if (slice_equal(r->reason, reason)) {
            return r;
        }
    }
    return NULL;
}

bool stock_add_reason(struct stock_set *set,
                      struct stock *row,
                      struct slice reason,
                      int64_t quantity)
{
    struct stock_reason *r = ARENA_NEW(set->arena, struct stock_reason);
    if (!r) {
        return false;
    }
    *r = (struct stock_reason){
        .reason = arena_copy(set->arena, reason), .quantity = quantity, .next = row->reasons};
    row->reasons = r;
    return r->reason.p != NULL;
}

int64_t stock_on_hand(const struct stock *row)
{
    return row->available + row->held + row->reserved + row->unavailable;
}

int64_t stock_reason_quantity(const struct stock *row, struct slice reason)
{
    const struct stock_reason *r = row ? reason_find(row, reason) : NULL;
    return r ? r->quantity : 0;
}

int64_t stock_debt(const struct stock_set *set, struct sku_id sku)
{
    int64_t debt = 0;
    for (const struct stock *row = stock_set_first(set, sku); row; row = row->next_of_sku) {
        debt += row->available < 0 ? -row->available : 0;
    }
    return debt;
}

/* Moves one leg; gives the balance after it. False when the arena is exhausted. */
static bool leg(struct ledger *ledger,
                const struct movement *m,
                struct account_of account,
                int64_t delta,
                int64_t *out_after)
{
    if (account.bucket == BUCKET_OUTSIDE) {
        *out_after = 0;
        return true;
    }
    struct stock *row = stock_set_at(ledger->stock, m->sku, account.location);
    if (!row) {
        return false;
    }
    int64_t *balance = NULL;
    switch (account.bucket) {
    case BUCKET_AVAILABLE:
        balance = &row->available;
        break;
    case BUCKET_HELD:
        balance = &row->held;
        break;
    case BUCKET_RESERVED:
        balance = &row->reserved;
        break;
    case BUCKET_IN_TRANSIT:
        balance = &row->in_transit;
        break;
    case BUCKET_UNAVAILABLE: {
        struct stock_reason *r = reason_find(row, m->reason);
        if (!r) {
            if (!stock_add_reason(ledger->stock, row, m->reason, 0)) {
                return false;
            }
            r = row->reasons;
        }
        r->changed = true;
        row->unavailable += delta;
        must(row->unavailable >= 0);
        balance = &r->quantity;
        break;
    }
    case BUCKET_OUTSIDE:
        break;
    }
    must(balance); /* outside has none, and was answered above */
    *balance += delta;
    must(*balance >= -BALANCE_MAX && *balance <= BALANCE_MAX);
    must(account.bucket == BUCKET_AVAILABLE || *balance >= 0);
    row->changed = true;
    *out_after = *balance;
    return true;
}

void ledger_post(struct ledger *ledger, const struct movement *movement)
{
    must(movement->quantity > 0 && movement->quantity <= BALANCE_MAX);
    must(movement->from.bucket != movement->to.bucket ||
         movement->from.location.v != movement->to.location.v);
    struct movement_list *list = &ledger->movements;
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : MOVEMENTS_AT_FIRST;
        struct movement *items = ARENA_ARRAY(ledger->arena, cap, struct movement);
        if (!items) {
            ledger->exhausted = true;
            return;
        }
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        list->items = items;
        list->cap = cap;
    }
    struct movement *m = &list->items[list->count];
    *m = *movement;
    if (!leg(ledger, m, m->from, -m->quantity, &m->from_after) ||
        !leg(ledger, m, m->to, m->quantity, &m->to_after)) {
        ledger->exhausted = true;
        return;
    }
    list->count++;
}

void ledger_undo(struct ledger *ledger)
{
    struct movement_list *list = &ledger->movements;
    while (list->count > 0) {
        const struct movement *m = &list->items[--list->count];
        int64_t after;
        /* Both rows exist by now: undoing allocates nothing. */
        must(leg(ledger, m, m->to, -m->quantity, &after));
        must(leg(ledger, m, m->from, m->quantity, &after));
    }
}

static const char *const kind_texts[] = {
#define X(name, text) text,
    MOVEMENT_KIND_MAP(X)
#undef X
};

const char *movement_kind_text(enum movement_kind kind)
{
    must((size_t)kind < COUNT_OF(kind_texts));
    return kind_texts[kind];
}

bool movement_kind_parse(struct slice text, enum movement_kind *out)
{
    for (size_t i = 0; i < COUNT_OF(kind_texts); i++) {
        if (slice_is(text, kind_texts[i])) {
            *out = (enum movement_kind)i;
            return true;
        }
    }
    return false;
}

const char *bucket_text(enum bucket bucket)
{
    static const char *const texts[] = {
        "outside", "available", "held", "reserved", "unavailable", "in_transit"};
    must((size_t)bucket < COUNT_OF(texts));
    return texts[bucket];
}
