/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our connectors against the look-alikes. Both were written from the platforms' facts, by different
 * hands: where they do not understand each other, one of them misread.
 */
#include "support/sandbox_rig.h"

#include "channels/connector.h"

#define SKUS 300

struct party {
    const struct connector *connector;
    enum shop_kind kind;
    struct shop *shop;
    struct account account;
};

static struct rig rig;
static struct party party;

/* private_ok: Basic over plain http; else OAuth 1.0a. */
static void open_shop(const struct connector *connector,
                      enum shop_kind kind,
                      const char *config,
                      bool private_ok,
                      struct shop_options options)
{
    struct err_note note;
    struct json root;
    rig_start(&rig, NULL);
    options.kind = kind;
    options.code = "shop";
    options.hooks_url = rig.hooks_url;
    options.points_per_s = 100000;
    options.points_max = 100000;
    party = (struct party){.connector = connector, .kind = kind};
    party.shop = rig_shop(&rig, options);
    assert_int_equal(sandbox_catalogue_fill(rig.sandbox, 11, SKUS, &note), ERR_OK);
    struct slice base_url = shop_base_url(party.shop);
    struct slice location = shop_location_id(party.shop);
    struct slice text = arena_printf(&rig.arena,
                                     "{\"settings\":{\"base_url\":\"%.*s\"%s%.*s%s},"
                                     "\"secrets\":{%s}}",
                                     SLICE_ARG(base_url),
                                     location.n ? ",\"shop\":\"shop.myshopify.com\","
                                                  "\"location_map\":[{\"location\":\"main\","
                                                  "\"remote\":\""
                                                : "",
                                     SLICE_ARG(location),
                                     location.n ? "\"}]" : "",
                                     config);
    struct json_doc *doc = json_doc_new();
    assert_int_equal(json_parse(doc, text, &root, &note), ERR_OK);
    if (connector->configure(json_get(root, "settings"),
                             json_get(root, "secrets"),
                             SLICE("shop"),
                             private_ok,
                             &rig.arena,
                             &party.account,
                             &note)) {
        fail_msg("%s", note.text);
    }
    json_doc_free(doc);
}

static int start_shopify(void **state)
{
    (void)state;
    open_shop(&connector_shopify,
              SHOP_SHOPIFY,
              "\"access_token\":\"" RIG_TOKEN "\",\"webhook_secret\":\"" RIG_SECRET "\"",
              true,
              (struct shop_options){0});
    return 0;
}

#define WOO_SECRETS                                                                                \
    "\"consumer_key\":\"" RIG_KEY "\",\"consumer_secret\":\"" RIG_KEY_SECRET                       \
    "\",\"webhook_secret\":\"" RIG_SECRET "\""

static int start_woo(void **state)
{
    (void)state;
    open_shop(&connector_woocommerce,
              SHOP_WOOCOMMERCE,
              WOO_SECRETS,
              false,
              (struct shop_options){.plain_http = true});
    return 0;
}

static int start_woo_trusted(void **state)
{
    (void)state;
    open_shop(
        &connector_woocommerce, SHOP_WOOCOMMERCE, WOO_SECRETS, true, (struct shop_options){0});
    return 0;
}

static int start_api(void **state)
{
    (void)state;
    open_shop(&connector_api,
              SHOP_API,
              "\"webhook_secret\":\"" RIG_SECRET "\"",
              true,
              (struct shop_options){0});
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&rig);
    return 0;
}

/* ---- performing what a connector built ---- */

static struct http_response perform(enum err built, const struct http_request *request)
{
    assert_int_equal(built, ERR_OK);
    struct slice name = arena_printf(&rig.arena, "%.*s", SLICE_ARG(request->method));
    rig_call(
        &rig, name.p, request->url, request->headers, request->headers_count, request->body, 0);
    assert_int_equal(rig.err, ERR_OK);
    return (struct http_response){.status = rig.status,
                                  .headers = rig.headers,
                                  .headers_count = rig.headers_count,
                                  .body = rig.body};
}

static int64_t now_us(void)
{
    return env_wall_us(rig.env);
}

static struct slice new_key(void)
{
    uint8_t bytes[16];
    env_random(rig.env, bytes, sizeof(bytes));
    return uuid_text(&rig.arena, bytes);
}

/* A nonce of its own for each request, as production does. */
static const uint8_t *new_nonce(void)
{
    uint8_t *bytes = arena_alloc(&rig.arena, 16);
    env_random(rig.env, bytes, 16);
    return bytes;
}

/* ---- the catalogue ---- */

static struct catalogue_item items[SKUS * 3];
static size_t items_count;

static void read_catalogue(void)
{
    struct slice cursor = {0};
    items_count = 0;
    do {
        struct http_request request = {0};
        struct catalogue_page page = {0};
        struct channel_signal signal = {0};
        struct err_note note = {{0}};
        enum err e = party.connector->build_catalogue(
            &party.account,
            &(struct step){.now_us = now_us(), .nonce = new_nonce(), .cursor = cursor},
            &rig.arena,
            &request);
        struct http_response response = perform(e, &request);
        e = party.connector->read_catalogue(&party.account,
                                            &(struct step){.cursor = cursor},
                                            &response,
                                            rig.doc,
                                            &rig.arena,
                                            &page,
                                            &signal,
                                            &note);
        if (e) {
            fail_msg("%s: %.*s", note.text, SLICE_ARG(response.body));
        }
        for (size_t i = 0; i < page.items_count; i++) {
            assert_true(items_count < COUNT_OF(items));
            items[items_count++] = page.items[i];
        }
        cursor = page.next;
    } while (cursor.n > 0);
}

static const struct catalogue_item *item_of(struct slice sku)
{
    for (size_t i = 0; i < items_count; i++) {
        if (slice_equal(items[i].sku, sku)) {
            return &items[i];
        }
    }
    return NULL;
}

static void test_the_whole_catalogue_is_read(void **state)
{
    (void)state;
    struct shop_item own;
    read_catalogue();
    for (size_t i = 0; shop_item_at(party.shop, i, &own); i++) {
        const struct catalogue_item *item = item_of(own.sku);
        if (!item) {
            fail_msg("%.*s is missing", SLICE_ARG(own.sku));
            return;
        }
        assert_true(slice_equal(item->product, own.product));
        assert_true(slice_equal(item->barcode, own.barcode));
        assert_true(item->is_managed && !item->parent_managed);
        if (item->count_known) {
            assert_int_equal(item->count, own.count);
        }
        if (own.title.n > 0) {
            assert_true(item->options.n > 2);
        }
    }
}

/* ---- pushes and readings ---- */

static struct push_item push_of(const struct catalogue_item *item, int64_t value, int64_t compare)
{
    return (struct push_item){.remote = item->remote,
                              .stock_key = item->stock_key,
                              .location = shop_location_id(party.shop),
                              .value = value,
                              .compare = compare,
                              .has_compare = party.connector->semantics.compare_and_set};
}

static struct channel_signal
push(const struct push_item *rows, size_t count, struct slice key, struct push_result *out)
{
    struct http_request request = {0};
    struct channel_signal signal = {0};
    enum err e = party.connector->build_push(
        &party.account,
        rows,
        count,
        &(struct step){.now_us = now_us(), .nonce = new_nonce(), .key = key},
        &rig.arena,
        &request);
    struct http_response response = perform(e, &request);
    party.connector->read_push(&party.account,
                               rows,
                               count,
                               &(struct step){0},
                               &response,
                               rig.doc,
                               &rig.arena,
                               out,
                               &signal);
    return signal;
}

/* The first `max` items that may travel in one request with the first of them. */
static size_t one_group(struct push_item *rows, struct shop_item *own, size_t max, int64_t value)
{
    struct slice group = {0};
    size_t count = 0;
    struct shop_item item;
    for (size_t i = 0; count < max && shop_item_at(party.shop, i, &item); i++) {
        const struct catalogue_item *listed = item_of(item.sku);
        struct push_item row = push_of(listed, value, item.count);
        struct slice its = party.connector->push_group(&party.account, &row, &rig.arena);
        if (count == 0) {
            group = its;
        }
        if (slice_equal(its, group)) {
            own[count] = item;
            rows[count++] = row;
        }
    }
    return count;
}

static void test_pushes_land_and_are_confirmed(void **state)
{
    (void)state;
    struct push_item rows[20];
    struct shop_item own[20];
    struct push_result results[20];
    read_catalogue();
    size_t count = one_group(rows, own, COUNT_OF(rows), 7);
    assert_true(count > 0);
    struct channel_signal signal = push(rows, count, new_key(), results);
    assert_false(signal.throttled || signal.unauthorised || signal.down);
    for (size_t i = 0; i < count; i++) {
        int64_t shown = -1;
        assert_int_equal(results[i].outcome, PUSH_CONFIRMED);
        assert_true(shop_item_count(party.shop, own[i].sku, &shown));
        assert_int_equal(shown, 7);
    }
}

static void test_a_sale_in_between_makes_a_compared_push_stale(void **state)
{
    (void)state;
    struct push_item row;
    struct shop_item own;
    struct push_result result;
    int64_t order;
    read_catalogue();
    assert_int_equal(one_group(&row, &own, 1, 7), 1);
    struct shop_line line = {own.sku, 1};
    assert_int_equal(shop_buy(party.shop, &line, 1, &order), SHOP_DONE);
    push(&row, 1, new_key(), &result);
    assert_int_equal(result.outcome, PUSH_STALE);
    int64_t shown = -1;
    assert_true(shop_item_count(party.shop, own.sku, &shown));
    assert_int_equal(shown, own.count - 1);
}

static void test_a_throttled_or_broken_call_is_read_as_such(void **state)
{
    (void)state;
    struct push_item row;
    struct shop_item own;
    struct push_result result;
    read_catalogue();
    assert_int_equal(one_group(&row, &own, 1, 7), 1);
    shop_faults_set(party.shop, &(struct shop_faults){.api_throttle = 1000});
    struct channel_signal signal = push(&row, 1, new_key(), &result);
    assert_int_equal(result.outcome, PUSH_LATER);
    assert_true(signal.throttled);
    shop_faults_set(party.shop, &(struct shop_faults){.api_error = 1000});
    push(&row, 1, new_key(), &result);
    assert_true(result.outcome == PUSH_LATER || result.outcome == PUSH_UNKNOWN);
    int64_t shown = -1;
    assert_true(shop_item_count(party.shop, own.sku, &shown));
    assert_int_equal(shown, own.count);
}

static void test_counts_are_read_back(void **state)
{
    (void)state;
    struct push_item rows[20];
    struct shop_item own[20];
    struct read_result results[20];
    struct http_request request = {0};
    struct channel_signal signal = {0};
    read_catalogue();
    size_t count = one_group(rows, own, COUNT_OF(rows), 7);
    enum err e =
        party.connector->build_read(&party.account,
                                    rows,
                                    count,
                                    &(struct step){.now_us = now_us(), .nonce = new_nonce()},
                                    &rig.arena,
                                    &request);
    struct http_response response = perform(e, &request);
    party.connector->read_counts(&party.account,
                                 rows,
                                 count,
                                 &(struct step){0},
                                 &response,
                                 rig.doc,
                                 &rig.arena,
                                 results,
                                 &signal);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(results[i].outcome, READ_COUNT);
        assert_int_equal(results[i].count, own[i].count);
    }
}

/* ---- orders ---- */

static struct slice sku_at(size_t index)
{
    struct shop_item item;
    assert_true(shop_item_at(party.shop, index, &item));
    return arena_copy(&rig.arena, item.sku);
}

static bool nothing_waits(struct rig *r)
{
    return sandbox_stats(r->sandbox).sum.hooks_waiting == 0;
}

static struct slice topic_of(const struct rig_hook *hook)
{
    struct slice topic = slice_from(hook->path, strlen("/hooks/shop"));
    return slice_from(topic, 1);
}

static const struct order_snapshot *decode_last(const char *path)
{
    size_t count = rig_hooks_to(&rig, path);
    assert_true(count > 0);
    const struct rig_hook *from = rig_hook_at(&rig, path, count - 1);
    struct facts facts = {0};
    struct hook hook = {.method = SLICE("POST"),
                        .topic = topic_of(from),
                        .headers = from->headers,
                        .headers_count = from->headers_count,
                        .body = from->body,
                        .received_at_us = now_us()};
    assert_int_equal(party.connector->verify(&party.account, &hook, &rig.arena), HOOK_AUTHENTIC);
    party.connector->decode(&party.account, &hook, rig.doc, &rig.arena, &facts);
    if (facts.unreadable) {
        fail_msg("%s", facts.unreadable);
    }
    assert_int_equal(facts.orders_count, 1);
    return &facts.orders[0];
}

static const char *order_path(void)
{
    static const char *const paths[] = {
        "/hooks/shop/orders/updated", "/hooks/shop/order.updated", "/hooks/shop"};
    return paths[party.kind];
}

static const char *created_path(void)
{
    static const char *const paths[] = {
        "/hooks/shop/orders/create", "/hooks/shop/order.created", "/hooks/shop"};
    return paths[party.kind];
}

/* Units that the shop's own count misses because of the line, as the connector sees it. */
static int64_t taken_of(const struct snapshot_line *line)
{
    return line->taken == TAKEN_UNSAID ? line->ordered - line->cancelled - line->restocked
                                       : line->taken;
}

static void want_line(const struct order_snapshot *order,
                      size_t at,
                      int64_t open,
                      int64_t fulfilled,
                      int64_t restocked,
                      int64_t taken)
{
    const struct snapshot_line *line = &order->lines[at];
    assert_int_equal(line->ordered - line->cancelled - line->fulfilled, open);
    assert_int_equal(line->fulfilled, fulfilled);
    assert_int_equal(line->restocked, restocked);
    assert_int_equal(taken_of(line), taken);
}

static void test_a_sale_is_decoded(void **state)
{
    (void)state;
    struct shop_line lines[] = {{sku_at(0), 2}, {sku_at(40), 1}};
    int64_t id = 0;
    assert_int_equal(shop_buy(party.shop, lines, 2, &id), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    const struct order_snapshot *order = decode_last(created_path());
    assert_int_equal(order->lines_count, 2);
    want_line(order, 0, 2, 0, 0, 2);
    want_line(order, 1, 1, 0, 0, 1);
    assert_int_equal(order->country.n, 2);
    assert_true(slice_ends(order->id, arena_printf(&rig.arena, "%" PRId64, id).p));
    assert_false(order->is_test);
    if (party.kind != SHOP_API) {
        read_catalogue();
        const struct catalogue_item *item = item_of(sku_at(40));
        assert_true(slice_equal(order->lines[1].remote, item->key));
    }
}

static void test_a_cancel_is_decoded(void **state)
{
    (void)state;
    struct shop_line line = {sku_at(0), 1};
    int64_t id = 0;
    assert_int_equal(shop_buy(party.shop, &line, 1, &id), SHOP_DONE);
    assert_int_equal(shop_cancel(party.shop, id, true), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    want_line(decode_last(order_path()), 0, 0, 0, 0, 0);
}

static void test_an_edit_down_is_decoded(void **state)
{
    (void)state;
    struct shop_line line = {sku_at(2), 3};
    int64_t id = 0;
    assert_int_equal(shop_buy(party.shop, &line, 1, &id), SHOP_DONE);
    assert_int_equal(shop_edit(party.shop, id, 0, 1), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    want_line(decode_last(order_path()), 0, 1, 0, 0, 1);
}

static void test_an_edit_up_is_decoded(void **state)
{
    (void)state;
    struct shop_line line = {sku_at(2), 1};
    int64_t id = 0;
    assert_int_equal(shop_buy(party.shop, &line, 1, &id), SHOP_DONE);
    assert_int_equal(shop_edit(party.shop, id, 0, 3), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    want_line(decode_last(order_path()), 0, 3, 0, 0, 3);
}

static void test_a_shipment_and_a_return_are_decoded(void **state)
{
    (void)state;
    struct shop_line line = {sku_at(2), 3};
    int64_t id = 0;
    assert_int_equal(shop_buy(party.shop, &line, 1, &id), SHOP_DONE);
    assert_int_equal(shop_fulfil(party.shop, id, 0, 0), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    want_line(decode_last(order_path()), 0, 0, 3, 0, 3);
    assert_int_equal(shop_refund(party.shop, id, 0, 1, true), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    want_line(decode_last(order_path()), 0, 0, 3, 1, 2);
}

static void test_orders_changed_since_are_read_page_by_page(void **state)
{
    (void)state;
    struct slice cursor = {0};
    size_t seen = 0;
    int64_t since_us = now_us() - 120 * US_PER_S;
    for (size_t i = 0; i < 150; i++) {
        struct shop_line line = {sku_at(i), 1};
        int64_t id;
        assert_int_equal(shop_buy(party.shop, &line, 1, &id), SHOP_DONE);
    }
    do {
        struct http_request request = {0};
        struct orders_page page = {0};
        struct channel_signal signal = {0};
        struct err_note note = {{0}};
        enum err e = party.connector->build_orders(
            &party.account,
            &(struct step){
                .now_us = now_us(), .nonce = new_nonce(), .since_us = since_us, .cursor = cursor},
            &rig.arena,
            &request);
        struct http_response response = perform(e, &request);
        e = party.connector->read_orders(&party.account,
                                         &(struct step){.now_us = now_us()},
                                         &response,
                                         rig.doc,
                                         &rig.arena,
                                         &page,
                                         &signal,
                                         &note);
        if (e) {
            fail_msg("%s: %.*s", note.text, SLICE_ARG(response.body));
        }
        seen += page.facts.orders_count;
        cursor = page.next;
    } while (cursor.n > 0);
    assert_int_equal(seen, 150);
}

static void test_one_order_is_read(void **state)
{
    (void)state;
    struct shop_line line = {sku_at(2), 3};
    int64_t id = 0;
    struct http_request request = {0};
    struct facts facts = {0};
    struct channel_signal signal = {0};
    struct err_note note = {{0}};
    assert_int_equal(shop_buy(party.shop, &line, 1, &id), SHOP_DONE);
    assert_int_equal(shop_cancel_units(party.shop, id, 0, 1, true), SHOP_DONE);
    enum err e =
        party.connector->build_order(&party.account,
                                     arena_printf(&rig.arena, "%" PRId64, id),
                                     &(struct step){.now_us = now_us(), .nonce = new_nonce()},
                                     &rig.arena,
                                     &request);
    struct http_response response = perform(e, &request);
    e = party.connector->read_order(&party.account,
                                    &(struct step){.now_us = now_us()},
                                    &response,
                                    rig.doc,
                                    &rig.arena,
                                    &facts,
                                    &signal,
                                    &note);
    if (e) {
        fail_msg("%s: %.*s", note.text, SLICE_ARG(response.body));
    }
    assert_int_equal(facts.orders_count, 1);
    want_line(&facts.orders[0], 0, 2, 0, 0, 2);
    e = party.connector->build_order(&party.account,
                                     SLICE("999999999"),
                                     &(struct step){.now_us = now_us(), .nonce = new_nonce()},
                                     &rig.arena,
                                     &request);
    response = perform(e, &request);
    e = party.connector->read_order(&party.account,
                                    &(struct step){.now_us = now_us()},
                                    &response,
                                    rig.doc,
                                    &rig.arena,
                                    &facts,
                                    &signal,
                                    &note);
    assert_int_equal(e, ERR_NOT_FOUND);
}

static void test_a_count_event_is_decoded(void **state)
{
    (void)state;
    struct slice sku = sku_at(5);
    assert_int_equal(shop_stock_edit(party.shop, sku, 4), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    assert_true(rig.hooks_count > 0);
    const struct rig_hook *from = &rig.hooks[rig.hooks_count - 1];
    struct facts facts = {0};
    struct hook hook = {.method = SLICE("POST"),
                        .topic = topic_of(from),
                        .headers = from->headers,
                        .headers_count = from->headers_count,
                        .body = from->body,
                        .received_at_us = now_us()};
    assert_int_equal(party.connector->verify(&party.account, &hook, &rig.arena), HOOK_AUTHENTIC);
    party.connector->decode(&party.account, &hook, rig.doc, &rig.arena, &facts);
    assert_int_equal(facts.observations_count, 1);
    assert_true(facts.observations[0].is_known);
    assert_int_equal(facts.observations[0].count, 4);
    read_catalogue();
    /* A platform with locations names them behind the listing's own key. */
    assert_true(slice_starts(facts.observations[0].stock_key, item_of(sku)->stock_key.p));
}

/* ---- the shop that speaks our API ---- */

static void test_our_own_pushes_are_taken_by_an_api_shop(void **state)
{
    (void)state;
    struct slice sku = sku_at(3);
    struct slice text = arena_printf(&rig.arena, "{\"sku\":\"%.*s\"}", SLICE_ARG(sku));
    struct slice remote;
    struct slice key;
    struct slice stock_key;
    struct err_note note;
    assert_int_equal(
        party.connector->listing_keys(
            &party.account, rig_parse(&rig, text), &rig.arena, &remote, &key, &stock_key, &note),
        ERR_OK);
    struct push_item row = {.remote = remote, .stock_key = stock_key, .value = 6};
    struct push_result result;
    push(&row, 1, new_key(), &result);
    assert_int_equal(result.outcome, PUSH_CONFIRMED);
    int64_t shown = -1;
    assert_true(shop_item_count(party.shop, sku, &shown));
    assert_int_equal(shown, 6);
}

#define SHOPIFY(name) cmocka_unit_test_setup_teardown(name, start_shopify, end)
#define WOO(name) cmocka_unit_test_setup_teardown(name, start_woo, end)
#define API(name) cmocka_unit_test_setup_teardown(name, start_api, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOPIFY(test_the_whole_catalogue_is_read),
        SHOPIFY(test_pushes_land_and_are_confirmed),
        SHOPIFY(test_a_sale_in_between_makes_a_compared_push_stale),
        SHOPIFY(test_a_throttled_or_broken_call_is_read_as_such),
        SHOPIFY(test_counts_are_read_back),
        SHOPIFY(test_a_sale_is_decoded),
        SHOPIFY(test_a_cancel_is_decoded),
        SHOPIFY(test_an_edit_down_is_decoded),
        SHOPIFY(test_an_edit_up_is_decoded),
        SHOPIFY(test_a_shipment_and_a_return_are_decoded),
        SHOPIFY(test_orders_changed_since_are_read_page_by_page),
        SHOPIFY(test_one_order_is_read),
        SHOPIFY(test_a_count_event_is_decoded),
        WOO(test_the_whole_catalogue_is_read),
        WOO(test_pushes_land_and_are_confirmed),
        WOO(test_a_throttled_or_broken_call_is_read_as_such),
        WOO(test_counts_are_read_back),
        WOO(test_a_sale_is_decoded),
        WOO(test_a_cancel_is_decoded),
        WOO(test_an_edit_down_is_decoded),
        WOO(test_an_edit_up_is_decoded),
        WOO(test_a_shipment_and_a_return_are_decoded),
        WOO(test_orders_changed_since_are_read_page_by_page),
        WOO(test_one_order_is_read),
        WOO(test_a_count_event_is_decoded),
        cmocka_unit_test_setup_teardown(test_pushes_land_and_are_confirmed, start_woo_trusted, end),
        API(test_a_sale_is_decoded),
        API(test_a_cancel_is_decoded),
        API(test_an_edit_down_is_decoded),
        API(test_an_edit_up_is_decoded),
        API(test_a_shipment_and_a_return_are_decoded),
        API(test_our_own_pushes_are_taken_by_an_api_shop),
    };
    return cmocka_run_group_tests_name("sandbox_connectors", tests, NULL, NULL);
}
