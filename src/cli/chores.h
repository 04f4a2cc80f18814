/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chores - what the server does by the clock, each as a turn of its own: holds that expire, bodies
 * past their time, incidents that were cured, cutovers that are due.
 *
 * A chore never has two turns under way. Its turn answers 204 when nothing is left for now, and 200
 * when there is more: it then runs again soon, with the answer's text as its cursor.
 */
#pragma once
#include "engine/engine.h"

struct chore_plan {
    void (*run)(struct batch *batch, struct turn *turn);
    int64_t first_us, every_us, again_us;
    /* Given as args[0] as an instant, wall, so long ago; 0: args[0] is the cursor ("0" at first). */
    int64_t ago_us;
};

struct chores;
MUST_USE enum err chores_new(struct env *env, struct engine *engine, struct chores **out);
MUST_USE enum err chores_add(struct chores *chores, const struct chore_plan *plan);
/* Once, now; not by the clock. */
void chores_once(struct chores *chores, void (*run)(struct batch *batch, struct turn *turn));
void chores_stop(struct chores *chores); /* begins nothing new */
void chores_free(struct chores *chores); /* after the loop has ended; NULL is fine */
