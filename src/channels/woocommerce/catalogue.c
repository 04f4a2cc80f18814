/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: pages of products, and behind each page the variations of its variable products.
 *
 * Cursor, while it is not empty:
 *   p/<page>                                         a page of products
 *   v/<products page after>/<page>/<parent>;...      a page of the first parent's variations
 * <products page after> is 0 when the products are through. A parent is "id,sku,name", the texts
 * percent-encoded: the variations' own answer names neither, and both are needed (a variation
 * without a SKU reports its parent's).
 *
 * Pages go by number and id. A product deleted meanwhile shifts the later ones, and the next import
 * finds what this one skipped.
 */
#include "base/crypto.h"
#include "base/json_write.h"
#include "channels/woocommerce/woo.h"

#define PRODUCT_FIELDS                                                                             \
    "id,type,name,sku,global_unique_id,manage_stock,stock_quantity,stock_status,variations"
#define VARIATION_FIELDS                                                                           \
    "id,name,sku,global_unique_id,manage_stock,stock_quantity,stock_status,attributes"
#define OPTIONS_MAX 8192
#define CURSOR_MAX (1024 * 1024)

struct position {
    bool is_variations;
    int64_t page;          /* of what is read now */
    int64_t products_next; /* the page of products after these variations; 0: none */
    int64_t parent;
    struct slice parent_sku, parent_name;
    struct slice parents_left; /* behind the first */
};

static bool parent_parse(struct slice text, struct arena *arena, struct position *out)
{
    struct slice id, sku;

    return slice_cut(&text, ',', &id) && slice_cut(&text, ',', &sku) &&
           slice_int(id, &out->parent) && out->parent > 0 &&
           percent_decode(arena, sku, &out->parent_sku) &&
           percent_decode(arena, text, &out->parent_name);
}

static bool position_parse(struct slice cursor, struct arena *arena, struct position *out)
{
    struct position at = {.page = 1};
    struct slice kind, next, page, first;

    if (cursor.n) {
        if (!slice_cut(&cursor, '/', &kind)) {
            return false;
        }
        if (slice_is(kind, "p")) {
            if (!slice_int(cursor, &at.page)) {
                return false;
            }
        } else {
            at.is_variations = true;
            if (!slice_is(kind, "v") || !slice_cut(&cursor, '/', &next) ||
                !slice_cut(&cursor, '/', &page) || !slice_int(next, &at.products_next) ||
                !slice_int(page, &at.page) || at.products_next < 0) {
                return false;
            }
            slice_cut(&cursor, ';', &first);
            at.parents_left = cursor;
            if (!parent_parse(first, arena, &at)) {
                return false;
            }
        }
    }
    if (at.page < 1 || at.page > QTY_MAX || at.products_next > QTY_MAX) {
        return false;
    }
    *out = at;
    return true;
}

enum err woo_build_catalogue(const struct account *account,
                             const struct step *step,
                             struct arena *arena,
                             struct http_request *out)
{
    struct woo_call call = {.method = "GET", .path = SLICE("/products")};
    struct position at;

    if (!position_parse(step->cursor, arena, &at)) {
        return ERR_USAGE;
    }
    if (at.is_variations) {
        call.path = arena_printf(arena, "/products/%" PRId64 "/variations", at.parent);
    }
    woo_param(&call, "per_page", SLICE("100"));
    woo_param(&call, "page", arena_printf(arena, "%" PRId64, at.page));
    woo_param(&call, "orderby", SLICE("id"));
    woo_param(&call, "order", SLICE("asc"));
    woo_param(&call, "status", SLICE("any"));
    woo_param(&call, "_fields", at.is_variations ? SLICE(VARIATION_FIELDS) : SLICE(PRODUCT_FIELDS));
    return woo_request(account, &call, step->now_us, step->nonce, arena, out);
}

/* What products and variations have in common. False: no id. */
static bool
item_read(struct json row, int64_t parent, struct arena *arena, struct catalogue_item *out)
{
    struct woo_stock stock = woo_stock_read(row);
    struct woo_key key = {.product = parent};
    struct slice text = {0};

    if (!woo_id(json_get(row, "id"), parent ? &key.variation : &key.product)) {
        return false;
    }
    *out = (struct catalogue_item){
        .remote = woo_remote_text(arena, key),
        .key = woo_key_text(arena, key),
        .count = stock.count,
        .count_known = stock.is_known,
        .is_managed = stock.is_managed,
        .parent_managed = stock.parent_managed,
    };
    out->stock_key = out->key;
    if (json_text(json_get(row, "sku"), &text)) {
        out->sku = arena_copy(arena, slice_trim(text));
    }
    if (json_text(json_get(row, "name"), &text)) {
        out->title = arena_copy(arena, text);
    }
    if (json_text(json_get(row, "global_unique_id"), &text)) {
        out->barcode = arena_copy(arena, text);
    }
    return true;
}

/* [{"name":"Size","option":"S"}, ...] as {"Size":"S"}; a name given twice counts once. */
static struct slice options_text(struct json attributes, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;
    struct slice names[32];
    size_t count = 0;

    buf_init(&text, OPTIONS_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    for (struct json_iter i = json_iter(attributes); json_next(&i) && count < COUNT_OF(names);) {
        struct slice name, option;
        bool is_new = json_text(json_get(i.value, "name"), &name) &&
                      json_text(json_get(i.value, "option"), &option) && name.n && option.n;
        for (size_t k = 0; is_new && k < count; k++) {
            is_new = !slice_equal(names[k], name);
        }
        if (is_new) {
            names[count++] = name;
            json_key_slice(&w, name);
            json_put_text(&w, option);
        }
    }
    json_end_object(&w);
    return text.overflow ? SLICE("{}") : arena_copy(arena, buf_view(&text));
}

struct products {
    struct catalogue_item *items;
    size_t items_count;
    struct buf parents; /* "id,sku,name;..." of the variable ones */
};

/*
 * A variable product sells nothing itself; it is listed when it manages the stock that its
 * variations share, so that the pool can be mapped. Grouped and external products hold no stock.
 */
static void product_read(struct json row, struct arena *arena, struct products *out)
{
    struct catalogue_item item;
    struct slice type = {0};
    struct woo_key key;

    json_text(json_get(row, "type"), &type);
    if (slice_is(type, "grouped") || slice_is(type, "external") ||
        !item_read(row, 0, arena, &item) || !woo_key_parse(item.key, &key)) {
        return;
    }
    bool has_variations = json_count(json_get(row, "variations")) > 0;
    item.product = item.title;
    if (!(has_variations || slice_is(type, "variable")) || item.is_managed) {
        out->items[out->items_count++] = item;
    }
    if (has_variations) {
        if (out->parents.n) {
            buf_char(&out->parents, ';');
        }
        buf_int(&out->parents, key.product);
        buf_char(&out->parents, ',');
        buf_slice(&out->parents, percent_encode(arena, item.sku));
        buf_char(&out->parents, ',');
        buf_slice(&out->parents, percent_encode(arena, item.title));
    }
}

/* Whether more pages follow: as the headers say, else when the page is full. */
static bool has_more(const struct http_response *response, int64_t page, size_t rows)
{
    struct slice text =
        http_header_get(response->headers, response->headers_count, "X-WP-TotalPages");
    int64_t pages = 0;

    return slice_int(text, &pages) ? page < pages : rows >= WOO_PAGE;
}

static struct slice products_cursor(struct arena *arena, int64_t page)
{
    return page ? arena_printf(arena, "p/%" PRId64, page) : (struct slice){0};
}

static enum err products_read(const struct http_response *response,
                              struct json rows,
                              const struct position *at,
                              struct arena *arena,
                              struct catalogue_page *out)
{
    size_t count = json_count(rows);
    int64_t next = has_more(response, at->page, count) ? at->page + 1 : 0;
    struct products products = {.items = ARENA_ARRAY(arena, count, struct catalogue_item)};
    enum err e = ERR_OK;

    if (!products.items) {
        return ERR_LIMIT;
    }
    buf_init(&products.parents, CURSOR_MAX);
    for (struct json_iter i = json_iter(rows); json_next(&i) && products.items_count < count;) {
        product_read(i.value, arena, &products);
    }
    out->items = products.items;
    out->items_count = products.items_count;
    if (!slice_int(http_header_get(response->headers, response->headers_count, "X-WP-Total"),
                   &out->total) ||
        out->total < 0) {
        out->total = 0;
    }
    if (products.parents.n) {
        struct slice parents = buf_view(&products.parents);
        out->next = arena_printf(arena, "v/%" PRId64 "/1/%.*s", next, SLICE_ARG(parents));
    } else {
        out->next = products_cursor(arena, next);
    }
    if (products.parents.overflow || arena->exhausted) {
        e = ERR_LIMIT;
    }
    buf_free(&products.parents);
    return e;
}

/* The next page of this parent, else the next parent, else the next page of products. */
static struct slice
variations_cursor(const struct position *at, struct slice cursor, bool more, struct arena *arena)
{
    struct slice skipped;

    if (more) {
        slice_cut(&cursor, '/', &skipped);
        slice_cut(&cursor, '/', &skipped);
        slice_cut(&cursor, '/', &skipped);
        return arena_printf(arena,
                            "v/%" PRId64 "/%" PRId64 "/%.*s",
                            at->products_next,
                            at->page + 1,
                            SLICE_ARG(cursor));
    }
    if (at->parents_left.n) {
        return arena_printf(
            arena, "v/%" PRId64 "/1/%.*s", at->products_next, SLICE_ARG(at->parents_left));
    }
    return products_cursor(arena, at->products_next);
}

static enum err variations_read(const struct http_response *response,
                                struct json rows,
                                const struct position *at,
                                struct slice cursor,
                                struct arena *arena,
                                struct catalogue_page *out)
{
    size_t count = json_count(rows);
    struct catalogue_item *items = ARENA_ARRAY(arena, count, struct catalogue_item);
    struct slice product = arena_copy(arena, at->parent_name);
    size_t n = 0;

    if (!items) {
        return ERR_LIMIT;
    }
    for (struct json_iter i = json_iter(rows); json_next(&i) && n < count;) {
        if (!item_read(i.value, at->parent, arena, &items[n])) {
            continue;
        }
        if (slice_equal(items[n].sku, at->parent_sku)) {
            items[n].sku = (struct slice){0}; /* it has none: this is the parent's */
        }
        items[n].product = product;
        items[n].options = options_text(json_get(i.value, "attributes"), arena);
        n++;
    }
    out->items = items;
    out->items_count = n;
    out->next = variations_cursor(at, cursor, has_more(response, at->page, count), arena);
    return arena->exhausted ? ERR_LIMIT : ERR_OK;
}

enum err woo_read_catalogue(const struct account *account,
                            const struct step *step,
                            const struct http_response *response,
                            struct json_doc *doc,
                            struct arena *arena,
                            struct catalogue_page *out,
                            struct channel_signal *out_signal,
                            struct err_note *note)
{
    (void)account;
    struct woo_answer answer = woo_answer_read(response, doc, arena, out_signal);
    struct catalogue_page page = {0};
    struct position at;
    enum err e;

    if (!position_parse(step->cursor, arena, &at)) {
        return err_note(note, ERR_USAGE, "not a cursor of this catalogue");
    }
    bool is_gone = at.is_variations && answer.verdict == WOO_REFUSED && answer.status == 404;
    if (is_gone) {
        /* The product was deleted while its page was read: the import goes on behind it. */
        page.next = variations_cursor(&at, step->cursor, false, arena);
        *out = page;
        return ERR_OK;
    }
    if (answer.verdict != WOO_JSON) {
        return woo_answer_fault(&answer, out_signal, note);
    }
    if (json_type(answer.root) != JSON_ARRAY) {
        return err_note(note, ERR_PARSE, "the page of the catalogue is not a list");
    }
    e = at.is_variations ? variations_read(response, answer.root, &at, step->cursor, arena, &page)
                         : products_read(response, answer.root, &at, arena, &page);
    if (e) {
        return err_note(note, e, "a page of the catalogue larger than an answer may be");
    }
    *out = page;
    return ERR_OK;
}
