/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_etsy_record - the inventory record of a listing, and reading it. */
#include "drill/sandbox_etsy.h"

#define BATCH_MAX 100
#define CUSTOM_PROPERTY 513

/* ---- properties ---- */

/* A value's id: the same for the same text. */
static int64_t value_id(struct slice text)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < text.n; i++) {
        hash = (hash ^ (uint8_t)text.p[i]) * 16777619U;
    }
    return (int64_t)(hash >> 4) + 1;
}

static struct etsy_property property_of(struct slice name, struct slice value, size_t nth)
{
    struct etsy_property p = {
        .id = CUSTOM_PROPERTY + (int64_t)nth, .value_id = value_id(value), .name = name};
    p.value = value;
    if (slice_is(name, "Size")) {
        p.id = 100;
        p.scale_id = 301;
    } else if (slice_is(name, "Color")) {
        p.id = 200;
        p.name = SLICE("Primary color");
    }
    return p;
}

size_t etsy_properties(const struct item *item, struct etsy_property out[ETSY_PROPERTIES_MAX])
{
    if (item->product->is_simple) {
        return 0;
    }
    for (size_t i = 0; i < item->options_count; i++) {
        out[i] = property_of(item->options[i].name, item->options[i].value, i);
    }
    if (item->options_count == 0) {
        out[0] = property_of(SLICE("Style"), item->title, 0);
        return 1;
    }
    return item->options_count;
}

/* ---- quantities ---- */

int64_t *etsy_quantity(const struct item *item)
{
    bool is_shared = item->mode == STOCK_POOL;
    return is_shared ? &etsy_listing_of(item->product)->quantity : &etsy_item_of(item)->quantity;
}

void etsy_follow(struct item *item)
{
    const struct etsy_item *state = etsy_item_of(item);
    struct etsy_listing *listing = etsy_listing_of(item->product);
    bool is_shared = item->mode == STOCK_POOL;
    if (item->mode != STOCK_MANAGED && !is_shared) {
        return;
    }
    int64_t *shown = is_shared ? &listing->shown : &etsy_item_of(item)->shown;
    int64_t *count = item_carrier(item);
    bool is_on_sale =
        listing->state == ETSY_ACTIVE && (is_shared || (!state->is_deleted && !state->is_disabled));
    *etsy_quantity(item) += *count - *shown;
    *shown = is_on_sale ? *etsy_quantity(item) : 0;
    *count = *shown;
}

int64_t etsy_total(const struct product *product)
{
    int64_t total = 0;
    for (size_t i = 0; i < product->items_count; i++) {
        const struct item *item = product->items[i];
        int64_t quantity = *etsy_quantity(item);
        total += etsy_item_of(item)->is_deleted || quantity < 0 ? 0 : quantity;
    }
    return total;
}

struct product *etsy_product(const struct shop *shop, struct slice id_text)
{
    int64_t id;
    if (!slice_int(id_text, &id)) {
        return NULL;
    }
    int64_t n = id - shop->product_base;
    bool is_ours = n >= 0 && n % 2 == 0 && n / 2 < (int64_t)shop->products_count;
    return is_ours ? shop->products[n / 2] : NULL;
}

/* ---- the record ---- */

void etsy_put_money(struct json_writer *w, const char *key, int64_t cents)
{
    json_key(w, key);
    json_begin_object(w);
    json_field_int(w, "amount", cents);
    json_field_int(w, "divisor", 100);
    json_field_str(w, "currency_code", "USD");
    json_end_object(w);
}

static void put_property(struct json_writer *w, const struct etsy_property *p)
{
    json_begin_object(w);
    json_field_int(w, "property_id", p->id);
    json_field_text(w, "property_name", p->name);
    if (p->scale_id) {
        json_field_int(w, "scale_id", p->scale_id);
        json_field_str(w, "scale_name", "Letter");
    } else {
        json_field_null(w, "scale_id");
        json_field_null(w, "scale_name");
    }
    json_key(w, "value_ids");
    json_begin_array(w);
    json_put_int(w, p->value_id);
    json_end_array(w);
    json_key(w, "values");
    json_begin_array(w);
    json_put_text(w, p->value);
    json_end_array(w);
    json_end_object(w);
}

static void put_offering(struct json_writer *w, const struct item *item)
{
    const struct etsy_item *state = etsy_item_of(item);
    int64_t quantity = *etsy_quantity(item);
    json_begin_object(w);
    json_field_int(w, "offering_id", item->inventory_id);
    json_field_int(w, "quantity", quantity > 0 ? quantity : 0);
    json_field_bool(w, "is_enabled", !state->is_disabled);
    json_field_bool(w, "is_deleted", state->is_deleted);
    etsy_put_money(w, "price", price_cents(item->price));
    json_field_int(w, "readiness_state_id", ETSY_READINESS);
    json_end_object(w);
}

static void put_item(struct json_writer *w, const struct item *item, bool with_sku)
{
    const struct etsy_item *state = etsy_item_of(item);
    struct etsy_property properties[ETSY_PROPERTIES_MAX];
    size_t count = etsy_properties(item, properties);
    json_begin_object(w);
    json_field_int(w, "product_id", item->id);
    json_field_text(w, "sku", with_sku ? state->sku : SLICE(""));
    json_field_bool(w, "is_deleted", state->is_deleted);
    json_key(w, "offerings");
    json_begin_array(w);
    put_offering(w, item);
    json_end_array(w);
    json_key(w, "property_values");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        put_property(w, &properties[i]);
    }
    json_end_array(w);
    json_end_object(w);
}

static void
put_on_property(struct json_writer *w, const char *key, const struct item *any, bool all)
{
    struct etsy_property properties[ETSY_PROPERTIES_MAX];
    size_t count = all ? etsy_properties(any, properties) : 0;
    json_key(w, key);
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        json_put_int(w, properties[i].id);
    }
    json_end_array(w);
}

void etsy_put_record(struct json_writer *w,
                     const struct product *product,
                     bool with_skus,
                     bool with_deleted)
{
    const struct item *any = product->items[0];
    json_key(w, "products");
    json_begin_array(w);
    for (size_t i = 0; i < product->items_count; i++) {
        if (with_deleted || !etsy_item_of(product->items[i])->is_deleted) {
            put_item(w, product->items[i], with_skus);
        }
    }
    json_end_array(w);
    put_on_property(w, "price_on_property", any, false);
    put_on_property(w, "quantity_on_property", any, !product->is_pool);
    put_on_property(w, "sku_on_property", any, true);
    put_on_property(w, "readiness_state_on_property", any, false);
}

/* ---- GET ---- */

static bool flag(const struct call *call, const char *name)
{
    struct slice text;
    return rest_query(call, name, &text) && slice_is(text, "true");
}

void etsy_inventory_get(struct call *call, struct slice id)
{
    static const char *const known[] = {"show_deleted", "includes", "legacy"};
    struct slice includes = {0};
    bool is_refused;
    bool is_owner = etsy_is_owner(call, &is_refused);
    if (is_refused || !etsy_query_known(call, known, COUNT_OF(known))) {
        return;
    }
    const struct product *product = etsy_product(call->shop, id);
    if (!product) {
        etsy_error(call, 404, "Could not find a listing with that ID");
        return;
    }
    bool has_includes = rest_query(call, "includes", &includes);
    if (has_includes && !slice_is(includes, "Listing")) {
        etsy_error(call, 400, "includes: Listing");
        return;
    }
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    etsy_put_record(&w, product, is_owner, flag(call, "show_deleted"));
    if (has_includes) {
        json_key(&w, "listing");
        json_begin_object(&w);
        etsy_put_listing(&w, product);
        json_end_object(&w);
    }
    json_end_object(&w);
}

/* One id that is not there, and there is no answer for the others either. */
void etsy_inventory_batch(struct call *call)
{
    static const char *const known[] = {"listing_ids", "legacy"};
    struct slice ids, one;
    bool is_refused;
    bool is_owner = etsy_is_owner(call, &is_refused);
    if (is_refused || !etsy_query_known(call, known, COUNT_OF(known))) {
        return;
    }
    if (!rest_query(call, "listing_ids", &ids)) {
        etsy_error(call, 400, "listing_ids is required");
        return;
    }
    const struct product *found[BATCH_MAX];
    size_t count = 0;
    while (ids.n > 0) {
        slice_cut(&ids, ',', &one);
        const struct product *product = etsy_product(call->shop, one);
        if (count == BATCH_MAX) {
            etsy_error(call, 400, "listing_ids takes up to 100 ids");
            return;
        }
        if (!product) {
            etsy_error(call, 404, "Could not find a listing with that ID");
            return;
        }
        found[count++] = product;
    }
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_int(&w, "count", (int64_t)count);
    json_key(&w, "results");
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&w);
        etsy_put_listing(&w, found[i]);
        json_key(&w, "inventory");
        json_begin_object(&w);
        etsy_put_record(&w, found[i], is_owner, false);
        json_end_object(&w);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
}
