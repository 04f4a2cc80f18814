/* SPDX-License-Identifier: Apache-2.0 */
/* Access tokens of 15 minutes for client credentials: POST /v3/token. */
#include "base/crypto.h"
#include "channels/walmart/walmart.h"

#define LIFETIME_S INT64_C(900)
#define TOKEN_MAX 4096 /* what a kept secret may be */

bool wm_wants_token(const struct account *account)
{
    return !wm_config(account)->access_token.n;
}

enum err wm_build_token(const struct account *account,
                        const struct step *step,
                        struct arena *arena,
                        struct http_request *out)
{
    const struct wm_config *config = wm_config(account);
    struct slice pair = arena_printf(
        arena, "%.*s:%.*s", SLICE_ARG(config->client_id), SLICE_ARG(config->client_secret));
    struct slice encoded = base64_encode(arena, pair);
    struct wm_call call = {
        .method = "POST",
        .path = SLICE("/v3/token"),
        .body = SLICE("grant_type=client_credentials"),
        .content_type = SLICE("application/x-www-form-urlencoded"),
        .authorization =
            arena_printf(arena, "Basic %.*s", (int)encoded.n, encoded.p ? encoded.p : ""),
    };

    if (!pair.p || !encoded.p || !call.authorization.p) {
        return ERR_LIMIT;
    }
    return wm_request(account, &call, step, arena, out);
}

static bool is_token(struct slice token)
{
    for (size_t i = 0; i < token.n; i++) {
        if (token.p[i] <= ' ' || token.p[i] > '~') {
            return false;
        }
    }
    return token.n > 0 && token.n <= TOKEN_MAX;
}

enum err wm_read_token(const struct account *account,
                       const struct step *step,
                       const struct http_response *response,
                       struct json_doc *doc,
                       struct arena *arena,
                       struct token *out,
                       struct channel_signal *out_signal,
                       struct err_note *note)
{
    struct wm_answer answer = wm_answer_read(response, step, doc, arena, out_signal);
    struct slice access = {0};
    int64_t lifetime_s = 0;

    (void)account;
    if (answer.verdict != WM_DONE) {
        if (answer.verdict == WM_REFUSED) {
            out_signal->unauthorised = true; /* wrong credentials may be answered with 400 */
        }
        enum err e = out_signal->unauthorised ? ERR_AUTH
                     : out_signal->throttled  ? ERR_THROTTLED
                                              : ERR_NET;
        return err_note(note,
                        e,
                        "walmart: no access token for this client id and secret: %.*s",
                        SLICE_ARG(answer.reason));
    }
    if (!json_text(json_get(answer.root, "access_token"), &access) || !is_token(access)) {
        return err_note(note, ERR_UNKNOWN, "walmart: the answer holds no access token");
    }
    if (!json_int_loose(json_get(answer.root, "expires_in"), &lifetime_s) || lifetime_s <= 0 ||
        lifetime_s > LIFETIME_S) {
        lifetime_s = LIFETIME_S;
    }
    struct slice copy = arena_copy(arena, access);
    if (!copy.p) {
        return err_note(note, ERR_LIMIT, "walmart: the access token is too long");
    }
    *out = (struct token){.access = copy, .lifetime_us = lifetime_s * US_PER_S};
    return ERR_OK;
}
