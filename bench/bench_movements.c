/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_movements - sets the stock of 5,000 SKUs with one POST /v1/movements: kind count, one
 * location, every line changes something.
 *
 * The real server in a child process, SQLite with full durability. The time is the client's, on a
 * new connection: 420 KB sent, decided, durable, answered with 5,000 movements.
 *
 * The floor, in the same round: the very rows that the request wrote (one event with its facts,
 * 5,000 movements, 5,000 rows each of stock and SKU, one commit) written to a new file by a bare
 * loop in one transaction (support/floor.h). No HTTP, no JSON, no look-up, no decision, no hash.
 * The peers set 5,000 levels in 5 s (Medusa, its best of several) and 47 s (Vendure), published, on
 * two cores and PostgreSQL.
 *
 *   build/release/bench/bench_movements [rounds]      default 9, at most 50
 */
#include <stdio.h>

#include "support/floor.h"
#include "support/subject.h"

#define SKUS 5000
#define ROUNDS_MAX 50
#define BODY_MAX ((size_t)2 * 1024 * 1024)
#define ANSWER_MAX ((size_t)4 * 1024 * 1024)
#define MEDUSA_MS 5000.0
#define VENDURE_MS 47000.0
#define GOAL_MS 200.0

static void make_body(int64_t units, struct buf *out)
{
    buf_clear(out);
    buf_text(out, "{\"movements\":[");
    for (size_t i = 0; i < SKUS; i++) {
        buf_printf(out,
                   "%s{\"kind\":\"count\",\"sku\":\"" SUBJECT_SKU
                   "\",\"location\":\"warehouse\",\"quantity\":%" PRId64 "}",
                   i ? "," : "",
                   i,
                   units);
    }
    buf_text(out, "]}");
    must(!out->overflow);
}

struct run {
    double ms, loop_ms, writer_ms;
};

static void measure(const struct subject *subject, struct slice body, struct run *out)
{
    ON_EXIT(buf_free) struct buf answer = {0};
    buf_init(&answer, ANSWER_MAX);
    struct subject_cpu before = subject_cpu(subject);
    int64_t began_us = bench_now_us();
    int status = subject_call(subject, "POST", "/v1/movements", body, &answer);
    int64_t elapsed_us = bench_now_us() - began_us;
    struct subject_cpu after = subject_cpu(subject);
    bench_need(status / 100 == 2,
               "POST /v1/movements answered %d: %.*s",
               status,
               (int)(answer.n < 500 ? answer.n : 500),
               answer.p);
    *out = (struct run){.ms = (double)elapsed_us / 1000,
                        .loop_ms = (after.loop_us - before.loop_us) / 1000,
                        .writer_ms = (after.others_us - before.others_us) / 1000};
}

int main(int argc, char **argv)
{
    size_t rounds = (size_t)bench_seconds(argc, argv, 9, ROUNDS_MAX);
    double ms[ROUNDS_MAX], against_floor[ROUNDS_MAX], by_cpu[ROUNDS_MAX];
    ON_EXIT(buf_free) struct buf body = {0};
    struct subject subject;
    buf_init(&body, BODY_MAX);
    subject_start(&subject);
    subject_fill(&subject, SKUS, 1000);
    for (size_t i = 0; i < rounds; i++) {
        struct run run;
        struct floor_movements floor;
        make_body(1001 + (int64_t)i, &body);
        measure(&subject, buf_view(&body), &run);
        floor_movements(subject.directory, &floor);
        bench_need(floor.movements == SKUS, "%zu movements, not %d", floor.movements, SKUS);
        printf("  ours %6.1f ms   CPU: loop %5.1f ms, writer %5.1f ms      floor %6.1f ms   CPU "
               "%5.1f ms\n",
               run.ms,
               run.loop_ms,
               run.writer_ms,
               floor.ms,
               floor.cpu_ms);
        fflush(stdout);
        ms[i] = run.ms;
        against_floor[i] = floor.ms / run.ms;
        by_cpu[i] = floor.cpu_ms / run.writer_ms;
    }
    subject_stop(&subject);
    subject_remove(&subject);
    double median = bench_median(ms, rounds);
    printf("time   %.0f ms for %d SKUs (goal %.0f), rounds %.0f to %.0f\n",
           median,
           SKUS,
           GOAL_MS,
           ms[0],
           ms[rounds - 1]);
    printf("ratio  %.0f  against Medusa's %.0f s, %.0f against Vendure's %.0f s, published\n",
           MEDUSA_MS / median,
           MEDUSA_MS / 1000,
           VENDURE_MS / median,
           VENDURE_MS / 1000);
    printf("ratio  %.2f  against the same rows by a bare loop in one transaction\n",
           bench_median(against_floor, rounds));
    printf("ratio  %.2f  the same by CPU, the writer's alone\n", bench_median(by_cpu, rounds));
    return 0;
}
