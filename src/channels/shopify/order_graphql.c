/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/shopify/graphql.h"
#include "channels/shopify/order.h"
#include "channels/shopify/shopify.h"

static bool id_number(struct json v, const char *type, struct arena *arena, int64_t *out)
{
    struct slice text = {0};
    return shopify_id(v, type, arena, &text) && slice_int(text, out);
}

static bool line_read(struct json node, struct arena *arena, struct shopify_line *out)
{
    struct slice variant_id = {0};
    struct slice product_id = {0};
    struct json product = json_get(node, "product");

    *out = (struct shopify_line){0};
    if (!id_number(json_get(node, "id"), "LineItem", arena, &out->id) ||
        !shopify_units(json_get(node, "quantity"), &out->quantity)) {
        return false;
    }
    out->current = shopify_units_or_unsaid(json_get(node, "currentQuantity"));
    out->open = shopify_units_or_unsaid(json_get(node, "unfulfilledQuantity"));
    (void)shopify_id(json_path(node, "variant", "id", NULL), "ProductVariant", arena, &variant_id);
    (void)shopify_id(json_get(product, "id"), "Product", arena, &product_id);
    shopify_line_names(out,
                       variant_id,
                       product_id,
                       json_type(product) == JSON_OBJECT,
                       shopify_text(json_get(node, "sku")),
                       shopify_true(json_get(node, "isGiftCard")),
                       arena);
    return true;
}

/* Rows of one fulfilment or refund. */
struct row {
    int64_t line, units;
};

static bool row_read(struct json node, struct arena *arena, struct row *out)
{
    return id_number(json_path(node, "lineItem", "id", NULL), "LineItem", arena, &out->line) &&
           shopify_units(json_get(node, "quantity"), &out->units);
}

static enum shopify_reading
fulfillments_read(struct json list, size_t asked, struct arena *arena, struct shopify_order *order)
{
    struct row row;

    if (json_type(list) != JSON_ARRAY || json_count(list) == asked) {
        return SHOPIFY_READ_THIN;
    }
    for (struct json_iter f = json_iter(list); json_next(&f);) {
        if (!slice_equal_nocase(shopify_text(json_get(f.value, "status")), SLICE("success"))) {
            continue;
        }
        struct slice location = {0};
        (void)shopify_id(json_path(f.value, "location", "id", NULL), "Location", arena, &location);
        struct graphql_nodes nodes = graphql_nodes(json_get(f.value, "fulfillmentLineItems"));
        if (!nodes.is_whole) {
            return SHOPIFY_READ_THIN;
        }
        for (struct json node; graphql_next(&nodes, &node);) {
            if (!row_read(node, arena, &row) ||
                !shopify_order_ship(order, row.line, row.units, location)) {
                return SHOPIFY_READ_BAD;
            }
        }
    }
    return SHOPIFY_READ_WHOLE;
}

static enum shopify_reading
refunds_read(struct json list, size_t asked, struct arena *arena, struct shopify_order *order)
{
    struct row row;

    if (json_type(list) != JSON_ARRAY || json_count(list) == asked) {
        return SHOPIFY_READ_THIN;
    }
    for (struct json_iter r = json_iter(list); json_next(&r);) {
        struct graphql_nodes nodes = graphql_nodes(json_get(r.value, "refundLineItems"));
        if (!nodes.is_whole) {
            return SHOPIFY_READ_THIN;
        }
        for (struct json node; graphql_next(&nodes, &node);) {
            enum shopify_refund kind =
                shopify_refund_kind(shopify_text(json_get(node, "restockType")));
            if (!row_read(node, arena, &row) ||
                !shopify_order_refund(order, row.line, row.units, kind)) {
                return SHOPIFY_READ_BAD;
            }
        }
    }
    return SHOPIFY_READ_WHOLE;
}

static enum shopify_reading lines_read(struct json connection,
                                       struct arena *arena,
                                       struct shopify_order *out,
                                       const char **out_why)
{
    struct graphql_nodes nodes = graphql_nodes(connection);
    if (!nodes.is_whole) {
        return SHOPIFY_READ_THIN;
    }
    if (nodes.count > SHOPIFY_LINES_MAX) {
        *out_why = "the order has more than 5,000 lines";
        return SHOPIFY_READ_BAD;
    }
    out->lines = ARENA_ARRAY(arena, nodes.count + 1, struct shopify_line);
    if (!out->lines) {
        *out_why = "the order is too large";
        return SHOPIFY_READ_BAD;
    }
    for (struct json node; graphql_next(&nodes, &node);) {
        if (!line_read(node, arena, &out->lines[out->lines_count++])) {
            *out_why = "an order line has no id, or a quantity that is none";
            return SHOPIFY_READ_BAD;
        }
    }
    if (!shopify_order_sort(out)) {
        *out_why = "two order lines share an id";
        return SHOPIFY_READ_BAD;
    }
    return SHOPIFY_READ_WHOLE;
}

enum shopify_reading shopify_order_of_graphql(struct json node,
                                              struct shopify_bounds bounds,
                                              struct arena *arena,
                                              struct shopify_order *out,
                                              const char **out_why)
{
    *out = (struct shopify_order){0};
    if (!shopify_id(json_get(node, "id"), "Order", arena, &out->head.id)) {
        *out_why = "the order has no id";
        return SHOPIFY_READ_BAD;
    }
    if (!shopify_order_stamps(out,
                              shopify_text(json_get(node, "updatedAt")),
                              shopify_text(json_get(node, "createdAt")),
                              shopify_text(json_get(node, "processedAt")))) {
        return SHOPIFY_READ_THIN;
    }
    enum shopify_reading reading = lines_read(json_get(node, "lineItems"), arena, out, out_why);
    if (reading != SHOPIFY_READ_WHOLE) {
        return reading;
    }
    *out_why = "a fulfilment or refund row has no line, or a quantity that is none";
    reading = fulfillments_read(json_get(node, "fulfillments"), bounds.fulfillments, arena, out);
    if (reading != SHOPIFY_READ_WHOLE) {
        return reading;
    }
    reading = refunds_read(json_get(node, "refunds"), bounds.refunds, arena, out);
    if (reading != SHOPIFY_READ_WHOLE) {
        return reading;
    }
    out->is_cancelled = shopify_text(json_get(node, "cancelledAt")).n > 0;
    out->head.is_test = shopify_true(json_get(node, "test"));
    struct json address = json_get(node, "shippingAddress");
    shopify_order_destination(out,
                              shopify_text(json_get(address, "countryCodeV2")),
                              shopify_text(json_get(address, "provinceCode")),
                              arena);
    return SHOPIFY_READ_WHOLE;
}
