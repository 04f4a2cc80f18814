/* SPDX-License-Identifier: Apache-2.0 */
/* env_uv_internal - what the files of this room share: the loop, and where each part hangs. */
#pragma once
#include <stdatomic.h>
#include <uv.h>

#include "base/buf.h"
#include "env/env_uv.h"

#define ENV_READ_SIZE ((size_t)64 << 10)

struct env_http;

struct env_uv {
    struct env env; /* first: struct env is ours */
    uv_loop_t loop;
    uv_signal_t signals[2];
    env_fn *signal_fn;
    void *signal_arg;

    /* env_uv_net.c */
    char *read_bytes; /* one buffer for all: a read is delivered before the next */
    struct env_conn *closing_first, *closing_last; /* oldest first */
    size_t closing_count;
    uv_timer_t closing_timer;

    struct env_http *http;  /* env_uv_http.c */
    atomic_bool is_closing; /* nobody waits for mails and works under way */
};

static inline struct env_uv *env_uv_of(struct env *env)
{
    return (struct env_uv *)env;
}

/* ---- env_uv_net.c ---- */

MUST_USE enum err net_init(struct env_uv *env, struct err_note *note);
void net_free(struct env_uv *env);          /* after the loop has closed every handle */
void net_handle_close(uv_handle_t *handle); /* what env_uv_free does to a handle of ours */

enum err
net_listen(struct env *env,
           const char *host,
           int port,
           struct env_conn_events (*on_accept)(void *arg, struct env_conn *conn, struct slice peer),
           void *arg,
           struct env_listener **out,
           int *out_port,
           struct err_note *note);
void net_listener_free(struct env_listener *listener);
void net_conn_write(struct env_conn *conn, struct slice bytes);
size_t net_conn_pending(struct env_conn *conn);
void net_conn_pause(struct env_conn *conn, bool paused);
void net_conn_close(struct env_conn *conn);

/* ---- env_uv_http.c ---- */

MUST_USE enum err http_init(struct env_uv *env, struct err_note *note);
void http_close(struct env_uv *env); /* drops what runs; the loop then closes the handles */
void http_free(struct env_uv *env);  /* after the loop has closed every handle */
void http_start(struct env *env, const struct env_call *call, env_reply_fn *fn, void *arg);

/* ---- env_uv_work.c ---- */

void work_start(struct env *env, env_fn *work, void (*done)(void *arg, bool is_over), void *arg);

/* ---- env_uv_mail.c ---- */

void mail_start(struct env *env, const struct env_mail *mail, env_reply_fn *fn, void *arg);
