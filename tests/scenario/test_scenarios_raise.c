/* SPDX-License-Identifier: Apache-2.0 */
/* A count may only rise with proof that no sale of the shop's own is on its way. */
#include "support/served_shop.h"

struct late_shop {
    enum shop_kind kind;
    const char *code;
    int delay_ms; /* of its webhooks; -1: they are lost */
};

static const struct late_shop late_shops[] = {
    {SHOP_SHOPIFY, "shopify-0", 0},
    {SHOP_SHOPIFY, "shopify-300", 300},
    {SHOP_SHOPIFY, "shopify-1000", 1000},
    {SHOP_SHOPIFY, "shopify-4000", 4000},
    {SHOP_SHOPIFY, "shopify-lost", -1},
    {SHOP_WOOCOMMERCE, "woo-0", 0},
    {SHOP_WOOCOMMERCE, "woo-300", 300},
    {SHOP_WOOCOMMERCE, "woo-1000", 1000},
    {SHOP_WOOCOMMERCE, "woo-4000", 4000},
    {SHOP_WOOCOMMERCE, "woo-lost", -1},
};
#define LATE_COUNT COUNT_OF(late_shops)

static struct shop_faults faults_of(const struct late_shop *late)
{
    return late->delay_ms < 0 ? (struct shop_faults){.hook_lose = 1000}
                              : (struct shop_faults){.hook_delay_ms_min = late->delay_ms,
                                                     .hook_delay_ms_max = late->delay_ms};
}

/* A buyer in every shop who buys whatever it shows. */
static void buy_what_is_shown(struct shop *const *shops)
{
    for (size_t i = 0; i < LATE_COUNT; i++) {
        int64_t shown = shop_shows(shops[i], late_shops[i].code);
        if (shown > 0) {
            shop_sells_one(shops[i], late_shops[i].code, shown);
        }
    }
}

static bool all_sold(struct served *s, struct shop *const *shops, int64_t units)
{
    buy_what_is_shown(shops);
    for (size_t i = 0; i < LATE_COUNT; i++) {
        struct shop_item item;
        assert_true(shop_item_find(shops[i], slice_of(late_shops[i].code), &item));
        if (item.sold > units) {
            fail_msg("%s sold %" PRId64 " of %" PRId64 " units", late_shops[i].code, item.sold, units);
        }
        if (item.sold < units) {
            return false;
        }
    }
    return served_settled(s);
}

static void test_t40_goods_that_arrive_do_not_sell_again_what_a_delayed_webhook_sold(void **state)
{
    struct served *s = *state;
    struct shop *shops[LATE_COUNT];
    int64_t units = 1;
    served_start(s);
    served_location(s, "berlin");
    for (size_t i = 0; i < LATE_COUNT; i++) { /* each shop has a SKU of its own */
        const char *sku = late_shops[i].code;
        shops[i] = served_shop(s, late_shops[i].kind, sku);
        served_sku(s, sku, units);
        served_listing(s, shops[i], sku, units);
    }
    UNTIL(s, 30, served_settled(s));
    for (size_t i = 0; i < LATE_COUNT; i++) {
        struct shop_faults faults = faults_of(&late_shops[i]);
        shop_faults_set(shops[i], &faults);
    }
    for (int round = 0; round < 2; round++) {
        buy_what_is_shown(shops); /* sold out, and the hub has not heard of it */
        for (size_t i = 0; i < LATE_COUNT; i++) {
            served_receive(s, late_shops[i].code, 1);
        }
        units++;
        UNTIL(s, 45, all_sold(s, shops, units));
    }
    for (size_t i = 0; i < LATE_COUNT; i++) {
        assert_int_equal(served_stock(s, late_shops[i].code, "reserved"), units);
        assert_int_equal(served_stock(s, late_shops[i].code, "available"), 0);
    }
    assert_int_equal(served_incidents(s, "OVERSOLD", NULL), 0);
    assert_int_equal(served_incidents(s, "DRIFT", NULL), 0); /* a sale is no foreign write */
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_t40_goods_that_arrive_do_not_sell_again_what_a_delayed_webhook_sold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
