/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_holds - POST /v1/holds of one unit, by 32 clients at once, all of the same SKU.
 *
 * The real server in a child process, SQLite with full durability. Each hold is another shopper's,
 * so that none replaces another.
 *
 * The floor, in the same round: what a shop writes by hand, one after the other, each with a commit
 * of its own: UPDATE stock ... WHERE available >= 1, INSERT of the hold (support/floor.h). It has
 * no ledger, no log, no socket, and a core to itself. Medusa's published figure is printed beside
 * it: 80 reservations a second at 32 clients on two cores, PostgreSQL at full durability.
 *
 * The check: 400 attempts by 32 clients on 100 units give exactly 100 holds and 300 refusals, and
 * the stock says so. Anything else ends with exit code 1.
 *
 *   build/release/bench/bench_holds [seconds]      default 3 for each run, at most 10
 */
#include <stdio.h>

#include "base/json_read.h"
#include "support/floor.h"
#include "support/load.h"
#include "support/subject.h"

#define CLIENTS 32
#define ROUNDS 3
#define HOLDS_PER_S_MAX 60000
#define MEDUSA_PER_S 80.0
#define SCARCE_UNITS 100
#define SCARCE_ATTEMPTS 400

enum { SKU_PLENTY, SKU_SCARCE };

static size_t make_hold(void *arg, size_t number, char out[LOAD_REQUEST_MAX])
{
    const size_t *sku = arg;
    char body[256];
    int body_n = snprintf(body,
                          sizeof(body),
                          "{\"owner\":\"cart-%zu-%09zu\",\"lines\":[{\"sku\":\"" SUBJECT_SKU
                          "\",\"quantity\":1}],\"expires_in\":900}",
                          *sku,
                          number,
                          *sku);
    int n = snprintf(out,
                     LOAD_REQUEST_MAX,
                     "POST /v1/holds HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                     "Authorization: Bearer " SUBJECT_TOKEN "\r\n"
                     "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                     body_n,
                     body);
    must(n > 0 && n < LOAD_REQUEST_MAX);
    return (size_t)n;
}

static double measure(int64_t duration_us)
{
    struct subject subject;
    struct load_result result;
    size_t sku = SKU_PLENTY;
    subject_start(&subject);
    subject_fill(&subject, 1, QTY_MAX / 1000);
    const struct load load = {.port = subject.port,
                              .connections = CLIENTS,
                              .count_max = (size_t)(duration_us * HOLDS_PER_S_MAX / US_PER_S),
                              .duration_us = duration_us,
                              .make = make_hold,
                              .arg = &sku};
    struct subject_cpu before = subject_cpu(&subject);
    load_run(&load, &result);
    struct subject_cpu after = subject_cpu(&subject);
    bench_need(result.status_2xx == result.answered,
               "%" PRIu64 " of %" PRIu64 " holds were refused though units were there",
               result.answered - result.status_2xx,
               result.answered);
    double n = (double)result.answered, rate = n * 1e6 / (double)result.elapsed_us;
    double loop_us = (after.loop_us - before.loop_us) / n;
    double writer_us = (after.others_us - before.others_us) / n;
    printf("  %-8s %7.0f holds/s    p50 %5.1f ms  p99 %5.1f ms   CPU %5.1f us each (loop %4.1f, "
           "writer %4.1f)\n",
           "ours",
           rate,
           samples_at_ms(&result.latency, 500),
           samples_at_ms(&result.latency, 990),
           loop_us + writer_us,
           loop_us,
           writer_us);
    samples_free(&result.latency);
    subject_stop(&subject);
    subject_remove(&subject);
    return rate;
}

static int64_t stock_figure(struct json stock, const char *name)
{
    int64_t value = -1;
    bench_need(json_int(json_get(stock, name), &value), "GET /v1/stock has no %s", name);
    return value;
}

/* Many want few: not one too many, not one too few. */
static void check_scarce(void)
{
    struct subject subject;
    struct load_result result;
    size_t sku = SKU_SCARCE;
    subject_start(&subject);
    subject_fill(&subject, SKU_SCARCE + 1, SCARCE_UNITS);
    const struct load load = {.port = subject.port,
                              .connections = CLIENTS,
                              .count_max = SCARCE_ATTEMPTS,
                              .duration_us = 60 * US_PER_S,
                              .make = make_hold,
                              .arg = &sku};
    load_run(&load, &result);
    ON_EXIT(buf_free) struct buf answer = {0};
    struct json_doc *doc = json_doc_new();
    struct json stock = {0};
    struct err_note note;
    buf_init(&answer, 65536);
    bench_need(doc &&
                   subject_call(
                       &subject, "GET", "/v1/stock/SKU-0001", (struct slice){0}, &answer) == 200 &&
                   json_parse(doc, buf_view(&answer), &stock, &note) == ERR_OK,
               "GET /v1/stock was not answered");
    int64_t available = stock_figure(stock, "available"), held = stock_figure(stock, "held");
    printf("check  %d attempts on %d units: %" PRIu64 " held, %" PRIu64
           " refused; stock says available %" PRId64 ", held %" PRId64 "\n",
           SCARCE_ATTEMPTS,
           SCARCE_UNITS,
           result.status_2xx,
           result.status_409,
           available,
           held);
    bench_need(result.status_2xx == SCARCE_UNITS &&
                   result.status_409 == SCARCE_ATTEMPTS - SCARCE_UNITS && available == 0 &&
                   held == SCARCE_UNITS,
               "not exactly %d units were held",
               SCARCE_UNITS);
    json_doc_free(doc);
    samples_free(&result.latency);
    subject_stop(&subject);
    subject_remove(&subject);
}

int main(int argc, char **argv)
{
    int64_t duration_us = bench_seconds(argc, argv, 3, 10) * US_PER_S;
    double against_floor[ROUNDS], rate[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        rate[i] = measure(duration_us);
        double floor = floor_holds(duration_us / 2);
        printf("  %-8s %7.0f holds/s    UPDATE, INSERT, COMMIT for each\n", "floor", floor);
        fflush(stdout);
        against_floor[i] = rate[i] / floor;
    }
    double median = bench_median(rate, ROUNDS);
    printf("ratio  %.2f  holds against the bare loop with a commit each; %.0f holds/s\n",
           bench_median(against_floor, ROUNDS),
           median);
    printf("ratio  %.0f  against Medusa's %.0f reservations/s, published (goal 100)\n",
           median / MEDUSA_PER_S,
           MEDUSA_PER_S);
    check_scarce();
    return 0;
}
