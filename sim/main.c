/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim - runs the shipped server in a simulated world, seed after seed, each in a process of its own.
 *
 *   sim --seeds N [--seed S] [--minutes M] [--jobs J]   N seeds from S on; --stop: to the first broken
 *   sim --seed S --story                                one, with what happened
 *   sim --plan FILE [--story]                           one that was kept
 *   sim --seed S --shrink FILE                          makes a failing plan small, and keeps it
 *
 * Ends with 0 when no promise was broken, 1 when one was, 2 for bad usage.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "sim/shrink.h"

struct options {
    uint64_t seed, seeds, seconds;
    int minutes, jobs;
    bool story, stop, marks;
    const char *plan, *shrink;
};

struct totals {
    uint64_t runs, broken, events, commits, checks, faults, crashes, acks, unknown, settle_us_max,
        rebuilds;
    struct marks marks;
};

static void usage(FILE *to)
{
    fputs("usage: sim [--seeds N] [--seed S] [--minutes M] [--jobs J] [--story]\n"
          "           [--stop] [--marks] [--plan FILE] [--shrink FILE]\n\n"
          "  --seeds N      so many runs, of the seeds S, S+1, ... (default 1)\n"
          "  --seed S       the first seed (default: by the clock)\n"
          "  --minutes M    of virtual trade in a run (default 10)\n"
          "  --jobs J       so many at once (default 2)\n"
          "  --seconds S    begin none after so many\n"
          "  --stop         begin none after one that broke a promise\n"
          "  --marks        a rare thing that never happened is a failure\n"
          "  --story        tell what happens; of one run\n"
          "  --plan FILE    carry out a kept plan instead of drawing one\n"
          "  --shrink FILE  make the failing plan as small as it gets, and write it there\n",
          to);
}

static bool parse(int argc, char **argv, struct options *o)
{
    *o = (struct options){
        .seed = (uint64_t)time(NULL), .seeds = 1, .seconds = UINT64_MAX, .minutes = 10, .jobs = 2};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        int64_t n = 0;
        bool is_number = value && slice_int(slice_of(value), &n) && n >= 0;
        if (strcmp(argv[i], "--story") == 0) {
            o->story = true;
            continue;
        }
        if (strcmp(argv[i], "--stop") == 0) {
            o->stop = true;
            continue;
        }
        if (strcmp(argv[i], "--marks") == 0) {
            o->marks = true;
            continue;
        }
        if (!value) {
            return false;
        }
        i++;
        if (strcmp(argv[i - 1], "--plan") == 0) {
            o->plan = value;
        } else if (strcmp(argv[i - 1], "--shrink") == 0) {
            o->shrink = value;
        } else if (!is_number) {
            return false;
        } else if (strcmp(argv[i - 1], "--seeds") == 0 && n > 0) {
            o->seeds = (uint64_t)n;
        } else if (strcmp(argv[i - 1], "--seconds") == 0) {
            o->seconds = (uint64_t)n;
        } else if (strcmp(argv[i - 1], "--seed") == 0) {
            o->seed = (uint64_t)n;
        } else if (strcmp(argv[i - 1], "--minutes") == 0 && n > 0 && n <= 10000) {
            o->minutes = (int)n;
        } else if (strcmp(argv[i - 1], "--jobs") == 0 && n > 0 && n <= 64) {
            o->jobs = (int)n;
        } else {
            return false;
        }
    }
    return true;
}

/* ---- many ---- */

struct child {
    pid_t pid;
    int from; /* the pipe its outcome comes through */
    uint64_t seed;
};

static void child_begin(const struct options *o, struct child *child, uint64_t seed)
{
    int ends[2];
    must(pipe(ends) == 0);
    fflush(NULL);
    *child = (struct child){.pid = fork(), .from = ends[0], .seed = seed};
    must(child->pid >= 0);
    if (child->pid == 0) {
        close(ends[0]);
        struct plan plan;
        plan_draw(&plan, seed, o->minutes);
        struct outcome outcome;
        plan_try(&plan, false, &outcome);
        _exit(write(ends[1], &outcome, sizeof(outcome)) == (ssize_t)sizeof(outcome) ? 0 : 1);
    }
    close(ends[1]);
}

static void child_end(const struct options *o, struct child *child, struct totals *totals)
{
    struct outcome outcome;
    int status = 0;
    bool is_told = read(child->from, &outcome, sizeof(outcome)) == (ssize_t)sizeof(outcome);
    close(child->from);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
    }
    totals->runs++;
    if (!is_told || outcome.is_broken) {
        totals->broken++;
        printf("seed %" PRIu64 ": %s\n  again: sim --seed %" PRIu64 " --minutes %d --story\n",
               child->seed,
               is_told ? outcome.broken : "the run ended before its end: an assertion, or a crash",
               child->seed,
               o->minutes);
        fflush(stdout);
        return;
    }
    const struct world_figures *f = &outcome.figures;
    totals->events += f->events;
    totals->commits += f->commits;
    totals->checks += f->checks;
    totals->faults += f->faults;
    totals->crashes += f->crashes;
    totals->acks += f->acks;
    totals->unknown += f->unknown_resolved;
    totals->rebuilds += f->rebuilds;
    marks_add(&totals->marks, &f->marks);
    totals->settle_us_max =
        f->settle_us > totals->settle_us_max ? f->settle_us : totals->settle_us_max;
}

static int run_many(const struct options *o)
{
    struct child children[64] = {0};
    struct totals totals = {0};
    struct timespec began, ended;
    clock_gettime(CLOCK_MONOTONIC, &began);
    uint64_t next = 0;
    size_t open = 0;
    size_t jobs = (size_t)o->jobs;
    for (size_t i = 0; i < jobs && next < o->seeds; i++, open++) {
        child_begin(o, &children[i], o->seed + next++);
    }
    for (size_t at = 0; open; at = (at + 1) % jobs) { /* they end about in the order they began */
        if (!children[at].pid) {
            continue;
        }
        child_end(o, &children[at], &totals);
        children[at].pid = 0;
        open--;
        clock_gettime(CLOCK_MONOTONIC, &ended);
        bool is_late = (uint64_t)(ended.tv_sec - began.tv_sec) >= o->seconds;
        if (next < o->seeds && !is_late && !(o->stop && totals.broken)) {
            child_begin(o, &children[at], o->seed + next++);
            open++;
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    double seconds =
        (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9;
    printf("%" PRIu64 " seeds from %" PRIu64 ", %d virtual minutes each, %.1f s\n"
           "  events %" PRIu64 " (%.0f/s), commits %" PRIu64 ", whole verifies %" PRIu64
           ", rebuilds %" PRIu64 "\n"
           "  faults %" PRIu64 ", crashes %" PRIu64 ", acknowledged deliveries %" PRIu64
           ", unknown answers resolved %" PRIu64 "\n"
           "  settled within %.0f virtual seconds of the last fault\n"
           "  broken %" PRIu64 "\n",
           totals.runs,
           o->seed,
           o->minutes,
           seconds,
           totals.events,
           (double)totals.events / seconds,
           totals.commits,
           totals.checks,
           totals.rebuilds,
           totals.faults,
           totals.crashes,
           totals.acks,
           totals.unknown,
           (double)totals.settle_us_max / 1e6,
           totals.broken);
    size_t unhit = marks_print(&totals.marks, totals.runs - totals.broken, stdout);
    return totals.broken || (o->marks && unhit) ? 1 : 0;
}

/* ---- one ---- */

static char *file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    size_t n = 0, cap = 1 << 20;
    char *text = malloc(cap + 1);
    must(text);
    n = fread(text, 1, cap, file);
    text[n] = '\0';
    fclose(file);
    return text;
}

static int run_one(const struct options *o)
{
    struct plan plan;
    if (o->plan) {
        char why[128];
        char *text = file_read(o->plan);
        if (!text || !plan_read(&plan, slice_of(text), why)) {
            fprintf(stderr, "sim: %s: %s\n", o->plan, text ? why : strerror(errno));
            free(text);
            return 2;
        }
        free(text);
    } else {
        plan_draw(&plan, o->seed, o->minutes);
    }
    int code;
    if (o->shrink) {
        code = plan_shrink(&plan, o->shrink);
    } else {
        struct outcome outcome;
        plan_try(&plan, o->story, &outcome);
        printf("%s, trace %016" PRIx64 ", %" PRIu64 " events, %" PRIu64
               " commits, settled in %.0f s\n",
               outcome.is_broken ? outcome.broken : "no promise was broken",
               outcome.trace,
               outcome.figures.events,
               outcome.figures.commits,
               (double)outcome.figures.settle_us / 1e6);
        code = outcome.is_broken;
    }
    plan_free(&plan);
    return code;
}

int main(int argc, char **argv)
{
    struct options o;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (!parse(argc, argv, &o)) {
        usage(stderr);
        return 2;
    }
    log_set_level(o.story ? LOG_WARN : LOG_ERROR + 1);
    return o.seeds > 1 ? run_many(&o) : run_one(&o);
}
