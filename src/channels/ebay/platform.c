/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Platform notifications: SOAP, from the Trading API, under the topic "platform". The only ones that
 * tell a purchase before it is paid for, and an edit by somebody else.
 *
 * The signature is the MD5 of the time and the application's keys. It does not cover the body, so
 * that whoever has seen one delivery can make up others for ten minutes: nothing of it is believed,
 * it only makes us read.
 */
#include "base/crypto.h"
#include "base/times.h"
#include "channels/ebay/ebay.h"

#define WINDOW_US (600 * US_PER_S)
#define FETCHES_MAX 50

/* The one element of the SOAP body; NULL when there is none. */
static const struct xml_node *answer_of(const struct xml_node *root)
{
    const struct xml_node *body = xml_get(root, "Body");

    return body ? body->first : NULL;
}

enum hook_verdict
ebay_platform_verify(const struct account *account, const struct hook *hook, struct arena *arena)
{
    const struct ebay_config *config = ebay_config(account);
    const struct xml_node *root = NULL;
    uint8_t digest[MD5_SIZE];
    int64_t at_us = 0;

    if (!config->dev_id.n || xml_parse(hook->body, arena, &root)) {
        return HOOK_REFUSED;
    }
    struct slice stamp = xml_text_of(answer_of(root), "Timestamp");
    struct slice given =
        xml_text(xml_path(root, "Header", "RequesterCredentials", "NotificationSignature", NULL));
    if (!given.n || stamp.n > 40 || !time_parse_rfc3339(stamp, &at_us) ||
        at_us < hook->received_at_us - WINDOW_US || at_us > hook->received_at_us + WINDOW_US) {
        return HOOK_REFUSED;
    }
    struct slice all = arena_printf(arena,
                                    "%.*s%.*s%.*s%.*s",
                                    SLICE_ARG(stamp),
                                    SLICE_ARG(config->dev_id),
                                    SLICE_ARG(config->client_id),
                                    SLICE_ARG(config->client_secret));
    if (!all.p) {
        return HOOK_REFUSED;
    }
    md5(digest, all);
    struct slice wanted = base64_encode(arena, (struct slice){(const char *)digest, MD5_SIZE});
    return wanted.p && crypto_equal(given, wanted) ? HOOK_AUTHENTIC : HOOK_REFUSED;
}

enum event_kind { EVENT_OTHER, EVENT_SALE, EVENT_ITEM, EVENT_ORDERS };

static const struct {
    const char *name;
    enum event_kind kind;
} events[] = {
    {"FixedPriceTransaction", EVENT_SALE},
    {"AuctionCheckoutComplete", EVENT_SALE},
    {"EndOfAuction", EVENT_SALE},
    {"ItemSold", EVENT_SALE},
    {"ItemMarkedShipped", EVENT_SALE},
    {"ItemMarkedPaid", EVENT_SALE},
    {"ItemRevised", EVENT_ITEM},
    {"ItemClosed", EVENT_ITEM},
    {"ItemUnsold", EVENT_ITEM},
    {"ItemSuspended", EVENT_ITEM},
    {"BuyerCancelRequested", EVENT_ORDERS},
};

static enum event_kind event_of(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        if (slice_is(name, events[i].name)) {
            return events[i].kind;
        }
    }
    return EVENT_OTHER;
}

struct hints {
    struct fetch *list;
    size_t count;
    bool is_full;
};

static void hint_add(struct hints *hints, enum fetch_kind kind, struct slice id)
{
    for (size_t i = 0; i < hints->count; i++) {
        if (hints->list[i].kind == kind && slice_equal(hints->list[i].id, id)) {
            return;
        }
    }
    if (hints->count == FETCHES_MAX) {
        hints->is_full = true;
        return;
    }
    hints->list[hints->count++] = (struct fetch){.kind = kind, .id = id};
}

static void sale_hints(const struct xml_node *answer, struct hints *hints)
{
    bool all_named = true;
    const struct xml_node *sale = xml_path(answer, "TransactionArray", "Transaction", NULL);

    all_named = sale != NULL;
    for (; sale; sale = xml_next(sale)) {
        struct slice id = xml_text(xml_path(sale, "ContainingOrder", "OrderID", NULL));
        if (ebay_is_id(id)) {
            hint_add(hints, FETCH_ORDER, id);
        } else {
            all_named = false;
        }
    }
    if (!all_named || hints->is_full) {
        hints->count = 0;
        hint_add(hints, FETCH_CHANGED, (struct slice){0});
    }
}

/* The listing as a whole, and each of its SKUs: which of them is mapped is not known here. */
static void item_hints(const struct xml_node *item, struct arena *arena, struct hints *hints)
{
    struct slice id = xml_text_of(item, "ItemID");
    struct slice sku = xml_text_of(item, "SKU");

    if (!ebay_is_digits(id)) {
        return;
    }
    hint_add(hints, FETCH_COUNT, ebay_key(arena, id, (struct slice){0}));
    if (sku.n && ebay_is_sku(sku)) {
        hint_add(hints, FETCH_COUNT, ebay_key(arena, id, sku));
    }
    for (const struct xml_node *v = xml_path(item, "Variations", "Variation", NULL); v;
         v = xml_next(v)) {
        sku = xml_text_of(v, "SKU");
        if (sku.n && ebay_is_sku(sku)) {
            hint_add(hints, FETCH_COUNT, ebay_key(arena, id, sku));
        }
    }
}

void ebay_platform_decode(const struct hook *hook, struct arena *arena, struct facts *out)
{
    struct hints hints = {.list = ARENA_ARRAY(arena, FETCHES_MAX, struct fetch)};
    const struct xml_node *root = NULL;

    if (!hints.list) {
        out->unreadable = "a delivery larger than one may be";
        return;
    }
    if (xml_parse(hook->body, arena, &root) || !answer_of(root)) {
        hint_add(&hints, FETCH_CHANGED, (struct slice){0});
        out->unreadable = "the body is not XML that can be read safely";
    } else {
        const struct xml_node *answer = answer_of(root);
        switch (event_of(xml_text_of(answer, "NotificationEventName"))) {
        case EVENT_SALE:
            sale_hints(answer, &hints);
            break;
        case EVENT_ITEM:
            item_hints(xml_get(answer, "Item"), arena, &hints);
            if (!hints.count) {
                out->unreadable = "a notification of an item that does not name it";
            }
            break;
        case EVENT_ORDERS:
            hint_add(&hints, FETCH_CHANGED, (struct slice){0});
            break;
        case EVENT_OTHER:
            out->ignored = "an event that has nothing to do with stock or orders";
            break;
        }
    }
    if (arena->exhausted) {
        *out = (struct facts){.unreadable = "a delivery larger than one may be"};
        return;
    }
    out->fetches = hints.list;
    out->fetches_count = hints.count;
}
