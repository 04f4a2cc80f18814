/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/views.h"

static void field_id(struct json_writer *w, const char *key, int64_t id)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%" PRId64, id);
    json_field_text(w, key, (struct slice){text, (size_t)n});
}

/* A policy that nobody set is null. */
static void field_policy(struct json_writer *w, const char *key, int64_t value)
{
    if (value == POLICY_UNSET) {
        json_field_null(w, key);
    } else {
        json_field_int(w, key, value);
    }
}

static void field_or_null(struct json_writer *w, const char *key, struct slice text)
{
    if (text.n) {
        json_field_text(w, key, text);
    } else {
        json_field_null(w, key);
    }
}

static void field_sku(struct view *v, struct json_writer *w, const char *key, struct sku_id id)
{
    const struct sku_row *sku = id.v ? v->sku(v->arg, id) : NULL;
    field_or_null(w, key, sku ? sku->code : (struct slice){0});
}

static void
field_location(struct view *v, struct json_writer *w, const char *key, struct location_id id)
{
    const struct location_row *location = id.v ? config_location(v->config, id) : NULL;
    field_or_null(w, key, location ? location->code : (struct slice){0});
}

static void
field_channel(struct view *v, struct json_writer *w, const char *key, struct channel_id id)
{
    const struct channel_config *channel = id.v ? config_channel(v->config, id) : NULL;
    field_or_null(w, key, channel ? channel->row.code : (struct slice){0});
}

void view_sku(struct view *v, const struct sku_row *row, struct json_writer *w)
{
    json_begin_object(w);
    json_field_text(w, "sku", row->code);
    json_field_text(w, "title", row->title);
    field_or_null(w, "product", row->product);
    json_field_raw(w, "options", row->options.n ? row->options : SLICE("{}"));
    field_or_null(w, "barcode", row->barcode);
    field_policy(w, "buffer", row->buffer);
    json_field_str(w, "oversell", row->backorder ? "backorder" : "deny");
    json_key(w, "components");
    json_begin_array(w);
    for (size_t i = 0; i < row->parts_count; i++) {
        json_begin_object(w);
        field_sku(v, w, "sku", row->parts[i].sku);
        json_field_int(w, "quantity", row->parts[i].quantity);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

void view_location(struct view *v, const struct location_row *row, struct json_writer *w)
{
    (void)v;
    json_begin_object(w);
    json_field_text(w, "code", row->code);
    json_field_text(w, "name", row->name);
    field_or_null(w, "country", row->country);
    field_or_null(w, "region", row->region);
    json_field_bool(w, "active", row->is_active);
    json_end_object(w);
}

void view_channel(struct view *v, const struct channel_config *channel, struct json_writer *w)
{
    (void)v;
    const struct channel_row *row = &channel->row;
    json_begin_object(w);
    json_field_text(w, "code", row->code);
    json_field_text(w, "connector", row->connector);
    json_field_str(w, "mode", channel_mode_text(row->mode));
    json_field_bool(w, "paused", row->paused);
    json_field_raw(w, "settings", row->settings.n ? row->settings : SLICE("{}"));
    json_field_bool(w, "has_secrets", row->secrets.n > 0); /* secrets are write-only */
    field_policy(w, "buffer", row->buffer);
    field_policy(w, "percent", row->percent);
    field_policy(w, "cap", row->cap);
    json_field_raw(w, "route", row->route.n ? row->route : SLICE("[]"));
    json_field_time(w, "opened_at", row->opened_at_us);
    json_field_time(w, "orders_read_through", row->read_through_us);
    json_field_str(w, "error", channel->account_error ? channel->account_note.text : NULL);
    json_end_object(w);
}

struct listing_status {
    const char *state;
    struct slice reason;
};

static struct listing_status status_of(struct view *v, const struct listing_row *row)
{
    const struct channel_config *channel = config_channel(v->config, row->channel);
    if (row->paused || (channel && channel->row.paused)) {
        return (struct listing_status){"paused",
                                       row->paused ? SLICE("the listing is paused")
                                                   : SLICE("the channel is paused")};
    }
    switch (row->fault) {
    case FAULT_REFUSED:
        return (struct listing_status){"refused", row->fault_reason};
    case FAULT_PARENT_MANAGED:
        return (struct listing_status){"parent_managed", row->fault_reason};
    case FAULT_UNMANAGED:
        return (struct listing_status){"unmanaged", row->fault_reason};
    case FAULT_NONE:
        break;
    }
    switch (row->expected.phase) {
    case EXPECTED_IN_FLIGHT:
        return (struct listing_status){.state = "in_flight"};
    case EXPECTED_UNKNOWN:
        return (struct listing_status){"unknown",
                                       SLICE("the last push was not answered; it is read back")};
    case EXPECTED_SETTLED:
        break;
    }
    struct range r = expected_hull(&row->expected);
    bool ok = row->expected.is_known && r.lo == row->sellable && r.hi == row->sellable;
    return (struct listing_status){.state = ok ? "ok" : "waiting"};
}

void view_listing(struct view *v, const struct listing_row *row, struct json_writer *w)
{
    struct listing_status status = status_of(v, row);
    struct range r = expected_hull(&row->expected);
    bool known = row->expected.is_known;
    json_begin_object(w);
    field_id(w, "id", row->id.v);
    field_channel(v, w, "channel", row->channel);
    field_sku(v, w, "sku", row->sku);
    json_field_raw(w, "remote", row->remote);
    field_location(v, w, "location", row->location);
    json_field_int(w, "pack_size", row->pack_size);
    field_policy(w, "buffer", row->buffer);
    field_policy(w, "percent", row->percent);
    field_policy(w, "cap", row->cap);
    field_policy(w, "min_to_list", row->min_to_list);
    json_field_bool(w, "paused", row->paused);
    json_field_int(w, "sellable", row->sellable);
    field_policy(w, "published", row->published_at_us ? row->published : POLICY_UNSET);
    if (known && r.lo == r.hi) {
        json_field_int(w, "expected", r.lo);
    } else {
        json_field_null(w, "expected");
    }
    if (known) {
        json_field_int(w, "expected_lo", r.lo);
        json_field_int(w, "expected_hi", r.hi);
    } else {
        json_field_null(w, "expected_lo");
        json_field_null(w, "expected_hi");
    }
    if (row->observed_at_us) {
        json_field_int(w, "observed", row->observed);
    } else {
        json_field_null(w, "observed");
    }
    json_field_time(w, "published_at", row->published_at_us);
    json_field_str(w, "state", status.state);
    field_or_null(w, "state_reason", status.reason);
    json_end_object(w);
}

static void put_balances(const struct stock *row, struct json_writer *w)
{
    json_field_int(w, "on_hand", stock_on_hand(row));
    json_field_int(w, "available", row->available);
    json_field_int(w, "held", row->held);
    json_field_int(w, "reserved", row->reserved);
    json_field_int(w, "unavailable", row->unavailable);
    json_field_int(w, "in_transit", row->in_transit);
    json_key(w, "unavailable_by");
    json_begin_object(w);
    for (const struct stock_reason *r = row->reasons; r; r = r->next) {
        if (r->quantity) {
            char key[128];
            snprintf(key, sizeof(key), "%.*s", SLICE_ARG(r->reason));
            json_field_int(w, key, r->quantity);
        }
    }
    json_end_object(w);
}

/* Reasons of several locations added up, each once. */
static void add_reasons(struct view *v, struct stock *total, const struct stock *row)
{
    for (const struct stock_reason *r = row->reasons; r; r = r->next) {
        struct stock_reason *t = total->reasons;
        while (t && !slice_equal(t->reason, r->reason)) {
            t = t->next;
        }
        if (!t && (t = ARENA_NEW(v->arena, struct stock_reason))) {
            *t = (struct stock_reason){.reason = r->reason, .next = total->reasons};
            total->reasons = t;
        }
        if (t) {
            t->quantity += r->quantity;
        }
    }
}

void view_stock(struct view *v,
                const struct sku_row *sku,
                const struct stock_set *stock,
                struct json_writer *w)
{
    struct stock total = {0};
    for (const struct stock *row = stock_set_first(stock, sku->id); row; row = row->next_of_sku) {
        total.available += row->available;
        total.held += row->held;
        total.reserved += row->reserved;
        total.unavailable += row->unavailable;
        total.in_transit += row->in_transit;
        add_reasons(v, &total, row);
    }
    json_begin_object(w);
    json_field_text(w, "sku", sku->code);
    put_balances(&total, w);
    json_key(w, "locations");
    json_begin_array(w);
    for (const struct stock *row = stock_set_first(stock, sku->id); row; row = row->next_of_sku) {
        json_begin_object(w);
        field_location(v, w, "location", row->location);
        put_balances(row, w);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void put_account(struct view *v,
                        struct json_writer *w,
                        const char *key,
                        const struct account_of *account,
                        int64_t after)
{
    json_key(w, key);
    json_begin_object(w);
    field_location(v, w, "location", account->location);
    json_field_str(w, "bucket", bucket_text(account->bucket));
    if (account->bucket == BUCKET_OUTSIDE) {
        json_field_null(w, "balance");
    } else {
        json_field_int(w, "balance", after);
    }
    json_end_object(w);
}

void view_movement(struct view *v, const struct movement_row *row, struct json_writer *w)
{
    const struct movement *m = &row->movement;
    json_begin_object(w);
    field_id(w, "id", row->n);
    field_id(w, "event", row->event);
    json_field_str(w, "kind", movement_kind_text(m->kind));
    field_sku(v, w, "sku", m->sku);
    field_location(v, w, "location", m->to.location.v ? m->to.location : m->from.location);
    json_field_int(w, "quantity", m->quantity);
    put_account(v, w, "from", &m->from, m->from_after);
    put_account(v, w, "to", &m->to, m->to_after);
    field_or_null(w, "reason", m->reason);
    field_or_null(w, "reference", m->reference);
    field_channel(v, w, "channel", m->channel);
    field_or_null(w, "order", m->order);
    field_or_null(w, "line", m->line);
    json_field_time(w, "happened_at", m->happened_at_us);
    json_field_time(w, "recorded_at", row->recorded_at_us);
    json_end_object(w);
}

static void
put_allocations(struct view *v, const struct order *order, size_t line, struct json_writer *w)
{
    json_key(w, "allocations");
    json_begin_array(w);
    for (size_t i = 0; i < order->allocations_count; i++) {
        const struct allocation *a = &order->allocations[i];
        if (a->line != line) {
            continue;
        }
        json_begin_object(w);
        field_sku(v, w, "sku", order->lines[line].parts[a->part].sku);
        field_location(v, w, "location", a->location);
        json_field_int(w, "reserved", a->reserved);
        json_field_int(w, "shipped", a->shipped);
        json_field_int(w, "no_restock", a->no_restock);
        json_field_int(w, "return_pending", a->returned);
        json_field_int(w, "restocked", a->restocked);
        json_end_object(w);
    }
    json_end_array(w);
}

void view_order(struct view *v, const struct order_row *row, struct json_writer *w)
{
    const struct order *order = &row->order;
    json_begin_object(w);
    field_channel(v, w, "channel", order->channel);
    json_field_text(w, "id", order->id);
    json_field_text(w, "version", order->version_text);
    json_field_time(w, "placed_at", order->placed_at_us);
    field_or_null(w, "country", order->country);
    field_or_null(w, "region", order->region);
    json_field_bool(w, "test", order->is_test);
    json_key(w, "lines");
    json_begin_array(w);
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct order_line *line = &order->lines[i];
        const struct order_counts now = order_counts_clamp(line->now);
        json_begin_object(w);
        json_field_text(w, "id", line->id);
        field_sku(v, w, "sku", line->sku);
        json_field_text(w, "remote", line->remote);
        json_field_bool(w, "parked", line->parts_count == 0 && now.ordered > 0);
        json_field_int(w, "ordered", now.ordered);
        json_field_int(w, "cancelled", now.cancelled);
        json_field_int(w, "fulfilled", now.fulfilled);
        json_field_int(w, "returned", now.returned);
        json_field_int(w, "restocked", now.restocked);
        json_field_int(w, "no_restock", now.no_restock);
        json_field_int(w, "taken", line->taken);
        field_location(v, w, "location", line->location);
        put_allocations(v, order, i, w);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

void view_event(struct view *v, const struct event_row *row, struct json_writer *w)
{
    json_begin_object(w);
    field_id(w, "id", row->n);
    json_field_time(w, "at", row->at_us);
    json_field_text(w, "kind", row->kind);
    field_channel(v, w, "channel", row->channel);
    json_field_text(w, "subject", row->subject);
    json_field_raw(w, "facts", row->facts);
    json_end_object(w);
}

void view_delivery(struct view *v, const struct delivery_row *row, struct json_writer *w)
{
    json_begin_object(w);
    field_id(w, "id", row->n);
    field_channel(v, w, "channel", row->channel);
    json_field_text(w, "topic", row->topic);
    json_field_time(w, "received_at", row->received_at_us);
    json_field_str(w, "state", delivery_state_text(row->state));
    field_or_null(w, "reason", row->reason);
    field_or_null(w, "order", row->order);
    field_or_null(w, "version", row->version);
    json_end_object(w);
}

static void field_span(struct json_writer *w, const char *key, int64_t from_us, int64_t to_us)
{
    if (from_us && to_us) {
        json_field_ms(w, key, to_us - from_us);
    } else {
        json_field_null(w, key);
    }
}

void view_push(struct view *v, const struct push_row *row, struct json_writer *w)
{
    json_begin_object(w);
    field_id(w, "id", row->n);
    field_id(w, "listing", row->listing.v);
    field_channel(v, w, "channel", row->channel);
    field_sku(v, w, "sku", row->sku);
    json_field_int(w, "value", row->value);
    field_policy(w, "compare", row->compare);
    struct slice key = uuid_text(v->arena, row->key);
    field_or_null(w, "key", key);
    json_field_str(w, "state", push_state_text(row->state));
    field_or_null(w, "reason", row->reason);
    json_field_time(w, "happened_at", row->happened_at_us);
    json_field_time(w, "received_at", row->received_at_us);
    json_field_time(w, "committed_at", row->committed_at_us);
    json_field_time(w, "sent_at", row->sent_at_us);
    json_field_time(w, "answered_at", row->answered_at_us);
    json_key(w, "latency_ms");
    json_begin_object(w);
    field_span(w, "channel_in", row->happened_at_us, row->received_at_us);
    field_span(w, "ours", row->received_at_us, row->sent_at_us);
    field_span(w, "channel_out", row->sent_at_us, row->answered_at_us);
    field_span(w,
               "total",
               row->happened_at_us ? row->happened_at_us : row->received_at_us,
               row->answered_at_us);
    json_end_object(w);
    json_end_object(w);
}

void view_incident(struct view *v, const struct incident_row *row, struct json_writer *w)
{
    (void)v;
    json_begin_object(w);
    field_id(w, "id", row->n);
    json_field_text(w, "code", row->code);
    json_field_str(w, "state", row->is_open ? "open" : "resolved");
    field_or_null(w, "channel", row->channel);
    field_or_null(w, "sku", row->sku);
    field_or_null(w, "order", row->order);
    if (row->delivery) {
        field_id(w, "delivery", row->delivery);
    } else {
        json_field_null(w, "delivery");
    }
    json_field_text(w, "title", row->title);
    json_field_text(w, "detail", row->detail);
    json_field_text(w, "action", row->action);
    json_field_time(w, "opened_at", row->opened_at_us);
    json_field_time(w, "resolved_at", row->resolved_at_us);
    json_end_object(w);
}

void view_hold(struct view *v, const struct hold_row *row, struct json_writer *w)
{
    (void)v;
    json_begin_object(w);
    field_id(w, "id", row->n);
    json_field_text(w, "owner", row->owner);
    field_or_null(w, "channel", row->channel);
    json_field_str(w, "state", hold_state_text(row->state));
    json_field_raw(w, "lines", row->lines);
    json_field_time(w, "created_at", row->created_at_us);
    json_field_time(w, "expires_at", row->expires_at_us);
    json_end_object(w);
}

void view_token(struct view *v, const struct token_row *row, struct json_writer *w)
{
    (void)v;
    json_begin_object(w);
    field_id(w, "id", row->id);
    json_field_text(w, "name", row->name);
    json_field_str(w, "scope", scope_text(row->scope));
    json_field_time(w, "created_at", row->created_at_us);
    json_field_bool(w, "revoked", row->is_revoked);
    json_end_object(w);
}

void view_job(struct view *v, const struct job_row *row, struct json_writer *w)
{
    (void)v;
    json_begin_object(w);
    field_id(w, "id", row->id);
    json_field_text(w, "kind", row->kind);
    json_field_text(w, "state", row->state);
    json_field_int(w, "done", row->done);
    json_field_int(w, "total", row->total);
    json_field_raw(w, "result", row->result);
    json_field_raw(w, "review", row->review.n ? row->review : SLICE("[]"));
    field_or_null(w, "error", row->error);
    json_end_object(w);
}
