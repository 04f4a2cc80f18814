/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goes through the scripts: each allocation fails once, then fails and goes on failing. A run may
 * end in an error or in a refusal. A crash, a leak (built with the address sanitizer) and a success
 * that is none are faults; a must() that stops the process is listed by its place.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/crypto.h"
#include "torture/torture.h"

#define PLACES_MAX 64

enum end { END_UNTOUCHED, END_CLEAN, END_WRONG, END_LEAK, END_MUST, END_CRASH, ENDS };

static const int end_codes[] = {
    [END_UNTOUCHED] = 0, [END_CLEAN] = 40, [END_WRONG] = 41, [END_LEAK] = 42};

struct totals {
    long runs, ends[ENDS];
    char places[PLACES_MAX][200]; /* of must() and of the first lines of crashes */
    size_t places_count;
};

int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
const char *__asan_default_options(void);

/* Leaks are looked for where the run ends, not at exit. */
const char *__asan_default_options(void)
{
    return "leak_check_at_exit=0:abort_on_error=0:exitcode=99:handle_abort=0:fast_unwind_on_malloc="
           "0";
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* kept: what is not given back when nothing fails, as a target's one document. */
static int
run_child(const struct torture_script *script, size_t input, long nth, bool stays, size_t kept)
{
    bool more = false;
    torture_begin(nth, stays);
    enum torture_end end = script->run(input, &more);
    (void)torture_pause();
    if (end == TORTURE_WRONG) {
        return end_codes[END_WRONG];
    }
    if (torture_live() > kept) {
        fprintf(stderr, "%zu allocations were never given back\n", torture_live() - kept);
        return end_codes[END_LEAK];
    }
    return torture_has_failed() ? end_codes[END_CLEAN] : end_codes[END_UNTOUCHED];
}

/* What it said, for the list of places: the first frame in src/, or the must() line. */
static void place_of(const char *said, char out[200])
{
    const char *must_line = strstr(said, "\"cond\""), *frame = said;
    snprintf(out, 200, "%.*s", (int)strcspn(said, "\n"), said);
    if (must_line) {
        snprintf(out, 200, "%.*s", (int)strcspn(must_line, "\n"), must_line);
        return;
    }
    if (!strstr(said, "Sanitizer")) {
        return;
    }
    out[0] = '\0';
    for (int i = 0; i < 3 && frame; i++) { /* a little of where it came from */
        frame = strstr(frame, " in ");
        frame = frame ? frame + 4 : NULL;
        if (frame) {
            size_t at = strlen(out);
            snprintf(
                out + at, 200 - at, "%s%.*s", at ? " < " : "", (int)strcspn(frame, "\n"), frame);
        }
    }
}

static enum end end_of(int status)
{
    if (WIFSIGNALED(status)) {
        return WTERMSIG(status) == SIGABRT ? END_MUST : END_CRASH;
    }
    for (int i = 0; i <= END_LEAK; i++) {
        if (WEXITSTATUS(status) == end_codes[i]) {
            return (enum end)i;
        }
    }
    return END_CRASH;
}

static void remember(struct totals *t, enum end end, const char *what, const char *said)
{
    static const char *const words[] = {
        [END_WRONG] = "WRONG", [END_LEAK] = "LEAK", [END_MUST] = "must", [END_CRASH] = "CRASH"};
    char place[200], line[sizeof(t->places[0])];
    place_of(said, place);
    snprintf(line, sizeof(line), "%s: %.170s", words[end], place);
    for (size_t i = 0; i < t->places_count; i++) {
        if (strcmp(t->places[i], line) == 0) {
            return;
        }
    }
    if (t->places_count < PLACES_MAX) {
        memcpy(t->places[t->places_count++], line, sizeof(line));
        printf("  %s\n    first at %s\n", line, what);
        if (end != END_MUST && getenv("TORTURE_SAY")) {
            printf("%s\n", said);
        }
        fflush(stdout);
    }
}

static enum end run_one(struct totals *t,
                        const struct torture_script *script,
                        size_t input,
                        long nth,
                        bool stays,
                        size_t kept)
{
    static char said[16384];
    int status = 0, pair[2];
    size_t n = 0;
    fflush(stdout);
    must(pipe(pair) == 0);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(pair[1], STDERR_FILENO);
        (void)alarm(60);
        _exit(run_child(script, input, nth, stays, kept));
    }
    close(pair[1]);
    for (ssize_t got; (got = read(pair[0], said + n, sizeof(said) - 1 - n)) > 0;) {
        n += (size_t)got;
    }
    said[n] = '\0';
    char rest[4096];
    while (read(pair[0], rest, sizeof(rest)) > 0) { /* it must not wait for us */
    }
    close(pair[0]);
    must(waitpid(child, &status, 0) == child);
    enum end end = end_of(status);
    t->runs++;
    t->ends[end]++;
    if (end > END_CLEAN) {
        char what[200];
        snprintf(what,
                 sizeof(what),
                 "%s input %zu, allocation %ld%s",
                 script->name,
                 input,
                 nth,
                 stays ? " and all after it" : "");
        remember(t, end, what, said);
    }
    return end;
}

/* In a child: how many allocations there are, and whether there is another input behind. */
static long
count_of(const struct torture_script *script, size_t input, bool *out_more, size_t *out_kept)
{
    int pair[2], status;
    struct {
        long count;
        size_t kept;
        bool more;
    } told = {-1, 0, false};
    must(pipe(pair) == 0);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        bool more = false;
        torture_begin(0, false);
        enum torture_end end = script->run(input, &more);
        told.count = end == TORTURE_FINE ? torture_pause() : -1;
        told.kept = torture_live();
        told.more = more;
        _exit(write(pair[1], &told, sizeof(told)) == (ssize_t)sizeof(told) ? 0 : 1);
    }
    close(pair[1]);
    (void)!read(pair[0], &told, sizeof(told));
    close(pair[0]);
    must(waitpid(child, &status, 0) == child);
    *out_more = told.more;
    *out_kept = told.kept;
    return told.count;
}

/* every: one allocation of so many. Stops when the time is over; false: it was cut short. */
static bool go(struct totals *t, const struct torture_script *script, long every, double until_s)
{
    long allocations = 0, inputs = 0;
    double began_s = now_s();
    const struct totals before = *t;
    bool more = true;
    for (size_t input = 0; more && now_s() < until_s; input++, inputs++) {
        size_t kept = 0;
        long count = count_of(script, input, &more, &kept);
        if (count < 0) {
            printf("  %s input %zu does not even work with all the memory there is\n",
                   script->name,
                   input);
            t->ends[END_WRONG]++;
            continue;
        }
        allocations += count;
        for (int stays = 0; stays < 2; stays++) {
            for (long nth = 1; nth <= count && now_s() < until_s; nth += every) {
                (void)run_one(t, script, input, nth, stays, kept);
            }
        }
    }
    printf("%-24s %4ld inputs, %6ld allocations: %ld runs, %ld clean, %ld must, %ld leaks, "
           "%ld wrong, %ld crashes; %.1f s\n",
           script->name,
           inputs,
           allocations,
           t->runs - before.runs,
           t->ends[END_CLEAN] + t->ends[END_UNTOUCHED] - before.ends[END_CLEAN] -
               before.ends[END_UNTOUCHED],
           t->ends[END_MUST] - before.ends[END_MUST],
           t->ends[END_LEAK] - before.ends[END_LEAK],
           t->ends[END_WRONG] - before.ends[END_WRONG],
           t->ends[END_CRASH] - before.ends[END_CRASH],
           now_s() - began_s);
    return now_s() < until_s;
}

static void usage(FILE *to)
{
    fputs("usage: torture [--suite PART-OF-NAME] [--every N] [--seconds N]\n"
          "  --suite P    those whose name has P in it: base, http, engine, decode (default all)\n"
          "  --every N    one allocation of N (default 1: all)\n"
          "  --seconds N  stop after so many seconds\n",
          to);
}

int main(int argc, char **argv)
{
    static struct totals t;
    const struct torture_script *all[PLACES_MAX];
    const char *suite = "";
    int64_t every = 1, seconds = 1000000;
    size_t count = 0;
    for (int i = 1; i < argc; i += 2) {
        int64_t *number = strcmp(argv[i], "--every") == 0     ? &every
                          : strcmp(argv[i], "--seconds") == 0 ? &seconds
                                                              : NULL;
        bool is_suite = strcmp(argv[i], "--suite") == 0;
        if (i + 1 == argc || (!number && !is_suite) ||
            (number && (!slice_int(slice_of(argv[i + 1]), number) || *number < 1))) {
            usage(stderr);
            return 2;
        }
        suite = is_suite ? argv[i + 1] : suite;
    }
    must(crypto_init() == ERR_OK);
    all[count++] = &torture_base;
    all[count++] = &torture_http;
    all[count++] = &torture_engine_mem;
    all[count++] = &torture_engine_sqlite;
    all[count++] = &torture_decode;
    bool is_whole = true;
    double until_s = now_s() + (double)seconds;
    for (size_t i = 0; i < count && now_s() < until_s; i++) {
        if (strstr(all[i]->name, suite)) {
            is_whole &= go(&t, all[i], (long)every, until_s);
        }
    }
    long faults = t.ends[END_WRONG] + t.ends[END_LEAK] + t.ends[END_CRASH] + t.ends[END_MUST];
    printf("%ld runs, %ld faults%s\n", t.runs, faults, is_whole ? "" : "; cut short by the clock");
    return t.runs == 0 ? 2 : faults ? 1 : 0;
}
