/* SPDX-License-Identifier: Apache-2.0 */
/* tiktok_rig - a rig with one shop that looks like TikTok Shop, and signed calls. */
#pragma once
#include "support/sandbox_rig.h"

#include "drill/sandbox_tiktok.h"

static struct rig rig;
static struct shop *shop;
static struct slice token, refresh;

static inline void fill(void)
{
    static const struct sandbox_item items[] = {
        {.sku = {"MUG", 3}, .product = {"Mug", 3}, .count = 3},
        {.sku = {"TEE-S", 5},
         .product = {"Tee", 3},
         .title = {"S", 1},
         .options = {"{\"Size\":\"S\"}", 12},
         .count = 10},
        {.sku = {"TEE-M", 5},
         .product = {"Tee", 3},
         .title = {"M", 1},
         .options = {"{\"Size\":\"M\"}", 12},
         .count = 10},
        {.sku = {"THEIRS", 6}, .product = {"Theirs", 6}, .mode = STOCK_UNMANAGED},
    };
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        rig_item(shop, items[i]);
    }
}

static inline int64_t sku_id(const char *sku)
{
    struct shop_item item;
    assert_true(shop_item_find(shop, slice_of(sku), &item));
    return item.variant_id;
}

static inline int64_t product_id(const char *sku)
{
    struct shop_item item;
    assert_true(shop_item_find(shop, slice_of(sku), &item));
    return item.product_id;
}

/* ---- calls ---- */

#define PARAMS_MAX 12
struct params {
    struct http_header at[PARAMS_MAX];
    size_t count;
};

static inline void param(struct params *p, const char *name, struct slice value)
{
    p->at[p->count++] = (struct http_header){slice_of(name), value};
}

static inline struct params params_of(bool with_cipher)
{
    struct params p = {.count = 0};
    param(&p, "app_key", SLICE(RIG_TOKEN));
    param(&p, "timestamp", arena_printf(&rig.arena, "%" PRId64, env_wall_us(rig.env) / US_PER_S));
    if (with_cipher) {
        param(&p, "shop_cipher", tt_of(shop)->cipher);
    }
    return p;
}

static inline struct slice url_of(const char *path, const struct params *p)
{
    struct buf out;
    buf_init(&out, 8192);
    buf_slice(&out, shop_base_url(shop));
    buf_text(&out, path);
    for (size_t i = 0; i < p->count; i++) {
        buf_printf(&out,
                   "%c%.*s=%.*s",
                   i ? '&' : '?',
                   SLICE_ARG(p->at[i].name),
                   SLICE_ARG(percent_encode(&rig.arena, p->at[i].value)));
    }
    struct slice url = arena_copy(&rig.arena, buf_view(&out));
    buf_free(&out);
    return url;
}

static inline void send_url(const char *method, struct slice url, struct slice body)
{
    struct http_header headers[] = {
        {SLICE("content-type"), SLICE("application/json")},
        {SLICE("x-tts-access-token"), token},
    };
    rig_call(&rig, method, url, headers, 2, body, 0);
}

static inline void
send_with(const char *method, const char *path, struct params p, struct slice body)
{
    param(&p,
          "sign",
          tt_signature(&rig.arena, SLICE(RIG_KEY_SECRET), slice_of(path), p.at, p.count, body));
    send_url(method, url_of(path, &p), body);
}

static inline void get(const char *path)
{
    send_with("GET", path, params_of(true), SLICE(""));
}

static inline void send(const char *method, const char *path, const char *body)
{
    send_with(method, path, params_of(true), slice_of(body));
}

static inline void want_code(int code)
{
    assert_int_equal(rig_int(json_get(rig.json, "code")), code);
}

static inline struct json data(void)
{
    want_code(0);
    assert_int_equal(rig.status, 200);
    return json_get(rig.json, "data");
}

static inline void
buy_tokens(const char *operation, const char *grant, const char *name, struct slice text)
{
    struct params p = {.count = 0};
    param(&p, "app_key", SLICE(RIG_TOKEN));
    param(&p, "app_secret", SLICE(RIG_KEY_SECRET));
    param(&p, name, text);
    param(&p, "grant_type", slice_of(grant));
    struct slice path = arena_printf(&rig.arena, "/api/v2/token/%s", operation);
    rig_call(&rig, "GET", url_of(path.p, &p), NULL, 0, SLICE(""), 0);
    assert_int_equal(rig.status, 200);
}

static inline void take_tokens(void)
{
    token = arena_copy(&rig.arena, rig_text(json_get(data(), "access_token")));
    refresh = arena_copy(&rig.arena, rig_text(json_get(data(), "refresh_token")));
}

static inline void start_with(struct shop_options options)
{
    rig_start(&rig, NULL);
    options.kind = SHOP_TIKTOK;
    options.code = "tiktok-a";
    options.hooks_url = rig.hooks_url;
    shop = rig_shop(&rig, options);
    fill();
    buy_tokens("refresh", "refresh_token", "refresh_token", tokens_newest(&tt_of(shop)->refresh));
    take_tokens();
}

static inline int start(void **state)
{
    (void)state;
    start_with((struct shop_options){.points_max = 100000});
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    rig_end(&rig);
    return 0;
}
