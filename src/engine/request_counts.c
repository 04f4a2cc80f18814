/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Count sessions: many SKUs at one location are counted, looked over, and posted as one request of
 * movements, each line at the instant at which it was counted. Goods may move meanwhile.
 *
 *   OPEN --review--> REVIEW --post--> POSTED
 *     \---------------\--cancel--> CANCELLED
 *
 * Lines may be counted again in both, but not in the review of a blind count: it has shown what the
 * ledger has.
 */
#include "base/times.h"
#include "engine/past.h"
#include "engine/request.h"
#include "engine/request_parts.h"

struct work {
    struct batch *b;
    struct turn *turn;
    struct json body;
    struct count_row *row;
    struct rows lines; /* count_line_row, as this commit leaves them */
};

/* ---- rows ---- */

static struct count_row *batch_count(struct batch *b, int64_t id)
{
    for (size_t i = b->changes.counts.count; i-- > 0;) {
        struct count_row *row = b->changes.counts.items[i];
        if (row->id == id) {
            return row;
        }
    }
    struct count_row *row = NULL;
    batch_fail(b, b->store->ops->count(b->store, id, &b->arena, &row), "load a count");
    return row;
}

static struct count_line_row *line_of(const struct work *w, struct sku_id sku)
{
    for (size_t i = 0; i < w->lines.count; i++) {
        struct count_line_row *line = w->lines.items[i];
        if (line->sku.v == sku.v) {
            return line;
        }
    }
    return NULL;
}

static void load_lines(struct work *w)
{
    struct batch *b = w->b;
    batch_fail(b,
               b->store->ops->count_lines(b->store, w->row->id, &b->arena, &w->lines),
               "load a count's lines");
    for (size_t i = 0; i < b->changes.count_lines.count && !b->err; i++) {
        struct count_line_row *changed = b->changes.count_lines.items[i];
        struct count_line_row *line =
            changed->count == w->row->id ? line_of(w, changed->sku) : NULL;
        if (line) {
            *line = *changed;
        } else if (changed->count == w->row->id) {
            request_change(b, &w->lines, changed);
        }
    }
}

/* A line of this session, changed in this commit. */
static struct count_line_row *line_change(struct work *w, struct sku_id sku)
{
    struct batch *b = w->b;
    struct count_line_row *line = line_of(w, sku);
    struct count_line_row *changed = ARENA_NEW(&b->arena, struct count_line_row);
    if (!changed) {
        batch_fail(b, ERR_LIMIT, "a count's lines");
        return NULL;
    }
    if (line) {
        *changed = *line;
        for (size_t i = 0; i < w->lines.count; i++) {
            w->lines.items[i] = w->lines.items[i] == line ? changed : w->lines.items[i];
        }
    } else {
        *changed =
            (struct count_line_row){.count = w->row->id, .sku = sku, .counted = POLICY_UNSET};
        request_change(b, &w->lines, changed);
    }
    request_change(b, &b->changes.count_lines, changed);
    return changed;
}

/* ---- answering ---- */

/* What the ledger has on hand, or had when the line was counted. */
static int64_t there_at(struct work *w, const struct count_line_row *line, int64_t *start)
{
    struct batch *b = w->b;
    const struct ledger nothing = {0};
    struct batch_sku *sku = batch_sku(b, line->sku);
    if (sku) {
        batch_load_stock(b, sku);
    }
    const struct stock *row =
        b->err ? NULL : stock_set_find(&b->stock, line->sku, w->row->location);
    int64_t on_hand = row ? stock_on_hand(row) : 0;
    if (line->counted == POLICY_UNSET || b->err) {
        return on_hand;
    }
    *start = *start < 0 ? past_start(b, w->row->created_at_us) : *start;
    int64_t instant_us = past_end_of_stamp(line->counted_at_us, b->now_us);
    int64_t from = *start;
    if (line->counted_at_us < w->row->created_at_us) { /* counted before the session was opened */
        from = past_start(b, line->counted_at_us);
    }
    return on_hand - past_after(b, &nothing, from, line->sku, w->row->location, instant_us).effect;
}

static void answer(struct work *w, int status)
{
    struct batch *b = w->b;
    struct count_shown *shown = ARENA_ARRAY(&b->arena, w->lines.count + 1, struct count_shown);
    bool hides = w->row->is_blind && w->row->state == COUNT_OPEN;
    int64_t start = -1;
    for (size_t i = 0; shown && i < w->lines.count; i++) {
        const struct count_line_row *line = w->lines.items[i];
        bool is_posted = w->row->state == COUNT_POSTED;
        bool is_open = w->row->state == COUNT_OPEN || w->row->state == COUNT_REVIEW;
        shown[i] = (struct count_shown){
            .line = line,
            .has_there = !hides && (is_open || (is_posted && line->counted != POLICY_UNSET))};
        if (shown[i].has_there) {
            shown[i].there = is_posted ? line->there : there_at(w, line, &start);
        }
    }
    if (!shown) {
        batch_fail(b, ERR_LIMIT, "a count's lines");
    }
    if (b->err) {
        return;
    }
    w->turn->status = status;
    struct show s = request_show(b, w->turn);
    show_count(&s, w->row, shown, w->lines.count);
}

static void keep(struct work *w, const char *kind)
{
    struct batch *b = w->b;
    struct slice subject = arena_printf(&b->arena, "count %" PRId64, w->row->id);
    request_change(b, &b->changes.counts, w->row);
    request_event(b, w->turn, kind, (struct channel_id){0}, subject, w->body, NULL);
}

/* ---- starting ---- */

/* A SKU that can be counted; NULL after a refusal. where: "skus[3]". */
static struct batch_sku *countable(struct work *w, struct slice code, const char *where)
{
    struct batch_sku *sku = batch_sku_by_code(w->b, code);
    if (w->b->err) {
        return NULL;
    }
    if (!sku) {
        request_refuse(w->turn,
                       422,
                       "unknown-sku",
                       where,
                       "%s: there is no SKU '%.*s'",
                       where,
                       SLICE_ARG(code));
        return NULL;
    }
    if (sku->row.parts_count) {
        request_refuse(w->turn,
                       422,
                       "bundle",
                       where,
                       "%s: '%.*s' is a bundle and owns no stock: count its components",
                       where,
                       SLICE_ARG(code));
        return NULL;
    }
    return sku;
}

static void read_skus(struct work *w, struct json list)
{
    if (json_type(list) == JSON_NONE || json_type(list) == JSON_NULL) {
        return;
    }
    w->row->is_listed = true;
    struct form_items items = form_list(w->turn, list, "skus", FORM_ITEMS_MAX);
    while (!request_refused(w->turn) && !w->b->err && form_next(&items)) {
        char where[40];
        struct slice code = {0};
        (void)snprintf(where, sizeof(where), "%.30s", items.where);
        where[strlen(where) - 1] = '\0'; /* "skus[3]", not "skus[3]." */
        if (!json_text(items.item, &code)) {
            request_refuse(w->turn, 400, "invalid", where, "%s must be a text", where);
            return;
        }
        const struct batch_sku *sku = countable(w, code, where);
        if (sku && !line_of(w, sku->row.id)) {
            line_change(w, sku->row.id);
        }
    }
}

void request_counts_create(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"location", "reference", "reason", "blind", "skus"};
    struct work w = {.b = b, .turn = turn, .row = ARENA_NEW(&b->arena, struct count_row)};
    if (!w.row || !form_body(b, turn, &w.body)) {
        return;
    }
    struct form f = form_begin(b, turn, w.body, "", fields, COUNT_OF(fields));
    *w.row = (struct count_row){.created_at_us = b->now_us, .reason = SLICE("stock take")};
    const struct location_row *location = form_location(&f, "location");
    w.row->location = location ? location->id : (struct location_id){0};
    form_text(&f, "reference", 0, &w.row->reference);
    form_text(&f, "reason", 0, &w.row->reason);
    form_bool(&f, "blind", &w.row->is_blind);
    if (!form_ok(&f)) {
        return;
    }
    size_t lines_before = b->changes.count_lines.count;
    w.row->id = b->store->ops->next_id(b->store, ID_COUNT);
    read_skus(&w, json_get(w.body, "skus"));
    if (request_refused(turn) || b->err) {
        b->changes.count_lines.count = lines_before;
        return;
    }
    keep(&w, "count");
    answer(&w, 201);
}

/* ---- steps ---- */

/* The session of the path, not closed, with its lines, and the body's form. False: refused. */
static bool
begin(struct work *w, const char *const *fields, size_t fields_count, struct form *out_form)
{
    struct batch *b = w->b;
    int64_t id = 0;
    const struct count_row *known = request_arg_id(w->turn, &id) ? batch_count(b, id) : NULL;
    if (!known) {
        request_not_found(w->turn, "count");
        return false;
    }
    if (w->turn->body.n == 0) {
        w->turn->body = SLICE("{}");
    }
    if (!form_body(b, w->turn, &w->body)) {
        return false;
    }
    *out_form = form_begin(b, w->turn, w->body, "", fields, fields_count);
    if (form_ok(out_form) && (known->state == COUNT_POSTED || known->state == COUNT_CANCELLED)) {
        request_refuse(w->turn,
                       409,
                       "wrong-state",
                       NULL,
                       "the count is %s: start another one",
                       count_state_text(known->state));
    }
    w->row = ARENA_NEW(&b->arena, struct count_row);
    if (!form_ok(out_form) || !w->row) {
        return false;
    }
    *w->row = *known;
    load_lines(w);
    return !b->err;
}

struct entry {
    struct sku_id sku;
    int64_t counted, counted_at_us;
};

static void read_entry(struct work *w, const struct form_items *items, struct entry *out)
{
    static const char *const fields[] = {"sku", "quantity", "counted_at"};
    struct form f = form_begin(w->b, w->turn, items->item, items->where, fields, COUNT_OF(fields));
    const struct batch_sku *sku = form_stocked_sku(&f, "sku", "count its components");
    *out = (struct entry){.counted_at_us = w->b->now_us};
    form_needs(&f, "quantity");
    form_int(&f, "quantity", 0, QTY_MAX, &out->counted);
    form_past(&f, "counted_at", &out->counted_at_us);
    if (form_ok(&f) && w->row->is_listed && !line_of(w, sku->row.id)) {
        form_refuse(&f,
                    422,
                    "not-in-count",
                    "sku",
                    "%ssku: '%.*s' is not part of this count",
                    f.where,
                    SLICE_ARG(sku->row.code));
    }
    out->sku = sku ? sku->row.id : out->sku;
}

void request_count_lines(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"lines"};
    struct work w = {.b = b, .turn = turn};
    struct form f;
    if (!begin(&w, fields, COUNT_OF(fields), &f)) {
        return;
    }
    if (w.row->is_blind && w.row->state == COUNT_REVIEW) {
        request_refuse(turn,
                       409,
                       "wrong-state",
                       NULL,
                       "the review of this blind count has shown what the ledger has: post it, or "
                       "cancel it and count again");
        return;
    }
    struct form_items items = form_list(turn, json_get(w.body, "lines"), "lines", FORM_ITEMS_MAX);
    struct entry *entries = ARENA_ARRAY(&b->arena, items.count + 1, struct entry);
    size_t count = 0;
    while (entries && !request_refused(turn) && !b->err && form_next(&items)) {
        read_entry(&w, &items, &entries[count++]);
    }
    if (!entries) {
        batch_fail(b, ERR_LIMIT, "a count's lines");
    }
    if (request_refused(turn) || b->err) {
        return;
    }
    for (size_t i = 0; i < count && !b->err; i++) {
        struct count_line_row *line = line_change(&w, entries[i].sku);
        if (line) {
            line->counted = entries[i].counted;
            line->counted_at_us = entries[i].counted_at_us;
        }
    }
    keep(&w, "count_lines");
    answer(&w, 200);
}

void request_count_review(struct batch *b, struct turn *turn)
{
    struct work w = {.b = b, .turn = turn};
    struct form f;
    if (begin(&w, NULL, 0, &f)) {
        w.row->state = COUNT_REVIEW;
        keep(&w, "count_review");
        answer(&w, 200);
    }
}

void request_count_cancel(struct batch *b, struct turn *turn)
{
    struct work w = {.b = b, .turn = turn};
    struct form f;
    if (begin(&w, NULL, 0, &f)) {
        w.row->state = COUNT_CANCELLED;
        w.row->closed_at_us = b->now_us;
        keep(&w, "count_cancelled");
        answer(&w, 200);
    }
}

/* ---- posting ---- */

/* The API's times have milliseconds; a count is as exact as the ledger. */
static struct slice exact_time(struct batch *b, int64_t time_us)
{
    char stamp[TIME_TEXT_MAX];
    struct slice text = time_format(time_us, stamp);
    text.n -= 1; /* without the Z */
    return arena_printf(&b->arena, "%.*s%03dZ", SLICE_ARG(text), (int)(time_us % US_PER_MS));
}

/* The lines that were counted, as a body of POST /v1/movements. */
static struct slice movements_text(struct work *w)
{
    struct batch *b = w->b;
    const struct location_row *location = config_location(b->config, w->row->location);
    struct slice reference = w->row->reference.n
                                 ? w->row->reference
                                 : arena_printf(&b->arena, "count %" PRId64, w->row->id);
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, REQUEST_FACTS_MAX);
    struct json_writer out = json_writer(&text);
    json_begin_object(&out);
    json_key(&out, "movements");
    json_begin_array(&out);
    for (size_t i = 0; i < w->lines.count && !b->err; i++) {
        const struct count_line_row *line = w->lines.items[i];
        const struct batch_sku *sku = batch_sku(b, line->sku);
        if (line->counted == POLICY_UNSET || !sku) {
            continue;
        }
        json_begin_object(&out);
        json_field_str(&out, "kind", "count");
        json_field_text(&out, "sku", sku->row.code);
        json_field_text(&out, "location", location ? location->code : SLICE(""));
        json_field_int(&out, "quantity", line->counted);
        json_field_text(&out, "reason", w->row->reason);
        json_field_text(&out, "reference", reference);
        json_field_text(&out, "happened_at", exact_time(b, line->counted_at_us));
        json_end_object(&out);
    }
    json_end_array(&out);
    json_end_object(&out);
    if (text.overflow) {
        batch_fail(b, ERR_LIMIT, "a count's lines");
    }
    return arena_copy(&b->arena, buf_view(&text));
}

/* Posts what was counted; the lines remember what was there. False: refused or failed. */
static bool post_lines(struct work *w, size_t counted)
{
    struct batch *b = w->b;
    struct err_note note;
    struct json movements;
    struct slice text = movements_text(w);
    int64_t *differences = ARENA_ARRAY(&b->arena, counted, int64_t);
    if (!differences || b->err) {
        batch_fail(b, ERR_LIMIT, "a count's lines");
        return false;
    }
    batch_fail(b, json_parse(b->parser, text, &movements, &note), "read a count's movements");
    if (b->err || !movements_book(b, w->turn, movements, differences)) {
        return false;
    }
    for (size_t i = 0, k = 0; i < w->lines.count && !b->err; i++) {
        const struct count_line_row *line = w->lines.items[i];
        if (line->counted == POLICY_UNSET) {
            continue;
        }
        struct count_line_row *changed = line_change(w, line->sku);
        if (changed) {
            changed->there = changed->counted - differences[k++];
        }
    }
    return !b->err;
}

void request_count_post(struct batch *b, struct turn *turn)
{
    static const char *const fields[] = {"reason"};
    struct work w = {.b = b, .turn = turn};
    struct form f;
    size_t counted = 0;
    if (!begin(&w, fields, COUNT_OF(fields), &f)) {
        return;
    }
    form_text(&f, "reason", 1, &w.row->reason);
    for (size_t i = 0; i < w.lines.count; i++) {
        const struct count_line_row *line = w.lines.items[i];
        counted += line->counted != POLICY_UNSET;
    }
    if (form_ok(&f) && w.row->state != COUNT_REVIEW) {
        request_refuse(turn, 409, "wrong-state", NULL, "review the count before it is posted");
    } else if (form_ok(&f) && counted == 0) {
        request_refuse(turn, 422, "nothing-counted", NULL, "no line of this count was counted");
    }
    if (request_refused(turn) || b->err) {
        return;
    }
    struct slice asked = json_copy_text(w.body, &b->arena); /* the parser is needed once more */
    struct err_note note;
    if (!post_lines(&w, counted)) {
        return;
    }
    batch_fail(b, json_parse(b->parser, asked, &w.body, &note), "read a request again");
    w.row->state = COUNT_POSTED;
    w.row->closed_at_us = b->now_us;
    if (!b->err) {
        keep(&w, "count_posted");
        answer(&w, 200);
    }
}
