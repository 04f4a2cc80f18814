/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by their keys. */
#include "store/mem/mem_internal.h"

MEM_COPY_LOADER(load_location, TABLE_LOCATION)
MEM_COPY_LOADER(load_channel, TABLE_CHANNEL)
MEM_COPY_LOADER(load_delivery, TABLE_DELIVERY)
MEM_COPY_LOADER(load_incident, TABLE_INCIDENT)
MEM_COPY_LOADER(load_token, TABLE_TOKEN)
MEM_COPY_LOADER(load_answer, TABLE_ANSWER)
MEM_COPY_LOADER(load_job, TABLE_JOB)

void *mem_load_sku(struct mem_store *m, const void *row, struct arena *arena)
{
    (void)m;
    return mem_sku_load(row, arena);
}

void *mem_load_order(struct mem_store *m, const void *row, struct arena *arena)
{
    return mem_order_load(m, row, arena);
}

void *mem_load_listing(struct mem_store *m, const void *row, struct arena *arena)
{
    (void)m;
    return mem_row_load(TABLE_LISTING, row, arena);
}

void *mem_load_parked(struct mem_store *m, const void *row, struct arena *arena)
{
    (void)m;
    return mem_row_load(TABLE_PARKED, row, arena);
}

void *mem_load_hold(struct mem_store *m, const void *row, struct arena *arena)
{
    (void)m;
    return mem_row_load(TABLE_HOLD, row, arena);
}

const void *
mem_get(struct mem_store *m, const struct mem_view *view, int tree, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_clear(&m->key);
    mem_key_list(&m->key, format, args);
    va_end(args);
    return m->key.overflow ? NULL : mem_tree_get(view->state->trees[tree], buf_view(&m->key));
}

/* ---- scans ---- */

static bool scan_visit(void *arg, struct slice key, void *row)
{
    struct mem_scan *scan = arg;
    struct slice prefix = {scan->from.p, scan->prefix_n};
    if (key.n < prefix.n || !slice_equal((struct slice){key.p, prefix.n}, prefix)) {
        return false;
    }
    if (scan->found == scan->limit) {
        return false;
    }
    if (scan->beyond && slice_equal(key, scan->from)) {
        return true;
    }
    if (scan->wants && !scan->wants(scan->arg, row)) {
        return !scan->stops;
    }
    void *loaded = scan->load(scan->m, row, scan->arena);
    if (!rows_add(scan->out, scan->arena, loaded)) {
        scan->err = scan->arena->exhausted ? ERR_LIMIT : ERR_CORRUPT;
        return false;
    }
    scan->found++;
    return true;
}

enum err mem_scan(struct mem_scan *scan,
                  struct arena *arena,
                  struct rows *out,
                  size_t prefix_parts,
                  const char *format,
                  ...)
{
    struct buf *key = &scan->m->key;
    char prefix_format[8] = {0};
    va_list args;
    must(prefix_parts <= strlen(format) && strlen(format) < sizeof(prefix_format));
    memcpy(prefix_format, format, prefix_parts);
    va_start(args, format);
    buf_clear(key);
    mem_key_list(key, prefix_format, args);
    scan->prefix_n = key->n;
    va_end(args);
    va_start(args, format);
    buf_clear(key);
    mem_key_list(key, format, args);
    va_end(args);
    if (key->overflow) {
        return ERR_LIMIT;
    }
    scan->from = buf_view(key);
    scan->arena = arena;
    scan->out = out;
    mem_tree_walk(scan->view->state->trees[scan->tree], scan->from, scan->down, scan_visit, scan);
    return scan->err;
}

#define ALL SIZE_MAX /* as a limit */

/* ---- operations ---- */

static enum err
one_sku(struct mem_store *m, struct sku_id id, struct arena *arena, struct sku_row **out)
{
    MEM_ONE(m, out, TABLE_SKU, mem_load_sku, "i", id.v);
}

static enum err skus(struct store *store,
                     const struct sku_id *ids,
                     size_t n,
                     struct arena *arena,
                     struct sku_row **out)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < n; i++) {
        e = one_sku(mem_of(store), ids[i], arena, &out[i]);
    }
    return e;
}

static enum err
one_sku_by_code(struct mem_store *m, struct slice code, struct arena *arena, struct sku_row **out)
{
    MEM_ONE(m, out, INDEX_SKU_CODE, mem_load_sku, "t", code);
}

static enum err skus_by_code(struct store *store,
                             const struct slice *code_keys,
                             size_t n,
                             struct arena *arena,
                             struct sku_row **out)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < n; i++) {
        e = one_sku_by_code(mem_of(store), code_keys[i], arena, &out[i]);
    }
    return e;
}

static enum err
bundles_of(struct store *store, struct sku_id part, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {
        .m = m, .view = &view, .tree = INDEX_SKU_PART, .limit = ALL, .load = mem_load_sku};
    return mem_scan(&scan, arena, out, 1, "ii", part.v, (int64_t)0);
}

static enum err locations(struct store *store, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {
        .m = m, .view = &view, .tree = TABLE_LOCATION, .limit = ALL, .load = load_location};
    return mem_scan(&scan, arena, out, 0, "i", INT64_MIN);
}

static enum err channels(struct store *store, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {
        .m = m, .view = &view, .tree = TABLE_CHANNEL, .limit = ALL, .load = load_channel};
    return mem_scan(&scan, arena, out, 0, "i", INT64_MIN);
}

static enum err one_listing(struct mem_store *m,
                            struct listing_id id,
                            struct arena *arena,
                            struct listing_row **out)
{
    MEM_ONE(m, out, TABLE_LISTING, mem_load_listing, "i", id.v);
}

static enum err listings(struct store *store,
                         const struct listing_id *ids,
                         size_t n,
                         struct arena *arena,
                         struct listing_row **out)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < n; i++) {
        e = one_listing(mem_of(store), ids[i], arena, &out[i]);
    }
    return e;
}

static int listing_compare(const void *a, const void *b)
{
    const struct listing_row *const *x = a, *const *y = b;
    return ((*x)->id.v > (*y)->id.v) - ((*x)->id.v < (*y)->id.v);
}

/* The index is by location; the interface is by id. */
static enum err listings_by_key(struct store *store,
                                struct channel_id channel,
                                struct slice key,
                                struct arena *arena,
                                struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {
        .m = m, .view = &view, .tree = INDEX_LISTING_KEY, .limit = ALL, .load = mem_load_listing};
    size_t before = out->count;
    enum err e = mem_scan(&scan, arena, out, 2, "iti", channel.v, key, INT64_MIN);
    if (out->count > before) {
        qsort(out->items + before, out->count - before, sizeof(void *), listing_compare);
    }
    return e;
}

static enum err listings_by_stock_key(struct store *store,
                                      struct channel_id channel,
                                      struct slice stock_key,
                                      struct arena *arena,
                                      struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = INDEX_LISTING_STOCK_KEY,
                            .limit = ALL,
                            .load = mem_load_listing};
    return mem_scan(&scan, arena, out, 2, "iti", channel.v, stock_key, INT64_MIN);
}

static enum err
listings_of_sku(struct store *store, struct sku_id sku, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {
        .m = m, .view = &view, .tree = INDEX_LISTING_SKU, .limit = ALL, .load = mem_load_listing};
    return mem_scan(&scan, arena, out, 1, "ii", sku.v, INT64_MIN);
}

static void *load_ref(struct mem_store *m, const void *row, struct arena *arena)
{
    const struct listing_row *listing = row;
    struct listing_ref *ref = ARENA_NEW(arena, struct listing_ref);
    (void)m;
    if (ref) {
        *ref = (struct listing_ref){listing->id, listing->channel};
    }
    return ref;
}

static enum err refs_of(struct mem_store *m,
                        const struct mem_view *view,
                        struct sku_id sku,
                        struct arena *arena,
                        struct rows *out)
{
    struct mem_scan scan = {
        .m = m, .view = view, .tree = INDEX_LISTING_SKU, .limit = ALL, .load = load_ref};
    return mem_scan(&scan, arena, out, 1, "ii", sku.v, INT64_MIN);
}

static enum err
listing_refs(struct store *store, struct sku_id sku, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct rows bundles = {0};
    struct mem_scan scan = {
        .m = m, .view = &view, .tree = INDEX_SKU_PART, .limit = ALL, .load = mem_load_sku};
    enum err e = mem_scan(&scan, arena, &bundles, 1, "ii", sku.v, INT64_MIN);
    e = e ? e : refs_of(m, &view, sku, arena, out);
    for (size_t i = 0; !e && i < bundles.count; i++) {
        e = refs_of(m, &view, ((const struct sku_row *)bundles.items[i])->id, arena, out);
    }
    return e;
}

/* ---- stock ---- */

struct stock_load {
    struct stock_set *set;
    int64_t sku;
    enum err err;
};

static bool add_stock(void *arg, struct slice key, void *value)
{
    struct stock_load *load = arg;
    const struct mem_stock *s = value;
    (void)key;
    if (s->sku != load->sku) {
        return false;
    }
    struct stock *row =
        stock_set_at(load->set, (struct sku_id){s->sku}, (struct location_id){s->location});
    if (!row) {
        load->err = ERR_LIMIT;
        return false;
    }
    row->available = s->available;
    row->held = s->held;
    row->reserved = s->reserved;
    row->unavailable = s->unavailable;
    row->in_transit = s->in_transit;
    row->counted_at_us = s->counted_at_us;
    return true;
}

static bool add_reason(void *arg, struct slice key, void *value)
{
    struct stock_load *load = arg;
    const struct mem_reason *r = value;
    (void)key;
    if (r->sku != load->sku) {
        return false;
    }
    struct stock *row =
        stock_set_at(load->set, (struct sku_id){r->sku}, (struct location_id){r->location});
    if (!row || !stock_add_reason(load->set, row, r->reason, r->quantity)) {
        load->err = ERR_LIMIT;
        return false;
    }
    return true;
}

static enum err
stock(struct store *store, const struct sku_id *ids, size_t n, struct stock_set *set)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct stock_load load = {.set = set};
    for (size_t i = 0; !load.err && i < n; i++) {
        load.sku = ids[i].v;
        buf_clear(&m->key);
        mem_key(&m->key, "i", ids[i].v);
        struct slice from = buf_view(&m->key);
        mem_tree_walk(view.state->trees[TABLE_STOCK], from, false, add_stock, &load);
        mem_tree_walk(view.state->trees[TABLE_STOCK_REASON], from, false, add_reason, &load);
    }
    return load.err;
}

/* ---- the rest ---- */

static enum err order(struct store *store,
                      struct channel_id channel,
                      struct slice id,
                      struct arena *arena,
                      struct order_row **out)
{
    MEM_ONE(mem_of(store), out, INDEX_ORDER_ID, mem_load_order, "it", channel.v, id);
}

static enum err
order_by_n(struct store *store, int64_t n, struct arena *arena, struct order_row **out)
{
    MEM_ONE(mem_of(store), out, TABLE_ORDER, mem_load_order, "i", n);
}

static enum err parked(struct store *store,
                       struct channel_id channel,
                       struct slice key,
                       struct arena *arena,
                       struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {
        .m = m, .view = &view, .tree = TABLE_PARKED, .limit = ALL, .load = mem_load_parked};
    return mem_scan(&scan, arena, out, 2, "iti", channel.v, key, INT64_MIN);
}

static bool see_key(void *arg, struct slice key, void *row)
{
    struct slice *wanted = arg;
    (void)row;
    bool same = slice_equal((struct slice){key.p, wanted->n}, *wanted);
    *wanted = same ? (struct slice){0} : *wanted;
    return false;
}

static enum err delivery_seen(struct store *store, const uint8_t key[16], bool *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    buf_clear(&m->key);
    mem_key(&m->key, "t", (struct slice){(const char *)key, 16});
    struct slice wanted = buf_view(&m->key);
    mem_tree_walk(view.state->trees[INDEX_DELIVERY_KEY], wanted, false, see_key, &wanted);
    *out = wanted.n == 0;
    return ERR_OK;
}

static enum err
delivery(struct store *store, int64_t n, struct arena *arena, struct delivery_row **out)
{
    MEM_ONE(mem_of(store), out, TABLE_DELIVERY, load_delivery, "i", n);
}

static enum err tokens(struct store *store, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {
        .m = m, .view = &view, .tree = TABLE_TOKEN, .limit = ALL, .load = load_token};
    return mem_scan(&scan, arena, out, 0, "i", INT64_MIN);
}

static enum err
answer(struct store *store, const uint8_t key[32], struct arena *arena, struct answer_row **out)
{
    struct slice bytes = {(const char *)key, 32};
    MEM_ONE(mem_of(store), out, TABLE_ANSWER, load_answer, "t", bytes);
}

static enum err incident_open(struct store *store,
                              struct slice code,
                              struct slice subject,
                              struct arena *arena,
                              struct incident_row **out)
{
    MEM_ONE(mem_of(store), out, INDEX_INCIDENT_OPEN, load_incident, "tt", code, subject);
}

static enum err
incident(struct store *store, int64_t n, struct arena *arena, struct incident_row **out)
{
    MEM_ONE(mem_of(store), out, TABLE_INCIDENT, load_incident, "i", n);
}

static enum err hold(struct store *store, int64_t n, struct arena *arena, struct hold_row **out)
{
    MEM_ONE(mem_of(store), out, TABLE_HOLD, mem_load_hold, "i", n);
}

static enum err
hold_of_owner(struct store *store, struct slice owner, struct arena *arena, struct hold_row **out)
{
    MEM_ONE(mem_of(store), out, INDEX_HOLD_OWNER, mem_load_hold, "t", owner);
}

static bool is_due(const void *arg, const void *row)
{
    const int64_t *now_us = arg;
    return ((const struct hold_row *)row)->expires_at_us <= *now_us;
}

static enum err
holds_due(struct store *store, int64_t now_us, size_t limit, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = INDEX_HOLD_DUE,
                            .limit = limit,
                            .wants = is_due,
                            .stops = true,
                            .arg = &now_us,
                            .load = mem_load_hold};
    return mem_scan(&scan, arena, out, 0, "ii", INT64_MIN, INT64_MIN);
}

static enum err job(struct store *store, int64_t id, struct arena *arena, struct job_row **out)
{
    MEM_ONE(mem_of(store), out, TABLE_JOB, load_job, "i", id);
}

static bool is_open_job(const void *arg, const void *row)
{
    struct slice state = ((const struct job_row *)row)->state;
    (void)arg;
    return slice_is(state, "queued") || slice_is(state, "running");
}

static enum err jobs_open(struct store *store, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = TABLE_JOB,
                            .limit = ALL,
                            .wants = is_open_job,
                            .load = load_job};
    return mem_scan(&scan, arena, out, 0, "i", INT64_MIN);
}

void mem_load_ops(struct store_ops *ops)
{
    ops->skus = skus;
    ops->skus_by_code = skus_by_code;
    ops->bundles_of = bundles_of;
    ops->locations = locations;
    ops->channels = channels;
    ops->listings = listings;
    ops->listings_by_key = listings_by_key;
    ops->listings_by_stock_key = listings_by_stock_key;
    ops->listings_of_sku = listings_of_sku;
    ops->listing_refs = listing_refs;
    ops->stock = stock;
    ops->order = order;
    ops->order_by_n = order_by_n;
    ops->parked = parked;
    ops->delivery_seen = delivery_seen;
    ops->delivery = delivery;
    ops->tokens = tokens;
    ops->answer = answer;
    ops->incident_open = incident_open;
    ops->incident = incident;
    ops->hold = hold;
    ops->hold_of_owner = hold_of_owner;
    ops->holds_due = holds_due;
    ops->job = job;
    ops->jobs_open = jobs_open;
}
