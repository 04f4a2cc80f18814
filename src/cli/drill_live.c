/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   SET_UP --> FIRST_PUSH --all shops show the stock--> BUYING --the last one has gone--> SETTLING
 *   --quiet, and nothing disagrees--> READING --> DONE
 */
#include "cli/drill.h"
#include "env/env_uv.h"

#define TICK_US (100 * US_PER_MS)
#define SETTLE_US (120 * US_PER_S)
#define SETTLE_ALL_US (900 * US_PER_S) /* some show a write minutes after they took it */
#define SKUS_MAX DEMO_SKUS

enum live_phase {
    LIVE_SET_UP,
    LIVE_FIRST_PUSH,
    LIVE_BUYING,
    LIVE_SETTLING,
    LIVE_READING,
    LIVE_DONE
};

struct live {
    const struct drill_plan *plan;
    struct demo_world world;
    struct demo_compare *compare;
    struct drill_read *read;
    struct env_timer *timer;
    enum live_phase phase;
    int64_t phase_us; /* when it began */
    struct demand demand;
    struct traffic *traffic;
    struct traffic_figures figures;
    struct report_scenario *s;
    int64_t stock[SKUS_MAX];
    /* before the buyers came */
    struct engine_counters engine_before;
    uint64_t pushes_before, saved_before;
    struct sandbox_stats stats_before;
    enum err err;
    struct err_note note;
};

static int64_t now(const struct live *l)
{
    return env_mono_us(l->world.env);
}

static void enter(struct live *l, enum live_phase phase, const char *text)
{
    l->phase = phase;
    l->phase_us = now(l);
    if (text) {
        fprintf(stderr, "drill %s: %s\n", l->s->name, text);
    }
}

static void stop(struct live *l, enum err e, const char *why)
{
    if (l->phase == LIVE_DONE) {
        return;
    }
    if (e && !l->err) {
        l->err = err_note(&l->note, e, "%s: %s", l->s->name, why);
    }
    enter(l, LIVE_DONE, NULL);
    demo_compare_stop(l->compare);
    l->world.env->ops->timer_set(l->timer, -1);
    server_stop(l->world.server);
    env_uv_stop(l->world.uv);
}

/* ---- the shops' thread ---- */

static void begin_there(void *arg, struct env *env, struct sandbox *sandbox)
{
    struct live *l = arg;
    struct shop_item item;
    for (size_t i = 0; shop_item_at(sandbox_shop_at(sandbox, 0), i, &item); i++) {
        l->stock[i] = item.count;
    }
    l->stats_before = sandbox_stats(sandbox);
    const struct traffic_plan plan = {.demand = &l->demand,
                                      .faults = l->plan->faults,
                                      .outage_shop = l->plan->outage_shop,
                                      .outage_from_us = l->plan->outage_from_us,
                                      .outage_to_us = l->plan->outage_to_us};
    l->err = traffic_new(env, sandbox, &plan, &l->traffic);
}

static void look_there(void *arg, struct env *env, struct sandbox *sandbox)
{
    struct live *l = arg;
    (void)env;
    (void)sandbox;
    traffic_read(l->traffic, &l->figures);
}

static void note_where(struct live *l, struct sandbox *sandbox)
{
    const struct shown_result *r = &l->figures.shown;
    const struct shop *shop = sandbox_shop_at(sandbox, r->above_channel);
    struct shop_item item;
    if (r->above_us_max > 0 && shop_item_at(shop, r->above_item, &item)) {
        snprintf(l->s->above_where,
                 sizeof(l->s->above_where),
                 "%.*s on %.*s",
                 SLICE_ARG(item.sku),
                 SLICE_ARG(shop_code(shop)));
    }
}

/* What the shops know of it, when all is still; then nobody watches them any more. */
static void end_there(void *arg, struct env *env, struct sandbox *sandbox)
{
    struct live *l = arg;
    struct report_scenario *s = l->s;
    const struct sandbox_stats stats = sandbox_stats(sandbox);
    look_there(l, env, sandbox);
    note_where(l, sandbox);
    for (size_t i = 0; i < s->shops; i++) {
        s->channels[i].stages[STAGE_SHOWN] = *shown_heard(traffic_shown(l->traffic), i);
        s->channels[i].told = shown_told(traffic_shown(l->traffic), i);
    }
    s->oversold = (int64_t)(stats.oversold - l->stats_before.oversold);
    s->hooks_copies = (int64_t)(stats.sum.hooks_duplicated - l->stats_before.sum.hooks_duplicated);
    s->hooks_sent = (int64_t)(stats.sum.hooks_sent - l->stats_before.sum.hooks_sent);
    traffic_free(l->traffic);
    l->traffic = NULL;
}

/* ---- the report ---- */

static int64_t not_below_0(int64_t n)
{
    return n > 0 ? n : 0;
}

static void report_figures(struct live *l)
{
    struct report_scenario *s = l->s;
    const struct traffic_figures *f = &l->figures;
    const struct pusher_figures *p = pusher_figures(server_pusher(l->world.server));
    const struct engine_counters e = server_engine_counters(l->world.server);
    s->started_us = f->started_wall_us;
    s->us = l->demand.us;
    s->orders = f->orders;
    s->units = f->units;
    s->refused = f->refused;
    s->cancelled = f->cancelled;
    s->edited = f->edited;
    s->shipped = f->shipped;
    s->deliveries = (int64_t)(e.deliveries - l->engine_before.deliveries);
    s->duplicates = (int64_t)(e.duplicates - l->engine_before.duplicates);
    s->pushes = (int64_t)(p->pushes - l->pushes_before);
    s->saved = (int64_t)(p->saved - l->saved_before);
    s->listings = (int64_t)(s->shops * s->skus);
    s->converged_us = not_below_0(f->shown.last_change_us - f->shown.last_sale_us);
    s->above_us_max = f->shown.above_us_max;
    s->above_unit_s = (double)f->shown.above_unit_us / (double)US_PER_S;
    s->sample_us = f->sample_us;
    s->samples_count = f->samples_count;
    memcpy(s->samples, f->samples, sizeof(s->samples));
    if (l->plan->outage_to_us > l->plan->outage_from_us) {
        snprintf(s->outage_channel,
                 sizeof(s->outage_channel),
                 "%s",
                 s->channels[l->plan->outage_shop].code);
        s->outage_from_us = l->plan->outage_from_us;
        s->outage_to_us = l->plan->outage_to_us;
        s->outage_converged_us =
            not_below_0(f->shown.last_change_us - f->started_us - s->outage_to_us);
    }
}

/* The plain formula, for each channel: the others' rate times the mean time until it is told. */
static void report_exposure(struct live *l)
{
    struct report_scenario *s = l->s;
    const struct traffic_figures *f = &l->figures;
    double length_us = (double)(f->ended_us - f->started_us), shops = (double)s->shops;
    double others_per_us = (double)f->units_sold / length_us * (shops - 1) / shops;
    for (size_t i = 0; i < s->shops; i++) {
        const struct shown_told *told = &s->channels[i].told;
        double mean_us = told->units ? (double)told->unit_us / (double)told->units : 0;
        s->exposure_reckoned += others_per_us * mean_us / shops;
    }
    s->exposure = (double)f->shown.above_unit_us / length_us / shops;
    report_ways(s, &l->demand, l->stock, l->plan->seed, report_told_us(s));
}

static void on_read(void *arg, enum err e, const struct err_note *note)
{
    struct live *l = arg;
    stop(l, e, e ? note->text : NULL);
}

static void read_out(struct live *l)
{
    demo_shops_do(l->world.shops, end_there, l);
    report_figures(l);
    report_exposure(l);
    enter(l, LIVE_READING, "reading the log");
    enum err e = drill_read_start(
        &l->world, l->s, l->stock, l->figures.started_wall_us, on_read, l, &l->read);
    if (e) {
        stop(l, e, err_text(e));
    }
}

/* ---- the course of it ---- */

static bool is_still(struct live *l)
{
    return demo_compare_disagreeing(l->compare) == 0 && !demo_compare_runs(l->compare) &&
           demo_shops_figures(l->world.shops).hooks_waiting == 0 &&
           pusher_is_quiet(server_pusher(l->world.server));
}

static int64_t patience_us(const struct live *l)
{
    return l->plan->all_platforms ? SETTLE_ALL_US : SETTLE_US;
}

static void begin(struct live *l)
{
    const struct pusher_figures *p = pusher_figures(server_pusher(l->world.server));
    l->engine_before = server_engine_counters(l->world.server);
    l->pushes_before = p->pushes;
    l->saved_before = p->saved;
    demo_shops_do(l->world.shops, begin_there, l);
    if (l->err) {
        stop(l, l->err, err_text(l->err));
        return;
    }
    char text[80];
    snprintf(text, sizeof(text), "buyers, for %" PRId64 " s", l->demand.us / US_PER_S);
    enter(l, LIVE_BUYING, text);
}

static void settle(struct live *l)
{
    if (is_still(l)) {
        l->s->is_settled = true;
        l->s->disagreeing = 0;
        read_out(l);
    } else if (now(l) - l->phase_us > patience_us(l)) {
        fprintf(stderr, "drill %s: %s\n", l->s->name, demo_compare_example(l->compare));
        l->s->disagreeing = demo_compare_disagreeing(l->compare);
        read_out(l);
    } else {
        demo_compare_start(l->compare);
    }
}

static void step(struct live *l)
{
    switch (l->phase) {
    case LIVE_FIRST_PUSH:
        if (is_still(l)) {
            begin(l);
        } else if (now(l) - l->phase_us > patience_us(l)) {
            stop(l, ERR_LIMIT, "the first push to the shops did not end");
        } else {
            demo_compare_start(l->compare);
        }
        break;
    case LIVE_BUYING:
        demo_shops_do(l->world.shops, look_there, l);
        if (l->figures.is_over) {
            demo_compare_forget(l->compare);
            enter(l, LIVE_SETTLING, "the buyers have gone: settling");
        }
        break;
    case LIVE_SETTLING:
        settle(l);
        break;
    case LIVE_SET_UP:
    case LIVE_READING:
    case LIVE_DONE:
        break;
    }
}

static void on_tick(void *arg)
{
    struct live *l = arg;
    step(l);
    if (l->phase != LIVE_DONE) {
        l->world.env->ops->timer_set(l->timer, TICK_US);
    }
}

static void on_set_up(void *arg, enum err e, const struct err_note *note)
{
    struct live *l = arg;
    if (e) {
        stop(l, e, note->text);
        return;
    }
    enter(l, LIVE_FIRST_PUSH, "first push to the shops");
}

static void on_signal(void *arg)
{
    stop(arg, ERR_LIMIT, "interrupted");
}

/* ---- one product with many variations ---- */

static enum err fill_variations(struct sandbox *sandbox, size_t skus, struct err_note *note)
{
    struct shop *shop;
    for (size_t i = 0; (shop = sandbox_shop_at(sandbox, i)); i++) {
        for (size_t k = 0; k < skus; k++) {
            char sku[32], title[64], options[96], barcode[32];
            snprintf(sku, sizeof(sku), "STORM-%03zu", k + 1);
            snprintf(title, sizeof(title), "Size %zu / Colour %zu", k / 10 + 1, k % 10 + 1);
            snprintf(options,
                     sizeof(options),
                     "{\"Size\":\"Size %zu\",\"Color\":\"Colour %zu\"}",
                     k / 10 + 1,
                     k % 10 + 1);
            snprintf(barcode, sizeof(barcode), "20%011zu", k);
            const struct sandbox_item item = {.sku = slice_of(sku),
                                              .product = SLICE("Storm jacket"),
                                              .title = slice_of(title),
                                              .options = slice_of(options),
                                              .barcode = slice_of(barcode),
                                              .price = SLICE("19.90"),
                                              .count = (int64_t)(k % 8 == 7 ? 2 + k % 3 : 20)};
            enum err e = shop_item_add(shop, &item, note);
            if (e) {
                return e;
            }
            sandbox_stock_is(sandbox, item.sku, item.count);
        }
    }
    return ERR_OK;
}

/* ---- life ---- */

static enum err start(struct live *l, struct err_note *note)
{
    const struct drill_plan *plan = l->plan;
    struct demand_plan demand = plan->demand;
    const struct demo_shops_options shops = {.all_platforms = plan->all_platforms,
                                             .skus = plan->skus,
                                             .seed = plan->seed,
                                             .fill = plan->is_one_product ? fill_variations : NULL};
    for (; demo_shops_code(plan->all_platforms, l->s->shops); l->s->shops++) {
        struct report_channel *c = &l->s->channels[l->s->shops];
        must(l->s->shops < REPORT_CHANNELS_MAX);
        snprintf(c->code, sizeof(c->code), "%s", demo_shops_code(plan->all_platforms, l->s->shops));
    }
    l->s->skus = plan->skus;
    demand.channels = l->s->shops;
    demand.items = plan->skus;
    enum err e = demand_make(&demand, &l->demand, note);
    e = e ? e : demo_world_start(&l->world, &shops, on_set_up, l, note);
    e = e ? e : demo_compare_new(&l->world, plan->all_platforms, &l->compare);
    if (e) {
        return e;
    }
    l->timer = l->world.env->ops->timer_new(l->world.env, on_tick, l);
    l->world.env->ops->timer_set(l->timer, TICK_US);
    env_uv_on_signal(l->world.uv, on_signal, l);
    enter(l, LIVE_SET_UP, "setting up");
    return ERR_OK;
}

static void traffic_end_there(void *arg, struct env *env, struct sandbox *sandbox)
{
    struct live *l = arg;
    (void)env;
    (void)sandbox;
    traffic_free(l->traffic);
    l->traffic = NULL;
}

static void finish(struct live *l)
{
    if (l->traffic) {
        demo_shops_do(l->world.shops, traffic_end_there, l);
    }
    if (l->timer) {
        l->world.env->ops->timer_free(l->timer);
    }
    drill_read_free(l->read);
    demo_world_end(&l->world);
    demo_compare_free(l->compare);
    demand_free(&l->demand);
}

enum err drill_live(const struct drill_plan *plan, struct report *report, struct err_note *note)
{
    must(report->scenarios_count < REPORT_SCENARIOS_MAX && plan->skus <= SKUS_MAX);
    struct live *l = calloc(1, sizeof(*l));
    if (!l) {
        return ERR_MEMORY;
    }
    l->plan = plan;
    l->world.command = "truecount drill";
    l->s = &report->scenarios[report->scenarios_count];
    *l->s = (struct report_scenario){.disagreeing = -1};
    snprintf(l->s->name, sizeof(l->s->name), "%s", drill_scenario_name(plan->scenario));
    enum err e = start(l, note);
    if (!e) {
        env_uv_run(l->world.uv);
        e = l->err;
        *note = l->note;
    }
    finish(l);
    if (!e) {
        l->s->is_verified = demo_world_verify(&l->world);
        report->scenarios_count++;
    }
    demo_world_remove(&l->world);
    free(l);
    return e;
}
