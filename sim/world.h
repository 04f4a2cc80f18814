/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world - the server as it is shipped, look-alike shops, people and faults, in one thread on virtual
 * time.
 *
 * Set up, trade by the plan, then quiet: all faults end, nobody trades, and everything must settle.
 * After each commit, each start and at the end the checkers look; the first promise that is broken
 * ends the run.
 */
#pragma once
#include "base/arena.h"
#include "base/json_read.h"
#include "base/map.h"
#include "cli/server.h"
#include "drill/sandbox.h"
#include "sim/disk.h"
#include "sim/machine.h"
#include "sim/marks.h"
#include "sim/model.h"
#include "sim/plan.h"

#define WORLD_TOKEN "simulator-admin-token-0123456789"
#define WORLD_PORT 8080
#define WORLD_ORDERS_MAX 4000

struct world_order {
    struct shop *shop;
    int64_t id;
    int items[2];
    int lines;
};

/* A hook that the server answered with 2xx: what it must never lose again. */
struct world_ack {
    uint64_t channel, delivery; /* hashes */
};

struct world_figures {
    uint64_t events, commits, checks, faults, crashes, acks, unknown_resolved, settle_us;
    uint64_t starts, rebuilds;
    struct marks marks;
};

struct world {
    const struct plan *plan;
    struct clock clock;
    struct network *network;
    struct disk *disk;
    struct machine *server_machine, *shops_machine, *people_machine;
    struct server *server; /* NULL: it is down */
    bool is_stopping;
    bool is_dying; /* in the middle of something: what is on the stack still has to return */
    char mark[16]; /* of a running server, as it was when it died */
    bool has_mark;
    int64_t wall_offset_us;
    char directory[64];
    struct sandbox *sandbox;
    struct shop *shops[PLAN_SHOPS_MAX];
    struct model model;
    struct world_order *orders;
    size_t orders_count;
    struct world_ack *acks;
    size_t acks_count, acks_cap, acks_checked;
    struct map versions; /* of orders: the newest that was stored */
    size_t ops_open;     /* operators' requests that are not answered for good */
    int last_refusal;    /* of one of them */
    uint64_t commits_seen;
    struct arena arena;
    struct json_doc *doc;
    struct world_figures figures;
    bool is_broken;
    char broken[1024];                                   /* which promise, and how */
    void (*tell)(struct world *world, const char *line); /* the story; NULL: nobody listens */
    /* of the last synchronous call */
    bool is_answered;
    int status;
    struct slice text;
    struct json json;
};

/* Runs the whole plan. False: a promise was broken, and `broken` says which. */
bool world_run(struct world *world, const struct plan *plan);
void world_free(struct world *world);

/* ---- for the world's own files ---- */

void world_breaks(struct world *world, const char *promise, const char *format, ...)
    PRINTF_LIKE(3, 4);
void world_say(struct world *world, const char *format, ...) PRINTF_LIKE(2, 3);
/* Lets time pass. */
void world_pass(struct world *world, int64_t us);
/* One call of the API by the administrator, and its answer; 0 without one. */
int world_call(struct world *world, const char *method, const char *path, struct slice body);
int PRINTF_LIKE(4, 5)
    world_callf(struct world *world, const char *method, const char *path, const char *body, ...);
uint64_t world_hash(struct slice bytes);
uint64_t world_delivery(struct slice body); /* what acknowledgements are kept by */
const char *world_sku(int item, char out[16]);
void server_up(struct world *world);
void server_down(struct world *world, enum step_kind how);
void server_dies(struct world *world, bool has_power);           /* server_down must follow, soon */
bool step_do(struct world *world, const struct plan_step *step); /* people.c */
bool people_buy(struct world *world, struct shop *shop, const int *items, int lines, int64_t units);
void people_calm(struct world *world);       /* faults end */
bool people_wait(const struct world *world); /* somebody has no answer yet */
/* people_more.c */
bool do_transfer(struct world *world, const struct plan_step *s, struct shop *shop);
bool do_crash_at(struct world *world, const struct plan_step *s, struct shop *shop);
bool do_flurry(struct world *world, const struct plan_step *s, struct shop *shop);
void delivery_leaves(struct world *world); /* to the server: somebody may wait for that */
void deaths_end(struct world *world);

void check_started(struct world *world); /* check.c: right after a start */
void check_committed(struct world *world);
/* check_more.c */
void check_answered(struct world *world); /* after deliveries were answered */
void check_rest(struct world *world);     /* nothing happens, and nothing may change */
void check_rebuilt(struct world *world);  /* what movements make, made anew */
void check_forget(struct world *world);
bool check_settled(struct world *world, char why[256]);
void check_end(struct world *world);
