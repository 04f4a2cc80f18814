/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ebay - what the files of the eBay connector share. docs/channels/ebay.md has what the platform
 * does; connector.h has what each function owes.
 *
 * A listing lives in one of two worlds, and only that world's calls may write it: with an offer_id
 * it was made by the Inventory API (JSON), without one on the site or by the Trading API (XML).
 * Both listing keys are "<listing id>/<sku>"; the SKU is empty for a listing that is counted as a
 * whole. An order line names both, with the listing as a whole as its second key.
 *
 * Deliveries are hints: every one of them becomes a read.
 */
#pragma once
#include "channels/connector.h"
#include "channels/ebay/xml.h"

#define EBAY_OFFERS_MAX 25 /* rows of one bulk_update_price_quantity */
#define EBAY_BLOCKS_MAX 4  /* rows of one ReviseInventoryStatus */
#define EBAY_READS_MAX 4   /* offers read in one exchange, one call each */
#define EBAY_LINES_MAX 5000
#define EBAY_ID_MAX 20 /* digits of a listing or an offer */
#define EBAY_SKU_MAX 100

struct ebay_config {
    struct slice client_id, client_secret; /* AppID, CertID */
    struct slice access_token;             /* of the seller; empty: must be bought first */
    struct slice refresh_token;            /* empty: the seller must allow it */
    struct slice verification_token;       /* of the challenge; may be empty */
    struct slice endpoint;                 /* as registered at eBay, byte for byte; may be empty */
    struct slice token_url, consent_url, identity_url; /* origins */
    struct slice ru_name, dev_id, alert_email;         /* may be empty */
    struct slice marketplace_id, site_id;
};

static inline const struct ebay_config *ebay_config(const struct account *account)
{
    return account->config;
}

/* ---- ids and keys (keys.c) ---- */

struct ebay_listing {
    struct slice listing_id, sku, offer_id; /* without offer_id: Trading */
};
/* From an item's stock_key and remote, borrowed. */
bool ebay_listing_of(const struct push_item *item, struct ebay_listing *out);
struct slice ebay_key(struct arena *arena, struct slice listing_id, struct slice sku);
/* The listing's `remote`; sku and offer_id may be empty. */
struct slice ebay_remote(struct arena *arena, const struct ebay_listing *listing);
bool ebay_is_digits(struct slice text); /* 1 to EBAY_ID_MAX */
/* An order's or a key's id: short, and of characters that need no escape in an address. */
bool ebay_is_id(struct slice text);
bool ebay_is_sku(struct slice text); /* at most EBAY_SKU_MAX bytes, none below a space */
/* A number, or digits as text, as decimal text in the arena. */
bool ebay_id_text(struct json v, struct arena *arena, struct slice *out);
struct slice ebay_text(struct json v); /* empty when it is no text */

connector_listing_keys ebay_listing_keys;
connector_item_text ebay_push_group, ebay_budget_key;
size_t ebay_push_rows(const struct account *account, const struct push_item *item);

/* ---- requests (request.c) ---- */

/* path: behind base_url. With the seller's token; ERR_AUTH before there is one. body: JSON or
 * empty. */
MUST_USE enum err ebay_request(const struct account *account,
                               const char *method,
                               struct slice path,
                               struct slice body,
                               struct arena *arena,
                               struct http_request *out);
/* The same with another token and another origin. */
MUST_USE enum err ebay_request_with(const struct account *account,
                                    struct slice token,
                                    const char *method,
                                    struct slice url,
                                    struct slice body,
                                    struct arena *arena,
                                    struct http_request *out);
/* A call of the Trading API: the elements between <{call}Request> and its end. */
MUST_USE enum err ebay_trading_request(const struct account *account,
                                       const char *call,
                                       struct slice elements,
                                       struct arena *arena,
                                       struct http_request *out);

/* ---- answers (answer.c, trading.c) ---- */

enum ebay_verdict {
    EBAY_DONE,    /* done: read the answer */
    EBAY_REFUSED, /* eBay refuses what was asked, and says why */
    EBAY_LATER,   /* not done, for a reason that has nothing to do with what was asked */
    EBAY_MAYBE,   /* a write may have been done */
};
struct ebay_answer {
    enum ebay_verdict verdict;
    int status;
    int64_t error;       /* the first errorId; 0: none */
    struct json root;    /* of REST; absent when the body is empty */
    struct slice reason; /* unless EBAY_DONE */
};
struct ebay_answer ebay_answer_read(const struct http_response *response,
                                    struct json_doc *doc,
                                    struct arena *arena,
                                    struct channel_signal *out_signal);
/* "25002 the error's text (name value)", of a list of errors; empty when there is none. */
struct slice ebay_errors_text(struct json errors, struct arena *arena, int64_t *out_first);
/* Of a read that did not give what was asked: which fault it is, with the reason in the note. */
enum err ebay_fault(enum ebay_verdict verdict,
                    int status,
                    struct slice reason,
                    const struct channel_signal *signal,
                    struct err_note *note);

struct trading_answer {
    enum ebay_verdict verdict; /* EBAY_DONE also of PartialFailure */
    bool is_partial;
    int64_t error;               /* the first error's code; 0: none */
    const struct xml_node *root; /* NULL unless eBay's own answer */
    struct slice reason;         /* unless EBAY_DONE */
};
#define TRADING_REDUNDANT 21917091 /* it already is what it was set to: a success */
struct trading_answer trading_answer_read(const struct http_response *response,
                                          struct arena *arena,
                                          struct channel_signal *out_signal);
/* One <Errors>, for people. */
struct slice trading_error_text(const struct xml_node *error, struct arena *arena);
int64_t trading_error_code(const struct xml_node *error);
bool trading_is_error(const struct xml_node *error); /* rather than a warning */
/* What may still be sold: Quantity less what was sold. */
bool trading_available(const struct xml_node *item, int64_t *out);

/* Cut at a character's beginning. */
struct slice ebay_bounded(struct slice text, size_t max);

/* ---- the connector's functions ---- */

connector_build_items ebay_build_push;
connector_read_push ebay_read_push;
/* The listing's 250 revisions of the day are used up. */
bool ebay_is_day_spent(int64_t error, struct slice why);
/* A refusal, with what to do where that is known; or later, when the day is spent. */
void ebay_refused(struct push_result *out,
                  const struct push_item *item,
                  int64_t error,
                  struct slice why,
                  struct arena *arena);
/* push_trading.c */
connector_build_items ebay_build_revise;
connector_read_push ebay_read_revise;

connector_build_items ebay_build_read;
connector_read_counts ebay_read_counts;

/* order.c: one order into a snapshot; NULL, or why it cannot be read (static text). `shipped`: units
 * by line of an order under way, or NULL. */
struct ebay_shipped {
    struct slice line;
    int64_t quantity; /* -1: all of it */
};
struct ebay_shipments {
    const struct ebay_shipped *rows;
    size_t count;
};
/* Neither untouched nor wholly shipped: what was shipped stands in its fulfilments. */
bool ebay_order_is_under_way(struct json order);
const char *ebay_order_read(struct json order,
                            const struct ebay_shipments *shipped,
                            int64_t fetched_at_us,
                            struct arena *arena,
                            struct order_snapshot *out);
connector_build_one ebay_build_order;
connector_read_order ebay_read_order;
/* orders.c */
connector_build ebay_build_orders;
connector_read_orders ebay_read_orders;

connector_build ebay_build_catalogue;
connector_read_catalogue ebay_read_catalogue;
/* catalogue_rows.c: adds the rows of one answer. */
struct ebay_rows {
    struct catalogue_item *items;
    size_t count, room;
    struct arena *arena;
};
void ebay_offer_row(struct ebay_rows *rows, struct json offer, struct slice title);
void ebay_item_rows(struct ebay_rows *rows, const struct xml_node *item);
size_t ebay_item_rows_max(const struct xml_node *item);
/* The SKU by which a listing of Trading would be known to the Inventory API; empty: none. */
struct slice ebay_item_sku(const struct xml_node *item);

connector_is ebay_wants_token;
connector_build ebay_build_token;
connector_read_token ebay_read_token;
connector_consent_url ebay_consent_url;
connector_build_one ebay_build_code;
/* A token of the application itself, which needs no seller. */
MUST_USE enum err
ebay_build_app_token(const struct account *account, struct arena *arena, struct http_request *out);

connector_hook_text ebay_key_id, ebay_challenge;
connector_build_one ebay_build_key;
connector_read_key ebay_read_key;
connector_verify ebay_verify;
connector_decode ebay_decode;
/* platform.c: the older SOAP deliveries, under the topic "platform". */
#define EBAY_PLATFORM "platform"
connector_verify ebay_platform_verify;
void ebay_platform_decode(const struct hook *hook, struct arena *arena, struct facts *out);

connector_build ebay_build_connect;
connector_read_connect ebay_read_connect;
