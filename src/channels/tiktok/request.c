/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed requests. Signed is
 *
 *   secret, path, each parameter's name and value in the order of the names, body, secret
 *
 * without separators, all of it as it is before percent-encoding. The path is the API's own: where
 * base_url has a path in front of it (a proxy's), that is not part of it. The body is serialised
 * once; those bytes are signed and sent.
 */
#include "base/crypto.h"
#include "channels/tiktok/tiktok.h"

#define TEXT_MAX ((size_t)1 << 20)

static void params_sort(struct tt_param *params, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct tt_param moved = params[i];
        size_t k = i;
        while (k > 0 && strcmp(params[k - 1].name, moved.name) > 0) {
            params[k] = params[k - 1];
            k--;
        }
        params[k] = moved;
    }
}

struct slice tt_sign(struct slice app_secret,
                     struct slice path,
                     const struct tt_param *params,
                     size_t count,
                     struct slice body,
                     struct arena *arena)
{
    uint8_t mac[SHA256_SIZE];
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, TEXT_MAX);
    buf_slice(&text, app_secret);
    buf_slice(&text, path);
    for (size_t i = 0; i < count; i++) {
        buf_text(&text, params[i].name);
        buf_slice(&text, params[i].value);
    }
    buf_slice(&text, body);
    buf_slice(&text, app_secret);
    if (text.overflow) {
        return (struct slice){0};
    }
    hmac_sha256(mac, app_secret, buf_view(&text));
    crypto_wipe(text.p, text.n);
    return hex_encode(arena, (struct slice){(const char *)mac, sizeof mac});
}

static struct slice url_of(const struct account *account,
                           struct slice path,
                           const struct tt_param *params,
                           size_t count,
                           struct slice sign,
                           struct arena *arena)
{
    ON_EXIT(buf_free) struct buf url;

    buf_init(&url, TEXT_MAX);
    buf_slice(&url, account->base_url);
    buf_slice(&url, path);
    for (size_t i = 0; i < count; i++) {
        buf_char(&url, i ? '&' : '?');
        buf_text(&url, params[i].name);
        buf_char(&url, '=');
        buf_slice(&url, percent_encode(arena, params[i].value));
    }
    buf_text(&url, "&sign=");
    buf_slice(&url, sign);
    return url.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&url));
}

enum err tt_request(const struct account *account,
                    const struct tt_call *call,
                    const struct step *step,
                    struct arena *arena,
                    struct http_request *out)
{
    const struct tt_config *config = tt_config(account);
    struct slice cipher = call->cipher.n ? call->cipher : config->shop_cipher;
    struct tt_param params[TT_PARAMS_MAX + 3];
    size_t count = call->params_count;

    must(count <= TT_PARAMS_MAX);
    if (!config->access_token.n || (!call->is_without_shop && !cipher.n)) {
        return ERR_AUTH;
    }
    memcpy(params, call->params, count * sizeof *params);
    params[count++] = (struct tt_param){"app_key", config->app_key};
    if (!call->is_without_shop) {
        params[count++] = (struct tt_param){"shop_cipher", cipher};
    }
    params[count++] =
        (struct tt_param){"timestamp", arena_printf(arena, "%" PRId64, step->now_us / US_PER_S)};
    params_sort(params, count);
    struct slice sign = tt_sign(config->app_secret, call->path, params, count, call->body, arena);
    struct slice url = url_of(account, call->path, params, count, sign, arena);
    struct http_header *headers = ARENA_ARRAY(arena, 3, struct http_header);
    if (!headers || !sign.p || !url.p || arena->exhausted) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("x-tts-access-token"), config->access_token};
    headers[1] = (struct http_header){SLICE("Content-Type"), SLICE("application/json")};
    headers[2] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    *out = (struct http_request){.method = slice_of(call->method),
                                 .url = url,
                                 .headers = headers,
                                 .headers_count = 3,
                                 .body = call->body};
    return ERR_OK;
}
