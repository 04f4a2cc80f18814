/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_ebay - tokens, the door, identity, the listings' revisions, and the platform's table. */
#include "drill/sandbox_ebay.h"

#include "base/crypto.h"

#define USER_TOKEN_US (7200 * US_PER_S)
#define SCOPE_BASE "https://api.ebay.com/oauth/api_scope"
#define CONSENT_CODE "sandbox-consent-code"

struct ebay *ebay_of(const struct shop *shop)
{
    return shop->state;
}

struct ebay_listing *ebay_item_listing(const struct product *product)
{
    return product->state;
}

struct ebay_item *ebay_item_of(const struct item *item)
{
    return item->state;
}

bool ebay_is_inventory(const struct product *product)
{
    return product->index % 2 == 0;
}

struct product *ebay_listing_find(const struct shop *shop, struct slice id_text)
{
    int64_t id;
    if (!slice_int(id_text, &id)) {
        return NULL;
    }
    int64_t n = id - shop->product_base;
    bool is_ours = n >= 0 && n % 2 == 0 && n / 2 < (int64_t)shop->products_count;
    return is_ours ? shop->products[n / 2] : NULL;
}

struct slice ebay_order_text(struct arena *arena, int64_t id)
{
    const int64_t five = 100000;
    return arena_printf(arena,
                        "%02" PRId64 "-%05" PRId64 "-%05" PRId64,
                        id / five / five,
                        id / five % five,
                        id % five);
}

bool ebay_order_call(struct slice text, int64_t *out)
{
    struct slice a;
    struct slice b;
    int64_t x;
    int64_t y;
    int64_t z;
    if (!slice_cut(&text, '-', &a) || !slice_cut(&text, '-', &b) || a.n != 2 || b.n != 5 ||
        text.n != 5 || !slice_int(a, &x) || !slice_int(b, &y) || !slice_int(text, &z)) {
        return false;
    }
    *out = (x * 100000 + y) * 100000 + z;
    return true;
}

/* ---- revisions ---- */

/* Days of the Pacific coast, where eBay's end. */
static int64_t today(struct shop *shop)
{
    return (env_wall_us(shop->sandbox->env) / US_PER_S - 8 * INT64_C(3600)) / 86400;
}

enum ebay_revision ebay_revise(struct item *item, int64_t ship, int64_t offer)
{
    struct shop *shop = item->shop;
    struct ebay_listing *listing = ebay_item_listing(item->product);
    struct ebay_item *more = ebay_item_of(item);
    int64_t before = item->count;
    int64_t after = ship < offer ? ship : offer;
    if (listing->is_ended) {
        return EBAY_ENDED;
    }
    if (after == 0 && !ebay_of(shop)->has_stock_control) {
        return EBAY_NO_ZERO;
    }
    if (ship == before + more->ship_extra && offer == before + more->offer_extra) {
        item_written(item, before, before);
        return EBAY_SAME;
    }
    if (listing->day != today(shop)) {
        listing->day = today(shop);
        listing->revisions = 0;
    }
    int64_t most = shop->points_max > 0 ? shop->points_max : EBAY_REVISIONS_MAX;
    if (listing->revisions >= most) {
        return EBAY_SPENT;
    }
    listing->revisions++;
    more->ship_extra = ship - after;
    more->offer_extra = offer - after;
    item->count = after;
    item_written(item, before, after);
    if (after != before) {
        item_count_changed(item);
    }
    return EBAY_REVISED;
}

/* ---- errors ---- */

void ebay_put_error(struct json_writer *w, struct ebay_error error)
{
    json_begin_object(w);
    json_field_int(w, "errorId", error.id);
    json_field_str(w, "domain", error.domain);
    json_field_str(w, "category", "REQUEST");
    json_field_str(w, "message", error.message);
    json_field_str(w, "longMessage", error.message);
    json_end_object(w);
}

void ebay_error(struct call *call, int status, struct ebay_error error)
{
    struct json_writer w = rest_json(call, status);
    json_begin_object(&w);
    json_key(&w, "errors");
    json_begin_array(&w);
    ebay_put_error(&w, error);
    json_end_array(&w);
    json_end_object(&w);
}

void ebay_no_route(struct call *call)
{
    ebay_error(call, 404, (struct ebay_error){2002, "ACCESS", "Resource not found"});
}

bool ebay_body(struct call *call, struct json *out)
{
    if (!rest_content_is(call, "application/json")) {
        ebay_error(call, 415, (struct ebay_error){2003, "ACCESS", "Unsupported media type"});
        return false;
    }
    if (!rest_body(call, out) || json_type(*out) != JSON_OBJECT) {
        ebay_error(call, 400, (struct ebay_error){2004, "ACCESS", "Invalid request"});
        return false;
    }
    return true;
}

/* ---- tokens ---- */

static void token_error(struct call *call, int status, const char *error, const char *description)
{
    struct json_writer w = rest_json(call, status);
    json_begin_object(&w);
    json_field_str(&w, "error", error);
    json_field_str(&w, "error_description", description);
    json_end_object(&w);
}

static void token_sell(struct call *call, enum ebay_token kind, bool with_refresh)
{
    struct shop *shop = call->shop;
    int64_t life_us = shop->token_us > 0 ? shop->token_us : USER_TOKEN_US;
    const char *text =
        rest_token_sell(shop, &ebay_of(shop)->tokens, "v^1.1#i^1#", (int)kind, life_us);
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_str(&w, "access_token", text);
    json_field_int(&w, "expires_in", life_us / US_PER_S);
    if (with_refresh) {
        json_field_text(&w, "refresh_token", shop->token);
        json_field_int(&w, "refresh_token_expires_in", 47304000);
    }
    json_field_str(&w,
                   "token_type",
                   kind == EBAY_APP_TOKEN ? "Application Access Token" : "User Access Token");
    json_end_object(&w);
}

static bool scopes_are_known(struct slice scopes)
{
    struct slice one;
    while (scopes.n > 0) {
        slice_cut(&scopes, ' ', &one);
        if (!slice_starts(one, SCOPE_BASE)) {
            return false;
        }
    }
    return true;
}

static void token_call(struct call *call)
{
    const struct shop *shop = call->shop;
    struct slice id = {0};
    struct slice secret = {0};
    struct slice grant = {0};
    struct slice refresh = {0};
    struct slice scope = {0};
    struct slice code = {0};
    struct slice redirect = {0};
    if (!rest_method(call, "POST") || !rest_content_is(call, "application/x-www-form-urlencoded")) {
        token_error(call, 400, "invalid_request", "request is missing a required parameter");
        return;
    }
    if (!rest_basic(call, &id, &secret) || !slice_equal(id, shop->token_secret) ||
        !slice_equal(secret, shop->secret)) {
        token_error(call, 401, "invalid_client", "client authentication failed");
        return;
    }
    rest_form(call, "grant_type", &grant);
    rest_form(call, "refresh_token", &refresh);
    rest_form(call, "scope", &scope);
    rest_form(call, "code", &code);
    rest_form(call, "redirect_uri", &redirect);
    bool is_app = slice_is(grant, "client_credentials");
    if (!scopes_are_known(scope) || (is_app && scope.n == 0)) {
        token_error(call, 400, "invalid_scope", "The requested scope is invalid");
    } else if (is_app) {
        token_sell(call, EBAY_APP_TOKEN, false);
    } else if (slice_is(grant, "refresh_token") && slice_equal(refresh, shop->token)) {
        token_sell(call, EBAY_USER_TOKEN, false);
    } else if (slice_is(grant, "authorization_code") && slice_is(code, CONSENT_CODE) &&
               redirect.n > 0) {
        token_sell(call, EBAY_USER_TOKEN, true);
    } else if (slice_is(grant, "refresh_token") || slice_is(grant, "authorization_code")) {
        token_error(call,
                    400,
                    "invalid_grant",
                    "the provided authorization refresh token is invalid or was issued to another "
                    "client");
    } else {
        token_error(call, 400, "unsupported_grant_type", "grant type in request is not supported");
    }
}

bool ebay_may(struct call *call, enum ebay_token kind)
{
    const struct shop *shop = call->shop;
    struct slice text = {0};
    rest_bearer(call, &text);
    const struct rest_token *token = rest_token_find(shop, &ebay_of(shop)->tokens, text);
    if (!token || !rest_token_lives(shop, token)) {
        ebay_error(call, 401, (struct ebay_error){1001, "OAuth", "Invalid access token"});
        return false;
    }
    if (token->kind != (int)kind) {
        ebay_error(call, 403, (struct ebay_error){1100, "ACCESS", "Access denied"});
        return false;
    }
    return true;
}

/* ---- identity ---- */

static void identity(struct call *call)
{
    if (!ebay_may(call, EBAY_USER_TOKEN)) {
        return;
    }
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_text(&w, "userId", ebay_of(call->shop)->seller);
    json_field_text(&w, "username", call->shop->code);
    json_field_str(&w, "accountType", "BUSINESS");
    json_field_str(&w, "status", "CONFIRMED");
    json_field_str(&w, "registrationMarketplaceId", EBAY_MARKETPLACE);
    json_end_object(&w);
}

/* ---- the door ---- */

static void ebay_call(struct call *call)
{
    struct rest_parts parts = rest_parts(call->path);
    struct slice first = parts.count > 0 ? parts.at[0] : (struct slice){0};
    struct slice second = parts.count > 1 ? parts.at[1] : (struct slice){0};
    if (rest_is(&parts, "identity", "v1", "oauth2", "token", NULL)) {
        token_call(call);
    } else if (rest_is(&parts, "ws", "api.dll", NULL)) {
        ebay_trading_call(call);
    } else if (slice_is(first, "sell") && slice_is(second, "inventory")) {
        ebay_inventory_call(call, &parts);
    } else if (slice_is(first, "sell") && slice_is(second, "fulfillment")) {
        ebay_fulfillment_call(call, &parts);
    } else if (slice_is(first, "commerce") && slice_is(second, "notification")) {
        ebay_notification_call(call, &parts);
    } else if (rest_is(&parts, "commerce", "identity", "v1", "user", NULL) &&
               rest_method(call, "GET")) {
        identity(call);
    } else {
        ebay_no_route(call);
    }
}

static void ebay_throttled(struct call *call)
{
    ebay_error(call, 429, (struct ebay_error){2001, "ACCESS", "Too many requests"});
}

/* ---- the platform ---- */

static void ebay_init(struct shop *shop)
{
    struct arena *arena = &shop->sandbox->arena;
    struct ebay *ebay = ARENA_NEW(arena, struct ebay);
    char uuid[40];
    must(ebay != NULL);
    shop->state = ebay;
    ebay->key = ecdsa_key_new();
    uuid_make(shop->sandbox, uuid);
    ebay->key_id = arena_copy(arena, slice_of(uuid));
    ebay->seller = arena_printf(arena, "seller%02zu", shop->index);
    ebay->has_stock_control = !shop->ends_at_zero;
    shop->source = ebay->seller;
    ebay_notify_init(shop);
}

static void ebay_free(struct shop *shop)
{
    if (shop->state) {
        ecdsa_key_free(ebay_of(shop)->key);
    }
}

static bool ebay_product_init(struct product *product)
{
    product->state = ARENA_NEW(&product->shop->sandbox->arena, struct ebay_listing);
    return product->state != NULL;
}

static bool ebay_item_init(struct item *item)
{
    item->state = ARENA_NEW(&item->shop->sandbox->arena, struct ebay_item);
    return item->state != NULL;
}

static void ebay_settings(const struct shop *shop, const char *location, struct json_writer *w)
{
    (void)location;
    json_field_str(w, "marketplace_id", EBAY_MARKETPLACE);
    json_field_str(w, "site_id", "77");
    if (shop->hooks_url.n > 0) {
        json_field_text(w, "endpoint", shop->hooks_url);
    }
}

static void ebay_secrets(const struct shop *shop, struct json_writer *w)
{
    json_field_text(w, "client_id", shop->token_secret);
    json_field_text(w, "client_secret", shop->secret);
    json_field_text(w, "refresh_token", shop->token);
    json_field_str(w, "verification_token", EBAY_VERIFICATION_TOKEN);
}

static size_t ebay_remote(const struct item *item,
                          struct arena *arena,
                          struct shop_remote_field out[SHOP_REMOTE_MAX])
{
    bool is_inventory = ebay_is_inventory(item->product);
    size_t count = 0;
    out[count++] = remote_id(arena, "listing_id", item->product->id);
    if (is_inventory || !item->product->is_simple) {
        out[count++] = (struct shop_remote_field){"sku", item->sku};
    }
    if (is_inventory) {
        out[count++] = remote_id(arena, "offer_id", item->inventory_id);
    }
    return count;
}

const struct platform platform_ebay = {
    .name = "ebay",
    .prefix = "ebay",
    .what = "look like eBay",
    .ids = {.product = INT64_C(110000000001),
            .item = INT64_C(410000000001),
            .inventory = INT64_C(36445435465),
            .order = INT64_C(120345600001),
            .row = INT64_C(10012345678901),
            .step = 1,
            .apart = INT64_C(1000000)},
    .trade = TRADE_SHIPS_PARTS | TRADE_NO_RESTOCK | TRADE_STAMPS_MS,
    .init = ebay_init,
    .free = ebay_free,
    .product_init = ebay_product_init,
    .item_init = ebay_item_init,
    .call = ebay_call,
    .throttled = ebay_throttled,
    .order_event = ebay_order_event,
    .count_event = ebay_count_event,
    .hook_body = ebay_hook_body,
    .hook_head = ebay_hook_head,
    .hook_url = ebay_hook_url,
    .settings = ebay_settings,
    .secrets = ebay_secrets,
    .remote = ebay_remote,
};
