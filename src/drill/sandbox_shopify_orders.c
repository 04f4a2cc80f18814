/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_shopify_orders - the resolver's other half: orders with their lines, refunds and
 * shipments. */
#include "drill/sandbox_shopify.h"

static void put_gid(struct gql_run *run, const char *type, int64_t id)
{
    json_put_text(&run->w, shopify_gid_text(run->arena, type, id));
}

static struct slice order_name(struct gql_run *run, const struct order *order)
{
    return arena_printf(run->arena, "#%" PRId64, order->number);
}

/* ---- sums over the lines ---- */

static int64_t line_open(const struct order_line *line)
{
    return line->ordered - line->removed - line->fulfilled;
}

struct order_sums {
    int64_t open, fulfilled, refunded, current;
};

static struct order_sums order_sums(const struct order *order)
{
    struct order_sums sums = {0};
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct order_line *line = &order->lines[i];
        sums.open += line_open(line);
        sums.fulfilled += line->fulfilled;
        sums.refunded += line->removed + line->returned;
        sums.current += line->ordered - line->removed - line->returned;
    }
    return sums;
}

static const char *fulfillment_status(const struct order *order)
{
    struct order_sums sums = order_sums(order);
    if (sums.fulfilled == 0) {
        return "UNFULFILLED";
    }
    return sums.open > 0 ? "PARTIALLY_FULFILLED" : "FULFILLED";
}

static const char *financial_status(const struct order *order)
{
    struct order_sums sums = order_sums(order);
    if (sums.refunded == 0) {
        return "PAID";
    }
    return sums.current > 0 ? "PARTIALLY_REFUNDED" : "REFUNDED";
}

/* ---- pages of an order's parts ---- */

static void page_cut(struct shopify_page *page, int64_t start, int64_t end, int64_t count)
{
    page->nodes += start;
    page->cursors += start;
    page->count = (size_t)(end - start);
    page->has_next = end < count;
    page->has_previous = start > 0;
}

/* `parts` are count structs of `size` bytes, one for each node. */
static void put_parts(struct gql_run *run,
                      const struct gql_selection *field,
                      const char *node_type,
                      const void *parts,
                      size_t size,
                      size_t count)
{
    int64_t start;
    int64_t end;
    const void **nodes = ARENA_ARRAY(run->arena, count + 1, const void *);
    int64_t *cursors = ARENA_ARRAY(run->arena, count + 1, int64_t);
    if (!nodes || !cursors || !shopify_ids_page(run, field, (int64_t)count, &start, &end)) {
        json_put_null(&run->w);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        nodes[i] = (const char *)parts + i * size;
        cursors[i] = (int64_t)i;
    }
    struct shopify_page page = {.node_type = node_type, .nodes = nodes, .cursors = cursors};
    page_cut(&page, start, end, (int64_t)count);
    struct slice type = arena_printf(run->arena, "%sConnection", node_type);
    shopify_put_page(run, field, type.p, &page);
}

static void put_lines(struct gql_run *run,
                      const struct gql_selection *field,
                      const char *node_type,
                      struct order *order)
{
    struct shopify_line lines[SHOP_LINES_MAX];
    for (size_t i = 0; i < order->lines_count; i++) {
        lines[i] = (struct shopify_line){.order = order, .line = &order->lines[i]};
    }
    put_parts(run, field, node_type, lines, sizeof(lines[0]), order->lines_count);
}

/* Rows of one refund stand together and share its id; the newest refund comes first in our list. */
static void put_refunds(struct gql_run *run, const struct gql_selection *field, struct order *order)
{
    int64_t max = INT64_MAX;
    gql_arg_int(field, "first", &max);
    json_begin_array(&run->w);
    int64_t last_id = 0;
    for (const struct refund *r = order->refunds; r && max > 0; r = r->next) {
        struct shopify_refund_row row = {.order = order, .refund = r};
        if (r->id != last_id) {
            gql_put_object(run, field, "Refund", &row);
            max--;
        }
        last_id = r->id;
    }
    json_end_array(&run->w);
}

static void put_refund_lines(struct gql_run *run,
                             const struct gql_selection *field,
                             const struct shopify_refund_row *first)
{
    struct shopify_refund_row rows[SHOP_LINES_MAX];
    size_t count = 0;
    for (const struct refund *r = first->refund;
         r && r->id == first->refund->id && count < SHOP_LINES_MAX;
         r = r->next) {
        rows[count++] = (struct shopify_refund_row){.order = first->order, .refund = r};
    }
    put_parts(run, field, "RefundLineItem", rows, sizeof(rows[0]), count);
}

static void
put_fulfillments(struct gql_run *run, const struct gql_selection *field, struct order *order)
{
    int64_t max = INT64_MAX;
    gql_arg_int(field, "first", &max);
    json_begin_array(&run->w);
    int64_t last_id = 0;
    for (const struct shipment *s = order->shipments; s && max > 0; s = s->next) {
        struct shopify_shipment_row row = {.order = order, .shipment = s};
        if (s->id != last_id) {
            gql_put_object(run, field, "Fulfillment", &row);
            max--;
        }
        last_id = s->id;
    }
    json_end_array(&run->w);
}

static size_t shipment_rows(const struct shopify_shipment_row *first,
                            struct shopify_shipment_row rows[SHOP_LINES_MAX])
{
    size_t count = 0;
    for (const struct shipment *s = first->shipment;
         s && s->id == first->shipment->id && count < SHOP_LINES_MAX;
         s = s->next) {
        rows[count++] = (struct shopify_shipment_row){.order = first->order, .shipment = s};
    }
    return count;
}

static void put_fulfillment_lines(struct gql_run *run,
                                  const struct gql_selection *field,
                                  const struct shopify_shipment_row *first)
{
    struct shopify_shipment_row rows[SHOP_LINES_MAX];
    size_t count = shipment_rows(first, rows);
    put_parts(run, field, "FulfillmentLineItem", rows, sizeof(rows[0]), count);
}

static void put_location(struct gql_run *run, const struct gql_selection *field)
{
    struct shopify_location location = {.shop = shopify_shop(run), .index = 0};
    gql_put_object(run, field, "Location", &location);
}

/* ---- resolvers ---- */

static void
resolve_order_part(struct gql_run *run, struct order *order, const struct gql_selection *field)
{
    switch (field->field->id) {
    case ORD_ADDRESS:
        gql_put_object(run, field, "MailingAddress", address_at(order->country));
        break;
    case ORD_LINES:
        put_lines(run, field, "LineItem", order);
        break;
    case ORD_REFUNDS:
        put_refunds(run, field, order);
        break;
    case ORD_FULFILLMENTS:
        put_fulfillments(run, field, order);
        break;
    default: { /* one fulfilment order for all lines: there is one location that ships */
        struct shopify_line part = {.order = order, .line = &order->lines[0]};
        put_parts(run, field, "FulfillmentOrder", &part, sizeof(part), 1);
        break;
    }
    }
}

static void
resolve_order(struct gql_run *run, struct order *order, const struct gql_selection *field)
{
    struct json_writer *w = &run->w;
    switch (field->field->id) {
    case F_ID:
        put_gid(run, "Order", order->id);
        break;
    case F_LEGACY_ID:
        json_put_text(w, arena_printf(run->arena, "%" PRId64, order->id));
        break;
    case F_NAME:
        json_put_text(w, order_name(run, order));
        break;
    case ORD_NUMBER:
        json_put_int(w, order->number);
        break;
    case F_CREATED_AT:
    case ORD_PROCESSED:
        shopify_time(run, order->placed_us);
        break;
    case F_UPDATED_AT:
        shopify_time(run, order->changed_us);
        break;
    case ORD_CANCELLED_AT:
    case ORD_CLOSED_AT:
        shopify_time(run, order->cancelled_us);
        break;
    case ORD_CANCEL_REASON:
        if (order->cancelled_us) {
            json_put_text(w, SLICE("CUSTOMER"));
        } else {
            json_put_null(w);
        }
        break;
    case ORD_CLOSED:
        json_put_bool(w, order->cancelled_us != 0);
        break;
    case ORD_CONFIRMED:
        json_put_bool(w, true);
        break;
    case ORD_TEST:
        json_put_bool(w, false);
        break;
    case ORD_FINANCIAL:
        json_put_text(w, slice_of(financial_status(order)));
        break;
    case ORD_FULFILLMENT:
        json_put_text(w, slice_of(fulfillment_status(order)));
        break;
    case ORD_RETURN:
        json_put_text(w, SLICE("NO_RETURN"));
        break;
    case ORD_SOURCE:
        json_put_text(w, SLICE("web"));
        break;
    case ORD_RETAIL:
        json_put_null(w);
        break;
    default:
        resolve_order_part(run, order, field);
        break;
    }
}

static void resolve_address(struct gql_run *run, const struct address *address, int id)
{
    const char *text = address->zip;
    switch (id) {
    case ADR_COUNTRY_CODE:
        text = address->country;
        break;
    case ADR_COUNTRY:
        text = address->country_name;
        break;
    case ADR_REGION_CODE:
        text = address->region;
        break;
    case ADR_REGION:
        text = address->region_name;
        break;
    case ADR_CITY:
        text = address->city;
        break;
    default:
        break;
    }
    if (text) {
        json_put_text(&run->w, slice_of(text));
    } else {
        json_put_null(&run->w);
    }
}

static void put_variant_title(struct gql_run *run, const struct item *item)
{
    if (item->title.n > 0) {
        json_put_text(&run->w, item->title);
    } else {
        json_put_null(&run->w);
    }
}

static void resolve_line(struct gql_run *run,
                         const struct shopify_line *self,
                         const struct gql_selection *field)
{
    const struct order_line *line = self->line;
    struct json_writer *w = &run->w;
    switch (field->field->id) {
    case F_ID:
        put_gid(run, "LineItem", line->id);
        break;
    case F_NAME:
    case F_TITLE:
        json_put_text(w, line->item->product->title);
        break;
    case LINE_VARIANT_TITLE:
        put_variant_title(run, line->item);
        break;
    case F_SKU:
        json_put_text(w, line->item->sku);
        break;
    case F_QUANTITY:
        json_put_int(w, line->ordered);
        break;
    case LINE_CURRENT:
        json_put_int(w, line->ordered - line->removed - line->returned);
        break;
    case LINE_UNFULFILLED:
        json_put_int(w, line_open(line));
        break;
    case LINE_NON_FULFILLABLE:
        json_put_int(w, 0);
        break;
    case LINE_REFUNDABLE:
        json_put_int(w, line->ordered - line->removed - line->returned);
        break;
    case LINE_GIFT:
        json_put_bool(w, false);
        break;
    case LINE_RESTOCKABLE:
    case LINE_SHIPPING:
        json_put_bool(w, true);
        break;
    case F_VARIANT:
        gql_put_object(run, field, "ProductVariant", line->item);
        break;
    default:
        gql_put_object(run, field, "Product", line->item->product);
        break;
    }
}

static void resolve_refund(struct gql_run *run,
                           const struct shopify_refund_row *self,
                           const struct gql_selection *field)
{
    switch (field->field->id) {
    case F_ID:
        put_gid(run, "Refund", self->refund->id);
        break;
    case F_LEGACY_ID:
        json_put_text(&run->w, arena_printf(run->arena, "%" PRId64, self->refund->id));
        break;
    case REF_NOTE:
        json_put_null(&run->w);
        break;
    case REF_LINES:
        put_refund_lines(run, field, self);
        break;
    default:
        shopify_time(run, self->refund->at_us);
        break;
    }
}

static void resolve_refund_line(struct gql_run *run,
                                const struct shopify_refund_row *self,
                                const struct gql_selection *field)
{
    static const char *const types[] = {"NO_RESTOCK", "CANCEL", "RETURN"};
    const struct refund *refund = self->refund;
    struct shopify_line line = {.order = self->order, .line = &self->order->lines[refund->line]};
    switch (field->field->id) {
    case F_ID:
        put_gid(run, "RefundLineItem", refund->row_id);
        break;
    case F_LINE_ITEM:
        gql_put_object(run, field, "LineItem", &line);
        break;
    case F_LOCATION:
        if (refund->restock == RESTOCK_NONE) {
            json_put_null(&run->w);
        } else {
            put_location(run, field);
        }
        break;
    case F_QUANTITY:
        json_put_int(&run->w, refund->n);
        break;
    case REF_RESTOCK:
        json_put_text(&run->w, slice_of(types[refund->restock]));
        break;
    default:
        json_put_bool(&run->w, refund->restock != RESTOCK_NONE);
        break;
    }
}

static void resolve_fulfillment(struct gql_run *run,
                                const struct shopify_shipment_row *self,
                                const struct gql_selection *field)
{
    struct shopify_shipment_row rows[SHOP_LINES_MAX];
    int64_t total = 0;
    switch (field->field->id) {
    case F_ID:
        put_gid(run, "Fulfillment", self->shipment->id);
        break;
    case F_LEGACY_ID:
        json_put_text(&run->w, arena_printf(run->arena, "%" PRId64, self->shipment->id));
        break;
    case F_NAME:
        json_put_text(&run->w, arena_printf(run->arena, "#%" PRId64 "-F1", self->order->number));
        break;
    case F_STATUS:
        json_put_text(&run->w, SLICE("SUCCESS"));
        break;
    case FUL_TOTAL:
        for (size_t i = shipment_rows(self, rows); i > 0; i--) {
            total += rows[i - 1].shipment->n;
        }
        json_put_int(&run->w, total);
        break;
    case F_LOCATION:
        put_location(run, field);
        break;
    case FUL_LINES:
        put_fulfillment_lines(run, field, self);
        break;
    default:
        shopify_time(run, self->shipment->at_us);
        break;
    }
}

static void resolve_fulfillment_line(struct gql_run *run,
                                     const struct shopify_shipment_row *self,
                                     const struct gql_selection *field)
{
    struct shopify_line line = {.order = self->order,
                                .line = &self->order->lines[self->shipment->line]};
    if (field->field->id == F_ID) {
        put_gid(run, "FulfillmentLineItem", self->shipment->row_id);
    } else if (field->field->id == F_QUANTITY) {
        json_put_int(&run->w, self->shipment->n);
    } else {
        gql_put_object(run, field, "LineItem", &line);
    }
}

static void resolve_fulfillment_order(struct gql_run *run,
                                      const struct shopify_line *self,
                                      const struct gql_selection *field)
{
    struct order *order = self->order;
    struct order_sums sums = order_sums(order);
    switch (field->field->id) {
    case F_ID:
        put_gid(run, "FulfillmentOrder", order->lines[0].id);
        break;
    case F_STATUS:
        if (sums.open == 0) {
            json_put_text(&run->w, order->cancelled_us ? SLICE("CANCELLED") : SLICE("CLOSED"));
        } else {
            json_put_text(&run->w, sums.fulfilled ? SLICE("IN_PROGRESS") : SLICE("OPEN"));
        }
        break;
    case FO_ORDER_ID:
        put_gid(run, "Order", order->id);
        break;
    case FO_ORDER_NAME:
        json_put_text(&run->w, order_name(run, order));
        break;
    case FO_ASSIGNED:
        gql_put_object(run, field, "FulfillmentOrderAssignedLocation", self);
        break;
    case FO_LINES:
        put_lines(run, field, "FulfillmentOrderLineItem", order);
        break;
    default:
        shopify_time(run, field->field->id == F_CREATED_AT ? order->placed_us : order->changed_us);
        break;
    }
}

static void resolve_fulfillment_order_line(struct gql_run *run,
                                           const struct shopify_line *self,
                                           const struct gql_selection *field)
{
    const struct order_line *line = self->line;
    switch (field->field->id) {
    case F_ID:
        put_gid(run, "FulfillmentOrderLineItem", line->id);
        break;
    case FO_REMAINING:
        json_put_int(&run->w, line_open(line));
        break;
    case FO_TOTAL:
        json_put_int(&run->w, line->ordered - line->removed);
        break;
    case FO_INVENTORY_ID:
        put_gid(run, "InventoryItem", line->item->inventory_id);
        break;
    case F_SKU:
        json_put_text(&run->w, line->item->sku);
        break;
    case F_VARIANT:
        gql_put_object(run, field, "ProductVariant", line->item);
        break;
    default:
        gql_put_object(run, field, "LineItem", self);
        break;
    }
}

static struct order *order_self(const void *self)
{
    const struct order *order = self;
    return order_find(order->shop, order->id);
}

void shopify_resolve_order(struct gql_run *run,
                           const struct gql_type *type,
                           const void *self,
                           const struct gql_selection *field)
{
    struct slice name = slice_of(type->name);
    if (slice_is(name, "Order")) {
        resolve_order(run, order_self(self), field);
    } else if (slice_is(name, "MailingAddress")) {
        resolve_address(run, self, field->field->id);
    } else if (slice_is(name, "LineItem")) {
        resolve_line(run, self, field);
    } else if (slice_is(name, "Refund")) {
        resolve_refund(run, self, field);
    } else if (slice_is(name, "RefundLineItem")) {
        resolve_refund_line(run, self, field);
    } else if (slice_is(name, "Fulfillment")) {
        resolve_fulfillment(run, self, field);
    } else if (slice_is(name, "FulfillmentLineItem")) {
        resolve_fulfillment_line(run, self, field);
    } else if (slice_is(name, "FulfillmentOrder")) {
        resolve_fulfillment_order(run, self, field);
    } else if (slice_is(name, "FulfillmentOrderLineItem")) {
        resolve_fulfillment_order_line(run, self, field);
    } else { /* FulfillmentOrderAssignedLocation */
        must(slice_is(name, "FulfillmentOrderAssignedLocation"));
        if (field->field->id == F_LOCATION) {
            put_location(run, field);
        } else {
            json_put_text(&run->w, SLICE("Main warehouse"));
        }
    }
}
