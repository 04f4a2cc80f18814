/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api - the HTTP API: one route table, tokens with scopes, problem+json, cursors, Idempotency-Key.
 *
 * Reads run on the loop against a reader of the store and never block the writer. Writes become
 * turns; they are answered after their commit. Errors are RFC 9457 problems that say what to do.
 */
#pragma once
#include "engine/engine.h"
#include "engine/lane_figures.h"
#include "intake/http_server.h"

struct api;
struct outlet_trial;
struct cidr;

/* The log's events name the token that asked: its id, or one of these. */
#define API_TOKEN_ADMIN 0    /* the preset admin token */
#define API_TOKEN_CONSOLE -1 /* a command on the data directory, through control.sock */
#define API_TOKEN_OF_USER(id) (-1 - (id)) /* a person, by number: -2 is user 1 */

struct api_config {
    struct env *env;
    struct engine *engine;
    struct store *reader; /* the loop's; borrowed */
    const struct vault *vault;
    const char *admin_token;    /* preset; NULL: none */
    struct refused *refused;    /* counts what the full queue turns away; NULL: nobody does */
    const char *public_url;     /* as browsers know us; NULL: by the address they asked */
    const struct cidr *proxies; /* whose X-Forwarded-For is believed */
    size_t proxies_count;
    bool has_public_metrics;
    /* What a replayed delivery asks to be read. */
    void (*on_fetch)(void *arg,
                     struct channel_id channel,
                     const struct fetch *fetches,
                     size_t count,
                     int64_t delay_us);
    /* A job of the kind is committed: carry it on. */
    void (*on_connect)(void *arg, const struct connect_order *order);
    void (*on_import)(void *arg, const struct import_order *order);
    void (*on_replay)(void *arg, const struct replay_order *order);
    /* No push of the channel (0: of all) leaves from now on, or they may again; long before the
     * request that says so is committed. */
    void (*on_pause)(void *arg, struct channel_id channel, bool is_paused);
    /* Sends a test message to a webhook (engine/outlet.h). NULL: no server runs that could. */
    void (*on_webhook_test)(void *arg,
                            int64_t id,
                            void (*done)(void *done_arg, const struct outlet_trial *trial),
                            void *done_arg);
    /* How a channel's queue stands now; leaves out as it was when nobody knows. NULL: no server runs. */
    void (*lane_figures)(void *arg, struct channel_id channel, struct lane_figures *out);
    /* Appends Prometheus lines of other rooms. NULL: none. */
    void (*metrics)(void *arg, struct buf *out);
    void *arg;
};

MUST_USE enum err api_new(const struct api_config *config, struct api **out);
void api_set_config(struct api *api, const struct config *channels);
/* What was committed, for whoever listens to GET /v1/stream. */
void api_turn(struct api *api, const struct turn *turn);
void api_dirty(struct api *api, const struct dirty_hint *hints, size_t count);
void api_committed(struct api *api);
/* A one-time code for POST /v1/setup, where there is no user yet: it replaces the one before. Lives
 * as long as the api; NULL: there is a user. */
MUST_USE enum err api_setup_code(struct api *api, const char **out);
void api_set_ready(struct api *api, bool ready); /* what /readyz says */
void api_tokens_changed(struct api *api);        /* by somebody else: they are read again */
/* Any request that is not a delivery. Answers it, now or after a commit. */
void api_handle(struct api *api, struct http_exchange *x);
/* The same for who may read the database anyway: no token is asked for, all is allowed. */
void api_handle_console(struct api *api, struct http_exchange *x);
/* How large the body of a request may be; 0: as any other. */
size_t api_body_max(const struct http_request *head);
/* Its token reaches for such a request. */
bool api_may_send(struct api *api, const struct http_request *head);
void api_free(struct api *api);
