/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_bigcommerce_stock - inventory: adjustments that are accepted now and land later, items,
 * locations.
 *
 * Requests land each after its own delay, so that two under way may land in either order.
 */
#include "drill/sandbox_bigcommerce.h"

#include "base/times.h"

#define ROWS_MAX 2000
#define LOCATION_COUNT_MAX INT64_C(2147483647)

static const char *const location_codes[] = {"BC-LOCATION-1", "BC-LOCATION-2"};
static const char *const location_names[] = {"Default location", "Second warehouse"};

/* ---- adjustments ---- */

struct adjustment {
    struct call *call;
    bool is_relative;
    struct late_write *rows;
    size_t rows_count;
};

static bool row_wrong(struct adjustment *a, size_t at, const char *field, const char *what)
{
    struct arena *arena = &a->call->shop->sandbox->turn;
    struct slice errors = arena_printf(arena, "{\"items.%zu.%s\":\"%s\"}", at, field, what);
    bc_problem(a->call, 422, "JSON data is missing or invalid", errors.p);
    return false;
}

static bool row_refused(struct adjustment *a, int status, struct slice title)
{
    bc_problem(a->call, status, title.p, "{}");
    return false;
}

/* By which id an item was named, and the other way it is tracked. */
static bool tracking_fits(
    struct adjustment *a, const char *key, int64_t id, enum bc_tracking tracking, bool by_product)
{
    struct arena *arena = &a->call->shop->sandbox->turn;
    if (tracking == BC_BY_PRODUCT && !by_product) {
        return row_refused(a,
                           422,
                           arena_printf(arena,
                                        "[Item with %s %" PRId64
                                        " is tracked by product, please update stock by product "
                                        "id]",
                                        key,
                                        id));
    }
    if (tracking == BC_BY_VARIANT && by_product) {
        return row_refused(a,
                           422,
                           arena_printf(arena,
                                        "[Item with %s %" PRId64
                                        " is tracked by variant, please update stock by variant "
                                        "id]",
                                        key,
                                        id));
    }
    return true;
}

static bool row_unknown(struct adjustment *a, const char *key, struct slice value)
{
    struct arena *arena = &a->call->shop->sandbox->turn;
    return row_refused(
        a,
        422,
        arena_printf(arena, "Items with identity: [%s %.*s] not found", key, SLICE_ARG(value)));
}

/* One of the three identities, whole: the item, or a refusal. */
static bool row_item(struct adjustment *a, size_t at, struct json row, struct item **out)
{
    const struct shop *shop = a->call->shop;
    struct arena *arena = &shop->sandbox->turn;
    struct json by_variant = json_get(row, "variant_id");
    struct json by_product = json_get(row, "product_id");
    struct json by_sku = json_get(row, "sku");
    int named = (json_type(by_variant) != JSON_NONE) + (json_type(by_product) != JSON_NONE) +
                (json_type(by_sku) != JSON_NONE);
    int64_t id = 0;
    struct slice sku = {0};
    if (named != 1) {
        return row_wrong(a, at, "identity", "exactly one of sku, variant_id, product_id");
    }
    if (json_int(by_variant, &id)) {
        *out = bc_variant(shop, id);
        return *out ? tracking_fits(a, "variant_id", id, bc_tracking((*out)->product), false)
                    : row_unknown(a, "variant_id", arena_printf(arena, "%" PRId64, id));
    }
    if (json_int(by_product, &id)) {
        const struct product *product = bc_product(shop, id);
        *out = product ? product->items[0] : NULL;
        return product ? tracking_fits(a, "product_id", id, bc_tracking(product), true)
                       : row_unknown(a, "product_id", arena_printf(arena, "%" PRId64, id));
    }
    if (json_text(by_sku, &sku)) {
        *out = item_find(shop, sku);
        if (!*out) {
            return row_unknown(a, "sku", sku);
        }
        bool by_whole = (*out)->product->is_simple;
        return tracking_fits(a, "variant_id", (*out)->id, bc_tracking((*out)->product), by_whole);
    }
    return row_wrong(a, at, "identity", "error.expected.number");
}

static bool row_read(struct adjustment *a, size_t at, struct json row)
{
    static const char *const keys[] = {
        "location_id", "sku", "variant_id", "product_id", "quantity"};
    int64_t location = 0;
    int64_t quantity = 0;
    struct item *item = NULL;
    struct slice unknown = rest_key_unknown(row, keys, COUNT_OF(keys));
    if (json_type(row) != JSON_OBJECT) {
        return row_wrong(a, at, "item", "error.expected.jsobject");
    }
    if (unknown.n > 0) {
        return row_wrong(a, at, "field", "error.unknown.field");
    }
    if (!json_int(json_get(row, "location_id"), &location)) {
        return row_wrong(a, at, "location_id", "error.expected.number");
    }
    if (!json_int(json_get(row, "quantity"), &quantity) || (quantity < 0 && !a->is_relative)) {
        return row_wrong(a, at, "quantity", "error.expected.number");
    }
    if (location < 1 || location > BC_LOCATIONS) {
        return row_refused(a,
                           404,
                           arena_printf(&a->call->shop->sandbox->turn,
                                        "Location with id %" PRId64 " not found",
                                        location));
    }
    if (!row_item(a, at, row, &item)) {
        return false;
    }
    int64_t *count = bc_count(item, location);
    int64_t after = a->is_relative ? *count + quantity : quantity;
    if (after < 0) {
        return row_refused(a, 422, SLICE("[Quantity would be below zero]"));
    }
    /* Over the limit a row is not saved; what is not tracked keeps no number. Both without a word.
     */
    if (after <= LOCATION_COUNT_MAX && bc_tracking(item->product) != BC_BY_NONE) {
        a->rows[a->rows_count++] = (struct late_write){
            .item = item, .count = count, .quantity = quantity, .is_relative = a->is_relative};
    }
    return true;
}

static void adjust(struct call *call, bool is_relative)
{
    static const char *const keys[] = {"reason", "items"};
    struct shop *shop = call->shop;
    struct json body;
    if (!bc_body(call, &body)) {
        return;
    }
    struct json items = json_get(body, "items");
    struct slice unknown = rest_key_unknown(body, keys, COUNT_OF(keys));
    if (json_type(items) != JSON_ARRAY || json_count(items) == 0 || unknown.n > 0) {
        bc_problem(
            call, 422, "JSON data is missing or invalid", "{\"items\":\"error.path.missing\"}");
        return;
    }
    if (json_count(items) > ROWS_MAX) {
        bc_problem(call, 413, "Payload has more than 2000 items", NULL);
        return;
    }
    struct adjustment a = {
        .call = call,
        .is_relative = is_relative,
        .rows = ARENA_ARRAY(&shop->sandbox->turn, json_count(items), struct late_write)};
    must(a.rows != NULL);
    size_t at = 0;
    for (struct json_iter i = json_iter(items); json_next(&i); at++) {
        if (!row_read(&a, at, i.value)) {
            return; /* the whole request */
        }
    }
    writes_later(shop, a.rows, a.rows_count, late_us(shop), NULL, 0);
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_text(
        &w,
        "transaction_id",
        arena_printf(&shop->sandbox->turn, "tx-%06" PRId64, ++bc_of(shop)->transactions));
    json_end_object(&w);
}

/* ---- items ---- */

static void put_settings(struct json_writer *w)
{
    json_key(w, "settings");
    json_begin_object(w);
    json_field_int(w, "safety_stock", 0);
    json_field_bool(w, "is_in_stock", true);
    json_field_int(w, "warning_level", 0);
    json_field_str(w, "bin_picking_number", "");
    json_end_object(w);
}

static void put_identity(struct json_writer *w, const struct item *item)
{
    bool is_pool = item->product->is_pool;
    json_key(w, "identity");
    json_begin_object(w);
    json_field_text(w, "sku", is_pool ? SLICE("") : item->sku);
    if (is_pool) {
        json_field_null(w, "variant_id");
    } else {
        json_field_int(w, "variant_id", item->id);
    }
    json_field_int(w, "product_id", item->product->id);
    if (bc_sku_id(item) && !is_pool) {
        json_field_int(w, "sku_id", bc_sku_id(item));
    } else {
        json_field_null(w, "sku_id");
    }
    json_end_object(w);
}

static void put_level(struct json_writer *w, struct item *item, int64_t location)
{
    json_field_int(w, "available_to_sell", *bc_count(item, location));
    json_field_int(w, "total_inventory_onhand", *bc_count(item, location));
    put_settings(w);
}

struct filter {
    struct slice skus, variants, products, locations, codes;
    bool by_sku, by_variant, by_product, by_location, by_code;
};

static struct filter filter_read(const struct call *call)
{
    struct filter f = {0};
    f.by_sku = rest_query(call, "sku:in", &f.skus);
    f.by_variant = rest_query(call, "variant_id:in", &f.variants);
    f.by_product = rest_query(call, "product_id:in", &f.products);
    f.by_location = rest_query(call, "location_id:in", &f.locations);
    f.by_code = rest_query(call, "location_code:in", &f.codes);
    return f;
}

/* Untracked products have no inventory items; a pool is one, of its first variation. */
static bool filter_takes(const struct filter *f, const struct item *item)
{
    const struct product *product = item->product;
    if (bc_tracking(product) == BC_BY_NONE || (product->is_pool && item != product->items[0])) {
        return false;
    }
    return (!f->by_sku || rest_list_has(f->skus, item->sku)) &&
           (!f->by_variant || rest_list_has_int(f->variants, item->id)) &&
           (!f->by_product || rest_list_has_int(f->products, product->id));
}

static void put_item(struct json_writer *w, struct item *item, const struct filter *f)
{
    json_begin_object(w);
    put_identity(w, item);
    json_key(w, "locations");
    json_begin_array(w);
    for (int64_t location = 1; location <= BC_LOCATIONS; location++) {
        const char *code = location_codes[location - 1];
        if ((f->by_location && !rest_list_has_int(f->locations, location)) ||
            (f->by_code && !rest_list_has(f->codes, slice_of(code)))) {
            continue;
        }
        json_begin_object(w);
        json_field_int(w, "location_id", location);
        json_field_str(w, "location_code", code);
        json_field_str(w, "location_name", location_names[location - 1]);
        put_level(w, item, location);
        json_field_bool(w, "location_enabled", true);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

/* location 0: of all of them. */
static void list_items(struct call *call, int64_t location)
{
    static const char *const known[] = {"sku:in",
                                        "variant_id:in",
                                        "product_id:in",
                                        "page",
                                        "limit",
                                        "location_id:in",
                                        "location_code:in"};
    const struct shop *shop = call->shop;
    struct filter f = filter_read(call);
    int64_t page;
    int64_t limit;
    if (rest_query_unknown(call, known, location ? 5 : 7).n > 0) {
        bc_problem(call, 422, "The request has an unknown filter.", "{}");
        return;
    }
    if (!bc_paging(call, 50, 1000, &page, &limit)) {
        return;
    }
    struct json_writer w = rest_json(call, 200);
    int64_t total = 0;
    int64_t count = 0;
    json_begin_object(&w);
    json_key(&w, "data");
    json_begin_array(&w);
    for (size_t i = 0; i < shop->items_count; i++) {
        struct item *item = shop->items[i];
        if (!filter_takes(&f, item)) {
            continue;
        }
        int64_t at = total++;
        if (at < (page - 1) * limit || at >= page * limit) {
            continue;
        }
        count++;
        if (location) {
            json_begin_object(&w);
            put_identity(&w, item);
            put_level(&w, item, location);
            json_end_object(&w);
        } else {
            put_item(&w, item, &f);
        }
    }
    json_end_array(&w);
    bc_put_meta(&w, total, count, page, limit);
    json_end_object(&w);
}

static void list_locations(struct call *call)
{
    int64_t page;
    int64_t limit;
    if (!bc_paging(call, 50, 1000, &page, &limit)) {
        return;
    }
    struct json_writer w = rest_json(call, 200);
    char stamp[TIME_TEXT_MAX];
    json_begin_object(&w);
    json_key(&w, "data");
    json_begin_array(&w);
    for (int64_t i = 0; i < BC_LOCATIONS && page == 1 && i < limit; i++) {
        json_begin_object(&w);
        json_field_int(&w, "id", i + 1);
        json_field_str(&w, "code", location_codes[i]);
        json_field_str(&w, "label", location_names[i]);
        json_field_str(&w, "description", "");
        json_field_bool(&w, "managed_by_external_source", false);
        json_field_str(&w, "type_id", "PHYSICAL");
        json_field_bool(&w, "enabled", true);
        json_field_bool(&w, "is_default", i == 0);
        json_field_bool(&w, "is_active", true);
        json_field_str(&w, "time_zone", "Etc/UTC");
        json_field_text(&w, "created_at", time_format_s(0, stamp));
        json_end_object(&w);
    }
    json_end_array(&w);
    bc_put_meta(&w, BC_LOCATIONS, BC_LOCATIONS, page, limit);
    json_end_object(&w);
}

void bc_inventory_call(struct call *call, const struct rest_parts *parts)
{
    bool is_get = rest_method(call, "GET");
    int64_t location;
    if (rest_is(parts, "v3", "inventory", "adjustments", "absolute", NULL) &&
        rest_method(call, "PUT")) {
        adjust(call, false);
    } else if (rest_is(parts, "v3", "inventory", "adjustments", "relative", NULL) &&
               rest_method(call, "POST")) {
        adjust(call, true);
    } else if (is_get && rest_is(parts, "v3", "inventory", "items", NULL)) {
        list_items(call, 0);
    } else if (is_get && rest_is(parts, "v3", "inventory", "locations", NULL)) {
        list_locations(call);
    } else if (is_get && rest_is(parts, "v3", "inventory", "locations", "*", "items", NULL) &&
               slice_int(parts->at[3], &location) && location >= 1 && location <= BC_LOCATIONS) {
        list_items(call, location);
    } else {
        bc_no_route(call, false);
    }
}
