/* SPDX-License-Identifier: Apache-2.0 */
/*
 * States that behave alike become the same bytes: what nobody will look at any more is cleared, and
 * times are moved together, keeping their order and the seconds between neighbours, as far as any
 * rule can tell them apart. A state's own moment stays the newest of them.
 */
#include "model.h"

#define GAP_MAX_S 61 /* longer than any span that a rule compares with */
#define TIMES_MAX (1 + CHANNELS * (10 + 2 * ORDERS_MAX))

/* Zeroes what no rule reads before it is written again. */
static void clear_dead(const struct world *w, struct channel *c)
{
    struct expected *e = &c->expected;
    e->sold_units = 0; /* counts so small are never written without a reading, whatever sold */
    e->sold_since_us = 0;
    c->read_seq = c->is_reading ? c->read_seq - e->seq : 0; /* equal, or never again */
    c->read_seq = c->read_seq ? -1 : 0;
    e->seq = 0;
    if (e->phase == EXPECTED_SETTLED) {
        e->push_value = 0;
        e->push_compare = 0;
        e->left_at_us = 0;
    }
    if (!e->read_at_us || w->now_us - e->read_at_us > RAISE_PROOF_US) {
        e->read_at_us = 0;
        e->is_explained = false;
        c->proven_us = 0;
    }
    bool orders_are_old = w->now_us - c->orders_read_us > RAISE_PROOF_US;
    bool doubt_is_old = w->now_us - e->doubted_at_us > GAP_MAX_S * US_PER_S / 4;
    if (c->orders_read_us > e->doubted_at_us && doubt_is_old) {
        e->doubted_at_us = 0;
    }
    if (c->orders_read_us && orders_are_old && !e->doubted_at_us && !e->unexplained_at_us) {
        c->orders_read_us = 1;
    }
    if (c->wire != WIRE_LEFT) {
        c->value = 0;
        c->compare = 0;
        c->left_at_us = 0;
        c->proof_at_us = 0;
        c->is_guarded = false;
        c->is_late = false;
    }
    if (!c->is_reading) {
        c->read_count = 0;
        c->read_taken_us = 0;
    }
    bool is_synced_late = false;
    for (size_t i = 0; i < c->orders_count; i++) {
        struct own_order *o = &c->orders[i];
        is_synced_late = is_synced_late || o->placed_at_us <= e->synced_at_us;
        /* Whether its news is late matters where writes are decided by waiting for it. */
        bool may_be_late = c->compares && o->recorded < CANCELLED;
        o->cancelled_at_us = may_be_late ? o->cancelled_at_us : 0;
        o->known_at_left = c->wire == WIRE_LEFT ? o->known_at_left : 0;
        o->sale_seen = c->is_reading && o->sale_seen;
        o->back_seen = c->is_reading && o->back_seen;
    }
    e->synced_at_us = is_synced_late ? e->synced_at_us : 0;
}

static void add(int64_t **times, size_t *count, int64_t *t)
{
    if (*t > 1) { /* 0: never; 1: so long ago that it does not matter */
        must(*count < TIMES_MAX);
        size_t at = (*count)++;
        for (; at > 0 && *times[at - 1] > *t; at--) {
            times[at] = times[at - 1];
        }
        times[at] = t;
    }
}

void world_canonical(struct world *w)
{
    int64_t *times[TIMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < CHANNELS; i++) {
        struct channel *c = &w->channels[i];
        struct expected *e = &c->expected;
        clear_dead(w, c);
        int64_t *of_channel[] = {&e->left_at_us,
                                 &e->synced_at_us,
                                 &e->read_at_us,
                                 &e->doubted_at_us,
                                 &e->unexplained_at_us,
                                 &c->left_at_us,
                                 &c->proof_at_us,
                                 &c->read_taken_us,
                                 &c->proven_us,
                                 &c->orders_read_us};
        for (size_t t = 0; t < COUNT_OF(of_channel); t++) {
            add(times, &count, of_channel[t]);
        }
        for (size_t o = 0; o < c->orders_count; o++) {
            add(times, &count, &c->orders[o].placed_at_us);
            add(times, &count, &c->orders[o].cancelled_at_us);
        }
    }
    add(times, &count, &w->now_us);
    int64_t was = *times[0], is = US_PER_S;
    for (size_t i = 0; i < count; i++) {
        int64_t gap = *times[i] - was, seconds = gap / US_PER_S;
        was = *times[i];
        is += (seconds < GAP_MAX_S ? seconds : GAP_MAX_S) * US_PER_S + (gap > 0);
        *times[i] = is;
    }
}
