/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_ebay_orders - orders of the Fulfillment API: one, many by a filter in brackets, and what
 * was shipped of one.
 *
 * The list is in no order that is worth relying on: newest first by creation. Cancel requests stand
 * in one order only, never in the list. Refunds are money: no units.
 */
#include "drill/sandbox_ebay.h"

#include "base/times.h"

#define DOMAIN "API_FULFILLMENT"

/* ---- bodies ---- */

static bool is_all_shipped(const struct order *order)
{
    for (size_t i = 0; i < order->lines_count; i++) {
        if (order->lines[i].fulfilled < order->lines[i].ordered) {
            return false;
        }
    }
    return true;
}

static const char *fulfilment(const struct order *order)
{
    if (is_all_shipped(order)) {
        return "FULFILLED";
    }
    return order->shipments ? "IN_PROGRESS" : "NOT_STARTED";
}

static const char *payment(const struct order *order)
{
    int64_t ordered = 0;
    int64_t refunded = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        ordered += order->lines[i].ordered;
        refunded += order->lines[i].returned + order->lines[i].removed;
    }
    return refunded == 0 ? "PAID" : refunded < ordered ? "PARTIALLY_REFUNDED" : "FULLY_REFUNDED";
}

static void put_money(struct json_writer *w, const char *key, struct arena *arena, int64_t cents)
{
    json_key(w, key);
    json_begin_object(w);
    json_field_text(w, "value", cents_text(arena, cents));
    json_field_str(w, "currency", "EUR");
    json_end_object(w);
}

static void put_refunds(struct json_writer *w, const struct order *order, size_t line)
{
    struct arena *arena = &order->shop->sandbox->turn;
    char stamp[TIME_TEXT_MAX];
    json_key(w, "refunds");
    json_begin_array(w);
    for (const struct refund *r = order->refunds; r; r = r->next) {
        if (r->line != line || !r->is_shipped) {
            continue;
        }
        json_begin_object(w);
        json_field_text(w, "refundId", arena_printf(arena, "%" PRId64, r->id));
        json_field_text(w, "refundDate", time_format(r->at_us, stamp));
        put_money(w, "amount", arena, r->n * price_cents(order->lines[line].item->price));
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_line(struct json_writer *w, const struct order *order, size_t at)
{
    struct arena *arena = &order->shop->sandbox->turn;
    const struct order_line *line = &order->lines[at];
    const struct item *item = line->item;
    json_begin_object(w);
    json_field_text(w, "lineItemId", arena_printf(arena, "%" PRId64, line->id));
    json_field_text(w, "legacyItemId", arena_printf(arena, "%" PRId64, item->product->id));
    if (!item->product->is_simple) {
        json_field_text(w, "legacyVariationId", arena_printf(arena, "%" PRId64, item->id));
        json_key(w, "variationAspects");
        json_begin_array(w);
        for (size_t i = 0; i < item->options_count; i++) {
            json_begin_object(w);
            json_field_text(w, "name", item->options[i].name);
            json_field_text(w, "value", item->options[i].value);
            json_end_object(w);
        }
        json_end_array(w);
    }
    json_field_text(w, "sku", item->sku);
    json_field_text(w, "title", item->product->title);
    put_money(w, "lineItemCost", arena, line->ordered * price_cents(item->price));
    json_field_int(w, "quantity", line->ordered);
    json_field_str(w, "soldFormat", "FIXED_PRICE");
    json_field_str(w, "listingMarketplaceId", EBAY_MARKETPLACE);
    json_field_str(w, "purchaseMarketplaceId", EBAY_MARKETPLACE);
    json_field_str(w,
                   "lineItemFulfillmentStatus",
                   line->fulfilled == 0              ? "NOT_STARTED"
                   : line->fulfilled < line->ordered ? "IN_PROGRESS"
                                                     : "FULFILLED");
    put_refunds(w, order, at);
    json_end_object(w);
}

static void put_cancel(struct json_writer *w, const struct order *order, bool is_one)
{
    char stamp[TIME_TEXT_MAX];
    bool is_cancelled = order->state == ORDER_CANCELLED;
    json_key(w, "cancelStatus");
    json_begin_object(w);
    json_field_str(w, "cancelState", is_cancelled ? "CANCELED" : "NONE_REQUESTED");
    json_key(w, "cancelRequests");
    json_begin_array(w);
    if (is_cancelled && is_one) {
        json_begin_object(w);
        json_field_str(w, "cancelReason", "BUYER_ASKED_CANCEL");
        json_field_str(w, "cancelRequestState", "COMPLETED");
        json_field_text(w, "cancelCompletedDate", time_format(order->cancelled_us, stamp));
        json_end_object(w);
    }
    json_end_array(w);
    if (is_cancelled) {
        json_field_text(w, "cancelledDate", time_format(order->cancelled_us, stamp));
    }
    json_end_object(w);
}

static void put_address(struct json_writer *w, const struct order *order)
{
    const struct address *a = address_at(order->country);
    json_key(w, "fulfillmentStartInstructions");
    json_begin_array(w);
    json_begin_object(w);
    json_field_str(w, "fulfillmentInstructionsType", "SHIP_TO");
    json_field_bool(w, "ebaySupportedFulfillment", false);
    json_key(w, "shippingStep");
    json_begin_object(w);
    json_key(w, "shipTo");
    json_begin_object(w);
    json_field_str(w, "fullName", "Sandbox Buyer");
    json_key(w, "contactAddress");
    json_begin_object(w);
    json_field_str(w, "city", a->city);
    json_field_str(w, "stateOrProvince", a->region ? a->region : "");
    json_field_str(w, "postalCode", a->zip);
    json_field_str(w, "countryCode", a->country);
    json_end_object(w);
    json_end_object(w);
    json_end_object(w);
    json_end_object(w);
    json_end_array(w);
}

static void put_shipment_links(struct json_writer *w, const struct order *order)
{
    struct arena *arena = &order->shop->sandbox->turn;
    int64_t last = 0;
    json_key(w, "fulfillmentHrefs");
    json_begin_array(w);
    for (const struct shipment *s = order->shipments; s; s = s->next) {
        if (s->id != last) {
            json_put_text(
                w,
                arena_printf(arena,
                             "%.*s/sell/fulfillment/v1/order/%.*s/shipping_fulfillment/%" PRId64,
                             SLICE_ARG(order->shop->base_url),
                             SLICE_ARG(ebay_order_text(arena, order->id)),
                             s->id));
            last = s->id;
        }
    }
    json_end_array(w);
}

static void put_order(struct json_writer *w, const struct order *order, bool is_one)
{
    struct arena *arena = &order->shop->sandbox->turn;
    char stamp[TIME_TEXT_MAX];
    json_begin_object(w);
    json_field_text(w, "orderId", ebay_order_text(arena, order->id));
    json_field_text(w, "creationDate", time_format(order->placed_us, stamp));
    json_field_text(w, "lastModifiedDate", time_format(order->changed_us, stamp));
    json_field_str(w, "orderFulfillmentStatus", fulfilment(order));
    json_field_str(w, "orderPaymentStatus", payment(order));
    json_field_text(w, "sellerId", ebay_of(order->shop)->seller);
    put_cancel(w, order, is_one);
    put_address(w, order);
    put_shipment_links(w, order);
    json_key(w, "lineItems");
    json_begin_array(w);
    for (size_t i = 0; i < order->lines_count; i++) {
        put_line(w, order, i);
    }
    json_end_array(w);
    json_end_object(w);
}

/* ---- the filter ---- */

struct filter {
    int64_t created_lo, created_hi, changed_lo, changed_hi; /* -1 = none */
    bool by_state, takes_new, takes_begun;
};

static bool refused(struct call *call, int id, const char *text)
{
    ebay_error(call, 400, (struct ebay_error){id, DOMAIN, text});
    return false;
}

/* "[from..to]", to may be empty. */
static bool range_read(struct call *call, struct slice text, int64_t *out_lo, int64_t *out_hi)
{
    int64_t now_us = env_wall_us(call->shop->sandbox->env) + US_PER_S;
    if (!slice_starts(text, "[") || !slice_ends(text, "]")) {
        return refused(call, 30800, "Invalid filter value");
    }
    text = (struct slice){text.p + 1, text.n - 2};
    const char *dots = memmem(text.p, text.n, "..", 2);
    if (!dots) {
        return refused(call, 30800, "Invalid filter value");
    }
    struct slice from = {text.p, (size_t)(dots - text.p)};
    struct slice to = slice_from(text, from.n + 2);
    if (from.n == 0) {
        return refused(call, 30820, "Start date is missing");
    }
    if (!time_parse_rfc3339(from, out_lo) || (to.n > 0 && !time_parse_rfc3339(to, out_hi))) {
        return refused(call, 30810, "Invalid date format");
    }
    if (*out_lo > now_us || *out_hi > now_us) {
        return refused(call, 30850, "Start and end dates can't be in the future");
    }
    if (to.n > 0 && *out_hi < *out_lo) {
        return refused(call, 30840, "Start date should be before end date");
    }
    return true;
}

static bool states_read(struct call *call, struct slice text, struct filter *f)
{
    if (!slice_starts(text, "{") || !slice_ends(text, "}")) {
        return refused(call, 30800, "Invalid filter value");
    }
    text = (struct slice){text.p + 1, text.n - 2};
    f->by_state = true;
    while (text.n > 0) {
        struct slice one;
        slice_cut(&text, '|', &one);
        f->takes_new |= slice_is(one, "NOT_STARTED");
        f->takes_begun |= slice_is(one, "IN_PROGRESS");
        if (!slice_is(one, "NOT_STARTED") && !slice_is(one, "IN_PROGRESS")) {
            return refused(call, 30800, "Invalid filter value");
        }
    }
    return true;
}

static bool filter_read(struct call *call, struct filter *f)
{
    struct slice rest = {0};
    *f = (struct filter){.created_lo = -1, .created_hi = -1, .changed_lo = -1, .changed_hi = -1};
    rest_query(call, "filter", &rest);
    while (rest.n > 0) {
        struct slice one;
        struct slice name;
        bool is_good;
        slice_cut(&rest, ',', &one);
        slice_cut(&one, ':', &name);
        if (slice_is(name, "creationdate")) {
            is_good = range_read(call, one, &f->created_lo, &f->created_hi);
        } else if (slice_is(name, "lastmodifieddate")) {
            is_good = range_read(call, one, &f->changed_lo, &f->changed_hi);
        } else if (slice_is(name, "orderfulfillmentstatus")) {
            is_good = states_read(call, one, f);
        } else {
            is_good = refused(call, 30700, "Invalid filter name");
        }
        if (!is_good) {
            return false;
        }
    }
    return true;
}

/* With both dates only that of creation counts. */
static bool takes(const struct filter *f, const struct order *order)
{
    bool by_creation = f->created_lo >= 0;
    int64_t at_us = by_creation ? order->placed_us : order->changed_us;
    int64_t lo = by_creation ? f->created_lo : f->changed_lo;
    int64_t hi = by_creation ? f->created_hi : f->changed_hi;
    if (f->by_state) {
        const char *state = fulfilment(order);
        bool is_new = strcmp(state, "NOT_STARTED") == 0;
        bool is_begun = strcmp(state, "IN_PROGRESS") == 0;
        if (!(is_new && f->takes_new) && !(is_begun && f->takes_begun)) {
            return false;
        }
    }
    return at_us >= lo && (hi < 0 || at_us <= hi);
}

/* ---- lists ---- */

static void list_by_ids(struct call *call, struct slice ids)
{
    struct slice rest = ids;
    struct slice one;
    size_t count = 0;
    for (; rest.n > 0; count++) {
        slice_cut(&rest, ',', &one);
    }
    if (count > 50) {
        refused(call, 30900, "Exceeded maximum number of order IDs (the current limit is 50)");
        return;
    }
    struct json_writer w = rest_json(call, 200);
    int64_t total = 0;
    json_begin_object(&w);
    json_key(&w, "orders");
    json_begin_array(&w);
    for (rest = ids; rest.n > 0;) {
        int64_t id;
        slice_cut(&rest, ',', &one);
        const struct order *order = ebay_order_call(one, &id) ? order_find(call->shop, id) : NULL;
        if (order) {
            put_order(&w, order, false);
            total++;
        }
    }
    json_end_array(&w);
    json_field_int(&w, "total", total);
    json_end_object(&w);
}

static void list_orders(struct call *call)
{
    static const char *const known[] = {"filter", "limit", "offset", "orderIds", "fieldGroups"};
    struct shop *shop = call->shop;
    struct filter f;
    struct slice ids;
    int64_t limit;
    int64_t offset;
    if (rest_query_unknown(call, known, COUNT_OF(known)).n > 0) {
        refused(call, 30700, "Invalid filter name");
        return;
    }
    if (rest_query(call, "orderIds", &ids)) {
        list_by_ids(call, ids);
        return;
    }
    if (!rest_query_int(call, "limit", 1, 200, 50, &limit)) {
        refused(call, 31100, "Invalid limit");
        return;
    }
    if (!rest_query_int(call, "offset", 0, INT32_MAX, 0, &offset)) {
        refused(call, 31000, "Invalid offset");
        return;
    }
    if (!filter_read(call, &f)) {
        return;
    }
    struct json_writer w = rest_json(call, 200);
    int64_t total = 0;
    json_begin_object(&w);
    json_key(&w, "orders");
    json_begin_array(&w);
    for (int64_t n = shop->orders_made - 1; n >= 0; n--) {
        const struct order *order = order_find(shop, shop->order_base + n);
        if (!order) {
            break; /* older ones are forgotten */
        }
        if (takes(&f, order)) {
            int64_t at = total++;
            if (at >= offset && at < offset + limit) {
                put_order(&w, order, false);
            }
        }
    }
    json_end_array(&w);
    json_field_int(&w, "total", total);
    json_field_int(&w, "limit", limit);
    json_field_int(&w, "offset", offset);
    if (offset + limit < total) {
        json_field_text(&w,
                        "next",
                        arena_printf(&shop->sandbox->turn,
                                     "%.*s/sell/fulfillment/v1/order?limit=%" PRId64
                                     "&offset=%" PRId64,
                                     SLICE_ARG(shop->base_url),
                                     limit,
                                     offset + limit));
    }
    json_end_object(&w);
}

/* ---- shipments ---- */

static void put_shipment(struct json_writer *w, const struct order *order, int64_t id)
{
    struct arena *arena = &order->shop->sandbox->turn;
    char stamp[TIME_TEXT_MAX];
    int64_t at_us = 0;
    json_begin_object(w);
    json_field_text(w, "fulfillmentId", arena_printf(arena, "%" PRId64, id));
    json_field_str(w, "shippingCarrierCode", "DHL");
    json_key(w, "lineItems");
    json_begin_array(w);
    for (const struct shipment *s = order->shipments; s; s = s->next) {
        if (s->id != id) {
            continue;
        }
        at_us = s->at_us;
        json_begin_object(w);
        json_field_text(w, "lineItemId", arena_printf(arena, "%" PRId64, order->lines[s->line].id));
        json_field_int(w, "quantity", s->n);
        json_end_object(w);
    }
    json_end_array(w);
    json_field_text(w, "shippedDate", time_format(at_us, stamp));
    json_end_object(w);
}

static void list_shipments(struct call *call, const struct order *order)
{
    struct json_writer w = rest_json(call, 200);
    int64_t last = 0;
    int64_t total = 0;
    json_begin_object(&w);
    json_key(&w, "fulfillments");
    json_begin_array(&w);
    for (const struct shipment *s = order->shipments; s; s = s->next) {
        if (s->id != last) {
            put_shipment(&w, order, s->id);
            last = s->id;
            total++;
        }
    }
    json_end_array(&w);
    json_field_int(&w, "total", total);
    json_end_object(&w);
}

void ebay_fulfillment_call(struct call *call, const struct rest_parts *parts)
{
    int64_t id = 0;
    if (!ebay_may(call, EBAY_USER_TOKEN)) {
        return;
    }
    bool is_order = parts->count >= 4 && slice_is(parts->at[2], "v1") &&
                    slice_is(parts->at[3], "order") && rest_method(call, "GET");
    if (!is_order) {
        ebay_no_route(call);
        return;
    }
    if (parts->count == 4) {
        list_orders(call);
        return;
    }
    if (!ebay_order_call(parts->at[4], &id)) {
        refused(call, 32100, "Invalid order ID");
        return;
    }
    const struct order *order = order_find(call->shop, id);
    if (!order) {
        ebay_error(call, 404, (struct ebay_error){32110, DOMAIN, "The order was not found"});
    } else if (parts->count == 5) {
        struct json_writer w = rest_json(call, 200);
        put_order(&w, order, true);
    } else if (parts->count == 6 && slice_is(parts->at[5], "shipping_fulfillment")) {
        list_shipments(call, order);
    } else {
        ebay_no_route(call);
    }
}
