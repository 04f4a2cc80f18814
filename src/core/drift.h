/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drift - what a count that was read says about the channel: does it agree, does it prove nothing
 * yet, or does it differ, and why.
 *
 * Live channels are judged by the expected range (expected.h): a surprise is looked up in the
 * orders and read again after the event delay; only what no order explains by then differs. In
 * shadow mode somebody else writes, so the count itself is compared with what it should be; while
 * the SKU has moved within the grace period, nothing is concluded.
 *
 * A difference is one time that a listing was wrong, from the first reading that says so to the
 * first that does not. Its cause may be known at once, or only by who came round in the end:
 *
 *   the channel changed to what the ledger has    its keeper was late      CAUSE_LATE_SHOP
 *   the ledger changed to what the channel has    an event was late        CAUSE_LATE_EVENT
 *   both, or neither                              unexplained              CAUSE_UNKNOWN
 *
 * Pure. Counts in units of the listing.
 */
#pragma once
#include "core/expected.h"

/* Why a channel shows something else than it should (docs/drift.md). */
enum difference_cause {
    CAUSE_UNKNOWN,
    CAUSE_FOREIGN,    /* somebody else wrote the count */
    CAUSE_OURS,       /* an older write of ours took effect after a newer one */
    CAUSE_FLAG,       /* units are there, but the channel has them marked as sold out */
    CAUSE_LATE_SHOP,  /* the channel came round by itself: its keeper was late */
    CAUSE_LATE_EVENT, /* we came round: an order or a count reached us late */
};

enum drift_verdict {
    DRIFT_NOTHING, /* the reading was overtaken, it counts for nothing */
    DRIFT_AGREES,
    DRIFT_WAITS, /* something is on its way: whatever it shows proves nothing */
    DRIFT_DIFFERS,
};

struct drift_reading {
    bool is_live;
    enum expected_reading reading;
    int64_t shown, computed; /* as read; as it should be now */
    int64_t missing; /* of READING_FOREIGN: units that nothing explains; we may have put it right by
                        now, for lowering waits for nobody */
    bool is_flagged; /* marked as sold out although units are there */
    int64_t now_us;
    int64_t moved_at_us; /* the SKU's last movement was recorded then, wall; 0: never */
    int64_t grace_us;    /* how long channels may take to show it, and we to hear of it */
};
enum drift_verdict drift_judge(const struct drift_reading *r);

/* Why it differs, as far as that is known at once. was_ours: the count is a value that we wrote
 * before the last one. */
enum difference_cause drift_cause(const struct drift_reading *r, bool was_ours);
/* Why it had differed, now that it does not: before, as last seen; now, both are `agreed`. */
enum difference_cause
drift_cause_at_end(enum difference_cause cause, int64_t shown, int64_t computed, int64_t agreed);

/*
 * A listing that somebody keeps writing over is corrected so often within a day; then its figure is
 * left alone until the ledger's changes or a person pushes it: two writers in a circle would use up
 * the channel's limits and settle nothing.
 */
#define DRIFT_CORRECTIONS_MAX 5
#define DRIFT_MEMORY_US (24 * 3600 * US_PER_S)
