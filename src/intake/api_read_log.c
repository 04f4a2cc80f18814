/* SPDX-License-Identifier: Apache-2.0 */
/* What happened: movements, orders, events, deliveries, pushes, incidents; and stock at a past
 * moment. */
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

/* Filters that all lists share; 0, or the status of the problem. */
static int filters(struct reading *r, struct store_query *q)
{
    q->state = -1;
    if (!reading_page(r, q) || !reading_time(r, "from", &q->from_us) ||
        !reading_time(r, "to", &q->to_us)) {
        return 400;
    }
    if (!reading_channel(r, q) || !reading_sku(r, q) || !reading_location(r, q)) {
        return 404;
    }
    reading_query(r, "order", &q->order);
    return 0;
}

static void show_event_row(struct show *s, const void *row, int64_t *id)
{
    show_event(s, row);
    *id = ((const struct event_row *)row)->n;
}

static void show_movement_row(struct show *s, const void *row, int64_t *id)
{
    show_movement(s, row);
    *id = ((const struct movement_row *)row)->n;
}

static void show_order_row(struct show *s, const void *row, int64_t *id)
{
    show_order(s, row, NULL);
    *id = ((const struct order_row *)row)->n;
}

static void show_delivery_row(struct show *s, const void *row, int64_t *id)
{
    show_delivery(s, row);
    *id = ((const struct delivery_row *)row)->n;
}

static void show_push_row(struct show *s, const void *row, int64_t *id)
{
    show_push(s, row);
    *id = ((const struct push_row *)row)->n;
}

static void show_incident_row(struct show *s, const void *row, int64_t *id)
{
    show_incident(s, row);
    *id = ((const struct incident_row *)row)->n;
}

static int list(struct reading *r,
                const struct store_query *q,
                list_fn *load,
                void (*show)(struct show *s, const void *row, int64_t *id))
{
    struct rows rows = {0};
    enum err e = load(r->store, q, r->arena, &rows);
    if (e) {
        return failed(r, e);
    }
    int64_t last = 0;
    reading_begin_list(r);
    for (size_t i = 0; i < rows.count; i++) {
        show(&r->show, rows.items[i], &last);
    }
    return reading_end_list(r, rows.count, q->limit, last);
}

int read_movements(struct reading *r)
{
    struct store_query q = {0};
    int status = filters(r, &q);
    return status ? status : list(r, &q, r->store->ops->list_movements, show_movement_row);
}

int read_events(struct reading *r)
{
    struct store_query q = {.newest_first = true};
    int status = filters(r, &q);
    return status ? status : list(r, &q, r->store->ops->list_events, show_event_row);
}

int read_orders(struct reading *r)
{
    struct store_query q = {.newest_first = true};
    int status = filters(r, &q);
    return status ? status : list(r, &q, r->store->ops->list_orders, show_order_row);
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
    struct store_query q = {.newest_first = true};
    struct slice text;
    int status = filters(r, &q);
    if (status) {
        return status;
    }
    enum delivery_state state = DELIVERY_APPLIED;
    if (reading_query(r, "state", &text)) {
        if (!delivery_state_parse(text, &state)) {
            return reading_problem(
                r, 400, "state is off", "state is applied, duplicate, stale, parked or ignored");
        }
        q.state = (int)state;
    }
    return list(r, &q, r->store->ops->list_deliveries, show_delivery_row);
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
    struct store_query q = {.newest_first = true};
    struct slice text;
    int status = filters(r, &q);
    if (status) {
        return status;
    }
    if (reading_query(r, "listing", &text) && !slice_int(text, &q.listing.v)) {
        return reading_problem(r, 400, "listing is off", "listing is a listing's id");
    }
    return list(r, &q, r->store->ops->list_pushes, show_push_row);
}

int read_incidents(struct reading *r)
{
    struct store_query q = {.newest_first = true};
    struct slice text;
    int status = filters(r, &q);
    if (status) {
        return status;
    }
    if (reading_query(r, "state", &text)) {
        if (!slice_is(text, "open") && !slice_is(text, "resolved")) {
            return reading_problem(r, 400, "state is off", "state is open or resolved");
        }
        q.state = slice_is(text, "open");
    }
    reading_query(r, "code", &q.text);
    return list(r, &q, r->store->ops->list_incidents, show_incident_row);
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
    show_incident(&r->show, row);
    return 200;
}

int read_tokens(struct reading *r)
{
    struct rows rows = {0};
    enum err e = r->store->ops->tokens(r->store, r->arena, &rows);
    if (e) {
        return failed(r, e);
    }
    reading_begin_list(r);
    for (size_t i = 0; i < rows.count; i++) {
        show_token(&r->show, rows.items[i], (struct slice){0});
    }
    return reading_end_list(r, 0, PAGE_DEFAULT, 0);
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

static void show_hold_row(struct reading *r, const struct hold_row *row)
{
    struct hold_line *lines = NULL;
    size_t count = 0;
    if (hold_lines_read(row->lines, r->arena, &lines, &count) == ERR_OK) {
        show_hold(&r->show, row, lines, count);
    }
}

int read_holds(struct reading *r)
{
    struct store_query q = {.state = -1};
    struct rows rows = {0};
    if (!reading_page(r, &q)) {
        return 400;
    }
    enum err e = r->store->ops->list_holds(r->store, &q, r->arena, &rows);
    if (e) {
        return failed(r, e);
    }
    int64_t last = 0;
    reading_begin_list(r);
    for (size_t i = 0; i < rows.count; i++) {
        const struct hold_row *row = rows.items[i];
        show_hold_row(r, row);
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
    show_hold_row(r, row);
    return 200;
}

/* ---- stock at a past moment: the balances after the last movements recorded before it ---- */

#define AT_PAGE 1000

static bool replay_leg(struct stock_set *stock,
                       const struct movement *m,
                       const struct account_of *account,
                       int64_t after)
{
    struct stock *row =
        account->bucket == BUCKET_OUTSIDE ? NULL : stock_set_at(stock, m->sku, account->location);
    if (!row) {
        return account->bucket == BUCKET_OUTSIDE;
    }
    int64_t before;
    switch (account->bucket) {
    case BUCKET_AVAILABLE:
        row->available = after;
        return true;
    case BUCKET_HELD:
        row->held = after;
        return true;
    case BUCKET_RESERVED:
        row->reserved = after;
        return true;
    case BUCKET_IN_TRANSIT:
        row->in_transit = after;
        return true;
    case BUCKET_UNAVAILABLE:
        before = stock_reason_quantity(row, m->reason);
        row->unavailable += after - before;
        for (struct stock_reason *reason = row->reasons; reason; reason = reason->next) {
            if (slice_equal(reason->reason, m->reason)) {
                reason->quantity = after;
                return true;
            }
        }
        return stock_add_reason(stock, row, m->reason, after);
    case BUCKET_OUTSIDE:
        break;
    }
    return true;
}

int read_stock_at(struct reading *r, const struct sku_row *sku)
{
    struct store_query q = {.sku = sku->id, .limit = AT_PAGE};
    struct stock_set stock;
    if (!reading_time(r, "at", &q.to_us)) {
        return 400;
    }
    q.to_us++; /* what was recorded at that very moment counts */
    stock_set_init(&stock, r->arena);
    enum err e = ERR_OK;
    for (bool more = true; !e && more;) {
        struct rows page = {0};
        e = r->store->ops->list_movements(r->store, &q, r->arena, &page);
        for (size_t i = 0; !e && i < page.count; i++) {
            const struct movement_row *row = page.items[i];
            const struct movement *m = &row->movement;
            if (!replay_leg(&stock, m, &m->from, m->from_after) ||
                !replay_leg(&stock, m, &m->to, m->to_after)) {
                e = ERR_LIMIT;
            }
            q.after = row->n;
        }
        more = page.count == AT_PAGE;
    }
    if (!e) {
        show_stock(&r->show, sku, stock_set_first(&stock, sku->id));
    }
    stock_set_free(&stock);
    return e ? failed(r, e) : 200;
}
