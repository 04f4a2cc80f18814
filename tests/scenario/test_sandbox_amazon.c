/* SPDX-License-Identifier: Apache-2.0 */
/* The Amazon look-alike over real sockets: tokens, writes that land late, feeds, and its queue. */
#include "support/amazon_rig.h"

/* ---- the door ---- */

static void want_token_error(const char *form, int status, const char *error)
{
    token_ask(form);
    assert_int_equal(rig.status, status);
    assert_slice(rig_text(json_get(rig.json, "error")), error);
}

static void test_tokens_are_sold_for_the_right_words_only(void **state)
{
    (void)state;
    token_ask(REFRESH);
    assert_int_equal(rig_int(json_get(rig.json, "expires_in")), 3600);
    assert_slice(rig_text(json_get(rig.json, "refresh_token")), RIG_TOKEN);
    want_token_error("grant_type=refresh_token&refresh_token=other&client_id=" APP
                     "&client_secret=" RIG_SECRET,
                     400,
                     "invalid_grant");
    want_token_error("grant_type=refresh_token&refresh_token=" RIG_TOKEN "&client_id=" APP
                     "&client_secret=wrong",
                     401,
                     "invalid_client");
    want_token_error("grant_type=client_credentials&client_id=" APP "&client_secret=" RIG_SECRET,
                     400,
                     "invalid_scope");
    want_token_error("grant_type=password", 400, "unsupported_grant_type");
    call_as(token, "POST", "/auth/o2/token", "{\"grant_type\":\"refresh_token\"}");
    assert_int_equal(rig.status, 400);
}

static void test_each_call_needs_the_right_kind_of_token(void **state)
{
    (void)state;
    get("/sellers/v1/marketplaceParticipations");
    assert_int_equal(rig.status, 200);
    assert_slice(rig_header(&rig, "x-amzn-RateLimit-Limit"), "0.016");
    call_as(SLICE("Atza|other"), "GET", "/sellers/v1/marketplaceParticipations", "");
    want_error(403, "Unauthorized");
    call_as(grantless, "GET", "/sellers/v1/marketplaceParticipations", "");
    want_error(403, "Unauthorized");
    call_as(token, "GET", "/notifications/v1/destinations", "");
    want_error(403, "Unauthorized");
    call_as(grantless, "GET", "/notifications/v1/destinations", "");
    assert_int_equal(rig.status, 200);
    get("/nowhere/v1");
    want_error(404, "NotFound");
    shop_token_set(shop, "another");
    get("/sellers/v1/marketplaceParticipations");
    want_error(403, "Unauthorized");
}

static void test_a_token_dies(void **state)
{
    (void)state;
    get("/sellers/v1/marketplaceParticipations");
    assert_int_equal(rig.status, 200);
    pass(1200);
    get("/sellers/v1/marketplaceParticipations");
    want_error(403, "Unauthorized");
    assert_non_null(memmem(rig.body.p, rig.body.n, "expired", 7));
}

static void test_the_published_rates_are_kept(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        patch("MUG", SET(4));
        assert_int_equal(rig.status, 200);
    }
    patch("MUG", SET(4));
    want_error(429, "QuotaExceeded");
    assert_slice(rig_header(&rig, "x-amzn-RateLimit-Limit"), "5.0");
    pass(400);
    patch("MUG", SET(4));
    assert_int_equal(rig.status, 200);
}

/* ---- listings ---- */

static void want_status(const char *status, const char *code)
{
    assert_int_equal(rig.status, 200);
    assert_slice(rig_text(json_get(rig.json, "status")), status);
    struct json first = rig_at(json_get(rig.json, "issues"), 0);
    if (code) {
        assert_slice(rig_text(json_get(first, "code")), code);
        assert_slice(rig_text(json_get(first, "severity")), "ERROR");
    } else {
        assert_int_equal(json_type(first), JSON_NONE);
    }
}

static int64_t lead_days(const char *sku)
{
    int64_t days = 0;
    get(arena_printf(&rig.arena, ITEMS "/%s?" WHERE "&includedData=attributes", sku).p);
    struct json list = json_path(rig.json, "attributes", "fulfillment_availability", NULL);
    json_int(json_get(rig_at(list, 0), "lead_time_to_ship_max_days"), &days);
    return days;
}

static void test_a_patch_is_accepted_now_and_lands_later(void **state)
{
    (void)state;
    patch("TEE%2FS%20%2B1%25", SET(7));
    want_status("ACCEPTED", NULL);
    assert_true(rig_text(json_get(rig.json, "submissionId")).n > 0);
    assert_int_equal(rig_count(shop, "TEE/S +1%"), 10);
    pass(300);
    assert_int_equal(rig_count(shop, "TEE/S +1%"), 7);
    assert_int_equal(lead_days("TEE-M"), 2);
    patch("TEE-M", SET(1));
    assert_int_equal(lead_days("TEE-M"), 2);
    patch("TEE-M", VALUE("replace", "{\"fulfillment_channel_code\":\"DEFAULT\",\"quantity\":1}"));
    assert_int_equal(lead_days("TEE-M"), 0);
}

static void test_content_is_refused_with_200_invalid(void **state)
{
    (void)state;
    patch("MUG", VALUE("merge", "{\"quantity\":7}"));
    want_status("INVALID", "90220");
    patch("MUG", SET(-1));
    want_status("INVALID", "99001");
    patch("MUG", SET("7"));
    want_status("INVALID", "99001");
    patch("MUG", VALUE("merge", "{\"fulfillment_channel_code\":\"OTHER\",\"quantity\":7}"));
    want_status("INVALID", "90244");
    patch("MUG", VALUE("merge", "{\"fulfillmentChannelCode\":\"DEFAULT\",\"quantity\":7}"));
    want_status("INVALID", "90000900");
    patch("MUG",
          "{\"productType\":\"LAMP\",\"patches\":[{\"op\":\"merge\",\"path\":\"/attributes/x\","
          "\"value\":[{}]}]}");
    want_status("INVALID", "4000001");
    call_as(token, "PATCH", ITEMS "/MUG?" WHERE "&mode=VALIDATION_PREVIEW", SET(9));
    want_status("VALID", NULL);
    pass(300);
    assert_int_equal(rig_count(shop, "MUG"), 3);
}

static void test_a_wrong_form_is_refused_with_400(void **state)
{
    (void)state;
    patch("MUG",
          "{\"patches\":[{\"op\":\"merge\",\"path\":\"/attributes/fulfillment_availability\","
          "\"value\":[]}]}");
    want_error(400, "InvalidInput");
    patch(
        "MUG",
        "{\"productType\":\"PRODUCT\",\"patches\":{\"op\":\"merge\",\"path\":\"/attributes/x\"}}");
    want_error(400, "InvalidInput");
    patch("MUG",
          "{\"productType\":\"PRODUCT\",\"patches\":[{\"op\":\"merge\",\"path\":\"/attributes/"
          "fulfillment_availability\",\"value\":{\"quantity\":7}}]}");
    want_error(400, "InvalidInput");
    patch("MUG", VALUE("set", "{\"fulfillment_channel_code\":\"DEFAULT\",\"quantity\":7}"));
    want_error(400, "InvalidInput");
    call_as(token, "PATCH", ITEMS "/MUG", SET(7));
    want_error(400, "InvalidInput");
    patch("NOBODY", SET(7));
    want_error(404, "NOT_FOUND");
    call_as(token, "PATCH", "/listings/2021-08-01/items/OTHER/MUG?" WHERE, SET(7));
    want_error(403, "Unauthorized");
}

static void test_a_second_channel_code_adds_an_entry_and_switches_nothing(void **state)
{
    (void)state;
    patch("FBA", SET(5));
    want_status("ACCEPTED", NULL);
    get(ITEMS "/FBA?" WHERE "&includedData=fulfillmentAvailability");
    assert_int_equal(json_count(json_get(rig.json, "fulfillmentAvailability")), 2);
}

static void test_a_write_can_be_accepted_and_never_land(void **state)
{
    (void)state;
    shop_faults_set(shop, &(struct shop_faults){.write_lose = 1000});
    patch("MUG", SET(7));
    want_status("ACCEPTED", NULL);
    pass(300);
    assert_int_equal(rig_count(shop, "MUG"), 3);
}

static void test_search_pages_and_finds_by_sku(void **state)
{
    (void)state;
    get(ITEMS "?" WHERE "&identifiersType=SKU&identifiers=MUG,FBA,NOBODY"
              "&includedData=fulfillmentAvailability&pageSize=20");
    assert_int_equal(rig_int(json_get(rig.json, "numberOfResults")), 2);
    for (size_t i = 0; i < 2; i++) {
        struct json item = rig_at(json_get(rig.json, "items"), i);
        struct json first = rig_at(json_get(item, "fulfillmentAvailability"), 0);
        bool is_mug = slice_is(rig_text(json_get(item, "sku")), "MUG");
        assert_slice(rig_text(json_get(first, "fulfillmentChannelCode")),
                     is_mug ? "DEFAULT" : "AMAZON_EU");
        assert_int_equal(json_type(json_get(first, "quantity")), is_mug ? JSON_INT : JSON_NONE);
    }
    get(ITEMS "?" WHERE
              "&includedData=summaries,relationships&sortBy=createdDate&sortOrder=ASC&pageSize=2");
    assert_int_equal(rig_int(json_get(rig.json, "numberOfResults")), 5); /* and Tee's parent */
    struct json parent = rig_at(json_get(rig.json, "items"), 1);
    struct json summary = rig_at(json_get(parent, "summaries"), 0);
    assert_int_equal(json_count(json_get(summary, "status")), 0);
    struct slice next = rig_text(json_path(rig.json, "pagination", "nextToken", NULL));
    get(arena_printf(&rig.arena,
                     ITEMS "?" WHERE "&sortBy=createdDate&sortOrder=ASC&pageSize=20&pageToken=%.*s",
                     SLICE_ARG(next))
            .p);
    assert_int_equal(json_count(json_get(rig.json, "items")), 3);
    assert_int_equal(json_type(json_path(rig.json, "pagination", "nextToken", NULL)), JSON_NONE);
    get(ITEMS "?" WHERE "&pageSize=21");
    want_error(400, "InvalidInput");
    get(ITEMS "?" WHERE "&identifiers=MUG");
    want_error(400, "InvalidInput");
    get(ITEMS "?marketplaceIds=ATVPDKIKX0DER");
    want_error(400, "InvalidInput");
}

/* ---- orders ---- */

static void order_get(int64_t id, const char *included)
{
    struct slice text = amazon_order_text(&rig.arena, id);
    get(arena_printf(
            &rig.arena, "/orders/2026-01-01/orders/%.*s?includedData=%s", SLICE_ARG(text), included)
            .p);
}

static void want_order(int64_t id, const char *status, int64_t fulfilled, int64_t open)
{
    order_get(id, "FULFILLMENT,CANCELLATION");
    assert_int_equal(rig.status, 200);
    struct json order = json_get(rig.json, "order");
    struct json line = rig_at(json_get(order, "orderItems"), 0);
    assert_slice(rig_text(json_path(order, "fulfillment", "fulfillmentStatus", NULL)), status);
    assert_int_equal(rig_int(json_path(line, "fulfillment", "quantityFulfilled", NULL)), fulfilled);
    assert_int_equal(rig_int(json_path(line, "fulfillment", "quantityUnfulfilled", NULL)), open);
}

static void test_an_order_lives_through_its_states(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-M", 3);
    assert_int_equal(rig_count(shop, "TEE-M"), 7);
    want_order(id, "PENDING", 0, 3);
    pass(300);
    want_order(id, "UNSHIPPED", 0, 3);
    assert_int_equal(shop_cancel_units(shop, id, 0, 1, true), SHOP_DONE);
    assert_int_equal(rig_count(shop, "TEE-M"), 8);
    assert_int_equal(shop_fulfil(shop, id, 0, 1), SHOP_DONE);
    want_order(id, "PARTIALLY_SHIPPED", 1, 1);
    assert_int_equal(shop_fulfil(shop, id, 0, 0), SHOP_DONE);
    want_order(id, "SHIPPED", 2, 0);
    assert_int_equal(shop_refund(shop, id, 0, 1, true), SHOP_DONE);
    assert_int_equal(rig_count(shop, "TEE-M"), 8); /* a return goes back on sale by hand only */
    int64_t other = rig_buy(shop, "MUG", 1);
    assert_int_equal(shop_cancel(shop, other, false), SHOP_DONE);
    want_order(other, "CANCELLED", 0, 0);
    struct json line = rig_at(json_path(rig.json, "order", "orderItems", NULL), 0);
    assert_slice(
        rig_text(json_path(line, "cancellation", "cancellationExecution", "cancelledBy", NULL)),
        "MERCHANT");
    assert_int_equal(rig_count(shop, "MUG"), 2);
    assert_int_equal(shop_edit(shop, id, 0, 5), SHOP_IMPOSSIBLE);
}

static void test_blocks_come_only_when_asked_for_and_buyers_never(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "FBA", 1);
    order_get(id, "CANCELLATION");
    assert_int_equal(json_type(json_path(rig.json, "order", "fulfillment", NULL)), JSON_NONE);
    order_get(id, "FULFILLMENT");
    assert_slice(rig_text(json_path(rig.json, "order", "fulfillment", "fulfilledBy", NULL)),
                 "AMAZON");
    order_get(id, "FULFILLMENT,RECIPIENT");
    want_error(403, "Unauthorized");
    order_get(id, "FULFILMENT");
    want_error(400, "InvalidInput");
    get("/orders/2026-01-01/orders/202-0000000-0000000");
    want_error(404, "NotFound");
}

#define ORDERS "/orders/2026-01-01/orders?"

static void test_search_needs_one_start_and_pages(void **state)
{
    (void)state;
    int64_t first = rig_buy(shop, "TEE-M", 1);
    rig_buy(shop, "TEE-M", 1);
    get(ORDERS "includedData=FULFILLMENT");
    want_error(400, "InvalidInput");
    get(ORDERS "createdAfter=2026-01-01T00:00:00Z&lastUpdatedAfter=2026-01-01T00:00:00Z");
    want_error(400, "InvalidInput");
    get(ORDERS "lastUpdatedAfter=2026-01-01T00:00:00Z&lastUpdatedBefore=2099-01-01T00:00:00Z");
    want_error(400, "InvalidInput");
    get(ORDERS "lastUpdatedAfter=2026-01-01T00:00:00Z&maxResultsPerPage=101");
    want_error(400, "InvalidInput");
    get(ORDERS "lastUpdatedAfter=2026-01-01T00:00:00Z&maxResultsPerPage=1");
    assert_int_equal(json_count(json_get(rig.json, "orders")), 1);
    struct json order = rig_at(json_get(rig.json, "orders"), 0);
    assert_slice(rig_text(json_get(order, "orderId")), amazon_order_text(&rig.arena, first).p);
    struct slice next = rig_text(json_path(rig.json, "pagination", "nextToken", NULL));
    struct slice path = arena_printf(
        &rig.arena,
        ORDERS "lastUpdatedAfter=2026-01-01T00:00:00Z&maxResultsPerPage=1&paginationToken=%.*s",
        SLICE_ARG(next));
    struct slice other =
        arena_printf(&rig.arena,
                     ORDERS "lastUpdatedAfter=2026-01-02T00:00:00Z&paginationToken=%.*s",
                     SLICE_ARG(next));
    get(path.p);
    assert_int_equal(json_count(json_get(rig.json, "orders")), 1);
    assert_int_equal(json_type(json_get(rig.json, "pagination")), JSON_NONE);
    get(other.p);
    want_error(400, "InvalidInput");
}

static void test_a_search_does_not_see_the_last_two_minutes(void **state)
{
    (void)state;
    rig_buy(shop, "TEE-M", 1);
    get(ORDERS "lastUpdatedAfter=2026-01-01T00:00:00Z");
    assert_int_equal(rig.status, 200);
    assert_int_equal(json_count(json_get(rig.json, "orders")), 0);
    assert_int_equal(json_type(json_get(rig.json, "lastUpdatedBefore")), JSON_TEXT);
}

/* ---- feeds ---- */

static struct slice document_make(struct slice *out_url)
{
    call_as(token,
            "POST",
            "/feeds/2021-06-30/documents",
            "{\"contentType\":\"application/json; charset=UTF-8\"}");
    assert_int_equal(rig.status, 201);
    *out_url = arena_copy(&rig.arena, rig_text(json_get(rig.json, "url")));
    return arena_copy(&rig.arena, rig_text(json_get(rig.json, "feedDocumentId")));
}

static void upload(struct slice url, const char *type, const char *body)
{
    struct http_header header = {SLICE("Content-Type"), slice_of(type)};
    rig_call(&rig, "PUT", url, &header, 1, slice_of(body), 0);
}

static struct slice feed_make(struct slice document)
{
    struct slice body =
        arena_printf(&rig.arena,
                     "{\"feedType\":\"JSON_LISTINGS_FEED\",\"marketplaceIds\":"
                     "[\"" AMAZON_MARKETPLACE "\"],\"inputFeedDocumentId\":\"%.*s\"}",
                     SLICE_ARG(document));
    call_as(token, "POST", "/feeds/2021-06-30/feeds", body.p);
    assert_int_equal(rig.status, 202);
    return arena_copy(&rig.arena, rig_text(json_get(rig.json, "feedId")));
}

static void feed_get(struct slice feed)
{
    get(arena_printf(&rig.arena, "/feeds/2021-06-30/feeds/%.*s", SLICE_ARG(feed)).p);
}

#define MESSAGE(id, sku, n)                                                                        \
    "{\"messageId\":" #id ",\"sku\":\"" sku                                                        \
    "\",\"operationType\":\"PATCH\",\"productType\":\"PRODUCT\",\"patches\":[{\"op\":\"merge\","   \
    "\"path\":\"/attributes/fulfillment_availability\",\"value\":[{\"fulfillment_channel_code\":"  \
    "\"DEFAULT\",\"quantity\":" #n "}]}]}"
#define FEED(seller, messages)                                                                     \
    "{\"header\":{\"sellerId\":\"" seller "\",\"version\":\"2.0\"},\"messages\":[" messages "]}"
#define UTF8 "application/json; charset=UTF-8"

static void test_a_feed_is_processed_later_and_reports_each_message(void **state)
{
    (void)state;
    struct slice url;
    struct slice document = document_make(&url);
    upload(url,
           UTF8,
           FEED("A1SELLER00",
                MESSAGE(1, "MUG", 8) "," MESSAGE(2, "NOBODY", 1) "," MESSAGE(3, "TEE-M", -1)));
    assert_int_equal(rig.status, 200);
    struct slice feed = feed_make(document);
    feed_get(feed);
    assert_slice(rig_text(json_get(rig.json, "processingStatus")), "IN_QUEUE");
    assert_int_equal(rig_count(shop, "MUG"), 3);
    pass(500);
    feed_get(feed);
    assert_slice(rig_text(json_get(rig.json, "processingStatus")), "DONE");
    assert_int_equal(rig_count(shop, "MUG"), 8);
    struct slice result = rig_text(json_get(rig.json, "resultFeedDocumentId"));
    get(arena_printf(&rig.arena, "/feeds/2021-06-30/documents/%.*s", SLICE_ARG(result)).p);
    url = arena_copy(&rig.arena, rig_text(json_get(rig.json, "url")));
    rig_call(&rig, "GET", url, NULL, 0, SLICE(""), 0);
    struct json summary = json_get(rig.json, "summary");
    assert_int_equal(rig_int(json_get(summary, "messagesProcessed")), 3);
    assert_int_equal(rig_int(json_get(summary, "messagesAccepted")), 1);
    struct json issue = rig_at(json_get(rig.json, "issues"), 1);
    assert_int_equal(rig_int(json_get(issue, "messageId")), 3);
    assert_slice(rig_text(json_get(issue, "code")), "99001");
}

static void test_a_feed_of_another_seller_is_fatal_and_an_address_takes_no_token(void **state)
{
    (void)state;
    struct slice url;
    struct slice document = document_make(&url);
    upload(url, "text/plain", "{}");
    assert_int_equal(rig.status, 403);
    struct http_header headers[] = {{SLICE("x-amz-access-token"), token},
                                    {SLICE("Content-Type"), SLICE(UTF8)}};
    rig_call(&rig, "PUT", url, headers, 2, SLICE("{}"), 0);
    assert_int_equal(rig.status, 400);
    upload(url, UTF8, FEED("OTHER", MESSAGE(1, "MUG", 8)));
    assert_int_equal(rig.status, 200);
    struct slice feed = feed_make(document);
    pass(300);
    feed_get(feed);
    assert_slice(rig_text(json_get(rig.json, "processingStatus")), "FATAL");
    call_as(token, "POST", "/feeds/2021-06-30/feeds", "{\"feedType\":\"JSON_LISTINGS_FEED\"}");
    want_error(400, "InvalidInput");
}

#define TEST(name, before) cmocka_unit_test_setup_teardown(name, before, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tokens_are_sold_for_the_right_words_only, start),
        TEST(test_each_call_needs_the_right_kind_of_token, start),
        TEST(test_a_token_dies, start_short),
        TEST(test_the_published_rates_are_kept, start_bare),
        TEST(test_a_patch_is_accepted_now_and_lands_later, start),
        TEST(test_content_is_refused_with_200_invalid, start),
        TEST(test_a_wrong_form_is_refused_with_400, start),
        TEST(test_a_second_channel_code_adds_an_entry_and_switches_nothing, start),
        TEST(test_a_write_can_be_accepted_and_never_land, start),
        TEST(test_search_pages_and_finds_by_sku, start),
        TEST(test_an_order_lives_through_its_states, start),
        TEST(test_blocks_come_only_when_asked_for_and_buyers_never, start),
        TEST(test_search_needs_one_start_and_pages, start),
        TEST(test_a_search_does_not_see_the_last_two_minutes, start_bare),
        TEST(test_a_feed_is_processed_later_and_reports_each_message, start),
        TEST(test_a_feed_of_another_seller_is_fatal_and_an_address_takes_no_token, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
