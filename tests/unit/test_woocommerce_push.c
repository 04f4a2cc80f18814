/* SPDX-License-Identifier: Apache-2.0 */
/* Writing stock: the exact requests, and every recorded answer of a real shop to one. */
#include "support/woo_recording.h"

static struct push_item item(const char *stock_key, int64_t value)
{
    return (struct push_item){.stock_key = slice_of(stock_key), .value = value};
}

static struct http_request
built(const struct account *account, const struct push_item *items, size_t count)
{
    struct http_request request;
    assert_int_equal(connector_woocommerce.build_push(
                         account,
                         items,
                         count,
                         &(struct step){.now_us = WOO_NOW_US,
                                        .nonce = nonce,
                                        .key = SLICE("0b6a7c1e-0000-4000-8000-000000000000")},
                         &arena,
                         &request),
                     ERR_OK);
    return request;
}

static struct slice request_text(const struct http_request *r)
{
    ON_EXIT(buf_free) struct buf out;

    buf_init(&out, 65536);
    buf_printf(&out, "%.*s %.*s\n", SLICE_ARG(r->method), SLICE_ARG(r->url));
    for (size_t i = 0; i < r->headers_count; i++) {
        buf_printf(
            &out, "%.*s: %.*s\n", SLICE_ARG(r->headers[i].name), SLICE_ARG(r->headers[i].value));
    }
    buf_printf(&out, "%.*s", SLICE_ARG(r->body));
    return arena_copy(&arena, buf_view(&out));
}

#define BASIC                                                                                      \
    "Authorization: Basic "                                                                        \
    "Y2tfYTFiMmMzZDRhMWIyYzNkNGExYjJjM2Q0YTFiMmMzZDRhMWIyYzNkNDpjc18wZjFlMmQzYzBmMWUyZDNjMGYxZTJk" \
    "M2"                                                                                           \
    "MwZjFlMmQzYzBmMWUyZDNj\n"
#define JSON_HEADERS "Accept: application/json\nContent-Type: application/json\n"

static void test_one_item_is_one_put(void **state)
{
    struct account account = account_with("{\"base_url\":\"https://shop.example/store/\"}");
    struct push_item product = item("p:10", 37);
    struct push_item variation = item("v:11:12", 0);
    struct http_request request = built(&account, &product, 1);
    (void)state;

    assert_slice(request_text(&request),
                 "PUT https://shop.example/store/wp-json/wc/v3/products/10\n" BASIC JSON_HEADERS
                 "{\"manage_stock\":true,\"stock_quantity\":37}");
    request = built(&account, &variation, 1);
    assert_slice(request_text(&request),
                 "PUT https://shop.example/store/wp-json/wc/v3/products/11/variations/12\n" BASIC
                     JSON_HEADERS "{\"manage_stock\":true,\"stock_quantity\":0}");
}

static void test_several_items_are_one_batch(void **state)
{
    struct account account = account_with("{\"base_url\":\"https://shop.example\"}");
    struct push_item products[] = {item("p:10", 37), item("p:24", 1000000000)};
    struct push_item variations[] = {item("v:11:13", 60), item("v:11:14", 0), item("v:11:15", 5)};
    struct http_request request = built(&account, products, 2);
    (void)state;

    assert_slice(request_text(&request),
                 "POST https://shop.example/wp-json/wc/v3/products/batch\n" BASIC JSON_HEADERS
                 "{\"update\":[{\"id\":10,\"manage_stock\":true,\"stock_quantity\":37},"
                 "{\"id\":24,\"manage_stock\":true,\"stock_quantity\":1000000000}]}");
    request = built(&account, variations, 3);
    assert_slice(
        request_text(&request),
        "POST https://shop.example/wp-json/wc/v3/products/11/variations/batch\n" BASIC JSON_HEADERS
        "{\"update\":[{\"id\":13,\"manage_stock\":true,\"stock_quantity\":60},"
        "{\"id\":14,\"manage_stock\":true,\"stock_quantity\":0},"
        "{\"id\":15,\"manage_stock\":true,\"stock_quantity\":5}]}");
}

static void test_plain_permalinks_write_by_post_and_name_the_api(void **state)
{
    struct account account =
        account_with("{\"base_url\":\"https://shop.example\",\"plain_permalinks\":true}");
    struct push_item one = item("p:10", 37);
    struct http_request request = built(&account, &one, 1);
    (void)state;

    assert_slice(request_text(&request),
                 "POST https://shop.example/index.php?rest_route=/wc/v3/products/10"
                 "&_tc=wp-json/wc/1795408147123456\n" BASIC JSON_HEADERS
                 "{\"manage_stock\":true,\"stock_quantity\":37}");
}

static void test_plain_http_signs_the_query(void **state)
{
    struct account account = account_with("{\"base_url\":\"http://shop.example:8080\"}");
    struct push_item one = item("v:11:12", 3);
    struct http_request request = built(&account, &one, 1);
    struct slice base = SLICE(
        "PUT&http%3A%2F%2Fshop.example%3A8080%2Fwp-json%2Fwc%2Fv3%2Fproducts%2F11%2Fvariations%2F12"
        "&oauth_consumer_key%3Dck_a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4"
        "%26oauth_nonce%3D6948d570be393e5b976ea922a2eba0cf"
        "%26oauth_signature_method%3DHMAC-SHA256%26oauth_timestamp%3D1795408147");
    uint8_t mac[SHA256_SIZE];
    (void)state;

    hmac_sha256(mac, SLICE("cs_0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c&"), base);
    struct slice signature = base64_encode(&arena, (struct slice){(const char *)mac, sizeof mac});
    struct slice value;
    struct slice query = request.url;
    struct slice path;
    assert_true(slice_cut(&query, '?', &path));
    assert_slice(path, "http://shop.example:8080/wp-json/wc/v3/products/11/variations/12");
    assert_true(http_query_get(query, "oauth_signature", &arena, &value));
    assert_true(slice_equal(value, signature));
    assert_null(http_header_get(request.headers, request.headers_count, "Authorization").p);
}

static void test_what_must_never_be_written_is_not_built(void **state)
{
    struct account account = account_default();
    struct push_item wrong[][2] = {
        {item("p:10", -1), item("p:11", 1)},
        {item("p:10", QTY_MAX + 1), item("p:11", 1)},
        {item("p:10", 1), item("v:11:12", 1)},
        {item("v:11:12", 1), item("v:18:19", 1)},
        {item("p:0", 1), item("p:11", 1)},
        {item("p:10x", 1), item("p:11", 1)},
        {item("v:11", 1), item("v:11:12", 1)},
        {item("", 1), item("p:11", 1)},
    };
    struct http_request request;
    (void)state;

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(
            connector_woocommerce.build_push(
                &account,
                wrong[i],
                2,
                &(struct step){.now_us = WOO_NOW_US, .nonce = nonce, .key = SLICE("k")},
                &arena,
                &request),
            ERR_USAGE);
    }
    assert_int_equal(connector_woocommerce.build_push(
                         &account,
                         wrong[0],
                         0,
                         &(struct step){.now_us = WOO_NOW_US, .nonce = nonce, .key = SLICE("k")},
                         &arena,
                         &request),
                     ERR_USAGE);
}

static void test_groups_are_what_one_request_can_hold(void **state)
{
    struct account account = account_default();
    struct push_item items[] = {item("p:10", 0), item("v:11:12", 0), item("v:18:19", 0)};
    static const char *const groups[] = {"p", "v11", "v18"};
    (void)state;

    for (size_t i = 0; i < COUNT_OF(items); i++) {
        assert_slice(connector_woocommerce.push_group(&account, &items[i], &arena), groups[i]);
    }
}

/* ---- answers ---- */

static const char *const outcomes[] = {
    "confirmed", "accepted", "refused", "stale", "again", "split", "later", "unknown"};

static struct channel_signal signal_read;

static struct slice
results_text(const struct push_item *items, size_t count, const struct http_response *response)
{
    struct account account = account_default();
    struct push_result results[32];
    ON_EXIT(buf_free) struct buf out;

    buf_init(&out, 65536);
    memset(results, 0xEE, sizeof results);
    connector_woocommerce.read_push(
        &account, items, count, &(struct step){0}, response, doc, &arena, results, &signal_read);
    for (size_t i = 0; i < count; i++) {
        assert_in_range(results[i].outcome, 0, COUNT_OF(outcomes) - 1);
        buf_printf(&out, "%s%s", i ? ", " : "", outcomes[results[i].outcome]);
        buf_text(&out, results[i].parent_managed ? " parent_managed" : "");
        buf_text(&out, results[i].unmanaged ? " unmanaged" : "");
        if (results[i].outcome == PUSH_CONFIRMED) {
            assert_int_equal(results[i].reason.n, 0);
        } else {
            assert_true(results[i].reason.n > 0);
        }
    }
    return arena_copy(&arena, buf_view(&out));
}

static void test_every_recorded_write_is_judged_by_its_reply(void **state)
{
    static const struct {
        const char *name;
        struct push_item items[8];
        const char *outcomes;
    } table[] = {
        {"rest/write_product", {{.stock_key = SLICE("p:10"), .value = 37}}, "confirmed"},
        {"rest/write_variation", {{.stock_key = SLICE("v:11:12"), .value = 38}}, "confirmed"},
        {"rest/write_null_quantity_sets_zero",
         {{.stock_key = SLICE("p:10"), .value = 7}},
         "unknown"},
        {"rest/noop_external", {{.stock_key = SLICE("p:28"), .value = 5}}, "refused unmanaged"},
        {"rest/noop_global_setting_off",
         {{.stock_key = SLICE("p:10"), .value = 55}},
         "refused unmanaged"},
        {"rest/noop_grouped", {{.stock_key = SLICE("p:27"), .value = 5}}, "refused unmanaged"},
        {"rest/noop_parent_managed_variation",
         {{.stock_key = SLICE("v:18:19"), .value = 5}},
         "refused parent_managed"},
        {"rest/noop_unmanaged_variation",
         {{.stock_key = SLICE("v:21:23"), .value = 5}},
         "refused unmanaged"},
        {"rest/noop_untracked_product",
         {{.stock_key = SLICE("p:26"), .value = 5}},
         "refused unmanaged"},
        {"rest/variation_detached_from_pool",
         {{.stock_key = SLICE("v:18:19"), .value = 5}},
         "confirmed"},
        {"rest/error_put_unknown_product",
         {{.stock_key = SLICE("p:99999"), .value = 1}},
         "refused"},
        {"rest/error_put_variation_via_products",
         {{.stock_key = SLICE("p:12"), .value = 1}},
         "refused"},
        {"rest/error_wrong_secret", {{.stock_key = SLICE("p:10"), .value = 1}}, "later"},
        {"rest/error_unknown_key", {{.stock_key = SLICE("p:10"), .value = 1}}, "later"},
        {"rest/error_basic_over_plain_http", {{.stock_key = SLICE("p:10"), .value = 1}}, "later"},
        {"rest/batch_products_partial_failure2",
         {{.stock_key = SLICE("p:10"), .value = 100},
          {.stock_key = SLICE("p:99999"), .value = 1},
          {.stock_key = SLICE("p:12"), .value = 9},
          {.stock_key = SLICE("p:27"), .value = 4},
          {.stock_key = SLICE("p:26"), .value = 4},
          {.stock_key = SLICE("p:25"), .value = 9}},
         "confirmed, refused, refused, refused unmanaged, refused unmanaged, confirmed"},
        /* "abc" was written as 0: the number sent is what must come back. */
        {"rest/batch_products_partial_failure",
         {{.stock_key = SLICE("p:10"), .value = 100},
          {.stock_key = SLICE("p:99999"), .value = 1},
          {.stock_key = SLICE("p:12"), .value = 9},
          {.stock_key = SLICE("p:27"), .value = 4},
          {.stock_key = SLICE("p:26"), .value = 4},
          {.stock_key = SLICE("p:24"), .value = 3},
          {.stock_key = SLICE("p:77"), .value = 1},
          {.stock_key = SLICE("p:25"), .value = 8}},
         "confirmed, refused, refused, refused unmanaged, refused unmanaged, unknown, unknown, "
         "confirmed"},
        {"rest/batch_variations_partial_failure",
         {{.stock_key = SLICE("v:11:13"), .value = 60},
          {.stock_key = SLICE("v:11:22"), .value = 61},
          {.stock_key = SLICE("v:11:99999"), .value = 62},
          {.stock_key = SLICE("v:11:14"), .value = 63}},
         "confirmed, refused, refused, confirmed"},
        /* The write happened, and nothing shows it. */
        {"rest/batch_with_fields_empty_reply",
         {{.stock_key = SLICE("p:10"), .value = 503}, {.stock_key = SLICE("p:24"), .value = 1}},
         "unknown, unknown"},
        /* Nothing was written: the batch must shrink. */
        {"rest/batch_101_items",
         {{.stock_key = SLICE("p:10"), .value = 100},
          {.stock_key = SLICE("p:11"), .value = 100},
          {.stock_key = SLICE("p:12"), .value = 100}},
         "split, split, split"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct recording r = rest(table[i].name);
        size_t count = 0;
        while (count < COUNT_OF(table[i].items) && table[i].items[count].stock_key.n) {
            count++;
        }
        struct slice text = results_text(table[i].items, count, &r.response);
        if (!slice_is(text, table[i].outcomes)) {
            print_error("%s\n", table[i].name);
        }
        assert_slice(text, table[i].outcomes);
    }
}

/* The T40 recording: the stale write is confirmed like any other. Only the proof before it helps.
 */
static void test_a_stale_write_is_confirmed_like_any_other(void **state)
{
    struct push_item last = item("p:24", 1);
    struct recording r = rest("t40/t40_2_stale_write");
    (void)state;

    assert_slice(results_text(&last, 1, &r.response), "confirmed");
}

static struct slice
answered(int status, const char *header, const char *value, const char *body, size_t count)
{
    struct push_item items[] = {item("p:10", 7), item("p:24", 1), item("p:25", 2)};
    struct http_header headers[] = {{slice_of(header), slice_of(value)},
                                    {SLICE("Date"), SLICE("Mon, 23 Nov 2026 04:29:07 GMT")}};
    struct http_response response = {
        .status = status, .headers = headers, .headers_count = 2, .body = slice_of(body)};
    return results_text(items, count, &response);
}

#define HTML "<html><body>nope</body></html>"
#define NO_ROUTE "{\"code\":\"rest_no_route\",\"message\":\"No\",\"data\":{\"status\":404}}"
#define SERVER_ERROR                                                                               \
    "{\"code\":\"internal_server_error\",\"message\":\"x\",\"data\":{\"status\":500}}"

static void test_an_answer_says_whether_the_write_may_have_landed(void **state)
{
    static const struct {
        int status;
        const char *header, *value, *body;
        const char *outcome;
        bool throttled, unauthorised, down;
        int64_t retry_after_s;
    } table[] = {
        {200, "X", "", HTML, "unknown", false, false, true, 0},
        {200, "X", "", "", "unknown", false, false, true, 0},
        {200, "X", "", "<br />Notice: x {\"id\":10}", "unknown", false, false, true, 0},
        {200, "X", "", "7", "unknown", false, false, true, 0},
        {200, "X", "", "{}", "unknown", false, false, false, 0},
        {200,
         "X",
         "",
         "{\"id\":24,\"manage_stock\":true,\"stock_quantity\":7}",
         "unknown",
         false,
         false,
         false,
         0},
        {200,
         "X",
         "",
         "{\"id\":10,\"manage_stock\":true,\"stock_quantity\":6}",
         "unknown",
         false,
         false,
         false,
         0},
        {200,
         "X",
         "",
         "{\"id\":10,\"manage_stock\":\"true\",\"stock_quantity\":7}",
         "refused unmanaged",
         false,
         false,
         false,
         0},
        {200,
         "X",
         "",
         "{\"id\":10,\"manage_stock\":true,\"stock_quantity\":7.0}",
         "confirmed",
         false,
         false,
         false,
         0},
        {200,
         "X",
         "",
         "{\"id\":10,\"manage_stock\":true,\"stock_quantity\":7}",
         "confirmed",
         false,
         false,
         false,
         0},
        {301, "Location", "https://www.shop.example/", "", "later", false, false, true, 0},
        {400, "X", "", HTML, "later", false, false, true, 0},
        {400,
         "X",
         "",
         "{\"code\":\"rest_invalid_param\",\"message\":\"no\"}",
         "refused",
         false,
         false,
         false,
         0},
        {401, "X", "", HTML, "later", false, true, false, 0},
        {403, "X", "", HTML, "later", false, false, true, 0},
        {403,
         "X",
         "",
         "{\"code\":\"woocommerce_rest_cannot_edit\"}",
         "later",
         false,
         true,
         false,
         0},
        {404, "X", "", HTML, "later", false, false, true, 0},
        {404, "X", "", NO_ROUTE, "later", false, false, true, 0},
        {405, "X", "", "{\"code\":\"x\"}", "later", false, false, true, 0},
        {408, "X", "", "", "unknown", false, false, true, 0},
        {413, "X", "", "{\"code\":\"x\"}", "later", false, false, true, 0},
        {429, "Retry-After", "7", HTML, "later", true, false, false, 7},
        {503, "Retry-After", "600", HTML, "later", false, false, true, 600},
        {503,
         "Retry-After",
         "Mon, 23 Nov 2026 04:29:17 GMT",
         HTML,
         "later",
         false,
         false,
         true,
         10},
        {503, "X", "", HTML, "unknown", false, false, true, 0},
        {500, "X", "", SERVER_ERROR, "unknown", false, false, true, 0},
        {500, "X", "", HTML, "unknown", false, false, true, 0},
        {502, "X", "", HTML, "unknown", false, false, true, 0},
        {504, "X", "", HTML, "unknown", false, false, true, 0},
        {524, "X", "", HTML, "unknown", false, false, true, 0},
        {0, "X", "", "", "unknown", false, false, true, 0},
        {101, "X", "", "", "unknown", false, false, true, 0},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct slice text =
            answered(table[i].status, table[i].header, table[i].value, table[i].body, 1);
        if (!slice_is(text, table[i].outcome)) {
            print_error("HTTP %d %s\n", table[i].status, table[i].body);
        }
        assert_slice(text, table[i].outcome);
        assert_int_equal(signal_read.throttled, table[i].throttled);
        assert_int_equal(signal_read.unauthorised, table[i].unauthorised);
        assert_int_equal(signal_read.down, table[i].down);
        assert_int_equal(signal_read.retry_after_us, table[i].retry_after_s * US_PER_S);
        assert_int_equal(signal_read.points_left, -1);
        assert_int_equal(signal_read.server_time_us, INT64_C(1795408147000000));
    }
}

static void test_one_item_of_a_batch_never_speaks_for_another(void **state)
{
    static const struct {
        const char *body, *outcome;
    } table[] = {
        {"{\"update\":[]}", "unknown, unknown, unknown"},
        {"{\"update\":{}}", "unknown, unknown, unknown"},
        {"{\"update\":[{\"id\":10,\"manage_stock\":true,\"stock_quantity\":7}]}",
         "confirmed, unknown, unknown"},
        {"{\"update\":[{\"id\":24,\"manage_stock\":true,\"stock_quantity\":1},"
         "{\"id\":10,\"manage_stock\":true,\"stock_quantity\":7},"
         "{\"id\":25,\"manage_stock\":true,\"stock_quantity\":2}]}",
         "unknown, unknown, confirmed"},
        {"{\"update\":[{\"id\":10,\"error\":{\"code\":\"x\",\"data\":{\"status\":500}}},"
         "{\"id\":24,\"error\":{}},"
         "{\"id\":25,\"error\":{\"code\":\"x\",\"data\":{\"status\":403}}}]}",
         "unknown, unknown, later"},
        {"{\"update\":[{\"id\":10,\"error\":{\"code\":\"x\",\"data\":{\"status\":429}}},"
         "{\"id\":24,\"error\":{\"code\":\"x\",\"data\":{\"status\":404}}},"
         "{\"id\":25,\"manage_stock\":\"parent\",\"stock_quantity\":2}]}",
         "later, refused, refused parent_managed"},
        {"{\"update\":[null,7,[]]}", "unknown, unknown, unknown"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        assert_slice(answered(200, "X", "", table[i].body, 3), table[i].outcome);
    }
    assert_slice(answered(400, "X", "", "{\"code\":\"rest_invalid_json\"}", 3),
                 "split, split, split");
    assert_slice(answered(400, "X", "", "{\"code\":\"rest_invalid_json\"}", 2), "split, split");
    assert_slice(answered(404, "X", "", NO_ROUTE, 3), "later, later, later");
    assert_slice(answered(502, "X", "", HTML, 3), "unknown, unknown, unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_item_is_one_put),
        cmocka_unit_test(test_several_items_are_one_batch),
        cmocka_unit_test(test_plain_permalinks_write_by_post_and_name_the_api),
        cmocka_unit_test(test_plain_http_signs_the_query),
        cmocka_unit_test(test_what_must_never_be_written_is_not_built),
        cmocka_unit_test(test_groups_are_what_one_request_can_hold),
        cmocka_unit_test(test_every_recorded_write_is_judged_by_its_reply),
        cmocka_unit_test(test_a_stale_write_is_confirmed_like_any_other),
        cmocka_unit_test(test_an_answer_says_whether_the_write_may_have_landed),
        cmocka_unit_test(test_one_item_of_a_batch_never_speaks_for_another),
    };
    return cmocka_run_group_tests(tests, woo_setup, woo_teardown);
}
