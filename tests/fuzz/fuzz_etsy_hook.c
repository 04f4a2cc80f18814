/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An Etsy delivery: its webhook-signature, a line; then the body. Nobody but the key's owner signs;
 * whatever is authentic says something, twice the same, and never an order by itself.
 */
#include "fuzz_etsy.h"

static void must_verify(const struct account *account,
                        struct slice given,
                        struct slice body,
                        struct arena *arena)
{
    uint8_t mac[SHA256_SIZE];
    struct http_header headers[] = {{SLICE("webhook-id"), SLICE("m")},
                                    {SLICE("webhook-timestamp"), SLICE("1700000000")},
                                    {SLICE("webhook-signature"), given}};
    struct hook hook = {.method = SLICE("POST"),
                        .headers = headers,
                        .headers_count = COUNT_OF(headers),
                        .body = body,
                        .received_at_us = INT64_C(1700000000) * US_PER_S};
    struct slice text = arena_printf(arena, "m.1700000000.");
    char *whole = arena_alloc(arena, text.n + body.n + 1);

    must(whole);
    memcpy(whole, text.p, text.n);
    if (body.n) {
        memcpy(whole + text.n, body.p, body.n);
    }
    hmac_sha256(mac, SLICE(FUZZ_KEY), (struct slice){whole, text.n + body.n});
    struct slice right = base64_encode(arena, (struct slice){(const char *)mac, sizeof mac});
    bool is_right = given.n && memmem(given.p, given.n, right.p, right.n) != NULL;
    must(is_right || connector_etsy.verify(account, &hook, arena) == HOOK_REFUSED);
    headers[2].value = arena_printf(arena, "v1,x v1,%.*s", SLICE_ARG(right));
    must(body.n == 0 || connector_etsy.verify(account, &hook, arena) == HOOK_AUTHENTIC);
    headers[2].value = right;
    must(body.n == 0 || connector_etsy.verify(account, &hook, arena) == HOOK_AUTHENTIC);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = {(const char *)data, size};
    struct slice given;
    struct json_doc *doc = json_doc_new();
    struct arena arena;
    struct account account;
    struct facts once, twice;

    must(doc);
    arena_init(&arena, (size_t)16 << 20);
    etsy_account(doc, &arena, &account);
    slice_cut(&body, '\n', &given);
    must_verify(&account, given, body, &arena);
    struct hook hook = {.method = SLICE("POST"), .body = body};
    connector_etsy.decode(&account, &hook, doc, &arena, &once);
    connector_etsy.decode(&account, &hook, doc, &arena, &twice);
    must_be_sound(&once);
    must(once.orders_count == 0);
    must(once.fetches_count > 0 || once.unreadable || once.ignored);
    must(!(once.unreadable && once.ignored));
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
