/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: each state of a line, by the API and by messages, which must say the same. */
#include "support/amazon_fixture.h"

static struct order_snapshot *snapshot_of(const char *order)
{
    struct order_snapshot *out = ARENA_NEW(&fixture.arena, struct order_snapshot);
    const char *ignored = NULL;
    const char *reason = amazon_order_read(amazon_config(&account),
                                           fixture_json(slice_of(order)),
                                           AMAZON_NOW_US,
                                           &fixture.arena,
                                           out,
                                           &ignored);
    if (reason || ignored) {
        fail_msg("%s: %s", order, reason ? reason : ignored);
    }
    return out;
}

#define ORDER(stamp, status, by, items)                                                            \
    "{\"orderId\":\"202-1234567-8901234\",\"createdTime\":\"2025-12-31T09:15:00Z\","               \
    "\"lastUpdatedTime\":\"" stamp "\",\"salesChannel\":{\"channelName\":\"AMAZON\","              \
    "\"marketplaceId\":\"ATVPDKIKX0DER\"},\"fulfillment\":{\"fulfillmentStatus\":\"" status        \
    "\",\"fulfilledBy\":\"" by "\"},\"orderItems\":[" items "]}"
#define ITEM(id, sku, ordered, fulfilled, open)                                                    \
    "{\"orderItemId\":\"" id "\",\"quantityOrdered\":" #ordered ",\"product\":{\"asin\":"          \
    "\"B071VG5N9D\",\"sellerSku\":\"" sku "\"},\"fulfillment\":{\"quantityFulfilled\":" #fulfilled \
    ",\"quantityUnfulfilled\":" #open "}}"
#define STAMP "2025-12-31T16:30:00Z"

static void test_an_order_is_what_it_says(void **state)
{
    (void)state;
    const struct order_snapshot *o = snapshot_of(
        ORDER("2025-12-31T16:30:04.284Z", "UNSHIPPED", "MERCHANT", ITEM("1", "A @%", 3, 1, 2)));
    assert_slice(o->id, "202-1234567-8901234");
    assert_slice(o->version_text, "2025-12-31T16:30:04Z");
    assert_true(o->version_is_time);
    assert_int_equal(o->version, INT64_C(1767198604) * US_PER_S);
    assert_int_equal(o->placed_at_us, INT64_C(1767172500) * US_PER_S);
    assert_int_equal(o->fetched_at_us, AMAZON_NOW_US);
    assert_false(o->is_test);
    assert_int_equal(o->country.n, 0);
    assert_int_equal(o->lines_count, 1);
    assert_slice(o->lines[0].id, "1");
    assert_slice(o->lines[0].remote, "sku:A %40%25");
    assert_int_equal(o->lines[0].remote_other.n, 0);
    assert_int_equal(o->lines[0].location.n, 0);
    assert_int_equal(o->lines[0].taken, TAKEN_UNSAID);
    assert_false(o->lines[0].channel_fulfilled);
}

/* "o/c/f" of the first line. */
static struct slice counts_of(const struct order_snapshot *o)
{
    const struct snapshot_line *l = &o->lines[0];
    assert_true(l->returned == 0 && l->restocked == 0 && l->no_restock == 0);
    return arena_printf(
        &fixture.arena, "%" PRId64 "/%" PRId64 "/%" PRId64, l->ordered, l->cancelled, l->fulfilled);
}

static void test_each_status_books_what_is_still_owed(void **state)
{
    (void)state;
    static const struct {
        const char *order, *counts;
    } cases[] = {
        /* Pending reserves, whatever is said to be open. */
        {ORDER(STAMP, "PENDING", "MERCHANT", ITEM("1", "A", 3, 0, 3)), "3/0/0"},
        {ORDER(STAMP, "PENDING", "MERCHANT", ITEM("1", "A", 3, 0, 0)), "3/0/0"},
        {ORDER(STAMP, "PENDING_AVAILABILITY", "MERCHANT", ITEM("1", "A", 3, 0, 0)), "3/0/0"},
        {ORDER(STAMP, "UNSHIPPED", "MERCHANT", ITEM("1", "A", 3, 0, 3)), "3/0/0"},
        /* A part is cancelled. */
        {ORDER(STAMP, "UNSHIPPED", "MERCHANT", ITEM("1", "A", 3, 0, 2)), "3/1/0"},
        {ORDER(STAMP, "UNSHIPPED", "MERCHANT", ITEM("1", "A", 3, 0, 0) "," ITEM("2", "B", 1, 0, 1)),
         "3/3/0"},
        /* Open, and nothing open: not believed. */
        {ORDER(STAMP, "UNSHIPPED", "MERCHANT", ITEM("1", "A", 3, 0, 0)), "3/0/0"},
        {ORDER(STAMP, "PARTIALLY_SHIPPED", "MERCHANT", ITEM("1", "A", 3, 1, 2)), "3/0/1"},
        {ORDER(STAMP, "PARTIALLY_SHIPPED", "MERCHANT", ITEM("1", "A", 3, 1, 1)), "3/1/1"},
        {ORDER(STAMP, "SHIPPED", "MERCHANT", ITEM("1", "A", 3, 3, 0)), "3/0/3"},
        {ORDER(STAMP, "SHIPPED", "MERCHANT", ITEM("1", "A", 3, 2, 0)), "3/1/2"},
        {ORDER(STAMP, "SHIPPED", "MERCHANT", ITEM("1", "A", 3, 2, 1)), "3/0/3"},
        {ORDER(STAMP, "SHIPPED", "MERCHANT", ITEM("1", "A", 3, 0, 0)), "3/0/3"},
        {ORDER(STAMP, "CANCELLED", "MERCHANT", ITEM("1", "A", 3, 0, 0)), "3/3/0"},
        {ORDER(STAMP, "CANCELLED", "MERCHANT", ITEM("1", "A", 3, 0, 3)), "3/3/0"},
        {ORDER(STAMP, "Canceled", "MERCHANT", ITEM("1", "A", 3, 1, 0)), "3/2/1"},
        {ORDER(STAMP, "CANCELLED", "MERCHANT", ITEM("1", "A", 0, 0, 0)), "0/0/0"},
        {ORDER(STAMP, "UNFULFILLABLE", "AMAZON", ITEM("1", "A", 3, 0, 3)), "3/3/0"},
        /* More shipped or open than ordered is no more than ordered. */
        {ORDER(STAMP, "UNSHIPPED", "MERCHANT", ITEM("1", "A", 3, 5, 9)), "3/0/3"},
        /* Unknown states are owed. */
        {ORDER(STAMP, "SOMETHING_NEW", "MERCHANT", ITEM("1", "A", 3, 0, 3)), "3/0/0"},
        /* Without its numbers a line is owed in full. */
        {ORDER(STAMP,
               "UNSHIPPED",
               "MERCHANT",
               "{\"orderItemId\":\"1\",\"quantityOrdered\":3,\"product\":{\"sellerSku\":\"A\"}}"),
         "3/0/0"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice got = counts_of(snapshot_of(cases[i].order));
        if (!slice_is(got, cases[i].counts)) {
            fail_msg("%s: %.*s", cases[i].order, SLICE_ARG(got));
        }
    }
}

static void test_what_amazon_ships_is_recorded_and_not_ours(void **state)
{
    (void)state;
    const struct order_snapshot *o =
        snapshot_of(ORDER(STAMP, "SHIPPED", "AMAZON", ITEM("1", "A", 3, 3, 0)));
    assert_true(o->lines[0].channel_fulfilled);
}

static void test_a_line_without_its_sku_waits_under_its_asin(void **state)
{
    (void)state;
    const struct order_snapshot *o = snapshot_of(
        ORDER(STAMP,
              "UNSHIPPED",
              "MERCHANT",
              "{\"orderItemId\":\"1\",\"quantityOrdered\":1,\"product\":{\"asin\":\"B071VG5N9D\"}},"
              "{\"orderItemId\":\"2\",\"quantityOrdered\":1,\"product\":{}}"));
    assert_slice(o->lines[0].remote, "asin:B071VG5N9D");
    assert_slice(o->lines[1].remote, "item:2");
}

static void test_what_is_no_concern_is_ignored_and_not_lost(void **state)
{
    (void)state;
    static const char *const orders[] = {
        "{\"orderId\":\"S01-1\",\"lastUpdatedTime\":\"" STAMP "\",\"salesChannel\":{"
        "\"channelName\":\"NON_AMAZON\"},\"orderItems\":[]}",
        "{\"orderId\":\"1-1\",\"lastUpdatedTime\":\"" STAMP "\",\"salesChannel\":{"
        "\"channelName\":\"AMAZON\",\"marketplaceId\":\"A2EUQ1WTGCTBG2\"},\"orderItems\":[]}",
    };
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        struct facts facts;
        struct channel_signal signal;
        struct err_note note;
        struct step step = step_at("");
        struct http_response r =
            fixture_answer(200, arena_printf(&fixture.arena, "{\"order\":%s}", orders[i]));
        assert_int_equal(
            amazon->read_order(
                &account, &step, &r, fixture.doc, &fixture.arena, &facts, &signal, &note),
            ERR_OK);
        assert_int_equal(facts.orders_count, 0);
        assert_non_null(facts.ignored);
    }
}

static void test_an_order_that_cannot_be_read_is_not_guessed_at(void **state)
{
    (void)state;
    static const char *const orders[] = {
        "{}",
        "7",
        "{\"orderId\":\"1/2\",\"lastUpdatedTime\":\"" STAMP "\"}",
        "{\"orderId\":\"1\",\"lastUpdatedTime\":\"yesterday\"}",
        "{\"orderId\":\"1\",\"lastUpdatedTime\":\"" STAMP "\",\"orderItems\":[{}]}",
        ORDER(STAMP, "UNSHIPPED", "MERCHANT", ""),
        ORDER(STAMP, "UNSHIPPED", "MERCHANT", "{}"),
        ORDER(STAMP, "UNSHIPPED", "MERCHANT", ITEM("1", "A", -1, 0, 0)),
        ORDER(STAMP, "UNSHIPPED", "MERCHANT", ITEM("1", "A", 1, -1, 0)),
        ORDER(STAMP, "UNSHIPPED", "MERCHANT", ITEM("1", "A", 1, 0, 1.5)),
        ORDER(STAMP, "UNSHIPPED", "MERCHANT", ITEM("1", "A", 99999999999, 0, 0)),
        ORDER(STAMP, "UNSHIPPED", "MERCHANT", ITEM("1", "A", 1, 0, 1) "," ITEM("1", "B", 1, 0, 1)),
    };
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        struct order_snapshot out;
        const char *ignored = NULL;
        if (!amazon_order_read(amazon_config(&account),
                               fixture_json(slice_of(orders[i])),
                               0,
                               &fixture.arena,
                               &out,
                               &ignored)) {
            fail_msg("%s: was read", orders[i]);
        }
    }
}

/* ---- pages ---- */

static struct orders_page page_of(const char *cursor, int status, const char *body, enum err want)
{
    struct orders_page page = {0};
    struct channel_signal signal;
    struct err_note note = {{0}};
    struct step step = step_at(cursor);
    struct http_response r = fixture_answer(status, slice_of(body));
    assert_int_equal(amazon->read_orders(
                         &account, &step, &r, fixture.doc, &fixture.arena, &page, &signal, &note),
                     want);
    assert_true(want == ERR_OK || note.text[0]);
    return page;
}

static void test_changed_orders_reach_back_and_keep_their_instant(void **state)
{
    (void)state;
    struct http_request r;
    struct step step = step_at("");
    assert_int_equal(amazon->build_orders(&account, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.method, "GET");
    assert_slice(r.url,
                 API
                 "/orders/2026-01-01/orders?lastUpdatedAfter=2025-12-31T23%3A55%3A00Z"
                 "&includedData=FULFILLMENT&marketplaceIds=ATVPDKIKX0DER&maxResultsPerPage=100");
    assert_slice(fixture_header(&r, "x-amz-access-token"), "Atza|2");

    struct orders_page page =
        page_of("", 200, "{\"orders\":[],\"pagination\":{\"nextToken\":\"n=1+/\"}}", ERR_OK);
    assert_slice(page.next, "2025-12-31T23:55:00Z n=1+/");
    step.cursor = page.next;
    step.since_us += 5 * US_PER_S; /* whatever is said meanwhile */
    assert_int_equal(amazon->build_orders(&account, &step, &fixture.arena, &r), ERR_OK);
    assert_true(slice_ends(r.url, "&maxResultsPerPage=100&paginationToken=n%3D1%2B%2F"));
    assert_non_null(memmem(r.url.p, r.url.n, "After=2025-12-31T23%3A55%3A00Z&", 31));
    page = page_of("2025-12-31T23:55:00Z n=1+/", 200, "{\"orders\":[]}", ERR_OK);
    assert_int_equal(page.next.n, 0);
    /* No page for ever. */
    page_of("2025-12-31T23:55:00Z a",
            200,
            "{\"orders\":[],\"pagination\":{\"nextToken\":\"a\"}}",
            ERR_PARSE);
    step.cursor = SLICE("x");
    assert_int_equal(amazon->build_orders(&account, &step, &fixture.arena, &r), ERR_USAGE);
}

static void test_a_page_hides_no_order_behind_another(void **state)
{
    (void)state;
    struct orders_page page =
        page_of("",
                200,
                "{\"orders\":[" ORDER(
                    STAMP,
                    "UNSHIPPED",
                    "MERCHANT",
                    ITEM("1", "A", 1, 0, 1)) ","
                                             "{\"orderId\":\"9-9\",\"lastUpdatedTime\":\"" STAMP
                                             "\",\"salesChannel\":{},"
                                             "\"orderItems\":[]},"
                                             "{\"orderId\":\"8-8\",\"lastUpdatedTime\":\"" STAMP
                                             "\",\"salesChannel\":{\"channelName\":"
                                             "\"NON_AMAZON\"},\"orderItems\":[]}]}",
                ERR_OK);
    assert_int_equal(page.facts.orders_count, 1);
    assert_int_equal(page.facts.fetches_count, 1);
    assert_int_equal(page.facts.fetches[0].kind, FETCH_ORDER);
    assert_slice(page.facts.fetches[0].id, "9-9");
    page_of("", 200, "{\"orders\":{}}", ERR_PARSE);
    page_of("", 200, "{\"orders\":[{}]}", ERR_PARSE);
    page_of(
        "", 429, "{\"errors\":[{\"code\":\"QuotaExceeded\",\"message\":\"m\"}]}", ERR_THROTTLED);
    page_of("", 403, "{\"errors\":[{\"code\":\"Unauthorized\",\"message\":\"m\"}]}", ERR_AUTH);
    page_of("", 500, "{}", ERR_NET);
}

static void test_one_order_is_the_same_alone_and_in_a_page(void **state)
{
    (void)state;
    static const char order[] =
        ORDER(STAMP, "PARTIALLY_SHIPPED", "MERCHANT", ITEM("1", "A", 3, 1, 1));
    struct http_request r;
    struct facts facts;
    struct channel_signal signal;
    struct err_note note;
    struct step step = step_at("");
    assert_int_equal(
        amazon->build_order(&account, SLICE("202-1234567-8901234"), &step, &fixture.arena, &r),
        ERR_OK);
    assert_slice(r.url,
                 API "/orders/2026-01-01/orders/202-1234567-8901234?includedData=FULFILLMENT");
    assert_int_equal(amazon->build_order(&account, SLICE("1/2"), &step, &fixture.arena, &r),
                     ERR_USAGE);
    struct slice body = arena_printf(&fixture.arena, "{\"order\":%s}", order);
    struct http_response answer = fixture_answer(200, body);
    assert_int_equal(
        amazon->read_order(
            &account, &step, &answer, fixture.doc, &fixture.arena, &facts, &signal, &note),
        ERR_OK);
    struct slice list = arena_printf(&fixture.arena, "{\"orders\":[%s]}", order);
    struct orders_page page = page_of("", 200, list.p, ERR_OK);
    uint8_t a[16], b[16];
    assert_int_equal(order_digest(&facts.orders[0], &fixture.arena, a), ERR_OK);
    assert_int_equal(order_digest(&page.facts.orders[0], &fixture.arena, b), ERR_OK);
    assert_memory_equal(a, b, sizeof a);
    answer = fixture_answer(404, SLICE("{\"errors\":[{\"code\":\"NotFound\",\"message\":\"m\"}]}"));
    assert_int_equal(
        amazon->read_order(
            &account, &step, &answer, fixture.doc, &fixture.arena, &facts, &signal, &note),
        ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_order_is_what_it_says),
        cmocka_unit_test(test_each_status_books_what_is_still_owed),
        cmocka_unit_test(test_what_amazon_ships_is_recorded_and_not_ours),
        cmocka_unit_test(test_a_line_without_its_sku_waits_under_its_asin),
        cmocka_unit_test(test_what_is_no_concern_is_ignored_and_not_lost),
        cmocka_unit_test(test_an_order_that_cannot_be_read_is_not_guessed_at),
        cmocka_unit_test(test_changed_orders_reach_back_and_keep_their_instant),
        cmocka_unit_test(test_a_page_hides_no_order_behind_another),
        cmocka_unit_test(test_one_order_is_the_same_alone_and_in_a_page),
    };
    return cmocka_run_group_tests(tests, open_amazon, fixture_close);
}
