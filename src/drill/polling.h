/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polling - a model of shops that share the stock of one SKU and hear of each other late.
 *
 * Virtual time, no clock, nothing real: what would have happened to the same buyers. Every shop
 * lowers its own count with its own sales and refuses a buyer when that count does not suffice.
 * Of the others' sales it hears
 *   every_us > 0   at the next synchronisation of all shops: phase_us, phase_us + every_us, ...
 *   otherwise      delay_us after each sale, as a webhook and a push take it there
 * and a synchronisation is perfect: it takes no time, misses nothing, and writes to all shops at
 * once. Real tools are worse. At first every shop shows the stock less the buffer.
 *
 *   shown = stock - buffer - own sales - others' sales heard of, never below 0
 *   above = shown beyond what can still be sold: max(0, shown - max(0, stock - all sales))
 */
#pragma once
#include "base/err.h"

#define POLLING_CHANNELS_MAX 16

struct polling_plan {
    size_t channels;
    int64_t stock, buffer;
    int64_t every_us, phase_us; /* phase_us: of the first synchronisation */
    int64_t delay_us;
};

struct polling_result {
    int64_t orders, units, refused;
    int64_t oversold;      /* units sold beyond the stock */
    int64_t stale_sales;   /* orders taken for units that were no longer there */
    int64_t above_unit_us; /* units above x how long, summed over the channels */
    int64_t above_us_max;  /* the longest that one channel showed too much, without a break */
};

struct polling;

MUST_USE enum err polling_new(const struct polling_plan *plan, struct polling **out);
/* A buyer; at_us must not fall. True: the shop sold. */
bool polling_buy(struct polling *polling, int64_t at_us, size_t channel, int64_t quantity);
/* No shop shows a unit: nobody can buy any more. */
bool polling_is_over(const struct polling *polling);
int64_t polling_shown(const struct polling *polling, size_t channel);
/* Lets time pass until at_us, and gives what came of it. */
void polling_end(struct polling *polling, int64_t at_us, struct polling_result *out);
void polling_free(struct polling *polling);

/* Buyers of one unit each, orders_per_s over all channels alike, until nothing is shown any more. */
MUST_USE enum err polling_sell_out(const struct polling_plan *plan,
                                   double orders_per_s,
                                   uint64_t seed,
                                   struct polling_result *out);
