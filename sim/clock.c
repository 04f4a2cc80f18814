/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "sim/clock.h"

struct sim_event {
    int64_t at_us;
    uint64_t n;
    env_fn *fn; /* NULL: cancelled */
    void *arg;
};

void clock_init(struct clock *clock, uint64_t seed)
{
    *clock = (struct clock){.now_us = US_PER_S, .luck = {seed}, .trace = seed};
}

void clock_free(struct clock *clock)
{
    for (size_t i = 0; i < clock->count; i++) {
        free(clock->heap[i]);
    }
    free(clock->heap);
    *clock = (struct clock){0};
}

static bool is_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_us < b->at_us || (a->at_us == b->at_us && a->n < b->n);
}

struct sim_event *clock_after(struct clock *clock, int64_t delay_us, env_fn *fn, void *arg)
{
    if (clock->count == clock->cap) {
        clock->cap = clock->cap ? clock->cap * 2 : 256;
        clock->heap = realloc(clock->heap, clock->cap * sizeof(struct sim_event *));
        must(clock->heap);
    }
    struct sim_event *event = malloc(sizeof(*event));
    must(event);
    *event =
        (struct sim_event){clock->now_us + (delay_us > 0 ? delay_us : 0), clock->next++, fn, arg};
    size_t i = clock->count++;
    for (; i > 0 && is_before(event, clock->heap[(i - 1) / 2]); i = (i - 1) / 2) {
        clock->heap[i] = clock->heap[(i - 1) / 2];
    }
    clock->heap[i] = event;
    return event;
}

void clock_cancel(struct sim_event *event)
{
    event->fn = NULL;
}

static struct sim_event *take(struct clock *clock)
{
    struct sim_event *first = clock->heap[0], *last = clock->heap[--clock->count];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < clock->count; i = child) {
        if (child + 1 < clock->count && is_before(clock->heap[child + 1], clock->heap[child])) {
            child++;
        }
        if (!is_before(clock->heap[child], last)) {
            break;
        }
        clock->heap[i] = clock->heap[child];
    }
    clock->heap[i] = last;
    return first;
}

bool clock_step(struct clock *clock, int64_t until_us)
{
    while (clock->count && clock->heap[0]->at_us <= until_us) {
        struct sim_event event = *clock->heap[0];
        free(take(clock));
        if (event.fn) {
            clock->now_us = event.at_us;
            clock->happened++;
            event.fn(event.arg);
            return true;
        }
    }
    clock->now_us = until_us > clock->now_us ? until_us : clock->now_us;
    return false;
}

/* FNV-1a over the moment, the kind and the bytes. */
static void mix(uint64_t *trace, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++) {
        *trace = (*trace ^ p[i]) * UINT64_C(0x100000001b3);
    }
}

void clock_trace(struct clock *clock, const char *what, struct slice bytes)
{
    mix(&clock->trace, &clock->now_us, sizeof(clock->now_us));
    mix(&clock->trace, what, strlen(what));
    mix(&clock->trace, bytes.p, bytes.n);
}

int64_t clock_noise(struct clock *clock, int64_t lo, int64_t hi)
{
    return luck_between(&clock->luck, lo, hi);
}
