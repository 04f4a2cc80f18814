/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env_uv - struct env on libuv and libcurl: production's world.
 *
 * One loop, owned by the thread that runs it. Outbound calls use curl's multi-socket interface on
 * the same loop: HTTP/1.1 keep-alive, no redirects, at most 30 s and 8 MiB unpacked, TLS >= 1.2
 * verified, the address checked after DNS in the open-socket callback (private and special ranges
 * refused unless call.private_ok; http refused unless call.private_ok).
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
void env_uv_free(struct env_uv *env); /* after run returned; closes what is open */
