/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders by reading: those changed since an instant, and one by its id.
 *
 * The search finds them and the detail says what they are: the search's rows are not known to hold
 * the parts of combined listings, so a page takes two requests, and a page's order is the same
 * snapshot as one that was read alone. Cursors:
 *
 *   ""           the first page is searched
 *   "s TOKEN"    the page of that token is searched
 *   "d IDS TOKEN"  the orders of a page are read; TOKEN, when there is one, is of the page after it
 *
 * Pages go by update_time, upwards: an order that changes meanwhile moves behind us and is found
 * again, by this read or by the next.
 */
#include "base/json_write.h"
#include "channels/tiktok/tiktok.h"

#define CODE_OTHER_SHOP 21008111 /* the order is another shop's of the same app */

struct place {
    struct slice ids;   /* comma-separated: the details are asked for */
    struct slice token; /* of the page to search, or of the one after the details */
};

static bool ids_are_sound(struct slice ids)
{
    size_t count = 0;

    for (bool more = true; more;) {
        struct slice id;
        more = slice_cut(&ids, ',', &id);
        if (!tt_is_id(id) || ++count > TT_ORDERS_PAGE) {
            return false;
        }
    }
    return true;
}

static bool place_of(struct slice cursor, struct place *out)
{
    struct slice kind;

    *out = (struct place){0};
    if (!cursor.n) {
        return true;
    }
    slice_cut(&cursor, ' ', &kind);
    if (slice_is(kind, "d")) {
        slice_cut(&cursor, ' ', &out->ids);
        out->token = cursor;
        return ids_are_sound(out->ids) && tt_is_token(out->token);
    }
    out->token = cursor;
    return slice_is(kind, "s") && out->token.n > 0 && tt_is_token(out->token);
}

static enum err build_details(const struct account *account,
                              struct slice ids,
                              const struct step *step,
                              struct arena *arena,
                              struct http_request *out)
{
    struct tt_call call = {.method = "GET",
                           .path = SLICE("/order/202309/orders"),
                           .params = {{"ids", ids}},
                           .params_count = 1};

    return tt_request(account, &call, step, arena, out);
}

enum err tt_build_orders(const struct account *account,
                         const struct step *step,
                         struct arena *arena,
                         struct http_request *out)
{
    struct place at;

    if (!place_of(step->cursor, &at)) {
        return ERR_USAGE;
    }
    if (at.ids.n) {
        return build_details(account, at.ids, step, arena, out);
    }
    int64_t since_s = step->since_us > 0 ? step->since_us / US_PER_S : 0;
    struct tt_call call = {
        .method = "POST",
        .path = SLICE("/order/202309/orders/search"),
        .params = {{"page_size", arena_printf(arena, "%d", TT_ORDERS_PAGE)},
                   {"sort_field", SLICE("update_time")},
                   {"sort_order", SLICE("ASC")}},
        .params_count = 3,
        .body = arena_printf(arena, "{\"update_time_ge\":%" PRId64 "}", since_s),
    };
    if (at.token.n) {
        call.params[call.params_count++] = (struct tt_param){"page_token", at.token};
    }
    return call.body.p ? tt_request(account, &call, step, arena, out) : ERR_LIMIT;
}

/* The search's answer: the ids to read, and the page after it. Neither: this was the end. */
static enum err search_read(struct json data,
                            struct slice asked_token,
                            struct arena *arena,
                            struct slice *out_ids,
                            struct slice *out_token,
                            struct err_note *note)
{
    ON_EXIT(buf_free) struct buf ids;
    struct json orders = json_get(data, "orders");
    struct slice token = {0};
    size_t count = 0;

    buf_init(&ids, (size_t)TT_ORDERS_PAGE * (TT_ID_MAX + 1));
    if (json_type(orders) != JSON_NONE && json_type(orders) != JSON_NULL &&
        json_type(orders) != JSON_ARRAY) {
        return err_note(note, ERR_PARSE, "the list of orders is not a list");
    }
    for (struct json_iter i = json_iter(orders); json_next(&i); count++) {
        struct slice id = {0};
        if (!tt_id(json_get(i.value, "id"), arena, &id)) {
            return err_note(note, ERR_PARSE, "an order without an id in a page of orders");
        }
        buf_text(&ids, count ? "," : "");
        buf_slice(&ids, id);
    }
    if (ids.overflow || count > TT_ORDERS_PAGE) {
        return err_note(note, ERR_PARSE, "a page of more orders than were asked for");
    }
    json_text(json_get(data, "next_page_token"), &token);
    if (!tt_is_token(token)) {
        return err_note(note, ERR_PARSE, "a page token that cannot be handed back");
    }
    /* A page of nothing, or one that leads to itself, is the end: nothing is read for ever. */
    bool has_more = token.n > 0 && count > 0 && !slice_equal(token, asked_token);
    *out_ids = arena_copy(arena, buf_view(&ids));
    *out_token = has_more ? arena_copy(arena, token) : (struct slice){0};
    return ERR_OK;
}

static struct slice after_page(struct slice token, struct arena *arena)
{
    return token.n ? arena_printf(arena, "s %.*s", SLICE_ARG(token)) : (struct slice){0};
}

static void fetch_add(struct facts *facts, struct fetch *list, struct slice id)
{
    list[facts->fetches_count++] = (struct fetch){.kind = FETCH_ORDER, .id = id};
}

/* Each order that was asked for becomes a snapshot, or is read alone: then its fault is shown. */
static enum err details_read(const struct account *account,
                             struct json data,
                             struct slice ids,
                             int64_t fetched_at_us,
                             struct arena *arena,
                             struct facts *out,
                             struct err_note *note)
{
    struct order_snapshot *orders = ARENA_ARRAY(arena, TT_ORDERS_PAGE, struct order_snapshot);
    struct fetch *fetches = ARENA_ARRAY(arena, TT_ORDERS_PAGE, struct fetch);

    if (!orders || !fetches) {
        return err_note(note, ERR_LIMIT, "a page of orders larger than an answer may be");
    }
    *out = (struct facts){.orders = orders, .fetches = fetches};
    for (bool more = true; more;) {
        struct slice id;
        struct json found = {0};
        more = slice_cut(&ids, ',', &id);
        for (struct json_iter i = json_iter(json_get(data, "orders")); json_next(&i);) {
            found = tt_id_same(json_get(i.value, "id"), id) ? i.value : found;
        }
        if (tt_order_read(account, found, fetched_at_us, arena, &orders[out->orders_count])) {
            fetch_add(out, fetches, id);
        } else {
            out->orders_count++;
        }
    }
    return ERR_OK;
}

enum err tt_read_orders(const struct account *account,
                        const struct step *step,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena,
                        struct orders_page *out,
                        struct channel_signal *out_signal,
                        struct err_note *note)
{
    struct tt_answer answer = tt_answer_read(response, doc, arena, out_signal);
    struct orders_page page = {0};
    struct place at;
    struct slice ids = {0};
    struct slice token = {0};
    enum err e = ERR_OK;

    if (!place_of(step->cursor, &at)) {
        return err_note(note, ERR_USAGE, "not a cursor of this list of orders");
    }
    /* One order that is refused must not hide the others: each is then read alone. */
    bool is_refused = at.ids.n && answer.verdict == TT_REFUSED;
    if (answer.verdict != TT_DONE && !is_refused) {
        return tt_answer_fault(&answer, out_signal, note);
    }
    if (json_type(answer.data) != JSON_OBJECT && !is_refused) {
        return err_note(note, ERR_PARSE, "the answer has no list of orders");
    }
    if (at.ids.n) {
        e = details_read(account, answer.data, at.ids, step->now_us, arena, &page.facts, note);
        page.next = after_page(at.token, arena);
    } else {
        e = search_read(answer.data, at.token, arena, &ids, &token, note);
    }
    if (!e && ids.n) {
        out_signal->next = (struct next_request){
            .is_wanted = true,
            .cursor = arena_printf(arena, "d %.*s %.*s", SLICE_ARG(ids), (int)token.n, token.p),
        };
    }
    if (!e && arena->exhausted) {
        e = err_note(note, ERR_LIMIT, "a page of orders larger than an answer may be");
    }
    if (e) {
        out_signal->next = (struct next_request){0};
        return e;
    }
    *out = page;
    return ERR_OK;
}

enum err tt_build_order(const struct account *account,
                        struct slice id,
                        const struct step *step,
                        struct arena *arena,
                        struct http_request *out)
{
    return tt_is_id(id) ? build_details(account, id, step, arena, out) : ERR_USAGE;
}

enum err tt_read_order(const struct account *account,
                       const struct step *step,
                       const struct http_response *response,
                       struct json_doc *doc,
                       struct arena *arena,
                       struct facts *out,
                       struct channel_signal *out_signal,
                       struct err_note *note)
{
    struct tt_answer answer = tt_answer_read(response, doc, arena, out_signal);
    struct json orders = json_get(answer.data, "orders");

    if (answer.code == CODE_OTHER_SHOP) {
        return err_note(note, ERR_NOT_FOUND, "%.*s", SLICE_ARG(answer.reason));
    }
    if (answer.verdict != TT_DONE) {
        return tt_answer_fault(&answer, out_signal, note);
    }
    if (json_type(answer.data) != JSON_OBJECT) {
        return err_note(note, ERR_PARSE, "the answer has no list of orders");
    }
    struct json_iter first = json_iter(orders);
    if (!json_next(&first)) {
        return err_note(note, ERR_NOT_FOUND, "the shop has no such order");
    }
    if (json_count(orders) > 1) {
        return err_note(note, ERR_PARSE, "one order was asked for, several came");
    }
    struct order_snapshot *snapshot = ARENA_NEW(arena, struct order_snapshot);
    if (!snapshot) {
        return err_note(note, ERR_LIMIT, "an order larger than an answer may be");
    }
    const char *reason = tt_order_read(account, first.value, step->now_us, arena, snapshot);
    if (reason) {
        return err_note(note, ERR_PARSE, "%s", reason);
    }
    *out = (struct facts){.orders = snapshot, .orders_count = 1};
    return ERR_OK;
}
