/* SPDX-License-Identifier: Apache-2.0 */
/* Orders into snapshots: one by its id with its fulfilments, and pages of changed ones. */
#include "support/ebay_account.h"

#include "base/buf.h"

#define HEAD_PAID(paid)                                                                            \
    "\"orderId\":\"12-34567-89012\",\"creationDate\":\"2026-11-20T10:00:00.000Z\","                \
    "\"sellerId\":\"s\",\"orderPaymentStatus\":\"" paid "\","
#define HEAD HEAD_PAID("PAID")
#define MODIFIED(at) "\"lastModifiedDate\":\"2026-11-2" at ".250Z\","
#define STATE(s) "\"orderFulfillmentStatus\":\"" s "\","
#define CANCEL(s) "\"cancelStatus\":{\"cancelState\":\"" s "\",\"cancelRequests\":[]},"
#define SHIP_TO(country, state)                                                                    \
    "\"fulfillmentStartInstructions\":[{\"shippingStep\":{\"shipTo\":{\"fullName\":\"N\","         \
    "\"contactAddress\":{\"countryCode\":\"" country "\",\"stateOrProvince\":\"" state "\"}}}}],"
#define LINE(id, item, sku, n)                                                                     \
    "{\"lineItemId\":\"" id "\",\"legacyItemId\":\"" item "\",\"sku\":\"" sku "\",\"quantity\":" n \
    "}"
#define LINES(l) "\"lineItems\":[" l "]"
#define TWO LINES(LINE("9001", "110", "T/M", "3") "," LINE("9002", "111", "", "2"))

/* "9001:110/T/M(110/) 3 -0 +0 t3": ordered, cancelled, fulfilled, taken. */
static struct slice told(const struct order_snapshot *o)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < o->lines_count; i++) {
        const struct snapshot_line *l = &o->lines[i];
        buf_text(&text, i ? " | " : "");
        buf_printf(&text,
                   "%.*s:%.*s(%.*s) %" PRId64 " -%" PRId64 " +%" PRId64 " t%" PRId64 "%s",
                   SLICE_ARG(l->id),
                   SLICE_ARG(l->remote),
                   (int)l->remote_other.n,
                   l->remote_other.p ? l->remote_other.p : "",
                   l->ordered,
                   l->cancelled,
                   l->fulfilled,
                   l->taken,
                   l->channel_fulfilled ? " theirs" : "");
        assert_int_equal(l->returned + l->restocked + l->no_restock, 0);
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

struct exchange {
    struct facts facts;
    struct channel_signal signal;
    struct err_note note;
    enum err err;
};

static struct exchange order_answer(const char *cursor, int status, const char *body)
{
    struct exchange x = {.signal = SIGNAL_NONE};
    struct step step = ebay_step(cursor);
    struct http_response response = fixture_answer(status, slice_of(body));
    x.err = ebay->read_order(
        &ebay_account, &step, &response, fixture.doc, &fixture.arena, &x.facts, &x.signal, &x.note);
    return x;
}

static struct slice lines_of(const char *body)
{
    struct exchange x = order_answer("", 200, body);
    if (x.err || x.signal.next.is_wanted) {
        fail_msg("not decided: %s", x.note.text);
    }
    assert_int_equal(x.facts.orders_count, 1);
    return told(&x.facts.orders[0]);
}

static void test_an_order_is_read_with_its_lines_and_its_destination(void **state)
{
    (void)state;
    struct exchange x = order_answer("",
                                     200,
                                     "{" HEAD MODIFIED("0T10:00:01") STATE("NOT_STARTED")
                                         CANCEL("NONE_REQUESTED") SHIP_TO("US", "CA") TWO "}");
    assert_int_equal(x.err, ERR_OK);
    const struct order_snapshot *o = &x.facts.orders[0];
    assert_slice(o->id, "12-34567-89012");
    assert_slice(o->version_text, "2026-11-20T10:00:01.250Z");
    assert_int_equal(o->version - o->placed_at_us, 1250000);
    assert_true(o->version_is_time);
    assert_int_equal(o->fetched_at_us, EBAY_NOW_US);
    assert_slice(o->country, "US");
    assert_slice(o->region, "CA");
    assert_slice(told(o),
                 "9001:110/T/M(110/) 3 -0 +0 t3 | "
                 "9002:111/() 2 -0 +0 t2");
}

static void test_each_state_says_what_is_owed(void **state)
{
    (void)state;
#define ONE LINES(LINE("9001", "110", "T", "3"))
    static const struct {
        const char *body, *says;
    } cases[] = {
        /* Committed to, not paid for: eBay has lowered its count, so it is reserved. */
        {"{" HEAD_PAID("PENDING") MODIFIED("0T10:00:00") STATE("NOT_STARTED") ONE "}",
         "3 -0 +0 t3"},
        {"{" HEAD_PAID("FAILED") MODIFIED("0T10:00:00") STATE("NOT_STARTED") ONE "}", "3 -0 +0 t3"},
        {"{" HEAD_PAID("FULLY_REFUNDED") MODIFIED("0T10:00:00") STATE("NOT_STARTED") ONE "}",
         "3 -0 +0 t3"},
        {"{" HEAD MODIFIED("0T10:00:00") STATE("NOT_STARTED") ONE "}", "3 -0 +0 t3"},
        {"{" HEAD MODIFIED("0T10:00:00") STATE("FULFILLED") ONE "}", "3 -0 +3 t3"},
        /* A request for it cancels nothing. */
        {"{" HEAD MODIFIED("0T10:00:00") STATE("NOT_STARTED") CANCEL("IN_PROGRESS") ONE "}",
         "3 -0 +0 t3"},
        {"{" HEAD MODIFIED("0T10:00:00") STATE("NOT_STARTED") CANCEL("CANCELED") ONE "}",
         "3 -3 +0 t-1"},
        {"{" HEAD MODIFIED("0T10:00:00") STATE("FULFILLED") CANCEL("CANCELED") ONE "}",
         "3 -0 +3 t-1"},
        /* Refunds are money, with restock or without: eBay does not say units. */
        {"{" HEAD MODIFIED("0T10:00:00") STATE(
             "FULFILLED") "\"paymentSummary\":{\"refunds\":[{\"amount\":{\"value\":\"9\"}}]}," ONE
                          "}",
         "3 -0 +3 t3"},
        {"{" HEAD MODIFIED("0T10:00:00")
             STATE("NOT_STARTED") "\"lineItems\":[{\"lineItemId\":\"9001\",\"legacyItemId\":"
                                  "\"110\",\"sku\":\"T\","
                                  "\"quantity\":3,\"refunds\":[{\"refundId\":\"1\"}]}]}",
         "3 -0 +0 t3"},
        {"{" HEAD MODIFIED("0T10:00:00") STATE(
             "NOT_STARTED") "\"program\":{\"fulfillmentProgram\":{\"fulfilledBy\":\"EBAY\"}}," ONE
                            "}",
         "3 -0 +0 t3 theirs"},
        {"{" HEAD MODIFIED("0T10:00:00") STATE(
             "NOT_STARTED") "\"program\":{\"fulfillmentProgram\":{\"fulfilledBy\":\"SELLER\"}}," ONE
                            "}",
         "3 -0 +0 t3"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice wanted = arena_printf(&fixture.arena, "9001:110/T(110/) %s", cases[i].says);
        struct slice got = lines_of(cases[i].body);
        if (!slice_equal(got, wanted)) {
            fail_msg("%zu: got '%.*s', wanted '%s'", i, SLICE_ARG(got), wanted.p);
        }
    }
}

static struct slice next_request(const struct exchange *x)
{
    struct http_request r = {0};
    struct step step = ebay_step("");
    assert_int_equal(x->err, ERR_OK);
    assert_true(x->signal.next.is_wanted);
    step.cursor = x->signal.next.cursor;
    assert_int_equal(
        ebay->build_order(&ebay_account, SLICE("12-34567-89012"), &step, &fixture.arena, &r),
        ERR_OK);
    return r.url;
}

#define ORDER_URL "https://api.ebay.com/sell/fulfillment/v1/order/12-34567-89012"
#define UNDER_WAY(at, more) "{" HEAD MODIFIED(at) STATE("IN_PROGRESS") more TWO "}"
#define SHIPPED(rows) "{\"fulfillments\":[" rows "],\"total\":1}"
#define PARCEL(line, n)                                                                            \
    "{\"fulfillmentId\":\"f\",\"lineItems\":[{\"lineItemId\":\"" line "\"" n "}]}"

static void test_an_order_under_way_is_read_with_its_fulfilments(void **state)
{
    (void)state;
    struct exchange x = order_answer("", 200, UNDER_WAY("1T08:00:00", ""));
    assert_slice(next_request(&x), ORDER_URL "/shipping_fulfillment");
    x = order_answer(x.signal.next.cursor.p,
                     200,
                     SHIPPED(PARCEL("9001", ",\"quantity\":1") "," PARCEL(
                         "9001", ",\"quantity\":1") "," PARCEL("9002", "")));
    assert_slice(next_request(&x), ORDER_URL);
    struct slice cursor = x.signal.next.cursor;
    x = order_answer(cursor.p, 200, UNDER_WAY("1T08:00:00", ""));
    assert_int_equal(x.err, ERR_OK);
    assert_false(x.signal.next.is_wanted);
    assert_slice(told(&x.facts.orders[0]),
                 "9001:110/T/M(110/) 3 -0 +2 t3 | "
                 "9002:111/() 2 -0 +2 t2");
    /* Cancelled in part: what has left stays sold. */
    x = order_answer(cursor.p, 200, UNDER_WAY("1T08:00:00", CANCEL("CANCELED")));
    assert_slice(told(&x.facts.orders[0]),
                 "9001:110/T/M(110/) 3 -1 +2 t-1 | "
                 "9002:111/() 2 -0 +2 t-1");
}

static void test_a_change_between_the_requests_begins_again_and_ends(void **state)
{
    (void)state;
    struct exchange x =
        order_answer("o;2026-11-21T08:00:00.250Z;1;9001=1,", 200, UNDER_WAY("1T09:00:00", ""));
    assert_slice(next_request(&x), ORDER_URL "/shipping_fulfillment");
    assert_slice(x.signal.next.cursor, "f;2026-11-21T09:00:00.250Z;2");
    /* Shipped altogether meanwhile: the fulfilments are no longer needed. */
    x = order_answer("o;2026-11-21T08:00:00.250Z;1;9001=1,",
                     200,
                     "{" HEAD MODIFIED("1T09:00:00") STATE("FULFILLED") TWO "}");
    assert_slice(told(&x.facts.orders[0]),
                 "9001:110/T/M(110/) 3 -0 +3 t3 | "
                 "9002:111/() 2 -0 +2 t2");
    x = order_answer("o;2026-11-21T08:00:00.250Z;4;", 200, UNDER_WAY("1T09:00:00", ""));
    assert_int_equal(x.err, ERR_NET);
    assert_false(x.signal.next.is_wanted);
}

static void test_more_shipped_than_sold_is_all_of_it(void **state)
{
    (void)state;
    struct exchange x = order_answer("o;2026-11-21T08:00:00.250Z;1;9001=7,9009=2,9002=1000000000,",
                                     200,
                                     UNDER_WAY("1T08:00:00", ""));
    assert_slice(told(&x.facts.orders[0]),
                 "9001:110/T/M(110/) 3 -0 +3 t3 | "
                 "9002:111/() 2 -0 +2 t2");
}

static void test_an_order_that_cannot_be_read_is_not_guessed_at(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "[]",
        "<html>",
        "{" HEAD STATE("NOT_STARTED") TWO "}",
        "{" HEAD MODIFIED("0T10:00:00") STATE("NOT_STARTED") "\"lineItems\":[]}",
        "{" HEAD MODIFIED("0T10:00:00") STATE("NOT_STARTED") "\"lineItems\":{}}",
        "{" HEAD MODIFIED("0T10:00:00") STATE("NOT_STARTED") "\"buyer\":{}}",
        "{" HEAD MODIFIED("0T10:00:00") STATE("NOT_STARTED") LINES(LINE("1", "110", "T", "-1")) "}",
        "{" HEAD MODIFIED("0T10:00:00") STATE("NOT_STARTED")
            LINES(LINE("1", "110", "T", "1.5")) "}",
        "{" HEAD MODIFIED("0T10:00:00") STATE("NOT_STARTED") LINES(LINE("", "110", "T", "1")) "}",
        "{" HEAD MODIFIED("0T10:00:00") STATE("NOT_STARTED")
            LINES(LINE("1", "110", "T", "1") "," LINE("1", "111", "U", "1")) "}",
        "{\"orderId\":\"../x\"," MODIFIED("0T10:00:00") STATE("NOT_STARTED") TWO "}",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct exchange x = order_answer("", 200, bad[i]);
        if (!x.err || x.signal.next.is_wanted || !strlen(x.note.text)) {
            fail_msg("%zu was read", i);
        }
    }
    assert_int_equal(
        order_answer("", 404, "{\"errors\":[{\"errorId\":32100,\"message\":\"no\"}]}").err,
        ERR_NOT_FOUND);
    assert_int_equal(order_answer("", 404, "<html>").err, ERR_NET);
    assert_int_equal(order_answer("", 401, "{}").err, ERR_AUTH);
    assert_int_equal(order_answer("", 429, "").err, ERR_THROTTLED);
    assert_int_equal(order_answer("", 500, "").err, ERR_NET);
    assert_int_equal(order_answer("f;v;1", 200, "{\"fulfillments\":7}").err, ERR_PARSE);
    assert_int_equal(order_answer("?;v;1", 200, "{}").err, ERR_PARSE);
}

static void test_a_line_without_a_listing_is_sold_all_the_same(void **state)
{
    (void)state;
    assert_slice(
        lines_of("{" HEAD MODIFIED("0T10:00:00") STATE(
            "NOT_STARTED") "\"lineItems\":[{\"lineItemId\":\"1\",\"sku\":\"T\",\"quantity\":1},"
                           "{\"lineItemId\":\"2\",\"legacyItemId\":110,\"quantity\":\"2\"}]}"),
        "1:0/T(0/) 1 -0 +0 t1 | 2:110/() 2 -0 +0 t2");
}

static void test_a_states_name_is_no_region(void **state)
{
    (void)state;
    struct exchange x = order_answer("",
                                     200,
                                     "{" HEAD MODIFIED("0T10:00:00") STATE("NOT_STARTED")
                                         SHIP_TO("DE", "Bayern") TWO "}");
    assert_slice(x.facts.orders[0].country, "DE");
    assert_int_equal(x.facts.orders[0].region.n, 0);
}

/* ---- pages ---- */

struct page {
    struct orders_page page;
    struct channel_signal signal;
    enum err err;
};

static struct page page_of(const char *cursor, const char *body)
{
    struct page p = {0};
    struct err_note note = {{0}};
    struct step step = ebay_step(cursor);
    struct http_response response = fixture_answer(200, slice_of(body));
    step.since_us = EBAY_NOW_US - 300 * US_PER_S;
    p.err = ebay->read_orders(
        &ebay_account, &step, &response, fixture.doc, &fixture.arena, &p.page, &p.signal, &note);
    return p;
}

static struct slice orders_url(struct slice cursor, int64_t since_us)
{
    struct http_request r = {0};
    struct step step = ebay_step("");
    step.cursor = cursor;
    step.since_us = since_us;
    assert_int_equal(ebay->build_orders(&ebay_account, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.method, "GET");
    return r.url;
}

#define ORDERS_URL "https://api.ebay.com/sell/fulfillment/v1/order?filter=lastmodifieddate%3A%5B"

static void test_a_page_that_holds_everything_is_one_request(void **state)
{
    (void)state;
    assert_slice(orders_url((struct slice){0}, EBAY_NOW_US - 300 * US_PER_S),
                 ORDERS_URL "2026-11-23T05%3A40%3A31.000Z..%5D&limit=200&offset=0");
    struct page p =
        page_of("",
                "{\"total\":2,\"orders\":[{" HEAD MODIFIED("0T10:00:01") STATE("NOT_STARTED") TWO
                "},{\"orderId\":\"77\"," MODIFIED("0T10:00:01") STATE("IN_PROGRESS") TWO "}]}");
    assert_int_equal(p.err, ERR_OK);
    assert_int_equal(p.page.next.n, 0);
    assert_int_equal(p.page.facts.orders_count, 1);
    /* Decided as if it had been read by its id. */
    struct exchange x =
        order_answer("", 200, "{" HEAD MODIFIED("0T10:00:01") STATE("NOT_STARTED") TWO "}");
    assert_true(slice_equal(told(&p.page.facts.orders[0]), told(&x.facts.orders[0])));
    /* Under way: its fulfilments are read with it. */
    assert_int_equal(p.page.facts.fetches_count, 1);
    assert_int_equal(p.page.facts.fetches[0].kind, FETCH_ORDER);
    assert_slice(p.page.facts.fetches[0].id, "77");
    /* An order that cannot be read is read by its id too; one without an id spoils the page. */
    p = page_of("", "{\"total\":1,\"orders\":[{\"orderId\":\"78\"}]}");
    assert_int_equal(p.page.facts.fetches_count, 1);
    assert_int_equal(page_of("", "{\"total\":1,\"orders\":[{}]}").err, ERR_PARSE);
    assert_int_equal(page_of("", "{\"total\":1}").err, ERR_PARSE);
    assert_int_equal(page_of("", "{\"total\":0}").err, ERR_OK);
}

/* `count` rows that are only named, of `total` in all. */
static const char *rows_text(size_t count, int64_t total)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 65536);
    buf_printf(&text, "{\"total\":%" PRId64 ",\"orders\":[", total);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&text, "%s{\"orderId\":\"%zu\"}", i ? "," : "", i);
    }
    buf_text(&text, "]}");
    return arena_copy(&fixture.arena, buf_view(&text)).p;
}

static void test_more_than_a_page_is_read_in_a_closed_window(void **state)
{
    (void)state;
    const int64_t since = EBAY_NOW_US - 300 * US_PER_S;
    struct page p = page_of("", rows_text(200, 450));
    struct slice url = orders_url(p.page.next, since);
    assert_slice(
        url,
        ORDERS_URL
        "2026-11-23T05%3A40%3A31.000Z..2026-11-23T05%3A45%3A31.000Z%5D&limit=200&offset=0");
    p = page_of(p.page.next.p, rows_text(200, 450));
    assert_true(slice_ends(orders_url(p.page.next, since), "&offset=200"));
    /* Three left the window meanwhile: the rows behind them moved up by three. */
    p = page_of(p.page.next.p, rows_text(200, 447));
    assert_true(slice_ends(orders_url(p.page.next, since), "&offset=397"));
    struct slice last = p.page.next;
    p = page_of(last.p, rows_text(50, 447));
    assert_int_equal(p.page.next.n, 0);
    /* The last page, and one left: the one before may have been skipped. */
    p = page_of(last.p, rows_text(49, 446));
    assert_true(slice_ends(orders_url(p.page.next, since), "&offset=445"));
    p = page_of(p.page.next.p, rows_text(1, 446));
    assert_int_equal(p.page.next.n, 0);
}

static void test_a_long_outage_is_read_week_by_week(void **state)
{
    (void)state;
    const int64_t week = 7 * 86400 * US_PER_S;
    struct step step = ebay_step("");
    struct orders_page page = {0};
    struct channel_signal signal;
    struct err_note note;
    struct http_response response = fixture_answer(200, slice_of(rows_text(200, 900)));
    size_t windows = 0;
    step.since_us = EBAY_NOW_US - 2 * week - US_PER_S;
    do {
        assert_int_equal(ebay->read_orders(&ebay_account,
                                           &step,
                                           &response,
                                           fixture.doc,
                                           &fixture.arena,
                                           &page,
                                           &signal,
                                           &note),
                         ERR_OK);
        step.cursor = page.next;
        response = fixture_answer(200, slice_of(rows_text(200, 200)));
        windows++;
    } while (page.next.n && windows < 10);
    assert_int_equal(windows, 1 + 3);
}

static void test_a_cursor_that_is_not_ours_asks_for_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"x", "1", "1;2;3;4", "5;4;6;0;0", "1;3;2;0;0", "1;2;3;-1;0"};
    struct http_request r;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct step step = ebay_step(bad[i]);
        assert_int_equal(ebay->build_orders(&ebay_account, &step, &fixture.arena, &r), ERR_USAGE);
        assert_int_equal(page_of(bad[i], "{\"total\":0,\"orders\":[]}").err, ERR_PARSE);
    }
    struct step step = ebay_step("");
    static const char *const ids[] = {"", "../1", "1/2", "1?x=2", "a b"};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        assert_int_equal(
            ebay->build_order(&ebay_account, slice_of(ids[i]), &step, &fixture.arena, &r),
            ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_order_is_read_with_its_lines_and_its_destination),
        cmocka_unit_test(test_each_state_says_what_is_owed),
        cmocka_unit_test(test_an_order_under_way_is_read_with_its_fulfilments),
        cmocka_unit_test(test_a_change_between_the_requests_begins_again_and_ends),
        cmocka_unit_test(test_more_shipped_than_sold_is_all_of_it),
        cmocka_unit_test(test_an_order_that_cannot_be_read_is_not_guessed_at),
        cmocka_unit_test(test_a_line_without_a_listing_is_sold_all_the_same),
        cmocka_unit_test(test_a_states_name_is_no_region),
        cmocka_unit_test(test_a_page_that_holds_everything_is_one_request),
        cmocka_unit_test(test_more_than_a_page_is_read_in_a_closed_window),
        cmocka_unit_test(test_a_long_outage_is_read_week_by_week),
        cmocka_unit_test(test_a_cursor_that_is_not_ours_asks_for_nothing),
    };
    return cmocka_run_group_tests(tests, ebay_open, fixture_close);
}
