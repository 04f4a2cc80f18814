/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/drill.h"

#define SKUS 200
#define SKUS_ALL 40
#define VARIATIONS 100
#define VARIATIONS_ALL 60 /* the least that one of the platforms takes in one listing */

const char *drill_scenario_name(enum drill_scenario scenario)
{
    static const char *const names[] = {"burst", "variations", "duplicates", "outage"};
    must((size_t)scenario < COUNT_OF(names));
    return names[scenario];
}

static void phase(struct drill_plan *p, int64_t orders_per_s, int64_t us)
{
    must(p->demand.phases_count < DEMAND_PHASES_MAX);
    p->demand.phases[p->demand.phases_count++] = (struct demand_phase){orders_per_s, us};
}

static int64_t at_most(int64_t n, int64_t most)
{
    return n < most ? n : most;
}

struct drill_plan drill_plan(enum drill_scenario scenario,
                             bool all_platforms,
                             int64_t orders_per_s,
                             int64_t seconds,
                             uint64_t seed)
{
    int64_t us = seconds * US_PER_S;
    struct drill_plan p = {.scenario = scenario,
                           .all_platforms = all_platforms,
                           .skus = all_platforms ? SKUS_ALL : SKUS,
                           .seed = seed,
                           .demand = {.seed = seed * 4 + scenario, .popular = 500}};
    switch (scenario) {
    case DRILL_BURST:
        phase(&p, at_most(1, orders_per_s), us / 5);
        phase(&p, at_most(30, orders_per_s), us * 2 / 5);
        phase(&p, orders_per_s, us * 2 / 5);
        break;
    case DRILL_VARIATIONS:
        p.is_one_product = true;
        p.skus = all_platforms ? VARIATIONS_ALL : VARIATIONS;
        p.demand.popular = 0;
        p.demand.jump = 300;
        phase(&p, at_most(40, orders_per_s), us);
        break;
    case DRILL_DUPLICATES: /* the last ones of an order overtake the first ones */
        p.faults =
            (struct shop_faults){.hook_copies = 5, .hook_delay_ms_max = 1500, .hook_reorder = 200};
        p.demand.edit = 200;
        p.demand.cancel = 150;
        p.demand.ship = 300;
        phase(&p, at_most(20, orders_per_s), us);
        break;
    case DRILL_OUTAGE:
        p.outage_shop = 1;
        p.outage_from_us = us / 2;
        p.outage_to_us = us;
        phase(&p, at_most(30, orders_per_s), us);
        break;
    }
    return p;
}
