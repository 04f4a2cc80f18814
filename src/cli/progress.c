/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "cli/progress.h"

#define FIRST_MS 1000
#define EVERY_MS 250

struct progress {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    const char *what;
    FILE *file;
    bool is_ended, is_shown; /* under the lock */
};

static void show(struct progress *p, int64_t waited_ms)
{
    struct stat st;
    if (p->file && fstat(fileno(p->file), &st) == 0) {
        fprintf(stderr, "\r%s: %.1f MB ", p->what, (double)st.st_size / 1e6);
    } else {
        fprintf(stderr, "\r%s: %" PRId64 " s ", p->what, waited_ms / 1000);
    }
    (void)fflush(stderr);
    p->is_shown = true;
}

static struct timespec from_now(int64_t ms)
{
    struct timespec at;
    must(clock_gettime(CLOCK_REALTIME, &at) == 0);
    at.tv_sec += ms / 1000;
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

static void *run(void *arg)
{
    struct progress *p = arg;
    int64_t waited_ms = 0, wait_ms = FIRST_MS;
    pthread_mutex_lock(&p->lock);
    while (!p->is_ended) {
        struct timespec until = from_now(wait_ms);
        if (pthread_cond_timedwait(&p->ended, &p->lock, &until) != 0 && !p->is_ended) {
            waited_ms += wait_ms;
            wait_ms = EVERY_MS;
            show(p, waited_ms);
        }
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct progress *progress_begin(const char *what, FILE *file)
{
    struct progress *p = isatty(STDERR_FILENO) ? calloc(1, sizeof(*p)) : NULL;
    if (!p) {
        return NULL;
    }
    p->what = what;
    p->file = file;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->ended, NULL);
    if (pthread_create(&p->thread, NULL, run, p) != 0) {
        pthread_cond_destroy(&p->ended);
        pthread_mutex_destroy(&p->lock);
        free(p);
        return NULL;
    }
    return p;
}

void progress_end(struct progress *p)
{
    if (!p) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->is_ended = true;
    pthread_cond_signal(&p->ended);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    if (p->is_shown) {
        fputs("\r\x1b[K", stderr); /* it is no part of what the command says */
    }
    pthread_cond_destroy(&p->ended);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
