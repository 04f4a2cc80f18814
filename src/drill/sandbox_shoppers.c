/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_shoppers - people who buy what each listing shows, and merchants who change orders later.
 *
 * A tick every few milliseconds places as many orders as the rate has earned. Everything is drawn
 * from one seed. When a shop's webhooks pile up beyond measure its shoppers wait, as memory is
 * bounded.
 */
#include "drill/sandbox_inner.h"

#define TICK_US (5 * US_PER_MS)
#define TICK_ORDERS_MAX 200
#define POPULAR_PERMILLE 50
#define HOOKS_WAITING_MAX 20000

struct shoppers {
    struct task task;
    struct sandbox *sandbox;
    struct sandbox_shoppers plan;
    struct dice dice;
    bool is_running, is_planned;
    int64_t last_us, next_burst_us;
    double orders_due, edits_due;
};

static struct shoppers *shoppers_of(struct sandbox *sandbox)
{
    if (!sandbox->shoppers) {
        sandbox->shoppers = calloc(1, sizeof(*sandbox->shoppers));
        must(sandbox->shoppers != NULL);
        sandbox->shoppers->sandbox = sandbox;
    }
    return sandbox->shoppers;
}

/* ---- what happens to an order later ---- */

enum deed { DEED_CANCEL, DEED_REFUND, DEED_EDIT, DEED_FULFIL };

struct follow_up {
    struct task task;
    struct shop *shop;
    int64_t order;
    enum deed deed;
};

static void follow_up_drop(struct task *task)
{
    free(task);
}

static void refund_some(struct shop *shop, const struct order *order, struct dice *dice)
{
    size_t line = dice_next(dice) % order->lines_count;
    bool restock = dice_permille(dice, 700);
    if (!(shop->platform->trade & TRADE_IN_PLACE) && order->lines[line].fulfilled == 0) {
        shop_fulfil(shop, order->id, 0, 0);
    }
    shop_refund(shop, order->id, line, 1, restock);
}

static void edit_some(struct shop *shop, const struct order *order, struct dice *dice)
{
    size_t line = dice_next(dice) % order->lines_count;
    int64_t now = order->lines[line].ordered - order->lines[line].removed;
    int64_t wanted = now > 1 && dice_permille(dice, 500) ? now - 1 : now + 1;
    shop_edit(shop, order->id, line, wanted);
}

static void follow_up_run(struct task *task)
{
    struct follow_up *f = (struct follow_up *)task;
    struct shop *shop = f->shop;
    struct dice *dice = &shoppers_of(shop->sandbox)->dice;
    struct order *order = order_find(shop, f->order);
    if (order) {
        switch (f->deed) {
        case DEED_CANCEL:
            shop_cancel(shop, order->id, true);
            break;
        case DEED_REFUND:
            refund_some(shop, order, dice);
            break;
        case DEED_EDIT:
            edit_some(shop, order, dice);
            break;
        case DEED_FULFIL:
            shop_fulfil(shop, order->id, 0, 0);
            break;
        }
    }
    free(f);
}

static void follow_up_plan(struct shoppers *s, struct shop *shop, int64_t order, enum deed deed)
{
    struct follow_up *f = calloc(1, sizeof(*f));
    must(f != NULL);
    f->task.run = follow_up_run;
    f->task.drop = follow_up_drop;
    f->shop = shop;
    f->order = order;
    f->deed = deed;
    int64_t lo = s->plan.later_ms_max > 0 ? s->plan.later_ms_min : 500;
    int64_t hi = s->plan.later_ms_max > 0 ? s->plan.later_ms_max : 4000;
    sandbox_later(s->sandbox, &f->task, dice_between(&s->dice, lo, hi) * US_PER_MS);
}

static void follow_ups(struct shoppers *s, struct shop *shop, int64_t order)
{
    const struct sandbox_shoppers *plan = &s->plan;
    if (dice_permille(&s->dice, plan->edit)) {
        follow_up_plan(s, shop, order, DEED_EDIT);
    }
    if (dice_permille(&s->dice, plan->cancel)) {
        follow_up_plan(s, shop, order, DEED_CANCEL);
    } else if (dice_permille(&s->dice, plan->fulfil)) {
        follow_up_plan(s, shop, order, DEED_FULFIL);
    } else if (dice_permille(&s->dice, plan->refund)) {
        follow_up_plan(s, shop, order, DEED_REFUND);
    }
}

/* ---- buying ---- */

/* Items stand in the same order in every shop of a catalogue: the first few are the popular ones.
 */
static struct item *item_choose(struct shoppers *s, const struct shop *shop)
{
    size_t count = shop->items_count;
    size_t popular = count * POPULAR_PERMILLE / 1000;
    int skew = s->plan.skew > 0 ? s->plan.skew : 500;
    if (popular > 0 && dice_permille(&s->dice, skew)) {
        count = popular;
    }
    return shop->items[dice_next(&s->dice) % count];
}

static bool shop_is_open(const struct shop *shop)
{
    const struct sandbox *sandbox = shop->sandbox;
    return shop->items_count > 0 && shop->stats.hooks_waiting < HOOKS_WAITING_MAX &&
           sandbox->hooks_bytes < sandbox->hooks_bytes_max / 2;
}

static struct shop *shop_choose(struct shoppers *s)
{
    struct sandbox *sandbox = s->sandbox;
    struct shop *shop = sandbox->shops[dice_next(&s->dice) % sandbox->shops_count];
    return shop_is_open(shop) ? shop : NULL;
}

/* Most buy one unit, and nobody more than the listing shows. */
static bool
line_choose(struct shoppers *s, struct shop *shop, struct item *item, struct shop_line *out)
{
    int64_t shown = *item_carrier(item);
    int64_t wanted = dice_permille(&s->dice, 800) ? 1 : dice_between(&s->dice, 2, 3);
    if (item->sku.n == 0 || shown <= 0) {
        shop->stats.refused++;
        return false;
    }
    *out = (struct shop_line){.sku = item->sku, .quantity = wanted < shown ? wanted : shown};
    return true;
}

static void buy_one(struct shoppers *s, struct shop *shop, struct item *item)
{
    struct shop_line lines[2];
    size_t count = 0;
    int64_t order;
    count += line_choose(s, shop, item, &lines[count]);
    if (count == 1 && dice_permille(&s->dice, s->plan.two_lines)) {
        struct item *second = item_choose(s, shop);
        if (second != item) {
            count += line_choose(s, shop, second, &lines[count]);
        }
    }
    if (count > 0 && shop_buy(shop, lines, count, &order) == SHOP_DONE) {
        follow_ups(s, shop, order);
    }
}

static void buy_somewhere(struct shoppers *s)
{
    struct shop *shop = shop_choose(s);
    if (shop) {
        buy_one(s, shop, item_choose(s, shop));
    }
}

/* Everybody wants the same thing at once, on every shop. */
static void burst(struct shoppers *s)
{
    struct sandbox *sandbox = s->sandbox;
    struct shop *any = shop_choose(s);
    struct item *hot = any ? item_choose(s, any) : NULL;
    for (int i = 0; hot && i < s->plan.burst_buyers; i++) {
        struct shop *shop = sandbox->shops[(size_t)i % sandbox->shops_count];
        struct item *item = item_find(shop, hot->sku);
        if (item && shop_is_open(shop)) {
            buy_one(s, shop, item);
        }
    }
}

static void edit_somewhere(struct shoppers *s)
{
    struct shop *shop = shop_choose(s);
    struct item *item = shop ? item_choose(s, shop) : NULL;
    if (item && item->sku.n > 0) {
        shop_stock_edit(shop, item->sku, dice_between(&s->dice, 0, 20));
    }
}

/* ---- the tick ---- */

static void tick_plan(struct shoppers *s);

static void tick(struct task *task)
{
    struct shoppers *s = (struct shoppers *)task;
    int64_t now_us = env_mono_us(s->sandbox->env);
    double passed_s = (double)(now_us - s->last_us) / (double)US_PER_S;
    s->is_planned = false;
    if (!s->is_running) {
        return;
    }
    s->last_us = now_us;
    s->orders_due += s->plan.orders_per_s * passed_s;
    s->edits_due += s->plan.foreign_edits_per_s * passed_s;
    if (s->orders_due > TICK_ORDERS_MAX) { /* the machine is slower than the plan: do not pile up */
        s->orders_due = TICK_ORDERS_MAX;
    }
    while (s->orders_due >= 1) {
        s->orders_due -= 1;
        buy_somewhere(s);
    }
    while (s->edits_due >= 1) {
        s->edits_due -= 1;
        edit_somewhere(s);
    }
    if (s->plan.burst_every_ms > 0 && now_us >= s->next_burst_us) {
        s->next_burst_us = now_us + s->plan.burst_every_ms * US_PER_MS;
        burst(s);
    }
    tick_plan(s);
}

static void tick_drop(struct task *task)
{
    (void)task; /* shoppers_free frees it */
}

static void tick_plan(struct shoppers *s)
{
    s->task.run = tick;
    s->task.drop = tick_drop;
    s->is_planned = sandbox_later(s->sandbox, &s->task, TICK_US);
}

void sandbox_shoppers_start(struct sandbox *sandbox, const struct sandbox_shoppers *plan)
{
    struct shoppers *s = shoppers_of(sandbox);
    s->plan = *plan;
    s->dice.s = plan->seed ? plan->seed : 1;
    s->is_running = sandbox->shops_count > 0;
    s->last_us = env_mono_us(sandbox->env);
    s->next_burst_us = s->last_us + plan->burst_every_ms * US_PER_MS;
    s->orders_due = 0;
    s->edits_due = 0;
    if (s->is_running && !s->is_planned) {
        tick_plan(s);
    }
}

void sandbox_shoppers_stop(struct sandbox *sandbox)
{
    if (sandbox->shoppers) {
        sandbox->shoppers->is_running = false;
    }
}

void shoppers_free(struct sandbox *sandbox)
{
    free(sandbox->shoppers);
    sandbox->shoppers = NULL;
}
