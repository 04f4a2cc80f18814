/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/moment.h"

#define PAGE 500
#define PAGE_FIRST (CHECKPOINT_EVERY / 2) /* rows behind a checkpoint are few */
#define BALANCES_MAX ((size_t)1024 * 1024)

/* ---- checkpoints ---- */

/* [[location,available,held,reserved,unavailable,in_transit,{reason:units}],...] */
static void write_balances(const struct stock *first, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_array(&w);
    for (const struct stock *row = first; row; row = row->next_of_sku) {
        const int64_t figures[] = {row->location.v,
                                   row->available,
                                   row->held,
                                   row->reserved,
                                   row->unavailable,
                                   row->in_transit};
        json_begin_array(&w);
        for (size_t i = 0; i < COUNT_OF(figures); i++) {
            json_put_int(&w, figures[i]);
        }
        json_begin_object(&w);
        for (const struct stock_reason *r = row->reasons; r; r = r->next) {
            if (r->quantity) {
                json_key_slice(&w, r->reason);
                json_put_int(&w, r->quantity);
            }
        }
        json_end_object(&w);
        json_end_array(&w);
    }
    json_end_array(&w);
}

static void checkpoint(struct batch *b, struct batch_sku *sku)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, BALANCES_MAX);
    write_balances(stock_set_first(&b->stock, sku->row.id), &text);
    struct checkpoint_row *row = ARENA_NEW(&b->arena, struct checkpoint_row);
    if (!row || text.overflow) {
        batch_fail(b, ERR_LIMIT, "a checkpoint");
        return;
    }
    *row = (struct checkpoint_row){.sku = sku->row.id,
                                   .movement = sku->last_movement,
                                   .balances = arena_copy(&b->arena, buf_view(&text))};
    if (!rows_add(&b->changes.checkpoints, &b->arena, row)) {
        batch_fail(b, ERR_LIMIT, "a checkpoint");
    }
    sku->row.since_checkpoint = 0;
}

void moment_checkpoints(struct batch *b)
{
    for (size_t i = 0; i < b->skus.items_count && !b->err; i++) {
        struct batch_sku *sku = b->skus.items[i].value;
        if (sku && sku->last_movement && sku->row.since_checkpoint >= CHECKPOINT_EVERY) {
            checkpoint(b, sku);
        }
    }
}

static bool read_row(struct json v, struct sku_id sku, struct stock_set *out)
{
    int64_t n[6];
    struct json_iter i = json_iter(v);
    for (size_t k = 0; k < COUNT_OF(n); k++) {
        if (!json_next(&i) || !json_int(i.value, &n[k])) {
            return false;
        }
    }
    struct stock *row =
        n[0] > 0 && json_next(&i) ? stock_set_at(out, sku, (struct location_id){n[0]}) : NULL;
    if (!row) {
        return false;
    }
    row->available = n[1];
    row->held = n[2];
    row->reserved = n[3];
    row->unavailable = n[4];
    row->in_transit = n[5];
    for (struct json_iter r = json_iter(i.value); json_next(&r);) {
        int64_t units;
        if (!json_int(r.value, &units) ||
            !stock_add_reason(out, row, arena_copy(out->arena, r.key), units)) {
            return false;
        }
    }
    return true;
}

static void doc_free(struct json_doc **doc)
{
    json_doc_free(*doc);
}

static enum err read_balances(const struct checkpoint_row *row, struct stock_set *out)
{
    ON_EXIT(doc_free) struct json_doc *doc = json_doc_new();
    struct json list;
    struct err_note note;
    if (!doc) {
        return ERR_MEMORY;
    }
    if (json_parse(doc, row->balances, &list, &note) || json_type(list) != JSON_ARRAY) {
        return ERR_CORRUPT;
    }
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        if (!read_row(i.value, row->sku, out)) {
            return out->arena->exhausted ? ERR_LIMIT : ERR_CORRUPT;
        }
    }
    return ERR_OK;
}

/* ---- movements between ---- */

static bool add_to(struct stock_set *set,
                   const struct movement *m,
                   const struct account_of *account,
                   int64_t delta)
{
    if (account->bucket == BUCKET_OUTSIDE) {
        return true;
    }
    struct stock *row = stock_set_at(set, m->sku, account->location);
    if (!row) {
        return false;
    }
    switch (account->bucket) {
    case BUCKET_AVAILABLE:
        row->available += delta;
        return true;
    case BUCKET_HELD:
        row->held += delta;
        return true;
    case BUCKET_RESERVED:
        row->reserved += delta;
        return true;
    case BUCKET_IN_TRANSIT:
        row->in_transit += delta;
        return true;
    case BUCKET_UNAVAILABLE:
        row->unavailable += delta;
        for (struct stock_reason *reason = row->reasons; reason; reason = reason->next) {
            if (slice_equal(reason->reason, m->reason)) {
                reason->quantity += delta;
                return true;
            }
        }
        return stock_add_reason(set, row, arena_copy(set->arena, m->reason), delta);
    case BUCKET_OUTSIDE:
        break;
    }
    return true;
}

/* sign: 1 to do it, -1 to undo it. */
static enum err apply(struct stock_set *set, const struct movement *m, int sign)
{
    bool fits =
        add_to(set, m, &m->from, -sign * m->quantity) && add_to(set, m, &m->to, sign * m->quantity);
    return fits ? ERR_OK : ERR_LIMIT;
}

struct walk {
    struct store *store;
    struct stock_set *out;
    struct sku_id sku;
    int64_t after, through; /* movements (after, through] */
    int64_t happened_by_us; /* ... that happened by then; INT64_MAX: any */
    bool is_prompt;         /* ... and were not told late */
    struct arena page;
};

/* Applies the SKU's movements of the walk. */
static enum err walk(struct walk *w)
{
    struct store_query q = {.sku = w->sku, .after = w->after, .limit = PAGE_FIRST};
    for (;; q.limit = PAGE) {
        struct rows rows = {0};
        arena_clear(&w->page);
        enum err e = w->store->ops->list_movements(w->store, &q, &w->page, &rows);
        for (size_t i = 0; i < rows.count && !e; i++) {
            const struct movement_row *row = rows.items[i];
            int64_t happened_us = row->movement.happened_at_us;
            bool is_late = row->recorded_at_us - happened_us > LATE_US;
            if (row->n > w->through) {
                return ERR_OK;
            }
            if (happened_us <= w->happened_by_us && !(w->is_prompt && is_late)) {
                e = apply(w->out, &row->movement, 1);
            }
            q.after = row->n;
        }
        if (e || rows.count < q.limit) {
            return e;
        }
    }
}

/* What is told late is told after the instant, however long after. */
static enum err add_late(struct walk *w)
{
    for (;;) {
        struct rows rows = {0};
        arena_clear(&w->page);
        enum err e = w->store->ops->movements_late(
            w->store, w->sku, w->after, w->happened_by_us, PAGE, &w->page, &rows);
        for (size_t i = 0; i < rows.count && !e; i++) {
            const struct movement_row *row = rows.items[i];
            e = apply(w->out, &row->movement, 1);
            w->after = row->n;
        }
        if (e || rows.count < PAGE) {
            return e;
        }
    }
}

/* Takes away what was recorded by then, but dated ahead of it. */
static enum err undo_early(struct walk *w, int64_t through, int64_t at_us)
{
    int64_t after = 0;
    for (;;) {
        struct rows rows = {0};
        arena_clear(&w->page);
        enum err e = w->store->ops->movements_early(
            w->store, w->sku, after, through, at_us, PAGE, &w->page, &rows);
        for (size_t i = 0; i < rows.count && !e; i++) {
            const struct movement_row *row = rows.items[i];
            e = apply(w->out, &row->movement, -1);
            after = row->n;
        }
        if (e || rows.count < PAGE) {
            return e;
        }
    }
}

static enum err by_happened(struct walk *w, int64_t through, int64_t at_us)
{
    int64_t prompt_through;
    enum err e = undo_early(w, through, at_us);
    e = e ? e : w->store->ops->movement_at(w->store, at_us + LATE_US, &prompt_through);
    if (e) {
        return e;
    }
    w->after = through;
    w->through = prompt_through;
    w->happened_by_us = at_us;
    w->is_prompt = true;
    e = walk(w);
    w->after = through;
    return e ? e : add_late(w);
}

enum err moment_stock(struct store *store,
                      struct sku_id sku,
                      int64_t at_us,
                      enum moment_time time,
                      struct stock_set *out)
{
    struct checkpoint_row *checkpoint = NULL;
    int64_t through;
    enum err e = store->ops->movement_at(store, at_us, &through);
    e = e ? e : store->ops->checkpoint(store, sku, through, out->arena, &checkpoint);
    e = e || !checkpoint ? e : read_balances(checkpoint, out);
    if (e) {
        return e;
    }
    struct walk w = {.store = store,
                     .out = out,
                     .sku = sku,
                     .after = checkpoint ? checkpoint->movement : 0,
                     .through = through,
                     .happened_by_us = INT64_MAX};
    arena_init(&w.page, (size_t)8 * 1024 * 1024);
    e = walk(&w);
    if (!e && time == MOMENT_HAPPENED) {
        e = by_happened(&w, through, at_us);
    }
    arena_free(&w.page);
    return e;
}
