/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/connect.h"
#include "channels/shopify/graphql.h"
#include "channels/shopify/shopify.h"

#define LIFETIME_DEFAULT_S INT64_C(86400)

bool shopify_wants_token(const struct account *account)
{
    return !shopify_config(account)->access_token.n;
}

enum err shopify_token_request(const struct account *account,
                               struct slice body,
                               struct arena *arena,
                               struct http_request *out)
{
    struct http_header *headers = ARENA_ARRAY(arena, 2, struct http_header);
    struct slice text = arena_copy(arena, body);
    if (!headers || !text.p) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("Content-Type"), SLICE("application/json")};
    headers[1] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    *out = (struct http_request){.method = SLICE("POST"),
                                 .url = shopify_config(account)->token_url,
                                 .headers = headers,
                                 .headers_count = 2,
                                 .body = text};
    return ERR_OK;
}

enum err shopify_build_token(const struct account *account,
                             const struct step *step,
                             struct arena *arena,
                             struct http_request *out)
{
    (void)step;
    ON_EXIT(buf_free) struct buf body = {0};
    const struct shopify_config *config = shopify_config(account);
    if (account->needs_consent) {
        return ERR_AUTH;
    }
    if (!config->client_id.n || !config->client_secret.n ||
        (config->asks_consent && !config->refresh_token.n)) {
        return ERR_USAGE;
    }
    buf_init(&body, GRAPHQL_BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_text(&w, "client_id", config->client_id);
    json_field_text(&w, "client_secret", config->client_secret);
    if (config->refresh_token.n) {
        json_field_str(&w, "grant_type", "refresh_token");
        json_field_text(&w, "refresh_token", config->refresh_token);
    } else {
        json_field_str(&w, "grant_type", "client_credentials");
    }
    json_end_object(&w);
    return body.overflow ? ERR_LIMIT : shopify_token_request(account, buf_view(&body), arena, out);
}

/* Unsaid: a day, as client credentials give; what a person allowed without an end has none. */
static int64_t lifetime_us(const struct account *account, struct json root)
{
    int64_t seconds = 0;
    if (json_int_loose(json_get(root, "expires_in"), &seconds) && seconds > 0) {
        return (seconds < LIFETIME_DEFAULT_S ? seconds : LIFETIME_DEFAULT_S) * US_PER_S;
    }
    return shopify_config(account)->asks_consent ? CONNECT_LASTING_US
                                                 : LIFETIME_DEFAULT_S * US_PER_S;
}

enum err shopify_read_token(const struct account *account,
                            const struct step *step,
                            const struct http_response *response,
                            struct json_doc *doc,
                            struct arena *arena,
                            struct token *out,
                            struct channel_signal *out_signal,
                            struct err_note *note)
{
    (void)step;
    struct json root = {0};
    struct err_note ignored;

    enum reply_class class = reply_read(response, arena, out_signal);
    if (class == REPLY_REFUSED) {
        out_signal->unauthorised = true; /* OAuth answers wrong credentials with 400 */
        out_signal->reason = shopify_config(account)->asks_consent
                                 ? SLICE("the consent is refused or over: allow it again")
                                 : SLICE("the client credentials are refused");
    }
    if (class != REPLY_OK) {
        enum err e = out_signal->unauthorised ? ERR_AUTH
                     : out_signal->throttled  ? ERR_THROTTLED
                                              : ERR_UNKNOWN;
        return err_note(note,
                        e,
                        "shopify: no access token for these client credentials: %.*s",
                        SLICE_ARG(out_signal->reason));
    }
    if (json_parse(doc, response->body, &root, &ignored)) {
        return err_note(note, ERR_UNKNOWN, "shopify: the answer to the token request is not JSON");
    }
    struct slice token = {0};
    struct slice refresh = {0};
    if (!connect_credential(json_get(root, "access_token"), &token)) {
        return err_note(note, ERR_UNKNOWN, "shopify: the answer holds no access token");
    }
    (void)connect_credential(json_get(root, "refresh_token"), &refresh);
    struct token kept = {.access = arena_copy(arena, token),
                         .lifetime_us = lifetime_us(account, root),
                         .refresh = refresh.n ? arena_copy(arena, refresh) : refresh};
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "shopify: the access token is too long");
    }
    *out = kept;
    return ERR_OK;
}
