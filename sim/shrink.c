/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/shrink.h"

#define TRIES_MAX 600

static void print_line(struct world *world, const char *line)
{
    (void)world;
    puts(line);
    fflush(stdout);
}

void plan_try(const struct plan *plan, bool story, struct outcome *out)
{
    struct world *world = calloc(1, sizeof(*world));
    must(world);
    world->tell = story ? print_line : NULL;
    bool holds = world_run(world, plan);
    *out = (struct outcome){
        .is_broken = !holds, .trace = world->clock.trace, .figures = world->figures};
    memcpy(out->broken, world->broken, sizeof(out->broken));
    world_free(world);
    free(world);
}

/* Which promise breaks, in a process of its own: "" none, "died" that process. */
static void promise_of(const struct plan *plan, char out[64])
{
    int ends[2], status = 0;
    must(pipe(ends) == 0);
    fflush(NULL);
    pid_t pid = fork();
    must(pid >= 0);
    if (pid == 0) {
        struct outcome outcome;
        close(ends[0]);
        close(2);
        plan_try(plan, false, &outcome);
        _exit(write(ends[1], &outcome, sizeof(outcome)) == (ssize_t)sizeof(outcome) ? 0 : 1);
    }
    struct outcome outcome = {0};
    close(ends[1]);
    bool is_told = read(ends[0], &outcome, sizeof(outcome)) == (ssize_t)sizeof(outcome);
    close(ends[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    size_t n = strcspn(outcome.broken, ":");
    (void)snprintf(out, 64, "%.*s", is_told ? (int)n : 4, is_told ? outcome.broken : "died");
}

/* The plan without the steps from..to. */
static struct plan without(const struct plan *plan, size_t from, size_t to, struct plan_step *steps)
{
    struct plan less = *plan;
    memcpy(steps, plan->steps, from * sizeof(*steps));
    memcpy(steps + from, plan->steps + to, (plan->count - to) * sizeof(*steps));
    less.steps = steps;
    less.count = plan->count - (to - from);
    return less;
}

int plan_shrink(const struct plan *plan, const char *path)
{
    char wanted[64], got[64];
    promise_of(plan, wanted);
    if (!wanted[0]) {
        fprintf(stderr, "sim: this plan breaks no promise\n");
        return 1;
    }
    struct plan_step *kept = malloc((plan->count + 1) * sizeof(*kept));
    struct plan_step *tried = malloc((plan->count + 1) * sizeof(*tried));
    must(kept && tried);
    struct plan best = *plan;
    memcpy(kept, plan->steps, plan->count * sizeof(*kept));
    best.steps = kept;
    int tries = 0;
    for (size_t chunk = best.count / 2; chunk >= 1 && tries < TRIES_MAX; chunk /= 2) {
        for (size_t from = 0; from < best.count && tries < TRIES_MAX;) {
            size_t to = from + chunk < best.count ? from + chunk : best.count;
            struct plan less = without(&best, from, to, tried);
            promise_of(&less, got);
            tries++;
            if (strcmp(got, wanted) == 0) {
                memcpy(kept, tried, less.count * sizeof(*kept));
                best.count = less.count;
            } else {
                from = to;
            }
        }
        fprintf(stderr, "sim: %zu steps after %d tries\n", best.count, tries);
    }
    /* Fewer shops, while the same breaks. */
    while (best.shops_count > 1) {
        struct plan less = best;
        less.shops_count--;
        promise_of(&less, got);
        if (strcmp(got, wanted) != 0) {
            break;
        }
        best = less;
    }
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)1 << 20);
    buf_printf(&text, "# breaks %s\n", wanted);
    plan_write(&best, &text);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(text.p, 1, text.n, file) != text.n || fclose(file) != 0) {
        fprintf(stderr, "sim: cannot write %s: %s\n", path, strerror(errno));
        return 2;
    }
    free(kept);
    free(tried);
    fprintf(stderr, "sim: %zu steps that break %s are in %s\n", best.count, wanted, path);
    return 0;
}
