/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cutover.h"

#define PACE_FIRST 10 /* rows a second */
#define PACE_DOUBLINGS 10

int64_t cutover_agreement(int64_t agreed, int64_t differed)
{
    int64_t all = agreed + differed;
    return all > 0 ? agreed * SHARE_ALL / all : SHARE_ALL;
}

enum cutover_lack cutover_lacks(const struct cutover_bar *bar,
                                const struct cutover_evidence *evidence)
{
    if (evidence->days < bar->days) {
        return LACK_DAYS;
    }
    if (evidence->agreed + evidence->differed == 0) {
        return LACK_READINGS;
    }
    if (cutover_agreement(evidence->agreed, evidence->differed) < bar->agreement) {
        return LACK_AGREEMENT;
    }
    return evidence->unexplained ? LACK_EXPLANATION : LACK_NONE;
}

size_t cutover_pace(int64_t elapsed_us)
{
    int64_t minutes = elapsed_us > 0 ? elapsed_us / (60 * US_PER_S) : 0;
    return minutes >= PACE_DOUBLINGS ? SIZE_MAX : (size_t)PACE_FIRST << minutes;
}

bool cutover_must_fall_back(const struct cutover_watch *watch, int64_t limit)
{
    return watch->differed >= CUTOVER_DIFFERED_MIN &&
           watch->differed * SHARE_ALL > limit * watch->readings;
}
