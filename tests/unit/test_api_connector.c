/* SPDX-License-Identifier: Apache-2.0 */
/* Shops that speak our own API: signatures, snapshots, stock updates. */
#include "support/channel_fixture.h"

#include "channels/api/api_order.h"

static const struct connector *const api = &connector_api;
static struct account account;

/* base64("truecount standard webhooks key!") */
#define SECRET "whsec_dHJ1ZWNvdW50IHN0YW5kYXJkIHdlYmhvb2tzIGtleSE="
#define SECRET_RAW "truecount standard webhooks key!"

static int open_account(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(api,
                              "{\"settings\":{\"base_url\":\"https://shop.example/stock\"},"
                              "\"secrets\":{\"webhook_secret\":\"" SECRET "\"}}");
    return 0;
}

/* ---- signatures ---- */

struct signed_hook {
    const char *id, *timestamp, *signature, *body;
};

static enum hook_verdict verify(const struct account *a, struct signed_hook h)
{
    struct http_header headers[3] = {{SLICE("Webhook-Id"), slice_of(h.id)},
                                     {SLICE("Webhook-Timestamp"), slice_of(h.timestamp)},
                                     {SLICE("Webhook-Signature"), slice_of(h.signature)}};
    struct hook hook = {.method = SLICE("POST"),
                        .headers = headers,
                        .headers_count = 3,
                        .body = slice_of(h.body),
                        .received_at_us = INT64_C(1795412731) * US_PER_S};
    return api->verify(a, &hook, &fixture.arena);
}

/* Computed with Python's hmac, not with our code. */
static const struct signed_hook genuine = {
    .id = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
    .timestamp = "1674087231",
    .signature = "v1,CowQTaGUHJ1QZA16PrvdZOjbdts1iBw7/CzzMJ57ZTM=",
    .body = "{\"id\":\"1001\",\"version\":\"1\",\"lines\":[]}",
};

static void test_verify_takes_a_standard_webhooks_signature(void **state)
{
    (void)state;
    assert_int_equal(verify(&account, genuine), HOOK_AUTHENTIC);
}

static void test_verify_takes_the_key_as_raw_text_too(void **state)
{
    (void)state;
    struct account raw =
        fixture_account(api, "{\"secrets\":{\"webhook_secret\":\"" SECRET_RAW "\"}}");
    assert_int_equal(verify(&raw, genuine), HOOK_AUTHENTIC);
}

static void test_verify_finds_its_signature_among_several(void **state)
{
    (void)state;
    struct signed_hook h = genuine;
    char several[256];
    (void)snprintf(several,
                   sizeof(several),
                   "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= v1a,xyz %s",
                   genuine.signature);
    h.signature = several;
    assert_int_equal(verify(&account, h), HOOK_AUTHENTIC);
    struct account rotating = fixture_account(api,
                                              "{\"secrets\":{\"webhook_secret\":\"whsec_bmV3\","
                                              "\"webhook_secret_old\":\"" SECRET "\"}}");
    assert_int_equal(verify(&rotating, genuine), HOOK_AUTHENTIC);
}

static void test_verify_refuses_anything_changed(void **state)
{
    (void)state;
    struct signed_hook h = genuine;
    h.body = "{\"id\":\"1002\",\"version\":\"1\",\"lines\":[]}";
    assert_int_equal(verify(&account, h), HOOK_REFUSED);
    h = genuine;
    h.id = "msg_3KWPBgLlAfxdpx2AI54pPJ85f4W";
    assert_int_equal(verify(&account, h), HOOK_REFUSED);
    h = genuine;
    h.timestamp = "1674087232";
    assert_int_equal(verify(&account, h), HOOK_REFUSED);
    static const char *const signatures[] = {"",
                                             "v1,",
                                             "CowQTaGUHJ1QZA16PrvdZOjbdts1iBw7/CzzMJ57ZTM=",
                                             "v2,CowQTaGUHJ1QZA16PrvdZOjbdts1iBw7/CzzMJ57ZTM=",
                                             "v1,CowQTaGUHJ1QZA16PrvdZOjbdts1iBw7/CzzMJ57ZTM=x",
                                             "v1",
                                             " ",
                                             ", ,"};
    for (size_t i = 0; i < COUNT_OF(signatures); i++) {
        h = genuine;
        h.signature = signatures[i];
        assert_int_equal(verify(&account, h), HOOK_REFUSED);
    }
    /* Where the id ends and the timestamp begins is signed as well. */
    h = genuine;
    h.id = "";
    assert_int_equal(verify(&account, h), HOOK_REFUSED);
    h = genuine;
    h.timestamp = "soon";
    assert_int_equal(verify(&account, h), HOOK_REFUSED);
    struct account no_secret = fixture_account(api, "{}");
    assert_int_equal(verify(&no_secret, genuine), HOOK_REFUSED);
}

/* ---- snapshots ---- */

static bool decode(const char *text, struct order_snapshot *out, struct err_note *note)
{
    return api_decode_order(fixture_json(slice_of(text)), &fixture.arena, out, note);
}

static struct order_snapshot decoded(const char *text)
{
    struct order_snapshot out = {0};
    struct err_note note = {{0}};
    if (!decode(text, &out, &note)) {
        fail_msg("%s", note.text);
    }
    return out;
}

#define ORDER(fields) "{\"id\":\"1001\",\"version\":\"7\"," fields "}"
#define LINE(fields)                                                                               \
    ORDER("\"lines\":[{\"id\":\"a\",\"sku\":\"TEE-M-BLUE\",\"ordered\":5," fields "}]")

static void test_order_is_read_whole(void **state)
{
    (void)state;
    struct order_snapshot o = decoded(
        "{\"channel\":\"shop-a\",\"id\":\"1001\",\"version\":\"2026-11-23T05:45:31.250Z\","
        "\"placed_at\":\"2026-11-23T05:45:30Z\",\"country\":\"de\",\"region\":\"BE\",\"lines\":["
        "{\"id\":\"a\",\"sku\":\"TEE-M-BLUE\",\"ordered\":5,\"cancelled\":1,\"fulfilled\":3,"
        "\"returned\":2,\"restocked\":1,\"location\":\"berlin\"},"
        "{\"id\":2,\"sku\":\"CAP 1\",\"ordered\":1}]}");
    assert_slice(o.id, "1001");
    assert_slice(o.version_text, "2026-11-23T05:45:31.250Z");
    assert_int_equal(o.version, INT64_C(1795412731250000));
    assert_true(o.version_is_time);
    assert_int_equal(o.placed_at_us, INT64_C(1795412730000000));
    assert_slice(o.country, "DE");
    assert_slice(o.region, "BE");
    assert_false(o.is_test);
    assert_int_equal(o.lines_count, 2);
    const struct snapshot_line *l = &o.lines[0];
    assert_slice(l->id, "a");
    assert_slice(l->remote, "sku:TEE-M-BLUE");
    assert_slice(l->location, "berlin");
    assert_int_equal(l->ordered, 5);
    assert_int_equal(l->cancelled, 1);
    assert_int_equal(l->fulfilled, 3);
    assert_int_equal(l->returned, 2);
    assert_int_equal(l->restocked, 1);
    assert_int_equal(l->no_restock, 0);
    assert_int_equal(l->taken, TAKEN_UNSAID);
    assert_slice(o.lines[1].id, "2");
    assert_slice(o.lines[1].remote, "sku:CAP 1");
}

static void test_order_version_is_a_time_or_a_number(void **state)
{
    (void)state;
    struct order_snapshot o = decoded("{\"id\":1,\"version\":\"12\",\"lines\":[]}");
    assert_int_equal(o.version, 12);
    assert_false(o.version_is_time);
    assert_slice(o.id, "1");
    o = decoded("{\"id\":\"1\",\"version\":9223372036854775807,\"lines\":[]}");
    assert_int_equal(o.version, INT64_MAX);
    assert_slice(o.version_text, "9223372036854775807");
    o = decoded("{\"id\":\"1\",\"version\":\"2026-11-23T06:45:31+01:00\",\"lines\":[]}");
    assert_int_equal(o.version, INT64_C(1795412731000000));
}

static void test_order_line_says_what_stays_off_sale(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        int64_t taken, no_restock;
    } cases[] = {
        {"\"cancelled\":2", TAKEN_UNSAID, 0},
        {"\"cancelled\":2,\"taken\":3", 3, 0},
        {"\"cancelled\":2,\"taken\":4", 4, 1},
        {"\"cancelled\":2,\"taken\":5", 5, 2},
        {"\"cancelled\":2,\"taken\":9", 9, 2},
        {"\"cancelled\":2,\"taken\":0", 0, 0},
        {"\"fulfilled\":3,\"returned\":2,\"restocked\":2,\"cancelled\":1,\"taken\":3", 3, 1},
        {"\"cancelled\":2,\"taken\":5,\"no_restock\":1", 5, 1},
        {"\"cancelled\":2,\"no_restock\":2", TAKEN_UNSAID, 2},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[256];
        (void)snprintf(text,
                       sizeof(text),
                       "{\"id\":\"1\",\"version\":\"1\",\"lines\":[{\"id\":\"a\",\"sku\":\"S\","
                       "\"ordered\":5,%s}]}",
                       cases[i].fields);
        struct order_snapshot o = decoded(text);
        assert_int_equal(o.lines[0].taken, cases[i].taken);
        assert_int_equal(o.lines[0].no_restock, cases[i].no_restock);
    }
}

static void test_order_that_breaks_a_rule_names_the_field(void **state)
{
    (void)state;
    static const struct {
        const char *text, *names;
    } bad[] = {
        {"[]", "object"},
        {"{\"version\":\"1\",\"lines\":[]}", "id is missing"},
        {"{\"id\":\"\",\"version\":\"1\",\"lines\":[]}", "id is missing"},
        {"{\"id\":true,\"version\":\"1\",\"lines\":[]}", "id must be"},
        {"{\"id\":\"1\",\"lines\":[]}", "version is missing"},
        {"{\"id\":\"1\",\"version\":\"v2\",\"lines\":[]}", "version must be"},
        {"{\"id\":\"1\",\"version\":1.5,\"lines\":[]}", "version must be"},
        {"{\"id\":\"1\",\"version\":\"-1\",\"lines\":[]}", "version must not"},
        {"{\"id\":\"1\",\"version\":\"1\"}", "lines must be"},
        {ORDER("\"lines\":{}"), "lines must be"},
        {ORDER("\"lines\":[],\"status\":\"paid\""), "status"},
        {ORDER("\"lines\":[],\"country\":\"Germany\""), "country"},
        {ORDER("\"lines\":[],\"country\":\"D1\""), "country"},
        {ORDER("\"lines\":[],\"region\":7"), "region"},
        {ORDER("\"lines\":[],\"placed_at\":\"yesterday\""), "placed_at"},
        {ORDER("\"lines\":[7]"), "lines[0]"},
        {ORDER("\"lines\":[{\"sku\":\"S\",\"ordered\":1}]"), "lines[0].id"},
        {ORDER("\"lines\":[{\"id\":\"a\",\"ordered\":1}]"), "lines[0].sku"},
        {ORDER("\"lines\":[{\"id\":\"a\",\"sku\":\"S\"}]"), "lines[0].ordered"},
        {LINE("\"shipped\":1"), "lines[0].shipped"},
        {LINE("\"cancelled\":\"1\""), "lines[0].cancelled"},
        {LINE("\"cancelled\":-1"), "lines[0].cancelled"},
        {LINE("\"cancelled\":1.0"), "lines[0].cancelled"},
        {LINE("\"taken\":1000000001"), "lines[0].taken"},
        {LINE("\"location\":5"), "lines[0].location"},
        {LINE("\"cancelled\":3,\"fulfilled\":3"), "lines[0].cancelled + fulfilled"},
        {LINE("\"fulfilled\":2,\"returned\":3"), "lines[0].returned"},
        {LINE("\"fulfilled\":2,\"returned\":1,\"restocked\":2"), "lines[0].restocked"},
        {LINE("\"cancelled\":1,\"no_restock\":2"), "lines[0].no_restock"},
        {ORDER("\"lines\":[{\"id\":\"7\",\"sku\":\"S\",\"ordered\":1},"
               "{\"id\":7,\"sku\":\"T\",\"ordered\":1}]"),
         "'7'"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct order_snapshot out;
        struct err_note note = {{0}};
        if (decode(bad[i].text, &out, &note)) {
            fail_msg("%s was taken", bad[i].text);
        }
        if (!strstr(note.text, bad[i].names)) {
            fail_msg("'%s' does not name %s", note.text, bad[i].names);
        }
    }
}

static void order_with_lines(struct buf *text, int lines)
{
    buf_text(text, "{\"id\":\"1\",\"version\":\"1\",\"lines\":[");
    for (int i = 0; i < lines; i++) {
        buf_printf(text, "%s{\"id\":%d,\"sku\":\"S\",\"ordered\":1}", i ? "," : "", i);
    }
    buf_text(text, "]}");
}

static void test_order_has_at_most_5000_lines(void **state)
{
    (void)state;
    ON_EXIT(buf_free) struct buf text = {0};
    struct order_snapshot out;
    struct err_note note;
    buf_init(&text, (size_t)1 << 20);
    order_with_lines(&text, 5000);
    assert_true(api_decode_order(fixture_json(buf_view(&text)), &fixture.arena, &out, &note));
    assert_int_equal(out.lines_count, 5000);
    buf_clear(&text);
    order_with_lines(&text, 5001);
    assert_false(api_decode_order(fixture_json(buf_view(&text)), &fixture.arena, &out, &note));
}

/* ---- deliveries ---- */

static struct facts delivered(const char *body)
{
    struct facts facts;
    struct hook hook = {.method = SLICE("POST"), .body = slice_of(body)};
    api->decode(&account, &hook, fixture.doc, &fixture.arena, &facts);
    return facts;
}

static void test_delivery_is_one_order_or_a_list(void **state)
{
    (void)state;
    struct facts facts = delivered(LINE("\"fulfilled\":1"));
    assert_int_equal(facts.orders_count, 1);
    assert_int_equal(facts.orders[0].lines[0].fulfilled, 1);
    facts = delivered("{\"items\":[" ORDER("\"lines\":[]") "," LINE("\"cancelled\":1") "]}");
    assert_null(facts.unreadable);
    assert_int_equal(facts.orders_count, 2);
    assert_int_equal(facts.orders[1].lines[0].cancelled, 1);
}

static void test_delivery_that_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *body, *names;
    } bad[] = {
        {"", "JSON"},
        {"[]", "JSON"},
        {"{\"id\":1,\"id\":2}", "JSON"},
        {"{}", "id"},
        {"{\"items\":[],\"more\":1}", "items"},
        {"{\"items\":[7]}", "object"},
        {"{\"channel\":\"shop-b\",\"id\":\"1\",\"version\":\"1\",\"lines\":[]}", "channel"},
        {LINE("\"cancelled\":9"), "lines[0]"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct facts facts = delivered(bad[i].body);
        assert_int_equal(facts.orders_count, 0);
        assert_non_null(facts.unreadable);
        if (!strstr(facts.unreadable, bad[i].names)) {
            fail_msg("'%s' does not name %s", facts.unreadable, bad[i].names);
        }
    }
    assert_int_equal(
        delivered("{\"channel\":\"shop-a\",\"id\":\"1\",\"version\":\"1\",\"lines\":[]}")
            .orders_count,
        1);
}

/* ---- listings and pushes ---- */

static void test_listing_is_its_sku(void **state)
{
    (void)state;
    struct slice remote;
    struct slice key;
    struct slice stock_key;
    struct err_note note;
    assert_int_equal(api->listing_keys(&account,
                                       fixture_json(SLICE("{\"sku\":\"A \\\"B\\\"\"}")),
                                       &fixture.arena,
                                       &remote,
                                       &key,
                                       &stock_key,
                                       &note),
                     ERR_OK);
    assert_slice(remote, "{\"sku\":\"A \\\"B\\\"\"}");
    assert_slice(key, "sku:A \"B\"");
    assert_true(slice_equal(key, stock_key));
    static const char *const bad[] = {"{}", "{\"sku\":\"\"}", "{\"sku\":7}", "[]"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(api->listing_keys(&account,
                                           fixture_json(slice_of(bad[i])),
                                           &fixture.arena,
                                           &remote,
                                           &key,
                                           &stock_key,
                                           &note),
                         ERR_USAGE);
    }
}

static const struct push_item push_items[2] = {
    {.remote = {"{\"sku\":\"TEE-M-BLUE\"}", 20}, .stock_key = {"sku:TEE-M-BLUE", 14}, .value = 7},
    {.remote = {"{\"sku\":\"CAP\"}", 13}, .stock_key = {"sku:CAP", 7}, .value = 0},
};
static const uint8_t nonce[16];

static void test_push_is_a_signed_stock_update(void **state)
{
    (void)state;
    struct http_request r;
    int64_t now_us = INT64_C(1795412731250000);
    assert_int_equal(
        api->build_push(&account,
                        push_items,
                        2,
                        &(struct step){.now_us = now_us, .nonce = nonce, .key = SLICE("key-1")},
                        &fixture.arena,
                        &r),
        ERR_OK);
    assert_slice(r.method, "POST");
    assert_slice(r.url, "https://shop.example/stock");
    assert_slice(r.body,
                 "{\"type\":\"stock.updated\",\"timestamp\":\"2026-11-23T05:45:31.250Z\","
                 "\"data\":{\"items\":[{\"sku\":\"TEE-M-BLUE\",\"quantity\":7},"
                 "{\"sku\":\"CAP\",\"quantity\":0}]}}");
    assert_slice(fixture_header(&r, "webhook-id"), "key-1");
    assert_slice(fixture_header(&r, "webhook-timestamp"), "1795412731");
    assert_slice(fixture_header(&r, "webhook-signature"),
                 "v1,ppv9/QFOgTcC7oGbx0LjO43QCMs7VZY+7jbYqFKUjzI=");
    /* What we send is what we would take. */
    struct hook hook = {.headers = r.headers, .headers_count = r.headers_count, .body = r.body};
    assert_int_equal(api->verify(&account, &hook, &fixture.arena), HOOK_AUTHENTIC);
}

static void test_push_signs_with_both_keys_while_rotating(void **state)
{
    (void)state;
    struct http_request r;
    struct account rotating =
        fixture_account(api,
                        "{\"settings\":{\"base_url\":\"https://shop.example/stock\"},"
                        "\"secrets\":{\"webhook_secret\":\"whsec_bmV3\","
                        "\"webhook_secret_old\":\"" SECRET "\"}}");
    assert_int_equal(
        api->build_push(&rotating,
                        push_items,
                        2,
                        &(struct step){.now_us = 0, .nonce = nonce, .key = SLICE("key-1")},
                        &fixture.arena,
                        &r),
        ERR_OK);
    struct hook hook = {.headers = r.headers, .headers_count = r.headers_count, .body = r.body};
    assert_int_equal(api->verify(&account, &hook, &fixture.arena), HOOK_AUTHENTIC);
}

static void test_push_needs_an_address_and_a_key(void **state)
{
    (void)state;
    struct http_request r;
    struct account a = fixture_account(api, "{}");
    assert_int_equal(a.base_url.n, 0);
    assert_int_equal(api->build_push(&a,
                                     push_items,
                                     2,
                                     &(struct step){.now_us = 0, .nonce = nonce, .key = SLICE("k")},
                                     &fixture.arena,
                                     &r),
                     ERR_USAGE);
    assert_int_equal(api->build_push(&account,
                                     push_items,
                                     0,
                                     &(struct step){.now_us = 0, .nonce = nonce, .key = SLICE("k")},
                                     &fixture.arena,
                                     &r),
                     ERR_USAGE);
    struct err_note note = {{0}};
    assert_int_equal(
        fixture_configure(api, "{\"settings\":{\"base_url\":\"https://shop.example\"}}", &a, &note),
        ERR_USAGE);
    assert_non_null(strstr(note.text, "webhook_secret"));
    assert_int_equal(
        fixture_configure(api, "{\"secrets\":{\"webhook_secret\":\"whsec_!\"}}", &a, &note),
        ERR_USAGE);
}

static void test_push_is_confirmed_by_any_2xx(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum push_outcome outcome;
    } codes[] = {{200, PUSH_CONFIRMED},
                 {202, PUSH_CONFIRMED},
                 {204, PUSH_CONFIRMED},
                 {301, PUSH_LATER},
                 {401, PUSH_LATER},
                 {404, PUSH_LATER},
                 {410, PUSH_LATER},
                 {422, PUSH_SPLIT},
                 {429, PUSH_LATER},
                 {500, PUSH_UNKNOWN},
                 {503, PUSH_UNKNOWN}};
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct push_result out[2];
        struct channel_signal signal;
        struct http_response response = fixture_answer(codes[i].status, SLICE("whatever"));
        api->read_push(&account,
                       push_items,
                       2,
                       &(struct step){0},
                       &response,
                       fixture.doc,
                       &fixture.arena,
                       out,
                       &signal);
        assert_int_equal(out[0].outcome, codes[i].outcome);
        assert_int_equal(out[1].outcome, codes[i].outcome);
        /* Alone there is no doubt which row it is. */
        api->read_push(&account,
                       push_items,
                       1,
                       &(struct step){0},
                       &response,
                       fixture.doc,
                       &fixture.arena,
                       out,
                       &signal);
        assert_int_equal(out[0].outcome,
                         codes[i].outcome == PUSH_SPLIT ? PUSH_REFUSED : codes[i].outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify_takes_a_standard_webhooks_signature),
        cmocka_unit_test(test_verify_takes_the_key_as_raw_text_too),
        cmocka_unit_test(test_verify_finds_its_signature_among_several),
        cmocka_unit_test(test_verify_refuses_anything_changed),
        cmocka_unit_test(test_order_is_read_whole),
        cmocka_unit_test(test_order_version_is_a_time_or_a_number),
        cmocka_unit_test(test_order_line_says_what_stays_off_sale),
        cmocka_unit_test(test_order_that_breaks_a_rule_names_the_field),
        cmocka_unit_test(test_order_has_at_most_5000_lines),
        cmocka_unit_test(test_delivery_is_one_order_or_a_list),
        cmocka_unit_test(test_delivery_that_cannot_be_read_says_why),
        cmocka_unit_test(test_listing_is_its_sku),
        cmocka_unit_test(test_push_is_a_signed_stock_update),
        cmocka_unit_test(test_push_signs_with_both_keys_while_rotating),
        cmocka_unit_test(test_push_needs_an_address_and_a_key),
        cmocka_unit_test(test_push_is_confirmed_by_any_2xx),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
