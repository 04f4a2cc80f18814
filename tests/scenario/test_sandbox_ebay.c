/* SPDX-License-Identifier: Apache-2.0 */
/* The eBay look-alike over real sockets: two worlds of listings, revisions, XML, signed messages. */
#include "support/sandbox_rig.h"

#include "drill/sandbox_ebay.h"

static struct rig rig;
static struct shop *shop;
static struct slice token, app; /* access tokens */

/* Inventory API: Mug 110000000001 and Cap ..005 (S, M). Site: Tee ..003 (S, M), Poster ..007. */
static void fill(void)
{
    static const struct sandbox_item items[] = {
        {.sku = {"MUG", 3}, .product = {"Mug", 3}, .count = 3},
        {.sku = {"TEE-S", 5}, .product = {"Tee & Co", 8}, .title = {"S", 1}, .count = 10},
        {.sku = {"CAP-S", 5}, .product = {"Cap", 3}, .title = {"S", 1}, .count = 20},
        {.sku = {"TEE-M", 5}, .product = {"Tee & Co", 8}, .title = {"M", 1}, .count = 10},
        {.sku = {"CAP-M", 5}, .product = {"Cap", 3}, .title = {"M", 1}, .count = 20},
        {.sku = {"POSTER", 6}, .product = {"Poster", 6}, .count = 5},
        {.sku = {"DRAFT", 5}, .product = {"Draft", 5}, .mode = STOCK_UNMANAGED},
    };
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        rig_item(shop, items[i]);
    }
}

#define TEE "110000000003"
#define POSTER "110000000007"
#define MUG "110000000001"

/* ---- calls ---- */

static struct slice url_of(const char *path)
{
    return arena_printf(&rig.arena, "%.*s%s", SLICE_ARG(shop_base_url(shop)), path);
}

static void token_ask(const char *id, const char *secret, const char *form)
{
    struct slice pair = arena_printf(&rig.arena, "%s:%s", id, secret);
    struct http_header headers[] = {
        {SLICE("Authorization"),
         arena_printf(&rig.arena, "Basic %.*s", SLICE_ARG(base64_encode(&rig.arena, pair)))},
        {SLICE("Content-Type"), SLICE("application/x-www-form-urlencoded")},
    };
    rig_call(&rig, "POST", url_of("/identity/v1/oauth2/token"), headers, 2, slice_of(form), 0);
}

static struct slice token_buy(const char *form)
{
    token_ask(RIG_KEY_SECRET, RIG_SECRET, form);
    assert_int_equal(rig.status, 200);
    return arena_copy(&rig.arena, rig_text(json_get(rig.json, "access_token")));
}

#define REFRESH "grant_type=refresh_token&refresh_token=" RIG_TOKEN
#define APP "grant_type=client_credentials&scope=https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope"

static void call_as(struct slice access, const char *method, const char *path, const char *body)
{
    struct http_header headers[] = {
        {SLICE("Authorization"), arena_printf(&rig.arena, "Bearer %.*s", SLICE_ARG(access))},
        {SLICE("Content-Type"), SLICE("application/json")},
    };
    rig_call(&rig, method, url_of(path), headers, 2, slice_of(body), 0);
}

static void get(const char *path)
{
    call_as(token, "GET", path, "");
}

static void want_error(int status, int id)
{
    struct json first = rig_at(json_get(rig.json, "errors"), 0);
    assert_int_equal(rig.status, status);
    assert_int_equal(rig_int(json_get(first, "errorId")), id);
}

static void start_with(struct shop_options options)
{
    rig_start(&rig, NULL);
    options.kind = SHOP_EBAY;
    options.code = "ebay-a";
    shop = rig_shop(&rig, options);
    fill();
    token = token_buy(REFRESH);
    app = token_buy(APP);
}

static int start(void **state)
{
    (void)state;
    start_with((struct shop_options){0});
    return 0;
}

static int start_heard(void **state)
{
    (void)state;
    rig_start(&rig, NULL);
    shop = rig_shop(
        &rig,
        (struct shop_options){
            .kind = SHOP_EBAY, .code = "ebay-a", .retry_ms = 1, .hooks_url = rig.hooks_url});
    fill();
    token = token_buy(REFRESH);
    app = token_buy(APP);
    return 0;
}

static int start_ending(void **state)
{
    (void)state;
    start_with((struct shop_options){.ends_at_zero = true});
    return 0;
}

static int start_short(void **state)
{
    (void)state;
    start_with((struct shop_options){.token_s = 1});
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&rig);
    return 0;
}

static bool never(struct rig *r)
{
    (void)r;
    return false;
}

static bool nothing_waits(struct rig *r)
{
    (void)r;
    return shop_stats(shop).hooks_waiting == 0;
}

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

static const struct xml *root;
static struct arena xml_arena;

static void trade_as(struct slice access, const char *name, const char *level, const char *body)
{
    struct http_header headers[] = {
        {SLICE("X-EBAY-API-IAF-TOKEN"), access},
        {SLICE("X-EBAY-API-CALL-NAME"), slice_of(name)},
        {SLICE("X-EBAY-API-SITEID"), SLICE("77")},
        {SLICE("X-EBAY-API-COMPATIBILITY-LEVEL"), slice_of(level)},
        {SLICE("Content-Type"), SLICE("text/xml")},
    };
    rig_call(&rig, "POST", url_of("/ws/api.dll"), headers, 5, slice_of(body), 0);
    assert_int_equal(rig.status, 200);
    root = xml_read(rig.body, &rig.arena);
    assert_non_null(root);
}

static void trade(const char *name, const char *content)
{
    struct slice body = arena_printf(
        &rig.arena,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<%sRequest "
        "xmlns=\"urn:ebay:apis:eBLBaseComponents\"><WarningLevel>High</WarningLevel>%s</%sRequest>",
        name,
        content,
        name);
    trade_as(token, name, "1451", body.p);
}

#define BLOCK(id, more, n)                                                                         \
    "<InventoryStatus><ItemID>" id "</ItemID>" more "<Quantity>" #n "</Quantity></"                \
                                                                    "InventoryStatus>"
#define VARIATION(sku) "<SKU>" sku "</SKU>"

static void want_ack(const char *ack, const char *code)
{
    assert_slice(xml_text(root, "Ack"), ack);
    assert_slice(xml_text(xml_child(root, "Errors"), "ErrorCode"), code);
}

static void test_a_revision_takes_one_to_four_blocks(void **state)
{
    (void)state;
    trade("ReviseInventoryStatus",
          "<MessageID>tc-1</MessageID>" BLOCK(TEE, VARIATION("TEE-M"), 7) BLOCK(POSTER, "", 9));
    assert_slice(xml_text(root, "Ack"), "Success");
    assert_slice(xml_text(root, "CorrelationID"), "tc-1");
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
    assert_slice(xml_text(xml_child(xml_child(root, "Errors"), "ErrorParameters"), "Value"), TEE);
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
    assert_slice(xml_text(root, "Ack"), "Success");
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
    assert_slice(xml_text(item, "Title"), "Tee & Co");
    const struct xml *second = xml_child(xml_child(item, "Variations"), "Variation")->next;
    assert_slice(xml_text(second, "SKU"), "TEE-M");
    assert_slice(xml_text(second, "Quantity"), "10");
    assert_slice(xml_text(xml_child(second, "SellingStatus"), "QuantitySold"), "4");
    assert_int_equal(rig_count(shop, "TEE-M"), 6);
    trade("GetMyeBaySelling",
          "<ActiveList><Include>true</Include><Pagination><EntriesPerPage>3</EntriesPerPage>"
          "<PageNumber>1</PageNumber></Pagination></ActiveList>");
    const struct xml *list = xml_child(root, "ActiveList");
    assert_int_equal(xml_count(xml_child(list, "ItemArray"), "Item"), 3);
    assert_slice(xml_text(xml_child(list, "PaginationResult"), "TotalNumberOfEntries"), "4");
    assert_slice(xml_text(xml_child(list, "PaginationResult"), "TotalNumberOfPages"), "2");
    trade("GetMyeBaySelling",
          "<ActiveList><Pagination><EntriesPerPage>201</EntriesPerPage></Pagination></ActiveList>");
    want_ack("Failure", "37");
}

static void test_without_out_of_stock_control_zero_ends_a_listing(void **state)
{
    (void)state;
    trade("GetUserPreferences",
          "<ShowOutOfStockControlPreference>true</ShowOutOfStockControlPreference>");
    assert_slice(xml_text(root, "OutOfStockControlPreference"), "false");
    trade("ReviseInventoryStatus", BLOCK(POSTER, "", 0));
    want_ack("Failure", "515");
    bulk(both("MUG", 0, 0).p);
    want_element(0, 400, 25709);
    rig_buy(shop, "POSTER", 5);
    trade("ReviseInventoryStatus", BLOCK(POSTER, "", 3));
    want_ack("Failure", "291");
    trade("SetUserPreferences", "<OutOfStockControlPreference>true</OutOfStockControlPreference>");
    assert_slice(xml_text(root, "Ack"), "Success");
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

/* ---- messages ---- */

static struct slice hook_header(const struct rig_hook *hook, const char *name)
{
    return http_header_get(hook->headers, hook->headers_count, name);
}

/* As eBay's documents say: key by its id, PEM without line breaks, SHA-1 over the body. */
static void want_signed(const struct rig_hook *hook)
{
    struct slice text;
    struct slice signature;
    struct slice der;
    assert_true(base64_decode(&rig.arena, hook_header(hook, "X-EBAY-SIGNATURE"), &text));
    struct json head = rig_parse(&rig, text);
    assert_slice(rig_text(json_get(head, "alg")), "ecdsa");
    assert_true(base64_decode(&rig.arena, rig_text(json_get(head, "signature")), &signature));
    struct slice id = arena_copy(&rig.arena, rig_text(json_get(head, "kid")));
    call_as(app,
            "GET",
            arena_printf(&rig.arena, "/commerce/notification/v1/public_key/%.*s", SLICE_ARG(id)).p,
            "");
    assert_int_equal(rig.status, 200);
    struct slice pem = rig_text(json_get(rig.json, "key"));
    assert_true(slice_starts(pem, "-----BEGIN PUBLIC KEY-----"));
    pem = slice_from(pem, 26);
    pem.n -= 24;
    assert_true(base64_decode(&rig.arena, pem, &der));
    assert_true(ecdsa_fits(der, hook->body, signature));
    assert_false(ecdsa_fits(der, slice_from(hook->body, 1), signature));
}

static void test_a_confirmation_comes_for_each_line_signed_and_again_when_it_fails(void **state)
{
    (void)state;
    struct shop_line lines[] = {{SLICE("MUG"), 1}, {SLICE("TEE-S"), 2}};
    int64_t id = 0;
    rig.refuse_first = 1;
    assert_int_equal(shop_buy(shop, lines, 2, &id), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 3);
    const struct rig_hook *last = &rig.hooks[2];
    assert_slice(last->path, "/hooks/shop");
    struct json root_json = rig_parse(&rig, last->body);
    struct json note = json_get(root_json, "notification");
    assert_slice(rig_text(json_path(root_json, "metadata", "topic", NULL)), "ORDER_CONFIRMATION");
    assert_int_equal(rig_int(json_get(note, "publishAttemptCount")), 2);
    assert_slice(rig_text(json_path(note, "data", "orderId", NULL)),
                 ebay_order_text(&rig.arena, id).p);
    assert_int_equal(json_count(json_path(note, "data", "lineItems", NULL)), 1);
    want_signed(last);
    want_signed(&rig.hooks[1]);
    call_as(app, "GET", "/commerce/notification/v1/public_key/other", "");
    want_error(404, 195001);
    call_as(token, "GET", "/commerce/notification/v1/public_key/other", "");
    want_error(403, 1100);
}

static void test_nobody_is_told_of_cancels_and_shipments(void **state)
{
    (void)state;
    int64_t id = rig_buy(shop, "MUG", 1);
    int64_t other = rig_buy(shop, "MUG", 1);
    assert_int_equal(shop_cancel(shop, id, true), SHOP_DONE);
    assert_int_equal(shop_fulfil(shop, other, 0, 0), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 2);
}

#define NOTIFY "/commerce/notification/v1"

static void post_destination(const char *endpoint, const char *verification)
{
    struct slice body = arena_printf(&rig.arena,
                                     "{\"name\":\"mine\",\"status\":\"ENABLED\",\"deliveryConfig\":"
                                     "{\"endpoint\":\"%s\",\"verificationToken\":\"%s\"}}",
                                     endpoint,
                                     verification);
    call_as(app, "POST", NOTIFY "/destination", body.p);
}

static void test_a_destination_is_challenged_before_it_counts(void **state)
{
    (void)state;
    struct slice good =
        arena_printf(&rig.arena, "http://127.0.0.1:%d/challenge", rig.receiver_port);
#define VERIFY "0123456789abcdef0123456789abcdef"
    post_destination(good.p, VERIFY);
    want_error(409, 195003); /* no configuration */
    call_as(app, "PUT", NOTIFY "/config", "{\"alertEmail\":\"nobody\"}");
    want_error(400, 195025);
    call_as(app, "PUT", NOTIFY "/config", "{\"alertEmail\":\"ops@shop.example\"}");
    assert_int_equal(rig.status, 204);
    post_destination("http://shop.example/x", VERIFY);
    want_error(400, 195017);
    post_destination(good.p, "short");
    want_error(400, 195019);
    post_destination(good.p, VERIFY);
    want_error(409, 195020); /* our receiver answers {} */
    assert_true(slice_starts(rig.hooks[0].path, "/challenge"));
    call_as(app, "GET", NOTIFY "/destination", "");
    assert_int_equal(rig_int(json_get(rig.json, "total")), 0);
}

static void test_subscriptions_need_the_seller_s_token_and_a_destination(void **state)
{
    (void)state;
    call_as(app, "GET", NOTIFY "/destination", "");
    struct json d = rig_at(json_get(rig.json, "destinations"), 0);
    struct slice id = arena_copy(&rig.arena, rig_text(json_get(d, "destinationId")));
    struct slice body = arena_printf(&rig.arena,
                                     "{\"topicId\":\"ITEM_AVAILABILITY\",\"status\":\"ENABLED\","
                                     "\"destinationId\":\"%.*s\",\"payload\":{\"format\":\"JSON\","
                                     "\"schemaVersion\":\"1.0\",\"deliveryProtocol\":\"HTTPS\"}}",
                                     SLICE_ARG(id));
    call_as(app, "POST", NOTIFY "/subscription", body.p);
    want_error(403, 1100);
    call_as(token, "POST", NOTIFY "/subscription", "{\"topicId\":7}");
    want_error(400, 195027);
    call_as(token, "POST", NOTIFY "/subscription", body.p);
    assert_int_equal(rig.status, 201);
    assert_true(rig_header(&rig, "Location").n > 0);
    call_as(token, "POST", NOTIFY "/subscription", body.p);
    want_error(409, 195012);
    call_as(token, "GET", NOTIFY "/subscription?limit=10", "");
    assert_int_equal(rig_int(json_get(rig.json, "total")), 2);
    struct json s = rig_at(json_get(rig.json, "subscriptions"), 0);
    struct slice first = arena_copy(&rig.arena, rig_text(json_get(s, "subscriptionId")));
    call_as(token,
            "POST",
            arena_printf(&rig.arena, NOTIFY "/subscription/%.*s/test", SLICE_ARG(first)).p,
            "");
    assert_int_equal(rig.status, 202);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 1);
    call_as(token,
            "POST",
            arena_printf(&rig.arena, NOTIFY "/subscription/%.*s/disable", SLICE_ARG(first)).p,
            "");
    assert_int_equal(rig.status, 204);
    rig_buy(shop, "MUG", 1);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 1);
    call_as(app, "GET", NOTIFY "/topic/ORDER_CONFIRMATION", "");
    assert_slice(rig_text(json_get(rig.json, "scope")), "USER");
}

static void test_platform_notifications_are_signed_without_their_body(void **state)
{
    (void)state;
    struct slice content = arena_printf(
        &rig.arena,
        "<ApplicationDeliveryPreferences><ApplicationEnable>Enable</ApplicationEnable>"
        "<ApplicationURL>http://127.0.0.1:%d/platform</ApplicationURL>"
        "</ApplicationDeliveryPreferences><UserDeliveryPreferenceArray><NotificationEnable>"
        "<EventType>FixedPriceTransaction</EventType><EventEnable>Enable</EventEnable>"
        "</NotificationEnable><NotificationEnable><EventType>ItemRevised</EventType>"
        "<EventEnable>Enable</EventEnable></NotificationEnable></UserDeliveryPreferenceArray>",
        rig.receiver_port);
    trade("SetNotificationPreferences", content.p);
    assert_slice(xml_text(root, "Ack"), "Success");
    int64_t id = rig_buy(shop, "POSTER", 1);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 1);
    const struct xml *envelope = xml_read(rig.hooks[0].body, &rig.arena);
    const struct xml *body =
        xml_child(xml_child(envelope, "soapenv:Body"), "GetItemTransactionsResponse");
    assert_slice(xml_text(body, "NotificationEventName"), "FixedPriceTransaction");
    const struct xml *order =
        xml_child(xml_child(xml_child(body, "TransactionArray"), "Transaction"), "ContainingOrder");
    assert_slice(xml_text(order, "OrderID"), ebay_order_text(&rig.arena, id).p);
    struct slice digest;
    struct slice stamp = xml_text(body, "Timestamp");
    struct slice text =
        arena_printf(&rig.arena, "%.*s" EBAY_DEV_ID RIG_KEY_SECRET RIG_SECRET, SLICE_ARG(stamp));
    assert_true(hex_decode(&rig.arena, md5_hex(&rig.arena, text), &digest));
    const struct xml *credentials =
        xml_child(xml_child(envelope, "soapenv:Header"), "ebl:RequesterCredentials");
    assert_slice(xml_text(credentials, "ebl:NotificationSignature"),
                 base64_encode(&rig.arena, digest).p);
    assert_int_equal(shop_stock_edit(shop, SLICE("POSTER"), 2), SHOP_DONE);
    rig_until(&rig, nothing_waits);
    assert_int_equal(rig.hooks_count, 2);
    assert_non_null(memmem(rig.hooks[1].body.p, rig.hooks[1].body.n, "ItemRevised", 11));
}

/* The test value of RFC 1321, and the one of the platform's documents. */
static void test_md5_is_md5(void **state)
{
    (void)state;
    struct arena *arena = &xml_arena;
    arena_init(arena, 1 << 16);
    assert_slice(md5_hex(arena, SLICE("")), "d41d8cd98f00b204e9800998ecf8427e");
    assert_slice(md5_hex(arena, SLICE("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
    assert_slice(md5_hex(arena,
                         SLICE("12345678901234567890123456789012345678901234567890123456789012345"
                               "678901234567890")),
                 "57edf4a22be3c955ac49da2e2107b67a");
    arena_free(arena);
}

#define TEST(name, before) cmocka_unit_test_setup_teardown(name, before, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_md5_is_md5),
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
        TEST(test_a_confirmation_comes_for_each_line_signed_and_again_when_it_fails, start_heard),
        TEST(test_nobody_is_told_of_cancels_and_shipments, start_heard),
        TEST(test_a_destination_is_challenged_before_it_counts, start),
        TEST(test_subscriptions_need_the_seller_s_token_and_a_destination, start_heard),
        TEST(test_platform_notifications_are_signed_without_their_body, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
