/* SPDX-License-Identifier: Apache-2.0 */
/* Units and their causes: balances, movements, orders, holds. */
#include "engine/show.h"

/* ---- balances ---- */

static bool said_before(const struct stock *first, const struct stock *row, struct slice reason)
{
    for (; first != row; first = first->next_of_sku) {
        if (stock_reason_quantity(first, reason) > 0) {
            return true;
        }
    }
    return false;
}

/* Units by reason, summed over the places from `first` on: there are few of both. */
static void show_reasons(struct json_writer *w, const struct stock *first)
{
    json_key(w, "unavailable_by");
    json_begin_object(w);
    for (const struct stock *row = first; row; row = row->next_of_sku) {
        for (const struct stock_reason *r = row->reasons; r; r = r->next) {
            int64_t sum = 0;
            for (const struct stock *at = row; at; at = at->next_of_sku) {
                sum += stock_reason_quantity(at, r->reason);
            }
            if (r->quantity > 0 && !said_before(first, row, r->reason)) {
                json_key_slice(w, r->reason);
                json_put_int(w, sum);
            }
        }
    }
    json_end_object(w);
}

static void show_balances(struct json_writer *w, const struct stock *row)
{
    json_field_int(w, "on_hand", stock_on_hand(row));
    json_field_int(w, "available", row->available);
    json_field_int(w, "held", row->held);
    json_field_int(w, "reserved", row->reserved);
    json_field_int(w, "unavailable", row->unavailable);
    json_field_int(w, "in_transit", row->in_transit);
}

void show_stock(struct show *s, const struct sku_row *sku, const struct stock *first)
{
    struct json_writer *w = &s->w;
    struct stock total = {0};
    for (const struct stock *row = first; row; row = row->next_of_sku) {
        total.available += row->available;
        total.held += row->held;
        total.reserved += row->reserved;
        total.unavailable += row->unavailable;
        total.in_transit += row->in_transit;
    }
    json_begin_object(w);
    json_field_text(w, "sku", sku->code);
    show_balances(w, &total);
    show_reasons(w, first);
    json_key(w, "locations");
    json_begin_array(w);
    for (const struct stock *row = first; row; row = row->next_of_sku) {
        json_begin_object(w);
        show_location_code(s, "location", row->location);
        show_balances(w, row);
        struct stock alone = *row;
        alone.next_of_sku = NULL;
        show_reasons(w, &alone);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

/* ---- movements ---- */

static void show_account(struct show *s, const char *key, struct account_of account)
{
    struct json_writer *w = &s->w;
    json_key(w, key);
    json_begin_object(w);
    show_location_code(s, "location", account.location);
    json_field_str(w, "bucket", bucket_text(account.bucket));
    json_end_object(w);
}

static void text_or_null(struct json_writer *w, const char *key, struct slice text)
{
    if (text.n) {
        json_field_text(w, key, text);
    } else {
        json_field_null(w, key);
    }
}

void show_movement(struct show *s, const struct movement_row *row)
{
    struct json_writer *w = &s->w;
    const struct movement *m = &row->movement;
    json_begin_object(w);
    show_id(s, "id", row->n);
    show_id(s, "event", row->event);
    json_field_str(w, "kind", movement_kind_text(m->kind));
    show_sku_code(s, "sku", m->sku);
    json_field_int(w, "quantity", m->quantity);
    show_account(s, "from", m->from);
    show_account(s, "to", m->to);
    if (m->from.bucket != BUCKET_OUTSIDE) {
        json_field_int(w, "from_after", m->from_after);
    } else {
        json_field_null(w, "from_after");
    }
    if (m->to.bucket != BUCKET_OUTSIDE) {
        json_field_int(w, "to_after", m->to_after);
    } else {
        json_field_null(w, "to_after");
    }
    text_or_null(w, "reason", m->reason);
    text_or_null(w, "reference", m->reference);
    show_channel_code(s, "channel", m->channel);
    text_or_null(w, "order", m->order);
    text_or_null(w, "line", m->line);
    json_field_time(w, "happened_at", m->happened_at_us);
    json_field_time(w, "recorded_at", row->recorded_at_us);
    json_end_object(w);
}

/* ---- orders ---- */

static void show_allocations(struct show *s, const struct order *order, size_t line)
{
    struct json_writer *w = &s->w;
    json_key(w, "allocations");
    json_begin_array(w);
    for (size_t i = 0; i < order->allocations_count; i++) {
        const struct allocation *a = &order->allocations[i];
        if (a->line != line) {
            continue;
        }
        json_begin_object(w);
        show_sku_code(s, "sku", order->lines[line].parts[a->part].sku);
        show_location_code(s, "location", a->location);
        json_field_int(w, "reserved", a->reserved);
        json_field_int(w, "shipped", a->shipped);
        json_field_int(w, "returned", a->returned);
        json_field_int(w, "restocked", a->restocked);
        json_field_int(w, "no_restock", a->no_restock);
        json_end_object(w);
    }
    json_end_array(w);
}

static void show_line(struct show *s, const struct order *order, size_t index)
{
    struct json_writer *w = &s->w;
    const struct order_line *line = &order->lines[index];
    json_begin_object(w);
    json_field_text(w, "id", line->id);
    if (line->parts_count) {
        show_sku_code(s, "sku", line->sku);
    } else {
        json_field_null(w, "sku");
    }
    json_field_text(w, "remote", line->remote);
    json_field_bool(w, "parked", line->parts_count == 0 && line->now.ordered > 0);
    json_field_int(w, "ordered", line->now.ordered);
    json_field_int(w, "cancelled", line->now.cancelled);
    json_field_int(w, "fulfilled", line->now.fulfilled);
    json_field_int(w, "returned", line->now.returned);
    json_field_int(w, "restocked", line->now.restocked);
    json_field_int(w, "no_restock", line->now.no_restock);
    json_field_int(w, "taken", line->taken);
    text_or_null(w, "location", line->location_text);
    show_allocations(s, order, index);
    json_end_object(w);
}

void show_order(struct show *s, const struct order_row *row, const char *state)
{
    struct json_writer *w = &s->w;
    const struct order *order = &row->order;
    json_begin_object(w);
    show_channel_code(s, "channel", order->channel);
    json_field_text(w, "id", order->id);
    json_field_text(w, "version", order->version_text);
    json_field_time(w, "placed_at", order->placed_at_us);
    text_or_null(w, "country", order->country);
    text_or_null(w, "region", order->region);
    json_field_bool(w, "test", order->is_test);
    json_field_bool(w, "baseline", order->is_baseline);
    if (state) {
        json_field_str(w, "state", state);
    }
    json_key(w, "lines");
    json_begin_array(w);
    for (size_t i = 0; i < order->lines_count; i++) {
        show_line(s, order, i);
    }
    json_end_array(w);
    json_end_object(w);
}

/* ---- holds ---- */

static void show_hold_line(struct show *s, const struct hold_line *line)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    json_field_text(w, "sku", line->code);
    json_field_int(w, "quantity", line->quantity);
    json_key(w, "picks");
    json_begin_array(w);
    for (size_t i = 0; i < line->picks_count; i++) {
        json_begin_object(w);
        show_sku_code(s, "sku", line->picks[i].sku);
        show_location_code(s, "location", line->picks[i].location);
        json_field_int(w, "quantity", line->picks[i].quantity);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

void show_hold(struct show *s,
               const struct hold_row *row,
               const struct hold_line *lines,
               size_t lines_count,
               int64_t now_us)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->n);
    json_field_text(w, "owner", row->owner);
    text_or_null(w, "channel", row->channel);
    json_field_str(w, "state", hold_state_text(row->state));
    json_field_time(w, "created_at", row->created_at_us);
    json_field_time(w, "expires_at", row->expires_at_us);
    if (row->state == HOLD_OPEN) {
        int64_t left_us = row->expires_at_us > now_us ? row->expires_at_us - now_us : 0;
        json_field_int(w, "expires_in", (left_us + US_PER_S - 1) / US_PER_S);
    } else {
        json_field_null(w, "expires_in");
    }
    json_key(w, "lines");
    json_begin_array(w);
    for (size_t i = 0; i < lines_count; i++) {
        show_hold_line(s, &lines[i]);
    }
    json_end_array(w);
    json_end_object(w);
}
