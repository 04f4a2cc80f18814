/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding SKUs, and looking at them as the stock list does. What people type is compared here and not
 * by the database: each has its own idea of case and marks, and all stores must find the same.
 */
#include <stdlib.h>

#include "core/search.h"
#include "store/rows/rows_internal.h"

#define TEXTS_AT_ONCE 1000 /* SKUs whose texts are read by one statement */

/* Column 1 and those behind it are texts, up to the other codes in one. */
static bool finds(const struct search *search, struct sql_stmt *q)
{
    struct slice texts[5];
    for (int i = 0; i < (int)COUNT_OF(texts); i++) {
        texts[i] = q->driver->col(q, i + 1);
    }
    return search_finds(search, texts, COUNT_OF(texts));
}

/* One statement's worth: ids of those that are found, `limit` in all; how far it came, 0: to the end. */
static enum err find_some(struct sql_store *s,
                          const struct search *search,
                          const struct store_query *q,
                          int64_t *ids,
                          size_t *count,
                          int64_t *at)
{
    struct sql_stmt *rows = sql_bind(
        s, q->newest_first ? SQL_SKU_TEXTS_DOWN : SQL_SKU_TEXTS, "ii", *at, (int64_t)TEXTS_AT_ONCE);
    size_t seen = 0;
    int64_t last = 0;
    enum err e;
    while ((e = sql_step(s, rows)) == ERR_OK) {
        last = col_int(rows, 0);
        seen++;
        if (finds(search, rows)) {
            ids[(*count)++] = last;
            if (*count == q->limit) {
                sql_reset(rows);
                *at = 0;
                return ERR_OK;
            }
        }
    }
    *at = seen == TEXTS_AT_ONCE ? last : 0;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err list_found(struct sql_store *s,
                           const struct search *search,
                           const struct store_query *q,
                           struct arena *arena,
                           struct rows *out)
{
    int64_t at = q->after == 0 && q->newest_first ? INT64_MAX : q->after;
    int64_t *ids = calloc(q->limit + 1, sizeof(*ids));
    size_t count = 0;
    enum err e = ids ? ERR_OK : ERR_MEMORY;
    for (bool more = q->limit > 0; !e && more; more = at != 0) {
        e = find_some(s, search, q, ids, &count, &at);
    }
    for (size_t i = 0; !e && i < count; i++) {
        struct sku_row *row = NULL;
        e = s->ops.skus(&s->base, &(struct sku_id){ids[i]}, 1, arena, &row);
        if (!e && row && !rows_add(out, arena, row)) {
            e = ERR_LIMIT;
        }
    }
    free(ids);
    return e;
}

static enum err
list_skus(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    size_t before = out->count;
    struct search search;
    search_init(&search, q->text);
    if (search.words_count) {
        return list_found(s, &search, q, arena, out);
    }
    struct sql_stmt *found = sql_bind(s,
                                      q->newest_first ? SQL_SKUS_LIST_DOWN : SQL_SKUS_LIST,
                                      "ii",
                                      q->after == 0 && q->newest_first ? INT64_MAX : q->after,
                                      (int64_t)q->limit);
    ALL(s, found, arena, out, sku_read(found, arena));
    return skus_read_parts(s, out, before, arena);
}

/* ---- lines ---- */

static struct stock_line *line_read(struct sql_stmt *q, struct arena *arena)
{
    struct stock_line *line = ARENA_NEW(arena, struct stock_line);
    if (line) {
        *line = (struct stock_line){.sku = {col_int(q, 0)},
                                    .code_key = col_text(q, 1, arena),
                                    .is_bundle = col_bool(q, 2),
                                    .available = col_int(q, 3),
                                    .reserved = col_int(q, 4),
                                    .on_hand = col_int(q, 5),
                                    .listings = col_int(q, 6),
                                    .seen_at_us = col_int(q, 7),
                                    .differs = col_bool(q, 8)};
    }
    return line;
}

static enum err lines_between(struct sql_store *s,
                              int64_t after,
                              int64_t through,
                              unsigned parts,
                              struct arena *arena,
                              struct rows *out)
{
    struct sql_stmt *found = sql_bind(s, SQL_STOCK_LINES, "iii", after, through, (int64_t)parts);
    ALL(s, found, arena, out, line_read(found, arena));
    return ERR_OK;
}

/* Of these, ascending and near each other: what lies between is read too, and left out. */
static enum err lines_of(struct sql_store *s,
                         const int64_t *ids,
                         size_t count,
                         unsigned parts,
                         struct arena *arena,
                         struct rows *out)
{
    struct rows all = {0};
    enum err e = lines_between(s, ids[0] - 1, ids[count - 1], parts, arena, &all);
    for (size_t i = 0, k = 0; !e && i < all.count && k < count; i++) {
        struct stock_line *line = all.items[i];
        if (line->sku.v == ids[k]) {
            e = rows_add(out, arena, line) ? ERR_OK : ERR_LIMIT;
            k++;
        }
    }
    return e;
}

/* Of those whose texts are found: the ids first, a few at a time. */
static enum err lines_found(struct sql_store *s,
                            const struct search *search,
                            const struct stock_line_query *q,
                            struct arena *arena,
                            struct rows *out)
{
    const struct store_query all = {.limit = SIZE_MAX};
    int64_t ids[TEXTS_AT_ONCE + 1];
    int64_t at = q->after.v;
    enum err e = ERR_OK;
    for (bool more = at < q->through.v; !e && more; more = at != 0 && at < q->through.v) {
        size_t count = 0;
        e = find_some(s, search, &all, ids, &count, &at);
        while (count && ids[count - 1] > q->through.v) {
            count--;
        }
        e = e || !count ? e : lines_of(s, ids, count, q->parts, arena, out);
    }
    return e;
}

static enum err stock_lines(struct store *store,
                            const struct stock_line_query *q,
                            struct arena *arena,
                            struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct search search;
    search_init(&search, q->text);
    return search.words_count ? lines_found(s, &search, q, arena, out)
                              : lines_between(s, q->after.v, q->through.v, q->parts, arena, out);
}

void rows_sku_list_ops(struct store_ops *ops)
{
    ops->list_skus = list_skus;
    ops->stock_lines = stock_lines;
}
