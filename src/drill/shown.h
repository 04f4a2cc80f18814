/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shown - what each channel shows of each SKU, against what can still be sold.
 *
 * Fed with what happens in the shops, in the order in which it happens: how long did any channel
 * show more than there was, how many units for how long, and after what time did a channel hear of
 * a sale elsewhere. What can be sold of a SKU is its stock less what all shops sold of it, never
 * below 0.
 */
#pragma once
#include "base/err.h"
#include "base/latency.h"

struct shown;

/* Durations of one kind: a histogram, and what it does not keep. */
struct spread {
    struct latency latency;
    int64_t sum_us, max_us;
};
void spread_add(struct spread *spread, int64_t us);
int64_t spread_at(const struct spread *spread, int permille); /* as latency_at, at most the max */
int64_t spread_mean(const struct spread *spread);             /* 0 without any */

struct shown_result {
    int64_t above_unit_us;                /* units above x how long, over all channels and SKUs */
    int64_t above_us_max;                 /* the longest without a break */
    size_t above_channel, above_item;     /* where that was */
    int64_t above_now;                    /* units, at this moment */
    int64_t last_sale_us, last_change_us; /* a change: a write that altered a count */
};

MUST_USE enum err shown_new(size_t channels, size_t items, int64_t now_us, struct shown **out);
void shown_free(struct shown *shown);
/* At the beginning: so many there are, and every channel shows them. */
void shown_stock(struct shown *shown, size_t item, int64_t stock);
/* The shop sold n (below 0: got back) and shows `count` now. */
void shown_sold(
    struct shown *shown, int64_t at_us, size_t channel, size_t item, int64_t n, int64_t count);
/* The shop's count was written, and is `count` now. */
void shown_written(struct shown *shown, int64_t at_us, size_t channel, size_t item, int64_t count);
/* As of at_us. */
struct shown_result shown_result(struct shown *shown, int64_t at_us);
/* From the oldest sale elsewhere that it had not heard of, to the write that followed. */
const struct spread *shown_heard(const struct shown *shown, size_t channel);
/* The same for every unit by itself: from its sale to the next write. */
struct shown_told {
    int64_t units, unit_us; /* the sum of their times */
};
struct shown_told shown_told(const struct shown *shown, size_t channel);
