/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries: which are Etsy's, and which receipt they make us read. */
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

#define RECEIPT_URL "https://openapi.etsy.com/v3/application/shops/12345/receipts/54321"
#define PAID                                                                                       \
    "{\"event_type\":\"order.paid\",\"resource_url\":\"" RECEIPT_URL "\",\"shop_id\":\"12345\"}"
#define SIGNATURE "fz6k/r2j8NWJBycCe3xpfthhNBq1o2Y3D08TrHotZb4=" /* of PAID, with the key below */
#define SENT_S INT64_C(1700000000)

static enum hook_verdict verify_with(const struct account *a,
                                     const char *signature,
                                     const char *timestamp,
                                     const char *body,
                                     int64_t received_s)
{
    const struct http_header headers[] = {{SLICE("Webhook-Id"), SLICE("msg_1")},
                                          {SLICE("Webhook-Timestamp"), slice_of(timestamp)},
                                          {SLICE("Webhook-Signature"), slice_of(signature)}};
    struct hook hook = {.method = SLICE("POST"),
                        .headers = headers,
                        .headers_count = COUNT_OF(headers),
                        .body = slice_of(body),
                        .received_at_us = received_s * US_PER_S};
    return etsy->verify(a, &hook, &fixture.arena);
}

static enum hook_verdict verify(const char *signature)
{
    return verify_with(&account, signature, "1700000000", PAID, SENT_S);
}

static void test_a_signature_counts_bare_or_with_its_version_among_others(void **state)
{
    (void)state;
    assert_int_equal(verify(SIGNATURE), HOOK_AUTHENTIC);
    assert_int_equal(verify("v1," SIGNATURE), HOOK_AUTHENTIC);
    assert_int_equal(verify("v1,AAAA v1," SIGNATURE), HOOK_AUTHENTIC);
    assert_int_equal(verify(SIGNATURE " v1,AAAA"), HOOK_AUTHENTIC);
    static const char *const wrong[] = {
        "",
        "v1,",
        "v2," SIGNATURE,
        "v1a," SIGNATURE,
        "fz6k/r2j8NWJBycCe3xpfthhNBq1o2Y3D08TrHotZb4",
        "gz6k/r2j8NWJBycCe3xpfthhNBq1o2Y3D08TrHotZb4=",
        SIGNATURE "," SIGNATURE,
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(verify(wrong[i]), HOOK_REFUSED);
    }
}

static void test_another_body_time_or_key_is_not_authentic(void **state)
{
    (void)state;
    assert_int_equal(verify_with(&account, SIGNATURE, "1700000000", PAID " ", SENT_S),
                     HOOK_REFUSED);
    assert_int_equal(verify_with(&account, SIGNATURE, "1700000001", PAID, SENT_S), HOOK_REFUSED);
    assert_int_equal(verify_with(&account, SIGNATURE, "", PAID, SENT_S), HOOK_REFUSED);
    struct account other = fixture_account(
        etsy,
        "{\"secrets\":{\"keystring\":\"k\",\"shared_secret\":\"s\",\"webhook_secret\":\"aG9v\"}}");
    assert_int_equal(verify_with(&other, SIGNATURE, "1700000000", PAID, SENT_S), HOOK_REFUSED);
    /* Without a secret nothing is authentic, whatever an empty key would sign. */
    struct account none =
        fixture_account(etsy, "{\"secrets\":{\"keystring\":\"k\",\"shared_secret\":\"s\"}}");
    assert_int_equal(verify_with(&none, SIGNATURE, "1700000000", PAID, SENT_S), HOOK_REFUSED);
    struct hook get = {.method = SLICE("GET"), .body = SLICE(PAID)};
    assert_int_equal(etsy->verify(&account, &get, &fixture.arena), HOOK_REFUSED);
}

static void test_a_delivery_is_taken_within_five_minutes_or_as_was_set(void **state)
{
    (void)state;
    struct account patient = fixture_account(etsy, ETSY_CONFIG(",\"webhook_tolerance_s\":86400"));
    static const struct {
        int64_t late_s;
        enum hook_verdict usual, patient;
    } cases[] = {
        {300, HOOK_AUTHENTIC, HOOK_AUTHENTIC},
        {-300, HOOK_AUTHENTIC, HOOK_AUTHENTIC},
        {301, HOOK_REFUSED, HOOK_AUTHENTIC},
        {-301, HOOK_REFUSED, HOOK_AUTHENTIC},
        {86401, HOOK_REFUSED, HOOK_REFUSED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t at = SENT_S + cases[i].late_s;
        assert_int_equal(verify_with(&account, SIGNATURE, "1700000000", PAID, at), cases[i].usual);
        assert_int_equal(verify_with(&patient, SIGNATURE, "1700000000", PAID, at),
                         cases[i].patient);
    }
}

/* ---- what it says ---- */

static struct facts decode_by(const struct account *a, const char *body)
{
    static const struct http_header headers[] = {{{"webhook-id", 10}, {"msg_1", 5}}};
    struct hook hook = {.method = SLICE("POST"),
                        .headers = headers,
                        .headers_count = COUNT_OF(headers),
                        .body = slice_of(body)};
    struct facts facts;
    memset(&facts, 0xff, sizeof facts);
    etsy->decode(a, &hook, fixture.doc, &fixture.arena, &facts);
    assert_int_equal(facts.orders_count + facts.observations_count, 0);
    assert_slice(facts.delivery_id, "msg_1");
    return facts;
}

#define EVENT(event, url, shop)                                                                    \
    "{\"event_type\":\"" event "\",\"resource_url\":\"" url "\",\"shop_id\":" shop "}"

static void test_every_event_about_an_order_reads_its_receipt(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        PAID,
        EVENT("order.canceled", RECEIPT_URL, "\"12345\""),
        EVENT("order.shipped", RECEIPT_URL, "12345"),
        EVENT("order.delivered", RECEIPT_URL, "12345"),
        EVENT("ORDER_PAID", RECEIPT_URL, "12345"),
        EVENT("order.something_new", RECEIPT_URL, "12345"),
        "{\"event_type\":\"order.paid\",\"resource_url\":\"" RECEIPT_URL "\"}",
        /* The host is nobody's business: it is not called. */
        EVENT("order.paid",
              "https://evil.example/v3/application/shops/12345/receipts/54321",
              "12345"),
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct facts facts = decode_by(&account, bodies[i]);
        assert_null(facts.unreadable);
        assert_null(facts.ignored);
        assert_int_equal(facts.fetches_count, 1);
        assert_int_equal(facts.fetches[0].kind, FETCH_ORDER);
        assert_slice(facts.fetches[0].id, "54321");
    }
}

static void test_another_shops_deliveries_and_other_events_are_ignored(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        EVENT("order.paid", RECEIPT_URL, "42"),
        EVENT("order.paid", RECEIPT_URL, "\"42\""),
        EVENT("order.paid", "https://e/v3/application/shops/42/receipts/5", "42"),
        "{\"event_type\":\"order.paid\",\"resource_url\":"
        "\"https://e/v3/application/shops/42/receipts/5\"}",
        EVENT("listing.updated", RECEIPT_URL, "12345"),
        EVENT("order", RECEIPT_URL, "12345"),
        EVENT("orders.paid", RECEIPT_URL, "12345"),
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct facts facts = decode_by(&account, bodies[i]);
        assert_non_null(facts.ignored);
        assert_null(facts.unreadable);
        assert_int_equal(facts.fetches_count, 0);
    }
    struct account shopless =
        fixture_account(etsy, "{\"secrets\":{\"keystring\":\"k\",\"shared_secret\":\"s\"}}");
    assert_int_equal(decode_by(&shopless, bodies[2]).fetches_count, 1);
}

static void test_what_names_no_receipt_is_parked_and_all_changed_orders_are_read(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "x",
        "[]",
        "{}",
        "{\"event_type\":\"\"}",
        "{\"event_type\":\"order.paid\"}",
        EVENT("order.paid", "", "12345"),
        EVENT("order.paid", RECEIPT_URL "/", "12345"),
        EVENT("order.paid", RECEIPT_URL "?x=1", "12345"),
        EVENT("order.paid", RECEIPT_URL "/shipments/7", "12345"),
        EVENT("order.paid", "https://e/v3/application/shops/12345/receipts/0", "12345"),
        EVENT("order.paid", "https://e/v3/application/shops/12345/receipts/-5", "12345"),
        EVENT("order.paid", "https://e/v3/application/shops/12345/listings/5", "12345"),
        EVENT("order.paid", "https://e/shops/12345/receipts/5", "12345"),
        EVENT("order.paid", "https://e/v3/application/shops/42/receipts/5", "12345"),
        EVENT("order.paid", "receipts/5", "12345"),
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct facts facts = decode_by(&account, bodies[i]);
        assert_non_null(facts.unreadable);
        assert_null(facts.ignored);
        assert_int_equal(facts.fetches_count, 1);
        assert_int_equal(facts.fetches[0].kind, FETCH_CHANGED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_signature_counts_bare_or_with_its_version_among_others),
        cmocka_unit_test(test_another_body_time_or_key_is_not_authentic),
        cmocka_unit_test(test_a_delivery_is_taken_within_five_minutes_or_as_was_set),
        cmocka_unit_test(test_every_event_about_an_order_reads_its_receipt),
        cmocka_unit_test(test_another_shops_deliveries_and_other_events_are_ignored),
        cmocka_unit_test(test_what_names_no_receipt_is_parked_and_all_changed_orders_are_read),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
