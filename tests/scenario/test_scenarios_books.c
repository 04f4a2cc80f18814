/* SPDX-License-Identifier: Apache-2.0 */
/* The books agree with themselves, whatever is done to them and by how many hands. */
#include "support/served_shop.h"

#define SKUS 6
#define OPERATIONS 900

static const char *const places[] = {"berlin", "hamburg"};
static const char *const buckets[] = {"available", "held", "reserved", "unavailable", "in_transit"};
#define PLACES COUNT_OF(places)
#define BUCKETS COUNT_OF(buckets)

struct hand {
    uint64_t dice;
    int orders, holds; /* made so far */
    size_t done, refused;
};

static int draw(struct hand *hand, int below)
{
    hand->dice ^= hand->dice << 13;
    hand->dice ^= hand->dice >> 7;
    hand->dice ^= hand->dice << 17;
    return (int)((hand->dice >> 11) % (uint64_t)below);
}

static void move_something(struct served *s, struct hand *hand)
{
    static const char *const kinds[] = {"receive",
                                        "receive",
                                        "adjust",
                                        "count",
                                        "damage",
                                        "set_aside",
                                        "restore",
                                        "write_off",
                                        "return",
                                        "restock",
                                        "scrap",
                                        "ship"};
    const char *kind = kinds[draw(hand, COUNT_OF(kinds))];
    bool is_count = strcmp(kind, "count") == 0, is_adjust = strcmp(kind, "adjust") == 0;
    served_write(s,
                 "POST",
                 "/v1/movements",
                 "{'movements':[{'kind':'%s','sku':'SKU-%d','location':'%s','quantity':%d%s},"
                 "{'kind':'receive','sku':'SKU-%d','location':'%s','quantity':%d}]}",
                 kind,
                 draw(hand, SKUS),
                 places[draw(hand, PLACES)],
                 is_count    ? draw(hand, 60)
                 : is_adjust ? 3 - 2 * draw(hand, 3)
                             : 1 + draw(hand, 12),
                 is_adjust                      ? ",'reason':'found'"
                 : strcmp(kind, "restore") == 0 ? ",'reason':'damaged'"
                                                : "",
                 draw(hand, SKUS),
                 places[draw(hand, PLACES)],
                 1 + draw(hand, 3));
}

static void order_something(struct served *s, struct hand *hand)
{
    int nth = draw(hand, 3) ? hand->orders++ : draw(hand, hand->orders + 1);
    int ordered = 1 + draw(hand, 5), cancelled = draw(hand, ordered + 1);
    int fulfilled = draw(hand, ordered - cancelled + 1), returned = draw(hand, fulfilled + 1);
    served_write(s,
                 "POST",
                 "/v1/orders",
                 "{'channel':'till','id':'T%d','version':'%d','lines':["
                 "{'id':'a','sku':'SKU-%d','ordered':%d,'cancelled':%d,'fulfilled':%d,"
                 "'returned':%d,'restocked':%d},{'id':'b','sku':'BOX','ordered':%d}]}",
                 nth,
                 1 + draw(hand, 50),
                 nth % SKUS,
                 ordered,
                 cancelled,
                 fulfilled,
                 returned,
                 draw(hand, returned + 1),
                 draw(hand, 2));
}

static void hold_something(struct served *s, struct hand *hand)
{
    char path[64];
    if (hand->holds == 0 || draw(hand, 2)) {
        served_write(s,
                     "POST",
                     "/v1/holds",
                     "{'owner':'cart-%d','channel':'till','expires_in':%d,'lines':["
                     "{'sku':'SKU-%d','quantity':%d},{'sku':'BOX','quantity':1}]}",
                     draw(hand, 40),
                     1 + draw(hand, 600),
                     draw(hand, SKUS),
                     1 + draw(hand, 4));
        hand->holds += s->status == 201;
        return;
    }
    int nth = 1 + draw(hand, hand->holds);
    if (draw(hand, 2)) {
        snprintf(path, sizeof(path), "/v1/holds/%d", nth);
        served_write(s, "DELETE", path, "%s", "");
        return;
    }
    snprintf(path, sizeof(path), "/v1/holds/%d", nth);
    served_get(s, "%s", path);
    struct json line = said_at(json_get(s->json, "lines"), 0);
    if (s->status != 200 || json_type(line) == JSON_NONE) {
        return;
    }
    char sku[32];
    int64_t quantity = said_int(line, "quantity");
    snprintf(sku, sizeof(sku), "%.*s", SLICE_ARG(said_text(line, "sku")));
    snprintf(path, sizeof(path), "/v1/holds/%d/commit", nth);
    served_write(s,
                 "POST",
                 path,
                 "{'channel':'till','id':'H%d','version':'1','lines':["
                 "{'id':'a','sku':'%s','ordered':%" PRId64 "}]}",
                 nth,
                 sku,
                 quantity);
}

static void change_policy(struct served *s, struct hand *hand)
{
    char path[64];
    snprintf(path, sizeof(path), "/v1/skus/SKU-%d", draw(hand, SKUS));
    served_write(s,
                 "PATCH",
                 path,
                 "{'buffer':%d,'oversell':'%s'}",
                 draw(hand, 4),
                 draw(hand, 2) ? "deny" : "backorder");
}

static void do_something(struct served *s, struct hand *hand)
{
    int which = draw(hand, 20);
    if (which < 8) {
        move_something(s, hand);
    } else if (which < 14) {
        order_something(s, hand);
    } else if (which < 19) {
        hold_something(s, hand);
    } else {
        change_policy(s, hand);
    }
    if (s->status == 0 || s->status >= 500 || s->status == 400) {
        served_wanted(s, 200, __FILE__, __LINE__);
    }
    hand->done += s->status < 300;
    hand->refused += s->status >= 300;
}

/* ---- the audit: every figure once more, from the movements alone ---- */

static size_t index_of(const char *const *names, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is(name, names[i])) {
            return i;
        }
    }
    return count;
}

static void add_leg(struct json account, int64_t units, int64_t sums[PLACES][BUCKETS])
{
    size_t bucket = index_of(buckets, BUCKETS, said_text(account, "bucket"));
    size_t place = index_of(places, PLACES, said_text(account, "location"));
    if (bucket < BUCKETS) { /* the other account is the outside world */
        assert_true(place < PLACES);
        sums[place][bucket] += units;
    }
}

static void audit_stock(struct served *s, const char *sku)
{
    int64_t sums[PLACES][BUCKETS] = {{0}};
    char cursor[32] = "";
    do {
        GET(s, "/v1/movements?sku=%s&limit=1000%s%s", sku, cursor[0] ? "&cursor=" : "", cursor);
        for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
            int64_t quantity = said_int(i.value, "quantity");
            assert_true(quantity > 0);
            add_leg(json_get(i.value, "from"), -quantity, sums);
            add_leg(json_get(i.value, "to"), quantity, sums);
        }
        snprintf(cursor, sizeof(cursor), "%.*s", SLICE_ARG(said_text(s->json, "next")));
    } while (cursor[0]);

    GET(s, "/v1/stock/%s", sku);
    for (struct json_iter i = json_iter(json_get(s->json, "locations")); json_next(&i);) {
        size_t place = index_of(places, PLACES, said_text(i.value, "location"));
        assert_true(place < PLACES);
        for (size_t b = 0; b < BUCKETS; b++) {
            assert_int_equal(said_int(i.value, buckets[b]), sums[place][b]);
        }
        assert_int_equal(said_int(i.value, "on_hand"),
                         sums[place][0] + sums[place][1] + sums[place][2] + sums[place][3]);
        assert_true(sums[place][1] >= 0 && sums[place][2] >= 0 && sums[place][3] >= 0);
    }
}

/* Sums a figure of what is open, of one SKU: allocations of orders, picks of holds. */
static int64_t sum_open(struct served *s, const char *sku, bool of_orders)
{
    int64_t sum = 0;
    char cursor[32] = "";
    do {
        GET(s,
            "/v1/%s?limit=1000%s%s",
            of_orders ? "orders" : "holds",
            cursor[0] ? "&cursor=" : "",
            cursor);
        for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
            bool counts = of_orders || slice_is(said_text(i.value, "state"), "active");
            for (struct json_iter l = json_iter(json_get(i.value, "lines"));
                 counts && json_next(&l);) {
                const char *parts = of_orders ? "allocations" : "picks";
                for (struct json_iter p = json_iter(json_get(l.value, parts)); json_next(&p);) {
                    if (slice_is(said_text(p.value, "sku"), sku)) {
                        sum += said_int(p.value, of_orders ? "reserved" : "quantity");
                    }
                }
            }
        }
        snprintf(cursor, sizeof(cursor), "%.*s", SLICE_ARG(said_text(s->json, "next")));
    } while (cursor[0]);
    return sum;
}

static void test_t23_the_books_agree_after_a_thousand_operations_by_many_hands(void **state)
{
    struct served *s = *state;
    struct hand hand = {.dice = 20261123};
    char sku[16];
    served_start(s);
    served_location(s, places[0]);
    served_location(s, places[1]);
    struct shop *own = served_shop(s, SHOP_API, "own"), *till = served_shop(s, SHOP_API, "till");
    for (int i = 0; i < SKUS; i++) {
        snprintf(sku, sizeof(sku), "SKU-%d", i);
        served_sku(s, sku, 30);
        served_listing(s, own, sku, 30);
        served_listing(s, till, sku, 30);
    }
    WRITE(s,
          201,
          "POST",
          "/v1/skus",
          "{'sku':'BOX','components':[{'sku':'SKU-0','quantity':1},{'sku':'SKU-1','quantity':2}]}");
    served_listing(s, till, "BOX", 0);

    struct shop_faults faults = {.hook_duplicate = 200, .hook_reorder = 100};
    shop_faults_set(own, &faults);
    const struct sandbox_shoppers shoppers = {.orders_per_s = 40,
                                              .cancel = 200,
                                              .refund = 100,
                                              .edit = 200,
                                              .fulfil = 300,
                                              .later_ms_min = 50,
                                              .later_ms_max = 800};
    sandbox_shoppers_start(s->sandbox, &shoppers);
    for (int i = 0; i < OPERATIONS; i++) {
        do_something(s, &hand);
        if (i % 300 == 150) {
            served_verify(s); /* while the server runs, and people shop */
        }
        served_run(s, 2 * US_PER_MS);
    }
    sandbox_shoppers_stop(s->sandbox);
    int64_t next_us = served_after(s, 1);
    UNTIL(s, 5, env_mono_us(s->env) >= next_us);
    UNTIL(s, 30, sandbox_stats(s->sandbox).sum.hooks_waiting == 0);
    assert_true(hand.done > OPERATIONS / 3 && hand.refused > 20);
    /* A hold may still expire between two questions: what disagrees must agree a moment later. */
    for (int i = 0; i < SKUS; i++) {
        snprintf(sku, sizeof(sku), "SKU-%d", i);
        UNTIL(s, 5, sum_open(s, sku, false) == served_stock(s, sku, "held"));
        UNTIL(s, 5, sum_open(s, sku, true) == served_stock(s, sku, "reserved"));
        audit_stock(s, sku);
    }
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_t23_the_books_agree_after_a_thousand_operations_by_many_hands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
