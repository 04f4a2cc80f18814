/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route - from which locations a channel sells, and where an order is served from.
 *
 * One location that serves the whole order is preferred: of those with the least priority the one
 * that charges least for it (a fee a parcel and a cost a unit), then the route's order. Else units
 * are split greedily in route order. A shortfall goes to the first eligible location as debt. Demand is
 * summed per SKU over the whole order first, so that two lines sharing a component cannot both
 * count it.
 */
#pragma once
#include "core/ledger.h"

struct route_stop {
    struct location_id location;
    bool is_active;                          /* an inactive location serves nothing */
    int64_t priority;                        /* lower first */
    int64_t cost, fee;                       /* a unit and a parcel, in the operator's own unit */
    const struct slice *countries, *regions; /* empty = everywhere */
    size_t countries_count, regions_count;
};

/* Puts stops into the order in which they are tried: priority, cost, fee, then as given. Stable. */
void route_sort(struct route_stop *stops, size_t count);

/* May this stop serve that destination? An unsaid destination is served by all. */
bool route_serves(const struct route_stop *stop, struct slice country, struct slice region);

/* What sending so many units from there costs; INT64_MAX when it is more than can be counted. */
int64_t route_price(const struct route_stop *stop, int64_t units);

struct route_need {
    struct sku_id sku;
    int64_t quantity; /* > 0 */
};
struct route_pick {
    size_t need; /* index into the needs */
    struct location_id location;
    int64_t quantity;    /* > 0 */
    int64_t short_units; /* of them owed: they make available negative */
};

/*
 * Decides where each need is served from, against the set's present balances. `stops` are sorted.
 * out must hold needs_count * (stops_count + 1) picks. 0 picks when no stop is active. When no stop
 * serves the destination, the first active one takes all: a sale is a fact.
 */
size_t route_decide(const struct route_stop *stops,
                    size_t stops_count,
                    struct slice country,
                    struct slice region,
                    const struct route_need *needs,
                    size_t needs_count,
                    struct stock_set *stock,
                    struct route_pick *out);
