/* SPDX-License-Identifier: Apache-2.0 */
#include "core/avail.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The smaller of two limits, either of which may be unset. */
static int64_t lower_limit(int64_t a, int64_t b)
{
    if (a == POLICY_UNSET || b == POLICY_UNSET) {
        return most(a, b);
    }
    return least(a, b);
}

struct policy policy_combine(struct policy listing, struct policy sku, struct policy channel)
{
    struct policy p = {
        .buffer =
            listing.buffer != POLICY_UNSET ? listing.buffer : most(sku.buffer, channel.buffer),
        .percent = listing.percent != POLICY_UNSET ? listing.percent
                                                   : lower_limit(sku.percent, channel.percent),
        .cap = listing.cap != POLICY_UNSET ? listing.cap : lower_limit(sku.cap, channel.cap),
        .min_to_list = listing.min_to_list != POLICY_UNSET
                           ? listing.min_to_list
                           : most(sku.min_to_list, channel.min_to_list),
        .pack_size = listing.pack_size,
    };
    must(p.pack_size >= 1);
    return p;
}

size_t avail_steps_max(size_t stops_count, size_t parts_count)
{
    return stops_count + parts_count + 6;
}

static void step(struct avail_why *why, struct avail_step s)
{
    if (why && why->steps) {
        must(why->count < why->cap);
        why->steps[why->count++] = s;
    }
}

static int64_t at_location(const struct stock_set *stock, struct sku_id sku, struct location_id at)
{
    const struct stock *row = stock_set_find(stock, sku, at);
    return row && row->available > 0 ? row->available : 0;
}

/* What one location offers: the scarcest component decides. */
static int64_t offered_at(const struct route_stop *stop,
                          const struct component *parts,
                          size_t parts_count,
                          const struct stock_set *stock,
                          struct sku_id *out_scarce)
{
    int64_t offered = 0;
    for (size_t i = 0; i < parts_count; i++) {
        must(parts[i].quantity >= 1);
        int64_t here = at_location(stock, parts[i].sku, stop->location) / parts[i].quantity;
        if (i == 0 || here < offered) {
            offered = here;
            *out_scarce = parts[i].sku;
        }
    }
    return offered;
}

/* How many bundles (or units) a component's own pool, less its debt everywhere, allows. */
static int64_t part_allows(const struct route_stop *stops,
                           size_t stops_count,
                           const struct component *part,
                           const struct stock_set *stock)
{
    int64_t pool = -stock_debt(stock, part->sku);
    for (size_t s = 0; s < stops_count; s++) {
        if (stops[s].is_active) {
            pool += at_location(stock, part->sku, stops[s].location);
        }
    }
    return most(0, pool) / part->quantity;
}

int64_t avail_sellable(const struct route_stop *stops,
                       size_t stops_count,
                       const struct component *parts,
                       size_t parts_count,
                       const struct policy *policy,
                       const struct stock_set *stock,
                       struct avail_why *why)
{
    must(policy->pack_size >= 1);
    int64_t value = 0;
    for (size_t s = 0; s < stops_count; s++) {
        if (stops[s].is_active) {
            struct sku_id scarce = {0};
            int64_t here = offered_at(&stops[s], parts, parts_count, stock, &scarce);
            value += here;
            step(why, (struct avail_step){AVAIL_LOCATION, stops[s].location, scarce, here, value});
        }
    }
    for (size_t i = 0; i < parts_count; i++) {
        int64_t allows = part_allows(stops, stops_count, &parts[i], stock);
        int64_t debt = stock_debt(stock, parts[i].sku);
        if (allows < value || debt > 0) {
            value = least(value, allows);
            step(why,
                 (struct avail_step){.kind = parts_count > 1 ? AVAIL_COMPONENT : AVAIL_DEBT,
                                     .sku = parts[i].sku,
                                     .quantity = parts_count > 1 ? allows : debt,
                                     .value = value});
        }
    }
    if (policy->buffer > 0) {
        value = most(0, value - policy->buffer);
        step(why,
             (struct avail_step){.kind = AVAIL_BUFFER, .quantity = policy->buffer, .value = value});
    }
    if (policy->percent != POLICY_UNSET) {
        value = value * policy->percent / 100;
        step(why,
             (struct avail_step){
                 .kind = AVAIL_PERCENT, .quantity = policy->percent, .value = value});
    }
    if (policy->pack_size > 1) {
        value = value / policy->pack_size;
        step(why,
             (struct avail_step){
                 .kind = AVAIL_PACK_SIZE, .quantity = policy->pack_size, .value = value});
    }
    if (policy->cap != POLICY_UNSET) {
        value = least(value, policy->cap);
        step(why, (struct avail_step){.kind = AVAIL_CAP, .quantity = policy->cap, .value = value});
    }
    if (policy->min_to_list > 0 && value < policy->min_to_list) {
        value = 0;
        step(why,
             (struct avail_step){
                 .kind = AVAIL_MIN_TO_LIST, .quantity = policy->min_to_list, .value = value});
    }
    return value;
}

int64_t avail_share(const struct route_stop *stops,
                    size_t stops_count,
                    struct location_id which,
                    const struct component *parts,
                    size_t parts_count,
                    int64_t pack_size,
                    int64_t sellable,
                    const struct stock_set *stock)
{
    int64_t left = sellable;
    for (size_t s = 0; s < stops_count; s++) {
        if (!stops[s].is_active) {
            continue;
        }
        struct sku_id scarce = {0};
        int64_t here =
            least(left, offered_at(&stops[s], parts, parts_count, stock, &scarce) / pack_size);
        if (stops[s].location.v == which.v) {
            return here;
        }
        left -= here;
    }
    return 0;
}

const char *avail_step_text(enum avail_step_kind kind)
{
    static const char *const texts[] = {
        "location", "component", "debt", "buffer", "percent", "pack_size", "cap", "min_to_list"};
    must((size_t)kind < COUNT_OF(texts));
    return texts[kind];
}
