/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_rebuild - `truecount verify --rebuild` on ten million movements: how long, how fast, and in
 * how much memory.
 *
 * Half of the movements are those of support/history.h; the other half are of orders of one unit,
 * each reserved and shipped (two movements, one event, one order row). Built without waiting for the
 * disk; it takes minutes and 4 GB beside the binary, copy and temporary files included, which are
 * removed at the end. Then the program itself runs on it, and prints its figures. With a state that
 * is not what the log makes of it the benchmark ends with exit code 1.
 *
 *   build/release/bench/bench_rebuild [--movements N]   default 10,000,000; 100,000 to 20,000,000
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/history.h"

#define MOVEMENTS 10000000
#define MOVEMENTS_MIN 100000
#define MOVEMENTS_MAX 20000000

static void rebuild(const struct history *history)
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    bench_need(child >= 0, "cannot fork");
    if (child == 0) {
        execl(TC_BINARY,
              TC_BINARY,
              "verify",
              "--rebuild",
              "--data",
              history->directory,
              (char *)NULL);
        _exit(127);
    }
    bench_need(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
               "truecount verify --rebuild failed");
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
    size_t movements = movements_wanted(argc, argv);
    int64_t began_us = bench_now_us();
    history_build(movements / 2, &history);
    history_sell(&history, movements / 4);
    printf("%zu movements, %zu of them of %zu orders; built in %.0f s\n",
           movements,
           movements / 2,
           movements / 4,
           (double)(bench_now_us() - began_us) / 1e6);
    rebuild(&history);
    history_remove(&history);
    return 0;
}
