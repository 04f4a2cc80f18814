/* SPDX-License-Identifier: Apache-2.0 */
/* Counts read back, and the catalogue of both worlds. */
#include "support/ebay_account.h"

#include "base/buf.h"

/* ---- counts ---- */

struct reading {
    struct read_result rows[6];
    struct channel_signal signal;
};

static struct reading counted(
    const struct push_item *items, size_t count, const char *cursor, int status, const char *body)
{
    struct reading r = {.signal = SIGNAL_NONE};
    struct step step = ebay_step(cursor);
    struct http_response response = fixture_answer(status, slice_of(body));
    assert_true(count <= COUNT_OF(r.rows));
    ebay->read_counts(&ebay_account,
                      items,
                      count,
                      &step,
                      &response,
                      fixture.doc,
                      &fixture.arena,
                      r.rows,
                      &r.signal);
    return r;
}

/* "20 M F": a count, Missing, Unmanaged or Failed for each item. */
static struct slice said(const struct reading *r, size_t count)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 256);
    for (size_t i = 0; i < count; i++) {
        static const char letters[] = {
            [READ_MISSING] = 'M', [READ_UNMANAGED] = 'U', [READ_PARENT] = 'P', [READ_FAILED] = 'F'};
        buf_text(&text, i ? " " : "");
        if (r->rows[i].outcome == READ_COUNT) {
            buf_int(&text, r->rows[i].count);
        } else {
            buf_char(&text, letters[r->rows[i].outcome]);
            assert_true(r->rows[i].reason.n > 0);
        }
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

static struct http_request asked(const struct push_item *items, size_t count, struct slice cursor)
{
    struct http_request r = {0};
    struct step step = ebay_step("");
    step.cursor = cursor;
    assert_int_equal(ebay->build_read(&ebay_account, items, count, &step, &fixture.arena, &r),
                     ERR_OK);
    return r;
}

#define OFFER(n) "{\"offerId\":\"1\",\"status\":\"PUBLISHED\",\"availableQuantity\":" n "}"
#define OFFER_URL "GET https://api.ebay.com/sell/inventory/v1/offer/"

static void test_offers_are_read_one_after_the_other_in_one_exchange(void **state)
{
    (void)state;
    struct push_item items[] = {ebay_item("110/T", "1", 0),
                                ebay_item("111/U", "2", 0),
                                ebay_item("112/V", "3", 0),
                                ebay_item("113/W", "4", 0),
                                ebay_item("114/X", "5", 0)};
    struct http_request r = asked(items, 5, (struct slice){0});
    assert_request(&r, OFFER_URL "1");
    struct reading x = counted(items, 5, "", 200, OFFER("7"));
    assert_true(x.signal.next.is_wanted);
    r = asked(items, 5, x.signal.next.cursor);
    assert_request(&r, OFFER_URL "2");
    x = counted(items,
                5,
                x.signal.next.cursor.p,
                404,
                "{\"errors\":[{\"errorId\":25713,\"message\":\"no\"}]}");
    r = asked(items, 5, x.signal.next.cursor);
    assert_request(&r, OFFER_URL "3");
    x = counted(items, 5, x.signal.next.cursor.p, 200, "{\"status\":\"PUBLISHED\"}");
    assert_slice(x.signal.next.cursor, "7,m,f,?");
    x = counted(items, 5, x.signal.next.cursor.p, 200, OFFER("0"));
    assert_false(x.signal.next.is_wanted);
    /* Four are read in one exchange: the raising that waits for them must not wait too long. */
    assert_slice(said(&x, 5), "7 M F 0 F");
}

static void test_a_failure_on_the_way_keeps_what_is_known(void **state)
{
    (void)state;
    struct push_item items[] = {ebay_item("110/T", "1", 0), ebay_item("111/U", "2", 0)};
    static const struct {
        int status;
        const char *body, *says;
    } cases[] = {{503, "", "7 F"},
                 {429, "", "7 F"},
                 {401, "{}", "7 F"},
                 {404, "<html>", "7 F"},
                 {200, "<html>", "7 F"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading x = counted(items, 2, "7,?", cases[i].status, cases[i].body);
        assert_false(x.signal.next.is_wanted);
        assert_slice(said(&x, 2), cases[i].says);
    }
    struct reading x = counted(items, 2, "", 503, "");
    assert_false(x.signal.next.is_wanted);
    assert_slice(said(&x, 2), "F F");
}

static void test_an_offer_of_another_state_or_listing_has_no_count(void **state)
{
    (void)state;
    struct push_item item = ebay_item("110/T", "1", 0);
    static const struct {
        const char *body, *says;
    } cases[] = {
        {"{\"status\":\"PUBLISHED\",\"availableQuantity\":5,\"listing\":{\"listingId\":\"110\","
         "\"listingStatus\":\"ACTIVE\"}}",
         "5"},
        {"{\"status\":\"PUBLISHED\",\"availableQuantity\":0,\"listing\":{\"listingId\":\"110\","
         "\"listingStatus\":\"OUT_OF_STOCK\"}}",
         "0"},
        {"{\"status\":\"PUBLISHED\",\"availableQuantity\":5,\"listing\":{\"listingId\":\"119\"}}",
         "M"},
        {"{\"status\":\"UNPUBLISHED\",\"availableQuantity\":5}", "M"},
        {"{\"status\":\"PUBLISHED\",\"availableQuantity\":5,\"listing\":{\"listingStatus\":"
         "\"ENDED\"}}",
         "M"},
        {"{\"status\":\"PUBLISHED\",\"availableQuantity\":1.5}", "F"},
        {"{\"status\":\"PUBLISHED\",\"availableQuantity\":9999999999}", "F"},
        {"{}", "F"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading x = counted(&item, 1, "", 200, cases[i].body);
        struct slice got = said(&x, 1);
        if (!slice_is(got, cases[i].says)) {
            fail_msg("%zu: got '%.*s', wanted '%s'", i, SLICE_ARG(got), cases[i].says);
        }
    }
}

#define GET_ITEM(more)                                                                             \
    "<GetItemResponse><Ack>Success</Ack><Item><ItemID>110</ItemID>" more "</Item></"               \
    "GetItemResponse>"
#define SOLD(n) "<SellingStatus><QuantitySold>" n "</QuantitySold></SellingStatus>"
#define VARIATION(sku, n, sold)                                                                    \
    "<Variation><SKU>" sku "</SKU><Quantity>" n "</Quantity>" SOLD(sold) "</Variation>"

static void test_a_listing_is_read_with_all_its_variations_at_once(void **state)
{
    (void)state;
    struct push_item items[] = {ebay_item("110/T/M", NULL, 0),
                                ebay_item("110/T/L", NULL, 0),
                                ebay_item("110/T/S", NULL, 0)};
    struct http_request r = asked(items, 3, (struct slice){0});
    assert_request(&r, "POST https://api.ebay.com/ws/api.dll");
    assert_slice(fixture_header(&r, "X-EBAY-API-CALL-NAME"), "GetItem");
    assert_non_null(memmem(r.body.p, r.body.n, "<ItemID>110</ItemID>", 20));
    struct reading x =
        counted(items,
                3,
                "",
                200,
                GET_ITEM("<Quantity>30</Quantity>" SOLD("5") "<Variations>" VARIATION(
                    "T/M", "10", "3") VARIATION("T/L", "20", "20") "</Variations>"));
    assert_false(x.signal.next.is_wanted);
    assert_slice(said(&x, 3), "7 0 M");
    x = counted(
        items, 3, "", 200, "<R><Ack>Failure</Ack><Errors><ErrorCode>17</ErrorCode></Errors></R>");
    assert_false(x.signal.next.is_wanted);
    assert_slice(said(&x, 3), "M M M");
    x = counted(
        items, 3, "", 200, "<R><Ack>Failure</Ack><Errors><ErrorCode>240</ErrorCode></Errors></R>");
    assert_slice(said(&x, 3), "F F F");
    x = counted(items, 3, "", 502, "<html>");
    assert_slice(said(&x, 3), "F F F");
}

static void test_what_was_sold_is_no_longer_for_sale(void **state)
{
    (void)state;
    struct push_item whole = ebay_item("110/", NULL, 0);
    struct push_item named = ebay_item("110/T", NULL, 0);
    static const struct {
        const char *body, *whole, *named;
    } cases[] = {
        {GET_ITEM("<SKU>T</SKU><Quantity>10</Quantity>" SOLD("4")), "6", "6"},
        {GET_ITEM("<Quantity>10</Quantity>"), "10", "M"},
        {GET_ITEM("<SKU>T</SKU><Quantity>10</Quantity>" SOLD("x")), "F", "F"},
        {GET_ITEM("<SKU>T</SKU>"), "F", "F"},
        {GET_ITEM("<SKU>T</SKU><Quantity>10</Quantity><SellingStatus><ListingStatus>Completed"
                  "</ListingStatus></SellingStatus>"),
         "M",
         "M"},
        {GET_ITEM("<Quantity>9</Quantity><Variations>" VARIATION("T", "9", "2") "</Variations>"),
         "U",
         "7"},
        {"<R><Ack>Success</Ack></R>", "F", "F"},
        {"<R><Ack>Success</Ack><Item><ItemID>111</ItemID><Quantity>1</Quantity></Item></R>",
         "F",
         "F"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading x = counted(&whole, 1, "", 200, cases[i].body);
        struct reading y = counted(&named, 1, "", 200, cases[i].body);
        if (!slice_is(said(&x, 1), cases[i].whole) || !slice_is(said(&y, 1), cases[i].named)) {
            fail_msg("%zu: got '%s' and '%s'", i, said(&x, 1).p, said(&y, 1).p);
        }
    }
}

static void test_a_readings_cursor_that_is_not_ours_is_refused(void **state)
{
    (void)state;
    struct push_item items[] = {ebay_item("110/T", "1", 0), ebay_item("111/U", "2", 0)};
    static const char *const bad[] = {"1,2", "xx,?", "1,?,?", "m,m"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct http_request r;
        struct step step = ebay_step(bad[i]);
        assert_int_equal(ebay->build_read(&ebay_account, items, 2, &step, &fixture.arena, &r),
                         ERR_USAGE);
        struct reading x = counted(items, 2, bad[i], 200, OFFER("1"));
        assert_slice(said(&x, 2), "F F");
    }
}

/* ---- the catalogue ---- */

struct page {
    struct catalogue_page page;
    enum err err;
};

static struct page page_of(struct slice cursor, int status, const char *body)
{
    struct page p = {0};
    struct channel_signal signal = SIGNAL_NONE;
    struct err_note note = {{0}};
    struct step step = ebay_step("");
    struct http_response response = fixture_answer(status, slice_of(body));
    step.cursor = cursor;
    p.err = ebay->read_catalogue(
        &ebay_account, &step, &response, fixture.doc, &fixture.arena, &p.page, &signal, &note);
    if (signal.next.is_wanted) { /* within a page: nothing of it is kept yet */
        assert_int_equal(p.err, ERR_OK);
        assert_int_equal(p.page.items_count + p.page.next.n, 0);
        p.page.next = signal.next.cursor;
    }
    return p;
}

/* "GET inventory_item?…", "GET offer?…", or the page of listings, "list 3". */
static struct slice asks(struct slice cursor)
{
    struct http_request r = {0};
    struct step step = ebay_step("");
    static const char api[] = "https://api.ebay.com/sell/inventory/v1/";
    step.cursor = cursor;
    assert_int_equal(ebay->build_catalogue(&ebay_account, &step, &fixture.arena, &r), ERR_OK);
    if (slice_starts(r.url, api)) {
        return slice_from(r.url, sizeof(api) - 1);
    }
    assert_slice(fixture_header(&r, "X-EBAY-API-CALL-NAME"), "GetMyeBaySelling");
    const char *at = memmem(r.body.p, r.body.n, "<PageNumber>", 12);
    assert_non_null(at);
    struct slice rest = slice_from(r.body, (size_t)(at - r.body.p) + 12);
    struct slice number;
    slice_cut(&rest, '<', &number);
    return arena_printf(&fixture.arena, "list %.*s", SLICE_ARG(number));
}

/* "110/T=5 | 111/U=? …": keys and counts; '?' unknown, '-' not managed. */
static struct slice rows_of(const struct page *p)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 4096);
    assert_int_equal(p->err, ERR_OK);
    for (size_t i = 0; i < p->page.items_count; i++) {
        const struct catalogue_item *c = &p->page.items[i];
        struct slice remote, key, stock_key;
        struct err_note note;
        buf_text(&text, i ? " | " : "");
        buf_slice(&text, c->key);
        buf_char(&text, '=');
        if (c->count_known) {
            buf_int(&text, c->count);
        } else {
            buf_char(&text, c->is_managed ? '?' : '-');
        }
        /* What the catalogue gives is what a listing takes, and has the same keys. */
        assert_int_equal(ebay->listing_keys(&ebay_account,
                                            fixture_json(c->remote),
                                            &fixture.arena,
                                            &remote,
                                            &key,
                                            &stock_key,
                                            &note),
                         ERR_OK);
        assert_true(slice_equal(key, c->key) && slice_equal(remote, c->remote) &&
                    slice_equal(stock_key, c->stock_key));
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

#define ITEMS(total, rows) "{\"total\":" total ",\"inventoryItems\":[" rows "]}"
#define STOCKED(sku, title) "{\"sku\":\"" sku "\",\"product\":{\"title\":\"" title "\"}}"
#define OFFERS(rows) "{\"total\":1,\"offers\":[" rows "]}"
#define LISTED(offer, listing, sku, n)                                                             \
    "{\"offerId\":\"" offer "\",\"sku\":\"" sku "\",\"status\":\"PUBLISHED\",\"format\":"          \
    "\"FIXED_PRICE\",\"availableQuantity\":" n ",\"listing\":{\"listingId\":\"" listing            \
    "\",\"listingStatus\":\"ACTIVE\"}}"
#define SELLING(pages, rows)                                                                       \
    "<GetMyeBaySellingResponse><Ack>Success</Ack><ActiveList><ItemArray>" rows                     \
    "</ItemArray><PaginationResult><TotalNumberOfPages>" pages                                     \
    "</TotalNumberOfPages><TotalNumberOfEntries>3</TotalNumberOfEntries></PaginationResult>"       \
    "</ActiveList></GetMyeBaySellingResponse>"
#define ITEM(id, more)                                                                             \
    "<Item><ItemID>" id                                                                            \
    "</ItemID><Title>A title</Title><ListingType>FixedPriceItem</ListingType>" more "</Item>"
#define QUANTITY(n) "<QuantityAvailable>" n "</QuantityAvailable>"

static void test_the_catalogue_walks_through_both_worlds(void **state)
{
    (void)state;
    assert_slice(asks((struct slice){0}), "inventory_item?limit=25&offset=0");
    struct page p = page_of(
        (struct slice){0}, 200, ITEMS("2", STOCKED("T 1", "A, b=c;") "," STOCKED("U", "B")));
    assert_slice(rows_of(&p), "");
    assert_slice(asks(p.page.next), "offer?sku=T%201&limit=100");
    p = page_of(p.page.next, 200, OFFERS(LISTED("36", "110", "T 1", "5")));
    assert_slice(rows_of(&p), "110/T 1=5");
    assert_slice(p.page.items[0].remote,
                 "{\"listing_id\":\"110\",\"sku\":\"T 1\",\"offer_id\":\"36\"}");
    assert_slice(p.page.items[0].sku, "T 1");
    assert_slice(p.page.items[0].title, "A, b=c;");
    assert_slice(asks(p.page.next), "offer?sku=U&limit=100");
    p = page_of(p.page.next, 404, "{\"errors\":[{\"errorId\":25713,\"message\":\"none\"}]}");
    assert_slice(rows_of(&p), "");
    assert_slice(asks(p.page.next), "list 1");

    /* 110 is the offer's listing again, 120 is of the site, 130 has no SKU at all. */
    struct slice first = p.page.next;
    static const char listings[] =
        SELLING("2",
                ITEM("110", "<SKU>T 1</SKU>" QUANTITY("5"))
                    ITEM("120", "<SKU>T&amp;2</SKU>" QUANTITY("6")) ITEM("130", QUANTITY("7")));
    p = page_of(first, 200, listings);
    assert_slice(rows_of(&p), "130/=7");
    assert_slice(asks(p.page.next), "offer?sku=T%201&limit=100");
    p = page_of(p.page.next, 200, OFFERS(LISTED("36", "110", "T 1", "5")));
    assert_slice(asks(p.page.next), "offer?sku=T%262&limit=100");
    p = page_of(p.page.next, 200, OFFERS(LISTED("37", "119", "T&2", "5")));
    assert_slice(asks(p.page.next), "list 1");
    p = page_of(p.page.next, 200, listings);
    assert_slice(rows_of(&p), "120/=6");
    assert_slice(p.page.items[0].sku, "T&2");
    assert_slice(p.page.items[0].remote, "{\"listing_id\":\"120\"}");
    assert_slice(asks(p.page.next), "list 2");
    p = page_of(p.page.next, 200, SELLING("2", ITEM("140", QUANTITY("8"))));
    assert_slice(rows_of(&p), "140/=8");
    assert_int_equal(p.page.next.n, 0);
}

static void test_without_inventory_items_every_listing_is_of_the_site(void **state)
{
    (void)state;
    struct page p = page_of((struct slice){0}, 200, "{\"total\":0}");
    assert_slice(asks(p.page.next), "list 1");
    p = page_of(p.page.next,
                200,
                SELLING("1", ITEM("120", "<SKU>T</SKU>" QUANTITY("6")) ITEM("130", QUANTITY("7"))));
    assert_slice(rows_of(&p), "120/=6 | 130/=7");
    assert_int_equal(p.page.total, 3);
    assert_int_equal(p.page.next.n, 0);
}

static void test_pages_of_items_follow_each_other(void **state)
{
    (void)state;
    struct page p = page_of((struct slice){0}, 200, ITEMS("30", STOCKED("T", "A")));
    p = page_of(p.page.next, 200, OFFERS(LISTED("36", "110", "T", "5")));
    assert_slice(asks(p.page.next), "inventory_item?limit=25&offset=1");
    p = page_of(p.page.next, 200, ITEMS("30", STOCKED("U", "A")));
    p = page_of(p.page.next, 200, OFFERS(LISTED("37", "111", "U", "5")));
    assert_slice(asks(p.page.next), "list 1");
    /* All of a page are of offers: the next one follows. */
    p = page_of(p.page.next, 200, SELLING("2", ITEM("111", "<SKU>U</SKU>" QUANTITY("5"))));
    p = page_of(p.page.next, 200, OFFERS(LISTED("37", "111", "U", "5")));
    assert_slice(asks(p.page.next), "list 2");
}

static void test_offers_that_show_nothing_are_left_out(void **state)
{
    (void)state;
    struct page p = page_of((struct slice){0}, 200, ITEMS("1", STOCKED("T", "A")));
    p = page_of(
        p.page.next,
        200,
        OFFERS("{\"offerId\":\"1\",\"sku\":\"T\",\"status\":\"UNPUBLISHED\"},"
               "{\"offerId\":\"2\",\"sku\":\"T\",\"status\":\"PUBLISHED\",\"listing\":{"
               "\"listingId\":\"7\",\"listingStatus\":\"ENDED\"}},"
               "{\"offerId\":\"3\",\"sku\":\"T\",\"status\":\"PUBLISHED\",\"format\":\"AUCTION\","
               "\"availableQuantity\":1,\"listing\":{\"listingId\":\"8\"}},"
               "{\"offerId\":\"4\",\"sku\":\"T\",\"status\":\"PUBLISHED\",\"listing\":{"
               "\"listingId\":\"9\"}},"
               "7,{}"));
    assert_slice(rows_of(&p), "8/T=- | 9/T=?");
}

static void test_each_variation_is_a_row_of_its_own(void **state)
{
    (void)state;
    struct page p = page_of((struct slice){0}, 200, "{\"total\":0}");
#define SPECIFIC(name, value)                                                                      \
    "<NameValueList><Name>" name "</Name><Value>" value "</Value></NameValueList>"
    p = page_of(
        p.page.next,
        200,
        SELLING(
            "1",
            ITEM("120",
                 "<Quantity>9</Quantity><Variations><Variation><SKU>T/M</SKU><Quantity>9"
                 "</Quantity>" SOLD("2") "<VariationSpecifics>" SPECIFIC("Size", "M")
                     SPECIFIC("Colour", "\"Blue\"") SPECIFIC(
                         "Size",
                         "X") "</VariationSpecifics></Variation><Variation><Quantity>1</Quantity>"
                              "</Variation></Variations>") "<Item><ItemID>130</"
                                                           "ItemID><ListingType>Chinese</"
                                                           "ListingType>"
                                                           "<Quantity>1</Quantity></"
                                                           "Item><Item><ItemID>x</ItemID></Item>"));
    /* One without a SKU cannot be written: it is shown under its listing, unmanaged. */
    assert_slice(rows_of(&p), "120/T/M=7 | 120/=- | 130/=-");
    assert_slice(p.page.items[0].options, "{\"Size\":\"M\",\"Colour\":\"\\\"Blue\\\"\"}");
    assert_slice(p.page.items[0].title, "M / \"Blue\"");
    assert_slice(p.page.items[0].product, "A title");
    assert_slice(p.page.items[0].remote, "{\"listing_id\":\"120\",\"sku\":\"T/M\"}");
}

static void test_a_full_page_of_long_skus_fits_its_cursor(void **state)
{
    (void)state;
    ON_EXIT(buf_free) struct buf body;
    buf_init(&body, (size_t)1 << 20);
    buf_text(&body,
             "<R><Ack>Success</Ack><ActiveList><PaginationResult><TotalNumberOfPages>9"
             "</TotalNumberOfPages></PaginationResult><ItemArray>");
    for (int i = 0; i < 100; i++) {
        buf_printf(&body, "<Item><ItemID>%d</ItemID><SKU>", 110000000 + i);
        for (int k = 0; k < 50; k++) {
            buf_text(&body, "\xc3\xa9");
        }
        buf_text(&body, "</SKU><Quantity>1</Quantity></Item>");
    }
    buf_text(&body, "</ItemArray></ActiveList></R>");
    struct page p = page_of(SLICE("t;1;1;;"), 200, arena_copy(&fixture.arena, buf_view(&body)).p);
    size_t checks = 0;
    while (p.err == ERR_OK && slice_starts(p.page.next, "c;")) {
        assert_true(p.page.next.n <= 65536);
        checks++;
        p = page_of(p.page.next, 200, OFFERS(""));
    }
    assert_int_equal(p.err, ERR_OK);
    assert_int_equal(checks, 100);
    p = page_of(p.page.next, 200, arena_copy(&fixture.arena, buf_view(&body)).p);
    assert_int_equal(p.err, ERR_OK);
    assert_int_equal(p.page.items_count, 100);
    assert_slice(asks(p.page.next), "list 2");
}

static void test_an_answer_without_a_catalogue_is_a_fault(void **state)
{
    (void)state;
    static const struct {
        const char *cursor;
        int status;
        const char *body;
        enum err err;
    } cases[] = {
        {"", 200, "{}", ERR_PARSE},
        {"", 200, "<html>", ERR_NET},
        {"", 401, "{}", ERR_AUTH},
        {"", 429, "", ERR_THROTTLED},
        {"", 404, "<html>", ERR_NET},
        {"o;0;0;T=A;", 200, "{}", ERR_PARSE},
        {"o;0;0;T=A;", 500, "{}", ERR_NET},
        {"c;1;0;110=T;", 503, "", ERR_NET},
        {"t;1;0;;", 200, "{}", ERR_NET},
        {"t;1;0;;",
         200,
         "<R><Ack>Failure</Ack><Errors><ErrorCode>931</ErrorCode></Errors></R>",
         ERR_AUTH},
        {"t;1;0;;",
         200,
         "<R><Ack>Failure</Ack><Errors><ErrorCode>5</ErrorCode></Errors></R>",
         ERR_USAGE},
        {"x;1;0;;", 200, "{}", ERR_PARSE},
        {"o;0;0;;", 200, "{}", ERR_PARSE},
        {"t;-1", 200, "{}", ERR_PARSE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct page p = page_of(slice_of(cases[i].cursor), cases[i].status, cases[i].body);
        if (p.err != cases[i].err) {
            fail_msg("%zu: got %s", i, err_name(p.err));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offers_are_read_one_after_the_other_in_one_exchange),
        cmocka_unit_test(test_a_failure_on_the_way_keeps_what_is_known),
        cmocka_unit_test(test_an_offer_of_another_state_or_listing_has_no_count),
        cmocka_unit_test(test_a_listing_is_read_with_all_its_variations_at_once),
        cmocka_unit_test(test_what_was_sold_is_no_longer_for_sale),
        cmocka_unit_test(test_a_readings_cursor_that_is_not_ours_is_refused),
        cmocka_unit_test(test_the_catalogue_walks_through_both_worlds),
        cmocka_unit_test(test_without_inventory_items_every_listing_is_of_the_site),
        cmocka_unit_test(test_pages_of_items_follow_each_other),
        cmocka_unit_test(test_offers_that_show_nothing_are_left_out),
        cmocka_unit_test(test_each_variation_is_a_row_of_its_own),
        cmocka_unit_test(test_a_full_page_of_long_skus_fits_its_cursor),
        cmocka_unit_test(test_an_answer_without_a_catalogue_is_a_fault),
    };
    return cmocka_run_group_tests(tests, ebay_open, fixture_close);
}
