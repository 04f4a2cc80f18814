/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders changed since an instant, page by page.
 *
 * eBay pages by offset through a list whose order is not documented, and an order that changes
 * meanwhile leaves a window that has an end. So: one open request first, which is all there is
 * nearly always. When it does not hold everything, the time since then is read in closed windows
 * of at most a week. An order that leaves a window lowers its total, and the rows behind it move up:
 * the next page then begins that much earlier. What left is newer than the window's end, and the
 * next reading finds it.
 *
 * Cursor: "FROM;TO;END;OFFSET;TOTAL" in microseconds; TO and END are instants, END of all windows.
 *
 * An order under way is not decided from a page: its fulfilments are read with it.
 */
#include "base/crypto.h"
#include "base/times.h"
#include "channels/ebay/ebay.h"

#define PAGE 200
#define WINDOW_US (7 * 86400 * US_PER_S)

struct window {
    int64_t from, to, end; /* to 0: open */
    int64_t offset, total; /* total -1: unknown */
};

static bool number_cut(struct slice *text, int64_t *out)
{
    struct slice one;

    slice_cut(text, ';', &one);
    return slice_int(one, out);
}

static bool window_read(const struct step *step, struct window *out)
{
    struct slice text = step->cursor;

    if (!text.n) {
        *out = (struct window){.from = step->since_us, .total = -1};
        return true;
    }
    return number_cut(&text, &out->from) && number_cut(&text, &out->to) &&
           number_cut(&text, &out->end) && number_cut(&text, &out->offset) &&
           number_cut(&text, &out->total) && !text.n && out->from >= 0 && out->to > out->from &&
           out->end >= out->to && out->offset >= 0 && out->offset <= QTY_MAX && out->total >= -1;
}

enum err ebay_build_orders(const struct account *account,
                           const struct step *step,
                           struct arena *arena,
                           struct http_request *out)
{
    char from[TIME_TEXT_MAX];
    char to[TIME_TEXT_MAX];
    struct window window;

    if (!window_read(step, &window)) {
        return ERR_USAGE;
    }
    struct slice begin = time_format(window.from > 0 ? window.from : 0, from);
    struct slice end = window.to ? time_format(window.to, to) : (struct slice){0};
    struct slice filter = percent_encode(arena,
                                         arena_printf(arena,
                                                      "lastmodifieddate:[%.*s..%.*s]",
                                                      SLICE_ARG(begin),
                                                      (int)end.n,
                                                      end.p ? end.p : ""));
    if (!filter.p) {
        return ERR_LIMIT;
    }
    struct slice path = arena_printf(arena,
                                     "/sell/fulfillment/v1/order?filter=%.*s&limit=%d"
                                     "&offset=%" PRId64,
                                     SLICE_ARG(filter),
                                     PAGE,
                                     window.offset);
    return ebay_request(account, "GET", path, (struct slice){0}, arena, out);
}

static struct slice window_text(struct arena *arena, const struct window *w)
{
    return arena_printf(arena,
                        "%" PRId64 ";%" PRId64 ";%" PRId64 ";%" PRId64 ";%" PRId64,
                        w->from,
                        w->to,
                        w->end,
                        w->offset,
                        w->total);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* False: that was the last one. rows: of this page; total: -1 when the answer does not say it. */
static bool window_next(struct window *w, int64_t now_us, int64_t rows, int64_t total)
{
    bool is_open = w->to == 0;
    bool has_more = total >= 0 ? w->offset + rows < total && rows > 0 : rows >= PAGE;

    if (is_open) {
        w->from = w->from > 0 ? w->from : 0;
        w->end = now_us > w->from ? now_us : w->from + 1;
        w->to = least(w->end, w->from + WINDOW_US);
        w->offset = 0;
        w->total = -1;
        return has_more;
    }
    int64_t left = w->total > total && total >= 0 ? w->total - total : 0;
    if (has_more || left > 0) {
        int64_t next = w->offset + rows - left;
        w->offset = next > 0 ? next : 0;
        w->total = total;
        return true;
    }
    *w = (struct window){
        .from = w->to, .to = least(w->end, w->to + WINDOW_US), .end = w->end, .total = -1};
    return w->from < w->end;
}

static enum err rows_read(struct json rows,
                          int64_t fetched_at_us,
                          struct arena *arena,
                          struct facts *out,
                          struct err_note *note)
{
    size_t room = json_count(rows);
    struct order_snapshot *orders = ARENA_ARRAY(arena, room + 1, struct order_snapshot);
    struct fetch *fetches = ARENA_ARRAY(arena, room + 1, struct fetch);

    if (!orders || !fetches) {
        return err_note(note, ERR_LIMIT, "a page of orders larger than an answer may be");
    }
    for (struct json_iter i = json_iter(rows); json_next(&i);) {
        struct slice id = ebay_text(json_get(i.value, "orderId"));
        if (!ebay_is_id(id)) {
            return err_note(note, ERR_PARSE, "an order without an id in a page of orders");
        }
        if (!ebay_order_is_under_way(i.value) &&
            !ebay_order_read(i.value, NULL, fetched_at_us, arena, &orders[out->orders_count])) {
            out->orders_count++;
        } else {
            fetches[out->fetches_count++] =
                (struct fetch){.kind = FETCH_ORDER, .id = arena_copy(arena, id)};
        }
    }
    out->orders = orders;
    out->fetches = fetches;
    return ERR_OK;
}

enum err ebay_read_orders(const struct account *account,
                          const struct step *step,
                          const struct http_response *response,
                          struct json_doc *doc,
                          struct arena *arena,
                          struct orders_page *out,
                          struct channel_signal *out_signal,
                          struct err_note *note)
{
    (void)account;
    struct ebay_answer answer = ebay_answer_read(response, doc, arena, out_signal);
    struct orders_page page = {0};
    struct window window;
    int64_t total = -1;

    if (answer.verdict != EBAY_DONE) {
        return ebay_fault(answer.verdict, answer.status, answer.reason, out_signal, note);
    }
    struct json rows = json_get(answer.root, "orders");
    if (!json_int_loose(json_get(answer.root, "total"), &total) || total < 0) {
        total = -1;
    }
    bool is_list = json_type(rows) == JSON_ARRAY || (json_type(rows) == JSON_NONE && total == 0);
    if (!is_list || !window_read(step, &window)) {
        return err_note(note, ERR_PARSE, "the list of orders is not a list");
    }
    enum err e = rows_read(rows, step->now_us, arena, &page.facts, note);
    if (e) {
        return e;
    }
    if (window_next(&window, step->now_us, (int64_t)json_count(rows), total)) {
        page.next = window_text(arena, &window);
    }
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "a page of orders larger than an answer may be");
    }
    *out = page;
    return ERR_OK;
}
