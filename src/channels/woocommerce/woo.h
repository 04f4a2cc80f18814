/* SPDX-License-Identifier: Apache-2.0 */
/*
 * woo - what the files of the WooCommerce connector share (REST API wc/v3).
 *
 * A count belongs to a product or to a variation. Both listing keys are the same text: "p:10" for a
 * product (or a variable product whose variations share its stock), "v:11:12" for variation 12 of
 * product 11. Ids are WordPress post ids, so one number is never both: whoever knows only "p:12"
 * (action.woocommerce_updated_product_stock names no parent) may look for a stock key that ends in
 * ":12" and finds the variation.
 */
#pragma once
#include "channels/connector.h"

#define WOO_PAGE 100       /* rows of a page: what the API gives at most */
#define WOO_LINES_MAX 5000 /* of one order */

struct woo_config {
    struct slice consumer_key, consumer_secret; /* both empty: a person must hand them over */
    struct slice authorization;                 /* "Basic ..." */
    struct slice webhook_secret;     /* empty until connecting made one: no delivery is authentic */
    struct slice webhook_secret_old; /* still valid while the shop's webhooks are changed over */
    struct slice webhook_source;     /* optional: the only site whose deliveries count */
    bool oauth1;                     /* sign the query; else send `authorization` */
    bool plain_permalinks;           /* the shop has no /wp-json: ask /index.php?rest_route= */
};

static inline const struct woo_config *woo_config(const struct account *account)
{
    return account->config;
}

/* ---- keys (keys.c) ---- */

struct woo_key {
    int64_t product, variation; /* variation 0: the product itself */
};
bool woo_key_parse(struct slice text, struct woo_key *out);
struct slice woo_key_text(struct arena *arena, struct woo_key key);
struct slice woo_remote_text(struct arena *arena, struct woo_key key); /* the listing's `remote` */
bool woo_id(struct json v, int64_t *out); /* a number above 0, as integer or decimal text */

connector_listing_keys woo_listing_keys;

/* "p" for products, "v<parent>" for variations: one request speaks to one of them. */
connector_item_text woo_push_group;
/* The keys of all items, in the arena. ERR_USAGE when one is not ours or they mix groups. */
MUST_USE enum err woo_keys_of(const struct push_item *items,
                              size_t count,
                              struct arena *arena,
                              const struct woo_key **out);
/* Where the items' group lives: "/products" or "/products/11/variations". */
struct slice woo_group_path(struct arena *arena, struct woo_key any);
int64_t woo_key_id(struct woo_key key); /* the last of its ids: what the platform calls `id` */

/* ---- requests (oauth1.c, request.c) ---- */

struct woo_param {
    struct slice name, value; /* not encoded */
};
/* RFC 5849, 3.4.1, as the shop rebuilds it from its own home URL. Empty when the arena is full. */
struct slice woo_oauth1_base(struct arena *arena,
                             struct slice method,
                             struct slice url,
                             const struct woo_param *params,
                             size_t count);
/* HMAC-SHA256 of the base string; there is no token, so the key ends with "&". */
struct slice
woo_oauth1_signature(struct arena *arena, struct slice base, struct slice consumer_secret);

#define WOO_PARAMS_MAX 10
struct woo_call {
    const char *method;
    struct slice path; /* behind /wc/v3 */
    struct woo_param params[WOO_PARAMS_MAX];
    size_t params_count;
    struct slice body; /* JSON, or empty */
};
void woo_param(struct woo_call *call, const char *name, struct slice value);
/* ERR_AUTH while the account has no keys. */
MUST_USE enum err woo_request(const struct account *account,
                              const struct woo_call *call,
                              int64_t now_us,
                              const uint8_t nonce[16],
                              struct arena *arena,
                              struct http_request *out);

/* ---- answers (answer.c) ---- */

enum woo_verdict {
    WOO_JSON,    /* done: read the JSON */
    WOO_REFUSED, /* the API refuses what was asked, and says why */
    WOO_LATER,   /* not done, for a reason that has nothing to do with what was asked */
    WOO_MAYBE,   /* a write may have been done */
};
struct woo_answer {
    enum woo_verdict verdict;
    int status;
    struct json root;
    struct slice reason; /* unless WOO_JSON */
};
struct woo_answer woo_answer_read(const struct http_response *response,
                                  struct json_doc *doc,
                                  struct arena *arena,
                                  struct channel_signal *out_signal);
/* "code: message" of an error object, bounded; empty when it has no code. */
struct slice woo_error_text(struct json error, struct arena *arena);
/* Of a read that did not give JSON: which fault it is, with the reason in the note. */
enum err woo_answer_fault(const struct woo_answer *answer,
                          const struct channel_signal *signal,
                          struct err_note *note);
/* The `page` of the Link header's rel="next"; 0 when there is none. */
int64_t woo_next_page(const struct http_response *response, struct arena *arena);

/* The three states of manage_stock, and the count when it is the item's own. */
struct woo_stock {
    bool is_managed, parent_managed;
    bool is_known; /* of its own, a whole number in range */
    int64_t count;
};
struct woo_stock woo_stock_read(struct json item);

/* ---- the connector's functions ---- */

connector_verify woo_verify;
connector_decode woo_decode;

/* One order resource into a snapshot; NULL, or why it cannot be read (static text). */
const char *woo_order_read(struct json order,
                           int64_t fetched_at_us,
                           struct arena *arena,
                           struct order_snapshot *out);

connector_build_items woo_build_push;
connector_read_push woo_read_push;
connector_build_items woo_build_read;
connector_read_counts woo_read_counts;

connector_build woo_build_orders;
connector_read_orders woo_read_orders;
connector_build_one woo_build_order;
connector_read_order woo_read_order;

connector_build woo_build_catalogue;
connector_read_catalogue woo_read_catalogue;

/* consent.c: the shop hands keys over by itself (wc-auth). */
connector_consent_url woo_consent_url;
connector_take_secrets woo_take_secrets;

/* connect.c */
connector_build woo_build_connect;
connector_read_connect woo_read_connect;
