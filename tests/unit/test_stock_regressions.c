/* SPDX-License-Identifier: Apache-2.0 */
/* What the books once got wrong. */
#include "support/request_world.h"

/* Single quotes stand for double ones. */
static int PRINTF_LIKE(4, 5)
    say(struct world *w, request_fn *run, const char *arg, const char *body, ...)
{
    char text[4096];
    va_list args;
    va_start(args, body);
    (void)vsnprintf(text, sizeof(text), body, args);
    va_end(args);
    for (char *c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return ask(w, run, arg, text);
}
#define SAY(w, wanted, run, arg, ...)                                                              \
    do {                                                                                           \
        if (say((w), (run), (arg), __VA_ARGS__) != (wanted)) {                                     \
            fail_msg("wanted %d: %d %.*s", (wanted), (w)->status, SLICE_ARG((w)->text));           \
        }                                                                                          \
    } while (0)
#define MOVE(w, wanted, kind, sku, at, n, more)                                                    \
    SAY(w,                                                                                         \
        wanted,                                                                                    \
        request_movements_create,                                                                  \
        NULL,                                                                                      \
        "{'movements':[{'kind':'" kind "','sku':'" sku "','location':'" at "','quantity':" #n more \
        "}]}")

static void t27_a_unit_put_back_by_hand_is_not_put_back_again_by_the_channel(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 1, "");
    MOVE(w, 201, "receive", "TEE", "paris", 1, "");
    SAY(w,
        201,
        request_orders_create,
        NULL,
        "{'channel':'shop','id':'1','version':1,'lines':[{'id':'a','sku':'TEE','ordered':2,"
        "'fulfilled':2,'returned':2}]}");
    MOVE(w, 201, "restock", "TEE", "berlin", 1, "");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 1);
    SAY(w,
        200,
        request_orders_create,
        NULL,
        "{'channel':'shop','id':'1','version':2,'lines':[{'id':'a','sku':'TEE','ordered':2,"
        "'fulfilled':2,'returned':2,'restocked':1}]}");
    struct stock berlin = stock_of(w, "TEE", "berlin"), paris = stock_of(w, "TEE", "paris");
    assert_int_equal(stock_on_hand(&berlin) + stock_on_hand(&paris), 2); /* two units exist */
}

static void
t05_a_line_that_names_its_place_and_one_that_is_routed_do_not_count_one_unit_twice(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    MOVE(w, 201, "receive", "TEE", "paris", 5, "");
    SAY(w,
        201,
        request_orders_create,
        NULL,
        "{'channel':'shop','id':'1','version':1,'lines':[{'id':'a','sku':'TEE','ordered':5,"
        "'location':'berlin'},{'id':'b','sku':'TEE','ordered':5}]}");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 0);
    assert_int_equal(stock_of(w, "TEE", "paris").available, 0);
}

static void t54_a_count_without_difference_has_seen_what_the_same_request_tells_late(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    w->now_us += 60 * US_PER_S;
    SAY(w,
        201,
        request_movements_create,
        NULL,
        "{'movements':[{'kind':'count','sku':'TEE','location':'berlin','quantity':5},"
        "{'kind':'receive','sku':'TEE','location':'berlin','quantity':3,"
        "'happened_at':'2026-11-23T04:29:30.500Z'}]}");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 5);
}

/* docs/api.md: a time of whole seconds means the end of that second. A count with a difference in
 * the same second is handled so; one without is not. */
static void t54_a_stamp_of_whole_seconds_comes_after_a_count_in_its_second_that_found_no_difference(
    void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    w->now_us += 60 * US_PER_S + 400000; /* 04:30:07.4 */
    MOVE(w, 201, "count", "TEE", "berlin", 5, "");
    w->now_us += 10 * US_PER_S;
    MOVE(w, 201, "receive", "TEE", "berlin", 3, ",'happened_at':'2026-11-23T04:30:07Z'");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 8);
}

static void t34_a_newer_version_that_names_no_place_is_routed_whatever_came_before(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    SAY(w,
        201,
        request_orders_create,
        NULL,
        "{'channel':'shop','id':'1','version':1,'lines':[{'id':'a','sku':'TEE','ordered':0,"
        "'location':'paris'}]}");
    SAY(w,
        200,
        request_orders_create,
        NULL,
        "{'channel':'shop','id':'1','version':2,'lines':[{'id':'a','sku':'TEE','ordered':2}]}");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
    assert_int_equal(stock_of(w, "TEE", "paris").available, 0);
}

static void t27_what_never_left_a_place_never_came_back_to_it(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 1, "");
    MOVE(w, 201, "receive", "TEE", "paris", 1, "");
    SAY(w,
        201,
        request_orders_create,
        NULL,
        "{'channel':'shop','id':'1','version':1,'lines':[{'id':'a','sku':'TEE','ordered':2,"
        "'fulfilled':2,'returned':2,'restocked':2}]}");
    SAY(w,
        200,
        request_orders_create,
        NULL,
        "{'channel':'shop','id':'1','version':2,'lines':[{'id':'a','sku':'TEE','ordered':2,"
        "'cancelled':1,'fulfilled':1,'returned':1,'restocked':1}]}");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 1);
    assert_int_equal(stock_of(w, "TEE", "paris").available, 1);
}

/* A second entry of a location is a usual way to say "for Germany first". */
static void t05_a_place_that_a_route_names_twice_has_its_units_once(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 3, "");
    int status = say(w,
                     request_channel_change,
                     "shop",
                     "{'route':[{'location':'berlin','countries':['DE']},{'location':'berlin'}]}");
    if (status != 200) {
        return; /* refused: fine too */
    }
    SAY(w, 201, request_listings_create, NULL, "{'channel':'shop','sku':'TEE'}");
    assert_int_equal(int_of(w->answer, "sellable"), 3);
}

/* The hold ends the whole process: must(p->short_units == 0). */
static void t05_a_hold_along_a_route_that_names_a_place_twice_is_refused(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 3, "");
    int status = say(w,
                     request_channel_change,
                     "shop",
                     "{'route':[{'location':'berlin','countries':['DE']},{'location':'berlin'}]}");
    if (status != 200) {
        return; /* refused: fine too */
    }
    SAY(w,
        409,
        request_holds_create,
        NULL,
        "{'owner':'ann','channel':'shop','country':'DE','lines':[{'sku':'TEE','quantity':4}]}");
}

static void t60_an_order_that_spells_a_code_otherwise_is_booked_when_the_sku_comes(void **state)
{
    struct world *w = *state;
    SAY(w,
        201,
        request_orders_create,
        NULL,
        "{'channel':'shop','id':'1','version':1,'lines':[{'id':'a','sku':'new-1 ','ordered':2}]}");
    assert_slice(text_of(w->answer, "state"), "parked");
    SAY(w, 201, request_skus_create, NULL, "{'sku':'NEW-1'}");
    assert_int_equal(stock_of(w, "NEW-1", "berlin").reserved, 2);
}

static void t53_a_transfer_called_back_before_a_count_was_seen_by_it(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    SAY(w,
        201,
        request_transfers_create,
        NULL,
        "{'from':'berlin','to':'paris','lines':[{'sku':'TEE','quantity':2}]}");
    SAY(w, 200, request_transfer_ship, "1", "{}");
    w->now_us += 60 * US_PER_S + 5000;
    MOVE(w, 201, "count", "TEE", "berlin", 5, ""); /* they are back on the shelf */
    w->now_us += 60 * US_PER_S;
    SAY(w, 200, request_transfer_cancel, "1", "{'happened_at':'2026-11-23T04:29:30.500Z'}");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 5);
}

/* The units left at 04:29:20, told by the order's version; that it was mapped only later changes
 * nothing about it. */
static void t54_a_count_told_late_knows_what_a_parked_order_had_shipped_before(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    w->now_us += 20 * US_PER_S;
    SAY(w,
        201,
        request_orders_create,
        NULL,
        "{'channel':'shop','id':'1','version':'2026-11-23T04:29:20.500Z',"
        "'lines':[{'id':'a','sku':'PACK','ordered':2,'fulfilled':2}]}");
    w->now_us += 60 * US_PER_S;
    SAY(w,
        201,
        request_listings_create,
        NULL,
        "{'channel':'shop','sku':'TEE','remote':{'sku':'PACK'}}");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
    MOVE(w, 201, "count", "TEE", "berlin", 3, ",'happened_at':'2026-11-23T04:29:40.500Z'");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
}

static void t34_two_reports_of_one_version_end_alike_whichever_comes_first(void **state)
{
    struct world *w = *state;
    static const char first[] = "{'channel':'shop','id':'1','version':1,'lines':[{'id':'a','sku':"
                                "'TEE','ordered':0,'location':'paris'}]}";
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    SAY(w, 201, request_orders_create, NULL, "%s", first);
    SAY(w,
        200,
        request_orders_create,
        NULL,
        "{'channel':'shop','id':'1','version':2,'lines':[{'id':'b','sku':'MUG','ordered':0}]}");
    SAY(w,
        200,
        request_orders_create,
        NULL,
        "{'channel':'shop','id':'1','version':2,'lines':[{'id':'a','sku':'TEE','ordered':2}]}");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 3);
    assert_int_equal(stock_of(w, "TEE", "paris").available, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(t27_a_unit_put_back_by_hand_is_not_put_back_again_by_the_channel),
        world_test(
            t05_a_line_that_names_its_place_and_one_that_is_routed_do_not_count_one_unit_twice),
        world_test(t54_a_count_without_difference_has_seen_what_the_same_request_tells_late),
        world_test(
            t54_a_stamp_of_whole_seconds_comes_after_a_count_in_its_second_that_found_no_difference),
        world_test(t34_a_newer_version_that_names_no_place_is_routed_whatever_came_before),
        world_test(t27_what_never_left_a_place_never_came_back_to_it),
        world_test(t60_an_order_that_spells_a_code_otherwise_is_booked_when_the_sku_comes),
        world_test(t53_a_transfer_called_back_before_a_count_was_seen_by_it),
        world_test(t54_a_count_told_late_knows_what_a_parked_order_had_shipped_before),
        world_test(t05_a_place_that_a_route_names_twice_has_its_units_once),
        world_test(t05_a_hold_along_a_route_that_names_a_place_twice_is_refused),
        world_test(t34_two_reports_of_one_version_end_alike_whichever_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
