/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: every state of a receipt into exact facts, pages of them, and what merging makes of it. */
#include "support/etsy_exchange.h"

#include "core/order.h"

static const struct connector *const etsy = &connector_etsy;
static struct account account;
#define CREATED "1758153000"
#define UPDATED INT64_C(1758153645)
#define FETCHED_US (INT64_C(1758160000) * US_PER_S)

static int open_account(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(etsy, ETSY_CONFIG(""));
    return 0;
}

#define LINE_A                                                                                     \
    "{\"transaction_id\":900001,\"listing_id\":111,\"product_id\":1001,\"sku\":\"TEE-S\","         \
    "\"quantity\":2,\"is_digital\":false,\"shipped_timestamp\":null}"
#define LINE_A_SHIPPED                                                                             \
    "{\"transaction_id\":900001,\"listing_id\":111,\"product_id\":1001,\"sku\":\"TEE-S\","         \
    "\"quantity\":2,\"is_digital\":false,\"shipped_timestamp\":1758154000}"
#define LINE_B                                                                                     \
    "{\"transaction_id\":900002,\"listing_id\":112,\"product_id\":1005,\"sku\":\"\",\"quantity\":" \
    "3,\"is_digital\":false}"
#define RECEIPT(status, shipped, refunds, lines)                                                   \
    "{\"receipt_id\":54321,\"receipt_type\":0,\"status\":\"" status "\",\"is_paid\":true,"         \
    "\"is_shipped\":" shipped ",\"created_timestamp\":" CREATED                                    \
    ",\"updated_timestamp\":1758153645,\"country_iso\":\"US\",\"name\":\"Somebody\","              \
    "\"transactions\":[" lines "],\"shipments\":[],\"refunds\":[" refunds "]}"
#define REFUND                                                                                     \
    "{\"amount\":{\"amount\":500,\"divisor\":100,\"currency_code\":\"USD\"},"                      \
    "\"created_timestamp\":1758154000,\"reason\":\"x\",\"status\":\"completed\"}"

static enum err
order_at(int64_t now_us, int status, struct slice body, struct facts *out, struct err_note *note)
{
    struct http_response response = fixture_answer(status, body);
    struct channel_signal signal = SIGNAL_NONE;
    return etsy->read_order(&account,
                            &(struct step){.now_us = now_us},
                            &response,
                            fixture.doc,
                            &fixture.arena,
                            out,
                            &signal,
                            note);
}

static const struct order_snapshot *snapshot_at(int64_t now_us, const char *body)
{
    struct facts facts;
    struct err_note note = {{0}};
    if (order_at(now_us, 200, slice_of(body), &facts, &note)) {
        fail_msg("%s", note.text);
    }
    assert_int_equal(facts.orders_count, 1);
    return facts.orders;
}

/* "900001 listing:111/TEE-S|product:1001 2-0+0" a line: ordered - cancelled + fulfilled. */
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
        assert_int_equal(l->taken, TAKEN_UNSAID);
        assert_int_equal(l->returned + l->restocked + l->no_restock, 0);
        assert_false(l->channel_fulfilled);
        assert_int_equal(l->location.n, 0);
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

#define A "900001 listing:111/TEE-S|product:1001 "
#define B "900002 product:1005 "

static void test_every_state_of_a_receipt_says_exactly_what_is_owed(void **state)
{
    (void)state;
    static const struct {
        const char *body, *lines;
    } cases[] = {
        {RECEIPT("open", "false", "", LINE_A), A "2-0+0"},
        {RECEIPT("payment processing", "false", "", LINE_A), A "2-0+0"},
        {RECEIPT("paid", "false", "", LINE_A "," LINE_B), A "2-0+0, " B "3-0+0"},
        {RECEIPT("Paid", "false", "", LINE_A_SHIPPED "," LINE_B), A "2-0+2, " B "3-0+0"},
        {RECEIPT("Completed", "true", "", LINE_A "," LINE_B), A "2-0+2, " B "3-0+3"},
        {RECEIPT("canceled", "false", "", LINE_A "," LINE_B), A "2-2+0, " B "3-3+0"},
        {RECEIPT("Canceled", "false", "", LINE_A_SHIPPED "," LINE_B), A "2-0+2, " B "3-3+0"},
        {RECEIPT("Canceled", "true", "", LINE_A), A "2-0+2"},
        /* A refund is money: the goods are owed, or gone, as before. */
        {RECEIPT("partially refunded", "false", REFUND, LINE_A), A "2-0+0"},
        {RECEIPT("Fully Refunded", "false", REFUND, LINE_A), A "2-0+0"},
        {RECEIPT("Fully Refunded", "true", REFUND, LINE_A), A "2-0+2"},
        {RECEIPT("canceled", "false", REFUND, LINE_A), A "2-2+0"},
        {RECEIPT("something new", "false", "", LINE_A), A "2-0+0"},
        {RECEIPT("paid", "false", "", "{\"transaction_id\":1,\"is_digital\":true}," LINE_A),
         A "2-0+0"},
        {RECEIPT("paid", "false", "", ""), ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct order_snapshot *order = snapshot_at(FETCHED_US, cases[i].body);
        struct slice got = lines_text(order);
        if (!slice_is(got, cases[i].lines)) {
            fail_msg("%zu: got '%.*s', wanted '%s'", i, SLICE_ARG(got), cases[i].lines);
        }
        assert_slice(order->id, "54321");
        assert_slice(order->country, "US");
        assert_int_equal(order->region.n, 0);
        assert_slice(order->version_text, "1758153645");
        assert_true(order->version_is_time && order->version == UPDATED * US_PER_S);
        assert_int_equal(order->placed_at_us, INT64_C(1758153000) * US_PER_S);
        assert_int_equal(order->fetched_at_us, FETCHED_US);
    }
}

static void test_what_was_sold_is_named_by_all_that_the_line_knows(void **state)
{
    (void)state;
    static const struct {
        const char *ids, *remote, *other;
    } cases[] = {
        {"\"listing_id\":7,\"product_id\":8,\"sku\":\" X 1 \"", "listing:7/X 1", "product:8"},
        {"\"listing_id\":7,\"product_id\":null,\"sku\":\"X/1\"", "listing:7/X/1", ""},
        {"\"listing_id\":7,\"product_id\":8,\"sku\":null", "product:8", ""},
        {"\"listing_id\":null,\"product_id\":8,\"sku\":\"X\"", "product:8", ""},
        {"\"listing_id\":7,\"product_id\":8,\"sku\":\"a\\nb\"", "product:8", ""},
        /* A listing that is gone: the line waits for a person. */
        {"\"listing_id\":null,\"product_id\":null,\"sku\":\"X\"", "transaction:5", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice body = arena_printf(&fixture.arena,
                                         RECEIPT("paid", "false", "", "%s"),
                                         "{\"transaction_id\":5,\"quantity\":1,@}");
        const char *at = memchr(body.p, '@', body.n);
        assert_non_null(at);
        body = arena_printf(
            &fixture.arena, "%.*s%s%s", (int)(at - body.p), body.p, cases[i].ids, at + 1);
        const struct order_snapshot *order = snapshot_at(FETCHED_US, body.p);
        assert_int_equal(order->lines_count, 1);
        assert_slice(order->lines[0].remote, cases[i].remote);
        assert_slice(order->lines[0].remote_other, cases[i].other);
    }
}

static void test_a_line_finds_the_listing_whose_remote_names_it(void **state)
{
    (void)state;
    static const struct {
        const char *remote, *normal, *key;
    } cases[] = {
        {"{\"listing_id\":111,\"product_id\":1001,\"sku\":\" TEE-S \"}",
         "{\"listing_id\":\"111\",\"product_id\":\"1001\",\"sku\":\"TEE-S\"}",
         "listing:111/TEE-S"},
        {"{\"listing_id\":\"112\",\"product_id\":\"1005\"}",
         "{\"listing_id\":\"112\",\"product_id\":\"1005\"}",
         "product:1005"},
        {"{\"listing_id\":\"112\",\"product_id\":1005,\"sku\":\"\"}",
         "{\"listing_id\":\"112\",\"product_id\":\"1005\"}",
         "product:1005"},
        {"{\"listing_id\":5,\"sku\":\"a\\\"product_id\\\":9\"}",
         "{\"listing_id\":\"5\",\"sku\":\"a\\\"product_id\\\":9\"}",
         "listing:5/a\"product_id\":9"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice remote, key, stock_key;
        struct err_note note = {{0}};
        struct etsy_target target;
        assert_int_equal(etsy->listing_keys(&account,
                                            fixture_json(slice_of(cases[i].remote)),
                                            &fixture.arena,
                                            &remote,
                                            &key,
                                            &stock_key,
                                            &note),
                         ERR_OK);
        assert_slice(remote, cases[i].normal);
        assert_slice(key, cases[i].key);
        assert_true(slice_equal(key, stock_key));
        struct push_item item = {.remote = remote, .stock_key = stock_key};
        assert_true(etsy_target_of(&item, &target));
        assert_int_equal(target.product, i == 3 ? 0 : i == 0 ? 1001 : 1005);
    }
    static const char *const bad[] = {"{\"listing_id\":111}",
                                      "{\"product_id\":1001}",
                                      "{\"listing_id\":0,\"product_id\":1}",
                                      "{\"listing_id\":1,\"product_id\":\"x\"}",
                                      "{\"listing_id\":1,\"sku\":7}",
                                      "{\"listing_id\":1,\"sku\":\"a\\u0007\"}",
                                      "{\"listing_id\":1,\"product_id\":1,\"variation\":2}"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct slice out;
        struct err_note note = {{0}};
        assert_int_equal(
            etsy->listing_keys(
                &account, fixture_json(slice_of(bad[i])), &fixture.arena, &out, &out, &out, &note),
            ERR_USAGE);
    }
}

static void test_a_receipt_that_cannot_be_read_safely_is_not_guessed_at(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{}",
        "{\"receipt_id\":1,\"transactions\":[]}",
        "{\"receipt_id\":1,\"updated_timestamp\":5}",
        "{\"receipt_id\":0,\"updated_timestamp\":5,\"transactions\":[]}",
        RECEIPT("paid", "false", "", LINE_A "," LINE_A),
        RECEIPT("paid", "false", "", "{\"quantity\":1}"),
        RECEIPT("paid", "false", "", "{\"transaction_id\":1,\"quantity\":-1}"),
        RECEIPT("paid", "false", "", "{\"transaction_id\":1,\"quantity\":1.5}"),
        RECEIPT("paid", "false", "", "{\"transaction_id\":1}"),
        RECEIPT("paid", "false", "", "7"),
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct facts facts;
        struct err_note note = {{0}};
        assert_int_equal(order_at(1, 200, slice_of(bodies[i]), &facts, &note), ERR_PARSE);
        assert_true(strlen(note.text) > 10);
    }
    struct facts facts;
    struct err_note note = {{0}};
    struct slice error = SLICE("{\"error\":\"x\"}");
    assert_int_equal(order_at(1, 404, error, &facts, &note), ERR_NOT_FOUND);
    assert_int_equal(order_at(1, 404, SLICE("<html>"), &facts, &note), ERR_NET);
    assert_int_equal(order_at(1, 401, error, &facts, &note), ERR_AUTH);
    assert_int_equal(order_at(1, 429, error, &facts, &note), ERR_THROTTLED);
    assert_int_equal(order_at(1, 500, error, &facts, &note), ERR_NET);
}

/* ---- pages ---- */

static struct slice url_of(const char *cursor, int64_t since_us)
{
    struct http_request r;
    struct step step = {.now_us = FETCHED_US, .since_us = since_us, .cursor = slice_of(cursor)};
    assert_int_equal(etsy->build_orders(&account, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.method, "GET");
    return r.url;
}

static enum err page_of(const char *cursor, struct slice body, struct orders_page *out)
{
    struct http_response response = fixture_answer(200, body);
    struct channel_signal signal = SIGNAL_NONE;
    struct err_note note = {{0}};
    struct step step = {.now_us = FETCHED_US, .cursor = slice_of(cursor)};
    return etsy->read_orders(
        &account, &step, &response, fixture.doc, &fixture.arena, out, &signal, &note);
}

/* `rows` receipts from id `first` on, of `count` in all. */
static struct slice page_text(size_t rows, int64_t first, int64_t count)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)1 << 20);
    buf_printf(&text, "{\"count\":%" PRId64 ",\"results\":[", count);
    for (size_t i = 0; i < rows; i++) {
        buf_printf(&text,
                   "%s{\"receipt_id\":%" PRId64 ",\"status\":\"paid\",\"updated_timestamp\":5,"
                   "\"transactions\":[]}",
                   i ? "," : "",
                   first + (int64_t)i);
    }
    buf_text(&text, "]}");
    return arena_copy(&fixture.arena, buf_view(&text));
}

#define BASE "https://openapi.etsy.com/v3/application/shops/12345/receipts"
#define SORTED "&sort_on=created&sort_order=asc&limit=100&offset="

static void test_changed_receipts_are_read_and_then_the_cancelled_ones_of_30_days(void **state)
{
    (void)state;
    struct orders_page page;
    assert_slice(url_of("", UPDATED * US_PER_S + 999999),
                 BASE "?min_last_modified=1758153645" SORTED "0");
    assert_slice(url_of("", 0), BASE "?min_last_modified=946684800" SORTED "0");
    assert_int_equal(page_of("", page_text(100, 1, 150), &page), ERR_OK);
    assert_int_equal(page.facts.orders_count, 100);
    /* Pages overlap: a receipt that left the answer moved the later ones up. */
    assert_slice(page.next, "m:90");
    assert_slice(url_of("m:90", UPDATED * US_PER_S),
                 BASE "?min_last_modified=1758153645" SORTED "90");
    assert_int_equal(page_of("m:90", page_text(60, 91, 150), &page), ERR_OK);
    assert_slice(page.next, "c:0:1755568000"); /* 30 days before FETCHED_US */
    assert_slice(url_of("c:0:1755568000", 0),
                 BASE "?was_canceled=true&min_created=1755568000" SORTED "0");
    assert_int_equal(page_of("c:0:1755568000", page_text(100, 1, 100), &page), ERR_OK);
    assert_int_equal(page.next.n, 0); /* the count says that this was all */
    assert_int_equal(page_of("c:0:1755568000", page_text(100, 1, 101), &page), ERR_OK);
    assert_slice(page.next, "c:90:1755568000");
    assert_int_equal(page_of("c:90:1755568000", page_text(0, 1, 0), &page), ERR_OK);
    assert_int_equal(page.next.n, 0);
    struct http_request r;
    static const char *const bad[] = {"x", "m", "m:", "m:-1", "m:1:2", "c:1", "c:1:5", "m:1000001"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct step step = {.now_us = 1, .cursor = slice_of(bad[i])};
        assert_int_equal(etsy->build_orders(&account, &step, &fixture.arena, &r), ERR_USAGE);
    }
}

static void test_an_order_of_a_page_and_the_order_alone_say_the_same(void **state)
{
    (void)state;
    static const char *const bodies[] = {RECEIPT("Paid", "false", "", LINE_A_SHIPPED "," LINE_B),
                                         RECEIPT("Canceled", "false", REFUND, LINE_A)};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct orders_page page;
        uint8_t a[16], b[16];
        struct slice text =
            arena_printf(&fixture.arena, "{\"count\":1,\"results\":[%s]}", bodies[i]);
        assert_int_equal(page_of("", text, &page), ERR_OK);
        assert_int_equal(page.facts.orders_count, 1);
        const struct order_snapshot *alone = snapshot_at(FETCHED_US, bodies[i]);
        assert_int_equal(order_digest(&page.facts.orders[0], &fixture.arena, a), ERR_OK);
        assert_int_equal(order_digest(alone, &fixture.arena, b), ERR_OK);
        assert_memory_equal(a, b, sizeof a);
        assert_int_equal(page.facts.orders[0].version, alone->version);
        assert_int_equal(page.facts.orders[0].fetched_at_us, alone->fetched_at_us);
    }
}

static void test_one_unreadable_receipt_does_not_hide_the_others(void **state)
{
    (void)state;
    struct orders_page page;
    struct slice text = SLICE("{\"count\":2,\"results\":[{\"receipt_id\":9},"
                              "{\"receipt_id\":10,\"updated_timestamp\":5,\"transactions\":[]}]}");
    assert_int_equal(page_of("", text, &page), ERR_OK);
    assert_int_equal(page.facts.orders_count, 1);
    assert_int_equal(page.facts.fetches_count, 1);
    assert_int_equal(page.facts.fetches[0].kind, FETCH_ORDER);
    assert_slice(page.facts.fetches[0].id, "9");
    assert_int_equal(page_of("", SLICE("{\"results\":[{}]}"), &page), ERR_PARSE);
    assert_int_equal(page_of("", SLICE("{\"results\":7}"), &page), ERR_PARSE);
}

static void test_one_receipt_is_asked_for_by_its_id(void **state)
{
    (void)state;
    struct http_request r;
    struct step step = {.now_us = 1};
    assert_int_equal(etsy->build_order(&account, SLICE("54321"), &step, &fixture.arena, &r),
                     ERR_OK);
    assert_slice(r.url, BASE "/54321");
    static const char *const bad[] = {"", "0", "-1", "5/../6", "x"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(etsy->build_order(&account, slice_of(bad[i]), &step, &fixture.arena, &r),
                         ERR_USAGE);
    }
}

/* ---- merging ---- */

static enum order_verdict
merge(const struct order *known, const struct order_snapshot *snapshot, struct order *out)
{
    enum order_verdict verdict;
    assert_int_equal(order_merge(known,
                                 snapshot,
                                 (struct channel_id){1},
                                 etsy->semantics.stamp_granularity_us,
                                 0,
                                 &fixture.arena,
                                 out,
                                 &verdict),
                     ERR_OK);
    return verdict;
}

#define PAID RECEIPT("paid", "false", "", LINE_A)
#define CANCELLED RECEIPT("canceled", "false", "", LINE_A)

/* Etsy leaves a receipt's time of change as it is when it is cancelled. */
static void test_a_cancellation_under_the_same_stamp_holds_once_it_is_read_later(void **state)
{
    (void)state;
    int64_t stamp_us = UPDATED * US_PER_S;
    struct order known, after;
    assert_int_equal(merge(NULL, snapshot_at(stamp_us + 5 * US_PER_S, PAID), &known),
                     ORDER_APPLIED);
    assert_int_equal(known.lines[0].now.cancelled, 0);
    /* The page of cancelled ones is a reading like any: it decides, no further one is needed. */
    const struct order_snapshot *later = snapshot_at(stamp_us + 3600 * US_PER_S, CANCELLED);
    assert_int_equal(merge(&known, later, &after), ORDER_APPLIED);
    assert_int_equal(after.lines[0].now.cancelled, 2);
    /* And what was read before it, arriving late, changes nothing. */
    struct order ignored;
    const struct order_snapshot *late = snapshot_at(stamp_us + 6 * US_PER_S, PAID);
    assert_int_equal(merge(&after, late, &ignored), ORDER_STALE);
    const struct order_snapshot *again = snapshot_at(stamp_us + 7200 * US_PER_S, CANCELLED);
    assert_int_equal(merge(&after, again, &ignored), ORDER_SAME);
}

static void test_a_cancellation_within_the_stamps_second_is_a_tie_that_a_reading_ends(void **state)
{
    (void)state;
    int64_t stamp_us = UPDATED * US_PER_S;
    struct order known, tied, ended;
    assert_int_equal(merge(NULL, snapshot_at(stamp_us + US_PER_MS, PAID), &known), ORDER_APPLIED);
    const struct order_snapshot *soon = snapshot_at(stamp_us + US_PER_S, CANCELLED);
    assert_int_equal(merge(&known, soon, &tied), ORDER_TIE); /* the server reads it again */
    assert_int_equal(order_counts_clamp(tied.lines[0].now).cancelled, 0); /* the greater demand */
    const struct order_snapshot *later = snapshot_at(stamp_us + 3 * US_PER_S, CANCELLED);
    assert_int_equal(merge(&tied, later, &ended), ORDER_APPLIED);
    assert_int_equal(ended.lines[0].now.cancelled, 2);
}

static void test_the_same_again_and_older_ones_change_nothing(void **state)
{
    (void)state;
    struct order known, ignored;
    const struct order_snapshot *paid = snapshot_at(FETCHED_US, PAID);
    assert_int_equal(merge(NULL, paid, &known), ORDER_APPLIED);
    assert_int_equal(merge(&known, paid, &ignored), ORDER_SAME);
    struct order_snapshot older = *paid;
    older.version -= US_PER_S;
    assert_int_equal(merge(&known, &older, &ignored), ORDER_STALE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_state_of_a_receipt_says_exactly_what_is_owed),
        cmocka_unit_test(test_what_was_sold_is_named_by_all_that_the_line_knows),
        cmocka_unit_test(test_a_line_finds_the_listing_whose_remote_names_it),
        cmocka_unit_test(test_a_receipt_that_cannot_be_read_safely_is_not_guessed_at),
        cmocka_unit_test(test_changed_receipts_are_read_and_then_the_cancelled_ones_of_30_days),
        cmocka_unit_test(test_an_order_of_a_page_and_the_order_alone_say_the_same),
        cmocka_unit_test(test_one_unreadable_receipt_does_not_hide_the_others),
        cmocka_unit_test(test_one_receipt_is_asked_for_by_its_id),
        cmocka_unit_test(test_a_cancellation_under_the_same_stamp_holds_once_it_is_read_later),
        cmocka_unit_test(test_a_cancellation_within_the_stamps_second_is_a_tie_that_a_reading_ends),
        cmocka_unit_test(test_the_same_again_and_older_ones_change_nothing),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
