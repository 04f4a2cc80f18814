/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "cli/demo.h"
#include "env/env_uv.h"

enum demand {
    DEMAND_NONE,
    DEMAND_SHOP,
    DEMAND_FIGURES,
    DEMAND_COUNTS,
    DEMAND_RECEIVED,
    DEMAND_ITEM,
    DEMAND_DO,
    DEMAND_STOP
};

struct demo_shops {
    struct env_uv *uv;
    struct sandbox *sandbox;
    struct env_wake *wake;
    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    /* One question at a time, under the lock. */
    enum demand demand;
    double orders_per_s;
    size_t shop, counts_max, counts_got;
    int64_t *counts;
    struct slice sku;
    int64_t units;
    size_t index;
    struct arena *arena;
    struct shop_item item;
    bool is_there;
    demo_shops_fn *fn;
    void *fn_arg;
    struct demo_figures figures;
};

struct shop_of_demo {
    enum shop_kind kind;
    const char *code; /* NULL: the end */
};
static const struct shop_of_demo shops_of_demo[] = {
    {SHOP_SHOPIFY, "shopify-eu"},
    {SHOP_SHOPIFY, "shopify-us"},
    {SHOP_WOOCOMMERCE, "woo-de"},
    {SHOP_WOOCOMMERCE, "woo-fr"},
    {SHOP_API, "own-shop"},
    {0},
};
/* One of each platform. */
static const struct shop_of_demo shops_of_all[] = {
    {SHOP_SHOPIFY, "shopify"},
    {SHOP_WOOCOMMERCE, "woocommerce"},
    {SHOP_BIGCOMMERCE, "bigcommerce"},
    {SHOP_AMAZON, "amazon"},
    {SHOP_EBAY, "ebay"},
    {SHOP_WALMART, "walmart"},
    {SHOP_TIKTOK, "tiktok"},
    {SHOP_ETSY, "etsy"},
    {0},
};

const char *demo_shops_code(bool all_platforms, size_t shop)
{
    return (all_platforms ? shops_of_all : shops_of_demo)[shop].code;
}

static void answer(struct demo_shops *s)
{
    struct shop *shop;
    struct shop_item item;
    switch (s->demand) {
    case DEMAND_SHOP:
        if (s->orders_per_s > 0) {
            const struct sandbox_shoppers shoppers = {.orders_per_s = s->orders_per_s,
                                                      .seed = 11,
                                                      .two_lines = 100,
                                                      .cancel = 60,
                                                      .edit = 20,
                                                      .fulfil = 200,
                                                      .refund = 20,
                                                      .burst_every_ms = 1000,
                                                      .burst_buyers = 10};
            sandbox_shoppers_start(s->sandbox, &shoppers);
        } else {
            sandbox_shoppers_stop(s->sandbox);
        }
        break;
    case DEMAND_FIGURES:
        s->figures.stats = sandbox_stats(s->sandbox);
        s->figures.hooks_waiting = s->figures.stats.sum.hooks_waiting;
        break;
    case DEMAND_COUNTS:
        shop = sandbox_shop_at(s->sandbox, s->shop);
        for (s->counts_got = 0; shop && s->counts_got < s->counts_max; s->counts_got++) {
            if (!shop_item_at(shop, s->counts_got, &item)) {
                break;
            }
            s->counts[s->counts_got] = item.count;
        }
        break;
    case DEMAND_RECEIVED:
        sandbox_stock_grows(s->sandbox, s->sku, s->units);
        break;
    case DEMAND_ITEM:
        s->is_there = shop_item_at(sandbox_shop_at(s->sandbox, 0), s->index, &s->item);
        s->item.sku = arena_copy(s->arena, s->item.sku);
        break;
    case DEMAND_DO:
        s->fn(s->fn_arg, env_uv_env(s->uv), s->sandbox);
        break;
    case DEMAND_STOP:
        env_uv_stop(s->uv);
        break;
    case DEMAND_NONE:
        return;
    }
    s->demand = DEMAND_NONE;
    pthread_cond_signal(&s->answered);
}

static void on_wake(void *arg)
{
    struct demo_shops *s = arg;
    pthread_mutex_lock(&s->lock);
    answer(s);
    pthread_mutex_unlock(&s->lock);
}

/* Wants the lock. Waits until the shops' thread has done it. */
static void ask(struct demo_shops *s, enum demand demand)
{
    s->demand = demand;
    if (!s->is_running) {
        answer(s);
        return;
    }
    env_uv_env(s->uv)->ops->wake_send(s->wake);
    while (s->demand != DEMAND_NONE) {
        pthread_cond_wait(&s->answered, &s->lock);
    }
}

static enum err add_shops(struct demo_shops *s,
                          const struct demo_shops_options *o,
                          int server_port,
                          struct err_note *note)
{
    const struct shop_of_demo *shops = o->all_platforms ? shops_of_all : shops_of_demo;
    enum err e = ERR_OK;
    for (size_t i = 0; !e && shops[i].code; i++) {
        char hooks[128];
        snprintf(hooks, sizeof(hooks), "http://127.0.0.1:%d/hooks/%s", server_port, shops[i].code);
        const struct shop_options options = {.kind = shops[i].kind,
                                             .code = shops[i].code,
                                             .hooks_url = hooks,
                                             .hook_secret = DEMO_SECRET,
                                             .token = "demo-token",
                                             .token_secret = "demo-token-secret",
                                             .points_max = 20000,
                                             .points_per_s = 1000};
        struct shop *shop;
        e = sandbox_shop_add(s->sandbox, &options, &shop, note);
    }
    return e         ? e
           : o->fill ? o->fill(s->sandbox, o->skus, note)
                     : sandbox_catalogue_fill(s->sandbox, o->seed, o->skus, note);
}

enum err demo_shops_new(int server_port,
                        const struct demo_shops_options *o,
                        struct demo_shops **out,
                        struct err_note *note)
{
    struct demo_shops *s = calloc(1, sizeof(*s));
    if (!s) {
        return ERR_MEMORY;
    }
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->answered, NULL);
    const struct sandbox_options options = {.host = "127.0.0.1"};
    int port;
    enum err e = env_uv_new(&s->uv, note);
    e = e ? e : sandbox_new(env_uv_env(s->uv), &options, &s->sandbox, &port, note);
    e = e ? e : add_shops(s, o, server_port, note);
    if (e) {
        demo_shops_free(s);
        return e;
    }
    s->wake = env_uv_env(s->uv)->ops->wake_new(env_uv_env(s->uv), on_wake, s);
    *out = s;
    return ERR_OK;
}

struct sandbox *demo_shops_sandbox(struct demo_shops *s)
{
    must(!s->is_running);
    return s->sandbox;
}

static void *run(void *arg)
{
    struct demo_shops *s = arg;
    env_uv_run(s->uv);
    return NULL;
}

enum err demo_shops_run(struct demo_shops *s, struct err_note *note)
{
    if (pthread_create(&s->thread, NULL, run, s) != 0) {
        return err_note(note, ERR_MEMORY, "cannot start the shops' thread");
    }
    s->is_running = true;
    return ERR_OK;
}

void demo_shops_shop(struct demo_shops *s, double orders_per_s)
{
    pthread_mutex_lock(&s->lock);
    s->orders_per_s = orders_per_s;
    ask(s, DEMAND_SHOP);
    pthread_mutex_unlock(&s->lock);
}

void demo_shops_received(struct demo_shops *s, struct slice sku, int64_t units)
{
    pthread_mutex_lock(&s->lock);
    s->sku = sku;
    s->units = units;
    ask(s, DEMAND_RECEIVED);
    pthread_mutex_unlock(&s->lock);
}

struct demo_figures demo_shops_figures(struct demo_shops *s)
{
    pthread_mutex_lock(&s->lock);
    ask(s, DEMAND_FIGURES);
    struct demo_figures figures = s->figures;
    pthread_mutex_unlock(&s->lock);
    return figures;
}

size_t demo_shops_counts(struct demo_shops *s, size_t shop, int64_t *out, size_t max)
{
    pthread_mutex_lock(&s->lock);
    s->shop = shop;
    s->counts = out;
    s->counts_max = max;
    ask(s, DEMAND_COUNTS);
    size_t got = s->counts_got;
    pthread_mutex_unlock(&s->lock);
    return got;
}

bool demo_shops_item(struct demo_shops *s, size_t index, struct arena *arena, struct shop_item *out)
{
    pthread_mutex_lock(&s->lock);
    s->index = index;
    s->arena = arena;
    ask(s, DEMAND_ITEM);
    *out = s->item;
    bool is_there = s->is_there;
    pthread_mutex_unlock(&s->lock);
    return is_there;
}

void demo_shops_do(struct demo_shops *s, demo_shops_fn *fn, void *arg)
{
    pthread_mutex_lock(&s->lock);
    s->fn = fn;
    s->fn_arg = arg;
    ask(s, DEMAND_DO);
    pthread_mutex_unlock(&s->lock);
}

void demo_shops_free(struct demo_shops *s)
{
    if (!s) {
        return;
    }
    if (s->is_running) {
        pthread_mutex_lock(&s->lock);
        ask(s, DEMAND_STOP);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
    }
    if (s->sandbox) {
        sandbox_free(s->sandbox);
    }
    if (s->wake) {
        env_uv_env(s->uv)->ops->wake_free(s->wake);
    }
    env_uv_free(s->uv);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->answered);
    free(s);
}
