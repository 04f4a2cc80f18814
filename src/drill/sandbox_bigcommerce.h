/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_bigcommerce - what the files of the BigCommerce look-alike share: REST v3 (catalogue,
 * inventory, hooks) and v2 (orders), as documented in spring 2026.
 *
 * A product of one item is tracked by product and has a base variant; one of several is tracked by
 * variant; one whose variations share a pool by product; an unmanaged one not at all.
 */
#pragma once
#include "drill/sandbox_rest.h"

#define BC_HOOKS_MAX 64
#define BC_LOCATIONS 2 /* 1 sells; 2 is a second warehouse, which the storefront does not see */
#define BC_CHANNEL 1

struct bc_hook {
    int64_t id;
    struct slice scope, destination;
    struct slice headers; /* JSON object text, or "null" */
    bool is_active;
    int64_t created_us, updated_us;
    int64_t warned_us; /* a deliveryException said so: at most once in ten minutes */
};

struct bc { /* shop->state */
    struct slice store_hash, client_id;
    struct bc_hook hooks[BC_HOOKS_MAX];
    size_t hooks_count; /* deleted ones too: their id is 0 */
    int64_t window_at_us, window_calls;
    int64_t transactions;
    struct arena events; /* of what is told: a webhook that leaves at once has a turn of its own */
};
struct bc *bc_of(const struct shop *shop);

enum bc_tracking { BC_BY_NONE, BC_BY_PRODUCT, BC_BY_VARIANT };
enum bc_tracking bc_tracking(const struct product *product);
const char *bc_tracking_text(enum bc_tracking tracking);
struct item *bc_variant(const struct shop *shop, int64_t id);
struct product *bc_product(const struct shop *shop, int64_t id);
int64_t bc_sku_id(const struct item *item); /* 0: a base variant has none */
int64_t *bc_count(struct item *item, int64_t location);

/* v3: application/problem+json. `errors`: JSON object text or NULL. */
void bc_problem(struct call *call, int status, const char *title, const char *errors);
/* v2: [{"status":404,"message":"..."}] */
void bc_v2_error(struct call *call, int status, const char *message);
void bc_no_route(struct call *call, bool is_v2);
/* The JSON object of the body; false: refused, the call is answered. */
bool bc_body(struct call *call, struct json *out);
/* page and limit, checked; false: refused. */
bool bc_paging(struct call *call,
               int64_t limit_default,
               int64_t limit_max,
               int64_t *out_page,
               int64_t *out_limit);
/* "meta":{"pagination":{...}} behind the data of a page. */
void bc_put_meta(struct json_writer *w, int64_t total, int64_t count, int64_t page, int64_t limit);
struct slice bc_stamp_rfc2822(struct arena *arena, int64_t time_us);

void bc_inventory_call(struct call *call, const struct rest_parts *parts);
void bc_catalogue_call(struct call *call, const struct rest_parts *parts);
void bc_hooks_call(struct call *call, const struct rest_parts *parts);
void bc_orders_v2_call(struct call *call, const struct rest_parts *parts);
void bc_refunds_call(struct call *call, int64_t order);

int64_t bc_status_id(const struct order *order);
void bc_hooks_init(struct shop *shop);
void bc_order_event(struct order *order, enum order_event event, const struct refund *refund);
void bc_count_event(struct item *item);
void bc_hook_head(struct hook_job *job,
                  struct slice body,
                  struct hook_head *head,
                  struct arena *arena);
struct slice bc_hook_url(const struct hook_job *job, struct arena *arena);
int64_t bc_hook_retry_us(const struct hook_job *job);
void bc_hook_done(struct hook_job *job, bool is_good);
