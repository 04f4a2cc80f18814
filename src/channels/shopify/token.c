/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/shopify/graphql.h"
#include "channels/shopify/shopify.h"

#define LIFETIME_DEFAULT_S INT64_C(86400)

bool shopify_wants_token(const struct account *account)
{
    return !shopify_config(account)->access_token.n;
}

enum err shopify_build_token(const struct account *account,
                             const struct step *step,
                             struct arena *arena,
                             struct http_request *out)
{
    (void)step;
    ON_EXIT(buf_free) struct buf body = {0};
    const struct shopify_config *config = shopify_config(account);
    if (!config->client_id.n || !config->client_secret.n) {
        return ERR_USAGE;
    }
    buf_init(&body, GRAPHQL_BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_text(&w, "client_id", config->client_id);
    json_field_text(&w, "client_secret", config->client_secret);
    json_field_str(&w, "grant_type", "client_credentials");
    json_end_object(&w);
    struct http_header *headers = ARENA_ARRAY(arena, 2, struct http_header);
    struct slice text = arena_copy(arena, buf_view(&body));
    if (!headers || !text.p || body.overflow) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("Content-Type"), SLICE("application/json")};
    headers[1] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    *out = (struct http_request){.method = SLICE("POST"),
                                 .url = config->token_url,
                                 .headers = headers,
                                 .headers_count = 2,
                                 .body = text};
    return ERR_OK;
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
    int64_t lifetime_s = 0;

    (void)account;
    enum reply_class class = reply_read(response, arena, out_signal);
    if (class == REPLY_REFUSED) {
        out_signal->unauthorised = true; /* OAuth answers wrong credentials with 400 */
        out_signal->reason = SLICE("the client credentials are refused");
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
    struct slice token = shopify_text(json_get(root, "access_token"));
    bool is_visible = token.n > 0 && token.n <= 1024;
    for (size_t i = 0; i < token.n && is_visible; i++) {
        is_visible = token.p[i] > ' ' && token.p[i] <= '~';
    }
    if (!is_visible) {
        return err_note(note, ERR_UNKNOWN, "shopify: the answer holds no access token");
    }
    if (!json_int_loose(json_get(root, "expires_in"), &lifetime_s) || lifetime_s <= 0 ||
        lifetime_s > LIFETIME_DEFAULT_S) {
        lifetime_s = LIFETIME_DEFAULT_S;
    }
    struct slice copy = arena_copy(arena, token);
    if (!copy.p) {
        return err_note(note, ERR_LIMIT, "shopify: the access token is too long");
    }
    *out = (struct token){.access = copy, .lifetime_us = lifetime_s * US_PER_S};
    return ERR_OK;
}
