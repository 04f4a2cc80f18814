/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/nightly.h"

#define NICENESS 15
#define AGAIN_US (3600 * US_PER_S) /* after one that could not be done */

struct nightly {
    struct nightly_config config;
    struct env_wake *wake;
    struct nightly_proof proof; /* the thread's until is_done */
    int64_t begun_mono_us, not_before_us;
    int day; /* of the last one: of the year, local; -1: not known yet */
    bool is_running, is_stopping, has_thread;
    pthread_t thread;

    pthread_mutex_t lock; /* of what follows */
    struct store *reader;
    bool is_done, is_cancelled;
};

bool nightly_parse(const char *text, int *out_at_minute)
{
    int64_t hour, minute;
    struct slice rest = slice_of(text), first;
    if (strcmp(text, "never") == 0) {
        *out_at_minute = NIGHTLY_NEVER;
        return true;
    }
    if (!slice_cut(&rest, ':', &first) || first.n != 2 || rest.n != 2 || !slice_int(first, &hour) ||
        !slice_int(rest, &minute) || hour < 0 || hour > 23 || minute < 0 || minute > 59) {
        return false;
    }
    *out_at_minute = (int)(hour * 60 + minute);
    return true;
}

/* ---- the thread ---- */

static enum err open_reader(struct nightly *n)
{
    struct store *reader = NULL;
    enum err e = engine_reader(n->config.engine, &reader, &n->proof.note);
    pthread_mutex_lock(&n->lock);
    n->reader = reader;
    bool is_cancelled = n->is_cancelled;
    pthread_mutex_unlock(&n->lock);
    return !e && is_cancelled ? ERR_LIMIT : e;
}

static void prove(struct nightly *n)
{
    enum err e = open_reader(n);
    e = e ? e : store_verify(n->reader, &n->proof.report, &n->proof.note);
    n->proof.err = e;
    pthread_mutex_lock(&n->lock);
    n->is_done = true;
    pthread_mutex_unlock(&n->lock);
    n->config.env->ops->wake_send(n->wake);
}

static void *prove_aside(void *arg)
{
    /* Of this thread alone: on Linux each has a niceness of its own. */
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
    prove(arg);
    return NULL;
}

/* ---- the loop's side ---- */

static void end(struct nightly *n)
{
    if (n->has_thread) {
        pthread_join(n->thread, NULL);
        n->has_thread = false;
    }
    store_close(n->reader);
    n->reader = NULL;
    n->is_running = false;
}

static void on_wake(void *arg)
{
    struct nightly *n = arg;
    pthread_mutex_lock(&n->lock);
    bool is_done = n->is_done, is_cancelled = n->is_cancelled;
    pthread_mutex_unlock(&n->lock);
    if (!n->is_running || !is_done || is_cancelled) {
        return; /* nightly_free joins what was cancelled */
    }
    end(n);
    n->proof.took_us = env_mono_us(n->config.env) - n->begun_mono_us;
    if (n->proof.err && n->proof.err != ERR_CORRUPT) {
        n->not_before_us = env_mono_us(n->config.env) + AGAIN_US;
        n->day = -2; /* once more today */
    }
    n->config.on_proof(n->config.arg, &n->proof);
}

bool nightly_begin(struct nightly *n)
{
    if (n->is_running || n->is_stopping) {
        return false;
    }
    n->proof = (struct nightly_proof){.begun_us = env_wall_us(n->config.env)};
    n->begun_mono_us = env_mono_us(n->config.env);
    n->is_done = n->is_cancelled = false;
    n->has_thread =
        !n->config.env->is_alone && pthread_create(&n->thread, NULL, prove_aside, n) == 0;
    n->is_running = n->has_thread || n->config.env->is_alone;
    if (n->config.env->is_alone) {
        prove(n);
    }
    return n->is_running;
}

void nightly_look(struct nightly *n)
{
    time_t now_s = (time_t)(env_wall_us(n->config.env) / US_PER_S);
    struct tm local;
    if (n->config.at_minute == NIGHTLY_NEVER || !localtime_r(&now_s, &local) ||
        env_mono_us(n->config.env) < n->not_before_us) {
        return;
    }
    bool is_time = local.tm_hour * 60 + local.tm_min >= n->config.at_minute;
    bool is_first = n->day == -1;
    if (is_first) {
        n->day = is_time ? local.tm_yday : -2; /* today's is over; or it is to come */
    }
    if (is_time && local.tm_yday != n->day) {
        n->day = local.tm_yday;
        if (!nightly_begin(n)) {
            LOG(LOG_ERROR, "the nightly proof could not begin");
        }
    }
}

/* ---- life ---- */

enum err nightly_new(const struct nightly_config *config, struct nightly **out)
{
    struct nightly *n = calloc(1, sizeof(*n));
    if (!n) {
        return ERR_MEMORY;
    }
    n->config = *config;
    n->day = -1;
    pthread_mutex_init(&n->lock, NULL);
    n->wake = config->env->ops->wake_new(config->env, on_wake, n);
    if (!n->wake) {
        nightly_free(n);
        return ERR_MEMORY;
    }
    *out = n;
    return ERR_OK;
}

void nightly_stop(struct nightly *n)
{
    n->is_stopping = true;
    pthread_mutex_lock(&n->lock);
    n->is_cancelled = true;
    if (n->reader) {
        store_interrupt(n->reader);
    }
    pthread_mutex_unlock(&n->lock);
}

void nightly_free(struct nightly *n)
{
    if (!n) {
        return;
    }
    if (n->is_running) {
        nightly_stop(n);
        end(n);
    }
    if (n->wake) {
        n->config.env->ops->wake_free(n->wake);
    }
    pthread_mutex_destroy(&n->lock);
    free(n);
}
