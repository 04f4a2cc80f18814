/* SPDX-License-Identifier: Apache-2.0 */
/* The loop itself: clocks, random, timers, wake-ups, signals, birth and death. */
#include "env/env_uv_internal.h"

#include <signal.h>

#include "base/crypto.h"

/* ---- clocks and random ---- */

static int64_t uv_mono_us(struct env *env)
{
    (void)env;
    return (int64_t)(uv_hrtime() / 1000);
}

static int64_t uv_wall_us(struct env *env)
{
    struct timespec now;
    (void)env;
    must(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * US_PER_S + (int64_t)now.tv_nsec / 1000;
}

static void uv_random_bytes(struct env *env, void *out, size_t n)
{
    (void)env;
    crypto_random(out, n);
}

/* ---- timers ---- */

struct env_timer {
    uv_timer_t uv;
    env_fn *fn;
    void *arg;
};

static void timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_timer(uv_timer_t *uv)
{
    struct env_timer *timer = uv->data;
    timer->fn(timer->arg);
}

static struct env_timer *timer_new(struct env *env, env_fn *fn, void *arg)
{
    struct env_timer *timer = calloc(1, sizeof(*timer));
    if (!timer) {
        return NULL;
    }
    must(uv_timer_init(&env_uv_of(env)->loop, &timer->uv) == 0);
    timer->uv.data = timer;
    timer->fn = fn;
    timer->arg = arg;
    return timer;
}

static void timer_set(struct env_timer *timer, int64_t delay_us)
{
    if (delay_us < 0) {
        uv_timer_stop(&timer->uv);
        return;
    }
    /* The loop's idea of now is as old as its last poll: a long callback must not shorten the
     * delay. */
    uv_update_time(timer->uv.loop);
    uint64_t delay_ms = ((uint64_t)delay_us + 999) / 1000;
    must(uv_timer_start(&timer->uv, on_timer, delay_ms, 0) == 0);
}

static void timer_free(struct env_timer *timer)
{
    if (timer) {
        uv_close((uv_handle_t *)&timer->uv, timer_closed);
    }
}

/* ---- wake-ups from other threads ---- */

struct env_wake {
    uv_async_t uv;
    env_fn *fn;
    void *arg;
};

static void wake_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_wake(uv_async_t *uv)
{
    struct env_wake *wake = uv->data;
    wake->fn(wake->arg);
}

static struct env_wake *wake_new(struct env *env, env_fn *fn, void *arg)
{
    struct env_wake *wake = calloc(1, sizeof(*wake));
    if (!wake) {
        return NULL;
    }
    if (uv_async_init(&env_uv_of(env)->loop, &wake->uv, on_wake) != 0) {
        free(wake);
        return NULL;
    }
    wake->uv.data = wake;
    wake->fn = fn;
    wake->arg = arg;
    return wake;
}

static void wake_send(struct env_wake *wake)
{
    must(uv_async_send(&wake->uv) == 0);
}

static void wake_free(struct env_wake *wake)
{
    if (wake) {
        uv_close((uv_handle_t *)&wake->uv, wake_closed);
    }
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *uv, int number)
{
    struct env_uv *env = uv->data;
    (void)number;
    env->signal_fn(env->signal_arg);
}

void env_uv_on_signal(struct env_uv *env, env_fn *fn, void *arg)
{
    static const int numbers[COUNT_OF(env->signals)] = {SIGTERM, SIGINT};

    env->signal_fn = fn;
    env->signal_arg = arg;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        must(uv_signal_start(&env->signals[i], on_signal, numbers[i]) == 0);
    }
}

/* ---- life ---- */

static const char *sqlite_vfs(struct env *env)
{
    (void)env;
    return NULL;
}

static const struct env_ops uv_ops = {
    .mono_us = uv_mono_us,
    .wall_us = uv_wall_us,
    .random = uv_random_bytes,
    .timer_new = timer_new,
    .timer_set = timer_set,
    .timer_free = timer_free,
    .wake_new = wake_new,
    .wake_send = wake_send,
    .wake_free = wake_free,
    .listen = net_listen,
    .listener_free = net_listener_free,
    .conn_write = net_conn_write,
    .conn_pending = net_conn_pending,
    .conn_pause = net_conn_pause,
    .conn_close = net_conn_close,
    .http = http_start,
    .mail = mail_start,
    .work = work_start,
    .sqlite_vfs = sqlite_vfs,
};

static enum err loop_init(struct env_uv *env, struct err_note *note)
{
    int e = uv_loop_init(&env->loop);
    if (e) {
        return err_note(note, ERR_IO, "no event loop: %s", uv_strerror(e));
    }
    env->loop.data = env;
    for (size_t i = 0; i < COUNT_OF(env->signals); i++) {
        must(uv_signal_init(&env->loop, &env->signals[i]) == 0);
        env->signals[i].data = env;
    }
    return ERR_OK;
}

enum err env_uv_new(struct env_uv **out, struct err_note *note)
{
    struct env_uv *env = calloc(1, sizeof(*env));
    if (!env) {
        return err_note(note, ERR_MEMORY, "no memory for the event loop");
    }
    env->env.ops = &uv_ops;
    enum err e = loop_init(env, note);
    if (e) {
        free(env);
        return e;
    }
    /* A peer that is gone must show as an error of the write, not end the process. */
    must(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    e = net_init(env, note);
    if (!e) {
        e = http_init(env, note);
    }
    if (e) {
        env_uv_free(env);
        return e;
    }
    *out = env;
    return ERR_OK;
}

struct env *env_uv_env(struct env_uv *env)
{
    return &env->env;
}

void env_uv_run(struct env_uv *env)
{
    uv_run(&env->loop, UV_RUN_DEFAULT);
}

void env_uv_stop(struct env_uv *env)
{
    uv_stop(&env->loop);
}

/* What an owner of ours forgot, or could only free when the loop is over. */
static void close_left(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (uv_is_closing(handle)) {
        return;
    }
    if (handle->type == UV_TIMER && handle->data) {
        uv_close(handle, timer_closed);
    } else if (handle->type == UV_ASYNC && handle->data) {
        uv_close(handle, wake_closed);
    } else if (handle->type == UV_TCP || handle->type == UV_NAMED_PIPE) {
        net_handle_close(handle);
    } else {
        uv_close(handle, NULL);
    }
}

void env_uv_free(struct env_uv *env)
{
    if (!env) {
        return;
    }
    atomic_store(&env->is_closing, true);
    http_close(env);
    /* A callback of one round may open what the next has to close. */
    do {
        uv_walk(&env->loop, close_left, NULL);
    } while (uv_run(&env->loop, UV_RUN_DEFAULT));
    must(uv_loop_close(&env->loop) == 0);
    net_free(env);
    http_free(env);
    free(env);
}
