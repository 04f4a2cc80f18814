/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of the whole ledger, and all its movements one by one. */
#include "store/rebuild.h"
#include "store/sqlite/sqlite_internal.h"

#define ROW_BYTES_MAX ((size_t)1024 * 1024)
#define COPY_PAGES 2048 /* between two looks whether to go on */

/* ---- movements ---- */

static struct movement_row *short_movement_read(sqlite3_stmt *q, struct arena *arena)
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
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *q = sql_bind(s, of_orders ? SQL_MOVEMENTS_BY_ORDER : SQL_MOVEMENTS_ALL, "");
    ON_EXIT(arena_free) struct arena arena;
    enum err e;
    arena_init(&arena, ROW_BYTES_MAX);
    while ((e = sql_step(s, q)) == ERR_OK) {
        arena_clear(&arena);
        const struct movement_row *row =
            of_orders ? short_movement_read(q, &arena) : movement_read(q, &arena);
        e = row && !arena.exhausted ? each(arg, row) : ERR_LIMIT;
        if (e) {
            sqlite3_reset(q);
            return e;
        }
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err forget_balances(struct store *store)
{
    static const enum sql steps[] = {
        SQL_BALANCES_FORGET, SQL_REASONS_FORGET, SQL_CHECKPOINTS_FORGET, SQL_MOVED_FORGET};
    struct sqlite_store *s = sqlite_of(store);
    must(s->is_writer && s->in_transaction && !s->is_spoilt);
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < COUNT_OF(steps); i++) {
        e = sql_run(s, sql_bind(s, steps[i], ""));
    }
    s->has_changes = true;
    s->is_spoilt = e != ERR_OK;
    return e;
}

void sqlite_rebuild_ops(struct store_ops *ops)
{
    ops->walk_movements = walk_movements;
    ops->forget_balances = forget_balances;
}

/* ---- the copy ---- */

struct copying {
    sqlite3 *from, *to;
    sqlite3_backup *backup;
};

static void copying_end(struct copying *c)
{
    if (c->backup) {
        sqlite3_backup_finish(c->backup);
    }
    sqlite3_close(c->from);
    sqlite3_close(c->to);
}

static int open_both(struct copying *c, const char *from, const char *to, const char *vfs)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(from, &c->from, flags | SQLITE_OPEN_READONLY, vfs);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(c->from, 5000);
        code = sqlite3_open_v2(to, &c->to, flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs);
    }
    if (code == SQLITE_OK) { /* what is half copied is worth nothing anyway */
        code = sqlite3_exec(
            c->to, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF", NULL, NULL, NULL);
    }
    /* The snapshot is held from here to the end, so that a commit meanwhile does not begin the copy
     * anew. */
    return code == SQLITE_OK
               ? sqlite3_exec(c->from, "BEGIN; SELECT count(*) FROM meta", NULL, NULL, NULL)
               : code;
}

enum err store_sqlite_copy(const char *directory,
                           const char *vfs,
                           const char *into,
                           bool (*must_stop)(void),
                           struct err_note *note)
{
    char from[1100], to[1100];
    ON_EXIT(copying_end) struct copying c = {.backup = NULL};
    snprintf(from, sizeof(from), "%s/truecount.db", directory);
    snprintf(to, sizeof(to), "%s/truecount.db", into);
    int code = open_both(&c, from, to, vfs);
    if (code != SQLITE_OK) {
        return err_note(note, ERR_IO, "cannot copy %s to %s: %s", from, to, sqlite3_errstr(code));
    }
    c.backup = sqlite3_backup_init(c.to, "main", c.from, "main");
    code = c.backup ? SQLITE_OK : sqlite3_errcode(c.to);
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(c.backup, COPY_PAGES);
        if (code == SQLITE_OK && must_stop && must_stop()) {
            return err_note(note, ERR_LIMIT, "stopped");
        }
    }
    if (code != SQLITE_DONE) {
        return err_note(note,
                        (code & 0xff) == SQLITE_FULL ? ERR_FULL : ERR_IO,
                        "copying %s to %s broke off: %s",
                        from,
                        to,
                        sqlite3_errstr(code));
    }
    return ERR_OK;
}
