/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access: a person consents once, Etsy gives a refresh token, and each use of it gives the next one.
 *
 * The proof key of the consent (PKCE) is derived from the state and the app's secret, so that
 * nothing has to be kept between the two calls, and nobody else can know it.
 */
#include "base/crypto.h"
#include "channels/connect.h"
#include "channels/etsy/etsy.h"

#define LIFETIME_DEFAULT_S INT64_C(3600)
#define LIFETIME_MAX_S INT64_C(86400)

bool etsy_wants_token(const struct account *account)
{
    return !etsy_config(account)->access_token.n;
}

static enum err token_request(const struct account *account,
                              struct slice form,
                              struct arena *arena,
                              struct http_request *out)
{
    const struct etsy_config *config = etsy_config(account);
    struct http_header *headers = ARENA_ARRAY(arena, 3, struct http_header);
    struct slice url =
        arena_printf(arena, "%.*s/v3/public/oauth/token", SLICE_ARG(config->auth_url));

    if (!headers || !url.p || !form.p || arena->exhausted) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("x-api-key"), config->api_key};
    headers[1] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    headers[2] =
        (struct http_header){SLICE("Content-Type"), SLICE("application/x-www-form-urlencoded")};
    *out = (struct http_request){
        .method = SLICE("POST"), .url = url, .headers = headers, .headers_count = 3, .body = form};
    return ERR_OK;
}

enum err etsy_build_token(const struct account *account,
                          const struct step *step,
                          struct arena *arena,
                          struct http_request *out)
{
    const struct etsy_config *config = etsy_config(account);

    (void)step;
    if (!config->refresh_token.n) {
        return ERR_USAGE;
    }
    struct slice client = percent_encode(arena, config->keystring);
    struct slice refresh = percent_encode(arena, config->refresh_token);
    if (!client.p || !refresh.p) {
        return ERR_LIMIT;
    }
    struct slice form = arena_printf(arena,
                                     "grant_type=refresh_token&client_id=%.*s&refresh_token=%.*s",
                                     SLICE_ARG(client),
                                     SLICE_ARG(refresh));
    return token_request(account, form, arena, out);
}

/* ---- answers ---- */

static struct slice token_text(struct json root, const char *name, struct arena *arena)
{
    struct slice text;

    return connect_credential(json_get(root, name), &text) ? arena_copy(arena, text)
                                                           : (struct slice){0};
}

enum err etsy_read_token(const struct account *account,
                         const struct step *step,
                         const struct http_response *response,
                         struct json_doc *doc,
                         struct arena *arena,
                         struct token *out,
                         struct channel_signal *out_signal,
                         struct err_note *note)
{
    struct etsy_answer answer = etsy_answer_read(response, doc, arena, out_signal);
    int64_t lifetime_s = 0;

    (void)account;
    (void)step;
    if (answer.verdict == ETSY_REFUSED) {
        out_signal->unauthorised = true; /* OAuth answers a worn-out token with 400 */
    }
    if (answer.verdict != ETSY_DONE) {
        enum err e = out_signal->unauthorised ? ERR_AUTH
                     : out_signal->throttled  ? ERR_THROTTLED
                                              : ERR_UNKNOWN;
        return err_note(note,
                        e,
                        "etsy: no access token: %.*s%s",
                        SLICE_ARG(answer.reason),
                        e == ERR_AUTH ? ". Allow the access again (channel connect)" : "");
    }
    struct token token = {
        .access = token_text(answer.root, "access_token", arena),
        .refresh = token_text(answer.root, "refresh_token", arena),
    };
    if (!token.access.p) {
        return err_note(note, ERR_UNKNOWN, "etsy: the answer holds no access token");
    }
    if (!json_int_loose(json_get(answer.root, "expires_in"), &lifetime_s) || lifetime_s <= 0 ||
        lifetime_s > LIFETIME_MAX_S) {
        lifetime_s = LIFETIME_DEFAULT_S;
    }
    token.lifetime_us = lifetime_s * US_PER_S;
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "etsy: the tokens are too long");
    }
    *out = token;
    return ERR_OK;
}

/* ---- consent ---- */

static struct slice
verifier_of(const struct etsy_config *config, struct slice state, struct arena *arena)
{
    uint8_t digest[SHA256_SIZE];
    struct slice text =
        arena_printf(arena, "pkce%.*s%.*s", SLICE_ARG(state), SLICE_ARG(config->shared_secret));

    if (!text.p) {
        return text;
    }
    sha256(digest, text);
    return etsy_base64url(arena, (struct slice){(const char *)digest, sizeof digest});
}

enum err etsy_consent_url(const struct account *account,
                          const struct step *step,
                          struct arena *arena,
                          struct slice *out,
                          struct err_note *note)
{
    const struct etsy_config *config = etsy_config(account);
    uint8_t digest[SHA256_SIZE];

    if (!step->state.n || !step->redirect_uri.n) {
        return err_note(note, ERR_USAGE, "etsy: consent needs an address to come back to");
    }
    if (config->is_etsys_auth && !slice_starts(step->redirect_uri, "https://")) {
        return err_note(note,
                        ERR_USAGE,
                        "etsy sends people back to https addresses only: start the server with "
                        "--public-url https://...");
    }
    struct slice verifier = verifier_of(config, step->state, arena);
    sha256(digest, verifier);
    struct slice challenge =
        etsy_base64url(arena, (struct slice){(const char *)digest, sizeof digest});
    struct slice client = percent_encode(arena, config->keystring);
    struct slice redirect = percent_encode(arena, step->redirect_uri);
    struct slice state = percent_encode(arena, step->state);
    struct slice scopes = percent_encode(arena, SLICE(ETSY_SCOPES));
    if (!verifier.p || !challenge.p || !client.p || !redirect.p || !state.p || !scopes.p) {
        return err_note(note, ERR_LIMIT, "etsy: the address of the consent is too long");
    }
    struct slice origin = config->is_etsys_auth ? SLICE("https://www.etsy.com") : config->auth_url;
    struct slice url = arena_printf(arena,
                                    "%.*s/oauth/connect?response_type=code&client_id=%.*s"
                                    "&redirect_uri=%.*s&scope=%.*s&state=%.*s&code_challenge=%.*s"
                                    "&code_challenge_method=S256",
                                    SLICE_ARG(origin),
                                    SLICE_ARG(client),
                                    SLICE_ARG(redirect),
                                    SLICE_ARG(scopes),
                                    SLICE_ARG(state),
                                    SLICE_ARG(challenge));
    if (!url.p) {
        return err_note(note, ERR_LIMIT, "etsy: the address of the consent is too long");
    }
    *out = url;
    return ERR_OK;
}

enum err etsy_build_code(const struct account *account,
                         struct slice id,
                         const struct step *step,
                         struct arena *arena,
                         struct http_request *out)
{
    const struct etsy_config *config = etsy_config(account);
    struct slice state = {0};
    struct slice code = {0};

    if (!step->state.n || !step->redirect_uri.n) {
        return ERR_USAGE;
    }
    if (!http_query_get(id, "state", arena, &state) || !crypto_equal(state, step->state) ||
        !http_query_get(id, "code", arena, &code) || !code.n) {
        return arena->exhausted ? ERR_LIMIT : ERR_AUTH; /* not genuine, or the person said no */
    }
    struct slice verifier = verifier_of(config, step->state, arena);
    struct slice client = percent_encode(arena, config->keystring);
    struct slice redirect = percent_encode(arena, step->redirect_uri);
    struct slice code_text = percent_encode(arena, code);
    if (!verifier.p || !client.p || !redirect.p || !code_text.p) {
        return ERR_LIMIT;
    }
    struct slice form = arena_printf(arena,
                                     "grant_type=authorization_code&client_id=%.*s"
                                     "&redirect_uri=%.*s&code=%.*s&code_verifier=%.*s",
                                     SLICE_ARG(client),
                                     SLICE_ARG(redirect),
                                     SLICE_ARG(code_text),
                                     SLICE_ARG(verifier));
    return token_request(account, form, arena, out);
}
