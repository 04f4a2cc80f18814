/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_time - GET /v1/stock/{sku}?at= (what the ledger said then) and &as=happened (what was true
 * then) over a year of 10 million movements.
 *
 * The history is built for it, and how is told in support/history.h: a hot SKU with 5 million
 * movements, 1,000 others with 5,000 each, late and early ones among them, checkpoints by the
 * engine's own code. It takes minutes and 0.7 GB beside the binary, which is removed at the end.
 *
 * Then the real server is started on it. One client on one connection asks for random instants of
 * the year: of the hot SKU, of the others in turn, and of the hot SKU within the rush, ten minutes
 * that hold one movement in 20. The floor, in the same round: the stock of the present, which is
 * one look-up. Times are the client's; CPU is the server's loop, and hardly feels neighbours.
 *
 * The naive way is one instant by a fold over all movements of the hot SKU, in this process,
 * without HTTP. The instants that are folded must give the same figures, or exit code 1; with up to
 * a million movements the whole history is verified too. At the end the history is taken apart to
 * see what the checkpoints and the indexes weigh.
 *
 *   build/release/bench/bench_time [--movements N]      default 10,000,000; 100,000 to 20,000,000
 *   TRUECOUNT_BENCH_MOVEMENTS=N ./dev bench time        the same
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/times.h"
#include "support/history.h"
#include "support/load.h"
#include "support/subject.h"

#define MOVEMENTS 10000000
#define MOVEMENTS_MIN 100000
#define MOVEMENTS_MAX 20000000
#define VERIFY_MAX 1000000
#define ROUNDS 5
#define ASKED_MAX 2000
#define ASKING_US (3 * US_PER_S)

enum about { PRESENT, RECORDED, HAPPENED };

struct group {
    const char *name;
    bool is_hot, is_rush;
    enum about about;
};

/* The present comes first of each SKU: it is the floor of those behind it. */
static const struct group groups[] = {
    {"hot SKU, now", true, false, PRESENT},
    {"hot SKU, recorded", true, false, RECORDED},
    {"hot SKU, happened", true, false, HAPPENED},
    {"rush, recorded", true, true, RECORDED},
    {"rush, happened", true, true, HAPPENED},
    {"others, now", false, false, PRESENT},
    {"others, recorded", false, false, RECORDED},
    {"others, happened", false, false, HAPPENED},
};

struct asking {
    const struct history *history;
    const struct group *group;
};

/* A number's own random instant (splitmix64), the same in every round. */
static int64_t instant(const struct asking *a, size_t number)
{
    const struct history *h = a->history;
    uint64_t z = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    int64_t from = a->group->is_rush ? h->rush_from_us : h->from_us;
    int64_t to = a->group->is_rush ? h->rush_to_us : h->to_us;
    return from + (int64_t)((z ^ (z >> 31)) % (uint64_t)(to - from));
}

static size_t make_question(void *arg, size_t number, char out[LOAD_REQUEST_MAX])
{
    const struct asking *a = arg;
    char query[96] = "", stamp[TIME_TEXT_MAX];
    size_t sku = a->group->is_hot ? 0 : 1 + number * 7919 % (HISTORY_SKUS - 1);
    if (a->group->about != PRESENT) {
        struct slice at = time_format(instant(a, number), stamp);
        snprintf(query,
                 sizeof(query),
                 "?at=%.*s%s",
                 SLICE_ARG(at),
                 a->group->about == HAPPENED ? "&as=happened" : "");
    }
    int n = snprintf(out,
                     LOAD_REQUEST_MAX,
                     "GET /v1/stock/" SUBJECT_SKU "%s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                     "Authorization: Bearer " SUBJECT_TOKEN "\r\n\r\n",
                     sku,
                     query);
    must(n > 0 && n < LOAD_REQUEST_MAX);
    return (size_t)n;
}

struct run {
    double p50_us, p99_us, cpu_us;
};

static void
measure(const struct subject *subject, const struct asking *asking, size_t round, struct run *out)
{
    struct load_result result;
    const struct load load = {.port = subject->port,
                              .connections = 1,
                              .first = round * ASKED_MAX,
                              .count_max = ASKED_MAX,
                              .duration_us = ASKING_US,
                              .make = make_question,
                              .arg = (void *)(uintptr_t)asking};
    struct subject_cpu before = subject_cpu(subject);
    load_run(&load, &result);
    struct subject_cpu after = subject_cpu(subject);
    bench_need(result.status_2xx == result.answered, "a question was not answered with 200");
    *out = (struct run){.p50_us = samples_at_ms(&result.latency, 500) * 1000,
                        .p99_us = samples_at_ms(&result.latency, 990) * 1000,
                        .cpu_us = (after.loop_us - before.loop_us) / (double)result.answered};
    samples_free(&result.latency);
}

/* ---- what is printed ---- */

struct series {
    double p50_us[ROUNDS], p99_us[ROUNDS], cpu_us[ROUNDS], ratio[ROUNDS], cpu_ratio[ROUNDS];
};

static void ask_all(const struct history *history)
{
    static struct series series[COUNT_OF(groups)];
    struct subject subject;
    memcpy(subject.directory, history->directory, sizeof(subject.directory));
    subject_open(&subject);
    for (size_t i = 0; i < ROUNDS; i++) {
        struct run run, floor = {0};
        for (size_t g = 0; g < COUNT_OF(groups); g++) {
            const struct asking asking = {history, &groups[g]};
            measure(&subject, &asking, i, &run);
            floor = groups[g].about == PRESENT ? run : floor;
            series[g].p50_us[i] = run.p50_us;
            series[g].p99_us[i] = run.p99_us;
            series[g].cpu_us[i] = run.cpu_us;
            series[g].ratio[i] = run.p50_us / floor.p50_us;
            series[g].cpu_ratio[i] = run.cpu_us / floor.cpu_us;
        }
    }
    subject_stop(&subject);
    for (size_t g = 0; g < COUNT_OF(groups); g++) {
        struct series *s = &series[g];
        double p50 = bench_median(s->p50_us, ROUNDS);
        printf("  %-18s p50 %7.0f us (%.0f to %.0f)  p99 %7.0f us   CPU %7.0f us   ratio to now "
               "%6.2f, by CPU %6.2f\n",
               groups[g].name,
               p50,
               s->p50_us[0],
               s->p50_us[ROUNDS - 1],
               bench_median(s->p99_us, ROUNDS),
               bench_median(s->cpu_us, ROUNDS),
               bench_median(s->ratio, ROUNDS),
               bench_median(s->cpu_ratio, ROUNDS));
    }
    fflush(stdout);
}

static void fold_all(const struct history *h)
{
    static const char *const names[] = {"recorded", "happened"};
    const struct {
        const char *name;
        size_t sku;
        int64_t at_us;
    } instants[] = {{"hot SKU", 0, h->from_us + (h->to_us - h->from_us) / 3},
                    {"rush", 0, (h->rush_from_us + h->rush_to_us) / 2},
                    {"another", 77, h->from_us + (h->to_us - h->from_us) / 3}};
    for (size_t i = 0; i < COUNT_OF(instants); i++) {
        for (enum moment_time time = MOMENT_RECORDED; time <= MOMENT_HAPPENED; time++) {
            struct history_fold fold;
            history_check(h, instants[i].sku, instants[i].at_us, time, &fold);
            printf("  naive  %-8s %s: all %zu rows in %.1f ms; by checkpoint %.2f "
                   "ms; the same figures\n",
                   instants[i].name,
                   names[time],
                   fold.rows,
                   fold.fold_ms,
                   fold.moment_ms);
            fflush(stdout);
        }
    }
}

static void weigh(const struct history *h)
{
    struct history_growth g;
    double n = (double)h->movements;
    history_growth(h, &g);
    printf("  growth %.1f bytes a movement, without the facts of its event: checkpoints %.2f (%.1f "
           "%%), late index %.2f (%.1f %%), early index %.2f (%.1f %%); index by SKU %.1f\n",
           g.all / n,
           g.checkpoints / n,
           100 * g.checkpoints / g.all,
           g.late / n,
           100 * g.late / g.all,
           g.early / n,
           100 * g.early / g.all,
           g.by_sku / n);
}

static size_t movements_wanted(int argc, char **argv)
{
    const char *text = getenv("TRUECOUNT_BENCH_MOVEMENTS");
    int64_t count = MOVEMENTS;
    bool is_fine = argc == 1 || (argc == 3 && slice_is(slice_of(argv[1]), "--movements"));
    text = argc == 3 ? argv[2] : text;
    is_fine = is_fine && (!text || slice_int(slice_of(text), &count)) && count >= MOVEMENTS_MIN &&
              count <= MOVEMENTS_MAX;
    if (!is_fine) {
        fprintf(
            stderr, "usage: %s [--movements N, %d to %d]\n", argv[0], MOVEMENTS_MIN, MOVEMENTS_MAX);
        exit(2);
    }
    return (size_t)count;
}

int main(int argc, char **argv)
{
    struct history history;
    history_build(movements_wanted(argc, argv), &history);
    printf("%zu movements of %d SKUs in a year, a checkpoint after %d of a SKU; built in %.0f s\n",
           history.movements,
           HISTORY_SKUS,
           CHECKPOINT_EVERY,
           history.seconds);
    fflush(stdout);
    if (history.movements <= VERIFY_MAX) {
        history_verify(&history);
        printf("  verify the whole history is sound\n");
    }
    fold_all(&history);
    ask_all(&history);
    weigh(&history);
    history_remove(&history);
    return 0;
}
