/* SPDX-License-Identifier: Apache-2.0 */
/*
 * served_shop - sets a served scenario up through the API as a merchant would, and asks what came
 * of it.
 *
 * Every shop sells under the same SKUs; its channel's code is the shop's. "Settled" is the promise
 * of convergence: nothing waits, and every shop shows what its listing may show.
 */
#pragma once
#include "support/served.h"

#define SHOP_SECRET "whsec_c2NlbmFyaW8tc2VjcmV0LTAxMjM0NTY3"
#define SHOP_TOKEN "shop-token"
#define SHOP_TOKEN_SECRET "shop-token-secret"

static inline void served_location(struct served *s, const char *code)
{
    WRITE(s, 201, "POST", "/v1/locations", "{'code':'%s','name':'%s','country':'DE'}", code, code);
}

static inline void served_receive(struct served *s, const char *sku, int64_t units)
{
    WRITE(s,
          201,
          "POST",
          "/v1/movements",
          "{'movements':[{'kind':'receive','sku':'%s','location':'berlin','quantity':%" PRId64
          "}]}",
          sku,
          units);
}

/* A SKU with so many units in 'berlin'. With 0 it has no movement yet, so nothing is pushed. */
static inline void served_sku(struct served *s, const char *sku, int64_t units)
{
    WRITE(s, 201, "POST", "/v1/skus", "{'sku':'%s','title':'%s'}", sku, sku);
    if (units) {
        served_receive(s, sku, units);
    }
}

/* settings: further ones, each with a comma in front. */
static inline void served_channel(struct served *s, const struct shop *shop, const char *settings)
{
    struct slice code = shop_code(shop);
    struct buf known, secrets;
    buf_init(&known, 4096);
    buf_init(&secrets, 4096);
    struct json_writer w = json_writer(&known);
    json_begin_object(&w);
    shop_settings_put(shop, "berlin", &w);
    w = json_writer(&secrets);
    json_begin_object(&w);
    shop_secrets_put(shop, &w);
    json_end_object(&w);
    WRITE(s,
          201,
          "POST",
          "/v1/channels",
          "{'code':'%.*s','connector':'%s','mode':'live','settings':%.*s%s},'secrets':%.*s}",
          SLICE_ARG(code),
          shop_kind_name(shop_kind(shop)),
          SLICE_ARG(buf_view(&known)),
          settings,
          SLICE_ARG(buf_view(&secrets)));
    buf_free(&known);
    buf_free(&secrets);
}

/* A shop of the sandbox and its live channel. The server runs. */
static inline struct shop *served_shop_of(struct served *s, struct shop_options options)
{
    struct err_note note;
    struct shop *shop = NULL;
    char hooks_url[128];
    snprintf(hooks_url, sizeof(hooks_url), "http://127.0.0.1:%d/hooks/%s", s->port, options.code);
    options.hooks_url = hooks_url;
    options.hook_secret = SHOP_SECRET;
    options.token = SHOP_TOKEN;
    options.token_secret = SHOP_TOKEN_SECRET;
    if (sandbox_shop_add(s->sandbox, &options, &shop, &note)) {
        fail_msg("%s", note.text);
    }
    served_channel(s, shop, "");
    return shop;
}

static inline struct shop *served_shop(struct served *s, enum shop_kind kind, const char *code)
{
    return served_shop_of(s, (struct shop_options){.kind = kind, .code = code});
}

/* The shop sells the SKU; it shows `count` until it is told otherwise. */
static inline void shop_sells(struct shop *shop, const char *sku, int64_t count)
{
    struct err_note note;
    struct sandbox_item item = {
        .sku = slice_of(sku), .product = slice_of(sku), .title = SLICE(""), .count = count};
    if (shop_item_add(shop, &item, &note)) {
        fail_msg("%s", note.text);
    }
}

/* The listing's `remote` as JSON text, with the ids that the shop gave the item. */
static inline void shop_remote(const struct shop *shop, const char *sku, char out[256])
{
    struct shop_item item;
    struct buf text;
    assert_true(shop_item_find(shop, slice_of(sku), &item));
    buf_init(&text, 256);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    shop_remote_put(shop, item.index, &w);
    json_end_object(&w);
    snprintf(out, 256, "%.*s", SLICE_ARG(buf_view(&text)));
    buf_free(&text);
}

/* Lists the shop's item under one of our SKUs; gives the listing's id. more: further fields, each
 * with a comma in front. */
static inline int64_t served_listing_of(
    struct served *s, const struct shop *shop, const char *item, const char *sku, const char *more)
{
    char remote[256];
    int64_t id = 0;
    shop_remote(shop, item, remote);
    WRITE(s,
          201,
          "POST",
          "/v1/listings",
          "{'channel':'%.*s','sku':'%s','remote':%s%s}",
          SLICE_ARG(shop_code(shop)),
          sku,
          remote,
          more);
    assert_true(json_int_loose(json_get(s->json, "id"), &id));
    return id;
}

/* The shop sells the SKU, and its listing is there. */
static inline int64_t
served_listing(struct served *s, struct shop *shop, const char *sku, int64_t count)
{
    shop_sells(shop, sku, count);
    return served_listing_of(s, shop, sku, sku, "");
}

/* ---- questions ---- */

static inline int64_t shop_shows(const struct shop *shop, const char *sku)
{
    int64_t count = INT64_MIN;
    assert_true(shop_item_count(shop, slice_of(sku), &count));
    return count;
}

static inline int64_t shop_sells_one(struct shop *shop, const char *sku, int64_t units)
{
    int64_t order = 0;
    const struct shop_line line = {slice_of(sku), units};
    enum shop_verdict verdict = shop_buy(shop, &line, 1, &order);
    if (verdict != SHOP_DONE) {
        fail_msg("buying %s: %s", sku, shop_verdict_text(verdict));
    }
    return order;
}

static inline bool shop_refuses(struct shop *shop, const char *sku)
{
    int64_t order;
    const struct shop_line line = {slice_of(sku), 1};
    return shop_buy(shop, &line, 1, &order) == SHOP_SHORT;
}

static inline int64_t served_stock(struct served *s, const char *sku, const char *bucket)
{
    GET(s, "/v1/stock/%s", sku);
    return said_int(s->json, bucket);
}

/* How many open incidents there are of a code; with a SKU, only of that. */
static inline size_t served_incidents(struct served *s, const char *code, const char *sku)
{
    size_t count = 0;
    GET(s, "/v1/incidents?state=open&code=%s&limit=1000", code);
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        count += !sku || slice_is(said_text(i.value, "sku"), sku);
    }
    return count;
}

/* How many deliveries of a channel are in that state; all with NULL. At most 1,000 are counted. */
static inline size_t served_deliveries(struct served *s, const char *channel, const char *state)
{
    GET(s,
        "/v1/deliveries?channel=%s&limit=1000%s%s",
        channel,
        state ? "&state=" : "",
        state ? state : "");
    return json_count(json_get(s->json, "items"));
}

static inline struct slice served_listing_state(struct served *s, int64_t listing)
{
    GET(s, "/v1/listings/%" PRId64, listing);
    return said_text(s->json, "state");
}

/* The sandbox's item of a listing, by its channel and what it is sold as there. */
static inline bool
listing_agrees(struct served *s, struct json listing, int64_t sellable, bool *out_known)
{
    struct shop *shop = sandbox_shop(s->sandbox, said_text(listing, "channel"));
    struct json remote = json_get(listing, "remote");
    struct shop_item item;
    struct arena arena;
    *out_known = false;
    arena_init(&arena, (size_t)1 << 20);
    for (size_t i = 0; shop && !*out_known && shop_item_at(shop, i, &item); i++) {
        struct shop_remote_field fields[SHOP_REMOTE_MAX];
        size_t count = shop_item_remote(shop, i, &arena, fields);
        *out_known = count > 0;
        for (size_t k = 0; k < count; k++) {
            *out_known &= slice_equal(said_text(remote, fields[k].key), fields[k].value);
        }
        arena_clear(&arena);
    }
    arena_free(&arena);
    return *out_known && item.count == sellable;
}

/* Nothing waits, and each listing that is not quarantined shows what it may. */
static inline bool served_settled(struct served *s)
{
    if (sandbox_stats(s->sandbox).sum.hooks_waiting) {
        return false;
    }
    GET(s, "/v1/listings?limit=1000");
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        struct slice state = said_text(i.value, "state");
        bool is_known;
        bool agrees = listing_agrees(s, i.value, said_int(i.value, "sellable"), &is_known);
        if (!slice_is(state, "refused") && (!slice_is(state, "ok") || (is_known && !agrees))) {
            return false;
        }
    }
    return true;
}

/* ---- deliveries by the test's own hand ---- */

/* Sends a body to the channel's hook, signed by Standard Webhooks as the shop would. */
static inline int served_hook(struct served *s, const char *channel, struct slice body)
{
    struct arena arena;
    struct slice key, path;
    char id[64], stamp[32];
    uint8_t mac[SHA256_SIZE], nonce[8];
    arena_init(&arena, (size_t)16 * 1024 * 1024);
    env_random(s->env, nonce, sizeof(nonce));
    uint64_t number;
    memcpy(&number, nonce, sizeof(number));
    snprintf(id, sizeof(id), "msg_%" PRIx64, number);
    snprintf(stamp, sizeof(stamp), "%" PRId64, env_wall_us(s->env) / US_PER_S);
    assert_true(base64_decode(&arena, SLICE("c2NlbmFyaW8tc2VjcmV0LTAxMjM0NTY3"), &key));
    struct slice text = arena_printf(&arena, "%s.%s.%.*s", id, stamp, SLICE_ARG(body));
    hmac_sha256(mac, key, text);
    struct slice encoded = base64_encode(&arena, (struct slice){(const char *)mac, sizeof(mac)});
    struct slice signature = arena_printf(&arena, "v1,%.*s", SLICE_ARG(encoded));
    const struct http_header headers[] = {{SLICE("webhook-id"), slice_of(id)},
                                          {SLICE("webhook-timestamp"), slice_of(stamp)},
                                          {SLICE("webhook-signature"), signature},
                                          {SLICE("Content-Type"), SLICE("application/json")}};
    path = arena_printf(&arena, "/hooks/%s", channel);
    int status = served_send(s, "POST", path, headers, COUNT_OF(headers), body);
    arena_free(&arena);
    return status;
}
