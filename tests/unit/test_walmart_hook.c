/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries: who may send them, and what each makes us read. */
#include "support/walmart_account.h"

static const struct connector *const walmart = &connector_walmart;

#define BODY "{\"a\":1}"
#define HEX "aa9e2e3575f5d7098b6caccd790888c36d5fdb63342a73bada2d6a51747a8494"
#define BASE64 "qp4uNXX11wmLbKzNeQiIw21f22M0KnO62i1qUXR6hJQ="

static enum hook_verdict verify(const struct account *account,
                                const struct http_header *headers,
                                size_t count,
                                const char *topic,
                                const char *query,
                                const char *body)
{
    struct hook hook = {.method = SLICE("POST"),
                        .topic = slice_of(topic),
                        .query = slice_of(query),
                        .headers = headers,
                        .headers_count = count,
                        .body = slice_of(body)};
    return walmart->verify(account, &hook, &fixture.arena);
}

static void test_a_body_is_signed_as_hex_or_base64(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *body;
        enum hook_verdict says;
    } cases[] = {
        {"X-TC-Signature", HEX, BODY, HOOK_AUTHENTIC},
        {"x-tc-signature", BASE64, BODY, HOOK_AUTHENTIC},
        {"X-TC-Signature", " " HEX " ", BODY, HOOK_AUTHENTIC},
        {"X-TC-Signature", HEX, "{\"a\":2}", HOOK_REFUSED},
        {"X-TC-Signature", HEX, "", HOOK_REFUSED},
        {"X-TC-Signature", "", BODY, HOOK_REFUSED},
        {"X-TC-Signature", "secret", BODY, HOOK_REFUSED},
        {"X-TC-Signature", HEX "00", BODY, HOOK_REFUSED},
        {"X-Other", HEX, BODY, HOOK_REFUSED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_header h = {slice_of(cases[i].name), slice_of(cases[i].value)};
        assert_int_equal(verify(&wm_plain, &h, 1, "order_updates", "", cases[i].body),
                         cases[i].says);
    }
    struct http_header h = {SLICE("X-TC-Signature"), SLICE(HEX)};
    struct hook get = {
        .method = SLICE("GET"), .headers = &h, .headers_count = 1, .body = SLICE(BODY)};
    assert_int_equal(walmart->verify(&wm_plain, &get, &fixture.arena), HOOK_REFUSED);
}

static void test_a_password_is_enough_with_or_without_basic(void **state)
{
    (void)state;
    /* "anybody:secret", "secret:anybody", "secret" */
    static const struct {
        const char *name, *value;
        enum hook_verdict says;
    } cases[] = {
        {"Authorization", "Basic YW55Ym9keTpzZWNyZXQ=", HOOK_AUTHENTIC},
        {"Authorization", "YW55Ym9keTpzZWNyZXQ=", HOOK_AUTHENTIC},
        {"X-TC-Signature", "YW55Ym9keTpzZWNyZXQ=", HOOK_AUTHENTIC},
        {"Authorization", "Basic c2VjcmV0OmFueWJvZHk=", HOOK_REFUSED},
        {"Authorization", "Basic c2VjcmV0", HOOK_REFUSED},
        {"Authorization", "Basic ", HOOK_REFUSED},
        {"Authorization", "Bearer secret", HOOK_REFUSED},
        {"Authorization", HEX, HOOK_REFUSED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_header h = {slice_of(cases[i].name), slice_of(cases[i].value)};
        assert_int_equal(verify(&wm_plain, &h, 1, "", "", BODY), cases[i].says);
    }
}

static void test_a_wrong_signature_is_not_made_up_for(void **state)
{
    (void)state;
    struct http_header h[] = {{SLICE("X-TC-Signature"), SLICE("AAAA")},
                              {SLICE("Authorization"), SLICE("Basic YW55Ym9keTpzZWNyZXQ=")},
                              {SLICE("WM_SEC.SIGNATURE"), SLICE("AAAA")}};
    assert_int_equal(verify(&wm_plain, h, 2, "", "", BODY), HOOK_REFUSED);
    h[0].value = SLICE(HEX);
    assert_int_equal(verify(&wm_plain, h, 2, "", "", BODY), HOOK_AUTHENTIC);
    assert_int_equal(verify(&wm_plain, h, 3, "", "", BODY), HOOK_REFUSED);
}

static void test_an_address_is_signed_with_its_query(void **state)
{
    (void)state;
    struct account a = wm_plain;
    a.code = SLICE("walmart");
    struct http_header h[] = {
        {SLICE("WM_SEC.TIMESTAMP"), SLICE("1767225600")},
        {SLICE("WM_SEC.SIGNATURE"), SLICE("Bk1b4NVJP9B3oUpEq8d84BugP+IfXf9zGOJKvKr0t4o=")}};
    assert_int_equal(verify(&a, h, 2, "", "x=1", BODY), HOOK_AUTHENTIC);
    assert_int_equal(verify(&a, h, 2, "", "x=2", BODY), HOOK_REFUSED);
    assert_int_equal(verify(&a, h, 2, "x", "x=1", BODY), HOOK_REFUSED);
    assert_int_equal(verify(&a, h, 2, "", "x=1", BODY " "), HOOK_REFUSED);
    h[0].value = SLICE("1767225601");
    assert_int_equal(verify(&a, h, 2, "", "x=1", BODY), HOOK_REFUSED);
    assert_int_equal(verify(&a, h + 1, 1, "", "x=1", BODY), HOOK_REFUSED);
}

static void test_without_a_secret_nothing_is_authentic(void **state)
{
    (void)state;
    struct account a =
        fixture_account(walmart, "{\"secrets\":{\"client_id\":\"i\",\"client_secret\":\"cs\"}}");
    /* HMAC of the body with an empty key, and an empty password. */
    uint8_t mac[SHA256_SIZE];
    hmac_sha256(mac, (struct slice){0}, SLICE(BODY));
    struct slice hex = hex_encode(&fixture.arena, (struct slice){(const char *)mac, sizeof mac});
    struct http_header h[] = {{SLICE("X-TC-Signature"), hex},
                              {SLICE("Authorization"), SLICE("Basic Og==")}};
    assert_int_equal(verify(&a, h, 1, "", "", BODY), HOOK_REFUSED);
    assert_int_equal(verify(&a, h + 1, 1, "", "", BODY), HOOK_REFUSED);
}

/* ---- decode ---- */

static struct facts decode(const char *body)
{
    struct facts facts;
    struct hook hook = {.method = SLICE("POST"), .body = slice_of(body)};
    memset(&facts, 0xff, sizeof facts);
    walmart->decode(&wm_plain, &hook, fixture.doc, &fixture.arena, &facts);
    assert_int_equal(facts.orders_count, 0);
    assert_int_equal(facts.observations_count, 0);
    return facts;
}

#define EVENT(type, payload)                                                                       \
    "{\"source\":{\"eventType\":\"" type "\",\"eventTime\":\"2026-11-24T09:19:58.000Z\","          \
    "\"eventId\":\"e-7\"},\"payload\":" payload "}"

static void test_each_event_makes_us_read_one_thing(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum fetch_kind kind;
        const char *id;
        bool is_unreadable;
    } cases[] = {
        {EVENT("ORDER_UPDATES",
               "{\"partnerId\":\"1\",\"subEventType\":\"PO_CREATED\","
               "\"order\":{\"purchaseOrderId\":\"1796277083022\",\"orderLines\":[]}}"),
         FETCH_ORDER,
         "1796277083022",
         false},
        {EVENT("ORDER_UPDATES",
               "{\"subEventType\":\"PO_LINE_AUTOCANCELLED\","
               "\"order\":{\"purchaseOrderId\":108835328301213}}"),
         FETCH_ORDER,
         "108835328301213",
         false},
        {EVENT("ORDER_UPDATES",
               "{\"subEventType\":\"FRAUD_CANCEL\",\"purchaseOrderId\":\"17962\"}"),
         FETCH_ORDER,
         "17962",
         false},
        /* A wish only: whether anything was cancelled the order itself says. */
        {EVENT("ORDER_UPDATES",
               "{\"subEventType\":\"INTENT_TO_CANCEL\","
               "\"order\":{\"purchaseOrderId\":\"17963\"}}"),
         FETCH_ORDER,
         "17963",
         false},
        {EVENT("PO_CREATED", "{\"purchaseOrderId\":\"17964\"}"), FETCH_ORDER, "17964", false},
        {EVENT("ORDER_UPDATES", "{\"order\":{\"purchaseOrderId\":\"../items\"}}"),
         FETCH_CHANGED,
         "",
         true},
        {EVENT("ORDER_UPDATES", "{}"), FETCH_CHANGED, "", true},
        {EVENT("INVENTORY_OOS",
               "{\"partnerId\":\"1\",\"itemId\":\"9\",\"sku\":\"TC @1/a\",\"shipNodes\":["
               "{\"shipNode\":\"1000005050\",\"availToSellQty\":0}]}"),
         FETCH_COUNT,
         "sku:TC @1/a",
         false},
        {EVENT("INVENTORY_OOS", "{\"itemId\":\"9\"}"), FETCH_NONE, "", true},
        {"{\"source\":{},\"payload\":{}}", FETCH_CHANGED, "", true},
        {"no JSON", FETCH_CHANGED, "", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct facts f = decode(cases[i].body);
        assert_int_equal(f.fetches_count, cases[i].kind == FETCH_NONE ? 0 : 1);
        assert_int_equal(f.unreadable != NULL, cases[i].is_unreadable);
        assert_null(f.ignored);
        if (f.fetches_count) {
            assert_int_equal(f.fetches[0].kind, cases[i].kind);
            assert_slice(f.fetches[0].id, cases[i].id);
        }
    }
}

static void test_events_that_concern_no_count_are_ignored_with_a_reason(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        EVENT("RETURN_NOTIFICATIONS", "{\"returnOrderId\":\"1\"}"),
        EVENT("OFFER_UNPUBLISHED", "{\"sku\":\"TC-1\"}"),
        EVENT("REPORT_STATUS", "{}"),
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct facts f = decode(bodies[i]);
        assert_int_equal(f.fetches_count, 0);
        assert_non_null(f.ignored);
        assert_null(f.unreadable);
    }
}

static void test_a_repeat_is_known_by_its_event_id(void **state)
{
    (void)state;
    assert_slice(decode(EVENT("PO_CREATED", "{\"purchaseOrderId\":\"1\"}")).delivery_id, "e-7");
    assert_slice(decode(EVENT("OFFER_UNPUBLISHED", "{}")).delivery_id, "e-7");
    assert_int_equal(decode("{\"source\":{\"eventType\":\"X\"}}").delivery_id.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_body_is_signed_as_hex_or_base64),
        cmocka_unit_test(test_a_password_is_enough_with_or_without_basic),
        cmocka_unit_test(test_a_wrong_signature_is_not_made_up_for),
        cmocka_unit_test(test_an_address_is_signed_with_its_query),
        cmocka_unit_test(test_without_a_secret_nothing_is_authentic),
        cmocka_unit_test(test_each_event_makes_us_read_one_thing),
        cmocka_unit_test(test_events_that_concern_no_count_are_ignored_with_a_reason),
        cmocka_unit_test(test_a_repeat_is_known_by_its_event_id),
    };
    return cmocka_run_group_tests(tests, wm_open, fixture_close);
}
