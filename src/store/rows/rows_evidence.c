/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence: where a channel and the ledger disagreed, and how often both agreed. */
#include "store/rows/rows_internal.h"

static struct difference_row *difference_read(struct sql_stmt *q, struct arena *arena)
{
    struct difference_row *row = ARENA_NEW(arena, struct difference_row);
    if (row) {
        *row = (struct difference_row){.n = col_int(q, 0),
                                       .listing = {col_int(q, 1)},
                                       .channel = {col_int(q, 2)},
                                       .sku = {col_int(q, 3)},
                                       .mode = (enum channel_mode)col_int(q, 4),
                                       .cause = (enum difference_cause)col_int(q, 5),
                                       .shown = col_int(q, 6),
                                       .computed = col_int(q, 7),
                                       .began_at_us = col_int(q, 8),
                                       .seen_at_us = col_int(q, 9),
                                       .ended_at_us = col_int(q, 10),
                                       .times = col_int(q, 11)};
    }
    return row;
}

/* The latest of one listing are asked for with every reading that disagrees. */
static bool is_of_listing(const struct store_query *q)
{
    return q->listing.v && q->newest_first && q->state < 0 && !q->from_us && !q->to_us;
}

static enum err list_differences(struct store *store,
                                 const struct store_query *q,
                                 struct arena *arena,
                                 struct rows *out)
{
    struct sql_store *s = sql_of(store);
    int64_t start = q->after == 0 && q->newest_first ? INT64_MAX : q->after;
    struct sql_stmt *found =
        is_of_listing(q)
            ? sql_bind(s, SQL_DIFFERENCES_OF_LISTING, "iii", q->listing.v, start, (int64_t)q->limit)
            : sql_bind(s,
                       q->newest_first ? SQL_DIFFERENCES_DOWN : SQL_DIFFERENCES_UP,
                       "iiiiiiii",
                       start,
                       q->channel.v,
                       q->listing.v,
                       q->sku.v,
                       (int64_t)q->state,
                       q->from_us,
                       q->to_us,
                       (int64_t)q->limit);
    ALL(s, found, arena, out, difference_read(found, arena));
    return ERR_OK;
}

enum err rows_save_difference(struct sql_store *s, const void *item)
{
    const struct difference_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_DIFFERENCE_PUT,
                            "iiiiiiiiiiii",
                            row->n,
                            row->listing.v,
                            row->channel.v,
                            row->sku.v,
                            (int64_t)row->mode,
                            (int64_t)row->cause,
                            row->shown,
                            row->computed,
                            row->began_at_us,
                            row->seen_at_us,
                            row->ended_at_us,
                            row->times));
}

static struct agreement_row *agreement_read(struct sql_stmt *q, struct arena *arena)
{
    struct agreement_row *row = ARENA_NEW(arena, struct agreement_row);
    if (row) {
        *row = (struct agreement_row){.channel = {col_int(q, 0)},
                                      .day = col_int(q, 1),
                                      .readings = col_int(q, 2),
                                      .agreed = col_int(q, 3),
                                      .waiting = col_int(q, 4),
                                      .differed = col_int(q, 5),
                                      .oversold = col_int(q, 6),
                                      .avoidable = col_int(q, 7)};
    }
    return row;
}

static enum err load_agreements(struct store *store,
                                struct channel_id channel,
                                int64_t from_day,
                                int64_t to_day,
                                struct arena *arena,
                                struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_AGREEMENTS, "iii", channel.v, from_day, to_day);
    ALL(s, q, arena, out, agreement_read(q, arena));
    return ERR_OK;
}

enum err rows_save_agreement(struct sql_store *s, const void *item)
{
    const struct agreement_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_AGREEMENT_PUT,
                            "iiiiiiii",
                            row->channel.v,
                            row->day,
                            row->readings,
                            row->agreed,
                            row->waiting,
                            row->differed,
                            row->oversold,
                            row->avoidable));
}

void rows_evidence_ops(struct store_ops *ops)
{
    ops->list_differences = list_differences;
    ops->agreements = load_agreements;
}
