/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#define ALIGN ((size_t)16)
#define BLOCK_FIRST ((size_t)8 * 1024)
#define BLOCK_MAX ((size_t)1024 * 1024)

struct arena_block {
    struct arena_block *older;
    size_t size, used; /* of bytes[] */
    _Alignas(16) char bytes[];
};

void arena_init(struct arena *arena, size_t size_max)
{
    *arena = (struct arena){.size_max = size_max};
}

static void blocks_free(struct arena_block *block)
{
    while (block) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
}

void arena_clear(struct arena *arena)
{
    struct arena_block *first = arena->blocks;

    if (first) {
        struct arena_block *newest = first;
        while (first->older) {
            first = first->older;
        }
        while (newest != first) {
            struct arena_block *older = newest->older;
            free(newest);
            newest = older;
        }
        first->used = 0;
    }
    arena->blocks = first;
    arena->used = 0;
    arena->exhausted = false;
}

void arena_free(struct arena *arena)
{
    blocks_free(arena->blocks);
    arena_init(arena, arena->size_max);
}

/* A block that holds at least n bytes; each is twice its predecessor, so that there are few. */
static struct arena_block *block_new(struct arena_block *older, size_t n)
{
    size_t size = older ? older->size * 2 : BLOCK_FIRST;

    if (size > BLOCK_MAX) {
        size = BLOCK_MAX;
    }
    if (size < n) {
        size = n;
    }
    struct arena_block *block = malloc(sizeof(*block) + size);
    if (!block) {
        return NULL;
    }
    block->older = older;
    block->size = size;
    block->used = 0;
    return block;
}

void *arena_alloc(struct arena *arena, size_t n)
{
    size_t left = arena->size_max - arena->used;

    if (n > left || n > SIZE_MAX - sizeof(struct arena_block) - ALIGN) {
        arena->exhausted = true;
        return NULL;
    }
    /* Rounding up may cross the bound by less than ALIGN: the bound is on what was asked for. */
    size_t rounded = n == 0 ? ALIGN : (n + ALIGN - 1) & ~(ALIGN - 1);
    struct arena_block *block = arena->blocks;
    if (!block || block->size - block->used < rounded) {
        block = block_new(arena->blocks, rounded);
        if (!block) {
            arena->exhausted = true;
            return NULL;
        }
        arena->blocks = block;
    }
    void *p = block->bytes + block->used;
    block->used += rounded;
    arena->used += rounded < left ? rounded : left;
    return memset(p, 0, rounded);
}

void *arena_array(struct arena *arena, size_t count, size_t n)
{
    size_t total;

    if (__builtin_mul_overflow(count, n, &total)) {
        arena->exhausted = true;
        return NULL;
    }
    return arena_alloc(arena, total);
}

struct slice arena_copy(struct arena *arena, struct slice s)
{
    char *p = s.n == SIZE_MAX ? NULL : arena_alloc(arena, s.n + 1);

    if (!p) {
        return (struct slice){0};
    }
    if (s.n > 0) {
        memcpy(p, s.p, s.n);
    }
    return (struct slice){p, s.n};
}

struct slice arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    must(n >= 0);
    char *p = arena_alloc(arena, (size_t)n + 1);
    if (!p) {
        return (struct slice){0};
    }
    va_start(args, format);
    vsnprintf(p, (size_t)n + 1, format, args);
    va_end(args);
    return (struct slice){p, (size_t)n};
}
