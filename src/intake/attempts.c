/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/attempts.h"

#include <stdlib.h>

#include "base/crypto.h"

#define SETS 2048
#define WAYS 4

struct tries {
    uint64_t key; /* 0: free */
    size_t count;
    int64_t at_us[ATTEMPTS_MAX]; /* the oldest first */
};

struct attempts {
    size_t max;
    int64_t window_us;
    uint8_t secret[16];
    struct tries tries[SETS][WAYS];
};

struct attempts *attempts_new(struct env *env, size_t max, int64_t window_us)
{
    struct attempts *a = calloc(1, sizeof(*a));
    must(max >= 1 && max <= ATTEMPTS_MAX);
    if (a) {
        a->max = max;
        a->window_us = window_us;
        env_random(env, a->secret, sizeof(a->secret));
    }
    return a;
}

void attempts_free(struct attempts *a)
{
    free(a);
}

static uint64_t hash_of(const struct attempts *a, struct slice key)
{
    uint64_t hash[2];
    const struct slice parts[] = {{(const char *)a->secret, sizeof(a->secret)}, key};
    blake2b(hash, sizeof(hash), parts, COUNT_OF(parts));
    return hash[0] ? hash[0] : 1;
}

static struct tries *find(const struct attempts *a, struct slice key)
{
    uint64_t hash = hash_of(a, key);
    const struct tries *set = a->tries[hash % SETS];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == hash) {
            return (struct tries *)(uintptr_t)&set[i];
        }
    }
    return NULL;
}

static int64_t last_of(const struct tries *t)
{
    return t->count ? t->at_us[t->count - 1] : INT64_MIN;
}

/* A free place, or that of whoever tried longest ago. */
static struct tries *place(struct attempts *a, struct slice key)
{
    uint64_t hash = hash_of(a, key);
    struct tries *set = a->tries[hash % SETS], *oldest = &set[0];
    for (size_t i = 1; i < WAYS; i++) {
        oldest = last_of(&set[i]) < last_of(oldest) ? &set[i] : oldest;
    }
    *oldest = (struct tries){.key = hash};
    return oldest;
}

static void forget_old(const struct attempts *a, struct tries *t, int64_t now_us)
{
    size_t old = 0;
    while (old < t->count && now_us - t->at_us[old] >= a->window_us) {
        old++;
    }
    t->count -= old;
    memmove(t->at_us, t->at_us + old, t->count * sizeof(t->at_us[0]));
}

int64_t attempts_wait_us(const struct attempts *a, struct slice key, int64_t now_us)
{
    const struct tries *t = find(a, key);
    if (!t || t->count < a->max) {
        return 0;
    }
    int64_t left_us = t->at_us[t->count - a->max] + a->window_us - now_us;
    return left_us > 0 ? left_us : 0;
}

size_t attempts_add(struct attempts *a, struct slice key, int64_t now_us)
{
    struct tries *t = find(a, key);
    t = t ? t : place(a, key);
    forget_old(a, t, now_us);
    if (t->count == a->max) {
        memmove(t->at_us, t->at_us + 1, (t->count - 1) * sizeof(t->at_us[0]));
        t->count--;
    }
    t->at_us[t->count++] = now_us;
    return t->count;
}

void attempts_take_back(struct attempts *a, struct slice key)
{
    struct tries *t = find(a, key);
    if (t && t->count) {
        t->count--;
    }
}

void attempts_clear(struct attempts *a, struct slice key)
{
    struct tries *t = find(a, key);
    if (t) {
        *t = (struct tries){0};
    }
}
