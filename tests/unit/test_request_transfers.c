/* SPDX-License-Identifier: Apache-2.0 */
#include "support/request_world.h"

static void receive(struct world *w, const char *sku, const char *location, int64_t units)
{
    char body[256];
    (void)snprintf(body,
                   sizeof(body),
                   "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"%s\",\"location\":\"%s\","
                   "\"quantity\":%" PRId64 "}]}",
                   sku,
                   location,
                   units);
    must_answer(w, 201, request_movements_create, NULL, body);
}

static void draft(struct world *w)
{
    must_answer(w,
                201,
                request_transfers_create,
                NULL,
                "{\"from\":\"berlin\",\"to\":\"paris\",\"reference\":\"T-1\",\"lines\":[{\"sku\":"
                "\"TEE\",\"quantity\":5},{\"sku\":\"MUG\",\"quantity\":2}]}");
}

/* Units of both places and between them: nothing appears or vanishes. */
static void expect(struct world *w,
                   const char *sku,
                   int64_t at_berlin,
                   int64_t in_transit,
                   int64_t at_paris,
                   int64_t damaged)
{
    struct stock berlin = stock_of(w, sku, "berlin"), paris = stock_of(w, sku, "paris");
    assert_int_equal(berlin.available, at_berlin);
    assert_int_equal(berlin.in_transit, 0);
    assert_int_equal(paris.in_transit, in_transit);
    assert_int_equal(paris.available, at_paris);
    assert_int_equal(paris.unavailable, damaged);
}

static void test_a_transfer_moves_through_its_states_and_loses_no_unit(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 8);
    receive(w, "MUG", "berlin", 2);
    draft(w);
    assert_true(slice_is(text_of(w->answer, "state"), "draft"));
    expect(w, "TEE", 8, 0, 0, 0);
    must_answer(w, 200, request_transfer_ship, "1", "");
    assert_true(slice_is(text_of(w->answer, "state"), "in_transit"));
    assert_int_equal(int_of(entry(json_get(w->answer, "lines"), 0), "in_transit"), 5);
    assert_int_equal(int_of(w->answer, "in_transit_seconds"), 0);
    expect(w, "TEE", 3, 5, 0, 0);
    expect(w, "MUG", 0, 2, 0, 0);
    w->now_us += 90 * US_PER_S;
    must_answer(w,
                200,
                request_transfer_receive,
                "1",
                "{\"lines\":[{\"sku\":\"TEE\",\"received\":2,\"damaged\":1}]}");
    assert_int_equal(int_of(w->answer, "in_transit_seconds"), 90);
    expect(w, "TEE", 3, 2, 2, 1);
    must_answer(w,
                200,
                request_transfer_receive,
                "1",
                "{\"lines\":[{\"sku\":\"TEE\",\"short\":1,\"received\":1},{\"sku\":\"mug\","
                "\"quantity\":1},{\"sku\":\"MUG\",\"damaged\":1}]}");
    assert_true(slice_is(text_of(w->answer, "state"), "received"));
    assert_int_equal(int_of(entry(json_get(w->answer, "lines"), 0), "short"), 1);
    expect(w, "TEE", 3, 0, 3, 1);
    expect(w, "MUG", 0, 0, 1, 1);
}

static void test_a_transfer_that_finds_too_few_units_ships_nothing(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 9);
    receive(w, "MUG", "berlin", 1);
    draft(w);
    int64_t events = events_of(w);
    must_answer(w, 409, request_transfer_ship, "1", "{}");
    struct json shortage = entry(json_get(w->answer, "shortages"), 0);
    assert_true(slice_is(text_of(shortage, "sku"), "MUG"));
    assert_true(slice_is(text_of(shortage, "location"), "berlin"));
    assert_int_equal(int_of(shortage, "requested"), 2);
    assert_int_equal(int_of(shortage, "available"), 1);
    expect(w, "TEE", 9, 0, 0, 0);
    assert_int_equal(events_of(w), events);
    receive(w, "MUG", "berlin", 1);
    must_answer(w, 200, request_transfer_ship, "1", "{}");
    must_answer(w, 409, request_transfer_ship, "1", "{}");
    expect(w, "TEE", 4, 5, 0, 0);
}

static void test_no_more_arrives_than_is_under_way(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 5);
    receive(w, "MUG", "berlin", 2);
    draft(w);
    must_answer(w, 409, request_transfer_receive, "1", "{}"); /* not shipped yet */
    must_answer(w, 200, request_transfer_ship, "1", "{}");
    must_answer(w,
                409,
                request_transfer_receive,
                "1",
                "{\"lines\":[{\"sku\":\"MUG\",\"received\":2},{\"sku\":\"TEE\",\"received\":4,"
                "\"damaged\":1,\"short\":1}]}");
    expect(w, "MUG", 0, 2, 0, 0);
    must_answer(w,
                400,
                request_transfer_receive,
                "1",
                "{\"lines\":[{\"sku\":\"MUG\",\"received\":1,\"quantity\":1}]}");
    must_answer(w, 200, request_transfer_receive, "1", "{}");
    assert_true(slice_is(text_of(w->answer, "state"), "received"));
    expect(w, "TEE", 0, 0, 5, 0);
    must_answer(w, 409, request_transfer_receive, "1", "{}");
    must_answer(w, 409, request_transfer_cancel, "1", "{}");
}

static void test_a_cancelled_transfer_gives_back_what_is_still_under_way(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 5);
    receive(w, "MUG", "berlin", 2);
    draft(w);
    draft(w);
    must_answer(w, 200, request_transfer_cancel, "2", "{}"); /* a draft just ends */
    expect(w, "TEE", 5, 0, 0, 0);
    must_answer(w, 200, request_transfer_ship, "1", "{}");
    must_answer(w,
                200,
                request_transfer_receive,
                "1",
                "{\"lines\":[{\"sku\":\"TEE\",\"received\":1,\"short\":1}]}");
    must_answer(w, 200, request_transfer_cancel, "1", "{}");
    assert_true(slice_is(text_of(w->answer, "state"), "cancelled"));
    expect(w, "TEE", 3, 0, 1, 0);
    expect(w, "MUG", 2, 0, 0, 0);
    must_answer(w, 409, request_transfer_ship, "2", "{}");
}

static void test_what_was_received_before_a_count_and_is_told_after_it_changes_nothing(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 5);
    receive(w, "MUG", "berlin", 2);
    draft(w);
    must_answer(w, 200, request_transfer_ship, "1", "{}");
    w->now_us += 3600 * US_PER_S; /* 05:29:07: five shirts came at 05:00, somebody counts them */
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":[{\"kind\":\"count\",\"sku\":\"TEE\",\"location\":\"paris\","
                "\"quantity\":5}]}");
    w->now_us += 60 * US_PER_S;
    must_answer(
        w, 200, request_transfer_receive, "1", "{\"happened_at\":\"2026-11-23T05:00:00Z\"}");
    expect(w, "TEE", 0, 0, 5, 0);
}

static void test_a_draft_names_what_is_wrong(void **state)
{
    struct world *w = *state;
    static const struct {
        int status;
        const char *body, *field;
    } bad[] = {
        {400, "{\"from\":\"berlin\",\"lines\":[]}", "to"},
        {422, "{\"from\":\"berlin\",\"to\":\"rome\",\"lines\":[]}", "to"},
        {422, "{\"from\":\"paris\",\"to\":\"paris\",\"lines\":[]}", "to"},
        {400, "{\"from\":\"paris\",\"to\":\"berlin\",\"lines\":[]}", "lines"},
        {400, "{\"from\":\"paris\",\"to\":\"berlin\",\"line\":[]}", "line"},
        {422,
         "{\"from\":\"paris\",\"to\":\"berlin\",\"lines\":[{\"sku\":\"HAT\",\"quantity\":1}]}",
         "lines[0].sku"},
        {422,
         "{\"from\":\"paris\",\"to\":\"berlin\",\"lines\":[{\"sku\":\"SET\",\"quantity\":1}]}",
         "lines[0].sku"},
        {400,
         "{\"from\":\"paris\",\"to\":\"berlin\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":0}]}",
         "lines[0].quantity"},
        {422,
         "{\"from\":\"paris\",\"to\":\"berlin\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":1},"
         "{\"sku\":\"tee\",\"quantity\":1}]}",
         "lines[1].sku"},
    };
    int64_t events = events_of(w);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        must_answer(w, bad[i].status, request_transfers_create, NULL, bad[i].body);
        assert_true(slice_is(text_of(w->answer, "field"), bad[i].field));
    }
    assert_int_equal(events_of(w), events);
    must_answer(w, 404, request_transfer_ship, "1", "{}");
    must_answer(w, 404, request_transfer_ship, "x", "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_a_transfer_moves_through_its_states_and_loses_no_unit),
        world_test(test_a_transfer_that_finds_too_few_units_ships_nothing),
        world_test(test_no_more_arrives_than_is_under_way),
        world_test(test_a_cancelled_transfer_gives_back_what_is_still_under_way),
        world_test(test_what_was_received_before_a_count_and_is_told_after_it_changes_nothing),
        world_test(test_a_draft_names_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
