/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: every state of one into exact facts, and pages of them. Orders: tests/data/bigcommerce.
 */
#include "support/channel_fixture.h"

#include "base/times.h"
#include "channels/bigcommerce/bigcommerce.h"
#include "core/order.h"

static const struct connector *const bigcommerce = &connector_bigcommerce;
static const uint8_t nonce[16];
static struct account account;
#define FETCHED_US INT64_C(1795512000000000)

static int open_account(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(bigcommerce,
                              "{\"settings\":{\"store_hash\":\"abc\"},"
                              "\"secrets\":{\"access_token\":\"t0k\",\"client_secret\":\"cs\"}}");
    return 0;
}

static struct slice file_of(const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "bigcommerce/order-%s.json", name);
    return fixture_file(path);
}

static enum err order_of(int status, struct slice body, struct facts *out, struct err_note *note)
{
    struct http_response response = fixture_answer(status, body);
    struct channel_signal signal;
    return bigcommerce->read_order(&account,
                                   &(struct step){.now_us = FETCHED_US},
                                   &response,
                                   fixture.doc,
                                   &fixture.arena,
                                   out,
                                   &signal,
                                   note);
}

static const struct order_snapshot *snapshot_of(struct slice body)
{
    struct facts facts;
    struct err_note note = {{0}};
    if (order_of(200, body, &facts, &note)) {
        fail_msg("%s", note.text);
    }
    assert_int_equal(facts.orders_count, 1);
    return facts.orders;
}

/* "12 variant:74|product:111 3-0+0" a line: ordered - cancelled + fulfilled, then no_restock and
 * the location when there are any. */
static struct slice lines_text(const struct order_snapshot *order)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct snapshot_line *l = &order->lines[i];
        buf_printf(&text, "%s%.*s %.*s", i ? ", " : "", SLICE_ARG(l->id), SLICE_ARG(l->remote));
        if (l->remote_other.n) {
            buf_printf(&text, "|%.*s", SLICE_ARG(l->remote_other));
        }
        buf_printf(
            &text, " %" PRId64 "-%" PRId64 "+%" PRId64, l->ordered, l->cancelled, l->fulfilled);
        if (l->no_restock) {
            buf_printf(&text, " kept %" PRId64, l->no_restock);
        }
        if (l->location.n) {
            buf_printf(&text, " at %.*s", SLICE_ARG(l->location));
        }
        assert_int_equal(l->taken, TAKEN_UNSAID);
        assert_int_equal(l->returned + l->restocked, 0);
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

#define A "12 variant:74|product:111 "
#define B "13 product:112 "

static void test_every_state_of_an_order_says_exactly_what_is_owed(void **state)
{
    (void)state;
    static const struct {
        const char *file, *lines;
    } cases[] = {
        {"created", A "3-0+0, " B "2-0+0"},
        {"incomplete", ""},
        {"edited", A "5-0+0"}, /* a line is gone: newer snapshots leave it out */
        {"partly-refunded", A "3-1+0, " B "2-0+0"},
        {"partly-shipped", A "3-0+1, " B "2-0+0"},
        {"partly-shipped-refunded",
         A "3-0+1, " B "2-0+0"}, /* the refunded one may be the shipped */
        {"shipped-after-refund", A "3-1+2, " B "2-0+2"},
        {"completed-by-hand", A "3-0+3, " B "2-0+2"},
        {"refunded", A "3-3+0, " B "2-2+0"},
        {"refunded-after-shipping", A "3-0+3, " B "2-0+2"},
        {"cancelled", A "3-3+0, " B "2-2+0"},
        {"cancelled-partly-shipped", A "3-2+1, " B "2-2+0"},
        {"declined", A "3-3+0, " B "2-2+0"},
        {"archived", A "3-0+3, " B "2-0+2"},
        {"archived-open", A "3-2+1 kept 2, " B "2-2+0 kept 2"},
        {"bundle",
         "12 variant:900|product:500 1-0+0, 13 variant:74|product:111 2-0+0, 14 product:112 1-0+0"},
        {"pickup", B "2-0+0, " A "3-0+0 at 4"},
        {"test-payment", A "3-0+0"},
        {"custom-items", B "2-0+0"},
        {"text-numbers", A "3-0+1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct order_snapshot *order = snapshot_of(file_of(cases[i].file));
        struct slice got = lines_text(order);
        if (!slice_is(got, cases[i].lines)) {
            fail_msg("%s: got '%.*s', wanted '%s'", cases[i].file, SLICE_ARG(got), cases[i].lines);
        }
        assert_slice(order->id, "250");
        assert_int_equal(order->is_test, strcmp(cases[i].file, "test-payment") == 0);
        assert_int_equal(order->fetched_at_us, FETCHED_US);
    }
}

static void test_an_order_says_when_it_changed_and_where_it_goes(void **state)
{
    (void)state;
    const struct order_snapshot *order = snapshot_of(file_of("created"));
    char text[TIME_TEXT_MAX];
    assert_true(order->version_is_time);
    assert_slice(time_format_s(order->version, text), "2026-11-24T09:00:00Z");
    assert_slice(order->version_text, "Tue, 24 Nov 2026 09:00:00 +0000");
    assert_slice(time_format_s(order->placed_at_us, text), "2026-11-24T08:59:30Z");
    assert_slice(order->country, "DE");
    assert_slice(order->region, ""); /* a state's name is no code */
    /* The same order read twice is the same; an older state is older. */
    const struct order_snapshot *again = snapshot_of(file_of("created"));
    uint8_t a[16];
    uint8_t b[16];
    assert_int_equal(order_digest(order, &fixture.arena, a), ERR_OK);
    assert_int_equal(order_digest(again, &fixture.arena, b), ERR_OK);
    assert_memory_equal(a, b, sizeof(a));
    assert_true(snapshot_of(file_of("incomplete"))->version < order->version);
    assert_true(snapshot_of(file_of("edited"))->version > order->version);
}

static void test_dates_are_read_in_both_forms_and_nothing_else_is(void **state)
{
    (void)state;
    static const struct {
        const char *text, *utc;
    } good[] = {
        {"\"Tue, 05 Sep 2017 00:06:49 +0000\"", "2017-09-05T00:06:49Z"},
        {"\"Thu, 20 Apr 2017 11:32:00 -0400\"", "2017-04-20T15:32:00Z"},
        {"\"1 Jan 2026 00:00:00 GMT\"", "2026-01-01T00:00:00Z"},
        {"\"2026-11-24T09:00:00+00:00\"", "2026-11-24T09:00:00Z"},
    };
    static const char *const bad[] = {
        "\"\"",
        "7",
        "null",
        "\"Tue, 32 Sep 2017 00:06:49 +0000\"",
        "\"Tue, 31 Feb 2017 00:06:49 +0000\"",
        "\"Tue, 05 Xxx 2017 00:06:49 +0000\"",
        "\"Tue, 05 Sep 17 00:06:49 +0000\"",
        "\"Tue, 05 Sep 2017 00:06:49\"",
        "\"Tue, 05 Sep 2017 00:06:49 EST\"",
        "\"Tue, 05 Sep 2017 25:06:49 +0000\"",
    };
    char text[TIME_TEXT_MAX];
    int64_t us = 0;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(bc_time(fixture_json(slice_of(good[i].text)), &us));
        assert_slice(time_format_s(us, text), good[i].utc);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(bc_time(fixture_json(slice_of(bad[i])), &us));
    }
}

#define HEAD "{\"id\":9,\"status_id\":11,\"date_modified\":\"Tue, 05 Sep 2017 00:06:49 +0000\","
#define WITH(items) "\"consignments\":{\"shipping\":[{\"line_items\":" items "}]}}"

static void test_an_order_that_does_not_say_all_is_not_guessed(void **state)
{
    (void)state;
    static const struct {
        const char *body, *reason;
    } cases[] = {
        {"{\"status_id\":11}", "an order without an id"},
        {"{\"id\":9}", "an order without status_id"},
        {"{\"id\":9,\"status_id\":11}", "an order without the time of its last change"},
        {HEAD "\"products\":{\"url\":\"x\"}}",
         "an order without its consignments: which lines it has is not said"},
        {HEAD WITH("[{\"url\":\"x\",\"resource\":\"/orders/9/products/12\"}]"),
         "an order line without an id: the line items were not included"},
        {HEAD WITH("null"), "a consignment without line items"},
        {HEAD WITH("[{\"id\":1,\"product_id\":5,\"quantity\":\"1.5\"}]"),
         "an order line's quantities are not whole numbers within bounds"},
        {HEAD WITH("[{\"id\":1,\"product_id\":5}]"),
         "an order line's quantities are not whole numbers within bounds"},
        {HEAD WITH("[{\"id\":1,\"product_id\":5,\"quantity\":-1}]"),
         "an order line's quantities are not whole numbers within bounds"},
        {HEAD WITH("[{\"id\":1,\"product_id\":5,\"quantity\":1},"
                   "{\"id\":1,\"product_id\":6,\"quantity\":1}]"),
         "two order lines with the same id"},
        {HEAD "\"items_total\":2," WITH("[]"), "an order with items, but without lines"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct facts facts;
        struct err_note note = {{0}};
        assert_int_equal(order_of(200, slice_of(cases[i].body), &facts, &note), ERR_PARSE);
        assert_string_equal(note.text, cases[i].reason);
    }
}

static void test_an_order_that_is_gone_is_not_found(void **state)
{
    (void)state;
    struct facts facts;
    struct err_note note = {{0}};
    assert_int_equal(order_of(404,
                              SLICE("[{\"status\":404,\"message\":\"The requested resource was not "
                                    "found.\"}]"),
                              &facts,
                              &note),
                     ERR_NOT_FOUND);
    assert_string_equal(note.text, "404 The requested resource was not found.");
    assert_int_equal(order_of(204, SLICE(""), &facts, &note), ERR_NOT_FOUND);
    /* A page of a proxy does not say so. */
    assert_int_equal(order_of(404, SLICE("<html>"), &facts, &note), ERR_NET);
    assert_int_equal(order_of(401, SLICE("{\"title\":\"Unauthorized\"}"), &facts, &note), ERR_AUTH);
    assert_int_equal(order_of(429, SLICE("{}"), &facts, &note), ERR_THROTTLED);
    assert_int_equal(order_of(200, SLICE("{\"id\":250,"), &facts, &note), ERR_NET);
}

static void test_orders_are_asked_for_with_their_lines(void **state)
{
    (void)state;
    struct http_request r;
    int64_t since = 0;
    assert_true(time_parse_rfc3339(SLICE("2026-11-24T08:58:00.9Z"), &since));
    assert_int_equal(bigcommerce->build_order(&account,
                                              SLICE("250"),
                                              &(struct step){.now_us = 0, .nonce = nonce},
                                              &fixture.arena,
                                              &r),
                     ERR_OK);
    assert_slice(r.url,
                 "https://api.bigcommerce.com/stores/abc/v2/orders/250"
                 "?include=consignments.line_items&consignment_structure=object");
    assert_slice(r.method, "GET");
    assert_slice(fixture_header(&r, "X-Auth-Token"), "t0k");
    assert_slice(fixture_header(&r, "Accept"), "application/json");
    assert_int_equal(bigcommerce->build_orders(&account,
                                               &(struct step){.now_us = 0,
                                                              .nonce = nonce,
                                                              .since_us = since,
                                                              .cursor = (struct slice){0}},
                                               &fixture.arena,
                                               &r),
                     ERR_OK);
    assert_slice(r.url,
                 "https://api.bigcommerce.com/stores/abc/v2/orders"
                 "?min_date_modified=2026-11-24T08%3A58%3A00.000%2B00%3A00&min_id=1&sort=id:asc"
                 "&limit=250&include=consignments.line_items&consignment_structure=object");
    static const char *const bad[] = {"", "0", "-1", "x", "1/2"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(bigcommerce->build_order(&account,
                                                  slice_of(bad[i]),
                                                  &(struct step){.now_us = 0, .nonce = nonce},
                                                  &fixture.arena,
                                                  &r),
                         ERR_USAGE);
    }
}

static enum err page_of(int status, struct slice body, struct orders_page *out)
{
    struct http_response response = fixture_answer(status, body);
    struct channel_signal signal;
    struct err_note note = {{0}};
    return bigcommerce->read_orders(&account,
                                    &(struct step){.now_us = FETCHED_US},
                                    &response,
                                    fixture.doc,
                                    &fixture.arena,
                                    out,
                                    &signal,
                                    &note);
}

static struct slice rows_text(int64_t first, int64_t count)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 65536);
    buf_char(&text, '[');
    for (int64_t i = 0; i < count; i++) {
        buf_printf(&text,
                   "%s{\"id\":%" PRId64 ",\"status_id\":11,\"date_modified\":"
                   "\"Tue, 05 Sep 2017 00:06:49 +0000\"," WITH("[]"),
                   i ? "," : "",
                   first + i);
    }
    buf_char(&text, ']');
    return arena_copy(&fixture.arena, buf_view(&text));
}

static void test_pages_of_orders_go_on_behind_the_last_id(void **state)
{
    (void)state;
    struct orders_page page;
    struct http_request r;
    assert_int_equal(page_of(200, rows_text(100, 50), &page), ERR_OK);
    assert_int_equal(page.facts.orders_count, 50);
    assert_slice(page.next, "149");
    assert_int_equal(
        bigcommerce->build_orders(
            &account,
            &(struct step){.now_us = 0, .nonce = nonce, .since_us = 0, .cursor = page.next},
            &fixture.arena,
            &r),
        ERR_OK);
    assert_non_null(memmem(r.url.p, r.url.n, "&min_id=149&", 12));
    assert_int_equal(page_of(200, rows_text(100, 49), &page), ERR_OK);
    assert_slice(page.next, "");
    /* v2 says "none" without a body. */
    assert_int_equal(page_of(204, SLICE(""), &page), ERR_OK);
    assert_int_equal(page.facts.orders_count, 0);
    assert_slice(page.next, "");
    /* In another order than asked, rows could be skipped. */
    assert_int_equal(page_of(200, SLICE("[{\"id\":2},{\"id\":1}]"), &page), ERR_PARSE);
    assert_int_equal(page_of(200, SLICE("<html>"), &page), ERR_NET);
}

static void test_an_order_that_cannot_be_read_is_asked_for_alone(void **state)
{
    (void)state;
    struct orders_page page;
    assert_int_equal(
        page_of(200, SLICE("[{\"id\":7,\"status_id\":11}," HEAD WITH("[]") "]"), &page), ERR_OK);
    assert_int_equal(page.facts.orders_count, 1);
    assert_slice(page.facts.orders[0].id, "9");
    assert_int_equal(page.facts.fetches_count, 1);
    assert_int_equal(page.facts.fetches[0].kind, FETCH_ORDER);
    assert_slice(page.facts.fetches[0].id, "7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_state_of_an_order_says_exactly_what_is_owed),
        cmocka_unit_test(test_an_order_says_when_it_changed_and_where_it_goes),
        cmocka_unit_test(test_dates_are_read_in_both_forms_and_nothing_else_is),
        cmocka_unit_test(test_an_order_that_does_not_say_all_is_not_guessed),
        cmocka_unit_test(test_an_order_that_is_gone_is_not_found),
        cmocka_unit_test(test_orders_are_asked_for_with_their_lines),
        cmocka_unit_test(test_pages_of_orders_go_on_behind_the_last_id),
        cmocka_unit_test(test_an_order_that_cannot_be_read_is_asked_for_alone),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
