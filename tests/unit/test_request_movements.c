/* SPDX-License-Identifier: Apache-2.0 */
/* Movements by hand: every kind, all or nothing, counts at their instant, late facts. */
#include "support/request_world.h"

#define LINE_MAX 512

/* One movement as a request; `more` holds further members, with a comma in front. */
static int move(struct world *w,
                const char *kind,
                const char *sku,
                const char *location,
                int64_t quantity,
                const char *more)
{
    char body[LINE_MAX];
    (void)snprintf(body,
                   sizeof(body),
                   "{\"movements\":[{\"kind\":\"%s\",\"sku\":\"%s\",\"location\":\"%s\","
                   "\"quantity\":%" PRId64 "%s}]}",
                   kind,
                   sku,
                   location,
                   quantity,
                   more);
    return ask(w, request_movements_create, NULL, body);
}

/* ,"happened_at":"..." some seconds from now; of a whole second plus 500 ms */
static const char *at(struct world *w, int64_t seconds)
{
    char time[TIME_TEXT_MAX];
    struct slice text = time_format(w->now_us + seconds * US_PER_S + 500000, time);
    return arena_printf(&w->arena, ",\"happened_at\":\"%.*s\"", SLICE_ARG(text)).p;
}

static struct json line(struct world *w, size_t n)
{
    return entry(json_get(w->answer, "movements"), n);
}

static void test_every_kind_moves_units_between_its_accounts(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *kind;
        int64_t quantity;
        const char *more;
        int64_t available, unavailable; /* after it */
    } steps[] = {
        {"receive", 20, "", 20, 0},
        {"adjust", -2, ",\"reason\":\"found broken\"", 18, 0},
        {"adjust", 1, "", 19, 0},
        {"damage", 4, "", 15, 4},
        {"restore", 1, "", 16, 3},
        {"write_off", 1, ",\"reason\":\"damaged\"", 16, 2},
        {"write_off", 1, ",\"reason\":\"theft\"", 15, 2},
        {"set_aside", 3, ",\"reason\":\"recall\"", 12, 5},
        {"restore", 2, ",\"reason\":\"recall\"", 14, 3},
        {"ship", 4, "", 10, 3},
        {"return", 3, ",\"reason\":\"too small\"", 10, 6},
        {"restock", 1, "", 11, 5},
        {"scrap", 1, "", 11, 4},
        {"count", 12, "", 8, 4},
    };
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        assert_int_equal(move(w, steps[i].kind, "TEE", "berlin", steps[i].quantity, steps[i].more),
                         201);
        struct stock stock = stock_of(w, "TEE", "berlin");
        assert_int_equal(stock.available, steps[i].available);
        assert_int_equal(stock.unavailable, steps[i].unavailable);
        assert_int_equal(int_of(line(w, 0), "available"), steps[i].available);
        assert_int_equal(int_of(line(w, 0), "on_hand"), steps[i].available + steps[i].unavailable);
    }
    struct stock stock = stock_of(w, "TEE", "berlin");
    assert_int_equal(stock_reason_quantity(&stock, SLICE("damaged")), 2);
    assert_int_equal(stock_reason_quantity(&stock, SLICE("recall")), 1);
    assert_int_equal(stock_reason_quantity(&stock, SLICE("return_pending")), 1);
}

static void test_missing_units_refuse_the_whole_request_and_are_listed(void **state)
{
    struct world *w = *state;
    assert_int_equal(move(w, "receive", "TEE", "berlin", 5, ""), 201);
    int64_t before = events_of(w);
    must_answer(w,
                409,
                request_movements_create,
                NULL,
                "{\"movements\":["
                "{\"kind\":\"receive\",\"sku\":\"MUG\",\"location\":\"berlin\",\"quantity\":1},"
                "{\"kind\":\"ship\",\"sku\":\"TEE\",\"location\":\"berlin\",\"quantity\":4},"
                "{\"kind\":\"ship\",\"sku\":\"TEE\",\"location\":\"berlin\",\"quantity\":2},"
                "{\"kind\":\"scrap\",\"sku\":\"TEE\",\"location\":\"paris\",\"quantity\":1}]}");
    struct json shortages = json_get(w->answer, "shortages");
    assert_int_equal(json_count(shortages), 2);
    assert_slice(text_of(entry(shortages, 0), "sku"), "TEE");
    assert_slice(text_of(entry(shortages, 0), "location"), "berlin");
    assert_int_equal(int_of(entry(shortages, 0), "requested"), 2);
    assert_int_equal(int_of(entry(shortages, 0), "available"), 1);
    assert_slice(text_of(entry(shortages, 1), "location"), "paris");
    assert_int_equal(int_of(entry(shortages, 1), "available"), 0);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 5);
    assert_int_equal(stock_of(w, "MUG", "berlin").available, 0);
    assert_int_equal(events_of(w), before);
}

static void test_a_refused_request_leaves_nothing_to_others_of_its_commit(void **state)
{
    struct world *w = *state;
    struct turn *turns[] = {
        world_turn(w,
                   request_movements_create,
                   NULL,
                   "{\"movements\":["
                   "{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\",\"quantity\":5},"
                   "{\"kind\":\"ship\",\"sku\":\"MUG\",\"location\":\"berlin\",\"quantity\":1}]}"),
        world_turn(w,
                   request_movements_create,
                   NULL,
                   "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\","
                   "\"quantity\":1}]}")};
    assert_true(engine_submit(w->engine, turns[0]));
    assert_true(engine_submit(w->engine, turns[1]));
    world_step(w);
    assert_int_equal(turns[0]->status, 409);
    assert_int_equal(turns[1]->status, 201);
    turn_free(turns[0]);
    turn_free(turns[1]);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 1);
}

static void test_lines_of_one_request_build_on_each_other(void **state)
{
    struct world *w = *state;
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":["
                "{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\",\"quantity\":3,"
                "\"reference\":\"PO-1\"},"
                "{\"kind\":\"ship\",\"sku\":\"TEE\",\"location\":\"berlin\",\"quantity\":3}]}");
    assert_int_equal(json_count(json_get(w->answer, "movements")), 2);
    assert_slice(text_of(line(w, 0), "reference"), "PO-1");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 0);
}

static void test_each_wrong_line_is_refused_by_name(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *line, *field;
        int status;
    } cases[] = {
        {"{}", "movements[0].kind", 400},
        {"{\"kind\":\"reserve\"}", "movements[0].kind", 400},
        {"{\"kind\":\"ship\"}", "movements[0].sku", 400},
        {"{\"kind\":\"ship\",\"sku\":\"GONE\"}", "movements[0].sku", 422},
        {"{\"kind\":\"receive\",\"sku\":\"SET\"}", "movements[0].sku", 422},
        {"{\"kind\":\"ship\",\"sku\":\"TEE\"}", "movements[0].location", 400},
        {"{\"kind\":\"ship\",\"sku\":\"TEE\",\"location\":\"rome\"}", "movements[0].location", 422},
        {"{\"kind\":\"ship\",\"sku\":\"TEE\",\"location\":\"paris\"}",
         "movements[0].quantity",
         400},
        {"{\"kind\":\"ship\",\"sku\":\"TEE\",\"location\":\"paris\",\"quantity\":0}",
         "movements[0].quantity",
         400},
        {"{\"kind\":\"ship\",\"sku\":\"TEE\",\"location\":\"paris\",\"quantity\":-1}",
         "movements[0].quantity",
         400},
        {"{\"kind\":\"count\",\"sku\":\"TEE\",\"location\":\"paris\",\"quantity\":-1}",
         "movements[0].quantity",
         400},
        {"{\"kind\":\"adjust\",\"sku\":\"TEE\",\"location\":\"paris\",\"quantity\":0}",
         "movements[0].quantity",
         400},
        {"{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"paris\",\"quantity\":1000000001}",
         "movements[0].quantity",
         400},
        {"{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"paris\",\"quantity\":1,"
         "\"expected\":0}",
         "movements[0].expected",
         400},
        {"{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"paris\",\"quantity\":1,"
         "\"happened_at\":\"2026-11-23 04:29\"}",
         "movements[0].happened_at",
         400},
        {"{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"paris\",\"quantity\":1,"
         "\"colour\":1}",
         "movements[0].colour",
         400},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char body[LINE_MAX];
        (void)snprintf(body, sizeof(body), "{\"movements\":[%s]}", cases[i].line);
        must_answer(w, cases[i].status, request_movements_create, NULL, body);
        assert_slice(text_of(w->answer, "field"), cases[i].field);
    }
    must_answer(w, 400, request_movements_create, NULL, "{}");
    must_answer(w, 400, request_movements_create, NULL, "{\"movements\":[]}");
    must_answer(w, 400, request_movements_create, NULL, "{\"movements\":[],\"note\":\"x\"}");
}

static void test_a_movement_may_lie_five_minutes_ahead_and_no_more(void **state)
{
    struct world *w = *state;
    assert_int_equal(move(w, "receive", "TEE", "berlin", 1, at(w, 299)), 201);
    assert_int_equal(move(w, "receive", "TEE", "berlin", 1, at(w, 300)), 400);
    assert_int_equal(
        move(w, "receive", "TEE", "berlin", 1, ",\"happened_at\":\"2026-11-23T06:29:07+02:00\""),
        201);
    assert_slice(text_of(line(w, 0), "happened_at"), "2026-11-23T04:29:07.000Z");
}

static void test_balances_stay_within_what_can_be_counted(void **state)
{
    struct world *w = *state;
    int status = 201;
    int64_t received = 0;
    for (int i = 0; i < 1001 && status == 201; i++) {
        status = move(w, "receive", "TEE", "berlin", QTY_MAX, "");
        received += status == 201 ? QTY_MAX : 0;
    }
    assert_int_equal(status, 422);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, received);
}

/* ---- counts ---- */

static void test_a_count_books_the_difference_and_nothing_when_there_is_none(void **state)
{
    struct world *w = *state;
    assert_int_equal(move(w, "receive", "TEE", "berlin", 10, ""), 201);
    assert_int_equal(move(w, "damage", "TEE", "berlin", 2, ""), 201);
    assert_int_equal(move(w, "count", "TEE", "berlin", 13, ""), 201);
    assert_int_equal(int_of(line(w, 0), "difference"), 3);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 11);
    assert_int_equal(move(w, "count", "TEE", "berlin", 13, ""), 201);
    assert_int_equal(int_of(line(w, 0), "difference"), 0);
    assert_int_equal(json_type(json_get(line(w, 0), "id")), JSON_NULL);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 11);
}

static void test_a_count_that_finds_too_little_is_a_fact_and_leaves_debt(void **state)
{
    struct world *w = *state;
    assert_int_equal(move(w, "receive", "TEE", "berlin", 10, ""), 201);
    must_answer(w,
                201,
                request_orders_create,
                NULL,
                "{\"channel\":\"shop\",\"id\":\"o1\",\"version\":\"1\",\"lines\":[{\"id\":\"1\","
                "\"sku\":\"TEE\",\"ordered\":8}]}");
    assert_int_equal(move(w, "count", "TEE", "berlin", 5, ""), 201);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, -3);
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 8);
}

static void test_a_count_of_nothing_makes_the_figure_known(void **state)
{
    struct world *w = *state;
    struct sku_row *row = NULL;
    struct slice key = SLICE("POSTER");
    assert_int_equal(move(w, "count", "POSTER", "berlin", 0, ""), 201);
    assert_int_equal(w->reader->ops->skus_by_code(w->reader, &key, 1, &w->arena, &row), ERR_OK);
    assert_true(row->has_moved);
}

static void test_a_count_may_state_what_it_expects(void **state)
{
    struct world *w = *state;
    assert_int_equal(move(w, "receive", "TEE", "berlin", 10, ""), 201);
    assert_int_equal(move(w, "count", "TEE", "berlin", 7, ",\"expected\":9"), 409);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 10);
    assert_int_equal(move(w, "count", "TEE", "berlin", 7, ",\"expected\":10"), 201);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 7);
}

static void test_a_count_is_compared_with_its_own_instant(void **state)
{
    struct world *w = *state;
    assert_int_equal(move(w, "receive", "TEE", "berlin", 10, ""), 201);
    w->now_us += 600 * US_PER_S;
    assert_int_equal(move(w, "receive", "TEE", "berlin", 5, ""), 201);
    w->now_us += 600 * US_PER_S;
    assert_int_equal(move(w, "ship", "TEE", "berlin", 1, ""), 201);
    /* Counted between the two receipts: 9 where 10 should have been. */
    assert_int_equal(move(w, "count", "TEE", "berlin", 9, at(w, -900)), 201);
    assert_int_equal(int_of(line(w, 0), "difference"), -1);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 13);
}

static void test_what_a_count_had_already_seen_is_booked_to_no_effect(void **state)
{
    struct world *w = *state;
    assert_int_equal(move(w, "receive", "TEE", "berlin", 10, ""), 201);
    w->now_us += 3600 * US_PER_S;
    assert_int_equal(move(w, "count", "TEE", "berlin", 8, ""), 201);
    w->now_us += 3600 * US_PER_S;
    /* The two had been shipped half an hour before the count, and are recorded only now. */
    assert_int_equal(move(w, "ship", "TEE", "berlin", 2, at(w, -5400)), 201);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 8);
    /* What happened after the count is new. */
    assert_int_equal(move(w, "ship", "TEE", "berlin", 2, at(w, -1800)), 201);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 6);
    assert_int_equal(move(w, "receive", "TEE", "berlin", 4, at(w, -5400)), 201);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 6);
    /* At another place nobody counted. */
    assert_int_equal(move(w, "receive", "TEE", "paris", 4, at(w, -5400)), 201);
    assert_int_equal(stock_of(w, "TEE", "paris").available, 4);
}

static void test_a_late_fact_needs_no_units_when_a_count_had_seen_it(void **state)
{
    struct world *w = *state;
    assert_int_equal(move(w, "receive", "TEE", "berlin", 3, ""), 201);
    w->now_us += 3600 * US_PER_S;
    assert_int_equal(move(w, "count", "TEE", "berlin", 0, ""), 201);
    w->now_us += 60 * US_PER_S;
    assert_int_equal(move(w, "ship", "TEE", "berlin", 3, at(w, -1800)), 201);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 0);
    assert_int_equal(move(w, "ship", "TEE", "berlin", 1, ""), 409);
}

static void test_late_facts_and_counts_meet_within_one_request(void **state)
{
    struct world *w = *state;
    assert_int_equal(move(w, "receive", "TEE", "berlin", 10, ""), 201);
    w->now_us += 3600 * US_PER_S;
    char body[LINE_MAX];
    (void)snprintf(body,
                   sizeof(body),
                   "{\"movements\":[{\"kind\":\"count\",\"sku\":\"TEE\",\"location\":\"berlin\","
                   "\"quantity\":7},{\"kind\":\"ship\",\"sku\":\"TEE\",\"location\":\"berlin\","
                   "\"quantity\":3%s}]}",
                   at(w, -1800));
    must_answer(w, 201, request_movements_create, NULL, body);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 7);
}

static void test_a_stamp_of_whole_seconds_comes_after_what_is_recorded_in_its_second(void **state)
{
    struct world *w = *state;
    w->now_us += 300000;
    assert_int_equal(move(w, "receive", "TEE", "berlin", 10, ""), 201);
    w->now_us += 200000;
    assert_int_equal(
        move(w, "count", "TEE", "berlin", 10, ",\"happened_at\":\"2026-11-23T04:29:07Z\""), 201);
    assert_int_equal(int_of(line(w, 0), "difference"), 0);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_every_kind_moves_units_between_its_accounts),
        world_test(test_missing_units_refuse_the_whole_request_and_are_listed),
        world_test(test_a_refused_request_leaves_nothing_to_others_of_its_commit),
        world_test(test_lines_of_one_request_build_on_each_other),
        world_test(test_each_wrong_line_is_refused_by_name),
        world_test(test_a_movement_may_lie_five_minutes_ahead_and_no_more),
        world_test(test_balances_stay_within_what_can_be_counted),
        world_test(test_a_count_books_the_difference_and_nothing_when_there_is_none),
        world_test(test_a_count_that_finds_too_little_is_a_fact_and_leaves_debt),
        world_test(test_a_count_of_nothing_makes_the_figure_known),
        world_test(test_a_count_may_state_what_it_expects),
        world_test(test_a_count_is_compared_with_its_own_instant),
        world_test(test_what_a_count_had_already_seen_is_booked_to_no_effect),
        world_test(test_a_late_fact_needs_no_units_when_a_count_had_seen_it),
        world_test(test_late_facts_and_counts_meet_within_one_request),
        world_test(test_a_stamp_of_whole_seconds_comes_after_what_is_recorded_in_its_second),
    };
    if (crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
