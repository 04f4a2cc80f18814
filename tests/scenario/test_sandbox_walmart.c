/* SPDX-License-Identifier: Apache-2.0 */
/* The Walmart look-alike over real sockets: its headers, gross counts, feeds and orders. */
#include "support/walmart_rig.h"

static int64_t node_figure(const char *path, size_t node, const char *figure)
{
    get(path);
    assert_int_equal(rig.status, 200);
    struct json v = rig_at(json_get(rig.json, "nodes"), node);
    assert_slice(rig_text(json_path(v, figure, "unit", NULL)), "EACH");
    return rig_int(json_path(v, figure, "amount", NULL));
}

static void want_node(const char *path, size_t node, int64_t input, int64_t shown, int64_t reserved)
{
    assert_int_equal(node_figure(path, node, "inputQty"), input);
    assert_int_equal(node_figure(path, node, "availToSellQty"), shown);
    assert_int_equal(node_figure(path, node, "reservedQty"), reserved);
}

/* ---- the door ---- */

static void test_a_token_is_sold_for_the_right_id_and_secret(void **state)
{
    (void)state;
    buy_token_as(RIG_TOKEN, "wrong");
    want_error(401, "error", "INVALID_TOKEN.GMP_GATEWAY_API");
    buy_token_as(RIG_TOKEN, RIG_KEY_SECRET);
    assert_int_equal(rig_int(json_get(rig.json, "expires_in")), 900);
    assert_slice(rig_text(json_get(rig.json, "token_type")), "Bearer");
    get("/v3/token/detail");
    assert_slice(rig_text(json_path(rig.json, "scopes", "inventory", NULL)), "full_access");
}

static void test_each_of_the_mandatory_headers_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        int without;
        const char *name;
    } cases[] = {{NO_TOKEN, "WM_SEC.ACCESS_TOKEN"},
                 {NO_ID, "WM_QOS.CORRELATION_ID"},
                 {NO_NAME, "WM_SVC.NAME"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        call_without(
            cases[i].without, "GET", "/v3/inventory?sku=MUG", "application/json", SLICE(""));
        want_error(400, "errors", "INVALID_REQUEST_HEADER");
        assert_slice(rig_text(json_get(rig_at(json_get(rig.json, "errors"), 0), "field")),
                     cases[i].name);
    }
    call_without(NO_JSON, "GET", "/v3/inventory?sku=MUG", "application/json", SLICE(""));
    assert_int_equal(rig.status, 200);
    assert_slice(rig_header(&rig, "Content-Type"), "application/xml");
}

static void test_a_token_that_died_is_refused_until_another_is_bought(void **state)
{
    (void)state;
    get("/v3/inventory?sku=MUG");
    assert_int_equal(rig.status, 200);
    tokens_end(&wm_of(shop)->tokens);
    get("/v3/inventory?sku=MUG");
    want_error(401, "error", "UNAUTHORIZED.GMP_GATEWAY_API");
    buy_token();
    get("/v3/inventory?sku=MUG");
    assert_int_equal(rig.status, 200);
}

static bool never(struct rig *r)
{
    (void)r;
    return false;
}

static int start_short(void **state)
{
    (void)state;
    start_with((struct shop_options){.token_s = 1});
    return 0;
}

static void test_a_token_dies_at_the_end_of_its_life(void **state)
{
    (void)state;
    buy_token();
    assert_int_equal(rig_int(json_get(rig.json, "expires_in")), 1);
    get("/v3/inventory?sku=MUG");
    assert_int_equal(rig.status, 200);
    rig_wait(&rig, never, 1100 * US_PER_MS);
    get("/v3/inventory?sku=MUG");
    want_error(401, "error", "UNAUTHORIZED.GMP_GATEWAY_API");
}

static void test_a_bucket_runs_dry_and_says_when_it_fills(void **state)
{
    (void)state;
    get("/v3/inventory?sku=MUG");
    int64_t left = 0;
    assert_true(slice_int(rig_header(&rig, "x-current-token-count"), &left));
    assert_int_equal(left, 199);
    for (int i = 0; i < 205 && rig.status == 200; i++) {
        get("/v3/inventory?sku=MUG");
    }
    want_error(429, "error", "REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API");
    int64_t next_ms = 0;
    assert_true(slice_int(rig_header(&rig, "x-next-replenish-time"), &next_ms));
    int64_t now_ms = env_wall_us(rig.env) / US_PER_MS;
    assert_true(next_ms > now_ms - 100 && next_ms < now_ms + 1000);
    get("/v3/orders"); /* another operation has another bucket */
    assert_int_equal(rig.status, 200);
}

/* ---- the number is gross ---- */

static void test_a_sale_is_reserved_and_a_shipment_is_shown_again(void **state)
{
    (void)state;
    want_node("/v3/inventories/TEE-S", 0, 10, 10, 0);
    int64_t order = rig_buy(shop, "TEE-S", 3);
    want_node("/v3/inventories/TEE-S", 0, 10, 7, 3);
    assert_int_equal(rig_count(shop, "TEE-S"), 7); /* what a buyer sees */
    assert_int_equal(shop_fulfil(shop, order, 0, 2), SHOP_DONE);
    want_node("/v3/inventories/TEE-S", 0, 10, 9, 1);
    send("PUT",
         "/v3/inventory?sku=TEE-S",
         "{\"sku\":\"TEE-S\",\"quantity\":{\"unit\":\"EACH\",\"amount\":8}}");
    assert_int_equal(rig.status, 200);
    want_node("/v3/inventories/TEE-S", 0, 8, 7, 1);
    assert_int_equal(shop_cancel_units(shop, order, 0, 1, false), SHOP_DONE);
    want_node("/v3/inventories/TEE-S", 0, 8, 8, 0);
    assert_int_equal(shop_refund(shop, order, 0, 1, true), SHOP_DONE); /* money only */
    want_node("/v3/inventories/TEE-S", 0, 8, 8, 0);
}

static void test_more_than_is_shown_cannot_be_bought(void **state)
{
    (void)state;
    int64_t order;
    struct shop_line line = {SLICE("MUG"), 3};
    send("PUT",
         "/v3/inventory?sku=MUG",
         "{\"sku\":\"MUG\",\"quantity\":{\"unit\":\"EACH\",\"amount\":2}}");
    assert_int_equal(shop_buy(shop, &line, 1, &order), SHOP_SHORT);
    line.quantity = 2;
    assert_int_equal(shop_buy(shop, &line, 1, &order), SHOP_DONE);
    want_node("/v3/inventories/MUG", 0, 2, 0, 2);
    send("PUT",
         "/v3/inventory?sku=MUG",
         "{\"sku\":\"MUG\",\"quantity\":{\"unit\":\"EACH\",\"amount\":1}}");
    want_node("/v3/inventories/MUG", 0, 1, 0, 2); /* never shown below zero */
}

static void test_a_write_is_checked_field_by_field(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"sku\":\"MUG\",\"quantity\":{\"amount\":7}}",
        "{\"sku\":\"MUG\",\"quantity\":{\"unit\":\"EA\",\"amount\":7}}",
        "{\"sku\":\"MUG\",\"quantity\":{\"unit\":\"EACH\",\"amount\":\"7\"}}",
        "{\"sku\":\"MUG\",\"quantity\":{\"unit\":\"EACH\",\"amount\":-1}}",
        "{\"sku\":\"MUG\",\"quantity\":{\"unit\":\"EACH\",\"amount\":1.5}}",
        "{\"sku\":\"TEE-S\",\"quantity\":{\"unit\":\"EACH\",\"amount\":7}}",
        "{\"sku\":\"MUG\",\"qty\":7}",
        "{\"sku\":\"MUG\"",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        send("PUT", "/v3/inventory?sku=MUG", bodies[i]);
        want_error(400, "errors", "INVALID_REQUEST_CONTENT");
    }
    send("PUT", "/v3/inventory", "{\"sku\":\"MUG\",\"quantity\":{\"unit\":\"EACH\",\"amount\":7}}");
    want_error(400, "errors", "INVALID_REQUEST_PARAM");
    send("PUT",
         "/v3/inventory?sku=WFS",
         "{\"sku\":\"WFS\",\"quantity\":{\"unit\":\"EACH\",\"amount\":7}}");
    want_error(404, "errors", "CONTENT_NOT_FOUND");
    call_without(0, "PUT", "/v3/inventory?sku=MUG", "text/plain", SLICE("{}"));
    assert_int_equal(rig.status, 415);
    assert_int_equal(rig_count(shop, "MUG"), 3);
}

static void test_each_node_has_a_verdict_of_its_own(void **state)
{
    (void)state;
    send("PUT",
         "/v3/inventories/TEE-M%2F2",
         "{\"inventories\":{\"nodes\":["
         "{\"shipNode\":\"" NODE_1 "\",\"inputQty\":{\"unit\":\"EACH\",\"amount\":4}},"
         "{\"shipNode\":\"77\",\"inputQty\":{\"unit\":\"EACH\",\"amount\":5}}]}}");
    assert_int_equal(rig.status, 200);
    struct json nodes = json_get(rig.json, "nodes");
    assert_slice(rig_text(json_get(rig_at(nodes, 0), "status")), "Success");
    assert_slice(rig_text(json_get(rig_at(nodes, 1), "status")), "Failure");
    assert_int_equal(json_count(json_get(rig_at(nodes, 1), "errors")), 1);
    want_node("/v3/inventories/TEE-M%2F2", 0, 10, 10, 0); /* not sent: unchanged */
    want_node("/v3/inventories/TEE-M%2F2", 1, 4, 4, 0);
    send("PUT", "/v3/inventories/TEE-M%2F2", "{\"nodes\":[]}");
    want_error(400, "errors", "INVALID_REQUEST_CONTENT");
    get("/v3/settings/shipping/shipnodes");
    assert_int_equal(json_count(rig.json), 2);
}

static void test_an_order_is_served_by_the_node_that_has_all_of_it(void **state)
{
    (void)state;
    send("PUT",
         "/v3/inventories/MUG",
         "{\"inventories\":{\"nodes\":["
         "{\"shipNode\":\"" NODE_0 "\",\"inputQty\":{\"unit\":\"EACH\",\"amount\":1}},"
         "{\"shipNode\":\"" NODE_1 "\",\"inputQty\":{\"unit\":\"EACH\",\"amount\":2}}]}}");
    int64_t order = rig_buy(shop, "MUG", 2);
    want_node("/v3/inventories/MUG", 0, 1, 1, 0);
    want_node("/v3/inventories/MUG", 1, 2, 0, 2);
    char path[64];
    snprintf(path, sizeof(path), "/v3/orders/%" PRId64, order);
    get(path);
    assert_slice(rig_text(json_path(rig.json, "order", "shipNode", "id", NULL)), NODE_1);
}

static void test_the_walk_visits_every_sku_once(void **state)
{
    (void)state;
    size_t seen = 0;
    get("/v3/inventories?limit=2");
    for (int pages = 0; pages < 5; pages++) {
        struct slice next = {0};
        seen += json_count(json_path(rig.json, "elements", "inventories", NULL));
        if (!json_text(json_path(rig.json, "meta", "nextCursor", NULL), &next)) {
            break;
        }
        struct slice path = arena_printf(&rig.arena,
                                         "/v3/inventories?limit=2&nextCursor=%.*s",
                                         SLICE_ARG(percent_encode(&rig.arena, next)));
        get(path.p);
    }
    assert_int_equal(seen, 3); /* all but Walmart's own */
    get("/v3/inventories?limit=51");
    want_error(400, "errors", "INVALID_REQUEST_PARAM");
}

/* ---- feeds ---- */

static struct slice feed_of(const char *json)
{
    return arena_printf(&rig.arena,
                        "--bound\r\nContent-Disposition: form-data; name=\"file\"; "
                        "filename=\"f.json\"\r\nContent-Type: application/json\r\n\r\n%s\r\n"
                        "--bound--\r\n",
                        json);
}

static struct slice feed_send(const char *type, const char *json)
{
    struct slice path = arena_printf(&rig.arena, "/v3/feeds?feedType=%s", type);
    call_without(0, "POST", path.p, "multipart/form-data; boundary=bound", feed_of(json));
    assert_int_equal(rig.status, 200);
    return arena_copy(&rig.arena, rig_text(json_get(rig.json, "feedId")));
}

static struct slice feed_path(struct slice id, bool encoded)
{
    struct slice text = encoded ? percent_encode(&rig.arena, id) : id;
    return arena_printf(&rig.arena, "/v3/feeds/%.*s?includeDetails=true", SLICE_ARG(text));
}

static struct slice feed_id;

static const char *feed_wait(void)
{
    const char *status = "";
    for (int i = 0; i < 500; i++) {
        rig_wait(&rig, never, 20 * US_PER_MS);
        get(feed_path(feed_id, true).p);
        status = arena_copy(&rig.arena, rig_text(json_get(rig.json, "feedStatus"))).p;
        if (strcmp(status, "PROCESSED") == 0 || strcmp(status, "ERROR") == 0) {
            break;
        }
    }
    return status;
}

static void test_a_feed_is_carried_out_later_and_fails_row_by_row(void **state)
{
    (void)state;
    feed_id = feed_send("inventory",
                        "{\"InventoryHeader\":{\"version\":\"1.4\"},\"Inventory\":["
                        "{\"sku\":\"MUG\",\"quantity\":{\"unit\":\"EACH\",\"amount\":7}},"
                        "{\"sku\":\"GONE\",\"quantity\":{\"unit\":\"EACH\",\"amount\":7}},"
                        "{\"sku\":\"TEE-S\",\"quantity\":{\"unit\":\"EACH\",\"amount\":-7}}]}");
    assert_int_equal(rig_count(shop, "MUG"), 3);
    get(feed_path(feed_id, false).p);
    want_error(404, "errors", "CONTENT_NOT_FOUND"); /* the @ was not encoded */
    get(feed_path(feed_id, true).p);
    assert_slice(rig_text(json_get(rig.json, "feedStatus")), "RECEIVED");
    assert_int_equal(rig_int(json_get(rig.json, "itemsProcessing")), 3);
    assert_string_equal(feed_wait(), "PROCESSED");
    assert_int_equal(rig_int(json_get(rig.json, "itemsSucceeded")), 1);
    assert_int_equal(rig_int(json_get(rig.json, "itemsFailed")), 2);
    struct json rows = json_path(rig.json, "itemDetails", "itemIngestionStatus", NULL);
    assert_slice(rig_text(json_get(rig_at(rows, 0), "ingestionStatus")), "SUCCESS");
    assert_slice(rig_text(json_get(rig_at(rows, 1), "ingestionStatus")), "DATA_ERROR");
    assert_slice(rig_text(json_get(rig_at(rows, 1), "sku")), "GONE");
    assert_int_equal(
        json_count(json_path(rig_at(rows, 2), "ingestionErrors", "ingestionError", NULL)), 1);
    assert_int_equal(rig_count(shop, "MUG"), 7);
    assert_int_equal(rig_count(shop, "TEE-S"), 10);
}

static void test_the_two_kinds_of_feed_differ_in_the_case_of_a_letter(void **state)
{
    (void)state;
    static const char nodes[] =
        "{\"inventoryHeader\":{\"version\":\"1.5\"},\"inventory\":[{\"sku\":\"MUG\",\"shipNodes\":["
        "{\"shipNode\":\"" NODE_1 "\",\"quantity\":{\"unit\":\"EACH\",\"amount\":4}}]}]}";
    feed_id = feed_send("inventory", nodes);
    assert_string_equal(feed_wait(), "ERROR");
    assert_int_equal(rig_int(json_get(rig.json, "itemsReceived")), 0);
    feed_id = feed_send("MP_INVENTORY", nodes);
    assert_string_equal(feed_wait(), "PROCESSED");
    want_node("/v3/inventories/MUG", 1, 4, 4, 0);
    call_without(0, "POST", "/v3/feeds?feedType=inventory", "application/json", SLICE("{}"));
    want_error(400, "errors", "INVALID_REQUEST_CONTENT");
    call_without(0,
                 "POST",
                 "/v3/feeds?feedType=price",
                 "multipart/form-data; boundary=bound",
                 feed_of(nodes));
    want_error(400, "errors", "INVALID_REQUEST_PARAM");
}

/* ---- orders ---- */

static struct json order_read(int64_t id)
{
    char path[64];
    snprintf(path, sizeof(path), "/v3/orders/%" PRId64, id);
    get(path);
    assert_int_equal(rig.status, 200);
    return json_get(rig.json, "order");
}

static int64_t status_units(struct json order, const char *status)
{
    struct json line = rig_at(json_path(order, "orderLines", "orderLine", NULL), 0);
    struct json list = json_path(line, "orderLineStatuses", "orderLineStatus", NULL);
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        int64_t n;
        if (slice_is(rig_text(json_get(i.value, "status")), status)) {
            assert_true(slice_int(rig_text(json_path(i.value, "statusQuantity", "amount", NULL)),
                                  &n)); /* text, not a number */
            return n;
        }
    }
    return 0;
}

static void test_a_line_s_quantity_is_split_by_status(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-S", 5);
    assert_int_equal(status_units(order_read(id), "Created"), 5);
    struct slice path = arena_printf(&rig.arena, "/v3/orders/%" PRId64 "/acknowledge", id);
    send("POST", path.p, "");
    assert_int_equal(status_units(order_read(id), "Acknowledged"), 5);
    assert_int_equal(shop_fulfil(shop, id, 0, 3), SHOP_DONE);
    assert_int_equal(shop_cancel_units(shop, id, 0, 1, true), SHOP_DONE);
    assert_int_equal(shop_refund(shop, id, 0, 1, false), SHOP_DONE);
    struct json order = order_read(id);
    assert_int_equal(status_units(order, "Acknowledged"), 1);
    assert_int_equal(status_units(order, "Shipped"), 2);
    assert_int_equal(status_units(order, "Refund"), 1);
    assert_int_equal(status_units(order, "Cancelled"), 1);
    struct json line = rig_at(json_path(order, "orderLines", "orderLine", NULL), 0);
    assert_slice(rig_text(json_path(line, "orderLineQuantity", "amount", NULL)), "5");
    assert_true(rig_int(json_get(line, "statusDate")) >= rig_int(json_get(order, "orderDate")));
    get("/v3/orders/1");
    want_error(404, "errors", "CONTENT_NOT_FOUND");
}

static void test_orders_changed_since_are_paged_by_the_cursor_alone(void **state)
{
    (void)state;
    char since[TIME_TEXT_MAX];
    for (int i = 0; i < 5; i++) {
        rig_buy(shop, "TEE-S", 1);
    }
    struct slice path =
        arena_printf(&rig.arena,
                     "/v3/orders?lastModifiedStartDate=%.*s&limit=2",
                     SLICE_ARG(time_format_s(env_wall_us(rig.env) - 60 * US_PER_S, since)));
    size_t seen = 0;
    struct slice next = {0};
    get(path.p);
    for (int pages = 0; pages < 5; pages++) {
        assert_int_equal(rig.status, 200);
        assert_int_equal(rig_int(json_path(rig.json, "list", "meta", "totalCount", NULL)), 5);
        seen += json_count(json_path(rig.json, "list", "elements", "order", NULL));
        if (!json_text(json_path(rig.json, "list", "meta", "nextCursor", NULL), &next)) {
            break;
        }
        next = arena_copy(&rig.arena, next);
        get(arena_printf(&rig.arena, "/v3/orders%.*s", SLICE_ARG(next)).p);
    }
    assert_int_equal(seen, 5);
    get(arena_printf(&rig.arena, "/v3/orders%.*s&limit=2", SLICE_ARG(next)).p);
    want_error(400, "errors", "INVALID_REQUEST_PARAM");
    get("/v3/orders?lastModifiedStartDate=yesterday");
    want_error(400, "errors", "INVALID_REQUEST_PARAM");
    get("/v3/orders?modifiedSince=1");
    want_error(400, "errors", "INVALID_REQUEST_PARAM");
    get("/v3/orders?lastModifiedStartDate=2100-01-01T00:00:00Z");
    assert_int_equal(json_count(json_path(rig.json, "list", "elements", "order", NULL)), 0);
}

static void test_walmart_s_own_orders_are_found_only_when_asked_for(void **state)
{
    (void)state;
    rig_buy(shop, "WFS", 1);
    get("/v3/orders");
    assert_int_equal(json_count(json_path(rig.json, "list", "elements", "order", NULL)), 0);
    get("/v3/orders?shipNodeType=WFSFulfilled");
    struct json order = rig_at(json_path(rig.json, "list", "elements", "order", NULL), 0);
    assert_slice(rig_text(json_path(order, "shipNode", "type", NULL)), "WFSFulfilled");
    get("/v3/orders?shipNodeType=Seller");
    want_error(400, "errors", "INVALID_REQUEST_PARAM");
}

static void test_the_catalogue_is_paged_and_groups_variations(void **state)
{
    (void)state;
    size_t seen = 0;
    size_t grouped = 0;
    struct slice next = SLICE("*");
    for (int pages = 0; pages < 5 && next.n; pages++) {
        get(arena_printf(&rig.arena,
                         "/v3/items?limit=3&nextCursor=%.*s",
                         SLICE_ARG(percent_encode(&rig.arena, next)))
                .p);
        struct json list = json_get(rig.json, "ItemResponse");
        for (struct json_iter i = json_iter(list); json_next(&i);) {
            grouped += json_type(json_get(i.value, "variantGroupId")) == JSON_TEXT;
            seen++;
        }
        next = (struct slice){0};
        json_text(json_get(rig.json, "nextCursor"), &next);
        next = arena_copy(&rig.arena, next);
    }
    assert_int_equal(seen, 4);
    assert_int_equal(grouped, 2);
}

/* ---- faults, and what truecount is told ---- */

static void test_a_throttled_call_changes_nothing(void **state)
{
    (void)state;
    struct shop_faults faults = {.api_throttle = 1000};
    shop_faults_set(shop, &faults);
    send("PUT",
         "/v3/inventory?sku=MUG",
         "{\"sku\":\"MUG\",\"quantity\":{\"unit\":\"EACH\",\"amount\":2}}");
    want_error(429, "error", "REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API");
    assert_slice(rig_header(&rig, "x-current-token-count"), "0");
    assert_int_equal(rig_count(shop, "MUG"), 3);
}

static void test_the_shop_says_what_a_channel_needs(void **state)
{
    (void)state;
    struct shop_remote_field fields[SHOP_REMOTE_MAX];
    struct buf text;
    buf_init(&text, 4096);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    shop_settings_put(shop, "berlin", &w);
    shop_secrets_put(shop, &w);
    json_end_object(&w);
    struct json v = rig_parse(&rig, buf_view(&text));
    assert_slice(rig_text(json_get(v, "client_id")), RIG_TOKEN);
    assert_slice(rig_text(json_get(rig_at(json_get(v, "ship_nodes"), 0), "remote")), NODE_0);
    assert_int_equal(shop_item_remote(shop, 1, &rig.arena, fields), 1);
    assert_string_equal(fields[0].key, "sku");
    assert_slice(fields[0].value, "TEE-S");
    buf_free(&text);
}

static void test_somebody_s_edit_changes_the_input_of_the_first_node(void **state)
{
    (void)state;
    rig_buy(shop, "TEE-S", 2);
    assert_int_equal(shop_stock_edit(shop, SLICE("TEE-S"), 20), SHOP_DONE);
    want_node("/v3/inventories/TEE-S", 0, 22, 20, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(test_a_token_is_sold_for_the_right_id_and_secret),
        TEST(test_each_of_the_mandatory_headers_is_asked_for),
        TEST(test_a_token_that_died_is_refused_until_another_is_bought),
        cmocka_unit_test_setup_teardown(test_a_token_dies_at_the_end_of_its_life, start_short, end),
        TEST(test_a_bucket_runs_dry_and_says_when_it_fills),
        TEST(test_a_sale_is_reserved_and_a_shipment_is_shown_again),
        TEST(test_more_than_is_shown_cannot_be_bought),
        TEST(test_a_write_is_checked_field_by_field),
        TEST(test_each_node_has_a_verdict_of_its_own),
        TEST(test_an_order_is_served_by_the_node_that_has_all_of_it),
        TEST(test_the_walk_visits_every_sku_once),
        TEST(test_a_feed_is_carried_out_later_and_fails_row_by_row),
        TEST(test_the_two_kinds_of_feed_differ_in_the_case_of_a_letter),
        TEST(test_a_line_s_quantity_is_split_by_status),
        TEST(test_orders_changed_since_are_paged_by_the_cursor_alone),
        TEST(test_walmart_s_own_orders_are_found_only_when_asked_for),
        TEST(test_the_catalogue_is_paged_and_groups_variations),
        TEST(test_a_throttled_call_changes_nothing),
        TEST(test_the_shop_says_what_a_channel_needs),
        TEST(test_somebody_s_edit_changes_the_input_of_the_first_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
