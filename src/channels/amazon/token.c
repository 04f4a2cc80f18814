/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Login with Amazon: the seller's refresh token buys access tokens of an hour; the application's own
 * credentials buy one for what concerns the application alone ("grantless").
 *
 * A private application shows its refresh token when it authorises itself. A public one sends the
 * seller to Seller Central, which sends them back with a code.
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "channels/amazon/amazon.h"
#include "channels/reply.h"

#define BODY_MAX 16384
#define TOKEN_MAX 4096
#define LIFETIME_S INT64_C(3600)

bool amazon_wants_token(const struct account *account)
{
    return !amazon_config(account)->access_token.n;
}

struct pair {
    const char *name;
    struct slice value;
};

static enum err token_request(const struct account *account,
                              const struct pair *pairs,
                              size_t count,
                              struct arena *arena,
                              struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body;
    struct http_header *headers = ARENA_ARRAY(arena, 2, struct http_header);

    buf_init(&body, BODY_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&body, "%s%s=", i ? "&" : "", pairs[i].name);
        buf_slice(&body, percent_encode(arena, pairs[i].value));
    }
    struct slice text = arena_copy(arena, buf_view(&body));
    if (!headers || !text.p || body.overflow || arena->exhausted) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("Content-Type"),
                                      SLICE("application/x-www-form-urlencoded;charset=UTF-8")};
    headers[1] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    *out = (struct http_request){.method = SLICE("POST"),
                                 .url = amazon_config(account)->token_url,
                                 .headers = headers,
                                 .headers_count = 2,
                                 .body = text};
    return ERR_OK;
}

enum err amazon_build_token(const struct account *account,
                            const struct step *step,
                            struct arena *arena,
                            struct http_request *out)
{
    (void)step;
    const struct amazon_config *config = amazon_config(account);

    if (!config->refresh_token.n) {
        return ERR_USAGE;
    }
    const struct pair pairs[] = {{"grant_type", SLICE("refresh_token")},
                                 {"refresh_token", config->refresh_token},
                                 {"client_id", config->client_id},
                                 {"client_secret", config->client_secret}};
    return token_request(account, pairs, COUNT_OF(pairs), arena, out);
}

enum err
amazon_build_grantless(const struct account *account, struct arena *arena, struct http_request *out)
{
    const struct amazon_config *config = amazon_config(account);
    const struct pair pairs[] = {{"grant_type", SLICE("client_credentials")},
                                 {"scope", SLICE("sellingpartnerapi::notifications")},
                                 {"client_id", config->client_id},
                                 {"client_secret", config->client_secret}};

    return token_request(account, pairs, COUNT_OF(pairs), arena, out);
}

static enum err refusal(const struct http_response *response,
                        struct json root,
                        struct arena *arena,
                        struct channel_signal *signal,
                        struct err_note *note)
{
    struct slice error = amazon_bounded(amazon_text(json_get(root, "error")), 60);
    struct slice why = amazon_bounded(amazon_text(json_get(root, "error_description")), 140);

    /* 400 with an error of its own is how OAuth refuses credentials; 401 is said by reply_read. */
    signal->unauthorised = response->status == 401 || (response->status == 400 && error.n);
    signal->down = !signal->unauthorised && !signal->throttled;
    signal->reason = arena_printf(arena,
                                  "Login with Amazon answered %d %.*s %.*s",
                                  response->status,
                                  (int)error.n,
                                  error.n ? error.p : "",
                                  (int)why.n,
                                  why.n ? why.p : "");
    return err_note(note,
                    signal->unauthorised ? ERR_AUTH
                    : signal->throttled  ? ERR_THROTTLED
                                         : ERR_UNKNOWN,
                    "no access token: %.*s%s",
                    (int)signal->reason.n,
                    signal->reason.n ? signal->reason.p : "",
                    signal->unauthorised ? ". Is the client secret older than 180 days, or the "
                                           "application no longer authorised?"
                                         : "");
}

enum err amazon_read_token(const struct account *account,
                           const struct step *step,
                           const struct http_response *response,
                           struct json_doc *doc,
                           struct arena *arena,
                           struct token *out,
                           struct channel_signal *out_signal,
                           struct err_note *note)
{
    (void)account;
    (void)step;
    struct json root = {0};
    struct err_note ignored;
    int64_t lifetime_s = 0;

    enum reply_class class = reply_read(response, arena, out_signal);
    bool is_json = json_parse(doc, response->body, &root, &ignored) == ERR_OK &&
                   json_type(root) == JSON_OBJECT;
    if (class != REPLY_OK) {
        return refusal(response, is_json ? root : (struct json){0}, arena, out_signal, note);
    }
    struct slice access = is_json ? amazon_text(json_get(root, "access_token")) : (struct slice){0};
    struct slice refresh =
        is_json ? amazon_text(json_get(root, "refresh_token")) : (struct slice){0};
    if (!amazon_is_visible(access, TOKEN_MAX) ||
        (refresh.n && !amazon_is_visible(refresh, TOKEN_MAX))) {
        return err_note(note, ERR_UNKNOWN, "the answer holds no access token");
    }
    if (!json_int_loose(json_get(root, "expires_in"), &lifetime_s) || lifetime_s <= 0 ||
        lifetime_s > LIFETIME_S) {
        lifetime_s = LIFETIME_S;
    }
    *out = (struct token){.access = arena_copy(arena, access),
                          .lifetime_us = lifetime_s * US_PER_S,
                          .refresh = refresh.n ? arena_copy(arena, refresh) : (struct slice){0}};
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the access token is too long");
    }
    return ERR_OK;
}

/* ---- consent ---- */

enum err amazon_consent_url(const struct account *account,
                            const struct step *step,
                            struct arena *arena,
                            struct slice *out,
                            struct err_note *note)
{
    const struct amazon_config *config = amazon_config(account);

    if (!config->application_id.n) {
        return err_note(note,
                        ERR_USAGE,
                        "a private application authorises itself: Seller Central > Develop Apps > "
                        "Authorize shows the refresh token; set secrets.refresh_token. A public "
                        "one needs settings.application_id");
    }
    struct slice id = percent_encode(arena, config->application_id);
    struct slice state = percent_encode(arena, step->state);
    struct slice redirect = percent_encode(arena, step->redirect_uri);
    if (!id.p || !state.p || !redirect.p) {
        return err_note(note, ERR_LIMIT, "the address is too long");
    }
    *out = arena_printf(arena,
                        "%.*s/apps/authorize/consent?application_id=%.*s&state=%.*s"
                        "&redirect_uri=%.*s",
                        SLICE_ARG(config->consent_origin),
                        SLICE_ARG(id),
                        SLICE_ARG(state),
                        SLICE_ARG(redirect));
    return out->p ? ERR_OK : err_note(note, ERR_LIMIT, "the address is too long");
}

/* Whoever comes back must bring our state along, and be the seller that this channel is. */
enum err amazon_build_code(const struct account *account,
                           struct slice id,
                           const struct step *step,
                           struct arena *arena,
                           struct http_request *out)
{
    const struct amazon_config *config = amazon_config(account);
    struct slice state = {0};
    struct slice seller = {0};
    struct slice code = {0};

    if (!step->state.n || !http_query_get(id, "state", arena, &state) ||
        !crypto_equal(state, step->state) ||
        !http_query_get(id, "selling_partner_id", arena, &seller) ||
        !slice_equal(seller, config->seller_id) ||
        !http_query_get(id, "spapi_oauth_code", arena, &code) || !code.n) {
        return arena->exhausted ? ERR_LIMIT : ERR_AUTH;
    }
    const struct pair pairs[] = {{"grant_type", SLICE("authorization_code")},
                                 {"code", code},
                                 {"redirect_uri", step->redirect_uri},
                                 {"client_id", config->client_id},
                                 {"client_secret", config->client_secret}};
    return token_request(account, pairs, COUNT_OF(pairs), arena, out);
}
