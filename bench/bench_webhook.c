/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_webhook - a signed Shopify order of 4 KB: verified, decoded, booked, logged, durable, 200.
 *
 * The real server in a child process, SQLite with full durability, every delivery logged with its
 * body; 1,000 SKUs, each with a listing on one Shopify channel. The load is one thread with 64
 * keep-alive connections, on each one order under way; all orders differ, their signatures were
 * computed beforehand. The channel's mode is `shadow`: orders are applied and listings follow, but
 * no push leaves, so that nothing but the webhook's path is measured.
 *
 * The floor, in the same round: a bare C loop that writes the rows that the server just wrote, from
 * memory, with the same statements and settings, in commits as large as the server's were on
 * average (support/floor.h). It has a whole core and no client; the server shares two cores with
 * the load. Every round measures uniform, floor and hot (all orders on one SKU) one after the
 * other, so that a busy neighbour disturbs all three; the medians of the rounds' ratios count. The
 * ratio by CPU, of the bare loop's time an order to the writer thread's, hardly feels neighbours.
 *
 *   build/release/bench/bench_webhook [seconds]      default 2 for each run, at most 10
 */
#include <stdio.h>

#include "support/floor.h"
#include "support/orders.h"

#define CONNECTIONS 64
#define ROUNDS 5
#define SYNCS 200
#define WARM_UP_US (US_PER_S / 2)
#define ORDERS_PER_S_MAX 25000
#define FLOOR_ORDERS_MAX 60000

struct run {
    double orders_per_s, p50_ms, p99_ms, loop_us, writer_us, per_commit;
};

/* The server's data stays, for the floor to read. */
static void
measure(struct subject *subject, struct orders *orders, int64_t duration_us, struct run *out)
{
    struct load_result result;
    subject_start(subject);
    orders_set_up(subject);
    struct load load = {.port = subject->port,
                        .connections = CONNECTIONS,
                        .count_max = (size_t)(WARM_UP_US * ORDERS_PER_S_MAX / US_PER_S),
                        .duration_us = WARM_UP_US,
                        .make = orders_make,
                        .arg = orders};
    load_run(&load, &result);
    load.first = result.answered;
    load.count_max = (size_t)(duration_us * ORDERS_PER_S_MAX / US_PER_S);
    load.duration_us = duration_us;
    samples_free(&result.latency);

    int64_t commits = subject_metric(subject, "commits_total");
    struct subject_cpu before = subject_cpu(subject);
    load_run(&load, &result);
    struct subject_cpu after = subject_cpu(subject);
    commits = subject_metric(subject, "commits_total") - commits;
    bench_need(result.status_2xx == result.answered,
               "%" PRIu64 " of %" PRIu64 " orders were not taken",
               result.answered - result.status_2xx,
               result.answered);
    int64_t applied = subject_metric(subject, "deliveries_total") -
                      subject_metric(subject, "deliveries_duplicate_total");
    bench_need(applied == (int64_t)(load.first + result.answered),
               "%" PRId64 " orders are in the log, not the %zu that were answered",
               applied,
               load.first + result.answered);
    double n = (double)result.answered;
    *out = (struct run){.orders_per_s = n * 1e6 / (double)result.elapsed_us,
                        .p50_ms = samples_at_ms(&result.latency, 500),
                        .p99_ms = samples_at_ms(&result.latency, 990),
                        .loop_us = (after.loop_us - before.loop_us) / n,
                        .writer_us = (after.others_us - before.others_us) / n,
                        .per_commit = n / (double)(commits ? commits : 1)};
    samples_free(&result.latency);
    subject_stop(subject);
}

static void print_run(const char *name, const struct run *run)
{
    printf("  %-8s %7.0f orders/s   p50 %5.1f ms  p99 %5.1f ms   CPU %5.1f us each (loop %4.1f, "
           "writer %4.1f)   %3.0f orders a commit\n",
           name,
           run->orders_per_s,
           run->p50_ms,
           run->p99_ms,
           run->loop_us + run->writer_us,
           run->loop_us,
           run->writer_us,
           run->per_commit);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int64_t duration_us = bench_seconds(argc, argv, 2, 10) * US_PER_S;
    size_t orders_max = (size_t)((WARM_UP_US + duration_us) * ORDERS_PER_S_MAX / US_PER_S);
    struct orders *uniform = orders_new(orders_max, false), *hot = orders_new(orders_max, true);
    double against_floor[ROUNDS], by_cpu[ROUNDS], hot_against_uniform[ROUNDS];
    double rate[ROUNDS], p99_ms[ROUNDS];

    printf("orders of %zu bytes, %d connections, %d SKUs; channel in shadow: no pushes\n",
           orders_body_size(uniform),
           CONNECTIONS,
           ORDERS_SKUS);
    printf("  %-8s one fdatasync of 4 KB: p50 %.2f ms, p99 %.2f ms\n",
           "disk",
           floor_sync_ms(SYNCS, 500),
           floor_sync_ms(SYNCS, 990));
    for (int i = 0; i < ROUNDS; i++) {
        struct subject subject;
        struct run spread, single;
        struct floor_result bare;
        measure(&subject, uniform, duration_us, &spread);
        print_run("uniform", &spread);
        floor_orders(subject.directory, FLOOR_ORDERS_MAX, (size_t)(spread.per_commit + 0.5), &bare);
        subject_remove(&subject);
        printf("  %-8s %7.0f orders/s%33s CPU %5.1f us each\n",
               "floor",
               bare.orders_per_s,
               "",
               bare.cpu_us_per_order);
        measure(&subject, hot, duration_us, &single);
        subject_remove(&subject);
        print_run("hot SKU", &single);
        against_floor[i] = spread.orders_per_s / bare.orders_per_s;
        by_cpu[i] = bare.cpu_us_per_order / spread.writer_us;
        hot_against_uniform[i] = single.orders_per_s / spread.orders_per_s;
        rate[i] = spread.orders_per_s;
        p99_ms[i] = spread.p99_ms;
    }
    printf("ratio  %.2f  webhook against the bare loop (goal 0.5); %.0f orders/s (goal 10,000 on a "
           "quiet machine), p99 %.1f ms (goal 40)\n",
           bench_median(against_floor, ROUNDS),
           bench_median(rate, ROUNDS),
           bench_median(p99_ms, ROUNDS));
    printf("ratio  %.2f  the same by CPU, the writer's alone\n", bench_median(by_cpu, ROUNDS));
    printf("ratio  %.2f  one hot SKU against uniform (goal 0.8)\n",
           bench_median(hot_against_uniform, ROUNDS));
    orders_free(uniform);
    orders_free(hot);
    return 0;
}
