/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "drill/luck.h"
#include "drill/polling.h"

struct news { /* a sale that the other shops have not heard of */
    int64_t due_us, quantity;
    size_t channel;
};

struct side {
    int64_t own, heard;
    int64_t above_since_us; /* -1: it does not show too much */
};

struct polling {
    struct polling_plan plan;
    struct side sides[POLLING_CHANNELS_MAX];
    int64_t now_us, sold;
    struct news *news; /* those from first on are still on their way, in the order of due_us */
    size_t first, count, cap;
    struct polling_result result;
};

enum err polling_new(const struct polling_plan *plan, struct polling **out)
{
    must(plan->channels >= 1 && plan->channels <= POLLING_CHANNELS_MAX);
    must(plan->stock >= 0 && plan->buffer >= 0 && plan->every_us >= 0 && plan->delay_us >= 0);
    struct polling *p = calloc(1, sizeof(*p));
    if (!p) {
        return ERR_MEMORY;
    }
    p->plan = *plan;
    for (size_t i = 0; i < plan->channels; i++) {
        p->sides[i].above_since_us = -1;
    }
    *out = p;
    return ERR_OK;
}

void polling_free(struct polling *p)
{
    if (p) {
        free(p->news);
        free(p);
    }
}

int64_t polling_shown(const struct polling *p, size_t channel)
{
    const struct side *side = &p->sides[channel];
    int64_t shown = p->plan.stock - p->plan.buffer - side->own - side->heard;
    return shown > 0 ? shown : 0;
}

static int64_t left(const struct polling *p)
{
    return p->plan.stock > p->sold ? p->plan.stock - p->sold : 0;
}

static int64_t above(const struct polling *p, size_t channel)
{
    int64_t more = polling_shown(p, channel) - left(p);
    return more > 0 ? more : 0;
}

bool polling_is_over(const struct polling *p)
{
    for (size_t i = 0; i < p->plan.channels; i++) {
        if (polling_shown(p, i) > 0) {
            return false;
        }
    }
    return true;
}

/* ---- time ---- */

/* Nothing changes between now and then: only time passes. */
static void pass(struct polling *p, int64_t at_us)
{
    for (size_t i = 0; i < p->plan.channels; i++) {
        p->result.above_unit_us += above(p, i) * (at_us - p->now_us);
    }
    p->now_us = at_us;
}

/* Something has changed: who shows too much now, and since when. */
static void note_sides(struct polling *p)
{
    for (size_t i = 0; i < p->plan.channels; i++) {
        struct side *side = &p->sides[i];
        bool is_above = above(p, i) > 0;
        if (is_above && side->above_since_us < 0) {
            side->above_since_us = p->now_us;
        } else if (!is_above && side->above_since_us >= 0) {
            int64_t lasted_us = p->now_us - side->above_since_us;
            side->above_since_us = -1;
            p->result.above_us_max =
                lasted_us > p->result.above_us_max ? lasted_us : p->result.above_us_max;
        }
    }
}

static void advance(struct polling *p, int64_t at_us)
{
    must(at_us >= p->now_us);
    while (p->first < p->count && p->news[p->first].due_us <= at_us) {
        const struct news *n = &p->news[p->first++];
        pass(p, n->due_us > p->now_us ? n->due_us : p->now_us);
        for (size_t i = 0; i < p->plan.channels; i++) {
            p->sides[i].heard += i == n->channel ? 0 : n->quantity;
        }
        note_sides(p);
    }
    pass(p, at_us);
}

/* When the others hear of what is sold now. */
static int64_t due_us(const struct polling *p)
{
    const struct polling_plan *plan = &p->plan;
    if (plan->every_us == 0) {
        return p->now_us + plan->delay_us;
    }
    if (p->now_us < plan->phase_us) {
        return plan->phase_us;
    }
    int64_t runs = (p->now_us - plan->phase_us) / plan->every_us;
    return plan->phase_us + (runs + 1) * plan->every_us;
}

static void tell(struct polling *p, size_t channel, int64_t quantity)
{
    if (p->count == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 64;
        p->news = realloc(p->news, p->cap * sizeof(*p->news));
        must(p->news); /* bounded by the units that the shops can sell */
    }
    p->news[p->count++] =
        (struct news){.due_us = due_us(p), .quantity = quantity, .channel = channel};
}

bool polling_buy(struct polling *p, int64_t at_us, size_t channel, int64_t quantity)
{
    must(channel < p->plan.channels && quantity > 0);
    advance(p, at_us);
    if (quantity > polling_shown(p, channel)) {
        p->result.refused++;
        return false;
    }
    p->result.stale_sales += quantity > left(p);
    p->result.orders++;
    p->result.units += quantity;
    p->sold += quantity;
    p->sides[channel].own += quantity;
    tell(p, channel, quantity);
    note_sides(p);
    return true;
}

void polling_end(struct polling *p, int64_t at_us, struct polling_result *out)
{
    advance(p, at_us);
    *out = p->result;
    for (size_t i = 0; i < p->plan.channels; i++) {
        int64_t since_us = p->sides[i].above_since_us;
        if (since_us >= 0 && p->now_us - since_us > out->above_us_max) {
            out->above_us_max = p->now_us - since_us;
        }
    }
    out->oversold = p->sold > p->plan.stock ? p->sold - p->plan.stock : 0;
}

enum err polling_sell_out(const struct polling_plan *plan,
                          double orders_per_s,
                          uint64_t seed,
                          struct polling_result *out)
{
    struct luck luck = {seed};
    struct polling *p;
    double at_s = 0;
    enum err e = polling_new(plan, &p);
    if (e) {
        return e;
    }
    while (!polling_is_over(p)) {
        at_s += luck_gap_s(&luck, orders_per_s);
        size_t channel = (size_t)luck_between(&luck, 0, (int64_t)plan->channels - 1);
        polling_buy(p, (int64_t)(at_s * (double)US_PER_S), channel, 1);
    }
    polling_end(p, p->now_us + plan->every_us + plan->delay_us, out);
    polling_free(p);
    return ERR_OK;
}
