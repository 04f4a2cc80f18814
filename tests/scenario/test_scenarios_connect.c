/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting: from credentials alone to deliveries that are proven to arrive. */
#include "support/served_shop.h"

/* A server that knows its public address; it must have a port before it can be told. */
static void start_public(struct served *s)
{
    served_start(s);
    served_stop(s);
    s->is_public = true;
    served_start(s);
    served_location(s, "berlin");
}

/* A shop that sends nothing to anybody yet, and its channel. */
static struct shop *silent_shop(struct served *s, const char *token_secret)
{
    struct err_note note;
    struct shop *shop = NULL;
    const struct shop_options options = {.kind = SHOP_WOOCOMMERCE,
                                         .code = "woo",
                                         .token = SHOP_TOKEN,
                                         .token_secret = SHOP_TOKEN_SECRET};
    if (sandbox_shop_add(s->sandbox, &options, &shop, &note)) {
        fail_msg("%s", note.text);
    }
    ON_EXIT(buf_free) struct buf known;
    buf_init(&known, 4096);
    struct json_writer w = json_writer(&known);
    json_begin_object(&w);
    shop_settings_put(shop, "berlin", &w);
    WRITE(s,
          201,
          "POST",
          "/v1/channels",
          "{'code':'woo','connector':'woocommerce','mode':'live','settings':%.*s},"
          "'secrets':{'consumer_key':'" SHOP_TOKEN "','consumer_secret':'%s'}}",
          SLICE_ARG(buf_view(&known)),
          token_secret);
    return shop;
}

static void begin(struct served *s, char job[64])
{
    WRITE(s, 202, "POST", "/v1/channels/woo/connect", "{}");
    snprintf(job, 64, "/v1/jobs/%.*s", SLICE_ARG(said_text(s->json, "job")));
}

static bool has_ended(struct served *s, const char *job)
{
    GET(s, "%s", job);
    struct slice state = said_text(s->json, "state");
    return slice_is(state, "done") || slice_is(state, "failed");
}

/* How many checks of the job have that state; what: only that one, or NULL. */
static size_t checks(struct served *s, const char *job, const char *state, const char *what)
{
    size_t count = 0;
    GET(s, "%s", job);
    for (struct json_iter i = json_iter(json_get(json_get(s->json, "result"), "checks"));
         json_next(&i);) {
        count += slice_is(said_text(i.value, "state"), state) &&
                 (!what || slice_is(said_text(i.value, "what"), what));
    }
    return count;
}

static void test_a_shop_is_subscribed_to_and_its_deliveries_are_proven(void **state)
{
    struct served *s = *state;
    char job[64];
    start_public(s);
    struct shop *shop = silent_shop(s, SHOP_TOKEN_SECRET);
    served_sku(s, "TEE", 10);
    served_listing(s, shop, "TEE", 10);
    begin(s, job);
    UNTIL(s, 30, has_ended(s, job));
    assert_int_equal(checks(s, job, "wrong", NULL), 0);
    assert_true(checks(s, job, "made", NULL) >= 3); /* the subscriptions */
    assert_int_equal(checks(s, job, "ok", "public address"), 1);
    assert_int_equal(checks(s, job, "ok", "deliveries"), 1); /* the shop's ping */
    GET(s, "/v1/channels/woo");
    assert_true(said_text(json_get(s->json, "settings"), "connected_at").n > 0);

    /* What is sold now is told by a delivery, signed with the secret that was made up. */
    shop_sells_one(shop, "TEE", 3);
    UNTIL(s, 10, served_stock(s, "TEE", "reserved") == 3);
    GET(s, "/v1/deliveries?channel=woo&state=applied");
    assert_true(json_count(json_get(s->json, "items")) > 0);

    /* Again: all is there, nothing is made twice. */
    begin(s, job);
    UNTIL(s, 30, has_ended(s, job));
    assert_int_equal(checks(s, job, "made", NULL), 0);
    assert_int_equal(checks(s, job, "wrong", NULL), 0);
    served_end(s);
}

static void test_wrong_credentials_are_said_and_nothing_is_kept(void **state)
{
    struct served *s = *state;
    char job[64];
    start_public(s);
    (void)silent_shop(s, "somebody-elses");
    begin(s, job);
    UNTIL(s, 30, has_ended(s, job));
    assert_true(checks(s, job, "wrong", NULL) > 0);
    GET(s, "/v1/channels/woo");
    assert_int_equal(said_text(json_get(s->json, "settings"), "connected_at").n, 0);
    served_end(s);
}

static bool says_of_connection(struct served *s, const char *job, const char *part)
{
    GET(s, "%s", job);
    for (struct json_iter i = json_iter(json_get(json_get(s->json, "result"), "checks"));
         json_next(&i);) {
        struct slice detail = said_text(i.value, "detail");
        if (slice_is(said_text(i.value, "what"), "connection")) {
            return memmem(detail.p, detail.n, part, strlen(part)) != NULL;
        }
    }
    return false;
}

static void test_a_wrong_address_is_said_at_once_and_taken_back_when_it_is_mended(void **state)
{
    struct served *s = *state;
    char job[64], right[64];
    start_public(s);
    struct shop *shop = silent_shop(s, SHOP_TOKEN_SECRET);
    snprintf(right, sizeof(right), "%.*s", SLICE_ARG(shop_base_url(shop)));
    WRITE(s,
          200,
          "PATCH",
          "/v1/channels/woo",
          "%s",
          "{'settings':{'base_url':'http://127.0.0.1:1/woo'}}");
    begin(s, job);
    UNTIL(s, 3, checks(s, job, "wrong", "connection") == 1);
    assert_true(says_of_connection(s, job, "http://127.0.0.1:1/woo"));
    assert_true(says_of_connection(s, job, "settings.base_url"));
    assert_false(has_ended(s, job));
    WRITE(s, 200, "PATCH", "/v1/channels/woo", "{'settings':{'base_url':'%s'}}", right);
    UNTIL(s, 30, has_ended(s, job));
    assert_int_equal(checks(s, job, "wrong", NULL), 0);
    assert_int_equal(checks(s, job, "ok", "connection"), 1);
    assert_true(checks(s, job, "made", NULL) >= 3);
    served_end(s);
}

/* Nothing can be asked before a token is bought, and none is sold there. */
static void test_an_address_that_sells_no_token_is_said_at_once(void **state)
{
    struct served *s = *state;
    char job[64];
    start_public(s);
    WRITE(s,
          201,
          "POST",
          "/v1/channels",
          "%s",
          "{'code':'walmart','connector':'walmart','mode':'live',"
          "'settings':{'base_url':'http://127.0.0.1:1'},"
          "'secrets':{'client_id':'an-id','client_secret':'a-secret'}}");
    WRITE(s, 202, "POST", "/v1/channels/walmart/connect", "{}");
    snprintf(job, sizeof(job), "/v1/jobs/%.*s", SLICE_ARG(said_text(s->json, "job")));
    UNTIL(s, 3, checks(s, job, "wrong", "connection") == 1);
    assert_true(says_of_connection(s, job, "http://127.0.0.1:1"));
    assert_false(has_ended(s, job));
    served_end(s);
}

/* What came back without our random text is nobody's. */
static void test_a_return_that_nobody_waits_for_is_refused(void **state)
{
    struct served *s = *state;
    start_public(s);
    (void)silent_shop(s, SHOP_TOKEN_SECRET);
    assert_int_equal(served_get(s, "/connect/nobody?code=1&state=2"), 404);
    WRITE(s,
          400,
          "POST",
          "/connect/woo?state=0123456789abcdef",
          "{'key_id':1,'user_id':'0123456789abcdef','consumer_key':'ck_evil',"
          "'consumer_secret':'cs_evil','key_permissions':'read_write'}");
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_a_shop_is_subscribed_to_and_its_deliveries_are_proven),
        SCENARIO(test_wrong_credentials_are_said_and_nothing_is_kept),
        SCENARIO(test_a_wrong_address_is_said_at_once_and_taken_back_when_it_is_mended),
        SCENARIO(test_an_address_that_sells_no_token_is_said_at_once),
        SCENARIO(test_a_return_that_nobody_waits_for_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
