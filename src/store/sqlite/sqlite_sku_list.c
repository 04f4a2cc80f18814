/* SPDX-License-Identifier: Apache-2.0 */
/* Finding SKUs, and looking at them as the stock list does. */
#include "core/search.h"
#include "store/sqlite/sqlite_internal.h"

static struct slice text_of(sqlite3_value *value)
{
    const char *p = (const char *)sqlite3_value_text(value);
    return (struct slice){p, (size_t)sqlite3_value_bytes(value)};
}

/* What is typed is the same for all rows of a statement: it is folded once. */
static void sku_found(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct search *search = sqlite3_get_auxdata(context, 0), *made = NULL;
    struct slice texts[SEARCH_TEXTS_MAX];
    size_t texts_count = 0;
    if (!search) {
        search = made = sqlite3_malloc(sizeof(*made));
        if (!made) {
            sqlite3_result_error_nomem(context);
            return;
        }
        search_init(made, text_of(values[0]));
    }
    must(count - 1 <= SEARCH_TEXTS_MAX);
    for (int i = 1; i < count; i++) {
        texts[texts_count++] = text_of(values[i]);
    }
    sqlite3_result_int(context, search_finds(search, texts, texts_count));
    if (made) { /* the last thing: it may be freed at once */
        sqlite3_set_auxdata(context, 0, made, sqlite3_free);
    }
}

int sqlite_sku_found(sqlite3 *db)
{
    return sqlite3_create_function_v2(db,
                                      "sku_found",
                                      6,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                      NULL,
                                      sku_found,
                                      NULL,
                                      NULL,
                                      NULL);
}

static enum err
list_skus(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct sqlite_store *s = sqlite_of(store);
    size_t before = out->count;
    sqlite3_stmt *found = sql_bind(s,
                                   q->newest_first ? SQL_SKUS_LIST_DOWN : SQL_SKUS_LIST,
                                   "izi",
                                   q->after == 0 && q->newest_first ? INT64_MAX : q->after,
                                   q->text,
                                   (int64_t)q->limit);
    ALL(s, found, arena, out, sku_read(found, arena));
    return skus_read_parts(s, out, before, arena);
}

static struct stock_line *line_read(sqlite3_stmt *q, struct arena *arena)
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

static enum err stock_lines(struct store *store,
                            const struct stock_line_query *q,
                            struct arena *arena,
                            struct rows *out)
{
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *found =
        sql_bind(s, SQL_STOCK_LINES, "iizi", q->after.v, q->through.v, q->text, (int64_t)q->parts);
    ALL(s, found, arena, out, line_read(found, arena));
    return ERR_OK;
}

void sqlite_sku_list_ops(struct store_ops *ops)
{
    ops->list_skus = list_skus;
    ops->stock_lines = stock_lines;
}
