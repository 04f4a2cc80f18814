/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rush: so many listings wait that they travel by the thousand, in a file that is worked off
 * within seconds here and minutes there. What must sell no more, or be read first, does not wait
 * for it, and a row that the file's answer refuses stands alone.
 */
#include "support/served_shop.h"

#define SOLD_OUT 2 /* the first rows: they fall to zero */

enum move { MOVE_FALLS, MOVE_SELLS_OUT, MOVE_RISES };

struct rush {
    struct served *s;
    struct shop *shop;
    int rows, rising;                          /* rising: those behind the ones that sell out */
    size_t urgent_landed, risen, crowd_landed; /* writes, as the shop saw them */
    size_t crowd_before_urgent;
};

static void row_sku(char out[24], int row)
{
    snprintf(out, 24, "ROW-%04d", row);
}

static int64_t row_of(struct slice sku)
{
    int64_t row = -1;
    must(slice_starts(sku, "ROW-") && slice_int(slice_from(sku, 4), &row));
    return row;
}

static void landed(
    void *arg, struct shop *shop, struct slice sku, int64_t before, int64_t after, int64_t mono_us)
{
    struct rush *r = arg;
    (void)before;
    (void)after;
    (void)mono_us;
    if (shop != r->shop) {
        return;
    }
    int64_t row = row_of(sku);
    if (row < SOLD_OUT) {
        r->urgent_landed++;
        r->crowd_before_urgent += r->crowd_landed;
    } else if (row < SOLD_OUT + r->rising) {
        r->risen++;
    } else {
        r->crowd_landed++;
    }
}

static void items_begin(struct served *s, const char *key)
{
    buf_clear(&s->body);
    buf_printf(&s->body, "{\"%s\":[", key);
}

static void items_send(struct served *s, const char *path)
{
    buf_text(&s->body, "]}");
    served_api(s, "POST", slice_of(path));
    served_wanted(s, 201, __FILE__, __LINE__);
}

/* The rows in the shop and here, each with `count` units shown; nothing has moved yet. */
static void rush_open(struct rush *r, enum shop_kind kind, int rows, int64_t count, int bad)
{
    struct served *s = r->s;
    char sku[24], remote[256];
    served_start(s);
    served_location(s, "berlin");
    r->rows = rows;
    r->shop = served_shop(s, kind, "market");
    items_begin(s, "items");
    for (int i = 0; i < rows; i++) {
        row_sku(sku, i);
        buf_printf(&s->body, "%s{\"sku\":\"%s\"}", i ? "," : "", sku);
    }
    items_send(s, "/v1/skus");
    items_begin(s, "items");
    for (int i = 0; i < rows; i++) {
        row_sku(sku, i);
        shop_sells(r->shop, sku, count);
        if (i == bad) {
            snprintf(remote, sizeof(remote), "{\"sku\":\"nobody-has-it\"}");
        } else {
            shop_remote(r->shop, sku, remote);
        }
        buf_printf(&s->body,
                   "%s{\"channel\":\"market\",\"sku\":\"%s\",\"remote\":%s}",
                   i ? "," : "",
                   sku,
                   remote);
    }
    items_send(s, "/v1/listings");
    const struct sandbox_events events = {.arg = r, .write = landed};
    sandbox_events_set(s->sandbox, &events);
}

static void put_movement(struct served *s, bool is_first, const char *kind, int row, int64_t units)
{
    char sku[24];
    row_sku(sku, row);
    buf_printf(&s->body,
               "%s{\"kind\":\"%s\",\"sku\":\"%s\",\"location\":\"berlin\",\"quantity\":%" PRId64
               "}",
               is_first ? "" : ",",
               kind,
               sku,
               units);
}

/* So many rows from that one on are in the state; *out_sku: the last of them. */
static int rows_in(struct rush *r, int from, const char *state, struct slice *out_sku)
{
    int count = 0;
    GET(r->s, "/v1/listings?channel=market&limit=1000");
    for (struct json_iter i = json_iter(json_get(r->s->json, "items")); json_next(&i);) {
        struct slice sku = said_text(i.value, "sku");
        if (row_of(sku) >= from && slice_is(said_text(i.value, "state"), state)) {
            count++;
            if (out_sku) {
                *out_sku = sku;
            }
        }
    }
    return count;
}

/* Writes that have their answer. */
static int pushes(struct rush *r)
{
    GET(r->s, "/v1/pushes?channel=market&limit=1000");
    return (int)json_count(json_get(r->s->json, "items"));
}

static void all_show(const struct rush *r, int from, int to, int64_t units, int but)
{
    char sku[24];
    for (int i = from; i < to; i++) {
        row_sku(sku, i);
        if (i != but && shop_shows(r->shop, sku) != units) {
            fail_msg("%s shows %" PRId64 ", not %" PRId64, sku, shop_shows(r->shop, sku), units);
        }
    }
}

/* One by one 640 writes would take four minutes here: 150 may leave in one. */
static void test_a_rush_travels_as_one_feed_at_walmart_past_which_zeros_go_alone(void **state)
{
    enum { ROWS = 640, BAD = 300 };
    struct rush r = {.s = *state};
    char bad[24];
    struct slice refused = {0};
    rush_open(&r, SHOP_WALMART, ROWS, 9, BAD);
    uint64_t calls = shop_stats(r.shop).api_calls;
    items_begin(r.s, "movements");
    for (int i = 0; i < ROWS; i++) {
        put_movement(r.s, i == 0, "receive", i, 4);
    }
    for (int i = 0; i < SOLD_OUT; i++) {
        put_movement(r.s, false, "ship", i, 4);
    }
    items_send(r.s, "/v1/movements");
    UNTIL(r.s, 30, rows_in(&r, 0, "ok", NULL) == ROWS - 1);
    assert_int_equal(r.urgent_landed, SOLD_OUT);
    assert_int_equal(r.crowd_before_urgent, 0);
    assert_int_equal(r.crowd_landed, ROWS - SOLD_OUT - 1); /* each once */
    assert_true(shop_stats(r.shop).api_calls - calls < 60);
    all_show(&r, 0, SOLD_OUT, 0, -1);
    all_show(&r, SOLD_OUT, ROWS, 4, BAD);
    /* The row that the feed refused stands alone. */
    row_sku(bad, BAD);
    assert_int_equal(rows_in(&r, 0, "refused", &refused), 1);
    assert_true(slice_is(refused, bad));
    assert_int_equal(served_incidents(r.s, "PUSH-REFUSED", NULL), 1);
    assert_int_equal(served_incidents(r.s, "PUSH-REFUSED", bad), 1);
    /* And the others go on as ever. */
    served_receive(r.s, "ROW-0301", 3);
    UNTIL(r.s, 20, shop_shows(r.shop, "ROW-0301") == 7);
    served_end(r.s);
}

/* Amazon's counts fall by themselves, so what rises is read before it is written. What it has taken
 * it shows later, and is read five minutes after: that is not waited for. */
static void
test_a_rush_travels_as_one_feed_at_amazon_past_which_zeros_and_readings_go_alone(void **state)
{
    enum { ROWS = 340, RISING = 4 };
    struct rush r = {.s = *state, .rising = RISING};
    rush_open(&r, SHOP_AMAZON, ROWS, 20, -1);
    items_begin(r.s, "movements");
    for (int i = 0; i < ROWS; i++) {
        put_movement(r.s, i == 0, "receive", i, 20);
    }
    items_send(r.s, "/v1/movements");
    UNTIL(r.s, 60, rows_in(&r, 0, "ok", NULL) == ROWS); /* read: it shows just that */
    assert_int_equal(r.crowd_landed + r.urgent_landed, 0);
    served_run(r.s, 2 * US_PER_S); /* five calls a second are all there is: none is owed now */
    uint64_t calls = shop_stats(r.shop).api_calls;
    items_begin(r.s, "movements");
    for (int i = 0; i < ROWS; i++) {
        enum move move = i < SOLD_OUT            ? MOVE_SELLS_OUT
                         : i < SOLD_OUT + RISING ? MOVE_RISES
                                                 : MOVE_FALLS;
        put_movement(r.s,
                     i == 0,
                     move == MOVE_RISES ? "receive" : "ship",
                     i,
                     move == MOVE_SELLS_OUT ? 20 : 5);
    }
    items_send(r.s, "/v1/movements");
    /* Its file is first asked for after 30 s: until then the crowd is on its way, all of it. */
    UNTIL(r.s, 25, pushes(&r) == SOLD_OUT + RISING);
    assert_int_equal(rows_in(&r, SOLD_OUT + RISING, "in_flight", NULL), ROWS - SOLD_OUT - RISING);
    UNTIL(r.s, 10, r.urgent_landed == SOLD_OUT && r.risen == RISING);
    UNTIL(r.s, 60, pushes(&r) == ROWS);
    all_show(&r, 0, SOLD_OUT, 0, -1);
    all_show(&r, SOLD_OUT, SOLD_OUT + RISING, 25, -1);
    all_show(&r, SOLD_OUT + RISING, ROWS, 15, -1);
    assert_int_equal(r.crowd_landed, ROWS - SOLD_OUT - RISING);   /* each once */
    assert_true(shop_stats(r.shop).api_calls - calls < ROWS / 2); /* its queue is asked, too */
    assert_int_equal(served_incidents(r.s, "PUSH-REFUSED", NULL), 0);
    served_end(r.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_a_rush_travels_as_one_feed_at_walmart_past_which_zeros_go_alone),
        SCENARIO(test_a_rush_travels_as_one_feed_at_amazon_past_which_zeros_and_readings_go_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
