/* SPDX-License-Identifier: Apache-2.0 */
/* Where incidents go out to, and the events that wait for it. */
#include "store/mem/mem_internal.h"

MEM_COPY_LOADER(load_outlet, TABLE_OUTLET)
MEM_COPY_LOADER(load_event, TABLE_EVENT)

static enum err outlets(struct store *store, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {
        .m = m, .view = &view, .tree = TABLE_OUTLET, .limit = SIZE_MAX, .load = load_outlet};
    return mem_scan(&scan, arena, out, 0, "i", INT64_MIN);
}

static bool is_of_incident(const void *arg, const void *row)
{
    (void)arg;
    return slice_is(((const struct event_row *)row)->kind, "incident");
}

static enum err events_of_incidents(
    struct store *store, int64_t after, size_t limit, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = TABLE_EVENT,
                            .limit = limit,
                            .beyond = true,
                            .wants = is_of_incident,
                            .load = load_event};
    return mem_scan(&scan, arena, out, 0, "i", after);
}

void mem_outlet_ops(struct store_ops *ops)
{
    ops->outlets = outlets;
    ops->events_of_incidents = events_of_incidents;
}
