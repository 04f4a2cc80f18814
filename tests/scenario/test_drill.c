/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drill through the real program: all scenarios, short; the figures of the report it keeps; two
 * runs beside each other; and the rehearsal against a server that is there.
 */
#include "support/command.h"

#include <math.h>

#define RUN_S 200 /* sanitizers are slow, and the outage backs off */

struct kept { /* a run and its report */
    char directory[64], json[96], html[96], out[96];
    struct json_doc *doc;
    struct json root;
    char *printed;
    int code;
};

static int waited(pid_t child)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    int code = -1;
    for (int i = 0; i < RUN_S * 100 && !child_ended(child, &code); i++) {
        nanosleep(&pause, NULL);
    }
    if (code < 0) {
        kill(child, SIGKILL);
        fail_msg("the drill did not end");
    }
    return code;
}

static struct json file_json(struct json_doc *doc, const char *path)
{
    struct json root = {0};
    struct err_note note = {""};
    char *text = file_text(path);
    if (json_parse(doc, slice_of(text), &root, &note)) {
        fail_msg("%s: %s", path, note.text);
    }
    free(text);
    return root;
}

static void drill(struct kept *k, const char *scenario)
{
    *k = (struct kept){.directory = "/tmp/truecount-drill-XXXXXX", .doc = json_doc_new()};
    assert_non_null(mkdtemp(k->directory));
    snprintf(k->json, sizeof(k->json), "%s/report.json", k->directory);
    snprintf(k->html, sizeof(k->html), "%s/report.html", k->directory);
    snprintf(k->out, sizeof(k->out), "%s/out", k->directory);
    const char *const args[] = {"drill",
                                "--scenario",
                                scenario,
                                "--seconds",
                                "2",
                                "--orders-per-second",
                                "50",
                                "--report",
                                k->json,
                                "--html",
                                k->html,
                                NULL};
    k->code = waited(child_start(k->out, args));
    k->printed = file_text(k->out);
    if (k->code != 0) {
        fail_msg("exit %d: %s", k->code, k->printed);
    }
    k->root = file_json(k->doc, k->json);
}

static void drop(struct kept *k)
{
    directory_remove(k->directory);
    json_doc_free(k->doc);
    free(k->printed);
}

static double real_of(struct json object, const char *key)
{
    struct arena arena;
    int64_t n;
    struct json v = json_get(object, key);
    if (json_int(v, &n)) {
        return (double)n;
    }
    if (json_type(v) != JSON_REAL) {
        fail_msg("no figure '%s' in the report", key);
    }
    arena_init(&arena, 4096);
    double value = strtod(json_copy_text(v, &arena).p, NULL);
    arena_free(&arena);
    return value;
}

static struct json scenario(const struct kept *k, const char *name)
{
    for (struct json_iter i = json_iter(json_get(k->root, "scenarios")); json_next(&i);) {
        if (slice_is(said_text(i.value, "name"), name)) {
            return i.value;
        }
    }
    fail_msg("the report has no scenario '%s'", name);
    return (struct json){0};
}

/* ---- what the report says ---- */

static void want_sound(struct json s)
{
    bool good = false;
    assert_true(json_bool(json_get(s, "good"), &good) && good);
    assert_true(said_int(s, "orders") > 0);
    assert_int_equal(said_int(s, "orders_booked"), said_int(s, "orders"));
    assert_int_equal(said_int(s, "units_booked_wrong"), 0);
    assert_int_equal(said_int(s, "disagreeing"), 0);
    assert_int_equal(said_int(s, "listings"), said_int(s, "shops") * said_int(s, "skus"));
    assert_true(said_int(s, "deliveries") > 0 && said_int(s, "pushes") > 0);
    assert_int_equal(json_count(json_get(s, "channels")), said_int(s, "shops"));
}

/* The buyers are the same: shops that hear of each other later never do better. */
static void want_otherwise(struct json s)
{
    struct json ways = json_get(s, "otherwise");
    assert_int_equal(json_count(ways), 4);
    double seldom = real_of(said_at(ways, 0), "above_unit_seconds");
    double each_minute = real_of(said_at(ways, 2), "above_unit_seconds");
    double told = real_of(said_at(ways, 3), "above_unit_seconds");
    assert_true(seldom > each_minute && each_minute > told);
    assert_true(each_minute > real_of(s, "above_unit_seconds"));
    assert_true(real_of(said_at(ways, 0), "oversold") >= (double)said_int(s, "oversold"));
}

static void want_duplicates_booked_once(struct json s)
{
    assert_true(said_int(s, "hooks_copies") > said_int(s, "orders"));
    assert_true(said_int(s, "duplicates") >= said_int(s, "hooks_copies") / 2);
    assert_true(said_int(s, "edited") > 0 && said_int(s, "cancelled") > 0);
    assert_true(said_int(s, "shipped") > 0);
}

static void want_outage_slowed_nobody(struct json s)
{
    struct json outage = json_get(s, "outage");
    struct slice down = said_text(outage, "channel");
    assert_true(real_of(outage, "to_ms") - real_of(outage, "from_ms") >= 900);
    for (struct json_iter i = json_iter(json_get(s, "channels")); json_next(&i);) {
        struct json before = json_get(i.value, "ours_before_outage");
        struct json during = json_get(i.value, "ours_during_outage");
        if (slice_equal(said_text(i.value, "channel"), down)) {
            assert_true(real_of(during, "max_ms") > 500); /* it had to wait for the end */
        } else {
            assert_true(said_int(during, "count") > 0);
            assert_true(real_of(during, "p95_ms") <= real_of(before, "p95_ms") + 400);
        }
    }
}

/* docs/drill.md states 15 %; what is added here is for short runs on busy machines. */
static void want_exposure_as_reckoned(struct json s)
{
    double measured = real_of(s, "exposure"), reckoned = real_of(s, "exposure_reckoned");
    if (!(fabs(measured - reckoned) <= reckoned * 0.25 + 0.1)) {
        fail_msg("exposure: measured %.3f, the formula says %.3f", measured, reckoned);
    }
}

static void want_profiles(const struct kept *k)
{
    struct json profiles = json_get(k->root, "profiles");
    assert_int_equal(json_count(profiles), 36);
    for (struct json_iter i = json_iter(profiles); json_next(&i);) {
        double off = fabs(real_of(i.value, "oversold") - real_of(i.value, "reckoned"));
        /* 36 of them, of any seed: four standard errors; and what 400 runs need not have seen. */
        if (!(off <= 4 * real_of(i.value, "standard_error") + 5.0 / 400)) {
            fail_msg("%.*s, %.*s: %.4f off",
                     SLICE_ARG(said_text(i.value, "demand")),
                     SLICE_ARG(said_text(i.value, "way")),
                     off);
        }
    }
}

static void want_page(const struct kept *k)
{
    char *page = file_text(k->html);
    assert_ptr_equal(strstr(page, "<!doctype html>"), page);
    assert_non_null(strstr(page, "duplicates"));
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "http"));
    free(page);
}

/* The kept report with one figure made worse. */
static void worsen(const struct kept *k, const char *path)
{
    static const char good[] = "\"units_booked_wrong\":0";
    char *text = file_text(k->json), *at = strstr(text, good);
    assert_non_null(at);
    at[sizeof(good) - 2] = '9';
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fwrite(text, 1, strlen(text), f) == strlen(text));
    assert_int_equal(fclose(f), 0);
    free(text);
}

static void test_a_short_drill_of_everything_is_good_and_says_so(void **state)
{
    (void)state;
    static const char *const names[] = {"burst", "variations", "duplicates", "outage"};
    struct kept all, again;
    char *text;
    drill(&all, "all");
    assert_int_equal(json_count(json_get(all.root, "scenarios")), COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        want_sound(scenario(&all, names[i]));
        want_otherwise(scenario(&all, names[i]));
        want_exposure_as_reckoned(scenario(&all, names[i]));
    }
    assert_int_equal(said_int(scenario(&all, "variations"), "listings"), 500);
    assert_true(said_int(scenario(&all, "variations"), "cancelled") > 0);
    want_duplicates_booked_once(scenario(&all, "duplicates"));
    want_outage_slowed_nobody(scenario(&all, "outage"));
    want_profiles(&all);
    want_page(&all);
    assert_non_null(strstr(all.printed, "burst: good"));

    drill(&again, "variations");
    struct json before = scenario(&all, "variations"), after = scenario(&again, "variations");
    assert_int_equal(said_int(before, "orders") + said_int(before, "refused"),
                     said_int(after, "orders") + said_int(after, "refused")); /* the same seed */
    const char *const both[] = {"drill", "compare", all.json, again.json, NULL};
    assert_int_equal(child_run(again.out, both, &text), 0);
    assert_non_null(strstr(text, "variations"));
    assert_null(strstr(text, "outage"));
    free(text);
    const char *const itself[] = {
        "drill", "compare", all.json, all.json, "--worse-than", "0", NULL};
    assert_int_equal(child_run(again.out, itself, &text), 0);
    assert_non_null(strstr(text, "outage"));
    free(text);
    worsen(&all, again.html);
    const char *const worse[] = {
        "drill", "compare", all.json, again.html, "--worse-than", "50", NULL};
    assert_int_equal(child_run(again.out, worse, &text), 1);
    assert_non_null(strstr(text, "worse"));
    free(text);
    drop(&all);
    drop(&again);
}

static void test_what_cannot_be_drilled_is_refused(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    served_start(s);
    WANT_RUN(&c, 2, NULL, "--scenario is burst", "drill", "--scenario", "flood");
    WANT_RUN(&c, 2, NULL, "--channels is five or all", "drill", "--channels", "six");
    WANT_RUN(&c, 2, NULL, "compare A.json B.json", "drill", "compare", "only-one.json");
    WANT_RUN(&c, 2, NULL, "cannot write /nowhere/r", "drill", "--report", "/nowhere/r");
    WANT_RUN(&c, 2, NULL, "cannot be read", "drill", "compare", "/nowhere/a", "/nowhere/b");
    command_free(&c);
    served_end(s);
}

/* ---- a server that is there ---- */

static int64_t pushes_of(struct served *s, const char *channel)
{
    GET(s, "/v1/pushes?channel=%s&limit=1000", channel);
    return (int64_t)json_count(json_get(s->json, "items"));
}

static void test_a_server_that_is_there_is_measured_and_left_as_it_was(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char url[64];
    served_start(s);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", s->port);
    served_location(s, "berlin");
    served_sku(s, "TEE", 10);
    struct shop *web = served_shop(s, SHOP_SHOPIFY, "web");
    shop_sells(web, "TEE", 10);
    served_listing_of(s, web, "TEE", "TEE", "");
    UNTIL(s, 20, served_settled(s));
    int64_t before = pushes_of(s, "web");

    /* Named in part, or without saying that it is known: refused, and nothing is written. */
    WANT_RUN(&c, 2, NULL, "--token, --channel", "drill", "--server", url);
#define TARGET                                                                                     \
    "drill", "--server", url, "--token", CHILD_TOKEN, "--channel", "web", "--location", "berlin"
    WANT_RUN(&c, 2, NULL, "--i-know-this-writes", TARGET, "--sku", "TEE");
    WANT_RUN(&c, 2, NULL, "NOPE", TARGET, "--sku", "NOPE", "--i-know-this-writes");
    assert_int_equal(pushes_of(s, "web"), before);

    WANT_RUN(&c,
             0,
             "4 adjustments, 0 without a confirmed push, count restored",
             NULL,
             TARGET,
             "--sku",
             "TEE",
             "--times",
             "4",
             "--i-know-this-writes");
#undef TARGET
    assert_int_equal(pushes_of(s, "web"), before + 4);
    assert_int_equal(served_stock(s, "TEE", "available"), 10);
    assert_int_equal(shop_shows(web, "TEE"), 10);
    command_free(&c);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_short_drill_of_everything_is_good_and_says_so),
        SCENARIO(test_what_cannot_be_drilled_is_refused),
        SCENARIO(test_a_server_that_is_there_is_measured_and_left_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
