/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/sandbox_nodes.h"

struct nodes *nodes_of(const struct item *item)
{
    return item->state;
}

static int64_t shown_sum(const struct nodes *nodes)
{
    int64_t sum = 0;
    for (size_t i = 0; i < NODES_COUNT; i++) {
        sum += nodes->shown[i];
    }
    return sum;
}

bool nodes_item_init(struct item *item)
{
    struct nodes *nodes = ARENA_NEW(&item->shop->sandbox->arena, struct nodes);
    if (!nodes) {
        return false;
    }
    nodes->shown[0] = item->count;
    nodes->was_out = item->count <= 0;
    item->state = nodes;
    return true;
}

static bool has_all(const struct order *order, size_t node)
{
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct item *item = order->lines[i].item;
        int64_t wanted = 0;
        for (size_t k = 0; k < order->lines_count; k++) {
            wanted += order->lines[k].item == item ? order->lines[k].ordered : 0;
        }
        if (item->mode == STOCK_MANAGED && nodes_of(item)->shown[node] < wanted) {
            return false;
        }
    }
    return true;
}

static void node_choose(struct order *order)
{
    order->mark = 0;
    for (size_t i = NODES_COUNT; i > 0; i--) {
        if (has_all(order, i - 1)) {
            order->mark = (int64_t)i - 1;
        }
    }
}

size_t nodes_order_node(const struct order *order)
{
    return (size_t)order->mark;
}

static void line_follow(struct order_line *line, size_t node, enum nodes_rule rule)
{
    struct nodes *nodes = nodes_of(line->item);
    int64_t open = line->ordered - line->removed - line->fulfilled;
    int64_t open_more = open - line->node_open;
    int64_t taken_more = line->reduced - line->node_taken;
    line->node_open = open;
    line->node_taken = line->reduced;
    if (line->item->mode != STOCK_MANAGED) {
        return;
    }
    nodes->open[node] += open_more;
    nodes->shown[node] -= rule == NODES_SHIP_FREES ? open_more : taken_more;
    line->item->count = shown_sum(nodes);
}

void nodes_order_event(struct order *order, enum nodes_rule rule, bool is_new)
{
    if (is_new) {
        node_choose(order);
    }
    for (size_t i = 0; i < order->lines_count; i++) {
        line_follow(&order->lines[i], nodes_order_node(order), rule);
    }
}

void nodes_write(struct item *item, size_t node, int64_t shown)
{
    int64_t before = item->count;
    nodes_of(item)->shown[node] = shown;
    item->count = shown_sum(nodes_of(item));
    item_written(item, before, item->count);
    if (item->count != before) {
        item_count_changed(item);
    }
}

void nodes_follow(struct item *item)
{
    struct nodes *nodes = nodes_of(item);
    nodes->shown[0] += item->count - shown_sum(nodes);
}

int64_t nodes_visible(const struct item *item, size_t node)
{
    const struct nodes *nodes = nodes_of(item);
    int64_t own = nodes->shown[node];
    int64_t all = shown_sum(nodes);
    int64_t least = own < all ? own : all;
    return least > 0 ? least : 0;
}
