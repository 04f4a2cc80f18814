/* SPDX-License-Identifier: Apache-2.0 */
/* People, their sessions, and who did what. */
#include "store/mem/mem_internal.h"

MEM_COPY_LOADER(load_user, TABLE_USER)
MEM_COPY_LOADER(load_session, TABLE_SESSION)
MEM_COPY_LOADER(load_audit, TABLE_AUDIT)

static enum err users(struct store *store, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {
        .m = m, .view = &view, .tree = TABLE_USER, .limit = SIZE_MAX, .load = load_user};
    return mem_scan(&scan, arena, out, 0, "i", INT64_MIN);
}

static enum err sessions(struct store *store, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {
        .m = m, .view = &view, .tree = TABLE_SESSION, .limit = SIZE_MAX, .load = load_session};
    return mem_scan(&scan, arena, out, 0, "i", INT64_MIN);
}

static bool wants_audit(const void *arg, const void *item)
{
    const struct store_query *q = arg;
    const struct audit_row *row = item;
    return (q->text.n == 0 || slice_equal(q->text, row->action)) &&
           (q->actor.n == 0 || slice_equal(q->actor, row->actor));
}

static enum err
list_audits(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    int64_t start = q->after || !q->newest_first ? q->after : INT64_MAX;
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = TABLE_AUDIT,
                            .limit = q->limit,
                            .down = q->newest_first,
                            .beyond = true,
                            .wants = wants_audit,
                            .arg = q,
                            .load = load_audit};
    return mem_scan(&scan, arena, out, 0, "i", start);
}

void mem_access_ops(struct store_ops *ops)
{
    ops->users = users;
    ops->sessions = sessions;
    ops->list_audits = list_audits;
}
