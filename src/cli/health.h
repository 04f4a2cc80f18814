/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health - the server watches itself: room on the disk, its clock, its own limits, the file system it
 * lies on, and each night the proof of every number.
 *
 * A look every 15 s on the loop. What it finds is an incident (docs/incidents.md), opened once and
 * closed by the look that finds it cured; an incident that an earlier run left open is closed by the
 * first look that does not find its cause. Where numbers are at stake it acts: it stops writes before
 * the disk is full, and freezes everything when the log no longer proves the numbers.
 */
#pragma once
#include "cli/disk_watch.h"
#include "cli/nightly.h"
#include "intake/refused.h"
#include "push/pusher.h"

#define HEALTH_LOOK_US (15 * US_PER_S)

struct health;

struct health_config {
    struct env *env;
    struct engine *engine;
    struct store *reader;    /* the loop's; borrowed */
    struct pusher *pusher;   /* borrowed; NULL: nothing is pushed, no clock is known */
    struct refused *refused; /* what the limits turn away; borrowed */
    const char *data;        /* the directory; copied */
    struct disk_limits disk;
    bool is_trial; /* the directory is thrown away afterwards: where it lies is not looked at */
    int verify_at; /* minute of the local day; NIGHTLY_NEVER */
};

MUST_USE enum err health_new(const struct health_config *config, struct health **out);
/* The channels as they are now; valid until the next call. */
void health_set_config(struct health *health, const struct config *channels);
void health_start(struct health *health); /* looks soon, and from then on by the timer */
void health_look(struct health *health);  /* one look, now */
/* Proves now, as each night; false: a proof is under way. */
bool health_prove(struct health *health);
void health_metrics(const struct health *health, struct buf *out);
void health_stop(struct health *health);
void health_free(struct health *health); /* before the engine is freed. NULL is fine */
