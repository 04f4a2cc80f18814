/* SPDX-License-Identifier: Apache-2.0 */
/* The BigCommerce look-alike over real sockets: its refusals, writes that land late, thin hooks. */
#include "support/sandbox_rig.h"

static struct rig rig;
static struct shop *shop;

/* 111 Mug (74), 113 Tee with 76 S and 78 M, 115 Poster (pool) with 80 and 82, 117 Untracked. */
static void fill(void)
{
    static const struct sandbox_item items[] = {
        {.sku = {"MUG", 3}, .product = {"Mug", 3}, .count = 3},
        {.sku = {"TEE-S", 5}, .product = {"Tee", 3}, .title = {"S", 1}, .count = 10},
        {.sku = {"TEE-M", 5}, .product = {"Tee", 3}, .title = {"M", 1}, .count = 10},
        {.sku = {"POSTER-A2", 9},
         .product = {"Poster", 6},
         .title = {"A2", 2},
         .count = 20,
         .mode = STOCK_POOL},
        {.sku = {"POSTER-A3", 9},
         .product = {"Poster", 6},
         .title = {"A3", 2},
         .count = 20,
         .mode = STOCK_POOL},
        {.sku = {"UNTR", 4}, .product = {"Untracked", 9}, .mode = STOCK_UNMANAGED},
    };
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        rig_item(shop, items[i]);
    }
}

static void start_with(struct shop_options options)
{
    rig_start(&rig, NULL);
    options.kind = SHOP_BIGCOMMERCE;
    options.code = "bigcommerce-a";
    options.hooks_url = rig.hooks_url;
    options.late_ms_min = options.late_ms_max ? options.late_ms_min : 150;
    options.late_ms_max = options.late_ms_max ? options.late_ms_max : 150;
    shop = rig_shop(&rig, options);
    fill();
}

static int start(void **state)
{
    (void)state;
    start_with((struct shop_options){.points_max = 100000});
    return 0;
}

static int start_small_quota(void **state)
{
    (void)state;
    start_with((struct shop_options){.points_max = 5});
    return 0;
}

static int start_impatient(void **state)
{
    (void)state;
    start_with((struct shop_options){.retry_ms = 1});
    return 0;
}

static int start_unsigned(void **state)
{
    (void)state;
    start_with((struct shop_options){.hooks_unsigned = true});
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&rig);
    return 0;
}

/* ---- calls ---- */

static void call_with(const char *method,
                      const char *path,
                      const char *token,
                      const char *accept,
                      const char *type,
                      const char *body)
{
    struct http_header headers[] = {
        {SLICE("X-Auth-Token"), slice_of(token)},
        {SLICE("Accept"), slice_of(accept)},
        {SLICE("Content-Type"), slice_of(type)},
    };
    struct slice url = arena_printf(&rig.arena, "%.*s%s", SLICE_ARG(shop_base_url(shop)), path);
    rig_call(&rig, method, url, headers, 3, slice_of(body), 0);
}

static void call(const char *method, const char *path, const char *body)
{
    call_with(method, path, RIG_TOKEN, "application/json", "application/json", body);
}

static void get(const char *path)
{
    call("GET", path, "");
}

static void adjust(const char *items)
{
    struct slice body = arena_printf(&rig.arena, "{\"reason\":\"test\",\"items\":[%s]}", items);
    call("PUT", "/v3/inventory/adjustments/absolute", body.p);
}

static void want_problem(int status, const char *part)
{
    assert_int_equal(rig.status, status);
    assert_slice(rig_header(&rig, "Content-Type"), "application/problem+json");
    assert_int_equal(rig_int(json_get(rig.json, "status")), status);
    if (!memmem(rig.body.p, rig.body.n, part, strlen(part))) {
        fail_msg("'%s' is not in: %.*s", part, SLICE_ARG(rig.body));
    }
}

static struct json at(struct json list, size_t nth)
{
    return rig_at(list, nth);
}

static struct json data(void)
{
    return json_get(rig.json, "data");
}

static bool nothing_waits(struct rig *r)
{
    (void)r;
    return shop_stats(shop).hooks_waiting == 0;
}

static bool mug_is_seven(struct rig *r)
{
    (void)r;
    return rig_count(shop, "MUG") == 7;
}

static bool never(struct rig *r)
{
    (void)r;
    return false;
}

static void pass(int64_t ms)
{
    assert_false(rig_wait(&rig, never, ms * US_PER_MS));
}

/* ---- the door ---- */

static void test_a_wrong_token_and_wrong_media_types_are_refused(void **state)
{
    (void)state;
    call_with("GET", "/v3/catalog/products", "other", "application/json", "application/json", "");
    want_problem(401, "not a valid combination for this store");
    call_with("GET", "/v3/catalog/products", RIG_TOKEN, "text/html", "application/json", "");
    want_problem(406, "application/json");
    call_with("PUT",
              "/v3/inventory/adjustments/absolute",
              RIG_TOKEN,
              "application/json",
              "text/plain",
              "{}");
    want_problem(415, "media type");
    call_with("GET", "/v2/orders", RIG_TOKEN, "*/*", "application/json", "");
    assert_slice(rig_header(&rig, "Content-Type"), "application/xml");
    get("/v3/nowhere");
    want_problem(404, "not found");
}

static void test_the_quota_is_stated_and_kept(void **state)
{
    (void)state;
    for (int i = 4; i >= 0; i--) {
        get("/v3/settings/inventory");
        int64_t left = -1;
        assert_int_equal(rig.status, 200);
        assert_true(slice_int(rig_header(&rig, "X-Rate-Limit-Requests-Left"), &left));
        assert_int_equal(left, i);
        assert_slice(rig_header(&rig, "X-Rate-Limit-Requests-Quota"), "5");
        assert_slice(rig_header(&rig, "X-Rate-Limit-Time-Window-Ms"), "30000");
    }
    get("/v3/settings/inventory");
    want_problem(429, "quota");
    int64_t reset_ms = 0;
    assert_true(slice_int(rig_header(&rig, "X-Rate-Limit-Time-Reset-Ms"), &reset_ms));
    assert_in_range(reset_ms, 1, 30001);
}

static void test_a_throttled_call_has_no_effect(void **state)
{
    (void)state;
    shop_faults_set(shop, &(struct shop_faults){.api_throttle = 1000});
    adjust("{\"location_id\":1,\"product_id\":111,\"quantity\":7}");
    assert_int_equal(rig.status, 429);
    assert_slice(rig_header(&rig, "X-Rate-Limit-Requests-Left"), "0");
    pass(400);
    assert_int_equal(rig_count(shop, "MUG"), 3);
}

/* ---- stock ---- */

static void test_an_adjustment_is_accepted_now_and_lands_later(void **state)
{
    (void)state;
    adjust("{\"location_id\":1,\"product_id\":111,\"quantity\":7}");
    assert_int_equal(rig.status, 200);
    assert_true(slice_starts(rig_text(json_get(rig.json, "transaction_id")), "tx-"));
    assert_int_equal(rig_count(shop, "MUG"), 3);
    rig_until(&rig, mug_is_seven);
    adjust("{\"location_id\":1,\"variant_id\":76,\"quantity\":1},"
           "{\"location_id\":1,\"sku\":\"TEE-M\",\"quantity\":2},"
           "{\"location_id\":1,\"product_id\":115,\"quantity\":3},"
           "{\"location_id\":2,\"variant_id\":76,\"quantity\":50}");
    assert_int_equal(rig.status, 200);
    pass(400);
    assert_int_equal(rig_count(shop, "TEE-S"), 1);
    assert_int_equal(rig_count(shop, "TEE-M"), 2);
    assert_int_equal(rig_count(shop, "POSTER-A2"), 3);
    assert_int_equal(rig_count(shop, "POSTER-A3"), 3);
    get("/v3/inventory/items?variant_id:in=76");
    struct json levels = json_get(at(data(), 0), "locations");
    assert_int_equal(rig_int(json_get(at(levels, 0), "available_to_sell")), 1);
    assert_int_equal(rig_int(json_get(at(levels, 1), "available_to_sell")), 50);
}

static void test_one_wrong_row_refuses_the_whole_adjustment(void **state)
{
    (void)state;
#define GOOD "{\"location_id\":1,\"variant_id\":76,\"quantity\":1},"
    adjust(GOOD "{\"location_id\":1,\"variant_id\":74,\"quantity\":1}");
    want_problem(
        422, "[Item with variant_id 74 is tracked by product, please update stock by product id]");
    adjust(GOOD "{\"location_id\":1,\"product_id\":113,\"quantity\":1}");
    want_problem(422, "is tracked by variant");
    adjust(GOOD "{\"location_id\":1,\"variant_id\":9999,\"quantity\":1}");
    want_problem(422, "[variant_id 9999]");
    adjust(GOOD "{\"location_id\":9,\"variant_id\":76,\"quantity\":1}");
    want_problem(404, "Location with id 9");
    adjust(GOOD "{\"location_id\":1,\"variant_id\":78,\"quantity\":\"1\"}");
    want_problem(422, "items.1.quantity");
    adjust(GOOD "{\"location_id\":\"1\",\"variant_id\":78,\"quantity\":1}");
    want_problem(422, "items.1.location_id");
    adjust(GOOD "{\"location_id\":1,\"variant_id\":78,\"quantity\":-1}");
    want_problem(422, "items.1.quantity");
    adjust(GOOD "{\"location_id\":1,\"variant_id\":78,\"sku\":\"TEE-M\",\"quantity\":1}");
    want_problem(422, "items.1.identity");
    adjust(GOOD "{\"location_id\":1,\"variantId\":78,\"quantity\":1}");
    want_problem(422, "items.1.field");
    adjust("");
    want_problem(422, "items");
    call("PUT", "/v3/inventory/adjustments/absolute", "{\"items\":");
    want_problem(400, "invalid");
    pass(400);
    assert_int_equal(rig_count(shop, "TEE-S"), 10);
    assert_int_equal(rig_count(shop, "TEE-M"), 10);
}

static void test_two_thousand_rows_are_the_limit(void **state)
{
    (void)state;
    struct buf body;
    buf_init(&body, 1 << 20);
    for (int i = 0; i < 2001; i++) {
        buf_printf(&body, "%s{\"location_id\":1,\"variant_id\":76,\"quantity\":5}", i ? "," : "");
    }
    struct slice rows = arena_copy(&rig.arena, buf_view(&body));
    adjust(rows.p);
    want_problem(413, "2000");
    adjust(strchr(rows.p, '}') + 2);
    assert_int_equal(rig.status, 200);
    buf_free(&body);
}

static void test_a_relative_adjustment_never_goes_below_zero(void **state)
{
    (void)state;
    call("POST",
         "/v3/inventory/adjustments/relative",
         "{\"items\":[{\"location_id\":1,\"variant_id\":76,\"quantity\":-4}]}");
    assert_int_equal(rig.status, 200);
    pass(400);
    assert_int_equal(rig_count(shop, "TEE-S"), 6);
    call("POST",
         "/v3/inventory/adjustments/relative",
         "{\"items\":[{\"location_id\":1,\"variant_id\":76,\"quantity\":-7}]}");
    want_problem(422, "below zero");
}

static void test_what_is_untracked_or_too_large_is_passed_over_without_a_word(void **state)
{
    (void)state;
    adjust("{\"location_id\":1,\"sku\":\"UNTR\",\"quantity\":5},"
           "{\"location_id\":1,\"variant_id\":76,\"quantity\":3000000000}");
    assert_int_equal(rig.status, 200);
    pass(400);
    assert_int_equal(rig_count(shop, "UNTR"), 0);
    assert_int_equal(rig_count(shop, "TEE-S"), 10);
    get("/v3/inventory/items?sku:in=UNTR");
    assert_int_equal(json_count(data()), 0);
}

static void test_items_are_paged_and_filtered(void **state)
{
    (void)state;
    get("/v3/inventory/items?limit=2&page=2");
    assert_int_equal(json_count(data()), 2); /* TEE-M and the pool */
    struct json identity = json_get(at(data(), 0), "identity");
    assert_int_equal(rig_int(json_get(identity, "variant_id")), 78);
    assert_slice(rig_text(json_get(identity, "sku")), "TEE-M");
    struct json page = json_path(rig.json, "meta", "pagination", NULL);
    assert_int_equal(rig_int(json_get(page, "total")), 4);
    assert_int_equal(rig_int(json_get(page, "total_pages")), 2);
    get("/v3/inventory/locations/1/items?product_id:in=111");
    assert_int_equal(rig_int(json_get(at(data(), 0), "available_to_sell")), 3);
    get("/v3/inventory/items?limit=1001");
    want_problem(422, "limit");
    get("/v3/inventory/items?variant_ids=1");
    want_problem(422, "filter");
    get("/v3/inventory/locations/3/items");
    want_problem(404, "not found");
}

/* ---- catalogue ---- */

static void test_the_catalogue_says_how_each_product_is_tracked(void **state)
{
    (void)state;
    get("/v3/catalog/products?include=variants&include_fields=name,inventory_tracking,"
        "base_variant_id&limit=2&page=1");
    struct json mug = at(data(), 0);
    struct json tee = at(data(), 1);
    assert_slice(rig_text(json_get(mug, "inventory_tracking")), "product");
    assert_int_equal(rig_int(json_get(mug, "base_variant_id")), 74);
    assert_int_equal(json_type(json_get(mug, "price")), JSON_NONE);
    assert_slice(rig_text(json_get(tee, "inventory_tracking")), "variant");
    assert_int_equal(json_type(json_get(tee, "base_variant_id")), JSON_NULL);
    assert_int_equal(json_count(json_get(tee, "variants")), 2);
    assert_int_equal(rig_int(json_path(rig.json, "meta", "pagination", "total_pages", NULL)), 2);
    get("/v3/catalog/products/117");
    assert_slice(rig_text(json_get(data(), "inventory_tracking")), "none");
    get("/v3/catalog/variants?product_id:in=113&limit=250");
    assert_int_equal(json_count(data()), 2);
    assert_int_equal(rig_int(json_get(at(data(), 1), "inventory_level")), 10);
    get("/v3/catalog/products?limit=251");
    want_problem(422, "limit");
    get("/v3/catalog/products/9999");
    want_problem(404, "not found");
}

/* ---- orders ---- */

static void want_status(int64_t order, int64_t status)
{
    get(arena_printf(&rig.arena, "/v2/orders/%" PRId64, order).p);
    assert_int_equal(rig.status, 200);
    assert_int_equal(rig_int(json_get(rig.json, "status_id")), status);
}

static void test_an_order_lives_through_its_states(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-S", 3);
    assert_int_equal(rig_count(shop, "TEE-S"), 7);
    want_status(id, 11);
    assert_true(slice_ends(rig_text(json_get(rig.json, "date_modified")), " +0000"));
    assert_int_equal(shop_fulfil(shop, id, 0, 1), SHOP_DONE);
    want_status(id, 3);
    assert_int_equal(rig_int(json_get(rig.json, "items_shipped")), 1);
    assert_int_equal(shop_fulfil(shop, id, 0, 0), SHOP_DONE);
    want_status(id, 2);
    assert_int_equal(shop_refund(shop, id, 0, 1, true), SHOP_DONE);
    assert_int_equal(rig_count(shop, "TEE-S"), 8);
    want_status(id, 14);
    get(arena_printf(&rig.arena, "/v2/orders/%" PRId64 "/products", id).p);
    struct json line = at(rig.json, 0);
    assert_int_equal(rig_int(json_get(line, "variant_id")), 76);
    assert_int_equal(rig_int(json_get(line, "quantity")), 3);
    assert_int_equal(rig_int(json_get(line, "quantity_shipped")), 3);
    assert_int_equal(rig_int(json_get(line, "quantity_refunded")), 1);
    get(arena_printf(&rig.arena, "/v2/orders/%" PRId64 "/shipments", id).p);
    assert_int_equal(json_count(rig.json), 2);
    get(arena_printf(&rig.arena, "/v3/orders/%" PRId64 "/payment_actions/refunds", id).p);
    assert_int_equal(rig_int(json_get(at(json_get(at(data(), 0), "items"), 0), "quantity")), 1);
    assert_int_equal(shop_refund(shop, id, 0, 2, false), SHOP_DONE);
    want_status(id, 4);
}

static void test_a_cancel_gives_the_units_back_and_an_edit_stands_in_the_line(void **state)
{
    (void)state;
    int64_t first = rig_buy(shop, "TEE-M", 4);
    assert_int_equal(shop_edit(shop, first, 0, 6), SHOP_DONE);
    assert_int_equal(rig_count(shop, "TEE-M"), 4);
    get(arena_printf(&rig.arena,
                     "/v2/orders/%" PRId64
                     "?include=consignments.line_items&consignment_structure=object",
                     first)
            .p);
    struct json lines =
        json_get(at(json_path(rig.json, "consignments", "shipping", NULL), 0), "line_items");
    assert_int_equal(rig_int(json_get(at(lines, 0), "quantity")), 6);
    assert_int_equal(shop_cancel(shop, first, true), SHOP_DONE);
    assert_int_equal(rig_count(shop, "TEE-M"), 10);
    want_status(first, 5);
    int64_t second = rig_buy(shop, "TEE-M", 4);
    assert_int_equal(shop_cancel(shop, second, false), SHOP_DONE);
    assert_int_equal(rig_count(shop, "TEE-M"), 6);
    want_status(second, 4);
}

static struct slice stamp_of(int64_t order)
{
    get(arena_printf(&rig.arena, "/v2/orders/%" PRId64, order).p);
    return arena_copy(&rig.arena, rig_text(json_get(rig.json, "date_modified")));
}

static void test_changed_orders_are_found_by_whole_seconds_and_pages(void **state)
{
    (void)state;
    get("/v2/orders?min_date_modified=2026-01-01T00:00:00Z");
    assert_int_equal(rig.status, 204);
    assert_int_equal(rig.body.n, 0);
    int64_t first = rig_buy(shop, "TEE-S", 1);
    pass(1100);
    int64_t second = rig_buy(shop, "TEE-S", 1);
    int64_t third = rig_buy(shop, "TEE-S", 1);
    struct slice since = percent_encode(&rig.arena, stamp_of(second));
    get(arena_printf(&rig.arena,
                     "/v2/orders?min_date_modified=%.*s&sort=date_modified:asc&limit=1&page=2",
                     SLICE_ARG(since))
            .p);
    assert_int_equal(json_count(rig.json), 1);
    assert_int_equal(rig_int(json_get(at(rig.json, 0), "id")), third);
    get("/v2/orders?limit=250");
    assert_int_equal(json_count(rig.json), 3);
    assert_int_equal(rig_int(json_get(at(rig.json, 0), "id")), first);
    get("/v2/orders?limit=251");
    assert_int_equal(rig.status, 400);
    assert_int_equal(rig_int(json_get(at(rig.json, 0), "status")), 400);
    get("/v2/orders?min_date_modified=yesterday");
    assert_int_equal(rig.status, 400);
    get("/v2/orders?since=2026-01-01");
    assert_int_equal(rig.status, 400);
    get("/v2/orders/5");
    assert_int_equal(rig.status, 404);
}

/* ---- hooks ---- */

static struct slice hook_header(const struct rig_hook *hook, const char *name)
{
    return http_header_get(hook->headers, hook->headers_count, name);
}

static void test_deliveries_are_thin_signed_and_carry_the_hook_s_own_headers(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-S", 1);
    rig_until(&rig, nothing_waits);
    const struct rig_hook *hook = rig_hook_at(&rig, "/hooks/shop/store/order/created", 0);
    assert_non_null(hook);
    struct json body = rig_parse(&rig, hook->body);
    assert_slice(rig_text(json_get(body, "scope")), "store/order/created");
    assert_slice(rig_text(json_get(body, "producer")), "stores/bigcommercea");
    assert_int_equal(rig_int(json_path(body, "data", "id", NULL)), id);
    assert_int_equal(json_count(json_get(body, "data")), 2);
    assert_int_equal(rig_text(json_get(body, "hash")).n, 40);
    assert_slice(hook_header(hook, "X-Tc-Token"), RIG_SECRET);

    struct slice signed_text = arena_printf(&rig.arena,
                                            "%.*s.%.*s.%.*s",
                                            SLICE_ARG(hook_header(hook, "webhook-id")),
                                            SLICE_ARG(hook_header(hook, "webhook-timestamp")),
                                            SLICE_ARG(hook->body));
    uint8_t mac[SHA256_SIZE];
    hmac_sha256(mac, SLICE(RIG_KEY_SECRET), signed_text);
    struct slice encoded =
        base64_encode(&rig.arena, (struct slice){(const char *)mac, sizeof(mac)});
    assert_slice(hook_header(hook, "webhook-signature"),
                 arena_printf(&rig.arena, "v1,%.*s", SLICE_ARG(encoded)).p);

    hook = rig_hook_at(&rig, "/hooks/shop/store/sku/inventory/order/updated", 0);
    assert_non_null(hook);
    body = rig_parse(&rig, hook->body);
    assert_int_equal(rig_int(json_path(body, "data", "inventory", "variant_id", NULL)), 76);
    assert_int_equal(rig_hooks_to(&rig, "/hooks/shop/store/sku/inventory/updated"), 0);
}

static void test_a_write_and_a_foreign_writer_are_told_apart_from_orders(void **state)
{
    (void)state;
    assert_int_equal(shop_stock_edit(shop, SLICE("TEE-M"), 4), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig_hooks_to(&rig, "/hooks/shop/store/sku/inventory/updated"), 1);
    assert_int_equal(
        rig_hooks_to(&rig, "/hooks/shop/store/channel/1/inventory/product/stock_changed"), 1);
    adjust("{\"location_id\":1,\"product_id\":111,\"quantity\":7}");
    rig_until(&rig, mug_is_seven);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig_hooks_to(&rig, "/hooks/shop/store/product/inventory/updated"), 1);
}

static void test_older_hooks_carry_no_signature(void **state)
{
    (void)state;
    rig_buy(shop, "TEE-S", 1);
    rig_until(&rig, nothing_waits);
    const struct rig_hook *hook = rig_hook_at(&rig, "/hooks/shop/store/order/created", 0);
    assert_slice(hook_header(hook, "X-Tc-Token"), RIG_SECRET);
    assert_int_equal(hook_header(hook, "webhook-signature").n, 0);
}

static void post_hook(const char *scope, const char *destination, const char *more)
{
    struct slice body = arena_printf(
        &rig.arena, "{\"scope\":\"%s\",\"destination\":\"%s\"%s}", scope, destination, more);
    call("POST", "/v3/hooks", body.p);
}

static void test_hooks_are_made_listed_changed_and_deleted(void **state)
{
    (void)state;
    struct slice to = arena_printf(&rig.arena, "http://127.0.0.1:%d/all", rig.receiver_port);
    post_hook("store/order/*", to.p, ",\"is_active\":true,\"headers\":{\"X-Mine\":\"1\"}");
    assert_int_equal(rig.status, 200);
    int64_t id = rig_int(json_get(data(), "id"));
    post_hook("store/order/*", to.p, "");
    want_problem(422, "destination");
    post_hook("store/nothing", to.p, "");
    want_problem(422, "scope");
    post_hook("store/order/*", "http://shop.example/x", "");
    want_problem(422, "https");
    post_hook("store/order/*", "https://shop.example:8443/x", "");
    want_problem(422, "443");
    call("POST", "/v3/hooks", "{\"scope\":\"store/order/*\"}");
    want_problem(422, "error.path.missing");
    rig_buy(shop, "TEE-S", 1);
    rig_until(&rig, nothing_waits);
    assert_true(rig_hooks_to(&rig, "/all") >= 2);
    assert_slice(hook_header(rig_hook_at(&rig, "/all", 0), "X-Mine"), "1");

    struct slice path = arena_printf(&rig.arena, "/v3/hooks/%" PRId64, id);
    call("PUT", path.p, "{\"is_active\":false}");
    assert_int_equal(rig.status, 200);
    get("/v3/hooks?is_active=false&limit=250");
    assert_int_equal(json_count(data()), 1);
    call("PUT", path.p, "{\"is_active\":\"no\"}");
    want_problem(422, "is_active");
    call("DELETE", path.p, "");
    assert_int_equal(rig.status, 200);
    get(path.p);
    want_problem(404, "Webhook with id");
}

static bool is_disabled(struct rig *r)
{
    (void)r;
    return shop_stats(shop).hooks_disabled && shop_stats(shop).hooks_waiting == 0;
}

static bool is_told(const char *code)
{
    bool found = false;
    for (size_t i = 0; i < rig.hooks_count; i++) {
        struct slice body = rig.hooks[i].body;
        found |= memmem(body.p, body.n, code, strlen(code)) != NULL;
    }
    return found;
}

static bool is_exhaustion_told(struct rig *r)
{
    (void)r;
    return is_told("90002");
}

static void test_a_hook_that_always_fails_is_switched_off_and_its_exception_told(void **state)
{
    (void)state;
    struct slice to = arena_printf(&rig.arena, "http://127.0.0.1:%d/exceptions", rig.receiver_port);
    post_hook("store/hook/deliveryException", to.p, "");
    assert_int_equal(rig.status, 200);
    rig.hook_status = 500;
    rig_buy(shop, "TEE-S", 1);
    rig_until(&rig, is_disabled);
    get("/v3/hooks?is_active=false&limit=250");
    assert_true(json_count(data()) >= 4);
    rig_until(&rig, is_exhaustion_told); /* on its own way, behind the last attempt */
    assert_true(is_told("90001"));       /* the warning before it */
}

static void test_a_failed_delivery_comes_again_under_the_same_id(void **state)
{
    (void)state;
    rig.refuse_first = 1;
    rig_buy(shop, "TEE-S", 1);
    rig_until(&rig, nothing_waits);
    const struct rig_hook *first = &rig.hooks[0];
    size_t seen = 0;
    for (size_t i = 0; i < rig.hooks_count; i++) {
        seen +=
            slice_equal(hook_header(&rig.hooks[i], "webhook-id"), hook_header(first, "webhook-id"));
    }
    assert_int_equal(seen, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_a_wrong_token_and_wrong_media_types_are_refused, start, end),
        cmocka_unit_test_setup_teardown(test_the_quota_is_stated_and_kept, start_small_quota, end),
        cmocka_unit_test_setup_teardown(test_a_throttled_call_has_no_effect, start, end),
        cmocka_unit_test_setup_teardown(
            test_an_adjustment_is_accepted_now_and_lands_later, start, end),
        cmocka_unit_test_setup_teardown(
            test_one_wrong_row_refuses_the_whole_adjustment, start, end),
        cmocka_unit_test_setup_teardown(test_two_thousand_rows_are_the_limit, start, end),
        cmocka_unit_test_setup_teardown(
            test_a_relative_adjustment_never_goes_below_zero, start, end),
        cmocka_unit_test_setup_teardown(
            test_what_is_untracked_or_too_large_is_passed_over_without_a_word, start, end),
        cmocka_unit_test_setup_teardown(test_items_are_paged_and_filtered, start, end),
        cmocka_unit_test_setup_teardown(
            test_the_catalogue_says_how_each_product_is_tracked, start, end),
        cmocka_unit_test_setup_teardown(test_an_order_lives_through_its_states, start, end),
        cmocka_unit_test_setup_teardown(
            test_a_cancel_gives_the_units_back_and_an_edit_stands_in_the_line, start, end),
        cmocka_unit_test_setup_teardown(
            test_changed_orders_are_found_by_whole_seconds_and_pages, start, end),
        cmocka_unit_test_setup_teardown(
            test_deliveries_are_thin_signed_and_carry_the_hook_s_own_headers, start, end),
        cmocka_unit_test_setup_teardown(
            test_a_write_and_a_foreign_writer_are_told_apart_from_orders, start, end),
        cmocka_unit_test_setup_teardown(test_older_hooks_carry_no_signature, start_unsigned, end),
        cmocka_unit_test_setup_teardown(test_hooks_are_made_listed_changed_and_deleted, start, end),
        cmocka_unit_test_setup_teardown(
            test_a_hook_that_always_fails_is_switched_off_and_its_exception_told,
            start_impatient,
            end),
        cmocka_unit_test_setup_teardown(
            test_a_failed_delivery_comes_again_under_the_same_id, start_impatient, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
