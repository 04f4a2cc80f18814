/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_bigcommerce - the door (token, media types, quota), errors, settings, and the platform's
 * table. */
#include "drill/sandbox_bigcommerce.h"

#include "base/times.h"

#define WINDOW_US (30 * US_PER_S)
#define QUOTA_DEFAULT 450
#define STATUS_CODES "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"

struct bc *bc_of(const struct shop *shop)
{
    return shop->state;
}

/* ---- items ---- */

enum bc_tracking bc_tracking(const struct product *product)
{
    if (product->is_pool) {
        return BC_BY_PRODUCT;
    }
    bool is_managed = product->items[0]->mode == STOCK_MANAGED;
    if (!is_managed) {
        return BC_BY_NONE;
    }
    return product->is_simple ? BC_BY_PRODUCT : BC_BY_VARIANT;
}

const char *bc_tracking_text(enum bc_tracking tracking)
{
    static const char *const texts[] = {"none", "product", "variant"};
    return texts[tracking];
}

struct item *bc_variant(const struct shop *shop, int64_t id)
{
    int64_t n = id - shop->item_base;
    bool is_ours = n >= 0 && n % 2 == 0 && n / 2 < (int64_t)shop->items_count;
    return is_ours ? shop->items[n / 2] : NULL;
}

struct product *bc_product(const struct shop *shop, int64_t id)
{
    int64_t n = id - shop->product_base;
    bool is_ours = n >= 0 && n % 2 == 0 && n / 2 < (int64_t)shop->products_count;
    return is_ours ? shop->products[n / 2] : NULL;
}

int64_t bc_sku_id(const struct item *item)
{
    return item->product->is_simple ? 0 : item->inventory_id;
}

int64_t *bc_count(struct item *item, int64_t location)
{
    return location == 1 ? item_carrier(item) : &item->count_second;
}

/* ---- errors ---- */

void bc_problem(struct call *call, int status, const char *title, const char *errors)
{
    struct json_writer w = rest_answer(call, status, "application/problem+json");
    json_begin_object(&w);
    json_field_int(&w, "status", status);
    json_field_str(&w, "title", title);
    json_field_str(&w, "type", STATUS_CODES);
    if (errors) {
        json_field_raw(&w, "errors", slice_of(errors));
    }
    json_end_object(&w);
}

void bc_v2_error(struct call *call, int status, const char *message)
{
    struct json_writer w = rest_json(call, status);
    json_begin_array(&w);
    json_begin_object(&w);
    json_field_int(&w, "status", status);
    json_field_str(&w, "message", message);
    json_end_object(&w);
    json_end_array(&w);
}

void bc_no_route(struct call *call, bool is_v2)
{
    if (is_v2) {
        bc_v2_error(call, 404, "The requested resource was not found.");
    } else {
        bc_problem(call, 404, "The requested resource was not found.", NULL);
    }
}

bool bc_body(struct call *call, struct json *out)
{
    if (!rest_content_is(call, "application/json")) {
        bc_problem(call, 415, "Unsupported media type: send application/json", NULL);
        return false;
    }
    if (!rest_body(call, out) || json_type(*out) != JSON_OBJECT) {
        bc_problem(call, 400, "Input is invalid.", NULL);
        return false;
    }
    return true;
}

bool bc_paging(struct call *call,
               int64_t limit_default,
               int64_t limit_max,
               int64_t *out_page,
               int64_t *out_limit)
{
    if (!rest_query_int(call, "page", 1, INT32_MAX, 1, out_page) ||
        !rest_query_int(call, "limit", 1, limit_max, limit_default, out_limit)) {
        bc_problem(call, 422, "The page or limit is out of range.", "{\"limit\":\"invalid\"}");
        return false;
    }
    return true;
}

void bc_put_meta(struct json_writer *w, int64_t total, int64_t count, int64_t page, int64_t limit)
{
    json_key(w, "meta");
    json_begin_object(w);
    json_key(w, "pagination");
    json_begin_object(w);
    json_field_int(w, "total", total);
    json_field_int(w, "count", count);
    json_field_int(w, "per_page", limit);
    json_field_int(w, "current_page", page);
    json_field_int(w, "total_pages", (total + limit - 1) / limit);
    json_end_object(w);
    json_end_object(w);
}

struct slice bc_stamp_rfc2822(struct arena *arena, int64_t time_us)
{
    char text[TIME_TEXT_MAX];
    struct slice http = time_format_http(time_us, text); /* "..., 06 Nov 1994 08:49:37 GMT" */
    return arena_printf(arena, "%.*s+0000", (int)(http.n - 3), http.p);
}

/* ---- the quota: of the store, whoever calls ---- */

static void quota_headers(struct call *call, int64_t left, int64_t reset_us)
{
    struct arena *arena = &call->shop->sandbox->turn;
    int64_t reset_ms = reset_us / US_PER_MS + 1;
    call_header(call, "X-Rate-Limit-Requests-Left", arena_printf(arena, "%" PRId64, left));
    call_header(call,
                "X-Rate-Limit-Requests-Quota",
                arena_printf(arena, "%" PRId64, call->shop->points_max));
    call_header(call, "X-Rate-Limit-Time-Reset-Ms", arena_printf(arena, "%" PRId64, reset_ms));
    call_header(call, "X-Rate-Limit-Time-Window-Ms", SLICE("30000"));
}

/* False: none is left in this window. */
static bool quota_take(struct shop *shop, int64_t *out_left, int64_t *out_reset_us)
{
    struct bc *bc = bc_of(shop);
    int64_t now_us = env_mono_us(shop->sandbox->env);
    if (bc->window_at_us == 0 || now_us - bc->window_at_us >= WINDOW_US) {
        bc->window_at_us = now_us;
        bc->window_calls = 0;
    }
    bc->window_calls++;
    *out_reset_us = bc->window_at_us + WINDOW_US - now_us;
    *out_left = shop->points_max - bc->window_calls;
    return *out_left >= 0;
}

static void too_many(struct call *call, int64_t reset_us)
{
    bc_problem(call, 429, "Too many requests: the quota of this window is spent.", NULL);
    quota_headers(call, 0, reset_us);
}

static void bc_throttled(struct call *call)
{
    too_many(call, US_PER_S);
}

/* ---- v3 ---- */

static void put_data_start(struct json_writer *w)
{
    json_begin_object(w);
    json_key(w, "data");
    json_begin_object(w);
}

static void put_data_end(struct json_writer *w)
{
    json_end_object(w);
    json_key(w, "meta");
    json_begin_object(w);
    json_end_object(w);
    json_end_object(w);
}

static void settings_inventory(struct call *call)
{
    struct json_writer w = rest_json(call, 200);
    put_data_start(&w);
    json_field_str(&w, "product_out_of_stock_behavior", "do_nothing");
    json_field_str(&w, "option_out_of_stock_behavior", "do_nothing");
    json_field_str(&w, "update_stock_behavior", "order_placed");
    json_field_bool(&w, "edit_order_stock_adjustment", true);
    json_field_bool(&w, "refund_order_stock_adjustment", true);
    json_field_str(&w, "stock_level_display", "dont_show");
    put_data_end(&w);
}

static void settings_profile(struct call *call)
{
    struct json_writer w = rest_json(call, 200);
    put_data_start(&w);
    json_field_text(&w, "store_name", call->shop->code);
    json_field_str(&w, "store_address", "1 Example Street");
    put_data_end(&w);
}

static void v3_call(struct call *call, const struct rest_parts *parts)
{
    bool is_get = rest_method(call, "GET");
    int64_t id;
    if (parts->count >= 2 && slice_is(parts->at[1], "inventory")) {
        bc_inventory_call(call, parts);
    } else if (parts->count >= 2 && slice_is(parts->at[1], "catalog")) {
        bc_catalogue_call(call, parts);
    } else if (parts->count >= 2 && slice_is(parts->at[1], "hooks")) {
        bc_hooks_call(call, parts);
    } else if (is_get && rest_is(parts, "v3", "settings", "inventory", NULL)) {
        settings_inventory(call);
    } else if (is_get && rest_is(parts, "v3", "settings", "store", "profile", NULL)) {
        settings_profile(call);
    } else if (is_get && rest_is(parts, "v3", "orders", "*", "payment_actions", "refunds", NULL) &&
               slice_int(parts->at[2], &id)) {
        bc_refunds_call(call, id);
    } else {
        bc_no_route(call, false);
    }
}

/* ---- v2 ---- */

static void store_v2(struct call *call)
{
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_text(&w, "id", bc_of(call->shop)->store_hash);
    json_field_text(&w, "name", call->shop->code);
    json_field_text(&w, "secure_url", call->shop->base_url);
    json_key(&w, "timezone");
    json_begin_object(&w);
    json_field_str(&w, "name", "UTC");
    json_field_int(&w, "raw_offset", 0);
    json_end_object(&w);
    json_end_object(&w);
}

static void v2_call(struct call *call, const struct rest_parts *parts)
{
    bool is_get = rest_method(call, "GET");
    if (parts->count >= 2 && slice_is(parts->at[1], "orders")) {
        bc_orders_v2_call(call, parts);
    } else if (is_get && rest_is(parts, "v2", "store", NULL)) {
        store_v2(call);
    } else {
        bc_no_route(call, true);
    }
}

/* ---- the door ---- */

static bool accepts_json(const struct call *call)
{
    struct slice accept = call_request_header(call, "Accept");
    return accept.n > 0 && memmem(accept.p, accept.n, "application/json", 16) != NULL;
}

/* v2 speaks XML to whoever does not ask for JSON. */
static void answer_xml(struct call *call)
{
    rest_text(call,
              200,
              "application/xml",
              SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?><result>ask for "
                    "application/json</result>"));
}

static void answer(struct call *call)
{
    struct rest_parts parts = rest_parts(call->path);
    bool is_v2 = parts.count > 0 && slice_is(parts.at[0], "v2");
    bool is_v3 = parts.count > 0 && slice_is(parts.at[0], "v3");
    if (call->shop->token.n == 0 ||
        !slice_equal(call_request_header(call, "X-Auth-Token"), call->shop->token)) {
        bc_problem(call,
                   401,
                   "Unauthorized - the v3 Auth client ID or token in the request are not a valid "
                   "combination for this store.",
                   NULL);
    } else if (is_v2 && !accepts_json(call)) {
        answer_xml(call);
    } else if (is_v3 && !accepts_json(call)) {
        bc_problem(call, 406, "Not acceptable: ask for application/json", NULL);
    } else if (is_v2) {
        v2_call(call, &parts);
    } else if (is_v3) {
        v3_call(call, &parts);
    } else {
        bc_no_route(call, false);
    }
}

static void bc_call(struct call *call)
{
    int64_t left;
    int64_t reset_us;
    if (!quota_take(call->shop, &left, &reset_us)) {
        call->shop->stats.api_throttled++;
        too_many(call, reset_us);
        return;
    }
    answer(call);
    quota_headers(call, left, reset_us);
}

/* ---- the platform ---- */

static void bc_init(struct shop *shop)
{
    struct arena *arena = &shop->sandbox->arena;
    struct bc *bc = ARENA_NEW(arena, struct bc);
    must(bc != NULL);
    shop->state = bc;
    arena_init(&bc->events, (size_t)256 * 1024);
    struct slice hash = arena_copy(arena, shop->code);
    char *letters = arena_alloc(arena, hash.n + 1);
    must(letters != NULL);
    for (size_t i = 0; i < hash.n; i++) {
        if (hash.p[i] != '-') {
            letters[bc->store_hash.n++] = hash.p[i];
        }
    }
    bc->store_hash.p = letters;
    bc->client_id = arena_printf(arena, "client-of-%.*s", SLICE_ARG(shop->code));
    shop->points_max = shop->points_max > 0 ? shop->points_max : QUOTA_DEFAULT;
    shop->location_id = SLICE("1");
    shop->source = arena_printf(arena, "stores/%.*s", SLICE_ARG(bc->store_hash));
    bc_hooks_init(shop);
}

static void bc_settings(const struct shop *shop, const char *location, struct json_writer *w)
{
    json_field_text(w, "store_hash", bc_of(shop)->store_hash);
    json_key(w, "location_map");
    json_begin_array(w);
    json_begin_object(w);
    json_field_str(w, "location", location);
    json_field_text(w, "remote", shop->location_id);
    json_end_object(w);
    json_end_array(w);
}

static void bc_secrets(const struct shop *shop, struct json_writer *w)
{
    json_field_text(w, "access_token", shop->token);
    json_field_text(w, "client_secret", shop->token_secret);
    json_field_text(w, "webhook_secret", shop->secret);
}

static size_t bc_remote(const struct item *item,
                        struct arena *arena,
                        struct shop_remote_field out[SHOP_REMOTE_MAX])
{
    out[0] = remote_id(arena, "product_id", item->product->id);
    out[1] = remote_id(arena, "variant_id", item->id);
    return bc_tracking(item->product) == BC_BY_PRODUCT ? 1 : 2;
}

static void bc_free(struct shop *shop)
{
    arena_free(&bc_of(shop)->events);
}

const struct platform platform_bigcommerce = {
    .name = "bigcommerce",
    .prefix = "bigcommerce",
    .what = "look like BigCommerce",
    .ids = {.product = 111, .item = 74, .inventory = 461, .order = 100, .row = 25, .step = 1},
    .trade = TRADE_IN_PLACE | TRADE_EDITS | TRADE_CANCELS_UNITS | TRADE_CANCELS_SHIPPED |
             TRADE_SHIPS_PARTS,
    .init = bc_init,
    .free = bc_free,
    .call = bc_call,
    .throttled = bc_throttled,
    .order_event = bc_order_event,
    .count_event = bc_count_event,
    .hook_head = bc_hook_head,
    .hook_url = bc_hook_url,
    .hook_retry_us = bc_hook_retry_us,
    .hook_done = bc_hook_done,
    .settings = bc_settings,
    .secrets = bc_secrets,
    .remote = bc_remote,
};
