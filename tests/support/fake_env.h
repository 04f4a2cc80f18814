/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_env - a world without sockets: time stands still until told, bytes are handed over by the
 * test.
 *
 * Everything that production tells later is told by fake_run here, never from within a call.
 */
#pragma once
#include <stdlib.h>

#include "base/buf.h"
#include "base/env.h"

struct env_timer {
    struct env_timer *next;
    struct fake_env *fake;
    env_fn *fn;
    void *arg;
    int64_t due_us; /* <0 = stopped */
};

struct env_conn {
    struct env_conn *next;
    struct fake_env *fake;
    struct env_conn_events events;
    struct buf written;
    size_t stuck; /* bytes that the peer does not take */
    bool is_closing, is_closed, is_paused;
};

struct fake_env {
    struct env env; /* first */
    int64_t now_us;
    struct env_timer *timers;
    struct env_conn *conns;
    struct env_conn_events (*on_accept)(void *arg, struct env_conn *conn, struct slice peer);
    void *accept_arg;
};

static inline int64_t fake_mono_us(struct env *env)
{
    return ((struct fake_env *)env)->now_us;
}

static inline int64_t fake_wall_us(struct env *env)
{
    return ((struct fake_env *)env)->now_us + INT64_C(1700000000) * US_PER_S;
}

static inline struct env_timer *fake_timer_new(struct env *env, env_fn *fn, void *arg)
{
    struct fake_env *fake = (struct fake_env *)env;
    struct env_timer *timer = calloc(1, sizeof(*timer));
    must(timer);
    *timer = (struct env_timer){fake->timers, fake, fn, arg, -1};
    fake->timers = timer;
    return timer;
}

static inline void fake_timer_set(struct env_timer *timer, int64_t delay_us)
{
    timer->due_us = delay_us < 0 ? -1 : timer->fake->now_us + delay_us;
}

static inline void fake_timer_free(struct env_timer *timer)
{
    struct env_timer **at = &timer->fake->timers;
    while (*at != timer) {
        at = &(*at)->next;
    }
    *at = timer->next;
    free(timer);
}

static inline enum err fake_listen(struct env *env,
                                   const char *host,
                                   int port,
                                   struct env_conn_events (*on_accept)(void *arg,
                                                                       struct env_conn *conn,
                                                                       struct slice peer),
                                   void *arg,
                                   struct env_listener **out,
                                   int *out_port,
                                   struct err_note *note)
{
    struct fake_env *fake = (struct fake_env *)env;
    (void)host;
    (void)note;
    fake->on_accept = on_accept;
    fake->accept_arg = arg;
    *out = NULL;
    if (out_port) {
        *out_port = port;
    }
    return ERR_OK;
}

static inline void fake_listener_free(struct env_listener *listener)
{
    (void)listener;
}

static inline void fake_conn_write(struct env_conn *conn, struct slice bytes)
{
    must(!conn->is_closed);
    if (!conn->is_closing) {
        buf_slice(&conn->written, bytes);
    }
}

static inline size_t fake_conn_pending(struct env_conn *conn)
{
    return conn->stuck;
}

static inline void fake_conn_pause(struct env_conn *conn, bool paused)
{
    conn->is_paused = paused;
}

static inline void fake_conn_close(struct env_conn *conn)
{
    conn->is_closing = true;
}

/* At once, on the same thread. */
static inline void
fake_work(struct env *env, env_fn *work, void (*done)(void *arg, bool is_over), void *arg)
{
    (void)env;
    work(arg);
    done(arg, false);
}

static inline void fake_env_init(struct fake_env *fake)
{
    static const struct env_ops ops = {
        .mono_us = fake_mono_us,
        .wall_us = fake_wall_us,
        .timer_new = fake_timer_new,
        .timer_set = fake_timer_set,
        .timer_free = fake_timer_free,
        .listen = fake_listen,
        .listener_free = fake_listener_free,
        .conn_write = fake_conn_write,
        .conn_pending = fake_conn_pending,
        .conn_pause = fake_conn_pause,
        .conn_close = fake_conn_close,
        .work = fake_work,
    };
    *fake = (struct fake_env){.env.ops = &ops, .now_us = US_PER_S};
}

static inline struct env_conn *fake_connect(struct fake_env *fake, const char *peer)
{
    struct env_conn *conn = calloc(1, sizeof(*conn));
    must(conn);
    conn->fake = fake;
    conn->next = fake->conns;
    fake->conns = conn;
    buf_init(&conn->written, (size_t)64 << 20);
    conn->events = fake->on_accept(fake->accept_arg, conn, slice_of(peer));
    return conn;
}

/* The peer sends. Nothing arrives at an end that is closed or paused. */
static inline void fake_send(struct env_conn *conn, struct slice bytes)
{
    if (!conn->is_closing && !conn->is_closed && !conn->is_paused) {
        conn->events.on_data(conn->events.arg, conn, bytes);
    }
}

static inline void fake_closed(struct env_conn *conn)
{
    if (!conn->is_closed) {
        conn->is_closed = true;
        if (conn->events.on_closed) {
            conn->events.on_closed(conn->events.arg, conn);
        }
    }
}

/* The peer takes what waited. */
static inline void fake_drain(struct env_conn *conn)
{
    conn->stuck = 0;
    if (!conn->is_closing && !conn->is_closed && conn->events.on_drained) {
        conn->events.on_drained(conn->events.arg, conn);
    }
}

/* What the loop would do at this moment: due timers, and the end of what was closed. */
static inline void fake_run(struct fake_env *fake)
{
    for (struct env_timer *timer = fake->timers, *next; timer; timer = next) {
        next = timer->next;
        if (timer->due_us >= 0 && timer->due_us <= fake->now_us) {
            timer->due_us = -1;
            timer->fn(timer->arg);
        }
    }
    for (struct env_conn *conn = fake->conns; conn; conn = conn->next) {
        if (conn->is_closing) {
            fake_closed(conn);
        }
    }
}

/* Lets time pass in steps of `step_us`, as a loop would notice it. */
static inline void fake_advance(struct fake_env *fake, int64_t by_us, int64_t step_us)
{
    int64_t until_us = fake->now_us + by_us;
    while (fake->now_us < until_us) {
        int64_t left_us = until_us - fake->now_us;
        fake->now_us += left_us < step_us ? left_us : step_us;
        fake_run(fake);
    }
}

static inline void fake_env_free(struct fake_env *fake)
{
    while (fake->conns) {
        struct env_conn *conn = fake->conns;
        fake_closed(conn);
        fake->conns = conn->next;
        buf_free(&conn->written);
        free(conn);
    }
    must(!fake->timers);
}
