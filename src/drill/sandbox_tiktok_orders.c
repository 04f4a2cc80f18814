/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_tiktok_orders - orders: one line item for each unit, all ids as texts, times in seconds.
 *
 * Units ship from a line's front and are cancelled from its back, so that a unit keeps its state.
 */
#include "drill/sandbox_tiktok.h"

#define PAGE_MAX 100
#define IDS_MAX 50
#define NO_SUBSCRIPTION 11001001

static int64_t units_open(const struct order *order)
{
    int64_t open = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct order_line *line = &order->lines[i];
        open += line->ordered - line->removed - line->fulfilled;
    }
    return open;
}

static int64_t units_shipped(const struct order *order)
{
    int64_t shipped = 0;
    for (size_t i = 0; i < order->lines_count; i++) {
        shipped += order->lines[i].fulfilled;
    }
    return shipped;
}

const char *tt_order_status(const struct order *order)
{
    int64_t open = units_open(order);
    int64_t shipped = units_shipped(order);
    if (open == 0) {
        return shipped > 0 ? "IN_TRANSIT" : "CANCELLED";
    }
    if (shipped > 0) {
        return "PARTIALLY_SHIPPING";
    }
    return order_is_paid(order) ? "AWAITING_SHIPMENT" : "UNPAID";
}

static bool is_theirs(const struct order *order)
{
    return order->lines[0].item->mode != STOCK_MANAGED;
}

struct unit_state {
    const char *display, *package;
};

static struct unit_state
unit_state(const struct order *order, const struct order_line *line, int64_t k)
{
    if (k < line->fulfilled) {
        return (struct unit_state){"IN_TRANSIT", "FULFILLING"};
    }
    if (k >= line->ordered - line->removed) {
        return (struct unit_state){"CANCELLED", "CANCELLED"};
    }
    return (struct unit_state){order_is_paid(order) ? "AWAITING_SHIPMENT" : "UNPAID", "TO_FULFILL"};
}

static void
put_unit(struct json_writer *w, const struct order *order, const struct order_line *line, int64_t k)
{
    const struct item *item = line->item;
    struct unit_state state = unit_state(order, line, k);
    json_begin_object(w);
    tt_put_id(w, "id", line->id * 1000 + k);
    tt_put_id(w, "product_id", item->product->id);
    json_field_text(w, "product_name", item->product->title);
    tt_put_id(w, "sku_id", item->id);
    json_field_text(w, "seller_sku", item->sku);
    json_field_text(w, "sku_name", item->title);
    json_field_str(w, "display_status", state.display);
    json_field_str(w, "package_status", state.package);
    if (strcmp(state.display, "CANCELLED") == 0) {
        json_field_str(w, "cancel_user", "SELLER");
        json_field_str(w, "cancel_reason", "Out of stock");
    }
    json_field_str(w, "sku_type", "NORMAL");
    json_field_bool(w, "is_gift", false);
    json_field_str(w, "currency", "USD");
    json_field_text(w, "sale_price", item->price);
    json_end_object(w);
}

static void put_order(struct json_writer *w, const struct order *order)
{
    const struct tt *tt = tt_of(order->shop);
    const char *status = tt_order_status(order);
    json_begin_object(w);
    tt_put_id(w, "id", order->id);
    json_field_str(w, "status", status);
    json_field_int(w, "create_time", order->placed_us / US_PER_S);
    if (order_is_paid(order)) {
        json_field_int(w, "paid_time", order->placed_us / US_PER_S);
    }
    if (strcmp(status, "CANCELLED") == 0) {
        json_field_int(w, "cancel_time", order->changed_us / US_PER_S);
        json_field_str(w, "cancellation_initiator", "SELLER");
    }
    json_field_int(w, "update_time", order->changed_us / US_PER_S);
    json_field_str(w,
                   "fulfillment_type",
                   is_theirs(order) ? "FULFILLMENT_BY_TIKTOK" : "FULFILLMENT_BY_SELLER");
    json_field_str(w, "shipping_type", "TIKTOK");
    json_field_text(w,
                    "warehouse_id",
                    is_theirs(order) ? SLICE("7000000000000000001")
                                     : tt->warehouses[nodes_order_node(order)]);
    json_field_bool(w, "is_on_hold_order", false);
    json_field_bool(w, "is_sample_order", false);
    json_field_bool(w, "is_replacement_order", false);
    json_field_bool(w, "is_buyer_request_cancel", false);
    json_field_str(w, "split_or_combine_tag", "");
    json_key(w, "recipient_address");
    json_begin_object(w);
    json_field_str(w, "region_code", address_at(order->country)->country);
    json_end_object(w);
    json_key(w, "line_items");
    json_begin_array(w);
    for (size_t i = 0; i < order->lines_count; i++) {
        for (int64_t k = 0; k < order->lines[i].ordered; k++) {
            put_unit(w, order, &order->lines[i], k);
        }
    }
    json_end_array(w);
    json_end_object(w);
}

static bool may_read(struct call *call)
{
    if (tt_serves_orders(call->shop)) {
        return true;
    }
    tt_error(call, 403, NO_SUBSCRIPTION, "Subscribe to the order status webhook first.");
    return false;
}

/* ---- GET /order/202309/orders?ids= ---- */

void tt_orders_get(struct call *call)
{
    struct slice ids, one;
    if (!may_read(call)) {
        return;
    }
    if (!rest_query(call, "ids", &ids)) {
        tt_bad_parameter(call, "ids is missing.");
        return;
    }
    size_t count = 1;
    for (size_t i = 0; i < ids.n; i++) {
        count += ids.p[i] == ',';
    }
    if (count > IDS_MAX) {
        tt_bad_parameter(call, "ids takes up to 50 orders.");
        return;
    }
    struct json_writer w = tt_data(call);
    json_key(&w, "orders");
    json_begin_array(&w);
    while (ids.n > 0) {
        int64_t id;
        slice_cut(&ids, ',', &one);
        const struct order *order = slice_int(one, &id) ? order_find(call->shop, id) : NULL;
        if (order) {
            put_order(&w, order);
        }
    }
    json_end_array(&w);
    tt_done(&w);
}

/* ---- POST /order/202309/orders/search ---- */

struct tt_search {
    int64_t size, position; /* of the last one that was given; 0: none yet */
    bool by_update, is_up;
    int64_t create_ge, create_lt, update_ge, update_lt;
    struct slice status;
};

static bool time_read(struct json body, const char *key, int64_t fallback, int64_t *out)
{
    struct json v = json_get(body, key);
    *out = fallback;
    return json_type(v) == JSON_NONE || json_int(v, out);
}

/* A parameter that is one of two words, the first when it is absent. */
static bool
choice_read(struct call *call, const char *name, const char *a, const char *b, bool *out)
{
    struct slice text;
    *out = false;
    if (!rest_query(call, name, &text)) {
        return true;
    }
    *out = slice_is(text, b);
    return *out || slice_is(text, a);
}

static bool search_read(struct call *call, struct tt_search *out)
{
    static const char *const keys[] = {"order_status",
                                       "create_time_ge",
                                       "create_time_lt",
                                       "update_time_ge",
                                       "update_time_lt",
                                       "shipping_type",
                                       "buyer_user_id",
                                       "is_buyer_request_cancel",
                                       "warehouse_ids"};
    struct json body;
    *out = (struct tt_search){0};
    if (!tt_paging(call, PAGE_MAX, &out->size, &out->position) ||
        !tt_body(call, keys, COUNT_OF(keys), &body)) {
        return false;
    }
    json_text(json_get(body, "order_status"), &out->status);
    bool is_good = choice_read(call, "sort_field", "create_time", "update_time", &out->by_update) &&
                   choice_read(call, "sort_order", "DESC", "ASC", &out->is_up) &&
                   time_read(body, "create_time_ge", 0, &out->create_ge) &&
                   time_read(body, "create_time_lt", INT64_MAX, &out->create_lt) &&
                   time_read(body, "update_time_ge", 0, &out->update_ge) &&
                   time_read(body, "update_time_lt", INT64_MAX, &out->update_lt);
    if (!is_good) {
        tt_bad_parameter(call, "A time must be an integer, and a sorting one of its words.");
    }
    return is_good;
}

static bool is_wanted(const struct order *order, const struct tt_search *s)
{
    int64_t created_s = order->placed_us / US_PER_S;
    int64_t changed_s = order->changed_us / US_PER_S;
    return created_s >= s->create_ge && created_s < s->create_lt && changed_s >= s->update_ge &&
           changed_s < s->update_lt &&
           (s->status.n == 0 || slice_is(s->status, tt_order_status(order)));
}

/* Where an order stands in the list; the list's order is strict. */
static int64_t position_of(const struct order *order, const struct tt_search *s)
{
    return s->by_update ? order->changed_us : order->id;
}

static bool is_behind(const struct order *order, const struct tt_search *s)
{
    int64_t position = position_of(order, s);
    return s->position == 0 || (s->is_up ? position > s->position : position < s->position);
}

/* The order's neighbour in the list; NULL starts it. */
static const struct order *
order_next(const struct shop *shop, const struct order *order, const struct tt_search *s)
{
    if (s->by_update) {
        if (!order) {
            return s->is_up ? shop->oldest_change : shop->newest_change;
        }
        return s->is_up ? order->newer : order->older;
    }
    int64_t kept = (int64_t)shop->sandbox->orders_max;
    int64_t first = shop->orders_made > kept ? shop->orders_made - kept : 0;
    int64_t n = order ? order->number - 1001 + (s->is_up ? 1 : -1)
                      : (s->is_up ? first : shop->orders_made - 1);
    return n >= first && n < shop->orders_made ? shop->orders[(size_t)(n % kept)] : NULL;
}

void tt_orders_search(struct call *call)
{
    const struct shop *shop = call->shop;
    struct tt_search s;
    if (!may_read(call) || !search_read(call, &s)) {
        return;
    }
    int64_t total = 0;
    int64_t given = 0;
    int64_t last = 0;
    bool has_more = false;
    struct json_writer w = tt_data(call);
    json_key(&w, "orders");
    json_begin_array(&w);
    for (const struct order *o = NULL; (o = order_next(shop, o, &s)) != NULL;) {
        if (!is_wanted(o, &s)) {
            continue;
        }
        total++;
        if (!is_behind(o, &s)) {
            continue;
        }
        if (given == s.size) {
            has_more = true;
            continue;
        }
        put_order(&w, o);
        last = position_of(o, &s);
        given++;
    }
    json_end_array(&w);
    json_field_text(
        &w, "next_page_token", has_more ? tt_page_token(&shop->sandbox->turn, last) : SLICE(""));
    json_field_int(&w, "total_count", total);
    tt_done(&w);
}
