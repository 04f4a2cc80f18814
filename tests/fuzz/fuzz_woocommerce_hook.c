/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A WooCommerce delivery: path topic, header topic, a line each, then the body. Whatever is
 * authentic says something, says it twice the same, and never more than a body of its shape may.
 */
#include "fuzz_woo.h"

static void decode(const struct account *account,
                   const struct hook *hook,
                   struct json_doc *doc,
                   struct arena *arena,
                   struct facts *out)
{
    connector_woocommerce.decode(account, hook, doc, arena, out);
    must_be_sound(out);
    must(out->orders_count + out->observations_count + out->fetches_count > 0 || out->unreadable ||
         out->ignored);
}

static void must_verify(const struct account *account, struct hook hook, struct arena *arena)
{
    uint8_t mac[SHA256_SIZE];
    struct slice signature;

    hmac_sha256(mac, SLICE("whs"), hook.body);
    signature = base64_encode(arena, (struct slice){(const char *)mac, sizeof mac});
    struct http_header header = {SLICE("X-WC-Webhook-Signature"), signature};
    enum hook_verdict unsigned_verdict = connector_woocommerce.verify(account, &hook, arena);
    must(unsigned_verdict != HOOK_AUTHENTIC);
    must(unsigned_verdict != HOOK_PING || slice_starts(hook.body, "webhook_id="));
    hook.headers = &header;
    hook.headers_count = 1;
    must(connector_woocommerce.verify(account, &hook, arena) == HOOK_AUTHENTIC);
    header.value = slice_from(signature, 1);
    must(connector_woocommerce.verify(account, &hook, arena) == HOOK_REFUSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = {(const char *)data, size};
    struct slice topic, header_topic;
    struct json_doc *doc = json_doc_new();
    struct arena arena;
    struct account account;
    struct facts once, twice;

    must(doc);
    arena_init(&arena, (size_t)16 << 20);
    woo_account(doc, &arena, &account);
    slice_cut(&body, '\n', &topic);
    slice_cut(&body, '\n', &header_topic);
    struct http_header header = {SLICE("X-WC-Webhook-Topic"), header_topic};
    struct hook hook = {.method = SLICE("POST"),
                        .topic = topic,
                        .headers = &header,
                        .headers_count = header_topic.n ? 1 : 0,
                        .body = body};
    must_verify(&account, hook, &arena);
    decode(&account, &hook, doc, &arena, &once);
    decode(&account, &hook, doc, &arena, &twice);
    must(once.orders_count == twice.orders_count && once.unreadable == twice.unreadable);
    if (once.orders_count) {
        uint8_t a[16], b[16];
        must(order_digest(once.orders, &arena, a) == ERR_OK);
        must(order_digest(twice.orders, &arena, b) == ERR_OK);
        must(memcmp(a, b, sizeof a) == 0);
    }
    arena_free(&arena);
    json_doc_free(doc);
    return 0;
}
