/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"
#include "channels/settings.h"
#include "channels/woocommerce/woo.h"

static struct slice without_slashes(struct slice url)
{
    while (url.n && url.p[url.n - 1] == '/') {
        url.n--;
    }
    return url;
}

static enum err
base_url_read(struct json settings, struct arena *arena, struct slice *out, struct err_note *note)
{
    static const char api[] = "/wp-json";
    enum err e = setting_url(settings, "base_url", arena, out, note);

    if (e) {
        return e;
    }
    *out = without_slashes(*out);
    if (!out->n || memchr(out->p, '@', out->n)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.base_url must be the shop's address as WordPress has it, such as "
                        "https://shop.example");
    }
    if (slice_ends(*out, api) || memmem(out->p, out->n, "/wp-json/", sizeof api)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.base_url must be the site's root, without /wp-json behind it");
    }
    return ERR_OK;
}

/* Basic where the line is encrypted; a shop without TLS ignores Basic and wants signed requests. */
static enum err auth_read(struct json settings,
                          bool private_ok,
                          struct slice base_url,
                          bool *out_oauth1,
                          struct err_note *note)
{
    struct slice auth;
    enum err e = setting_text(settings, "auth", &auth, note);

    if (e) {
        return e;
    }
    if (auth.n == 0) {
        /* A shop ignores Basic over plain http unless a proxy in front of it ends TLS: a trusted
         * LAN. */
        *out_oauth1 = !slice_starts(base_url, "https://") && !private_ok;
    } else if (slice_is(auth, "basic") || slice_is(auth, "oauth1")) {
        *out_oauth1 = slice_is(auth, "oauth1");
    } else {
        return err_note(note, ERR_USAGE, "settings.auth must be basic, oauth1 or absent");
    }
    return ERR_OK;
}

static enum err missing(struct slice secret, const char *text, struct err_note *note)
{
    return secret.n ? ERR_OK : err_note(note, ERR_USAGE, "%s", text);
}

static enum err secrets_read(struct json secrets,
                             struct arena *arena,
                             struct woo_config *config,
                             struct err_note *note)
{
    static const char no_key[] = "secrets.consumer_key is missing: make a key with read and write "
                                 "access under WooCommerce > Settings > Advanced > REST API";
    static const char no_secret[] = "secrets.consumer_secret is missing: it is shown once, beside "
                                    "the consumer key";

    enum err e = setting_token(secrets, "consumer_key", arena, &config->consumer_key, note);
    e = e ? e : setting_token(secrets, "consumer_secret", arena, &config->consumer_secret, note);
    e = e ? e : setting_secret(secrets, "webhook_secret", arena, &config->webhook_secret, note);
    e = e ? e
          : setting_secret(secrets, "webhook_secret_old", arena, &config->webhook_secret_old, note);
    if (config->consumer_key.n || config->consumer_secret.n) { /* else the shop hands them over */
        e = e ? e : missing(config->consumer_key, no_key, note);
        e = e ? e : missing(config->consumer_secret, no_secret, note);
    }
    if (!e && config->consumer_key.n &&
        memchr(config->consumer_key.p, ':', config->consumer_key.n)) {
        e = err_note(note, ERR_USAGE, "secrets.consumer_key must not contain a colon");
    }
    return e;
}

static enum err settings_read(struct json settings,
                              bool private_ok,
                              struct arena *arena,
                              struct slice *out_base_url,
                              struct woo_config *config,
                              struct err_note *note)
{
    struct json plain = json_get(settings, "plain_permalinks");
    struct slice source = {0};

    enum err e = base_url_read(settings, arena, out_base_url, note);
    e = e ? e : auth_read(settings, private_ok, *out_base_url, &config->oauth1, note);
    e = e ? e : setting_url(settings, "webhook_source", arena, &source, note);
    config->webhook_source = without_slashes(source);
    if (!e && json_type(plain) != JSON_NONE && json_type(plain) != JSON_NULL &&
        !json_bool(plain, &config->plain_permalinks)) {
        e = err_note(note, ERR_USAGE, "settings.plain_permalinks must be true or false");
    }
    return e;
}

static enum err woo_configure(struct json settings,
                              struct json secrets,
                              struct slice code,
                              bool private_ok,
                              struct arena *arena,
                              struct account *out,
                              struct err_note *note)
{
    struct woo_config *config = ARENA_NEW(arena, struct woo_config);
    struct account account = {
        .connector = &connector_woocommerce,
        .code = arena_copy(arena, code),
        .config = config,
    };

    if (!config) {
        return err_note(note, ERR_LIMIT, "no room for the channel's settings");
    }
    enum err e = settings_read(settings, private_ok, arena, &account.base_url, config, note);
    e = e ? e : secrets_read(secrets, arena, config, note);
    if (e) {
        return e;
    }
    struct slice pair = arena_printf(
        arena, "%.*s:%.*s", SLICE_ARG(config->consumer_key), SLICE_ARG(config->consumer_secret));
    struct slice encoded = base64_encode(arena, pair);
    config->authorization = arena_printf(arena, "Basic %.*s", SLICE_ARG(encoded));
    account.needs_consent = config->consumer_key.n == 0;
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "no room for the channel's settings");
    }
    *out = account;
    return ERR_OK;
}

static const struct connector_field fields[] = {
    {"base_url",
     "the shop's address as WordPress has it (Settings > General), such as https://shop.example",
     false,
     false},
    {"consumer_key",
     "WooCommerce > Settings > Advanced > REST API, read and write; empty: the shop hands it over",
     true,
     true},
    {"consumer_secret", "shown once, beside the consumer key", true, true},
    {"webhook_secret", "to sign deliveries with; empty: one is made", true, true},
};

const struct connector connector_woocommerce = {
    .name = "woocommerce",
    .title = "WooCommerce",
    .other_writers = "In WooCommerce: plugins that sync stock (ERP, POS, marketplace or import "
                     "plugins and their cron jobs), and WooCommerce > Settings > Advanced > REST "
                     "API for keys with write access.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .semantics =
        {
            .hook_failures_max = 5, /* the webhook is disabled then, and nothing is sent again */
            .reads_counts = true,
            .stamp_granularity_us = US_PER_S,
            /* We read its orders every 10 s: a sale is here by then, however late its webhook. */
            .event_delay_p99_us = 20 * US_PER_S,
            .ambiguity_us = 60 * US_PER_S,
            .poll_us = 10 * US_PER_S,
            .read_back_us = 3600 * US_PER_S,
            .push_batch_max = 20,
            .read_batch_max = WOO_PAGE,
            .parallel_max = 2,
        },
    .configure = woo_configure,
    .listing_keys = woo_listing_keys,
    .verify = woo_verify,
    .decode = woo_decode,
    .push_group = woo_push_group,
    .build_push = woo_build_push,
    .read_push = woo_read_push,
    .build_read = woo_build_read,
    .read_counts = woo_read_counts,
    .build_orders = woo_build_orders,
    .read_orders = woo_read_orders,
    .build_order = woo_build_order,
    .read_order = woo_read_order,
    .build_catalogue = woo_build_catalogue,
    .read_catalogue = woo_read_catalogue,
    .consent_url = woo_consent_url,
    .take_secrets = woo_take_secrets,
    .build_connect = woo_build_connect,
    .read_connect = woo_read_connect,
};
