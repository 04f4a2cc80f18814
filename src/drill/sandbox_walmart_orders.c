/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_walmart_orders - purchase orders and the catalogue.
 *
 * A line's quantity is split by status; amounts are texts, times are milliseconds. Orders that
 * Walmart ships itself (of items whose stock is not the seller's) are found only by whoever asks
 * for shipNodeType=WFSFulfilled.
 */
#include "drill/sandbox_walmart.h"

#include "base/crypto.h"
#include "base/times.h"

#define ORDERS_LIMIT_MAX 200
#define ITEMS_LIMIT_MAX 50

bool wm_order_is_wfs(const struct order *order)
{
    return order->lines[0].item->mode != STOCK_MANAGED;
}

static void put_ms(struct json_writer *w, const char *key, int64_t time_us)
{
    json_field_int(w, key, time_us / US_PER_MS);
}

static void put_status(struct json_writer *w, const char *status, int64_t amount)
{
    if (amount == 0) {
        return;
    }
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, amount);
    json_begin_object(w);
    json_field_str(w, "status", status);
    json_key(w, "statusQuantity");
    json_begin_object(w);
    json_field_str(w, "unitOfMeasurement", "EACH");
    json_field_str(w, "amount", text);
    json_end_object(w);
    if (strcmp(status, "Cancelled") == 0) {
        json_field_str(w, "cancellationReason", "CANCEL_BY_SELLER");
    } else {
        json_field_null(w, "cancellationReason");
    }
    json_end_object(w);
}

/* When something last happened to the line. */
static int64_t line_changed_us(const struct order *order, size_t at)
{
    int64_t changed_us = order->placed_us;
    for (const struct shipment *s = order->shipments; s; s = s->next) {
        changed_us = s->line == at && s->at_us > changed_us ? s->at_us : changed_us;
    }
    for (const struct refund *r = order->refunds; r; r = r->next) {
        changed_us = r->line == at && r->at_us > changed_us ? r->at_us : changed_us;
    }
    return changed_us;
}

static void
put_line(struct json_writer *w, struct arena *arena, const struct order *order, size_t at)
{
    const struct order_line *line = &order->lines[at];
    int64_t open = line->ordered - line->removed - line->fulfilled;
    json_begin_object(w);
    json_field_text(w, "lineNumber", arena_printf(arena, "%zu", at + 1));
    json_key(w, "item");
    json_begin_object(w);
    json_field_text(w, "productName", line->item->product->title);
    json_field_text(w, "sku", line->item->sku);
    json_end_object(w);
    json_key(w, "orderLineQuantity");
    json_begin_object(w);
    json_field_str(w, "unitOfMeasurement", "EACH");
    json_field_text(w, "amount", arena_printf(arena, "%" PRId64, line->ordered));
    json_end_object(w);
    put_ms(w, "statusDate", line_changed_us(order, at));
    json_key(w, "orderLineStatuses");
    json_begin_object(w);
    json_key(w, "orderLineStatus");
    json_begin_array(w);
    put_status(w, order->waits ? "Acknowledged" : "Created", open);
    put_status(w, "Shipped", line->fulfilled - line->returned);
    put_status(w, "Refund", line->returned);
    put_status(w, "Cancelled", line->removed);
    json_end_array(w);
    json_end_object(w);
    json_end_object(w);
}

static void put_ship_node(struct json_writer *w, const struct order *order)
{
    bool is_wfs = wm_order_is_wfs(order);
    json_key(w, "shipNode");
    json_begin_object(w);
    json_field_str(w, "type", is_wfs ? "WFSFulfilled" : "SellerFulfilled");
    if (is_wfs) {
        json_field_str(w, "name", "WFS");
        json_field_str(w, "id", "9999");
    } else {
        json_field_str(w, "name", "Warehouse");
        json_field_text(w, "id", wm_of(order->shop)->nodes[nodes_order_node(order)]);
    }
    json_end_object(w);
}

static void put_shipping(struct json_writer *w, const struct order *order)
{
    const struct address *address = address_at(order->country);
    json_key(w, "shippingInfo");
    json_begin_object(w);
    put_ms(w, "estimatedDeliveryDate", order->placed_us + 7 * 86400 * (int64_t)US_PER_S);
    put_ms(w, "estimatedShipDate", order->placed_us + 2 * 86400 * (int64_t)US_PER_S);
    json_field_str(w, "methodCode", "Standard");
    json_key(w, "postalAddress");
    json_begin_object(w);
    json_field_str(w, "city", address->city);
    json_field_str(w, "state", address->region);
    json_field_str(w, "postalCode", address->zip);
    json_field_str(w, "country", address->country);
    json_end_object(w);
    json_end_object(w);
}

void wm_put_order(struct json_writer *w, struct arena *arena, const struct order *order)
{
    json_begin_object(w);
    json_field_text(w, "purchaseOrderId", arena_printf(arena, "%" PRId64, order->id));
    json_field_text(w, "customerOrderId", arena_printf(arena, "2000%" PRId64, order->number));
    json_field_str(w, "orderType", "REGULAR");
    put_ms(w, "orderDate", order->placed_us);
    put_shipping(w, order);
    json_key(w, "orderLines");
    json_begin_object(w);
    json_key(w, "orderLine");
    json_begin_array(w);
    for (size_t i = 0; i < order->lines_count; i++) {
        put_line(w, arena, order, i);
    }
    json_end_array(w);
    json_end_object(w);
    put_ship_node(w, order);
    json_end_object(w);
}

/* ---- GET /v3/orders ---- */

struct wm_search {
    int64_t limit, since_us, until_us, created_us;
    const char *node_type;
    int64_t below; /* only orders with a smaller id: where the last page ended */
    struct slice since_text, until_text, created_text;
};

static bool time_read(struct call *call, const char *name, struct slice *out_text, int64_t *out_us)
{
    if (rest_query(call, name, out_text) && !time_parse_utc(*out_text, out_us)) {
        wm_error(call, 400, "INVALID_REQUEST_PARAM", name, "no date");
        return false;
    }
    return true;
}

static bool node_type_read(struct call *call, struct wm_search *out)
{
    static const char *const types[] = {"SellerFulfilled", "WFSFulfilled", "3PLFulfilled"};
    struct slice text;
    out->node_type = types[0];
    if (!rest_query(call, "shipNodeType", &text)) {
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (slice_is(text, types[i])) {
            out->node_type = types[i];
            return true;
        }
    }
    wm_error(call, 400, "INVALID_REQUEST_PARAM", "shipNodeType", "no such type of node");
    return false;
}

static struct slice cursor_text(struct arena *arena, const struct wm_search *s, int64_t below)
{
    return arena_printf(arena,
                        "?limit=%" PRId64 "&hasMoreElements=true&soIndex=%" PRId64
                        "&partnerId=" WM_PARTNER "&shipNodeType=%s"
                        "&lastModifiedStartDate=%.*s&lastModifiedEndDate=%.*s"
                        "&createdStartDate=%.*s",
                        s->limit,
                        below,
                        s->node_type,
                        SLICE_ARG(percent_encode(arena, s->since_text)),
                        SLICE_ARG(percent_encode(arena, s->until_text)),
                        SLICE_ARG(percent_encode(arena, s->created_text)));
}

/* A cursor stands alone: whoever adds to it or takes from it is refused. */
static bool cursor_is_whole(struct call *call, const struct wm_search *s)
{
    struct slice whole = cursor_text(&call->shop->sandbox->turn, s, s->below);
    if (slice_equal(slice_from(whole, 1), call->x->request.query)) {
        return true;
    }
    wm_error(call, 400, "INVALID_REQUEST_PARAM", "nextCursor", "use the cursor as it was given");
    return false;
}

static bool search_read(struct call *call, struct wm_search *out)
{
    static const char *const known[] = {"lastModifiedStartDate",
                                        "lastModifiedEndDate",
                                        "createdStartDate",
                                        "limit",
                                        "shipNodeType",
                                        "productInfo",
                                        "replacementInfo",
                                        "hasMoreElements",
                                        "soIndex",
                                        "partnerId"};
    struct slice more;
    int64_t now_us = env_wall_us(call->shop->sandbox->env);
    *out = (struct wm_search){.until_us = INT64_MAX,
                              .created_us = now_us - 180 * 86400 * (int64_t)US_PER_S};
    if (!wm_query_known(call, known, COUNT_OF(known)) || !node_type_read(call, out) ||
        !time_read(call, "lastModifiedStartDate", &out->since_text, &out->since_us) ||
        !time_read(call, "lastModifiedEndDate", &out->until_text, &out->until_us) ||
        !time_read(call, "createdStartDate", &out->created_text, &out->created_us)) {
        return false;
    }
    if (!rest_query_int(call, "limit", 1, ORDERS_LIMIT_MAX, 100, &out->limit) ||
        !rest_query_int(call, "soIndex", 0, INT64_MAX, INT64_MAX, &out->below)) {
        wm_error(call, 400, "INVALID_REQUEST_PARAM", "limit", "limit is 1 to 200");
        return false;
    }
    return !rest_query(call, "hasMoreElements", &more) || cursor_is_whole(call, out);
}

static bool order_is_wanted(const struct order *order, const struct wm_search *s)
{
    const char *type = wm_order_is_wfs(order) ? "WFSFulfilled" : "SellerFulfilled";
    return strcmp(type, s->node_type) == 0 && order->changed_us >= s->since_us &&
           order->changed_us <= s->until_us && order->placed_us >= s->created_us;
}

/* Newest first. */
static const struct order *order_below(const struct shop *shop, int64_t n)
{
    int64_t kept = (int64_t)shop->sandbox->orders_max;
    if (n < 0 || n >= shop->orders_made || n < shop->orders_made - kept) {
        return NULL;
    }
    return shop->orders[(size_t)(n % kept)];
}

static void orders_list(struct call *call)
{
    struct shop *shop = call->shop;
    struct arena *arena = &shop->sandbox->turn;
    struct wm_search s;
    if (!search_read(call, &s)) {
        return;
    }
    int64_t total = 0;
    int64_t given = 0;
    int64_t last = 0;
    bool has_more = false;
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "list");
    json_begin_object(&w);
    json_key(&w, "elements");
    json_begin_object(&w);
    json_key(&w, "order");
    json_begin_array(&w);
    const struct order *order;
    for (int64_t n = shop->orders_made - 1; (order = order_below(shop, n)) != NULL; n--) {
        if (!order_is_wanted(order, &s)) {
            continue;
        }
        total++;
        if (order->id >= s.below) {
            continue;
        }
        if (given == s.limit) {
            has_more = true;
            continue;
        }
        wm_put_order(&w, arena, order);
        given++;
        last = order->id;
    }
    json_end_array(&w);
    json_end_object(&w);
    json_key(&w, "meta");
    json_begin_object(&w);
    json_field_int(&w, "totalCount", total);
    json_field_int(&w, "limit", s.limit);
    if (has_more) {
        json_field_text(&w, "nextCursor", cursor_text(arena, &s, last));
    }
    json_end_object(&w);
    json_end_object(&w);
    json_end_object(&w);
}

/* ---- one order ---- */

static void order_show(struct call *call, const struct order *order)
{
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "order");
    wm_put_order(&w, &call->shop->sandbox->turn, order);
    json_end_object(&w);
}

void wm_orders_call(struct call *call, const struct rest_parts *parts)
{
    int64_t id;
    if (!wm_bucket_take(call, WM_ORDERS)) {
        return;
    }
    bool is_get = rest_method(call, "GET");
    if (parts->count == 2 && is_get) {
        orders_list(call);
        return;
    }
    struct order *order =
        parts->count >= 3 && slice_int(parts->at[2], &id) ? order_find(call->shop, id) : NULL;
    bool is_ack = parts->count == 4 && slice_is(parts->at[3], "acknowledge");
    if (!order) {
        wm_not_found(call, "There is no such purchase order");
    } else if (parts->count == 3 && is_get) {
        order_show(call, order);
    } else if (is_ack && rest_method(call, "POST")) {
        order->waits = 1;
        order_touch(order);
        order_show(call, order);
    } else {
        wm_not_found(call, "There is no such operation");
    }
}

/* ---- GET /v3/items ---- */

static void put_item(struct json_writer *w, struct arena *arena, const struct item *item)
{
    json_begin_object(w);
    json_field_str(w, "mart", "WALMART_US");
    json_field_text(w, "sku", item->sku);
    json_field_str(w, "condition", "New");
    json_field_text(w, "wpid", arena_printf(arena, "W%" PRId64, item->id));
    json_field_text(w, "upc", item->barcode);
    json_field_text(w,
                    "productName",
                    item->title.n ? arena_printf(arena,
                                                 "%.*s, %.*s",
                                                 SLICE_ARG(item->product->title),
                                                 SLICE_ARG(item->title))
                                  : item->product->title);
    json_field_str(w, "productType", "Other");
    json_key(w, "price");
    json_begin_object(w);
    json_field_str(w, "currency", "USD");
    json_field_raw(w, "amount", item->price);
    json_end_object(w);
    json_field_str(w, "publishedStatus", "PUBLISHED");
    json_field_str(w, "lifecycleStatus", "ACTIVE");
    if (!item->product->is_simple) {
        json_field_text(w, "variantGroupId", arena_printf(arena, "VG%" PRId64, item->product->id));
    }
    json_end_object(w);
}

static bool items_start(struct call *call, size_t *out)
{
    struct slice cursor;
    int64_t start = 0;
    *out = 0;
    if (!rest_query(call, "nextCursor", &cursor) || slice_is(cursor, "*")) {
        return true;
    }
    if (!slice_starts(cursor, "AoE/") || !slice_int(slice_from(cursor, 4), &start) || start < 1) {
        wm_error(call, 400, "INVALID_REQUEST_PARAM", "nextCursor", "no such cursor");
        return false;
    }
    *out = (size_t)start;
    return true;
}

static bool items_filter(struct call *call, bool *out_none)
{
    static const char *const known[] = {
        "nextCursor", "sku", "limit", "lifecycleStatus", "publishedStatus", "variantGroupId"};
    struct slice life = SLICE("ACTIVE");
    struct slice published = SLICE("PUBLISHED");
    if (!wm_query_known(call, known, COUNT_OF(known))) {
        return false;
    }
    rest_query(call, "lifecycleStatus", &life);
    rest_query(call, "publishedStatus", &published);
    *out_none = !slice_is(life, "ACTIVE") || !slice_is(published, "PUBLISHED");
    return true;
}

void wm_items_call(struct call *call)
{
    struct shop *shop = call->shop;
    struct arena *arena = &shop->sandbox->turn;
    struct slice sku = {0};
    bool is_none = false;
    int64_t limit;
    size_t i = 0;
    if (!wm_bucket_take(call, WM_ITEMS) || !items_filter(call, &is_none) ||
        !items_start(call, &i)) {
        return;
    }
    if (!rest_query_int(call, "limit", 1, ITEMS_LIMIT_MAX, 20, &limit)) {
        wm_error(call, 400, "INVALID_REQUEST_PARAM", "limit", "limit is 1 to 50");
        return;
    }
    bool is_one = rest_query(call, "sku", &sku);
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "ItemResponse");
    json_begin_array(&w);
    for (; !is_none && i < shop->items_count && limit > 0; i++) {
        if (shop->items[i]->sku.n > 0 && (!is_one || slice_equal(sku, shop->items[i]->sku))) {
            put_item(&w, arena, shop->items[i]);
            limit--;
        }
    }
    json_end_array(&w);
    json_field_int(&w, "totalItems", is_none ? 0 : (int64_t)shop->items_count);
    if (!is_none && i < shop->items_count) {
        json_field_text(&w, "nextCursor", arena_printf(arena, "AoE/%zu", i));
    }
    json_end_object(&w);
}
