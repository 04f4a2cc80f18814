/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many hands at the same instant, against the real server over many connections; and what a
 * database that somebody else wrote to does not get away with.
 */
#include "support/crowd.h"
#include "support/foreign_writer.h"
#include "support/served_shop.h"

#define AT_ONCE 32

static void rig(struct served *s, int64_t units)
{
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", units);
    WRITE(s,
          201,
          "POST",
          "/v1/channels",
          "{'code':'own','connector':'api','mode':'live',"
          "'secrets':{'webhook_secret':'" SHOP_SECRET "'}}");
}

static void wanted(const struct crowd *crowd, int status, size_t count)
{
    if (crowd_answers(crowd, status) != count) {
        for (size_t i = 0; i < crowd->count; i++) {
            print_error("%3zu %d %.120s\n", i, crowd->calls[i].status, crowd->calls[i].text);
        }
        fail_msg("%zu answers of %d, not %zu", crowd_answers(crowd, status), status, count);
    }
}

static void t02_the_last_unit_is_sold_once_and_what_is_beyond_it_is_recorded(void **state)
{
    struct served *s = *state;
    struct crowd *crowd = crowd_new();
    rig(s, 1);
    for (int i = 0; i < AT_ONCE; i++) {
        crowd_add(crowd,
                  s,
                  "/v1/orders",
                  NULL,
                  "{'channel':'own','id':'%d','version':1,'lines':[{'id':'a','sku':'TEE',"
                  "'ordered':1}]}",
                  i);
    }
    crowd_go(s, crowd, AT_ONCE, NULL, 0);
    wanted(crowd, 201, AT_ONCE); /* a sale is a fact */
    assert_int_equal(served_stock(s, "TEE", "available"), 1 - AT_ONCE);
    assert_int_equal(served_stock(s, "TEE", "reserved"), AT_ONCE);
    assert_int_equal(served_incidents(s, "OVERSOLD", "TEE"), AT_ONCE - 1);
    free(crowd);
    served_end(s);
}

static void t07_four_tills_that_sell_at_once_lose_no_unit(void **state)
{
    struct served *s = *state;
    struct crowd *crowd = crowd_new();
    rig(s, 100);
    for (int i = 0; i < 80; i++) {
        crowd_add(crowd,
                  s,
                  "/v1/movements",
                  NULL,
                  "{'movements':[{'kind':'adjust','sku':'TEE','location':'berlin','quantity':-1,"
                  "'reason':'till %d'}]}",
                  i % 4);
    }
    crowd_go(s, crowd, AT_ONCE, NULL, 0);
    wanted(crowd, 201, 80);
    assert_int_equal(served_stock(s, "TEE", "available"), 20);
    /* Four that all read 20 and want to write 19: the figure they expect decides, for one. */
    crowd->count = 0;
    for (int i = 0; i < 4; i++) {
        crowd_add(crowd,
                  s,
                  "/v1/movements",
                  NULL,
                  "{'movements':[{'kind':'count','sku':'TEE','location':'berlin','quantity':19,"
                  "'expected':20}]}");
    }
    crowd_go(s, crowd, 4, NULL, 0);
    wanted(crowd, 201, 1);
    wanted(crowd, 409, 3);
    assert_int_equal(served_stock(s, "TEE", "available"), 19);
    free(crowd);
    served_end(s);
}

static void t08_the_database_itself_refuses_what_the_books_forbid(void **state)
{
    static const char *const forbidden[] = {
        "UPDATE stock SET reserved = -1",
        "UPDATE stock SET held = -1",
        "UPDATE stock SET unavailable = -1",
        "UPDATE stock SET in_transit = -1",
        "INSERT INTO stock_reason VALUES (1, 1, 'damaged', -1)",
        "UPDATE movement SET quantity = 0",
        "UPDATE sku SET code_key = 'TEE'",
    };
    struct served *s = *state;
    rig(s, 5);
    served_sku(s, "MUG", 5);
    served_stop(s);
    for (size_t i = 0; i < COUNT_OF(forbidden); i++) {
        int code = foreign_write(s->data, forbidden[i]);
        if (code != SQLITE_CONSTRAINT) {
            fail_msg("%s: %d", forbidden[i], code);
        }
    }
    served_end(s);
}

static void t09_two_deliveries_taken_in_at_once_are_both_there(void **state)
{
    struct served *s = *state;
    struct crowd *crowd = crowd_new();
    rig(s, 5);
    /* Two people from one stale screen, and the first one's button sticks. */
    for (int i = 0; i < 6; i++) {
        bool is_bob = i == 3;
        crowd_add(crowd,
                  s,
                  "/v1/movements",
                  is_bob ? "bob-1" : "ann-1",
                  "{'movements':[{'kind':'receive','sku':'TEE','location':'berlin',"
                  "'quantity':10,'reference':'delivery %s'}]}",
                  is_bob ? "B" : "A");
    }
    crowd_go(s, crowd, 6, NULL, 0);
    wanted(crowd, 201, 6);
    assert_int_equal(served_stock(s, "TEE", "available"), 25);
    assert_string_equal(crowd->calls[0].text, crowd->calls[5].text);
    GET(s, "/v1/movements?sku=TEE&kind=receive");
    assert_int_equal(json_count(json_get(s->json, "items")), 3);
    /* The stale screen saved as a count: it expected the figure of before. */
    WRITE(s,
          409,
          "POST",
          "/v1/movements",
          "{'movements':[{'kind':'count','sku':'TEE',"
          "'location':'berlin','quantity':15,'expected':5}]}");
    assert_int_equal(served_stock(s, "TEE", "available"), 25);
    free(crowd);
    served_end(s);
}

static void t19_a_reservation_without_its_order_is_found_and_named(void **state)
{
    struct served *s = *state;
    char out[128], *text = NULL;
    rig(s, 5);
    WRITE(s,
          201,
          "POST",
          "/v1/orders",
          "{'channel':'own','id':'1','version':1,'lines':["
          "{'id':'a','sku':'TEE','ordered':2}]}");
    served_stop(s);
    served_verify(s);
    assert_int_equal(
        foreign_write(s->data,
                      "UPDATE stock SET reserved = reserved - 1, available = available + 1"),
        SQLITE_OK);
    snprintf(out, sizeof(out), "%s/verify", s->directory);
    int code = child_run(out, (const char *const[]){"verify", "--data", s->data, NULL}, &text);
    assert_int_equal(code, 1);
    if (!strstr(text, "TEE") && !strstr(text, "SKU 1")) {
        fail_msg("verify does not say which: %s", text);
    }
    free(text);
    assert_int_equal(
        foreign_write(s->data,
                      "UPDATE stock SET reserved = reserved + 1, available = available - 1"),
        SQLITE_OK);
    served_end(s);
}

static void t21_one_shopper_who_asks_many_times_at_once_holds_once(void **state)
{
    struct served *s = *state;
    struct crowd *crowd = crowd_new();
    rig(s, 3);
    for (int i = 0; i < AT_ONCE; i++) {
        crowd_add(
            crowd, s, "/v1/holds", NULL, "{'owner':'ann','lines':[{'sku':'TEE','quantity':3}]}");
    }
    crowd_go(s, crowd, AT_ONCE, NULL, 0);
    wanted(crowd, 201, AT_ONCE);
    assert_int_equal(served_stock(s, "TEE", "held"), 3);
    assert_int_equal(served_stock(s, "TEE", "available"), 0);
    GET(s, "/v1/holds?limit=1000");
    size_t open = 0;
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        open += slice_is(said_text(i.value, "state"), "open");
    }
    assert_int_equal(open, 1);
    free(crowd);
    served_end(s);
}

static struct slice sign(struct served *s, const char *id, const char *stamp, const char *body)
{
    struct slice key;
    uint8_t mac[SHA256_SIZE];
    assert_true(base64_decode(&s->arena, SLICE("c2NlbmFyaW8tc2VjcmV0LTAxMjM0NTY3"), &key));
    hmac_sha256(mac, key, arena_printf(&s->arena, "%s.%s.%s", id, stamp, body));
    struct slice text = base64_encode(&s->arena, (struct slice){(const char *)mac, sizeof(mac)});
    return arena_printf(&s->arena, "v1,%.*s", SLICE_ARG(text));
}

static void t33_one_delivery_that_comes_many_times_in_the_same_instant_is_booked_once(void **state)
{
    struct served *s = *state;
    struct crowd *crowd = crowd_new();
    rig(s, 100);
    for (int nth = 0; nth < 10; nth++) {
        char id[32], stamp[32], body[256];
        snprintf(id, sizeof(id), "msg_%d", nth);
        snprintf(stamp, sizeof(stamp), "%" PRId64, env_wall_us(s->env) / US_PER_S);
        snprintf(body,
                 sizeof(body),
                 "{\"id\":\"%d\",\"version\":1,\"lines\":[{\"id\":\"a\",\"sku\":\"TEE\","
                 "\"ordered\":2}]}",
                 nth);
        const struct http_header headers[] = {
            {SLICE("webhook-id"), slice_of(id)},
            {SLICE("webhook-timestamp"), slice_of(stamp)},
            {SLICE("webhook-signature"), sign(s, id, stamp, body)}};
        crowd->count = 0;
        for (int i = 0; i < 8; i++) {
            crowd_add(crowd, s, "/hooks/own", NULL, "%s", body);
        }
        crowd_go(s, crowd, 8, headers, COUNT_OF(headers));
        wanted(crowd, 200, 8);
        crowd->count = 1; /* and once more, later */
        crowd->calls[0].is_done = false;
        crowd_go(s, crowd, 1, headers, COUNT_OF(headers));
        wanted(crowd, 200, 1);
        assert_int_equal(served_stock(s, "TEE", "reserved"), 2 * (nth + 1));
    }
    GET(s, "/v1/movements?sku=TEE&kind=reserve&limit=1000");
    assert_int_equal(json_count(json_get(s->json, "items")), 10);
    assert_int_equal(served_stock(s, "TEE", "available"), 80);
    free(crowd);
    served_end(s);
}

/* ---- four hundred shoppers, a hundred units ---- */

static int64_t units_of(struct served *s, const char *kind)
{
    int64_t units = 0;
    GET(s, "/v1/movements?sku=TEE&kind=%s&limit=1000", kind);
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        units += said_int(i.value, "quantity");
    }
    return units;
}

/* Their clocks are set to a second from now. */
static void shorten(struct served *s, const struct crowd *holds)
{
    struct crowd *crowd = crowd_new();
    for (size_t i = 0; i < holds->count; i++) {
        struct err_note note;
        struct json answer;
        char path[64];
        if (holds->calls[i].status == 201) {
            assert_int_equal(json_parse(s->doc, slice_of(holds->calls[i].text), &answer, &note),
                             ERR_OK);
            snprintf(
                path, sizeof(path), "/v1/holds/%.*s/extend", SLICE_ARG(said_text(answer, "id")));
            crowd_add(crowd, s, path, NULL, "{'expires_in':1}");
        }
    }
    crowd_go(s, crowd, AT_ONCE, NULL, 0);
    wanted(crowd, 200, 100);
    free(crowd);
}

static void t58_four_hundred_holds_of_a_hundred_units_are_a_hundred_and_end_once(void **state)
{
    struct served *s = *state;
    struct crowd *crowd = crowd_new();
    rig(s, 100);
    for (int i = 0; i < 400; i++) {
        crowd_add(crowd,
                  s,
                  "/v1/holds",
                  NULL,
                  "{'owner':'shopper-%d','lines':[{'sku':'TEE','quantity':1}],'expires_in':600}",
                  i);
    }
    crowd_go(s, crowd, AT_ONCE, NULL, 0);
    wanted(crowd, 201, 100);
    wanted(crowd, 409, 300);
    assert_int_equal(served_stock(s, "TEE", "held"), 100);
    assert_int_equal(served_stock(s, "TEE", "available"), 0);
    shorten(s, crowd);
    UNTIL(s, 15, served_stock(s, "TEE", "available") == 100);
    assert_int_equal(served_stock(s, "TEE", "held"), 0);
    assert_int_equal(units_of(s, "hold_expire"), 100);
    /* Ended is ended: nobody can prolong, give back or use them again. */
    GET(s, "/v1/holds/1");
    assert_slice(said_text(s->json, "state"), "expired");
    WRITE(s, 409, "POST", "/v1/holds/1/extend", "{'expires_in':60}");
    WRITE(s, 204, "DELETE", "/v1/holds/1", "%s", "");
    served_run(s, 1500 * US_PER_MS); /* the timer looks once more */
    assert_int_equal(served_stock(s, "TEE", "available"), 100);
    assert_int_equal(units_of(s, "hold_expire"), 100);
    free(crowd);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(t02_the_last_unit_is_sold_once_and_what_is_beyond_it_is_recorded),
        SCENARIO(t07_four_tills_that_sell_at_once_lose_no_unit),
        SCENARIO(t08_the_database_itself_refuses_what_the_books_forbid),
        SCENARIO(t09_two_deliveries_taken_in_at_once_are_both_there),
        SCENARIO(t19_a_reservation_without_its_order_is_found_and_named),
        SCENARIO(t21_one_shopper_who_asks_many_times_at_once_holds_once),
        SCENARIO(t33_one_delivery_that_comes_many_times_in_the_same_instant_is_booked_once),
        SCENARIO(t58_four_hundred_holds_of_a_hundred_units_are_a_hundred_and_end_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
