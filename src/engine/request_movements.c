/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Movements by hand: many lines, all or nothing. What has not happened yet is refused whole when
 * units are missing, with the shortage of each line; a count is a fact and never refused for that.
 *
 * A movement that happened before a count but is recorded after it gets an opposite one, dated at
 * the count: the count had already seen it.
 */
#include "engine/movement_table.h"
#include "engine/past.h"
#include "engine/problem.h"
#include "engine/request.h"
#include "engine/request_parts.h"

struct shape {
    enum movement_kind kind;
    enum bucket from, to;
    const char *reason; /* of the unavailable leg when none is said */
};

/* Adjust and count know their direction only by the figure. */
static const struct shape shapes[] = {
    {MOVE_RECEIVE, BUCKET_OUTSIDE, BUCKET_AVAILABLE, NULL},
    {MOVE_ADJUST, BUCKET_OUTSIDE, BUCKET_AVAILABLE, NULL},
    {MOVE_COUNT, BUCKET_OUTSIDE, BUCKET_AVAILABLE, NULL},
    {MOVE_DAMAGE, BUCKET_AVAILABLE, BUCKET_UNAVAILABLE, "damaged"},
    {MOVE_SET_ASIDE, BUCKET_AVAILABLE, BUCKET_UNAVAILABLE, "quality_hold"},
    {MOVE_RESTORE, BUCKET_UNAVAILABLE, BUCKET_AVAILABLE, NULL},
    {MOVE_WRITE_OFF, BUCKET_AVAILABLE, BUCKET_OUTSIDE, NULL},
    {MOVE_RETURN, BUCKET_OUTSIDE, BUCKET_UNAVAILABLE, REASON_RETURN_PENDING},
    {MOVE_RESTOCK, BUCKET_UNAVAILABLE, BUCKET_AVAILABLE, REASON_RETURN_PENDING},
    {MOVE_SCRAP, BUCKET_UNAVAILABLE, BUCKET_OUTSIDE, REASON_RETURN_PENDING},
    {MOVE_SHIP, BUCKET_AVAILABLE, BUCKET_OUTSIDE, NULL},
};

struct line {
    const struct shape *shape;
    struct batch_sku *sku;
    const struct location_row *location;
    int64_t quantity; /* as asked: signed for adjust, the counted units for count */
    struct slice reason, reference;
    int64_t happened_at_us;
    bool is_dated, has_expected;
    int64_t expected;
    int64_t difference;     /* of a count */
    bool is_marked;         /* as one */
    int64_t counted_before; /* and the mark of the place's latest count before it */
    size_t movement;        /* its movement in the ledger; NO_MOVEMENT: it changed nothing */
    bool is_short;
    int64_t available; /* when it is short */
};
#define NO_MOVEMENT SIZE_MAX

struct work {
    struct batch *b;
    struct turn *turn;
    struct ledger ledger;
    struct line *lines;
    size_t count;
    int64_t past_start;        /* of the earliest dated line; -1: none is dated */
    const struct place *place; /* what is known of the line's place; NULL: ask the store */
    size_t shorts;
};

/* ---- reading ---- */

static const struct shape *read_kind(const struct form *f)
{
    struct slice text = {0};
    form_needs(f, "kind");
    form_text(f, "kind", 1, &text);
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        if (slice_is(text, movement_kind_text(shapes[i].kind))) {
            return &shapes[i];
        }
    }
    form_refuse(f,
                400,
                "invalid",
                "kind",
                "%skind must be receive, adjust, count, damage, set_aside, restore, write_off, "
                "return, restock, scrap or ship",
                f->where);
    return NULL;
}

static void read_quantity(const struct form *f, struct line *line)
{
    int64_t lo = 1;
    form_needs(f, "quantity");
    if (form_ok(f) && line->shape->kind == MOVE_ADJUST) {
        lo = -QTY_MAX;
    } else if (form_ok(f) && line->shape->kind == MOVE_COUNT) {
        lo = 0;
    }
    form_int(f, "quantity", lo, QTY_MAX, &line->quantity);
    if (form_ok(f) && line->shape->kind == MOVE_ADJUST && line->quantity == 0) {
        form_refuse(f, 400, "invalid", "quantity", "%squantity must not be 0", f->where);
    }
}

static void read_line(struct work *w, struct json item, const char *where, struct line *line)
{
    static const char *const fields[] = {
        "kind", "sku", "location", "quantity", "reason", "reference", "happened_at", "expected"};
    struct form f = form_begin(w->b, w->turn, item, where, fields, COUNT_OF(fields));
    *line = (struct line){.happened_at_us = w->b->now_us, .movement = NO_MOVEMENT};
    line->shape = read_kind(&f);
    line->sku = form_stocked_sku(&f, "sku", "move its components");
    line->location = form_location(&f, "location");
    read_quantity(&f, line);
    form_text(&f, "reason", 0, &line->reason);
    form_text(&f, "reference", 0, &line->reference);
    form_past(&f, "happened_at", &line->happened_at_us);
    form_int(&f, "expected", -BALANCE_MAX, BALANCE_MAX, &line->expected);
    line->is_dated = form_has(&f, "happened_at");
    line->has_expected = form_has(&f, "expected");
    if (form_ok(&f) && line->has_expected && line->shape->kind != MOVE_COUNT) {
        form_refuse(&f, 400, "invalid", "expected", "%sexpected belongs to a count", f.where);
    }
}

static void read_lines(struct work *w, struct json body)
{
    static const char *const fields[] = {"movements"};
    struct form f = form_begin(w->b, w->turn, body, "", fields, COUNT_OF(fields));
    form_needs(&f, "movements");
    struct form_items items = form_items(w->turn, body, "movements");
    w->lines = ARENA_ARRAY(&w->b->arena, items.count + 1, struct line);
    if (!w->lines) {
        batch_fail(w->b, ERR_LIMIT, "a request's movements");
        return;
    }
    int64_t earliest_us = w->b->now_us;
    while (form_ok(&f) && form_next(&items)) {
        struct line *line = &w->lines[w->count++];
        read_line(w, items.item, items.where, line);
        if (form_ok(&f) && line->is_dated) {
            earliest_us = line->happened_at_us < earliest_us ? line->happened_at_us : earliest_us;
            w->past_start = 0;
        }
    }
    if (form_ok(&f) && w->past_start == 0) {
        w->past_start = past_start(w->b, earliest_us);
    }
}

/* ---- deciding ---- */

/* Reasons that mean units out of sale, whether any are there or not. */
static bool is_well_known(struct slice reason)
{
    static const char *const names[] = {
        "damaged", "quality_hold", REASON_RETURN_PENDING, REASON_NO_RESTOCK};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (slice_is(reason, names[i])) {
            return true;
        }
    }
    return false;
}

/* The only reason for which units are out of sale there; empty when there are none or several. */
static struct slice only_reason(const struct stock *row)
{
    struct slice only = {0};
    for (const struct stock_reason *r = row->reasons; r; r = r->next) {
        if (r->quantity > 0) {
            if (only.n) {
                return (struct slice){0};
            }
            only = r->reason;
        }
    }
    return only;
}

/* From which account to which, by kind, figure and what lies there. */
static struct movement
movement_of(struct work *w, const struct line *line, const struct stock *row, int64_t quantity)
{
    const struct shape *shape = line->shape;
    struct movement m = {.kind = shape->kind,
                         .sku = line->sku->row.id,
                         .from = {.bucket = shape->from},
                         .to = {.bucket = shape->to},
                         .quantity = quantity < 0 ? -quantity : quantity,
                         .reason = line->reason,
                         .reference = line->reference,
                         .happened_at_us = line->happened_at_us};
    if (quantity < 0) { /* adjust and count, downwards */
        m.from.bucket = shape->to;
        m.to.bucket = shape->from;
    }
    bool is_there = line->reason.n && stock_reason_quantity(row, line->reason) > 0;
    if (shape->kind == MOVE_WRITE_OFF && (is_there || is_well_known(line->reason))) {
        m.from.bucket = BUCKET_UNAVAILABLE;
    } else if (shape->kind == MOVE_RETURN) {
        m.reason = slice_of(shape->reason);
    } else if (shape->kind == MOVE_RESTOCK || shape->kind == MOVE_SCRAP) {
        m.reason = is_there ? line->reason : slice_of(shape->reason);
    } else if (shape->kind == MOVE_RESTORE && line->reason.n == 0) {
        m.reason = only_reason(row);
        if (m.reason.n == 0 && row->unavailable > 0) {
            request_refuse(w->turn,
                           422,
                           "which-reason",
                           "reason",
                           "'%.*s' has units out of sale for several reasons: say which",
                           SLICE_ARG(line->sku->row.code));
        }
    } else if (shape->reason && line->reason.n == 0) {
        m.reason = slice_of(shape->reason);
    }
    m.from.location =
        m.from.bucket == BUCKET_OUTSIDE ? (struct location_id){0} : line->location->id;
    m.to.location = m.to.bucket == BUCKET_OUTSIDE ? (struct location_id){0} : line->location->id;
    return m;
}

static int64_t units_in(const struct stock *row, const struct movement *m)
{
    switch (m->from.bucket) {
    case BUCKET_AVAILABLE:
        return row->available > 0 ? row->available : 0;
    case BUCKET_UNAVAILABLE:
        return stock_reason_quantity(row, m->reason);
    case BUCKET_OUTSIDE:
        return INT64_MAX;
    case BUCKET_HELD:
    case BUCKET_RESERVED:
    case BUCKET_IN_TRANSIT:
        break;
    }
    must(!"a movement by hand from another bucket");
    return 0;
}

static void
post(struct work *w, struct line *line, const struct movement *m, const struct past *past)
{
    int64_t effect = on_hand_effect(m, line->location->id);
    bool was_counted = past->counted_at_us && effect != 0;
    if (was_counted && effect < 0) { /* first what gives it the units */
        past_oppose(&w->ledger, m, line->location->id, past->counted_at_us);
    }
    line->movement = w->ledger.movements.count;
    ledger_post(&w->ledger, m);
    if (was_counted && effect > 0) {
        past_oppose(&w->ledger, m, line->location->id, past->counted_at_us);
    }
}

static bool fits(struct work *w, const struct line *line, const struct stock *row, int64_t quantity)
{
    int64_t most = row->available > row->unavailable ? row->available : row->unavailable;
    if (quantity <= BALANCE_MAX / 2 && most <= BALANCE_MAX / 2 &&
        row->available >= -BALANCE_MAX / 2) {
        return true;
    }
    request_refuse(w->turn,
                   422,
                   "too-many",
                   "quantity",
                   "'%.*s' at '%.*s' would hold more units than can be counted",
                   SLICE_ARG(line->sku->row.code),
                   SLICE_ARG(line->location->code));
    return false;
}

/* The signed figure to book for a count; refuses when it states another expectation. */
static int64_t count_difference(struct work *w,
                                struct line *line,
                                const struct stock *row,
                                const struct past *past)
{
    int64_t there = stock_on_hand(row) - past->effect;
    if (line->has_expected && line->expected != there) {
        request_refuse(w->turn,
                       409,
                       "expected-differs",
                       "expected",
                       "'%.*s' at '%.*s': the count expected %" PRId64
                       " units, the ledger has %" PRId64 " at that instant; count again",
                       SLICE_ARG(line->sku->row.code),
                       SLICE_ARG(line->location->code),
                       line->expected,
                       there);
    }
    line->difference = line->quantity - there;
    return line->difference;
}

static void decide(struct work *w, struct line *line)
{
    struct batch *b = w->b;
    batch_load_stock(b, line->sku);
    struct stock *row =
        b->err ? NULL : stock_set_at(&b->stock, line->sku->row.id, line->location->id);
    if (!row) {
        batch_fail(b, ERR_LIMIT, "stock");
        return;
    }
    struct past past = {0};
    if (line->is_dated) {
        int64_t end_us = past_end_of_stamp(line->happened_at_us, w->b->now_us);
        past = w->place ? place_past(w->place, end_us)
                        : past_after(b,
                                     row->changed ? &w->ledger : NULL,
                                     w->past_start,
                                     line->sku->row.id,
                                     line->location->id,
                                     end_us);
        if (past.counted_at_us == 0 && row->counted_at_us > end_us) {
            past.counted_at_us = row->counted_at_us; /* it found no difference, and left no row */
        }
    }
    bool is_count = line->shape->kind == MOVE_COUNT;
    int64_t quantity = is_count ? count_difference(w, line, row, &past) : line->quantity;
    if (quantity == 0 || request_refused(w->turn) ||
        !fits(w, line, row, quantity < 0 ? -quantity : quantity)) {
        return;
    }
    struct movement m = movement_of(w, line, row, quantity);
    bool was_counted = past.counted_at_us && on_hand_effect(&m, line->location->id) != 0;
    int64_t there = units_in(row, &m);
    bool from_available = m.from.bucket == BUCKET_AVAILABLE;
    if (m.quantity > there && !is_count && !(was_counted && from_available)) {
        line->is_short = true;
        line->available = there;
        w->shorts++;
    } else if (!request_refused(w->turn)) {
        post(w, line, &m, &past);
    }
}

/* A count has seen whatever happened before it; lines behind it in the request are told so. */
static void mark_counted(struct work *w, struct line *line)
{
    struct stock *row = stock_set_find(&w->b->stock, line->sku->row.id, line->location->id);
    if (line->shape->kind == MOVE_COUNT && row && !request_refused(w->turn)) {
        line->counted_before = row->counted_at_us;
        line->is_marked = true;
        past_counted(row, past_end_of_stamp(line->happened_at_us, w->b->now_us));
    }
}

/* ---- answering ---- */

static void refuse_short(struct work *w)
{
    struct turn *turn = w->turn;
    turn->status = 409;
    struct json_writer out =
        problem_begin(&turn->answer,
                      409,
                      "shortage",
                      SLICE("units are missing: nothing of the request was booked"));
    json_key(&out, "shortages");
    json_begin_array(&out);
    for (size_t i = 0; i < w->count; i++) {
        const struct line *line = &w->lines[i];
        if (line->is_short) {
            json_begin_object(&out);
            json_field_text(&out, "sku", line->sku->row.code);
            json_field_text(&out, "location", line->location->code);
            json_field_int(
                &out, "requested", line->quantity < 0 ? -line->quantity : line->quantity);
            json_field_int(&out, "available", line->available);
            json_end_object(&out);
        }
    }
    json_end_array(&out);
    problem_end(&out);
}

static void show_line(struct show *s, const struct work *w, const struct line *line, size_t first)
{
    struct json_writer *out = &s->w;
    const struct stock *row = stock_set_find(&w->b->stock, line->sku->row.id, line->location->id);
    const struct movement_row *movement =
        line->movement == NO_MOVEMENT ? NULL
                                      : w->b->changes.movements.items[first + line->movement];
    json_begin_object(out);
    show_id(s, "id", movement ? movement->n : 0);
    json_field_str(out, "kind", movement_kind_text(line->shape->kind));
    json_field_text(out, "sku", line->sku->row.code);
    json_field_text(out, "location", line->location->code);
    json_field_int(out, "quantity", line->quantity);
    if (line->shape->kind == MOVE_COUNT) {
        json_field_int(out, "difference", line->difference);
    }
    if (line->reason.n) {
        json_field_text(out, "reason", line->reason);
    }
    if (line->reference.n) {
        json_field_text(out, "reference", line->reference);
    }
    json_field_time(out, "happened_at", line->happened_at_us);
    json_field_int(out, "available", row ? row->available : 0);
    json_field_int(out, "on_hand", row ? stock_on_hand(row) : 0);
    json_end_object(out);
}

/* What counts leave behind beside their movements. */
static void keep_counts(struct work *w, size_t first, size_t count)
{
    struct batch *b = w->b;
    for (size_t i = first; i < first + count; i++) {
        const struct line *line = &w->lines[i];
        if (line->shape->kind == MOVE_COUNT && line->movement == NO_MOVEMENT) {
            /* Counted as the ledger has it: from now on this figure is known, and may be shown. */
            batch_sku_moved(b, line->sku, b->now_us, 0);
        }
    }
}

static size_t keep(struct work *w, struct json body)
{
    struct batch *b = w->b;
    size_t first = b->changes.movements.count;
    struct slice subject = w->count == 1 ? w->lines[0].sku->row.code : w->lines[0].reference;
    int64_t event =
        request_event(b, w->turn, "movement", (struct channel_id){0}, subject, body, NULL);
    batch_movements(b, &w->ledger, event, 0);
    keep_counts(w, 0, w->count);
    return first;
}

/* Nothing of the request happened. */
static void forget(struct work *w)
{
    ledger_undo(&w->ledger);
    for (size_t i = w->count; i-- > 0;) {
        const struct line *line = &w->lines[i];
        struct stock *row =
            line->is_marked ? stock_set_find(&w->b->stock, line->sku->row.id, line->location->id)
                            : NULL;
        if (row) {
            row->counted_at_us = line->counted_before;
        }
    }
}

/* Reads, decides and books. False: it was refused or the batch has failed, nothing is kept. */
static bool book(struct work *w, struct json body, size_t *out_first)
{
    struct batch *b = w->b;
    w->ledger = (struct ledger){.arena = &b->arena, .stock = &b->stock};
    w->past_start = -1;
    read_lines(w, body);
    for (size_t i = 0; i < w->count && !request_refused(w->turn) && !b->err; i++) {
        decide(w, &w->lines[i]);
        mark_counted(w, &w->lines[i]);
    }
    if (w->ledger.exhausted) {
        batch_fail(b, ERR_LIMIT, "a request's movements");
    }
    if (b->err) {
        return false;
    }
    if (request_refused(w->turn) || w->shorts) {
        forget(w);
        if (!request_refused(w->turn)) {
            refuse_short(w);
        }
        return false;
    }
    *out_first = keep(w, body);
    return !b->err;
}

bool movements_book(struct batch *b, struct turn *turn, struct json body, int64_t *out_differences)
{
    struct work w = {.b = b, .turn = turn};
    size_t first;
    if (!book(&w, body, &first)) {
        return false;
    }
    for (size_t i = 0; i < w.count; i++) {
        out_differences[i] = w.lines[i].difference;
    }
    return true;
}

void request_movements_create(struct batch *b, struct turn *turn)
{
    struct json body;
    struct work w = {.b = b, .turn = turn};
    size_t first;
    if (!form_body(b, turn, &body) || !book(&w, body, &first)) {
        return;
    }
    turn->status = 201;
    struct show s = request_show(b, turn);
    json_begin_object(&s.w);
    json_key(&s.w, "movements");
    json_begin_array(&s.w);
    for (size_t i = 0; i < w.count; i++) {
        show_line(&s, &w, &w.lines[i], first);
    }
    json_end_array(&s.w);
    json_end_object(&s.w);
}

/* ---- tables ---- */

struct movement_table {
    struct work w;
    struct map places;
    size_t cap;
    size_t *ends; /* by line: how many movements there were after it */
    int64_t earliest_us;
};

struct movement_table *movement_table_new(struct batch *b, struct turn *turn, size_t lines_max)
{
    struct movement_table *t = ARENA_NEW(&b->arena, struct movement_table);
    struct line *lines = ARENA_ARRAY(&b->arena, lines_max, struct line);
    size_t *ends = ARENA_ARRAY(&b->arena, lines_max, size_t);
    if (!t || !lines || !ends) {
        batch_fail(b, ERR_LIMIT, "a table's movements");
        return NULL;
    }
    *t = (struct movement_table){.w = {.b = b,
                                       .turn = turn,
                                       .ledger = {.arena = &b->arena, .stock = &b->stock},
                                       .lines = lines,
                                       .past_start = -1},
                                 .cap = lines_max,
                                 .ends = ends,
                                 .earliest_us = b->now_us};
    map_init(&t->places);
    return t;
}

void movement_table_free(struct movement_table *t)
{
    map_free(&t->places);
}

void movement_table_read(struct movement_table *t, struct json item)
{
    must(t->w.count < t->cap);
    struct line *line = &t->w.lines[t->w.count];
    read_line(&t->w, item, "", line);
    if (request_refused(t->w.turn) || t->w.b->err) {
        return;
    }
    t->w.count++;
    if (line->is_dated) {
        t->earliest_us =
            line->happened_at_us < t->earliest_us ? line->happened_at_us : t->earliest_us;
        t->w.past_start = 0;
    }
}

size_t movement_table_count(const struct movement_table *t)
{
    return t->w.count;
}

static void refuse_short_line(struct movement_table *t, const struct line *line)
{
    request_refuse(t->w.turn,
                   409,
                   "shortage",
                   "quantity",
                   "%" PRId64 " units of '%.*s' at '%.*s' are asked for, %" PRId64 " are there",
                   line->quantity < 0 ? -line->quantity : line->quantity,
                   SLICE_ARG(line->sku->row.code),
                   SLICE_ARG(line->location->code),
                   line->available);
}

static void tell_stock(const struct work *w,
                       const struct line *line,
                       int64_t *out_on_hand,
                       int64_t *out_available)
{
    const struct stock *row = stock_set_find(&w->b->stock, line->sku->row.id, line->location->id);
    *out_on_hand = row ? stock_on_hand(row) : 0;
    *out_available = row ? row->available : 0;
}

void movement_table_decide(struct movement_table *t, size_t n, struct movement_told *out)
{
    struct work *w = &t->w;
    struct line *line = &w->lines[n];
    if (w->past_start == 0) {
        w->past_start = past_start(w->b, t->earliest_us);
    }
    struct place *place =
        w->past_start < 0
            ? NULL
            : place_find(&t->places, w->b, w->past_start, line->sku->row.id, line->location->id);
    if (w->b->err) {
        return;
    }
    size_t before = w->ledger.movements.count;
    batch_load_stock(w->b, line->sku);
    *out = (struct movement_told){.kind = movement_kind_text(line->shape->kind),
                                  .sku = line->sku->row.code,
                                  .location = line->location->code,
                                  .reference = line->reference};
    tell_stock(w, line, &out->on_hand_before, &out->available_before);
    w->place = place;
    decide(w, line);
    mark_counted(w, line);
    if (w->ledger.exhausted) {
        batch_fail(w->b, ERR_LIMIT, "a table's movements");
    } else if (line->is_short) {
        refuse_short_line(t, line);
    }
    for (size_t i = before; place && i < w->ledger.movements.count && !w->b->err; i++) {
        place_add(w->b, place, &w->ledger.movements.items[i], w->b->now_us);
    }
    t->ends[n] = w->ledger.movements.count;
    tell_stock(w, line, &out->on_hand_after, &out->available_after);
    out->has_moved = line->movement != NO_MOVEMENT;
}

void movement_table_book(struct movement_table *t, size_t first, size_t count, int64_t event)
{
    size_t from = first ? t->ends[first - 1] : 0;
    const struct ledger part = {.arena = t->w.ledger.arena,
                                .stock = t->w.ledger.stock,
                                .movements = {.items = t->w.ledger.movements.items + from,
                                              .count = t->ends[first + count - 1] - from}};
    batch_movements(t->w.b, &part, event, 0);
    keep_counts(&t->w, first, count);
}
