/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ledger that was put back from a backup is behind the world: shops sold meanwhile, and show counts
 * that it never wrote. It must find that out before it lets any count rise.
 */
#include "support/backed_up.h"

#define SKUS 10
#define UNITS 50

/* Watches what is written to shops after the restart. */
struct watch {
    struct served *s;
    struct shop *const *shops;
    size_t count;
    int64_t stock[SKUS]; /* what there was when nothing was sold */
    bool is_on;
    int raises_wrong, writes;
    struct shop *held; /* whose orders cannot be read: no count may rise at all */
    int raises_while_held;
};

static void sku_name(int i, char out[16])
{
    snprintf(out, 16, "RUN-%d", i);
}

/* Units that are left in truth: what there was, less what all shops sold. */
static int64_t left(const struct watch *w, int i)
{
    char sku[16];
    int64_t units = w->stock[i];
    sku_name(i, sku);
    for (size_t k = 0; k < w->count; k++) {
        struct shop_item item;
        units -= shop_item_find(w->shops[k], slice_of(sku), &item) ? item.sold : 0;
    }
    return units;
}

static void on_write(
    void *arg, struct shop *shop, struct slice sku, int64_t before, int64_t after, int64_t mono_us)
{
    struct watch *w = arg;
    (void)shop;
    (void)mono_us;
    for (int i = 0; w->is_on && after > before && i < SKUS; i++) {
        char name[16];
        sku_name(i, name);
        if (slice_is(sku, name)) {
            w->raises_wrong += after > left(w, i);
            w->raises_while_held += w->held != NULL;
        }
    }
    w->writes += w->is_on;
}

static void open_shops(struct served *s, struct shop *shops[3])
{
    served_location(s, "berlin");
    shops[0] = served_shop(s, SHOP_SHOPIFY, "shopify");
    shops[1] = served_shop(s, SHOP_WOOCOMMERCE, "woo");
    shops[2] = served_shop(s, SHOP_API, "own");
    for (int i = 0; i < SKUS; i++) {
        char sku[16];
        sku_name(i, sku);
        served_sku(s, sku, UNITS);
        for (int k = 0; k < 3; k++) {
            served_listing(s, shops[k], sku, UNITS);
        }
    }
    UNTIL(s, 20, served_settled(s));
}

/* 200 orders of the two shops whose orders can be read; the pushes of them arrive. */
static void trade(struct served *s, struct shop *const shops[3])
{
    for (int n = 0; n < 200; n++) {
        char sku[16];
        sku_name(n % SKUS, sku);
        shop_sells_one(shops[n / SKUS % 2], sku, 1);
        served_run(s, 2 * US_PER_MS);
    }
    UNTIL(s, 30, served_settled(s));
}

static bool all_reserved(struct served *s, const struct watch *w)
{
    for (int i = 0; i < SKUS; i++) {
        char sku[16];
        sku_name(i, sku);
        if (served_stock(s, sku, "available") != left(w, i)) {
            return false;
        }
    }
    return true;
}

static bool is_marked(const struct served *s)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/restored", s->data);
    return access(path, F_OK) == 0;
}

static void incident_says(struct served *s, const char *what)
{
    GET(s, "/v1/incidents?state=open&code=RESTORED");
    struct slice detail = said_text(said_at(json_get(s->json, "items"), 0), "detail");
    char text[2000];
    snprintf(text, sizeof(text), "%.*s", SLICE_ARG(detail));
    if (!strstr(text, what)) {
        fail_msg("'%s' is not in: %s", what, text);
    }
}

static void
test_after_a_restore_missed_orders_are_read_and_no_count_rises_above_what_is_left(void **state)
{
    static const struct shop_faults down = {.api_error = 1000}, up = {0};
    struct served *s = *state;
    struct shop *shops[3];
    struct backed_up backup;
    served_start(s);
    open_shops(s, shops);
    struct watch w = {.s = s, .shops = shops, .count = 3};
    const struct sandbox_events events = {.arg = &w, .write = on_write};
    for (int i = 0; i < SKUS; i++) {
        w.stock[i] = UNITS;
    }
    sandbox_events_set(s->sandbox, &events);
    back_up(s, &backup);
    trade(s, shops);
    served_receive(s, "RUN-0", 10); /* shown everywhere, and forgotten by the restore */
    /* A raise may wait for an order that was not told of yet: as long as those take, at most 120 s. */
    UNTIL(s, 150, served_settled(s));
    assert_int_equal(shop_shows(shops[1], "RUN-0"), UNITS - 20 + 10);
    served_kill(s);
    shop_sells_one(shops[0], "RUN-1", 1); /* nobody listens to it */

    put_back(s, &backup);
    w.is_on = true;
    w.held = shops[0];
    shop_faults_set(shops[0], &down);
    served_start(s);
    assert_true(is_marked(s));
    UNTIL(s, 20, served_stock(s, "RUN-1", "reserved") == 10); /* woo's orders were read */
    served_run(s, 7 * US_PER_S); /* a raise would have been tried again meanwhile */
    assert_int_equal(w.raises_while_held, 0);
    assert_true(is_marked(s));
    w.held = NULL;
    shop_faults_set(shops[0], &up);

    UNTIL(s, 40, all_reserved(s, &w) && !is_marked(s));
    incident_says(s, "Orders since then are read again from: shopify, woo.");
    incident_says(s, "Paused, and writing nothing: own.");
    WRITE(s, 200, "PATCH", "/v1/channels/own", "{'paused':false}");
    UNTIL(s, 60, served_settled(s));
    assert_int_equal(w.raises_wrong, 0);
    assert_int_equal(shop_shows(shops[1], "RUN-0"), UNITS - 20);
    assert_int_equal(shop_shows(shops[0], "RUN-1"), UNITS - 21);
    assert_int_equal(served_incidents(s, "OVERSOLD", NULL), 0);
    assert_int_equal(served_incidents(s, "DRIFT", NULL), 0);
    served_end(s);
}

static void
test_a_server_that_stops_before_all_orders_are_read_goes_on_with_it_at_the_next_start(void **state)
{
    static const struct shop_faults down = {.api_error = 1000}, up = {0};
    struct served *s = *state;
    struct shop *shops[3];
    struct backed_up backup;
    served_start(s);
    open_shops(s, shops);
    back_up(s, &backup);
    shop_sells_one(shops[0], "RUN-1", 2);
    UNTIL(s, 20, served_settled(s));
    served_stop(s);
    put_back(s, &backup);
    shop_faults_set(shops[0], &down);
    served_start(s);
    WRITE(s, 200, "PATCH", "/v1/channels/own", "{'paused':false}");
    served_run(s, US_PER_S);
    served_kill(s);
    served_start(s);
    served_run(s, 2 * US_PER_S);
    assert_true(is_marked(s));
    GET(s, "/v1/channels/own"); /* what was resumed is not paused anew */
    bool is_paused = true;
    assert_true(json_bool(json_get(s->json, "paused"), &is_paused));
    assert_false(is_paused);
    shop_faults_set(shops[0], &up);
    UNTIL(s, 40, !is_marked(s));
    UNTIL(s, 40, served_settled(s));
    assert_int_equal(shop_shows(shops[1], "RUN-1"), UNITS - 2);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_after_a_restore_missed_orders_are_read_and_no_count_rises_above_what_is_left),
        SCENARIO(
            test_a_server_that_stops_before_all_orders_are_read_goes_on_with_it_at_the_next_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
