/* SPDX-License-Identifier: Apache-2.0 */
/* What would have been: the same buyers and the stated profiles, in shops that hear of each other
 * by a synchronisation now and then. */
#include <math.h>
#include <stdlib.h>

#include "drill/luck.h"
#include "drill/polling.h"
#include "drill/report.h"
#include "drill/risk.h"

#define PHASES 10 /* a run begins somewhere between two synchronisations: at each tenth */

struct way_kind {
    const char *name;
    int64_t every_us;
};
static const struct way_kind way_kinds[] = {
    {"every 15 minutes", 900 * US_PER_S},
    {"every 5 minutes", 300 * US_PER_S},
    {"every minute", 60 * US_PER_S},
    {"webhooks, as measured", 0},
};

/* ---- the same buyers ---- */

/* Rows of one SKU, as a list through `next`. */
struct rows_of {
    size_t *first, *next; /* row + 1; 0: none */
};

static struct rows_of rows_by_item(const struct demand *demand, size_t items)
{
    struct rows_of r = {.first = calloc(items, sizeof(*r.first)),
                        .next = calloc(demand->count + 1, sizeof(*r.next))};
    must(r.first && r.next);
    for (size_t i = demand->count; i > 0; i--) {
        const struct demand_row *row = &demand->rows[i - 1];
        if (row->deed == DEMAND_BUY) {
            r.next[i] = r.first[row->item];
            r.first[row->item] = i;
        }
    }
    return r;
}

static void add_item(struct report_way *way,
                     const struct polling_plan *plan,
                     const struct demand *demand,
                     const struct rows_of *rows,
                     size_t item)
{
    struct polling *p;
    struct polling_result r;
    if (polling_new(plan, &p)) {
        return;
    }
    for (size_t i = rows->first[item]; i > 0; i = rows->next[i]) {
        const struct demand_row *row = &demand->rows[i - 1];
        polling_buy(p, row->at_us, row->channel, row->quantity);
    }
    polling_end(p, demand->us + plan->every_us + plan->delay_us, &r);
    polling_free(p);
    way->oversold += (double)r.oversold;
    way->stale_sales += (double)r.stale_sales;
    way->units += (double)r.units;
    way->refused += (double)r.refused;
    way->above_unit_s += (double)r.above_unit_us / (double)US_PER_S;
    way->above_us_max = r.above_us_max > way->above_us_max ? r.above_us_max : way->above_us_max;
}

void report_ways(struct report_scenario *s,
                 const struct demand *demand,
                 const int64_t *stock,
                 uint64_t seed,
                 int64_t told_us)
{
    struct rows_of rows = rows_by_item(demand, s->skus);
    struct luck luck = {seed};
    for (size_t i = 0; i < COUNT_OF(way_kinds); i++) {
        struct report_way *way = &s->ways[s->ways_count++];
        int64_t every_us = way_kinds[i].every_us;
        int64_t shift_us = every_us ? luck_between(&luck, 0, every_us / PHASES - 1) : 0;
        int phases = every_us ? PHASES : 1;
        *way = (struct report_way){.every_us = every_us, .delay_us = every_us ? 0 : told_us};
        snprintf(way->name, sizeof(way->name), "%s", way_kinds[i].name);
        for (int phase = 0; phase < phases; phase++) {
            struct polling_plan plan = {.channels = s->shops,
                                        .every_us = every_us,
                                        .phase_us = every_us / PHASES * phase + shift_us,
                                        .delay_us = way->delay_us};
            for (size_t item = 0; item < s->skus; item++) {
                plan.stock = stock[item];
                add_item(way, &plan, demand, &rows, item);
            }
        }
        way->oversold /= phases;
        way->stale_sales /= phases;
        way->units /= phases;
        way->refused /= phases;
        way->above_unit_s /= phases;
    }
    free(rows.first);
    free(rows.next);
}

/* ---- the stated profiles ---- */

static void profile_run(struct report_profile *p, size_t channels, uint64_t seed)
{
    const struct polling_plan plan = {.channels = channels,
                                      .stock = p->stock,
                                      .every_us = p->every_us,
                                      .phase_us = p->every_us,
                                      .delay_us = p->delay_us};
    const struct risk_plan risk = {
        .channels = channels, .orders_per_s = p->orders_per_s, .stock = p->stock};
    double sum = 0, squares = 0, n = REPORT_PROFILE_RUNS;
    for (uint64_t i = 0; i < REPORT_PROFILE_RUNS; i++) {
        struct polling_result r = {0};
        struct luck luck = {seed + i};
        if (polling_sell_out(&plan, p->orders_per_s, luck_next(&luck), &r)) {
            return;
        }
        sum += (double)r.oversold;
        squares += (double)r.oversold * (double)r.oversold;
    }
    p->oversold = sum / n;
    p->error = sqrt(fmax(0, squares / n - p->oversold * p->oversold) / (n - 1));
    p->reckoned = p->every_us ? risk_oversold_polled(&risk, (double)p->every_us / (double)US_PER_S)
                              : risk_oversold_told(&risk, (double)p->delay_us / (double)US_PER_S);
}

void report_profiles(struct report *report, size_t channels, int64_t told_us)
{
    static const struct {
        const char *text;
        double orders_per_s;
    } demands[] = {
        {"30 a day", 30.0 / 86400}, {"30 an hour", 30.0 / 3600}, {"1,000 a second", 1000}};
    static const int64_t stocks[] = {1, 10, 100};
    for (size_t i = 0; i < REPORT_PROFILES_MAX; i++) {
        const struct way_kind *kind = &way_kinds[i % 4];
        struct report_profile *p = &report->profiles[i];
        *p = (struct report_profile){.demand = demands[i / 12].text,
                                     .orders_per_s = demands[i / 12].orders_per_s,
                                     .stock = stocks[i / 4 % 3],
                                     .every_us = kind->every_us,
                                     .delay_us = kind->every_us ? 0 : told_us};
        snprintf(p->way, sizeof(p->way), "%s", kind->name);
        profile_run(p, channels, report->seed + i * 1000003);
    }
    report->profiles_count = REPORT_PROFILES_MAX;
}
