/* SPDX-License-Identifier: Apache-2.0 */
#include "base/times.h"
#include "channels/shopify/graphql.h"
#include "channels/shopify/order.h"
#include "channels/shopify/shopify.h"

/*
 * What a snapshot needs, and nothing about the customer but where it goes. Shopify charges a query
 * for all that it may return, 1 point an object, and refuses more than 1,000 points: a page of six
 * orders costs about 700, one order about 900. What a page cuts off is read by itself.
 */
#define STRING(x) #x
#define TEXT(x) STRING(x)
#define ORDER_FIELDS(lines, fulfillments, shipped, refunds, refunded)                              \
    " id createdAt processedAt updatedAt cancelledAt test"                                         \
    " shippingAddress { countryCodeV2 provinceCode }"                                              \
    " lineItems(first: " TEXT(                                                                     \
        lines) ") {"                                                                               \
               " nodes { id quantity currentQuantity unfulfilledQuantity sku isGiftCard"           \
               " variant { id } product { id } }"                                                  \
               " pageInfo { hasNextPage } }"                                                       \
               " fulfillments(first: " TEXT(                                                       \
                   fulfillments) ") { status location { id }"                                      \
                                 " fulfillmentLineItems(first: " TEXT(                             \
                                     shipped) ") {"                                                \
                                              " nodes { quantity lineItem { id } } pageInfo { "    \
                                              "hasNextPage } } }"                                  \
                                              " refunds(first: " TEXT(                             \
                                                  refunds) ") {"                                   \
                                                           " refundLineItems(first: " TEXT(        \
                                                               refunded) ") {"                     \
                                                                         " nodes { quantity "      \
                                                                         "restockType lineItem { " \
                                                                         "id } } pageInfo { "      \
                                                                         "hasNextPage } } }"

#define PAGE_FULFILLMENTS 3
#define PAGE_REFUNDS 3
#define ONE_FULFILLMENTS 6
#define ONE_REFUNDS 6

static const char read_page[] =
    "query Orders($cursor: String, $query: String) {"
    " orders(first: 6, after: $cursor, sortKey: UPDATED_AT, query: $query) {"
    " nodes {" ORDER_FIELDS(
        10, PAGE_FULFILLMENTS, 5, PAGE_REFUNDS, 5) " }"
                                                   " pageInfo { hasNextPage endCursor } } }";

static const char read_one[] = "query Order($id: ID!) { order(id: $id) {" ORDER_FIELDS(
    80, ONE_FULFILLMENTS, 30, ONE_REFUNDS, 20) " } }";

enum err shopify_build_orders(const struct account *account,
                              const struct step *step,
                              struct arena *arena,
                              struct http_request *out)
{
    struct buf variables;
    char time[TIME_TEXT_MAX];
    char query[64];
    struct slice since = time_format_s(step->since_us, time);
    (void)snprintf(query, sizeof(query), "updated_at:>='%.*s'", SLICE_ARG(since));
    buf_init(&variables, GRAPHQL_BODY_MAX);
    struct json_writer w = json_writer(&variables);
    json_begin_object(&w);
    json_key(&w, "cursor");
    if (step->cursor.n) {
        json_put_text(&w, step->cursor);
    } else {
        json_put_null(&w);
    }
    json_field_str(&w, "query", query);
    json_end_object(&w);
    return graphql_request(account, read_page, &variables, arena, out);
}

enum err shopify_read_orders(const struct account *account,
                             const struct step *step,
                             const struct http_response *response,
                             struct json_doc *doc,
                             struct arena *arena,
                             struct orders_page *out,
                             struct channel_signal *out_signal,
                             struct err_note *note)
{
    struct graphql_answer answer;
    struct shopify_bounds bounds = {PAGE_FULFILLMENTS, PAGE_REFUNDS};

    (void)account;
    graphql_read(response, doc, arena, &answer, out_signal);
    enum err e = graphql_err(&answer, out_signal, note);
    if (e) {
        return e;
    }
    struct json connection = json_get(answer.data, "orders");
    struct graphql_nodes nodes = graphql_nodes(connection);
    if (nodes.is_whole == (nodes.next.n > 0) || json_type(connection) != JSON_OBJECT) {
        return err_note(note, ERR_UNKNOWN, "shopify: the page of orders cannot be read");
    }
    struct order_snapshot *orders = ARENA_ARRAY(arena, nodes.count + 1, struct order_snapshot);
    struct fetch *fetches = ARENA_ARRAY(arena, nodes.count + 1, struct fetch);
    struct orders_page page = {.next = arena_copy(arena, nodes.next)};
    page.facts.orders = orders;
    page.facts.fetches = fetches;
    for (struct json node; orders && fetches && graphql_next(&nodes, &node);) {
        struct shopify_order order;
        const char *why = NULL;
        if (shopify_order_of_graphql(node, bounds, arena, &order, &why) != SHOPIFY_READ_WHOLE) {
            /* One order that a page cannot hold, or that is odd, must not hide the others: it is
             * read by itself, which says more or parks it. */
            if (order.head.id.n) {
                fetches[page.facts.fetches_count++] =
                    (struct fetch){.kind = FETCH_ORDER, .id = order.head.id};
            }
            continue;
        }
        order.head.fetched_at_us = step->now_us;
        if (!shopify_order_snapshot(&order, arena, &orders[page.facts.orders_count++])) {
            break;
        }
    }
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "shopify: the page of orders is too large");
    }
    *out = page;
    return ERR_OK;
}

enum err shopify_build_order(const struct account *account,
                             struct slice id,
                             const struct step *step,
                             struct arena *arena,
                             struct http_request *out)
{
    (void)step;
    struct buf variables;
    int64_t number = 0;
    if (!slice_int(id, &number) || number <= 0) {
        return ERR_USAGE;
    }
    buf_init(&variables, GRAPHQL_BODY_MAX);
    struct json_writer w = json_writer(&variables);
    json_begin_object(&w);
    graphql_put_gid(&w, "id", "Order", id);
    json_end_object(&w);
    return graphql_request(account, read_one, &variables, arena, out);
}

enum err shopify_read_order(const struct account *account,
                            const struct step *step,
                            const struct http_response *response,
                            struct json_doc *doc,
                            struct arena *arena,
                            struct facts *out,
                            struct channel_signal *out_signal,
                            struct err_note *note)
{
    struct graphql_answer answer;
    struct shopify_bounds bounds = {ONE_FULFILLMENTS, ONE_REFUNDS};
    struct shopify_order order;
    const char *why = NULL;

    (void)account;
    graphql_read(response, doc, arena, &answer, out_signal);
    enum err e = graphql_err(&answer, out_signal, note);
    if (e) {
        return e;
    }
    struct json node = json_get(answer.data, "order");
    if (json_type(node) == JSON_NULL) {
        return err_note(note, ERR_NOT_FOUND, "shopify: the shop has no such order");
    }
    if (json_type(node) != JSON_OBJECT) {
        return err_note(note, ERR_UNKNOWN, "shopify: the answer has no order");
    }
    *out = (struct facts){0};
    enum shopify_reading reading = shopify_order_of_graphql(node, bounds, arena, &order, &why);
    struct order_snapshot *snapshot = ARENA_NEW(arena, struct order_snapshot);
    order.head.fetched_at_us = step->now_us;
    if (reading == SHOPIFY_READ_WHOLE && snapshot &&
        shopify_order_snapshot(&order, arena, snapshot)) {
        out->orders = snapshot;
        out->orders_count = 1;
    } else if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "shopify: the order is too large");
    } else {
        out->unreadable = reading == SHOPIFY_READ_BAD
                              ? why
                              : "the order has more lines, fulfilments or refunds than one answer "
                                "can hold: its next webhook says all of it";
    }
    return ERR_OK;
}
