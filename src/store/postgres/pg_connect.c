/* SPDX-License-Identifier: Apache-2.0 */
/* A connection: opening it, what must be true of the server, its schema, what its refusals mean. */
#include "postgres_migrations.h"
#include "store/postgres/pg_internal.h"

#define SERVER_VERSION_MIN 130000
#define SCHEMA_VERSION ((int64_t)COUNT_OF(postgres_migrations))
/* Nodes that start together: one makes the tables, the others wait. */
#define MIGRATION_LOCK "7310613401"

/*
 * Whoever holds the position and falls silent is cut off: the others go on, and what it still sends
 * ends at a connection that is gone. Waiting for the position is bounded too.
 */
#define SETTINGS_WRITER                                                                            \
    "SET client_min_messages = error; SET idle_in_transaction_session_timeout = '5s';"             \
    "SET lock_timeout = '10s'; SET statement_timeout = '60s';"                                     \
    "SET default_transaction_isolation = 'read committed'"
/* A server asks something twice a second; one that does not for so long stands still. Servers before
 * PostgreSQL 14 cannot be told. */
#define SETTINGS_IDLE "SET idle_session_timeout = '10s'"
#define SETTINGS_READER                                                                            \
    "SET client_min_messages = error; SET default_transaction_read_only = on;"                     \
    "SET lock_timeout = '10s'"

enum err pg_refused(struct pg_store *s, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    static const struct {
        const char *begins;
        enum err err;
    } classes[] = {
        {"53100", ERR_FULL},     /* disk_full */
        {"53200", ERR_MEMORY},   /* out_of_memory */
        {"40", ERR_CONFLICT},    /* serialization_failure, deadlock_detected */
        {"55P03", ERR_CONFLICT}, /* lock_not_available */
        {"57014", ERR_LIMIT},    /* query_canceled: interrupted, or took too long */
        {"23", ERR_CORRUPT},     /* a constraint: nothing of ours breaks one */
        {"22", ERR_CORRUPT},     /* a value */
        {"42", ERR_CORRUPT},     /* a table or column is not there */
        {"XX", ERR_CORRUPT},     /* data_corrupted, index_corrupted */
        {"54", ERR_LIMIT},       /* program_limit_exceeded */
    };
    if (!text) {
        text = PQerrorMessage(s->db);
    }
    enum err e = ERR_IO; /* shut down, a standby, cut off */
    for (size_t i = 0; state && i < COUNT_OF(classes); i++) {
        if (strncmp(state, classes[i].begins, strlen(classes[i].begins)) == 0) {
            e = classes[i].err;
            break;
        }
    }
    return err_note(&s->why, e, "PostgreSQL: %s (%s)", text, state ? state : "no code");
}

/* ---- before the pipeline ---- */

static enum err run_plain(struct pg_store *s, const char *sql, struct err_note *note)
{
    PGresult *result = PQexec(s->db, sql);
    ExecStatusType status = PQresultStatus(result);
    enum err e = ERR_OK;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        e = pg_refused(s, result);
        (void)err_note(note, e, "%s", s->why.text);
    }
    PQclear(result);
    return e;
}

/* The first value, as text; empty when there is none. */
static enum err ask_plain(struct pg_store *s, const char *sql, char out[64], struct err_note *note)
{
    PGresult *result = PQexec(s->db, sql);
    enum err e = ERR_OK;
    out[0] = '\0';
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        e = pg_refused(s, result);
        (void)err_note(note, e, "%s", s->why.text);
    } else if (PQntuples(result) > 0) {
        (void)snprintf(out, 64, "%s", PQgetvalue(result, 0, 0));
    }
    PQclear(result);
    return e;
}

/* A server that forgets what it said was done is no place for orders. */
static enum err check_server(struct pg_store *s, struct err_note *note)
{
    char value[64];
    if (PQserverVersion(s->db) < SERVER_VERSION_MIN) {
        return err_note(note,
                        ERR_USAGE,
                        "PostgreSQL %d is too old: 13 or newer is needed",
                        PQserverVersion(s->db) / 10000);
    }
    enum err e = ask_plain(s, "SHOW synchronous_commit", value, note);
    if (!e && (strcmp(value, "off") == 0 || strcmp(value, "local") == 0)) {
        /* For this connection it is the session's to say. `local` would leave a standby behind. */
        e = run_plain(s, "SET synchronous_commit = on", note);
    }
    return e;
}

enum err pg_migrate(struct pg_store *s, struct err_note *note)
{
    char version_text[64];
    enum err e = run_plain(s, "BEGIN; SELECT pg_advisory_xact_lock(" MIGRATION_LOCK ")", note);
    e = e ? e
          : run_plain(
                s, "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)", note);
    e = e ? e : ask_plain(s, "SELECT max(version) FROM schema_version", version_text, note);
    int64_t version = strtoll(version_text, NULL, 10);
    if (!e && version > SCHEMA_VERSION) {
        e = err_note(note,
                     ERR_USAGE,
                     "the database was written by a newer truecount (schema %" PRId64
                     ", this one knows %" PRId64 "): upgrade truecount",
                     version,
                     SCHEMA_VERSION);
    }
    for (; !e && version < SCHEMA_VERSION; version++) {
        char set_version[96];
        (void)snprintf(set_version,
                       sizeof(set_version),
                       "INSERT INTO schema_version VALUES (%" PRId64 ")",
                       version + 1);
        e = run_plain(s, postgres_migrations[version], note);
        e = e ? e : run_plain(s, set_version, note);
    }
    e = e ? e : run_plain(s, "COMMIT", note);
    if (e && PQstatus(s->db) == CONNECTION_OK) {
        (void)run_plain(s, "ROLLBACK", &(struct err_note){""});
    }
    return e;
}

/*
 * One server decides on a database, as one does on a file. The lock is the session's: it ends with
 * the connection, and whoever was cut off tries again until the server has noticed.
 */
#define WRITER_LOCK "7310613402"

static enum err take_lock(struct pg_store *s, struct err_note *note)
{
    char got[64];
    enum err e = ask_plain(s, "SELECT pg_try_advisory_lock(" WRITER_LOCK ")", got, note);
    if (e || strcmp(got, "t") == 0) {
        return e;
    }
    return err_note(
        note,
        ERR_CONFLICT,
        "another truecount decides on this database: stop it, or go through its server");
}

/* ---- connecting ---- */

static PGconn *connect_now(const struct pg_store *s)
{
    /* Of several hosts the one that may be written to; a server that is gone is noticed in seconds. */
    const char *const keys[] = {"dbname",
                                "target_session_attrs",
                                "application_name",
                                "connect_timeout",
                                "tcp_user_timeout",
                                "keepalives_idle",
                                "keepalives_interval",
                                "keepalives_count",
                                NULL};
    const char *const values[] = {
        s->url, "read-write", "truecount", "3", "5000", "3", "1", "3", NULL};
    return PQconnectdbParams(keys, values, 1);
}

void pg_disconnect(struct pg_store *s)
{
    pthread_mutex_lock(&s->cancel_lock);
    PQfreeCancel(s->cancel);
    s->cancel = NULL;
    pthread_mutex_unlock(&s->cancel_lock);
    PQfinish(s->db);
    s->db = NULL;
    s->pending = 0;
    for (size_t i = 0; i < SQL_COUNT; i++) {
        s->statements[i].is_prepared = false;
    }
    s->other.is_prepared = false;
}

enum err pg_connected(struct pg_store *s, struct err_note *note)
{
    if (s->db && PQstatus(s->db) == CONNECTION_OK) {
        return ERR_OK;
    }
    pg_disconnect(s);
    s->db = connect_now(s);
    if (PQstatus(s->db) != CONNECTION_OK) {
        enum err e =
            err_note(note, ERR_IO, "cannot connect to PostgreSQL: %s", PQerrorMessage(s->db));
        pg_disconnect(s);
        return e;
    }
    enum err e = check_server(s, note);
    e = e ? e : run_plain(s, s->rows.is_writer ? SETTINGS_WRITER : SETTINGS_READER, note);
    e = e || !s->rows.is_writer ? e : take_lock(s, note);
    if (!e && s->rows.is_writer && PQserverVersion(s->db) >= 140000) {
        e = run_plain(s, SETTINGS_IDLE, note);
    }
    e = e || !s->rows.is_writer ? e : pg_migrate(s, note);
    if (!e && !PQenterPipelineMode(s->db)) {
        e = ERR_IO;
    }
    if (e) {
        pg_disconnect(s);
        return e;
    }
    pthread_mutex_lock(&s->cancel_lock);
    s->cancel = PQgetCancel(s->db);
    pthread_mutex_unlock(&s->cancel_lock);
    s->failed = ERR_OK;
    return ERR_OK;
}
