/* SPDX-License-Identifier: Apache-2.0 */
/* Why a number was wrong: drift found and named, oversold units explained, a channel compared in
 * shadow mode, taken over, and given back; through the real binary. */
#include "support/served_shop.h"

/* ---- questions ---- */

static size_t drift_of(struct served *s, const char *channel, const char *kind, const char *state)
{
    GET(s, "/v1/drift?channel=%s&kind=%s&state=%s", channel, kind, state);
    return json_count(json_get(s->json, "items"));
}

static int64_t audit(struct served *s, const char *channel)
{
    char path[128];
    int64_t job = 0;
    (void)snprintf(path, sizeof(path), "/v1/channels/%s/audit", channel);
    WRITE(s, 202, "POST", path, "{}");
    assert_true(json_int_loose(json_get(s->json, "job"), &job));
    return job;
}

static bool is_done(struct served *s, int64_t job)
{
    GET(s, "/v1/jobs/%" PRId64, job);
    return slice_is(said_text(s->json, "state"), "done");
}

/* One reading of all its counts, from its begin to its end. */
static void read_back(struct served *s, const char *channel)
{
    int64_t job = audit(s, channel);
    UNTIL(s, 60, is_done(s, job));
}

static void set_mode(struct served *s, const char *channel, const char *mode)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "/v1/channels/%s", channel);
    WRITE(s, 200, "PATCH", path, "{'mode':'%s'}", mode);
}

static bool mode_is(struct served *s, const char *channel, const char *mode)
{
    GET(s, "/v1/channels/%s", channel);
    return slice_is(said_text(s->json, "mode"), mode);
}

/* ---- an oversold unit ---- */

static void test_an_oversold_unit_names_the_stage_that_was_late(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "LAST", 1);
    struct shop *first = served_shop(s, SHOP_API, "first");
    struct shop *second = served_shop(s, SHOP_API, "second");
    served_listing(s, first, "LAST", 1);
    served_listing(s, second, "LAST", 1);
    UNTIL(s, 20, served_settled(s));
    /* The first shop's event takes 0.6 s, the second sells meanwhile, and its own takes longer. */
    shop_faults_set(
        first, &(const struct shop_faults){.hook_delay_ms_min = 600, .hook_delay_ms_max = 600});
    shop_faults_set(
        second, &(const struct shop_faults){.hook_delay_ms_min = 1500, .hook_delay_ms_max = 1500});
    shop_sells_one(first, "LAST", 1);
    served_run(s, 250 * US_PER_MS);
    shop_sells_one(second, "LAST", 1);
    UNTIL(s, 20, served_incidents(s, "OVERSOLD", "LAST") == 1);
    GET(s, "/v1/incidents?code=OVERSOLD");
    int64_t id = 0;
    assert_true(json_int_loose(json_get(said_at(json_get(s->json, "items"), 0), "id"), &id));
    GET(s, "/v1/incidents/%" PRId64, id);
    assert_slice(said_text(s->json, "channel"), "second");
    struct json autopsy = said_at(json_get(s->json, "autopsy"), 0);
    assert_slice(said_text(autopsy, "stage"), "their_event");
    assert_slice(said_text(json_get(autopsy, "first"), "channel"), "first");
    assert_int_equal(said_int(autopsy, "units"), 1);
    assert_int_equal(said_int(autopsy, "smallest_buffer"), 1);
    int64_t window_ms = said_int(autopsy, "window_ms"), stage_ms = said_int(autopsy, "stage_ms");
    assert_true(window_ms >= 240 && window_ms < 600);
    assert_true(stage_ms >= 600 && stage_ms < 1500);
    size_t steps = json_count(json_get(autopsy, "timeline"));
    assert_true(steps >= 6);
    served_receive(s, "LAST", 1); /* covered: it closes by itself */
    UNTIL(s, 30, served_incidents(s, "OVERSOLD", NULL) == 0);
    served_end(s);
}

/* ---- drift, live and in shadow ---- */

static void test_t37_t61_what_differs_is_found_named_and_healed(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "MUG", 20);
    served_sku(s, "TEE", 20);
    struct shop *web = served_shop(s, SHOP_SHOPIFY, "web");
    struct shop *woo = served_shop(s, SHOP_WOOCOMMERCE, "woo");
    struct shop *old = served_shop(s, SHOP_SHOPIFY, "old");
    served_listing(s, web, "MUG", 20);
    served_listing(s, woo, "TEE", 20);
    set_mode(s, "old", "shadow");
    served_listing(s, old, "MUG", 20);
    UNTIL(s, 30, slice_is(served_listing_state(s, 1), "ok"));
    UNTIL(s, 30, slice_is(served_listing_state(s, 2), "ok"));
    /* In shadow somebody else keeps the counts: it sells two here, and nobody tells it. */
    shop_sells_one(web, "MUG", 2);
    assert_int_equal(shop_stock_edit(web, SLICE("MUG"), 3), SHOP_DONE);
    assert_int_equal(shop_mark_sold_out(woo, SLICE("TEE")), SHOP_DONE);
    (void)audit(s, "woo");
    UNTIL(s, 60, drift_of(s, "web", "foreign_write", "any") == 1);
    struct json found = said_at(json_get(s->json, "items"), 0);
    assert_slice(said_text(found, "sku"), "MUG");
    assert_int_equal(said_int(found, "computed"), 18);
    UNTIL(s, 60, drift_of(s, "woo", "flag", "any") == 1);
    UNTIL(s, 60, served_incidents(s, "DRIFT", NULL) == 0 && shop_shows(web, "MUG") == 18);
    read_back(s, "woo"); /* the mark is gone: it can be bought */
    assert_int_equal(said_int(json_get(s->json, "result"), "differing"), 0);
    assert_int_equal(drift_of(s, "woo", "flag", "open"), 0);
    /* The old tool's channel was never written; its difference is kept, and ends when it comes
     * round. */
    assert_int_equal(shop_shows(old, "MUG"), 20);
    read_back(s, "old");
    assert_int_equal(drift_of(s, "old", "unknown", "open"), 1);
    GET(s, "/v1/reports/shadow/old?bar_days=0");
    assert_int_equal(said_int(s->json, "unexplained"), 1);
    assert_false(slice_is(said_text(s->json, "missing"), ""));
    assert_int_equal(shop_stock_edit(old, SLICE("MUG"), 18), SHOP_DONE);
    read_back(s, "old");
    assert_int_equal(drift_of(s, "old", "late_shop", "ended"), 1);
    assert_int_equal(served_incidents(s, "DRIFT", NULL), 0);
    served_end(s);
}

/* ---- taking over ---- */

static void test_a_cutover_under_load_falls_back_by_itself_when_too_much_differs(void **state)
{
    struct served *s = *state;
    char sku[16];
    served_start(s);
    served_location(s, "berlin");
    struct shop *web = served_shop(s, SHOP_SHOPIFY, "web");
    struct shop *till = served_shop(s, SHOP_API, "till");
    set_mode(s, "web", "shadow");
    for (int i = 0; i < 6; i++) {
        (void)snprintf(sku, sizeof(sku), "SKU-%d", i);
        served_sku(s, sku, 500);
        sandbox_stock_is(s->sandbox, slice_of(sku), 500);
        served_listing(s, web, sku, 500);
        served_listing(s, till, sku, 500);
    }
    read_back(s, "web");
    GET(s, "/v1/channels/web/cutover?bar_days=0");
    bool is_ready = false;
    assert_true(json_bool(json_get(s->json, "ready"), &is_ready) && is_ready);
    WRITE(s, 409, "POST", "/v1/channels/web/cutover", "{}"); /* seven days were asked for */
    const struct sandbox_shoppers shoppers = {.orders_per_s = 20};
    sandbox_shoppers_start(s->sandbox, &shoppers);
    WRITE(s, 202, "POST", "/v1/channels/web/cutover", "{'bar_days':0,'watch_minutes':5}");
    UNTIL(s, 5, mode_is(s, "web", "live"));
    served_run(s, 2 * US_PER_S);
    sandbox_shoppers_stop(s->sandbox);
    /* The old tool was not stopped: it writes its own figures. */
    for (int i = 0; i < 6; i++) {
        (void)snprintf(sku, sizeof(sku), "SKU-%d", i);
        assert_int_equal(shop_stock_edit(web, slice_of(sku), 900 + i), SHOP_DONE);
    }
    UNTIL(s, 60, mode_is(s, "web", "shadow"));
    assert_int_equal(served_incidents(s, "CUTOVER", NULL), 1);
    GET(s, "/v1/pushes?channel=web&limit=1");
    int64_t last = 0, later = 0;
    assert_true(json_int_loose(json_get(said_at(json_get(s->json, "items"), 0), "id"), &last));
    shop_sells_one(till, "SKU-0", 1); /* booked, and not written there any more */
    served_run(s, 2 * US_PER_S);
    GET(s, "/v1/pushes?channel=web&limit=1");
    assert_true(json_int_loose(json_get(said_at(json_get(s->json, "items"), 0), "id"), &later));
    assert_int_equal(later, last);
    served_end(s);
}

/* ---- the pause ---- */

static void test_a_pause_takes_effect_before_the_queue_does(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "MUG", 50);
    struct shop *a = served_shop(s, SHOP_API, "a");
    struct shop *b = served_shop(s, SHOP_API, "b");
    served_listing(s, a, "MUG", 50);
    served_listing(s, b, "MUG", 50);
    UNTIL(s, 20, served_settled(s));
    WRITE(s, 200, "POST", "/v1/pause", "{'reason':'stocktaking'}");
    shop_sells_one(a, "MUG", 4);
    UNTIL(s, 20, served_stock(s, "MUG", "available") == 46);
    served_run(s, US_PER_S);
    assert_int_equal(shop_shows(b, "MUG"), 50);
    assert_slice(served_listing_state(s, 2), "paused");
    WRITE(s, 200, "POST", "/v1/resume", "{'channel':'b'}");
    UNTIL(s, 10, shop_shows(b, "MUG") == 46);
    assert_slice(served_listing_state(s, 1), "paused");
    WRITE(s, 200, "POST", "/v1/resume", "{}");
    UNTIL(s, 10, served_settled(s));
    served_end(s);
}

static size_t pushes_of(struct served *s, const char *sku)
{
    GET(s, "/v1/pushes?sku=%s&limit=200", sku);
    return json_count(json_get(s->json, "items"));
}

/* Another tool puts its own figure back whenever ours arrives. */
static void test_two_writers_who_answer_each_other_do_not_use_up_the_platforms_day(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 1);
    struct shop *woo = served_shop(s, SHOP_WOOCOMMERCE, "woo");
    served_listing(s, woo, "TEE", 1);
    UNTIL(s, 30, slice_is(served_listing_state(s, 1), "ok"));
    WRITE(s,
          201,
          "POST",
          "/v1/movements",
          "{'movements':[{'kind':'adjust','sku':'TEE','location':'berlin','quantity':-1}]}");
    UNTIL(s, 30, shop_shows(woo, "TEE") == 0);
    size_t before = pushes_of(s, "TEE");
    assert_int_equal(shop_stock_edit(woo, SLICE("TEE"), 1), SHOP_DONE);
    (void)audit(s, "woo");
    size_t answered = 0;
    for (int64_t until_us = served_after(s, 12); env_mono_us(s->env) < until_us;) {
        served_run(s, 20 * US_PER_MS);
        if (shop_shows(woo, "TEE") == 0) {
            answered++;
            assert_int_equal(shop_stock_edit(woo, SLICE("TEE"), 1), SHOP_DONE);
        }
    }
    size_t pushed = pushes_of(s, "TEE") - before;
    print_message("in 12 s: %zu pushes, %zu answered\n", pushed, answered);
    assert_true(answered >= 1);                /* the first ones are put right at once */
    assert_true(pushed <= 9);                  /* then at 1 s, 2 s, 4 s, ... */
    UNTIL(s, 60, shop_shows(woo, "TEE") == 0); /* and whoever gives in, it is right */
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_an_oversold_unit_names_the_stage_that_was_late, served_setup, served_teardown),
        cmocka_unit_test_setup_teardown(
            test_t37_t61_what_differs_is_found_named_and_healed, served_setup, served_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_cutover_under_load_falls_back_by_itself_when_too_much_differs,
            served_setup,
            served_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_pause_takes_effect_before_the_queue_does, served_setup, served_teardown),
        cmocka_unit_test_setup_teardown(
            test_two_writers_who_answer_each_other_do_not_use_up_the_platforms_day,
            served_setup,
            served_teardown),
    };
    return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
