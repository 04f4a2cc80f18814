/* SPDX-License-Identifier: Apache-2.0 */
/* What imports found wrong, and first figures that wait until they are booked. */
#include "store/mem/mem_internal.h"

MEM_COPY_LOADER(load_finding, TABLE_FINDING)
MEM_COPY_LOADER(load_opening_line, TABLE_OPENING_LINE)

static bool wants_finding(const void *arg, const void *row)
{
    const struct store_query *q = arg;
    return q->text.n == 0 || slice_equal(q->text, ((const struct finding_row *)row)->kind);
}

static enum err list_findings(struct store *store,
                              const struct store_query *q,
                              struct arena *arena,
                              struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .limit = q->limit,
                            .beyond = true,
                            .wants = wants_finding,
                            .arg = q,
                            .load = load_finding};
    if (q->channel.v) {
        scan.tree = INDEX_FINDING_CHANNEL;
        return mem_scan(&scan, arena, out, 1, "ii", q->channel.v, q->after);
    }
    scan.tree = TABLE_FINDING;
    return mem_scan(&scan, arena, out, 0, "i", q->after);
}

static enum err opening_lines(struct store *store,
                              struct location_id location,
                              struct sku_id after,
                              size_t limit,
                              struct arena *arena,
                              struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = TABLE_OPENING_LINE,
                            .limit = limit,
                            .beyond = true,
                            .load = load_opening_line};
    return mem_scan(&scan, arena, out, 1, "ii", location.v, after.v);
}

void mem_doctor_ops(struct store_ops *ops)
{
    ops->list_findings = list_findings;
    ops->opening_lines = opening_lines;
}
