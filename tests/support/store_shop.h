/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_shop - a small shop that trades at random, on any store.
 *
 * The same seed does the same on every implementation: receipts, damage, transfers, orders in every
 * state, holds, listings, parked lines, each one transaction through core's own ledger and orders.
 */
#pragma once
#include "support/store_world.h"

#define SHOP_SKUS 12 /* the last one is a bundle of the first two */
#define SHOP_PLACES 3
#define SHOP_CHANNELS 2
#define SHOP_ORDERS 30

struct shop {
    struct world *w;
    uint64_t seed;
    struct sku_row skus[SHOP_SKUS];
    struct location_row places[SHOP_PLACES];
    struct channel_row channels[SHOP_CHANNELS];
    struct route_stop stops[SHOP_PLACES];
    int64_t version;
};

static inline int64_t shop_draw(struct shop *s, int64_t below) /* splitmix64 */
{
    uint64_t z = s->seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int64_t)((z ^ z >> 31) % (uint64_t)below);
}

static inline void shop_skus(struct shop *s)
{
    struct world *w = s->w;
    for (int i = 0; i < SHOP_SKUS; i++) {
        s->skus[i] = (struct sku_row){.id = {w->ops->next_id(w->store, ID_SKU)},
                                      .code = world_text(w, "TEE-%" PRId64, 100 - i),
                                      .code_key = world_text(w, "tee-%" PRId64, 100 - i),
                                      .title = SLICE("T-shirt"),
                                      .buffer = POLICY_UNSET,
                                      .has_moved = true};
    }
    struct component *recipe = ARENA_ARRAY(&w->arena, 2, struct component);
    recipe[0] = (struct component){s->skus[0].id, 1};
    recipe[1] = (struct component){s->skus[1].id, 2};
    s->skus[SHOP_SKUS - 1].parts = recipe;
    s->skus[SHOP_SKUS - 1].parts_count = 2;
    for (int i = 0; i < SHOP_SKUS; i++) {
        WORLD_ADD(w, skus, s->skus[i]);
    }
}

static inline void shop_listings(struct shop *s)
{
    struct world *w = s->w;
    for (int c = 0; c < SHOP_CHANNELS; c++) {
        for (int i = 0; i < SHOP_SKUS; i++) {
            struct listing_row row = {.id = {w->ops->next_id(w->store, ID_LISTING)},
                                      .channel = s->channels[c].id,
                                      .sku = s->skus[i].id,
                                      .remote = SLICE("{}"),
                                      .key = world_text(w, "v%" PRId64, i),
                                      .stock_key = world_text(w, "i%" PRId64, i),
                                      .pack_size = 1};
            WORLD_ADD(w, listings, row);
        }
    }
}

static inline void shop_open(struct shop *s, struct world *w, uint64_t seed)
{
    *s = (struct shop){.w = w, .seed = seed};
    static const char *const places[] = {"MAIN", "EAST", "STORE"};
    static const char *const channels[] = {"shop-eu", "amazon-us"};
    for (int i = 0; i < SHOP_PLACES; i++) {
        s->places[i] = (struct location_row){.id = {w->ops->next_id(w->store, ID_LOCATION)},
                                             .code = slice_of(places[i]),
                                             .is_active = true};
        s->stops[i] = (struct route_stop){.location = s->places[i].id, .is_active = true};
        WORLD_ADD(w, locations, s->places[i]);
    }
    for (int i = 0; i < SHOP_CHANNELS; i++) {
        s->channels[i] = (struct channel_row){.id = {w->ops->next_id(w->store, ID_CHANNEL)},
                                              .code = slice_of(channels[i]),
                                              .connector = SLICE("api"),
                                              .settings = SLICE("{}"),
                                              .opened_at_us = w->now_us};
        WORLD_ADD(w, channels, s->channels[i]);
    }
    shop_skus(s);
    shop_listings(s);
    world_commit(w);
}

/* One turn: loaded stock, a ledger on it. */
struct shop_turn {
    struct stock_set stock;
    struct ledger ledger;
    int64_t event;
};

static inline void turn_begin(struct shop *s, struct shop_turn *t, const char *kind)
{
    struct world *w = s->w;
    struct sku_id ids[SHOP_SKUS];
    for (int i = 0; i < SHOP_SKUS; i++) {
        ids[i] = s->skus[i].id;
    }
    w->now_us += US_PER_S;
    stock_set_init(&t->stock, &w->arena);
    assert_int_equal(w->ops->stock(w->store, ids, SHOP_SKUS, &t->stock), ERR_OK);
    t->ledger = (struct ledger){.arena = &w->arena, .stock = &t->stock};
    t->event = world_event(w, kind, SLICE("shop"), "{}");
}

static inline void turn_end(struct shop *s, struct shop_turn *t)
{
    struct world *w = s->w;
    for (size_t i = 0; i < t->ledger.movements.count; i++) {
        struct movement_row row = {.n = w->ops->next_id(w->store, ID_MOVEMENT),
                                   .event = t->event,
                                   .recorded_at_us = w->now_us,
                                   .movement = t->ledger.movements.items[i]};
        WORLD_ADD(w, movements, row);
    }
    w->changes.stock = &t->stock;
    world_commit(w);
    stock_set_free(&t->stock);
}

static inline void turn_move(struct shop_turn *t,
                             enum movement_kind kind,
                             struct sku_id sku,
                             struct account_of from,
                             struct account_of to,
                             const char *reason,
                             int64_t quantity)
{
    struct movement m = {.kind = kind,
                         .sku = sku,
                         .from = from,
                         .to = to,
                         .quantity = quantity,
                         .reason = slice_of(reason)};
    ledger_post(&t->ledger, &m);
    assert_false(t->ledger.exhausted);
}

static inline struct account_of in(struct location_id at, enum bucket bucket)
{
    return (struct account_of){at, bucket};
}

static inline void shop_receive(struct shop *s, int64_t sku, int64_t place, int64_t quantity)
{
    struct shop_turn t;
    turn_begin(s, &t, "movement");
    turn_move(&t,
              MOVE_RECEIVE,
              s->skus[sku].id,
              (struct account_of){0},
              in(s->places[place].id, BUCKET_AVAILABLE),
              NULL,
              quantity);
    turn_end(s, &t);
}

static inline void shop_set_aside(struct shop *s, int64_t sku, int64_t place)
{
    static const char *const reasons[] = {"damaged", "quality_hold", "lost label"};
    struct shop_turn t;
    turn_begin(s, &t, "movement");
    const struct location_id at = s->places[place].id;
    const char *reason = reasons[shop_draw(s, 3)];
    struct stock *row = stock_set_at(&t.stock, s->skus[sku].id, at);
    int64_t there = stock_reason_quantity(row, slice_of(reason));
    if (there > 0 && shop_draw(s, 2)) {
        turn_move(&t,
                  MOVE_RESTORE,
                  row->sku,
                  in(at, BUCKET_UNAVAILABLE),
                  in(at, BUCKET_AVAILABLE),
                  reason,
                  1 + shop_draw(s, there));
    } else if (row->available > 0) {
        turn_move(&t,
                  MOVE_SET_ASIDE,
                  row->sku,
                  in(at, BUCKET_AVAILABLE),
                  in(at, BUCKET_UNAVAILABLE),
                  reason,
                  1 + shop_draw(s, row->available));
    }
    turn_end(s, &t);
}

/* The document of one unit under way. */
static inline struct transfer_row
shop_transfer_row(struct shop *s, int64_t sku, int64_t from, int64_t to)
{
    struct world *w = s->w;
    struct transfer_row row = {.id = w->ops->next_id(w->store, ID_TRANSFER),
                               .state = TRANSFER_IN_TRANSIT,
                               .from = s->places[from].id,
                               .to = s->places[to].id,
                               .created_at_us = w->now_us,
                               .shipped_at_us = w->now_us};
    row.lines = arena_printf(&w->arena,
                             "[{\"sku\":%" PRId64 ",\"quantity\":1,\"received\":0,\"damaged\":0,"
                             "\"short\":0}]",
                             s->skus[sku].id.v);
    return row;
}

/* Every document of that SKU to that place has arrived. */
static inline void shop_transfers_arrive(struct shop *s, int64_t sku, struct location_id to)
{
    struct world *w = s->w;
    struct rows rows = {0};
    const struct store_query q = {.state = TRANSFER_IN_TRANSIT, .limit = SIZE_MAX >> 1};
    struct slice begin = world_text(w, "[{\"sku\":%" PRId64 ",", s->skus[sku].id.v);
    assert_int_equal(w->ops->list_transfers(w->store, &q, &w->arena, &rows), ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        struct transfer_row *row = rows.items[i];
        if (row->to.v == to.v && row->lines.n > begin.n &&
            memcmp(row->lines.p, begin.p, begin.n) == 0) {
            row->state = TRANSFER_RECEIVED;
            WORLD_ADD(w, transfers, *row);
        }
    }
}

static inline void shop_transfer(struct shop *s, int64_t sku, int64_t from, int64_t to)
{
    struct shop_turn t;
    turn_begin(s, &t, "transfer");
    struct location_id a = s->places[from].id, b = s->places[to].id;
    struct stock *row = stock_set_at(&t.stock, s->skus[sku].id, b);
    if (row->in_transit > 0) {
        int64_t n = row->in_transit;
        turn_move(&t,
                  MOVE_TRANSFER_IN,
                  row->sku,
                  in(b, BUCKET_IN_TRANSIT),
                  in(b, BUCKET_AVAILABLE),
                  NULL,
                  n);
        shop_transfers_arrive(s, sku, b);
    } else if (from != to) {
        row = stock_set_at(&t.stock, s->skus[sku].id, a);
        if (row->available > 0) {
            turn_move(&t,
                      MOVE_TRANSFER_OUT,
                      row->sku,
                      in(a, BUCKET_AVAILABLE),
                      in(b, BUCKET_IN_TRANSIT),
                      NULL,
                      1);
            struct transfer_row document = shop_transfer_row(s, sku, from, to);
            WORLD_ADD(s->w, transfers, document);
        }
    }
    turn_end(s, &t);
}

/* Lines 'v0' to 'v11' are listed, 'v12' is not and waits. */
static inline void shop_map(struct shop *s, struct order *order, int64_t n)
{
    for (size_t i = 0; i < order->lines_count; i++) {
        struct order_line *line = &order->lines[i];
        int64_t k = 0;
        assert_true(slice_int(slice_from(line->remote, 1), &k));
        struct parked_row waits = {order->channel, line->remote, n};
        if (k >= SHOP_SKUS) {
            WORLD_ADD(s->w, parked, waits);
        } else if (line->parts_count == 0) {
            const struct sku_row *sku = &s->skus[k];
            struct component *self = ARENA_NEW(&s->w->arena, struct component);
            *self = (struct component){sku->id, 1};
            line->sku = sku->id;
            line->parts = sku->parts_count ? sku->parts : self;
            line->parts_count = sku->parts_count ? sku->parts_count : 1;
        }
    }
}

static inline struct order_snapshot shop_snapshot(struct shop *s, int64_t id)
{
    struct world *w = s->w;
    size_t count = (size_t)shop_draw(s, 4);
    struct snapshot_line *lines = ARENA_ARRAY(&w->arena, count + 1, struct snapshot_line);
    for (size_t i = 0; i < count; i++) {
        int64_t remote = (id * 7 + (int64_t)i * 5) % (SHOP_SKUS + 1);
        lines[i] = (struct snapshot_line){.id = world_text(w, "l%" PRId64, (int64_t)i),
                                          .remote = world_text(w, "v%" PRId64, remote),
                                          .ordered = 1 + shop_draw(s, 5),
                                          .cancelled = shop_draw(s, 3),
                                          .fulfilled = shop_draw(s, 4),
                                          .returned = shop_draw(s, 3),
                                          .restocked = shop_draw(s, 2),
                                          .no_restock = shop_draw(s, 2),
                                          .taken = TAKEN_UNSAID};
    }
    return (struct order_snapshot){.id = world_text(w, "#%" PRId64, id),
                                   .version = ++s->version,
                                   .version_text = world_text(w, "%" PRId64, s->version),
                                   .placed_at_us = w->now_us,
                                   .country = SLICE("DE"),
                                   .lines = lines,
                                   .lines_count = count};
}

static inline void shop_order(struct shop *s)
{
    struct world *w = s->w;
    int64_t id = shop_draw(s, SHOP_ORDERS);
    struct channel_id channel = s->channels[id % SHOP_CHANNELS].id;
    struct order_snapshot snapshot = shop_snapshot(s, id);
    struct order_row *known = NULL;
    struct order_row row = {0};
    struct order_booking booking;
    enum order_verdict verdict;
    assert_int_equal(w->ops->order(w->store, channel, snapshot.id, &w->arena, &known), ERR_OK);
    assert_int_equal(order_merge(known ? &known->order : NULL,
                                 &snapshot,
                                 channel,
                                 US_PER_S,
                                 w->now_us - 100 * US_PER_S,
                                 &w->arena,
                                 &row.order,
                                 &verdict),
                     ERR_OK);
    assert_int_equal(verdict, ORDER_APPLIED);
    assert_int_equal(order_digest(&snapshot, &w->arena, row.digest), ERR_OK);
    row.n = known ? known->n : w->ops->next_id(w->store, ID_ORDER);
    struct shop_turn t;
    turn_begin(s, &t, "order");
    shop_map(s, &row.order, row.n);
    assert_int_equal(order_book(&row.order, s->stops, SHOP_PLACES, w->now_us, &t.ledger, &booking),
                     ERR_OK);
    WORLD_ADD(w, orders, row);
    turn_end(s, &t);
}

/* One owner's hold: opened, and at the next call released. */
static inline void shop_hold(struct shop *s, int64_t sku, int64_t place)
{
    struct world *w = s->w;
    struct slice owner = world_text(w, "cart-%" PRId64, sku);
    struct hold_row *open = NULL;
    assert_int_equal(w->ops->hold_of_owner(w->store, owner, &w->arena, &open), ERR_OK);
    struct shop_turn t;
    turn_begin(s, &t, "hold");
    struct stock *row = stock_set_at(&t.stock, s->skus[sku].id, s->places[place].id);
    if (open) {
        for (struct stock *r = stock_set_first(&t.stock, s->skus[sku].id); r; r = r->next_of_sku) {
            if (r->held > 0) {
                turn_move(&t,
                          MOVE_HOLD_RELEASE,
                          r->sku,
                          in(r->location, BUCKET_HELD),
                          in(r->location, BUCKET_AVAILABLE),
                          NULL,
                          r->held);
            }
        }
        open->state = HOLD_RELEASED;
        WORLD_ADD(w, holds, *open);
    } else if (row->available > 0) {
        turn_move(&t,
                  MOVE_HOLD,
                  row->sku,
                  in(row->location, BUCKET_AVAILABLE),
                  in(row->location, BUCKET_HELD),
                  NULL,
                  1);
        struct hold_row hold = {.n = w->ops->next_id(w->store, ID_HOLD),
                                .owner = owner,
                                .state = HOLD_OPEN,
                                .expires_at_us = w->now_us + US_PER_S,
                                .created_at_us = w->now_us};
        hold.lines = arena_printf(&w->arena,
                                  "[{\"sku\":\"x\",\"quantity\":1,\"picks\":[{\"sku\":%" PRId64
                                  ",\"location\":%" PRId64 ",\"quantity\":1}]}]",
                                  row->sku.v,
                                  row->location.v);
        WORLD_ADD(w, holds, hold);
    }
    turn_end(s, &t);
}

static inline void shop_show(struct shop *s, int64_t sku)
{
    struct world *w = s->w;
    struct rows rows = {0};
    assert_int_equal(w->ops->listings_of_sku(w->store, s->skus[sku].id, &w->arena, &rows), ERR_OK);
    for (size_t i = 0; i < rows.count; i++) {
        struct listing_row *row = rows.items[i];
        row->sellable = shop_draw(s, 50);
        WORLD_ADD(w, listings_moved, *row);
    }
    world_commit(w);
}

static inline void shop_trade(struct shop *s, int turns)
{
    for (int i = 0; i < turns; i++) {
        int64_t what = shop_draw(s, 10), sku = shop_draw(s, SHOP_SKUS - 1);
        int64_t a = shop_draw(s, SHOP_PLACES), b = shop_draw(s, SHOP_PLACES);
        if (what < 2) {
            shop_receive(s, sku, a, 1 + shop_draw(s, 20));
        } else if (what < 3) {
            shop_set_aside(s, sku, a);
        } else if (what < 4) {
            shop_transfer(s, sku, a, b);
        } else if (what < 5) {
            shop_hold(s, sku, a);
        } else if (what < 6) {
            shop_show(s, sku);
        } else {
            shop_order(s);
        }
    }
}
