/* SPDX-License-Identifier: Apache-2.0 */
/* Rows out of statements. Columns come in the order of statements.sql and the schema. */
#include "store/rows/rows_internal.h"

struct sku_row *sku_read(struct sql_stmt *q, struct arena *arena)
{
    struct sku_row *row = ARENA_NEW(arena, struct sku_row);
    if (row) {
        *row = (struct sku_row){.id = {col_int(q, 0)},
                                .code = col_text(q, 1, arena),
                                .code_key = col_text(q, 2, arena),
                                .title = col_text(q, 3, arena),
                                .product = col_text(q, 4, arena),
                                .options = col_text(q, 5, arena),
                                .barcode = col_text(q, 6, arena),
                                .buffer = col_int(q, 7),
                                .backorder = col_bool(q, 8),
                                .stock_version = col_int(q, 9),
                                .has_moved = col_bool(q, 10),
                                .parts_count = (size_t)col_int(q, 11),
                                .since_checkpoint = col_int(q, 12)};
    }
    return row;
}

enum err sku_read_parts(struct sql_store *s, struct sku_row *row, struct arena *arena)
{
    if (row->parts_count == 0) {
        return ERR_OK;
    }
    struct component *parts = ARENA_ARRAY(arena, row->parts_count, struct component);
    if (!parts) {
        return ERR_LIMIT;
    }
    struct sql_stmt *q = sql_bind(s, SQL_COMPONENTS, "i", row->id.v);
    size_t n = 0;
    enum err e;
    while ((e = sql_step(s, q)) == ERR_OK && n < row->parts_count) {
        parts[n++] = (struct component){{col_int(q, 0)}, col_int(q, 1)};
    }
    sql_reset(q);
    row->parts = parts;
    if (e == ERR_NOT_FOUND) {
        return n == row->parts_count ? ERR_OK : ERR_CORRUPT;
    }
    return e ? e : ERR_CORRUPT; /* there are more of them than the SKU says */
}

enum err skus_read_parts(struct sql_store *s, struct rows *rows, size_t first, struct arena *arena)
{
    enum err e = ERR_OK;
    for (size_t i = first; !e && i < rows->count; i++) {
        e = sku_read_parts(s, rows->items[i], arena);
    }
    return e;
}

struct listing_row *listing_read(struct sql_stmt *q, struct arena *arena)
{
    struct listing_row *row = ARENA_NEW(arena, struct listing_row);
    if (!row) {
        return NULL;
    }
    *row = (struct listing_row){
        .id = {col_int(q, 0)},
        .channel = {col_int(q, 1)},
        .sku = {col_int(q, 2)},
        .remote = col_text(q, 3, arena),
        .key = col_text(q, 4, arena),
        .stock_key = col_text(q, 5, arena),
        .location = {col_int(q, 6)},
        .buffer = col_int(q, 7),
        .percent = col_int(q, 8),
        .cap = col_int(q, 9),
        .min_to_list = col_int(q, 10),
        .pack_size = col_int(q, 11),
        .paused = col_bool(q, 12),
        .version = col_int(q, 13),
        .expected = {.is_known = col_bool(q, 14),
                     .phase = (enum expected_phase)col_int(q, 15),
                     .base = {col_int(q, 16), col_int(q, 17)},
                     .landed = {col_int(q, 18), col_int(q, 19)},
                     .is_guarded = col_bool(q, 20),
                     .push_value = col_int(q, 21),
                     .push_compare = col_int(q, 22),
                     .left_at_us = col_int(q, 23),
                     .synced_at_us = col_int(q, 24),
                     .seq = col_int(q, 25),
                     .read_at_us = col_int(q, 26),
                     .is_explained = col_bool(q, 27),
                     .unexplained = col_int(q, 28),
                     .unexplained_at_us = col_int(q, 29),
                     .sold_units = col_int(q, 30),
                     .sold_since_us = col_int(q, 31)},
        .push_n = col_int(q, 33),
        .sellable = col_int(q, 34),
        .computed_sku_version = col_int(q, 35),
        .computed_policy_version = col_int(q, 36),
        .published = col_int(q, 37),
        .published_at_us = col_int(q, 38),
        .observed = col_int(q, 39),
        .observed_at_us = col_int(q, 40),
        .fault = (enum listing_fault)col_int(q, 41),
        .fault_reason = col_text(q, 42, arena),
    };
    row->expected.doubted_at_us = col_int(q, 43);
    row->expected.open_until_us = col_int(q, 44);
    row->open_units = col_int(q, 45);
    col_bytes(q, 32, row->push_key, sizeof(row->push_key));
    return row;
}

struct order_row *order_read(struct sql_store *s, struct sql_stmt *q, struct arena *arena)
{
    struct order_row *row = ARENA_NEW(arena, struct order_row);
    if (!row) {
        return NULL;
    }
    row->n = col_int(q, 0);
    row->order = (struct order){.channel = {col_int(q, 1)},
                                .id = col_text(q, 2, arena),
                                .version_text = col_text(q, 3, arena),
                                .version = col_int(q, 4),
                                .placed_at_us = col_int(q, 5),
                                .decided_at_us = col_int(q, 6)};
    col_bytes(q, 7, row->digest, sizeof(row->digest));
    struct slice doc = col_text(q, 8, arena);
    return order_doc_read(doc, s->parser, arena, &row->order) == ERR_OK ? row : NULL;
}

struct event_row *event_read(struct sql_stmt *q, struct arena *arena)
{
    struct event_row *row = ARENA_NEW(arena, struct event_row);
    if (row) {
        *row = (struct event_row){.n = col_int(q, 0),
                                  .at_us = col_int(q, 1),
                                  .kind = col_text(q, 2, arena),
                                  .channel = {col_int(q, 3)},
                                  .subject = col_text(q, 4, arena),
                                  .facts = col_text(q, 5, arena)};
    }
    return row;
}

struct movement_row *movement_read(struct sql_stmt *q, struct arena *arena)
{
    struct movement_row *row = ARENA_NEW(arena, struct movement_row);
    if (row) {
        *row = (struct movement_row){
            .n = col_int(q, 0),
            .event = col_int(q, 1),
            .recorded_at_us = col_int(q, 2),
            .movement = {.happened_at_us = col_int(q, 3),
                         .kind = (enum movement_kind)col_int(q, 4),
                         .sku = {col_int(q, 5)},
                         .from = {{col_int(q, 6)}, (enum bucket)col_int(q, 7)},
                         .from_after = col_int(q, 8),
                         .to = {{col_int(q, 9)}, (enum bucket)col_int(q, 10)},
                         .to_after = col_int(q, 11),
                         .quantity = col_int(q, 12),
                         .reason = col_text(q, 13, arena),
                         .reference = col_text(q, 14, arena),
                         .channel = {col_int(q, 15)},
                         .order = col_text(q, 16, arena),
                         .line = col_text(q, 17, arena)},
        };
    }
    return row;
}

struct delivery_row *delivery_read(struct sql_stmt *q, struct arena *arena)
{
    struct delivery_row *row = ARENA_NEW(arena, struct delivery_row);
    if (row) {
        *row = (struct delivery_row){.n = col_int(q, 0),
                                     .channel = {col_int(q, 1)},
                                     .topic = col_text(q, 2, arena),
                                     .received_at_us = col_int(q, 3),
                                     .state = (enum delivery_state)col_int(q, 6),
                                     .reason = col_text(q, 7, arena),
                                     .order = col_text(q, 8, arena),
                                     .version = col_text(q, 9, arena),
                                     .body = col_text(q, 10, arena)};
        int64_t halves[2] = {col_int(q, 4), col_int(q, 5)};
        memcpy(row->key, halves, sizeof(row->key));
    }
    return row;
}

struct push_row *push_read(struct sql_stmt *q, struct arena *arena)
{
    struct push_row *row = ARENA_NEW(arena, struct push_row);
    if (row) {
        *row = (struct push_row){.n = col_int(q, 0),
                                 .listing = {col_int(q, 1)},
                                 .channel = {col_int(q, 2)},
                                 .sku = {col_int(q, 3)},
                                 .value = col_int(q, 4),
                                 .compare = col_int(q, 5),
                                 .state = (enum push_state)col_int(q, 7),
                                 .happened_at_us = col_int(q, 8),
                                 .received_at_us = col_int(q, 9),
                                 .committed_at_us = col_int(q, 10),
                                 .sent_at_us = col_int(q, 11),
                                 .answered_at_us = col_int(q, 12),
                                 .reason = col_text(q, 13, arena)};
        col_bytes(q, 6, row->key, sizeof(row->key));
    }
    return row;
}

struct incident_row *incident_read(struct sql_stmt *q, struct arena *arena)
{
    struct incident_row *row = ARENA_NEW(arena, struct incident_row);
    if (row) {
        *row = (struct incident_row){.n = col_int(q, 0),
                                     .code = col_text(q, 1, arena),
                                     .subject = col_text(q, 2, arena),
                                     .is_open = col_bool(q, 3),
                                     .channel = col_text(q, 4, arena),
                                     .sku = col_text(q, 5, arena),
                                     .order = col_text(q, 6, arena),
                                     .delivery = col_int(q, 7),
                                     .title = col_text(q, 8, arena),
                                     .detail = col_text(q, 9, arena),
                                     .action = col_text(q, 10, arena),
                                     .opened_at_us = col_int(q, 11),
                                     .resolved_at_us = col_int(q, 12),
                                     .times = col_int(q, 13),
                                     .updated_at_us = col_int(q, 14),
                                     .until_us = col_int(q, 15),
                                     .resolution = col_text(q, 16, arena),
                                     .resolved_by = col_text(q, 17, arena)};
    }
    return row;
}

struct hold_row *hold_read(struct sql_stmt *q, struct arena *arena)
{
    struct hold_row *row = ARENA_NEW(arena, struct hold_row);
    if (row) {
        *row = (struct hold_row){.n = col_int(q, 0),
                                 .owner = col_text(q, 1, arena),
                                 .channel = col_text(q, 2, arena),
                                 .state = (enum hold_state)col_int(q, 3),
                                 .expires_at_us = col_int(q, 4),
                                 .created_at_us = col_int(q, 5),
                                 .lines = col_text(q, 6, arena)};
    }
    return row;
}

struct parked_row *parked_read(struct sql_stmt *q, struct arena *arena)
{
    struct parked_row *row = ARENA_NEW(arena, struct parked_row);
    if (row) {
        *row = (struct parked_row){{col_int(q, 0)}, col_text(q, 1, arena), col_int(q, 2)};
    }
    return row;
}
