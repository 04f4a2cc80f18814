/* SPDX-License-Identifier: Apache-2.0 */
/* Tables out of the engine and back, what the log says of them, and the company of other turns. */
#include "support/csv_world.h"

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
        world_test(test_what_is_exported_comes_back_unchanged),
        world_test(test_hostile_texts_come_back_unchanged),
        world_test(test_an_import_is_in_the_log_with_what_was_asked),
        world_test(test_an_import_shares_its_commit_with_nobody),
        world_test(test_orders_that_waited_for_a_code_are_booked_by_an_import),
        world_test(test_a_thousand_errors_are_told_and_all_are_counted),
    };
    return crypto_init() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
