/* SPDX-License-Identifier: Apache-2.0 */
/* demo - the parts of `truecount demo`: the shops in a thread of their own, and the calls that set
 * the server up. */
#pragma once
#include "cli/server.h"
#include "drill/sandbox.h"

#define DEMO_SKUS 1000
#define DEMO_SKUS_ALL 40 /* with all platforms, whose limits are their own */
#define DEMO_ADMIN_TOKEN "demo-admin-token-for-this-run-only"
#define DEMO_SECRET "whsec_dHJ1ZWNvdW50LWRlbW8tc2VjcmV0"

/* ---- the shops: five look-alikes and their shoppers, in a loop of their own ---- */

struct demo_shops;

struct demo_figures { /* a copy, taken in the shops' thread */
    struct sandbox_stats stats;
    uint64_t hooks_waiting;
};

/* all_platforms: one shop of each; else five of three. */
MUST_USE enum err
demo_shops_new(int server_port, bool all_platforms, struct demo_shops **out, struct err_note *note);
/* Only before demo_shops_run. */
/* The code of the shop-th one, which is its channel's. */
const char *demo_shops_code(bool all_platforms, size_t shop);
struct sandbox *demo_shops_sandbox(struct demo_shops *shops);
MUST_USE enum err demo_shops_run(struct demo_shops *shops,
                                 struct err_note *note); /* starts the thread */
void demo_shops_shop(struct demo_shops *shops,
                     double orders_per_s); /* shoppers come; 0: they go home */
void demo_shops_received(struct demo_shops *shops,
                         struct slice sku,
                         int64_t units); /* the truth grew */
struct demo_figures demo_shops_figures(struct demo_shops *shops);
/* What the shop shows of each of its items, in its own order, into out[0..max). Gives how many. */
size_t demo_shops_counts(struct demo_shops *shops, size_t shop, int64_t *out, size_t max);
/* One item of the first shop; the texts live in the arena. */
bool demo_shops_item(struct demo_shops *shops,
                     size_t index,
                     struct arena *arena,
                     struct shop_item *out);
void demo_shops_free(struct demo_shops *shops);

/* ---- the set-up: the calls a merchant would make, one after the other ---- */

struct demo_setup;
typedef void demo_setup_fn(void *arg, enum err err, const struct err_note *note);

/* Creates location, SKUs, stock, channels and listings through the server's API; calls fn once. */
MUST_USE enum err demo_setup_start(struct env *env,
                                   int server_port,
                                   struct sandbox *sandbox,
                                   demo_setup_fn *fn,
                                   void *arg,
                                   struct demo_setup **out);
void demo_setup_free(struct demo_setup *setup);
/* One call of the API by itself: fn gets the status and the answer. */
void demo_call(struct env *env,
               int server_port,
               const char *method,
               const char *path,
               struct slice body,
               env_reply_fn *fn,
               void *arg);
