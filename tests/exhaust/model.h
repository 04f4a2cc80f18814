/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model - one hub and two channels that sell one SKU, small enough to go through every state.
 *
 * The hub is the product's: what is expected, what is written, when a count is read and what a
 * reading proves are decided by core/expected.h. What is modelled here is the world around it: two
 * channels with buyers, orders whose news is on its way, writes that land late or never, answers
 * that are lost, counts that are taken at one moment and told at another, a hub that dies.
 *
 * An order is a state with versions, as everywhere: placed, then perhaps cancelled, which puts its
 * unit back on sale. Its newest version may be the first that is heard of.
 *
 * Time passes in two ways: every step is later than the one before, and a while may pass that is
 * longer than a proof lasts, than news takes, or than an unanswered write may still land.
 */
#pragma once
#include "core/expected.h"

#define CHANNELS 2
#define ORDERS_MAX 4 /* of one channel that may still change something */
#define STOCK_MAX 3
#define RESTARTS_MAX 2

/* Rules that can be replaced by wrong ones, to see that it is noticed. */
enum broken_rule {
    BREAK_NONE,
    BREAK_SINGLE_RANGE,    /* a write that left is believed to have landed */
    BREAK_LATE_BELIEVED,   /* one whose answer was lost, too */
    BREAK_RAISE_UNPROVEN,  /* counts are raised without proof */
    BREAK_BASE_KEPT,       /* an own sale does not move base while a write is under way */
    BREAK_READING_TRUSTED, /* a reading counts although an own event came meanwhile */
    BREAK_CANCEL_SILENT,   /* an order first heard of as cancelled moves nothing */
    BREAKS
};

enum recorded { UNHEARD, PLACED, CANCELLED };
struct own_order {
    int64_t placed_at_us, cancelled_at_us;
    uint8_t recorded; /* enum recorded: the version that the hub has booked */
    uint8_t is_cancelled;
    uint8_t sale_gone, back_gone; /* a landed write or a reading has swallowed it */
    uint8_t sale_seen, back_seen; /* in the count that the reading under way has taken */
    uint8_t known_at_left;        /* `recorded`, when the write on the wire left */
    uint8_t crossed;              /* a compare passed because it and another cancelled out */
};

enum wire {
    WIRE_NONE,
    WIRE_LEFT,    /* it may land */
    WIRE_LANDED,  /* its answer is on the way */
    WIRE_BOUNCED, /* likewise: it stated another count */
};

struct channel {
    int64_t count;
    struct expected expected;
    /* the write on the wire, whether or not the hub still waits for it */
    int64_t value, compare, left_at_us;
    int64_t proof_at_us; /* a sale after this could not be known when it left */
    /* the reading under way, and when the count of the last accepted one was taken */
    int64_t read_seq, read_count, read_taken_us, proven_us;
    int64_t orders_read_us; /* the hub's last complete reading of its changed orders */
    struct own_order orders[ORDERS_MAX];
    uint8_t orders_count;
    uint8_t wire; /* enum wire */
    bool compares, is_reading, must_look;
    bool is_guarded, is_late; /* of the write on the wire; late: news was, when it left */
};

struct world {
    int64_t now_us;
    int64_t stock, available; /* units that there ever were; what the hub has left of them */
    uint8_t restarts;
    struct channel channels[CHANNELS];
};

enum act {
    ACT_SELL,      /* a buyer takes one of what the channel shows */
    ACT_CANCEL,    /* the channel cancels an order and shows its unit again */
    ACT_PLACED,    /* news of an order arrives, as it was placed */
    ACT_CANCELLED, /* as it is after the cancel */
    ACT_ORDERS,    /* the hub reads all changed orders */
    ACT_LEAVE,     /* a write leaves, if the rules say so */
    ACT_LAND,
    ACT_REFUSE, /* turned away, certainly not landed */
    ACT_ANSWER,
    ACT_LOSE,  /* the hub gives up waiting */
    ACT_TAKE,  /* the channel takes the count for a reading, if the rules say so */
    ACT_COUNT, /* and the hub hears it */
    ACT_WRITE, /* a write leaves, lands and is answered, and nothing comes between */
    ACT_READ,  /* a reading, likewise */
    ACT_GOODS, /* one unit arrives */
    ACT_RESTART,
    ACT_PASS, /* a while passes; which: enum pass */
};
enum pass { PASS_PROOF, PASS_DELAY, PASS_WINDOW, PASSES };
struct action {
    uint8_t act, channel, which;
};
#define ACTIONS_MAX 64

/* compares: which channels take compare-and-set. All show `stock`, and the hub knows. */
void world_start(struct world *w, int64_t stock, const bool compares[CHANNELS]);
/* Everything that may happen next; gives how many. *out_cut: more orders than there is room for. */
size_t world_actions(const struct world *w,
                     enum broken_rule broken,
                     struct action actions[ACTIONS_MAX],
                     size_t *out_cut);
/* NULL, or what is wrong about it. */
const char *world_act(struct world *w, enum broken_rule broken, struct action a);
/* What must hold in every state; NULL, or what does not. */
const char *world_check(const struct world *w);
/* States that behave alike become the same bytes. */
void world_canonical(struct world *w);
/* Nobody buys any more, all news arrives, all is answered. NULL when both channels show in the end
 * what there is. lands: so does what is on the wire. */
const char *world_settle(struct world *w, enum broken_rule broken, bool lands);

/* One line, for people. */
void world_tell_action(const struct world *before, struct action a, char *out, size_t size);
void world_tell(const struct world *w, char *out, size_t size);
