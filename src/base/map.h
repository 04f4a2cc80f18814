/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map - a hash table from bytes to pointers, for working sets.
 *
 * Keys are borrowed: they must outlive the map. Iteration is in order of insertion, so that nothing
 * ever depends on the order of hashes. SipHash with a fixed key is enough: keys that strangers
 * choose are bounded per batch.
 */
#pragma once
#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

struct map_item {
    struct slice key;
    void *value; /* NULL marks a removed item: skip it */
};
struct map {
    struct map_item *items;
    size_t items_count, items_cap, live_count;
    uint32_t *slots;
    size_t slots_cap;
};

void map_init(struct map *map);
void map_free(struct map *map);  /* fits ON_EXIT; the values are the caller's */
void map_clear(struct map *map); /* keeps the memory */
void *map_get(const struct map *map, struct slice key); /* NULL when absent */
/* Sets or replaces; value must not be NULL. False when out of memory. */
MUST_USE bool map_set(struct map *map, struct slice key, void *value);
void *map_remove(struct map *map, struct slice key); /* what was there, or NULL */

/* The bytes of a small struct of fixed layout as a key; it must have no padding. */
#define MAP_KEY(ptr) ((struct slice){(const char *)(ptr), sizeof(*(ptr))})

#ifdef __cplusplus
}
#endif
