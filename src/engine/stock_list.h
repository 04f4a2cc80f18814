/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stock_list - which SKUs a person wants to see, in their order, and one line about each.
 *
 * A list is made in small steps, so that a hundred thousand SKUs stop nobody: each step looks at
 * STOCK_LIST_AT_ONCE of them. What moves meanwhile may be seen as it was or as it is. Lines are read
 * anew whenever they are shown.
 */
#pragma once
#include "engine/show.h"

#define STOCK_LIST_AT_ONCE 2000
#define STOCK_LIST_LOW 5                           /* units available that are few */
#define STOCK_LIST_STALE_US (24 * 3600 * US_PER_S) /* without a listing being confirmed or read */

enum stock_filter {
    STOCK_ALL,
    STOCK_LOW,      /* 0 to STOCK_LIST_LOW available, and no bundle */
    STOCK_OWED,     /* less than nothing available */
    STOCK_DIFFERS,  /* a listing shows something else than it should */
    STOCK_UNLISTED, /* on no channel */
    STOCK_STALE,
    STOCK_BUNDLE,
};
#define STOCK_FILTERS "all|low|owed|differs|unlisted|stale|bundle"

enum stock_order {
    STOCK_BY_FIT, /* codes that are, then codes that begin with what was typed; else by age */
    STOCK_BY_SKU, /* numbers in codes as numbers: T-2 before T-10 */
    STOCK_BY_AVAILABLE,
    STOCK_BY_RESERVED,
    STOCK_BY_ON_HAND,
};
#define STOCK_ORDERS "fit|sku|available|reserved|on_hand"

struct stock_wish {
    struct slice text; /* as typed: core/search.h; must outlive the list */
    enum stock_filter filter;
    enum stock_order order;
    bool is_down;
    int64_t now_us; /* wall */
};

struct stock_list;

MUST_USE enum err stock_list_new(const struct stock_wish *wish, struct stock_list **out);
void stock_list_free(struct stock_list *list); /* NULL is fine */
/* The store's transaction is the caller's. */
MUST_USE enum err stock_list_step(struct stock_list *list, struct store *store, bool *out_done);
/* Once it is done: ids, in order. */
const struct sku_id *stock_list_ids(const struct stock_list *list, size_t *out_count);

/* Lines of these SKUs, one object each; who does not exist is left out. */
MUST_USE enum err stock_list_show(struct show *s,
                                  struct store *store,
                                  struct arena *arena,
                                  const struct sku_id *ids,
                                  size_t ids_count);
