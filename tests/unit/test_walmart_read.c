/* SPDX-License-Identifier: Apache-2.0 */
/* Counts read back, one or many, and the catalogue. */
#include "support/walmart_account.h"

#include "base/buf.h"

static const struct connector *const walmart = &connector_walmart;

#define BASE "https://marketplace.walmartapis.com/v3/"

static struct channel_signal signal_now;

static struct slice url_of(const struct account *account,
                           const struct push_item *items,
                           size_t count,
                           struct slice cursor)
{
    struct http_request r;
    struct step step = wm_step(cursor);
    assert_int_equal(walmart->build_read(account, items, count, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.method, "GET");
    return r.url;
}

/* "20 M F": a count, Missing or Failed for each item; "..." when the exchange goes on. */
static struct slice counts(const struct account *account,
                           const struct push_item *items,
                           size_t count,
                           struct slice cursor,
                           int status,
                           const char *body)
{
    ON_EXIT(buf_free) struct buf text;
    static struct read_result out[WM_READ_MAX + 1];
    struct http_response response = fixture_answer(status, slice_of(body));
    struct step step = wm_step(cursor);

    buf_init(&text, 4096);
    memset(out, 0xee, sizeof out);
    walmart->read_counts(
        account, items, count, &step, &response, fixture.doc, &fixture.arena, out, &signal_now);
    if (signal_now.next.is_wanted) {
        assert_true(signal_now.next.cursor.n > 0);
        return SLICE("...");
    }
    for (size_t i = 0; i < count; i++) {
        buf_text(&text, i ? " " : "");
        if (out[i].outcome == READ_COUNT) {
            buf_int(&text, out[i].count);
        } else {
            assert_true(out[i].outcome == READ_MISSING || out[i].outcome == READ_FAILED);
            assert_true(out[i].reason.n > 0);
            buf_char(&text, out[i].outcome == READ_MISSING ? 'M' : 'F');
        }
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

#define NODE(id, input, sell)                                                                      \
    "{\"shipNode\":\"" id "\",\"inputQty\":{\"unit\":\"EACH\",\"amount\":" input                   \
    "},\"availToSellQty\":{\"unit\":\"EACH\",\"amount\":" sell                                     \
    "},\"reservedQty\":{\"unit\":\"EACH\",\"amount\":2}}"
#define SKU(sku, nodes) "{\"sku\":\"" sku "\",\"nodes\":[" nodes "]}"
#define LIST(total, next, rows)                                                                    \
    "{\"meta\":{\"totalCount\":" total next "},\"elements\":{\"inventories\":[" rows "]}}"
#define MISSING                                                                                    \
    "{\"errors\":[{\"code\":\"CONTENT_NOT_FOUND.GMP_INVENTORY_API\",\"severity\":\"ERROR\","       \
    "\"category\":\"DATA\"}]}"

static void test_one_count_is_what_was_written_not_what_is_for_sale(void **state)
{
    (void)state;
    struct push_item item = wm_item("A/1", "1000005050", 0);
    static const struct {
        bool has_nodes;
        int status;
        const char *body, *says;
    } cases[] = {
        {false, 200, SKU("A/1", NODE("9", "5", "3")), "5"},
        {false, 200, SKU("A/1", ""), "0"},
        {false, 200, "{\"sku\":\"A/1\",\"nodes\":{}}", "F"},
        {false, 200, "{\"sku\":\"A/1\"}", "F"},
        {false, 200, SKU("A/1", NODE("9", "5", "3") "," NODE("8", "1", "1")), "F"},
        {true, 200, SKU("A/1", NODE("9", "5", "3") "," NODE("1000005050", "8", "1")), "8"},
        {true, 200, SKU("A/1", NODE("9", "5", "3")), "0"},
        {false, 200, SKU("B", NODE("9", "5", "3")), "F"},
        {false, 200, SKU("A/1", NODE("9", "\"x\"", "3")), "F"},
        {false, 200, SKU("A/1", NODE("9", "1.5", "3")), "F"},
        {false, 404, MISSING, "M"},
        {false, 400, "{\"errors\":[{\"code\":\"INVALID\"}]}", "F"},
        {false, 404, "<html>", "F"},
        {false, 500, "", "F"},
        {false, 429, "{}", "F"},
        {false, 401, "{}", "F"},
    };
    assert_slice(url_of(&wm_plain, &item, 1, (struct slice){0}), BASE "inventories/A%2F1");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_slice(counts(cases[i].has_nodes ? &wm_nodes : &wm_plain,
                            &item,
                            1,
                            (struct slice){0},
                            cases[i].status,
                            cases[i].body),
                     cases[i].says);
    }
}

static const struct push_item *three(void)
{
    static struct push_item items[3];
    items[0] = wm_item("A", "", 0);
    items[1] = wm_item("B", "", 0);
    items[2] = wm_item("C", "", 0);
    return items;
}

static void test_a_small_shop_is_read_by_walking_its_list(void **state)
{
    (void)state;
    assert_slice(url_of(&wm_plain, three(), 3, (struct slice){0}), BASE "inventories?limit=50");
    assert_slice(counts(&wm_plain,
                        three(),
                        3,
                        (struct slice){0},
                        200,
                        LIST("120", ",\"nextCursor\":\"a+b=\"", SKU("B", NODE("9", "2", "1")))),
                 "...");
    struct slice cursor = signal_now.next.cursor;
    assert_true(signal_now.next.after_us > 0);
    assert_slice(url_of(&wm_plain, three(), 3, cursor),
                 BASE "inventories?limit=50&nextCursor=a%2Bb%3D");
    /* Found all: the rest of the list is not read. */
    assert_slice(counts(&wm_plain,
                        three(),
                        3,
                        cursor,
                        200,
                        LIST("120",
                             ",\"nextCursor\":\"c\"",
                             SKU("C", NODE("9", "3", "3")) "," SKU("A", NODE("9", "1", "0")))),
                 "1 2 3");
}

static void test_what_the_list_does_not_show_is_asked_for_by_name(void **state)
{
    (void)state;
    assert_slice(counts(&wm_plain,
                        three(),
                        3,
                        (struct slice){0},
                        200,
                        LIST("2", "", SKU("B", NODE("9", "2", "1")))),
                 "...");
    struct slice cursor = signal_now.next.cursor;
    assert_slice(url_of(&wm_plain, three(), 3, cursor), BASE "inventories/A");
    assert_slice(counts(&wm_plain, three(), 3, cursor, 200, SKU("A", NODE("9", "1", "1"))), "...");
    cursor = signal_now.next.cursor;
    assert_slice(url_of(&wm_plain, three(), 3, cursor), BASE "inventories/C");
    assert_slice(counts(&wm_plain, three(), 3, cursor, 404, MISSING), "1 2 M");
}

static void test_a_large_shop_is_read_by_name(void **state)
{
    (void)state;
    assert_slice(counts(&wm_plain,
                        three(),
                        3,
                        (struct slice){0},
                        200,
                        LIST("100000", ",\"nextCursor\":\"a\"", SKU("B", NODE("9", "2", "1")))),
                 "...");
    assert_slice(url_of(&wm_plain, three(), 3, signal_now.next.cursor), BASE "inventories/A");
    /* So is a shop whose list cannot be had. */
    assert_slice(
        counts(
            &wm_plain, three(), 3, (struct slice){0}, 400, "{\"errors\":[{\"code\":\"INVALID\"}]}"),
        "...");
    assert_slice(url_of(&wm_plain, three(), 3, signal_now.next.cursor), BASE "inventories/A");
}

static void test_an_exchange_that_breaks_off_keeps_what_it_has(void **state)
{
    (void)state;
    assert_slice(counts(&wm_plain,
                        three(),
                        3,
                        (struct slice){0},
                        200,
                        LIST("2", "", SKU("B", NODE("9", "2", "1")))),
                 "...");
    assert_slice(counts(&wm_plain, three(), 3, signal_now.next.cursor, 503, ""), "F 2 F");
    assert_true(signal_now.down);
    assert_slice(counts(&wm_plain, three(), 3, SLICE("z 1 ,,"), 200, "{}"), "F F F");
    assert_slice(counts(&wm_plain, three(), 3, SLICE("r 1 ,,,"), 200, "{}"), "...");
    assert_slice(counts(&wm_plain, three(), 3, SLICE("r 1 -5,,"), 200, "{}"), "F F F");
    struct http_request r;
    struct step step = wm_step(SLICE("w 1 ,,"));
    assert_int_equal(walmart->build_read(&wm_plain, three(), 3, &step, &fixture.arena, &r),
                     ERR_USAGE);
}

static void test_a_list_without_end_is_left(void **state)
{
    (void)state;
    struct slice cursor = {0};
    size_t calls = 0;
    while (slice_is(counts(&wm_plain,
                           three(),
                           3,
                           cursor,
                           200,
                           LIST("100", ",\"nextCursor\":\"same\"", SKU("Z", NODE("9", "2", "1")))),
                    "...")) {
        cursor = signal_now.next.cursor;
        assert_true(++calls < 500);
    }
    assert_true(calls > 100);
}

/* ---- catalogue ---- */

#define ITEM(sku, more)                                                                            \
    "{\"mart\":\"WALMART_US\",\"sku\":\"" sku "\",\"productName\":\"Tee\"" more "}"

static enum err
page_of(const char *cursor, int status, const char *body, struct catalogue_page *out)
{
    struct http_response response = fixture_answer(status, slice_of(body));
    struct step step = wm_step(slice_of(cursor));
    struct err_note note = {{0}};
    enum err e = walmart->read_catalogue(
        &wm_plain, &step, &response, fixture.doc, &fixture.arena, out, &signal_now, &note);
    assert_true(e == ERR_OK || strlen(note.text) > 5);
    return e;
}

static void test_every_variation_is_an_item_of_its_own(void **state)
{
    (void)state;
    struct catalogue_page page;
    struct slice body = arena_copy(&fixture.arena, fixture_file("walmart/items.json"));
    assert_int_equal(page_of("", 200, body.p, &page), ERR_OK);
    assert_int_equal(page.items_count, 2);
    assert_int_equal(page.total, 100);
    assert_slice(page.next, "6 AoE/Kw==");
    const struct catalogue_item *i = &page.items[0];
    assert_slice(i->remote, "{\"sku\":\"TC-1\"}");
    assert_slice(i->key, "sku:TC-1");
    assert_slice(i->stock_key, "sku:TC-1");
    assert_slice(i->sku, "TC-1");
    assert_slice(i->title, "Tee");
    assert_slice(i->product, "TEE");
    assert_slice(i->options, "{\"size\":\"M\",\"color\":\"Blue\"}");
    assert_slice(i->barcode, "00886859944807");
    assert_true(i->is_managed);
    assert_false(i->count_known || i->parent_managed);
    i = &page.items[1];
    assert_slice(i->product, "Tee");
    assert_slice(i->options, "{\"size\":\"S\"}");
    assert_slice(i->barcode, "123");
}

static void test_pages_of_the_catalogue_follow_a_cursor_that_may_stay_the_same(void **state)
{
    (void)state;
    struct http_request r;
    struct step step = wm_step((struct slice){0});
    assert_int_equal(walmart->build_catalogue(&wm_plain, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.url, BASE "items?nextCursor=*&limit=50");
    step = wm_step(SLICE("50 AoE/Kw=="));
    assert_int_equal(walmart->build_catalogue(&wm_plain, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.url, BASE "items?nextCursor=AoE%2FKw%3D%3D&limit=50");
    step = wm_step(SLICE("x AoE"));
    assert_int_equal(walmart->build_catalogue(&wm_plain, &step, &fixture.arena, &r), ERR_USAGE);

    static const struct {
        const char *cursor;
        int status;
        const char *body, *next;
        enum err says;
    } cases[] = {
        {"50 C",
         200,
         "{\"ItemResponse\":[" ITEM("A", "") "],\"totalItems\":100,\"nextCursor\":\"C\"}",
         "51 C",
         ERR_OK},
        {"99 C",
         200,
         "{\"ItemResponse\":[" ITEM("A", "") "],\"totalItems\":100,\"nextCursor\":\"C\"}",
         "",
         ERR_OK},
        {"50 C", 200, "{\"ItemResponse\":[],\"nextCursor\":\"C\"}", "", ERR_OK},
        {"50 C", 200, "{\"ItemResponse\":[" ITEM("A", "") "]}", "", ERR_OK},
        {"50 C",
         200,
         "{\"ItemResponse\":[" ITEM("A", "") "],\"nextCursor\":\"D\"}",
         "51 D",
         ERR_OK},
        {"50 C",
         200,
         "{\"ItemResponse\":[" ITEM("A", "") "],\"nextCursor\":\"C\"}", /* of how many? */
         "",
         ERR_OK},
        {"50 C", 404, MISSING, "", ERR_OK},
        {"50 C", 200, "{}", NULL, ERR_PARSE},
        {"50 C", 500, "", NULL, ERR_NET},
        {"50 C", 403, "{\"errors\":[{\"code\":\"FORBIDDEN\"}]}", NULL, ERR_AUTH},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct catalogue_page page;
        assert_int_equal(page_of(cases[i].cursor, cases[i].status, cases[i].body, &page),
                         cases[i].says);
        if (cases[i].next) {
            assert_slice(page.next, cases[i].next);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_count_is_what_was_written_not_what_is_for_sale),
        cmocka_unit_test(test_a_small_shop_is_read_by_walking_its_list),
        cmocka_unit_test(test_what_the_list_does_not_show_is_asked_for_by_name),
        cmocka_unit_test(test_a_large_shop_is_read_by_name),
        cmocka_unit_test(test_an_exchange_that_breaks_off_keeps_what_it_has),
        cmocka_unit_test(test_a_list_without_end_is_left),
        cmocka_unit_test(test_every_variation_is_an_item_of_its_own),
        cmocka_unit_test(test_pages_of_the_catalogue_follow_a_cursor_that_may_stay_the_same),
    };
    return cmocka_run_group_tests(tests, wm_open, fixture_close);
}
