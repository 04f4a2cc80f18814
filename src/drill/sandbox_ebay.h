/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_ebay - what the files of the eBay look-alike share: Inventory, Fulfillment, Notification
 * and Identity APIs (JSON), and the Trading API (XML).
 *
 * A listing lives in one of two worlds, and only that world can revise it: products with an even
 * number were made by the Inventory API, those with an odd one on the site. A product of several
 * items is a listing with variations. An unmanaged item is an offer that is not published.
 */
#pragma once
#include "base/crypto_ecdsa.h"
#include "drill/sandbox_rest.h"
#include "drill/sandbox_xml.h"

#define EBAY_MARKETPLACE "EBAY_DE"
#define EBAY_DEV_ID "dev-sandbox-0001"
#define EBAY_VERIFICATION_TOKEN "sandbox_verification_token_0123456789ab"
#define EBAY_REVISIONS_MAX 250 /* of a listing on one day */
#define EBAY_ENTRIES_MAX 32
#define EBAY_PLATFORM_HOOK 1000 /* job->webhook of a platform notification */

enum ebay_token { EBAY_USER_TOKEN, EBAY_APP_TOKEN };

struct ebay_destination {
    int64_t id; /* 0: deleted */
    struct slice name, endpoint, verification;
    bool is_enabled;
};

struct ebay_subscription {
    int64_t id; /* 0: deleted */
    struct slice topic;
    int64_t destination;
    bool is_enabled;
    int64_t created_us;
};

struct ebay { /* shop->state */
    struct rest_tokens tokens;
    struct ecdsa_key *key;
    struct slice key_id, seller;
    struct slice alert_email; /* empty: no configuration */
    struct ebay_destination destinations[EBAY_ENTRIES_MAX];
    struct ebay_subscription subscriptions[EBAY_ENTRIES_MAX];
    size_t destinations_count, subscriptions_count;
    bool has_stock_control;       /* OutOfStockControlPreference */
    struct slice application_url; /* of platform notifications */
    bool tells_transactions, tells_revisions;
    int64_t transactions;
};
struct ebay *ebay_of(const struct shop *shop);

struct ebay_listing { /* product->state */
    int64_t day, revisions;
    bool is_ended;
};

struct ebay_item { /* item->state; one of the extras is 0: the smaller number is for sale */
    int64_t ship_extra, offer_extra;
    int64_t quantity_sold;
};
struct ebay_listing *ebay_item_listing(const struct product *product);
struct ebay_item *ebay_item_of(const struct item *item);
bool ebay_is_inventory(const struct product *product);
struct product *ebay_listing_find(const struct shop *shop, struct slice id);
struct slice ebay_order_text(struct arena *arena, int64_t id); /* 12-34567-89012 */
bool ebay_order_call(struct slice text, int64_t *out);

enum ebay_revision {
    EBAY_REVISED,
    EBAY_SAME,  /* it showed that already: not counted */
    EBAY_SPENT, /* 250 on this day */
    EBAY_ENDED,
    EBAY_NO_ZERO, /* without out-of-stock control */
};
/* The listing's count of the item becomes the smaller of the two. */
enum ebay_revision ebay_revise(struct item *item, int64_t ship, int64_t offer);

struct ebay_error {
    int id;
    const char *domain, *message;
};
void ebay_error(struct call *call, int status, struct ebay_error error);
void ebay_put_error(struct json_writer *w, struct ebay_error error);
void ebay_no_route(struct call *call);
/* A token of that kind; false: refused, the call is answered. */
bool ebay_may(struct call *call, enum ebay_token kind);
/* The JSON object of the body; false: refused. */
bool ebay_body(struct call *call, struct json *out);

void ebay_inventory_call(struct call *call, const struct rest_parts *parts);
void ebay_fulfillment_call(struct call *call, const struct rest_parts *parts);
void ebay_notification_call(struct call *call, const struct rest_parts *parts);
void ebay_trading_call(struct call *call);
/* GetMyeBaySelling, GetItem, preferences: the body's content, or false when it is none of them. */
bool ebay_trading_read(struct call *call, struct slice name, const struct xml *root);
void ebay_xml_start(struct call *call, struct slice name, const char *ack);
void ebay_xml_end(struct call *call, struct slice name);
void ebay_xml_error(struct buf *out, int code, const char *severity, const char *text);
void ebay_xml_failure(struct call *call, struct slice name, int code, const char *text);

void ebay_notify_init(struct shop *shop);
/* The number of its destination; false: nothing is sent, for one of them is not enabled. */
bool ebay_destination_of(struct shop *shop, const struct ebay_subscription *s, size_t *out);
/* A notification to that destination; data is JSON text. */
void ebay_envelope(struct shop *shop, const char *topic, struct slice data, size_t destination);
void ebay_order_event(struct order *order, enum order_event event, const struct refund *refund);
void ebay_count_event(struct item *item);
bool ebay_hook_body(struct hook_job *job, struct arena *arena, struct buf *out);
void ebay_hook_head(struct hook_job *job,
                    struct slice body,
                    struct hook_head *head,
                    struct arena *arena);
struct slice ebay_hook_url(const struct hook_job *job, struct arena *arena);
