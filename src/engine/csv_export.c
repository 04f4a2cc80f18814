/* SPDX-License-Identifier: Apache-2.0 */
/* Tables on their way out: a page of rows a step, all from one snapshot. */
#include "base/csv.h"
#include "base/times.h"
#include "engine/csv_table.h"

#define PAGE 500
#define PAGE_BYTES_MAX ((size_t)64 << 20)
#define MEMBERS_MAX 64 /* columns remote:...; with more kinds of ids than that: one of JSON */

struct csv_export {
    enum csv_kind kind;
    struct store *reader;
    struct config *config;
    struct json_doc *doc;
    struct arena arena; /* of the page */
    struct csv_writer w;
    bool has_begun, with_mark;
    int64_t after;
    /* listings: names of what their remote objects hold, found in a first pass */
    struct arena names_arena;
    struct slice names[MEMBERS_MAX];
    size_t names_count;
    bool is_scanning, has_many;
};

enum err csv_export_new(enum csv_kind kind,
                        struct store *reader,
                        const struct vault *vault,
                        bool with_mark,
                        struct csv_export **out)
{
    struct csv_export *x = calloc(1, sizeof(*x));
    if (!x) {
        store_close(reader);
        return ERR_MEMORY;
    }
    *x = (struct csv_export){.kind = kind,
                             .reader = reader,
                             .doc = json_doc_new(),
                             .with_mark = with_mark,
                             .is_scanning = kind == CSV_LISTINGS};
    arena_init(&x->arena, PAGE_BYTES_MAX);
    arena_init(&x->names_arena, (size_t)1 << 20);
    enum err e = x->doc ? reader->ops->begin(reader) : ERR_MEMORY;
    e = e ? e : config_load(reader, vault, &x->config); /* of the same snapshot */
    if (e) {
        csv_export_free(x);
        return e;
    }
    *out = x;
    return ERR_OK;
}

void csv_export_free(struct csv_export *x)
{
    if (x) {
        x->reader->ops->rollback(x->reader);
        store_close(x->reader);
        config_free(x->config);
        json_doc_free(x->doc);
        arena_free(&x->arena);
        arena_free(&x->names_arena);
        free(x);
    }
}

/* ---- words ---- */

static void put_names(struct csv_writer *w, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        csv_put_text(w, slice_of(names[i]));
    }
}

static void put_limit(struct csv_writer *w, int64_t value)
{
    if (value == POLICY_UNSET) {
        csv_put_empty(w);
    } else {
        csv_put_int(w, value);
    }
}

static void put_time(struct csv_export *x, int64_t time_us)
{
    char text[TIME_TEXT_MAX];
    csv_put_text(&x->w, time_us ? time_format(time_us, text) : SLICE(""));
}

static struct slice location_code(const struct csv_export *x, struct location_id id)
{
    const struct location_row *row = config_location(x->config, id);
    return row ? row->code : SLICE("");
}

static struct slice channel_code(const struct csv_export *x, struct channel_id id)
{
    const struct channel_config *channel = config_channel(x->config, id);
    return channel ? channel->row.code : SLICE("");
}

/* The SKUs of a page's rows, by one look-up; parallel to ids. */
static enum err
load_skus(struct csv_export *x, const struct sku_id *ids, size_t count, struct sku_row ***out)
{
    *out = ARENA_ARRAY(&x->arena, count + 1, struct sku_row *);
    return *out ? x->reader->ops->skus(x->reader, ids, count, &x->arena, *out) : ERR_LIMIT;
}

/* ---- SKUs, bundles, stock: over the SKUs ---- */

static void put_sku(struct csv_export *x, const struct sku_row *row)
{
    struct csv_writer *w = &x->w;
    csv_put_text(w, row->code);
    csv_put_text(w, row->title);
    csv_put_text(w, row->product);
    csv_put_text(w, row->options.n && !slice_is(row->options, "{}") ? row->options : SLICE(""));
    csv_put_text(w, row->barcode);
    put_limit(w, row->buffer);
    csv_put_text(w, row->backorder ? SLICE("backorder") : SLICE("deny"));
    csv_end_record(w);
}

static enum err put_recipe(struct csv_export *x, const struct sku_row *row)
{
    struct sku_id *ids = ARENA_ARRAY(&x->arena, row->parts_count + 1, struct sku_id);
    struct sku_row **parts;
    for (size_t i = 0; ids && i < row->parts_count; i++) {
        ids[i] = row->parts[i].sku;
    }
    enum err e = ids ? load_skus(x, ids, row->parts_count, &parts) : ERR_LIMIT;
    for (size_t i = 0; !e && i < row->parts_count; i++) {
        csv_put_text(&x->w, row->code);
        csv_put_text(&x->w, parts[i] ? parts[i]->code : SLICE(""));
        csv_put_int(&x->w, row->parts[i].quantity);
        csv_end_record(&x->w);
    }
    return e;
}

static void put_place(struct csv_export *x,
                      const struct sku_row *sku,
                      const struct location_row *location,
                      const struct stock *stock)
{
    const struct stock none = {0};
    struct csv_writer *w = &x->w;
    stock = stock ? stock : &none;
    csv_put_text(w, sku->code);
    csv_put_text(w, location->code);
    csv_put_int(w, stock_on_hand(stock));
    csv_put_int(w, stock->available);
    csv_put_int(w, stock->held);
    csv_put_int(w, stock->reserved);
    csv_put_int(w, stock->unavailable);
    csv_put_int(w, stock->in_transit);
    for (int i = 0; i < 4; i++) {
        csv_put_empty(w); /* counted, expected, counted_at, reason: for whoever counts */
    }
    csv_end_record(w);
}

static bool is_nothing(const struct stock *stock)
{
    return !stock || (!stock->available && !stock->held && !stock->reserved &&
                      !stock->unavailable && !stock->in_transit);
}

static enum err put_stocks(struct csv_export *x, const struct rows *skus)
{
    struct sku_id *ids = ARENA_ARRAY(&x->arena, skus->count + 1, struct sku_id);
    struct stock_set set;
    for (size_t i = 0; ids && i < skus->count; i++) {
        ids[i] = ((const struct sku_row *)skus->items[i])->id;
    }
    stock_set_init(&set, &x->arena);
    enum err e = ids ? x->reader->ops->stock(x->reader, ids, skus->count, &set) : ERR_LIMIT;
    for (size_t i = 0; !e && i < skus->count; i++) {
        const struct sku_row *sku = skus->items[i];
        for (size_t l = 0; sku->parts_count == 0 && l < x->config->locations_count; l++) {
            const struct location_row *location = x->config->locations[l];
            const struct stock *stock = stock_set_find(&set, sku->id, location->id);
            if (location->is_active || !is_nothing(stock)) {
                put_place(x, sku, location, stock);
            }
        }
    }
    stock_set_free(&set);
    return e;
}

static enum err step_skus(struct csv_export *x, size_t *out_count)
{
    const struct store_query q = {.after = x->after, .limit = PAGE};
    struct rows rows = {0};
    enum err e = x->reader->ops->list_skus(x->reader, &q, &x->arena, &rows);
    *out_count = rows.count;
    if (!e && x->kind == CSV_STOCK) {
        e = put_stocks(x, &rows);
    }
    for (size_t i = 0; !e && i < rows.count; i++) {
        const struct sku_row *row = rows.items[i];
        x->after = row->id.v;
        if (x->kind == CSV_SKUS) {
            put_sku(x, row);
        } else if (x->kind == CSV_BUNDLES) {
            e = put_recipe(x, row);
        }
    }
    return e;
}

/* ---- listings ---- */

static void remember_name(struct csv_export *x, struct slice name)
{
    for (size_t i = 0; i < x->names_count; i++) {
        if (slice_equal(x->names[i], name)) {
            return;
        }
    }
    if (x->names_count == MEMBERS_MAX) {
        x->has_many = true;
        return;
    }
    x->names[x->names_count++] = arena_copy(&x->names_arena, name);
}

static enum err scan_remote(struct csv_export *x, const struct listing_row *row)
{
    struct json remote;
    struct err_note note;
    if (json_parse(x->doc, row->remote, &remote, &note)) {
        return ERR_CORRUPT;
    }
    for (struct json_iter i = json_iter(remote); json_next(&i);) {
        remember_name(x, i.key);
        x->has_many |= json_type(i.value) != JSON_TEXT; /* no cell could say that */
    }
    return ERR_OK;
}

static enum err put_remote(struct csv_export *x, const struct listing_row *row)
{
    struct json remote;
    struct err_note note;
    if (x->has_many) {
        csv_put_text(&x->w, row->remote);
        return ERR_OK;
    }
    if (json_parse(x->doc, row->remote, &remote, &note)) {
        return ERR_CORRUPT;
    }
    for (size_t i = 0; i < x->names_count; i++) {
        struct slice text = {0};
        (void)json_text(json_get(remote, x->names[i].p), &text); /* a copy ends with NUL */
        csv_put_text(&x->w, text);
    }
    return ERR_OK;
}

static enum err
put_listing(struct csv_export *x, const struct listing_row *row, const struct sku_row *sku)
{
    struct csv_writer *w = &x->w;
    csv_put_text(w, channel_code(x, row->channel));
    csv_put_text(w, sku ? sku->code : SLICE(""));
    enum err e = put_remote(x, row);
    csv_put_text(w, row->location.v ? location_code(x, row->location) : SLICE(""));
    csv_put_int(w, row->pack_size);
    put_limit(w, row->buffer);
    put_limit(w, row->percent);
    put_limit(w, row->cap);
    put_limit(w, row->min_to_list);
    csv_put_text(w, row->paused ? SLICE("true") : SLICE("false"));
    csv_end_record(w);
    return e;
}

static enum err step_listings(struct csv_export *x, size_t *out_count)
{
    const struct store_query q = {.after = x->after, .limit = PAGE};
    struct rows rows = {0};
    struct sku_id ids[PAGE];
    struct sku_row **skus;
    enum err e = x->reader->ops->list_listings(x->reader, &q, &x->arena, &rows);
    for (size_t i = 0; !e && i < rows.count; i++) {
        ids[i] = ((const struct listing_row *)rows.items[i])->sku;
    }
    e = e ? e : load_skus(x, ids, x->is_scanning ? 0 : rows.count, &skus);
    for (size_t i = 0; !e && i < rows.count; i++) {
        const struct listing_row *row = rows.items[i];
        x->after = row->id.v;
        e = x->is_scanning ? scan_remote(x, row) : put_listing(x, row, skus[i]);
    }
    *out_count = rows.count;
    return e;
}

/* ---- movements ---- */

static void put_account(struct csv_export *x, struct account_of account)
{
    struct slice text = slice_of(bucket_text(account.bucket));
    if (account.bucket != BUCKET_OUTSIDE) {
        struct slice code = location_code(x, account.location);
        text = arena_printf(&x->arena, "%.*s/%.*s", SLICE_ARG(code), SLICE_ARG(text));
    }
    csv_put_text(&x->w, text);
}

static void
put_movement(struct csv_export *x, const struct movement_row *row, const struct sku_row *sku)
{
    const struct movement *m = &row->movement;
    struct csv_writer *w = &x->w;
    csv_put_int(w, row->n);
    csv_put_text(w, slice_of(movement_kind_text(m->kind)));
    csv_put_text(w, sku ? sku->code : SLICE(""));
    csv_put_text(w, location_code(x, csv_movement_location(m)));
    csv_put_int(w, csv_movement_quantity(m));
    csv_put_text(w, m->reason);
    csv_put_text(w, m->reference);
    put_time(x, m->happened_at_us);
    put_time(x, row->recorded_at_us);
    put_account(x, m->from);
    put_account(x, m->to);
    csv_put_text(w, m->channel.v ? channel_code(x, m->channel) : SLICE(""));
    csv_put_text(w, m->order);
    csv_end_record(w);
}

static enum err step_movements(struct csv_export *x, size_t *out_count)
{
    const struct store_query q = {.after = x->after, .limit = PAGE};
    struct rows rows = {0};
    struct sku_id ids[PAGE];
    struct sku_row **skus = NULL;
    enum err e = x->reader->ops->list_movements(x->reader, &q, &x->arena, &rows);
    for (size_t i = 0; !e && i < rows.count; i++) {
        ids[i] = ((const struct movement_row *)rows.items[i])->movement.sku;
    }
    e = e ? e : load_skus(x, ids, rows.count, &skus);
    for (size_t i = 0; !e && i < rows.count; i++) {
        const struct movement_row *row = rows.items[i];
        x->after = row->n;
        put_movement(x, row, skus[i]);
    }
    *out_count = rows.count;
    return e;
}

/* ---- the whole ---- */

static void put_header(struct csv_export *x)
{
    static const char *const skus[] = {
        "sku", "title", "product", "options", "barcode", "buffer", "oversell"};
    static const char *const stock[] = {"sku",
                                        "location",
                                        "on_hand",
                                        "available",
                                        "held",
                                        "reserved",
                                        "unavailable",
                                        "in_transit",
                                        "counted",
                                        "expected",
                                        "counted_at",
                                        "reason"};
    static const char *const policy[] = {
        "location", "pack_size", "buffer", "percent", "cap", "min_to_list", "paused"};
    static const char *const bundles[] = {"sku", "component", "quantity"};
    static const char *const movements[] = {"id",
                                            "kind",
                                            "sku",
                                            "location",
                                            "quantity",
                                            "reason",
                                            "reference",
                                            "happened_at",
                                            "recorded_at",
                                            "from",
                                            "to",
                                            "channel",
                                            "order"};
    struct csv_writer *w = &x->w;
    if (x->with_mark) {
        buf_text(w->out, "\xEF\xBB\xBF");
    }
    switch (x->kind) {
    case CSV_SKUS:
        put_names(w, skus, COUNT_OF(skus));
        break;
    case CSV_STOCK:
        put_names(w, stock, COUNT_OF(stock));
        break;
    case CSV_LISTINGS:
        csv_put_text(w, SLICE("channel"));
        csv_put_text(w, SLICE("sku"));
        if (x->has_many) {
            csv_put_text(w, SLICE("remote"));
        }
        for (size_t i = 0; !x->has_many && i < x->names_count; i++) {
            csv_put_text(w, arena_printf(&x->arena, "remote:%.*s", SLICE_ARG(x->names[i])));
        }
        put_names(w, policy, COUNT_OF(policy));
        break;
    case CSV_BUNDLES:
        put_names(w, bundles, COUNT_OF(bundles));
        break;
    case CSV_MOVEMENTS:
        put_names(w, movements, COUNT_OF(movements));
        break;
    case CSV_KINDS:
        must(!"a table of no kind");
    }
    csv_end_record(w);
}

static enum err step(struct csv_export *x, size_t *out_count)
{
    if (x->kind == CSV_LISTINGS) {
        return step_listings(x, out_count);
    }
    return x->kind == CSV_MOVEMENTS ? step_movements(x, out_count) : step_skus(x, out_count);
}

enum err csv_export_step(struct csv_export *x, struct buf *out, bool *out_done)
{
    size_t count = 0;
    arena_clear(&x->arena);
    x->w = csv_writer(out);
    if (!x->is_scanning && !x->has_begun) {
        put_header(x);
        x->has_begun = true;
    }
    enum err e = step(x, &count);
    if (x->arena.exhausted || out->overflow) {
        e = e ? e : ERR_LIMIT;
    }
    if (!e && x->is_scanning && count < PAGE) { /* all names are known: from the beginning */
        x->is_scanning = false;
        x->after = 0;
        *out_done = false;
        return ERR_OK;
    }
    *out_done = count < PAGE;
    return e;
}
