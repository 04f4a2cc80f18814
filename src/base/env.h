/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env - the world, as far as truecount may see it: clocks, random, timers, sockets, files.
 *
 * Production links env/env_uv.c (libuv, libcurl), a simulator its own: engine, intake and push are
 * the same objects in both. No other file reads a clock or draws a random number. All callbacks run
 * on the loop's thread; only env_wake_send, env_mono_us, env_wall_us and env_random may be called
 * from another.
 */
#pragma once
#include "base/base.h"
#include "base/err.h"
#include "base/http_types.h"

struct env;
struct env_timer;
struct env_wake;
struct env_listener;
struct env_conn;

typedef void env_fn(void *arg);

/* What a listener or connection tells its owner. All but `arg` and on_data may be NULL. */
struct env_conn_events {
    void *arg;
    void (*on_data)(void *arg, struct env_conn *conn, struct slice bytes);
    /* The peer is gone or an error came; the conn is dead after this call and must not be used. */
    void (*on_closed)(void *arg, struct env_conn *conn);
    /* Everything written so far has left our buffers. */
    void (*on_drained)(void *arg, struct env_conn *conn);
};

/* Outcome of an outbound call. err: ERR_OK, ERR_NET (never left), ERR_UNKNOWN (left, no answer). */
struct env_reply {
    enum err err;
    struct err_note note;
    struct http_response response; /* borrowed during the callback */
    int64_t sent_us, answered_us;  /* monotonic */
};
typedef void env_reply_fn(void *arg, const struct env_reply *reply);

struct env_call {
    struct http_request request; /* borrowed only during env_http */
    int64_t timeout_us;          /* in all; connecting at most 10 s of it. 0 = 30 s */
    bool private_ok;             /* may reach loopback and private addresses, and plain http */
};

/* One mail through a relay. All of it is borrowed only during the call. */
struct env_mail {
    const char *url;             /* smtps://HOST:465 or smtp://HOST:587 */
    const char *user, *password; /* NULL: it asks for none */
    const char *from;            /* bare addresses */
    const char *const *to;
    size_t to_count;
    struct slice message; /* head and body, lines ended by CRLF */
    int64_t timeout_us;   /* in all; 0 = 30 s */
    bool plain_ok;        /* smtp: without TLS where the relay offers none */
};

struct env_ops {
    int64_t (*mono_us)(struct env *env);
    int64_t (*wall_us)(struct env *env);
    void (*random)(struct env *env, void *out, size_t n);

    struct env_timer *(*timer_new)(struct env *env, env_fn *fn, void *arg);
    void (*timer_set)(struct env_timer *timer, int64_t delay_us); /* one shot; replaces; <0 stops */
    void (*timer_free)(struct env_timer *timer);

    struct env_wake *(*wake_new)(struct env *env, env_fn *fn, void *arg);
    void (*wake_send)(struct env_wake *wake); /* from any thread; several may become one call */
    void (*wake_free)(struct env_wake *wake);

    /*
     * host "127.0.0.1" or "::"; port 0 picks one. "unix:/path/to/sock" is a socket file of mode
     * 0600 (ERR_USAGE when its path is too long); a socket that is there already is taken over,
     * so the caller makes sure that its owner is dead. Its peers are called "unix", its port is 0,
     * and listener_free removes the file. on_accept gives the conn its events by returning.
     */
    enum err (*listen)(struct env *env,
                       const char *host,
                       int port,
                       struct env_conn_events (*on_accept)(void *arg,
                                                           struct env_conn *conn,
                                                           struct slice peer),
                       void *arg,
                       struct env_listener **out,
                       int *out_port,
                       struct err_note *note);
    void (*listener_free)(struct env_listener *listener);          /* open connections stay */
    void (*conn_write)(struct env_conn *conn, struct slice bytes); /* copies; ordered */
    size_t (*conn_pending)(
        struct env_conn *conn); /* bytes written but not yet taken by the kernel */
    void (*conn_pause)(struct env_conn *conn, bool paused); /* stop or go on reading */
    void (*conn_close)(
        struct env_conn *conn); /* after what is written has left; on_closed follows */

    /* Starts a call; fn is called once, later, from the loop. Keep-alive per host, no redirects. */
    void (*http)(struct env *env, const struct env_call *call, env_reply_fn *fn, void *arg);

    /* The same for a mail: the response's status is the relay's last answer (250). It was taken when
     * err is ERR_OK, even if some of several recipients were not. */
    void (*mail)(struct env *env, const struct env_mail *mail, env_reply_fn *fn, void *arg);

    /*
     * Something that takes long: `work` runs on a thread of its own, `done` on the loop, later. When
     * the world ends meanwhile, is_over says that nobody waits for it any more: it then only frees
     * what is its own.
     */
    void (*work)(struct env *env, env_fn *work, void (*done)(void *arg, bool is_over), void *arg);

    const char *(*sqlite_vfs)(struct env *env); /* NULL = the default */

    /* NULL, as in production: never. A simulator may say yes where both ways are right, so that the
     * rare one is gone too. `where` is a constant text. */
    bool (*chance)(struct env *env, const char *where);
};

struct env {
    const struct env_ops *ops;
    bool is_alone; /* there is no thread but the loop's: what has one elsewhere runs on the loop */
};

static inline int64_t env_mono_us(struct env *env)
{
    return env->ops->mono_us(env);
}
static inline int64_t env_wall_us(struct env *env)
{
    return env->ops->wall_us(env);
}
static inline bool env_chance(struct env *env, const char *where)
{
    return env->ops->chance && env->ops->chance(env, where);
}
static inline void env_random(struct env *env, void *out, size_t n)
{
    env->ops->random(env, out, n);
}
