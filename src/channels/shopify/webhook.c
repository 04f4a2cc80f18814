/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"
#include "base/times.h"
#include "channels/shopify/order.h"
#include "channels/shopify/shopify.h"

enum hook_verdict
shopify_verify(const struct account *account, const struct hook *hook, struct arena *arena)
{
    const struct shopify_config *config = shopify_config(account);
    struct slice given =
        slice_trim(http_header_get(hook->headers, hook->headers_count, "X-Shopify-Hmac-Sha256"));
    bool is_authentic = false;

    if (hook->body.n == 0 || given.n == 0) {
        return HOOK_REFUSED;
    }
    /* All secrets are tried whatever the first says: the time tells nothing. */
    for (size_t i = 0; i < config->hook_secrets_count; i++) {
        uint8_t mac[SHA256_SIZE];
        hmac_sha256(mac, config->hook_secrets[i], hook->body);
        struct slice wanted = base64_encode(arena, (struct slice){(const char *)mac, sizeof(mac)});
        if (wanted.p && crypto_equal(wanted, given)) {
            is_authentic = true;
        }
    }
    return is_authentic ? HOOK_AUTHENTIC : HOOK_REFUSED;
}

/* ---- what a topic is about ---- */

enum topic_kind {
    TOPIC_NONE,
    TOPIC_ORDER, /* the body is an order, or names it by its id */
    TOPIC_CHILD, /* the body belongs to an order */
    TOPIC_LEVEL, /* the body is a count */
    TOPIC_IGNORED,
};

static const struct topic {
    const char *begins;
    enum topic_kind kind;
    const char *why; /* it is ignored */
} topics[] = {
    {"orders/", TOPIC_ORDER, NULL},
    {"fulfillments/", TOPIC_CHILD, NULL},
    {"fulfillment_orders/", TOPIC_CHILD, NULL},
    {"refunds/", TOPIC_CHILD, NULL},
    {"returns/", TOPIC_CHILD, NULL},
    {"reverse_fulfillment_orders/", TOPIC_CHILD, NULL},
    {"reverse_deliveries/", TOPIC_CHILD, NULL},
    {"inventory_levels/", TOPIC_LEVEL, NULL},
    {"inventory_items/", TOPIC_IGNORED, "an item's data changed, not a count"},
    {"products/",
     TOPIC_IGNORED,
     "a product's data changed; its quantities are totals over all locations, not counts"},
    {"variants/",
     TOPIC_IGNORED,
     "the quantity of a variant is a total over all locations, not a count"},
    {"locations/", TOPIC_IGNORED, "a location's data changed, not a count"},
    {"inventory_transfers/",
     TOPIC_IGNORED,
     "the counts that a transfer moves arrive by themselves"},
    {"inventory_shipments/",
     TOPIC_IGNORED,
     "the counts that a shipment moves arrive by themselves"},
    {"draft_orders/", TOPIC_IGNORED, "a draft is no order yet; the counts it reserves arrive"},
    {"app/uninstalled", TOPIC_IGNORED, "the app was uninstalled: the next call will be refused"},
    {"app/", TOPIC_IGNORED, "about the app's own installation, not stock"},
    {"bulk_operations/", TOPIC_IGNORED, "no bulk operation of ours is waited for"},
    {"customers/", TOPIC_IGNORED, "about a customer: no personal data enters the log"},
    {"shop/", TOPIC_IGNORED, "about the shop itself, not stock"},
};

static const struct topic *topic_find(struct slice text)
{
    static const struct topic none = {"", TOPIC_NONE, "a topic that has nothing to do with stock"};
    for (size_t i = 0; i < COUNT_OF(topics); i++) {
        if (slice_starts(text, topics[i].begins)) {
            return &topics[i];
        }
    }
    return &none;
}

/* ---- what a body is, by itself: only the body is signed ---- */

static bool has(struct json body, const char *key)
{
    return json_type(json_get(body, key)) != JSON_NONE;
}

/* The body calls itself an order. */
static bool says_order(struct json body, struct arena *arena)
{
    struct slice id;
    return shopify_id(json_get(body, "admin_graphql_api_id"), "Order", arena, &id);
}

/* An order, not one of the things that have lines too: a shipment names its order, a draft and a
 * checkout have fields of their own. */
static bool is_order(struct json body, struct arena *arena)
{
    return json_type(json_get(body, "line_items")) == JSON_ARRAY && !has(body, "order_id") &&
           !has(body, "invoice_sent_at") && !has(body, "abandoned_checkout_url") &&
           (!has(body, "admin_graphql_api_id") || says_order(body, arena));
}

/* The order that a shipment, refund, return, edit or fulfilment order belongs to. */
static bool order_named(struct json body, struct arena *arena, struct slice *out)
{
    return shopify_id(json_get(body, "order_id"), "Order", arena, out) ||
           shopify_id(json_path(body, "order_edit", "order_id", NULL), "Order", arena, out) ||
           shopify_id(json_path(body, "order", "id", NULL), "Order", arena, out) ||
           shopify_id(json_path(body, "return", "order_id", NULL), "Order", arena, out) ||
           shopify_id(json_path(body, "fulfillment_order", "order_id", NULL), "Order", arena, out);
}

/* ---- facts ---- */

static void fetch(struct facts *out, struct arena *arena, enum fetch_kind kind, struct slice id)
{
    struct fetch *f = ARENA_NEW(arena, struct fetch);
    if (!f) {
        out->unreadable = "the body is too large";
        return;
    }
    *f = (struct fetch){.kind = kind, .id = id};
    out->fetches = f;
    out->fetches_count = 1;
}

static void decode_order(struct json body, struct arena *arena, struct facts *out)
{
    struct shopify_order order;
    const char *why = NULL;

    switch (shopify_order_of_rest(body, arena, &order, &why)) {
    case SHOPIFY_READ_BAD:
        out->unreadable = why;
        return;
    case SHOPIFY_READ_THIN:
        fetch(out, arena, FETCH_ORDER, order.head.id);
        return;
    case SHOPIFY_READ_WHOLE:
        break;
    }
    struct order_snapshot *snapshot = ARENA_NEW(arena, struct order_snapshot);
    if (!snapshot || !shopify_order_snapshot(&order, arena, snapshot)) {
        out->unreadable = "the order is too large";
        return;
    }
    out->orders = snapshot;
    out->orders_count = 1;
}

static void decode_level(struct json body, struct arena *arena, struct facts *out)
{
    struct slice item = {0};
    struct slice location = {0};
    struct slice updated = {0};
    struct json available = json_get(body, "available");
    struct observation *o = ARENA_NEW(arena, struct observation);

    if (!o || !shopify_id(json_get(body, "inventory_item_id"), "InventoryItem", arena, &item) ||
        !shopify_id(json_get(body, "location_id"), "Location", arena, &location)) {
        out->unreadable = "the inventory level names no item or no location";
        return;
    }
    if (json_type(available) == JSON_NONE) {
        /* The item was disconnected from the location: a reading says what is shown there now. */
        fetch(out, arena, FETCH_COUNT, arena_printf(arena, "item:%.*s", SLICE_ARG(item)));
        return;
    }
    o->is_managed = true;
    o->is_known = json_int(available, &o->count);
    if (!o->is_known && json_type(available) != JSON_NULL) {
        out->unreadable = "the inventory level's count is no whole number";
        return;
    }
    if (o->count < -QTY_MAX || o->count > QTY_MAX) {
        out->unreadable = "the inventory level's count is out of range";
        return;
    }
    if (!json_text(json_get(body, "updated_at"), &updated) ||
        !time_parse_rfc3339(updated, &o->as_of_us)) {
        o->as_of_us = 0;
    }
    o->stock_key = arena_printf(arena, "item:%.*s@%.*s", SLICE_ARG(item), SLICE_ARG(location));
    out->observations = o;
    out->observations_count = 1;
}

/* A body that is neither an order nor names one, nor is a count: now the topic counts. */
static void decode_by_topic(struct json body,
                            const struct topic *topic,
                            bool is_bound,
                            struct arena *arena,
                            struct facts *out)
{
    struct slice id = {0};
    bool has_id = shopify_id(json_get(body, "id"), "Order", arena, &id);
    bool only_id = json_count(body) == 1 && has_id;

    switch (topic->kind) {
    case TOPIC_ORDER:
        /* orders/delete has an id alone. An order is deleted when nothing of it is open any more,
         * or was a test; an id proves none of that, so that the order is read: found, it holds. */
        if (only_id || (has_id && (is_bound || says_order(body, arena)))) {
            fetch(out, arena, FETCH_ORDER, id);
        } else if (is_bound) {
            out->unreadable = "the order has no id";
        } else {
            out->ignored = "the body is not that of an order, whatever its header says";
        }
        return;
    case TOPIC_CHILD:
        /* Fulfilment orders and dispositions do not say whose they are. */
        fetch(out, arena, FETCH_CHANGED, (struct slice){0});
        return;
    case TOPIC_LEVEL:
        if (is_bound) {
            decode_level(body, arena, out); /* says what is missing */
        } else {
            out->ignored = "the body is not that of an inventory level, whatever its header says";
        }
        return;
    case TOPIC_IGNORED:
    case TOPIC_NONE:
        break;
    }
    if (topic->kind == TOPIC_NONE && only_id) {
        fetch(out, arena, FETCH_ORDER, id);
        return;
    }
    out->ignored = topic->why;
}

void shopify_decode(const struct account *account,
                    const struct hook *hook,
                    struct json_doc *doc,
                    struct arena *arena,
                    struct facts *out)
{
    struct json body = {0};
    struct err_note note;
    struct slice id = {0};

    (void)account;
    *out = (struct facts){0};
    if (json_parse(doc, hook->body, &body, &note) || json_type(body) != JSON_OBJECT) {
        out->unreadable = "the body is not a JSON object that can be read safely";
        return;
    }
    bool is_bound = hook->topic.n > 0; /* by the path that we subscribed with */
    const struct topic *topic = topic_find(
        is_bound ? hook->topic
                 : http_header_get(hook->headers, hook->headers_count, "X-Shopify-Topic"));
    if (is_order(body, arena)) {
        decode_order(body, arena, out);
    } else if (order_named(body, arena, &id)) {
        fetch(out, arena, FETCH_ORDER, id);
    } else if (has(body, "inventory_item_id") && has(body, "location_id")) {
        decode_level(body, arena, out);
    } else {
        decode_by_topic(body, topic, is_bound, arena, out);
    }
    if (arena->exhausted && !out->unreadable) {
        *out = (struct facts){.unreadable = "the body is too large"};
    }
}
