/* SPDX-License-Identifier: Apache-2.0 */
/* All movements one by one, and forgetting what they made. */
#include "store/rebuild.h"
#include "store/rows/rows_internal.h"

#define ROW_BYTES_MAX ((size_t)1024 * 1024)

static struct movement_row *short_movement_read(struct sql_stmt *q, struct arena *arena)
{
    struct movement_row *row = ARENA_NEW(arena, struct movement_row);
    if (row) {
        row->movement = (struct movement){.channel = {col_int(q, 0)},
                                          .order = col_text(q, 1, arena),
                                          .kind = (enum movement_kind)col_int(q, 2),
                                          .sku = {col_int(q, 3)},
                                          .from = {{col_int(q, 4)}, (enum bucket)col_int(q, 5)},
                                          .to = {{col_int(q, 6)}, (enum bucket)col_int(q, 7)},
                                          .quantity = col_int(q, 8),
                                          .reason = col_text(q, 9, arena)};
    }
    return row;
}

/* One statement from the first row to the last: pages of rows would be sorted anew for each. */
static enum err walk_movements(struct store *store,
                               bool of_orders,
                               enum err (*each)(void *arg, const struct movement_row *row),
                               void *arg)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, of_orders ? SQL_MOVEMENTS_BY_ORDER : SQL_MOVEMENTS_ALL, "");
    ON_EXIT(arena_free) struct arena arena;
    enum err e;
    arena_init(&arena, ROW_BYTES_MAX);
    while ((e = sql_step(s, q)) == ERR_OK) {
        arena_clear(&arena);
        const struct movement_row *row =
            of_orders ? short_movement_read(q, &arena) : movement_read(q, &arena);
        e = row && !arena.exhausted ? each(arg, row) : ERR_LIMIT;
        if (e) {
            sql_reset(q);
            return e;
        }
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err forget_balances(struct store *store)
{
    static const enum sql steps[] = {
        SQL_BALANCES_FORGET, SQL_REASONS_FORGET, SQL_CHECKPOINTS_FORGET, SQL_MOVED_FORGET};
    struct sql_store *s = sql_of(store);
    must(s->is_writer && s->in_transaction && !s->is_spoilt);
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < COUNT_OF(steps); i++) {
        e = sql_run(s, sql_bind(s, steps[i], ""));
    }
    s->has_changes = true;
    s->is_spoilt = e != ERR_OK;
    return e;
}

void rows_rebuild_ops(struct store_ops *ops)
{
    ops->walk_movements = walk_movements;
    ops->forget_balances = forget_balances;
}
