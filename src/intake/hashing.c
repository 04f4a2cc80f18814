/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/hashing.h"

#include <stdlib.h>

struct hashing {
    struct env *env;
    struct hash_work *first, *last; /* waiting */
    size_t waiting, running;
};

static void answer_busy(struct http_exchange *x)
{
    static const struct http_header headers[] = {
        {{"Content-Type", 12}, {"application/problem+json", 24}}, {{"Retry-After", 11}, {"2", 1}}};
    http_answer(x,
                503,
                headers,
                COUNT_OF(headers),
                SLICE("{\"type\":\"about:blank\",\"title\":\"too busy\",\"status\":503,"
                      "\"detail\":\"nothing was changed; send it again\"}"));
}

/* On a thread. */
static void run(void *arg)
{
    struct hash_work *work = arg;
    work->is_right = work->kept.n == 0 || password_verify(work->password, work->kept);
    if (work->fresh.n && work->is_right &&
        password_hash(work->fresh, work->salt, work->fresh_text) != ERR_OK) {
        work->fresh_text[0] = '\0';
    }
}

static void start_next(struct hashing *h);

static void done(void *arg, bool is_over)
{
    struct hash_work *work = arg;
    if (is_over) { /* whoever asked for it is gone */
        answer_busy(work->x);
        return;
    }
    struct hashing *h = work->hashing;
    h->running--;
    start_next(h);
    work->then(work);
}

static void start_next(struct hashing *h)
{
    struct hash_work *work = h->first;
    if (!work || h->running >= HASHING_AT_ONCE) {
        return;
    }
    h->first = work->next;
    h->last = h->first ? h->last : NULL;
    h->waiting--;
    h->running++;
    h->env->ops->work(h->env, run, done, work);
}

void hashing_start(struct hashing *h, struct hash_work *work)
{
    if (h->waiting >= HASHING_WAITING_MAX) {
        answer_busy(work->x);
        return;
    }
    work->hashing = h;
    work->next = NULL;
    env_random(h->env, work->salt, sizeof(work->salt));
    if (h->last) {
        h->last->next = work;
    } else {
        h->first = work;
    }
    h->last = work;
    h->waiting++;
    start_next(h);
}

enum err hashing_new(struct env *env, struct hashing **out)
{
    struct hashing *h = calloc(1, sizeof(*h));
    if (h) {
        h->env = env;
        *out = h;
    }
    return h ? ERR_OK : ERR_MEMORY;
}

void hashing_free(struct hashing *h)
{
    while (h && h->first) {
        struct hash_work *work = h->first;
        h->first = work->next;
        answer_busy(work->x);
    }
    free(h);
}
