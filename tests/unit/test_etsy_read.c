/* SPDX-License-Identifier: Apache-2.0 */
/* Reading counts back, and the catalogue. */
#include "support/etsy_exchange.h"

static const struct connector *const etsy = &connector_etsy;
static struct account account;

static int open_account(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(etsy, ETSY_CONFIG(""));
    return 0;
}

static struct push_item
item(int64_t listing, const char *sku, int64_t product, int64_t lo, int64_t hi)
{
    struct slice name = slice_of(sku);
    return (struct push_item){
        .remote = etsy_remote_text(&fixture.arena, listing, product, name),
        .stock_key = name.n ? etsy_sku_key(&fixture.arena, listing, name)
                            : etsy_product_key(&fixture.arena, product),
        .expected_lo = lo,
        .expected_hi = hi,
        .is_reading = true,
    };
}

static struct read_result results[8];

static void read_of(const struct push_item *items, size_t count, int status, struct slice body)
{
    struct http_response response = fixture_answer(status, body);
    struct channel_signal signal = SIGNAL_NONE;
    memset(results, 0xee, sizeof results);
    etsy->read_counts(&account,
                      items,
                      count,
                      &(struct step){0},
                      &response,
                      fixture.doc,
                      &fixture.arena,
                      results,
                      &signal);
    assert_false(signal.next.is_wanted);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(results[i].outcome == READ_COUNT, results[i].reason.n == 0);
    }
}

/* The record of a listing as the batch gives it: within the listing, or with its id. */
static struct slice
listing_text(bool is_nested, int64_t id, const char *state, const struct variation *list, size_t n)
{
    struct slice record = etsy_record_text("", "100", list, n);
    return is_nested ? arena_printf(&fixture.arena,
                                    "{\"listing_id\":%" PRId64 ",\"state\":\"%s\",\"title\":\"T\","
                                    "\"inventory\":%.*s}",
                                    id,
                                    state,
                                    SLICE_ARG(record))
                     : arena_printf(&fixture.arena,
                                    "{\"listing_id\":%" PRId64 ",\"state\":\"%s\",%.*s",
                                    id,
                                    state,
                                    SLICE_ARG(slice_from(record, 1)));
}

static void test_counts_of_many_listings_are_read_in_one_call(void **state)
{
    (void)state;
    const struct push_item items[] = {item(7, "TEE-S", 1001, 5, 5),
                                      item(8, "", 2001, 1, 1),
                                      item(7, "TEE-M", 1002, 0, 0),
                                      item(9, "GONE", 0, 1, 1),
                                      item(7, "OTHER", 0, 1, 1)};
    struct http_request r;
    assert_int_equal(etsy->build_read(&account, items, 5, &(struct step){0}, &fixture.arena, &r),
                     ERR_OK);
    assert_slice(r.method, "GET");
    assert_slice(r.url,
                 "https://openapi.etsy.com/v3/application/listings/batch/inventory"
                 "?listing_ids=7,8,9");
    const struct variation seven[] = {{1001, "TEE-S", 4, false}, {1002, "TEE-M", 0, false}};
    const struct variation eight[] = {{2001, "", 3, false}};
    for (int nested = 0; nested < 2; nested++) {
        struct slice a = listing_text(nested, 7, "active", seven, 2);
        struct slice b = listing_text(nested, 8, "active", eight, 1);
        struct slice body = arena_printf(
            &fixture.arena, "{\"count\":2,\"results\":[%.*s,%.*s]}", SLICE_ARG(b), SLICE_ARG(a));
        read_of(items, 5, 200, body);
        assert_int_equal(results[0].outcome, READ_COUNT);
        assert_int_equal(results[0].count, 4);
        assert_int_equal(results[1].count, 3);
        assert_int_equal(results[2].outcome, READ_COUNT);
        assert_int_equal(results[2].count, 0);
        assert_int_equal(results[3].outcome, READ_MISSING);
        assert_int_equal(results[4].outcome, READ_MISSING);
        assert_says(results[4].reason, "no product with SKU 'OTHER'");
    }
}

static void test_a_listing_off_sale_shows_nothing_where_nothing_is_expected(void **state)
{
    (void)state;
    static const struct {
        const char *state;
        int64_t lo, hi, quantity, count;
    } cases[] = {
        {"active", 0, 0, 1, 1},   /* somebody put it back */
        {"inactive", 0, 0, 1, 0}, /* ours: the record stays when a listing is taken off sale */
        {"inactive", 0, 7, 7, 0}, /* ours: a raise was written, and ended before it was on sale */
        {"sold_out", 0, 0, 0, 0},
        {"inactive", 5, 5, 5, 5}, /* a person's: it may be back at any time */
        {"inactive", 5, 5, 3, 3},
        {"inactive", 0, QTY_MAX, 3, 3}, /* never seen before */
        {"", 0, 0, 1, 1},               /* the state is not said */
        {"active", 1500, 1500, 999, 1500},
        {"active", 1500, 1500, 998, 998},
        {"active", 3, 3, 999, 999},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct push_item items[] = {item(7, "TEE-S", 1001, cases[i].lo, cases[i].hi)};
        const struct variation v = {1001, "TEE-S", cases[i].quantity, false};
        struct slice listing = listing_text(true, 7, cases[i].state, &v, 1);
        struct slice body =
            arena_printf(&fixture.arena, "{\"count\":1,\"results\":[%.*s]}", SLICE_ARG(listing));
        read_of(items, 1, 200, body);
        assert_int_equal(results[0].outcome, READ_COUNT);
        assert_int_equal(results[0].count, cases[i].count);
    }
}

/* Whether the batch holds listings that are off sale is not known: ours must come back from there. */
static void test_a_listing_that_is_left_out_is_gone_unless_nothing_is_expected_of_it(void **state)
{
    (void)state;
    const struct push_item items[] = {item(7, "A", 1, 0, 0),
                                      item(8, "B", 2, 1, 1),
                                      item(9, "C", 3, 0, 4),
                                      item(10, "D", 4, 0, QTY_MAX)};
    read_of(items, 4, 200, SLICE("{\"count\":0,\"results\":[]}"));
    assert_int_equal(results[0].outcome, READ_COUNT);
    assert_int_equal(results[0].count, 0);
    for (size_t i = 1; i < 4; i++) {
        assert_int_equal(results[i].outcome, READ_MISSING);
    }
}

static void test_what_is_ambiguous_or_unreadable_is_missing_and_an_outage_only_failed(void **state)
{
    (void)state;
    const struct push_item items[] = {item(7, "TWICE", 1001, 1, 1), item(8, "X", 1, 1, 1)};
    const struct variation twice[] = {{1001, "TWICE", 4, false}, {1002, "TWICE", 4, false}};
    struct slice listing = listing_text(true, 7, "active", twice, 2);
    read_of(items,
            2,
            200,
            arena_printf(&fixture.arena,
                         "{\"results\":[%.*s,{\"listing_id\":8,\"inventory\":null}]}",
                         SLICE_ARG(listing)));
    assert_int_equal(results[0].outcome, READ_MISSING);
    assert_says(results[0].reason, "ambiguous");
    assert_int_equal(results[1].outcome, READ_MISSING);
    static const struct {
        int status;
        const char *body;
    } failed[] = {{200, "{}"},
                  {200, "<html>"},
                  {500, "{}"},
                  {429, "{\"error\":\"x\"}"},
                  {404, "<html>"},
                  {401, ""}};
    for (size_t i = 0; i < COUNT_OF(failed); i++) {
        read_of(items, 2, failed[i].status, slice_of(failed[i].body));
        assert_int_equal(results[0].outcome, READ_FAILED);
        assert_int_equal(results[1].outcome, READ_FAILED);
    }
}

/* Etsy answers 404 to the whole call when one of its listings is not there. */
static void test_one_listing_that_is_gone_does_not_hide_the_others(void **state)
{
    (void)state;
    const struct push_item items[] = {item(7, "TEE-S", 1001, 5, 5),
                                      item(8, "GONE", 2001, 1, 1),
                                      item(7, "TEE-M", 1002, 0, 0),
                                      item(9, "CAP", 3001, 2, 2)};
    const struct variation seven[] = {{1001, "TEE-S", 4, false}, {1002, "TEE-M", 0, false}};
    const struct variation nine[] = {{3001, "CAP", 2, false}};
    const struct {
        const char *asked;
        int status;
        struct slice body;
    } steps[] = {
        {"=7,8,9", 404, SLICE("{\"error\":\"Could not find a listing with that ID\"}")},
        {"=7",
         200,
         arena_printf(&fixture.arena,
                      "{\"results\":[%.*s]}",
                      SLICE_ARG(listing_text(true, 7, "active", seven, 2)))},
        {"=8", 404, SLICE("{\"error\":\"Could not find a listing with that ID\"}")},
        {"=9",
         200,
         arena_printf(&fixture.arena,
                      "{\"results\":[%.*s]}",
                      SLICE_ARG(listing_text(true, 9, "active", nine, 1)))},
    };
    struct step step = {0};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct http_request r;
        assert_int_equal(etsy->build_read(&account, items, 4, &step, &fixture.arena, &r), ERR_OK);
        assert_true(slice_ends(r.url, steps[i].asked));
        struct http_response response = fixture_answer(steps[i].status, steps[i].body);
        struct channel_signal signal = SIGNAL_NONE;
        etsy->read_counts(
            &account, items, 4, &step, &response, fixture.doc, &fixture.arena, results, &signal);
        assert_int_equal(signal.next.is_wanted, i + 1 < COUNT_OF(steps));
        step.cursor = signal.next.cursor;
    }
    static const int64_t counts[] = {4, -1, 0, 2};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        assert_int_equal(results[i].outcome, counts[i] < 0 ? READ_MISSING : READ_COUNT);
        if (counts[i] >= 0) {
            assert_int_equal(results[i].count, counts[i]);
        }
    }
    read_of(items, 1, 404, SLICE("{\"error\":\"Could not find a listing with that ID\"}"));
    assert_int_equal(results[0].outcome, READ_MISSING);
}

static void test_more_listings_than_one_call_takes_are_left_for_the_next(void **state)
{
    (void)state;
    enum { MANY = ETSY_READ_MAX + 1 };
    static struct push_item items[MANY];
    static struct read_result out[MANY];
    for (int i = 0; i < MANY; i++) {
        items[i] = item(1000 + i, "X", 1, 1, 1);
    }
    struct http_request r;
    assert_int_equal(etsy->build_read(&account, items, MANY, &(struct step){0}, &fixture.arena, &r),
                     ERR_OK);
    assert_true(slice_ends(r.url, ",1099"));
    struct http_response response = fixture_answer(200, SLICE("{\"count\":0,\"results\":[]}"));
    struct channel_signal signal = SIGNAL_NONE;
    etsy->read_counts(&account,
                      items,
                      MANY,
                      &(struct step){0},
                      &response,
                      fixture.doc,
                      &fixture.arena,
                      out,
                      &signal);
    assert_int_equal(out[99].outcome, READ_MISSING);
    assert_int_equal(out[100].outcome, READ_FAILED);
    assert_int_equal(etsy->build_read(&account, items, 0, &(struct step){0}, &fixture.arena, &r),
                     ERR_USAGE);
}

/* ---- the catalogue ---- */

static enum err page_of(const char *cursor, struct slice body, struct catalogue_page *out)
{
    struct http_response response = fixture_answer(200, body);
    struct channel_signal signal = SIGNAL_NONE;
    struct err_note note = {{0}};
    return etsy->read_catalogue(&account,
                                &(struct step){.cursor = slice_of(cursor)},
                                &response,
                                fixture.doc,
                                &fixture.arena,
                                out,
                                &signal,
                                &note);
}

static struct slice url_of(const char *cursor)
{
    struct http_request r;
    struct step step = {.cursor = slice_of(cursor)};
    assert_int_equal(etsy->build_catalogue(&account, &step, &fixture.arena, &r), ERR_OK);
    return r.url;
}

#define LISTINGS "https://openapi.etsy.com/v3/application/shops/12345/listings?state="
#define SORTED "&sort_on=created&sort_order=asc&limit=25&offset="

static void test_listings_of_all_states_are_read_page_by_page(void **state)
{
    (void)state;
    struct catalogue_page page;
    assert_slice(url_of(""), LISTINGS "active" SORTED "0&includes=Inventory");
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 65536);
    buf_text(&text, "{\"count\":26,\"results\":[");
    for (int i = 0; i < 25; i++) {
        buf_printf(&text, "%s{\"listing_id\":%d,\"inventory\":null}", i ? "," : "", i + 1);
    }
    buf_text(&text, "]}");
    assert_int_equal(page_of("", buf_view(&text), &page), ERR_OK);
    assert_slice(page.next, "active:25");
    assert_slice(url_of("active:25"), LISTINGS "active" SORTED "25&includes=Inventory");
    static const char *const order[] = {
        "active:25", "inactive:0", "sold_out:0", "draft:0", "expired:0", ""};
    for (size_t i = 0; i + 1 < COUNT_OF(order); i++) {
        assert_true(url_of(order[i]).n > 0);
        assert_int_equal(page_of(order[i], SLICE("{\"count\":1,\"results\":[{}]}"), &page), ERR_OK);
        assert_int_equal(page.items_count, 0);
        assert_slice(page.next, order[i + 1]);
    }
    struct http_request r;
    static const char *const bad[] = {"x", "active", "active:", "active:-1", "sold:0"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct step step = {.cursor = slice_of(bad[i])};
        assert_int_equal(etsy->build_catalogue(&account, &step, &fixture.arena, &r), ERR_USAGE);
    }
    assert_int_equal(page_of("", SLICE("{\"results\":{}}"), &page), ERR_PARSE);
}

/* "REMOTE KEY SKU COUNT OPTIONS" an item. */
static struct slice items_text(const struct catalogue_page *page)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 65536);
    for (size_t i = 0; i < page->items_count; i++) {
        const struct catalogue_item *c = &page->items[i];
        assert_true(slice_equal(c->key, c->stock_key));
        assert_true(c->count_known == c->is_managed && !c->parent_managed);
        buf_printf(
            &text, "%.*s '%.*s'", SLICE_ARG(c->key), (int)c->sku.n, c->sku.n ? c->sku.p : "");
        if (c->is_managed) {
            buf_printf(&text, " %" PRId64 "\n", c->count);
        } else {
            buf_text(&text, " -\n");
        }
        /* What it lists is what it takes. */
        struct slice remote, key, stock_key;
        struct err_note note = {{0}};
        assert_int_equal(etsy->listing_keys(&account,
                                            fixture_json(c->remote),
                                            &fixture.arena,
                                            &remote,
                                            &key,
                                            &stock_key,
                                            &note),
                         ERR_OK);
        assert_true(slice_equal(remote, c->remote) && slice_equal(key, c->key));
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

static void test_every_product_is_an_item_known_by_its_sku_where_that_tells_it_apart(void **state)
{
    (void)state;
    static const struct variation apart[] = {{1001, "TEE-S", 4, false}, {1002, "TEE-M", 0, false}},
                                  none[] = {{1003, "", 2, false}},
                                  twice[] = {{1004, "TWICE", 1, false}, {1005, "TWICE", 3, false}};
    static const struct {
        const char *quantity_on;
        const struct variation *list;
        size_t count;
        const char *items;
    } cases[] = {
        {"100", apart, 2, "listing:7/TEE-S 'TEE-S' 4\nlisting:7/TEE-M 'TEE-M' 0\n"},
        {"100", none, 1, "product:1003 '' 2\n"},
        {"100", twice, 2, "product:1004 'TWICE' 1\nproduct:1005 'TWICE' 3\n"},
        {"", twice, 2, "listing:7/TWICE 'TWICE' 1\n"},
        {"", apart, 2, "listing:7/TEE-S 'TEE-S' 4\nlisting:7/TEE-M 'TEE-M' 0\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct catalogue_page page;
        struct slice record =
            etsy_record_text("", cases[i].quantity_on, cases[i].list, cases[i].count);
        struct slice body =
            arena_printf(&fixture.arena,
                         "{\"count\":1,\"results\":[{\"listing_id\":7,\"title\":\"Tee\","
                         "\"state\":\"active\",\"listing_type\":\"physical\",\"inventory\":%.*s}]}",
                         SLICE_ARG(record));
        assert_int_equal(page_of("", body, &page), ERR_OK);
        assert_slice(page.items[0].product, "Tee");
        struct slice options = page.items[0].options;
        struct slice title = page.items[0].title;
        assert_true(slice_starts(options, "{\"Size\":\"V10"));
        assert_true(slice_starts(title, "V10"));
        assert_slice(items_text(&page), cases[i].items);
    }
}

static void test_a_file_is_never_out_of_stock(void **state)
{
    (void)state;
    struct catalogue_page page;
    const struct variation v = {1001, "PATTERN", 999, false};
    struct slice record = etsy_record_text("", "", &v, 1);
    struct slice body =
        arena_printf(&fixture.arena,
                     "{\"results\":[{\"listing_id\":7,\"listing_type\":\"download\","
                     "\"inventory\":%.*s}]}",
                     SLICE_ARG(record));
    assert_int_equal(page_of("", body, &page), ERR_OK);
    assert_slice(items_text(&page), "listing:7/PATTERN 'PATTERN' -\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_of_many_listings_are_read_in_one_call),
        cmocka_unit_test(test_a_listing_off_sale_shows_nothing_where_nothing_is_expected),
        cmocka_unit_test(test_a_listing_that_is_left_out_is_gone_unless_nothing_is_expected_of_it),
        cmocka_unit_test(test_what_is_ambiguous_or_unreadable_is_missing_and_an_outage_only_failed),
        cmocka_unit_test(test_one_listing_that_is_gone_does_not_hide_the_others),
        cmocka_unit_test(test_more_listings_than_one_call_takes_are_left_for_the_next),
        cmocka_unit_test(test_listings_of_all_states_are_read_page_by_page),
        cmocka_unit_test(test_every_product_is_an_item_known_by_its_sku_where_that_tells_it_apart),
        cmocka_unit_test(test_a_file_is_never_out_of_stock),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
