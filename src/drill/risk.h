/* SPDX-License-Identifier: Apache-2.0 */
/*
 * risk - what arithmetic says of shops that hear of each other late; nothing is simulated here.
 *
 * Buyers come by themselves (a Poisson process), buy one unit each, and are spread evenly over the
 * channels. The plain formula is
 *
 *   exposure of a SKU = other channels' order rate x propagation time, less the buffer
 *
 * and it is two things at once. It is how many units a channel shows above what can be sold, on
 * average over time (risk_above). And it is how many units are oversold when a SKU sells out
 * (risk_oversold_told): each channel stops selling when its own sales and those it has heard of
 * reach the stock, and no channel stops so early that another hears less than it would have. So for
 * a channel of rate r, whose others' sales arrive d later, the expected time of its last sale is
 * that at which a Poisson process of rate r, and after d of all channels' rate R, reaches the
 * stock S. With N ~ Poisson(r d), Wald's identity gives its expected sales as
 *   S - (1 - r / R) E[max(0, S - N)]
 * and the sum over all channels, less S, is the formula, with what scarce units take off it.
 *
 * With a buffer the number oversold is above E[oversold] - buffer, and at most what the same mean
 * would give if it were Poisson: that is what is stated, an upper bound.
 */
#pragma once
#include "base/base.h"

/* E[max(0, N - buffer)] for N ~ Poisson(mean). */
double risk_beyond(double mean, int64_t buffer);
/* Units shown above what can be sold, at any one time: others_per_s are the other channels'. */
double risk_above(double others_per_s, double delay_s, int64_t buffer);

struct risk_plan {
    size_t channels;
    double orders_per_s; /* over all channels */
    int64_t stock, buffer;
};
/* Units oversold in one sell-out when every sale reaches the others after delay_s. Exact without a
 * buffer; otherwise an upper bound. */
double risk_oversold_told(const struct risk_plan *plan, double delay_s);
/* The same when all shops are synchronised every every_s, the first time after every_s. Exact. */
double risk_oversold_polled(const struct risk_plan *plan, double every_s);
