/* SPDX-License-Identifier: Apache-2.0 */
/*
 * autopsy - an oversold unit's story, read from the log: who took the last unit, when we heard of it,
 * when the channel that sold it again was told, and which of these was too late (core/autopsy.h).
 *
 * Reads only, of the writer's store or a reader's. Nothing of it is stored: movements and pushes
 * stay for ever, and what was not yet known (a push still under way) is there the next time.
 */
#pragma once
#include "core/autopsy.h"
#include "engine/show.h"

struct autopsy {
    struct sku_id sku;
    struct location_id location;
    struct channel_id channel; /* that sold what was not there */
    struct slice order, line;
    int64_t units; /* not there */
    int64_t booked_at_us, sold_at_us;
    /* Who had taken the last unit; n 0: nobody in sight (it was never there). */
    struct movement_row first;
    struct push_row push; /* that told the channel; n 0: none */
    int64_t shown;        /* what the channel had last confirmed by then; POLICY_UNSET: nothing */
    int64_t taken_by_others; /* units, since then */
    int64_t buffer;
    struct autopsy_times times;
    struct autopsy_verdict verdict;
};

/* Of every unit of an order that was booked as missing: struct autopsy. ERR_NOT_FOUND: no order. */
MUST_USE enum err autopsy_of_order(struct store *store,
                                   struct channel_id channel,
                                   struct slice order,
                                   struct arena *arena,
                                   struct rows *out);
void show_autopsy(struct show *s, const struct autopsy *a);

/* When the SKU's last available unit of a location went, as recorded; 0: not among its latest
 * movements. */
MUST_USE enum err autopsy_ran_out_at(struct store *store,
                                     struct sku_id sku,
                                     struct location_id location,
                                     struct arena *arena,
                                     int64_t *out_us);
