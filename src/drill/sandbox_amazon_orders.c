/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_amazon_orders - orders 2026-01-01: one, and search by the time of the last change.
 *
 * An order is PENDING at first, and unshipped a little later. The blocks beside the base of an
 * order are only there when they are asked for; what would name a buyer is refused.
 */
#include "drill/sandbox_amazon.h"

#include "base/crypto.h"
#include "base/times.h"

#define LAG_US (120 * US_PER_S)

static int64_t sum(const struct order *order, bool of_open)
{
    int64_t n = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct order_line *line = &order->lines[i];
        n += of_open ? line->ordered - line->removed - line->fulfilled : line->fulfilled;
    }
    return n;
}

/* order->mark: 0 while it is pending. */
const char *amazon_status(const struct order *order)
{
    if (order->state == ORDER_CANCELLED) {
        return "CANCELLED";
    }
    int64_t shipped = sum(order, false);
    if (shipped > 0) {
        return sum(order, true) > 0 ? "PARTIALLY_SHIPPED" : "SHIPPED";
    }
    if (sum(order, true) == 0) {
        return "CANCELLED"; /* unit by unit */
    }
    return order->mark == 0 ? "PENDING" : "UNSHIPPED";
}

static bool is_fba(const struct order *order)
{
    return amazon_is_fba(order->lines[0].item);
}

/* ---- bodies ---- */

struct include {
    bool fulfillment, cancellation;
};

static void put_cancellation(struct json_writer *w, const struct order_line *line)
{
    json_key(w, "cancellation");
    json_begin_object(w);
    if (line->removed > 0) {
        bool by_buyer = line->lost == 0;
        json_key(w, "cancellationExecution");
        json_begin_object(w);
        json_field_str(w, "cancelledBy", by_buyer ? "BUYER" : "MERCHANT");
        json_field_str(w, "cancelReason", by_buyer ? "BUYER_CANCELED" : "NO_INVENTORY");
        json_end_object(w);
    }
    json_end_object(w);
}

static void put_line(struct json_writer *w, const struct order_line *line, struct include include)
{
    struct arena *arena = &line->item->shop->sandbox->turn;
    json_begin_object(w);
    json_field_text(w, "orderItemId", arena_printf(arena, "%" PRId64, line->id));
    json_field_int(w, "quantityOrdered", line->ordered);
    json_key(w, "product");
    json_begin_object(w);
    json_field_text(w, "asin", arena_printf(arena, "B0%08zu", line->item->index));
    json_field_text(w, "title", line->item->product->title);
    json_field_text(w, "sellerSku", line->item->sku);
    json_end_object(w);
    if (include.fulfillment) {
        json_key(w, "fulfillment");
        json_begin_object(w);
        json_field_int(w, "quantityFulfilled", line->fulfilled);
        json_field_int(w, "quantityUnfulfilled", line->ordered - line->removed - line->fulfilled);
        json_end_object(w);
    }
    if (include.cancellation) {
        put_cancellation(w, line);
    }
    json_end_object(w);
}

static void put_order(struct json_writer *w, const struct order *order, struct include include)
{
    char stamp[TIME_TEXT_MAX];
    json_begin_object(w);
    json_field_text(w, "orderId", amazon_order_text(&order->shop->sandbox->turn, order->id));
    json_field_text(w, "createdTime", time_format(order->placed_us, stamp));
    json_field_text(w, "lastUpdatedTime", time_format(order->changed_us, stamp));
    json_field_raw(w, "programs", SLICE("[]"));
    json_key(w, "salesChannel");
    json_begin_object(w);
    json_field_str(w, "channelName", "AMAZON");
    json_field_str(w, "marketplaceId", AMAZON_MARKETPLACE);
    json_field_str(w, "marketplaceName", "Amazon.de");
    json_end_object(w);
    if (include.fulfillment) {
        json_key(w, "fulfillment");
        json_begin_object(w);
        json_field_str(w, "fulfillmentStatus", amazon_status(order));
        json_field_str(w, "fulfilledBy", is_fba(order) ? "AMAZON" : "MERCHANT");
        json_field_str(w, "fulfillmentServiceLevel", "STANDARD");
        json_end_object(w);
    }
    json_key(w, "orderItems");
    json_begin_array(w);
    for (size_t i = 0; i < order->lines_count; i++) {
        put_line(w, &order->lines[i], include);
    }
    json_end_array(w);
    json_end_object(w);
}

static bool include_read(struct call *call, struct include *out)
{
    static const char *const known[] = {"PROCEEDS",
                                        "EXPENSE",
                                        "PROMOTION",
                                        "CANCELLATION",
                                        "FULFILLMENT",
                                        "PACKAGES",
                                        "TAX",
                                        "PAYMENT",
                                        "FULFILLMENT_ORDERS",
                                        "BUYER",
                                        "RECIPIENT"};
    struct slice list = {0};
    rest_query(call, "includedData", &list);
    if (!amazon_list_known(list, known, COUNT_OF(known))) {
        amazon_invalid(call, "includedData has an unknown value.");
        return false;
    }
    if (rest_list_has(list, SLICE("BUYER")) || rest_list_has(list, SLICE("RECIPIENT"))) {
        amazon_error(call, 403, "Unauthorized", "The app has no role for personal data.");
        return false;
    }
    out->fulfillment = rest_list_has(list, SLICE("FULFILLMENT"));
    out->cancellation = rest_list_has(list, SLICE("CANCELLATION"));
    return true;
}

/* ---- search ---- */

struct search {
    struct slice statuses, fulfilled_by;
    int64_t from_us, to_us, size, after_us;
    bool by_creation;
    struct include include;
};

/* Exactly one of ...After; its ...Before at least two minutes ago. */
static bool range_read(struct call *call, struct search *s)
{
    struct slice from = {0};
    struct slice to = {0};
    struct slice other;
    int64_t now_us = env_wall_us(call->shop->sandbox->env);
    s->by_creation = rest_query(call, "createdAfter", &from);
    bool by_change = rest_query(call, "lastUpdatedAfter", &from);
    bool has_to = rest_query(call, s->by_creation ? "createdBefore" : "lastUpdatedBefore", &to);
    bool has_wrong =
        rest_query(call, s->by_creation ? "lastUpdatedBefore" : "createdBefore", &other);
    if (s->by_creation == by_change || has_wrong) {
        amazon_invalid(call, "Exactly one of createdAfter and lastUpdatedAfter is required.");
        return false;
    }
    s->to_us = now_us - call->shop->search_lag_us;
    if (!time_parse_rfc3339(from, &s->from_us) || (has_to && !time_parse_rfc3339(to, &s->to_us))) {
        amazon_invalid(call, "A date is not in ISO 8601 format.");
        return false;
    }
    if (has_to && (s->to_us > now_us - LAG_US || s->to_us < s->from_us)) {
        amazon_invalid(call, "The end must be two minutes before now, and not before the start.");
        return false;
    }
    return true;
}

/* A page's token holds for the same filters only. */
static struct slice filters_hash(struct call *call)
{
    static const char *const names[] = {"createdAfter",
                                        "createdBefore",
                                        "lastUpdatedAfter",
                                        "lastUpdatedBefore",
                                        "fulfillmentStatuses",
                                        "fulfilledBy",
                                        "marketplaceIds"};
    struct arena *arena = &call->shop->sandbox->turn;
    struct slice parts[COUNT_OF(names)];
    uint8_t hash[16];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        parts[i] = (struct slice){0};
        rest_query(call, names[i], &parts[i]);
        parts[i] = arena_printf(arena, "%zu=%.*s;", i, SLICE_ARG(parts[i]));
    }
    blake2b(hash, sizeof(hash), parts, COUNT_OF(parts));
    return hex_encode(arena, (struct slice){(const char *)hash, sizeof(hash)});
}

static bool token_read(struct call *call, struct search *s)
{
    struct slice token;
    struct slice hash;
    if (!rest_query(call, "paginationToken", &token)) {
        return true;
    }
    if (!slice_cut(&token, '.', &hash) || !slice_equal(hash, filters_hash(call)) ||
        !slice_int(token, &s->after_us)) {
        amazon_invalid(call, "paginationToken does not belong to these parameters.");
        return false;
    }
    return true;
}

static bool search_read(struct call *call, struct search *s)
{
    static const char *const known[] = {"createdAfter",
                                        "createdBefore",
                                        "lastUpdatedAfter",
                                        "lastUpdatedBefore",
                                        "fulfillmentStatuses",
                                        "marketplaceIds",
                                        "fulfilledBy",
                                        "maxResultsPerPage",
                                        "paginationToken",
                                        "includedData"};
    static const char *const statuses[] = {"PENDING_AVAILABILITY",
                                           "PENDING",
                                           "UNSHIPPED",
                                           "PARTIALLY_SHIPPED",
                                           "SHIPPED",
                                           "CANCELLED",
                                           "UNFULFILLABLE"};
    static const char *const parties[] = {"MERCHANT", "AMAZON"};
    struct slice marketplaces;
    *s = (struct search){0};
    rest_query(call, "fulfillmentStatuses", &s->statuses);
    rest_query(call, "fulfilledBy", &s->fulfilled_by);
    if (rest_query_unknown(call, known, COUNT_OF(known)).n > 0 ||
        !amazon_list_known(s->statuses, statuses, COUNT_OF(statuses)) ||
        !amazon_list_known(s->fulfilled_by, parties, COUNT_OF(parties))) {
        amazon_invalid(call, "The request has an unknown parameter or value.");
        return false;
    }
    if (!rest_query_int(call, "maxResultsPerPage", 1, 100, 100, &s->size)) {
        amazon_invalid(call, "maxResultsPerPage is between 1 and 100.");
        return false;
    }
    if (rest_query(call, "marketplaceIds", &marketplaces) && !amazon_marketplace(call)) {
        return false;
    }
    return range_read(call, s) && include_read(call, &s->include) && token_read(call, s);
}

static bool takes(const struct search *s, const struct order *order)
{
    int64_t at_us = s->by_creation ? order->placed_us : order->changed_us;
    return order->changed_us > s->after_us && at_us >= s->from_us &&
           (at_us <= s->to_us || order->shop->search_lag_us == 0) &&
           (s->statuses.n == 0 || rest_list_has(s->statuses, slice_of(amazon_status(order)))) &&
           (s->fulfilled_by.n == 0 ||
            rest_list_has(s->fulfilled_by, is_fba(order) ? SLICE("AMAZON") : SLICE("MERCHANT")));
}

static void search(struct call *call)
{
    struct arena *arena = &call->shop->sandbox->turn;
    struct search s;
    char stamp[TIME_TEXT_MAX];
    if (!amazon_may(call, AMAZON_ORDERS_SEARCH, false) || !search_read(call, &s)) {
        return;
    }
    struct json_writer w = rest_json(call, 200);
    const struct order *last = NULL;
    const struct order *order = call->shop->oldest_change;
    int64_t put = 0;
    json_begin_object(&w);
    json_key(&w, "orders");
    json_begin_array(&w);
    for (; order && put < s.size; order = order->newer) {
        if (takes(&s, order)) {
            put_order(&w, order, s.include);
            last = order;
            put++;
        }
    }
    while (order && !takes(&s, order)) {
        order = order->newer;
    }
    json_end_array(&w);
    if (order && last) {
        json_key(&w, "pagination");
        json_begin_object(&w);
        json_field_text(
            &w,
            "nextToken",
            arena_printf(arena, "%.*s.%" PRId64, SLICE_ARG(filters_hash(call)), last->changed_us));
        json_end_object(&w);
    }
    json_field_text(
        &w, s.by_creation ? "createdBefore" : "lastUpdatedBefore", time_format(s.to_us, stamp));
    json_end_object(&w);
}

/* ---- one ---- */

static bool id_read(struct slice text, int64_t *out)
{
    struct slice a;
    struct slice b;
    int64_t x;
    int64_t y;
    int64_t z;
    if (!slice_cut(&text, '-', &a) || !slice_cut(&text, '-', &b) || a.n != 3 || b.n != 7 ||
        text.n != 7 || !slice_int(a, &x) || !slice_int(b, &y) || !slice_int(text, &z)) {
        return false;
    }
    *out = (x * 10000000 + y) * 10000000 + z;
    return true;
}

static void one_order(struct call *call, struct slice text)
{
    static const char *const known[] = {"includedData"};
    struct include include = {0};
    int64_t id = 0;
    if (!amazon_may(call, AMAZON_ORDER_GET, false)) {
        return;
    }
    if (rest_query_unknown(call, known, COUNT_OF(known)).n > 0) {
        amazon_invalid(call, "The request has an unknown parameter.");
        return;
    }
    const struct order *order = id_read(text, &id) ? order_find(call->shop, id) : NULL;
    if (!order) {
        amazon_error(call, 404, "NotFound", "The order does not exist.");
        return;
    }
    if (include_read(call, &include)) {
        struct json_writer w = rest_json(call, 200);
        json_begin_object(&w);
        json_key(&w, "order");
        put_order(&w, order, include);
        json_end_object(&w);
    }
}

void amazon_orders_call(struct call *call, const struct rest_parts *parts)
{
    bool is_get = rest_method(call, "GET");
    if (is_get && rest_is(parts, "orders", "2026-01-01", "orders", NULL)) {
        search(call);
    } else if (is_get && rest_is(parts, "orders", "2026-01-01", "orders", "*", NULL)) {
        one_order(call, parts->at[3]);
    } else {
        amazon_error(call, 404, "NotFound", "The requested resource does not exist.");
    }
}
