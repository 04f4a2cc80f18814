/* SPDX-License-Identifier: Apache-2.0 */
/*
 * naive_orders - what an order must have done to the stock, by an independent reading of
 * docs/orders.md.
 *
 * Where the documents leave a choice open (from which of several places a reservation is released
 * or shipped), the model does not guess: it is shown what the engine chose, checks that the choice
 * was allowed, and follows it.
 */
#pragma once
#include "support/naive_stock.h"

enum { NLINES = 4 };

struct naive_alloc {
    int64_t reserved, shipped, no_restock, returned, restocked;
};
struct naive_counts {
    int64_t ordered, cancelled, fulfilled, returned, restocked, no_restock;
};
struct naive_line {
    bool said; /* by some snapshot */
    struct naive_counts now;
    struct naive_recipe recipe; /* frozen when first mapped */
    int named;                  /* location; NONE: routed */
};
struct naive_witness { /* where the engine says the units are */
    struct naive_alloc at[NLINES][NS][NL];
};
struct naive_order {
    bool exists, is_time;
    int64_t version;
    const char *country;
    struct naive_line lines[NLINES];
    struct naive_witness where;
};
/* ---- orders ---- */

enum naive_verdict { N_APPLIED, N_DUPLICATE, N_STALE };

static inline struct naive_counts n_join(struct naive_counts a, struct naive_counts b)
{
    if (a.ordered == 0 || b.ordered == 0) { /* says nothing */
        return a.ordered ? a : b;
    }
    return (struct naive_counts){n_max(a.ordered, b.ordered),
                                 n_min(a.cancelled, b.cancelled),
                                 n_max(a.fulfilled, b.fulfilled),
                                 n_max(a.returned, b.returned),
                                 n_min(a.restocked, b.restocked),
                                 n_max(a.no_restock, b.no_restock)};
}

static inline bool n_same(const struct naive_order *o, const struct naive_order *said)
{
    for (int i = 0; i < NLINES; i++) {
        if (memcmp(&o->lines[i].now, &said->lines[i].now, sizeof(struct naive_counts)) != 0) {
            return false;
        }
    }
    return true;
}

/* A snapshot comes in: only what the order says, not yet where its units are. */
static inline enum naive_verdict n_snapshot(struct naive_order *o, const struct naive_order *said)
{
    bool is_tie = o->exists && said->version == o->version;
    if (o->exists && said->version < o->version) {
        return N_STALE;
    }
    if (is_tie && n_same(o, said)) {
        return N_DUPLICATE;
    }
    for (int i = 0; i < NLINES; i++) {
        const struct naive_line *from = &said->lines[i];
        struct naive_line *to = &o->lines[i];
        to->now = is_tie ? n_join(to->now, from->now) : from->now;
        to->named = from->said ? from->named : to->named;
        to->said = to->said || from->said;
    }
    o->exists = true;
    o->version = said->version;
    o->is_time = said->is_time;
    o->country = said->country ? said->country : o->country;
    return N_APPLIED;
}

/* A join of two reports may contradict itself: brought within the rules when it is booked. */
static inline struct naive_counts n_agreed(struct naive_counts c)
{
    c.fulfilled = n_min(c.fulfilled, c.ordered);
    c.cancelled = n_min(c.cancelled, c.ordered - c.fulfilled);
    c.no_restock = n_min(c.no_restock, c.cancelled);
    c.returned = n_min(c.returned, c.fulfilled);
    c.restocked = n_min(c.restocked, c.returned);
    return c;
}

static inline int64_t n_drawn(const struct naive_alloc *a)
{
    return a->reserved + a->shipped + a->no_restock;
}

/* Do the engine's allocations say of each line what the order says? */
static inline bool
n_sums(struct naive *n, const struct naive_order *o, const struct naive_witness *w)
{
    for (int i = 0; i < NLINES; i++) {
        struct naive_counts c = n_agreed(o->lines[i].now);
        for (int s = 0; s < NS; s++) {
            int64_t q = o->lines[i].recipe.of[s];
            struct naive_alloc sum = {0};
            for (int l = 0; l < NL; l++) {
                const struct naive_alloc *a = &w->at[i][s][l];
                sum.reserved += a->reserved;
                sum.shipped += a->shipped;
                sum.no_restock += a->no_restock;
                sum.returned += a->returned;
                sum.restocked += a->restocked;
            }
            for (int l = 0; l < NL; l++) {
                const struct naive_alloc *a = &w->at[i][s][l];
                if (a->returned + a->restocked > a->shipped) {
                    n->why = "more came back than left a place";
                    return false;
                }
            }
            if (sum.reserved != q * (c.ordered - c.cancelled - c.fulfilled) ||
                sum.shipped != q * c.fulfilled || sum.no_restock != q * c.no_restock ||
                sum.returned != q * (c.returned - c.restocked) ||
                sum.restocked != q * c.restocked) {
                n->why = "a line's allocations are not what the order says";
                return false;
            }
        }
    }
    return true;
}

/* New units come from where the route says; units that nobody demands any more only go. `kept`: the
 * order comes from a hold, which kept these units for it. */
static inline bool n_placed(struct naive *n,
                            const struct naive_order *o,
                            const struct naive_witness *w,
                            const struct naive_route *route,
                            const naive_free *kept)
{
    naive_free free, used = {{0}};
    struct naive_need needs[NLINES * NS];
    int64_t picks[NLINES * NS][NL];
    int line_of[NLINES * NS], count = 0;
    bool named_lacks = false, is_moved = false, stopped = false;
    n_free(n, free);
    for (int i = 0; i < NLINES; i++) {
        for (int s = 0; s < NS; s++) {
            int64_t grows = 0;
            for (int l = 0; l < NL; l++) {
                const struct naive_alloc *a = &o->where.at[i][s][l], *b = &w->at[i][s][l];
                int64_t unstopped = n_max(0, a->no_restock - b->no_restock);
                grows += n_drawn(b) - n_drawn(a);
                used[s][l] += n_drawn(b);
                stopped = stopped || b->no_restock;
                is_moved = is_moved ||
                           (o->lines[i].named != NONE && o->lines[i].named != l && n_drawn(a) > 0);
                free[s][l] -= unstopped - n_min(unstopped, n->place[s][l].by[NO_RESTOCK]);
            }
            for (int l = 0; grows < 0 && l < NL; l++) {
                int64_t gone = n_drawn(&o->where.at[i][s][l]) - n_drawn(&w->at[i][s][l]);
                if (gone < 0 && !is_moved) {
                    n->why = "units were reserved although the order demands fewer";
                    return false;
                }
                free[s][l] += gone;
            }
            if (grows > 0 && o->lines[i].named == NONE) {
                needs[count] = (struct naive_need){s, grows};
                line_of[count++] = i;
            }
            if (grows > 0 && o->lines[i].named != NONE) { /* before the others are routed */
                free[s][o->lines[i].named] -= grows;
                named_lacks = true;
            }
        }
    }
    if (is_moved || (kept && (named_lacks || stopped))) {
        return true; /* not certain */
    }
    for (int s = 0; kept && s < NS; s++) {
        for (int l = 0; l < NL; l++) {
            if (used[s][l] > (*kept)[s][l]) {
                n->why = "the order took other units than the hold kept";
                return false;
            }
        }
    }
    if (!kept) {
        n_route(route, o->country, needs, count, free, picks);
    }
    for (int i = 0; !kept && i < count; i++) {
        for (int l = 0; l < NL; l++) {
            if (n_drawn(&w->at[line_of[i]][needs[i].sku][l]) !=
                n_drawn(&o->where.at[line_of[i]][needs[i].sku][l]) + picks[i][l]) {
                n->why = "new units were not reserved where the route says";
                return false;
            }
        }
    }
    return true;
}

/* A unit that came back once stays one unit, whoever puts it on sale: the channel or a person. */
static inline void
n_come_back(struct naive_place *p, const struct naive_alloc *a, const struct naive_alloc *b)
{
    int64_t restocked = b->restocked - a->restocked, returned = b->returned - a->returned;
    int64_t waited = n_min(n_max(0, restocked), n_max(0, -returned));
    int64_t there = n_min(waited, p->by[RETURN_PENDING]);
    p->by[RETURN_PENDING] -= there;
    p->available += there + restocked - waited;
    returned += waited;
    p->by[RETURN_PENDING] += n_max(returned, -p->by[RETURN_PENDING]);
}

/* Books what became of an order. when: as the movements say; seen_by: counts later than that had
 * seen it. False: n->why says what the engine did wrong. */
static inline bool n_book(struct naive *n,
                          struct naive_order *o,
                          const struct naive_witness *w,
                          const struct naive_route *route,
                          int64_t when,
                          int64_t seen_by,
                          const naive_free *kept)
{
    struct naive before = *n;
    if (!n_sums(n, o, w) || !n_placed(n, o, w, route, kept)) {
        return false;
    }
    for (int phase = 0; phase < 2; phase++) {
        for (int i = 0; i < NLINES; i++) {
            for (int s = 0; s < NS; s++) {
                for (int l = 0; l < NL; l++) {
                    const struct naive_alloc *a = &o->where.at[i][s][l], *b = &w->at[i][s][l];
                    struct naive_place *p = &n->place[s][l];
                    int64_t stopped = b->no_restock - a->no_restock;
                    if (phase == 0 && stopped < 0) {
                        /* An operator may have put it on sale: then it is taken from there. */
                        int64_t still = n_min(-stopped, p->by[NO_RESTOCK]);
                        p->by[NO_RESTOCK] -= still;
                        p->available -= -stopped - still;
                    } else if (phase == 1) {
                        p->available -= n_drawn(b) - n_drawn(a);
                        p->reserved += b->reserved - a->reserved;
                        p->by[NO_RESTOCK] += n_max(0, stopped);
                        n_come_back(p, a, b);
                    }
                }
            }
        }
    }
    for (int s = 0; s < NS; s++) {
        for (int l = 0; l < NL; l++) {
            int64_t delta = n_on_hand(&n->place[s][l]) - n_on_hand(&before.place[s][l]);
            n_happened(n, s, l, delta, when, n->place[s][l].counted_at > seen_by);
        }
    }
    o->where = *w;
    return true;
}

/* ---- holds ---- */

/* Units of a SKU that a hold along this route may have: what is owed anywhere is not there. */
static inline int64_t
n_holdable(const struct naive *n, const struct naive_route *r, const char *country, int sku)
{
    int64_t there = -n_debt(n, sku);
    for (int i = 0; i < r->count; i++) {
        there += n_serves(r, i, country) ? n_max(0, n->place[sku][r->stop[i]].available) : 0;
    }
    return n_max(0, there);
}

/* Puts units into held (units > 0) or back. */
static inline void n_keep(struct naive *n, const naive_free units, int64_t sign)
{
    for (int s = 0; s < NS; s++) {
        for (int l = 0; l < NL; l++) {
            n->place[s][l].available -= sign * units[s][l];
            n->place[s][l].held += sign * units[s][l];
        }
    }
}
