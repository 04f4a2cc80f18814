/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "drill/demand.h"
#include "drill/luck.h"

struct maker {
    const struct demand_plan *plan;
    struct demand *demand;
    struct luck luck;
    size_t cap;
};

static bool add(struct maker *m, struct demand_row row)
{
    struct demand *d = m->demand;
    if (d->count == DEMAND_ROWS_MAX) {
        return false;
    }
    if (d->count == m->cap) {
        m->cap = m->cap ? 2 * m->cap : 1024;
        d->rows = realloc(d->rows, m->cap * sizeof(*d->rows));
        must(d->rows);
    }
    d->rows[d->count++] = row;
    return true;
}

static uint32_t choose(struct luck *luck, size_t count)
{
    return (uint32_t)(luck_next(luck) % count);
}

/* What the buyer does with the order later. */
static bool add_later(struct maker *m, const struct demand_row *bought)
{
    const struct demand_plan *plan = m->plan;
    struct demand_row later = *bought;
    later.at_us += luck_between(&m->luck, 200 * US_PER_MS, 2 * US_PER_S);
    if (luck_permille(&m->luck, plan->jump)) {
        later.deed = DEMAND_CANCEL;
        struct demand_row instead = later;
        instead.deed = DEMAND_BUY;
        instead.item = (uint32_t)((bought->item + 1) % plan->items);
        instead.purchase = (uint32_t)m->demand->purchases++;
        return add(m, later) && add(m, instead);
    }
    bool good = true;
    if (luck_permille(&m->luck, plan->edit)) {
        struct demand_row edit = later;
        edit.deed = DEMAND_EDIT;
        edit.quantity = bought->quantity > 1 && luck_permille(&m->luck, 500) ? -1 : 1;
        good = add(m, edit);
        later.at_us += 50 * US_PER_MS;
    }
    if (luck_permille(&m->luck, plan->cancel)) {
        later.deed = DEMAND_CANCEL;
        good = good && add(m, later);
    } else if (luck_permille(&m->luck, plan->ship)) {
        later.deed = DEMAND_SHIP;
        good = good && add(m, later);
    }
    return good;
}

static bool add_buyer(struct maker *m, int64_t at_us)
{
    const struct demand_plan *plan = m->plan;
    size_t popular = (plan->items + 19) / 20;
    bool wants_popular = luck_permille(&m->luck, plan->popular);
    struct demand_row row = {
        .at_us = at_us,
        .deed = DEMAND_BUY,
        .channel = choose(&m->luck, plan->channels),
        .item = choose(&m->luck, wants_popular ? popular : plan->items),
        .quantity = luck_permille(&m->luck, 800) ? 1 : (int32_t)luck_between(&m->luck, 2, 3),
        .purchase = (uint32_t)m->demand->purchases++,
    };
    return add(m, row) && add_later(m, &row);
}

/* By time; what belongs to one instant keeps the order of its orders. */
static int by_time(const void *a, const void *b)
{
    const struct demand_row *x = a, *y = b;
    if (x->at_us != y->at_us) {
        return x->at_us < y->at_us ? -1 : 1;
    }
    if (x->purchase != y->purchase) {
        return x->purchase < y->purchase ? -1 : 1;
    }
    return (x->deed > y->deed) - (x->deed < y->deed);
}

enum err demand_make(const struct demand_plan *plan, struct demand *out, struct err_note *note)
{
    struct maker m = {.plan = plan, .demand = out, .luck = {plan->seed}};
    bool good = true;
    *out = (struct demand){0};
    must(plan->channels > 0 && plan->items > 0);
    for (size_t i = 0; i < plan->phases_count; i++) {
        const struct demand_phase *phase = &plan->phases[i];
        double rate = (double)phase->orders_per_s, at_s = 0;
        double us = (double)phase->us / (double)US_PER_S;
        while (good && rate > 0 && (at_s += luck_gap_s(&m.luck, rate)) < us) {
            good = add_buyer(&m, out->us + (int64_t)(at_s * (double)US_PER_S));
        }
        out->us += phase->us;
    }
    if (!good) {
        demand_free(out);
        return err_note(
            note, ERR_LIMIT, "that is more than %d orders and changes", DEMAND_ROWS_MAX);
    }
    if (out->count) {
        qsort(out->rows, out->count, sizeof(*out->rows), by_time);
        int64_t last_us = out->rows[out->count - 1].at_us;
        out->us = last_us > out->us ? last_us : out->us;
    }
    return ERR_OK;
}

void demand_free(struct demand *demand)
{
    free(demand->rows);
    *demand = (struct demand){0};
}
