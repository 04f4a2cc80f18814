/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts connected to the look-alikes on real sockets: from credentials alone to a sale that
 * arrives at a webhook which connecting made, is authentic and is read.
 */
#include "support/sandbox_rig.h"

#include "channels/connector.h"

static struct rig rig;
static struct shop *shop;
static struct account account;
static struct json_doc *doc;

static const struct connect_check *checks[128];
static struct connect_check kept[128];
static size_t checks_count;
static struct slice secrets;

static void open_shop(enum shop_kind kind)
{
    rig_start(&rig, NULL);
    doc = json_doc_new();
    shop =
        rig_shop(&rig,
                 (struct shop_options){
                     .kind = kind, .code = "shop", .points_max = 100000, .points_per_s = 100000});
    rig_item(shop, (struct sandbox_item){.sku = SLICE("MUG"), .product = SLICE("Mug"), .count = 9});
}

static int start_shopify(void **state)
{
    (void)state;
    open_shop(SHOP_SHOPIFY);
    return 0;
}

static int start_woo(void **state)
{
    (void)state;
    open_shop(SHOP_WOOCOMMERCE);
    return 0;
}

static int end(void **state)
{
    (void)state;
    json_doc_free(doc);
    rig_end(&rig);
    return 0;
}

static void configure(const struct connector *connector, const char *settings, const char *said)
{
    struct json root;
    struct err_note note;
    struct slice text = arena_printf(&rig.arena,
                                     "{\"settings\":{\"base_url\":\"%.*s\"%s},\"secrets\":{%s}}",
                                     SLICE_ARG(shop_base_url(shop)),
                                     settings,
                                     said);
    assert_int_equal(json_parse(doc, text, &root, &note), ERR_OK);
    if (connector->configure(json_get(root, "settings"),
                             json_get(root, "secrets"),
                             SLICE("shop"),
                             true,
                             &rig.arena,
                             &account,
                             &note)) {
        fail_msg("%s", note.text);
    }
}

static void connect_now(void)
{
    struct slice cursor = {0};
    checks_count = 0;
    secrets = (struct slice){0};
    for (bool more = true; more;) {
        uint8_t nonce[16];
        struct http_request request;
        struct connect_report report = {0};
        struct channel_signal signal = SIGNAL_NONE;
        struct err_note note;
        env_random(rig.env, nonce, sizeof(nonce));
        struct step step = {.now_us = env_wall_us(rig.env),
                            .nonce = nonce,
                            .cursor = cursor,
                            .hooks_url = slice_of(rig.hooks_url)};
        assert_int_equal(account.connector->build_connect(&account, &step, &rig.arena, &request),
                         ERR_OK);
        rig_call(&rig,
                 arena_copy(&rig.arena, request.method).p,
                 request.url,
                 request.headers,
                 request.headers_count,
                 request.body,
                 0);
        assert_int_equal(rig.err, ERR_OK);
        struct http_response response = {.status = rig.status,
                                         .headers = rig.headers,
                                         .headers_count = rig.headers_count,
                                         .body = rig.body};
        if (account.connector->read_connect(
                &account, &step, &response, rig.doc, &rig.arena, &report, &signal, &note)) {
            fail_msg("%s: %.*s", note.text, SLICE_ARG(rig.body));
        }
        for (size_t i = 0; i < report.checks_count; i++, checks_count++) {
            assert_true(checks_count < COUNT_OF(kept));
            kept[checks_count] = report.checks[i];
            checks[checks_count] = &kept[checks_count];
        }
        secrets = report.secrets.n ? report.secrets : secrets;
        more = signal.next.is_wanted;
        cursor = signal.next.cursor;
    }
}

static size_t found(enum connect_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < checks_count; i++) {
        if (checks[i]->state == CONNECT_WRONG) {
            fail_msg("%s: %.*s", checks[i]->what, SLICE_ARG(checks[i]->detail));
        }
        count += checks[i]->state == state;
    }
    return count;
}

static bool is_quiet(struct rig *r)
{
    return r->hooks_count > 0 && sandbox_stats(r->sandbox).sum.hooks_waiting == 0;
}

/* A webhook that is made pings its address. */
static void forget_pings(void)
{
    rig_until(&rig, is_quiet);
    rig.hooks_count = 0;
}

/* The order that arrived there: authentic, and what it says. */
static struct order_snapshot order_at(const char *path, const char *topic)
{
    const struct rig_hook *arrived = rig_hook_at(&rig, path, 0);
    struct facts facts;
    assert_non_null(arrived);
    struct hook hook = {.method = SLICE("POST"),
                        .topic = slice_of(topic),
                        .headers = arrived->headers,
                        .headers_count = arrived->headers_count,
                        .body = arrived->body};
    assert_int_equal(account.connector->verify(&account, &hook, &rig.arena), HOOK_AUTHENTIC);
    account.connector->decode(&account, &hook, rig.doc, &rig.arena, &facts);
    if (facts.orders_count != 1) {
        fail_msg("%s%s", facts.unreadable ? facts.unreadable : "", facts.ignored);
    }
    return facts.orders[0];
}

#define SHOPIFY_TOPICS 18

static void test_a_shopify_shop_is_connected_and_its_next_sale_arrives(void **state)
{
    (void)state;
    configure(&connector_shopify,
              ",\"shop\":\"shop\"",
              "\"access_token\":\"" RIG_TOKEN "\",\"webhook_secret\":\"" RIG_SECRET "\"");
    connect_now();
    assert_int_equal(found(CONNECT_MADE), SHOPIFY_TOPICS);
    assert_int_equal(found(CONNECT_BY_HAND), 1); /* which of our locations that is */

    rig_buy(shop, "MUG", 2);
    rig_until(&rig, is_quiet);
    struct order_snapshot order = order_at("/hooks/shop/orders/create", "orders/create");
    assert_int_equal(order.lines_count, 1);
    assert_int_equal(order.lines[0].ordered, 2);
    assert_int_equal(order.country.n, 2);
    /* Nobody's name came along, though the shop knows it. */
    struct slice body = rig_hook_at(&rig, "/hooks/shop/orders/create", 0)->body;
    static const char *const personal[] = {"\"customer\"", "\"email\"", "address1", "\"phone\""};
    for (size_t i = 0; i < COUNT_OF(personal); i++) {
        assert_null(memmem(body.p, body.n, personal[i], strlen(personal[i])));
    }
    assert_int_equal(rig_hooks_to(&rig, "/hooks/shop/inventory_levels/update"), 1);

    /* Connected again: all is there, and with the location mapped nothing is left to do. */
    configure(&connector_shopify,
              arena_printf(&rig.arena,
                           ",\"shop\":\"shop\",\"location_map\":[{\"location\":\"main\","
                           "\"remote\":\"%.*s\"}]",
                           SLICE_ARG(shop_location_id(shop)))
                  .p,
              "\"access_token\":\"" RIG_TOKEN "\",\"webhook_secret\":\"" RIG_SECRET "\"");
    connect_now();
    assert_int_equal(found(CONNECT_MADE), 0);
    assert_int_equal(found(CONNECT_BY_HAND), 0);
    assert_int_equal(found(CONNECT_OK), 3 + 2 + SHOPIFY_TOPICS); /* its two places by name */
}

#define WOO_KEYS "\"consumer_key\":\"" RIG_KEY "\",\"consumer_secret\":\"" RIG_KEY_SECRET "\""
#define WOO_TOPICS 8

static void test_a_woocommerce_shop_is_connected_and_its_next_sale_arrives(void **state)
{
    (void)state;
    configure(&connector_woocommerce, "", WOO_KEYS);
    connect_now();
    assert_int_equal(found(CONNECT_MADE), 1 + WOO_TOPICS); /* with the secret */
    assert_true(secrets.n > 64);
    forget_pings();

    /* The secret is kept with the channel's: {"webhook_secret":"..."} without its braces. */
    struct slice inner = {secrets.p + 1, secrets.n - 2};
    configure(
        &connector_woocommerce, "", arena_printf(&rig.arena, WOO_KEYS ",%.*s", SLICE_ARG(inner)).p);
    rig_buy(shop, "MUG", 2);
    rig_until(&rig, is_quiet);
    struct order_snapshot order = order_at("/hooks/shop/order.updated", "order.updated");
    assert_int_equal(order.lines_count, 1);
    assert_int_equal(order.lines[0].ordered, 2);

    connect_now();
    assert_int_equal(found(CONNECT_MADE), 0);
    assert_int_equal(secrets.n, 0);
}

/* An exchange broke off after its webhooks were made: nobody knows their secret any more. */
static void test_webhooks_with_a_lost_secret_are_taken_over(void **state)
{
    (void)state;
    configure(&connector_woocommerce, "", WOO_KEYS);
    connect_now();
    struct slice lost = secrets;
    connect_now();
    assert_false(slice_equal(secrets, lost));
    assert_int_equal(found(CONNECT_MADE), 1 + WOO_TOPICS);
    forget_pings();
    struct slice inner = {secrets.p + 1, secrets.n - 2};
    configure(
        &connector_woocommerce, "", arena_printf(&rig.arena, WOO_KEYS ",%.*s", SLICE_ARG(inner)).p);
    rig_buy(shop, "MUG", 1);
    rig_until(&rig, is_quiet);
    order_at("/hooks/shop/order.updated", "order.updated");
    /* Taken over, not doubled. */
    assert_int_equal(rig_hooks_to(&rig, "/hooks/shop/order.updated"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_shopify_shop_is_connected_and_its_next_sale_arrives, start_shopify, end),
        cmocka_unit_test_setup_teardown(
            test_a_woocommerce_shop_is_connected_and_its_next_sale_arrives, start_woo, end),
        cmocka_unit_test_setup_teardown(
            test_webhooks_with_a_lost_secret_are_taken_over, start_woo, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
