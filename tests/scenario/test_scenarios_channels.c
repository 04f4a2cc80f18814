/* SPDX-License-Identifier: Apache-2.0 */
/* The eight platforms side by side, through the real server: what sells on one is gone on the other
 * seven. */
#include "support/served_shop.h"

#define UNITS 40

static const struct {
    enum shop_kind kind;
    const char *code;
} eight[] = {{SHOP_SHOPIFY, "shopify"},
             {SHOP_WOOCOMMERCE, "woo"},
             {SHOP_BIGCOMMERCE, "bigcommerce"},
             {SHOP_AMAZON, "amazon"},
             {SHOP_EBAY, "ebay"},
             {SHOP_WALMART, "walmart"},
             {SHOP_TIKTOK, "tiktok"},
             {SHOP_ETSY, "etsy"}};
#define EIGHT COUNT_OF(eight)

static void rig(struct served *s, struct shop *shops[EIGHT])
{
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", UNITS);
    for (size_t i = 0; i < EIGHT; i++) {
        shops[i] = served_shop(s, eight[i].kind, eight[i].code);
        served_listing(s, shops[i], "TEE", UNITS);
    }
    UNTIL(s, 60, served_settled(s));
}

/* Walmart subtracts its own open orders from what it is told: net of them it shows too little, never
 * too much (docs/channels/walmart.md). */
static bool all_show(struct shop *const shops[EIGHT], int64_t units, int64_t open_at_walmart)
{
    for (size_t i = 0; i < EIGHT; i++) {
        int64_t less = eight[i].kind == SHOP_WALMART ? open_at_walmart : 0;
        if (shop_shows(shops[i], "TEE") != units - less) {
            return false;
        }
    }
    return true;
}

static void no_incident(struct served *s, const char *code)
{
    if (served_incidents(s, code, NULL)) {
        fail_msg("%.*s", SLICE_ARG(s->text));
    }
}

static void test_an_order_on_each_channel_reaches_the_other_seven(void **state)
{
    struct served *s = *state;
    struct shop *shops[EIGHT];
    rig(s, shops);
    int64_t left = UNITS, open_at_walmart = 0;
    for (size_t i = 0; i < EIGHT; i++) {
        shop_sells_one(shops[i], "TEE", 2);
        left -= 2;
        open_at_walmart += eight[i].kind == SHOP_WALMART ? 2 : 0;
        UNTIL(s, 60, served_stock(s, "TEE", "reserved") == UNITS - left);
        UNTIL(s, 60, all_show(shops, left, open_at_walmart));
    }
    no_incident(s, "PUSH-REFUSED");
    no_incident(s, "PARKED");
    no_incident(s, "OVERSOLD");
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_an_order_on_each_channel_reaches_the_other_seven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
