/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook - deliveries of channels: POST /hooks/{channel}[/{topic}].
 *
 * Bounded by the server, verified on the raw bytes, decoded into facts, given to the engine;
 * answered 2xx only after the commit. 401: wrong signature, nothing stored. 404: no such channel.
 * 503 with Retry-After: the engine is full or the disk is; what was refused is read from the
 * channel soon after.
 *
 * The key of a delivery is a digest of channel, topic and the signed bytes, or of the id that those
 * bytes state: an unsigned id would let anybody replay. GET answers the challenges of platforms.
 */
#pragma once
#include "engine/engine.h"
#include "intake/http_server.h"

struct webhooks;

struct webhooks_config {
    struct env *env;
    struct engine *engine;
    const struct vault *vault;
    bool forgets_bodies;     /* nothing of a delivery is kept but its facts */
    struct refused *refused; /* counts what the full queue turns away; NULL: nobody does */
    /* What a delivery asks to be read, and that one was refused. Any may be NULL. */
    void (*on_fetch)(void *arg,
                     struct channel_id channel,
                     const struct fetch *fetches,
                     size_t count,
                     int64_t delay_us);
    void (*on_refused)(void *arg, struct channel_id channel);
    /* An authentic delivery, or a ping, has come. */
    void (*on_heard)(void *arg, struct channel_id channel, int64_t received_at_us);
    void *arg;
};

struct webhook_counters {
    uint64_t accepted, refused_signature, refused_busy, pings, unknown_channel;
};

MUST_USE enum err webhooks_new(const struct webhooks_config *config, struct webhooks **out);
void webhooks_set_config(struct webhooks *webhooks, const struct config *channels);
/* Wants a request whose path starts with "/hooks/". Answers it, now or after the commit. */
void webhook_handle(struct webhooks *webhooks, struct http_exchange *x);
struct webhook_counters webhook_counters(const struct webhooks *webhooks);
void webhooks_free(struct webhooks *webhooks);
