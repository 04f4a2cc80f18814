/* SPDX-License-Identifier: Apache-2.0 */
/* Finding SKUs, and looking at them as the stock list does. */
#include "core/search.h"
#include "store/mem/mem_internal.h"

#define KEY_MAX 64
#define ALIASES_TEXT_MAX SEARCH_TEXT_MAX

/* A look at one SKU's rows in an index that begins with its id; each is shown to `see`. */
struct look {
    struct slice prefix;
    void (*see)(void *arg, const void *row);
    void *arg;
};

static bool visit(void *arg, struct slice key, void *row)
{
    const struct look *look = arg;
    if (key.n < look->prefix.n ||
        !slice_equal((struct slice){key.p, look->prefix.n}, look->prefix)) {
        return false;
    }
    look->see(look->arg, row);
    return true;
}

/* With a key of its own: the store's scratch may belong to a scan that this is a part of. */
static void look_at(const struct mem_view *view,
                    int tree,
                    int64_t id,
                    void (*see)(void *arg, const void *row),
                    void *arg)
{
    ON_EXIT(buf_free) struct buf key;
    buf_init(&key, KEY_MAX);
    mem_key(&key, "i", id);
    must(!key.overflow);
    struct look look = {.prefix = buf_view(&key), .see = see, .arg = arg};
    mem_tree_walk(view->state->trees[tree], look.prefix, false, visit, &look);
}

/* ---- finding ---- */

struct finder {
    const struct mem_view *view;
    struct search search;
};

struct aliases {
    char text[ALIASES_TEXT_MAX];
    size_t n;
};

static void see_alias(void *arg, const void *row)
{
    struct aliases *all = arg;
    struct slice code = ((const struct alias_row *)row)->code;
    if (all->n + code.n + 1 <= sizeof(all->text)) {
        memcpy(all->text + all->n, code.p, code.n);
        all->n += code.n;
        all->text[all->n++] = '\n';
    }
}

static bool wants_sku(const void *arg, const void *item)
{
    const struct finder *finder = arg;
    const struct sku_row *row = &((const struct mem_sku *)item)->row;
    struct aliases aliases = {.n = 0};
    if (finder->search.words_count) {
        look_at(finder->view, INDEX_ALIAS_SKU, row->id.v, see_alias, &aliases);
    }
    const struct slice texts[] = {
        row->code, row->title, row->product, row->barcode, {aliases.text, aliases.n}};
    return search_finds(&finder->search, texts, COUNT_OF(texts));
}

static enum err
list_skus(struct store *store, const struct store_query *q, struct arena *arena, struct rows *out)
{
    struct mem_store *m = mem_of(store);
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(m);
    struct finder finder = {.view = &view};
    search_init(&finder.search, q->text);
    struct mem_scan scan = {.m = m,
                            .view = &view,
                            .tree = TABLE_SKU,
                            .limit = q->limit,
                            .down = q->newest_first,
                            .beyond = true,
                            .wants = wants_sku,
                            .load = mem_load_sku,
                            .arg = &finder};
    int64_t start = q->after == 0 ? (q->newest_first ? INT64_MAX : INT64_MIN) : q->after;
    return mem_scan(&scan, arena, out, 0, "i", start);
}

/* ---- lines ---- */

struct lines {
    const struct mem_view *view;
    const struct stock_line_query *q;
    struct finder finder;
    struct arena *arena;
    struct rows *out;
    enum err err;
};

static void see_stock(void *arg, const void *row)
{
    struct stock_line *line = arg;
    const struct mem_stock *stock = row;
    line->available += stock->available;
    line->reserved += stock->reserved;
    line->on_hand += stock->available + stock->held + stock->reserved + stock->unavailable;
}

static void see_difference(void *arg, const void *row)
{
    *(bool *)arg = ((const struct difference_row *)row)->ended_at_us == 0; /* the last one's */
}

struct seeing {
    struct lines *lines;
    struct stock_line *line;
};

static void see_listing(void *arg, const void *row)
{
    const struct seeing *seeing = arg;
    const struct listing_row *listing = row;
    struct stock_line *line = seeing->line;
    unsigned parts = seeing->lines->q->parts;
    int64_t at = listing->published_at_us > listing->observed_at_us ? listing->published_at_us
                                                                    : listing->observed_at_us;
    if (parts & STOCK_LINE_SEEN) {
        line->seen_at_us = line->listings == 0 || at < line->seen_at_us ? at : line->seen_at_us;
    }
    if (parts & STOCK_LINE_DIFFERS) {
        bool differs = false;
        look_at(
            seeing->lines->view, INDEX_DIFFERENCE_LISTING, listing->id.v, see_difference, &differs);
        line->differs = line->differs || differs;
    }
    line->listings++;
}

static bool see_sku(void *arg, struct slice key, void *item)
{
    struct lines *lines = arg;
    const struct stock_line_query *q = lines->q;
    const struct sku_row *row = &((const struct mem_sku *)item)->row;
    (void)key;
    if (row->id.v <= q->after.v || row->id.v > q->through.v) {
        return row->id.v <= q->after.v;
    }
    if (!wants_sku(&lines->finder, item)) {
        return true;
    }
    struct stock_line *line = ARENA_NEW(lines->arena, struct stock_line);
    if (line) {
        *line = (struct stock_line){.sku = row->id,
                                    .code_key = arena_copy(lines->arena, row->code_key),
                                    .is_bundle = row->parts_count > 0};
        if (q->parts & STOCK_LINE_UNITS) {
            look_at(lines->view, TABLE_STOCK, row->id.v, see_stock, line);
        }
        if (q->parts & (STOCK_LINE_LISTINGS | STOCK_LINE_SEEN | STOCK_LINE_DIFFERS)) {
            look_at(lines->view,
                    INDEX_LISTING_SKU,
                    row->id.v,
                    see_listing,
                    &(struct seeing){lines, line});
        }
        line->listings = q->parts & STOCK_LINE_LISTINGS ? line->listings : 0;
    }
    if (!line || !rows_add(lines->out, lines->arena, line) || lines->arena->exhausted) {
        lines->err = ERR_LIMIT;
        return false;
    }
    return true;
}

static enum err stock_lines(struct store *store,
                            const struct stock_line_query *q,
                            struct arena *arena,
                            struct rows *out)
{
    ON_EXIT(mem_view_end) struct mem_view view = mem_view(mem_of(store));
    ON_EXIT(buf_free) struct buf key;
    struct lines lines = {
        .view = &view, .q = q, .finder = {.view = &view}, .arena = arena, .out = out};
    search_init(&lines.finder.search, q->text);
    buf_init(&key, KEY_MAX);
    mem_key(&key, "i", q->after.v);
    mem_tree_walk(view.state->trees[TABLE_SKU], buf_view(&key), false, see_sku, &lines);
    return lines.err;
}

void mem_sku_list_ops(struct store_ops *ops)
{
    ops->list_skus = list_skus;
    ops->stock_lines = stock_lines;
}
