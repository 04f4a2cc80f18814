/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders against an independent naive model: it keeps every snapshot it ever saw and computes the
 * balances from scratch. Every permutation of up to 6 events of an order, repeats and ties
 * included, must end where the model says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "core/order.h"

#define EVENTS_MAX 6
#define LINES_MAX 3
#define START 50

static const struct location_id here = {1};
static const struct channel_id shop = {1};

static uint64_t draw(uint64_t *state, uint64_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % below;
}

/* ---- the naive model ---- */

struct naive_line {
    bool present;
    struct order_counts c;
};
struct naive_snapshot {
    int64_t version;
    struct naive_line lines[LINES_MAX];
};

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}
static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What the order is after any arrival order of these snapshots. */
static struct naive_snapshot naive_state(const struct naive_snapshot *seen, size_t count)
{
    struct naive_snapshot state = {.version = -1};
    for (size_t i = 0; i < count; i++) {
        state.version = max64(state.version, seen[i].version);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t l = 0; seen[i].version == state.version && l < LINES_MAX; l++) {
            const struct naive_line *from = &seen[i].lines[l];
            struct naive_line *to = &state.lines[l];
            if (from->present && !to->present) {
                *to = *from;
            } else if (from->present) {
                to->c.ordered = max64(to->c.ordered, from->c.ordered);
                to->c.cancelled = min64(to->c.cancelled, from->c.cancelled);
                to->c.fulfilled = max64(to->c.fulfilled, from->c.fulfilled);
                to->c.returned = max64(to->c.returned, from->c.returned);
                to->c.restocked = min64(to->c.restocked, from->c.restocked);
                to->c.no_restock = max64(to->c.no_restock, from->c.no_restock);
            }
        }
    }
    return state;
}

struct vector {
    int64_t available, reserved, no_restock, return_pending;
};

/* Each line sells its own SKU; line 2 a bundle of two of SKU 1 and one of SKU 2. */
static const int64_t recipe[LINES_MAX][LINES_MAX] = {{1, 0, 0}, {0, 1, 0}, {2, 1, 0}};

static struct vector naive_stock(const struct naive_snapshot *state, size_t sku)
{
    struct vector v = {.available = START};
    for (size_t l = 0; l < LINES_MAX; l++) {
        const struct order_counts c = order_counts_clamp(state->lines[l].c);
        int64_t q = recipe[l][sku], open = c.ordered - c.cancelled - c.fulfilled;
        v.reserved += q * open;
        v.no_restock += q * c.no_restock;
        v.return_pending += q * (c.returned - c.restocked);
        v.available += q * (c.restocked - open - c.fulfilled - c.no_restock);
    }
    return v;
}

/* ---- the real code ---- */

struct world {
    struct arena arena;
    struct stock_set stock;
    struct order order;
    bool exists;
};

static void world_open(struct world *w)
{
    *w = (struct world){0};
    arena_init(&w->arena, (size_t)64 * 1024 * 1024);
    stock_set_init(&w->stock, &w->arena);
    for (int64_t sku = 1; sku <= 2; sku++) {
        stock_set_at(&w->stock, (struct sku_id){sku}, here)->available = START;
    }
}

static void world_close(struct world *w)
{
    stock_set_free(&w->stock);
    arena_free(&w->arena);
}

static void freeze(struct world *w)
{
    for (size_t i = 0; i < w->order.lines_count; i++) {
        struct order_line *line = &w->order.lines[i];
        if (line->parts_count) {
            continue;
        }
        size_t l = (size_t)(line->id.p[0] - 'a');
        struct component *parts = ARENA_ARRAY(&w->arena, LINES_MAX, struct component);
        for (size_t sku = 0; sku < 2; sku++) {
            if (recipe[l][sku]) {
                parts[line->parts_count++] = (struct component){{(int64_t)sku + 1}, recipe[l][sku]};
            }
        }
        line->parts = parts;
    }
}

static enum order_verdict world_apply(struct world *w, const struct naive_snapshot *s)
{
    static const struct route_stop stop = {.location = {1}, .is_active = true};
    struct snapshot_line *lines = ARENA_ARRAY(&w->arena, LINES_MAX, struct snapshot_line);
    struct order_snapshot snapshot = {
        .id = SLICE("1001"), .version = s->version, .version_is_time = true, .lines = lines};
    static const char ids[LINES_MAX][2] = {"a", "b", "c"};
    snapshot.version_text = arena_printf(&w->arena, "%" PRId64, s->version);
    for (size_t l = 0; l < LINES_MAX; l++) {
        const struct naive_line *n = &s->lines[l];
        if (n->present) {
            lines[snapshot.lines_count++] = (struct snapshot_line){.id = slice_of(ids[l]),
                                                                   .remote = slice_of(ids[l]),
                                                                   .ordered = n->c.ordered,
                                                                   .cancelled = n->c.cancelled,
                                                                   .fulfilled = n->c.fulfilled,
                                                                   .returned = n->c.returned,
                                                                   .restocked = n->c.restocked,
                                                                   .no_restock = n->c.no_restock,
                                                                   .taken = TAKEN_UNSAID};
        }
    }
    enum order_verdict verdict;
    struct order merged;
    assert_int_equal(order_merge(w->exists ? &w->order : NULL,
                                 &snapshot,
                                 shop,
                                 US_PER_S,
                                 0,
                                 &w->arena,
                                 &merged,
                                 &verdict),
                     ERR_OK);
    if (verdict == ORDER_SAME || verdict == ORDER_STALE) {
        return verdict;
    }
    w->order = merged;
    w->exists = true;
    freeze(w);
    struct ledger ledger = {.arena = &w->arena, .stock = &w->stock};
    struct order_booking booking;
    assert_int_equal(order_book(&w->order, &stop, 1, 0, &ledger, &booking), ERR_OK);
    return verdict;
}

static struct vector world_stock(struct world *w, size_t sku)
{
    const struct stock *row = stock_set_find(&w->stock, (struct sku_id){(int64_t)sku + 1}, here);
    return (struct vector){row->available,
                           row->reserved,
                           stock_reason_quantity(row, SLICE(REASON_NO_RESTOCK)),
                           stock_reason_quantity(row, SLICE(REASON_RETURN_PENDING))};
}

static void expect_stock(struct world *w, const struct naive_snapshot *state)
{
    for (size_t sku = 0; sku < 2; sku++) {
        struct vector is = world_stock(w, sku), should = naive_stock(state, sku);
        assert_int_equal(is.available, should.available);
        assert_int_equal(is.reserved, should.reserved);
        assert_int_equal(is.no_restock, should.no_restock);
        assert_int_equal(is.return_pending, should.return_pending);
    }
}

/* ---- histories ---- */

static struct order_counts random_counts(uint64_t *seed)
{
    struct order_counts c = {.ordered = (int64_t)draw(seed, 6)};
    c.fulfilled = (int64_t)draw(seed, (uint64_t)c.ordered + 1);
    c.cancelled = (int64_t)draw(seed, (uint64_t)(c.ordered - c.fulfilled) + 1);
    c.no_restock = draw(seed, 3) ? 0 : (int64_t)draw(seed, (uint64_t)c.cancelled + 1);
    c.returned = draw(seed, 2) ? 0 : (int64_t)draw(seed, (uint64_t)c.fulfilled + 1);
    c.restocked = (int64_t)draw(seed, (uint64_t)c.returned + 1);
    return c;
}

/* Versions mostly grow; sometimes one repeats the one before, or shares its version with other
 * content. */
static size_t random_history(uint64_t *seed, struct naive_snapshot *events)
{
    size_t count = 1 + draw(seed, EVENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && draw(seed, 5) == 0) {
            events[i] = events[i - 1];
            continue;
        }
        bool tie = i > 0 && draw(seed, 5) == 0;
        events[i] =
            (struct naive_snapshot){.version = tie ? events[i - 1].version : (int64_t)(i + 1) * 10};
        for (size_t l = 0; l < LINES_MAX; l++) {
            events[i].lines[l].present = draw(seed, 4) != 0;
            events[i].lines[l].c =
                events[i].lines[l].present ? random_counts(seed) : (struct order_counts){0};
            events[i].lines[l].present =
                events[i].lines[l].c.ordered > 0; /* nothing ordered is not on it */
        }
    }
    return count;
}

static void
permute_and_check(const struct naive_snapshot *events, size_t count, size_t *order, size_t fixed)
{
    if (fixed == count) {
        struct world w;
        world_open(&w);
        for (size_t i = 0; i < count; i++) {
            world_apply(&w, &events[order[i]]);
        }
        struct naive_snapshot state = naive_state(events, count);
        expect_stock(&w, &state);
        assert_true(world_apply(&w, &events[order[count - 1]]) != ORDER_APPLIED);
        expect_stock(&w, &state);
        world_close(&w);
        return;
    }
    for (size_t i = fixed; i < count; i++) {
        size_t swap = order[fixed];
        order[fixed] = order[i];
        order[i] = swap;
        permute_and_check(events, count, order, fixed + 1);
        order[i] = order[fixed];
        order[fixed] = swap;
    }
}

static void test_every_permutation_of_an_order_ends_in_the_same_state(void **state)
{
    (void)state;
    uint64_t seed = UINT64_C(88172645463325252);
    for (int history = 0; history < 400; history++) {
        struct naive_snapshot events[EVENTS_MAX];
        size_t order[EVENTS_MAX] = {0, 1, 2, 3, 4, 5};
        size_t count = random_history(&seed, events);
        permute_and_check(events, count, order, 0);
    }
}

static struct naive_snapshot one_line(int64_t version, struct order_counts c)
{
    return (struct naive_snapshot){.version = version, .lines = {{true, c}}};
}

static void test_t26_the_same_snapshot_again_books_nothing(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct naive_snapshot sold = one_line(1, (struct order_counts){.ordered = 3});
    struct naive_snapshot cancelled =
        one_line(2, (struct order_counts){.ordered = 3, .cancelled = 3});
    assert_int_equal(world_apply(&w, &sold), ORDER_APPLIED);
    assert_int_equal(world_apply(&w, &cancelled), ORDER_APPLIED);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(world_apply(&w, &cancelled), ORDER_SAME);
        assert_int_equal(world_apply(&w, &sold), ORDER_STALE);
    }
    assert_int_equal(world_stock(&w, 0).available, START);
    world_close(&w);
}

static void test_t27_a_unit_is_restocked_once_whatever_refund_and_cancel_say(void **state)
{
    (void)state;
    /* The whole table of shipped k, cancelled m, returned r, restocked s of an order of 4, each
     * reached from each. */
    struct order_counts table[200];
    size_t count = 0;
    for (int64_t k = 0; k <= 4; k++) {
        for (int64_t m = 0; m <= 4 - k; m++) {
            for (int64_t r = 0; r <= k; r++) {
                for (int64_t s = 0; s <= r; s++) {
                    assert_true(count < 200);
                    table[count++] = (struct order_counts){.ordered = 4,
                                                           .cancelled = m,
                                                           .fulfilled = k,
                                                           .returned = r,
                                                           .restocked = s};
                }
            }
        }
    }
    for (size_t from = 0; from < count; from++) {
        for (size_t to = 0; to < count; to++) {
            struct world w;
            world_open(&w);
            struct naive_snapshot a = one_line(1, table[from]), b = one_line(2, table[to]);
            world_apply(&w, &a);
            world_apply(&w, &b);
            world_apply(&w, &b);
            expect_stock(&w, &b);
            assert_true(world_stock(&w, 0).available <= START);
            world_close(&w);
        }
    }
}

static void test_t34_a_later_version_that_comes_first_creates_the_order(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct naive_snapshot created = one_line(1, (struct order_counts){.ordered = 2});
    struct naive_snapshot paid = one_line(2, (struct order_counts){.ordered = 3});
    assert_int_equal(world_apply(&w, &paid), ORDER_APPLIED);
    assert_int_equal(world_apply(&w, &created), ORDER_STALE);
    assert_int_equal(world_stock(&w, 0).reserved, 3);
    world_close(&w);
}

static void test_only_a_newer_version_revives_a_cancelled_order(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct naive_snapshot sold = one_line(1, (struct order_counts){.ordered = 2});
    struct naive_snapshot cancelled =
        one_line(2, (struct order_counts){.ordered = 2, .cancelled = 2});
    struct naive_snapshot revived = one_line(3, (struct order_counts){.ordered = 2});
    world_apply(&w, &cancelled);
    world_apply(&w, &sold);
    assert_int_equal(world_stock(&w, 0).reserved, 0);
    world_apply(&w, &revived);
    assert_int_equal(world_stock(&w, 0).reserved, 2);
    world_close(&w);
}

static void test_a_decisive_read_replaces_a_merged_tie(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct naive_snapshot a = one_line(1, (struct order_counts){.ordered = 5});
    struct naive_snapshot b = one_line(1, (struct order_counts){.ordered = 5, .cancelled = 4});
    world_apply(&w, &a);
    assert_int_equal(world_apply(&w, &b), ORDER_TIE);
    assert_int_equal(world_stock(&w, 0).reserved, 5);
    struct snapshot_line line = {
        .id = SLICE("a"), .remote = SLICE("a"), .ordered = 5, .cancelled = 4, .taken = 1};
    struct order_snapshot read = {.id = SLICE("1001"),
                                  .version_text = SLICE("1"),
                                  .version = 1,
                                  .version_is_time = true,
                                  .fetched_at_us = 3 * US_PER_S,
                                  .lines = &line,
                                  .lines_count = 1};
    enum order_verdict verdict;
    struct order merged;
    assert_int_equal(order_merge(&w.order, &read, shop, US_PER_S, 0, &w.arena, &merged, &verdict),
                     ERR_OK);
    assert_int_equal(verdict, ORDER_APPLIED);
    assert_int_equal(merged.lines[0].now.cancelled, 4);
    assert_int_equal(merged.decided_at_us, 3 * US_PER_S);
    world_close(&w);
}

static void test_an_order_from_before_the_opening_moves_only_what_is_open(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct snapshot_line line = {.id = SLICE("a"),
                                 .remote = SLICE("a"),
                                 .ordered = 5,
                                 .fulfilled = 3,
                                 .returned = 1,
                                 .restocked = 1,
                                 .taken = 4};
    struct order_snapshot old = {.id = SLICE("9"),
                                 .version_text = SLICE("9"),
                                 .version = 9,
                                 .placed_at_us = 9,
                                 .version_is_time = true,
                                 .lines = &line,
                                 .lines_count = 1};
    enum order_verdict verdict;
    assert_int_equal(order_merge(NULL, &old, shop, US_PER_S, 1000, &w.arena, &w.order, &verdict),
                     ERR_OK);
    assert_true(w.order.is_baseline);
    freeze(&w);
    static const struct route_stop stop = {.location = {1}, .is_active = true};
    struct ledger ledger = {.arena = &w.arena, .stock = &w.stock};
    struct order_booking booking;
    assert_int_equal(order_book(&w.order, &stop, 1, 0, &ledger, &booking), ERR_OK);
    struct vector v = world_stock(&w, 0);
    assert_int_equal(v.available, START - 2);
    assert_int_equal(v.reserved, 2);
    world_close(&w);
}

static void test_t05_two_lines_that_share_a_component_are_summed_before_deciding(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, (size_t)1024 * 1024);
    struct stock_set stock;
    stock_set_init(&stock, &arena);
    struct sku_id sku = {1};
    stock_set_at(&stock, sku, (struct location_id){1})->available = 3;
    stock_set_at(&stock, sku, (struct location_id){2})->available = 4;
    struct route_stop stops[] = {{.location = {1}, .is_active = true},
                                 {.location = {2}, .is_active = true, .priority = 1}};
    struct route_need needs[] = {{sku, 2}, {sku, 2}};
    struct route_pick picks[6];
    /* Each line alone would fit at 1; together they only fit at 2. */
    assert_int_equal(
        route_decide(stops, 2, (struct slice){0}, (struct slice){0}, needs, 2, &stock, picks), 2);
    assert_int_equal(picks[0].location.v, 2);
    assert_int_equal(picks[1].location.v, 2);
    /* Six need a split, and nothing is counted twice. */
    needs[1].quantity = 4;
    size_t n =
        route_decide(stops, 2, (struct slice){0}, (struct slice){0}, needs, 2, &stock, picks);
    int64_t at[3] = {0}, owed = 0;
    for (size_t i = 0; i < n; i++) {
        at[picks[i].location.v] += picks[i].quantity;
        owed += picks[i].short_units;
    }
    assert_int_equal(at[1], 3);
    assert_int_equal(at[2], 3);
    assert_int_equal(owed, 0);
    stock_set_free(&stock);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_permutation_of_an_order_ends_in_the_same_state),
        cmocka_unit_test(test_t26_the_same_snapshot_again_books_nothing),
        cmocka_unit_test(test_t27_a_unit_is_restocked_once_whatever_refund_and_cancel_say),
        cmocka_unit_test(test_t34_a_later_version_that_comes_first_creates_the_order),
        cmocka_unit_test(test_only_a_newer_version_revives_a_cancelled_order),
        cmocka_unit_test(test_a_decisive_read_replaces_a_merged_tie),
        cmocka_unit_test(test_an_order_from_before_the_opening_moves_only_what_is_open),
        cmocka_unit_test(test_t05_two_lines_that_share_a_component_are_summed_before_deciding),
    };
    return crypto_init() == ERR_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
