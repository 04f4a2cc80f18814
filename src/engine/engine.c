/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdatomic.h>

#include "engine/batch.h"
#include "engine/engine.h"
#include "engine/moment.h"
#include "engine/notice.h"

#define TURN_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define BATCH_BYTES_MAX ((size_t)512 * 1024 * 1024)
#define ANSWER_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define QUEUE_DEFAULT 10000
/* How often a store whose fsync failed may be reopened before we stay up and refuse. */
#define REOPENS_MAX 3
#define REOPENS_WINDOW_US (600 * US_PER_S)

struct turn_list {
    struct turn *first, **last;
    size_t count;
};

struct engine {
    struct engine_config config;
    struct config *loaded; /* the writer's */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct turn_list waiting, finished; /* under the lock */
    bool stopping, started;
    pthread_t thread;
    struct env_wake *collect, *alone; /* alone: the writer has no thread, and steps on the loop */
    struct batch batch;               /* the writer's */
    struct event_delays delays;
    struct write_budgets budgets;
    int64_t reopened_at_us[REOPENS_MAX];
    bool is_lost;          /* the store could not be opened again: nothing can begin on it */
    bool was_lost;         /* the batch of then may be there: what it configured is loaded again */
    int64_t lost_tried_us; /* mono, when opening it was last tried */
    size_t careful_left;
    atomic_bool is_refusing;
    const char *_Atomic told_why; /* engine_refuse; NULL: it was not told to */
    struct store_trouble trouble; /* the writer's, until a commit tells of it */
    atomic_int_fast64_t failing_since_us;
    atomic_uint_fast64_t turns, batches, deliveries, duplicates, failures;
};

static void list_init(struct turn_list *list)
{
    *list = (struct turn_list){.last = NULL};
}

static void list_add(struct turn_list *list, struct turn *turn)
{
    turn->next = NULL;
    if (list->count++ == 0) {
        list->first = turn;
    } else {
        *list->last = turn;
    }
    list->last = &turn->next;
}

static struct turn *list_take(struct turn_list *list)
{
    struct turn *turn = list->first;
    if (turn) {
        list->first = turn->next;
        list->count--;
    }
    return turn;
}

struct turn *turn_new(enum turn_kind kind, turn_done_fn *done, void *owner)
{
    struct turn *turn = calloc(1, sizeof(*turn));
    if (turn) {
        turn->kind = kind;
        turn->done = done;
        turn->owner = owner;
        arena_init(&turn->arena, TURN_BYTES_MAX);
        buf_init(&turn->answer, ANSWER_BYTES_MAX);
    }
    return turn;
}

void turn_free(struct turn *turn)
{
    if (turn) {
        arena_free(&turn->arena);
        buf_free(&turn->answer);
        free(turn);
    }
}

/* ---- one batch ---- */

static void batch_begin(struct engine *engine)
{
    struct batch *b = &engine->batch;
    b->config = engine->loaded;
    b->now_us = env_wall_us(b->env);
    b->err = ERR_OK;
    b->config_changed = false;
    b->changes = (struct store_changes){0};
    b->hints = (struct rows){0};
    b->reads = (struct rows){0};
    arena_clear(&b->arena);
    batch_each_map(b, map_clear);
    stock_set_free(&b->stock);
    stock_set_init(&b->stock, &b->arena);
}

static void run_turn(struct batch *b, struct turn *turn)
{
    buf_clear(&turn->answer);
    turn->status = 0;
    turn->fetches_count = 0;
    turn->actions_count = 0;
    turn->import = NULL;
    turn->replay = NULL;
    switch (turn->kind) {
    case TURN_DELIVERY:
        turn_delivery(b, turn);
        return;
    case TURN_READ:
        turn_read(b, turn);
        return;
    case TURN_REQUEST:
        turn_request(b, turn);
        return;
    case TURN_CLAIM:
        turn_claim(b, turn);
        return;
    case TURN_PUSHED:
        turn_pushed(b, turn);
        return;
    case TURN_READING:
        turn_reading(b, turn);
        return;
    }
    must(!"a turn of no kind");
}

/* Nothing is decided by settings that are no longer those stored: where they cannot be read, the
 * store counts as lost until they can. */
static enum err reload_config(struct engine *engine)
{
    struct config *fresh = NULL;
    enum err e = config_load(engine->config.store, &engine->config.vault, &fresh);
    engine->is_lost = e != ERR_OK;
    if (e) {
        engine->was_lost = true;
        engine->lost_tried_us = env_mono_us(engine->config.env);
        return e;
    }
    config_free(engine->loaded);
    engine->loaded = fresh;
    return ERR_OK;
}

/* Opens the store again; true when the batch turns out to be there. */
static enum err resolve(struct engine *engine, bool *out_committed)
{
    int64_t now = env_mono_us(engine->config.env);
    struct err_note note = {""};
    memmove(&engine->reopened_at_us[1],
            &engine->reopened_at_us[0],
            (REOPENS_MAX - 1) * sizeof(engine->reopened_at_us[0]));
    int64_t oldest = engine->reopened_at_us[REOPENS_MAX - 1];
    engine->reopened_at_us[0] = now;
    if (oldest && now - oldest < REOPENS_WINDOW_US) {
        atomic_store(&engine->is_refusing, true);
        return ERR_IO;
    }
    enum err e = engine->config.store->ops->resolve(engine->config.store, out_committed, &note);
    engine->is_lost = e != ERR_OK;
    engine->was_lost |= engine->is_lost;
    engine->lost_tried_us = now;
    return e;
}

/* Each second once more. What was asked meanwhile was told that it is not known to be done. */
static enum err find_again(struct engine *engine)
{
    int64_t now = env_mono_us(engine->config.env);
    bool committed;
    struct err_note note = {""};
    if (!engine->is_lost) {
        return ERR_OK;
    }
    if (now - engine->lost_tried_us < US_PER_S) {
        return ERR_IO;
    }
    engine->lost_tried_us = now;
    enum err e = engine->config.store->ops->resolve(engine->config.store, &committed, &note);
    return e ? e : reload_config(engine);
}

/* The disk refused: the first commit that works again tells of it. */
static void keep_trouble(struct engine *engine, enum err e)
{
    if (!engine->trouble.since_us) {
        engine->trouble = (struct store_trouble){env_wall_us(engine->config.env), e};
        atomic_store(&engine->failing_since_us, engine->trouble.since_us);
    }
}

static enum err commit(struct engine *engine)
{
    struct batch *b = &engine->batch;
    struct store *store = b->store;
    enum err e = store->ops->save(store, &b->changes);
    if (e) {
        store->ops->rollback(store);
        return e;
    }
    e = store->ops->commit(store, b->now_us);
    if (e == ERR_UNKNOWN || e == ERR_IO) {
        bool committed = false;
        keep_trouble(engine, ERR_IO);
        e = resolve(engine, &committed);
        e = e ? e : committed ? ERR_OK : ERR_CONFLICT;
    }
    return e;
}

/* How far orders are read is no setting: nobody needs to load the channels again for it. */
static void keep_read_through(struct batch *b)
{
    for (size_t i = 0; i < b->reads.count; i++) {
        const struct channel_row *row = b->reads.items[i];
        for (size_t c = 0; c < b->config->channels_count; c++) {
            struct channel_row *kept = &b->config->channels[c].row;
            if (kept->id.v == row->id.v && kept->read_through_us < row->read_through_us) {
                kept->read_through_us = row->read_through_us;
            }
        }
    }
}

/* Runs the turns in one transaction. Any error: nothing of it was kept. */
static enum err run_together(struct engine *engine, struct turn **turns, size_t count)
{
    struct batch *b = &engine->batch;
    enum err e =
        find_again(engine); /* which may read the settings anew: before the batch has them */
    batch_begin(engine);
    b->turns_count = count;
    e = e ? e : b->store->ops->begin(b->store);
    if (e == ERR_IO && !engine->is_lost) { /* a server's store went away: it is looked for */
        engine->is_lost = engine->was_lost = true;
        engine->lost_tried_us = env_mono_us(b->env);
    }
    if (e) {
        return e;
    }
    for (size_t i = 0; i < count && !b->err; i++) {
        run_turn(b, turns[i]);
        if (count > 1 && (b->config_changed || turns[i]->is_dry_run)) {
            batch_fail(b, ERR_CONFLICT, "others would decide with what is no longer or never true");
        }
    }
    if (b->err) {
        b->store->ops->rollback(b->store);
        return b->err;
    }
    if (turns[0]->is_dry_run) { /* alone: it has its answer, and nothing of it is kept */
        b->store->ops->rollback(b->store);
        turns[0]->err = ERR_OK;
        return ERR_OK;
    }
    moment_checkpoints(b);
    const struct store_trouble told = engine->trouble;
    if (told.since_us) {
        batch_tell_trouble(b, &told);
    }
    e = b->err;
    if (e) {
        engine->trouble = (struct store_trouble){0}; /* if it is that: stock matters more */
        b->store->ops->rollback(b->store);
        return e;
    }
    e = commit(engine);
    if (e) {
        return e;
    }
    if (told.since_us) { /* one that this very commit had is told by the next */
        engine->trouble = (struct store_trouble){0};
        atomic_store(&engine->failing_since_us, 0);
    }
    int64_t committed_at_us = env_wall_us(b->env);
    for (size_t i = 0; i < count; i++) {
        turns[i]->err = ERR_OK;
        turns[i]->committed_at_us = committed_at_us;
    }
    keep_read_through(b);
    if (b->config_changed || engine->was_lost) {
        engine->was_lost = false;
        turns[0]->config_changed = true;
        (void)reload_config(engine); /* this batch is done; the next one waits for it */
    }
    /* The hints of the whole batch ride on its first turn. */
    if (b->hints.count) {
        struct dirty_hint *hints = ARENA_ARRAY(&turns[0]->arena, b->hints.count, struct dirty_hint);
        turns[0]->hints_count = hints ? b->hints.count : 0;
        turns[0]->hints = hints;
        for (size_t i = 0; i < turns[0]->hints_count; i++) {
            hints[i] = *(const struct dirty_hint *)b->hints.items[i];
        }
    }
    return ERR_OK;
}

static bool is_about_the_disk(enum err e)
{
    return e == ERR_FULL || e == ERR_IO || e == ERR_UNKNOWN || e == ERR_CONFLICT || e == ERR_MEMORY;
}

static bool is_of_the_disk(enum err e)
{
    return e == ERR_FULL || e == ERR_IO || e == ERR_UNKNOWN;
}

/* Its facts cannot be applied, whatever the reason: keep the delivery, park it, say so. */
static enum err quarantine(struct engine *engine, struct turn *turn)
{
    struct err_note why = engine->batch.note;
    turn->facts = (struct facts){
        .unreadable = arena_printf(&turn->arena, "applying it failed: %s", why.text).p};
    return run_together(engine, &turn, 1);
}

/* A page of orders that fails as a whole is applied order by order; one that cannot be applied is
 * left out and becomes an incident, so that it stops no catch-up. */
static enum err run_read_in_parts(struct engine *engine, struct turn *turn)
{
    const struct facts whole = turn->facts;
    int64_t read_through_us = turn->read_through_us;
    enum err e = ERR_OK;
    turn->read_through_us = 0;
    for (size_t i = 0; !e && i < whole.orders_count; i++) {
        turn->facts = (struct facts){.orders = &whole.orders[i], .orders_count = 1};
        e = run_together(engine, &turn, 1);
        if (e && !is_about_the_disk(e)) {
            struct err_note why = engine->batch.note;
            turn->facts =
                (struct facts){.unreadable = arena_printf(&turn->arena,
                                                          "order %.*s: applying it failed: %s",
                                                          SLICE_ARG(whole.orders[i].id),
                                                          why.text)
                                                 .p};
            e = run_together(engine, &turn, 1);
        }
    }
    turn->facts = whole;
    turn->facts.orders_count = 0;
    turn->read_through_us = read_through_us;
    return e ? e : run_together(engine, &turn, 1);
}

static void run_alone(struct engine *engine, struct turn *turn)
{
    enum err e = run_together(engine, &turn, 1);
    if (e && !is_about_the_disk(e) && turn->kind == TURN_DELIVERY) {
        e = quarantine(engine, turn);
    } else if (e && !is_about_the_disk(e) && turn->kind == TURN_READ) {
        e = run_read_in_parts(engine, turn);
    }
    turn->err = e;
    if (e) {
        turn->note = engine->batch.note;
        atomic_fetch_add(&engine->failures, 1);
        if (is_of_the_disk(e)) {
            keep_trouble(engine, e);
        }
    }
}

/* Somebody may have killed the server just then: only what was there three times is to blame. */
#define STRIKES 3

static bool is_suspect(const struct engine *engine, const uint8_t key[16])
{
    int strikes = 0;
    for (size_t i = 0; i < engine->config.suspects_count; i++) {
        strikes += memcmp(engine->config.suspects[i], key, 16) == 0;
    }
    return strikes >= STRIKES;
}

/* The server ended again and again while it was applied alone: it is kept and shown, not tried again. */
static void park_suspects(struct engine *engine, struct turn **turns, size_t count)
{
    for (size_t i = 0; i < count && engine->config.suspects_count; i++) {
        if (turns[i]->kind == TURN_DELIVERY && !turns[i]->replay_of &&
            is_suspect(engine, turns[i]->delivery.key)) {
            turns[i]->facts =
                (struct facts){.unreadable = "the server ended three times while it was applied"};
        }
    }
}

/* After an unclean stop nobody knows what caused it: each delivery is marked, then applied alone. */
static void run_carefully(struct engine *engine, struct turn *turn)
{
    const struct engine_config *config = &engine->config;
    if (turn->kind != TURN_DELIVERY || turn->replay_of) {
        run_alone(engine, turn);
        return;
    }
    engine->careful_left--;
    config->mark(config->arg, turn->delivery.key);
    run_alone(engine, turn);
    config->mark(config->arg, NULL);
}

static void finish(struct engine *engine, struct turn **turns, size_t count)
{
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < count; i++) {
        list_add(&engine->finished, turns[i]);
    }
    pthread_mutex_unlock(&engine->lock);
    engine->config.env->ops->wake_send(engine->collect);
}

bool engine_step(struct engine *engine)
{
    struct turn *turns[ENGINE_BATCH_MAX];
    size_t count = 0;
    pthread_mutex_lock(&engine->lock);
    while (count < ENGINE_BATCH_MAX && engine->waiting.count &&
           !(count && env_chance(engine->config.env, "a batch is closed early"))) {
        turns[count++] = list_take(&engine->waiting);
    }
    pthread_mutex_unlock(&engine->lock);
    if (count == 0) {
        return false;
    }
    park_suspects(engine, turns, count);
    bool careful = engine->careful_left >= count;
    for (size_t i = 0; careful && i < count; i++) {
        run_carefully(engine, turns[i]);
    }
    enum err e = careful ? ERR_OK : run_together(engine, turns, count);
    if (e && is_of_the_disk(e)) {
        keep_trouble(engine, e);
    }
    if (e && is_about_the_disk(e) && e != ERR_CONFLICT) {
        for (size_t i = 0; i < count; i++) { /* the next batch may find it well again */
            turns[i]->err = e;
            err_note(&turns[i]->note, e, "%s", err_text(e));
        }
    } else if (e) {
        for (size_t i = 0; i < count; i++) {
            run_alone(engine, turns[i]);
        }
    }
    atomic_fetch_add(&engine->turns, count);
    atomic_fetch_add(&engine->batches, 1);
    for (size_t i = 0; i < count; i++) {
        if (turns[i]->kind == TURN_DELIVERY && !turns[i]->err) {
            atomic_fetch_add(&engine->deliveries, 1);
            if (turns[i]->delivery.state == DELIVERY_DUPLICATE) {
                atomic_fetch_add(&engine->duplicates, 1);
            }
        }
    }
    finish(engine, turns, count);
    return true;
}

/* ---- the loop's side ---- */

static const char *why_refusing(const struct engine *engine)
{
    return atomic_load(&engine->is_refusing)
               ? "the disk failed again and again: restart the server on one that works"
               : atomic_load(&engine->told_why);
}

void engine_refuse(struct engine *engine, const char *why)
{
    atomic_store(&engine->told_why, why);
}

bool engine_submit(struct engine *engine, struct turn *turn)
{
    size_t max = engine->config.queue_max ? engine->config.queue_max : QUEUE_DEFAULT;
    pthread_mutex_lock(&engine->lock);
    bool fits = engine->waiting.count < max && !engine->stopping && !why_refusing(engine) &&
                !env_chance(engine->config.env, "the queue is full");
    if (fits) {
        list_add(&engine->waiting, turn);
        pthread_cond_signal(&engine->wake);
    }
    pthread_mutex_unlock(&engine->lock);
    if (fits && engine->alone) {
        engine->config.env->ops->wake_send(engine->alone);
    }
    return fits;
}

void engine_collect(struct engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    struct turn_list finished = engine->finished;
    list_init(&engine->finished);
    pthread_mutex_unlock(&engine->lock);
    const struct engine_config *config = &engine->config;
    struct turn *turn;
    bool is_news = false;
    while ((turn = list_take(&finished))) {
        is_news |= !turn->err;
        if (turn->config_changed && config->on_config) {
            config->on_config(config->arg);
        }
        if (turn->hints && config->on_dirty) {
            config->on_dirty(config->arg, turn->hints, turn->hints_count, turn->committed_at_us);
        }
        if (!turn->err && config->on_turn) {
            config->on_turn(config->arg, turn);
        }
        turn->done(turn);
    }
    if (is_news && config->on_commit) {
        config->on_commit(config->arg);
    }
}

static void collect_now(void *arg)
{
    engine_collect(arg);
}

enum err engine_new(const struct engine_config *config, struct engine **out, struct err_note *note)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    if (!engine) {
        return ERR_MEMORY;
    }
    engine->config = *config;
    engine->careful_left = config->mark ? config->careful : 0;
    list_init(&engine->waiting);
    list_init(&engine->finished);
    pthread_mutex_init(&engine->lock, NULL);
    pthread_cond_init(&engine->wake, NULL);
    engine->collect = config->env->ops->wake_new(config->env, collect_now, engine);
    struct batch *b = &engine->batch;
    *b = (struct batch){.engine = engine,
                        .env = config->env,
                        .store = config->store,
                        .vault = &engine->config.vault,
                        .delays = &engine->delays,
                        .budgets = &engine->budgets,
                        .parser = json_doc_new()};
    event_delays_init(&engine->delays);
    write_budgets_init(&engine->budgets);
    arena_init(&b->arena, BATCH_BYTES_MAX);
    stock_set_init(&b->stock, &b->arena);
    batch_each_map(b, map_init);
    enum err e = config_load(config->store, &engine->config.vault, &engine->loaded);
    if (e || !b->parser || !engine->collect) {
        engine->config.store = NULL; /* still the caller's */
        engine_free(engine);
        return err_note(
            note, e ? e : ERR_MEMORY, "cannot load channels and locations: %s", err_text(e));
    }
    *out = engine;
    return ERR_OK;
}

static void *writer_thread(void *arg)
{
    struct engine *engine = arg;
    for (;;) {
        pthread_mutex_lock(&engine->lock);
        while (engine->waiting.count == 0 && !engine->stopping) {
            pthread_cond_wait(&engine->wake, &engine->lock);
        }
        bool done = engine->waiting.count == 0;
        pthread_mutex_unlock(&engine->lock);
        if (done) {
            return NULL;
        }
        engine_step(engine);
    }
}

/* One batch, then the loop has its turn. */
static void step_alone(void *arg)
{
    struct engine *engine = arg;
    if (engine_step(engine)) {
        engine->config.env->ops->wake_send(engine->alone);
    }
}

enum err engine_start(struct engine *engine, struct err_note *note)
{
    struct env *env = engine->config.env;
    if (env->is_alone) {
        engine->alone = env->ops->wake_new(env, step_alone, engine);
        return engine->alone ? ERR_OK : err_note(note, ERR_MEMORY, "cannot start the writer");
    }
    if (pthread_create(&engine->thread, NULL, writer_thread, engine) != 0) {
        return err_note(note, ERR_MEMORY, "cannot start the writer's thread");
    }
    engine->started = true;
    return ERR_OK;
}

void engine_stop(struct engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    engine->stopping = true;
    pthread_cond_broadcast(&engine->wake);
    pthread_mutex_unlock(&engine->lock);
    if (engine->started) {
        pthread_join(engine->thread, NULL);
        engine->started = false;
    }
    while (engine_step(engine)) {
    }
    engine_collect(engine);
}

void engine_free(struct engine *engine)
{
    if (!engine) {
        return;
    }
    struct batch *b = &engine->batch;
    batch_each_map(b, map_free);
    event_delays_free(&engine->delays);
    write_budgets_free(&engine->budgets);
    stock_set_free(&b->stock);
    arena_free(&b->arena);
    json_doc_free(b->parser);
    config_free(engine->loaded);
    if (engine->collect) {
        engine->config.env->ops->wake_free(engine->collect);
    }
    if (engine->alone) {
        engine->config.env->ops->wake_free(engine->alone);
    }
    store_close(engine->config.store);
    pthread_cond_destroy(&engine->wake);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

enum err engine_reader(struct engine *engine, struct store **out, struct err_note *note)
{
    return engine->config.store->ops->reader(engine->config.store, out, note);
}

struct engine_counters engine_counters(const struct engine *engine)
{
    struct engine *e = (struct engine *)(uintptr_t)engine;
    pthread_mutex_lock(&e->lock);
    size_t queued = e->waiting.count;
    pthread_mutex_unlock(&e->lock);
    return (struct engine_counters){.turns = atomic_load(&e->turns),
                                    .batches = atomic_load(&e->batches),
                                    .deliveries = atomic_load(&e->deliveries),
                                    .duplicates = atomic_load(&e->duplicates),
                                    .failures = atomic_load(&e->failures),
                                    .queued = queued,
                                    .is_refusing = why_refusing(e) != NULL,
                                    .refuses_because = why_refusing(e),
                                    .failing_since_us = atomic_load(&e->failing_since_us)};
}
