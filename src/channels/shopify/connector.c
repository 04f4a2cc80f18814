/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "channels/settings.h"
#include "channels/shopify/shopify.h"

#define API_VERSION_DEFAULT "2026-10"
/* changeFromQuantity and @idempotent are what our writes stand on. */
#define API_VERSION_MIN "2026-04"
#define LOCATIONS_MAX 1000

struct slice shopify_text(struct json v)
{
    struct slice text = {0};
    return json_text(v, &text) ? text : (struct slice){0};
}

bool shopify_true(struct json v)
{
    bool value = false;
    return json_bool(v, &value) && value;
}

bool shopify_id(struct json v, const char *type, struct arena *arena, struct slice *out)
{
    struct slice text = {0};
    struct slice id = {0};
    int64_t number = 0;

    if (json_text(v, &text) && slice_starts(text, "gid://")) {
        struct slice rest = slice_from(text, strlen("gid://"));
        struct slice app;
        struct slice kind;
        if (!slice_cut(&rest, '/', &app) || !slice_is(app, "shopify") ||
            !slice_cut(&rest, '/', &kind) || !slice_is(kind, type)) {
            return false;
        }
    }
    if (!json_id(v, arena, &id) || !slice_int(id, &number) || number <= 0) {
        return false;
    }
    *out = id;
    return true;
}

void shopify_remote(struct slice product_id,
                    struct slice variant_id,
                    struct slice inventory_item_id,
                    struct arena *arena,
                    struct slice *out_remote,
                    struct slice *out_key,
                    struct slice *out_stock_key)
{
    /* Ids are digits, so that this is JSON as it stands. */
    *out_remote = product_id.n
                      ? arena_printf(arena,
                                     "{\"product_id\":\"%.*s\",\"variant_id\":\"%.*s\","
                                     "\"inventory_item_id\":\"%.*s\"}",
                                     SLICE_ARG(product_id),
                                     SLICE_ARG(variant_id),
                                     SLICE_ARG(inventory_item_id))
                      : arena_printf(arena,
                                     "{\"variant_id\":\"%.*s\",\"inventory_item_id\":\"%.*s\"}",
                                     SLICE_ARG(variant_id),
                                     SLICE_ARG(inventory_item_id));
    *out_key = arena_printf(arena, "variant:%.*s", SLICE_ARG(variant_id));
    *out_stock_key = arena_printf(arena, "item:%.*s", SLICE_ARG(inventory_item_id));
}

static bool is_digits(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return s.n > 0 && s.n <= SHOPIFY_ID_MAX;
}

struct slice shopify_item_id(const struct push_item *item)
{
    struct slice rest = item->stock_key;
    struct slice id;
    if (!slice_starts(rest, "item:")) {
        return (struct slice){0};
    }
    rest = slice_from(rest, strlen("item:"));
    slice_cut(&rest, '@', &id);
    return is_digits(id) && is_digits(item->location) ? id : (struct slice){0};
}

static enum err listing_keys(const struct account *account,
                             struct json remote,
                             struct arena *arena,
                             struct slice *out_remote,
                             struct slice *out_key,
                             struct slice *out_stock_key,
                             struct err_note *note)
{
    struct slice product = {0};
    struct slice variant = {0};
    struct slice item = {0};

    (void)account;
    if (!shopify_id(json_get(remote, "variant_id"), "ProductVariant", arena, &variant)) {
        return err_note(
            note, ERR_USAGE, "remote.variant_id must be a variant's id (digits or its gid)");
    }
    if (!shopify_id(json_get(remote, "inventory_item_id"), "InventoryItem", arena, &item)) {
        return err_note(note,
                        ERR_USAGE,
                        "remote.inventory_item_id must be an inventory item's id (digits or its "
                        "gid); it is not the variant's");
    }
    struct json product_id = json_get(remote, "product_id");
    if (json_type(product_id) != JSON_NONE && json_type(product_id) != JSON_NULL &&
        !shopify_id(product_id, "Product", arena, &product)) {
        return err_note(
            note, ERR_USAGE, "remote.product_id must be a product's id (digits or its gid)");
    }
    shopify_remote(product, variant, item, arena, out_remote, out_key, out_stock_key);
    return arena->exhausted ? err_note(note, ERR_LIMIT, "remote is too large") : ERR_OK;
}

/* "name", "name.myshopify.com" or the shop's address, as people paste it. */
static bool shop_name(struct slice text, struct slice *out)
{
    struct slice rest = slice_trim(text);
    if (slice_starts(rest, "https://")) {
        rest = slice_from(rest, strlen("https://"));
    }
    struct slice name;
    slice_cut(&rest, '/', &name);
    if (slice_ends(name, ".myshopify.com")) {
        name.n -= strlen(".myshopify.com");
    }
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_word && (c != '-' || i == 0)) {
            return false;
        }
    }
    *out = name;
    return name.n > 0 && name.n <= 63;
}

static bool is_api_version(struct slice v)
{
    if (slice_is(v, "unstable")) {
        return true;
    }
    for (size_t i = 0; i < v.n; i++) {
        if (i == 4 ? v.p[i] != '-' : v.p[i] < '0' || v.p[i] > '9') {
            return false;
        }
    }
    return v.n == strlen(API_VERSION_MIN);
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
    for (struct json_iter i = json_iter(map); json_next(&i); n++) {
        struct slice code = {0};
        if (!json_text(json_get(i.value, "location"), &code) || code.n == 0) {
            return err_note(note,
                            ERR_USAGE,
                            "settings.location_map[%zu].location must be one of our locations' "
                            "codes",
                            n);
        }
        if (!shopify_id(json_get(i.value, "remote"), "Location", arena, &links[n].remote)) {
            return err_note(note,
                            ERR_USAGE,
                            "settings.location_map[%zu].remote must be a Shopify location's id "
                            "(digits or its gid)",
                            n);
        }
        links[n].location = arena_copy(arena, code);
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
                             struct shopify_config *config,
                             struct err_note *note)
{
    static const char *const signing[] = {
        "webhook_secret", "client_secret", "webhook_secret_old", "client_secret_old"};
    struct slice webhook_secret = {0};

    enum err e = setting_token(secrets, "access_token", arena, &config->access_token, note);
    e = e ? e : setting_token(secrets, "client_id", arena, &config->client_id, note);
    e = e ? e : setting_secret(secrets, "client_secret", arena, &config->client_secret, note);
    e = e ? e : setting_token(secrets, "refresh_token", arena, &config->refresh_token, note);
    e = e ? e : setting_secret(secrets, "webhook_secret", arena, &webhook_secret, note);
    if (e) {
        return e;
    }
    if (!config->access_token.n && (!config->client_id.n || !config->client_secret.n)) {
        return err_note(note,
                        ERR_USAGE,
                        "shopify needs a credential: set secrets.access_token (shpat_...), or "
                        "secrets.client_id and secrets.client_secret of your app in the Dev "
                        "Dashboard");
    }
    /* While a secret is being rotated, Shopify signs with either for up to an hour. */
    for (size_t i = 0; i < COUNT_OF(signing); i++) {
        struct slice secret = {0};
        if (i == 1 && webhook_secret.n) {
            continue; /* client_secret is only the default */
        }
        e = setting_secret(secrets, signing[i], arena, &secret, note);
        if (e) {
            return e;
        }
        if (secret.n) {
            config->hook_secrets[config->hook_secrets_count++] = secret;
        }
    }
    return ERR_OK;
}

/* How tokens come about: bought with the app's own credentials, or allowed by a person. */
static enum err grant_read(struct json settings, bool *out_asks_consent, struct err_note *note)
{
    struct slice grant = {0};
    enum err e = setting_text(settings, "grant", &grant, note);
    if (e) {
        return e;
    }
    *out_asks_consent = slice_is(grant, "authorization_code");
    if (grant.n && !*out_asks_consent && !slice_is(grant, "client_credentials")) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.grant must be client_credentials (an app of the shop's own), "
                        "authorization_code (a person allows it), or absent");
    }
    return ERR_OK;
}

static enum err configure(struct json settings,
                          struct json secrets,
                          struct slice code,
                          bool private_ok,
                          struct arena *arena,
                          struct account *out,
                          struct err_note *note)
{
    (void)private_ok;
    struct slice shop_text = {0};
    struct slice shop = {0};
    struct slice version = {0};
    struct slice base_url = {0};

    enum err e = setting_text(settings, "shop", &shop_text, note);
    e = e ? e : setting_text(settings, "api_version", &version, note);
    e = e ? e : setting_url(settings, "base_url", arena, &base_url, note);
    if (e) {
        return e;
    }
    while (base_url.n && base_url.p[base_url.n - 1] == '/') {
        base_url.n--;
    }
    if (shop_text.n && !shop_name(shop_text, &shop)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.shop must be the shop's myshopify.com name, e.g. "
                        "\"my-shop\" or \"my-shop.myshopify.com\"");
    }
    if (!base_url.n && !shop.n) {
        return err_note(
            note, ERR_USAGE, "settings.shop is missing: set it to the shop's myshopify.com name");
    }
    if (!version.n) {
        version = SLICE(API_VERSION_DEFAULT);
    }
    if (!is_api_version(version) || slice_compare(version, SLICE(API_VERSION_MIN)) < 0) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.api_version must be " API_VERSION_MIN
                        " or newer, e.g. \"" API_VERSION_DEFAULT "\"");
    }
    struct shopify_config *config = ARENA_NEW(arena, struct shopify_config);
    if (!config) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    struct account account = {.connector = &connector_shopify,
                              .code = arena_copy(arena, code),
                              .base_url = base_url,
                              .config = config};
    if (!base_url.n) {
        account.base_url = arena_printf(arena, "https://%.*s.myshopify.com", SLICE_ARG(shop));
    }
    config->endpoint = arena_printf(
        arena, "%.*s/admin/api/%.*s/graphql.json", SLICE_ARG(account.base_url), SLICE_ARG(version));
    config->token_url =
        arena_printf(arena, "%.*s/admin/oauth/access_token", SLICE_ARG(account.base_url));
    if (shop.n) {
        config->shop = arena_printf(arena, "%.*s.myshopify.com", SLICE_ARG(shop));
    }
    e = grant_read(settings, &config->asks_consent, note);
    e = e ? e : secrets_read(secrets, arena, config, note);
    e = e ? e : locations_read(json_get(settings, "location_map"), arena, &account, note);
    if (e) {
        return e;
    }
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    account.needs_consent =
        config->asks_consent && !config->access_token.n && !config->refresh_token.n;
    *out = account;
    return ERR_OK;
}

/* Writes would take any mix; readings ask for one location at a time. */
static struct slice
push_group(const struct account *account, const struct push_item *item, struct arena *arena)
{
    (void)account;
    (void)arena;
    return item->location;
}

static const struct connector_field fields[] = {
    {"shop", "the shop's myshopify.com name, such as my-shop", false, false},
    {"client_id", "of your app in the Dev Dashboard, under Settings", true, true},
    {"client_secret", "beside the client id; it also signs the webhooks", true, true},
    {"access_token",
     "instead of both: the token (shpat_...) of a custom app made in the admin before 2026",
     true,
     true},
    {"webhook_secret", "with an access token: that app's API secret key", true, true},
    {"grant",
     "authorization_code when the shop's owner must allow the app in the browser; else empty",
     false,
     true},
};

const struct connector connector_shopify = {
    .name = "shopify",
    .title = "Shopify",
    .other_writers =
        "In Shopify: Settings > Apps, look for inventory or ERP apps with the right to "
        "write inventory; and Products > Inventory > history of the item names who "
        "changed it.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .semantics =
        {
            .hook_patience_us = 4 * 3600 * US_PER_S, /* eight tries */
            .compare_and_set = true,
            .idempotent_push = true,
            .reads_counts = true,
            .raise_freely = false,
            .has_locations = true,
            .stamp_granularity_us = US_PER_S,
            .event_delay_p99_us = 10 * US_PER_S,
            .ambiguity_us = 10 * US_PER_S,
            .poll_us = 300 * US_PER_S,
            .read_back_us = 3600 * US_PER_S,
            .push_batch_max = 250,
            .read_batch_max = SHOPIFY_READ_MAX,
            .parallel_max = 2,
            .calls_per_s = 0, /* the cost bucket decides, and every answer states it */
        },
    .configure = configure,
    .listing_keys = listing_keys,
    .verify = shopify_verify,
    .decode = shopify_decode,
    .push_group = push_group,
    .build_push = shopify_build_push,
    .read_push = shopify_read_push,
    .build_read = shopify_build_read,
    .read_counts = shopify_read_counts,
    .build_orders = shopify_build_orders,
    .read_orders = shopify_read_orders,
    .build_order = shopify_build_order,
    .read_order = shopify_read_order,
    .build_catalogue = shopify_build_catalogue,
    .read_catalogue = shopify_read_catalogue,
    .wants_token = shopify_wants_token,
    .build_token = shopify_build_token,
    .read_token = shopify_read_token,
    .consent_url = shopify_consent_url,
    .build_code = shopify_build_code,
    .build_connect = shopify_build_connect,
    .read_connect = shopify_read_connect,
};
