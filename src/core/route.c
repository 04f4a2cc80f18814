/* SPDX-License-Identifier: Apache-2.0 */
#include "core/route.h"

static bool stop_before(const struct route_stop *a, const struct route_stop *b)
{
    return a->priority != b->priority ? a->priority < b->priority
           : a->cost != b->cost       ? a->cost < b->cost
                                      : a->fee < b->fee;
}

void route_sort(struct route_stop *stops, size_t count)
{
    for (size_t i = 1; i < count; i++) { /* insertion: stable, and routes are short */
        struct route_stop stop = stops[i];
        size_t j = i;
        for (; j > 0 && stop_before(&stop, &stops[j - 1]); j--) {
            stops[j] = stops[j - 1];
        }
        stops[j] = stop;
    }
}

int64_t route_price(const struct route_stop *stop, int64_t units)
{
    int64_t price;
    bool is_beyond = __builtin_mul_overflow(stop->cost, units, &price) ||
                     __builtin_add_overflow(price, stop->fee, &price);
    return is_beyond ? INT64_MAX : price;
}

static bool among(struct slice text, const struct slice *list, size_t count)
{
    if (count == 0 || text.n == 0) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (slice_equal_nocase(text, list[i])) {
            return true;
        }
    }
    return false;
}

bool route_serves(const struct route_stop *stop, struct slice country, struct slice region)
{
    return stop->is_active && among(country, stop->countries, stop->countries_count) &&
           among(region, stop->regions, stop->regions_count);
}

static int64_t free_units(const struct stock_set *stock, struct sku_id sku, struct location_id at)
{
    const struct stock *row = stock_set_find(stock, sku, at);
    return row && row->available > 0 ? row->available : 0;
}

/* The whole order's demand for the SKU of needs[i], counted at its first need only. */
static int64_t demand_of(const struct route_need *needs, size_t count, size_t i)
{
    int64_t sum = 0;
    for (size_t k = 0; k < count; k++) {
        if (needs[k].sku.v == needs[i].sku.v) {
            if (k < i) {
                return 0;
            }
            sum += needs[k].quantity;
        }
    }
    return sum;
}

static bool serves_whole(const struct route_stop *stop,
                         const struct route_need *needs,
                         const int64_t *demand,
                         size_t count,
                         const struct stock_set *stock)
{
    for (size_t i = 0; i < count; i++) {
        if (demand[i] > free_units(stock, needs[i].sku, stop->location)) {
            return false;
        }
    }
    return true;
}

/* Units of needs[i]'s SKU at `at` that earlier picks of this decision leave. */
static int64_t left_at(const struct stock_set *stock,
                       const struct route_need *needs,
                       size_t i,
                       struct location_id at,
                       const struct route_pick *picks,
                       size_t picks_count)
{
    int64_t left = free_units(stock, needs[i].sku, at);
    for (size_t k = 0; k < picks_count; k++) {
        if (picks[k].location.v == at.v && needs[picks[k].need].sku.v == needs[i].sku.v) {
            left -= picks[k].quantity;
        }
    }
    return left > 0 ? left : 0;
}

size_t route_decide(const struct route_stop *stops,
                    size_t stops_count,
                    struct slice country,
                    struct slice region,
                    const struct route_need *needs,
                    size_t needs_count,
                    struct stock_set *stock,
                    struct route_pick *out)
{
    const struct route_stop *first = NULL, *first_active = NULL;
    for (size_t s = 0; s < stops_count; s++) {
        if (!first_active && stops[s].is_active) {
            first_active = &stops[s];
        }
        if (!first && route_serves(&stops[s], country, region)) {
            first = &stops[s];
        }
    }
    if (!first_active || needs_count == 0) {
        return 0;
    }
    bool somewhere = first != NULL;
    if (!first) {
        first = first_active;
    }
    int64_t *demand = ARENA_ARRAY(stock->arena, needs_count, int64_t);
    if (!demand) {
        return 0;
    }
    for (size_t i = 0; i < needs_count; i++) {
        demand[i] = demand_of(needs, needs_count, i);
    }
    size_t n = 0;
    int64_t units = 0;
    for (size_t i = 0; i < needs_count; i++) {
        units = units < BALANCE_MAX ? units + needs[i].quantity : units;
    }
    const struct route_stop *whole = NULL;
    for (size_t s = 0; s < stops_count && somewhere; s++) {
        bool is_better = !whole || (stops[s].priority == whole->priority &&
                                    route_price(&stops[s], units) < route_price(whole, units));
        if (is_better && route_serves(&stops[s], country, region) &&
            serves_whole(&stops[s], needs, demand, needs_count, stock)) {
            whole = &stops[s];
        }
    }
    if (whole) {
        for (size_t i = 0; i < needs_count; i++) {
            out[n++] = (struct route_pick){i, whole->location, needs[i].quantity, 0};
        }
        return n;
    }
    for (size_t i = 0; i < needs_count; i++) {
        int64_t want = needs[i].quantity;
        for (size_t s = 0; s < stops_count && want > 0 && somewhere; s++) {
            if (!route_serves(&stops[s], country, region)) {
                continue;
            }
            int64_t left = left_at(stock, needs, i, stops[s].location, out, n);
            int64_t take = left < want ? left : want;
            if (take > 0) {
                out[n++] = (struct route_pick){i, stops[s].location, take, 0};
                want -= take;
            }
        }
        if (want > 0) {
            int64_t left = left_at(stock, needs, i, first->location, out, n);
            int64_t covered = left < want ? left : want;
            out[n++] = (struct route_pick){i, first->location, want, want - covered};
        }
    }
    return n;
}
