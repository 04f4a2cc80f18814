/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan - what people do and what goes wrong in one run, drawn from a seed before it begins.
 *
 * A plan is a list of steps, each at its own moment, that can be read, written to a file, and made
 * smaller: indices are taken modulo what is there when the step is done, so any sublist of a plan is
 * a plan. Latencies and the like are noise, drawn from the seed while the plan is carried out.
 */
#pragma once
#include "base/buf.h"
#include "drill/luck.h"

/* X(kind, word, what a, b and c are) */
#define PLAN_STEPS(X)                                                                              \
    X(BUY, "buy", "shop, item, units")                                                             \
    X(BUY_TWO, "buy-two", "shop, item, other item")                                                \
    X(CANCEL, "cancel", "order")                                                                   \
    X(SHIP, "ship", "order")                                                                       \
    X(REFUND, "refund", "order, restock, units")                                                   \
    X(EDIT, "edit", "order, -, units")                                                             \
    X(RECEIVE, "receive", "item, -, units")                                                        \
    X(ADJUST, "adjust", "item, -, units more or less")                                             \
    X(DAMAGE, "damage", "item, -, units")                                                          \
    X(BUFFER, "buffer", "shop, -, units")                                                          \
    X(PAUSE, "pause", "shop, for so many s")                                                       \
    X(HOLD, "hold", "item, for so many s, units")                                                  \
    X(FOREIGN, "foreign", "shop, item, the count it sets")                                         \
    X(HOOKS, "hooks", "shop, 0 lose 1 repeat 2 reorder 3 delay, permille (delay: ms)")             \
    X(API, "api", "shop, 0 throttle 1 error 2 hang 3 apply and hang 4 slow, permille (slow: ms)")  \
    X(CALM, "calm", "shop")                                                                        \
    X(LINK,                                                                                        \
      "link",                                                                                      \
      "0 to shops 1 to server 2 people's, 0 lose 1 lose answer 2 refuse 3 slow, permille (ms)")    \
    X(KILL, "kill", "down for so many ms")                                                         \
    X(POWER, "power-cut", "down for so many ms")                                                   \
    X(STOP, "stop", "down for so many ms")                                                         \
    X(SYNC_FAILS, "sync-fails", "so many times")                                                   \
    X(WRITE_FAILS, "write-fails", "so many times")                                                 \
    X(DISK_FULL, "disk-full", "for so many ms")                                                    \
    X(CLOCK, "clock", "-, -, jumps by so many s")                                                  \
    X(TRANSFER, "transfer", "item, 0 away 1 back + 2 cancelled + 4 damaged, units")                \
    X(CRASH_AT,                                                                                    \
      "crash-at",                                                                                  \
      "in so many touches of the disk, 0 kill 1 power cut + 2 from the next "                      \
      "delivery on, down for ms")                                                                  \
    X(FLURRY, "flurry", "shop, item, ms until 0 cancelled 1 shipped 2 edited (modulo 3)")

enum step_kind {
#define X(kind, word, what) STEP_##kind,
    PLAN_STEPS(X)
#undef X
        STEP_KINDS
};

struct plan_step {
    int64_t at_us; /* after the world was set up */
    enum step_kind kind;
    int64_t a, b, c;
};

#define PLAN_SHOPS_MAX 4
struct plan {
    uint64_t seed;
    int64_t length_us;         /* of the trade; then all faults end, and everything must settle */
    int shops[PLAN_SHOPS_MAX]; /* enum shop_kind */
    size_t shops_count;
    int items, units; /* SKUs, and how many there are of each at first */
    struct plan_step *steps;
    size_t count;
};

/* minutes: of virtual time, about. */
void plan_draw(struct plan *plan, uint64_t seed, int minutes);
void plan_free(struct plan *plan);
void plan_write(const struct plan *plan, struct buf *out);
/* False: `why` says in which line what is wrong. */
MUST_USE bool plan_read(struct plan *plan, struct slice text, char why[128]);
const char *step_word(enum step_kind kind);
void step_write(const struct plan_step *step, struct buf *out);
