/* SPDX-License-Identifier: Apache-2.0 */
/* The Shopify look-alike over real sockets: what it refuses, how, and what it keeps. */
#include "support/sandbox_rig.h"

static struct rig rig;
static struct shop *shop;

static int start(void **state)
{
    (void)state;
    rig_start(&rig, NULL);
    shop = rig_shop(&rig,
                    (struct shop_options){.kind = SHOP_SHOPIFY,
                                          .code = "shopify-a",
                                          .hooks_url = rig.hooks_url,
                                          .points_max = 2000,
                                          .points_per_s = 1,
                                          .retry_ms = 10});
    for (int i = 0; i < 30; i++) {
        char sku[16];
        char title[16];
        snprintf(sku, sizeof(sku), "TEE-%d", i);
        snprintf(title, sizeof(title), "T%d", i);
        rig_item(shop,
                 (struct sandbox_item){.sku = slice_of(sku),
                                       .product = SLICE("Tee"),
                                       .title = slice_of(title),
                                       .options = SLICE("{\"Size\":\"M\"}"),
                                       .count = 10});
    }
    rig_item(shop, (struct sandbox_item){.sku = SLICE("MUG"), .product = SLICE("Mug"), .count = 3});
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&rig);
    return 0;
}

/* ---- calls ---- */

static void post(const char *token, const char *version, struct slice body)
{
    struct http_header headers[] = {{SLICE("Content-Type"), SLICE("application/json")},
                                    {SLICE("X-Shopify-Access-Token"), slice_of(token)}};
    struct slice url = arena_printf(
        &rig.arena, "%.*s/admin/api/%s/graphql.json", SLICE_ARG(shop_base_url(shop)), version);
    rig_call(&rig, "POST", url, headers, 2, body, 0);
}

/* `variables` is JSON text or "". */
static void graphql(const char *query, const char *variables)
{
    struct buf body;
    buf_init(&body, (size_t)1 << 20);
    struct json_writer w = {.out = &body};
    json_begin_object(&w);
    json_field_str(&w, "query", query);
    if (variables[0]) {
        json_field_raw(&w, "variables", slice_of(variables));
    }
    json_end_object(&w);
    post(RIG_TOKEN, "2026-10", buf_view(&body));
    buf_free(&body);
}

static struct slice first_error(void)
{
    return rig_text(json_get(rig_at(json_get(rig.json, "errors"), 0), "message"));
}

static struct slice first_code(void)
{
    return rig_text(json_path(rig_at(json_get(rig.json, "errors"), 0), "extensions", "code", NULL));
}

static const char set_query[] =
    "mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {"
    " inventorySetQuantities(input: $input) @idempotent(key: $key) {"
    "  inventoryAdjustmentGroup { id reason referenceDocumentUri"
    "   changes { name delta quantityAfterChange item { id } location { id } } }"
    "  userErrors { code field message } } }";

static int64_t inventory_id(const char *sku)
{
    struct shop_item item;
    assert_true(shop_item_find(shop, slice_of(sku), &item));
    return item.inventory_item_id;
}

/* One row; compare "" leaves changeFromQuantity out. */
static struct slice row(const char *sku, int64_t quantity, const char *compare)
{
    return arena_printf(&rig.arena,
                        "{\"inventoryItemId\":\"gid://shopify/InventoryItem/%" PRId64 "\","
                        "\"locationId\":\"gid://shopify/Location/%.*s\",\"quantity\":%" PRId64
                        "%s%s}",
                        inventory_id(sku),
                        SLICE_ARG(shop_location_id(shop)),
                        quantity,
                        compare[0] ? ",\"changeFromQuantity\":" : "",
                        compare);
}

static void set(const char *key, const char *name, const char *reason, struct slice rows)
{
    struct slice variables = arena_printf(&rig.arena,
                                          "{\"key\":\"%s\",\"input\":{\"name\":\"%s\","
                                          "\"reason\":\"%s\",\"quantities\":[%.*s]}}",
                                          key,
                                          name,
                                          reason,
                                          SLICE_ARG(rows));
    graphql(set_query, variables.p);
}

static struct json payload(void)
{
    return json_path(rig.json, "data", "inventorySetQuantities", NULL);
}

static struct slice user_code(size_t nth)
{
    return rig_text(json_get(rig_at(json_get(payload(), "userErrors"), nth), "code"));
}

/* ---- the door ---- */

static void test_a_wrong_token_is_401(void **state)
{
    (void)state;
    post("shpat_other", "2026-10", SLICE("{\"query\":\"{shop{id}}\"}"));
    assert_int_equal(rig.status, 401);
    assert_slice(rig.body,
                 "{\"errors\":\"[API] Invalid API key or access token (unrecognized login or "
                 "wrong password)\"}");
}

static void test_another_version_is_404(void **state)
{
    (void)state;
    post(RIG_TOKEN, "2025-01", SLICE("{\"query\":\"{shop{id}}\"}"));
    assert_int_equal(rig.status, 404);
    assert_slice(rig.body, "{\"errors\":\"Not Found\"}");
}

static void test_a_body_without_query_is_400(void **state)
{
    (void)state;
    post(RIG_TOKEN, "2026-10", SLICE("{}"));
    assert_int_equal(rig.status, 400);
}

static void test_tokens_are_sold_for_client_credentials(void **state)
{
    (void)state;
    struct http_header headers[] = {{SLICE("Content-Type"), SLICE("application/json")}};
    struct slice url =
        arena_printf(&rig.arena, "%.*s/admin/oauth/access_token", SLICE_ARG(shop_base_url(shop)));
    struct slice body = arena_printf(&rig.arena,
                                     "{\"client_id\":\"%s\",\"client_secret\":\"%s\","
                                     "\"grant_type\":\"client_credentials\"}",
                                     RIG_KEY_SECRET,
                                     RIG_SECRET);
    rig_call(&rig, "POST", url, headers, 1, body, 0);
    assert_int_equal(rig.status, 200);
    assert_slice(rig_text(json_get(rig.json, "access_token")), RIG_TOKEN);
    rig_call(&rig,
             "POST",
             url,
             headers,
             1,
             SLICE("{\"client_id\":\"x\",\"client_secret\":\"y\","
                   "\"grant_type\":\"client_credentials\"}"),
             0);
    assert_int_equal(rig.status, 400);
}

/* ---- GraphQL ---- */

static void test_exactly_the_selected_fields_are_answered(void **state)
{
    (void)state;
    graphql("{ a: shop { n: name } shop { ...S } } fragment S on Shop { id __typename }", "");
    assert_int_equal(rig.status, 200);
    struct slice data = json_copy_text(json_get(rig.json, "data"), &rig.arena);
    assert_slice(data,
                 "{\"a\":{\"n\":\"shopify-a\"},\"shop\":{\"id\":\"gid://shopify/Shop/548380009\","
                 "\"__typename\":\"Shop\"}}");
}

static void test_selections_of_one_key_are_merged(void **state)
{
    (void)state;
    graphql("{ shop { name } ... { shop { id } } }", "");
    struct slice data = json_copy_text(json_get(rig.json, "data"), &rig.arena);
    assert_slice(data,
                 "{\"shop\":{\"name\":\"shopify-a\",\"id\":\"gid://shopify/Shop/548380009\"}}");
}

static void test_bad_documents_are_refused_with_the_server_s_own_words(void **state)
{
    (void)state;
    static const struct {
        const char *query, *variables, *code, *message;
    } cases[] = {
        {"{ shop { nope } }", "", "undefinedField", "Field 'nope' doesn't exist on type 'Shop'"},
        {"{ shop }",
         "",
         "selectionMismatch",
         "Field must have selections (field 'shop' returns Shop but has no selections. Did you "
         "mean 'shop { ... }'?)"},
        {"{ node { id } }",
         "",
         "missingRequiredArguments",
         "Field 'node' is missing required arguments: id"},
        {"{ shop(x: 1) { id } }",
         "",
         "argumentNotAccepted",
         "Field 'shop' doesn't accept argument 'x'"},
        {"query Q($a: ID!) { shop { id } }",
         "{\"a\":\"1\"}",
         "variableNotUsed",
         "Variable $a is declared by Q but not used"},
        {"query Q { node(id: $a) { id } }",
         "",
         "variableNotDefined",
         "Variable $a is used by Q but not declared"},
        {"query Q($a: String!) { node(id: $a) { id } }",
         "{\"a\":\"1\"}",
         "variableMismatch",
         "Type mismatch on variable $a and argument id (String! / ID!)"},
        {"{ shop { ...F } }", "", "useAndDefineFragment", "Fragment F was used, but not defined"},
        {"{ shop @later { id } }", "", "undefinedDirective", "Directive @later is not defined"},
        {"{ orders { nodes { id } } }", "", "BAD_REQUEST", "you must provide one of first or last"},
        {"{ orders(first: 251) { nodes { id } } }",
         "",
         "ARGUMENT_ERROR",
         "The maximum is 250 for 'orders'"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        graphql(cases[i].query, cases[i].variables);
        assert_int_equal(rig.status, 200);
        assert_int_equal(json_type(json_get(rig.json, "data")), JSON_NONE);
        assert_slice(first_error(), cases[i].message);
        assert_slice(first_code(), cases[i].code);
    }
}

static void test_a_syntax_error_says_where(void **state)
{
    (void)state;
    graphql("{ shop {\n id ", "");
    assert_true(slice_starts(first_error(), "syntax error, unexpected end of file"));
    struct json spot = rig_at(json_get(rig_at(json_get(rig.json, "errors"), 0), "locations"), 0);
    assert_int_equal(rig_int(json_get(spot, "line")), 2);
}

static void test_variables_are_held_against_their_input_types(void **state)
{
    (void)state;
    graphql(set_query,
            "{\"key\":\"k\",\"input\":{\"name\":\"available\",\"reason\":\"correction\","
            "\"quantities\":[{\"inventoryItemId\":\"gid://shopify/InventoryItem/1\","
            "\"locationId\":\"gid://shopify/Location/1\",\"quantity\":1,\"compareQuantity\":1}]}}");
    assert_slice(first_error(),
                 "Variable $input of type InventorySetQuantitiesInput! was provided invalid value "
                 "for quantities.0.compareQuantity (Field is not defined on "
                 "InventoryQuantityInput)");
    graphql(set_query, "{\"key\":\"k\",\"input\":{\"name\":\"available\",\"quantities\":[]}}");
    assert_slice(first_error(),
                 "Variable $input of type InventorySetQuantitiesInput! was provided invalid value "
                 "for reason (Expected value to not be null)");
    graphql(set_query, "{\"key\":\"k\"}");
    assert_true(slice_ends(first_error(), "(Expected value to not be null)"));
}

/* ---- stock ---- */

static void test_a_set_lands_and_tells_what_changed(void **state)
{
    (void)state;
    set("k1", "available", "correction", row("MUG", 8, "3"));
    assert_int_equal(json_count(json_get(payload(), "userErrors")), 0);
    struct json changes = json_path(payload(), "inventoryAdjustmentGroup", "changes", NULL);
    assert_int_equal(json_count(changes), 2); /* available, and on_hand with it */
    assert_slice(rig_text(json_get(rig_at(changes, 0), "name")), "available");
    assert_int_equal(rig_int(json_get(rig_at(changes, 0), "delta")), 5);
    assert_int_equal(rig_int(json_get(rig_at(changes, 1), "quantityAfterChange")), 8);
    assert_int_equal(rig_count(shop, "MUG"), 8);
}

static void test_a_stale_compare_refuses_the_whole_call(void **state)
{
    (void)state;
    struct slice rows = arena_printf(
        &rig.arena, "%.*s,%.*s", SLICE_ARG(row("MUG", 9, "3")), SLICE_ARG(row("TEE-1", 9, "4")));
    set("k2", "available", "correction", rows);
    assert_slice(user_code(0), "CHANGE_FROM_QUANTITY_STALE");
    assert_int_equal(json_count(json_get(payload(), "userErrors")), 1);
    assert_int_equal(json_type(json_get(payload(), "inventoryAdjustmentGroup")), JSON_NULL);
    struct json field = json_get(rig_at(json_get(payload(), "userErrors"), 0), "field");
    assert_slice(json_copy_text(field, &rig.arena),
                 "[\"input\",\"quantities\",\"1\",\"changeFromQuantity\"]");
    assert_int_equal(rig_count(shop, "MUG"), 3);
    assert_int_equal(rig_count(shop, "TEE-1"), 10);
    assert_int_equal(shop_stats(shop).writes_stale, 1);
}

static void test_each_bad_row_has_its_code(void **state)
{
    (void)state;
    set("k3", "available", "correction", row("MUG", -1, "3"));
    assert_slice(user_code(0), "INVALID_QUANTITY_NEGATIVE");
    set("k4", "available", "correction", row("MUG", 1, ""));
    assert_slice(user_code(0), "COMPARE_QUANTITY_REQUIRED");
    set("k5", "incoming", "correction", row("MUG", 1, "3"));
    assert_slice(user_code(0), "INVALID_NAME");
    set("k6", "available", "because", row("MUG", 1, "3"));
    assert_slice(user_code(0), "INVALID_REASON");
    struct slice twice = arena_printf(
        &rig.arena, "%.*s,%.*s", SLICE_ARG(row("MUG", 1, "3")), SLICE_ARG(row("MUG", 2, "3")));
    set("k7", "available", "correction", twice);
    assert_slice(user_code(0), "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR");
    set("k8",
        "available",
        "correction",
        SLICE("{\"inventoryItemId\":\"gid://shopify/InventoryItem/1\",\"locationId\":"
              "\"gid://shopify/Location/1\",\"quantity\":1,\"changeFromQuantity\":null}"));
    assert_slice(user_code(0), "INVALID_INVENTORY_ITEM");
    assert_slice(user_code(1), "INVALID_LOCATION");
    assert_int_equal(rig_count(shop, "MUG"), 3);
}

static void test_null_skips_the_compare(void **state)
{
    (void)state;
    set("k9", "available", "correction", row("MUG", 5, "null"));
    assert_int_equal(json_count(json_get(payload(), "userErrors")), 0);
    assert_int_equal(rig_count(shop, "MUG"), 5);
}

static void test_on_hand_counts_what_open_orders_hold(void **state)
{
    (void)state;
    rig_buy(shop, "MUG", 2);
    set("k10", "on_hand", "correction", row("MUG", 10, "3"));
    assert_int_equal(json_count(json_get(payload(), "userErrors")), 0);
    assert_int_equal(rig_count(shop, "MUG"), 8);
}

static void test_a_repeat_under_its_key_is_answered_but_not_done_again(void **state)
{
    (void)state;
    set("same", "available", "correction", row("MUG", 7, "3"));
    struct slice first = json_copy_text(payload(), &rig.arena);
    rig_buy(shop, "MUG", 1);
    set("same", "available", "correction", row("MUG", 7, "3"));
    assert_true(slice_equal(json_copy_text(payload(), &rig.arena), first));
    assert_int_equal(rig_count(shop, "MUG"), 6);
    set("same", "available", "correction", row("MUG", 9, "6"));
    assert_slice(user_code(0), "IDEMPOTENCY_KEY_PARAMETER_MISMATCH");
    assert_int_equal(rig_count(shop, "MUG"), 6);
}

static void test_a_set_without_a_key_is_refused(void **state)
{
    (void)state;
    struct slice variables = arena_printf(&rig.arena,
                                          "{\"input\":{\"name\":\"available\",\"reason\":"
                                          "\"correction\",\"quantities\":[%.*s]}}",
                                          SLICE_ARG(row("MUG", 1, "3")));
    graphql("mutation M($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: "
            "$input) { userErrors { code } } }",
            variables.p);
    assert_true(slice_starts(first_error(), "The @idempotent directive is required"));
    assert_int_equal(rig_count(shop, "MUG"), 3);
}

static void test_250_rows_pass_and_251_do_not(void **state)
{
    (void)state;
    for (int n = 250; n <= 251; n++) {
        struct buf rows;
        buf_init(&rows, (size_t)1 << 20);
        for (int i = 0; i < n; i++) {
            buf_text(&rows, i ? "," : "");
            buf_slice(&rows, row("MUG", 1, "3"));
        }
        set(n == 250 ? "k250" : "k251", "available", "correction", buf_view(&rows));
        buf_free(&rows);
        if (n == 250) {
            assert_slice(user_code(0), "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR");
        } else {
            assert_slice(first_code(), "MAX_INPUT_SIZE_EXCEEDED");
        }
    }
}

/* ---- cost ---- */

static int64_t cost(const char *name)
{
    return rig_int(json_path(rig.json, "extensions", "cost", name, NULL));
}

static void test_cost_is_reckoned_and_an_empty_bucket_throttles(void **state)
{
    (void)state;
    graphql("{ productVariants(first: 250) { nodes { id inventoryItem { id } } } }", "");
    assert_int_equal(cost("requestedQueryCost"), 500);
    assert_int_equal(cost("actualQueryCost"), 62); /* 31 variants, each with its item */
    graphql("{ productVariants(first: 250) { nodes { product { id } inventoryItem { inventoryLevel("
            "locationId: \"gid://shopify/Location/1\") { id } } } } }",
            "");
    assert_int_equal(cost("requestedQueryCost"), 1000);
    graphql("{ productVariants(first: 250) { nodes { product { id } inventoryItem { inventoryLevel("
            "locationId: \"gid://shopify/Location/1\") { item { id } } } } } }",
            "");
    assert_slice(first_code(), "MAX_COST_EXCEEDED");
    int64_t left = 2000;
    for (int i = 0; i < 300 && left >= 10; i++) {
        set("k-cost", "available", "correction", row("MUG", 1, "3"));
        left = rig_int(json_path(
            rig.json, "extensions", "cost", "throttleStatus", "currentlyAvailable", NULL));
    }
    set("k-cost", "available", "correction", row("MUG", 1, "3"));
    assert_int_equal(rig.status, 200);
    assert_slice(first_error(), "Throttled");
    assert_slice(first_code(), "THROTTLED");
    assert_int_equal(cost("requestedQueryCost"), 10);
    assert_int_equal(shop_stats(shop).api_throttled, 1);
}

/* ---- reading ---- */

static void test_nodes_read_counts_of_one_location(void **state)
{
    (void)state;
    struct slice variables = arena_printf(&rig.arena,
                                          "{\"ids\":[\"gid://shopify/InventoryItem/%" PRId64 "\","
                                          "\"gid://shopify/InventoryItem/12\"],"
                                          "\"l\":\"gid://shopify/Location/%.*s\"}",
                                          inventory_id("MUG"),
                                          SLICE_ARG(shop_location_id(shop)));
    graphql(
        "query R($ids: [ID!]!, $l: ID!) { nodes(ids: $ids) { ... on InventoryItem { sku tracked "
        "inventoryLevel(locationId: $l) { quantities(names: [\"available\", \"on_hand\"]) { "
        "name quantity } } } } }",
        variables.p);
    struct slice data = json_copy_text(json_path(rig.json, "data", "nodes", NULL), &rig.arena);
    assert_slice(data,
                 "[{\"sku\":\"MUG\",\"tracked\":true,\"inventoryLevel\":{\"quantities\":[{\"name\":"
                 "\"available\",\"quantity\":3},{\"name\":\"on_hand\",\"quantity\":3}]}},null]");
}

static void test_variants_come_in_pages(void **state)
{
    (void)state;
    size_t seen = 0;
    struct slice after = {0};
    bool has_next = true;
    while (has_next) {
        struct slice variables =
            after.n ? arena_printf(&rig.arena, "{\"c\":\"%.*s\"}", SLICE_ARG(after)) : SLICE("{}");
        graphql("query P($c: String) { productVariants(first: 12, after: $c) { nodes { id sku } "
                "pageInfo { hasNextPage endCursor } } }",
                variables.p);
        struct json page = json_path(rig.json, "data", "productVariants", NULL);
        seen += json_count(json_get(page, "nodes"));
        assert_true(json_bool(json_path(page, "pageInfo", "hasNextPage", NULL), &has_next));
        after = arena_copy(&rig.arena, rig_text(json_path(page, "pageInfo", "endCursor", NULL)));
    }
    assert_int_equal(seen, shop_items_count(shop));
    graphql("{ productVariants(first: 1, after: \"junk\") { nodes { id } } }", "");
    assert_slice(first_error(), "Invalid cursor for current pagination sort.");
}

static void test_orders_come_by_their_last_change(void **state)
{
    (void)state;
    int64_t first = rig_buy(shop, "TEE-1", 1);
    int64_t second = rig_buy(shop, "TEE-2", 2);
    assert_int_equal(shop_edit(shop, first, 0, 2), SHOP_DONE);
    graphql("{ orders(first: 10, sortKey: UPDATED_AT, query: \"updated_at:>='2020-01-01T00:00:00Z'"
            "\") { nodes { legacyResourceId lineItems(first: 5) { nodes { quantity currentQuantity "
            "} } } } }",
            "");
    struct json nodes = json_path(rig.json, "data", "orders", "nodes", NULL);
    assert_int_equal(json_count(nodes), 2);
    int64_t id = 0;
    assert_true(json_int_loose(json_get(rig_at(nodes, 0), "legacyResourceId"), &id));
    assert_true(id == second);
    assert_true(json_int_loose(json_get(rig_at(nodes, 1), "legacyResourceId"), &id));
    assert_true(id == first);
    graphql("{ orders(first: 1, sortKey: UPDATED_AT, query: \"updated_at:>='2999-01-01T00:00:00Z'"
            "\") { nodes { id } pageInfo { hasNextPage } } }",
            "");
    assert_int_equal(json_count(json_path(rig.json, "data", "orders", "nodes", NULL)), 0);
}

static void test_an_order_shows_refunds_and_shipments(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-3", 3);
    assert_int_equal(shop_cancel_units(shop, id, 0, 1, true), SHOP_DONE);
    assert_int_equal(shop_fulfil(shop, id, 0, 0), SHOP_DONE);
    assert_int_equal(shop_refund(shop, id, 0, 1, false), SHOP_DONE);
    struct slice variables =
        arena_printf(&rig.arena, "{\"id\":\"gid://shopify/Order/%" PRId64 "\"}", id);
    graphql("query O($id: ID!) { order(id: $id) { displayFulfillmentStatus fulfillments { status "
            "fulfillmentLineItems(first: 5) { nodes { quantity } } } refunds { "
            "refundLineItems(first: 5) { nodes { quantity restockType } } } lineItems(first: 5) { "
            "nodes { quantity currentQuantity unfulfilledQuantity } } } }",
            variables.p);
    struct slice data = json_copy_text(json_path(rig.json, "data", "order", NULL), &rig.arena);
    assert_slice(
        data,
        "{\"displayFulfillmentStatus\":\"FULFILLED\",\"fulfillments\":[{\"status\":"
        "\"SUCCESS\",\"fulfillmentLineItems\":{\"nodes\":[{\"quantity\":2}]}}],\"refunds\":["
        "{\"refundLineItems\":{\"nodes\":[{\"quantity\":1,\"restockType\":\"NO_RESTOCK\"}]}}"
        ",{\"refundLineItems\":{\"nodes\":[{\"quantity\":1,\"restockType\":\"CANCEL\"}]}}],"
        "\"lineItems\":{\"nodes\":[{\"quantity\":3,\"currentQuantity\":1,"
        "\"unfulfilledQuantity\":0}]}}");
}

/* ---- faults ---- */

static void test_faults_of_the_api_refuse_or_hide_the_answer(void **state)
{
    (void)state;
    shop_faults_set(shop, &(struct shop_faults){.api_throttle = 1000});
    graphql("{ shop { id } }", "");
    assert_slice(first_code(), "THROTTLED");
    shop_faults_set(shop, &(struct shop_faults){.api_error = 1000});
    graphql("{ shop { id } }", "");
    assert_true(rig.status == 502 || rig.status == 503);
    shop_faults_set(shop, &(struct shop_faults){.api_apply_and_time_out = 1000, .hang_ms = 60000});
    struct http_header headers[] = {{SLICE("Content-Type"), SLICE("application/json")},
                                    {SLICE("X-Shopify-Access-Token"), SLICE(RIG_TOKEN)}};
    struct slice url = arena_printf(
        &rig.arena, "%.*s/admin/api/2026-10/graphql.json", SLICE_ARG(shop_base_url(shop)));
    struct slice body =
        arena_printf(&rig.arena,
                     "{\"query\":\"%s\",\"variables\":{\"key\":\"lost\",\"input\":{\"name\":"
                     "\"available\",\"reason\":\"correction\",\"quantities\":[%.*s]}}}",
                     set_query,
                     SLICE_ARG(row("MUG", 9, "3")));
    rig_call(&rig, "POST", url, headers, 2, body, 200 * US_PER_MS);
    assert_int_equal(rig.err, ERR_UNKNOWN);
    assert_int_equal(rig_count(shop, "MUG"), 9);
    shop_faults_set(shop, &(struct shop_faults){0});
    rig_call(&rig, "POST", url, headers, 2, body, 0);
    assert_int_equal(json_count(json_get(payload(), "userErrors")), 0); /* the stored answer */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_wrong_token_is_401),
        TEST(test_another_version_is_404),
        TEST(test_a_body_without_query_is_400),
        TEST(test_tokens_are_sold_for_client_credentials),
        TEST(test_exactly_the_selected_fields_are_answered),
        TEST(test_selections_of_one_key_are_merged),
        TEST(test_bad_documents_are_refused_with_the_server_s_own_words),
        TEST(test_a_syntax_error_says_where),
        TEST(test_variables_are_held_against_their_input_types),
        TEST(test_a_set_lands_and_tells_what_changed),
        TEST(test_a_stale_compare_refuses_the_whole_call),
        TEST(test_each_bad_row_has_its_code),
        TEST(test_null_skips_the_compare),
        TEST(test_on_hand_counts_what_open_orders_hold),
        TEST(test_a_repeat_under_its_key_is_answered_but_not_done_again),
        TEST(test_a_set_without_a_key_is_refused),
        TEST(test_250_rows_pass_and_251_do_not),
        TEST(test_cost_is_reckoned_and_an_empty_bucket_throttles),
        TEST(test_nodes_read_counts_of_one_location),
        TEST(test_variants_come_in_pages),
        TEST(test_orders_come_by_their_last_change),
        TEST(test_an_order_shows_refunds_and_shipments),
        TEST(test_faults_of_the_api_refuse_or_hide_the_answer),
    };
    return cmocka_run_group_tests_name("sandbox_shopify", tests, NULL, NULL);
}
