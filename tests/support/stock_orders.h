/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stock_orders - orders of the stock_game: shops invent snapshots, and tell them late, twice and in
 * any order.
 */
#pragma once
#include "support/stock_game.h"

static inline int64_t some_moment(struct game *g)
{
    int64_t ms = g->w->now_us / 1000 - 1 - draw(g, 15000);
    ms -= ms % 1000 == 0; /* a whole second means its end, which is another test's */
    return ms * 1000;
}

static inline int64_t part_of(struct game *g, int64_t n)
{
    return n > 0 ? draw(g, n + 1) : 0;
}

/* The line as the shop may tell it next: mostly forward, at times with something taken back. */
static inline struct naive_counts next_counts(struct game *g, struct naive_counts c)
{
    if (one_in(g, 6)) {
        c.ordered = 1 + draw(g, 6);
    }
    if (one_in(g, 3)) {
        c.fulfilled = part_of(g, c.ordered);
    }
    if (one_in(g, 3)) {
        c.cancelled = part_of(g, c.ordered);
    }
    c.fulfilled = n_min(c.fulfilled, c.ordered);
    c.cancelled = n_min(c.cancelled, c.ordered - c.fulfilled);
    c.no_restock = n_min(one_in(g, 3) ? part_of(g, c.cancelled) : c.no_restock, c.cancelled);
    c.returned = n_min(one_in(g, 3) ? part_of(g, c.fulfilled) : c.returned, c.fulfilled);
    c.restocked = n_min(one_in(g, 3) ? part_of(g, c.returned) : c.restocked, c.returned);
    return c;
}

static inline const char *some_country(struct game *g)
{
    static const char *const countries[] = {NULL, NULL, "DE", "FR"};
    return countries[draw(g, 4)];
}

static inline void
next_version(struct game *g, const struct game_order *o, struct naive_order *said)
{
    int64_t last = o->said_count ? o->said[o->said_count - 1].version : 0;
    if (o->said_count && one_in(g, 6)) { /* a tie, perhaps with another content */
        said->version = last;
    } else if (o->is_time) {
        said->version = n_max(last + 1000, n_max(WORLD_START_US, some_moment(g)));
    } else {
        said->version = last + 1 + draw(g, 3);
    }
}

/* The order's next snapshot: it exists now, and may arrive whenever. */
static inline void invent(struct game *g, struct game_order *o)
{
    const struct naive_order *last = o->said_count ? &o->said[o->said_count - 1] : NULL;
    struct naive_order *said = &o->said[o->said_count];
    int lines = 0;
    *said = (struct naive_order){.is_time = o->is_time, .country = some_country(g)};
    next_version(g, o, said);
    bool is_tie = last && said->version == last->version;
    for (int i = 0; i < NLINES; i++) {
        struct naive_line *line = &said->lines[i];
        bool was = last && last->lines[i].said;
        line->named = is_tie ? last->lines[i].named : one_in(g, 5) ? (int)draw(g, NL) : NONE;
        if (!(was ? !one_in(g, 12) : lines == i && (i == 0 || one_in(g, 3)))) {
            lines = was ? i + 1 : lines;
            continue;
        }
        lines = i + 1;
        line->said = true;
        line->now = was ? last->lines[i].now : (struct naive_counts){.ordered = 1 + draw(g, 6)};
        line->now = next_counts(g, line->now);
    }
    o->said_count++;
}

static inline void
write_order(const struct game *g, int index, const struct naive_order *said, struct buf *out)
{
    const struct game_order *o = &g->orders[index];
    char time[TIME_TEXT_MAX];
    buf_printf(out, "{'channel':'%s','id':'o%d'", channel_code[o->channel], index);
    if (said->is_time) {
        buf_printf(out, ",'version':'%.*s'", SLICE_ARG(time_format(said->version, time)));
    } else {
        buf_printf(out, ",'version':%" PRId64, said->version);
    }
    if (said->country) {
        buf_printf(out, ",'country':'%s'", said->country);
    }
    buf_text(out, ",'lines':[");
    const char *comma = "";
    for (int i = 0; i < NLINES; i++) {
        const struct naive_counts *c = &said->lines[i].now;
        if (!said->lines[i].said) {
            continue;
        }
        buf_printf(out, "%s{'id':'l%d','sku':'%s'", comma, i, text_code[o->text[i]]);
        buf_printf(out,
                   ",'ordered':%" PRId64 ",'cancelled':%" PRId64 ",'fulfilled':%" PRId64
                   ",'returned':%" PRId64 ",'restocked':%" PRId64 ",'no_restock':%" PRId64,
                   c->ordered,
                   c->cancelled,
                   c->fulfilled,
                   c->returned,
                   c->restocked,
                   c->no_restock);
        if (said->lines[i].named != NONE) {
            buf_printf(out, ",'location':'%s'", place_code[said->lines[i].named]);
        }
        buf_text(out, "}");
        comma = ",";
    }
    buf_text(out, "]}");
}

static inline bool is_known(const struct naive_recipe *recipe)
{
    for (int s = 0; s < NS; s++) {
        if (recipe->of[s]) {
            return true;
        }
    }
    return false;
}

/* What the channel's name stands for now: a listing of its own first, then the SKU of that code. */
static inline struct naive_recipe meaning(const struct game *g, int channel, int text)
{
    for (int i = 0; i < g->listings_count; i++) {
        const struct game_listing *it = &g->listings[i];
        if (it->id && it->channel == channel && it->text == text) {
            struct naive_recipe recipe = g->recipe[it->item];
            for (int s = 0; s < NS; s++) {
                recipe.of[s] *= it->policy.pack;
            }
            return recipe;
        }
    }
    return text < NITEMS && g->exists[text] ? g->recipe[text] : (struct naive_recipe){{0}};
}

/* Freezes what can be mapped; true when a line that demands something still cannot. */
static inline bool freeze(const struct game *g, struct game_order *o)
{
    bool waits = false;
    for (int i = 0; i < NLINES; i++) {
        struct naive_line *line = &o->now.lines[i];
        if (line->now.ordered > 0 && !is_known(&line->recipe)) {
            line->recipe = meaning(g, o->channel, o->text[i]);
            waits = waits || !is_known(&line->recipe);
        }
    }
    return waits;
}

static inline void book(struct game *g, int index, int64_t when, const naive_free *kept)
{
    struct game_order *o = &g->orders[index];
    struct naive_witness where;
    game_witness(g, index, &where);
    int64_t seen_by = o->now.is_time ? o->now.version : INT64_MAX;
    if (!n_book(&g->n, &o->now, &where, &g->route[o->channel], when, seen_by, kept)) {
        game_fail(g, "order o%d: %s", index, g->n.why);
    }
}

/* What the model makes of a snapshot that was taken; the state the answer must name. */
static inline const char *
arrive(struct game *g, int index, const struct naive_order *said, const naive_free *kept)
{
    struct game_order *o = &g->orders[index];
    enum naive_verdict verdict = n_snapshot(&o->now, said);
    o->arrived = o->arrived ? o->arrived : ++g->arrivals;
    if (verdict != N_APPLIED) {
        return verdict == N_STALE ? "stale" : "duplicate";
    }
    bool waits = freeze(g, o);
    book(g, index, said->is_time ? said->version : g->w->now_us, kept);
    return waits ? "parked" : "applied";
}

static inline void deliver(struct game *g, int index, const struct naive_order *said)
{
    ON_EXIT(buf_free) struct buf text = {0};
    buf_init(&text, BODY);
    write_order(g, index, said, &text);
    int wanted = g->orders[index].arrived ? 200 : 201;
    game_status(
        g, game_ask(g, request_orders_create, NULL, "%.*s", SLICE_ARG(buf_view(&text))), wanted);
    struct slice state = text_of(g->w->answer, "state");
    const char *says = arrive(g, index, said, NULL);
    if (!slice_is(state, says)) {
        game_fail(g, "order o%d is %.*s, and should be %s", index, SLICE_ARG(state), says);
    }
}

static inline struct game_order *some_order(struct game *g, int *out_index)
{
    struct game_order *o = &g->orders[ *out_index = (int)draw(g, NORDERS)];
    if (o->said_count == 0) {
        *o = (struct game_order){.channel = (int)draw(g, NCHANNELS), .is_time = one_in(g, 2)};
        for (int i = 0; i < NLINES; i++) {
            o->text[i] = (int)draw(g, NTEXTS);
            o->now.lines[i].named = NONE;
        }
    }
    return o;
}

static inline void op_order(struct game *g)
{
    int index;
    struct game_order *o = some_order(g, &index);
    if (o->said_count == 0 || (o->said_count < SAID && one_in(g, 2))) {
        invent(g, o);
    }
    deliver(g, index, &o->said[draw(g, o->said_count)]);
}
