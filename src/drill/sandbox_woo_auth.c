/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_woo_auth - who calls: Basic, keys in the query, or OAuth 1.0a one-legged.
 *
 * A shop without TLS does not look at Basic at all; its callers sign. An unknown key and no key are
 * answered alike: as somebody who may not see this.
 */
#include "drill/sandbox_woo.h"

#include "base/crypto.h"

#define OAUTH_WINDOW_S 900
#define PARAMS_MAX 64
#define NONCES_MAX 20000

static bool refuse_unknown(struct call *call)
{
    bool is_read = slice_is(call->x->request.method, "GET");
    if (slice_ends(call->path, "/batch")) {
        woo_error(call,
                  401,
                  "woocommerce_rest_cannot_batch",
                  "Sorry, you are not allowed to batch manipulate this resource.");
    } else if (is_read) {
        woo_error(
            call, 401, "woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.");
    } else {
        woo_error(call,
                  401,
                  "woocommerce_rest_cannot_edit",
                  "Sorry, you are not allowed to edit this resource.");
    }
    return false;
}

static bool refuse_bad(struct call *call, const char *message)
{
    woo_error(call, 401, "woocommerce_rest_authentication_error", message);
    return false;
}

static bool keys_check(struct call *call, struct slice key, struct slice secret)
{
    if (!slice_equal(key, call->shop->token)) {
        return refuse_unknown(call);
    }
    if (!crypto_equal(secret, call->shop->token_secret)) {
        return refuse_bad(call, "Consumer secret is invalid.");
    }
    return true;
}

/* ---- OAuth 1.0a ---- */

static int by_name(const void *a, const void *b)
{
    const struct http_header *x = a;
    const struct http_header *y = b;
    int order = slice_compare(x->name, y->name);
    return order ? order : slice_compare(x->value, y->value);
}

struct slice woo_oauth_signature(struct arena *arena,
                                 struct slice method,
                                 struct slice url,
                                 const struct http_header *params,
                                 size_t count,
                                 struct slice secret,
                                 bool is_sha1)
{
    struct http_header *sorted = ARENA_ARRAY(arena, count + 1, struct http_header);
    struct buf text;
    uint8_t mac[SHA256_SIZE];
    if (!sorted) {
        return (struct slice){0};
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i].name = percent_encode(arena, params[i].name);
        sorted[i].value = percent_encode(arena, params[i].value);
    }
    qsort(sorted, count, sizeof(*sorted), by_name);
    buf_init(&text, (size_t)1 << 20);
    buf_slice(&text, method);
    buf_char(&text, '&');
    buf_slice(&text, percent_encode(arena, url));
    buf_char(&text, '&');
    for (size_t i = 0; i < count; i++) {
        buf_text(&text, i ? "%26" : "");
        buf_slice(&text, percent_encode(arena, sorted[i].name));
        buf_text(&text, "%3D");
        buf_slice(&text, percent_encode(arena, sorted[i].value));
    }
    struct slice key = arena_printf(arena, "%.*s&", SLICE_ARG(secret));
    if (is_sha1) {
        hmac_sha1(mac, key, buf_view(&text));
    } else {
        hmac_sha256(mac, key, buf_view(&text));
    }
    buf_free(&text);
    size_t n = is_sha1 ? SHA1_SIZE : SHA256_SIZE;
    return base64_encode(arena, (struct slice){(const char *)mac, n});
}

struct params {
    struct http_header items[PARAMS_MAX];
    size_t count;
    struct slice signature;
};

static void param_add(struct params *p, struct arena *arena, struct slice name, struct slice value)
{
    struct slice plain_name;
    struct slice plain;
    if (p->count >= PARAMS_MAX || !percent_decode(arena, name, &plain_name) ||
        !percent_decode(arena, value, &plain)) {
        return;
    }
    if (slice_is(plain_name, "oauth_signature")) {
        p->signature = plain;
        return;
    }
    p->items[p->count++] = (struct http_header){.name = plain_name, .value = plain};
}

static void params_read(struct call *call, struct params *out)
{
    struct arena *arena = &call->shop->sandbox->turn;
    struct slice query = call->x->request.query;
    struct slice header = call_request_header(call, "Authorization");
    struct slice part;
    while (query.n > 0) {
        slice_cut(&query, '&', &part);
        struct slice value = part;
        struct slice name;
        slice_cut(&value, '=', &name);
        param_add(out, arena, name, value);
    }
    if (!slice_starts(header, "OAuth ")) {
        return;
    }
    header = slice_from(header, 6);
    while (header.n > 0) {
        slice_cut(&header, ',', &part);
        struct slice value = slice_trim(part);
        struct slice name;
        slice_cut(&value, '=', &name);
        if (value.n >= 2 && value.p[0] == '"') {
            value = (struct slice){value.p + 1, value.n - 2};
        }
        if (!slice_is(name, "realm")) {
            param_add(out, arena, name, value);
        }
    }
}

static struct slice param(const struct params *p, const char *name)
{
    return http_header_get(p->items, p->count, name);
}

/* Remembers the nonce; false when it was seen before. */
static bool nonce_is_new(struct shop *shop, struct slice nonce)
{
    if (map_get(&shop->nonces, nonce)) {
        return false;
    }
    if (shop->nonces.live_count >=
        NONCES_MAX) { /* the window is 15 minutes: far fewer in practice */
        woo_nonces_clear(shop);
    }
    char *copy = malloc(nonce.n + 1);
    must(copy != NULL);
    memcpy(copy, nonce.p, nonce.n);
    must(map_set(&shop->nonces, (struct slice){copy, nonce.n}, copy));
    return true;
}

void woo_nonces_clear(struct shop *shop)
{
    for (size_t i = 0; i < shop->nonces.items_count; i++) {
        free(shop->nonces.items[i].value);
    }
    map_clear(&shop->nonces);
}

static bool oauth_check(struct call *call, const struct params *p)
{
    static const char *const needed[] = {
        "oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature_method"};
    struct shop *shop = call->shop;
    struct arena *arena = &shop->sandbox->turn;
    int64_t stamp_s;
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        if (param(p, needed[i]).n == 0) {
            return refuse_bad(call, arena_printf(arena, "Missing OAuth parameter %s", needed[i]).p);
        }
    }
    if (!slice_equal(param(p, "oauth_consumer_key"), shop->token)) {
        return refuse_bad(call, "Consumer key is invalid.");
    }
    struct slice method = param(p, "oauth_signature_method");
    bool is_sha1 = slice_is(method, "HMAC-SHA1");
    if (!is_sha1 && !slice_is(method, "HMAC-SHA256")) {
        return refuse_bad(call, "Invalid signature - signature method is invalid.");
    }
    struct slice url =
        arena_printf(arena, "%.*s%.*s", SLICE_ARG(shop->base_url), SLICE_ARG(call->path));
    struct slice wanted = woo_oauth_signature(
        arena, call->x->request.method, url, p->items, p->count, shop->token_secret, is_sha1);
    if (!crypto_equal(wanted, p->signature)) {
        return refuse_bad(call, "Invalid signature - provided signature does not match.");
    }
    int64_t now_s = env_wall_us(shop->sandbox->env) / US_PER_S;
    if (!slice_int(param(p, "oauth_timestamp"), &stamp_s) || stamp_s < now_s - OAUTH_WINDOW_S ||
        stamp_s > now_s + OAUTH_WINDOW_S) {
        return refuse_bad(call, "Invalid timestamp.");
    }
    if (!nonce_is_new(shop, param(p, "oauth_nonce"))) {
        return refuse_bad(call, "Invalid nonce - nonce has already been used.");
    }
    return true;
}

bool woo_authenticated(struct call *call)
{
    struct shop *shop = call->shop;
    struct arena *arena = &shop->sandbox->turn;
    struct slice header = call_request_header(call, "Authorization");
    struct slice secret;
    struct slice key;
    struct params *params = ARENA_NEW(arena, struct params);
    if (!params || shop->token.n == 0) {
        return refuse_unknown(call);
    }
    params_read(call, params);
    if (params->signature.n > 0) {
        return oauth_check(call, params);
    }
    if (shop->plain_http) { /* keys are not even looked at */
        return refuse_unknown(call);
    }
    if (slice_starts(header, "Basic ") &&
        base64_decode(arena, slice_trim(slice_from(header, 6)), &secret)) {
        slice_cut(&secret, ':', &key);
        return keys_check(call, key, secret);
    }
    if (param(params, "consumer_key").n > 0) {
        return keys_check(call, param(params, "consumer_key"), param(params, "consumer_secret"));
    }
    return refuse_unknown(call);
}
