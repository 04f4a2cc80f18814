/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_propagation - an order in one shop, until the other four are told.
 *
 * The real server in a child process, SQLite with full durability, five channels of connector `api`
 * in mode live, 1,000 SKUs with a listing on each. Five shops in one thread of the load process
 * (support/shops.h) sell 1,000 orders a second for ten seconds, and answer every push with 200 at
 * once. What is measured is ours alone, with the wires of loopback and the load's own wake-ups on
 * top: from the order's write() until the push that has it in it was read.
 *
 * The server's own split of the same, from GET /v1/pushes: receipt to commit, commit to send.
 *
 * The floor: a bare echo in a child process takes the same orders over the same sockets and writes
 * the new quantity to the four other shops at once, with no store, signature or batch behind it;
 * and what one fdatasync of 4 KB takes on this disk, of which an order has to wait for two: its own
 * commit, and the one that marks its pushes as in flight before they leave.
 *
 *   build/release/bench/bench_propagation [seconds]      default 10, at most 30; the echo: 3
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "support/floor.h"
#include "support/shops.h"
#include "support/subject.h"

#define ORDERS_PER_S 1000
#define ECHO_SECONDS 3
#define SYNCS 200
#define BODY_MAX ((size_t)4 * 1024 * 1024)

static void set_up(const struct subject *subject, const struct shops *shops)
{
    ON_EXIT(buf_free) struct buf body = {0};
    ON_EXIT(buf_free) struct buf answer = {0};
    buf_init(&body, BODY_MAX);
    buf_init(&answer, BODY_MAX);
    subject_fill(subject, SHOPS_SKUS, SHOPS_UNITS);
    for (size_t shop = 0; shop < SHOPS; shop++) {
        subject_post(subject,
                     "/v1/channels",
                     "{\"code\":\"shop-%zu\",\"connector\":\"api\",\"mode\":\"live\","
                     "\"settings\":{\"base_url\":\"http://127.0.0.1:%d/c%zu\"},"
                     "\"secrets\":{\"webhook_secret\":\"" SHOPS_SECRET "\"}}",
                     shop,
                     shops_port(shops),
                     shop);
        buf_clear(&body);
        buf_text(&body, "{\"items\":[");
        for (size_t i = 0; i < SHOPS_SKUS; i++) {
            buf_printf(&body,
                       "%s{\"channel\":\"shop-%zu\",\"sku\":\"" SUBJECT_SKU
                       "\",\"remote\":{\"sku\":\"" SUBJECT_SKU "\"}}",
                       i ? "," : "",
                       shop,
                       i,
                       i);
        }
        buf_text(&body, "]}");
        int status = subject_call(subject, "POST", "/v1/listings", buf_view(&body), &answer);
        bench_need(status / 100 == 2, "POST /v1/listings answered %d", status);
    }
}

/* ---- the server's own view ---- */

/* Every "key":1.234 of the text, which is in milliseconds; null: one of the ends is unknown. */
static void add_all(struct samples *samples, struct slice text, const char *key)
{
    const char *at = text.p, *end = text.p + text.n;
    while ((at = memmem(at, (size_t)(end - at), key, strlen(key)))) {
        at += strlen(key);
        if (*at != 'n') {
            samples_add(samples, (int64_t)(strtod(at, NULL) * 1000));
        }
    }
}

static void
read_split(const struct subject *subject, size_t max, struct samples *commit, struct samples *send)
{
    ON_EXIT(buf_free) struct buf answer = {0};
    struct json_doc *doc = json_doc_new();
    char path[160] = "/v1/pushes?limit=1000";
    buf_init(&answer, BODY_MAX);
    must(doc);
    while (commit->count < max) {
        struct json root = {0};
        struct err_note note;
        struct slice next = {0};
        bench_need(subject_call(subject, "GET", path, (struct slice){0}, &answer) == 200 &&
                       json_parse(doc, buf_view(&answer), &root, &note) == ERR_OK,
                   "GET %s was not answered",
                   path);
        add_all(commit, buf_view(&answer), "\"receipt_to_commit\":");
        add_all(send, buf_view(&answer), "\"commit_to_send\":");
        if (!json_text(json_get(root, "next"), &next)) {
            break;
        }
        snprintf(path, sizeof(path), "/v1/pushes?limit=1000&cursor=%.*s", SLICE_ARG(next));
    }
    json_doc_free(doc);
}

static void print_result(const char *name, struct shops_result *r)
{
    printf("  %-8s order -> other shops told  p50 %6.2f ms  p99 %6.2f ms   answer p50 %5.2f ms  "
           "p99 %5.2f ms   %.1f listings a push\n",
           name,
           samples_at_ms(&r->propagation, 500),
           samples_at_ms(&r->propagation, 990),
           samples_at_ms(&r->answers, 500),
           samples_at_ms(&r->answers, 990),
           (double)r->items / (double)(r->requests ? r->requests : 1));
    fflush(stdout);
}

static void result_free(struct shops_result *r)
{
    samples_free(&r->propagation);
    samples_free(&r->answers);
}

static void measure_ours(size_t orders, struct shops_result *out)
{
    struct subject subject;
    struct samples commit, send;
    struct shops *shops = shops_new();
    subject_start(&subject);
    set_up(&subject, shops);
    shops_await_first(shops);
    struct subject_cpu before = subject_cpu(&subject);
    shops_sell(shops, subject.port, ORDERS_PER_S, orders, out);
    struct subject_cpu after = subject_cpu(&subject);
    print_result("ours", out);
    samples_init(&commit, out->items);
    samples_init(&send, out->items);
    read_split(&subject, out->items, &commit, &send);
    printf("  %-8s receipt -> commit p50 %.2f ms  p99 %.2f ms   commit -> send p50 %.2f ms  p99 "
           "%.2f ms   CPU an order: loop %.0f us, writer %.0f us\n",
           "",
           samples_at_ms(&commit, 500),
           samples_at_ms(&commit, 990),
           samples_at_ms(&send, 500),
           samples_at_ms(&send, 990),
           (after.loop_us - before.loop_us) / (double)orders,
           (after.others_us - before.others_us) / (double)orders);
    if (out->latest_us > 20 * US_PER_MS) {
        printf("  %-8s an order left %.1f ms too late: the load was not steady\n",
               "",
               (double)out->latest_us / 1000);
    }
    samples_free(&commit);
    samples_free(&send);
    subject_stop(&subject);
    subject_remove(&subject);
    shops_free(shops);
}

static void measure_echo(struct shops_result *out)
{
    struct echo echo;
    struct shops *shops = shops_new();
    echo_start(&echo, shops_port(shops), SHOPS_UNITS);
    shops_sell(shops, echo.port, ORDERS_PER_S, (size_t)ECHO_SECONDS * ORDERS_PER_S, out);
    echo_stop(&echo);
    shops_free(shops);
    print_result("echo", out);
}

int main(int argc, char **argv)
{
    size_t orders = (size_t)bench_seconds(argc, argv, 10, 30) * ORDERS_PER_S;
    struct shops_result ours, echo;
    double sync_ms = floor_sync_ms(SYNCS, 500), sync_p99_ms = floor_sync_ms(SYNCS, 990);
    printf(
        "%d orders/s, %d SKUs, %d channels that answer at once\n", ORDERS_PER_S, SHOPS_SKUS, SHOPS);
    measure_echo(&echo);
    printf("  %-8s one fdatasync of 4 KB      p50 %6.2f ms  p99 %6.2f ms\n",
           "disk",
           sync_ms,
           sync_p99_ms);
    measure_ours(orders, &ours);
    double p50 = samples_at_ms(&ours.propagation, 500), p99 = samples_at_ms(&ours.propagation, 990);
    printf("ratio  %.1f  p50 against the echo, %.1f times one fdatasync; p50 %.2f ms (goal 5), p99 "
           "%.2f ms (goal 50)\n",
           p50 / samples_at_ms(&echo.propagation, 500),
           p50 / sync_ms,
           p50,
           p99);
    result_free(&ours);
    result_free(&echo);
    return 0;
}
