/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/shopify/graphql.h"
#include "channels/shopify/shopify.h"

/*
 * A count belongs to (item, location). So it is asked for when one location is mapped, 8 points a
 * variant; with several, or none, the first reading of counts tells, location by location.
 */
#define VARIANT_FIELDS                                                                             \
    " id sku barcode title requiresComponents selectedOptions { name value }"                      \
    " product { id title }"

#define PAGE_END " } pageInfo { hasNextPage endCursor } } productVariantsCount { count } }"

static const char read_variants[] =
    "query Variants($cursor: String) {"
    " productVariants(first: 50, after: $cursor) { nodes {" VARIANT_FIELDS
    " inventoryItem { id tracked }" PAGE_END;

static const char read_variants_at[] =
    "query Variants($cursor: String, $location: ID!) {"
    " productVariants(first: 50, after: $cursor) { nodes {" VARIANT_FIELDS
    " inventoryItem { id tracked inventoryLevel(locationId: $location) {"
    " quantities(names: [\"available\"]) { name quantity } } }" PAGE_END;

enum err shopify_build_catalogue(const struct account *account,
                                 const struct step *step,
                                 struct arena *arena,
                                 struct http_request *out)
{
    struct buf variables;
    bool at_one = account->locations_count == 1;
    buf_init(&variables, GRAPHQL_BODY_MAX);
    struct json_writer w = json_writer(&variables);
    json_begin_object(&w);
    json_key(&w, "cursor");
    if (step->cursor.n) {
        json_put_text(&w, step->cursor);
    } else {
        json_put_null(&w);
    }
    if (at_one) {
        graphql_put_gid(&w, "location", "Location", account->locations[0].remote);
    }
    json_end_object(&w);
    return graphql_request(
        account, at_one ? read_variants_at : read_variants, &variables, arena, out);
}

/* {"Size":"M"}; a product without options has the one option Title: Default Title. */
static struct slice options_text(struct json options, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text = {0};
    buf_init(&text, GRAPHQL_BODY_MAX);
    struct json_writer w = json_writer(&text);
    char key[256];

    json_begin_object(&w);
    for (struct json_iter i = json_iter(options); json_next(&i);) {
        struct slice name = shopify_text(json_get(i.value, "name"));
        struct slice value = shopify_text(json_get(i.value, "value"));
        if (name.n == 0 || name.n >= sizeof(key) ||
            (slice_is(name, "Title") && slice_is(value, "Default Title"))) {
            continue;
        }
        (void)snprintf(key, sizeof(key), "%.*s", SLICE_ARG(name));
        json_field_text(&w, key, value);
    }
    json_end_object(&w);
    return text.overflow ? SLICE("{}") : arena_copy(arena, buf_view(&text));
}

static bool item_read(struct json node, struct arena *arena, struct catalogue_item *out)
{
    struct slice product_id = {0};
    struct slice variant_id = {0};
    struct slice item_id = {0};
    struct json product = json_get(node, "product");
    struct json item = json_get(node, "inventoryItem");
    bool tracked = true;

    *out = (struct catalogue_item){0};
    if (!shopify_id(json_get(node, "id"), "ProductVariant", arena, &variant_id) ||
        !shopify_id(json_get(item, "id"), "InventoryItem", arena, &item_id)) {
        return false;
    }
    (void)shopify_id(json_get(product, "id"), "Product", arena, &product_id);
    shopify_remote(
        product_id, variant_id, item_id, arena, &out->remote, &out->key, &out->stock_key);
    struct slice title = shopify_text(json_get(node, "title"));
    out->sku = arena_copy(arena, shopify_text(json_get(node, "sku")));
    out->title = slice_is(title, "Default Title") ? SLICE("") : arena_copy(arena, title);
    out->product = arena_copy(arena, shopify_text(json_get(product, "title")));
    out->options = options_text(json_get(node, "selectedOptions"), arena);
    out->barcode = arena_copy(arena, shopify_text(json_get(node, "barcode")));
    out->count_known = shopify_available(json_get(item, "inventoryLevel"), &out->count);
    /* A bundle's parent takes no writes: its components carry the stock. */
    out->is_managed = (!json_bool(json_get(item, "tracked"), &tracked) || tracked) &&
                      !shopify_true(json_get(node, "requiresComponents"));
    return true;
}

enum err shopify_read_catalogue(const struct account *account,
                                const struct step *step,
                                const struct http_response *response,
                                struct json_doc *doc,
                                struct arena *arena,
                                struct catalogue_page *out,
                                struct channel_signal *out_signal,
                                struct err_note *note)
{
    (void)step;
    struct graphql_answer answer;

    (void)account;
    graphql_read(response, doc, arena, &answer, out_signal);
    enum err e = graphql_err(&answer, out_signal, note);
    if (e) {
        return e;
    }
    struct graphql_nodes nodes = graphql_nodes(json_get(answer.data, "productVariants"));
    if (nodes.is_whole == (nodes.next.n > 0)) {
        return err_note(note, ERR_UNKNOWN, "shopify: the page of variants cannot be read");
    }
    struct catalogue_item *items = ARENA_ARRAY(arena, nodes.count + 1, struct catalogue_item);
    struct catalogue_page page = {.items = items, .next = arena_copy(arena, nodes.next)};
    for (struct json node; items && graphql_next(&nodes, &node);) {
        if (item_read(node, arena, &items[page.items_count])) {
            page.items_count++;
        }
    }
    int64_t total = 0;
    if (json_int(json_path(answer.data, "productVariantsCount", "count", NULL), &total) &&
        total > 0) {
        page.total = total;
    }
    if (arena->exhausted) {
        return err_note(note, ERR_LIMIT, "shopify: the page of variants is too large");
    }
    *out = page;
    return ERR_OK;
}
