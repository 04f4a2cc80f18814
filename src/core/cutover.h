/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cutover - taking a channel over: is there enough evidence, how fast may its first pushes leave,
 * and when is it given back.
 *
 *   SHADOW --evidence meets the bar--> LIVE, watched --quiet--> LIVE
 *      ^                                  |
 *      +------ disagreement over the limit, or one command back
 *
 * Pure. Shares are in hundredths of a percent (9990 is 99.9 %), so that no fraction is needed.
 */
#pragma once
#include "base/base.h"

#define SHARE_ALL 10000

/* What the operator wants to have seen in shadow mode. */
struct cutover_bar {
    int64_t days;      /* in a row, up to now, each with readings; 0: any */
    int64_t agreement; /* the least share of readings that agree */
};
#define CUTOVER_BAR_DEFAULT ((struct cutover_bar){.days = 7, .agreement = 9990})

struct cutover_evidence {
    int64_t days;             /* in a row, up to now, each with readings */
    int64_t agreed, differed; /* readings of those days; what proves nothing is left out */
    int64_t unexplained;      /* differences of those days without a cause, open or ended */
};
/* Agreeing readings as a share, rounded down; SHARE_ALL without any. */
int64_t cutover_agreement(int64_t agreed, int64_t differed);
enum cutover_lack { LACK_NONE, LACK_DAYS, LACK_READINGS, LACK_AGREEMENT, LACK_EXPLANATION };
/* The first thing that is missing. */
enum cutover_lack cutover_lacks(const struct cutover_bar *bar,
                                const struct cutover_evidence *evidence);

/* Rows that may leave per second, so long after it was taken over: few at first, twice as many with
 * every minute; SIZE_MAX: any. */
size_t cutover_pace(int64_t elapsed_us);

/* Readings since it was taken over. */
struct cutover_watch {
    int64_t readings, differed;
};
/* At least CUTOVER_DIFFERED_MIN differ, and more than the limit's share: one foreign write is no
 * reason to give a channel back. */
#define CUTOVER_DIFFERED_MIN 3
bool cutover_must_fall_back(const struct cutover_watch *watch, int64_t limit);
