/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/settings.h"
#include "channels/tiktok/tiktok.h"

#define LOCATIONS_MAX 1000
#define API_URL "https://open-api.tiktokglobalshop.com"
#define AUTH_URL "https://auth.tiktok-shops.com"
#define CONSENT_URL "https://services.tiktokshop.com/open/authorize"
#define CONSENT_URL_US "https://services.us.tiktokshop.com/open/authorize"

static enum err
locations_read(struct json map, struct arena *arena, struct account *account, struct err_note *note)
{
    size_t count = json_count(map);

    if (json_type(map) == JSON_NONE || json_type(map) == JSON_NULL) {
        return ERR_OK;
    }
    if (json_type(map) != JSON_ARRAY || count > LOCATIONS_MAX) {
        return err_note(
            note, ERR_USAGE, "settings.warehouse_map must be a list of {\"location\",\"remote\"}");
    }
    struct location_link *links = ARENA_ARRAY(arena, count + 1, struct location_link);
    if (!links) {
        return err_note(note, ERR_LIMIT, "settings.warehouse_map is too large");
    }
    size_t n = 0;
    for (struct json_iter i = json_iter(map); json_next(&i) && n < count; n++) {
        struct slice code = {0};
        if (!json_text(json_get(i.value, "location"), &code) || code.n == 0) {
            return err_note(note,
                            ERR_USAGE,
                            "settings.warehouse_map[%zu].location must be one of our locations' "
                            "codes",
                            n);
        }
        if (!tt_id(json_get(i.value, "remote"), arena, &links[n].remote)) {
            return err_note(note,
                            ERR_USAGE,
                            "settings.warehouse_map[%zu].remote must be a TikTok warehouse's "
                            "number, as \"7068517275539719942\"",
                            n);
        }
        links[n].location = arena_copy(arena, code);
        for (size_t k = 0; k < n; k++) {
            if (slice_equal(links[k].remote, links[n].remote) ||
                slice_equal(links[k].location, code)) {
                return err_note(note,
                                ERR_USAGE,
                                "settings.warehouse_map[%zu] names a location that [%zu] names too",
                                n,
                                k);
            }
        }
    }
    account->locations = links;
    account->locations_count = n;
    account->has_locations = n > 0;
    return ERR_OK;
}

static enum err id_setting(struct json settings,
                           const char *key,
                           const char *what,
                           struct arena *arena,
                           struct slice *out,
                           struct err_note *note)
{
    struct json v = json_get(settings, key);
    struct slice text = {0};

    *out = (struct slice){0};
    if (json_type(v) == JSON_NONE || json_type(v) == JSON_NULL ||
        (json_text(v, &text) && text.n == 0)) {
        return ERR_OK;
    }
    if (!tt_id(v, arena, out)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.%s must be %s, as \"7068517275539719942\"; leave it out and "
                        "connecting finds it",
                        key,
                        what);
    }
    return ERR_OK;
}

static enum err
cipher_read(struct json settings, struct arena *arena, struct slice *out, struct err_note *note)
{
    struct slice text = {0};
    enum err e = setting_text(settings, "shop_cipher", &text, note);

    text = slice_trim(text);
    if (e || !text.n) {
        return e;
    }
    if (!tt_is_token(text)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.shop_cipher has bytes that none has: copy it again, or leave it "
                        "out and connecting finds it");
    }
    *out = arena_copy(arena, text);
    return ERR_OK;
}

/* The number, or the whole authorization link that Partner Center shows: only that one tells a
 * seller of the United States from others. */
static enum err service_read(struct json settings,
                             struct arena *arena,
                             struct tt_config *config,
                             struct err_note *note)
{
    struct slice text = {0};
    struct slice id = {0};
    enum err e = setting_text(settings, "service_id", &text, note);

    if (e) {
        return e;
    }
    text = slice_trim(text);
    bool is_us = slice_starts(text, CONSENT_URL_US "?");
    config->consent_url = is_us ? SLICE(CONSENT_URL_US) : SLICE(CONSENT_URL);
    if (is_us || slice_starts(text, CONSENT_URL "?")) {
        slice_cut(&text, '?', &id);
        if (!http_query_get(text, "service_id", arena, &id)) {
            id = (struct slice){0};
        }
        text = id.n ? id : SLICE("none");
    }
    if (text.n && !tt_is_id(text)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.service_id must be the service id's digits, or the whole "
                        "authorization link, as Partner Center shows them with the app; it is not "
                        "the app key");
    }
    config->service_id = arena_copy(arena, text);
    return ERR_OK;
}

static enum err secrets_read(struct json secrets,
                             struct arena *arena,
                             struct tt_config *config,
                             struct err_note *note)
{
    enum err e = setting_token(secrets, "app_key", arena, &config->app_key, note);
    e = e ? e : setting_token(secrets, "app_secret", arena, &config->app_secret, note);
    e = e ? e : setting_token(secrets, "access_token", arena, &config->access_token, note);
    e = e ? e : setting_token(secrets, "refresh_token", arena, &config->refresh_token, note);
    if (e) {
        return e;
    }
    if (!config->app_key.n || !config->app_secret.n) {
        return err_note(note,
                        ERR_USAGE,
                        "secrets.%s is missing: Partner Center > App & Service > your app shows it",
                        config->app_key.n ? "app_secret" : "app_key");
    }
    return ERR_OK;
}

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
                          struct tt_config *config,
                          struct err_note *note)
{
    enum err e = setting_url(settings, "base_url", arena, &account->base_url, note);
    e = e ? e : setting_url(settings, "auth_url", arena, &config->auth_url, note);
    if (e) {
        return e;
    }
    account->base_url = without_slash(account->base_url);
    config->auth_url = without_slash(config->auth_url);
    bool is_elsewhere = account->base_url.n && !slice_is(account->base_url, API_URL);
    if (!account->base_url.n) {
        account->base_url = SLICE(API_URL);
    }
    if (!config->auth_url.n) {
        config->auth_url = is_elsewhere ? account->base_url : SLICE(AUTH_URL);
    }
    if (!slice_is(config->auth_url, AUTH_URL)) {
        config->consent_url =
            arena_printf(arena, "%.*s/open/authorize", SLICE_ARG(config->auth_url));
    }
    return ERR_OK;
}

static enum err tt_configure(struct json settings,
                             struct json secrets,
                             struct slice code,
                             bool private_ok,
                             struct arena *arena,
                             struct account *out,
                             struct err_note *note)
{
    (void)private_ok;
    struct tt_config *config = ARENA_NEW(arena, struct tt_config);
    struct account account = {
        .connector = &connector_tiktok,
        .code = arena_copy(arena, code),
        .config = config,
    };

    if (!config) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    enum err e = secrets_read(secrets, arena, config, note);
    e = e ? e : service_read(settings, arena, config, note);
    e = e ? e : urls_read(settings, arena, &account, config, note);
    e = e ? e : cipher_read(settings, arena, &config->shop_cipher, note);
    e = e ? e : id_setting(settings, "shop_id", "a shop's number", arena, &config->shop_id, note);
    e = e ? e
          : id_setting(settings,
                       "warehouse_id",
                       "a warehouse's number",
                       arena,
                       &config->warehouse_id,
                       note);
    e = e ? e : locations_read(json_get(settings, "warehouse_map"), arena, &account, note);
    if (e) {
        return e;
    }
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    account.needs_consent = !config->refresh_token.n;
    *out = account;
    return ERR_OK;
}

static const struct connector_field tt_fields[] = {
    {.name = "app_key",
     .help = "Partner Center > App & Service > your app: App Key",
     .is_secret = true},
    {.name = "app_secret", .help = "the same page: App Secret", .is_secret = true},
    {.name = "service_id",
     .help = "the same page: the authorization link, whole (or its service_id)",
     .is_optional = true},
    {.name = "shop_cipher",
     .help = "only when the seller has several shops: connecting lists them",
     .is_optional = true},
    {.name = "refresh_token",
     .help = "when you have one already; otherwise the seller allows the app in the browser",
     .is_secret = true,
     .is_optional = true},
};

const struct connector connector_tiktok = {
    .name = "tiktok",
    .title = "TikTok Shop",
    .other_writers = "In TikTok Shop: other authorised apps under Partner apps, ERP links, and "
                     "campaign stock that a promotion has reserved.",
    .fields = tt_fields,
    .fields_count = COUNT_OF(tt_fields),
    .semantics =
        {
            .hook_patience_us = 15 * 3600 * US_PER_S, /* four more tries */
            .compare_and_set = false,
            .idempotent_push = false,
            .reads_counts = true,
            .raise_freely = false,
            .has_locations = false, /* with a warehouse_map: account.has_locations */
            .stamp_granularity_us = US_PER_S,
            /* We read its orders every 15 s: a sale is here by then, however late its hook. */
            .event_delay_p99_us = 30 * US_PER_S,
            .ambiguity_us = 30 * US_PER_S,
            .poll_us = 15 * US_PER_S,
            .read_back_us = 3600 * US_PER_S,
            .push_batch_max = TT_PUSH_MAX,
            .read_batch_max = TT_READ_MAX,
            .parallel_max =
                1, /* one write of a product at a time, and an older never after a newer */
            /* No figures are published: these are within what TikTok advises to plan with, and
             * being throttled teaches the rest. */
            .limits =
                {
                    [CALL_PUSH] = {.per_1000s = 2000, .burst = 2},
                    [CALL_READ] = {.per_1000s = 3000, .burst = 3},
                    [CALL_ORDERS] = {.per_1000s = 3000, .burst = 3},
                    [CALL_ORDER] = {.per_1000s = 5000, .burst = 5},
                    [CALL_CATALOGUE] = {.per_1000s = 1000, .burst = 1},
                },
            .token_ahead_us = 86400 * US_PER_S,
        },
    .configure = tt_configure,
    .listing_keys = tt_listing_keys,
    .verify = tt_verify,
    .decode = tt_decode,
    .push_group = tt_push_group,
    .build_push = tt_build_push,
    .read_push = tt_read_push,
    .build_read = tt_build_read,
    .read_counts = tt_read_counts,
    .build_orders = tt_build_orders,
    .read_orders = tt_read_orders,
    .build_order = tt_build_order,
    .read_order = tt_read_order,
    .build_catalogue = tt_build_catalogue,
    .read_catalogue = tt_read_catalogue,
    .wants_token = tt_wants_token,
    .build_token = tt_build_token,
    .read_token = tt_read_token,
    .consent_url = tt_consent_url,
    .build_code = tt_build_code,
    .build_connect = tt_build_connect,
    .read_connect = tt_read_connect,
};
