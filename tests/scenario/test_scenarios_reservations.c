/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reservations that leak or double, and what two lines of one order do to each other: each test
 * answers a failure that real shops met. Requests are run under the writer, and the whole vector is
 * looked at, never one number.
 */
#include "support/request_say.h"

/* ---- A: demand is summed before it is decided ---- */

static void t05_a_bundle_and_its_part_in_one_order_are_summed_before_deciding(void **state)
{
    struct world *w = *state; /* SET = 2 MUG + 1 TEE */
    MOVE(w, 201, "receive", "MUG", "berlin", 4, "");
    MOVE(w, 201, "receive", "TEE", "berlin", 9, "");
    MOVE(w, 201, "receive", "MUG", "paris", 6, "");
    MOVE(w, 201, "receive", "TEE", "paris", 9, "");
    /* Each line alone fits into berlin, both together only into paris. */
    ORDER(w, 201, "1", 1, "{'id':'a','sku':'SET','ordered':2},{'id':'b','sku':'MUG','ordered':2}");
    WANT(w, "MUG", "berlin", .available = 4);
    WANT(w, "MUG", "paris", .available = 0, .reserved = 6);
    WANT(w, "TEE", "paris", .available = 7, .reserved = 2);
    assert_int_equal(incidents_of(w, "OVERSOLD"), 0);
}

static void t05_a_hold_sums_its_lines_before_deciding(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "MUG", "berlin", 4, "");
    MOVE(w, 201, "receive", "TEE", "berlin", 9, "");
    SAY(w,
        409,
        request_holds_create,
        NULL,
        "{'owner':'ann','lines':[{'sku':'SET','quantity':2},{'sku':'MUG','quantity':1}]}");
    WANT(w, "MUG", "berlin", .available = 4);
    SAY(w,
        201,
        request_holds_create,
        NULL,
        "{'owner':'ann','lines':[{'sku':'SET','quantity':1},{'sku':'MUG','quantity':2}]}");
    WANT(w, "MUG", "berlin", .available = 0, .held = 4);
    WANT(w, "TEE", "berlin", .available = 8, .held = 1);
}

/* Units that wait to be counted: what each hand did is there, whatever stood in between. */
static void t06_refund_count_and_edit_between_orders_keep_every_unit(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 10, "");
    ORDER(w, 201, "1", 1, TEES("'ordered':3"));
    MOVE(w, 201, "count", "TEE", "berlin", 12, ",'expected':10"); /* two more than known */
    ORDER(w, 200, "1", 2, TEES("'ordered':4,'fulfilled':1"));
    ORDER(w, 201, "2", 1, TEES("'ordered':2"));
    MOVE(w, 201, "adjust", "TEE", "berlin", -1, ",'reason':'gift'");
    ORDER(
        w, 200, "1", 4, TEES("'ordered':4,'cancelled':1,'fulfilled':2,'returned':1,'restocked':1"));
    ORDER(w, 200, "1", 3, TEES("'ordered':9"));
    WANT(w, "TEE", "berlin", .available = 7, .reserved = 3);
}

/* ---- B ---- */

static int64_t reserved_by_orders(struct world *w)
{
    int64_t sum = 0;
    struct rows rows = {0};
    const struct store_query q = {.limit = 500};
    assert_int_equal(w->reader->ops->list_orders(w->reader, &q, &w->arena, &rows), ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        const struct order_row *row = rows.items[i];
        for (size_t k = 0; k < row->order.allocations_count; k++) {
            sum += row->order.allocations[k].reserved;
        }
    }
    return sum;
}

static void t11_reserved_is_a_sum_that_no_hand_can_touch_and_a_repair_names_its_reason(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    ORDER(w, 201, "1", 1, TEES("'ordered':2"));
    ORDER(w, 201, "2", 1, TEES("'ordered':3"));
    ORDER(w, 200, "1", 2, TEES("'ordered':2,'cancelled':2"));
    ORDER(w, 200, "1", 3, TEES("'ordered':2,'cancelled':2")); /* saved again */
    ORDER(w, 200, "1", 4, "");                                /* and deleted */
    assert_int_equal(stock_of(w, "TEE", "berlin").reserved, 3);
    assert_int_equal(reserved_by_orders(w), 3);
    /* By hand only what is available can be taken: reserved units are the order's. */
    MOVE(w, 409, "ship", "TEE", "berlin", 3, "");
    MOVE(w, 409, "adjust", "TEE", "berlin", -3, ",'reason':'repair'");
    MOVE(w, 409, "write_off", "TEE", "berlin", 3, "");
    int64_t before = movements_of(w);
    MOVE(w, 201, "adjust", "TEE", "berlin", -2, ",'reason':'repair after the flood'");
    WANT(w, "TEE", "berlin", .available = 0, .reserved = 3);
    const struct rows rows = movements_after(w, before);
    assert_int_equal(rows.count, 1);
    assert_slice(((const struct movement_row *)rows.items[0])->movement.reason,
                 "repair after the flood");
}

static void t12_an_edit_that_changes_no_quantity_writes_no_ledger_row(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    ORDER(w, 201, "1", 1, TEES("'ordered':3,'fulfilled':2"));
    int64_t before = movements_of(w);
    ORDER(w, 200, "1", 2, TEES("'ordered':3,'fulfilled':2")); /* the price */
    ORDER(w, 200, "1", 3, TEES("'ordered':3,'fulfilled':2"));
    SAY(w,
        200,
        request_orders_create,
        NULL,
        "{'channel':'shop','id':'1','version':4,'country':'FR','region':'75',"
        "'lines':[" TEES("'ordered':3,'fulfilled':2") "]}"); /* the address */
    assert_int_equal(movements_of(w), before);
    WANT(w, "TEE", "berlin", .available = 2, .reserved = 1);
}

static void t13_a_shipment_that_is_taken_back_leaves_no_trace_in_the_stock(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "MUG", "berlin", 9, "");
    MOVE(w, 201, "receive", "TEE", "berlin", 9, "");
    ORDER(w, 201, "1", 1, "{'id':'a','sku':'SET','ordered':3}");
    WANT(w, "MUG", "berlin", .available = 3, .reserved = 6);
    ORDER(w, 200, "1", 2, "{'id':'a','sku':'SET','ordered':3,'fulfilled':2}");
    WANT(w, "MUG", "berlin", .available = 3, .reserved = 2);
    WANT(w, "TEE", "berlin", .available = 6, .reserved = 1);
    ORDER(w, 200, "1", 3, "{'id':'a','sku':'SET','ordered':3}");
    WANT(w, "MUG", "berlin", .available = 3, .reserved = 6);
    WANT(w, "TEE", "berlin", .available = 6, .reserved = 3);
}

static void t14_only_one_path_ends_a_reservation(void **state)
{
    static const char *const ends[] = {TEES("'ordered':2,'cancelled':2"),
                                       TEES("'ordered':0"),
                                       "",
                                       "{'id':'b','sku':'MUG','ordered':0}"};
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        char id[8];
        (void)snprintf(id, sizeof(id), "%zu", i);
        ORDER(w, 201, id, 1, TEES("'ordered':2"));
        int64_t before = movements_of(w);
        ORDER(w, 200, id, 2, ends[i]);
        assert_int_equal(movements_of(w), before + 1);
        assert_int_equal(moved(w, before, MOVE_RELEASE), 2);
        WANT(w, "TEE", "berlin", .available = 5);
        ORDER(w, 200, id, 3, ends[(i + 1) % COUNT_OF(ends)]); /* ended again, another way */
        assert_int_equal(movements_of(w), before + 1);
    }
}

static void t15_a_cancel_before_any_reservation_releases_nothing(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 2, "");
    int64_t before = movements_of(w);
    ORDER(w, 201, "1", 2, TEES("'ordered':2,'cancelled':2"));
    ORDER(w, 200, "1", 1, TEES("'ordered':2")); /* late */
    /* Parked, cancelled while it waits, and then mapped. */
    ORDER(w, 201, "2", 1, "{'id':'a','sku':'NEW','ordered':2}");
    ORDER(w, 200, "2", 2, "{'id':'a','sku':'NEW','ordered':2,'cancelled':2}");
    SAY(w, 201, request_skus_create, NULL, "{'sku':'NEW'}");
    assert_int_equal(movements_of(w), before);
    WANT(w, "TEE", "berlin", .available = 2);
    WANT(w, "NEW", "berlin", .available = 0);
}

static void t16_items_added_to_or_taken_from_an_order_move_the_difference(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 9, "");
    MOVE(w, 201, "receive", "MUG", "berlin", 9, "");
    ORDER(w, 201, "1", 1, TEES("'ordered':2"));
    int64_t before = movements_of(w);
    ORDER(w, 200, "1", 2, TEES("'ordered':5") ",{'id':'b','sku':'MUG','ordered':1}");
    assert_int_equal(movements_of(w), before + 2);
    assert_int_equal(moved(w, before, MOVE_RESERVE), 3 + 1);
    WANT(w, "TEE", "berlin", .available = 4, .reserved = 5);
    WANT(w, "MUG", "berlin", .available = 8, .reserved = 1);
    before = movements_of(w);
    ORDER(w, 200, "1", 3, TEES("'ordered':1"));
    assert_int_equal(moved(w, before, MOVE_RELEASE), 4 + 1);
    WANT(w, "TEE", "berlin", .available = 8, .reserved = 1);
    WANT(w, "MUG", "berlin", .available = 9);
}

static void t17_a_cancel_restores_the_whole_vector(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 9, "");
    MOVE(w, 201, "damage", "TEE", "berlin", 1, "");
    SAY(w, 201, request_holds_create, NULL, "{'owner':'ann','lines':[{'sku':'TEE','quantity':2}]}");
    WANT(w, "TEE", "berlin", .available = 6, .held = 2, .unavailable = 1);
    ORDER(w, 201, "1", 1, TEES("'ordered':4"));
    WANT(w, "TEE", "berlin", .available = 2, .held = 2, .reserved = 4, .unavailable = 1);
    ORDER(w, 200, "1", 2, TEES("'ordered':4,'cancelled':4"));
    WANT(w, "TEE", "berlin", .available = 6, .held = 2, .unavailable = 1);
}

static void t18_after_a_cancel_the_line_holds_nothing_in_every_order_of_events(void **state)
{
    static const int arrivals[][3] = {
        {1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};
    static const char *const says[] = {"",
                                       TEES("'ordered':3"),
                                       TEES("'ordered':5,'cancelled':1"),
                                       TEES("'ordered':5,'cancelled':5")};
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 7, "");
    for (size_t i = 0; i < COUNT_OF(arrivals); i++) {
        char id[8];
        (void)snprintf(id, sizeof(id), "%zu", i);
        for (size_t k = 0; k < 3; k++) {
            ORDER(w, k ? 200 : 201, id, arrivals[i][k], says[arrivals[i][k]]);
        }
        WANT(w, "TEE", "berlin", .available = 7);
        struct json line = entry(json_get(w->answer, "lines"), 0);
        assert_int_equal(json_count(json_get(line, "allocations")), 0);
    }
}

static void t20_an_order_is_booked_whole_or_not_at_all(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 9, "");
    MOVE(w, 201, "receive", "MUG", "berlin", 9, "");
    int64_t before = movements_of(w), events = events_of(w);
    ORDER(w, 400, "1", 1, TEES("'ordered':2") ",{'id':'b','sku':'MUG','ordered':2,'fulfilled':3}");
    ORDER(w, 400, "1", 1, TEES("'ordered':2") "," TEES("'ordered':1")); /* one id twice */
    assert_int_equal(movements_of(w), before);
    assert_int_equal(events_of(w), events);
    /* What cannot be mapped waits, and says so; the others are booked in the same commit. */
    ORDER(w,
          201,
          "1",
          1,
          TEES("'ordered':2") ",{'id':'b','sku':'NEW','ordered':2},{'id':'c','sku':'MUG','ordered':"
                              "1}");
    assert_slice(text_of(w->answer, "state"), "parked");
    WANT(w, "TEE", "berlin", .available = 7, .reserved = 2);
    WANT(w, "MUG", "berlin", .available = 8, .reserved = 1);
    assert_int_equal(incidents_of(w, "PARKED"), 1);
    before = movements_of(w);
    SAY(w, 201, request_skus_create, NULL, "{'sku':'NEW'}");
    assert_int_equal(movements_of(w), before + 1);
    WANT(w, "NEW", "berlin", .available = -2, .reserved = 2);
    assert_int_equal(incidents_of(w, "PARKED"), 0);
}

static void t21_an_earlier_hold_of_the_same_owner_is_never_in_his_way(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 3, "");
    for (int i = 0; i < 4; i++) { /* the payment failed three times */
        SAY(w,
            201,
            request_holds_create,
            NULL,
            "{'owner':'ann','lines':[{'sku':'TEE','quantity':3}]}");
        WANT(w, "TEE", "berlin", .available = 0, .held = 3);
    }
    SAY(w, 409, request_holds_create, NULL, "{'owner':'bob','lines':[{'sku':'TEE','quantity':1}]}");
    /* A refused replacement leaves him what he had. */
    SAY(w, 409, request_holds_create, NULL, "{'owner':'ann','lines':[{'sku':'TEE','quantity':4}]}");
    WANT(w, "TEE", "berlin", .available = 0, .held = 3);
    SAY(w, 409, request_hold_commit, "1", "{'channel':'shop','id':'1','version':1,'lines':[]}");
    SAY(w,
        201,
        request_hold_commit,
        "4",
        "{'channel':'shop','id':'1','version':1,'lines':[" TEES("'ordered':3") "]}");
    WANT(w, "TEE", "berlin", .available = 0, .reserved = 3);
}

static void t22_an_order_can_always_be_cancelled(void **state)
{
    struct world *w = *state;
    ORDER(w, 201, "1", 1, TEES("'ordered':4")); /* never had stock */
    assert_int_equal(incidents_of(w, "OVERSOLD"), 1);
    MOVE(w, 201, "receive", "MUG", "berlin", 2, "");
    ORDER(w, 201, "2", 1, "{'id':'a','sku':'MUG','ordered':2}");
    MOVE(w, 201, "count", "MUG", "berlin", 0, ""); /* they are gone */
    WANT(w, "MUG", "berlin", .available = -2, .reserved = 2);
    SAY(w,
        200,
        request_channel_change,
        "shop",
        "{'route':[{'location':'paris'}],'buffer':5}"); /* the rules have changed since */
    ORDER(w, 200, "1", 2, TEES("'ordered':4,'cancelled':4"));
    ORDER(w, 200, "2", 2, "");
    WANT(w, "TEE", "berlin", .available = 0);
    WANT(w, "TEE", "paris", .available = 0);
    WANT(w, "MUG", "berlin", .available = 0);
}

static void t24_the_pack_is_frozen_into_what_was_booked(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 100, "");
    SAY(w,
        201,
        request_listings_create,
        NULL,
        "{'channel':'shop','sku':'TEE','remote':{'sku':'BOX'},'pack_size':10}");
    ORDER(w, 201, "1", 1, "{'id':'a','sku':'BOX','ordered':2}");
    WANT(w, "TEE", "berlin", .available = 80, .reserved = 20);
    SAY(w, 200, request_listing_change, "1", "{'pack_size':1000}");
    ORDER(w, 200, "1", 2, "{'id':'a','sku':'BOX','ordered':3,'fulfilled':1}");
    WANT(w, "TEE", "berlin", .available = 70, .reserved = 20);
    ORDER(w, 200, "1", 3, "{'id':'a','sku':'BOX','ordered':3,'cancelled':2,'fulfilled':1}");
    WANT(w, "TEE", "berlin", .available = 90);
    SAY(w, 200, request_listing_change, "1", "{'pack_size':2}");
    ORDER(w, 201, "2", 1, "{'id':'a','sku':'BOX','ordered':3}");
    WANT(w, "TEE", "berlin", .available = 84, .reserved = 6);
}

static void t25_a_place_whose_units_are_spoken_for_is_not_chosen_again(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    MOVE(w, 201, "receive", "TEE", "paris", 5, "");
    ORDER(w, 201, "1", 1, TEES("'ordered':4"));
    ORDER(w, 201, "2", 1, TEES("'ordered':4"));
    WANT(w, "TEE", "berlin", .available = 1, .reserved = 4);
    WANT(w, "TEE", "paris", .available = 1, .reserved = 4);
    /* Units that are held or out of sale are on hand as well, and serve nobody. */
    MOVE(w, 201, "receive", "TEE", "berlin", 3, "");
    MOVE(w, 201, "damage", "TEE", "berlin", 3, "");
    SAY(w, 201, request_holds_create, NULL, "{'owner':'ann','lines':[{'sku':'TEE','quantity':1}]}");
    ORDER(w, 201, "3", 1, TEES("'ordered':1"));
    WANT(w, "TEE", "berlin", .available = 0, .held = 1, .reserved = 4, .unavailable = 3);
    WANT(w, "TEE", "paris", .available = 0, .reserved = 5);
    assert_int_equal(incidents_of(w, "OVERSOLD"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(t05_a_bundle_and_its_part_in_one_order_are_summed_before_deciding),
        world_test(t05_a_hold_sums_its_lines_before_deciding),
        world_test(t06_refund_count_and_edit_between_orders_keep_every_unit),
        world_test(t11_reserved_is_a_sum_that_no_hand_can_touch_and_a_repair_names_its_reason),
        world_test(t12_an_edit_that_changes_no_quantity_writes_no_ledger_row),
        world_test(t13_a_shipment_that_is_taken_back_leaves_no_trace_in_the_stock),
        world_test(t14_only_one_path_ends_a_reservation),
        world_test(t15_a_cancel_before_any_reservation_releases_nothing),
        world_test(t16_items_added_to_or_taken_from_an_order_move_the_difference),
        world_test(t17_a_cancel_restores_the_whole_vector),
        world_test(t18_after_a_cancel_the_line_holds_nothing_in_every_order_of_events),
        world_test(t20_an_order_is_booked_whole_or_not_at_all),
        world_test(t21_an_earlier_hold_of_the_same_owner_is_never_in_his_way),
        world_test(t22_an_order_can_always_be_cancelled),
        world_test(t24_the_pack_is_frozen_into_what_was_booked),
        world_test(t25_a_place_whose_units_are_spoken_for_is_not_chosen_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
