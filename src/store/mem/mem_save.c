/* SPDX-License-Identifier: Apache-2.0 */
/* All changes of one batch, onto the transaction's own state. */
#include "store/mem/mem_internal.h"

struct change {
    struct mem_store *m;
    void *row;
};

static enum err link_key(void *arg, int tree, struct slice key)
{
    const struct change *c = arg;
    struct mem_node **root = &c->m->state.trees[tree];
    if (mem_tree_get(*root, key)) {
        return ERR_CORRUPT; /* a key that must be unique is taken */
    }
    return mem_tree_put(&c->m->db->space, root, key, c->row) ? ERR_OK : ERR_MEMORY;
}

static enum err unlink_key(void *arg, int tree, struct slice key)
{
    const struct change *c = arg;
    return mem_tree_remove(&c->m->db->space, &c->m->state.trees[tree], key) ? ERR_OK : ERR_MEMORY;
}

static enum err find_primary(void *arg, int tree, struct slice key)
{
    struct change *c = arg;
    c->row = tree < TABLES ? mem_tree_get(c->m->state.trees[tree], key) : c->row;
    return ERR_OK;
}

/* The stored row with the same primary key. */
static enum err find_same(struct mem_store *m, enum mem_table table, const void *row, void **out)
{
    struct change c = {m, NULL};
    enum err e = mem_keys(table, row, &m->key, find_primary, &c);
    *out = c.row;
    return e;
}

static enum err take_out(struct mem_store *m, enum mem_table table, void *stored)
{
    enum err e = mem_keys(table, stored, &m->key, unlink_key, &(struct change){m, NULL});
    mem_cell_drop(&m->db->space, stored);
    return e;
}

/* Inserts or replaces; rows of the log are inserted only. */
static enum err put(struct mem_store *m, enum mem_table table, const void *row)
{
    void *old = NULL;
    if (!mem_row_is_sound(table, row)) {
        return ERR_CORRUPT;
    }
    void *copy = mem_row_store(table, row, &m->db->space);
    enum err e = copy ? find_same(m, table, row, &old) : ERR_MEMORY;
    if (!e && old) {
        bool is_log = table == TABLE_EVENT || table == TABLE_MOVEMENT;
        e = is_log ? ERR_CORRUPT : take_out(m, table, old);
    }
    return e ? e : mem_keys(table, row, &m->key, link_key, &(struct change){m, copy});
}

static enum err put_event(struct mem_store *m, const void *item)
{
    chain_event(m->chain, item);
    m->state.events++;
    return put(m, TABLE_EVENT, item);
}

static enum err put_movement(struct mem_store *m, const void *item)
{
    chain_movement(m->chain, item);
    m->state.movements++;
    return put(m, TABLE_MOVEMENT, item);
}

static enum err put_sku(struct mem_store *m, const void *item)
{
    const struct sku_row *row = item;
    struct slice recipe = {(const char *)row->parts, row->parts_count * sizeof(*row->parts)};
    return put(m, TABLE_SKU, &(struct mem_sku){*row, recipe});
}

static enum err put_sku_moved(struct mem_store *m, const void *item)
{
    const struct sku_row *row = item;
    void *old = NULL;
    enum err e = find_same(m, TABLE_SKU, &(struct mem_sku){.row = {.id = row->id}}, &old);
    if (e || !old) {
        return e;
    }
    struct mem_sku sku = *(const struct mem_sku *)old;
    sku.row.stock_version = row->stock_version;
    sku.row.has_moved = row->has_moved;
    sku.row.since_checkpoint = row->since_checkpoint;
    return put(m, TABLE_SKU, &sku);
}

static enum err put_location(struct mem_store *m, const void *item)
{
    return put(m, TABLE_LOCATION, item);
}

static enum err put_channel(struct mem_store *m, const void *item)
{
    return put(m, TABLE_CHANNEL, item);
}

static enum err put_listing(struct mem_store *m, const void *item)
{
    return put(m, TABLE_LISTING, item);
}

static enum err put_listing_moved(struct mem_store *m, const void *item)
{
    const struct listing_row *row = item;
    void *old = NULL;
    enum err e = find_same(m, TABLE_LISTING, row, &old);
    if (e || !old) {
        return e;
    }
    struct listing_row listing = *(const struct listing_row *)old;
    listing.expected = row->expected;
    memcpy(listing.push_key, row->push_key, sizeof(listing.push_key));
    listing.open_units = row->open_units;
    listing.push_n = row->push_n;
    listing.sellable = row->sellable;
    listing.computed_sku_version = row->computed_sku_version;
    listing.computed_policy_version = row->computed_policy_version;
    listing.published = row->published;
    listing.published_at_us = row->published_at_us;
    listing.observed = row->observed;
    listing.observed_at_us = row->observed_at_us;
    listing.fault = row->fault;
    listing.fault_reason = row->fault_reason;
    return put(m, TABLE_LISTING, &listing);
}

static enum err remove_row(struct mem_store *m, enum mem_table table, const void *row)
{
    void *old = NULL;
    enum err e = find_same(m, table, row, &old);
    return e || !old ? e : take_out(m, table, old);
}

static enum err remove_listing(struct mem_store *m, const void *item)
{
    return remove_row(m, TABLE_LISTING, item);
}

static enum err put_order(struct mem_store *m, const void *item)
{
    const struct order_row *row = item;
    ON_EXIT(buf_free) struct buf doc;
    buf_init(&doc, (size_t)16 * 1024 * 1024);
    order_doc_write(&row->order, &doc);
    if (doc.overflow) {
        return ERR_LIMIT;
    }
    struct mem_order order = {.n = row->n,
                              .channel = row->order.channel.v,
                              .version = row->order.version,
                              .placed_at_us = row->order.placed_at_us,
                              .decided_at_us = row->order.decided_at_us,
                              .id = row->order.id,
                              .version_text = row->order.version_text,
                              .doc = buf_view(&doc)};
    memcpy(order.digest, row->digest, sizeof(order.digest));
    return put(m, TABLE_ORDER, &order);
}

static enum err put_delivery(struct mem_store *m, const void *item)
{
    struct delivery_row row = *(const struct delivery_row *)item;
    void *old = NULL;
    enum err e = find_same(m, TABLE_DELIVERY, item, &old);
    if (e) {
        return e;
    }
    if (row.is_new) {
        row.is_new = false;
        return old ? ERR_CORRUPT : put(m, TABLE_DELIVERY, &row);
    }
    if (!old) {
        return ERR_OK;
    }
    struct delivery_row delivery = *(const struct delivery_row *)old;
    delivery.state = row.state;
    delivery.reason = row.reason;
    delivery.order = row.order;
    delivery.version = row.version;
    return put(m, TABLE_DELIVERY, &delivery);
}

struct bodies {
    int64_t before_us;
    struct delivery_row *found; /* the next that has one */
};

static bool find_body(void *arg, struct slice key, void *row)
{
    struct bodies *bodies = arg;
    struct delivery_row *delivery = row;
    (void)key;
    bool is_older = delivery->received_at_us < bodies->before_us;
    bodies->found = is_older && delivery->body.n ? delivery : NULL;
    return is_older && !bodies->found;
}

enum err mem_erase_bodies(struct store *store, int64_t before_us, size_t limit, bool *out_more)
{
    struct mem_store *m = mem_of(store);
    must(m->is_writer && m->in_transaction && !m->is_spoilt);
    enum err e = ERR_OK;
    size_t erased = 0;
    struct bodies bodies = {.before_us = before_us};
    do { /* the tree changes under a walk: one by one */
        bodies.found = NULL;
        mem_tree_walk(m->state.trees[TABLE_DELIVERY], (struct slice){0}, false, find_body, &bodies);
        if (bodies.found) {
            struct delivery_row row = *bodies.found;
            row.body = (struct slice){0};
            erased++;
            e = put(m, TABLE_DELIVERY, &row);
        }
    } while (!e && bodies.found && erased < limit);
    *out_more = bodies.found != NULL;
    m->is_spoilt = e != ERR_OK;
    return e;
}

static enum err put_push(struct mem_store *m, const void *item)
{
    return put(m, TABLE_PUSH, item);
}

/* What is closed goes first: it makes room for what the same batch opens under its key. */
static enum err put_closed_incident(struct mem_store *m, const void *item)
{
    return ((const struct incident_row *)item)->is_open ? ERR_OK : put(m, TABLE_INCIDENT, item);
}

static enum err put_open_incident(struct mem_store *m, const void *item)
{
    return ((const struct incident_row *)item)->is_open ? put(m, TABLE_INCIDENT, item) : ERR_OK;
}

static enum err put_token(struct mem_store *m, const void *item)
{
    return put(m, TABLE_TOKEN, item);
}

static enum err put_answer(struct mem_store *m, const void *item)
{
    return put(m, TABLE_ANSWER, item);
}

static enum err put_closed_hold(struct mem_store *m, const void *item)
{
    bool is_open = ((const struct hold_row *)item)->state == HOLD_OPEN;
    return is_open ? ERR_OK : put(m, TABLE_HOLD, item);
}

static enum err put_open_hold(struct mem_store *m, const void *item)
{
    bool is_open = ((const struct hold_row *)item)->state == HOLD_OPEN;
    return is_open ? put(m, TABLE_HOLD, item) : ERR_OK;
}

static enum err put_job(struct mem_store *m, const void *item)
{
    return put(m, TABLE_JOB, item);
}

static enum err put_parked(struct mem_store *m, const void *item)
{
    return put(m, TABLE_PARKED, item);
}

static enum err remove_parked(struct mem_store *m, const void *item)
{
    return remove_row(m, TABLE_PARKED, item);
}

static enum err put_alias(struct mem_store *m, const void *item)
{
    return put(m, TABLE_ALIAS, item);
}

static enum err remove_alias(struct mem_store *m, const void *item)
{
    return remove_row(m, TABLE_ALIAS, item);
}

static enum err put_transfer(struct mem_store *m, const void *item)
{
    return put(m, TABLE_TRANSFER, item);
}

static enum err put_count(struct mem_store *m, const void *item)
{
    return put(m, TABLE_COUNT, item);
}

static enum err put_count_line(struct mem_store *m, const void *item)
{
    return put(m, TABLE_COUNT_LINE, item);
}

static enum err put_checkpoint(struct mem_store *m, const void *item)
{
    return put(m, TABLE_CHECKPOINT, item);
}

static enum err put_unlinked(struct mem_store *m, const void *item)
{
    return put(m, TABLE_UNLINKED, item);
}

static enum err remove_unlinked(struct mem_store *m, const void *item)
{
    return remove_row(m, TABLE_UNLINKED, item);
}

static enum err put_difference(struct mem_store *m, const void *item)
{
    return put(m, TABLE_DIFFERENCE, item);
}

static enum err put_agreement(struct mem_store *m, const void *item)
{
    return put(m, TABLE_AGREEMENT, item);
}

static enum err put_outlet(struct mem_store *m, const void *item)
{
    return put(m, TABLE_OUTLET, item);
}

static enum err put_user(struct mem_store *m, const void *item)
{
    return put(m, TABLE_USER, item);
}

static enum err put_session(struct mem_store *m, const void *item)
{
    return put(m, TABLE_SESSION, item);
}

static enum err put_audit(struct mem_store *m, const void *item)
{
    return put(m, TABLE_AUDIT, item);
}

struct older {
    const struct unlinked_row *than;
    void *found;
};

static bool find_older(void *arg, struct slice key, void *row)
{
    struct older *older = arg;
    const struct unlinked_row *unlinked = row;
    (void)key;
    if (unlinked->channel.v == older->than->channel.v && unlinked->job < older->than->job) {
        older->found = row;
        return false;
    }
    return true;
}

static enum err remove_unlinked_older(struct mem_store *m, const void *item)
{
    struct older older = {.than = item};
    enum err e = ERR_OK;
    do { /* the tree changes under a walk: one by one */
        older.found = NULL;
        mem_tree_walk(m->state.trees[TABLE_UNLINKED], (struct slice){0}, false, find_older, &older);
        e = older.found ? take_out(m, TABLE_UNLINKED, older.found) : ERR_OK;
    } while (!e && older.found);
    return e;
}

/* Removes all rows of a table that `is_gone` says; the tree changes under a walk: one by one. */
struct gone {
    bool (*is_gone)(const void *row, const void *than);
    const void *than;
    void *found;
};

static bool find_gone(void *arg, struct slice key, void *row)
{
    struct gone *gone = arg;
    (void)key;
    gone->found = gone->is_gone(row, gone->than) ? row : NULL;
    return !gone->found;
}

static enum err remove_all(struct mem_store *m, enum mem_table table, struct gone gone)
{
    enum err e = ERR_OK;
    do {
        gone.found = NULL;
        mem_tree_walk(m->state.trees[table], (struct slice){0}, false, find_gone, &gone);
        e = gone.found ? take_out(m, table, gone.found) : ERR_OK;
    } while (!e && gone.found);
    return e;
}

static bool is_found_otherwise(const void *row, const void *than)
{
    const struct finding_row *a = row, *b = than;
    return a->channel.v == b->channel.v && a->job != b->job;
}

static enum err remove_findings(struct mem_store *m, const void *item)
{
    return remove_all(m, TABLE_FINDING, (struct gone){is_found_otherwise, item, NULL});
}

static enum err put_finding(struct mem_store *m, const void *item)
{
    return put(m, TABLE_FINDING, item);
}

static bool is_same_place(const void *row, const void *than)
{
    const struct opening_line_row *a = row, *b = than;
    return a->location.v == b->location.v;
}

static enum err remove_opening_file(struct mem_store *m, const void *item)
{
    return remove_all(m, TABLE_OPENING_LINE, (struct gone){is_same_place, item, NULL});
}

static enum err put_opening_line(struct mem_store *m, const void *item)
{
    return put(m, TABLE_OPENING_LINE, item);
}

static enum err remove_opening_line(struct mem_store *m, const void *item)
{
    return remove_row(m, TABLE_OPENING_LINE, item);
}

static enum err remove_session(struct mem_store *m, const void *item)
{
    return remove_row(m, TABLE_SESSION, item);
}

static enum err remove_audit(struct mem_store *m, const void *item)
{
    return remove_row(m, TABLE_AUDIT, item);
}

static enum err put_stock(struct mem_store *m, const struct stock *row)
{
    struct mem_stock stock = {row->sku.v,
                              row->location.v,
                              row->available,
                              row->held,
                              row->reserved,
                              row->unavailable,
                              row->in_transit,
                              row->counted_at_us};
    enum err e = put(m, TABLE_STOCK, &stock);
    for (const struct stock_reason *r = row->reasons; !e && r; r = r->next) {
        struct mem_reason reason = {row->sku.v, row->location.v, r->quantity, r->reason};
        e = r->changed ? put(m, TABLE_STOCK_REASON, &reason) : ERR_OK;
    }
    return e;
}

static enum err put_stock_set(struct mem_store *m, const struct stock_set *set)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < set->rows.items_count; i++) {
        const struct stock *row = set->rows.items[i].value;
        e = row && row->changed ? put_stock(m, row) : ERR_OK;
    }
    return e;
}

enum err mem_save(struct store *store, const struct store_changes *c)
{
    struct mem_store *m = mem_of(store);
    must(m->is_writer && m->in_transaction && !m->is_spoilt);
    const struct {
        const struct rows *rows;
        enum err (*put)(struct mem_store *m, const void *item);
    } steps[] = {
        {&c->events, put_event},
        {&c->movements, put_movement},
        {&c->skus, put_sku},
        {&c->skus_moved, put_sku_moved},
        {&c->locations, put_location},
        {&c->channels, put_channel},
        {&c->listings_gone, remove_listing},
        {&c->listings, put_listing},
        {&c->listings_moved, put_listing_moved},
        {&c->orders, put_order},
        {&c->deliveries, put_delivery},
        {&c->pushes, put_push},
        {&c->incidents, put_closed_incident},
        {&c->incidents, put_open_incident},
        {&c->tokens, put_token},
        {&c->answers, put_answer},
        {&c->holds, put_closed_hold},
        {&c->holds, put_open_hold},
        {&c->jobs, put_job},
        {&c->parked, put_parked},
        {&c->parked_gone, remove_parked},
        {&c->aliases_gone, remove_alias},
        {&c->aliases, put_alias},
        {&c->transfers, put_transfer},
        {&c->counts, put_count},
        {&c->count_lines, put_count_line},
        {&c->checkpoints, put_checkpoint},
        {&c->unlinked_gone, remove_unlinked},
        {&c->unlinked, put_unlinked},
        {&c->unlinked_older, remove_unlinked_older},
        {&c->differences, put_difference},
        {&c->agreements, put_agreement},
        {&c->findings_gone, remove_findings},
        {&c->findings, put_finding},
        {&c->opening_files_gone, remove_opening_file},
        {&c->opening_lines, put_opening_line},
        {&c->opening_lines_gone, remove_opening_line},
        {&c->outlets, put_outlet},
        {&c->users, put_user},
        {&c->sessions, put_session},
        {&c->sessions_gone, remove_session},
        {&c->audits, put_audit},
        {&c->audits_gone, remove_audit},
    };
    enum err e = c->stock ? put_stock_set(m, c->stock) : ERR_OK;
    for (size_t i = 0; !e && i < COUNT_OF(steps); i++) {
        for (size_t k = 0; !e && k < steps[i].rows->count; k++) {
            e = steps[i].put(m, steps[i].rows->items[k]);
        }
    }
    m->is_spoilt = e != ERR_OK;
    return e;
}

/* ---- for a rebuild ---- */

struct gathered {
    struct rows rows;
    struct arena arena;
};

static bool gather(void *arg, struct slice key, void *row)
{
    struct gathered *g = arg;
    (void)key;
    return rows_add(&g->rows, &g->arena, row);
}

static enum err forget_row(struct mem_store *m, enum mem_table table, void *stored)
{
    if (table == TABLE_STOCK) {
        const struct mem_stock *row = stored;
        const struct mem_stock empty = {
            .sku = row->sku, .location = row->location, .counted_at_us = row->counted_at_us};
        return put(m, table, &empty);
    }
    if (table == TABLE_SKU) {
        struct mem_sku sku = *(const struct mem_sku *)stored;
        sku.row.has_moved = false;
        sku.row.since_checkpoint = 0;
        return put(m, table, &sku);
    }
    return take_out(m, table, stored);
}

enum err mem_forget_balances(struct store *store)
{
    static const enum mem_table tables[] = {
        TABLE_STOCK, TABLE_SKU, TABLE_STOCK_REASON, TABLE_CHECKPOINT};
    struct mem_store *m = mem_of(store);
    must(m->is_writer && m->in_transaction && !m->is_spoilt);
    struct gathered g = {.rows = {0}};
    enum err e = ERR_OK;
    arena_init(&g.arena, (size_t)1024 * 1024 * 1024);
    for (size_t t = 0; !e && t < COUNT_OF(tables); t++) {
        arena_clear(&g.arena);
        g.rows = (struct rows){0};
        mem_tree_walk(m->state.trees[tables[t]], (struct slice){0}, false, gather, &g);
        e = g.arena.exhausted ? ERR_LIMIT : ERR_OK;
        for (size_t i = 0; !e && i < g.rows.count; i++) {
            e = forget_row(m, tables[t], g.rows.items[i]);
        }
    }
    arena_free(&g.arena);
    m->is_spoilt = e != ERR_OK;
    return e;
}
