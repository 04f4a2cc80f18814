/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bigcommerce - what the files of the BigCommerce connector share (REST v3, orders v2).
 *
 * A count belongs to a variant or, for products tracked as a whole, to a product. Both listing keys
 * are the same text: "variant:74" or "product:111". An order line names both ids whatever is
 * tracked, so that its second key is the product's: the mapping decides which of the two it is.
 *
 * Deliveries are thin: they name what changed, and every one of them becomes a read.
 */
#pragma once
#include "channels/connector.h"

#define BC_ORDERS_PAGE 250 /* asked for; what the API gives at most is not documented */
#define BC_ORDERS_LEAST 50 /* what it gives unasked: a page with fewer is the last one */
#define BC_PUSH_MAX 250    /* rows of a write; the API takes 2,000, and refuses them together */
#define BC_READ_MAX 250    /* ids in one address */
#define BC_LINES_MAX 5000  /* of one order */

struct bc_config {
    struct slice store_hash;
    struct slice access_token;   /* empty: a person must install the app first */
    struct slice client_id;      /* of an app; empty for a store-level API account */
    struct slice login_url;      /* origin of installing and of tokens */
    struct slice client_secret;  /* signs deliveries; may be empty */
    struct slice webhook_secret; /* value of X-Tc-Token; may be empty, but not both */
};

static inline const struct bc_config *bc_config(const struct account *account)
{
    return account->config;
}

/* ---- ids, keys and dates (keys.c) ---- */

struct bc_key {
    int64_t product, variant; /* exactly one is above 0 */
};
bool bc_key_parse(struct slice text, struct bc_key *out);
struct slice bc_variant_key(struct arena *arena, int64_t variant);
struct slice bc_product_key(struct arena *arena, int64_t product);
/* The listing's `remote`; variant 0: the product as a whole. */
struct slice bc_remote_text(struct arena *arena, int64_t product, int64_t variant);
bool bc_id(struct json v, int64_t *out); /* a number above 0, as integer or decimal text */

connector_listing_keys bc_listing_keys;
/* "v<location>" or "p<location>": a reading asks for one kind of id at one location. */
connector_item_text bc_push_group;
/* The keys of all items, in the arena. ERR_USAGE when one is not ours or they mix groups. */
MUST_USE enum err bc_keys_of(const struct push_item *items,
                             size_t count,
                             struct arena *arena,
                             const struct bc_key **out);

/* "Tue, 05 Sep 2017 00:06:49 +0000" (RFC 2822), or RFC 3339. */
MUST_USE bool bc_time(struct json v, int64_t *out_us);

/* ---- requests and answers (answer.c) ---- */

/* path: behind the account's base_url, with its query. body: JSON, or empty. ERR_AUTH while the
 * account has no token. */
MUST_USE enum err bc_request(const struct account *account,
                             const char *method,
                             struct slice path,
                             struct slice body,
                             struct arena *arena,
                             struct http_request *out);

enum bc_verdict {
    BC_DONE,    /* done: read the JSON, or there is nothing (204) */
    BC_REFUSED, /* the API refuses what was asked, and says why */
    BC_LATER,   /* not done, for a reason that has nothing to do with what was asked */
    BC_MAYBE,   /* a write may have been done */
};
struct bc_answer {
    enum bc_verdict verdict;
    int status;
    bool is_empty; /* 204: an empty list of v2 */
    struct json root;
    struct slice reason; /* unless BC_DONE */
};
struct bc_answer bc_answer_read(const struct http_response *response,
                                struct json_doc *doc,
                                struct arena *arena,
                                struct channel_signal *out_signal);
/* Of a read that did not give what was asked: which fault it is, with the reason in the note. */
enum err bc_answer_fault(const struct bc_answer *answer,
                         const struct channel_signal *signal,
                         struct err_note *note);

/* ---- the connector's functions ---- */

connector_verify bc_verify;
connector_decode bc_decode;
/* A scope whose delivery makes us read an order. */
bool bc_scope_is_order(struct slice scope);

/* One order with its consignments into a snapshot; NULL, or why it cannot be read (static text). */
const char *bc_order_read(struct json order,
                          int64_t fetched_at_us,
                          struct arena *arena,
                          struct order_snapshot *out);

connector_build_items bc_build_push;
connector_read_push bc_read_push;
connector_build_items bc_build_read;
connector_read_counts bc_read_counts;

connector_build bc_build_orders;
connector_read_orders bc_read_orders;
connector_build_one bc_build_order;
connector_read_order bc_read_order;

connector_build bc_build_catalogue;
connector_read_catalogue bc_read_catalogue;

/* consent.c: an app of the developer portal, installed by a person. Its token does not end. */
connector_is bc_wants_token;
connector_build bc_build_token;
connector_read_token bc_read_token;
connector_consent_url bc_consent_url;
connector_build_one bc_build_code;

/* connect.c */
#define BC_SCOPES                                                                                  \
    "store_v2_orders_read_only store_v2_products_read_only store_inventory "                       \
    "store_locations_read_only store_v2_information_read_only"
connector_build bc_build_connect;
connector_read_connect bc_read_connect;
