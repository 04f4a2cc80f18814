/* SPDX-License-Identifier: Apache-2.0 */
/* Reading back and importing: which number counts, and that every listing is found. */
#include "support/amazon_fixture.h"

#include "base/times.h"

static const struct push_item *items3(void)
{
    static struct push_item items[3];
    items[0] = item_of("sku:A", 0);
    items[1] = item_of("sku:B b", 0);
    items[2] = item_of("sku:C%40", 0);
    return items;
}

static void test_up_to_twenty_are_asked_for_at_once(void **state)
{
    (void)state;
    struct http_request r;
    struct step step = step_at("");
    assert_int_equal(amazon->build_read(&account, items3(), 3, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.url,
                 API "/listings/2021-08-01/items/A3TH9S8BH6GOGM?marketplaceIds=ATVPDKIKX0DER"
                     "&includedData=fulfillmentAvailability&pageSize=20&identifiersType=SKU"
                     "&identifiers=A,B%20b,C%40");
    struct push_item many[25];
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = item_of("sku:A", 0);
    }
    assert_int_equal(amazon->build_read(&account, many, 25, &step, &fixture.arena, &r), ERR_OK);
    size_t commas = 0;
    for (size_t i = 0; i < r.url.n; i++) {
        commas += r.url.p[i] == ',';
    }
    assert_int_equal(commas, 19);
}

static void test_a_sku_with_a_comma_is_read_alone(void **state)
{
    (void)state;
    struct push_item item = item_of("sku:A,B", 0);
    struct http_request r;
    struct step step = step_at("");
    assert_int_equal(amazon->push_group(&account, &item, &fixture.arena).n, 0);
    item.is_reading = true;
    assert_slice(amazon->push_group(&account, &item, &fixture.arena), "sku:A,B");
    assert_int_equal(amazon->build_read(&account, &item, 1, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.url,
                 API "/listings/2021-08-01/items/A3TH9S8BH6GOGM/A%2CB?marketplaceIds="
                     "ATVPDKIKX0DER&includedData=fulfillmentAvailability");
    struct read_result out;
    struct channel_signal s;
    struct http_response a = fixture_answer(
        200,
        SLICE("{\"sku\":\"A,B\",\"fulfillmentAvailability\":[{\"fulfillmentChannelCode\":"
              "\"DEFAULT\",\"quantity\":4}]}"));
    amazon->read_counts(&account, &item, 1, &step, &a, fixture.doc, &fixture.arena, &out, &s);
    assert_int_equal(out.outcome, READ_COUNT);
    assert_int_equal(out.count, 4);
    a = fixture_answer(404, SLICE("{\"errors\":[{\"code\":\"NOT_FOUND\",\"message\":\"m\"}]}"));
    amazon->read_counts(&account, &item, 1, &step, &a, fixture.doc, &fixture.arena, &out, &s);
    assert_int_equal(out.outcome, READ_MISSING);
}

#define AVAILABLE(sku, list) "{\"sku\":\"" sku "\",\"fulfillmentAvailability\":[" list "]}"
#define OWN(q) "{\"fulfillmentChannelCode\":\"DEFAULT\",\"quantity\":" #q "}"
#define FBA "{\"fulfillmentChannelCode\":\"AMAZON_NA\"}"

static void test_only_the_own_offers_number_is_the_count(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body, *result; /* of "A": a number, or the outcome's letter */
    } cases[] = {
        {200, "{\"items\":[" AVAILABLE("A", OWN(7)) "]}", "7"},
        {200, "{\"items\":[" AVAILABLE("A", OWN(0)) "]}", "0"},
        {200, "{\"items\":[" AVAILABLE("A", FBA "," OWN(7)) "]}", "7"},
        {200, "{\"items\":[" AVAILABLE("A", FBA) "]}", "U"},
        {200, "{\"items\":[" AVAILABLE("A", "") "]}", "U"},
        {200, "{\"items\":[{\"sku\":\"A\"}]}", "U"},
        {200, "{\"items\":[" AVAILABLE("A", "{\"fulfillmentChannelCode\":\"DEFAULT\"}") "]}", "U"},
        {200, "{\"items\":[" AVAILABLE("A", OWN(99999999999)) "]}", "U"},
        /* What was asked for is not what is shown. */
        {200,
         "{\"items\":[{\"sku\":\"A\",\"attributes\":{\"fulfillment_availability\":[{"
         "\"fulfillment_channel_code\":\"DEFAULT\",\"quantity\":9}]}}]}",
         "U"},
        {200, "{\"items\":[" AVAILABLE("a", OWN(7)) "]}", "M"},
        {200, "{\"items\":[]}", "M"},
        {200, "{\"items\":[],\"pagination\":{\"nextToken\":\"t\"}}", "F"},
        {200, "{\"items\":{}}", "F"},
        {200, "<html>", "F"},
        {429, "{}", "F"},
        {404, "{\"errors\":[{\"code\":\"NotFound\",\"message\":\"m\"}]}", "F"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct read_result out[3];
        struct channel_signal s;
        struct step step = step_at("");
        struct http_response r = fixture_answer(cases[i].status, slice_of(cases[i].body));
        amazon->read_counts(&account, items3(), 3, &step, &r, fixture.doc, &fixture.arena, out, &s);
        static const char *const letters[] = {[READ_COUNT] = "",
                                              [READ_MISSING] = "M",
                                              [READ_UNMANAGED] = "U",
                                              [READ_PARENT] = "P",
                                              [READ_FAILED] = "F"};
        struct slice got = out[0].outcome == READ_COUNT
                               ? arena_printf(&fixture.arena, "%" PRId64, out[0].count)
                               : slice_of(letters[out[0].outcome]);
        if (!slice_is(got, cases[i].result)) {
            fail_msg("%s: %.*s", cases[i].body, SLICE_ARG(got));
        }
        assert_true(out[0].outcome == READ_COUNT || out[0].reason.n > 0);
        assert_true(out[2].outcome != READ_COUNT);
    }
}

/* ---- the catalogue ---- */

static struct slice url_of(const char *cursor)
{
    struct http_request r;
    struct step step = step_at(cursor);
    assert_int_equal(amazon->build_catalogue(&account, &step, &fixture.arena, &r), ERR_OK);
    return r.url;
}

static enum err page_read(struct slice cursor, struct slice body, struct catalogue_page *out)
{
    struct channel_signal s;
    struct err_note note = {{0}};
    struct step step = {.cursor = cursor};
    struct http_response r = fixture_answer(200, body);
    enum err e =
        amazon->read_catalogue(&account, &step, &r, fixture.doc, &fixture.arena, out, &s, &note);
    assert_true(e == ERR_OK || note.text[0]);
    return e;
}

static void test_listings_come_with_what_links_them(void **state)
{
    (void)state;
    struct catalogue_page page = {0};
    assert_slice(url_of(""),
                 API "/listings/2021-08-01/items/A3TH9S8BH6GOGM?marketplaceIds=ATVPDKIKX0DER"
                     "&includedData=summaries,relationships,fulfillmentAvailability&pageSize=20"
                     "&sortBy=createdDate&sortOrder=ASC");
    assert_int_equal(
        page_read(
            (struct slice){0},
            SLICE("{\"numberOfResults\":5,\"items\":["
                  /* another marketplace's summary comes first */
                  "{\"sku\":\"A@1\",\"summaries\":[{\"marketplaceId\":\"A2EUQ1WTGCTBG2\","
                  "\"itemName\":\"Valise\"},{\"marketplaceId\":\"ATVPDKIKX0DER\",\"asin\":"
                  "\"B071VG5N9D\",\"productType\":\"LUGGAGE\",\"itemName\":\"Suitcase, blue\","
                  "\"createdDate\":\"2021-02-01T00:00:00Z\"}],\"relationships\":[{"
                  "\"marketplaceId\":\"ATVPDKIKX0DER\",\"relationships\":[{\"type\":"
                  "\"PACKAGE_HIERARCHY\",\"childSkus\":[\"X\"]},{\"type\":\"VARIATION\","
                  "\"parentSkus\":[\"CASE\"]}]}],\"fulfillmentAvailability\":[" OWN(
                      100) "]},"
                           /* a parent */
                           "{\"sku\":\"CASE\",\"relationships\":[{\"relationships\":[{\"type\":"
                           "\"VARIATION\",\"childSkus\":[\"A@1\"]}]}]},"
                           "{\"sku\":\"F\",\"fulfillmentAvailability\":[" FBA "]},"
                           "{\"sku\":\"N\"},{\"sku\":\"\"},7]}"),
            &page),
        ERR_OK);
    assert_int_equal(page.items_count, 3);
    assert_int_equal(page.total, 5);
    assert_int_equal(page.next.n, 0);
    const struct catalogue_item *a = &page.items[0];
    assert_slice(a->remote,
                 "{\"sku\":\"A@1\",\"asin\":\"B071VG5N9D\",\"product_type\":\"LUGGAGE\"}");
    assert_slice(a->key, "sku:A%401");
    assert_slice(a->stock_key, "sku:A%401");
    assert_slice(a->sku, "A@1");
    assert_slice(a->title, "Suitcase, blue");
    assert_slice(a->product, "CASE");
    assert_true(a->is_managed && a->count_known && a->count == 100);
    assert_true(!page.items[1].is_managed && !page.items[1].count_known);
    assert_true(page.items[2].is_managed && !page.items[2].count_known);
}

/* A shop of `total` listings behind Amazon's bounds: 20 a page, 1,000 a search. */
struct shop {
    int total, per_second;
};

static int made_at(const struct shop *shop, int n)
{
    return n / shop->per_second;
}

static struct slice answer_of(const struct shop *shop, struct slice url, struct arena *arena)
{
    struct slice after = {0};
    struct slice token = {0};
    const char *query = memchr(url.p, '?', url.n);
    struct slice q = {query + 1, url.n - (size_t)(query + 1 - url.p)};
    int from = 0;
    int64_t skip = 0;
    if (http_query_get(q, "createdAfter", arena, &after)) {
        int64_t at_us = 0;
        assert_true(time_parse_rfc3339(after, &at_us));
        while (from < shop->total && made_at(shop, from) < (at_us - AMAZON_NOW_US) / US_PER_S) {
            from++;
        }
    }
    if (http_query_get(q, "pageToken", arena, &token)) {
        assert_true(slice_int(token, &skip));
    }
    int found = shop->total - from;
    struct slice body = arena_printf(arena, "{\"numberOfResults\":%d,\"items\":[", found);
    int shown = 0;
    for (; shown < 20 && skip + shown < found && skip + shown < 1000; shown++) {
        char text[TIME_TEXT_MAX];
        int n = from + (int)skip + shown;
        struct slice made = time_format_s(AMAZON_NOW_US + made_at(shop, n) * US_PER_S, text);
        body = arena_printf(arena,
                            "%.*s%s{\"sku\":\"S%d\",\"summaries\":[{\"createdDate\":\"%.*s\"}]}",
                            SLICE_ARG(body),
                            shown ? "," : "",
                            n,
                            SLICE_ARG(made));
    }
    bool more = skip + shown < found && skip + shown < 1000;
    struct slice next =
        arena_printf(arena, ",\"pagination\":{\"nextToken\":\"%d\"}", (int)skip + shown);
    return arena_printf(arena, "%.*s]%.*s}", SLICE_ARG(body), more ? (int)next.n : 0, next.p);
}

/* Pages until the end; which listings were seen. */
static enum err walk(const struct shop *shop, bool *seen, size_t *out_pages)
{
    char cursor[4096] = "";
    for (*out_pages = 0; *out_pages < 10000; ++*out_pages) {
        struct arena arena;
        struct http_request r;
        struct catalogue_page page = {0};
        struct channel_signal s;
        struct err_note note;
        struct step step = step_at(cursor);
        arena_init(&arena, (size_t)4 << 20);
        assert_int_equal(amazon->build_catalogue(&account, &step, &arena, &r), ERR_OK);
        struct slice body = answer_of(shop, r.url, &arena);
        struct http_response answer = fixture_answer(200, body);
        enum err e =
            amazon->read_catalogue(&account, &step, &answer, fixture.doc, &arena, &page, &s, &note);
        for (size_t i = 0; !e && i < page.items_count; i++) {
            int64_t n = 0;
            assert_true(slice_int(slice_from(page.items[i].sku, 1), &n) && n < shop->total);
            seen[n] = true;
        }
        assert_true(page.next.n < sizeof cursor);
        memcpy(cursor, page.next.n ? page.next.p : "", page.next.n);
        cursor[page.next.n] = '\0';
        arena_free(&arena);
        if (e || !cursor[0]) {
            return e;
        }
    }
    fail_msg("no end");
    return ERR_OK;
}

static void test_more_than_a_search_gives_is_read_to_the_last_listing(void **state)
{
    (void)state;
    static bool seen[100000];
    static const struct shop shops[] = {
        {0, 1}, {1, 1}, {20, 1}, {999, 7}, {1000, 7}, {1001, 7}, {2500, 900}, {100000, 300}};
    for (size_t i = 0; i < COUNT_OF(shops); i++) {
        size_t pages = 0;
        memset(seen, 0, sizeof seen);
        assert_int_equal(walk(&shops[i], seen, &pages), ERR_OK);
        for (int n = 0; n < shops[i].total; n++) {
            if (!seen[n]) {
                fail_msg("listing %d of %d was not read", n, shops[i].total);
            }
        }
        assert_true(pages < (size_t)shops[i].total / 20 * 2 + 3);
    }
}

static void test_what_no_search_can_reach_is_said(void **state)
{
    (void)state;
    static bool seen[3000];
    size_t pages = 0;
    assert_int_equal(walk(&(struct shop){3000, 2000}, seen, &pages), ERR_LIMIT);
}

static void test_a_broken_page_ends_the_import(void **state)
{
    (void)state;
    struct catalogue_page page;
    struct http_request r;
    assert_int_equal(page_read((struct slice){0}, SLICE("{}"), &page), ERR_PARSE);
    assert_int_equal(page_read(SLICE("- 20 0 t"),
                               SLICE("{\"items\":[{}],\"pagination\":{\"nextToken\":\"t\"}}"),
                               &page),
                     ERR_PARSE);
    assert_int_equal(page_read(SLICE("- 980 0 t"),
                               SLICE("{\"numberOfResults\":2000,\"items\":[{},{},{},{},{},{},{},{},"
                                     "{},{},{},{},{},{},{},{},{},{},{},{}]}"),
                               &page),
                     ERR_PARSE);
    static const char *const wrong[] = {"x", "- x 0 -", "- 1 x -", "soon 1 0 -", "- -1 0 -"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct step step = step_at(wrong[i]);
        assert_int_equal(amazon->build_catalogue(&account, &step, &fixture.arena, &r), ERR_USAGE);
        assert_int_equal(page_read(slice_of(wrong[i]), SLICE("{\"items\":[]}"), &page), ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_up_to_twenty_are_asked_for_at_once),
        cmocka_unit_test(test_a_sku_with_a_comma_is_read_alone),
        cmocka_unit_test(test_only_the_own_offers_number_is_the_count),
        cmocka_unit_test(test_listings_come_with_what_links_them),
        cmocka_unit_test(test_more_than_a_search_gives_is_read_to_the_last_listing),
        cmocka_unit_test(test_what_no_search_can_reach_is_said),
        cmocka_unit_test(test_a_broken_page_ends_the_import),
    };
    return cmocka_run_group_tests(tests, open_amazon, fixture_close);
}
