/* SPDX-License-Identifier: Apache-2.0 */
/* A kept delivery is tried, applied once more, and never twice. */
#include "support/request_world.h"

#include "engine/batch.h"

/* Fills in a turn with the facts of one order of two TEE. */
static void sells_two(struct turn *turn)
{
    struct order_snapshot *order = ARENA_NEW(&turn->arena, struct order_snapshot);
    struct snapshot_line *line = ARENA_NEW(&turn->arena, struct snapshot_line);
    *line = (struct snapshot_line){
        .id = SLICE("1"), .remote = SLICE("sku:TEE"), .ordered = 2, .taken = TAKEN_UNSAID};
    *order = (struct order_snapshot){.id = SLICE("o1"),
                                     .version_text = SLICE("1"),
                                     .version = 1,
                                     .lines = line,
                                     .lines_count = 1};
    turn->facts = (struct facts){.orders = order, .orders_count = 1};
}

/* A delivery that the connector of the time could not read. */
static void deliver_unreadable(struct world *w)
{
    struct turn *turn = turn_new(TURN_DELIVERY, world_kept, NULL);
    turn->channel = (struct channel_id){1};
    turn->facts = (struct facts){.unreadable = "a field nobody knew"};
    turn->delivery = (struct delivery_row){.channel = {1},
                                           .topic = SLICE("orders"),
                                           .received_at_us = w->now_us,
                                           .key = {1},
                                           .body = SLICE("sealed")};
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    assert_int_equal(turn->err, ERR_OK);
    turn_free(turn);
}

static int replay(struct world *w, bool is_dry_run, void (*facts)(struct turn *turn))
{
    struct turn *turn = world_turn(w, request_replay, NULL, "");
    turn->channel = (struct channel_id){1};
    turn->replay_of = 1;
    turn->is_dry_run = is_dry_run;
    facts(turn);
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    world_read_answer(w, turn);
    turn_free(turn);
    return w->status;
}

static struct delivery_row *kept_delivery(struct world *w)
{
    struct delivery_row *row = NULL;
    assert_int_equal(w->reader->ops->delivery(w->reader, 1, &w->arena, &row), ERR_OK);
    assert_non_null(row);
    return row;
}

static void test_a_dry_run_shows_the_difference_and_keeps_nothing(void **state)
{
    struct world *w = *state;
    deliver_unreadable(w);
    int64_t events = events_of(w);
    w->hints = 0;
    assert_int_equal(replay(w, true, sells_two), 200);
    assert_slice(text_of(w->answer, "state"), "applied");
    struct json movements = json_get(w->answer, "movements");
    assert_int_equal(json_count(movements), 1);
    assert_slice(text_of(entry(movements, 0), "kind"), "reserve");
    assert_int_equal(int_of(entry(movements, 0), "quantity"), 2);
    assert_int_equal(json_type(json_get(entry(movements, 0), "id")), JSON_NULL);
    assert_int_equal(events_of(w), events);
    assert_int_equal(w->hints, 0);
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 0);
    assert_int_equal(kept_delivery(w)->state, DELIVERY_PARKED);
}

static void test_a_replay_books_once(void **state)
{
    struct world *w = *state;
    deliver_unreadable(w);
    assert_int_equal(replay(w, false, sells_two), 200);
    assert_int_equal(json_count(json_get(w->answer, "movements")), 1);
    assert_true(text_of(entry(json_get(w->answer, "movements"), 0), "id").n > 0);
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 2);
    assert_int_equal(kept_delivery(w)->state, DELIVERY_APPLIED);
    assert_slice(kept_delivery(w)->body, "sealed"); /* it can be decoded again */
    assert_int_equal(replay(w, true, sells_two), 200);
    assert_int_equal(json_count(json_get(w->answer, "movements")), 0);
    assert_int_equal(replay(w, false, sells_two), 200);
    assert_slice(text_of(w->answer, "state"), "duplicate");
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 2);
}

static void test_a_dry_run_takes_nothing_from_others_of_its_commit(void **state)
{
    struct world *w = *state;
    deliver_unreadable(w);
    struct turn *dry = world_turn(w, request_replay, NULL, "");
    dry->channel = (struct channel_id){1};
    dry->replay_of = 1;
    dry->is_dry_run = true;
    sells_two(dry);
    struct turn *write =
        world_turn(w,
                   request_movements_create,
                   NULL,
                   "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\","
                   "\"quantity\":3}]}");
    assert_true(engine_submit(w->engine, dry));
    assert_true(engine_submit(w->engine, write));
    world_step(w);
    assert_int_equal(dry->status, 200);
    assert_int_equal(write->status, 201);
    turn_free(dry);
    turn_free(write);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 0);
}

static void of_no_concern(struct turn *turn)
{
    turn->facts = (struct facts){.ignored = "a topic that says nothing of stock"};
}

static void still_unreadable(struct turn *turn)
{
    turn->facts = (struct facts){.unreadable = "still not"};
}

static void test_a_replay_says_what_became_of_the_delivery(void **state)
{
    struct world *w = *state;
    deliver_unreadable(w);
    assert_int_equal(replay(w, false, still_unreadable), 200);
    assert_slice(text_of(w->answer, "state"), "parked");
    assert_slice(text_of(w->answer, "reason"), "still not");
    assert_int_equal(replay(w, false, of_no_concern), 200);
    assert_slice(text_of(w->answer, "state"), "ignored");
    assert_int_equal(kept_delivery(w)->state, DELIVERY_IGNORED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_a_dry_run_shows_the_difference_and_keeps_nothing),
        world_test(test_a_replay_books_once),
        world_test(test_a_dry_run_takes_nothing_from_others_of_its_commit),
        world_test(test_a_replay_says_what_became_of_the_delivery),
    };
    if (crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
