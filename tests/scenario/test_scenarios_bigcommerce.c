/* SPDX-License-Identifier: Apache-2.0 */
/* A BigCommerce look-alike, the real server, and a second shop that must hear of it. */
#include "support/bigcommerce_store.h"

static int64_t listing_int(struct served *s, int64_t listing, const char *key)
{
    int64_t value = INT64_MIN;
    GET(s, "/v1/listings/%" PRId64, listing);
    return json_int(json_get(s->json, key), &value) ? value : INT64_MIN;
}

static int64_t bc_channel(struct bc_store *bc)
{
    int64_t id = 0;
    WRITE(bc->s,
          201,
          "POST",
          "/v1/channels",
          "{'code':'bc','connector':'bigcommerce','mode':'live','settings':{'store_hash':'abc',"
          "'base_url':'http://127.0.0.1:%d" BC_STORE
          "','location_map':[{'location':'berlin','remote':'1'}]},"
          "'secrets':{'access_token':'" BC_TOKEN "','client_secret':'" BC_CLIENT_SECRET "'}}",
          bc->port);
    WRITE(bc->s,
          201,
          "POST",
          "/v1/listings",
          "{'channel':'bc','sku':'CUP','remote':{'product_id':'111','variant_id':74}}");
    assert_true(json_int_loose(json_get(bc->s->json, "id"), &id));
    return id;
}

static void test_a_hook_is_read_booked_once_and_shown_by_the_other_shop(void **state)
{
    struct served *s = *state;
    struct bc_store bc;
    served_start(s);
    bc_open(&bc, s, 10);
    served_location(s, "berlin");
    struct shop *other = served_shop(s, SHOP_SHOPIFY, "other");
    served_sku(s, "CUP", 10);
    served_listing(s, other, "CUP", 10);
    int64_t listing = bc_channel(&bc);
    UNTIL(s, 30, listing_int(s, listing, "expected") == 10);
    assert_int_equal(bc.writes, 0); /* it showed the right count: nothing to write */

    /* Stamps are whole seconds: a sale in the second of the reading could be within it. */
    served_run(s, 2500 * US_PER_MS);
    bc_sells(&bc, 3);
    assert_int_equal(bc_delivers(&bc, "another-secret"), 401);
    assert_int_equal(bc_delivers(&bc, BC_CLIENT_SECRET), 200);
    UNTIL(s, 5, shop_shows(other, "CUP") == 7);
    assert_int_equal(bc.orders, 1);
    assert_int_equal(served_stock(s, "CUP", "reserved"), 3);

    /* The same again, and again: it is read again, and changes nothing. */
    assert_int_equal(bc_delivers(&bc, BC_CLIENT_SECRET), 200);
    assert_int_equal(bc_delivers(&bc, BC_CLIENT_SECRET), 200);
    UNTIL(s, 5, bc.orders >= 2);
    served_run(s, US_PER_S);
    assert_int_equal(served_stock(s, "CUP", "reserved"), 3);
    assert_int_equal(shop_shows(other, "CUP"), 7);
    assert_int_equal(bc.writes, 0); /* its own sale lowered its count by itself */
    bc_close(&bc);
    served_end(s);
}

static void test_an_accepted_write_is_known_only_after_it_was_read(void **state)
{
    struct served *s = *state;
    struct bc_store bc;
    served_start(s);
    bc_open(&bc, s, 10);
    served_location(s, "berlin");
    struct shop *other = served_shop(s, SHOP_SHOPIFY, "other");
    served_sku(s, "CUP", 10);
    served_listing(s, other, "CUP", 10);
    int64_t listing = bc_channel(&bc);
    UNTIL(s, 30, listing_int(s, listing, "expected") == 10);

    shop_sells_one(other, "CUP", 2);
    UNTIL(s, 10, bc.writes == 1);
    assert_int_equal(bc.waiting, 8);
    int64_t sent_us = env_mono_us(s->env);
    served_run(s, 500 * US_PER_MS);
    assert_int_equal(listing_int(s, listing, "expected"), INT64_MIN); /* accepted is not shown */
    assert_int_equal(bc.count, 10);
    /* A second sale is told at once: lower is safe, whichever write comes last. */
    shop_sells_one(other, "CUP", 1);
    UNTIL(s, 5, bc.writes == 2);
    assert_int_equal(bc.waiting, 7);
    /* More units are not told before a reading has shown what became of both writes. */
    served_receive(s, "CUP", 5);
    served_run(s, 2 * US_PER_S);
    assert_int_equal(bc.writes, 2);
    UNTIL(s, 45, bc.writes == 3);
    assert_true(env_mono_us(s->env) - sent_us >= 29 * US_PER_S);
    assert_int_equal(bc.waiting, 12);
    UNTIL(s, 45, listing_int(s, listing, "expected") == 12);
    assert_int_equal(bc.count, 12);
    bc_close(&bc);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_a_hook_is_read_booked_once_and_shown_by_the_other_shop),
        SCENARIO(test_an_accepted_write_is_known_only_after_it_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
