/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, listing keys, and OAuth 1.0a against requests that a real shop accepted. */
#include "support/woo_recording.h"

#include "channels/woocommerce/woo.h"

#define SECRETS                                                                                    \
    "{\"consumer_key\":\"ck_1\",\"consumer_secret\":\"cs_1\",\"webhook_secret\":\"whs\"}"

static struct err_note note;

static enum err configured(const char *settings, const char *secrets, struct account *out)
{
    struct json_doc *secrets_doc = json_doc_new();
    struct json parsed;
    assert_int_equal(json_parse(secrets_doc, slice_of(secrets), &parsed, &note), ERR_OK);
    note.text[0] = 0;
    enum err e = connector_woocommerce.configure(settings ? json_of(settings) : (struct json){0},
                                                 parsed,
                                                 SLICE("shop-a"),
                                                 false,
                                                 &arena,
                                                 out,
                                                 &note);
    json_doc_free(secrets_doc);
    return e;
}

static void test_the_address_decides_how_to_sign_unless_told(void **state)
{
    static const struct {
        const char *settings, *base_url;
        bool oauth1, plain;
    } table[] = {
        {"{\"base_url\":\"https://shop.example\"}", "https://shop.example", false, false},
        {"{\"base_url\":\"https://shop.example/sub//\"}", "https://shop.example/sub", false, false},
        {"{\"base_url\":\"http://shop.example:8080\"}", "http://shop.example:8080", true, false},
        {"{\"base_url\":\"http://127.0.0.1:9\",\"auth\":\"basic\"}",
         "http://127.0.0.1:9",
         false,
         false},
        {"{\"base_url\":\"https://shop.example\",\"auth\":\"oauth1\"}",
         "https://shop.example",
         true,
         false},
        {"{\"base_url\":\"https://shop.example\",\"auth\":null,\"plain_permalinks\":true}",
         "https://shop.example",
         false,
         true},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct account account;
        assert_int_equal(configured(table[i].settings, SECRETS, &account), ERR_OK);
        assert_slice(account.base_url, table[i].base_url);
        assert_slice(account.code, "shop-a");
        assert_ptr_equal(account.connector, &connector_woocommerce);
        assert_int_equal(woo_config(&account)->oauth1, table[i].oauth1);
        assert_int_equal(woo_config(&account)->plain_permalinks, table[i].plain);
        assert_slice(woo_config(&account)->authorization, "Basic Y2tfMTpjc18x");
    }
}

static void test_wrong_settings_are_refused_by_name(void **state)
{
    static const struct {
        const char *settings, *secrets, *names;
    } table[] = {
        {NULL, SECRETS, "base_url"},
        {"{}", SECRETS, "base_url"},
        {"{\"base_url\":7}", SECRETS, "base_url"},
        {"{\"base_url\":\"shop.example\"}", SECRETS, "base_url"},
        {"{\"base_url\":\"ftp://shop.example\"}", SECRETS, "base_url"},
        {"{\"base_url\":\"https://\"}", SECRETS, "base_url"},
        {"{\"base_url\":\"https:///x\"}", SECRETS, "base_url"},
        {"{\"base_url\":\"https://a:b@shop.example\"}", SECRETS, "base_url"},
        {"{\"base_url\":\"https://shop.example?x\"}", SECRETS, "base_url"},
        {"{\"base_url\":\"https://shop.example#x\"}", SECRETS, "base_url"},
        {"{\"base_url\":\"https://shop.example\\r\\nHost: x\"}", SECRETS, "base_url"},
        {"{\"base_url\":\"https://shop.example/wp-json\"}", SECRETS, "/wp-json"},
        {"{\"base_url\":\"https://shop.example/wp-json/wc/v3\"}", SECRETS, "/wp-json"},
        {"{\"base_url\":\"https://shop.example\",\"auth\":\"digest\"}", SECRETS, "auth"},
        {"{\"base_url\":\"https://shop.example\",\"plain_permalinks\":\"yes\"}",
         SECRETS,
         "plain_permalinks"},
        {"{\"base_url\":\"https://shop.example\",\"webhook_source\":1}", SECRETS, "webhook_source"},
        {"{\"base_url\":\"https://shop.example\"}", "{\"consumer_secret\":\"cs\"}", "consumer_key"},
        {"{\"base_url\":\"https://shop.example\"}", "{\"consumer_key\":\"ck\"}", "consumer_secret"},
        {"{\"base_url\":\"https://shop.example\"}",
         "{\"consumer_key\":\"ck\",\"consumer_secret\":\"cs\",\"webhook_secret\":7}",
         "webhook_secret"},
        {"{\"base_url\":\"https://shop.example\"}",
         "{\"consumer_key\":\"c:k\",\"consumer_secret\":\"cs\",\"webhook_secret\":\"w\"}",
         "consumer_key"},
        {"{\"base_url\":\"https://shop.example\"}",
         "{\"consumer_key\":\"c\\nk\",\"consumer_secret\":\"cs\",\"webhook_secret\":\"w\"}",
         "consumer_key"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct account account;
        assert_int_equal(configured(table[i].settings, table[i].secrets, &account), ERR_USAGE);
        if (!strstr(note.text, table[i].names)) {
            fail_msg("'%s' does not name %s", note.text, table[i].names);
        }
        assert_null(strstr(note.text, "cs_1"));
    }
}

static void test_a_listing_is_a_product_or_a_variation(void **state)
{
    static const struct {
        const char *remote, *normal, *key;
    } table[] = {
        {"{\"product_id\":\"10\"}", "{\"product_id\":\"10\"}", "p:10"},
        {"{\"product_id\":10,\"variation_id\":0}", "{\"product_id\":\"10\"}", "p:10"},
        {"{\"product_id\":10,\"variation_id\":\"0\"}", "{\"product_id\":\"10\"}", "p:10"},
        {"{\"product_id\":10,\"variation_id\":\"\"}", "{\"product_id\":\"10\"}", "p:10"},
        {"{\"product_id\":10,\"variation_id\":null}", "{\"product_id\":\"10\"}", "p:10"},
        {"{\"variation_id\":12,\"product_id\":\"11\"}",
         "{\"product_id\":\"11\",\"variation_id\":\"12\"}",
         "v:11:12"},
        {"{\"product_id\":\"gid://shop/Product/11\",\"variation_id\":\"12\"}",
         "{\"product_id\":\"11\",\"variation_id\":\"12\"}",
         "v:11:12"},
        {"{\"product_id\":9223372036854775807}",
         "{\"product_id\":\"9223372036854775807\"}",
         "p:9223372036854775807"},
    };
    static const char *const wrong[] = {
        "{}",
        "[]",
        "[1]",
        "7",
        "{\"product_id\":0}",
        "{\"product_id\":-1}",
        "{\"product_id\":1.5}",
        "{\"product_id\":\"x\"}",
        "{\"product_id\":null,\"variation_id\":12}",
        "{\"product_id\":9223372036854775808}",
        "{\"product_id\":11,\"variation_id\":-12}",
        "{\"product_id\":11,\"variation_id\":\"x\"}",
        "{\"product_id\":11,\"variation_id\":true}",
        "{\"product_id\":11,\"variant_id\":12}",
    };
    struct account account = account_default();
    struct slice remote, key, stock_key;
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        assert_int_equal(
            connector_woocommerce.listing_keys(
                &account, json_of(table[i].remote), &arena, &remote, &key, &stock_key, &note),
            ERR_OK);
        assert_slice(remote, table[i].normal);
        assert_slice(key, table[i].key);
        assert_slice(stock_key, table[i].key);
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (connector_woocommerce.listing_keys(
                &account, json_of(wrong[i]), &arena, &remote, &key, &stock_key, &note) !=
            ERR_USAGE) {
            fail_msg("%s is taken for a listing", wrong[i]);
        }
    }
}

/* ---- OAuth 1.0a ---- */

static size_t vector_params(struct json params, struct woo_param *out, size_t max)
{
    size_t count = 0;
    for (struct json_iter i = json_iter(params); json_next(&i);) {
        assert_true(count < max);
        struct slice value;
        int64_t number;
        if (!json_text(i.value, &value)) {
            assert_true(json_int(i.value, &number));
            value = arena_printf(&arena, "%" PRId64, number);
        }
        out[count++] = (struct woo_param){i.key, value};
    }
    return count;
}

static void test_requests_a_real_shop_accepted_are_signed_the_same(void **state)
{
    struct json vectors;
    int sha256 = 0;
    int sha1 = 0;
    (void)state;

    assert_int_equal(
        json_parse(recording_doc, file_read(WOO_DATA "rest/oauth1_vectors.json"), &vectors, &note),
        ERR_OK);
    for (struct json_iter i = json_iter(vectors); json_next(&i);) {
        struct woo_param params[16];
        size_t count = vector_params(json_get(i.value, "params"), params, COUNT_OF(params));
        struct slice method = member_text(i.value, "method");
        struct slice secret = member_text(i.value, "consumer_secret");
        struct slice wanted = member_text(i.value, "oauth_signature");
        struct slice base =
            woo_oauth1_base(&arena, method, member_text(i.value, "url_signed"), params, count);
        assert_slice(base, member_text(i.value, "base_string").p);
        if (slice_is(member_text(json_get(i.value, "params"), "oauth_signature_method"),
                     "HMAC-SHA256")) {
            assert_slice(woo_oauth1_signature(&arena, base, secret), wanted.p);
            sha256++;
        } else {
            uint8_t mac[SHA1_SIZE];
            hmac_sha1(mac, arena_printf(&arena, "%.*s&", SLICE_ARG(secret)), base);
            assert_slice(base64_encode(&arena, (struct slice){(const char *)mac, sizeof mac}),
                         wanted.p);
            sha1++;
        }
    }
    assert_int_equal(sha256, 2);
    assert_int_equal(sha1, 2);
}

/* Signed again from the URL that leaves, as the shop does it: decoded, sorted, encoded. */
static void test_a_built_request_carries_the_signature_of_its_own_url(void **state)
{
    struct account account =
        account_with("{\"base_url\":\"http://127.0.0.1:8443\",\"plain_permalinks\":true}");
    struct push_item items[] = {{.stock_key = SLICE("p:10")}, {.stock_key = SLICE("p:24")}};
    struct woo_param params[16];
    struct http_request request;
    struct slice signature = {0};
    size_t count = 0;
    (void)state;

    assert_int_equal(
        connector_woocommerce.build_read(&account,
                                         items,
                                         2,
                                         &(struct step){.now_us = WOO_NOW_US, .nonce = nonce},
                                         &arena,
                                         &request),
        ERR_OK);
    struct slice query = request.url;
    struct slice url, pair, name;
    assert_true(slice_cut(&query, '?', &url));
    assert_slice(url, "http://127.0.0.1:8443/index.php");
    for (bool more = true; more;) {
        more = slice_cut(&query, '&', &pair);
        assert_true(slice_cut(&pair, '=', &name));
        struct slice value;
        assert_true(percent_decode(&arena, pair, &value));
        if (slice_is(name, "oauth_signature")) {
            signature = value;
        } else {
            assert_true(count < COUNT_OF(params));
            params[count++] = (struct woo_param){name, value};
        }
    }
    struct slice base = woo_oauth1_base(&arena, SLICE("GET"), url, params, count);
    assert_slice(
        woo_oauth1_signature(&arena, base, SLICE("cs_0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c")),
        arena_copy(&arena, signature).p);
    assert_true(memmem(request.url.p, request.url.n, "wp-json/wc/", 11) != NULL);
    assert_slice(params[0].value, "/wc/v3/products");
}

static void test_a_full_arena_builds_nothing(void **state)
{
    struct account account = account_with("{\"base_url\":\"http://127.0.0.1:8443\"}");
    struct push_item items[] = {{.stock_key = SLICE("v:11:12"), .value = 1},
                                {.stock_key = SLICE("v:11:13"), .value = 1}};
    bool was_built = false;
    (void)state;

    for (size_t room = 0; room < 32768; room += 64) {
        struct arena small;
        struct http_request request;
        arena_init(&small, room);
        enum err e = connector_woocommerce.build_push(
            &account,
            items,
            2,
            &(struct step){.now_us = WOO_NOW_US, .nonce = nonce, .key = SLICE("k")},
            &small,
            &request);
        assert_true(e == (small.exhausted ? ERR_LIMIT : ERR_OK));
        was_built = was_built || e == ERR_OK;
        arena_free(&small);
    }
    assert_true(was_built);
}

static void test_the_semantics_are_those_of_the_page(void **state)
{
    const struct connector_semantics *s = &connector_woocommerce.semantics;
    (void)state;

    assert_string_equal(connector_woocommerce.name, "woocommerce");
    assert_false(s->compare_and_set || s->idempotent_push || s->raise_freely || s->has_locations);
    assert_true(s->reads_counts);
    assert_int_equal(s->stamp_granularity_us, US_PER_S);
    assert_int_equal(s->event_delay_p99_us, 20 * US_PER_S);
    assert_int_equal(s->ambiguity_us, 60 * US_PER_S);
    assert_int_equal(s->poll_us, 10 * US_PER_S);
    assert_int_equal(s->read_back_us, 3600 * US_PER_S);
    assert_int_equal(s->push_batch_max, 20);
    assert_int_equal(s->parallel_max, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_address_decides_how_to_sign_unless_told),
        cmocka_unit_test(test_wrong_settings_are_refused_by_name),
        cmocka_unit_test(test_a_listing_is_a_product_or_a_variation),
        cmocka_unit_test(test_requests_a_real_shop_accepted_are_signed_the_same),
        cmocka_unit_test(test_a_built_request_carries_the_signature_of_its_own_url),
        cmocka_unit_test(test_a_full_arena_builds_nothing),
        cmocka_unit_test(test_the_semantics_are_those_of_the_page),
    };
    return cmocka_run_group_tests(tests, woo_setup, woo_teardown);
}
