/* SPDX-License-Identifier: Apache-2.0 */
/* A count may only rise with proof that no sale of the shop's own is on its way. */
#include "support/served_shop.h"

struct late_shop {
    enum shop_kind kind;
    const char *code;
    int delay_ms; /* of its webhooks; LOST: they never come */
    int rounds;
};
#define LOST (-1)

static const struct late_shop late_shops[] = {
    {SHOP_SHOPIFY, "shopify-0", 0, 2},
    {SHOP_SHOPIFY, "shopify-300", 300, 2},
    {SHOP_SHOPIFY, "shopify-1000", 1000, 2},
    {SHOP_SHOPIFY, "shopify-4000", 4000, 2},
    {SHOP_SHOPIFY, "shopify-lost", LOST, 1},
    {SHOP_WOOCOMMERCE, "woo-0", 0, 2},
    {SHOP_WOOCOMMERCE, "woo-300", 300, 2},
    {SHOP_WOOCOMMERCE, "woo-1000", 1000, 2},
    {SHOP_WOOCOMMERCE, "woo-4000", 4000, 2},
    {SHOP_WOOCOMMERCE, "woo-lost", LOST, 1},
};
#define LATE_COUNT COUNT_OF(late_shops)

static struct shop_faults faults_of(const struct late_shop *late)
{
    return late->delay_ms == LOST ? (struct shop_faults){.hook_lose = 1000}
                                  : (struct shop_faults){.hook_delay_ms_min = late->delay_ms,
                                                         .hook_delay_ms_max = late->delay_ms};
}

static int64_t sold(const struct shop *shop, const char *sku)
{
    struct shop_item item;
    assert_true(shop_item_find(shop, slice_of(sku), &item));
    return item.sold;
}

/* A buyer in every shop buys whatever it shows. True when all units are sold, each once. */
static bool all_bought(struct shop *const *shops, const int64_t *units)
{
    bool all = true;
    for (size_t i = 0; i < LATE_COUNT; i++) {
        const char *sku = late_shops[i].code;
        int64_t shown = shop_shows(shops[i], sku);
        if (shown > 0) {
            shop_sells_one(shops[i], sku, shown);
        }
        if (sold(shops[i], sku) > units[i]) {
            fail_msg(
                "%s sold %" PRId64 " of %" PRId64 " units", sku, sold(shops[i], sku), units[i]);
        }
        all = all && sold(shops[i], sku) == units[i];
    }
    return all;
}

static void test_t40_goods_that_arrive_do_not_sell_again_what_a_delayed_webhook_sold(void **state)
{
    struct served *s = *state;
    struct shop *shops[LATE_COUNT];
    int64_t units[LATE_COUNT];
    served_start(s);
    served_location(s, "berlin");
    for (size_t i = 0; i < LATE_COUNT; i++) { /* each shop has a SKU of its own */
        const char *sku = late_shops[i].code;
        shops[i] = served_shop(s, late_shops[i].kind, sku);
        served_sku(s, sku, 1);
        served_listing(s, shops[i], sku, 1);
        units[i] = 1;
    }
    UNTIL(s, 30, served_settled(s));
    for (size_t i = 0; i < LATE_COUNT; i++) {
        struct shop_faults faults = faults_of(&late_shops[i]);
        shop_faults_set(shops[i], &faults);
    }
    for (int round = 0; round < 2; round++) {
        assert_true(all_bought(shops, units)); /* sold out, and the hub has not heard of it */
        for (size_t i = 0; i < LATE_COUNT; i++) {
            if (round < late_shops[i].rounds) {
                served_receive(s, late_shops[i].code, 1);
                units[i]++;
            }
        }
        UNTIL(s, 45, all_bought(shops, units));
    }
    /* What was lost is found by reading the orders, at the latest after a start. */
    served_stop(s);
    served_start(s);
    UNTIL(s, 30, served_settled(s) && served_stock(s, "shopify-lost", "available") == 0);
    for (size_t i = 0; i < LATE_COUNT; i++) {
        assert_int_equal(served_stock(s, late_shops[i].code, "reserved"), units[i]);
        assert_int_equal(served_stock(s, late_shops[i].code, "available"), 0);
    }
    assert_int_equal(served_incidents(s, "OVERSOLD", NULL), 0);
    assert_int_equal(served_incidents(s, "DRIFT", NULL), 0); /* a sale is no foreign write */
    served_end(s);
}

/* ---- goods arrive all the time, and so do buyers ---- */

struct storm {
    struct shop *shop;
    int64_t units;     /* that ever were there */
    int64_t overshown; /* the most that the shop showed beyond what was left */
    size_t raises;
};

static void
on_write(void *arg, struct shop *shop, struct slice sku, int64_t before, int64_t after, int64_t at)
{
    struct storm *storm = arg;
    struct shop_item item;
    (void)at;
    must(shop_item_find(shop, sku, &item));
    int64_t beyond = after - (storm->units - item.sold);
    storm->overshown = beyond > storm->overshown ? beyond : storm->overshown;
    storm->raises += after > before;
}

static void test_t40_under_compare_and_set_no_raise_ever_hides_a_sale(void **state)
{
    struct served *s = *state;
    struct storm storm = {.units = 6};
    served_start(s);
    served_location(s, "berlin");
    storm.shop = served_shop(s, SHOP_SHOPIFY, "storm");
    served_sku(s, "HOT", storm.units);
    served_listing(s, storm.shop, "HOT", storm.units);
    UNTIL(s, 20, served_settled(s));
    struct sandbox_events events = {.arg = &storm, .write = on_write};
    sandbox_events_set(s->sandbox, &events);
    struct shop_faults faults = {.hook_delay_ms_min = 0, .hook_delay_ms_max = 3000};
    shop_faults_set(storm.shop, &faults);
    for (int i = 0; i < 12; i++) {
        int64_t next_us = served_after(s, 0.25 + 0.05 * (i % 4));
        if (shop_shows(storm.shop, "HOT") > 0) {
            shop_sells_one(storm.shop, "HOT", 1);
        }
        if (i % 2) {
            storm.units++;
            served_receive(s, "HOT", 1);
        }
        UNTIL(s, 5, env_mono_us(s->env) >= next_us);
    }
    UNTIL(s, 60, served_settled(s));
    assert_int_equal(storm.overshown, 0);
    assert_true(storm.raises > 0);
    assert_int_equal(shop_shows(storm.shop, "HOT"), storm.units - sold(storm.shop, "HOT"));
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_t40_goods_that_arrive_do_not_sell_again_what_a_delayed_webhook_sold),
        SCENARIO(test_t40_under_compare_and_set_no_raise_ever_hides_a_sale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
