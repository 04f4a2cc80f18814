/* SPDX-License-Identifier: Apache-2.0 */
/*
 * past - what is recorded of one SKU at one place as having happened after an instant.
 *
 * Two questions of late facts: how many units were there at the instant of a count, and was a
 * movement that is recorded only now already seen by a count? The ledger is never reordered: the
 * answers come from its rows, which carry both times. A count that found no difference left no row:
 * of those only the latest is known, by the balance's own mark.
 */
#pragma once
#include "engine/batch.h"

struct past {
    int64_t effect;        /* on the place's on_hand, of all that happened after the instant */
    int64_t counted_at_us; /* of the earliest count after it; 0: none */
};

/* The number behind which lie all movements that could have happened after the instant. */
int64_t past_start(struct batch *b, int64_t after_us);
/* From the store, from this commit, and from the decision under way; ledger NULL: neither of the
 * two has touched the place yet. start: of past_start for this instant or an earlier one. */
struct past past_after(struct batch *b,
                       const struct ledger *ledger,
                       int64_t start,
                       struct sku_id sku,
                       struct location_id at,
                       int64_t after_us);
/* The same two questions of a store alone; what waits in a commit is not part of it. */
MUST_USE enum err past_start_in(struct store *store, int64_t after_us, int64_t *out);
MUST_USE enum err past_after_in(struct store *store,
                                int64_t start,
                                struct sku_id sku,
                                struct location_id at,
                                int64_t after_us,
                                struct past *out);
/* The instant that a stated time means: the end of its second when it has whole seconds, but not
 * later than now. */
int64_t past_end_of_stamp(int64_t time_us, int64_t now_us);
/* What a movement does to the units that are physically there. */
int64_t on_hand_effect(const struct movement *m, struct location_id at);
/* The latest count of a place is known to the balance: what it must remember of this one. */
void past_counted(struct stock *row, int64_t counted_at_us);
/* Cancels what a count had already seen, against what is available there; dated at the count. */
void past_oppose(struct ledger *ledger,
                 const struct movement *m,
                 struct location_id at,
                 int64_t counted_at_us);
/* What an order just posted: what happened at the latest at that instant (wall), before a count of
 * the place, is opposed. */
void past_oppose_counted(struct batch *b, struct ledger *ledger, int64_t happened_at_us);
