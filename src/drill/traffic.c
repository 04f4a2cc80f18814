/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "drill/traffic.h"

#define TICK_US (2 * US_PER_MS)
#define ROWS_A_TICK 500
#define SHOPS_MAX 16

struct purchase {
    int64_t order; /* 0: not placed, or no longer there */
    int64_t quantity;
};

struct traffic {
    struct env *env;
    struct sandbox *sandbox;
    struct traffic_plan plan;
    struct shop *shops[SHOPS_MAX];
    size_t shops_count;
    struct shown *shown;
    struct purchase *purchases;
    struct env_timer *timer;
    size_t next; /* row of the demand */
    bool is_out;
    struct traffic_figures figures;
};

/* ---- watching ---- */

static size_t shop_index(const struct traffic *t, const struct shop *shop)
{
    size_t i = 0;
    while (i < t->shops_count && t->shops[i] != shop) {
        i++;
    }
    return i;
}

static void sold(struct traffic *t, struct shop *shop, struct slice sku, int64_t n, int64_t at_us)
{
    struct shop_item item;
    size_t channel = shop_index(t, shop);
    if (channel < t->shops_count && shop_item_find(shop, sku, &item)) {
        shown_sold(t->shown, at_us, channel, item.index, n, item.count);
        t->figures.units += n;
        t->figures.units_sold += n > 0 ? n : 0;
    }
}

static void
on_sale(void *arg, struct shop *shop, int64_t order, struct slice sku, int64_t n, int64_t mono_us)
{
    (void)order;
    sold(arg, shop, sku, n, mono_us);
}

static void on_back(void *arg, struct shop *shop, struct slice sku, int64_t n, int64_t mono_us)
{
    sold(arg, shop, sku, -n, mono_us);
}

static void on_write(
    void *arg, struct shop *shop, struct slice sku, int64_t before, int64_t after, int64_t mono_us)
{
    struct traffic *t = arg;
    struct shop_item item;
    size_t channel = shop_index(t, shop);
    (void)before;
    if (channel < t->shops_count && shop_item_find(shop, sku, &item)) {
        shown_written(t->shown, mono_us, channel, item.index, after);
    }
}

static void sample(struct traffic *t, int64_t now_us)
{
    struct traffic_figures *f = &t->figures;
    int64_t due = (now_us - f->started_us) / f->sample_us;
    struct traffic_sample now = {f->orders, shown_result(t->shown, now_us).above_now};
    while (f->samples_count < TRAFFIC_SAMPLES_MAX && (int64_t)f->samples_count <= due) {
        f->samples[f->samples_count++] = now;
    }
}

/* ---- acting ---- */

static void buy(struct traffic *t, const struct demand_row *row)
{
    struct shop *shop = t->shops[row->channel];
    struct purchase *purchase = &t->purchases[row->purchase];
    struct shop_item item;
    if (!shop_item_at(shop, row->item, &item)) {
        return;
    }
    const struct shop_line line = {.sku = item.sku, .quantity = row->quantity};
    if (shop_buy(shop, &line, 1, &purchase->order) == SHOP_DONE) {
        purchase->quantity = row->quantity;
        t->figures.orders++;
    } else {
        purchase->order = 0;
        t->figures.refused++;
    }
}

static void act(struct traffic *t, const struct demand_row *row)
{
    struct shop *shop = t->shops[row->channel];
    struct purchase *purchase = &t->purchases[row->purchase];
    int64_t wanted = purchase->quantity + row->quantity;
    if (row->deed == DEMAND_BUY) {
        buy(t, row);
        return;
    }
    if (purchase->order == 0) { /* it was refused: there is nothing to change */
        return;
    }
    switch (row->deed) {
    case DEMAND_BUY:
        break;
    case DEMAND_CANCEL:
        t->figures.cancelled += shop_cancel(shop, purchase->order, true) == SHOP_DONE;
        purchase->order = 0;
        break;
    case DEMAND_EDIT:
        if (wanted > 0 && shop_edit(shop, purchase->order, 0, wanted) == SHOP_DONE) {
            purchase->quantity = wanted;
            t->figures.edited++;
        }
        break;
    case DEMAND_SHIP:
        t->figures.shipped += shop_fulfil(shop, purchase->order, 0, 0) == SHOP_DONE;
        break;
    }
}

/* ---- faults ---- */

static void faults_set(struct traffic *t, bool is_calm)
{
    const struct shop_faults none = {0};
    for (size_t i = 0; i < t->shops_count; i++) {
        struct shop_faults faults = is_calm ? none : t->plan.faults;
        faults.api_error = t->is_out && i == t->plan.outage_shop ? 1000 : faults.api_error;
        shop_faults_set(t->shops[i], &faults);
    }
}

static void outage_step(struct traffic *t, int64_t passed_us)
{
    bool is_out = passed_us >= t->plan.outage_from_us && passed_us < t->plan.outage_to_us;
    if (is_out != t->is_out) {
        t->is_out = is_out;
        faults_set(t, t->figures.is_over);
    }
}

static void tick(void *arg)
{
    struct traffic *t = arg;
    const struct demand *demand = t->plan.demand;
    int64_t now_us = env_mono_us(t->env), passed_us = now_us - t->figures.started_us;
    for (int i = 0; i < ROWS_A_TICK && t->next < demand->count; i++) {
        if (demand->rows[t->next].at_us > passed_us) {
            break;
        }
        act(t, &demand->rows[t->next++]);
    }
    outage_step(t, passed_us);
    if (!t->figures.is_over && t->next == demand->count && passed_us >= demand->us) {
        t->figures.is_over = true;
        t->figures.ended_us = now_us;
        faults_set(t, true);
    }
    sample(t, now_us);
    t->env->ops->timer_set(t->timer, TICK_US);
}

/* ---- life ---- */

static enum err watch(struct traffic *t)
{
    struct shop_item item;
    size_t items = shop_items_count(t->shops[0]);
    enum err e = shown_new(t->shops_count, items, env_mono_us(t->env), &t->shown);
    for (size_t i = 0; !e && shop_item_at(t->shops[0], i, &item); i++) {
        shown_stock(t->shown, i, item.count);
    }
    return e;
}

enum err traffic_new(struct env *env,
                     struct sandbox *sandbox,
                     const struct traffic_plan *plan,
                     struct traffic **out)
{
    struct traffic *t = calloc(1, sizeof(*t));
    if (!t) {
        return ERR_MEMORY;
    }
    t->env = env;
    t->sandbox = sandbox;
    t->plan = *plan;
    while (t->shops_count < SHOPS_MAX && sandbox_shop_at(sandbox, t->shops_count)) {
        t->shops[t->shops_count] = sandbox_shop_at(sandbox, t->shops_count);
        t->shops_count++;
    }
    must(t->shops_count > 0);
    t->purchases = calloc(plan->demand->purchases + 1, sizeof(*t->purchases));
    enum err e = t->purchases ? watch(t) : ERR_MEMORY;
    if (e) {
        traffic_free(t);
        return e;
    }
    t->figures.started_us = env_mono_us(env);
    t->figures.started_wall_us = env_wall_us(env);
    t->figures.sample_us = plan->demand->us / (TRAFFIC_SAMPLES_MAX * 3 / 4) + 1;
    const struct sandbox_events events = {
        .arg = t, .sale = on_sale, .write = on_write, .back = on_back};
    sandbox_events_set(sandbox, &events);
    faults_set(t, false);
    t->timer = env->ops->timer_new(env, tick, t);
    env->ops->timer_set(t->timer, 0);
    *out = t;
    return ERR_OK;
}

void traffic_read(struct traffic *t, struct traffic_figures *out)
{
    t->figures.shown = shown_result(t->shown, env_mono_us(t->env));
    *out = t->figures;
}

const struct shown *traffic_shown(const struct traffic *t)
{
    return t->shown;
}

void traffic_free(struct traffic *t)
{
    if (!t) {
        return;
    }
    if (t->timer) {
        const struct sandbox_events none = {0};
        sandbox_events_set(t->sandbox, &none);
        t->env->ops->timer_free(t->timer);
    }
    shown_free(t->shown);
    free(t->purchases);
    free(t);
}
