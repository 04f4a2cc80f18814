/* SPDX-License-Identifier: Apache-2.0 */
/* The places that a table's lines touch; the lines themselves are read in request_movements.c. */
#include "engine/movement_table.h"

struct seen {
    int64_t happened_at_us, end_us; /* of its stamp */
    int64_t effect;                 /* on what lies there */
    bool is_count;
};

struct place {
    int64_t key[2]; /* SKU, location */
    struct seen *seen;
    size_t count, cap;
};

void place_add(struct batch *b,
               struct place *place,
               const struct movement *m,
               int64_t recorded_at_us)
{
    if (place->count == place->cap) {
        size_t cap = place->cap ? place->cap * 2 : 4;
        struct seen *seen = ARENA_ARRAY(&b->arena, cap, struct seen);
        if (!seen) {
            batch_fail(b, ERR_LIMIT, "a table's movements");
            return;
        }
        if (place->count) {
            memcpy(seen, place->seen, place->count * sizeof(*seen));
        }
        place->seen = seen;
        place->cap = cap;
    }
    place->seen[place->count++] =
        (struct seen){.happened_at_us = m->happened_at_us,
                      .end_us = past_end_of_stamp(m->happened_at_us, recorded_at_us),
                      .effect = on_hand_effect(m, (struct location_id){place->key[1]}),
                      .is_count = m->kind == MOVE_COUNT};
}

static void load(struct batch *b, struct place *place, int64_t start)
{
    enum { PAGE = 500 };
    struct arena page;
    arena_init(&page, (size_t)16 * 1024 * 1024);
    struct store_query q = {
        .after = start, .sku = {place->key[0]}, .location = {place->key[1]}, .limit = PAGE};
    for (bool more = true; more && !b->err;) {
        struct rows rows = {0};
        arena_clear(&page);
        batch_fail(b, b->store->ops->list_movements(b->store, &q, &page, &rows), "read the ledger");
        for (size_t i = 0; i < rows.count && !b->err; i++) {
            const struct movement_row *row = rows.items[i];
            place_add(b, place, &row->movement, row->recorded_at_us);
            q.after = row->n;
        }
        more = rows.count == PAGE;
    }
    arena_free(&page);
}

struct place *place_find(
    struct map *places, struct batch *b, int64_t start, struct sku_id sku, struct location_id at)
{
    const int64_t key[2] = {sku.v, at.v};
    struct place *place = map_get(places, MAP_KEY(&key));
    if (place) {
        return place;
    }
    place = ARENA_NEW(&b->arena, struct place);
    if (!place) {
        batch_fail(b, ERR_LIMIT, "a table's movements");
        return NULL;
    }
    *place = (struct place){.key = {key[0], key[1]}};
    if (!map_set(places, MAP_KEY(&place->key), place)) {
        batch_fail(b, ERR_MEMORY, "a table's movements");
    }
    load(b, place, start);
    return place;
}

struct past place_past(const struct place *place, int64_t after_us)
{
    struct past past = {0};
    for (size_t i = 0; i < place->count; i++) {
        const struct seen *seen = &place->seen[i];
        if (seen->end_us <= after_us) {
            continue;
        }
        past.effect += seen->effect;
        if (seen->is_count && seen->effect != 0 &&
            (past.counted_at_us == 0 || seen->happened_at_us < past.counted_at_us)) {
            past.counted_at_us = seen->happened_at_us;
        }
    }
    return past;
}
