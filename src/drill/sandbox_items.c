/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_items - what the shops sell, the SKUs they share, and the sums over all of them. */
#include "drill/sandbox_inner.h"

bool sandbox_grow(void **array, size_t count, size_t *cap, size_t size)
{
    if (count < *cap) {
        return true;
    }
    size_t bigger = *cap ? *cap * 2 : 16;
    void *p = realloc(*array, bigger * size);
    if (!p) {
        return false;
    }
    *array = p;
    *cap = bigger;
    return true;
}

static struct slice keep(struct sandbox *sandbox, struct slice text)
{
    return arena_copy(&sandbox->arena, text);
}

static struct product *product_add(struct shop *shop, const struct sandbox_item *item)
{
    struct product *product = ARENA_NEW(&shop->sandbox->arena, struct product);
    if (!product || !GROW(shop->products, shop->products_count, shop->products_cap)) {
        return NULL;
    }
    product->shop = shop;
    product->index = shop->products_count;
    product->title = keep(shop->sandbox, item->product);
    product->is_simple = item->title.n == 0;
    product->is_pool = item->mode == STOCK_POOL;
    product->count = product->is_pool ? item->count : 0;
    product->created_us = shop_now_us(shop);
    product->changed_us = product->created_us;
    product->id = shop->product_base + 2 * (int64_t)product->index;
    if (shop->platform->product_init && !shop->platform->product_init(product)) {
        return NULL;
    }
    if (!map_set(&shop->by_product, product->title, product)) {
        return NULL;
    }
    shop->products[shop->products_count++] = product;
    return product;
}

/* {"Size":"M"} once, so that nobody parses it again. */
static void options_read(struct sandbox *sandbox, struct item *item)
{
    struct json root;
    struct err_note note;
    if (item->options_text.n == 0 || json_parse(sandbox->doc, item->options_text, &root, &note)) {
        return;
    }
    for (struct json_iter i = json_iter(root); json_next(&i);) {
        struct slice value;
        if (item->options_count < OPTIONS_MAX && json_text(i.value, &value)) {
            item->options[item->options_count++] = (struct item_option){
                .name = keep(sandbox, i.key),
                .value = keep(sandbox, value),
            };
        }
    }
}

static bool sku_row_join(struct sandbox *sandbox, struct item *item)
{
    struct sku_row *row = map_get(&sandbox->by_sku, item->sku);
    if (!row) {
        row = ARENA_NEW(&sandbox->arena, struct sku_row);
        if (!row) {
            return false;
        }
        row->sku = item->sku;
        row->stock = -1;
        if (!map_set(&sandbox->by_sku, row->sku, row)) {
            return false;
        }
    }
    item->row = row;
    item->same_next = row->items;
    row->items = item;
    return true;
}

static bool item_make(struct shop *shop, const struct sandbox_item *from)
{
    struct sandbox *sandbox = shop->sandbox;
    struct item *item = ARENA_NEW(&sandbox->arena, struct item);
    struct product *product = map_get(&shop->by_product, from->product);
    if (!product) {
        product = product_add(shop, from);
    }
    if (!item || !product || !GROW(shop->items, shop->items_count, shop->items_cap) ||
        !GROW(product->items, product->items_count, product->items_cap)) {
        return false;
    }
    item->shop = shop;
    item->product = product;
    item->index = shop->items_count;
    item->sku = keep(sandbox, from->sku);
    item->title = keep(sandbox, from->title);
    item->options_text = keep(sandbox, from->options.n ? from->options : SLICE("{}"));
    item->barcode = keep(sandbox, from->barcode);
    item->price = keep(sandbox, from->price.n ? from->price : SLICE("10.00"));
    item->mode = from->mode;
    item->count = from->mode == STOCK_MANAGED ? from->count : 0;
    item->changed_us = shop_now_us(shop);
    item->count_us = item->changed_us;
    options_read(sandbox, item);
    item->id = shop->item_base + 2 * (int64_t)item->index;
    item->inventory_id = shop->inventory_base + 2 * (int64_t)item->index;
    if (shop->platform->item_init && !shop->platform->item_init(item)) {
        return false;
    }
    if (sandbox->arena.exhausted) {
        return false;
    }
    if (item->sku.n > 0 &&
        (!map_set(&shop->by_sku, item->sku, item) || !sku_row_join(sandbox, item))) {
        return false;
    }
    shop->items[shop->items_count++] = item;
    product->items[product->items_count++] = item;
    return true;
}

enum err shop_item_add(struct shop *shop, const struct sandbox_item *item, struct err_note *note)
{
    if (shop->items_count >= shop->sandbox->items_max) {
        return err_note(
            note, ERR_LIMIT, "a shop holds at most %zu items", shop->sandbox->items_max);
    }
    if (item->product.n == 0) {
        return err_note(note, ERR_USAGE, "an item needs a product");
    }
    struct product *product = map_get(&shop->by_product, item->product);
    if (product && (product->is_simple || item->title.n == 0)) {
        return err_note(note,
                        ERR_USAGE,
                        "'%.*s': only items with titles of their own can share a product",
                        SLICE_ARG(item->product));
    }
    if (item->sku.n > 0 && map_get(&shop->by_sku, item->sku)) {
        return err_note(note, ERR_USAGE, "the shop has '%.*s' already", SLICE_ARG(item->sku));
    }
    return item_make(shop, item) ? ERR_OK : err_note(note, ERR_MEMORY, "no memory for an item");
}

/* ---- looking ---- */

struct item *item_find(const struct shop *shop, struct slice sku)
{
    return sku.n ? map_get(&shop->by_sku, sku) : NULL;
}

int64_t *item_carrier(struct item *item)
{
    return item->mode == STOCK_POOL ? &item->product->count : &item->count;
}

size_t shop_items_count(const struct shop *shop)
{
    return shop->items_count;
}

static void item_show(struct item *item, struct shop_item *out)
{
    bool is_product = item->shop->platform->simple_is_product && item->product->is_simple;
    *out = (struct shop_item){
        .sku = item->sku,
        .title = item->title,
        .product = item->product->title,
        .options = item->options_text,
        .barcode = item->barcode,
        .product_id = item->product->id,
        .variant_id = is_product ? 0 : item->id,
        .inventory_item_id = item->inventory_id,
        .index = item->index,
        .count = *item_carrier(item),
        .sold = item->sold,
        .writes = item->writes,
    };
}

bool shop_item_at(const struct shop *shop, size_t index, struct shop_item *out)
{
    if (index >= shop->items_count) {
        return false;
    }
    item_show(shop->items[index], out);
    return true;
}

bool shop_item_find(const struct shop *shop, struct slice sku, struct shop_item *out)
{
    struct item *item = item_find(shop, sku);
    if (!item) {
        return false;
    }
    item_show(item, out);
    return true;
}

bool shop_item_count(const struct shop *shop, struct slice sku, int64_t *out)
{
    struct item *item = item_find(shop, sku);
    if (!item) {
        return false;
    }
    *out = *item_carrier(item);
    return true;
}

void sandbox_stock_is(struct sandbox *sandbox, struct slice sku, int64_t units)
{
    struct sku_row *row = map_get(&sandbox->by_sku, sku);
    if (row) {
        row->stock = units;
    }
}

void sandbox_stock_grows(struct sandbox *sandbox, struct slice sku, int64_t units)
{
    struct sku_row *row = map_get(&sandbox->by_sku, sku);
    if (row) {
        row->stock += units;
    }
}

enum err
sandbox_catalogue_fill(struct sandbox *sandbox, uint64_t seed, size_t count, struct err_note *note)
{
    struct arena arena;
    arena_init(&arena, (size_t)256 << 20);
    struct sandbox_item *items = NULL;
    enum err e = catalogue_make(&arena, seed, count, &items);
    if (e) {
        err_note(note, e, "no memory for a catalogue of %zu items", count);
    }
    for (size_t s = 0; s < sandbox->shops_count && !e; s++) {
        for (size_t i = 0; i < count && !e; i++) {
            e = shop_item_add(sandbox->shops[s], &items[i], note);
        }
    }
    for (size_t i = 0; i < count && !e; i++) {
        sandbox_stock_is(sandbox, items[i].sku, items[i].count);
    }
    arena_free(&arena);
    return e;
}

/* ---- what happened ---- */

struct shop_stats shop_stats(const struct shop *shop)
{
    return shop->stats;
}

static void latency_add(struct sandbox *sandbox, int64_t latency_us)
{
    sandbox->latencies_us[sandbox->latencies_count++ % LATENCIES_MAX] = latency_us;
}

void sandbox_sale(struct item *item, const struct order *order, int64_t n)
{
    struct sandbox *sandbox = item->shop->sandbox;
    int64_t now_us = env_mono_us(sandbox->env);
    item->sold += n;
    if (item->row) {
        item->row->sold += n;
    }
    if (n <= 0) {
        item->shop->stats.units_back += (uint64_t)-n;
        if (sandbox->events.back) {
            sandbox->events.back(sandbox->events.arg, item->shop, item->sku, -n, now_us);
        }
        return;
    }
    item->shop->stats.units_sold += (uint64_t)n;
    item->last_sold_mono_us = now_us;
    struct item *other = item->row ? item->row->items : NULL;
    for (; other; other = other->same_next) {
        /* A listing that shows nothing already needs no write: there is no latency to measure. */
        if (other != item && other->elsewhere_us == 0 && *item_carrier(other) > 0) {
            other->elsewhere_us = now_us;
        }
    }
    if (sandbox->events.sale) {
        sandbox->events.sale(sandbox->events.arg, item->shop, order->id, item->sku, n, now_us);
    }
}

void item_written(struct item *item, int64_t before, int64_t after)
{
    struct sandbox *sandbox = item->shop->sandbox;
    int64_t now_us = env_mono_us(sandbox->env);
    item->writes++;
    item->is_marked_out = false;
    item->shop->deed_order = NULL;
    item->shop->stats.writes++;
    if (item->elsewhere_us) {
        latency_add(sandbox, now_us - item->elsewhere_us);
        item->elsewhere_us = 0;
    }
    if (sandbox->events.write) {
        sandbox->events.write(sandbox->events.arg, item->shop, item->sku, before, after, now_us);
    }
}

static void stats_add(struct shop_stats *sum, const struct shop_stats *s)
{
    sum->orders += s->orders;
    sum->units_sold += s->units_sold;
    sum->units_back += s->units_back;
    sum->refused += s->refused;
    sum->hooks_sent += s->hooks_sent;
    sum->hooks_failed += s->hooks_failed;
    sum->hooks_lost += s->hooks_lost;
    sum->hooks_duplicated += s->hooks_duplicated;
    sum->hooks_retried += s->hooks_retried;
    sum->hooks_dropped += s->hooks_dropped;
    sum->hooks_waiting += s->hooks_waiting;
    sum->hooks_flying += s->hooks_flying;
    sum->api_calls += s->api_calls;
    sum->api_refused += s->api_refused;
    sum->api_throttled += s->api_throttled;
    sum->api_failed += s->api_failed;
    sum->writes += s->writes;
    sum->writes_stale += s->writes_stale;
    sum->double_sales += s->double_sales;
    sum->orders_forgotten += s->orders_forgotten;
    sum->hooks_disabled |= s->hooks_disabled;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void latency_stats(struct sandbox *sandbox, struct sandbox_stats *out)
{
    size_t n =
        sandbox->latencies_count < LATENCIES_MAX ? (size_t)sandbox->latencies_count : LATENCIES_MAX;
    out->latencies = sandbox->latencies_count;
    if (n == 0) {
        return;
    }
    int64_t sorted[LATENCIES_MAX];
    memcpy(sorted, sandbox->latencies_us, n * sizeof(sorted[0]));
    qsort(sorted, n, sizeof(sorted[0]), by_value);
    out->latency_p50_us = sorted[n / 2];
    out->latency_p95_us = sorted[n * 95 / 100];
    out->latency_p99_us = sorted[n * 99 / 100];
    out->latency_max_us = sorted[n - 1];
}

struct sandbox_stats sandbox_stats(struct sandbox *sandbox)
{
    struct sandbox_stats out = {0};
    for (size_t i = 0; i < sandbox->shops_count; i++) {
        stats_add(&out.sum, &sandbox->shops[i]->stats);
    }
    for (size_t i = 0; i < sandbox->by_sku.items_count; i++) {
        const struct sku_row *row = sandbox->by_sku.items[i].value;
        if (row && row->stock >= 0 && row->sold > row->stock) {
            out.oversold += (uint64_t)(row->sold - row->stock);
        }
    }
    latency_stats(sandbox, &out);
    return out;
}
