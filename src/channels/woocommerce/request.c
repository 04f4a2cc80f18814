/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"
#include "channels/woocommerce/woo.h"

#define URL_MAX 32768
#define QUERY_PARAMS_MAX (WOO_PARAMS_MAX + 7) /* the route, the cache breaker, five of OAuth */

void woo_param(struct woo_call *call, const char *name, struct slice value)
{
    must(call->params_count < WOO_PARAMS_MAX);
    call->params[call->params_count++] = (struct woo_param){slice_of(name), value};
}

struct query {
    struct woo_param params[QUERY_PARAMS_MAX];
    size_t count;
};

static void query_add(struct query *query, const char *name, struct slice value)
{
    must(query->count < QUERY_PARAMS_MAX);
    query->params[query->count++] = (struct woo_param){slice_of(name), value};
}

/*
 * `_tc` is ours: WooCommerce ignores it. It keeps caches in front of the shop from answering a read
 * with an old count, and under plain permalinks it carries the text "wp-json/wc/", without which
 * WooCommerce does not even look at the keys.
 */
static void query_of(const struct woo_config *config,
                     const struct woo_call *call,
                     int64_t now_us,
                     struct arena *arena,
                     struct query *out)
{
    *out = (struct query){0};
    if (config->plain_permalinks) {
        query_add(out, "rest_route", arena_printf(arena, "/wc/v3%.*s", SLICE_ARG(call->path)));
    }
    for (size_t i = 0; i < call->params_count; i++) {
        out->params[out->count++] = call->params[i];
    }
    if (config->plain_permalinks) {
        query_add(out, "_tc", arena_printf(arena, "wp-json/wc/%" PRId64, now_us));
    } else if (slice_is(slice_of(call->method), "GET")) {
        query_add(out, "_tc", arena_printf(arena, "%" PRId64, now_us));
    }
}

static void query_sign(const struct woo_config *config,
                       struct slice method,
                       struct slice url,
                       int64_t now_us,
                       const uint8_t nonce[16],
                       struct arena *arena,
                       struct query *query)
{
    query_add(query, "oauth_consumer_key", config->consumer_key);
    query_add(query, "oauth_nonce", hex_encode(arena, (struct slice){(const char *)nonce, 16}));
    query_add(query, "oauth_signature_method", SLICE("HMAC-SHA256"));
    query_add(query, "oauth_timestamp", arena_printf(arena, "%" PRId64, now_us / US_PER_S));
    struct slice base = woo_oauth1_base(arena, method, url, query->params, query->count);
    query_add(query, "oauth_signature", woo_oauth1_signature(arena, base, config->consumer_secret));
}

/* Commas, colons and slashes stay as they are (RFC 3986, 3.4): "wp-json/wc/" must be readable. */
static bool is_plain(char c)
{
    static const struct slice marks = {"-._~,:/", sizeof("-._~,:/") - 1};

    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           memchr(marks.p, c, marks.n) != NULL;
}

static struct slice url_with_query(struct arena *arena, struct slice url, const struct query *query)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, URL_MAX);
    buf_slice(&text, url);
    for (size_t i = 0; i < query->count; i++) {
        buf_char(&text, i ? '&' : '?');
        buf_slice(&text, query->params[i].name);
        buf_char(&text, '=');
        struct slice value = query->params[i].value;
        for (size_t k = 0; k < value.n; k++) {
            if (is_plain(value.p[k])) {
                buf_char(&text, value.p[k]);
            } else {
                buf_printf(&text, "%%%02X", (unsigned)(unsigned char)value.p[k]);
            }
        }
    }
    if (text.overflow) {
        return (struct slice){0};
    }
    return arena_copy(arena, buf_view(&text));
}

static void request_headers(const struct woo_config *config,
                            bool has_body,
                            struct arena *arena,
                            struct http_request *out)
{
    struct http_header *headers = ARENA_ARRAY(arena, 3, struct http_header);
    size_t count = 0;

    if (!headers) {
        return;
    }
    if (!config->oauth1) {
        headers[count++] = (struct http_header){SLICE("Authorization"), config->authorization};
    }
    headers[count++] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    if (has_body) {
        headers[count++] = (struct http_header){SLICE("Content-Type"), SLICE("application/json")};
    }
    out->headers = headers;
    out->headers_count = count;
}

enum err woo_request(const struct account *account,
                     const struct woo_call *call,
                     int64_t now_us,
                     const uint8_t nonce[16],
                     struct arena *arena,
                     struct http_request *out)
{
    const struct woo_config *config = woo_config(account);
    struct query query;
    struct http_request request = {.method = slice_of(call->method), .body = call->body};
    struct slice url;

    if (!config->consumer_key.n) {
        return ERR_AUTH;
    }
    if (config->plain_permalinks) {
        url = arena_printf(arena, "%.*s/index.php", SLICE_ARG(account->base_url));
        if (slice_is(request.method, "PUT")) {
            request.method = SLICE("POST"); /* PUT to index.php is not understood */
        }
    } else {
        url = arena_printf(
            arena, "%.*s/wp-json/wc/v3%.*s", SLICE_ARG(account->base_url), SLICE_ARG(call->path));
    }
    query_of(config, call, now_us, arena, &query);
    if (config->oauth1) {
        query_sign(config, request.method, url, now_us, nonce, arena, &query);
    }
    if (arena->exhausted) {
        return ERR_LIMIT;
    }
    request.url = url_with_query(arena, url, &query);
    request_headers(config, call->body.n > 0, arena, &request);
    if (!request.url.p || arena->exhausted) {
        return ERR_LIMIT;
    }
    *out = request;
    return ERR_OK;
}
