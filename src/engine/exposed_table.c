/* SPDX-License-Identifier: Apache-2.0 */
/* The worst of all listings: which SKUs sold, then their listings, a little at a time. */
#include <stdlib.h>

#include "engine/exposed_inner.h"

#define WORK_MEMORY_MAX ((size_t)32 << 20)
#define LOOK_AT_ONCE 1000           /* movements of a step */
#define RECKON_AT_ONCE 8            /* listings of a step */
#define ROWS_CAP (4 * EXPOSED_ROWS) /* sorted and cut when they are that many */

enum err exposed_new(struct exposed **out)
{
    struct exposed *x = calloc(1, sizeof(*x));
    if (!x) {
        return ERR_MEMORY;
    }
    arena_init(&x->work, WORK_MEMORY_MAX);
    arena_init(&x->page, WORK_MEMORY_MAX);
    map_init(&x->skus);
    map_init(&x->seen);
    *out = x;
    return ERR_OK;
}

/* Back to nothing being made; the table stays. */
static void stop_making(struct exposed *x)
{
    map_free(&x->skus);
    map_free(&x->seen);
    map_init(&x->skus);
    map_init(&x->seen);
    arena_free(&x->work);
    arena_free(&x->page);
    free(x->rows);
    x->rows = NULL;
    x->rows_count = 0;
    x->sold = NULL;
    x->sold_count = x->sold_at = 0;
    x->refs = (struct rows){0};
    x->refs_at = 0;
    x->phase = EXPOSED_IDLE;
}

void exposed_free(struct exposed *x)
{
    if (x) {
        stop_making(x);
        map_free(&x->skus);
        map_free(&x->seen);
        free(x->table);
        free(x->channels);
        free(x);
    }
}

static enum err begin(struct exposed *x, int64_t now_us)
{
    x->rows = calloc(ROWS_CAP, sizeof(*x->rows));
    if (!x->rows) {
        return ERR_MEMORY;
    }
    x->phase = EXPOSED_COUNTING;
    x->begun_at_us = now_us;
    x->after = 0;
    x->looked = 0;
    return ERR_OK;
}

/* ---- what sold ---- */

static bool count_sale(struct exposed *x, const struct movement *mv)
{
    struct sold_sku *sold = map_get(&x->skus, MAP_KEY(&mv->sku));
    if (!sold) {
        sold = ARENA_NEW(&x->work, struct sold_sku);
        if (!sold) {
            return false;
        }
        sold->sku = mv->sku;
        if (!map_set(&x->skus, MAP_KEY(&sold->sku), sold)) {
            return false;
        }
    }
    sold->units += mv->quantity;
    return true;
}

static int by_units(const void *a, const void *b)
{
    const struct sold_sku *x = *(struct sold_sku *const *)a, *y = *(struct sold_sku *const *)b;
    return x->units != y->units ? (x->units < y->units ? 1 : -1) : (x->sku.v < y->sku.v ? -1 : 1);
}

static enum err rank_sold(struct exposed *x)
{
    x->sold = ARENA_ARRAY(&x->work, x->skus.items_count + 1, struct sold_sku *);
    if (!x->sold) {
        return ERR_LIMIT;
    }
    for (size_t i = 0; i < x->skus.items_count; i++) {
        x->sold[x->sold_count++] = x->skus.items[i].value;
    }
    qsort(x->sold, x->sold_count, sizeof(*x->sold), by_units);
    x->sold_count = x->sold_count < EXPOSED_ROWS ? x->sold_count : EXPOSED_ROWS;
    x->phase = EXPOSED_RECKONING;
    arena_clear(&x->page);
    return ERR_OK;
}

static enum err count_some(struct exposed *x, struct store *store)
{
    const struct store_query q = {
        .after = x->after, .limit = LOOK_AT_ONCE, .newest_first = true, .state = -1};
    struct rows rows = {0};
    bool is_old = false;
    arena_clear(&x->page);
    enum err e = store->ops->list_movements(store, &q, &x->page, &rows);
    for (size_t i = 0; !e && !is_old && i < rows.count; i++) {
        const struct movement_row *row = rows.items[i];
        const struct movement *mv = &row->movement;
        bool is_sale = (mv->kind == MOVE_RESERVE || mv->kind == MOVE_HOLD_COMMIT) && mv->channel.v;
        is_old = row->recorded_at_us < x->begun_at_us - DAY_US;
        if (!is_old && is_sale && !count_sale(x, mv)) {
            e = ERR_LIMIT;
        }
        x->after = row->n;
        x->looked++;
    }
    if (!e && (is_old || rows.count < LOOK_AT_ONCE || x->looked >= EXPOSED_LOOKED)) {
        return rank_sold(x);
    }
    return e;
}

/* ---- their listings ---- */

static int by_risk(const void *a, const void *b)
{
    const struct exposed_row *x = a, *y = b;
    if (x->exposure.at_risk != y->exposure.at_risk) {
        return x->exposure.at_risk < y->exposure.at_risk ? 1 : -1;
    }
    if (x->exposure.chance != y->exposure.chance) {
        return x->exposure.chance < y->exposure.chance ? 1 : -1;
    }
    return x->listing.v < y->listing.v ? -1 : x->listing.v > y->listing.v;
}

static void cut_rows(struct exposed *x)
{
    qsort(x->rows, x->rows_count, sizeof(*x->rows), by_risk);
    x->rows_count = x->rows_count < EXPOSED_ROWS ? x->rows_count : EXPOSED_ROWS;
}

static bool is_told(const struct config *config, const struct listing_row *listing)
{
    const struct channel_config *channel = config_channel(config, listing->channel);
    return channel && channel->row.mode == MODE_LIVE && !channel->row.paused && !listing->paused;
}

/* A listing is met once for each of its components that sold. */
static bool is_first_time(struct exposed *x, struct listing_id id, enum err *e)
{
    struct listing_id *kept;
    if (map_get(&x->seen, MAP_KEY(&id))) {
        return false;
    }
    kept = ARENA_NEW(&x->work, struct listing_id);
    if (kept) {
        *kept = id;
    }
    *e = kept && map_set(&x->seen, MAP_KEY(kept), kept) ? ERR_OK : ERR_LIMIT;
    return *e == ERR_OK;
}

static enum err reckon(struct exposed *x,
                       struct store *store,
                       const struct config *config,
                       struct listing_id id,
                       struct arena *arena)
{
    struct listing_row *listing = NULL;
    struct sku_row *sku = NULL;
    enum err e = ERR_OK;
    if (!is_first_time(x, id, &e)) {
        return e;
    }
    e = store->ops->listings(store, &id, 1, arena, &listing);
    if (e || !listing || !is_told(config, listing)) {
        return e;
    }
    e = store->ops->skus(store, &listing->sku, 1, arena, &sku);
    if (e || !sku) {
        return e;
    }
    e = exposed_of(x, store, config, listing, sku, x->begun_at_us, &x->rows[x->rows_count]);
    if (!e && ++x->rows_count == ROWS_CAP) {
        cut_rows(x);
    }
    return e;
}

static enum err reckon_some(struct exposed *x, struct store *store, const struct config *config)
{
    struct arena arena;
    enum err e = ERR_OK;
    arena_init(&arena, WORK_MEMORY_MAX);
    for (size_t i = 0; !e && i < RECKON_AT_ONCE; i++) {
        if (x->refs_at < x->refs.count) {
            const struct listing_ref *ref = x->refs.items[x->refs_at++];
            e = reckon(x, store, config, ref->id, &arena);
        } else if (x->sold_at < x->sold_count) {
            arena_clear(&x->page);
            x->refs = (struct rows){0};
            x->refs_at = 0;
            e = store->ops->listing_refs(store, x->sold[x->sold_at++]->sku, &x->page, &x->refs);
        }
    }
    arena_free(&arena);
    return e;
}

static void finish(struct exposed *x)
{
    cut_rows(x);
    free(x->table);
    x->table = x->rows;
    x->table_count = x->rows_count;
    x->table_at_us = x->begun_at_us;
    x->rows = NULL;
    stop_making(x);
}

enum err exposed_step(struct exposed *x,
                      struct store *store,
                      const struct config *config,
                      int64_t now_us,
                      bool *out_done)
{
    int64_t age_us = now_us - x->table_at_us;
    enum err e = ERR_OK;
    *out_done = x->table && age_us >= 0 && age_us < EXPOSED_KEEP_US;
    if (*out_done) {
        return ERR_OK;
    }
    switch (x->phase) {
    case EXPOSED_IDLE:
        e = begin(x, now_us);
        break;
    case EXPOSED_COUNTING:
        e = count_some(x, store);
        break;
    case EXPOSED_RECKONING:
        e = reckon_some(x, store, config);
        if (!e && x->refs_at == x->refs.count && x->sold_at == x->sold_count) {
            finish(x);
            *out_done = true;
        }
        break;
    }
    if (e) {
        stop_making(x);
    }
    return e;
}

const struct exposed_row *exposed_table(const struct exposed *x, size_t *out_count)
{
    *out_count = x->table_count;
    return x->table;
}
