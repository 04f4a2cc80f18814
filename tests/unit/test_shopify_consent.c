/* SPDX-License-Identifier: Apache-2.0 */
/* A person allows the app: the address, the signed return, the token and its successors. */
#include "support/channel_fixture.h"

#include "channels/shopify/shopify.h"

static const struct connector *const shopify = &connector_shopify;
static const uint8_t nonce[16];
static struct account waiting; /* for a person */
static struct account allowed; /* with what that person's consent gave */

#define APP "\"client_id\":\"id+1\",\"client_secret\":\"truecount-test-secret\""
#define SETTINGS "{\"settings\":{\"shop\":\"t\",\"grant\":\"authorization_code\"},\"secrets\":{" APP

/* Checked with Shopify's own library. */
#define SIGNED "code=abc&host=aG9zdA&shop=t.myshopify.com&state=n1&timestamp=1337178173"
#define HMAC "894b2d06842a7d4245554aa73f99b80e5cf6c26e2ff3518eb7e798f48ec87bdd"

static int open_accounts(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    waiting = fixture_account(shopify, SETTINGS "}}");
    allowed = fixture_account(shopify, SETTINGS ",\"refresh_token\":\"shprt_1\"}}");
    return 0;
}

static enum err code_for(const struct account *account,
                         const char *query,
                         const char *asked,
                         struct http_request *out)
{
    struct step step = {.nonce = nonce,
                        .redirect_uri = SLICE("https://stock.example/back"),
                        .state = slice_of(asked)};
    return shopify->build_code(account, slice_of(query), &step, &fixture.arena, out);
}

static void test_an_account_that_waits_for_a_person_can_do_nothing_else(void **state)
{
    (void)state;
    struct push_item item = {.stock_key = SLICE("item:1"), .location = SLICE("2"), .value = 1};
    struct step step = {.nonce = nonce, .key = SLICE("k"), .hooks_url = SLICE("https://h.example")};
    struct http_request r;
    struct arena *a = &fixture.arena;
    assert_true(waiting.needs_consent);
    assert_true(shopify->wants_token(&waiting));
    assert_int_equal(shopify->build_push(&waiting, &item, 1, &step, a, &r), ERR_AUTH);
    assert_int_equal(shopify->build_read(&waiting, &item, 1, &step, a, &r), ERR_AUTH);
    assert_int_equal(shopify->build_orders(&waiting, &step, a, &r), ERR_AUTH);
    assert_int_equal(shopify->build_catalogue(&waiting, &step, a, &r), ERR_AUTH);
    assert_int_equal(shopify->build_connect(&waiting, &step, a, &r), ERR_AUTH);
    assert_int_equal(shopify->build_token(&waiting, &step, a, &r), ERR_AUTH);
}

static void test_only_accounts_that_say_so_wait_for_a_person(void **state)
{
    (void)state;
    static const char *const others[] = {
        "{\"settings\":{\"shop\":\"t\"},\"secrets\":{" APP "}}",
        "{\"settings\":{\"shop\":\"t\",\"grant\":\"client_credentials\"},\"secrets\":{" APP "}}",
        "{\"settings\":{\"shop\":\"t\",\"grant\":null},\"secrets\":{\"access_token\":\"t\"}}",
        SETTINGS ",\"access_token\":\"shpat_1\"}}",
        SETTINGS ",\"refresh_token\":\"shprt_1\"}}",
    };
    struct account account;
    struct err_note note;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        account = fixture_account(shopify, others[i]);
        assert_false(account.needs_consent);
    }
    static const struct {
        const char *text, *names;
    } wrong[] = {
        {"{\"settings\":{\"shop\":\"t\",\"grant\":\"implicit\"},\"secrets\":{" APP "}}", "grant"},
        {"{\"settings\":{\"shop\":\"t\",\"grant\":\"authorization_code\"},\"secrets\":{}}",
         "client_id"},
        {"{\"settings\":{\"shop\":\"t\",\"grant\":\"authorization_code\"},\"secrets\":"
         "{\"client_id\":\"i\"}}",
         "client_secret"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(fixture_configure(shopify, wrong[i].text, &account, &note), ERR_USAGE);
        assert_non_null(strstr(note.text, wrong[i].names));
    }
}

static void test_the_address_names_app_rights_return_and_state(void **state)
{
    (void)state;
    struct err_note note;
    struct slice url;
    struct step step = {.redirect_uri = SLICE("https://stock.example/back"), .state = SLICE("n&1")};
    assert_int_equal(shopify->consent_url(&waiting, &step, &fixture.arena, &url, &note), ERR_OK);
    assert_slice(url,
                 "https://t.myshopify.com/admin/oauth/authorize?client_id=id%2B1"
                 "&scope=read_orders%2Cread_products%2Cread_inventory%2Cwrite_inventory%2C"
                 "read_locations%2Cread_fulfillments%2Cread_returns%2C"
                 "read_merchant_managed_fulfillment_orders"
                 "&redirect_uri=https%3A%2F%2Fstock.example%2Fback&state=n%261");
    /* It can be asked for again later: more rights, another person. */
    assert_int_equal(shopify->consent_url(&allowed, &step, &fixture.arena, &url, &note), ERR_OK);
    step.state = (struct slice){0};
    assert_int_equal(shopify->consent_url(&waiting, &step, &fixture.arena, &url, &note), ERR_USAGE);
    struct account own =
        fixture_account(shopify, "{\"settings\":{\"shop\":\"t\"},\"secrets\":{" APP "}}");
    step.state = SLICE("n1");
    assert_int_equal(shopify->consent_url(&own, &step, &fixture.arena, &url, &note), ERR_USAGE);
    assert_non_null(strstr(note.text, "settings.grant"));
}

static void test_a_genuine_return_becomes_the_exchange_of_its_code(void **state)
{
    (void)state;
    static const char *const returns[] = {
        SIGNED "&hmac=" HMAC,
        "hmac=" HMAC "&" SIGNED,
        "timestamp=1337178173&state=n1&hmac=" HMAC "&shop=t.myshopify.com&host=aG9zdA&code=abc",
        SIGNED "&signature=old&hmac=" HMAC,
        /* Spelled otherwise on the way. */
        ("%63ode=abc&host=aG9zdA&shop=t%2Emyshopify.com&state=n1&timestamp=1337178173&hmac=" HMAC),
    };
    for (size_t i = 0; i < COUNT_OF(returns); i++) {
        struct http_request r;
        assert_int_equal(code_for(&waiting, returns[i], "n1", &r), ERR_OK);
        assert_slice(r.method, "POST");
        assert_slice(r.url, "https://t.myshopify.com/admin/oauth/access_token");
        assert_slice(r.body,
                     "{\"client_id\":\"id+1\",\"client_secret\":\"truecount-test-secret\","
                     "\"code\":\"abc\",\"expiring\":\"1\"}");
        assert_slice(fixture_header(&r, "Content-Type"), "application/json");
    }
}

static void test_a_forged_return_is_refused(void **state)
{
    (void)state;
    static const char *const forged[] = {
        "",
        "hmac=",
        "code=abc",
        SIGNED,
        SIGNED "&hmac=",
        SIGNED "&hmac=894b",
        SIGNED "&hmac=894B2D06842A7D4245554AA73F99B80E5CF6C26E2FF3518EB7E798F48EC87BDD",
        "code=abd&host=aG9zdA&shop=t.myshopify.com&state=n1&timestamp=1337178173&hmac=" HMAC,
        SIGNED "&more=1&hmac=" HMAC,
        SIGNED "&code=abc&hmac=" HMAC,
        SIGNED "&code=evil&hmac=" HMAC,
        /* One parameter cut from two signed ones. */
        "code=abc%26host%3DaG9zdA&shop=t.myshopify.com&state=n1&timestamp=1337178173&hmac=" HMAC,
        "%ff=%zz&" SIGNED "&hmac=" HMAC,
        "&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&",
    };
    struct http_request r;
    for (size_t i = 0; i < COUNT_OF(forged); i++) {
        if (code_for(&waiting, forged[i], "n1", &r) != ERR_AUTH) {
            fail_msg("'%s' passes for a return", forged[i]);
        }
    }
    /* Signed, but for another question, or about another shop. */
    assert_int_equal(code_for(&waiting, SIGNED "&hmac=" HMAC, "n2", &r), ERR_AUTH);
    struct account other = fixture_account(
        shopify,
        "{\"settings\":{\"shop\":\"u\",\"grant\":\"authorization_code\"},\"secrets\":{" APP "}}");
    assert_int_equal(code_for(&other, SIGNED "&hmac=" HMAC, "n1", &r), ERR_AUTH);
    /* An app of the shop's own never asks. */
    struct account own =
        fixture_account(shopify, "{\"settings\":{\"shop\":\"t\"},\"secrets\":{" APP "}}");
    assert_int_equal(code_for(&own, SIGNED "&hmac=" HMAC, "n1", &r), ERR_USAGE);
}

static enum err token_of(const struct account *account,
                         int status,
                         const char *body,
                         struct token *out,
                         struct channel_signal *signal)
{
    struct http_response response = fixture_answer(status, slice_of(body));
    struct err_note note;
    return shopify->read_token(
        account, &(struct step){0}, &response, fixture.doc, &fixture.arena, out, signal, &note);
}

static void test_a_token_comes_with_what_buys_the_next_one(void **state)
{
    (void)state;
    struct token token = {0};
    struct channel_signal signal;
    struct http_request r;
    assert_int_equal(token_of(&waiting,
                              200,
                              "{\"access_token\":\"shpua_2\",\"scope\":\"read_orders\","
                              "\"expires_in\":3600,\"refresh_token\":\"shprt_2\","
                              "\"refresh_token_expires_in\":7776000}",
                              &token,
                              &signal),
                     ERR_OK);
    assert_slice(token.access, "shpua_2");
    assert_slice(token.refresh, "shprt_2");
    assert_int_equal(token.lifetime_us, 3600 * US_PER_S);

    assert_true(shopify->wants_token(&allowed));
    assert_int_equal(
        shopify->build_token(&allowed, &(struct step){.now_us = 1}, &fixture.arena, &r), ERR_OK);
    assert_slice(r.url, "https://t.myshopify.com/admin/oauth/access_token");
    assert_slice(r.body,
                 "{\"client_id\":\"id+1\",\"client_secret\":\"truecount-test-secret\","
                 "\"grant_type\":\"refresh_token\",\"refresh_token\":\"shprt_1\"}");
}

static void test_a_token_without_an_end_lasts(void **state)
{
    (void)state;
    struct token token = {0};
    struct channel_signal signal;
    assert_int_equal(token_of(&waiting, 200, "{\"access_token\":\"shpat_2\"}", &token, &signal),
                     ERR_OK);
    assert_int_equal(token.refresh.n, 0);
    assert_true(token.lifetime_us > INT64_C(3650) * 86400 * US_PER_S);
    /* With nothing that buys another one, none is bought. */
    struct account lasting = fixture_account(shopify, SETTINGS ",\"access_token\":\"shpat_2\"}}");
    struct http_request r;
    assert_int_equal(
        shopify->build_token(&lasting, &(struct step){.now_us = 1}, &fixture.arena, &r), ERR_USAGE);
}

static void test_a_refused_code_says_to_allow_it_again(void **state)
{
    (void)state;
    struct token token = {0};
    struct channel_signal signal;
    assert_int_equal(token_of(&waiting, 400, "{\"error\":\"invalid_request\"}", &token, &signal),
                     ERR_AUTH);
    assert_true(signal.unauthorised);
    assert_slice(signal.reason, "the consent is refused or over: allow it again");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_account_that_waits_for_a_person_can_do_nothing_else),
        cmocka_unit_test(test_only_accounts_that_say_so_wait_for_a_person),
        cmocka_unit_test(test_the_address_names_app_rights_return_and_state),
        cmocka_unit_test(test_a_genuine_return_becomes_the_exchange_of_its_code),
        cmocka_unit_test(test_a_forged_return_is_refused),
        cmocka_unit_test(test_a_token_comes_with_what_buys_the_next_one),
        cmocka_unit_test(test_a_token_without_an_end_lasts),
        cmocka_unit_test(test_a_refused_code_says_to_allow_it_again),
    };
    return cmocka_run_group_tests(tests, open_accounts, fixture_close);
}
