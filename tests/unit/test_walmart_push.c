/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, keys, single writes, and feeds followed to the verdict of every row. */
#include "support/walmart_account.h"

#include "base/buf.h"

static const struct connector *const walmart = &connector_walmart;

/* ---- settings ---- */

static void test_settings_that_are_off_say_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *config, *names;
    } cases[] = {
        {"{\"secrets\":{\"client_id\":\"i\"}}", "client_secret"},
        {"{\"secrets\":{\"client_secret\":\"s\"}}", "client_id"},
        {"{\"secrets\":{\"client_id\":\"a b\",\"client_secret\":\"s\"}}", "client_id"},
        {"{\"settings\":{\"count_mode\":\"both\"}," WM_SECRETS "}", "count_mode"},
        {"{\"settings\":{\"count_mode\":7}," WM_SECRETS "}", "count_mode"},
        {"{\"settings\":{\"ship_nodes\":{}}," WM_SECRETS "}", "ship_nodes"},
        {"{\"settings\":{\"ship_nodes\":[{\"remote\":\"1\"}]}," WM_SECRETS "}", "location"},
        {"{\"settings\":{\"ship_nodes\":[{\"location\":\"a\",\"remote\":\"../1\"}]}," WM_SECRETS
         "}",
         "remote"},
        {"{\"settings\":{\"ship_nodes\":[{\"location\":\"a\",\"remote\":\"1\"},"
         "{\"location\":\"b\",\"remote\":1}]}," WM_SECRETS "}",
         "ship_nodes[1]"},
        {"{\"settings\":{\"base_url\":\"ftp://x\"}," WM_SECRETS "}", "base_url"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct account a;
        struct err_note note = {{0}};
        assert_int_equal(fixture_configure(walmart, cases[i].config, &a, &note), ERR_USAGE);
        assert_non_null(strstr(note.text, cases[i].names));
    }
}

static void test_ship_nodes_and_gross_are_choices_of_the_account(void **state)
{
    (void)state;
    assert_false(wm_plain.has_locations);
    assert_false(wm_plain.adds_open_units);
    assert_false(wm_plain.needs_consent);
    assert_true(wm_nodes.has_locations);
    assert_int_equal(wm_nodes.locations_count, 2);
    assert_slice(wm_nodes.locations[1].location, "tampa");
    assert_slice(wm_nodes.locations[1].remote, "79897837271126017");
    struct account a = fixture_account(
        walmart, "{\"settings\":{\"count_mode\":\"gross\",\"ship_nodes\":[]}," WM_SECRETS "}");
    assert_true(a.adds_open_units);
    assert_false(a.has_locations);
    a = fixture_account(walmart, "{\"settings\":{\"count_mode\":\"net\"}," WM_SECRETS "}");
    assert_false(a.adds_open_units);
    assert_slice(a.base_url, "https://marketplace.walmartapis.com");
}

static void test_a_listing_is_its_sku_letter_for_letter(void **state)
{
    (void)state;
    static const struct {
        const char *remote, *normal, *key;
    } good[] = {
        {"{\"sku\":\"Tee-M\"}", "{\"sku\":\"Tee-M\"}", "sku:Tee-M"},
        {"{ \"sku\" : \"a\\\"b/c @1\" }", "{\"sku\":\"a\\\"b/c @1\"}", "sku:a\"b/c @1"},
        {"{\"sku\":\"007\"}", "{\"sku\":\"007\"}", "sku:007"},
    };
    static const char *const bad[] = {"{\"sku\":7}",
                                      "{\"sku\":\"\"}",
                                      "{\"sku\":\"a\\nb\"}",
                                      "{\"sku\":\"a\",\"wpid\":\"b\"}",
                                      "{\"SKU\":\"a\"}"};
    struct slice remote, key, stock_key;
    struct err_note note = {{0}};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(walmart->listing_keys(&wm_plain,
                                               fixture_json(slice_of(good[i].remote)),
                                               &fixture.arena,
                                               &remote,
                                               &key,
                                               &stock_key,
                                               &note),
                         ERR_OK);
        assert_slice(remote, good[i].normal);
        assert_slice(key, good[i].key);
        assert_slice(stock_key, good[i].key);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(walmart->listing_keys(&wm_plain,
                                               fixture_json(slice_of(bad[i])),
                                               &fixture.arena,
                                               &remote,
                                               &key,
                                               &stock_key,
                                               &note),
                         ERR_USAGE);
    }
}

/* ---- single writes ---- */

static enum err build(const struct account *account,
                      const struct push_item *items,
                      size_t count,
                      const char *cursor,
                      struct http_request *out)
{
    struct step step = wm_step(slice_of(cursor));
    return walmart->build_push(account, items, count, &step, &fixture.arena, out);
}

static void test_one_count_is_put_byte_for_byte(void **state)
{
    (void)state;
    struct push_item item = wm_item("TC 1/\"a\"+b", "1000005050", 7);
    struct http_request r;
    assert_int_equal(build(&wm_plain, &item, 1, "", &r), ERR_OK);
    assert_slice(r.method, "PUT");
    assert_slice(r.url,
                 "https://marketplace.walmartapis.com/v3/inventory?sku=TC%201%2F%22a%22%2Bb");
    assert_slice(r.body,
                 "{\"sku\":\"TC 1/\\\"a\\\"+b\",\"quantity\":{\"unit\":\"EACH\",\"amount\":7}}");
    assert_slice(fixture_header(&r, "WM_SEC.ACCESS_TOKEN"), "t0k");
    assert_slice(fixture_header(&r, "WM_QOS.CORRELATION_ID"), WM_UUID);
    assert_slice(fixture_header(&r, "WM_SVC.NAME"), "Walmart Marketplace");
    assert_slice(fixture_header(&r, "Accept"), "application/json");
    assert_slice(fixture_header(&r, "Content-Type"), "application/json");
    assert_null(fixture_header(&r, "WM_SANDBOX").p);

    assert_int_equal(build(&wm_nodes, &item, 1, "", &r), ERR_OK);
    assert_slice(r.url, "https://marketplace.walmartapis.com/v3/inventories/TC%201%2F%22a%22%2Bb");
    assert_slice(r.body,
                 "{\"inventories\":{\"nodes\":[{\"shipNode\":\"1000005050\","
                 "\"inputQty\":{\"unit\":\"EACH\",\"amount\":7}}]}}");
}

static void test_the_sandbox_is_asked_for_by_a_header(void **state)
{
    (void)state;
    struct account a = fixture_account(
        walmart,
        "{\"settings\":{\"base_url\":\"https://sandbox.walmartapis.com/\"}," WM_SECRETS "}");
    struct push_item item = wm_item("A", "", 0);
    struct http_request r;
    assert_int_equal(build(&a, &item, 1, "", &r), ERR_OK);
    assert_slice(r.url, "https://sandbox.walmartapis.com/v3/inventory?sku=A");
    assert_slice(fixture_header(&r, "WM_SANDBOX"), "v2");
}

static void test_what_must_never_be_written_is_not_built(void **state)
{
    (void)state;
    struct http_request r;
    struct push_item item = wm_item("A", "", -1);
    assert_int_equal(build(&wm_plain, &item, 1, "", &r), ERR_USAGE);
    item = wm_item("A", "", QTY_MAX + 1);
    assert_int_equal(build(&wm_plain, &item, 1, "", &r), ERR_USAGE);
    item = wm_item("A", "", 1);
    assert_int_equal(build(&wm_nodes, &item, 1, "", &r), ERR_USAGE); /* at no node */
    assert_int_equal(build(&wm_plain, &item, 0, "", &r), ERR_USAGE);
    item.stock_key = SLICE("item:7");
    assert_int_equal(build(&wm_plain, &item, 1, "", &r), ERR_USAGE);
    struct account a =
        fixture_account(walmart, "{\"secrets\":{\"client_id\":\"i\",\"client_secret\":\"cs\"}}");
    item = wm_item("A", "", 1);
    assert_int_equal(build(&a, &item, 1, "", &r), ERR_AUTH);
    /* Two rows for one place have no order. */
    struct push_item twice[] = {wm_item("A", "1", 1), wm_item("A", "2", 2)};
    assert_int_equal(build(&wm_plain, twice, 2, "", &r), ERR_USAGE);
    assert_int_equal(build(&wm_nodes, twice, 2, "", &r), ERR_OK);
    twice[1].location = SLICE("1");
    assert_int_equal(build(&wm_nodes, twice, 2, "", &r), ERR_USAGE);
}

static struct channel_signal signal_now;
static struct push_result results[130];

/* One letter a row: Confirmed, Refused, Stale, Again, sPlit, Later, Unknown, accepteD. */
static struct slice outcomes(const struct account *account,
                             const struct push_item *items,
                             size_t count,
                             struct slice cursor,
                             struct http_response response)
{
    static const char letters[] = {[PUSH_CONFIRMED] = 'C',
                                   [PUSH_ACCEPTED] = 'D',
                                   [PUSH_REFUSED] = 'R',
                                   [PUSH_STALE] = 'S',
                                   [PUSH_AGAIN] = 'A',
                                   [PUSH_SPLIT] = 'P',
                                   [PUSH_LATER] = 'L',
                                   [PUSH_UNKNOWN] = 'U'};
    static char text[COUNT_OF(results)];
    struct step step = wm_step(cursor);
    memset(results, 0xee, sizeof results);
    walmart->read_push(
        account, items, count, &step, &response, fixture.doc, &fixture.arena, results, &signal_now);
    for (size_t i = 0; i < count; i++) {
        assert_true(results[i].outcome <= PUSH_UNKNOWN);
        text[i] = letters[results[i].outcome];
        assert_true(text[i] == 'C' || results[i].reason.n > 0);
    }
    return (struct slice){text, count};
}

#define ERRORS(code, category)                                                                     \
    "{\"errors\":[{\"code\":\"" code "\",\"field\":\"sku\",\"description\":\"why\","               \
    "\"severity\":\"ERROR\",\"category\":\"" category "\"}]}"

static void test_each_answer_says_what_became_of_the_row(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body, *says, *reason;
        bool down, throttled, unauthorised;
    } cases[] = {
        {200, "{\"sku\":\"A\",\"quantity\":{\"unit\":\"EACH\",\"amount\":7}}", "C", "", 0, 0, 0},
        {200, "{\"sku\":\"A\",\"quantity\":{\"unit\":\"EACH\",\"amount\":7.0}}", "C", "", 0, 0, 0},
        /* Not what was asked for. */
        {200, "{\"sku\":\"A\",\"quantity\":{\"unit\":\"EACH\",\"amount\":8}}", "U", NULL, 0, 0, 0},
        {200, "{\"sku\":\"a\",\"quantity\":{\"unit\":\"EACH\",\"amount\":7}}", "U", NULL, 0, 0, 0},
        {200, "{}", "U", NULL, 0, 0, 0},
        {200, "<inventory/>", "U", NULL, true, 0, 0},
        /* 200 with an error, and with a hint. */
        {200, ERRORS("INVALID_SKU", "DATA"), "R", "200 INVALID_SKU: why", 0, 0, 0},
        {200, ERRORS("SYSTEM_ERROR", "SYSTEM"), "U", NULL, true, 0, 0},
        {200,
         "{\"sku\":\"A\",\"quantity\":{\"amount\":7},\"errors\":[{\"code\":\"NOTE\","
         "\"severity\":\"INFO\"}]}",
         "C",
         "",
         0,
         0,
         0},
        {400,
         ERRORS("INVALID_REQUEST_PARAM.GMP_INVENTORY_API", "DATA"),
         "R",
         "400 INVALID_REQUEST_PARAM.GMP_INVENTORY_API: why",
         0,
         0,
         0},
        {404,
         "{\"error\":[{\"code\":\"CONTENT_NOT_FOUND\",\"info\":\"no such item\"}]}",
         "R",
         "404 CONTENT_NOT_FOUND: no such item",
         0,
         0,
         0},
        {400, ERRORS("INVALID_REQUEST_HEADER.GMP_GATEWAY_API", "DATA"), "L", NULL, true, 0, 0},
        {400, "<html>", "L", NULL, true, 0, 0},
        {404, "<html>", "L", NULL, true, 0, 0},
        {413, ERRORS("TOO_LARGE", "DATA"), "L", NULL, true, 0, 0},
        {423, ERRORS("LOCKED", "DATA"), "L", NULL, true, 0, 0},
        {401, ERRORS("UNAUTHORIZED.GMP_GATEWAY_API", "DATA"), "L", NULL, 0, 0, true},
        {403, ERRORS("FORBIDDEN.GMP_GATEWAY_API", "DATA"), "L", NULL, 0, 0, true},
        {403, "<html>", "L", NULL, true, 0, 0},
        {429, ERRORS("REQUEST_THRESHOLD_VIOLATED.GMP_GATEWAY_API", "DATA"), "L", NULL, 0, true, 0},
        {500, ERRORS("SYSTEM_ERROR", "SYSTEM"), "U", NULL, true, 0, 0},
        {503, ERRORS("SYSTEM_ERROR", "SYSTEM"), "U", NULL, true, 0, 0},
        {504, "", "U", NULL, true, 0, 0},
    };
    struct push_item item = wm_item("A", "", 7);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice says = outcomes(&wm_plain,
                                     &item,
                                     1,
                                     (struct slice){0},
                                     fixture_answer(cases[i].status, slice_of(cases[i].body)));
        if (!slice_is(says, cases[i].says)) {
            fail_msg("case %zu: %.*s", i, SLICE_ARG(says));
        }
        if (cases[i].reason) {
            assert_slice(results[0].reason, cases[i].reason);
        }
        assert_int_equal(signal_now.down, cases[i].down);
        assert_int_equal(signal_now.throttled, cases[i].throttled);
        assert_int_equal(signal_now.unauthorised, cases[i].unauthorised);
        assert_int_equal(signal_now.day_left, -1);
        assert_int_equal(signal_now.points_left, -1);
    }
}

static void test_a_node_is_judged_by_its_own_row(void **state)
{
    (void)state;
    static const struct {
        const char *body, *says;
    } cases[] = {
        {"{\"sku\":\"A\",\"nodes\":[{\"shipNode\":\"9\",\"status\":\"Failure\"},"
         "{\"shipNode\":\"1000005050\",\"status\":\"Success\"}]}",
         "C"},
        {"{\"sku\":\"A\",\"nodes\":[{\"shipNode\":\"1000005050\",\"status\":\"SUCCESS\","
         "\"errors\":[]}]}",
         "C"},
        {"{\"sku\":\"A\",\"nodes\":[{\"shipNode\":\"1000005050\",\"status\":\"Failure\",\"errors\":"
         "[{\"code\":\"INVALID_SHIP_NODE\",\"severity\":\"ERROR\",\"category\":\"DATA\"}]}]}",
         "R"},
        {"{\"sku\":\"A\",\"nodes\":[{\"shipNode\":\"1000005050\",\"status\":\"Success\",\"errors\":"
         "[{\"code\":\"X\",\"severity\":\"ERROR\",\"category\":\"DATA\"}]}]}",
         "R"},
        {"{\"sku\":\"A\",\"nodes\":[{\"shipNode\":\"1000005050\",\"status\":\"Failure\",\"errors\":"
         "[{\"code\":\"X\",\"severity\":\"ERROR\",\"category\":\"SYSTEM\"}]}]}",
         "U"},
        {"{\"sku\":\"A\",\"nodes\":[{\"shipNode\":\"1000005050\",\"status\":\"Failure\"}]}", "U"},
        {"{\"sku\":\"A\",\"nodes\":[{\"shipNode\":\"9\",\"status\":\"Success\"}]}", "U"},
        {"{\"sku\":\"B\",\"nodes\":[{\"shipNode\":\"1000005050\",\"status\":\"Success\"}]}", "U"},
        {"{\"sku\":\"A\",\"nodes\":{}}", "U"},
    };
    struct push_item item = wm_item("A", "1000005050", 7);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_slice(outcomes(&wm_nodes,
                              &item,
                              1,
                              (struct slice){0},
                              fixture_answer(200, slice_of(cases[i].body))),
                     cases[i].says);
    }
}

static void test_a_throttled_call_waits_as_long_as_it_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        int64_t after_us;
    } cases[] = {
        {"Retry-After", "7", 7 * US_PER_S},
        /* Epoch ms; the answer's Date is 05:45:31, 1795412731. */
        {"x-next-replenish-time", "1795412733500", 2500 * US_PER_MS},
        {"X-Next-Replenishment-Time", "1795412732000", US_PER_S},
        {"x-next-replenish-time", "1795412730000", 0},
        {"x-next-replenish-time", "9223372036854775807", 0},
        {"x-next-replenish-time", "soon", 0},
        {"x-current-token-count", "0", 0},
    };
    struct push_item item = wm_item("A", "", 7);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_header headers[] = {
            {SLICE("Date"), SLICE("Mon, 23 Nov 2026 05:45:31 GMT")},
            {slice_of(cases[i].name), slice_of(cases[i].value)},
        };
        struct http_response response = {
            .status = 429, .headers = headers, .headers_count = 2, .body = SLICE("{}")};
        assert_slice(outcomes(&wm_plain, &item, 1, (struct slice){0}, response), "L");
        assert_int_equal(signal_now.retry_after_us, cases[i].after_us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_that_are_off_say_what_to_do),
        cmocka_unit_test(test_ship_nodes_and_gross_are_choices_of_the_account),
        cmocka_unit_test(test_a_listing_is_its_sku_letter_for_letter),
        cmocka_unit_test(test_one_count_is_put_byte_for_byte),
        cmocka_unit_test(test_the_sandbox_is_asked_for_by_a_header),
        cmocka_unit_test(test_what_must_never_be_written_is_not_built),
        cmocka_unit_test(test_each_answer_says_what_became_of_the_row),
        cmocka_unit_test(test_a_node_is_judged_by_its_own_row),
        cmocka_unit_test(test_a_throttled_call_waits_as_long_as_it_is_told),
    };
    return cmocka_run_group_tests(tests, wm_open, fixture_close);
}
