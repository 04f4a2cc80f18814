/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deliveries: whether they are Walmart's, and what they make us read.
 *
 * A subscription's authDetails decide how its deliveries prove themselves. Ours say HMAC; the other
 * forms are read too, for subscriptions that a person made in Seller Center:
 *
 *   X-TC-Signature    HMAC-SHA256 of the body, as hex or base64: which of them is not documented
 *   WM_SEC.SIGNATURE  HMAC-SHA256 of method, address, timestamp and the body's digest, base64
 *   a user's password base64 of "user:password", with or without "Basic "; the password is
 *                     webhook_secret
 *
 * None of them bounds time in a way that helps: whatever is replayed only makes us read how things
 * are now.
 */
#include "base/crypto.h"
#include "channels/walmart/walmart.h"

/* ---- authentic ---- */

static struct slice header(const struct hook *hook, const char *name)
{
    return slice_trim(http_header_get(hook->headers, hook->headers_count, name));
}

static bool is_mac(struct slice given, const uint8_t mac[SHA256_SIZE], struct arena *arena)
{
    struct slice bytes = {(const char *)mac, SHA256_SIZE};
    struct slice hex = hex_encode(arena, bytes);
    struct slice base64 = base64_encode(arena, bytes);
    bool is_hex = hex.p && crypto_equal(given, hex);
    bool is_base64 = base64.p && crypto_equal(given, base64);

    return is_hex || is_base64;
}

static bool is_body_signed(struct slice secret,
                           const struct hook *hook,
                           struct slice given,
                           struct arena *arena)
{
    uint8_t mac[SHA256_SIZE];

    hmac_sha256(mac, secret, hook->body);
    return is_mac(given, mac, arena);
}

/* "METHOD\nPATH?QUERY\nTIMESTAMP\nhex(SHA-256(body))". The path is the one on our own host. */
static bool is_address_signed(const struct account *account,
                              const struct hook *hook,
                              struct slice given,
                              struct arena *arena)
{
    uint8_t digest[SHA256_SIZE];
    uint8_t mac[SHA256_SIZE];
    struct slice timestamp = header(hook, "WM_SEC.TIMESTAMP");

    sha256(digest, hook->body);
    struct slice hex = hex_encode(arena, (struct slice){(const char *)digest, sizeof digest});
    struct slice text = arena_printf(arena,
                                     "%.*s\n/hooks/%.*s%s%.*s%s%.*s\n%.*s\n%.*s",
                                     SLICE_ARG(hook->method),
                                     SLICE_ARG(account->code),
                                     hook->topic.n ? "/" : "",
                                     (int)hook->topic.n,
                                     hook->topic.n ? hook->topic.p : "",
                                     hook->query.n ? "?" : "",
                                     (int)hook->query.n,
                                     hook->query.n ? hook->query.p : "",
                                     (int)timestamp.n,
                                     timestamp.n ? timestamp.p : "",
                                     (int)hex.n,
                                     hex.n ? hex.p : "");
    if (!hex.p || !text.p || !timestamp.n) {
        return false;
    }
    hmac_sha256(mac, wm_config(account)->webhook_secret, text);
    struct slice wanted = base64_encode(arena, (struct slice){(const char *)mac, sizeof mac});
    return wanted.p && crypto_equal(given, wanted);
}

static bool is_password(struct slice secret, struct slice given, struct arena *arena)
{
    struct slice password = {0};
    struct slice user;

    if (slice_starts(given, "Basic ")) {
        given = slice_trim(slice_from(given, strlen("Basic ")));
    }
    if (!given.n || !base64_decode(arena, given, &password)) {
        return false;
    }
    return slice_cut(&password, ':', &user) && crypto_equal(password, secret);
}

enum hook_verdict
wm_verify(const struct account *account, const struct hook *hook, struct arena *arena)
{
    struct slice secret = wm_config(account)->webhook_secret;
    struct slice ours = header(hook, WM_SIGNATURE_HEADER);
    struct slice theirs = header(hook, "WM_SEC.SIGNATURE");
    struct slice password = header(hook, "Authorization");
    bool is_authentic = false;

    if (!secret.n || !slice_is(hook->method, "POST") || hook->body.n == 0) {
        return HOOK_REFUSED;
    }
    /* A signature that does not fit is never made up for by another header. */
    if (theirs.n) {
        is_authentic = is_address_signed(account, hook, theirs, arena);
    } else if (ours.n) {
        is_authentic =
            is_body_signed(secret, hook, ours, arena) || is_password(secret, ours, arena);
    } else if (password.n) {
        is_authentic = is_password(secret, password, arena);
    }
    return is_authentic ? HOOK_AUTHENTIC : HOOK_REFUSED;
}

/* ---- what it is about ---- */

enum event_kind { EVENT_ORDER, EVENT_COUNT, EVENT_IGNORED };
struct event {
    const char *begins;
    enum event_kind kind;
    const char *why; /* it is ignored */
};

/* The first that fits counts. The events before ORDER_UPDATES are named like its sub-events. */
static const struct event events[] = {
    {"ORDER_", EVENT_ORDER, NULL},
    {"PO_", EVENT_ORDER, NULL},
    {"INTENT_TO_CANCEL", EVENT_ORDER, NULL},
    {"FRAUD_CANCEL", EVENT_ORDER, NULL},
    {"INVENTORY_OOS", EVENT_COUNT, NULL},
    {"RETURN_",
     EVENT_IGNORED,
     "a return moves nothing before the goods are here: it is booked by hand"},
    {"OFFER_", EVENT_IGNORED, "an offer was published or not: no count changed"},
    {"", EVENT_IGNORED, "an event that has nothing to do with stock or orders"},
};

static const struct event *event_find(struct slice type)
{
    size_t i = 0;

    while (!slice_starts(type, events[i].begins)) {
        i++; /* the last one fits all */
    }
    return &events[i];
}

static struct fetch order_fetch(struct json payload, struct arena *arena)
{
    const struct json places[] = {json_get(payload, "order"), payload};

    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct slice id = {0};
        if (wm_id_text(json_get(places[i], "purchaseOrderId"), arena, &id)) {
            return (struct fetch){.kind = FETCH_ORDER, .id = id};
        }
    }
    return (struct fetch){.kind = FETCH_CHANGED};
}

/* availToSellQty of the event is not the count that we write: that one is read. */
static struct fetch count_fetch(struct json payload, struct arena *arena)
{
    struct slice sku = {0};

    if (json_text(json_get(payload, "sku"), &sku) && wm_is_sku(sku)) {
        return (struct fetch){.kind = FETCH_COUNT, .id = wm_key(arena, sku)};
    }
    return (struct fetch){.kind = FETCH_NONE};
}

static void
event_decode(struct json body, struct arena *arena, struct facts *out, struct fetch *fetch)
{
    struct json source = json_get(body, "source");
    struct json payload = json_get(body, "payload");
    struct slice type = {0};
    struct slice id = {0};

    if (!json_text(json_get(source, "eventType"), &type)) {
        json_text(json_get(body, "eventType"), &type);
    }
    if (json_text(json_get(source, "eventId"), &id) && id.n <= 128) {
        out->delivery_id = arena_copy(arena, id);
    }
    if (!type.n) {
        *fetch = (struct fetch){.kind = FETCH_CHANGED};
        out->unreadable = "a delivery without an eventType";
        return;
    }
    const struct event *event = event_find(type);
    switch (event->kind) {
    case EVENT_ORDER:
        *fetch = order_fetch(payload, arena);
        if (fetch->kind == FETCH_CHANGED) {
            out->unreadable = "a delivery about an order that does not name it";
        }
        return;
    case EVENT_COUNT:
        *fetch = count_fetch(payload, arena);
        if (fetch->kind == FETCH_NONE) {
            out->unreadable = "a delivery about stock that does not name the SKU";
        }
        return;
    case EVENT_IGNORED:
        out->ignored = event->why;
        return;
    }
}

void wm_decode(const struct account *account,
               const struct hook *hook,
               struct json_doc *doc,
               struct arena *arena,
               struct facts *out)
{
    struct json body = {0};
    struct err_note note;
    struct fetch *fetch = ARENA_NEW(arena, struct fetch);

    (void)account;
    *out = (struct facts){0};
    if (!fetch) {
        out->unreadable = "a delivery larger than one may be";
        return;
    }
    if (json_parse(doc, hook->body, &body, &note) || json_type(body) != JSON_OBJECT) {
        *fetch = (struct fetch){.kind = FETCH_CHANGED};
        out->unreadable = "the body is not a JSON object that can be read safely";
    } else {
        event_decode(body, arena, out, fetch);
    }
    if (arena->exhausted) {
        *out = (struct facts){.unreadable = "a delivery larger than one may be"};
        return;
    }
    if (fetch->kind != FETCH_NONE) {
        out->fetches = fetch;
        out->fetches_count = 1;
    }
}
