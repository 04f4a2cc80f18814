/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_amazon - what the files of the Amazon look-alike share: the Selling Partner API (token,
 * listings 2021-08-01, orders 2026-01-01, feeds 2021-06-30, notifications v1) and one SQS queue.
 *
 * One marketplace, one seller. An unmanaged item is an offer that Amazon fulfils itself. A product
 * of several items has a parent listing, which cannot be bought.
 */
#pragma once
#include "drill/sandbox_rest.h"

#define AMAZON_MARKETPLACE "A1PA6795UKMFR9"
#define AMAZON_ACCOUNT "444455556666"
#define AMAZON_ACCESS_KEY "AKIASANDBOXSANDBOX12"
#define AMAZON_SECRET_KEY "wJalrXUtnFEMI/SANDBOX/bPxRfiCYEXAMPLEKEY"
#define AMAZON_REGION "us-east-1"
#define AMAZON_ENTRIES_MAX 64
#define AMAZON_FEEDS_MAX 256

enum amazon_operation { /* each has a bucket of its own */
                        AMAZON_LISTINGS_PATCH,
                        AMAZON_LISTINGS_SEARCH,
                        AMAZON_LISTINGS_GET,
                        AMAZON_ORDER_GET,
                        AMAZON_ORDERS_SEARCH,
                        AMAZON_FEED_CREATE,
                        AMAZON_FEED_DOCUMENT_CREATE,
                        AMAZON_FEED_GET,
                        AMAZON_FEED_DOCUMENT_GET,
                        AMAZON_NOTIFICATIONS,
                        AMAZON_SELLERS,
                        AMAZON_OPERATIONS
};

enum amazon_token { AMAZON_SELLER_TOKEN, AMAZON_GRANTLESS_TOKEN };

struct amazon_destination {
    struct slice id, name, resource; /* resource: JSON text; id empty: deleted */
    bool is_eventbridge;
};

struct amazon_subscription {
    struct slice id, type, destination, version, directive; /* directive: JSON text or empty */
};

struct amazon_document {
    struct slice id, type;
    int64_t dies_us; /* its address */
    char *body;      /* NULL: nothing was uploaded */
    size_t body_n;
};

struct amazon_feed {
    int64_t id, created_us;
    size_t document, result; /* numbers from 1; result 0: none */
    const char *status;
};

struct amazon_message;
struct amazon_receiver;

struct amazon { /* shop->state */
    struct slice seller, queue_url, queue_arn;
    struct rest_tokens tokens;
    struct rest_bucket buckets[AMAZON_OPERATIONS];
    const char *rate; /* of the operation under way, for its answer */
    struct amazon_destination destinations[AMAZON_ENTRIES_MAX];
    struct amazon_subscription subscriptions[AMAZON_ENTRIES_MAX];
    size_t destinations_count, subscriptions_count;
    struct amazon_document documents[2 * AMAZON_FEEDS_MAX];
    struct amazon_feed feeds[AMAZON_FEEDS_MAX];
    size_t documents_count, feeds_count;
    int64_t submissions;
    struct amazon_message *first, **tail;
    struct amazon_receiver *receivers;
};
struct amazon *amazon_of(const struct shop *shop);

struct amazon_item { /* item->state */
    bool has_other;  /* a second channel code was added by mistake */
    bool has_lead;   /* lead_time_to_ship_max_days is still there */
    int64_t submitted;
};
struct amazon_item *amazon_item_of(const struct item *item);

/* {"errors":[{"code","message","details"}]} */
void amazon_error(struct call *call, int status, const char *code, const char *message);
void amazon_invalid(struct call *call, const char *message); /* 400 InvalidInput */
/* Whether the operation may go on; false: refused (token or rate), the call is answered. */
bool amazon_may(struct call *call, enum amazon_operation operation, bool is_grantless);
/* marketplaceIds names ours; false: refused. */
bool amazon_marketplace(struct call *call);
/* The comma list names only the known ones. */
bool amazon_list_known(struct slice list, const char *const *known, size_t count);
struct slice amazon_order_text(struct arena *arena, int64_t id);
bool amazon_is_fba(const struct item *item);
const char *amazon_status(const struct order *order); /* "PENDING" */

void amazon_listings_call(struct call *call, const struct rest_parts *parts);
void amazon_patch_call(struct call *call, struct item *item);
void amazon_orders_call(struct call *call, const struct rest_parts *parts);
void amazon_feeds_call(struct call *call, const struct rest_parts *parts);
void amazon_feed_document_call(struct call *call, struct slice id); /* at its own address */
void amazon_feeds_free(struct shop *shop);
void amazon_notifications_call(struct call *call, const struct rest_parts *parts);
void amazon_sqs_call(struct call *call);
void amazon_sqs_free(struct shop *shop);

/* One patch of the fulfilment availability: what it does, or the issue that makes it invalid. */
struct amazon_issue {
    const char *code, *attribute;
    struct slice message;
};
bool amazon_patches_read(struct shop *shop,
                         struct item *item,
                         struct json patches,
                         struct late_write *out,
                         size_t *out_count,
                         struct amazon_issue *out_issue);
/* The request's form: NULL when it is good, else what is wrong. */
const char *amazon_patches_wrong(struct json patches);
bool amazon_type_fits(struct json product_type);

/* Notifications. */
void amazon_notify_init(struct shop *shop);
void amazon_order_event(struct order *order, enum order_event event, const struct refund *refund);
void amazon_order_say(struct order *order, const char *level, size_t line, const char *reason);
void amazon_count_event(struct item *item);
void amazon_feed_event(struct shop *shop, const struct amazon_feed *feed);
/* Onto the queue, with the shop's faults. */
void amazon_publish(struct shop *shop, struct slice body);
