/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_tiktok - the envelope, routes, throttling, and the platform's table. */
#include "drill/sandbox_tiktok.h"

#include "base/crypto.h"

#define READS_MAX 40
#define READS_PER_S 20
#define WRITES_MAX 10
#define WRITES_PER_S 5
#define BURST_US_MAX (600 * (int64_t)US_PER_MS)

struct tt *tt_of(const struct shop *shop)
{
    return shop->state;
}

/* ---- the envelope ---- */

static struct json_writer envelope(struct call *call, int status, int code, const char *message)
{
    char id[33];
    struct json_writer w = rest_json(call, status);
    hex_random(call->shop->sandbox, id, 32);
    json_begin_object(&w);
    json_field_int(&w, "code", code);
    json_field_str(&w, "message", message);
    json_field_str(&w, "request_id", id);
    return w;
}

void tt_error(struct call *call, int status, int code, const char *message)
{
    struct json_writer w = envelope(call, status, code, message);
    json_end_object(&w);
}

void tt_bad_parameter(struct call *call, const char *message)
{
    tt_error(call, 400, TT_BAD_PARAMETER, message);
}

struct json_writer tt_data(struct call *call)
{
    struct json_writer w = envelope(call, 200, 0, "Success");
    json_key(&w, "data");
    json_begin_object(&w);
    return w;
}

void tt_done(struct json_writer *w)
{
    json_end_object(w);
    json_end_object(w);
}

bool tt_body(struct call *call, const char *const *keys, size_t count, struct json *out)
{
    if (!rest_content_is(call, "application/json")) {
        tt_error(call, 400, TT_BAD_TYPE, "Invalid content type. Send application/json.");
        return false;
    }
    if (!rest_body(call, out) || json_type(*out) != JSON_OBJECT) {
        tt_bad_parameter(call, "The body is not a JSON object.");
        return false;
    }
    if (rest_key_unknown(*out, keys, count).n > 0) {
        tt_bad_parameter(call, "The body has an unknown member.");
        return false;
    }
    return true;
}

struct slice tt_page_token(struct arena *arena, int64_t position)
{
    return base64_encode(arena, arena_printf(arena, "p=%" PRId64, position));
}

bool tt_paging(struct call *call, int64_t max, int64_t *out_size, int64_t *out_token)
{
    struct slice token, decoded;
    *out_token = 0;
    if (!rest_query_int(call, "page_size", 1, max, 0, out_size) || *out_size == 0) {
        tt_bad_parameter(call, "page_size is missing or out of range.");
        return false;
    }
    if (!rest_query(call, "page_token", &token)) {
        return true;
    }
    if (!base64_decode(&call->shop->sandbox->turn, token, &decoded) ||
        !slice_starts(decoded, "p=") || !slice_int(slice_from(decoded, 2), out_token)) {
        tt_bad_parameter(call, "page_token is not one that was given.");
        return false;
    }
    return true;
}

void tt_put_id(struct json_writer *w, const char *key, int64_t id)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, id);
    json_field_str(w, key, text);
}

/* ---- throttling: no figures are published; it comes in bursts, and sometimes with 200 ---- */

static void throttle_answer(struct call *call)
{
    struct tt *tt = tt_of(call->shop);
    bool is_429 = tt->throttles++ % 2 == 0;
    tt_error(call, is_429 ? 429 : 200, TT_THROTTLED, "Too many requests. Please retry later.");
    if (is_429) {
        call_header(call, "Retry-After", SLICE("1"));
    }
}

static void tt_throttled(struct call *call)
{
    struct sandbox *sandbox = call->shop->sandbox;
    tt_of(call->shop)->burst_until_us =
        env_mono_us(sandbox->env) + dice_between(&sandbox->dice, 0, BURST_US_MAX);
    throttle_answer(call);
}

static bool may_pass(struct call *call, bool is_write)
{
    const struct shop *shop = call->shop;
    struct tt *tt = tt_of(shop);
    struct sandbox *sandbox = shop->sandbox;
    bool is_burst = env_mono_us(sandbox->env) < tt->burst_until_us;
    double max = is_write ? WRITES_MAX : READS_MAX;
    double per_s = is_write ? WRITES_PER_S : READS_PER_S;
    if (is_write && shop->points_max > 0) {
        max = (double)shop->points_max;
        per_s = shop->points_per_s > 0 ? (double)shop->points_per_s : WRITES_PER_S;
    }
    if (!is_burst && rest_bucket_take(sandbox, is_write ? &tt->writes : &tt->reads, max, per_s)) {
        return true;
    }
    call->shop->stats.api_throttled++;
    throttle_answer(call);
    return false;
}

/* ---- small routes ---- */

static void authorized_shops(struct call *call)
{
    const struct shop *shop = call->shop;
    struct json_writer w = tt_data(call);
    json_key(&w, "shops");
    json_begin_array(&w);
    json_begin_object(&w);
    json_field_text(&w, "id", tt_of(shop)->shop_id);
    json_field_text(&w, "name", shop->code);
    json_field_str(&w, "region", "US");
    json_field_str(&w, "seller_type", "LOCAL");
    json_field_text(&w, "cipher", tt_of(shop)->cipher);
    json_field_text(
        &w, "code", arena_printf(&shop->sandbox->turn, "USLC%.*s", SLICE_ARG(shop->code)));
    json_end_object(&w);
    json_end_array(&w);
    tt_done(&w);
}

void tt_warehouses(struct call *call)
{
    static const char *const names[TT_WAREHOUSES_COUNT] = {"Main", "Second", "Returns"};
    struct json_writer w = tt_data(call);
    json_key(&w, "warehouses");
    json_begin_array(&w);
    for (size_t i = 0; i < TT_WAREHOUSES_COUNT; i++) {
        json_begin_object(&w);
        json_field_text(&w, "id", tt_of(call->shop)->warehouses[i]);
        json_field_str(&w, "name", names[i]);
        json_field_str(&w, "effect_status", "ENABLED");
        json_field_str(&w, "type", i == TT_RETURNS ? "RETURN_WAREHOUSE" : "SALES_WAREHOUSE");
        json_field_str(&w, "sub_type", "DOMESTIC_WAREHOUSE");
        json_field_bool(&w, "is_default", i != 1);
        json_key(&w, "address");
        json_begin_object(&w);
        json_field_str(&w, "region", "United States");
        json_field_str(&w, "region_code", "US");
        json_end_object(&w);
        json_end_object(&w);
    }
    json_end_array(&w);
    tt_done(&w);
}

/* ---- routes ---- */

static void products_call(struct call *call, const struct rest_parts *parts)
{
    tt_product_show(call, parts->at[3]);
}

static void update_call(struct call *call, const struct rest_parts *parts)
{
    tt_inventory_update(call, parts->at[3]);
}

static void shops_route(struct call *call, const struct rest_parts *parts)
{
    (void)parts;
    authorized_shops(call);
}

#define PLAIN(name, function)                                                                      \
    static void name(struct call *call, const struct rest_parts *parts)                            \
    {                                                                                              \
        (void)parts;                                                                               \
        function(call);                                                                            \
    }
PLAIN(orders_get_route, tt_orders_get)
PLAIN(orders_search_route, tt_orders_search)
PLAIN(inventory_search_route, tt_inventory_search)
PLAIN(products_search_route, tt_products_search)
PLAIN(webhooks_route, tt_webhooks_call)
PLAIN(warehouses_route, tt_warehouses)

/* The version is chosen for each operation. */
static const struct route {
    const char *method, *path[5];
    void (*run)(struct call *call, const struct rest_parts *parts);
    bool without_cipher, is_write;
} routes[] = {
    {"GET", {"authorization", "202309", "shops"}, shops_route, true, false},
    {"GET", {"logistics", "202309", "warehouses"}, warehouses_route, false, false},
    {"GET", {"event", "202309", "webhooks"}, webhooks_route, false, false},
    {"PUT", {"event", "202309", "webhooks"}, webhooks_route, false, false},
    {"DELETE", {"event", "202309", "webhooks"}, webhooks_route, false, false},
    {"GET", {"order", "202309", "orders"}, orders_get_route, false, false},
    {"GET", {"order", "202507", "orders"}, orders_get_route, false, false},
    {"POST", {"order", "202309", "orders", "search"}, orders_search_route, false, false},
    {"POST", {"product", "202309", "inventory", "search"}, inventory_search_route, false, false},
    {"POST", {"product", "202312", "products", "search"}, products_search_route, false, false},
    {"POST", {"product", "202502", "products", "search"}, products_search_route, false, false},
    {"GET", {"product", "202309", "products", "*"}, products_call, false, false},
};

static bool route_is(const struct route *route, const struct rest_parts *parts)
{
    size_t n = 0;
    while (n < COUNT_OF(route->path) && route->path[n]) {
        if (n >= parts->count ||
            (strcmp(route->path[n], "*") != 0 && !slice_is(parts->at[n], route->path[n]))) {
            return false;
        }
        n++;
    }
    return n == parts->count;
}

static void run(struct call *call, const struct route *route, const struct rest_parts *parts)
{
    if (tt_authenticated(call, !route->without_cipher) && may_pass(call, route->is_write)) {
        route->run(call, parts);
    }
}

static void dispatch(struct call *call, const struct rest_parts *parts)
{
    static const struct route update = {.run = update_call, .is_write = true};
    bool has_path = false;
    if (rest_is(parts, "product", "202309", "products", "*", "inventory", "update", NULL)) {
        has_path = true;
        if (rest_method(call, "POST")) {
            run(call, &update, parts);
            return;
        }
    }
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (route_is(&routes[i], parts)) {
            has_path = true;
            if (rest_method(call, routes[i].method)) {
                run(call, &routes[i], parts);
                return;
            }
        }
    }
    if (has_path) {
        tt_error(call, 405, TT_BAD_METHOD, "Invalid method");
    } else {
        tt_error(call, 404, TT_BAD_PATH, "Invalid path");
    }
}

static void tt_call(struct call *call)
{
    struct rest_parts parts = rest_parts(call->path);
    bool is_get = rest_method(call, "GET");
    if (rest_is(&parts, "api", "v2", "token", "get", NULL) && is_get) {
        tt_token_call(call, false);
    } else if (rest_is(&parts, "api", "v2", "token", "refresh", NULL) && is_get) {
        tt_token_call(call, true);
    } else {
        dispatch(call, &parts);
    }
}

/* ---- the platform ---- */

static void tt_init(struct shop *shop)
{
    struct arena *arena = &shop->sandbox->arena;
    struct tt *tt = calloc(1, sizeof(*tt));
    must(tt != NULL);
    shop->state = tt;
    /* Signed as it is, encoded in the URL: the two must not be mixed up. */
    tt->cipher = arena_printf(arena, "ROW_%zu+b/%.*s==", shop->index, SLICE_ARG(shop->code));
    tt->shop_id =
        arena_printf(arena, "%" PRId64, INT64_C(7495540735365777507) + (int64_t)shop->index);
    for (size_t i = 0; i < TT_WAREHOUSES_COUNT; i++) {
        tt->warehouses[i] = arena_printf(
            arena, "%" PRId64, INT64_C(7068517275539719942) + (int64_t)(10 * shop->index + i));
    }
    shop->location_id = tt->warehouses[0];
    tokens_make(shop->sandbox, &tt->refresh, "TTR_", TT_REFRESH_S * US_PER_S);
    tt_subscribe_first(shop);
}

static void tt_free(struct shop *shop)
{
    free(tt_of(shop));
}

static void tt_settings(const struct shop *shop, const char *location, struct json_writer *w)
{
    json_field_text(w, "shop_cipher", tt_of(shop)->cipher);
    json_key(w, "warehouse_map");
    json_begin_array(w);
    json_begin_object(w);
    json_field_str(w, "location", location);
    json_field_text(w, "remote", tt_of(shop)->warehouses[0]);
    json_end_object(w);
    json_end_array(w);
}

static void tt_secrets(const struct shop *shop, struct json_writer *w)
{
    json_field_text(w, "app_key", shop->token);
    json_field_text(w, "app_secret", shop->token_secret);
    json_field_text(w, "refresh_token", tokens_newest(&tt_of(shop)->refresh));
}

static size_t tt_remote(const struct item *item,
                        struct arena *arena,
                        struct shop_remote_field out[SHOP_REMOTE_MAX])
{
    out[0] = remote_id(arena, "product_id", item->product->id);
    out[1] = remote_id(arena, "sku_id", item->id);
    return 2;
}

/* A line's id times 1000 is the id of its first unit. */
const struct platform platform_tiktok = {
    .name = "tiktok",
    .prefix = "tiktok",
    .what = "look like TikTok Shop",
    .ids = {.product = INT64_C(1729592969712207000),
            .item = INT64_C(1729592969717207013),
            .inventory = INT64_C(1729592969717207013),
            .order = INT64_C(576653688135258178),
            .row = INT64_C(576653688135323),
            .step = 2,
            .apart = INT64_C(10000000000)},
    .trade = TRADE_CANCELS_UNITS | TRADE_SHIPS_PARTS | TRADE_NO_RESTOCK | TRADE_GIVES_BACK,
    .init = tt_init,
    .free = tt_free,
    .item_init = nodes_item_init,
    .call = tt_call,
    .throttled = tt_throttled,
    .order_event = tt_order_event,
    .count_event = tt_count_event,
    .hook_head = tt_hook_head,
    .hook_url = tt_hook_url,
    .hook_is_good = tt_hook_is_good,
    .hook_retry_us = tt_hook_retry_us,
    .settings = tt_settings,
    .secrets = tt_secrets,
    .remote = tt_remote,
};
