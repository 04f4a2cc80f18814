/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_bigcommerce_orders - orders v2: RFC 2822 stamps of whole seconds, numbers as text, 204 for
 * what is empty. */
#include "drill/sandbox_bigcommerce.h"

#include "base/times.h"

#define PAGE_MAX 250

/* ---- what an order is now ---- */

static bool is_refunded_in_part(const struct order *order)
{
    for (size_t i = 0; i < order->lines_count; i++) {
        if (order->lines[i].returned > 0) {
            return true;
        }
    }
    return false;
}

static int64_t shipped_units(const struct order *order)
{
    int64_t n = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        n += order->lines[i].fulfilled;
    }
    return n;
}

int64_t bc_status_id(const struct order *order)
{
    switch (order->state) {
    case ORDER_CANCELLED:
        return 5;
    case ORDER_REFUNDED:
        return 4;
    case ORDER_TRASHED:
        return 6;
    case ORDER_OPEN:
    case ORDER_DONE:
        break;
    }
    if (is_refunded_in_part(order)) {
        return 14;
    }
    if (order->state == ORDER_DONE) {
        return 2;
    }
    return shipped_units(order) > 0 ? 3 : 11;
}

static const char *status_text(int64_t id)
{
    static const char *const texts[] = {"Incomplete",
                                        "Pending",
                                        "Shipped",
                                        "Partially Shipped",
                                        "Refunded",
                                        "Cancelled",
                                        "Declined",
                                        "Awaiting Payment",
                                        "Awaiting Pickup",
                                        "Awaiting Shipment",
                                        "Completed",
                                        "Awaiting Fulfillment",
                                        "Manual Verification Required",
                                        "Disputed",
                                        "Partially Refunded"};
    return texts[id];
}

/* ---- bodies ---- */

static struct slice number4(struct arena *arena, int64_t cents)
{
    return arena_printf(arena, "%" PRId64 ".%02" PRId64 "00", cents / 100, cents % 100);
}

static void put_address(struct json_writer *w, const struct order *order)
{
    const struct address *a = address_at(order->country);
    json_begin_object(w);
    json_field_str(w, "first_name", "Sandbox");
    json_field_str(w, "last_name", "Buyer");
    json_field_str(w, "street_1", "1 Example Street");
    json_field_str(w, "city", a->city);
    json_field_str(w, "state", a->region_name ? a->region_name : "");
    json_field_str(w, "zip", a->zip);
    json_field_str(w, "country", a->country_name);
    json_field_str(w, "country_iso2", a->country);
    json_field_str(w, "email", "buyer@example.com");
    json_end_object(w);
}

/* A line of which nothing is left is gone. */
static bool line_is_there(const struct order_line *line)
{
    return line->ordered > 0;
}

static void put_line(struct json_writer *w, struct arena *arena, const struct order_line *line)
{
    const struct item *item = line->item;
    int64_t cents = price_cents(item->price);
    json_begin_object(w);
    json_field_int(w, "id", line->id);
    json_field_int(w, "product_id", item->product->id);
    json_field_int(w, "variant_id", item->id);
    json_field_int(w, "order_pickup_method_id", 0);
    json_field_text(w, "name", item->product->title);
    json_field_text(w, "sku", item->sku);
    json_field_text(w, "upc", item->barcode);
    json_field_str(w, "type", "physical");
    json_field_text(w, "base_price", number4(arena, cents));
    json_field_text(w, "price_inc_tax", number4(arena, cents));
    json_field_text(w, "total_inc_tax", number4(arena, cents * line->ordered));
    json_field_int(w, "quantity", line->ordered);
    json_field_int(w, "quantity_shipped", line->fulfilled);
    json_field_bool(w, "is_refunded", line->returned >= line->ordered);
    json_field_int(w, "quantity_refunded", line->returned);
    json_field_text(w, "refund_amount", number4(arena, cents * line->returned));
    json_field_null(w, "parent_order_product_id");
    json_field_bool(w, "is_bundled_product", false);
    json_key(w, "product_options");
    json_begin_array(w);
    for (size_t i = 0; i < item->options_count; i++) {
        json_begin_object(w);
        json_field_text(w, "display_name", item->options[i].name);
        json_field_text(w, "display_value", item->options[i].value);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void put_lines(struct json_writer *w, struct arena *arena, const struct order *order)
{
    json_begin_array(w);
    for (size_t i = 0; i < order->lines_count; i++) {
        if (line_is_there(&order->lines[i])) {
            put_line(w, arena, &order->lines[i]);
        }
    }
    json_end_array(w);
}

static void put_resource(struct json_writer *w, const struct order *order, const char *rest)
{
    struct arena *arena = &order->shop->sandbox->turn;
    json_begin_object(w);
    json_field_text(w,
                    "url",
                    arena_printf(arena,
                                 "%.*s/v2/orders/%" PRId64 "/%s",
                                 SLICE_ARG(order->shop->base_url),
                                 order->id,
                                 rest));
    json_field_text(w, "resource", arena_printf(arena, "/orders/%" PRId64 "/%s", order->id, rest));
    json_end_object(w);
}

static int64_t units(const struct order *order)
{
    int64_t n = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        n += order->lines[i].ordered;
    }
    return n;
}

static int64_t total_cents(const struct order *order)
{
    int64_t n = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        n += order->lines[i].ordered * price_cents(order->lines[i].item->price);
    }
    return n;
}

/* With the lines, or with links to them. */
static void put_consignments(struct json_writer *w, const struct order *order, bool with_lines)
{
    struct arena *arena = &order->shop->sandbox->turn;
    const struct address *a = address_at(order->country);
    json_begin_object(w);
    json_key(w, "pickups");
    json_begin_array(w);
    json_end_array(w);
    json_key(w, "shipping");
    json_begin_array(w);
    json_begin_object(w);
    json_field_int(w, "id", order->id);
    json_field_str(w, "city", a->city);
    json_field_str(w, "state", a->region_name ? a->region_name : "");
    json_field_str(w, "country", a->country_name);
    json_field_str(w, "country_iso2", a->country);
    json_key(w, "line_items");
    if (with_lines) {
        put_lines(w, arena, order);
    } else {
        json_begin_array(w);
        for (size_t i = 0; i < order->lines_count; i++) {
            struct slice rest = arena_printf(arena, "products/%" PRId64, order->lines[i].id);
            put_resource(w, order, rest.p);
        }
        json_end_array(w);
    }
    json_field_int(w, "items_total", units(order));
    json_field_int(w, "items_shipped", shipped_units(order));
    json_end_object(w);
    json_end_array(w);
    json_key(w, "downloads");
    json_begin_array(w);
    json_end_array(w);
    json_key(w, "email");
    json_begin_object(w);
    json_key(w, "gift_certificates");
    json_begin_array(w);
    json_end_array(w);
    json_end_object(w);
    json_end_object(w);
}

/* include=consignments[.line_items]; an object only when consignment_structure says so. */
struct include {
    bool consignments, lines, as_object;
};

static void put_order(struct json_writer *w, const struct order *order, struct include include)
{
    struct arena *arena = &order->shop->sandbox->turn;
    int64_t status = bc_status_id(order);
    bool is_paid_back = status == 4;
    json_begin_object(w);
    json_field_int(w, "id", order->id);
    json_field_int(w, "customer_id", 0);
    json_field_text(w, "date_created", bc_stamp_rfc2822(arena, order->placed_us));
    json_field_text(w, "date_modified", bc_stamp_rfc2822(arena, order->changed_us));
    json_field_text(
        w, "date_shipped", order->done_us ? bc_stamp_rfc2822(arena, order->done_us) : SLICE(""));
    json_field_int(w, "status_id", status);
    json_field_str(w, "status", status_text(status));
    json_field_str(w, "custom_status", status_text(status));
    json_field_text(w, "total_inc_tax", number4(arena, total_cents(order)));
    json_field_int(w, "items_total", units(order));
    json_field_int(w, "items_shipped", shipped_units(order));
    json_field_str(w, "payment_method", "Credit Card");
    json_field_str(w, "payment_status", is_paid_back ? "refunded" : "captured");
    json_field_str(w, "currency_code", "EUR");
    json_field_bool(w, "is_deleted", false);
    json_field_bool(w, "order_is_digital", false);
    json_field_str(w, "order_source", "www");
    json_field_int(w, "channel_id", BC_CHANNEL);
    json_field_null(w, "external_source");
    json_field_null(w, "external_order_id");
    json_field_str(w, "ebay_order_id", "0");
    json_key(w, "billing_address");
    put_address(w, order);
    json_key(w, "products");
    put_resource(w, order, "products");
    json_key(w, "shipping_addresses");
    put_resource(w, order, "shippingaddresses");
    json_key(w, "coupons");
    put_resource(w, order, "coupons");
    if (include.consignments && include.as_object) {
        json_key(w, "consignments");
        put_consignments(w, order, include.lines);
    } else if (include.consignments) {
        json_key(w, "consignments");
        json_begin_array(w);
        put_consignments(w, order, include.lines);
        json_end_array(w);
    }
    json_end_object(w);
}

static bool include_read(struct call *call, struct include *out)
{
    struct slice list = {0};
    struct slice one;
    struct slice structure;
    *out = (struct include){0};
    rest_query(call, "include", &list);
    while (list.n > 0) {
        slice_cut(&list, ',', &one);
        if (slice_is(one, "consignments.line_items")) {
            out->consignments = true;
            out->lines = true;
        } else if (slice_is(one, "consignments")) {
            out->consignments = true;
        } else if (!slice_is(one, "fees")) {
            bc_v2_error(call, 400, "The field 'include' is invalid.");
            return false;
        }
    }
    out->as_object = rest_query(call, "consignment_structure", &structure);
    if (out->as_object && !slice_is(structure, "object")) {
        bc_v2_error(call, 400, "The field 'consignment_structure' is invalid.");
        return false;
    }
    return true;
}

/* ---- lists ---- */

/* ISO 8601, or RFC 2822 with its offset. */
static bool date_read(struct slice text, int64_t *out_us)
{
    char http[TIME_TEXT_MAX];
    if (text.n < 6 || text.p[3] != ',') {
        return time_parse_utc(text, out_us);
    }
    struct slice offset = slice_from(text, text.n - 5);
    int64_t number;
    if (!slice_int(slice_from(offset, 1), &number) || number < 0 || number > 2359 ||
        text.n + 1 > sizeof(http)) {
        return false;
    }
    snprintf(http, sizeof(http), "%.*sGMT", (int)(text.n - 5), text.p);
    int64_t sign = offset.p[0] == '-' ? -1 : 1;
    if (!time_parse_http(slice_of(http), out_us)) {
        return false;
    }
    *out_us -= sign * (number / 100 * 3600 + number % 100 * 60) * US_PER_S;
    return true;
}

struct filter {
    int64_t min_id, max_id, status_id, min_us, max_us; /* -1 = none */
    bool by_change, is_down;
};

static bool date_filter(struct call *call, const char *name, int64_t *out_us)
{
    struct slice text;
    if (!rest_query(call, name, &text)) {
        *out_us = -1;
        return true;
    }
    return date_read(text, out_us);
}

static bool filter_read(struct call *call, struct filter *f)
{
    struct slice sort = {0};
    struct slice field;
    rest_query(call, "sort", &sort);
    slice_cut(&sort, ':', &field);
    f->by_change = slice_is(field, "date_modified");
    f->is_down = slice_is(sort, "desc");
    bool is_sort_good = (field.n == 0 || f->by_change || slice_is(field, "id")) &&
                        (sort.n == 0 || f->is_down || slice_is(sort, "asc"));
    if (!is_sort_good) {
        bc_v2_error(call, 400, "The field 'sort' is invalid.");
        return false;
    }
    if (!rest_query_int(call, "min_id", 0, INT64_MAX, -1, &f->min_id) ||
        !rest_query_int(call, "max_id", 0, INT64_MAX, -1, &f->max_id) ||
        !rest_query_int(call, "status_id", 0, 14, -1, &f->status_id) ||
        !date_filter(call, "min_date_modified", &f->min_us) ||
        !date_filter(call, "max_date_modified", &f->max_us)) {
        bc_v2_error(call, 400, "A filter is invalid.");
        return false;
    }
    return true;
}

/* Stamps are whole seconds, and both ends count. */
static bool filter_takes(const struct filter *f, const struct order *order)
{
    int64_t changed_us = order->changed_us / US_PER_S * US_PER_S;
    return (f->min_id < 0 || order->id >= f->min_id) && (f->max_id < 0 || order->id <= f->max_id) &&
           (f->status_id < 0 || bc_status_id(order) == f->status_id) &&
           (f->min_us < 0 || changed_us >= f->min_us) && (f->max_us < 0 || changed_us <= f->max_us);
}

static const struct order *first_of(const struct shop *shop, const struct filter *f, int64_t *at)
{
    if (f->by_change) {
        return f->is_down ? shop->newest_change : shop->oldest_change;
    }
    int64_t kept = (int64_t)shop->sandbox->orders_max;
    int64_t oldest = shop->orders_made > kept ? shop->orders_made - kept : 0;
    *at = f->is_down ? shop->orders_made - 1 : oldest;
    return order_find(shop, shop->order_base + *at);
}

static const struct order *
next_of(const struct shop *shop, const struct filter *f, const struct order *order, int64_t *at)
{
    if (f->by_change) {
        return f->is_down ? order->older : order->newer;
    }
    *at += f->is_down ? -1 : 1;
    return order_find(shop, shop->order_base + *at);
}

static void list_orders(struct call *call)
{
    static const char *const known[] = {"min_id",
                                        "max_id",
                                        "status_id",
                                        "min_date_modified",
                                        "max_date_modified",
                                        "page",
                                        "limit",
                                        "sort",
                                        "include",
                                        "consignment_structure",
                                        "is_deleted",
                                        "channel_id"};
    const struct shop *shop = call->shop;
    struct filter f;
    struct include include;
    int64_t page;
    int64_t limit;
    int64_t at = 0;
    if (rest_query_unknown(call, known, COUNT_OF(known)).n > 0 ||
        !rest_query_int(call, "page", 1, INT32_MAX, 1, &page) ||
        !rest_query_int(call, "limit", 1, PAGE_MAX, 50, &limit)) {
        bc_v2_error(call, 400, "A parameter is unknown or out of range.");
        return;
    }
    if (!filter_read(call, &f) || !include_read(call, &include)) {
        return;
    }
    struct json_writer w = rest_json(call, 200);
    int64_t found = 0;
    int64_t put = 0;
    json_begin_array(&w);
    const struct order *order = first_of(shop, &f, &at);
    for (; order && put < limit; order = next_of(shop, &f, order, &at)) {
        if (!filter_takes(&f, order) || found++ < (page - 1) * limit) {
            continue;
        }
        put_order(&w, order, include);
        put++;
    }
    json_end_array(&w);
    if (put == 0) {
        rest_text(call, 204, "application/json", SLICE(""));
    }
}

static void one_order(struct call *call, const struct order *order)
{
    struct include include;
    if (include_read(call, &include)) {
        struct json_writer w = rest_json(call, 200);
        put_order(&w, order, include);
    }
}

static void list_lines(struct call *call, const struct order *order)
{
    int64_t page;
    int64_t limit;
    if (!rest_query_int(call, "page", 1, INT32_MAX, 1, &page) ||
        !rest_query_int(call, "limit", 1, PAGE_MAX, 50, &limit)) {
        bc_v2_error(call, 400, "A parameter is out of range.");
        return;
    }
    struct json_writer w = rest_json(call, 200);
    int64_t found = 0;
    int64_t put = 0;
    json_begin_array(&w);
    for (size_t i = 0; i < order->lines_count && put < limit; i++) {
        if (line_is_there(&order->lines[i]) && found++ >= (page - 1) * limit) {
            put_line(&w, &call->shop->sandbox->turn, &order->lines[i]);
            put++;
        }
    }
    json_end_array(&w);
    if (put == 0) {
        rest_text(call, 204, "application/json", SLICE(""));
    }
}

static void put_shipment(struct json_writer *w, const struct order *order, int64_t id)
{
    struct arena *arena = &order->shop->sandbox->turn;
    json_begin_object(w);
    json_field_int(w, "id", id);
    json_field_int(w, "order_id", order->id);
    json_key(w, "items");
    json_begin_array(w);
    for (const struct shipment *s = order->shipments; s; s = s->next) {
        if (s->id != id) {
            continue;
        }
        json_begin_object(w);
        json_field_int(w, "order_product_id", order->lines[s->line].id);
        json_field_int(w, "product_id", order->lines[s->line].item->product->id);
        json_field_int(w, "quantity", s->n);
        json_end_object(w);
    }
    json_end_array(w);
    json_field_text(w, "date_created", bc_stamp_rfc2822(arena, order->changed_us));
    json_end_object(w);
}

static void list_shipments(struct call *call, const struct order *order)
{
    if (!order->shipments) {
        rest_text(call, 204, "application/json", SLICE(""));
        return;
    }
    struct json_writer w = rest_json(call, 200);
    int64_t last = 0;
    json_begin_array(&w);
    for (const struct shipment *s = order->shipments; s; s = s->next) {
        if (s->id != last) { /* rows of one shipment stand together */
            put_shipment(&w, order, s->id);
            last = s->id;
        }
    }
    json_end_array(&w);
}

static void count_orders(struct call *call)
{
    struct json_writer w = rest_json(call, 200);
    json_begin_object(&w);
    json_field_int(&w, "count", call->shop->orders_made);
    json_end_object(&w);
}

void bc_orders_v2_call(struct call *call, const struct rest_parts *parts)
{
    int64_t id = 0;
    if (!rest_method(call, "GET")) {
        bc_no_route(call, true);
        return;
    }
    if (parts->count == 2) {
        list_orders(call);
        return;
    }
    if (rest_is(parts, "v2", "orders", "count", NULL)) {
        count_orders(call);
        return;
    }
    const struct order *order = slice_int(parts->at[2], &id) ? order_find(call->shop, id) : NULL;
    if (!order) {
        bc_no_route(call, true);
    } else if (parts->count == 3) {
        one_order(call, order);
    } else if (rest_is(parts, "v2", "orders", "*", "products", NULL)) {
        list_lines(call, order);
    } else if (rest_is(parts, "v2", "orders", "*", "shipments", NULL)) {
        list_shipments(call, order);
    } else {
        bc_no_route(call, true);
    }
}

void bc_refunds_call(struct call *call, int64_t id)
{
    const struct order *order = order_find(call->shop, id);
    if (!order) {
        bc_no_route(call, false);
        return;
    }
    struct json_writer w = rest_json(call, 200);
    char stamp[TIME_TEXT_MAX];
    json_begin_object(&w);
    json_key(&w, "data");
    json_begin_array(&w);
    for (const struct refund *r = order->refunds; r; r = r->next) {
        json_begin_object(&w);
        json_field_int(&w, "id", r->id);
        json_field_int(&w, "order_id", order->id);
        json_field_text(&w, "created", time_format_s(r->at_us, stamp));
        json_key(&w, "items");
        json_begin_array(&w);
        json_begin_object(&w);
        json_field_str(&w, "item_type", "PRODUCT");
        json_field_int(&w, "item_id", order->lines[r->line].id);
        json_field_int(&w, "quantity", r->n);
        json_field_str(&w, "reason", "");
        json_end_object(&w);
        json_end_array(&w);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_key(&w, "meta");
    json_begin_object(&w);
    json_end_object(&w);
    json_end_object(&w);
}
