/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_world - operators' requests run by hand on an engine over SQLite or over memory: no thread,
 * no socket, and a clock that only the test moves.
 *
 * ask() runs one request in a commit of its own and keeps its answer as JSON. Every test ends with
 * a verify of what is stored, and over SQLite with a rebuild of it.
 */
#pragma once
#include "testing.h"

#include <stdlib.h>

#include "base/crypto.h"
#include "base/times.h"
#include "engine/engine.h"
#include "engine/request.h"
#include "store/rebuild.h"

#define WORLD_START_US (INT64_C(1795408147) * US_PER_S) /* 2026-11-23T04:29:07Z */

struct world {
    struct env env; /* first */
    int64_t now_us;
    uint64_t random;
    struct engine *engine;
    struct store *reader;
    struct json_doc *doc;
    struct arena arena;
    char directory[64]; /* SQLite's; empty: memory */
    size_t hints;
    /* of the last request */
    int status;
    struct json answer;
    struct slice text;
    const char *key; /* Idempotency-Key of the next requests; NULL: none */
};

static inline int64_t world_now(struct env *env)
{
    return ((struct world *)env)->now_us;
}

static inline void world_random(struct env *env, void *out, size_t n)
{
    struct world *w = (struct world *)env;
    for (size_t i = 0; i < n; i++) {
        w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        ((uint8_t *)out)[i] = (uint8_t)(w->random >> 56);
    }
}

static inline struct env_wake *world_wake_new(struct env *env, env_fn *fn, void *arg)
{
    (void)fn;
    (void)arg;
    return (struct env_wake *)env;
}

static inline void world_wake(struct env_wake *wake)
{
    (void)wake; /* the test collects */
}

static inline void
world_hints(void *arg, const struct dirty_hint *hints, size_t count, int64_t committed_at_us)
{
    (void)hints;
    (void)committed_at_us;
    ((struct world *)arg)->hints += count;
}

static inline void world_kept(struct turn *turn)
{
    (void)turn; /* the test looks at it and frees it */
}

static inline void world_step(struct world *w)
{
    while (engine_step(w->engine)) {
    }
    engine_collect(w->engine);
}

static inline void world_read_answer(struct world *w, struct turn *turn)
{
    struct err_note note = {""};
    if (turn->err) {
        fail_msg("not committed: %s", turn->note.text);
    }
    w->status = turn->status;
    w->text = arena_copy(&w->arena, buf_view(&turn->answer));
    w->answer = (struct json){0};
    if (w->text.n && json_parse(w->doc, w->text, &w->answer, &note)) {
        fail_msg("the answer is not JSON: %s\n%.*s", note.text, SLICE_ARG(w->text));
    }
}

static inline struct turn *
world_turn(struct world *w, request_fn *run, const char *arg, const char *body)
{
    struct turn *turn = turn_new(TURN_REQUEST, world_kept, NULL);
    struct slice *args = ARENA_ARRAY(&turn->arena, 3, struct slice);
    args[0] = slice_of(arg);
    turn->run = run;
    turn->args = args;
    turn->body = slice_of(body);
    turn->token_id = 7;
    if (w->key) {
        const struct slice parts[] = {slice_of(w->key)};
        blake2b(turn->answer_key, sizeof(turn->answer_key), parts, 1);
        blake2b(turn->body_digest, sizeof(turn->body_digest), &turn->body, 1);
        turn->has_answer_key = true;
    }
    return turn;
}

/* Runs a request; its status. */
static inline int ask(struct world *w, request_fn *run, const char *arg, const char *body)
{
    struct turn *turn = world_turn(w, run, arg, body);
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    world_read_answer(w, turn);
    turn_free(turn);
    return w->status;
}

/* The same, and wants that status. */
#define must_answer(w, wanted, run, arg, body)                                                     \
    do {                                                                                           \
        if (ask((w), (run), (arg), (body)) != (wanted)) {                                          \
            fail_msg("wanted %d: %d %.*s", (wanted), (w)->status, SLICE_ARG((w)->text));           \
        }                                                                                          \
    } while (0)

static inline struct slice text_of(struct json object, const char *name)
{
    struct slice text = {0};
    (void)json_text(json_get(object, name), &text);
    return text;
}

static inline int64_t int_of(struct json object, const char *name)
{
    int64_t n = INT64_MIN;
    (void)json_int(json_get(object, name), &n);
    return n;
}

/* The nth entry of a list. */
static inline struct json entry(struct json list, size_t n)
{
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        if (n-- == 0) {
            return i.value;
        }
    }
    return (struct json){0};
}

static inline struct stock stock_of(struct world *w, const char *code, const char *location)
{
    struct sku_row *sku = NULL;
    struct slice key = slice_of(code);
    struct rows locations = {0};
    struct stock_set set;
    struct stock found = {0};
    assert_int_equal(w->reader->ops->skus_by_code(w->reader, &key, 1, &w->arena, &sku), ERR_OK);
    assert_non_null(sku);
    assert_int_equal(w->reader->ops->locations(w->reader, &w->arena, &locations), ERR_OK);
    stock_set_init(&set, &w->arena);
    assert_int_equal(w->reader->ops->stock(w->reader, &sku->id, 1, &set), ERR_OK);
    for (size_t i = 0; i < locations.count; i++) {
        const struct location_row *row = locations.items[i];
        const struct stock *stock = stock_set_find(&set, sku->id, row->id);
        if (slice_is(row->code, location) && stock) {
            found = *stock;
        }
    }
    stock_set_free(&set);
    return found;
}

static inline int64_t events_of(struct world *w)
{
    int64_t events = 0, movements = 0;
    assert_int_equal(w->reader->ops->counts(w->reader, &events, &movements), ERR_OK);
    return events;
}

/* url: of a PostgreSQL; NULL: in memory or on SQLite. */
static inline int world_open_at(void **state, bool in_memory, const char *url)
{
    static const struct env_ops ops = {.mono_us = world_now,
                                       .wall_us = world_now,
                                       .random = world_random,
                                       .wake_new = world_wake_new,
                                       .wake_send = world_wake,
                                       .wake_free = world_wake};
    struct world *w = calloc(1, sizeof(*w));
    struct store *store = NULL;
    struct err_note note = {""};
    assert_non_null(w);
    *w = (struct world){.env = {.ops = &ops}, .now_us = WORLD_START_US, .random = 1};
    arena_init(&w->arena, (size_t)64 * 1024 * 1024);
    w->doc = json_doc_new();
    if (url) {
        if (store_postgres_open(url, &store, &note)) {
            fail_msg("%s", note.text);
        }
    } else if (in_memory) {
        assert_int_equal(store_mem_new(&store), ERR_OK);
    } else {
        (void)snprintf(w->directory, sizeof(w->directory), "/tmp/truecount-request-XXXXXX");
        assert_non_null(mkdtemp(w->directory));
        assert_int_equal(store_sqlite_open(w->directory, NULL, &store, &note), ERR_OK);
    }
    const struct engine_config config = {
        .env = &w->env, .store = store, .vault = {.key = {9}}, .on_dirty = world_hints, .arg = w};
    assert_int_equal(engine_new(&config, &w->engine, &note), ERR_OK);
    assert_int_equal(engine_reader(w->engine, &w->reader, &note), ERR_OK);
    *state = w;
    return 0;
}

static inline int world_open_on(void **state, bool in_memory)
{
    return world_open_at(state, in_memory, NULL);
}

static inline int world_open(void **state)
{
    return world_open_on(state, false);
}

/* All balances once more, from the log alone; and orders against their movements. */
static inline void world_rebuild(const struct world *w)
{
    struct store *store = NULL;
    struct rebuild_report report;
    struct err_note note = {""};
    FILE *aside = tmpfile();
    assert_non_null(aside);
    assert_int_equal(store_sqlite_open(w->directory, NULL, &store, &note), ERR_OK);
    if (store_rebuild(store, &(struct rebuild_options){.aside = aside}, &report, &note)) {
        fail_msg("rebuild: %s\n%s\n%s", note.text, report.line_before, report.line_after);
    }
    store_close(store);
    (void)fclose(aside);
}

static inline int world_close(void **state)
{
    struct world *w = *state;
    struct verify_report report;
    struct err_note note = {""};
    if (store_verify(w->reader, &report, &note)) {
        fail_msg("verify: %s", note.text);
    }
    store_close(w->reader);
    engine_stop(w->engine);
    engine_free(w->engine);
    if (w->directory[0]) {
        world_rebuild(w);
    }
    static const char *const files[] = {
        "truecount.db", "truecount.db-wal", "truecount.db-shm", "truecount.lock"};
    for (size_t i = 0; w->directory[0] && i < COUNT_OF(files); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", w->directory, files[i]);
        (void)unlink(path);
    }
    if (w->directory[0]) {
        (void)rmdir(w->directory);
    }
    json_doc_free(w->doc);
    arena_free(&w->arena);
    free(w);
    return 0;
}

/* Two locations, three SKUs and a bundle of two of them, and a shop that speaks our API. */
static inline int world_furnish(void **state)
{
    if (world_open(state)) {
        return -1;
    }
    struct world *w = *state;
    must_answer(w,
                201,
                request_locations_create,
                NULL,
                "{\"items\":[{\"code\":\"berlin\",\"country\":\"DE\"},{\"code\":\"paris\"}]}");
    must_answer(w,
                201,
                request_skus_create,
                NULL,
                "{\"items\":[{\"sku\":\"TEE\"},{\"sku\":\"MUG\"},{\"sku\":\"POSTER\"},"
                "{\"sku\":\"SET\",\"components\":[{\"sku\":\"MUG\",\"quantity\":2},"
                "{\"sku\":\"TEE\",\"quantity\":1}]}]}");
    must_answer(w,
                201,
                request_channels_create,
                NULL,
                "{\"code\":\"shop\",\"connector\":\"api\",\"mode\":\"live\"}");
    return 0;
}

#define world_test(test) cmocka_unit_test_setup_teardown((test), world_furnish, world_close)
