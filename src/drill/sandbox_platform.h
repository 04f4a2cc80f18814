/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_platform - what one kind of shop is, as a table of facts and functions.
 *
 * A new platform is its own files sandbox_{name}*.c, which define `platform_{name}`, and one line
 * in SHOP_KINDS (sandbox.h). Nothing else asks which kind a shop is of.
 *
 * Functions are MUST where nothing is said; those marked MAY are NULL for "nothing to do", or for
 * what stands beside them. All run in the loop's thread.
 */
#pragma once
#include "base/json_write.h"
#include "drill/sandbox.h"

struct call;
struct hook_head;
struct hook_job;
struct item;
struct order;
struct product;
struct refund;

enum order_event {
    ORDER_CREATED,
    ORDER_CHANGED, /* an edit */
    ORDER_CANCEL,
    ORDER_FULFIL,
    ORDER_REFUND,
};

/* What shoppers and merchants can do there, and how it is booked (sandbox_trade.c). */
enum trade_rule {
    /* A line is edited where it stands: an edit or the cancel of some units changes `ordered`, a
     * whole cancel leaves the lines as they are, and units are refunded whether they shipped or
     * not; an order of which all is refunded is over. Without it units leave a line as `removed`,
     * and only shipped ones are refunded. */
    TRADE_IN_PLACE = 1U << 0,
    TRADE_EDITS = 1U << 1,           /* shop_edit */
    TRADE_CANCELS_UNITS = 1U << 2,   /* shop_cancel_units */
    TRADE_CANCELS_SHIPPED = 1U << 3, /* shop_cancel of the rest of an order that shipped in part */
    TRADE_SHIPS_PARTS = 1U << 4,     /* shop_fulfil of less than the whole order */
    TRADE_SELLS_TWICE = 1U << 5, /* reads the count before it lowers it: the fault double_sale */
    TRADE_NO_RESTOCK = 1U << 7,  /* returned units never go on sale again by themselves */
    TRADE_STAMPS_MS = 1U << 6,   /* each change of an order has a millisecond of its own */
    TRADE_GIVES_BACK = 1U << 8,  /* cancelled units always go on sale again */
};

struct platform_ids { /* first id of each sequence; shop k begins `apart` x k further */
    int64_t product, item, inventory, order, row;
    int64_t step; /* from order to order and from row to row */
    int64_t apart;
};

struct platform {
    const char *name;   /* the connector's: "woocommerce" */
    const char *prefix; /* of its shops in `truecount sandbox`: "woo" */
    const char *what;   /* for --help: "look like Shopify" */
    int shops;          /* of `truecount sandbox`, when nothing is said */
    struct platform_ids ids;
    bool simple_is_product; /* a product of one item has no variation: one id for both */
    unsigned trade;         /* enum trade_rule */

    void (*init)(struct shop *shop);
    void (*free)(struct shop *shop);               /* MAY */
    bool (*product_init)(struct product *product); /* MAY: ids of its own; false: no memory */
    bool (*item_init)(struct item *item);          /* MAY: the same */

    /* The API. `throttled` answers a call that a fault refuses; NULL: a bare 429. */
    void (*call)(struct call *call);
    bool (*owns_root)(struct call *call); /* MAY: a call of "/" is meant for this shop */
    void (*throttled)(struct call *call);

    /* What happened in the shop, for its webhooks. MAY */
    void (*order_event)(struct order *order, enum order_event event, const struct refund *refund);
    void (*count_event)(struct item *item);

    /* Webhooks. `hook_body` builds the body when it leaves (false: there is nothing to send any
     * more); NULL: it was built before. `hook_url` NULL: {hooks_url}/{topic}. `hook_is_good` NULL:
     * any 2xx. `hook_retry_us` is the wait before the next try, below zero when it gives up; NULL:
     * eight more tries, the wait doubling from shop->retry_us. */
    bool (*hook_body)(struct hook_job *job, struct arena *arena, struct buf *out);
    void (*hook_head)(struct hook_job *job,
                      struct slice body,
                      struct hook_head *head,
                      struct arena *arena); /* MAY */
    struct slice (*hook_url)(const struct hook_job *job, struct arena *arena);
    bool (*hook_is_good)(int status);
    int64_t (*hook_retry_us)(const struct hook_job *job);
    void (*hook_done)(struct hook_job *job, bool is_good); /* MAY */
    bool hooks_queue;      /* they wait for a queue that runs every shop->queue_us */
    bool hooks_never_lost; /* it knows of each until it is taken: a lost one is tried again */

    /* What truecount is told of it: sandbox.h, "the shop as a channel". MAY, except remote. */
    void (*settings)(const struct shop *shop, const char *location, struct json_writer *w);
    void (*secrets)(const struct shop *shop, struct json_writer *w);
    size_t (*remote)(const struct item *item,
                     struct arena *arena,
                     struct shop_remote_field out[SHOP_REMOTE_MAX]);
};

const struct platform *platform_of(enum shop_kind kind);
#define PLATFORM_EXTERN(upper, lower) extern const struct platform platform_##lower;
SHOP_KINDS(PLATFORM_EXTERN)
#undef PLATFORM_EXTERN
