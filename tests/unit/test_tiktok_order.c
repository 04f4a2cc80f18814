/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: every state of one into exact facts, and pages of them. Orders: tests/data/tiktok. */
#include "support/tiktok_shop.h"

#include "base/times.h"
#include "core/order.h"

static struct account account, mapped;
#define FETCHED_US INT64_C(1795512000000000)

static int open_accounts(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(tiktok, PLAIN);
    mapped = fixture_account(tiktok, MAPPED);
    return 0;
}

static struct slice file_of(const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "tiktok/order-%s.json", name);
    return fixture_file(path);
}

static enum err
order_of(const struct account *a, struct slice body, struct facts *out, struct err_note *note)
{
    struct http_response response = fixture_answer(200, body);
    struct channel_signal signal;
    return tiktok->read_order(a,
                              &(struct step){.now_us = FETCHED_US},
                              &response,
                              fixture.doc,
                              &fixture.arena,
                              out,
                              &signal,
                              note);
}

static const struct order_snapshot *snapshot_of(const struct account *a, struct slice body)
{
    struct facts facts;
    struct err_note note = {{0}};
    if (order_of(a, body, &facts, &note)) {
        fail_msg("%s", note.text);
    }
    assert_int_equal(facts.orders_count, 1);
    return facts.orders;
}

/* "12 sku:1001 1-0+0" a line: ordered - cancelled + fulfilled, then the location and "theirs". */
static struct slice lines_text(const struct order_snapshot *order)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct snapshot_line *l = &order->lines[i];
        buf_printf(&text,
                   "%s%.*s %.*s %" PRId64 "-%" PRId64 "+%" PRId64,
                   i ? ", " : "",
                   SLICE_ARG(l->id),
                   SLICE_ARG(l->remote),
                   l->ordered,
                   l->cancelled,
                   l->fulfilled);
        if (l->location.n) {
            buf_printf(&text, " at %.*s", SLICE_ARG(l->location));
        }
        buf_text(&text, l->channel_fulfilled ? " theirs" : "");
        /* Returns and restocks are never guessed. */
        assert_int_equal(l->returned + l->restocked + l->no_restock, 0);
        assert_int_equal(l->taken, TAKEN_UNSAID);
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

static void test_each_state_of_an_order_is_an_exact_snapshot(void **state)
{
    (void)state;
#define OPEN2 "1 sku:1001 1-0+0, 2 sku:1001 1-0+0"
#define GONE2 "1 sku:1001 1-0+1, 2 sku:1001 1-0+1"
#define BACK2 "1 sku:1001 1-1+0, 2 sku:1001 1-1+0"
    static const struct {
        const char *file, *lines;
    } cases[] = {
        {"unpaid", OPEN2},
        {"on-hold", OPEN2},
        {"awaiting", OPEN2},
        {"awaiting-collection", OPEN2},
        {"edited", OPEN2 ", 3 sku:1002 1-0+0"},
        {"partly-cancelled", "1 sku:1001 1-0+0, 2 sku:1001 1-1+0"},
        {"partly-shipped", "1 sku:1001 1-0+1, 2 sku:1001 1-0+0"},
        {"partly-shipped-by-package", "1 sku:1001 1-0+1, 2 sku:1001 1-0+0"},
        {"shipped-and-cancelled", "1 sku:1001 1-0+1, 2 sku:1001 1-1+0"},
        {"delivered", GONE2},
        {"completed", GONE2},
        {"completed-without-lines-status", "1 sku:1001 1-0+1"},
        {"cancelled", BACK2},
        {"cancelled-other-spelling", BACK2},
        {"cancelled-lines-behind", BACK2},
        /* The parcel comes back some day; the line cancelled before that is back at once. */
        {"delivery-failed", "1 sku:1001 1-0+1, 2 sku:1001 1-1+0"},
        {"returned", GONE2},
        {"unknown-status", OPEN2},
        {"bundle", "1 sku:1001 1-0+0, 2/1001 sku:1001 2-0+0, 2/1003 sku:1003 1-0+0"},
        {"bundle-cancelled", "2/1001 sku:1001 2-2+0"},
        {"by-tiktok", "1 sku:1001 1-0+1 theirs"},
        {"sample-and-gift", "1 sku:1001 1-0+0, 2 sku:1002 1-0+0"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct order_snapshot *order = snapshot_of(&account, file_of(cases[i].file));
        struct slice got = lines_text(order);
        if (!slice_is(got, cases[i].lines)) {
            fail_msg("%s: got '%.*s', wanted '%s'", cases[i].file, SLICE_ARG(got), cases[i].lines);
        }
        assert_slice(order->id, "576653688135258178");
        assert_false(order->is_test);
        assert_int_equal(order->fetched_at_us, FETCHED_US);
    }
}

static void test_the_channels_warehouse_serves_the_line_where_warehouses_are_mapped(void **state)
{
    (void)state;
    assert_slice(lines_text(snapshot_of(&mapped, file_of("awaiting"))),
                 "1 sku:1001 1-0+0 at 70685, 2 sku:1001 1-0+0 at 70685");
    assert_slice(lines_text(snapshot_of(&mapped, file_of("by-tiktok"))), "1 sku:1001 1-0+1 theirs");
}

static void test_an_order_says_when_it_changed_and_where_it_goes(void **state)
{
    (void)state;
    const struct order_snapshot *order = snapshot_of(&account, file_of("awaiting"));
    char text[TIME_TEXT_MAX];
    assert_true(order->version_is_time);
    assert_slice(time_format_s(order->version, text), "2024-06-13T19:06:25Z");
    assert_slice(order->version_text, "1718305585");
    assert_slice(time_format_s(order->placed_at_us, text), "2024-06-13T18:56:40Z");
    assert_slice(order->country, "DE");
    assert_slice(order->region, ""); /* a state's name is no code */
    const struct order_snapshot *again = snapshot_of(&account, file_of("awaiting"));
    uint8_t a[16];
    uint8_t b[16];
    assert_int_equal(order_digest(order, &fixture.arena, a), ERR_OK);
    assert_int_equal(order_digest(again, &fixture.arena, b), ERR_OK);
    assert_memory_equal(a, b, sizeof(a));
    assert_true(snapshot_of(&account, file_of("unpaid"))->version < order->version);
    assert_true(snapshot_of(&account, file_of("partly-cancelled"))->version > order->version);
}

/* What the core makes of it: the same twice is the same, an older one after a newer is stale. */
static void test_a_repeat_is_the_same_and_an_older_state_is_stale(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        enum order_verdict verdict;
    } steps[] = {
        {"awaiting", ORDER_APPLIED},
        {"awaiting", ORDER_SAME},
        {"partly-cancelled", ORDER_APPLIED},
        {"unpaid", ORDER_STALE},
        {"cancelled", ORDER_APPLIED},
        {"partly-shipped", ORDER_STALE},
    };
    struct order known;
    bool is_known = false;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct order next;
        enum order_verdict verdict;
        assert_int_equal(order_merge(is_known ? &known : NULL,
                                     snapshot_of(&account, file_of(steps[i].file)),
                                     (struct channel_id){1},
                                     tiktok->semantics.stamp_granularity_us,
                                     0,
                                     &fixture.arena,
                                     &next,
                                     &verdict),
                         ERR_OK);
        assert_int_equal(verdict, steps[i].verdict);
        if (verdict == ORDER_APPLIED) {
            known = next;
            is_known = true;
        }
    }
    assert_int_equal(known.lines[0].now.cancelled, 1);
}

#define ORDER_JSON(rest) ENVELOPE("{\"orders\":[{" rest "}]}")
#define HEAD "\"id\":\"5\",\"status\":\"UNPAID\",\"update_time\":1718305585"

static void test_an_order_that_cannot_be_read_safely_is_not_guessed_at(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum err e;
    } cases[] = {
        {ENVELOPE("{\"orders\":[]}"), ERR_NOT_FOUND},
        {ENVELOPE("{}"), ERR_NOT_FOUND},
        {ENVELOPE("null"), ERR_PARSE},
        {ENVELOPE("{\"orders\":[{},{}]}"), ERR_PARSE},
        {ORDER_JSON(HEAD), ERR_PARSE},
        {ORDER_JSON(HEAD ",\"line_items\":[]"), ERR_PARSE},
        {ORDER_JSON(HEAD ",\"line_items\":[{\"id\":\"1\"}]"), ERR_PARSE},
        {ORDER_JSON(HEAD ",\"line_items\":[{\"sku_id\":\"1\"}]"), ERR_PARSE},
        {ORDER_JSON(HEAD ",\"line_items\":[{\"id\":\"1\",\"sku_id\":\"2\"},"
                         "{\"id\":\"1\",\"sku_id\":\"3\"}]"),
         ERR_PARSE},
        {ORDER_JSON(HEAD ",\"line_items\":[{\"id\":\"1\",\"combined_listing_skus\":"
                         "[{\"sku_id\":\"2\",\"sku_count\":0}]}]"),
         ERR_PARSE},
        {ORDER_JSON(HEAD ",\"line_items\":[{\"id\":\"1\",\"combined_listing_skus\":"
                         "[{\"sku_count\":1}]}]"),
         ERR_PARSE},
        {ORDER_JSON("\"id\":\"5\",\"status\":\"UNPAID\",\"line_items\":[{\"id\":\"1\",\"sku_id\":"
                    "\"2\"}]"),
         ERR_PARSE},
        {ORDER_JSON("\"id\":\"5\",\"update_time\":1718305585,\"line_items\":[{\"id\":\"1\","
                    "\"sku_id\":\"2\"}]"),
         ERR_PARSE},
        {FAILURE("21008111", "not of this shop"), ERR_NOT_FOUND},
        {FAILURE("21001001", "invalid parameters"), ERR_USAGE},
        {FAILURE("105002", "expired"), ERR_AUTH},
        {FAILURE("36009002", "slow down"), ERR_THROTTLED},
        {FAILURE("36009003", "internal"), ERR_NET},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct facts facts;
        struct err_note note = {{0}};
        enum err e = order_of(&account, slice_of(cases[i].body), &facts, &note);
        if (e != cases[i].e) {
            fail_msg("%s: got %s", cases[i].body, err_name(e));
        }
        assert_true(strlen(note.text) > 0);
    }
}

/* ---- pages ---- */

static struct channel_signal signal_now;

static enum err page_of(const char *cursor, struct slice body, struct orders_page *out)
{
    struct http_response response = fixture_answer(200, body);
    struct err_note note = {{0}};
    *out = (struct orders_page){0};
    return tiktok->read_orders(&account,
                               &(struct step){.now_us = FETCHED_US, .cursor = slice_of(cursor)},
                               &response,
                               fixture.doc,
                               &fixture.arena,
                               out,
                               &signal_now,
                               &note);
}

static enum err request_of(const char *cursor, struct http_request *out)
{
    return tiktok->build_orders(&account,
                                &(struct step){.now_us = AT_US,
                                               .since_us = INT64_C(1699990000999999),
                                               .cursor = slice_of(cursor)},
                                &fixture.arena,
                                out);
}

static bool has(struct slice text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static void test_changed_orders_are_searched_then_read_page_by_page(void **state)
{
    (void)state;
    struct http_request r;
    struct orders_page page;
    assert_int_equal(request_of("", &r), ERR_OK);
    assert_slice(r.method, "POST");
    assert_slice(r.body, "{\"update_time_ge\":1699990000}");
    assert_true(has(r.url,
                    "/order/202309/orders/search?app_key=abcdef&page_size=50&shop_cipher="
                    "CIPHER_1&sort_field=update_time&sort_order=ASC&timestamp="));
    assert_int_equal(page_of("",
                             SLICE(ENVELOPE("{\"orders\":[{\"id\":\"576653688135258178\"},{\"id\":"
                                            "\"6\"}],\"next_page_token\":\"aD0=\"}")),
                             &page),
                     ERR_OK);
    assert_true(signal_now.next.is_wanted);
    assert_slice(signal_now.next.cursor, "d 576653688135258178,6 aD0=");

    assert_int_equal(request_of("d 576653688135258178,6 aD0=", &r), ERR_OK);
    assert_slice(r.method, "GET");
    assert_true(has(r.url, "/order/202309/orders?app_key=abcdef&ids=576653688135258178%2C6&"));
    assert_int_equal(page_of("d 576653688135258178,6 aD0=", file_of("bundle"), &page), ERR_OK);
    assert_false(signal_now.next.is_wanted);
    assert_slice(page.next, "s aD0=");
    assert_int_equal(page.facts.orders_count, 1);
    /* One that the answer leaves out is read alone. */
    assert_int_equal(page.facts.fetches_count, 1);
    assert_int_equal(page.facts.fetches[0].kind, FETCH_ORDER);
    assert_slice(page.facts.fetches[0].id, "6");
    /* A page says of an order what reading it alone says. */
    assert_true(slice_equal(lines_text(page.facts.orders),
                            lines_text(snapshot_of(&account, file_of("bundle")))));

    assert_int_equal(request_of("s aD0=", &r), ERR_OK);
    assert_slice(r.body, "{\"update_time_ge\":1699990000}");
    assert_true(has(r.url, "&page_size=50&page_token=aD0%3D&shop_cipher="));
    /* The last page has no token. */
    assert_int_equal(page_of("s aD0=", SLICE(ENVELOPE("{\"orders\":[{\"id\":\"7\"}]}")), &page),
                     ERR_OK);
    assert_slice(signal_now.next.cursor, "d 7 ");
    assert_int_equal(request_of("d 7 ", &r), ERR_OK);
    assert_int_equal(page_of("d 7 ", SLICE(ENVELOPE("{\"orders\":[]}")), &page), ERR_OK);
    assert_slice(page.next, "");
}

static void test_a_search_ends_with_nothing_or_where_it_turns_in_circles(void **state)
{
    (void)state;
    static const struct {
        const char *cursor, *body, *next;
    } cases[] = {
        {"", ENVELOPE("{\"orders\":[],\"next_page_token\":\"x\"}"), ""},
        {"", ENVELOPE("{\"next_page_token\":\"\",\"total_count\":0}"), ""},
        {"s x", ENVELOPE("{\"orders\":[{\"id\":\"7\"}],\"next_page_token\":\"x\"}"), "d 7 "},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct orders_page page;
        assert_int_equal(page_of(cases[i].cursor, slice_of(cases[i].body), &page), ERR_OK);
        assert_slice(page.next, "");
        assert_slice(signal_now.next.cursor, cases[i].next);
    }
}

static void test_one_refused_order_does_not_hide_the_others_of_its_page(void **state)
{
    (void)state;
    struct orders_page page;
    assert_int_equal(page_of("d 5,6 t", SLICE(FAILURE("21001001", "no")), &page), ERR_OK);
    assert_int_equal(page.facts.orders_count, 0);
    assert_int_equal(page.facts.fetches_count, 2);
    assert_slice(page.next, "s t");
    /* A refused token is not the orders' fault. */
    assert_int_equal(page_of("d 5,6 t", SLICE(FAILURE("105002", "no")), &page), ERR_AUTH);
    assert_false(signal_now.next.is_wanted);
}

static void test_what_is_no_cursor_or_no_page_is_refused(void **state)
{
    (void)state;
    static const char *const cursors[] = {"x", "s", "s ", "d", "d ", "d x t", "d 5,,6 t", "s a b"};
    struct http_request r;
    struct orders_page page;
    for (size_t i = 0; i < COUNT_OF(cursors); i++) {
        assert_int_equal(request_of(cursors[i], &r), ERR_USAGE);
        assert_int_equal(page_of(cursors[i], SLICE(ENVELOPE("{}")), &page), ERR_USAGE);
    }
    static const char *const bodies[] = {
        ENVELOPE("[]"),
        ENVELOPE("{\"orders\":{}}"),
        ENVELOPE("{\"orders\":[{}]}"),
        ENVELOPE("{\"orders\":[{\"id\":\"7\"}],\"next_page_token\":\"a b\"}"),
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        assert_int_equal(page_of("", slice_of(bodies[i]), &page), ERR_PARSE);
        assert_false(signal_now.next.is_wanted);
    }
    struct step step = step_at("");
    assert_int_equal(tiktok->build_order(&account, SLICE("5,6"), &step, &fixture.arena, &r),
                     ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_state_of_an_order_is_an_exact_snapshot),
        cmocka_unit_test(test_the_channels_warehouse_serves_the_line_where_warehouses_are_mapped),
        cmocka_unit_test(test_an_order_says_when_it_changed_and_where_it_goes),
        cmocka_unit_test(test_a_repeat_is_the_same_and_an_older_state_is_stale),
        cmocka_unit_test(test_an_order_that_cannot_be_read_safely_is_not_guessed_at),
        cmocka_unit_test(test_changed_orders_are_searched_then_read_page_by_page),
        cmocka_unit_test(test_a_search_ends_with_nothing_or_where_it_turns_in_circles),
        cmocka_unit_test(test_one_refused_order_does_not_hide_the_others_of_its_page),
        cmocka_unit_test(test_what_is_no_cursor_or_no_page_is_refused),
    };
    return cmocka_run_group_tests(tests, open_accounts, fixture_close);
}
