/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/replay_report.h"

#define REPORT_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct difference {
    enum movement_kind kind;
    struct slice sku, location;
    int64_t quantity;
    struct difference *next;
};

struct report_order {
    struct slice channel, order;
    struct difference *first, **last; /* of the orders that are shown */
};

struct report_sku {
    struct slice code;
    int64_t available, reserved, unavailable;
};

struct replay_listing {
    int64_t id;
    struct slice channel, sku;
    struct replay_listing *next;
};

void replay_report_init(struct replay_report *report)
{
    *report = (struct replay_report){.listing = NULL};
    arena_init(&report->arena, REPORT_BYTES_MAX);
    map_init(&report->orders);
    map_init(&report->skus);
}

void replay_report_free(struct replay_report *report)
{
    map_free(&report->orders);
    map_free(&report->skus);
    arena_free(&report->arena);
}

/* NULL: there is no room for it. */
static struct report_order *order_at(struct replay_report *r, const struct replay_movement *m)
{
    struct slice key =
        arena_printf(&r->arena, "%.*s\n%.*s", SLICE_ARG(m->channel), SLICE_ARG(m->order));
    struct report_order *order = key.p ? map_get(&r->orders, key) : NULL;
    if (order || !key.p) {
        return order;
    }
    order = ARENA_NEW(&r->arena, struct report_order);
    if (!order || !map_set(&r->orders, key, order)) {
        return NULL;
    }
    order->last = &order->first;
    slice_cut(&key, '\n', &order->channel);
    order->order = key;
    return order;
}

static struct report_sku *sku_at(struct replay_report *r, struct slice code)
{
    struct report_sku *sku = map_get(&r->skus, code);
    if (sku) {
        return sku;
    }
    code = arena_copy(&r->arena, code);
    sku = code.p ? ARENA_NEW(&r->arena, struct report_sku) : NULL;
    if (!sku || !map_set(&r->skus, code, sku)) {
        return NULL;
    }
    sku->code = code;
    return sku;
}

static void
add_line(struct replay_report *r, struct report_order *order, const struct replay_movement *m)
{
    for (struct difference *d = order->first; d; d = d->next) {
        if (d->kind == m->kind && slice_equal(d->sku, m->sku) &&
            slice_equal(d->location, m->location)) {
            d->quantity += m->quantity;
            return;
        }
    }
    struct difference *d = ARENA_NEW(&r->arena, struct difference);
    if (d) {
        *d = (struct difference){.kind = m->kind,
                                 .sku = arena_copy(&r->arena, m->sku),
                                 .location = arena_copy(&r->arena, m->location),
                                 .quantity = m->quantity};
        *order->last = d;
        order->last = &d->next;
    }
}

void replay_report_add(struct replay_report *report,
                       const struct replay_movement *movements,
                       size_t count)
{
    report->movements += (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        const struct replay_movement *m = &movements[i];
        size_t before = report->orders.items_count;
        struct report_order *order = order_at(report, m);
        bool is_shown = before < REPLAY_ROWS_MAX || (order && order->first);
        if (order && is_shown) {
            add_line(report, order, m);
        }
        struct report_sku *sku = sku_at(report, m->sku);
        if (sku) {
            sku->available += m->available;
            sku->reserved += m->reserved;
            sku->unavailable += m->unavailable;
        }
    }
}

void replay_report_add_listing(struct replay_report *report,
                               int64_t id,
                               struct slice channel,
                               struct slice sku)
{
    struct replay_listing *row = report->listings++ < REPLAY_ROWS_MAX
                                     ? ARENA_NEW(&report->arena, struct replay_listing)
                                     : NULL;
    if (row) {
        *row = (struct replay_listing){.id = id,
                                       .channel = arena_copy(&report->arena, channel),
                                       .sku = arena_copy(&report->arena, sku)};
        if (report->last_listing) {
            *report->last_listing = row;
        } else {
            report->listing = row;
        }
        report->last_listing = &row->next;
    }
}

static void put_order(struct json_writer *w, const struct report_order *order)
{
    json_begin_object(w);
    json_field_text(w, "channel", order->channel);
    json_field_text(w, "order", order->order);
    json_key(w, "movements");
    json_begin_array(w);
    for (const struct difference *d = order->first; d; d = d->next) {
        json_begin_object(w);
        json_field_str(w, "kind", movement_kind_text(d->kind));
        json_field_text(w, "sku", d->sku);
        json_field_text(w, "location", d->location);
        json_field_int(w, "quantity", d->quantity);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void put_listing(struct json_writer *w, const struct replay_listing *row)
{
    char id[24];
    (void)snprintf(id, sizeof(id), "%" PRId64, row->id);
    json_begin_object(w);
    json_field_str(w, "listing", id);
    json_field_text(w, "channel", row->channel);
    json_field_text(w, "sku", row->sku);
    json_end_object(w);
}

void replay_report_rows(const struct replay_report *report, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_array(&w);
    for (size_t i = 0; i < report->orders.items_count && i < REPLAY_ROWS_MAX; i++) {
        put_order(&w, report->orders.items[i].value);
    }
    for (const struct replay_listing *row = report->listing; row; row = row->next) {
        put_listing(&w, row);
    }
    json_end_array(&w);
}

static int64_t left_out(size_t count)
{
    return count > REPLAY_ROWS_MAX ? (int64_t)count - REPLAY_ROWS_MAX : 0;
}

void replay_report_skus(const struct replay_report *report, struct json_writer *w)
{
    json_key(w, "skus");
    json_begin_array(w);
    for (size_t i = 0; i < report->skus.items_count && i < REPLAY_ROWS_MAX; i++) {
        const struct report_sku *sku = report->skus.items[i].value;
        json_begin_object(w);
        json_field_text(w, "sku", sku->code);
        json_field_int(w, "available", sku->available);
        json_field_int(w, "reserved", sku->reserved);
        json_field_int(w, "unavailable", sku->unavailable);
        json_end_object(w);
    }
    json_end_array(w);
    json_field_int(w, "skus_more", left_out(report->skus.items_count));
    json_field_int(w,
                   "review_more",
                   left_out(report->orders.items_count) + left_out((size_t)report->listings));
}
