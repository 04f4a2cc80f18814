/* SPDX-License-Identifier: Apache-2.0 */
/*
 * autopsy - why a unit was sold twice: the stage in which the second sale fell, and what would have
 * prevented it.
 *
 * The last unit is taken by a first sale; until every other channel shows zero, one of them can sell
 * it again. What lies between is one chain of stages, each somebody's:
 *
 *   first sale --their event--> received --our commit--> committed --our sending--> sent
 *        --their confirmation--> confirmed
 *
 * The second sale fell into one of them (or before the first sale: then its own event was the late
 * one; or after the confirmation: then its channel sold what it no longer showed).
 *
 * Pure. Times are wall, microseconds; 0: it is not known. Many platforms stamp whole seconds.
 */
#pragma once
#include "base/base.h"

enum autopsy_stage {
    STAGE_THEIR_EVENT,        /* the first sale was on its way to us */
    STAGE_OUR_COMMIT,         /* we had it, and had not booked it */
    STAGE_OUR_SENDING,        /* we had booked it, and the push had not left */
    STAGE_THEIR_CONFIRMATION, /* the push had left, and was not confirmed */
    STAGE_AFTER_CONFIRMATION, /* the channel had confirmed, and sold what it no longer showed */
    STAGE_SECOND_EVENT,       /* the second sale was made before the first: its event came later */
    STAGE_NEVER_PUSHED,       /* the channel was never told */
};

struct autopsy_times {
    int64_t first_sale_us, received_us, committed_us;
    int64_t sent_us, confirmed_us; /* of the push that told the second channel */
    int64_t second_sale_us, second_committed_us;
};

struct autopsy_verdict {
    enum autopsy_stage stage;
    int64_t stage_us;  /* how long that stage took; 0: not known */
    int64_t window_us; /* between both sales; negative: the second was first */
};
struct autopsy_verdict autopsy_judge(const struct autopsy_times *t);
const char *autopsy_stage_code(enum autopsy_stage stage); /* "their_event" ... */
const char *autopsy_stage_text(enum autopsy_stage stage); /* for people */

/* The smallest buffer on the second channel with which it could not have sold it: what others took
 * since it was last told, in the listing's units, rounded up. */
int64_t autopsy_buffer(int64_t taken_by_others, int64_t pack_size);
