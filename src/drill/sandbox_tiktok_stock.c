/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_tiktok_stock - inventory of one product's SKUs, read-back, and the catalogue.
 *
 * A write that fails for one SKU is answered with code 0: the failure stands in data.errors alone.
 */
#include "drill/sandbox_tiktok.h"

#define QUANTITY_MAX 99998
#define SKUS_MAX 600
#define PRODUCTS_MAX 100
#define PAGE_MAX 100

static struct product *product_of(const struct shop *shop, struct slice text)
{
    int64_t id;
    if (!slice_int(text, &id)) {
        return NULL;
    }
    int64_t n = id - shop->product_base;
    bool is_ours = n >= 0 && n % 2 == 0 && n / 2 < (int64_t)shop->products_count;
    return is_ours ? shop->products[n / 2] : NULL;
}

static struct item *sku_of(const struct shop *shop, struct slice text)
{
    int64_t id;
    if (!slice_int(text, &id)) {
        return NULL;
    }
    int64_t n = id - shop->item_base;
    bool is_ours = n >= 0 && n % 2 == 0 && n / 2 < (int64_t)shop->items_count;
    return is_ours ? shop->items[n / 2] : NULL;
}

/* The warehouse's index, or TT_WAREHOUSES_COUNT. */
static size_t warehouse_of(const struct shop *shop, struct slice id)
{
    size_t i = 0;
    while (i < TT_WAREHOUSES_COUNT && !slice_equal(tt_of(shop)->warehouses[i], id)) {
        i++;
    }
    return i;
}

/* ---- POST /product/202309/products/{id}/inventory/update ---- */

static const char *row_wrong(struct json v)
{
    static const char *const keys[] = {"warehouse_id", "quantity"};
    struct slice text;
    int64_t n;
    struct json warehouse = json_get(v, "warehouse_id");
    if (json_type(v) != JSON_OBJECT || rest_key_unknown(v, keys, COUNT_OF(keys)).n > 0) {
        return "inventory holds {\"warehouse_id\",\"quantity\"}.";
    }
    if (json_type(warehouse) != JSON_NONE && !json_text(warehouse, &text)) {
        return "warehouse_id must be a string.";
    }
    return json_int(json_get(v, "quantity"), &n) ? NULL : "quantity must be an integer.";
}

static const char *body_wrong(struct json skus)
{
    static const char *const keys[] = {"id", "inventory"};
    const char *wrong = NULL;
    if (json_type(skus) != JSON_ARRAY || json_count(skus) == 0) {
        return "skus is missing.";
    }
    for (struct json_iter i = json_iter(skus); !wrong && json_next(&i);) {
        struct slice id;
        struct json list = json_get(i.value, "inventory");
        if (!json_text(json_get(i.value, "id"), &id) ||
            rest_key_unknown(i.value, keys, COUNT_OF(keys)).n > 0) {
            return "skus holds {\"id\":string,\"inventory\":list}.";
        }
        if (json_type(list) != JSON_ARRAY || json_count(list) == 0) {
            return "skus.inventory is missing.";
        }
        for (struct json_iter k = json_iter(list); !wrong && json_next(&k);) {
            wrong = row_wrong(k.value);
        }
    }
    return wrong;
}

struct tt_verdict {
    int code;
    const char *message;
    bool is_warehouse; /* of the warehouse, not of the SKU */
};

static bool uses_default_only(const struct item *item)
{
    const struct nodes *nodes = nodes_of(item);
    return nodes->shown[1] == 0 && nodes->open[1] == 0;
}

/* code 0: the quantity may be written, to warehouse *out. */
static struct tt_verdict
row_check(const struct item *item, struct json row, size_t *out, int64_t *out_quantity)
{
    struct slice id = {0};
    json_int(json_get(row, "quantity"), out_quantity);
    if (json_text(json_get(row, "warehouse_id"), &id)) {
        *out = warehouse_of(item->shop, id);
    } else {
        *out = uses_default_only(item) ? 0 : TT_WAREHOUSES_COUNT;
    }
    if (*out >= NODES_COUNT) {
        return (struct tt_verdict){TT_NO_WAREHOUSE, "The warehouse does not exist.", true};
    }
    if (*out_quantity < 0 || *out_quantity > QUANTITY_MAX) {
        return (struct tt_verdict){TT_BAD_QUANTITY, "The quantity must be below 99999.", true};
    }
    return (struct tt_verdict){0};
}

static struct tt_verdict sku_check(const struct product *product, const struct item *item)
{
    if (!item || item->product != product) {
        return (struct tt_verdict){TT_NO_SKU, "The SKU does not belong to the product.", false};
    }
    if (item->mode != STOCK_MANAGED) {
        return (struct tt_verdict){
            TT_SKU_WITHOUT_WAREHOUSE, "The SKU has no warehouse of the seller.", false};
    }
    return (struct tt_verdict){0};
}

static void put_error(struct json_writer *w,
                      struct slice sku_id,
                      struct slice warehouse_id,
                      struct tt_verdict verdict)
{
    json_begin_object(w);
    json_field_int(w, "code", verdict.code);
    json_field_str(w, "message", verdict.message);
    json_key(w, "detail");
    json_begin_object(w);
    json_field_text(w, "sku_id", sku_id);
    json_key(w, "extra_errors");
    json_begin_array(w);
    if (verdict.is_warehouse) {
        json_begin_object(w);
        json_field_text(w, "warehouse_id", warehouse_id);
        json_field_int(w, "code", verdict.code);
        json_field_str(w, "message", verdict.message);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    json_end_object(w);
}

static void sku_write(struct json_writer *w, const struct product *product, struct json v)
{
    struct slice sku_id = {0};
    json_text(json_get(v, "id"), &sku_id);
    struct item *item = sku_of(product->shop, sku_id);
    struct tt_verdict verdict = sku_check(product, item);
    if (verdict.code) {
        put_error(w, sku_id, (struct slice){0}, verdict);
        return;
    }
    for (struct json_iter i = json_iter(json_get(v, "inventory")); json_next(&i);) {
        struct slice warehouse_id = {0};
        size_t at;
        int64_t quantity = 0;
        json_text(json_get(i.value, "warehouse_id"), &warehouse_id);
        verdict = row_check(item, i.value, &at, &quantity);
        if (verdict.code) {
            put_error(w, sku_id, warehouse_id, verdict);
        } else {
            nodes_write(item, at, quantity);
        }
    }
}

void tt_inventory_update(struct call *call, struct slice product_id)
{
    static const char *const keys[] = {"skus"};
    struct json body;
    const struct product *product = product_of(call->shop, product_id);
    if (!tt_body(call, keys, COUNT_OF(keys), &body)) {
        return;
    }
    struct json skus = json_get(body, "skus");
    const char *wrong = body_wrong(skus);
    if (wrong) {
        tt_bad_parameter(call, wrong);
        return;
    }
    if (!product) {
        tt_error(call, 200, TT_NO_PRODUCT, "The product does not exist.");
        return;
    }
    struct json_writer w = tt_data(call);
    json_key(&w, "errors");
    json_begin_array(&w);
    for (struct json_iter i = json_iter(skus); json_next(&i);) {
        sku_write(&w, product, i.value);
    }
    json_end_array(&w);
    tt_done(&w);
}

/* ---- POST /product/202309/inventory/search ---- */

static void put_stock(struct json_writer *w, const struct item *item)
{
    const struct nodes *nodes = nodes_of(item);
    int64_t available = 0;
    int64_t committed = 0;
    json_begin_object(w);
    tt_put_id(w, "id", item->id);
    json_field_text(w, "seller_sku", item->sku);
    json_key(w, "warehouse_inventory");
    json_begin_array(w);
    for (size_t i = 0; i < NODES_COUNT; i++) {
        json_begin_object(w);
        json_field_text(w, "warehouse_id", tt_of(item->shop)->warehouses[i]);
        json_field_int(w, "available_quantity", nodes_visible(item, i));
        json_field_int(w, "committed_quantity", nodes->open[i]);
        json_end_object(w);
        available += nodes_visible(item, i);
        committed += nodes->open[i];
    }
    json_end_array(w);
    json_field_int(w, "total_available_quantity", available);
    json_field_int(w, "total_committed_quantity", committed);
    json_key(w, "total_available_inventory_distribution");
    json_begin_object(w);
    json_key(w, "in_shop_inventory");
    json_begin_object(w);
    json_field_int(w, "quantity", available);
    json_end_object(w);
    json_end_object(w);
    json_end_object(w);
}

static void put_stock_of(struct json_writer *w, const struct product *product, struct item *only)
{
    json_begin_object(w);
    tt_put_id(w, "product_id", product->id);
    json_key(w, "skus");
    json_begin_array(w);
    for (size_t i = 0; i < product->items_count; i++) {
        if (!only || product->items[i] == only) {
            put_stock(w, product->items[i]);
        }
    }
    json_end_array(w);
    json_end_object(w);
}

static bool ids_are_texts(struct json list)
{
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        struct slice text;
        if (!json_text(i.value, &text)) {
            return false;
        }
    }
    return true;
}

void tt_inventory_search(struct call *call)
{
    static const char *const keys[] = {"product_ids", "sku_ids"};
    const struct shop *shop = call->shop;
    struct json body;
    if (!tt_body(call, keys, COUNT_OF(keys), &body)) {
        return;
    }
    struct json skus = json_get(body, "sku_ids");
    struct json products = json_get(body, "product_ids");
    if (json_count(skus) + json_count(products) == 0 || json_count(skus) > SKUS_MAX ||
        json_count(products) > PRODUCTS_MAX || !ids_are_texts(skus) || !ids_are_texts(products)) {
        tt_bad_parameter(call, "Give up to 600 sku_ids or 100 product_ids, as strings.");
        return;
    }
    bool by_sku = json_count(skus) > 0;
    struct json_writer w = tt_data(call);
    json_key(&w, "inventory");
    json_begin_array(&w);
    for (struct json_iter i = json_iter(by_sku ? skus : products); json_next(&i);) {
        struct slice id = {0};
        json_text(i.value, &id);
        struct item *item = by_sku ? sku_of(shop, id) : NULL;
        const struct product *product =
            by_sku ? (item ? item->product : NULL) : product_of(shop, id);
        if (product) {
            put_stock_of(&w, product, item);
        }
    }
    json_end_array(&w);
    tt_done(&w);
}

/* ---- the catalogue ---- */

static void put_price(struct json_writer *w, const struct item *item)
{
    json_key(w, "price");
    json_begin_object(w);
    json_field_str(w, "currency", "USD");
    json_field_text(w, "sale_price", item->price);
    json_field_text(w, "tax_exclusive_price", item->price);
    json_end_object(w);
}

static void put_sku(struct json_writer *w, const struct item *item, bool with_attributes)
{
    json_begin_object(w);
    tt_put_id(w, "id", item->id);
    json_field_text(w, "seller_sku", item->sku);
    put_price(w, item);
    json_key(w, "inventory");
    json_begin_array(w);
    for (size_t i = 0; i < NODES_COUNT; i++) {
        json_begin_object(w);
        json_field_text(w, "warehouse_id", tt_of(item->shop)->warehouses[i]);
        json_field_int(w, "quantity", nodes_visible(item, i));
        json_end_object(w);
    }
    json_end_array(w);
    if (with_attributes) {
        json_key(w, "sales_attributes");
        json_begin_array(w);
        for (size_t i = 0; i < item->options_count; i++) {
            json_begin_object(w);
            json_field_text(w, "name", item->options[i].name);
            json_field_text(w, "value_name", item->options[i].value);
            json_end_object(w);
        }
        json_end_array(w);
    }
    json_end_object(w);
}

static void put_product(struct json_writer *w, const struct product *product, bool with_attributes)
{
    tt_put_id(w, "id", product->id);
    json_field_text(w, "title", product->title);
    json_field_str(w, "status", "ACTIVATE");
    json_field_int(w, "create_time", product->created_us / US_PER_S);
    json_field_int(w, "update_time", product->changed_us / US_PER_S);
    json_key(w, "skus");
    json_begin_array(w);
    for (size_t i = 0; i < product->items_count; i++) {
        put_sku(w, product->items[i], with_attributes);
    }
    json_end_array(w);
}

static bool status_is_known(struct json v)
{
    static const char *const known[] = {"ALL",
                                        "DRAFT",
                                        "PENDING",
                                        "FAILED",
                                        "ACTIVATE",
                                        "SELLER_DEACTIVATED",
                                        "PLATFORM_DEACTIVATED",
                                        "FREEZE",
                                        "DELETED"};
    struct slice text;
    bool is_known = json_type(v) == JSON_NONE;
    for (size_t i = 0; i < COUNT_OF(known) && json_text(v, &text); i++) {
        is_known = is_known || slice_is(text, known[i]);
    }
    return is_known;
}

static bool product_is_wanted(const struct product *product, struct json skus)
{
    if (json_count(skus) == 0) {
        return true;
    }
    for (struct json_iter i = json_iter(skus); json_next(&i);) {
        struct slice text;
        for (size_t k = 0; json_text(i.value, &text) && k < product->items_count; k++) {
            if (slice_equal(text, product->items[k]->sku)) {
                return true;
            }
        }
    }
    return false;
}

void tt_products_search(struct call *call)
{
    static const char *const keys[] = {"status",
                                       "seller_skus",
                                       "create_time_ge",
                                       "create_time_le",
                                       "update_time_ge",
                                       "update_time_le"};
    const struct shop *shop = call->shop;
    int64_t size, at;
    struct json body;
    struct slice status = SLICE("ALL");
    if (!tt_paging(call, PAGE_MAX, &size, &at) || !tt_body(call, keys, COUNT_OF(keys), &body)) {
        return;
    }
    if (!status_is_known(json_get(body, "status")) || at < 0) {
        tt_bad_parameter(call, "status is not known.");
        return;
    }
    json_text(json_get(body, "status"), &status);
    bool is_any = slice_is(status, "ALL") || slice_is(status, "ACTIVATE");
    struct json skus = json_get(body, "seller_skus");
    struct json_writer w = tt_data(call);
    json_key(&w, "products");
    json_begin_array(&w);
    for (; is_any && at < (int64_t)shop->products_count && size > 0; at++) {
        const struct product *product = shop->products[at];
        if (product_is_wanted(product, skus)) {
            json_begin_object(&w);
            put_product(&w, product, false);
            json_end_object(&w);
            size--;
        }
    }
    json_end_array(&w);
    json_field_int(&w, "total_count", is_any ? (int64_t)shop->products_count : 0);
    bool has_more = is_any && at < (int64_t)shop->products_count;
    json_field_text(
        &w, "next_page_token", has_more ? tt_page_token(&shop->sandbox->turn, at) : SLICE(""));
    tt_done(&w);
}

void tt_product_show(struct call *call, struct slice product_id)
{
    const struct product *product = product_of(call->shop, product_id);
    if (!product) {
        tt_error(call, 200, TT_NO_PRODUCT, "The product does not exist.");
        return;
    }
    struct json_writer w = tt_data(call);
    put_product(&w, product, true);
    tt_done(&w);
}
