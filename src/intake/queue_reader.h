/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_reader - deliveries that wait in a queue of the account (Amazon's SQS): one long poll after
 * the other, so that a message reaches us as soon as it is there.
 *
 *   RECEIVING --messages--> applied, each a delivery of its own --all committed--> RECEIVING
 *       \--failed--> WAITING (1 s, 2 s ... a minute) --> RECEIVING
 *
 * A message is acknowledged only after its commit; what was not comes again, and is a duplicate
 * then. Runs on the loop's thread.
 */
#pragma once
#include "engine/engine.h"

struct queue_readers;

struct queue_readers_config {
    struct env *env;
    struct engine *engine;
    const struct vault *vault;
    bool forgets_bodies;
    /* As of webhooks_config (webhook.h). */
    void (*on_fetch)(void *arg,
                     struct channel_id channel,
                     const struct fetch *fetches,
                     size_t count,
                     int64_t delay_us);
    void (*on_heard)(void *arg, struct channel_id channel, int64_t received_at_us);
    void *arg;
};

MUST_USE enum err queue_readers_new(const struct queue_readers_config *config,
                                    struct queue_readers **out);
/* Begins reading queues that are new, and ends with those that are gone. */
void queue_readers_set_config(struct queue_readers *readers, const struct config *channels);
void queue_readers_stop(struct queue_readers *readers);
void queue_readers_free(struct queue_readers *readers); /* after the loop has ended */
