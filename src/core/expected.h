/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expected - what a channel may show now: a range, because it is never known, only bounded.
 *
 * A push that is unanswered may have landed or not: two hypotheses, `base` (it never lands) and
 * `landed` (it has). `expected` is the hull of both. The invariant that all of this keeps:
 *
 *   the channel's count, plus its own sales (less its own restocks) that we have not recorded
 *   and that no landed write or reading has swallowed, lies within [lo, hi]
 *
 *             push leaves                         confirmed: base = landed
 *   SETTLED ----------------> IN_FLIGHT -------------------------------------------> SETTLED
 *      ^                       |      \-- refused for certain: landed ends ---------> SETTLED
 *      |                       | answer lost
 *      |  reading later than   v
 *      +---- the window ---- UNKNOWN -- repeated, where nothing can be read --> IN_FLIGHT
 *
 * Some channels take a write and carry it out later, at a moment nobody tells. Such a write is
 * accepted: base becomes the hull of both hypotheses, and stays open until the window is over, when
 * a reading says what came of it. Lower values may leave meanwhile; nothing is raised.
 *
 * What an own sale of n does (a restock of n is the mirror image, +n and hi for lo):
 *
 *   its own time                      base            landed, guarded     landed, not guarded
 *   surely after the last writing     both less n     both less n         lo less n
 *   otherwise                         lo less n       lo less n           lo less n
 *
 * ("otherwise": a write or a reading may have swallowed it already.) A guarded write is a
 * compare-and-set: it lands only on the count it states, so a sale it did not know of makes it
 * fail. Under compare-and-set an unknown sale and an unknown restock can cancel out; the range is
 * then off until both are recorded, and every write made meanwhile is guarded by the compare
 * itself.
 *
 * expected_plan says what to do next for a listing that should show `sellable`. Pure: the caller
 * performs it.
 */
#pragma once
#include "base/base.h"

struct range {
    int64_t lo, hi;
};

enum expected_phase { EXPECTED_SETTLED, EXPECTED_IN_FLIGHT, EXPECTED_UNKNOWN };

struct expected {
    bool is_known; /* was ever confirmed or read; before that base says nothing */
    enum expected_phase phase;
    struct range base, landed; /* landed: only when not SETTLED */
    bool is_guarded;           /* the push under way states what it expects */
    int64_t push_value;        /* the push under way */
    int64_t push_compare;      /* when is_guarded */
    int64_t left_at_us;        /* when it left, wall */
    /* Channel's time by which the last confirmation or reading had happened. */
    int64_t synced_at_us;
    int64_t seq; /* one more with every push and own event: dates a reading */
    /* Evidence for raising and lowering without compare-and-set. */
    int64_t read_at_us; /* wall time of the last reading; 0: none since the last change */
    bool is_explained;  /* that reading was what we expected: no own sale is on its way */
    /* Accepted writes are carried out by then, wall; readings before it prove nothing. 0: none is
     * awaited. */
    int64_t open_until_us;
    /* Wall time of the last reading that was news, or of the last confirmation of a write that
     * compared nothing: it may have swallowed own sales that are still on their way. 0: never. */
    int64_t doubted_at_us;
    int64_t unexplained; /* units by which it was below (or, negative, above) what we expected */
    int64_t unexplained_at_us; /* since when; 0: nothing is unexplained */
    /* Own sales in the present window of the channel's event delay. */
    int64_t sold_units, sold_since_us;
};

struct range expected_hull(const struct expected *e);

void expected_push_left(
    struct expected *e, int64_t value, bool guarded, int64_t compare, int64_t now_us);
/* The unanswered value is sent once more, where nothing can be read. */
void expected_repeated(struct expected *e, int64_t now_us);
/* units > 0: sold; < 0: restocked by the channel itself. happened_at_us: not later than it really
 * happened. */
void expected_own_event(struct expected *e,
                        int64_t units,
                        int64_t happened_at_us,
                        int64_t now_us,
                        int64_t event_delay_us);
/* synced_at_us: channel's time, not earlier than the confirmation or reading. */
void expected_confirmed(struct expected *e, int64_t synced_at_us, int64_t now_us);
/* It will be carried out within ambiguity_us, or never. */
void expected_accepted(struct expected *e, int64_t now_us, int64_t ambiguity_us);
void expected_refused(struct expected *e); /* certain that it did not and will not land */
void expected_lost(struct expected *e);    /* the answer is lost */
/* At start: what was in flight when we stopped is unknown. */
void expected_restarted(struct expected *e);

/* What we knew is of another time, as after a restore: what the channel shows nobody knows, and sales
 * that its count holds already may still be told. */
void expected_forgotten(struct expected *e, int64_t now_us);

/* The channel is ours to write from now on: what somebody else wrote before it was is no riddle any
 * more. */
void expected_taken_over(struct expected *e);

enum expected_reading {
    READING_DISCARDED, /* a push or own event came between, or a write is still to be carried out:
                          it proves nothing */
    READING_EXPLAINED, /* it is what we expected */
    READING_NARROWED,  /* within the range, which had been open: now exact */
    READING_SURPRISE,  /* outside the range: an own sale on its way, or a foreign write */
    READING_FOREIGN,   /* the same surprise twice, and no order explains it: somebody else wrote */
};
/* A reading begun when seq was `seq`. Not for IN_FLIGHT; UNKNOWN only later than the ambiguity
 * window. event_delay_us: how long the channel's own sales may take to reach us. */
/* *out_missing: units that READING_FOREIGN found missing (negative: too many). */
enum expected_reading expected_read(struct expected *e,
                                    int64_t seq,
                                    int64_t count,
                                    int64_t synced_at_us,
                                    int64_t now_us,
                                    int64_t event_delay_us,
                                    int64_t *out_missing);

/* How the channel behaves, from its connector, and what is known of its orders. */
struct expected_manners {
    bool compare_and_set, reads_counts, raise_freely;
    /* When the last complete reading of its changed orders began, wall; 0: never. */
    int64_t orders_read_us;
    int64_t event_delay_us; /* p99 of its own sales reaching us, 10 to 120 s */
    int64_t ambiguity_us;
};

enum expected_step {
    STEP_NONE,   /* clean, or waiting for an answer */
    STEP_SEND,   /* write `value`; guarded by `compare` when is_guarded */
    STEP_REPEAT, /* nothing can be read: the unanswered value again (expected_repeated) */
    STEP_READ,   /* read the count; when needs_orders, read the orders since the cursor before it,
                    later than orders_after_us */
    STEP_WAIT,   /* nothing before `at_us` */
};
struct expected_plan {
    enum expected_step step;
    int64_t value, compare, at_us, orders_after_us;
    bool is_guarded, needs_orders;
    bool is_raise; /* of STEP_SEND: must leave within RAISE_PROOF_US of the reading */
};
#define RAISE_PROOF_US (2 * US_PER_S)

/*
 * Raising wants proof that no own sale is on its way. Under compare-and-set a write that lands is
 * that proof, as long as the count it states follows from guarded writes and recorded sales. A
 * count that was read has swallowed whatever was on its way, and so has a write that compared
 * nothing: it proves nothing before the event delay is over or the orders were read later than it.
 */
struct expected_plan expected_plan(const struct expected *e,
                                   int64_t sellable,
                                   const struct expected_manners *m,
                                   int64_t now_us);

/* A reading that somebody asked for, instead of what expected_plan wants: a sweep, or a write that
 * was refused because it stated another count. False when it would prove nothing. */
bool expected_plan_look(const struct expected *e,
                        const struct expected_manners *m,
                        int64_t now_us,
                        struct expected_plan *out);
/* The orders are read before the count of a plan that needs them: when they were read before
 * orders_after_us, or so long ago that a sale may have come since. */
bool expected_orders_first(int64_t orders_after_us, int64_t orders_read_us, int64_t now_us);
