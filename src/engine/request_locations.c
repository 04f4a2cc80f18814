/* SPDX-License-Identifier: Apache-2.0 */
/* Locations: created, renamed, switched on and off; never removed, for the ledger names them. */
#include "engine/request.h"
#include "engine/request_parts.h"

static const char *const fields[] = {"code", "name", "country", "region", "active"};

static void read_fields(const struct form *f, struct location_row *row)
{
    form_text(f, "name", 0, &row->name);
    form_text(f, "country", 0, &row->country);
    form_text(f, "region", 0, &row->region);
    form_bool(f, "active", &row->is_active);
    bool is_country = row->country.n == 0 || row->country.n == 2;
    for (size_t i = 0; i < row->country.n; i++) {
        is_country = is_country && row->country.p[i] >= 'A' && row->country.p[i] <= 'Z';
    }
    if (!is_country) {
        form_refuse(f,
                    400,
                    "invalid",
                    "country",
                    "%scountry must be two capital letters (ISO 3166-1 alpha-2)",
                    f->where);
    }
}

static void
answer(struct batch *b, struct turn *turn, struct location_row *const *rows, size_t n, bool is_list)
{
    struct show s = request_show(b, turn);
    if (is_list) {
        json_begin_object(&s.w);
        json_key(&s.w, "items");
        json_begin_array(&s.w);
    }
    for (size_t i = 0; i < n; i++) {
        show_location(&s, rows[i]);
    }
    if (is_list) {
        json_end_array(&s.w);
        json_end_object(&s.w);
    }
}

static bool is_taken(struct batch *b, struct location_row *const *rows, size_t n, struct slice code)
{
    for (size_t i = 0; i < n; i++) {
        if (slice_equal(rows[i]->code, code)) {
            return true;
        }
    }
    return config_location_by_code(b->config, code) != NULL;
}

void request_locations_create(struct batch *b, struct turn *turn)
{
    struct json body;
    if (!form_body(b, turn, &body)) {
        return;
    }
    struct form_items items = form_items(turn, body, "items");
    struct location_row **rows = ARENA_ARRAY(&b->arena, items.count + 1, struct location_row *);
    size_t count = 0;
    while (rows && !request_refused(turn) && form_next(&items)) {
        struct form f = form_begin(b, turn, items.item, items.where, fields, COUNT_OF(fields));
        struct location_row *row = ARENA_NEW(&b->arena, struct location_row);
        if (!row) {
            break;
        }
        *row = (struct location_row){.is_active = true};
        form_needs(&f, "code");
        form_code(&f, "code", &row->code);
        read_fields(&f, row);
        if (form_ok(&f) && is_taken(b, rows, count, row->code)) {
            form_refuse(&f,
                        409,
                        "exists",
                        "code",
                        "%scode: the location '%.*s' exists already",
                        f.where,
                        SLICE_ARG(row->code));
        }
        rows[count++] = row;
    }
    if (b->arena.exhausted) {
        batch_fail(b, ERR_LIMIT, "a request's locations");
    }
    if (request_refused(turn) || b->err) {
        return;
    }
    items = form_items(turn, body, "items");
    for (size_t i = 0; i < count && form_next(&items); i++) {
        rows[i]->id = (struct location_id){b->store->ops->next_id(b->store, ID_LOCATION)};
        request_change(b, &b->changes.locations, rows[i]);
        request_event(b, turn, "location", (struct channel_id){0}, rows[i]->code, items.item, NULL);
    }
    b->config_changed = true;
    turn->status = 201;
    answer(b, turn, rows, count, items.is_list);
}

/* ---- switching off ---- */

#define IN_THE_WAY_MAX 5

/* What stands in the way of switching a location off. */
struct in_the_way {
    size_t skus;      /* with units there */
    struct buf named; /* the first of them, and what they have */
    int64_t sums[5];  /* available, held, reserved, unavailable, in transit */
};

static void look_at(struct in_the_way *way, const struct sku_row *sku, const struct stock *row)
{
    const int64_t units[] = {
        row->available, row->held, row->reserved, row->unavailable, row->in_transit};
    bool any = false;
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        any |= units[i] != 0;
        way->sums[i] += units[i];
    }
    if (any && way->skus++ < IN_THE_WAY_MAX) {
        buf_printf(&way->named,
                   "%s'%.*s'",
                   way->named.n ? ", " : "",
                   sku->code.n < 60 ? (int)sku->code.n : 60,
                   sku->code.p);
    }
}

/* Every SKU is looked at, in pages: a location is rarely switched off. */
static void look_around(struct batch *b, struct location_id at, struct in_the_way *way)
{
    enum { PAGE = 500 };
    struct arena page;
    arena_init(&page, (size_t)64 * 1024 * 1024);
    struct store_query q = {.limit = PAGE};
    for (bool more = true; more && !b->err;) {
        struct rows rows = {0};
        struct stock_set set;
        arena_clear(&page);
        stock_set_init(&set, &page);
        batch_fail(b, b->store->ops->list_skus(b->store, &q, &page, &rows), "list SKUs");
        for (size_t i = 0; i < rows.count && !b->err; i++) {
            const struct sku_row *row = rows.items[i];
            batch_fail(b, b->store->ops->stock(b->store, &row->id, 1, &set), "load stock");
            const struct stock *here = stock_set_find(&set, row->id, at);
            if (here) {
                look_at(way, row, here);
            }
            q.after = row->id.v;
        }
        stock_set_free(&set);
        more = rows.count == PAGE;
    }
    arena_free(&page);
}

static void check_empty(const struct form *f, const struct location_row *row)
{
    struct batch *b = f->batch;
    struct in_the_way way = {0};
    if (b->changes.stock) {
        batch_fail(b, ERR_CONFLICT, "stock moves in this very commit");
        return;
    }
    buf_init(&way.named, 4096);
    look_around(b, row->id, &way);
    if (!b->err && way.skus) {
        buf_char(&way.named, '\0');
        form_refuse(f,
                    409,
                    "in-use",
                    "active",
                    "'%.*s' is in use by %zu SKUs (%s%s): %" PRId64 " available, %" PRId64
                    " held by checkouts, %" PRId64 " reserved by open orders, %" PRId64
                    " unavailable, %" PRId64 " in transit to it. Transfer what is available, ship "
                    "or cancel the orders, receive or cancel the transfers, then switch it off",
                    SLICE_ARG(row->code),
                    way.skus,
                    way.named.p,
                    way.skus > IN_THE_WAY_MAX ? ", ..." : "",
                    way.sums[0],
                    way.sums[1],
                    way.sums[2],
                    way.sums[3],
                    way.sums[4]);
    }
    buf_free(&way.named);
}

void request_location_change(struct batch *b, struct turn *turn)
{
    struct json body;
    const struct location_row *known = config_location_by_code(b->config, turn->args[0]);
    if (!known) {
        request_not_found(turn, "location");
        return;
    }
    if (!form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", fields, COUNT_OF(fields));
    struct location_row *row = ARENA_NEW(&b->arena, struct location_row);
    if (!row) {
        batch_fail(b, ERR_LIMIT, "a location");
        return;
    }
    *row = *known;
    form_code(&f, "code", &row->code);
    read_fields(&f, row);
    if (form_ok(&f) && !slice_equal(row->code, known->code)) {
        form_refuse(
            &f, 422, "immutable", "code", "code: a location keeps its code; change its name");
    }
    if (form_ok(&f) && known->is_active && !row->is_active) {
        check_empty(&f, known);
    }
    if (!form_ok(&f)) {
        return;
    }
    request_change(b, &b->changes.locations, row);
    request_event(b, turn, "location", (struct channel_id){0}, row->code, body, NULL);
    b->config_changed = true;
    if (row->is_active != known->is_active) {
        request_hint_channel(b, (struct channel_id){0}); /* all channels' listings */
    }
    turn->status = 200;
    answer(b, turn, &row, 1, false);
}
