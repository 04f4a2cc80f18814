/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_world - one test's store, of either implementation, with what every test does to it.
 *
 * Rows that a test saves and loads live in the world's arena. A test is registered once per
 * implementation: STORE_TEST(fn, open_mem), STORE_TEST(fn, open_sqlite); or RUN_ON_EVERY_STORE (every_store.h).
 */
#pragma once
#include <ftw.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "store/store.h"

struct world {
    struct store *store;
    const struct store_ops *ops;
    struct arena arena;
    struct store_changes changes; /* of the next commit */
    struct err_note note;
    char dir[64];  /* SQLite's; empty: another */
    char url[256]; /* PostgreSQL's; empty: another */
    enum err (*open_url)(struct world *w);
    int64_t now_us;
};

#define STORE_TEST(fn, open) cmocka_unit_test_setup_teardown(fn, open, close_world)

static inline struct world *world_of(void **state)
{
    return *state;
}

static inline struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    assert_int_equal(crypto_init(), ERR_OK);
    arena_init(&w->arena, (size_t)1024 * 1024 * 1024);
    w->now_us = INT64_C(1700000000) * US_PER_S;
    return w;
}

static inline void world_open_again(struct world *w)
{
    if (w->open_url) {
        if (w->open_url(w) != ERR_OK) {
            fail_msg("%s", w->note.text);
        }
    } else if (w->dir[0]) {
        assert_int_equal(store_sqlite_open(w->dir, NULL, &w->store, &w->note), ERR_OK);
    } else {
        assert_int_equal(store_mem_new(&w->store), ERR_OK);
    }
    w->ops = w->store->ops;
}

static inline int open_mem(void **state)
{
    struct world *w = world_new();
    *state = w;
    world_open_again(w);
    return 0;
}

static inline int open_sqlite(void **state)
{
    struct world *w = world_new();
    *state = w;
    snprintf(w->dir, sizeof(w->dir), "/tmp/truecount-store-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    world_open_again(w);
    return 0;
}

static inline int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int close_world(void **state)
{
    struct world *w = *state;
    store_close(w->store);
    if (w->dir[0]) {
        nftw(w->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    }
    arena_free(&w->arena);
    free(w);
    return 0;
}

/* A row of the next commit; copied, so that a test can go on changing its own. */
#define WORLD_ADD(w, field, row) world_add((w), &(w)->changes.field, &(row), sizeof(row))

static inline void world_add(struct world *w, struct rows *rows, const void *row, size_t n)
{
    void *copy = arena_alloc(&w->arena, n);
    assert_non_null(copy);
    memcpy(copy, row, n);
    assert_true(rows_add(rows, &w->arena, copy));
}

static inline enum err world_try(struct world *w)
{
    enum err e = w->ops->begin(w->store);
    assert_int_equal(e, ERR_OK);
    e = w->ops->save(w->store, &w->changes);
    w->changes = (struct store_changes){0};
    if (e) {
        w->ops->rollback(w->store);
        return e;
    }
    return w->ops->commit(w->store, w->now_us);
}

static inline void world_commit(struct world *w)
{
    assert_int_equal(world_try(w), ERR_OK);
}

/* An event of the next commit. */
static inline int64_t
world_event(struct world *w, const char *kind, struct slice subject, const char *facts)
{
    struct event_row row = {.n = w->ops->next_id(w->store, ID_EVENT),
                            .at_us = w->now_us,
                            .kind = slice_of(kind),
                            .subject = subject,
                            .facts = slice_of(facts)};
    WORLD_ADD(w, events, row);
    return row.n;
}

static inline struct slice world_text(struct world *w, const char *format, int64_t n)
{
    char text[64];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof(text), format, n);
#pragma GCC diagnostic pop
    return arena_copy(&w->arena, slice_of(text));
}

static inline struct store_query query(size_t limit)
{
    return (struct store_query){.limit = limit, .state = -1};
}

/* ---- rows ---- */

/* Every field gets a value of its own, so that no two can be swapped unseen. */
#define FILL_INT(field) row.field = ++n;
#define FILL_TEXT(field) row.field = world_text(w, #field " \xc3\xa9 %" PRId64, ++n);
#define SAME_INT(field) assert_int_equal(got->field, row.field);
#define SAME_TEXT(field) assert_true(slice_equal(got->field, row.field));

#define OK(call) assert_int_equal((call), ERR_OK)

static inline struct location_id new_location(struct world *w, const char *code)
{
    struct location_row row = {
        .id = {w->ops->next_id(w->store, ID_LOCATION)}, .code = slice_of(code), .is_active = true};
    WORLD_ADD(w, locations, row);
    return row.id;
}

static inline struct channel_row channel_of(struct world *w, const char *code)
{
    return (struct channel_row){.id = {w->ops->next_id(w->store, ID_CHANNEL)},
                                .code = slice_of(code),
                                .connector = SLICE("api"),
                                .settings = SLICE("{}")};
}

static inline struct sku_row sku_of(struct world *w, int64_t n)
{
    return (struct sku_row){.id = {w->ops->next_id(w->store, ID_SKU)},
                            .code = world_text(w, "SKU-%" PRId64, n),
                            .code_key = world_text(w, "sku-%" PRId64, n),
                            .title = SLICE("A shirt"),
                            .buffer = POLICY_UNSET};
}

static inline struct listing_row
listing_of(struct world *w, struct channel_id channel, struct sku_id sku, const char *key)
{
    return (struct listing_row){.id = {w->ops->next_id(w->store, ID_LISTING)},
                                .channel = channel,
                                .sku = sku,
                                .remote = SLICE("{}"),
                                .key = slice_of(key),
                                .stock_key = slice_of(key),
                                .pack_size = 1};
}

static inline int64_t id_of(const void *row) /* rows of lists begin with their id */
{
    return *(const int64_t *)row;
}

static inline void assert_ids(const struct rows *rows, size_t count, ...)
{
    va_list args;
    va_start(args, count);
    assert_int_equal(rows->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(id_of(rows->items[i]), va_arg(args, int));
    }
    va_end(args);
}
