/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Movements and counts from tables. A line that names a movement by its id was exported: it is
 * compared with the ledger, which is never changed, and not booked again. A line of stock without
 * `counted` says nothing.
 */
#include "engine/csv_table.h"
#include "engine/movement_table.h"
#include "engine/request_parts.h"

static const struct csv_spec stock_specs[] = {
    {"sku", "sku", CELL_CODE, NULL, true},
    {"location", "location", CELL_CODE, NULL, true},
    {"on_hand", NULL, CELL_INFO, NULL, false},
    {"available", NULL, CELL_INFO, NULL, false},
    {"held", NULL, CELL_INFO, NULL, false},
    {"reserved", NULL, CELL_INFO, NULL, false},
    {"unavailable", NULL, CELL_INFO, NULL, false},
    {"in_transit", NULL, CELL_INFO, NULL, false},
    {"counted", "quantity", CELL_INT, NULL, true},
    {"expected", "expected", CELL_INT, NULL, false},
    {"counted_at", "happened_at", CELL_TIME, NULL, false},
    {"reason", "reason", CELL_TEXT, NULL, false},
    {"reference", "reference", CELL_TEXT, NULL, false},
};

static const struct csv_spec movement_specs[] = {
    {"id", NULL, CELL_INFO, NULL, false},
    {"kind", "kind", CELL_CODE, NULL, true},
    {"sku", "sku", CELL_CODE, NULL, true},
    {"location", "location", CELL_CODE, NULL, true},
    {"quantity", "quantity", CELL_INT, NULL, true},
    {"reason", "reason", CELL_TEXT, NULL, false},
    {"reference", "reference", CELL_TEXT, NULL, false},
    {"happened_at", "happened_at", CELL_TIME, NULL, false},
    {"expected", "expected", CELL_INT, NULL, false},
    {"recorded_at", NULL, CELL_INFO, NULL, false},
    {"from", NULL, CELL_INFO, NULL, false},
    {"to", NULL, CELL_INFO, NULL, false},
    {"channel", NULL, CELL_INFO, NULL, false},
    {"order", NULL, CELL_INFO, NULL, false},
};

struct lines {
    struct movement_table *table;
    int64_t *of; /* the file's line of each line of the table */
    /* of movements: a page of the ledger, for lines that name one */
    struct arena page;
    struct rows rows;
};

static void begin(struct csv_import *im)
{
    struct lines *own = ARENA_NEW(&im->b->arena, struct lines);
    int64_t *of = ARENA_ARRAY(&im->b->arena, CSV_LINES_MAX, int64_t);
    struct movement_table *table = movement_table_new(im->b, im->turn, CSV_LINES_MAX);
    if (!own || !of || !table) {
        batch_fail(im->b, ERR_LIMIT, "a table");
        return;
    }
    *own = (struct lines){.table = table, .of = of};
    arena_init(&own->page, (size_t)16 << 20);
    im->own = own;
}

static void free_own(struct csv_import *im)
{
    struct lines *own = im->own;
    movement_table_free(own->table);
    arena_free(&own->page);
}

static void read(struct csv_import *im, struct json item)
{
    struct lines *own = im->own;
    size_t n = movement_table_count(own->table);
    struct slice subject = {0};
    movement_table_read(own->table, item);
    if (movement_table_count(own->table) > n) {
        own->of[n] = im->line;
        csv_fact(im, subject, item, NULL);
    }
}

/* ---- stock ---- */

/* Whoever edits a figure that is there for information wanted something else than nothing. */
static bool check_sum(struct csv_import *im)
{
    static const char *const parts[] = {"available", "held", "reserved", "unavailable"};
    struct slice text;
    int64_t on_hand, sum = 0;
    if (!csv_cell(im, "on_hand", &text) || !slice_int(text, &on_hand)) {
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        int64_t part;
        if (!csv_cell(im, parts[i], &text) || !slice_int(text, &part) ||
            __builtin_add_overflow(sum, part, &sum)) {
            return true;
        }
    }
    if (sum != on_hand) {
        csv_error(im,
                  im->line,
                  "on_hand",
                  "on_hand is not the sum of available, held, reserved and unavailable: these are "
                  "for information; to change a stock fill in counted");
    }
    return sum == on_hand;
}

static bool check_uncounted(struct csv_import *im)
{
    struct slice text, sku, location;
    (void)csv_cell(im, "sku", &sku);
    (void)csv_cell(im, "location", &location);
    if (!batch_sku_by_code(im->b, sku)) {
        csv_error(im, im->line, "sku", "there is no SKU '%.*s'", SLICE_ARG(sku));
        return false;
    }
    if (!config_location_by_code(im->b->config, location)) {
        csv_error(im, im->line, "location", "there is no location '%.*s'", SLICE_ARG(location));
        return false;
    }
    if (csv_cell(im, "expected", &text) && text.n) {
        csv_error(im, im->line, "counted", "counted is missing: expected stands beside it");
        return false;
    }
    return true;
}

static void stock_line(struct csv_import *im, struct json item)
{
    struct slice counted, sku, location;
    if (!check_sum(im)) {
        return;
    }
    if (!csv_cell(im, "counted", &counted) || counted.n == 0) {
        im->unchanged += check_uncounted(im);
        return;
    }
    (void)csv_cell(im, "sku", &sku);
    (void)csv_cell(im, "location", &location);
    const struct batch_sku *found = batch_sku_by_code(im->b, sku); /* it may have several codes */
    struct slice key = arena_printf(&im->b->arena,
                                    "%.*s %.*s",
                                    SLICE_ARG(location),
                                    SLICE_ARG(found ? found->row.code_key : sku));
    if (csv_first(im, key, "counted", sku)) {
        read(im, item);
    }
}

/* ---- movements ---- */

struct location_id csv_movement_location(const struct movement *m)
{
    return m->to.location.v && m->to.bucket != BUCKET_OUTSIDE ? m->to.location : m->from.location;
}

int64_t csv_movement_quantity(const struct movement *m)
{
    bool has_sign = m->kind == MOVE_ADJUST || m->kind == MOVE_COUNT;
    return has_sign && m->to.bucket == BUCKET_OUTSIDE ? -m->quantity : m->quantity;
}

static const struct movement_row *page_find(const struct lines *own, int64_t n)
{
    size_t lo = 0, hi = own->rows.count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct movement_row *row = own->rows.items[mid];
        if (row->n == n) {
            return row;
        }
        lo = row->n < n ? mid + 1 : lo;
        hi = row->n < n ? hi : mid;
    }
    return NULL;
}

/* Files name movements in their order: a page serves many lines. */
static const struct movement_row *booked(struct csv_import *im, int64_t n)
{
    enum { PAGE = 500 };
    struct lines *own = im->own;
    const struct movement_row *row = page_find(own, n);
    if (!row) {
        const struct store_query q = {.after = n - 1, .limit = PAGE};
        arena_clear(&own->page);
        own->rows = (struct rows){0};
        batch_fail(im->b,
                   im->b->store->ops->list_movements(im->b->store, &q, &own->page, &own->rows),
                   "read the ledger");
        row = page_find(own, n);
    }
    return row;
}

/* The column that says something else than the ledger does; NULL: none. */
static const char *differs(struct csv_import *im, const struct movement_row *row)
{
    const struct movement *m = &row->movement;
    const struct batch_sku *sku = batch_sku(im->b, m->sku);
    const struct location_row *at = config_location(im->b->config, csv_movement_location(m));
    struct slice text;
    int64_t quantity;
    if (csv_cell(im, "kind", &text) && !slice_is(text, movement_kind_text(m->kind))) {
        return "kind";
    }
    if (csv_cell(im, "sku", &text) && sku &&
        !slice_equal(sku_code_key(text, &im->scratch), sku->row.code_key)) {
        return "sku";
    }
    if (csv_cell(im, "location", &text) && !slice_equal(text, at ? at->code : SLICE(""))) {
        return "location";
    }
    if (csv_cell(im, "quantity", &text) &&
        (!slice_int(text, &quantity) || quantity != csv_movement_quantity(m))) {
        return "quantity";
    }
    if (csv_cell(im, "reason", &text) && !slice_equal(text, slice_trim(m->reason))) {
        return "reason";
    }
    if (csv_cell(im, "reference", &text) && !slice_equal(text, slice_trim(m->reference))) {
        return "reference";
    }
    return NULL;
}

static void check_booked(struct csv_import *im, struct slice id)
{
    int64_t n = 0;
    const struct movement_row *row = slice_int(id, &n) && n > 0 ? booked(im, n) : NULL;
    if (!row) {
        csv_error(im,
                  im->line,
                  "id",
                  "there is no movement '%.*s': leave id empty for a new one",
                  SLICE_ARG(id));
        return;
    }
    const char *column = differs(im, row);
    if (column) {
        csv_error(im,
                  im->line,
                  column,
                  "movement %" PRId64 " says something else, and the ledger is never changed: "
                  "correct it by a new line without id",
                  n);
        return;
    }
    im->unchanged++;
}

static void movement_line(struct csv_import *im, struct json item)
{
    struct slice id;
    if (csv_cell(im, "id", &id) && id.n) {
        check_booked(im, id);
    } else {
        read(im, item);
    }
}

/* ---- deciding and booking, for both ---- */

static void put_stock(struct json_writer *w, const char *key, int64_t on_hand, int64_t available)
{
    json_key(w, key);
    json_begin_object(w);
    json_field_int(w, "on_hand", on_hand);
    json_field_int(w, "available", available);
    json_end_object(w);
}

static void tell(struct csv_import *im, int64_t line, const struct movement_told *told)
{
    struct json_writer *w = csv_change(im, line, told->kind);
    if (!w) {
        return;
    }
    json_field_text(w, "sku", told->sku);
    json_field_text(w, "location", told->location);
    put_stock(w, "before", told->on_hand_before, told->available_before);
    put_stock(w, "after", told->on_hand_after, told->available_after);
    csv_change_end(im);
}

static void end(struct csv_import *im)
{
    struct lines *own = im->own;
    size_t count = movement_table_count(own->table);
    bool is_stock = im->table == &csv_table_stock;
    im->line = 0;
    for (size_t i = 0; i < count && !im->b->err; i++) {
        struct movement_told told;
        arena_clear(&im->scratch);
        movement_table_decide(own->table, i, &told);
        if (im->b->err || csv_take_refusal(im, own->of[i])) {
            continue;
        }
        im->created += !is_stock;
        im->changed += is_stock && told.has_moved;
        im->unchanged += is_stock && !told.has_moved;
        if (told.has_moved) {
            tell(im, own->of[i], &told);
        }
    }
}

static void keep(struct csv_import *im)
{
    const struct lines *own = im->own;
    size_t count = movement_table_count(own->table);
    for (size_t first = 0; first < count && !im->b->err; first += CSV_EVENT_LINES) {
        size_t n = count - first < CSV_EVENT_LINES ? count - first : CSV_EVENT_LINES;
        movement_table_book(own->table, first, n, csv_log_part(im, first, n, "movements"));
    }
}

const struct csv_table csv_table_stock = {.name = "stock",
                                          .event = "movement",
                                          .specs = stock_specs,
                                          .specs_count = COUNT_OF(stock_specs),
                                          .fixed = "count",
                                          .begin = begin,
                                          .line = stock_line,
                                          .end = end,
                                          .keep = keep,
                                          .free = free_own};

const struct csv_table csv_table_movements = {.name = "movements",
                                              .event = "movement",
                                              .specs = movement_specs,
                                              .specs_count = COUNT_OF(movement_specs),
                                              .begin = begin,
                                              .line = movement_line,
                                              .end = end,
                                              .keep = keep,
                                              .free = free_own};
