/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real server between a look-alike of a marketplace and a shop of our own: a sale there is
 * shown here, and the other way round. Connector and look-alike were written by different hands.
 */
#include "support/served_shop.h"

static void
open_both(struct served *s, enum shop_kind kind, struct shop **out, struct shop **out_own)
{
    served_start(s);
    served_location(s, "berlin");
    *out = served_shop_of(
        s, (struct shop_options){.kind = kind, .code = "market", .points_max = 100000});
    *out_own = served_shop(s, SHOP_API, "own");
    static const char *const skus[] = {"TEE", "CUP"};
    for (size_t i = 0; i < COUNT_OF(skus); i++) {
        served_sku(s, skus[i], 10);
        served_listing(s, *out, skus[i], 10);
        served_listing(s, *out_own, skus[i], 10);
    }
}

static void sales_travel(struct served *s, enum shop_kind kind)
{
    struct shop *market, *own;
    open_both(s, kind, &market, &own);
    int64_t order = shop_sells_one(market, "TEE", 3);
    UNTIL(s, 20, served_stock(s, "TEE", "reserved") == 3);
    UNTIL(s, 20, shop_shows(own, "TEE") == 7);
    shop_sells_one(own, "CUP", 4);
    UNTIL(s, 60, shop_shows(market, "CUP") == 6);
    shop_sells_one(own, "CUP", 6);
    UNTIL(s, 120, shop_shows(market, "CUP") == 0);
    assert_int_equal(shop_cancel(market, order, true), SHOP_DONE);
    UNTIL(s, 150, served_stock(s, "TEE", "reserved") == 0);
    UNTIL(s, 20, shop_shows(own, "TEE") == 10);
    served_end(s);
}

static void test_sales_travel_to_and_from_bigcommerce(void **state)
{
    sales_travel(*state, SHOP_BIGCOMMERCE);
}

static void test_sales_travel_to_and_from_amazon(void **state)
{
    sales_travel(*state, SHOP_AMAZON);
}

static void test_sales_travel_to_and_from_ebay(void **state)
{
    sales_travel(*state, SHOP_EBAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_sales_travel_to_and_from_bigcommerce),
        SCENARIO(test_sales_travel_to_and_from_amazon),
        SCENARIO(test_sales_travel_to_and_from_ebay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
