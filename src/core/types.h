/* SPDX-License-Identifier: Apache-2.0 */
/* types - the ids and the order snapshot that every room shares. */
#pragma once
#include "base/base.h"

struct sku_id {
    int64_t v;
};
struct location_id {
    int64_t v;
};
struct channel_id {
    int64_t v;
};
struct listing_id {
    int64_t v;
};

/* `taken` of a snapshot line when the channel does not say it: the engine fills it in. */
#define TAKEN_UNSAID (-1)

/*
 * One line of an order as the channel reports it now (design: orders are snapshots, not deltas).
 * All counts are units of the channel's listing (a multipack counts 1), from the order's beginning.
 */
struct snapshot_line {
    struct slice id;     /* the channel's line id; unique within the order */
    struct slice remote; /* listing key (connector.h) of what was sold */
    struct slice
        remote_other;      /* second key to try, e.g. the parent that manages the stock; or empty */
    struct slice location; /* the channel's own location id when it decides it; or empty */
    int64_t ordered, cancelled, fulfilled, returned, restocked;
    int64_t no_restock; /* of `cancelled`: refunded before shipping without going back on sale */
    int64_t taken;      /* units the channel has removed from its own count; or TAKEN_UNSAID */
    bool channel_fulfilled; /* FBA, WFS: recorded, never touches our locations */
};

struct order_snapshot {
    struct slice id;           /* the channel's order id */
    struct slice version_text; /* as the channel wrote it */
    int64_t version;           /* an instant in us, or a plain number: only compared */
    bool version_is_time;
    int64_t placed_at_us;  /* 0 when unsaid */
    int64_t fetched_at_us; /* wall time at which we asked for it; 0 when it came by itself */
    struct slice country;  /* ISO 3166-1 alpha-2, upper case; or empty */
    struct slice region;   /* subdivision code without the country; or empty */
    const struct snapshot_line *lines;
    size_t lines_count;
    bool is_test; /* the platform's test orders: recorded, never booked */
};
