/* SPDX-License-Identifier: Apache-2.0 */
/* What happened: movements, orders, events, deliveries, pushes, incidents; and stock at a past
 * moment. */
#include "engine/autopsy.h"
#include "engine/moment.h"
#include "intake/api_inner.h"

static int failed(struct reading *r, enum err e)
{
    return reading_problem(r, 503, "the store cannot be read", "%s", err_text(e));
}

static int missing(struct reading *r, const char *what)
{
    return reading_problem(r, 404, "not found", "there is no %s %.*s", what, SLICE_ARG(r->args[0]));
}

typedef enum err
list_fn(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out);

/* What a list is asked for: what the store looks for by itself, and the rest. */
struct filter {
    struct store_query q;
    struct slice channel, sku, kind, subject, reference;
    int64_t cause;
};

static bool wants(struct slice wanted, struct slice have)
{
    return wanted.n == 0 || slice_equal(wanted, have);
}

static bool within(const struct filter *f, int64_t at_us)
{
    return (f->q.from_us == 0 || at_us >= f->q.from_us) && (f->q.to_us == 0 || at_us < f->q.to_us);
}

/* 0, or the status of the problem. */
static int filters(struct reading *r, struct filter *f)
{
    struct slice cause;
    f->q.state = -1;
    if (!reading_page(r, &f->q) || !reading_time(r, "from", &f->q.from_us) ||
        !reading_time(r, "to", &f->q.to_us)) {
        return 400;
    }
    if (!reading_channel(r, &f->q) || !reading_sku(r, &f->q) || !reading_location(r, &f->q)) {
        return 404;
    }
    if (reading_query(r, "cause", &cause) && !slice_int(cause, &f->cause)) {
        return reading_problem(r, 400, "cause is off", "cause is an event's id");
    }
    reading_query(r, "order", &f->q.order);
    reading_query(r, "channel", &f->channel);
    reading_query(r, "sku", &f->sku);
    f->sku = sku_code_key(f->sku, r->arena);
    reading_query(r, "kind", &f->kind);
    reading_query(r, "subject", &f->subject);
    reading_query(r, "reference", &f->reference);
    return 0;
}

/* Does the row match? Its id, either way. */
typedef bool keep_fn(const struct filter *f, const void *row, struct arena *arena, int64_t *out_id);

static bool
keeps_event(const struct filter *f, const void *row, struct arena *arena, int64_t *out_id)
{
    const struct event_row *event = row;
    (void)arena;
    *out_id = event->n;
    return wants(f->kind, event->kind) && wants(f->subject, event->subject);
}

static bool
keeps_movement(const struct filter *f, const void *row, struct arena *arena, int64_t *out_id)
{
    const struct movement_row *movement = row;
    (void)arena;
    *out_id = movement->n;
    return wants(f->kind, slice_of(movement_kind_text(movement->movement.kind))) &&
           wants(f->reference, movement->movement.reference) &&
           (f->cause == 0 || f->cause == movement->event);
}

static bool
keeps_order(const struct filter *f, const void *row, struct arena *arena, int64_t *out_id)
{
    const struct order *order = &((const struct order_row *)row)->order;
    bool sells = f->q.sku.v == 0;
    (void)arena;
    *out_id = ((const struct order_row *)row)->n;
    for (size_t i = 0; i < order->lines_count && !sells; i++) {
        sells = order->lines[i].sku.v == f->q.sku.v;
    }
    return sells && within(f, order->placed_at_us);
}

static bool
keeps_delivery(const struct filter *f, const void *row, struct arena *arena, int64_t *out_id)
{
    const struct delivery_row *delivery = row;
    (void)arena;
    *out_id = delivery->n;
    return within(f, delivery->received_at_us);
}

static bool
keeps_push(const struct filter *f, const void *row, struct arena *arena, int64_t *out_id)
{
    const struct push_row *push = row;
    (void)arena;
    *out_id = push->n;
    return within(f, push->sent_at_us);
}

static bool
keeps_incident(const struct filter *f, const void *row, struct arena *arena, int64_t *out_id)
{
    const struct incident_row *incident = row;
    *out_id = incident->n;
    return wants(f->channel, incident->channel) && wants(f->q.order, incident->order) &&
           wants(f->sku, sku_code_key(incident->sku, arena)) && within(f, incident->opened_at_us);
}

static void show_event_row(struct show *s, const void *row)
{
    show_event(s, row);
}

static void show_movement_row(struct show *s, const void *row)
{
    show_movement(s, row);
}

static void show_order_row(struct show *s, const void *row)
{
    show_order(s, row, NULL);
}

static void show_delivery_row(struct show *s, const void *row)
{
    show_delivery(s, row);
}

static void show_push_row(struct show *s, const void *row)
{
    show_push(s, row);
}

static void show_incident_row(struct show *s, const void *row)
{
    show_incident(s, row, NULL);
}

static void show_drift_row(struct show *s, const void *row)
{
    show_drift(s, row);
}

/* Looks through so many rows of the store for one page of an answer; the cursor goes on from
 * there. */
#define LOOK_MAX 10000

static int list(struct reading *r,
                const struct filter *f,
                list_fn *load,
                keep_fn *keeps,
                void (*show)(struct show *s, const void *row))
{
    struct store_query q = f->q;
    struct arena page;
    size_t shown = 0, looked = 0;
    bool more = true;
    enum err e = ERR_OK;
    arena_init(&page, ANSWER_MAX);
    reading_begin_list(r);
    while (!e && more && shown < q.limit && looked < LOOK_MAX) {
        struct rows rows = {0};
        size_t i = 0;
        arena_clear(&page);
        e = load(r->store, &q, &page, &rows);
        for (; !e && i < rows.count && shown < q.limit; i++) {
            if (keeps(f, rows.items[i], &page, &q.after)) {
                show(&r->show, rows.items[i]);
                shown++;
            }
        }
        more = rows.count == q.limit || i < rows.count;
        looked += i;
    }
    arena_free(&page);
    if (e) {
        return failed(r, e);
    }
    return reading_end_list(r, more ? q.limit : 0, q.limit, q.after);
}

int read_movements(struct reading *r)
{
    struct filter f = {0};
    struct slice text;
    int status = filters(r, &f);
    f.q.newest_first = reading_query(r, "newest_first", &text) && slice_is(text, "true");
    return status ? status
                  : list(r, &f, r->store->ops->list_movements, keeps_movement, show_movement_row);
}

int read_events(struct reading *r)
{
    struct filter f = {.q.newest_first = true};
    int status = filters(r, &f);
    return status ? status : list(r, &f, r->store->ops->list_events, keeps_event, show_event_row);
}

int read_orders(struct reading *r)
{
    struct filter f = {.q.newest_first = true};
    int status = filters(r, &f);
    return status ? status : list(r, &f, r->store->ops->list_orders, keeps_order, show_order_row);
}

int read_order(struct reading *r)
{
    const struct channel_config *channel = config_channel_by_code(r->api->channels, r->args[0]);
    struct order_row *row = NULL;
    enum err e = channel
                     ? r->store->ops->order(r->store, channel->row.id, r->args[1], r->arena, &row)
                     : ERR_OK;
    if (e) {
        return failed(r, e);
    }
    if (!row) {
        return reading_problem(r,
                               404,
                               "no such order",
                               "'%.*s' has no order %.*s",
                               SLICE_ARG(r->args[0]),
                               SLICE_ARG(r->args[1]));
    }
    show_order(&r->show, row, NULL);
    return 200;
}

int read_deliveries(struct reading *r)
{
    struct filter f = {.q.newest_first = true};
    struct slice text;
    int status = filters(r, &f);
    if (status) {
        return status;
    }
    enum delivery_state state = DELIVERY_APPLIED;
    if (reading_query(r, "state", &text)) {
        if (!delivery_state_parse(text, &state)) {
            return reading_problem(
                r, 400, "state is off", "state is applied, duplicate, stale, parked or ignored");
        }
        f.q.state = (int)state;
    }
    return list(r, &f, r->store->ops->list_deliveries, keeps_delivery, show_delivery_row);
}

int read_delivery(struct reading *r)
{
    struct delivery_row *row = NULL;
    int64_t n = 0;
    enum err e =
        slice_int(r->args[0], &n) ? r->store->ops->delivery(r->store, n, r->arena, &row) : ERR_OK;
    if (e) {
        return failed(r, e);
    }
    if (!row) {
        return missing(r, "delivery");
    }
    show_delivery(&r->show, row);
    return 200;
}

int read_pushes(struct reading *r)
{
    struct filter f = {.q.newest_first = true};
    struct slice text;
    int status = filters(r, &f);
    if (status) {
        return status;
    }
    if (reading_query(r, "listing", &text) && !slice_int(text, &f.q.listing.v)) {
        return reading_problem(r, 400, "listing is off", "listing is a listing's id");
    }
    return list(r, &f, r->store->ops->list_pushes, keeps_push, show_push_row);
}

int read_incidents(struct reading *r)
{
    struct filter f = {.q.newest_first = true};
    struct slice text;
    int status = filters(r, &f);
    if (status) {
        return status;
    }
    if (reading_query(r, "state", &text)) {
        if (!slice_is(text, "open") && !slice_is(text, "resolved")) {
            return reading_problem(r, 400, "state is off", "state is open or resolved");
        }
        f.q.state = slice_is(text, "open");
    }
    reading_query(r, "code", &f.q.text);
    return list(r, &f, r->store->ops->list_incidents, keeps_incident, show_incident_row);
}

int read_incident(struct reading *r)
{
    struct incident_row *row = NULL;
    int64_t n = 0;
    enum err e =
        slice_int(r->args[0], &n) ? r->store->ops->incident(r->store, n, r->arena, &row) : ERR_OK;
    if (e) {
        return failed(r, e);
    }
    if (!row) {
        return missing(r, "incident");
    }
    struct rows autopsies = {0};
    if (slice_is(row->code, "OVERSOLD")) {
        const struct channel_config *channel =
            config_channel_by_code(r->api->channels, row->channel);
        e = channel ? autopsy_of_order(r->store, channel->row.id, row->order, r->arena, &autopsies)
                    : ERR_OK;
    }
    if (e && e != ERR_NOT_FOUND) {
        return failed(r, e);
    }
    show_incident(&r->show, row, slice_is(row->code, "OVERSOLD") ? &autopsies : NULL);
    return 200;
}

int read_autopsy(struct reading *r)
{
    const struct channel_config *channel = config_channel_by_code(r->api->channels, r->args[0]);
    struct rows autopsies = {0};
    enum err e = channel
                     ? autopsy_of_order(r->store, channel->row.id, r->args[1], r->arena, &autopsies)
                     : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND) {
        return reading_problem(r,
                               404,
                               "no such order",
                               "'%.*s' has no order %.*s",
                               SLICE_ARG(r->args[0]),
                               SLICE_ARG(r->args[1]));
    }
    if (e) {
        return failed(r, e);
    }
    reading_begin_list(r);
    for (size_t i = 0; i < autopsies.count; i++) {
        show_autopsy(&r->show, autopsies.items[i]);
    }
    return reading_end_list(r, 0, 1, 0);
}

static bool
keeps_difference(const struct filter *f, const void *row, struct arena *arena, int64_t *out_id)
{
    const struct difference_row *difference = row;
    const struct slice cause = slice_of(difference_cause_text(difference->cause));
    (void)arena;
    *out_id = difference->n;
    return wants(f->kind, cause);
}

int read_drift(struct reading *r)
{
    struct filter f = {.q.newest_first = true};
    struct slice text;
    int status = filters(r, &f);
    if (status) {
        return status;
    }
    f.q.state = 1;
    if (reading_query(r, "state", &text)) {
        if (!slice_is(text, "open") && !slice_is(text, "ended") && !slice_is(text, "any")) {
            return reading_problem(r, 400, "state is off", "state is open, ended or any");
        }
        f.q.state = slice_is(text, "open") ? 1 : slice_is(text, "ended") ? 0 : -1;
    }
    return list(r, &f, r->store->ops->list_differences, keeps_difference, show_drift_row);
}

int read_tokens(struct reading *r)
{
    struct rows rows = {0};
    struct store_query q = {0};
    size_t shown = 0;
    int64_t last = 0;
    if (!reading_page(r, &q)) {
        return 400;
    }
    enum err e = r->store->ops->tokens(r->store, r->arena, &rows);
    if (e) {
        return failed(r, e);
    }
    reading_begin_list(r);
    for (size_t i = 0; i < rows.count && shown < q.limit; i++) {
        const struct token_row *row = rows.items[i];
        if (row->id > q.after) {
            show_token(&r->show, row, (struct slice){0});
            last = row->id;
            shown++;
        }
    }
    return reading_end_list(r, shown, q.limit, last);
}

int read_job(struct reading *r)
{
    struct job_row *row = NULL;
    int64_t id = 0;
    enum err e =
        slice_int(r->args[0], &id) ? r->store->ops->job(r->store, id, r->arena, &row) : ERR_OK;
    if (e) {
        return failed(r, e);
    }
    if (!row) {
        return missing(r, "job");
    }
    show_job(&r->show, row);
    return 200;
}

/* ---- holds ---- */

/* Does it keep units of the SKU, as asked for or as a part of a bundle? */
static bool keeps_sku(const struct hold_line *lines, size_t count, struct sku_id sku)
{
    for (size_t i = 0; i < count; i++) {
        if (lines[i].sku.v == sku.v) {
            return true;
        }
        for (size_t k = 0; k < lines[i].picks_count; k++) {
            if (lines[i].picks[k].sku.v == sku.v) {
                return true;
            }
        }
    }
    return false;
}

/* sku: only if it keeps units of that one; 0: any. */
static void show_hold_row(struct reading *r, const struct hold_row *row, struct sku_id sku)
{
    struct hold_line *lines = NULL;
    size_t count = 0;
    if (hold_lines_read(row->lines, r->arena, &lines, &count) == ERR_OK &&
        (sku.v == 0 || keeps_sku(lines, count, sku))) {
        show_hold(&r->show, row, lines, count, env_wall_us(r->api->config.env));
    }
}

static int hold_state_of(struct slice text)
{
    for (int i = HOLD_OPEN; i <= HOLD_COMMITTED; i++) {
        if (slice_is(text, hold_state_text((enum hold_state)i))) {
            return i;
        }
    }
    must(false); /* the route's description says which there are */
    return -1;
}

int read_holds(struct reading *r)
{
    struct store_query q = {.state = -1};
    struct slice text;
    struct rows rows = {0};
    if (!reading_page(r, &q)) {
        return 400;
    }
    if (!reading_sku(r, &q)) {
        return 404;
    }
    if (reading_query(r, "state", &text)) {
        q.state = hold_state_of(text);
    }
    q.newest_first = reading_query(r, "newest_first", &text) && slice_is(text, "true");
    enum err e = r->store->ops->list_holds(r->store, &q, r->arena, &rows);
    if (e) {
        return failed(r, e);
    }
    int64_t last = 0;
    reading_begin_list(r);
    for (size_t i = 0; i < rows.count; i++) {
        const struct hold_row *row = rows.items[i];
        show_hold_row(r, row, q.sku);
        last = row->n;
    }
    return reading_end_list(r, rows.count, q.limit, last);
}

int read_hold(struct reading *r)
{
    struct hold_row *row = NULL;
    int64_t n = 0;
    enum err e =
        slice_int(r->args[0], &n) ? r->store->ops->hold(r->store, n, r->arena, &row) : ERR_OK;
    if (e) {
        return failed(r, e);
    }
    if (!row) {
        return missing(r, "hold");
    }
    show_hold_row(r, row, (struct sku_id){0});
    return 200;
}

/* ---- stock at a past moment ---- */

int read_stock_at(struct reading *r, const struct sku_row *sku)
{
    int64_t at_us = 0;
    struct slice as;
    enum moment_time time = MOMENT_RECORDED;
    if (!reading_time(r, "at", &at_us)) {
        return 400;
    }
    if (reading_query(r, "as", &as) && !slice_is(as, "recorded")) {
        if (!slice_is(as, "happened")) {
            return reading_problem(
                r,
                400,
                "as is off",
                "as is recorded (what the ledger said then) or happened (what was true then)");
        }
        time = MOMENT_HAPPENED;
    }
    struct stock_set stock;
    stock_set_init(&stock, r->arena);
    enum err e = moment_stock(r->store, sku->id, at_us, time, &stock);
    if (!e) {
        show_stock(&r->show, sku, stock_set_first(&stock, sku->id));
    }
    stock_set_free(&stock);
    return e ? failed(r, e) : 200;
}
