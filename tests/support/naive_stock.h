/* SPDX-License-Identifier: Apache-2.0 */
/*
 * naive_stock - what the stock must be, by the simplest means: arrays, no ledger, no rows.
 *
 * An independent reading of docs/ledger.md and docs/availability.md; it shares no code with src/.
 * naive_orders.h continues it for orders and holds.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { NS = 4, NL = 3, NFACTS = 3000 };
enum naive_reason { DAMAGED, QUALITY_HOLD, RETURN_PENDING, NO_RESTOCK, WET, NR };
enum naive_kind {
    N_RECEIVE,
    N_ADJUST,
    N_COUNT,
    N_DAMAGE,
    N_SET_ASIDE,
    N_RESTORE,
    N_WRITE_OFF,
    N_RETURN,
    N_RESTOCK,
    N_SCRAP,
    N_SHIP,
    N_KINDS
};
#define UNSET INT64_C(-1)
#define NONE (-1)

struct naive_place { /* one SKU at one location */
    int64_t available, held, reserved, transit, by[NR], counted_at;
};
struct naive_fact { /* what changed on_hand, and when it happened */
    int sku, at;
    int64_t delta, happened;
};
struct naive_recipe { /* units of each SKU in one unit of something; all zero: unknown */
    int64_t of[NS];
};
struct naive_route { /* in the order in which it is tried */
    int stop[NL], count;
    const char *country[NL]; /* NULL: everywhere */
};
struct naive_policy {
    int64_t buffer, percent, cap, min_to_list, pack;
};
struct naive {
    struct naive_place place[NS][NL];
    struct naive_fact facts[NFACTS];
    int facts_count;
    const char *why; /* what the engine did wrong, when a function says false */
};

static inline int64_t n_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}
static inline int64_t n_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t n_unavailable(const struct naive_place *p)
{
    int64_t sum = 0;
    for (int r = 0; r < NR; r++) {
        sum += p->by[r];
    }
    return sum;
}

static inline int64_t n_on_hand(const struct naive_place *p)
{
    return p->available + p->held + p->reserved + n_unavailable(p);
}

/* Units came or went, at that time. What a later count had already seen changes nothing on hand. */
static inline void
n_happened(struct naive *n, int sku, int at, int64_t delta, int64_t when, bool seen)
{
    if (delta && seen) {
        n->place[sku][at].available -= delta;
    } else if (delta && n->facts_count < NFACTS) {
        n->facts[n->facts_count++] = (struct naive_fact){sku, at, delta, when};
    }
}

/* ---- movements by hand: 201, or the status of the refusal ---- */

struct naive_move {
    enum naive_kind kind;
    int sku, at;
    int64_t quantity, when, expected; /* expected: UNSET when unsaid */
    enum naive_reason reason;         /* NR: unsaid */
    bool is_dated;
};

static inline int n_count(struct naive *n, const struct naive_move *m)
{
    struct naive_place *p = &n->place[m->sku][m->at];
    int64_t there = n_on_hand(p);
    for (int i = 0; m->is_dated && i < n->facts_count; i++) {
        const struct naive_fact *f = &n->facts[i];
        there -= f->sku == m->sku && f->at == m->at && f->happened > m->when ? f->delta : 0;
    }
    if (m->expected != UNSET && m->expected != there) {
        return 409;
    }
    /* A later count has the last word, whatever this one finds. */
    if (p->counted_at <= m->when) {
        p->available += m->quantity - there;
        n_happened(n, m->sku, m->at, m->quantity - there, m->when, false);
        p->counted_at = m->when;
    }
    return 201;
}

static inline enum naive_reason n_only_reason(const struct naive_place *p, int *out_reasons)
{
    enum naive_reason only = NR;
    *out_reasons = 0;
    for (int r = 0; r < NR; r++) {
        only = p->by[r] ? (enum naive_reason)r : only;
        *out_reasons += p->by[r] != 0;
    }
    return only;
}

static inline int n_move(struct naive *n, const struct naive_move *m)
{
    static int64_t nowhere; /* what no reason names */
    struct naive_place *p = &n->place[m->sku][m->at];
    bool there = m->reason < NR && p->by[m->reason] > 0;
    int64_t *from = NULL, *to = NULL, units = m->quantity; /* NULL: outside */
    enum naive_reason reason = m->reason;
    int reasons = 0;
    nowhere = 0;
    switch (m->kind) {
    case N_COUNT:
        return n_count(n, m);
    case N_RECEIVE:
        to = &p->available;
        break;
    case N_ADJUST:
        *(units < 0 ? &from : &to) = &p->available;
        units = units < 0 ? -units : units;
        break;
    case N_DAMAGE:
    case N_SET_ASIDE:
        reason = reason < NR ? reason : m->kind == N_DAMAGE ? DAMAGED : QUALITY_HOLD;
        from = &p->available;
        to = &p->by[reason];
        break;
    case N_RESTORE:
        reason = reason < NR ? reason : n_only_reason(p, &reasons);
        if (reasons > 1) {
            return 422;
        }
        from = reason < NR ? &p->by[reason] : &nowhere;
        to = &p->available;
        break;
    case N_WRITE_OFF:
        from = there || reason < WET ? &p->by[reason] : &p->available;
        break;
    case N_RETURN:
        to = &p->by[RETURN_PENDING];
        break;
    case N_RESTOCK:
    case N_SCRAP:
        from = &p->by[there ? reason : RETURN_PENDING];
        to = m->kind == N_RESTOCK ? &p->available : NULL;
        break;
    case N_SHIP:
        from = &p->available;
        break;
    case N_KINDS:
        return 400;
    }
    bool is_outside = !from || !to;
    bool seen = m->is_dated && is_outside && p->counted_at > m->when;
    if (from && units > n_max(0, *from) && !(seen && from == &p->available)) {
        return 409;
    }
    if (from) {
        *from -= units;
    }
    if (to) {
        *to += units;
    }
    n_happened(n, m->sku, m->at, !is_outside ? 0 : to ? units : -units, m->when, seen);
    return 201;
}

/* ---- routing ---- */

struct naive_need {
    int sku;
    int64_t units;
};
typedef int64_t naive_free[NS][NL];

static inline void n_free(const struct naive *n, naive_free out)
{
    for (int s = 0; s < NS; s++) {
        for (int l = 0; l < NL; l++) {
            out[s][l] = n->place[s][l].available;
        }
    }
}

static inline bool n_serves(const struct naive_route *r, int i, const char *country)
{
    return !r->country[i] || !country || strcmp(r->country[i], country) == 0;
}

/* One place for all, else greedily along the route, the rest owed at the first. Uses up `free`. */
static inline void n_route(const struct naive_route *r,
                           const char *country,
                           const struct naive_need *needs,
                           int count,
                           naive_free free,
                           int64_t (*picks)[NL])
{
    int64_t demand[NS] = {0};
    int first = NONE;
    for (int i = 0; i < count; i++) {
        demand[needs[i].sku] += needs[i].units;
        memset(picks[i], 0, sizeof(picks[i]));
    }
    for (int s = 0; s < r->count; s++) {
        bool all = n_serves(r, s, country);
        first = first == NONE && all ? r->stop[s] : first;
        for (int k = 0; k < NS; k++) {
            all = all && demand[k] <= n_max(0, free[k][r->stop[s]]);
        }
        for (int i = 0; all && i < count; i++) {
            picks[i][r->stop[s]] = needs[i].units;
        }
        if (all) {
            return;
        }
    }
    for (int i = 0; i < count; i++) {
        int64_t left = needs[i].units;
        for (int s = 0; s < r->count; s++) {
            int at = r->stop[s];
            int64_t take =
                n_serves(r, s, country) ? n_min(left, n_max(0, free[needs[i].sku][at])) : 0;
            picks[i][at] += take;
            free[needs[i].sku][at] -= take;
            left -= take;
        }
        picks[i][first == NONE ? r->stop[0] : first] += left;
    }
}

/* ---- what a listing may show ---- */

static inline int64_t n_debt(const struct naive *n, int sku)
{
    int64_t debt = 0;
    for (int l = 0; l < NL; l++) {
        debt += n_max(0, -n->place[sku][l].available);
    }
    return debt;
}

static inline int64_t n_sellable(const struct naive *n,
                                 const struct naive_route *route,
                                 const struct naive_recipe *recipe,
                                 const struct naive_policy *policy)
{
    int64_t value = 0;
    for (int i = 0; i < route->count; i++) {
        int64_t here = INT64_MAX;
        for (int s = 0; s < NS; s++) {
            int64_t q = recipe->of[s];
            here = q ? n_min(here, n_max(0, n->place[s][route->stop[i]].available) / q) : here;
        }
        value += here;
    }
    for (int s = 0; s < NS; s++) {
        int64_t pool = -n_debt(n, s);
        for (int i = 0; i < route->count; i++) {
            pool += n_max(0, n->place[s][route->stop[i]].available);
        }
        value = recipe->of[s] ? n_min(value, n_max(0, pool) / recipe->of[s]) : value;
    }
    value = n_max(0, value - n_max(0, policy->buffer));
    value = policy->percent == UNSET ? value : value * policy->percent / 100;
    value /= policy->pack;
    value = policy->cap == UNSET ? value : n_min(value, policy->cap);
    return value < policy->min_to_list ? 0 : value;
}
