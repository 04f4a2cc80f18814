/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench - what every benchmark needs: a clock, a directory on a real disk, latencies, a median.
 *
 * A benchmark that cannot measure ends the process: what it cannot set up is a bug of the bench or
 * of the server, and a figure would be worth nothing.
 */
#pragma once
#include "base/base.h"

#define BENCH_PATH_MAX 512

int64_t bench_now_us(void); /* monotonic */

/* Ends the benchmark, unless the condition holds, with the message and exit code 1. */
#define bench_need(cond, ...) ((cond) ? (void)0 : bench_fail(__VA_ARGS__))
__attribute__((noreturn)) void bench_fail(const char *format, ...) PRINTF_LIKE(1, 2);

/*
 * A new directory beside the benchmark's own binary: on the disk of the build, never a tmpfs by
 * chance, and nothing outside of build/ is written.
 */
void bench_directory(char out[BENCH_PATH_MAX]);
void bench_directory_remove(const char *path); /* one level deep */

/* The only argument of most benchmarks: seconds of each run. Ends with exit code 2 on misuse. */
int64_t bench_seconds(int argc, char **argv, int64_t by_default, int64_t max);

/* Latencies in microseconds; sorted by bench_percentile. */
struct samples {
    uint32_t *us;
    size_t count, max;
};
void samples_init(struct samples *samples, size_t max);
void samples_free(struct samples *samples);
void samples_add(struct samples *samples, int64_t us); /* those beyond max are dropped */
/* permille 500: the median, in milliseconds. 0 without samples. */
double samples_at_ms(struct samples *samples, int permille);

double bench_median(double *values, size_t count); /* sorts them: [0] and the last are the spread */
