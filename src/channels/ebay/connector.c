/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/ebay/ebay.h"
#include "channels/settings.h"

#define API "https://api.ebay.com"
#define API_SANDBOX "https://api.sandbox.ebay.com"

static struct slice without_slash(struct slice url)
{
    while (url.n && url.p[url.n - 1] == '/') {
        url.n--;
    }
    return url;
}

/* Where tokens are bought, where a person consents, and where the account is named. */
static void origins_set(struct account *account, struct ebay_config *config, struct slice auth_url)
{
    bool is_live = slice_is(account->base_url, API);
    bool is_sandbox = slice_is(account->base_url, API_SANDBOX);

    config->token_url = auth_url.n ? auth_url : account->base_url;
    config->consent_url = auth_url.n   ? auth_url
                          : is_live    ? SLICE("https://auth.ebay.com")
                          : is_sandbox ? SLICE("https://auth.sandbox.ebay.com")
                                       : account->base_url;
    config->identity_url = is_live      ? SLICE("https://apiz.ebay.com")
                           : is_sandbox ? SLICE("https://apiz.sandbox.ebay.com")
                                        : account->base_url;
}

static bool is_word(struct slice text, size_t min, size_t max)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!is_plain) {
            return false;
        }
    }
    return text.n >= min && text.n <= max;
}

/* A setting that is a text: copied, trimmed, or the default. */
static enum err text_read(struct json settings,
                          const char *key,
                          const char *fallback,
                          struct arena *arena,
                          struct slice *out,
                          struct err_note *note)
{
    struct slice text = {0};
    enum err e = setting_text(settings, key, &text, note);

    if (e) {
        return e;
    }
    text = slice_trim(text);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] <= ' ' || text.p[i] > '~') {
            return err_note(
                note, ERR_USAGE, "settings.%s has bytes that it cannot have: copy it again", key);
        }
    }
    *out = text.n ? arena_copy(arena, text) : slice_of(fallback);
    return ERR_OK;
}

static enum err settings_read(struct json settings,
                              struct arena *arena,
                              struct account *account,
                              struct ebay_config *config,
                              struct err_note *note)
{
    struct slice auth_url = {0};
    int64_t site = 0;
    struct json site_id = json_get(settings, "site_id");

    enum err e = setting_url(settings, "base_url", arena, &account->base_url, note);
    e = e ? e : setting_url(settings, "auth_url", arena, &auth_url, note);
    e = e ? e : setting_url(settings, "endpoint", arena, &config->endpoint, note);
    e = e ? e
          : text_read(settings, "marketplace_id", "EBAY_US", arena, &config->marketplace_id, note);
    e = e ? e : text_read(settings, "ru_name", "", arena, &config->ru_name, note);
    e = e ? e : text_read(settings, "dev_id", "", arena, &config->dev_id, note);
    e = e ? e : text_read(settings, "alert_email", "", arena, &config->alert_email, note);
    if (e) {
        return e;
    }
    if (!is_word(config->marketplace_id, 1, 40)) {
        return err_note(
            note, ERR_USAGE, "settings.marketplace_id must be a marketplace, as EBAY_US");
    }
    bool has_site = json_type(site_id) != JSON_NONE && json_type(site_id) != JSON_NULL;
    if (has_site && (!json_int_loose(site_id, &site) || site < 0 || site > 9999)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.site_id must be the number of a site of the Trading API, as 0 "
                        "(US), 3 (UK) or 77 (Germany)");
    }
    config->site_id = arena_printf(arena, "%" PRId64, site);
    account->base_url = without_slash(account->base_url);
    if (!account->base_url.n) {
        account->base_url = SLICE(API);
    }
    origins_set(account, config, without_slash(auth_url));
    return ERR_OK;
}

static enum err secrets_read(struct json secrets,
                             struct arena *arena,
                             struct ebay_config *config,
                             struct err_note *note)
{
    enum err e = setting_token(secrets, "client_id", arena, &config->client_id, note);
    e = e ? e : setting_token(secrets, "client_secret", arena, &config->client_secret, note);
    e = e ? e : setting_token(secrets, "refresh_token", arena, &config->refresh_token, note);
    e = e ? e : setting_token(secrets, "access_token", arena, &config->access_token, note);
    e = e ? e
          : setting_token(secrets, "verification_token", arena, &config->verification_token, note);
    if (e) {
        return e;
    }
    if (!config->client_id.n || !config->client_secret.n) {
        return err_note(note,
                        ERR_USAGE,
                        "secrets.%s is missing: it is the %s of your production keyset under "
                        "developer.ebay.com > Application Keys",
                        config->client_id.n ? "client_secret" : "client_id",
                        config->client_id.n ? "Cert ID" : "App ID");
    }
    if (config->verification_token.n && !is_word(config->verification_token, 32, 80)) {
        return err_note(note,
                        ERR_USAGE,
                        "secrets.verification_token must have 32 to 80 letters, digits, - or _, "
                        "as eBay wants it");
    }
    return ERR_OK;
}

static enum err ebay_configure(struct json settings,
                               struct json secrets,
                               struct slice code,
                               bool private_ok,
                               struct arena *arena,
                               struct account *out,
                               struct err_note *note)
{
    (void)private_ok;
    struct ebay_config *config = ARENA_NEW(arena, struct ebay_config);
    struct account account = {
        .connector = &connector_ebay, .code = arena_copy(arena, code), .config = config};

    if (!config) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    enum err e = settings_read(settings, arena, &account, config, note);
    e = e ? e : secrets_read(secrets, arena, config, note);
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

static const struct connector_field fields[] = {
    {"client_id", "App ID of the keyset: developer.ebay.com > Application Keys", true, false},
    {"client_secret", "Cert ID of the same keyset", true, false},
    {"ru_name",
     "RuName under Application Keys > User Tokens > Get a Token from eBay via Your Application, "
     "whose accepted address is this server's; without it, paste a refresh_token",
     false,
     true},
    {"refresh_token", "empty: the seller allows it in the browser", true, true},
    {"dev_id",
     "Dev ID of the keyset: unpaid purchases and foreign edits are then told",
     false,
     true},
    {"marketplace_id", "as EBAY_US, EBAY_GB, EBAY_DE (default EBAY_US)", false, true},
    {"site_id", "number of the same site in the Trading API, as 0, 3, 77 (default 0)", false, true},
    {"alert_email", "where eBay writes to when deliveries fail", false, true},
    {"verification_token",
     "32 to 80 letters, digits, - or _ of your own; empty: one is made",
     true,
     true},
};

const struct connector connector_ebay = {
    .name = "ebay",
    .title = "eBay",
    .other_writers = "In eBay: File Exchange or Seller Hub feeds, other applications under Account "
                     "> Permissions, and out-of-stock or relisting rules.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .semantics =
        {
            .hook_patience_us = 24 * 3600 * US_PER_S, /* then the endpoint is marked down */
            .compare_and_set = false,
            .idempotent_push = false,
            .reads_counts = true,
            .raise_freely = false,
            .has_locations = false,
            .stamp_granularity_us = US_PER_MS,
            /* Its changed orders are read every 120 s: a sale is here by then, however late its
             * notification. */
            .event_delay_p99_us = 120 * US_PER_S,
            .ambiguity_us = 30 * US_PER_S,
            .poll_us = 120 * US_PER_S,
            /* A reading is one call a listing, of 5,000 a day for the Trading API. */
            .read_back_us = 86400 * US_PER_S,
            .push_batch_max = EBAY_OFFERS_MAX,
            .read_batch_max = EBAY_OFFERS_MAX,
            .parallel_max = 2,
            .calls_per_s = 10,
            /* 6,000 in 15 s are allowed, and then nothing until their end: an eighth of it. */
            .limits = {[CALL_PUSH] = {.per_1000s = 50000, .burst = 50}},
            .writes_a_day = 250,
            .token_ahead_us = 600 * US_PER_S,
        },
    .configure = ebay_configure,
    .listing_keys = ebay_listing_keys,
    .verify = ebay_verify,
    .decode = ebay_decode,
    .push_group = ebay_push_group,
    .build_push = ebay_build_push,
    .read_push = ebay_read_push,
    .push_rows = ebay_push_rows,
    .budget_key = ebay_budget_key,
    .build_read = ebay_build_read,
    .read_counts = ebay_read_counts,
    .build_orders = ebay_build_orders,
    .read_orders = ebay_read_orders,
    .build_order = ebay_build_order,
    .read_order = ebay_read_order,
    .build_catalogue = ebay_build_catalogue,
    .read_catalogue = ebay_read_catalogue,
    .wants_token = ebay_wants_token,
    .build_token = ebay_build_token,
    .read_token = ebay_read_token,
    .consent_url = ebay_consent_url,
    .build_code = ebay_build_code,
    .key_id = ebay_key_id,
    .build_key = ebay_build_key,
    .read_key = ebay_read_key,
    .challenge = ebay_challenge,
    .build_connect = ebay_build_connect,
    .read_connect = ebay_read_connect,
};
