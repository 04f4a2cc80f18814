/* SPDX-License-Identifier: Apache-2.0 */
/*
 * etsy - what the files of the Etsy connector share (Open API v3).
 *
 * A count belongs to a product of a listing, which is what Etsy calls a variation. There is no call
 * for one count: the listing's whole inventory record is read, changed and written back, with
 * everything in it that has nothing to do with stock. So all of one listing's rows are one exchange
 * (push.c), and what is written is made from what was read a moment before (inventory.c).
 *
 * Product ids may change when a record is written, SKUs do not. A listing with a SKU is therefore
 * known as "listing:<listing id>/<sku>", one without as "product:<product id>". Order lines name
 * both.
 *
 * Deliveries are thin: they name a receipt, and every one of them becomes a read.
 */
#pragma once
#include "base/buf.h"
#include "channels/connector.h"

#define ETSY_PUSH_MAX 100              /* rows of one listing in one exchange */
#define ETSY_READ_MAX 100              /* listings in one reading */
#define ETSY_PAGE 100                  /* receipts of a page */
#define ETSY_LINES_MAX 5000            /* of one receipt */
#define ETSY_PRODUCTS_MAX 5000         /* of one listing */
#define ETSY_QUANTITY_MAX INT64_C(999) /* Etsy shows no more */
#define ETSY_SKU_MAX 128

/* May a listing that is not active be put on sale again? It matters when a count rises from 0. */
enum etsy_reactivate {
    ETSY_REACTIVATE_INACTIVE, /* inactive ones; sold out ones cost a fee */
    ETSY_REACTIVATE_ALWAYS,
    ETSY_REACTIVATE_NEVER,
};

struct etsy_config {
    struct slice shop_id;   /* decimal text; empty: connecting finds it out */
    struct slice auth_url;  /* origin of the token endpoint */
    bool is_etsys_auth;     /* it is Etsy's own: people consent on www.etsy.com */
    struct slice keystring; /* the app's client id */
    struct slice shared_secret;
    struct slice api_key; /* "keystring:shared_secret", the header of every call */
    struct slice refresh_token, access_token;
    struct slice webhook_key; /* decoded; empty: no delivery is authentic */
    int64_t tolerance_s;      /* of a delivery's timestamp */
    enum etsy_reactivate reactivate;
};

static inline const struct etsy_config *etsy_config(const struct account *account)
{
    return account->config;
}

/* ---- ids, keys (keys.c) ---- */

/* What a row means: one product of one listing. */
struct etsy_target {
    int64_t listing;
    int64_t product;  /* 0: not named */
    struct slice sku; /* empty: found by its product id */
};
bool etsy_id(struct json v, int64_t *out); /* a number above 0, as integer or decimal text */
/* A SKU fit for a key, without the white space around it; empty when it is not. */
struct slice etsy_sku(struct json v);
struct slice etsy_sku_key(struct arena *arena, int64_t listing, struct slice sku);
struct slice etsy_product_key(struct arena *arena, int64_t product);
/* The listing's `remote`; product 0 and an empty sku are left out. */
struct slice
etsy_remote_text(struct arena *arena, int64_t listing, int64_t product, struct slice sku);
MUST_USE bool etsy_target_of(const struct push_item *item, struct etsy_target *out);
/* An integer of seconds above 0 as microseconds. */
MUST_USE bool etsy_time(struct json v, int64_t *out_us);
/* base64 for addresses, without padding (RFC 4648, 5). */
struct slice etsy_base64url(struct arena *arena, struct slice bytes);

connector_listing_keys etsy_listing_keys;
connector_item_text etsy_push_group;

/* ---- requests and answers (answer.c) ---- */

/* path: behind the account's base_url, with its query. form: the body is a form, else JSON.
 * ERR_AUTH: there is no access token yet. */
MUST_USE enum err etsy_request(const struct account *account,
                               const char *method,
                               struct slice path,
                               struct slice body,
                               bool is_form,
                               struct arena *arena,
                               struct http_request *out);

enum etsy_verdict {
    ETSY_DONE,     /* done: read the JSON */
    ETSY_REFUSED,  /* Etsy refuses what was asked, and says why */
    ETSY_CONFLICT, /* 409: somebody else wrote at the same moment; not done */
    ETSY_LATER,    /* not done, for a reason that has nothing to do with what was asked */
    ETSY_MAYBE,    /* a write may have been done */
};
struct etsy_answer {
    enum etsy_verdict verdict;
    int status;
    struct json root;
    struct slice reason; /* unless ETSY_DONE */
};
struct etsy_answer etsy_answer_read(const struct http_response *response,
                                    struct json_doc *doc,
                                    struct arena *arena,
                                    struct channel_signal *out_signal);
/* Of a read that did not give what was asked: which fault it is, with the reason in the note. */
enum err etsy_answer_fault(const struct etsy_answer *answer,
                           const struct channel_signal *signal,
                           struct err_note *note);

/* ---- a listing's inventory record (inventory.c) ---- */

struct etsy_product {
    int64_t id;
    struct slice sku;
    int64_t quantity;
    bool is_enabled;
    struct json json, offering;
};
struct etsy_record {
    const struct etsy_product *products; /* without deleted ones */
    size_t count;
    bool is_shared;     /* all variations have one quantity */
    struct slice state; /* of the listing; empty when it does not say */
    struct json root;
};
/* root: the record; listing: what says its state. NULL, or why it cannot be read (static text). */
const char *etsy_record_read(struct json root,
                             struct json listing,
                             struct arena *arena,
                             struct etsy_record *out);
/* Why the record must not be written back; empty: it may be. */
struct slice etsy_record_unsafe(const struct etsy_record *record, struct arena *arena);
/* The body of the PUT, with `quantities` of the products and all else as it was read. */
void etsy_record_write(const struct etsy_record *record,
                       const int64_t *quantities,
                       struct buf *out);

enum etsy_found { ETSY_FOUND, ETSY_MISSING, ETSY_AMBIGUOUS };
enum etsy_found
etsy_find(const struct etsy_record *record, const struct etsy_target *target, size_t *out);
/* "no product with SKU 'X' in listing 5", for people. */
struct slice
etsy_found_text(enum etsy_found found, const struct etsy_target *target, struct arena *arena);
bool etsy_state_is(const struct etsy_record *record, const char *state);
/* It sells nothing, whatever its record says. */
bool etsy_is_off_sale(const struct etsy_record *record);
/* Whether a row's listing, found off sale, was taken off by us: we know of something that may have
 * left it at nothing. A raise under way counts as that: its number is written before the listing is
 * put on sale, and whoever ends between the two leaves a record that is right and sells nothing.
 * What was never seen or written (any count is possible) is a person's doing. */
bool etsy_may_be_empty(const struct push_item *item);

/* ---- what a push does next (plan.c) ---- */

enum etsy_row {
    ETSY_ROW_WRITE = 'w',
    ETSY_ROW_CAPPED = 'c', /* shares its quantity with a variation that wants less */
    ETSY_ROW_STALE = 's',  /* its count is not what it should be: a sale nobody told us */
    ETSY_ROW_TIED = 't',   /* shares its quantity with one that is stale */
    ETSY_ROW_MISSING = 'n',
    ETSY_ROW_AMBIGUOUS = 'm',
    ETSY_ROW_SOLD_OUT = 'o', /* only a person may renew the listing */
};
enum etsy_deed {
    ETSY_DEED_NONE,       /* it is as it should be, or nothing may be written */
    ETSY_DEED_PUT,        /* write the record */
    ETSY_DEED_PUT_ACTIVE, /* write it, then put the listing on sale */
    ETSY_DEED_ACTIVE_PUT, /* the other way round: a sold out listing takes no numbers */
    ETSY_DEED_ACTIVE,     /* the record is right already */
    ETSY_DEED_INACTIVE,   /* nothing is left: take the listing off sale */
};
struct etsy_plan {
    enum etsy_deed deed;
    char *rows;                /* enum etsy_row per item */
    const int64_t *quantities; /* per product of the record */
    int64_t shared;            /* the one quantity of all variations; -1: they differ */
};
/* ERR_LIMIT: the arena is exhausted. ERR_USAGE: an item that is not ours. */
MUST_USE enum err etsy_plan(const struct etsy_config *config,
                            const struct etsy_record *record,
                            const struct push_item *items,
                            size_t count,
                            struct arena *arena,
                            struct etsy_plan *out);
/* What an offering can show of a count. */
int64_t etsy_shown(int64_t value);

/* ---- the connector's functions ---- */

connector_verify etsy_verify;
connector_decode etsy_decode;

/* One receipt into a snapshot; NULL, or why it cannot be read (static text). */
const char *etsy_order_read(struct json receipt,
                            int64_t fetched_at_us,
                            struct arena *arena,
                            struct order_snapshot *out);

connector_build_items etsy_build_push;
connector_read_push etsy_read_push;
connector_build_items etsy_build_read;
connector_read_counts etsy_read_counts;

connector_build etsy_build_orders;
connector_read_orders etsy_read_orders;
connector_build_one etsy_build_order;
connector_read_order etsy_read_order;

connector_build etsy_build_catalogue;
connector_read_catalogue etsy_read_catalogue;

connector_is etsy_wants_token;
connector_build etsy_build_token;
connector_read_token etsy_read_token;
connector_consent_url etsy_consent_url;
connector_build_one etsy_build_code;
#define ETSY_SCOPES "transactions_r listings_r listings_w shops_r"

connector_build etsy_build_connect;
connector_read_connect etsy_read_connect;
