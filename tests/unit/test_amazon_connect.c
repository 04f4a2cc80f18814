/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, tokens, consent, and every step of connecting. */
#include "support/amazon_fixture.h"

/* ---- settings ---- */

#define CONFIG(settings, secrets)                                                                  \
    "{\"settings\":{" settings                                                                     \
    "},\"secrets\":{\"client_id\":\"ci\",\"client_secret\":\"cs\"" secrets "}}"

static void test_settings_say_where_everything_is(void **state)
{
    (void)state;
#define SELLER "\"seller_id\":\"A3TH9S8BH6GOGM\""
    static const struct {
        const char *config, *base_url, *token_url, *consent, *marketplaces;
    } cases[] = {
        {CONFIG(SELLER ",\"region\":\"eu\"", ""),
         "https://sellingpartnerapi-eu.amazon.com",
         "https://api.amazon.com/auth/o2/token",
         "https://sellercentral-europe.amazon.com",
         ""},
        {CONFIG(SELLER ",\"region\":\" FE \",\"marketplace_ids\":\"A1VC38T7YXB528, B\"", ""),
         "https://sellingpartnerapi-fe.amazon.com",
         "https://api.amazon.com/auth/o2/token",
         "https://sellercentral.amazon.co.jp",
         "A1VC38T7YXB528,B"},
        {CONFIG(SELLER ",\"base_url\":\"http://127.0.0.1:8080/spapi/\"", ""),
         "http://127.0.0.1:8080/spapi",
         "http://127.0.0.1:8080/spapi/auth/o2/token",
         "http://127.0.0.1:8080/spapi",
         ""},
        {CONFIG(SELLER ",\"base_url\":\"http://127.0.0.1:8080\",\"auth_url\":"
                       "\"http://127.0.0.1:9090/\"",
                ""),
         "http://127.0.0.1:8080",
         "http://127.0.0.1:9090/auth/o2/token",
         "http://127.0.0.1:9090",
         ""},
        {CONFIG(SELLER ",\"base_url\":\"https://sandbox.sellingpartnerapi-na.amazon.com\"", ""),
         "https://sandbox.sellingpartnerapi-na.amazon.com",
         "https://api.amazon.com/auth/o2/token",
         "https://sellercentral.amazon.com",
         ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct account a = fixture_account(amazon, cases[i].config);
        assert_slice(a.base_url, cases[i].base_url);
        assert_slice(amazon_config(&a)->token_url, cases[i].token_url);
        assert_slice(amazon_config(&a)->consent_origin, cases[i].consent);
        assert_slice(amazon_config(&a)->marketplaces_text, cases[i].marketplaces);
        assert_true(a.needs_consent && !a.has_locations);
    }
    assert_false(account.needs_consent);
}

static void test_each_wrong_setting_is_named_and_no_secret_is(void **state)
{
    (void)state;
    static const struct {
        const char *config, *named;
    } cases[] = {
        {CONFIG("\"region\":\"eu\"", ""), "seller_id"},
        {CONFIG("\"seller_id\":\"A/B\",\"region\":\"eu\"", ""), "seller_id"},
        {CONFIG(SELLER, ""), "region"},
        {CONFIG(SELLER ",\"region\":\"mars\"", ""), "region"},
        {CONFIG(SELLER ",\"region\":\"eu\",\"marketplace_ids\":7", ""), "marketplace_ids"},
        {CONFIG(SELLER ",\"region\":\"eu\",\"marketplace_ids\":[\"A,B\"]", ""), "marketplace_ids"},
        {CONFIG(SELLER ",\"region\":\"eu\",\"marketplace_ids\":\"A,,B\"", ""), "marketplace_ids"},
        {CONFIG(SELLER ",\"region\":\"eu\"", ",\"aws_access_key_id\":\"hidden\""),
         "aws_secret_access_key"},
        {CONFIG(SELLER ",\"region\":\"eu\"", ",\"refresh_token\":\"hid den\""), "refresh_token"},
        {"{\"settings\":{" SELLER ",\"region\":\"eu\"},\"secrets\":{\"client_id\":\"hidden\"}}",
         "client_secret"},
        {CONFIG(SELLER ",\"region\":\"eu\",\"auth_url\":\"x\"", ""), "auth_url"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct account a;
        struct err_note note = {{0}};
        assert_int_equal(fixture_configure(amazon, cases[i].config, &a, &note), ERR_USAGE);
        if (!strstr(note.text, cases[i].named) || strstr(note.text, "hid")) {
            fail_msg("%s: %s", cases[i].config, note.text);
        }
    }
}

static void test_a_remote_is_checked_and_normal(void **state)
{
    (void)state;
    static const struct {
        const char *remote, *normal, *key;
    } cases[] = {
        {"{\"sku\":\"A b\"}", "{\"sku\":\"A b\"}", "sku:A b"},
        {"{\"product_type\":\"LUGGAGE\",\"asin\":\"B071VG5N9D\",\"sku\":\"50%@x\"}",
         "{\"sku\":\"50%@x\",\"asin\":\"B071VG5N9D\",\"product_type\":\"LUGGAGE\"}",
         "sku:50%25%40x"},
        {"{\"sku\":\"A\",\"asin\":\"\",\"product_type\":null}", "{\"sku\":\"A\"}", "sku:A"},
        {"{\"sku\":\"\"}", NULL, NULL},
        {"{\"sku\":\"..\"}", NULL, NULL},
        {"{\"sku\":\"a\\nb\"}", NULL, NULL},
        {"{\"sku\":7}", NULL, NULL},
        {"{\"asin\":\"B071VG5N9D\"}", NULL, NULL},
        {"{\"sku\":\"A\",\"asin\":\"B-1\"}", NULL, NULL},
        {"{\"sku\":\"A\",\"product_type\":\"a b\"}", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice remote, key, stock_key, sku;
        struct err_note note;
        enum err e = amazon->listing_keys(&account,
                                          fixture_json(slice_of(cases[i].remote)),
                                          &fixture.arena,
                                          &remote,
                                          &key,
                                          &stock_key,
                                          &note);
        assert_int_equal(e, cases[i].normal ? ERR_OK : ERR_USAGE);
        if (!e) {
            assert_slice(remote, cases[i].normal);
            assert_slice(key, cases[i].key);
            assert_slice(stock_key, cases[i].key);
            assert_true(amazon_key_sku(key, &fixture.arena, &sku));
            assert_true(slice_equal(amazon_sku_key(&fixture.arena, sku), key));
        }
    }
}

/* ---- tokens ---- */

static void test_tokens_are_bought_with_the_refresh_token(void **state)
{
    (void)state;
    struct http_request r;
    struct step step = step_at("");
    assert_false(amazon->wants_token(&account));
    assert_int_equal(amazon->build_token(&account, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.method, "POST");
    assert_slice(r.url, "https://api.amazon.com/auth/o2/token");
    assert_slice(
        r.body, "grant_type=refresh_token&refresh_token=Atzr%7C1&client_id=ci&client_secret=c%2Fs");
    assert_slice(fixture_header(&r, "Content-Type"),
                 "application/x-www-form-urlencoded;charset=UTF-8");
    struct account a = fixture_account(amazon, CONFIG(SELLER ",\"region\":\"eu\"", ""));
    assert_int_equal(amazon->build_token(&a, &step, &fixture.arena, &r), ERR_USAGE);
}

static void test_each_answer_to_a_token_request(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum err e;
        bool unauthorised;
    } cases[] = {
        {200,
         "{\"access_token\":\"Atza|3\",\"token_type\":\"bearer\",\"expires_in\":3600}",
         ERR_OK,
         false},
        {200, "{\"access_token\":\"a b\"}", ERR_UNKNOWN, false},
        {200, "{}", ERR_UNKNOWN, false},
        {200, "<html>", ERR_UNKNOWN, false},
        {400, "{\"error\":\"invalid_grant\",\"error_description\":\"revoked\"}", ERR_AUTH, true},
        {401, "{\"error\":\"invalid_client\"}", ERR_AUTH, true},
        {400, "<html>", ERR_UNKNOWN, false},
        {403, "<html>", ERR_UNKNOWN, false},
        {429, "{}", ERR_THROTTLED, false},
        {500, "{\"error\":\"server_error\"}", ERR_UNKNOWN, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct token token = {0};
        struct channel_signal s;
        struct err_note note = {{0}};
        struct step step = step_at("");
        struct http_response r = fixture_answer(cases[i].status, slice_of(cases[i].body));
        enum err e =
            amazon->read_token(&account, &step, &r, fixture.doc, &fixture.arena, &token, &s, &note);
        if (e != cases[i].e || s.unauthorised != cases[i].unauthorised) {
            fail_msg("%d %s: %s", cases[i].status, cases[i].body, err_name(e));
        }
        if (!e) {
            assert_slice(token.access, "Atza|3");
            assert_int_equal(token.lifetime_us, 3600 * US_PER_S);
            assert_int_equal(token.refresh.n, 0);
        }
    }
}

static void test_consent_goes_out_and_only_its_own_answer_counts(void **state)
{
    (void)state;
    struct slice url;
    struct err_note note = {{0}};
    struct http_request r;
    struct step step = {.state = SLICE("s+1"), .redirect_uri = SLICE("https://us.example/back")};
    assert_int_equal(amazon->consent_url(&account, &step, &fixture.arena, &url, &note), ERR_USAGE);
    assert_non_null(strstr(note.text, "refresh_token"));
    struct account a = fixture_account(
        amazon, CONFIG(SELLER ",\"region\":\"eu\",\"application_id\":\"amzn1.sp.solution.1\"", ""));
    assert_int_equal(amazon->consent_url(&a, &step, &fixture.arena, &url, &note), ERR_OK);
    assert_slice(url,
                 "https://sellercentral-europe.amazon.com/apps/authorize/consent?application_id="
                 "amzn1.sp.solution.1&state=s%2B1&redirect_uri=https%3A%2F%2Fus.example%2Fback");
    static const struct {
        const char *query;
        enum err e;
    } cases[] = {
        {"state=s%2B1&selling_partner_id=A3TH9S8BH6GOGM&spapi_oauth_code=c%26d", ERR_OK},
        {"state=other&selling_partner_id=A3TH9S8BH6GOGM&spapi_oauth_code=c", ERR_AUTH},
        {"selling_partner_id=A3TH9S8BH6GOGM&spapi_oauth_code=c", ERR_AUTH},
        {"state=s%2B1&selling_partner_id=ANOTHER&spapi_oauth_code=c", ERR_AUTH},
        {"state=s%2B1&selling_partner_id=A3TH9S8BH6GOGM", ERR_AUTH},
        {"", ERR_AUTH},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(
            amazon->build_code(&a, slice_of(cases[i].query), &step, &fixture.arena, &r),
            cases[i].e);
    }
    assert_int_equal(amazon->build_code(&a, slice_of(cases[0].query), &step, &fixture.arena, &r),
                     ERR_OK);
    assert_slice(r.body,
                 "grant_type=authorization_code&code=c%26d&redirect_uri="
                 "https%3A%2F%2Fus.example%2Fback&client_id=ci&client_secret=cs");
    step.state = (struct slice){0};
    assert_int_equal(amazon->build_code(&a, SLICE("state="), &step, &fixture.arena, &r), ERR_AUTH);
}

/* ---- connecting ---- */

static struct connect_report report;
static struct channel_signal signal_now;

static struct slice connect_with(
    const struct account *a, const char *cursor, int status, const char *body, enum err want)
{
    struct err_note note = {{0}};
    struct step step = step_at(cursor);
    static const struct http_header headers[] = {{{"x-amzn-RateLimit-Limit", 22}, {"0.0056", 6}}};
    struct http_response r = {
        .status = status, .headers = headers, .headers_count = 1, .body = slice_of(body)};
    report = (struct connect_report){0};
    enum err e = amazon->read_connect(
        a, &step, &r, fixture.doc, &fixture.arena, &report, &signal_now, &note);
    assert_int_equal(signal_now.rate_per_1000s, 0); /* of this step: nothing else keeps to it */
    if (e != want) {
        fail_msg("'%s' %d %s: %s %s", cursor, status, body, err_name(e), note.text);
    }
    for (size_t i = 0; i < report.checks_count; i++) {
        const struct connect_check *c = &report.checks[i];
        assert_true(c->what && c->what[0]);
        assert_true(c->detail.n > 0 || c->state == CONNECT_OK || c->state == CONNECT_MADE);
    }
    return signal_now.next.is_wanted ? signal_now.next.cursor : (struct slice){0};
}

static struct slice answer(const char *cursor, int status, const char *body)
{
    return connect_with(&account, cursor, status, body, ERR_OK);
}

static const struct connect_check *check_of(const char *what)
{
    for (size_t i = 0; i < report.checks_count; i++) {
        if (strcmp(report.checks[i].what, what) == 0) {
            return &report.checks[i];
        }
    }
    fail_msg("no check of %s", what);
    return NULL;
}

static struct http_request request_of(const char *cursor)
{
    struct http_request r = {0};
    struct step step = step_at(cursor);
    assert_int_equal(amazon->build_connect(&account, &step, &fixture.arena, &r), ERR_OK);
    return r;
}

#define MARKET(id, country, part, suspended)                                                       \
    "{\"marketplace\":{\"id\":\"" id "\",\"name\":\"Amazon." country                               \
    "\",\"countryCode\":\"" country "\"},\"participation\":{\"isParticipating\":" part             \
    ",\"hasSuspendedListings\":" suspended "}}"
#define DENIED "{\"errors\":[{\"code\":\"Unauthorized\",\"message\":\"Access is denied.\"}]}"
#define ARN "arn:aws:sqs:us-east-1:444455556666:truecount"

static void test_connecting_makes_what_is_missing(void **state)
{
    (void)state;
    assert_slice(request_of("").url, API "/sellers/v1/marketplaceParticipations");
    assert_slice(
        answer("", 200, "{\"payload\":[" MARKET("ATVPDKIKX0DER", "US", "true", "false") "]}"),
        "l ATVPDKIKX0DER - - -");
    assert_int_equal(check_of("credentials")->state, CONNECT_OK);
    assert_int_equal(check_of("marketplaces")->state, CONNECT_OK);
    assert_int_equal(report.settings.n, 0);

    assert_slice(request_of("l ATVPDKIKX0DER - - -").url,
                 API "/listings/2021-08-01/items/A3TH9S8BH6GOGM?marketplaceIds=ATVPDKIKX0DER"
                     "&pageSize=1");
    assert_slice(answer("l M - - -", 200, "{\"items\":[]}"), "o M - - -");
    assert_slice(request_of("o M - - -").url,
                 API "/orders/2026-01-01/orders?lastUpdatedAfter=2025-12-31T23:50:00Z"
                     "&includedData=FULFILLMENT&marketplaceIds=M&maxResultsPerPage=1");
    assert_slice(answer("o M - - -", 200, "{\"orders\":[]}"), "g M - - -");
    assert_int_equal(check_of("right to read orders")->state, CONNECT_OK);

    struct http_request r = request_of("g M - - -");
    assert_slice(r.url, "https://api.amazon.com/auth/o2/token");
    assert_slice(r.body,
                 "grant_type=client_credentials&scope=sellingpartnerapi%3A%3Anotifications"
                 "&client_id=ci&client_secret=c%2Fs");
    assert_slice(answer("g M - - -", 200, "{\"access_token\":\"app|1\"}"), "d M - - app|1");
    r = request_of("d M - - app|1");
    assert_slice(r.url, API "/notifications/v1/destinations");
    assert_slice(fixture_header(&r, "x-amz-access-token"), "app|1");
    assert_slice(answer("d M - - app|1",
                        200,
                        "{\"payload\":[{\"destinationId\":\"eb\",\"resource\":{\"eventBridge\":{"
                        "\"region\":\"us-east-1\"}}},{\"destinationId\":\"x\",\"resource\":{"
                        "\"sqs\":{\"arn\":\"arn:aws:sqs:us-east-1:1:other\"}}}]}"),
                 "c M - eb app|1");
    r = request_of("c M - eb app|1");
    assert_slice(r.method, "POST");
    assert_slice(r.body,
                 "{\"name\":\"truecount\",\"resourceSpecification\":{\"sqs\":{\"arn\":\"" ARN
                 "\"}}}");
    assert_slice(answer("c M - eb app|1", 200, "{\"payload\":{\"destinationId\":\"d1\"}}"),
                 "s M d1 eb app|1");
    assert_int_equal(check_of("destination")->state, CONNECT_MADE);

    r = request_of("s M d1 eb app|1");
    assert_slice(r.url, API "/notifications/v1/subscriptions/ORDER_CHANGE?payloadVersion=1.0");
    assert_slice(fixture_header(&r, "x-amz-access-token"), "Atza|2"); /* the seller's */
    assert_slice(answer("s M d1 eb app|1", 404, DENIED), "n M d1 eb app|1");
    r = request_of("n M d1 eb app|1");
    assert_slice(r.url, API "/notifications/v1/subscriptions/ORDER_CHANGE");
    assert_slice(r.body,
                 "{\"payloadVersion\":\"1.0\",\"destinationId\":\"d1\",\"processingDirective\":{"
                 "\"eventFilter\":{\"eventFilterType\":\"ORDER_CHANGE\",\"orderChangeTypes\":["
                 "\"OrderStatusChange\",\"BuyerRequestedChange\"]}}}");
    assert_slice(answer("n M d1 eb app|1", 200, "{\"payload\":{}}"), "m M d1 eb app|1");
    assert_int_equal(check_of("messages ORDER_CHANGE")->state, CONNECT_MADE);
    assert_slice(answer("m M d1 eb app|1", 404, "{}"), "k M d1 eb app|1");
    assert_slice(request_of("k M d1 eb app|1").body,
                 "{\"payloadVersion\":\"1.0\",\"destinationId\":\"eb\"}");
    assert_slice(answer("k M d1 eb app|1", 200, "{\"payload\":{}}"), "q M d1 eb app|1");

    r = request_of("q M d1 eb app|1");
    assert_slice(fixture_header(&r, "X-Amz-Target"), "AmazonSQS.ReceiveMessage");
    assert_non_null(strstr(r.body.p, "\"VisibilityTimeout\":0"));
    assert_slice(answer("q M d1 eb app|1", 200, "{}"), "a M d1 eb app|1");
    r = request_of("a M d1 eb app|1");
    assert_slice(fixture_header(&r, "X-Amz-Target"), "AmazonSQS.GetQueueAttributes");
    assert_int_equal(answer("a M d1 eb app|1",
                            200,
                            "{\"Attributes\":{\"Policy\":\"{\\\"AWS\\\":\\\"437568002678\\\","
                            "\\\"Action\\\":\\\"SQS:SendMessage\\\"}\"}}")
                         .n,
                     0);
    assert_int_equal(check_of("the queue's policy")->state, CONNECT_OK);
    assert_int_equal(check_of("client secret")->state, CONNECT_BY_HAND);
}

static void test_connecting_leaves_what_is_there(void **state)
{
    (void)state;
    assert_slice(answer("d M - - t",
                        200,
                        "{\"payload\":[{\"destinationId\":\"d1\",\"resource\":{\"sqs\":{\"arn\":"
                        "\"" ARN "\"}}}]}"),
                 "s M d1 - t");
    assert_int_equal(check_of("destination")->state, CONNECT_OK);
    assert_slice(answer("s M d1 - t", 200, "{\"payload\":{\"destinationId\":\"d1\"}}"),
                 "q M d1 - t");
    assert_int_equal(check_of("messages ORDER_CHANGE")->state, CONNECT_OK);
    const struct connect_check *bridge = check_of("messages LISTINGS_ITEM_MFN_QUANTITY_CHANGE");
    assert_int_equal(bridge->state, CONNECT_BY_HAND);
    assert_non_null(strstr(bridge->detail.p, "\"accountId\":\"444455556666\""));
    assert_non_null(strstr(bridge->detail.p, ARN));
    assert_slice(answer("s M d1 - t", 200, "{\"payload\":{\"destinationId\":\"other\"}}"),
                 "q M d1 - t");
    assert_int_equal(check_of("messages ORDER_CHANGE")->state, CONNECT_WRONG);
}

static void test_the_policy_is_shown_where_it_is_not_seen(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
    } cases[] = {
        {200, "{}"}, {200, "{\"Attributes\":{\"Policy\":\"{}\"}}"}, {400, "{}"}, {403, ""}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(answer("a M d - t", cases[i].status, cases[i].body).n, 0);
        const struct connect_check *c = check_of("the queue's policy");
        assert_int_equal(c->state, CONNECT_BY_HAND);
        const char *policy = strchr(c->detail.p, '{');
        struct json root = fixture_json(slice_of(policy)); /* can be pasted */
        assert_int_equal(json_count(json_get(root, "Statement")), 2);
        assert_non_null(strstr(policy, "arn:aws:iam::437568002678:root"));
        assert_non_null(strstr(policy, ARN));
        assert_false(signal_now.unauthorised);
    }
}

static void test_what_settings_lack_is_found_or_asked_for(void **state)
{
    (void)state;
    struct account a =
        fixture_account(amazon, CONFIG(SELLER ",\"region\":\"na\"", ",\"access_token\":\"t\""));
    assert_slice(
        connect_with(&a,
                     "",
                     200,
                     "{\"payload\":[" MARKET("ATVPDKIKX0DER", "US", "true", "false") "," MARKET(
                         "A1AM78C64UM0Y8", "MX", "false", "false") "]}",
                     ERR_OK),
        "l ATVPDKIKX0DER - - -");
    assert_slice(report.settings, "{\"marketplace_ids\":[\"ATVPDKIKX0DER\"]}");
    assert_int_equal(
        connect_with(&a,
                     "",
                     200,
                     "{\"payload\":[" MARKET("ATVPDKIKX0DER", "US", "true", "false") "," MARKET(
                         "A1AM78C64UM0Y8", "MX", "true", "false") "]}",
                     ERR_OK)
            .n,
        0);
    assert_int_equal(check_of("marketplaces")->state, CONNECT_BY_HAND);
    assert_non_null(strstr(check_of("marketplaces")->detail.p,
                           "ATVPDKIKX0DER (US, Amazon.US), A1AM78C64UM0Y8 (MX, Amazon.MX)"));
    assert_int_equal(report.settings.n, 0);
    /* Without a queue the way there is told, and nothing else is asked. */
    assert_int_equal(connect_with(&a, "o M - - -", 200, "{\"orders\":[]}", ERR_OK).n, 0);
    assert_int_equal(check_of("queue")->state, CONNECT_BY_HAND);
}

static void test_what_is_wrong_is_said_with_the_rest(void **state)
{
    (void)state;
    assert_slice(
        answer("", 200, "{\"payload\":[" MARKET("A1AM78C64UM0Y8", "MX", "true", "false") "]}"),
        "l ATVPDKIKX0DER - - -");
    assert_int_equal(check_of("marketplaces")->state, CONNECT_WRONG);
    assert_slice(
        answer("", 200, "{\"payload\":[" MARKET("ATVPDKIKX0DER", "US", "true", "true") "]}"),
        "l ATVPDKIKX0DER - - -");
    assert_int_equal(check_of("listing status")->state, CONNECT_WRONG);
    assert_int_equal(answer("", 200, "{\"payload\":[]}").n, 0);
    assert_int_equal(check_of("marketplaces")->state, CONNECT_WRONG);
    assert_slice(answer("l M - - -", 403, DENIED), "o M - - -");
    assert_int_equal(check_of("right to the listings")->state, CONNECT_WRONG);
    assert_false(signal_now.unauthorised);
    assert_slice(answer("o M - - -", 403, DENIED), "g M - - -");
    assert_int_equal(check_of("right to read orders")->state, CONNECT_WRONG);
    /* Few calls, spent by others: no proof of anything. */
    assert_slice(answer("o M - - -", 429, DENIED), "g M - - -");
    assert_int_equal(report.checks_count, 0);
    assert_slice(answer("g M - - -", 400, "{\"error\":\"invalid_scope\"}"), "q M - - -");
    assert_int_equal(check_of("token of the application")->state, CONNECT_WRONG);
    assert_slice(answer("d M - - t", 403, DENIED), "q M - - t");
    assert_int_equal(check_of("destination")->state, CONNECT_WRONG);
    assert_slice(answer("c M - - t", 400, DENIED), "q M - - t");
    assert_int_equal(check_of("destination")->state, CONNECT_WRONG);
    assert_slice(answer("n M d - t", 409, DENIED), "q M d - t");
    assert_int_equal(check_of("messages ORDER_CHANGE")->state, CONNECT_WRONG);
    assert_int_equal(
        answer("q M d - t", 403, "{\"__type\":\"x#AccessDenied\",\"message\":\"no\"}").n, 0);
    assert_int_equal(check_of("right to read the queue")->state, CONNECT_WRONG);
    assert_int_equal(check_of("the queue's policy")->state, CONNECT_BY_HAND);
}

static void test_an_answer_that_proves_nothing_ends_it(void **state)
{
    (void)state;
    static const struct {
        const char *cursor;
        int status;
        const char *body;
        enum err e;
    } cases[] = {
        {"", 403, DENIED, ERR_AUTH},
        {"", 401, DENIED, ERR_AUTH},
        {"", 500, "", ERR_NET},
        {"", 200, "{}", ERR_PARSE},
        {"", 429, DENIED, ERR_THROTTLED},
        {"l M - - -",
         403,
         "{\"errors\":[{\"code\":\"Unauthorized\",\"message\":\"The access token "
         "you provided has expired.\"}]}",
         ERR_AUTH},
        {"l M - - -", 503, "<html>", ERR_NET},
        {"g M - - -", 500, "", ERR_UNKNOWN},
        {"d M - - t", 500, "", ERR_NET},
        {"c M - - t", 429, DENIED, ERR_THROTTLED},
        {"s M d - t", 503, "", ERR_NET},
        {"q M d - t", 500, "", ERR_NET},
        {"z M d - t", 200, "{}", ERR_USAGE},
        {"l", 200, "{}", ERR_USAGE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(
            connect_with(&account, cases[i].cursor, cases[i].status, cases[i].body, cases[i].e).n,
            0);
    }
    struct http_request r;
    struct step step = step_at("");
    struct account a = fixture_account(amazon, CONFIG(SELLER ",\"region\":\"na\"", ""));
    assert_int_equal(amazon->build_connect(&a, &step, &fixture.arena, &r), ERR_AUTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_say_where_everything_is),
        cmocka_unit_test(test_each_wrong_setting_is_named_and_no_secret_is),
        cmocka_unit_test(test_a_remote_is_checked_and_normal),
        cmocka_unit_test(test_tokens_are_bought_with_the_refresh_token),
        cmocka_unit_test(test_each_answer_to_a_token_request),
        cmocka_unit_test(test_consent_goes_out_and_only_its_own_answer_counts),
        cmocka_unit_test(test_connecting_makes_what_is_missing),
        cmocka_unit_test(test_connecting_leaves_what_is_there),
        cmocka_unit_test(test_the_policy_is_shown_where_it_is_not_seen),
        cmocka_unit_test(test_what_settings_lack_is_found_or_asked_for),
        cmocka_unit_test(test_what_is_wrong_is_said_with_the_rest),
        cmocka_unit_test(test_an_answer_that_proves_nothing_ends_it),
    };
    return cmocka_run_group_tests(tests, open_amazon, fixture_close);
}
