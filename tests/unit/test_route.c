/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "core/route.h"

static const struct sku_id shirt = {1}, mug = {2};
static const struct location_id berlin = {1}, paris = {2}, rome = {3};
static const struct slice nowhere = {0};

struct scene {
    struct arena arena;
    struct stock_set stock;
    struct route_stop stops[3];
    struct route_pick picks[16];
    size_t count;
};

static void scene_open(struct scene *s)
{
    *s = (struct scene){.stops = {{.location = berlin, .is_active = true},
                                  {.location = paris, .is_active = true},
                                  {.location = rome, .is_active = true}}};
    arena_init(&s->arena, (size_t)1024 * 1024);
    stock_set_init(&s->stock, &s->arena);
}

static void scene_close(struct scene *s)
{
    stock_set_free(&s->stock);
    arena_free(&s->arena);
}

static void has(struct scene *s, struct location_id at, int64_t tees, int64_t mugs)
{
    stock_set_at(&s->stock, shirt, at)->available = tees;
    stock_set_at(&s->stock, mug, at)->available = mugs;
}

static void decide(struct scene *s, struct slice country, int64_t tees, int64_t mugs)
{
    const struct route_need needs[] = {{shirt, tees}, {mug, mugs}};
    route_sort(s->stops, COUNT_OF(s->stops));
    s->count = route_decide(
        s->stops, COUNT_OF(s->stops), country, nowhere, needs, mugs ? 2 : 1, &s->stock, s->picks);
}

static void
picked(const struct scene *s, size_t i, struct location_id at, int64_t quantity, int64_t lacks)
{
    assert_true(i < s->count);
    assert_int_equal(s->picks[i].location.v, at.v);
    assert_int_equal(s->picks[i].quantity, quantity);
    assert_int_equal(s->picks[i].short_units, lacks);
}

static void test_one_location_with_everything_is_preferred_to_two_that_come_first(void **state)
{
    (void)state;
    ON_EXIT(scene_close) struct scene s;
    scene_open(&s);
    has(&s, berlin, 5, 0);
    has(&s, paris, 0, 5);
    has(&s, rome, 2, 1);
    decide(&s, nowhere, 2, 1);
    assert_int_equal(s.count, 2);
    picked(&s, 0, rome, 2, 0);
    picked(&s, 1, rome, 1, 0);
}

static void test_of_equal_priority_the_cheaper_parcel_serves_the_whole_order(void **state)
{
    (void)state;
    ON_EXIT(scene_close) struct scene s;
    scene_open(&s);
    has(&s, berlin, 10, 0);
    has(&s, paris, 10, 0);
    has(&s, rome, 10, 0);
    for (size_t i = 0; i < 3; i++) {
        bool is_berlin = s.stops[i].location.v == berlin.v, is_rome = s.stops[i].location.v == 3;
        s.stops[i].cost = is_berlin ? 3 : 1;
        s.stops[i].fee = is_berlin ? 0 : 5;
        s.stops[i].priority = is_rome ? 1 : 0;
    }
    decide(&s, nowhere, 2, 0); /* 6 from Berlin, 7 from Paris */
    picked(&s, 0, berlin, 2, 0);
    decide(&s, nowhere, 3, 0); /* 9 and 8 */
    picked(&s, 0, paris, 3, 0);
    stock_set_at(&s.stock, shirt, paris)->available = 0;
    stock_set_at(&s.stock, shirt, berlin)->available = 0;
    decide(&s, nowhere, 3, 0); /* a later priority serves when no earlier one can */
    picked(&s, 0, rome, 3, 0);
}

static void test_a_price_beyond_counting_is_the_dearest(void **state)
{
    (void)state;
    const struct route_stop dear = {.cost = QTY_MAX, .fee = 1};
    assert_int_equal(route_price(&dear, 2), 2 * QTY_MAX + 1);
    assert_int_equal(route_price(&dear, INT64_MAX / 2), INT64_MAX);
}

static void test_an_order_is_split_in_route_order_only_when_it_must_be(void **state)
{
    (void)state;
    ON_EXIT(scene_close) struct scene s;
    scene_open(&s);
    has(&s, berlin, 2, 0);
    has(&s, paris, 3, 1);
    has(&s, rome, 4, 0);
    decide(&s, nowhere, 7, 1);
    assert_int_equal(s.count, 4);
    picked(&s, 0, berlin, 2, 0);
    picked(&s, 1, paris, 3, 0);
    picked(&s, 2, rome, 2, 0);
    picked(&s, 3, paris, 1, 0);
}

static void test_what_is_missing_is_owed_at_the_first_location_that_serves_the_country(void **state)
{
    (void)state;
    ON_EXIT(scene_close) struct scene s;
    static const struct slice france[] = {{"FR", 2}};
    scene_open(&s);
    s.stops[1].countries = france; /* paris; the others serve everywhere but are not asked */
    s.stops[1].countries_count = 1;
    static const struct slice germany[] = {{"DE", 2}};
    s.stops[0].countries = s.stops[2].countries = germany;
    s.stops[0].countries_count = s.stops[2].countries_count = 1;
    has(&s, berlin, 9, 0);
    has(&s, paris, 1, 0);
    decide(&s, SLICE("fr"), 3, 0);
    assert_int_equal(s.count, 2);
    picked(&s, 0, paris, 1, 0);
    picked(&s, 1, paris, 2, 2);
    decide(&s, SLICE("IT"), 3, 0); /* nobody serves it: a sale is a fact */
    assert_int_equal(s.count, 1);
    picked(&s, 0, berlin, 3, 0);
}

static void test_an_inactive_location_serves_nothing(void **state)
{
    (void)state;
    ON_EXIT(scene_close) struct scene s;
    scene_open(&s);
    has(&s, berlin, 9, 0);
    has(&s, paris, 1, 0);
    s.stops[0].is_active = false;
    decide(&s, nowhere, 2, 0);
    picked(&s, 0, paris, 1, 0);
    picked(&s, 1, paris, 1, 1);
    s.stops[1].is_active = s.stops[2].is_active = false;
    decide(&s, nowhere, 2, 0);
    assert_int_equal(s.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_location_with_everything_is_preferred_to_two_that_come_first),
        cmocka_unit_test(test_of_equal_priority_the_cheaper_parcel_serves_the_whole_order),
        cmocka_unit_test(test_a_price_beyond_counting_is_the_dearest),
        cmocka_unit_test(test_an_order_is_split_in_route_order_only_when_it_must_be),
        cmocka_unit_test(
            test_what_is_missing_is_owed_at_the_first_location_that_serves_the_country),
        cmocka_unit_test(test_an_inactive_location_serves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
