/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles from a table: all lines of one SKU, wherever they stand, are its recipe. */
#include "engine/csv_table.h"
#include "engine/request_parts.h"

static const struct csv_spec specs[] = {
    {"sku", "sku", CELL_CODE, NULL, true},
    {"component", "components", CELL_CODE, NULL, true},
    {"quantity", "quantity", CELL_INT, NULL, true},
};

static const char *const fields[] = {"components"};

struct part {
    struct slice code, key;
    int64_t quantity;
};

struct bundle {
    struct batch_sku *sku;
    int64_t line; /* the first of it */
    bool is_bad;  /* one of its lines is */
    struct rows parts;
};

struct bundles {
    struct map by_key;  /* code_key -> bundle, in the order of the file */
    struct map of_file; /* SKU -> anything: components that the file named so far */
};

/* {"components":[...]} with one part, or all of them, as an item. */
static struct json
item_of(struct csv_import *im, const struct part *const *parts, size_t count, bool *out_ok)
{
    struct json item = {0};
    struct err_note note;
    struct json_writer w = json_writer(&im->other);
    buf_clear(&im->other);
    json_begin_object(&w);
    json_key(&w, "components");
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&w);
        json_field_text(&w, "sku", parts[i]->code);
        json_field_int(&w, "quantity", parts[i]->quantity);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    *out_ok =
        !im->other.overflow && batch_json(im->b, im->other_doc, buf_view(&im->other), &item, &note);
    if (!*out_ok) {
        batch_fail(im->b, ERR_LIMIT, "a bundle");
    }
    return item;
}

/* ---- lines ---- */

static struct bundle *bundle_of(struct csv_import *im, struct slice code)
{
    struct bundles *own = im->own;
    struct batch_sku *sku = code.n ? batch_sku_by_code(im->b, code) : NULL;
    if (!sku) {
        csv_error(im,
                  im->line,
                  "sku",
                  "there is no SKU '%.*s': create it first, with a table of the kind skus",
                  SLICE_ARG(code));
        return NULL;
    }
    struct bundle *bundle = map_get(&own->by_key, sku->row.code_key);
    if (bundle) {
        return bundle;
    }
    bundle = ARENA_NEW(&im->b->arena, struct bundle);
    if (!bundle || !map_set(&own->by_key, sku->row.code_key, bundle)) {
        batch_fail(im->b, ERR_LIMIT, "a bundle");
        return NULL;
    }
    *bundle = (struct bundle){.sku = sku, .line = im->line};
    return bundle;
}

/* By itself: what is wrong with it is wrong with this very line. */
static bool check_part(struct csv_import *im, const struct bundle *bundle, const struct part *part)
{
    bool ok;
    struct sku_row scratch = {.id = bundle->sku->row.id};
    struct json item = item_of(im, &part, 1, &ok);
    if (!ok) {
        return false;
    }
    struct form f = form_begin(im->b, im->turn, item, "", fields, COUNT_OF(fields));
    sku_form_recipe(&f, bundle->sku, false, &scratch);
    if (!form_ok(&f)) {
        return false;
    }
    for (size_t i = 0; i < bundle->parts.count; i++) {
        const struct part *before = bundle->parts.items[i];
        if (slice_equal(before->key, part->key)) {
            csv_error(im,
                      im->line,
                      "component",
                      "'%.*s' is in this bundle already",
                      SLICE_ARG(part->code));
            return false;
        }
    }
    return true;
}

static void line(struct csv_import *im, struct json item)
{
    static const char *const columns[] = {"sku", "components", "quantity"};
    struct slice code = {0}, component = {0};
    struct part *part = ARENA_NEW(&im->b->arena, struct part);
    struct form f = form_begin(im->b, im->turn, item, "", columns, COUNT_OF(columns));
    if (!part) {
        batch_fail(im->b, ERR_LIMIT, "a bundle");
        return;
    }
    form_needs(&f, "sku");
    form_text(&f, "sku", 1, &code);
    struct bundle *bundle = form_ok(&f) ? bundle_of(im, code) : NULL;
    form_needs(&f, "components");
    form_needs(&f, "quantity");
    form_text(&f, "components", 1, &component);
    form_int(&f, "quantity", 1, 1000000, &part->quantity);
    if (!bundle) {
        return;
    }
    const struct batch_sku *found = form_ok(&f) ? batch_sku_by_code(im->b, component) : NULL;
    part->code = component;
    part->key = found ? found->row.code_key : component; /* it may have several codes */
    if (!form_ok(&f) || !check_part(im, bundle, part)) {
        bundle->is_bad = true;
        return;
    }
    request_change(im->b, &bundle->parts, part);
}

/* ---- recipes ---- */

static bool is_same(const struct sku_row *a, const struct sku_row *b)
{
    bool same = a->parts_count == b->parts_count;
    for (size_t i = 0; same && i < a->parts_count; i++) {
        same =
            a->parts[i].sku.v == b->parts[i].sku.v && a->parts[i].quantity == b->parts[i].quantity;
    }
    return same;
}

static void put_recipe(struct csv_import *im, struct json_writer *w, const struct sku_row *row)
{
    json_begin_array(w);
    for (size_t i = 0; i < row->parts_count; i++) {
        const struct batch_sku *part = batch_sku(im->b, row->parts[i].sku);
        json_begin_object(w);
        json_field_text(w, "sku", part ? part->row.code : SLICE(""));
        json_field_int(w, "quantity", row->parts[i].quantity);
        json_end_object(w);
    }
    json_end_array(w);
}

static void tell(struct csv_import *im, const struct sku_row *before, const struct sku_row *after)
{
    struct json_writer *w = csv_change(im, im->line, before->parts_count ? "changed" : "created");
    if (!w) {
        return;
    }
    json_field_text(w, "sku", after->code);
    json_key(w, "before");
    put_recipe(im, w, before);
    json_key(w, "after");
    put_recipe(im, w, after);
    csv_change_end(im);
}

static bool is_part(struct csv_import *im, const struct batch_sku *sku)
{
    const struct bundles *own = im->own;
    struct rows bundles = {0};
    if (sku->row.parts_count || map_get(&own->of_file, MAP_KEY(&sku->row.id))) {
        return sku->row.parts_count == 0;
    }
    batch_fail(im->b,
               im->b->store->ops->bundles_of(im->b->store, sku->row.id, &im->scratch, &bundles),
               "load bundles");
    return bundles.count > 0;
}

static void apply(struct csv_import *im, struct bundle *bundle)
{
    struct bundles *own = im->own;
    struct batch_sku *sku = bundle->sku;
    struct sku_row row = sku->row;
    bool ok;
    struct json item =
        item_of(im, (const struct part *const *)bundle->parts.items, bundle->parts.count, &ok);
    if (!ok) {
        return;
    }
    struct form f = form_begin(im->b, im->turn, item, "", fields, COUNT_OF(fields));
    sku_form_recipe(&f, sku, is_part(im, sku), &row);
    if (!form_ok(&f)) {
        return;
    }
    for (size_t i = 0; i < row.parts_count; i++) {
        const struct batch_sku *part = batch_sku(im->b, row.parts[i].sku);
        if (!part || !map_set(&own->of_file, MAP_KEY(&part->row.id), sku)) {
            batch_fail(im->b, ERR_MEMORY, "a bundle");
            return;
        }
    }
    if (is_same(&row, &sku->row)) {
        im->unchanged++;
        return;
    }
    tell(im, &sku->row, &row);
    im->created += sku->row.parts_count == 0;
    im->changed += sku->row.parts_count > 0;
    batch_sku_changed(im->b, sku); /* before the row: it counts its version up */
    row.stock_version = sku->row.stock_version;
    sku->row = row;
    csv_fact(im, row.code, item, NULL);
}

static void end(struct csv_import *im)
{
    const struct bundles *own = im->own;
    for (size_t i = 0; i < own->by_key.items_count && !im->b->err; i++) {
        struct bundle *bundle = own->by_key.items[i].value;
        arena_clear(&im->scratch);
        im->line = bundle->line;
        memset(im->shortened, 0, sizeof(im->shortened));
        if (!bundle->is_bad && bundle->parts.count) {
            apply(im, bundle);
            (void)csv_take_refusal(im, bundle->line);
        }
    }
}

static void begin(struct csv_import *im)
{
    struct bundles *own = ARENA_NEW(&im->b->arena, struct bundles);
    if (!own) {
        batch_fail(im->b, ERR_LIMIT, "a table");
        return;
    }
    map_init(&own->by_key);
    map_init(&own->of_file);
    im->own = own;
}

static void free_own(struct csv_import *im)
{
    struct bundles *own = im->own;
    map_free(&own->by_key);
    map_free(&own->of_file);
}

const struct csv_table csv_table_bundles = {.name = "bundles",
                                            .event = "sku",
                                            .specs = specs,
                                            .specs_count = COUNT_OF(specs),
                                            .begin = begin,
                                            .line = line,
                                            .end = end,
                                            .free = free_own};
