/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that show what went wrong and why: the same with a server on the data as without. */
#include "support/shadowed_shop.h"

/* ---- an order that found nothing left ---- */

/* One unit of LAST, sold by 'till' and then by 'web'; both sold an order 7. */
static void sell_twice(struct served *s)
{
    static const char *const channels[] = {"till", "web"};
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "LAST", 1);
    served_sku(s, "MUG", 7);
    for (size_t i = 0; i < COUNT_OF(channels); i++) {
        WRITE(s,
              201,
              "POST",
              "/v1/channels",
              "{'code':'%s','connector':'api','mode':'live'}",
              channels[i]);
        WRITE(s, 201, "POST", "/v1/listings", "{'channel':'%s','sku':'LAST'}", channels[i]);
        WRITE(s,
              201,
              "POST",
              "/v1/orders",
              "{'channel':'%s','id':'7','version':'2026-11-27T07:00:0%zuZ',"
              "'placed_at':'2026-11-27T07:00:0%zu.250Z','country':'DE',"
              "'lines':[{'id':'1','sku':'LAST','ordered':1}]}",
              channels[i],
              i,
              i);
    }
    WRITE(s, 201, "POST", "/v1/listings", "{'channel':'web','sku':'MUG'}");
    WRITE(s,
          201,
          "POST",
          "/v1/orders",
          "{'channel':'web','id':'8','version':'2026-11-27T07:00:00Z',"
          "'placed_at':'2026-11-27T07:00:00Z','country':'DE',"
          "'lines':[{'id':'1','sku':'MUG','ordered':1},{'id':'2','sku':'NEVER','ordered':1}]}");
}
static void want_incidents(struct command *c)
{
    WANT_RUN(c, 0, "now   OVERSOLD  web      LAST  1 of 'LAST' sold that", "", "incidents");
    assert_non_null(strstr(c->out, "soon  PARKED    web      -     "));
    WANT_RUN(c, 0, "OVERSOLD", NULL, "incidents", "--code", "OVERSOLD", "--channel", "web");
    assert_null(strstr(c->out, "PARKED"));
    WANT_RUN(c, 0, "Nothing wants a person.", NULL, "incidents", "--channel", "till");
    WANT_RUN(c, 0, "There are none like that.", NULL, "incidents", "--state", "resolved");
    WANT_RUN(c, 0, "OVERSOLD", NULL, "incidents", "--state", "all");
    WANT_RUN(c,
             0,
             "incident 1: OVERSOLD, open, look: now, channel web, SKU LAST, order 7",
             "",
             "incidents",
             "1");
    static const char *const parts[] = {
        "\n1 of 'LAST' sold that are not there\nWhat happened\n",
        "\n  Order 7 of 'web', line 1: 1 units found no stock",
        "\nWhat it means for stock\n  More units are sold than are there",
        "\nWhat the server does\n  The units are booked as owed",
        "\nWhat you must do\n  Receive units",
        "\nUntil when\n  Until nothing of the SKU is owed any more",
        "\nSeen once, 20",
        "\n\n1 of LAST sold by web that was not there: order 7, line 1, at berlin\n",
        "\nTo blame: their_event, "};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (!strstr(c->out, parts[i])) {
            fail_msg("'%s' is missing in\n%s", parts[i], c->out);
        }
    }
    WANT_RUN(c, 0, "\"meaning\":\"More units", NULL, "incidents", "1", "--json");
    WANT_RUN(c, 0, "{\"items\":[{\"id\":", NULL, "incidents", "--json");
    WANT_RUN(c, 1, "", "incident", "incidents", "99");
    WANT_RUN(c, 2, "", "there is no code 'oversold'", "incidents", "--code", "oversold");
    WANT_RUN(c, 2, "", "--state is open, resolved or all", "incidents", "--state", "closed");
    WANT_RUN(c, 1, "", "there is no channel 'nope'", "incidents", "--channel", "nope");
}

static void test_incidents_say_what_happened_and_what_to_do(void **state)
{
    sell_twice(*state);
    both_ways(*state, want_incidents);
}

static void test_an_incident_is_closed_with_a_reason_only(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    sell_twice(s);
    WANT_RUN(&c, 2, "", "--reason TEXT is needed", "incidents", "resolve", "1");
    WANT_RUN(
        &c, 2, "", "say truecount incidents resolve ID", "incidents", "resolve", "--reason", "x");
    assert_int_equal(served_incidents(s, "OVERSOLD", NULL), 1);
    WANT_RUN(&c,
             0,
             "closed by console: the buyer waits\n",
             "",
             "incidents",
             "resolve",
             "1",
             "--reason",
             "the buyer waits");
    assert_int_equal(served_incidents(s, "OVERSOLD", NULL), 0);
    served_stop(s);
    WANT_RUN(&c, 0, "the buyer waits", "", "incidents", "resolve", "1", "--reason", "another");
    WANT_RUN(&c, 0, "closed by console: the buyer waits\n", "", "incidents", "1");
    WANT_RUN(&c, 0, "1  now   OVERSOLD", "", "incidents", "--state", "resolved");
    WANT_RUN(&c, 1, "", "there is no incident '99'", "incidents", "resolve", "99", "--reason", "x");
    command_free(&c);
    served_end(s);
}

static void want_autopsy(struct command *c)
{
    WANT_RUN(c, 0, NULL, "", "autopsy", "7", "--channel", "web");
    static const char *const parts[] = {
        "1 of LAST sold by web that was not there: order 7, line 1, at berlin\n",
        "   0  2026-11-27T07:00:00.250Z  till     order 7 takes the last unit\n",
        "1000  2026-11-27T07:00:01.250Z  web      order 7 takes it again\n",
        "  till     it is booked\n",
        "  web      that is booked, as owed\n",
        "\nTo blame: their_event, ",
        "\nBetween both sales: 1000 ms.\nIt had not confirmed any count yet.\n"};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (!strstr(c->out, parts[i])) {
            fail_msg("'%s' is missing in\n%s", parts[i], c->out);
        }
    }
    WANT_RUN(c, 0, "\"stage\":\"their_event\"", "", "autopsy", "7", "--channel", "web", "--json");
    WANT_RUN(c,
             2,
             "",
             "several channels have an order 7 (till, web): say which with --channel CODE",
             "autopsy",
             "7");
    WANT_RUN(c,
             0,
             "Nothing was missing: every unit that is booked of order 8 of web was there",
             "",
             "autopsy",
             "8");
    assert_non_null(strstr(c->out, "1 of its lines wait"));
    WANT_RUN(c, 0, "Nothing was missing", "", "autopsy", "7", "--channel", "till");
    WANT_RUN(c, 0, "{\"items\":[],", "", "autopsy", "8", "--json");
    WANT_RUN(c, 1, "", "no channel has an order 9", "autopsy", "9");
    WANT_RUN(c, 1, "", "'web' has no order 9", "autopsy", "9", "--channel", "web");
    WANT_RUN(c, 1, "", "'nope' has no order 7", "autopsy", "7", "--channel", "nope");
    WANT_RUN(c, 2, "", "say truecount autopsy ORDER", "autopsy");
}

static void test_autopsy_finds_the_order_and_tells_its_story(void **state)
{
    sell_twice(*state);
    both_ways(*state, want_autopsy);
}
/* ---- a shop that somebody else keeps ---- */

static void want_shadow(struct command *c)
{
    WANT_RUN(c, 0, NULL, "", "drift");
    assert_non_null(strstr(c->out, "\nshop     S2       3         10  unknown      1  20"));
    assert_non_null(strstr(c->out, "\nshop     S1      12         10  unknown      1  20"));
    assert_null(strstr(c->out, "S3"));
    assert_non_null(strstr(c->out, "\n\nunknown: nothing explains it yet: no order, no push"));
    WANT_RUN(c, 0, "S2", "", "drift", "--sku", "S2", "--channel", "shop", "--state", "any");
    assert_null(strstr(c->out, "S1"));
    WANT_RUN(c, 0, "There are none like that.", "", "drift", "--state", "ended");
    WANT_RUN(c,
             0,
             "None: as far as was read, every listing shows what it should.\n",
             "",
             "drift",
             "--kind",
             "flag");
    WANT_RUN(c, 0, "\"cause\":\"unknown\"", "", "drift", "--json");
    WANT_RUN(c, 2, "", "kind", "drift", "--kind", "gremlins");
    WANT_RUN(c, 1, "", "there is no channel 'nope'", "drift", "--channel", "nope");

    WANT_RUN(
        c, 0, "shop (shadow): not ready, 1 of 7 days in a row", "", "channel", "shadow", "shop");
    assert_non_null(strstr(c->out, "\ndays in a row with readings      1          7\n"));
    assert_non_null(strstr(c->out, "\ndifferences without a cause      2          0\n"));
    assert_non_null(strstr(c->out, "\nNo order of it has been booked yet.\n"));
    assert_non_null(strstr(c->out, "  2 unknown\n"));
    assert_non_null(strstr(c->out, "\nS2       3         10  unknown  20"));
    WANT_RUN(c,
             0,
             "% of the readings agree, 99.90 % are wanted",
             "",
             "channel",
             "shadow",
             "shop",
             "--bar-days",
             "1",
             "--days",
             "3");
    WANT_RUN(c,
             0,
             "not ready, 2 differences have no explanation",
             "",
             "channel",
             "shadow",
             "shop",
             "--bar-days",
             "1",
             "--bar-agreement",
             "0.5");
    WANT_RUN(c, 2, "", "bar_agreement", "channel", "shadow", "shop", "--bar-agreement", "many");
    WANT_RUN(c, 1, "", "there is no channel nope", "channel", "shadow", "nope");
    WANT_RUN(c, 0, "\"ready\":false", "", "channel", "shadow", "shop", "--json");
    WANT_RUN(c, 0, "<!doctype html>", "", "report", "shadow", "shop", "--html", "-");
    assert_non_null(strstr(c->out, "not ready to be taken over: 1 of 7 days in a row"));
    assert_non_null(strstr(c->out, "What shadow mode has shown of &#39;shop&#39;"));
    assert_non_null(strstr(c->out, ">S2<"));
    assert_non_null(strstr(c->out, "2 unknown"));
    WANT_RUN(c, 2, "", "there is no channel nope", "report", "shadow", "nope", "--html", "-");
    WANT_RUN(c, 2, "", "--html FILE is needed", "report", "shadow", "shop");

    WANT_RUN(
        c, 1, "shop (shadow): not all is as it should be\n", "", "channel", "checklist", "shop");
    assert_non_null(strstr(c->out, "\nlistings         ok     6 listings are linked\n"));
    assert_non_null(strstr(c->out, "\nshadow           WRONG  1 of 7 days in a row"));
    assert_non_null(strstr(c->out, "\n\nshadow: let it run in shadow mode"));
    WANT_RUN(c, 1, "\"checks\":[", "", "channel", "checklist", "shop", "--json");
    WANT_RUN(c, 1, "", "there is no channel nope", "channel", "checklist", "nope");
}

static void test_drift_and_the_shadow_report_show_what_a_keeper_before_wrote(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    struct shop *shop = shadowed(s, SHOP_SHOPIFY, "shop", 10);
    somebody_sets(shop, "S1", 12);
    somebody_sets(shop, "S2", 3);
    UNTIL(s, 60, differ(&c, "shop", 2));
    command_free(&c);
    both_ways(s, want_shadow);
}

static void test_an_audit_says_how_many_counts_differ(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    struct shop *shop = shadowed(s, SHOP_SHOPIFY, "shop", 10);
    somebody_sets(shop, "S1", 12);
    somebody_sets(shop, "S2", 3);
    UNTIL(s, 60, differ(&c, "shop", 2));
    WANT_RUN(&c, 0, "6 read, 0 could not be, 2 differ\n", "", "channel", "audit", "shop");
    command_free(&c);
    served_end(s);
}

static void test_an_audit_without_a_server_waits_for_one(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    (void)shadowed(s, SHOP_SHOPIFY, "shop", 10);
    served_stop(s);
    WANT_RUN(&c,
             0,
             "reads the counts of shop when truecount serve runs: no server does now\n",
             "",
             "channel",
             "audit",
             "shop");
    struct slice job = slice_from(slice_of(c.out), strlen("job ")), number;
    char id[24];
    assert_true(slice_cut(&job, ' ', &number));
    snprintf(id, sizeof(id), "%.*s", SLICE_ARG(number));
    command_free(&c);
    served_start(s);
    UNTIL(s,
          30,
          served_get(s, "/v1/jobs/%s", id) == 200 && slice_is(said_text(s->json, "state"), "done"));
    assert_int_equal(said_int(s->json, "done"), SHELF);
    served_end(s);
}
static void test_every_command_of_evidence_has_help(void **state)
{
    struct command c = {.s = *state};
    static const char *const lines[][2] = {{"incidents"},
                                           {"incidents", "resolve"},
                                           {"drift"},
                                           {"autopsy"},
                                           {"channel", "audit"},
                                           {"channel", "shadow"},
                                           {"channel", "checklist"},
                                           {"channel", "cutover"},
                                           {"channel", "rollback"},
                                           {"channel", "pause"},
                                           {"channel", "resume"}};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const char *args[4] = {
            lines[i][0], lines[i][1] ? lines[i][1] : "--help", lines[i][1] ? "--help" : NULL, NULL};
        char usage[64];
        command_run(&c, args);
        snprintf(usage,
                 sizeof(usage),
                 "usage: truecount %s%s%s",
                 lines[i][0],
                 lines[i][1] ? " " : "",
                 lines[i][1] ? lines[i][1] : "");
        command_want(&c, 0, usage, NULL, __FILE__, __LINE__);
        assert_string_equal(c.err, "");
    }
    command_free(&c);
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_incidents_say_what_happened_and_what_to_do),
        SCENARIO(test_an_incident_is_closed_with_a_reason_only),
        SCENARIO(test_autopsy_finds_the_order_and_tells_its_story),
        SCENARIO(test_drift_and_the_shadow_report_show_what_a_keeper_before_wrote),
        SCENARIO(test_an_audit_says_how_many_counts_differ),
        SCENARIO(test_an_audit_without_a_server_waits_for_one),
        SCENARIO(test_every_command_of_evidence_has_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
