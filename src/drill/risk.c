/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "drill/risk.h"

/* out[k] = P(min(N, most) = k) for N ~ Poisson(mean), k = 0..most. */
static void poisson_cut(double mean, int64_t most, double *out)
{
    double sum = 0;
    for (int64_t k = 0; k < most; k++) {
        out[k] = mean > 0 ? exp((double)k * log(mean) - mean - lgamma((double)k + 1))
                          : (k == 0 ? 1.0 : 0.0);
        sum += out[k];
    }
    out[most] = sum < 1 ? 1 - sum : 0;
}

/* E[max(0, most - N)] */
static double poisson_short_of(double mean, int64_t most)
{
    double *p = calloc((size_t)most + 1, sizeof(*p));
    double expected = 0;
    must(p);
    poisson_cut(mean, most, p);
    for (int64_t k = 0; k < most; k++) {
        expected += p[k] * (double)(most - k);
    }
    free(p);
    return expected;
}

double risk_beyond(double mean, int64_t buffer)
{
    return mean - (double)buffer + poisson_short_of(mean, buffer);
}

double risk_above(double others_per_s, double delay_s, int64_t buffer)
{
    return risk_beyond(others_per_s * delay_s, buffer);
}

double risk_oversold_told(const struct risk_plan *plan, double delay_s)
{
    double channels = (double)plan->channels, share = 1 / channels;
    int64_t offered = plan->stock - plan->buffer;
    if (offered <= 0) {
        return 0;
    }
    double mean = plan->orders_per_s * share * delay_s;
    double sold = channels * ((double)offered - (1 - share) * poisson_short_of(mean, offered));
    return risk_beyond(sold - (double)offered, plan->buffer);
}

/* ---- synchronised ---- */

/* into = into convolved with one more channel: what `count` of them sell in an interval. */
static void add_channel(double *into, int64_t into_most, const double *one, int64_t most)
{
    for (int64_t sum = into_most + most; sum >= 0; sum--) {
        double p = 0;
        for (int64_t k = 0; k <= most && k <= sum; k++) {
            p += sum - k <= into_most ? one[k] * into[sum - k] : 0;
        }
        into[sum] = p;
    }
}

/* What is oversold in the end when every channel shows `shown` after a synchronisation; before[r]
 * holds the same for less. */
static double from_here(const struct risk_plan *plan,
                        double mean,
                        int64_t shown,
                        const double *before,
                        double *one,
                        double *all)
{
    int64_t most = 0;
    double expected = 0;
    poisson_cut(mean, shown, one);
    all[0] = 1;
    for (size_t i = 0; i < plan->channels; i++, most += shown) {
        add_channel(all, most, one, shown);
    }
    for (int64_t sold = 1; sold <= most; sold++) {
        int64_t beyond = sold - shown - plan->buffer;
        double later = sold < shown ? before[shown - sold] : beyond > 0 ? (double)beyond : 0;
        expected += all[sold] * later;
    }
    return expected / -expm1(-mean * (double)plan->channels); /* nobody came: the same again */
}

double risk_oversold_polled(const struct risk_plan *plan, double every_s)
{
    int64_t offered = plan->stock - plan->buffer;
    if (offered <= 0) {
        return 0;
    }
    size_t room = (size_t)offered * plan->channels + 1;
    double mean = plan->orders_per_s / (double)plan->channels * every_s;
    double *memory = calloc(2 * ((size_t)offered + 1) + room, sizeof(*memory));
    must(memory);
    double *result = memory, *one = memory + offered + 1, *all = one + offered + 1;
    for (int64_t shown = 1; shown <= offered; shown++) {
        result[shown] = from_here(plan, mean, shown, result, one, all);
    }
    double expected = result[offered];
    free(memory);
    return expected;
}
