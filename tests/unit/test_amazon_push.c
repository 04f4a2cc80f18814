/* SPDX-License-Identifier: Apache-2.0 */
/* Writing one count: the exact request, and what every kind of answer means. */
#include "support/amazon_fixture.h"

static enum err build(const struct push_item *items, size_t count, struct http_request *out)
{
    struct step step = step_at("");
    return amazon->build_push(&account, items, count, &step, &fixture.arena, out);
}

static void test_one_count_is_one_patch_of_its_quantity(void **state)
{
    (void)state;
    struct push_item item = item_of("sku:A b/c+%25d%40\xc3\xa4", 7);
    struct http_request r;
    assert_int_equal(build(&item, 1, &r), ERR_OK);
    assert_slice(r.method, "PATCH");
    assert_slice(r.url,
                 API "/listings/2021-08-01/items/A3TH9S8BH6GOGM/A%20b%2Fc%2B%25d%40%C3%A4"
                     "?marketplaceIds=ATVPDKIKX0DER&includedData=issues");
    assert_slice(r.body,
                 "{\"productType\":\"PRODUCT\",\"patches\":[{\"op\":\"merge\",\"path\":"
                 "\"/attributes/fulfillment_availability\",\"value\":[{"
                 "\"fulfillment_channel_code\":\"DEFAULT\",\"quantity\":7}]}]}");
    assert_slice(fixture_header(&r, "x-amz-access-token"), "Atza|2");
    assert_slice(fixture_header(&r, "Content-Type"), "application/json");
    assert_true(fixture_header(&r, "User-Agent").n > 0);
    item.remote = SLICE("{\"sku\":\"A\",\"product_type\":\"LUGGAGE\"}");
    item.value = 0;
    assert_int_equal(build(&item, 1, &r), ERR_OK);
    assert_slice(r.body,
                 "{\"productType\":\"LUGGAGE\",\"patches\":[{\"op\":\"merge\",\"path\":"
                 "\"/attributes/fulfillment_availability\",\"value\":[{"
                 "\"fulfillment_channel_code\":\"DEFAULT\",\"quantity\":0}]}]}");
}

static void test_what_must_never_be_written_is_not_built(void **state)
{
    (void)state;
    const struct push_item wrong[] = {
        item_of("sku:A", -1),
        item_of("sku:A", QTY_MAX + 1),
        item_of("sku:", 1),
        item_of("sku:.", 1),
        item_of("sku:..", 1),
        item_of("sku:A%41", 1),
        item_of("sku:A@1", 1),
        item_of("asin:B071VG5N9D", 1),
        item_of("", 1),
    };
    struct http_request r;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(build(&wrong[i], 1, &r), ERR_USAGE);
    }
    struct push_item good = item_of("sku:A", 1);
    assert_int_equal(build(&good, 0, &r), ERR_USAGE);
    assert_int_equal(build(&good, amazon->semantics.bulk_max + 1, &r), ERR_USAGE);
    struct step step = step_at("");
    struct account a =
        fixture_account(amazon,
                        "{\"settings\":{\"seller_id\":\"A\",\"region\":\"eu\"},\"secrets\":{"
                        "\"client_id\":\"a\",\"client_secret\":\"b\",\"access_token\":\"c\"}}");
    assert_int_equal(amazon->build_push(&a, &good, 1, &step, &fixture.arena, &r), ERR_USAGE);
    a = fixture_account(amazon,
                        "{\"settings\":{\"seller_id\":\"A\",\"region\":\"eu\",\"marketplace_ids\":"
                        "\"A1F83G8C2ARO7P\"},\"secrets\":{\"client_id\":\"a\","
                        "\"client_secret\":\"b\"}}");
    assert_true(amazon->wants_token(&a) && a.needs_consent);
    assert_int_equal(amazon->build_push(&a, &good, 1, &step, &fixture.arena, &r), ERR_AUTH);
}

#define ERROR(code, message)                                                                       \
    "{\"errors\":[{\"code\":\"" code "\",\"message\":\"" message "\",\"details\":\"\"}]}"

static void test_each_answer_says_what_became_of_the_row(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum push_outcome outcome;
        const char *reason; /* how it begins */
        bool down, unauthorised, throttled;
    } cases[] = {
        {200,
         "{\"sku\":\"A\",\"status\":\"ACCEPTED\",\"submissionId\":\"f1dc\",\"issues\":[]}",
         PUSH_ACCEPTED,
         "ACCEPTED, shown minutes later; submission f1dc",
         0,
         0,
         0},
        {200,
         "{\"status\":\"ACCEPTED\",\"issues\":[{\"code\":\"1\",\"severity\":\"WARNING\"}]}",
         PUSH_ACCEPTED,
         "ACCEPTED",
         0,
         0,
         0},
        {200,
         "{\"status\":\"INVALID\",\"issues\":[{\"code\":\"5\",\"message\":\"w\",\"severity\":"
         "\"WARNING\"},{\"code\":\"90220\",\"message\":\"'size' is required\",\"severity\":"
         "\"ERROR\"}]}",
         PUSH_REFUSED,
         "90220 'size' is required",
         0,
         0,
         0},
        {200, "{\"status\":\"INVALID\"}", PUSH_REFUSED, "INVALID", 0, 0, 0},
        {200, "{\"status\":\"VALID\"}", PUSH_UNKNOWN, "an answer without", 0, 0, 0},
        {200, "<html>", PUSH_UNKNOWN, "HTTP 200 without", 1, 0, 0},
        {400, ERROR("InvalidInput", "bad"), PUSH_REFUSED, "400 InvalidInput bad", 0, 0, 0},
        {404, ERROR("NotFound", "no"), PUSH_REFUSED, "404 NotFound no", 0, 0, 0},
        {413, ERROR("TooLarge", "no"), PUSH_LATER, "413", 1, 0, 0},
        {401, ERROR("Unauthorized", "no"), PUSH_LATER, "401", 0, 1, 0},
        {403,
         ERROR("Unauthorized", "The access token has expired."),
         PUSH_LATER,
         "403 Unauthorized The access token",
         0,
         1,
         0},
        {403, "<html>firewall</html>", PUSH_LATER, "HTTP 403 without", 1, 0, 0},
        {404, "<html>", PUSH_LATER, "HTTP 404 without", 1, 0, 0},
        {429, ERROR("QuotaExceeded", "slow"), PUSH_LATER, "429 QuotaExceeded", 0, 0, 1},
        {503, ERROR("ServiceUnavailable", "later"), PUSH_LATER, "503", 1, 0, 0},
        {503, "<html>", PUSH_UNKNOWN, "HTTP 503 without", 1, 0, 0},
        {500, ERROR("InternalFailure", "oops"), PUSH_UNKNOWN, "500", 1, 0, 0},
        {504, "", PUSH_UNKNOWN, "HTTP 504", 1, 0, 0},
    };
    struct push_item item = item_of("sku:A", 1);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct push_result out;
        struct channel_signal s;
        struct step step = step_at("");
        struct http_response r = fixture_answer(cases[i].status, slice_of(cases[i].body));
        amazon->read_push(&account, &item, 1, &step, &r, fixture.doc, &fixture.arena, &out, &s);
        if (out.outcome != cases[i].outcome || !slice_starts(out.reason, cases[i].reason)) {
            fail_msg("%d %s: %d %.*s",
                     cases[i].status,
                     cases[i].body,
                     (int)out.outcome,
                     SLICE_ARG(out.reason));
        }
        if (s.down != cases[i].down || s.unauthorised != cases[i].unauthorised ||
            s.throttled != cases[i].throttled || s.next.is_wanted) {
            fail_msg("%d %s: another signal", cases[i].status, cases[i].body);
        }
        assert_int_equal(s.day_left, -1);
    }
}

static void test_the_rate_is_learned_from_each_answer(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t per_1000s;
        int64_t wait_us;
    } cases[] = {
        {"5.0", 5000, US_PER_S / 5},
        {"5", 5000, US_PER_S / 5},
        {"0.5", 500, 2 * US_PER_S},
        {"0.0056", 5, 200 * US_PER_S},
        {"0.0001", 1, 600 * US_PER_S},
        {"0.0", 0, 0},
        {"-1", 0, 0},
        {"1e3", 0, 0},
        {"five", 0, 0},
        {"", 0, 0},
        {"99999999999999999999", 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_header header = {SLICE("x-amzn-RateLimit-Limit"), slice_of(cases[i].text)};
        struct http_response r = {
            .status = 429, .headers = &header, .headers_count = 1, .body = SLICE("{}")};
        struct channel_signal s;
        amazon_answer_read(&r, fixture.doc, &fixture.arena, &s);
        assert_int_equal(s.rate_per_1000s, cases[i].per_1000s);
        assert_int_equal(s.retry_after_us, cases[i].wait_us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_count_is_one_patch_of_its_quantity),
        cmocka_unit_test(test_what_must_never_be_written_is_not_built),
        cmocka_unit_test(test_each_answer_says_what_became_of_the_row),
        cmocka_unit_test(test_the_rate_is_learned_from_each_answer),
    };
    return cmocka_run_group_tests(tests, open_amazon, fixture_close);
}
