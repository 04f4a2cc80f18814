/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_tiktok - what the files of the TikTok Shop look-alike share.
 *
 * Every call is signed, an order has one line item for each unit, and a stock write is absolute per
 * warehouse: what may be sold now, without the units that are ordered and not yet shipped.
 */
#pragma once
#include "drill/sandbox_nodes.h"
#include "drill/sandbox_pay.h"
#include "drill/sandbox_rest.h"
#include "drill/sandbox_tokens.h"

#define TT_ACCESS_S ((int64_t)7 * 86400)
#define TT_REFRESH_S ((int64_t)365 * 86400)
#define TT_RETURNS 2 /* index of the warehouse that takes returns: it sells nothing */
#define TT_WAREHOUSES_COUNT 3

enum tt_event {
    TT_ORDER,
    TT_CANCELLATION,
    TT_RETURN,
    TT_PRODUCT,
    TT_INVENTORY,
    TT_DEAUTHORIZATION,
    TT_EXPIRATION,
};
#define TT_EVENTS_COUNT 7

struct tt_webhook {
    struct slice address; /* empty: not subscribed */
    int64_t created_us, changed_us;
};

struct tt {
    struct tokens access, refresh, codes;
    struct slice cipher, shop_id;
    struct slice warehouses[TT_WAREHOUSES_COUNT];
    struct tt_webhook webhooks[TT_EVENTS_COUNT];
    bool is_app_wide; /* subscribed in the partner's console, to an address elsewhere */
    struct rest_bucket writes, reads;
    int64_t burst_until_us; /* monotonic: everything is throttled until then */
    uint64_t throttles;
};
struct tt *tt_of(const struct shop *shop);

/* ---- the envelope ---- */

#define TT_THROTTLED 36009002
#define TT_BAD_PARAMETER 36009004
#define TT_BAD_PATH 36009009
#define TT_BAD_METHOD 36009010
#define TT_BAD_TYPE 36009023
#define TT_TOKEN 105002
#define TT_SIGNATURE 106001
#define TT_NO_CIPHER 106013
#define TT_WRONG_SHOP 101000
#define TT_NO_PRODUCT 12052220
#define TT_NO_SKU 12052023
#define TT_NO_WAREHOUSE 12052097
#define TT_SKU_WITHOUT_WAREHOUSE 12019022
#define TT_BAD_QUANTITY 12052048

/* {"code","message","request_id"}, without data. */
void tt_error(struct call *call, int status, int code, const char *message);
void tt_bad_parameter(struct call *call, const char *message);
/* Opens the envelope and its `data`, in which the writer then stands; tt_done closes both. */
struct json_writer tt_data(struct call *call);
void tt_done(struct json_writer *w);
/* A JSON object in the body, of known members only; false: refused. */
bool tt_body(struct call *call, const char *const *keys, size_t count, struct json *out);
/* page_size (1 to `max`, needed) and page_token, as tt_page_token gave it; 0: the first page. */
bool tt_paging(struct call *call, int64_t max, int64_t *out_size, int64_t *out_token);
struct slice tt_page_token(struct arena *arena, int64_t position);
void tt_put_id(struct json_writer *w, const char *key, int64_t id); /* as text */

/* ---- signatures ---- */

/* params are decoded; sign and access_token among them are passed over. */
struct slice tt_signature(struct arena *arena,
                          struct slice secret,
                          struct slice path,
                          const struct http_header *params,
                          size_t count,
                          struct slice body);
/* False: refused. */
bool tt_authenticated(struct call *call, bool with_cipher);
void tt_token_call(struct call *call, bool is_refresh);
/* What the seller's consent gives: good once, for half an hour. */
struct slice tt_consent(struct shop *shop);

/* ---- routes ---- */

void tt_inventory_update(struct call *call, struct slice product_id);
void tt_inventory_search(struct call *call);
void tt_products_search(struct call *call);
void tt_product_show(struct call *call, struct slice product_id);
void tt_orders_search(struct call *call);
void tt_orders_get(struct call *call);
void tt_webhooks_call(struct call *call);
void tt_warehouses(struct call *call);

const char *tt_order_status(const struct order *order);

/* ---- webhooks ---- */

void tt_subscribe_first(struct shop *shop);
bool tt_serves_orders(const struct shop *shop); /* whether the order event is subscribed to */
void tt_order_event(struct order *order, enum order_event event, const struct refund *refund);
void tt_count_event(struct item *item);
void tt_hook_head(struct hook_job *job,
                  struct slice body,
                  struct hook_head *head,
                  struct arena *arena);
struct slice tt_hook_url(const struct hook_job *job, struct arena *arena);
bool tt_hook_is_good(int status);
int64_t tt_hook_retry_us(const struct hook_job *job);
