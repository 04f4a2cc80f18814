/* SPDX-License-Identifier: Apache-2.0 */
/* SKUs from a table: created, or changed in the columns that are there. A code stays as it is. */
#include "engine/csv_table.h"
#include "engine/request_parts.h"

static const struct csv_spec specs[] = {
    {"sku", "sku", CELL_CODE, NULL, true},
    {"title", "title", CELL_TEXT, "null", false},
    {"product", "product", CELL_TEXT, "null", false},
    {"options", "options", CELL_OBJECT, "{}", false},
    {"barcode", "barcode", CELL_TEXT, "null", false},
    {"buffer", "buffer", CELL_INT, "null", false},
    {"oversell", "oversell", CELL_CODE, "\"deny\"", false},
};

static const char *const fields[] = {
    "sku", "title", "product", "options", "barcode", "buffer", "oversell"};

/* What it has, with the line's cells in their places; an empty cell takes one away. */
static void put_merged(struct json_writer *w, struct json had, struct json said)
{
    json_begin_object(w);
    for (struct json_iter i = json_iter(had); json_next(&i);) {
        struct slice text = {0};
        bool is_said = false;
        for (struct json_iter k = json_iter(said); json_next(&k);) {
            if (slice_equal(k.key, i.key)) {
                is_said = true;
                (void)json_text(k.value, &text);
            }
        }
        if (!is_said) {
            (void)json_text(i.value, &text);
        }
        if (!is_said || text.n) {
            json_key_slice(w, i.key);
            json_put_text(w, text);
        }
    }
    for (struct json_iter k = json_iter(said); json_next(&k);) {
        struct slice text = {0};
        bool is_there = false;
        for (struct json_iter i = json_iter(had); json_next(&i);) {
            is_there |= slice_equal(k.key, i.key);
        }
        if (!is_there && json_text(k.value, &text)) {
            json_key_slice(w, k.key);
            json_put_text(w, text);
        }
    }
    json_end_object(w);
}

/* The item with whole options instead of single cells. */
static struct json
merge_options(struct csv_import *im, const struct batch_sku *sku, struct json item)
{
    struct json had = {0}, merged = {0};
    struct err_note note;
    if (sku && sku->row.options.n &&
        !batch_json(im->b, im->cell_doc, sku->row.options, &had, &note)) {
        batch_fail(im->b, ERR_CORRUPT, "a SKU's options");
        return item;
    }
    struct json_writer w = json_writer(&im->other);
    buf_clear(&im->other);
    json_begin_object(&w);
    for (struct json_iter i = json_iter(item); json_next(&i);) {
        json_key_slice(&w, i.key);
        if (slice_is(i.key, "options")) {
            put_merged(&w, had, i.value);
        } else {
            json_put_raw(&w, json_copy_text(i.value, &im->scratch));
        }
    }
    json_end_object(&w);
    if (im->other.overflow ||
        !batch_json(im->b, im->other_doc, buf_view(&im->other), &merged, &note)) {
        batch_fail(im->b, ERR_LIMIT, "a SKU's options");
        return item;
    }
    return merged;
}

/* ---- telling ---- */

static void put_limit(struct json_writer *w, const char *key, int64_t value)
{
    if (value == POLICY_UNSET) {
        json_field_null(w, key);
    } else {
        json_field_int(w, key, value);
    }
}

/* Where the two differ; other NULL: all of it. */
static void put_row(struct json_writer *w, const struct sku_row *row, const struct sku_row *other)
{
    json_begin_object(w);
    if (!other || !slice_equal(row->title, other->title)) {
        json_field_text(w, "title", row->title);
    }
    if (!other || !slice_equal(row->product, other->product)) {
        json_field_text(w, "product", row->product);
    }
    if (!other || !slice_equal(row->options, other->options)) {
        json_field_raw(w, "options", row->options);
    }
    if (!other || !slice_equal(row->barcode, other->barcode)) {
        json_field_text(w, "barcode", row->barcode);
    }
    if (!other || row->buffer != other->buffer) {
        put_limit(w, "buffer", row->buffer);
    }
    if (!other || row->backorder != other->backorder) {
        json_field_str(w, "oversell", row->backorder ? "backorder" : "deny");
    }
    json_end_object(w);
}

static void tell(struct csv_import *im,
                 const char *what,
                 const struct sku_row *before,
                 const struct sku_row *after)
{
    struct json_writer *w = csv_change(im, im->line, what);
    if (!w) {
        return;
    }
    json_field_text(w, "sku", after->code);
    json_key(w, "before");
    if (before) {
        put_row(w, before, after);
    } else {
        json_put_null(w);
    }
    json_key(w, "after");
    put_row(w, after, before);
    csv_change_end(im);
}

/* ---- lines ---- */

static void create(struct csv_import *im, struct sku_row *row, struct json item)
{
    struct batch *b = im->b;
    if (csv_is_shortened(im, "sku") || csv_is_shortened(im, "barcode")) {
        return;
    }
    row->id = (struct sku_id){b->store->ops->next_id(b->store, ID_SKU)};
    struct batch_sku *sku = batch_sku_new(b, row);
    if (sku) {
        request_change(b, im->own, sku);
        csv_fact(im, row->code, item, NULL);
        tell(im, "created", NULL, row);
        im->created++;
    }
}

static bool is_same(const struct sku_row *a, const struct sku_row *b)
{
    return slice_equal(a->title, b->title) && slice_equal(a->product, b->product) &&
           slice_equal(a->options, b->options) && slice_equal(a->barcode, b->barcode) &&
           a->buffer == b->buffer && a->backorder == b->backorder;
}

static void
change(struct csv_import *im, struct batch_sku *sku, struct sku_row *row, struct json item)
{
    row->code = sku->row.code;
    row->code_key = sku->row.code_key;
    if (is_same(row, &sku->row)) {
        im->unchanged++;
        return;
    }
    if (!slice_equal(row->barcode, sku->row.barcode) && csv_is_shortened(im, "barcode")) {
        return;
    }
    tell(im, "changed", &sku->row, row);
    batch_sku_changed(im->b, sku); /* before the row: it counts its version up */
    row->stock_version = sku->row.stock_version;
    sku->row = *row;
    csv_fact(im, row->code, item, "sku");
    im->changed++;
}

static void line(struct csv_import *im, struct json item)
{
    struct slice code = {0};
    (void)json_text(json_get(item, "sku"), &code);
    struct batch_sku *sku = code.n ? batch_sku_by_code(im->b, code) : NULL;
    if (im->has_members && !im->b->err) {
        item = merge_options(im, sku, item);
    }
    struct form f = form_begin(im->b, im->turn, item, "", fields, COUNT_OF(fields));
    struct sku_row row =
        sku ? sku->row : (struct sku_row){.buffer = POLICY_UNSET, .options = SLICE("{}")};
    form_needs(&f, "sku");
    sku_form_fields(&f, &row);
    if (!form_ok(&f) || !csv_first(im, sku ? sku->row.code_key : row.code_key, "sku", row.code)) {
        return;
    }
    if (sku) {
        change(im, sku, &row, item);
    } else {
        create(im, &row, item);
    }
}

static void begin(struct csv_import *im)
{
    im->own = ARENA_NEW(&im->b->arena, struct rows); /* the created ones, batch_sku */
    if (!im->own) {
        batch_fail(im->b, ERR_LIMIT, "a table");
    }
}

/* Orders and items of catalogues may wait for a code. */
static void kept(struct csv_import *im)
{
    const struct rows *created = im->own;
    for (size_t i = 0; i < created->count && !im->b->err; i++) {
        struct batch_sku *sku = created->items[i];
        sku_known_as(im->b, sku, sku->row.code);
    }
}

const struct csv_table csv_table_skus = {.name = "skus",
                                         .event = "sku",
                                         .specs = specs,
                                         .specs_count = COUNT_OF(specs),
                                         .prefix = "option:",
                                         .prefix_field = "options",
                                         .keeps_empty_members = true,
                                         .begin = begin,
                                         .line = line,
                                         .kept = kept};
