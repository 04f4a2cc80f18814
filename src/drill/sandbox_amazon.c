/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_amazon - Login with Amazon, the door, the rates, the sellers API, and the platform's
 * table. */
#include "drill/sandbox_amazon.h"

#include "base/crypto.h"

#define TOKEN_US (3600 * US_PER_S)
#define GRANTLESS_SCOPE "sellingpartnerapi::notifications"

struct amazon *amazon_of(const struct shop *shop)
{
    return shop->state;
}

struct amazon_item *amazon_item_of(const struct item *item)
{
    return item->state;
}

bool amazon_is_fba(const struct item *item)
{
    return item->mode == STOCK_UNMANAGED;
}

/* 17 digits, as 202-1234567-8901234. */
struct slice amazon_order_text(struct arena *arena, int64_t id)
{
    const int64_t seven = 10000000;
    return arena_printf(arena,
                        "%03" PRId64 "-%07" PRId64 "-%07" PRId64,
                        id / seven / seven,
                        id / seven % seven,
                        id % seven);
}

/* ---- errors ---- */

void amazon_error(struct call *call, int status, const char *code, const char *message)
{
    struct json_writer w = rest_json(call, status);
    json_begin_object(&w);
    json_key(&w, "errors");
    json_begin_array(&w);
    json_begin_object(&w);
    json_field_str(&w, "code", code);
    json_field_str(&w, "message", message);
    json_field_str(&w, "details", "");
    json_end_object(&w);
    json_end_array(&w);
    json_end_object(&w);
}

void amazon_invalid(struct call *call, const char *message)
{
    amazon_error(call, 400, "InvalidInput", message);
}

static void quota_exceeded(struct call *call)
{
    amazon_error(call, 429, "QuotaExceeded", "You exceeded your quota for the requested resource.");
}

bool amazon_marketplace(struct call *call)
{
    struct slice ids;
    if (!rest_query(call, "marketplaceIds", &ids)) {
        amazon_invalid(call, "marketplaceIds is required.");
        return false;
    }
    if (!slice_is(ids, AMAZON_MARKETPLACE)) {
        amazon_invalid(call, "marketplaceIds names a marketplace this seller does not sell in.");
        return false;
    }
    return true;
}

bool amazon_list_known(struct slice list, const char *const *known, size_t count)
{
    struct slice one;
    while (list.n > 0) {
        bool is_known = false;
        slice_cut(&list, ',', &one);
        for (size_t i = 0; i < count; i++) {
            is_known |= slice_is(one, known[i]);
        }
        if (!is_known) {
            return false;
        }
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

static void token_sell(struct call *call, bool is_grantless)
{
    struct shop *shop = call->shop;
    int64_t life_us = shop->token_us > 0 ? shop->token_us : TOKEN_US;
    const char *text = rest_token_sell(shop,
                                       &amazon_of(shop)->tokens,
                                       "Atza|",
                                       is_grantless ? AMAZON_GRANTLESS_TOKEN : AMAZON_SELLER_TOKEN,
                                       life_us);
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_str(&w, "access_token", text);
    if (!is_grantless) {
        json_field_text(&w, "refresh_token", shop->token);
    }
    json_field_str(&w, "token_type", "bearer");
    json_field_int(&w, "expires_in", life_us / US_PER_S);
    json_end_object(&w);
}

static void token_call(struct call *call)
{
    const struct shop *shop = call->shop;
    struct slice grant = {0};
    struct slice id = {0};
    struct slice secret = {0};
    struct slice refresh = {0};
    struct slice scope = {0};
    if (!rest_method(call, "POST") || !rest_content_is(call, "application/x-www-form-urlencoded")) {
        token_error(call, 400, "invalid_request", "The request must be a form, sent by POST.");
        return;
    }
    rest_form(call, "grant_type", &grant);
    rest_form(call, "client_id", &id);
    rest_form(call, "client_secret", &secret);
    rest_form(call, "refresh_token", &refresh);
    rest_form(call, "scope", &scope);
    bool is_grantless = slice_is(grant, "client_credentials");
    if (!is_grantless && !slice_is(grant, "refresh_token")) {
        token_error(call, 400, "unsupported_grant_type", "The grant type is not supported.");
    } else if (!slice_equal(id, shop->token_secret) || !slice_equal(secret, shop->secret)) {
        token_error(call, 401, "invalid_client", "Client authentication failed.");
    } else if (is_grantless && !slice_is(scope, GRANTLESS_SCOPE)) {
        token_error(call, 400, "invalid_scope", "The scope is unknown or not allowed.");
    } else if (!is_grantless && !slice_equal(refresh, shop->token)) {
        token_error(call, 400, "invalid_grant", "The refresh token is invalid.");
    } else {
        token_sell(call, is_grantless);
    }
}

/* ---- the rates: of one seller and one app ---- */

static const struct {
    double per_s, burst;
    const char *text;
} rates[AMAZON_OPERATIONS] = {
    [AMAZON_LISTINGS_PATCH] = {5, 5, "5.0"},
    [AMAZON_LISTINGS_SEARCH] = {5, 5, "5.0"},
    [AMAZON_LISTINGS_GET] = {5, 10, "5.0"},
    [AMAZON_ORDER_GET] = {0.5, 30, "0.5"},
    [AMAZON_ORDERS_SEARCH] = {0.0056, 20, "0.0056"},
    [AMAZON_FEED_CREATE] = {0.0083, 15, "0.0083"},
    [AMAZON_FEED_DOCUMENT_CREATE] = {0.5, 15, "0.5"},
    [AMAZON_FEED_GET] = {2, 15, "2.0"},
    [AMAZON_FEED_DOCUMENT_GET] = {0.0222, 10, "0.0222"},
    [AMAZON_NOTIFICATIONS] = {1, 5, "1.0"},
    [AMAZON_SELLERS] = {0.016, 15, "0.016"},
};

static bool rate_take(struct call *call, enum amazon_operation operation)
{
    struct shop *shop = call->shop;
    double more = (double)(shop->points_max > 0 ? shop->points_max : 100) / 100.0;
    return rest_bucket_take(shop->sandbox,
                            &amazon_of(shop)->buckets[operation],
                            rates[operation].burst * more,
                            rates[operation].per_s * more);
}

bool amazon_may(struct call *call, enum amazon_operation operation, bool is_grantless)
{
    struct shop *shop = call->shop;
    struct slice text = call_request_header(call, "x-amz-access-token");
    const struct rest_token *token = rest_token_find(shop, &amazon_of(shop)->tokens, text);
    if (text.n == 0 || !token) {
        amazon_error(call,
                     403,
                     "Unauthorized",
                     text.n == 0
                         ? "Access to requested resource is denied."
                         : "The access token you provided is revoked, malformed or invalid.");
        return false;
    }
    if (!rest_token_lives(shop, token)) {
        amazon_error(call, 403, "Unauthorized", "The access token you provided has expired.");
        return false;
    }
    if ((token->kind == AMAZON_GRANTLESS_TOKEN) != is_grantless) {
        amazon_error(call, 403, "Unauthorized", "Access to requested resource is denied.");
        return false;
    }
    if (!rate_take(call, operation)) {
        shop->stats.api_throttled++;
        quota_exceeded(call);
        amazon_of(shop)->rate = rates[operation].text;
        return false;
    }
    amazon_of(shop)->rate = rates[operation].text;
    return true;
}

/* ---- sellers ---- */

static void participations(struct call *call)
{
    if (!amazon_may(call, AMAZON_SELLERS, false)) {
        return;
    }
    rest_text(call,
              200,
              "application/json",
              SLICE("{\"payload\":[{\"marketplace\":{\"id\":\"" AMAZON_MARKETPLACE
                    "\",\"name\":\"Amazon.de\",\"countryCode\":\"DE\","
                    "\"defaultCurrencyCode\":\"EUR\",\"defaultLanguageCode\":\"de_DE\","
                    "\"domainName\":\"www.amazon.de\"},\"participation\":{\"isParticipating\":true,"
                    "\"hasSuspendedListings\":false},\"storeName\":\"Sandbox\"}]}"));
}

/* ---- the door ---- */

static void api_call(struct call *call, const struct rest_parts *parts)
{
    struct slice first = parts->count > 0 ? parts->at[0] : (struct slice){0};
    if (slice_is(first, "listings")) {
        amazon_listings_call(call, parts);
    } else if (slice_is(first, "orders")) {
        amazon_orders_call(call, parts);
    } else if (slice_is(first, "feeds")) {
        amazon_feeds_call(call, parts);
    } else if (slice_is(first, "notifications")) {
        amazon_notifications_call(call, parts);
    } else if (rest_is(parts, "sellers", "v1", "marketplaceParticipations", NULL) &&
               rest_method(call, "GET")) {
        participations(call);
    } else {
        amazon_error(call, 404, "NotFound", "The requested resource does not exist.");
    }
}

static void amazon_call(struct call *call)
{
    struct rest_parts parts = rest_parts(call->path);
    char id[40];
    if (parts.count > 0 && slice_is(parts.at[0], "sqs")) {
        amazon_sqs_call(call);
        return;
    }
    if (rest_is(&parts, "auth", "o2", "token", NULL)) {
        token_call(call);
        return;
    }
    if (rest_is(&parts, "documents", "*", NULL)) {
        amazon_feed_document_call(call, parts.at[1]);
        return;
    }
    amazon_of(call->shop)->rate = NULL;
    api_call(call, &parts);
    if (amazon_of(call->shop)->rate) {
        call_header(call, "x-amzn-RateLimit-Limit", slice_of(amazon_of(call->shop)->rate));
    }
    uuid_make(call->shop->sandbox, id);
    call_header(call, "x-amzn-RequestId", arena_copy(&call->shop->sandbox->turn, slice_of(id)));
}

/* SQS answers at the root of its host, and the body names the queue. */
static bool amazon_owns_root(struct call *call)
{
    struct slice queue = amazon_of(call->shop)->queue_url;
    struct slice body = call->x->request.body;
    bool is_it = slice_starts(call_request_header(call, "X-Amz-Target"), "AmazonSQS.") &&
                 memmem(body.p, body.n, queue.p, queue.n) != NULL;
    if (is_it) {
        call->path = SLICE("/sqs");
    }
    return is_it;
}

static void amazon_throttled(struct call *call)
{
    quota_exceeded(call);
}

/* ---- the platform ---- */

static void amazon_init(struct shop *shop)
{
    struct arena *arena = &shop->sandbox->arena;
    struct amazon *amazon = ARENA_NEW(arena, struct amazon);
    must(amazon != NULL);
    shop->state = amazon;
    amazon->tail = &amazon->first;
    amazon->seller = arena_printf(arena, "A1SELLER%02zu", shop->index);
    /* As at AWS: the host, an account's twelve digits, the queue's name. */
    struct slice origin = {shop->base_url.p, shop->base_url.n - shop->code.n - 1};
    struct slice account = arena_printf(arena, "4444%08zu", shop->index);
    amazon->queue_url =
        arena_printf(arena, "%.*s/%.*s/truecount", SLICE_ARG(origin), SLICE_ARG(account));
    amazon->queue_arn =
        arena_printf(arena, "arn:aws:sqs:" AMAZON_REGION ":%.*s:truecount", SLICE_ARG(account));
    shop->source = amazon->seller;
    amazon_notify_init(shop);
}

static void amazon_free(struct shop *shop)
{
    if (shop->state) {
        amazon_sqs_free(shop);
        amazon_feeds_free(shop);
    }
}

static bool amazon_item_init(struct item *item)
{
    struct amazon_item *more = ARENA_NEW(&item->shop->sandbox->arena, struct amazon_item);
    if (!more) {
        return false;
    }
    more->has_lead = true;
    more->submitted = item->count;
    item->state = more;
    return true;
}

static void amazon_settings(const struct shop *shop, const char *location, struct json_writer *w)
{
    (void)location;
    json_field_text(w, "seller_id", amazon_of(shop)->seller);
    json_key(w, "marketplace_ids");
    json_begin_array(w);
    json_put_text(w, SLICE(AMAZON_MARKETPLACE));
    json_end_array(w);
    json_field_str(w, "region", "eu");
    json_field_text(w, "sqs_queue_url", amazon_of(shop)->queue_url);
}

static void amazon_secrets(const struct shop *shop, struct json_writer *w)
{
    json_field_text(w, "client_id", shop->token_secret);
    json_field_text(w, "client_secret", shop->secret);
    json_field_text(w, "refresh_token", shop->token);
    json_field_str(w, "aws_access_key_id", AMAZON_ACCESS_KEY);
    json_field_str(w, "aws_secret_access_key", AMAZON_SECRET_KEY);
}

static size_t amazon_remote(const struct item *item,
                            struct arena *arena,
                            struct shop_remote_field out[SHOP_REMOTE_MAX])
{
    (void)arena;
    out[0] = (struct shop_remote_field){"sku", item->sku};
    return 1;
}

const struct platform platform_amazon = {
    .name = "amazon",
    .prefix = "amazon",
    .what = "look like Amazon",
    .ids = {.product = 1001,
            .item = 1001,
            .inventory = 1001,
            .order = INT64_C(20212345678901234),
            .row = INT64_C(20212345678901),
            .step = 1},
    .trade = TRADE_CANCELS_UNITS | TRADE_SHIPS_PARTS | TRADE_NO_RESTOCK | TRADE_STAMPS_MS,
    .init = amazon_init,
    .free = amazon_free,
    .item_init = amazon_item_init,
    .call = amazon_call,
    .owns_root = amazon_owns_root,
    .throttled = amazon_throttled,
    .order_event = amazon_order_event,
    .count_event = amazon_count_event,
    .settings = amazon_settings,
    .secrets = amazon_secrets,
    .remote = amazon_remote,
};
