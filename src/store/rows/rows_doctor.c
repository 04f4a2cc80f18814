/* SPDX-License-Identifier: Apache-2.0 */
/* What imports found wrong, and first figures that wait until they are booked. */
#include "store/rows/rows_internal.h"

static struct finding_row *finding_read(struct sql_stmt *q, struct arena *arena)
{
    struct finding_row *row = ARENA_NEW(arena, struct finding_row);
    if (row) {
        *row = (struct finding_row){.id = col_int(q, 0),
                                    .channel = {col_int(q, 1)},
                                    .job = col_int(q, 2),
                                    .kind = col_text(q, 3, arena),
                                    .key = col_text(q, 4, arena),
                                    .code = col_text(q, 5, arena),
                                    .title = col_text(q, 6, arena),
                                    .remote = col_text(q, 7, arena),
                                    .other = col_text(q, 8, arena),
                                    .detail = col_text(q, 9, arena),
                                    .units = col_int(q, 10),
                                    .at_us = col_int(q, 11)};
    }
    return row;
}

static enum err list_findings(struct store *store,
                              const struct store_query *q,
                              struct arena *arena,
                              struct rows *out)
{
    struct sql_store *s = sql_of(store);
    int64_t limit = (int64_t)q->limit;
    struct sql_stmt *found =
        q->channel.v
            ? sql_bind(s, SQL_FINDINGS_LIST_CHANNEL, "izii", q->after, q->text, limit, q->channel.v)
            : sql_bind(s, SQL_FINDINGS_LIST, "izi", q->after, q->text, limit);
    ALL(s, found, arena, out, finding_read(found, arena));
    return ERR_OK;
}

enum err rows_save_finding(struct sql_store *s, const void *item)
{
    const struct finding_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_FINDING_PUT,
                            "iiitttttttii",
                            row->id,
                            row->channel.v,
                            row->job,
                            row->kind,
                            row->key,
                            row->code,
                            row->title,
                            row->remote,
                            row->other,
                            row->detail,
                            row->units,
                            row->at_us));
}

enum err rows_delete_findings(struct sql_store *s, const void *item)
{
    const struct finding_row *row = item;
    return sql_run(s, sql_bind(s, SQL_FINDINGS_DELETE_OTHERS, "ii", row->channel.v, row->job));
}

/* ---- first figures ---- */

static struct opening_line_row *opening_line_read(struct sql_stmt *q, struct arena *arena)
{
    struct opening_line_row *row = ARENA_NEW(arena, struct opening_line_row);
    if (row) {
        *row = (struct opening_line_row){.location = {col_int(q, 0)},
                                         .sku = {col_int(q, 1)},
                                         .quantity = col_int(q, 2),
                                         .at_us = col_int(q, 3)};
    }
    return row;
}

static enum err opening_lines(struct store *store,
                              struct location_id location,
                              struct sku_id after,
                              size_t limit,
                              struct arena *arena,
                              struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *q = sql_bind(s, SQL_OPENING_LINES, "iii", location.v, after.v, (int64_t)limit);
    ALL(s, q, arena, out, opening_line_read(q, arena));
    return ERR_OK;
}

enum err rows_save_opening_line(struct sql_store *s, const void *item)
{
    const struct opening_line_row *row = item;
    return sql_run(s,
                   sql_bind(s,
                            SQL_OPENING_LINE_PUT,
                            "iiii",
                            row->location.v,
                            row->sku.v,
                            row->quantity,
                            row->at_us));
}

enum err rows_delete_opening_line(struct sql_store *s, const void *item)
{
    const struct opening_line_row *row = item;
    return sql_run(s, sql_bind(s, SQL_OPENING_LINE_DELETE, "ii", row->location.v, row->sku.v));
}

enum err rows_delete_opening_file(struct sql_store *s, const void *item)
{
    const struct opening_line_row *row = item;
    return sql_run(s, sql_bind(s, SQL_OPENING_FILE_DELETE, "i", row->location.v));
}

void rows_doctor_ops(struct store_ops *ops)
{
    ops->list_findings = list_findings;
    ops->opening_lines = opening_lines;
}
