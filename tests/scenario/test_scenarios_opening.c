/* SPDX-License-Identifier: Apache-2.0 */
/* First figures: what everyone says is told, what they disagree on is left, what is chosen is booked
 * and can be looked up for ever. */
#include "support/command.h"

static void import(struct served *s, const char *channel, const char *body)
{
    char path[96];
    int64_t job = 0;
    struct slice state;
    (void)snprintf(path, sizeof(path), "/v1/channels/%s/import", channel);
    WRITE(s, 202, "POST", path, "%s", body);
    assert_true(slice_int(said_text(s->json, "job"), &job));
    do {
        served_run(s, 20 * US_PER_MS);
        GET(s, "/v1/jobs/%" PRId64, job);
        state = said_text(s->json, "state");
    } while (slice_is(state, "queued") || slice_is(state, "running"));
    assert_slice(state, "done");
}

/* The row of a SKU in what is said at a location. */
static struct json row_of(struct served *s, const char *location, const char *sku)
{
    GET(s, "/v1/opening?location=%s&limit=1000", location);
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        if (slice_is(said_text(i.value, "sku"), sku)) {
            return i.value;
        }
    }
    fail_msg("nothing is said of %s", sku);
    return (struct json){0};
}

static struct slice state_of(struct served *s, const char *sku)
{
    return said_text(row_of(s, "berlin", sku), "state");
}

/* What one of them says; false: nothing, and *out_silence why. */
static bool says(struct served *s,
                 const char *location,
                 const char *sku,
                 const char *who,
                 int64_t *out,
                 struct slice *out_silence)
{
    struct json said = json_get(row_of(s, location, sku), "said");
    for (struct json_iter i = json_iter(said); json_next(&i);) {
        if (slice_is(said_text(i.value, "by"), who) ||
            slice_is(said_text(i.value, "channel"), who)) {
            *out_silence = said_text(i.value, "silence");
            return json_int(json_get(i.value, "quantity"), out);
        }
    }
    fail_msg("%s is not asked about %s", who, sku);
    return false;
}

static void must_say(struct served *s, const char *sku, const char *who, int64_t wanted)
{
    int64_t quantity = -1;
    struct slice silence;
    assert_true(says(s, "berlin", sku, who, &quantity, &silence));
    assert_int_equal(quantity, wanted);
}

static void must_be_silent(
    struct served *s, const char *location, const char *sku, const char *who, const char *why)
{
    int64_t quantity = -1;
    struct slice silence = {0};
    assert_false(says(s, location, sku, who, &quantity, &silence));
    assert_slice(silence, why);
}

static size_t movements_of(struct served *s, const char *sku)
{
    GET(s, "/v1/movements?sku=%s", sku);
    return json_count(json_get(s->json, "items"));
}

/* Two shops that agree on ALL, not on DIFF; and what one of them has alone. */
static void two_shops(struct served *s, struct shop **first, struct shop **second)
{
    served_start(s);
    served_location(s, "berlin");
    *first = served_shop(s, SHOP_SHOPIFY, "first");
    *second = served_shop(s, SHOP_WOOCOMMERCE, "second");
    shop_sells(*first, "ALL", 7);
    shop_sells(*first, "DIFF", 7);
    shop_sells(*first, "ALONE", 5);
    shop_sells(*second, "ALL", 7);
    shop_sells(*second, "DIFF", 9);
    import(s, "first", "{'create_skus':true}");
    import(s, "second", "");
}

static void test_channels_that_disagree_stay_unbooked_until_somebody_chooses(void **state)
{
    struct served *s = *state;
    struct shop *first, *second;
    two_shops(s, &first, &second);
    must_say(s, "ALL", "first", 7);
    must_say(s, "ALL", "second", 7);
    assert_slice(state_of(s, "ALL"), "agree");
    assert_slice(state_of(s, "ALONE"), "agree");
    struct json row = row_of(s, "berlin", "DIFF");
    assert_slice(said_text(row, "state"), "disagree");
    assert_slice(said_text(row, "why"), "channel:first says 7; channel:second says 9");
    assert_int_equal(json_type(json_get(row, "quantity")), JSON_NULL);

    WRITE(s,
          409,
          "POST",
          "/v1/opening",
          "{'location':'berlin','items':[{'sku':'ALL','from':'agreed'},"
          "{'sku':'DIFF','from':'agreed'}]}");
    assert_int_equal(movements_of(s, "ALL"), 0); /* all or nothing */
    WRITE(s, 201, "POST", "/v1/opening", "{'location':'berlin','from':'agreed'}");
    assert_int_equal(said_int(s->json, "booked"), 2);
    assert_int_equal(said_int(s->json, "units"), 12);
    assert_int_equal(served_stock(s, "ALL", "on_hand"), 7);
    assert_int_equal(served_stock(s, "ALONE", "available"), 5);
    assert_int_equal(movements_of(s, "DIFF"), 0);
    served_run(s, US_PER_S); /* a SKU without a figure is never pushed */
    assert_int_equal(shop_shows(first, "DIFF"), 7);
    assert_int_equal(shop_shows(second, "DIFF"), 9);

    WRITE(s,
          201,
          "POST",
          "/v1/opening",
          "{'location':'berlin','reason':'the shop at hand','items':[{'sku':'DIFF','from':"
          "'channel:second'}]}");
    assert_int_equal(served_stock(s, "DIFF", "on_hand"), 9);
    UNTIL(s, 30, shop_shows(first, "DIFF") == 9);
    served_end(s);
}

static void test_each_choice_is_in_the_log_with_who_and_why(void **state)
{
    struct served *s = *state;
    struct shop *first, *second;
    two_shops(s, &first, &second);
    WRITE(s,
          201,
          "POST",
          "/v1/opening",
          "{'location':'berlin','reason':'Ada looked','items':[{'sku':'DIFF','quantity':8},{'sku':"
          "'ALL','quantity':0}]}");
    GET(s, "/v1/events?kind=opening&subject=DIFF");
    assert_int_equal(json_count(json_get(s->json, "items")), 1);
    struct json facts = json_get(said_at(json_get(s->json, "items"), 0), "facts");
    assert_int_equal(said_int(facts, "token"), 0); /* the preset one */
    assert_int_equal(said_int(facts, "quantity"), 8);
    assert_slice(said_text(facts, "from"), "given");
    assert_slice(said_text(facts, "reason"), "Ada looked");
    assert_slice(said_text(facts, "state"), "disagree");
    assert_int_equal(json_count(json_get(facts, "said")), 2);
    GET(s, "/v1/movements?sku=DIFF");
    struct json movement = said_at(json_get(s->json, "items"), 0);
    assert_slice(said_text(movement, "kind"), "open");
    assert_int_equal(said_int(movement, "quantity"), 8);
    /* None is a figure too: it is known, without a movement. */
    assert_int_equal(movements_of(s, "ALL"), 0);
    UNTIL(s, 30, shop_shows(first, "ALL") == 0);
    served_end(s);
}

static void test_who_has_moved_is_counted_not_opened(void **state)
{
    struct served *s = *state;
    struct shop *first, *second;
    two_shops(s, &first, &second);
    served_location(s, "paris");
    served_receive(s, "ALL", 3);
    WRITE(s,
          409,
          "POST",
          "/v1/opening",
          "{'location':'berlin','items':[{'sku':'ALL','quantity':7}]}");
    assert_non_null(strstr(said_text(s->json, "detail").p, "count it"));
    struct json row = row_of(s, "berlin", "ALL");
    assert_int_equal(said_int(row, "on_hand"), 3);
    assert_slice(said_text(row, "state"), "disagree"); /* the ledger has a voice */
    WRITE(
        s, 201, "POST", "/v1/opening", "{'location':'paris','items':[{'sku':'ALL','quantity':2}]}");
    assert_int_equal(served_stock(s, "ALL", "on_hand"), 5); /* it had not moved there */
    WRITE(
        s, 409, "POST", "/v1/opening", "{'location':'paris','items':[{'sku':'ALL','quantity':2}]}");
    served_end(s);
}

static void test_t43_a_count_that_nobody_has_read_is_not_zero(void **state)
{
    struct served *s = *state;
    char remote[256];
    served_start(s);
    served_location(s, "berlin");
    struct shop *shop = served_shop(s, SHOP_WOOCOMMERCE, "shop");
    shop_sells(shop, "TEE", 7);
    WRITE(s, 200, "PATCH", "/v1/channels/shop", "{'mode':'off'}");
    served_sku(s, "TEE", 0);
    shop_remote(shop, "TEE", remote);
    WRITE(s, 201, "POST", "/v1/listings", "{'channel':'shop','sku':'TEE','remote':%s}", remote);
    must_be_silent(s, "berlin", "TEE", "shop", "never_read");
    assert_slice(state_of(s, "TEE"), "missing");
    WRITE(s, 201, "POST", "/v1/opening", "{'location':'berlin','from':'agreed'}");
    assert_int_equal(said_int(s->json, "booked"), 0);
    WRITE(s,
          409,
          "POST",
          "/v1/opening",
          "{'location':'berlin','items':[{'sku':'TEE','from':'channel:shop'}]}");
    assert_int_equal(movements_of(s, "TEE"), 0);
    WRITE(s, 200, "PATCH", "/v1/channels/shop", "{'mode':'shadow'}");
    import(s, "shop", "");
    must_say(s, "TEE", "shop", 7);
    assert_slice(state_of(s, "TEE"), "agree");
    served_end(s);
}

static void test_t44_a_channel_that_adds_up_several_locations_says_nothing_of_one(void **state)
{
    struct served *s = *state;
    served_start(s);
    served_location(s, "berlin");
    struct shop *shop = served_shop(s, SHOP_WOOCOMMERCE, "shop");
    shop_sells(shop, "TEE", 7);
    import(s, "shop", "{'create_skus':true}");
    must_say(s, "TEE", "shop", 7);
    served_location(s, "paris"); /* now the shop sells from both */
    must_be_silent(s, "berlin", "TEE", "shop", "several_places");
    must_be_silent(s, "paris", "TEE", "shop", "several_places");
    assert_slice(state_of(s, "TEE"), "missing");
    WRITE(s, 201, "POST", "/v1/opening", "{'location':'paris','from':'channel:shop'}");
    assert_int_equal(said_int(s->json, "booked"), 0);
    GET(s, "/v1/locations");
    assert_int_equal(served_get(s, "/v1/opening"), 400); /* of which one? */
    WRITE(s, 200, "PATCH", "/v1/channels/shop", "{'route':[{'location':'paris'}]}");
    int64_t quantity = 0;
    struct slice silence;
    assert_true(says(s, "paris", "TEE", "shop", &quantity, &silence));
    assert_int_equal(quantity, 7);
    assert_int_equal(json_count(json_get(row_of(s, "berlin", "TEE"), "said")), 0);
    served_end(s);
}

/* ---- the file ---- */

static void write_file(struct served *s, char path[128], const char *text)
{
    (void)snprintf(path, 128, "%s/counts.csv", s->directory);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static void test_a_file_has_a_voice_until_its_figures_are_booked(void **state)
{
    struct served *s = *state;
    struct shop *first, *second;
    struct command c = {.s = s};
    char path[128];
    two_shops(s, &first, &second);
    write_file(s, path, "sku,quantity\nALL,7\nDIFF,8\nNOSUCH,1\nALL,6\n");
    WANT_RUN(&c, 1, NULL, ":4: sku:", "opening", "--location", "berlin", "--file", path);
    assert_non_null(strstr(c.err, ":5: sku: 'ALL' is on line 2 already"));
    write_file(s, path, "sku;quantity\nALL;7\ndiff;8\n");
    WANT_RUN(&c, 0, "2 figures", NULL, "opening", "--location", "berlin", "--file", path);
    must_say(s, "DIFF", "file", 8);
    must_be_silent(s, "berlin", "ALONE", "file", "not_in_file");
    assert_slice(state_of(s, "ALONE"), "missing"); /* it was agreed before the file came */
    WANT_RUN(&c, 0, "first 7, second 9, file 8", NULL, "opening", "--state", "disagree");
    WANT_RUN(&c, 0, "1 SKU ", NULL, "opening", "--location", "berlin", "--book", "agreed");
    assert_int_equal(served_stock(s, "ALL", "on_hand"), 7);
    assert_int_equal(movements_of(s, "DIFF") + movements_of(s, "ALONE"), 0);
    WANT_RUN(&c, 0, "1 SKU ", NULL, "opening", "--location", "berlin", "--book", "file");
    assert_int_equal(served_stock(s, "DIFF", "on_hand"), 8);
    assert_slice(state_of(s, "ALONE"), "agree"); /* the file is used up */
    WANT_RUN(&c, 2, NULL, "--location", "opening", "--book", "file");
    WANT_RUN(
        &c, 1, NULL, "agreed, file or channel:", "opening", "--location", "berlin", "--book", "x");
    command_free(&c);
    served_end(s);
}

/* Into the cell `quantity` of the SKU's line, as a person would with a spreadsheet. */
static void
fill_in(const char *table, const char *sku, const char *quantity, char *out, size_t size)
{
    char start[64];
    (void)snprintf(start, sizeof(start), "\n%s,", sku);
    const char *line = strstr(table, start);
    assert_non_null(line);
    const char *cell = line + 1;
    for (int commas = 0; commas < 6; cell++) {
        assert_true(*cell && *cell != '\n');
        commas += *cell == ',';
    }
    (void)snprintf(out, size, "%.*s%s%s", (int)(cell - table), table, quantity, cell);
}

static void test_the_table_goes_out_and_comes_back_filled_in(void **state)
{
    struct served *s = *state;
    struct shop *first, *second;
    struct command c = {.s = s};
    char path[128], filled[4096];
    two_shops(s, &first, &second);
    WANT_RUN(&c,
             0,
             "sku,title,location,state,agreed,on_hand,quantity,channel:first,channel:second,why",
             NULL,
             "opening",
             "--csv",
             "-");
    assert_non_null(strstr(c.out, "DIFF,berlin,disagree,,,,7,9,\"channel:first says 7; "));
    fill_in(c.out, "DIFF", "8", filled, sizeof(filled));
    write_file(s, path, filled);
    WANT_RUN(&c, 0, "1 figures", NULL, "opening", "--location", "berlin", "--file", path);
    must_say(s, "DIFF", "file", 8);
    /* Out again it has the figure; back again it says the same. */
    (void)snprintf(path, sizeof(path), "%s/out.csv", s->directory);
    WANT_RUN(&c, 0, NULL, NULL, "opening", "--csv", path);
    WANT_RUN(&c, 0, "1 figures", NULL, "opening", "--location", "berlin", "--file", path);
    must_say(s, "DIFF", "file", 8);
    served_location(s, "paris");
    WANT_RUN(
        &c, 1, NULL, "this line is of 'berlin'", "opening", "--location", "paris", "--file", path);
    command_free(&c);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_channels_that_disagree_stay_unbooked_until_somebody_chooses),
        SCENARIO(test_each_choice_is_in_the_log_with_who_and_why),
        SCENARIO(test_who_has_moved_is_counted_not_opened),
        SCENARIO(test_t43_a_count_that_nobody_has_read_is_not_zero),
        SCENARIO(test_t44_a_channel_that_adds_up_several_locations_says_nothing_of_one),
        SCENARIO(test_a_file_has_a_voice_until_its_figures_are_booked),
        SCENARIO(test_the_table_goes_out_and_comes_back_filled_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
