/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and reading counts: the exact requests, and what every kind of answer means for each row. */
#include "support/tiktok_shop.h"

static struct account account, mapped, bare;

static int open_accounts(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(tiktok, PLAIN);
    mapped = fixture_account(tiktok, MAPPED);
    bare = fixture_account(tiktok, "{\"settings\":{\"shop_cipher\":\"C\"}," SECRETS "}");
    return 0;
}

static struct push_item
item(const char *product, const char *sku, const char *location, int64_t value)
{
    return (struct push_item){.remote =
                                  tt_remote_text(&fixture.arena, slice_of(product), slice_of(sku)),
                              .stock_key = tt_key(&fixture.arena, slice_of(sku)),
                              .location = slice_of(location),
                              .value = value};
}

static enum err build(const struct account *a,
                      const struct push_item *items,
                      size_t count,
                      struct http_request *out)
{
    struct step step = step_at("");
    return tiktok->build_push(a, items, count, &step, &fixture.arena, out);
}

static bool has(struct slice text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static void test_skus_of_one_product_are_one_absolute_write(void **state)
{
    (void)state;
    struct push_item items[] = {item("1000", "1001", "", 7), item("1000", "1002", "", 0)};
    struct http_request r;
    assert_int_equal(build(&account, items, 2, &r), ERR_OK);
    assert_slice(r.method, "POST");
    assert_true(has(r.url, "/product/202309/products/1000/inventory/update?app_key=abcdef&"));
    assert_slice(r.body,
                 "{\"skus\":[{\"id\":\"1001\",\"inventory\":[{\"warehouse_id\":\"70685\","
                 "\"quantity\":7}]},{\"id\":\"1002\",\"inventory\":[{\"warehouse_id\":\"70685\","
                 "\"quantity\":0}]}]}");
    /* The body is what is signed. */
    const struct tt_param params[] = {{"app_key", SLICE("abcdef")},
                                      {"shop_cipher", SLICE("CIPHER_1")},
                                      {"timestamp", SLICE("1700000000")}};
    struct slice sign = tt_sign(SLICE("123"),
                                SLICE("/product/202309/products/1000/inventory/update"),
                                params,
                                3,
                                r.body,
                                &fixture.arena);
    assert_true(slice_ends(r.url, sign.p));
    /* Without a known warehouse TikTok takes its default one. */
    assert_int_equal(build(&bare, items, 1, &r), ERR_OK);
    assert_slice(r.body, "{\"skus\":[{\"id\":\"1001\",\"inventory\":[{\"quantity\":7}]}]}");
    /* More than the API takes is shown as the most it takes. */
    items[0].value = 99999;
    assert_int_equal(build(&bare, items, 1, &r), ERR_OK);
    assert_slice(r.body, "{\"skus\":[{\"id\":\"1001\",\"inventory\":[{\"quantity\":99998}]}]}");
}

static void test_a_sku_of_several_warehouses_is_named_once(void **state)
{
    (void)state;
    const struct push_item items[] = {item("1000", "1001", "70685", 7),
                                      item("1000", "1002", "70685", 3),
                                      item("1000", "1001", "70686", 2)};
    struct http_request r;
    assert_int_equal(build(&mapped, items, 3, &r), ERR_OK);
    assert_slice(r.body,
                 "{\"skus\":[{\"id\":\"1001\",\"inventory\":[{\"warehouse_id\":\"70685\","
                 "\"quantity\":7},{\"warehouse_id\":\"70686\",\"quantity\":2}]},{\"id\":\"1002\","
                 "\"inventory\":[{\"warehouse_id\":\"70685\",\"quantity\":3}]}]}");
}

static void test_what_must_never_be_written_is_not_built(void **state)
{
    (void)state;
    const struct push_item good = item("1000", "1001", "70685", 1);
    const struct push_item wrong[] = {
        item("1000", "1002", "70685", -1),
        item("1000", "1002", "70685", QTY_MAX + 1),
        item("1000", "x", "70685", 1),
        item("1000", "", "70685", 1),
        item("1001", "1002", "70685", 1), /* another product */
        item("1000", "1002", "", 1),      /* nowhere */
        item("1000", "1002", "7\",\"x\":\"", 1),
    };
    struct http_request r;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        const struct push_item both[] = {good, wrong[i]};
        assert_int_equal(build(&mapped, both, 2, &r), ERR_USAGE);
    }
    struct push_item many[TT_PUSH_MAX + 1];
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = good;
    }
    assert_int_equal(build(&mapped, many, 0, &r), ERR_USAGE);
    assert_int_equal(build(&mapped, many, TT_PUSH_MAX + 1, &r), ERR_USAGE);
    assert_int_equal(tiktok->semantics.push_batch_max, TT_PUSH_MAX);
    assert_int_equal(tiktok->semantics.parallel_max, 1);
}

static struct channel_signal signal_now;
static struct push_result results[3];

/* One letter a row: Confirmed, Refused, Stale, Again, sPlit, Later, Unknown. */
static struct slice outcomes(const struct account *a,
                             const struct push_item *items,
                             size_t count,
                             struct http_response response)
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
    struct step step = step_at("");
    tiktok->read_push(
        a, items, count, &step, &response, fixture.doc, &fixture.arena, results, &signal_now);
    for (size_t i = 0; i < count; i++) {
        text[i] = letters[results[i].outcome];
        assert_int_equal(results[i].outcome == PUSH_CONFIRMED, results[i].reason.n == 0);
    }
    return (struct slice){text, count};
}

#define ERRORS(list) ENVELOPE("{\"errors\":[" list "]}")
#define ERROR(code, sku) "{\"code\":" code ",\"message\":\"m\",\"detail\":{\"sku_id\":\"" sku "\"}}"

static void test_each_answer_says_what_became_of_each_row(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body, *three, *one;
        bool down, unauthorised, throttled;
    } cases[] = {
        {200, ENVELOPE("{}"), "CCC", "C", 0, 0, 0},
        {200, ENVELOPE("null"), "CCC", "C", 0, 0, 0},
        {200, ENVELOPE("{\"errors\":[]}"), "CCC", "C", 0, 0, 0},
        {200, ENVELOPE("{\"errors\":null}"), "CCC", "C", 0, 0, 0},
        /* Success with a failure inside: the named row alone. (Of one row, another is named.) */
        {200, ERRORS(ERROR("12052097", "1002")), "CRC", "U", 0, 0, 0},
        {200, ERRORS(ERROR("12019022", "1003") "," ERROR("12052097", "1001")), "RCR", "R", 0, 0, 0},
        {200, ERRORS(ERROR("36009003", "1002")), "CUC", "U", 0, 0, 0},
        {200, ERRORS(ERROR("36009002", "1002")), "CLC", "U", 0, 0, 0},
        {200, ERRORS(ERROR("0", "1002")), "CUC", "U", 0, 0, 0},
        /* A failure of nobody, or of somebody else: what is not named is read. */
        {200, ERRORS("{\"code\":12052097,\"message\":\"m\"}"), "UUU", "U", 0, 0, 0},
        {200, ERRORS(ERROR("12052097", "9999")), "UUU", "U", 0, 0, 0},
        {200, ERRORS(ERROR("12052097", "1002") ",{\"code\":5}"), "URU", "U", 0, 0, 0},
        {200, ERRORS("7"), "UUU", "U", 0, 0, 0},
        {200, ENVELOPE("{\"errors\":{}}"), "UUU", "U", 0, 0, 0},
        {200, ENVELOPE("[]"), "UUU", "U", 0, 0, 0},
        /* The request as a whole: nobody is named. */
        {200, FAILURE("12052260", "no such product"), "PPP", "R", 0, 0, 0},
        {400, FAILURE("12052260", "no such product"), "PPP", "R", 0, 0, 0},
        {403, FAILURE("12052260", "not yours"), "PPP", "R", 0, 0, 0},
        /* Nothing that rows could mend. */
        {200, FAILURE("36009002", "slow down"), "LLL", "L", 0, 0, 1},
        {429, FAILURE("36009002", "slow down"), "LLL", "L", 0, 0, 1},
        {429, "<html>", "LLL", "L", 0, 0, 1},
        {200, FAILURE("105002", "expired"), "LLL", "L", 0, 1, 0},
        {401, FAILURE("105002", "expired"), "LLL", "L", 0, 1, 0},
        {200, FAILURE("105005", "scope"), "LLL", "L", 0, 1, 0},
        {200, FAILURE("105099", "some other"), "LLL", "L", 0, 1, 0},
        {200, FAILURE("106001", "signature"), "LLL", "L", 0, 1, 0},
        {200, FAILURE("106013", "cipher"), "LLL", "L", 1, 0, 0},
        {200, FAILURE("36009009", "path"), "LLL", "L", 1, 0, 0},
        {200, FAILURE("36009077", "some other"), "LLL", "L", 1, 0, 0},
        {401, FAILURE("777", "x"), "LLL", "L", 0, 1, 0},
        {403, "<html>firewall</html>", "LLL", "L", 1, 0, 0},
        {404, "<html>", "LLL", "L", 1, 0, 0},
        {302, "", "LLL", "L", 1, 0, 0},
        /* It may have had its effect. */
        {200, FAILURE("36009003", "internal error"), "UUU", "U", 1, 0, 0},
        {200, FAILURE("36009007", "time-out"), "UUU", "U", 1, 0, 0},
        {500, FAILURE("12052260", "broke"), "UUU", "U", 1, 0, 0},
        {502, ENVELOPE("{}"), "UUU", "U", 1, 0, 0},
        {503, "<html>", "UUU", "U", 1, 0, 0},
        {504, "", "UUU", "U", 1, 0, 0},
        {200, "<html>", "UUU", "U", 1, 0, 0},
        {200, "{\"code\":", "UUU", "U", 1, 0, 0},
        {200, "{}", "UUU", "U", 1, 0, 0},
        {408, "", "UUU", "U", 1, 0, 0},
    };
    const struct push_item items[] = {
        item("1000", "1001", "", 1), item("1000", "1002", "", 2), item("1000", "1003", "", 3)};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_response r = fixture_answer(cases[i].status, slice_of(cases[i].body));
        struct slice got = outcomes(&account, items, 3, r);
        if (!slice_is(got, cases[i].three)) {
            fail_msg("%d %s: got %.*s", cases[i].status, cases[i].body, SLICE_ARG(got));
        }
        if (!(signal_now.down == cases[i].down &&
              signal_now.unauthorised == cases[i].unauthorised &&
              signal_now.throttled == cases[i].throttled)) {
            fail_msg("%d %s: another signal", cases[i].status, cases[i].body);
        }
        got = outcomes(&account, items, 1, r);
        if (!slice_is(got, cases[i].one)) {
            fail_msg("%d %s: alone %.*s", cases[i].status, cases[i].body, SLICE_ARG(got));
        }
    }
}

static void test_a_warehouse_at_fault_leaves_the_skus_other_warehouses_to_be_read(void **state)
{
    (void)state;
    const struct push_item items[] = {item("1000", "1001", "70685", 1),
                                      item("1000", "1001", "70686", 2),
                                      item("1000", "1002", "70685", 3)};
    struct http_response r = fixture_answer(
        200,
        SLICE(ERRORS("{\"code\":12052000,\"message\":\"partly\",\"detail\":{\"sku_id\":\"1001\","
                     "\"extra_errors\":[{\"warehouse_id\":\"70686\",\"code\":12052097,"
                     "\"message\":\"no such warehouse\"}]}}")));
    assert_slice(outcomes(&mapped, items, 3, r), "URC");
    assert_slice(results[1].reason, "12052097 no such warehouse");
    /* With one warehouse it is the row's, and the closer reason is shown. */
    const struct push_item alone = item("1000", "1001", "", 1);
    r = fixture_answer(
        200,
        SLICE(ERRORS("{\"code\":12052000,\"message\":\"partly\",\"detail\":{\"sku_id\":\"1001\","
                     "\"extra_errors\":[{\"warehouse_id\":\"70685\",\"code\":12019022,"
                     "\"message\":\"not kept there\"}]}}")));
    assert_slice(outcomes(&account, &alone, 1, r), "R");
    assert_slice(results[0].reason, "12019022 not kept there");
}

static void test_being_throttled_says_for_how_long_whatever_the_status(void **state)
{
    (void)state;
    static const struct http_header wait = {{"Retry-After", 11}, {"7", 1}};
    static const int statuses[] = {200, 429};
    const struct push_item one = item("1000", "1001", "", 1);
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        struct http_response r = {.status = statuses[i],
                                  .headers = &wait,
                                  .headers_count = 1,
                                  .body = SLICE(FAILURE("36009002", "slow down"))};
        assert_slice(outcomes(&account, &one, 1, r), "L");
        assert_true(signal_now.throttled);
        assert_int_equal(signal_now.retry_after_us, 7 * US_PER_S);
    }
}

static void test_a_missing_right_says_what_to_do(void **state)
{
    (void)state;
    const struct push_item one = item("1000", "1001", "", 1);
    outcomes(&account, &one, 1, fixture_answer(200, SLICE(FAILURE("105005", "scope"))));
    assert_slice(signal_now.reason,
                 "105005 the seller has not granted this right: allow the app again (scope)");
}

/* ---- readings ---- */

static void test_a_reading_asks_for_each_sku_once(void **state)
{
    (void)state;
    const struct push_item items[] = {item("1000", "1001", "70685", 0),
                                      item("1000", "1001", "70686", 0),
                                      item("2000", "2001", "70685", 0)};
    struct http_request r;
    struct step step = step_at("");
    assert_int_equal(tiktok->build_read(&mapped, items, 3, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.method, "POST");
    assert_true(has(r.url, "/product/202309/inventory/search?app_key="));
    assert_slice(r.body, "{\"sku_ids\":[\"1001\",\"2001\"]}");
    const struct push_item wrong = item("1000", "x", "70685", 0);
    assert_int_equal(tiktok->build_read(&mapped, &wrong, 1, &step, &fixture.arena, &r), ERR_USAGE);
    assert_int_equal(tiktok->build_read(&mapped, items, 0, &step, &fixture.arena, &r), ERR_USAGE);
}

/* "7", "missing" or "failed" a row. */
static struct slice
counts(const struct account *a, const struct push_item *items, size_t count, const char *body)
{
    struct read_result out[4];
    struct step step = step_at("");
    struct http_response r = fixture_answer(200, slice_of(body));
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 1024);
    assert_true(count <= COUNT_OF(out));
    tiktok->read_counts(a, items, count, &step, &r, fixture.doc, &fixture.arena, out, &signal_now);
    for (size_t i = 0; i < count; i++) {
        buf_text(&text, i ? " " : "");
        if (out[i].outcome == READ_COUNT) {
            buf_int(&text, out[i].count);
        } else {
            buf_text(&text, out[i].outcome == READ_MISSING ? "missing" : "failed");
            assert_true(out[i].reason.n > 0);
        }
    }
    return arena_copy(&fixture.arena, buf_view(&text));
}

#define INVENTORY                                                                                  \
    ENVELOPE("{\"inventory\":[{\"product_id\":\"1000\",\"skus\":[{\"id\":\"1001\","                \
             "\"total_available_quantity\":9,\"total_committed_quantity\":2,"                      \
             "\"warehouse_inventory\":[{\"warehouse_id\":\"70685\",\"available_quantity\":7,"      \
             "\"committed_quantity\":2},{\"warehouse_id\":\"70686\",\"available_quantity\":2}]},"  \
             "{\"id\":\"1002\",\"total_available_quantity\":\"0\","                                \
             "\"warehouse_inventory\":[{\"warehouse_id\":\"70686\",\"available_quantity\":0}]},"   \
             "{\"id\":\"1003\",\"total_available_quantity\":4}]}]}")

static void test_a_count_is_the_warehouses_or_the_total(void **state)
{
    (void)state;
    const struct push_item items[] = {item("1000", "1001", "70685", 0),
                                      item("1000", "1001", "70686", 0),
                                      item("1000", "1002", "70685", 0),
                                      item("1000", "1009", "70685", 0)};
    assert_slice(counts(&mapped, items, 4, INVENTORY), "7 2 missing missing");
    const struct push_item plain[] = {item("1000", "1001", "", 0),
                                      item("1000", "1002", "", 0),
                                      item("1000", "1003", "", 0),
                                      item("1000", "1009", "", 0)};
    assert_slice(counts(&account, plain, 4, INVENTORY), "7 missing 4 missing");
    assert_slice(counts(&bare, plain, 4, INVENTORY), "9 0 4 missing");
}

static void test_what_is_no_count_is_never_taken_for_one(void **state)
{
    (void)state;
    static const struct {
        const char *body, *said;
    } cases[] = {
        {ENVELOPE("{\"inventory\":[]}"), "missing"},
        {ENVELOPE("{}"), "failed"},
        {ENVELOPE("{\"inventory\":{}}"), "failed"},
        {ENVELOPE("{\"inventory\":[{\"skus\":[{\"id\":\"1001\"}]}]}"), "failed"},
        {ENVELOPE(
             "{\"inventory\":[{\"skus\":[{\"id\":\"1001\",\"total_available_quantity\":1.5}]}]}"),
         "failed"},
        {ENVELOPE("{\"inventory\":[{\"skus\":[{\"id\":\"1001\",\"total_available_quantity\":"
                  "99999999999}]}]}"),
         "failed"},
        {FAILURE("36009003", "internal"), "failed"},
        {FAILURE("12052260", "unknown"), "failed"},
        {"<html>", "failed"},
    };
    const struct push_item one = item("1000", "1001", "", 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice got = counts(&bare, &one, 1, cases[i].body);
        if (!slice_is(got, cases[i].said)) {
            fail_msg("%s: got %.*s", cases[i].body, SLICE_ARG(got));
        }
    }
}

static void test_items_beyond_one_request_are_failed_not_missing(void **state)
{
    (void)state;
    static struct push_item items[TT_READ_MAX + 1];
    static struct read_result out[TT_READ_MAX + 1];
    struct step step = step_at("");
    struct http_response r = fixture_answer(200, SLICE(ENVELOPE("{\"inventory\":[]}")));
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        items[i] = item("1000", "1001", "", 0);
    }
    tiktok->read_counts(
        &bare, items, COUNT_OF(items), &step, &r, fixture.doc, &fixture.arena, out, &signal_now);
    assert_int_equal(out[TT_READ_MAX - 1].outcome, READ_MISSING);
    assert_int_equal(out[TT_READ_MAX].outcome, READ_FAILED);
    assert_int_equal(tiktok->semantics.read_batch_max, TT_READ_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_skus_of_one_product_are_one_absolute_write),
        cmocka_unit_test(test_a_sku_of_several_warehouses_is_named_once),
        cmocka_unit_test(test_what_must_never_be_written_is_not_built),
        cmocka_unit_test(test_each_answer_says_what_became_of_each_row),
        cmocka_unit_test(test_a_warehouse_at_fault_leaves_the_skus_other_warehouses_to_be_read),
        cmocka_unit_test(test_being_throttled_says_for_how_long_whatever_the_status),
        cmocka_unit_test(test_a_missing_right_says_what_to_do),
        cmocka_unit_test(test_a_reading_asks_for_each_sku_once),
        cmocka_unit_test(test_a_count_is_the_warehouses_or_the_total),
        cmocka_unit_test(test_what_is_no_count_is_never_taken_for_one),
        cmocka_unit_test(test_items_beyond_one_request_are_failed_not_missing),
    };
    return cmocka_run_group_tests(tests, open_accounts, fixture_close);
}
