/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amazon - what the files of the Amazon connector share (Selling Partner API: listings 2021-08-01,
 * orders 2026-01-01, feeds 2021-06-30, notifications v1).
 *
 * A listing is a seller SKU; its one count is that of the merchant-fulfilled offer (fulfilment
 * channel DEFAULT). Both of its keys are "sku:<seller SKU>", in which '@' and '%' are written %40
 * and %25: behind an '@' a stock key names a location.
 *
 * Amazon calls nobody: its messages wait in the seller's own queue (SQS). They are not signed; the
 * queue's policy says who may write into it.
 */
#pragma once
#include "channels/connector.h"

#define AMAZON_READ_MAX 20     /* identifiers of one search, and rows of one page */
#define AMAZON_BULK_MAX 5000   /* messages of one feed; Amazon takes 25,000 */
#define AMAZON_ORDERS_PAGE 100 /* orders of one page, the most there is */
#define AMAZON_LINES_MAX 5000  /* of one order */
/* How long an accepted write may take to be shown: "minutes", says nobody more exactly. */
#define AMAZON_SETTLE_US (300 * US_PER_S)

struct amazon_config {
    struct slice seller_id;
    const struct slice *marketplaces;
    size_t marketplaces_count;
    struct slice marketplaces_text; /* as "A,B", fit for an address; empty: not known yet */
    struct slice region;            /* na, eu, fe; may be empty with a base_url */
    struct slice token_url;         /* of Login with Amazon */
    struct slice consent_origin, application_id;
    struct slice client_id, client_secret, refresh_token, access_token;
    struct slice queue_url, queue_arn, aws_region;
    struct slice queue_endpoint; /* the service: the queue's URL without its owner and name */
    struct slice aws_key_id, aws_secret;
    bool private_ok; /* plain http to where Amazon's answers point is allowed */
};

static inline const struct amazon_config *amazon_config(const struct account *account)
{
    return account->config;
}

/* ---- ids, keys and texts (keys.c) ---- */

struct slice amazon_sku_key(struct arena *arena, struct slice sku);
/* The seller SKU of a key; false when it is none of ours. */
MUST_USE bool amazon_key_sku(struct slice key, struct arena *arena, struct slice *out_sku);
struct slice amazon_asin_key(struct arena *arena, struct slice asin);
bool amazon_is_sku(struct slice text);
bool amazon_is_asin(struct slice text);
bool amazon_is_product_type(struct slice text);
bool amazon_is_order_id(struct slice text);
bool amazon_is_visible(struct slice text, size_t max); /* ASCII without spaces, not empty */
/* The listing's `remote`; asin and product_type may be empty. */
struct slice amazon_remote_text(struct arena *arena,
                                struct slice sku,
                                struct slice asin,
                                struct slice product_type);
struct slice amazon_text(struct json v); /* empty when it is no text */
/* Cut at a character's beginning. */
struct slice amazon_bounded(struct slice text, size_t max);
bool amazon_has_words(struct slice text, const char *words);
/* A member by its name in PascalCase or in camelCase: messages come in both. */
struct json amazon_either(struct json object, const char *pascal);
/* Of ours, or settings name no marketplace yet. */
bool amazon_is_our_marketplace(const struct amazon_config *config, struct slice id);

connector_listing_keys amazon_listing_keys;
connector_item_text amazon_push_group;

/* ---- requests and answers (answer.c) ---- */

/* path: behind the account's base_url, with its query. body: JSON, or empty. ERR_AUTH before there
 * is a token. */
MUST_USE enum err amazon_request(const struct account *account,
                                 const char *method,
                                 struct slice path,
                                 struct slice body,
                                 struct arena *arena,
                                 struct http_request *out);
/* The same in the application's own name ("grantless") instead of the seller's. */
MUST_USE enum err amazon_request_as(const struct account *account,
                                    struct slice token,
                                    const char *method,
                                    struct slice path,
                                    struct slice body,
                                    struct arena *arena,
                                    struct http_request *out);

enum amazon_verdict {
    AMAZON_DONE,    /* 2xx with JSON: read it */
    AMAZON_REFUSED, /* the API refuses what was asked, and says why */
    AMAZON_LATER,   /* not done, for a reason that has nothing to do with what was asked */
    AMAZON_MAYBE,   /* a write may have been done */
};
struct amazon_answer {
    enum amazon_verdict verdict;
    int status;
    struct json root;
    struct slice reason; /* unless AMAZON_DONE */
};
struct amazon_answer amazon_answer_read(const struct http_response *response,
                                        struct json_doc *doc,
                                        struct arena *arena,
                                        struct channel_signal *out_signal);
/* Of a read that did not give what was asked: which fault it is, with the reason in the note. */
enum err amazon_answer_fault(const struct amazon_answer *answer,
                             const struct channel_signal *signal,
                             struct err_note *note);

/* ---- orders (order.c, orders.c) ---- */

enum amazon_stage {
    AMAZON_PENDING, /* sold, not yet to be shipped: what is open is not told reliably */
    AMAZON_OPEN,    /* also every status that we do not know */
    AMAZON_SHIPPED,
    AMAZON_NOTHING, /* cancelled, unfulfillable: nothing more is owed */
};
/* Any spelling: CANCELLED and Canceled, PARTIALLY_SHIPPED and PartiallyShipped. */
enum amazon_stage amazon_stage_of(struct slice status);
bool amazon_knows_status(struct slice status);

#define AMAZON_UNSAID (-1)
/* One line as Amazon tells it. */
struct amazon_line {
    struct slice id, sku, asin;
    int64_t ordered, shipped, open; /* open: still to be shipped; or AMAZON_UNSAID */
};
/* The lines of an order into a snapshot's; NULL, or why they cannot be (static text). Both ways an
 * order reaches us end here, so that both say the same of it. */
const char *amazon_lines_book(const struct amazon_line *lines,
                              size_t count,
                              enum amazon_stage stage,
                              bool channel_fulfilled,
                              struct arena *arena,
                              struct order_snapshot *out);
/* The version both ways share: whole seconds. */
bool amazon_version(struct slice stamp, struct arena *arena, struct order_snapshot *out);

/* One order of the API. *out_ignored: why it is of no concern, and then *out is not filled. */
const char *amazon_order_read(const struct amazon_config *config,
                              struct json order,
                              int64_t fetched_at_us,
                              struct arena *arena,
                              struct order_snapshot *out,
                              const char **out_ignored);
connector_build amazon_build_orders;
connector_read_orders amazon_read_orders;
connector_build_one amazon_build_order;
connector_read_order amazon_read_order;

/* ---- messages (message.c, queue.c) ---- */

connector_verify amazon_verify;
connector_decode amazon_decode;
connector_is amazon_receives;
connector_build amazon_build_receive;
connector_read_messages amazon_read_receive;
connector_build_ack amazon_build_ack;
/* A call of the queue's service: target as "AmazonSQS.ReceiveMessage". */
MUST_USE enum err amazon_queue_request(const struct account *account,
                                       const char *target,
                                       struct slice body,
                                       const struct step *step,
                                       struct arena *arena,
                                       struct http_request *out);
/* Why the queue's service refused, in its own words. */
struct slice
amazon_queue_reason(const struct http_response *response, struct json root, struct arena *arena);

/* ---- stock (push.c, feed.c, read.c, catalogue.c) ---- */

/* What the offer's own stock is, of an item of the listings API. */
enum amazon_offer {
    AMAZON_OFFER_COUNT,    /* *out_count */
    AMAZON_OFFER_UNSAID,   /* it has one, without a number */
    AMAZON_OFFER_NONE,     /* nothing is offered */
    AMAZON_OFFER_BY_AMAZON /* fulfilled by Amazon alone: not our stock */
};
enum amazon_offer amazon_offer_of(struct json item, int64_t *out_count);

void amazon_all_are(struct push_result *out,
                    size_t count,
                    enum push_outcome outcome,
                    struct slice reason);
/* {"op":"merge",...}: the patch that sets one count, and the product type of the listing. */
struct json_writer;
void amazon_put_patch(struct json_writer *w, int64_t value);
struct slice
amazon_product_type(struct json_doc *doc, const struct push_item *item, struct arena *arena);
connector_build_items amazon_build_push;
connector_read_push amazon_read_push;
connector_build_items amazon_build_feed;
connector_read_push amazon_read_feed;
/* The processing report of a feed, row by row: messageId is the row's place, from 1. */
void amazon_report_read(struct json report,
                        size_t count,
                        struct arena *arena,
                        struct push_result *out);
connector_build_items amazon_build_read;
connector_read_counts amazon_read_counts;
connector_build amazon_build_catalogue;
connector_read_catalogue amazon_read_catalogue;

/* ---- access (token.c, connect.c) ---- */

connector_is amazon_wants_token;
connector_build amazon_build_token;
connector_read_token amazon_read_token;
/* A token in the application's own name; read by amazon_read_token too. */
MUST_USE enum err amazon_build_grantless(const struct account *account,
                                         struct arena *arena,
                                         struct http_request *out);
connector_consent_url amazon_consent_url;
connector_build_one amazon_build_code;
connector_build amazon_build_connect;
connector_read_connect amazon_read_connect;
