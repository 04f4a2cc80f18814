/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens. The seller's consent buys a refresh token of 18 months, which buys access tokens of two
 * hours. What concerns the application alone (keys of deliveries, destinations) takes a token of
 * its own, bought with nothing but its credentials.
 *
 * Errors are told by the body's `error`, not by the status: a revoked consent is 400, wrong keys are
 * 401.
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "channels/ebay/ebay.h"
#include "channels/reply.h"

#define LIFETIME_DEFAULT_S INT64_C(7200)
#define TOKEN_MAX 8192
#define SCOPE "https://api.ebay.com/oauth/api_scope"
#define SCOPES                                                                                     \
    SCOPE " " SCOPE "/sell.inventory " SCOPE "/sell.fulfillment " SCOPE                            \
          "/commerce.notification.subscription " SCOPE "/commerce.identity.readonly"

bool ebay_wants_token(const struct account *account)
{
    return !ebay_config(account)->access_token.n;
}

/* form: the body, percent-encoded already. */
static enum err token_request(const struct account *account,
                              struct slice form,
                              struct arena *arena,
                              struct http_request *out)
{
    const struct ebay_config *config = ebay_config(account);
    struct http_header *headers = ARENA_ARRAY(arena, 3, struct http_header);
    struct slice both = arena_printf(
        arena, "%.*s:%.*s", SLICE_ARG(config->client_id), SLICE_ARG(config->client_secret));
    struct slice basic = base64_encode(arena, both);
    struct slice header = arena_printf(arena, "Basic %.*s", (int)basic.n, basic.p ? basic.p : "");
    struct slice url =
        arena_printf(arena, "%.*s/identity/v1/oauth2/token", SLICE_ARG(config->token_url));

    if (!headers || !basic.p || !header.p || !url.p || !form.p || arena->exhausted) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("Authorization"), header};
    headers[1] =
        (struct http_header){SLICE("Content-Type"), SLICE("application/x-www-form-urlencoded")};
    headers[2] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    *out = (struct http_request){
        .method = SLICE("POST"), .url = url, .headers = headers, .headers_count = 3, .body = form};
    return ERR_OK;
}

/* The scopes are those of the consent: named again, a consent of fewer would be refused. */
enum err ebay_build_token(const struct account *account,
                          const struct step *step,
                          struct arena *arena,
                          struct http_request *out)
{
    (void)step;
    const struct ebay_config *config = ebay_config(account);

    if (!config->refresh_token.n) {
        return ERR_USAGE;
    }
    struct slice token = percent_encode(arena, config->refresh_token);
    if (!token.p) {
        return ERR_LIMIT;
    }
    return token_request(
        account,
        arena_printf(arena, "grant_type=refresh_token&refresh_token=%.*s", SLICE_ARG(token)),
        arena,
        out);
}

enum err
ebay_build_app_token(const struct account *account, struct arena *arena, struct http_request *out)
{
    struct slice scope = percent_encode(arena, SLICE(SCOPE));

    if (!scope.p) {
        return ERR_LIMIT;
    }
    return token_request(
        account,
        arena_printf(arena, "grant_type=client_credentials&scope=%.*s", SLICE_ARG(scope)),
        arena,
        out);
}

static const char *advice_of(struct slice error)
{
    if (slice_is(error, "invalid_grant")) {
        return "the seller's consent has ended or was taken back (a new password or name does that "
               "too): allow it again";
    }
    if (slice_is(error, "invalid_client") || slice_is(error, "unauthorized_client")) {
        return "eBay does not know these keys: check secrets.client_id and client_secret, and that "
               "they are of the same keyset (production or sandbox)";
    }
    if (slice_is(error, "invalid_scope")) {
        return "the application may not ask for these rights: look at its OAuth scopes";
    }
    return NULL;
}

static bool is_token(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] <= ' ' || text.p[i] > '~') {
            return false;
        }
    }
    return text.n > 0 && text.n <= TOKEN_MAX;
}

static enum err token_fault(struct json root,
                            enum reply_class class,
                            struct channel_signal *signal,
                            struct err_note *note)
{
    struct slice error = ebay_text(json_get(root, "error"));
    struct slice more = ebay_bounded(ebay_text(json_get(root, "error_description")), 80);
    const char *advice = advice_of(error);

    if (error.n && (class == REPLY_REFUSED || signal->unauthorised || advice)) {
        signal->unauthorised = true;
        signal->down = false;
        signal->reason = slice_of(advice ? advice : "eBay refuses the credentials");
        return err_note(note,
                        ERR_AUTH,
                        "ebay: %.*s: %s",
                        (int)(error.n < 40 ? error.n : 40),
                        error.p,
                        advice   ? advice
                        : more.n ? more.p
                                 : "eBay refuses the credentials");
    }
    enum err e = signal->throttled ? ERR_THROTTLED : signal->unauthorised ? ERR_AUTH : ERR_UNKNOWN;
    return err_note(note,
                    e,
                    "ebay: no token: %.*s",
                    (int)signal->reason.n,
                    signal->reason.p ? signal->reason.p : "");
}

enum err ebay_read_token(const struct account *account,
                         const struct step *step,
                         const struct http_response *response,
                         struct json_doc *doc,
                         struct arena *arena,
                         struct token *out,
                         struct channel_signal *out_signal,
                         struct err_note *note)
{
    (void)step;
    (void)account;
    struct json root = {0};
    struct err_note ignored;
    int64_t lifetime_s = 0;

    enum reply_class class = reply_read(response, arena, out_signal);
    bool is_json = json_parse(doc, response->body, &root, &ignored) == ERR_OK;
    if (!is_json) {
        root = (struct json){0};
    }
    if (class != REPLY_OK) {
        return token_fault(root, class, out_signal, note);
    }
    struct slice access = ebay_text(json_get(root, "access_token"));
    struct slice refresh = ebay_text(json_get(root, "refresh_token"));
    if (!is_token(access)) {
        return err_note(note, ERR_UNKNOWN, "ebay: the answer holds no access token");
    }
    if (!json_int_loose(json_get(root, "expires_in"), &lifetime_s) || lifetime_s <= 0 ||
        lifetime_s > LIFETIME_DEFAULT_S) {
        lifetime_s = LIFETIME_DEFAULT_S;
    }
    struct token token = {.access = arena_copy(arena, access),
                          .lifetime_us = lifetime_s * US_PER_S};
    if (is_token(refresh)) {
        token.refresh = arena_copy(arena, refresh);
    }
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "ebay: the token is too long");
    }
    *out = token;
    return ERR_OK;
}

/* ---- a person's consent ---- */

enum err ebay_consent_url(const struct account *account,
                          const struct step *step,
                          struct arena *arena,
                          struct slice *out,
                          struct err_note *note)
{
    const struct ebay_config *config = ebay_config(account);

    if (!config->ru_name.n) {
        return err_note(
            note,
            ERR_USAGE,
            "settings.ru_name is missing: under developer.ebay.com > Application Keys > "
            "User Tokens add a redirect address %.*s and copy its RuName",
            (int)(step->redirect_uri.n < 90 ? step->redirect_uri.n : 90),
            step->redirect_uri.p ? step->redirect_uri.p : "of this server");
    }
    if (!step->state.n) {
        return err_note(note, ERR_USAGE, "a consent needs a state");
    }
    struct slice id = percent_encode(arena, config->client_id);
    struct slice name = percent_encode(arena, config->ru_name);
    struct slice scopes = percent_encode(arena, SLICE(SCOPES));
    struct slice state = percent_encode(arena, step->state);
    if (!id.p || !name.p || !scopes.p || !state.p) {
        return err_note(note, ERR_LIMIT, "no room for the address");
    }
    struct slice url = arena_printf(arena,
                                    "%.*s/oauth2/authorize?client_id=%.*s&response_type=code"
                                    "&redirect_uri=%.*s&scope=%.*s&state=%.*s",
                                    SLICE_ARG(config->consent_url),
                                    SLICE_ARG(id),
                                    SLICE_ARG(name),
                                    SLICE_ARG(scopes),
                                    SLICE_ARG(state));
    if (!url.p) {
        return err_note(note, ERR_LIMIT, "no room for the address");
    }
    *out = url;
    return ERR_OK;
}

/* id: the query of the person's return. */
enum err ebay_build_code(const struct account *account,
                         struct slice id,
                         const struct step *step,
                         struct arena *arena,
                         struct http_request *out)
{
    const struct ebay_config *config = ebay_config(account);
    struct slice state = {0};
    struct slice code = {0};

    if (!config->ru_name.n) {
        return ERR_USAGE;
    }
    if (!http_query_get(id, "state", arena, &state) || !step->state.n ||
        !crypto_equal(state, step->state) || !http_query_get(id, "code", arena, &code) || !code.n) {
        return arena->exhausted ? ERR_LIMIT : ERR_AUTH;
    }
    struct slice code_text = percent_encode(arena, code);
    struct slice name = percent_encode(arena, config->ru_name);
    if (!code_text.p || !name.p) {
        return ERR_LIMIT;
    }
    return token_request(account,
                         arena_printf(arena,
                                      "grant_type=authorization_code&code=%.*s&redirect_uri=%.*s",
                                      SLICE_ARG(code_text),
                                      SLICE_ARG(name)),
                         arena,
                         out);
}
