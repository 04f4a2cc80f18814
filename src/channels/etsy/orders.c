/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders by reading: receipts changed since an instant, and one by its id.
 *
 * Two queries, one after the other: a cancelled receipt may keep its time of change, or be missing
 * among the changed ones. So the second asks for all that were placed in the last 30 days and are
 * cancelled now.
 *
 * Pages go by offset, the oldest receipt first, so that new ones come behind. A receipt that leaves
 * the answer meanwhile moves the later ones up: pages overlap by a few, and a receipt that is read
 * twice changes nothing.
 *
 * Cursor: "m:OFFSET" of the changed ones, "c:OFFSET:SINCE" of the cancelled ones.
 */
#include "channels/etsy/etsy.h"

#define OVERLAP 10
#define OFFSET_MAX INT64_C(1000000)
#define CANCELLED_DAYS INT64_C(30)
#define SINCE_MIN_S INT64_C(946684800) /* Etsy takes no time before the year 2000 */

struct place {
    bool is_cancelled;
    int64_t offset, since_s;
};

static int64_t since_of(int64_t time_us)
{
    int64_t seconds = time_us / US_PER_S;

    return seconds > SINCE_MIN_S ? seconds : SINCE_MIN_S;
}

static struct place cancelled_from(int64_t now_us)
{
    return (struct place){.is_cancelled = true,
                          .since_s = since_of(now_us - CANCELLED_DAYS * 86400 * US_PER_S)};
}

static bool place_of(const struct step *step, struct place *out)
{
    struct place place = {.since_s = since_of(step->since_us)};
    struct slice rest = step->cursor;
    struct slice kind, offset;

    if (!rest.n) {
        *out = place;
        return true;
    }
    slice_cut(&rest, ':', &kind);
    place.is_cancelled = slice_is(kind, "c");
    if (!place.is_cancelled && !slice_is(kind, "m")) {
        return false;
    }
    slice_cut(&rest, ':', &offset);
    if (!slice_int(offset, &place.offset) || place.offset < 0 || place.offset > OFFSET_MAX) {
        return false;
    }
    if (place.is_cancelled && (!slice_int(rest, &place.since_s) || place.since_s < SINCE_MIN_S)) {
        return false;
    }
    *out = place;
    return place.is_cancelled || !rest.n;
}

static struct slice place_text(const struct place *place, struct arena *arena)
{
    return place->is_cancelled
               ? arena_printf(arena, "c:%" PRId64 ":%" PRId64, place->offset, place->since_s)
               : arena_printf(arena, "m:%" PRId64, place->offset);
}

enum err etsy_build_orders(const struct account *account,
                           const struct step *step,
                           struct arena *arena,
                           struct http_request *out)
{
    struct slice shop = etsy_config(account)->shop_id;
    struct place place;

    if (!shop.n || !place_of(step, &place)) {
        return ERR_USAGE;
    }
    struct slice path =
        arena_printf(arena,
                     "/v3/application/shops/%.*s/receipts?%s=%" PRId64
                     "&sort_on=created&sort_order=asc&limit=%d&offset=%" PRId64,
                     SLICE_ARG(shop),
                     place.is_cancelled ? "was_canceled=true&min_created" : "min_last_modified",
                     place.since_s,
                     ETSY_PAGE,
                     place.offset);
    return etsy_request(account, "GET", path, (struct slice){0}, false, arena, out);
}

/* One receipt that cannot be read must not hide the others: it is asked for alone. */
static enum err rows_read(struct json rows,
                          int64_t fetched_at_us,
                          struct arena *arena,
                          struct facts *facts,
                          struct err_note *note)
{
    size_t room = json_count(rows);
    struct order_snapshot *orders = ARENA_ARRAY(arena, room + 1, struct order_snapshot);
    struct fetch *fetches = ARENA_ARRAY(arena, room + 1, struct fetch);

    if (!orders || !fetches) {
        return err_note(note, ERR_LIMIT, "a page of receipts larger than an answer may be");
    }
    for (struct json_iter i = json_iter(rows);
         json_next(&i) && facts->orders_count + facts->fetches_count < room;) {
        int64_t id = 0;
        if (!etsy_id(json_get(i.value, "receipt_id"), &id)) {
            return err_note(note, ERR_PARSE, "a receipt without an id in a page of receipts");
        }
        if (etsy_order_read(i.value, fetched_at_us, arena, &orders[facts->orders_count])) {
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

/* Where it goes on; false: this was the last page. */
static bool place_next(struct place *place, size_t rows, struct json root, int64_t now_us)
{
    int64_t total = 0;
    int64_t seen = place->offset + (int64_t)rows;
    bool is_last = rows < ETSY_PAGE ||
                   (json_int(json_get(root, "count"), &total) && total > 0 && seen >= total);

    if (!is_last) {
        place->offset = seen - OVERLAP;
        return true;
    }
    if (place->is_cancelled) {
        return false;
    }
    *place = cancelled_from(now_us);
    return true;
}

enum err etsy_read_orders(const struct account *account,
                          const struct step *step,
                          const struct http_response *response,
                          struct json_doc *doc,
                          struct arena *arena,
                          struct orders_page *out,
                          struct channel_signal *out_signal,
                          struct err_note *note)
{
    struct etsy_answer answer = etsy_answer_read(response, doc, arena, out_signal);
    struct json rows = json_get(answer.root, "results");
    struct orders_page page = {0};
    struct place place;

    (void)account;
    if (!place_of(step, &place)) {
        return err_note(note, ERR_USAGE, "not a cursor of these orders");
    }
    if (answer.verdict != ETSY_DONE) {
        return etsy_answer_fault(&answer, out_signal, note);
    }
    if (json_type(rows) != JSON_ARRAY) {
        return err_note(note, ERR_PARSE, "the page of receipts has no list of results");
    }
    enum err e = rows_read(rows, step->now_us, arena, &page.facts, note);
    if (e) {
        return e;
    }
    if (place_next(&place, json_count(rows), answer.root, step->now_us)) {
        if (place.offset > OFFSET_MAX) {
            return err_note(note, ERR_LIMIT, "more changed receipts than can be read at once");
        }
        page.next = place_text(&place, arena);
    }
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "a page of receipts larger than an answer may be");
    }
    *out = page;
    return ERR_OK;
}

enum err etsy_build_order(const struct account *account,
                          struct slice id,
                          const struct step *step,
                          struct arena *arena,
                          struct http_request *out)
{
    struct slice shop = etsy_config(account)->shop_id;
    int64_t number = 0;

    (void)step;
    if (!shop.n || !slice_int(id, &number) || number < 1) {
        return ERR_USAGE;
    }
    struct slice path = arena_printf(
        arena, "/v3/application/shops/%.*s/receipts/%" PRId64, SLICE_ARG(shop), number);
    return etsy_request(account, "GET", path, (struct slice){0}, false, arena, out);
}

enum err etsy_read_order(const struct account *account,
                         const struct step *step,
                         const struct http_response *response,
                         struct json_doc *doc,
                         struct arena *arena,
                         struct facts *out,
                         struct channel_signal *out_signal,
                         struct err_note *note)
{
    struct etsy_answer answer = etsy_answer_read(response, doc, arena, out_signal);

    (void)account;
    if (answer.verdict != ETSY_DONE) {
        return etsy_answer_fault(&answer, out_signal, note);
    }
    struct order_snapshot *snapshot = ARENA_NEW(arena, struct order_snapshot);
    if (!snapshot) {
        return err_note(note, ERR_LIMIT, "a receipt larger than an answer may be");
    }
    const char *reason = etsy_order_read(answer.root, step->now_us, arena, snapshot);
    if (reason) {
        return err_note(note, ERR_PARSE, "%s", reason);
    }
    *out = (struct facts){.orders = snapshot, .orders_count = 1};
    return ERR_OK;
}
