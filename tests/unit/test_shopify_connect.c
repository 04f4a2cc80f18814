/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting a Shopify account: rights, locations, webhooks. */
#include "support/connecting.h"

#include "base/json_write.h"
#include "channels/shopify/shopify.h"

static const struct connector *const shopify = &connector_shopify;
static struct exchange x;

#define HOOKS "https://stock.example/hooks/shop-a"
#define TOPICS 18
#define ALL_SCOPES                                                                                 \
    "read_orders,read_products,write_inventory,read_locations,read_fulfillments,read_returns,"     \
    "read_merchant_managed_fulfillment_orders"

/* The shop that answers: what it grants, where it keeps stock, what it delivers already. */
static struct shop {
    const char *scopes;
    const char *places;                   /* nodes */
    const char *pages[3];                 /* of webhooks: nodes */
    const char *refuses, *refuses_reason; /* a topic in GraphQL's spelling */
} shop;

static struct http_response as_data(const char *before, struct slice inner, const char *behind)
{
    struct slice body = arena_printf(&fixture.arena, "%s%.*s%s", before, SLICE_ARG(inner), behind);
    assert_non_null(body.p);
    return fixture_answer(200, body);
}

static struct slice scopes_nodes(void)
{
    struct slice rest = slice_of(shop.scopes);
    struct slice text = SLICE("");
    for (bool more = rest.n > 0; more;) {
        struct slice scope;
        more = slice_cut(&rest, ',', &scope);
        text = arena_printf(&fixture.arena,
                            "%.*s%s{\"handle\":\"%.*s\"}",
                            SLICE_ARG(text),
                            text.n ? "," : "",
                            SLICE_ARG(scope));
    }
    return text;
}

static bool says(const struct http_request *request, const char *text)
{
    return memmem(request->body.p, request->body.n, text, strlen(text)) != NULL;
}

static struct http_response hooks_page(const struct http_request *request)
{
    size_t page = says(request, "\"cursor\":\"c1\"")   ? 1
                  : says(request, "\"cursor\":\"c2\"") ? 2
                                                       : 0;
    const char *nodes = shop.pages[page] ? shop.pages[page] : "";
    bool has_next = page < 2 && shop.pages[page + 1];
    return fixture_answer(
        200,
        arena_printf(&fixture.arena,
                     "{\"data\":{\"webhookSubscriptions\":{\"nodes\":[%s],\"pageInfo\":"
                     "{\"hasNextPage\":%s,\"endCursor\":\"c%zu\"}}}}",
                     nodes,
                     has_next ? "true" : "false",
                     page + 1));
}

static struct http_response shop_answers(const struct http_request *request)
{
    if (says(request, "query Rights")) {
        return as_data("{\"data\":{\"shop\":{\"name\":\"Demo\",\"myshopifyDomain\":"
                       "\"a.myshopify.com\"},\"currentAppInstallation\":{\"accessScopes\":[",
                       scopes_nodes(),
                       "]}}}");
    }
    if (says(request, "query Places")) {
        return as_data("{\"data\":{\"locations\":{\"nodes\":[",
                       slice_of(shop.places),
                       "],\"pageInfo\":{\"hasNextPage\":false,\"endCursor\":null}}}}");
    }
    if (says(request, "query Hooks")) {
        return hooks_page(request);
    }
    if (!says(request, "webhookSubscriptionCreate")) {
        fail_msg("never asked for: %.*s", SLICE_ARG(request->body));
    }
    if (shop.refuses && says(request, shop.refuses)) {
        return as_data("{\"data\":{\"webhookSubscriptionCreate\":{\"webhookSubscription\":null,"
                       "\"userErrors\":[{\"field\":[\"topic\"],\"message\":\"",
                       slice_of(shop.refuses_reason),
                       "\"}]}}}");
    }
    return fixture_answer(200,
                          SLICE("{\"data\":{\"webhookSubscriptionCreate\":{\"webhookSubscription\":"
                                "{\"id\":\"gid://shopify/WebhookSubscription/1\"},"
                                "\"userErrors\":[]}}}"));
}

static struct account account_of(const char *settings)
{
    return fixture_account(shopify,
                           arena_printf(&fixture.arena,
                                        "{\"settings\":{\"shop\":\"a\"%s},\"secrets\":"
                                        "{\"access_token\":\"t\",\"webhook_secret\":\"s\"}}",
                                        settings)
                               .p);
}

#define BERLIN "{\"id\":\"gid://shopify/Location/24826418\",\"name\":\"Berlin\",\"isActive\":true}"
#define PARIS "{\"id\":\"gid://shopify/Location/24826419\",\"name\":\"Paris\",\"isActive\":true}"
#define CLOSED "{\"id\":\"gid://shopify/Location/24826420\",\"name\":\"Old\",\"isActive\":false}"
#define MAPPED ",\"location_map\":[{\"location\":\"berlin\",\"remote\":24826418}]"

static const struct shop fresh = {.scopes = ALL_SCOPES, .places = BERLIN};

static void connect_to(struct shop to, const char *settings)
{
    struct account account = account_of(settings);
    shop = to;
    exchange_run(&account, HOOKS, shop_answers, &x);
    assert_int_equal(x.err, ERR_OK);
}

static void test_a_fresh_shop_gets_every_webhook_at_its_own_address(void **state)
{
    (void)state;
    connect_to(fresh, MAPPED);
    exchange_found(&x, "credentials", CONNECT_OK);
    exchange_says(&x, "credentials", "Demo (a.myshopify.com)");
    exchange_found(&x, "rights", CONNECT_OK);
    exchange_found(&x, "locations", CONNECT_OK);
    assert_int_equal(exchange_count(&x, CONNECT_MADE), TOPICS);
    assert_int_equal(x.calls, 3 + TOPICS);
    exchange_found(&x, "webhook orders/create", CONNECT_MADE);
    exchange_found(&x, "webhook reverse_fulfillment_orders/dispose", CONNECT_MADE);
    for (size_t i = 3; i < x.calls; i++) {
        struct json hook = fixture_json(x.requests[i].body);
        struct slice topic, uri;
        assert_true(json_text(json_path(hook, "variables", "topic", NULL), &topic));
        assert_true(json_text(json_path(hook, "variables", "hook", "uri", NULL), &uri));
        assert_true(slice_starts(uri, HOOKS "/"));
        /* FULFILLMENTS_CREATE at .../fulfillments/create */
        struct slice path = slice_from(uri, strlen(HOOKS "/"));
        assert_int_equal(path.n, topic.n);
        for (size_t k = 0; k < path.n; k++) {
            char c = path.p[k] == '/' ? '_' : path.p[k];
            assert_int_equal(c >= 'a' && c <= 'z' ? c - 32 : c, topic.p[k]);
        }
    }
    assert_int_equal(x.settings.n + x.secrets.n, 0);
}

static void test_webhooks_that_are_there_are_left_alone(void **state)
{
    (void)state;
    struct shop to = fresh;
    to.pages[0] = "{\"topic\":\"ORDERS_CREATE\",\"uri\":\"" HOOKS "/orders/create\",\"format\":"
                  "\"JSON\",\"filter\":null},"
                  "{\"topic\":\"ORDERS_UPDATED\",\"uri\":\"https://other.example/orders/updated\","
                  "\"format\":\"JSON\"}";
    to.pages[1] = "{\"topic\":\"REFUNDS_CREATE\",\"uri\":\"" HOOKS "/refunds/create\",\"format\":"
                  "\"JSON\",\"filter\":\"\"}";
    to.pages[2] = "{\"topic\":\"ORDERS_EDITED\",\"uri\":\"" HOOKS "/orders/edited\",\"format\":"
                  "\"XML\"}";
    connect_to(to, MAPPED);
    exchange_found(&x, "webhook orders/create", CONNECT_OK);
    exchange_found(&x, "webhook refunds/create", CONNECT_OK);
    exchange_found(&x, "webhook orders/edited", CONNECT_WRONG);
    exchange_found(&x, "webhook orders/updated", CONNECT_MADE);
    assert_int_equal(exchange_count(&x, CONNECT_MADE), TOPICS - 3);
    /* Connected again, with all of them there: nothing is made. */
    struct slice all = SLICE("");
    for (size_t i = 0; i < x.checks_count; i++) {
        if (strncmp(x.checks[i].what, "webhook ", 8) == 0) {
            all = arena_printf(&fixture.arena,
                               "%.*s%s{\"uri\":\"" HOOKS "/%s\",\"format\":\"JSON\"}",
                               SLICE_ARG(all),
                               all.n ? "," : "",
                               x.checks[i].what + 8);
        }
    }
    to = fresh;
    to.pages[0] = all.p;
    connect_to(to, MAPPED);
    assert_int_equal(exchange_count(&x, CONNECT_MADE), 0);
    assert_int_equal(x.calls, 3);
    assert_int_equal(exchange_count(&x, CONNECT_OK), 4 + TOPICS); /* its place is one of them */
}

static void test_missing_rights_are_named_and_what_needs_them_is_not_tried(void **state)
{
    (void)state;
    struct shop to = fresh;
    to.scopes = "read_orders,write_products,write_inventory,read_fulfillments";
    connect_to(to, "");
    exchange_found(&x, "rights", CONNECT_WRONG);
    exchange_says(&x,
                  "rights",
                  "lacks read_locations, read_returns, read_merchant_managed_fulfillment_orders:");
    assert_null(exchange_check(&x, "locations"));
    assert_null(exchange_check(&x, "webhook returns/close"));
    exchange_found(&x, "webhook inventory_levels/update", CONNECT_MADE);
    exchange_found(&x, "webhook app/uninstalled", CONNECT_MADE);
    assert_int_equal(exchange_count(&x, CONNECT_MADE), TOPICS - 3);
    to.scopes = "";
    connect_to(to, "");
    assert_int_equal(exchange_count(&x, CONNECT_MADE), 1); /* app/uninstalled needs none */
}

static void test_locations_are_offered_as_the_text_to_set(void **state)
{
    (void)state;
    static const struct {
        const char *places, *settings;
        enum connect_state state;
        const char *says;
    } table[] = {
        {BERLIN "," CLOSED,
         "",
         CONNECT_BY_HAND,
         "[{\"location\":\"YOUR-CODE\",\"remote\":\"24826418\"}]: 24826418 is Berlin"},
        {BERLIN "," PARIS,
         "",
         CONNECT_BY_HAND,
         "[{\"location\":\"YOUR-CODE\",\"remote\":\"24826418\"},"
         "{\"location\":\"YOUR-CODE\",\"remote\":\"24826419\"}], with those that hold your "
         "stock: 24826418 is Berlin, 24826419 is Paris"},
        {BERLIN "," PARIS, MAPPED, CONNECT_OK, "1 of 2 active ones"},
        {PARIS, MAPPED, CONNECT_WRONG, "berlin to 24826418, which is not there"},
        {"{\"id\":\"gid://shopify/Location/24826418\",\"name\":\"B\",\"isActive\":false}," PARIS,
         MAPPED,
         CONNECT_WRONG,
         "switched off"},
        {CLOSED, "", CONNECT_WRONG, "no active location"},
        {"7,null,{}", "", CONNECT_WRONG, "no active location"},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct shop to = fresh;
        to.places = table[i].places;
        connect_to(to, table[i].settings);
        exchange_found(&x, "locations", table[i].state);
        exchange_says(&x, "locations", table[i].says);
        assert_int_equal(exchange_count(&x, CONNECT_MADE), TOPICS); /* they are no condition */
    }
}

static void test_one_refused_topic_does_not_end_the_others(void **state)
{
    (void)state;
    struct shop to = fresh;
    to.refuses = "RETURNS_PROCESS";
    to.refuses_reason = "You cannot subscribe to this topic";
    connect_to(to, MAPPED);
    exchange_found(&x, "webhook returns/process", CONNECT_WRONG);
    exchange_says(&x, "webhook returns/process", "You cannot subscribe to this topic");
    assert_int_equal(exchange_count(&x, CONNECT_MADE), TOPICS - 1);
    to.refuses_reason = "Address for this topic has already been taken";
    connect_to(to, MAPPED);
    exchange_found(&x, "webhook returns/process", CONNECT_OK);
}

static void test_without_an_address_for_deliveries_nothing_is_subscribed(void **state)
{
    (void)state;
    static const char *const urls[] = {"", "http://stock.example/hooks/shop-a"};
    struct account account = account_of(MAPPED);
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        shop = fresh;
        exchange_run(&account, urls[i], shop_answers, &x);
        assert_int_equal(x.err, ERR_OK);
        exchange_found(&x, "webhooks", CONNECT_BY_HAND);
        exchange_says(&x, "webhooks", "--public-url");
        exchange_found(&x, "locations", CONNECT_OK);
        assert_int_equal(x.calls, 2);
    }
    /* A platform on plain http, as in tests, takes any address. */
    account = account_of(",\"base_url\":\"http://127.0.0.1:8081\"" MAPPED);
    exchange_run(&account, urls[1], shop_answers, &x);
    assert_int_equal(exchange_count(&x, CONNECT_MADE), TOPICS);
}

static void test_an_account_that_cannot_check_deliveries_is_told(void **state)
{
    (void)state;
    struct account account = fixture_account(
        shopify, "{\"settings\":{\"shop\":\"a\"},\"secrets\":{\"access_token\":\"t\"}}");
    shop = fresh;
    exchange_run(&account, HOOKS, shop_answers, &x);
    exchange_found(&x, "webhook secret", CONNECT_WRONG);
    exchange_says(&x, "webhook secret", "secrets.webhook_secret");
}

/* ---- refusals ---- */

static struct http_response refused;
static struct http_response answers_refused(const struct http_request *request)
{
    (void)request;
    return refused;
}

static void test_faults_end_the_exchange_with_what_they_are(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum err err;
    } table[] = {
        {401, "{\"errors\":\"[API] Invalid API key or access token\"}", ERR_AUTH},
        {200,
         "{\"errors\":[{\"message\":\"Throttled\",\"extensions\":{\"code\":\"THROTTLED\"}}]}",
         ERR_THROTTLED},
        {503, "<html>", ERR_UNKNOWN},
        {200, "{\"data\":{\"shop\":null}}", ERR_UNKNOWN},
        {200, "{\"data\":{\"currentAppInstallation\":{\"accessScopes\":7}}}", ERR_UNKNOWN},
    };
    struct account account = account_of("");
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        refused = fixture_answer(table[i].status, slice_of(table[i].body));
        exchange_run(&account, HOOKS, answers_refused, &x);
        assert_int_equal(x.err, table[i].err);
        assert_int_equal(x.calls, 1);
        assert_true(strlen(x.note.text) > 10);
        assert_false(x.signal.next.is_wanted);
    }
}

static void test_a_list_without_an_end_has_one(void **state)
{
    (void)state;
    struct account account = account_of("");
    struct slice cursor = SLICE("hooks 3ffff 0 ");
    struct http_response page = fixture_answer(
        200,
        SLICE("{\"data\":{\"webhookSubscriptions\":{\"nodes\":[],\"pageInfo\":{\"hasNextPage\":"
              "true,\"endCursor\":\"again\"}}}}"));
    size_t pages = 0;
    while (slice_starts(cursor, "hooks")) {
        struct connect_report report;
        struct channel_signal signal = {0};
        struct err_note note;
        assert_true(pages++ < 100);
        assert_int_equal(
            shopify->read_connect(&account,
                                  &(struct step){.cursor = cursor, .hooks_url = SLICE(HOOKS)},
                                  &page,
                                  fixture.doc,
                                  &fixture.arena,
                                  &report,
                                  &signal,
                                  &note),
            ERR_OK);
        cursor = signal.next.cursor;
    }
    assert_slice(cursor, "make 3ffff");
}

static void test_only_our_own_cursors_are_followed(void **state)
{
    (void)state;
    static const char *const wrong[] = {"x",
                                        "places",
                                        "places ",
                                        "places 0x1",
                                        "places 1 2",
                                        "places 40000",
                                        "places 1000000000000000000001",
                                        "make 0",
                                        "make -1",
                                        "hooks 1",
                                        "hooks 1 x c",
                                        "hooks 1 -1 c",
                                        "hooks 1 50 c"};
    struct account account = account_of("");
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct http_request request;
        struct step step = {.cursor = slice_of(wrong[i]), .hooks_url = SLICE(HOOKS)};
        if (shopify->build_connect(&account, &step, &fixture.arena, &request) != ERR_USAGE) {
            fail_msg("'%s' is taken for a cursor", wrong[i]);
        }
    }
}

/* ---- what leaves, and what then arrives ---- */

static void leaves_as(const struct account *account, const char *cursor, const char *name)
{
    struct http_request request;
    char path[128];
    struct step step = {.cursor = slice_of(cursor), .hooks_url = SLICE(HOOKS)};
    assert_int_equal(shopify->build_connect(account, &step, &fixture.arena, &request), ERR_OK);
    (void)snprintf(path, sizeof(path), "shopify/requests/%s.json", name);
    struct slice wanted = slice_trim(fixture_file(path));
    if (!slice_equal(request.body, wanted)) {
        fail_msg("%s:\n%.*s\nis not\n%.*s", name, SLICE_ARG(request.body), SLICE_ARG(wanted));
    }
}

static void test_every_request_is_the_one_checked_against_the_schema(void **state)
{
    (void)state;
    struct account account = account_of("");
    leaves_as(&account, "", "connect_rights");
    leaves_as(&account, "places 3ffff", "connect_places");
    leaves_as(&account, "hooks 3ffff 0 ", "connect_hooks");
    leaves_as(&account, "hooks 3ffff 1 eyJsYXN0X2lkIjo0fQ==", "connect_hooks_next");
    leaves_as(&account, "make 1", "connect_make_order");
    leaves_as(&account, "make 100", "connect_make_shipment");
    leaves_as(&account, "make 400", "connect_make_refund");
    leaves_as(&account, "make 800", "connect_make_return");
    leaves_as(&account, "make 20000", "connect_make_uninstalled");
}

/* The body as Shopify sends it when only these fields are asked for. */
static struct slice only(struct json body, struct json fields)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)1 << 20);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    for (struct json_iter b = json_iter(body); json_next(&b);) {
        bool is_open = false;
        for (struct json_iter i = json_iter(fields); json_next(&i);) {
            struct slice inner, head;
            assert_true(json_text(i.value, &inner));
            bool is_nested = slice_cut(&inner, '.', &head);
            if (!slice_equal(head, b.key)) {
                continue;
            }
            if (!is_nested) {
                json_key_slice(&w, b.key);
                json_put_raw(&w, json_copy_text(b.value, &fixture.arena));
                continue;
            }
            if (!is_open) {
                json_key_slice(&w, b.key);
                json_begin_object(&w);
                is_open = true;
            }
            struct slice name = arena_copy(&fixture.arena, inner);
            json_key(&w, name.p);
            json_put_raw(&w, json_copy_text(json_get(b.value, name.p), &fixture.arena));
        }
        if (is_open) {
            json_end_object(&w);
        }
    }
    json_end_object(&w);
    assert_false(text.overflow);
    return arena_copy(&fixture.arena, buf_view(&text));
}

static struct slice said_of(const struct account *account, const char *topic, struct slice body)
{
    struct facts facts;
    struct hook hook = {.method = SLICE("POST"), .topic = slice_of(topic), .body = body};
    shopify->decode(account, &hook, fixture.doc, &fixture.arena, &facts);
    struct slice text = arena_printf(&fixture.arena,
                                     "unreadable %s ignored %s fetch %d",
                                     facts.unreadable ? facts.unreadable : "-",
                                     facts.ignored ? facts.ignored : "-",
                                     facts.fetches_count ? (int)facts.fetches[0].kind : -1);
    for (size_t i = 0; i < facts.orders_count; i++) {
        const struct order_snapshot *o = &facts.orders[i];
        text = arena_printf(&fixture.arena,
                            "%.*s\n%.*s %" PRId64 " %" PRId64 " %.*s-%.*s test %d",
                            SLICE_ARG(text),
                            SLICE_ARG(o->id),
                            o->version,
                            o->placed_at_us,
                            SLICE_ARG(o->country),
                            SLICE_ARG(o->region),
                            o->is_test);
        for (size_t k = 0; k < o->lines_count; k++) {
            const struct snapshot_line *l = &o->lines[k];
            text = arena_printf(&fixture.arena,
                                "%.*s\n %.*s %.*s %.*s at %.*s: %" PRId64 " %" PRId64 " %" PRId64
                                " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
                                SLICE_ARG(text),
                                SLICE_ARG(l->id),
                                SLICE_ARG(l->remote),
                                (int)l->remote_other.n,
                                l->remote_other.n ? l->remote_other.p : "",
                                (int)l->location.n,
                                l->location.n ? l->location.p : "",
                                l->ordered,
                                l->cancelled,
                                l->fulfilled,
                                l->returned,
                                l->restocked,
                                l->no_restock,
                                l->taken);
        }
    }
    return text;
}

static void test_bodies_of_the_fields_asked_for_say_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *request, *topic;
        const char *bodies[14];
    } table[] = {
        {"connect_make_order",
         "orders/updated",
         {"order_cancel",
          "order_cancel_no_restock",
          "order_cancel_unsaid",
          "order_create",
          "order_edit",
          "order_partial_cancel",
          "order_partial_fulfillment",
          "order_refund_no_restock",
          "order_refund_restock",
          "order_split_fulfillment",
          "order_test",
          "order_variant_gone"}},
        {"connect_make_shipment", "fulfillments/create", {"fulfillment_create"}},
        {"connect_make_refund", "refunds/create", {"refund_create"}},
    };
    struct account account = account_of("");
    struct json_doc *doc = json_doc_new();
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        char path[128];
        struct json request;
        struct err_note note;
        (void)snprintf(path, sizeof(path), "shopify/requests/%s.json", table[i].request);
        assert_int_equal(json_parse(doc, fixture_file(path), &request, &note), ERR_OK);
        struct json fields = json_path(request, "variables", "hook", "includeFields", NULL);
        assert_true(json_count(fields) > 4);
        for (const char *const *name = table[i].bodies; *name; name++) {
            (void)snprintf(path, sizeof(path), "shopify/hooks/%s.json", *name);
            struct slice whole = fixture_file(path);
            struct slice trimmed = only(fixture_json(whole), fields);
            assert_true(trimmed.n < whole.n);
            struct slice wanted = said_of(&account, table[i].topic, whole);
            struct slice given = said_of(&account, table[i].topic, trimmed);
            if (!slice_equal(wanted, given)) {
                fail_msg("%s:\n%.*s\nis not\n%.*s", *name, SLICE_ARG(given), SLICE_ARG(wanted));
            }
        }
    }
    json_doc_free(doc);
}

static void test_no_person_is_asked_for(void **state)
{
    (void)state;
    static const char *const personal[] = {"customer",
                                           "email",
                                           "phone",
                                           "name",
                                           "address1",
                                           "billing",
                                           "address\"",
                                           "client_details",
                                           "note",
                                           "owner"};
    connect_to(fresh, MAPPED);
    for (size_t i = 3; i < x.calls; i++) {
        struct json hook = json_path(fixture_json(x.requests[i].body), "variables", "hook", NULL);
        struct slice fields = json_copy_text(json_get(hook, "includeFields"), &fixture.arena);
        for (size_t k = 0; k < COUNT_OF(personal); k++) {
            assert_null(memmem(fields.p, fields.n, personal[k], strlen(personal[k])));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fresh_shop_gets_every_webhook_at_its_own_address),
        cmocka_unit_test(test_webhooks_that_are_there_are_left_alone),
        cmocka_unit_test(test_missing_rights_are_named_and_what_needs_them_is_not_tried),
        cmocka_unit_test(test_locations_are_offered_as_the_text_to_set),
        cmocka_unit_test(test_one_refused_topic_does_not_end_the_others),
        cmocka_unit_test(test_without_an_address_for_deliveries_nothing_is_subscribed),
        cmocka_unit_test(test_an_account_that_cannot_check_deliveries_is_told),
        cmocka_unit_test(test_faults_end_the_exchange_with_what_they_are),
        cmocka_unit_test(test_a_list_without_an_end_has_one),
        cmocka_unit_test(test_only_our_own_cursors_are_followed),
        cmocka_unit_test(test_every_request_is_the_one_checked_against_the_schema),
        cmocka_unit_test(test_bodies_of_the_fields_asked_for_say_the_same),
        cmocka_unit_test(test_no_person_is_asked_for),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
