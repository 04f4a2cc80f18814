/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_etsy_auth - key and secret on every call, the owner's token, consent with PKCE, refresh
 * tokens that rotate, and the two counters.
 */
#include "drill/sandbox_etsy.h"

#include "base/crypto.h"

#define DAY_CALLS 10000
#define SECOND_CALLS 10
#define CODE_US (600 * (int64_t)US_PER_S)

void etsy_oauth_error(struct call *call, int status, const char *error, const char *text)
{
    struct json_writer w = rest_json(call, status);
    json_begin_object(&w);
    json_field_str(&w, "error", error);
    json_field_str(&w, "error_description", text);
    json_end_object(&w);
}

/* ---- the door ---- */

bool etsy_key_is_good(struct call *call)
{
    const struct shop *shop = call->shop;
    struct slice secret = call_request_header(call, "x-api-key");
    struct slice key;
    if (secret.n == 0) {
        etsy_error(call, 403, "Missing x-api-key header or client_id");
        return false;
    }
    bool has_secret = slice_cut(&secret, ':', &key);
    if (!has_secret) {
        etsy_error(call, 403, "Shared secret is required in x-api-key header.");
        return false;
    }
    if (!slice_equal(key, shop->token) || !crypto_equal(secret, shop->token_secret)) {
        etsy_error(
            call, 403, "API key not found or not active, or incorrect shared secret for API key.");
        return false;
    }
    return true;
}

bool etsy_is_owner(struct call *call, bool *out_refused)
{
    struct shop *shop = call->shop;
    struct slice token;
    *out_refused = false;
    if (call_request_header(call, "Authorization").n == 0) {
        return false;
    }
    if (!rest_bearer(call, &token)) {
        token = (struct slice){0};
    }
    enum token_state state = tokens_check(shop->sandbox, &etsy_of(shop)->access, token);
    if (state != TOKEN_GOOD) {
        etsy_oauth_error(call,
                         401,
                         "invalid_token",
                         state == TOKEN_DEAD ? "access token is expired"
                                             : "access token is not valid");
        *out_refused = true;
        return false;
    }
    return true;
}

bool etsy_owner(struct call *call)
{
    bool is_refused;
    bool is_owner = etsy_is_owner(call, &is_refused);
    if (!is_owner && !is_refused) {
        etsy_oauth_error(call, 401, "invalid_token", "missing access token");
    }
    return is_owner;
}

/* ---- the counters: of the app, whoever calls ---- */

static int64_t second_max(const struct shop *shop)
{
    return shop->points_per_s > 0 ? shop->points_per_s : SECOND_CALLS;
}

static int64_t day_max(const struct shop *shop)
{
    return shop->points_max > 0 ? shop->points_max : DAY_CALLS;
}

static void put_counter(struct call *call, const char *name, int64_t value)
{
    struct arena *arena = &call->shop->sandbox->turn;
    call_header(call, name, arena_printf(arena, "%" PRId64, value));
}

static void put_counters(struct call *call)
{
    const struct etsy *etsy = etsy_of(call->shop);
    int64_t left = second_max(call->shop) - etsy->second_calls;
    put_counter(call, "x-limit-per-second", second_max(call->shop));
    put_counter(call, "x-remaining-this-second", left > 0 ? left : 0);
    put_counter(call, "x-limit-per-day", day_max(call->shop));
    put_counter(call, "x-remaining-today", (int64_t)etsy->day.left);
}

void etsy_throttle_answer(struct call *call)
{
    etsy_error(call, 429, "Exceeded rate limit");
    call_header(call, "retry-after", SLICE("1"));
}

bool etsy_may_pass(struct call *call)
{
    struct shop *shop = call->shop;
    struct etsy *etsy = etsy_of(shop);
    int64_t second = env_mono_us(shop->sandbox->env) / US_PER_S;
    double day = (double)day_max(shop);
    if (etsy->second != second) {
        etsy->second = second;
        etsy->second_calls = 0;
    }
    bool is_fine = ++etsy->second_calls <= second_max(shop) &&
                   rest_bucket_take(shop->sandbox, &etsy->day, day, day / 86400);
    if (!is_fine) {
        shop->stats.api_throttled++;
        etsy_throttle_answer(call);
        return false;
    }
    rest_json(call, 200);
    put_counters(call);
    return true;
}

/* ---- consent: a page there, a redirect here ---- */

static bool address_is_good(struct slice address)
{
    return slice_starts(address, "https://") || slice_starts(address, "http://127.0.0.1:");
}

void etsy_consent_call(struct call *call)
{
    struct shop *shop = call->shop;
    struct etsy *etsy = etsy_of(shop);
    struct arena *arena = &shop->sandbox->turn;
    struct slice type, key, redirect, scope, state, challenge, method;
    bool is_whole = rest_query(call, "response_type", &type) && slice_is(type, "code") &&
                    rest_query(call, "client_id", &key) && slice_equal(key, shop->token) &&
                    rest_query(call, "redirect_uri", &redirect) && address_is_good(redirect) &&
                    rest_query(call, "scope", &scope) && rest_query(call, "state", &state) &&
                    rest_query(call, "code_challenge", &challenge) &&
                    rest_query(call, "code_challenge_method", &method) && slice_is(method, "S256");
    if (!is_whole) {
        etsy_oauth_error(call, 400, "invalid_request", "a parameter is missing or wrong");
        return;
    }
    etsy->consent = (struct etsy_consent){
        .challenge = arena_copy(&shop->sandbox->arena, challenge),
        .redirect = arena_copy(&shop->sandbox->arena, redirect),
    };
    struct slice code = tokens_make(shop->sandbox, &etsy->codes, "code-", CODE_US);
    rest_text(call, 302, "text/html", SLICE("<html><body>Back to the app.</body></html>"));
    call_header(call,
                "Location",
                arena_printf(arena,
                             "%.*s?code=%.*s&state=%.*s",
                             SLICE_ARG(redirect),
                             SLICE_ARG(code),
                             SLICE_ARG(percent_encode(arena, state))));
}

/* base64url of SHA-256, without padding (RFC 7636, 4.2). */
static bool verifier_is_good(struct arena *arena, struct slice verifier, struct slice challenge)
{
    uint8_t hash[SHA256_SIZE];
    sha256(hash, verifier);
    struct slice text =
        arena_copy(arena, base64_encode(arena, (struct slice){(const char *)hash, sizeof(hash)}));
    if (challenge.n != 43 || text.n != 44) {
        return false;
    }
    for (size_t i = 0; i < challenge.n; i++) {
        char c = text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i];
        if (c != challenge.p[i]) {
            return false;
        }
    }
    return true;
}

/* ---- tokens ---- */

static void pair_sell(struct call *call)
{
    struct shop *shop = call->shop;
    struct etsy *etsy = etsy_of(shop);
    char prefix[32];
    snprintf(prefix, sizeof(prefix), "%" PRId64 ".", etsy->user_id);
    int64_t life_us = shop->token_us > 0 ? shop->token_us : ETSY_ACCESS_S * (int64_t)US_PER_S;
    struct slice access = tokens_make(shop->sandbox, &etsy->access, prefix, life_us);
    struct slice refresh =
        tokens_make(shop->sandbox, &etsy->refresh, prefix, ETSY_REFRESH_S * (int64_t)US_PER_S);
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_text(&w, "access_token", access);
    json_field_str(&w, "token_type", "Bearer");
    json_field_int(&w, "expires_in", life_us / US_PER_S);
    json_field_text(&w, "refresh_token", refresh);
    json_end_object(&w);
}

static bool code_is_good(struct call *call)
{
    struct shop *shop = call->shop;
    struct etsy *etsy = etsy_of(shop);
    struct slice code, verifier, redirect;
    return rest_form(call, "code", &code) && rest_form(call, "code_verifier", &verifier) &&
           rest_form(call, "redirect_uri", &redirect) &&
           slice_equal(code, tokens_newest(&etsy->codes)) &&
           tokens_spend(shop->sandbox, &etsy->codes, code) == TOKEN_GOOD &&
           slice_equal(redirect, etsy->consent.redirect) &&
           verifier_is_good(&shop->sandbox->turn, verifier, etsy->consent.challenge);
}

void etsy_token_call(struct call *call)
{
    struct shop *shop = call->shop;
    struct slice grant, key, refresh;
    if (!rest_method(call, "POST") || !rest_content_is(call, "application/x-www-form-urlencoded")) {
        etsy_oauth_error(call, 400, "invalid_request", "POST a form");
        return;
    }
    if (!rest_form(call, "client_id", &key) || !slice_equal(key, shop->token)) {
        etsy_oauth_error(call, 401, "invalid_client", "client_id is not known");
        return;
    }
    if (!rest_form(call, "grant_type", &grant)) {
        grant = (struct slice){0};
    }
    if (slice_is(grant, "authorization_code")) {
        if (code_is_good(call)) {
            pair_sell(call);
        } else {
            etsy_oauth_error(call, 400, "invalid_grant", "code is invalid, used or expired");
        }
    } else if (slice_is(grant, "refresh_token")) {
        if (rest_form(call, "refresh_token", &refresh) &&
            tokens_spend(shop->sandbox, &etsy_of(shop)->refresh, refresh) == TOKEN_GOOD) {
            pair_sell(call);
        } else {
            etsy_oauth_error(call, 400, "invalid_grant", "refresh_token is invalid or expired");
        }
    } else {
        etsy_oauth_error(call, 400, "unsupported_grant_type", "grant_type is not supported");
    }
}

void etsy_scopes_call(struct call *call)
{
    static const char *const scopes[] = {"transactions_r", "listings_r", "listings_w", "shops_r"};
    struct shop *shop = call->shop;
    struct slice token;
    if (!rest_form(call, "token", &token) ||
        tokens_check(shop->sandbox, &etsy_of(shop)->access, token) != TOKEN_GOOD) {
        etsy_error(call, 400, "token is not valid");
        return;
    }
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "scopes");
    json_begin_array(&w);
    for (size_t i = 0; i < COUNT_OF(scopes); i++) {
        json_put_text(&w, slice_of(scopes[i]));
    }
    json_end_array(&w);
    json_end_object(&w);
}
