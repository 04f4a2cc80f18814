/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replays - carries out the job of a replay (engine/replay.h): reads the deliveries of its range,
 * decodes them with the connectors as they are now, and hands them to the writer, oldest first.
 *
 * On a thread and a reader of its own, so that neither the loop nor the writer waits for it. Other
 * turns come first: no more than REPLAY_UNDER_WAY of its own wait at a time, and none is added while
 * the writer's queue is long. A dry run gives the writer nothing to do: it is rehearsed on one
 * snapshot, each delivery after those before it, so that it shows what applying the range would
 * book; only where that outgrows its memory are differences shown one by one against the present.
 *
 * All functions are the loop's. One replay at a time, which the job's creation guards.
 */
#pragma once
#include "engine/replay.h"

#define REPLAY_UNDER_WAY 64

struct replays;

struct replays_config {
    struct env *env;
    struct engine *engine;
    const struct vault *vault;
    /* On the loop: what a replayed delivery asks to be read. NULL: nobody reads. */
    void (*on_fetch)(void *arg,
                     struct channel_id channel,
                     const struct fetch *fetches,
                     size_t count,
                     int64_t delay_us);
    void *arg;
};

MUST_USE enum err replays_new(const struct replays_config *config, struct replays **out);
/* The job was committed: begin. */
void replays_start(struct replays *replays, const struct replay_order *order);
/* Ends the one under way; its job says where. Before the engine stops. */
void replays_stop(struct replays *replays);
void replays_free(struct replays *replays); /* after the engine has stopped; NULL is fine */
