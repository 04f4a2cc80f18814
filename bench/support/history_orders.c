/* SPDX-License-Identifier: Apache-2.0 */
#include "core/order.h"
#include "support/history.h"

#define ORDERS_PER_COMMIT 64

struct ordering {
    struct store *store;
    struct stock_set stock;
    struct arena stock_arena, arena;
    struct channel_id channel;
    struct route_stop stops[HISTORY_LOCATIONS];
    int64_t now_us;
};

static void need(enum err e, const char *what)
{
    bench_need(e == ERR_OK, "cannot %s: %s", what, err_text(e));
}

static void save(struct ordering *o, struct store_changes *changes)
{
    const struct store_ops *ops = o->store->ops;
    o->now_us += US_PER_S;
    need(ops->begin(o->store), "begin");
    need(ops->save(o->store, changes), "save");
    need(ops->commit(o->store, o->now_us), "commit");
    arena_clear(&o->arena);
}

static void found(struct ordering *o)
{
    struct store_changes changes = {.stock = NULL};
    struct sku_id ids[HISTORY_SKUS];
    struct channel_row *row = ARENA_NEW(&o->arena, struct channel_row);
    o->channel = (struct channel_id){o->store->ops->next_id(o->store, ID_CHANNEL)};
    *row = (struct channel_row){.id = o->channel,
                                .code = SLICE("shop"),
                                .connector = SLICE("api"),
                                .settings = SLICE("{}")};
    must(rows_add(&changes.channels, &o->arena, row));
    save(o, &changes);
    for (size_t i = 0; i < HISTORY_SKUS; i++) {
        ids[i] = (struct sku_id){(int64_t)i + 1};
    }
    for (size_t i = 0; i < HISTORY_LOCATIONS; i++) {
        o->stops[i] = (struct route_stop){.location = {(int64_t)i + 1}, .is_active = true};
    }
    stock_set_init(&o->stock, &o->stock_arena);
    need(o->store->ops->stock(o->store, ids, HISTORY_SKUS, &o->stock), "load the stock");
}

static void log_movements(struct ordering *o,
                          struct store_changes *changes,
                          const struct ledger *ledger,
                          int64_t event,
                          size_t first)
{
    for (size_t i = first; i < ledger->movements.count; i++) {
        struct movement_row *row = ARENA_NEW(&o->arena, struct movement_row);
        *row = (struct movement_row){.n = o->store->ops->next_id(o->store, ID_MOVEMENT),
                                     .event = event,
                                     .recorded_at_us = o->now_us,
                                     .movement = ledger->movements.items[i]};
        must(rows_add(&changes->movements, &o->arena, row));
    }
}

static void
sell(struct ordering *o, struct store_changes *changes, struct ledger *ledger, size_t number)
{
    struct order_row *row = ARENA_NEW(&o->arena, struct order_row);
    struct order_line *line = ARENA_NEW(&o->arena, struct order_line);
    struct component *part = ARENA_NEW(&o->arena, struct component);
    struct event_row *event = ARENA_NEW(&o->arena, struct event_row);
    struct order_booking booking;
    size_t first = ledger->movements.count;
    must(row && line && part && event);
    *part = (struct component){{1 + (int64_t)(number * 7919 % HISTORY_SKUS)}, 1};
    *line = (struct order_line){.id = SLICE("1"),
                                .remote = SLICE("sku:X"),
                                .now = {.ordered = 1, .fulfilled = 1},
                                .taken = 1,
                                .sku = part->sku,
                                .parts = part,
                                .parts_count = 1};
    *row =
        (struct order_row){.n = o->store->ops->next_id(o->store, ID_ORDER),
                           .order = {.channel = o->channel,
                                     .id = arena_printf(&o->arena, "%zu", number * 31 % 999999937),
                                     .version_text = SLICE("1"),
                                     .version = 1,
                                     .lines = line,
                                     .lines_count = 1}};
    need(order_book(&row->order, o->stops, HISTORY_LOCATIONS, o->now_us, ledger, &booking), "book");
    *event = (struct event_row){.n = o->store->ops->next_id(o->store, ID_EVENT),
                                .at_us = o->now_us,
                                .kind = SLICE("order"),
                                .channel = o->channel,
                                .subject = row->order.id,
                                .facts = SLICE("{}")};
    must(rows_add(&changes->events, &o->arena, event));
    must(rows_add(&changes->orders, &o->arena, row));
    log_movements(o, changes, ledger, event->n, first);
}

static void settle(struct ordering *o)
{
    for (size_t i = 0; i < o->stock.rows.items_count; i++) {
        ((struct stock *)o->stock.rows.items[i].value)->changed = false;
    }
}

void history_sell(const struct history *history, size_t orders)
{
    struct ordering o = {.now_us = history->to_us};
    struct err_note note;
    need(store_sqlite_open(history->directory, HISTORY_VFS, &o.store, &note), "open the history");
    arena_init(&o.arena, (size_t)64 * 1024 * 1024);
    arena_init(&o.stock_arena, (size_t)64 * 1024 * 1024);
    found(&o);
    for (size_t i = 0; i < orders;) {
        struct store_changes changes = {.stock = &o.stock};
        struct ledger ledger = {.arena = &o.arena, .stock = &o.stock};
        for (size_t k = 0; k < ORDERS_PER_COMMIT && i < orders; k++, i++) {
            sell(&o, &changes, &ledger, i);
        }
        must(!ledger.exhausted);
        save(&o, &changes);
        settle(&o);
    }
    store_close(o.store);
    stock_set_free(&o.stock);
    arena_free(&o.stock_arena);
    arena_free(&o.arena);
}
