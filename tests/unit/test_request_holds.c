/* SPDX-License-Identifier: Apache-2.0 */
/* Holds, orders of our own API, tokens, incidents, and answers that are kept. */
#include "support/request_world.h"

static void receive(struct world *w, const char *sku, const char *location, int64_t quantity)
{
    char body[256];
    (void)snprintf(body,
                   sizeof(body),
                   "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"%s\",\"location\":\"%s\","
                   "\"quantity\":%" PRId64 "}]}",
                   sku,
                   location,
                   quantity);
    must_answer(w, 201, request_movements_create, NULL, body);
}

static int hold(struct world *w, const char *owner, const char *lines, const char *more)
{
    char body[1024];
    (void)snprintf(body, sizeof(body), "{\"owner\":\"%s\",\"lines\":[%s]%s}", owner, lines, more);
    return ask(w, request_holds_create, NULL, body);
}

static int order(struct world *w,
                 request_fn *run,
                 const char *arg,
                 const char *id,
                 int version,
                 const char *lines)
{
    char body[1024];
    (void)snprintf(
        body,
        sizeof(body),
        "{\"channel\":\"shop\",\"id\":\"%s\",\"version\":\"%d\",\"country\":\"DE\",\"lines\":[%s]}",
        id,
        version,
        lines);
    return ask(w, run, arg, body);
}

#define LINE(sku, n) "{\"sku\":\"" sku "\",\"quantity\":" #n "}"
#define SOLD(sku, n) "{\"id\":\"" sku "\",\"sku\":\"" sku "\",\"ordered\":" #n "}"

static void test_a_hold_keeps_units_until_it_is_given_back(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 3);
    assert_int_equal(hold(w, "ann", LINE("TEE", 2), ""), 201);
    assert_slice(text_of(w->answer, "state"), "open");
    assert_slice(text_of(w->answer, "expires_at"), "2026-11-23T04:44:07.000Z");
    assert_int_equal(stock_of(w, "TEE", "berlin").held, 2);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 1);
    must_answer(w, 204, request_hold_delete, "1", "");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
    must_answer(w, 204, request_hold_delete, "1", ""); /* nothing is held: as asked */
    must_answer(w, 404, request_hold_delete, "2", "");
}

static void test_a_hold_is_all_lines_or_none(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 5);
    receive(w, "MUG", "berlin", 1);
    assert_int_equal(hold(w, "ann", LINE("TEE", 2) "," LINE("MUG", 2), ""), 409);
    struct json shortages = json_get(w->answer, "shortages");
    assert_int_equal(json_count(shortages), 1);
    assert_slice(text_of(entry(shortages, 0), "sku"), "MUG");
    assert_int_equal(int_of(entry(shortages, 0), "requested"), 2);
    assert_int_equal(int_of(entry(shortages, 0), "available"), 1);
    assert_int_equal(stock_of(w, "TEE", "berlin").held, 0);
    /* Two lines of one SKU cannot both count the same unit. */
    assert_int_equal(hold(w, "ann", LINE("MUG", 1) "," LINE("MUG", 1), ""), 409);
}

static void test_the_same_owner_replaces_and_never_stacks(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 3);
    assert_int_equal(hold(w, "ann", LINE("TEE", 2), ""), 201);
    assert_int_equal(hold(w, "ann", LINE("TEE", 3), ""), 201);
    assert_int_equal(stock_of(w, "TEE", "berlin").held, 3);
    assert_int_equal(hold(w, "ann", LINE("TEE", 4), ""), 409);
    assert_int_equal(int_of(entry(json_get(w->answer, "shortages"), 0), "available"), 3);
    assert_int_equal(stock_of(w, "TEE", "berlin").held, 3); /* the older one stays */
    assert_int_equal(hold(w, "bob", LINE("TEE", 1), ""), 409);
    must_answer(w, 409, request_hold_extend, "1", "{}"); /* released by the newer */
    must_answer(w, 200, request_hold_extend, "2", "{\"expires_in\":60}");
}

static void test_a_bundle_holds_its_components(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 5);
    receive(w, "MUG", "berlin", 5);
    assert_int_equal(hold(w, "ann", LINE("SET", 2), ""), 201);
    assert_int_equal(stock_of(w, "TEE", "berlin").held, 2);
    assert_int_equal(stock_of(w, "MUG", "berlin").held, 4);
    assert_int_equal(hold(w, "bob", LINE("SET", 1), ""), 409);
    assert_slice(text_of(entry(json_get(w->answer, "shortages"), 0), "sku"), "SET");
    assert_int_equal(int_of(entry(json_get(w->answer, "shortages"), 0), "available"), 0);
    /* A component beside the bundle in one hold. */
    assert_int_equal(hold(w, "ann", LINE("SET", 2) "," LINE("MUG", 2), ""), 409);
    assert_int_equal(hold(w, "ann", LINE("SET", 2) "," LINE("MUG", 1), ""), 201);
}

static void test_what_is_owed_elsewhere_is_not_there_to_be_held(void **state)
{
    struct world *w = *state;
    must_answer(w, 200, request_channel_change, "shop", "{\"route\":[{\"location\":\"berlin\"}]}");
    assert_int_equal(order(w, request_orders_create, NULL, "o1", 1, SOLD("TEE", 2)), 201);
    receive(w, "TEE", "paris", 3);
    assert_int_equal(hold(w, "ann", LINE("TEE", 2), ""), 409);
    assert_int_equal(int_of(entry(json_get(w->answer, "shortages"), 0), "available"), 1);
    assert_int_equal(hold(w, "ann", LINE("TEE", 1), ""), 201);
}

static void test_a_channels_route_decides_where_units_are_held(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 3);
    receive(w, "TEE", "paris", 3);
    must_answer(w,
                200,
                request_channel_change,
                "shop",
                "{\"route\":[{\"location\":\"paris\",\"countries\":[\"FR\"]},"
                "{\"location\":\"berlin\",\"priority\":1}]}");
    assert_int_equal(hold(w, "ann", LINE("TEE", 4), ",\"channel\":\"shop\",\"country\":\"DE\""),
                     409);
    assert_int_equal(hold(w, "ann", LINE("TEE", 4), ",\"channel\":\"shop\",\"country\":\"FR\""),
                     201);
    assert_int_equal(stock_of(w, "TEE", "paris").held, 3);
    assert_int_equal(stock_of(w, "TEE", "berlin").held, 1);
    assert_int_equal(hold(w, "bob", LINE("TEE", 2), ",\"channel\":\"nowhere\""), 422);
    assert_int_equal(hold(w, "bob", LINE("TEE", 2), ""), 201); /* any active location */
}

static void test_each_wrong_hold_is_refused(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *body;
        int status;
    } cases[] = {
        {"{\"lines\":[{\"sku\":\"TEE\",\"quantity\":1}]}", 400},
        {"{\"owner\":\"a\"}", 400},
        {"{\"owner\":\"a\",\"lines\":[]}", 400},
        {"{\"owner\":\"a\",\"lines\":{}}", 400},
        {"{\"owner\":\"a\",\"lines\":[{\"sku\":\"TEE\"}]}", 400},
        {"{\"owner\":\"a\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":0}]}", 400},
        {"{\"owner\":\"a\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":1,\"x\":1}]}", 400},
        {"{\"owner\":\"a\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":1}],\"expires_in\":86401}",
         400},
        {"{\"owner\":\"a\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":1}],\"expires_in\":0}", 400},
        {"{\"owner\":\"a\",\"lines\":[{\"sku\":\"GONE\",\"quantity\":1}]}", 422},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        must_answer(w, cases[i].status, request_holds_create, NULL, cases[i].body);
    }
}

static void test_one_unit_is_held_once_by_all_who_ask_in_one_commit(void **state)
{
    struct world *w = *state;
    struct turn *turns[40];
    int held = 0;
    receive(w, "TEE", "berlin", 10);
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        struct slice body = arena_printf(
            &w->arena, "{\"owner\":\"o%zu\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":1}]}", i);
        turns[i] = world_turn(w, request_holds_create, NULL, body.p);
        assert_true(engine_submit(w->engine, turns[i]));
    }
    world_step(w);
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        assert_true(turns[i]->status == 201 || turns[i]->status == 409);
        held += turns[i]->status == 201;
        turn_free(turns[i]);
    }
    assert_int_equal(held, 10);
    assert_int_equal(stock_of(w, "TEE", "berlin").held, 10);
}

/* ---- expiry ---- */

static void test_an_expired_hold_gives_its_units_back_and_cannot_be_used(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 3);
    assert_int_equal(hold(w, "ann", LINE("TEE", 2), ",\"expires_in\":10"), 201);
    w->now_us += 10 * US_PER_S;
    assert_int_equal(order(w, request_hold_commit, "1", "o1", 1, SOLD("TEE", 2)), 409);
    must_answer(w, 409, request_hold_extend, "1", "{}");
    must_answer(w, 200, requests_expire_holds, NULL, "");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
    assert_int_equal(stock_of(w, "TEE", "berlin").held, 0);
    must_answer(w, 200, requests_expire_holds, NULL, "");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
    must_answer(w, 204, request_hold_delete, "1", "");
}

static void test_an_extended_hold_lives_on(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 3);
    assert_int_equal(hold(w, "ann", LINE("TEE", 2), ",\"expires_in\":10"), 201);
    must_answer(w, 200, request_hold_extend, "1", "{\"expires_in\":100}");
    w->now_us += 50 * US_PER_S;
    must_answer(w, 200, requests_expire_holds, NULL, "");
    assert_int_equal(stock_of(w, "TEE", "berlin").held, 2);
}

static void test_a_hold_that_ends_twice_in_one_commit_ends_once(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 3);
    assert_int_equal(hold(w, "ann", LINE("TEE", 2), ",\"expires_in\":10"), 201);
    w->now_us += 10 * US_PER_S;
    struct turn *turns[] = {world_turn(w, request_hold_delete, "1", ""),
                            world_turn(w, requests_expire_holds, NULL, ""),
                            world_turn(w, request_hold_delete, "1", "")};
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        assert_true(engine_submit(w->engine, turns[i]));
    }
    world_step(w);
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        turn_free(turns[i]);
    }
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
}

static void test_a_hold_given_back_and_taken_again_in_one_commit_is_held_once(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 2);
    assert_int_equal(hold(w, "ann", LINE("TEE", 2), ""), 201);
    const char *again = "{\"owner\":\"ann\",\"lines\":[" LINE("TEE", 2) "]}";
    const char *more = "{\"owner\":\"bob\",\"lines\":[" LINE("TEE", 1) "]}";
    struct turn *turns[] = {world_turn(w, request_hold_delete, "1", ""),
                            world_turn(w, request_holds_create, NULL, again),
                            world_turn(w, request_holds_create, NULL, more)};
    static const int wanted[] = {204, 201, 409};
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        assert_true(engine_submit(w->engine, turns[i]));
    }
    world_step(w);
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        assert_int_equal(turns[i]->status, wanted[i]);
        turn_free(turns[i]);
    }
    assert_int_equal(stock_of(w, "TEE", "berlin").held, 2);
}

/* ---- commit ---- */

static void test_a_commit_moves_the_held_units_themselves_to_the_order(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 2);
    receive(w, "MUG", "berlin", 3);
    assert_int_equal(hold(w, "ann", LINE("SET", 1) "," LINE("TEE", 1), ""), 201);
    /* Meanwhile somebody else sells more than there is: the hold is not touched by it. */
    assert_int_equal(order(w, request_orders_create, NULL, "rival", 1, SOLD("TEE", 3)), 201);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, -3);
    assert_int_equal(order(w, request_hold_commit, "1", "o1", 1, SOLD("SET", 1) "," SOLD("TEE", 1)),
                     201);
    assert_slice(text_of(w->answer, "state"), "applied");
    assert_int_equal(stock_of(w, "TEE", "berlin").held, 0);
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 5);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, -3);
    assert_int_equal(stock_of(w, "MUG", "berlin").reserved, 2);
    struct rows incidents = {0};
    const struct store_query q = {.limit = 10, .state = 1};
    assert_int_equal(w->reader->ops->list_incidents(w->reader, &q, &w->arena, &incidents), ERR_OK);
    for (size_t i = 0; i < incidents.count; i++) {
        const struct incident_row *row = incidents.items[i];
        assert_false(slice_is(row->order, "o1"));
    }
    assert_int_equal(order(w, request_hold_commit, "1", "o2", 1, SOLD("TEE", 1)), 409);
    must_answer(w, 409, request_hold_delete, "1", "");
}

static void test_a_committed_order_goes_on_like_any_other(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 4);
    assert_int_equal(hold(w, "ann", LINE("TEE", 3), ""), 201);
    assert_int_equal(order(w, request_hold_commit, "1", "o1", 1, SOLD("TEE", 2)), 201);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 2); /* what it did not use is back */
    assert_int_equal(order(w, request_orders_create, NULL, "o1", 1, SOLD("TEE", 2)), 200);
    assert_slice(text_of(w->answer, "state"), "duplicate");
    assert_int_equal(order(w,
                           request_orders_create,
                           NULL,
                           "o1",
                           2,
                           "{\"id\":\"TEE\",\"sku\":\"TEE\",\"ordered\":2,\"cancelled\":1,"
                           "\"fulfilled\":1}"),
                     200);
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 0);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
}

static void test_an_order_that_the_hold_does_not_cover_is_refused_whole(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 9);
    receive(w, "MUG", "berlin", 9);
    assert_int_equal(hold(w, "ann", LINE("TEE", 2), ",\"channel\":\"shop\""), 201);
    assert_int_equal(order(w, request_hold_commit, "1", "o1", 1, SOLD("TEE", 3)), 422);
    assert_int_equal(order(w, request_hold_commit, "1", "o1", 1, SOLD("TEE", 1) "," SOLD("MUG", 1)),
                     422);
    assert_int_equal(order(w, request_hold_commit, "1", "o1", 1, SOLD("NOPE", 1)), 422);
    assert_int_equal(stock_of(w, "TEE", "berlin").held, 2);
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 0);
    /* The channel may be left out when the hold has it. */
    must_answer(w,
                201,
                request_hold_commit,
                "1",
                "{\"id\":\"o1\",\"version\":\"1\",\"lines\":[" SOLD("TEE", 2) "]}");
}

static void test_an_order_that_is_booked_already_only_frees_the_hold(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 4);
    assert_int_equal(hold(w, "ann", LINE("TEE", 2), ""), 201);
    assert_int_equal(order(w, request_orders_create, NULL, "o1", 1, SOLD("TEE", 2)), 201);
    assert_int_equal(order(w, request_hold_commit, "1", "o1", 1, SOLD("TEE", 2)), 201);
    assert_slice(text_of(w->answer, "state"), "duplicate");
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 2);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 2);
}

static void test_a_committed_order_has_taken_what_it_sold_and_not_what_it_cancelled(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 4);
    assert_int_equal(hold(w, "ann", LINE("TEE", 2), ""), 201);
    assert_int_equal(order(w,
                           request_hold_commit,
                           "1",
                           "o1",
                           1,
                           "{\"id\":\"TEE\",\"sku\":\"TEE\",\"ordered\":3,\"cancelled\":1}"),
                     201);
    assert_int_equal(int_of(entry(json_get(w->answer, "lines"), 0), "taken"), 2);
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 2);
}

/* ---- orders, tokens, incidents ---- */

static void test_an_order_answers_with_what_became_of_it(void **state)
{
    struct world *w = *state;
    receive(w, "TEE", "berlin", 4);
    assert_int_equal(order(w, request_orders_create, NULL, "o1", 5, SOLD("TEE", 2)), 201);
    assert_slice(text_of(w->answer, "state"), "applied");
    assert_slice(text_of(w->answer, "country"), "DE");
    struct json line = entry(json_get(w->answer, "lines"), 0);
    assert_slice(text_of(line, "sku"), "TEE");
    assert_int_equal(int_of(entry(json_get(line, "allocations"), 0), "reserved"), 2);
    assert_int_equal(order(w, request_orders_create, NULL, "o1", 4, SOLD("TEE", 4)), 200);
    assert_slice(text_of(w->answer, "state"), "stale");
    assert_int_equal(order(w, request_orders_create, NULL, "o2", 1, SOLD("NEW", 1)), 201);
    assert_slice(text_of(w->answer, "state"), "parked");
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 2);
}

static void test_an_order_needs_a_channel_of_our_own_api_that_is_on(void **state)
{
    struct world *w = *state;
    must_answer(w, 400, request_orders_create, NULL, "{\"id\":\"1\"}");
    must_answer(w, 422, request_orders_create, NULL, "{\"channel\":\"nowhere\",\"id\":\"1\"}");
    must_answer(w, 400, request_orders_create, NULL, "{\"channel\":\"shop\",\"id\":\"1\"}");
    must_answer(w, 200, request_channel_change, "shop", "{\"mode\":\"off\"}");
    assert_int_equal(order(w, request_orders_create, NULL, "o1", 1, SOLD("TEE", 2)), 409);
}

static void test_a_token_is_shown_once_and_kept_as_a_hash(void **state)
{
    struct world *w = *state;
    must_answer(w, 201, request_tokens_create, NULL, "{\"name\":\"till\",\"scope\":\"operate\"}");
    struct slice token = arena_copy(&w->arena, text_of(w->answer, "token"));
    assert_true(slice_starts(token, "tc_"));
    assert_int_equal(token.n, 3 + 43);
    struct rows rows = {0};
    assert_int_equal(w->reader->ops->tokens(w->reader, &w->arena, &rows), ERR_OK);
    const struct token_row *row = rows.items[0];
    uint8_t hash[32];
    token_hash(token, hash);
    assert_memory_equal(row->hash, hash, sizeof(hash));
    assert_int_equal(row->scope, SCOPE_OPERATE);
    must_answer(w, 204, request_token_delete, "1", "");
    must_answer(w, 404, request_token_delete, "2", "");
    must_answer(w, 400, request_tokens_create, NULL, "{\"name\":\"x\",\"scope\":\"root\"}");
    must_answer(w, 400, request_tokens_create, NULL, "{\"name\":\"\",\"scope\":\"read\"}");
    rows = (struct rows){0};
    assert_int_equal(w->reader->ops->tokens(w->reader, &w->arena, &rows), ERR_OK);
    assert_int_equal(rows.count, 1);
    assert_true(((const struct token_row *)rows.items[0])->is_revoked);
}

static void test_an_incident_is_resolved_by_hand(void **state)
{
    struct world *w = *state;
    assert_int_equal(order(w, request_orders_create, NULL, "o1", 1, SOLD("TEE", 2)), 201);
    must_answer(w, 200, request_incident_resolve, "1", "");
    assert_slice(text_of(w->answer, "code"), "OVERSOLD");
    assert_slice(text_of(w->answer, "state"), "resolved");
    assert_true(text_of(w->answer, "resolved_at").n > 0);
    struct incident_row *row = NULL;
    assert_int_equal(w->reader->ops->incident(w->reader, 1, &w->arena, &row), ERR_OK);
    assert_false(row->is_open);
    must_answer(w, 200, request_incident_resolve, "1", "");
    must_answer(w, 404, request_incident_resolve, "2", "");
}

/* ---- kept answers ---- */

static void test_the_same_key_and_body_get_the_same_answer_and_one_effect(void **state)
{
    struct world *w = *state;
    const char *body = "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":"
                       "\"berlin\",\"quantity\":3}]}";
    w->key = "key-1";
    must_answer(w, 201, request_movements_create, NULL, body);
    struct slice first = w->text;
    w->now_us += 3600 * US_PER_S;
    must_answer(w, 201, request_movements_create, NULL, body);
    assert_true(slice_equal(w->text, first));
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
    must_answer(w, 422, request_movements_create, NULL, "{\"movements\":[]}");
    w->key = "key-2";
    must_answer(w, 201, request_movements_create, NULL, body);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 6);
}

static void test_a_refusal_is_kept_too(void **state)
{
    struct world *w = *state;
    const char *body = "{\"owner\":\"ann\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":1}]}";
    w->key = "key-1";
    must_answer(w, 409, request_holds_create, NULL, body);
    w->key = NULL;
    receive(w, "TEE", "berlin", 1);
    w->key = "key-1";
    must_answer(w, 409, request_holds_create, NULL, body);
    w->key = NULL;
    must_answer(w, 201, request_holds_create, NULL, body);
}

static void test_two_repeats_in_one_commit_have_one_effect(void **state)
{
    struct world *w = *state;
    w->key = "key-1";
    struct turn *turns[2];
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        turns[i] = world_turn(w,
                              request_movements_create,
                              NULL,
                              "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":"
                              "\"berlin\",\"quantity\":3}]}");
        assert_true(engine_submit(w->engine, turns[i]));
    }
    world_step(w);
    assert_int_equal(turns[0]->status, 201);
    assert_true(slice_equal(buf_view(&turns[0]->answer), buf_view(&turns[1]->answer)));
    turn_free(turns[0]);
    turn_free(turns[1]);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
}

static void test_a_kept_answer_does_not_give_a_token_away(void **state)
{
    struct world *w = *state;
    w->key = "key-1";
    must_answer(w, 201, request_tokens_create, NULL, "{\"name\":\"t\",\"scope\":\"admin\"}");
    struct slice token = arena_copy(&w->arena, text_of(w->answer, "token"));
    uint8_t key[32];
    const struct slice parts[] = {SLICE("key-1")};
    struct answer_row *row = NULL;
    blake2b(key, sizeof(key), parts, 1);
    assert_int_equal(w->reader->ops->answer(w->reader, key, &w->arena, &row), ERR_OK);
    assert_non_null(row);
    assert_null(memmem(row->body.p, row->body.n, token.p, token.n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_a_hold_keeps_units_until_it_is_given_back),
        world_test(test_a_hold_is_all_lines_or_none),
        world_test(test_the_same_owner_replaces_and_never_stacks),
        world_test(test_a_bundle_holds_its_components),
        world_test(test_what_is_owed_elsewhere_is_not_there_to_be_held),
        world_test(test_a_channels_route_decides_where_units_are_held),
        world_test(test_each_wrong_hold_is_refused),
        world_test(test_one_unit_is_held_once_by_all_who_ask_in_one_commit),
        world_test(test_an_expired_hold_gives_its_units_back_and_cannot_be_used),
        world_test(test_an_extended_hold_lives_on),
        world_test(test_a_hold_that_ends_twice_in_one_commit_ends_once),
        world_test(test_a_hold_given_back_and_taken_again_in_one_commit_is_held_once),
        world_test(test_a_committed_order_has_taken_what_it_sold_and_not_what_it_cancelled),
        world_test(test_a_commit_moves_the_held_units_themselves_to_the_order),
        world_test(test_a_committed_order_goes_on_like_any_other),
        world_test(test_an_order_that_the_hold_does_not_cover_is_refused_whole),
        world_test(test_an_order_that_is_booked_already_only_frees_the_hold),
        world_test(test_an_order_answers_with_what_became_of_it),
        world_test(test_an_order_needs_a_channel_of_our_own_api_that_is_on),
        world_test(test_a_token_is_shown_once_and_kept_as_a_hash),
        world_test(test_an_incident_is_resolved_by_hand),
        world_test(test_the_same_key_and_body_get_the_same_answer_and_one_effect),
        world_test(test_a_refusal_is_kept_too),
        world_test(test_two_repeats_in_one_commit_have_one_effect),
        world_test(test_a_kept_answer_does_not_give_a_token_away),
    };
    if (crypto_init()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
