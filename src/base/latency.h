/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latency - a histogram of durations with 1/16 relative precision, from 1 us to hours, in fixed
 * memory.
 */
#pragma once
#include "base/base.h"

#define LATENCY_BUCKETS 640

struct latency {
    uint64_t counts[LATENCY_BUCKETS];
    uint64_t total;
};

void latency_add(struct latency *latency, int64_t duration_us); /* below zero counts as zero */
/* The duration below which permille of the samples lie; 0 without samples. */
int64_t latency_at(const struct latency *latency, int permille);
