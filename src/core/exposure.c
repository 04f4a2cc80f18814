/* SPDX-License-Identifier: Apache-2.0 */
#include "core/exposure.h"

typedef unsigned __int128 wide;

#define LARGEST ((uint64_t)1 << 62)
#define NEGLIGIBLE ((uint64_t)1 << 20)

/* The term of k from that of k - 1, and back. */
static uint64_t term_up(uint64_t term, uint64_t mean, uint64_t k)
{
    return (uint64_t)((wide)term * mean / ((wide)k * EXPOSURE_ONE));
}

static uint64_t term_down(uint64_t term, uint64_t mean, uint64_t k)
{
    return (uint64_t)((wide)term * ((wide)k * EXPOSURE_ONE) / mean);
}

struct terms {
    uint64_t mode; /* the k of the largest term */
    wide all;      /* the sum of all terms */
    wide through;  /* of those of at most the units asked for */
};

static struct terms sum_terms(uint64_t mean, uint64_t units)
{
    struct terms t = {.mode = mean / EXPOSURE_ONE};
    uint64_t term = LARGEST;
    for (uint64_t k = t.mode; term >= NEGLIGIBLE; k++) {
        t.all += term;
        t.through += k <= units ? term : 0;
        term = term_up(term, mean, k + 1);
    }
    term = LARGEST;
    for (uint64_t k = t.mode; k > 0; k--) {
        term = term_down(term, mean, k);
        if (term < NEGLIGIBLE) {
            break;
        }
        t.all += term;
        t.through += k - 1 <= units ? term : 0;
    }
    return t;
}

static bool is_mean(int64_t mean)
{
    return mean >= 0 && mean <= EXPOSURE_UNITS_MAX * EXPOSURE_ONE;
}

int64_t poisson_above(int64_t mean, int64_t units)
{
    must(is_mean(mean) && units >= 0);
    const struct terms t = sum_terms((uint64_t)mean, (uint64_t)units);
    return (int64_t)((t.all - t.through) * EXPOSURE_ONE / t.all);
}

/* No bound lies below the mode: at least a third of the whole lies at or above it. */
int64_t poisson_bound(int64_t mean, int64_t chance)
{
    must(is_mean(mean) && chance > 0 && chance <= EXPOSURE_ONE / 4);
    uint64_t k = (uint64_t)mean / EXPOSURE_ONE;
    const struct terms t = sum_terms((uint64_t)mean, k);
    wide above = t.all - t.through;
    uint64_t term = LARGEST;
    while (above * EXPOSURE_ONE > t.all * (uint64_t)chance) {
        k++;
        term = term_up(term, (uint64_t)mean, k);
        above -= above < term ? above : term;
    }
    return (int64_t)k;
}

static int64_t demand_of(const struct exposure_given *given)
{
    wide units =
        (wide)given->sold * (wide)given->propagation_us * EXPOSURE_ONE / (wide)given->window_us;
    const wide most = (wide)EXPOSURE_UNITS_MAX * EXPOSURE_ONE;
    return (int64_t)(units < most ? units : most);
}

struct exposure exposure_of(const struct exposure_given *given)
{
    must(given->sold >= 0 && given->window_us > 0);
    must(given->propagation_us >= 0 && given->buffer >= 0);
    int64_t demand = demand_of(given);
    int64_t covered = given->buffer < EXPOSURE_UNITS_MAX ? given->buffer * EXPOSURE_ONE
                                                         : EXPOSURE_UNITS_MAX * EXPOSURE_ONE;
    return (struct exposure){
        .demand = demand,
        .at_risk = demand > covered ? demand - covered : 0,
        .chance = poisson_above(demand, given->buffer),
        .suggested_buffer = poisson_bound(demand, EXPOSURE_CHANCE),
    };
}
