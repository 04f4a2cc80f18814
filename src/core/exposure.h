/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exposure - how many units of a listing other channels may sell before it shows that they did.
 *
 *   demand  = units sold elsewhere / the time that took x propagation
 *   at risk = max(0, demand - buffer)
 *   chance  = P(more than buffer units are sold elsewhere within the propagation time)
 *   buffer suggested: the smallest with a chance of at most 1 %
 *
 * Units are taken to be sold one by one and independently (Poisson). Figures are in millionths:
 * most SKUs sell a few units a day and are shown elsewhere within seconds.
 *
 * The Poisson sums are fixed-point: terms relative to the largest one, which is 2^62, each from its
 * neighbour by one multiplication and one division of 128 bits, until they are below 2^20. The
 * result is right to about 10^-9. Pure.
 */
#pragma once
#include "base/base.h"

#define EXPOSURE_ONE INT64_C(1000000) /* of demand, of what is at risk, of a chance */
#define EXPOSURE_CHANCE (EXPOSURE_ONE / 100)
/* More units than this within one propagation are not reckoned with. */
#define EXPOSURE_UNITS_MAX INT64_C(1000000)

struct exposure_given {
    int64_t sold;           /* units that others sold, >= 0 ... */
    int64_t window_us;      /* ... in so long, > 0 */
    int64_t propagation_us; /* until the listing shows what was sold elsewhere, >= 0 */
    int64_t buffer;         /* in force, >= 0 */
};

struct exposure {
    int64_t demand; /* in millionths, as the next two */
    int64_t at_risk;
    int64_t chance;
    int64_t suggested_buffer; /* whole units */
};

struct exposure exposure_of(const struct exposure_given *given);

/* P(a Poisson variable of that mean is greater than units), in millionths; the mean too. */
int64_t poisson_above(int64_t mean, int64_t units);
/* The smallest number of units for which poisson_above is at most that chance, in millionths, > 0.
 */
int64_t poisson_bound(int64_t mean, int64_t chance);
