/* SPDX-License-Identifier: Apache-2.0 */
/* Lists for the API, verify and dump. */
#include "store/rows/rows_internal.h"

/* Where a list begins: beyond the cursor, in its direction. */
static int64_t start_of(const struct store_query *q)
{
    return q->after == 0 && q->newest_first ? INT64_MAX : q->after;
}

static enum err list_listings(struct store *store,
                              const struct store_query *q,
                              struct arena *arena,
                              struct rows *out)
{
    struct sql_store *s = sql_of(store);
    int64_t start = start_of(q), limit = (int64_t)q->limit;
    bool down = q->newest_first;
    struct sql_stmt *found;
    if (q->sku.v) {
        enum sql which = down ? SQL_LISTINGS_LIST_SKU_DOWN : SQL_LISTINGS_LIST_SKU;
        found = sql_bind(s, which, "iiii", start, limit, q->sku.v, q->channel.v);
    } else if (q->channel.v) {
        enum sql which = down ? SQL_LISTINGS_LIST_CHANNEL_DOWN : SQL_LISTINGS_LIST_CHANNEL;
        found = sql_bind(s, which, "iii", start, limit, q->channel.v);
    } else {
        found = sql_bind(s, down ? SQL_LISTINGS_LIST_DOWN : SQL_LISTINGS_LIST, "ii", start, limit);
    }
    ALL(s, found, arena, out, listing_read(found, arena));
    return ERR_OK;
}

static enum err
list_orders(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *found = sql_bind(s,
                                      q->newest_first ? SQL_ORDERS_DOWN : SQL_ORDERS_UP,
                                      "iii",
                                      start_of(q),
                                      q->channel.v,
                                      (int64_t)q->limit);
    ALL(s, found, arena, out, order_read(s, found, arena));
    return ERR_OK;
}

static enum err
list_events(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *found = sql_bind(s,
                                      q->newest_first ? SQL_EVENTS_DOWN : SQL_EVENTS_UP,
                                      "iiiii",
                                      start_of(q),
                                      q->channel.v,
                                      q->from_us,
                                      q->to_us,
                                      (int64_t)q->limit);
    ALL(s, found, arena, out, event_read(found, arena));
    return ERR_OK;
}

static enum err list_movements(struct store *store,
                               const struct store_query *q,
                               struct arena *arena,
                               struct rows *out)
{
    struct sql_store *s = sql_of(store);
    enum sql of_sku = q->newest_first ? SQL_MOVEMENTS_OF_SKU_DOWN : SQL_MOVEMENTS_OF_SKU;
    enum sql of_all = q->newest_first ? SQL_MOVEMENTS_DOWN : SQL_MOVEMENTS_UP;
    struct sql_stmt *found = sql_bind(s,
                                      q->sku.v ? of_sku : of_all,
                                      "iiiiziii",
                                      start_of(q),
                                      q->sku.v,
                                      q->location.v,
                                      q->channel.v,
                                      q->order,
                                      q->from_us,
                                      q->to_us,
                                      (int64_t)q->limit);
    ALL(s, found, arena, out, movement_read(found, arena));
    return ERR_OK;
}

static enum err list_deliveries(struct store *store,
                                const struct store_query *q,
                                struct arena *arena,
                                struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *found = sql_bind(s,
                                      q->newest_first ? SQL_DELIVERIES_DOWN : SQL_DELIVERIES_UP,
                                      "iiiziii",
                                      start_of(q),
                                      q->channel.v,
                                      (int64_t)q->state,
                                      q->order,
                                      q->from_us,
                                      q->to_us,
                                      (int64_t)q->limit);
    ALL(s, found, arena, out, delivery_read(found, arena));
    return ERR_OK;
}

static enum err
list_pushes(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    bool is_ranged = q->from_us || q->to_us, down = q->newest_first;
    enum sql ranged = down ? SQL_PUSHES_SENT_DOWN : SQL_PUSHES_SENT_UP;
    enum sql whole = down ? SQL_PUSHES_DOWN : SQL_PUSHES_UP;
    if (!is_ranged && q->listing.v && q->newest_first && !q->channel.v && !q->sku.v) {
        struct sql_stmt *own = sql_bind(s,
                                        SQL_PUSHES_OF_LISTING,
                                        "iiii",
                                        q->listing.v,
                                        start_of(q),
                                        (int64_t)q->state,
                                        (int64_t)q->limit);
        ALL(s, own, arena, out, push_read(own, arena));
        return ERR_OK;
    }
    struct sql_stmt *found = sql_bind(s,
                                      is_ranged ? ranged : whole,
                                      is_ranged ? "iiiiiiii" : "iiiiii",
                                      is_ranged ? q->after : start_of(q),
                                      q->channel.v,
                                      q->listing.v,
                                      q->sku.v,
                                      (int64_t)q->state,
                                      (int64_t)q->limit,
                                      q->from_us,
                                      q->to_us ? q->to_us : INT64_MAX);
    ALL(s, found, arena, out, push_read(found, arena));
    return ERR_OK;
}

static enum err list_incidents(struct store *store,
                               const struct store_query *q,
                               struct arena *arena,
                               struct rows *out)
{
    struct sql_store *s = sql_of(store);
    if (q->state == 1 &&
        !q->newest_first) { /* the open ones are few, whatever became of the rest */
        struct sql_stmt *open =
            sql_bind(s, SQL_INCIDENTS_OPEN, "izi", q->after, q->text, (int64_t)q->limit);
        ALL(s, open, arena, out, incident_read(open, arena));
        return ERR_OK;
    }
    struct sql_stmt *found = sql_bind(s,
                                      q->newest_first ? SQL_INCIDENTS_DOWN : SQL_INCIDENTS_UP,
                                      "iizi",
                                      start_of(q),
                                      (int64_t)q->state,
                                      q->text,
                                      (int64_t)q->limit);
    ALL(s, found, arena, out, incident_read(found, arena));
    return ERR_OK;
}

static enum err
list_holds(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *found = sql_bind(s,
                                      q->newest_first ? SQL_HOLDS_LIST_DOWN : SQL_HOLDS_LIST,
                                      "iii",
                                      start_of(q),
                                      (int64_t)q->state,
                                      (int64_t)q->limit);
    ALL(s, found, arena, out, hold_read(found, arena));
    return ERR_OK;
}

/* ---- walks by key ---- */

static enum err walk_skus(
    struct store *store, struct slice after, size_t limit, struct arena *arena, struct rows *out)
{
    struct sql_store *s = sql_of(store);
    size_t before = out->count;
    struct sql_stmt *found = sql_bind(s, SQL_SKUS_WALK, "ti", after, (int64_t)limit);
    ALL(s, found, arena, out, sku_read(found, arena));
    return skus_read_parts(s, out, before, arena);
}

static enum err walk_listings(struct store *store,
                              struct channel_id channel,
                              struct slice after,
                              struct location_id after_location,
                              size_t limit,
                              struct arena *arena,
                              struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *found =
        sql_bind(s, SQL_LISTINGS_WALK, "itii", channel.v, after, after_location.v, (int64_t)limit);
    ALL(s, found, arena, out, listing_read(found, arena));
    return ERR_OK;
}

static enum err walk_orders(struct store *store,
                            struct channel_id channel,
                            struct slice after,
                            size_t limit,
                            struct arena *arena,
                            struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *found = sql_bind(s, SQL_ORDERS_WALK, "iti", channel.v, after, (int64_t)limit);
    ALL(s, found, arena, out, order_read(s, found, arena));
    return ERR_OK;
}

static enum err walk_parked(struct store *store,
                            struct channel_id channel,
                            struct slice after,
                            int64_t after_order,
                            size_t limit,
                            struct arena *arena,
                            struct rows *out)
{
    struct sql_store *s = sql_of(store);
    struct sql_stmt *found =
        sql_bind(s, SQL_PARKED_WALK, "itii", channel.v, after, after_order, (int64_t)limit);
    ALL(s, found, arena, out, parked_read(found, arena));
    return ERR_OK;
}

void rows_list_ops(struct store_ops *ops)
{
    ops->list_listings = list_listings;
    ops->list_orders = list_orders;
    ops->list_events = list_events;
    ops->list_movements = list_movements;
    ops->list_deliveries = list_deliveries;
    ops->list_pushes = list_pushes;
    ops->list_incidents = list_incidents;
    ops->list_holds = list_holds;
    ops->walk_skus = walk_skus;
    ops->walk_listings = walk_listings;
    ops->walk_orders = walk_orders;
    ops->walk_parked = walk_parked;
}
