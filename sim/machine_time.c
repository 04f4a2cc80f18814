/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "sim/machine_inner.h"

#define WALL_BEGIN_US (INT64_C(1700000000) * US_PER_S)

struct env_timer {
    struct machine *machine;
    env_fn *fn;
    void *arg;
    struct sim_event *event; /* NULL: stopped */
};

struct env_wake {
    struct machine *machine;
    env_fn *fn;
    void *arg;
    struct sim_event *event;
};

/* ---- clocks, chance, timers ---- */

int64_t machine_mono_us(struct env *env)
{
    return machine_of(env)->clock->now_us;
}

int64_t machine_wall_us(struct env *env)
{
    const struct machine *m = machine_of(env);
    return WALL_BEGIN_US + m->clock->now_us + m->wall_offset_us;
}

void machine_random(struct env *env, void *out, size_t n)
{
    struct machine *m = machine_of(env);
    for (size_t i = 0; i < n; i++) {
        ((uint8_t *)out)[i] = (uint8_t)luck_next(&m->luck);
    }
}

static void timer_fires(void *arg)
{
    struct env_timer *timer = arg;
    timer->event = NULL;
    if (!timer->machine->is_dead) {
        timer->fn(timer->arg);
    }
}

struct env_timer *machine_timer_new(struct env *env, env_fn *fn, void *arg)
{
    struct env_timer *timer = calloc(1, sizeof(*timer));
    must(timer);
    *timer = (struct env_timer){machine_of(env), fn, arg, NULL};
    timer->machine->things++;
    return timer;
}

void machine_timer_set(struct env_timer *timer, int64_t delay_us)
{
    if (timer->event) {
        clock_cancel(timer->event);
        timer->event = NULL;
    }
    if (delay_us >= 0 && !timer->machine->is_dead) {
        timer->event = clock_after(timer->machine->clock, delay_us, timer_fires, timer);
    }
}

void machine_timer_free(struct env_timer *timer)
{
    machine_timer_set(timer, -1);
    timer->machine->things--;
    free(timer);
}

static void wake_fires(void *arg)
{
    struct env_wake *wake = arg;
    wake->event = NULL;
    if (!wake->machine->is_dead) {
        wake->fn(wake->arg);
    }
}

struct env_wake *machine_wake_new(struct env *env, env_fn *fn, void *arg)
{
    struct env_wake *wake = calloc(1, sizeof(*wake));
    must(wake);
    *wake = (struct env_wake){machine_of(env), fn, arg, NULL};
    wake->machine->things++;
    return wake;
}

/* Another thread's turn: sometimes at once, sometimes late enough for much to happen before. */
void machine_wake_send(struct env_wake *wake)
{
    struct clock *clock = wake->machine->clock;
    if (!wake->event && !wake->machine->is_dead) {
        int64_t most = clock_noise(clock, 0, 9) ? 200 : 20000;
        wake->event = clock_after(clock, clock_noise(clock, 1, most), wake_fires, wake);
    }
}

void machine_wake_free(struct env_wake *wake)
{
    if (wake->event) {
        clock_cancel(wake->event);
    }
    wake->machine->things--;
    free(wake);
}

/* Another thread's work: done between two moments of this one. */
struct job {
    struct machine *machine;
    env_fn *work;
    void (*done)(void *arg, bool is_over);
    void *arg;
};

static void job_runs(void *arg)
{
    struct job job = *(struct job *)arg;
    free(arg);
    if (!job.machine->is_dead) {
        job.work(job.arg);
    }
    job.done(job.arg, job.machine->is_dead);
}

void machine_work(struct env *env, env_fn *work, void (*done)(void *arg, bool is_over), void *arg)
{
    struct machine *m = machine_of(env);
    struct job *job = malloc(sizeof(*job));
    must(job);
    *job = (struct job){m, work, done, arg};
    (void)clock_after(m->clock, clock_noise(m->clock, 1, 100 * US_PER_MS), job_runs, job);
}
