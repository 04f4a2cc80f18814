/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/rehearsal.h"
#include "engine/batch.h"

#define REHEARSAL_BYTES_MAX ((size_t)512 * 1024 * 1024)

struct rehearsal {
    struct batch batch;
    struct event_delays delays;
    struct write_budgets budgets;
};

enum err rehearsal_new(struct env *env,
                       struct store *store,
                       struct config *config,
                       const struct vault *vault,
                       struct rehearsal **out)
{
    struct rehearsal *r = calloc(1, sizeof(*r));
    if (!r) {
        return ERR_MEMORY;
    }
    struct batch *b = &r->batch;
    *b = (struct batch){.env = env,
                        .store = store,
                        .config = config,
                        .vault = vault,
                        .parser = json_doc_new(),
                        .delays = &r->delays,
                        .budgets = &r->budgets,
                        .turns_count = 1};
    event_delays_init(&r->delays);
    write_budgets_init(&r->budgets);
    arena_init(&b->arena, REHEARSAL_BYTES_MAX);
    stock_set_init(&b->stock, &b->arena);
    batch_each_map(b, map_init);
    if (!b->parser) {
        rehearsal_free(r);
        return ERR_MEMORY;
    }
    *out = r;
    return ERR_OK;
}

void rehearsal_clear(struct rehearsal *rehearsal)
{
    struct batch *b = &rehearsal->batch;
    batch_each_map(b, map_clear);
    stock_set_free(&b->stock);
    arena_clear(&b->arena);
    stock_set_init(&b->stock, &b->arena);
    b->changes = (struct store_changes){0};
    b->hints = (struct rows){0};
    b->reads = (struct rows){0};
    b->err = ERR_OK;
    b->config_changed = false;
}

enum err rehearsal_run(struct rehearsal *rehearsal, struct turn *turn, struct err_note *note)
{
    struct batch *b = &rehearsal->batch;
    must(turn->kind == TURN_REQUEST && turn->run);
    if (b->err) {
        return b->err;
    }
    b->now_us = env_wall_us(b->env);
    buf_clear(&turn->answer);
    turn->status = 0;
    turn->fetches_count = 0;
    turn->run(b, turn);
    if (b->err) {
        *note = b->note;
    }
    return b->err;
}

void rehearsal_free(struct rehearsal *rehearsal)
{
    if (!rehearsal) {
        return;
    }
    struct batch *b = &rehearsal->batch;
    batch_each_map(b, map_free);
    event_delays_free(&rehearsal->delays);
    write_budgets_free(&rehearsal->budgets);
    stock_set_free(&b->stock);
    arena_free(&b->arena);
    json_doc_free(b->parser);
    free(rehearsal);
}
