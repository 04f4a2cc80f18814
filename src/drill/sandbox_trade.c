/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_trade - buying, cancelling, shipping, refunding, editing: the same deeds in
 * each platform's dialect. */
#include "drill/sandbox_inner.h"

static const char *const verdict_texts[] = {
    [SHOP_DONE] = "done",
    [SHOP_SHORT] = "the shop's own count is short",
    [SHOP_NO_ITEM] = "the shop has no such SKU",
    [SHOP_NO_ORDER] = "the shop has no such order, or it is too old to be kept",
    [SHOP_IMPOSSIBLE] = "the platform does not allow it in this state",
};

const char *shop_verdict_text(enum shop_verdict verdict)
{
    return verdict_texts[verdict];
}

/* ---- orders: a ring, and a list by the last change ---- */

int64_t shop_now_us(struct shop *shop)
{
    int64_t now_us = env_wall_us(shop->sandbox->env);
    if (now_us > shop->last_change_us) {
        shop->last_change_us = now_us;
    }
    return shop->last_change_us;
}

static bool may(const struct shop *shop, enum trade_rule rule)
{
    return (shop->platform->trade & rule) != 0;
}

static int64_t row_id(struct shop *shop)
{
    return shop->row_base + shop->platform->ids.step * shop->rows_made++;
}

struct order *order_find(const struct shop *shop, int64_t id)
{
    int64_t step = shop->platform->ids.step;
    int64_t n = (id - shop->order_base) / step;
    if (id < shop->order_base || n >= shop->orders_made || (id - shop->order_base) % step) {
        return NULL;
    }
    struct order *order = shop->orders[(size_t)n % shop->sandbox->orders_max];
    return order && order->id == id ? order : NULL;
}

static void order_unlink(struct order *order)
{
    struct shop *shop = order->shop;
    if (order->older) {
        order->older->newer = order->newer;
    } else if (shop->oldest_change == order) {
        shop->oldest_change = order->newer;
    }
    if (order->newer) {
        order->newer->older = order->older;
    } else if (shop->newest_change == order) {
        shop->newest_change = order->older;
    }
    order->older = NULL;
    order->newer = NULL;
}

void order_touch(struct order *order)
{
    struct shop *shop = order->shop;
    int64_t before_us = order->changed_us;
    order_unlink(order);
    order->changed_us = shop_now_us(shop);
    if (may(shop, TRADE_STAMPS_MS) && order->changed_us / US_PER_MS <= before_us / US_PER_MS) {
        order->changed_us = before_us + US_PER_MS;
    }
    if (shop->newest_change && order->changed_us <= shop->newest_change->changed_us) {
        order->changed_us =
            shop->newest_change->changed_us + 1; /* a strict order: it is a cursor */
    }
    order->older = shop->newest_change;
    if (order->older) {
        order->older->newer = order;
    } else {
        shop->oldest_change = order;
    }
    shop->newest_change = order;
}

static void order_free(struct order *order)
{
    while (order->refunds) {
        struct refund *refund = order->refunds;
        order->refunds = refund->next;
        free(refund);
    }
    while (order->shipments) {
        struct shipment *shipment = order->shipments;
        order->shipments = shipment->next;
        free(shipment);
    }
    free(order);
}

void orders_free(struct shop *shop)
{
    for (size_t i = 0; shop->orders && i < shop->sandbox->orders_max; i++) {
        if (shop->orders[i]) {
            order_free(shop->orders[i]);
        }
    }
    free(shop->orders);
}

static struct order *order_new(struct shop *shop, size_t lines_count)
{
    struct order *order = calloc(1, sizeof(*order) + lines_count * sizeof(struct order_line));
    must(order != NULL);
    size_t slot = (size_t)shop->orders_made % shop->sandbox->orders_max;
    if (shop->orders[slot]) {
        order_unlink(shop->orders[slot]);
        order_free(shop->orders[slot]);
        shop->stats.orders_forgotten++;
    }
    shop->orders[slot] = order;
    order->shop = shop;
    order->id = shop->order_base + shop->platform->ids.step * shop->orders_made;
    order->number = 1001 + shop->orders_made++;
    order->placed_us = shop_now_us(shop);
    order->placed_mono_us = env_mono_us(shop->sandbox->env);
    order->country = (int)(dice_next(&shop->sandbox->dice) % ADDRESSES_COUNT);
    order->lines_count = lines_count;
    order_touch(order);
    return order;
}

/* ---- counts ---- */

void item_count_changed(struct item *item)
{
    struct shop *shop = item->shop;
    item->count_us = shop_now_us(shop);
    item->changed_us = item->count_us;
    item->product->changed_us = item->count_us;
    if (shop->platform->count_event) {
        shop->platform->count_event(item);
    }
}

static void own_sale_note(struct item *item, const struct order *order, int64_t n)
{
    if (!item->own) {
        return;
    }
    struct own_sale *slot = &item->own[item->own_count++ % OWN_SALES_MAX];
    int64_t unsaid = slot->n > 0 && slot->acked_us == 0 ? slot->n : 0; /* must not be forgotten */
    *slot = (struct own_sale){.n = n + unsaid, .order = order->id};
}

/* Units that came back are no longer sold: a later push must not be lowered by them. */
static void own_sale_unnote(struct item *item, const struct order *order, int64_t n)
{
    for (size_t i = 0; item->own && n > 0 && i < OWN_SALES_MAX; i++) {
        struct own_sale *own = &item->own[i];
        if (own->n > 0 && own->order == order->id) {
            int64_t less = n < own->n ? n : own->n;
            own->n -= less;
            n -= less;
        }
    }
}

static void line_take(struct order *order, struct order_line *line, int64_t n)
{
    struct item *item = line->item;
    if (item->mode == STOCK_MANAGED || item->mode == STOCK_POOL) {
        *item_carrier(item) -= n;
        line->reduced += n;
        own_sale_note(item, order, n);
    }
    item->committed += n;
    sandbox_sale(item, order, n);
}

/* Units leave the order and come back to the count. */
static void line_give(struct order *order, struct order_line *line, int64_t n)
{
    struct item *item = line->item;
    int64_t back = n < line->reduced ? n : line->reduced;
    *item_carrier(item) += back;
    line->reduced -= back;
    own_sale_unnote(item, order, back);
    sandbox_sale(item, order, -back);
}

static void order_tell(struct order *order, enum order_event event, const struct refund *refund)
{
    order_touch(order);
    order->shop->deed_order = order;
    if (order->shop->platform->order_event) {
        order->shop->platform->order_event(order, event, refund);
    }
}

/* ---- buying ---- */

/* Two buyers at once can both see the last unit. */
static bool double_sale(struct shop *shop, const struct item *item)
{
    int64_t since_us = env_mono_us(shop->sandbox->env) - item->last_sold_mono_us;
    return may(shop, TRADE_SELLS_TWICE) && item->last_sold_mono_us > 0 &&
           since_us < 300 * US_PER_MS &&
           dice_permille(&shop->sandbox->dice, shop->faults.double_sale);
}

static enum shop_verdict
line_check(struct shop *shop, struct item *const *items, const struct shop_line *lines, size_t at)
{
    struct item *item = items[at];
    if (item->mode == STOCK_UNMANAGED) {
        return SHOP_DONE;
    }
    if (item->mode == STOCK_GROUPED || item->mode == STOCK_EXTERNAL) {
        return SHOP_IMPOSSIBLE;
    }
    const int64_t *carrier = item_carrier(item);
    int64_t wanted = 0;
    for (size_t i = 0; i <= at; i++) {
        wanted += item_carrier(items[i]) == carrier ? lines[i].quantity : 0;
    }
    if (wanted <= *carrier - api_shop_blocked(item)) {
        return SHOP_DONE;
    }
    if (double_sale(shop, item)) {
        shop->stats.double_sales += (uint64_t)lines[at].quantity;
        return SHOP_DONE;
    }
    return SHOP_SHORT;
}

enum shop_verdict
shop_buy(struct shop *shop, const struct shop_line *lines, size_t count, int64_t *out_order)
{
    struct item *items[SHOP_LINES_MAX];
    if (count == 0 || count > SHOP_LINES_MAX) {
        return SHOP_IMPOSSIBLE;
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = item_find(shop, lines[i].sku);
        if (!items[i]) {
            return SHOP_NO_ITEM;
        }
        if (lines[i].quantity <= 0 || lines[i].quantity > QTY_MAX) {
            return SHOP_IMPOSSIBLE;
        }
    }
    for (size_t i = 0; i < count; i++) {
        enum shop_verdict verdict = line_check(shop, items, lines, i);
        if (verdict) {
            shop->stats.refused += verdict == SHOP_SHORT;
            return verdict;
        }
    }
    struct order *order = order_new(shop, count);
    shop->stats.orders++;
    for (size_t i = 0; i < count; i++) {
        struct order_line *line = &order->lines[i];
        line->id = row_id(shop);
        line->item = items[i];
        line->ordered = lines[i].quantity;
        line_take(order, line, line->ordered);
    }
    order_tell(order, ORDER_CREATED, NULL);
    for (size_t i = 0; i < count; i++) {
        item_count_changed(items[i]);
    }
    *out_order = order->id;
    return SHOP_DONE;
}

/* ---- changing an order ---- */

static int64_t line_open(const struct order_line *line)
{
    return line->ordered - line->removed - line->fulfilled;
}

/* `id` 0: a refund of its own; else one more row of that refund. */
static struct refund *refund_add(
    struct order *order, int64_t id, size_t line, int64_t n, enum restock restock, bool is_shipped)
{
    struct refund *refund = calloc(1, sizeof(*refund));
    must(refund != NULL);
    *refund = (struct refund){
        .next = order->refunds,
        .id = id ? id : row_id(order->shop),
        .row_id = row_id(order->shop),
        .at_us = shop_now_us(order->shop),
        .n = n,
        .line = line,
        .restock = restock,
        .is_shipped = is_shipped,
    };
    order->refunds = refund;
    return refund;
}

/* Units that have not shipped leave the line. */
static struct refund *
line_remove(struct order *order, int64_t id, size_t at, int64_t n, bool restock)
{
    struct order_line *line = &order->lines[at];
    restock = restock || may(order->shop, TRADE_GIVES_BACK);
    struct refund *refund =
        refund_add(order, id, at, n, restock ? RESTOCK_CANCEL : RESTOCK_NONE, false);
    line->removed += n;
    line->item->committed -= n;
    if (restock) {
        line_give(order, line, n);
    } else {
        line->reduced -= n < line->reduced ? n : line->reduced;
        line->lost += n;
    }
    return refund;
}

static void order_counts_changed(struct order *order)
{
    for (size_t i = 0; i < order->lines_count; i++) {
        item_count_changed(order->lines[i].item);
    }
}

static enum shop_verdict cancel_in_place(struct order *order, bool restock)
{
    int64_t refund = row_id(order->shop);
    for (size_t i = 0; i < order->lines_count; i++) {
        struct order_line *line = &order->lines[i];
        if (restock) {
            line_give(order, line, line->reduced);
        } else if (line->ordered > line->returned) {
            refund_add(order, refund, i, line->ordered - line->returned, RESTOCK_NONE, true);
            line->returned = line->ordered;
        }
    }
    order->state = restock ? ORDER_CANCELLED : ORDER_REFUNDED;
    order->cancelled_us = shop_now_us(order->shop);
    order_tell(order, restock ? ORDER_CANCEL : ORDER_REFUND, NULL);
    if (restock) {
        order_counts_changed(order);
    }
    return SHOP_DONE;
}

enum shop_verdict shop_cancel(struct shop *shop, int64_t id, bool restock)
{
    struct order *order = order_find(shop, id);
    if (!order) {
        return SHOP_NO_ORDER;
    }
    if (order->state != ORDER_OPEN) {
        return SHOP_IMPOSSIBLE;
    }
    for (size_t i = 0; i < order->lines_count && !may(shop, TRADE_CANCELS_SHIPPED); i++) {
        if (order->lines[i].fulfilled > 0) {
            return SHOP_IMPOSSIBLE;
        }
    }
    if (may(shop, TRADE_IN_PLACE)) {
        return cancel_in_place(order, restock);
    }
    int64_t refund = row_id(shop);
    for (size_t i = 0; i < order->lines_count; i++) {
        int64_t open = line_open(&order->lines[i]);
        if (open > 0) {
            line_remove(order, refund, i, open, restock);
        }
    }
    order->state = ORDER_CANCELLED;
    order->cancelled_us = shop_now_us(shop);
    order_tell(order, ORDER_CANCEL, NULL);
    order_counts_changed(order);
    return SHOP_DONE;
}

static enum shop_verdict line_of(struct shop *shop,
                                 int64_t id,
                                 size_t at,
                                 struct order **out_order,
                                 struct order_line **out_line)
{
    *out_order = order_find(shop, id);
    if (!*out_order) {
        return SHOP_NO_ORDER;
    }
    if (at >= (*out_order)->lines_count) {
        return SHOP_IMPOSSIBLE;
    }
    *out_line = &(*out_order)->lines[at];
    return SHOP_DONE;
}

enum shop_verdict
shop_cancel_units(struct shop *shop, int64_t id, size_t at, int64_t n, bool restock)
{
    struct order *order = NULL;
    struct order_line *line = NULL;
    enum shop_verdict verdict = line_of(shop, id, at, &order, &line);
    if (verdict) {
        return verdict;
    }
    if (!may(shop, TRADE_CANCELS_UNITS)) {
        return SHOP_IMPOSSIBLE;
    }
    if (may(shop, TRADE_IN_PLACE)) {
        return restock ? shop_edit(shop, id, at, line->ordered - n)
                       : shop_refund(shop, id, at, n, false);
    }
    if (order->state != ORDER_OPEN || n <= 0 || n > line_open(line)) {
        return SHOP_IMPOSSIBLE;
    }
    struct refund *refund = line_remove(order, 0, at, n, restock);
    order_tell(order, ORDER_REFUND, refund);
    item_count_changed(line->item);
    return SHOP_DONE;
}

static void line_ship(struct order *order, int64_t id, size_t at, int64_t n)
{
    struct order_line *line = &order->lines[at];
    struct shipment *shipment = calloc(1, sizeof(*shipment));
    must(shipment != NULL);
    *shipment = (struct shipment){
        .next = order->shipments,
        .id = id,
        .row_id = row_id(order->shop),
        .at_us = shop_now_us(order->shop),
        .n = n,
        .line = at,
    };
    order->shipments = shipment;
    line->fulfilled += n;
    line->item->committed -= n;
}

static bool order_is_all_shipped(const struct order *order)
{
    for (size_t i = 0; i < order->lines_count; i++) {
        if (line_open(&order->lines[i]) > 0) {
            return false;
        }
    }
    return true;
}

enum shop_verdict shop_fulfil(struct shop *shop, int64_t id, size_t at, int64_t n)
{
    struct order *order = NULL;
    struct order_line *line = NULL;
    enum shop_verdict verdict = line_of(shop, id, at, &order, &line);
    if (verdict) {
        return verdict;
    }
    bool is_part = n != 0 && (n != line_open(line) || order->lines_count > 1);
    if (order->state != ORDER_OPEN || n < 0 || n > line_open(line) || order_is_all_shipped(order) ||
        (is_part && !may(shop, TRADE_SHIPS_PARTS))) {
        return SHOP_IMPOSSIBLE;
    }
    int64_t shipment = row_id(shop);
    if (n > 0) {
        line_ship(order, shipment, at, n);
    }
    for (size_t i = 0; n == 0 && i < order->lines_count; i++) {
        int64_t open = line_open(&order->lines[i]);
        if (open > 0) {
            line_ship(order, shipment, i, open);
        }
    }
    if (order_is_all_shipped(order)) {
        order->state = ORDER_DONE;
        order->done_us = shop_now_us(shop);
    }
    order_tell(order, ORDER_FULFIL, NULL);
    return SHOP_DONE;
}

static bool order_is_all_refunded(const struct order *order)
{
    for (size_t i = 0; i < order->lines_count; i++) {
        if (order->lines[i].returned < order->lines[i].ordered) {
            return false;
        }
    }
    return true;
}

static void refund_in_place(struct order *order, struct order_line *line, int64_t n, bool restock)
{
    if (restock) {
        line_give(order, line, n);
        line->restock_refunded += n;
    }
    if (order_is_all_refunded(order)) {
        order->state = ORDER_REFUNDED;
    }
}

enum shop_verdict shop_refund(struct shop *shop, int64_t id, size_t at, int64_t n, bool restock)
{
    struct order *order = NULL;
    struct order_line *line = NULL;
    enum shop_verdict verdict = line_of(shop, id, at, &order, &line);
    if (verdict) {
        return verdict;
    }
    bool in_place = may(shop, TRADE_IN_PLACE);
    restock = restock && !may(shop, TRADE_NO_RESTOCK);
    int64_t refundable = (in_place ? line->ordered : line->fulfilled) - line->returned;
    bool is_over = order->state == ORDER_CANCELLED || order->state == ORDER_REFUNDED;
    if (n <= 0 || n > refundable || (in_place && is_over)) {
        return SHOP_IMPOSSIBLE;
    }
    struct refund *refund =
        refund_add(order, 0, at, n, restock ? RESTOCK_RETURN : RESTOCK_NONE, true);
    line->returned += n;
    if (restock) {
        line->restocked += n;
    }
    if (in_place) {
        refund_in_place(order, line, n, restock);
    } else if (restock) {
        line_give(order, line, n);
    }
    order_tell(order, ORDER_REFUND, refund);
    if (restock) {
        item_count_changed(line->item);
    }
    return SHOP_DONE;
}

static bool can_take(const struct order_line *line, int64_t n)
{
    return line->item->mode == STOCK_UNMANAGED ||
           *item_carrier(line->item) - api_shop_blocked(line->item) >= n;
}

enum shop_verdict shop_edit(struct shop *shop, int64_t id, size_t at, int64_t n)
{
    struct order *order = NULL;
    struct order_line *line = NULL;
    enum shop_verdict verdict = line_of(shop, id, at, &order, &line);
    if (verdict) {
        return verdict;
    }
    int64_t now = line->ordered - line->removed;
    if (!may(shop, TRADE_EDITS) || order->state != ORDER_OPEN ||
        n < line->fulfilled + line->returned || n < 0 || n == now || n > QTY_MAX) {
        return SHOP_IMPOSSIBLE;
    }
    if (n > now && !can_take(line, n - now)) {
        shop->stats.refused++;
        return SHOP_SHORT;
    }
    if (n > now) {
        line->ordered += n - now;
        line_take(order, line, n - now);
    } else if (may(shop, TRADE_IN_PLACE)) {
        line->ordered = n;
        line->item->committed -= now - n;
        line_give(order, line, now - n);
    } else {
        line_remove(order, 0, at, now - n, true);
    }
    order_tell(order, ORDER_CHANGED, NULL);
    item_count_changed(line->item);
    return SHOP_DONE;
}

enum shop_verdict shop_stock_edit(struct shop *shop, struct slice sku, int64_t count)
{
    struct item *item = item_find(shop, sku);
    if (!item) {
        return SHOP_NO_ITEM;
    }
    if ((item->mode != STOCK_MANAGED && item->mode != STOCK_POOL) || count > QTY_MAX ||
        count < -QTY_MAX) {
        return SHOP_IMPOSSIBLE;
    }
    *item_carrier(item) = count;
    shop->deed_order = NULL;
    item_count_changed(item);
    return SHOP_DONE;
}

enum shop_verdict shop_mark_sold_out(struct shop *shop, struct slice sku)
{
    struct item *item = item_find(shop, sku);
    if (!item) {
        return SHOP_NO_ITEM;
    }
    if (shop->kind != SHOP_WOOCOMMERCE) {
        return SHOP_IMPOSSIBLE;
    }
    item->is_marked_out = true;
    return SHOP_DONE;
}

bool shop_order_get(const struct shop *shop, int64_t id, struct shop_order *out)
{
    const struct order *order = order_find(shop, id);
    if (!order) {
        return false;
    }
    *out = (struct shop_order){
        .id = order->id,
        .placed_us = order->placed_us,
        .changed_us = order->changed_us,
        .placed_mono_us = order->placed_mono_us,
        .is_cancelled = order->state == ORDER_CANCELLED,
        .lines_count = order->lines_count,
    };
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct order_line *line = &order->lines[i];
        bool keeps_lines = may(shop, TRADE_IN_PLACE) && out->is_cancelled;
        out->ordered += line->ordered;
        out->cancelled += keeps_lines ? line->ordered : line->removed;
        out->fulfilled += line->fulfilled;
        out->returned += line->returned;
        out->restocked += line->restocked;
    }
    return true;
}
