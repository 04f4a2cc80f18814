/* SPDX-License-Identifier: Apache-2.0 */
#include "core/expected.h"

/* Below this a lowering write could hide an own sale that is on its way. */
#define NEAR_ZERO 3

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct range expected_hull(const struct expected *e)
{
    if (e->phase == EXPECTED_SETTLED) {
        return e->base;
    }
    if (!e->is_known) { /* base says nothing: anything may be there */
        return (struct range){0, QTY_MAX};
    }
    return (struct range){least(e->base.lo, e->landed.lo), most(e->base.hi, e->landed.hi)};
}

/* A change makes earlier evidence worthless: readings begun before it, and proof that nothing is on
 * its way. */
static void changed(struct expected *e)
{
    e->seq++;
    e->read_at_us = 0;
    e->is_explained = false;
}

void expected_push_left(
    struct expected *e, int64_t value, bool guarded, int64_t compare, int64_t now_us)
{
    must(e->phase == EXPECTED_SETTLED && value >= 0 && (!guarded || e->is_known));
    e->phase = EXPECTED_IN_FLIGHT;
    e->landed = (struct range){value, value};
    e->is_guarded = guarded;
    e->push_value = value;
    e->push_compare = guarded ? compare : 0;
    e->left_at_us = now_us;
    changed(e);
}

void expected_repeated(struct expected *e, int64_t now_us)
{
    must(e->phase == EXPECTED_UNKNOWN);
    e->phase = EXPECTED_IN_FLIGHT;
    e->left_at_us = now_us;
    changed(e);
}

static struct range after_own_event(struct range r, int64_t units, bool surely_after)
{
    if (surely_after) {
        return (struct range){r.lo - units, r.hi - units};
    }
    return units > 0 ? (struct range){r.lo - units, r.hi} : (struct range){r.lo, r.hi - units};
}

void expected_own_event(struct expected *e,
                        int64_t units,
                        int64_t happened_at_us,
                        int64_t now_us,
                        int64_t event_delay_us)
{
    bool surely_after = happened_at_us > e->synced_at_us;
    if (e->is_known) {
        e->base = after_own_event(e->base, units, surely_after);
    }
    if (e->phase != EXPECTED_SETTLED) {
        e->landed = after_own_event(e->landed, units, surely_after && e->is_guarded);
    }
    if (units > 0) {
        if (now_us - e->sold_since_us > event_delay_us) {
            e->sold_units = 0;
            e->sold_since_us = now_us;
        }
        e->sold_units += units;
    }
    /* The event that a surprising reading was waiting for; what came after it explains nothing. */
    if (e->unexplained_at_us && !surely_after && (units > 0) == (e->unexplained > 0)) {
        e->unexplained -= units > 0 ? least(units, e->unexplained) : most(units, e->unexplained);
        e->unexplained_at_us = e->unexplained ? e->unexplained_at_us : 0;
    }
    changed(e);
}

static void settle(struct expected *e)
{
    e->phase = EXPECTED_SETTLED;
    e->landed = (struct range){0};
    e->is_guarded = false;
}

void expected_accepted(struct expected *e, int64_t now_us, int64_t ambiguity_us)
{
    must(e->phase == EXPECTED_IN_FLIGHT);
    e->base = e->is_known ? expected_hull(e) : e->base;
    e->open_until_us = most(e->open_until_us, now_us + ambiguity_us);
    /* It may swallow what happens until then. */
    e->synced_at_us = most(e->synced_at_us, e->open_until_us);
    settle(e);
    changed(e);
}

void expected_confirmed(struct expected *e, int64_t synced_at_us, int64_t now_us)
{
    must(e->phase != EXPECTED_SETTLED);
    if (!e->is_guarded) {
        e->doubted_at_us =
            now_us; /* it may have swallowed what was on its way, as a reading does */
    }
    e->base = e->open_until_us ? expected_hull(e) : e->landed;
    e->is_known = true;
    e->synced_at_us = most(e->synced_at_us, synced_at_us);
    settle(e);
    changed(e);
}

void expected_refused(struct expected *e)
{
    must(e->phase != EXPECTED_SETTLED);
    settle(e);
    changed(e);
}

void expected_lost(struct expected *e)
{
    must(e->phase == EXPECTED_IN_FLIGHT);
    e->phase = EXPECTED_UNKNOWN;
    changed(e);
}

void expected_restarted(struct expected *e)
{
    if (e->phase == EXPECTED_IN_FLIGHT) {
        expected_lost(e);
    }
    e->read_at_us = 0;
    e->is_explained = false;
}

enum expected_reading expected_read(struct expected *e,
                                    int64_t seq,
                                    int64_t count,
                                    int64_t synced_at_us,
                                    int64_t now_us,
                                    int64_t event_delay_us,
                                    int64_t *out_missing)
{
    *out_missing = 0;
    if (seq != e->seq || e->phase == EXPECTED_IN_FLIGHT || now_us < e->open_until_us) {
        return READING_DISCARDED;
    }
    struct range hull = expected_hull(e);
    bool was_exact = e->phase == EXPECTED_SETTLED && e->is_known && hull.lo == hull.hi;
    bool within = !e->is_known || (count >= hull.lo && count <= hull.hi);
    enum expected_reading verdict = !within      ? READING_SURPRISE
                                    : !was_exact ? READING_NARROWED
                                                 : READING_EXPLAINED;
    if (e->unexplained_at_us && now_us - e->unexplained_at_us >= event_delay_us) {
        verdict = READING_FOREIGN; /* the same count again, and by now its order would be here */
        *out_missing = e->unexplained;
        e->unexplained = 0;
        e->unexplained_at_us = 0;
    }
    if (!within) { /* and what is wrong now has a wait of its own */
        e->unexplained += (count < hull.lo ? hull.lo : hull.hi) - count;
        e->unexplained_at_us = now_us;
    }
    if (!within || verdict == READING_NARROWED) {
        e->doubted_at_us = now_us;
    }
    e->base = (struct range){count, count};
    e->is_known = true;
    e->open_until_us = 0;
    e->synced_at_us = most(e->synced_at_us, synced_at_us);
    settle(e);
    e->seq++;
    e->read_at_us = now_us;
    e->is_explained =
        e->unexplained_at_us == 0 && (verdict == READING_EXPLAINED || verdict == READING_FOREIGN);
    return verdict;
}

void expected_forgotten(struct expected *e, int64_t now_us)
{
    *e = (struct expected){
        .seq = e->seq + 1, .synced_at_us = e->synced_at_us, .doubted_at_us = now_us};
}

void expected_taken_over(struct expected *e)
{
    e->unexplained = 0;
    e->unexplained_at_us = 0;
}

static struct expected_plan wait_until(int64_t at_us)
{
    return (struct expected_plan){.step = STEP_WAIT, .at_us = at_us};
}

static struct expected_plan send(int64_t value, bool is_raise)
{
    return (struct expected_plan){.step = STEP_SEND, .value = value, .is_raise = is_raise};
}

static struct expected_plan read_count(const struct expected *e, const struct expected_manners *m)
{
    return (struct expected_plan){.step = STEP_READ,
                                  .needs_orders = !m->compare_and_set,
                                  .orders_after_us = e->doubted_at_us};
}

static struct expected_plan read_after_orders(int64_t orders_after_us)
{
    return (struct expected_plan){
        .step = STEP_READ, .needs_orders = true, .orders_after_us = orders_after_us};
}

/* A surprise is looked up in the orders at once. What they do not explain waits for its event; then
 * orders and count are read once more. The order that explains it changes seq and comes here again
 * at once. */
static struct expected_plan
explain(const struct expected *e, const struct expected_manners *m, int64_t now_us)
{
    int64_t due_us = e->unexplained_at_us + m->event_delay_us;
    bool looked_up = m->orders_read_us > e->unexplained_at_us;
    return looked_up && now_us < due_us ? wait_until(due_us)
                                        : read_after_orders(e->unexplained_at_us);
}

/* Compare-and-set is proof by itself: it needs one exact count to state, and no doubt about it. */
static struct expected_plan plan_guarded(const struct expected *e,
                                         struct range r,
                                         int64_t w,
                                         const struct expected_manners *m,
                                         int64_t now_us)
{
    if (!e->is_known || r.lo != r.hi) {
        return w == 0 ? send(0, false) : read_count(e, m);
    }
    if (w > r.lo && e->unexplained_at_us) {
        return explain(e, m, now_us);
    }
    if (w > r.lo && e->doubted_at_us && m->orders_read_us <= e->doubted_at_us &&
        now_us - e->doubted_at_us < m->event_delay_us) {
        return read_after_orders(e->doubted_at_us);
    }
    struct expected_plan p = send(w, w > r.lo);
    p.is_guarded = true;
    p.compare = r.lo;
    return p;
}

static struct expected_plan plan_read_first(const struct expected *e,
                                            struct range r,
                                            int64_t w,
                                            const struct expected_manners *m,
                                            int64_t now_us)
{
    if (w == 0) {
        return send(0, false);
    }
    bool fresh = e->read_at_us && now_us - e->read_at_us <= RAISE_PROOF_US;
    if (e->is_known && w <= r.lo) {
        int64_t recent = now_us - e->sold_since_us <= m->event_delay_us ? e->sold_units : 0;
        /* A set is absolute, and a sale of the channel's own may be on its way. */
        return w > most(NEAR_ZERO, recent) || fresh ? send(w, false) : read_count(e, m);
    }
    if (fresh && e->is_explained && m->orders_read_us > e->doubted_at_us) {
        return send(w, true);
    }
    return e->unexplained_at_us ? explain(e, m, now_us) : read_count(e, m);
}

/* Writes are still to be carried out, in an order that nobody tells: lower ones may follow at once,
 * all else waits for what a reading says afterwards. */
static struct expected_plan
plan_open(const struct expected *e, int64_t w, const struct expected_manners *m, int64_t now_us)
{
    bool is_lower =
        e->is_known ? w < e->base.lo || (w == e->base.lo && w != e->push_value) : w < e->push_value;
    if (is_lower) {
        return send(w, false);
    }
    return now_us < e->open_until_us ? wait_until(e->open_until_us) : read_count(e, m);
}

struct expected_plan expected_plan(const struct expected *e,
                                   int64_t sellable,
                                   const struct expected_manners *m,
                                   int64_t now_us)
{
    must(sellable >= 0);
    struct range r = expected_hull(e);
    switch (e->phase) {
    case EXPECTED_IN_FLIGHT:
        return (struct expected_plan){.step = STEP_NONE};
    case EXPECTED_UNKNOWN:
        if (!m->reads_counts) {
            return (struct expected_plan){.step = STEP_REPEAT, .value = e->push_value};
        }
        return now_us - e->left_at_us >= m->ambiguity_us
                   ? read_count(e, m)
                   : wait_until(e->left_at_us + m->ambiguity_us);
    case EXPECTED_SETTLED:
        break;
    }
    if (e->is_known && r.lo == sellable && r.hi == sellable) {
        return e->unexplained_at_us ? explain(e, m, now_us)
                                    : (struct expected_plan){.step = STEP_NONE};
    }
    if (e->open_until_us && m->reads_counts) {
        return plan_open(e, sellable, m, now_us);
    }
    if (m->raise_freely || !m->reads_counts) {
        return send(sellable, !e->is_known || sellable > r.lo);
    }
    return m->compare_and_set ? plan_guarded(e, r, sellable, m, now_us)
                              : plan_read_first(e, r, sellable, m, now_us);
}

bool expected_plan_look(const struct expected *e,
                        const struct expected_manners *m,
                        int64_t now_us,
                        struct expected_plan *out)
{
    if (!m->reads_counts || e->phase != EXPECTED_SETTLED || now_us < e->open_until_us) {
        return false;
    }
    /* What nothing explains yet may be an order that we have not read: it is no foreign write
     * before its orders were. */
    *out = (struct expected_plan){.step = STEP_READ,
                                  .needs_orders = !m->compare_and_set || e->unexplained_at_us,
                                  .orders_after_us = e->unexplained_at_us};
    return true;
}

bool expected_orders_first(int64_t orders_after_us, int64_t orders_read_us, int64_t now_us)
{
    return orders_read_us <= orders_after_us || now_us - orders_read_us > RAISE_PROOF_US;
}
