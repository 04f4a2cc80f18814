/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#define ITEMS_FIRST ((size_t)16)
#define ITEMS_MAX ((size_t)1 << 30)

/*
 * Slots hold 1 + the index of an item, 0 is free; linear probing, at most half full. A removed item
 * keeps its slot, so that probes go on behind it, until the items are packed.
 */

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson, Bernstein), with a fixed key. */
static uint64_t hash(struct slice key)
{
    const uint64_t k0 = UINT64_C(0x0706050403020100), k1 = UINT64_C(0x0f0e0d0c0b0a0908);
    uint64_t v[4] = {k0 ^ UINT64_C(0x736f6d6570736575),
                     k1 ^ UINT64_C(0x646f72616e646f6d),
                     k0 ^ UINT64_C(0x6c7967656e657261),
                     k1 ^ UINT64_C(0x7465646279746573)};
    uint64_t word;
    size_t at = 0;

    for (; key.n - at >= 8; at += 8) {
        memcpy(&word, key.p + at, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = 0;
    if (key.n > at) {
        memcpy(&word, key.p + at, key.n - at);
    }
    word |= (uint64_t)key.n << 56;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xFF;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void map_init(struct map *map)
{
    *map = (struct map){0};
}

void map_free(struct map *map)
{
    free(map->items);
    free(map->slots);
    map_init(map);
}

void map_clear(struct map *map)
{
    if (map->slots) {
        memset(map->slots, 0, map->slots_cap * sizeof(map->slots[0]));
    }
    map->items_count = 0;
    map->live_count = 0;
}

static struct map_item *find(const struct map *map, struct slice key)
{
    if (map->live_count == 0) {
        return NULL;
    }
    size_t mask = map->slots_cap - 1;
    for (size_t at = hash(key) & mask; map->slots[at] != 0; at = (at + 1) & mask) {
        struct map_item *item = &map->items[map->slots[at] - 1];
        if (item->value && slice_equal(item->key, key)) {
            return item;
        }
    }
    return NULL;
}

static void link_item(struct map *map, size_t index)
{
    size_t mask = map->slots_cap - 1;
    size_t at = hash(map->items[index].key) & mask;

    while (map->slots[at] != 0) {
        at = (at + 1) & mask;
    }
    map->slots[at] = (uint32_t)(index + 1);
}

/* Drops removed items and finds each of the others a slot again. */
static void pack(struct map *map)
{
    size_t kept = 0;

    for (size_t i = 0; i < map->items_count; i++) {
        if (map->items[i].value) {
            map->items[kept++] = map->items[i];
        }
    }
    map->items_count = kept;
    memset(map->slots, 0, map->slots_cap * sizeof(map->slots[0]));
    for (size_t i = 0; i < kept; i++) {
        link_item(map, i);
    }
}

/* Makes room for one more item: by packing when half of them are removed, else by doubling. */
static bool make_room(struct map *map)
{
    if (map->items_count < map->items_cap) {
        return true;
    }
    if (map->items_cap == 0 || map->live_count > map->items_cap / 2) {
        size_t cap = map->items_cap > 0 ? map->items_cap * 2 : ITEMS_FIRST;
        if (cap > ITEMS_MAX) {
            return false;
        }
        struct map_item *items = realloc(map->items, cap * sizeof(items[0]));
        if (!items) {
            return false;
        }
        map->items = items;
        uint32_t *slots = realloc(map->slots, cap * 2 * sizeof(slots[0]));
        if (!slots) {
            return false; /* items is larger than items_cap says, which does no harm */
        }
        map->slots = slots;
        map->items_cap = cap;
        map->slots_cap = cap * 2;
    }
    pack(map);
    return true;
}

void *map_get(const struct map *map, struct slice key)
{
    struct map_item *item = find(map, key);
    return item ? item->value : NULL;
}

bool map_set(struct map *map, struct slice key, void *value)
{
    must(value);
    struct map_item *item = find(map, key);
    if (item) {
        item->value = value;
        return true;
    }
    if (!make_room(map)) {
        return false;
    }
    map->items[map->items_count] = (struct map_item){key, value};
    link_item(map, map->items_count);
    map->items_count++;
    map->live_count++;
    return true;
}

void *map_remove(struct map *map, struct slice key)
{
    struct map_item *item = find(map, key);
    if (!item) {
        return NULL;
    }
    void *value = item->value;
    item->value = NULL;
    map->live_count--;
    return value;
}
