/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_listings - many listings: how soon all are recomputed and told, and what memory they take.
 *
 * told: the real server in a child process, SQLite with full durability, five live channels of
 * connector `api` whose shops answer at once (support/sink.h), 5,000 SKUs with a listing on each.
 * One POST /v1/movements sets the stock of all 5,000. From its answer on, which is behind its
 * commit, until the shops have read the pushes of all 25,000 listings: each was claimed,
 * recomputed, marked as in flight in a commit, and has left. The server's pushes of a round are
 * then all confirmed before the next begins.
 *
 * The floor, in the same round: a bare loop that reads the same 25,000 rows, with their SKU and
 * stock, by primary key from the same file (support/floor.h). No decision, no write, no request.
 *
 * memory: `truecount serve` itself, resident memory as Linux counts it (VmRSS, and VmHWM, the most
 * it ever was): idle with an empty store; with the listings in it after a new start, in which
 * recovery looks at every listing once, and after the first sweeps. The rows come in by the CSV
 * import, 200,000 lines each. While it recovers, /healthz is asked every 20 ms: what a caller
 * waits.
 *
 *   build/release/bench/bench_listings [rounds]      default 5, at most 50
 *   TRUECOUNT_BENCH_LISTINGS=100000                  instead of 1,000,000
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/floor.h"
#include "support/sink.h"
#include "support/subject.h"

#define CHANNELS 5
#define SKUS 5000
#define TOLD ((size_t)CHANNELS * SKUS)
#define ROUNDS_MAX 50
#define GOAL_MS 1000.0
#define LISTINGS_DEFAULT 1000000
#define LISTINGS_MAX 1000000 /* 200,000 lines are the most of one CSV file */
#define IDLE_GOAL_MB 30.0
#define FULL_GOAL_MB 400.0
#define BODY_MAX ((size_t)64 * 1024 * 1024)
#define WAIT_US (600 * US_PER_S)

static void channels_open(const struct subject *subject, const struct sink *sink)
{
    for (int i = 0; i < CHANNELS; i++) {
        subject_post(subject,
                     "/v1/channels",
                     "{\"code\":\"shop-%d\",\"connector\":\"api\",\"mode\":\"live\","
                     "\"settings\":{\"base_url\":\"http://127.0.0.1:%d/c%d\"},"
                     "\"secrets\":{\"webhook_secret\":\"whsec_YmVuY2gtc2VjcmV0LW9mLXRoZS1z\"}}",
                     i,
                     sink->port,
                     i);
    }
}

static void listings_import(const struct subject *subject, size_t skus)
{
    ON_EXIT(buf_free) struct buf csv = {0};
    buf_init(&csv, BODY_MAX);
    for (int channel = 0; channel < CHANNELS; channel++) {
        buf_clear(&csv);
        buf_text(&csv, "channel,sku,remote:sku\n");
        for (size_t i = 0; i < skus; i++) {
            buf_printf(&csv, "shop-%d," SUBJECT_SKU "," SUBJECT_SKU "\n", channel, i, i);
        }
        subject_send(subject, "/v1/csv/listings", buf_view(&csv));
    }
}

/* Nothing is queued and nothing under way. */
static void await_quiet(const struct subject *subject)
{
    int64_t until_us = bench_now_us() + WAIT_US;
    while (subject_metric(subject, "listings_waiting") ||
           subject_metric(subject, "turns_waiting")) {
        bench_need(bench_now_us() < until_us, "the pushes do not come to rest");
        usleep(5000);
    }
}

/* ---- told ---- */

struct round {
    double request_ms, first_ms, all_ms, quiet_ms, floor_ms, loop_ms, writer_ms;
    uint64_t requests;
};

static void counts_make(int64_t units, struct buf *out)
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
}

static void
measure(const struct subject *subject, struct sink *sink, struct slice body, struct round *out)
{
    struct floor_reading floor;
    sink_clear(sink);
    struct subject_cpu before = subject_cpu(subject);
    int64_t began_us = bench_now_us();
    subject_send(subject, "/v1/movements", body);
    int64_t answered_us = bench_now_us();
    bench_need(sink_await(sink, TOLD, WAIT_US),
               "only %" PRIu64 " of %zu listings were told",
               sink->counts->rows,
               TOLD);
    int64_t last_us = sink->counts->last_us, first_us = sink->counts->first_us;
    await_quiet(subject);
    int64_t quiet_us = bench_now_us();
    struct subject_cpu after = subject_cpu(subject);
    bench_need(sink->counts->rows == TOLD, "a listing was told twice");
    floor_listings(subject->directory, &floor);
    bench_need(floor.listings == TOLD, "%zu listings in the file", floor.listings);
    *out = (struct round){.request_ms = (double)(answered_us - began_us) / 1000,
                          .first_ms = (double)(first_us - answered_us) / 1000,
                          .all_ms = (double)(last_us - answered_us) / 1000,
                          .quiet_ms = (double)(quiet_us - answered_us) / 1000,
                          .floor_ms = floor.ms,
                          .loop_ms = (after.loop_us - before.loop_us) / 1000,
                          .writer_ms = (after.others_us - before.others_us) / 1000,
                          .requests = sink->counts->requests};
}

static void told(size_t rounds)
{
    double all[ROUNDS_MAX], ratio[ROUNDS_MAX];
    ON_EXIT(buf_free) struct buf body = {0};
    struct subject subject;
    struct sink sink;
    buf_init(&body, BODY_MAX);
    sink_start(&sink);
    subject_start(&subject);
    subject_fill(&subject, SKUS, 1000);
    channels_open(&subject, &sink);
    listings_import(&subject, SKUS);
    bench_need(sink_await(&sink, TOLD, WAIT_US), "the shops were not told their first counts");
    await_quiet(&subject);
    for (size_t i = 0; i < rounds; i++) {
        struct round r;
        counts_make(1001 + (int64_t)i, &body);
        measure(&subject, &sink, buf_view(&body), &r);
        printf("  request %6.1f ms, then first push %6.1f ms, all %6.1f ms, all confirmed %6.1f ms "
               "  %" PRIu64 " requests   CPU: loop %4.0f ms, writer %4.0f ms   floor %5.1f ms\n",
               r.request_ms,
               r.first_ms,
               r.all_ms,
               r.quiet_ms,
               r.requests,
               r.loop_ms,
               r.writer_ms,
               r.floor_ms);
        fflush(stdout);
        all[i] = r.all_ms;
        ratio[i] = r.all_ms / r.floor_ms;
    }
    subject_stop(&subject);
    subject_remove(&subject);
    sink_stop(&sink);
    double median = bench_median(all, rounds);
    printf("time   %.0f ms until %zu listings were recomputed and told (goal %.0f), rounds %.0f to "
           "%.0f\n",
           median,
           TOLD,
           GOAL_MS,
           all[0],
           all[rounds - 1]);
    printf("ratio  %.1f  times the bare reading of the same rows\n", bench_median(ratio, rounds));
}

/* ---- memory ---- */

static size_t listings_wanted(void)
{
    const char *text = getenv("TRUECOUNT_BENCH_LISTINGS");
    int64_t n = LISTINGS_DEFAULT;
    bench_need(!text || (slice_int(slice_of(text), &n) && n >= CHANNELS && n <= LISTINGS_MAX),
               "TRUECOUNT_BENCH_LISTINGS: %d to %d",
               CHANNELS,
               LISTINGS_MAX);
    return (size_t)n;
}

static void print_memory(const struct subject *subject, const char *when)
{
    struct subject_memory m = subject_memory(subject);
    printf("  %-34s %6.1f MB resident, %6.1f MB at most\n", when, m.now_mb, m.peak_mb);
    fflush(stdout);
}

static void skus_import(const struct subject *subject, size_t skus)
{
    ON_EXIT(buf_free) struct buf csv = {0};
    buf_init(&csv, BODY_MAX);
    buf_text(&csv, "sku\n");
    for (size_t i = 0; i < skus; i++) {
        buf_printf(&csv, SUBJECT_SKU "\n", i);
    }
    subject_send(subject, "/v1/csv/skus", buf_view(&csv));
    buf_clear(&csv);
    buf_text(&csv, "sku,location,counted\n");
    for (size_t i = 0; i < skus; i++) {
        buf_printf(&csv, SUBJECT_SKU ",warehouse,%zu\n", i, 1 + i % 50);
    }
    subject_send(subject, "/v1/csv/stock", buf_view(&csv));
}

static void fill(const struct subject *subject, struct sink *sink, size_t listings)
{
    int64_t began_us = bench_now_us();
    subject_post(subject,
                 "/v1/locations",
                 "{\"code\":\"warehouse\",\"name\":\"Warehouse\",\"country\":\"DE\"}");
    skus_import(subject, listings / CHANNELS);
    channels_open(subject, sink);
    listings_import(subject, listings / CHANNELS);
    double imported_s = (double)(bench_now_us() - began_us) / 1e6;
    bench_need(sink_await(sink, listings / CHANNELS * CHANNELS, WAIT_US),
               "only %" PRIu64 " listings were told",
               sink->counts->rows);
    await_quiet(subject);
    printf("  %zu listings imported in %.1f s, their shops told within %.1f s\n",
           listings,
           imported_s,
           (double)(bench_now_us() - began_us) / 1e6);
}

/* Until recovery has looked at every listing. */
static void recover(struct subject *subject, double *out_ready_ms)
{
    double worst_ms = 0;
    size_t asked = 0;
    int64_t waiting = 1, began_us = bench_now_us();
    subject_exec(subject);
    while (subject_call(subject, "GET", "/readyz", (struct slice){0}, NULL) != 200) {
        usleep(2000);
    }
    *out_ready_ms = (double)(bench_now_us() - began_us) / 1000;
    struct samples answers;
    samples_init(&answers, 1000000);
    while (waiting) {
        int64_t asked_us = bench_now_us();
        (void)subject_call(subject, "GET", "/healthz", (struct slice){0}, NULL);
        int64_t took_us = bench_now_us() - asked_us;
        samples_add(&answers, took_us);
        worst_ms = (double)took_us / 1000 > worst_ms ? (double)took_us / 1000 : worst_ms;
        waiting = ++asked % 10 == 0 ? subject_metric(subject, "listings_waiting") : waiting;
        bench_need(bench_now_us() - began_us < WAIT_US, "the recovery does not end");
        usleep(20000);
    }
    printf("  ready %.0f ms after the start, every listing looked at after %.1f s; meanwhile an "
           "answer took p50 %.1f, p99 %.1f, at most %.0f ms\n",
           *out_ready_ms,
           (double)(bench_now_us() - began_us) / 1e6,
           samples_at_ms(&answers, 500),
           samples_at_ms(&answers, 990),
           worst_ms);
    samples_free(&answers);
}

static void memory(size_t listings)
{
    struct subject subject;
    struct sink sink;
    double ready_ms;
    sink_start(&sink);
    bench_directory(subject.directory);
    subject_exec(&subject);
    sleep(1);
    print_memory(&subject, "idle, an empty store");
    double idle_mb = subject_memory(&subject).peak_mb;
    fill(&subject, &sink, listings);
    print_memory(&subject, "after the import");
    subject_stop(&subject);
    recover(&subject, &ready_ms);
    print_memory(&subject, "started anew, all looked at");
    sleep(15); /* the first sweep comes after 10 s */
    print_memory(&subject, "after the first sweep");
    double full_mb = subject_memory(&subject).peak_mb;
    subject_stop(&subject);
    subject_remove(&subject);
    sink_stop(&sink);
    printf("memory %.0f MB idle (goal %.0f); %.0f MB at most with %zu listings (goal %.0f), ready "
           "after %.0f ms\n",
           idle_mb,
           IDLE_GOAL_MB,
           full_mb,
           listings,
           FULL_GOAL_MB,
           ready_ms);
}

int main(int argc, char **argv)
{
    size_t rounds = (size_t)bench_seconds(argc, argv, 5, ROUNDS_MAX);
    size_t listings = listings_wanted();
    printf("%d SKUs on %d channels, all moved by one request\n", SKUS, CHANNELS);
    told(rounds);
    printf("the program's memory\n");
    memory(listings);
    return 0;
}
