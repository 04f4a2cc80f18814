/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions of many nodes on one database. Whoever decides holds the one row of `position`: it
 * says where the log ends and which numbers are given, so one node decides at a time and sees what
 * the others did. The hash chain needs that order anyway; batches make it cheap.
 */
#include <time.h>

#include "store/postgres/pg_internal.h"

#define LOCK_TRIES 40
#define IDS_BYTES (ID_KINDS * 8)
#define POSITION "SELECT commit_n, last_event, last_movement, hash, ids FROM position"

static void bytes_of(const PGresult *result, int column, void *out, size_t n)
{
    if ((size_t)PQgetlength(result, 0, column) == n) {
        memcpy(out, PQgetvalue(result, 0, column), n);
    } else {
        memset(out, 0, n);
    }
}

static enum err read_position(struct pg_store *s, const PGresult *result)
{
    uint8_t ids[IDS_BYTES];
    if (PQntuples(result) != 1) {
        return err_note(&s->why, ERR_CORRUPT, "the table 'position' has no row");
    }
    s->rows.head = (struct chain_head){.commit = pg_get_int(result, 0, 0),
                                       .last_event = pg_get_int(result, 0, 1),
                                       .last_movement = pg_get_int(result, 0, 2)};
    bytes_of(result, 3, s->rows.head.hash, sizeof(s->rows.head.hash));
    bytes_of(result, 4, ids, sizeof(ids));
    for (int i = 0; i < ID_KINDS; i++) {
        uint64_t n = 0;
        for (int b = 0; b < 8; b++) {
            n = n << 8 | ids[i * 8 + b];
        }
        /* What was drawn and came to nothing is not given again. */
        s->rows.ids[i] = (int64_t)n > s->rows.ids[i] ? (int64_t)n : s->rows.ids[i];
    }
    return ERR_OK;
}

static enum err send_position(struct pg_store *s)
{
    uint8_t ints[3][8], ids[IDS_BYTES];
    const int64_t values[] = {
        s->rows.attempted.commit, s->rows.attempted.last_event, s->rows.attempted.last_movement};
    for (int i = 0; i < 3; i++) {
        pg_put_int(ints[i], values[i]);
    }
    for (int i = 0; i < ID_KINDS; i++) {
        pg_put_int(ids + (ptrdiff_t)i * 8, s->rows.ids[i]);
    }
    static const Oid types[] = {PG_INT8, PG_INT8, PG_INT8, PG_BYTEA, PG_BYTEA};
    const char *const params[] = {(const char *)ints[0],
                                  (const char *)ints[1],
                                  (const char *)ints[2],
                                  (const char *)s->rows.attempted.hash,
                                  (const char *)ids};
    const int lengths[] = {8, 8, 8, sizeof(s->rows.attempted.hash), IDS_BYTES};
    return pg_send_with(s,
                        "UPDATE position SET commit_n = $1, last_event = $2, last_movement = $3, "
                        "hash = $4, ids = $5",
                        5,
                        types,
                        params,
                        lengths);
}

static enum err send_node(struct pg_store *s, const char *text)
{
    uint8_t key[8];
    pg_put_int(key, s->key);
    static const Oid types[] = {PG_BYTEA, PG_INT8};
    const char *const params[] = {(const char *)s->node, (const char *)key};
    const int lengths[] = {PG_NODE_BYTES, 8};
    return pg_send_with(s, text, 2, types, params, lengths);
}

/* ---- transactions ---- */

static void pg_rollback(struct store *store)
{
    struct pg_store *s = pg_of(store);
    if (!s->rows.in_transaction) {
        return;
    }
    s->rows.in_transaction = false;
    pg_forget_results(s);
    if (s->db) {
        (void)pg_wait(s, NULL); /* what was sent is answered, one way or the other */
        s->failed = ERR_OK;
        enum err e = pg_send(s, "ROLLBACK");
        e = e ? e : pg_wait(s, NULL);
        if (e) {
            pg_disconnect(s); /* the server rolls back what it hears no more of */
        }
    }
    s->failed = ERR_OK;
}

static enum err pg_begin(struct store *store)
{
    struct pg_store *s = pg_of(store);
    must(!s->rows.in_transaction);
    s->failed = ERR_OK;
    s->why.text[0] = '\0';
    if (pg_connected(s, &s->why)) {
        return ERR_IO; /* not there, or our old connection still is: it is looked for again */
    }
    enum err e;
    PGresult *position = NULL;
    s->rows.in_transaction = true;
    s->rows.has_changes = false;
    s->rows.is_spoilt = false;
    e = pg_send(s, s->rows.is_writer ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    e = e ? e : pg_send(s, s->rows.is_writer ? POSITION " FOR UPDATE" : POSITION);
    e = e ? e : pg_wait(s, &position);
    e = e ? e : read_position(s, position);
    PQclear(position);
    if (e) {
        pg_rollback(store);
        return e;
    }
    if (s->rows.is_writer) {
        chain_begin(s->rows.chain);
    }
    return ERR_OK;
}

/* Sends all that is left, and waits for the one answer that counts. */
static enum err pg_commit(struct store *store, int64_t now_us)
{
    struct pg_store *s = pg_of(store);
    must(s->rows.in_transaction && !s->rows.is_spoilt);
    s->key++;
    PGresult *done = NULL;
    enum err e = ERR_OK;
    if (s->rows.is_writer && s->rows.has_changes) {
        e = rows_put_commit(&s->rows, now_us);
        e = e ? e : send_position(s);
        e = e ? e : send_node(s, "UPDATE node SET key = $2 WHERE id = $1");
    }
    bool is_sent = !e && (e = pg_send(s, "COMMIT")) == ERR_OK;
    if (is_sent) {
        e = pg_wait(s, &done);
    }
    bool was_answered = s->db != NULL; /* a refusal is an answer: then it is not there */
    /* In a transaction that failed before, COMMIT is carried out as ROLLBACK. */
    if (!e && strcmp(PQcmdStatus(done), "COMMIT") != 0) {
        e = ERR_IO;
    }
    PQclear(done);
    if (!e) {
        s->rows.in_transaction = false;
        pg_forget_results(s);
        if (s->rows.is_writer && s->rows.has_changes) {
            s->rows.head = s->rows.attempted;
        }
        return ERR_OK;
    }
    pg_rollback(store);
    return is_sent && !was_answered ? ERR_UNKNOWN : e;
}

/*
 * The server may still be at it, waiting for a standby: the row of this node is locked until it has
 * ended. This transaction writes too, so that what it found is where all acknowledged commits are.
 */
static enum err pg_resolve(struct store *store, bool *out_committed, struct err_note *note)
{
    struct pg_store *s = pg_of(store);
    PGresult *node = NULL;
    must(s->rows.is_writer && !s->rows.in_transaction);
    enum err e = pg_connected(s, note);
    s->failed = ERR_OK;
    e = e ? e : pg_send(s, "BEGIN");
    e = e ? e : send_node(s, "SELECT key, $2 FROM node WHERE id = $1 FOR UPDATE");
    e = e ? e : pg_wait(s, &node);
    if (!e) { /* without its row it was never there: another database was put in its place */
        *out_committed = PQntuples(node) == 1 && pg_get_int(node, 0, 0) == s->key;
    }
    PQclear(node);
    e = e ? e
          : send_node(s,
                      "INSERT INTO node (id, key) VALUES ($1, $2) "
                      "ON CONFLICT (id) DO UPDATE SET key = node.key");
    e = e ? e : pg_send(s, "COMMIT");
    e = e ? e : pg_wait(s, NULL);
    if (e) {
        pg_disconnect(s);
        return err_note(note, ERR_IO, "%s", s->why.text);
    }
    return ERR_OK;
}

enum err pg_adopt(struct sql_store *rows)
{
    struct pg_store *s = (struct pg_store *)rows;
    struct sql_stmt *q = sql_bind(rows, SQL_NEXT_IDS, "");
    enum err e = sql_step(rows, q);
    for (int i = 0; !e && i < ID_KINDS; i++) {
        rows->ids[i] = col_int(q, i);
    }
    sql_reset(q);
    rows->attempted = (struct chain_head){0};
    q = sql_bind(rows, SQL_COMMIT_LAST, "");
    e = e ? e : sql_step(rows, q);
    if (!e) {
        rows->attempted.commit = col_int(q, 0);
        rows->attempted.last_event = col_int(q, 2);
        rows->attempted.last_movement = col_int(q, 3);
        col_bytes(q, 4, rows->attempted.hash, sizeof(rows->attempted.hash));
    }
    sql_reset(q);
    e = e == ERR_NOT_FOUND ? ERR_OK : e;
    e = e ? e : send_position(s);
    rows->head = e ? rows->head : rows->attempted;
    return e;
}

/* ---- opening and closing ---- */

static void pg_close(struct store *store)
{
    struct pg_store *s = pg_of(store);
    if (s->db && s->rows.is_writer && !s->rows.in_transaction) {
        s->failed = ERR_OK;
        if (send_node(s, "DELETE FROM node WHERE id = $1 AND $2 = $2") == ERR_OK) {
            (void)pg_wait(s, NULL);
        }
    }
    pg_forget_results(s);
    PQclear(s->other.result);
    free(s->other_text);
    pg_disconnect(s);
    rows_free(&s->rows);
    pthread_mutex_destroy(&s->cancel_lock);
    free(s->url);
    free(s);
}

/* Of the statement that runs now; those that follow see the mark. */
static void pg_interrupt(struct store *store)
{
    struct pg_store *s = pg_of(store);
    char why[256];
    must(!s->rows.is_writer);
    atomic_store(&s->is_interrupted, true);
    pthread_mutex_lock(&s->cancel_lock);
    if (s->cancel) {
        (void)PQcancel(s->cancel, why, sizeof(why));
    }
    pthread_mutex_unlock(&s->cancel_lock);
}

static enum err pg_open(const char *url, bool is_writer, struct store **out, struct err_note *note);

static enum err pg_reader(struct store *store, struct store **out, struct err_note *note)
{
    const struct pg_store *writer = pg_of(store);
    return pg_open(writer->url, false, out, note);
}

/* Its own row, by which its commits are found again. */
static enum err enter(struct pg_store *s, struct err_note *note)
{
    PGresult *made = NULL;
    enum err e = pg_send(
        s, "INSERT INTO node (id, key) VALUES (uuid_send(gen_random_uuid()), 0) RETURNING id");
    e = e ? e : pg_wait(s, &made);
    if (e) {
        return err_note(note, e, "%s", s->why.text);
    }
    bytes_of(made, 0, s->node, sizeof(s->node));
    PQclear(made);
    return ERR_OK;
}

static struct pg_store *pg_new(const char *url)
{
    struct pg_store *s = calloc(1, sizeof(*s));
    if (!s) {
        return NULL;
    }
    pthread_mutex_init(&s->cancel_lock, NULL);
    bool ok = rows_init(&s->rows, &pg_driver);
    for (size_t i = 0; i < SQL_COUNT; i++) {
        s->statements[i] = (struct pg_stmt){.base = {&pg_driver}, .store = s, .which = (enum sql)i};
    }
    struct store_ops *ops = &s->rows.ops;
    ops->reader = pg_reader;
    ops->begin = pg_begin;
    ops->commit = pg_commit;
    ops->rollback = pg_rollback;
    ops->resolve = pg_resolve;
    ops->close = pg_close;
    ops->interrupt = pg_interrupt;
    s->url = strdup(url);
    if (!ok || !s->url) {
        pg_close(&s->rows.base);
        return NULL;
    }
    return s;
}

static enum err pg_open(const char *url, bool is_writer, struct store **out, struct err_note *note)
{
    struct pg_store *s = pg_new(url);
    if (!s) {
        return ERR_MEMORY;
    }
    s->rows.is_writer = is_writer;
    enum err e = pg_connected(s, note);
    /* A server that was killed leaves its connection behind for a moment. */
    const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
    for (int i = 0; i < LOCK_TRIES && e == ERR_CONFLICT; i++) {
        nanosleep(&pause, NULL);
        e = pg_connected(s, note);
    }
    e = e || !is_writer ? e : enter(s, note);
    if (e) {
        pg_close(&s->rows.base);
        return e;
    }
    *out = &s->rows.base;
    return ERR_OK;
}

enum err store_postgres_open(const char *url, struct store **out, struct err_note *note)
{
    return pg_open(url, true, out, note);
}
