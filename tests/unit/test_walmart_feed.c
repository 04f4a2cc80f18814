/* SPDX-License-Identifier: Apache-2.0 */
/* Many counts at once: a file, followed from its upload to the verdict of every row. */
#include "support/walmart_account.h"

static const struct connector *const walmart = &connector_walmart;

static struct channel_signal signal_now;
static struct push_result results[WM_BULK_MAX];

/* One letter a row; "..." when the exchange goes on. */
static struct slice answered(const struct account *account,
                             const struct push_item *items,
                             size_t count,
                             struct slice cursor,
                             int status,
                             const char *body)
{
    static const char letters[] = {[PUSH_CONFIRMED] = 'C',
                                   [PUSH_ACCEPTED] = 'D',
                                   [PUSH_REFUSED] = 'R',
                                   [PUSH_STALE] = 'S',
                                   [PUSH_AGAIN] = 'A',
                                   [PUSH_SPLIT] = 'P',
                                   [PUSH_LATER] = 'L',
                                   [PUSH_UNKNOWN] = 'U'};
    static char text[COUNT_OF(results) + 1];
    struct step step = wm_step(cursor);
    struct http_response response = fixture_answer(status, slice_of(body));
    memset(results, 0xee, sizeof results);
    walmart->read_push(
        account, items, count, &step, &response, fixture.doc, &fixture.arena, results, &signal_now);
    if (signal_now.next.is_wanted) {
        assert_true(signal_now.next.cursor.n > 0 && signal_now.next.cursor.n <= 65536);
        assert_false(signal_now.down || signal_now.throttled || signal_now.unauthorised);
        return SLICE("...");
    }
    for (size_t i = 0; i < count; i++) {
        assert_true(results[i].outcome <= PUSH_UNKNOWN);
        text[i] = letters[results[i].outcome];
        assert_true(text[i] == 'C' || results[i].reason.n > 0);
    }
    return (struct slice){text, count};
}

static struct slice url_of(const struct account *account,
                           const struct push_item *items,
                           size_t count,
                           struct slice cursor)
{
    struct http_request r;
    struct step step = wm_step(cursor);
    assert_int_equal(walmart->build_push(account, items, count, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.method, "GET");
    assert_int_equal(r.body.n, 0);
    return r.url;
}

#define MARK "b3261d2d028a4ef78602663c23200af6"
#define HEAD                                                                                       \
    "--" MARK "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"inventory.json\"\r\n" \
    "Content-Type: application/json\r\n\r\n"
#define TAIL "\r\n--" MARK "--\r\n"
#define FEEDS "https://marketplace.walmartapis.com/v3/feeds"

static const struct push_item *three(void)
{
    static struct push_item items[3];
    items[0] = wm_item("C", "1", 3);
    items[1] = wm_item("A", "1", 1);
    items[2] = wm_item("B\"", "1", 0);
    return items;
}

static void test_a_file_is_a_form_with_the_spelling_of_its_kind(void **state)
{
    (void)state;
    struct http_request r;
    struct step step = wm_step((struct slice){0});
    assert_int_equal(walmart->build_push(&wm_plain, three(), 3, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.method, "POST");
    assert_slice(r.url, FEEDS "?feedType=inventory");
    assert_slice(fixture_header(&r, "Content-Type"), "multipart/form-data; boundary=" MARK);
    assert_slice(r.body,
                 HEAD "{\"InventoryHeader\":{\"version\":\"1.4\"},\"Inventory\":["
                      "{\"sku\":\"A\",\"quantity\":{\"unit\":\"EACH\",\"amount\":1}},"
                      "{\"sku\":\"B\\\"\",\"quantity\":{\"unit\":\"EACH\",\"amount\":0}},"
                      "{\"sku\":\"C\",\"quantity\":{\"unit\":\"EACH\",\"amount\":3}}]}" TAIL);

    struct push_item nodes[] = {wm_item("B", "2", 5), wm_item("A", "2", 4), wm_item("A", "1", 3)};
    assert_int_equal(walmart->build_push(&wm_nodes, nodes, 3, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.url, FEEDS "?feedType=MP_INVENTORY");
    assert_slice(r.body,
                 HEAD
                 "{\"inventoryHeader\":{\"version\":\"1.5\"},\"inventory\":["
                 "{\"sku\":\"A\",\"shipNodes\":["
                 "{\"shipNode\":\"1\",\"quantity\":{\"unit\":\"EACH\",\"amount\":3}},"
                 "{\"shipNode\":\"2\",\"quantity\":{\"unit\":\"EACH\",\"amount\":4}}]},"
                 "{\"sku\":\"B\",\"shipNodes\":["
                 "{\"shipNode\":\"2\",\"quantity\":{\"unit\":\"EACH\",\"amount\":5}}]}]}" TAIL);
}

static struct slice upload(const struct account *account, const struct push_item *items, size_t n)
{
    assert_slice(answered(account, items, n, (struct slice){0}, 200, "{\"feedId\":\"F1@AUoB\"}"),
                 "...");
    assert_int_equal(signal_now.next.after_us, 5 * US_PER_S);
    return signal_now.next.cursor;
}

#define ROW(sku, status)                                                                           \
    "{\"martId\":0,\"sku\":\"" sku "\",\"index\":0,\"ingestionStatus\":\"" status "\"}"
#define ROW_ERROR(sku, status, code)                                                               \
    "{\"sku\":\"" sku "\",\"ingestionStatus\":\"" status "\",\"ingestionErrors\":{"                \
    "\"ingestionError\":[{\"type\":\"" status "\",\"code\":\"" code                                \
    "\",\"description\":\"why\"}]}}"
#define FEED(status, received, succeeded, failed, rows)                                            \
    "{\"feedId\":\"F1@AUoB\",\"feedStatus\":\"" status "\",\"itemsReceived\":" received            \
    ",\"itemsSucceeded\":" succeeded ",\"itemsFailed\":" failed                                    \
    ",\"itemsProcessing\":0,\"offset\":0,\"limit\":50,\"itemDetails\":{"                           \
    "\"itemIngestionStatus\":[" rows "]}}"

static void test_a_file_is_followed_until_every_row_has_its_end(void **state)
{
    (void)state;
    struct slice cursor = upload(&wm_plain, three(), 3);
    assert_slice(url_of(&wm_plain, three(), 3, cursor),
                 FEEDS "/F1%40AUoB?includeDetails=true&offset=0&limit=50");
    assert_slice(answered(&wm_plain, three(), 3, cursor, 200, FEED("RECEIVED", "0", "0", "0", "")),
                 "...");
    assert_int_equal(signal_now.next.after_us, 10 * US_PER_S);
    cursor = signal_now.next.cursor;
    assert_slice(
        answered(&wm_plain, three(), 3, cursor, 200, FEED("INPROGRESS", "3", "1", "0", "")), "...");
    assert_int_equal(signal_now.next.after_us, 15 * US_PER_S);
    /* Two pages of rows. */
    assert_slice(answered(&wm_plain,
                          three(),
                          3,
                          signal_now.next.cursor,
                          200,
                          FEED("PROCESSED",
                               "3",
                               "1",
                               "2",
                               ROW("A", "SUCCESS") "," ROW_ERROR("B\\\"", "DATA_ERROR", "BAD"))),
                 "...");
    assert_int_equal(signal_now.next.after_us, 0);
    cursor = signal_now.next.cursor;
    assert_slice(url_of(&wm_plain, three(), 3, cursor),
                 FEEDS "/F1%40AUoB?includeDetails=true&offset=2&limit=50");
    assert_slice(
        answered(&wm_plain,
                 three(),
                 3,
                 cursor,
                 200,
                 FEED("PROCESSED", "3", "1", "2", ROW_ERROR("C", "TIMEOUT_ERROR", "SLOW"))),
        "LCR");
    assert_slice(results[2].reason, "BAD: why");
}

static void test_a_file_in_which_all_went_well_needs_no_rows(void **state)
{
    (void)state;
    struct slice cursor = upload(&wm_plain, three(), 3);
    assert_slice(answered(&wm_plain, three(), 3, cursor, 200, FEED("PROCESSED", "3", "3", "0", "")),
                 "CCC");
    /* It counts SKUs, not nodes. */
    struct push_item nodes[] = {wm_item("A", "1", 1), wm_item("A", "2", 2)};
    cursor = upload(&wm_nodes, nodes, 2);
    assert_slice(answered(&wm_nodes, nodes, 2, cursor, 200, FEED("PROCESSED", "1", "1", "0", "")),
                 "CC");
    /* Fewer than were sent: the rest is unknown. */
    cursor = upload(&wm_plain, three(), 3);
    assert_slice(
        answered(&wm_plain,
                 three(),
                 3,
                 cursor,
                 200,
                 FEED("PROCESSED", "2", "2", "0", ROW("A", "SUCCESS") "," ROW("C", "SUCCESS"))),
        "CCU");
}

static void test_each_row_ends_as_its_status_says(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *says;
    } cases[] = {
        {ROW("A", "SUCCESS") "," ROW("C", "SUCCESS") "," ROW_ERROR("B\\\"", "SYSTEM_ERROR", "X"),
         "CCL"},
        {ROW("A", "INPROGRESS") "," ROW("C", "DATA_ERROR") "," ROW("B\\\"", "?"), "RUU"},
        {ROW("A", "SUCCESS") "," ROW("A", "DATA_ERROR") "," ROW("A", "SUCCESS"), "UUU"},
        {ROW("A", "SUCCESS") "," ROW("A", "SUCCESS") "," ROW("Z", "SUCCESS"), "UCU"},
        {"7,null,{}", "UUU"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice cursor = upload(&wm_plain, three(), 3);
        struct slice body = arena_printf(&fixture.arena,
                                         "{\"feedStatus\":\"PROCESSED\",\"itemsReceived\":3,"
                                         "\"itemDetails\":{\"itemIngestionStatus\":[%s]}}",
                                         cases[i].rows);
        assert_slice(answered(&wm_plain, three(), 3, cursor, 200, body.p), cases[i].says);
    }
}

static void test_a_file_that_fails_as_a_whole_is_split_or_comes_later(void **state)
{
    (void)state;
    static const struct {
        const char *body, *says;
    } cases[] = {
        {FEED("ERROR", "0", "0", "0", ""), "PPP"},
        {"{\"feedStatus\":\"ERROR\",\"ingestionErrors\":{\"ingestionError\":[{\"type\":"
         "\"DATA_ERROR\",\"code\":\"ERR_SCHEMA\",\"description\":\"no\"}]}}",
         "PPP"},
        {"{\"feedStatus\":\"ERROR\",\"ingestionErrors\":{\"ingestionError\":[{\"type\":"
         "\"SYSTEM_ERROR\",\"code\":\"ERR\",\"description\":\"down\"}]}}",
         "LLL"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice cursor = upload(&wm_plain, three(), 3);
        assert_slice(answered(&wm_plain, three(), 3, cursor, 200, cases[i].body), cases[i].says);
    }
}

static void test_an_upload_is_refused_lost_or_put_off_as_a_whole(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body, *says;
    } cases[] = {
        {400, "{\"errors\":[{\"code\":\"INVALID_REQUEST\",\"description\":\"x\"}]}", "PPP"},
        {413, "{\"errors\":[{\"code\":\"TOO_LARGE\",\"description\":\"x\"}]}", "PPP"},
        {200, "{\"errors\":[{\"code\":\"INVALID_REQUEST\",\"severity\":\"ERROR\"}]}", "PPP"},
        {429, "{\"errors\":[{\"code\":\"REQUEST_THRESHOLD_VIOLATED\"}]}", "LLL"},
        {401, "{}", "LLL"},
        {400, "<html>", "LLL"},
        {200, "{}", "UUU"},
        {200, "{\"feedId\":\"a b\"}", "UUU"},
        {200, "<html>", "UUU"},
        {500, "{}", "UUU"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_slice(
            answered(&wm_plain, three(), 3, (struct slice){0}, cases[i].status, cases[i].body),
            cases[i].says);
    }
    /* The bucket of feeds is empty for minutes: that holds up no single write. */
    struct http_header headers[] = {{SLICE("x-next-replenish-time"), SLICE("1795600000000")}};
    struct http_response response = {
        .status = 429, .headers = headers, .headers_count = 1, .body = SLICE("{}")};
    struct step step = wm_step((struct slice){0});
    walmart->read_push(
        &wm_plain, three(), 3, &step, &response, fixture.doc, &fixture.arena, results, &signal_now);
    assert_true(signal_now.throttled);
    assert_int_equal(signal_now.retry_after_us, 0);
}

static void test_a_look_that_fails_proves_nothing_and_is_repeated(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
    } cases[] = {{500, ""},
                 {503, "<html>"},
                 {429, "{}"},
                 {404, "{\"errors\":[{\"code\":\"X\"}]}"},
                 {200, "{}"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice cursor = upload(&wm_plain, three(), 3);
        assert_slice(answered(&wm_plain, three(), 3, cursor, cases[i].status, cases[i].body),
                     "...");
        assert_true(signal_now.next.after_us >= 10 * US_PER_S);
        assert_slice(answered(&wm_plain,
                              three(),
                              3,
                              signal_now.next.cursor,
                              200,
                              FEED("PROCESSED", "3", "3", "0", "")),
                     "CCC");
    }
    struct slice cursor = upload(&wm_plain, three(), 3);
    assert_slice(answered(&wm_plain, three(), 3, cursor, 401, "{}"), "UUU");
    assert_true(signal_now.unauthorised);
    assert_slice(answered(&wm_plain, three(), 3, SLICE("7 x"), 200, "{}"), "UUU");
    assert_slice(answered(&wm_plain, three(), 2, cursor, 200, "{}"), "UU");
}

static void test_a_file_that_is_never_worked_off_is_given_up_within_the_hour(void **state)
{
    (void)state;
    struct slice cursor = upload(&wm_plain, three(), 3);
    int64_t waited_us = signal_now.next.after_us;
    int64_t before_us = 0;
    size_t looks = 0;
    while (slice_is(
        answered(&wm_plain, three(), 3, cursor, 200, FEED("INPROGRESS", "3", "0", "0", "")),
        "...")) {
        assert_true(signal_now.next.after_us >= before_us);
        assert_true(signal_now.next.after_us <= 60 * US_PER_S);
        before_us = signal_now.next.after_us;
        waited_us += signal_now.next.after_us;
        cursor = signal_now.next.cursor;
        assert_true(++looks < 100);
    }
    assert_int_equal(looks, 59);
    assert_true(waited_us > 45 * 60 * US_PER_S && waited_us < 60 * 60 * US_PER_S);
    assert_int_equal(results[0].outcome, PUSH_UNKNOWN);
}

/* Row n of the file, and a whole exchange of the largest one with a refusal in every page. */
static void test_five_thousand_rows_find_their_verdicts(void **state)
{
    (void)state;
    struct push_item *items = ARENA_ARRAY(&fixture.arena, WM_BULK_MAX, struct push_item);
    for (size_t i = 0; i < WM_BULK_MAX; i++) {
        char sku[16];
        (void)snprintf(sku, sizeof sku, "S%05zu", (i * 7) % WM_BULK_MAX);
        items[i] = wm_item(sku, "", (int64_t)i);
    }
    struct http_request r;
    struct step step = wm_step((struct slice){0});
    assert_int_equal(walmart->build_push(&wm_plain, items, WM_BULK_MAX, &step, &fixture.arena, &r),
                     ERR_OK);
    assert_true(r.body.n < 5000000);
    assert_int_equal(
        walmart->build_push(&wm_plain, items, WM_BULK_MAX + 1, &step, &fixture.arena, &r),
        ERR_USAGE);
    struct slice cursor = upload(&wm_plain, items, WM_BULK_MAX);
    struct slice says = {0};
    for (size_t page = 0; page < WM_BULK_MAX / 50; page++) {
        struct slice rows = {0};
        for (size_t k = 0; k < 50; k++) {
            rows = arena_printf(&fixture.arena,
                                "%.*s%s{\"sku\":\"S%05zu\",\"ingestionStatus\":\"%s\"}",
                                (int)rows.n,
                                rows.n ? rows.p : "",
                                k ? "," : "",
                                page * 50 + k,
                                k == 3 ? "DATA_ERROR" : "SUCCESS");
        }
        struct slice body =
            arena_printf(&fixture.arena,
                         "{\"feedStatus\":\"PROCESSED\",\"itemsReceived\":5000,\"itemDetails\":{"
                         "\"itemIngestionStatus\":[%.*s]}}",
                         SLICE_ARG(rows));
        says = answered(&wm_plain, items, WM_BULK_MAX, cursor, 200, body.p);
        cursor = signal_now.next.cursor;
    }
    assert_int_equal(says.n, WM_BULK_MAX);
    for (size_t i = 0; i < WM_BULK_MAX; i++) {
        assert_int_equal(says.p[i], (i * 7) % WM_BULK_MAX % 50 == 3 ? 'R' : 'C');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_is_a_form_with_the_spelling_of_its_kind),
        cmocka_unit_test(test_a_file_is_followed_until_every_row_has_its_end),
        cmocka_unit_test(test_a_file_in_which_all_went_well_needs_no_rows),
        cmocka_unit_test(test_each_row_ends_as_its_status_says),
        cmocka_unit_test(test_a_file_that_fails_as_a_whole_is_split_or_comes_later),
        cmocka_unit_test(test_an_upload_is_refused_lost_or_put_off_as_a_whole),
        cmocka_unit_test(test_a_look_that_fails_proves_nothing_and_is_repeated),
        cmocka_unit_test(test_a_file_that_is_never_worked_off_is_given_up_within_the_hour),
        cmocka_unit_test(test_five_thousand_rows_find_their_verdicts),
    };
    return cmocka_run_group_tests(tests, wm_open, fixture_close);
}
