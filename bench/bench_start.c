/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_start - `truecount serve` on a data directory with a million events in its log: the time until
 * GET /readyz says 200.
 *
 * The events are orders of one unit, each with its order row and two movements, on top of a small
 * history (support/history.h); written in bulk, without waiting for the disk, in a minute or two. Each
 * round starts the program anew, after a clean stop and after SIGKILL in turn.
 *
 * The floor, in the same round: a bare SQLite loop that opens the same file with the same settings and
 * reads what any start must know - the head of the log, all rows of stock, SKUs, channels, locations.
 *
 *   build/release/bench/bench_start [events in thousands]      default 1,000, at most 10,000
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/floor.h"
#include "support/history.h"
#include "support/subject.h"

#define ROUNDS 5
#define GOAL_MS 2000.0
#define WAIT_US (120 * US_PER_S)
#define MOVEMENTS_FIRST 64000

static double start_ms(struct subject *subject)
{
    int64_t began_us = bench_now_us();
    subject_exec(subject);
    while (subject_call(subject, "GET", "/readyz", (struct slice){0}, NULL) != 200) {
        bench_need(bench_now_us() - began_us < WAIT_US,
                   "the server is not ready after two minutes");
        usleep(1000);
    }
    return (double)(bench_now_us() - began_us) / 1000;
}

static void stop_hard(const struct subject *subject)
{
    bench_need(kill(subject->pid, SIGKILL) == 0 && waitpid(subject->pid, NULL, 0) == subject->pid,
               "cannot kill the server");
}

int main(int argc, char **argv)
{
    size_t events = (size_t)bench_seconds(argc, argv, 1000, 10000) * 1000;
    struct history history;
    struct subject subject = {.port = 0};
    double clean[ROUNDS], killed[ROUNDS], bare[ROUNDS], ratio[ROUNDS];
    int64_t began_us = bench_now_us();
    history_build(MOVEMENTS_FIRST, &history);
    history_sell(&history, events);
    memcpy(subject.directory, history.directory, sizeof(subject.directory));
    printf("%zu events, each an order; made in %.0f s\n",
           events,
           (double)(bench_now_us() - began_us) / 1e6);
    for (int i = 0; i < ROUNDS; i++) {
        bare[i] = floor_open_ms(subject.directory);
        clean[i] = start_ms(&subject);
        stop_hard(&subject);
        killed[i] = start_ms(&subject);
        subject_stop(&subject);
        ratio[i] = clean[i] / bare[i];
        printf("  ready after %.0f ms, after a kill %.0f ms; bare %.1f ms\n",
               clean[i],
               killed[i],
               bare[i]);
        fflush(stdout);
    }
    printf("ready %.0f ms after the start, %.0f ms after a kill (goal %.0f), medians of %d; %.1f "
           "times "
           "the bare opening\n",
           bench_median(clean, ROUNDS),
           bench_median(killed, ROUNDS),
           GOAL_MS,
           ROUNDS,
           bench_median(ratio, ROUNDS));
    history_remove(&history);
    return 0;
}
