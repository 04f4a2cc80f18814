/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files of the PostgreSQL store only: a connection in libpq's pipeline mode.
 *
 * Commands are sent at once and answered in order; whoever needs an answer asks for all of them
 * (pg_wait). So a batch costs the network as often as it reads something new, once more for all it
 * writes together with its COMMIT, and once to begin.
 */
#pragma once
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>

#include "store/rows/rows_internal.h"

#define PG_PARAMS_MAX 48
#define PG_NODE_BYTES 16

struct pg_store;

struct pg_stmt {
    struct sql_stmt base; /* first */
    struct pg_store *store;
    enum sql which;
    bool is_prepared;
    PGresult *result; /* while it is stepped through */
    int row;
    int count; /* parameters, in binary: 8 bytes in the order of the network, or bytes as they are */
    const char *values[PG_PARAMS_MAX];
    int lengths[PG_PARAMS_MAX];
    Oid types[PG_PARAMS_MAX];
    uint8_t ints[PG_PARAMS_MAX][8];
};

struct pg_store {
    struct sql_store rows; /* first */
    PGconn *db;            /* NULL: there is none at the moment */
    char *url;
    struct pg_stmt statements[SQL_COUNT];
    struct pg_stmt other; /* of a copy */
    char *other_text;
    int other_n;
    size_t pending;  /* commands without an answer yet */
    enum err failed; /* the first of them that was refused, until the transaction ends */
    struct err_note why;
    uint8_t node[PG_NODE_BYTES]; /* writer only: who it is */
    int64_t key;                 /* of the last commit that was tried */
    pthread_mutex_t cancel_lock;
    PGcancel *cancel;
    atomic_bool is_interrupted; /* readers only */
};

static inline struct pg_store *pg_of(struct store *store)
{
    return (struct pg_store *)store;
}

/* ---- the connection (pg_connect.c) ---- */

/* Makes sure that there is one. */
enum err pg_connected(struct pg_store *s, struct err_note *note);
void pg_disconnect(struct pg_store *s);
/* Class of what the server said, and its words in s->why. */
enum err pg_refused(struct pg_store *s, const PGresult *result);
enum err pg_migrate(struct pg_store *s, struct err_note *note);

/* ---- commands (pg_pipeline.c) ---- */

extern const struct sql_driver pg_driver;
/* Sends a command without parameters. */
enum err pg_send(struct pg_store *s, const char *text);
/* All answers; the last command's to *out when it is not NULL, whose owner the caller is. */
enum err pg_wait(struct pg_store *s, PGresult **out);
/* A command with parameters in binary, as of a statement: sent, not waited for. */
enum err pg_send_with(struct pg_store *s,
                      const char *text,
                      int count,
                      const Oid *types,
                      const char *const *values,
                      const int *lengths);
void pg_forget_results(struct pg_store *s);
/* driver's adopt (pg_store.c) */
enum err pg_adopt(struct sql_store *rows);

#define PG_INT8 20
#define PG_BYTEA 17
void pg_put_int(uint8_t out[8], int64_t n);
int64_t pg_get_int(const PGresult *result, int row, int column);
