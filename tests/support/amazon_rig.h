/* SPDX-License-Identifier: Apache-2.0 */
/* amazon_rig - a shop that looks like Amazon on the rig, with its tokens, and calls with them. */
#pragma once
#include "support/sandbox_rig.h"

#include "drill/sandbox_amazon.h"

static struct rig rig;
static struct shop *shop;
static struct slice token, grantless; /* access tokens */

#define APP RIG_KEY_SECRET /* client id */

static inline void fill(void)
{
    static const struct sandbox_item items[] = {
        {.sku = {"MUG", 3}, .product = {"Mug", 3}, .count = 3},
        {.sku = {"TEE/S +1%", 9}, .product = {"Tee", 3}, .title = {"S", 1}, .count = 10},
        {.sku = {"TEE-M", 5}, .product = {"Tee", 3}, .title = {"M", 1}, .count = 10},
        {.sku = {"FBA", 3}, .product = {"Theirs", 6}, .mode = STOCK_UNMANAGED},
    };
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        rig_item(shop, items[i]);
    }
}

/* ---- calls ---- */

static inline struct slice url_of(const char *path)
{
    return arena_printf(&rig.arena, "%.*s%s", SLICE_ARG(shop_base_url(shop)), path);
}

static inline void token_ask(const char *form)
{
    struct http_header type = {SLICE("Content-Type"), SLICE("application/x-www-form-urlencoded")};
    rig_call(&rig, "POST", url_of("/auth/o2/token"), &type, 1, slice_of(form), 0);
}

#define REFRESH                                                                                    \
    "grant_type=refresh_token&refresh_token=" RIG_TOKEN "&client_id=" APP                          \
    "&client_secret=" RIG_SECRET
#define GRANTLESS                                                                                  \
    "grant_type=client_credentials&scope=sellingpartnerapi%3A%3Anotifications&client_id=" APP      \
    "&client_secret=" RIG_SECRET

static struct slice token_buy(const char *form)
{
    token_ask(form);
    assert_int_equal(rig.status, 200);
    return arena_copy(&rig.arena, rig_text(json_get(rig.json, "access_token")));
}

static inline void
call_as(struct slice access, const char *method, const char *path, const char *body)
{
    struct http_header headers[] = {
        {SLICE("x-amz-access-token"), access},
        {SLICE("Content-Type"), SLICE("application/json")},
    };
    rig_call(&rig, method, url_of(path), headers, 2, slice_of(body), 0);
}

static inline void get(const char *path)
{
    call_as(token, "GET", path, "");
}

#define ITEMS "/listings/2021-08-01/items/A1SELLER00"
#define WHERE "marketplaceIds=" AMAZON_MARKETPLACE

static inline void patch(const char *sku, const char *body)
{
    call_as(token, "PATCH", arena_printf(&rig.arena, ITEMS "/%s?" WHERE, sku).p, body);
}

#define VALUE(op, object)                                                                          \
    "{\"productType\":\"PRODUCT\",\"patches\":[{\"op\":\"" op                                      \
    "\",\"path\":\"/attributes/fulfillment_availability\",\"value\":[" object "]}]}"
#define SET(n) VALUE("merge", "{\"fulfillment_channel_code\":\"DEFAULT\",\"quantity\":" #n "}")

static inline void want_error(int status, const char *code)
{
    struct json first = rig_at(json_get(rig.json, "errors"), 0);
    assert_int_equal(rig.status, status);
    assert_slice(rig_text(json_get(first, "code")), code);
}

static inline void start_with(struct shop_options options)
{
    rig_start(&rig, NULL);
    options.kind = SHOP_AMAZON;
    options.code = "amazon-a";
    options.late_ms_min = 150;
    options.late_ms_max = 150;
    shop = rig_shop(&rig, options);
    fill();
    token = token_buy(REFRESH);
    grantless = token_buy(GRANTLESS);
}

static inline int start(void **state)
{
    (void)state;
    start_with((struct shop_options){
        .points_max = 1000000, .hooks_url = "http://127.0.0.1:9/x", .search_lag_ms = -1});
    return 0;
}

static inline int start_bare(void **state) /* nobody subscribed; the real rates */
{
    (void)state;
    start_with((struct shop_options){0});
    return 0;
}

static inline int start_unheard(void **state)
{
    (void)state;
    start_with((struct shop_options){.points_max = 1000000});
    return 0;
}

static inline int start_short(void **state)
{
    (void)state;
    start_with((struct shop_options){.points_max = 1000000, .token_s = 1});
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

static inline void pass(int64_t ms)
{
    assert_false(rig_wait(&rig, never, ms * US_PER_MS));
}
