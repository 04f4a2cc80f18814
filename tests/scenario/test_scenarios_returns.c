/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cancels, refunds and returns: each test answers a failure that real shops met. The whole table of
 * what a channel can report is played in tests/unit/test_returns_table.c; here are its stories.
 */
#include "support/request_say.h"

static void t26_a_cancelled_order_that_is_saved_again_moves_no_stock(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    ORDER(w, 201, "1", 1, TEES("'ordered':3"));
    ORDER(w, 200, "1", 2, TEES("'ordered':3,'cancelled':3"));
    int64_t before = movements_of(w);
    for (int version = 2; version < 6; version++) {
        ORDER(w, 200, "1", version, TEES("'ordered':3,'cancelled':3"));
        assert_slice(text_of(w->answer, "state"), version == 2 ? "duplicate" : "applied");
    }
    assert_int_equal(movements_of(w), before);
    WANT(w, "TEE", "berlin", .available = 5);
}

static void t27_an_unticked_restock_does_not_restock_and_a_removed_line_does_not_again(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    /* Refunded before it shipped, not back on sale; then the line is removed; then all cancelled. */
    ORDER(w, 201, "1", 1, TEES("'ordered':3"));
    ORDER(w, 200, "1", 2, TEES("'ordered':3,'cancelled':1,'no_restock':1"));
    WANT(w, "TEE", "berlin", .available = 2, .reserved = 2, .unavailable = 1);
    ORDER(w, 200, "1", 3, TEES("'ordered':3,'cancelled':3,'no_restock':1"));
    WANT(w, "TEE", "berlin", .available = 4, .unavailable = 1);
    ORDER(w, 200, "1", 4, TEES("'ordered':3,'cancelled':3,'no_restock':1"));
    WANT(w, "TEE", "berlin", .available = 4, .unavailable = 1);
    MOVE(w, 201, "restore", "TEE", "berlin", 1, "");
    WANT(w, "TEE", "berlin", .available = 5);
    ORDER(w, 200, "1", 5, TEES("'ordered':3,'cancelled':3,'no_restock':1"));
    WANT(w, "TEE", "berlin", .available = 5);
}

static void t27_refund_then_cancel_restocks_a_unit_once(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    ORDER(w, 201, "1", 1, TEES("'ordered':3,'fulfilled':1"));
    ORDER(w, 200, "1", 2, TEES("'ordered':3,'fulfilled':1,'returned':1,'restocked':1"));
    WANT(w, "TEE", "berlin", .available = 3, .reserved = 2);
    ORDER(
        w, 200, "1", 3, TEES("'ordered':3,'cancelled':2,'fulfilled':1,'returned':1,'restocked':1"));
    WANT(w, "TEE", "berlin", .available = 5);
    ORDER(w, 400, "1", 4, TEES("'ordered':3,'cancelled':3,'fulfilled':1")); /* contradicts itself */
    ORDER(w, 400, "1", 4, TEES("'ordered':3,'fulfilled':1,'returned':1,'restocked':2"));
    WANT(w, "TEE", "berlin", .available = 5);
}

static void t28_a_cancelled_order_leaves_the_units_of_the_others_alone(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 9, "");
    ORDER(w, 201, "1", 1, TEES("'ordered':3"));
    ORDER(w, 201, "2", 1, TEES("'ordered':4"));
    ORDER(w, 200, "1", 2, TEES("'ordered':3,'fulfilled':3"));
    WANT(w, "TEE", "berlin", .available = 2, .reserved = 4);
    ORDER(w, 200, "1", 3, TEES("'ordered':3,'fulfilled':3,'returned':3")); /* "cancelled" */
    WANT(w, "TEE", "berlin", .available = 2, .reserved = 4, .unavailable = 3);
    ORDER(w, 200, "2", 2, TEES("'ordered':4,'cancelled':2,'fulfilled':2"));
    WANT(w, "TEE", "berlin", .available = 4, .unavailable = 3);
}

static void t29_a_bundle_is_compensated_by_the_recipe_it_was_sold_with(void **state)
{
    struct world *w = *state; /* SET = 2 MUG + 1 TEE */
    MOVE(w, 201, "receive", "MUG", "berlin", 20, "");
    MOVE(w, 201, "receive", "TEE", "berlin", 20, "");
    MOVE(w, 201, "receive", "POSTER", "berlin", 20, "");
    ORDER(w, 201, "1", 1, "{'id':'a','sku':'SET','ordered':4}");
    SAY(w,
        200,
        request_sku_change,
        "SET",
        "{'components':[{'sku':'POSTER','quantity':3},{'sku':'TEE','quantity':2}]}");
    ORDER(w, 200, "1", 2, "{'id':'a','sku':'SET','ordered':4,'cancelled':1,'fulfilled':2}");
    WANT(w, "MUG", "berlin", .available = 14, .reserved = 2);
    WANT(w, "TEE", "berlin", .available = 17, .reserved = 1);
    WANT(w, "POSTER", "berlin", .available = 20);
    ORDER(w,
          200,
          "1",
          3,
          "{'id':'a','sku':'SET','ordered':4,'cancelled':2,'fulfilled':2,'returned':2,"
          "'restocked':1}");
    WANT(w, "MUG", "berlin", .available = 18, .unavailable = 2);
    WANT(w, "TEE", "berlin", .available = 19, .unavailable = 1);
    ORDER(w, 201, "2", 1, "{'id':'a','sku':'SET','ordered':1}"); /* the new recipe, from now on */
    WANT(w, "MUG", "berlin", .available = 18, .unavailable = 2);
    WANT(w, "TEE", "berlin", .available = 17, .reserved = 2, .unavailable = 1);
    WANT(w, "POSTER", "berlin", .available = 17, .reserved = 3);
}

static void t30_a_sku_that_was_renamed_takes_its_returns_back(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    ORDER(w, 201, "1", 1, TEES("'ordered':2,'fulfilled':2"));
    SAY(w, 200, request_sku_change, "TEE", "{'sku':'SHIRT'}");
    SAY(w, 201, request_skus_create, NULL, "{'sku':'GHOST'}");
    SAY(w, 200, request_sku_change, "GHOST", "{'sku':'TEE-2'}");
    /* The shop still uses the name that it sold under. */
    ORDER(w, 200, "1", 2, TEES("'ordered':2,'fulfilled':2,'returned':2,'restocked':1"));
    WANT(w, "SHIRT", "berlin", .available = 4, .unavailable = 1);
    WANT(w, "TEE-2", "berlin", .available = 0);
    assert_int_equal(incidents_of(w, "PARKED"), 0);
}

static void t30_an_order_under_a_code_that_the_sku_no_longer_has_finds_it(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 9, "");
    SAY(w, 200, request_sku_change, "TEE", "{'sku':'SHIRT','aliases':['4006381333931']}");
    /* Sold before the shop heard of the new name, by the barcode, and by the new name. */
    ORDER(w,
          201,
          "1",
          1,
          "{'id':'a','sku':'tee','ordered':1},{'id':'b','sku':'4006381333931','ordered':2},"
          "{'id':'c','sku':'Shirt ','ordered':3}");
    assert_slice(text_of(w->answer, "state"), "applied");
    WANT(w, "SHIRT", "berlin", .available = 3, .reserved = 6);
    /* A new SKU takes the old code over; what was sold is not re-read by it. */
    SAY(w, 201, request_skus_create, NULL, "{'sku':'TEE'}");
    ORDER(w,
          200,
          "1",
          2,
          "{'id':'a','sku':'tee','ordered':1,'fulfilled':1,'returned':1,'restocked':1}");
    WANT(w, "SHIRT", "berlin", .available = 9);
    WANT(w, "TEE", "berlin", .available = 0);
    ORDER(w, 201, "2", 1, "{'id':'a','sku':'tee','ordered':1}");
    WANT(w, "TEE", "berlin", .available = -1, .reserved = 1);
}

static void t31_a_return_waits_until_it_is_restocked_or_scrapped(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    SAY(w, 201, request_listings_create, NULL, "{'channel':'shop','sku':'TEE'}");
    ORDER(w, 201, "1", 1, TEES("'ordered':4,'fulfilled':4"));
    ORDER(w, 200, "1", 2, TEES("'ordered':4,'fulfilled':4,'returned':3"));
    WANT(w, "TEE", "berlin", .available = 1, .unavailable = 3);
    assert_int_equal(sellable_of(w, "1"), 1); /* not for sale before somebody looked at them */
    MOVE(w, 201, "restock", "TEE", "berlin", 1, "");
    MOVE(w, 201, "scrap", "TEE", "berlin", 1, "");
    WANT(w, "TEE", "berlin", .available = 2, .unavailable = 1);
    MOVE(w, 409, "restock", "TEE", "berlin", 2, "");
    /* What the shop says later of the same units books none of them again. */
    ORDER(w, 200, "1", 3, TEES("'ordered':4,'fulfilled':4,'returned':3,'restocked':3"));
    WANT(w, "TEE", "berlin", .available = 3);
}

static void t31_a_refund_without_restock_is_subtracted_once(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    ORDER(w, 201, "1", 1, TEES("'ordered':2"));
    ORDER(w, 200, "1", 2, TEES("'ordered':2,'cancelled':2,'no_restock':2"));
    WANT(w, "TEE", "berlin", .available = 3, .unavailable = 2);
    ORDER(w, 200, "1", 1, TEES("'ordered':2"));
    ORDER(w, 200, "1", 3, TEES("'ordered':2,'cancelled':2,'no_restock':2"));
    WANT(w, "TEE", "berlin", .available = 3, .unavailable = 2);
    MOVE(w, 201, "write_off", "TEE", "berlin", 2, ",'reason':'no_restock'");
    ORDER(w, 200, "1", 4, TEES("'ordered':2,'cancelled':2,'no_restock':2"));
    WANT(w, "TEE", "berlin", .available = 3);
    struct stock row = stock_of(w, "TEE", "berlin");
    assert_int_equal(stock_on_hand(&row), 3);
}

static void t31_an_unfulfilled_order_gives_its_units_back_to_the_reservation(void **state)
{
    struct world *w = *state;
    MOVE(w, 201, "receive", "TEE", "berlin", 5, "");
    ORDER(w, 201, "1", 1, TEES("'ordered':2,'fulfilled':2,'returned':1,'restocked':1"));
    WANT(w, "TEE", "berlin", .available = 4);
    ORDER(w, 200, "1", 2, TEES("'ordered':2"));
    WANT(w, "TEE", "berlin", .available = 3, .reserved = 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(t26_a_cancelled_order_that_is_saved_again_moves_no_stock),
        world_test(t27_an_unticked_restock_does_not_restock_and_a_removed_line_does_not_again),
        world_test(t27_refund_then_cancel_restocks_a_unit_once),
        world_test(t28_a_cancelled_order_leaves_the_units_of_the_others_alone),
        world_test(t29_a_bundle_is_compensated_by_the_recipe_it_was_sold_with),
        world_test(t30_a_sku_that_was_renamed_takes_its_returns_back),
        world_test(t30_an_order_under_a_code_that_the_sku_no_longer_has_finds_it),
        world_test(t31_a_return_waits_until_it_is_restocked_or_scrapped),
        world_test(t31_a_refund_without_restock_is_subtracted_once),
        world_test(t31_an_unfulfilled_order_gives_its_units_back_to_the_reservation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
