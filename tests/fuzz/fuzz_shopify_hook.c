/* SPDX-License-Identifier: Apache-2.0 */
/* Any body on any topic: facts, a reason, or both never; and counts that keep their rules. */
#include "channels/connector.h"
#include "fuzz.h"

static void check_order(const struct order_snapshot *order)
{
    must(order->id.n > 0 && order->version_text.n > 0);
    must(order->country.n == 0 || order->country.n == 2);
    for (size_t i = 0; i < order->lines_count; i++) {
        const struct snapshot_line *l = &order->lines[i];
        must(l->id.n > 0 && l->remote.n > 0);
        must(l->ordered >= 0 && l->ordered <= QTY_MAX);
        must(l->cancelled >= 0 && l->fulfilled >= 0 && l->cancelled + l->fulfilled <= l->ordered);
        must(l->restocked >= 0 && l->restocked <= l->returned && l->returned <= l->fulfilled);
        must(l->no_restock >= 0 && l->no_restock <= l->cancelled);
        must(l->taken == l->ordered - l->cancelled - l->restocked + l->no_restock);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const topics[] = {"",
                                         "orders/updated",
                                         "inventory_levels/update",
                                         "refunds/create",
                                         "orders/delete",
                                         "products/update"};
    static struct json_doc *doc;
    struct account account = {.connector = &connector_shopify};
    struct arena arena;
    struct facts facts;

    if (!doc) {
        doc = json_doc_new();
    }
    if (!doc || size == 0) {
        return 0;
    }
    size_t choice = data[0];
    struct http_header header = {SLICE("X-Shopify-Topic"),
                                 slice_of(topics[choice / COUNT_OF(topics) % COUNT_OF(topics)])};
    struct hook hook = {.method = SLICE("POST"),
                        .topic = slice_of(topics[choice % COUNT_OF(topics)]),
                        .headers = &header,
                        .headers_count = 1,
                        .body = {(const char *)data + 1, size - 1}};
    /* A small arena now and then: its exhaustion must be as clean as anything else. */
    arena_init(&arena, choice > 200 ? 512 : (size_t)1 << 22);
    connector_shopify.decode(&account, &hook, doc, &arena, &facts);
    for (size_t i = 0; i < facts.orders_count; i++) {
        check_order(&facts.orders[i]);
    }
    for (size_t i = 0; i < facts.observations_count; i++) {
        must(slice_starts(facts.observations[i].stock_key, "item:"));
        must(facts.observations[i].count >= -QTY_MAX && facts.observations[i].count <= QTY_MAX);
    }
    size_t said = facts.orders_count + facts.observations_count + facts.fetches_count;
    must((said > 0) + (facts.unreadable != NULL) + (facts.ignored != NULL) == 1);
    arena_free(&arena);
    return 0;
}
