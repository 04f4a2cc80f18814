/* SPDX-License-Identifier: Apache-2.0 */
/* Many buyers, few units: what is short is said, and a sold-out shop does not sell again. */
#include "support/served_shop.h"

#define CHANNELS 6

static const struct {
    enum shop_kind kind;
    const char *code;
} six[CHANNELS] = {{SHOP_SHOPIFY, "shopify-a"},
                   {SHOP_SHOPIFY, "shopify-b"},
                   {SHOP_WOOCOMMERCE, "woo-a"},
                   {SHOP_WOOCOMMERCE, "woo-b"},
                   {SHOP_API, "own-a"},
                   {SHOP_API, "own-b"}};

static void six_shops(struct served *s, struct shop *shops[CHANNELS])
{
    for (size_t i = 0; i < CHANNELS; i++) {
        shops[i] = served_shop(s, six[i].kind, six[i].code);
    }
}

static void
test_t01_simultaneous_orders_for_the_last_unit_reserve_one_and_report_the_others(void **state)
{
    struct served *s = *state;
    struct shop *shops[CHANNELS];
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "LAST", 1);
    six_shops(s, shops);
    for (size_t i = 0; i < CHANNELS; i++) {
        served_listing(s, shops[i], "LAST", 1);
    }
    UNTIL(s, 20, served_settled(s));
    for (size_t i = 0; i < CHANNELS; i++) { /* nobody has heard of anybody yet */
        shop_sells_one(shops[i], "LAST", 1);
    }
    UNTIL(s, 20, served_stock(s, "LAST", "reserved") == CHANNELS && served_settled(s));
    assert_int_equal(served_stock(s, "LAST", "available"), 1 - CHANNELS);
    assert_int_equal(served_stock(s, "LAST", "on_hand"), 1);
    assert_int_equal(served_incidents(s, "OVERSOLD", "LAST"), CHANNELS - 1);
    for (size_t i = 0; i < CHANNELS; i++) {
        assert_int_equal(shop_shows(shops[i], "LAST"), 0);
        assert_true(shop_refuses(shops[i], "LAST"));
    }
    served_receive(s, "LAST", CHANNELS - 1); /* what is owed is repaid, and no more is for sale */
    assert_int_equal(served_stock(s, "LAST", "available"), 0);
    UNTIL(s, 20, served_settled(s));
    for (size_t i = 0; i < CHANNELS; i++) {
        assert_int_equal(shop_shows(shops[i], "LAST"), 0);
    }
    served_end(s);
}

static void test_t01_every_channel_learns_of_a_sale_within_seconds(void **state)
{
    struct served *s = *state;
    struct shop *shops[CHANNELS];
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 50);
    six_shops(s, shops);
    for (size_t i = 0; i < CHANNELS; i++) {
        served_listing(s, shops[i], "TEE", 50);
    }
    UNTIL(s, 20, served_settled(s));
    for (size_t seller = 0; seller < CHANNELS; seller++) {
        int64_t left = shop_shows(shops[seller], "TEE") - 1;
        shop_sells_one(shops[seller], "TEE", 1);
        for (size_t i = 0; i < CHANNELS; i++) {
            UNTIL(s, 5, shop_shows(shops[i], "TEE") == left);
        }
    }
    UNTIL(s, 10, served_settled(s));
    assert_int_equal(served_stock(s, "TEE", "available"), 50 - CHANNELS);
    assert_int_equal(served_incidents(s, "OVERSOLD", NULL), 0);
    served_end(s);
}

/* ---- bundles ---- */

static void rig_bundle(struct served *s, struct shop **out_own, struct shop **out_woo)
{
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "BEAM", 5);
    served_sku(s, "BULB", 9);
    WRITE(s,
          201,
          "POST",
          "/v1/skus",
          "{'sku':'LAMP','title':'Lamp','components':[{'sku':'BEAM','quantity':2},"
          "{'sku':'BULB','quantity':1}]}");
    *out_own = served_shop(s, SHOP_API, "own");
    *out_woo = served_shop(s, SHOP_WOOCOMMERCE, "woo");
    struct shop *shops[] = {*out_own, *out_woo};
    for (size_t i = 0; i < COUNT_OF(shops); i++) {
        served_listing(s, shops[i], "BEAM", 5);
        served_listing(s, shops[i], "BULB", 9);
        served_listing(s, shops[i], "LAMP", 2);
    }
    UNTIL(s, 20, served_settled(s));
    assert_int_equal(shop_shows(*out_own, "LAMP"), 2);
}

static void
test_t05_lines_that_share_a_component_are_summed_before_anything_is_decided(void **state)
{
    struct served *s = *state;
    struct shop *own, *woo;
    rig_bundle(s, &own, &woo);
    /* Each line alone fits into five beams; together they want six. */
    WRITE(s,
          201,
          "POST",
          "/v1/orders",
          "{'channel':'own','id':'cart','version':'1','lines':["
          "{'id':'a','sku':'LAMP','ordered':2},{'id':'b','sku':'BEAM','ordered':2}]}");
    assert_int_equal(served_stock(s, "BEAM", "reserved"), 6);
    assert_int_equal(served_stock(s, "BEAM", "available"), -1);
    assert_int_equal(served_stock(s, "BULB", "reserved"), 2);
    assert_int_equal(served_incidents(s, "OVERSOLD", "BEAM"), 1);
    assert_int_equal(served_incidents(s, "OVERSOLD", NULL), 1);
    UNTIL(s, 20, shop_shows(woo, "LAMP") == 0 && shop_shows(woo, "BEAM") == 0);
    assert_int_equal(shop_shows(woo, "BULB"), 7);
    WRITE(
        s,
        200,
        "POST",
        "/v1/orders",
        "{'channel':'own','id':'cart','version':'2','lines':["
        "{'id':'a','sku':'LAMP','ordered':2,'cancelled':2},{'id':'b','sku':'BEAM','ordered':2}]}");
    assert_int_equal(served_stock(s, "BEAM", "available"), 3);
    assert_int_equal(served_stock(s, "BULB", "available"), 9);
    served_end(s);
}

static void test_t56_a_bundle_and_its_component_follow_each_other_in_every_shop(void **state)
{
    struct served *s = *state;
    struct shop *own, *woo;
    rig_bundle(s, &own, &woo);
    shop_sells_one(woo, "LAMP", 1); /* two beams and a bulb */
    UNTIL(s,
          20,
          shop_shows(own, "BEAM") == 3 && shop_shows(own, "BULB") == 8 &&
              shop_shows(own, "LAMP") == 1);
    UNTIL(s, 20, shop_shows(woo, "BEAM") == 3 && shop_shows(woo, "BULB") == 8);
    shop_sells_one(own, "BEAM", 2);
    UNTIL(s, 20, shop_shows(woo, "LAMP") == 0 && shop_shows(woo, "BEAM") == 1);
    UNTIL(s, 20, shop_shows(own, "LAMP") == 0);
    const struct shop_line both[] = {{SLICE("BEAM"), 1}, {SLICE("BULB"), 1}};
    int64_t order;
    assert_int_equal(shop_buy(own, both, 2, &order), SHOP_DONE); /* no line is lost */
    UNTIL(s,
          20,
          served_stock(s, "BEAM", "available") == 0 && served_stock(s, "BULB", "available") == 7);
    assert_int_equal(served_stock(s, "LAMP", "reserved"), 0); /* a bundle owns no stock */
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_t01_simultaneous_orders_for_the_last_unit_reserve_one_and_report_the_others),
        SCENARIO(test_t01_every_channel_learns_of_a_sale_within_seconds),
        SCENARIO(test_t05_lines_that_share_a_component_are_summed_before_anything_is_decided),
        SCENARIO(test_t56_a_bundle_and_its_component_follow_each_other_in_every_shop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
