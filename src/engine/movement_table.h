/* SPDX-License-Identifier: Apache-2.0 */
/*
 * movement_table - movements by hand, read and decided one by one, so that every line's fault can
 * be told: what POST /v1/movements does, for tables.
 *
 * First all lines are read, then all are decided in their order, then they are booked in groups,
 * each under an event. A refusal is on the turn; whoever goes on after one keeps nothing of the
 * commit. Memory is the batch's. Alone in its commit.
 */
#pragma once
#include "engine/form.h"
#include "engine/past.h"

struct movement_table;

/* NULL after batch_fail. */
struct movement_table *movement_table_new(struct batch *b, struct turn *turn, size_t lines_max);
void movement_table_free(struct movement_table *t);

/* An object as in "movements" of POST /v1/movements. A refused one is no line of the table. */
void movement_table_read(struct movement_table *t, struct json item);
size_t movement_table_count(const struct movement_table *t); /* lines that were read */

struct movement_told { /* what a line does at its place */
    const char *kind;
    struct slice sku, location, reference;
    int64_t on_hand_before, available_before, on_hand_after, available_after;
    bool has_moved; /* false: a count that found what there was */
};
void movement_table_decide(struct movement_table *t, size_t n, struct movement_told *out);

/* Lines first to first + count - 1. */
void movement_table_book(struct movement_table *t, size_t first, size_t count, int64_t event);

/*
 * What happened at one place of one SKU, from the store and by the table: the same answer as
 * past_after's, without asking the store for every line of a long file. NULL after batch_fail.
 */
struct place;
struct place *place_find(
    struct map *places, struct batch *b, int64_t start, struct sku_id sku, struct location_id at);
void place_add(struct batch *b,
               struct place *place,
               const struct movement *m,
               int64_t recorded_at_us);
struct past place_past(const struct place *place, int64_t after_us);
