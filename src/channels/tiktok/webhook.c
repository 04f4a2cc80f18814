/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deliveries: whether they are TikTok's, and what they make us read. A body names what changed;
 * its status is never acted on, for it may be spelt another way than the API's, and may be old.
 *
 * The body's `type` decides. Not all numbers are published, so where it says nothing to us the path
 * does, which is ours and not signed: it can only make us read what the body names. A body that
 * names an order makes us read it, whatever else it is.
 */
#include "base/crypto.h"
#include "channels/tiktok/tiktok.h"

#define NOTIFICATION_MAX 64

/* ---- authentic ---- */

/* Lower-case hex of HMAC-SHA256(app_secret, app_key + body). No time is in it. */
static struct slice
signature_of(const struct tt_config *config, struct slice body, struct arena *arena)
{
    uint8_t mac[SHA256_SIZE];
    char *text = arena_alloc(arena, config->app_key.n + body.n + 1);

    if (!text) {
        return (struct slice){0};
    }
    memcpy(text, config->app_key.p, config->app_key.n);
    memcpy(text + config->app_key.n, body.p, body.n);
    hmac_sha256(mac, config->app_secret, (struct slice){text, config->app_key.n + body.n});
    return hex_encode(arena, (struct slice){(const char *)mac, sizeof mac});
}

enum hook_verdict
tt_verify(const struct account *account, const struct hook *hook, struct arena *arena)
{
    struct slice given =
        slice_trim(http_header_get(hook->headers, hook->headers_count, "Authorization"));

    if (!slice_is(hook->method, "POST") || hook->body.n == 0 || given.n == 0) {
        return HOOK_REFUSED;
    }
    struct slice wanted = signature_of(tt_config(account), hook->body, arena);
    return wanted.p && crypto_equal(given, wanted) ? HOOK_AUTHENTIC : HOOK_REFUSED;
}

/* ---- what it is about ---- */

enum event_kind { EVENT_ORDER, EVENT_COUNT, EVENT_IGNORED };

struct event {
    const char *name;
    int64_t type; /* 0: its number is not published */
    enum event_kind kind;
    const char *why; /* it is ignored */
};

static const struct event events[] = {
    {"ORDER_STATUS_CHANGE", 1, EVENT_ORDER, NULL},
    {"REVERSE_STATUS_UPDATE", 2, EVENT_ORDER, NULL},
    {"PACKAGE_UPDATE",
     4,
     EVENT_IGNORED,
     "packages were split or combined: no stock moves, and the order says when they leave"},
    {"PRODUCT_STATUS_CHANGE", 5, EVENT_IGNORED, "a product's state changed, not a count"},
    {"SELLER_DEAUTHORIZATION",
     6,
     EVENT_IGNORED,
     "the seller has withdrawn the permission: calls will be refused until the seller allows the "
     "app again (connect the channel)"},
    {"UPCOMING_AUTHORIZATION_EXPIRATION",
     7,
     EVENT_IGNORED,
     "the seller's permission ends within 30 days: have the seller allow the app again (connect "
     "the channel)"},
    {"CANCELLATION_STATUS_CHANGE", 11, EVENT_ORDER, NULL},
    {"RETURN_STATUS_CHANGE", 12, EVENT_ORDER, NULL},
    {"PRODUCT_INFORMATION_CHANGE", 15, EVENT_IGNORED, "a product's data changed, not a count"},
    {"PRODUCT_CREATION", 16, EVENT_IGNORED, "a new product: import the catalogue to map its SKUs"},
    {"INVENTORY_STATUS_CHANGE", 27, EVENT_COUNT, NULL},
};

static const struct event *event_find(struct json type, struct slice topic)
{
    int64_t number = 0;

    if (json_int_loose(type, &number)) {
        for (size_t i = 0; i < COUNT_OF(events); i++) {
            if (number > 0 && events[i].type == number) {
                return &events[i];
            }
        }
    }
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        if (slice_is(topic, events[i].name)) {
            return &events[i];
        }
    }
    return NULL;
}

/* ---- what it makes us read ---- */

static void what_it_says(const struct event *event,
                         struct json data,
                         struct arena *arena,
                         struct fetch *fetch,
                         struct facts *out)
{
    struct slice id = {0};

    if (tt_id(json_get(data, "order_id"), arena, &id)) {
        *fetch = (struct fetch){.kind = FETCH_ORDER, .id = id};
    } else if (!event) {
        out->ignored = "an event that has nothing to do with stock or orders";
    } else if (event->kind == EVENT_IGNORED) {
        out->ignored = event->why;
    } else if (event->kind == EVENT_ORDER) {
        *fetch = (struct fetch){.kind = FETCH_CHANGED};
        out->unreadable = "a delivery about an order that does not name it";
    } else if (tt_id(json_get(data, "sku_id"), arena, &id)) {
        *fetch = (struct fetch){.kind = FETCH_COUNT, .id = tt_key(arena, id)};
    } else {
        out->unreadable = "a change of stock that does not name the SKU";
    }
}

/* All shops that allowed the app share its secret. */
static bool is_foreign(const struct tt_config *config, struct json body)
{
    struct json shop = json_get(body, "shop_id");

    return config->shop_id.n > 0 && json_type(shop) != JSON_NONE &&
           !tt_id_same(shop, config->shop_id);
}

static struct slice notification_id(struct json body, struct arena *arena)
{
    struct slice id = {0};

    return json_id(json_get(body, "tts_notification_id"), arena, &id) && id.n <= NOTIFICATION_MAX
               ? id
               : (struct slice){0};
}

void tt_decode(const struct account *account,
               const struct hook *hook,
               struct json_doc *doc,
               struct arena *arena,
               struct facts *out)
{
    struct fetch fetch = {.kind = FETCH_NONE};
    struct json body = {0};
    struct err_note note;

    *out = (struct facts){0};
    if (json_parse(doc, hook->body, &body, &note) || json_type(body) != JSON_OBJECT) {
        fetch.kind = FETCH_CHANGED;
        out->unreadable = "the body is not a JSON object that can be read safely";
    } else if (is_foreign(tt_config(account), body)) {
        out->ignored = "of another shop than settings.shop_id";
        out->delivery_id = notification_id(body, arena);
    } else {
        const struct event *event = event_find(json_get(body, "type"), hook->topic);
        what_it_says(event, json_get(body, "data"), arena, &fetch, out);
        out->delivery_id = notification_id(body, arena);
    }
    if (fetch.kind != FETCH_NONE) {
        struct fetch *copy = ARENA_NEW(arena, struct fetch);
        if (copy) {
            *copy = fetch;
            out->fetches = copy;
            out->fetches_count = 1;
        }
    }
    if (arena->exhausted) {
        *out = (struct facts){.unreadable = "a delivery larger than one may be"};
    }
}
