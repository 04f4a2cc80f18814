/* SPDX-License-Identifier: Apache-2.0 */
/* A 2xx means durable: kill -9 in the middle of the traffic loses nothing and doubles nothing. */
#include "support/served_shop.h"

#define SKUS 8
#define KILLS 8
#define BURST 40

static void sku_name(char out[16], int n)
{
    snprintf(out, 16, "SKU-%d", n);
}

static void rig_durable(struct served *s, struct shop *shops[2])
{
    char sku[16];
    served_start(s);
    served_location(s, "berlin");
    shops[0] =
        served_shop_of(s, (struct shop_options){.kind = SHOP_API, .code = "own", .retry_ms = 100});
    shops[1] = served_shop_of(
        s, (struct shop_options){.kind = SHOP_SHOPIFY, .code = "shopify", .retry_ms = 100});
    for (int i = 0; i < SKUS; i++) {
        sku_name(sku, i);
        served_sku(s, sku, 1000);
        served_listing(s, shops[0], sku, 1000);
        served_listing(s, shops[1], sku, 1000);
    }
    UNTIL(s, 20, served_settled(s));
}

/* How many orders of the channel there are, and how many units they ordered; each id once. */
static size_t orders_of(struct served *s, const char *channel, int64_t *out_units)
{
    size_t count = 0;
    char cursor[32] = "";
    *out_units = 0;
    do {
        GET(s,
            "/v1/orders?channel=%s&limit=1000%s%s",
            channel,
            cursor[0] ? "&cursor=" : "",
            cursor);
        for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
            count++;
            *out_units += said_int(said_at(json_get(i.value, "lines"), 0), "ordered");
        }
        snprintf(cursor, sizeof(cursor), "%.*s", SLICE_ARG(said_text(s->json, "next")));
    } while (cursor[0]);
    return count;
}

static void test_t35_kill_9_under_load_loses_and_doubles_nothing(void **state)
{
    struct served *s = *state;
    struct shop *shops[2];
    char sku[16];
    int64_t units[2] = {0, 0}, booked = 0;
    size_t orders[2] = {0, 0};
    rig_durable(s, shops);
    for (int kill_nth = 0; kill_nth < KILLS; kill_nth++) {
        for (int i = 0; i < BURST; i++) {
            size_t at = (size_t)i % 2;
            sku_name(sku, (i / 2) % SKUS);
            if (shop_shows(shops[at], sku) >= 2) {
                shop_sells_one(shops[at], sku, 1 + i % 2);
                units[at] += 1 + i % 2;
                orders[at]++;
            }
            if (i % 8 == 7) {
                served_run(s, US_PER_MS * (1 + kill_nth % 4));
            }
        }
        served_run(s, US_PER_MS * 3 * kill_nth); /* sometimes early, sometimes late */
        served_kill(s);
        served_start(s);
    }
    UNTIL(s, 60, served_settled(s)); /* the shops send again what nobody answered */
    for (size_t i = 0; i < 2; i++) {
        int64_t seen;
        assert_int_equal(orders_of(s, i ? "shopify" : "own", &seen), orders[i]);
        assert_int_equal(seen, units[i]);
    }
    for (int i = 0; i < SKUS; i++) {
        sku_name(sku, i);
        booked += served_stock(s, sku, "reserved");
    }
    assert_int_equal(booked, units[0] + units[1]);
    assert_int_equal(sandbox_stats(s->sandbox).sum.hooks_lost, 0);
    served_end(s);
}

/* One delivery at a time, killed at once behind its answer: the narrowest window there is. */
static void test_t35_a_delivery_is_there_after_a_kill_right_behind_its_answer(void **state)
{
    struct served *s = *state;
    struct shop *shops[2];
    char body[256];
    rig_durable(s, shops);
    for (int i = 0; i < 6; i++) {
        snprintf(body,
                 sizeof(body),
                 "{\"id\":\"k%d\",\"version\":\"1\",\"lines\":[{\"id\":\"1\",\"sku\":\"SKU-0\","
                 "\"ordered\":1}]}",
                 i);
        assert_int_equal(served_hook(s, "own", slice_of(body)), 200);
        served_kill(s);
        served_start(s);
        GET(s, "/v1/orders/own/k%d", i);
        assert_int_equal(served_stock(s, "SKU-0", "reserved"), i + 1);
        assert_int_equal(served_hook(s, "own", slice_of(body)), 200); /* and is not new any more */
        assert_true(slice_is(said_text(s->json, "state"), "duplicate"));
    }
    served_end(s);
}

/* A write of the API that was answered is there; repeated under its key, it happens once. */
static void
test_t35_an_answered_write_survives_and_its_repeat_under_the_key_does_nothing(void **state)
{
    static const struct http_header headers[] = {
        {{"Authorization", 13}, {"Bearer " CHILD_TOKEN, sizeof("Bearer " CHILD_TOKEN) - 1}},
        {{"Content-Type", 12}, {"application/json", 16}},
        {{"Idempotency-Key", 15}, {"goods-of-monday", 15}}};
    static const char receive[] = "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"SKU-1\","
                                  "\"location\":\"berlin\",\"quantity\":5}]}";
    struct served *s = *state;
    struct shop *shops[2];
    rig_durable(s, shops);
    struct slice path = SLICE("/v1/movements");
    assert_int_equal(served_send(s, "POST", path, headers, COUNT_OF(headers), slice_of(receive)),
                     201);
    served_kill(s);
    served_start(s);
    assert_int_equal(served_stock(s, "SKU-1", "available"), 1005);
    assert_int_equal(served_send(s, "POST", path, headers, COUNT_OF(headers), slice_of(receive)),
                     201);
    assert_int_equal(served_stock(s, "SKU-1", "available"), 1005);
    assert_int_equal(
        served_send(s, "POST", path, headers, COUNT_OF(headers), SLICE("{\"movements\":[]}")), 422);
    served_end(s);
}

/* More orders than the channel's points allow to be read at once: the reading goes on where it was
 * refused, and what else is to be told does not wait for it. */
static void test_i14_many_missed_orders_are_found_though_reading_them_is_throttled(void **state)
{
    enum { LOST = 400 };
    struct served *s = *state;
    struct shop *shops[2];
    rig_durable(s, shops);
    struct shop_faults lose = {.hook_lose = 1000};
    shop_faults_set(shops[1], &lose);
    for (int i = 0; i < LOST; i++) {
        shop_sells_one(shops[1], "SKU-0", 1);
    }
    served_kill(s);
    served_start(s);
    UNTIL(s, 10, shop_stats(shops[1]).api_throttled > 0);
    for (int i = 0; i < 4 && served_stock(s, "SKU-0", "reserved") < LOST; i++) {
        int64_t left = shop_shows(shops[0], "SKU-1") - 1;
        shop_sells_one(shops[0], "SKU-1", 1);
        UNTIL(s, 5, shop_shows(shops[1], "SKU-1") == left);
    }
    UNTIL(s, 45, served_stock(s, "SKU-0", "reserved") == LOST);
    UNTIL(s, 30, served_settled(s));
    assert_int_equal(shop_shows(shops[0], "SKU-0"), 1000 - LOST);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_t35_kill_9_under_load_loses_and_doubles_nothing),
        SCENARIO(test_t35_a_delivery_is_there_after_a_kill_right_behind_its_answer),
        SCENARIO(test_t35_an_answered_write_survives_and_its_repeat_under_the_key_does_nothing),
        SCENARIO(test_i14_many_missed_orders_are_found_though_reading_them_is_throttled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
