/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person installs the app: BigCommerce sends the browser to the app's callback with a code, which
 * buys a token that does not end. The flow has no state of ours and signs nothing: the code is good
 * only with the app's secret, and the store it belongs to is named in the return and in the answer;
 * both must be the account's.
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json_write.h"
#include "channels/bigcommerce/bigcommerce.h"
#include "channels/connect.h"

#define BODY_MAX 16384

bool bc_wants_token(const struct account *account)
{
    return !bc_config(account)->access_token.n;
}

/* Nothing that is kept buys a token: a person does. */
enum err bc_build_token(const struct account *account,
                        const struct step *step,
                        struct arena *arena,
                        struct http_request *out)
{
    (void)step;
    (void)arena;
    (void)out;
    return account->needs_consent ? ERR_AUTH : ERR_USAGE;
}

static bool is_app(const struct bc_config *config)
{
    return config->client_id.n > 0 && config->client_secret.n > 0;
}

enum err bc_consent_url(const struct account *account,
                        const struct step *step,
                        struct arena *arena,
                        struct slice *out,
                        struct err_note *note)
{
    const struct bc_config *config = bc_config(account);

    if (!is_app(config)) {
        return err_note(note,
                        ERR_USAGE,
                        "secrets.client_id and secrets.client_secret of an app are missing; a "
                        "store-level API account needs no consent, only secrets.access_token");
    }
    if (!slice_starts(step->redirect_uri, "https://") &&
        slice_starts(config->login_url, "https://")) {
        return err_note(note,
                        ERR_USAGE,
                        "BigCommerce sends people to https addresses only: start the server with "
                        "--public-url https://...");
    }
    struct slice id = percent_encode(arena, config->client_id);
    struct slice url =
        arena_printf(arena, "%.*s/app/%.*s/install", SLICE_ARG(config->login_url), SLICE_ARG(id));
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the address of the consent is too long");
    }
    *out = url;
    return ERR_OK;
}

/* "stores/{hash}" of this account. */
static bool is_our_store(const struct bc_config *config, struct slice context)
{
    return slice_starts(context, "stores/") &&
           slice_equal(slice_from(context, strlen("stores/")), config->store_hash);
}

enum err bc_build_code(const struct account *account,
                       struct slice id,
                       const struct step *step,
                       struct arena *arena,
                       struct http_request *out)
{
    ON_EXIT(buf_free) struct buf text = {0};
    const struct bc_config *config = bc_config(account);
    struct slice code, context;
    struct slice scope = {0};

    buf_init(&text, BODY_MAX);
    if (!is_app(config)) {
        return ERR_USAGE;
    }
    if (!http_query_get(id, "code", arena, &code) ||
        !http_query_get(id, "context", arena, &context) || !code.n ||
        !is_our_store(config, context)) {
        return arena->exhausted ? ERR_LIMIT : ERR_AUTH;
    }
    if (!http_query_get(id, "scope", arena, &scope) || !scope.n) {
        scope = SLICE(BC_SCOPES);
    }
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_text(&w, "client_id", config->client_id);
    json_field_text(&w, "client_secret", config->client_secret);
    json_field_text(&w, "code", code);
    json_field_text(&w, "context", context);
    json_field_text(&w, "scope", scope);
    json_field_str(&w, "grant_type", "authorization_code");
    json_field_text(&w, "redirect_uri", step->redirect_uri);
    json_end_object(&w);
    struct http_header *headers = ARENA_ARRAY(arena, 2, struct http_header);
    struct slice url = arena_printf(arena, "%.*s/oauth2/token", SLICE_ARG(config->login_url));
    struct slice body = arena_copy(arena, buf_view(&text));
    if (!headers || text.overflow || arena->exhausted) {
        return ERR_LIMIT;
    }
    headers[0] = (struct http_header){SLICE("Content-Type"), SLICE("application/json")};
    headers[1] = (struct http_header){SLICE("Accept"), SLICE("application/json")};
    *out = (struct http_request){
        .method = SLICE("POST"), .url = url, .headers = headers, .headers_count = 2, .body = body};
    return ERR_OK;
}

enum err bc_read_token(const struct account *account,
                       const struct step *step,
                       const struct http_response *response,
                       struct json_doc *doc,
                       struct arena *arena,
                       struct token *out,
                       struct channel_signal *out_signal,
                       struct err_note *note)
{
    struct bc_answer answer = bc_answer_read(response, doc, arena, out_signal);
    struct slice token = {0};
    struct slice context = {0};

    (void)step;
    /* A code that is used up, or of another app: OAuth has errors of its own form. */
    if (json_type(answer.root) == JSON_OBJECT && response->status >= 400 &&
        response->status <= 499 && !out_signal->throttled) {
        out_signal->unauthorised = true;
        out_signal->down = false;
        return err_note(note,
                        ERR_AUTH,
                        "bigcommerce: the installation is refused with HTTP %d: install the app "
                        "again",
                        response->status);
    }
    if (answer.verdict != BC_DONE) {
        return bc_answer_fault(&answer, out_signal, note);
    }
    if (!connect_credential(json_get(answer.root, "access_token"), &token)) {
        return err_note(note, ERR_UNKNOWN, "bigcommerce: the answer holds no access token");
    }
    if (!json_text(json_get(answer.root, "context"), &context) ||
        !is_our_store(bc_config(account), context)) {
        return err_note(note, ERR_AUTH, "bigcommerce: the token is of another store");
    }
    struct slice copy = arena_copy(arena, token);
    if (!copy.p) {
        return err_note(note, ERR_LIMIT, "bigcommerce: the access token is too long");
    }
    *out = (struct token){.access = copy, .lifetime_us = CONNECT_LASTING_US};
    return ERR_OK;
}
