/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders by reading: those changed since an instant, and one by its id.
 *
 * Only the fields of a snapshot are asked for: no names, addresses or payments. The body is then a
 * part of the webhook's, and gives the same snapshot.
 *
 * Pages go by the stamp of the last change, not by page number: an order that changes meanwhile
 * moves to the end and would pull one that was not read yet onto a page that was. Cursor:
 * "<after>/<page>"; the page number only counts on within one second that fills a whole page.
 *
 * Not seen here (facts of the platform): orders in the trash, forced deletions, deleted refunds.
 */
#include "base/times.h"
#include "channels/woocommerce/woo.h"

#define FIELDS                                                                                     \
    "id,status,date_created_gmt,date_modified_gmt,date_completed_gmt,line_items,"                  \
    "shipping.country,shipping.state,billing.country,billing.state"

/* As `modified_after` wants it beside dates_are_gmt: whole seconds, no zone. */
static struct slice stamp_text(struct arena *arena, int64_t time_us)
{
    char text[TIME_TEXT_MAX];
    struct slice stamp = time_format_s(time_us, text);

    if (stamp.n && stamp.p[stamp.n - 1] == 'Z') {
        stamp.n--;
    }
    return arena_copy(arena, stamp);
}

enum err woo_build_orders(const struct account *account,
                          const struct step *step,
                          struct arena *arena,
                          struct http_request *out)
{
    struct woo_call call = {.method = "GET", .path = SLICE("/orders")};
    int64_t page = 1;

    struct slice cursor = step->cursor;
    int64_t since_us = step->since_us;
    if (cursor.n) {
        struct slice after;
        if (!slice_cut(&cursor, '/', &after) || !time_parse_utc(after, &since_us) ||
            !slice_int(cursor, &page) || page < 1) {
            return ERR_USAGE;
        }
    }
    woo_param(&call, "modified_after", stamp_text(arena, since_us));
    woo_param(&call, "dates_are_gmt", SLICE("true"));
    woo_param(&call, "orderby", SLICE("modified"));
    woo_param(&call, "order", SLICE("asc"));
    woo_param(&call, "per_page", SLICE("100"));
    woo_param(&call, "page", arena_printf(arena, "%" PRId64, page));
    woo_param(&call, "status", SLICE("any"));
    woo_param(&call, "_fields", SLICE(FIELDS));
    return woo_request(account, &call, step->now_us, step->nonce, arena, out);
}

struct page_stamps {
    size_t rows;
    int64_t first_us, last_us; /* of the rows that have one */
};

/* One order that cannot be read must not hide the others: it is asked for alone. */
static enum err rows_read(struct json rows,
                          int64_t fetched_at_us,
                          struct arena *arena,
                          struct facts *out,
                          struct page_stamps *stamps)
{
    size_t room = json_count(rows);
    struct order_snapshot *orders = ARENA_ARRAY(arena, room, struct order_snapshot);
    struct fetch *fetches = ARENA_ARRAY(arena, room, struct fetch);

    if (!orders || !fetches) {
        return ERR_LIMIT;
    }
    *stamps = (struct page_stamps){0};
    for (struct json_iter i = json_iter(rows); json_next(&i) && stamps->rows < room;) {
        struct slice text;
        int64_t stamp = 0;
        int64_t id = 0;
        if (json_text(json_get(i.value, "date_modified_gmt"), &text) &&
            time_parse_utc(text, &stamp)) {
            stamps->first_us = stamps->first_us ? stamps->first_us : stamp;
            stamps->last_us = stamp;
        }
        stamps->rows++;
        const char *reason =
            woo_order_read(i.value, fetched_at_us, arena, &orders[out->orders_count]);
        if (!reason) {
            out->orders_count++;
        } else if (woo_id(json_get(i.value, "id"), &id)) {
            fetches[out->fetches_count++] =
                (struct fetch){.kind = FETCH_ORDER, .id = arena_printf(arena, "%" PRId64, id)};
        } else {
            out->unreadable = reason;
        }
    }
    out->orders = orders;
    out->fetches = fetches;
    return arena->exhausted ? ERR_LIMIT : ERR_OK;
}

static enum err next_cursor(const struct http_response *response,
                            const struct page_stamps *stamps,
                            struct arena *arena,
                            struct slice *out,
                            struct err_note *note)
{
    int64_t next_page = woo_next_page(response, arena);

    *out = (struct slice){0};
    if (stamps->rows < WOO_PAGE && !next_page) {
        return ERR_OK;
    }
    if (stamps->last_us > stamps->first_us) {
        /* Strictly after, at whole seconds: one second less brings the last one's equals again. */
        struct slice after = stamp_text(arena, stamps->last_us - US_PER_S);
        *out = arena_printf(arena, "%.*s/1", SLICE_ARG(after));
    } else if (stamps->rows && stamps->last_us == stamps->first_us && next_page) {
        struct slice after = stamp_text(arena, stamps->first_us - US_PER_S);
        *out = arena_printf(arena, "%.*s/%" PRId64, SLICE_ARG(after), next_page);
    } else {
        return err_note(
            note, ERR_PARSE, "a full page of orders that does not say where the next one begins");
    }
    return arena->exhausted ? ERR_LIMIT : ERR_OK;
}

enum err woo_read_orders(const struct account *account,
                         const struct step *step,
                         const struct http_response *response,
                         struct json_doc *doc,
                         struct arena *arena,
                         struct orders_page *out,
                         struct channel_signal *out_signal,
                         struct err_note *note)
{
    (void)account;
    struct woo_answer answer = woo_answer_read(response, doc, arena, out_signal);
    struct orders_page page = {0};
    struct page_stamps stamps;

    if (answer.verdict != WOO_JSON) {
        return woo_answer_fault(&answer, out_signal, note);
    }
    if (json_type(answer.root) != JSON_ARRAY) {
        return err_note(note, ERR_PARSE, "the list of orders is not a list");
    }
    enum err e = rows_read(answer.root, step->now_us, arena, &page.facts, &stamps);
    if (e) {
        return err_note(note, e, "a page of orders larger than an answer may be");
    }
    e = next_cursor(response, &stamps, arena, &page.next, note);
    if (e) {
        return e;
    }
    *out = page;
    return ERR_OK;
}

enum err woo_build_order(const struct account *account,
                         struct slice id,
                         const struct step *step,
                         struct arena *arena,
                         struct http_request *out)
{
    struct woo_call call = {.method = "GET"};
    int64_t number = 0;

    if (!slice_int(id, &number) || number < 1) {
        return ERR_USAGE;
    }
    call.path = arena_printf(arena, "/orders/%" PRId64, number);
    woo_param(&call, "_fields", SLICE(FIELDS));
    return woo_request(account, &call, step->now_us, step->nonce, arena, out);
}

enum err woo_read_order(const struct account *account,
                        const struct step *step,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena,
                        struct facts *out,
                        struct channel_signal *out_signal,
                        struct err_note *note)
{
    (void)account;
    struct woo_answer answer = woo_answer_read(response, doc, arena, out_signal);

    if (answer.verdict != WOO_JSON) {
        return woo_answer_fault(&answer, out_signal, note);
    }
    struct order_snapshot *snapshot = ARENA_NEW(arena, struct order_snapshot);
    if (!snapshot) {
        return err_note(note, ERR_LIMIT, "an order larger than an answer may be");
    }
    const char *reason = woo_order_read(answer.root, step->now_us, arena, snapshot);
    if (reason) {
        return err_note(note, ERR_PARSE, "%s", reason);
    }
    *out = (struct facts){.orders = snapshot, .orders_count = 1};
    return ERR_OK;
}
