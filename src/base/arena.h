/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena - memory of one turn or request, freed all at once.
 *
 * Grows in blocks up to a bound fixed at birth. An allocation beyond it returns NULL and sets
 * `exhausted`, which the owner turns into ERR_LIMIT. Memory comes back zeroed, 16-byte aligned.
 */
#pragma once
#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

struct arena_block;
struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used, size_max;
    bool exhausted;
};

void arena_init(struct arena *arena, size_t size_max); /* allocates nothing yet */
void arena_clear(struct arena *arena); /* empties for reuse; keeps the first block */
void arena_free(struct arena *arena);  /* gives all back; arena_init's state afterwards */

void *arena_alloc(struct arena *arena, size_t n);               /* NULL when exhausted */
void *arena_array(struct arena *arena, size_t count, size_t n); /* NULL also on overflow */
/* A copy of the bytes with a NUL behind them; {NULL, 0} when exhausted. */
struct slice arena_copy(struct arena *arena, struct slice s);
struct slice arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

#ifdef __cplusplus
}
#endif
