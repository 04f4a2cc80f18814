/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_bigcommerce_catalogue - products with their variants, and all variants as one list. */
#include "drill/sandbox_bigcommerce.h"

#include "base/times.h"

#define PAGE_MAX 250

/* A body under way: `fields` is the request's include_fields, empty = all. */
struct out {
    struct json_writer w;
    struct arena *arena;
    struct slice fields;
};

static bool wants(const struct out *o, const char *key)
{
    return o->fields.n == 0 || rest_list_has(o->fields, slice_of(key));
}

static int64_t product_level(const struct product *product)
{
    int64_t sum = 0;
    if (product->is_pool) {
        return product->count;
    }
    for (size_t i = 0; i < product->items_count; i++) {
        sum += product->items[i]->count;
    }
    return sum;
}

static void put_options(struct out *o, const struct item *item)
{
    json_key(&o->w, "option_values");
    json_begin_array(&o->w);
    for (size_t i = 0; i < item->options_count; i++) {
        json_begin_object(&o->w);
        json_field_int(&o->w, "id", item->id * 10 + (int64_t)i);
        json_field_text(&o->w, "label", item->options[i].value);
        json_field_int(&o->w, "option_id", item->product->id * 10 + (int64_t)i);
        json_field_text(&o->w, "option_display_name", item->options[i].name);
        json_end_object(&o->w);
    }
    json_end_array(&o->w);
}

/* Its own count where it is tracked by variant; of a whole product it shows 0. */
static void put_variant(struct out *o, const struct item *item, bool is_all)
{
    bool is_base = item->product->is_simple;
    int64_t level = item->product->is_pool ? 0 : item->count;
    json_begin_object(&o->w);
    json_field_int(&o->w, "id", item->id);
    json_field_int(&o->w, "product_id", item->product->id);
    if (is_all || wants(o, "sku")) {
        json_field_text(&o->w, "sku", item->sku);
    }
    if (is_base) {
        json_field_null(&o->w, "sku_id");
    } else {
        json_field_int(&o->w, "sku_id", bc_sku_id(item));
    }
    if (is_all || wants(o, "upc")) {
        json_field_text(&o->w, "upc", item->barcode);
    }
    if (is_all || wants(o, "price")) {
        json_field_raw(&o->w, "price", item->price);
    }
    json_field_bool(&o->w, "purchasing_disabled", false);
    if (is_all || wants(o, "inventory_level")) {
        json_field_int(&o->w, "inventory_level", level);
    }
    put_options(o, item);
    json_end_object(&o->w);
}

static void put_variants(struct out *o, const struct product *product)
{
    json_key(&o->w, "variants");
    json_begin_array(&o->w);
    for (size_t i = 0; i < product->items_count; i++) {
        put_variant(o, product->items[i], true);
    }
    json_end_array(&o->w);
}

static void put_product(struct out *o, const struct product *product, bool with_variants)
{
    const struct item *first = product->items[0];
    char stamp[TIME_TEXT_MAX];
    json_begin_object(&o->w);
    json_field_int(&o->w, "id", product->id);
    if (wants(o, "name")) {
        json_field_text(&o->w, "name", product->title);
    }
    if (wants(o, "type")) {
        json_field_str(&o->w, "type", "physical");
    }
    if (wants(o, "sku")) {
        json_field_text(&o->w, "sku", product->is_simple ? first->sku : SLICE(""));
    }
    if (wants(o, "upc")) {
        json_field_text(&o->w, "upc", product->is_simple ? first->barcode : SLICE(""));
    }
    if (wants(o, "price")) {
        json_field_raw(&o->w, "price", first->price);
    }
    if (wants(o, "inventory_tracking")) {
        json_field_str(&o->w, "inventory_tracking", bc_tracking_text(bc_tracking(product)));
    }
    if (wants(o, "inventory_level")) {
        json_field_int(&o->w, "inventory_level", product_level(product));
    }
    if (wants(o, "is_visible")) {
        json_field_bool(&o->w, "is_visible", true);
    }
    if (wants(o, "base_variant_id")) {
        if (product->is_simple) {
            json_field_int(&o->w, "base_variant_id", first->id);
        } else {
            json_field_null(&o->w, "base_variant_id");
        }
    }
    if (wants(o, "date_created")) {
        json_field_text(&o->w, "date_created", time_format_s(product->created_us, stamp));
    }
    if (wants(o, "date_modified")) {
        json_field_text(&o->w, "date_modified", time_format_s(product->changed_us, stamp));
    }
    if (with_variants) {
        put_variants(o, product);
    }
    json_end_object(&o->w);
}

static struct out out_start(struct call *call)
{
    struct out o = {.w = rest_json(call, 200), .arena = &call->shop->sandbox->turn};
    rest_query(call, "include_fields", &o.fields);
    return o;
}

/* include=variants,...; false: refused, for it names what there is not. */
static bool includes(struct call *call, bool *out_variants)
{
    static const char *const known[] = {"variants", "images", "custom_fields", "channels"};
    struct slice list = {0};
    struct slice one;
    *out_variants = false;
    rest_query(call, "include", &list);
    while (list.n > 0) {
        bool is_known = false;
        slice_cut(&list, ',', &one);
        for (size_t i = 0; i < COUNT_OF(known); i++) {
            is_known |= slice_is(one, known[i]);
        }
        if (!is_known) {
            bc_problem(call, 422, "The include is not valid.", "{\"include\":\"invalid\"}");
            return false;
        }
        *out_variants |= slice_is(one, "variants");
    }
    return true;
}

static bool known_only(struct call *call, const char *const *known, size_t count)
{
    if (rest_query_unknown(call, known, count).n > 0) {
        bc_problem(call, 422, "The filter(s) are not valid filter parameter(s).", "{}");
        return false;
    }
    return true;
}

struct filter {
    struct slice ids, sku;
    bool by_id, by_sku, by_since;
    int64_t since_us;
};

static bool filter_read(struct call *call, struct filter *f)
{
    struct slice since;
    *f = (struct filter){0};
    f->by_id = rest_query(call, "id:in", &f->ids) || rest_query(call, "id", &f->ids);
    f->by_sku = rest_query(call, "sku", &f->sku);
    f->by_since = rest_query(call, "date_modified:min", &since);
    if (f->by_since && !time_parse_utc(since, &f->since_us)) {
        bc_problem(call, 422, "date_modified:min is no date.", "{}");
        return false;
    }
    return true;
}

static bool filter_takes(const struct filter *f, const struct product *product)
{
    return (!f->by_id || rest_list_has_int(f->ids, product->id)) &&
           (!f->by_sku || slice_equal(product->items[0]->sku, f->sku)) &&
           (!f->by_since || product->changed_us / US_PER_S >= f->since_us / US_PER_S);
}

static void list_products(struct call *call)
{
    static const char *const known[] = {"include",
                                        "include_fields",
                                        "page",
                                        "limit",
                                        "id:in",
                                        "id",
                                        "sku",
                                        "date_modified:min",
                                        "sort",
                                        "direction"};
    const struct shop *shop = call->shop;
    struct filter f;
    bool with_variants;
    int64_t page;
    int64_t limit;
    if (!known_only(call, known, COUNT_OF(known)) || !includes(call, &with_variants) ||
        !bc_paging(call, 50, PAGE_MAX, &page, &limit) || !filter_read(call, &f)) {
        return;
    }
    struct out o = out_start(call);
    int64_t total = 0;
    int64_t count = 0;
    json_begin_object(&o.w);
    json_key(&o.w, "data");
    json_begin_array(&o.w);
    for (size_t i = 0; i < shop->products_count; i++) {
        if (!filter_takes(&f, shop->products[i])) {
            continue;
        }
        int64_t at = total++;
        if (at >= (page - 1) * limit && at < page * limit) {
            put_product(&o, shop->products[i], with_variants);
            count++;
        }
    }
    json_end_array(&o.w);
    bc_put_meta(&o.w, total, count, page, limit);
    json_end_object(&o.w);
}

static void one_product(struct call *call, const struct product *product)
{
    static const char *const known[] = {"include", "include_fields"};
    bool with_variants;
    if (!known_only(call, known, COUNT_OF(known)) || !includes(call, &with_variants)) {
        return;
    }
    struct out o = out_start(call);
    json_begin_object(&o.w);
    json_key(&o.w, "data");
    put_product(&o, product, with_variants);
    json_key(&o.w, "meta");
    json_begin_object(&o.w);
    json_end_object(&o.w);
    json_end_object(&o.w);
}

/* product NULL: of all products. */
static void list_variants(struct call *call, const struct product *product)
{
    static const char *const known[] = {
        "id", "sku", "upc", "include_fields", "exclude_fields", "page", "limit", "product_id:in"};
    const struct shop *shop = call->shop;
    struct slice ids;
    struct slice skus;
    struct slice products;
    int64_t page;
    int64_t limit;
    if (!known_only(call, known, COUNT_OF(known)) ||
        !bc_paging(call, 50, PAGE_MAX, &page, &limit)) {
        return;
    }
    bool by_id = rest_query(call, "id", &ids);
    bool by_sku = rest_query(call, "sku", &skus);
    bool by_product = rest_query(call, "product_id:in", &products);
    struct out o = out_start(call);
    int64_t total = 0;
    int64_t count = 0;
    json_begin_object(&o.w);
    json_key(&o.w, "data");
    json_begin_array(&o.w);
    for (size_t i = 0; i < shop->items_count; i++) {
        const struct item *item = shop->items[i];
        if ((product && item->product != product) || (by_id && !rest_list_has_int(ids, item->id)) ||
            (by_sku && !slice_equal(skus, item->sku)) ||
            (by_product && !rest_list_has_int(products, item->product->id))) {
            continue;
        }
        int64_t at = total++;
        if (at >= (page - 1) * limit && at < page * limit) {
            put_variant(&o, item, false);
            count++;
        }
    }
    json_end_array(&o.w);
    bc_put_meta(&o.w, total, count, page, limit);
    json_end_object(&o.w);
}

static void one_variant(struct call *call, const struct item *item)
{
    struct out o = out_start(call);
    json_begin_object(&o.w);
    json_key(&o.w, "data");
    put_variant(&o, item, false);
    json_key(&o.w, "meta");
    json_begin_object(&o.w);
    json_end_object(&o.w);
    json_end_object(&o.w);
}

static void of_product(struct call *call, const struct rest_parts *parts)
{
    int64_t id = 0;
    int64_t variant = 0;
    const struct product *product =
        slice_int(parts->at[3], &id) ? bc_product(call->shop, id) : NULL;
    if (!product) {
        bc_no_route(call, false);
    } else if (parts->count == 4) {
        one_product(call, product);
    } else if (rest_is(parts, "v3", "catalog", "products", "*", "variants", NULL)) {
        list_variants(call, product);
    } else if (rest_is(parts, "v3", "catalog", "products", "*", "variants", "*", NULL) &&
               slice_int(parts->at[5], &variant)) {
        const struct item *item = bc_variant(call->shop, variant);
        if (item && item->product == product) {
            one_variant(call, item);
        } else {
            bc_no_route(call, false);
        }
    } else {
        bc_no_route(call, false);
    }
}

void bc_catalogue_call(struct call *call, const struct rest_parts *parts)
{
    if (!rest_method(call, "GET")) {
        bc_no_route(call, false);
    } else if (rest_is(parts, "v3", "catalog", "products", NULL)) {
        list_products(call);
    } else if (rest_is(parts, "v3", "catalog", "variants", NULL)) {
        list_variants(call, NULL);
    } else if (parts->count >= 4 && slice_is(parts->at[2], "products")) {
        of_product(call, parts);
    } else {
        bc_no_route(call, false);
    }
}
