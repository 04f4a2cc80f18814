/* SPDX-License-Identifier: Apache-2.0 */
/* The hash chain, read back from the file. */
#include "store/rows/rows_internal.h"

static enum err commit_hash(struct sql_store *s, int64_t n, struct chain_head *out)
{
    *out = (struct chain_head){0};
    if (n == 0) {
        return ERR_OK;
    }
    struct sql_stmt *q = sql_bind(s, SQL_COMMIT_AT, "i", n);
    enum err e = sql_step(s, q);
    if (!e) {
        out->commit = n;
        out->last_event = col_int(q, 2);
        out->last_movement = col_int(q, 3);
        col_bytes(q, 4, out->hash, sizeof(out->hash));
    }
    sql_reset(q);
    return e;
}

/* Hashes again what one commit added to the log. */
static enum err rehash(struct sql_store *s,
                       const struct chain_head *before,
                       const struct chain_head *said,
                       struct arena *arena,
                       struct chain_head *out)
{
    chain_begin(s->chain);
    enum err e;
    struct sql_stmt *q = sql_bind(s, SQL_CHAIN_EVENTS, "ii", before->last_event, said->last_event);
    while ((e = sql_step(s, q)) == ERR_OK) {
        const struct event_row *row = event_read(q, arena);
        if (!row || arena->exhausted) {
            sql_reset(q);
            return ERR_LIMIT;
        }
        chain_event(s->chain, row);
        arena_clear(arena);
    }
    if (e != ERR_NOT_FOUND) {
        return e;
    }
    q = sql_bind(s, SQL_CHAIN_MOVEMENTS, "ii", before->last_movement, said->last_movement);
    while ((e = sql_step(s, q)) == ERR_OK) {
        const struct movement_row *row = movement_read(q, arena);
        if (!row || arena->exhausted) {
            sql_reset(q);
            return ERR_LIMIT;
        }
        chain_movement(s->chain, row);
        arena_clear(arena);
    }
    return e == ERR_NOT_FOUND ? chain_finish(s->chain, before, out) : e;
}

/* The log may have no row that no commit has hashed. */
static enum err
check_tail(struct sql_store *s, const struct chain_head *last, struct err_note *note)
{
    struct sql_stmt *q = sql_bind(s, SQL_NEXT_IDS, "");
    enum err e = sql_step(s, q);
    if (!e && (col_int(q, ID_EVENT) > last->last_event ||
               col_int(q, ID_MOVEMENT) > last->last_movement)) {
        e = err_note(
            note, ERR_CORRUPT, "the log has rows behind its last commit %" PRId64, last->commit);
    }
    sql_reset(q);
    return e;
}

static enum err check_commits(struct sql_store *s,
                              int64_t after_commit,
                              struct chain_head *out,
                              struct err_note *note)
{
    struct chain_head before = {0}, said = {0}, made;
    ON_EXIT(arena_free) struct arena arena;
    arena_init(&arena, (size_t)64 * 1024 * 1024);
    enum err e = commit_hash(s, after_commit, &before);
    if (e == ERR_NOT_FOUND) {
        return err_note(note, ERR_CORRUPT, "commit %" PRId64 " is missing", after_commit);
    }
    while (!e && (e = commit_hash(s, before.commit + 1, &said)) == ERR_OK) {
        e = rehash(s, &before, &said, &arena, &made);
        if (!e && memcmp(made.hash, said.hash, sizeof(made.hash)) != 0) {
            return err_note(note,
                            ERR_CORRUPT,
                            "the log was changed: commit %" PRId64 " (events %" PRId64
                            " to %" PRId64 ") does not match its hash",
                            said.commit,
                            before.last_event + 1,
                            said.last_event);
        }
        before = said;
    }
    *out = before;
    return e == ERR_NOT_FOUND ? check_tail(s, &before, note) : e;
}

/* A reader checks one snapshot: a commit that lands meanwhile must not look like a loose end. */
enum err rows_chain_check(struct store *store,
                          int64_t after_commit,
                          int64_t *out_head,
                          uint8_t out_hash[32],
                          struct err_note *note)
{
    struct sql_store *s = sql_of(store);
    struct chain_head head = {0};
    bool is_own = !s->is_writer && !s->in_transaction;
    must(!s->in_transaction || !s->has_changes); /* the chain of the batch must not be lost */
    enum err e = is_own ? s->ops.begin(store) : ERR_OK;
    int64_t from = after_commit >= 0 ? after_commit : s->head.commit + after_commit;
    e = e ? e : check_commits(s, from > 0 ? from : 0, &head, note);
    if (is_own) {
        s->ops.rollback(store);
    }
    if (!e) {
        *out_head = head.commit;
        memcpy(out_hash, head.hash, sizeof(head.hash));
    }
    return e;
}
