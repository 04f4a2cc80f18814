/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config - channels and locations, ready for use: settings parsed, secrets opened, routes sorted.
 *
 * Small, read whole from the store and replaced whole when it changes. The writer and the loop each
 * own one. Immutable once loaded.
 */
#pragma once
#include "base/crypto.h"
#include "channels/connector.h"
#include "store/store.h"

struct channel_config {
    struct channel_row row;
    const struct connector *connector;
    struct account account; /* usable when account_error is ERR_OK */
    /* Wall time until which its access token, which we bought, is good; 0: it lasts, or there is
     * none. */
    int64_t token_until_us;
    bool is_connected;      /* connecting has succeeded: subscriptions are looked after */
    enum err account_error; /* settings or secrets that do not do */
    struct err_note account_note;
    struct route_stop *stops; /* sorted */
    size_t stops_count;
    struct policy policy; /* the channel's; pack_size 1, min_to_list unset */
};

struct config {
    struct arena arena;
    struct location_row **locations;
    size_t locations_count;
    struct channel_config *channels;
    size_t channels_count;
};

/* What opening the store's secrets takes. */
struct vault {
    uint8_t key[SEAL_KEY_SIZE];
    bool private_ok; /* channels may live on private addresses and plain http */
};

MUST_USE enum err config_load(struct store *store, const struct vault *vault, struct config **out);
void config_free(struct config *config); /* NULL is fine */

/* Among a channel's secrets, beside an access_token that we bought: until when it is good, wall, in
 * microseconds as text. */
#define SECRET_TOKEN_UNTIL "access_token_until"
/* What a GET of /hooks/{channel}?truecount=TEXT says to the text: the caller who knows the same can
 * tell that the address leads to this server. */
struct slice hook_proof(const struct vault *vault, struct slice text, struct arena *arena);
/* Do its counts belong to locations? */
bool channel_has_locations(const struct channel_config *channel);
/* What is written for a listing: what it may sell, and where the platform subtracts its own open
 * orders by itself those too. */
int64_t channel_target(const struct channel_config *channel, const struct listing_row *listing);
/* May the channel be called with the credentials it has now? */
bool channel_has_credentials(const struct channel_config *channel);

const struct channel_config *config_channel(const struct config *config, struct channel_id id);
const struct channel_config *config_channel_by_code(const struct config *config, struct slice code);
const struct location_row *config_location(const struct config *config, struct location_id id);
const struct location_row *config_location_by_code(const struct config *config, struct slice code);

/* Our location for the channel's own id, by its location_map; for connectors without one, our code
 * itself. */
const struct location_row *config_location_of(const struct config *config,
                                              const struct channel_config *channel,
                                              struct slice remote);
/* The channel's id of our location; empty when it is not mapped. */
struct slice config_remote_of(const struct channel_config *channel,
                              const struct location_row *location);

/* Parses settings, secrets (plain JSON texts) and route, as config_load does; for checking a
 * request before it is kept. ERR_USAGE with a note that names the field. */
MUST_USE enum err channel_configure(const struct config *config,
                                    const struct vault *vault,
                                    const struct channel_row *row,
                                    struct slice plain_secrets,
                                    struct arena *arena,
                                    struct channel_config *out,
                                    struct err_note *note);

/* Secrets at rest: sealed with the vault's key, bound to the channel. nonce: 24 fresh random bytes.
 */
MUST_USE enum err secrets_seal(const struct vault *vault,
                               struct channel_id channel,
                               const uint8_t nonce[24],
                               struct slice plain,
                               struct arena *arena,
                               struct slice *out);
MUST_USE enum err secrets_open(const struct vault *vault,
                               struct channel_id channel,
                               struct slice sealed,
                               struct arena *arena,
                               struct slice *out);
