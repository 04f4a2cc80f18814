/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: pages of listings with their inventory, one state after the other. Cursor:
 * "STATE:OFFSET".
 *
 * Every product of a listing is an item. Two things are told apart by their SKU where they can be:
 *   one quantity for all variations, and one SKU   one item: they are one thing
 *   a SKU that several products of a listing bear  items known by their product ids
 * Pages are small: a listing comes with its texts and up to hundreds of variations.
 */
#include "base/json_write.h"
#include "channels/etsy/etsy.h"

#define PAGE 25
#define OFFSET_MAX INT64_C(10000000)
#define OPTIONS_MAX 8192

static const char *const states[] = {"active", "inactive", "sold_out", "draft", "expired"};

struct place {
    size_t state;
    int64_t offset;
};

static bool place_of(struct slice cursor, struct place *out)
{
    struct slice state;

    *out = (struct place){0};
    if (!cursor.n) {
        return true;
    }
    slice_cut(&cursor, ':', &state);
    while (out->state < COUNT_OF(states) && !slice_is(state, states[out->state])) {
        out->state++;
    }
    return out->state < COUNT_OF(states) && slice_int(cursor, &out->offset) && out->offset >= 0 &&
           out->offset <= OFFSET_MAX;
}

enum err etsy_build_catalogue(const struct account *account,
                              const struct step *step,
                              struct arena *arena,
                              struct http_request *out)
{
    struct slice shop = etsy_config(account)->shop_id;
    struct place place;

    if (!shop.n || !place_of(step->cursor, &place)) {
        return ERR_USAGE;
    }
    struct slice path =
        arena_printf(arena,
                     "/v3/application/shops/%.*s/listings?state=%s&sort_on=created"
                     "&sort_order=asc&limit=%d&offset=%" PRId64 "&includes=Inventory",
                     SLICE_ARG(shop),
                     states[place.state],
                     PAGE,
                     place.offset);
    return etsy_request(account, "GET", path, (struct slice){0}, false, arena, out);
}

struct listing {
    struct catalogue_item *items;
    size_t count, room;
    struct arena *arena;
};

/* {"Size":"S"}, and the values alone as "Red / S". */
static struct slice options_text(struct json values, struct arena *arena, struct slice *out_title)
{
    ON_EXIT(buf_free) struct buf text;
    ON_EXIT(buf_free) struct buf title;
    struct slice names[8];
    size_t count = 0;

    buf_init(&text, OPTIONS_MAX);
    buf_init(&title, OPTIONS_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    for (struct json_iter i = json_iter(values); json_next(&i) && count < COUNT_OF(names);) {
        struct slice name = {0};
        struct slice value = {0};
        struct json_iter first = json_iter(json_get(i.value, "values"));
        bool is_new = json_text(json_get(i.value, "property_name"), &name) && name.n &&
                      json_next(&first) && json_text(first.value, &value) && value.n;
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
    *out_title =
        title.overflow || !title.n ? (struct slice){0} : arena_copy(arena, buf_view(&title));
    return text.overflow ? SLICE("{}") : arena_copy(arena, buf_view(&text));
}

static bool is_repeated(const struct etsy_record *record, size_t at, size_t *first)
{
    size_t found = 0;

    for (size_t i = record->count; i-- > 0;) {
        if (slice_equal(record->products[i].sku, record->products[at].sku)) {
            *first = i;
            found++;
        }
    }
    return found > 1;
}

static void product_add(const struct etsy_record *record,
                        size_t at,
                        int64_t listing,
                        struct json json,
                        struct listing *to)
{
    const struct etsy_product *product = &record->products[at];
    struct slice sku = product->sku;
    struct slice title = {0};
    struct catalogue_item item = {.is_managed = true, .count = product->quantity};
    size_t first = at;
    struct slice type = {0};

    bool repeats = sku.n && is_repeated(record, at, &first);
    if (to->count == to->room || (repeats && record->is_shared && first != at)) {
        return;
    }
    struct slice name = repeats && !record->is_shared ? (struct slice){0} : sku;
    item.remote = etsy_remote_text(to->arena, listing, product->id, name);
    item.key =
        name.n ? etsy_sku_key(to->arena, listing, name) : etsy_product_key(to->arena, product->id);
    item.stock_key = item.key;
    item.sku = sku.n ? arena_copy(to->arena, sku) : (struct slice){0};
    if (json_text(json_get(json, "title"), &title) && title.n) {
        item.product = arena_copy(to->arena, title);
    }
    item.options = options_text(json_get(product->json, "property_values"), to->arena, &item.title);
    json_text(json_get(json, "listing_type"), &type);
    item.is_managed = !slice_is(type, "download"); /* a file is never out of stock */
    item.count_known = item.is_managed;
    item.count = item.is_managed ? product->quantity : 0;
    to->items[to->count++] = item;
}

static void listing_read(struct json json, struct listing *to)
{
    struct etsy_record record = {0};
    int64_t id = 0;

    if (!etsy_id(json_get(json, "listing_id"), &id) ||
        etsy_record_read(json_get(json, "inventory"), json, to->arena, &record)) {
        return;
    }
    for (size_t i = 0; i < record.count; i++) {
        product_add(&record, i, id, json, to);
    }
}

static bool place_next(struct place *place, size_t rows, struct json root)
{
    int64_t total = 0;

    place->offset += (int64_t)rows;
    bool is_last = rows < PAGE || (json_int(json_get(root, "count"), &total) && total > 0 &&
                                   place->offset >= total);
    if (is_last) {
        *place = (struct place){.state = place->state + 1};
    }
    return place->state < COUNT_OF(states) && place->offset <= OFFSET_MAX;
}

enum err etsy_read_catalogue(const struct account *account,
                             const struct step *step,
                             const struct http_response *response,
                             struct json_doc *doc,
                             struct arena *arena,
                             struct catalogue_page *out,
                             struct channel_signal *out_signal,
                             struct err_note *note)
{
    struct etsy_answer answer = etsy_answer_read(response, doc, arena, out_signal);
    struct json rows = json_get(answer.root, "results");
    struct listing list = {.arena = arena};
    struct catalogue_page page = {0};
    struct place place;

    (void)account;
    if (!place_of(step->cursor, &place)) {
        return err_note(note, ERR_USAGE, "not a cursor of this catalogue");
    }
    if (answer.verdict != ETSY_DONE) {
        return etsy_answer_fault(&answer, out_signal, note);
    }
    if (json_type(rows) != JSON_ARRAY) {
        return err_note(note, ERR_PARSE, "the page of the catalogue has no list of listings");
    }
    for (struct json_iter i = json_iter(rows); json_next(&i);) {
        list.room += json_count(json_path(i.value, "inventory", "products", NULL));
    }
    list.items = ARENA_ARRAY(arena, list.room + 1, struct catalogue_item);
    for (struct json_iter i = json_iter(rows); list.items && json_next(&i);) {
        listing_read(i.value, &list);
    }
    if (place_next(&place, json_count(rows), answer.root)) {
        page.next = arena_printf(arena, "%s:%" PRId64, states[place.state], place.offset);
    }
    if (!list.items || arena->exhausted) {
        return err_note(note, ERR_LIMIT, "a page of the catalogue larger than an answer may be");
    }
    page.items = list.items;
    page.items_count = list.count;
    *out = page;
    return ERR_OK;
}
