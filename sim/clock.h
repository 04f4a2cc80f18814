/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock - virtual time: a heap of what is to happen, and nothing else ever happens.
 *
 * Idle time is skipped. Events of one instant run in the order in which they were asked for, so the
 * same seed gives the same run; every event and what it carries goes into the trace, whose hash two
 * runs can be compared by.
 */
#pragma once
#include "base/env.h"
#include "drill/luck.h"

struct sim_event;

struct clock {
    int64_t now_us;
    struct sim_event **heap;
    size_t count, cap;
    uint64_t next, happened, trace;
    struct luck luck; /* of the world's noise: latencies, random bytes */
};

void clock_init(struct clock *clock, uint64_t seed);
void clock_free(struct clock *clock);
/* fn(arg) after delay_us; at most once. The event is the clock's, and gone when it has happened. */
struct sim_event *clock_after(struct clock *clock, int64_t delay_us, env_fn *fn, void *arg);
void clock_cancel(struct sim_event *event); /* one that has not happened */
/* Lets the next event happen, if it is due by then; false when there is none: the time is then. */
bool clock_step(struct clock *clock, int64_t until_us);
void clock_trace(struct clock *clock, const char *what, struct slice bytes);
int64_t clock_noise(struct clock *clock, int64_t lo, int64_t hi); /* both included */
