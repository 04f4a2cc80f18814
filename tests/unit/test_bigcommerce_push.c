/* SPDX-License-Identifier: Apache-2.0 */
/* Writing stock: the exact requests, and what every kind of answer means for each row. */
#include "support/channel_fixture.h"

static const struct connector *const bigcommerce = &connector_bigcommerce;
static const uint8_t nonce[16];
static struct account account;
#define KEY SLICE("0b8e9d3e-7b0c-4b53-9d2b-1f6d1c6a9f01")

static int open_account(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(bigcommerce,
                              "{\"settings\":{\"store_hash\":\"abc\"},"
                              "\"secrets\":{\"access_token\":\"t0k\",\"client_secret\":\"cs\"}}");
    return 0;
}

static struct push_item item(const char *stock_key, const char *location, int64_t value)
{
    return (struct push_item){
        .stock_key = slice_of(stock_key), .location = slice_of(location), .value = value};
}

static enum err build(const struct push_item *items, size_t count, struct http_request *out)
{
    return bigcommerce->build_push(&account,
                                   items,
                                   count,
                                   &(struct step){.now_us = 0, .nonce = nonce, .key = KEY},
                                   &fixture.arena,
                                   out);
}

static void test_rows_of_one_location_are_one_absolute_adjustment(void **state)
{
    (void)state;
    struct push_item variants[] = {item("variant:74", "1", 100), item("variant:75", "1", 0)};
    struct push_item product = item("product:111", "3", 7);
    struct http_request r;
    assert_int_equal(build(variants, 2, &r), ERR_OK);
    assert_slice(r.method, "PUT");
    assert_slice(r.url, "https://api.bigcommerce.com/stores/abc/v3/inventory/adjustments/absolute");
    assert_slice(r.body,
                 "{\"reason\":\"truecount push 0b8e9d3e-7b0c-4b53-9d2b-1f6d1c6a9f01\",\"items\":["
                 "{\"location_id\":1,\"variant_id\":74,\"quantity\":100},"
                 "{\"location_id\":1,\"variant_id\":75,\"quantity\":0}]}");
    assert_slice(fixture_header(&r, "X-Auth-Token"), "t0k");
    assert_slice(fixture_header(&r, "Content-Type"), "application/json");
    assert_int_equal(build(&product, 1, &r), ERR_OK);
    assert_slice(r.body,
                 "{\"reason\":\"truecount push 0b8e9d3e-7b0c-4b53-9d2b-1f6d1c6a9f01\",\"items\":["
                 "{\"location_id\":3,\"product_id\":111,\"quantity\":7}]}");
}

static void test_what_must_never_be_written_is_not_built(void **state)
{
    (void)state;
    const struct push_item good = item("variant:74", "1", 1);
    const struct push_item wrong[] = {
        item("variant:74", "1", -1),
        item("variant:74", "1", QTY_MAX + 1),
        item("variant:0", "1", 1),
        item("variant:7x", "1", 1),
        item("", "1", 1),
        item("variant:74", "", 1),
        item("variant:74", "1,\"x\":1", 1),
        item("variant:75", "2", 1),  /* another location */
        item("product:111", "1", 1), /* another kind */
    };
    struct http_request r;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const struct push_item both[] = {good, wrong[i]};
        assert_int_equal(build(both, 2, &r), ERR_USAGE);
    }
    assert_int_equal(build(&good, 0, &r), ERR_USAGE);
    assert_int_equal(build(&good, bigcommerce->semantics.push_batch_max + 1, &r), ERR_USAGE);
}

static void test_a_request_takes_one_kind_of_id_at_one_location(void **state)
{
    (void)state;
    const struct push_item items[] = {
        item("variant:74", "1", 1), item("variant:75", "2", 1), item("product:111", "1", 1)};
    static const char *const groups[] = {"v1", "v2", "p1"};
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        assert_slice(bigcommerce->push_group(&account, &items[i], &fixture.arena), groups[i]);
    }
    assert_int_equal(bigcommerce->semantics.parallel_max, 1);
}

static struct channel_signal signal_now;
static struct push_result results[3];
static const struct push_item *three(void)
{
    static struct push_item items[3];
    items[0] = item("variant:74", "1", 1);
    items[1] = item("variant:106", "1", 2);
    items[2] = item("variant:10", "1", 3);
    return items;
}

/* One letter a row: Confirmed, Taken, Refused, Stale, Again, sPlit, Later, Unknown. */
static struct slice outcomes(struct http_response response, size_t count)
{
    static const char letters[] = {[PUSH_CONFIRMED] = 'C',
                                   [PUSH_ACCEPTED] = 'T',
                                   [PUSH_REFUSED] = 'R',
                                   [PUSH_STALE] = 'S',
                                   [PUSH_AGAIN] = 'A',
                                   [PUSH_SPLIT] = 'P',
                                   [PUSH_LATER] = 'L',
                                   [PUSH_UNKNOWN] = 'U'};
    static char text[4];
    bigcommerce->read_push(&account,
                           three(),
                           count,
                           &(struct step){0},
                           &response,
                           fixture.doc,
                           &fixture.arena,
                           results,
                           &signal_now);
    for (size_t i = 0; i < count; i++) {
        text[i] = letters[results[i].outcome];
        assert_true(results[i].reason.n > 0);
    }
    return (struct slice){text, count};
}

#define ERROR_422(title, errors)                                                                   \
    "{\"status\":422,\"title\":\"" title "\",\"type\":\"https://developer.bigcommerce.com/x\","    \
    "\"errors\":" errors "}"

static void test_each_answer_says_what_became_of_each_row(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body, *three, *one;
        bool down, unauthorised, throttled;
    } cases[] = {
        /* Accepted is not shown. */
        {200, "{\"transaction_id\":\"1c9b\"}", "TTT", "T", false, false, false},
        {200, "<html>", "UUU", "U", true, false, false},
        {200, "{\"transaction_id\":", "UUU", "U", true, false, false},
        /* A row named by its id: 106 is not 10, and another row's id is nobody's. */
        {422,
         ERROR_422("[Item with variant_id 106 is tracked by product, please update stock by "
                   "product id]",
                   "{}"),
         "ARA",
         "R",
         false,
         false,
         false},
        {422, ERROR_422("variant_id: 10 and variant_id: 74 not found", "{}"), "RAR", "R", 0, 0, 0},
        {422, ERROR_422("Invalid", "{\"items.0.quantity\":\"too large\"}"), "RAA", "R", 0, 0, 0},
        {422, ERROR_422("Invalid", "{\"items.7.quantity\":\"too large\"}"), "PPP", "R", 0, 0, 0},
        {422, ERROR_422("Invalid", "{\"x\":\"no variant_id 10 here\"}"), "AAR", "R", 0, 0, 0},
        /* Nobody is named. */
        {422, ERROR_422("The request is invalid", "{}"), "PPP", "R", false, false, false},
        {422, ERROR_422("product_id 106 is unknown", "{}"), "PPP", "R", false, false, false},
        {400, "{\"title\":\"Input is invalid\"}", "PPP", "R", false, false, false},
        {404, "{\"title\":\"No such location\"}", "PPP", "R", false, false, false},
        {413, "{\"title\":\"Too large\"}", "PPP", "L", false, false, false},
        /* Not ours to mend by changing rows. */
        {401, "{\"title\":\"Unauthorized\"}", "LLL", "L", false, true, false},
        {403, "{\"title\":\"Forbidden\"}", "LLL", "L", false, true, false},
        {403, "<html>firewall</html>", "LLL", "L", true, false, false},
        {404, "<html>", "LLL", "L", true, false, false},
        {409, "{\"title\":\"Conflict\"}", "LLL", "L", true, false, false},
        {422, "<html>", "LLL", "L", true, false, false},
        {429, "{\"title\":\"Too many requests\"}", "LLL", "L", false, false, true},
        {503, "{\"title\":\"Service unavailable\"}", "LLL", "L", true, false, false},
        /* It may have had its effect. */
        {503, "<html>", "UUU", "U", true, false, false},
        {500, "{\"title\":\"Internal\"}", "UUU", "U", true, false, false},
        {504, "", "UUU", "U", true, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_response r = fixture_answer(cases[i].status, slice_of(cases[i].body));
        struct slice got = outcomes(r, 3);
        if (!slice_is(got, cases[i].three)) {
            fail_msg("%d %s: got %.*s", cases[i].status, cases[i].body, SLICE_ARG(got));
        }
        if (!(signal_now.down == cases[i].down &&
              signal_now.unauthorised == cases[i].unauthorised &&
              signal_now.throttled == cases[i].throttled)) {
            fail_msg("%d %s: another signal", cases[i].status, cases[i].body);
        }
        assert_slice(outcomes(r, 1), cases[i].one);
    }
}

static void test_a_refusal_shows_why_and_what_is_wrong_with_the_listing(void **state)
{
    (void)state;
    outcomes(fixture_answer(422,
                            SLICE(ERROR_422("[Item with variant_id 106 is tracked by product, "
                                            "please update stock by product id]",
                                            "{\"items.1\":\"wrong id\"}"))),
             3);
    assert_slice(results[1].reason,
                 "422 [Item with variant_id 106 is tracked by product, please update stock by "
                 "product id]: items.1 wrong id");
    assert_true(results[1].parent_managed); /* the second mention does not undo the first */
    outcomes(fixture_answer(
                 422, SLICE(ERROR_422("Item with variant_id 106 is tracked by product", "{}"))),
             3);
    assert_true(results[1].parent_managed);
    assert_false(results[0].parent_managed || results[1].unmanaged);
    outcomes(
        fixture_answer(422, SLICE(ERROR_422("Inventory of variant_id 74 is not tracked", "{}"))),
        3);
    assert_true(results[0].unmanaged);
}

static struct channel_signal signal_of(int status, const struct http_header *headers, size_t count)
{
    struct http_response r = {.status = status,
                              .headers = headers,
                              .headers_count = count,
                              .body = SLICE("{\"transaction_id\":\"1\"}")};
    outcomes(r, 1);
    return signal_now;
}

static void test_limits_are_learned_from_every_answer(void **state)
{
    (void)state;
    struct http_header h[] = {
        {SLICE("X-Rate-Limit-Requests-Left"), SLICE("149")},
        {SLICE("X-Rate-Limit-Requests-Quota"), SLICE("150")},
        {SLICE("X-Rate-Limit-Time-Window-Ms"), SLICE("30000")},
        {SLICE("X-Rate-Limit-Time-Reset-Ms"), SLICE("12500")},
    };
    struct channel_signal s = signal_of(200, h, COUNT_OF(h));
    assert_int_equal(s.points_left, 149);
    assert_int_equal(s.points_cost, 1);
    assert_int_equal(s.points_per_s, 5);
    assert_int_equal(s.retry_after_us, 0);
    assert_false(s.throttled);
    /* The last call of the window: nothing before it ends. */
    h[0].value = SLICE("0");
    s = signal_of(200, h, COUNT_OF(h));
    assert_int_equal(s.retry_after_us, 12500 * US_PER_MS);
    s = signal_of(429, h, COUNT_OF(h));
    assert_true(s.throttled);
    assert_int_equal(s.retry_after_us, 12500 * US_PER_MS);

    struct http_header other = {SLICE("X-Retry-After"), SLICE("7")};
    s = signal_of(429, &other, 1);
    assert_int_equal(s.retry_after_us, 7 * US_PER_S);
    /* Overload of the platform: throttled, and the pace is ours to find. */
    s = signal_of(429, NULL, 0);
    assert_true(s.throttled);
    assert_int_equal(s.retry_after_us, 0);
    assert_int_equal(s.points_left, -1);

    static const char *const bad[] = {"-1", "x", "99999999999999999999", ""};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        for (size_t k = 0; k < COUNT_OF(h); k++) {
            h[k].value = slice_of(bad[i]);
        }
        s = signal_of(429, h, COUNT_OF(h));
        assert_int_equal(s.points_left, -1);
        assert_int_equal(s.retry_after_us, 0);
    }
    h[3].value = SLICE("999999999999");
    assert_int_equal(signal_of(429, h, COUNT_OF(h)).retry_after_us, 3600 * US_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_of_one_location_are_one_absolute_adjustment),
        cmocka_unit_test(test_what_must_never_be_written_is_not_built),
        cmocka_unit_test(test_a_request_takes_one_kind_of_id_at_one_location),
        cmocka_unit_test(test_each_answer_says_what_became_of_each_row),
        cmocka_unit_test(test_a_refusal_shows_why_and_what_is_wrong_with_the_listing),
        cmocka_unit_test(test_limits_are_learned_from_every_answer),
    };
    return cmocka_run_group_tests(tests, open_account, fixture_close);
}
