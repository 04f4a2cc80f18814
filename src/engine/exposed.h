/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exposed - which listings other channels may oversell, from what the store recorded: the figures
 * that core/exposure.h reckons with, per listing, and the worst of all of them.
 *
 *   sold         units that other channels' orders reserved, in the last day or in the last week,
 *                whichever was faster; a younger SKU by its age (at least an hour), a busy one by
 *                the time of its latest EXPOSED_MOVEMENTS movements (at least a minute)
 *   propagation  95 of 100 sales were shown by the channel within it, of those among its pushes in
 *                the newest EXPOSED_PUSHES of all channels and the last week; with fewer than
 *                EXPOSED_SAMPLES of them 5 s, or the longest of them when that is more
 *
 * A bundle is as exposed as its most exposed component, in bundles.
 *
 * The worst are found by looking, in small steps, through the last day's movements (at most
 * EXPOSED_LOOKED of them), and reckoning those EXPOSED_ROWS SKUs that sold the most; the table
 * holds EXPOSED_ROWS listings and is good for EXPOSED_KEEP_US. Nothing is read unless somebody
 * asks. The loop's; it keeps no pointer to what it is called with.
 */
#pragma once
#include "core/exposure.h"
#include "engine/show.h"

#define EXPOSED_MOVEMENTS 200
#define EXPOSED_PUSHES 2000
#define EXPOSED_SAMPLES 20
#define EXPOSED_LOOKED 100000
#define EXPOSED_ROWS 1000
#define EXPOSED_KEEP_US (60 * US_PER_S)

struct exposed_row {
    struct listing_id listing;
    struct channel_id channel;
    struct sku_id sku;
    int64_t sellable; /* as last computed */
    struct exposure_given given;
    struct exposure exposure;
    int64_t samples; /* pushes that propagation was measured by */
    bool is_assumed; /* too few of them */
};

struct exposed;

MUST_USE enum err exposed_new(struct exposed **out);
void exposed_free(struct exposed *exposed); /* NULL is fine */

/* Of one listing. now_us: wall. */
MUST_USE enum err exposed_of(struct exposed *exposed,
                             struct store *store,
                             const struct config *config,
                             const struct listing_row *listing,
                             const struct sku_row *sku,
                             int64_t now_us,
                             struct exposed_row *out);

/* A step towards a table that is young enough; done at once while it is. A failed step begins
 * anew. */
MUST_USE enum err exposed_step(struct exposed *exposed,
                               struct store *store,
                               const struct config *config,
                               int64_t now_us,
                               bool *out_done);
/* Live listings that are not paused, the worst first. */
const struct exposed_row *exposed_table(const struct exposed *exposed, size_t *out_count);

/* The object "exposure" of the API, and one item of its list. */
void exposed_show(struct show *s, const struct exposed_row *row);
void exposed_show_item(struct show *s, const struct exposed_row *row);
