/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: pages of active products with their SKUs. Cursor: the API's page token.
 *
 * Only SKUs of active products take a quantity. The names of variations are in the product's own
 * answer, which would be a call a product: they are taken where a page has them, and are left empty
 * otherwise; the seller's SKU is what links. Counts are those of the account's one warehouse, or of
 * all where none is known.
 */
#include "base/json_write.h"
#include "channels/tiktok/tiktok.h"

#define PAGE 100
#define OPTIONS_MAX 8192
#define NAMES_MAX 32

enum err tt_build_catalogue(const struct account *account,
                            const struct step *step,
                            struct arena *arena,
                            struct http_request *out)
{
    struct tt_call call = {.method = "POST",
                           .path = SLICE("/product/202502/products/search"),
                           .params = {{"page_size", arena_printf(arena, "%d", PAGE)}},
                           .params_count = 1,
                           .body = SLICE("{\"status\":\"ACTIVATE\"}")};

    if (!tt_is_token(step->cursor)) {
        return ERR_USAGE;
    }
    if (step->cursor.n) {
        call.params[call.params_count++] = (struct tt_param){"page_token", step->cursor};
    }
    return tt_request(account, &call, step, arena, out);
}

static struct slice text_in(struct json object, const char *name, struct arena *arena)
{
    struct slice text = {0};

    return json_text(json_get(object, name), &text) && text.n ? arena_copy(arena, slice_trim(text))
                                                              : (struct slice){0};
}

/* [{"name":"Size","value_name":"S"}, ...] as {"Size":"S"}; a name given twice counts once.
 * *out_title: the values, as "S / Blue". */
static struct slice
options_text(struct json attributes, struct arena *arena, struct slice *out_title)
{
    ON_EXIT(buf_free) struct buf text;
    ON_EXIT(buf_free) struct buf title;
    struct slice names[NAMES_MAX];
    size_t count = 0;

    buf_init(&text, OPTIONS_MAX);
    buf_init(&title, OPTIONS_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    for (struct json_iter i = json_iter(attributes); json_next(&i) && count < NAMES_MAX;) {
        struct slice name = {0};
        struct slice value = {0};
        bool is_new = json_text(json_get(i.value, "name"), &name) &&
                      json_text(json_get(i.value, "value_name"), &value) && name.n && value.n;
        for (size_t k = 0; is_new && k < count; k++) {
            is_new = !slice_equal(names[k], name);
        }
        if (is_new) {
            buf_text(&title, count ? " / " : "");
            buf_slice(&title, value);
            names[count++] = name;
            json_key_slice(&w, name);
            json_put_text(&w, value);
        }
    }
    json_end_object(&w);
    *out_title = title.overflow || !count ? (struct slice){0} : arena_copy(arena, buf_view(&title));
    return text.overflow ? SLICE("{}") : arena_copy(arena, buf_view(&text));
}

/* The one warehouse that counts are of; empty: all of them together. */
static struct slice warehouse_of(const struct account *account)
{
    if (account->has_locations) {
        return account->locations_count == 1 ? account->locations[0].remote : (struct slice){0};
    }
    return tt_config(account)->warehouse_id;
}

static void
count_read(const struct account *account, struct json inventory, struct catalogue_item *out)
{
    struct slice warehouse = warehouse_of(account);
    int64_t total = 0;

    out->is_managed = true;
    if (account->has_locations && !warehouse.n) {
        return; /* of which of several is for the listing's location to say: the first reading does */
    }
    for (struct json_iter i = json_iter(inventory); json_next(&i);) {
        int64_t units = 0;
        if (warehouse.n && !tt_id_same(json_get(i.value, "warehouse_id"), warehouse)) {
            continue;
        }
        if (!json_int_loose(json_get(i.value, "quantity"), &units) || units < -QTY_MAX ||
            units > QTY_MAX || total + units > QTY_MAX || total + units < -QTY_MAX) {
            out->count_known = false;
            out->count = 0;
            return;
        }
        total += units;
        out->count = total;
        out->count_known = true;
    }
}

struct listing {
    const struct account *account;
    struct catalogue_item *items;
    size_t count, room;
    struct arena *arena;
};

static void sku_add(struct slice product_id, struct slice name, struct json sku, struct listing *to)
{
    struct slice id = {0};
    struct catalogue_item item = {.product = name};

    if (to->count == to->room || !tt_id(json_get(sku, "id"), to->arena, &id)) {
        return;
    }
    item.remote = tt_remote_text(to->arena, product_id, id);
    item.key = tt_key(to->arena, id);
    item.stock_key = item.key;
    item.sku = text_in(sku, "seller_sku", to->arena);
    item.options = options_text(json_get(sku, "sales_attributes"), to->arena, &item.title);
    if (!item.title.n) {
        item.title = name;
    }
    count_read(to->account, json_get(sku, "inventory"), &item);
    to->items[to->count++] = item;
}

static void product_read(struct json product, struct listing *to)
{
    struct slice id = {0};

    if (!tt_id(json_get(product, "id"), to->arena, &id)) {
        return;
    }
    struct slice name = text_in(product, "title", to->arena);
    for (struct json_iter i = json_iter(json_get(product, "skus")); json_next(&i);) {
        sku_add(id, name, i.value, to);
    }
}

static size_t room_of(struct json products)
{
    size_t room = 0;

    for (struct json_iter i = json_iter(products); json_next(&i);) {
        room += json_count(json_get(i.value, "skus"));
    }
    return room;
}

enum err tt_read_catalogue(const struct account *account,
                           const struct step *step,
                           const struct http_response *response,
                           struct json_doc *doc,
                           struct arena *arena,
                           struct catalogue_page *out,
                           struct channel_signal *out_signal,
                           struct err_note *note)
{
    struct tt_answer answer = tt_answer_read(response, doc, arena, out_signal);
    struct json products = json_get(answer.data, "products");
    struct listing list = {.account = account, .arena = arena, .room = room_of(products)};
    struct catalogue_page page = {0};
    struct slice token = {0};

    if (answer.verdict != TT_DONE) {
        return tt_answer_fault(&answer, out_signal, note);
    }
    bool is_empty = json_type(products) == JSON_NONE || json_type(products) == JSON_NULL;
    if (json_type(answer.data) != JSON_OBJECT || (!is_empty && json_type(products) != JSON_ARRAY)) {
        return err_note(note, ERR_PARSE, "the page of the catalogue has no list of products");
    }
    json_text(json_get(answer.data, "next_page_token"), &token);
    if (!tt_is_token(token)) {
        return err_note(note, ERR_PARSE, "a page token that cannot be handed back");
    }
    list.items = ARENA_ARRAY(arena, list.room + 1, struct catalogue_item);
    for (struct json_iter i = json_iter(products); list.items && json_next(&i);) {
        product_read(i.value, &list);
    }
    /* A page of nothing, or one that leads to itself, is the end: nothing is read for ever. */
    if (token.n && json_count(products) > 0 && !slice_equal(token, step->cursor)) {
        page.next = arena_copy(arena, token);
    }
    if (!list.items || arena->exhausted) {
        return err_note(note, ERR_LIMIT, "a page of the catalogue larger than an answer may be");
    }
    page.items = list.items;
    page.items_count = list.count;
    *out = page; /* total_count is of products, not of SKUs: total stays unsaid */
    return ERR_OK;
}
