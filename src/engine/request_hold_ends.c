/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a hold ends: given back, prolonged, or turned into an order. A commit moves the held units
 * themselves to the order (held -> reserved): what others were sold meanwhile cannot make it short.
 */
#include "channels/api/api_order.h"
#include "engine/holds.h"
#include "engine/problem.h"
#include "engine/request.h"
#include "engine/request_parts.h"

#define EXPIRES_DEFAULT_S 900
#define EXPIRES_MAX_S 86400

/* The hold of the path; NULL after a refusal. */
static struct hold_row *find(struct batch *b, struct turn *turn)
{
    int64_t n;
    struct hold_row *row = request_arg_id(turn, &n) ? batch_hold(b, n) : NULL;
    if (!row && !b->err) {
        request_not_found(turn, "hold");
    }
    return row;
}

static struct hold_row *find_open(struct batch *b, struct turn *turn)
{
    struct hold_row *row = find(b, turn);
    if (!row) {
        return NULL;
    }
    if (row->state == HOLD_OPEN && row->expires_at_us > b->now_us) {
        return row;
    }
    bool is_late = row->state == HOLD_OPEN || row->state == HOLD_EXPIRED;
    request_refuse(turn,
                   409,
                   is_late ? "hold-expired" : "hold-ended",
                   NULL,
                   "the hold is %s: its units are no longer kept; hold them again",
                   is_late ? "expired" : hold_state_text(row->state));
    return NULL;
}

static struct slice subject_of(struct batch *b, const struct hold_row *row)
{
    return arena_printf(&b->arena, "hold %" PRId64, row->n);
}

void request_hold_delete(struct batch *b, struct turn *turn)
{
    struct ledger ledger = {.arena = &b->arena, .stock = &b->stock};
    size_t count = 0;
    struct hold_row *row = find(b, turn);
    if (!row) {
        return;
    }
    if (row->state == HOLD_COMMITTED) {
        request_refuse(
            turn, 409, "hold-ended", NULL, "the hold became an order: cancel that instead");
        return;
    }
    turn->status = 204;
    if (row->state != HOLD_OPEN) {
        return; /* it holds nothing any more, which is what was asked for */
    }
    const struct hold_line *lines = hold_lines_load(b, row, &count);
    if (!lines) {
        return;
    }
    hold_give_back(b, &ledger, MOVE_HOLD_RELEASE, row, lines, count);
    int64_t event = request_event(b,
                                  turn,
                                  "hold_released",
                                  (struct channel_id){0},
                                  subject_of(b, row),
                                  (struct json){0},
                                  NULL);
    batch_movements(b, &ledger, event, 0);
    batch_hold_changed(b, row, HOLD_RELEASED);
}

void request_hold_extend(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"expires_in"};
    struct json body;
    int64_t expires_s = EXPIRES_DEFAULT_S;
    size_t count = 0;
    struct hold_row *row = find_open(b, turn);
    if (!row || !form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    form_int(&f, "expires_in", 1, EXPIRES_MAX_S, &expires_s);
    if (!form_ok(&f)) {
        return;
    }
    row->expires_at_us = b->now_us + expires_s * US_PER_S;
    batch_hold_changed(b, row, HOLD_OPEN);
    request_event(b, turn, "hold_extended", (struct channel_id){0}, subject_of(b, row), body, NULL);
    const struct hold_line *lines = hold_lines_load(b, row, &count);
    if (lines) {
        turn->status = 200;
        struct show s = request_show(b, turn);
        show_hold(&s, row, lines, count, b->now_us);
    }
}

/* ---- commit ---- */

struct commit {
    struct batch *b;
    struct turn *turn;
    struct hold_row *row;
    struct hold_line *held;
    size_t held_count;
    const struct channel_config *channel;
    const struct order_snapshot *snapshot;
    struct ledger ledger;
    struct order order; /* as if it had been known with these allocations */
    size_t allocations_cap;
    struct slice missing; /* what the hold does not cover; empty: nothing */
    int64_t missing_units;
};

static bool allocate(struct commit *c, struct allocation allocation)
{
    struct order *o = &c->order;
    if (o->allocations_count == c->allocations_cap) {
        c->allocations_cap = c->allocations_cap * 2 + 16;
        struct allocation *grown = ARENA_ARRAY(&c->b->arena, c->allocations_cap, struct allocation);
        if (!grown) {
            batch_fail(c->b, ERR_LIMIT, "an order's allocations");
            return false;
        }
        if (o->allocations_count) {
            memcpy(grown, o->allocations, o->allocations_count * sizeof(*grown));
        }
        o->allocations = grown;
    }
    o->allocations[o->allocations_count++] = allocation;
    return true;
}

/* Takes units of the part out of the hold's picks, wherever they are held. Units still missing. */
static int64_t take(struct commit *c, size_t line, size_t part, struct sku_id sku, int64_t units)
{
    for (size_t i = 0; i < c->held_count && units > 0; i++) {
        for (size_t p = 0; p < c->held[i].picks_count && units > 0; p++) {
            struct hold_pick *pick = &c->held[i].picks[p];
            int64_t n = pick->sku.v != sku.v ? 0 : pick->quantity < units ? pick->quantity : units;
            if (n == 0) {
                continue;
            }
            if (!allocate(
                    c,
                    (struct allocation){
                        .line = line, .part = part, .location = pick->location, .reserved = n})) {
                return 0;
            }
            ledger_post(&c->ledger,
                        &(struct movement){.kind = MOVE_HOLD_COMMIT,
                                           .sku = sku,
                                           .from = {pick->location, BUCKET_HELD},
                                           .to = {pick->location, BUCKET_RESERVED},
                                           .quantity = n,
                                           .reference = subject_of(c->b, c->row),
                                           .channel = c->channel->row.id,
                                           .order = c->order.id,
                                           .line = c->order.lines[line].id,
                                           .happened_at_us = c->b->now_us});
            pick->quantity -= n;
            units -= n;
        }
    }
    return units;
}

static void cover_line(struct commit *c, size_t index)
{
    const struct snapshot_line *s = &c->snapshot->lines[index];
    struct order_line *line = &c->order.lines[index];
    *line = (struct order_line){.id = arena_copy(&c->b->arena, s->id),
                                .remote = arena_copy(&c->b->arena, s->remote)};
    /* At first sight a shop has taken what it sold: what was cancelled never counts as added. */
    line->now.ordered = s->cancelled + s->restocked;
    int64_t units = s->ordered - s->cancelled;
    if (units <= 0) {
        return;
    }
    if (!order_line_map(c->b, c->channel, line)) {
        c->missing = s->remote;
        c->missing_units = units;
        return;
    }
    for (size_t p = 0; p < line->parts_count && c->missing.n == 0; p++) {
        c->missing_units = take(c, index, p, line->parts[p].sku, units * line->parts[p].quantity);
        c->missing = c->missing_units ? s->remote : (struct slice){0};
    }
}

/* The order as it would be known had the hold been its reservation from the start. */
static bool cover(struct commit *c)
{
    const struct order_snapshot *s = c->snapshot;
    c->order = (struct order){.channel = c->channel->row.id,
                              .id = arena_copy(&c->b->arena, s->id),
                              .version = s->version - 1,
                              .placed_at_us = s->placed_at_us};
    c->order.lines = ARENA_ARRAY(&c->b->arena, s->lines_count + 1, struct order_line);
    if (!c->order.lines) {
        batch_fail(c->b, ERR_LIMIT, "an order");
        return false;
    }
    c->order.lines_count = s->lines_count;
    for (size_t i = 0; i < s->lines_count && c->missing.n == 0 && !c->b->err; i++) {
        cover_line(c, i);
    }
    if (c->missing.n && !c->b->err) {
        ledger_undo(&c->ledger);
        request_refuse(c->turn,
                       422,
                       "not-covered",
                       "lines",
                       "the hold does not cover '%.*s': %" PRId64
                       " units more than it keeps; post the order to /v1/orders instead",
                       SLICE_ARG(c->missing),
                       c->missing_units);
    }
    return c->missing.n == 0 && !c->b->err;
}

static void commit(struct commit *c)
{
    struct batch *b = c->b;
    struct batch_order *order = batch_order(b, c->channel->row.id, c->snapshot->id);
    if (!order) {
        return;
    }
    if (!order->exists) {
        if (!cover(c)) {
            return;
        }
        order->row.order = c->order;
        order->exists = true;
    }
    /* What the order does not use, or all of it when the order had been booked before. */
    hold_give_back(b, &c->ledger, MOVE_HOLD_RELEASE, c->row, c->held, c->held_count);
    int64_t event = batch_event_text(
        b, "hold_committed", c->channel->row.id, subject_of(b, c->row), "order", c->snapshot->id);
    batch_movements(b, &c->ledger, event, 0);
    batch_hold_changed(b, c->row, HOLD_COMMITTED);
    request_order_apply(b, c->turn, c->channel, c->snapshot);
    c->turn->status = b->err ? 0 : 201;
}

static bool has_same_channel(struct turn *turn, const struct hold_row *row, struct json body)
{
    struct slice code = {0};
    if (row->channel.n && json_text(json_get(body, "channel"), &code) &&
        !slice_equal(code, row->channel)) {
        request_refuse(turn,
                       422,
                       "channel",
                       "channel",
                       "the hold is of the channel '%.*s'",
                       SLICE_ARG(row->channel));
        return false;
    }
    return true;
}

void request_hold_commit(struct batch *b, struct turn *turn)
{
    struct json body;
    struct order_snapshot snapshot;
    struct err_note note = {""};
    struct commit c = {.b = b, .turn = turn, .ledger = {.arena = &b->arena, .stock = &b->stock}};
    c.row = find_open(b, turn);
    if (!c.row || !form_body(b, turn, &body) || !has_same_channel(turn, c.row, body)) {
        return;
    }
    c.channel = request_order_channel(b, turn, body, c.row->channel);
    if (!c.channel) {
        return;
    }
    if (!api_decode_order(body, &b->arena, &snapshot, &note)) {
        request_refuse(turn, 400, "invalid", NULL, "%s", note.text);
        return;
    }
    c.snapshot = &snapshot;
    c.held = hold_lines_load(b, c.row, &c.held_count);
    if (c.held) {
        commit(&c);
    }
}
