/* SPDX-License-Identifier: Apache-2.0 */
/* Many counts in one feed: each step, and what its failure means for the rows. */
#include "support/amazon_fixture.h"

static struct push_result out[3];
static struct channel_signal signal_now;

static const struct push_item *rows(void)
{
    static struct push_item items[3];
    items[0] = item_of("sku:A", 1);
    items[1] = item_of("sku:B \"b\"", 0);
    items[1].remote = SLICE("{\"sku\":\"B \\\"b\\\"\",\"product_type\":\"LUGGAGE\"}");
    items[2] = item_of("sku:C", 3);
    return items;
}

static enum err build(const char *cursor, struct http_request *r)
{
    struct step step = step_at(cursor);
    return amazon->build_push(&account, rows(), 3, &step, &fixture.arena, r);
}

/* One letter a row: Confirmed, aCcepted... or "next: cursor". */
static struct slice read_answer(const char *cursor, int status, struct slice body)
{
    static const char letters[] = {[PUSH_CONFIRMED] = 'C',
                                   [PUSH_ACCEPTED] = 'T',
                                   [PUSH_REFUSED] = 'R',
                                   [PUSH_STALE] = 'S',
                                   [PUSH_AGAIN] = 'A',
                                   [PUSH_SPLIT] = 'P',
                                   [PUSH_LATER] = 'L',
                                   [PUSH_UNKNOWN] = 'U'};
    struct step step = step_at(cursor);
    struct http_response r = fixture_answer(status, body);
    amazon->read_push(
        &account, rows(), 3, &step, &r, fixture.doc, &fixture.arena, out, &signal_now);
    if (signal_now.next.is_wanted) {
        return signal_now.next.cursor;
    }
    for (size_t i = 0; i < 3; i++) {
        assert_true(out[i].reason.n > 0);
    }
    return arena_printf(&fixture.arena,
                        "%c%c%c",
                        letters[out[0].outcome],
                        letters[out[1].outcome],
                        letters[out[2].outcome]);
}

static struct slice answer(const char *cursor, int status, const char *body)
{
    return read_answer(cursor, status, slice_of(body));
}

#define URL "https://bucket.example/x?sig=1"
#define REPORT(accepted, invalid, issues)                                                          \
    "{\"header\":{\"sellerId\":\"A\"},\"issues\":[" issues "],\"summary\":{\"errors\":1,"          \
    "\"messagesProcessed\":3,\"messagesAccepted\":" #accepted ",\"messagesInvalid\":" #invalid     \
    "}}"
#define ISSUE(n, severity)                                                                         \
    "{\"messageId\":" #n ",\"sku\":\"A\",\"code\":\"90220\",\"severity\":\"" severity              \
    "\",\"message\":\"'size' is required\"}"

static void test_a_feed_is_followed_from_document_to_report(void **state)
{
    (void)state;
    struct http_request r;
    assert_int_equal(build("", &r), ERR_OK);
    assert_slice(r.method, "POST");
    assert_slice(r.url, API "/feeds/2021-06-30/documents");
    assert_slice(r.body, "{\"contentType\":\"application/json; charset=UTF-8\"}");
    assert_slice(answer("", 201, "{\"feedDocumentId\":\"doc.1\",\"url\":\"" URL "\"}"),
                 "u 0 doc.1 " URL);
    assert_int_equal(signal_now.next.after_us, 0);

    assert_int_equal(build("u 0 doc.1 " URL, &r), ERR_OK);
    assert_slice(r.method, "PUT");
    assert_slice(r.url, URL);
    assert_slice(
        r.body,
        "{\"header\":{\"sellerId\":\"A3TH9S8BH6GOGM\",\"version\":\"2.0\",\"issueLocale\":"
        "\"en_US\"},\"messages\":["
        "{\"messageId\":1,\"sku\":\"A\",\"operationType\":\"PATCH\",\"productType\":\"PRODUCT\","
        "\"patches\":[{\"op\":\"merge\",\"path\":\"/attributes/fulfillment_availability\","
        "\"value\":[{\"fulfillment_channel_code\":\"DEFAULT\",\"quantity\":1}]}]},"
        "{\"messageId\":2,\"sku\":\"B \\\"b\\\"\",\"operationType\":\"PATCH\",\"productType\":"
        "\"LUGGAGE\",\"patches\":[{\"op\":\"merge\",\"path\":"
        "\"/attributes/fulfillment_availability\",\"value\":[{\"fulfillment_channel_code\":"
        "\"DEFAULT\",\"quantity\":0}]}]},"
        "{\"messageId\":3,\"sku\":\"C\",\"operationType\":\"PATCH\",\"productType\":\"PRODUCT\","
        "\"patches\":[{\"op\":\"merge\",\"path\":\"/attributes/fulfillment_availability\","
        "\"value\":[{\"fulfillment_channel_code\":\"DEFAULT\",\"quantity\":3}]}]}]}");
    assert_slice(fixture_header(&r, "Content-Type"), "application/json; charset=UTF-8");
    /* The address bears its own signature: our token is not for it. */
    assert_null(fixture_header(&r, "x-amz-access-token").p);
    assert_slice(answer("u 0 doc.1 " URL, 200, ""), "f 0 doc.1");

    assert_int_equal(build("f 0 doc.1", &r), ERR_OK);
    assert_slice(r.url, API "/feeds/2021-06-30/feeds");
    assert_slice(r.body,
                 "{\"feedType\":\"JSON_LISTINGS_FEED\",\"marketplaceIds\":[\"ATVPDKIKX0DER\"],"
                 "\"inputFeedDocumentId\":\"doc.1\"}");
    assert_slice(answer("f 0 doc.1", 202, "{\"feedId\":\"53347\"}"), "w 0 53347");
    assert_true(signal_now.next.after_us >= US_PER_S);

    assert_int_equal(build("w 0 53347", &r), ERR_OK);
    assert_slice(r.method, "GET");
    assert_slice(r.url, API "/feeds/2021-06-30/feeds/53347");
    assert_slice(answer("w 0 53347", 200, "{\"processingStatus\":\"IN_QUEUE\"}"), "w 1 53347");
    assert_slice(answer("w 1 53347", 200, "{\"processingStatus\":\"IN_PROGRESS\"}"), "w 2 53347");
    assert_slice(answer("w 2 53347",
                        200,
                        "{\"processingStatus\":\"DONE\",\"resultFeedDocumentId\":\"rep/1\"}"),
                 "d 0 rep/1");
    assert_int_equal(signal_now.next.after_us, 0);

    assert_int_equal(build("d 0 rep/1", &r), ERR_OK);
    assert_slice(r.url, API "/feeds/2021-06-30/documents/rep%2F1");
    assert_slice(answer("d 0 rep/1", 200, "{\"url\":\"" URL "\"}"), "r 0 rep/1 " URL);
    assert_int_equal(build("r 0 rep/1 " URL, &r), ERR_OK);
    assert_slice(r.method, "GET");
    assert_slice(r.url, URL);
    assert_int_equal(r.headers_count, 0);
    assert_slice(answer("r 0 rep/1 " URL, 200, REPORT(2, 1, ISSUE(2, "ERROR"))), "TRT");
    assert_slice(out[1].reason, "90220 'size' is required");
}

static void test_a_packed_report_is_unpacked(void **state)
{
    (void)state;
    /* {"summary":{...2 accepted, 1 invalid},"issues":[messageId 2]} */
    static const char packed[] =
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x45\xcd\xb1\x0a\x83\x30\x18\x04\xe0\x77\xb9\x39"
        "\x83\xc6\xa9\xd9\x1c\x1c\x9c\x2a\x59\x8b\x43\x88\x3f\x12\x68\x4c\xc9\xaf\x82\x48\xde\xdd"
        "\x14\x21\x6e\xc7\xc7\x71\x77\x82\x37\xef\x4d\x3c\xa0\x4e\x78\x62\x36\x33\xf1\x10\x83\xcd"
        "\x91\x26\xa8\x46\x14\x6d\xad\xa5\xdf\xfa\x47\xf9\x60\xbf\xec\xe6\xeb\xb2\xd5\x49\xc0\x31"
        "\x6f\xc4\x50\x9f\x32\xd5\xdf\x6d\x1b\x26\x82\xc2\xab\x92\xb2\x82\x00\xd3\x4e\xd1\xad\xf9"
        "\x13\x9d\xd6\x6f\x8d\xb2\x97\x65\x09\x48\x63\xba\x00\x58\x97\xb7\xf6\x98\x00\x00\x00";
    assert_slice(read_answer("r 0 d " URL, 200, (struct slice){packed, sizeof packed - 1}), "TRT");
    assert_slice(read_answer("r 0 d " URL, 200, (struct slice){packed, sizeof packed - 9}),
                 "d 1 d");
}

static void test_each_row_has_its_own_verdict(void **state)
{
    (void)state;
    static const struct {
        const char *report, *rows;
    } cases[] = {
        {REPORT(3, 0, ""), "TTT"},
        {REPORT(3, 0, ISSUE(1, "WARNING")), "TTT"},
        {REPORT(1, 2, ISSUE(1, "ERROR") "," ISSUE(1, "ERROR") "," ISSUE(3, "ERROR")), "RTR"},
        {REPORT(0, 3, ISSUE(1, "ERROR") "," ISSUE(2, "ERROR") "," ISSUE(3, "ERROR")), "RRR"},
        /* Somebody is refused and not named. */
        {REPORT(1, 2, ISSUE(1, "ERROR")), "RUU"},
        {REPORT(2, 1, ISSUE(4, "ERROR")), "UUU"},
        {REPORT(2, 1, ISSUE(0, "ERROR")), "UUU"},
        {REPORT(0, 0, ""), "UUU"},
        {REPORT(0, 3, "{\"code\":\"1\",\"severity\":\"ERROR\"}"), "UUU"},
        {"{\"issues\":[]}", "UUU"},
        {"{}", "UUU"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice got = answer("r 0 d " URL, 200, cases[i].report);
        if (!slice_is(got, cases[i].rows)) {
            fail_msg("%s: %.*s", cases[i].report, SLICE_ARG(got));
        }
    }
}

static void test_before_the_feed_exists_every_failure_is_certain(void **state)
{
    (void)state;
#define ERRORS "{\"errors\":[{\"code\":\"InvalidInput\",\"message\":\"m\"}]}"
    static const struct {
        const char *cursor;
        int status;
        const char *body, *rows;
        bool unauthorised, down;
    } cases[] = {
        {"", 400, ERRORS, "PPP", false, false},
        {"", 429, ERRORS, "LLL", false, false},
        {"", 403, ERRORS, "LLL", true, false},
        {"", 500, ERRORS, "LLL", false, true},
        {"", 504, "", "LLL", false, true},
        {"", 201, "{\"feedDocumentId\":\"d\"}", "LLL", false, true},
        {"", 201, "{\"feedDocumentId\":\"d 1\",\"url\":\"" URL "\"}", "LLL", false, true},
        {"u 0 d " URL, 403, "<Error>expired</Error>", "LLL", false, true},
        {"u 0 d " URL, 500, "", "LLL", false, true},
        {"f 0 d", 400, ERRORS, "PPP", false, false},
        {"f 0 d", 429, ERRORS, "LLL", false, false},
        {"f 0 d", 503, ERRORS, "LLL", false, true},
        /* From here on it may exist. */
        {"f 0 d", 500, ERRORS, "UUU", false, true},
        {"f 0 d", 202, "{}", "UUU", false, false},
        {"f 0 d", 202, "<html>", "UUU", false, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice got = answer(cases[i].cursor, cases[i].status, cases[i].body);
        if (!slice_is(got, cases[i].rows) || signal_now.unauthorised != cases[i].unauthorised ||
            signal_now.down != cases[i].down) {
            fail_msg("'%s' %d %s: %.*s",
                     cases[i].cursor,
                     cases[i].status,
                     cases[i].body,
                     SLICE_ARG(got));
        }
        assert_int_equal(signal_now.rate_per_1000s, 0);
    }
}

static void test_a_question_that_fails_is_no_feed_that_fails(void **state)
{
    (void)state;
    static const struct {
        const char *cursor;
        int status;
        const char *body, *next;
    } cases[] = {
        {"w 3 9", 500, "", "w 4 9"},
        {"w 3 9", 429, ERRORS, "w 4 9"},
        {"w 3 9", 401, ERRORS, "w 4 9"},
        {"w 3 9", 200, "<html>", "w 4 9"},
        {"w 239 9", 200, "{\"processingStatus\":\"IN_QUEUE\"}", "UUU"},
        {"w 3 9", 200, "{\"processingStatus\":\"DONE\"}", "UUU"},
        {"w 3 9", 200, "{\"processingStatus\":\"FATAL\"}", "w 239 9"},
        {"w 239 9", 200, "{\"processingStatus\":\"FATAL\"}", "UUU"},
        {"w 3 9", 200, "{\"processingStatus\":\"CANCELLED\"}", "LLL"},
        {"d 0 9", 429, ERRORS, "d 1 9"},
        {"d 0 9", 200, "{}", "d 1 9"},
        {"d 4 9", 429, ERRORS, "UUU"},
        {"r 0 9 " URL, 403, "<Error>", "d 1 9"},
        {"r 0 9 " URL, 200, "<html>", "d 1 9"},
        {"r 4 9 " URL, 200, "<html>", "UUU"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice got = answer(cases[i].cursor, cases[i].status, cases[i].body);
        if (!slice_is(got, cases[i].next)) {
            fail_msg("'%s' %d: %.*s", cases[i].cursor, cases[i].status, SLICE_ARG(got));
        }
        assert_true(!signal_now.next.is_wanted || signal_now.next.after_us >= US_PER_S);
    }
}

/* What it did of its rows is shown minutes later: only then a reading says it. */
static void test_a_feed_given_up_is_read_after_what_it_may_have_done(void **state)
{
    (void)state;
    assert_slice(answer("w 3 9", 200, "{\"processingStatus\":\"FATAL\"}"), "w 239 9");
    assert_int_equal(signal_now.next.after_us, amazon->semantics.ambiguity_us);
}

static void test_documents_are_called_by_https_only(void **state)
{
    (void)state;
    struct http_request r;
    assert_int_equal(build("u 0 d http://bucket.example/x", &r), ERR_USAGE);
    assert_int_equal(build("u 0 d file:///etc/passwd", &r), ERR_USAGE);
    assert_int_equal(build("r 0 d http://bucket.example/x", &r), ERR_USAGE);
    static const char *const wrong[] = {
        "x", "u", "u 0 d", "w 0", "w x 9", "w -1 9", ("w 0 9 " URL), "z 0 9"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(build(wrong[i], &r), ERR_USAGE);
        assert_slice(answer(wrong[i], 200, "{}"), "UUU");
    }
    /* An operator who trusts the network may have them there. */
    struct json root;
    struct err_note note;
    struct account trusting;
    assert_int_equal(json_parse(fixture.doc_config, SLICE(AMAZON_CONFIG), &root, &note), ERR_OK);
    assert_int_equal(amazon->configure(json_get(root, "settings"),
                                       json_get(root, "secrets"),
                                       SLICE("a"),
                                       true,
                                       &fixture.arena,
                                       &trusting,
                                       &note),
                     ERR_OK);
    struct step step = step_at("r 0 d http://127.0.0.1:8/x");
    assert_int_equal(amazon->build_push(&trusting, rows(), 3, &step, &fixture.arena, &r), ERR_OK);
    assert_slice(r.url, "http://127.0.0.1:8/x");
}

static void test_the_largest_feed_fits(void **state)
{
    (void)state;
    size_t count = amazon->semantics.bulk_max;
    struct push_item *items = ARENA_ARRAY(&fixture.arena, count, struct push_item);
    for (size_t i = 0; i < count; i++) {
        struct slice key = arena_printf(&fixture.arena, "sku:THIRTY-CHARACTERS-AND-MORE-%zu", i);
        items[i] = (struct push_item){.stock_key = key, .value = QTY_MAX};
    }
    struct http_request r;
    struct arena arena;
    struct step step = step_at("u 0 d " URL);
    arena_init(&arena, (size_t)8 << 20);
    assert_int_equal(amazon->build_push(&account, items, count, &step, &arena, &r), ERR_OK);
    assert_true(r.body.n < (size_t)2 << 20);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_feed_is_followed_from_document_to_report),
        cmocka_unit_test(test_a_packed_report_is_unpacked),
        cmocka_unit_test(test_each_row_has_its_own_verdict),
        cmocka_unit_test(test_before_the_feed_exists_every_failure_is_certain),
        cmocka_unit_test(test_a_question_that_fails_is_no_feed_that_fails),
        cmocka_unit_test(test_a_feed_given_up_is_read_after_what_it_may_have_done),
        cmocka_unit_test(test_documents_are_called_by_https_only),
        cmocka_unit_test(test_the_largest_feed_fits),
    };
    return cmocka_run_group_tests(tests, open_amazon, fixture_close);
}
