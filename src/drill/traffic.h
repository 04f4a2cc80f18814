/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traffic - acts a demand out in the look-alike shops, with faults, and watches what they show.
 *
 * Lives on the sandbox's loop and is called in its thread alone. Follows struct sandbox_events, so
 * nobody else can while it is there. The outage refuses every call of one shop's API; its webhooks
 * go on.
 */
#pragma once
#include "drill/demand.h"
#include "drill/sandbox.h"
#include "drill/shown.h"

struct traffic;

struct traffic_plan {
    const struct demand *demand; /* stays the caller's */
    struct shop_faults faults;   /* of every shop, from the beginning to the last buyer */
    size_t outage_shop;
    int64_t outage_from_us, outage_to_us; /* equal: none */
};

#define TRAFFIC_SAMPLES_MAX 240
struct traffic_sample { /* for a picture of the run */
    int64_t orders;     /* so far */
    int64_t above;      /* units above what can be sold, now */
};

struct traffic_figures {
    bool is_over; /* the last buyer has gone */
    int64_t orders, units, refused, cancelled, edited, shipped;
    int64_t started_us, ended_us; /* monotonic; ended: after the last phase */
    int64_t started_wall_us;
    struct shown_result shown;
    int64_t units_sold; /* those that came back too */
    int64_t sample_us;  /* between two of them */
    size_t samples_count;
    struct traffic_sample samples[TRAFFIC_SAMPLES_MAX];
};

/* Every SKU must have been given to every shop, as sandbox_catalogue_fill does, and every shop must
 * show all of it. */
MUST_USE enum err traffic_new(struct env *env,
                              struct sandbox *sandbox,
                              const struct traffic_plan *plan,
                              struct traffic **out);
void traffic_read(struct traffic *traffic, struct traffic_figures *out);
const struct shown *traffic_shown(const struct traffic *traffic);
void traffic_free(struct traffic *traffic);
