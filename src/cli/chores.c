/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/chores.h"

struct chore {
    struct chore *next;
    struct chores *chores;
    struct chore_plan plan;
    struct env_timer *timer;
    char cursor[32];
    bool is_running;
};

struct chores {
    struct env *env;
    struct engine *engine;
    struct chore *first;
    bool is_stopping;
};

static void wait(struct chore *chore, int64_t delay_us)
{
    struct env *env = chore->chores->env;
    env->ops->timer_set(chore->timer, chore->chores->is_stopping ? -1 : delay_us);
}

static void done(struct turn *turn)
{
    struct chore *chore = turn->owner;
    bool more = !turn->err && turn->status == 200;
    struct slice cursor = more && turn->answer.n ? buf_view(&turn->answer) : SLICE("");
    chore->is_running = false;
    (void)snprintf(chore->cursor, sizeof(chore->cursor), "%.*s", SLICE_ARG(cursor));
    turn_free(turn);
    wait(chore, more ? chore->plan.again_us : chore->plan.every_us);
}

static struct slice argument(const struct chore *chore, struct arena *arena)
{
    if (chore->plan.ago_us) {
        return arena_printf(
            arena, "%" PRId64, env_wall_us(chore->chores->env) - chore->plan.ago_us);
    }
    return chore->cursor[0] ? slice_of(chore->cursor) : SLICE("0");
}

static void begin(void *arg)
{
    struct chore *chore = arg;
    bool may = !chore->is_running && !chore->chores->is_stopping;
    struct turn *turn = may ? turn_new(TURN_REQUEST, done, chore) : NULL;
    struct slice *args = turn ? ARENA_ARRAY(&turn->arena, 1, struct slice) : NULL;
    if (args) {
        args[0] = argument(chore, &turn->arena);
        turn->args = args;
        turn->run = chore->plan.run;
        chore->is_running = engine_submit(chore->chores->engine, turn);
    }
    if (!args || !chore->is_running) { /* the queue is full: its time comes again */
        turn_free(turn);
        wait(chore, chore->plan.every_us);
    }
}

enum err chores_new(struct env *env, struct engine *engine, struct chores **out)
{
    struct chores *chores = calloc(1, sizeof(*chores));
    if (!chores) {
        return ERR_MEMORY;
    }
    *chores = (struct chores){.env = env, .engine = engine};
    *out = chores;
    return ERR_OK;
}

enum err chores_add(struct chores *chores, const struct chore_plan *plan)
{
    struct chore *chore = calloc(1, sizeof(*chore));
    if (!chore) {
        return ERR_MEMORY;
    }
    *chore = (struct chore){.chores = chores, .plan = *plan};
    chore->timer = chores->env->ops->timer_new(chores->env, begin, chore);
    if (!chore->timer) {
        free(chore);
        return ERR_MEMORY;
    }
    chore->next = chores->first;
    chores->first = chore;
    wait(chore, plan->first_us);
    return ERR_OK;
}

void chores_once(struct chores *chores, void (*run)(struct batch *batch, struct turn *turn))
{
    struct turn *turn = turn_new(TURN_REQUEST, turn_free, NULL);
    if (!turn) {
        return;
    }
    turn->run = run;
    if (!engine_submit(chores->engine, turn)) {
        turn_free(turn);
    }
}

void chores_stop(struct chores *chores)
{
    chores->is_stopping = true;
    for (struct chore *chore = chores->first; chore; chore = chore->next) {
        wait(chore, -1);
    }
}

void chores_free(struct chores *chores)
{
    while (chores && chores->first) {
        struct chore *chore = chores->first;
        chores->first = chore->next;
        chores->env->ops->timer_free(chore->timer);
        free(chore);
    }
    free(chores);
}
