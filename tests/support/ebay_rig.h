/* SPDX-License-Identifier: Apache-2.0 */
/* ebay_rig - a shop that looks like eBay on the rig, with its tokens, and calls with them. */
#pragma once
#include "support/sandbox_rig.h"

#include "drill/sandbox_ebay.h"

static struct rig rig;
static struct shop *shop;
static struct slice token, app; /* access tokens */

/* Inventory API: Mug 110000000001 and Cap ..005 (S, M). Site: Tee ..003 (S, M), Poster ..007. */
static inline void fill(void)
{
    static const struct sandbox_item items[] = {
        {.sku = {"MUG", 3}, .product = {"Mug", 3}, .count = 3},
        {.sku = {"TEE-S", 5}, .product = {"Tee & Co", 8}, .title = {"S", 1}, .count = 10},
        {.sku = {"CAP-S", 5}, .product = {"Cap", 3}, .title = {"S", 1}, .count = 20},
        {.sku = {"TEE-M", 5}, .product = {"Tee & Co", 8}, .title = {"M", 1}, .count = 10},
        {.sku = {"CAP-M", 5}, .product = {"Cap", 3}, .title = {"M", 1}, .count = 20},
        {.sku = {"POSTER", 6}, .product = {"Poster", 6}, .count = 5},
        {.sku = {"DRAFT", 5}, .product = {"Draft", 5}, .mode = STOCK_UNMANAGED},
    };
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        rig_item(shop, items[i]);
    }
}

#define TEE "110000000003"
#define POSTER "110000000007"
#define MUG "110000000001"

/* ---- calls ---- */

static inline struct slice url_of(const char *path)
{
    return arena_printf(&rig.arena, "%.*s%s", SLICE_ARG(shop_base_url(shop)), path);
}

static inline void token_ask(const char *id, const char *secret, const char *form)
{
    struct slice pair = arena_printf(&rig.arena, "%s:%s", id, secret);
    struct http_header headers[] = {
        {SLICE("Authorization"),
         arena_printf(&rig.arena, "Basic %.*s", SLICE_ARG(base64_encode(&rig.arena, pair)))},
        {SLICE("Content-Type"), SLICE("application/x-www-form-urlencoded")},
    };
    rig_call(&rig, "POST", url_of("/identity/v1/oauth2/token"), headers, 2, slice_of(form), 0);
}

static struct slice token_buy(const char *form)
{
    token_ask(RIG_KEY_SECRET, RIG_SECRET, form);
    assert_int_equal(rig.status, 200);
    return arena_copy(&rig.arena, rig_text(json_get(rig.json, "access_token")));
}

#define REFRESH "grant_type=refresh_token&refresh_token=" RIG_TOKEN
#define APP "grant_type=client_credentials&scope=https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope"

static inline void
call_as(struct slice access, const char *method, const char *path, const char *body)
{
    struct http_header headers[] = {
        {SLICE("Authorization"), arena_printf(&rig.arena, "Bearer %.*s", SLICE_ARG(access))},
        {SLICE("Content-Type"), SLICE("application/json")},
    };
    rig_call(&rig, method, url_of(path), headers, 2, slice_of(body), 0);
}

static inline void get(const char *path)
{
    call_as(token, "GET", path, "");
}

static inline void want_error(int status, int id)
{
    struct json first = rig_at(json_get(rig.json, "errors"), 0);
    assert_int_equal(rig.status, status);
    assert_int_equal(rig_int(json_get(first, "errorId")), id);
}

static inline void start_with(struct shop_options options)
{
    rig_start(&rig, NULL);
    options.kind = SHOP_EBAY;
    options.code = "ebay-a";
    shop = rig_shop(&rig, options);
    fill();
    token = token_buy(REFRESH);
    app = token_buy(APP);
}

static inline int start(void **state)
{
    (void)state;
    start_with((struct shop_options){0});
    return 0;
}

static inline int start_heard(void **state)
{
    (void)state;
    rig_start(&rig, NULL);
    shop = rig_shop(
        &rig,
        (struct shop_options){
            .kind = SHOP_EBAY, .code = "ebay-a", .retry_ms = 1, .hooks_url = rig.hooks_url});
    fill();
    token = token_buy(REFRESH);
    app = token_buy(APP);
    return 0;
}

static inline int start_ending(void **state)
{
    (void)state;
    start_with((struct shop_options){.ends_at_zero = true});
    return 0;
}

static inline int start_short(void **state)
{
    (void)state;
    start_with((struct shop_options){.token_s = 1});
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    rig_end(&rig);
    return 0;
}

static inline bool never(struct rig *r)
{
    (void)r;
    return false;
}

static inline bool nothing_waits(struct rig *r)
{
    (void)r;
    return shop_stats(shop).hooks_waiting == 0;
}

static const struct xml *root;

static inline void
trade_as(struct slice access, const char *name, const char *level, const char *body)
{
    struct http_header headers[] = {
        {SLICE("X-EBAY-API-IAF-TOKEN"), access},
        {SLICE("X-EBAY-API-CALL-NAME"), slice_of(name)},
        {SLICE("X-EBAY-API-SITEID"), SLICE("77")},
        {SLICE("X-EBAY-API-COMPATIBILITY-LEVEL"), slice_of(level)},
        {SLICE("Content-Type"), SLICE("text/xml")},
    };
    rig_call(&rig, "POST", url_of("/ws/api.dll"), headers, 5, slice_of(body), 0);
    assert_int_equal(rig.status, 200);
    root = xml_read(rig.body, &rig.arena);
    assert_non_null(root);
}

static inline void trade(const char *name, const char *content)
{
    struct slice body = arena_printf(
        &rig.arena,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<%sRequest "
        "xmlns=\"urn:ebay:apis:eBLBaseComponents\"><WarningLevel>High</WarningLevel>%s</%sRequest>",
        name,
        content,
        name);
    trade_as(token, name, "1451", body.p);
}
