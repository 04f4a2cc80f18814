/* SPDX-License-Identifier: Apache-2.0 */
/* The request that books first figures. The file is in opening_file.c. */
#include "engine/request_opening.h"
#include "engine/opening.h"
#include "engine/past.h"
#include "engine/problem.h"
#include "engine/request_parts.h"

#define FACTS_MAX ((size_t)256 * 1024)
#define LOOK_MAX 50000 /* SKUs that one request looks at */
#define PAGE 500

struct chosen {
    struct opening_row row;
    struct batch_sku *sku;
    int64_t quantity;
    struct slice from; /* "agreed", "file", "channel:CODE"; "given": a figure was */
    int64_t movement;  /* 0: of nothing there is none */
};

struct work {
    struct batch *b;
    struct turn *turn;
    const struct location_row *location;
    struct opening_query q;
    struct slice reason;
    struct rows chosen;
    struct map seen; /* by SKU id */
    int64_t next;    /* of a wish for all: where the next request goes on; 0: nowhere */
};

/* As this commit leaves it: a turn before this one may have moved it. */
static bool has_moved(struct work *w, const struct opening_row *row)
{
    const struct stock *here = stock_set_find(&w->b->stock, row->sku->id, w->location->id);
    return row->has_moved || (here && here->changed);
}

static struct chosen *choose(struct work *w, const struct opening_row *row)
{
    struct chosen *chosen = ARENA_NEW(&w->b->arena, struct chosen);
    if (chosen) {
        *chosen = (struct chosen){.row = *row, .sku = batch_sku(w->b, row->sku->id)};
    }
    request_change(w->b, &w->chosen, chosen);
    return chosen;
}

/* ---- single SKUs ---- */

static void refuse_moved(const struct form *f, const struct work *w, const struct batch_sku *sku)
{
    form_refuse(f,
                409,
                "has-moved",
                "sku",
                "%ssku: '%.*s' has moved at '%.*s' already: count it there instead",
                f->where,
                SLICE_ARG(sku->row.code),
                SLICE_ARG(w->location->code));
}

/* What an item says of its figure: one, or where to take it from. */
struct figure {
    int64_t quantity;
    struct slice from;
    bool is_given;
    struct opening_choice choice;
};

static void read_figure(struct work *w, const struct form *f, struct figure *out)
{
    out->is_given = form_has(f, "quantity");
    form_int(f, "quantity", 0, QTY_MAX, &out->quantity);
    form_text(f, "from", 1, &out->from);
    if (form_ok(f) && out->is_given == (out->from.n > 0)) {
        form_refuse(f,
                    422,
                    "no-figure",
                    "quantity",
                    "%squantity or from must be given, and one of them alone",
                    f->where);
    }
    if (form_ok(f) && out->from.n && !opening_choice_parse(w->b->config, out->from, &out->choice)) {
        form_refuse(f,
                    422,
                    "no-such-source",
                    "from",
                    "%sfrom must be agreed, file or channel: with a channel's code",
                    f->where);
    }
}

static void take_figure(const struct form *f, const struct figure *figure, struct chosen *chosen)
{
    const char *why = "";
    chosen->quantity = figure->quantity;
    chosen->from = figure->is_given ? SLICE("given") : figure->from;
    if (figure->is_given ||
        opening_choose(&chosen->row, &figure->choice, &chosen->quantity, &why)) {
        return;
    }
    bool is_agreed = figure->choice.wish == WISH_AGREED;
    form_refuse(f,
                409,
                "no-figure",
                "from",
                "%sfrom: of '%.*s' %.*s %s",
                f->where,
                SLICE_ARG(chosen->row.sku->code),
                SLICE_ARG(is_agreed ? SLICE("it is not clear:") : figure->from),
                why);
}

static void read_item(struct work *w, struct json item, const char *where)
{
    static const char *const fields[] = {"sku", "quantity", "from"};
    struct form f = form_begin(w->b, w->turn, item, where, fields, COUNT_OF(fields));
    struct figure figure = {0};
    struct opening_row row;
    struct batch_sku *sku = form_stocked_sku(&f, "sku", "open its components");
    read_figure(w, &f, &figure);
    if (!sku || !form_ok(&f)) {
        return;
    }
    batch_fail(w->b,
               opening_of(w->b->store, &w->q, &sku->row, &w->b->arena, &row),
               "load what is said of a SKU");
    if (w->b->err) {
        return;
    }
    if (map_get(&w->seen, MAP_KEY(&sku->row.id))) {
        form_refuse(&f, 400, "invalid", "sku", "%ssku is there twice", where);
    } else if (has_moved(w, &row)) {
        refuse_moved(&f, w, sku);
    }
    struct chosen *chosen = form_ok(&f) ? choose(w, &row) : NULL;
    if (chosen && !map_set(&w->seen, MAP_KEY(&sku->row.id), chosen)) {
        batch_fail(w->b, ERR_MEMORY, "an opening");
    } else if (chosen) {
        take_figure(&f, &figure, chosen);
    }
}

/* ---- all SKUs ---- */

/* Whoever never moved there and has such a figure; the others are left as they are. */
static void choose_all(struct work *w, const struct opening_choice *choice, struct slice from)
{
    size_t looked = 0;
    do {
        struct rows rows = {0};
        size_t room = OPENING_MAX - w->chosen.count;
        w->q.limit = room < PAGE ? room : PAGE;
        batch_fail(w->b,
                   opening_list(w->b->store, &w->q, &w->b->arena, &rows, &w->next),
                   "load what is said of SKUs");
        for (size_t i = 0; i < rows.count && !w->b->err; i++) {
            const struct opening_row *row = rows.items[i];
            const char *why;
            int64_t figure = 0;
            if (!has_moved(w, row) && opening_choose(row, choice, &figure, &why) &&
                figure <= QTY_MAX) {
                struct chosen *chosen = choose(w, row);
                if (chosen) {
                    chosen->quantity = figure;
                    chosen->from = from;
                }
            }
        }
        w->q.after = w->next;
        looked += rows.count;
    } while (w->next && w->chosen.count < OPENING_MAX && looked < LOOK_MAX && !w->b->err);
}

static void read_wish(struct work *w, const struct form *f, struct slice from)
{
    struct opening_choice choice;
    if (form_ok(f) && !opening_choice_parse(w->b->config, from, &choice)) {
        form_refuse(f,
                    422,
                    "no-such-source",
                    "from",
                    "from must be agreed, file or channel: with a channel's code");
    }
    if (form_ok(f)) {
        choose_all(w, &choice, from);
    }
}

static void read_body(struct work *w, struct json body)
{
    static const char *const fields[] = {"location", "items", "from", "cursor", "reason"};
    struct slice from = {0}, cursor = {0};
    struct form f = form_begin(w->b, w->turn, body, "", fields, COUNT_OF(fields));
    w->location = form_location(&f, "location");
    form_text(&f, "reason", 0, &w->reason);
    form_text(&f, "from", 1, &from);
    form_text(&f, "cursor", 1, &cursor);
    int64_t after = 0;
    if (form_ok(&f) && cursor.n && (!slice_int(cursor, &after) || after < 1)) {
        form_refuse(&f,
                    400,
                    "invalid",
                    "cursor",
                    "cursor must be the next of the answer before, unchanged");
    }
    bool has_items = form_has(&f, "items"), has_wish = form_has(&f, "from");
    if (form_ok(&f) && has_items == has_wish) {
        form_refuse(
            &f, 422, "no-choice", "items", "items or from must be given, and one of them alone");
    }
    if (!form_ok(&f) || w->b->err) {
        return;
    }
    w->q = (struct opening_query){
        .config = w->b->config, .location = w->location->id, .state = -1, .after = after};
    if (has_wish) {
        read_wish(w, &f, from);
        return;
    }
    struct json array = form_json(&f, "items", JSON_ARRAY);
    struct form_items items = {0};
    if (form_ok(&f)) {
        items = form_list(w->turn, array, "items", OPENING_MAX);
    }
    while (form_ok(&f) && !w->b->err && form_next(&items)) {
        read_item(w, items.item, items.where);
    }
}

/* ---- booking ---- */

static int64_t log_choice(struct work *w, const struct chosen *chosen)
{
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, FACTS_MAX);
    struct json_writer out = json_writer(&facts);
    json_begin_object(&out);
    json_field_int(&out, "token", w->turn->token_id);
    json_field_text(&out, "location", w->location->code);
    json_field_text(&out, "sku", chosen->row.sku->code);
    json_field_int(&out, "quantity", chosen->quantity);
    json_field_text(&out, "from", chosen->from);
    json_field_text(&out, "reason", w->reason);
    json_field_str(&out, "state", opening_state_text(chosen->row.state));
    show_opening_said(&out, w->b->config, &chosen->row);
    json_end_object(&out);
    if (facts.overflow) {
        batch_fail(w->b, ERR_LIMIT, "an opening's facts");
    }
    return batch_event(
        w->b, "opening", (struct channel_id){0}, chosen->row.sku->code, buf_view(&facts));
}

static void forget_line(struct work *w, const struct chosen *chosen)
{
    struct opening_line_row *gone = ARENA_NEW(&w->b->arena, struct opening_line_row);
    if (gone) {
        *gone = (struct opening_line_row){.location = w->location->id, .sku = chosen->row.sku->id};
    }
    request_change(w->b, &w->b->changes.opening_lines_gone, gone);
}

static void book(struct work *w, struct chosen *chosen)
{
    struct batch *b = w->b;
    batch_load_stock(b, chosen->sku);
    struct stock *here =
        b->err ? NULL : stock_set_at(&b->stock, chosen->row.sku->id, w->location->id);
    if (!here) {
        batch_fail(b, ERR_LIMIT, "stock");
        return;
    }
    struct ledger ledger = {.arena = &b->arena, .stock = &b->stock};
    if (chosen->quantity > 0) {
        ledger_post(&ledger,
                    &(struct movement){.kind = MOVE_OPEN,
                                       .sku = chosen->row.sku->id,
                                       .from = {.bucket = BUCKET_OUTSIDE},
                                       .to = {w->location->id, BUCKET_AVAILABLE},
                                       .quantity = chosen->quantity,
                                       .reason = w->reason,
                                       .reference = chosen->from,
                                       .happened_at_us = b->now_us});
    }
    /* As a count would: what happened before it and is told later had been seen by it. */
    past_counted(here, b->now_us);
    size_t first = b->changes.movements.count;
    batch_movements(b, &ledger, log_choice(w, chosen), 0);
    if (chosen->quantity == 0) {
        batch_sku_moved(b, chosen->sku, b->now_us, 0); /* none are there: that is known now */
    } else if (!b->err) {
        chosen->movement = ((const struct movement_row *)b->changes.movements.items[first])->n;
    }
    forget_line(w, chosen);
}

static void answer(struct work *w)
{
    struct show s = request_show(w->b, w->turn);
    struct json_writer *out = &s.w;
    int64_t units = 0;
    w->turn->status = 201;
    json_begin_object(out);
    json_field_text(out, "location", w->location->code);
    json_key(out, "items");
    json_begin_array(out);
    for (size_t i = 0; i < w->chosen.count; i++) {
        const struct chosen *chosen = w->chosen.items[i];
        units += chosen->quantity;
        json_begin_object(out);
        json_field_text(out, "sku", chosen->row.sku->code);
        json_field_int(out, "quantity", chosen->quantity);
        json_field_text(out, "from", chosen->from);
        show_id(&s, "movement", chosen->movement);
        json_end_object(out);
    }
    json_end_array(out);
    json_field_int(out, "booked", (int64_t)w->chosen.count);
    json_field_int(out, "units", units);
    show_id(&s, "next", w->next);
    json_end_object(out);
}

void request_opening_book(struct batch *b, struct turn *turn)
{
    struct json body;
    struct work w = {.b = b, .turn = turn};
    if (!form_body(b, turn, &body)) {
        return;
    }
    map_init(&w.seen);
    read_body(&w, body);
    map_free(&w.seen);
    for (size_t i = 0; i < w.chosen.count && !request_refused(turn) && !b->err; i++) {
        book(&w, w.chosen.items[i]);
    }
    if (!request_refused(turn) && !b->err) {
        answer(&w);
    }
}
