/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/past.h"

/* How far a channel's clock may be ahead of ours in what it says about its orders. */
#define CLOCKS_APART_US (3600 * US_PER_S)

static bool is_on_hand(struct account_of account, struct location_id at)
{
    return account.location.v == at.v && account.bucket != BUCKET_OUTSIDE &&
           account.bucket != BUCKET_IN_TRANSIT;
}

int64_t on_hand_effect(const struct movement *m, struct location_id at)
{
    int64_t effect = 0;
    effect += is_on_hand(m->to, at) ? m->quantity : 0;
    effect -= is_on_hand(m->from, at) ? m->quantity : 0;
    return effect;
}

enum err past_start_in(struct store *store, int64_t after_us, int64_t *out)
{
    /* Numbers rise with the time of recording. */
    return store->ops->movement_at(store, after_us - CLOCKS_APART_US, out);
}

int64_t past_start(struct batch *b, int64_t after_us)
{
    int64_t start = 0;
    batch_fail(b, past_start_in(b->store, after_us, &start), "read the ledger");
    return start;
}

int64_t past_end_of_stamp(int64_t time_us, int64_t now_us)
{
    int64_t end_us = stamp_end_us(time_us);
    return end_us < now_us || time_us > now_us ? end_us : now_us;
}

static void add(struct past *past,
                const struct movement *m,
                struct sku_id sku,
                struct location_id at,
                int64_t recorded_at_us,
                int64_t after_us)
{
    if (m->sku.v != sku.v || past_end_of_stamp(m->happened_at_us, recorded_at_us) <= after_us) {
        return;
    }
    int64_t effect = on_hand_effect(m, at);
    past->effect += effect;
    if (m->kind == MOVE_COUNT && effect != 0 &&
        (past->counted_at_us == 0 || m->happened_at_us < past->counted_at_us)) {
        past->counted_at_us = m->happened_at_us;
    }
}

enum err past_after_in(struct store *store,
                       int64_t start,
                       struct sku_id sku,
                       struct location_id at,
                       int64_t after_us,
                       struct past *out)
{
    enum { PAGE = 500 };
    struct arena page;
    arena_init(&page, (size_t)16 * 1024 * 1024);
    struct store_query q = {.after = start, .sku = sku, .location = at, .limit = PAGE};
    enum err e = ERR_OK;
    *out = (struct past){0};
    for (bool more = true; more && !e;) {
        struct rows rows = {0};
        arena_clear(&page);
        e = store->ops->list_movements(store, &q, &page, &rows);
        for (size_t i = 0; i < rows.count; i++) {
            const struct movement_row *row = rows.items[i];
            add(out, &row->movement, sku, at, row->recorded_at_us, after_us);
            q.after = row->n;
        }
        more = rows.count == PAGE;
    }
    arena_free(&page);
    return e;
}

struct past past_after(struct batch *b,
                       const struct ledger *ledger,
                       int64_t start,
                       struct sku_id sku,
                       struct location_id at,
                       int64_t after_us)
{
    struct past past;
    batch_fail(b, past_after_in(b->store, start, sku, at, after_us, &past), "read the ledger");
    for (size_t i = 0; ledger && i < b->changes.movements.count; i++) {
        const struct movement_row *row = b->changes.movements.items[i];
        add(&past, &row->movement, sku, at, row->recorded_at_us, after_us);
    }
    for (size_t i = 0; ledger && i < ledger->movements.count; i++) {
        add(&past, &ledger->movements.items[i], sku, at, b->now_us, after_us);
    }
    return past;
}

void past_counted(struct stock *row, int64_t counted_at_us)
{
    if (counted_at_us > row->counted_at_us) {
        row->counted_at_us = counted_at_us;
        row->changed = true;
    }
}

void past_oppose(struct ledger *ledger,
                 const struct movement *m,
                 struct location_id at,
                 int64_t counted_at_us)
{
    const struct account_of here = {at, BUCKET_AVAILABLE};
    const struct account_of outside = {.bucket = BUCKET_OUTSIDE};
    int64_t effect = on_hand_effect(m, at);
    ledger_post(ledger,
                &(struct movement){.kind = MOVE_COUNT,
                                   .sku = m->sku,
                                   .from = effect > 0 ? here : outside,
                                   .to = effect > 0 ? outside : here,
                                   .quantity = m->quantity,
                                   .reason = SLICE("counted already"),
                                   .reference = m->order.n ? m->order : m->reference,
                                   .happened_at_us = counted_at_us});
}

void past_oppose_counted(struct batch *b, struct ledger *ledger, int64_t happened_at_us)
{
    size_t posted = ledger->movements.count;
    int64_t start = -1, instant_us = past_end_of_stamp(happened_at_us, b->now_us);
    for (size_t i = 0; i < posted && !b->err && !ledger->exhausted; i++) {
        const struct movement m = ledger->movements.items[i]; /* the list may move */
        const struct location_id places[] = {m.from.location, m.to.location};
        for (size_t p = 0; p < COUNT_OF(places); p++) {
            const struct stock *row = stock_set_find(&b->stock, m.sku, places[p]);
            bool is_same = p > 0 && places[p].v == places[0].v;
            if (is_same || !row || row->counted_at_us <= instant_us ||
                on_hand_effect(&m, places[p]) == 0) {
                continue;
            }
            start = start < 0 ? past_start(b, happened_at_us) : start;
            struct past past = past_after(b, ledger, start, m.sku, places[p], instant_us);
            past_oppose(ledger,
                        &m,
                        places[p],
                        past.counted_at_us ? past.counted_at_us : row->counted_at_us);
        }
    }
}
