/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/shopify/order.h"
#include "channels/shopify/shopify.h"

static bool id_number(struct json v, int64_t *out)
{
    return json_int_loose(v, out) && *out > 0;
}

static bool line_read(struct json item, struct arena *arena, struct shopify_line *out)
{
    struct slice variant_id = {0};
    struct slice product_id = {0};

    *out = (struct shopify_line){0};
    if (!id_number(json_get(item, "id"), &out->id) ||
        !shopify_units(json_get(item, "quantity"), &out->quantity)) {
        return false;
    }
    out->current = shopify_units_or_unsaid(json_get(item, "current_quantity"));
    out->open = shopify_units_or_unsaid(json_get(item, "fulfillable_quantity"));
    (void)shopify_id(json_get(item, "variant_id"), "ProductVariant", arena, &variant_id);
    (void)shopify_id(json_get(item, "product_id"), "Product", arena, &product_id);
    shopify_line_names(out,
                       variant_id,
                       product_id,
                       shopify_true(json_get(item, "product_exists")),
                       shopify_text(json_get(item, "sku")),
                       shopify_true(json_get(item, "gift_card")),
                       arena);
    return true;
}

static bool
fulfillments_read(struct json fulfillments, struct arena *arena, struct shopify_order *order)
{
    for (struct json_iter f = json_iter(fulfillments); json_next(&f);) {
        /* Cancelled, failed and pending ones have shipped nothing. */
        if (!slice_is(shopify_text(json_get(f.value, "status")), "success")) {
            continue;
        }
        struct slice location = {0};
        (void)shopify_id(json_get(f.value, "location_id"), "Location", arena, &location);
        for (struct json_iter l = json_iter(json_get(f.value, "line_items")); json_next(&l);) {
            int64_t id = 0;
            int64_t units = 0;
            if (!id_number(json_get(l.value, "id"), &id) ||
                !shopify_units(json_get(l.value, "quantity"), &units) ||
                !shopify_order_ship(order, id, units, location)) {
                return false;
            }
        }
    }
    return true;
}

static bool refunds_read(struct json refunds, struct shopify_order *order)
{
    for (struct json_iter r = json_iter(refunds); json_next(&r);) {
        struct json rows = json_get(r.value, "refund_line_items");
        for (struct json_iter l = json_iter(rows); json_next(&l);) {
            int64_t id = 0;
            int64_t units = 0;
            enum shopify_refund kind =
                shopify_refund_kind(shopify_text(json_get(l.value, "restock_type")));
            if (!id_number(json_get(l.value, "line_item_id"), &id) ||
                !shopify_units(json_get(l.value, "quantity"), &units) ||
                !shopify_order_refund(order, id, units, kind)) {
                return false;
            }
        }
    }
    return true;
}

enum shopify_reading shopify_order_of_rest(struct json body,
                                           struct arena *arena,
                                           struct shopify_order *out,
                                           const char **out_why)
{
    *out = (struct shopify_order){0};
    if (!shopify_id(json_get(body, "id"), "Order", arena, &out->head.id) &&
        !shopify_id(json_get(body, "admin_graphql_api_id"), "Order", arena, &out->head.id)) {
        *out_why = "the order has no id";
        return SHOPIFY_READ_BAD;
    }
    struct json items = json_get(body, "line_items");
    if (json_type(items) != JSON_ARRAY ||
        !shopify_order_stamps(out,
                              shopify_text(json_get(body, "updated_at")),
                              shopify_text(json_get(body, "created_at")),
                              shopify_text(json_get(body, "processed_at")))) {
        return SHOPIFY_READ_THIN;
    }
    if (json_count(items) > SHOPIFY_LINES_MAX) {
        *out_why = "the order has more than 5,000 lines";
        return SHOPIFY_READ_BAD;
    }
    out->lines = ARENA_ARRAY(arena, json_count(items) + 1, struct shopify_line);
    if (!out->lines) {
        *out_why = "the order is too large";
        return SHOPIFY_READ_BAD;
    }
    for (struct json_iter i = json_iter(items); json_next(&i);) {
        if (!line_read(i.value, arena, &out->lines[out->lines_count++])) {
            *out_why = "an order line has no id, or a quantity that is none";
            return SHOPIFY_READ_BAD;
        }
    }
    if (!shopify_order_sort(out)) {
        *out_why = "two order lines share an id";
        return SHOPIFY_READ_BAD;
    }
    if (!fulfillments_read(json_get(body, "fulfillments"), arena, out) ||
        !refunds_read(json_get(body, "refunds"), out)) {
        *out_why = "a fulfilment or refund row has no line, or a quantity that is none";
        return SHOPIFY_READ_BAD;
    }
    out->is_cancelled = shopify_text(json_get(body, "cancelled_at")).n > 0;
    out->head.is_test = shopify_true(json_get(body, "test"));
    struct json address = json_get(body, "shipping_address");
    shopify_order_destination(out,
                              shopify_text(json_get(address, "country_code")),
                              shopify_text(json_get(address, "province_code")),
                              arena);
    return SHOPIFY_READ_WHOLE;
}
