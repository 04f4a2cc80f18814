/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the stock model: other codes, transfers, counts, past moments, items without a SKU. */
#include "store/mem/mem_internal.h"

MEM_COPY_LOADER(load_alias, TABLE_ALIAS)
MEM_COPY_LOADER(load_transfer, TABLE_TRANSFER)
MEM_COPY_LOADER(load_count, TABLE_COUNT)
MEM_COPY_LOADER(load_count_line, TABLE_COUNT_LINE)
MEM_COPY_LOADER(load_checkpoint, TABLE_CHECKPOINT)
MEM_COPY_LOADER(load_unlinked, TABLE_UNLINKED)
MEM_COPY_LOADER(load_movement, TABLE_MOVEMENT)

static enum err
alias(struct store *store, struct slice code_key, struct arena *arena, struct alias_row **out)
{
    MEM_ONE(mem_of(store), out, TABLE_ALIAS, load_alias, "t", code_key);
}

static enum err
aliases_of(struct store *store, struct sku_id sku, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {
        .m = m, .view = &view, .tree = INDEX_ALIAS_SKU, .limit = SIZE_MAX, .load = load_alias};
    return mem_scan(&scan, arena, out, 1, "ii", sku.v, INT64_MIN);
}

static enum err
transfer(struct store *store, int64_t id, struct arena *arena, struct transfer_row **out)
{
    MEM_ONE(mem_of(store), out, TABLE_TRANSFER, load_transfer, "i", id);
}

static enum err count(struct store *store, int64_t id, struct arena *arena, struct count_row **out)
{
    MEM_ONE(mem_of(store), out, TABLE_COUNT, load_count, "i", id);
}

static enum err
count_lines(struct store *store, int64_t count, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = TABLE_COUNT_LINE,
                            .limit = SIZE_MAX,
                            .load = load_count_line};
    return mem_scan(&scan, arena, out, 1, "ii", count, INT64_MIN);
}

static bool state_fits(const struct store_query *q, int state)
{
    return q->state < 0 || q->state == state;
}

static bool wants_transfer(const void *arg, const void *row)
{
    return state_fits(arg, (int)((const struct transfer_row *)row)->state);
}

static bool wants_count(const void *arg, const void *row)
{
    return state_fits(arg, (int)((const struct count_row *)row)->state);
}

static enum err list(struct store *store,
                     struct mem_scan scan,
                     const struct store_query *q,
                     struct arena *arena,
                     struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    scan.m = m;
    scan.view = &view;
    scan.limit = q->limit;
    scan.down = q->newest_first;
    scan.beyond = true;
    scan.arg = q;
    int64_t start = q->after == 0 && q->newest_first ? INT64_MAX : q->after;
    return mem_scan(&scan, arena, out, 0, "i", start);
}

static enum err list_transfers(struct store *store,
                               const struct store_query *q,
                               struct arena *arena,
                               struct rows *out)
{
    const struct mem_scan scan = {
        .tree = TABLE_TRANSFER, .wants = wants_transfer, .load = load_transfer};
    return list(store, scan, q, arena, out);
}

static enum err
list_counts(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    const struct mem_scan scan = {.tree = TABLE_COUNT, .wants = wants_count, .load = load_count};
    return list(store, scan, q, arena, out);
}

/* ---- past moments ---- */

struct moment {
    int64_t at_us, found;
};

static bool find_moment(void *arg, struct slice key, void *row)
{
    struct moment *moment = arg;
    const struct movement_row *movement = row;
    (void)key;
    if (movement->recorded_at_us > moment->at_us) {
        return true;
    }
    moment->found = movement->n;
    return false;
}

static enum err movement_at(struct store *store, int64_t at_us, int64_t *out_n)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct moment moment = {.at_us = at_us};
    buf_clear(&m->key);
    mem_key(&m->key, "i", INT64_MAX);
    mem_tree_walk(view.state->trees[TABLE_MOVEMENT], buf_view(&m->key), true, find_moment, &moment);
    *out_n = moment.found;
    return ERR_OK;
}

static enum err checkpoint(struct store *store,
                           struct sku_id sku,
                           int64_t movement,
                           struct arena *arena,
                           struct checkpoint_row **out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct rows rows = {0};
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = TABLE_CHECKPOINT,
                            .limit = 1,
                            .down = true,
                            .load = load_checkpoint};
    enum err e = mem_scan(&scan, arena, &rows, 1, "ii", sku.v, movement);
    *out = rows.count ? rows.items[0] : NULL;
    return e;
}

static bool wants_late(const void *arg, const void *row)
{
    const int64_t *happened_by_us = arg;
    const struct movement_row *movement = row;
    int64_t happened_us = movement->movement.happened_at_us;
    return movement->recorded_at_us - happened_us > LATE_US && happened_us <= *happened_by_us;
}

static enum err movements_late(struct store *store,
                               struct sku_id sku,
                               int64_t after,
                               int64_t happened_by_us,
                               size_t limit,
                               struct arena *arena,
                               struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = INDEX_MOVEMENT_SKU,
                            .limit = limit,
                            .beyond = true,
                            .wants = wants_late,
                            .arg = &happened_by_us,
                            .load = load_movement};
    return mem_scan(&scan, arena, out, 1, "ii", sku.v, after);
}

struct early {
    int64_t through, happened_after_us;
};

static bool wants_early(const void *arg, const void *row)
{
    const struct early *early = arg;
    const struct movement_row *movement = row;
    int64_t happened_us = movement->movement.happened_at_us;
    return movement->n <= early->through && happened_us > movement->recorded_at_us &&
           happened_us > early->happened_after_us;
}

static enum err movements_early(struct store *store,
                                struct sku_id sku,
                                int64_t after,
                                int64_t through,
                                int64_t happened_after_us,
                                size_t limit,
                                struct arena *arena,
                                struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    const struct early early = {through, happened_after_us};
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = INDEX_MOVEMENT_SKU,
                            .limit = limit,
                            .beyond = true,
                            .wants = wants_early,
                            .arg = &early,
                            .load = load_movement};
    return mem_scan(&scan, arena, out, 1, "ii", sku.v, after);
}

static enum err
unlinked(struct store *store, struct slice code_key, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = INDEX_UNLINKED_CODE,
                            .limit = SIZE_MAX,
                            .load = load_unlinked};
    return mem_scan(&scan, arena, out, 1, "ti", code_key, INT64_MIN);
}

void mem_stock_ops(struct store_ops *ops)
{
    ops->alias = alias;
    ops->aliases_of = aliases_of;
    ops->transfer = transfer;
    ops->count = count;
    ops->count_lines = count_lines;
    ops->list_transfers = list_transfers;
    ops->list_counts = list_counts;
    ops->movement_at = movement_at;
    ops->checkpoint = checkpoint;
    ops->movements_late = movements_late;
    ops->movements_early = movements_early;
    ops->unlinked = unlinked;
}
