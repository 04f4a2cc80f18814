/* SPDX-License-Identifier: Apache-2.0 */
/* Commands sent in a row and answered in a row. */
#include <errno.h>
#include <poll.h>

#include "postgres_statements.h"
#include "store/postgres/pg_internal.h"

/* So many answers may lie unread: they are small, and fit into what the network holds. */
#define PENDING_MAX 200
#define TEXT_MAX 4096

/* What PostgreSQL must be told in another way comes second. */
static const char *const texts[SQL_COUNT] = {
#define X(name, text) [SQL_##name] = text,
    ROWS_MAP(X)
#undef X
};
static const char *const own_texts[SQL_COUNT] = {
#define X(name, text) [SQL_##name] = text,
    POSTGRES_MAP(X)
#undef X
};

void pg_put_int(uint8_t out[8], int64_t n)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
    }
}

int64_t pg_get_int(const PGresult *result, int row, int column)
{
    const uint8_t *p = (const uint8_t *)PQgetvalue(result, row, column);
    uint64_t n = 0;
    int bytes = PQgetlength(result, row, column);
    for (int i = 0; i < bytes && i < 8; i++) {
        n = n << 8 | p[i];
    }
    return bytes == 4 ? (int64_t)(int32_t)(uint32_t)n : (int64_t)n;
}

/* ---- sending ---- */

static enum err sent(struct pg_store *s, int ok)
{
    if (!ok) {
        s->failed = s->failed ? s->failed : ERR_IO;
        (void)err_note(&s->why, ERR_IO, "%s", PQerrorMessage(s->db));
        return s->failed;
    }
    s->pending++;
    return ERR_OK;
}

enum err pg_send_with(struct pg_store *s,
                      const char *text,
                      int count,
                      const Oid *types,
                      const char *const *values,
                      const int *lengths)
{
    static const int binary[PG_PARAMS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                              1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                              1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    if (!s->db || s->failed) {
        return s->failed ? s->failed : ERR_IO;
    }
    return sent(s, PQsendQueryParams(s->db, text, count, types, values, lengths, binary, 1));
}

enum err pg_send(struct pg_store *s, const char *text)
{
    return pg_send_with(s, text, 0, NULL, NULL, NULL);
}

/* ---- answers ---- */

/*
 * A server that stands still keeps its connections open and says nothing: whoever decides does not
 * wait for it for ever. Readers prove whole ledgers and take their time.
 */
#define WRITER_WAIT_MS 15000
#define READER_WAIT_MS 300000

/* False: it is gone, or silent for too long. */
static bool has_answered(struct pg_store *s)
{
    int wait_ms = s->rows.is_writer ? WRITER_WAIT_MS : READER_WAIT_MS;
    while (PQisBusy(s->db)) {
        struct pollfd socket = {.fd = PQsocket(s->db), .events = POLLIN};
        int ready = poll(&socket, 1, wait_ms);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0 || !PQconsumeInput(s->db)) {
            return false;
        }
    }
    return PQstatus(s->db) == CONNECTION_OK;
}

/* One command's answer. Behind a refusal all others are skipped until the next sync. */
static PGresult *answer(struct pg_store *s)
{
    PGresult *result = PQgetResult(s->db);
    PGresult *end = result ? PQgetResult(s->db) : NULL;
    must(end == NULL);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && !s->failed) {
        s->failed = pg_refused(s, result);
    }
    return result;
}

enum err pg_wait(struct pg_store *s, PGresult **out)
{
    if (out) {
        *out = NULL;
    }
    if (!s->db) {
        return s->failed ? s->failed : ERR_IO;
    }
    if (!PQpipelineSync(s->db)) {
        s->failed = s->failed ? s->failed : ERR_IO;
    }
    while (s->pending > 0 && has_answered(s)) {
        PGresult *result = answer(s);
        if (--s->pending == 0 && out && !s->failed) {
            *out = result;
        } else {
            PQclear(result);
        }
    }
    bool is_whole = s->pending == 0 && has_answered(s);
    s->pending = 0;
    PGresult *sync = is_whole ? PQgetResult(s->db) : NULL;
    if (PQresultStatus(sync) != PGRES_PIPELINE_SYNC) { /* the connection is gone */
        s->failed = s->failed ? s->failed : ERR_IO;
        if (!s->why.text[0]) {
            (void)err_note(&s->why, ERR_IO, "%s", PQerrorMessage(s->db));
        }
        pg_disconnect(s);
    }
    PQclear(sync);
    if (s->failed && out && *out) {
        PQclear(*out);
        *out = NULL;
    }
    return s->failed;
}

void pg_forget_results(struct pg_store *s)
{
    for (size_t i = 0; i < SQL_COUNT; i++) {
        PQclear(s->statements[i].result);
        s->statements[i].result = NULL;
    }
}

/* ---- statements ---- */

/* "?" and "?2" as the others say it: "$1", "$2". No text within a statement has a question mark. */
static void numbered(const char *text, char out[TEXT_MAX])
{
    int next = 1;
    size_t n = 0;
    for (; *text; text++) {
        must(n + 8 < TEXT_MAX);
        if (*text != '?') {
            out[n++] = *text;
            continue;
        }
        out[n++] = '$';
        if (text[1] < '1' || text[1] > '9') {
            n += (size_t)snprintf(out + n, 8, "%d", next++);
        }
    }
    out[n] = '\0';
}

static void name_of(const struct pg_stmt *q, char out[16])
{
    if (q == &q->store->other) {
        (void)snprintf(out, 16, "o%d", q->store->other_n);
    } else {
        (void)snprintf(out, 16, "s%d", (int)q->which);
    }
}

static const char *text_of(const struct pg_stmt *q)
{
    return q == &q->store->other ? q->store->other_text
           : own_texts[q->which] ? own_texts[q->which]
                                 : texts[q->which];
}

static enum err prepare(struct pg_stmt *q)
{
    struct pg_store *s = q->store;
    char name[16], text[TEXT_MAX];
    name_of(q, name);
    numbered(text_of(q), text);
    enum err e = sent(s, PQsendPrepare(s->db, name, text, q->count, q->types));
    e = e ? e : pg_wait(s, NULL);
    q->is_prepared = !e;
    return e;
}

static enum err send_statement(struct pg_stmt *q)
{
    struct pg_store *s = q->store;
    int binary[PG_PARAMS_MAX];
    char name[16];
    if (s->failed) {
        return s->failed;
    }
    enum err e = s->rows.in_transaction ? (s->db ? ERR_OK : ERR_IO) : pg_connected(s, &s->why);
    e = e || q->is_prepared ? e : prepare(q);
    if (e) {
        return e;
    }
    for (int i = 0; i < q->count; i++) {
        binary[i] = 1;
    }
    name_of(q, name);
    return sent(s, PQsendQueryPrepared(s->db, name, q->count, q->values, q->lengths, binary, 1));
}

static struct sql_stmt *
pg_bind(struct sql_store *rows, enum sql which, const char *format, va_list args)
{
    struct pg_store *s = (struct pg_store *)rows;
    struct pg_stmt *q = &s->statements[which];
    PQclear(q->result);
    q->result = NULL;
    q->count = 0;
    for (const char *c = format; *c; c++, q->count++) {
        int i = q->count;
        must(i < PG_PARAMS_MAX);
        if (*c == 'i') {
            pg_put_int(q->ints[i], va_arg(args, int64_t));
            q->values[i] = (const char *)q->ints[i];
            q->lengths[i] = 8;
            q->types[i] = PG_INT8;
            continue;
        }
        struct slice bytes = va_arg(args, struct slice);
        must(bytes.n < INT32_MAX && (*c == 't' || *c == 'z' || *c == 'b'));
        q->values[i] = *c == 'z' && bytes.n == 0 ? NULL : bytes.n ? bytes.p : "";
        q->lengths[i] = (int)bytes.n;
        q->types[i] = PG_BYTEA;
    }
    return &q->base;
}

/* Out of a transaction each statement is one of its own: what was refused before is over. */
static void begin_alone(struct pg_store *s)
{
    if (!s->rows.in_transaction) {
        s->failed = ERR_OK;
        s->why.text[0] = '\0';
    }
}

static enum err pg_step(struct sql_store *rows, struct sql_stmt *bound)
{
    struct pg_store *s = (struct pg_store *)rows;
    struct pg_stmt *q = (struct pg_stmt *)bound;
    if (atomic_load(&s->is_interrupted)) {
        return ERR_LIMIT;
    }
    if (!q->result) {
        begin_alone(s);
        enum err e = send_statement(q);
        e = e ? e : pg_wait(s, &q->result);
        if (e) {
            return e;
        }
        q->row = -1;
    }
    if (++q->row < PQntuples(q->result)) {
        return ERR_OK;
    }
    PQclear(q->result);
    q->result = NULL;
    return ERR_NOT_FOUND;
}

static enum err pg_run(struct sql_store *rows, struct sql_stmt *bound)
{
    struct pg_store *s = (struct pg_store *)rows;
    begin_alone(s);
    enum err e = send_statement((struct pg_stmt *)bound);
    if (!e && (s->pending >= PENDING_MAX || !rows->in_transaction)) {
        e = pg_wait(s, NULL);
    }
    return e;
}

static void pg_reset(struct sql_stmt *bound)
{
    struct pg_stmt *q = (struct pg_stmt *)bound;
    PQclear(q->result);
    q->result = NULL;
}

static int64_t pg_col_int(struct sql_stmt *bound, int column)
{
    const struct pg_stmt *q = (const struct pg_stmt *)bound;
    return pg_get_int(q->result, q->row, column);
}

static struct slice pg_col(struct sql_stmt *bound, int column)
{
    const struct pg_stmt *q = (const struct pg_stmt *)bound;
    return (struct slice){PQgetvalue(q->result, q->row, column),
                          (size_t)PQgetlength(q->result, q->row, column)};
}

static struct sql_stmt *pg_text(struct sql_store *rows, const char *sql)
{
    struct pg_store *s = (struct pg_store *)rows;
    if (!s->other_text || strcmp(s->other_text, sql) != 0) {
        PQclear(s->other.result);
        free(s->other_text);
        s->other = (struct pg_stmt){.base = {&pg_driver}, .store = s};
        s->other_text = strdup(sql);
        s->other_n++;
    }
    pg_reset(&s->other.base);
    s->other.count = 0;
    return s->other_text ? &s->other.base : NULL;
}

static void pg_put_param(struct pg_stmt *q, int at, const char *p, size_t n, Oid type)
{
    must(at >= 0 && at < PG_PARAMS_MAX && n < INT32_MAX);
    q->values[at] = p;
    q->lengths[at] = (int)n;
    q->types[at] = type;
    q->count = at + 1 > q->count ? at + 1 : q->count;
}

static void pg_put_int_at(struct sql_stmt *bound, int at, int64_t n)
{
    struct pg_stmt *q = (struct pg_stmt *)bound;
    pg_put_int(q->ints[at], n);
    pg_put_param(q, at, (const char *)q->ints[at], 8, PG_INT8);
}

static void pg_put_bytes(struct sql_stmt *bound, int at, struct slice bytes, bool is_blob)
{
    (void)is_blob;
    pg_put_param((struct pg_stmt *)bound, at, bytes.n ? bytes.p : "", bytes.n, PG_BYTEA);
}

const struct sql_driver pg_driver = {
    .bind = pg_bind,
    .step = pg_step,
    .run = pg_run,
    .reset = pg_reset,
    .col_int = pg_col_int,
    .col = pg_col,
    .text = pg_text,
    .put_int = pg_put_int_at,
    .put_bytes = pg_put_bytes,
    .adopt = pg_adopt,
};
