/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that show what went wrong and why, and take a channel over and back: the same with a
 * server on the data as without. */
#include "support/command.h"

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

/* Runs the claim twice: a server runs on the data, and then none. */
static void both_ways(struct served *s, void (*claim)(struct command *c))
{
    struct command c = {.s = s};
    claim(&c);
    served_stop(s);
    claim(&c);
    command_free(&c);
    served_end(s);
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
    WANT_RUN(c, 0, "incident 1: OVERSOLD, open, look: now, channel web, SKU LAST, order 7", "",
             "incidents", "1");
    static const char *const parts[] = {
        "\n1 of 'LAST' sold that are not there\nWhat happened\n  Order 7 of 'web', line 1: 1 units ",
        "\nWhat it means for stock\n  More units are sold than are there",
        "\nWhat the server does\n  The units are booked as owed",
        "\nWhat you must do\n  Receive units",
        "\nUntil when\n  Until units arrive",
        "\nSeen once, 20",
        "\n\n1 of LAST sold by web that was not there: order 7, line 1, at berlin\n",
        "\nTo blame: never_pushed"};
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
    WANT_RUN(&c, 2, "", "say truecount incidents resolve ID", "incidents", "resolve", "--reason",
             "x");
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
        "\nTo blame: never_pushed",
        "\nBetween both sales: 1000 ms.\nIt had not confirmed any count yet.\n"};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (!strstr(c->out, parts[i])) {
            fail_msg("'%s' is missing in\n%s", parts[i], c->out);
        }
    }
    WANT_RUN(c, 0, "\"stage\":\"never_pushed\"", "", "autopsy", "7", "--channel", "web", "--json");
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

/* Two channels over shops that show what the ledger has not: 'foe', a Shopify shop whose counts
 * somebody else writes, and 'friend', a WooCommerce shop. The ledger has 10 of each SKU. */
#define SHELF 6

static const char *const shelf[SHELF] = {"S1", "S2", "S3", "S4", "S5", "S6"};

static struct shop *shadowed(struct served *s, enum shop_kind kind, const char *code, int64_t shows)
{
    char path[64];
    struct shop *shop = served_shop(s, kind, code);
    snprintf(path, sizeof(path), "/v1/channels/%s", code);
    WRITE(s, 200, "PATCH", path, "{'mode':'shadow'}");
    for (size_t i = 0; i < SHELF; i++) {
        served_listing(s, shop, shelf[i], shows);
    }
    return shop;
}

static void fill_shelf(struct served *s)
{
    served_start(s);
    served_location(s, "berlin");
    for (size_t i = 0; i < SHELF; i++) {
        served_sku(s, shelf[i], 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_incidents_say_what_happened_and_what_to_do),
        SCENARIO(test_an_incident_is_closed_with_a_reason_only),
        SCENARIO(test_autopsy_finds_the_order_and_tells_its_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
