/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_tiktok_auth - signatures of calls, and tokens that rotate.
 *
 * What is signed is the path and the parameters as they are before they are encoded, and the body's
 * bytes. `*_expire_in` are instants, not durations. A refresh token is good once.
 */
#include "drill/sandbox_tiktok.h"

#include "base/crypto.h"

#define STAMP_SLACK_S 300
#define PARAMS_MAX 32
#define CODE_S 1800

static bool is_signed_param(struct slice name)
{
    return !slice_is(name, "sign") && !slice_is(name, "access_token");
}

static int by_name(const void *a, const void *b)
{
    const struct http_header *x = a;
    const struct http_header *y = b;
    return slice_compare(x->name, y->name);
}

struct slice tt_signature(struct arena *arena,
                          struct slice secret,
                          struct slice path,
                          const struct http_header *params,
                          size_t count,
                          struct slice body)
{
    struct http_header sorted[PARAMS_MAX];
    uint8_t mac[SHA256_SIZE];
    struct buf text;
    size_t total = 2 * secret.n + path.n + body.n;
    must(count <= PARAMS_MAX);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = params[i];
        total += params[i].name.n + params[i].value.n;
    }
    qsort(sorted, count, sizeof(sorted[0]), by_name);
    buf_init(&text, total + 1);
    buf_slice(&text, secret);
    buf_slice(&text, path);
    for (size_t i = 0; i < count; i++) {
        if (is_signed_param(sorted[i].name)) {
            buf_slice(&text, sorted[i].name);
            buf_slice(&text, sorted[i].value);
        }
    }
    buf_slice(&text, body);
    buf_slice(&text, secret);
    hmac_sha256(mac, secret, buf_view(&text));
    buf_free(&text);
    return hex_encode(arena, (struct slice){(const char *)mac, sizeof(mac)});
}

static bool decode(struct arena *arena, struct slice text, struct slice *out)
{
    return text.n == 0 ? (*out = text, true) : percent_decode(arena, text, out);
}

/* False: a parameter is not encoded well, or there are too many. */
static bool params_read(struct call *call, struct http_header *out, size_t *out_count)
{
    struct arena *arena = &call->shop->sandbox->turn;
    struct slice query = call->x->request.query;
    *out_count = 0;
    while (query.n > 0) {
        struct slice pair, name;
        slice_cut(&query, '&', &pair);
        slice_cut(&pair, '=', &name);
        if (*out_count == PARAMS_MAX || !decode(arena, name, &out[*out_count].name) ||
            !decode(arena, pair, &out[*out_count].value)) {
            return false;
        }
        (*out_count)++;
    }
    return true;
}

static bool signature_is_good(struct call *call)
{
    struct shop *shop = call->shop;
    struct http_header params[PARAMS_MAX];
    size_t count;
    struct slice key, stamp, sign;
    int64_t stamp_s;
    if (!params_read(call, params, &count) || !rest_query(call, "app_key", &key) ||
        !rest_query(call, "timestamp", &stamp) || !rest_query(call, "sign", &sign) ||
        !slice_equal(key, shop->token) || !slice_int(stamp, &stamp_s)) {
        return false;
    }
    int64_t age_s = env_wall_us(shop->sandbox->env) / US_PER_S - stamp_s;
    if (age_s > STAMP_SLACK_S || age_s < -STAMP_SLACK_S) {
        return false;
    }
    struct slice type = call_request_header(call, "Content-Type");
    bool is_multipart = slice_starts(type, "multipart/form-data");
    struct slice wanted = tt_signature(&shop->sandbox->turn,
                                       shop->token_secret,
                                       call->path,
                                       params,
                                       count,
                                       is_multipart ? (struct slice){0} : call->x->request.body);
    return crypto_equal(sign, wanted);
}

bool tt_authenticated(struct call *call, bool with_cipher)
{
    struct shop *shop = call->shop;
    struct tt *tt = tt_of(shop);
    struct slice cipher;
    struct slice token = call_request_header(call, "x-tts-access-token");
    if (!signature_is_good(call)) {
        tt_error(call, 401, TT_SIGNATURE, "Invalid sign. Check app_key, timestamp and signature.");
        return false;
    }
    if (tokens_check(shop->sandbox, &tt->access, token) != TOKEN_GOOD) {
        tt_error(call, 401, TT_TOKEN, "Expired credentials. The access_token is not valid.");
        return false;
    }
    bool has_cipher = rest_query(call, "shop_cipher", &cipher);
    if (has_cipher && !with_cipher) {
        tt_bad_parameter(call, "shop_cipher does not belong to this operation.");
        return false;
    }
    if (!has_cipher && with_cipher) {
        tt_error(call, 400, TT_NO_CIPHER, "shop_cipher is missing.");
        return false;
    }
    if (with_cipher && !slice_equal(cipher, tt->cipher)) {
        tt_error(call, 403, TT_WRONG_SHOP, "The access_token is not for this shop.");
        return false;
    }
    return true;
}

/* ---- tokens ---- */

struct slice tt_consent(struct shop *shop)
{
    return tokens_make(shop->sandbox, &tt_of(shop)->codes, "ROW_code_", (int64_t)CODE_S * US_PER_S);
}

static void pair_sell(struct call *call)
{
    static const char *const scopes[] = {"seller.authorization.info",
                                         "seller.order.info",
                                         "seller.product.basic",
                                         "seller.product.write",
                                         "seller.logistics"};
    struct shop *shop = call->shop;
    struct tt *tt = tt_of(shop);
    int64_t now_s = env_wall_us(shop->sandbox->env) / US_PER_S;
    int64_t life_us = shop->token_us > 0 ? shop->token_us : TT_ACCESS_S * (int64_t)US_PER_S;
    struct slice access = tokens_make(shop->sandbox, &tt->access, "TTP_", life_us);
    struct slice refresh =
        tokens_make(shop->sandbox, &tt->refresh, "TTR_", TT_REFRESH_S * (int64_t)US_PER_S);
    struct json_writer w = tt_data(call);
    json_field_text(&w, "access_token", access);
    json_field_int(&w, "access_token_expire_in", now_s + life_us / US_PER_S);
    json_field_text(&w, "refresh_token", refresh);
    json_field_int(&w, "refresh_token_expire_in", now_s + TT_REFRESH_S);
    json_field_text(
        &w, "open_id", arena_printf(&shop->sandbox->turn, "open-%.*s", SLICE_ARG(shop->code)));
    json_field_text(&w, "seller_name", shop->code);
    json_field_str(&w, "seller_base_region", "US");
    json_field_int(&w, "user_type", 0);
    json_key(&w, "granted_scopes");
    json_begin_array(&w);
    for (size_t i = 0; i < COUNT_OF(scopes); i++) {
        json_put_text(&w, slice_of(scopes[i]));
    }
    json_end_array(&w);
    tt_done(&w);
}

/* Not signed: the secret itself travels in the query. */
void tt_token_call(struct call *call, bool is_refresh)
{
    struct shop *shop = call->shop;
    struct tt *tt = tt_of(shop);
    struct slice key, secret, grant, text;
    if (!rest_query(call, "app_key", &key) || !slice_equal(key, shop->token) ||
        !rest_query(call, "app_secret", &secret) || !slice_equal(secret, shop->token_secret)) {
        tt_error(call, 200, 36004003, "Invalid app_key or app_secret.");
        return;
    }
    const char *wanted = is_refresh ? "refresh_token" : "authorized_code";
    if (!rest_query(call, "grant_type", &grant) || !slice_is(grant, wanted)) {
        tt_error(call, 200, 36004005, "Invalid grant_type.");
        return;
    }
    struct tokens *tokens = is_refresh ? &tt->refresh : &tt->codes;
    if (!rest_query(call, is_refresh ? "refresh_token" : "auth_code", &text) ||
        tokens_spend(shop->sandbox, tokens, text) != TOKEN_GOOD) {
        tt_error(call,
                 200,
                 36004004,
                 is_refresh ? "refresh_token is invalid or expired."
                            : "auth_code is invalid or expired.");
        return;
    }
    pair_sell(call);
}
