/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders changed since a moment, and one order by its id.
 *
 * Three queries one after the other: Walmart shows the orders of one kind of ship node at a time,
 * and unasked only the seller's own. Those that Walmart fulfils (WFS) are records, those of a 3PL
 * take from its node. `nextCursor` is the whole query of the next page.
 *
 *   cursor = "<query>" or "<query>?<the page's own cursor>", query 0, 1, 2; empty: 0
 *
 * Without createdStartDate the API looks at the orders of the last 7 days alone, whatever else is
 * asked: it is set as far back as the API keeps orders, or a late cancel would stay unseen.
 */
#include "base/crypto.h"
#include "base/times.h"
#include "channels/walmart/walmart.h"

#define KEPT_US (INT64_C(179) * 86400 * US_PER_S)
#define CURSOR_MAX 4096

static const char *const kinds[] = {"SellerFulfilled", "WFSFulfilled", "3PLFulfilled"};

/* A query and nothing else: it may lead to no other host or path. */
static bool is_page_cursor(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] <= ' ' || text.p[i] > '~' || text.p[i] == '#') {
            return false;
        }
    }
    return text.n > 1 && text.n <= CURSOR_MAX && text.p[0] == '?';
}

static bool cursor_parse(struct slice cursor, size_t *out_kind, struct slice *out_page)
{
    *out_kind = 0;
    *out_page = slice_from(cursor, 1);
    if (!cursor.n) {
        return true;
    }
    if (cursor.p[0] < '0' || cursor.p[0] >= '0' + (int)COUNT_OF(kinds)) {
        return false;
    }
    *out_kind = (size_t)(cursor.p[0] - '0');
    return out_page->n == 0 || is_page_cursor(*out_page);
}

static struct slice stamp(int64_t time_us, struct arena *arena)
{
    char text[TIME_TEXT_MAX];

    return percent_encode(arena, time_format_s(time_us > 0 ? time_us : 0, text));
}

enum err wm_build_orders(const struct account *account,
                         const struct step *step,
                         struct arena *arena,
                         struct http_request *out)
{
    size_t kind = 0;
    struct slice page;
    int64_t kept_us = step->now_us - KEPT_US;

    if (!cursor_parse(step->cursor, &kind, &page)) {
        return ERR_USAGE;
    }
    if (page.n) {
        return wm_get(
            account, arena_printf(arena, "/v3/orders%.*s", SLICE_ARG(page)), step, arena, out);
    }
    struct slice since = stamp(step->since_us > kept_us ? step->since_us : kept_us, arena);
    struct slice created = stamp(kept_us, arena);
    struct slice path = arena_printf(arena,
                                     "/v3/orders?lastModifiedStartDate=%.*s&createdStartDate=%.*s"
                                     "&limit=%d&shipNodeType=%s",
                                     SLICE_ARG(since),
                                     SLICE_ARG(created),
                                     WM_ORDERS_PAGE,
                                     kinds[kind]);
    return since.p && created.p ? wm_get(account, path, step, arena, out) : ERR_LIMIT;
}

/* One order that cannot be read must not hide the others: it is asked for alone. */
static enum err rows_read(const struct account *account,
                          struct json rows,
                          int64_t fetched_at_us,
                          struct arena *arena,
                          struct facts *facts,
                          struct err_note *note)
{
    size_t room = json_count(rows);
    struct order_snapshot *orders = ARENA_ARRAY(arena, room + 1, struct order_snapshot);
    struct fetch *fetches = ARENA_ARRAY(arena, room + 1, struct fetch);

    if (!orders || !fetches) {
        return err_note(note, ERR_LIMIT, "a page of orders larger than an answer may be");
    }
    for (struct json_iter i = json_iter(rows); json_next(&i);) {
        struct slice id = {0};
        if (!wm_order_read(account, i.value, fetched_at_us, arena, &orders[facts->orders_count])) {
            facts->orders_count++;
        } else if (wm_id_text(json_get(i.value, "purchaseOrderId"), arena, &id)) {
            fetches[facts->fetches_count++] = (struct fetch){.kind = FETCH_ORDER, .id = id};
        } else {
            return err_note(note, ERR_PARSE, "an order without an id in a page of orders");
        }
    }
    facts->orders = orders;
    facts->fetches = fetches;
    return ERR_OK;
}

enum err wm_read_orders(const struct account *account,
                        const struct step *step,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena,
                        struct orders_page *out,
                        struct channel_signal *out_signal,
                        struct err_note *note)
{
    struct wm_answer answer = wm_answer_read(response, step, doc, arena, out_signal);
    struct orders_page page = {0};
    struct slice more = {0};
    struct slice ignored;
    size_t kind = 0;

    if (!cursor_parse(step->cursor, &kind, &ignored)) {
        return err_note(note, ERR_USAGE, "not a cursor of these orders");
    }
    if (answer.verdict != WM_DONE && !answer.is_empty) {
        return wm_answer_fault(&answer, out_signal, note);
    }
    if (!answer.is_empty) {
        struct json list = json_get(answer.root, "list");
        if (json_type(list) != JSON_OBJECT) {
            return err_note(note, ERR_PARSE, "the page of orders has no list");
        }
        enum err e = rows_read(account,
                               json_path(list, "elements", "order", NULL),
                               step->now_us,
                               arena,
                               &page.facts,
                               note);
        if (e) {
            return e;
        }
        json_text(json_path(list, "meta", "nextCursor", NULL), &more);
    }
    if (more.n && !is_page_cursor(more)) {
        return err_note(note, ERR_PARSE, "the page of orders names no usable next page");
    }
    if (more.n) {
        page.next = arena_printf(arena, "%zu%.*s", kind, SLICE_ARG(more));
    } else if (kind + 1 < COUNT_OF(kinds)) {
        page.next = arena_printf(arena, "%zu", kind + 1);
    }
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "a page of orders larger than an answer may be");
    }
    *out = page;
    return ERR_OK;
}

enum err wm_build_order(const struct account *account,
                        struct slice id,
                        const struct step *step,
                        struct arena *arena,
                        struct http_request *out)
{
    if (!wm_is_id(id)) {
        return ERR_USAGE;
    }
    return wm_get(account, arena_printf(arena, "/v3/orders/%.*s", SLICE_ARG(id)), step, arena, out);
}

enum err wm_read_order(const struct account *account,
                       const struct step *step,
                       const struct http_response *response,
                       struct json_doc *doc,
                       struct arena *arena,
                       struct facts *out,
                       struct channel_signal *out_signal,
                       struct err_note *note)
{
    struct wm_answer answer = wm_answer_read(response, step, doc, arena, out_signal);

    if (answer.verdict != WM_DONE) {
        return wm_answer_fault(&answer, out_signal, note);
    }
    struct order_snapshot *snapshot = ARENA_NEW(arena, struct order_snapshot);
    if (!snapshot) {
        return err_note(note, ERR_LIMIT, "an order larger than an answer may be");
    }
    /* The contract shows the order itself, live answers wrap it. */
    struct json wrapped = json_get(answer.root, "order");
    struct json order = json_type(wrapped) == JSON_OBJECT ? wrapped : answer.root;
    const char *reason = wm_order_read(account, order, step->now_us, arena, snapshot);
    if (reason) {
        return err_note(note, ERR_PARSE, "%s", reason);
    }
    *out = (struct facts){.orders = snapshot, .orders_count = 1};
    return ERR_OK;
}
