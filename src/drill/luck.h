/* SPDX-License-Identifier: Apache-2.0 */
/* luck - what is drawn from a seed, the same on every machine: whole numbers, shares, gaps between
 * arrivals that nobody agreed on. */
#pragma once
#include <math.h>

#include "base/base.h"

struct luck {
    uint64_t s;
};

static inline uint64_t luck_next(struct luck *luck) /* splitmix64 */
{
    uint64_t x = luck->s += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Above 0, at most 1. */
static inline double luck_share(struct luck *luck)
{
    return (double)((luck_next(luck) >> 11) + 1) / 9007199254740992.0;
}

static inline int64_t luck_between(struct luck *luck, int64_t lo, int64_t hi) /* both included */
{
    return lo + (int64_t)(luck_next(luck) % (uint64_t)(hi - lo + 1));
}

static inline bool luck_permille(struct luck *luck, int permille)
{
    return luck_between(luck, 1, 1000) <= permille;
}

/* Seconds until the next of a Poisson process. */
static inline double luck_gap_s(struct luck *luck, double per_s)
{
    return -log(luck_share(luck)) / per_s;
}
