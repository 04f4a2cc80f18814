/* SPDX-License-Identifier: Apache-2.0 */
/* Handles, transactions, the chain. */
#include "store/mem/mem_internal.h"

#define KEY_BYTES_MAX ((size_t)16 * 1024 * 1024)

struct mem_view mem_view(struct mem_store *m)
{
    if (m->in_transaction) {
        return (struct mem_view){&m->state, NULL};
    }
    pthread_mutex_lock(&m->db->lock);
    return (struct mem_view){&m->db->state, m->db};
}

void mem_view_end(struct mem_view *view)
{
    if (view->locked) {
        pthread_mutex_unlock(&view->locked->lock);
    }
}

static void db_free(struct mem_db *db)
{
    for (int i = 0; i < TREES; i++) {
        mem_tree_free(db->state.trees[i], i < TABLES);
    }
    mem_space_collect(&db->space);
    pthread_mutex_destroy(&db->lock);
    free(db);
}

static void mem_rollback(struct store *store);

static void mem_close(struct store *store)
{
    struct mem_store *m = mem_of(store);
    mem_rollback(store);
    pthread_mutex_lock(&m->db->lock);
    size_t left = --m->db->handles;
    pthread_mutex_unlock(&m->db->lock);
    if (left == 0) {
        db_free(m->db);
    }
    chain_writer_free(m->chain);
    json_doc_free(m->parser);
    buf_free(&m->key);
    free(m);
}

static enum err mem_begin(struct store *store)
{
    struct mem_store *m = mem_of(store);
    must(!m->in_transaction);
    pthread_mutex_lock(&m->db->lock);
    m->state = m->db->state;
    m->db->space.snapshots += m->is_writer ? 0 : 1;
    pthread_mutex_unlock(&m->db->lock);
    m->in_transaction = true;
    m->is_spoilt = false;
    if (m->is_writer) {
        chain_begin(m->chain);
    }
    return ERR_OK;
}

static void end_snapshot(struct mem_store *m)
{
    pthread_mutex_lock(&m->db->lock);
    m->db->space.snapshots--;
    mem_space_collect(&m->db->space);
    pthread_mutex_unlock(&m->db->lock);
    m->in_transaction = false;
}

static void mem_rollback(struct store *store)
{
    struct mem_store *m = mem_of(store);
    if (!m->in_transaction) {
        return;
    }
    if (!m->is_writer) {
        end_snapshot(m);
        return;
    }
    m->in_transaction = false;
    mem_space_rollback(&m->db->space);
}

static enum err put_commit(struct mem_store *m)
{
    struct chain_head head;
    enum err e = chain_finish(m->chain, &m->state.head, &head);
    if (e) {
        return e;
    }
    void *row = mem_row_store(TABLE_COMMIT, &head, &m->db->space);
    if (!row) {
        return ERR_MEMORY;
    }
    buf_clear(&m->key);
    mem_key(&m->key, "i", head.commit);
    if (!mem_tree_put(&m->db->space, &m->state.trees[TABLE_COMMIT], buf_view(&m->key), row)) {
        return ERR_MEMORY;
    }
    m->state.head = head;
    return ERR_OK;
}

/* The commit's own time is not kept: nothing in memory outlives us to ask for it. */
static enum err mem_commit(struct store *store, int64_t now_us)
{
    struct mem_store *m = mem_of(store);
    (void)now_us;
    must(m->in_transaction && !m->is_spoilt);
    if (!m->is_writer) {
        end_snapshot(m);
        return ERR_OK;
    }
    enum err e = chain_is_empty(m->chain) ? ERR_OK : put_commit(m);
    m->was_committed = !e;
    if (e) {
        mem_rollback(store);
        return e;
    }
    pthread_mutex_lock(&m->db->lock);
    m->db->state = m->state;
    mem_space_commit(&m->db->space);
    pthread_mutex_unlock(&m->db->lock);
    m->in_transaction = false;
    return ERR_OK;
}

/* A commit in memory is never in doubt. */
static enum err mem_resolve(struct store *store, bool *out_committed, struct err_note *note)
{
    struct mem_store *m = mem_of(store);
    (void)note;
    must(m->is_writer && !m->in_transaction);
    *out_committed = m->was_committed;
    return ERR_OK;
}

static int64_t mem_next_id(struct store *store, enum store_id kind)
{
    must((size_t)kind < ID_KINDS);
    return ++mem_of(store)->ids[kind];
}

/* ---- the chain ---- */

struct rehash {
    struct chain_writer *chain;
    int64_t last;
};

static bool rehash_event(void *arg, struct slice key, void *row)
{
    const struct rehash *r = arg;
    const struct event_row *event = row;
    (void)key;
    if (event->n > r->last) {
        return false;
    }
    chain_event(r->chain, event);
    return true;
}

static bool rehash_movement(void *arg, struct slice key, void *row)
{
    const struct rehash *r = arg;
    const struct movement_row *movement = row;
    (void)key;
    if (movement->n > r->last) {
        return false;
    }
    chain_movement(r->chain, movement);
    return true;
}

static void rehash(struct mem_store *m,
                   const struct mem_state *state,
                   const struct chain_head *before,
                   const struct chain_head *said)
{
    struct rehash r = {m->chain, said->last_event};
    chain_begin(m->chain);
    buf_clear(&m->key);
    mem_key(&m->key, "i", before->last_event + 1);
    mem_tree_walk(state->trees[TABLE_EVENT], buf_view(&m->key), false, rehash_event, &r);
    r.last = said->last_movement;
    buf_clear(&m->key);
    mem_key(&m->key, "i", before->last_movement + 1);
    mem_tree_walk(state->trees[TABLE_MOVEMENT], buf_view(&m->key), false, rehash_movement, &r);
}

static enum err mem_chain_check(struct store *store,
                                int64_t after_commit,
                                int64_t *out_head,
                                uint8_t out_hash[32],
                                struct err_note *note)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct chain_head before = {0}, made;
    const struct chain_head *said = NULL;
    int64_t from = after_commit >= 0 ? after_commit : view.state->head.commit + after_commit;
    if (from > 0) {
        said = mem_get(m, &view, TABLE_COMMIT, "i", from);
        if (!said) {
            return err_note(note, ERR_CORRUPT, "commit %" PRId64 " is missing", from);
        }
        before = *said;
    }
    while ((said = mem_get(m, &view, TABLE_COMMIT, "i", before.commit + 1)) != NULL) {
        rehash(m, view.state, &before, said);
        enum err e = chain_finish(m->chain, &before, &made);
        if (e) {
            return e;
        }
        if (memcmp(made.hash, said->hash, sizeof(made.hash)) != 0) {
            return err_note(note,
                            ERR_CORRUPT,
                            "the log was changed: commit %" PRId64 " (events %" PRId64
                            " to %" PRId64 ") does not match its hash",
                            said->commit,
                            before.last_event + 1,
                            said->last_event);
        }
        before = *said;
    }
    if (before.commit != view.state->head.commit) {
        return err_note(note, ERR_CORRUPT, "commit %" PRId64 " is missing", before.commit + 1);
    }
    *out_head = before.commit;
    memcpy(out_hash, before.hash, sizeof(before.hash));
    return ERR_OK;
}

static enum err mem_counts(struct store *store, int64_t *out_events, int64_t *out_movements)
{
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(mem_of(store));
    *out_events = view.state->events;
    *out_movements = view.state->movements;
    return ERR_OK;
}

/* ---- handles ---- */

static enum err mem_reader(struct store *store, struct store **out, struct err_note *note);

static struct mem_store *handle_new(struct mem_db *db)
{
    struct mem_store *m = calloc(1, sizeof(*m));
    if (!m) {
        return NULL;
    }
    m->chain = chain_writer_new();
    m->parser = json_doc_new();
    if (!m->chain || !m->parser) {
        chain_writer_free(m->chain);
        json_doc_free(m->parser);
        free(m);
        return NULL;
    }
    mem_load_ops(&m->ops);
    mem_list_ops(&m->ops);
    mem_stock_ops(&m->ops);
    mem_evidence_ops(&m->ops);
    mem_doctor_ops(&m->ops);
    mem_outlet_ops(&m->ops);
    mem_access_ops(&m->ops);
    mem_sku_list_ops(&m->ops);
    m->ops.close = mem_close;
    m->ops.reader = mem_reader;
    m->ops.begin = mem_begin;
    m->ops.commit = mem_commit;
    m->ops.rollback = mem_rollback;
    m->ops.resolve = mem_resolve;
    m->ops.next_id = mem_next_id;
    m->ops.save = mem_save;
    m->ops.erase_bodies = mem_erase_bodies;
    m->ops.forget_balances = mem_forget_balances;
    m->ops.chain_check = mem_chain_check;
    m->ops.counts = mem_counts;
    m->base.ops = &m->ops;
    m->db = db;
    buf_init(&m->key, KEY_BYTES_MAX);
    pthread_mutex_lock(&db->lock);
    db->handles++;
    pthread_mutex_unlock(&db->lock);
    return m;
}

static enum err mem_reader(struct store *store, struct store **out, struct err_note *note)
{
    struct mem_store *m = handle_new(mem_of(store)->db);
    if (!m) {
        return err_note(note, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
    }
    *out = &m->base;
    return ERR_OK;
}

enum err store_mem_new(struct store **out)
{
    struct mem_db *db = calloc(1, sizeof(*db));
    if (!db || pthread_mutex_init(&db->lock, NULL) != 0) {
        free(db);
        return ERR_MEMORY;
    }
    db->space.stamp = 1;
    struct mem_store *m = handle_new(db);
    if (!m) {
        db_free(db);
        return ERR_MEMORY;
    }
    m->is_writer = true;
    *out = &m->base;
    return ERR_OK;
}
