/* SPDX-License-Identifier: Apache-2.0 */
/* An order is a state: whatever comes twice, late or the wrong way round ends in the same stock. */
#include "support/served_shop.h"

#define VERSIONS 4

/* What one line of two units says at each of its versions. */
struct history {
    const char *name;
    const char *counts[VERSIONS];
    int64_t available, reserved, unavailable, shipped; /* in the end, of the two units */
};

static const struct history histories[] = {
    {"cancelled, then shipped, then put back",
     {"'ordered':2",
      "'ordered':2,'cancelled':1",
      "'ordered':2,'cancelled':1,'fulfilled':1",
      "'ordered':2,'cancelled':1,'fulfilled':1,'returned':1,'restocked':1"},
     2,
     0,
     0,
     0},
    {"returned and not put back",
     {"'ordered':2",
      "'ordered':2,'fulfilled':1",
      "'ordered':2,'fulfilled':2",
      "'ordered':2,'fulfilled':2,'returned':1"},
     0,
     0,
     1,
     1},
    {"refunded and then its line removed",
     {"'ordered':2",
      "'ordered':2,'fulfilled':1",
      "'ordered':2,'fulfilled':1,'returned':1,'restocked':1",
      "'ordered':2,'cancelled':1,'fulfilled':1,'returned':1,'restocked':1"},
     2,
     0,
     0,
     0},
    {"cancelled, and one unit ordered again",
     {"'ordered':2",
      "'ordered':2,'cancelled':2",
      "'ordered':3,'cancelled':2",
      "'ordered':3,'cancelled':2,'fulfilled':1"},
     1,
     0,
     0,
     1},
};

/* The nth order in which the versions may arrive. */
static void permutation(size_t nth, size_t out[VERSIONS])
{
    size_t left[VERSIONS] = {0, 1, 2, 3};
    for (size_t i = 0; i < VERSIONS; i++) {
        size_t choices = VERSIONS - i, at = nth % choices;
        nth /= choices;
        out[i] = left[at];
        memmove(&left[at], &left[at + 1], (choices - at - 1) * sizeof(left[0]));
    }
}

static void send_version(
    struct served *s, const char *order, const char *sku, const char *counts, size_t version)
{
    static const char placed_at[] = "2099-01-01T00:00:00Z"; /* after the channel was opened */
    served_write(s,
                 "POST",
                 "/v1/orders",
                 "{'channel':'own','id':'%s','version':'%zu','placed_at':'%s',"
                 "'lines':[{'id':'1','sku':'%s',%s}]}",
                 order,
                 version + 1,
                 placed_at,
                 sku,
                 counts);
    assert_true(s->status == 200 || s->status == 201);
}

static void
test_t26_t27_every_arrival_order_of_an_orders_versions_ends_in_the_same_stock(void **state)
{
    struct served *s = *state;
    int64_t units = 1000;
    served_start(s);
    served_location(s, "berlin");
    served_shop(s, SHOP_API, "own");
    for (size_t h = 0; h < COUNT_OF(histories); h++) {
        char sku[32], order[32];
        const struct history *history = &histories[h];
        snprintf(sku, sizeof(sku), "SKU-%zu", h);
        served_sku(s, sku, units);
        struct shop *own = sandbox_shop(s->sandbox, SLICE("own"));
        served_listing(s, own, sku, units);
        for (size_t p = 0; p < 24; p++) {
            size_t arrival[VERSIONS];
            permutation(p, arrival);
            snprintf(order, sizeof(order), "h%zu-p%zu", h, p);
            for (size_t i = 0; i < VERSIONS; i++) {
                send_version(s, order, sku, history->counts[arrival[i]], arrival[i]);
                send_version(s, order, sku, history->counts[arrival[i]], arrival[i]);
                send_version(s, order, sku, history->counts[arrival[i / 2]], arrival[i / 2]);
            }
            int64_t n = (int64_t)p + 1;
            int64_t gone = units - n * 2;
            if (served_stock(s, sku, "available") != gone + n * history->available ||
                served_stock(s, sku, "reserved") != n * history->reserved ||
                served_stock(s, sku, "unavailable") != n * history->unavailable ||
                served_stock(s, sku, "on_hand") != units - n * history->shipped) {
                fail_msg("%s, arrival %zu: %.*s", history->name, p, SLICE_ARG(s->text));
            }
        }
    }
    assert_int_equal(served_incidents(s, "OVERSOLD", NULL), 0);
    served_end(s);
}

enum { CASES = 6 };
static const struct {
    enum shop_kind kind;
    const char *code;
} kinds[] = {{SHOP_SHOPIFY, "shopify"}, {SHOP_WOOCOMMERCE, "woo"}, {SHOP_API, "own"}};

/* What each shop sold net is what is missing here, and what it shows is what is left. */
static bool stock_is_right(struct served *s, struct shop *const *shops)
{
    char sku[32];
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        for (int c = 0; c < CASES; c++) {
            struct shop_item item;
            snprintf(sku, sizeof(sku), "%s-%d", kinds[k].code, c);
            assert_true(shop_item_find(shops[k], slice_of(sku), &item));
            int64_t available = served_stock(s, sku, "available");
            if (available != 20 - item.sold || item.count != available) {
                return false;
            }
        }
    }
    return true;
}

/* The same sale in each way a channel reports it, with each delivery twice and out of order. */
static void test_t26_t27_t34_shops_that_repeat_and_reorder_end_in_the_right_stock(void **state)
{
    struct served *s = *state;
    struct shop *shops[COUNT_OF(kinds)];
    char sku[32];
    served_start(s);
    served_location(s, "berlin");
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        shops[k] = served_shop(s, kinds[k].kind, kinds[k].code);
        for (int c = 0; c < CASES; c++) {
            snprintf(sku, sizeof(sku), "%s-%d", kinds[k].code, c);
            served_sku(s, sku, 20);
            served_listing(s, shops[k], sku, 20);
        }
    }
    UNTIL(s, 30, served_settled(s));
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        struct shop_faults faults = {
            .hook_duplicate = 600, .hook_reorder = 600, .hook_delay_ms_max = 200};
        shop_faults_set(shops[k], &faults);
        for (int c = 0; c < CASES; c++) {
            snprintf(sku, sizeof(sku), "%s-%d", kinds[k].code, c);
            int64_t order = shop_sells_one(shops[k], sku, 4);
            served_run(s, 2 * US_PER_MS); /* within the same second, as their stamps have it */
            switch (c) {
            case 0: /* cancelled, twice */
                (void)shop_cancel(shops[k], order, true);
                served_run(s, 2 * US_PER_MS);
                (void)shop_cancel(shops[k], order, true);
                break;
            case 1: /* refunded in part, then cancelled */
                (void)shop_refund(shops[k], order, 0, 1, true);
                served_run(s, 2 * US_PER_MS);
                (void)shop_cancel(shops[k], order, true);
                break;
            case 2: /* edited down, then up */
                (void)shop_edit(shops[k], order, 0, 1);
                served_run(s, 2 * US_PER_MS);
                (void)shop_edit(shops[k], order, 0, 3);
                break;
            case 3: /* shipped, then one unit comes back */
                (void)shop_fulfil(shops[k], order, 0, 0);
                served_run(s, 2 * US_PER_MS);
                (void)shop_refund(shops[k], order, 0, 1, true);
                served_run(s, 2 * US_PER_MS);
                (void)shop_refund(shops[k], order, 0, 1, false);
                break;
            case 4: /* cancelled in part, without putting it back */
                (void)shop_cancel_units(shops[k], order, 0, 2, false);
                break;
            case 5: /* a line edited away */
                (void)shop_edit(shops[k], order, 0, 0);
                served_run(s, 2 * US_PER_MS);
                (void)shop_cancel(shops[k], order, true);
                break;
            }
        }
    }
    /* Versions that tie are read again after two seconds: settled is not yet right. */
    UNTIL(s, 30, served_settled(s) && stock_is_right(s, shops));
    assert_int_equal(served_incidents(s, "DRIFT", NULL), 0);
    served_end(s);
}

static void
test_t34_an_order_is_created_by_whatever_comes_first_and_older_versions_are_stale(void **state)
{
    struct served *s = *state;
    static const char paid[] = "{\"id\":\"9\",\"version\":\"2026-01-01T00:00:05Z\",\"lines\":["
                               "{\"id\":\"1\",\"sku\":\"TEE\",\"ordered\":3}]}";
    static const char created[] = "{\"id\":\"9\",\"version\":\"2026-01-01T00:00:01Z\",\"lines\":["
                                  "{\"id\":\"1\",\"sku\":\"TEE\",\"ordered\":2}]}";
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 10);
    served_listing(s, served_shop(s, SHOP_API, "own"), "TEE", 10);
    assert_int_equal(served_hook(s, "own", slice_of(paid)), 200);
    assert_true(slice_is(said_text(s->json, "state"), "applied"));
    assert_int_equal(served_hook(s, "own", slice_of(created)), 200);
    assert_true(slice_is(said_text(s->json, "state"), "stale"));
    assert_int_equal(served_hook(s, "own", slice_of(paid)), 200);
    assert_true(slice_is(said_text(s->json, "state"), "duplicate"));
    assert_int_equal(served_stock(s, "TEE", "reserved"), 3);
    GET(s, "/v1/orders/own/9");
    assert_true(slice_is(said_text(s->json, "version"), "2026-01-01T00:00:05Z"));
    served_end(s);
}

static void test_i5_repeated_deliveries_leave_the_canonical_dump_as_it_is(void **state)
{
    struct served *s = *state;
    char body[256];
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 100);
    struct shop *own = served_shop(s, SHOP_API, "own");
    served_listing(s, own, "TEE", 100);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 20; i++) {
            snprintf(body,
                     sizeof(body),
                     "{\"id\":\"%d\",\"version\":\"1\",\"lines\":[{\"id\":\"1\",\"sku\":\"TEE\","
                     "\"ordered\":2}]}",
                     i);
            assert_int_equal(served_hook(s, "own", slice_of(body)), 200);
        }
        if (round == 0) {
            UNTIL(s, 20, served_stock(s, "TEE", "reserved") == 40 && served_settled(s));
            served_stop(s);
            char *before = served_dump(s);
            assert_non_null(strstr(before, "TEE"));
            served_start(s);
            snprintf(body, sizeof(body), "%s/before", s->directory);
            FILE *kept = fopen(body, "wb");
            assert_non_null(kept);
            fputs(before, kept);
            fclose(kept);
            free(before);
        }
    }
    UNTIL(s, 20, served_settled(s));
    served_stop(s);
    snprintf(body, sizeof(body), "%s/before", s->directory);
    char *before = file_text(body), *after = served_dump(s);
    assert_string_equal(before, after);
    free(before);
    free(after);
    served_end(s);
}

/* ---- counting ---- */

static void movement(struct served *s, const char *kind, int64_t quantity, int64_t happened_at_us)
{
    char at[TIME_TEXT_MAX];
    WRITE(s,
          201,
          "POST",
          "/v1/movements",
          "{'movements':[{'kind':'%s','sku':'TEE','location':'berlin','quantity':%" PRId64
          ",'happened_at':'%.*s'}]}",
          kind,
          quantity,
          SLICE_ARG(time_format(happened_at_us, at)));
}

static void test_t54_a_count_holds_for_its_instant_and_has_seen_what_is_told_late(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 10);
    served_listing(s, served_shop(s, SHOP_API, "own"), "TEE", 10);
    int64_t now = env_wall_us(s->env), counted = now - 60 * US_PER_S;
    UNTIL(s, 5, env_wall_us(s->env) > now + 20 * US_PER_MS);
    now = env_wall_us(s->env);
    counted = now;
    /* Counted 8 of 10 at that instant; recorded after three more had arrived. */
    UNTIL(s, 5, env_wall_us(s->env) > counted + 20 * US_PER_MS);
    served_receive(s, "TEE", 3);
    movement(s, "count", 8, counted);
    assert_int_equal(served_stock(s, "TEE", "on_hand"), 11);
    /* Told late: one left before the count. The counter did not see it any more. */
    movement(s, "ship", 1, counted - 5 * US_PER_MS);
    assert_int_equal(served_stock(s, "TEE", "on_hand"), 11);
    movement(s, "receive", 4, counted - 4 * US_PER_MS);
    assert_int_equal(served_stock(s, "TEE", "on_hand"), 11);
    /* What happened after it counts as ever. */
    movement(s, "receive", 4, counted + 5 * US_PER_MS);
    assert_int_equal(served_stock(s, "TEE", "on_hand"), 15);
    served_end(s);
}

static void test_t54_a_count_that_found_nothing_missing_has_seen_late_facts_too(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 10);
    int64_t counted = env_wall_us(s->env) + 10 * US_PER_MS;
    UNTIL(s, 5, env_wall_us(s->env) > counted + 10 * US_PER_MS);
    movement(s, "count", 10, counted);
    movement(s, "receive", 4, counted - 5 * US_PER_MS);
    assert_int_equal(served_stock(s, "TEE", "on_hand"), 10);
    served_end(s);
}

/* Two units that left between these instants, told after the count. */
static void
shipped_order(struct served *s, const char *id, int64_t placed_at_us, int64_t shipped_at_us)
{
    char shipped_at[TIME_TEXT_MAX], placed_at[TIME_TEXT_MAX];
    WRITE(s,
          201,
          "POST",
          "/v1/orders",
          "{'channel':'own','id':'%s','version':'%.*s','placed_at':'%.*s','lines':["
          "{'id':'1','sku':'TEE','ordered':2,'fulfilled':2}]}",
          id,
          SLICE_ARG(time_format(shipped_at_us, shipped_at)),
          SLICE_ARG(time_format(placed_at_us, placed_at)));
}

static void test_t54_a_shipment_told_late_was_seen_by_the_count(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 10);
    served_listing(s, served_shop(s, SHOP_API, "own"), "TEE", 10);
    int64_t start = env_wall_us(s->env);
    UNTIL(s, 5, env_wall_us(s->env) > start + US_PER_S); /* the channel opened on a whole second */
    int64_t counted = env_wall_us(s->env);
    UNTIL(s, 5, env_wall_us(s->env) > counted + 10 * US_PER_MS);
    movement(s, "count", 8, counted); /* two had left already */
    shipped_order(s, "before", counted - 10 * US_PER_MS, counted - 5 * US_PER_MS);
    assert_int_equal(served_stock(s, "TEE", "on_hand"), 8);
    assert_int_equal(served_stock(s, "TEE", "available"), 8);
    shipped_order(s, "after", counted - 10 * US_PER_MS, counted + 5 * US_PER_MS);
    assert_int_equal(served_stock(s, "TEE", "on_hand"), 6);
    /* Nothing is left, and it is no fault that nobody finds what had left before. */
    counted = env_wall_us(s->env);
    UNTIL(s, 5, env_wall_us(s->env) > counted + 10 * US_PER_MS);
    movement(s, "count", 0, counted);
    shipped_order(s, "empty", counted - 10 * US_PER_MS, counted - 5 * US_PER_MS);
    assert_int_equal(served_stock(s, "TEE", "on_hand"), 0);
    assert_int_equal(served_stock(s, "TEE", "available"), 0);
    assert_int_equal(served_incidents(s, "OVERSOLD", NULL), 0);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_t26_t27_every_arrival_order_of_an_orders_versions_ends_in_the_same_stock),
        SCENARIO(test_t26_t27_t34_shops_that_repeat_and_reorder_end_in_the_right_stock),
        SCENARIO(test_t34_an_order_is_created_by_whatever_comes_first_and_older_versions_are_stale),
        SCENARIO(test_i5_repeated_deliveries_leave_the_canonical_dump_as_it_is),
        SCENARIO(test_t54_a_count_holds_for_its_instant_and_has_seen_what_is_told_late),
        SCENARIO(test_t54_a_count_that_found_nothing_missing_has_seen_late_facts_too),
        SCENARIO(test_t54_a_shipment_told_late_was_seen_by_the_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
