/* SPDX-License-Identifier: Apache-2.0 */
/* The books by themselves: what a movement does to two accounts, what is never allowed, and what
 * happens when memory ends. */
#include "testing.h"

#include "core/ledger.h"

#define SKU ((struct sku_id){7})
#define BERLIN ((struct location_id){1})
#define PARIS ((struct location_id){2})

struct books {
    struct arena arena;
    struct stock_set stock;
    struct ledger ledger;
};

static void open_books(struct books *b, size_t bytes)
{
    arena_init(&b->arena, bytes);
    stock_set_init(&b->stock, &b->arena);
    b->ledger = (struct ledger){.arena = &b->arena, .stock = &b->stock};
}

static void close_books(struct books *b)
{
    stock_set_free(&b->stock);
    arena_free(&b->arena);
}

static struct account_of account(struct location_id at, enum bucket bucket)
{
    return (struct account_of){bucket == BUCKET_OUTSIDE ? (struct location_id){0} : at, bucket};
}

static struct movement moved(enum bucket from, enum bucket to, int64_t quantity)
{
    return (struct movement){.kind = MOVE_ADJUST,
                             .sku = SKU,
                             .from = account(BERLIN, from),
                             .to = account(BERLIN, to),
                             .quantity = quantity,
                             .reason = SLICE("damaged")};
}

static void post(struct books *b, enum bucket from, enum bucket to, int64_t quantity)
{
    struct movement m = moved(from, to, quantity);
    ledger_post(&b->ledger, &m);
}

static void test_each_movement_states_the_balances_after_it(void **state)
{
    (void)state;
    struct books b;
    open_books(&b, (size_t)1 << 20);
    post(&b, BUCKET_OUTSIDE, BUCKET_AVAILABLE, 10);
    post(&b, BUCKET_AVAILABLE, BUCKET_HELD, 2);
    post(&b, BUCKET_HELD, BUCKET_RESERVED, 2);
    post(&b, BUCKET_AVAILABLE, BUCKET_UNAVAILABLE, 3);
    post(&b, BUCKET_AVAILABLE, BUCKET_IN_TRANSIT, 1);
    post(&b, BUCKET_RESERVED, BUCKET_OUTSIDE, 1);
    static const int64_t after[][2] = {{0, 10}, {8, 2}, {0, 2}, {5, 3}, {4, 1}, {1, 0}};
    assert_int_equal(b.ledger.movements.count, COUNT_OF(after));
    for (size_t i = 0; i < COUNT_OF(after); i++) {
        assert_int_equal(b.ledger.movements.items[i].from_after, after[i][0]);
        assert_int_equal(b.ledger.movements.items[i].to_after, after[i][1]);
    }
    const struct stock *row = stock_set_find(&b.stock, SKU, BERLIN);
    assert_int_equal(stock_on_hand(row), 4 + 0 + 1 + 3); /* what is on its way is not here */
    assert_int_equal(stock_reason_quantity(row, SLICE("damaged")), 3);
    assert_int_equal(stock_reason_quantity(row, SLICE("quality_hold")), 0);
    assert_int_equal(stock_reason_quantity(NULL, SLICE("damaged")), 0);
    close_books(&b);
}

static void test_what_is_undone_leaves_every_balance_as_it_was(void **state)
{
    (void)state;
    struct books b;
    open_books(&b, (size_t)1 << 20);
    stock_set_at(&b.stock, SKU, BERLIN)->available = 20;
    for (int i = 0; i < 9; i++) { /* more than the list has room for at first */
        post(&b, BUCKET_AVAILABLE, i % 2 ? BUCKET_UNAVAILABLE : BUCKET_RESERVED, 3);
    }
    assert_int_equal(b.ledger.movements.count, 9);
    assert_int_equal(stock_debt(&b.stock, SKU), 7);
    ledger_undo(&b.ledger);
    const struct stock *row = stock_set_find(&b.stock, SKU, BERLIN);
    assert_int_equal(b.ledger.movements.count, 0);
    assert_int_equal(row->available, 20);
    assert_int_equal(row->reserved, 0);
    assert_int_equal(row->unavailable, 0);
    assert_int_equal(stock_reason_quantity(row, SLICE("damaged")), 0);
    assert_int_equal(stock_debt(&b.stock, SKU), 0);
    close_books(&b);
}

static void test_a_debt_is_summed_over_places_and_units_elsewhere_do_not_lower_it(void **state)
{
    (void)state;
    struct books b;
    open_books(&b, (size_t)1 << 20);
    assert_int_equal(stock_debt(&b.stock, SKU), 0);
    assert_null(stock_set_first(&b.stock, SKU));
    stock_set_at(&b.stock, SKU, BERLIN)->available = -2;
    stock_set_at(&b.stock, SKU, PARIS)->available = 50;
    stock_set_at(&b.stock, SKU, (struct location_id){3})->available = -1;
    stock_set_at(&b.stock, (struct sku_id){8}, BERLIN)->available = -9;
    assert_int_equal(stock_debt(&b.stock, SKU), 3);
    assert_int_equal(stock_set_first(&b.stock, SKU)->location.v, BERLIN.v);
    close_books(&b);
}

/* Every size of memory, until it is enough: a decision is whole, or said to be none. */
static void test_a_decision_that_runs_out_of_memory_says_so(void **state)
{
    (void)state;
    size_t failures = 0;
    for (size_t bytes = 0;; bytes += 8) {
        struct books b;
        open_books(&b, bytes);
        for (int i = 0; i < 9 && !b.ledger.exhausted; i++) {
            post(&b, BUCKET_OUTSIDE, i % 2 ? BUCKET_UNAVAILABLE : BUCKET_AVAILABLE, 1);
        }
        bool is_whole = !b.ledger.exhausted;
        assert_true(is_whole == (b.ledger.movements.count == 9));
        failures += !is_whole;
        close_books(&b);
        if (is_whole) {
            break;
        }
    }
    assert_true(failures > 10);
}

static void test_a_reason_that_finds_no_memory_is_told(void **state)
{
    (void)state;
    struct books b;
    open_books(&b, (size_t)1 << 20);
    struct stock *row = stock_set_at(&b.stock, SKU, BERLIN);
    struct arena small;
    arena_init(&small, 0);
    b.stock.arena = &small;
    assert_false(stock_add_reason(&b.stock, row, SLICE("damaged"), 1));
    b.stock.arena = &b.arena;
    assert_true(stock_add_reason(&b.stock, row, SLICE("damaged"), 1));
    assert_int_equal(stock_reason_quantity(row, SLICE("damaged")), 1);
    arena_free(&small);
    close_books(&b);
}

static void test_kinds_and_buckets_have_one_text_each(void **state)
{
    (void)state;
    enum movement_kind kind;
    for (int i = MOVE_OPEN; i <= MOVE_TRANSFER_CANCEL; i++) {
        assert_true(
            movement_kind_parse(slice_of(movement_kind_text((enum movement_kind)i)), &kind));
        assert_int_equal(kind, i);
    }
    assert_false(movement_kind_parse(SLICE("Receive"), &kind));
    assert_false(movement_kind_parse(SLICE(""), &kind));
    assert_string_equal(bucket_text(BUCKET_OUTSIDE), "outside");
    assert_string_equal(bucket_text(BUCKET_IN_TRANSIT), "in_transit");
}

/* ---- what is a bug of the caller's ---- */

static void one(enum bucket from, enum bucket to, int64_t quantity)
{
    struct books b;
    open_books(&b, (size_t)1 << 20);
    post(&b, from, to, quantity);
}

static void no_units(void)
{
    one(BUCKET_OUTSIDE, BUCKET_AVAILABLE, 0);
}

static void too_many_units(void)
{
    one(BUCKET_OUTSIDE, BUCKET_AVAILABLE, BALANCE_MAX + 1);
}

static void to_where_it_was(void)
{
    one(BUCKET_AVAILABLE, BUCKET_AVAILABLE, 1);
}

static void from_reserved_that_is_empty(void)
{
    one(BUCKET_RESERVED, BUCKET_OUTSIDE, 1);
}

static void from_held_that_is_empty(void)
{
    one(BUCKET_HELD, BUCKET_AVAILABLE, 1);
}

static void from_transit_that_is_empty(void)
{
    one(BUCKET_IN_TRANSIT, BUCKET_AVAILABLE, 1);
}

static void from_a_reason_that_has_none(void)
{
    struct books b;
    open_books(&b, (size_t)1 << 20);
    post(&b, BUCKET_OUTSIDE, BUCKET_UNAVAILABLE, 5);
    struct movement m = moved(BUCKET_UNAVAILABLE, BUCKET_AVAILABLE, 1);
    m.reason = SLICE("quality_hold");
    ledger_post(&b.ledger, &m);
}

static void more_than_a_balance_may_be(void)
{
    struct books b;
    open_books(&b, (size_t)1 << 20);
    post(&b, BUCKET_OUTSIDE, BUCKET_AVAILABLE, BALANCE_MAX);
    post(&b, BUCKET_OUTSIDE, BUCKET_AVAILABLE, 1);
}

static void a_row_of_no_place(void)
{
    struct books b;
    open_books(&b, (size_t)1 << 20);
    (void)stock_set_at(&b.stock, SKU, (struct location_id){0});
}

static void test_what_the_books_never_allow_stops_at_once(void **state)
{
    (void)state;
    assert_aborts(no_units);
    assert_aborts(too_many_units);
    assert_aborts(to_where_it_was);
    assert_aborts(from_reserved_that_is_empty);
    assert_aborts(from_held_that_is_empty);
    assert_aborts(from_transit_that_is_empty);
    assert_aborts(from_a_reason_that_has_none);
    assert_aborts(more_than_a_balance_may_be);
    assert_aborts(a_row_of_no_place);
    struct books b; /* what has been sold is never refused: only available may be owed */
    open_books(&b, (size_t)1 << 20);
    post(&b, BUCKET_AVAILABLE, BUCKET_RESERVED, 4);
    assert_int_equal(stock_debt(&b.stock, SKU), 4);
    close_books(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_movement_states_the_balances_after_it),
        cmocka_unit_test(test_what_is_undone_leaves_every_balance_as_it_was),
        cmocka_unit_test(test_a_debt_is_summed_over_places_and_units_elsewhere_do_not_lower_it),
        cmocka_unit_test(test_a_decision_that_runs_out_of_memory_says_so),
        cmocka_unit_test(test_a_reason_that_finds_no_memory_is_told),
        cmocka_unit_test(test_kinds_and_buckets_have_one_text_each),
        cmocka_unit_test(test_what_the_books_never_allow_stops_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
