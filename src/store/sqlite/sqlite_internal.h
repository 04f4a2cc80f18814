/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the SQLite store only: the connection, its statements, and binding by
 * format. */
#pragma once
#include <stdatomic.h>

#include "sqlite3.h"
#include "sqlite_sql.h"
#include "store/chain.h"
#include "store/store.h"

enum sql {
#define X(name, text) SQL_##name,
    SQL_MAP(X)
#undef X
        SQL_COUNT
};

struct sqlite_store {
    struct store base; /* first: a store is one of these */
    struct store_ops ops;
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    struct json_doc *parser;
    bool is_writer, in_transaction;
    bool has_changes; /* in the open transaction */
    bool is_spoilt;   /* a save failed: only a rollback may follow */
    int lock_fd;      /* writer only */
    int64_t ids[ID_KINDS];
    struct chain_head head;         /* committed */
    struct chain_head attempted;    /* by the last commit, whatever became of it */
    int64_t quiet, attempted_quiet; /* commits without events: the chain cannot tell them apart */
    struct chain_writer *chain;     /* of the open transaction, or of a check */
    char path[1024];
    const char *vfs;
    atomic_bool is_interrupted; /* readers only */
};

static inline struct sqlite_store *sqlite_of(struct store *store)
{
    return (struct sqlite_store *)store;
}

#define BYTES(array) ((struct slice){(const char *)(array), sizeof(array)})

/* Class of an SQLite result code; detail from the connection. */
enum err sqlite_err(struct sqlite_store *s, int code);

/*
 * Binds by format, one letter a parameter: i int64_t, t struct slice as text, z the same but NULL
 * when it is empty, b struct slice as blob. The statement is reset first.
 */
sqlite3_stmt *sql_bind(struct sqlite_store *s, enum sql which, const char *format, ...);
enum err sql_run(struct sqlite_store *s, sqlite3_stmt *statement); /* to the end, without rows */
/* ERR_OK with a row, ERR_NOT_FOUND at the end (and the statement is reset). */
enum err sql_step(struct sqlite_store *s, sqlite3_stmt *statement);

static inline int64_t col_int(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_int64(statement, column);
}
static inline bool col_bool(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_int64(statement, column) != 0;
}
struct slice col_text(sqlite3_stmt *statement, int column, struct arena *arena); /* copied */
void col_bytes(sqlite3_stmt *statement,
               int column,
               void *out,
               size_t n); /* zeroed when the size differs */

/* Reads one row or none. */
#define ONE(s, q, out, read)                                                                       \
    do {                                                                                           \
        enum err step_ = sql_step((s), (q));                                                       \
        *(out) = NULL;                                                                             \
        if (step_ == ERR_NOT_FOUND) {                                                              \
            return ERR_OK;                                                                         \
        }                                                                                          \
        if (step_) {                                                                               \
            return step_;                                                                          \
        }                                                                                          \
        *(out) = (read);                                                                           \
        sqlite3_reset(q);                                                                          \
        if (!*(out) || arena->exhausted) {                                                         \
            return arena->exhausted ? ERR_LIMIT : ERR_CORRUPT;                                     \
        }                                                                                          \
    } while (0)

/* Reads all rows of a statement. Always to the end or to a reset: a statement left open would pin
 * the WAL. A text that found no room leaves the arena exhausted. */
#define ALL(s, q, arena, out, read)                                                                \
    do {                                                                                           \
        enum err step_;                                                                            \
        while ((step_ = sql_step((s), (q))) == ERR_OK) {                                           \
            if (!rows_add((out), (arena), (read)) || (arena)->exhausted) {                         \
                sqlite3_reset(q);                                                                  \
                return (arena)->exhausted ? ERR_LIMIT : ERR_CORRUPT;                               \
            }                                                                                      \
        }                                                                                          \
        if (step_ != ERR_NOT_FOUND) {                                                              \
            return step_;                                                                          \
        }                                                                                          \
    } while (0)

/* Rows from the statement's present row, into the arena; NULL when it is exhausted, or (orders)
 * when the row cannot be read. */
struct sku_row *sku_read(sqlite3_stmt *q, struct arena *arena);
struct listing_row *listing_read(sqlite3_stmt *q, struct arena *arena);
struct order_row *order_read(struct sqlite_store *s, sqlite3_stmt *q, struct arena *arena);
struct event_row *event_read(sqlite3_stmt *q, struct arena *arena);
struct movement_row *movement_read(sqlite3_stmt *q, struct arena *arena);
struct delivery_row *delivery_read(sqlite3_stmt *q, struct arena *arena);
struct push_row *push_read(sqlite3_stmt *q, struct arena *arena);
struct incident_row *incident_read(sqlite3_stmt *q, struct arena *arena);
struct hold_row *hold_read(sqlite3_stmt *q, struct arena *arena);
struct parked_row *parked_read(sqlite3_stmt *q, struct arena *arena);
/* The parts of a bundle just read; a nested statement, so only once the outer one has been read
 * out. */
enum err sku_read_parts(struct sqlite_store *s, struct sku_row *row, struct arena *arena);
enum err /* of all rows from `first` on */
skus_read_parts(struct sqlite_store *s, struct rows *rows, size_t first, struct arena *arena);

/* Parts of the operations table, by file. */
enum err sqlite_erase_bodies(struct store *store, int64_t before_us, size_t limit, bool *out_more);
enum err sqlite_save(struct store *store, const struct store_changes *changes);
enum err sqlite_chain_check(struct store *store,
                            int64_t after_commit,
                            int64_t *out_head,
                            uint8_t out_hash[32],
                            struct err_note *note);
void sqlite_load_ops(struct store_ops *ops);
void sqlite_list_ops(struct store_ops *ops);
void sqlite_stock_ops(struct store_ops *ops);
void sqlite_rebuild_ops(struct store_ops *ops);
void sqlite_evidence_ops(struct store_ops *ops);
void sqlite_doctor_ops(struct store_ops *ops);
void sqlite_outlet_ops(struct store_ops *ops);
void sqlite_access_ops(struct store_ops *ops);
void sqlite_sku_list_ops(struct store_ops *ops);
/* The function sku_found(typed, text...) of the connection: core/search.h. */
int sqlite_sku_found(sqlite3 *db);

typedef enum err sqlite_save_fn(struct sqlite_store *s, const void *item);
sqlite_save_fn sqlite_save_alias, sqlite_delete_alias, sqlite_save_transfer, sqlite_save_count,
    sqlite_save_count_line, sqlite_save_checkpoint, sqlite_save_unlinked, sqlite_delete_unlinked,
    sqlite_delete_unlinked_older, sqlite_save_difference, sqlite_save_agreement,
    sqlite_save_finding, sqlite_delete_findings, sqlite_save_opening_line,
    sqlite_delete_opening_line, sqlite_delete_opening_file, sqlite_save_outlet, sqlite_save_user,
    sqlite_save_session, sqlite_delete_session, sqlite_save_audit;
