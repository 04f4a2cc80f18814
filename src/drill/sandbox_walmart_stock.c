/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_walmart_stock - the number of one SKU: at the default node, at several, and the walk over
 * all of them. Items that are not counted here are Walmart's own (WFS) and cannot be written.
 */
#include "drill/sandbox_walmart.h"

#include "base/crypto.h"

#define WALK_MAX 50

int64_t wm_input(const struct item *item, size_t node)
{
    const struct nodes *nodes = nodes_of(item);
    return nodes->shown[node] + nodes->open[node];
}

void wm_input_set(struct item *item, size_t node, int64_t input)
{
    nodes_write(item, node, input - nodes_of(item)->open[node]);
}

struct item *wm_item(const struct shop *shop, struct slice sku)
{
    struct item *item = item_find(shop, sku);
    return item && item->mode == STOCK_MANAGED ? item : NULL;
}

/* ---- PUT and GET /v3/inventory: one SKU, one node ---- */

static void put_one(struct json_writer *w, const struct item *item, size_t node)
{
    json_begin_object(w);
    json_field_text(w, "sku", item->sku);
    wm_put_quantity(w, "quantity", wm_input(item, node));
    json_end_object(w);
}

/* What the body says; false: refused. */
static bool one_read(struct call *call, struct slice sku, int64_t *out)
{
    static const char *const keys[] = {"sku", "quantity", "inventoryAvailableDate"};
    struct json body;
    struct slice body_sku;
    if (!wm_body(call, &body)) {
        return false;
    }
    if (rest_key_unknown(body, keys, COUNT_OF(keys)).n > 0) {
        wm_error(call, 400, "INVALID_REQUEST_CONTENT", "body", "Unrecognized field in the request");
        return false;
    }
    if (!json_text(json_get(body, "sku"), &body_sku) || !slice_equal(body_sku, sku)) {
        wm_error(call, 400, "INVALID_REQUEST_CONTENT", "sku", "sku of body and query must agree");
        return false;
    }
    const char *wrong = wm_read_quantity(json_get(body, "quantity"), out);
    if (wrong) {
        wm_error(call, 400, "INVALID_REQUEST_CONTENT", "quantity", wrong);
        return false;
    }
    return true;
}

void wm_stock_call(struct call *call, const struct rest_parts *parts)
{
    static const char *const known[] = {"sku", "shipNode"};
    struct shop *shop = call->shop;
    struct slice sku = {0};
    struct slice node_id = wm_of(shop)->nodes[0];
    bool is_put = rest_method(call, "PUT");
    int64_t amount = 0;
    (void)parts;
    if (!is_put && !rest_method(call, "GET")) {
        wm_error(call, 405, "METHOD_NOT_ALLOWED", "method", "GET or PUT");
        return;
    }
    if (!wm_bucket_take(call, WM_STOCK) || !wm_query_known(call, known, COUNT_OF(known))) {
        return;
    }
    if (!rest_query(call, "sku", &sku)) {
        wm_error(call, 400, "INVALID_REQUEST_PARAM", "sku", "sku is needed");
        return;
    }
    rest_query(call, "shipNode", &node_id);
    size_t node = wm_node(shop, node_id);
    struct item *item = wm_item(shop, sku);
    if (node == NODES_COUNT) {
        wm_error(call, 400, "INVALID_REQUEST_PARAM", "shipNode", "the seller has no such node");
    } else if (!item) {
        wm_not_found(call, "Sku not found, or its stock is not the seller's");
    } else if (!is_put || one_read(call, sku, &amount)) {
        if (is_put) {
            wm_input_set(item, node, amount);
        }
        struct json_writer w = json_writer(call->out);
        put_one(&w, item, node);
    }
}

/* ---- /v3/inventories/{sku}: several nodes ---- */

static void put_node(struct json_writer *w, const struct item *item, size_t node)
{
    json_begin_object(w);
    json_field_text(w, "shipNode", wm_of(item->shop)->nodes[node]);
    wm_put_quantity(w, "inputQty", wm_input(item, node));
    wm_put_quantity(w, "availToSellQty", nodes_visible(item, node));
    wm_put_quantity(w, "reservedQty", nodes_of(item)->open[node]);
    json_end_object(w);
}

static void put_item(struct json_writer *w, const struct item *item, size_t only)
{
    json_begin_object(w);
    json_field_text(w, "sku", item->sku);
    json_key(w, "nodes");
    json_begin_array(w);
    for (size_t i = 0; i < NODES_COUNT; i++) {
        if (only == NODES_COUNT || only == i) {
            put_node(w, item, i);
        }
    }
    json_end_array(w);
    json_end_object(w);
}

static void item_show(struct call *call, const struct item *item)
{
    static const char *const known[] = {"shipNode"};
    struct slice node_id;
    size_t only = NODES_COUNT;
    if (!wm_query_known(call, known, COUNT_OF(known))) {
        return;
    }
    if (rest_query(call, "shipNode", &node_id)) {
        only = wm_node(call->shop, node_id);
        if (only == NODES_COUNT) {
            wm_error(call, 400, "INVALID_REQUEST_PARAM", "shipNode", "the seller has no such node");
            return;
        }
    }
    struct json_writer w = json_writer(call->out);
    put_item(&w, item, only);
}

/* One node of a write: the answer is 200 all the same. */
static void node_write(struct json_writer *w, struct item *item, struct slice node_id, int64_t n)
{
    size_t node = wm_node(item->shop, node_id);
    json_begin_object(w);
    json_field_text(w, "shipNode", node_id);
    if (node < NODES_COUNT) {
        wm_input_set(item, node, n);
        json_field_str(w, "status", "Success");
    } else {
        json_field_str(w, "status", "Failure");
        json_key(w, "errors");
        json_begin_array(w);
        wm_put_error(w, "INVALID_SHIP_NODE", "shipNode", "the seller has no such node");
        json_end_array(w);
    }
    json_end_object(w);
}

static const char *node_wrong(struct json v)
{
    static const char *const keys[] = {"shipNode", "inputQty"};
    struct slice node_id;
    int64_t n;
    if (json_type(v) != JSON_OBJECT || rest_key_unknown(v, keys, COUNT_OF(keys)).n > 0 ||
        !json_text(json_get(v, "shipNode"), &node_id)) {
        return "a node is {\"shipNode\":text,\"inputQty\":quantity}";
    }
    return wm_read_quantity(json_get(v, "inputQty"), &n);
}

static void item_write(struct call *call, struct item *item)
{
    static const char *const keys[] = {"inventories"};
    struct json body;
    if (!wm_body(call, &body)) {
        return;
    }
    struct json nodes = json_path(body, "inventories", "nodes", NULL);
    const char *wrong = json_count(nodes) == 0 ? "inventories.nodes is needed" : NULL;
    if (rest_key_unknown(body, keys, COUNT_OF(keys)).n > 0) {
        wrong = "Unrecognized field in the request";
    }
    for (struct json_iter i = json_iter(nodes); !wrong && json_next(&i);) {
        wrong = node_wrong(i.value);
    }
    if (wrong || json_type(nodes) != JSON_ARRAY) {
        wm_error(call, 400, "INVALID_REQUEST_CONTENT", "inventories", wrong ? wrong : "a list");
        return;
    }
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_field_text(&w, "sku", item->sku);
    json_key(&w, "nodes");
    json_begin_array(&w);
    for (struct json_iter i = json_iter(nodes); json_next(&i);) {
        struct slice node_id = {0};
        int64_t n = 0;
        json_text(json_get(i.value, "shipNode"), &node_id);
        json_int(json_path(i.value, "inputQty", "amount", NULL), &n);
        node_write(&w, item, node_id, n);
    }
    json_end_array(&w);
    json_end_object(&w);
}

/* ---- GET /v3/inventories: all SKUs, page by page; the cursor is another one each time ---- */

static bool cursor_read(struct call *call, size_t *out_start)
{
    struct slice text, decoded, mark;
    int64_t start = 0;
    *out_start = 0;
    if (!rest_query(call, "nextCursor", &text)) {
        return true;
    }
    if (!base64_decode(&call->shop->sandbox->turn, text, &decoded) ||
        !slice_cut(&decoded, ' ', &mark) || !slice_is(mark, "walk") ||
        !slice_int(decoded, &start) || start < 0) {
        wm_error(call, 400, "INVALID_REQUEST_PARAM", "nextCursor", "no such cursor");
        return false;
    }
    *out_start = (size_t)start;
    return true;
}

static void walk(struct call *call)
{
    static const char *const known[] = {"limit", "nextCursor"};
    struct shop *shop = call->shop;
    struct arena *arena = &shop->sandbox->turn;
    int64_t limit = 0;
    size_t i = 0;
    if (!wm_query_known(call, known, COUNT_OF(known)) || !cursor_read(call, &i)) {
        return;
    }
    if (!rest_query_int(call, "limit", 1, WALK_MAX, 10, &limit)) {
        wm_error(call, 400, "INVALID_REQUEST_PARAM", "limit", "limit is 1 to 50");
        return;
    }
    struct json_writer w = json_writer(call->out);
    json_begin_object(&w);
    json_key(&w, "elements");
    json_begin_object(&w);
    json_key(&w, "inventories");
    json_begin_array(&w);
    for (; i < shop->items_count && limit > 0; i++) {
        if (shop->items[i]->mode == STOCK_MANAGED) {
            put_item(&w, shop->items[i], NODES_COUNT);
            limit--;
        }
    }
    json_end_array(&w);
    json_end_object(&w);
    json_key(&w, "meta");
    json_begin_object(&w);
    json_field_int(&w, "totalCount", (int64_t)shop->items_count);
    if (i < shop->items_count) {
        json_field_text(&w, "nextCursor", base64_encode(arena, arena_printf(arena, "walk %zu", i)));
    }
    json_end_object(&w);
    json_end_object(&w);
}

void wm_inventories_call(struct call *call, const struct rest_parts *parts)
{
    struct slice sku;
    bool is_get = rest_method(call, "GET");
    if (!wm_bucket_take(call, WM_STOCK)) {
        return;
    }
    if (parts->count == 2 && is_get) {
        walk(call);
        return;
    }
    if (parts->count != 3 || (!is_get && !rest_method(call, "PUT")) ||
        !percent_decode(&call->shop->sandbox->turn, parts->at[2], &sku)) {
        wm_not_found(call, "There is no such operation");
        return;
    }
    struct item *item = wm_item(call->shop, sku);
    if (!item) {
        wm_not_found(call, "Sku not found, or its stock is not the seller's");
    } else if (is_get) {
        item_show(call, item);
    } else {
        item_write(call, item);
    }
}

/* ---- GET /v3/settings/shipping/shipnodes ---- */

void wm_nodes_call(struct call *call)
{
    struct json_writer w = rest_json(call, 200);
    json_begin_array(&w);
    for (size_t i = 0; i < NODES_COUNT; i++) {
        json_begin_object(&w);
        json_field_text(&w, "shipNode", wm_of(call->shop)->nodes[i]);
        json_field_str(&w, "shipNodeName", i == 0 ? "Default warehouse" : "Second warehouse");
        json_field_str(&w, "status", "ACTIVE");
        json_field_str(&w, "nodeType", "PHYSICAL");
        json_field_str(&w, "timeZone", "EST");
        json_end_object(&w);
    }
    json_end_array(&w);
}
