/* SPDX-License-Identifier: Apache-2.0 */
/* The eBay look-alike over real sockets: two worlds of listings, revisions, XML, signed messages. */
#include "support/ebay_rig.h"

/* ---- tokens ---- */

static void
want_token_error(const char *id, const char *secret, const char *form, const char *error)
{
    token_ask(id, secret, form);
    assert_int_equal(rig.status, strcmp(error, "invalid_client") == 0 ? 401 : 400);
    assert_slice(rig_text(json_get(rig.json, "error")), error);
}

static void test_tokens_are_sold_for_the_right_words_only(void **state)
{
    (void)state;
    token_ask(RIG_KEY_SECRET, RIG_SECRET, REFRESH);
    assert_int_equal(rig_int(json_get(rig.json, "expires_in")), 7200);
    assert_int_equal(json_type(json_get(rig.json, "refresh_token")), JSON_NONE);
    want_token_error("other", RIG_SECRET, REFRESH, "invalid_client");
    want_token_error(RIG_KEY_SECRET, "other", REFRESH, "invalid_client");
    want_token_error(
        RIG_KEY_SECRET, RIG_SECRET, "grant_type=refresh_token&refresh_token=x", "invalid_grant");
    want_token_error(RIG_KEY_SECRET, RIG_SECRET, "grant_type=client_credentials", "invalid_scope");
    want_token_error(RIG_KEY_SECRET, RIG_SECRET, REFRESH "&scope=everything", "invalid_scope");
    want_token_error(RIG_KEY_SECRET, RIG_SECRET, "grant_type=x", "unsupported_grant_type");
    token_ask(RIG_KEY_SECRET,
              RIG_SECRET,
              "grant_type=authorization_code&code=sandbox-consent-code&redirect_uri=RuName");
    assert_slice(rig_text(json_get(rig.json, "refresh_token")), RIG_TOKEN);
    get("/commerce/identity/v1/user/");
    assert_slice(rig_text(json_get(rig.json, "userId")), "seller00");
    call_as(app, "GET", "/commerce/identity/v1/user/", "");
    want_error(403, 1100);
    call_as(SLICE("nothing"), "GET", "/commerce/identity/v1/user/", "");
    want_error(401, 1001);
    get("/sell/nowhere/v1/x");
    want_error(404, 2002);
}

static void test_a_token_dies(void **state)
{
    (void)state;
    get("/commerce/identity/v1/user/");
    assert_int_equal(rig.status, 200);
    assert_false(rig_wait(&rig, never, 1200 * US_PER_MS));
    get("/commerce/identity/v1/user/");
    want_error(401, 1001);
}

/* ---- the Inventory API's world ---- */

static int64_t offer_of(const char *sku)
{
    struct shop_item item;
    assert_true(shop_item_find(shop, slice_of(sku), &item));
    return item.inventory_item_id;
}

static void bulk(const char *requests)
{
    struct slice body = arena_printf(&rig.arena, "{\"requests\":[%s]}", requests);
    call_as(token, "POST", "/sell/inventory/v1/bulk_update_price_quantity", body.p);
}

static struct slice both(const char *sku, int64_t ship, int64_t offer)
{
    return arena_printf(&rig.arena,
                        "{\"sku\":\"%s\",\"shipToLocationAvailability\":{\"quantity\":%" PRId64
                        "},\"offers\":[{\"offerId\":\"%" PRId64 "\",\"availableQuantity\":%" PRId64
                        "}]}",
                        sku,
                        ship,
                        offer_of(sku),
                        offer);
}

static void want_element(size_t nth, int status, int error)
{
    struct json element = rig_at(json_get(rig.json, "responses"), nth);
    assert_int_equal(rig_int(json_get(element, "statusCode")), status);
    struct json first = rig_at(json_get(element, "errors"), 0);
    if (error) {
        assert_int_equal(rig_int(json_get(first, "errorId")), error);
    } else {
        assert_int_equal(json_type(first), JSON_NONE);
    }
}

static void test_a_bulk_update_judges_each_element_by_itself(void **state)
{
    (void)state;
    bulk(both("MUG", 7, 7).p);
    assert_int_equal(rig.status, 200);
    want_element(0, 200, 0);
    assert_int_equal(rig_count(shop, "MUG"), 7);
    struct slice list = arena_printf(&rig.arena,
                                     "%.*s,%.*s,%.*s,%.*s,{\"sku\":\"CAP-M\",\"offers\":[{"
                                     "\"offerId\":\"1\",\"availableQuantity\":1}]},%.*s",
                                     SLICE_ARG(both("CAP-S", 4, 4)),
                                     SLICE_ARG(both("TEE-S", 4, 4)),
                                     SLICE_ARG(both("CAP-M", 4, -4)),
                                     SLICE_ARG(both("DRAFT", 4, 4)),
                                     SLICE_ARG(both("CAP-M", 4, 4)));
    bulk(list.p);
    assert_int_equal(rig.status, 207);
    want_element(0, 200, 0);
    want_element(1, 400, 25702); /* not of this world */
    want_element(2, 400, 25709);
    want_element(3, 400, 25002); /* not published */
    want_element(4, 400, 25713);
    want_element(5, 200, 0);
    assert_int_equal(rig_count(shop, "CAP-S"), 4);
    assert_int_equal(rig_count(shop, "CAP-M"), 4);
    assert_int_equal(rig_count(shop, "TEE-S"), 10);
}

static void test_a_wrong_form_refuses_the_whole_bulk(void **state)
{
    (void)state;
    bulk("{\"sku\":\"MUG\",\"shipToLocationAvailability\":{\"quantity\":\"seven\"}}");
    want_error(400, 2004);
    bulk("{\"sku\":\"MUG\",\"quantity\":7}");
    want_error(400, 2004);
    bulk("{\"sku\":\"MUG\",\"offers\":[{\"offerId\":36445435465,\"availableQuantity\":7}]}");
    want_error(400, 2004);
    bulk("");
    want_error(400, 2004);
    struct buf many;
    buf_init(&many, 1 << 16);
    for (int i = 0; i < 26; i++) {
        buf_printf(&many, "%s{\"sku\":\"MUG\"}", i ? "," : "");
    }
    bulk(arena_copy(&rig.arena, buf_view(&many)).p);
    want_error(400, 25709);
    buf_free(&many);
    struct http_header headers[] = {
        {SLICE("Authorization"), arena_printf(&rig.arena, "Bearer %.*s", SLICE_ARG(token))}};
    rig_call(&rig,
             "POST",
             url_of("/sell/inventory/v1/bulk_update_price_quantity"),
             headers,
             1,
             SLICE("{}"),
             0);
    assert_int_equal(rig.status, 415);
    assert_int_equal(rig_count(shop, "MUG"), 3);
}

static void test_the_smaller_of_both_numbers_is_for_sale(void **state)
{
    (void)state;
    bulk("{\"sku\":\"MUG\",\"shipToLocationAvailability\":{\"quantity\":9}}");
    want_element(0, 200, 0);
    assert_int_equal(rig_count(shop, "MUG"), 3);
    bulk(both("MUG", 9, 5).p);
    assert_int_equal(rig_count(shop, "MUG"), 5);
    rig_buy(shop, "MUG", 2);
    get(arena_printf(&rig.arena, "/sell/inventory/v1/offer/%" PRId64, offer_of("MUG")).p);
    assert_int_equal(rig_int(json_get(rig.json, "availableQuantity")), 3);
    assert_int_equal(rig_int(json_path(rig.json, "listing", "soldQuantity", NULL)), 2);
    get("/sell/inventory/v1/inventory_item/MUG");
    assert_int_equal(rig_int(json_path(
                         rig.json, "availability", "shipToLocationAvailability", "quantity", NULL)),
                     7);
}

static void test_items_and_offers_are_read(void **state)
{
    (void)state;
    get("/sell/inventory/v1/inventory_item?limit=2&offset=1"); /* offset counts pages */
    assert_int_equal(rig_int(json_get(rig.json, "total")), 4);
    struct json item = rig_at(json_get(rig.json, "inventoryItems"), 0);
    assert_slice(rig_text(json_get(item, "sku")), "CAP-M");
    struct slice group =
        arena_copy(&rig.arena, rig_text(rig_at(json_get(item, "inventoryItemGroupKeys"), 0)));
    get(arena_printf(&rig.arena, "/sell/inventory/v1/inventory_item_group/%.*s", SLICE_ARG(group))
            .p);
    assert_int_equal(json_count(json_get(rig.json, "variantSKUs")), 2);
    get("/sell/inventory/v1/offer?sku=CAP-S");
    struct json offer = rig_at(json_get(rig.json, "offers"), 0);
    assert_slice(rig_text(json_get(offer, "status")), "PUBLISHED");
    assert_slice(rig_text(json_path(offer, "listing", "listingId", NULL)), "110000000005");
    get("/sell/inventory/v1/offer?sku=DRAFT");
    assert_slice(rig_text(json_get(rig_at(json_get(rig.json, "offers"), 0), "status")),
                 "UNPUBLISHED");
    get("/sell/inventory/v1/offer?sku=TEE-S");
    want_error(404, 25713);
    get("/sell/inventory/v1/inventory_item/TEE-S");
    want_error(404, 25710);
    get("/sell/inventory/v1/inventory_item?limit=201");
    want_error(400, 25706);
    get("/sell/inventory/v1/offer");
    want_error(400, 25709);
}

static void test_a_listing_takes_250_revisions_a_day(void **state)
{
    (void)state;
    for (int64_t n = 0; n < 250; n++) {
        bulk(both(n % 2 ? "CAP-S" : "CAP-M", 100 + n, 100 + n).p); /* one listing */
        want_element(0, 200, 0);
    }
    bulk(both("CAP-S", 1, 1).p);
    assert_int_equal(rig.status, 207);
    want_element(0, 400, 25002);
    assert_int_equal(rig_count(shop, "CAP-S"), 349);
    bulk(both("CAP-S", 349, 349).p); /* nothing new is no revision */
    want_element(0, 200, 0);
    bulk(both("MUG", 1, 1).p);
    want_element(0, 200, 0);
}

/* ---- the site's world: XML ---- */

#define BLOCK(id, more, n)                                                                         \
    "<InventoryStatus><ItemID>" id "</ItemID>" more "<Quantity>" #n "</Quantity></"                \
    "InventoryStatus>"
#define VARIATION(sku) "<SKU>" sku "</SKU>"

static void want_ack(const char *ack, const char *code)
{
    assert_slice(xml_child_text(root, "Ack"), ack);
    assert_slice(xml_child_text(xml_child(root, "Errors"), "ErrorCode"), code);
}

static void test_a_revision_takes_one_to_four_blocks(void **state)
{
    (void)state;
    trade("ReviseInventoryStatus",
          "<MessageID>tc-1</MessageID>" BLOCK(TEE, VARIATION("TEE-M"), 7) BLOCK(POSTER, "", 9));
    assert_slice(xml_child_text(root, "Ack"), "Success");
    assert_slice(xml_child_text(root, "CorrelationID"), "tc-1");
    assert_int_equal(xml_count(root, "InventoryStatus"), 2);
    assert_int_equal(rig_count(shop, "TEE-M"), 7);
    assert_int_equal(rig_count(shop, "POSTER"), 9);
    trade("ReviseInventoryStatus", BLOCK(POSTER, "", 9));
    want_ack("Warning", "21917091");
    trade("ReviseInventoryStatus",
          BLOCK(POSTER, "", 1) BLOCK(POSTER, "", 2) BLOCK(POSTER, "", 3) BLOCK(POSTER, "", 4)
              BLOCK(POSTER, "", 5));
    want_ack("Failure", "37");
    trade("ReviseInventoryStatus", "");
    want_ack("Failure", "37");
    assert_int_equal(rig_count(shop, "POSTER"), 9);
}

static void test_one_wrong_block_fails_by_itself(void **state)
{
    (void)state;
    trade("ReviseInventoryStatus", BLOCK(TEE, "", 7) BLOCK(POSTER, "", 2));
    want_ack("PartialFailure", "21916583");
    assert_slice(xml_child_text(xml_child(xml_child(root, "Errors"), "ErrorParameters"), "Value"),
                 TEE);
    assert_int_equal(xml_count(root, "InventoryStatus"), 1);
    assert_int_equal(rig_count(shop, "POSTER"), 2);
    trade("ReviseInventoryStatus", BLOCK(TEE, VARIATION("TEE-XL"), 7));
    want_ack("Failure", "21916635");
    trade("ReviseInventoryStatus", BLOCK(MUG, "", 7));
    want_ack("Failure", "21919474"); /* made by the Inventory API */
    trade("ReviseInventoryStatus", BLOCK("220000000001", "", 7));
    want_ack("Failure", "17");
    trade("ReviseInventoryStatus", BLOCK(POSTER, "", many));
    want_ack("Failure", "37");
    trade("ReviseInventoryStatus", BLOCK(POSTER, "<Amount>3</Amount>", 7));
    want_ack("Failure", "37");
    assert_int_equal(rig_count(shop, "MUG"), 3);
}

static void test_the_frame_of_a_trading_call_is_strict(void **state)
{
    (void)state;
#define NS "xmlns=\"urn:ebay:apis:eBLBaseComponents\""
#define ITEM_ID "<ItemID>" POSTER "</ItemID>"
    trade_as(token, "GetItem", "1451", "<GetItemRequest " NS ">" ITEM_ID "</GetItemRequest>");
    assert_slice(xml_child_text(root, "Ack"), "Success");
    trade_as(SLICE("x"), "GetItem", "1451", "<GetItemRequest " NS ">" ITEM_ID "</GetItemRequest>");
    want_ack("Failure", "931");
    trade_as(app, "GetItem", "1451", "<GetItemRequest " NS ">" ITEM_ID "</GetItemRequest>");
    want_ack("Failure", "931");
    trade_as(token, "GetItem", "", "<GetItemRequest " NS ">" ITEM_ID "</GetItemRequest>");
    want_ack("Failure", "2");
    trade_as(token, "GetItem", "1451", "<GetItemRequest>" ITEM_ID "</GetItemRequest>");
    want_ack("Failure", "5"); /* no namespace */
    trade_as(token, "GetItem", "1451", "<GetOrdersRequest " NS ">" ITEM_ID "</GetOrdersRequest>");
    want_ack("Failure", "5");
    trade_as(token, "GetItem", "1451", "<GetItemRequest " NS ">" ITEM_ID "</GetItem>");
    want_ack("Failure", "5");
    trade_as(token,
             "GetItem",
             "1451",
             "<!DOCTYPE x [<!ENTITY e \"y\">]><GetItemRequest " NS ">" ITEM_ID "</GetItemRequest>");
    want_ack("Failure", "5");
    trade("EndItem", ITEM_ID);
    want_ack("Failure", "2");
}

static void test_quantity_counts_what_was_sold_too(void **state)
{
    (void)state;
    rig_buy(shop, "TEE-M", 4);
    trade("GetItem", "<ItemID>" TEE "</ItemID>");
    const struct xml *item = xml_child(root, "Item");
    assert_slice(xml_child_text(item, "Title"), "Tee & Co");
    const struct xml *second = xml_child(xml_child(item, "Variations"), "Variation")->next;
    assert_slice(xml_child_text(second, "SKU"), "TEE-M");
    assert_slice(xml_child_text(second, "Quantity"), "10");
    assert_slice(xml_child_text(xml_child(second, "SellingStatus"), "QuantitySold"), "4");
    assert_int_equal(rig_count(shop, "TEE-M"), 6);
    trade("GetMyeBaySelling",
          "<ActiveList><Include>true</Include><Pagination><EntriesPerPage>3</EntriesPerPage>"
          "<PageNumber>1</PageNumber></Pagination></ActiveList>");
    const struct xml *list = xml_child(root, "ActiveList");
    assert_int_equal(xml_count(xml_child(list, "ItemArray"), "Item"), 3);
    assert_slice(xml_child_text(xml_child(list, "PaginationResult"), "TotalNumberOfEntries"), "4");
    assert_slice(xml_child_text(xml_child(list, "PaginationResult"), "TotalNumberOfPages"), "2");
    trade("GetMyeBaySelling",
          "<ActiveList><Pagination><EntriesPerPage>201</EntriesPerPage></Pagination></ActiveList>");
    want_ack("Failure", "37");
}

static void test_without_out_of_stock_control_zero_ends_a_listing(void **state)
{
    (void)state;
    trade("GetUserPreferences",
          "<ShowOutOfStockControlPreference>true</ShowOutOfStockControlPreference>");
    assert_slice(xml_child_text(root, "OutOfStockControlPreference"), "false");
    trade("ReviseInventoryStatus", BLOCK(POSTER, "", 0));
    want_ack("Failure", "515");
    bulk(both("MUG", 0, 0).p);
    want_element(0, 400, 25709);
    rig_buy(shop, "POSTER", 5);
    trade("ReviseInventoryStatus", BLOCK(POSTER, "", 3));
    want_ack("Failure", "291");
    trade("SetUserPreferences", "<OutOfStockControlPreference>true</OutOfStockControlPreference>");
    assert_slice(xml_child_text(root, "Ack"), "Success");
    bulk(both("MUG", 0, 0).p);
    want_element(0, 200, 0);
    bulk(both("MUG", 2, 2).p);
    want_element(0, 200, 0);
    assert_int_equal(rig_count(shop, "MUG"), 2);
}

/* ---- orders ---- */

static void order_get(int64_t id, const char *more)
{
    get(arena_printf(&rig.arena,
                     "/sell/fulfillment/v1/order/%.*s%s",
                     SLICE_ARG(ebay_order_text(&rig.arena, id)),
                     more)
            .p);
    assert_int_equal(rig.status, 200);
}

static void want_order(int64_t id, const char *fulfilment, const char *payment, const char *cancel)
{
    order_get(id, "");
    assert_slice(rig_text(json_get(rig.json, "orderFulfillmentStatus")), fulfilment);
    assert_slice(rig_text(json_get(rig.json, "orderPaymentStatus")), payment);
    assert_slice(rig_text(json_path(rig.json, "cancelStatus", "cancelState", NULL)), cancel);
}

static void test_an_order_lives_through_its_states(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "TEE-M", 3);
    want_order(id, "NOT_STARTED", "PAID", "NONE_REQUESTED");
    struct json line = rig_at(json_get(rig.json, "lineItems"), 0);
    assert_slice(rig_text(json_get(line, "legacyItemId")), TEE);
    assert_slice(rig_text(json_get(line, "sku")), "TEE-M");
    assert_int_equal(rig_int(json_get(line, "quantity")), 3);
    assert_int_equal(shop_fulfil(shop, id, 0, 1), SHOP_DONE);
    want_order(id, "IN_PROGRESS", "PAID", "NONE_REQUESTED");
    order_get(id, "/shipping_fulfillment");
    struct json shipped = rig_at(json_get(rig.json, "fulfillments"), 0);
    assert_int_equal(rig_int(json_get(rig_at(json_get(shipped, "lineItems"), 0), "quantity")), 1);
    assert_int_equal(shop_fulfil(shop, id, 0, 0), SHOP_DONE);
    assert_int_equal(shop_refund(shop, id, 0, 1, true), SHOP_DONE);
    want_order(id, "FULFILLED", "PARTIALLY_REFUNDED", "NONE_REQUESTED");
    assert_int_equal(rig_count(shop, "TEE-M"), 7); /* a refund is money */
    assert_int_equal(shop_cancel_units(shop, id, 0, 1, true), SHOP_IMPOSSIBLE);
    int64_t other = rig_buy(shop, "MUG", 1);
    assert_int_equal(shop_cancel(shop, other, true), SHOP_DONE);
    want_order(other, "NOT_STARTED", "FULLY_REFUNDED", "CANCELED");
    assert_int_equal(json_count(json_path(rig.json, "cancelStatus", "cancelRequests", NULL)), 1);
    assert_int_equal(rig_count(shop, "MUG"), 3);
    get(arena_printf(&rig.arena,
                     "/sell/fulfillment/v1/order?orderIds=%.*s",
                     SLICE_ARG(ebay_order_text(&rig.arena, other)))
            .p);
    struct json listed = rig_at(json_get(rig.json, "orders"), 0);
    assert_int_equal(json_count(json_path(listed, "cancelStatus", "cancelRequests", NULL)), 0);
}

#define ORDERS "/sell/fulfillment/v1/order?"

static void test_orders_are_found_by_filters_in_brackets(void **state)
{
    (void)state;
    int64_t first = rig_buy(shop, "TEE-M", 1);
    int64_t second = rig_buy(shop, "TEE-S", 1);
    rig_buy(shop, "TEE-S", 1);
    assert_int_equal(shop_fulfil(shop, first, 0, 0), SHOP_DONE);
    get(ORDERS "filter=lastmodifieddate:%5B2026-01-01T00:00:00.000Z..%5D&limit=2");
    assert_int_equal(rig.status, 200);
    assert_int_equal(rig_int(json_get(rig.json, "total")), 3);
    assert_int_equal(json_count(json_get(rig.json, "orders")), 2);
    assert_int_equal(json_type(json_get(rig.json, "next")), JSON_TEXT);
    get(ORDERS "filter=lastmodifieddate:%5B2026-01-01T00:00:00.000Z..%5D&limit=2&offset=2");
    assert_int_equal(json_count(json_get(rig.json, "orders")), 1);
    get(ORDERS "filter=orderfulfillmentstatus:%7BNOT_STARTED%7CIN_PROGRESS%7D");
    assert_int_equal(rig_int(json_get(rig.json, "total")), 2);
    order_get(second, "");
    get(ORDERS "filter=lastmodifieddate:2026-01-01T00:00:00.000Z");
    want_error(400, 30800);
    get(ORDERS "filter=lastmodifieddate:%5B..2026-01-01T00:00:00.000Z%5D");
    want_error(400, 30820);
    get(ORDERS "filter=lastmodifieddate:%5B2099-01-01T00:00:00.000Z..%5D");
    want_error(400, 30850);
    get(ORDERS "filter=modified:%5B2026-01-01T00:00:00.000Z..%5D");
    want_error(400, 30700);
    get(ORDERS "limit=201");
    want_error(400, 31100);
    get("/sell/fulfillment/v1/order/nonsense");
    want_error(400, 32100);
    get("/sell/fulfillment/v1/order/99-00000-00000");
    assert_int_equal(rig.status, 404);
}

#define TEST(name, before) cmocka_unit_test_setup_teardown(name, before, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tokens_are_sold_for_the_right_words_only, start),
        TEST(test_a_token_dies, start_short),
        TEST(test_a_bulk_update_judges_each_element_by_itself, start),
        TEST(test_a_wrong_form_refuses_the_whole_bulk, start),
        TEST(test_the_smaller_of_both_numbers_is_for_sale, start),
        TEST(test_items_and_offers_are_read, start),
        TEST(test_a_listing_takes_250_revisions_a_day, start),
        TEST(test_a_revision_takes_one_to_four_blocks, start),
        TEST(test_one_wrong_block_fails_by_itself, start),
        TEST(test_the_frame_of_a_trading_call_is_strict, start),
        TEST(test_quantity_counts_what_was_sold_too, start),
        TEST(test_without_out_of_stock_control_zero_ends_a_listing, start_ending),
        TEST(test_an_order_lives_through_its_states, start),
        TEST(test_orders_are_found_by_filters_in_brackets, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
