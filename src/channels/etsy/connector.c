/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"
#include "channels/connect.h"
#include "channels/etsy/etsy.h"
#include "channels/settings.h"

#define API_URL SLICE("https://openapi.etsy.com")
#define AUTH_URL SLICE("https://api.etsy.com")
#define TOLERANCE_DEFAULT_S INT64_C(300)
#define TOLERANCE_MAX_S INT64_C(604800)

static struct slice without_slash(struct slice url)
{
    while (url.n && url.p[url.n - 1] == '/') {
        url.n--;
    }
    return url;
}

static enum err urls_read(struct json settings,
                          struct arena *arena,
                          struct account *account,
                          struct etsy_config *config,
                          struct err_note *note)
{
    struct slice base = {0};
    struct slice auth = {0};
    enum err e = setting_url(settings, "base_url", arena, &base, note);

    e = e ? e : setting_url(settings, "auth_url", arena, &auth, note);
    if (e) {
        return e;
    }
    account->base_url = base.n ? without_slash(base) : API_URL;
    bool is_elsewhere = !slice_equal(account->base_url, API_URL);
    config->is_etsys_auth = !auth.n && !is_elsewhere;
    config->auth_url = auth.n ? without_slash(auth) : is_elsewhere ? account->base_url : AUTH_URL;
    return ERR_OK;
}

static bool is_unset(struct json v)
{
    return json_type(v) == JSON_NONE || json_type(v) == JSON_NULL;
}

static enum err settings_read(struct json settings,
                              struct arena *arena,
                              struct etsy_config *config,
                              struct err_note *note)
{
    struct json shop = json_get(settings, "shop_id");
    struct json tolerance = json_get(settings, "webhook_tolerance_s");
    struct slice text = {0};
    int64_t id = 0;

    bool is_text = json_text(shop, &text);
    text = slice_trim(text);
    bool has_shop = !is_unset(shop) && !(is_text && !text.n);
    if (has_shop && !(is_text ? slice_int(text, &id) && id > 0 : etsy_id(shop, &id))) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.shop_id must be the shop's number, as \"12345\"; left out, it is "
                        "found when connecting");
    }
    if (has_shop) {
        config->shop_id = arena_printf(arena, "%" PRId64, id);
    }
    config->tolerance_s = TOLERANCE_DEFAULT_S;
    if (!is_unset(tolerance) &&
        (!json_int_loose(tolerance, &config->tolerance_s) || config->tolerance_s < 1 ||
         config->tolerance_s > TOLERANCE_MAX_S)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.webhook_tolerance_s must be 1 to %" PRId64 " seconds",
                        TOLERANCE_MAX_S);
    }
    enum err e = setting_text(settings, "reactivate", &text, note);
    if (e) {
        return e;
    }
    if (slice_is(text, "always")) {
        config->reactivate = ETSY_REACTIVATE_ALWAYS;
    } else if (slice_is(text, "never")) {
        config->reactivate = ETSY_REACTIVATE_NEVER;
    } else if (text.n && !slice_is(text, "inactive")) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.reactivate must be \"inactive\" (the default: inactive listings "
                        "are put on sale again), \"always\" (sold out ones too, which costs a "
                        "fee), or \"never\"");
    }
    return ERR_OK;
}

static enum err webhook_read(struct json secrets,
                             struct arena *arena,
                             struct etsy_config *config,
                             struct err_note *note)
{
    struct slice secret = {0};
    enum err e = setting_token(secrets, "webhook_secret", arena, &secret, note);

    if (e || !secret.n) {
        return e;
    }
    if (slice_starts(secret, "whsec_")) {
        secret = slice_from(secret, strlen("whsec_"));
    }
    if (!base64_decode(arena, secret, &config->webhook_key) || config->webhook_key.n == 0) {
        return err_note(note,
                        ERR_USAGE,
                        "secrets.webhook_secret must be the endpoint's secret as Etsy's webhook "
                        "portal shows it: whsec_ and letters behind it");
    }
    return ERR_OK;
}

static enum err secrets_read(struct json secrets,
                             struct arena *arena,
                             struct etsy_config *config,
                             struct err_note *note)
{
    enum err e = setting_token(secrets, "keystring", arena, &config->keystring, note);

    e = e ? e : setting_token(secrets, "shared_secret", arena, &config->shared_secret, note);
    e = e ? e : setting_token(secrets, "refresh_token", arena, &config->refresh_token, note);
    e = e ? e : setting_token(secrets, "access_token", arena, &config->access_token, note);
    e = e ? e : webhook_read(secrets, arena, config, note);
    if (e) {
        return e;
    }
    if (!config->keystring.n || !config->shared_secret.n) {
        return err_note(note,
                        ERR_USAGE,
                        "secrets.keystring and secrets.shared_secret are needed: both are shown at "
                        "https://www.etsy.com/developers/your-apps");
    }
    config->api_key = arena_printf(
        arena, "%.*s:%.*s", SLICE_ARG(config->keystring), SLICE_ARG(config->shared_secret));
    return ERR_OK;
}

static enum err etsy_configure(struct json settings,
                               struct json secrets,
                               struct slice code,
                               bool private_ok,
                               struct arena *arena,
                               struct account *out,
                               struct err_note *note)
{
    struct etsy_config *config = ARENA_NEW(arena, struct etsy_config);
    struct account account = {
        .connector = &connector_etsy,
        .code = arena_copy(arena, code),
        .config = config,
    };

    (void)private_ok;
    if (!config) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    enum err e = urls_read(settings, arena, &account, config, note);
    e = e ? e : settings_read(settings, arena, config, note);
    e = e ? e : secrets_read(secrets, arena, config, note);
    if (e) {
        return e;
    }
    account.needs_consent = !config->refresh_token.n;
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    *out = account;
    return ERR_OK;
}

static const struct connector_field fields[] = {
    {"keystring", "the app's keystring: https://www.etsy.com/developers/your-apps", true, false},
    {"shared_secret", "the app's shared secret, shown beside it", true, false},
    {"webhook_secret", "of the endpoint in Etsy's webhook portal: whsec_...", true, true},
    {"shop_id", "the shop's number; found out when connecting", false, true},
    {"reactivate", "which listings may be put on sale again: inactive, always, never", false, true},
};

const struct connector connector_etsy = {
    .name = "etsy",
    .title = "Etsy",
    .other_writers = "In Etsy: Settings > Apps with the right to write listings, and listings "
                     "edited or renewed by hand.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .semantics =
        {
            .hook_patience_us = 27 * 3600 * US_PER_S, /* eight tries */
            .compare_and_set = false,
            .idempotent_push = false,
            .reads_counts = true,
            .raise_freely = false,
            .has_locations = false,
            .stamp_granularity_us = US_PER_S,
            /* Receipts are read every 30 s: a sale is here by then, however late its delivery. */
            .event_delay_p99_us = 60 * US_PER_S,
            .ambiguity_us = 30 * US_PER_S,
            .poll_us = 30 * US_PER_S,
            .read_back_us = 3600 * US_PER_S,
            .push_batch_max = ETSY_PUSH_MAX,
            .read_batch_max = ETSY_READ_MAX,
            .parallel_max = 1, /* two writes of one listing would undo each other */
            .calls_per_s = 5,  /* of 10; headers teach the rest */
            /* Access lasts an hour: a new one is bought with a fifth of it left. */
            .token_ahead_us = 720 * US_PER_S,
        },
    .configure = etsy_configure,
    .listing_keys = etsy_listing_keys,
    .verify = etsy_verify,
    .decode = etsy_decode,
    .push_group = etsy_push_group,
    .build_push = etsy_build_push,
    .read_push = etsy_read_push,
    .build_read = etsy_build_read,
    .read_counts = etsy_read_counts,
    .build_orders = etsy_build_orders,
    .read_orders = etsy_read_orders,
    .build_order = etsy_build_order,
    .read_order = etsy_read_order,
    .build_catalogue = etsy_build_catalogue,
    .read_catalogue = etsy_read_catalogue,
    .wants_token = etsy_wants_token,
    .build_token = etsy_build_token,
    .read_token = etsy_read_token,
    .consent_url = etsy_consent_url,
    .build_code = etsy_build_code,
    .build_connect = etsy_build_connect,
    .read_connect = etsy_read_connect,
};
