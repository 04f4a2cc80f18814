/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demand - who wants what, where and when: a plan of buyers drawn from one seed.
 *
 * The same plan is acted out in the look-alike shops and given to the model of shops that are
 * synchronised now and then, so that both meet the same buyers. Who buys is not decided here: a
 * shop refuses a buyer when its own count does not suffice.
 */
#pragma once
#include "base/err.h"

enum demand_deed {
    DEMAND_BUY,
    DEMAND_CANCEL, /* the whole order, units go back on sale */
    DEMAND_EDIT,   /* its line gets one unit more or less */
    DEMAND_SHIP,
};

struct demand_row {
    int64_t at_us; /* from the beginning */
    enum demand_deed deed;
    uint32_t channel, item;
    int32_t quantity;  /* of an edit: what is added, below 0 taken off */
    uint32_t purchase; /* which one: purchases are numbered as they stand in the plan */
};

struct demand_phase {
    int64_t orders_per_s, us; /* for so long */
};

#define DEMAND_PHASES_MAX 8
struct demand_plan {
    uint64_t seed;
    size_t channels, items;
    struct demand_phase phases[DEMAND_PHASES_MAX];
    size_t phases_count;
    int popular;            /* permille of the buyers who want one of the first twentieth */
    int cancel, edit, ship; /* permille of the orders, each 0.2 to 2 s later */
    int jump; /* permille of the buyers who soon cancel and take a neighbour instead */
};

struct demand {
    struct demand_row *rows; /* by time */
    size_t count, purchases;
    int64_t us; /* of all phases, and of what buyers still do afterwards */
};

#define DEMAND_ROWS_MAX 2000000
/* ERR_LIMIT beyond DEMAND_ROWS_MAX. */
MUST_USE enum err
demand_make(const struct demand_plan *plan, struct demand *out, struct err_note *note);
void demand_free(struct demand *demand); /* a zeroed one too */
