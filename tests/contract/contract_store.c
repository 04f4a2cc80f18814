/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions, readers, ids and unique keys: the same claims for memory and SQLite. */
#include "testing.h"

#include "support/every_store.h"

#include <pthread.h>

#include "support/store_shop.h"

/* ---- ids ---- */

static void test_ids_are_never_given_twice(void **state)
{
    struct world *w = world_of(state);
    for (int kind = 0; kind < ID_KINDS; kind++) {
        for (int64_t n = 1; n <= 5; n++) {
            assert_int_equal(w->ops->next_id(w->store, (enum store_id)kind), n);
        }
    }
    OK(w->ops->begin(w->store));
    assert_int_equal(w->ops->next_id(w->store, ID_ORDER), 6);
    w->ops->rollback(w->store);
    assert_int_equal(w->ops->next_id(w->store, ID_ORDER), 7);
}

/* ---- transactions ---- */

/* One row of every kind, all under the number n. */
static void add_one_of_all(struct world *w, int64_t n, struct stock_set *stock)
{
    const struct sku_row sku = sku_of(w, n);
    struct channel_row channel = channel_of(w, "shop");
    channel.code = world_text(w, "shop %" PRId64, n);
    new_location(w, world_text(w, "place %" PRId64, n).p);
    struct listing_row listing = listing_of(w, channel.id, sku.id, "v1");
    struct order_row order = {.n = n,
                              .order = {.channel = {1}, .id = world_text(w, "#%" PRId64, n)}};
    struct movement_row movement = {.n = n,
                                    .event = world_event(w, "movement", SLICE("x"), "{}"),
                                    .movement = {.sku = sku.id, .quantity = 1}};
    struct delivery_row delivery = {.n = n, .key = {(uint8_t)n}, .is_new = true};
    struct push_row push = {.n = n};
    struct incident_row incident = {
        .n = n, .code = SLICE("X"), .subject = world_text(w, "%" PRId64, n), .is_open = true};
    struct token_row token = {.id = n, .hash = {(uint8_t)n}};
    struct answer_row answer = {.key = {(uint8_t)n}};
    struct hold_row hold = {.n = n, .owner = world_text(w, "cart %" PRId64, n)};
    struct job_row job = {.id = n};
    struct parked_row parked = {{1}, SLICE("v9"), n};
    struct stock *row = stock_set_at(stock, sku.id, (struct location_id){1});
    row->available = n;
    row->changed = true;
    WORLD_ADD(w, skus, sku);
    WORLD_ADD(w, channels, channel);
    WORLD_ADD(w, listings, listing);
    WORLD_ADD(w, orders, order);
    WORLD_ADD(w, movements, movement);
    WORLD_ADD(w, deliveries, delivery);
    WORLD_ADD(w, pushes, push);
    WORLD_ADD(w, incidents, incident);
    WORLD_ADD(w, tokens, token);
    WORLD_ADD(w, answers, answer);
    WORLD_ADD(w, holds, hold);
    WORLD_ADD(w, jobs, job);
    WORLD_ADD(w, parked, parked);
    w->changes.stock = stock;
}

/* Rows of all kinds that a handle sees. */
static size_t count_all(struct world *w, struct store *store)
{
    const struct store_ops *ops = store->ops;
    struct rows rows = {0};
    struct store_query q = query(1000);
    struct job_row *job;
    struct answer_row *answer;
    struct stock_set stock;
    size_t singles = 0;
    OK(ops->locations(store, &w->arena, &rows));
    OK(ops->channels(store, &w->arena, &rows));
    OK(ops->tokens(store, &w->arena, &rows));
    OK(ops->list_skus(store, &q, &w->arena, &rows));
    OK(ops->list_listings(store, &q, &w->arena, &rows));
    OK(ops->list_orders(store, &q, &w->arena, &rows));
    OK(ops->list_events(store, &q, &w->arena, &rows));
    OK(ops->list_movements(store, &q, &w->arena, &rows));
    OK(ops->list_deliveries(store, &q, &w->arena, &rows));
    OK(ops->list_pushes(store, &q, &w->arena, &rows));
    OK(ops->list_incidents(store, &q, &w->arena, &rows));
    OK(ops->list_holds(store, &q, &w->arena, &rows));
    OK(ops->parked(store, (struct channel_id){1}, SLICE("v9"), &w->arena, &rows));
    stock_set_init(&stock, &w->arena);
    for (int64_t n = 1; n <= 2; n++) {
        uint8_t key[32] = {(uint8_t)n};
        OK(ops->job(store, n, &w->arena, &job));
        OK(ops->answer(store, key, &w->arena, &answer));
        OK(ops->stock(store, &(struct sku_id){n}, 1, &stock));
        singles += job ? 1 : 0;
        singles += answer ? 1 : 0;
    }
    singles += stock.rows.live_count;
    stock_set_free(&stock);
    return rows.count + singles;
}
#define KINDS 16

static void assert_head(struct world *w, int64_t commits)
{
    int64_t head = -1;
    uint8_t hash[32];
    OK(w->ops->chain_check(w->store, 0, &head, hash, &w->note));
    assert_int_equal(head, commits);
}

static void test_a_rollback_leaves_nothing(void **state)
{
    struct world *w = world_of(state);
    ON_EXIT(stock_set_free) struct stock_set stock;
    stock_set_init(&stock, &w->arena);
    add_one_of_all(w, 1, &stock);
    OK(w->ops->begin(w->store));
    OK(w->ops->save(w->store, &w->changes));
    assert_int_equal(count_all(w, w->store), KINDS); /* the writer sees its own */
    w->ops->rollback(w->store);
    assert_int_equal(count_all(w, w->store), 0);
    w->ops->rollback(w->store); /* none is open: does nothing */

    world_commit(w); /* the same again, for good */
    assert_int_equal(count_all(w, w->store), KINDS);
    stock_set_free(&stock);
    stock_set_init(&stock, &w->arena);
    add_one_of_all(w, 2, &stock);
    OK(w->ops->begin(w->store));
    OK(w->ops->save(w->store, &w->changes));
    w->ops->rollback(w->store);
    assert_int_equal(count_all(w, w->store), KINDS);
    assert_head(w, 1);
}

static void test_a_rollback_restores_what_was_replaced(void **state)
{
    struct world *w = world_of(state);
    struct sku_row row = sku_of(w, 1), *got;
    WORLD_ADD(w, skus, row);
    world_commit(w);
    OK(w->ops->begin(w->store));
    for (int i = 0; i < 3; i++) { /* several saves, of the same row */
        struct sku_row other = row;
        other.code_key = world_text(w, "other %" PRId64, i);
        WORLD_ADD(w, skus, other);
        OK(w->ops->save(w->store, &w->changes));
        w->changes = (struct store_changes){0};
        OK(w->ops->skus_by_code(w->store, &other.code_key, 1, &w->arena, &got));
        assert_non_null(got);
        OK(w->ops->skus_by_code(w->store, &row.code_key, 1, &w->arena, &got));
        assert_null(got);
    }
    w->ops->rollback(w->store);
    OK(w->ops->skus_by_code(w->store, &row.code_key, 1, &w->arena, &got));
    assert_non_null(got);
}

static void test_several_saves_are_one_commit(void **state)
{
    struct world *w = world_of(state);
    OK(w->ops->begin(w->store));
    for (int i = 0; i < 3; i++) {
        world_event(w, "order", SLICE("#1"), "{}");
        OK(w->ops->save(w->store, &w->changes));
        w->changes = (struct store_changes){0};
    }
    OK(w->ops->commit(w->store, w->now_us));
    assert_head(w, 1);
    OK(w->ops->begin(w->store));
    OK(w->ops->commit(w->store, w->now_us)); /* without a change: no link in the chain */
    assert_head(w, 1);
}

static void test_a_finished_commit_is_resolved_as_there(void **state)
{
    struct world *w = world_of(state);
    bool is_there = false;
    for (int round = 0; round < 2; round++) {
        if (round == 0) {
            world_event(w, "order", SLICE("#1"), "{}");
        }
        new_location(w, round ? "B" : "A"); /* the second one has no event */
        world_commit(w);
        is_there = false;
        OK(w->ops->resolve(w->store, &is_there, &w->note));
        assert_true(is_there);
    }
    struct rows rows = {0};
    OK(w->ops->locations(w->store, &w->arena, &rows));
    assert_int_equal(rows.count, 2);
    new_location(w, "C");
    world_commit(w);
}

/* ---- unique keys ---- */

/* The batch is refused whole, and what was there stays. */
static void assert_refused(struct world *w, int line)
{
    struct sku_row with_it = sku_of(w, 4711), *got;
    WORLD_ADD(w, skus, with_it);
    enum err e = world_try(w);
    if (e != ERR_CORRUPT) {
        fail_msg("line %d: %s", line, err_name(e));
    }
    OK(w->ops->skus(w->store, &with_it.id, 1, &w->arena, &got));
    assert_null(got);
}
#define REFUSED() assert_refused(w, __LINE__)

static void test_unique_keys_are_refused(void **state)
{
    struct world *w = world_of(state);
    ON_EXIT(stock_set_free) struct stock_set stock;
    stock_set_init(&stock, &w->arena);
    add_one_of_all(w, 1, &stock);
    world_commit(w);

    struct sku_row sku = sku_of(w, 1); /* ids are new from here on, keys are not */
    WORLD_ADD(w, skus, sku);
    REFUSED();
    struct channel_row channel = channel_of(w, "shop 1");
    WORLD_ADD(w, channels, channel);
    REFUSED();
    new_location(w, "place 1");
    REFUSED();
    struct listing_row listing = listing_of(w, (struct channel_id){1}, (struct sku_id){77}, "v1");
    WORLD_ADD(w, listings, listing);
    REFUSED();
    struct order_row order = {.n = 9, .order = {.channel = {1}, .id = SLICE("#1")}};
    WORLD_ADD(w, orders, order);
    REFUSED();
    struct incident_row incident = {
        .n = 9, .code = SLICE("X"), .subject = SLICE("1"), .is_open = true};
    WORLD_ADD(w, incidents, incident);
    REFUSED();
    struct token_row token = {.id = 9, .hash = {1}};
    WORLD_ADD(w, tokens, token);
    REFUSED();
    struct hold_row hold = {.n = 9, .owner = SLICE("cart 1")};
    WORLD_ADD(w, holds, hold);
    REFUSED();
    struct event_row event = {.n = 1};
    WORLD_ADD(w, events, event);
    REFUSED();
    struct movement_row movement = {.n = 1, .movement = {.quantity = 1}};
    WORLD_ADD(w, movements, movement);
    REFUSED();
    struct delivery_row delivery = {.n = 1, .is_new = true};
    WORLD_ADD(w, deliveries, delivery);
    REFUSED();
    assert_int_equal(count_all(w, w->store), KINDS);
}

static void test_rows_that_cannot_be_are_refused(void **state)
{
    struct world *w = world_of(state);
    const struct component twice[] = {{{1}, 1}, {{1}, 2}}, none[] = {{{1}, 0}};
    struct sku_row sku = sku_of(w, 1);
    sku.parts = twice;
    sku.parts_count = 2;
    WORLD_ADD(w, skus, sku);
    REFUSED();
    sku.parts = none;
    sku.parts_count = 1;
    WORLD_ADD(w, skus, sku);
    REFUSED();
    struct listing_row listing = listing_of(w, (struct channel_id){1}, (struct sku_id){1}, "v1");
    listing.pack_size = 0;
    WORLD_ADD(w, listings, listing);
    REFUSED();
    struct movement_row movement = {.n = 1};
    WORLD_ADD(w, movements, movement);
    REFUSED();
    ON_EXIT(stock_set_free) struct stock_set stock;
    stock_set_init(&stock, &w->arena);
    struct stock *row = stock_set_at(&stock, (struct sku_id){1}, (struct location_id){1});
    int64_t *const never_negative[] = {
        &row->held, &row->reserved, &row->unavailable, &row->in_transit};
    row->changed = true;
    for (size_t i = 0; i < COUNT_OF(never_negative); i++) {
        *never_negative[i] = -1;
        w->changes.stock = &stock;
        REFUSED();
        *never_negative[i] = 0;
    }
    row->available = -1;
    w->changes.stock = &stock;
    world_commit(w);
}

/* ---- readers ---- */

static void test_a_reader_sees_only_what_is_committed(void **state)
{
    struct world *w = world_of(state);
    ON_EXIT(stock_set_free) struct stock_set stock;
    struct store *reader = NULL;
    stock_set_init(&stock, &w->arena);
    OK(w->ops->reader(w->store, &reader, &w->note));
    assert_int_equal(count_all(w, reader), 0);
    add_one_of_all(w, 1, &stock);
    OK(w->ops->begin(w->store));
    OK(w->ops->save(w->store, &w->changes));
    w->changes = (struct store_changes){0};
    assert_int_equal(count_all(w, reader), 0);
    OK(w->ops->commit(w->store, w->now_us));
    assert_int_equal(count_all(w, reader), KINDS);
    store_close(reader);
}

static void test_a_snapshot_stays_as_it_was(void **state)
{
    struct world *w = world_of(state);
    struct store *reader = NULL, *other = NULL;
    struct sku_row row = sku_of(w, 1), *got;
    WORLD_ADD(w, skus, row);
    world_commit(w);
    OK(w->ops->reader(w->store, &reader, &w->note));
    OK(w->ops->reader(w->store, &other, &w->note));
    OK(reader->ops->begin(reader)); /* nothing is read yet: it counts from here all the same */
    for (int64_t i = 0; i < 50; i++) {
        row.stock_version = 10 + i;
        struct sku_row more = sku_of(w, 100 + i);
        WORLD_ADD(w, skus, row);
        WORLD_ADD(w, skus, more);
        world_commit(w);
    }
    OK(reader->ops->skus(reader, &row.id, 1, &w->arena, &got));
    assert_int_equal(got->stock_version, 0);
    struct rows rows = {0};
    struct store_query q = query(100);
    OK(reader->ops->list_skus(reader, &q, &w->arena, &rows));
    assert_int_equal(rows.count, 1);
    OK(other->ops->skus(other, &row.id, 1, &w->arena, &got));
    assert_int_equal(got->stock_version, 59);
    OK(reader->ops->commit(reader, 0));
    OK(reader->ops->skus(reader, &row.id, 1, &w->arena, &got));
    assert_int_equal(got->stock_version, 59);
    store_close(other);
    store_close(reader);
}

/* Two SKUs that every commit gives the same version: no reader may ever see them differ. */
struct pair {
    struct store *reader;
    struct sku_id ids[2];
    int64_t until; /* the version after which nothing comes */
    int torn, seen;
};

static void *watch_pair(void *arg)
{
    struct pair *pair = arg;
    ON_EXIT(arena_free) struct arena arena;
    arena_init(&arena, (size_t)1024 * 1024);
    for (int64_t version = 0; version < pair->until; pair->seen++) {
        struct sku_row *first = NULL, *second = NULL;
        bool failed = pair->reader->ops->begin(pair->reader) ||
                      pair->reader->ops->skus(pair->reader, &pair->ids[0], 1, &arena, &first) ||
                      pair->reader->ops->skus(pair->reader, &pair->ids[1], 1, &arena, &second);
        pair->reader->ops->rollback(pair->reader);
        if (failed || !first || !second || first->stock_version != second->stock_version ||
            first->stock_version < version) {
            pair->torn++;
            return NULL;
        }
        version = first->stock_version;
        arena_clear(&arena);
    }
    return NULL;
}

static void test_readers_on_other_threads_never_see_half_a_commit(void **state)
{
    struct world *w = world_of(state);
    struct sku_row rows[] = {sku_of(w, 1), sku_of(w, 2)};
    struct pair pairs[2] = {0};
    pthread_t threads[2];
    WORLD_ADD(w, skus, rows[0]);
    WORLD_ADD(w, skus, rows[1]);
    world_commit(w);
    for (size_t i = 0; i < 2; i++) {
        pairs[i] = (struct pair){.ids = {rows[0].id, rows[1].id}, .until = 200};
        OK(w->ops->reader(w->store, &pairs[i].reader, &w->note));
        assert_int_equal(pthread_create(&threads[i], NULL, watch_pair, &pairs[i]), 0);
    }
    for (int64_t version = 1; version <= 200; version++) {
        for (size_t i = 0; i < 2; i++) {
            rows[i].stock_version = version;
            WORLD_ADD(w, skus_moved, rows[i]);
        }
        world_commit(w);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(pairs[i].torn, 0);
        assert_true(pairs[i].seen > 0);
        store_close(pairs[i].reader);
    }
}

/* ---- bounds ---- */

static void test_a_full_arena_is_told_and_does_no_harm(void **state)
{
    struct world *w = world_of(state);
    struct shop s;
    shop_open(&s, w, 1);
    shop_trade(&s, 60);
    int64_t told = 0;
    for (size_t bytes = 0; bytes < 40000; bytes += bytes < 600 ? 8 : 1000) {
        ON_EXIT(arena_free) struct arena small;
        struct rows rows = {0};
        struct store_query q = query(100);
        struct sku_row *sku;
        struct order_row *order;
        struct stock_set stock;
        arena_init(&small, bytes);
        enum err e[] = {w->ops->list_orders(w->store, &q, &small, &rows), ERR_OK, ERR_OK, ERR_OK};
        arena_clear(&small);
        e[1] = w->ops->skus(w->store, &s.skus[SHOP_SKUS - 1].id, 1, &small, &sku);
        assert_true(e[1] || sku->code.n == 6);
        arena_clear(&small);
        e[2] = w->ops->order_by_n(w->store, 1, &small, &order);
        assert_true(e[2] || order->order.id.n > 0);
        arena_clear(&small);
        stock_set_init(&stock, &small);
        e[3] = w->ops->stock(w->store, &s.skus[0].id, 1, &stock);
        stock_set_free(&stock);
        for (size_t i = 0; i < COUNT_OF(e); i++) {
            assert_true(e[i] == ERR_OK || e[i] == ERR_LIMIT);
            told += e[i] == ERR_LIMIT;
        }
    }
    assert_true(told > 100);
    shop_trade(&s, 5);
}

/* Ten thousand SKUs with a listing each, as one import does it. */
static void test_ten_thousand_skus_are_no_trouble(void **state)
{
    struct world *w = world_of(state);
    for (int64_t i = 0; i < 10000; i++) {
        struct sku_row sku = sku_of(w, (i * 7919) % 10000);
        struct listing_row listing = listing_of(w, (struct channel_id){1}, sku.id, "x");
        listing.key = listing.stock_key = world_text(w, "v%" PRId64, (i * 4211) % 10000);
        WORLD_ADD(w, skus, sku);
        WORLD_ADD(w, listings, listing);
    }
    world_commit(w);
    for (int64_t i = 0; i < 10000; i++) {
        struct slice code = world_text(w, "sku-%" PRId64, i);
        struct sku_row *got;
        OK(w->ops->skus_by_code(w->store, &code, 1, &w->arena, &got));
        assert_non_null(got);
    }
    struct rows rows = {0};
    OK(w->ops->walk_skus(w->store, SLICE("sku-9"), 20000, &w->arena, &rows));
    assert_int_equal(rows.count, 1110);
}

// clang-format off
#define EACH(X, open) \
    X(test_ids_are_never_given_twice, open), \
    X(test_a_rollback_leaves_nothing, open), \
    X(test_a_rollback_restores_what_was_replaced, open), \
    X(test_several_saves_are_one_commit, open), \
    X(test_a_finished_commit_is_resolved_as_there, open), \
    X(test_unique_keys_are_refused, open), \
    X(test_rows_that_cannot_be_are_refused, open), \
    X(test_a_reader_sees_only_what_is_committed, open), \
    X(test_a_snapshot_stays_as_it_was, open), \
    X(test_readers_on_other_threads_never_see_half_a_commit, open), \
    X(test_a_full_arena_is_told_and_does_no_harm, open), \
    X(test_ten_thousand_skus_are_no_trouble, open)
// clang-format on

RUN_ON_EVERY_STORE(EACH)
