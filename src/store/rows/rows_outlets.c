/* SPDX-License-Identifier: Apache-2.0 */
/* Where incidents go out to, and the events that wait for it. */
#include "store/rows/rows_internal.h"

static struct outlet_row *outlet_read(struct sql_stmt *q, struct arena *arena)
{
    struct outlet_row *row = ARENA_NEW(arena, struct outlet_row);
    if (row) {
        *row = (struct outlet_row){.id = col_int(q, 0),
                                   .kind = (enum outlet_kind)col_int(q, 1),
                                   .state = (enum outlet_state)col_int(q, 2),
                                   .url = col_text(q, 3, arena),
                                   .wants = col_int(q, 4),
                                   .secrets = col_text(q, 5, arena),
                                   .old_secret_until_us = col_int(q, 6),
                                   .told = col_int(q, 7),
                                   .failing_since_us = col_int(q, 8),
                                   .attempts = col_int(q, 9),
                                   .next_at_us = col_int(q, 10),
                                   .last_status = col_int(q, 11),
                                   .last_at_us = col_int(q, 12),
                                   .reason = col_text(q, 13, arena),
                                   .created_at_us = col_int(q, 14)};
    }
    return row;
}

static enum err load_outlets(struct store *store, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_OUTLETS, "");
    ALL(s, q, arena, out, outlet_read(q, arena));
    return ERR_OK;
}

static enum err events_of_incidents(
    struct store *store, int64_t after, size_t limit, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_EVENTS_OF_INCIDENTS, "ii", after, (int64_t)limit);
    ALL(s, q, arena, out, event_read(q, arena));
    return ERR_OK;
}

enum err rows_save_outlet(struct sql_store *s, const void *item)
{
    const struct outlet_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_OUTLET_PUT,
                            "iiitibiiiiiiiti",
                            row->id,
                            (int64_t)row->kind,
                            (int64_t)row->state,
                            row->url,
                            row->wants,
                            row->secrets,
                            row->old_secret_until_us,
                            row->told,
                            row->failing_since_us,
                            row->attempts,
                            row->next_at_us,
                            row->last_status,
                            row->last_at_us,
                            row->reason,
                            row->created_at_us));
}

void rows_outlet_ops(struct store_ops *ops)
{
    ops->outlets = load_outlets;
    ops->events_of_incidents = events_of_incidents;
}
