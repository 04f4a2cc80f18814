/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access: a person's consent, the code it yields, and the tokens bought with the refresh token.
 *
 * The token's endpoint is not signed and takes everything in its address, the app's secret too: the
 * address is never to be logged. Each purchase gives a new pair, and the refresh token spent for it
 * is dead. expire_in is an instant, not a duration, by TikTok's clock; the answer's own Date is
 * that clock.
 */
#include "base/crypto.h"
#include "channels/tiktok/tiktok.h"

#define LIFETIME_MAX_US (7 * 86400 * US_PER_S) /* TikTok's default */
#define LIFETIME_UNSAID_US (86400 * US_PER_S)
#define LIFETIME_LEAST_US (3600 * US_PER_S)
#define INSTANT_LEAST_S INT64_C(1000000000) /* a smaller number can only be a duration */

bool tt_wants_token(const struct account *account)
{
    return !tt_config(account)->access_token.n;
}

/* GET {auth_url}{path}?app_key&app_secret&{name}={value}&grant_type={grant} */
static enum err token_request(const struct account *account,
                              const char *path,
                              const char *name,
                              struct slice value,
                              const char *grant,
                              struct arena *arena,
                              struct http_request *out)
{
    const struct tt_config *config = tt_config(account);
    struct http_header *headers = ARENA_ARRAY(arena, 1, struct http_header);
    struct slice key = percent_encode(arena, config->app_key);
    struct slice secret = percent_encode(arena, config->app_secret);
    struct slice text = percent_encode(arena, value);
    struct slice url = arena_printf(arena,
                                    "%.*s%s?app_key=%.*s&app_secret=%.*s&%s=%.*s&grant_type=%s",
                                    SLICE_ARG(config->auth_url),
                                    path,
                                    SLICE_ARG(key),
                                    SLICE_ARG(secret),
                                    name,
                                    SLICE_ARG(text),
                                    grant);

    if (!headers || !url.p || arena->exhausted) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    *out = (struct http_request){
        .method = SLICE("GET"), .url = url, .headers = headers, .headers_count = 1};
    return ERR_OK;
}

enum err tt_build_token(const struct account *account,
                        const struct step *step,
                        struct arena *arena,
                        struct http_request *out)
{
    const struct tt_config *config = tt_config(account);

    (void)step;
    if (!config->refresh_token.n) {
        return ERR_AUTH; /* the seller has to allow it first */
    }
    return token_request(account,
                         "/api/v2/token/refresh",
                         "refresh_token",
                         config->refresh_token,
                         "refresh_token",
                         arena,
                         out);
}

static struct slice token_in(struct json data, const char *name, struct arena *arena)
{
    struct slice text = {0};

    return json_text(json_get(data, name), &text) && text.n && tt_is_token(text)
               ? arena_copy(arena, text)
               : (struct slice){0};
}

static int64_t lifetime_of(struct json expire, int64_t now_us)
{
    int64_t seconds = 0;
    int64_t left_us = LIFETIME_UNSAID_US; /* an instant, and no clock */

    if (!json_int_loose(expire, &seconds) || seconds <= 0 || seconds > INT64_C(100000000000)) {
        seconds = LIFETIME_UNSAID_US / US_PER_S;
    }
    if (seconds < INSTANT_LEAST_S) {
        left_us = seconds * US_PER_S;
    } else if (now_us > 0) {
        left_us = seconds * US_PER_S - now_us;
    }
    left_us = left_us > LIFETIME_MAX_US ? LIFETIME_MAX_US : left_us;
    left_us = left_us < LIFETIME_LEAST_US ? LIFETIME_LEAST_US : left_us;
    /* The next is bought token_ahead_us before the end that is told here. One that lives for less
     * than twice as long is told an end that makes it half of its life, or one would be bought after
     * the other without a pause. */
    int64_t ahead_us = connector_tiktok.semantics.token_ahead_us;
    return left_us < 2 * ahead_us ? ahead_us + left_us / 2 : left_us;
}

enum err tt_read_token(const struct account *account,
                       const struct step *step,
                       const struct http_response *response,
                       struct json_doc *doc,
                       struct arena *arena,
                       struct token *out,
                       struct channel_signal *out_signal,
                       struct err_note *note)
{
    (void)account;
    struct tt_answer answer = tt_answer_read(response, doc, arena, out_signal);

    if (answer.verdict == TT_REFUSED) {
        /* Whatever its code: what was sent is nothing but credentials. */
        out_signal->unauthorised = true;
        return err_note(note,
                        ERR_AUTH,
                        "tiktok: no access token, the seller has to allow the app again: %.*s",
                        SLICE_ARG(answer.reason));
    }
    if (answer.verdict != TT_DONE) {
        enum err e = out_signal->unauthorised ? ERR_AUTH
                     : out_signal->throttled  ? ERR_THROTTLED
                                              : ERR_UNKNOWN;
        return err_note(note, e, "tiktok: no access token: %.*s", SLICE_ARG(answer.reason));
    }
    int64_t now_us = out_signal->server_time_us ? out_signal->server_time_us : step->now_us;
    struct token token = {
        .access = token_in(answer.data, "access_token", arena),
        .lifetime_us = lifetime_of(json_get(answer.data, "access_token_expire_in"), now_us),
        .refresh = token_in(answer.data, "refresh_token", arena),
    };
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "tiktok: the tokens are too long");
    }
    if (!token.access.n) {
        return err_note(note, ERR_UNKNOWN, "tiktok: the answer holds no access token");
    }
    *out = token;
    return ERR_OK;
}

/* ---- consent ---- */

enum err tt_consent_url(const struct account *account,
                        const struct step *step,
                        struct arena *arena,
                        struct slice *out,
                        struct err_note *note)
{
    const struct tt_config *config = tt_config(account);
    struct slice state = percent_encode(arena, step->state);
    struct slice key = percent_encode(arena, config->app_key);
    struct slice url = {0};

    if (!step->state.n) {
        return err_note(note, ERR_USAGE, "the address of consent wants a random state");
    }
    /* Where to come back to is fixed with the app, and is no parameter. */
    if (config->service_id.n) {
        url = arena_printf(arena,
                           "%.*s?service_id=%.*s&state=%.*s",
                           SLICE_ARG(config->consent_url),
                           SLICE_ARG(config->service_id),
                           SLICE_ARG(state));
    } else {
        /* The older form, which knows the app by its key. */
        url = arena_printf(arena,
                           "%.*s/oauth/authorize?app_key=%.*s&state=%.*s",
                           SLICE_ARG(config->auth_url),
                           SLICE_ARG(key),
                           SLICE_ARG(state));
    }
    if (!url.p || arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the address of consent is too long");
    }
    *out = url;
    return ERR_OK;
}

/*
 * The person's return. A seller who allows the app inside Seller Center comes back without a state:
 * whether that is taken is for the caller to know, who sees how many wait for one.
 */
enum err tt_build_code(const struct account *account,
                       struct slice id,
                       const struct step *step,
                       struct arena *arena,
                       struct http_request *out)
{
    struct slice state = {0};
    struct slice code = {0};

    if (http_query_get(id, "state", arena, &state) && state.n &&
        (!step->state.n || !crypto_equal(state, step->state))) {
        return ERR_AUTH;
    }
    if (!http_query_get(id, "code", arena, &code) || !code.n || !tt_is_token(code)) {
        return ERR_USAGE;
    }
    return token_request(
        account, "/api/v2/token/get", "auth_code", code, "authorized_code", arena, out);
}
