/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message of the queue. Nobody may post it; whatever it is it says something, twice the same, and
 * an order only as a whole.
 */
#include "fuzz_amazon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_doc *doc = json_doc_new();
    struct arena arena;
    struct account account;
    struct facts once, twice;
    struct hook hook = {
        .method = SLICE("POST"), .topic = SLICE("queue"), .body = {(const char *)data, size}};

    must(doc);
    arena_init(&arena, (size_t)16 << 20);
    amazon_account(doc, &arena, &account);
    must(connector_amazon.verify(&account, &hook, &arena) == HOOK_REFUSED);
    connector_amazon.decode(&account, &hook, doc, &arena, &once);
    connector_amazon.decode(&account, &hook, doc, &arena, &twice);
    must_be_sound(&once, &arena);
    must(once.orders_count + once.observations_count + once.fetches_count > 0 || once.unreadable ||
         once.ignored);
    must(once.orders_count + once.observations_count + once.fetches_count <= 1);
    must(once.orders_count == twice.orders_count && once.fetches_count == twice.fetches_count &&
         once.observations_count == twice.observations_count &&
         once.unreadable == twice.unreadable && once.ignored == twice.ignored &&
         slice_equal(once.delivery_id, twice.delivery_id));
    if (once.orders_count) {
        uint8_t a[16], b[16];
        must(once.orders[0].fetched_at_us == 0);
        must(order_digest(&once.orders[0], &arena, a) == ERR_OK);
        must(order_digest(&twice.orders[0], &arena, b) == ERR_OK);
        must(memcmp(a, b, sizeof a) == 0);
    }
    arena_free(&arena);
    json_doc_free(doc);
    return 0;
}
