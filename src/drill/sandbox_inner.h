/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_inner - what the sandbox's own files share: shops, items, orders, tasks, webhooks.
 *
 * Ids are arithmetic on a shop's base, so that every look-up by id is one division. Orders live in
 * a ring and in a list by the time of their last change, newest last, which is what channels'
 * "changed since" asks for.
 */
#pragma once
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/map.h"
#include "drill/sandbox.h"
#include "drill/sandbox_platform.h"
#include "intake/http_server.h"

#define OPTIONS_MAX 3
#define OWN_SALES_MAX 16
#define LATENCIES_MAX 4096

/* ---- tasks: things to do later, in a heap under one timer ---- */

struct task {
    int64_t due_us; /* monotonic */
    uint64_t seq;   /* equal instants keep their order */
    void (*run)(struct task *task);
    void (*drop)(struct task *task); /* instead of run, when the sandbox is freed */
};
/* Takes the task over until run or drop; false (and dropped) when there are too many. */
bool sandbox_later(struct sandbox *sandbox, struct task *task, int64_t delay_us);

/* ---- random: of the sandbox's seed, so that a run can be repeated ---- */

struct dice {
    uint64_t s;
};
uint64_t dice_next(struct dice *dice);
int64_t dice_between(struct dice *dice, int64_t lo, int64_t hi); /* both included */
bool dice_permille(struct dice *dice, int permille);

/* ---- things ---- */

struct item_option {
    struct slice name, value;
};

struct own_sale { /* API shops: a sale that truecount may not know of yet */
    int64_t n, sent_us, acked_us, order;
    bool is_maybe; /* a number landed of which nobody can say whether it knew this sale */
};

struct sku_row { /* one SKU over all shops */
    struct slice sku;
    struct item *items;
    int64_t stock, sold; /* stock < 0: unsaid */
};

struct product {
    struct shop *shop;
    size_t index;
    int64_t id;
    struct slice title;
    struct item **items;
    size_t items_count, items_cap;
    bool is_simple; /* one item without a title of its own */
    void *state;    /* the platform's own */
    bool is_pool;   /* WooCommerce: its number is shared by STOCK_POOL items */
    int64_t count;  /* of the pool */
    int64_t created_us, changed_us;
    uint32_t waits; /* WooCommerce: bits of the webhooks for which a delivery is queued already */
};

struct item {
    struct shop *shop;
    struct product *product;
    struct sku_row *row;
    struct item *same_next; /* the same SKU in another shop */
    size_t index;
    struct slice sku, title, options_text, barcode, price;
    struct item_option options[OPTIONS_MAX];
    size_t options_count;
    int64_t id;           /* Shopify variant; WooCommerce variation, or the simple product itself */
    int64_t inventory_id; /* Shopify */
    enum stock_mode mode;
    int64_t count, committed;
    int64_t count_second; /* Shopify: at the second location, which does not sell online */
    int64_t count_us;     /* when the count last changed */
    int64_t changed_us;
    int64_t sold, writes;
    int64_t last_sold_mono_us;
    int64_t elsewhere_us; /* oldest sale in another shop that no write has followed; 0 = none */
    uint32_t waits;
    bool
        is_marked_out; /* WooCommerce: marked as sold out whatever the count, until it is written */
    void *state;       /* the platform's own */
    struct own_sale *own; /* API shops: ring of OWN_SALES_MAX */
    size_t own_count;
};

enum restock { RESTOCK_NONE, RESTOCK_CANCEL, RESTOCK_RETURN };

struct refund { /* newest first in its order */
    struct refund *next;
    int64_t id, row_id, at_us, n;
    size_t line;
    enum restock restock;
    bool is_shipped; /* the units had left */
};

struct shipment {
    struct shipment *next;
    int64_t id, row_id, at_us, n;
    size_t line;
};

struct order_line {
    int64_t id;
    struct item *item;
    int64_t ordered; /* ever; WooCommerce: edited in place */
    int64_t removed; /* before they shipped */
    int64_t fulfilled;
    int64_t returned;              /* refunded after they shipped */
    int64_t restocked;             /* of returned */
    int64_t lost;                  /* of removed: did not go back on sale */
    int64_t reduced;               /* units this line holds off the shop's count */
    int64_t restock_refunded;      /* WooCommerce's _restock_refunded_items */
    int64_t node_taken, node_open; /* what its node was told (sandbox_nodes.h) */
};

enum order_state { ORDER_OPEN, ORDER_DONE, ORDER_CANCELLED, ORDER_REFUNDED, ORDER_TRASHED };

struct order {
    struct shop *shop;
    int64_t id, number;
    int64_t placed_us, changed_us, cancelled_us, done_us, placed_mono_us;
    enum order_state state;
    int country;                 /* index into the sandbox's few addresses */
    struct order *older, *newer; /* by changed_us */
    struct refund *refunds;
    struct shipment *shipments;
    uint32_t waits; /* WooCommerce: as in product */
    int64_t mark;   /* the platform's own */
    size_t lines_count;
    struct order_line lines[];
};

/* ---- webhooks ---- */

enum hook_what { WHAT_BODY, WHAT_WOO_ORDER, WHAT_WOO_PRODUCT, WHAT_WOO_VARIATION };

struct hook_job {
    struct task task;
    struct shop *shop;
    struct hook_job *next; /* queue */
    struct hook_job *flying_older, *flying_newer;
    const char *topic; /* "orders/create"; "" = none */
    enum hook_what what;
    int64_t
        id; /* of the order or product; API: the order to acknowledge; Shopify: the subscription */
    int64_t triggered_us;
    char *body; /* NULL until built */
    size_t body_n;
    char delivery_id[40], event_id[40];
    int attempts;
    size_t webhook; /* WooCommerce: index into shop->webhooks */
    size_t charged; /* bytes counted against hooks_bytes_max */
};

#define WEBHOOKS_MAX 32 /* bits of `waits` */
struct woo_webhook {
    int64_t id;
    struct slice name, topic, url, secret;
    const char *status; /* "active", "paused", "disabled" */
    int failures;       /* in a row */
    int64_t created_us, changed_us;
};

struct shop {
    struct sandbox *sandbox;
    size_t index;
    enum shop_kind kind;
    const struct platform *platform;
    void *state; /* the platform's own */
    struct slice code, base_url, hooks_url, secret, token, token_secret, location_id, source;
    int64_t retry_us, queue_us;
    int64_t late_us_min, late_us_max; /* a write lands after so long */
    int64_t token_us, search_lag_us;  /* as the options say; token_us 0: the platform's */
    bool plain_http, hooks_unsigned, ends_at_zero;
    size_t parallel_max;
    int offset_min; /* the shop's time zone */

    int64_t product_base, item_base, inventory_base, order_base, row_base;
    struct product **products;
    size_t products_count, products_cap;
    struct item **items;
    size_t items_count, items_cap;
    struct map by_sku;     /* struct item */
    struct map by_product; /* struct product, by title */
    struct post {
        struct product *product;
        struct item *item; /* NULL: the product itself */
    } * posts;             /* WooCommerce: one sequence of ids */
    size_t posts_count, posts_cap;

    struct order **orders; /* ring of orders_max */
    int64_t orders_made;
    struct order *oldest_change, *newest_change;
    int64_t rows_made; /* ids of lines, refunds, shipments */
    int64_t last_change_us;

    struct shop_faults faults;
    struct shop_stats stats;

    struct hook_job *queue_head, **queue_tail;
    size_t released; /* jobs at the queue's head that may leave */
    bool queue_runs; /* WooCommerce: a run is planned */
    struct woo_webhook *webhooks;
    size_t webhooks_count;
    const struct order *deed_order; /* whose deed changes a count now; NULL: no order's */
    int64_t points, points_at_us;   /* Shopify: thousandths of a point */
    int64_t points_max, points_per_s;
    struct idem *idem; /* Shopify: answers under an idempotency key */
    struct map nonces; /* WooCommerce: OAuth nonces seen */
};

struct shoppers;

struct sandbox {
    struct env *env;
    struct http_server *server;
    int port;
    struct arena arena; /* codes, texts, items, products */
    size_t items_max, orders_max, hooks_bytes_max, hooks_bytes;
    struct dice dice;
    struct shop **shops;
    size_t shops_count, shops_cap;
    struct map by_code;
    struct map by_sku; /* struct sku_row */

    struct env_timer *timer;
    struct task **heap;
    size_t heap_count, heap_cap;
    uint64_t seq;
    bool is_draining; /* inside the timer: pushing must not set it again */

    struct hook_job *flying; /* in env_http, all shops */
    struct buf out, scratch;
    struct json_doc *doc;
    struct arena turn;      /* of the API call under way */
    struct arena hook_turn; /* of the webhook that leaves now */

    int64_t latencies_us[LATENCIES_MAX];
    uint64_t latencies_count;
    struct sandbox_events events;
    struct shoppers *shoppers;
};

/* ---- one API call ---- */

#define CALL_HEADERS_MAX 16
struct call {
    struct shop *shop;
    struct http_exchange *x;
    struct slice path; /* behind the shop's prefix, begins with '/' or is empty */
    int status;
    struct http_header headers[CALL_HEADERS_MAX]; /* Content-Type first */
    size_t headers_count;
    struct buf *out;  /* the body, empty at first */
    bool is_deferred; /* the platform answers the exchange itself, later */
};
void call_header(struct call *call, const char *name, struct slice value);
struct slice call_request_header(const struct call *call, const char *name);

/* Status, Content-Type and body anew; headers of before are gone. */
void call_plain(struct call *call, int status, const char *type, const char *body);
/* /sandbox/...: the control API. */
void control_call(struct sandbox *sandbox, struct call *call);

/* ---- stock and orders ---- */

/* A stock write by the API landed: latency, counters, events. */
void item_written(struct item *item, int64_t before, int64_t after);
void item_count_changed(struct item *item); /* stamps, and the platform's event */
int64_t *item_carrier(struct item *item);   /* the number that sells: its own, or the pool's */

struct order *order_find(const struct shop *shop, int64_t id);
struct item *item_find(const struct shop *shop, struct slice sku);
void order_touch(struct order *order); /* changed now: to the end of the list */
void orders_free(struct shop *shop);
int64_t shop_now_us(struct shop *shop); /* wall, never backwards */

/* ---- sending ---- */

/* Body is copied. Faults apply; the platform decides retries. */
void hook_send(struct shop *shop,
               const char *topic,
               const char *event_id,
               struct slice body,
               int64_t order_id);
/* The same to one of several subscriptions: `webhook` is the platform's number of it. */
void hook_send_to(struct shop *shop, size_t webhook, struct slice body);
/* WooCommerce: the body is built when it leaves. False when it will never leave. */
bool hook_send_late(struct shop *shop, size_t webhook, enum hook_what what, int64_t id);
void hooks_pump(struct shop *shop);
/* How long faults hold back what is sent now. */
int64_t hook_fault_delay_us(struct shop *shop);
void hooks_free(struct sandbox *sandbox);
void uuid_make(struct sandbox *sandbox, char out[40]);

struct hook_head {
    struct http_header headers[16];
    size_t count;
};
void hook_head_add(struct hook_head *head, const char *name, struct slice value);
/* Standard Webhooks: "v1,...", and its three headers with an id of the job's own and a stamp of now.
 */
struct slice standard_signature(
    struct arena *arena, struct slice key, struct slice id, struct slice stamp, struct slice body);
void hook_head_standard(const struct hook_job *job,
                        struct slice key,
                        struct slice body,
                        struct hook_head *head,
                        struct arena *arena);
/* retry_us, 2 x, 4 x... by the job's attempts so far. */
int64_t hook_retry_doubling_us(const struct hook_job *job);
/* API shops: units that buyers may not have yet, although the count shows them. */
int64_t api_shop_blocked(const struct item *item);

/* ---- small shared things ---- */

struct address {
    const char *country, *country_name, *region, *region_name, *city, *zip;
};
const struct address *address_at(int index);
#define ADDRESSES_COUNT 5

/* "12.50" times n, in cents, and back. */
int64_t price_cents(struct slice price);
struct slice cents_text(struct arena *arena, int64_t cents);
/* Room for one more in a growing array: GROW(shop->posts, shop->posts_count, shop->posts_cap). */
bool sandbox_grow(void **array, size_t count, size_t *cap, size_t size);
#define GROW(array, count, cap)                                                                    \
    ({                                                                                             \
        void *grow_p = (array);                                                                    \
        bool grow_ok = sandbox_grow(&grow_p, (count), &(cap), sizeof(*(array)));                   \
        (array) = grow_p;                                                                          \
        grow_ok;                                                                                   \
    })
struct shop_remote_field remote_id(struct arena *arena, const char *key, int64_t id);
void shoppers_free(struct sandbox *sandbox);
void sandbox_sale(struct item *item, const struct order *order, int64_t n); /* n < 0: given back */
