/* SPDX-License-Identifier: Apache-2.0 */
/* Access tokens that are bought: before the first call, after one was refused, and not at all. */
#include "support/served_shop.h"

static size_t tokens_bought(struct served *s)
{
    GET(s, "/v1/events?kind=channel_token&limit=1000");
    return json_count(json_get(s->json, "items"));
}

/* A shop whose channel has no token of its own, but may buy some. */
static struct shop *rig(struct served *s, const char *client_id)
{
    served_start(s);
    served_location(s, "berlin");
    served_sku(s, "TEE", 10);
    struct shop *shop = served_shop(s, SHOP_SHOPIFY, "shopify");
    served_listing(s, shop, "TEE", 3);
    UNTIL(s, 20, served_settled(s));
    WRITE(s,
          200,
          "PATCH",
          "/v1/channels/shopify",
          "{'secrets':{'access_token':null,'client_id':'%s','client_secret':'" SHOP_SECRET "'}}",
          client_id);
    return shop;
}

static void test_a_token_is_bought_kept_and_bought_again_when_it_is_refused(void **state)
{
    struct served *s = *state;
    struct shop *shop = rig(s, SHOP_TOKEN_SECRET);
    served_receive(s, "TEE", 2);
    UNTIL(s, 20, shop_shows(shop, "TEE") == 12);
    assert_int_equal(tokens_bought(s), 1);
    GET(s, "/v1/channels/shopify");
    assert_null(memmem(s->text.p, s->text.n, SHOP_TOKEN, strlen(SHOP_TOKEN)));
    /* After a start the one that was kept is used. */
    served_stop(s);
    served_start(s);
    served_receive(s, "TEE", 1);
    UNTIL(s, 20, shop_shows(shop, "TEE") == 13);
    assert_int_equal(tokens_bought(s), 1);
    /* Refused, as when it has ended early: another one, and nobody is called. */
    shop_token_set(shop, "another-token");
    served_receive(s, "TEE", 1);
    UNTIL(s, 20, shop_shows(shop, "TEE") == 14);
    assert_int_equal(tokens_bought(s), 2);
    assert_int_equal(served_incidents(s, "TOKEN", NULL), 0);
    served_end(s);
}

static void test_credentials_that_buy_nothing_are_an_incident_until_they_do(void **state)
{
    struct served *s = *state;
    struct shop *shop = rig(s, "somebody-else");
    served_receive(s, "TEE", 2);
    UNTIL(s, 20, served_incidents(s, "TOKEN", NULL) == 1);
    assert_int_equal(shop_shows(shop, "TEE"), 10);
    assert_int_equal(tokens_bought(s), 0);
    WRITE(s,
          200,
          "PATCH",
          "/v1/channels/shopify",
          "%s",
          "{'secrets':{'client_id':'" SHOP_TOKEN_SECRET "'}}");
    UNTIL(s, 30, shop_shows(shop, "TEE") == 12);
    UNTIL(s, 10, served_incidents(s, "TOKEN", NULL) == 0);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_a_token_is_bought_kept_and_bought_again_when_it_is_refused),
        SCENARIO(test_credentials_that_buy_nothing_are_an_incident_until_they_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
