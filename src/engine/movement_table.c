/* SPDX-License-Identifier: Apache-2.0 */
/* The places that a table's lines touched; the lines themselves are read in request_movements.c. */
#include "engine/movement_table.h"

struct place {
    int64_t key[2]; /* SKU, location */
    struct ledger seen;
};

struct ledger *
place_seen(struct map *places, struct batch *b, struct sku_id sku, struct location_id at)
{
    const int64_t key[2] = {sku.v, at.v};
    struct place *place = map_get(places, MAP_KEY(&key));
    if (place) {
        return &place->seen;
    }
    place = ARENA_NEW(&b->arena, struct place);
    if (!place) {
        batch_fail(b, ERR_LIMIT, "a table's movements");
        return NULL;
    }
    *place = (struct place){.key = {key[0], key[1]}, .seen = {.arena = &b->arena}};
    if (!map_set(places, MAP_KEY(&place->key), place)) {
        batch_fail(b, ERR_MEMORY, "a table's movements");
    }
    return &place->seen;
}

void place_see(struct batch *b, struct ledger *place, const struct movement *m)
{
    struct movement_list *list = &place->movements;
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 2;
        struct movement *items = ARENA_ARRAY(&b->arena, cap, struct movement);
        if (!items) {
            batch_fail(b, ERR_LIMIT, "a table's movements");
            return;
        }
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = *m;
}
