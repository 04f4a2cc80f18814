/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and walks. */
#include "store/mem/mem_internal.h"

#define COPY_LOADER(name, table)                                                                   \
    static void *name(struct mem_store *m, const void *row, struct arena *arena)                   \
    {                                                                                              \
        (void)m;                                                                                   \
        return mem_row_load(table, row, arena);                                                    \
    }

COPY_LOADER(load_event, TABLE_EVENT)
COPY_LOADER(load_movement, TABLE_MOVEMENT)
COPY_LOADER(load_push, TABLE_PUSH)
COPY_LOADER(load_incident, TABLE_INCIDENT)

/* Lists show deliveries without their bodies. */
static void *load_delivery(struct mem_store *m, const void *row, struct arena *arena)
{
    struct delivery_row delivery = *(const struct delivery_row *)row;
    (void)m;
    delivery.body = (struct slice){0};
    return mem_row_load(TABLE_DELIVERY, &delivery, arena);
}

static int64_t start_of(const struct store_query *q)
{
    return q->after == 0 ? (q->newest_first ? INT64_MAX : INT64_MIN) : q->after;
}

/* ---- filters: all that is set must match ---- */

static bool id_fits(int64_t wanted, int64_t id)
{
    return wanted == 0 || wanted == id;
}

static bool text_fits(struct slice wanted, struct slice text)
{
    return wanted.n == 0 || slice_equal(wanted, text);
}

static bool state_fits(const struct store_query *q, int state)
{
    return q->state < 0 || q->state == state;
}

static bool time_fits(const struct store_query *q, int64_t at_us)
{
    return (q->from_us == 0 || at_us >= q->from_us) && (q->to_us == 0 || at_us < q->to_us);
}

static bool wants_listing(const void *arg, const void *item)
{
    const struct store_query *q = arg;
    const struct listing_row *row = item;
    return id_fits(q->channel.v, row->channel.v) && id_fits(q->sku.v, row->sku.v);
}

static bool wants_order(const void *arg, const void *item)
{
    const struct store_query *q = arg;
    return id_fits(q->channel.v, ((const struct mem_order *)item)->channel);
}

static bool wants_event(const void *arg, const void *item)
{
    const struct store_query *q = arg;
    const struct event_row *row = item;
    return id_fits(q->channel.v, row->channel.v) && time_fits(q, row->at_us);
}

static bool wants_movement(const void *arg, const void *item)
{
    const struct store_query *q = arg;
    const struct movement_row *row = item;
    const struct movement *mv = &row->movement;
    return id_fits(q->sku.v, mv->sku.v) && id_fits(q->channel.v, mv->channel.v) &&
           (id_fits(q->location.v, mv->from.location.v) ||
            id_fits(q->location.v, mv->to.location.v)) &&
           text_fits(q->order, mv->order) && time_fits(q, row->recorded_at_us);
}

static bool wants_delivery(const void *arg, const void *item)
{
    const struct store_query *q = arg;
    const struct delivery_row *row = item;
    return id_fits(q->channel.v, row->channel.v) && state_fits(q, (int)row->state) &&
           text_fits(q->order, row->order) && time_fits(q, row->received_at_us);
}

static bool wants_push(const void *arg, const void *item)
{
    const struct store_query *q = arg;
    const struct push_row *row = item;
    return id_fits(q->channel.v, row->channel.v) && id_fits(q->listing.v, row->listing.v) &&
           id_fits(q->sku.v, row->sku.v) && state_fits(q, (int)row->state) &&
           time_fits(q, row->sent_at_us);
}

static bool wants_incident(const void *arg, const void *item)
{
    const struct store_query *q = arg;
    const struct incident_row *row = item;
    return state_fits(q, row->is_open) && text_fits(q->text, row->code);
}

static bool wants_hold(const void *arg, const void *item)
{
    const struct store_query *q = arg;
    return state_fits(q, (int)((const struct hold_row *)item)->state);
}

/* ---- lists ---- */

struct kind {
    int tree;
    bool (*wants)(const void *arg, const void *row);
    void *(*load)(struct mem_store *m, const void *row, struct arena *arena);
};

/* By id; or, when `of` is not 0, by id under it in an index. */
static enum err list(struct store *store,
                     const struct kind *kind,
                     int64_t of,
                     const struct store_query *q,
                     struct arena *arena,
                     struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = kind->tree,
                            .limit = q->limit,
                            .down = q->newest_first,
                            .beyond = true,
                            .wants = kind->wants,
                            .load = kind->load,
                            .arg = q};
    return of ? mem_scan(&scan, arena, out, 1, "ii", of, start_of(q))
              : mem_scan(&scan, arena, out, 0, "i", start_of(q));
}

#define LIST(name, tree, wants, load)                                                              \
    static enum err name(                                                                          \
        struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)   \
    {                                                                                              \
        return list(store, &(const struct kind){tree, wants, load}, 0, q, arena, out);             \
    }

LIST(list_orders, TABLE_ORDER, wants_order, mem_load_order)
LIST(list_events, TABLE_EVENT, wants_event, load_event)
LIST(list_deliveries, TABLE_DELIVERY, wants_delivery, load_delivery)

static enum err deliveries_parked(struct store *store,
                                  struct channel_id channel,
                                  struct slice order,
                                  struct arena *arena,
                                  struct rows *out)
{
    const struct store_query q = {
        .channel = channel, .order = order, .state = DELIVERY_PARKED, .limit = SIZE_MAX};
    return list_deliveries(store, &q, arena, out);
}
LIST(list_incidents, TABLE_INCIDENT, wants_incident, load_incident)
LIST(list_holds, TABLE_HOLD, wants_hold, mem_load_hold)

/* By id; or, of a range of time, by the moment at which they left. */
static enum err
list_pushes(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    if (!q->from_us && !q->to_us) {
        return list(
            store, &(const struct kind){TABLE_PUSH, wants_push, load_push}, 0, q, arena, out);
    }
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    const struct push_row *last = q->after ? mem_get(m, &view, TABLE_PUSH, "i", q->after) : NULL;
    int64_t edge = q->newest_first ? (q->to_us ? q->to_us : INT64_MAX) : q->from_us;
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = INDEX_PUSH_SENT,
                            .limit = q->limit,
                            .down = q->newest_first,
                            .beyond = true,
                            .wants = wants_push,
                            .load = load_push,
                            .arg = q};
    if (q->after && !last) {
        return ERR_OK; /* behind a push that is not there stands nothing */
    }
    return mem_scan(
        &scan, arena, out, 0, "ii", last ? last->sent_at_us : edge, last ? last->n : start_of(q));
}

static enum err list_listings(struct store *store,
                              const struct store_query *q,
                              struct arena *arena,
                              struct rows *out)
{
    const struct kind kind = {
        q->sku.v ? INDEX_LISTING_SKU : TABLE_LISTING, wants_listing, mem_load_listing};
    return list(store, &kind, q->sku.v, q, arena, out);
}

static enum err list_movements(struct store *store,
                               const struct store_query *q,
                               struct arena *arena,
                               struct rows *out)
{
    const struct kind kind = {
        q->sku.v ? INDEX_MOVEMENT_SKU : TABLE_MOVEMENT, wants_movement, load_movement};
    return list(store, &kind, q->sku.v, q, arena, out);
}

/* ---- walks ---- */

static enum err walk_skus(
    struct store *store, struct slice after, size_t limit, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = INDEX_SKU_CODE,
                            .limit = limit,
                            .beyond = true,
                            .load = mem_load_sku};
    return mem_scan(&scan, arena, out, 0, "t", after);
}

static enum err walk_listings(struct store *store,
                              struct channel_id channel,
                              struct slice after,
                              struct location_id after_location,
                              size_t limit,
                              struct arena *arena,
                              struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = INDEX_LISTING_KEY,
                            .limit = limit,
                            .beyond = true,
                            .load = mem_load_listing};
    return mem_scan(&scan, arena, out, 1, "iti", channel.v, after, after_location.v);
}

static enum err walk_orders(struct store *store,
                            struct channel_id channel,
                            struct slice after,
                            size_t limit,
                            struct arena *arena,
                            struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = INDEX_ORDER_ID,
                            .limit = limit,
                            .beyond = true,
                            .load = mem_load_order};
    return mem_scan(&scan, arena, out, 1, "it", channel.v, after);
}

static enum err walk_parked(struct store *store,
                            struct channel_id channel,
                            struct slice after,
                            int64_t after_order,
                            size_t limit,
                            struct arena *arena,
                            struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = TABLE_PARKED,
                            .limit = limit,
                            .beyond = true,
                            .load = mem_load_parked};
    return mem_scan(&scan, arena, out, 1, "iti", channel.v, after, after_order);
}

/* ---- movements, one by one ---- */

struct walking {
    enum err (*each)(void *arg, const struct movement_row *row);
    void *arg;
    enum err err;
    struct rows rows; /* of orders */
    struct arena arena;
};

static bool visit_movement(void *arg, struct slice key, void *row)
{
    struct walking *w = arg;
    (void)key;
    w->err = w->each(w->arg, row);
    return w->err == ERR_OK;
}

static bool gather_of_order(void *arg, struct slice key, void *row)
{
    struct walking *w = arg;
    (void)key;
    return ((const struct movement_row *)row)->movement.order.n == 0 ||
           rows_add(&w->rows, &w->arena, row);
}

static int by_order(const void *a, const void *b)
{
    const struct movement *x = &(*(const struct movement_row *const *)a)->movement;
    const struct movement *y = &(*(const struct movement_row *const *)b)->movement;
    return x->channel.v < y->channel.v   ? -1
           : x->channel.v > y->channel.v ? 1
                                         : slice_compare(x->order, y->order);
}

static enum err walk_movements(struct store *store,
                               bool of_orders,
                               enum err (*each)(void *arg, const struct movement_row *row),
                               void *arg)
{
    struct mem_store *m = mem_of(store);
    must(m->in_transaction); /* each may read too: nothing must be locked meanwhile */
    const struct mem_node *root = m->state.trees[TABLE_MOVEMENT];
    struct walking w = {.each = each, .arg = arg};
    if (!of_orders) {
        mem_tree_walk(root, (struct slice){0}, false, visit_movement, &w);
        return w.err;
    }
    arena_init(&w.arena, (size_t)1024 * 1024 * 1024);
    mem_tree_walk(root, (struct slice){0}, false, gather_of_order, &w);
    w.err = w.arena.exhausted ? ERR_LIMIT : ERR_OK;
    if (w.rows.count) {
        qsort(w.rows.items, w.rows.count, sizeof(void *), by_order);
    }
    for (size_t i = 0; !w.err && i < w.rows.count; i++) {
        w.err = each(arg, w.rows.items[i]);
    }
    arena_free(&w.arena);
    return w.err;
}

void mem_list_ops(struct store_ops *ops)
{
    ops->list_listings = list_listings;
    ops->list_orders = list_orders;
    ops->list_events = list_events;
    ops->list_movements = list_movements;
    ops->list_deliveries = list_deliveries;
    ops->deliveries_parked = deliveries_parked;
    ops->list_pushes = list_pushes;
    ops->list_incidents = list_incidents;
    ops->list_holds = list_holds;
    ops->walk_skus = walk_skus;
    ops->walk_listings = walk_listings;
    ops->walk_orders = walk_orders;
    ops->walk_parked = walk_parked;
    ops->walk_movements = walk_movements;
}
