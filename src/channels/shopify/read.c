/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/shopify/graphql.h"
#include "channels/shopify/shopify.h"

/* About 3 points an item: SHOPIFY_READ_MAX of them stay far below the 1,000 points of one query. */
static const char read_levels[] = "query Levels($ids: [ID!]!, $location: ID!) {"
                                  " nodes(ids: $ids) { ... on InventoryItem { id tracked"
                                  " inventoryLevel(locationId: $location) { isActive"
                                  " quantities(names: [\"available\"]) { name quantity } } } } }";

/* One call reads one location and so many items; both functions must agree on which. */
static bool is_asked(const struct push_item *items, size_t i)
{
    return i < SHOPIFY_READ_MAX && shopify_item_id(&items[i]).n > 0 &&
           slice_equal(items[i].location, items[0].location);
}

enum err shopify_build_read(const struct account *account,
                            const struct push_item *items,
                            size_t count,
                            const struct step *step,
                            struct arena *arena,
                            struct http_request *out)
{
    (void)step;
    struct buf variables;
    char gid[64];
    if (count == 0 || shopify_item_id(&items[0]).n == 0) {
        return ERR_USAGE;
    }
    buf_init(&variables, GRAPHQL_BODY_MAX);
    struct json_writer w = json_writer(&variables);
    json_begin_object(&w);
    graphql_put_gid(&w, "location", "Location", items[0].location);
    json_key(&w, "ids");
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        if (is_asked(items, i)) {
            struct slice id = shopify_item_id(&items[i]);
            (void)snprintf(gid, sizeof(gid), "gid://shopify/InventoryItem/%.*s", SLICE_ARG(id));
            json_put_text(&w, slice_of(gid));
        }
    }
    json_end_array(&w);
    json_end_object(&w);
    return graphql_request(account, read_levels, &variables, arena, out);
}

/* The node of an item. Answers keep the order of the ids, with null for what is not there, so the
 * place is tried first; the id decides. */
static struct json node_of(const struct json *nodes,
                           size_t nodes_count,
                           size_t place,
                           struct slice id,
                           struct arena *arena)
{
    for (size_t k = 0; k < nodes_count; k++) {
        struct json node = nodes[(place + k) % nodes_count];
        struct slice text = {0};
        if (shopify_id(json_get(node, "id"), "InventoryItem", arena, &text) &&
            slice_equal(text, id)) {
            return node;
        }
    }
    return (struct json){0};
}

bool shopify_available(struct json level, int64_t *out)
{
    for (struct json_iter i = json_iter(json_get(level, "quantities")); json_next(&i);) {
        int64_t count = 0;
        if (slice_is(shopify_text(json_get(i.value, "name")), "available") &&
            json_int(json_get(i.value, "quantity"), &count) && count >= -QTY_MAX &&
            count <= QTY_MAX) {
            *out = count;
            return true;
        }
    }
    return false;
}

static struct read_result level_read(struct json node)
{
    bool tracked = true;
    bool is_active = true;
    struct json level = json_get(node, "inventoryLevel");

    if (json_type(node) != JSON_OBJECT) {
        return (struct read_result){.outcome = READ_MISSING,
                                    .reason = SLICE("the shop has no such inventory item")};
    }
    if (json_bool(json_get(node, "tracked"), &tracked) && !tracked) {
        return (struct read_result){.outcome = READ_UNMANAGED,
                                    .reason = SLICE("the shop does not track this item's stock")};
    }
    if (json_type(level) != JSON_OBJECT) {
        return (struct read_result){.outcome = READ_MISSING,
                                    .reason = SLICE("the item is not stocked at this location")};
    }
    if (json_bool(json_get(level, "isActive"), &is_active) && !is_active) {
        return (struct read_result){.outcome = READ_MISSING,
                                    .reason = SLICE("the item is not active at this location")};
    }
    int64_t count = 0;
    if (shopify_available(level, &count)) {
        return (struct read_result){.outcome = READ_COUNT, .count = count};
    }
    return (struct read_result){.outcome = READ_FAILED,
                                .reason = SLICE("the answer has no available quantity")};
}

void shopify_read_counts(const struct account *account,
                         const struct push_item *items,
                         size_t count,
                         const struct step *step,
                         const struct http_response *response,
                         struct json_doc *doc,
                         struct arena *arena,
                         struct read_result *out,
                         struct channel_signal *out_signal)
{
    (void)step;
    struct graphql_answer answer;
    struct json nodes[SHOPIFY_READ_MAX];
    size_t nodes_count = 0;

    (void)account;
    graphql_read(response, doc, arena, &answer, out_signal);
    struct json list = json_get(answer.data, "nodes");
    if (answer.class == REPLY_OK && json_type(list) != JSON_ARRAY) {
        answer.class = REPLY_UNKNOWN;
        answer.reason = SLICE("the answer has no nodes");
    }
    for (struct json_iter i = json_iter(list); nodes_count < COUNT_OF(nodes) && json_next(&i);) {
        nodes[nodes_count++] = i.value;
    }
    size_t place = 0;
    for (size_t i = 0; i < count; i++) {
        if (answer.class != REPLY_OK) {
            out[i] = (struct read_result){.outcome = READ_FAILED, .reason = answer.reason};
        } else if (!is_asked(items, i)) {
            out[i] = (struct read_result){.outcome = READ_FAILED,
                                          .reason = SLICE("not asked for by this call")};
        } else {
            out[i] =
                level_read(node_of(nodes, nodes_count, place, shopify_item_id(&items[i]), arena));
            place++;
        }
    }
}
