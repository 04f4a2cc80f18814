/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: pages of products with their variants. Cursor: the page's number.
 *
 * inventory_tracking decides what holds the count:
 *   none      nothing does: listed, not managed
 *   product   the product; its variants are listed as parent-managed, so that a person sees why
 *             they take no number
 *   variant   each variant
 * A product without options has one variant, its base variant, that stands for the product itself:
 * it is listed as the product, unless it is tracked by variant.
 *
 * inventory_level is the default location's alone; with one mapped location it is taken for that
 * one until the first reading. A product deleted meanwhile shifts the later pages, and the next
 * import finds what this one skipped.
 */
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/bigcommerce/bigcommerce.h"

#define PAGE 50
#define PAGES_MAX INT64_C(1000000)
#define OPTIONS_MAX 8192
#define FIELDS "name,sku,upc,gtin,inventory_tracking,inventory_level,base_variant_id"

static bool page_of(struct slice cursor, int64_t *out)
{
    *out = 1;
    return !cursor.n || (slice_int(cursor, out) && *out >= 1 && *out <= PAGES_MAX);
}

enum err bc_build_catalogue(const struct account *account,
                            const struct step *step,
                            struct arena *arena,
                            struct http_request *out)
{
    int64_t page = 1;

    if (!page_of(step->cursor, &page)) {
        return ERR_USAGE;
    }
    struct slice path = arena_printf(arena,
                                     "/v3/catalog/products?include=variants&include_fields=" FIELDS
                                     "&sort=id&direction=asc&limit=%d&page=%" PRId64,
                                     PAGE,
                                     page);
    return bc_request(account, "GET", path, (struct slice){0}, arena, out);
}

enum tracking { TRACKING_NONE, TRACKING_PRODUCT, TRACKING_VARIANT };

/* "simple" and "sku" are the older names of the same. */
static enum tracking tracking_of(struct json product)
{
    struct slice text = {0};

    json_text(json_get(product, "inventory_tracking"), &text);
    if (slice_is(text, "product") || slice_is(text, "simple")) {
        return TRACKING_PRODUCT;
    }
    return slice_is(text, "variant") || slice_is(text, "sku") ? TRACKING_VARIANT : TRACKING_NONE;
}

static struct slice text_in(struct json object, const char *name, struct arena *arena)
{
    struct slice text = {0};

    return json_text(json_get(object, name), &text) && text.n ? arena_copy(arena, slice_trim(text))
                                                              : (struct slice){0};
}

static struct slice barcode_of(struct json object, struct arena *arena)
{
    struct slice gtin = text_in(object, "gtin", arena);

    return gtin.n ? gtin : text_in(object, "upc", arena);
}

static void count_read(struct json object, bool is_managed, struct catalogue_item *out)
{
    int64_t count = 0;

    out->is_managed = is_managed;
    if (is_managed && json_int_loose(json_get(object, "inventory_level"), &count) &&
        count >= -QTY_MAX && count <= QTY_MAX) {
        out->count = count;
        out->count_known = true;
    }
}

/* [{"option_display_name":"Size","label":"S"}, ...] as {"Size":"S"}; a name given twice counts
 * once. *out_title: the labels, as "S / Blue". */
static struct slice options_text(struct json values, struct arena *arena, struct slice *out_title)
{
    ON_EXIT(buf_free) struct buf text;
    ON_EXIT(buf_free) struct buf title;
    struct slice names[32];
    size_t count = 0;

    buf_init(&text, OPTIONS_MAX);
    buf_init(&title, OPTIONS_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    for (struct json_iter i = json_iter(values); json_next(&i) && count < COUNT_OF(names);) {
        struct slice name, label;
        bool is_new = json_text(json_get(i.value, "option_display_name"), &name) &&
                      json_text(json_get(i.value, "label"), &label) && name.n && label.n;
        for (size_t k = 0; is_new && k < count; k++) {
            is_new = !slice_equal(names[k], name);
        }
        if (is_new) {
            buf_text(&title, count ? " / " : "");
            buf_slice(&title, label);
            names[count++] = name;
            json_key_slice(&w, name);
            json_put_text(&w, label);
        }
    }
    json_end_object(&w);
    *out_title = title.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&title));
    return text.overflow ? SLICE("{}") : arena_copy(arena, buf_view(&text));
}

struct listing {
    struct catalogue_item *items;
    size_t count, room;
    struct arena *arena;
};

static void product_add(struct json product, int64_t id, enum tracking tracking, struct listing *to)
{
    struct slice name = text_in(product, "name", to->arena);
    struct slice key = bc_product_key(to->arena, id);
    struct catalogue_item item = {
        .remote = bc_remote_text(to->arena, id, 0),
        .key = key,
        .stock_key = key,
        .sku = text_in(product, "sku", to->arena),
        .title = name,
        .product = name,
        .barcode = barcode_of(product, to->arena),
    };

    count_read(product, tracking == TRACKING_PRODUCT, &item);
    if (to->count < to->room) {
        to->items[to->count++] = item;
    }
}

static void variant_add(struct json product,
                        int64_t product_id,
                        struct json variant,
                        enum tracking tracking,
                        struct listing *to)
{
    int64_t id = 0;
    struct catalogue_item item = {0};

    if (!bc_id(json_get(variant, "id"), &id) || to->count == to->room) {
        return;
    }
    item.remote = bc_remote_text(to->arena, product_id, id);
    item.key = bc_variant_key(to->arena, id);
    item.stock_key = item.key;
    item.sku = text_in(variant, "sku", to->arena);
    item.product = text_in(product, "name", to->arena);
    item.options = options_text(json_get(variant, "option_values"), to->arena, &item.title);
    item.barcode = barcode_of(variant, to->arena);
    if (tracking == TRACKING_PRODUCT) {
        item.is_managed = true;
        item.parent_managed = true;
    } else {
        count_read(variant, tracking == TRACKING_VARIANT, &item);
    }
    to->items[to->count++] = item;
}

static bool has_options(struct json variants)
{
    struct json_iter first = json_iter(variants);

    return json_count(variants) > 1 ||
           (json_next(&first) && json_count(json_get(first.value, "option_values")) > 0);
}

static void product_read(struct json product, struct listing *to)
{
    struct json variants = json_get(product, "variants");
    enum tracking tracking = tracking_of(product);
    bool is_simple = !has_options(variants);
    int64_t id = 0;

    if (!bc_id(json_get(product, "id"), &id)) {
        return;
    }
    bool is_by_variant = tracking == TRACKING_VARIANT && json_count(variants) > 0;
    if (tracking == TRACKING_PRODUCT || (is_simple && !is_by_variant)) {
        product_add(product, id, tracking, to);
    }
    if (is_simple && !is_by_variant) {
        return;
    }
    for (struct json_iter i = json_iter(variants); json_next(&i);) {
        variant_add(product, id, i.value, tracking, to);
    }
}

static size_t room_of(struct json products)
{
    size_t room = 0;

    for (struct json_iter i = json_iter(products); json_next(&i);) {
        room += 1 + json_count(json_get(i.value, "variants"));
    }
    return room;
}

enum err bc_read_catalogue(const struct account *account,
                           const struct step *step,
                           const struct http_response *response,
                           struct json_doc *doc,
                           struct arena *arena,
                           struct catalogue_page *out,
                           struct channel_signal *out_signal,
                           struct err_note *note)
{
    (void)account;
    struct bc_answer answer = bc_answer_read(response, doc, arena, out_signal);
    struct json products = json_get(answer.root, "data");
    struct json pagination = json_path(answer.root, "meta", "pagination", NULL);
    struct listing list = {.arena = arena};
    struct catalogue_page page = {0};
    int64_t number = 1;
    int64_t pages = 0;

    if (!page_of(step->cursor, &number)) {
        return err_note(note, ERR_USAGE, "not a cursor of this catalogue");
    }
    if (answer.verdict != BC_DONE) {
        return bc_answer_fault(&answer, out_signal, note);
    }
    if (json_type(products) != JSON_ARRAY) {
        return err_note(note, ERR_PARSE, "the page of the catalogue has no list of products");
    }
    list.room = room_of(products);
    list.items = ARENA_ARRAY(arena, list.room + 1, struct catalogue_item);
    for (struct json_iter i = json_iter(products); list.items && json_next(&i);) {
        product_read(i.value, &list);
    }
    bool has_more = json_int(json_get(pagination, "total_pages"), &pages)
                        ? number < pages
                        : json_count(products) >= PAGE;
    if (has_more && json_count(products) > 0 && number < PAGES_MAX) {
        page.next = arena_printf(arena, "%" PRId64, number + 1);
    }
    if (!json_int(json_get(pagination, "total"), &page.total) || page.total < 0) {
        page.total = 0;
    }
    if (!list.items || arena->exhausted) {
        return err_note(note, ERR_LIMIT, "a page of the catalogue larger than an answer may be");
    }
    page.items = list.items;
    page.items_count = list.count;
    *out = page;
    return ERR_OK;
}
