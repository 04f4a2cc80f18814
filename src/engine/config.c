/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/config.h"

#define CONFIG_BYTES_MAX ((size_t)64 * 1024 * 1024)

static struct slice bound_to(struct channel_id channel, struct arena *arena)
{
    return arena_printf(arena, "channel:%" PRId64, channel.v);
}

enum err secrets_seal(const struct vault *vault,
                      struct channel_id channel,
                      const uint8_t nonce[24],
                      struct slice plain,
                      struct arena *arena,
                      struct slice *out)
{
    return crypto_seal(vault->key, nonce, plain, bound_to(channel, arena), arena, out);
}

enum err secrets_open(const struct vault *vault,
                      struct channel_id channel,
                      struct slice sealed,
                      struct arena *arena,
                      struct slice *out)
{
    if (sealed.n == 0) {
        *out = SLICE("{}");
        return ERR_OK;
    }
    return crypto_open(vault->key, sealed, bound_to(channel, arena), arena, out);
}

const struct channel_config *config_channel(const struct config *config, struct channel_id id)
{
    for (size_t i = 0; i < config->channels_count; i++) {
        if (config->channels[i].row.id.v == id.v) {
            return &config->channels[i];
        }
    }
    return NULL;
}

const struct channel_config *config_channel_by_code(const struct config *config, struct slice code)
{
    for (size_t i = 0; i < config->channels_count; i++) {
        if (slice_equal(config->channels[i].row.code, code)) {
            return &config->channels[i];
        }
    }
    return NULL;
}

const struct location_row *config_location(const struct config *config, struct location_id id)
{
    for (size_t i = 0; i < config->locations_count; i++) {
        if (config->locations[i]->id.v == id.v) {
            return config->locations[i];
        }
    }
    return NULL;
}

const struct location_row *config_location_by_code(const struct config *config, struct slice code)
{
    for (size_t i = 0; i < config->locations_count; i++) {
        if (slice_equal(config->locations[i]->code, code)) {
            return config->locations[i];
        }
    }
    return NULL;
}

const struct location_row *config_location_of(const struct config *config,
                                              const struct channel_config *channel,
                                              struct slice remote)
{
    if (!channel_has_locations(channel)) {
        return config_location_by_code(config, remote);
    }
    for (size_t i = 0; i < channel->account.locations_count; i++) {
        if (slice_equal(channel->account.locations[i].remote, remote)) {
            return config_location_by_code(config, channel->account.locations[i].location);
        }
    }
    return NULL;
}

struct slice config_remote_of(const struct channel_config *channel,
                              const struct location_row *location)
{
    for (size_t i = 0; i < channel->account.locations_count; i++) {
        if (slice_equal(channel->account.locations[i].location, location->code)) {
            return channel->account.locations[i].remote;
        }
    }
    return (struct slice){0};
}

static bool
read_codes(struct json array, struct arena *arena, const struct slice **out, size_t *out_count)
{
    size_t n = json_count(array);
    struct slice *codes = ARENA_ARRAY(arena, n + 1, struct slice);
    *out = codes;
    *out_count = 0;
    if (json_type(array) == JSON_NONE || json_type(array) == JSON_NULL) {
        return codes != NULL;
    }
    for (struct json_iter i = json_iter(array); codes && json_next(&i);) {
        struct slice text;
        if (!json_text(i.value, &text)) {
            return false;
        }
        codes[(*out_count)++] = arena_copy(arena, text);
    }
    return codes != NULL && json_type(array) == JSON_ARRAY;
}

static enum err read_stop(const struct config *config,
                          struct json v,
                          struct arena *arena,
                          struct route_stop *out,
                          struct err_note *note)
{
    struct slice code = {0};
    if (!json_text(json_get(v, "location"), &code)) {
        return err_note(note, ERR_USAGE, "route: each entry needs \"location\", a location's code");
    }
    const struct location_row *location = config_location_by_code(config, code);
    if (!location) {
        return err_note(note,
                        ERR_USAGE,
                        "route: there is no location '%.*s': create it first",
                        SLICE_ARG(code));
    }
    *out = (struct route_stop){.location = location->id, .is_active = location->is_active};
    struct json priority = json_get(v, "priority"), cost = json_get(v, "cost"),
                fee = json_get(v, "fee");
    if ((json_type(priority) != JSON_NONE && !json_int(priority, &out->priority)) ||
        (json_type(cost) != JSON_NONE && !json_int(cost, &out->cost)) ||
        (json_type(fee) != JSON_NONE && !json_int(fee, &out->fee))) {
        return err_note(
            note, ERR_USAGE, "route: \"priority\", \"cost\" and \"fee\" are whole numbers");
    }
    if (!read_codes(json_get(v, "countries"), arena, &out->countries, &out->countries_count) ||
        !read_codes(json_get(v, "regions"), arena, &out->regions, &out->regions_count)) {
        return err_note(note, ERR_USAGE, "route: \"countries\" and \"regions\" are lists of codes");
    }
    return ERR_OK;
}

/* Without a route a channel sells from every active location, in the order in which they were
 * created. */
static enum err read_route(const struct config *config,
                           struct json route,
                           struct arena *arena,
                           struct channel_config *out,
                           struct err_note *note)
{
    size_t n = json_count(route);
    if (n == 0) {
        out->stops = ARENA_ARRAY(arena, config->locations_count + 1, struct route_stop);
        for (size_t i = 0; out->stops && i < config->locations_count; i++) {
            const struct location_row *row = config->locations[i];
            out->stops[out->stops_count++] =
                (struct route_stop){.location = row->id, .is_active = row->is_active};
        }
        return out->stops ? ERR_OK : ERR_LIMIT;
    }
    if (json_type(route) != JSON_ARRAY) {
        return err_note(note, ERR_USAGE, "route: a list of {\"location\"} is wanted");
    }
    out->stops = ARENA_ARRAY(arena, n, struct route_stop);
    if (!out->stops) {
        return ERR_LIMIT;
    }
    for (struct json_iter i = json_iter(route); json_next(&i);) {
        enum err e = read_stop(config, i.value, arena, &out->stops[out->stops_count], note);
        if (e) {
            return e;
        }
        for (size_t k = 0; k < out->stops_count; k++) {
            if (out->stops[k].location.v == out->stops[out->stops_count].location.v) {
                return err_note(note,
                                ERR_USAGE,
                                "route: a location stands there twice: give it one entry, with all "
                                "its countries and regions");
            }
        }
        out->stops_count++;
    }
    route_sort(out->stops, out->stops_count);
    return ERR_OK;
}

struct parsed {
    struct json_doc *settings_doc, *secrets_doc, *route_doc;
    struct json settings, secrets, route;
};

static void parsed_free(struct parsed *p)
{
    json_doc_free(p->settings_doc);
    json_doc_free(p->secrets_doc);
    json_doc_free(p->route_doc);
}

static enum err
parse(struct json_doc **doc, struct slice text, struct json *out, struct err_note *note)
{
    *out = (struct json){0};
    if (text.n == 0) {
        return ERR_OK;
    }
    *doc = json_doc_new();
    return *doc ? json_parse(*doc, text, out, note) : ERR_MEMORY;
}

enum err channel_configure(const struct config *config,
                           const struct vault *vault,
                           const struct channel_row *row,
                           struct slice plain_secrets,
                           struct arena *arena,
                           struct channel_config *out,
                           struct err_note *note)
{
    ON_EXIT(parsed_free) struct parsed p = {0};
    *out = (struct channel_config){
        .row = *row,
        .connector = connector_find(row->connector),
        .policy = {row->buffer, row->percent, row->cap, POLICY_UNSET, 1},
    };
    if (!out->connector) {
        return err_note(
            note, ERR_USAGE, "connector: there is no '%.*s'", SLICE_ARG(row->connector));
    }
    enum err e = parse(&p.settings_doc, row->settings, &p.settings, note);
    e = e ? e : parse(&p.secrets_doc, plain_secrets, &p.secrets, note);
    e = e ? e : parse(&p.route_doc, row->route, &p.route, note);
    e = e ? e : read_route(config, p.route, arena, out, note);
    e = e ? e
          : out->connector->configure(
                p.settings, p.secrets, row->code, vault->private_ok, arena, &out->account, note);
    out->is_connected = !e && json_type(json_get(p.settings, "connected_at")) == JSON_TEXT;
    struct slice until = {0};
    if (!e && json_text(json_get(p.secrets, SECRET_TOKEN_UNTIL), &until) &&
        !slice_int(until, &out->token_until_us)) {
        out->token_until_us = 1; /* not what we wrote: buy another */
    }
    if (!e && out->account.base_url.n && !vault->private_ok &&
        !slice_starts(out->account.base_url, "https://")) {
        e = err_note(note,
                     ERR_USAGE,
                     "base_url: '%.*s' is not https; shops on a LAN need truecount serve "
                     "--allow-private-channels",
                     SLICE_ARG(out->account.base_url));
    }
    return e;
}

struct slice hook_proof(const struct vault *vault, struct slice text, struct arena *arena)
{
    uint8_t digest[32];
    const struct slice parts[] = {
        {(const char *)vault->key, sizeof(vault->key)}, SLICE("public address"), text};
    blake2b(digest, sizeof(digest), parts, COUNT_OF(parts));
    return hex_encode(arena, (struct slice){(const char *)digest, sizeof(digest)});
}

bool channel_has_locations(const struct channel_config *channel)
{
    return channel->connector &&
           (channel->connector->semantics.has_locations || channel->account.has_locations);
}

int64_t channel_target(const struct channel_config *channel, const struct listing_row *listing)
{
    return listing->sellable + (channel->account.adds_open_units ? listing->open_units : 0);
}

bool channel_has_credentials(const struct channel_config *channel)
{
    const struct connector *c = channel->connector;
    return !channel->account.needs_consent &&
           (!c->wants_token || !c->wants_token(&channel->account));
}

static enum err load_channel(struct config *config,
                             const struct vault *vault,
                             const struct channel_row *row,
                             struct channel_config *out)
{
    struct slice plain = {0};
    enum err e = secrets_open(vault, row->id, row->secrets, &config->arena, &plain);
    struct err_note note = {""};
    if (e == ERR_AUTH) {
        err_note(
            &note, e, "the secrets of '%.*s' do not open with this key file", SLICE_ARG(row->code));
    }
    e = e ? e : channel_configure(config, vault, row, plain, &config->arena, out, &note);
    crypto_wipe((char *)(uintptr_t)plain.p, row->secrets.n && plain.p ? plain.n : 0);
    if (e) {
        struct route_stop *stops = out->stops;
        size_t stops_count = out->stops_count;
        *out = (struct channel_config){
            .row = *row,
            .connector = connector_find(row->connector),
            .account_error = e,
            .account_note = note,
            .stops = stops,
            .stops_count = stops_count,
            .policy = {row->buffer, row->percent, row->cap, POLICY_UNSET, 1}};
    }
    return e == ERR_LIMIT || e == ERR_MEMORY ? e : ERR_OK;
}

enum err config_load(struct store *store, const struct vault *vault, struct config **out)
{
    struct config *config = calloc(1, sizeof(*config));
    if (!config) {
        return ERR_MEMORY;
    }
    arena_init(&config->arena, CONFIG_BYTES_MAX);
    struct rows locations = {0}, channels = {0};
    enum err e = store->ops->locations(store, &config->arena, &locations);
    e = e ? e : store->ops->channels(store, &config->arena, &channels);
    config->locations = (struct location_row **)locations.items;
    config->locations_count = locations.count;
    config->channels = ARENA_ARRAY(&config->arena, channels.count + 1, struct channel_config);
    e = e ? e : config->channels ? ERR_OK : ERR_LIMIT;
    for (size_t i = 0; !e && i < channels.count; i++) {
        e = load_channel(config, vault, channels.items[i], &config->channels[i]);
        config->channels_count += !e;
    }
    if (e) {
        config_free(config);
        return e;
    }
    *out = config;
    return ERR_OK;
}

void config_free(struct config *config)
{
    if (config) {
        arena_free(&config->arena);
        free(config);
    }
}
