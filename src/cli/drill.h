/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drill - the parts of `truecount drill`: one scenario in a world of its own, what is read out of
 * the server afterwards, and the rehearsal against a server that is there already.
 */
#pragma once
#include "cli/demo.h"
#include "drill/report.h"

enum drill_scenario { DRILL_BURST, DRILL_VARIATIONS, DRILL_DUPLICATES, DRILL_OUTAGE };
#define DRILL_SCENARIOS 4
const char *drill_scenario_name(enum drill_scenario scenario);

/* ---- one scenario (drill_live.c) ---- */

struct drill_plan { /* what a scenario does, drill_plans.c */
    enum drill_scenario scenario;
    bool all_platforms;
    size_t skus;
    uint64_t seed;
    struct demand_plan demand; /* channels and items are filled in when they are known */
    struct shop_faults faults;
    bool is_one_product; /* all SKUs are its variations */
    size_t outage_shop;
    int64_t outage_from_us, outage_to_us;
};
struct drill_plan drill_plan(enum drill_scenario scenario,
                             bool all_platforms,
                             int64_t orders_per_s,
                             int64_t seconds,
                             uint64_t seed);

/* Server, shops and buyers, until everything is still again; into the report's next scenario.
 * Says on stderr how far it is. An error: it could not be carried out; what was measured and is not
 * good stands in the report. */
MUST_USE enum err
drill_live(const struct drill_plan *plan, struct report *report, struct err_note *note);

/* ---- reading the server out (drill_read.c) ---- */

struct drill_read;
typedef void drill_read_fn(void *arg, enum err err, const struct err_note *note);

/* Fills channels' stages, orders_booked and units_wrong of *s by the API. since_us: wall. */
MUST_USE enum err drill_read_start(const struct demo_world *world,
                                   struct report_scenario *s,
                                   const int64_t *stock,
                                   int64_t since_us,
                                   drill_read_fn *fn,
                                   void *arg,
                                   struct drill_read **out);
void drill_read_free(struct drill_read *read);

/* ---- against a server that is there (drill_staging.c) ---- */

struct drill_staging {
    const char *server, *token, *channel, *sku, *location;
    int64_t times; /* adjustments, +1 and -1 in turn */
    bool json;
};
int drill_staging(const struct drill_staging *staging); /* the exit code */
