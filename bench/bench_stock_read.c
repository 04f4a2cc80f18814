/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_stock_read - GET /v1/stock/{sku} by 32 clients, alone and while writes go on at full speed.
 *
 * The real server in a child process, SQLite with full durability; 1,000 SKUs at one location, each
 * read in turn. The writes come from another process with 16 keep-alive connections, on each one
 * POST /v1/movements of one line under way, all SKUs in turn; they begin before the reads and end
 * after them. Both loads and the server share the machine's cores: what the writes take is missing
 * for the reads, so the CPU of the loop for each read alone is printed too.
 *
 * The peer: Medusa reads 260 inventory levels a second at 32 clients on two cores, with no writes
 * beside them. Each round measures both ways one after the other; the medians of the rounds count.
 *
 *   build/release/bench/bench_stock_read [seconds]      default 2 for each run, at most 10
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/load.h"
#include "support/subject.h"

#define CLIENTS 32
#define WRITERS 16
#define SKUS 1000
#define ROUNDS 5
#define READS_PER_S_MAX 150000
#define WRITES_PER_S_MAX 60000
#define WRITES_LEAD_US (US_PER_S / 4)
#define MEDUSA_PER_S 260.0

static size_t make_read(void *arg, size_t number, char out[LOAD_REQUEST_MAX])
{
    (void)arg;
    int n = snprintf(out,
                     LOAD_REQUEST_MAX,
                     "GET /v1/stock/" SUBJECT_SKU " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                     "Authorization: Bearer " SUBJECT_TOKEN "\r\n\r\n",
                     number * 7919 % SKUS);
    must(n > 0 && n < LOAD_REQUEST_MAX);
    return (size_t)n;
}

static size_t make_write(void *arg, size_t number, char out[LOAD_REQUEST_MAX])
{
    char body[256];
    (void)arg;
    int body_n = snprintf(body,
                          sizeof(body),
                          "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"" SUBJECT_SKU
                          "\",\"location\":\"warehouse\",\"quantity\":1}]}",
                          number * 7919 % SKUS);
    int n = snprintf(out,
                     LOAD_REQUEST_MAX,
                     "POST /v1/movements HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                     "Authorization: Bearer " SUBJECT_TOKEN "\r\n"
                     "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                     body_n,
                     body);
    must(n > 0 && n < LOAD_REQUEST_MAX);
    return (size_t)n;
}

/* ---- the writes, in a process of their own ---- */

struct writes {
    pid_t pid;
    int answer;
};

static void writes_begin(const struct subject *subject, int64_t duration_us, struct writes *out)
{
    int ends[2];
    const struct load load = {.port = subject->port,
                              .connections = WRITERS,
                              .count_max = (size_t)(duration_us * WRITES_PER_S_MAX / US_PER_S),
                              .duration_us = duration_us,
                              .make = make_write};
    fflush(stdout);
    must(pipe(ends) == 0);
    out->pid = fork();
    must(out->pid >= 0);
    if (out->pid == 0) {
        struct load_result result;
        load_run(&load, &result);
        bench_need(result.status_2xx == result.answered, "writes were refused");
        double rate = (double)result.answered * 1e6 / (double)result.elapsed_us;
        must(write(ends[1], &rate, sizeof(rate)) == (ssize_t)sizeof(rate));
        _exit(0);
    }
    close(ends[1]);
    out->answer = ends[0];
}

/* Writes a second. */
static double writes_end(const struct writes *writes)
{
    double rate = 0;
    int status = 0;
    bench_need(read(writes->answer, &rate, sizeof(rate)) == (ssize_t)sizeof(rate),
               "the writes ended early");
    close(writes->answer);
    must(waitpid(writes->pid, &status, 0) == writes->pid);
    return rate;
}

/* ---- the reads ---- */

struct run {
    double reads_per_s, writes_per_s, p50_ms, p99_ms, loop_us;
};

static void
measure(const struct subject *subject, int64_t duration_us, bool writing, struct run *out)
{
    struct load_result result;
    struct writes writes = {0};
    const struct load load = {.port = subject->port,
                              .connections = CLIENTS,
                              .count_max = (size_t)(duration_us * READS_PER_S_MAX / US_PER_S),
                              .duration_us = duration_us,
                              .make = make_read};
    if (writing) {
        writes_begin(subject, duration_us + 2 * WRITES_LEAD_US, &writes);
        usleep(WRITES_LEAD_US);
    }
    struct subject_cpu before = subject_cpu(subject);
    load_run(&load, &result);
    struct subject_cpu after = subject_cpu(subject);
    bench_need(result.status_2xx == result.answered, "reads were not answered with 200");
    double n = (double)result.answered;
    *out = (struct run){.reads_per_s = n * 1e6 / (double)result.elapsed_us,
                        .writes_per_s = writing ? writes_end(&writes) : 0,
                        .p50_ms = samples_at_ms(&result.latency, 500),
                        .p99_ms = samples_at_ms(&result.latency, 990),
                        .loop_us = (after.loop_us - before.loop_us) / n};
    samples_free(&result.latency);
}

static void print_run(const char *name, const struct run *run)
{
    printf("  %-14s %7.0f reads/s   p50 %5.2f ms  p99 %5.2f ms   loop's CPU %5.1f us a read   "
           "%6.0f writes/s\n",
           name,
           run->reads_per_s,
           run->p50_ms,
           run->p99_ms,
           run->loop_us,
           run->writes_per_s);
    fflush(stdout);
}

static void print_ratio(double *rates, const char *text)
{
    double median = bench_median(rates, ROUNDS);
    printf("ratio  %.0f  %s against Medusa's %.0f reads/s, published (goal 100); %.0f/s, rounds "
           "%.0f to %.0f\n",
           median / MEDUSA_PER_S,
           text,
           MEDUSA_PER_S,
           median,
           rates[0],
           rates[ROUNDS - 1]);
}

int main(int argc, char **argv)
{
    int64_t duration_us = bench_seconds(argc, argv, 2, 10) * US_PER_S;
    double alone[ROUNDS], writing[ROUNDS], share[ROUNDS];
    struct subject subject;
    subject_start(&subject);
    subject_fill(&subject, SKUS, 1000);
    for (int i = 0; i < ROUNDS; i++) {
        struct run run;
        measure(&subject, duration_us, false, &run);
        print_run("alone", &run);
        alone[i] = run.reads_per_s;
        measure(&subject, duration_us, true, &run);
        print_run("while writing", &run);
        writing[i] = run.reads_per_s;
        share[i] = writing[i] / alone[i];
    }
    subject_stop(&subject);
    subject_remove(&subject);
    print_ratio(writing, "reads while writing");
    print_ratio(alone, "reads alone");
    printf("ratio  %.2f  reads while writing against the same alone\n",
           bench_median(share, ROUNDS));
    return 0;
}
