/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An eBay delivery: "topic header" in a line, the body behind it. Without eBay's key nobody signs
 * the first kind; whatever is authentic says something, twice the same, and never an order by
 * itself.
 */
#include "fuzz_ebay.h"

#define PEM                                                                                        \
    "-----BEGIN PUBLIC KEY-----MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZhhxXKtR+TOvtDbgTPCkSof02qgBB7" \
    "IsYOyf76ilExJ/upAa/vKIKheOoCyOpcLmi4t0b4uepb7LLjmMr90FUg==-----END PUBLIC KEY-----"
#define SIGNED_BY_EBAY "\"topic\":\"MARKETPLACE_ACCOUNT_DELETION\""

static void must_verify(const struct account *account, struct hook *hook, struct arena *arena)
{
    struct http_header host = {SLICE("Host"), hook->body};
    struct hook ask = {.query = hook->body, .headers = &host, .headers_count = 1};
    struct slice kid = connector_ebay.key_id(account, hook, arena);

    must(!kid.n || ebay_is_id(kid));
    enum hook_verdict verdict = connector_ebay.verify(account, hook, arena);
    /* The one text that we have eBay's signature of stands among the seeds. */
    must(verdict != HOOK_AUTHENTIC || slice_is(hook->topic, "platform") ||
         memmem(hook->body.p, hook->body.n, SIGNED_BY_EBAY, sizeof(SIGNED_BY_EBAY) - 1));
    hook->key = hook->body;
    must(slice_is(hook->topic, "platform") ||
         connector_ebay.verify(account, hook, arena) == HOOK_REFUSED);
    struct slice answer = connector_ebay.challenge(account, &ask, arena);
    must(!answer.n || slice_starts(answer, "{\"challengeResponse\":\""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = {(const char *)data, size};
    struct slice topic, header;
    struct json_doc *doc = json_doc_new();
    struct arena arena;
    struct account account;
    struct facts once, twice;

    must(doc);
    arena_init(&arena, (size_t)16 << 20);
    ebay_open(doc, &arena, &account);
    slice_cut(&body, '\n', &header);
    slice_cut(&header, ' ', &topic);
    struct http_header signature = {SLICE("X-EBAY-SIGNATURE"), header};
    struct hook hook = {.method = SLICE("POST"),
                        .topic = topic,
                        .headers = &signature,
                        .headers_count = 1,
                        .body = body,
                        .key = SLICE(PEM),
                        .received_at_us = INT64_C(1642185350478000)};
    must_verify(&account, &hook, &arena);
    connector_ebay.decode(&account, &hook, doc, &arena, &once);
    connector_ebay.decode(&account, &hook, doc, &arena, &twice);
    must_be_sound(&once);
    must(once.orders_count == 0);
    must(once.fetches_count > 0 || once.unreadable || once.ignored);
    must(once.fetches_count == twice.fetches_count && once.unreadable == twice.unreadable &&
         once.ignored == twice.ignored);
    for (size_t i = 0; i < once.fetches_count; i++) {
        must(once.fetches[i].kind == twice.fetches[i].kind &&
             slice_equal(once.fetches[i].id, twice.fetches[i].id));
    }
    arena_free(&arena);
    json_doc_free(doc);
    return 0;
}
