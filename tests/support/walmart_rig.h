/* SPDX-License-Identifier: Apache-2.0 */
/* walmart_rig - a rig with one shop that looks like Walmart, and calls with a good token. */
#pragma once
#include "support/sandbox_rig.h"

#include "drill/sandbox_walmart.h"

#define NODE_0 "1000005050"
#define NODE_1 "1000005051"

static struct rig rig;
static struct shop *shop;
static struct slice token;

static inline void fill(void)
{
    static const struct sandbox_item items[] = {
        {.sku = {"MUG", 3}, .product = {"Mug", 3}, .count = 3},
        {.sku = {"TEE-S", 5}, .product = {"Tee", 3}, .title = {"S", 1}, .count = 10},
        {.sku = {"TEE-M/2", 7}, .product = {"Tee", 3}, .title = {"M", 1}, .count = 10},
        {.sku = {"WFS", 3}, .product = {"Wfs", 3}, .mode = STOCK_UNMANAGED},
    };
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        rig_item(shop, items[i]);
    }
}

/* ---- calls ---- */

enum { NO_TOKEN = 1, NO_ID = 2, NO_NAME = 4, NO_JSON = 8 };

static inline void
call_without(int without, const char *method, const char *path, const char *type, struct slice body)
{
    struct http_header headers[6];
    size_t count = 0;
    headers[count++] = (struct http_header){SLICE("Content-Type"), slice_of(type)};
    if (!(without & NO_TOKEN)) {
        headers[count++] = (struct http_header){SLICE("WM_SEC.ACCESS_TOKEN"), token};
    }
    if (!(without & NO_ID)) {
        headers[count++] =
            (struct http_header){SLICE("WM_QOS.CORRELATION_ID"), SLICE("b3261d2d-028a")};
    }
    if (!(without & NO_NAME)) {
        headers[count++] = (struct http_header){SLICE("WM_SVC.NAME"), SLICE("Walmart Marketplace")};
    }
    headers[count++] = (struct http_header){
        SLICE("Accept"), without & NO_JSON ? SLICE("*/*") : SLICE("application/json")};
    struct slice url = arena_printf(&rig.arena, "%.*s%s", SLICE_ARG(shop_base_url(shop)), path);
    rig_call(&rig, method, url, headers, count, body, 0);
}

static inline void get(const char *path)
{
    call_without(0, "GET", path, "application/json", SLICE(""));
}

static inline void send(const char *method, const char *path, const char *body)
{
    call_without(0, method, path, "application/json", slice_of(body));
}

static inline void buy_token_as(const char *id, const char *secret)
{
    struct slice pair = arena_printf(&rig.arena, "%s:%s", id, secret);
    struct http_header headers[] = {
        {SLICE("Authorization"),
         arena_printf(&rig.arena, "Basic %.*s", SLICE_ARG(base64_encode(&rig.arena, pair)))},
        {SLICE("Content-Type"), SLICE("application/x-www-form-urlencoded")},
        {SLICE("Accept"), SLICE("application/json")},
        {SLICE("WM_QOS.CORRELATION_ID"), SLICE("b3261d2d-028a")},
        {SLICE("WM_SVC.NAME"), SLICE("Walmart Marketplace")},
    };
    rig_call(&rig,
             "POST",
             arena_printf(&rig.arena, "%.*s/v3/token", SLICE_ARG(shop_base_url(shop))),
             headers,
             COUNT_OF(headers),
             SLICE("grant_type=client_credentials"),
             0);
}

static inline void buy_token(void)
{
    buy_token_as(RIG_TOKEN, RIG_KEY_SECRET);
    assert_int_equal(rig.status, 200);
    token = rig_text(json_get(rig.json, "access_token"));
    token = arena_copy(&rig.arena, token);
}

static inline void start_with(struct shop_options options)
{
    rig_start(&rig, NULL);
    options.kind = SHOP_WALMART;
    options.code = "walmart-a";
    options.hooks_url = rig.hooks_url;
    options.late_ms_min = 150;
    options.late_ms_max = 150;
    shop = rig_shop(&rig, options);
    fill();
    buy_token();
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

static inline void want_error(int status, const char *list, const char *code)
{
    assert_int_equal(rig.status, status);
    assert_slice(rig_text(json_get(rig_at(json_get(rig.json, list), 0), "code")), code);
}
