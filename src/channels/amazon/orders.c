/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders by reading: those changed since an instant, and one by its id. FULFILLMENT alone is asked
 * for beside the order itself: buyers and addresses are nobody's business here.
 *
 * searchOrders knows an order about two minutes after its change. An instant that lies less far
 * back than that would miss it, so every read reaches back further than it is asked to. The other
 * parameters of a page must be those of the first one: the cursor carries the instant along.
 * Cursor: "<instant> <token>".
 */
#include "base/crypto.h"
#include "base/times.h"
#include "channels/amazon/amazon.h"

#define LAG_US (300 * US_PER_S)
#define TOKEN_MAX 16384
#define PATH "/orders/2026-01-01/orders"

static bool cursor_read(struct slice cursor, struct slice *out_since, struct slice *out_token)
{
    int64_t at_us = 0;

    *out_token = cursor;
    return slice_cut(out_token, ' ', out_since) && time_parse_rfc3339(*out_since, &at_us) &&
           amazon_is_visible(*out_token, TOKEN_MAX);
}

static struct slice since_text(const struct step *step, struct arena *arena)
{
    char text[TIME_TEXT_MAX];
    int64_t since_us = step->since_us > LAG_US ? step->since_us - LAG_US : 0;

    return arena_copy(arena, time_format_s(since_us, text));
}

enum err amazon_build_orders(const struct account *account,
                             const struct step *step,
                             struct arena *arena,
                             struct http_request *out)
{
    const struct amazon_config *config = amazon_config(account);
    struct slice since = {0};
    struct slice token = {0};

    if (!config->marketplaces_text.n ||
        (step->cursor.n && !cursor_read(step->cursor, &since, &token))) {
        return ERR_USAGE;
    }
    if (!since.n) {
        since = since_text(step, arena);
    }
    struct slice from = percent_encode(arena, since);
    struct slice page = percent_encode(arena, token);
    if (!from.p || (token.n && !page.p)) {
        return ERR_LIMIT;
    }
    struct slice path = arena_printf(arena,
                                     PATH "?lastUpdatedAfter=%.*s&includedData=FULFILLMENT"
                                          "&marketplaceIds=%.*s&maxResultsPerPage=%d%s%.*s",
                                     SLICE_ARG(from),
                                     SLICE_ARG(config->marketplaces_text),
                                     AMAZON_ORDERS_PAGE,
                                     token.n ? "&paginationToken=" : "",
                                     (int)page.n,
                                     page.p ? page.p : "");
    return amazon_request(account, "GET", path, (struct slice){0}, arena, out);
}

/* One order that cannot be read must not hide the others: it is asked for alone. */
static enum err rows_read(const struct amazon_config *config,
                          struct json rows,
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
        struct slice id = amazon_text(json_get(i.value, "orderId"));
        const char *ignored = NULL;
        if (!amazon_is_order_id(id)) {
            return err_note(note, ERR_PARSE, "an order without an id in a page of orders");
        }
        const char *reason = amazon_order_read(
            config, i.value, fetched_at_us, arena, &orders[out->orders_count], &ignored);
        if (reason) {
            fetches[out->fetches_count++] =
                (struct fetch){.kind = FETCH_ORDER, .id = arena_copy(arena, id)};
        } else if (!ignored) {
            out->orders_count++;
        }
    }
    out->orders = orders;
    out->fetches = fetches;
    return ERR_OK;
}

static enum err next_read(const struct step *step,
                          struct json root,
                          struct arena *arena,
                          struct slice *out,
                          struct err_note *note)
{
    struct slice token = amazon_text(json_path(root, "pagination", "nextToken", NULL));
    struct slice since = {0};
    struct slice before = {0};

    if (!token.n) {
        return ERR_OK;
    }
    if (!amazon_is_visible(token, TOKEN_MAX)) {
        return err_note(note, ERR_PARSE, "the token of the next page of orders is not usable");
    }
    if (step->cursor.n && !cursor_read(step->cursor, &since, &before)) {
        return err_note(note, ERR_USAGE, "not a cursor of these orders");
    }
    if (!since.n) {
        since = since_text(step, arena);
    }
    if (slice_equal(before, token)) {
        return err_note(note, ERR_PARSE, "the next page of orders would be this one again");
    }
    *out = arena_printf(arena, "%.*s %.*s", (int)since.n, since.p ? since.p : "", SLICE_ARG(token));
    return ERR_OK;
}

enum err amazon_read_orders(const struct account *account,
                            const struct step *step,
                            const struct http_response *response,
                            struct json_doc *doc,
                            struct arena *arena,
                            struct orders_page *out,
                            struct channel_signal *out_signal,
                            struct err_note *note)
{
    struct amazon_answer answer = amazon_answer_read(response, doc, arena, out_signal);
    struct json rows = json_get(answer.root, "orders");
    struct orders_page page = {0};

    if (answer.verdict != AMAZON_DONE) {
        return amazon_answer_fault(&answer, out_signal, note);
    }
    if (json_type(rows) != JSON_ARRAY) {
        return err_note(note, ERR_PARSE, "the page of orders has no list of orders");
    }
    enum err e = rows_read(amazon_config(account), rows, step->now_us, arena, &page.facts, note);
    e = e ? e : next_read(step, answer.root, arena, &page.next, note);
    if (e) {
        return e;
    }
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "a page of orders larger than an answer may be");
    }
    *out = page;
    return ERR_OK;
}

enum err amazon_build_order(const struct account *account,
                            struct slice id,
                            const struct step *step,
                            struct arena *arena,
                            struct http_request *out)
{
    (void)step;
    if (!amazon_is_order_id(id)) {
        return ERR_USAGE;
    }
    struct slice path = arena_printf(arena, PATH "/%.*s?includedData=FULFILLMENT", SLICE_ARG(id));
    return amazon_request(account, "GET", path, (struct slice){0}, arena, out);
}

enum err amazon_read_order(const struct account *account,
                           const struct step *step,
                           const struct http_response *response,
                           struct json_doc *doc,
                           struct arena *arena,
                           struct facts *out,
                           struct channel_signal *out_signal,
                           struct err_note *note)
{
    struct amazon_answer answer = amazon_answer_read(response, doc, arena, out_signal);
    const char *ignored = NULL;

    if (answer.verdict != AMAZON_DONE) {
        return amazon_answer_fault(&answer, out_signal, note);
    }
    struct order_snapshot *snapshot = ARENA_NEW(arena, struct order_snapshot);
    if (!snapshot) {
        return err_note(note, ERR_LIMIT, "an order larger than an answer may be");
    }
    const char *reason = amazon_order_read(amazon_config(account),
                                           json_get(answer.root, "order"),
                                           step->now_us,
                                           arena,
                                           snapshot,
                                           &ignored);
    if (reason) {
        return err_note(note, ERR_PARSE, "%s", reason);
    }
    /* An order of no concern is no order that is gone. */
    *out = ignored ? (struct facts){.ignored = ignored}
                   : (struct facts){.orders = snapshot, .orders_count = 1};
    return ERR_OK;
}
