/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock_watch - is the wall clock right? Decides from what it is shown, and reads no clock itself.
 *
 *   RIGHT --moved against the monotonic clock by more than 2 min--> JUMPED --agreed, or 1 h--> RIGHT
 *     \--two platforms say so by more than 2 min, or one for 10 min--> OFF --agreed, or 1 h unsaid--/
 *
 * Agreed: more platforms are within one minute of us than are not. Only answers that came after the
 * last jump count, and none older than a quarter of an hour. A single platform that is apart while
 * another agrees with us is itself to blame.
 */
#pragma once
#include "push/pusher.h"

enum clock_state { CLOCK_RIGHT, CLOCK_JUMPED, CLOCK_OFF };

struct clock_watch {
    enum clock_state state;
    bool has_looked;
    int64_t wall_us, mono_us; /* of the last look */
    int64_t since_us;         /* mono, of the last jump; what was seen before it says nothing */
    int64_t said_us;          /* mono: when it was last known to be wrong */
    /* Of the last jump, or of the platform that is nearest of those that are apart: by how much our
     * clock went, or is, ahead; below zero: back, behind. */
    int64_t ahead_us;
    size_t apart; /* platforms that say so */
};

/* The state after this look. */
enum clock_state clock_look(struct clock_watch *watch,
                            int64_t wall_us,
                            int64_t mono_us,
                            const struct pusher_clock *clocks,
                            size_t count);
