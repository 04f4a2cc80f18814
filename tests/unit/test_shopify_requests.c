/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What leaves for Shopify, byte for byte. tools/shopify/check_queries.mjs holds the same files
 * against Shopify's schema.
 */
#include "support/channel_fixture.h"

#include "base/times.h"
#include "channels/shopify/shopify.h"

static const struct connector *const shopify = &connector_shopify;
static struct account account, account_at_one, account_tokenless;
static const uint8_t nonce[16];

#define SINCE_US INT64_C(1795412731999999) /* 2026-11-23T05:45:31.999999Z */
#define KEY SLICE("0b8e9d3e-7b0c-4b53-9d2b-1f6d1c6a9f01")

static const struct push_item items[3] = {
    {.stock_key = {"item:271878346596884015", 23},
     .location = {"24826418", 8},
     .value = 7,
     .compare = 9,
     .has_compare = true},
    {.stock_key = {"item:271878346596884016", 23},
     .location = {"24826418", 8},
     .value = 0,
     .compare = -1,
     .has_compare = true},
    {.stock_key = {"item:271878346596884017", 23}, .location = {"24826418", 8}, .value = 12},
};

static int open_accounts(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(shopify,
                              "{\"settings\":{\"shop\":\"truecount-demo\"},"
                              "\"secrets\":{\"access_token\":\"shpat_1\"}}");
    account_at_one = fixture_account(
        shopify,
        "{\"settings\":{\"shop\":\"truecount-demo\",\"location_map\":"
        "[{\"location\":\"berlin\",\"remote\":\"gid://shopify/Location/24826418\"}]},"
        "\"secrets\":{\"access_token\":\"shpat_1\"}}");
    account_tokenless =
        fixture_account(shopify,
                        "{\"settings\":{\"shop\":\"truecount-demo\"},"
                        "\"secrets\":{\"client_id\":\"id-1\",\"client_secret\":\"secret-1\"}}");
    return 0;
}

static void leaves_as(enum err e, const struct http_request *request, const char *name)
{
    char path[128];
    assert_int_equal(e, ERR_OK);
    (void)snprintf(path, sizeof(path), "shopify/requests/%s.json", name);
    struct slice wanted = slice_trim(fixture_file(path));
    assert_slice(request->method, "POST");
    assert_slice(request->url,
                 "https://truecount-demo.myshopify.com/admin/api/2026-10/graphql.json");
    assert_slice(fixture_header(request, "X-Shopify-Access-Token"), "shpat_1");
    assert_slice(fixture_header(request, "Content-Type"), "application/json");
    if (!slice_equal(request->body, wanted)) {
        fail_msg("%s:\n%.*s\nis not\n%.*s", name, SLICE_ARG(request->body), SLICE_ARG(wanted));
    }
}

static void test_every_request_is_the_one_checked_against_the_schema(void **state)
{
    (void)state;
    struct http_request r;
    struct arena *a = &fixture.arena;
    struct slice none = {0};
    struct slice next = SLICE("eyJsYXN0X2lkIjo0fQ==");

    leaves_as(
        shopify->build_push(
            &account, items, 3, &(struct step){.now_us = 0, .nonce = nonce, .key = KEY}, a, &r),
        &r,
        "push");
    leaves_as(
        shopify->build_read(&account, items, 3, &(struct step){.now_us = 0, .nonce = nonce}, a, &r),
        &r,
        "read");
    leaves_as(shopify->build_orders(
                  &account,
                  &(struct step){.now_us = 0, .nonce = nonce, .since_us = SINCE_US, .cursor = none},
                  a,
                  &r),
              &r,
              "orders");
    leaves_as(shopify->build_orders(
                  &account,
                  &(struct step){.now_us = 0, .nonce = nonce, .since_us = SINCE_US, .cursor = next},
                  a,
                  &r),
              &r,
              "orders_next");
    leaves_as(shopify->build_order(&account,
                                   SLICE("820982911946154508"),
                                   &(struct step){.now_us = 0, .nonce = nonce},
                                   a,
                                   &r),
              &r,
              "order");
    leaves_as(shopify->build_catalogue(
                  &account, &(struct step){.now_us = 0, .nonce = nonce, .cursor = none}, a, &r),
              &r,
              "catalogue");
    next = SLICE("eyJsYXN0X2lkIjozfQ==");
    leaves_as(
        shopify->build_catalogue(
            &account_at_one, &(struct step){.now_us = 0, .nonce = nonce, .cursor = next}, a, &r),
        &r,
        "catalogue_at");
}

static void test_push_states_the_expected_count_or_an_explicit_null(void **state)
{
    (void)state;
    struct http_request r;
    assert_int_equal(shopify->build_push(&account,
                                         items,
                                         3,
                                         &(struct step){.now_us = 0, .nonce = nonce, .key = KEY},
                                         &fixture.arena,
                                         &r),
                     ERR_OK);
    struct json input = json_path(fixture_json(r.body), "variables", "input", NULL);
    static const char *const wanted[3] = {
        "{\"inventoryItemId\":\"gid://shopify/InventoryItem/271878346596884015\","
        "\"locationId\":\"gid://shopify/Location/24826418\",\"quantity\":7,"
        "\"changeFromQuantity\":9}",
        "{\"inventoryItemId\":\"gid://shopify/InventoryItem/271878346596884016\","
        "\"locationId\":\"gid://shopify/Location/24826418\",\"quantity\":0,"
        "\"changeFromQuantity\":-1}",
        "{\"inventoryItemId\":\"gid://shopify/InventoryItem/271878346596884017\","
        "\"locationId\":\"gid://shopify/Location/24826418\",\"quantity\":12,"
        "\"changeFromQuantity\":null}",
    };
    size_t n = 0;
    for (struct json_iter i = json_iter(json_get(input, "quantities")); json_next(&i); n++) {
        assert_slice(json_copy_text(i.value, &fixture.arena), wanted[n]);
    }
    assert_int_equal(n, 3);
}

static void test_push_repeats_the_same_bytes_under_the_same_key(void **state)
{
    (void)state;
    struct http_request a;
    struct http_request b;
    assert_int_equal(shopify->build_push(&account,
                                         items,
                                         3,
                                         &(struct step){.now_us = 1, .nonce = nonce, .key = KEY},
                                         &fixture.arena,
                                         &a),
                     ERR_OK);
    assert_int_equal(shopify->build_push(&account,
                                         items,
                                         3,
                                         &(struct step){.now_us = 2, .nonce = nonce, .key = KEY},
                                         &fixture.arena,
                                         &b),
                     ERR_OK);
    assert_true(slice_equal(a.body, b.body));
    assert_int_equal(
        shopify->build_push(&account,
                            items,
                            3,
                            &(struct step){.now_us = 1, .nonce = nonce, .key = SLICE("another")},
                            &fixture.arena,
                            &b),
        ERR_OK);
    assert_false(slice_equal(a.body, b.body));
}

static void test_push_refuses_what_cannot_be_asked(void **state)
{
    (void)state;
    struct http_request r;
    struct arena *a = &fixture.arena;
    struct push_item one = items[0];

    assert_int_equal(
        shopify->build_push(
            &account, &one, 0, &(struct step){.now_us = 0, .nonce = nonce, .key = KEY}, a, &r),
        ERR_USAGE);
    one.value = -1;
    assert_int_equal(
        shopify->build_push(
            &account, &one, 1, &(struct step){.now_us = 0, .nonce = nonce, .key = KEY}, a, &r),
        ERR_USAGE);
    one = items[0];
    one.location = (struct slice){0};
    assert_int_equal(
        shopify->build_push(
            &account, &one, 1, &(struct step){.now_us = 0, .nonce = nonce, .key = KEY}, a, &r),
        ERR_USAGE);
    one = items[0];
    one.stock_key = SLICE("variant:1");
    assert_int_equal(
        shopify->build_push(
            &account, &one, 1, &(struct step){.now_us = 0, .nonce = nonce, .key = KEY}, a, &r),
        ERR_USAGE);
    one.stock_key = SLICE("item:1\"}");
    assert_int_equal(
        shopify->build_push(
            &account, &one, 1, &(struct step){.now_us = 0, .nonce = nonce, .key = KEY}, a, &r),
        ERR_USAGE);
    assert_int_equal(shopify->build_order(
                         &account, SLICE("1}"), &(struct step){.now_us = 0, .nonce = nonce}, a, &r),
                     ERR_USAGE);
}

static void test_push_holds_250_rows_and_no_more(void **state)
{
    (void)state;
    struct http_request r;
    struct push_item many[251];
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = items[0];
        many[i].stock_key = arena_printf(&fixture.arena, "item:%zu@24826418", i + 1);
    }
    assert_int_equal(shopify->build_push(&account,
                                         many,
                                         250,
                                         &(struct step){.now_us = 0, .nonce = nonce, .key = KEY},
                                         &fixture.arena,
                                         &r),
                     ERR_OK);
    struct json quantities =
        json_path(fixture_json(r.body), "variables", "input", "quantities", NULL);
    assert_int_equal(json_count(quantities), 250);
    assert_int_equal(shopify->build_push(&account,
                                         many,
                                         251,
                                         &(struct step){.now_us = 0, .nonce = nonce, .key = KEY},
                                         &fixture.arena,
                                         &r),
                     ERR_USAGE);
}

static void test_reading_asks_one_location_and_at_most_100_items(void **state)
{
    (void)state;
    struct http_request r;
    struct push_item many[250];
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = items[0];
        many[i].stock_key = arena_printf(&fixture.arena, "item:%zu", i + 1);
    }
    many[1].location = SLICE("7");
    assert_false(slice_equal(shopify->push_group(&account, &many[0], &fixture.arena),
                             shopify->push_group(&account, &many[1], &fixture.arena)));
    assert_int_equal(
        shopify->build_read(
            &account, many, 250, &(struct step){.now_us = 0, .nonce = nonce}, &fixture.arena, &r),
        ERR_OK);
    assert_int_equal(json_count(json_path(fixture_json(r.body), "variables", "ids", NULL)), 99);

    struct read_result out[250];
    struct channel_signal signal;
    struct http_response response =
        fixture_answer(200,
                       SLICE("{\"data\":{\"nodes\":[{\"id\":\"gid://shopify/InventoryItem/1\","
                             "\"tracked\":true,\"inventoryLevel\":{\"quantities\":"
                             "[{\"name\":\"available\",\"quantity\":4}]}}]}}"));
    shopify->read_counts(&account,
                         many,
                         250,
                         &(struct step){0},
                         &response,
                         fixture.doc,
                         &fixture.arena,
                         out,
                         &signal);
    assert_int_equal(out[0].outcome, READ_COUNT);
    assert_int_equal(out[1].outcome, READ_FAILED);  /* another location */
    assert_int_equal(out[2].outcome, READ_MISSING); /* asked for, and not there */
    assert_int_equal(out[99].outcome, READ_MISSING);
    assert_int_equal(out[100].outcome, READ_FAILED); /* not asked for */
}

static void test_nothing_leaves_without_a_token(void **state)
{
    (void)state;
    struct http_request r;
    struct arena *a = &fixture.arena;
    struct slice none = {0};

    assert_true(shopify->wants_token(&account_tokenless));
    assert_false(shopify->wants_token(&account));
    assert_int_equal(shopify->build_push(&account_tokenless,
                                         items,
                                         1,
                                         &(struct step){.now_us = 0, .nonce = nonce, .key = KEY},
                                         a,
                                         &r),
                     ERR_AUTH);
    assert_int_equal(
        shopify->build_read(
            &account_tokenless, items, 1, &(struct step){.now_us = 0, .nonce = nonce}, a, &r),
        ERR_AUTH);
    assert_int_equal(shopify->build_orders(
                         &account_tokenless,
                         &(struct step){.now_us = 0, .nonce = nonce, .since_us = 0, .cursor = none},
                         a,
                         &r),
                     ERR_AUTH);
    assert_int_equal(
        shopify->build_order(
            &account_tokenless, SLICE("1"), &(struct step){.now_us = 0, .nonce = nonce}, a, &r),
        ERR_AUTH);
    assert_int_equal(
        shopify->build_catalogue(
            &account_tokenless, &(struct step){.now_us = 0, .nonce = nonce, .cursor = none}, a, &r),
        ERR_AUTH);
}

static void test_token_is_bought_with_the_client_credentials(void **state)
{
    (void)state;
    struct http_request r;
    struct token token = {0};
    struct channel_signal signal;
    struct err_note note;

    assert_int_equal(
        shopify->build_token(&account_tokenless, &(struct step){.now_us = 0}, &fixture.arena, &r),
        ERR_OK);
    assert_slice(r.url, "https://truecount-demo.myshopify.com/admin/oauth/access_token");
    assert_slice(r.body,
                 "{\"client_id\":\"id-1\",\"client_secret\":\"secret-1\","
                 "\"grant_type\":\"client_credentials\"}");
    assert_int_equal(
        shopify->build_token(&account, &(struct step){.now_us = 0}, &fixture.arena, &r), ERR_USAGE);

    struct http_response response = fixture_answer(
        200,
        SLICE("{\"access_token\":\"shpat_new\",\"scope\":\"read_orders\",\"expires_in\":86399}"));
    assert_int_equal(shopify->read_token(&account_tokenless,
                                         &(struct step){0},
                                         &response,
                                         fixture.doc,
                                         &fixture.arena,
                                         &token,
                                         &signal,
                                         &note),
                     ERR_OK);
    assert_slice(token.access, "shpat_new");
    assert_int_equal(token.lifetime_us, 86399 * US_PER_S);

    static const struct {
        int status;
        const char *body;
        enum err e;
    } bad[] = {
        {400, "{\"error\":\"invalid_client\"}", ERR_AUTH},
        {401, "", ERR_AUTH},
        {429, "", ERR_THROTTLED},
        {502, "<html>", ERR_UNKNOWN},
        {200, "<html>", ERR_UNKNOWN},
        {200, "{\"access_token\":\"a\\nb\"}", ERR_UNKNOWN},
        {200, "{}", ERR_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        response = fixture_answer(bad[i].status, slice_of(bad[i].body));
        assert_int_equal(shopify->read_token(&account_tokenless,
                                             &(struct step){0},
                                             &response,
                                             fixture.doc,
                                             &fixture.arena,
                                             &token,
                                             &signal,
                                             &note),
                         bad[i].e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_request_is_the_one_checked_against_the_schema),
        cmocka_unit_test(test_push_states_the_expected_count_or_an_explicit_null),
        cmocka_unit_test(test_push_repeats_the_same_bytes_under_the_same_key),
        cmocka_unit_test(test_push_refuses_what_cannot_be_asked),
        cmocka_unit_test(test_push_holds_250_rows_and_no_more),
        cmocka_unit_test(test_reading_asks_one_location_and_at_most_100_items),
        cmocka_unit_test(test_nothing_leaves_without_a_token),
        cmocka_unit_test(test_token_is_bought_with_the_client_credentials),
    };
    return cmocka_run_group_tests(tests, open_accounts, fixture_close);
}
