/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tiktok - what the files of the TikTok Shop connector share (Partner API, REST).
 *
 * A count belongs to a SKU in a warehouse; a write names the product in its path and takes any of
 * its SKUs. Both listing keys are the same text, "sku:1729592969712207013". Ids are texts of
 * digits: some have more of them than 64 bits hold.
 *
 * Every request is signed with the app's secret over its path, its query and its body, and carries
 * the shop's access token. Every answer is an envelope {"code","message","request_id","data"}: code
 * 0 is success, and even then single SKUs may have failed (data.errors).
 *
 * Deliveries are thin: they name what changed, and every one of them becomes a read.
 */
#pragma once
#include "base/buf.h"
#include "channels/connector.h"

#define TT_PUSH_MAX 100    /* rows of a write; how many the API takes is not published */
#define TT_READ_MAX 250    /* ids of a reading; the API takes 600 */
#define TT_SHOWN_MAX 99998 /* the API's quantities end below 99999 */
#define TT_ORDERS_PAGE 50  /* ids that one request for orders takes */
#define TT_LINES_MAX 5000  /* of one order: units, for a line is a unit */
#define TT_ID_MAX 24       /* digits */
#define TT_TOKEN_MAX 4096

struct tt_config {
    struct slice app_key, app_secret;
    struct slice access_token, refresh_token; /* either may be empty */
    struct slice shop_cipher;  /* names the shop in every request; empty until it was found */
    struct slice shop_id;      /* of deliveries; empty: any shop's are taken for ours */
    struct slice warehouse_id; /* without locations: the one warehouse; empty: the shop's default */
    struct slice service_id;   /* digits, or empty */
    struct slice auth_url;     /* origin of the token's endpoint; no trailing slash */
    struct slice consent_url;  /* where a person allows us, without its query */
};

static inline const struct tt_config *tt_config(const struct account *account)
{
    return account->config;
}

/* ---- ids and keys (keys.c) ---- */

bool tt_is_id(struct slice text); /* 1 to TT_ID_MAX digits, the first not 0 */
/* Visible ASCII without spaces, or empty: a text of theirs that is handed back as it came. */
bool tt_is_token(struct slice text);
/* The id as decimal text in the arena, from text or from a number. */
bool tt_id(struct json v, struct arena *arena, struct slice *out);
bool tt_id_same(struct json v, struct slice id);
struct slice tt_key(struct arena *arena, struct slice sku_id); /* "sku:<id>" */
struct slice tt_sku_of_key(struct slice key);                  /* empty when it is none of ours */
struct slice tt_remote_text(struct arena *arena, struct slice product_id, struct slice sku_id);
/* The warehouse that a count is read from and written to; empty: the shop's default. */
struct slice tt_warehouse(const struct account *account, const struct push_item *item);
/* Seconds since 1970, within bounds. */
bool tt_time(struct json v, int64_t *out_us);

connector_listing_keys tt_listing_keys;
/* The product's id: a write takes one product. Readings take any. */
connector_item_text tt_push_group;

/* ---- requests (request.c) ---- */

#define TT_PARAMS_MAX 8

struct tt_param {
    const char *name;
    struct slice value;
};
struct tt_call {
    const char *method;
    struct slice path; /* without the query */
    struct tt_param params[TT_PARAMS_MAX];
    size_t params_count;
    struct slice body;    /* JSON, or empty */
    struct slice cipher;  /* instead of the account's */
    bool is_without_shop; /* of the few endpoints that refuse a shop_cipher */
};

/* Signed and complete. ERR_AUTH: there is no access token yet, or no shop. */
MUST_USE enum err tt_request(const struct account *account,
                             const struct tt_call *call,
                             const struct step *step,
                             struct arena *arena,
                             struct http_request *out);
/* The signature of a request: params sorted by name, all that is signed. Empty: no memory. */
struct slice tt_sign(struct slice app_secret,
                     struct slice path,
                     const struct tt_param *params,
                     size_t count,
                     struct slice body,
                     struct arena *arena);

/* ---- answers (answer.c) ---- */

enum tt_verdict {
    TT_DONE,    /* code 0: read the data */
    TT_REFUSED, /* the API refuses what was asked, and says why */
    TT_LATER,   /* not done, for a reason that has nothing to do with what was asked */
    TT_MAYBE,   /* a write may have been done */
};
struct tt_answer {
    enum tt_verdict verdict;
    int64_t code;        /* of the envelope; -1 without one */
    struct json data;    /* when TT_DONE; may be absent */
    struct slice reason; /* unless TT_DONE */
};
struct tt_answer tt_answer_read(const struct http_response *response,
                                struct json_doc *doc,
                                struct arena *arena,
                                struct channel_signal *out_signal);
/* What a code that is not 0 says, of a whole answer or of one row of it. */
enum tt_verdict tt_code_verdict(int64_t code);
bool tt_code_is_scope(int64_t code); /* the seller has not granted the right to do this */
/* "12052097 the warehouse does not exist", cut to a readable length. */
struct slice tt_error_text(int64_t code, struct slice message, struct arena *arena);
/* Of a read that did not give what was asked: which fault it is, with the reason in the note. */
enum err tt_answer_fault(const struct tt_answer *answer,
                         const struct channel_signal *signal,
                         struct err_note *note);

/* ---- the connector's functions ---- */

connector_verify tt_verify;
connector_decode tt_decode;

/* One order of the detail's answer into a snapshot; NULL, or why it cannot be read (static text). */
const char *tt_order_read(const struct account *account,
                          struct json order,
                          int64_t fetched_at_us,
                          struct arena *arena,
                          struct order_snapshot *out);

connector_build_items tt_build_push;
connector_read_push tt_read_push;
connector_build_items tt_build_read;
connector_read_counts tt_read_counts;

connector_build tt_build_orders;
connector_read_orders tt_read_orders;
connector_build_one tt_build_order;
connector_read_order tt_read_order;

connector_build tt_build_catalogue;
connector_read_catalogue tt_read_catalogue;

connector_is tt_wants_token;
connector_build tt_build_token;
connector_read_token tt_read_token;
connector_consent_url tt_consent_url;
connector_build_one tt_build_code;

connector_build tt_build_connect;
connector_read_connect tt_read_connect;
