/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walmart with count_mode `gross`: what we write there has its own open orders in it, since it
 * subtracts them itself, so that its buyers see what may be sold.
 */
#include "support/served_shop.h"

#define UNITS 10

struct gross {
    struct served *s;
    struct shop *walmart, *own;
    int64_t listing;
};

static struct gross open_gross(struct served *s)
{
    struct err_note note;
    char hooks_url[128];
    struct gross g = {.s = s};
    served_start(s);
    served_location(s, "berlin");
    snprintf(hooks_url, sizeof(hooks_url), "http://127.0.0.1:%d/hooks/walmart", s->port);
    const struct shop_options options = {.kind = SHOP_WALMART,
                                         .code = "walmart",
                                         .hooks_url = hooks_url,
                                         .hook_secret = SHOP_SECRET,
                                         .token = SHOP_TOKEN,
                                         .token_secret = SHOP_TOKEN_SECRET};
    assert_int_equal(sandbox_shop_add(s->sandbox, &options, &g.walmart, &note), ERR_OK);
    served_channel(s, g.walmart, ",\"count_mode\":\"gross\"");
    g.own = served_shop(s, SHOP_API, "own");
    served_sku(s, "TEE", UNITS);
    g.listing = served_listing(s, g.walmart, "TEE", 0);
    served_listing(s, g.own, "TEE", 0);
    return g;
}

/* No event of Walmart tells of shipments and of the seller's cancels: the reading of its orders
 * would find them within 30 s. Any event that names the order has it read at once. */
static void walmart_pokes(struct gross *g, int64_t order)
{
    struct arena arena;
    uint8_t mac[SHA256_SIZE];
    arena_init(&arena, (size_t)1 << 20);
    struct slice body =
        arena_printf(&arena,
                     "{\"source\":{\"eventType\":\"ORDER_UPDATES\",\"eventId\":\"%" PRId64
                     "\"},\"payload\":{\"order\":{\"purchaseOrderId\":\"%" PRId64 "\"}}}",
                     env_mono_us(g->s->env),
                     order);
    hmac_sha256(mac, SLICE(SHOP_SECRET), body);
    const struct http_header headers[] = {
        {SLICE("X-TC-Signature"),
         hex_encode(&arena, (struct slice){(const char *)mac, sizeof(mac)})},
        {SLICE("Content-Type"), SLICE("application/json")}};
    assert_int_equal(
        served_send(
            g->s, "POST", SLICE("/hooks/walmart/order_updates"), headers, COUNT_OF(headers), body),
        200);
    arena_free(&arena);
}

/* The number that Walmart was told last, and confirmed; it settles there. */
static bool is_written(struct gross *g, int64_t number)
{
    GET(g->s, "/v1/listings/%" PRId64, g->listing);
    int64_t published = -1;
    (void)json_int(json_get(g->s->json, "published"), &published);
    return published == number && slice_is(said_text(g->s->json, "state"), "ok");
}

static int64_t writes_of(const struct gross *g)
{
    struct shop_item item;
    assert_true(shop_item_find(g->walmart, SLICE("TEE"), &item));
    return item.writes;
}

static bool shows(const struct gross *g, int64_t units)
{
    return shop_shows(g->walmart, "TEE") == units && shop_shows(g->own, "TEE") == units;
}

static void test_open_orders_raise_what_is_written_and_shipping_lowers_it_again(void **state)
{
    struct gross g = open_gross(*state);
    UNTIL(g.s, 20, is_written(&g, UNITS) && shows(&g, UNITS));
    int64_t writes = writes_of(&g);
    /* Its own sale needs no write: 7 may be sold, and 3 are open. */
    int64_t order = shop_sells_one(g.walmart, "TEE", 3);
    UNTIL(g.s, 20, shows(&g, 7) && is_written(&g, UNITS));
    assert_int_equal(writes_of(&g), writes);
    shop_sells_one(g.own, "TEE", 2);
    UNTIL(g.s, 20, shows(&g, 5) && is_written(&g, 5 + 3));
    /* One of three ships: Walmart shows it again, until less is written. */
    assert_int_equal(shop_fulfil(g.walmart, order, 0, 1), SHOP_DONE);
    assert_int_equal(shop_shows(g.walmart, "TEE"), 6);
    walmart_pokes(&g, order);
    UNTIL(g.s, 20, shows(&g, 5) && is_written(&g, 5 + 2));
    assert_int_equal(shop_fulfil(g.walmart, order, 0, 0), SHOP_DONE);
    walmart_pokes(&g, order);
    UNTIL(g.s, 20, shows(&g, 5) && is_written(&g, 5));
    assert_int_equal(served_stock(g.s, "TEE", "reserved"), 2);
    served_end(g.s);
}

static void test_a_cancel_lowers_what_is_written_only_by_what_was_open(void **state)
{
    struct gross g = open_gross(*state);
    UNTIL(g.s, 20, is_written(&g, UNITS) && shows(&g, UNITS));
    int64_t order = shop_sells_one(g.walmart, "TEE", 4);
    UNTIL(g.s, 20, shows(&g, 6));
    shop_sells_one(g.own, "TEE", 6);
    UNTIL(g.s, 20, shows(&g, 0) && is_written(&g, 4));
    assert_true(shop_refuses(g.walmart, "TEE"));
    /* The units are free again: as many may be sold as were open, so the number stays. */
    int64_t writes = writes_of(&g);
    assert_int_equal(shop_cancel_units(g.walmart, order, 0, 1, true), SHOP_DONE);
    walmart_pokes(&g, order);
    UNTIL(g.s, 20, shows(&g, 1) && is_written(&g, 4));
    assert_int_equal(shop_cancel(g.walmart, order, true), SHOP_DONE);
    walmart_pokes(&g, order);
    UNTIL(g.s, 20, shows(&g, 4) && is_written(&g, 4));
    assert_int_equal(writes_of(&g), writes);
    /* What is open no more counts no more: all that is left is sold elsewhere. */
    shop_sells_one(g.own, "TEE", 4);
    UNTIL(g.s, 20, shows(&g, 0) && is_written(&g, 0));
    assert_int_equal(served_incidents(g.s, "OVERSOLD", NULL), 0);
    served_end(g.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_open_orders_raise_what_is_written_and_shipping_lowers_it_again),
        SCENARIO(test_a_cancel_lowers_what_is_written_only_by_what_was_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
