/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env_uv - struct env on libuv and libcurl: production's world.
 *
 * One loop, owned by the thread that runs it. Every callback comes later, from the loop, never from
 * within a call of the owner's.
 *
 * Connections: a write goes to the kernel at once; only what it does not take is copied and waits,
 * and on_drained is told when that has left. conn_close lets the waiting bytes leave (30 s at
 * most), shuts our end, and waits 2 s for the peer's while it throws away what comes, so that an
 * early refusal reaches a peer that is still sending. At most 1,024 connections are in that state.
 *
 * Outbound calls use curl's multi-socket interface on the same loop: HTTP/1.1 keep-alive (64 idle
 * connections, 48 to one host, 256 in all), no redirects, no proxies, no compressed replies, at
 * most 30 s and 8 MiB, TLS >= 1.2 verified. The address is checked after DNS, when the socket is
 * opened or used again: private and special ranges, and plain http, are refused unless
 * call.private_ok. ERR_NET means that curl never came to sending; a broken connection is not tried
 * a second time once a byte of the request has left.
 *
 * A mail goes over SMTP by a thread of libuv's pool: curl waits within for the relay's last answer,
 * which may take its time. A relay is named by whoever runs the server, so its address may be
 * any; smtp:// goes on to TLS by STARTTLS or ends, unless mail.plain_ok and the relay offers none.
 */
#pragma once
#include "base/env.h"

struct env_uv;

MUST_USE enum err env_uv_new(struct env_uv **out, struct err_note *note);
struct env *env_uv_env(struct env_uv *env); /* same life as env_uv */
void env_uv_run(struct env_uv *env);        /* until env_uv_stop */
void env_uv_stop(struct env_uv *env);       /* from the loop's thread */
/* Calls fn on SIGTERM or SIGINT, on the loop's thread. */
void env_uv_on_signal(struct env_uv *env, env_fn *fn, void *arg);
/* After run returned and the owners of timers, wakes and servers have freed them. Closes what is
 * open: connections hear on_closed, calls under way are dropped without an answer. */
void env_uv_free(struct env_uv *env);
