/* SPDX-License-Identifier: Apache-2.0 */
/* Tables into the engine, over SQLite: what lines mean, and what is refused. */
#include "support/csv_world.h"

/* ---- SKUs ---- */

static void test_skus_are_created_and_changed_in_the_columns_that_are_there(void **state)
{
    struct world *w = *state;
    must_import(w,
                "skus",
                "\xEF\xBB\xBFSKU;Title; product ;option:Size;buffer;oversell\r\n"
                "CAP;\"Cap; blue\";Caps;M;2;backorder\r\n"
                "tee;Tee;Tees;;;\r\n"
                ";;;;;\r\n"
                "MUG;;;;;\r\n",
                1,
                1,
                1);
    assert_int_equal(int_of(w->answer, "lines"), 3);
    struct json change = entry(json_get(w->answer, "changes"), 0);
    assert_int_equal(int_of(change, "line"), 2);
    assert_true(slice_is(text_of(change, "what"), "created"));
    change = entry(json_get(w->answer, "changes"), 1);
    assert_true(slice_is(text_of(change, "sku"), "TEE"));
    assert_true(slice_is(text_of(json_get(change, "after"), "title"), "Tee"));
    assert_true(slice_is(text_of(json_get(change, "before"), "title"), ""));
    assert_int_equal(json_type(json_get(json_get(change, "after"), "barcode")), JSON_NONE);
    struct json cap = sku_shown(w, "CAP");
    assert_true(slice_is(text_of(cap, "title"), "Cap; blue"));
    assert_true(slice_is(text_of(json_get(cap, "options"), "Size"), "M"));
    assert_int_equal(int_of(cap, "buffer"), 2);
    assert_true(slice_is(text_of(cap, "oversell"), "backorder"));
    /* A column that is not there leaves as it is, an empty cell clears; of options, that one. */
    must_import(w, "skus", "sku,option:Color,buffer\nCAP,Red,\n", 0, 1, 0);
    cap = sku_shown(w, "CAP");
    assert_true(slice_is(text_of(cap, "title"), "Cap; blue"));
    assert_int_equal(json_type(json_get(cap, "buffer")), JSON_NULL);
    assert_true(slice_is(text_of(json_get(cap, "options"), "Size"), "M"));
    assert_true(slice_is(text_of(json_get(cap, "options"), "Color"), "Red"));
    must_import(w, "skus", "sku,option:Size,oversell\nCAP,,\n", 0, 1, 0);
    cap = sku_shown(w, "CAP");
    assert_int_equal(json_count(json_get(cap, "options")), 1);
    assert_true(slice_is(text_of(cap, "oversell"), "deny"));
    assert_true(slice_is(text_of(sku_shown(w, "TEE"), "sku"), "TEE"));
}

static void test_a_former_code_finds_the_sku_that_had_it(void **state)
{
    struct world *w = *state;
    must_answer(w, 200, request_sku_change, "TEE", "{\"sku\":\"TEE-2\"}");
    must_import(w, "skus", "sku,title\nTEE,as in an old file\n", 0, 1, 0);
    assert_true(slice_is(text_of(sku_shown(w, "TEE-2"), "title"), "as in an old file"));
    must_refuse(w, "skus", "sku\nTEE-2\ntee\n", 0, 3, "sku", "is on line 2 already");
    must_refuse(w,
                "stock",
                "sku,location,counted\nTEE,berlin,1\nTEE-2,berlin,2\n",
                0,
                3,
                "counted",
                "is on line 2 already");
    must_refuse(w,
                "bundles",
                "sku,component,quantity\nSET,TEE,1\nSET,TEE-2,2\n",
                0,
                3,
                "component",
                "in this bundle already");
}

static void test_every_faulty_line_is_told_and_nothing_is_kept(void **state)
{
    struct world *w = *state;
    static const char file[] = "sku,title,buffer,oversell,options\n"
                               "NEW,fine,1,deny,\n"
                               "TEE,\"two\nlines\",-1,,\n"
                               ",no code,,,\n"
                               "CAP,x,1.5,,\n"
                               "CAP,x,,maybe,\n"
                               "CAP,x,,,{\"Size\"\n"
                               "NEW,again,,,\n"
                               "\"open";
    must_refuse(w, "skus", file, 0, 3, "buffer", "buffer must be a whole number from 0");
    must_refuse(w, "skus", file, 1, 5, "sku", "sku is missing");
    must_refuse(w, "skus", file, 2, 6, "buffer", "whole number");
    must_refuse(w, "skus", file, 3, 7, "oversell", "'deny' or 'backorder'");
    must_refuse(w, "skus", file, 4, 8, "options", "not JSON");
    must_refuse(w, "skus", file, 5, 9, "sku", "'NEW' is on line 2 already");
    must_refuse(w, "skus", file, 6, 10, "", "never closed");
    assert_int_equal(int_of(w->answer, "errors_count"), 7);
    assert_int_equal(ask(w, request_sku_change, "NEW", "{}"), 404);
}

static void test_headers_are_refused_by_name(void **state)
{
    struct world *w = *state;
    must_refuse(w, "skus", "sku,tilte\nA,b\n", 0, 1, "tilte", "there is no column 'tilte' in skus");
    must_refuse(w, "skus", "title\nb\n", 0, 1, "sku", "the column is missing");
    must_refuse(w, "skus", "sku,Sku\nb,c\n", 0, 1, "Sku", "twice");
    must_refuse(w, "skus", "sku,options,option:A\nb,,c\n", 0, 1, "options", "not both");
    must_refuse(w, "skus", "", 0, 1, "", "empty");
    must_refuse(w, "skus", "sku,,\nA,,x\n", 0, 2, "", "cell 3 has no column name");
    must_refuse(w, "stock", "sku,location\nA,b\n", 0, 1, "counted", "the column is missing");
    must_refuse(w, "skus", "\xFF\xFEs", 0, 1, "", "UTF-16");
    must_import(w, "skus", "sku,,\nA,,\n", 1, 0, 0);
    assert_int_equal(import(w, "nothing", SLICE("a\n"), false), 404);
}

static void test_codes_that_a_spreadsheet_shortened_are_refused_unless_they_are_known(void **state)
{
    struct world *w = *state;
    must_refuse(w, "skus", "sku,barcode\nA,4.00638E+12\n", 0, 2, "barcode", "shortened");
    must_refuse(w, "skus", "sku;barcode\nA;4,00638E+12\n", 0, 2, "barcode", "shortened");
    must_refuse(w, "skus", "sku\n1.2E+12\n", 0, 2, "sku", "shortened");
    must_refuse(w, "skus", "sku,barcode\nTEE,4E+12\n", 0, 2, "barcode", "shortened");
    must_refuse(w, "stock", "sku,location,counted\n1E+11,berlin,1\n", 0, 2, "sku", "shortened");
    must_import(w, "skus", "sku,barcode\nA1E+2B,4006381333931\n1E5,1.5\n", 2, 0, 0);
    must_answer(w, 201, request_skus_create, NULL, "{\"sku\":\"1E+12\",\"barcode\":\"2E+11\"}");
    must_import(w, "skus", "sku,title,barcode\n1E+12,known,2E+11\n", 0, 1, 0);
}

static void test_a_dry_run_tells_the_same_and_changes_nothing(void **state)
{
    struct world *w = *state;
    static const char skus[] = "sku,title\nTEE,new\nCAP,c\n";
    static const char stock[] = "sku,location,counted\nTEE,berlin,7\n";
    struct slice before = state_of(w);
    int64_t events = events_of(w);
    assert_int_equal(import(w, "skus", slice_of(skus), true), 200);
    bool is_dry = false;
    assert_true(json_bool(json_get(w->answer, "dry_run"), &is_dry) && is_dry);
    assert_int_equal(int_of(w->answer, "created"), 1);
    assert_int_equal(json_count(json_get(w->answer, "changes")), 2);
    assert_int_equal(import(w, "stock", slice_of(stock), true), 200);
    assert_int_equal(int_of(w->answer, "changed"), 1);
    assert_int_equal(events_of(w), events);
    assert_true(slice_equal(state_of(w), before));
    must_import(w, "skus", skus, 1, 1, 0);
    assert_false(slice_equal(state_of(w), before));
}

/* ---- stock and movements ---- */

static void test_movements_and_counts_are_booked_line_by_line(void **state)
{
    struct world *w = *state;
    must_import(w,
                "movements",
                "kind,sku,location,quantity,reason,reference,happened_at\n"
                "receive,TEE,berlin,10,,PO-1,2026-11-20T10:00:00Z\n"
                "ship,tee,berlin,4,,,\n"
                "adjust,TEE,berlin,-1,lost,,\n"
                "receive,MUG,paris,5,,,\n",
                4,
                0,
                0);
    struct json change = entry(json_get(w->answer, "changes"), 1);
    assert_true(slice_is(text_of(change, "what"), "ship"));
    assert_int_equal(int_of(json_get(change, "before"), "on_hand"), 10);
    assert_int_equal(int_of(json_get(change, "after"), "available"), 6);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 5);
    must_import(w,
                "stock",
                "sku,location,counted,expected,reason,counted_at\n"
                "TEE,berlin,7,5,yearly,\n"
                "MUG,paris,5,,,\n"
                "POSTER,berlin,,,,\n",
                0,
                1,
                2);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 7);
    assert_int_equal(json_count(json_get(w->answer, "changes")), 1);
}

static void test_shortages_and_wrong_counts_are_errors_of_their_lines(void **state)
{
    struct world *w = *state;
    static const char file[] = "kind,sku,location,quantity\n"
                               "receive,TEE,berlin,3\n"
                               "ship,TEE,berlin,2\n"
                               "ship,TEE,berlin,2\n"
                               "ship,SET,berlin,2\n"
                               "teleport,TEE,berlin,2\n"
                               "ship,NOPE,berlin,1\n"
                               "ship,TEE,rome,1\n"
                               "ship,TEE,berlin,\n";
    must_refuse(w,
                "movements",
                file,
                0,
                4,
                "quantity",
                "2 units of 'TEE' at 'berlin' are asked for, 1 are there");
    must_refuse(w, "movements", file, 1, 5, "sku", "is a bundle");
    must_refuse(w, "movements", file, 2, 6, "kind", "kind must be");
    must_refuse(w, "movements", file, 3, 7, "sku", "there is no SKU 'NOPE'");
    must_refuse(w, "movements", file, 4, 8, "location", "there is no location 'rome'");
    must_refuse(w, "movements", file, 5, 9, "quantity", "quantity is missing");
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 0);
    static const char counts[] =
        "sku,location,counted,expected,on_hand,available,held,reserved,unavailable\n"
        "TEE,berlin,3,1,,,,,\n"
        "TEE,berlin,4,,,,,,\n"
        "MUG,berlin,many,,,,,,\n"
        "MUG,paris,,,5,6,0,0,0\n"
        "NOPE,paris,,,0,0,0,0,0\n";
    must_refuse(w, "stock", counts, 0, 2, "expected", "the count expected 1 units");
    must_refuse(w, "stock", counts, 1, 3, "counted", "'TEE' is on line 2 already");
    must_refuse(w, "stock", counts, 2, 4, "counted", "counted must be a whole number");
    must_refuse(w, "stock", counts, 3, 5, "on_hand", "for information");
    must_refuse(w, "stock", counts, 4, 6, "sku", "there is no SKU 'NOPE'");
}

static void test_a_late_movement_of_a_table_is_opposed_like_any(void **state)
{
    struct world *w = *state;
    must_import(w,
                "movements",
                "kind,sku,location,quantity,happened_at\n"
                "receive,TEE,berlin,10,2026-11-20T10:00:00Z\n"
                "count,TEE,berlin,8,2026-11-21T10:00:00Z\n"
                "receive,TEE,berlin,5,2026-11-20T12:00:00Z\n" /* the count had seen it */
                "receive,TEE,berlin,5,2026-11-22T12:00:00Z\n"
                "receive,MUG,berlin,1,2026-11-20T12:00:00Z\n",
                5,
                0,
                0);
    assert_int_equal(stock_of(w, "TEE", "berlin").available, 13);
    assert_int_equal(stock_of(w, "MUG", "berlin").available, 1);
}

/* What a table books is what the same lines would have been as requests, one after the other. */
static void test_a_table_of_dated_lines_books_what_single_requests_would(void **state)
{
    enum { LINES = 300 };
    static const char *const kinds[] = {"receive", "receive", "count", "ship", "adjust", "damage"};
    struct world *w = *state;
    int64_t on_hand[2][2];
    for (int as_table = 0; as_table < 2; as_table++) {
        const char *skus[] = {as_table ? "TEE" : "MUG", as_table ? "POSTER" : "T2"};
        uint64_t seed = 5;
        ON_EXIT(buf_free) struct buf file;
        buf_init(&file, (size_t)1 << 20);
        buf_text(&file, "kind,sku,location,quantity,happened_at\n");
        must_answer(w,
                    as_table ? 200 : 201,
                    as_table ? request_sku_change : request_skus_create,
                    skus[1],
                    as_table ? "{}" : "{\"sku\":\"T2\"}");
        for (int i = 0; i < LINES; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            char body[300];
            const char *kind = i < 2 ? "receive" : kinds[(seed >> 33) % COUNT_OF(kinds)];
            const char *sku = skus[i % 2];
            int quantity = i < 2 || strcmp(kind, "count") == 0 ? 100000 : 0;
            quantity += 1 + (int)((seed >> 40) % 50);
            int day = i < 2 ? 1 : 2 + (int)((seed >> 48) % 20);
            if (as_table && i >= LINES / 2) { /* the first half is history already */
                buf_printf(
                    &file, "%s,%s,berlin,%d,2026-11-%02dT10:00:01.5Z\n", kind, sku, quantity, day);
                continue;
            }
            (void)snprintf(
                body,
                sizeof(body),
                "{\"movements\":[{\"kind\":\"%s\",\"sku\":\"%s\",\"location\":"
                "\"berlin\",\"quantity\":%d,\"happened_at\":\"2026-11-%02dT10:00:01.5Z\"}]}",
                kind,
                sku,
                quantity,
                day);
            must_answer(w, 201, request_movements_create, NULL, body);
        }
        if (as_table) {
            assert_int_equal(import(w, "movements", buf_view(&file), false), 200);
        }
        for (int i = 0; i < 2; i++) {
            struct stock stock = stock_of(w, skus[i], "berlin");
            on_hand[as_table][i] = stock_on_hand(&stock);
        }
    }
    assert_int_equal(on_hand[0][0], on_hand[1][0]);
    assert_int_equal(on_hand[0][1], on_hand[1][1]);
}

/* ---- bundles and listings ---- */

static void test_all_lines_of_a_bundle_are_its_recipe(void **state)
{
    struct world *w = *state;
    must_answer(w, 201, request_skus_create, NULL, "{\"sku\":\"DUO\"}");
    must_import(w,
                "bundles",
                "sku,component,quantity\nDUO,TEE,1\nSET,mug,2\nDUO,POSTER,3\nSET,TEE,1\n",
                1,
                0,
                1);
    struct json parts = json_get(sku_shown(w, "DUO"), "components");
    assert_int_equal(json_count(parts), 2);
    assert_int_equal(int_of(entry(parts, 1), "quantity"), 3);
    must_import(w, "bundles", "sku,component,quantity\nDUO,TEE,2\n", 0, 1, 0);
    assert_int_equal(json_count(json_get(sku_shown(w, "DUO"), "components")), 1);
    static const char file[] =
        "sku,component,quantity\n"
        "DUO,TEE,1\nDUO,tee,2\nDUO,SET,1\nDUO,NOPE,1\nDUO,MUG,0\nNOPE,TEE,1\n"
        "MUG,TEE,1\n";
    must_refuse(w, "bundles", file, 0, 3, "component", "'tee' is in this bundle already");
    must_refuse(w, "bundles", file, 1, 4, "component", "'SET' cannot be a component");
    must_refuse(w, "bundles", file, 2, 5, "component", "there is no SKU 'NOPE'");
    must_refuse(w, "bundles", file, 3, 6, "quantity", "quantity must be a whole number");
    must_refuse(w, "bundles", file, 4, 7, "sku", "create it first");
    must_refuse(w, "bundles", file, 5, 8, "component", "'MUG' is a component of a bundle");
    must_answer(w, 201, request_skus_create, NULL, "{\"items\":[{\"sku\":\"X\"},{\"sku\":\"Y\"}]}");
    must_refuse(w,
                "bundles",
                "sku,component,quantity\nX,Y,1\nY,TEE,1\n",
                0,
                3,
                "component",
                "is a component of a bundle");
}

static void test_listings_are_created_and_their_policy_is_changed(void **state)
{
    struct world *w = *state;
    must_import(w,
                "listings",
                "channel,sku,remote:sku,pack_size,buffer,paused\n"
                "shop,TEE,tee-shop,,1,WAHR\n"
                "shop,MUG,,2,,no\n",
                2,
                0,
                0);
    must_import(w,
                "listings",
                "channel,sku,remote:sku,pack_size,buffer,percent,paused\n"
                "shop,TEE,tee-shop,1,1,50,false\n"
                "shop,MUG,MUG,2,,,\n",
                0,
                1,
                1);
    struct json change = entry(json_get(w->answer, "changes"), 0);
    assert_int_equal(int_of(json_get(change, "after"), "percent"), 50);
    assert_int_equal(json_type(json_get(json_get(change, "after"), "buffer")), JSON_NONE);
    static const char file[] = "channel,sku,remote:sku,percent\n"
                               "shop,POSTER,tee-shop,\n"
                               "till,TEE,,\n"
                               "shop,TEE,x,101\n"
                               "shop,TEE,1.2E+12,\n"
                               "shop,TEE,y,\nshop,TEE,y,\n";
    must_refuse(w, "listings", file, 0, 2, "remote", "listed already");
    must_refuse(w, "listings", file, 1, 3, "channel", "there is no channel 'till'");
    must_refuse(w, "listings", file, 2, 4, "percent", "0 to 100");
    must_refuse(w, "listings", file, 3, 5, "remote:sku", "shortened");
    must_refuse(w, "listings", file, 4, 7, "sku", "is on line 6 already");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_skus_are_created_and_changed_in_the_columns_that_are_there),
        world_test(test_a_former_code_finds_the_sku_that_had_it),
        world_test(test_every_faulty_line_is_told_and_nothing_is_kept),
        world_test(test_headers_are_refused_by_name),
        world_test(test_codes_that_a_spreadsheet_shortened_are_refused_unless_they_are_known),
        world_test(test_a_dry_run_tells_the_same_and_changes_nothing),
        world_test(test_movements_and_counts_are_booked_line_by_line),
        world_test(test_shortages_and_wrong_counts_are_errors_of_their_lines),
        world_test(test_a_late_movement_of_a_table_is_opposed_like_any),
        world_test(test_a_table_of_dated_lines_books_what_single_requests_would),
        world_test(test_all_lines_of_a_bundle_are_its_recipe),
        world_test(test_listings_are_created_and_their_policy_is_changed),
    };
    return crypto_init() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
