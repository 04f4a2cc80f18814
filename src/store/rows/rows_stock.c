/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the stock model: other codes, transfers, counts, past moments, items without a SKU. */
#include "store/rows/rows_internal.h"

/* ---- other codes of SKUs ---- */

static struct alias_row *alias_read(struct sql_stmt *q, struct arena *arena)
{
    struct alias_row *row = ARENA_NEW(arena, struct alias_row);
    if (row) {
        *row = (struct alias_row){.code_key = col_text(q, 0, arena),
                                  .code = col_text(q, 1, arena),
                                  .sku = {col_int(q, 2)},
                                  .since_us = col_int(q, 3),
                                  .is_former = col_bool(q, 4)};
    }
    return row;
}

static enum err
load_alias(struct store *store, struct slice code_key, struct arena *arena, struct alias_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_ALIAS_BY_CODE, "t", code_key);
    ONE(s, q, out, alias_read(q, arena));
    return ERR_OK;
}

static enum err
load_aliases_of(struct store *store, struct sku_id sku, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_ALIASES_OF_SKU, "i", sku.v);
    ALL(s, q, arena, out, alias_read(q, arena));
    return ERR_OK;
}

enum err rows_save_alias(struct sql_store *s, const void *item)
{
    const struct alias_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_ALIAS_PUT,
                            "ttiii",
                            row->code_key,
                            row->code,
                            row->sku.v,
                            row->since_us,
                            (int64_t)row->is_former));
}

enum err rows_delete_alias(struct sql_store *s, const void *item)
{
    return sql_run(s,
                   sql_bind(s, SQL_ALIAS_DELETE, "t", ((const struct alias_row *)item)->code_key));
}

/* ---- transfers ---- */

static struct transfer_row *transfer_read(struct sql_stmt *q, struct arena *arena)
{
    struct transfer_row *row = ARENA_NEW(arena, struct transfer_row);
    if (row) {
        *row = (struct transfer_row){.id = col_int(q, 0),
                                     .state = (enum transfer_state)col_int(q, 1),
                                     .from = {col_int(q, 2)},
                                     .to = {col_int(q, 3)},
                                     .reference = col_text(q, 4, arena),
                                     .lines = col_text(q, 5, arena),
                                     .created_at_us = col_int(q, 6),
                                     .shipped_at_us = col_int(q, 7),
                                     .closed_at_us = col_int(q, 8)};
    }
    return row;
}

static enum err
load_transfer(struct store *store, int64_t id, struct arena *arena, struct transfer_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_TRANSFER, "i", id);
    ONE(s, q, out, transfer_read(q, arena));
    return ERR_OK;
}

static struct sql_stmt *
bind_list(struct sql_store *s, enum sql up, enum sql down, const struct store_query *q)
{
    int64_t start = q->after == 0 && q->newest_first ? INT64_MAX : q->after;
    return sql_bind(
        s, q->newest_first ? down : up, "iii", start, (int64_t)q->state, (int64_t)q->limit);
}

static enum err list_transfers(struct store *store,
                               const struct store_query *query,
                               struct arena *arena,
                               struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = bind_list(s, SQL_TRANSFERS_UP, SQL_TRANSFERS_DOWN, query);
    ALL(s, q, arena, out, transfer_read(q, arena));
    return ERR_OK;
}

enum err rows_save_transfer(struct sql_store *s, const void *item)
{
    const struct transfer_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_TRANSFER_PUT,
                            "iiiittiii",
                            row->id,
                            (int64_t)row->state,
                            row->from.v,
                            row->to.v,
                            row->reference,
                            row->lines,
                            row->created_at_us,
                            row->shipped_at_us,
                            row->closed_at_us));
}

/* ---- counts ---- */

static struct count_row *count_read(struct sql_stmt *q, struct arena *arena)
{
    struct count_row *row = ARENA_NEW(arena, struct count_row);
    if (row) {
        *row = (struct count_row){.id = col_int(q, 0),
                                  .state = (enum count_state)col_int(q, 1),
                                  .location = {col_int(q, 2)},
                                  .reference = col_text(q, 3, arena),
                                  .reason = col_text(q, 4, arena),
                                  .is_blind = col_bool(q, 5),
                                  .is_listed = col_bool(q, 6),
                                  .created_at_us = col_int(q, 7),
                                  .closed_at_us = col_int(q, 8)};
    }
    return row;
}

static enum err
load_count(struct store *store, int64_t id, struct arena *arena, struct count_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_COUNT_SESSION, "i", id);
    ONE(s, q, out, count_read(q, arena));
    return ERR_OK;
}

static enum err list_counts(struct store *store,
                            const struct store_query *query,
                            struct arena *arena,
                            struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = bind_list(s, SQL_COUNTS_UP, SQL_COUNTS_DOWN, query);
    ALL(s, q, arena, out, count_read(q, arena));
    return ERR_OK;
}

enum err rows_save_count(struct sql_store *s, const void *item)
{
    const struct count_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_COUNT_PUT,
                            "iiittiiii",
                            row->id,
                            (int64_t)row->state,
                            row->location.v,
                            row->reference,
                            row->reason,
                            (int64_t)row->is_blind,
                            (int64_t)row->is_listed,
                            row->created_at_us,
                            row->closed_at_us));
}

static struct count_line_row *count_line_read(struct sql_stmt *q, struct arena *arena)
{
    struct count_line_row *row = ARENA_NEW(arena, struct count_line_row);
    if (row) {
        *row = (struct count_line_row){.count = col_int(q, 0),
                                       .sku = {col_int(q, 1)},
                                       .counted = col_int(q, 2),
                                       .counted_at_us = col_int(q, 3),
                                       .there = col_int(q, 4)};
    }
    return row;
}

static enum err
load_count_lines(struct store *store, int64_t count, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_COUNT_LINES, "i", count);
    ALL(s, q, arena, out, count_line_read(q, arena));
    return ERR_OK;
}

enum err rows_save_count_line(struct sql_store *s, const void *item)
{
    const struct count_line_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_COUNT_LINE_PUT,
                            "iiiii",
                            row->count,
                            row->sku.v,
                            row->counted,
                            row->counted_at_us,
                            row->there));
}

/* ---- past moments ---- */

struct moment { /* a commit: when, and up to which movement */
    int64_t at_us, movement;
};

static enum err moment_of(struct sql_store *s, int64_t commit, struct moment *out)
{
    struct sql_stmt *q = sql_bind(s, SQL_COMMIT_AT, "i", commit);
    enum err e = sql_step(s, q);
    if (!e) {
        *out = (struct moment){col_int(q, 1), col_int(q, 3)};
        sql_reset(q);
    }
    return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

/* Commits are numbered without gaps, and their times rise as long as the clock does. */
static enum err movement_at(struct store *store, int64_t at_us, int64_t *out_n)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_COMMIT_LAST, "");
    enum err e = sql_step(s, q);
    int64_t lo = 0, hi = e ? 0 : col_int(q, 0); /* lo: 0, or at or before the instant */
    *out_n = 0;
    sql_reset(q);
    e = e == ERR_NOT_FOUND ? ERR_OK : e;
    while (!e && lo < hi) {
        int64_t middle = lo + (hi - lo + 1) / 2;
        struct moment moment = {0};
        e = moment_of(s, middle, &moment);
        if (!e && moment.at_us <= at_us) {
            lo = middle;
            *out_n = moment.movement;
        } else {
            hi = middle - 1;
        }
    }
    return e;
}

static struct checkpoint_row *checkpoint_read(struct sql_stmt *q, struct arena *arena)
{
    struct checkpoint_row *row = ARENA_NEW(arena, struct checkpoint_row);
    if (row) {
        *row = (struct checkpoint_row){{col_int(q, 0)}, col_int(q, 1), col_text(q, 2, arena)};
    }
    return row;
}

static enum err load_checkpoint(struct store *store,
                                struct sku_id sku,
                                int64_t movement,
                                struct arena *arena,
                                struct checkpoint_row **out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_CHECKPOINT, "ii", sku.v, movement);
    ONE(s, q, out, checkpoint_read(q, arena));
    return ERR_OK;
}

enum err rows_save_checkpoint(struct sql_store *s, const void *item)
{
    const struct checkpoint_row *row = item;
    return sql_run(
        s, sql_bind(s, SQL_CHECKPOINT_PUT, "iit", row->sku.v, row->movement, row->balances));
}

static enum err load_movements_late(struct store *store,
                                    struct sku_id sku,
                                    int64_t after,
                                    int64_t happened_by_us,
                                    size_t limit,
                                    struct arena *arena,
                                    struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q =
        sql_bind(s, SQL_MOVEMENTS_LATE, "iiii", sku.v, after, happened_by_us, (int64_t)limit);
    ALL(s, q, arena, out, movement_read(q, arena));
    return ERR_OK;
}

static enum err load_movements_early(struct store *store,
                                     struct sku_id sku,
                                     int64_t after,
                                     int64_t through,
                                     int64_t happened_after_us,
                                     size_t limit,
                                     struct arena *arena,
                                     struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(
        s, SQL_MOVEMENTS_EARLY, "iiiii", sku.v, after, through, happened_after_us, (int64_t)limit);
    ALL(s, q, arena, out, movement_read(q, arena));
    return ERR_OK;
}

/* ---- items that wait for their SKU ---- */

static struct unlinked_row *unlinked_read(struct sql_stmt *q, struct arena *arena)
{
    struct unlinked_row *row = ARENA_NEW(arena, struct unlinked_row);
    if (row) {
        *row = (struct unlinked_row){.channel = {col_int(q, 0)},
                                     .key = col_text(q, 1, arena),
                                     .code_key = col_text(q, 2, arena),
                                     .job = col_int(q, 3),
                                     .item = col_text(q, 4, arena)};
    }
    return row;
}

static enum err
load_unlinked(struct store *store, struct slice code_key, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_UNLINKED_BY_CODE, "t", code_key);
    ALL(s, q, arena, out, unlinked_read(q, arena));
    return ERR_OK;
}

enum err rows_save_unlinked(struct sql_store *s, const void *item)
{
    const struct unlinked_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_UNLINKED_PUT,
                            "ittit",
                            row->channel.v,
                            row->key,
                            row->code_key,
                            row->job,
                            row->item));
}

enum err rows_delete_unlinked(struct sql_store *s, const void *item)
{
    const struct unlinked_row *row = item;
    return sql_run(s, sql_bind(s, SQL_UNLINKED_DELETE, "it", row->channel.v, row->key));
}

enum err rows_delete_unlinked_older(struct sql_store *s, const void *item)
{
    const struct unlinked_row *row = item;
    return sql_run(s, sql_bind(s, SQL_UNLINKED_DELETE_OLDER, "ii", row->channel.v, row->job));
}

void rows_stock_ops(struct store_ops *ops)
{
    ops->alias = load_alias;
    ops->aliases_of = load_aliases_of;
    ops->transfer = load_transfer;
    ops->count = load_count;
    ops->count_lines = load_count_lines;
    ops->list_transfers = list_transfers;
    ops->list_counts = list_counts;
    ops->movement_at = movement_at;
    ops->checkpoint = load_checkpoint;
    ops->movements_late = load_movements_late;
    ops->movements_early = load_movements_early;
    ops->unlinked = load_unlinked;
}
