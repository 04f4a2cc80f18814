/* SPDX-License-Identifier: Apache-2.0 */
/* Tables into the engine and out of it, over SQLite: all of a file or nothing, and nothing twice. */
#include "base/csv.h"
#include "engine/csv.h"
#include "support/request_world.h"

/* ---- asking ---- */

static int import(struct world *w, const char *kind, struct slice body, bool is_dry)
{
    struct turn *turn = world_turn(w, request_csv_import, kind, "");
    turn->body = body;
    turn->is_dry_run = is_dry;
    assert_true(engine_submit(w->engine, turn));
    world_step(w);
    world_read_answer(w, turn);
    turn_free(turn);
    return w->status;
}

static void
must_import(struct world *w, const char *kind, const char *body, int created, int changed, int same)
{
    if (import(w, kind, slice_of(body), false) != 200 || int_of(w->answer, "created") != created ||
        int_of(w->answer, "changed") != changed || int_of(w->answer, "unchanged") != same) {
        fail_msg("%d %.*s", w->status, SLICE_ARG(w->text));
    }
}

/* 422, and the nth error stands on that line and column and says that. */
static void must_refuse(struct world *w,
                        const char *kind,
                        const char *body,
                        size_t n,
                        int64_t line,
                        const char *column,
                        const char *part)
{
    int64_t events = events_of(w);
    int status = import(w, kind, slice_of(body), false);
    struct json error = entry(json_get(w->answer, "errors"), n);
    struct slice detail = text_of(error, "detail");
    struct slice text = arena_copy(&w->arena, detail);
    if (status != 422 || int_of(error, "line") != line ||
        !slice_is(text_of(error, "column"), column) || !strstr(text.p ? text.p : "", part)) {
        fail_msg("%d %.*s", status, SLICE_ARG(w->text));
    }
    assert_int_equal(int_of(w->answer, "created"), 0);
    assert_int_equal(json_count(json_get(w->answer, "changes")), 0);
    assert_int_equal(events_of(w), events);
}

static struct slice export(struct world *w, enum csv_kind kind)
{
    struct store *reader = NULL;
    struct csv_export *x = NULL;
    struct err_note note = {""};
    const struct vault vault = {.key = {9}};
    bool is_done = false;
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, (size_t)64 << 20);
    assert_int_equal(engine_reader(w->engine, &reader, &note), ERR_OK);
    assert_int_equal(csv_export_new(kind, reader, &vault, false, &x), ERR_OK);
    while (!is_done) {
        assert_int_equal(csv_export_step(x, &out, &is_done), ERR_OK);
    }
    csv_export_free(x);
    return arena_copy(&w->arena, buf_view(&out));
}

static void dump_line(void *arg, struct slice text)
{
    buf_slice(arg, text);
    buf_char(arg, '\n');
}

static struct slice dump(struct world *w)
{
    struct err_note note = {""};
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, (size_t)64 << 20);
    assert_int_equal(store_dump(w->reader, dump_line, &out, &note), ERR_OK);
    return arena_copy(&w->arena, buf_view(&out));
}

static struct json sku_shown(struct world *w, const char *code)
{
    must_answer(w, 200, request_sku_change, code, "{}");
    return w->answer;
}

/* The canonical dump tells of units alone: with it, what SKUs, recipes and listings are. */
static struct slice state_of(struct world *w)
{
    struct slice units = dump(w), skus = export(w, CSV_SKUS), bundles = export(w, CSV_BUNDLES);
    struct slice listings = export(w, CSV_LISTINGS);
    return arena_printf(&w->arena,
                        "%.*s\n%.*s\n%.*s\n%.*s",
                        SLICE_ARG(units),
                        SLICE_ARG(skus),
                        SLICE_ARG(bundles),
                        SLICE_ARG(listings));
}

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

/* ---- round trips ---- */

static void must_come_back_unchanged(struct world *w)
{
    struct slice before = state_of(w);
    for (int kind = 0; kind < CSV_KINDS; kind++) {
        struct slice table = export(w, (enum csv_kind)kind);
        const char *name = csv_kind_text((enum csv_kind)kind);
        if (import(w, name, table, false) != 200 || int_of(w->answer, "created") != 0 ||
            int_of(w->answer, "changed") != 0 || int_of(w->answer, "unchanged") == 0) {
            fail_msg("%s: %d %.*s", name, w->status, SLICE_ARG(w->text));
        }
        assert_true(slice_equal(state_of(w), before));
        assert_true(slice_equal(export(w, (enum csv_kind)kind), table));
    }
}

static void test_what_is_exported_comes_back_unchanged(void **state)
{
    struct world *w = *state;
    must_answer(
        w,
        201,
        request_skus_create,
        NULL,
        "{\"items\":[{\"sku\":\"=cmd|' /C calc'!A0\",\"title\":\"+1\\r\\n\\\"x\\\";y\","
        "\"product\":\"'-2\",\"options\":{\"Größe\":\"=M\",\"\":\"\"},\"barcode\":\" 007 \","
        "\"buffer\":3,\"oversell\":\"backorder\"},"
        "{\"sku\":\"  two  blanks \",\"title\":\" \"}]}");
    must_answer(w,
                201,
                request_listings_create,
                NULL,
                "{\"items\":[{\"channel\":\"shop\",\"sku\":\"TEE\",\"remote\":{\"sku\":\" @x,1\"},"
                "\"percent\":50,\"cap\":9,\"min_to_list\":2,\"buffer\":0,\"pack_size\":3,"
                "\"paused\":true},{\"channel\":\"shop\",\"sku\":\"SET\"}]}");
    must_answer(w,
                201,
                request_movements_create,
                NULL,
                "{\"movements\":[{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\","
                "\"quantity\":10,\"reference\":\"=PO\",\"reason\":\" a\\nb\"},"
                "{\"kind\":\"damage\",\"sku\":\"TEE\",\"location\":\"berlin\",\"quantity\":2},"
                "{\"kind\":\"adjust\",\"sku\":\"TEE\",\"location\":\"berlin\",\"quantity\":-1},"
                "{\"kind\":\"count\",\"sku\":\"MUG\",\"location\":\"paris\",\"quantity\":4}]}");
    must_answer(w,
                201,
                request_orders_create,
                NULL,
                "{\"channel\":\"shop\",\"id\":\"-7\",\"version\":\"2026-11-23T04:00:00Z\","
                "\"placed_at\":\"2026-11-23T04:00:00Z\",\"lines\":[{\"id\":\"1\",\"sku\":\"SET\","
                "\"ordered\":1}]}");
    must_come_back_unchanged(w);
    /* Filled in at one place, the exported table is a count of that place alone. */
    must_import(w,
                "stock",
                "sku,location,on_hand,available,held,reserved,unavailable,in_transit,counted\n"
                "TEE,berlin,9,7,0,0,2,0,8\nMUG,paris,4,4,0,0,0,0,\n",
                0,
                1,
                1);
    must_refuse(w,
                "movements",
                "id,kind,sku,location,quantity\n1,receive,TEE,berlin,11\n",
                0,
                2,
                "quantity",
                "the ledger is never changed");
    must_refuse(w,
                "movements",
                "id,kind,sku,location,quantity\n99,ship,TEE,berlin,1\n",
                0,
                2,
                "id",
                "no movement");
}

/* SKUs, titles and options of whatever bytes JSON can say. */
static void test_hostile_texts_come_back_unchanged(void **state)
{
    static const char *const bits[] = {"\\\"",
                                       ",",
                                       ";",
                                       "\\t",
                                       "\\r",
                                       "\\n",
                                       "'",
                                       "=",
                                       "+",
                                       "-",
                                       "@",
                                       " ",
                                       "a",
                                       "0",
                                       "é",
                                       "漢",
                                       "🙂",
                                       "\\u0001",
                                       "E+1"};
    enum { COUNT = 1000 };
    struct world *w = *state;
    ON_EXIT(buf_free) struct buf body;
    buf_init(&body, (size_t)2 << 20);
    buf_text(&body, "{\"items\":[");
    for (int i = 0; i < COUNT; i++) {
        static const char *const names[] = {"title", "product", "barcode"};
        buf_printf(&body, "%s{\"sku\":\"S%d\"", i ? "," : "", i);
        for (size_t n = 0; n < COUNT_OF(names); n++) {
            uint8_t random[8];
            world_random(&w->env, random, sizeof(random));
            buf_printf(&body, ",\"%s\":\"", names[n]);
            for (size_t r = 0; r < random[0] % 7u; r++) {
                buf_text(&body, bits[random[r + 1] % COUNT_OF(bits)]);
            }
            buf_char(&body, '"');
        }
        buf_char(&body, '}');
    }
    buf_text(&body, "]}");
    buf_char(&body, '\0');
    must_answer(w, 201, request_skus_create, NULL, body.p);
    struct slice before = state_of(w), table = export(w, CSV_SKUS);
    assert_int_equal(import(w, "skus", table, false), 200);
    assert_int_equal(int_of(w->answer, "unchanged"), COUNT + 4);
    assert_true(slice_equal(state_of(w), before));
}

/* ---- the log, and the company of others ---- */

static void test_an_import_is_in_the_log_with_what_was_asked(void **state)
{
    struct world *w = *state;
    struct rows rows = {0};
    ON_EXIT(buf_free) struct buf file;
    buf_init(&file, (size_t)1 << 20);
    buf_text(&file, "sku,title\nTEE,changed\n");
    for (int i = 0; i < 1500; i++) {
        buf_printf(&file, "N%d,t\n", i);
    }
    int64_t events = events_of(w);
    assert_int_equal(import(w, "skus", buf_view(&file), false), 200);
    assert_int_equal(events_of(w), events + 3);
    const struct store_query q = {.after = events, .limit = 10};
    assert_int_equal(w->reader->ops->list_events(w->reader, &q, &w->arena, &rows), ERR_OK);
    assert_int_equal(rows.count, 3);
    const struct event_row *head = rows.items[0], *part = rows.items[1], *last = rows.items[2];
    struct json facts;
    struct err_note note;
    assert_true(slice_is(head->kind, "csv_import"));
    assert_true(slice_is(head->subject, "skus"));
    assert_int_equal(json_parse(w->doc, head->facts, &facts, &note), ERR_OK);
    assert_int_equal(int_of(facts, "token"), 7);
    assert_int_equal(int_of(facts, "lines"), 1501);
    assert_int_equal(text_of(facts, "digest").n, 64);
    assert_true(slice_is(part->kind, "sku"));
    assert_int_equal(json_parse(w->doc, part->facts, &facts, &note), ERR_OK);
    assert_int_equal(int_of(facts, "csv"), head->n);
    struct json first = entry(json_get(facts, "requests"), 0);
    assert_int_equal(json_count(json_get(facts, "requests")), 1000);
    assert_int_equal(int_of(first, "line"), 2);
    assert_true(slice_is(text_of(first, "subject"), "TEE"));
    assert_int_equal(json_count(json_get(first, "request")), 1); /* no rename */
    assert_true(slice_is(text_of(json_get(first, "request"), "title"), "changed"));
    assert_int_equal(json_parse(w->doc, last->facts, &facts, &note), ERR_OK);
    assert_int_equal(json_count(json_get(facts, "requests")), 501);
}

static void test_an_import_shares_its_commit_with_nobody(void **state)
{
    struct world *w = *state;
    struct turn *before = world_turn(w, request_skus_create, NULL, "{\"sku\":\"BEFORE\"}");
    struct turn *bad = world_turn(w, request_csv_import, "skus", "sku,buffer\nBAD,x\n");
    struct turn *good = world_turn(w, request_csv_import, "skus", "sku\nGOOD\n");
    struct turn *after = world_turn(w, request_skus_create, NULL, "{\"sku\":\"AFTER\"}");
    struct turn *turns[] = {before, bad, good, after};
    static const int statuses[] = {201, 422, 200, 201};
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        assert_true(engine_submit(w->engine, turns[i]));
    }
    world_step(w);
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        assert_int_equal(turns[i]->err, ERR_OK);
        assert_int_equal(turns[i]->status, statuses[i]);
        turn_free(turns[i]);
    }
    assert_int_equal(ask(w, request_sku_change, "BAD", "{}"), 404);
    (void)sku_shown(w, "BEFORE");
    (void)sku_shown(w, "GOOD");
    (void)sku_shown(w, "AFTER");
}

static void test_orders_that_waited_for_a_code_are_booked_by_an_import(void **state)
{
    struct world *w = *state;
    must_answer(w,
                201,
                request_orders_create,
                NULL,
                "{\"channel\":\"shop\",\"id\":\"7\",\"version\":\"2026-11-23T04:00:00Z\","
                "\"placed_at\":\"2026-11-23T04:00:00Z\",\"lines\":[{\"id\":\"1\",\"sku\":\"LATE\","
                "\"ordered\":2}]}");
    must_import(w, "skus", "sku\nLATE\n", 1, 0, 0);
    assert_int_equal(stock_of(w, "LATE", "berlin").reserved, 2);
}

static void test_a_thousand_errors_are_told_and_all_are_counted(void **state)
{
    struct world *w = *state;
    ON_EXIT(buf_free) struct buf file;
    buf_init(&file, (size_t)1 << 20);
    buf_text(&file, "sku,buffer\n");
    for (int i = 0; i < 1200; i++) {
        buf_printf(&file, "N%d,x\n", i);
    }
    assert_int_equal(import(w, "skus", buf_view(&file), false), 422);
    assert_int_equal(json_count(json_get(w->answer, "errors")), 1000);
    assert_int_equal(int_of(w->answer, "errors_count"), 1200);
    assert_int_equal(int_of(entry(json_get(w->answer, "errors"), 999), "line"), 1001);
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
        world_test(test_what_is_exported_comes_back_unchanged),
        world_test(test_hostile_texts_come_back_unchanged),
        world_test(test_an_import_is_in_the_log_with_what_was_asked),
        world_test(test_an_import_shares_its_commit_with_nobody),
        world_test(test_orders_that_waited_for_a_code_are_booked_by_an_import),
        world_test(test_a_thousand_errors_are_told_and_all_are_counted),
    };
    return crypto_init() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
