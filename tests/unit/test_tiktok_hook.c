/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries: which are authentic, and what each event makes us read. */
#include "support/tiktok_shop.h"

static struct account account, of_shop;

static int open_accounts(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(tiktok, PLAIN);
    of_shop = fixture_account(
        tiktok,
        "{\"settings\":{\"shop_cipher\":\"C\",\"shop_id\":\"7495540735365777507\"}," SECRETS "}");
    return 0;
}

/* The vendor's own example: key abcdef, secret 123. */
#define BODY                                                                                       \
    "{\"type\":1,\"tts_notification_id\":\"7380066284010030890\",\"shop_id\":"                     \
    "\"7495540735365777507\",\"timestamp\":1718305585,\"data\":{\"is_on_hold_order\":true,"        \
    "\"order_id\":\"576653688135258178\",\"order_status\":\"UNPAID\",\"update_time\":1718305585}}"
#define SIGNATURE "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"

static enum hook_verdict verdict_of(const char *method, const char *signature, const char *body)
{
    const struct http_header header = {SLICE("authorization"), slice_of(signature)};
    struct hook hook = {.method = slice_of(method),
                        .topic = SLICE("ORDER_STATUS_CHANGE"),
                        .headers = &header,
                        .headers_count = signature ? 1 : 0,
                        .body = slice_of(body)};
    return tiktok->verify(&account, &hook, &fixture.arena);
}

static void test_the_vendors_signature_is_authentic_and_any_change_is_not(void **state)
{
    (void)state;
    assert_int_equal(verdict_of("POST", SIGNATURE, BODY), HOOK_AUTHENTIC);
    assert_int_equal(verdict_of("POST", " " SIGNATURE " ", BODY), HOOK_AUTHENTIC);

    assert_int_equal(verdict_of("GET", SIGNATURE, BODY), HOOK_REFUSED);
    assert_int_equal(verdict_of("POST", NULL, BODY), HOOK_REFUSED);
    assert_int_equal(verdict_of("POST", "", BODY), HOOK_REFUSED);
    assert_int_equal(verdict_of("POST", "Bearer " SIGNATURE, BODY), HOOK_REFUSED);
    assert_int_equal(verdict_of("POST", &SIGNATURE[1], BODY), HOOK_REFUSED);
    assert_int_equal(verdict_of("POST", SIGNATURE "0", BODY), HOOK_REFUSED);
    assert_int_equal(verdict_of("POST", SIGNATURE, BODY " "), HOOK_REFUSED);
    assert_int_equal(verdict_of("POST", SIGNATURE, "{}"), HOOK_REFUSED);
    assert_int_equal(verdict_of("POST", SIGNATURE, ""), HOOK_REFUSED);
    /* The body alone under the right key: without the app's key it is another signature. */
    assert_int_equal(verdict_of("POST",
                                "582e01fc956e708cf46d897370424b7c55f7af560fcbbcb7f5f34762cafe6007",
                                BODY),
                     HOOK_REFUSED);
}

static struct facts facts_of(const struct account *a, const char *topic, const char *body)
{
    struct facts facts;
    memset(&facts, 0xff, sizeof(facts));
    struct hook hook = {.method = SLICE("POST"), .topic = slice_of(topic), .body = slice_of(body)};
    tiktok->decode(a, &hook, fixture.doc, &fixture.arena, &facts);
    assert_int_equal(facts.orders_count, 0);
    assert_int_equal(facts.observations_count, 0);
    return facts;
}

/* "order ID", "count KEY", "changed", "ignored", "unreadable", together where both are said. */
static struct slice said(const struct facts *f)
{
    static const char *const kinds[] = {[FETCH_NONE] = "?",
                                        [FETCH_ORDER] = "order ",
                                        [FETCH_CHANGED] = "changed",
                                        [FETCH_COUNT] = "count "};
    struct slice fetch = {0};
    if (f->fetches_count) {
        assert_int_equal(f->fetches_count, 1);
        fetch = arena_printf(
            &fixture.arena, "%s%.*s", kinds[f->fetches[0].kind], SLICE_ARG(f->fetches[0].id));
    }
    return arena_printf(&fixture.arena,
                        "%.*s%s%s",
                        (int)fetch.n,
                        fetch.p ? fetch.p : "",
                        f->ignored ? "ignored" : "",
                        f->unreadable ? " unreadable" : "");
}

#define EVENT(type, data) "{\"type\":" type ",\"tts_notification_id\":\"9\",\"data\":" data "}"
#define STOCK "{\"product_id\":\"5\",\"sku_id\":\"73235770873441823254\"}"

static void test_each_event_makes_us_read_what_it_names(void **state)
{
    (void)state;
    static const struct {
        const char *topic, *body, *said;
    } cases[] = {
        {"ORDER_STATUS_CHANGE", BODY, "order 576653688135258178"},
        {"", BODY, "order 576653688135258178"},
        {"CANCELLATION_STATUS_CHANGE",
         EVENT("11", "{\"order_id\":\"57\",\"cancel_status\":\"CANCELLATION_REQUEST_PENDING\"}"),
         "order 57"},
        {"RETURN_STATUS_CHANGE",
         EVENT("12", "{\"order_id\":\"58\",\"return_id\":\"4\"}"),
         "order 58"},
        {"REVERSE_STATUS_UPDATE", EVENT("2", "{\"order_id\":\"58\"}"), "order 58"},
        {"INVENTORY_STATUS_CHANGE", EVENT("27", STOCK), "count sku:73235770873441823254"},
        {"PRODUCT_STATUS_CHANGE", EVENT("5", "{\"product_id\":\"5\"}"), "ignored"},
        {"PRODUCT_INFORMATION_CHANGE", EVENT("15", "{\"product_id\":\"5\"}"), "ignored"},
        {"PRODUCT_CREATION", EVENT("16", "{\"product_id\":\"5\"}"), "ignored"},
        {"PACKAGE_UPDATE", EVENT("4", "{\"package_id\":\"5\"}"), "ignored"},
        {"SELLER_DEAUTHORIZATION", EVENT("6", "{}"), "ignored"},
        {"UPCOMING_AUTHORIZATION_EXPIRATION", EVENT("7", "{\"expiration_time\":1}"), "ignored"},
        {"INVOICE_STATUS_CHANGE", EVENT("36", "{}"), "ignored"},
        /* The number is not known to us: the path says what it is, the body names it. */
        {"INVENTORY_STATUS_CHANGE", EVENT("99", STOCK), "count sku:73235770873441823254"},
        {"INVENTORY_STATUS_CHANGE", "{\"data\":" STOCK "}", "count sku:73235770873441823254"},
        {"", "{\"data\":{\"order_id\":\"59\"}}", "order 59"},
        /* The body contradicts the path: only what the body proves counts. */
        {"ORDER_STATUS_CHANGE", EVENT("27", STOCK), "count sku:73235770873441823254"},
        {"ORDER_STATUS_CHANGE", EVENT("5", "{\"product_id\":\"5\"}"), "ignored"},
        {"PRODUCT_STATUS_CHANGE", BODY, "order 576653688135258178"},
        {"SELLER_DEAUTHORIZATION", BODY, "order 576653688135258178"},
        {"", EVENT("1", STOCK), "changed unreadable"},
        /* It promises a name and has none. */
        {"ORDER_STATUS_CHANGE", EVENT("1", "{}"), "changed unreadable"},
        {"ORDER_STATUS_CHANGE", EVENT("1", "{\"order_id\":\"x\"}"), "changed unreadable"},
        {"ORDER_STATUS_CHANGE", EVENT("1", "null"), "changed unreadable"},
        {"INVENTORY_STATUS_CHANGE", EVENT("27", "{\"product_id\":\"5\"}"), " unreadable"},
        {"ORDER_STATUS_CHANGE", "[]", "changed unreadable"},
        {"ORDER_STATUS_CHANGE", "{\"type\":1,\"type\":6}", "changed unreadable"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct facts f = facts_of(&account, cases[i].topic, cases[i].body);
        struct slice got = said(&f);
        if (!slice_is(got, cases[i].said)) {
            fail_msg("%s %s: got '%.*s'", cases[i].topic, cases[i].body, SLICE_ARG(got));
        }
    }
}

static void test_a_notification_keeps_its_id_whatever_its_bytes_are(void **state)
{
    (void)state;
    assert_slice(facts_of(&account, "", BODY).delivery_id, "7380066284010030890");
    assert_slice(facts_of(&account, "", EVENT("6", "{}")).delivery_id, "9");
    assert_slice(facts_of(&account, "", "{\"type\":6}").delivery_id, "");
    assert_slice(facts_of(&account, "", "{\"type\":6,\"tts_notification_id\":[]}").delivery_id, "");
}

static void test_what_the_operator_has_to_do_is_in_the_reason(void **state)
{
    (void)state;
    struct facts gone = facts_of(&account, "", EVENT("6", "{}"));
    struct facts ends = facts_of(&account, "", EVENT("7", "{}"));
    assert_non_null(strstr(gone.ignored, "allows the app again"));
    assert_non_null(strstr(ends.ignored, "allow the app again"));
}

static void test_another_shop_of_the_same_app_is_not_ours(void **state)
{
    (void)state;
    struct facts own = facts_of(&of_shop, "ORDER_STATUS_CHANGE", BODY);
    struct facts other = facts_of(&of_shop,
                                  "ORDER_STATUS_CHANGE",
                                  "{\"type\":1,\"shop_id\":\"7494049642642441621\",\"data\":{"
                                  "\"order_id\":\"5\"}}");
    struct facts unsaid =
        facts_of(&of_shop, "ORDER_STATUS_CHANGE", "{\"type\":1,\"data\":{\"order_id\":\"5\"}}");
    assert_slice(said(&own), "order 576653688135258178");
    assert_slice(said(&other), "ignored");
    assert_slice(said(&unsaid), "order 5"); /* read, and the shop says whether it is its own */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_vendors_signature_is_authentic_and_any_change_is_not),
        cmocka_unit_test(test_each_event_makes_us_read_what_it_names),
        cmocka_unit_test(test_a_notification_keeps_its_id_whatever_its_bytes_are),
        cmocka_unit_test(test_what_the_operator_has_to_do_is_in_the_reason),
        cmocka_unit_test(test_another_shop_of_the_same_app_is_not_ours),
    };
    return cmocka_run_group_tests(tests, open_accounts, fixture_close);
}
