/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue of both worlds, a page at a time. Cursors:
 *
 *   (empty), "i;PAGE"          a page of 25 inventory items: their SKUs and titles
 *   "o;PAGE;LAST;SKU=TITLE,…"  the offers of the first of these SKUs: rows
 *   "t;PAGE;CHECKED"           a page of 100 listings that are for sale (Trading): rows
 *   "c;PAGE;LAST;ID=SKU,…;ID,…"  has the first of these listings an offer? Those behind have none
 *   "e;PAGE;LAST;;ID,…"        the page of listings once more: rows of those that have no offer
 *
 * The Trading list holds the listings of the Inventory API as well. Where there is any inventory
 * item (CHECKED is 1), each listing with a SKU is asked for by the offers of that SKU, and left out
 * when one of them is of this listing: it was given as an offer before. So nothing need be
 * remembered but one page. A listing that comes to the page between its two readings is found by the
 * next import.
 *
 * Texts in cursors are percent-encoded.
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "channels/ebay/ebay.h"

#define ITEMS_PAGE 25
#define LISTINGS_PAGE 100
#define PAGES_MAX INT64_C(1000000)
#define CURSOR_MAX 60000
#define INVENTORY "/sell/inventory/v1/"

struct cursor {
    char at;
    int64_t page;
    bool flag; /* o, c, e: this page is the last one; t: listings are checked against offers */
    struct slice todo, found;
};

static bool cursor_read(struct slice text, struct cursor *out)
{
    struct slice at, page, flag;

    *out = (struct cursor){.at = 'i', .page = 0};
    if (!text.n) {
        return true;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] <= ' ' || text.p[i] > '~') {
            return false;
        }
    }
    slice_cut(&text, ';', &at);
    slice_cut(&text, ';', &page);
    slice_cut(&text, ';', &flag);
    slice_cut(&text, ';', &out->todo);
    out->found = text;
    out->at = at.n == 1 ? at.p[0] : '?';
    out->flag = slice_is(flag, "1");
    bool has_list = out->at == 'o' || out->at == 'c';
    return slice_int(page, &out->page) && out->page >= 0 && out->page <= PAGES_MAX &&
           memchr("iotce", out->at, 5) && (!has_list || out->todo.n);
}

static struct slice cursor_text(struct arena *arena, const struct cursor *c)
{
    return arena_printf(arena,
                        "%c;%" PRId64 ";%d;%.*s;%.*s",
                        c->at,
                        c->page,
                        c->flag,
                        (int)c->todo.n,
                        c->todo.p ? c->todo.p : "",
                        (int)c->found.n,
                        c->found.p ? c->found.p : "");
}

/* The first "A=B" of a list, both still encoded. */
static struct slice first_of(struct slice list, struct slice *out_value)
{
    struct slice one, name;

    slice_cut(&list, ',', &one);
    slice_cut(&one, '=', &name);
    *out_value = one;
    return name;
}

static struct slice rest_of(struct slice list)
{
    struct slice one;

    slice_cut(&list, ',', &one);
    return list;
}

/* ---- requests ---- */

static enum err build_listings(const struct account *account,
                               int64_t page,
                               struct arena *arena,
                               struct http_request *out)
{
    struct slice elements = arena_printf(
        arena,
        "<DetailLevel>ReturnAll</DetailLevel><ActiveList><Include>true</Include><Pagination>"
        "<EntriesPerPage>%d</EntriesPerPage><PageNumber>%" PRId64
        "</PageNumber></Pagination></ActiveList>"
        "<SoldList><Include>false</Include></SoldList>"
        "<UnsoldList><Include>false</Include></UnsoldList>",
        LISTINGS_PAGE,
        page);
    return elements.p ? ebay_trading_request(account, "GetMyeBaySelling", elements, arena, out)
                      : ERR_LIMIT;
}

enum err ebay_build_catalogue(const struct account *account,
                              const struct step *step,
                              struct arena *arena,
                              struct http_request *out)
{
    struct cursor c;
    struct slice path = {0};
    struct slice sku = {0};
    struct slice value = {0};

    if (!cursor_read(step->cursor, &c)) {
        return ERR_USAGE;
    }
    switch (c.at) {
    case 'i':
        path = arena_printf(
            arena, INVENTORY "inventory_item?limit=%d&offset=%" PRId64, ITEMS_PAGE, c.page);
        break;
    case 'o':
    case 'c':
        sku = first_of(c.todo, &value);
        sku = c.at == 'o' ? sku : value;
        path = arena_printf(arena, INVENTORY "offer?sku=%.*s&limit=100", SLICE_ARG(sku));
        break;
    default:
        return build_listings(account, c.page, arena, out);
    }
    return ebay_request(account, "GET", path, (struct slice){0}, arena, out);
}

/* ---- answers ---- */

#define PACE_US (100 * US_PER_MS) /* between requests that give no rows */

struct answer {
    const struct step *step;
    const struct http_response *response;
    struct json_doc *doc;
    struct arena *arena;
    struct channel_signal *signal;
    struct err_note *note;
    struct cursor cursor;
};

static struct slice listings_begin(struct arena *arena, int64_t page, bool is_checked)
{
    return cursor_text(arena, &(struct cursor){.at = 't', .page = page, .flag = is_checked});
}

/* Within a page nothing is to be kept yet: the exchange goes on. */
static void go_on(struct answer *a, const struct cursor *next)
{
    struct slice cursor = cursor_text(a->arena, next);

    a->signal->next =
        (struct next_request){.is_wanted = cursor.p != NULL, .cursor = cursor, .after_us = PACE_US};
}

/* The SKUs of a page of items with their titles, as the list of a cursor. */
static bool items_list(struct json items, struct arena *arena, struct slice *out)
{
    ON_EXIT(buf_free) struct buf list;

    buf_init(&list, CURSOR_MAX);
    for (struct json_iter i = json_iter(items); json_next(&i);) {
        struct slice sku = slice_trim(ebay_text(json_get(i.value, "sku")));
        struct slice title = ebay_text(json_path(i.value, "product", "title", NULL));
        if (!sku.n || !ebay_is_sku(sku)) {
            continue;
        }
        buf_text(&list, list.n ? "," : "");
        buf_slice(&list, percent_encode(arena, sku));
        buf_char(&list, '=');
        buf_slice(&list, percent_encode(arena, ebay_bounded(title, 160)));
    }
    *out = arena_copy(arena, buf_view(&list));
    return !list.overflow;
}

static enum err read_items(struct answer *a, struct catalogue_page *out)
{
    struct ebay_answer answer = ebay_answer_read(a->response, a->doc, a->arena, a->signal);
    struct json items = json_get(answer.root, "inventoryItems");
    struct cursor next = {.at = 'o', .page = a->cursor.page};
    int64_t total = 0;

    bool is_none = answer.verdict == EBAY_REFUSED && answer.status == 404;
    if (answer.verdict != EBAY_DONE && !is_none) {
        return ebay_fault(answer.verdict, answer.status, answer.reason, a->signal, a->note);
    }
    bool is_counted = json_int_loose(json_get(answer.root, "total"), &total);
    if (!is_none && json_type(items) != JSON_ARRAY && !(is_counted && total == 0)) {
        return err_note(a->note, ERR_PARSE, "the list of inventory items is not a list");
    }
    size_t rows = json_count(items);
    next.flag =
        is_counted ? (a->cursor.page + 1) * ITEMS_PAGE >= total || rows == 0 : rows < ITEMS_PAGE;
    if (!items_list(items, a->arena, &next.todo)) {
        return err_note(a->note, ERR_LIMIT, "a page of inventory items larger than it may be");
    }
    if (next.todo.n) {
        go_on(a, &next);
    } else if (next.flag) {
        /* Pages before this one had items, or there are none: then nothing is to be told apart. */
        out->next = listings_begin(a->arena, 1, a->cursor.page > 0);
    } else {
        next.at = 'i';
        next.page++;
        next.flag = false;
        out->next = cursor_text(a->arena, &next);
    }
    out->total = total > 0 && total <= QTY_MAX ? total : 0;
    return ERR_OK;
}

/* The offers of a SKU; 404 is how eBay says that there are none. */
static enum err offers_of(struct answer *a, struct json *out)
{
    struct ebay_answer answer = ebay_answer_read(a->response, a->doc, a->arena, a->signal);

    *out = (struct json){0};
    if (answer.verdict == EBAY_REFUSED && answer.status == 404) {
        return ERR_OK;
    }
    if (answer.verdict != EBAY_DONE) {
        return ebay_fault(answer.verdict, answer.status, answer.reason, a->signal, a->note);
    }
    *out = json_get(answer.root, "offers");
    if (json_type(*out) != JSON_ARRAY) {
        return err_note(a->note, ERR_PARSE, "the offers of a SKU are not a list");
    }
    return ERR_OK;
}

static enum err read_offers(struct answer *a, struct catalogue_page *out)
{
    struct json offers;
    struct slice text = {0};
    struct slice title = {0};
    struct cursor next = a->cursor;

    enum err e = offers_of(a, &offers);
    if (e) {
        return e;
    }
    size_t room = json_count(offers) + 1;
    struct ebay_rows rows = {.items = ARENA_ARRAY(a->arena, room, struct catalogue_item),
                             .room = room,
                             .arena = a->arena};
    first_of(a->cursor.todo, &text);
    if (!rows.items || !percent_decode(a->arena, text, &title)) {
        return err_note(a->note, ERR_LIMIT, "more offers of a SKU than a page holds");
    }
    for (struct json_iter i = json_iter(offers); json_next(&i);) {
        ebay_offer_row(&rows, i.value, title);
    }
    next.todo = rest_of(a->cursor.todo);
    if (!next.todo.n) {
        next = (struct cursor){.at = 'i', .page = a->cursor.page + 1};
    }
    out->next = !next.todo.n && a->cursor.flag ? listings_begin(a->arena, 1, true)
                                               : cursor_text(a->arena, &next);
    out->items = rows.items;
    out->items_count = rows.count;
    return ERR_OK;
}

static bool is_in(struct slice list, struct slice id)
{
    while (list.n) {
        struct slice one;
        slice_cut(&list, ',', &one);
        if (slice_equal(one, id)) {
            return true;
        }
    }
    return false;
}

static struct slice after_page(struct arena *arena, int64_t page, bool is_last, bool is_checked)
{
    return is_last || page >= PAGES_MAX ? (struct slice){0}
                                        : listings_begin(arena, page + 1, is_checked);
}

struct page {
    const struct xml_node *list;
    int64_t pages, total;
};

static enum err page_read(struct answer *a, struct page *out)
{
    struct trading_answer answer = trading_answer_read(a->response, a->arena, a->signal);
    const struct xml_node *active = xml_get(answer.root, "ActiveList");
    const struct xml_node *result = xml_get(active, "PaginationResult");

    if (answer.verdict != EBAY_DONE) {
        return ebay_fault(answer.verdict, 0, answer.reason, a->signal, a->note);
    }
    /* Without anything for sale there is no list. */
    *out = (struct page){.list = xml_get(active, "ItemArray")};
    if (!slice_int(xml_text_of(result, "TotalNumberOfPages"), &out->pages) || out->pages < 0) {
        out->pages = 0;
    }
    if (!slice_int(xml_text_of(result, "TotalNumberOfEntries"), &out->total) || out->total < 0 ||
        out->total > QTY_MAX) {
        out->total = 0;
    }
    return ERR_OK;
}

/* Adds the rows of the items that are known to have no offer, and lists the others. */
static enum err read_listings(struct answer *a, struct catalogue_page *out)
{
    struct cursor next = {.at = 'c', .page = a->cursor.page};
    ON_EXIT(buf_free) struct buf todo;
    struct page page = {0};
    size_t room = 1;
    bool is_second = a->cursor.at == 'e';

    buf_init(&todo, CURSOR_MAX);
    enum err e = page_read(a, &page);
    if (e) {
        return e;
    }
    const struct xml_node *first = xml_get(page.list, "Item");
    for (const struct xml_node *i = first; i; i = xml_next(i)) {
        room += ebay_item_rows_max(i);
    }
    struct ebay_rows rows = {.items = ARENA_ARRAY(a->arena, room, struct catalogue_item),
                             .room = room,
                             .arena = a->arena};
    if (!rows.items) {
        return err_note(a->note, ERR_LIMIT, "a page of listings larger than an answer may be");
    }
    for (const struct xml_node *i = first; i; i = xml_next(i)) {
        struct slice id = xml_text_of(i, "ItemID");
        struct slice sku = ebay_item_sku(i);
        if (is_second ? is_in(a->cursor.found, id) : !a->cursor.flag || !sku.n) {
            ebay_item_rows(&rows, i);
        } else if (!is_second && ebay_is_digits(id)) {
            buf_text(&todo, todo.n ? "," : "");
            buf_slice(&todo, id);
            buf_char(&todo, '=');
            buf_slice(&todo, percent_encode(a->arena, sku));
        }
    }
    next.todo = arena_copy(a->arena, buf_view(&todo));
    next.flag = is_second ? a->cursor.flag : a->cursor.page >= page.pages || !first;
    if (todo.overflow) {
        return err_note(a->note, ERR_LIMIT, "a page of listings larger than a cursor may be");
    }
    bool is_checked = is_second || a->cursor.flag;
    out->next = todo.n ? cursor_text(a->arena, &next)
                       : after_page(a->arena, next.page, next.flag, is_checked);
    out->items = rows.items;
    out->items_count = rows.count;
    out->total = page.total;
    return ERR_OK;
}

static enum err read_check(struct answer *a, struct catalogue_page *out)
{
    struct cursor next = a->cursor;
    struct json offers;
    struct slice sku;
    struct slice id = first_of(a->cursor.todo, &sku);
    bool is_offer = false;

    enum err e = offers_of(a, &offers);
    if (e) {
        return e;
    }
    for (struct json_iter i = json_iter(offers); json_next(&i);) {
        struct slice listing = {0};
        is_offer =
            is_offer ||
            (ebay_id_text(json_path(i.value, "listing", "listingId", NULL), a->arena, &listing) &&
             slice_equal(listing, id));
    }
    next.todo = rest_of(a->cursor.todo);
    if (!is_offer) {
        next.found = arena_printf(a->arena,
                                  "%.*s%s%.*s",
                                  (int)next.found.n,
                                  next.found.p ? next.found.p : "",
                                  next.found.n ? "," : "",
                                  SLICE_ARG(id));
    }
    if (!next.todo.n && next.found.n) {
        next.at = 'e';
    }
    if (next.todo.n || next.found.n) {
        go_on(a, &next);
    } else {
        out->next = after_page(a->arena, next.page, next.flag, true);
    }
    return ERR_OK;
}

enum err ebay_read_catalogue(const struct account *account,
                             const struct step *step,
                             const struct http_response *response,
                             struct json_doc *doc,
                             struct arena *arena,
                             struct catalogue_page *out,
                             struct channel_signal *out_signal,
                             struct err_note *note)
{
    (void)account;
    struct answer answer = {.step = step,
                            .response = response,
                            .doc = doc,
                            .arena = arena,
                            .signal = out_signal,
                            .note = note};
    struct catalogue_page page = {0};

    if (!cursor_read(step->cursor, &answer.cursor)) {
        ebay_answer_read(response, doc, arena, out_signal);
        return err_note(note, ERR_PARSE, "a cursor that is not ours");
    }
    enum err e = answer.cursor.at == 'i'   ? read_items(&answer, &page)
                 : answer.cursor.at == 'o' ? read_offers(&answer, &page)
                 : answer.cursor.at == 'c' ? read_check(&answer, &page)
                                           : read_listings(&answer, &page);
    if (e) {
        return e;
    }
    if (arena->exhausted) {
        out_signal->next = (struct next_request){0};
        return err_note(note, ERR_LIMIT, "a page of the catalogue larger than an answer may be");
    }
    *out = page;
    return ERR_OK;
}
