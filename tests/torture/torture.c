/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation is counted, and fails when its number has come. */
#include <stdatomic.h>
#include <stdlib.h>

#include "torture/torture.h"

static atomic_long count, from;
static atomic_bool is_on, keeps_failing, has_failed;

void torture_begin(long nth, bool stays)
{
    atomic_store(&count, 0);
    atomic_store(&from, nth);
    atomic_store(&keeps_failing, stays);
    atomic_store(&has_failed, false);
    atomic_store(&is_on, true);
}

long torture_pause(void)
{
    atomic_store(&is_on, false);
    return atomic_load(&count);
}

void torture_go_on(void)
{
    atomic_store(&is_on, true);
}

bool torture_has_failed(void)
{
    return atomic_load(&has_failed);
}

static bool refused(void)
{
    if (!atomic_load(&is_on)) {
        return false;
    }
    long nth = atomic_fetch_add(&count, 1) + 1, first = atomic_load(&from);
    bool is_refused = first && (atomic_load(&keeps_failing) ? nth >= first : nth == first);
    if (is_refused) {
        atomic_store(&has_failed, true);
    }
    return is_refused;
}

/* ---- what is handed out and not yet given back ---- */

#define LIVE_SLOTS ((size_t)1 << 17)

static void *live[LIVE_SLOTS]; /* open addressing; a given-back slot keeps a mark */
static size_t live_count;
static char given_back;

static size_t slot_of(const void *p)
{
    return (size_t)(((uintptr_t)p >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 47) % LIVE_SLOTS;
}

static void *handed_out(void *p)
{
    if (p && atomic_load(&is_on)) {
        size_t at = slot_of(p);
        while (live[at] && live[at] != &given_back) {
            at = (at + 1) % LIVE_SLOTS;
        }
        live[at] = p;
        live_count++;
        must(live_count < LIVE_SLOTS / 2);
    }
    return p;
}

static void taken_back(const void *p)
{
    for (size_t at = slot_of(p); p && live[at]; at = (at + 1) % LIVE_SLOTS) {
        if (live[at] == p) {
            live[at] = &given_back;
            live_count--;
            return;
        }
    }
}

size_t torture_live(void)
{
    return live_count;
}

/* The linker's names: --wrap gives ours to who asks, and keeps the library's under __real_. */
void *__real_malloc(size_t n);
void __real_free(void *p);
void __wrap_free(void *p);
void *__real_calloc(size_t members, size_t n);
void *__real_realloc(void *p, size_t n);
void *__real__ZnamRKSt9nothrow_t(size_t n, const void *tag);
void *__real__ZnwmRKSt9nothrow_t(size_t n, const void *tag);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t members, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__wrap__ZnamRKSt9nothrow_t(size_t n, const void *tag);
void *__wrap__ZnwmRKSt9nothrow_t(size_t n, const void *tag);

void *__wrap_malloc(size_t n)
{
    return refused() ? NULL : handed_out(__real_malloc(n));
}

void __wrap_free(void *p)
{
    taken_back(p);
    __real_free(p);
}

void *__wrap_calloc(size_t members, size_t n)
{
    return refused() ? NULL : handed_out(__real_calloc(members, n));
}

void *__wrap_realloc(void *p, size_t n)
{
    if (refused()) {
        return NULL;
    }
    taken_back(p);
    return handed_out(__real_realloc(p, n));
}

void *__wrap__ZnamRKSt9nothrow_t(size_t n, const void *tag)
{
    return refused() ? NULL : __real__ZnamRKSt9nothrow_t(n, tag);
}

void *__wrap__ZnwmRKSt9nothrow_t(size_t n, const void *tag)
{
    return refused() ? NULL : __real__ZnwmRKSt9nothrow_t(n, tag);
}
