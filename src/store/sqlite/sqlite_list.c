/* SPDX-License-Identifier: Apache-2.0 */
/* Lists for the API, verify and dump. */
#include "store/sqlite/sqlite_internal.h"

/* Where a list begins: beyond the cursor, in its direction. */
static int64_t start_of(const struct store_query *q)
{
    return q->after == 0 && q->newest_first ? INT64_MAX : q->after;
}

#define LIST(s, statement, arena, out, read)                                                       \
    do {                                                                                           \
        sqlite3_stmt *q_ = (statement);                                                            \
        enum err step_;                                                                            \
        while ((step_ = sql_step((s), q_)) == ERR_OK) {                                            \
            sqlite3_stmt *row_ = q_;                                                               \
            if (!rows_add((out), (arena), (read))) {                                               \
                sqlite3_reset(q_);                                                                 \
                return ERR_LIMIT;                                                                  \
            }                                                                                      \
        }                                                                                          \
        if (step_ != ERR_NOT_FOUND) {                                                              \
            return step_;                                                                          \
        }                                                                                          \
    } while (0)

static enum err
list_skus(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct sqlite_store *s = sqlite_of(store);
    size_t before = out->count;
    LIST(s,
         sql_bind(s, SQL_SKUS_LIST, "izi", q->after, q->text, (int64_t)q->limit),
         arena,
         out,
         sku_read(row_, arena));
    enum err e = ERR_OK;
    for (size_t i = before; !e && i < out->count; i++) {
        e = sku_read_parts(s, out->items[i], arena);
    }
    return e;
}

static enum err list_listings(struct store *store,
                              const struct store_query *q,
                              struct arena *arena,
                              struct rows *out)
{
    struct sqlite_store *s = sqlite_of(store);
    int64_t limit = (int64_t)q->limit;
    sqlite3_stmt *statement =
        q->sku.v
            ? sql_bind(s, SQL_LISTINGS_LIST_SKU, "iiii", q->after, limit, q->sku.v, q->channel.v)
        : q->channel.v
            ? sql_bind(s, SQL_LISTINGS_LIST_CHANNEL, "iii", q->after, limit, q->channel.v)
            : sql_bind(s, SQL_LISTINGS_LIST, "ii", q->after, limit);
    LIST(s, statement, arena, out, listing_read(row_, arena));
    return ERR_OK;
}

static enum err
list_orders(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct sqlite_store *s = sqlite_of(store);
    LIST(s,
         sql_bind(s,
                  q->newest_first ? SQL_ORDERS_DOWN : SQL_ORDERS_UP,
                  "iii",
                  start_of(q),
                  q->channel.v,
                  (int64_t)q->limit),
         arena,
         out,
         order_read(s, row_, arena));
    return ERR_OK;
}

static enum err
list_events(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct sqlite_store *s = sqlite_of(store);
    LIST(s,
         sql_bind(s,
                  q->newest_first ? SQL_EVENTS_DOWN : SQL_EVENTS_UP,
                  "iiiii",
                  start_of(q),
                  q->channel.v,
                  q->from_us,
                  q->to_us,
                  (int64_t)q->limit),
         arena,
         out,
         event_read(row_, arena));
    return ERR_OK;
}

static enum err list_movements(struct store *store,
                               const struct store_query *q,
                               struct arena *arena,
                               struct rows *out)
{
    struct sqlite_store *s = sqlite_of(store);
    LIST(s,
         sql_bind(s,
                  q->sku.v ? SQL_MOVEMENTS_OF_SKU : SQL_MOVEMENTS_UP,
                  "iiiiziii",
                  q->after,
                  q->sku.v,
                  q->location.v,
                  q->channel.v,
                  q->order,
                  q->from_us,
                  q->to_us,
                  (int64_t)q->limit),
         arena,
         out,
         movement_read(row_, arena));
    return ERR_OK;
}

static enum err list_deliveries(struct store *store,
                                const struct store_query *q,
                                struct arena *arena,
                                struct rows *out)
{
    struct sqlite_store *s = sqlite_of(store);
    LIST(s,
         sql_bind(s,
                  q->newest_first ? SQL_DELIVERIES_DOWN : SQL_DELIVERIES_UP,
                  "iiizi",
                  start_of(q),
                  q->channel.v,
                  (int64_t)q->state,
                  q->order,
                  (int64_t)q->limit),
         arena,
         out,
         delivery_read(row_, arena));
    return ERR_OK;
}

static enum err
list_pushes(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct sqlite_store *s = sqlite_of(store);
    LIST(s,
         sql_bind(s,
                  q->newest_first ? SQL_PUSHES_DOWN : SQL_PUSHES_UP,
                  "iiiiii",
                  start_of(q),
                  q->channel.v,
                  q->listing.v,
                  q->sku.v,
                  (int64_t)q->state,
                  (int64_t)q->limit),
         arena,
         out,
         push_read(row_, arena));
    return ERR_OK;
}

static enum err list_incidents(struct store *store,
                               const struct store_query *q,
                               struct arena *arena,
                               struct rows *out)
{
    struct sqlite_store *s = sqlite_of(store);
    LIST(s,
         sql_bind(s,
                  SQL_INCIDENTS_DOWN,
                  "iizi",
                  q->after ? q->after : INT64_MAX,
                  (int64_t)q->state,
                  q->text,
                  (int64_t)q->limit),
         arena,
         out,
         incident_read(row_, arena));
    return ERR_OK;
}

static enum err
list_holds(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct sqlite_store *s = sqlite_of(store);
    LIST(s,
         sql_bind(s, SQL_HOLDS_LIST, "iii", q->after, (int64_t)q->state, (int64_t)q->limit),
         arena,
         out,
         hold_read(row_, arena));
    return ERR_OK;
}

void sqlite_list_ops(struct store_ops *ops)
{
    ops->list_skus = list_skus;
    ops->list_listings = list_listings;
    ops->list_orders = list_orders;
    ops->list_events = list_events;
    ops->list_movements = list_movements;
    ops->list_deliveries = list_deliveries;
    ops->list_pushes = list_pushes;
    ops->list_incidents = list_incidents;
    ops->list_holds = list_holds;
}
