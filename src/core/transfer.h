/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer - units on their way from one location to another, as one document.
 *
 *   DRAFT --ship--> IN_TRANSIT --receive, in parts--> RECEIVED      (nothing is in transit any more)
 *     \--cancel--------\--cancel: what is still in transit goes back--> CANCELLED
 *
 * At every instant each unit is in one place: available at `from`, in transit to `to`, available or
 * damaged at `to`, or missing (short: it left and did not arrive).
 *
 *   quantity = received + damaged + short + in transit             once shipped and not cancelled
 *
 *   transfer_out      from.available -> to.in_transit
 *   transfer_in       to.in_transit -> to.available
 *   transfer_damaged  to.in_transit -> to.unavailable(damaged)
 *   transfer_short    to.in_transit -> outside
 *   transfer_cancel   to.in_transit -> from.available
 *
 * Pure. All or nothing: what is refused has posted nothing.
 */
#pragma once
#include "core/ledger.h"

#define REASON_DAMAGED "damaged"

struct transfer_line {
    struct sku_id sku; /* each SKU once in a transfer */
    int64_t quantity;  /* 1..QTY_MAX */
    int64_t received, damaged, missing;
};

struct transfer {
    struct location_id from, to; /* not the same */
    struct slice reference;      /* written into the movements */
    struct transfer_line *lines;
    size_t lines_count;
};

/* Of a shipped one: units that have not arrived yet. */
int64_t transfer_under_way(const struct transfer_line *line);
/* Of all its lines. */
int64_t transfer_under_way_all(const struct transfer *transfer);

/* Sends all lines off. False: units are missing; lacks[i] (as many as lines) is then what line i
 * lacks, and nothing was posted. What left before the latest count of its place is not missing
 * there: the count has seen it leave. Wants the stock of every SKU loaded. */
bool transfer_ship(const struct transfer *transfer,
                   int64_t happened_at_us,
                   struct ledger *ledger,
                   int64_t *lacks);

/* What became of some units of one line. */
struct transfer_arrival {
    int64_t received, damaged, missing; /* each 0..QTY_MAX */
};

/* Books what arrived, and counts it in the lines. False: line *out_line has fewer units under way
 * than arrive; nothing was changed. arrivals: as many as lines. */
bool transfer_receive(struct transfer *transfer,
                      const struct transfer_arrival *arrivals,
                      int64_t happened_at_us,
                      struct ledger *ledger,
                      size_t *out_line);

/* What is still under way goes back to where it came from. */
void transfer_call_back(const struct transfer *transfer,
                        int64_t happened_at_us,
                        struct ledger *ledger);
