/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_etsy - routes, small answers, and the platform's table. */
#include "drill/sandbox_etsy.h"

#include "base/crypto.h"

struct etsy *etsy_of(const struct shop *shop)
{
    return shop->state;
}

struct etsy_listing *etsy_listing_of(const struct product *product)
{
    return &etsy_of(product->shop)->listings[product->index];
}

struct etsy_item *etsy_item_of(const struct item *item)
{
    return item->state;
}

void etsy_error(struct call *call, int status, const char *text)
{
    struct json_writer w = rest_json(call, status);
    json_begin_object(&w);
    json_field_str(&w, "error", text);
    json_end_object(&w);
}

bool etsy_query_known(struct call *call, const char *const *known, size_t count)
{
    if (rest_query_unknown(call, known, count).n > 0) {
        etsy_error(call, 400, "Invalid query parameter");
        return false;
    }
    return true;
}

bool etsy_paging(struct call *call, int64_t *out_limit, int64_t *out_offset)
{
    if (!rest_query_int(call, "limit", 1, 100, 25, out_limit) ||
        !rest_query_int(call, "offset", 0, INT32_MAX, 0, out_offset)) {
        etsy_error(call, 400, "limit is 1 to 100, offset is not negative");
        return false;
    }
    return true;
}

/* ---- small answers ---- */

static void me(struct call *call)
{
    if (!etsy_owner(call)) {
        return;
    }
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_int(&w, "user_id", etsy_of(call->shop)->user_id);
    json_field_int(&w, "shop_id", etsy_of(call->shop)->shop_id);
    json_end_object(&w);
}

static void shop_show(struct call *call)
{
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_int(&w, "shop_id", etsy_of(call->shop)->shop_id);
    json_field_int(&w, "user_id", etsy_of(call->shop)->user_id);
    json_field_text(&w, "shop_name", call->shop->code);
    json_field_str(&w, "currency_code", "USD");
    json_field_bool(&w, "is_vacation", false);
    json_end_object(&w);
}

/* ---- routes ---- */

static void shop_route(struct call *call, const struct rest_parts *parts)
{
    int64_t shop_id;
    bool is_get = rest_method(call, "GET");
    if (!slice_int(parts->at[3], &shop_id) || shop_id != etsy_of(call->shop)->shop_id) {
        etsy_error(call, 403, "User does not own this shop");
        return;
    }
    if (parts->count == 4 && is_get) {
        shop_show(call);
        return;
    }
    bool is_one = parts->count == 6;
    bool is_list = parts->count == 5;
    struct slice what = is_one || is_list ? parts->at[4] : (struct slice){0};
    if (!etsy_owner(call)) {
        return;
    }
    if (slice_is(what, "receipts") && is_list && is_get) {
        etsy_receipts(call);
    } else if (slice_is(what, "receipts") && is_one && is_get) {
        etsy_receipt_get(call, parts->at[5]);
    } else if (slice_is(what, "listings") && is_list && is_get) {
        etsy_listings(call);
    } else if (slice_is(what, "listings") && is_one && rest_method(call, "PATCH")) {
        etsy_listing_patch(call, parts->at[5]);
    } else {
        etsy_error(call, 404, "Resource not found");
    }
}

static void listing_route(struct call *call, const struct rest_parts *parts)
{
    bool is_get = rest_method(call, "GET");
    bool is_record = parts->count == 5 && slice_is(parts->at[4], "inventory");
    if (is_record && is_get && slice_is(parts->at[3], "batch")) {
        etsy_inventory_batch(call);
    } else if (is_record && is_get) {
        etsy_inventory_get(call, parts->at[3]);
    } else if (is_record && rest_method(call, "PUT")) {
        etsy_inventory_put(call, parts->at[3]);
    } else if (parts->count == 4 && is_get) {
        etsy_listing_get(call, parts->at[3]);
    } else {
        etsy_error(call, 404, "Resource not found");
    }
}

static void application(struct call *call, const struct rest_parts *parts)
{
    struct slice what = parts->count > 2 ? parts->at[2] : (struct slice){0};
    if (!etsy_key_is_good(call) || !etsy_may_pass(call)) {
        return;
    }
    if (rest_is(parts, "v3", "application", "users", "me", NULL) && rest_method(call, "GET")) {
        me(call);
    } else if (slice_is(what, "scopes") && parts->count == 3 && rest_method(call, "POST")) {
        etsy_scopes_call(call);
    } else if (slice_is(what, "shops") && parts->count >= 4) {
        shop_route(call, parts);
    } else if (slice_is(what, "listings") && parts->count >= 4) {
        listing_route(call, parts);
    } else {
        etsy_error(call, 404, "Resource not found");
    }
}

static void etsy_call(struct call *call)
{
    struct rest_parts parts = rest_parts(call->path);
    if (rest_is(&parts, "oauth", "connect", NULL) && rest_method(call, "GET")) {
        etsy_consent_call(call);
    } else if (rest_is(&parts, "v3", "public", "oauth", "token", NULL)) {
        etsy_token_call(call);
    } else if (parts.count > 2 && slice_is(parts.at[0], "v3") &&
               slice_is(parts.at[1], "application")) {
        application(call, &parts);
    } else {
        etsy_error(call, 404, "Resource not found");
    }
}

/* ---- the platform ---- */

static void etsy_init(struct shop *shop)
{
    struct etsy *etsy = calloc(1, sizeof(*etsy));
    must(etsy != NULL);
    shop->state = etsy;
    etsy->shop_id = 12345 + (int64_t)shop->index;
    etsy->user_id = 990001 + (int64_t)shop->index;
    char prefix[32];
    snprintf(prefix, sizeof(prefix), "%" PRId64 ".", etsy->user_id);
    tokens_make(shop->sandbox, &etsy->refresh, prefix, ETSY_REFRESH_S * (int64_t)US_PER_S);
}

static void etsy_free(struct shop *shop)
{
    free(etsy_of(shop)->listings);
    free(etsy_of(shop));
}

static bool etsy_product_init(struct product *product)
{
    struct etsy *etsy = etsy_of(product->shop);
    if (!GROW(etsy->listings, etsy->listings_count, etsy->listings_cap)) {
        return false;
    }
    etsy->listings[etsy->listings_count++] =
        (struct etsy_listing){.quantity = product->count, .shown = product->count};
    return true;
}

static bool etsy_item_init(struct item *item)
{
    struct etsy_item *state = ARENA_NEW(&item->shop->sandbox->arena, struct etsy_item);
    if (!state) {
        return false;
    }
    item->state = state;
    state->quantity = item->mode == STOCK_UNMANAGED ? ETSY_QUANTITY_MAX : item->count;
    state->shown = item->count;
    state->sku = item->sku;
    return true;
}

static void etsy_settings(const struct shop *shop, const char *location, struct json_writer *w)
{
    (void)location;
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, etsy_of(shop)->shop_id);
    json_field_str(w, "shop_id", text);
}

static void etsy_secrets(const struct shop *shop, struct json_writer *w)
{
    struct arena arena;
    arena_init(&arena, (size_t)1 << 16);
    struct slice secret = shop->secret;
    if (!slice_starts(secret, "whsec_")) {
        secret = arena_printf(&arena, "whsec_%.*s", SLICE_ARG(base64_encode(&arena, secret)));
    }
    json_field_text(w, "keystring", shop->token);
    json_field_text(w, "shared_secret", shop->token_secret);
    json_field_text(w, "refresh_token", tokens_newest(&etsy_of(shop)->refresh));
    json_field_text(w, "webhook_secret", secret);
    arena_free(&arena);
}

static size_t etsy_remote(const struct item *item,
                          struct arena *arena,
                          struct shop_remote_field out[SHOP_REMOTE_MAX])
{
    out[0] = remote_id(arena, "listing_id", item->product->id);
    out[1] = remote_id(arena, "product_id", item->id);
    out[2] = (struct shop_remote_field){"sku", item->sku};
    return item->sku.n > 0 ? 3 : 2;
}

const struct platform platform_etsy = {
    .name = "etsy",
    .prefix = "etsy",
    .what = "look like Etsy",
    .ids = {.product = INT64_C(1500200031),
            .item = INT64_C(20000001001),
            .inventory = INT64_C(30000005001),
            .order = INT64_C(3200054321),
            .row = INT64_C(4100900001),
            .step = 1,
            .apart = INT64_C(10000000)},
    .trade = TRADE_NO_RESTOCK,
    .init = etsy_init,
    .free = etsy_free,
    .product_init = etsy_product_init,
    .item_init = etsy_item_init,
    .call = etsy_call,
    .throttled = etsy_throttle_answer,
    .order_event = etsy_order_event,
    .count_event = etsy_count_event,
    .hook_head = etsy_hook_head,
    .hook_url = etsy_hook_url,
    .hook_retry_us = etsy_hook_retry_us,
    .settings = etsy_settings,
    .secrets = etsy_secrets,
    .remote = etsy_remote,
};
