/* SPDX-License-Identifier: Apache-2.0 */
/* shrink - carries a plan out, and makes one that fails as small as it gets. */
#pragma once
#include "sim/world.h"

struct outcome {
    bool is_broken;
    char broken[1024];
    uint64_t trace;
    struct world_figures figures;
};

/* In this process. story: print what happens. */
void plan_try(const struct plan *plan, bool story, struct outcome *out);
/* Tries ever smaller plans, each in a process of its own, while the same promise breaks (or the
 * process dies); writes the smallest to `path`. 0: it was written. 1: the plan does not fail. */
int plan_shrink(const struct plan *plan, const char *path);
