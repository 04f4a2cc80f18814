/* SPDX-License-Identifier: Apache-2.0 */
/* stock_line - a row that the store makes up: a SKU as the stock list looks at it. */
#pragma once
#include "base/err.h"
#include "core/types.h"

/* A SKU as the stock list looks at it. */
struct stock_line {
    struct sku_id sku;
    struct slice code_key;
    bool is_bundle;
    int64_t available, reserved, on_hand; /* of all locations */
    int64_t listings;
    int64_t seen_at_us; /* the listing that nobody has heard of the longest; 0: never, or none */
    bool differs;       /* a listing shows something else than it should */
};
/* What is looked up of it; the rest is 0. */
enum stock_line_part {
    STOCK_LINE_UNITS = 1,
    STOCK_LINE_LISTINGS = 2,
    STOCK_LINE_SEEN = 4,
    STOCK_LINE_DIFFERS = 8,
};
struct stock_line_query {
    struct sku_id after, through; /* ids beyond the first, up to the second */
    struct slice text;            /* only those that it finds, as list_skus */
    unsigned parts;
};

struct store;
struct arena;
struct rows;
typedef enum err store_stock_lines(struct store *store,
                                   const struct stock_line_query *q,
                                   struct arena *arena,
                                   struct rows *out); /* stock_line, by id */
