/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_growth - how much a data directory grows by a million one-line orders.
 *
 * Signed Shopify orders of 4 KB through the server's front door, each logged with its body, as in
 * bench_webhook; then a clean stop, which moves the write-ahead log into the file. What the file grew
 * by an order is told per million of them, and against the sum of the bodies as they came.
 *
 *   build/release/bench/bench_growth [orders in thousands]      default 100, at most 1,000
 */
#include <stdio.h>
#include <sys/stat.h>

#include "support/orders.h"

#define CONNECTIONS 64
#define GOAL_GB 1.8
#define RUN_MAX_US (600 * US_PER_S)

static double file_bytes(const char *directory)
{
    static const char *const names[] = {"truecount.db", "truecount.db-wal"};
    double sum = 0;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[BENCH_PATH_MAX + 32];
        struct stat there;
        (void)snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        sum += stat(path, &there) == 0 ? (double)there.st_size : 0;
    }
    return sum;
}

int main(int argc, char **argv)
{
    size_t count = (size_t)bench_seconds(argc, argv, 100, 1000) * 1000;
    struct orders *orders = orders_new(count, false);
    struct subject subject;
    struct load_result result;
    subject_start(&subject);
    orders_set_up(&subject);
    subject_stop(&subject);
    double before = file_bytes(subject.directory);
    subject_open(&subject);
    const struct load load = {.port = subject.port,
                              .connections = CONNECTIONS,
                              .count_max = count,
                              .duration_us = RUN_MAX_US,
                              .make = orders_make,
                              .arg = orders};
    load_run(&load, &result);
    bench_need(result.status_2xx == result.answered && result.answered == count,
               "%" PRIu64 " of %zu orders were taken",
               result.status_2xx,
               count);
    subject_stop(&subject);
    double each = (file_bytes(subject.directory) - before) / (double)count;
    double body = (double)orders_body_size(orders);
    printf(
        "%zu orders of %.0f bytes: %.0f bytes each, %.2f GB a million (goal %.1f); %.2f of their "
        "bodies\n",
        count,
        body,
        each,
        each / 1000,
        GOAL_GB,
        each / body);
    samples_free(&result.latency);
    subject_remove(&subject);
    orders_free(orders);
    return 0;
}
