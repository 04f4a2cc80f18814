/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders by reading: those changed since an instant, and one by its id. One call each: the lines
 * and the pick-up locations come with their consignments.
 *
 * Pages go by the order's id, not by page number: `min_id` is the last id of the page before. An
 * order that changes meanwhile keeps its place, so none is skipped; whatever changes behind us is
 * newer than the read's beginning, and the next read finds it. Whether min_id includes its id makes
 * no difference. How many rows the API gives at most is not documented: a page is the last one when
 * it is shorter than what comes unasked.
 */
#include "base/crypto.h"
#include "base/times.h"
#include "channels/bigcommerce/bigcommerce.h"

#define WITH_LINES "include=consignments.line_items&consignment_structure=object"

enum err bc_build_orders(const struct account *account,
                         const struct step *step,
                         struct arena *arena,
                         struct http_request *out)
{
    char text[TIME_TEXT_MAX];
    int64_t min_id = 1;

    if (step->cursor.n && (!slice_int(step->cursor, &min_id) || min_id < 1)) {
        return ERR_USAGE;
    }
    struct slice stamp = time_format_s(step->since_us, text);
    if (stamp.n && stamp.p[stamp.n - 1] == 'Z') {
        stamp.n--; /* the documented form has an offset */
    }
    struct slice since =
        percent_encode(arena, arena_printf(arena, "%.*s.000+00:00", SLICE_ARG(stamp)));
    if (!since.p) {
        return ERR_LIMIT;
    }
    struct slice path = arena_printf(arena,
                                     "/v2/orders?min_date_modified=%.*s&min_id=%" PRId64
                                     "&sort=id:asc&limit=%d&" WITH_LINES,
                                     SLICE_ARG(since),
                                     min_id,
                                     BC_ORDERS_PAGE);
    return bc_request(account, "GET", path, (struct slice){0}, arena, out);
}

struct rows {
    struct facts *facts;
    size_t count;
    int64_t last_id;
};

/* One order that cannot be read must not hide the others: it is asked for alone. */
static enum err rows_read(struct json rows,
                          int64_t fetched_at_us,
                          struct arena *arena,
                          struct rows *out,
                          struct err_note *note)
{
    size_t room = json_count(rows);
    struct order_snapshot *orders = ARENA_ARRAY(arena, room, struct order_snapshot);
    struct fetch *fetches = ARENA_ARRAY(arena, room, struct fetch);
    struct facts *facts = out->facts;

    if (!orders || !fetches) {
        return err_note(note, ERR_LIMIT, "a page of orders larger than an answer may be");
    }
    for (struct json_iter i = json_iter(rows); json_next(&i) && out->count < room; out->count++) {
        int64_t id = 0;
        if (!bc_id(json_get(i.value, "id"), &id)) {
            return err_note(note, ERR_PARSE, "an order without an id in a page of orders");
        }
        if (id <= out->last_id) {
            return err_note(note, ERR_PARSE, "the page of orders is not sorted by id, as asked");
        }
        out->last_id = id;
        if (bc_order_read(i.value, fetched_at_us, arena, &orders[facts->orders_count])) {
            fetches[facts->fetches_count++] =
                (struct fetch){.kind = FETCH_ORDER, .id = arena_printf(arena, "%" PRId64, id)};
        } else {
            facts->orders_count++;
        }
    }
    facts->orders = orders;
    facts->fetches = fetches;
    return ERR_OK;
}

enum err bc_read_orders(const struct account *account,
                        const struct step *step,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena,
                        struct orders_page *out,
                        struct channel_signal *out_signal,
                        struct err_note *note)
{
    (void)account;
    struct bc_answer answer = bc_answer_read(response, doc, arena, out_signal);
    struct orders_page page = {0};
    struct rows rows = {.facts = &page.facts};

    if (answer.verdict != BC_DONE) {
        return bc_answer_fault(&answer, out_signal, note);
    }
    if (!answer.is_empty) {
        if (json_type(answer.root) != JSON_ARRAY) {
            return err_note(note, ERR_PARSE, "the list of orders is not a list");
        }
        enum err e = rows_read(answer.root, step->now_us, arena, &rows, note);
        if (e) {
            return e;
        }
        if (rows.count >= BC_ORDERS_LEAST) {
            page.next = arena_printf(arena, "%" PRId64, rows.last_id);
        }
    }
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "a page of orders larger than an answer may be");
    }
    *out = page;
    return ERR_OK;
}

enum err bc_build_order(const struct account *account,
                        struct slice id,
                        const struct step *step,
                        struct arena *arena,
                        struct http_request *out)
{
    (void)step;
    int64_t number = 0;

    if (!slice_int(id, &number) || number < 1) {
        return ERR_USAGE;
    }
    struct slice path = arena_printf(arena, "/v2/orders/%" PRId64 "?" WITH_LINES, number);
    return bc_request(account, "GET", path, (struct slice){0}, arena, out);
}

enum err bc_read_order(const struct account *account,
                       const struct step *step,
                       const struct http_response *response,
                       struct json_doc *doc,
                       struct arena *arena,
                       struct facts *out,
                       struct channel_signal *out_signal,
                       struct err_note *note)
{
    (void)account;
    struct bc_answer answer = bc_answer_read(response, doc, arena, out_signal);

    if (answer.verdict != BC_DONE) {
        return bc_answer_fault(&answer, out_signal, note);
    }
    if (answer.is_empty) {
        return err_note(note, ERR_NOT_FOUND, "HTTP 204: the store has no such order");
    }
    struct order_snapshot *snapshot = ARENA_NEW(arena, struct order_snapshot);
    if (!snapshot) {
        return err_note(note, ERR_LIMIT, "an order larger than an answer may be");
    }
    const char *reason = bc_order_read(answer.root, step->now_us, arena, snapshot);
    if (reason) {
        return err_note(note, ERR_PARSE, "%s", reason);
    }
    *out = (struct facts){.orders = snapshot, .orders_count = 1};
    return ERR_OK;
}
