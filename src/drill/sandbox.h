/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox - strict look-alikes of the channels' APIs, with shoppers and faults, in one process.
 *
 * Each shop keeps its own counts, as real shops do: its own sales lower them, it refuses a buyer
 * when they are short, and it knows nothing of the other shops. It sends signed webhooks to its
 * hooks_url and answers its API under http://HOST:PORT/{code}. Written from the platforms' facts
 * alone, never from our connectors, so that a misreading on either side shows (docs/sandbox.md
 * lists what is imitated).
 *
 * Everything runs on struct env's loop, in its thread. Memory is bounded: items up to items_max,
 * the last orders_max orders of each shop, and hooks_bytes_max of webhooks waiting to leave.
 *
 * Life cycle: sandbox_new, sandbox_shop_add (each), items or sandbox_catalogue_fill, then traffic.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/json_write.h"

struct sandbox;
struct shop;

struct sandbox_options {    /* zero = the default */
    const char *host;       /* "127.0.0.1" */
    int port;               /* 0 picks one */
    uint64_t seed;          /* of ids, faults and delays; 0 = 1 */
    size_t items_max;       /* of one shop: 100,000 */
    size_t orders_max;      /* kept by one shop: 100,000 */
    size_t hooks_bytes_max; /* of all shops: 128 MiB; beyond it a webhook is lost, and counted */
};

MUST_USE enum err sandbox_new(struct env *env,
                              const struct sandbox_options *options,
                              struct sandbox **out,
                              int *out_port,
                              struct err_note *note);
/* When the loop has stopped for good, before the env is freed: calls under way are never heard of.
 */
void sandbox_free(struct sandbox *sandbox);

/* ---- shops ---- */

/* One line for each platform: SHOP_{first}, and the table platform_{second}. */
#define SHOP_KINDS(X)                                                                              \
    X(SHOPIFY, shopify)                                                                            \
    X(WOOCOMMERCE, woo)                                                                            \
    X(API, api_shop)                                                                               \
    X(BIGCOMMERCE, bigcommerce)                                                                    \
    X(AMAZON, amazon)                                                                              \
    X(EBAY, ebay)                                                                                  \
    X(WALMART, walmart)                                                                            \
    X(TIKTOK, tiktok)                                                                              \
    X(ETSY, etsy)

#define SHOP_KIND_ENUM(upper, lower) SHOP_##upper,
enum shop_kind { SHOP_KINDS(SHOP_KIND_ENUM) };
#undef SHOP_KIND_ENUM
#define SHOP_KIND_ONE(upper, lower) +1
enum { SHOP_KINDS_COUNT = 0 SHOP_KINDS(SHOP_KIND_ONE) };
#undef SHOP_KIND_ONE

struct shop_options {
    enum shop_kind kind;
    const char *code;      /* path prefix and channel code: [a-z0-9-], unique */
    const char *hooks_url; /* {public}/hooks/{channel}; NULL or "" = sends nothing */
    const char
        *hook_secret;  /* Shopify: client secret. API: "whsec_..." is decoded, else raw bytes */
    const char *token; /* Shopify: X-Shopify-Access-Token. WooCommerce: consumer key */
    const char *token_secret; /* WooCommerce: consumer secret */

    /* Shopify: the cost bucket, 2,000 points restored by 100/s. BigCommerce: points_max calls in 30
     * s, 450. Amazon: points_max percent of its published rates, 100. eBay: points_max revisions of
     * a listing in a day, 250. 0 = the default. */
    int64_t points_max, points_per_s;
    /* Platforms that accept a stock write and apply it later: after so long; both 0 = 1,000 to
     * 3,000. */
    int64_t late_ms_min, late_ms_max;
    int64_t token_s; /* life of an access token it sells, where they die: 0 = the platform's */
    /* Amazon: a search finds an order so long after its last change; 0 = 120,000, -1 = at once. */
    int64_t search_lag_ms;
    /* Shopify and API: first delay before a failed webhook is sent again, doubling 8 times; 0 =
     * 250. */
    int64_t retry_ms;
    bool ends_at_zero;   /* eBay: out-of-stock control is off, so a listing ends at 0 */
    bool hooks_unsigned; /* BigCommerce: older hooks, which carry their own headers only */
    /* WooCommerce: 0 = each delivery leaves at once; n = the queue runs every n ms; -1 = never. */
    int64_t queue_ms;
    /* WooCommerce: refuse Basic, as a shop without TLS does. Default: stands for a shop behind TLS.
     */
    bool plain_http;
    size_t hooks_parallel_max; /* webhooks in flight; 0 = 64 */
};

MUST_USE enum err sandbox_shop_add(struct sandbox *sandbox,
                                   const struct shop_options *options,
                                   struct shop **out,
                                   struct err_note *note);
struct shop *sandbox_shop(struct sandbox *sandbox, struct slice code); /* NULL when there is none */
struct shop *sandbox_shop_at(struct sandbox *sandbox, size_t index);   /* NULL behind the last */
enum shop_kind shop_kind(const struct shop *shop);
struct slice shop_code(const struct shop *shop);
const char *shop_kind_name(enum shop_kind kind);   /* the connector's: "shopify", "woocommerce" */
const char *shop_kind_prefix(enum shop_kind kind); /* of its shops' names: "shopify", "woo" */
const char *shop_kind_what(enum shop_kind kind);   /* "look like Shopify" */
int shop_kind_shops(enum shop_kind kind);          /* so many, unless something is said */
/* What truecount is given as settings.base_url: "http://127.0.0.1:PORT/shopify-a". */
struct slice shop_base_url(const struct shop *shop);
struct slice shop_location_id(const struct shop *shop); /* Shopify: decimal text; else empty */

/* ---- the shop as a channel: what truecount is given ---- */

#define SHOP_REMOTE_MAX 4
struct shop_remote_field {
    const char *key;
    struct slice value;
};
/* The fields of a listing's `remote`, with the ids that the shop gave its index-th item; texts live
 * in the arena. 0 behind the last item. */
size_t shop_item_remote(const struct shop *shop,
                        size_t index,
                        struct arena *arena,
                        struct shop_remote_field out[SHOP_REMOTE_MAX]);
/* The members of the objects `remote`, `settings` and `secrets`; `location` is ours, which the
 * shop's own one is mapped to. */
void shop_remote_put(const struct shop *shop, size_t index, struct json_writer *w);
void shop_settings_put(const struct shop *shop, const char *location, struct json_writer *w);
void shop_secrets_put(const struct shop *shop, struct json_writer *w);

/* ---- items ---- */

enum stock_mode {
    STOCK_MANAGED,
    STOCK_UNMANAGED, /* the shop does not count it: always for sale */
    STOCK_POOL,      /* WooCommerce: the product's number, shared by its variations ("parent") */
    STOCK_GROUPED,   /* WooCommerce: a grouped product, holds no stock */
    STOCK_EXTERNAL,  /* WooCommerce: sold elsewhere */
};

struct sandbox_item {
    struct slice sku;     /* unique within a shop; WooCommerce: may be empty on a variation */
    struct slice product; /* items with the same product are its variations */
    struct slice title;   /* the variation's own; empty: the product has only this one */
    struct slice options; /* JSON object text: {"Size":"M","Color":"Blue"}; empty = {} */
    struct slice barcode;
    struct slice price; /* "19.90"; empty = "10.00" */
    int64_t count;
    enum stock_mode mode;
};

struct shop_item { /* what the shop knows of an item, ids as the shop assigned them */
    struct slice sku, title, product, options, barcode;
    int64_t product_id;
    int64_t variant_id;        /* Shopify variant, WooCommerce variation; 0 = a simple product */
    int64_t inventory_item_id; /* Shopify */
    size_t index;              /* for shop_item_at and shop_item_remote */
    int64_t count;             /* shown */
    int64_t sold;              /* net units sold by this shop itself */
    int64_t writes;            /* stock writes that landed */
};

/* Copies everything. ERR_LIMIT beyond items_max, ERR_USAGE for a SKU that is there already. */
MUST_USE enum err
shop_item_add(struct shop *shop, const struct sandbox_item *item, struct err_note *note);
size_t shop_items_count(const struct shop *shop);
bool shop_item_at(const struct shop *shop, size_t index, struct shop_item *out);
bool shop_item_find(const struct shop *shop, struct slice sku, struct shop_item *out);
bool shop_item_count(const struct shop *shop, struct slice sku, int64_t *out);

/* Products x sizes x colours: `count` items, the same for the same seed. The slices live in the
 * arena. */
MUST_USE enum err
catalogue_make(struct arena *arena, uint64_t seed, size_t count, struct sandbox_item **out);
/* The same `count` items into every shop, each with its own ids. */
MUST_USE enum err
sandbox_catalogue_fill(struct sandbox *sandbox, uint64_t seed, size_t count, struct err_note *note);
/* The truth behind the shops, for sandbox_stats.oversold: how many units of the SKU there are in
 * all. */
void sandbox_stock_is(struct sandbox *sandbox, struct slice sku, int64_t units);
/* Goods arrived: so many units more. */
void sandbox_stock_grows(struct sandbox *sandbox, struct slice sku, int64_t units);

/* ---- trade: what shoppers and merchants do in one shop ---- */

enum shop_verdict {
    SHOP_DONE,
    SHOP_SHORT, /* its own count does not suffice: the buyer is refused */
    SHOP_NO_ITEM,
    SHOP_NO_ORDER,   /* unknown, or too old to be kept */
    SHOP_IMPOSSIBLE, /* the platform does not allow it in this state */
};
const char *shop_verdict_text(enum shop_verdict verdict);

struct shop_line {
    struct slice sku;
    int64_t quantity;
};

struct shop_order { /* for tests and reports */
    int64_t id;
    int64_t placed_us, changed_us; /* wall */
    int64_t placed_mono_us;
    bool is_cancelled;
    size_t lines_count;
    int64_t ordered, cancelled, fulfilled, returned, restocked; /* units over all lines */
};

#define SHOP_LINES_MAX 8

enum shop_verdict
shop_buy(struct shop *shop, const struct shop_line *lines, size_t count, int64_t *out_order);
/* The whole order. WooCommerce without restock becomes a full refund; API always gives units back.
 */
enum shop_verdict shop_cancel(struct shop *shop, int64_t order, bool restock);
/* n units of one line that have not been shipped. */
enum shop_verdict
shop_cancel_units(struct shop *shop, int64_t order, size_t line, int64_t n, bool restock);
/* n = 0: all that is open of all lines. WooCommerce knows only whole orders ("completed"). */
enum shop_verdict shop_fulfil(struct shop *shop, int64_t order, size_t line, int64_t n);
/* n units of one line that have been shipped (WooCommerce: that were sold). */
/* Amazon and eBay never put returned units on sale by themselves, whatever `restock` says. */
enum shop_verdict
shop_refund(struct shop *shop, int64_t order, size_t line, int64_t n, bool restock);
/* The line's quantity becomes n: more takes stock (or is refused), fewer gives it back. */
enum shop_verdict shop_edit(struct shop *shop, int64_t order, size_t line, int64_t n);
/* A foreign writer: somebody in the shop's admin sets the count. */
enum shop_verdict shop_stock_edit(struct shop *shop, struct slice sku, int64_t count);
/* WooCommerce: its stock_status becomes outofstock, and its count stays; a write of the count, or
 * saving it by hand, cures it. */
enum shop_verdict shop_mark_sold_out(struct shop *shop, struct slice sku);
bool shop_order_get(const struct shop *shop, int64_t order, struct shop_order *out);

/* ---- faults: chances in permille ---- */

struct shop_faults {
    int hook_lose, hook_duplicate, hook_reorder; /* reordered: held back by up to 2 s more */
    int hook_no_id;  /* WooCommerce: a signed body without an id ("rest_no_route"). Amazon: a change
                       without its time */
    int hook_copies; /* a webhook is sent 1 to so many times, each with a delay of its own; 0 = 1.
                        Amazon's queue does not */
    int hook_delay_ms_min, hook_delay_ms_max;
    int api_throttle;                 /* Shopify: THROTTLED. Others: 429 with Retry-After: 1 */
    int api_error;                    /* 502 or 503 before any effect */
    int api_hang;                     /* no answer within hang_ms, no effect */
    int api_apply_and_time_out;       /* the effect, but no answer within hang_ms */
    int hang_ms;                      /* 0 = 35,000 */
    int answer_ms_min, answer_ms_max; /* each answer waits that long, after its effect */
    int sale_between;   /* Etsy: a buyer takes a unit between the reading of a record and its PUT */
    int write_conflict; /* Etsy: 409 to a PUT, before any effect */
    int write_lose;     /* BigCommerce, Amazon: a write is accepted and never lands */
    int double_sale;    /* WooCommerce: the last unit is sold to both of two buyers within 300 ms */
};
/* From now on the shop takes only this access token; whoever has the old one buys another (Shopify's
 * client credentials are token_secret and hook_secret). */
void shop_token_set(struct shop *shop, const char *token);
void shop_faults_set(struct shop *shop, const struct shop_faults *faults);
struct shop_faults shop_faults_get(const struct shop *shop);

/* ---- shoppers ---- */

struct sandbox_shoppers {
    double orders_per_s; /* over all shops */
    uint64_t seed;       /* 0 = 1 */
    int skew;      /* permille of the orders that want the most popular 5 % of the SKUs; 0 = 500 */
    int two_lines; /* permille of orders with two lines */
    int cancel, refund, edit, fulfil; /* permille of orders, each later */
    int later_ms_min, later_ms_max;   /* how much later; 0 = 500 to 4,000 */
    int burst_every_ms;         /* 0 = none: a hot SKU wanted on all shops at the same instant */
    int burst_buyers;           /* of one burst, in all */
    double foreign_edits_per_s; /* somebody sets a count in a shop's admin */
};
void sandbox_shoppers_start(struct sandbox *sandbox, const struct sandbox_shoppers *shoppers);
void sandbox_shoppers_stop(struct sandbox *sandbox); /* follow-ups already planned still happen */

/* ---- what happened ---- */

struct shop_stats {
    uint64_t orders, units_sold, units_back; /* units_back: returned to the shop's count */
    uint64_t refused;                        /* buyers turned away: count short */
    uint64_t hooks_sent, hooks_failed, hooks_lost, hooks_duplicated, hooks_retried, hooks_dropped;
    uint64_t hooks_waiting, hooks_flying; /* now: not delivered yet; of these, in flight */
    uint64_t api_calls, api_refused, api_throttled, api_failed; /* failed: by fault */
    uint64_t writes, writes_stale; /* rows of stock written by the API; compare-and-set refusals */
    uint64_t double_sales;         /* units it sold twice by itself */
    uint64_t orders_forgotten;     /* beyond orders_max */
    bool hooks_disabled;           /* WooCommerce gave up after 7 failures */
};
struct shop_stats shop_stats(const struct shop *shop);

/*
 * Over all shops. oversold: units sold beyond sandbox_stock_is, over all SKUs. Latency: from a sale
 * in one shop to the next stock write of that SKU that lands in another; the percentiles are over
 * the last 4,096.
 */
struct sandbox_stats {
    struct shop_stats sum;
    uint64_t oversold;
    uint64_t latencies;
    int64_t latency_p50_us, latency_p95_us, latency_p99_us, latency_max_us;
};
struct sandbox_stats sandbox_stats(struct sandbox *sandbox);

struct sandbox_events { /* each may be NULL; called in the loop's thread */
    void *arg;
    void (*sale)(
        void *arg, struct shop *shop, int64_t order, struct slice sku, int64_t n, int64_t mono_us);
    void (*write)(void *arg,
                  struct shop *shop,
                  struct slice sku,
                  int64_t before,
                  int64_t after,
                  int64_t mono_us);
    /* Units of an order came back to the shop's count, or would have if it kept one. */
    void (*back)(void *arg, struct shop *shop, struct slice sku, int64_t n, int64_t mono_us);
};
void sandbox_events_set(struct sandbox *sandbox, const struct sandbox_events *events);
