/* SPDX-License-Identifier: Apache-2.0 */
/*
 * marks - rare things that must have happened somewhere in a night, or it proved less than it says.
 *
 * They are read off what the world sees anyway: calls and their answers, what is stored at the end,
 * what the shops and the disk counted. The server knows nothing of them.
 */
#pragma once
#include <stdint.h>
#include <stdio.h>

#include "base/base.h"

/* X(mark, how it is told) */
#define MARKS(X)                                                                                   \
    X(CAS_REFUSED, "a compare-and-set was stale, and refused")                                     \
    X(PUSH_REFUSED, "a push was refused, and sent again")                                          \
    X(PUSH_LOST, "a push got no answer")                                                           \
    X(PUSH_TAKEN, "a push was taken, to be carried out later")                                     \
    X(THROTTLED, "a shop answered 429")                                                            \
    X(FAILED, "a shop answered 5xx")                                                               \
    X(TOKEN_BOUGHT, "an access token was bought")                                                  \
    X(TOLD_TWICE, "a delivery came twice")                                                         \
    X(TOLD_STALE, "a delivery came after a newer one")                                             \
    X(TOLD_AGAIN, "a shop sent again what was not taken")                                          \
    X(TOLD_NEVER, "a delivery never came, and its order was found by asking")                      \
    X(TIE, "two contents of one version")                                                          \
    X(HOOK_503, "a delivery was answered 503")                                                     \
    X(OP_503, "an operator was answered 503")                                                      \
    X(OP_SHORT, "an operator's request was refused for want of units")                             \
    X(OP_UNKNOWN, "an operator had no answer, and asked again under the same key")                 \
    X(KILLED, "the server was killed")                                                             \
    X(POWER_CUT, "the power was cut")                                                              \
    X(CUT_DROPPED, "a power cut dropped what was written last")                                    \
    X(CUT_TORE, "a power cut tore a write")                                                        \
    X(DIED_WRITING, "the server died in the midst of a write")                                     \
    X(DIED_STARTING, "the server died as it started")                                              \
    X(NOT_ANSWERED, "a crash came between a commit and its answer")                                \
    X(SYNC_FAILED, "a sync or a write failed")                                                     \
    X(REOPENED, "the store was opened again while the server ran")                                 \
    X(DISK_FULL, "the disk was full")                                                              \
    X(OVERSOLD, "a unit was sold that was not there")                                              \
    X(DRIFT, "a count differed, and was explained or reported")                                    \
    X(FOREIGN, "a stranger wrote a count")                                                         \
    X(LATE, "a sale was shown late")                                                               \
    X(CHANNEL_DOWN, "a channel was down long enough to be told")                                   \
    X(CANCELLED, "an order was cancelled")                                                         \
    X(CANCELLED_SHIPPED, "an order was cancelled after some of it was shipped")                    \
    X(RETURNED, "goods came back")                                                                 \
    X(HOLD_EXPIRED, "a hold expired")                                                              \
    X(TRANSFER_PART, "a transfer was received in part")                                            \
    X(TRANSFER_BACK, "a transfer was called back under way")                                       \
    X(CLOCK_JUMPED, "the wall clock jumped")                                                       \
    X(CHANCE, "the server itself went a rare way, by chance")

enum mark {
#define X(mark, text) MARK_##mark,
    MARKS(X)
#undef X
        MARKS_COUNT
};

struct marks {
    uint64_t hit[MARKS_COUNT];
};

struct world;

static inline void mark(struct marks *marks, enum mark which, bool is_hit)
{
    marks->hit[which] += is_hit;
}

/* Each run counts once a mark. */
void marks_add(struct marks *sum, const struct marks *of_a_run);
/* How often each was hit, the unhit ones last; says how many those are. */
size_t marks_print(const struct marks *sum, uint64_t runs, FILE *to);
void marks_of_answer(struct world *world, int from, int to, struct slice request, int status);
void marks_of_start(struct world *world);
void marks_of_end(struct world *world); /* the server is up */
