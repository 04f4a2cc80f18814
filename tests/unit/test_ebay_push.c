/* SPDX-License-Identifier: Apache-2.0 */
/* Writing stock in both worlds: the bytes that leave, and what every answer means for every row. */
#include "support/ebay_account.h"

static struct http_request built(const struct push_item *items, size_t count)
{
    struct http_request r = {0};
    struct step step = ebay_step("");
    assert_int_equal(ebay->build_push(&ebay_account, items, count, &step, &fixture.arena, &r),
                     ERR_OK);
    return r;
}

static void test_an_offer_gets_both_quantities(void **state)
{
    (void)state;
    struct push_item items[] = {ebay_item("110/TC-1", "36445435465", 7),
                                ebay_item("111/A\"B", "12", 0)};
    struct http_request r = built(items, 2);
    assert_request(&r, "POST https://api.ebay.com/sell/inventory/v1/bulk_update_price_quantity");
    assert_slice(r.body,
                 "{\"requests\":[{\"sku\":\"TC-1\",\"shipToLocationAvailability\":{\"quantity\":7},"
                 "\"offers\":[{\"offerId\":\"36445435465\",\"availableQuantity\":7}]},"
                 "{\"sku\":\"A\\\"B\",\"shipToLocationAvailability\":{\"quantity\":0},"
                 "\"offers\":[{\"offerId\":\"12\",\"availableQuantity\":0}]}]}");
    assert_slice(fixture_header(&r, "Authorization"), "Bearer t0k");
    assert_slice(fixture_header(&r, "Content-Type"), "application/json");
    assert_slice(fixture_header(&r, "X-EBAY-C-MARKETPLACE-ID"), "EBAY_US");
}

static void test_offers_of_one_sku_share_an_element(void **state)
{
    (void)state;
    struct push_item items[] = {
        ebay_item("110/T", "1", 7), ebay_item("111/U", "2", 1), ebay_item("112/T", "3", 9)};
    struct http_request r = built(items, 3);
    assert_slice(r.body,
                 "{\"requests\":[{\"sku\":\"T\",\"shipToLocationAvailability\":{\"quantity\":9},"
                 "\"offers\":[{\"offerId\":\"1\",\"availableQuantity\":7},"
                 "{\"offerId\":\"3\",\"availableQuantity\":9}]},"
                 "{\"sku\":\"U\",\"shipToLocationAvailability\":{\"quantity\":1},"
                 "\"offers\":[{\"offerId\":\"2\",\"availableQuantity\":1}]}]}");
}

static void test_a_listing_of_the_site_is_revised_by_trading(void **state)
{
    (void)state;
    struct push_item items[] = {ebay_item("110000000001/TC&<1>", NULL, 7),
                                ebay_item("110000000002/", NULL, 0)};
    struct http_request r = built(items, 2);
    assert_request(&r, "POST https://api.ebay.com/ws/api.dll");
    assert_slice(r.body,
                 "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                 "<ReviseInventoryStatusRequest xmlns=\"urn:ebay:apis:eBLBaseComponents\">"
                 "<ErrorLanguage>en_US</ErrorLanguage><WarningLevel>High</WarningLevel>"
                 "<MessageID>push-1</MessageID>"
                 "<InventoryStatus><ItemID>110000000001</ItemID><SKU>TC&amp;&lt;1&gt;</SKU>"
                 "<Quantity>7</Quantity></InventoryStatus>"
                 "<InventoryStatus><ItemID>110000000002</ItemID><Quantity>0</Quantity>"
                 "</InventoryStatus></ReviseInventoryStatusRequest>");
    assert_slice(fixture_header(&r, "X-EBAY-API-IAF-TOKEN"), "t0k");
    assert_slice(fixture_header(&r, "X-EBAY-API-CALL-NAME"), "ReviseInventoryStatus");
    assert_slice(fixture_header(&r, "X-EBAY-API-SITEID"), "0");
    assert_slice(fixture_header(&r, "X-EBAY-API-COMPATIBILITY-LEVEL"), "1451");
    assert_slice(fixture_header(&r, "Content-Type"), "text/xml");
}

static void test_what_cannot_be_asked_for_is_not_built(void **state)
{
    (void)state;
    struct push_item mixed[] = {ebay_item("110/T", "1", 7), ebay_item("111/U", NULL, 1)};
    struct push_item swapped[] = {mixed[1], mixed[0]};
    struct push_item negative = ebay_item("110/T", "1", -1);
    struct push_item foreign = {.stock_key = SLICE("variant:7"), .remote = SLICE("{}")};
    struct push_item five[5];
    struct push_item many[26];
    struct http_request r;
    struct step step = ebay_step("");
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = mixed[0];
        five[i % 5] = mixed[1];
    }
    const struct {
        const struct push_item *items;
        size_t count;
    } cases[] = {
        {mixed, 2}, {swapped, 2}, {&negative, 1}, {&foreign, 1}, {five, 5}, {many, 26}, {mixed, 0}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(
            ebay->build_push(
                &ebay_account, cases[i].items, cases[i].count, &step, &fixture.arena, &r),
            ERR_USAGE);
    }
}

/* ---- answers: C confirmed, R refused, A again, S split, L later, U unknown ---- */

static struct push_result results[4];
static struct channel_signal signal_read;

static struct slice
outcomes(const struct push_item *items, size_t count, int status, const char *body)
{
    static const char letters[] = {[PUSH_CONFIRMED] = 'C',
                                   [PUSH_ACCEPTED] = '!',
                                   [PUSH_REFUSED] = 'R',
                                   [PUSH_STALE] = '!',
                                   [PUSH_AGAIN] = 'A',
                                   [PUSH_SPLIT] = 'S',
                                   [PUSH_LATER] = 'L',
                                   [PUSH_UNKNOWN] = 'U'};
    char *text = arena_alloc(&fixture.arena, count + 1);
    struct http_response response = fixture_answer(status, slice_of(body));
    struct step step = ebay_step("");
    ebay->read_push(&ebay_account,
                    items,
                    count,
                    &step,
                    &response,
                    fixture.doc,
                    &fixture.arena,
                    results,
                    &signal_read);
    for (size_t i = 0; i < count; i++) {
        text[i] = letters[results[i].outcome];
        assert_int_equal(results[i].outcome == PUSH_CONFIRMED, results[i].reason.n == 0);
    }
    return (struct slice){text, count};
}

#define RESPONSES(rows) "{\"responses\":[" rows "]}"
#define ROW(sku, offer, code, more)                                                                \
    "{\"sku\":\"" sku "\",\"offerId\":\"" offer "\",\"statusCode\":" code more "}"
#define ERRORS(id, text) ",\"errors\":[{\"errorId\":" id ",\"message\":\"" text "\"}]"
#define TOP(id, text) "{\"errors\":[{\"errorId\":" id ",\"longMessage\":\"" text "\"}]}"

static void test_each_offer_is_judged_by_its_own_status(void **state)
{
    (void)state;
    struct push_item items[] = {
        ebay_item("110/T", "1", 7), ebay_item("111/U", "2", 1), ebay_item("112/V", "3", 9)};
    static const struct {
        int status;
        const char *body, *says;
    } cases[] = {
        {200,
         RESPONSES(
             ROW("T", "1", "200", "") "," ROW("U", "2", "200", "") "," ROW("V", "3", "200", "")),
         "CCC"},
        {207,
         RESPONSES(ROW("T", "1", "200", "") "," ROW("U", "2", "400", ERRORS("25709", "no")) "," ROW(
             "V", "3", "200", "")),
         "CRC"},
        /* 200, and an error all the same. */
        {200,
         RESPONSES(ROW("T", "1", "404", ERRORS("25713", "no offer")) "," ROW(
             "U", "2", "500", ERRORS("25001", "glitch")) "," ROW("V", "3", "429", "")),
         "RUL"},
        /* A glitch under a status of its own is still one. */
        {207, RESPONSES(ROW("T", "1", "400", ERRORS("25001", "glitch"))), "UUU"},
        /* Left out: it may have been written. */
        {200, RESPONSES(ROW("T", "1", "200", "")), "CUU"},
        {200, "{\"responses\":[]}", "UUU"},
        {200, "{}", "UUU"},
        {200, "", "UUU"},
        {200, "<html>", "UUU"},
        /* By SKU alone; and of two words about one row the worse holds. */
        {200,
         RESPONSES("{\"sku\":\"T\",\"statusCode\":200},{\"sku\":\"U\",\"statusCode\":400}," ROW(
             "U", "2", "200", "") "," ROW("V", "3", "200", "")),
         "CRC"},
        {200, RESPONSES(ROW("T", "9", "400", "") "," ROW("U", "2", "\"200\"", "")), "UCU"},
        {200, RESPONSES(ROW("T", "1", "null", "") ",7,null"), "UUU"},
        /* The request as a whole. */
        {400, TOP("25002", "user error"), "SSS"},
        {404, TOP("25713", "none"), "SSS"},
        {400, "<html>", "LLL"},
        {404, "", "LLL"},
        {401, TOP("1001", "Invalid access token"), "LLL"},
        {403, TOP("1100", "Access denied"), "LLL"},
        {403, "<html>", "LLL"},
        {429, TOP("2001", "too many"), "LLL"},
        {500, TOP("25001", "system error"), "UUU"},
        {502, "<html>", "UUU"},
        {503, "", "UUU"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice got = outcomes(items, 3, cases[i].status, cases[i].body);
        if (!slice_is(got, cases[i].says)) {
            fail_msg("%zu: got '%.*s', wanted '%s'", i, SLICE_ARG(got), cases[i].says);
        }
    }
    assert_slice(outcomes(items, 1, 400, TOP("25002", "user error")), "R");
    assert_slice(results[0].reason, "25002 user error");
}

static void test_what_an_answer_says_of_the_account_is_told(void **state)
{
    (void)state;
    struct push_item item = ebay_item("110/T", "1", 7);
    outcomes(&item, 1, 401, TOP("1001", "Invalid access token"));
    assert_true(signal_read.unauthorised && !signal_read.throttled && !signal_read.down);
    outcomes(&item, 1, 403, "<html>");
    assert_true(!signal_read.unauthorised && signal_read.down); /* a firewall, not a token */
    outcomes(&item, 1, 403, TOP("1100", "Access denied"));
    assert_true(signal_read.unauthorised);
    outcomes(&item, 1, 400, TOP("2001", "Too many requests"));
    assert_true(signal_read.throttled && !signal_read.down);
    outcomes(&item, 1, 503, "");
    assert_true(signal_read.down);
    outcomes(&item, 1, 200, RESPONSES(ROW("T", "1", "200", "")));
    assert_true(!signal_read.unauthorised && !signal_read.throttled && !signal_read.down);
}

static void test_a_refused_zero_says_what_to_switch_on(void **state)
{
    (void)state;
    struct push_item items[] = {ebay_item("110/T", "1", 0), ebay_item("111/U", "2", 1)};
    assert_slice(outcomes(items,
                          2,
                          207,
                          RESPONSES(ROW("T", "1", "400", ERRORS("25002", "q")) "," ROW(
                              "U", "2", "400", ERRORS("25002", "q")))),
                 "RR");
    assert_non_null(memmem(results[0].reason.p,
                           results[0].reason.n,
                           "out-of-stock control",
                           strlen("out-of-stock control")));
    assert_slice(results[1].reason, "25002 q");
    struct push_item site = ebay_item("110/", NULL, 0);
    assert_slice(outcomes(&site,
                          1,
                          200,
                          "<R><Ack>Failure</Ack><Errors><LongMessage>q</LongMessage>"
                          "<ErrorCode>942</ErrorCode></Errors></R>"),
                 "R");
    assert_true(slice_starts(results[0].reason, "942 q. A quantity of 0 is refused unless"));
}

#define ANSWER(ack, more)                                                                          \
    "<?xml version=\"1.0\"?><ReviseInventoryStatusResponse "                                       \
    "xmlns=\"urn:ebay:apis:eBLBaseComponents\"><Ack>" ack "</Ack>" more                            \
    "</ReviseInventoryStatusResponse>"
#define VALUE(v) "<ErrorParameters ParamID=\"0\"><Value>" v "</Value></ErrorParameters>"
#define ERROR(code, values)                                                                        \
    "<Errors><ShortMessage>s</ShortMessage><LongMessage>l</LongMessage><ErrorCode>" code           \
    "</ErrorCode><SeverityCode>Error</SeverityCode>" values "</Errors>"
#define ECHOED(item, sku)                                                                          \
    "<InventoryStatus><ItemID>" item "</ItemID><SKU>" sku                                          \
    "</SKU><Quantity>7</Quantity></InventoryStatus>"

static void test_each_row_of_a_trading_answer_is_found_again(void **state)
{
    (void)state;
    struct push_item items[] = {
        ebay_item("110/T", NULL, 7), ebay_item("110/U", NULL, 1), ebay_item("112/", NULL, 9)};
    static const struct {
        const char *body, *says;
    } cases[] = {
        {ANSWER("Success", ""), "CCC"},
        {ANSWER("Warning", ERROR("21917091", "")), "CCC"},
        {ANSWER("Failure", ERROR("21917091", "")), "CCC"}, /* it already is so */
        {ANSWER("Failure", ERROR("21916583", VALUE("112"))), "AAR"},
        {ANSWER("Failure", ERROR("21916583", VALUE("110") VALUE("U"))), "ARA"},
        {ANSWER("Failure", ERROR("21916583", VALUE("T"))), "RAA"},
        /* The listing alone: which of its variations is not said. */
        {ANSWER("Failure", ERROR("21916583", VALUE("110"))), "SSA"},
        {ANSWER("Failure", ERROR("240", VALUE("99"))), "SSS"},
        {ANSWER("Failure", ERROR("240", "")), "SSS"},
        {ANSWER("Failure", ""), "SSS"},
        {ANSWER("Failure", ERROR("21917091", VALUE("112")) ERROR("240", VALUE("T"))), "RAC"},
        {ANSWER("PartialFailure", ERROR("240", VALUE("112")) ECHOED("110", "T") ECHOED("110", "U")),
         "CCR"},
        /* Not named, not echoed, and the only one. */
        {ANSWER("PartialFailure", ERROR("240", "") ECHOED("110", "T") ECHOED("112", "")), "CRC"},
        {ANSWER("PartialFailure", ERROR("240", "") ECHOED("112", "")), "SSC"},
        /* An error outweighs an echo. */
        {ANSWER("PartialFailure", ERROR("240", VALUE("112")) ECHOED("112", "") ECHOED("110", "U")),
         "ACR"},
        /* Without an echo nothing tells what was written. */
        {ANSWER("PartialFailure", ERROR("240", VALUE("112"))), "UUR"},
        {ANSWER("Failure", ERROR("931", "")), "LLL"},
        {ANSWER("Failure", ERROR("518", "")), "LLL"},
        {ANSWER("Failure", ERROR("10007", "")), "UUU"},
        {ANSWER("Failure",
                "<Errors><ErrorCode>1</ErrorCode><ErrorClassification>SystemError"
                "</ErrorClassification></Errors>"),
         "UUU"},
        {ANSWER("Soon", ""), "UUU"},
        {"<R/>", "UUU"},
        {"<html><body>Maintenance</body>", "UUU"},
        {"", "UUU"},
        {"<!DOCTYPE a><R><Ack>Success</Ack></R>", "UUU"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice got = outcomes(items, 3, 200, cases[i].body);
        if (!slice_is(got, cases[i].says)) {
            fail_msg("%zu: got '%.*s', wanted '%s'", i, SLICE_ARG(got), cases[i].says);
        }
    }
    assert_slice(outcomes(&items[0], 1, 200, ANSWER("Failure", ERROR("240", ""))), "R");
    assert_slice(results[0].reason, "240 l");
    assert_slice(outcomes(items, 3, 500, ""), "UUU");
    assert_slice(outcomes(items, 3, 404, "<html>"), "LLL");
    assert_slice(outcomes(items, 3, 302, ""), "LLL");
}

/* Neither the listing nor the value is at fault: tomorrow it is written. */
static void test_a_listing_whose_revisions_are_used_up_is_not_refused_but_later(void **state)
{
    (void)state;
    struct push_item offers[] = {ebay_item("110/T", "1", 0), ebay_item("111/U", "2", 1)};
    assert_slice(
        outcomes(
            offers,
            2,
            207,
            RESPONSES(ROW(
                "T",
                "1",
                "400",
                ERRORS(
                    "25002",
                    "the number of REVISIONS allowed is exceeded")) "," ROW("U",
                                                                            "2",
                                                                            "400",
                                                                            ERRORS(
                                                                                "25002",
                                                                                "exceed the number "
                                                                                "of items to "
                                                                                "list")))),
        "LR");
    assert_true(results[0].is_day_spent && !results[1].is_day_spent);
    assert_slice(outcomes(offers, 1, 400, TOP("25019", "maximum revisions")), "L");
    assert_true(results[0].is_day_spent && !signal_read.throttled && !signal_read.down);
    assert_slice(outcomes(offers, 2, 400, TOP("25019", "maximum revisions")), "SS");

    struct push_item site[] = {ebay_item("110/T", NULL, 7), ebay_item("110/U", NULL, 1)};
    const char *spent = ANSWER("Failure", ERROR("21919165", VALUE("110")));
    assert_slice(outcomes(site, 2, 200, spent), "LL");
    assert_true(results[0].is_day_spent && results[1].is_day_spent);
    assert_slice(outcomes(site, 1, 200, ANSWER("Failure", ERROR("21919165", ""))), "L");
    assert_true(results[0].is_day_spent);
}

static void test_a_trading_failure_tells_a_dead_token_from_a_limit(void **state)
{
    (void)state;
    struct push_item item = ebay_item("110/T", NULL, 7);
    outcomes(&item, 1, 200, ANSWER("Failure", ERROR("931", "")));
    assert_true(signal_read.unauthorised && !signal_read.throttled);
    outcomes(&item, 1, 200, ANSWER("Failure", ERROR("518", "")));
    assert_true(signal_read.throttled && !signal_read.unauthorised);
    outcomes(&item, 1, 200, ANSWER("Failure", ERROR("21919144", "")));
    assert_true(signal_read.throttled && results[0].outcome == PUSH_LATER);
    outcomes(&item, 1, 200, ANSWER("Failure", ERROR("240", "")));
    assert_true(!signal_read.throttled && !signal_read.unauthorised && !signal_read.down);
    outcomes(&item, 1, 200, "<html>");
    assert_true(signal_read.down);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_offer_gets_both_quantities),
        cmocka_unit_test(test_offers_of_one_sku_share_an_element),
        cmocka_unit_test(test_a_listing_of_the_site_is_revised_by_trading),
        cmocka_unit_test(test_what_cannot_be_asked_for_is_not_built),
        cmocka_unit_test(test_each_offer_is_judged_by_its_own_status),
        cmocka_unit_test(test_what_an_answer_says_of_the_account_is_told),
        cmocka_unit_test(test_a_refused_zero_says_what_to_switch_on),
        cmocka_unit_test(test_each_row_of_a_trading_answer_is_found_again),
        cmocka_unit_test(test_a_listing_whose_revisions_are_used_up_is_not_refused_but_later),
        cmocka_unit_test(test_a_trading_failure_tells_a_dead_token_from_a_limit),
    };
    return cmocka_run_group_tests(tests, ebay_open, fixture_close);
}
