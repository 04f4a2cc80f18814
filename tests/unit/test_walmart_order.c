/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: every state of one into exact facts, and pages of them. */
#include "support/walmart_account.h"

#include "base/buf.h"
#include "core/order.h"

static const struct connector *const walmart = &connector_walmart;

/* ---- one order ---- */

#define STATUS(name, amount)                                                                       \
    "{\"status\":\"" name "\",\"statusQuantity\":{\"unitOfMeasurement\":\"EACH\",\"amount\":"      \
    "\"" amount "\"}}"
#define LINE(number, sku, amount, at, statuses)                                                    \
    "{\"lineNumber\":\"" number "\",\"item\":{\"productName\":\"Tee\",\"sku\":\"" sku "\"},"       \
    "\"orderLineQuantity\":{\"unitOfMeasurement\":\"EACH\",\"amount\":\"" amount "\"},"            \
    "\"statusDate\":" at ",\"orderLineStatuses\":{\"orderLineStatus\":[" statuses "]}}"
#define ORDER_AT(node, lines)                                                                      \
    "{\"purchaseOrderId\":\"1796277083022\",\"customerOrderId\":\"5281956426648\","                \
    "\"orderDate\":1795511000000,\"shippingInfo\":{\"postalAddress\":{\"name\":\"N\","             \
    "\"state\":\"NY\",\"country\":\"USA\"}},\"orderLines\":{\"orderLine\":[" lines "]}" node "}"
#define ORDER(lines) ORDER_AT("", lines)
#define SOLD "1795511000000"
#define LATER "1795511600123"

static enum err order_of(const struct account *account,
                         int status,
                         struct slice body,
                         struct facts *out,
                         struct channel_signal *signal,
                         struct err_note *note)
{
    struct http_response response = fixture_answer(status, body);
    struct step step = wm_step((struct slice){0});
    return walmart->read_order(
        account, &step, &response, fixture.doc, &fixture.arena, out, signal, note);
}

static const struct order_snapshot *snapshot_of(const struct account *account, const char *body)
{
    struct facts facts;
    struct channel_signal signal;
    struct err_note note = {{0}};
    if (order_of(account, 200, slice_of(body), &facts, &signal, &note)) {
        fail_msg("%s", note.text);
    }
    assert_int_equal(facts.orders_count, 1);
    return facts.orders;
}

/* "1 sku:A 3-1+2 at node W" a line: ordered - cancelled + fulfilled, the node, W: Walmart's own. */
static struct slice lines_text(const struct order_snapshot *order)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct snapshot_line *l = &order->lines[i];
        struct order_counts counts = {
            l->ordered, l->cancelled, l->fulfilled, l->returned, l->restocked, l->no_restock};
        struct order_counts clamped = order_counts_clamp(counts);
        assert_memory_equal(&counts, &clamped, sizeof counts);
        assert_int_equal(l->returned + l->restocked + l->no_restock + l->taken, 0);
        buf_printf(&text,
                   "%s%.*s %.*s %" PRId64 "-%" PRId64 "+%" PRId64,
                   i ? "; " : "",
                   SLICE_ARG(l->id),
                   SLICE_ARG(l->remote),
                   l->ordered,
                   l->cancelled,
                   l->fulfilled);
        if (l->location.n) {
            buf_printf(&text, " at %.*s", SLICE_ARG(l->location));
        }
        buf_text(&text, l->channel_fulfilled ? " W" : "");
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

static void test_a_new_order_reserves_all_of_it(void **state)
{
    (void)state;
    const struct order_snapshot *o = snapshot_of(
        &wm_plain,
        "{\"order\":" ORDER(LINE("1", "TC-1", "3", SOLD, STATUS("Created", "3")) "," LINE(
            "2", "TC-1", "1", SOLD, STATUS("Acknowledged", "1"))) "}");
    assert_slice(o->id, "1796277083022");
    assert_slice(o->country, "US");
    assert_slice(o->region, "NY");
    assert_int_equal(o->placed_at_us, INT64_C(1795511000000000));
    assert_int_equal(o->version, INT64_C(1795511000000000));
    assert_slice(o->version_text, "2026-11-24T09:03:20.000Z");
    assert_true(o->version_is_time);
    assert_int_equal(o->fetched_at_us, WM_NOW_US);
    assert_false(o->is_test);
    /* Lines of one SKU stay apart. */
    assert_slice(lines_text(o), "1 sku:TC-1 3-0+0; 2 sku:TC-1 1-0+0");
}

static void test_quantities_follow_the_statuses_of_each_line(void **state)
{
    (void)state;
    static const struct {
        const char *amount, *statuses, *says;
    } cases[] = {
        {"3", STATUS("Created", "2") "," STATUS("Cancelled", "1"), "3-1+0"},
        {"3", STATUS("Cancelled", "3"), "3-3+0"},
        {"3",
         STATUS("Cancelled", "1") "," STATUS("Cancelled", "1") "," STATUS("Created", "1"),
         "3-2+0"},
        {"3", STATUS("Shipped", "1") "," STATUS("Acknowledged", "2"), "3-0+1"},
        {"3", STATUS("Shipped", "1") "," STATUS("Delivered", "2"), "3-0+3"},
        {"3", STATUS("Shipped", "2") "," STATUS("Cancelled", "1"), "3-1+2"},
        /* Refunds: money. Where it is told apart, the units had left; where all are told, nothing
         * moves; units still open stay owed. */
        {"2", STATUS("Refund", "1") "," STATUS("Shipped", "1"), "2-0+2"},
        {"2", STATUS("Refund", "2"), "2-0+2"},
        {"2", STATUS("Shipped", "2") "," STATUS("Refund", "1"), "2-0+2"},
        {"3", STATUS("Shipped", "1") "," STATUS("Refund", "1") "," STATUS("Created", "2"), "3-0+1"},
        {"2", STATUS("Cancelled", "2") "," STATUS("Refund", "2"), "2-2+0"},
        /* A status of tomorrow is open; none at all too. */
        {"2", STATUS("Packing", "2"), "2-0+0"},
        {"2", "", "2-0+0"},
        /* More than was ordered. */
        {"2", STATUS("Cancelled", "3") "," STATUS("Shipped", "2"), "2-2+0"},
        {"1", STATUS("Shipped", "5"), "1-0+1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice body = arena_printf(
            &fixture.arena,
            "{\"purchaseOrderId\":\"1\",\"orderDate\":" SOLD ",\"orderLines\":{\"orderLine\":["
            "{\"lineNumber\":\"1\",\"item\":{\"sku\":\"A\"},\"orderLineQuantity\":{\"amount\":"
            "\"%s\"},\"statusDate\":" SOLD ",\"orderLineStatuses\":{\"orderLineStatus\":[%s]}}]}}",
            cases[i].amount,
            cases[i].statuses);
        struct slice says = arena_printf(&fixture.arena, "1 sku:A %s", cases[i].says);
        struct slice got = lines_text(snapshot_of(&wm_plain, body.p));
        assert_slice(got, says.p);
    }
}

static void test_the_version_is_the_latest_status_of_any_line(void **state)
{
    (void)state;
    const struct order_snapshot *o =
        snapshot_of(&wm_plain,
                    ORDER(LINE("1", "A", "1", LATER, STATUS("Cancelled", "1")) "," LINE(
                        "2", "B", "1", SOLD, STATUS("Created", "1"))));
    assert_int_equal(o->version, INT64_C(1795511600123000));
    assert_slice(o->version_text, "2026-11-24T09:13:20.123Z");
    /* A status older than the order itself makes it no older. */
    o = snapshot_of(&wm_plain, ORDER(LINE("1", "A", "1", "1795510000000", STATUS("Created", "1"))));
    assert_int_equal(o->version, INT64_C(1795511000000000));
}

static void test_the_same_answer_twice_is_one_digest_and_a_cancel_another(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        ORDER(LINE("1", "A", "2", SOLD, STATUS("Created", "2"))),
        "{\"order\":" ORDER(LINE("1", "A", "2", SOLD, STATUS("Created", "2"))) "}",
        ORDER(LINE("1", "A", "2", SOLD, STATUS("Created", "1") "," STATUS("Cancelled", "1"))),
    };
    uint8_t digests[3][16];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(
            order_digest(snapshot_of(&wm_plain, bodies[i]), &fixture.arena, digests[i]), ERR_OK);
    }
    assert_memory_equal(digests[0], digests[1], 16);
    assert_memory_not_equal(digests[0], digests[2], 16);
}

static enum order_verdict
merged(const struct order *known, const struct order_snapshot *snapshot, struct order *out)
{
    enum order_verdict verdict;
    assert_int_equal(order_merge(known,
                                 snapshot,
                                 (struct channel_id){1},
                                 walmart->semantics.stamp_granularity_us,
                                 0,
                                 &fixture.arena,
                                 out,
                                 &verdict),
                     ERR_OK);
    return verdict;
}

static void test_a_repeat_changes_nothing_and_what_is_older_comes_too_late(void **state)
{
    (void)state;
    static const char sold[] = ORDER(LINE("1", "A", "2", SOLD, STATUS("Created", "2")));
    static const char cancelled[] =
        ORDER(LINE("1", "A", "2", LATER, STATUS("Created", "1") "," STATUS("Cancelled", "1")));
    struct order first, second, ignored;
    assert_int_equal(merged(NULL, snapshot_of(&wm_plain, sold), &first), ORDER_APPLIED);
    assert_int_equal(merged(&first, snapshot_of(&wm_plain, cancelled), &second), ORDER_APPLIED);
    assert_int_equal(second.lines[0].now.cancelled, 1);
    assert_int_equal(merged(&second, snapshot_of(&wm_plain, cancelled), &ignored), ORDER_SAME);
    assert_int_equal(merged(&second, snapshot_of(&wm_plain, sold), &ignored), ORDER_STALE);
}

#define NODE(type, id) ",\"shipNode\":{\"type\":\"" type "\",\"name\":\"N\",\"id\":\"" id "\"}"
#define ONE LINE("1", "A", "1", SOLD, STATUS("Created", "1"))

static void test_the_ship_node_says_whose_goods_they_are(void **state)
{
    (void)state;
    static const struct {
        bool has_nodes;
        const char *body, *says;
    } cases[] = {
        {false, ORDER_AT(NODE("SellerFulfilled", "1000005050"), ONE), "1 sku:A 1-0+0"},
        {true, ORDER_AT(NODE("SellerFulfilled", "1000005050"), ONE), "1 sku:A 1-0+0 at 1000005050"},
        {true, ORDER_AT(NODE("SellerFulfilled", "77"), ONE), "1 sku:A 1-0+0 at 77"},
        {false, ORDER_AT(NODE("3PLFulfilled", "88"), ONE), "1 sku:A 1-0+0 at 88"},
        {false, ORDER_AT(NODE("WFSFulfilled", "99"), ONE), "1 sku:A 1-0+0 W"},
        {true, ORDER_AT(NODE("WFSFulfilled", "99"), ONE), "1 sku:A 1-0+0 W"},
        {true, ORDER(ONE), "1 sku:A 1-0+0"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_slice(
            lines_text(snapshot_of(cases[i].has_nodes ? &wm_nodes : &wm_plain, cases[i].body)),
            cases[i].says);
    }
}

static void test_a_line_given_in_parts_is_summed(void **state)
{
    (void)state;
    assert_slice(
        lines_text(snapshot_of(
            &wm_plain,
            ORDER(LINE("1", "A", "1", SOLD, STATUS("Shipped", "1")) "," LINE(
                "1", "A", "2", SOLD, STATUS("Cancelled", "1") "," STATUS("Created", "1"))))),
        "1 sku:A 3-1+1");
}

static void test_a_line_without_a_sku_waits_and_the_others_are_booked(void **state)
{
    (void)state;
    assert_slice(
        lines_text(snapshot_of(&wm_plain,
                               ORDER(LINE("1", "", "1", SOLD, STATUS("Created", "1")) "," LINE(
                                   "2", "B", "1", SOLD, STATUS("Created", "1"))))),
        "1 sku: 1-0+0; 2 sku:B 1-0+0");
}

static void test_what_is_no_order_is_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum err says;
    } cases[] = {
        {200, "{\"order\":{}}", ERR_PARSE},
        {200, "{\"purchaseOrderId\":\"1\",\"orderLines\":{\"orderLine\":[]}}", ERR_PARSE},
        {200, "{\"purchaseOrderId\":\"1\",\"orderDate\":" SOLD "}", ERR_PARSE},
        {200,
         "{\"purchaseOrderId\":\"a/b\",\"orderDate\":" SOLD ",\"orderLines\":{\"orderLine\":[]}}",
         ERR_PARSE},
        {200, ORDER(LINE("1", "A", "-1", SOLD, "")), ERR_PARSE},
        {200, ORDER(LINE("1", "A", "1.5", SOLD, "")), ERR_PARSE},
        {200, ORDER(LINE("1", "A", "99999999999", SOLD, "")), ERR_PARSE},
        {200, ORDER(LINE("1", "A", "1", SOLD, STATUS("Shipped", "x"))), ERR_PARSE},
        {200, ORDER(LINE("", "A", "1", SOLD, "")), ERR_PARSE},
        {200, ORDER(LINE("1", "A", "1", SOLD, "") "," LINE("1", "B", "1", SOLD, "")), ERR_PARSE},
        {404,
         "{\"errors\":[{\"code\":\"CONTENT_NOT_FOUND.GMP_ORDER_API\",\"description\":\"x\","
         "\"severity\":\"ERROR\",\"category\":\"DATA\"}]}",
         ERR_NOT_FOUND},
        {404, "<html>", ERR_NET},
        {401, "{\"errors\":[{\"code\":\"UNAUTHORIZED\"}]}", ERR_AUTH},
        {429,
         "{\"error\":[{\"code\":\"REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API\"}]}",
         ERR_THROTTLED},
        {520, "{}", ERR_NET},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct facts facts;
        struct channel_signal signal;
        struct err_note note = {{0}};
        assert_int_equal(
            order_of(&wm_plain, cases[i].status, slice_of(cases[i].body), &facts, &signal, &note),
            cases[i].says);
        assert_true(strlen(note.text) > 5);
    }
}

/* ---- pages ---- */

static struct slice url_of(const char *cursor, int64_t since_us)
{
    struct http_request r;
    struct step step = wm_step(slice_of(cursor));
    step.since_us = since_us;
    assert_int_equal(walmart->build_orders(&wm_plain, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.method, "GET");
    assert_slice(fixture_header(&r, "WM_SEC.ACCESS_TOKEN"), "t0k");
    return r.url;
}

#define BASE "https://marketplace.walmartapis.com/v3/orders"
#define CREATED "&createdStartDate=2026-05-29T09%3A20%3A00Z&limit=200&shipNodeType="

static void test_three_kinds_of_node_are_asked_for_one_after_the_other(void **state)
{
    (void)state;
    int64_t since_us = WM_NOW_US - 3600 * US_PER_S + 999;
    assert_slice(url_of("", since_us),
                 BASE "?lastModifiedStartDate=2026-11-24T08%3A20%3A00Z" CREATED "SellerFulfilled");
    assert_slice(url_of("1", since_us),
                 BASE "?lastModifiedStartDate=2026-11-24T08%3A20%3A00Z" CREATED "WFSFulfilled");
    assert_slice(url_of("2", since_us),
                 BASE "?lastModifiedStartDate=2026-11-24T08%3A20%3A00Z" CREATED "3PLFulfilled");
    /* Older than what the API keeps. */
    assert_slice(url_of("", 0),
                 BASE "?lastModifiedStartDate=2026-05-29T09%3A20%3A00Z" CREATED "SellerFulfilled");
    /* The page's own cursor stands alone. */
    assert_slice(url_of("0?limit=200&hasMoreElements=true&soIndex=31", since_us),
                 BASE "?limit=200&hasMoreElements=true&soIndex=31");
    static const char *const wrong[] = {"3", "x", "0/../items", "0?a b", "0?a#b", "0@evil.example"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct http_request r;
        struct step step = wm_step(slice_of(wrong[i]));
        assert_int_equal(walmart->build_orders(&wm_plain, &step, &fixture.arena, &r), ERR_USAGE);
    }
}

static enum err page_of(const char *cursor, int status, const char *body, struct orders_page *out)
{
    struct channel_signal signal;
    struct err_note note = {{0}};
    struct http_response response = fixture_answer(status, slice_of(body));
    struct step step = wm_step(slice_of(cursor));
    enum err e = walmart->read_orders(
        &wm_plain, &step, &response, fixture.doc, &fixture.arena, out, &signal, &note);
    assert_true(e == ERR_OK || strlen(note.text) > 5);
    return e;
}

#define PAGE(next, orders)                                                                         \
    "{\"list\":{\"meta\":{\"totalCount\":3,\"limit\":200" next                                     \
    "},\"elements\":{\"order\":[" orders "]}}}"
#define NONE                                                                                       \
    "{\"errors\":[{\"code\":\"CONTENT_NOT_FOUND.GMP_ORDER_API\",\"description\":\"No content\","   \
    "\"severity\":\"ERROR\",\"category\":\"DATA\"}]}"

static void test_pages_follow_their_cursors_to_the_last_query(void **state)
{
    (void)state;
    static const struct {
        const char *cursor;
        int status;
        const char *body, *next;
        size_t orders;
    } cases[] = {
        {"",
         200,
         PAGE(",\"nextCursor\":\"?limit=200&soIndex=2\"", ORDER(ONE)),
         "0?limit=200&soIndex=2",
         1},
        {"0?limit=200&soIndex=2", 200, PAGE("", ORDER(ONE)), "1", 1},
        {"0?limit=200&soIndex=2", 200, PAGE(",\"nextCursor\":null", ORDER(ONE)), "1", 1},
        {"1", 200, PAGE("", ""), "2", 0},
        {"1", 404, NONE, "2", 0},
        {"2", 200, PAGE(",\"nextCursor\":\"?a=1\"", ORDER(ONE)), "2?a=1", 1},
        {"2", 404, NONE, "", 0},
        {"2?a=1", 200, "{\"list\":{\"meta\":{}}}", "", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct orders_page page;
        assert_int_equal(page_of(cases[i].cursor, cases[i].status, cases[i].body, &page), ERR_OK);
        assert_slice(page.next, cases[i].next);
        assert_int_equal(page.facts.orders_count, cases[i].orders);
    }
    struct orders_page page;
    assert_int_equal(page_of("", 200, PAGE(",\"nextCursor\":\"https://evil.example/\"", ""), &page),
                     ERR_PARSE);
    assert_int_equal(page_of("", 200, "{}", &page), ERR_PARSE);
    assert_int_equal(page_of("9", 200, PAGE("", ""), &page), ERR_USAGE);
    assert_int_equal(page_of("", 503, "<html>", &page), ERR_NET);
}

static void test_a_page_and_a_single_order_say_the_same(void **state)
{
    (void)state;
    static const char order[] =
        ORDER_AT(NODE("3PLFulfilled", "88"),
                 LINE("1", "A", "3", LATER, STATUS("Shipped", "1") "," STATUS("Cancelled", "1")));
    struct orders_page page;
    uint8_t one[16], other[16];
    struct slice body = arena_printf(
        &fixture.arena, "{\"list\":{\"elements\":{\"order\":[%s]},\"meta\":{}}}", order);
    assert_int_equal(order_digest(snapshot_of(&wm_plain, order), &fixture.arena, one), ERR_OK);
    assert_int_equal(page_of("2", 200, body.p, &page), ERR_OK);
    assert_int_equal(order_digest(&page.facts.orders[0], &fixture.arena, other), ERR_OK);
    assert_memory_equal(one, other, 16);
    assert_int_equal(page.facts.orders[0].version, INT64_C(1795511600123000));
}

static void test_an_order_that_cannot_be_read_hides_no_other(void **state)
{
    (void)state;
    struct orders_page page;
    assert_int_equal(page_of("", 200, PAGE("", "{\"purchaseOrderId\":\"7\"}," ORDER(ONE)), &page),
                     ERR_OK);
    assert_int_equal(page.facts.orders_count, 1);
    assert_int_equal(page.facts.fetches_count, 1);
    assert_int_equal(page.facts.fetches[0].kind, FETCH_ORDER);
    assert_slice(page.facts.fetches[0].id, "7");
    assert_int_equal(page_of("", 200, PAGE("", "{}"), &page), ERR_PARSE);
}

static void test_an_order_is_asked_for_by_a_safe_id_only(void **state)
{
    (void)state;
    struct http_request r;
    struct step step = wm_step((struct slice){0});
    assert_int_equal(
        walmart->build_order(&wm_plain, SLICE("1796277083022"), &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.url, BASE "/1796277083022");
    assert_int_equal(walmart->build_order(&wm_plain, SLICE("1?x"), &step, &fixture.arena, &r),
                     ERR_USAGE);
    assert_int_equal(walmart->build_order(&wm_plain, SLICE(""), &step, &fixture.arena, &r),
                     ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_order_reserves_all_of_it),
        cmocka_unit_test(test_quantities_follow_the_statuses_of_each_line),
        cmocka_unit_test(test_the_version_is_the_latest_status_of_any_line),
        cmocka_unit_test(test_the_same_answer_twice_is_one_digest_and_a_cancel_another),
        cmocka_unit_test(test_a_repeat_changes_nothing_and_what_is_older_comes_too_late),
        cmocka_unit_test(test_the_ship_node_says_whose_goods_they_are),
        cmocka_unit_test(test_a_line_given_in_parts_is_summed),
        cmocka_unit_test(test_a_line_without_a_sku_waits_and_the_others_are_booked),
        cmocka_unit_test(test_what_is_no_order_is_refused_with_a_reason),
        cmocka_unit_test(test_three_kinds_of_node_are_asked_for_one_after_the_other),
        cmocka_unit_test(test_pages_follow_their_cursors_to_the_last_query),
        cmocka_unit_test(test_a_page_and_a_single_order_say_the_same),
        cmocka_unit_test(test_an_order_that_cannot_be_read_hides_no_other),
        cmocka_unit_test(test_an_order_is_asked_for_by_a_safe_id_only),
    };
    return cmocka_run_group_tests(tests, wm_open, fixture_close);
}
