/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink - a shop that takes every push at once, in a child process, and counts.
 *
 * It answers 200 without a look at the rows, so that what is measured is the server's own. It dies
 * with the benchmark.
 */
#pragma once
#include <sys/types.h>

#include "support/bench.h"

struct sink_counts {
    uint64_t requests, rows;
    int64_t first_us, last_us; /* bench_now_us of the first and the last request read */
};
struct sink {
    pid_t pid;
    int port;
    volatile struct sink_counts *counts; /* shared with the child */
};

void sink_start(struct sink *sink);
void sink_stop(struct sink *sink);
void sink_clear(struct sink *sink); /* while nothing is under way */
/* Waits until so many rows were read since; false behind the deadline. */
MUST_USE bool sink_await(const struct sink *sink, uint64_t rows, int64_t for_us);
