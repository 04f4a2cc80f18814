/* SPDX-License-Identifier: Apache-2.0 */
/* What takes long runs on the pool's threads, beside name look-ups and mails. */
#include "env/env_uv_internal.h"

struct work_job {
    uv_work_t uv; /* first */
    struct env_uv *env;
    env_fn *work;
    void (*done)(void *arg, bool is_over);
    void *arg;
};

static void on_work(uv_work_t *uv)
{
    struct work_job *job = uv->data;
    job->work(job->arg);
}

static void on_worked(uv_work_t *uv, int status)
{
    struct work_job *job = uv->data;
    job->done(job->arg, status != 0 || atomic_load(&job->env->is_closing));
    free(job);
}

void work_start(struct env *env, env_fn *work, void (*done)(void *arg, bool is_over), void *arg)
{
    struct work_job *job = calloc(1, sizeof(*job));
    must(job); /* as for a call */
    *job = (struct work_job){.env = env_uv_of(env), .work = work, .done = done, .arg = arg};
    job->uv.data = job;
    must(uv_queue_work(&job->env->loop, &job->uv, on_work, on_worked) == 0);
}
