/* SPDX-License-Identifier: Apache-2.0 */
/* Reading counts, orders and the catalogue: the exact requests, and what a real shop answered. */
#include "support/woo_recording.h"

static struct push_item item(const char *stock_key)
{
    return (struct push_item){.stock_key = slice_of(stock_key)};
}

static struct channel_signal signal_read;
static struct err_note note;

static const char *const outcomes[] = {"count", "missing", "unmanaged", "parent", "failed"};

static struct slice
counts_text(const struct push_item *items, size_t count, const struct http_response *response)
{
    struct account account = account_default();
    struct read_result *results = ARENA_ARRAY(&arena, count, struct read_result);
    ON_EXIT(buf_free) struct buf out;

    buf_init(&out, 65536);
    memset(results, 0xEE, count * sizeof *results);
    connector_woocommerce.read_counts(
        &account, items, count, &(struct step){0}, response, doc, &arena, results, &signal_read);
    for (size_t i = 0; i < count; i++) {
        assert_in_range(results[i].outcome, 0, COUNT_OF(outcomes) - 1);
        buf_printf(&out, "%s%s", i ? ", " : "", outcomes[results[i].outcome]);
        if (results[i].outcome == READ_COUNT) {
            buf_printf(&out, " %" PRId64, results[i].count);
        } else {
            assert_true(results[i].reason.n > 0);
        }
    }
    return arena_copy(&arena, buf_view(&out));
}

static struct slice
url_of_read(const struct account *account, const struct push_item *items, size_t count)
{
    struct http_request request;
    assert_int_equal(
        connector_woocommerce.build_read(account,
                                         items,
                                         count,
                                         &(struct step){.now_us = WOO_NOW_US, .nonce = nonce},
                                         &arena,
                                         &request),
        ERR_OK);
    assert_slice(request.method, "GET");
    assert_int_equal(request.body.n, 0);
    return request.url;
}

#define API "https://127.0.0.1:8443/wp-json/wc/v3"
#define TC "&_tc=1795408147123456"
#define COUNT_FIELDS "_fields=id,parent_id,type,manage_stock,stock_quantity,stock_status"

static void test_counts_are_asked_for_by_id(void **state)
{
    struct account account = account_default();
    struct push_item products[] = {item("p:10"), item("p:24"), item("p:25")};
    struct push_item variations[] = {item("v:11:12"), item("v:11:13")};
    (void)state;

    assert_slice(url_of_read(&account, products, 1), API "/products/10?" COUNT_FIELDS TC);
    assert_slice(url_of_read(&account, variations, 1),
                 API "/products/11/variations/12?" COUNT_FIELDS TC);
    assert_slice(url_of_read(&account, products, 3),
                 API "/products?include=10,24,25&per_page=100&status=any&" COUNT_FIELDS TC);
    assert_slice(url_of_read(&account, variations, 2),
                 API
                 "/products/11/variations?include=12,13&per_page=100&status=any&" COUNT_FIELDS TC);
}

static void test_every_recorded_count_is_read(void **state)
{
    static const struct {
        const char *name;
        const char *keys[9];
        const char *text;
    } table[] = {
        {"t40/t40_4_product_after", {"p:24"}, "count 0"},
        /* The product's own address also answers for a variation, whose parent the asker does not
           know. */
        {"rest/variation_via_products", {"p:12"}, "count 10"},
        {"rest/error_get_unknown_product", {"p:99999"}, "missing"},
        {"rest/error_wrong_secret", {"p:10"}, "failed"},
        {"rest/list_products",
         {"p:10", "p:11", "p:18", "p:24", "p:25", "p:26", "p:27", "p:28"},
         "count 20, unmanaged, count 30, count 1, count 2, unmanaged, unmanaged, unmanaged"},
        {"rest/list_variations_tee",
         {"v:11:12", "v:11:13", "v:11:14", "v:11:15", "v:11:16", "v:11:17"},
         "count 10, count 11, count 12, count 13, count 14, count 15"},
        {"rest/list_variations_poster", {"v:18:19", "v:18:20"}, "parent, parent"},
        {"rest/list_variations_cap", {"v:21:22", "v:21:23"}, "count 7, unmanaged"},
        {"rest/list_variations_cap",
         {"v:21:22", "v:21:23", "v:21:99"},
         "count 7, unmanaged, missing"},
        /* Items nobody asked for: the shop did not understand, so nothing is known to be missing.
         */
        {"rest/list_variations_tee", {"v:11:12", "v:11:99"}, "count 10, failed"},
        {"rest/products_modified_after",
         {"p:10", "p:11", "p:18"},
         "count 123, unmanaged, count 24"},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct recording r = rest(table[i].name);
        struct push_item items[9];
        size_t count = 0;
        while (count < COUNT_OF(items) && table[i].keys[count]) {
            items[count] = item(table[i].keys[count]);
            count++;
        }
        assert_slice(counts_text(items, count, &r.response), table[i].text);
    }
}

static void test_an_answer_that_is_no_count_is_never_a_count(void **state)
{
    static const struct {
        int status;
        const char *body, *text;
    } table[] = {
        {200, "<html></html>", "failed"},
        {200, "[]", "failed"},
        {200, "{}", "failed"},
        {200, "{\"id\":11,\"manage_stock\":true,\"stock_quantity\":5}", "failed"},
        {200, "{\"id\":10}", "failed"},
        {200, "{\"id\":10,\"manage_stock\":true,\"stock_quantity\":null}", "failed"},
        {200, "{\"id\":10,\"manage_stock\":true,\"stock_quantity\":2.5}", "failed"},
        {200, "{\"id\":10,\"manage_stock\":true,\"stock_quantity\":-3}", "count -3"},
        {200, "{\"id\":10,\"manage_stock\":false,\"stock_quantity\":5}", "unmanaged"},
        {200, "{\"id\":10,\"manage_stock\":\"parent\",\"stock_quantity\":5}", "parent"},
        {404, "<html></html>", "failed"},
        {404, "{\"code\":\"rest_no_route\"}", "failed"},
        {404, "{\"code\":\"woocommerce_rest_product_invalid_id\"}", "missing"},
        {429, "", "failed"},
        {503, "", "failed"},
        {0, "", "failed"},
    };
    struct push_item one = item("p:10");
    struct push_item two[] = {item("p:10"), item("p:11")};
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct http_response response = {.status = table[i].status,
                                         .body = slice_of(table[i].body)};
        assert_slice(counts_text(&one, 1, &response), table[i].text);
    }
    struct http_response gone = {.status = 404, .body = SLICE("{\"code\":\"x\"}")};
    assert_slice(counts_text(two, 2, &gone), "failed, failed");
    struct http_response object = {.status = 200, .body = SLICE("{\"id\":10}")};
    assert_slice(counts_text(two, 2, &object), "failed, failed");
}

static void test_items_beyond_a_page_fail_and_the_others_are_read(void **state)
{
    struct account account = account_default();
    struct push_item items[101];
    struct http_response response = {.status = 200, .body = SLICE("[]")};
    (void)state;

    for (size_t i = 0; i < COUNT_OF(items); i++) {
        items[i] = item(arena_printf(&arena, "p:%zu", i + 1).p);
    }
    assert_true(slice_ends(url_of_read(&account, items, 101),
                           ",99,100&per_page=100&status=any&" COUNT_FIELDS TC));
    struct slice text = counts_text(items, 101, &response);
    assert_true(slice_starts(text, "missing, missing"));
    assert_true(slice_ends(text, "missing, failed"));
    assert_int_equal(connector_woocommerce.semantics.read_batch_max, 100);
}

/* ---- orders ---- */

#define ORDER_FIELDS                                                                               \
    "_fields=id,status,date_created_gmt,date_modified_gmt,date_completed_gmt,line_items,"          \
    "shipping.country,shipping.state,billing.country,billing.state"

static enum err url_of_orders(const char *cursor, struct slice *out)
{
    struct account account = account_default();
    struct http_request request = {0};
    enum err e =
        connector_woocommerce.build_orders(&account,
                                           &(struct step){.now_us = WOO_NOW_US,
                                                          .nonce = nonce,
                                                          .since_us = INT64_C(1795407665999999),
                                                          .cursor = slice_of(cursor)},
                                           &arena,
                                           &request);
    *out = request.url;
    return e;
}

static void test_changed_orders_are_asked_for_without_personal_fields(void **state)
{
    struct account account = account_default();
    struct http_request request;
    struct slice url;
    (void)state;

    assert_int_equal(url_of_orders("", &url), ERR_OK);
    assert_slice(url,
                 API "/orders?modified_after=2026-11-23T04:21:05&dates_are_gmt=true"
                     "&orderby=modified&order=asc&per_page=100&page=1&status=any&" ORDER_FIELDS TC);
    assert_int_equal(url_of_orders("2026-11-23T05:00:00/3", &url), ERR_OK);
    assert_slice(url,
                 API "/orders?modified_after=2026-11-23T05:00:00&dates_are_gmt=true"
                     "&orderby=modified&order=asc&per_page=100&page=3&status=any&" ORDER_FIELDS TC);
    assert_int_equal(
        connector_woocommerce.build_order(&account,
                                          SLICE("756"),
                                          &(struct step){.now_us = WOO_NOW_US, .nonce = nonce},
                                          &arena,
                                          &request),
        ERR_OK);
    assert_slice(request.url, API "/orders/756?" ORDER_FIELDS TC);
    static const char *const wrong[] = {
        "2", "x/1", "2026-11-23T05:00:00/0", "/", "2026-11-23T05:00:00/"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(url_of_orders(wrong[i], &url), ERR_USAGE);
    }
    assert_int_equal(
        connector_woocommerce.build_order(&account,
                                          SLICE("7/../8"),
                                          &(struct step){.now_us = WOO_NOW_US, .nonce = nonce},
                                          &arena,
                                          &request),
        ERR_USAGE);
}

static enum err orders_read(const struct http_response *response, struct orders_page *out)
{
    struct account account = account_default();
    *out = (struct orders_page){0};
    return connector_woocommerce.read_orders(
        &account, &(struct step){.now_us = 7}, response, doc, &arena, out, &signal_read, &note);
}

static void test_the_recorded_poll_is_read(void **state)
{
    struct recording r = rest("rest/orders_modified_after");
    struct orders_page page;
    (void)state;

    assert_int_equal(orders_read(&r.response, &page), ERR_OK);
    assert_slice(page.next, "");
    assert_slice(
        facts_text(&page.facts),
        "order 745 changed 2026-11-23T04:21:07Z placed 2026-11-23T04:21:07Z to / | 517 p:10 "
        "ordered=1 taken=1; "
        "order 746 changed 2026-11-23T04:21:07Z placed 2026-11-23T04:21:07Z to / | 518 p:10 "
        "ordered=1 taken=1; "
        "order 747 changed 2026-11-23T04:21:07Z placed 2026-11-23T04:21:07Z to / | 519 p:10 "
        "ordered=1 taken=1; "
        "order 748 changed 2026-11-23T04:21:08Z placed 2026-11-23T04:21:08Z to / | 520 p:10 "
        "ordered=1 taken=1; "
        "order 749 changed 2026-11-23T04:21:08Z placed 2026-11-23T04:21:08Z to / | 521 p:10 "
        "ordered=1 taken=1");
    assert_int_equal(page.facts.orders[0].fetched_at_us, 7);
    r = rest("rest/orders_trash_list");
    assert_int_equal(orders_read(&r.response, &page), ERR_OK);
    assert_slice(facts_text(&page.facts),
                 "order 759 changed 2026-11-23T04:22:49Z placed 2026-11-23T04:22:34Z to DE/ | 533 "
                 "p:10 ordered=5 cancelled=5; "
                 "order 72 changed 2026-11-23T04:11:55Z placed 2026-11-23T04:11:55Z to DE/ | 45 "
                 "p:24 ordered=1 cancelled=1");
}

static enum err order_read(const struct http_response *response, struct facts *out)
{
    struct account account = account_default();
    *out = (struct facts){0};
    return connector_woocommerce.read_order(
        &account, &(struct step){.now_us = 7}, response, doc, &arena, out, &signal_read, &note);
}

static void test_recorded_orders_are_read_by_id(void **state)
{
    struct recording r = rest("rest/order_after_refunds");
    struct facts facts;
    (void)state;

    assert_int_equal(order_read(&r.response, &facts), ERR_OK);
    assert_slice(facts_text(&facts),
                 "order 31 changed 2026-11-23T03:43:09Z placed 2026-11-23T03:42:58Z to DE/ "
                 "| 4 p:10 ordered=3 cancelled=1 taken=2 "
                 "| 5 v:11:12~p:11 ordered=1 taken=1 | 6 v:18:19~p:18 ordered=1 taken=1");
    r = rest("rest/order_pending_reserved");
    assert_int_equal(order_read(&r.response, &facts), ERR_OK);
    assert_slice(facts_text(&facts),
                 "order 69 changed 2026-11-23T04:11:53Z placed 2026-11-23T04:11:53Z to DE/ "
                 "| 42 p:24 ordered=1 cancelled=1");
}

/* The poll's fields are a part of the webhook's body: the snapshot must not depend on the rest. */
static void test_an_order_read_with_fields_is_the_webhooks_snapshot(void **state)
{
    static const char *const kept[] = {"id",
                                       "status",
                                       "date_created_gmt",
                                       "date_modified_gmt",
                                       "date_completed_gmt",
                                       "line_items"};
    static const char *const names[] = {"webhooks/02_blockcheckout_async.order.updated",
                                        "webhooks/13_refund_restock.order.updated",
                                        "webhooks/30_cancelled.order.updated",
                                        "webhooks/52_blockcheckout_sync_fixed.order.updated"};
    struct account account = account_default();
    (void)state;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct recording r = rest(names[i]);
        struct hook hook = {.topic = SLICE("order.updated"), .body = r.body};
        struct json body;
        struct facts facts;
        ON_EXIT(buf_free) struct buf part;
        buf_init(&part, 65536);
        assert_int_equal(json_parse(recording_doc, r.body, &body, &note), ERR_OK);
        buf_text(&part, "{");
        for (size_t k = 0; k < COUNT_OF(kept); k++) {
            buf_printf(&part,
                       "\"%s\":%.*s,",
                       kept[k],
                       SLICE_ARG(json_copy_text(json_get(body, kept[k]), &arena)));
        }
        buf_printf(&part,
                   "\"shipping\":{\"country\":%.*s,\"state\":\"\"},"
                   "\"billing\":{\"country\":%.*s,\"state\":\"\"}}",
                   SLICE_ARG(json_copy_text(json_path(body, "shipping", "country", NULL), &arena)),
                   SLICE_ARG(json_copy_text(json_path(body, "billing", "country", NULL), &arena)));
        connector_woocommerce.decode(&account, &hook, doc, &arena, &facts);
        struct slice wanted = facts_text(&facts);
        struct http_response response = {.status = 200, .body = buf_view(&part)};
        assert_int_equal(order_read(&response, &facts), ERR_OK);
        assert_slice(facts_text(&facts), arena_copy(&arena, wanted).p);
    }
}

static void test_a_read_that_fails_says_why(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum err orders, order;
    } table[] = {
        {200, "<html>", ERR_NET, ERR_NET},
        {200, "{\"code\":\"x\"}", ERR_PARSE, ERR_PARSE},
        {401, "{\"code\":\"woocommerce_rest_cannot_view\"}", ERR_AUTH, ERR_AUTH},
        {403, "{\"code\":\"woocommerce_rest_cannot_view\"}", ERR_AUTH, ERR_AUTH},
        {403, "<html>", ERR_NET, ERR_NET},
        {404,
         "{\"code\":\"woocommerce_rest_shop_order_invalid_id\"}",
         ERR_NOT_FOUND,
         ERR_NOT_FOUND},
        {404, "{\"code\":\"rest_no_route\"}", ERR_NET, ERR_NET},
        {404, "<html>", ERR_NET, ERR_NET},
        {400, "{\"code\":\"rest_invalid_param\"}", ERR_USAGE, ERR_USAGE},
        {429, "", ERR_THROTTLED, ERR_THROTTLED},
        {500, "", ERR_NET, ERR_NET},
        {503, "", ERR_NET, ERR_NET},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct http_response response = {.status = table[i].status,
                                         .body = slice_of(table[i].body)};
        struct orders_page page;
        struct facts facts;
        note.text[0] = 0;
        assert_int_equal(orders_read(&response, &page), table[i].orders);
        assert_true(note.text[0] != 0);
        assert_int_equal(order_read(&response, &facts), table[i].order);
    }
}

static struct slice orders_body(size_t count, int first_s, int step_s)
{
    ON_EXIT(buf_free) struct buf out;

    buf_init(&out, (size_t)1 << 20);
    for (size_t i = 0; i < count; i++) {
        int at = first_s + (int)i * step_s;
        buf_printf(&out,
                   "%s{\"id\":%zu,\"status\":\"processing\",\"line_items\":[],"
                   "\"date_modified_gmt\":\"2026-11-23T04:%02d:%02d\"}",
                   i ? "," : "[",
                   i + 1,
                   at / 60,
                   at % 60);
    }
    buf_text(&out, count ? "]" : "[]");
    return arena_copy(&arena, buf_view(&out));
}

#define LINK_NEXT                                                                                  \
    "<https://shop.example/wp-json/wc/v3/orders?per_page=100&page=1>; rel=\"prev\", "              \
    "<https://shop.example/wp-json/wc/v3/orders?per_page=100&page=3&_fields=id%2Csku>; "           \
    "rel=\"next\""

static void test_pages_of_orders_follow_the_stamp_not_the_page(void **state)
{
    struct http_header links[] = {
        {SLICE("Link"), SLICE("<https://shop.example/wp-json/>; rel=\"https://api.w.org/\"")},
        {SLICE("link"), SLICE(LINK_NEXT)},
    };
    struct http_response response = {.status = 200, .headers = links, .headers_count = 1};
    struct orders_page page;
    (void)state;

    response.body = orders_body(99, 0, 1);
    assert_int_equal(orders_read(&response, &page), ERR_OK);
    assert_slice(page.next, "");
    response.body = orders_body(100, 0, 1); /* the last changed at 04:01:39 */
    assert_int_equal(orders_read(&response, &page), ERR_OK);
    assert_int_equal(page.facts.orders_count, 100);
    assert_slice(page.next, "2026-11-23T04:01:38/1");
    /* One second holds a whole page: only the page number leads on. */
    response.headers_count = 2;
    response.body = orders_body(100, 30, 0);
    assert_int_equal(orders_read(&response, &page), ERR_OK);
    assert_slice(page.next, "2026-11-23T04:00:29/3");
    /* A shop that gives fewer rows to a page says so in the Link. */
    response.body = orders_body(50, 0, 1);
    assert_int_equal(orders_read(&response, &page), ERR_OK);
    assert_slice(page.next, "2026-11-23T04:00:48/1");
    response.headers_count = 1;
    response.body = orders_body(100, 30, 0);
    assert_int_equal(orders_read(&response, &page), ERR_PARSE);
    response.body = orders_body(100, 1000, -1);
    assert_int_equal(orders_read(&response, &page), ERR_PARSE);
}

static void test_one_unreadable_order_does_not_hide_the_others(void **state)
{
    struct http_response response = {
        .status = 200,
        .body = SLICE("[{\"id\":1,\"status\":\"processing\",\"line_items\":[],"
                      "\"date_modified_gmt\":\"2026-11-23T04:00:00\"},"
                      "{\"id\":2,\"status\":\"processing\",\"line_items\":[{\"id\":1}],"
                      "\"date_modified_gmt\":\"2026-11-23T04:00:01\"},"
                      "{\"id\":3,\"status\":\"processing\",\"line_items\":[],"
                      "\"date_modified_gmt\":\"2026-11-23T04:00:02\"},{}]")};
    struct orders_page page;
    (void)state;

    assert_int_equal(orders_read(&response, &page), ERR_OK);
    assert_int_equal(page.facts.orders_count, 2);
    assert_slice(page.facts.orders[1].id, "3");
    assert_int_equal(page.facts.fetches_count, 1);
    assert_int_equal(page.facts.fetches[0].kind, FETCH_ORDER);
    assert_slice(page.facts.fetches[0].id, "2");
    assert_string_equal(page.facts.unreadable, "an order without an id");
}

/* ---- the catalogue ---- */

static struct slice items_text(const struct catalogue_page *page)
{
    ON_EXIT(buf_free) struct buf out;

    buf_init(&out, (size_t)1 << 20);
    for (size_t i = 0; i < page->items_count; i++) {
        const struct catalogue_item *it = &page->items[i];
        assert_true(slice_equal(it->key, it->stock_key));
        buf_printf(&out, "%.*s sku=%.*s", SLICE_ARG(it->key), SLICE_ARG(it->sku));
        buf_printf(&out, " '%.*s' of '%.*s'", SLICE_ARG(it->title), SLICE_ARG(it->product));
        buf_printf(&out, " %.*s", SLICE_ARG(it->options));
        if (it->count_known) {
            buf_printf(&out, " %" PRId64, it->count);
        }
        buf_text(&out, it->parent_managed ? " parent" : it->is_managed ? "" : " unmanaged");
        buf_char(&out, '\n');
    }
    return arena_copy(&arena, buf_view(&out));
}

static enum err
catalogue_read(const char *cursor, const struct http_response *response, struct catalogue_page *out)
{
    struct account account = account_default();
    *out = (struct catalogue_page){0};
    return connector_woocommerce.read_catalogue(&account,
                                                &(struct step){.cursor = slice_of(cursor)},
                                                response,
                                                doc,
                                                &arena,
                                                out,
                                                &signal_read,
                                                &note);
}

static struct slice url_of_catalogue(const char *cursor)
{
    struct account account = account_default();
    struct http_request request;
    assert_int_equal(
        connector_woocommerce.build_catalogue(
            &account,
            &(struct step){.now_us = WOO_NOW_US, .nonce = nonce, .cursor = slice_of(cursor)},
            &arena,
            &request),
        ERR_OK);
    return request.url;
}

#define TEE_LEFT                                                                                   \
    "18,POSTER,Poster%20%28stock%20at%20parent%29;21,CAP,Cap%20%28one%20variation%20manages%2C%"   \
    "20one%20does%20not%29"
#define TEE "11,TEE,Tee%20%286%20variations%2C%20each%20manages%20stock%29"

static void test_the_recorded_catalogue_is_walked(void **state)
{
    static const struct {
        const char *cursor, *url, *answer, *items, *next;
    } steps[] = {
        {"",
         API "/products?per_page=100&page=1&orderby=id&order=asc&status=any&_fields=id,type,name,"
             "sku,global_unique_id,manage_stock,stock_quantity,stock_status,variations" TC,
         "rest/list_products",
         "p:10 sku=MUG-1 'Simple mug' of 'Simple mug'  20\n"
         "p:18 sku=POSTER 'Poster (stock at parent)' of 'Poster (stock at parent)'  30\n"
         "p:24 sku=LAST-1 'Last unit' of 'Last unit'  1\n"
         "p:25 sku=BACK-1 'Backorder item' of 'Backorder item'  2\n"
         "p:26 sku=UNTR-1 'Untracked item' of 'Untracked item'  unmanaged\n",
         "v/0/1/" TEE ";" TEE_LEFT},
        {"v/0/1/" TEE ";" TEE_LEFT,
         API "/products/11/variations?per_page=100&page=1&orderby=id&order=asc&status=any&_fields="
             "id,name,sku,global_unique_id,manage_stock,stock_quantity,stock_status,attributes" TC,
         "rest/list_variations_tee",
         "v:11:17 sku=TEE-L-BLUE 'L, Blue' of 'Tee (6 variations, each manages stock)' "
         "{\"Size\":\"L\",\"Color\":\"Blue\"} 15\n"
         "v:11:16 sku=TEE-L-RED 'L, Red' of 'Tee (6 variations, each manages stock)' "
         "{\"Size\":\"L\",\"Color\":\"Red\"} 14\n"
         "v:11:15 sku=TEE-M-BLUE 'M, Blue' of 'Tee (6 variations, each manages stock)' "
         "{\"Size\":\"M\",\"Color\":\"Blue\"} 13\n"
         "v:11:14 sku=TEE-M-RED 'M, Red' of 'Tee (6 variations, each manages stock)' "
         "{\"Size\":\"M\",\"Color\":\"Red\"} 12\n"
         "v:11:13 sku=TEE-S-BLUE 'S, Blue' of 'Tee (6 variations, each manages stock)' "
         "{\"Size\":\"S\",\"Color\":\"Blue\"} 11\n"
         "v:11:12 sku=TEE-S-RED 'S, Red' of 'Tee (6 variations, each manages stock)' "
         "{\"Size\":\"S\",\"Color\":\"Red\"} 10\n",
         "v/0/1/" TEE_LEFT},
        {"v/0/1/" TEE_LEFT,
         API "/products/18/variations?per_page=100&page=1&orderby=id&order=asc&status=any&_fields="
             "id,name,sku,global_unique_id,manage_stock,stock_quantity,stock_status,attributes" TC,
         "rest/list_variations_poster",
         "v:18:20 sku=POSTER-A3 'A3' of 'Poster (stock at parent)' {\"Size\":\"A3\"} parent\n"
         "v:18:19 sku=POSTER-A2 'A2' of 'Poster (stock at parent)' {\"Size\":\"A2\"} parent\n",
         "v/0/1/21,CAP,Cap%20%28one%20variation%20manages%2C%20one%20does%20not%29"},
        {"v/0/1/21,CAP,Cap%20%28one%20variation%20manages%2C%20one%20does%20not%29",
         API "/products/21/variations?per_page=100&page=1&orderby=id&order=asc&status=any&_fields="
             "id,name,sku,global_unique_id,manage_stock,stock_quantity,stock_status,attributes" TC,
         "rest/list_variations_cap",
         /* 23 has no SKU: the CAP it reports is its parent's. */
         "v:21:23 sku= 'White' of 'Cap (one variation manages, one does not)' "
         "{\"Color\":\"White\"} unmanaged\n"
         "v:21:22 sku=CAP-BLACK 'Black' of 'Cap (one variation manages, one does not)' "
         "{\"Color\":\"Black\"} 7\n",
         ""},
    };
    (void)state;

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct recording r = rest(steps[i].answer);
        struct catalogue_page page;
        assert_slice(url_of_catalogue(steps[i].cursor), steps[i].url);
        assert_int_equal(catalogue_read(steps[i].cursor, &r.response, &page), ERR_OK);
        assert_slice(items_text(&page), steps[i].items);
        assert_slice(page.next, steps[i].next);
        assert_int_equal(page.total, i == 0 ? 9 : 0);
    }
}

static void test_the_catalogue_asked_with_fields_is_the_same(void **state)
{
    struct recording full = rest("rest/list_products");
    struct recording fields = rest("rest/list_products_fields");
    struct catalogue_page page;
    (void)state;

    assert_int_equal(catalogue_read("", &full.response, &page), ERR_OK);
    struct slice wanted = items_text(&page);
    assert_int_equal(catalogue_read("", &fields.response, &page), ERR_OK);
    assert_slice(items_text(&page), wanted.p);
}

static void test_pages_of_the_catalogue_lead_on(void **state)
{
    struct recording r = rest("rest/list_page"); /* page 2 of 3 */
    struct http_header two = {SLICE("X-WP-TotalPages"), SLICE("2")};
    struct http_response variations = {.status = 200,
                                       .headers = &two,
                                       .headers_count = 1,
                                       .body = SLICE("[{\"id\":12,\"manage_stock\":true}]")};
    struct http_response gone = {
        .status = 404, .body = SLICE("{\"code\":\"woocommerce_rest_product_invalid_id\"}")};
    struct catalogue_page page;
    (void)state;

    assert_int_equal(catalogue_read("p/2", &r.response, &page), ERR_OK);
    assert_slice(page.next, "p/3");
    assert_int_equal(catalogue_read("p/3", &r.response, &page), ERR_OK);
    assert_slice(page.next, "");
    assert_int_equal(catalogue_read("v/4/1/11,,;12,,", &variations, &page), ERR_OK);
    assert_slice(page.next, "v/4/2/11,,;12,,");
    assert_int_equal(catalogue_read("v/4/2/11,,;12,,", &variations, &page), ERR_OK);
    assert_slice(page.next, "v/4/1/12,,");
    assert_int_equal(catalogue_read("v/4/2/12,,", &variations, &page), ERR_OK);
    assert_slice(page.next, "p/4");
    /* A product deleted while its page was read does not end the import. */
    assert_int_equal(catalogue_read("v/4/1/11,,;12,,", &gone, &page), ERR_OK);
    assert_slice(page.next, "v/4/1/12,,");
    assert_int_equal(page.items_count, 0);
    assert_int_equal(catalogue_read("p/1", &gone, &page), ERR_NOT_FOUND);
}

static void test_odd_catalogues_are_survived(void **state)
{
    static const struct {
        const char *body, *items;
    } table[] = {
        {"[]", ""},
        {"[null,7,{},{\"id\":0},{\"id\":\"x\"}]", ""},
        {"[{\"id\":27,\"type\":\"grouped\"},{\"id\":28,\"type\":\"external\"}]", ""},
        {"[{\"id\":11,\"type\":\"variable\",\"variations\":[]}]", ""},
        {"[{\"id\":5,\"type\":\"subscription\",\"name\":\"S\",\"sku\":\" S-1 \","
         "\"manage_stock\":true,\"stock_quantity\":null}]",
         "p:5 sku=S-1 'S' of 'S' \n"},
        {"[{\"id\":5,\"type\":\"variable-subscription\",\"variations\":[6],"
         "\"manage_stock\":false}]",
         ""},
    };
    static const char *const wrong[] = {"x",
                                        "p/0",
                                        "p/x",
                                        "q/1",
                                        "v/0/1/",
                                        "v/0/1/x,,",
                                        "v/0/1/5,,%",
                                        "v/0/0/5,,",
                                        "v/-1/1/5,,",
                                        "v/0/1/5,",
                                        "p/99999999999"};
    struct catalogue_page page;
    struct http_response empty = {.status = 200, .body = SLICE("[]")};
    struct http_response twice = {
        .status = 200,
        .body = SLICE("[{\"id\":6,\"attributes\":[{\"name\":\"Size\",\"option\":\"S\"},"
                      "{\"name\":\"Size\",\"option\":\"M\"},{\"name\":\"\",\"option\":\"x\"},"
                      "{\"name\":\"\\\"\",\"option\":\"\\\\\"},7]}]")};
    (void)state;

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct http_response response = {.status = 200, .body = slice_of(table[i].body)};
        assert_int_equal(catalogue_read("", &response, &page), ERR_OK);
        assert_slice(items_text(&page), table[i].items);
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(catalogue_read(wrong[i], &empty, &page), ERR_USAGE);
    }
    assert_int_equal(catalogue_read("v/0/1/5,,", &twice, &page), ERR_OK);
    assert_slice(page.items[0].options, "{\"Size\":\"S\",\"\\\"\":\"\\\\\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_are_asked_for_by_id),
        cmocka_unit_test(test_every_recorded_count_is_read),
        cmocka_unit_test(test_an_answer_that_is_no_count_is_never_a_count),
        cmocka_unit_test(test_items_beyond_a_page_fail_and_the_others_are_read),
        cmocka_unit_test(test_changed_orders_are_asked_for_without_personal_fields),
        cmocka_unit_test(test_the_recorded_poll_is_read),
        cmocka_unit_test(test_recorded_orders_are_read_by_id),
        cmocka_unit_test(test_an_order_read_with_fields_is_the_webhooks_snapshot),
        cmocka_unit_test(test_a_read_that_fails_says_why),
        cmocka_unit_test(test_pages_of_orders_follow_the_stamp_not_the_page),
        cmocka_unit_test(test_one_unreadable_order_does_not_hide_the_others),
        cmocka_unit_test(test_the_recorded_catalogue_is_walked),
        cmocka_unit_test(test_the_catalogue_asked_with_fields_is_the_same),
        cmocka_unit_test(test_pages_of_the_catalogue_lead_on),
        cmocka_unit_test(test_odd_catalogues_are_survived),
    };
    return cmocka_run_group_tests(tests, woo_setup, woo_teardown);
}
