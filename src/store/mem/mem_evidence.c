/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence: where a channel and the ledger disagreed, and how often both agreed. */
#include "store/mem/mem_internal.h"

MEM_COPY_LOADER(load_difference, TABLE_DIFFERENCE)
MEM_COPY_LOADER(load_agreement, TABLE_AGREEMENT)

static bool id_fits(int64_t wanted, int64_t id)
{
    return wanted == 0 || wanted == id;
}

static bool wants_difference(const void *arg, const void *item)
{
    const struct store_query *q = arg;
    const struct difference_row *row = item;
    return id_fits(q->channel.v, row->channel.v) && id_fits(q->listing.v, row->listing.v) &&
           id_fits(q->sku.v, row->sku.v) &&
           (q->state < 0 || (row->ended_at_us == 0) == (q->state == 1)) &&
           row->began_at_us >= q->from_us && (q->to_us == 0 || row->began_at_us < q->to_us);
}

static enum err list_differences(struct store *store,
                                 const struct store_query *q,
                                 struct arena *arena,
                                 struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = TABLE_DIFFERENCE,
                            .limit = q->limit,
                            .down = q->newest_first,
                            .beyond = true,
                            .wants = wants_difference,
                            .load = load_difference,
                            .arg = q};
    int64_t start = q->after == 0 && q->newest_first ? INT64_MAX : q->after;
    return mem_scan(&scan, arena, out, 0, "i", start);
}

static bool is_until(const void *arg, const void *item)
{
    return ((const struct agreement_row *)item)->day <= *(const int64_t *)arg;
}

static enum err agreements(struct store *store,
                           struct channel_id channel,
                           int64_t from_day,
                           int64_t to_day,
                           struct arena *arena,
                           struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = TABLE_AGREEMENT,
                            .limit = SIZE_MAX,
                            .wants = is_until,
                            .stops = true,
                            .load = load_agreement,
                            .arg = &to_day};
    return mem_scan(&scan, arena, out, 1, "ii", channel.v, from_day);
}

void mem_evidence_ops(struct store_ops *ops)
{
    ops->list_differences = list_differences;
    ops->agreements = agreements;
}
