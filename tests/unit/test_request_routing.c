/* SPDX-License-Identifier: Apache-2.0 */
#include "support/request_world.h"

static struct json why(struct world *w, const char *location)
{
    for (struct json_iter i = json_iter(json_get(w->answer, "why")); json_next(&i);) {
        if (slice_is(text_of(i.value, "location"), location)) {
            return i.value;
        }
    }
    fail_msg("nothing is said of %s", location);
    return (struct json){0};
}

static void verdict(struct world *w, const char *location, const char *wanted)
{
    struct slice said = text_of(why(w, location), "verdict");
    if (!slice_is(said, wanted)) {
        fail_msg("%s: wanted %s: %.*s", location, wanted, SLICE_ARG(w->text));
    }
    assert_true(text_of(why(w, location), "detail").n > 10);
}

static void test_the_tester_says_where_an_order_is_served_from_and_why(void **state)
{
    struct world *w = *state;
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":["
                "{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\",\"quantity\":2},"
                "{\"kind\":\"receive\",\"sku\":\"MUG\",\"location\":\"berlin\",\"quantity\":9},"
                "{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"paris\",\"quantity\":5}]}");
    must_answer(w,
                200,
                request_channel_change,
                "shop",
                "{\"route\":[{\"location\":\"paris\",\"priority\":1},{\"location\":\"berlin\","
                "\"priority\":2,\"cost\":3,\"fee\":4}]}");
    int64_t events = events_of(w);
    must_answer(w,
                200,
                request_routing_try,
                NULL,
                "{\"channel\":\"shop\",\"lines\":[{\"sku\":\"SET\",\"quantity\":2}]}");
    verdict(w, "berlin", "serves_all"); /* 2 shirts and 4 mugs in one parcel */
    verdict(w, "paris", "unused");
    assert_int_equal(json_count(json_get(w->answer, "serves")), 2);
    must_answer(w,
                200,
                request_routing_try,
                NULL,
                "{\"channel\":\"shop\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":6}]}");
    verdict(w, "paris", "serves_part");
    verdict(w, "berlin", "serves_part");
    must_answer(w,
                200,
                request_routing_try,
                NULL,
                "{\"channel\":\"shop\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":10}]}");
    assert_int_equal(int_of(entry(json_get(w->answer, "serves"), 2), "short"), 3);
    must_answer(w,
                200,
                request_channel_change,
                "shop",
                "{\"route\":[{\"location\":\"paris\",\"countries\":[\"FR\"]},"
                "{\"location\":\"berlin\"}]}");
    must_answer(w,
                200,
                request_routing_try,
                NULL,
                "{\"channel\":\"shop\",\"country\":\"DE\",\"lines\":[{\"sku\":\"tee\","
                "\"quantity\":1}]}");
    verdict(w, "paris", "elsewhere");
    verdict(w, "berlin", "serves_all");
    assert_int_equal(events_of(w), events + 1); /* the change of the route, nothing else */
}

static void test_the_tester_names_what_is_wrong(void **state)
{
    struct world *w = *state;
    must_answer(w, 400, request_routing_try, NULL, "{\"lines\":[]}");
    must_answer(w,
                422,
                request_routing_try,
                NULL,
                "{\"channel\":\"none\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":1}]}");
    must_answer(w,
                422,
                request_routing_try,
                NULL,
                "{\"channel\":\"shop\",\"lines\":[{\"sku\":\"HAT\",\"quantity\":1}]}");
    assert_true(slice_is(text_of(w->answer, "field"), "lines[0].sku"));
    must_answer(w, 200, request_channel_change, "shop", "{\"route\":[{\"location\":\"paris\"}]}");
    must_answer(w, 200, request_location_change, "paris", "{\"active\":false}");
    must_answer(w,
                422,
                request_routing_try,
                NULL,
                "{\"channel\":\"shop\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":1}]}");
}

static void test_a_location_in_use_says_what_stands_in_the_way_of_switching_it_off(void **state)
{
    struct world *w = *state;
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":["
                "{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\",\"quantity\":2},"
                "{\"kind\":\"receive\",\"sku\":\"MUG\",\"location\":\"paris\",\"quantity\":9}]}");
    must_answer(w,
                201,
                request_orders_create,
                NULL,
                "{\"channel\":\"shop\",\"id\":\"1\",\"version\":1,\"lines\":[{\"id\":\"1\",\"sku\":"
                "\"MUG\",\"ordered\":4,\"location\":\"paris\"}]}");
    must_answer(
        w,
        201,
        request_transfers_create,
        NULL,
        "{\"from\":\"berlin\",\"to\":\"paris\",\"lines\":[{\"sku\":\"TEE\",\"quantity\":2}]}");
    must_answer(w, 200, request_transfer_ship, "1", "{}");
    must_answer(w, 409, request_location_change, "paris", "{\"active\":false}");
    struct slice detail = text_of(w->answer, "detail");
    static const char *const said[] = {
        "2 SKUs", "'MUG'", "'TEE'", "5 available", "4 reserved", "2 in transit"};
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        if (!memmem(detail.p, detail.n, said[i], strlen(said[i]))) {
            fail_msg("'%s' is not said: %.*s", said[i], SLICE_ARG(detail));
        }
    }
    must_answer(w, 200, request_location_change, "berlin", "{\"active\":false}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_the_tester_says_where_an_order_is_served_from_and_why),
        world_test(test_the_tester_names_what_is_wrong),
        world_test(test_a_location_in_use_says_what_stands_in_the_way_of_switching_it_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
