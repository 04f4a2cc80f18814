/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each of the eight platforms is down for a while: it slows no other, and when it answers again it
 * comes right by itself, without anybody's act.
 *
 * A write that is answered with a 5xx may have landed, and only a reading behind the platform's
 * ambiguity window tells (Amazon's is five minutes). A channel that is known to be down is sent no
 * write, so nothing of what sells meanwhile waits for such a window.
 */
#include "support/eight_shops.h"

static const struct shop_faults down = {.api_error = 1000};
static const struct shop_faults up = {0};

static struct shop_options quick(void)
{
    return (struct shop_options){.late_ms_min = 50, .late_ms_max = 100, .search_lag_ms = -1};
}

static void all_are(struct shop *const shops[EIGHT], const struct shop_faults *faults)
{
    for (size_t i = 0; i < EIGHT; i++) {
        shop_faults_set(shops[i], faults);
    }
}

/* How many listings are in that state. */
static size_t listings_in(struct served *s, const char *state)
{
    size_t count = 0;
    GET(s, "/v1/listings?limit=1000");
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        count += slice_is(said_text(i.value, "state"), state);
    }
    return count;
}

static void nothing_is_left(struct served *s)
{
    assert_int_equal(listings_in(s, "refused"), 0);
    assert_int_equal(listings_in(s, "unknown"), 0);
    no_incident(s, "PUSH-REFUSED");
    no_incident(s, "PARKED");
    no_incident(s, "OVERSOLD");
    no_incident(s, "TOKEN");
    no_incident(s, "DRIFT");
}

/* All but that shop show what the ledger knows of. */
static bool others_show(struct served *s,
                        struct shop *const shops[EIGHT],
                        size_t but,
                        const char *sku,
                        int64_t open_at_walmart)
{
    int64_t left = EIGHT_UNITS - served_stock(s, sku, "reserved");
    bool all = left < EIGHT_UNITS;
    for (size_t k = 0; k < EIGHT; k++) {
        all = all && (k == but || eight_shows(shops, k, sku, left, open_at_walmart));
    }
    return all;
}

/* That it is down shows by what is asked: the order that its own delivery named, or the count
 * before goods are shown there. Shopify's delivery says all, and its count need not be asked. */
static void becomes_known(struct served *s, struct shop *shop, const char *sku)
{
    uint64_t before = shop_stats(shop).api_failed;
    shop_sells_one(shop, sku, 1);
    if (shop_kind(shop) == SHOP_WOOCOMMERCE || shop_kind(shop) == SHOP_AMAZON) {
        served_receive(s, shop_kind(shop) == SHOP_AMAZON ? "AMAZON-GOODS" : "WOO-GOODS", 1);
    }
    UNTIL(s, 15, shop_kind(shop) == SHOP_SHOPIFY || shop_stats(shop).api_failed > before);
}

static void down_for_a_while(struct served *s, struct shop *const shops[EIGHT], size_t i)
{
    const char *sku = eight[i].code;
    size_t next = (i + 1) % EIGHT;
    int64_t at_next = eight[next].kind == SHOP_WALMART;
    shop_faults_set(shops[i], &down);
    becomes_known(s, shops[i], sku);
    shop_sells_one(shops[next], sku, 1);
    UNTIL(s,
          10,
          others_show(
              s, shops, i, sku, at_next)); /* five are promised: here all else runs beside it */
    served_run(s, US_PER_S);
    assert_int_equal(shop_shows(shops[i], sku), EIGHT_UNITS - 1);
    shop_faults_set(shops[i], &up);
}

static bool has_recovered(struct shop *const shops[EIGHT], size_t i)
{
    size_t next = (i + 1) % EIGHT;
    int64_t at_walmart = (eight[i].kind == SHOP_WALMART) + (eight[next].kind == SHOP_WALMART);
    return eight_show(shops, eight[i].code, EIGHT_UNITS - 2, at_walmart);
}

static void test_each_channel_down_for_a_while_slows_no_other_and_recovers_by_itself(void **state)
{
    struct served *s = *state;
    struct shop *shops[EIGHT];
    const char *skus[EIGHT];
    for (size_t i = 0; i < EIGHT; i++) {
        skus[i] = eight[i].code;
    }
    eight_open(s, quick(), skus, EIGHT, shops);
    served_sku(s, "WOO-GOODS", 1);
    served_listing(s, shops[1], "WOO-GOODS", 1);
    served_sku(s, "AMAZON-GOODS", 1);
    served_listing(s, shops[3], "AMAZON-GOODS", 1);
    UNTIL(s, 20, served_settled(s));
    for (size_t i = 0; i < EIGHT; i++) {
        down_for_a_while(s, shops, i);
        /* Shopify's first write met the fault: ten seconds, in which the others take their turn. */
        UNTIL(s, 20, eight[i].kind == SHOP_SHOPIFY || has_recovered(shops, i));
    }
    for (size_t i = 0; i < EIGHT; i++) {
        UNTIL(s, 20, has_recovered(shops, i));
    }
    nothing_is_left(s);
    served_end(s);
}

/* The windows that are too long to be waited for here. */
static bool has_long_window(size_t i)
{
    return eight[i].kind == SHOP_WOOCOMMERCE || eight[i].kind == SHOP_AMAZON ||
           eight[i].kind == SHOP_WALMART;
}

static bool short_windows_show(struct shop *const shops[EIGHT], const char *sku, int64_t units)
{
    bool all = true;
    for (size_t i = 0; i < EIGHT; i++) {
        all = all && (has_long_window(i) || shop_shows(shops[i], sku) == units);
    }
    return all;
}

/* Their writes that met the fault are still unknown: neither repeated nor overtaken. */
static void long_windows_are_open(struct served *s, struct shop *const shops[EIGHT])
{
    assert_int_equal(listings_in(s, "unknown"), 3);
    for (size_t i = 0; i < EIGHT; i++) {
        assert_true(!has_long_window(i) || shop_shows(shops[i], "FIRST") == EIGHT_UNITS);
    }
}

static void
test_all_eight_down_and_deaf_at_once_recover_with_every_order_of_the_meantime(void **state)
{
    static const char *const skus[] = {"FIRST", "LATER", "OWN"};
    static const struct shop_faults deaf = {.api_error = 1000, .hook_lose = 1000};
    static const struct shop_faults silent = {.hook_lose = 1000};
    struct served *s = *state;
    struct shop *shops[EIGHT];
    eight_open(s, quick(), skus, COUNT_OF(skus), shops);
    struct shop *till = served_shop(s, SHOP_API, "till");
    for (size_t k = 0; k < COUNT_OF(skus); k++) {
        served_listing(s, till, skus[k], EIGHT_UNITS);
    }
    UNTIL(s, 20, served_settled(s));
    all_are(shops, &deaf);
    for (size_t i = 0; i < EIGHT; i++) { /* nobody hears of it */
        shop_sells_one(shops[i], "OWN", 1);
    }
    shop_sells_one(till, "FIRST", 1);
    for (size_t i = 0; i < EIGHT; i++) {
        UNTIL(s, 5, shop_stats(shops[i]).api_failed > 0);
    }
    shop_sells_one(till, "LATER", 1);
    served_run(s, 2500 * US_PER_MS);
    all_are(shops, &silent);
    UNTIL(s, 30, served_stock(s, "OWN", "reserved") == EIGHT);
    UNTIL(s, 20, eight_show(shops, "LATER", EIGHT_UNITS - 1, 0));
    UNTIL(s, 20, eight_show(shops, "OWN", EIGHT_UNITS - (int64_t)EIGHT, 1));
    UNTIL(s, 45, short_windows_show(shops, "FIRST", EIGHT_UNITS - 1));
    long_windows_are_open(s, shops);
    no_incident(s, "PUSH-REFUSED");
    no_incident(s, "OVERSOLD");
    no_incident(s, "DRIFT");
    served_end(s);
}

/* Nothing was heard of what sold while we were away: the orders are read. */
static void test_what_all_eight_sold_while_we_were_away_is_read_at_the_start(void **state)
{
    static const char *const skus[] = {"TEE"};
    static const struct shop_faults silent = {.hook_lose = 1000};
    struct served *s = *state;
    struct shop *shops[EIGHT];
    eight_open(s, quick(), skus, COUNT_OF(skus), shops);
    served_kill(s);
    all_are(shops, &silent);
    for (size_t i = 0; i < EIGHT; i++) {
        shop_sells_one(shops[i], "TEE", 1);
    }
    served_start(s);
    UNTIL(s, 20, served_stock(s, "TEE", "reserved") == EIGHT);
    UNTIL(s, 20, eight_show(shops, "TEE", EIGHT_UNITS - (int64_t)EIGHT, 1));
    nothing_is_left(s);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_each_channel_down_for_a_while_slows_no_other_and_recovers_by_itself),
        SCENARIO(test_all_eight_down_and_deaf_at_once_recover_with_every_order_of_the_meantime),
        SCENARIO(test_what_all_eight_sold_while_we_were_away_is_read_at_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
