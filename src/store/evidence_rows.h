/* SPDX-License-Identifier: Apache-2.0 */
/* evidence_rows - rows of the store: what was found when counts were read back. */
#pragma once
#include "core/drift.h"
#include "core/types.h"

enum channel_mode { MODE_OFF, MODE_SHADOW, MODE_LIVE };

/* One time that a listing's count was not what it should be, from the first reading that said so to
 * the first that did not. */
struct difference_row {
    int64_t n;
    struct listing_id listing;
    struct channel_id channel;
    struct sku_id sku;
    enum channel_mode mode; /* of the channel, when it began */
    enum difference_cause cause;
    int64_t shown, computed; /* as last read, and what it should have been then */
    int64_t began_at_us, seen_at_us, ended_at_us; /* ended: 0: not yet */
    int64_t times; /* found, or written over by somebody else, so often */
};

/* One channel's day (UTC): how often a count was read, and what it said. */
struct agreement_row {
    struct channel_id channel;
    int64_t day;      /* since 1970 */
    int64_t readings; /* agreed + waiting + differed */
    int64_t agreed;
    int64_t waiting;             /* the SKU had just moved: whatever it showed proves nothing */
    int64_t differed;            /* first found, or found again */
    int64_t oversold, avoidable; /* units, of this channel's orders; those that live mode saves */
};
