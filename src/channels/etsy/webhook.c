/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deliveries: whether they are Etsy's, and which receipt they make us read. A body holds an event, a
 * shop and an address, and nothing of the order. The address is never called: its last parts are
 * the receipt's id.
 *
 * The signature is that of Standard Webhooks. Whether Etsy sends it bare or with "v1," in front is
 * not certain: both are taken.
 */
#include "base/crypto.h"
#include "channels/etsy/etsy.h"

/* ---- authentic ---- */

/* HMAC-SHA256 over "id.timestamp.body". */
static struct slice signature_of(struct slice key,
                                 struct slice id,
                                 struct slice timestamp,
                                 struct slice body,
                                 struct arena *arena)
{
    uint8_t mac[SHA256_SIZE];
    char *text = arena_alloc(arena, id.n + timestamp.n + body.n + 2);

    if (!text) {
        return (struct slice){0};
    }
    char *at = text;
    memcpy(at, id.p, id.n);
    at += id.n;
    *at++ = '.';
    memcpy(at, timestamp.p, timestamp.n);
    at += timestamp.n;
    *at++ = '.';
    memcpy(at, body.p, body.n);
    at += body.n;
    hmac_sha256(mac, key, (struct slice){text, (size_t)(at - text)});
    return base64_encode(arena, (struct slice){(const char *)mac, sizeof mac});
}

/* All signatures are looked at whatever the first says: the time tells nothing. */
static bool any_fits(struct slice given, struct slice wanted)
{
    bool fits = false;

    for (bool more = wanted.p != NULL; more;) {
        struct slice one;
        more = slice_cut(&given, ' ', &one);
        if (slice_starts(one, "v1,")) {
            one = slice_from(one, 3);
        }
        if (crypto_equal(one, wanted)) {
            fits = true;
        }
    }
    return fits;
}

enum hook_verdict
etsy_verify(const struct account *account, const struct hook *hook, struct arena *arena)
{
    const struct etsy_config *config = etsy_config(account);
    struct slice id = http_header_get(hook->headers, hook->headers_count, "webhook-id");
    struct slice timestamp =
        http_header_get(hook->headers, hook->headers_count, "webhook-timestamp");
    struct slice given = http_header_get(hook->headers, hook->headers_count, "webhook-signature");
    int64_t now_s = hook->received_at_us / US_PER_S;
    int64_t seconds = 0;

    if (!slice_is(hook->method, "POST") || hook->body.n == 0 || !config->webhook_key.n || !id.n ||
        !slice_int(timestamp, &seconds) || seconds < 0) {
        return HOOK_REFUSED;
    }
    struct slice wanted = signature_of(config->webhook_key, id, timestamp, hook->body, arena);
    if (!any_fits(slice_trim(given), wanted)) {
        return HOOK_REFUSED;
    }
    bool is_timely =
        seconds >= now_s - config->tolerance_s && seconds <= now_s + config->tolerance_s;
    return is_timely ? HOOK_AUTHENTIC : HOOK_REFUSED;
}

/* ---- what it is about ---- */

/* "order.paid", and "ORDER_PAID" as it was called at first. */
static bool is_order_event(struct slice event)
{
    return event.n > 6 && slice_equal_nocase((struct slice){event.p, 5}, SLICE("order")) &&
           (event.p[5] == '.' || event.p[5] == '_');
}

/* The next part of a path, from its end. */
static struct slice last_part(struct slice *path)
{
    size_t n = path->n;

    while (n > 0 && path->p[n - 1] != '/') {
        n--;
    }
    struct slice part = slice_from(*path, n);
    path->n = n ? n - 1 : 0;
    return part;
}

/* ".../application/shops/{shop}/receipts/{receipt}", whoever's host it names. */
static bool ids_of(struct slice url, int64_t *shop, int64_t *receipt)
{
    struct slice receipt_text = last_part(&url);
    struct slice receipts = last_part(&url);
    struct slice shop_text = last_part(&url);
    struct slice shops = last_part(&url);

    return slice_is(receipts, "receipts") && slice_is(shops, "shops") &&
           slice_ends(url, "/application") && slice_int(shop_text, shop) && *shop > 0 &&
           slice_int(receipt_text, receipt) && *receipt > 0;
}

static void fetch_one(struct arena *arena, enum fetch_kind kind, int64_t id, struct facts *out)
{
    struct fetch *fetch = ARENA_NEW(arena, struct fetch);

    if (!fetch) {
        *out = (struct facts){.unreadable = "a delivery larger than one may be"};
        return;
    }
    fetch->kind = kind;
    if (kind == FETCH_ORDER) {
        fetch->id = arena_printf(arena, "%" PRId64, id);
    }
    out->fetches = fetch;
    out->fetches_count = 1;
}

static void unreadable(struct arena *arena, const char *reason, struct facts *out)
{
    out->unreadable = reason;
    fetch_one(arena, FETCH_CHANGED, 0, out);
}

static void event_read(const struct etsy_config *config,
                       struct json body,
                       struct arena *arena,
                       struct facts *out)
{
    struct slice url = {0};
    struct slice event = {0};
    int64_t shop = 0;
    int64_t url_shop = 0;
    int64_t receipt = 0;
    int64_t ours = 0;

    if (!json_text(json_get(body, "event_type"), &event) || !event.n) {
        unreadable(arena, "a delivery without an event type", out);
        return;
    }
    bool says_shop = etsy_id(json_get(body, "shop_id"), &shop);
    bool knows_shop = slice_int(config->shop_id, &ours);
    if (knows_shop && says_shop && shop != ours) {
        out->ignored = "the shop is another one than settings.shop_id";
        return;
    }
    if (!is_order_event(event)) {
        out->ignored = "an event that has nothing to do with orders";
        return;
    }
    json_text(json_get(body, "resource_url"), &url);
    if (!ids_of(url, &url_shop, &receipt) || (says_shop && url_shop != shop)) {
        unreadable(arena, "a delivery about an order that does not name its receipt", out);
        return;
    }
    if (knows_shop && url_shop != ours) {
        out->ignored = "the shop is another one than settings.shop_id";
        return;
    }
    fetch_one(arena, FETCH_ORDER, receipt, out);
}

void etsy_decode(const struct account *account,
                 const struct hook *hook,
                 struct json_doc *doc,
                 struct arena *arena,
                 struct facts *out)
{
    struct json body = {0};
    struct err_note note;
    struct slice id = http_header_get(hook->headers, hook->headers_count, "webhook-id");

    *out = (struct facts){0};
    if (json_parse(doc, hook->body, &body, &note) || json_type(body) != JSON_OBJECT) {
        unreadable(arena, "the body is not a JSON object that can be read safely", out);
    } else {
        event_read(etsy_config(account), body, arena, out);
    }
    if (id.n) {
        out->delivery_id = arena_copy(arena, id);
    }
}
