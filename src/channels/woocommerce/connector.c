/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"
#include "channels/woocommerce/woo.h"

#define TEXT_SETTING_MAX 2048

/* A setting's text: absent is empty. */
static enum err
text_read(struct json object, const char *name, struct slice *out, struct err_note *note)
{
    struct json v = json_get(object, name);

    *out = (struct slice){0};
    if (json_type(v) == JSON_NONE || json_type(v) == JSON_NULL) {
        return ERR_OK;
    }
    if (!json_text(v, out) || out->n > TEXT_SETTING_MAX) {
        return err_note(note, ERR_USAGE, "%s must be a text", name);
    }
    for (size_t i = 0; i < out->n; i++) {
        unsigned char c = (unsigned char)out->p[i];
        if (c <= 0x20 || c == 0x7F) {
            return err_note(
                note, ERR_USAGE, "%s must not contain spaces or control characters", name);
        }
    }
    return ERR_OK;
}

static struct slice without_slashes(struct slice url)
{
    while (url.n && url.p[url.n - 1] == '/') {
        url.n--;
    }
    return url;
}

static enum err base_url_read(struct json settings, struct slice *out, struct err_note *note)
{
    enum err e = text_read(settings, "base_url", out, note);
    if (e) {
        return e;
    }
    size_t scheme = slice_starts(*out, "https://") ? 8 : slice_starts(*out, "http://") ? 7 : 0;
    struct slice rest = slice_from(*out, scheme);
    if (!scheme || rest.n == 0 || rest.p[0] == '/' || memchr(rest.p, '?', rest.n) ||
        memchr(rest.p, '#', rest.n) || memchr(rest.p, '@', rest.n)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.base_url must be the shop's address as WordPress has it, such as "
                        "https://shop.example");
    }
    *out = without_slashes(*out);
    if (slice_ends(*out, "/wp-json") || memmem(out->p, out->n, "/wp-json/", 9)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.base_url must be the site's root, without /wp-json behind it");
    }
    return ERR_OK;
}

/* Basic where the line is encrypted; a shop without TLS ignores Basic and wants signed requests. */
static enum err
auth_read(struct json settings, struct slice base_url, bool *out_oauth1, struct err_note *note)
{
    struct slice auth;
    enum err e = text_read(settings, "auth", &auth, note);

    if (e) {
        return e;
    }
    if (auth.n == 0) {
        *out_oauth1 = !slice_starts(base_url, "https://");
    } else if (slice_is(auth, "basic") || slice_is(auth, "oauth1")) {
        *out_oauth1 = slice_is(auth, "oauth1");
    } else {
        return err_note(note, ERR_USAGE, "settings.auth must be basic, oauth1 or absent");
    }
    return ERR_OK;
}

static enum err secret_read(struct json secrets,
                            const char *name,
                            const char *where,
                            struct slice *out,
                            struct err_note *note)
{
    enum err e = text_read(secrets, name, out, note);

    if (e) {
        return e;
    }
    if (out->n == 0) {
        return err_note(note, ERR_USAGE, "secrets.%s is missing: %s", name, where);
    }
    return ERR_OK;
}

static enum err secrets_read(struct json secrets, struct woo_config *config, struct err_note *note)
{
    static const char keys[] = "WooCommerce > Settings > Advanced > REST API shows it once";
    enum err e = secret_read(secrets, "consumer_key", keys, &config->consumer_key, note);

    if (!e) {
        e = secret_read(secrets, "consumer_secret", keys, &config->consumer_secret, note);
    }
    if (!e) {
        e = secret_read(secrets,
                        "webhook_secret",
                        "the secret of the shop's webhooks",
                        &config->webhook_secret,
                        note);
    }
    if (!e && memchr(config->consumer_key.p, ':', config->consumer_key.n)) {
        e = err_note(note, ERR_USAGE, "secrets.consumer_key must not contain a colon");
    }
    return e;
}

static enum err settings_read(struct json settings,
                              struct slice *out_base_url,
                              struct woo_config *config,
                              struct err_note *note)
{
    struct json plain = json_get(settings, "plain_permalinks");
    enum err e = base_url_read(settings, out_base_url, note);

    if (!e) {
        e = auth_read(settings, *out_base_url, &config->oauth1, note);
    }
    if (!e) {
        e = text_read(settings, "webhook_source", &config->webhook_source, note);
    }
    if (!e && json_type(plain) != JSON_NONE && json_type(plain) != JSON_NULL &&
        !json_bool(plain, &config->plain_permalinks)) {
        e = err_note(note, ERR_USAGE, "settings.plain_permalinks must be true or false");
    }
    return e;
}

static enum err woo_configure(struct json settings,
                              struct json secrets,
                              struct slice code,
                              struct arena *arena,
                              struct account *out,
                              struct err_note *note)
{
    struct woo_config read = {0};
    struct slice base_url;
    enum err e = settings_read(settings, &base_url, &read, note);

    if (!e) {
        e = secrets_read(secrets, &read, note);
    }
    if (e) {
        return e;
    }
    struct woo_config *config = ARENA_NEW(arena, struct woo_config);
    if (config) {
        struct slice pair = arena_printf(
            arena, "%.*s:%.*s", SLICE_ARG(read.consumer_key), SLICE_ARG(read.consumer_secret));
        *config = read;
        config->consumer_key = arena_copy(arena, read.consumer_key);
        config->consumer_secret = arena_copy(arena, read.consumer_secret);
        config->webhook_secret = arena_copy(arena, read.webhook_secret);
        config->webhook_source = arena_copy(arena, without_slashes(read.webhook_source));
        struct slice encoded = base64_encode(arena, pair);
        config->authorization = arena_printf(arena, "Basic %.*s", SLICE_ARG(encoded));
    }
    struct account account = {
        .connector = &connector_woocommerce,
        .code = arena_copy(arena, code),
        .base_url = arena_copy(arena, base_url),
        .config = config,
    };
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "no room for the channel's settings");
    }
    *out = account;
    return ERR_OK;
}

const struct connector connector_woocommerce = {
    .name = "woocommerce",
    .semantics =
        {
            .reads_counts = true,
            .stamp_granularity_us = US_PER_S,
            .event_delay_p99_us = 60 * US_PER_S,
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
};
