/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transfers: drafted, shipped, received in parts, called back. One document; what moves is decided
 * by core/transfer.h. A transfer has not happened yet, so it is refused whole when units are
 * missing.
 */
#include "engine/past.h"
#include "engine/problem.h"
#include "engine/request.h"
#include "engine/request_parts.h"
#include "engine/transfers.h"

#define LINES_MAX ((size_t)1000)

struct work {
    struct batch *b;
    struct turn *turn;
    struct json body;
    struct transfer_row *row;
    struct transfer doc;
    struct ledger ledger;
    int64_t happened_at_us;
};

/* ---- rows ---- */

/* As it is within this commit; NULL when there is none. */
static struct transfer_row *batch_transfer(struct batch *b, int64_t id)
{
    for (size_t i = b->changes.transfers.count; i-- > 0;) {
        struct transfer_row *row = b->changes.transfers.items[i];
        if (row->id == id) {
            return row;
        }
    }
    struct transfer_row *row = NULL;
    batch_fail(b, b->store->ops->transfer(b->store, id, &b->arena, &row), "load a transfer");
    return row;
}

static struct slice lines_text(struct batch *b, const struct transfer *doc)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, REQUEST_FACTS_MAX);
    transfer_lines_write(doc, &text);
    if (text.overflow) {
        batch_fail(b, ERR_LIMIT, "a transfer's lines");
    }
    return arena_copy(&b->arena, buf_view(&text));
}

static void answer(struct work *w, int status)
{
    struct show s = request_show(w->b, w->turn);
    w->turn->status = status;
    show_transfer(&s, w->row, &w->doc, w->b->now_us);
}

/* Logs the step, books what it moved, keeps the document, and answers with it. */
static void keep(struct work *w, const char *kind, int status)
{
    struct batch *b = w->b;
    struct slice subject = arena_printf(&b->arena, "transfer %" PRId64, w->row->id);
    if (w->ledger.exhausted) {
        batch_fail(b, ERR_LIMIT, "a transfer's movements");
        return;
    }
    int64_t event = request_event(b, w->turn, kind, (struct channel_id){0}, subject, w->body, NULL);
    batch_movements(b, &w->ledger, event, 0);
    w->row->lines = lines_text(b, &w->doc);
    request_change(b, &b->changes.transfers, w->row);
    if (!b->err) {
        answer(w, status);
    }
}

/* ---- drafting ---- */

static struct location_id read_location(const struct form *f, const char *field)
{
    const struct location_row *location = form_location(f, field);
    return location ? location->id : (struct location_id){0};
}

/* A SKU that owns stock, and stands in no line before this one. */
static const struct batch_sku *read_sku(const struct form *f, const struct transfer *doc)
{
    const struct batch_sku *sku = form_stocked_sku(f, "sku", "transfer its components");
    for (size_t i = 0; sku && i < doc->lines_count; i++) {
        if (doc->lines[i].sku.v == sku->row.id.v) {
            form_refuse(f,
                        422,
                        "twice",
                        "sku",
                        "%ssku: '%.*s' stands in another line already: one line a SKU",
                        f->where,
                        SLICE_ARG(sku->row.code));
        }
    }
    return sku;
}

static void read_draft_lines(struct work *w)
{
    static const char *const fields[] = {"sku", "quantity"};
    struct form_items items = form_list(w->turn, json_get(w->body, "lines"), "lines", LINES_MAX);
    w->doc.lines = ARENA_ARRAY(&w->b->arena, items.count + 1, struct transfer_line);
    while (w->doc.lines && !request_refused(w->turn) && form_next(&items)) {
        struct form f =
            form_begin(w->b, w->turn, items.item, items.where, fields, COUNT_OF(fields));
        const struct batch_sku *sku = read_sku(&f, &w->doc);
        struct transfer_line line = {.sku = sku ? sku->row.id : (struct sku_id){0}};
        form_needs(&f, "quantity");
        form_int(&f, "quantity", 1, QTY_MAX, &line.quantity);
        w->doc.lines[w->doc.lines_count++] = line;
    }
    if (!w->doc.lines) {
        batch_fail(w->b, ERR_LIMIT, "a transfer's lines");
    }
}

void request_transfers_create(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"from", "to", "reference", "lines"};
    struct work w = {.b = b, .turn = turn, .ledger = {.arena = &b->arena, .stock = &b->stock}};
    w.row = ARENA_NEW(&b->arena, struct transfer_row);
    if (!w.row || !form_body(b, turn, &w.body)) {
        return;
    }
    struct form f = form_begin(b, turn, w.body, "", fields, COUNT_OF(fields));
    *w.row = (struct transfer_row){.state = TRANSFER_DRAFT, .created_at_us = b->now_us};
    w.row->from = w.doc.from = read_location(&f, "from");
    w.row->to = w.doc.to = read_location(&f, "to");
    form_text(&f, "reference", 0, &w.row->reference);
    if (form_ok(&f) && w.row->from.v == w.row->to.v) {
        form_refuse(&f, 422, "same-location", "to", "to: a transfer goes to another location");
    }
    if (form_ok(&f)) {
        read_draft_lines(&w);
    }
    if (!form_ok(&f)) {
        return;
    }
    w.row->id = b->store->ops->next_id(b->store, ID_TRANSFER);
    keep(&w, "transfer", 201);
}

/* ---- steps ---- */

/* A reference of the operator's, or else the document itself: a movement always says where it
 * belongs. */
static void name_reference(struct work *w)
{
    if (w->doc.reference.n == 0) {
        w->doc.reference = arena_printf(&w->b->arena, "transfer %" PRId64, w->row->id);
    }
}

static void load_stock(struct work *w)
{
    for (size_t i = 0; i < w->doc.lines_count && !w->b->err; i++) {
        struct batch_sku *sku = batch_sku(w->b, w->doc.lines[i].sku);
        if (sku) {
            batch_load_stock(w->b, sku);
        } else {
            batch_fail(w->b, ERR_CORRUPT, "a transfer of a SKU that is not there");
        }
    }
}

/* Reads the body's common fields, and the document of the path in a state that allows the step.
 * False: it was refused. */
static bool begin(struct work *w, const char *const *fields, size_t fields_count, bool is_draft_ok)
{
    struct batch *b = w->b;
    int64_t id = 0;
    w->ledger = (struct ledger){.arena = &b->arena, .stock = &b->stock};
    const struct transfer_row *known = request_arg_id(w->turn, &id) ? batch_transfer(b, id) : NULL;
    if (!known) {
        request_not_found(w->turn, "transfer");
        return false;
    }
    if (w->turn->body.n == 0) {
        w->turn->body = SLICE("{}");
    }
    if (!form_body(b, w->turn, &w->body)) {
        return false;
    }
    struct form f = form_begin(b, w->turn, w->body, "", fields, fields_count);
    w->happened_at_us = b->now_us;
    form_past(&f, "happened_at", &w->happened_at_us);
    bool is_open =
        known->state == TRANSFER_IN_TRANSIT || (known->state == TRANSFER_DRAFT && is_draft_ok);
    if (form_ok(&f) && !is_open) {
        request_refuse(w->turn,
                       409,
                       "wrong-state",
                       NULL,
                       "the transfer is %s: %s",
                       known->state == TRANSFER_IN_TRANSIT ? "in transit"
                                                           : transfer_state_text(known->state),
                       known->state == TRANSFER_DRAFT        ? "ship it first"
                       : known->state == TRANSFER_IN_TRANSIT ? "receive it or cancel it"
                                                             : "nothing of it can change any more");
    }
    w->row = ARENA_NEW(&b->arena, struct transfer_row);
    if (!form_ok(&f) || !w->row) {
        return false;
    }
    *w->row = *known;
    batch_fail(b, transfer_read(w->row, &b->arena, &w->doc), "read a transfer");
    name_reference(w);
    load_stock(w);
    return !b->err;
}

static void refuse_short(struct work *w, const int64_t *lacks)
{
    struct turn *turn = w->turn;
    turn->status = 409;
    struct json_writer out = problem_begin(
        &turn->answer, 409, "shortage", SLICE("units are missing: nothing was shipped"));
    struct show s = {.w = out, .config = w->b->config};
    json_key(&s.w, "shortages");
    json_begin_array(&s.w);
    for (size_t i = 0; i < w->doc.lines_count; i++) {
        const struct transfer_line *line = &w->doc.lines[i];
        const struct batch_sku *sku = lacks[i] ? batch_sku(w->b, line->sku) : NULL;
        if (sku) {
            json_begin_object(&s.w);
            json_field_text(&s.w, "sku", sku->row.code);
            show_location_code(&s, "location", w->doc.from);
            json_field_int(&s.w, "requested", line->quantity);
            json_field_int(&s.w, "available", line->quantity - lacks[i]);
            json_end_object(&s.w);
        }
    }
    json_end_array(&s.w);
    problem_end(&s.w);
}

void request_transfer_ship(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"happened_at"};
    struct work w = {.b = b, .turn = turn};
    if (!begin(&w, fields, COUNT_OF(fields), true)) {
        return;
    }
    if (w.row->state != TRANSFER_DRAFT) {
        request_refuse(turn, 409, "wrong-state", NULL, "the transfer is in transit already");
        return;
    }
    const struct location_row *to = config_location(b->config, w.doc.to);
    if (!to || !to->is_active) {
        request_refuse(turn,
                       422,
                       "inactive-location",
                       NULL,
                       "'%.*s' is not active any more: activate it, or cancel the transfer",
                       SLICE_ARG(to ? to->code : SLICE("?")));
        return;
    }
    int64_t *lacks = ARENA_ARRAY(&b->arena, w.doc.lines_count + 1, int64_t);
    if (!lacks) {
        batch_fail(b, ERR_LIMIT, "a transfer");
        return;
    }
    if (!transfer_ship(&w.doc, w.happened_at_us, &w.ledger, lacks)) {
        refuse_short(&w, lacks);
        return;
    }
    if (w.happened_at_us < b->now_us) {
        past_oppose_counted(b, &w.ledger, w.happened_at_us);
    }
    w.row->state = TRANSFER_IN_TRANSIT;
    w.row->shipped_at_us = w.happened_at_us;
    keep(&w, "transfer_shipped", 200);
}

/* The line of the document that a line of the body speaks of. */
static size_t find_line(const struct form *f, const struct transfer *doc)
{
    const struct batch_sku *sku = form_sku(f, "sku");
    for (size_t i = 0; sku && i < doc->lines_count; i++) {
        if (doc->lines[i].sku.v == sku->row.id.v) {
            return i;
        }
    }
    if (sku) {
        form_refuse(f,
                    422,
                    "not-in-transfer",
                    "sku",
                    "%ssku: '%.*s' is not part of this transfer",
                    f->where,
                    SLICE_ARG(sku->row.code));
    }
    return 0;
}

static void read_arrivals(struct work *w, struct transfer_arrival *arrivals)
{
    static const char *const fields[] = {"sku", "received", "quantity", "damaged", "short"};
    struct json lines = json_get(w->body, "lines");
    if (json_type(lines) == JSON_NONE || json_type(lines) == JSON_NULL) {
        for (size_t i = 0; i < w->doc.lines_count; i++) {
            arrivals[i].received = transfer_under_way(&w->doc.lines[i]);
        }
        return;
    }
    struct form_items items = form_list(w->turn, lines, "lines", LINES_MAX);
    while (!request_refused(w->turn) && form_next(&items)) {
        struct form f =
            form_begin(w->b, w->turn, items.item, items.where, fields, COUNT_OF(fields));
        struct transfer_arrival a = {0};
        size_t line = find_line(&f, &w->doc);
        /* "quantity" is what a line of the draft calls it. */
        bool is_both = form_has(&f, "received") && form_has(&f, "quantity");
        form_int(&f, form_has(&f, "quantity") ? "quantity" : "received", 0, QTY_MAX, &a.received);
        if (form_ok(&f) && is_both) {
            form_refuse(&f,
                        400,
                        "invalid",
                        "quantity",
                        "%squantity and received are the same: say one of them",
                        f.where);
        }
        form_int(&f, "damaged", 0, QTY_MAX, &a.damaged);
        form_int(&f, "short", 0, QTY_MAX, &a.missing);
        if (form_ok(&f)) { /* the same SKU twice: two boxes of it */
            arrivals[line].received += a.received;
            arrivals[line].damaged += a.damaged;
            arrivals[line].missing += a.missing;
        }
    }
}

void request_transfer_receive(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"lines", "happened_at"};
    struct work w = {.b = b, .turn = turn};
    size_t line = 0;
    if (!begin(&w, fields, COUNT_OF(fields), false)) {
        return;
    }
    struct transfer_arrival *arrivals =
        ARENA_ARRAY(&b->arena, w.doc.lines_count + 1, struct transfer_arrival);
    if (!arrivals) {
        batch_fail(b, ERR_LIMIT, "a transfer");
        return;
    }
    read_arrivals(&w, arrivals);
    if (request_refused(turn) || b->err) {
        return;
    }
    if (!transfer_receive(&w.doc, arrivals, w.happened_at_us, &w.ledger, &line)) {
        const struct batch_sku *sku = batch_sku(b, w.doc.lines[line].sku);
        request_refuse(turn,
                       409,
                       "too-many",
                       "lines",
                       "%" PRId64 " of '%.*s' are still in transit: more cannot arrive by this "
                       "transfer; book what came besides as 'receive'",
                       transfer_under_way(&w.doc.lines[line]),
                       SLICE_ARG(sku ? sku->row.code : SLICE("?")));
        return;
    }
    if (w.happened_at_us < b->now_us) {
        past_oppose_counted(b, &w.ledger, w.happened_at_us);
    }
    if (transfer_under_way_all(&w.doc) == 0) {
        w.row->state = TRANSFER_RECEIVED;
        w.row->closed_at_us = b->now_us;
    }
    keep(&w, "transfer_received", 200);
}

void request_transfer_cancel(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"happened_at"};
    struct work w = {.b = b, .turn = turn};
    if (!begin(&w, fields, COUNT_OF(fields), true)) {
        return;
    }
    if (w.row->state == TRANSFER_IN_TRANSIT) {
        transfer_call_back(&w.doc, w.happened_at_us, &w.ledger);
        if (w.happened_at_us < b->now_us) {
            past_oppose_counted(b, &w.ledger, w.happened_at_us);
        }
    }
    w.row->state = TRANSFER_CANCELLED;
    w.row->closed_at_us = b->now_us;
    keep(&w, "transfer_cancelled", 200);
}
