/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the SQLite store only: the connection, its statements, and binding by
 * format. */
#pragma once
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
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    struct json_doc *parser;
    bool is_writer, in_transaction;
    int lock_fd; /* writer only */
    int64_t ids[ID_KINDS];
    struct chain_head head;      /* committed */
    struct chain_head attempted; /* by the last commit, whatever became of it */
    struct chain_writer *chain;  /* of the open transaction; writer only */
    char path[1024];
    const char *vfs;
};

static inline struct sqlite_store *sqlite_of(struct store *store)
{
    return (struct sqlite_store *)store;
}

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

/* Rows from the statement's present row, into the arena; NULL when it is exhausted. */
struct sku_row *sku_read(sqlite3_stmt *q, struct arena *arena);
struct listing_row *listing_read(sqlite3_stmt *q, struct arena *arena);
struct order_row *order_read(struct sqlite_store *s, sqlite3_stmt *q, struct arena *arena);
struct event_row *event_read(sqlite3_stmt *q, struct arena *arena);
struct movement_row *movement_read(sqlite3_stmt *q, struct arena *arena);
struct delivery_row *delivery_read(sqlite3_stmt *q, struct arena *arena);
struct push_row *push_read(sqlite3_stmt *q, struct arena *arena);
struct incident_row *incident_read(sqlite3_stmt *q, struct arena *arena);
struct hold_row *hold_read(sqlite3_stmt *q, struct arena *arena);
/* The parts of a bundle just read; a nested statement, so only once the outer one has been read
 * out. */
enum err sku_read_parts(struct sqlite_store *s, struct sku_row *row, struct arena *arena);

/* Parts of the operations table, by file. */
enum err sqlite_save(struct store *store, const struct store_changes *changes);
void sqlite_load_ops(struct store_ops *ops);
void sqlite_list_ops(struct store_ops *ops);
