/* SPDX-License-Identifier: Apache-2.0 */
/* What every database of rows has in common: the table of operations, numbers, the commit's row. */
#include "store/rows/rows_internal.h"

static int64_t next_id(struct store *store, enum store_id kind)
{
    must((size_t)kind < ID_KINDS);
    return ++sql_of(store)->ids[kind];
}

static enum err counts(struct store *store, int64_t *out_events, int64_t *out_movements)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_COUNTS, "");
    enum err e = sql_step(s, q);
    if (!e) {
        *out_events = col_int(q, 0);
        *out_movements = col_int(q, 1);
    }
    sql_reset(q);
    return e;
}

bool rows_init(struct sql_store *s, const struct sql_driver *driver)
{
    struct store_ops *ops = &s->ops;
    rows_load_ops(ops);
    rows_list_ops(ops);
    rows_stock_ops(ops);
    rows_rebuild_ops(ops);
    rows_evidence_ops(ops);
    rows_doctor_ops(ops);
    rows_outlet_ops(ops);
    rows_access_ops(ops);
    rows_sku_list_ops(ops);
    ops->next_id = next_id;
    ops->counts = counts;
    ops->save = rows_save;
    ops->erase_bodies = rows_erase_bodies;
    ops->chain_check = rows_chain_check;
    s->base.ops = ops;
    s->driver = driver;
    s->parser = json_doc_new();
    s->chain = chain_writer_new();
    return s->parser && s->chain;
}

void rows_free(struct sql_store *s)
{
    chain_writer_free(s->chain);
    json_doc_free(s->parser);
}

enum err rows_put_commit(struct sql_store *s, int64_t now_us)
{
    struct chain_head *out = &s->attempted;
    s->attempted = s->head;
    s->attempted_quiet = s->quiet;
    if (!chain_is_empty(s->chain)) {
        enum err e = chain_finish(s->chain, &s->head, out);
        return e ? e
                 : sql_run(s,
                           sql_bind(s,
                                    SQL_COMMIT_PUT,
                                    "iiiib",
                                    out->commit,
                                    now_us,
                                    out->last_event,
                                    out->last_movement,
                                    BYTES(out->hash)));
    }
    if (!s->has_changes) {
        return ERR_OK;
    }
    s->attempted_quiet = s->quiet + 1;
    return sql_run(s, sql_bind(s, SQL_META_PUT, "ti", QUIET_COMMITS, s->attempted_quiet));
}
