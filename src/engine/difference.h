/* SPDX-License-Identifier: Apache-2.0 */
/*
 * difference - a count that was read, compared with what it should be: kept, explained, healed.
 *
 * Every reading is counted in its channel's day (agreement_row). One that differs opens a
 * difference_row, or is the same one seen again; the first that agrees ends it. On a live channel it
 * is a DRIFT incident too, and the listing's figure is written again: at most DRIFT_CORRECTIONS_MAX
 * times a day, then the listing is contested. Inside the engine room only.
 */
#pragma once
#include "engine/batch.h"

struct reading_facts {
    enum expected_reading verdict;
    int64_t shown;
    int64_t missing; /* units that READING_FOREIGN found missing (negative: too many) */
    bool is_flagged;
    struct slice reason; /* what the channel says beside the count; or empty */
};
/* True: it is wrong, and its incident is open. */
bool difference_take(struct batch *b,
                     const struct channel_config *channel,
                     struct batch_listing *listing,
                     const struct reading_facts *facts);

/* An order of the channel found units missing; avoidable: in live mode the channel would have shown
 * zero by then. */
void difference_oversold(struct batch *b,
                         const struct channel_config *channel,
                         int64_t units,
                         int64_t avoidable);

/* When the SKU, or a part of it, last moved, wall; 0: never. */
int64_t sku_moved_at(struct batch *b, const struct batch_sku *sku);
