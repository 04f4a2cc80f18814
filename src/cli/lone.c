/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "base/log.h"
#include "cli/lone.h"
#include "cli/server.h"
#include "env/env_uv.h"

struct lone {
    struct env_uv *uv;
    struct server *server;
    struct env_wake *end;
    pthread_t thread;
    bool has_thread;
};

static void on_end(void *arg)
{
    struct lone *lone = arg;
    server_stop(lone->server);
    env_uv_stop(lone->uv);
}

static void *run(void *arg)
{
    struct lone *lone = arg;
    env_uv_run(lone->uv);
    return NULL;
}

/* private_ok: nothing here ever calls a channel, so where one lives is no reason to look away. */
static enum err
start(struct lone *lone, const struct server_options *options, struct err_note *note)
{
    enum err e = env_uv_new(&lone->uv, note);
    if (e) {
        return e;
    }
    struct env *env = env_uv_env(lone->uv);
    e = server_new(env, options, &lone->server, note);
    if (e) {
        return e;
    }
    lone->end = env->ops->wake_new(env, on_end, lone);
    lone->has_thread = lone->end && pthread_create(&lone->thread, NULL, run, lone) == 0;
    return lone->has_thread ? ERR_OK : err_note(note, ERR_MEMORY, "no thread for the ledger");
}

enum err
lone_start(const char *data, const char *key_file, struct lone **out, struct err_note *note)
{
    const struct server_options options = {.data = data, .key_file = key_file, .private_ok = true};
    struct lone *lone = calloc(1, sizeof(*lone));
    if (!lone) {
        return err_note(note, ERR_MEMORY, "out of memory");
    }
    log_set_level(LOG_ERROR); /* a command says what it has to say itself */
    enum err e = start(lone, &options, note);
    if (e) {
        lone_end(lone);
        return e;
    }
    *out = lone;
    return ERR_OK;
}

void lone_end(struct lone *lone)
{
    if (!lone) {
        return;
    }
    if (lone->has_thread) {
        env_uv_env(lone->uv)->ops->wake_send(lone->end);
        pthread_join(lone->thread, NULL);
    }
    if (lone->end) {
        env_uv_env(lone->uv)->ops->wake_free(lone->end);
    }
    server_free(lone->server);
    env_uv_free(lone->uv);
    free(lone);
}
