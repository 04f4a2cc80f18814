/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order - a Shopify order in Shopify's own numbers, and how they become a snapshot.
 *
 * The readers (order_rest.c for webhooks, order_graphql.c for the API) fill a struct shopify_order
 * row by row, in any order of rows; shopify_order_snapshot settles the lines. Lines come out sorted
 * by their id, so that one state of an order has one snapshot.
 *
 * How one line is settled, with Q units ever ordered and S of them shipped (successful
 * fulfilments):
 *
 *   put back before shipping   refunds `cancel`; `return` beyond S (never shipped, nothing to come
 * back); units taken off by an edit that no refund row explains (Q - current - refunds) returned
 * and restocked     refunds `return` up to S; `cancel` beyond Q - S `legacy_restock`, `no_restock`
 * do not say whether they mean shipped units. Shipped ones first, as Shopify does, unless its count
 * of units still to ship is lower than that cancelled                  = put back + no_restock of
 * unshipped units no_restock                 = of unshipped units only; of shipped ones it moves no
 * stock taken                      = Q - put back - returned: units gone from Shopify's own count
 *   cancelled_at               closes what is still to ship: by `no_restock` as far as the refunds
 * say so, else put back (whether a cancel without restock always writes refund rows is not
 * verified)
 *
 * Whatever arrives: restocked = returned <= fulfilled = S <= Q, no_restock <= cancelled,
 * cancelled + fulfilled <= ordered = Q, taken = ordered - cancelled - restocked + no_restock >= 0.
 */
#pragma once
#include "channels/connector.h"

#define SHOPIFY_LINES_MAX 5000
#define SHOPIFY_UNSAID (-1)

enum shopify_refund { SHOPIFY_CANCEL, SHOPIFY_RETURN, SHOPIFY_LEGACY_RESTOCK, SHOPIFY_NO_RESTOCK };
#define SHOPIFY_REFUNDS 4

struct shopify_line {
    int64_t id;
    struct slice remote; /* "variant:<id>", or "sku:<text>" of a variant that is gone */
    bool is_ignored;     /* gift cards and custom items: nobody's stock */
    int64_t quantity;    /* ever ordered */
    int64_t current;     /* without refunded and removed units; or SHOPIFY_UNSAID */
    int64_t open;        /* still to ship; or SHOPIFY_UNSAID */
    int64_t shipped;
    int64_t refunded[SHOPIFY_REFUNDS];
    struct slice location; /* of the shipments; empty when several or unsaid */
    bool is_split;         /* shipped from several locations */
};

struct shopify_order {
    struct order_snapshot head; /* all but the lines */
    bool is_cancelled;
    struct shopify_line *lines; /* sorted by id after shopify_order_sort */
    size_t lines_count;
};

/* Sorts the lines; false when two share an id. Rows are added after it. */
MUST_USE bool shopify_order_sort(struct shopify_order *order);
/* Units of a line; rows of lines that the order does not have are left out. False: not a quantity.
 */
MUST_USE bool
shopify_order_ship(struct shopify_order *order, int64_t line, int64_t units, struct slice location);
MUST_USE bool shopify_order_refund(struct shopify_order *order,
                                   int64_t line,
                                   int64_t units,
                                   enum shopify_refund kind);
/* "cancel" or "CANCEL" and so on. What we do not know counts as no_restock: it raises no stock. */
enum shopify_refund shopify_refund_kind(struct slice text);

/* Destination: what is not two letters is left empty. */
void shopify_order_destination(struct shopify_order *order,
                               struct slice country,
                               struct slice region,
                               struct arena *arena);
/* version, placed_at: both forms name and write them alike. False: no change stamp. */
MUST_USE bool shopify_order_stamps(struct shopify_order *order,
                                   struct slice updated,
                                   struct slice created,
                                   struct slice processed);

void shopify_line_settle(const struct shopify_line *line,
                         bool is_cancelled,
                         struct snapshot_line *out);
/* False: the arena is exhausted. */
MUST_USE bool shopify_order_snapshot(const struct shopify_order *order,
                                     struct arena *arena,
                                     struct order_snapshot *out);

/* What a line sells: "variant:<id>"; of a variant that is gone "sku:<text>" or "product:<id>",
 * which no listing has, so that the line is parked; nothing at all makes it ignored. Ids are empty
 * when unsaid. */
void shopify_line_names(struct shopify_line *line,
                        struct slice variant_id,
                        struct slice product_id,
                        bool product_exists,
                        struct slice sku,
                        bool is_gift_card,
                        struct arena *arena);
/* A quantity within 0..QTY_MAX. */
MUST_USE bool shopify_units(struct json v, int64_t *out);
/* The same; SHOPIFY_UNSAID when absent, null or no quantity. */
int64_t shopify_units_or_unsaid(struct json v);

enum shopify_reading {
    SHOPIFY_READ_WHOLE,
    SHOPIFY_READ_THIN, /* names an order, but does not say all of it: read it by head.id */
    SHOPIFY_READ_BAD,  /* *out_why says what is wrong (static text) */
};
/* A webhook's body (an object). */
enum shopify_reading shopify_order_of_rest(struct json body,
                                           struct arena *arena,
                                           struct shopify_order *out,
                                           const char **out_why);

/* How much of its connections a GraphQL text asked for: an answer that fills them may hide more. */
struct shopify_bounds {
    size_t fulfillments, refunds;
};
/* An `Order` of a GraphQL answer. */
enum shopify_reading shopify_order_of_graphql(struct json node,
                                              struct shopify_bounds bounds,
                                              struct arena *arena,
                                              struct shopify_order *out,
                                              const char **out_why);
