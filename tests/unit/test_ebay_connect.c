/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, consent and connecting: every request of every exchange, and what its answers mean. */
#include "support/ebay_account.h"

#include "base/buf.h"

/* ---- tokens ---- */

static enum err token_read(int status,
                           const char *body,
                           struct token *out,
                           struct channel_signal *signal,
                           struct err_note *note)
{
    struct step step = ebay_step("");
    struct http_response response = fixture_answer(status, slice_of(body));
    return ebay->read_token(
        &ebay_account, &step, &response, fixture.doc, &fixture.arena, out, signal, note);
}

static void test_a_refresh_token_buys_an_access_token(void **state)
{
    (void)state;
    struct step step = ebay_step("");
    struct http_request r = {0};
    struct token token = {0};
    struct channel_signal signal;
    struct err_note note = {{0}};
    assert_int_equal(ebay->build_token(&ebay_account, &step, &fixture.arena, &r), ERR_OK);
    assert_request(&r, "POST https://api.ebay.com/identity/v1/oauth2/token");
    assert_slice(r.body, "grant_type=refresh_token&refresh_token=r%2F1");
    assert_slice(fixture_header(&r, "Authorization"), "Basic YXBwLTE6Y2VydC0x");
    assert_slice(fixture_header(&r, "Content-Type"), "application/x-www-form-urlencoded");
    assert_int_equal(token_read(200,
                                "{\"access_token\":\"v^1.1#x\",\"expires_in\":7200,"
                                "\"token_type\":\"User Access Token\"}",
                                &token,
                                &signal,
                                &note),
                     ERR_OK);
    assert_slice(token.access, "v^1.1#x");
    assert_int_equal(token.lifetime_us, 7200 * US_PER_S);
    assert_int_equal(token.refresh.n, 0);
    assert_int_equal(
        token_read(200,
                   "{\"access_token\":\"a\",\"expires_in\":\"x\",\"refresh_token\":\"v^r\"}",
                   &token,
                   &signal,
                   &note),
        ERR_OK);
    assert_slice(token.refresh, "v^r");
    assert_int_equal(token.lifetime_us, 7200 * US_PER_S);
}

static void test_a_refused_token_is_told_by_the_body(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum err err;
        bool unauthorised;
        const char *says;
    } cases[] = {
        {400, "{\"error\":\"invalid_grant\"}", ERR_AUTH, true, "consent has ended"},
        {401, "{\"error\":\"invalid_client\"}", ERR_AUTH, true, "does not know these keys"},
        {400, "{\"error\":\"invalid_scope\"}", ERR_AUTH, true, "these rights"},
        {400, "{\"error\":\"x\",\"error_description\":\"why not\"}", ERR_AUTH, true, "why not"},
        {400, "<html>", ERR_UNKNOWN, false, "HTTP 400"},
        {429, "", ERR_THROTTLED, false, "HTTP 429"},
        {500, "{\"error\":\"server_error\"}", ERR_UNKNOWN, false, "HTTP 500"},
        {503, "", ERR_UNKNOWN, false, "HTTP 503"},
        {200, "{}", ERR_UNKNOWN, false, "no access token"},
        {200, "{\"access_token\":\"a b\"}", ERR_UNKNOWN, false, "no access token"},
        {200, "<html>", ERR_UNKNOWN, false, "no access token"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct token token = {0};
        struct channel_signal signal = {0};
        struct err_note note = {{0}};
        enum err e = token_read(cases[i].status, cases[i].body, &token, &signal, &note);
        if (e != cases[i].err || signal.unauthorised != cases[i].unauthorised ||
            !strstr(note.text, cases[i].says)) {
            fail_msg("%zu: %s, '%s'", i, err_name(e), note.text);
        }
    }
}

static void test_a_person_consents_and_the_code_buys_the_tokens(void **state)
{
    (void)state;
    struct step step = ebay_step("");
    struct slice url = {0};
    struct err_note note = {{0}};
    struct http_request r = {0};
    struct account nameless =
        fixture_account(ebay, "{\"secrets\":{\"client_id\":\"a\",\"client_secret\":\"c\"}}");
    step.state = SLICE("s+1");
    step.redirect_uri = SLICE("https://stock.example/consent");
    assert_int_equal(ebay->consent_url(&ebay_account, &step, &fixture.arena, &url, &note), ERR_OK);
    assert_slice(url,
                 "https://auth.ebay.com/oauth2/authorize?client_id=app-1&response_type=code"
                 "&redirect_uri=Ru-Name&scope=https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope%20"
                 "https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope%2Fsell.inventory%20"
                 "https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope%2Fsell.fulfillment%20"
                 "https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope%2F"
                 "commerce.notification.subscription%20"
                 "https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope%2Fcommerce.identity.readonly"
                 "&state=s%2B1");
    assert_int_equal(ebay->consent_url(&nameless, &step, &fixture.arena, &url, &note), ERR_USAGE);
    assert_non_null(strstr(note.text, "https://stock.example/consent"));

    assert_int_equal(ebay->build_code(&ebay_account,
                                      SLICE("code=v%5E1.1%23c&expires_in=299&state=s%2B1"),
                                      &step,
                                      &fixture.arena,
                                      &r),
                     ERR_OK);
    assert_request(&r, "POST https://api.ebay.com/identity/v1/oauth2/token");
    assert_slice(r.body, "grant_type=authorization_code&code=v%5E1.1%23c&redirect_uri=Ru-Name");
    static const char *const bad[] = {"",
                                      "code=c",
                                      "state=s%2B1",
                                      "code=&state=s%2B1",
                                      "code=c&state=s",
                                      "error=access_denied&state=s%2B1"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(
            ebay->build_code(&ebay_account, slice_of(bad[i]), &step, &fixture.arena, &r), ERR_AUTH);
    }
    step.state = (struct slice){0};
    assert_int_equal(
        ebay->build_code(&ebay_account, SLICE("code=c&state="), &step, &fixture.arena, &r),
        ERR_AUTH);
}

/* ---- connecting ---- */

struct scripted {
    const char *asks; /* "GET /path", with "(app)" behind it for the application's token */
    int status;
    const char *body, *location;
};

static struct slice asked(const struct http_request *r, const struct account *account)
{
    struct slice path = slice_starts(r->url, account->base_url.p)
                            ? slice_from(r->url, account->base_url.n)
                            : slice_from(r->url, strlen("https://apiz.ebay.com"));
    struct slice call = fixture_header(r, "X-EBAY-API-CALL-NAME");
    bool is_app = slice_is(fixture_header(r, "Authorization"), "Bearer app-t0k");
    return arena_printf(&fixture.arena,
                        "%.*s %.*s%s",
                        SLICE_ARG(r->method),
                        call.n ? (int)call.n : (int)path.n,
                        call.n ? call.p : path.p,
                        is_app ? " (app)" : "");
}

/* Runs the exchange; "ok credentials, hand …": all checks, in their order. */
static struct slice connected(const struct account *account,
                              const struct scripted *script,
                              size_t count,
                              struct connect_report *out_all)
{
    static const char *const states[] = {[CONNECT_OK] = "ok ",
                                         [CONNECT_MADE] = "made ",
                                         [CONNECT_BY_HAND] = "hand ",
                                         [CONNECT_WRONG] = "wrong "};
    ON_EXIT(buf_free) struct buf text;
    struct step step = ebay_step("");
    struct connect_check *all = ARENA_ARRAY(&fixture.arena, 32, struct connect_check);
    size_t checks = 0;

    *out_all = (struct connect_report){0};
    buf_init(&text, 4096);
    for (size_t i = 0; i < count; i++) {
        struct http_request r = {0};
        struct connect_report report = {0};
        struct channel_signal signal = {0};
        struct err_note note = {{0}};
        assert_int_equal(ebay->build_connect(account, &step, &fixture.arena, &r), ERR_OK);
        assert_slice(asked(&r, account), script[i].asks);
        struct http_header location = {SLICE("Location"), slice_of(script[i].location)};
        struct http_response response = fixture_answer(script[i].status, slice_of(script[i].body));
        if (script[i].location) {
            response.headers = &location;
            response.headers_count = 1;
        }
        enum err e = ebay->read_connect(
            account, &step, &response, fixture.doc, &fixture.arena, &report, &signal, &note);
        if (e) {
            fail_msg("%s: %s", script[i].asks, note.text);
        }
        for (size_t k = 0; k < report.checks_count; k++) {
            const struct connect_check *c = &report.checks[k];
            assert_true(checks < 32);
            all[checks] = *c;
            buf_text(&text, checks++ ? ", " : "");
            buf_text(&text, states[c->state]);
            buf_text(&text, c->what);
            assert_true(c->detail.n || c->state == CONNECT_OK || c->state == CONNECT_MADE);
        }
        out_all->settings = report.settings.n ? report.settings : out_all->settings;
        out_all->secrets = report.secrets.n ? report.secrets : out_all->secrets;
        assert_int_equal(signal.next.is_wanted, i + 1 < count);
        step.cursor = signal.next.cursor;
    }
    out_all->checks = all;
    out_all->checks_count = checks;
    return arena_copy(&fixture.arena, buf_view(&text));
}

#define WHO                                                                                        \
    {                                                                                              \
        "GET /commerce/identity/v1/user/", 200, "{\"username\":\"seller\"}", NULL                  \
    }
#define STOCK                                                                                      \
    {                                                                                              \
        "GET /sell/inventory/v1/inventory_item?limit=1&offset=0", 200, "{\"total\":0}", NULL       \
    }
#define ORDERS                                                                                     \
    {                                                                                              \
        "GET /sell/fulfillment/v1/order?limit=1", 200, "{\"total\":0}", NULL                       \
    }
#define CONTROL(v)                                                                                 \
    {                                                                                              \
        "POST GetUserPreferences", 200,                                                            \
            "<R><Ack>Success</Ack><OutOfStockControlPreference>" v                                 \
            "</OutOfStockControlPreference></R>",                                                  \
            NULL                                                                                   \
    }
#define APP                                                                                        \
    {                                                                                              \
        "POST /identity/v1/oauth2/token", 200, "{\"access_token\":\"app-t0k\"}", NULL              \
    }
#define N "/commerce/notification/v1/"
#define PLATFORM                                                                                   \
    {                                                                                              \
        "POST SetNotificationPreferences", 200, "<R><Ack>Success</Ack></R>", NULL                  \
    }
#define ENDPOINT "http://www.testendpoint.com/webhook"
#define DELETION "hand marketplace account deletion, "
#define COMMON "ok credentials, ok right to read and write stock, ok right to read orders, "

static void test_a_new_account_gets_all_that_can_be_made_for_it(void **state)
{
    (void)state;
    struct connect_report report;
    const struct scripted script[] = {
        WHO,
        STOCK,
        ORDERS,
        CONTROL("true"),
        APP,
        {"GET " N "config (app)",
         404,
         "{\"errors\":[{\"errorId\":195003,\"message\":\"n\"}]}",
         NULL},
        {"PUT " N "config (app)", 204, "", NULL},
        {"GET " N "destination?limit=100 (app)", 200, "{\"destinations\":[]}", NULL},
        {"POST " N "destination (app)",
         201,
         "{}",
         "https://evil.example/commerce/notification/v1/destination/dest-1"},
        {"GET " N "subscription?limit=100", 200, "{\"subscriptions\":[]}", NULL},
        {"POST " N "subscription", 201, "", "https://api.ebay.com/x/subscription/sub-1"},
        {"POST " N "subscription/sub-1/test", 202, "", NULL},
        PLATFORM,
    };
    assert_slice(connected(&ebay_account, script, COUNT_OF(script), &report),
                 COMMON "ok out-of-stock control, " DELETION
                        "made alert address, made destination, "
                        "made webhook ORDER_CONFIRMATION, ok test delivery, "
                        "ok platform notifications");
    /* The values that a person pastes stand in the text. */
    struct slice detail = report.checks[4].detail;
    assert_non_null(memmem(detail.p, detail.n, ENDPOINT, strlen(ENDPOINT)));
    assert_int_equal(report.settings.n + report.secrets.n, 0);
}

static void test_what_is_there_is_left_as_it_is(void **state)
{
    (void)state;
    struct connect_report report;
    const struct scripted script[] = {
        WHO,
        STOCK,
        ORDERS,
        CONTROL("true"),
        APP,
        {"GET " N "config (app)", 200, "{\"alertEmail\":\"x@y.example\"}", NULL},
        {"GET " N "destination?limit=100 (app)",
         200,
         "{\"destinations\":[{\"destinationId\":\"d0\",\"deliveryConfig\":{\"endpoint\":"
         "\"https://other.example\"}},{\"destinationId\":\"d1\",\"status\":\"ENABLED\","
         "\"deliveryConfig\":{\"endpoint\":\"" ENDPOINT "\"}}]}",
         NULL},
        {"GET " N "subscription?limit=100",
         200,
         "{\"subscriptions\":[{\"subscriptionId\":\"s0\",\"topicId\":\"OTHER\"},"
         "{\"subscriptionId\":\"s1\",\"topicId\":\"ORDER_CONFIRMATION\",\"status\":\"ENABLED\","
         "\"destinationId\":\"d1\"}]}",
         NULL},
        {"POST " N "subscription/s1/test", 202, "", NULL},
        PLATFORM,
    };
    assert_slice(connected(&ebay_account, script, COUNT_OF(script), &report),
                 COMMON "ok out-of-stock control, " DELETION "ok alert address, ok destination, "
                        "ok webhook ORDER_CONFIRMATION, ok test delivery, "
                        "ok platform notifications");
}

static void test_what_was_switched_off_is_switched_on(void **state)
{
    (void)state;
    struct connect_report report;
    const struct scripted script[] = {
        WHO,
        STOCK,
        ORDERS,
        CONTROL("false"),
        APP,
        {"GET " N "config (app)", 200, "{\"alertEmail\":\"x@y.example\"}", NULL},
        {"GET " N "destination?limit=100 (app)",
         200,
         "{\"destinations\":[{\"destinationId\":\"d1\",\"status\":\"MARKED_DOWN\","
         "\"deliveryConfig\":{\"endpoint\":\"" ENDPOINT "\"}}]}",
         NULL},
        {"PUT " N "destination/d1 (app)", 204, "", NULL},
        {"GET " N "subscription?limit=100",
         200,
         "{\"subscriptions\":[{\"subscriptionId\":\"s1\",\"topicId\":\"ORDER_CONFIRMATION\","
         "\"status\":\"DISABLED\",\"destinationId\":\"d1\"}]}",
         NULL},
        {"POST " N "subscription/s1/enable", 204, "", NULL},
        {"POST " N "subscription/s1/test",
         404,
         "{\"errors\":[{\"errorId\":195029,\"message\":\"no\"}]}",
         NULL},
        PLATFORM,
    };
    assert_slice(connected(&ebay_account, script, COUNT_OF(script), &report),
                 COMMON "hand out-of-stock control, " DELETION
                        "ok alert address, made destination, "
                        "made webhook ORDER_CONFIRMATION, wrong test delivery, "
                        "ok platform notifications");
}

static void test_a_token_that_is_missing_is_made_kept_and_shown_once(void **state)
{
    (void)state;
    struct account bare = fixture_account(
        ebay, "{\"secrets\":{\"client_id\":\"a\",\"client_secret\":\"c\",\"access_token\":\"t\"}}");
    struct connect_report report;
    const struct scripted script[] = {
        WHO,
        STOCK,
        ORDERS,
        CONTROL("true"),
        APP,
        {"GET " N "config (app)",
         404,
         "{\"errors\":[{\"errorId\":195003,\"message\":\"n\"}]}",
         NULL},
    };
    assert_slice(connected(&bare, script, COUNT_OF(script), &report),
                 COMMON "ok out-of-stock control, " DELETION "hand alert address, "
                        "hand platform notifications");
    assert_slice(report.settings, "{\"endpoint\":\"https://stock.example/hooks/shop-a\"}");
    assert_slice(report.secrets, "{\"verification_token\":\"a00102030405060708090a0b0c0d0e0f\"}");
    struct slice detail = report.checks[4].detail;
    assert_non_null(memmem(detail.p, detail.n, "a00102030405060708090a0b0c0d0e0f", 32));
    assert_non_null(memmem(detail.p, detail.n, "https://stock.example/hooks/shop-a", 34));
}

static void test_a_missing_right_or_a_failed_challenge_is_said_and_the_rest_goes_on(void **state)
{
    (void)state;
    struct connect_report report;
#define DENIED "{\"errors\":[{\"errorId\":1100,\"message\":\"Access denied\"}]}"
    const struct scripted script[] = {
        {"GET /commerce/identity/v1/user/", 403, DENIED, NULL},
        {"GET /sell/inventory/v1/inventory_item?limit=1&offset=0", 403, DENIED, NULL},
        {"GET /sell/fulfillment/v1/order?limit=1", 403, DENIED, NULL},
        {"POST GetUserPreferences", 200, "<R><Ack>Failure</Ack></R>", NULL},
        APP,
        {"GET " N "config (app)", 200, "{\"alertEmail\":\"x@y.example\"}", NULL},
        {"GET " N "destination?limit=100 (app)", 200, "{}", NULL},
        {"POST " N "destination (app)",
         409,
         "{\"errors\":[{\"errorId\":195020,\"message\":\"Challenge verification failed\"}]}",
         NULL},
        {"POST SetNotificationPreferences", 200, "<R><Ack>Failure</Ack></R>", NULL},
    };
    assert_slice(connected(&ebay_account, script, COUNT_OF(script), &report),
                 "wrong right to name the account, wrong right to read and write stock, "
                 "wrong right to read orders, hand out-of-stock control, " DELETION
                 "ok alert address, "
                 "wrong destination, "
                 "wrong platform notifications");
}

static void test_another_servers_subscription_is_not_taken_over(void **state)
{
    (void)state;
    struct account quiet = fixture_account(ebay,
                                           "{\"settings\":{\"endpoint\":\"" ENDPOINT
                                           "\"},\"secrets\":{\"client_id\":\"app-1\","
                                           "\"client_secret\":\"cert-1\",\"access_token\":\"t0k\","
                                           "\"verification_token\":\"" EBAY_VERIFICATION "\"}}");
    struct connect_report report;
    const struct scripted script[] = {
        WHO,
        STOCK,
        ORDERS,
        CONTROL("true"),
        APP,
        {"GET " N "config (app)", 200, "{\"alertEmail\":\"x@y.example\"}", NULL},
        {"GET " N "destination?limit=100 (app)", 200, "{}", NULL},
        {"POST " N "destination (app)", 201, "{\"destinationId\":\"d2\"}", NULL},
        {"GET " N "subscription?limit=100",
         200,
         "{\"subscriptions\":[{\"subscriptionId\":\"s1\",\"topicId\":\"ORDER_CONFIRMATION\","
         "\"status\":\"ENABLED\",\"destinationId\":\"d1\"}]}",
         NULL},
    };
    assert_slice(connected(&quiet, script, COUNT_OF(script), &report),
                 COMMON "ok out-of-stock control, " DELETION "ok alert address, made destination, "
                        "wrong webhook ORDER_CONFIRMATION, "
                        "hand platform notifications");
    /* Without an alert address eBay takes nothing, and none is made up. */
    const struct scripted no_email[] = {WHO,
                                        STOCK,
                                        ORDERS,
                                        CONTROL("true"),
                                        APP,
                                        {"GET " N "config (app)",
                                         404,
                                         "{\"errors\":[{\"errorId\":195003,\"message\":\"n\"}]}",
                                         NULL}};
    assert_slice(connected(&quiet, no_email, COUNT_OF(no_email), &report),
                 COMMON "ok out-of-stock control, " DELETION "hand alert address, "
                        "hand platform notifications");
}

static void test_a_refused_credential_ends_the_connecting(void **state)
{
    (void)state;
    static const struct {
        const char *cursor;
        int status;
        const char *body;
        enum err err;
    } cases[] = {
        {"", 401, "{\"errors\":[{\"errorId\":1001,\"message\":\"Invalid token\"}]}", ERR_AUTH},
        {"", 503, "", ERR_NET},
        {"", 200, "<html>", ERR_NET},
        {"n;;", 429, "", ERR_THROTTLED},
        {"p;;",
         200,
         "<R><Ack>Failure</Ack><Errors><ErrorCode>931</ErrorCode></Errors></R>",
         ERR_AUTH},
        {"t;;", 401, "{\"error\":\"invalid_client\"}", ERR_AUTH},
        {"d;made;app-t0k", 200, "{\"destinations\":[]}", ERR_PARSE}, /* no loop */
        {"i;;", 200, "{}", ERR_PARSE},
        {"zz", 200, "{}", ERR_PARSE},
        {"s;../x;app-t0k", 200, "{}", ERR_PARSE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct step step = ebay_step(cases[i].cursor);
        struct connect_report report = {0};
        struct channel_signal signal = {0};
        struct err_note note = {{0}};
        struct http_response response = fixture_answer(cases[i].status, slice_of(cases[i].body));
        enum err e = ebay->read_connect(
            &ebay_account, &step, &response, fixture.doc, &fixture.arena, &report, &signal, &note);
        if (e != cases[i].err || signal.next.is_wanted || !strlen(note.text)) {
            fail_msg("%zu: %s '%s'", i, err_name(e), note.text);
        }
    }
}

static void test_what_is_made_is_written_byte_for_byte(void **state)
{
    (void)state;
    static const struct {
        const char *cursor, *body;
    } cases[] = {
        {"w;;app-t0k", "{\"alertEmail\":\"ops@shop.example\"}"},
        {"m;;app-t0k",
         "{\"name\":\"truecount-shop-a\",\"status\":\"ENABLED\",\"deliveryConfig\":{\"endpoint\":"
         "\"" ENDPOINT "\",\"verificationToken\":\"" EBAY_VERIFICATION "\"}}"},
        {"b;d1;app-t0k",
         "{\"topicId\":\"ORDER_CONFIRMATION\",\"status\":\"ENABLED\",\"destinationId\":\"d1\","
         "\"payload\":{\"format\":\"JSON\",\"schemaVersion\":\"1.0\",\"deliveryProtocol\":"
         "\"HTTPS\"}}"},
        {"p;;",
         "<?xml version=\"1.0\" encoding=\"utf-8\"?><GetUserPreferencesRequest "
         "xmlns=\"urn:ebay:apis:eBLBaseComponents\"><ErrorLanguage>en_US</ErrorLanguage>"
         "<WarningLevel>High</WarningLevel><ShowOutOfStockControlPreference>true"
         "</ShowOutOfStockControlPreference></GetUserPreferencesRequest>"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct step step = ebay_step(cases[i].cursor);
        struct http_request r = {0};
        assert_int_equal(ebay->build_connect(&ebay_account, &step, &fixture.arena, &r), ERR_OK);
        assert_slice(r.body, cases[i].body);
    }
    struct step step = ebay_step("q;;");
    struct http_request r = {0};
    assert_int_equal(ebay->build_connect(&ebay_account, &step, &fixture.arena, &r), ERR_OK);
    static const char url[] =
        "<ApplicationURL>https://stock.example/hooks/shop-a/platform</ApplicationURL>";
    static const char event[] = "<EventType>FixedPriceTransaction</EventType><EventEnable>Enable";
    assert_non_null(memmem(r.body.p, r.body.n, url, sizeof(url) - 1));
    assert_non_null(memmem(r.body.p, r.body.n, event, sizeof(event) - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_refresh_token_buys_an_access_token),
        cmocka_unit_test(test_a_refused_token_is_told_by_the_body),
        cmocka_unit_test(test_a_person_consents_and_the_code_buys_the_tokens),
        cmocka_unit_test(test_a_new_account_gets_all_that_can_be_made_for_it),
        cmocka_unit_test(test_what_is_there_is_left_as_it_is),
        cmocka_unit_test(test_what_was_switched_off_is_switched_on),
        cmocka_unit_test(test_a_token_that_is_missing_is_made_kept_and_shown_once),
        cmocka_unit_test(test_a_missing_right_or_a_failed_challenge_is_said_and_the_rest_goes_on),
        cmocka_unit_test(test_another_servers_subscription_is_not_taken_over),
        cmocka_unit_test(test_a_refused_credential_ends_the_connecting),
        cmocka_unit_test(test_what_is_made_is_written_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, ebay_open, fixture_close);
}
