/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person allows us in the shop's own administration (wc-auth). The shop's server then posts the
 * keys to callback_url and sends the person's browser to return_url. Neither is signed: the random
 * state stands in both addresses and comes back as `user_id`.
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json_write.h"
#include "channels/connect.h"
#include "channels/woocommerce/woo.h"

#define URL_MAX 8192

enum err woo_consent_url(const struct account *account,
                         const struct step *step,
                         struct arena *arena,
                         struct slice *out,
                         struct err_note *note)
{
    ON_EXIT(buf_free) struct buf text = {0};
    bool is_plain = woo_config(account)->plain_permalinks;

    if (!step->redirect_uri.n || !step->state.n) {
        return err_note(note, ERR_USAGE, "the address to come back to is missing");
    }
    if (!slice_starts(step->redirect_uri, "https://")) {
        return err_note(note,
                        ERR_USAGE,
                        "a shop hands its keys to https addresses only: start the server with "
                        "--public-url https://..., or make a key by hand under WooCommerce > "
                        "Settings > Advanced > REST API");
    }
    struct slice state = percent_encode(arena, step->state);
    struct slice back =
        arena_printf(arena, "%.*s?state=%.*s", SLICE_ARG(step->redirect_uri), SLICE_ARG(state));
    buf_init(&text, URL_MAX);
    buf_slice(&text, account->base_url);
    buf_text(&text,
             is_plain ? "/?wc-auth-version=1&wc-auth-route=authorize" : "/wc-auth/v1/authorize");
    connect_put_param(&text, is_plain ? '&' : '?', "app_name", SLICE("truecount"), arena);
    connect_put_param(&text, '&', "scope", SLICE("read_write"), arena);
    connect_put_param(&text, '&', "user_id", step->state, arena);
    connect_put_param(&text, '&', "return_url", back, arena);
    connect_put_param(&text, '&', "callback_url", back, arena);
    struct slice url = arena_copy(arena, buf_view(&text));
    if (text.overflow || arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the address of the consent is too long");
    }
    *out = url;
    return ERR_OK;
}

enum err woo_take_secrets(const struct account *account,
                          struct slice body,
                          struct json_doc *doc,
                          struct arena *arena,
                          struct slice *out,
                          struct err_note *note)
{
    ON_EXIT(buf_free) struct buf text = {0};
    struct json root = {0};
    struct err_note ignored;
    struct slice key, secret;
    struct slice rights = {0};

    (void)account;
    if (json_parse(doc, body, &root, &ignored) ||
        !connect_credential(json_get(root, "consumer_key"), &key) ||
        !connect_credential(json_get(root, "consumer_secret"), &secret) ||
        !slice_starts(key, "ck_") || !slice_starts(secret, "cs_") || memchr(key.p, ':', key.n)) {
        return err_note(note, ERR_PARSE, "woocommerce: the body holds no pair of keys");
    }
    if (!json_text(json_get(root, "key_permissions"), &rights) || !slice_is(rights, "read_write")) {
        return err_note(
            note, ERR_USAGE, "woocommerce: the keys may not both read and write: allow it again");
    }
    buf_init(&text, (size_t)4 * CREDENTIAL_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_text(&w, "consumer_key", key);
    json_field_text(&w, "consumer_secret", secret);
    json_end_object(&w);
    struct slice secrets = arena_copy(arena, buf_view(&text));
    if (text.overflow || !secrets.p) {
        return err_note(note, ERR_LIMIT, "woocommerce: the keys are too long");
    }
    *out = secrets;
    return ERR_OK;
}
