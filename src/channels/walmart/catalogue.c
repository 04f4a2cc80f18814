/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: GET /v3/items, page by page. Every variation is a SKU and an item of its own;
 * variantGroupId only says which belong together.
 *
 * The cursor may be the same on every page (it names a search that the server remembers), so that
 * the end is told by an empty page, or by having seen as many as there are:
 *
 *   cursor = "<items seen> <the API's cursor>"; empty: from the beginning
 *
 * Archived and retired items cannot be sold and are left out. Counts are not told here.
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json_write.h"
#include "channels/walmart/walmart.h"

#define OPTIONS_MAX 4096
#define SEEN_MAX INT64_C(10000000)

static bool cursor_parse(struct slice cursor, int64_t *out_seen, struct slice *out_from)
{
    struct slice seen;

    *out_seen = 0;
    *out_from = SLICE("*");
    if (!cursor.n) {
        return true;
    }
    slice_cut(&cursor, ' ', &seen);
    *out_from = cursor;
    return slice_int(seen, out_seen) && *out_seen > 0 && *out_seen < SEEN_MAX && cursor.n > 0;
}

enum err wm_build_catalogue(const struct account *account,
                            const struct step *step,
                            struct arena *arena,
                            struct http_request *out)
{
    int64_t seen = 0;
    struct slice from;

    if (!cursor_parse(step->cursor, &seen, &from)) {
        return ERR_USAGE;
    }
    struct slice encoded = seen ? percent_encode(arena, from) : from;
    struct slice path = arena_printf(arena,
                                     "/v3/items?nextCursor=%.*s&limit=%d",
                                     (int)encoded.n,
                                     encoded.p ? encoded.p : "",
                                     WM_ITEMS_PAGE);
    return encoded.p ? wm_get(account, path, step, arena, out) : ERR_LIMIT;
}

static struct slice text_in(struct json object, const char *name, struct arena *arena)
{
    struct slice text = {0};

    return json_text(json_get(object, name), &text) && slice_trim(text).n
               ? arena_copy(arena, slice_trim(text))
               : (struct slice){0};
}

static void
option_put(struct json attribute, struct json_writer *w, struct slice *names, size_t *count)
{
    struct slice name, value;
    bool is_new = *count < 16 && json_text(json_get(attribute, "name"), &name) &&
                  json_text(json_get(attribute, "value"), &value) && name.n && value.n;

    for (size_t i = 0; is_new && i < *count; i++) {
        is_new = !slice_equal(names[i], name);
    }
    if (is_new) {
        names[(*count)++] = name;
        json_key_slice(w, name);
        json_put_text(w, value);
    }
}

/* groupingAttributes: the contract shows one object, its text speaks of several. */
static struct slice options_text(struct json group, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;
    struct json attributes = json_get(group, "groupingAttributes");
    struct slice names[16];
    size_t count = 0;

    buf_init(&text, OPTIONS_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    if (json_type(attributes) == JSON_OBJECT) {
        option_put(attributes, &w, names, &count);
    } else {
        for (struct json_iter i = json_iter(attributes); json_next(&i);) {
            option_put(i.value, &w, names, &count);
        }
    }
    json_end_object(&w);
    return text.overflow ? SLICE("{}") : arena_copy(arena, buf_view(&text));
}

static bool item_read(struct json v, struct arena *arena, struct catalogue_item *out)
{
    struct slice sku = {0};
    struct slice state = {0};

    json_text(json_get(v, "lifecycleStatus"), &state);
    if (!json_text(json_get(v, "sku"), &sku) || !wm_is_sku(sku) || slice_is(state, "RETIRED") ||
        slice_is(state, "ARCHIVED")) {
        return false;
    }
    struct slice title = text_in(v, "productName", arena);
    struct slice group = text_in(v, "variantGroupId", arena);
    struct slice gtin = text_in(v, "gtin", arena);
    struct slice key = wm_key(arena, sku);
    *out = (struct catalogue_item){
        .remote = wm_remote_text(arena, sku),
        .key = key,
        .stock_key = key,
        .sku = arena_copy(arena, sku),
        .title = title,
        .product = group.n ? group : title,
        .options = options_text(json_get(v, "variantGroupInfo"), arena),
        .barcode = gtin.n ? gtin : text_in(v, "upc", arena),
        .is_managed = true,
    };
    return true;
}

enum err wm_read_catalogue(const struct account *account,
                           const struct step *step,
                           const struct http_response *response,
                           struct json_doc *doc,
                           struct arena *arena,
                           struct catalogue_page *out,
                           struct channel_signal *out_signal,
                           struct err_note *note)
{
    struct wm_answer answer = wm_answer_read(response, step, doc, arena, out_signal);
    struct json rows = json_get(answer.root, "ItemResponse");
    struct catalogue_page page = {0};
    struct slice next = {0};
    struct slice from;
    int64_t seen = 0;
    size_t count = 0;

    (void)account;
    if (!cursor_parse(step->cursor, &seen, &from)) {
        return err_note(note, ERR_USAGE, "not a cursor of this catalogue");
    }
    if (answer.is_empty) {
        *out = page;
        return ERR_OK;
    }
    if (answer.verdict != WM_DONE) {
        return wm_answer_fault(&answer, out_signal, note);
    }
    if (json_type(rows) != JSON_ARRAY) {
        return err_note(note, ERR_PARSE, "the page of the catalogue has no list of items");
    }
    struct catalogue_item *items = ARENA_ARRAY(arena, json_count(rows) + 1, struct catalogue_item);
    for (struct json_iter i = json_iter(rows); items && json_next(&i);) {
        count += item_read(i.value, arena, &items[count]) ? 1 : 0;
    }
    seen += (int64_t)json_count(rows);
    if (!json_int_loose(json_get(answer.root, "totalItems"), &page.total) || page.total < 0) {
        page.total = 0;
    }
    json_text(json_get(answer.root, "nextCursor"), &next);
    /* A cursor may stay the same while the pages go on; how far, only the total says. */
    bool has_more = page.total ? seen < page.total : !slice_equal(next, from);
    if (json_count(rows) > 0 && next.n > 0 && next.n <= 4096 && seen < SEEN_MAX && has_more) {
        page.next = arena_printf(arena, "%" PRId64 " %.*s", seen, SLICE_ARG(next));
    }
    if (!items || arena->exhausted) {
        return err_note(note, ERR_LIMIT, "a page of the catalogue larger than an answer may be");
    }
    page.items = items;
    page.items_count = count;
    *out = page;
    return ERR_OK;
}
