/* SPDX-License-Identifier: Apache-2.0 */
/* Any snapshot of a shop that speaks our API: orders whose counts agree, or a reason; never both.
 */
#include "base/crypto.h"
#include "channels/connector.h"
#include "fuzz.h"

/* The first line of the input is the signature header, the rest the body. */
static void check_signature(const struct account *account, struct slice input, struct arena *arena)
{
    struct slice signature;
    slice_cut(&input, '\n', &signature);
    struct http_header headers[3] = {{SLICE("webhook-id"), SLICE("msg_1")},
                                     {SLICE("webhook-timestamp"), SLICE("1674087231")},
                                     {SLICE("webhook-signature"), signature}};
    struct hook hook = {.headers = headers, .headers_count = 3, .body = input};
    must(connector_api.verify(account, &hook, arena) == HOOK_REFUSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_doc *doc;
    static struct json_doc *doc_config;
    static struct arena config_arena;
    static struct account account;
    struct json root;
    struct err_note note;
    struct arena arena;
    struct facts facts;

    if (!doc) {
        doc = json_doc_new();
        doc_config = json_doc_new();
        arena_init(&config_arena, (size_t)1 << 16);
        must(doc && doc_config && crypto_init() == ERR_OK);
        must(json_parse(doc_config,
                        SLICE("{\"webhook_secret\":\"a key that the fuzzer does not know\"}"),
                        &root,
                        &note) == ERR_OK);
        must(connector_api.configure(
                 (struct json){0}, root, SLICE("shop-a"), false, &config_arena, &account, &note) ==
             ERR_OK);
    }
    struct slice input = {(const char *)data, size};
    struct hook hook = {.method = SLICE("POST"), .body = input};
    arena_init(&arena, size % 16 == 15 ? 600 : (size_t)1 << 22);
    check_signature(&account, input, &arena);
    connector_api.decode(&account, &hook, doc, &arena, &facts);
    must(facts.unreadable == NULL || facts.orders_count == 0);
    for (size_t i = 0; i < facts.orders_count; i++) {
        const struct order_snapshot *order = &facts.orders[i];
        must(order->id.n > 0 && order->version_text.n > 0);
        for (size_t k = 0; k < order->lines_count; k++) {
            const struct snapshot_line *l = &order->lines[k];
            must(l->id.n > 0 && slice_starts(l->remote, "sku:") && l->remote.n > 4);
            must(l->cancelled >= 0 && l->fulfilled >= 0 &&
                 l->cancelled + l->fulfilled <= l->ordered && l->ordered <= QTY_MAX);
            must(l->restocked >= 0 && l->restocked <= l->returned && l->returned <= l->fulfilled);
            must(l->no_restock >= 0 && l->no_restock <= l->cancelled);
        }
    }
    arena_free(&arena);
    return 0;
}
