/* SPDX-License-Identifier: Apache-2.0 */
/* The connection: opening, settings that durability rests on, statements, transactions. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <unistd.h>

#include "sqlite3.h"
#include "sqlite_migrations.h"
#include "store/rows/rows_internal.h"

/* Older ones can corrupt the file when the WAL is reset while another connection reads. */
#define SQLITE_VERSION_MIN 3051003
#define SCHEMA_VERSION ((int)COUNT_OF(sqlite_migrations))

static const char *const sql_texts[] = {
#define X(name, text) text,
    ROWS_MAP(X)
#undef X
};

struct sqlite_stmt {
    struct sql_stmt base; /* first */
    sqlite3_stmt *p;
};

struct sqlite_store {
    struct sql_store rows; /* first */
    sqlite3 *db;
    struct sqlite_stmt statements[SQL_COUNT];
    struct sqlite_stmt other; /* of a copy */
    char *other_text;
    int lock_fd; /* writer only */
    char path[1024];
    const char *vfs;
    atomic_bool is_interrupted; /* readers only */
};

static struct sqlite_store *sqlite_of(struct store *store)
{
    return (struct sqlite_store *)store;
}

static sqlite3_stmt *statement_of(struct sql_stmt *statement)
{
    return ((struct sqlite_stmt *)statement)->p;
}

/* Class of an SQLite result code; detail from the connection. */
static enum err sqlite_err(struct sqlite_store *s, int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return ERR_OK;
    case SQLITE_FULL:
        return ERR_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_CONFLICT;
    case SQLITE_NOMEM:
        return ERR_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
        return ERR_CORRUPT;
    case SQLITE_TOOBIG:
    case SQLITE_INTERRUPT:
        return ERR_LIMIT;
    case SQLITE_IOERR:
        if (code == SQLITE_IOERR_NOMEM) {
            return ERR_MEMORY;
        }
        /* SQLite gives up with an I/O error when write() fails for want of space too. */
        return sqlite3_system_errno(s->db) == ENOSPC ? ERR_FULL : ERR_IO;
    default:
        return ERR_IO;
    }
}

/* ---- the driver ---- */

static struct sql_stmt *
sqlite_bind(struct sql_store *rows, enum sql which, const char *format, va_list args)
{
    struct sqlite_stmt *bound = &((struct sqlite_store *)rows)->statements[which];
    sqlite3_stmt *statement = bound->p;
    sqlite3_reset(statement);
    int i = 1;
    for (const char *c = format; *c; c++, i++) {
        if (*c == 'i') {
            sqlite3_bind_int64(statement, i, va_arg(args, int64_t));
            continue;
        }
        struct slice bytes = va_arg(args, struct slice);
        must(bytes.n < INT32_MAX);
        if (*c == 'b') {
            sqlite3_bind_blob(statement, i, bytes.n ? bytes.p : "", (int)bytes.n, SQLITE_STATIC);
        } else if (*c == 'z' && bytes.n == 0) {
            sqlite3_bind_null(statement, i);
        } else {
            must(*c == 't' || *c == 'z');
            sqlite3_bind_text(statement, i, bytes.n ? bytes.p : "", (int)bytes.n, SQLITE_STATIC);
        }
    }
    must(i - 1 == sqlite3_bind_parameter_count(statement));
    return &bound->base;
}

static enum err sqlite_step(struct sql_store *rows, struct sql_stmt *bound)
{
    struct sqlite_store *s = (struct sqlite_store *)rows;
    sqlite3_stmt *statement = statement_of(bound);
    int code = atomic_load(&s->is_interrupted) ? SQLITE_INTERRUPT : sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        return ERR_OK;
    }
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? ERR_NOT_FOUND : sqlite_err(s, code);
}

static enum err sqlite_run(struct sql_store *rows, struct sql_stmt *bound)
{
    enum err e = sqlite_step(rows, bound);
    must(e != ERR_OK); /* a statement that gives rows is not for sql_run */
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static void sqlite_reset(struct sql_stmt *bound)
{
    sqlite3_reset(statement_of(bound));
}

static int64_t sqlite_col_int(struct sql_stmt *bound, int column)
{
    return sqlite3_column_int64(statement_of(bound), column);
}

static struct slice sqlite_col(struct sql_stmt *bound, int column)
{
    const char *p = sqlite3_column_blob(statement_of(bound), column);
    return (struct slice){p, (size_t)sqlite3_column_bytes(statement_of(bound), column)};
}

static const struct sql_driver sqlite_driver;

static struct sql_stmt *sqlite_text(struct sql_store *rows, const char *sql)
{
    struct sqlite_store *s = (struct sqlite_store *)rows;
    if (!s->other_text || strcmp(s->other_text, sql) != 0) {
        sqlite3_finalize(s->other.p);
        free(s->other_text);
        s->other = (struct sqlite_stmt){.base = {&sqlite_driver}};
        s->other_text = strdup(sql);
        if (!s->other_text || sqlite3_prepare_v2(s->db, sql, -1, &s->other.p, NULL) != SQLITE_OK) {
            free(s->other_text);
            s->other_text = NULL;
            return NULL;
        }
    }
    sqlite3_reset(s->other.p);
    return &s->other.base;
}

static void sqlite_put_int(struct sql_stmt *bound, int at, int64_t n)
{
    sqlite3_bind_int64(statement_of(bound), at + 1, n);
}

static void sqlite_put_bytes(struct sql_stmt *bound, int at, struct slice bytes, bool is_blob)
{
    const char *p = bytes.n ? bytes.p : "";
    must(bytes.n < INT32_MAX);
    if (is_blob) {
        sqlite3_bind_blob(statement_of(bound), at + 1, p, (int)bytes.n, SQLITE_STATIC);
    } else {
        sqlite3_bind_text(statement_of(bound), at + 1, p, (int)bytes.n, SQLITE_STATIC);
    }
}

static const struct sql_driver sqlite_driver = {
    .bind = sqlite_bind,
    .step = sqlite_step,
    .run = sqlite_run,
    .reset = sqlite_reset,
    .col_int = sqlite_col_int,
    .col = sqlite_col,
    .text = sqlite_text,
    .put_int = sqlite_put_int,
    .put_bytes = sqlite_put_bytes,
};

/* ---- the connection ---- */

static enum err run_text(struct sqlite_store *s, const char *sql, struct err_note *note)
{
    int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    enum err e = sqlite_err(s, code);
    return e ? err_note(note, e, "%s (%s)", sqlite3_errmsg(s->db), s->path) : ERR_OK;
}

static int64_t pragma_int(struct sqlite_store *s, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return value;
}

/* A database that cannot have a WAL stays in another mode and says so only in its answer. */
static bool is_wal(struct sqlite_store *s)
{
    sqlite3_stmt *statement = NULL;
    bool wal =
        sqlite3_prepare_v2(s->db, "PRAGMA journal_mode", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_stricmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
    sqlite3_finalize(statement);
    return wal;
}

static void close_db(struct sqlite_store *s)
{
    for (size_t i = 0; i < SQL_COUNT; i++) {
        sqlite3_finalize(s->statements[i].p);
        s->statements[i].p = NULL;
    }
    sqlite3_finalize(s->other.p);
    s->other.p = NULL;
    free(s->other_text);
    s->other_text = NULL;
    sqlite3_close(s->db);
    s->db = NULL;
}

static void sqlite_close(struct store *store)
{
    struct sqlite_store *s = sqlite_of(store);
    close_db(s);
    rows_free(&s->rows);
    if (s->lock_fd >= 0) {
        close(s->lock_fd);
    }
    free(s);
}

/* SQLite ends the statement that runs now, and knows nothing of those that follow. */
static void sqlite_interrupt(struct store *store)
{
    struct sqlite_store *s = sqlite_of(store);
    must(!s->rows.is_writer);
    atomic_store(&s->is_interrupted, true);
    sqlite3_interrupt(s->db);
}

/* One process writes a file; the lock dies with it. */
static enum err take_lock(struct sqlite_store *s, const char *directory, struct err_note *note)
{
    char path[1100];
    snprintf(path, sizeof(path), "%s/truecount.lock", directory);
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0) {
        return err_note(note, ERR_IO, "cannot write in '%s': %s", directory, strerror(errno));
    }
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return err_note(note,
                        ERR_CONFLICT,
                        "'%s' is in use by another truecount: stop it, or go through its server",
                        directory);
    }
    return ERR_OK;
}

int store_sqlite_schema(void)
{
    return SCHEMA_VERSION;
}

static enum err migrate(struct sqlite_store *s, struct err_note *note)
{
    int64_t version = pragma_int(s, "PRAGMA user_version");
    if (version < 0) {
        return err_note(note, ERR_IO, "%s: %s", s->path, sqlite3_errmsg(s->db));
    }
    if (version > SCHEMA_VERSION) {
        return err_note(
            note,
            ERR_USAGE,
            "%s was written by a newer truecount (schema %d, this one knows %d): upgrade truecount",
            s->path,
            (int)version,
            SCHEMA_VERSION);
    }
    for (int64_t v = version; v < SCHEMA_VERSION; v++) {
        char set_version[64];
        snprintf(set_version, sizeof(set_version), "PRAGMA user_version = %d", (int)v + 1);
        enum err e = run_text(s, "BEGIN IMMEDIATE", note);
        e = e ? e : run_text(s, sqlite_migrations[v], note);
        e = e ? e : run_text(s, set_version, note);
        e = e ? e : run_text(s, "COMMIT", note);
        if (e) {
            return e;
        }
    }
    return ERR_OK;
}

static enum err set_up(struct sqlite_store *s, struct err_note *note)
{
    if (sqlite3_libversion_number() < SQLITE_VERSION_MIN) {
        return err_note(note,
                        ERR_USAGE,
                        "SQLite %s can lose data in WAL mode: 3.51.3 or newer is needed",
                        sqlite3_libversion());
    }
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= s->rows.is_writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int code = sqlite3_open_v2(s->path, &s->db, flags, s->vfs);
    if (code != SQLITE_OK) {
        return err_note(note, ERR_IO, "cannot open %s: %s", s->path, sqlite3_errmsg(s->db));
    }
    sqlite3_busy_timeout(s->db, 5000);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* Plans that do not look at bound values: else `channel = ?` is prepared again whenever the value
     * changes between 1 and another. */
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, s->rows.is_writer ? 0 : 1, NULL);
    enum err e = ERR_OK;
    if (s->rows.is_writer) {
        e = run_text(s,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA "
                     "wal_autocheckpoint = 4000;"
                     "PRAGMA cache_size = -65536; PRAGMA mmap_size = 0; PRAGMA foreign_keys = OFF",
                     note);
        if (!e && (!is_wal(s) || pragma_int(s, "PRAGMA synchronous") != 2)) {
            e = err_note(note, ERR_USAGE, "%s does not sync fully: orders could be lost", s->path);
        }
        e = e ? e : migrate(s, note);
    } else {
        e = run_text(
            s, "PRAGMA query_only = ON; PRAGMA cache_size = -16384; PRAGMA mmap_size = 0", note);
    }
    for (size_t i = 0; !e && i < SQL_COUNT; i++) {
        code = sqlite3_prepare_v3(
            s->db, sql_texts[i], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[i].p, NULL);
        s->statements[i].base.driver = &sqlite_driver;
        if (code != SQLITE_OK) {
            e = err_note(note, ERR_CORRUPT, "%s: %s", s->path, sqlite3_errmsg(s->db));
        }
    }
    return e;
}

static enum err read_quiet(struct sqlite_store *s)
{
    struct sql_stmt *q = sql_bind(&s->rows, SQL_META_GET, "t", QUIET_COMMITS);
    enum err e = sql_step(&s->rows, q);
    s->rows.quiet = e ? 0 : col_int(q, 0);
    sql_reset(q);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err read_head(struct sqlite_store *s)
{
    enum err e = read_quiet(s);
    if (e) {
        return e;
    }
    struct sql_stmt *q = sql_bind(&s->rows, SQL_COMMIT_LAST, "");
    s->rows.head = (struct chain_head){0};
    e = sql_step(&s->rows, q);
    if (e == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    if (!e) {
        s->rows.head.commit = col_int(q, 0);
        s->rows.head.last_event = col_int(q, 2);
        s->rows.head.last_movement = col_int(q, 3);
        col_bytes(q, 4, s->rows.head.hash, sizeof(s->rows.head.hash));
        sql_reset(q);
    }
    return e;
}

static enum err read_ids(struct sqlite_store *s)
{
    struct sql_stmt *q = sql_bind(&s->rows, SQL_NEXT_IDS, "");
    enum err e = sql_step(&s->rows, q);
    for (int i = 0; !e && i < ID_KINDS; i++) {
        s->rows.ids[i] = col_int(q, i);
    }
    sql_reset(q);
    return e;
}

static void sqlite_rollback(struct store *store)
{
    struct sqlite_store *s = sqlite_of(store);
    if (!s->rows.in_transaction) {
        return;
    }
    s->rows.in_transaction = false;
    for (size_t i = 0; i < SQL_COUNT; i++) {
        sqlite3_reset(s->statements[i].p);
    }
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

static enum err sqlite_begin(struct store *store)
{
    struct sqlite_store *s = sqlite_of(store);
    must(!s->rows.in_transaction);
    int code =
        sqlite3_exec(s->db, s->rows.is_writer ? "BEGIN IMMEDIATE" : "BEGIN", NULL, NULL, NULL);
    if (code != SQLITE_OK) {
        return sqlite_err(s, code);
    }
    s->rows.in_transaction = true;
    s->rows.has_changes = false;
    s->rows.is_spoilt = false;
    if (s->rows.is_writer) {
        chain_begin(s->rows.chain);
        return ERR_OK;
    }
    /* SQLite takes the snapshot with the first read, not with BEGIN. */
    enum err e = read_head(s);
    if (e) {
        sqlite_rollback(store);
    }
    return e;
}

static enum err sqlite_commit(struct store *store, int64_t now_us)
{
    struct sqlite_store *s = sqlite_of(store);
    must(s->rows.in_transaction && !s->rows.is_spoilt);
    enum err e = s->rows.is_writer ? rows_put_commit(&s->rows, now_us) : ERR_OK;
    if (e) {
        s->rows.attempted_quiet = -1; /* it is certainly not there */
        sqlite_rollback(store);
        return e;
    }
    int code = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    if (code == SQLITE_OK) {
        s->rows.in_transaction = false;
        s->rows.head = s->rows.attempted;
        s->rows.quiet = s->rows.attempted_quiet;
        return ERR_OK;
    }
    /* Only what failed before the commit's last byte was written is certainly undone. A failed
     * fsync, for want of space too, is not: what was written may be there after reopening. */
    bool is_undone = (code & 0xff) == SQLITE_FULL || (code & 0xff) == SQLITE_BUSY;
    e = sqlite_err(s, code);
    sqlite_rollback(store);
    return is_undone ? e : ERR_UNKNOWN;
}

/*
 * A sync that failed may have left what was written in the kernel's memory alone, and marked as
 * saved: it reads back well, the next sync succeeds without saving it, and a power cut weeks later
 * cuts the log off there. So the whole WAL is written once more, as it reads, before anything in it
 * is believed. (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.)
 */
static enum err save_wal_again(struct sqlite_store *s)
{
    static const size_t part = 64 * 1024;
    sqlite3_file *wal = NULL;
    sqlite3_int64 size = 0;
    int code = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
    if (code != SQLITE_OK || !wal || !wal->pMethods) {
        return sqlite_err(s, code);
    }
    char *bytes = malloc(part);
    if (!bytes) {
        return ERR_MEMORY;
    }
    code = wal->pMethods->xFileSize(wal, &size);
    for (sqlite3_int64 at = 0; code == SQLITE_OK && at < size;) {
        int n = size - at < (sqlite3_int64)part ? (int)(size - at) : (int)part;
        code = wal->pMethods->xRead(wal, bytes, n, at);
        code = code == SQLITE_OK ? wal->pMethods->xWrite(wal, bytes, n, at) : code;
        at += n;
    }
    code = code == SQLITE_OK ? wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL) : code;
    free(bytes);
    return sqlite_err(s, code);
}

static enum err sqlite_resolve(struct store *store, bool *out_committed, struct err_note *note)
{
    struct sqlite_store *s = sqlite_of(store);
    must(s->rows.is_writer && !s->rows.in_transaction);
    /* Nor may the last one to close it move the WAL into the database before that. */
    if (s->db) {
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    close_db(s);
    enum err e = set_up(s, note);
    e = e ? e : read_ids(s);
    e = e ? e : read_head(s);
    e = e ? e : save_wal_again(s);
    if (e) {
        close_db(s); /* so that nothing can begin on it */
        return e;
    }
    *out_committed =
        memcmp(s->rows.head.hash, s->rows.attempted.hash, sizeof(s->rows.head.hash)) == 0 &&
        s->rows.quiet == s->rows.attempted_quiet;
    return ERR_OK;
}

static enum err sqlite_reader(struct store *store, struct store **out, struct err_note *note);

static struct sqlite_store *sqlite_new(const char *vfs)
{
    struct sqlite_store *s = calloc(1, sizeof(*s));
    if (!s) {
        return NULL;
    }
    bool ok = rows_init(&s->rows, &sqlite_driver);
    struct store_ops *ops = &s->rows.ops;
    ops->reader = sqlite_reader;
    ops->begin = sqlite_begin;
    ops->commit = sqlite_commit;
    ops->rollback = sqlite_rollback;
    ops->resolve = sqlite_resolve;
    ops->close = sqlite_close;
    ops->interrupt = sqlite_interrupt;
    s->lock_fd = -1;
    s->vfs = vfs;
    if (!ok) {
        sqlite_close(&s->rows.base);
        return NULL;
    }
    return s;
}

static enum err sqlite_reader(struct store *store, struct store **out, struct err_note *note)
{
    struct sqlite_store *writer = sqlite_of(store);
    struct sqlite_store *s = sqlite_new(writer->vfs);
    if (!s) {
        return ERR_MEMORY;
    }
    memcpy(s->path, writer->path, sizeof(s->path));
    enum err e = set_up(s, note);
    if (e) {
        sqlite_close(&s->rows.base);
        return e;
    }
    *out = &s->rows.base;
    return ERR_OK;
}

enum err
store_sqlite_open(const char *directory, const char *vfs, struct store **out, struct err_note *note)
{
    struct sqlite_store *s = sqlite_new(vfs);
    if (!s) {
        return ERR_MEMORY;
    }
    s->rows.is_writer = true;
    int n = snprintf(s->path, sizeof(s->path), "%s/truecount.db", directory);
    enum err e = n > 0 && (size_t)n < sizeof(s->path)
                     ? take_lock(s, directory, note)
                     : err_note(note, ERR_USAGE, "the path of the directory is too long");
    e = e ? e : set_up(s, note);
    e = e ? e : read_ids(s);
    e = e ? e : read_head(s);
    e = e ? e : save_wal_again(s); /* the process before may have ended at a sync that failed */
    if (e) {
        sqlite_close(&s->rows.base);
        return e;
    }
    *out = &s->rows.base;
    return ERR_OK;
}
