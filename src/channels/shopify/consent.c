/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person allows the app: the address to open, and the exchange of what Shopify sends back.
 *
 * The return is signed with the app's secret over its sorted parameters, without `hmac` itself (and
 * `signature`, an older form of it). Its parameters are taken as they stand in the address, or
 * written anew from their meaning: a proxy may have spelled them otherwise.
 */
#include "base/crypto.h"
#include "channels/connect.h"
#include "channels/shopify/graphql.h"
#include "channels/shopify/shopify.h"

#define PARAMS_MAX 32
#define QUERY_MAX 8192

enum err shopify_consent_url(const struct account *account,
                             const struct step *step,
                             struct arena *arena,
                             struct slice *out,
                             struct err_note *note)
{
    ON_EXIT(buf_free) struct buf text = {0};
    const struct shopify_config *config = shopify_config(account);

    if (!config->asks_consent) {
        return err_note(note,
                        ERR_USAGE,
                        "the app's own credentials buy its tokens, nobody needs to allow it: set "
                        "settings.grant to authorization_code when it is an app that must be");
    }
    if (!config->client_id.n || !config->client_secret.n) {
        return err_note(
            note, ERR_USAGE, "secrets.client_id and secrets.client_secret of the app are missing");
    }
    if (!step->redirect_uri.n || !step->state.n) {
        return err_note(note, ERR_USAGE, "the address to come back to is missing");
    }
    buf_init(&text, QUERY_MAX);
    buf_slice(&text, account->base_url);
    buf_text(&text, "/admin/oauth/authorize");
    connect_put_param(&text, '?', "client_id", config->client_id, arena);
    connect_put_param(&text, '&', "scope", SLICE(SHOPIFY_SCOPES), arena);
    connect_put_param(&text, '&', "redirect_uri", step->redirect_uri, arena);
    connect_put_param(&text, '&', "state", step->state, arena);
    struct slice url = arena_copy(arena, buf_view(&text));
    if (text.overflow || arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the address of the consent is too long");
    }
    *out = url;
    return ERR_OK;
}

/* ---- the return ---- */

struct param {
    struct slice raw;         /* "name=value" as it came */
    struct slice name, value; /* decoded */
};
struct params {
    struct param list[PARAMS_MAX]; /* sorted by name */
    size_t count;
};

static struct slice decoded(struct slice text, struct arena *arena)
{
    char *spaced = arena_alloc(arena, text.n + 1);
    struct slice out = {0};

    if (!spaced) {
        return out;
    }
    for (size_t i = 0; i < text.n; i++) {
        spaced[i] = text.p[i] == '+' ? ' ' : text.p[i];
    }
    return percent_decode(arena, (struct slice){spaced, text.n}, &out) ? out : (struct slice){0};
}

/* False when a name stands there twice: two readers could take different ones. */
static bool params_read(struct slice query, struct arena *arena, struct params *out)
{
    out->count = 0;
    if (query.n > QUERY_MAX) {
        return false;
    }
    for (bool more = query.n > 0; more;) {
        struct param p;
        more = slice_cut(&query, '&', &p.raw);
        p.value = p.raw;
        slice_cut(&p.value, '=', &p.name);
        p.name = decoded(p.name, arena);
        p.value = decoded(p.value, arena);
        if (out->count == PARAMS_MAX) {
            return false;
        }
        size_t at = out->count++;
        for (; at > 0 && slice_compare(out->list[at - 1].name, p.name) > 0; at--) {
            out->list[at] = out->list[at - 1];
        }
        if (at > 0 && slice_equal(out->list[at - 1].name, p.name)) {
            return false;
        }
        out->list[at] = p;
    }
    return true;
}

static struct slice param(const struct params *params, const char *name)
{
    for (size_t i = 0; i < params->count; i++) {
        if (slice_is(params->list[i].name, name)) {
            return params->list[i].value;
        }
    }
    return (struct slice){0};
}

static bool is_signed(const struct params *params,
                      bool as_it_came,
                      struct slice secret,
                      struct slice given,
                      struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text = {0};
    uint8_t mac[SHA256_SIZE];

    buf_init(&text, (size_t)4 * QUERY_MAX);
    for (size_t i = 0; i < params->count; i++) {
        const struct param *p = &params->list[i];
        if (slice_is(p->name, "hmac") || slice_is(p->name, "signature")) {
            continue;
        }
        if (text.n) {
            buf_char(&text, '&');
        }
        if (as_it_came) {
            buf_slice(&text, p->raw);
        } else {
            buf_slice(&text, percent_encode(arena, p->name));
            buf_char(&text, '=');
            buf_slice(&text, percent_encode(arena, p->value));
        }
    }
    hmac_sha256(mac, secret, buf_view(&text));
    struct slice wanted = hex_encode(arena, (struct slice){(const char *)mac, sizeof mac});
    return !text.overflow && wanted.p && crypto_equal(wanted, given);
}

/* Signed, of this shop, and the answer to what we asked. */
static bool is_genuine(const struct shopify_config *config,
                       const struct params *params,
                       const struct step *step,
                       struct arena *arena)
{
    struct slice given = param(params, "hmac");
    bool is_raw = is_signed(params, true, config->client_secret, given, arena);
    bool is_anew = is_signed(params, false, config->client_secret, given, arena);
    bool is_ours = !config->shop.n || slice_equal_nocase(param(params, "shop"), config->shop);
    bool is_asked = !step->state.n || crypto_equal(param(params, "state"), step->state);

    return (is_raw || is_anew) && is_ours && is_asked;
}

enum err shopify_build_code(const struct account *account,
                            struct slice id,
                            const struct step *step,
                            struct arena *arena,
                            struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body = {0};
    const struct shopify_config *config = shopify_config(account);
    struct params params;

    buf_init(&body, GRAPHQL_BODY_MAX);
    if (!config->asks_consent || !config->client_id.n || !config->client_secret.n) {
        return ERR_USAGE;
    }
    if (!params_read(id, arena, &params) || !is_genuine(config, &params, step, arena)) {
        return arena->exhausted ? ERR_LIMIT : ERR_AUTH;
    }
    struct slice code = param(&params, "code");
    if (!code.n) {
        return ERR_AUTH;
    }
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_field_text(&w, "client_id", config->client_id);
    json_field_text(&w, "client_secret", config->client_secret);
    json_field_text(&w, "code", code);
    json_field_str(&w, "expiring", "1"); /* an hour, with a refresh token of 90 days */
    json_end_object(&w);
    return body.overflow ? ERR_LIMIT : shopify_token_request(account, buf_view(&body), arena, out);
}
