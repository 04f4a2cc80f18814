/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stock_game - a furnished request_world beside its naive model, and the comparison of the two.
 *
 * Four SKUs that own stock (the last one is created late), two bundles, three locations, three shops
 * that speak our API with different routes and policies. game_compare wants every figure of every
 * place and every listing to be the model's.
 */
#pragma once
#include "support/request_world.h"

#include "engine/batch.h"
#include "support/naive_orders.h"

enum { NITEMS = 6, LATE = 3, NCHANNELS = 3, NLISTINGS = 10, NORDERS = 14, NHOLDS = 40, NTEXTS = 8 };
enum { TRACE = 12, BODY = 4096, SAID = 8 };

struct game_listing {
    int64_t id; /* 0: there is none */
    int channel, item, text;
    struct naive_policy policy;
};
struct game_order {
    int channel, arrived; /* arrived: 0: never seen; else in which turn first */
    bool is_time;
    int text[NLINES];
    struct naive_order said[SAID]; /* the snapshots that exist, oldest first */
    int said_count;
    struct naive_order now;
};
struct game_hold {
    int64_t id, expires_at;
    int owner, channel; /* channel: NONE */
    int item;           /* of its last line */
    int64_t units;
    bool is_open, is_committed;
    naive_free kept;
};

struct game {
    struct world *w;
    uint64_t random, seed;
    bool is_running; /* a case is under way: a teardown tells how to repeat it */
    struct naive n;
    struct naive_recipe recipe[NITEMS];
    bool exists[NITEMS];
    int64_t sku_buffer[NITEMS];
    struct sku_id ids[NS];
    struct naive_route route[NCHANNELS];
    struct naive_policy policy[NCHANNELS];
    struct game_listing listings[NLISTINGS];
    int listings_count;
    struct game_order orders[NORDERS];
    int arrivals;
    struct game_hold holds[NHOLDS];
    int holds_count;
    char trace[TRACE][BODY + 64];
    int steps;
    int64_t shown[NLISTINGS];
};

static const char *const item_code[NITEMS] = {"A", "B", "C", "LATE", "KIT", "DUO"};
static const char *const place_code[NL] = {"north", "south", "east"};
static const char *const channel_code[NCHANNELS] = {"shop", "till", "web"};
static const char *const kind_code[N_KINDS] = {"receive",
                                               "adjust",
                                               "count",
                                               "damage",
                                               "set_aside",
                                               "restore",
                                               "write_off",
                                               "return",
                                               "restock",
                                               "scrap",
                                               "ship"};
static const char *const reason_code[NR] = {
    "damaged", "quality_hold", "return_pending", "no_restock", "wet"};
/* What an order line may name: the codes, and the two shops' own names for packs. */
static const char *const text_code[NTEXTS] = {
    "A", "B", "C", "LATE", "KIT", "DUO", "BOX-6", "CRATE"};

static inline int64_t draw(struct game *g, int64_t below)
{
    g->random ^= g->random << 13;
    g->random ^= g->random >> 7;
    g->random ^= g->random << 17;
    return (int64_t)(g->random % (uint64_t)below);
}

/* Which item a code of the engine's is: a renamed one is called "A-NEW". */
static inline int item_of(struct slice code)
{
    for (int i = 0; i < NITEMS; i++) {
        size_t n = strlen(item_code[i]);
        if (slice_starts(code, item_code[i]) &&
            (code.n == n || slice_is(slice_from(code, n), "-NEW"))) {
            return i;
        }
    }
    fail_msg("a code that nobody gave: %.*s", SLICE_ARG(code));
    return 0;
}

static inline bool one_in(struct game *g, int64_t n)
{
    return draw(g, n) == 0;
}

/* ---- asking ---- */

/* How often each request was taken and refused: a game in which one never succeeds proves little. */
static struct {
    request_fn *run;
    const char *name;
    int64_t taken, refused;
} reached[] = {{request_movements_create, "movements", 0, 0},
               {request_orders_create, "orders", 0, 0},
               {request_holds_create, "holds", 0, 0},
               {request_hold_delete, "holds given back", 0, 0},
               {request_hold_extend, "holds extended", 0, 0},
               {request_hold_commit, "holds committed", 0, 0},
               {request_transfers_create, "transfers", 0, 0},
               {request_transfer_ship, "transfers shipped", 0, 0},
               {request_transfer_receive, "transfers received", 0, 0},
               {request_transfer_cancel, "transfers cancelled", 0, 0},
               {request_counts_create, "counts", 0, 0},
               {request_count_lines, "count lines", 0, 0},
               {request_count_review, "counts reviewed", 0, 0},
               {request_count_post, "counts posted", 0, 0},
               {request_count_cancel, "counts cancelled", 0, 0},
               {request_listings_create, "listings", 0, 0},
               {request_listing_change, "listings changed", 0, 0},
               {request_channel_change, "channels changed", 0, 0},
               {request_sku_change, "SKUs changed", 0, 0},
               {request_skus_create, "SKUs", 0, 0}};

static inline void reach(request_fn *run, int status)
{
    for (size_t i = 0; i < COUNT_OF(reached); i++) {
        if (reached[i].run == run) {
            reached[i].taken += status < 300;
            reached[i].refused += status >= 300;
        }
    }
}

static inline void want_all_reached(void)
{
    for (size_t i = 0; i < COUNT_OF(reached); i++) {
        print_message("             %-20s %6" PRId64 " taken %6" PRId64 " refused\n",
                      reached[i].name,
                      reached[i].taken,
                      reached[i].refused);
        assert_true(reached[i].taken >= 20);
    }
}

/* Single quotes stand for double ones. The status. */
static inline int PRINTF_LIKE(4, 5)
    game_ask(struct game *g, request_fn *run, const char *arg, const char *body, ...)
{
    char *text = g->trace[g->steps++ % TRACE];
    va_list args;
    va_start(args, body);
    int n = vsnprintf(text, BODY, body, args);
    va_end(args);
    assert_in_range(n, 0, BODY - 1);
    for (char *c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    arena_clear(&g->w->arena);
    int status = ask(g->w, run, arg, text);
    reach(run, status);
    (void)snprintf(text + n, 64, "   %s -> %d", arg ? arg : "", status);
    return status;
}

static inline void game_tell(const struct game *g)
{
    for (int i = g->steps > TRACE ? g->steps - TRACE : 0; i < g->steps; i++) {
        print_error("  %4d  %s\n", i, g->trace[i % TRACE]);
    }
}

#define game_fail(g, ...)                                                                          \
    do {                                                                                           \
        game_tell(g);                                                                              \
        fail_msg(__VA_ARGS__);                                                                     \
    } while (0)

/* ---- comparing ---- */

static inline void
game_figure(const struct game *g, int sku, int at, const char *what, int64_t got, int64_t wanted)
{
    if (got != wanted) {
        game_fail(g,
                  "%s of %s at %s: the engine has %" PRId64 ", the model %" PRId64,
                  what,
                  item_code[sku],
                  place_code[at],
                  got,
                  wanted);
    }
}

static inline void game_compare_stock(struct game *g)
{
    struct stock_set set;
    int count = g->exists[LATE] ? NS : NS - 1;
    stock_set_init(&set, &g->w->arena);
    assert_int_equal(g->w->reader->ops->stock(g->w->reader, g->ids, (size_t)count, &set), ERR_OK);
    for (int s = 0; s < count; s++) {
        for (int l = 0; l < NL; l++) {
            const struct naive_place *p = &g->n.place[s][l];
            const struct stock *row = stock_set_find(&set, g->ids[s], (struct location_id){l + 1});
            const struct stock none = {0}, *got = row ? row : &none;
            game_figure(g, s, l, "available", got->available, p->available);
            game_figure(g, s, l, "held", got->held, p->held);
            game_figure(g, s, l, "reserved", got->reserved, p->reserved);
            game_figure(g, s, l, "in_transit", got->in_transit, p->transit);
            for (int r = 0; r < NR; r++) {
                game_figure(g,
                            s,
                            l,
                            reason_code[r],
                            stock_reason_quantity(got, slice_of(reason_code[r])),
                            p->by[r]);
            }
            game_figure(g, s, l, "unavailable", got->unavailable, n_unavailable(p));
        }
    }
    stock_set_free(&set);
}

static inline struct naive_policy game_policy(const struct game *g, const struct game_listing *it)
{
    const struct naive_policy *own = &it->policy, *of = &g->policy[it->channel];
    return (struct naive_policy){
        .buffer = own->buffer != UNSET ? own->buffer : n_max(g->sku_buffer[it->item], of->buffer),
        .percent = own->percent != UNSET ? own->percent : of->percent,
        .cap = own->cap != UNSET ? own->cap : of->cap,
        .min_to_list = own->min_to_list,
        .pack = own->pack};
}

static struct game *looking; /* the game whose listings game_look reads */

/* Under the writer, as the pusher would: what each listing shows. */
static inline void game_look(struct batch *b, struct turn *turn)
{
    for (int i = 0; i < looking->listings_count; i++) {
        int64_t id = looking->listings[i].id;
        struct batch_listing *listing = id ? batch_listing(b, (struct listing_id){id}) : NULL;
        if (listing) {
            looking->shown[i] = listing_sellable(b,
                                                 config_channel(b->config, listing->row.channel),
                                                 &listing->row,
                                                 batch_sku(b, listing->row.sku),
                                                 NULL);
        }
    }
    turn->status = 200;
}

static inline void game_compare_listings(struct game *g)
{
    looking = g;
    assert_int_equal(ask(g->w, game_look, NULL, ""), 200);
    for (int i = 0; i < g->listings_count; i++) {
        const struct game_listing *it = &g->listings[i];
        const struct naive_policy policy = game_policy(g, it);
        int64_t wanted = n_sellable(&g->n, &g->route[it->channel], &g->recipe[it->item], &policy);
        if (it->id && g->shown[i] != wanted) {
            game_fail(g,
                      "listing %" PRId64 " (%s of %s): the engine shows %" PRId64
                      ", the model %" PRId64,
                      it->id,
                      text_code[it->text],
                      channel_code[it->channel],
                      g->shown[i],
                      wanted);
        }
    }
}

/* Both legs of every movement, from the first: nothing appears or vanishes, and the history is the
 * state. */
static inline void game_compare_history(struct game *g)
{
    static int64_t sum[NS][NL][BUCKET_IN_TRANSIT + 1];
    int64_t legs = 0;
    struct store_query q = {.limit = 500};
    memset(sum, 0, sizeof(sum));
    for (bool more = true; more;) {
        struct rows rows = {0};
        arena_clear(&g->w->arena);
        assert_int_equal(g->w->reader->ops->list_movements(g->w->reader, &q, &g->w->arena, &rows),
                         ERR_OK);
        for (size_t i = 0; i < rows.count; i++) {
            const struct movement_row *row = rows.items[i];
            const struct movement *m = &row->movement;
            assert_true(m->quantity > 0 && m->sku.v >= 1);
            int s = 0;
            while (g->ids[s].v != m->sku.v) {
                s++;
            }
            if (m->from.bucket != BUCKET_OUTSIDE) {
                sum[s][m->from.location.v - 1][m->from.bucket] -= m->quantity;
                legs++;
            }
            if (m->to.bucket != BUCKET_OUTSIDE) {
                sum[s][m->to.location.v - 1][m->to.bucket] += m->quantity;
                legs++;
            }
            q.after = row->n;
        }
        more = rows.count == 500;
    }
    assert_true(legs > 0);
    for (int s = 0; s < NS; s++) {
        for (int l = 0; l < NL; l++) {
            const struct naive_place *p = &g->n.place[s][l];
            game_figure(g, s, l, "history of available", sum[s][l][BUCKET_AVAILABLE], p->available);
            game_figure(g, s, l, "history of held", sum[s][l][BUCKET_HELD], p->held);
            game_figure(g, s, l, "history of in_transit", sum[s][l][BUCKET_IN_TRANSIT], p->transit);
            game_figure(g, s, l, "history of reserved", sum[s][l][BUCKET_RESERVED], p->reserved);
            game_figure(
                g, s, l, "history of unavailable", sum[s][l][BUCKET_UNAVAILABLE], n_unavailable(p));
        }
    }
}

static inline void game_verify(struct game *g)
{
    struct verify_report report;
    struct err_note note = {""};
    if (store_verify(g->w->reader, &report, &note)) {
        game_fail(g, "verify: %s", note.text);
    }
    game_compare_history(g);
}

static inline void game_compare(struct game *g)
{
    game_compare_stock(g);
    if (!g->w->directory[0] || one_in(g, 3)) {
        game_compare_listings(g);
    }
}

static inline void game_status(struct game *g, int got, int wanted)
{
    if (got != wanted) {
        game_fail(
            g, "the engine answered %d, the model %d: %.*s", got, wanted, SLICE_ARG(g->w->text));
    }
}

/* ---- what the engine chose ---- */

static inline int game_sku(const struct game *g, struct sku_id id)
{
    for (int s = 0; s < NS; s++) {
        if (g->ids[s].v == id.v) {
            return s;
        }
    }
    fail_msg("a SKU that owns no stock has some");
    return 0;
}

static inline void game_witness(struct game *g, int index, struct naive_witness *out)
{
    struct order_row *row = NULL;
    char id[16];
    (void)snprintf(id, sizeof(id), "o%d", index);
    struct store *reader = g->w->reader;
    assert_int_equal(reader->ops->order(reader,
                                        (struct channel_id){g->orders[index].channel + 1},
                                        slice_of(id),
                                        &g->w->arena,
                                        &row),
                     ERR_OK);
    assert_non_null(row);
    *out = (struct naive_witness){0};
    for (size_t i = 0; i < row->order.allocations_count; i++) {
        const struct allocation *a = &row->order.allocations[i];
        const struct order_line *line = &row->order.lines[a->line];
        int64_t which = 0;
        assert_true(slice_int(slice_from(line->id, 1), &which) && which < NLINES);
        int s = game_sku(g, line->parts[a->part].sku);
        struct naive_alloc *to = &out->at[which][s][a->location.v - 1];
        to->reserved += a->reserved;
        to->shipped += a->shipped;
        to->no_restock += a->no_restock;
        to->returned += a->returned;
        to->restocked += a->restocked;
    }
}

/* ---- furnishing ---- */

static inline void all_places(struct naive_route *route)
{
    *route = (struct naive_route){.stop = {0, 1, 2}, .count = NL};
}

static inline void game_list(struct game *g, int channel, int item, int text, int64_t pack)
{
    struct game_listing *it = &g->listings[g->listings_count];
    *it = (struct game_listing){.channel = channel,
                                .item = item,
                                .text = text,
                                .policy = {UNSET, UNSET, UNSET, UNSET, pack}};
    game_status(g,
                game_ask(g,
                         request_listings_create,
                         NULL,
                         "{'channel':'%s','sku':'%s','remote':{'sku':'%s'},'pack_size':%" PRId64
                         "}",
                         channel_code[channel],
                         item_code[item],
                         text_code[text],
                         pack),
                201);
    int64_t id;
    assert_true(slice_int(text_of(g->w->answer, "id"), &id));
    it->id = id;
    g->listings_count++;
}

static inline struct sku_id game_sku_id(struct game *g, int item)
{
    struct sku_row *row = NULL;
    struct slice key = slice_of(item_code[item]);
    struct store *reader = g->w->reader;
    assert_int_equal(reader->ops->skus_by_code(reader, &key, 1, &g->w->arena, &row), ERR_OK);
    assert_non_null(row);
    return row->id;
}

static inline void game_furnish(struct game *g)
{
    static const struct naive_recipe recipes[NITEMS] = {
        {{1}}, {{0, 1}}, {{0, 0, 1}}, {{0, 0, 0, 1}}, {{2, 1}}, {{0, 1, 3}}};
    memcpy(g->recipe, recipes, sizeof(recipes));
    game_status(g,
                game_ask(g,
                         request_locations_create,
                         NULL,
                         "{'items':[{'code':'north'},{'code':'south'},{'code':'east'}]}"),
                201);
    game_status(g,
                game_ask(g,
                         request_skus_create,
                         NULL,
                         "{'items':[{'sku':'A'},{'sku':'B'},{'sku':'C'},"
                         "{'sku':'KIT','components':[{'sku':'A','quantity':2},"
                         "{'sku':'B','quantity':1}]},"
                         "{'sku':'DUO','components':[{'sku':'B','quantity':1},"
                         "{'sku':'C','quantity':3}]}]}"),
                201);
    for (int i = 0; i < NITEMS; i++) {
        g->exists[i] = i != LATE;
        g->sku_buffer[i] = UNSET;
    }
    for (int s = 0; s < NS; s++) {
        g->ids[s] = s == LATE ? (struct sku_id){0} : game_sku_id(g, s);
    }
    for (int c = 0; c < NCHANNELS; c++) {
        all_places(&g->route[c]);
        g->policy[c] = (struct naive_policy){UNSET, UNSET, UNSET, UNSET, 1};
        game_status(g,
                    game_ask(g,
                             request_channels_create,
                             NULL,
                             "{'code':'%s','connector':'api','mode':'live'}",
                             channel_code[c]),
                    201);
    }
    game_list(g, 0, 0, 0, 1);
    game_list(g, 0, 0, 6, 6);
    game_list(g, 1, 1, 1, 1);
    game_list(g, 1, 4, 4, 1);
    game_list(g, 2, 4, 4, 2);
    game_list(g, 2, 5, 5, 1);
}

/* A whole number out of the environment. */
static inline int64_t setting(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    int64_t n = otherwise;
    if (text && !slice_int(slice_of(text), &n)) {
        fail_msg("%s must be a whole number", name);
    }
    return n;
}
