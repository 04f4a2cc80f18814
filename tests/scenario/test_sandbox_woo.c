/* SPDX-License-Identifier: Apache-2.0 */
/* The WooCommerce look-alike over real sockets: its refusals, its silent no-ops, its webhooks. */
#include "support/sandbox_rig.h"

#include "drill/sandbox_woo.h"

static struct rig rig;
static struct shop *shop;

/* Post ids: 10 MUG, 11 TEE with 12 TEE-S and 13 TEE-M, 14 POSTER (pool) with 15 and 16, 17 UNTR,
 * 18 grouped, 19 external, 20 CAP with 21 that has no SKU of its own. */
static void fill(void)
{
    static const struct sandbox_item items[] = {
        {.sku = {"MUG", 3}, .product = {"Mug", 3}, .count = 3},
        {.sku = {"TEE-S", 5},
         .product = {"Tee", 3},
         .title = {"S", 1},
         .options = {"{\"Size\":\"S\"}", 12},
         .count = 10},
        {.sku = {"TEE-M", 5},
         .product = {"Tee", 3},
         .title = {"M", 1},
         .options = {"{\"Size\":\"M\"}", 12},
         .count = 10},
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
        {.sku = {"GROUP", 5}, .product = {"Group", 5}, .mode = STOCK_GROUPED},
        {.sku = {"EXT", 3}, .product = {"External", 8}, .mode = STOCK_EXTERNAL},
        {.product = {"Cap", 3}, .title = {"White", 5}, .mode = STOCK_UNMANAGED},
    };
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        rig_item(shop, items[i]);
    }
}

static void start_with(struct shop_options options)
{
    rig_start(&rig, NULL);
    options.kind = SHOP_WOOCOMMERCE;
    options.code = "woo-a";
    options.hooks_url = rig.hooks_url;
    shop = rig_shop(&rig, options);
    fill();
}

static int start(void **state)
{
    (void)state;
    start_with((struct shop_options){0});
    return 0;
}

static int start_slow(void **state)
{
    (void)state;
    start_with((struct shop_options){.queue_ms = 200});
    return 0;
}

static int start_plain(void **state)
{
    (void)state;
    start_with((struct shop_options){.plain_http = true});
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&rig);
    return 0;
}

/* ---- calls ---- */

static void
call_as(const char *key, const char *secret, const char *method, const char *path, const char *body)
{
    struct slice pair = arena_printf(&rig.arena, "%s:%s", key, secret);
    struct http_header headers[] = {
        {SLICE("Authorization"),
         arena_printf(&rig.arena, "Basic %.*s", SLICE_ARG(base64_encode(&rig.arena, pair)))},
        {SLICE("Content-Type"), SLICE("application/json")},
    };
    struct slice url =
        arena_printf(&rig.arena, "%.*s/wp-json/wc/v3%s", SLICE_ARG(shop_base_url(shop)), path);
    rig_call(&rig, method, url, headers, 2, slice_of(body), 0);
}

static void get(const char *path)
{
    call_as(RIG_KEY, RIG_KEY_SECRET, "GET", path, "");
}

static void put(const char *path, const char *body)
{
    call_as(RIG_KEY, RIG_KEY_SECRET, "PUT", path, body);
}

static void post(const char *path, const char *body)
{
    call_as(RIG_KEY, RIG_KEY_SECRET, "POST", path, body);
}

static void want_error(int status, const char *code)
{
    assert_int_equal(rig.status, status);
    assert_slice(rig_text(json_get(rig.json, "code")), code);
    assert_int_equal(rig_int(json_path(rig.json, "data", "status", NULL)), status);
}

static void want_stock(struct json v, bool managed, int64_t quantity)
{
    bool is_managed = !managed;
    assert_true(json_bool(json_get(v, "manage_stock"), &is_managed));
    assert_int_equal(is_managed, managed);
    assert_int_equal(rig_int(json_get(v, "stock_quantity")), quantity);
}

/* ---- the door ---- */

static void test_keys_are_refused_in_the_shop_s_own_words(void **state)
{
    (void)state;
    call_as("ck_other", "x", "GET", "/products/10", "");
    assert_slice(rig.body,
                 "{\"code\":\"woocommerce_rest_cannot_view\",\"message\":\"Sorry, you cannot view "
                 "this resource.\",\"data\":{\"status\":401}}");
    call_as(RIG_KEY, "cs_wrong", "GET", "/products/10", "");
    assert_slice(
        rig.body,
        "{\"code\":\"woocommerce_rest_authentication_error\",\"message\":\"Consumer secret "
        "is invalid.\",\"data\":{\"status\":401}}");
    rig_call(&rig,
             "GET",
             arena_printf(&rig.arena,
                          "%.*s/wp-json/wc/v3/products/10?consumer_key=%s&consumer_secret=%s",
                          SLICE_ARG(shop_base_url(shop)),
                          RIG_KEY,
                          RIG_KEY_SECRET),
             NULL,
             0,
             SLICE(""),
             0);
    assert_int_equal(rig.status, 200);
    get("/nowhere");
    want_error(404, "rest_no_route");
}

static void test_a_shop_without_tls_ignores_basic(void **state)
{
    (void)state;
    get("/products/10");
    want_error(401, "woocommerce_rest_cannot_view");
}

static struct slice oauth_url(const char *nonce, int64_t stamp_s, const char *secret)
{
    struct slice url =
        arena_printf(&rig.arena, "%.*s/wp-json/wc/v3/products", SLICE_ARG(shop_base_url(shop)));
    struct http_header params[] = {
        {SLICE("sku"), SLICE("MUG,TEE-S")},
        {SLICE("oauth_consumer_key"), SLICE(RIG_KEY)},
        {SLICE("oauth_nonce"), slice_of(nonce)},
        {SLICE("oauth_signature_method"), SLICE("HMAC-SHA256")},
        {SLICE("oauth_timestamp"), arena_printf(&rig.arena, "%" PRId64, stamp_s)},
    };
    struct slice signature = woo_oauth_signature(
        &rig.arena, SLICE("GET"), url, params, COUNT_OF(params), slice_of(secret), false);
    struct buf out;
    buf_init(&out, 4096);
    buf_slice(&out, url);
    for (size_t i = 0; i < COUNT_OF(params); i++) {
        buf_printf(&out,
                   "%c%.*s=%.*s",
                   i ? '&' : '?',
                   SLICE_ARG(params[i].name),
                   SLICE_ARG(percent_encode(&rig.arena, params[i].value)));
    }
    buf_printf(&out, "&oauth_signature=%.*s", SLICE_ARG(percent_encode(&rig.arena, signature)));
    struct slice text = arena_copy(&rig.arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static void oauth_get(struct slice url)
{
    rig_call(&rig, "GET", url, NULL, 0, SLICE(""), 0);
}

static void test_oauth_signatures_are_checked(void **state)
{
    (void)state;
    int64_t now_s = env_wall_us(rig.env) / US_PER_S;
    struct slice url = oauth_url("n1", now_s, RIG_KEY_SECRET);
    oauth_get(url);
    assert_int_equal(rig.status, 200);
    assert_int_equal(json_count(rig.json), 2);
    oauth_get(url);
    want_error(401, "woocommerce_rest_authentication_error");
    assert_slice(rig_text(json_get(rig.json, "message")),
                 "Invalid nonce - nonce has already been used.");
    oauth_get(oauth_url("n2", now_s - 1000, RIG_KEY_SECRET));
    assert_slice(rig_text(json_get(rig.json, "message")), "Invalid timestamp.");
    oauth_get(oauth_url("n3", now_s, "cs_wrong"));
    assert_slice(rig_text(json_get(rig.json, "message")),
                 "Invalid signature - provided signature does not match.");
}

/* The signature that a real shop (WooCommerce 10.0.2) accepted for these parameters. */
static void test_the_oauth_signature_is_the_one_a_real_shop_took(void **state)
{
    (void)state;
    struct http_header params[] = {
        {SLICE("per_page"), SLICE("2")},
        {SLICE("sku"), SLICE("MUG-1,TEE-S-RED")},
        {SLICE("_fields"), SLICE("id,sku,stock_quantity")},
        {SLICE("oauth_consumer_key"), SLICE("ck_a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4")},
        {SLICE("oauth_nonce"), SLICE("6948d570be393e5b976ea922a2eba0cf")},
        {SLICE("oauth_signature_method"), SLICE("HMAC-SHA256")},
        {SLICE("oauth_timestamp"), SLICE("1795408147")},
    };
    struct slice signature =
        woo_oauth_signature(&rig.arena,
                            SLICE("GET"),
                            SLICE("http://127.0.0.1:8443/wp-json/wc/v3/products"),
                            params,
                            COUNT_OF(params),
                            SLICE("cs_0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c"),
                            false);
    assert_slice(signature, "iDZZDEd+/asrZ1GQ5tOb2iSBrG2vfh11S0p8bTkf1hE=");
}

/* ---- reading ---- */

static void test_products_come_in_pages_without_variations(void **state)
{
    (void)state;
    get("/products?per_page=4&page=2&orderby=id&order=asc&_fields=id,sku,variations");
    assert_slice(json_copy_text(rig.json, &rig.arena),
                 "[{\"id\":18,\"sku\":\"GROUP\",\"variations\":[]},{\"id\":19,\"sku\":\"EXT\","
                 "\"variations\":[]},{\"id\":20,\"sku\":\"P-20\",\"variations\":[21]}]");
    assert_slice(rig_header(&rig, "X-WP-Total"), "7");
    assert_slice(rig_header(&rig, "X-WP-TotalPages"), "2");
    assert_true(slice_ends(rig_header(&rig, "Link"), "page=1>; rel=\"prev\""));
    get("/products?per_page=101");
    want_error(400, "rest_invalid_param");
    get("/products?orderby=luck");
    want_error(400, "rest_invalid_param");
}

static void test_a_list_of_skus_finds_products_and_variations(void **state)
{
    (void)state;
    get("/products?sku=MUG,TEE-M,NOPE&_fields=id,type,parent_id,name");
    assert_slice(json_copy_text(rig.json, &rig.arena),
                 "[{\"id\":13,\"type\":\"variation\",\"name\":\"Tee - M\",\"parent_id\":11},"
                 "{\"id\":10,\"name\":\"Mug\",\"type\":\"simple\",\"parent_id\":0}]");
    get("/products?include=10,11&_fields=id");
    assert_int_equal(json_count(rig.json), 2);
}

static void test_variations_show_pool_and_parent_sku(void **state)
{
    (void)state;
    get("/products/14/variations?_fields=id,manage_stock,stock_quantity");
    assert_slice(json_copy_text(rig.json, &rig.arena),
                 "[{\"id\":16,\"manage_stock\":\"parent\",\"stock_quantity\":20},"
                 "{\"id\":15,\"manage_stock\":\"parent\",\"stock_quantity\":20}]");
    get("/products/20/variations/21?_fields=sku,manage_stock,stock_quantity");
    assert_slice(json_copy_text(rig.json, &rig.arena),
                 "{\"sku\":\"P-20\",\"manage_stock\":false,\"stock_quantity\":null}");
}

static void test_unknown_ids_have_their_own_errors(void **state)
{
    (void)state;
    get("/products/99");
    want_error(404, "woocommerce_rest_product_invalid_id");
    put("/products/99", "{\"manage_stock\":true,\"stock_quantity\":1}");
    want_error(400, "woocommerce_rest_product_invalid_id");
    put("/products/12", "{\"manage_stock\":true,\"stock_quantity\":1}");
    want_error(404, "woocommerce_rest_invalid_product_id");
    get("/products/12?_fields=type");
    assert_slice(rig_text(json_get(rig.json, "type")), "variation");
    put("/products/14/variations/12", "{\"stock_quantity\":1}");
    want_error(404, "woocommerce_rest_product_variation_invalid_id");
    get("/orders/5");
    want_error(404, "woocommerce_rest_shop_order_invalid_id");
}

/* ---- writing ---- */

static void test_writes_are_absolute(void **state)
{
    (void)state;
    put("/products/10", "{\"manage_stock\":true,\"stock_quantity\":37}");
    assert_int_equal(rig.status, 200);
    want_stock(rig.json, true, 37);
    put("/products/11/variations/12", "{\"manage_stock\":true,\"stock_quantity\":-2}");
    want_stock(rig.json, true, -2);
    assert_int_equal(rig_count(shop, "TEE-S"), -2);
    put("/products/10", "{\"manage_stock\":true,\"stock_quantity\":null}");
    want_stock(rig.json, true, 0);
    put("/products/14", "{\"manage_stock\":true,\"stock_quantity\":5}");
    assert_int_equal(rig_count(shop, "POSTER-A3"), 5);
}

static void test_silent_no_ops_answer_200(void **state)
{
    (void)state;
    put("/products/17", "{\"stock_quantity\":5}");
    assert_int_equal(rig.status, 200);
    assert_int_equal(json_type(json_get(rig.json, "stock_quantity")), JSON_NULL);
    put("/products/18", "{\"manage_stock\":true,\"stock_quantity\":5}");
    assert_int_equal(rig.status, 200);
    assert_int_equal(json_type(json_get(rig.json, "stock_quantity")), JSON_NULL);
    put("/products/14/variations/15", "{\"stock_quantity\":5}");
    assert_int_equal(rig_int(json_get(rig.json, "stock_quantity")), 20);
    put("/products/14/variations/15", "{\"manage_stock\":true,\"stock_quantity\":5}");
    want_stock(rig.json, true, 5); /* it has left the pool */
    assert_int_equal(rig_count(shop, "POSTER-A3"), 20);
    put("/products/14/variations/15", "{\"manage_stock\":false}");
    assert_slice(rig_text(json_get(rig.json, "manage_stock")), "parent");
}

static void test_what_woocommerce_does_refuse(void **state)
{
    (void)state;
    put("/products/19", "{\"manage_stock\":true,\"stock_quantity\":5}");
    want_error(400, "product_external_invalid_manage_stock");
    put("/products/10", "{\"stock_quantity\":\"abc\"}");
    want_error(400, "rest_invalid_param");
    put("/products/10", "{\"stock_quantity\":1.5}");
    want_error(400, "rest_invalid_param");
    put("/products/14/variations/15", "{\"manage_stock\":\"parent\"}");
    want_error(400, "rest_invalid_param");
    put("/products/10", "{");
    want_error(400, "rest_invalid_json");
}

static void test_a_batch_answers_item_by_item(void **state)
{
    (void)state;
    post("/products/batch",
         "{\"update\":[{\"id\":10,\"manage_stock\":true,\"stock_quantity\":4},"
         "{\"id\":99999,\"stock_quantity\":1},{\"id\":12,\"stock_quantity\":9},"
         "{\"id\":10,\"stock_quantity\":\"abc\"},{\"stock_quantity\":1},"
         "{\"id\":10,\"stock_quantity\":8}]}");
    assert_int_equal(rig.status, 200);
    struct json update = json_get(rig.json, "update");
    assert_int_equal(json_count(update), 6);
    want_stock(rig_at(update, 0), true, 4);
    assert_slice(json_copy_text(rig_at(update, 1), &rig.arena),
                 "{\"id\":99999,\"error\":{\"code\":\"woocommerce_rest_product_invalid_id\","
                 "\"message\":\"Invalid ID.\",\"data\":{\"status\":400}}}");
    assert_slice(rig_text(json_path(rig_at(update, 2), "error", "code", NULL)),
                 "woocommerce_rest_invalid_product_id");
    want_stock(rig_at(update, 3), true, 0);
    assert_int_equal(json_type(json_get(rig_at(update, 4), "id")), JSON_NULL);
    assert_int_equal(rig_count(shop, "MUG"), 8);
    post("/products/11/variations/batch",
         "{\"update\":[{\"id\":12,\"manage_stock\":true,\"stock_quantity\":6},"
         "{\"id\":15,\"manage_stock\":true,\"stock_quantity\":6}]}");
    update = json_get(rig.json, "update");
    want_stock(rig_at(update, 0), true, 6);
    assert_slice(rig_text(json_path(rig_at(update, 1), "error", "code", NULL)),
                 "woocommerce_rest_product_variation_invalid_id");
}

static void test_a_batch_holds_100_items_and_loses_its_answer_to_fields(void **state)
{
    (void)state;
    for (int n = 100; n <= 101; n++) {
        struct buf body;
        buf_init(&body, 65536);
        buf_text(&body, "{\"update\":[");
        for (int i = 0; i < n; i++) {
            buf_printf(&body, "%s{\"id\":10,\"stock_quantity\":%d}", i ? "," : "", n);
        }
        buf_text(&body, "]}");
        buf_char(&body, '\0');
        post("/products/batch", body.p);
        buf_free(&body);
        assert_int_equal(rig.status, n == 100 ? 200 : 413);
    }
    want_error(413, "woocommerce_rest_request_entity_too_large");
    assert_int_equal(rig_count(shop, "MUG"), 100);
    post("/products/batch?_fields=id", "{\"update\":[{\"id\":10,\"stock_quantity\":5}]}");
    assert_slice(rig.body, "[]");
    assert_int_equal(rig_count(shop, "MUG"), 5);
}

/* ---- orders ---- */

static struct slice reduced(struct json order)
{
    struct json meta = json_get(rig_at(json_get(order, "line_items"), 0), "meta_data");
    for (struct json_iter i = json_iter(meta); json_next(&i);) {
        struct slice key = rig_text(json_get(i.value, "key"));
        if (slice_is(key, "_reduced_stock")) {
            return rig_text(json_get(i.value, "value"));
        }
    }
    return SLICE("absent");
}

static void get_order(int64_t id, const char *rest)
{
    struct slice path = arena_printf(&rig.arena, "/orders/%" PRId64 "%s", id, rest);
    get(path.p);
}

static void test_an_order_tells_what_it_took_from_stock(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-S", 3);
    get_order(id, "");
    assert_slice(rig_text(json_get(rig.json, "status")), "processing");
    assert_slice(reduced(rig.json), "3");
    struct json line = rig_at(json_get(rig.json, "line_items"), 0);
    assert_int_equal(rig_int(json_get(line, "product_id")), 11);
    assert_int_equal(rig_int(json_get(line, "variation_id")), 12);
    assert_int_equal(shop_refund(shop, id, 0, 1, true), SHOP_DONE);
    assert_int_equal(shop_refund(shop, id, 0, 1, false), SHOP_DONE);
    get_order(id, "");
    assert_slice(reduced(rig.json), "2");
    line = rig_at(json_get(rig.json, "line_items"), 0);
    assert_int_equal(rig_int(json_get(line, "quantity")), 3);
    assert_int_equal(json_count(json_get(rig.json, "refunds")), 2);
    get_order(id, "/refunds");
    struct json refund_line = rig_at(json_get(rig_at(rig.json, 0), "line_items"), 0);
    assert_int_equal(rig_int(json_get(refund_line, "quantity")), -1);
    assert_int_equal(rig_count(shop, "TEE-S"), 8);
    assert_int_equal(shop_cancel(shop, id, true), SHOP_DONE);
    get_order(id, "");
    assert_slice(rig_text(json_get(rig.json, "status")), "cancelled");
    assert_slice(reduced(rig.json), "absent");
    assert_int_equal(rig_count(shop, "TEE-S"), 10);
}

static void test_a_removed_line_vanishes(void **state)
{
    (void)state;
    struct shop_line lines[] = {{SLICE("MUG"), 2}, {SLICE("POSTER-A2"), 4}};
    int64_t id = 0;
    assert_int_equal(shop_buy(shop, lines, 2, &id), SHOP_DONE);
    assert_int_equal(rig_count(shop, "POSTER-A3"), 16);
    assert_int_equal(shop_edit(shop, id, 0, 0), SHOP_DONE);
    get_order(id, "");
    assert_int_equal(json_count(json_get(rig.json, "line_items")), 1);
    assert_int_equal(rig_count(shop, "MUG"), 3);
    assert_int_equal(shop_fulfil(shop, id, 1, 1), SHOP_IMPOSSIBLE);
    assert_int_equal(shop_fulfil(shop, id, 0, 0), SHOP_DONE);
    get_order(id, "?_fields=status");
    assert_slice(rig_text(json_get(rig.json, "status")), "completed");
}

static void list_orders_after(int64_t time_us)
{
    char stamp[TIME_TEXT_MAX];
    struct slice text = time_format_s(time_us, stamp);
    struct slice path = arena_printf(&rig.arena,
                                     "/orders?modified_after=%.*s&dates_are_gmt=true&orderby="
                                     "modified&order=asc&per_page=100&status=any&_fields=id,"
                                     "date_modified_gmt",
                                     (int)text.n - 1,
                                     text.p);
    get(path.p);
}

static void test_modified_after_is_strictly_later_in_whole_seconds(void **state)
{
    (void)state;
    int64_t first = rig_buy(shop, "TEE-S", 1);
    int64_t second = rig_buy(shop, "TEE-M", 1);
    struct shop_order order;
    assert_true(shop_order_get(shop, second, &order));
    list_orders_after(order.changed_us);
    assert_int_equal(json_count(rig.json), 0);
    list_orders_after(order.changed_us - 2 * US_PER_S);
    assert_int_equal(json_count(rig.json), 2);
    assert_true(rig_int(json_get(rig_at(rig.json, 0), "id")) == first);
    assert_slice(rig_header(&rig, "X-WP-Total"), "2");
    assert_int_equal(rig_text(json_get(rig_at(rig.json, 0), "date_modified_gmt")).n, 19);
}

/* ---- webhooks ---- */

static bool nothing_waits(struct rig *r)
{
    (void)r;
    return shop_stats(shop).hooks_waiting == 0;
}

static struct slice hook_header(const struct rig_hook *hook, const char *name)
{
    return http_header_get(hook->headers, hook->headers_count, name);
}

static void test_a_sale_sends_updated_before_created(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-S", 1);
    rig_until(&rig, nothing_waits);
    const struct rig_hook *created = rig_hook_at(&rig, "/hooks/shop/order.created", 0);
    const struct rig_hook *updated = rig_hook_at(&rig, "/hooks/shop/order.updated", 0);
    assert_non_null(created);
    assert_non_null(updated);
    assert_true(slice_equal(created->body, updated->body));
    uint8_t mac[SHA256_SIZE];
    hmac_sha256(mac, SLICE(RIG_SECRET), created->body);
    struct slice wanted = base64_encode(&rig.arena, (struct slice){(const char *)mac, sizeof(mac)});
    assert_true(slice_equal(hook_header(created, "X-WC-Webhook-Signature"), wanted));
    assert_slice(hook_header(created, "X-WC-Webhook-Topic"), "order.created");
    assert_slice(hook_header(created, "X-WC-Webhook-Resource"), "order");
    assert_int_equal(hook_header(created, "X-WC-Webhook-Delivery-ID").n, 32);
    assert_true(rig_int(json_get(rig_parse(&rig, created->body), "id")) == id);
    const struct rig_hook *product = rig_hook_at(&rig, "/hooks/shop/product.updated", 0);
    assert_non_null(product);
    struct json v = rig_parse(&rig, product->body);
    assert_int_equal(rig_int(json_get(v, "parent_id")), 11);
    assert_int_equal(rig_int(json_get(v, "stock_quantity")), 9);
}

static void test_queued_changes_become_one_delivery_of_the_last_state(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-S", 1);
    for (int n = 2; n <= 6; n++) {
        assert_int_equal(shop_edit(shop, id, 0, n), SHOP_DONE);
    }
    assert_int_equal(rig.hooks_count, 0);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig_hooks_to(&rig, "/hooks/shop/order.updated"), 1);
    assert_int_equal(rig_hooks_to(&rig, "/hooks/shop/product.updated"), 1);
    const struct rig_hook *hook = rig_hook_at(&rig, "/hooks/shop/order.updated", 0);
    struct json line = rig_at(json_get(rig_parse(&rig, hook->body), "line_items"), 0);
    assert_int_equal(rig_int(json_get(line, "quantity")), 6);
}

static void test_an_own_write_echoes_as_product_updated(void **state)
{
    (void)state;
    put("/products/10", "{\"manage_stock\":true,\"stock_quantity\":3}");
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 1);
    assert_non_null(rig_hook_at(&rig, "/hooks/shop/product.updated", 0));
}

static void test_seven_failures_disable_a_webhook_and_nothing_is_retried(void **state)
{
    (void)state;
    rig.hook_status = 500;
    for (int i = 0; i < 9; i++) {
        put("/products/10", "{\"stock_quantity\":3}");
        rig_until(&rig, nothing_waits);
    }
    assert_int_equal(rig.hooks_count, 7);
    assert_true(shop_stats(shop).hooks_disabled);
    get("/webhooks/4");
    assert_slice(rig_text(json_get(rig.json, "status")), "disabled");
    put("/webhooks/4", "{\"status\":\"active\"}");
    put("/products/10", "{\"stock_quantity\":3}"); /* the counter stands where it stood */
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 8);
    assert_true(shop_stats(shop).hooks_disabled);
    put("/webhooks/4", "{\"status\":\"active\"}");
    rig.hook_status = 200;
    put("/products/10", "{\"stock_quantity\":3}");
    rig_until(&rig, nothing_waits);
    rig.hook_status = 500;
    put("/products/10", "{\"stock_quantity\":3}");
    rig_until(&rig, nothing_waits);
    assert_false(shop_stats(shop).hooks_disabled);
}

static bool one_hook(struct rig *r)
{
    return r->hooks_count >= 1;
}

static void test_a_new_webhook_is_pinged(void **state)
{
    (void)state;
    struct slice body = arena_printf(&rig.arena,
                                     "{\"topic\":\"order.updated\",\"delivery_url\":\"%s/mine\","
                                     "\"secret\":\"other\"}",
                                     rig.hooks_url);
    post("/webhooks", body.p);
    assert_int_equal(rig.status, 201);
    rig_until(&rig, one_hook);
    assert_slice(rig.hooks[0].path, "/hooks/shop/mine");
    assert_slice(rig.hooks[0].body, "webhook_id=5");
    assert_int_equal(hook_header(&rig.hooks[0], "X-WC-Webhook-Signature").n, 0);
    get("/webhooks?per_page=100&_fields=id,topic");
    assert_int_equal(json_count(rig.json), 5);
    post("/webhooks", "{\"topic\":\"order.updated\",\"delivery_url\":\"ftp://x\"}");
    want_error(400, "woocommerce_rest_webhook_invalid_delivery_url");
}

static void test_a_fault_sends_signed_bodies_without_an_id(void **state)
{
    (void)state;
    shop_faults_set(shop, &(struct shop_faults){.hook_no_id = 1000});
    rig_buy(shop, "MUG", 1);
    rig_until(&rig, nothing_waits);
    assert_true(slice_starts(rig.hooks[0].body, "{\"code\":\"rest_no_route\""));
}

/* ---- its own double sale ---- */

static void test_a_race_sells_the_last_unit_twice_only_when_asked_to(void **state)
{
    (void)state;
    struct shop_line line = {SLICE("MUG"), 3};
    int64_t id;
    assert_int_equal(shop_buy(shop, &line, 1, &id), SHOP_DONE);
    assert_int_equal(shop_buy(shop, &line, 1, &id), SHOP_SHORT);
    shop_faults_set(shop, &(struct shop_faults){.double_sale = 1000});
    assert_int_equal(shop_buy(shop, &line, 1, &id), SHOP_DONE);
    assert_int_equal(rig_count(shop, "MUG"), -3);
    assert_int_equal(shop_stats(shop).double_sales, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_keys_are_refused_in_the_shop_s_own_words),
        cmocka_unit_test_setup_teardown(test_a_shop_without_tls_ignores_basic, start_plain, end),
        cmocka_unit_test_setup_teardown(test_oauth_signatures_are_checked, start_plain, end),
        TEST(test_the_oauth_signature_is_the_one_a_real_shop_took),
        TEST(test_products_come_in_pages_without_variations),
        TEST(test_a_list_of_skus_finds_products_and_variations),
        TEST(test_variations_show_pool_and_parent_sku),
        TEST(test_unknown_ids_have_their_own_errors),
        TEST(test_writes_are_absolute),
        TEST(test_silent_no_ops_answer_200),
        TEST(test_what_woocommerce_does_refuse),
        TEST(test_a_batch_answers_item_by_item),
        TEST(test_a_batch_holds_100_items_and_loses_its_answer_to_fields),
        TEST(test_an_order_tells_what_it_took_from_stock),
        TEST(test_a_removed_line_vanishes),
        TEST(test_modified_after_is_strictly_later_in_whole_seconds),
        TEST(test_a_sale_sends_updated_before_created),
        cmocka_unit_test_setup_teardown(
            test_queued_changes_become_one_delivery_of_the_last_state, start_slow, end),
        TEST(test_an_own_write_echoes_as_product_updated),
        TEST(test_seven_failures_disable_a_webhook_and_nothing_is_retried),
        TEST(test_a_new_webhook_is_pinged),
        TEST(test_a_fault_sends_signed_bodies_without_an_id),
        TEST(test_a_race_sells_the_last_unit_twice_only_when_asked_to),
    };
    return cmocka_run_group_tests_name("sandbox_woo", tests, NULL, NULL);
}
