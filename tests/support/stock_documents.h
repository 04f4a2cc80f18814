/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stock_documents - transfers and count sessions of the stock_game: the documents are kept beside
 * the model in the plainest form, and their steps taken in any order, also wrong ones.
 */
#pragma once
#include "support/stock_orders.h"

enum { NTRANSFERS = 5, NCOUNTS = 4 };
enum document_state { DOC_NONE, DOC_OPEN, DOC_GOING, DOC_DONE, DOC_CANCELLED };

struct game_transfer {
    enum document_state state; /* OPEN: draft, GOING: in transit, DONE: received */
    int64_t id, quantity[NS], under_way[NS];
    int from, to;
};
struct game_count {
    enum document_state state;         /* OPEN, GOING: in review, DONE: posted */
    int64_t id, counted[NS], when[NS]; /* counted: UNSET: not yet */
    int at;
    bool is_listed, listed[NS];
};
struct documents {
    struct game_transfer transfers[NTRANSFERS];
    struct game_count counts[NCOUNTS];
};

static inline const char *document_id(int64_t id, char out[24])
{
    (void)snprintf(out, 24, "%" PRId64, id);
    return out;
}

/* ---- transfers ---- */

static inline void transfer_draft(struct game *g, struct game_transfer *t)
{
    ON_EXIT(buf_free) struct buf text = {0};
    struct game_transfer draft = {.from = (int)draw(g, NL), .to = (int)draw(g, NL)};
    const char *comma = "";
    int wanted = draft.from == draft.to ? 422 : 201;
    buf_init(&text, BODY);
    buf_printf(
        &text, "{'from':'%s','to':'%s','lines':[", place_code[draft.from], place_code[draft.to]);
    for (int s = 0; s < NS; s++) {
        if (one_in(g, g->exists[s] ? 3 : 20) || (s == NS - 1 && !*comma)) {
            draft.quantity[s] = 1 + draw(g, 8);
            wanted = g->exists[s] ? wanted : 422;
            buf_printf(&text,
                       "%s{'sku':'%s','quantity':%" PRId64 "}",
                       comma,
                       item_code[s],
                       draft.quantity[s]);
            comma = ",";
        }
    }
    buf_text(&text, "]}");
    game_status(
        g, game_ask(g, request_transfers_create, NULL, "%.*s", SLICE_ARG(buf_view(&text))), wanted);
    if (wanted == 201) {
        draft.state = DOC_OPEN;
        assert_true(slice_int(text_of(g->w->answer, "id"), &draft.id));
        *t = draft;
    }
}

/* The moment of a step, told or not, as a member of its body. */
static inline int64_t write_moment(struct game *g, struct buf *out)
{
    char time[TIME_TEXT_MAX];
    if (!one_in(g, 4)) {
        return g->w->now_us;
    }
    int64_t when = some_moment(g);
    buf_printf(out, "'happened_at':'%.*s'", SLICE_ARG(time_format(when, time)));
    return when;
}

static inline void transfer_ship_it(struct game *g, struct game_transfer *t)
{
    ON_EXIT(buf_free) struct buf text = {0};
    char id[24];
    int wanted = t->state == DOC_OPEN ? 200 : 409;
    buf_init(&text, BODY);
    buf_text(&text, "{");
    int64_t when = write_moment(g, &text);
    buf_text(&text, "}");
    for (int s = 0; s < NS; s++) {
        const struct naive_place *p = &g->n.place[s][t->from];
        bool is_missing = t->quantity[s] > n_max(0, p->available) && p->counted_at <= when;
        wanted = is_missing ? 409 : wanted;
    }
    game_status(
        g,
        game_ask(
            g, request_transfer_ship, document_id(t->id, id), "%.*s", SLICE_ARG(buf_view(&text))),
        wanted);
    for (int s = 0; wanted == 200 && s < NS; s++) {
        int64_t units = t->quantity[s];
        g->n.place[s][t->from].available -= units;
        g->n.place[s][t->to].transit += units;
        t->under_way[s] = units;
        n_happened(&g->n, s, t->from, -units, when, g->n.place[s][t->from].counted_at > when);
    }
    t->state = wanted == 200 ? DOC_GOING : t->state;
}

static inline void transfer_receive_it(struct game *g, struct game_transfer *t)
{
    ON_EXIT(buf_free) struct buf text = {0};
    char id[24];
    int64_t well[NS] = {0}, damaged[NS] = {0}, missing[NS] = {0}, left = 0;
    bool is_all = one_in(g, 3);
    int wanted = t->state == DOC_GOING ? 200 : 409;
    buf_init(&text, BODY);
    buf_text(&text, "{");
    int64_t when = write_moment(g, &text);
    buf_text(&text, is_all ? "" : text.n > 1 ? ",'lines':[" : "'lines':[");
    const char *comma = "";
    for (int s = 0; s < NS; s++) {
        if (t->quantity[s] == 0) {
            continue;
        }
        well[s] = is_all ? t->under_way[s] : draw(g, t->under_way[s] + 1);
        damaged[s] = is_all ? 0 : draw(g, t->under_way[s] - well[s] + 1);
        missing[s] = is_all || !one_in(g, 3) ? 0 : t->under_way[s] - well[s] - damaged[s];
        missing[s] += !is_all && one_in(g, 20); /* at times one too many */
        left += t->under_way[s] - well[s] - damaged[s] - missing[s];
        wanted = well[s] + damaged[s] + missing[s] > t->under_way[s] ? 409 : wanted;
        if (!is_all) {
            buf_printf(&text,
                       "%s{'sku':'%s','received':%" PRId64 ",'damaged':%" PRId64 ",'short':%" PRId64
                       "}",
                       comma,
                       item_code[s],
                       well[s],
                       damaged[s],
                       missing[s]);
            comma = ",";
        }
    }
    buf_text(&text, is_all ? "}" : "]}");
    game_status(g,
                game_ask(g,
                         request_transfer_receive,
                         document_id(t->id, id),
                         "%.*s",
                         SLICE_ARG(buf_view(&text))),
                wanted);
    for (int s = 0; wanted == 200 && s < NS; s++) {
        struct naive_place *p = &g->n.place[s][t->to];
        p->transit -= well[s] + damaged[s] + missing[s];
        p->available += well[s];
        p->by[DAMAGED] += damaged[s];
        t->under_way[s] -= well[s] + damaged[s] + missing[s];
        n_happened(&g->n, s, t->to, well[s] + damaged[s], when, p->counted_at > when);
    }
    t->state = wanted == 200 && left == 0 ? DOC_DONE : t->state;
}

static inline void transfer_cancel_it(struct game *g, struct game_transfer *t)
{
    ON_EXIT(buf_free) struct buf text = {0};
    char id[24];
    bool is_open = t->state == DOC_OPEN || t->state == DOC_GOING;
    buf_init(&text, BODY);
    buf_text(&text, "{");
    int64_t when = write_moment(g, &text);
    buf_text(&text, "}");
    game_status(
        g,
        game_ask(
            g, request_transfer_cancel, document_id(t->id, id), "%.*s", SLICE_ARG(buf_view(&text))),
        is_open ? 200 : 409);
    for (int s = 0; is_open && s < NS; s++) {
        struct naive_place *home = &g->n.place[s][t->from];
        int64_t units = t->under_way[s];
        g->n.place[s][t->to].transit -= units;
        home->available += units;
        t->under_way[s] = 0;
        n_happened(&g->n, s, t->from, units, when, home->counted_at > when);
    }
    t->state = is_open ? DOC_CANCELLED : t->state;
}

static inline void play_transfer(struct game *g, struct documents *d)
{
    static void (*const steps[])(struct game *, struct game_transfer *) = {transfer_ship_it,
                                                                           transfer_ship_it,
                                                                           transfer_receive_it,
                                                                           transfer_receive_it,
                                                                           transfer_receive_it,
                                                                           transfer_cancel_it};
    struct game_transfer *t = &d->transfers[draw(g, NTRANSFERS)];
    if (t->state == DOC_NONE || (t->state > DOC_GOING && !one_in(g, 3))) {
        transfer_draft(g, t);
    } else {
        bool in_turn = !one_in(g, 6); /* a draft is shipped, what is under way arrives */
        size_t first = in_turn && t->state == DOC_GOING ? 2 : 0;
        size_t end = in_turn && t->state == DOC_OPEN ? 2 : COUNT_OF(steps);
        steps[first + (size_t)draw(g, (int64_t)(end - first))](g, t);
    }
}

/* ---- count sessions ---- */

static inline void count_start(struct game *g, struct game_count *c)
{
    ON_EXIT(buf_free) struct buf text = {0};
    struct game_count fresh = {.at = (int)draw(g, NL), .is_listed = one_in(g, 2)};
    const char *comma = "";
    buf_init(&text, BODY);
    buf_printf(&text,
               "{'location':'%s','blind':%s",
               place_code[fresh.at],
               one_in(g, 2) ? "true" : "false");
    buf_text(&text, fresh.is_listed ? ",'skus':[" : "");
    for (int s = 0; s < NS; s++) {
        fresh.counted[s] = UNSET;
        fresh.listed[s] = g->exists[s] && (s == 0 || one_in(g, 2));
        if (fresh.is_listed && fresh.listed[s]) {
            buf_printf(&text, "%s'%s'", comma, item_code[s]);
            comma = ",";
        }
    }
    buf_text(&text, fresh.is_listed ? "]}" : "}");
    game_status(
        g, game_ask(g, request_counts_create, NULL, "%.*s", SLICE_ARG(buf_view(&text))), 201);
    assert_true(slice_int(text_of(g->w->answer, "id"), &fresh.id));
    fresh.state = DOC_OPEN;
    *c = fresh;
}

static inline void count_a_line(struct game *g, struct game_count *c)
{
    char id[24], time[TIME_TEXT_MAX];
    int s = (int)draw(g, NS);
    int64_t units = one_in(g, 2) ? draw(g, 30) : n_max(0, n_on_hand(&g->n.place[s][c->at]));
    int64_t when = one_in(g, 3) ? some_moment(g) : g->w->now_us;
    int wanted = c->state > DOC_GOING                               ? 409
                 : !g->exists[s] || (c->is_listed && !c->listed[s]) ? 422
                                                                    : 200;
    game_status(g,
                game_ask(g,
                         request_count_lines,
                         document_id(c->id, id),
                         "{'lines':[{'sku':'%s','quantity':%" PRId64 ",'counted_at':'%.*s'}]}",
                         item_code[s],
                         units,
                         SLICE_ARG(time_format(when, time))),
                wanted);
    if (wanted == 200) {
        c->counted[s] = units;
        c->when[s] = when;
    }
}

/* Units that were there when the line was counted. */
static inline int64_t count_there(const struct game *g, const struct game_count *c, int s)
{
    int64_t there = n_on_hand(&g->n.place[s][c->at]);
    for (int i = 0; i < g->n.facts_count; i++) {
        const struct naive_fact *f = &g->n.facts[i];
        there -= f->sku == s && f->at == c->at && f->happened > c->when[s] ? f->delta : 0;
    }
    return there;
}

/* A review shows what each line would change. */
static inline void count_review_it(struct game *g, struct game_count *c)
{
    char id[24];
    bool is_open = c->state == DOC_OPEN || c->state == DOC_GOING;
    game_status(g,
                game_ask(g, request_count_review, document_id(c->id, id), "{}%s", ""),
                is_open ? 200 : 409);
    c->state = is_open ? DOC_GOING : c->state;
    if (!is_open) {
        return;
    }
    for (struct json_iter i = json_iter(json_get(g->w->answer, "lines")); json_next(&i);) {
        int s = item_of(text_of(i.value, "sku"));
        bool is_certain = g->n.place[s][c->at].counted_at <= c->when[s];
        if (c->counted[s] != UNSET && is_certain &&
            int_of(i.value, "difference") != c->counted[s] - count_there(g, c, s)) {
            game_fail(g,
                      "count %s would change %s by %" PRId64 ", the model by %" PRId64,
                      id,
                      item_code[s],
                      int_of(i.value, "difference"),
                      c->counted[s] - count_there(g, c, s));
        }
    }
}

static inline void count_post_it(struct game *g, struct game_count *c)
{
    char id[24];
    int lines = 0;
    for (int s = 0; s < NS; s++) {
        lines += c->counted[s] != UNSET;
    }
    int wanted = c->state != DOC_GOING ? 409 : lines ? 200 : 422;
    game_status(g, game_ask(g, request_count_post, document_id(c->id, id), "{}%s", ""), wanted);
    for (int s = 0; wanted == 200 && s < NS; s++) {
        const struct naive_move m = {.kind = N_COUNT,
                                     .sku = s,
                                     .at = c->at,
                                     .quantity = c->counted[s],
                                     .when = c->when[s],
                                     .expected = UNSET,
                                     .is_dated = true};
        if (c->counted[s] != UNSET) {
            assert_int_equal(n_move(&g->n, &m), 201);
        }
    }
    c->state = wanted == 200 ? DOC_DONE : c->state;
}

static inline void count_cancel_it(struct game *g, struct game_count *c)
{
    char id[24];
    bool is_open = c->state == DOC_OPEN || c->state == DOC_GOING;
    game_status(g,
                game_ask(g, request_count_cancel, document_id(c->id, id), "{}%s", ""),
                is_open ? 200 : 409);
    c->state = is_open ? DOC_CANCELLED : c->state;
}

static inline void play_count(struct game *g, struct documents *d)
{
    static void (*const steps[])(struct game *, struct game_count *) = {count_a_line,
                                                                        count_a_line,
                                                                        count_a_line,
                                                                        count_review_it,
                                                                        count_post_it,
                                                                        count_post_it,
                                                                        count_cancel_it};
    struct game_count *c = &d->counts[draw(g, NCOUNTS)];
    int step = (int)draw(g, one_in(g, 3) ? COUNT_OF(steps) : COUNT_OF(steps) - 1);
    step = c->state == DOC_GOING ? 3 + (int)draw(g, 4) : one_in(g, 3) ? 3 : step;
    if (c->state == DOC_NONE || (c->state > DOC_GOING && !one_in(g, 3))) {
        count_start(g, c);
    } else if (c->state != DOC_GOING || step > 2) { /* reviewed: counted no more */
        steps[step](g, c);
    }
}
