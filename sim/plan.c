/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "drill/sandbox.h"
#include "sim/plan.h"

#define STEPS_MAX 4000
/* Those that are drawn together; what came later is drawn apart, so that a seed keeps its plan. */
#define STEPS_DRAWN (STEP_CLOCK + 1)

static const char *const words[STEP_KINDS] = {
#define X(kind, word, what) word,
    PLAN_STEPS(X)
#undef X
};

const char *step_word(enum step_kind kind)
{
    return words[kind];
}

/* ---- drawing ---- */

/* How often a kind of step comes, at most and before chance has its say: people trade more often
 * than lightning strikes. */
static int weight_of(enum step_kind kind)
{
    static const int weights[STEPS_DRAWN] = {
        [STEP_BUY] = 400,      [STEP_BUY_TWO] = 60,    [STEP_CANCEL] = 60,   [STEP_SHIP] = 80,
        [STEP_REFUND] = 30,    [STEP_EDIT] = 20,       [STEP_RECEIVE] = 40,  [STEP_ADJUST] = 30,
        [STEP_DAMAGE] = 10,    [STEP_BUFFER] = 10,     [STEP_PAUSE] = 5,     [STEP_HOLD] = 10,
        [STEP_FOREIGN] = 10,   [STEP_HOOKS] = 20,      [STEP_API] = 20,      [STEP_CALM] = 20,
        [STEP_LINK] = 15,      [STEP_KILL] = 12,       [STEP_POWER] = 12,    [STEP_STOP] = 6,
        [STEP_SYNC_FAILS] = 3, [STEP_WRITE_FAILS] = 4, [STEP_DISK_FULL] = 3, [STEP_CLOCK] = 3};
    return weights[kind];
}

/* On a log scale: as often small as large. */
static int64_t log_draw(struct luck *luck, int64_t most)
{
    int64_t bits = 0;
    while ((INT64_C(1) << bits) < most) {
        bits++;
    }
    int64_t top = INT64_C(1) << luck_between(luck, 0, bits);
    return luck_between(luck, 1, top < most ? top : most);
}

static void step_draw(struct luck *luck, const struct plan *plan, struct plan_step *step)
{
    int64_t any = luck_between(luck, 0, 1000000);
    int64_t item = luck_between(luck, 0, plan->items - 1);
    int64_t shop = luck_between(luck, 0, (int64_t)plan->shops_count - 1);
    switch (step->kind) {
    case STEP_BUY:
        *step = (struct plan_step){
            step->at_us, step->kind, shop, item, luck_permille(luck, 800) ? 1 : log_draw(luck, 6)};
        return;
    case STEP_BUY_TWO:
        step->a = shop, step->b = item, step->c = item + 1;
        return;
    case STEP_REFUND:
        step->a = any, step->b = luck_permille(luck, 800), step->c = 1;
        return;
    case STEP_CANCEL:
    case STEP_SHIP:
        step->a = any;
        return;
    case STEP_EDIT:
        step->a = any, step->c = log_draw(luck, 5);
        return;
    case STEP_RECEIVE:
    case STEP_DAMAGE:
        step->a = item, step->c = log_draw(luck, step->kind == STEP_RECEIVE ? 64 : 4);
        return;
    case STEP_ADJUST:
        step->a = item, step->c = log_draw(luck, 8) * (luck_permille(luck, 500) ? 1 : -1);
        return;
    case STEP_BUFFER:
        step->a = shop, step->c = luck_between(luck, 0, 3);
        return;
    case STEP_PAUSE:
        step->a = shop, step->b = log_draw(luck, 60);
        return;
    case STEP_HOLD:
        step->a = item, step->b = log_draw(luck, 120), step->c = log_draw(luck, 4);
        return;
    case STEP_FOREIGN:
        step->a = shop, step->b = item, step->c = luck_between(luck, 0, plan->units);
        return;
    case STEP_HOOKS:
        step->a = shop, step->b = luck_between(luck, 0, 3);
        step->c = log_draw(luck, step->b == 3 ? 30000 : 1000);
        return;
    case STEP_API:
        step->a = shop, step->b = luck_between(luck, 0, 4);
        step->c = log_draw(luck, step->b == 4 ? 5000 : 600);
        return;
    case STEP_LINK:
        step->a = luck_between(luck, 0, 1), step->b = luck_between(luck, 0, 3);
        step->c = log_draw(luck, step->b == 3 ? 3000 : 500);
        return;
    case STEP_CALM:
        step->a = shop;
        return;
    case STEP_KILL:
    case STEP_POWER:
    case STEP_STOP:
        step->a = log_draw(luck, 20000);
        return;
    case STEP_SYNC_FAILS:
    case STEP_WRITE_FAILS:
        step->a = log_draw(luck, 2);
        return;
    case STEP_DISK_FULL:
        step->a = log_draw(luck, 5000);
        return;
    case STEP_CLOCK:
        step->c = log_draw(luck, 100) * (luck_permille(luck, 500) ? 1 : -1);
        return;
    case STEP_TRANSFER:
        step->a = item, step->b = luck_between(luck, 0, 7), step->c = log_draw(luck, 8);
        return;
    case STEP_CRASH_AT:
        step->b = luck_between(luck, 0, 3);
        step->a = step->b & 2 ? luck_between(luck, 1, 60) : log_draw(luck, 200);
        step->c = log_draw(luck, 20000);
        return;
    case STEP_FLURRY:
        step->a = shop, step->b = item, step->c = log_draw(luck, 2000);
        return;
    case STEP_KINDS:
        break;
    }
    must(!"a step of no kind");
}

static int by_time(const void *a, const void *b)
{
    const struct plan_step *x = a, *y = b;
    return (x->at_us > y->at_us) - (x->at_us < y->at_us);
}

/* In some runs only, from a luck of their own. */
static void draw_more(struct plan *plan, bool is_calm)
{
    static const enum step_kind kinds[] = {STEP_TRANSFER, STEP_CRASH_AT, STEP_FLURRY, STEP_LINK};
    struct luck luck = {plan->seed ^ UINT64_C(0xbb67ae8584caa73b)};
    luck.s = luck_next(&luck);
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        bool is_fault = kinds[k] == STEP_CRASH_AT || kinds[k] == STEP_LINK;
        bool is_on = luck_permille(&luck, 250) && !(is_calm && is_fault);
        int64_t most = is_on ? plan->length_us / (60 * US_PER_S) * 4 : 0;
        int64_t count = most ? log_draw(&luck, most) : 0;
        for (int64_t i = 0; i < count && plan->count < STEPS_MAX; i++) {
            struct plan_step *step = &plan->steps[plan->count++];
            *step = (struct plan_step){.at_us = luck_between(&luck, 0, plan->length_us),
                                       .kind = kinds[k]};
            step_draw(&luck, plan, step);
            if (step->kind == STEP_LINK) { /* those of the shops are drawn with the others */
                step->a = 2;
                step->b = luck_permille(&luck, 700) ? 1 : step->b;
                step->c = luck_between(&luck, 100, 700);
            }
            if (step->kind == STEP_FLURRY && !is_calm && luck_permille(&luck, 500) &&
                plan->count < STEPS_MAX) { /* what is changed at once, and told in another order */
                plan->steps[plan->count++] = (struct plan_step){
                    .at_us = step->at_us, .kind = STEP_HOOKS, .a = step->a, .b = 2, .c = 800};
            }
        }
    }
}

void plan_draw(struct plan *plan, uint64_t seed, int minutes)
{
    struct luck luck = {seed ^ UINT64_C(0x6a09e667f3bcc908)};
    luck.s = luck_next(&luck); /* or the stream of a seed would be its neighbour's, one later */
    int weights[STEPS_DRAWN], sum = 0;
    *plan = (struct plan){.seed = seed, .length_us = (int64_t)minutes * 60 * US_PER_S};
    plan->shops_count = (size_t)luck_between(&luck, 1, PLAN_SHOPS_MAX);
    for (size_t i = 0; i < plan->shops_count; i++) {
        plan->shops[i] = (int)luck_between(&luck, 0, SHOP_KINDS_COUNT - 1);
    }
    plan->items = (int)luck_between(&luck, 2, 5);
    plan->units = (int)log_draw(&luck, 60) + 2;
    /* The swarm: a random half of what could happen does not, and some runs are calm. */
    bool is_calm = luck_permille(&luck, 100);
    for (int kind = 0; kind < STEPS_DRAWN; kind++) {
        bool is_fault = kind >= STEP_FOREIGN;
        bool is_off = kind != STEP_BUY && (luck_permille(&luck, 500) || (is_fault && is_calm));
        weights[kind] = is_off ? 0 : weight_of((enum step_kind)kind);
        sum += weights[kind];
    }
    plan->count = (size_t)minutes * (size_t)log_draw(&luck, 60) + 5;
    plan->count = plan->count < STEPS_MAX ? plan->count : STEPS_MAX;
    plan->steps = calloc(STEPS_MAX, sizeof(plan->steps[0]));
    must(plan->steps);
    for (size_t i = 0; i < plan->count; i++) {
        struct plan_step *step = &plan->steps[i];
        int64_t pick = luck_between(&luck, 0, sum - 1);
        step->at_us = luck_between(&luck, 0, plan->length_us);
        /* Buyers come at once, too. */
        if (i > 0 && luck_permille(&luck, 150)) {
            step->at_us = plan->steps[i - 1].at_us + luck_between(&luck, 0, 5000);
        }
        int kind = 0;
        for (; pick >= weights[kind]; kind++) {
            pick -= weights[kind];
        }
        step->kind = (enum step_kind)kind;
        step_draw(&luck, plan, step);
    }
    draw_more(plan, is_calm);
    qsort(plan->steps, plan->count, sizeof(plan->steps[0]), by_time);
}

void plan_free(struct plan *plan)
{
    free(plan->steps);
    *plan = (struct plan){0};
}

/* ---- as text ---- */

void step_write(const struct plan_step *step, struct buf *out)
{
    buf_printf(out,
               "%" PRId64 ".%06" PRId64 " %s %" PRId64 " %" PRId64 " %" PRId64 "\n",
               step->at_us / US_PER_S,
               step->at_us % US_PER_S,
               words[step->kind],
               step->a,
               step->b,
               step->c);
}

void plan_write(const struct plan *plan, struct buf *out)
{
    buf_printf(out,
               "seed %" PRIu64 "\nlength_s %" PRId64 "\nitems %d\nunits %d\n",
               plan->seed,
               plan->length_us / US_PER_S,
               plan->items,
               plan->units);
    for (size_t i = 0; i < plan->shops_count; i++) {
        buf_printf(out, "shop %s\n", shop_kind_name((enum shop_kind)plan->shops[i]));
    }
    for (size_t i = 0; i < plan->count; i++) {
        step_write(&plan->steps[i], out);
    }
}

static bool read_head(struct plan *plan, struct slice word, struct slice rest)
{
    int64_t n = 0;
    if (slice_is(word, "shop")) {
        for (int kind = 0; kind < SHOP_KINDS_COUNT; kind++) {
            if (slice_is(rest, shop_kind_name((enum shop_kind)kind)) &&
                plan->shops_count < PLAN_SHOPS_MAX) {
                plan->shops[plan->shops_count++] = kind;
                return true;
            }
        }
        return false;
    }
    if (!slice_int(rest, &n) || n < 0) {
        return false;
    }
    if (slice_is(word, "seed")) {
        plan->seed = (uint64_t)n;
    } else if (slice_is(word, "length_s")) {
        plan->length_us = n * US_PER_S;
    } else if (slice_is(word, "items") && n > 0 && n < 100) {
        plan->items = (int)n;
    } else if (slice_is(word, "units") && n < 1000000) {
        plan->units = (int)n;
    } else {
        return false;
    }
    return true;
}

static bool read_step(struct plan *plan, struct slice line)
{
    struct plan_step step = {.kind = STEP_KINDS};
    struct slice part, whole;
    int64_t seconds, us;
    if (!slice_cut(&line, ' ', &part) || !slice_cut(&part, '.', &whole) ||
        !slice_int(whole, &seconds) || part.n != 6) {
        return false;
    }
    while (part.n > 1 && part.p[0] == '0') { /* slice_int takes no leading zeros */
        part = slice_from(part, 1);
    }
    if (!slice_int(part, &us) || !slice_cut(&line, ' ', &part)) {
        return false;
    }
    for (int kind = 0; kind < STEP_KINDS; kind++) {
        step.kind = slice_is(part, words[kind]) ? (enum step_kind)kind : step.kind;
    }
    int64_t *const args[] = {&step.a, &step.b, &step.c};
    for (size_t i = 0; i < COUNT_OF(args); i++) {
        part = line;
        if ((i < 2 && !slice_cut(&line, ' ', &part)) || !slice_int(part, args[i])) {
            return false;
        }
    }
    step.at_us = seconds * US_PER_S + us;
    if (step.kind == STEP_KINDS || plan->count == STEPS_MAX) {
        return false;
    }
    plan->steps[plan->count++] = step;
    return true;
}

bool plan_read(struct plan *plan, struct slice text, char why[128])
{
    struct slice line;
    int number = 0;
    *plan = (struct plan){.items = 1};
    plan->steps = calloc(STEPS_MAX, sizeof(plan->steps[0]));
    must(plan->steps);
    while (text.n) {
        number++;
        if (!slice_cut(&text, '\n', &line)) {
            line = text;
            text.n = 0;
        }
        line = slice_trim(line);
        if (line.n == 0 || line.p[0] == '#') {
            continue;
        }
        struct slice rest = line, word;
        bool is_step = line.p[0] >= '0' && line.p[0] <= '9';
        if (!(is_step ? read_step(plan, line)
                      : slice_cut(&rest, ' ', &word) && read_head(plan, word, rest))) {
            (void)snprintf(why,
                           128,
                           "line %d is no line of a plan: %.*s",
                           number,
                           (int)(line.n < 60 ? line.n : 60),
                           line.p);
            return false;
        }
    }
    if (plan->shops_count == 0) {
        (void)snprintf(why, 128, "a plan names at least one shop");
        return false;
    }
    return true;
}
