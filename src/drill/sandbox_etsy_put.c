/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_etsy_put - the PUT of a whole record, the most dangerous call there is.
 *
 * No version guards it: a sale between GET and PUT is overwritten. What the body does not name is
 * deleted. Fields that only a GET has are refused, as are zeros everywhere, shared quantities that
 * differ, and values whose combination is missing.
 */
#include "drill/sandbox_etsy.h"

#include <math.h>

struct put_row {
    struct item *item;
    int64_t quantity, cents;
    bool is_enabled;
    struct slice sku;
};

struct put {
    const struct product *product;
    struct put_row *rows;
    size_t rows_count;
    bool is_shared;
    const char *wrong;
};

/* ---- one product ---- */

static bool price_read(struct json v, int64_t *out_cents)
{
    struct slice text;
    char number[32];
    if (json_type(v) != JSON_INT && json_type(v) != JSON_REAL) {
        return false;
    }
    struct arena arena;
    arena_init(&arena, 4096);
    text = json_copy_text(v, &arena);
    snprintf(number, sizeof(number), "%.*s", SLICE_ARG(text));
    arena_free(&arena);
    double cents = strtod(number, NULL) * 100;
    *out_cents = (int64_t)llround(cents);
    return fabs(cents - (double)*out_cents) < 0.0001 && *out_cents >= 20;
}

static const char *offering_read(struct json list, struct put_row *out)
{
    static const char *const keys[] = {"price", "quantity", "is_enabled", "readiness_state_id"};
    if (json_type(list) != JSON_ARRAY || json_count(list) != 1) {
        return "A product must have one offering";
    }
    struct json_iter i = json_iter(list);
    json_next(&i);
    struct json v = i.value;
    struct json readiness = json_get(v, "readiness_state_id");
    int64_t readiness_id = 0;
    if (rest_key_unknown(v, keys, COUNT_OF(keys)).n > 0) {
        return "Invalid field in offerings";
    }
    if (!price_read(json_get(v, "price"), &out->cents)) {
        return "price must be a number of at least 0.20 with two decimals";
    }
    if (!json_int(json_get(v, "quantity"), &out->quantity) || out->quantity < 0 ||
        out->quantity > ETSY_QUANTITY_MAX) {
        return "quantity must be an integer between 0 and 999";
    }
    if (!json_bool(json_get(v, "is_enabled"), &out->is_enabled)) {
        return "is_enabled must be a boolean";
    }
    if (json_type(readiness) != JSON_NULL &&
        (!json_int(readiness, &readiness_id) || readiness_id != ETSY_READINESS)) {
        return "readiness_state_id is required: a processing profile's id, or null";
    }
    return NULL;
}

/* The only text of a list of one. */
static bool only_text(struct json list, struct slice *out)
{
    struct json_iter i = json_iter(list);
    return json_type(list) == JSON_ARRAY && json_count(list) == 1 && json_next(&i) &&
           json_text(i.value, out) && out->n > 0;
}

static bool only_int(struct json list, int64_t *out)
{
    struct json_iter i = json_iter(list);
    return json_type(list) == JSON_ARRAY && json_count(list) == 1 && json_next(&i) &&
           json_int(i.value, out);
}

static const char *property_read(struct json v, struct etsy_property *out)
{
    static const char *const keys[] = {
        "property_id", "property_name", "scale_id", "value_ids", "values"};
    struct json scale = json_get(v, "scale_id");
    *out = (struct etsy_property){0};
    if (json_type(v) != JSON_OBJECT || rest_key_unknown(v, keys, COUNT_OF(keys)).n > 0) {
        return "Invalid field in property_values";
    }
    if (!json_int(json_get(v, "property_id"), &out->id)) {
        return "property_id is required";
    }
    if (!only_text(json_get(v, "values"), &out->value) ||
        !only_int(json_get(v, "value_ids"), &out->value_id)) {
        return "Property values can't be empty";
    }
    if (memchr(out->value.p, '(', out->value.n) || memchr(out->value.p, ')', out->value.n)) {
        return "Property values can't contain parentheses";
    }
    bool has_scale = json_type(scale) != JSON_NONE && json_type(scale) != JSON_NULL;
    if (has_scale && !json_int(scale, &out->scale_id)) {
        return "scale_id must be an integer or null";
    }
    return NULL;
}

static bool property_is(const struct etsy_property *a, const struct etsy_property *b)
{
    return a->id == b->id && a->value_id == b->value_id && a->scale_id == b->scale_id &&
           slice_equal(a->value, b->value);
}

/* The item with exactly these properties. */
static struct item *
item_of(const struct product *product, const struct etsy_property *wanted, size_t wanted_count)
{
    for (size_t i = 0; i < product->items_count; i++) {
        struct etsy_property own[ETSY_PROPERTIES_MAX];
        size_t count = etsy_properties(product->items[i], own);
        size_t same = 0;
        for (size_t k = 0; k < count; k++) {
            for (size_t m = 0; m < wanted_count; m++) {
                same += property_is(&own[k], &wanted[m]);
            }
        }
        if (count == wanted_count && same == count &&
            !etsy_item_of(product->items[i])->is_deleted) {
            return product->items[i];
        }
    }
    return NULL;
}

static const char *product_read(const struct put *put, struct json v, struct put_row *out)
{
    static const char *const keys[] = {"sku", "property_values", "offerings"};
    struct etsy_property properties[ETSY_PROPERTIES_MAX];
    struct json list = json_get(v, "property_values");
    size_t count = 0;
    *out = (struct put_row){0};
    if (json_type(v) != JSON_OBJECT || rest_key_unknown(v, keys, COUNT_OF(keys)).n > 0) {
        return "Invalid field in products";
    }
    if (json_type(list) != JSON_ARRAY || json_count(list) > ETSY_PROPERTIES_MAX) {
        return "property_values is required";
    }
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        const char *wrong = property_read(i.value, &properties[count++]);
        if (wrong) {
            return wrong;
        }
    }
    json_text(json_get(v, "sku"), &out->sku);
    out->item = item_of(put->product, properties, count);
    if (!out->item) {
        return "A product's property_values match no variation of this listing";
    }
    return offering_read(json_get(v, "offerings"), out);
}

/* ---- the record as a whole ---- */

static bool is_named(const struct put *put, const struct item *item)
{
    for (size_t i = 0; i < put->rows_count; i++) {
        if (put->rows[i].item == item) {
            return true;
        }
    }
    return false;
}

static bool value_is_named(const struct put *put, const struct etsy_property *wanted)
{
    for (size_t i = 0; i < put->rows_count; i++) {
        struct etsy_property own[ETSY_PROPERTIES_MAX];
        size_t count = etsy_properties(put->rows[i].item, own);
        for (size_t k = 0; k < count; k++) {
            if (property_is(&own[k], wanted)) {
                return true;
            }
        }
    }
    return false;
}

/* Each value of the variation appears in the body, in other combinations. */
static bool is_missing_combination(const struct put *put, const struct item *item)
{
    struct etsy_property own[ETSY_PROPERTIES_MAX];
    size_t count = etsy_properties(item, own);
    for (size_t k = 0; k < count; k++) {
        if (!value_is_named(put, &own[k])) {
            return false;
        }
    }
    return count > 1;
}

static const char *combinations_wrong(const struct put *put)
{
    for (size_t i = 0; i < put->rows_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (put->rows[i].item == put->rows[k].item) {
                return "Two products have the same property_values";
            }
        }
    }
    for (size_t i = 0; i < put->product->items_count; i++) {
        const struct item *item = put->product->items[i];
        if (!etsy_item_of(item)->is_deleted && !is_named(put, item) &&
            is_missing_combination(put, item)) {
            return "All combinations of property values must be present";
        }
    }
    return NULL;
}

static const char *quantities_wrong(const struct put *put)
{
    bool has_any = false;
    bool has_other = false;
    for (size_t i = 0; i < put->rows_count; i++) {
        has_any = has_any || put->rows[i].quantity > 0;
        has_other = has_other || put->rows[i].quantity != put->rows[0].quantity;
    }
    if (!has_any) {
        return "One offering must have quantity greater than 0";
    }
    return put->is_shared && has_other
               ? "quantity must be the same for all offerings unless quantity_on_property is set"
               : NULL;
}

/* Ids of properties that the listing has; empty when it is absent. */
static const char *
on_property_read(const struct put *put, struct json body, const char *key, bool *out)
{
    struct json list = json_get(body, key);
    struct etsy_property own[ETSY_PROPERTIES_MAX];
    size_t count = etsy_properties(put->product->items[0], own);
    bool is_absent = json_type(list) == JSON_NONE || json_type(list) == JSON_NULL;
    if (!is_absent && json_type(list) != JSON_ARRAY) {
        return "on_property must be a list of property ids";
    }
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        int64_t id;
        bool is_known = false;
        for (size_t k = 0; json_int(i.value, &id) && k < count; k++) {
            is_known = is_known || own[k].id == id;
        }
        if (!is_known) {
            return "on_property names a property that the products do not have";
        }
    }
    *out = json_count(list) > 0;
    return NULL;
}

static const char *skus_wrong(const struct put *put, bool sku_varies)
{
    for (size_t i = 1; i < put->rows_count && !sku_varies; i++) {
        if (!slice_equal(put->rows[i].sku, put->rows[0].sku)) {
            return "sku must be the same for all products unless sku_on_property is set";
        }
    }
    return NULL;
}

static const char *record_read(struct put *put, struct json body)
{
    static const char *const keys[] = {"products",
                                       "price_on_property",
                                       "quantity_on_property",
                                       "sku_on_property",
                                       "readiness_state_on_property"};
    struct json list = json_get(body, "products");
    bool varies[4] = {false};
    const char *wrong = NULL;
    if (rest_key_unknown(body, keys, COUNT_OF(keys)).n > 0) {
        return "Invalid field in the record";
    }
    if (json_type(list) != JSON_ARRAY || json_count(list) == 0) {
        return "products is required";
    }
    for (size_t i = 0; !wrong && i < COUNT_OF(varies); i++) {
        wrong = on_property_read(put, body, keys[i + 1], &varies[i]);
    }
    for (struct json_iter i = json_iter(list); !wrong && json_next(&i);) {
        wrong = put->rows_count == put->product->items_count
                    ? "The listing has no so many variations"
                    : product_read(put, i.value, &put->rows[put->rows_count]);
        put->rows_count += !wrong;
    }
    put->is_shared = !varies[1] && !put->product->is_simple;
    wrong = wrong ? wrong : combinations_wrong(put);
    wrong = wrong ? wrong : skus_wrong(put, varies[2]);
    return wrong ? wrong : quantities_wrong(put);
}

/* ---- carrying it out ---- */

/* Products may get new ids by a PUT: in every second shop they do. */
static void id_renew(struct item *item)
{
    struct shop *shop = item->shop;
    if (shop->index % 2 == 1) {
        item->id = shop->item_base + INT64_C(5000000) + etsy_of(shop)->ids_made++;
    }
}

static void item_delete(struct item *item)
{
    int64_t before = *item_carrier(item);
    etsy_item_of(item)->is_deleted = true;
    if (item->mode == STOCK_POOL) {
        item->mode = STOCK_EXTERNAL; /* nobody can buy it any more */
        return;
    }
    etsy_follow(item);
    item_written(item, before, item->count);
}

/* Whether the variations have one quantity or each its own is the record's to say. */
static void item_share(struct item *item, bool is_shared)
{
    if ((item->mode == STOCK_POOL) == is_shared || item->mode == STOCK_UNMANAGED) {
        return;
    }
    item->mode = is_shared ? STOCK_POOL : STOCK_MANAGED;
    item->product->is_pool = is_shared;
    item->count = 0;
    etsy_item_of(item)->shown = 0;
    etsy_item_of(item)->quantity = 0;
}

static void row_apply(const struct put_row *row)
{
    struct item *item = row->item;
    struct etsy_item *state = etsy_item_of(item);
    struct arena *arena = &item->shop->sandbox->arena;
    int64_t before = *item_carrier(item);
    bool is_other = *etsy_quantity(item) != row->quantity;
    if (item->mode != STOCK_UNMANAGED) {
        *etsy_quantity(item) = row->quantity;
    }
    state->is_disabled = !row->is_enabled;
    if (!slice_equal(state->sku, row->sku)) {
        state->sku = arena_copy(arena, row->sku);
    }
    if (price_cents(item->price) != row->cents) {
        item->price = cents_text(arena, row->cents);
    }
    id_renew(item);
    etsy_follow(item);
    int64_t after = *item_carrier(item);
    if (is_other) {
        item_written(item, before, after);
    }
    if (after != before) {
        item_count_changed(item);
    }
}

static void record_apply(const struct put *put)
{
    for (size_t i = 0; i < put->product->items_count; i++) {
        struct item *item = put->product->items[i];
        if (!is_named(put, item) && !etsy_item_of(item)->is_deleted) {
            item_delete(item);
        }
    }
    for (size_t i = 0; i < put->rows_count; i++) {
        item_share(put->rows[i].item, put->is_shared);
        row_apply(&put->rows[i]);
    }
}

/* The fault: somebody buys after the record was read and before it is written. */
static void sale_between(const struct product *product)
{
    struct shop *shop = product->shop;
    int64_t order;
    if (!dice_permille(&shop->sandbox->dice, shop->faults.sale_between)) {
        return;
    }
    for (size_t i = 0; i < product->items_count; i++) {
        struct shop_line line = {product->items[i]->sku, 1};
        if (line.sku.n > 0 && shop_buy(shop, &line, 1, &order) == SHOP_DONE) {
            return;
        }
    }
}

static bool may_write(struct call *call, const struct product *product, struct json *out_body)
{
    struct shop *shop = call->shop;
    if (!etsy_owner(call)) {
        return false;
    }
    if (!product) {
        etsy_error(call, 404, "Could not find a listing with that ID");
        return false;
    }
    if (dice_permille(&shop->sandbox->dice, shop->faults.write_conflict)) {
        etsy_error(call, 409, "The listing is being edited. Please try again.");
        return false;
    }
    sale_between(product);
    if (!rest_content_is(call, "application/json") || !rest_body(call, out_body) ||
        json_type(*out_body) != JSON_OBJECT) {
        etsy_error(call, 400, "Invalid JSON body");
        return false;
    }
    return true;
}

void etsy_inventory_put(struct call *call, struct slice id)
{
    static const char *const known[] = {"max_variations_supported", "legacy"};
    const struct product *product = etsy_product(call->shop, id);
    struct json body;
    if (!etsy_query_known(call, known, COUNT_OF(known)) || !may_write(call, product, &body)) {
        return;
    }
    struct put put = {
        .product = product,
        .rows = ARENA_ARRAY(&call->shop->sandbox->turn, product->items_count, struct put_row),
    };
    const char *wrong = put.rows ? record_read(&put, body) : "The record is too large";
    if (wrong) {
        etsy_error(call, 400, wrong);
        return;
    }
    record_apply(&put);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    etsy_put_record(&w, product, true, false);
    json_end_object(&w);
}
