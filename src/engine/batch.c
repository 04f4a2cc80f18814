/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/batch.h"

void batch_each_map(struct batch *b, void (*act)(struct map *map))
{
    struct map *const maps[] = {&b->skus,
                                &b->skus_by_code,
                                &b->listings,
                                &b->listing_keys,
                                &b->orders,
                                &b->incidents,
                                &b->deliveries,
                                &b->differences,
                                &b->agreements,
                                &b->watches};
    for (size_t i = 0; i < COUNT_OF(maps); i++) {
        act(maps[i]);
    }
}

void batch_fail(struct batch *b, enum err e, const char *what)
{
    if (e && !b->err) {
        b->err = e;
        err_note(&b->note, e, "%s: %s", what, err_text(e));
    }
}

bool batch_json(struct batch *b,
                struct json_doc *doc,
                struct slice text,
                struct json *out,
                struct err_note *note)
{
    enum err e = json_parse(doc, text, out, note);
    if (e == ERR_MEMORY) {
        batch_fail(b, e, "read JSON");
    }
    return e == ERR_OK;
}

static void *row_new(struct batch *b, size_t n)
{
    void *row = arena_alloc(&b->arena, n);
    if (!row) {
        batch_fail(b, ERR_LIMIT, "the batch outgrew its memory");
    }
    return row;
}
#define ROW_NEW(b, type) ((type *)row_new((b), sizeof(type)))

static void remember(struct batch *b, struct map *map, struct slice key, void *row)
{
    if (!map_set(map, key, row)) {
        batch_fail(b, ERR_MEMORY, "the batch's index");
    }
}

static void change(struct batch *b, struct rows *rows, void *row)
{
    if (!rows_add(rows, &b->arena, row)) {
        batch_fail(b, ERR_LIMIT, "the batch outgrew its memory");
    }
}

/* "<id> <text>" as one key. */
static struct slice pair_key(struct batch *b, int64_t id, struct slice text)
{
    return arena_printf(&b->arena, "%" PRId64 " %.*s", id, SLICE_ARG(text));
}

/* ---- SKUs ---- */

struct slice sku_code_key(struct slice code, struct arena *arena)
{
    code = slice_trim(code);
    struct slice copy = arena_copy(arena, code);
    char *p = (char *)(uintptr_t)copy.p;
    size_t n = 0;
    for (size_t i = 0; p && i < copy.n; i++) {
        char c = p[i] == '\t' ? ' ' : p[i];
        if (c == ' ' && n > 0 && p[n - 1] == ' ') {
            continue;
        }
        p[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return (struct slice){p, n};
}

static struct batch_sku *sku_add(struct batch *b, const struct sku_row *row)
{
    struct batch_sku *sku = map_get(&b->skus, MAP_KEY(&row->id));
    if (sku) {
        return sku;
    }
    sku = ROW_NEW(b, struct batch_sku);
    if (sku) {
        sku->row = *row;
        remember(b, &b->skus, MAP_KEY(&sku->row.id), sku);
        remember(b, &b->skus_by_code, sku->row.code_key, sku);
    }
    return sku;
}

struct batch_sku *batch_sku(struct batch *b, struct sku_id id)
{
    struct batch_sku *sku = map_get(&b->skus, MAP_KEY(&id));
    if (sku) {
        return sku;
    }
    struct sku_row *row = NULL;
    batch_fail(b, b->store->ops->skus(b->store, &id, 1, &b->arena, &row), "load a SKU");
    return row ? sku_add(b, row) : NULL;
}

struct batch_sku *batch_sku_by_code(struct batch *b, struct slice code)
{
    struct slice key = sku_code_key(code, &b->arena);
    if (key.n == 0) {
        return NULL;
    }
    struct batch_sku *sku = map_get(&b->skus_by_code, key);
    if (sku) {
        return sku;
    }
    struct sku_row *row = NULL;
    batch_fail(b, b->store->ops->skus_by_code(b->store, &key, 1, &b->arena, &row), "load a SKU");
    sku = row ? sku_add(b, row) : NULL;
    /* The store does not know yet that this very commit renames it. */
    if (sku && slice_equal(sku->row.code_key, key)) {
        return sku;
    }
    const struct alias_row *alias = b->err ? NULL : batch_alias(b, key);
    return alias ? batch_sku(b, alias->sku) : NULL;
}

/* ---- other codes ---- */

/* Changed in this commit? *out: to what; NULL: it is none any more. */
static bool
alias_changed(const struct batch *b, struct slice code_key, const struct alias_row **out)
{
    *out = NULL;
    for (size_t i = b->changes.aliases.count; i-- > 0;) {
        const struct alias_row *row = b->changes.aliases.items[i];
        if (slice_equal(row->code_key, code_key)) {
            *out = row;
            return true;
        }
    }
    for (size_t i = 0; i < b->changes.aliases_gone.count; i++) {
        const struct alias_row *row = b->changes.aliases_gone.items[i];
        if (slice_equal(row->code_key, code_key)) {
            return true;
        }
    }
    return false;
}

const struct alias_row *batch_alias(struct batch *b, struct slice code_key)
{
    const struct alias_row *changed = NULL;
    struct alias_row *row = NULL;
    if (alias_changed(b, code_key, &changed)) {
        return changed;
    }
    batch_fail(b, b->store->ops->alias(b->store, code_key, &b->arena, &row), "load another code");
    return row;
}

void batch_aliases_of(struct batch *b, struct sku_id sku, struct rows *out)
{
    struct rows stored = {0};
    batch_fail(b, b->store->ops->aliases_of(b->store, sku, &b->arena, &stored), "load other codes");
    for (size_t i = 0; i < stored.count; i++) {
        struct alias_row *row = stored.items[i];
        const struct alias_row *now;
        if (!alias_changed(b, row->code_key, &now)) {
            change(b, out, row);
        }
    }
    for (size_t i = 0; i < b->changes.aliases.count; i++) {
        struct alias_row *row = b->changes.aliases.items[i];
        if (row->sku.v == sku.v) {
            change(b, out, row);
        }
    }
}

void batch_alias_add(struct batch *b, const struct alias_row *row)
{
    struct alias_row *added = ROW_NEW(b, struct alias_row);
    if (added) {
        *added = *row;
        added->since_us = b->now_us;
        change(b, &b->changes.aliases, added);
    }
}

void batch_alias_remove(struct batch *b, struct slice code_key)
{
    struct rows *added = &b->changes.aliases;
    for (size_t i = 0; i < added->count; i++) {
        const struct alias_row *row = added->items[i];
        if (slice_equal(row->code_key, code_key)) { /* of this very commit: it never was */
            added->items[i--] = added->items[--added->count];
        }
    }
    struct alias_row *gone = ROW_NEW(b, struct alias_row);
    if (gone) {
        *gone = (struct alias_row){.code_key = code_key};
        change(b, &b->changes.aliases_gone, gone);
    }
}

void batch_sku_rename(struct batch *b, struct batch_sku *sku, struct slice code_key)
{
    map_remove(&b->skus_by_code, sku->row.code_key);
    sku->row.code_key = code_key;
    remember(b, &b->skus_by_code, sku->row.code_key, sku);
}

struct batch_sku *batch_sku_new(struct batch *b, const struct sku_row *row)
{
    struct batch_sku *sku = sku_add(b, row);
    if (sku) {
        sku->stock_loaded = true; /* it has none yet */
        batch_sku_changed(b, sku);
    }
    return sku;
}

const struct component *
batch_parts(struct batch *b, const struct batch_sku *sku, int64_t units, size_t *out_count)
{
    size_t n = sku->row.parts_count ? sku->row.parts_count : 1;
    struct component *parts = row_new(b, n * sizeof(*parts));
    *out_count = 0;
    if (!parts) {
        return NULL;
    }
    if (sku->row.parts_count == 0) {
        parts[0] = (struct component){sku->row.id, units};
    }
    for (size_t i = 0; i < sku->row.parts_count; i++) {
        parts[i] = (struct component){sku->row.parts[i].sku, sku->row.parts[i].quantity * units};
    }
    *out_count = n;
    return parts;
}

void batch_load_stock(struct batch *b, struct batch_sku *sku)
{
    if (!sku->stock_loaded) {
        sku->stock_loaded = true;
        batch_fail(b, b->store->ops->stock(b->store, &sku->row.id, 1, &b->stock), "load stock");
    }
}

void batch_hint(struct batch *b, struct dirty_hint hint)
{
    struct dirty_hint *copy = ROW_NEW(b, struct dirty_hint);
    if (copy) {
        *copy = hint;
        change(b, &b->hints, copy);
    }
}

static void
hint_sku(struct batch *b, struct batch_sku *sku, int64_t happened_at_us, int64_t received_at_us)
{
    if (!sku->hinted) {
        sku->hinted = true;
        batch_hint(b,
                   (struct dirty_hint){.sku = sku->row.id,
                                       .happened_at_us = happened_at_us,
                                       .received_at_us = received_at_us});
    }
}

/* One version more per commit, however many turns moved it. */
static void next_version(struct batch_sku *sku)
{
    if (!sku->moved && !sku->changed) {
        sku->row.stock_version++;
    }
}

void batch_sku_moved(struct batch *b,
                     struct batch_sku *sku,
                     int64_t happened_at_us,
                     int64_t received_at_us)
{
    next_version(sku);
    if (!sku->moved && !sku->changed) {
        change(b, &b->changes.skus_moved, &sku->row);
    }
    sku->moved = true;
    sku->row.has_moved = true;
    hint_sku(b, sku, happened_at_us, received_at_us);
}

void batch_sku_changed(struct batch *b, struct batch_sku *sku)
{
    next_version(sku);
    if (!sku->changed) {
        change(b, &b->changes.skus, &sku->row);
    }
    sku->changed = true;
    hint_sku(b, sku, 0, 0);
}

/* ---- listings ---- */

static struct batch_listing *listing_add(struct batch *b, const struct listing_row *row)
{
    struct batch_listing *listing = map_get(&b->listings, MAP_KEY(&row->id));
    if (listing) {
        return listing;
    }
    listing = ROW_NEW(b, struct batch_listing);
    if (listing) {
        listing->row = *row;
        remember(b, &b->listings, MAP_KEY(&listing->row.id), listing);
    }
    return listing;
}

struct batch_listing *batch_listing(struct batch *b, struct listing_id id)
{
    struct batch_listing *listing = map_get(&b->listings, MAP_KEY(&id));
    if (listing) {
        return listing->gone ? NULL : listing;
    }
    struct listing_row *row = NULL;
    batch_fail(b, b->store->ops->listings(b->store, &id, 1, &b->arena, &row), "load a listing");
    return row ? listing_add(b, row) : NULL;
}

const struct rows *
batch_listings_by_key(struct batch *b, struct channel_id channel, struct slice key)
{
    struct slice pair = pair_key(b, channel.v, key);
    struct rows *found = map_get(&b->listing_keys, pair);
    if (found) {
        return found;
    }
    found = ROW_NEW(b, struct rows);
    struct rows loaded = {0};
    batch_fail(b,
               b->store->ops->listings_by_key(b->store, channel, key, &b->arena, &loaded),
               "load listings");
    for (size_t i = 0; found && i < loaded.count; i++) {
        struct batch_listing *listing = listing_add(b, loaded.items[i]);
        if (listing && !listing->gone) {
            change(b, found, listing);
        }
    }
    if (found) {
        remember(b, &b->listing_keys, pair, found);
    }
    return found;
}

void batch_listing_moved(struct batch *b, struct batch_listing *listing)
{
    if (!listing->moved && !listing->changed) {
        change(b, &b->changes.listings_moved, &listing->row);
    }
    listing->moved = true;
}

void batch_listing_changed(struct batch *b, struct batch_listing *listing)
{
    if (!listing->changed) {
        change(b, &b->changes.listings, &listing->row);
    }
    listing->changed = true;
    batch_hint(b, (struct dirty_hint){.listing = listing->row.id, .channel = listing->row.channel});
}

struct batch_listing *batch_listing_add(struct batch *b, const struct listing_row *row)
{
    struct rows *same_key =
        (struct rows *)(uintptr_t)batch_listings_by_key(b, row->channel, row->key);
    struct batch_listing *listing = listing_add(b, row);
    if (listing && same_key) {
        change(b, same_key, listing);
        batch_listing_changed(b, listing);
    }
    return listing;
}

void batch_listing_remove(struct batch *b, struct batch_listing *listing)
{
    if (listing->gone) {
        return;
    }
    listing->gone = true;
    change(b, &b->changes.listings_gone, &listing->row);
    struct rows *same_key =
        (struct rows *)(uintptr_t)batch_listings_by_key(b, listing->row.channel, listing->row.key);
    size_t n = 0;
    for (size_t i = 0; same_key && i < same_key->count; i++) {
        if (same_key->items[i] != listing) {
            same_key->items[n++] = same_key->items[i];
        }
    }
    if (same_key) {
        same_key->count = n;
    }
}

/* ---- orders ---- */

struct batch_order *batch_order(struct batch *b, struct channel_id channel, struct slice id)
{
    struct slice pair = pair_key(b, channel.v, id);
    struct batch_order *order = map_get(&b->orders, pair);
    if (order) {
        return order;
    }
    order = ROW_NEW(b, struct batch_order);
    struct order_row *row = NULL;
    batch_fail(b, b->store->ops->order(b->store, channel, id, &b->arena, &row), "load an order");
    if (order) {
        order->exists = row != NULL;
        order->row = row ? *row : (struct order_row){0};
        remember(b, &b->orders, pair, order);
    }
    return order;
}

void batch_order_changed(struct batch *b, struct batch_order *order)
{
    if (!order->row.n) {
        order->row.n = b->store->ops->next_id(b->store, ID_ORDER);
    }
    if (!order->changed) {
        change(b, &b->changes.orders, &order->row);
    }
    order->changed = true;
    order->exists = true;
}

/* ---- the log ---- */

int64_t batch_event(struct batch *b,
                    const char *kind,
                    struct channel_id channel,
                    struct slice subject,
                    struct slice facts)
{
    struct event_row *row = ROW_NEW(b, struct event_row);
    if (!row) {
        return 0;
    }
    *row = (struct event_row){.n = b->store->ops->next_id(b->store, ID_EVENT),
                              .at_us = b->now_us,
                              .kind = slice_of(kind),
                              .channel = channel,
                              .subject = arena_copy(&b->arena, subject),
                              .facts = arena_copy(&b->arena, facts)};
    change(b, &b->changes.events, row);
    return row->n;
}

int64_t batch_event_text(struct batch *b,
                         const char *kind,
                         struct channel_id channel,
                         struct slice subject,
                         const char *key,
                         struct slice value)
{
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, 64 * 1024);
    struct json_writer w = json_writer(&facts);
    json_begin_object(&w);
    json_field_text(&w, key, value);
    json_end_object(&w);
    return batch_event(b, kind, channel, subject, buf_view(&facts));
}

void batch_movements(struct batch *b,
                     const struct ledger *ledger,
                     int64_t event,
                     int64_t received_at_us)
{
    if (ledger->exhausted) {
        batch_fail(b, ERR_LIMIT, "a decision outgrew its memory");
        return;
    }
    for (size_t i = 0; i < ledger->movements.count; i++) {
        const struct movement *m = &ledger->movements.items[i];
        struct movement_row *row = ROW_NEW(b, struct movement_row);
        struct batch_sku *sku = batch_sku(b, m->sku);
        if (!row || !sku) {
            batch_fail(b, ERR_CORRUPT, "a movement of a SKU that is not there");
            return;
        }
        *row = (struct movement_row){.n = b->store->ops->next_id(b->store, ID_MOVEMENT),
                                     .event = event,
                                     .recorded_at_us = b->now_us,
                                     .movement = *m};
        change(b, &b->changes.movements, row);
        sku->last_movement = row->n;
        sku->row.since_checkpoint++;
        batch_sku_moved(b, sku, m->happened_at_us, received_at_us);
    }
    b->changes.stock = &b->stock;
}
