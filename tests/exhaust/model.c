/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#define DELAY_US (10 * US_PER_S) /* news takes no longer, by the hub's rules */
static const int64_t pass_us[PASSES] = {3 * US_PER_S, 11 * US_PER_S, 61 * US_PER_S};

static int64_t window_us(const struct channel *c)
{
    return (c->compares ? 10 : 60) * US_PER_S;
}

static struct expected_manners manners_of(const struct channel *c)
{
    return (struct expected_manners){.compare_and_set = c->compares,
                                     .reads_counts = true,
                                     .orders_read_us = c->orders_read_us,
                                     .event_delay_us = DELAY_US,
                                     .ambiguity_us = window_us(c)};
}

static int64_t sellable(const struct world *w)
{
    return w->available > 0 ? w->available : 0;
}

void world_start(struct world *w, int64_t stock, const bool compares[CHANNELS])
{
    memset(w, 0, sizeof(*w)); /* its bytes are compared */
    w->now_us = 1000 * US_PER_S;
    w->stock = stock;
    w->available = stock;
    for (size_t i = 0; i < CHANNELS; i++) {
        struct channel *c = &w->channels[i];
        c->count = stock;
        c->compares = compares[i];
        c->expected.is_known = true;
        c->expected.base = (struct range){stock, stock};
    }
}

/* ---- the channel ---- */

/* Some news has been on its way for longer than the hub allows for. */
static bool is_news_late(const struct world *w, const struct channel *c)
{
    bool is_late = false;
    for (size_t i = 0; i < c->orders_count; i++) {
        const struct own_order *o = &c->orders[i];
        bool is_sale = o->recorded == UNHEARD && w->now_us - o->placed_at_us >= DELAY_US;
        bool is_back = o->recorded < CANCELLED && o->is_cancelled &&
                       w->now_us - o->cancelled_at_us >= DELAY_US;
        is_late = is_late || is_sale || is_back;
    }
    return is_late;
}

/* A write that raises the count sells again what it does not know to be sold: does it so with units
 * that could have been known when it was decided (exhaust.c)? */
static bool sells_again(const struct channel *c)
{
    int64_t hidden = 0, excused = 0, raised = c->value - c->count;
    for (size_t i = 0; i < c->orders_count; i++) {
        const struct own_order *o = &c->orders[i];
        bool is_hidden = o->known_at_left == UNHEARD && !o->is_cancelled;
        hidden += is_hidden;
        hidden -= o->known_at_left == PLACED && o->is_cancelled;
        excused += is_hidden && !c->is_guarded && o->placed_at_us > c->proof_at_us;
    }
    return !c->is_late && (hidden < raised ? hidden : raised) > excused;
}

/* An unknown sale and an unknown restock cancelled out: the compare passed all the same. */
static void cross(struct channel *c)
{
    bool sale = false, back = false;
    for (size_t i = 0; i < c->orders_count; i++) {
        const struct own_order *o = &c->orders[i];
        sale |= o->known_at_left == UNHEARD && !o->sale_gone;
        back |= o->known_at_left < CANCELLED && o->is_cancelled && !o->back_gone;
    }
    for (size_t i = 0; i < c->orders_count && sale && back; i++) {
        struct own_order *o = &c->orders[i];
        bool is_unknown =
            o->known_at_left == UNHEARD || (o->is_cancelled && o->known_at_left < CANCELLED);
        o->crossed = o->crossed || is_unknown;
    }
}

static const char *land(struct channel *c)
{
    bool is_awaited = c->expected.phase == EXPECTED_IN_FLIGHT;
    const char *wrong = NULL;
    if (c->is_guarded && c->count != c->compare) {
        c->wire = is_awaited ? WIRE_BOUNCED : WIRE_NONE;
        return NULL;
    }
    if (sells_again(c)) {
        wrong = "a unit that was sold is on sale again, and the rules could have known";
    }
    if (c->is_guarded) {
        cross(c);
    }
    c->count = c->value;
    for (size_t i = 0; i < c->orders_count; i++) {
        c->orders[i].sale_gone = true;
        c->orders[i].back_gone = c->orders[i].is_cancelled;
    }
    c->wire = is_awaited ? WIRE_LANDED : WIRE_NONE;
    return wrong;
}

static void sell(struct world *w, struct channel *c)
{
    struct own_order *o = &c->orders[c->orders_count++];
    memset(o, 0, sizeof(*o));
    o->placed_at_us = w->now_us;
    c->count--;
}

/* ---- the hub ---- */

/* Orders that can change nothing any more are forgotten, unless a write may still land that did not
 * know of them. */
static void forget(struct channel *c)
{
    size_t kept = 0;
    if (c->wire == WIRE_LEFT) {
        return;
    }
    for (size_t i = 0; i < c->orders_count; i++) {
        if (c->orders[i].recorded < CANCELLED) {
            c->orders[kept++] = c->orders[i];
        }
    }
    memset(&c->orders[kept], 0, (c->orders_count - kept) * sizeof(c->orders[0]));
    c->orders_count = (uint8_t)kept;
}

/* A version of an order is booked, and moves what the channel is expected to show. Each thing that
 * happened is told at the latest instant that it surely did not happen before: a sale when it was
 * placed, a cancel when the version before it was. */
static void record_one(
    struct world *w, struct channel *c, struct own_order *o, int64_t units, enum broken_rule broken)
{
    struct range base = c->expected.base;
    w->available -= units;
    expected_own_event(&c->expected, units, o->placed_at_us, w->now_us, DELAY_US);
    if (broken == BREAK_BASE_KEPT && c->expected.phase != EXPECTED_SETTLED) {
        c->expected.base = base;
    }
}

static void record(struct world *w,
                   struct channel *c,
                   struct own_order *o,
                   enum recorded version,
                   enum broken_rule broken)
{
    bool is_silent = broken == BREAK_CANCEL_SILENT && version == CANCELLED;
    if (o->recorded == UNHEARD && !is_silent) {
        record_one(w, c, o, 1, broken);
        o->recorded = PLACED;
    }
    if (o->recorded == PLACED && version == CANCELLED) {
        record_one(w, c, o, -1, broken);
    }
    o->recorded = (uint8_t)version;
}

static void read_orders(struct world *w, struct channel *c, enum broken_rule broken)
{
    for (size_t i = 0; i < c->orders_count; i++) {
        struct own_order *o = &c->orders[i];
        enum recorded newest = o->is_cancelled ? CANCELLED : PLACED;
        if (o->recorded < newest) {
            record(w, c, o, newest, broken);
        }
    }
    c->orders_read_us = w->now_us;
}

static bool is_busy(const struct channel *c)
{
    return c->is_reading || c->expected.phase == EXPECTED_IN_FLIGHT;
}

/* What the hub would do for a channel now. */
static struct expected_plan
plan_of(const struct world *w, const struct channel *c, enum broken_rule broken)
{
    struct expected_manners m = manners_of(c);
    struct expected_plan plan = expected_plan(&c->expected, sellable(w), &m, w->now_us);
    bool raises = broken == BREAK_RAISE_UNPROVEN && c->expected.phase == EXPECTED_SETTLED &&
                  sellable(w) > c->expected.base.lo;
    if (raises && plan.step != STEP_SEND) {
        plan = (struct expected_plan){.step = STEP_SEND, .value = sellable(w), .is_raise = true};
    }
    if (c->must_look) {
        (void)expected_plan_look(&c->expected, &m, w->now_us, &plan);
    }
    return plan;
}

static bool may_take(const struct world *w, const struct channel *c, const struct expected_plan *p)
{
    return p->step == STEP_READ &&
           (!p->needs_orders ||
            !expected_orders_first(p->orders_after_us, c->orders_read_us, w->now_us));
}

/* The plan wants a reading, or somebody asks for one. */
static bool takes(const struct world *w, const struct channel *c, const struct expected_plan *plan)
{
    struct expected_manners m = manners_of(c);
    struct expected_plan look;
    return !is_busy(c) &&
           (may_take(w, c, plan) ||
            (expected_plan_look(&c->expected, &m, w->now_us, &look) && may_take(w, c, &look)));
}

static void leave(struct world *w, struct channel *c, const struct expected_plan *plan, bool single)
{
    int64_t read_at_us = c->expected.read_at_us;
    bool has_proof = read_at_us && w->now_us - read_at_us <= RAISE_PROOF_US;
    c->proof_at_us = has_proof ? c->proven_us : w->now_us;
    expected_push_left(&c->expected, plan->value, plan->is_guarded, plan->compare, w->now_us);
    if (single) {
        c->expected.base = c->expected.landed;
    }
    c->wire = WIRE_LEFT;
    c->value = plan->value;
    c->compare = plan->compare;
    c->is_guarded = plan->is_guarded;
    c->left_at_us = w->now_us;
    for (size_t i = 0; i < c->orders_count; i++) {
        c->orders[i].known_at_left = c->orders[i].recorded;
    }
    c->is_late = plan->is_guarded && is_news_late(w, c);
}

static void answer(struct world *w, struct channel *c)
{
    if (c->wire == WIRE_LANDED) {
        expected_confirmed(&c->expected, w->now_us);
    } else {
        expected_refused(&c->expected);
        c->must_look = true;
    }
    c->wire = WIRE_NONE;
}

static void lose(struct world *w, struct channel *c, bool believed)
{
    if (believed) {
        expected_confirmed(&c->expected, w->now_us);
    } else {
        expected_lost(&c->expected);
    }
    c->wire = c->wire == WIRE_LEFT ? WIRE_LEFT : WIRE_NONE;
}

static void take(struct world *w, struct channel *c)
{
    c->is_reading = true;
    c->must_look = false;
    c->read_seq = c->expected.seq;
    c->read_count = c->count;
    c->read_taken_us = w->now_us;
    for (size_t i = 0; i < c->orders_count; i++) {
        c->orders[i].sale_seen = true;
        c->orders[i].back_seen = c->orders[i].is_cancelled;
    }
}

static void count(struct world *w, struct channel *c, bool trusted)
{
    int64_t missing, seq = trusted ? c->expected.seq : c->read_seq;
    enum expected_reading verdict =
        expected_read(&c->expected, seq, c->read_count, w->now_us, w->now_us, DELAY_US, &missing);
    for (size_t i = 0; i < c->orders_count && verdict != READING_DISCARDED; i++) {
        c->orders[i].sale_gone = c->orders[i].sale_gone || c->orders[i].sale_seen;
        c->orders[i].back_gone = c->orders[i].back_gone || c->orders[i].back_seen;
    }
    if (verdict != READING_DISCARDED) {
        c->proven_us = c->read_taken_us;
    }
    c->is_reading = false;
}

static void restart(struct world *w)
{
    w->restarts++;
    for (size_t i = 0; i < CHANNELS; i++) {
        struct channel *c = &w->channels[i];
        if (c->expected.phase == EXPECTED_IN_FLIGHT) {
            c->wire = c->wire == WIRE_LEFT ? WIRE_LEFT : WIRE_NONE;
        }
        expected_restarted(&c->expected);
        c->is_reading = false;
        c->must_look = false;
        c->orders_read_us = 0;
    }
}

static void pass(struct world *w, int64_t us)
{
    w->now_us += us;
    for (size_t i = 0; i < CHANNELS; i++) {
        struct channel *c = &w->channels[i];
        if (c->wire == WIRE_LEFT && w->now_us - c->left_at_us >= window_us(c)) {
            c->wire = WIRE_NONE; /* it never lands */
        }
    }
}

static const char *act(struct world *w, enum broken_rule broken, struct action a)
{
    struct channel *c = &w->channels[a.channel];
    struct expected_plan plan;
    const char *wrong;
    switch ((enum act)a.act) {
    case ACT_SELL:
        sell(w, c);
        return NULL;
    case ACT_CANCEL:
        c->orders[a.which].is_cancelled = true;
        c->orders[a.which].cancelled_at_us = w->now_us;
        c->count++;
        return NULL;
    case ACT_PLACED:
    case ACT_CANCELLED:
        record(w, c, &c->orders[a.which], a.act == ACT_PLACED ? PLACED : CANCELLED, broken);
        return NULL;
    case ACT_ORDERS:
        read_orders(w, c, broken);
        return NULL;
    case ACT_LEAVE:
        plan = plan_of(w, c, broken);
        leave(w, c, &plan, broken == BREAK_SINGLE_RANGE);
        return NULL;
    case ACT_LAND:
        return land(c);
    case ACT_REFUSE:
        expected_refused(&c->expected);
        c->wire = WIRE_NONE;
        return NULL;
    case ACT_ANSWER:
        answer(w, c);
        return NULL;
    case ACT_LOSE:
        lose(w, c, broken == BREAK_LATE_BELIEVED);
        return NULL;
    case ACT_TAKE:
        take(w, c);
        return NULL;
    case ACT_COUNT:
        count(w, c, broken == BREAK_READING_TRUSTED);
        return NULL;
    case ACT_WRITE:
        plan = plan_of(w, c, broken);
        leave(w, c, &plan, broken == BREAK_SINGLE_RANGE);
        w->now_us++;
        wrong = land(c);
        w->now_us++;
        answer(w, c);
        return wrong;
    case ACT_READ:
        take(w, c);
        w->now_us++;
        count(w, c, false);
        return NULL;
    case ACT_GOODS:
        w->stock++;
        w->available++;
        return NULL;
    case ACT_RESTART:
        restart(w);
        return NULL;
    case ACT_PASS:
        pass(w, pass_us[a.which]);
        return NULL;
    }
    return NULL;
}

const char *world_act(struct world *w, enum broken_rule broken, struct action a)
{
    w->now_us++;
    const char *wrong = act(w, broken, a);
    for (size_t i = 0; i < CHANNELS; i++) {
        forget(&w->channels[i]);
    }
    return wrong;
}

/* ---- what may happen ---- */

struct list {
    struct action *actions;
    size_t count;
    uint8_t channel;
};

static void add(struct list *l, bool may, enum act kind, size_t which)
{
    if (may) {
        must(l->count < ACTIONS_MAX);
        l->actions[l->count++] = (struct action){(uint8_t)kind, l->channel, (uint8_t)which};
    }
}

static bool is_recent(const struct world *w, int64_t at_us, int64_t span_us)
{
    return at_us && w->now_us - at_us < span_us;
}

static void channel_actions(const struct world *w, enum broken_rule broken, struct list *l)
{
    const struct channel *c = &w->channels[l->channel];
    const struct expected_plan plan = plan_of(w, c, broken);
    bool is_news = false;
    for (size_t i = 0; i < c->orders_count; i++) {
        const struct own_order *o = &c->orders[i];
        bool is_back_news = o->is_cancelled && o->recorded < CANCELLED;
        is_news = is_news || o->recorded == UNHEARD || is_back_news;
        add(l, !o->is_cancelled, ACT_CANCEL, i);
        add(l, o->recorded == UNHEARD, ACT_PLACED, i);
        add(l, is_back_news, ACT_CANCELLED, i);
    }
    bool is_old = expected_orders_first(c->expected.doubted_at_us, c->orders_read_us, w->now_us) ||
                  c->orders_read_us <= c->expected.unexplained_at_us;
    bool is_awaited = c->expected.phase == EXPECTED_IN_FLIGHT;
    add(l, c->count > 0 && c->orders_count < ORDERS_MAX, ACT_SELL, 0);
    add(l, is_news || is_old, ACT_ORDERS, 0);
    add(l, !is_busy(c) && plan.step == STEP_SEND, ACT_LEAVE, 0);
    add(l, !is_busy(c) && plan.step == STEP_SEND && c->wire == WIRE_NONE, ACT_WRITE, 0);
    add(l, c->wire == WIRE_LEFT, ACT_LAND, 0);
    add(l, c->wire == WIRE_LEFT && is_awaited, ACT_REFUSE, 0);
    add(l, is_awaited && (c->wire == WIRE_LANDED || c->wire == WIRE_BOUNCED), ACT_ANSWER, 0);
    add(l, is_awaited, ACT_LOSE, 0);
    add(l, takes(w, c, &plan), ACT_TAKE, 0);
    add(l, takes(w, c, &plan), ACT_READ, 0);
    add(l, c->is_reading, ACT_COUNT, 0);
}

size_t world_actions(const struct world *w,
                     enum broken_rule broken,
                     struct action actions[ACTIONS_MAX],
                     size_t *out_cut)
{
    struct list l = {.actions = actions};
    bool passes[PASSES] = {false};
    for (size_t i = 0; i < CHANNELS; i++) {
        const struct channel *c = &w->channels[i];
        const struct expected *e = &c->expected;
        l.channel = (uint8_t)i;
        channel_actions(w, broken, &l);
        bool is_unknown = e->phase == EXPECTED_UNKNOWN || c->wire == WIRE_LEFT;
        *out_cut += c->count > 0 && c->orders_count == ORDERS_MAX;
        passes[PASS_PROOF] |= is_recent(w, e->read_at_us, pass_us[PASS_PROOF]) ||
                              is_recent(w, c->orders_read_us, pass_us[PASS_PROOF]);
        passes[PASS_DELAY] |= is_recent(w, e->doubted_at_us, DELAY_US) ||
                              is_recent(w, e->unexplained_at_us, DELAY_US) ||
                              (is_unknown && c->compares);
        passes[PASS_WINDOW] |= is_unknown && !c->compares;
    }
    l.channel = 0;
    add(&l, w->stock < STOCK_MAX, ACT_GOODS, 0);
    add(&l, w->restarts < RESTARTS_MAX, ACT_RESTART, 0);
    for (size_t i = 0; i < PASSES; i++) {
        add(&l, passes[i], ACT_PASS, i);
    }
    return l.count;
}

/* ---- what must hold ---- */

static int64_t truth_of(const struct channel *c, bool *out_is_off)
{
    int64_t truth = c->count;
    *out_is_off = false;
    for (size_t i = 0; i < c->orders_count; i++) {
        const struct own_order *o = &c->orders[i];
        bool is_news = o->recorded == UNHEARD || (o->is_cancelled && o->recorded < CANCELLED);
        truth += o->recorded == UNHEARD && !o->sale_gone;
        truth -= o->is_cancelled && o->recorded < CANCELLED && !o->back_gone;
        *out_is_off = *out_is_off || (o->crossed && is_news);
    }
    return truth;
}

const char *world_check(const struct world *w)
{
    for (size_t i = 0; i < CHANNELS; i++) {
        bool is_off;
        struct range r = expected_hull(&w->channels[i].expected);
        int64_t truth = truth_of(&w->channels[i], &is_off);
        if (!is_off && (truth < r.lo || truth > r.hi)) {
            return i ? "what B shows is outside of what is expected there"
                     : "what A shows is outside of what is expected there";
        }
    }
    return NULL;
}

#define SETTLE_ROUNDS 60

static bool settle_one(struct world *w, size_t i, enum broken_rule broken)
{
    struct channel *c = &w->channels[i];
    w->now_us++;
    if (c->wire == WIRE_LEFT) {
        (void)land(c);
        return false;
    }
    if (c->expected.phase == EXPECTED_IN_FLIGHT) {
        if (c->wire == WIRE_NONE) {
            lose(w, c, broken == BREAK_LATE_BELIEVED);
        } else {
            answer(w, c);
        }
        return false;
    }
    if (c->is_reading) {
        count(w, c, broken == BREAK_READING_TRUSTED);
        return false;
    }
    struct expected_plan plan = plan_of(w, c, broken);
    switch (plan.step) {
    case STEP_SEND:
        leave(w, c, &plan, broken == BREAK_SINGLE_RANGE);
        return false;
    case STEP_READ:
        if (may_take(w, c, &plan)) {
            take(w, c);
        }
        return false;
    case STEP_WAIT:
        pass(w, plan.at_us > w->now_us ? plan.at_us - w->now_us : 0);
        return false;
    case STEP_REPEAT:
    case STEP_NONE:
        break;
    }
    return true;
}

const char *world_settle(struct world *w, enum broken_rule broken, bool lands)
{
    bool is_quiet = false;
    for (size_t i = 0; i < CHANNELS && !lands; i++) {
        struct channel *c = &w->channels[i];
        c->wire = c->wire == WIRE_LEFT ? WIRE_NONE : c->wire;
    }
    for (int round = 0; round < SETTLE_ROUNDS && !is_quiet; round++) {
        is_quiet = true;
        for (size_t i = 0; i < CHANNELS; i++) {
            read_orders(w, &w->channels[i], broken);
        }
        for (size_t i = 0; i < CHANNELS; i++) {
            is_quiet = settle_one(w, i, broken) && is_quiet;
        }
    }
    if (!is_quiet) {
        return "it never becomes quiet, although nothing happens any more";
    }
    for (size_t i = 0; i < CHANNELS; i++) {
        const struct channel *c = &w->channels[i];
        if (c->count != sellable(w) || c->expected.base.lo != c->count ||
            c->expected.base.hi != c->count) {
            return "it is quiet, but a channel shows something else than there is";
        }
    }
    return NULL;
}
