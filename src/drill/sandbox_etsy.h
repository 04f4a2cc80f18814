/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_etsy - what the files of the Etsy look-alike (Open API v3) share.
 *
 * A product is a listing, its items are the products of the listing's inventory record. The record
 * is written whole: what a PUT leaves out is deleted. An item's count is what a buyer sees: its
 * quantity while the listing is active, else nothing.
 */
#pragma once
#include "drill/sandbox_pay.h"
#include "drill/sandbox_rest.h"
#include "drill/sandbox_tokens.h"

#define ETSY_ACCESS_S 3600
#define ETSY_REFRESH_S ((int64_t)90 * 86400)
#define ETSY_QUANTITY_MAX 999
#define ETSY_READINESS 77
#define ETSY_PROPERTIES_MAX OPTIONS_MAX

enum etsy_state { ETSY_ACTIVE, ETSY_INACTIVE, ETSY_SOLD_OUT };

struct etsy_listing {
    enum etsy_state state;
    int64_t quantity, shown; /* when one quantity is shared by all (STOCK_POOL); as in an item */
};

struct etsy_item { /* item->state */
    int64_t quantity;
    int64_t shown; /* what item->count was when it was last looked at */
    bool is_disabled, is_deleted;
    struct slice sku; /* as the record has it now */
};

struct etsy_consent {
    struct slice challenge, redirect;
};

struct etsy {
    struct tokens access, refresh, codes;
    struct etsy_consent consent; /* of the newest code */
    int64_t shop_id, user_id;
    struct etsy_listing *listings; /* by product->index */
    size_t listings_count, listings_cap;
    struct rest_bucket day;
    int64_t second, second_calls; /* the second under way, and the calls in it */
    int64_t ids_made;             /* products that got a new id */
};
struct etsy *etsy_of(const struct shop *shop);
struct etsy_listing *etsy_listing_of(const struct product *product);
struct etsy_item *etsy_item_of(const struct item *item);

/* ---- the door ---- */

void etsy_error(struct call *call, int status, const char *text); /* {"error":text} */
void etsy_oauth_error(struct call *call, int status, const char *error, const char *text);
/* Whether the call carries the owner's token; a wrong one is refused (*out_refused). */
bool etsy_is_owner(struct call *call, bool *out_refused);
/* The same, needed; false: refused. */
bool etsy_owner(struct call *call);
bool etsy_key_is_good(struct call *call);
bool etsy_may_pass(struct call *call); /* the two counters */
void etsy_throttle_answer(struct call *call);
void etsy_token_call(struct call *call);
void etsy_consent_call(struct call *call);
void etsy_scopes_call(struct call *call);
bool etsy_query_known(struct call *call, const char *const *known, size_t count);
/* limit (1 to 100) and offset; false: refused. */
bool etsy_paging(struct call *call, int64_t *out_limit, int64_t *out_offset);

/* ---- the record ---- */

struct etsy_property {
    int64_t id, value_id, scale_id; /* scale_id 0: none */
    struct slice name, value;
};
/* What tells the item from its siblings; 0 of them for a listing without variations. */
size_t etsy_properties(const struct item *item, struct etsy_property out[ETSY_PROPERTIES_MAX]);
/* What buyers see follows from quantity and state; a count that somebody changed is taken over. */
void etsy_follow(struct item *item);
int64_t *etsy_quantity(const struct item *item); /* its own, or the shared one */
int64_t etsy_total(const struct product *product);
struct product *etsy_product(const struct shop *shop, struct slice id);
/* The members of a record. */
void etsy_put_record(struct json_writer *w,
                     const struct product *product,
                     bool with_skus,
                     bool with_deleted);
void etsy_put_money(struct json_writer *w, const char *key, int64_t cents);

void etsy_inventory_get(struct call *call, struct slice id);
void etsy_inventory_put(struct call *call, struct slice id);
void etsy_inventory_batch(struct call *call);

/* ---- listings, receipts ---- */

void etsy_put_listing(struct json_writer *w, const struct product *product);
void etsy_listings(struct call *call);
void etsy_listing_get(struct call *call, struct slice id);
void etsy_listing_patch(struct call *call, struct slice id);
void etsy_receipts(struct call *call);
void etsy_receipt_get(struct call *call, struct slice id);

/* ---- webhooks ---- */

void etsy_order_event(struct order *order, enum order_event event, const struct refund *refund);
void etsy_count_event(struct item *item);
void etsy_hook_head(struct hook_job *job,
                    struct slice body,
                    struct hook_head *head,
                    struct arena *arena);
struct slice etsy_hook_url(const struct hook_job *job, struct arena *arena);
int64_t etsy_hook_retry_us(const struct hook_job *job);
