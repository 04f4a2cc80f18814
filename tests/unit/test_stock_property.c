/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random interleavings of everything that moves stock, against an independent naive model: after
 * each operation every figure of every place, what each listing shows, and the answer's status must
 * be the model's. Over memory, over SQLite and over PostgreSQL.
 *
 * TRUECOUNT_PROPERTY_CASES sets how many cases are played in memory (SQLite plays one of 25,
 * PostgreSQL one of 50), TRUECOUNT_PROPERTY_SEED the first seed. A failure prints its last operations and the line that
 * repeats it.
 */
#include "support/stock_documents.h"

#include "support/postgres_database.h"

enum {
    STEPS = 220,
    VERIFY_EVERY = 110,
    CASES = 100,
    CASES_PER_SQLITE = 25,
    CASES_PER_POSTGRES = 50
};

/* ---- movements by hand ---- */

/* Mostly one that exists. */
static int some_sku(struct game *g)
{
    int s = (int)draw(g, NS);
    return g->exists[s] || one_in(g, 12) ? s : (int)draw(g, LATE);
}

static void write_move(struct game *g, struct naive_move *m, int item, struct buf *out)
{
    char time[TIME_TEXT_MAX];
    *m = (struct naive_move){.kind = (enum naive_kind)draw(g, N_KINDS),
                             .sku = item,
                             .at = (int)draw(g, NL),
                             .quantity = 1 + draw(g, 12),
                             .when = g->w->now_us,
                             .expected = UNSET,
                             .reason = NR};
    m->kind = one_in(g, 3) ? N_RECEIVE : m->kind;
    if (m->kind == N_RECEIVE) { /* enough that holds, transfers and shipments find units */
        m->quantity = 1 + draw(g, 40);
    }
    if (m->kind == N_ADJUST && one_in(g, 2)) {
        m->quantity = -m->quantity;
    } else if (m->kind == N_COUNT) {
        m->quantity = draw(g, 60);
        if (item < NS && one_in(g, 3)) { /* as the books have it, or one off */
            m->expected = n_on_hand(&g->n.place[item][m->at]) + draw(g, 2);
        }
        if (item < NS && one_in(g, 3)) { /* no difference */
            m->quantity = n_max(0, n_on_hand(&g->n.place[item][m->at]));
        }
    } else if (m->kind != N_RECEIVE && m->kind != N_ADJUST && one_in(g, 2)) {
        m->reason = (enum naive_reason)draw(g, NR);
    }
    m->is_dated = m->expected == UNSET && one_in(g, 3);
    m->when = m->is_dated ? some_moment(g) : m->when;
    buf_printf(out,
               "%s{'kind':'%s','sku':'%s','location':'%s','quantity':%" PRId64,
               out->n > 20 ? "," : "",
               kind_code[m->kind],
               item_code[item],
               place_code[m->at],
               m->quantity);
    if (m->reason < NR) {
        buf_printf(out, ",'reason':'%s'", reason_code[m->reason]);
    }
    if (m->expected != UNSET) {
        buf_printf(out, ",'expected':%" PRId64, m->expected);
    }
    if (m->is_dated) {
        buf_printf(out, ",'happened_at':'%.*s'", SLICE_ARG(time_format(m->when, time)));
    }
    buf_text(out, "}");
}

static void op_movements(struct game *g)
{
    struct naive_move moves[4];
    ON_EXIT(buf_free) struct buf text = {0};
    bool is_unknown = false;
    int count = one_in(g, 3) ? 2 + (int)draw(g, 3) : 1, status = 201;
    buf_init(&text, BODY);
    buf_text(&text, "{'movements':[");
    for (int i = 0; i < count; i++) {
        int item = one_in(g, 40) ? 4 + (int)draw(g, 2) : some_sku(g);
        is_unknown = is_unknown || item >= NS || !g->exists[item];
        write_move(g, &moves[i], item, &text);
    }
    buf_text(&text, "]}");
    struct naive after = g->n;
    for (int i = 0; !is_unknown && i < count && (status == 201 || status == 4090); i++) {
        int said = n_move(&after, &moves[i]);
        /* Units that are missing are told of all lines; what is wrong stops at once. */
        status = said == 409 && moves[i].expected == UNSET ? 4090 : said == 201 ? status : said;
    }
    status = is_unknown ? 422 : status == 4090 ? 409 : status;
    game_status(
        g, game_ask(g, request_movements_create, NULL, "%.*s", SLICE_ARG(buf_view(&text))), status);
    if (status == 201) {
        g->n = after;
    }
}

/* ---- orders ---- */

static void op_wrong_order(struct game *g)
{
    int wanted = one_in(g, 2) ? 400 : 422;
    game_status(g,
                game_ask(g,
                         request_orders_create,
                         NULL,
                         "{'channel':'%s','id':'o1','version':99,'lines':[{'id':'l0','sku':'A',"
                         "'ordered':2,'cancelled':1,'fulfilled':2}]}",
                         wanted == 400 ? "shop" : "nobody"),
                wanted);
}

/* ---- what a name comes to mean later ---- */

static bool waits_for(const struct game_order *o, int channel, int text)
{
    bool waits = false;
    for (int l = 0; l < NLINES; l++) {
        waits = waits || (o->text[l] == text && o->now.lines[l].now.ordered > 0 &&
                          !is_known(&o->now.lines[l].recipe));
    }
    return waits && o->arrived && o->channel == channel;
}

/* Orders with a line that waited for this name, in the order in which they were first seen. */
static void unpark(struct game *g, int channel, int text)
{
    for (int turn = 1; turn <= g->arrivals; turn++) {
        for (int i = 0; i < NORDERS; i++) {
            struct game_order *o = &g->orders[i];
            if (o->arrived == turn && waits_for(o, channel, text)) {
                (void)freeze(g, o);
                book(g, i, o->now.is_time ? o->now.version : g->w->now_us, NULL);
            }
        }
    }
}

static void op_late_sku(struct game *g)
{
    int wanted = g->exists[LATE] ? 409 : 201;
    game_status(g, game_ask(g, request_skus_create, NULL, "{'sku':'LATE'}"), wanted);
    if (wanted == 201) {
        g->exists[LATE] = true;
        g->ids[LATE] = game_sku_id(g, LATE);
        for (int c = 0; c < NCHANNELS; c++) {
            unpark(g, c, LATE);
        }
    }
}

static void op_listing_comes_or_goes(struct game *g)
{
    int i = (int)draw(g, g->listings_count);
    struct game_listing *it = &g->listings[i];
    char id[24];
    (void)snprintf(id, sizeof(id), "%" PRId64, it->id);
    if (it->id && one_in(g, 3)) {
        game_status(g, game_ask(g, request_listing_delete, id, "%s", ""), 204);
        it->id = 0;
        return;
    }
    int channel = (int)draw(g, NCHANNELS), text = (int)draw(g, NTEXTS);
    for (int k = 0; k < g->listings_count; k++) {
        if (g->listings[k].id && g->listings[k].channel == channel && g->listings[k].text == text) {
            game_status(g,
                        game_ask(g,
                                 request_listings_create,
                                 NULL,
                                 "{'channel':'%s','sku':'A','remote':{'sku':'%s'}}",
                                 channel_code[channel],
                                 text_code[text]),
                        409);
            return;
        }
    }
    if (g->listings_count < NLISTINGS) {
        static const int packs[] = {1, 1, 2, 6};
        int item = text < LATE ? text : one_in(g, 2) ? 0 : 4;
        game_list(g, channel, item, text, packs[draw(g, 4)]);
        unpark(g, channel, text);
    }
}

/* ---- policies ---- */

static int64_t some_limit(struct game *g, int64_t most, struct buf *out, const char *name)
{
    int64_t value = one_in(g, 3) ? UNSET : draw(g, most + 1);
    if (value == UNSET) {
        buf_printf(out, "%s'%s':null", out->n > 1 ? "," : "", name);
    } else {
        buf_printf(out, "%s'%s':%" PRId64, out->n > 1 ? "," : "", name, value);
    }
    return value;
}

static void change_listing(struct game *g, struct buf *text)
{
    struct game_listing *it = &g->listings[draw(g, g->listings_count)];
    char id[24];
    struct naive_policy p;
    (void)snprintf(id, sizeof(id), "%" PRId64, it->id);
    p.buffer = some_limit(g, 6, text, "buffer");
    p.percent = some_limit(g, 100, text, "percent");
    p.cap = some_limit(g, 20, text, "cap");
    p.min_to_list = some_limit(g, 4, text, "min_to_list");
    p.pack = 1 + draw(g, 4);
    buf_printf(text, ",'pack_size':%" PRId64 "}", p.pack);
    int wanted = it->id ? 200 : 404;
    game_status(
        g, game_ask(g, request_listing_change, id, "%.*s", SLICE_ARG(buf_view(text))), wanted);
    it->policy = it->id ? p : it->policy;
}

static void change_channel(struct game *g, struct buf *text)
{
    int c = (int)draw(g, NCHANNELS);
    struct naive_policy *p = &g->policy[c];
    p->buffer = some_limit(g, 4, text, "buffer");
    p->percent = some_limit(g, 100, text, "percent");
    p->cap = some_limit(g, 30, text, "cap");
    if (one_in(g, 2)) {
        int first = (int)draw(g, NL), count = (int)draw(g, NL + 1);
        buf_text(text, ",'route':[");
        all_places(&g->route[c]);
        g->route[c].count = count ? count : NL;
        for (int i = 0; i < count; i++) {
            /* Given backwards: the priority decides. */
            int nth = count - 1 - i;
            g->route[c].stop[nth] = (first + nth) % NL;
            g->route[c].country[nth] = one_in(g, 3) ? "DE" : NULL;
            buf_printf(text,
                       "%s{'location':'%s','priority':%d%s}",
                       i ? "," : "",
                       place_code[g->route[c].stop[nth]],
                       nth,
                       g->route[c].country[nth] ? ",'countries':['DE']" : "");
        }
        buf_text(text, "]");
    }
    buf_text(text, "}");
    game_status(
        g,
        game_ask(g, request_channel_change, channel_code[c], "%.*s", SLICE_ARG(buf_view(text))),
        200);
}

static void change_sku(struct game *g, struct buf *text)
{
    int item = (int)draw(g, NITEMS);
    int64_t buffer = some_limit(g, 5, text, "buffer");
    bool is_recipe = item > LATE && one_in(g, 2);
    int64_t a = 1 + draw(g, 3), b = 1 + draw(g, 3);
    if (is_recipe) {
        buf_printf(text,
                   ",'components':[{'sku':'C','quantity':%" PRId64
                   "},{'sku':'A','quantity':%" PRId64 "}]",
                   b,
                   a);
    }
    buf_text(text, "}");
    int wanted = g->exists[item] ? 200 : 404;
    game_status(g,
                game_ask(g, request_sku_change, item_code[item], "%.*s", SLICE_ARG(buf_view(text))),
                wanted);
    if (wanted == 200) {
        g->sku_buffer[item] = buffer;
        g->recipe[item] = is_recipe ? (struct naive_recipe){{a, 0, b}} : g->recipe[item];
    }
}

/* A SKU gets another code, or its first one back: it is found under both. */
static void op_rename(struct game *g)
{
    int item = (int)draw(g, NITEMS);
    item = item == LATE ? 0 : item; /* a new SKU would take its first code over */
    bool is_back = one_in(g, 2);
    char from[16], to[16];
    (void)snprintf(from, sizeof(from), "%s%s", item_code[item], one_in(g, 2) ? "" : " ");
    (void)snprintf(to, sizeof(to), "%s%s", item_code[item], is_back ? "" : "-NEW");
    game_status(
        g, game_ask(g, request_sku_change, from, "{'sku':'%s'}", to), g->exists[item] ? 200 : 404);
}

static void op_policy(struct game *g)
{
    static void (*const changes[])(struct game *,
                                   struct buf *) = {change_listing, change_channel, change_sku};
    ON_EXIT(buf_free) struct buf text = {0};
    buf_init(&text, BODY);
    buf_text(&text, "{");
    changes[draw(g, 3)](g, &text);
}

/* ---- holds ---- */

static struct game_hold *open_hold(struct game *g, int owner)
{
    for (int i = 0; i < g->holds_count; i++) {
        if (g->holds[i].is_open && g->holds[i].owner == owner) {
            return &g->holds[i];
        }
    }
    return NULL;
}

/* Each need at the places that the answer names, which must be those of the route. */
static void keep_picks(struct game *g,
                       struct game_hold *hold,
                       const struct naive_route *route,
                       const char *country,
                       const struct naive_need *needs,
                       int count)
{
    int64_t picks[8][NL], wanted[NS][NL] = {{0}};
    naive_free free;
    n_free(&g->n, free);
    n_route(route, country, needs, count, free, picks);
    for (int i = 0; i < count; i++) {
        for (int l = 0; l < NL; l++) {
            wanted[needs[i].sku][l] += picks[i][l];
        }
    }
    for (struct json_iter i = json_iter(json_get(g->w->answer, "lines")); json_next(&i);) {
        for (struct json_iter p = json_iter(json_get(i.value, "picks")); json_next(&p);) {
            int s = item_of(text_of(p.value, "sku")), l = 0;
            while (!slice_is(text_of(p.value, "location"), place_code[l])) {
                l++;
            }
            hold->kept[s][l] += int_of(p.value, "quantity");
        }
    }
    if (memcmp(wanted, hold->kept, sizeof(wanted)) != 0) {
        game_fail(g, "the hold's units were not kept where the route says");
    }
    n_keep(&g->n, hold->kept, 1);
}

static void op_hold(struct game *g)
{
    struct game_hold *hold = &g->holds[g->holds_count];
    struct naive_need needs[8];
    int64_t demand[NS] = {0};
    ON_EXIT(buf_free) struct buf text = {0};
    if (g->holds_count == NHOLDS) {
        return;
    }
    *hold =
        (struct game_hold){.owner = (int)draw(g, 4), .channel = (int)draw(g, NCHANNELS + 1) - 1};
    const char *country = some_country(g);
    int64_t seconds = 1 + draw(g, 40);
    int lines = 1 + (int)draw(g, 2), count = 0, wanted = 201;
    buf_init(&text, BODY);
    buf_printf(&text, "{'owner':'buyer-%d','expires_in':%" PRId64, hold->owner, seconds);
    if (hold->channel != NONE) {
        buf_printf(&text, ",'channel':'%s'", channel_code[hold->channel]);
    }
    if (country) {
        buf_printf(&text, ",'country':'%s'", country);
    }
    buf_text(&text, ",'lines':[");
    for (int i = 0; i < lines; i++) {
        int item = one_in(g, 4) ? 4 + (int)draw(g, 2) : some_sku(g);
        int64_t units = 1 + draw(g, 4);
        hold->item = item;
        hold->units = units;
        wanted = g->exists[item] ? wanted : 422;
        buf_printf(
            &text, "%s{'sku':'%s','quantity':%" PRId64 "}", i ? "," : "", item_code[item], units);
        for (int s = 0; s < NS; s++) {
            if (g->recipe[item].of[s]) {
                needs[count++] = (struct naive_need){s, units * g->recipe[item].of[s]};
                demand[s] += units * g->recipe[item].of[s];
            }
        }
    }
    buf_text(&text, "]}");
    /* The same owner replaces: what he holds is his to hold again. */
    struct game_hold *before = wanted == 201 ? open_hold(g, hold->owner) : NULL;
    struct naive_route everywhere;
    all_places(&everywhere);
    const struct naive_route *route =
        hold->channel == NONE ? &everywhere : &g->route[hold->channel];
    if (before) {
        n_keep(&g->n, before->kept, -1);
    }
    for (int s = 0; s < NS; s++) {
        bool is_short = demand[s] > 0 && demand[s] > n_holdable(&g->n, route, country, s);
        wanted = wanted == 201 && is_short ? 409 : wanted;
    }
    game_status(
        g, game_ask(g, request_holds_create, NULL, "%.*s", SLICE_ARG(buf_view(&text))), wanted);
    if (wanted != 201) {
        if (before) {
            n_keep(&g->n, before->kept, 1);
        }
        return;
    }
    if (before) {
        before->is_open = false;
    }
    assert_true(slice_int(text_of(g->w->answer, "id"), &hold->id));
    hold->expires_at = g->w->now_us + seconds * US_PER_S;
    hold->is_open = true;
    g->holds_count++;
    keep_picks(g, hold, route, country, needs, count);
}

/* Mostly one that is open. */
static struct game_hold *some_hold(struct game *g)
{
    struct game_hold *hold = &g->holds[draw(g, g->holds_count)];
    for (int i = 0; i < 12 && !hold->is_open; i++) {
        hold = &g->holds[draw(g, g->holds_count)];
    }
    return hold;
}

static void give_back(struct game *g, struct game_hold *hold)
{
    n_keep(&g->n, hold->kept, -1);
    hold->is_open = false;
}

static void op_hold_ends_or_goes_on(struct game *g)
{
    char id[24];
    if (g->holds_count == 0) {
        game_status(g, game_ask(g, request_hold_delete, "77", "%s", ""), 404);
        return;
    }
    struct game_hold *hold = some_hold(g);
    (void)snprintf(id, sizeof(id), "%" PRId64, hold->id);
    if (one_in(g, 2)) {
        game_status(
            g, game_ask(g, request_hold_delete, id, "%s", ""), hold->is_committed ? 409 : 204);
        if (hold->is_open) {
            give_back(g, hold);
        }
        return;
    }
    bool lives = hold->is_open && hold->expires_at > g->w->now_us;
    int64_t seconds = 1 + draw(g, 60);
    game_status(g,
                game_ask(g, request_hold_extend, id, "{'expires_in':%" PRId64 "}", seconds),
                lives ? 200 : 409);
    hold->expires_at = lives ? g->w->now_us + seconds * US_PER_S : hold->expires_at;
}

static void op_expire(struct game *g)
{
    g->w->now_us += draw(g, 20) * US_PER_S;
    game_status(g, game_ask(g, requests_expire_holds, NULL, "%s", ""), 200);
    for (int i = 0; i < g->holds_count; i++) {
        if (g->holds[i].is_open && g->holds[i].expires_at <= g->w->now_us) {
            give_back(g, &g->holds[i]);
        }
    }
}

/* Does the hold keep all that the lines of a new order demand? */
static bool covers(const struct game *g, const struct game_hold *hold, const struct game_order *o)
{
    int64_t left[NS] = {0};
    for (int s = 0; s < NS; s++) {
        for (int l = 0; l < NL; l++) {
            left[s] += hold->kept[s][l];
        }
    }
    for (int i = 0; i < NLINES; i++) {
        const struct naive_counts *c = &o->said[0].lines[i].now;
        struct naive_recipe recipe = meaning(g, o->channel, o->text[i]);
        for (int s = 0; s < NS; s++) {
            left[s] -= (c->ordered - c->cancelled) * recipe.of[s];
            if (left[s] < 0) {
                return false;
            }
        }
        if (c->ordered > c->cancelled && !is_known(&recipe)) {
            return false;
        }
    }
    return true;
}

/* The usual case: the cart becomes the order, or a part of it does. */
static void order_what_is_held(struct game_order *o, const struct game_hold *hold)
{
    struct naive_line *lines = o->said[0].lines;
    o->channel = hold->channel == NONE ? o->channel : hold->channel;
    o->text[0] = hold->item;
    lines[0].now = n_agreed((struct naive_counts){.ordered = hold->units,
                                                  .cancelled = lines[0].now.cancelled,
                                                  .fulfilled = lines[0].now.fulfilled,
                                                  .no_restock = lines[0].now.no_restock});
    for (int i = 1; i < NLINES; i++) {
        lines[i].said = false;
        lines[i].now = (struct naive_counts){0};
    }
}

static void op_commit(struct game *g)
{
    int index;
    struct game_order *o = some_order(g, &index);
    ON_EXIT(buf_free) struct buf text = {0};
    if (g->holds_count == 0 || o->said_count == SAID) {
        return;
    }
    struct game_hold *hold = some_hold(g);
    if (o->said_count == 0 || one_in(g, 2)) {
        invent(g, o);
    }
    bool is_new = !o->arrived;
    if (is_new && o->said_count == 1 && !one_in(g, 3)) {
        order_what_is_held(o, hold);
    }
    const struct naive_order *said = &o->said[is_new ? 0 : o->said_count - 1];
    char id[24];
    (void)snprintf(id, sizeof(id), "%" PRId64, hold->id);
    buf_init(&text, BODY);
    write_order(g, index, said, &text);
    int wanted = !hold->is_open || hold->expires_at <= g->w->now_us     ? 409
                 : hold->channel != NONE && hold->channel != o->channel ? 422
                 : is_new && !covers(g, hold, o)                        ? 422
                                                                        : 201;
    game_status(
        g, game_ask(g, request_hold_commit, id, "%.*s", SLICE_ARG(buf_view(&text))), wanted);
    if (wanted == 201) {
        give_back(g, hold);
        hold->is_committed = true;
        (void)arrive(g, index, said, is_new ? (const naive_free *)&hold->kept : NULL);
    }
}

/* ---- documents ---- */

static struct documents documents;

static void op_transfer(struct game *g)
{
    play_transfer(g, &documents);
}

static void op_count(struct game *g)
{
    play_count(g, &documents);
}

/* ---- playing ---- */

static void fill_shelves(struct game *g)
{
    for (int i = 0; i < LATE * NL; i++) {
        const struct naive_move m = {.kind = N_RECEIVE,
                                     .sku = i / NL,
                                     .at = i % NL,
                                     .quantity = draw(g, 80) + 1,
                                     .when = g->w->now_us};
        game_status(g,
                    game_ask(g,
                             request_movements_create,
                             NULL,
                             "{'movements':[{'kind':'receive','sku':'%s','location':'%s',"
                             "'quantity':%" PRId64 "}]}",
                             item_code[m.sku],
                             place_code[m.at],
                             m.quantity),
                    n_move(&g->n, &m));
    }
}

static void play(struct game *g)
{
    static void (*const ops[])(struct game *) = {op_movements,
                                                 op_movements,
                                                 op_movements,
                                                 op_order,
                                                 op_order,
                                                 op_order,
                                                 op_order,
                                                 op_hold,
                                                 op_hold,
                                                 op_hold_ends_or_goes_on,
                                                 op_commit,
                                                 op_expire,
                                                 op_policy,
                                                 op_listing_comes_or_goes,
                                                 op_transfer,
                                                 op_transfer,
                                                 op_count,
                                                 op_count};
    documents = (struct documents){0};
    game_furnish(g);
    fill_shelves(g);
    g->w->now_us += 20 * US_PER_S;
    for (int step = 1; step <= STEPS; step++) {
        g->w->now_us += (1 + draw(g, 2500)) * 1000;
        g->w->now_us += g->w->now_us % US_PER_S == 0 ? 1000 : 0;
        if (one_in(g, 40)) {
            op_late_sku(g);
        } else if (one_in(g, 60)) {
            op_wrong_order(g);
        } else if (one_in(g, 40)) {
            op_rename(g);
        } else {
            ops[draw(g, COUNT_OF(ops))](g);
        }
        game_compare(g);
        if (step % VERIFY_EVERY == 0) {
            game_verify(g);
        }
    }
}

static int64_t setting(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    int64_t n = otherwise;
    if (text && !slice_int(slice_of(text), &n)) {
        fail_msg("%s must be a whole number", name);
    }
    return n;
}

enum place { IN_MEMORY, ON_SQLITE, ON_POSTGRES };

static void play_cases(struct game *g, enum place place)
{
    int64_t cases = setting("TRUECOUNT_PROPERTY_CASES", CASES);
    cases = place == IN_MEMORY   ? cases
            : place == ON_SQLITE ? (cases + CASES_PER_SQLITE - 1) / CASES_PER_SQLITE
                                 : (cases + CASES_PER_POSTGRES - 1) / CASES_PER_POSTGRES;
    int64_t first = setting("TRUECOUNT_PROPERTY_SEED", 1);
    for (int64_t i = 0; i < cases; i++) {
        void *world;
        *g = (struct game){.seed = (uint64_t)(first + i)};
        g->random = g->seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
        struct pg_url url = {""};
        if (place == ON_POSTGRES) {
            url = database_new();
        }
        const char *at = place == ON_POSTGRES ? url.text : NULL;
        assert_int_equal(world_open_at(&world, place == IN_MEMORY, at), 0);
        g->w = world;
        g->is_running = true;
        play(g);
        g->is_running = false;
        assert_int_equal(world_close(&world), 0);
    }
}

static void test_every_interleaving_ends_where_the_model_says_in_memory(void **state)
{
    play_cases(*state, IN_MEMORY);
    if (setting("TRUECOUNT_PROPERTY_CASES", CASES) >= CASES) {
        want_all_reached();
    }
}

static void test_every_interleaving_ends_where_the_model_says_on_sqlite(void **state)
{
    play_cases(*state, ON_SQLITE);
}

static void test_every_interleaving_ends_where_the_model_says_on_postgres(void **state)
{
    play_cases(*state, ON_POSTGRES);
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct game));
    return *state && crypto_init() == ERR_OK ? 0 : -1;
}

static int teardown(void **state)
{
    const struct game *g = *state;
    if (g->is_running) {
        print_error("repeat: TRUECOUNT_PROPERTY_SEED=%" PRIu64
                    " TRUECOUNT_PROPERTY_CASES=1 build/dev/tests/test_stock_property\n",
                    g->seed);
    }
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_every_interleaving_ends_where_the_model_says_in_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_every_interleaving_ends_where_the_model_says_on_sqlite, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_every_interleaving_ends_where_the_model_says_on_postgres, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, cluster_end);
}
