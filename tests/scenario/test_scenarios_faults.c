/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Channels that throttle, fail, hang, apply and stay silent, and somebody else who writes counts.
 *
 * Without compare-and-set an unanswered write may land for a minute, and a surprise may be a sale
 * for a minute: this is why these take longer than the others, and why they run side by side.
 */
#include "support/served_shop.h"

#define SKUS 10
#define UNITS 400

static const struct {
    enum shop_kind kind;
    const char *code;
} faulty[] = {{SHOP_SHOPIFY, "shopify"}, {SHOP_WOOCOMMERCE, "woo"}, {SHOP_API, "own"}};
static const struct {
    enum shop_kind kind;
    const char *code;
} calm[] = {{SHOP_SHOPIFY, "shopify-calm"}, {SHOP_WOOCOMMERCE, "woo-calm"}};

static void sku_name(char out[16], int n)
{
    snprintf(out, 16, "SKU-%d", n);
}

/* Incidents of a code and SKU, open or resolved. */
static size_t incidents_ever(struct served *s, const char *code, const char *sku)
{
    size_t count = 0;
    GET(s, "/v1/incidents?code=%s&limit=1000", code);
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        count += slice_is(said_text(i.value, "sku"), sku);
    }
    return count;
}

static void faults_of_all(struct shop *const *shops, const struct shop_faults *faults)
{
    for (size_t k = 0; k < COUNT_OF(faulty); k++) {
        shop_faults_set(shops[k], faults);
    }
}

/* Somebody sets a count in each calm shop's admin: one too high, one too low. */
static void edit_calm(struct shop *const *calm_shops)
{
    char sku[32];
    for (size_t k = 0; k < COUNT_OF(calm); k++) {
        snprintf(sku, sizeof(sku), "%s-high", calm[k].code);
        assert_int_equal(shop_stock_edit(calm_shops[k], slice_of(sku), 35), SHOP_DONE);
        snprintf(sku, sizeof(sku), "%s-low", calm[k].code);
        assert_int_equal(shop_stock_edit(calm_shops[k], slice_of(sku), 3), SHOP_DONE);
    }
}

/* Each of the two is named, with its SKU. */
static bool edits_are_found(struct served *s)
{
    static const char *const ends[] = {"high", "low"};
    char sku[32];
    for (size_t k = 0; k < COUNT_OF(calm); k++) {
        for (size_t e = 0; e < COUNT_OF(ends); e++) {
            snprintf(sku, sizeof(sku), "%s-%s", calm[k].code, ends[e]);
            if (incidents_ever(s, "DRIFT", sku) == 0) {
                return false;
            }
        }
    }
    return true;
}

static void rig_faults(struct served *s, struct shop *shops[3], struct shop *calm_shops[2])
{
    char sku[32];
    served_start(s);
    served_location(s, "berlin");
    for (size_t k = 0; k < COUNT_OF(faulty); k++) {
        shops[k] = served_shop_of(
            s,
            (struct shop_options){.kind = faulty[k].kind, .code = faulty[k].code, .retry_ms = 100});
    }
    for (int i = 0; i < SKUS; i++) {
        sku_name(sku, i);
        served_sku(s, sku, UNITS);
        sandbox_stock_is(s->sandbox, slice_of(sku), UNITS);
        for (size_t k = 0; k < COUNT_OF(faulty); k++) {
            served_listing(s, shops[k], sku, UNITS);
        }
    }
    for (size_t k = 0; k < COUNT_OF(calm); k++) {
        calm_shops[k] = served_shop(s, calm[k].kind, calm[k].code);
        for (int e = 0; e < 2; e++) {
            snprintf(sku, sizeof(sku), "%s-%s", calm[k].code, e ? "high" : "low");
            served_sku(s, sku, 20);
            served_listing(s, calm_shops[k], sku, 20);
        }
    }
    UNTIL(s, 30, served_settled(s));
}

static void test_i7_all_converges_when_faults_stop_and_foreign_writes_are_named(void **state)
{
    struct served *s = *state;
    struct shop *shops[COUNT_OF(faulty)], *calm_shops[COUNT_OF(calm)];
    const struct shop_faults bad = {.hook_duplicate = 200,
                                    .hook_reorder = 200,
                                    .hook_delay_ms_max = 300,
                                    .api_throttle = 150,
                                    .api_error = 150,
                                    .api_hang = 100,
                                    .api_apply_and_time_out = 200,
                                    .hang_ms = 200,
                                    .answer_ms_max = 50};
    char sku[16];
    rig_faults(s, shops, calm_shops);
    faults_of_all(shops, &bad);
    edit_calm(calm_shops);
    const struct sandbox_shoppers shoppers = {.orders_per_s = 30,
                                              .skew = 300,
                                              .two_lines = 200,
                                              .cancel = 150,
                                              .refund = 100,
                                              .edit = 150,
                                              .fulfil = 200,
                                              .later_ms_min = 100,
                                              .later_ms_max = 1500};
    sandbox_shoppers_start(s->sandbox, &shoppers);
    for (int i = 0; i < 6; i++) { /* six seconds, and goods arrive in each */
        int64_t next_us = served_after(s, 1);
        sku_name(sku, i);
        served_receive(s, sku, 10);
        sandbox_stock_grows(s->sandbox, slice_of(sku), 10);
        UNTIL(s, 5, env_mono_us(s->env) >= next_us);
    }
    sandbox_shoppers_stop(s->sandbox);
    int64_t next_us = served_after(s, 1.6); /* follow-ups already planned still happen */
    UNTIL(s, 5, env_mono_us(s->env) >= next_us);
    faults_of_all(shops, &(const struct shop_faults){0});
    UNTIL(s, 100, edits_are_found(s) && served_settled(s));

    const struct sandbox_stats stats = sandbox_stats(s->sandbox);
    assert_true(stats.sum.orders > 60 && stats.sum.api_failed > 0 && stats.sum.api_throttled > 0);
    for (int i = 0; i < SKUS; i++) {
        int64_t sold = 0;
        sku_name(sku, i);
        for (size_t k = 0; k < COUNT_OF(faulty); k++) {
            struct shop_item item;
            assert_true(shop_item_find(shops[k], slice_of(sku), &item));
            sold += item.sold;
        }
        assert_int_equal(served_stock(s, sku, "available"), UNITS + (i < 6 ? 10 : 0) - sold);
        /* A fault is no foreign write. */
        assert_int_equal(incidents_ever(s, "DRIFT", sku), 0);
    }
    for (size_t k = 0; k < COUNT_OF(calm); k++) { /* and what was changed is put right */
        for (int e = 0; e < 2; e++) {
            struct shop_item item;
            char edited[32];
            snprintf(edited, sizeof(edited), "%s-%s", calm[k].code, e ? "high" : "low");
            assert_true(shop_item_find(calm_shops[k], slice_of(edited), &item));
            assert_int_equal(item.count, 20 - item.sold);
        }
    }
    assert_int_equal(served_incidents(s, "OVERSOLD", NULL), 0);
    assert_int_equal(served_incidents(s, "PUSH-REFUSED", NULL), 0);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_i7_all_converges_when_faults_stop_and_foreign_writes_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
