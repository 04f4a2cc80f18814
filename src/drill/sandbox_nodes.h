/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_nodes - stock at two places of one shop: Walmart's ship nodes, TikTok's warehouses.
 *
 * A place shows what buyers may have (`shown`) and knows the units that are ordered and not yet
 * shipped (`open`). The shop's count of an item is the sum of what its places show. An order is
 * served by one place: the first that has all of it, else the first, which then shows less than
 * nothing.
 */
#pragma once
#include "drill/sandbox_inner.h"

#define NODES_COUNT 2
struct nodes {
    int64_t shown[NODES_COUNT];
    int64_t open[NODES_COUNT];
    bool was_out;
};

enum nodes_rule {
    NODES_SHIP_FREES, /* a shipped unit is shown again, until somebody writes less (Walmart) */
    NODES_SHIP_TAKES, /* a shipped unit is gone */
};

/* item->state; all that there is lies at the first place. False: no memory. */
bool nodes_item_init(struct item *item);
struct nodes *nodes_of(const struct item *item);
/* An order was made or changed: its place (order->mark) and the items' counts follow. */
void nodes_order_event(struct order *order, enum nodes_rule rule, bool is_new);
size_t nodes_order_node(const struct order *order);
/* The API sets what a place shows. */
void nodes_write(struct item *item, size_t node, int64_t shown);
/* Somebody set the item's count otherwise: the difference is the first place's. */
void nodes_follow(struct item *item);
/* What a place says it shows: never below zero, and no more than all places have together. */
int64_t nodes_visible(const struct item *item, size_t node);
