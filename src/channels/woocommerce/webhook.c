/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deliveries. WooCommerce signs the body alone, so the body decides what a delivery says: an order,
 * a product, an action, or only an id. The topic (from the path; from the header when the path has
 * none) can make it less than that, never more. Bodies are the resource's state when the delivery
 * left, not when the event happened: order.created may already be completed.
 */
#include "base/crypto.h"
#include "base/times.h"
#include "channels/woocommerce/woo.h"

#define ID_DIGITS_MAX 19

static bool is_ping(const struct hook *hook)
{
    static const char prefix[] = "webhook_id=";
    struct slice id = slice_from(hook->body, sizeof prefix - 1);

    if (!slice_starts(hook->body, prefix) || id.n == 0 || id.n > ID_DIGITS_MAX) {
        return false;
    }
    for (size_t i = 0; i < id.n; i++) {
        if (id.p[i] < '0' || id.p[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool
is_signed(struct slice secret, struct slice body, struct slice given, struct arena *arena)
{
    uint8_t mac[SHA256_SIZE];

    hmac_sha256(mac, secret, body);
    struct slice wanted = base64_encode(arena, (struct slice){(const char *)mac, sizeof mac});
    return wanted.p && crypto_equal(wanted, given);
}

enum hook_verdict
woo_verify(const struct account *account, const struct hook *hook, struct arena *arena)
{
    const struct woo_config *config = woo_config(account);

    if (!slice_is(hook->method, "POST")) {
        return HOOK_REFUSED;
    }
    struct slice given =
        http_header_get(hook->headers, hook->headers_count, "X-WC-Webhook-Signature");
    if (!given.p) {
        return is_ping(hook) ? HOOK_PING : HOOK_REFUSED;
    }
    given = slice_trim(given);
    /* Without a secret of ours anybody could sign with none. */
    bool is_ours =
        config->webhook_secret.n > 0 && is_signed(config->webhook_secret, hook->body, given, arena);
    bool is_ours_still = config->webhook_secret_old.n > 0 &&
                         is_signed(config->webhook_secret_old, hook->body, given, arena);
    return is_ours || is_ours_still ? HOOK_AUTHENTIC : HOOK_REFUSED;
}

enum topic {
    TOPIC_NONE, /* the path names none, and neither does the header */
    TOPIC_ORDER,
    TOPIC_ORDER_DELETED,
    TOPIC_PRODUCT,
    TOPIC_PRODUCT_DELETED,
    TOPIC_OTHER,
};

/* "order.updated", or "order/updated" when the path is written with slashes. */
static enum topic topic_of(struct slice text)
{
    struct slice resource = text;
    struct slice event = {0};

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '.' || text.p[i] == '/') {
            resource.n = i;
            event = slice_from(text, i + 1);
            break;
        }
    }
    if (slice_is(resource, "order")) {
        return slice_is(event, "deleted") ? TOPIC_ORDER_DELETED : TOPIC_ORDER;
    }
    if (slice_is(resource, "product")) {
        return slice_is(event, "deleted") ? TOPIC_PRODUCT_DELETED : TOPIC_PRODUCT;
    }
    return text.n ? TOPIC_OTHER : TOPIC_NONE;
}

static void
fetch_add(struct facts *facts, struct arena *arena, enum fetch_kind kind, struct slice id)
{
    struct fetch *fetch = ARENA_NEW(arena, struct fetch);
    if (!fetch) {
        facts->unreadable = "a delivery larger than one may be";
        return;
    }
    *fetch = (struct fetch){.kind = kind, .id = id};
    facts->fetches = fetch;
    facts->fetches_count = 1;
}

static void fetch_order(struct facts *facts, struct arena *arena, int64_t id)
{
    fetch_add(facts, arena, FETCH_ORDER, arena_printf(arena, "%" PRId64, id));
}

/* The id may be a variation's, of which nothing here knows the parent (see woo.h). */
static void fetch_count(struct facts *facts, struct arena *arena, int64_t id)
{
    fetch_add(facts, arena, FETCH_COUNT, woo_key_text(arena, (struct woo_key){.product = id}));
}

/*
 * Signed, but without the resource: something changed and this is not what. Dropped, it would lose
 * every sale of a shop whose block checkout delivers at once (bodies say rest_no_route).
 */
static void decode_without_id(struct json body, struct arena *arena, struct facts *out)
{
    struct slice code = {0};

    fetch_add(out, arena, FETCH_CHANGED, (struct slice){0});
    if (!out->fetches_count) {
        return;
    }
    json_text(json_get(body, "code"), &code);
    if (slice_is(code, "rest_no_route")) {
        out->unreadable =
            "rest_no_route instead of the resource: the shop delivers at once from the "
            "block checkout; add the namespace filter of the companion snippet";
    } else if (slice_starts(code, "woocommerce_rest_cannot_view")) {
        out->unreadable =
            "woocommerce_rest_cannot_view instead of the resource: the WordPress user "
            "who owns the webhook lost its rights; create the webhook again";
    } else {
        out->unreadable = "a delivery without an id";
    }
}

/* {"action","arg"} is signed as a whole: it needs no topic. */
static void
decode_action(struct json body, struct slice action, struct arena *arena, struct facts *out)
{
    int64_t id = 0;
    bool has_id = woo_id(json_get(body, "arg"), &id);

    if (slice_is(action, "woocommerce_updated_product_stock")) {
        if (has_id) {
            fetch_count(out, arena, id);
        } else {
            out->unreadable = "a change of stock without the product's id";
        }
    } else if (slice_is(action, "woocommerce_order_refunded")) {
        if (has_id) {
            fetch_order(out, arena, id);
        } else {
            decode_without_id(body, arena, out);
        }
    } else {
        out->ignored = "an action that says nothing of stock or orders";
    }
}

static void
decode_order(struct json body, int64_t id, enum topic topic, struct arena *arena, struct facts *out)
{
    if (topic != TOPIC_ORDER && topic != TOPIC_NONE) {
        /* A subscription has an order's shape. Whether this id is an order, only a read can tell.
         */
        fetch_order(out, arena, id);
        return;
    }
    struct order_snapshot *snapshot = ARENA_NEW(arena, struct order_snapshot);
    if (!snapshot) {
        out->unreadable = "an order larger than one delivery may be";
        return;
    }
    out->unreadable = woo_order_read(body, 0, arena, snapshot);
    if (!out->unreadable) {
        out->orders = snapshot;
        out->orders_count = 1;
    }
}

static void decode_product(struct json body, int64_t id, struct arena *arena, struct facts *out)
{
    struct observation *observation = ARENA_NEW(arena, struct observation);
    struct woo_stock stock = woo_stock_read(body);
    struct woo_key key = {.product = id};
    struct slice type, modified;
    int64_t parent = 0;

    if (!observation) {
        out->unreadable = "a product larger than one delivery may be";
        return;
    }
    if (json_text(json_get(body, "type"), &type) && slice_is(type, "variation") &&
        woo_id(json_get(body, "parent_id"), &parent)) {
        key = (struct woo_key){.product = parent, .variation = id};
    }
    *observation = (struct observation){
        .stock_key = woo_key_text(arena, key),
        .count = stock.count,
        .is_known = stock.is_known,
        .is_managed = stock.is_managed,
        .parent_managed = stock.parent_managed,
    };
    if (!json_text(json_get(body, "date_modified_gmt"), &modified) ||
        !time_parse_utc(modified, &observation->as_of_us)) {
        observation->as_of_us = 0;
    }
    out->observations = observation;
    out->observations_count = 1;
}

/* {"id":n}: something of that number was deleted. An order in the trash can still be read. */
static void decode_id_only(struct json body,
                           int64_t id,
                           enum topic topic,
                           bool in_path,
                           struct arena *arena,
                           struct facts *out)
{
    if (!in_path) {
        if (json_count(body) == 1) {
            fetch_order(out, arena, id); /* the header is not signed: only a read proves it */
        } else {
            out->ignored = "neither an order nor a product nor an action";
        }
        return;
    }
    switch (topic) {
    case TOPIC_ORDER:
    case TOPIC_ORDER_DELETED:
        fetch_order(out, arena, id);
        break;
    case TOPIC_PRODUCT:
        fetch_count(out, arena, id);
        break;
    case TOPIC_PRODUCT_DELETED:
        out->ignored = "a deleted product sells nothing more";
        break;
    case TOPIC_NONE:
    case TOPIC_OTHER:
        out->ignored = "a topic that says nothing of stock or orders";
        break;
    }
}

/* A copy of the shop (staging) keeps the webhooks and their secret. */
static bool is_foreign(const struct woo_config *config, const struct hook *hook)
{
    struct slice source =
        http_header_get(hook->headers, hook->headers_count, "X-WC-Webhook-Source");

    if (!config->webhook_source.n || !source.p) {
        return false;
    }
    while (source.n && source.p[source.n - 1] == '/') {
        source.n--;
    }
    return !slice_equal_nocase(source, config->webhook_source);
}

void woo_decode(const struct account *account,
                const struct hook *hook,
                struct json_doc *doc,
                struct arena *arena,
                struct facts *out)
{
    struct json body;
    struct err_note note;
    struct slice action;
    int64_t id = 0;
    bool in_path = hook->topic.n > 0;

    *out = (struct facts){0};
    if (is_foreign(woo_config(account), hook)) {
        out->ignored = "sent by another site than settings.webhook_source, perhaps a staging copy";
        return;
    }
    if (json_parse(doc, hook->body, &body, &note) || json_type(body) != JSON_OBJECT) {
        fetch_add(out, arena, FETCH_CHANGED, (struct slice){0});
        out->unreadable = "a body that is not a JSON object within bounds";
        return;
    }
    enum topic topic =
        topic_of(in_path ? hook->topic
                         : slice_trim(http_header_get(
                               hook->headers, hook->headers_count, "X-WC-Webhook-Topic")));

    if (json_text(json_get(body, "action"), &action)) {
        decode_action(body, action, arena, out);
    } else if (!woo_id(json_get(body, "id"), &id)) {
        decode_without_id(body, arena, out);
    } else if (json_type(json_get(body, "line_items")) == JSON_ARRAY) {
        decode_order(body, id, topic, arena, out);
    } else if (json_type(json_get(body, "manage_stock")) != JSON_NONE) {
        decode_product(body, id, arena, out);
    } else {
        decode_id_only(body, id, topic, in_path, arena, out);
    }
    if (arena->exhausted && !out->unreadable) {
        *out = (struct facts){.unreadable = "a delivery larger than one may be"};
    }
}
