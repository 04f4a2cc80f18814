/* SPDX-License-Identifier: Apache-2.0 */
/* Counts read back, and the catalogue. */
#include "support/channel_fixture.h"

#include "base/buf.h"

static const struct connector *const bigcommerce = &connector_bigcommerce;
static const uint8_t nonce[16];
static struct account account;

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

static struct push_item item(const char *stock_key)
{
    return (struct push_item){.stock_key = slice_of(stock_key), .location = SLICE("1")};
}

static void test_counts_are_asked_for_by_kind_and_location(void **state)
{
    (void)state;
    struct push_item variants[] = {item("variant:74"), item("variant:75")};
    struct push_item product = item("product:111");
    struct push_item mixed[] = {variants[0], product};
    struct http_request r;
    assert_int_equal(
        bigcommerce->build_read(
            &account, variants, 2, &(struct step){.now_us = 0, .nonce = nonce}, &fixture.arena, &r),
        ERR_OK);
    assert_slice(r.url,
                 "https://api.bigcommerce.com/stores/abc/v3/inventory/items"
                 "?location_id:in=1&limit=1000&variant_id:in=74,75");
    assert_slice(r.method, "GET");
    assert_int_equal(
        bigcommerce->build_read(
            &account, &product, 1, &(struct step){.now_us = 0, .nonce = nonce}, &fixture.arena, &r),
        ERR_OK);
    assert_slice(r.url,
                 "https://api.bigcommerce.com/stores/abc/v3/inventory/items"
                 "?location_id:in=1&limit=1000&product_id:in=111");
    assert_int_equal(
        bigcommerce->build_read(
            &account, mixed, 2, &(struct step){.now_us = 0, .nonce = nonce}, &fixture.arena, &r),
        ERR_USAGE);
}

/* "20 M F" ...: a count, Missing, Unmanaged, Parent or Failed for each item. */
static struct slice counts(const char *const *keys, size_t count, int status, const char *body)
{
    ON_EXIT(buf_free) struct buf text;
    struct push_item items[4];
    struct read_result out[4];
    struct channel_signal signal;
    struct http_response response = fixture_answer(status, slice_of(body));

    assert_true(count <= COUNT_OF(items));
    for (size_t i = 0; i < count; i++) {
        items[i] = item(keys[i]);
    }
    bigcommerce->read_counts(&account,
                             items,
                             count,
                             &(struct step){0},
                             &response,
                             fixture.doc,
                             &fixture.arena,
                             out,
                             &signal);
    buf_init(&text, 256);
    for (size_t i = 0; i < count; i++) {
        static const char letters[] = {
            [READ_MISSING] = 'M', [READ_UNMANAGED] = 'U', [READ_PARENT] = 'P', [READ_FAILED] = 'F'};
        buf_text(&text, i ? " " : "");
        if (out[i].outcome == READ_COUNT) {
            buf_int(&text, out[i].count);
        } else {
            buf_char(&text, letters[out[i].outcome]);
            assert_true(out[i].reason.n > 0);
        }
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

#define ROW(ids, locations) "{\"identity\":{" ids "},\"locations\":[" locations "]}"
#define AT(id, sell, hand)                                                                         \
    "{\"location_id\":" id ",\"available_to_sell\":" sell ",\"total_inventory_onhand\":" hand "}"
#define V74 "\"variant_id\":74,\"product_id\":111"
#define V75 "\"variant_id\":75,\"product_id\":111"
#define PAGES(n) ",\"meta\":{\"pagination\":{\"total_pages\":" n "}}}"

static void test_a_count_is_what_the_store_may_sell_at_that_location(void **state)
{
    (void)state;
    static const char *const variants[] = {"variant:74", "variant:75"};
    static const char *const product[] = {"product:111"};
    static const struct {
        const char *const *keys;
        size_t count;
        int status;
        const char *body, *says;
    } cases[] = {
        {variants,
         2,
         200,
         "{\"data\":[" ROW(V74, AT("2", "9", "9") "," AT("1", "20", "30")) "," ROW(
             V75, AT("1", "0", "10")) "]" PAGES("1"),
         "20 0"},
        {variants, 2, 200, "{\"data\":[" ROW(V74, AT("1", "-2", "0")) "]}", "-2 M"},
        {variants, 2, 200, "{\"data\":[" ROW(V74, AT("2", "5", "5")) "]}", "M M"},
        {variants, 2, 200, "{\"data\":[" ROW(V74, AT("1", "\"x\"", "5")) "]}", "F M"},
        {variants, 2, 200, "{\"data\":[" ROW(V74, AT("1", "1.5", "5")) "]}", "F M"},
        /* A page that ignores the filter, or has a second one, proves no absence. */
        {variants, 1, 200, "{\"data\":[" ROW(V75, AT("1", "5", "5")) "]}", "F"},
        {variants, 2, 200, "{\"data\":[" ROW(V74, AT("1", "5", "5")) "]" PAGES("2"), "5 F"},
        /* One count for the product, or several: then it is not the product's. */
        {product, 1, 200, "{\"data\":[" ROW("\"product_id\":111", AT("1", "7", "7")) "]}", "7"},
        {product,
         1,
         200,
         "{\"data\":[" ROW(V74, AT("1", "7", "7")) "," ROW(V75, AT("1", "7", "7")) "]}",
         "7"},
        {product,
         1,
         200,
         "{\"data\":[" ROW(V74, AT("1", "7", "7")) "," ROW(V75, AT("1", "8", "8")) "]}",
         "U"},
        {variants, 2, 200, "{\"data\":{}}", "F F"},
        {variants, 2, 200, "<html>", "F F"},
        {variants, 2, 204, "", "F F"},
        {variants, 2, 404, "{\"title\":\"no\"}", "F F"},
        {variants, 2, 503, "", "F F"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice got = counts(cases[i].keys, cases[i].count, cases[i].status, cases[i].body);
        if (!slice_is(got, cases[i].says)) {
            fail_msg("%zu: got '%.*s', wanted '%s'", i, SLICE_ARG(got), cases[i].says);
        }
    }
}

/* ---- the catalogue ---- */

static enum err
catalogue(const char *cursor, int status, struct slice body, struct catalogue_page *out)
{
    struct http_response response = fixture_answer(status, body);
    struct channel_signal signal;
    struct err_note note = {{0}};
    return bigcommerce->read_catalogue(&account,
                                       &(struct step){.cursor = slice_of(cursor)},
                                       &response,
                                       fixture.doc,
                                       &fixture.arena,
                                       out,
                                       &signal,
                                       &note);
}

static struct slice items_text(const struct catalogue_page *page)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 16384);
    for (size_t i = 0; i < page->items_count; i++) {
        const struct catalogue_item *c = &page->items[i];
        buf_printf(&text,
                   "%s%.*s [%.*s] %.*s",
                   i ? "\n" : "",
                   SLICE_ARG(c->key),
                   (int)c->sku.n,
                   c->sku.p ? c->sku.p : "",
                   (int)c->title.n,
                   c->title.p ? c->title.p : "");
        if (c->options.n) {
            buf_printf(&text, " %.*s", SLICE_ARG(c->options));
        }
        if (c->barcode.n) {
            buf_printf(&text, " ean %.*s", SLICE_ARG(c->barcode));
        }
        if (c->count_known) {
            buf_printf(&text, " = %" PRId64, c->count);
        }
        buf_text(&text, c->parent_managed ? " parent" : c->is_managed ? "" : " unmanaged");
        assert_true(slice_equal(c->key, c->stock_key));
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

static void test_tracking_decides_what_is_listed_and_what_holds_the_count(void **state)
{
    (void)state;
    struct catalogue_page page;
    assert_int_equal(catalogue("", 200, fixture_file("bigcommerce/products.json"), &page), ERR_OK);
    assert_slice(
        items_text(&page),
        "product:111 [CUP] Cup ean 4006381333931 = 7\n"
        "product:112 [BOWL] Bowl unmanaged\n"
        "variant:74 [TEE-S] S / Blue {\"Size\":\"S\",\"Colour\":\"Blue\"} ean 12345678 = 5\n"
        "variant:75 [TEE-M] M / Blue {\"Size\":\"M\",\"Colour\":\"Blue\"} = 0\n"
        "product:114 [POSTER] Poster = 12\n"
        "variant:80 [POSTER-A] A4 {\"Format\":\"A4\"} parent\n"
        "variant:81 [POSTER-B] A3 {\"Format\":\"A3\"} parent\n"
        "variant:90 [FREE-1] One {\"Kind\":\"One\"} unmanaged\n"
        "variant:91 [] Two {\"Kind\":\"Two\"} unmanaged");
    assert_slice(page.items[2].product, "Tee");
    assert_slice(page.items[2].remote, "{\"product_id\":\"113\",\"variant_id\":\"74\"}");
    assert_slice(page.items[0].remote, "{\"product_id\":\"111\"}");
    assert_int_equal(page.total, 246);
    assert_slice(page.next, "2");
    assert_int_equal(catalogue("5", 200, fixture_file("bigcommerce/products.json"), &page), ERR_OK);
    assert_slice(page.next, ""); /* it says that there are five pages */
}

static void test_catalogue_pages_are_asked_for_by_number(void **state)
{
    (void)state;
    struct http_request r;
    struct catalogue_page page;
    assert_int_equal(bigcommerce->build_catalogue(
                         &account,
                         &(struct step){.now_us = 0, .nonce = nonce, .cursor = SLICE("2")},
                         &fixture.arena,
                         &r),
                     ERR_OK);
    assert_slice(r.url,
                 "https://api.bigcommerce.com/stores/abc/v3/catalog/products?include=variants"
                 "&include_fields=name,sku,upc,gtin,inventory_tracking,inventory_level,"
                 "base_variant_id&sort=id&direction=asc&limit=50&page=2");
    static const char *const bad[] = {"0", "-1", "x", "p/1"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(
            bigcommerce->build_catalogue(
                &account,
                &(struct step){.now_us = 0, .nonce = nonce, .cursor = slice_of(bad[i])},
                &fixture.arena,
                &r),
            ERR_USAGE);
    }
    assert_int_equal(catalogue("", 200, SLICE("[]"), &page), ERR_PARSE);
    assert_int_equal(catalogue("", 200, SLICE("{\"data\":[{\"id\":"), &page), ERR_NET);
    assert_int_equal(catalogue("", 401, SLICE("{\"title\":\"x\"}"), &page), ERR_AUTH);
    assert_int_equal(catalogue("", 429, SLICE("{}"), &page), ERR_THROTTLED);
    assert_int_equal(catalogue("", 200, SLICE("{\"data\":[]}"), &page), ERR_OK);
    assert_slice(page.next, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_are_asked_for_by_kind_and_location),
        cmocka_unit_test(test_a_count_is_what_the_store_may_sell_at_that_location),
        cmocka_unit_test(test_tracking_decides_what_is_listed_and_what_holds_the_count),
        cmocka_unit_test(test_catalogue_pages_are_asked_for_by_number),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
