/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of the whole ledger. */
#include "sqlite3.h"
#include "store/rebuild.h"

#define COPY_PAGES 2048 /* between two looks whether to go on */

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
