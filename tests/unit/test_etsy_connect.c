/* SPDX-License-Identifier: Apache-2.0 */
/* Settings and secrets, tokens, consent, and the exchange that connects a shop. */
#include "support/connecting.h"
#include "support/etsy_exchange.h"

static const struct connector *const etsy = &connector_etsy;
static struct account account;

static int open_account(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(etsy, ETSY_CONFIG(""));
    return 0;
}

#define APP "\"keystring\":\"ks\",\"shared_secret\":\"sec\""

static void test_settings_that_cannot_be_used_say_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *text, *note;
    } cases[] = {
        {"{}", "secrets.keystring and secrets.shared_secret"},
        {"{\"secrets\":{\"keystring\":\"k\"}}", "https://www.etsy.com/developers/your-apps"},
        {"{\"secrets\":{\"shared_secret\":\"k\"}}", "secrets.keystring"},
        {"{\"secrets\":{\"keystring\":7}}", "secrets.keystring must be a text"},
        {"{\"secrets\":{" APP ",\"refresh_token\":\"a b\"}}", "secrets.refresh_token"},
        {"{\"secrets\":{" APP ",\"webhook_secret\":\"whsec_?\"}}", "webhook portal"},
        {"{\"secrets\":{" APP ",\"webhook_secret\":\"whsec_\"}}", "webhook portal"},
        {"{\"settings\":{\"shop_id\":\"abc\"},\"secrets\":{" APP "}}", "settings.shop_id"},
        {"{\"settings\":{\"shop_id\":0},\"secrets\":{" APP "}}", "found when connecting"},
        {"{\"settings\":{\"base_url\":\"etsy.com\"},\"secrets\":{" APP "}}", "settings.base_url"},
        {"{\"settings\":{\"auth_url\":\"x\"},\"secrets\":{" APP "}}", "settings.auth_url"},
        {"{\"settings\":{\"webhook_tolerance_s\":0},\"secrets\":{" APP "}}", "1 to 604800"},
        {"{\"settings\":{\"webhook_tolerance_s\":604801},\"secrets\":{" APP "}}", "1 to 604800"},
        {"{\"settings\":{\"reactivate\":\"maybe\"},\"secrets\":{" APP "}}", "settings.reactivate"},
        {"{\"settings\":{\"reactivate\":true},\"secrets\":{" APP "}}", "settings.reactivate"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct account a;
        struct err_note note = {{0}};
        assert_int_equal(fixture_configure(etsy, cases[i].text, &a, &note), ERR_USAGE);
        assert_says(slice_of(note.text), cases[i].note);
    }
}

static void test_an_app_alone_is_an_account_that_waits_for_consent(void **state)
{
    (void)state;
    struct account a = fixture_account(etsy, "{\"secrets\":{" APP "}}");
    assert_true(a.needs_consent);
    assert_true(etsy->wants_token(&a));
    assert_slice(a.base_url, "https://openapi.etsy.com");
    assert_slice(etsy_config(&a)->auth_url, "https://api.etsy.com");
    assert_int_equal(etsy_config(&a)->reactivate, ETSY_REACTIVATE_INACTIVE);
    struct account b = fixture_account(
        etsy,
        "{\"settings\":{\"shop_id\":\" 12345\",\"reactivate\":\"inactive\"},\"secrets\":{" APP
        ",\"refresh_token\":\"r\",\"webhook_secret\":\"aG9v\"}}");
    assert_false(b.needs_consent);
    assert_true(etsy->wants_token(&b));
    assert_slice(etsy_config(&b)->webhook_key, "hoo");
    assert_false(etsy->wants_token(&account));
    struct http_request r;
    assert_int_equal(etsy->build_token(&a, &(struct step){0}, &fixture.arena, &r), ERR_USAGE);
    assert_int_equal(etsy->build_connect(&a, &(struct step){0}, &fixture.arena, &r), ERR_AUTH);
}

static void test_tokens_come_from_where_the_api_is_unless_it_is_said_otherwise(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *url;
    } cases[] = {
        {"{}", "https://api.etsy.com/v3/public/oauth/token"},
        {"{\"base_url\":\"http://127.0.0.1:9/etsy/\"}",
         "http://127.0.0.1:9/etsy/v3/public/oauth/token"},
        {"{\"base_url\":\"http://127.0.0.1:9\",\"auth_url\":\"http://127.0.0.1:8/\"}",
         "http://127.0.0.1:8/v3/public/oauth/token"},
        {"{\"auth_url\":\"https://auth.example\"}", "https://auth.example/v3/public/oauth/token"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice text = arena_printf(&fixture.arena,
                                         "{\"settings\":%s,\"secrets\":{" APP
                                         ",\"refresh_token\":\"12345.a/b+c\"}}",
                                         cases[i].settings);
        struct account a = fixture_account(etsy, text.p);
        struct http_request r;
        assert_int_equal(etsy->build_token(&a, &(struct step){0}, &fixture.arena, &r), ERR_OK);
        assert_slice(r.method, "POST");
        assert_slice(r.url, cases[i].url);
        assert_slice(fixture_header(&r, "x-api-key"), "ks:sec");
        assert_slice(fixture_header(&r, "Content-Type"), "application/x-www-form-urlencoded");
        assert_slice(r.body, "grant_type=refresh_token&client_id=ks&refresh_token=12345.a%2Fb%2Bc");
    }
}

static enum err token_of(int status, const char *body, struct token *out, struct channel_signal *s)
{
    struct http_response response = fixture_answer(status, slice_of(body));
    struct err_note note = {{0}};
    *s = (struct channel_signal)SIGNAL_NONE;
    enum err e = etsy->read_token(
        &account, &(struct step){0}, &response, fixture.doc, &fixture.arena, out, s, &note);
    assert_int_equal(e == ERR_OK, note.text[0] == '\0');
    return e;
}

static void test_each_use_of_a_refresh_token_gives_the_next_one(void **state)
{
    (void)state;
    struct token token;
    struct channel_signal signal;
    assert_int_equal(token_of(200,
                              "{\"access_token\":\"12345.new\",\"token_type\":\"Bearer\","
                              "\"expires_in\":3600,\"refresh_token\":\"12345.next\"}",
                              &token,
                              &signal),
                     ERR_OK);
    assert_slice(token.access, "12345.new");
    assert_slice(token.refresh, "12345.next");
    assert_int_equal(token.lifetime_us, 3600 * US_PER_S);
    assert_true(etsy->semantics.token_ahead_us < token.lifetime_us / 4);
    assert_int_equal(token_of(200, "{\"access_token\":\"x\"}", &token, &signal), ERR_OK);
    assert_int_equal(token.refresh.n, 0);
    assert_int_equal(token.lifetime_us, 3600 * US_PER_S);
    static const struct {
        int status;
        const char *body;
        enum err err;
    } cases[] = {
        {400, "{\"error\":\"invalid_grant\",\"error_description\":\"worn out\"}", ERR_AUTH},
        {401, "{\"error\":\"invalid_client\"}", ERR_AUTH},
        {400, "<html>", ERR_UNKNOWN},
        {429, "{\"error\":\"x\"}", ERR_THROTTLED},
        {500, "{\"error\":\"x\"}", ERR_UNKNOWN},
        {200, "{}", ERR_UNKNOWN},
        {200, "{\"access_token\":\"a\\r\\nb\"}", ERR_UNKNOWN},
        {200, "<html>", ERR_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(token_of(cases[i].status, cases[i].body, &token, &signal), cases[i].err);
        assert_int_equal(signal.unauthorised, cases[i].err == ERR_AUTH);
    }
}

/* ---- consent ---- */

static const struct step asked = {.redirect_uri = {"https://stock.example/connect/etsy-eu", 37},
                                  .state = {"st4te", 5}};

static void test_consent_asks_for_exactly_the_rights_with_a_proof_that_needs_no_memory(void **state)
{
    (void)state;
    struct slice url;
    struct err_note note = {{0}};
    struct http_request r;
    assert_int_equal(etsy->consent_url(&account, &asked, &fixture.arena, &url, &note), ERR_OK);
    /* Computed apart: base64url(sha256("pkcest4tesec")), and the challenge of it. */
    assert_slice(
        url,
        "https://www.etsy.com/oauth/connect?response_type=code&client_id=ks"
        "&redirect_uri=https%3A%2F%2Fstock.example%2Fconnect%2Fetsy-eu"
        "&scope=transactions_r%20listings_r%20listings_w%20shops_r&state=st4te"
        "&code_challenge=7gllh0WEcUVB9CsyBP9ZvBUrvVT14qseuhgx99Uov6Y&code_challenge_method=S256");
    assert_int_equal(
        etsy->build_code(&account, SLICE("code=c%2Fd&state=st4te"), &asked, &fixture.arena, &r),
        ERR_OK);
    assert_slice(r.url, "https://api.etsy.com/v3/public/oauth/token");
    assert_slice(r.body,
                 "grant_type=authorization_code&client_id=ks"
                 "&redirect_uri=https%3A%2F%2Fstock.example%2Fconnect%2Fetsy-eu&code=c%2Fd"
                 "&code_verifier=NPW6J22wfAWYbBypD8JDn8FSyQiGBNFxFAX8QemojnA");
}

static void test_a_return_that_is_not_ours_buys_nothing(void **state)
{
    (void)state;
    static const char *const queries[] = {"code=c&state=other",
                                          "code=c",
                                          "state=st4te",
                                          "error=access_denied&state=st4te",
                                          "code=&state=st4te"};
    struct http_request r;
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        assert_int_equal(
            etsy->build_code(&account, slice_of(queries[i]), &asked, &fixture.arena, &r), ERR_AUTH);
    }
    struct step plain = asked;
    plain.redirect_uri = SLICE("http://127.0.0.1:8080/connect/etsy");
    struct slice url;
    struct err_note note = {{0}};
    assert_int_equal(etsy->consent_url(&account, &plain, &fixture.arena, &url, &note), ERR_USAGE);
    assert_says(slice_of(note.text), "https");
    struct account local = fixture_account(
        etsy, "{\"settings\":{\"base_url\":\"http://127.0.0.1:9\"},\"secrets\":{" APP "}}");
    assert_int_equal(etsy->consent_url(&local, &plain, &fixture.arena, &url, &note), ERR_OK);
    assert_true(slice_starts(url, "http://127.0.0.1:9/oauth/connect?"));
}

/* ---- connecting ---- */

static struct {
    int me, shop, scopes;
    const char *me_body, *shop_body, *scopes_body;
} platform;

static void platform_reset(void)
{
    platform.me = platform.shop = platform.scopes = 200;
    platform.me_body = "{\"user_id\":12345,\"shop_id\":12345}";
    platform.shop_body = "{\"shop_id\":12345,\"shop_name\":\"Tees\",\"is_vacation\":false}";
    platform.scopes_body =
        "{\"scopes\":[\"transactions_r\",\"listings_r\",\"listings_w\",\"shops_r\"]}";
}

static struct http_response etsy_answers(const struct http_request *request)
{
    if (slice_ends(request->url, "/users/me")) {
        assert_slice(request->method, "GET");
        return fixture_answer(platform.me, slice_of(platform.me_body));
    }
    if (slice_ends(request->url, "/shops/12345")) {
        return fixture_answer(platform.shop, slice_of(platform.shop_body));
    }
    assert_slice(request->url, "https://openapi.etsy.com/v3/application/scopes");
    assert_slice(request->method, "POST");
    assert_slice(request->body, "token=12345.t");
    return fixture_answer(platform.scopes, slice_of(platform.scopes_body));
}

#define HOOKS "https://stock.example/hooks/etsy-eu"
#define NO_SHOP "{\"secrets\":{" APP ",\"refresh_token\":\"r\",\"access_token\":\"12345.t\"}}"

static void test_connecting_finds_the_shop_and_leaves_the_portal_to_a_person(void **state)
{
    (void)state;
    static struct exchange x;
    struct account a = fixture_account(etsy, NO_SHOP);
    platform_reset();
    exchange_run(&a, HOOKS, etsy_answers, &x);
    assert_int_equal(x.err, ERR_OK);
    assert_int_equal(x.calls, 3);
    assert_slice(x.settings, "{\"shop_id\":\"12345\"}");
    assert_int_equal(x.secrets.n, 0);
    exchange_found(&x, "credentials", CONNECT_OK);
    exchange_found(&x, "shop_id", CONNECT_MADE);
    exchange_found(&x, "shop", CONNECT_OK);
    exchange_found(&x, "right to read orders", CONNECT_OK);
    exchange_found(&x, "right to write stock", CONNECT_OK);
    exchange_found(&x, "webhooks", CONNECT_BY_HAND);
    static const char *const words[] = {HOOKS,
                                        "Webhook portal",
                                        "order.paid",
                                        "order.canceled",
                                        "order.shipped",
                                        "order.delivered",
                                        "webhook_secret"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        exchange_says(&x, "webhooks", words[i]);
    }
    exchange_found(&x, "cap", CONNECT_BY_HAND);

    exchange_run(&account, HOOKS, etsy_answers, &x); /* the secret is set, the shop is known */
    exchange_found(&x, "webhooks", CONNECT_OK);
    assert_int_equal(x.settings.n, 0);
    assert_null(exchange_check(&x, "shop_id"));

    exchange_run(&a, "http://127.0.0.1:8080/hooks/etsy", etsy_answers, &x);
    exchange_found(&x, "webhooks", CONNECT_BY_HAND);
    exchange_says(&x, "webhooks", "--public-url");
}

static void test_another_shop_or_none_is_wrong(void **state)
{
    (void)state;
    static struct exchange x;
    platform_reset();
    platform.me_body = "{\"user_id\":9,\"shop_id\":77}";
    exchange_run(&account, HOOKS, etsy_answers, &x);
    assert_int_equal(x.calls, 1);
    exchange_found(&x, "shop", CONNECT_WRONG);
    exchange_says(&x, "shop", "belongs to shop 77, settings.shop_id is 12345");
    platform.me_body = "{\"user_id\":9,\"shop_id\":null}";
    exchange_run(&account, HOOKS, etsy_answers, &x);
    exchange_found(&x, "shop", CONNECT_WRONG);
    platform_reset();
    platform.shop_body = "{\"shop_name\":\"Tees\",\"is_vacation\":true}";
    exchange_run(&account, HOOKS, etsy_answers, &x);
    exchange_found(&x, "shop", CONNECT_OK);
    exchange_says(&x, "shop", "vacation");
    platform.shop = 404;
    platform.shop_body = "{\"error\":\"Shop with ID 12345 was not found\"}";
    exchange_run(&account, HOOKS, etsy_answers, &x);
    exchange_found(&x, "shop", CONNECT_WRONG);
    exchange_found(&x, "right to write stock", CONNECT_OK);
}

static void
test_a_right_that_lacks_is_wrong_and_one_that_is_not_said_is_asked_of_a_person(void **state)
{
    (void)state;
    static struct exchange x;
    platform_reset();
    platform.scopes_body = "{\"scopes\":[\"transactions_r\",\"listings_r\"]}";
    exchange_run(&account, HOOKS, etsy_answers, &x);
    exchange_found(&x, "right to read stock", CONNECT_OK);
    exchange_found(&x, "right to write stock", CONNECT_WRONG);
    exchange_says(&x, "right to write stock", "listings_w is missing");
    platform.scopes = 404;
    platform.scopes_body = "{\"error\":\"Resource not found\"}";
    exchange_run(&account, HOOKS, etsy_answers, &x);
    exchange_found(&x, "rights", CONNECT_BY_HAND);
    exchange_says(&x, "rights", ETSY_SCOPES);
}

static void test_refused_credentials_and_outages_end_it(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum err err;
    } cases[] = {{401, ERR_AUTH}, {429, ERR_THROTTLED}, {500, ERR_NET}, {404, ERR_NOT_FOUND}};
    static struct exchange x;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        platform_reset();
        platform.me = cases[i].status;
        platform.me_body = "{\"error\":\"no\"}";
        exchange_run(&account, HOOKS, etsy_answers, &x);
        assert_int_equal(x.err, cases[i].err);
        assert_true(strlen(x.note.text) > 0);
    }
    platform_reset();
    platform.scopes = 503;
    exchange_run(&account, HOOKS, etsy_answers, &x);
    assert_int_equal(x.err, ERR_NET);
    assert_int_equal(x.calls, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_that_cannot_be_used_say_what_to_do),
        cmocka_unit_test(test_an_app_alone_is_an_account_that_waits_for_consent),
        cmocka_unit_test(test_tokens_come_from_where_the_api_is_unless_it_is_said_otherwise),
        cmocka_unit_test(test_each_use_of_a_refresh_token_gives_the_next_one),
        cmocka_unit_test(
            test_consent_asks_for_exactly_the_rights_with_a_proof_that_needs_no_memory),
        cmocka_unit_test(test_a_return_that_is_not_ours_buys_nothing),
        cmocka_unit_test(test_connecting_finds_the_shop_and_leaves_the_portal_to_a_person),
        cmocka_unit_test(test_another_shop_or_none_is_wrong),
        cmocka_unit_test(
            test_a_right_that_lacks_is_wrong_and_one_that_is_not_said_is_asked_of_a_person),
        cmocka_unit_test(test_refused_credentials_and_outages_end_it),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
