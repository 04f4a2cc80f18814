/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo - the real server on SQLite, five look-alike shops with a thousand variations each, and
 * shoppers who buy what each listing shows, in bursts. Shows it live; with --seconds it ends by
 * itself and checks that every listing shows its sellable quantity and that verify passes.
 */
#include <unistd.h>

#include "base/json_write.h"
#include "base/log.h"
#include "cli/cmd.h"
#include "cli/demo.h"
#include "cli/options.h"
#include "env/env_uv.h"

#define TICK_US (US_PER_S / 2)
/* How long the listings may take to settle after the shoppers have gone, and before they come. */
#define SETTLE_US (120 * US_PER_S)
#define SETTLE_ALL_US (900 * US_PER_S)
#define RECEIVE_EVERY 4 /* ticks */
#define RECEIVE_UNITS 25
#define CATALOGUE_SEED 7

enum phase { PHASE_SET_UP, PHASE_FIRST_PUSH, PHASE_SHOPPING, PHASE_SETTLING, PHASE_DONE };

struct demo {
    struct demo_world world;
    struct demo_compare *compare;
    struct env_timer *timer;
    enum phase phase;
    int64_t seconds, orders_per_s, started_us, phase_started_us, tick;
    bool json, failed, on_terminal, interrupted, has_all;
    int64_t exposure; /* as of the last tick with shoppers */
    int64_t orders_per_s_now;
    struct demo_figures figures;
    /* Copies for the summary, which is printed when the server is gone and verified. */
    struct pusher_figures pushed;
    struct engine_counters engine;
};

static int64_t now(const struct demo *d)
{
    return env_mono_us(d->world.env);
}

static void enter(struct demo *d, enum phase phase)
{
    d->phase = phase;
    d->phase_started_us = now(d);
}

static void stop(struct demo *d, const char *why)
{
    if (why) {
        fprintf(stderr, "truecount demo: %s\n", why);
        d->failed = true;
    }
    enter(d, PHASE_DONE);
    demo_compare_stop(d->compare);
    d->world.env->ops->timer_set(d->timer, -1);
    server_stop(d->world.server);
    env_uv_stop(d->world.uv);
}

/* ---- goods arrive while people shop, so that counts rise too ---- */

static void on_received(void *arg, const struct env_reply *reply)
{
    (void)arg;
    (void)reply;
}

static void receive_goods(struct demo *d)
{
    struct shop_item item;
    struct arena arena;
    arena_init(&arena, 64 * 1024);
    struct buf body;
    buf_init(&body, 4096);
    uint32_t draw;
    env_random(d->world.env, &draw, sizeof(draw));
    /* The shops' items never change: reading one from here is reading a constant. */
    if (demo_shops_item(d->world.shops, draw % DEMO_SKUS, &arena, &item)) {
        struct json_writer w = json_writer(&body);
        json_begin_object(&w);
        json_key(&w, "movements");
        json_begin_array(&w);
        json_begin_object(&w);
        json_field_str(&w, "kind", "receive");
        json_field_text(&w, "sku", item.sku);
        json_field_str(&w, "location", "warehouse");
        json_field_int(&w, "quantity", RECEIVE_UNITS);
        json_end_object(&w);
        json_end_array(&w);
        json_end_object(&w);
        demo_shops_received(d->world.shops, item.sku, RECEIVE_UNITS);
        demo_call(d->world.env,
                  server_port(d->world.server),
                  "POST",
                  "/v1/movements",
                  buf_view(&body),
                  on_received,
                  d);
    }
    buf_free(&body);
    arena_free(&arena);
}

/* ---- what it shows ---- */

/* Units that other shops sell while a sale travels: the order rate by the time until it shows. */
static int64_t exposure_now(const struct demo *d, const struct pusher_figures *p)
{
    return d->orders_per_s_now * latency_at(&p->total, 500) / US_PER_S;
}

static void print_latency(const char *name, const struct latency *l)
{
    printf("  %-28s %9.1f %9.1f %9.1f ms\n",
           name,
           (double)latency_at(l, 500) / 1000,
           (double)latency_at(l, 950) / 1000,
           (double)latency_at(l, 990) / 1000);
}

static const char *phase_text(enum phase phase)
{
    static const char *const texts[] = {"setting up", "first push", "shopping", "settling", "done"};
    return texts[phase];
}

static void draw(struct demo *d)
{
    const struct pusher_figures *p = pusher_figures(server_pusher(d->world.server));
    struct engine_counters e = server_engine_counters(d->world.server);
    if (!d->on_terminal) {
        return;
    }
    printf("\033[H\033[2J"
           "truecount demo: %s shops x %d SKUs, %s, %" PRId64 " s      http://127.0.0.1:%d\n\n"
           "  orders   %8" PRIu64 "  (%" PRId64 "/s)     deliveries %8" PRIu64
           "   duplicates %6" PRIu64 "\n"
           "  pushes   %8" PRIu64 "           saved      %8" PRIu64 "   waiting    %6zu\n"
           "  oversold %8" PRIu64 "           exposure   %8" PRId64 "   disagreeing %5" PRId64
           "\n\n"
           "  latency                            p50       p95       p99\n",
           d->has_all ? "8" : "5",
           d->has_all ? DEMO_SKUS_ALL : DEMO_SKUS,
           phase_text(d->phase),
           (now(d) - d->started_us) / US_PER_S,
           server_port(d->world.server),
           d->figures.stats.sum.orders,
           d->orders_per_s_now,
           e.deliveries,
           e.duplicates,
           p->pushes,
           p->saved,
           p->waiting,
           d->figures.stats.oversold,
           d->exposure,
           demo_compare_disagreeing(d->compare));
    print_latency("channel: sale to receipt", &p->theirs_in);
    print_latency("ours: receipt to request", &p->ours);
    print_latency("channel: request to confirmed", &p->theirs_out);
    print_latency("in all: sale to confirmed", &p->total);
    printf("\n  the page:    %s\n  admin token: " DEMO_ADMIN_TOKEN "\n  Ctrl-C ends it.\n",
           server_setup_url(d->world.server));
    fflush(stdout);
}

static void put_latency(struct json_writer *w, const char *name, const struct latency *l)
{
    json_key(w, name);
    json_begin_object(w);
    json_field_ms(w, "p50", latency_at(l, 500));
    json_field_ms(w, "p95", latency_at(l, 950));
    json_field_ms(w, "p99", latency_at(l, 990));
    json_end_object(w);
}

static void print_json(struct demo *d, bool verified)
{
    const struct pusher_figures *p = &d->pushed;
    const struct engine_counters e = d->engine;
    struct buf out;
    buf_init(&out, 64 * 1024);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    json_field_int(&w, "orders", (int64_t)d->figures.stats.sum.orders);
    json_field_int(&w, "deliveries", (int64_t)e.deliveries);
    json_field_int(&w, "duplicates", (int64_t)e.duplicates);
    json_field_int(&w, "pushes", (int64_t)p->pushes);
    json_field_int(&w, "pushes_saved", (int64_t)p->saved);
    json_field_int(&w, "oversold", (int64_t)d->figures.stats.oversold);
    json_field_int(&w, "exposure", d->exposure);
    json_field_int(&w, "disagreeing", demo_compare_disagreeing(d->compare));
    json_field_bool(&w, "verified", verified);
    json_key(&w, "latency_ms");
    json_begin_object(&w);
    put_latency(&w, "channel_in", &p->theirs_in);
    put_latency(&w, "ours", &p->ours);
    put_latency(&w, "channel_out", &p->theirs_out);
    put_latency(&w, "total", &p->total);
    json_end_object(&w);
    json_end_object(&w);
    printf("%.*s\n", SLICE_ARG(buf_view(&out)));
    buf_free(&out);
}

/* ---- the course of it ---- */

/* With all platforms there are those that show a write minutes after they took it. */
static int64_t settle_us(const struct demo *d)
{
    return d->has_all ? SETTLE_ALL_US : SETTLE_US;
}

static bool is_still(struct demo *d)
{
    return demo_compare_disagreeing(d->compare) == 0 && !demo_compare_runs(d->compare) &&
           d->figures.hooks_waiting == 0 && pusher_is_quiet(server_pusher(d->world.server));
}

static void step(struct demo *d)
{
    int64_t in_phase = now(d) - d->phase_started_us;
    switch (d->phase) {
    case PHASE_SET_UP:
    case PHASE_DONE:
        return;
    case PHASE_FIRST_PUSH:
        if (is_still(d)) {
            demo_shops_shop(d->world.shops, (double)d->orders_per_s);
            enter(d, PHASE_SHOPPING);
        } else if (in_phase > settle_us(d)) {
            stop(d, "the first push to the shops did not end");
        } else {
            demo_compare_start(d->compare);
        }
        return;
    case PHASE_SHOPPING:
        if (d->tick % RECEIVE_EVERY == 0) {
            receive_goods(d);
        }
        if (d->tick % 4 == 1) {
            demo_compare_start(d->compare);
        }
        if (d->interrupted || (d->seconds && in_phase >= d->seconds * US_PER_S)) {
            demo_shops_shop(d->world.shops, 0);
            demo_compare_forget(d->compare);
            enter(d, PHASE_SETTLING);
        }
        return;
    case PHASE_SETTLING:
        if (is_still(d)) {
            stop(d, NULL);
        } else if (in_phase > settle_us(d)) {
            stop(d,
                 demo_compare_example(d->compare)[0]
                     ? demo_compare_example(d->compare)
                     : "the channels are not quiet, long after the last shopper");
        } else {
            demo_compare_start(d->compare);
        }
        return;
    }
}

static void on_tick(void *arg)
{
    struct demo *d = arg;
    d->tick++;
    uint64_t orders = d->figures.stats.sum.orders;
    d->figures = demo_shops_figures(d->world.shops);
    d->orders_per_s_now = (int64_t)(d->figures.stats.sum.orders - orders) * US_PER_S / TICK_US;
    if (d->phase == PHASE_SHOPPING) {
        d->exposure = exposure_now(d, pusher_figures(server_pusher(d->world.server)));
    }
    step(d);
    if (d->phase != PHASE_DONE) {
        draw(d);
        d->world.env->ops->timer_set(d->timer, TICK_US);
    }
}

static void on_set_up(void *arg, enum err e, const struct err_note *note)
{
    struct demo *d = arg;
    if (e) {
        stop(d, note->text);
        return;
    }
    demo_compare_forget(d->compare);
    enter(d, PHASE_FIRST_PUSH);
}

static void on_signal(void *arg)
{
    struct demo *d = arg;
    if (d->phase == PHASE_SHOPPING && !d->interrupted) {
        d->interrupted = true; /* the listings settle, and everything is checked; again: at once */
        return;
    }
    stop(d, d->phase == PHASE_SETTLING ? "interrupted while the listings settled" : NULL);
}

static enum err start(struct demo *d, struct err_note *note)
{
    const struct demo_shops_options shops = {.all_platforms = d->has_all,
                                             .skus = d->has_all ? DEMO_SKUS_ALL : DEMO_SKUS,
                                             .seed = CATALOGUE_SEED};
    d->world.command = "truecount demo";
    enum err e = demo_world_start(&d->world, &shops, on_set_up, d, note);
    e = e ? e : demo_compare_new(&d->world, d->has_all, &d->compare);
    if (e) {
        return e;
    }
    d->timer = d->world.env->ops->timer_new(d->world.env, on_tick, d);
    d->started_us = now(d);
    d->world.env->ops->timer_set(d->timer, TICK_US);
    env_uv_on_signal(d->world.uv, on_signal, d);
    return ERR_OK;
}

int cmd_demo(int argc, char **argv)
{
    struct demo d = {.orders_per_s = 0};
    const char *channels = "five";
    const struct option options[] = {
        {"seconds",
         OPTION_NUMBER,
         "N",
         "let people shop for N seconds, then settle, check and end",
         .min = 1,
         .max = 86400,
         .number = &d.seconds},
        {"json",
         OPTION_SWITCH,
         NULL,
         "no live picture; one JSON object of figures at the end",
         .is_set = &d.json},
        {"orders-per-second",
         OPTION_NUMBER,
         "N",
         "how busy the shops are, over all of them (100; with all channels 5)",
         .min = 1,
         .max = 5000,
         .number = &d.orders_per_s},
        {"channels",
         OPTION_TEXT,
         "WHICH",
         "all: one shop of each of the eight platforms, at 5 orders a second unless said otherwise",
         .text = &channels},
    };
    enum options_result r =
        options_parse(argc,
                      argv,
                      "The real server, five look-alike shops, 1,000 SKUs and shoppers in bursts, "
                      "in one process.\nExit 0: in the end every listing showed its sellable "
                      "quantity and verify passed.",
                      options,
                      COUNT_OF(options));
    if (r != OPTIONS_OK) {
        return options_exit(r);
    }
    d.has_all = strcmp(channels, "all") == 0;
    if (!d.has_all && strcmp(channels, "five") != 0) {
        fprintf(stderr, "truecount demo: --channels is five or all, not '%s'\n", channels);
        return 2;
    }
    d.orders_per_s = d.orders_per_s ? d.orders_per_s : d.has_all ? 5 : 100;
    d.on_terminal = !d.json && isatty(STDOUT_FILENO);
    log_set_level(LOG_ERROR);
    struct err_note note = {""};
    enum err e = start(&d, &note);
    if (e) {
        fprintf(stderr, "truecount demo: %s\n", note.text[0] ? note.text : err_text(e));
        return 1;
    }
    env_uv_run(d.world.uv);
    d.figures = demo_shops_figures(d.world.shops);
    d.pushed = *pusher_figures(server_pusher(d.world.server));
    d.engine = server_engine_counters(d.world.server);
    d.world.env->ops->timer_free(d.timer);
    demo_world_end(&d.world);
    bool verified = demo_world_verify(&d.world);
    demo_world_remove(&d.world);
    if (d.json || d.seconds) {
        print_json(&d, verified);
    }
    bool completed = !d.failed && demo_compare_disagreeing(d.compare) == 0;
    demo_compare_free(d.compare);
    return completed && verified ? 0 : 1;
}
