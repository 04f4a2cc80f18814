/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_walmart - what the files of the Walmart Marketplace look-alike (US, v3) share.
 *
 * The number that is written (input) is gross: shown = input - reserved, where reserved are the
 * units that are ordered and not yet shipped. A shipment ends the reservation and leaves the input
 * as it stands, so that a shipped unit is shown again until a lower input is written.
 */
#pragma once
#include "drill/sandbox_nodes.h"
#include "drill/sandbox_rest.h"
#include "drill/sandbox_tokens.h"

#define WM_PARTNER "10001234567"
#define WM_TOKEN_S 900

enum wm_bucket {
    WM_STOCK,
    WM_ORDERS,
    WM_FEED_FILE,
    WM_FEED_NODES,
    WM_FEED_READ,
    WM_ITEMS,
    WM_HOOKS
};
#define WM_BUCKETS_COUNT 7

#define WM_SUBSCRIPTIONS_MAX 32
struct wm_subscription {
    char id[40];
    const struct wm_event *event;
    struct slice url, header, secret, user, password;
    bool is_basic, is_active, is_there;
};

struct wm_feed_row {
    struct item *item; /* NULL: nobody knows the SKU */
    size_t node;
    int64_t amount;
    const char *wrong; /* why it is not written; NULL: it is */
    struct slice sku;
};

struct wm_feed {
    char id[48];
    char *text; /* of the rows' SKUs */
    struct wm_feed_row *rows;
    size_t rows_count;
    const char *wrong;            /* with the whole file */
    int64_t received_us, done_us; /* monotonic */
    bool is_applied;
};
#define WM_FEEDS_MAX 64

struct wm {
    struct tokens tokens;
    struct rest_bucket buckets[WM_BUCKETS_COUNT];
    struct wm_subscription subscriptions[WM_SUBSCRIPTIONS_MAX];
    size_t subscriptions_count;
    struct wm_feed feeds[WM_FEEDS_MAX]; /* a ring */
    size_t feeds_made;
    struct slice nodes[NODES_COUNT];
};
struct wm *wm_of(const struct shop *shop);

struct wm_event {
    const char *type, *resource, *description;
};
#define WM_EVENT_ORDER 0
#define WM_EVENT_OOS 1

/* ---- the door ---- */

/* {"errors":[{...}]}; `field` and `text` as the vendor words them. */
void wm_error(struct call *call, int status, const char *code, const char *field, const char *text);
void wm_put_error(struct json_writer *w, const char *code, const char *field, const char *text);
/* {"error":[{...}]}: refused before the API itself saw it. */
void wm_gateway_error(struct call *call, int status, const char *code, const char *text);
void wm_not_found(struct call *call, const char *text);
/* Takes from the bucket and says in headers what is left; false: 429 is answered. */
bool wm_bucket_take(struct call *call, enum wm_bucket which);
/* JSON of an object in the body; false: refused. */
bool wm_body(struct call *call, struct json *out);
/* Refuses parameters that the operation does not know; false: refused. */
bool wm_query_known(struct call *call, const char *const *known, size_t count);
/* {"unit":"EACH","amount":n}, whole and not negative. NULL: it is; else what is wrong. */
const char *wm_read_quantity(struct json v, int64_t *out);
void wm_put_quantity(struct json_writer *w, const char *key, int64_t amount);
/* Index of the node, or NODES_COUNT. */
size_t wm_node(const struct shop *shop, struct slice id);

/* ---- stock ---- */

int64_t wm_input(const struct item *item, size_t node);
void wm_input_set(struct item *item, size_t node, int64_t input);
struct item *wm_item(const struct shop *shop, struct slice sku); /* the seller's own stock */
void wm_stock_call(struct call *call, const struct rest_parts *parts);
void wm_inventories_call(struct call *call, const struct rest_parts *parts);
void wm_nodes_call(struct call *call);

/* ---- feeds ---- */

void wm_feeds_call(struct call *call, const struct rest_parts *parts);
void wm_feeds_free(struct wm *wm);

/* ---- items, orders ---- */

void wm_items_call(struct call *call);
void wm_orders_call(struct call *call, const struct rest_parts *parts);
bool wm_order_is_wfs(const struct order *order);
void wm_put_order(struct json_writer *w, struct arena *arena, const struct order *order);

/* ---- webhooks ---- */

void wm_hooks_call(struct call *call, const struct rest_parts *parts);
void wm_subscribe_first(struct shop *shop);
void wm_order_event(struct order *order, enum order_event event, const struct refund *refund);
void wm_count_event(struct item *item);
void wm_hook_head(struct hook_job *job,
                  struct slice body,
                  struct hook_head *head,
                  struct arena *arena);
struct slice wm_hook_url(const struct hook_job *job, struct arena *arena);
int64_t wm_hook_retry_us(const struct hook_job *job);
