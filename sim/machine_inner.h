/* SPDX-License-Identifier: Apache-2.0 */
/* A machine's own files: machine.c is its network, machine_time.c its clocks, timers and threads. */
#pragma once
#include "sim/machine.h"

struct machine {
    struct env env; /* first */
    struct network *network;
    struct clock *clock;
    const char *vfs;
    int place;
    int64_t wall_offset_us;
    struct luck luck;
    bool is_dead;
    size_t things; /* timers and wakes that were not freed */
    struct machine *next;
};

static inline struct machine *machine_of(struct env *env)
{
    return (struct machine *)env;
}

int64_t machine_mono_us(struct env *env);
int64_t machine_wall_us(struct env *env);
bool machine_chance(struct env *env, const char *where);
void machine_random(struct env *env, void *out, size_t n);
struct env_timer *machine_timer_new(struct env *env, env_fn *fn, void *arg);
void machine_timer_set(struct env_timer *timer, int64_t delay_us);
void machine_timer_free(struct env_timer *timer);
struct env_wake *machine_wake_new(struct env *env, env_fn *fn, void *arg);
void machine_wake_send(struct env_wake *wake);
void machine_wake_free(struct env_wake *wake);
void machine_work(struct env *env, env_fn *work, void (*done)(void *arg, bool is_over), void *arg);
