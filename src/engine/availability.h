/* SPDX-License-Identifier: Apache-2.0 */
/*
 * availability - what a listing may show now, from loaded rows: the one place where route, bundle,
 * policy and pack size meet. The writer uses it on a batch, readers on a snapshot of the store.
 */
#pragma once
#include "engine/config.h"

/* Wants the stock of all parts in the set. parts: the SKU itself once, or a bundle's. why may be
 * NULL. */
int64_t availability_of(const struct channel_config *channel,
                        const struct listing_row *listing,
                        const struct sku_row *sku,
                        const struct component *parts,
                        size_t parts_count,
                        const struct stock_set *stock,
                        struct avail_why *why);

/* The parts of one unit of a SKU: itself, or a bundle's recipe. `self` is room for the first. */
const struct component *
availability_parts(const struct sku_row *sku, struct component *self, size_t *out_count);

/* The same over a store: loads the stock of the SKU's parts into the set. */
MUST_USE enum err
availability_load(struct store *store, const struct sku_row *sku, struct stock_set *set);
