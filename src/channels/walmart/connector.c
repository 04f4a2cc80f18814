/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/settings.h"
#include "channels/walmart/walmart.h"

#define LOCATIONS_MAX 1000
#define BASE_URL "https://marketplace.walmartapis.com"

static enum err
nodes_read(struct json map, struct arena *arena, struct account *account, struct err_note *note)
{
    size_t count = json_count(map);

    if (json_type(map) == JSON_NONE || json_type(map) == JSON_NULL) {
        return ERR_OK;
    }
    if (json_type(map) != JSON_ARRAY || count > LOCATIONS_MAX) {
        return err_note(
            note, ERR_USAGE, "settings.ship_nodes must be a list of {\"location\",\"remote\"}");
    }
    struct location_link *links = ARENA_ARRAY(arena, count + 1, struct location_link);
    if (!links) {
        return err_note(note, ERR_LIMIT, "settings.ship_nodes is too large");
    }
    size_t n = 0;
    for (struct json_iter i = json_iter(map); json_next(&i) && n < count; n++) {
        struct slice code = {0};
        if (!json_text(json_get(i.value, "location"), &code) || code.n == 0) {
            return err_note(note,
                            ERR_USAGE,
                            "settings.ship_nodes[%zu].location must be one of our locations' codes",
                            n);
        }
        if (!wm_id_text(json_get(i.value, "remote"), arena, &links[n].remote)) {
            return err_note(note,
                            ERR_USAGE,
                            "settings.ship_nodes[%zu].remote must be a ship node's id, as "
                            "\"1000005050\"",
                            n);
        }
        links[n].location = arena_copy(arena, code);
        for (size_t k = 0; k < n; k++) {
            if (slice_equal(links[k].remote, links[n].remote) ||
                slice_equal(links[k].location, code)) {
                return err_note(note,
                                ERR_USAGE,
                                "settings.ship_nodes[%zu] names a location or node that [%zu] "
                                "names too",
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

static enum err mode_read(struct json settings, struct account *account, struct err_note *note)
{
    struct slice mode = {0};
    enum err e = setting_text(settings, "count_mode", &mode, note);

    if (e) {
        return e;
    }
    account->adds_open_units = slice_is(mode, "gross");
    if (mode.n && !account->adds_open_units && !slice_is(mode, "net")) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.count_mode must be \"net\" (never oversells, shows open orders' "
                        "units twice as sold) or \"gross\" (exact, if shipments reach us at once)");
    }
    return ERR_OK;
}

static enum err secrets_read(struct json secrets,
                             struct arena *arena,
                             struct wm_config *config,
                             struct err_note *note)
{
    enum err e = setting_token(secrets, "client_id", arena, &config->client_id, note);
    e = e ? e : setting_token(secrets, "client_secret", arena, &config->client_secret, note);
    e = e ? e : setting_token(secrets, "access_token", arena, &config->access_token, note);
    e = e ? e : setting_token(secrets, "webhook_secret", arena, &config->webhook_secret, note);
    if (e) {
        return e;
    }
    if (!config->client_id.n || !config->client_secret.n ||
        memchr(config->client_id.p, ':', config->client_id.n)) {
        return err_note(note,
                        ERR_USAGE,
                        "secrets.client_id and secrets.client_secret are needed: take them from "
                        "developer.walmart.com > My Account > API Keys");
    }
    return ERR_OK;
}

static enum err wm_configure(struct json settings,
                             struct json secrets,
                             struct slice code,
                             bool private_ok,
                             struct arena *arena,
                             struct account *out,
                             struct err_note *note)
{
    (void)private_ok;
    struct wm_config *config = ARENA_NEW(arena, struct wm_config);
    struct account account = {
        .connector = &connector_walmart,
        .code = arena_copy(arena, code),
        .config = config,
    };

    if (!config) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    enum err e = setting_url(settings, "base_url", arena, &account.base_url, note);
    e = e ? e : mode_read(settings, &account, note);
    e = e ? e : secrets_read(secrets, arena, config, note);
    e = e ? e : nodes_read(json_get(settings, "ship_nodes"), arena, &account, note);
    if (e) {
        return e;
    }
    while (account.base_url.n && account.base_url.p[account.base_url.n - 1] == '/') {
        account.base_url.n--;
    }
    if (!account.base_url.n) {
        account.base_url = SLICE(BASE_URL);
    }
    config->is_sandbox = slice_starts(account.base_url, "https://sandbox.walmartapis.com");
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "the settings are too large");
    }
    *out = account;
    return ERR_OK;
}

static const struct connector_field fields[] = {
    {.name = "client_id",
     .help = "Client ID of your own shop's key: developer.walmart.com > My Account > API Keys",
     .is_secret = true},
    {.name = "client_secret", .help = "Client Secret, on the same page", .is_secret = true},
    {.name = "count_mode",
     .help = "net (the default, never oversells) or gross (exact, if shipments reach us at once)",
     .is_optional = true},
};

const struct connector connector_walmart = {
    .name = "walmart",
    .title = "Walmart",
    .other_writers = "In Seller Center: other solution providers with inventory rights, and "
                     "inventory files uploaded by hand.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .semantics =
        {
            .hook_failures_max = 3, /* attempts of each delivery */
            .compare_and_set = false,
            .idempotent_push = false,
            .reads_counts = true,
            /* inputQty is nobody's but ours: no sale lowers it, so that none can be on its way. */
            .raise_freely = true,
            .catalogue_lacks_counts = true,
            .own_sales_keep_count = true,
            .has_locations = false, /* with settings.ship_nodes: account.has_locations */
            /* Stamps are milliseconds that end in 000 more often than not. */
            .stamp_granularity_us = US_PER_S,
            /* We read its orders every 30 s: a sale is here by then, however late its event. */
            .event_delay_p99_us = 60 * US_PER_S,
            .ambiguity_us = 60 * US_PER_S,
            .poll_us = 30 * US_PER_S,
            .read_back_us = 3600 * US_PER_S,
            .push_batch_max = 1,
            .read_batch_max = WM_READ_MAX,
            .parallel_max = 3,
            .calls_per_s = 0,
            .bulk_from = 600, /* three minutes of single writes */
            .bulk_max = WM_BULK_MAX,
            .limits =
                {
                    /* Of the 200 calls a minute for inventory; read.c takes the other 50. */
                    [CALL_PUSH] = {.per_1000s = 2500, .burst = 50},
                    /* 10 files go up an hour. One too many is refused, and waits alone. */
                    [CALL_BULK] = {.per_1000s = 2, .burst = 10},
                    [CALL_BULK_NEXT] = {.per_1000s = 5000, .burst = 20},
                    [CALL_READ] = {.per_1000s = 800, .burst = 20},
                    [CALL_ORDERS] = {.per_1000s = 83333, .burst = 100},
                    [CALL_ORDER] = {.per_1000s = 83333, .burst = 100},
                    [CALL_CATALOGUE] = {.per_1000s = 5000, .burst = 20},
                },
            .token_ahead_us = 180 * US_PER_S,
        },
    .configure = wm_configure,
    .listing_keys = wm_listing_keys,
    .verify = wm_verify,
    .decode = wm_decode,
    .push_group = wm_push_group,
    .build_push = wm_build_push,
    .read_push = wm_read_push,
    .build_read = wm_build_read,
    .read_counts = wm_read_counts,
    .build_orders = wm_build_orders,
    .read_orders = wm_read_orders,
    .build_order = wm_build_order,
    .read_order = wm_read_order,
    .build_catalogue = wm_build_catalogue,
    .read_catalogue = wm_read_catalogue,
    .wants_token = wm_wants_token,
    .build_token = wm_build_token,
    .read_token = wm_read_token,
    .build_connect = wm_build_connect,
    .read_connect = wm_read_connect,
};
