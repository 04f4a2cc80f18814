/* SPDX-License-Identifier: Apache-2.0 */
/*
 * avail - how many units a listing may show, and why, line by line.
 *
 *   pool     = sum over the route of max(0, available) - the SKU's debt at all locations
 *   sellable = min(cap, floor(floor(max(0, pool - buffer) * percent / 100) / pack_size))
 *              never negative, and 0 below min_to_list
 *
 * A bundle owns no stock: per location it has as many as its scarcest component there allows,
 * summed over the route, and never more than any one component's own pool allows.
 */
#pragma once
#include "core/ledger.h"
#include "core/route.h"

#define POLICY_UNSET INT64_C(-1)

struct component {
    struct sku_id sku;
    int64_t quantity; /* units of it in one unit of what is sold; >= 1 */
};

/* What holds units back. POLICY_UNSET where nobody said anything. */
struct policy {
    int64_t buffer, percent, cap, min_to_list;
    int64_t pack_size; /* >= 1 */
};

/* A listing's own value wins; else the stricter of the SKU's and the channel's. */
struct policy policy_combine(struct policy listing, struct policy sku, struct policy channel);

enum avail_step_kind {
    AVAIL_LOCATION,  /* a location of the route; quantity = what it adds */
    AVAIL_COMPONENT, /* a component's pool bounds the bundle; quantity = bundles it allows */
    AVAIL_DEBT,
    AVAIL_BUFFER,
    AVAIL_PERCENT,
    AVAIL_PACK_SIZE,
    AVAIL_CAP,
    AVAIL_MIN_TO_LIST,
};
struct avail_step {
    enum avail_step_kind kind;
    struct location_id location; /* of AVAIL_LOCATION */
    struct sku_id sku; /* of AVAIL_LOCATION and AVAIL_COMPONENT of a bundle: the scarce one */
    int64_t quantity;  /* the step's own figure */
    int64_t value;     /* the figure after the step; the last one is sellable */
};
struct avail_why {
    struct avail_step *steps; /* NULL: only the figure is wanted */
    size_t count, cap;        /* a cap of avail_steps_max() is always enough */
};
size_t avail_steps_max(size_t stops_count, size_t parts_count);

/* `parts`: the SKU itself once, or a bundle's components. Wants their rows loaded. */
int64_t avail_sellable(const struct route_stop *stops,
                       size_t stops_count,
                       const struct component *parts,
                       size_t parts_count,
                       const struct policy *policy,
                       const struct stock_set *stock,
                       struct avail_why *why);

/*
 * On a channel with several locations the policy applies to the channel's total, shared out in
 * route order: what the stop `which` may show of `sellable`. Wants sorted stops.
 */
int64_t avail_share(const struct route_stop *stops,
                    size_t stops_count,
                    struct location_id which,
                    const struct component *parts,
                    size_t parts_count,
                    int64_t pack_size,
                    int64_t sellable,
                    const struct stock_set *stock);

const char *avail_step_text(enum avail_step_kind kind);
