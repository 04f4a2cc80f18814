/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/bigcommerce/bigcommerce.h"
#include "channels/connect.h"
#include "channels/settings.h"

#define LOCATIONS_MAX 1000
#define HASH_MAX 64

/* "abc123", or "stores/abc123" as the API path and deliveries write it. */
static enum err
store_hash_read(struct json settings, struct arena *arena, struct slice *out, struct err_note *note)
{
    struct slice hash = {0};
    enum err e = setting_text(settings, "store_hash", &hash, note);

    if (e) {
        return e;
    }
    hash = slice_trim(hash);
    if (slice_starts(hash, "stores/")) {
        hash = slice_from(hash, strlen("stores/"));
    }
    bool is_hash = hash.n > 0 && hash.n <= HASH_MAX;
    for (size_t i = 0; is_hash && i < hash.n; i++) {
        char c = hash.p[i];
        is_hash = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
    if (!is_hash) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.store_hash must be the letters and digits behind stores/ in the "
                        "API path that BigCommerce shows with the API account");
    }
    *out = arena_copy(arena, hash);
    return ERR_OK;
}

static enum err
locations_read(struct json map, struct arena *arena, struct account *account, struct err_note *note)
{
    size_t count = json_count(map);

    if (json_type(map) == JSON_NONE || json_type(map) == JSON_NULL) {
        return ERR_OK;
    }
    if (json_type(map) != JSON_ARRAY || count > LOCATIONS_MAX) {
        return err_note(
            note, ERR_USAGE, "settings.location_map must be a list of {\"location\",\"remote\"}");
    }
    struct location_link *links = ARENA_ARRAY(arena, count + 1, struct location_link);
    if (!links) {
        return err_note(note, ERR_LIMIT, "settings.location_map is too large");
    }
    size_t n = 0;
    for (struct json_iter i = json_iter(map); json_next(&i) && n < count; n++) {
        struct slice code = {0};
        int64_t id = 0;
        if (!json_text(json_get(i.value, "location"), &code) || code.n == 0) {
            return err_note(note,
                            ERR_USAGE,
                            "settings.location_map[%zu].location must be one of our locations' "
                            "codes",
                            n);
        }
        if (!bc_id(json_get(i.value, "remote"), &id)) {
            return err_note(note,
                            ERR_USAGE,
                            "settings.location_map[%zu].remote must be a BigCommerce location's "
                            "number, as \"1\"",
                            n);
        }
        links[n].location = arena_copy(arena, code);
        links[n].remote = arena_printf(arena, "%" PRId64, id);
        for (size_t k = 0; k < n; k++) {
            if (slice_equal(links[k].remote, links[n].remote) ||
                slice_equal(links[k].location, code)) {
                return err_note(note,
                                ERR_USAGE,
                                "settings.location_map[%zu] names a location that [%zu] names too",
                                n,
                                k);
            }
        }
    }
    account->locations = links;
    account->locations_count = n;
    return ERR_OK;
}

static enum err secrets_read(struct json secrets,
                             struct arena *arena,
                             struct bc_config *config,
                             struct err_note *note)
{
    enum err e = setting_token(secrets, "access_token", arena, &config->access_token, note);
    e = e ? e : setting_token(secrets, "client_id", arena, &config->client_id, note);
    e = e ? e : setting_secret(secrets, "client_secret", arena, &config->client_secret, note);
    e = e ? e : setting_token(secrets, "webhook_secret", arena, &config->webhook_secret, note);
    if (e) {
        return e;
    }
    bool is_app = config->client_id.n > 0 && config->client_secret.n > 0;
    if (!config->access_token.n && !is_app) {
        return err_note(note,
                        ERR_USAGE,
                        "secrets.access_token is missing: make an API account under Settings > "
                        "Store-level API accounts");
    }
    if (!config->client_secret.n && !config->webhook_secret.n) {
        return err_note(note,
                        ERR_USAGE,
                        "deliveries could not be told from forgeries: set secrets.client_secret of "
                        "the API account, and secrets.webhook_secret, the X-Tc-Token of the hooks");
    }
    return ERR_OK;
}

/* settings.auth_url; else the origin of another base_url, for tests; else BigCommerce's own. */
static enum err login_url_read(struct json settings,
                               struct slice base_url,
                               struct arena *arena,
                               struct slice *out,
                               struct err_note *note)
{
    struct slice url = {0};
    enum err e = setting_url(settings, "auth_url", arena, &url, note);

    if (e) {
        return e;
    }
    if (!url.n) {
        url = base_url.n ? connect_origin(base_url) : SLICE("https://login.bigcommerce.com");
    }
    while (url.n && url.p[url.n - 1] == '/') {
        url.n--;
    }
    *out = url;
    return ERR_OK;
}

static enum err bc_configure(struct json settings,
                             struct json secrets,
                             struct slice code,
                             bool private_ok,
                             struct arena *arena,
                             struct account *out,
                             struct err_note *note)
{
    (void)private_ok;
    struct bc_config *config = ARENA_NEW(arena, struct bc_config);
    struct account account = {
        .connector = &connector_bigcommerce,
        .code = arena_copy(arena, code),
        .config = config,
    };

    if (!config) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    enum err e = setting_url(settings, "base_url", arena, &account.base_url, note);
    e = e ? e : login_url_read(settings, account.base_url, arena, &config->login_url, note);
    e = e ? e : store_hash_read(settings, arena, &config->store_hash, note);
    e = e ? e : secrets_read(secrets, arena, config, note);
    e = e ? e : locations_read(json_get(settings, "location_map"), arena, &account, note);
    if (e) {
        return e;
    }
    while (account.base_url.n && account.base_url.p[account.base_url.n - 1] == '/') {
        account.base_url.n--;
    }
    if (!account.base_url.n) {
        account.base_url = arena_printf(
            arena, "https://api.bigcommerce.com/stores/%.*s", SLICE_ARG(config->store_hash));
    }
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    account.needs_consent = config->access_token.n == 0;
    *out = account;
    return ERR_OK;
}

static const struct connector_field fields[] = {
    {"store_hash", "behind stores/ in the API path that is shown with the account", false, false},
    {"access_token",
     "Settings > Store-level API accounts, shown once; empty for an app that is installed",
     true,
     true},
    {"client_secret", "of the same account: it signs deliveries", true, false},
    {"client_id", "of an app in the developer portal, instead of the access token", true, true},
    {"webhook_secret", "the X-Tc-Token of the hooks; empty: one is made", true, true},
};

const struct connector connector_bigcommerce = {
    .name = "bigcommerce",
    .title = "BigCommerce",
    .other_writers = "In BigCommerce: Settings > API accounts and Apps with the right to modify "
                     "inventory or products, and scheduled product imports.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .semantics =
        {
            .hook_patience_us = 48 * 3600 * US_PER_S, /* then the hook is deactivated */
            .compare_and_set = false,
            .idempotent_push = false,
            .reads_counts = true,
            .raise_freely = false,
            .has_locations = true,
            .stamp_granularity_us = US_PER_S,
            /* We read its orders every 15 s: a sale is here by then, however late its hook. */
            .event_delay_p99_us = 30 * US_PER_S,
            /* A write is carried out after its answer, at a moment nobody tells. */
            .ambiguity_us = 30 * US_PER_S,
            .poll_us = 15 * US_PER_S,
            .read_back_us = 3600 * US_PER_S,
            .push_batch_max = BC_PUSH_MAX,
            .read_batch_max = BC_READ_MAX,
            .parallel_max = 1, /* one write at a time, or two may land in either order */
            .returns_without_state = true,
            .calls_per_s = 4, /* of the smallest plan's 150 in 30 s; headers teach the rest */
        },
    .configure = bc_configure,
    .listing_keys = bc_listing_keys,
    .verify = bc_verify,
    .decode = bc_decode,
    .push_group = bc_push_group,
    .build_push = bc_build_push,
    .read_push = bc_read_push,
    .build_read = bc_build_read,
    .read_counts = bc_read_counts,
    .build_orders = bc_build_orders,
    .read_orders = bc_read_orders,
    .build_order = bc_build_order,
    .read_order = bc_read_order,
    .build_catalogue = bc_build_catalogue,
    .read_catalogue = bc_read_catalogue,
    .wants_token = bc_wants_token,
    .build_token = bc_build_token,
    .read_token = bc_read_token,
    .consent_url = bc_consent_url,
    .build_code = bc_build_code,
    .build_connect = bc_build_connect,
    .read_connect = bc_read_connect,
};
