/* SPDX-License-Identifier: Apache-2.0 */
/* What channels once said, said again: by them, with new headers, or by us, out of what was kept. */
#include "support/command.h"
#include "support/foreign_writer.h"

#define ORDERS 12

/* One shop, its own units, and a second that sells the same. */
static void rig(struct served *s)
{
    char sku[16];
    served_start(s);
    served_location(s, "berlin");
    struct shop *own = served_shop(s, SHOP_API, "own"), *till = served_shop(s, SHOP_API, "till");
    for (int i = 0; i < 3; i++) {
        snprintf(sku, sizeof(sku), "SKU-%d", i);
        served_sku(s, sku, 20);
        served_listing(s, own, sku, 20);
        served_listing(s, till, sku, 20);
    }
}

/* The nth version of an order: placed, sent, partly returned. */
static struct slice body_of(int order, int version, char out[512])
{
    int n =
        snprintf(out,
                 512,
                 "{\"id\":\"R%d\",\"version\":\"%d\",\"lines\":[{\"id\":\"a\",\"sku\":\"SKU-%d\","
                 "\"ordered\":%d,\"fulfilled\":%d,\"returned\":%d,\"restocked\":%d}]}",
                 order,
                 version,
                 order % 3,
                 1 + order % 4,
                 version > 1 ? 1 + order % 4 : 0,
                 version > 2,
                 version > 2 && order % 2);
    return (struct slice){out, (size_t)n};
}

static void deliver_all(struct served *s)
{
    char body[512];
    for (int version = 1; version <= 3; version++) {
        for (int i = 0; i < ORDERS; i++) {
            assert_int_equal(served_hook(s, "own", body_of(i, version, body)), 200);
        }
    }
}

static void test_s5_any_past_delivery_replayed_with_new_headers_changes_nothing(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    rig(s);
    deliver_all(s);
    served_stop(s);
    char *before = served_dump(s);
    assert_true(strstr(before, "\"row\":\"reservation\"") != NULL);

    served_start(s);
    deliver_all(s); /* every header is new: ids, stamps, signatures */
    WANT_RUN(&c,
             0,
             "Nothing would change",
             "72 deliveries, 72 said nothing new; 0 movements",
             "replay",
             "--channel",
             "own",
             "--dry-run");
    WANT_RUN(&c, 0, "Nothing changed", NULL, "replay", "--channel", "own", "--reason", "a drill");
    served_stop(s);
    char *after = served_dump(s);
    assert_string_equal(after, before);

    WANT_RUN(&c,
             0,
             "Nothing changed",
             NULL,
             "replay",
             "--to",
             "2099-01-01T00:00:00Z",
             "--reason",
             "without a server");
    char *last = served_dump(s);
    assert_string_equal(last, before);
    free(before);
    free(after);
    free(last);
    command_free(&c);
    served_end(s);
}

/* A channel that is off keeps what it is told; switched on, a replay books it. */
static void test_what_a_channel_said_while_it_was_off_is_booked_by_a_replay(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char body[512];
    rig(s);
    WRITE(s, 200, "PATCH", "/v1/channels/own", "{'mode':'off'}");
    for (int version = 1; version <= 2; version++) {
        assert_int_equal(served_hook(s, "own", body_of(2, version, body)), 200);
        assert_int_equal(served_hook(s, "own", body_of(1, 1, body)), 200);
    }
    WRITE(s, 200, "PATCH", "/v1/channels/own", "{'mode':'live'}");
    assert_int_equal(served_stock(s, "SKU-2", "on_hand"), 20);

    WANT_RUN(&c, 2, NULL, "reason", "replay", "--channel", "own");
    WANT_RUN(&c, 0, "R2", "3 movements", "replay", "--state", "ignored", "--dry-run");
    char *dry = strdup(c.out);
    assert_int_equal(served_stock(s, "SKU-2", "on_hand"), 20);
    WANT_RUN(&c, 0, dry, "3 applied", "replay", "--state", "ignored", "--reason", "it was off");
    assert_int_equal(served_stock(s, "SKU-2", "on_hand"), 17);
    assert_int_equal(served_stock(s, "SKU-1", "reserved"), 2);
    WANT_RUN(&c, 0, "Nothing would change", NULL, "replay", "--channel", "own", "--dry-run");
    GET(s, "/v1/events?kind=replay");
    assert_int_equal(json_count(json_get(s->json, "items")), 3);
    struct json asked = said_at(json_get(s->json, "items"), 1);
    assert_true(
        slice_is(said_text(json_path(asked, "facts", "request", NULL), "reason"), "it was off"));
    free(dry);
    command_free(&c);
    served_end(s);
}

/* The listings that were pushed are looked at again; what is right is not pushed. */
static void test_pushes_that_are_right_are_not_repeated(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char body[512];
    rig(s);
    assert_int_equal(served_hook(s, "own", body_of(1, 1, body)), 200);
    UNTIL(s, 20, served_settled(s));
    GET(s, "/v1/pushes?channel=till&limit=1000");
    size_t pushes = json_count(json_get(s->json, "items"));
    assert_true(pushes > 0);
    WANT_RUN(&c, 0, "till", "listings", "replay", "--channel", "till", "--pushes", "--reason", "x");
    UNTIL(s, 20, served_settled(s));
    GET(s, "/v1/pushes?channel=till&limit=1000");
    assert_int_equal(json_count(json_get(s->json, "items")), pushes);
    command_free(&c);
    served_end(s);
}

/* ---- all balances once more, from the log ---- */

static void test_a_rebuild_beside_a_running_server_finds_nothing_wrong(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char copy[128];
    rig(s);
    deliver_all(s);
    WANT_RUN(&c, 0, "lines of state are what the log makes of them", NULL, "verify", "--rebuild");
    assert_non_null(strstr(c.out, "compared 12 orders"));
    assert_non_null(strstr(c.out, "MB at most"));
    snprintf(copy, sizeof(copy), "%s/copy", s->directory);
    WANT_RUN(&c, 0, "ok: ", NULL, "verify", "--rebuild", "--into", copy);
    WANT_RUN(&c, 2, NULL, "there is a ledger in it", "verify", "--rebuild", "--into", copy);
    WANT_RUN(&c, 0, "ok: ", NULL, "verify", "--data", copy); /* the rebuilt one, chain and all */
    served_stop(s);
    WANT_RUN(&c, 0, "ok: ", NULL, "verify", "--rebuild"); /* without a server too */
    char *kept = served_dump(s);
    WANT_RUN(&c, 0, kept, NULL, "dump", "--canonical", "--data", copy);
    free(kept);
    command_free(&c);
    served_end(s);
}

static void test_a_rebuild_names_the_sku_whose_balance_was_changed_by_hand(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char copy[128], rebuilt[128];
    rig(s);
    deliver_all(s);
    snprintf(copy, sizeof(copy), "%s/copy", s->directory);
    snprintf(rebuilt, sizeof(rebuilt), "%s/rebuilt", s->directory);
    WANT_RUN(&c, 0, "ok: ", NULL, "verify", "--rebuild", "--into", copy);
    assert_int_equal(foreign_write(copy,
                                   "UPDATE stock SET available = available + 1 WHERE sku = "
                                   "(SELECT id FROM sku WHERE code = 'SKU-1')"),
                     0);
    WANT_RUN(&c,
             1,
             "dump after",
             "{\"row\":\"balance\",\"sku\":\"SKU-1\",",
             "verify",
             "--rebuild",
             "--data",
             copy,
             "--into",
             rebuilt);
    WANT_RUN(&c, 0, "ok: ", NULL, "verify", "--data", rebuilt); /* made right */
    WANT_RUN(&c, 1, NULL, "SKU-1", "verify", "--data", copy);
    assert_int_equal(foreign_write(copy, "UPDATE movement SET to_after = to_after + 1 WHERE n = 2"),
                     0);
    WANT_RUN(&c, 1, NULL, "movement 2 of SKU 'SKU-1' says", "verify", "--rebuild", "--data", copy);
    command_free(&c);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_s5_any_past_delivery_replayed_with_new_headers_changes_nothing),
        SCENARIO(test_what_a_channel_said_while_it_was_off_is_booked_by_a_replay),
        SCENARIO(test_pushes_that_are_right_are_not_repeated),
        SCENARIO(test_a_rebuild_beside_a_running_server_finds_nothing_wrong),
        SCENARIO(test_a_rebuild_names_the_sku_whose_balance_was_changed_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
