/* SPDX-License-Identifier: Apache-2.0 */
/* One bad row stops nothing else, and policy holds in what every shop shows. */
#include "support/served_shop.h"

#define ROWS 7
#define BAD 3

static void row_sku(char out[24], const char *channel, int row)
{
    snprintf(out, 24, "%s-%d", channel, row);
}

static void
bogus_listing(struct served *s, enum shop_kind kind, const char *channel, const char *sku)
{
    WRITE(s,
          201,
          "POST",
          "/v1/listings",
          "{'channel':'%s','sku':'%s','remote':{%s%s}}",
          channel,
          sku,
          kind == SHOP_API ? "\"sku\":\"nobody-has-it\"" : "\"product_id\":\"99990001\"",
          kind == SHOP_SHOPIFY ? ",\"variant_id\":\"99990002\",\"inventory_item_id\":\"99990003\""
                               : "");
}

/* All rows fall to zero in one request of the operator's, so they leave in one batch. */
static void
test_t42_one_rejected_row_of_a_batch_is_quarantined_and_the_others_get_through(void **state)
{
    static const struct {
        enum shop_kind kind;
        const char *code;
    } kinds[] = {{SHOP_SHOPIFY, "shopify"}, {SHOP_WOOCOMMERCE, "woo"}, {SHOP_API, "own"}};
    struct served *s = *state;
    struct shop *shops[COUNT_OF(kinds)];
    char sku[24], body[4096];
    served_start(s);
    served_location(s, "berlin");
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        shops[k] = served_shop(s, kinds[k].kind, kinds[k].code);
        for (int row = 0; row < ROWS; row++) {
            row_sku(sku, kinds[k].code, row);
            served_sku(s, sku, 0);
            if (row == BAD) {
                bogus_listing(s, kinds[k].kind, kinds[k].code, sku);
            } else {
                served_listing(s, shops[k], sku, 4);
            }
        }
    }
    size_t n = 0;
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        for (int row = 0; row < ROWS; row++) {
            row_sku(sku, kinds[k].code, row);
            n += (size_t)snprintf(body + n,
                                  sizeof(body) - n,
                                  "%s{\"kind\":\"receive\",\"sku\":\"%s\",\"location\":\"berlin\","
                                  "\"quantity\":1},{\"kind\":\"ship\",\"sku\":\"%s\","
                                  "\"location\":\"berlin\",\"quantity\":1}",
                                  n ? "," : "",
                                  sku,
                                  sku);
        }
    }
    WRITE(s, 201, "POST", "/v1/movements", "{'movements':[%s]}", body);
    UNTIL(s, 20, served_settled(s));
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        for (int row = 0; row < ROWS; row++) {
            row_sku(sku, kinds[k].code, row);
            if (row == BAD) {
                UNTIL(s, 10, served_incidents(s, "PUSH-REFUSED", sku) == 1);
                GET(s, "/v1/listings?channel=%s&sku=%s", kinds[k].code, sku);
                struct json listing = said_at(json_get(s->json, "items"), 0);
                assert_true(slice_is(said_text(listing, "state"), "refused"));
                assert_true(said_text(listing, "state_reason").n > 0);
            } else {
                assert_int_equal(shop_shows(shops[k], sku), 0);
                assert_int_equal(served_incidents(s, "PUSH-REFUSED", sku), 0);
            }
        }
        /* The good ones go on as ever. */
        row_sku(sku, kinds[k].code, BAD + 1);
        served_receive(s, sku, 6);
        UNTIL(s, 30, shop_shows(shops[k], sku) == 6);
    }
    served_end(s);
}

static void test_policy_caps_what_each_shop_shows_and_says_why(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 21);
    struct shop *own = served_shop(s, SHOP_API, "own"),
                *woo = served_shop(s, SHOP_WOOCOMMERCE, "woo"),
                *shopify = served_shop(s, SHOP_SHOPIFY, "shopify");
    shop_sells(own, "TEE", 0);
    shop_sells(own, "TEE-PACK", 0);
    shop_sells(woo, "TEE", 0);
    shop_sells(shopify, "TEE", 0);
    served_listing_of(s, own, "TEE", "TEE", ",\"cap\":5");
    served_listing_of(s, own, "TEE-PACK", "TEE", ",\"pack_size\":6");
    served_listing_of(s, woo, "TEE", "TEE", ",\"buffer\":3");
    int64_t few = served_listing_of(s, shopify, "TEE", "TEE", ",\"min_to_list\":30");
    UNTIL(s, 30, served_settled(s));
    assert_int_equal(shop_shows(own, "TEE"), 5);
    assert_int_equal(shop_shows(own, "TEE-PACK"), 3);
    assert_int_equal(shop_shows(woo, "TEE"), 18);
    assert_int_equal(shop_shows(shopify, "TEE"), 0);
    /* A pack is six; the cap stands until less is there than it. */
    shop_sells_one(own, "TEE-PACK", 2);
    UNTIL(s, 20, shop_shows(woo, "TEE") == 6 && served_stock(s, "TEE", "available") == 9);
    assert_int_equal(shop_shows(own, "TEE"), 5);
    UNTIL(s, 20, shop_shows(own, "TEE-PACK") == 1);
    char path[64];
    snprintf(path, sizeof(path), "/v1/listings/%" PRId64, few);
    WRITE(s, 200, "PATCH", path, "%s", "{\"min_to_list\":2}");
    UNTIL(s, 30, shop_shows(shopify, "TEE") == 9);
    GET(s, "/v1/availability/TEE");
    size_t explained = 0;
    for (struct json_iter i = json_iter(json_get(s->json, "listings")); json_next(&i);) {
        struct json why = json_get(i.value, "why");
        struct json last = said_at(why, json_count(why) - 1);
        assert_int_equal(said_int(last, "value"), said_int(i.value, "sellable"));
        explained++;
    }
    assert_int_equal(explained, 4);
    UNTIL(s, 30, served_settled(s));
    served_end(s);
}

static void test_a_channel_without_movements_is_never_zeroed(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 0); /* an empty ledger */
    served_sku(s, "CAP", 4);
    struct shop *own = served_shop(s, SHOP_API, "own"),
                *woo = served_shop(s, SHOP_WOOCOMMERCE, "woo");
    served_listing(s, own, "TEE", 7);
    served_listing(s, woo, "TEE", 7);
    served_listing(s, own, "CAP", 7);
    served_listing(s, woo, "CAP", 7);
    UNTIL(s, 20, shop_shows(own, "CAP") == 4 && shop_shows(woo, "CAP") == 4);
    assert_int_equal(shop_shows(own, "TEE"), 7);
    assert_int_equal(shop_shows(woo, "TEE"), 7);
    WRITE(s,
          201,
          "POST",
          "/v1/movements",
          "{'movements':[{'kind':'count','sku':'TEE','location':'berlin','quantity':0}]}");
    UNTIL(s, 20, shop_shows(own, "TEE") == 0 && shop_shows(woo, "TEE") == 0);
    served_end(s);
}

static void test_a_channel_in_shadow_applies_orders_and_writes_nothing(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 5);
    struct shop *own = served_shop(s, SHOP_API, "own"),
                *woo = served_shop(s, SHOP_WOOCOMMERCE, "woo");
    WRITE(s, 200, "PATCH", "/v1/channels/woo", "%s", "{\"mode\":\"shadow\"}");
    served_listing(s, own, "TEE", 5);
    served_listing(s, woo, "TEE", 9);
    shop_sells_one(woo, "TEE", 2);
    UNTIL(s, 20, served_stock(s, "TEE", "reserved") == 2 && shop_shows(own, "TEE") == 3);
    struct shop_item item;
    assert_true(shop_item_find(woo, SLICE("TEE"), &item));
    assert_int_equal(item.count, 7);
    assert_int_equal(item.writes, 0);
    WRITE(s, 200, "PATCH", "/v1/channels/woo", "%s", "{\"mode\":\"live\"}");
    UNTIL(s, 20, shop_shows(woo, "TEE") == 3);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_t42_one_rejected_row_of_a_batch_is_quarantined_and_the_others_get_through),
        SCENARIO(test_policy_caps_what_each_shop_shows_and_says_why),
        SCENARIO(test_a_channel_without_movements_is_never_zeroed),
        SCENARIO(test_a_channel_in_shadow_applies_orders_and_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
