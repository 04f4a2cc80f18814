/* SPDX-License-Identifier: Apache-2.0 */
/*
 * etsy_rig - a rig with one shop that looks like Etsy, its catalogue, and calls in its owner's name.
 *
 * Listings: MUG; TEE in two sizes and two colours; CAP in two styles; ART, whose two styles share
 * one quantity; FILE, which is digital.
 */
#pragma once
#include "support/sandbox_rig.h"

#include "drill/sandbox_etsy.h"

static struct rig rig;
static struct shop *shop;
static struct slice token, refresh;
static const char *const api_key = RIG_TOKEN ":" RIG_KEY_SECRET;

static inline void fill(void)
{
    static const struct sandbox_item items[] = {
        {.sku = {"MUG", 3}, .product = {"Mug", 3}, .count = 3, .price = {"12.50", 5}},
        {.sku = {"TEE-RS", 6},
         .product = {"Tee", 3},
         .title = {"Red S", 5},
         .options = {"{\"Size\":\"S\",\"Color\":\"Red\"}",
                     sizeof("{\"Size\":\"S\",\"Color\":\"Red\"}") - 1},
         .price = {"19.90", 5},
         .count = 10},
        {.sku = {"TEE-RM", 6},
         .product = {"Tee", 3},
         .title = {"Red M", 5},
         .options = {"{\"Size\":\"M\",\"Color\":\"Red\"}",
                     sizeof("{\"Size\":\"M\",\"Color\":\"Red\"}") - 1},
         .price = {"19.90", 5},
         .count = 10},
        {.sku = {"TEE-BS", 6},
         .product = {"Tee", 3},
         .title = {"Blue S", 6},
         .options = {"{\"Size\":\"S\",\"Color\":\"Blue\"}",
                     sizeof("{\"Size\":\"S\",\"Color\":\"Blue\"}") - 1},
         .price = {"19.90", 5},
         .count = 10},
        {.sku = {"TEE-BM", 6},
         .product = {"Tee", 3},
         .title = {"Blue M", 6},
         .options = {"{\"Size\":\"M\",\"Color\":\"Blue\"}",
                     sizeof("{\"Size\":\"M\",\"Color\":\"Blue\"}") - 1},
         .price = {"19.90", 5},
         .count = 10},
        {.sku = {"CAP-A", 5}, .product = {"Cap", 3}, .title = {"A", 1}, .count = 5},
        {.sku = {"CAP-B", 5}, .product = {"Cap", 3}, .title = {"B", 1}, .count = 6},
        {.sku = {"ART-1", 5},
         .product = {"Art", 3},
         .title = {"One", 3},
         .count = 7,
         .mode = STOCK_POOL},
        {.sku = {"ART-2", 5},
         .product = {"Art", 3},
         .title = {"Two", 3},
         .count = 7,
         .mode = STOCK_POOL},
        {.sku = {"FILE", 4}, .product = {"File", 4}, .mode = STOCK_UNMANAGED},
    };
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        rig_item(shop, items[i]);
    }
}

static inline struct item *item_named(const char *sku)
{
    struct item *item = item_find(shop, slice_of(sku));
    assert_non_null(item);
    return item;
}

static inline int64_t listing_id(const char *sku)
{
    return item_named(sku)->product->id;
}

/* ---- calls ---- */

static inline void send_as(const char *key,
                           struct slice bearer,
                           const char *method,
                           const char *path,
                           const char *type,
                           struct slice body)
{
    struct http_header headers[3];
    size_t count = 0;
    if (key) {
        headers[count++] = (struct http_header){SLICE("x-api-key"), slice_of(key)};
    }
    if (bearer.n > 0) {
        headers[count++] = (struct http_header){
            SLICE("Authorization"), arena_printf(&rig.arena, "Bearer %.*s", SLICE_ARG(bearer))};
    }
    headers[count++] = (struct http_header){SLICE("Content-Type"), slice_of(type)};
    struct slice url = arena_printf(&rig.arena, "%.*s%s", SLICE_ARG(shop_base_url(shop)), path);
    rig_call(&rig, method, url, headers, count, body, 0);
}

static inline void get(const char *path)
{
    struct slice full = arena_printf(&rig.arena, "/v3/application%s", path);
    send_as(api_key, token, "GET", full.p, "application/json", SLICE(""));
}

static inline void put(const char *sku, struct slice body)
{
    struct slice full =
        arena_printf(&rig.arena, "/v3/application/listings/%" PRId64 "/inventory", listing_id(sku));
    send_as(api_key, token, "PUT", full.p, "application/json", body);
}

static inline void patch(const char *sku, const char *form)
{
    struct slice full = arena_printf(&rig.arena,
                                     "/v3/application/shops/%" PRId64 "/listings/%" PRId64,
                                     etsy_of(shop)->shop_id,
                                     listing_id(sku));
    send_as(api_key, token, "PATCH", full.p, "application/x-www-form-urlencoded", slice_of(form));
}

static inline void buy_tokens(struct slice form)
{
    send_as(NULL,
            SLICE(""),
            "POST",
            "/v3/public/oauth/token",
            "application/x-www-form-urlencoded",
            form);
}

static inline struct slice refresh_form(struct slice text)
{
    return arena_printf(&rig.arena,
                        "grant_type=refresh_token&client_id=" RIG_TOKEN "&refresh_token=%.*s",
                        SLICE_ARG(text));
}

static inline void take_tokens(void)
{
    assert_int_equal(rig.status, 200);
    token = arena_copy(&rig.arena, rig_text(json_get(rig.json, "access_token")));
    refresh = arena_copy(&rig.arena, rig_text(json_get(rig.json, "refresh_token")));
}

static inline void start_with(struct shop_options options)
{
    rig_start(&rig, NULL);
    options.kind = SHOP_ETSY;
    options.code = "etsy-a";
    options.hooks_url = rig.hooks_url;
    options.points_per_s = options.points_per_s ? options.points_per_s : 100000;
    shop = rig_shop(&rig, options);
    fill();
    buy_tokens(refresh_form(tokens_newest(&etsy_of(shop)->refresh)));
    take_tokens();
}

static inline int start(void **state)
{
    (void)state;
    start_with((struct shop_options){0});
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    rig_end(&rig);
    return 0;
}
