/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/availability.h"

int64_t availability_of(const struct channel_config *channel,
                        const struct listing_row *listing,
                        const struct sku_row *sku,
                        const struct component *parts,
                        size_t parts_count,
                        const struct stock_set *stock,
                        struct avail_why *why)
{
    struct policy policy =
        policy_combine((struct policy){listing->buffer,
                                       listing->percent,
                                       listing->cap,
                                       listing->min_to_list,
                                       listing->pack_size},
                       (struct policy){sku->buffer, POLICY_UNSET, POLICY_UNSET, POLICY_UNSET, 1},
                       channel->policy);
    int64_t sellable = avail_sellable(
        channel->stops, channel->stops_count, parts, parts_count, &policy, stock, why);
    if (listing->location.v && channel_has_locations(channel)) {
        sellable = avail_share(channel->stops,
                               channel->stops_count,
                               listing->location,
                               parts,
                               parts_count,
                               listing->pack_size,
                               sellable,
                               stock);
    }
    return sellable;
}

const struct component *
availability_parts(const struct sku_row *sku, struct component *self, size_t *out_count)
{
    *self = (struct component){sku->id, 1};
    *out_count = sku->parts_count ? sku->parts_count : 1;
    return sku->parts_count ? sku->parts : self;
}

enum err availability_load(struct store *store, const struct sku_row *sku, struct stock_set *set)
{
    struct component self;
    size_t count;
    const struct component *parts = availability_parts(sku, &self, &count);
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < count; i++) {
        if (!stock_set_first(set, parts[i].sku)) {
            e = store->ops->stock(store, &parts[i].sku, 1, set);
        }
    }
    return e;
}
