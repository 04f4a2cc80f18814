/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control - what a running server does for the commands that need its data directory.
 *
 * HTTP/1.1 on DIR/control.sock, a file of mode 0600: whoever may open it may read the database too,
 * so it asks for no token. Made when the directory's lock is held, removed at a clean stop.
 *
 *   GET  /ping     204: somebody is at home
 *   POST /verify   200 {"ok":true,"commits":N,...,"chain":HEX} or {"ok":false,"detail":TEXT,...}
 *   GET  /dump     200, chunked; without its last chunk it broke off
 *   POST /token    {"name","scope"}: 201 and the token, as the API shows it
 *   any  /v1/...   what the API answers to an admin; the log names API_TOKEN_CONSOLE for it
 *
 * verify and dump run on a thread and a snapshot of their own, so that neither the loop nor the
 * writer waits for them; one at a time, another gets 409. They end early when the client is gone,
 * when it takes nothing for 30 s (the snapshot keeps the write-ahead log from shrinking) and when
 * the server stops. All functions are the loop's. control_call.h is the other end.
 */
#pragma once
#include "engine/engine.h"
#include "intake/api.h"

struct control;

struct control_config {
    struct env *env;
    struct engine *engine;
    struct api *api;  /* answers /v1/..., and is told of new tokens */
    const char *data; /* the directory */
};

MUST_USE enum err
control_new(const struct control_config *config, struct control **out, struct err_note *note);
/* Takes no more requests, ends verify or dump, removes the socket. Tokens on their way are answered
 * by the engine's stop. */
void control_stop(struct control *control);
void control_free(struct control *control); /* NULL is fine */
