/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_walmart - the door (token, headers, buckets), errors, and the platform's table. */
#include "drill/sandbox_walmart.h"

#include "base/times.h"

struct wm *wm_of(const struct shop *shop)
{
    return shop->state;
}

/* ---- errors ---- */

void wm_put_error(struct json_writer *w, const char *code, const char *field, const char *text)
{
    json_begin_object(w);
    json_field_str(w, "code", code);
    json_field_str(w, "field", field);
    json_field_str(w, "description", text);
    json_field_str(w, "info", "Request invalid.");
    json_field_str(w, "severity", "ERROR");
    json_field_str(w, "category", "DATA");
    json_key(w, "causes");
    json_begin_array(w);
    json_end_array(w);
    json_key(w, "errorIdentifiers");
    json_begin_object(w);
    json_end_object(w);
    json_end_object(w);
}

static void error_answer(struct call *call,
                         int status,
                         const char *list,
                         const char *code,
                         const char *field,
                         const char *text)
{
    struct json_writer w = rest_json(call, status);
    json_begin_object(&w);
    json_key(&w, list);
    json_begin_array(&w);
    wm_put_error(&w, code, field, text);
    json_end_array(&w);
    json_end_object(&w);
}

void wm_error(struct call *call, int status, const char *code, const char *field, const char *text)
{
    error_answer(call, status, "errors", code, field, text);
}

void wm_gateway_error(struct call *call, int status, const char *code, const char *text)
{
    error_answer(call, status, "error", code, code, text);
}

void wm_not_found(struct call *call, const char *text)
{
    wm_error(call, 404, "CONTENT_NOT_FOUND", "data", text);
}

bool wm_body(struct call *call, struct json *out)
{
    if (!rest_content_is(call, "application/json")) {
        wm_error(call, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type", "application/json is needed");
        return false;
    }
    if (!rest_body(call, out) || json_type(*out) != JSON_OBJECT) {
        wm_error(call, 400, "INVALID_REQUEST_CONTENT", "body", "Unable to parse the request");
        return false;
    }
    return true;
}

bool wm_query_known(struct call *call, const char *const *known, size_t count)
{
    if (rest_query_unknown(call, known, count).n > 0) {
        wm_error(call, 400, "INVALID_REQUEST_PARAM", "query", "Unknown query parameter");
        return false;
    }
    return true;
}

/* ---- small things ---- */

const char *wm_read_quantity(struct json v, int64_t *out)
{
    static const char *const keys[] = {"unit", "amount"};
    struct slice unit;
    int64_t n;
    if (json_type(v) != JSON_OBJECT || rest_key_unknown(v, keys, COUNT_OF(keys)).n > 0) {
        return "a quantity is {\"unit\":\"EACH\",\"amount\":number}";
    }
    if (!json_text(json_get(v, "unit"), &unit) || !slice_is(unit, "EACH")) {
        return "unit must be EACH";
    }
    if (!json_int(json_get(v, "amount"), &n) || n < 0 || n > INT32_MAX) {
        return "amount must be a whole number that is not negative";
    }
    *out = n;
    return NULL;
}

void wm_put_quantity(struct json_writer *w, const char *key, int64_t amount)
{
    json_key(w, key);
    json_begin_object(w);
    json_field_str(w, "unit", "EACH");
    json_field_int(w, "amount", amount);
    json_end_object(w);
}

size_t wm_node(const struct shop *shop, struct slice id)
{
    const struct wm *wm = wm_of(shop);
    size_t node = 0;
    while (node < NODES_COUNT && !slice_equal(wm->nodes[node], id)) {
        node++;
    }
    return node;
}

/* ---- buckets: so many at once, refilled by so many in a second ---- */

static const struct {
    double max, per_s;
} buckets[WM_BUCKETS_COUNT] = {
    [WM_STOCK] = {200, 200.0 / 60},
    [WM_ORDERS] = {5000, 5000.0 / 60},
    [WM_FEED_FILE] = {10, 10.0 / 3600},
    [WM_FEED_NODES] = {50, 50.0 / 3600},
    [WM_FEED_READ] = {5000, 5000.0 / 60},
    [WM_ITEMS] = {300, 300.0 / 60},
    [WM_HOOKS] = {200, 200.0 / 60},
};

static void bucket_headers(struct call *call, double left, double wait_s)
{
    struct arena *arena = &call->shop->sandbox->turn;
    int64_t next_ms =
        (env_wall_us(call->shop->sandbox->env) + (int64_t)(wait_s * US_PER_S)) / US_PER_MS + 1;
    call_header(call, "x-current-token-count", arena_printf(arena, "%d", (int)left));
    call_header(call, "x-next-replenish-time", arena_printf(arena, "%" PRId64, next_ms));
}

static void threshold_answer(struct call *call, double wait_s)
{
    wm_gateway_error(
        call, 429, "REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API", "Request threshold violated");
    bucket_headers(call, 0, wait_s);
}

bool wm_bucket_take(struct call *call, enum wm_bucket which)
{
    struct rest_bucket *bucket = &wm_of(call->shop)->buckets[which];
    double per_s = buckets[which].per_s;
    bool is_taken = rest_bucket_take(call->shop->sandbox, bucket, buckets[which].max, per_s);
    double whole = (double)(int64_t)bucket->left;
    double wait_s = (1 - (bucket->left - whole)) / per_s;
    if (!is_taken) {
        call->shop->stats.api_throttled++;
        threshold_answer(call, wait_s);
        return false;
    }
    rest_json(call, 200);
    bucket_headers(call, bucket->left, wait_s);
    return true;
}

/* ---- the door ---- */

static int64_t token_life_us(const struct shop *shop)
{
    return shop->token_us > 0 ? shop->token_us : WM_TOKEN_S * (int64_t)US_PER_S;
}

static void token_sell(struct call *call)
{
    struct shop *shop = call->shop;
    struct slice id, secret, grant;
    if (!rest_content_is(call, "application/x-www-form-urlencoded")) {
        wm_gateway_error(call, 415, "UNSUPPORTED_MEDIA_TYPE", "a form is needed");
        return;
    }
    if (!rest_basic(call, &id, &secret) || !slice_equal(id, shop->token) ||
        !slice_equal(secret, shop->token_secret)) {
        wm_gateway_error(
            call, 401, "INVALID_TOKEN.GMP_GATEWAY_API", "Client Id or Client Secret is invalid");
        return;
    }
    if (!rest_form(call, "grant_type", &grant) || !slice_is(grant, "client_credentials")) {
        wm_error(call, 400, "INVALID_REQUEST", "grant_type", "grant_type is not supported");
        return;
    }
    struct slice token =
        tokens_make(shop->sandbox, &wm_of(shop)->tokens, "eyJraWQi", token_life_us(shop));
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_text(&w, "access_token", token);
    json_field_str(&w, "token_type", "Bearer");
    json_field_int(&w, "expires_in", token_life_us(shop) / US_PER_S);
    json_end_object(&w);
}

static void token_detail(struct call *call)
{
    static const char *const full[] = {"inventory", "item", "feeds", "orders", "reports"};
    static const char *const view[] = {"returns", "price", "lagtime", "shipping", "content"};
    struct json_writer w = rest_json(call, 200);
    int64_t now_ms = env_wall_us(call->shop->sandbox->env) / US_PER_MS;
    struct arena *arena = &call->shop->sandbox->turn;
    json_begin_object(&w);
    json_key(&w, "scopes");
    json_begin_object(&w);
    for (size_t i = 0; i < COUNT_OF(full); i++) {
        json_field_str(&w, full[i], "full_access");
    }
    for (size_t i = 0; i < COUNT_OF(view); i++) {
        json_field_str(&w, view[i], "view_only");
    }
    json_field_str(&w, "rules", "no_access");
    json_end_object(&w);
    json_field_text(
        &w,
        "expire_at",
        arena_printf(arena, "%" PRId64, now_ms + token_life_us(call->shop) / US_PER_MS));
    json_field_text(&w, "issued_at", arena_printf(arena, "%" PRId64, now_ms));
    json_field_bool(&w, "is_valid", true);
    json_field_bool(&w, "is_channel_match", true);
    json_end_object(&w);
}

static bool has_header(struct call *call, const char *name)
{
    if (call_request_header(call, name).n > 0) {
        return true;
    }
    wm_error(call, 400, "INVALID_REQUEST_HEADER", name, "a mandatory header is missing or empty");
    return false;
}

/* The token is checked after the headers that every call must carry. */
static bool door(struct call *call, bool is_token_call)
{
    struct shop *shop = call->shop;
    if (!has_header(call, "WM_QOS.CORRELATION_ID") || !has_header(call, "WM_SVC.NAME")) {
        return false;
    }
    if (is_token_call) {
        return true;
    }
    if (!has_header(call, "WM_SEC.ACCESS_TOKEN")) {
        return false;
    }
    struct slice token = call_request_header(call, "WM_SEC.ACCESS_TOKEN");
    if (tokens_check(shop->sandbox, &wm_of(shop)->tokens, token) != TOKEN_GOOD) {
        wm_gateway_error(call,
                         401,
                         "UNAUTHORIZED.GMP_GATEWAY_API",
                         "Unauthorized token or incorrect authorization header. Please verify "
                         "correct format: Bearer <Access Token>");
        return false;
    }
    return true;
}

/* XML is the format of old, given to whoever does not ask for JSON. */
static void xml_unless_json(struct call *call)
{
    struct slice accept = call_request_header(call, "Accept");
    struct slice part;
    while (accept.n > 0) {
        slice_cut(&accept, ',', &part);
        struct slice media;
        slice_cut(&part, ';', &media);
        if (slice_equal_nocase(slice_trim(media), SLICE("application/json"))) {
            return;
        }
    }
    int status = call->status;
    call_plain(call,
               status,
               "application/xml",
               status < 400 ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                              "<ns2:response xmlns:ns2=\"http://walmart.com/\"/>"
                            : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                              "<ns2:errors xmlns:ns2=\"http://walmart.com/\"/>");
}

static void route(struct call *call, const struct rest_parts *parts)
{
    if (rest_is(parts, "v3", "token", "detail", NULL) && rest_method(call, "GET")) {
        token_detail(call);
    } else if (rest_is(parts, "v3", "settings", "shipping", "shipnodes", NULL) &&
               rest_method(call, "GET")) {
        wm_nodes_call(call);
    } else if (rest_is(parts, "v3", "inventory", NULL)) {
        wm_stock_call(call, parts);
    } else if (parts->count >= 2 && slice_is(parts->at[1], "inventories")) {
        wm_inventories_call(call, parts);
    } else if (parts->count >= 2 && slice_is(parts->at[1], "feeds")) {
        wm_feeds_call(call, parts);
    } else if (rest_is(parts, "v3", "items", NULL) && rest_method(call, "GET")) {
        wm_items_call(call);
    } else if (parts->count >= 2 && slice_is(parts->at[1], "orders")) {
        wm_orders_call(call, parts);
    } else if (parts->count >= 2 && slice_is(parts->at[1], "webhooks")) {
        wm_hooks_call(call, parts);
    } else {
        wm_not_found(call, "There is no such operation");
    }
}

static void wm_call(struct call *call)
{
    struct rest_parts parts = rest_parts(call->path);
    bool is_token = rest_is(&parts, "v3", "token", NULL) && rest_method(call, "POST");
    if (parts.count == 0 || !slice_is(parts.at[0], "v3")) {
        wm_not_found(call, "There is no such operation");
    } else if (!door(call, is_token)) {
        xml_unless_json(call);
    } else {
        if (is_token) {
            token_sell(call);
        } else {
            route(call, &parts);
        }
        xml_unless_json(call);
    }
}

static void wm_throttled(struct call *call)
{
    threshold_answer(call, 1);
}

/* ---- the platform ---- */

static void wm_init(struct shop *shop)
{
    struct wm *wm = calloc(1, sizeof(*wm));
    must(wm != NULL);
    shop->state = wm;
    for (size_t i = 0; i < NODES_COUNT; i++) {
        wm->nodes[i] = arena_printf(&shop->sandbox->arena, "100000505%zu", i);
    }
    shop->location_id = wm->nodes[0];
    wm_subscribe_first(shop);
}

static void wm_free(struct shop *shop)
{
    wm_feeds_free(wm_of(shop));
    free(wm_of(shop));
}

static void wm_settings(const struct shop *shop, const char *location, struct json_writer *w)
{
    json_key(w, "ship_nodes");
    json_begin_array(w);
    json_begin_object(w);
    json_field_str(w, "location", location);
    json_field_text(w, "remote", wm_of(shop)->nodes[0]);
    json_end_object(w);
    json_end_array(w);
}

static void wm_secrets(const struct shop *shop, struct json_writer *w)
{
    json_field_text(w, "client_id", shop->token);
    json_field_text(w, "client_secret", shop->token_secret);
    json_field_text(w, "webhook_secret", shop->secret);
}

static size_t wm_remote(const struct item *item,
                        struct arena *arena,
                        struct shop_remote_field out[SHOP_REMOTE_MAX])
{
    (void)arena;
    out[0] = (struct shop_remote_field){"sku", item->sku};
    return 1;
}

const struct platform platform_walmart = {
    .name = "walmart",
    .prefix = "walmart",
    .what = "look like Walmart Marketplace",
    .ids = {.product = 501,
            .item = 600001,
            .inventory = 600001,
            .order = INT64_C(108801234560001),
            .row = 701,
            .step = 1,
            .apart = INT64_C(10000000000)},
    .trade = TRADE_CANCELS_UNITS | TRADE_CANCELS_SHIPPED | TRADE_SHIPS_PARTS | TRADE_NO_RESTOCK |
             TRADE_GIVES_BACK,
    .init = wm_init,
    .free = wm_free,
    .item_init = nodes_item_init,
    .call = wm_call,
    .throttled = wm_throttled,
    .order_event = wm_order_event,
    .count_event = wm_count_event,
    .hook_head = wm_hook_head,
    .hook_url = wm_hook_url,
    .hook_retry_us = wm_hook_retry_us,
    .settings = wm_settings,
    .secrets = wm_secrets,
    .remote = wm_remote,
};
