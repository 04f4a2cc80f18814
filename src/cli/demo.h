/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo - the world of `truecount demo` and `truecount drill`: a server in a directory of its own,
 * look-alike shops in a thread of their own, the calls that set the server up, and the comparison
 * of every listing with its shop.
 */
#pragma once
#include "cli/server.h"
#include "drill/sandbox.h"

#define DEMO_SKUS 1000
#define DEMO_SKUS_ALL 40 /* with all platforms, whose limits are their own */
#define DEMO_ADMIN_TOKEN "demo-admin-token-for-this-run-only"
#define DEMO_SECRET "whsec_dHJ1ZWNvdW50LWRlbW8tc2VjcmV0"

/* ---- the shops: five look-alikes and their shoppers, in a loop of their own ---- */

struct demo_shops;

struct demo_shops_options {
    bool all_platforms; /* one shop of each; else five of three */
    size_t skus;
    uint64_t seed; /* of the catalogue */
    /* Gives the shops their items instead of a catalogue of `skus`; NULL: that. */
    enum err (*fill)(struct sandbox *sandbox, size_t skus, struct err_note *note);
};

struct demo_figures { /* a copy, taken in the shops' thread */
    struct sandbox_stats stats;
    uint64_t hooks_waiting;
};

MUST_USE enum err demo_shops_new(int server_port,
                                 const struct demo_shops_options *options,
                                 struct demo_shops **out,
                                 struct err_note *note);
/* The code of the shop-th one, which is its channel's; NULL behind the last. */
const char *demo_shops_code(bool all_platforms, size_t shop);
/* Only before demo_shops_run. */
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
/* Runs fn once in the shops' thread, and waits for its end. */
typedef void demo_shops_fn(void *arg, struct env *env, struct sandbox *sandbox);
void demo_shops_do(struct demo_shops *shops, demo_shops_fn *fn, void *arg);
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

/* ---- the whole of it ---- */

struct demo_world {
    struct env_uv *uv;
    struct env *env;
    struct server *server;
    struct demo_shops *shops;
    struct demo_setup *setup;
    char directory[64];
    const char *command; /* for what is printed: "truecount demo" */
};

/* Everything starts: fn is called when the server is set up. Then the caller runs the loop. What
 * there is when it fails, demo_world_end ends. */
MUST_USE enum err demo_world_start(struct demo_world *world,
                                   const struct demo_shops_options *options,
                                   demo_setup_fn *fn,
                                   void *arg,
                                   struct err_note *note);
/* After the loop has ended: all but the directory is gone. */
void demo_world_end(struct demo_world *world);
/* Then: the ledger by itself, as `truecount verify` sees it; says on stderr what is wrong. */
bool demo_world_verify(const struct demo_world *world);
void demo_world_remove(const struct demo_world *world); /* the directory */

/* ---- every listing against its shop: by the API, as anybody could ---- */

struct demo_compare;

MUST_USE enum err
demo_compare_new(const struct demo_world *world, bool all_platforms, struct demo_compare **out);
void demo_compare_free(struct demo_compare *compare);
/* Begins, unless it is under way; or stops for good: what comes later is ignored. */
void demo_compare_start(struct demo_compare *compare);
void demo_compare_stop(struct demo_compare *compare);
bool demo_compare_runs(const struct demo_compare *compare);
/* Of the last complete one: listings whose shop shows another number; -1: there was none yet. */
int64_t demo_compare_disagreeing(const struct demo_compare *compare);
void demo_compare_forget(struct demo_compare *compare); /* the last one says nothing any more */
/* One that disagrees, for people; "" when there is none. */
const char *demo_compare_example(const struct demo_compare *compare);
