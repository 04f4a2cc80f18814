/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/holds.h"
#include "engine/request.h"

#define EXPIRE_MAX 1000

static struct hold_row *changed_hold(struct batch *b, int64_t n)
{
    for (size_t i = b->changes.holds.count; i-- > 0;) {
        struct hold_row *row = b->changes.holds.items[i];
        if (row->n == n) {
            return row;
        }
    }
    return NULL;
}

struct hold_row *batch_hold(struct batch *b, int64_t n)
{
    struct hold_row *row = changed_hold(b, n);
    if (!row) {
        batch_fail(b, b->store->ops->hold(b->store, n, &b->arena, &row), "load a hold");
    }
    return row;
}

struct hold_row *batch_hold_of_owner(struct batch *b, struct slice owner)
{
    for (size_t i = b->changes.holds.count; i-- > 0;) {
        struct hold_row *row = b->changes.holds.items[i];
        if (row->state == HOLD_OPEN && slice_equal(row->owner, owner)) {
            return row;
        }
    }
    struct hold_row *row = NULL;
    batch_fail(
        b, b->store->ops->hold_of_owner(b->store, owner, &b->arena, &row), "load an owner's hold");
    struct hold_row *newer = row ? changed_hold(b, row->n) : NULL;
    row = newer ? newer : row;
    return row && row->state == HOLD_OPEN ? row : NULL;
}

struct hold_line *hold_lines_load(struct batch *b, const struct hold_row *row, size_t *out_count)
{
    struct hold_line *lines = NULL;
    *out_count = 0;
    batch_fail(b, hold_lines_read(row->lines, &b->arena, &lines, out_count), "read a hold's lines");
    for (size_t i = 0; i < *out_count && !b->err; i++) {
        for (size_t p = 0; p < lines[i].picks_count && !b->err; p++) {
            struct batch_sku *sku = batch_sku(b, lines[i].picks[p].sku);
            if (sku) {
                batch_load_stock(b, sku);
            } else {
                batch_fail(b, ERR_CORRUPT, "a hold of a SKU that is not there");
            }
        }
    }
    return b->err ? NULL : lines;
}

void hold_give_back(struct batch *b,
                    struct ledger *ledger,
                    enum movement_kind kind,
                    const struct hold_row *row,
                    const struct hold_line *lines,
                    size_t count)
{
    struct slice reference = arena_printf(&b->arena, "hold %" PRId64, row->n);
    for (size_t i = 0; i < count; i++) {
        for (size_t p = 0; p < lines[i].picks_count; p++) {
            const struct hold_pick *pick = &lines[i].picks[p];
            if (pick->quantity > 0) {
                ledger_post(ledger,
                            &(struct movement){.kind = kind,
                                               .sku = pick->sku,
                                               .from = {pick->location, BUCKET_HELD},
                                               .to = {pick->location, BUCKET_AVAILABLE},
                                               .quantity = pick->quantity,
                                               .reference = reference,
                                               .happened_at_us = b->now_us});
            }
        }
    }
}

void batch_hold_changed(struct batch *b, struct hold_row *row, enum hold_state state)
{
    row->state = state;
    if (changed_hold(b, row->n) != row && !rows_add(&b->changes.holds, &b->arena, row)) {
        batch_fail(b, ERR_LIMIT, "a hold");
    }
}

static void expire(struct batch *b, struct hold_row *row)
{
    struct ledger ledger = {.arena = &b->arena, .stock = &b->stock};
    size_t count;
    const struct hold_line *lines = hold_lines_load(b, row, &count);
    if (!lines) {
        return;
    }
    hold_give_back(b, &ledger, MOVE_HOLD_EXPIRE, row, lines, count);
    int64_t event = batch_event_text(b,
                                     "hold_expired",
                                     (struct channel_id){0},
                                     arena_printf(&b->arena, "hold %" PRId64, row->n),
                                     "owner",
                                     row->owner);
    batch_movements(b, &ledger, event, 0);
    batch_hold_changed(b, row, HOLD_EXPIRED);
}

void requests_expire_holds(struct batch *b, struct turn *turn)
{
    struct rows due = {0};
    batch_fail(b,
               b->store->ops->holds_due(b->store, b->now_us, EXPIRE_MAX, &b->arena, &due),
               "load holds that are due");
    for (size_t i = 0; i < due.count && !b->err; i++) {
        struct hold_row *row = due.items[i];
        struct hold_row *newer = changed_hold(b, row->n);
        row = newer ? newer : row;
        if (row->state == HOLD_OPEN && row->expires_at_us <= b->now_us) {
            expire(b, row);
        }
    }
    turn->status = 200;
}
