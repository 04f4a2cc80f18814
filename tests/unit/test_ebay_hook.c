/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries: which are authentic, what they make us read, the key they are checked with and the
 * challenge. */
#include "support/ebay_account.h"

#include "base/times.h"

/* A delivery, its signature and its key: the test vector of eBay's notification SDK (Apache-2.0). */
#define BODY                                                                                       \
    "{\"metadata\":{\"topic\":\"MARKETPLACE_ACCOUNT_DELETION\",\"schemaVersion\":\"1.0\","         \
    "\"deprecated\":false},\"notification\":{\"notificationId\":\"49feeaeb-4982-42d9-a377-"        \
    "9645b8479411_33f7e043-fed8-442b-9d44-791923bd9a6d\",\"eventDate\":\"2021-03-19T20:43:59"      \
    ".462Z\",\"publishDate\":\"2021-03-19T20:43:59.679Z\",\"publishAttemptCount\":1,\"data\":{"    \
    "\"username\":\"test_user\",\"userId\":\"ma8vp1jySJC\",\"eiasToken\":\"nY+sHZ2PrBmdj6wVnY"     \
    "+sEZ2PrA2dj6wJnY+gAZGEpwmdj6x9nY+seQ==\"}}}"
#define SIGNATURE                                                                                  \
    "MEYCIQCfxfIWuxmWcIBQJ9c5/X7iGDJqs2RCGsBEaAjinyrrfAIhAIV6wGcTiBuV5KJUif2hokyrL+Q9ssHkad+mx2"   \
    "nEE25w"
#define OTHER_SIGNATURE                                                                            \
    "MEUCIQCGcSnmAkTfr+ZZ2Vg0bWEos8a/teBqi7Pe68+hGmLMCQIgeFvkrto+8ds8RVwI3Ggn1mMGCrNMEZJ3SRlO2f"   \
    "x/xqI="
#define KID "9936261a-7d7b-4621-a0f1-96ccb428af49"
#define KEY64                                                                                      \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZhhxXKtR+TOvtDbgTPCkSof02qgBB7IsYOyf76ilExJ/upAa/vKIKhe"  \
    "OoCyOpcLmi4t0b4uepb7LLjmMr90FUg=="
#define PEM "-----BEGIN PUBLIC KEY-----" KEY64 "-----END PUBLIC KEY-----"
#define PEM_LINES "-----BEGIN PUBLIC KEY-----\n" KEY64 "\n-----END PUBLIC KEY-----\n"

static struct slice header_of(const char *json)
{
    return base64_encode(&fixture.arena, slice_of(json));
}

#define HEADER(alg, kid, signature, digest)                                                        \
    "{\"alg\":\"" alg "\",\"kid\":\"" kid "\",\"signature\":\"" signature                          \
    "\",\"digest\":\"" digest "\"}"
#define GOOD HEADER("ecdsa", KID, SIGNATURE, "SHA1")

static struct http_header headers[1];

static struct hook delivery(const char *header, const char *body, const char *key)
{
    headers[0] = (struct http_header){SLICE("x-ebay-signature"), header_of(header)};
    return (struct hook){.method = SLICE("POST"),
                         .headers = headers,
                         .headers_count = 1,
                         .body = slice_of(body),
                         .key = slice_of(key),
                         .received_at_us = EBAY_NOW_US};
}

static enum hook_verdict verdict(struct hook hook)
{
    return ebay->verify(&ebay_account, &hook, &fixture.arena);
}

static void test_ebays_own_vector_is_authentic_and_any_change_is_not(void **state)
{
    (void)state;
    assert_int_equal(verdict(delivery(GOOD, BODY, PEM)), HOOK_AUTHENTIC);
    assert_int_equal(verdict(delivery(GOOD, BODY, PEM_LINES)), HOOK_AUTHENTIC);
    assert_int_equal(verdict(delivery(HEADER("ECDSA", KID, SIGNATURE, "SHA1"), BODY, PEM)),
                     HOOK_AUTHENTIC);

    assert_int_equal(verdict(delivery(HEADER("ecdsa", KID, OTHER_SIGNATURE, "SHA1"), BODY, PEM)),
                     HOOK_REFUSED);
    assert_int_equal(verdict(delivery(HEADER("ecdsa", KID, SIGNATURE, "SHA256"), BODY, PEM)),
                     HOOK_REFUSED);
    assert_int_equal(verdict(delivery(HEADER("none", KID, SIGNATURE, "SHA1"), BODY, PEM)),
                     HOOK_REFUSED);
    assert_int_equal(verdict(delivery(HEADER("ecdsa", "../x", SIGNATURE, "SHA1"), BODY, PEM)),
                     HOOK_REFUSED);
    assert_int_equal(verdict(delivery("{}", BODY, PEM)), HOOK_REFUSED);
    assert_int_equal(verdict(delivery("x", BODY, PEM)), HOOK_REFUSED);
    assert_int_equal(verdict(delivery(GOOD, "{\"metadata\":{}}", PEM)), HOOK_REFUSED);
    assert_int_equal(verdict(delivery(GOOD, "", PEM)), HOOK_REFUSED);
    assert_int_equal(verdict(delivery(GOOD, BODY, "")),
                     HOOK_REFUSED); /* the key was not to be had */
    assert_int_equal(verdict(delivery(GOOD, BODY, KEY64)), HOOK_REFUSED);
    struct hook hook = delivery(GOOD, BODY, PEM);
    hook.method = SLICE("GET");
    assert_int_equal(verdict(hook), HOOK_REFUSED);
    hook = delivery(GOOD, BODY, PEM);
    hook.headers_count = 0;
    assert_int_equal(verdict(hook), HOOK_REFUSED);
    /* Whatever is signed for one address is not taken for SOAP at the other. */
    hook = delivery(GOOD, BODY, PEM);
    hook.topic = SLICE("platform");
    assert_int_equal(verdict(hook), HOOK_REFUSED);
}

static void test_white_space_that_was_added_on_the_way_does_not_break_it(void **state)
{
    (void)state;
    struct slice spaced = arena_printf(&fixture.arena, "{ %s", &BODY[1]);
    assert_int_equal(verdict(delivery(GOOD, spaced.p, PEM)), HOOK_AUTHENTIC);
    struct slice longer = arena_printf(&fixture.arena, "{\"a\":1,%s", &BODY[1]);
    assert_int_equal(verdict(delivery(GOOD, longer.p, PEM)), HOOK_REFUSED);
}

/* ---- the key ---- */

static void test_the_key_is_named_by_the_header_and_fetched_in_two_requests(void **state)
{
    (void)state;
    struct hook hook = delivery(GOOD, BODY, "");
    assert_slice(ebay->key_id(&ebay_account, &hook, &fixture.arena), KID);
    hook = delivery(HEADER("ecdsa", "a/../b", SIGNATURE, "SHA1"), BODY, "");
    assert_int_equal(ebay->key_id(&ebay_account, &hook, &fixture.arena).n, 0);

    struct step step = ebay_step("");
    struct http_request r = {0};
    struct slice key = {0};
    int64_t lifetime_us = 0;
    struct channel_signal signal = {0};
    struct err_note note = {{0}};
    assert_int_equal(ebay->build_key(&ebay_account, SLICE(KID), &step, &fixture.arena, &r), ERR_OK);
    assert_request(&r, "POST https://api.ebay.com/identity/v1/oauth2/token");
    assert_slice(
        r.body,
        "grant_type=client_credentials&scope=https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope");
    assert_slice(fixture_header(&r, "Authorization"), "Basic YXBwLTE6Y2VydC0x");
    struct http_response response =
        fixture_answer(200, SLICE("{\"access_token\":\"app-t0k\",\"expires_in\":7200}"));
    assert_int_equal(ebay->read_key(&ebay_account,
                                    &step,
                                    &response,
                                    fixture.doc,
                                    &fixture.arena,
                                    &key,
                                    &lifetime_us,
                                    &signal,
                                    &note),
                     ERR_OK);
    assert_true(signal.next.is_wanted);
    step.cursor = signal.next.cursor;
    assert_int_equal(ebay->build_key(&ebay_account, SLICE(KID), &step, &fixture.arena, &r), ERR_OK);
    assert_request(&r, "GET https://api.ebay.com/commerce/notification/v1/public_key/" KID);
    assert_slice(fixture_header(&r, "Authorization"), "Bearer app-t0k");
    response = fixture_answer(
        200, SLICE("{\"key\":\"" PEM "\",\"algorithm\":\"ECDSA\",\"digest\":\"SHA1\"}"));
    assert_int_equal(ebay->read_key(&ebay_account,
                                    &step,
                                    &response,
                                    fixture.doc,
                                    &fixture.arena,
                                    &key,
                                    &lifetime_us,
                                    &signal,
                                    &note),
                     ERR_OK);
    assert_false(signal.next.is_wanted);
    assert_slice(key, PEM);
    assert_int_equal(lifetime_us, 3600 * US_PER_S);
    assert_int_equal(verdict(delivery(GOOD, BODY, key.p)), HOOK_AUTHENTIC);
}

static void test_a_key_of_another_kind_is_refused(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum err err;
    } cases[] = {
        {200, "{\"key\":\"" PEM "\",\"algorithm\":\"RSA\",\"digest\":\"SHA1\"}", ERR_PARSE},
        {200, "{\"key\":\"" PEM "\",\"algorithm\":\"ECDSA\",\"digest\":\"SHA256\"}", ERR_PARSE},
        {200, "{\"key\":\"" KEY64 "\"}", ERR_PARSE},
        {200, "{}", ERR_PARSE},
        {404, "{\"errors\":[{\"errorId\":195001,\"message\":\"no\"}]}", ERR_NOT_FOUND},
        {401, "{}", ERR_AUTH},
        {500, "", ERR_NET},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct step step = ebay_step("app-t0k");
        struct slice key = {0};
        int64_t lifetime_us = 0;
        struct channel_signal signal = {0};
        struct err_note note = {{0}};
        struct http_response response = fixture_answer(cases[i].status, slice_of(cases[i].body));
        assert_int_equal(ebay->read_key(&ebay_account,
                                        &step,
                                        &response,
                                        fixture.doc,
                                        &fixture.arena,
                                        &key,
                                        &lifetime_us,
                                        &signal,
                                        &note),
                         cases[i].err);
    }
    struct http_request r;
    struct step step = ebay_step("");
    assert_int_equal(ebay->build_key(&ebay_account, SLICE("../x"), &step, &fixture.arena, &r),
                     ERR_USAGE);
}

/* ---- the challenge ---- */

static struct slice challenge(const struct account *account, const char *query, const char *host)
{
    struct http_header h = {SLICE("Host"), slice_of(host)};
    struct hook hook = {
        .method = SLICE("GET"), .query = slice_of(query), .headers = &h, .headers_count = 1};
    return ebay->challenge(account, &hook, &fixture.arena);
}

static void test_the_challenge_hashes_code_token_and_endpoint(void **state)
{
    (void)state;
    assert_slice(
        challenge(&ebay_account, "challenge_code=a8628072-3d33-45ee-9004-bee86830a22d", "x"),
        "{\"challengeResponse\":"
        "\"ca527df75caa230092d7e90484071e8f05d63068f1317973d6a3a42593734bbb\"}");
    assert_int_equal(challenge(&ebay_account, "", "x").n, 0);
    assert_int_equal(challenge(&ebay_account, "challenge_code=", "x").n, 0);
    assert_int_equal(challenge(&ebay_account, "code=1", "x").n, 0);
}

static void test_before_the_endpoint_is_kept_the_challenge_is_of_the_address_called(void **state)
{
    (void)state;
    struct account bare =
        fixture_account(ebay,
                        "{\"secrets\":{\"client_id\":\"a\",\"client_secret\":\"c\","
                        "\"verification_token\":\"" EBAY_VERIFICATION "\"}}");
    struct account kept =
        fixture_account(ebay,
                        "{\"settings\":{\"endpoint\":\"https://stock.example/hooks/shop-a\"},"
                        "\"secrets\":{\"client_id\":\"a\",\"client_secret\":\"c\","
                        "\"verification_token\":\"" EBAY_VERIFICATION "\"}}");
    struct slice wanted = challenge(&kept, "challenge_code=1", "elsewhere");
    assert_true(wanted.n > 0);
    assert_true(slice_equal(challenge(&bare, "challenge_code=1", "stock.example"), wanted));
    struct account silent =
        fixture_account(ebay, "{\"secrets\":{\"client_id\":\"a\",\"client_secret\":\"c\"}}");
    assert_int_equal(challenge(&silent, "challenge_code=1", "stock.example").n, 0);
}

/* ---- what a notification makes us read ---- */

static struct facts decoded(const char *topic, const char *body)
{
    struct facts facts;
    struct hook hook = {.method = SLICE("POST"), .topic = slice_of(topic), .body = slice_of(body)};
    ebay->decode(&ebay_account, &hook, fixture.doc, &fixture.arena, &facts);
    assert_int_equal(facts.orders_count + facts.observations_count, 0);
    return facts;
}

/* "order 12-3, changed, count 110/": what is read; or why nothing is. */
static struct slice reads(const struct facts *f)
{
    static const char *const kinds[] = {[FETCH_NONE] = "none",
                                        [FETCH_ORDER] = "order ",
                                        [FETCH_CHANGED] = "changed",
                                        [FETCH_COUNT] = "count "};
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 8192);
    for (size_t i = 0; i < f->fetches_count; i++) {
        buf_text(&text, i ? ", " : "");
        buf_text(&text, kinds[f->fetches[i].kind]);
        buf_slice(&text, f->fetches[i].id);
    }
    buf_text(&text, f->unreadable ? " (unreadable)" : "");
    buf_text(&text, f->ignored ? "(ignored)" : "");
    return arena_copy(&fixture.arena, buf_view(&text));
}

#define NOTE(topic, data)                                                                          \
    "{\"metadata\":{\"topic\":\"" topic "\"},\"notification\":{\"notificationId\":\"n-1\","        \
    "\"data\":" data "}}"

static void test_a_notification_is_a_pointer(void **state)
{
    (void)state;
    static const struct {
        const char *body, *says;
    } cases[] = {
        {NOTE("ORDER_CONFIRMATION", "{\"orderId\":\"12-34567-89012\",\"lineItems\":[]}"),
         "order 12-34567-89012"},
        {NOTE("ORDER_CONFIRMATION", "{}"), "changed"},
        {NOTE("ORDER_CONFIRMATION", "{\"orderId\":\"../../x\"}"), "changed"},
        {NOTE("ORDER_CONFIRMATION", "{\"orderId\":7}"), "changed"},
        {NOTE("ITEM_AVAILABILITY", "{\"itemId\":\"110\"}"), "count 110/"},
        {NOTE("MARKETPLACE_ACCOUNT_DELETION", "{\"userId\":\"u\"}"), "(ignored)"},
        {NOTE("AUTHORIZATION_REVOCATION", "{}"), "(ignored)"},
        {NOTE("FEEDBACK_LEFT", "{}"), "(ignored)"},
        {"{}", "changed (unreadable)"},
        {"[]", "changed (unreadable)"},
        {"<x/>", "changed (unreadable)"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct facts facts = decoded("", cases[i].body);
        struct slice got = reads(&facts);
        if (!slice_is(got, cases[i].says)) {
            fail_msg("%zu: got '%.*s', wanted '%s'", i, SLICE_ARG(got), cases[i].says);
        }
    }
}

static void test_a_repeat_is_known_by_the_notifications_id(void **state)
{
    (void)state;
    struct facts facts = decoded("", NOTE("ORDER_CONFIRMATION", "{\"orderId\":\"1\"}"));
    assert_slice(facts.delivery_id, "n-1");
    facts = decoded("", NOTE("MARKETPLACE_ACCOUNT_DELETION", "{}"));
    assert_slice(facts.delivery_id, "n-1");
    assert_non_null(strstr(decoded("", NOTE("AUTHORIZATION_REVOCATION", "{}")).ignored, "consent"));
    assert_int_equal(decoded("", "{}").delivery_id.n, 0);
}

/* ---- platform notifications ---- */

#define SOAP(signature, answer)                                                                    \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope "                                 \
    "xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Header>"                 \
    "<ebl:RequesterCredentials xmlns:ebl=\"urn:ebay:apis:eBLBaseComponents\">"                     \
    "<ebl:NotificationSignature>" signature "</ebl:NotificationSignature>"                         \
    "</ebl:RequesterCredentials></soapenv:Header><soapenv:Body>" answer                            \
    "</soapenv:Body></soapenv:Envelope>"
#define STAMP "2022-01-14T18:35:50.478Z"
#define SOAP_SIGNATURE "k10hwTuGW4Z0G75fFGxfVA=="
#define EVENT(name, more)                                                                          \
    "<GetItemTransactionsResponse xmlns=\"urn:ebay:apis:eBLBaseComponents\"><Timestamp>" STAMP     \
    "</Timestamp><Ack>Success</Ack><NotificationEventName>" name "</NotificationEventName>" more   \
    "</GetItemTransactionsResponse>"

static struct hook soap(const char *body, int64_t late_us)
{
    int64_t at_us = 0;
    assert_true(time_parse_rfc3339(SLICE(STAMP), &at_us));
    return (struct hook){.method = SLICE("POST"),
                         .topic = SLICE("platform"),
                         .body = slice_of(body),
                         .received_at_us = at_us + late_us};
}

static void test_a_platform_notification_is_signed_by_time_and_keys(void **state)
{
    (void)state;
    const char *good = SOAP(SOAP_SIGNATURE, EVENT("ItemRevised", ""));
    assert_int_equal(verdict(soap(good, 0)), HOOK_AUTHENTIC);
    assert_int_equal(verdict(soap(good, 600 * US_PER_S)), HOOK_AUTHENTIC);
    assert_int_equal(verdict(soap(good, 600 * US_PER_S + 1)), HOOK_REFUSED);
    assert_int_equal(verdict(soap(good, -600 * US_PER_S - 1)), HOOK_REFUSED);
    assert_int_equal(verdict(soap(SOAP("k10hwTuGW4Z0G75fFGxfVB==", EVENT("ItemRevised", "")), 0)),
                     HOOK_REFUSED);
    assert_int_equal(verdict(soap(SOAP("", EVENT("ItemRevised", "")), 0)), HOOK_REFUSED);
    assert_int_equal(verdict(soap(SOAP(SOAP_SIGNATURE, "<R/>"), 0)), HOOK_REFUSED);
    assert_int_equal(verdict(soap("<R/>", 0)), HOOK_REFUSED);
    assert_int_equal(verdict(soap("{}", 0)), HOOK_REFUSED);
    struct hook hook = soap(good, 0);
    hook.topic = SLICE("");
    assert_int_equal(verdict(hook), HOOK_REFUSED);
    /* Without the Dev ID nothing can be checked. */
    struct account bare = fixture_account(
        ebay, "{\"secrets\":{\"client_id\":\"app-1\",\"client_secret\":\"cert-1\"}}");
    hook = soap(good, 0);
    assert_int_equal(ebay->verify(&bare, &hook, &fixture.arena), HOOK_REFUSED);
}

static void test_a_platform_notification_is_a_hint(void **state)
{
    (void)state;
#define SALE(order)                                                                                \
    "<Transaction><TransactionID>1</TransactionID><ContainingOrder><OrderID>" order                \
    "</OrderID></ContainingOrder></Transaction>"
#define ITEM(more) "<Item><ItemID>110</ItemID>" more "</Item>"
    static const struct {
        const char *body, *says;
    } cases[] = {
        {EVENT("FixedPriceTransaction",
               ITEM("") "<TransactionArray>" SALE("12-3") "</TransactionArray>"),
         "order 12-3"},
        {EVENT("AuctionCheckoutComplete",
               "<TransactionArray>" SALE("12-3") SALE("12-3") SALE("110!9") "</TransactionArray>"),
         "order 12-3, order 110!9"},
        /* Not in an order yet, or of a form that no address should have. */
        {EVENT("FixedPriceTransaction", "<TransactionArray><Transaction/></TransactionArray>"),
         "changed"},
        {EVENT("FixedPriceTransaction", "<TransactionArray>" SALE("../x") "</TransactionArray>"),
         "changed"},
        {EVENT("FixedPriceTransaction", ""), "changed"},
        {EVENT("ItemRevised", ITEM("")), "count 110/"},
        {EVENT("ItemRevised", ITEM("<SKU>T</SKU>")), "count 110/, count 110/T"},
        {EVENT("ItemRevised",
               ITEM("<Variations><Variation><SKU>T/M</SKU></Variation><Variation/>"
                    "<Variation><SKU>T/L</SKU></Variation></Variations>")),
         "count 110/, count 110/T/M, count 110/T/L"},
        {EVENT("ItemRevised", ""), " (unreadable)"},
        {EVENT("AskSellerQuestion", ""), "(ignored)"},
        {"", "changed (unreadable)"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice body = arena_printf(&fixture.arena, SOAP("s", "%s"), cases[i].body);
        struct facts facts = decoded("platform", body.p);
        struct slice got = reads(&facts);
        if (!slice_is(got, cases[i].says)) {
            fail_msg("%zu: got '%.*s', wanted '%s'", i, SLICE_ARG(got), cases[i].says);
        }
        assert_int_equal(facts.delivery_id.n, 0); /* nothing in the body is signed */
    }
    struct facts facts = decoded("platform", "{}");
    assert_slice(reads(&facts), "changed (unreadable)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ebays_own_vector_is_authentic_and_any_change_is_not),
        cmocka_unit_test(test_white_space_that_was_added_on_the_way_does_not_break_it),
        cmocka_unit_test(test_the_key_is_named_by_the_header_and_fetched_in_two_requests),
        cmocka_unit_test(test_a_key_of_another_kind_is_refused),
        cmocka_unit_test(test_the_challenge_hashes_code_token_and_endpoint),
        cmocka_unit_test(test_before_the_endpoint_is_kept_the_challenge_is_of_the_address_called),
        cmocka_unit_test(test_a_notification_is_a_pointer),
        cmocka_unit_test(test_a_repeat_is_known_by_the_notifications_id),
        cmocka_unit_test(test_a_platform_notification_is_signed_by_time_and_keys),
        cmocka_unit_test(test_a_platform_notification_is_a_hint),
    };
    return cmocka_run_group_tests(tests, ebay_open, fixture_close);
}
