/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_woo - what the files of the WooCommerce look-alike (wc/v3, as of 10.0.2) share. */
#pragma once
#include "drill/sandbox_inner.h"

/* A body under way. `fields` is the request's _fields: top-level keys wanted; empty = all. */
struct woo_out {
    struct json_writer w;
    struct shop *shop;
    struct arena *arena;
    struct slice fields;
};

bool woo_wants(const struct woo_out *o, const char *key);
void woo_put_product(struct woo_out *o, const struct product *product);
/* As under its parent; with `as_product`, as /products shows it. */
void woo_put_variation(struct woo_out *o, struct item *item, bool as_product);
void woo_put_order(struct woo_out *o, const struct order *order);
void woo_put_refunds(struct woo_out *o, const struct order *order);
void woo_put_webhook(struct woo_out *o, const struct woo_webhook *hook);
const char *woo_status(const struct order *order);
struct slice woo_parent_sku(const struct woo_out *o, const struct product *product);

/* {"code","message","data":{"status"}} */
void woo_error(struct call *call, int status, const char *code, const char *message);
void woo_answer(struct call *call, int status); /* headers of a good answer */
void woo_invalid_param(struct call *call, const char *param, const char *message);

/* False: refused, the call is answered. */
bool woo_authenticated(struct call *call);
void woo_nonces_clear(struct shop *shop);
/* The OAuth 1.0a signature, base64; params are decoded pairs without oauth_signature. */
struct slice woo_oauth_signature(struct arena *arena,
                                 struct slice method,
                                 struct slice url,
                                 const struct http_header *params,
                                 size_t count,
                                 struct slice secret,
                                 bool is_sha1);

/* Decoded query parameter; false when absent. */
bool woo_query(const struct call *call, const char *name, struct slice *out);
/* per_page and page, checked; false: refused. */
bool woo_paging(struct call *call, int64_t *out_page, int64_t *out_size);
/* X-WP-Total, X-WP-TotalPages, Link. */
void woo_paging_headers(struct call *call, int64_t page, int64_t size, int64_t total);

struct post *woo_post(const struct shop *shop, int64_t id);
void woo_list_products(struct call *call);
void woo_list_variations(struct call *call, struct product *product);
void woo_list_orders(struct call *call);

/* PUT of one; batch of many. */
void woo_write_product(struct call *call, struct post *post);
void woo_write_variation(struct call *call, struct item *item);
void woo_batch_products(struct call *call);
void woo_batch_variations(struct call *call, struct product *product);

void woo_webhooks_call(struct call *call, struct slice rest);
/* The product or variation was saved: product.updated. */
void woo_saved(struct product *product, struct item *item);

/* What the table of the platform names, from other files than its own. */
void woo_init(struct shop *shop);
void woo_free(struct shop *shop);
void woo_order_event(struct order *order, enum order_event event, const struct refund *refund);
void woo_count_event(struct item *item);
bool woo_hook_body(struct hook_job *job, struct arena *arena, struct buf *out);
void woo_hook_head(struct hook_job *job,
                   struct slice body,
                   struct hook_head *head,
                   struct arena *arena);
struct slice woo_hook_url(const struct hook_job *job, struct arena *arena);
bool woo_hook_is_good(int status);
int64_t woo_hook_retry_us(const struct hook_job *job);
void woo_hook_done(struct hook_job *job, bool is_good);
