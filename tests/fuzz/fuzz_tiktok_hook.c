/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TikTok delivery: its Authorization, a line; its topic, a line; then the body. Nobody but the
 * secret's owner signs; whatever is authentic says something, twice the same, and never an order by
 * itself.
 */
#include "fuzz_tiktok.h"

static void must_verify(const struct account *account,
                        struct slice given,
                        struct slice body,
                        struct arena *arena)
{
    uint8_t mac[SHA256_SIZE];
    struct http_header header = {SLICE("Authorization"), given};
    struct hook hook = {
        .method = SLICE("POST"), .headers = &header, .headers_count = 1, .body = body};
    char *whole = arena_alloc(arena, body.n + 1);

    must(whole);
    whole[0] = 'k';
    if (body.n) {
        memcpy(whole + 1, body.p, body.n);
    }
    hmac_sha256(mac, SLICE("s"), (struct slice){whole, body.n + 1});
    struct slice right = hex_encode(arena, (struct slice){(const char *)mac, sizeof mac});
    must(slice_equal(slice_trim(given), right) ||
         connector_tiktok.verify(account, &hook, arena) == HOOK_REFUSED);
    header.value = right;
    must(body.n == 0 || connector_tiktok.verify(account, &hook, arena) == HOOK_AUTHENTIC);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = {(const char *)data, size};
    struct slice given, topic;
    struct json_doc *doc = json_doc_new();
    struct arena arena;
    struct account account;
    struct facts once, twice;

    must(doc);
    arena_init(&arena, (size_t)16 << 20);
    tt_account(doc, &arena, &account);
    slice_cut(&body, '\n', &given);
    slice_cut(&body, '\n', &topic);
    must_verify(&account, given, body, &arena);
    struct hook hook = {.method = SLICE("POST"), .topic = topic, .body = body};
    connector_tiktok.decode(&account, &hook, doc, &arena, &once);
    connector_tiktok.decode(&account, &hook, doc, &arena, &twice);
    must_be_sound(&once);
    must(once.orders_count == 0 && once.delivery_id.n <= 64);
    must(once.fetches_count > 0 || once.unreadable || once.ignored);
    must(!once.ignored || (once.fetches_count == 0 && !once.unreadable));
    must(once.fetches_count == twice.fetches_count && once.unreadable == twice.unreadable &&
         once.ignored == twice.ignored && slice_equal(once.delivery_id, twice.delivery_id));
    for (size_t i = 0; i < once.fetches_count; i++) {
        must(once.fetches[i].kind == twice.fetches[i].kind &&
             slice_equal(once.fetches[i].id, twice.fetches[i].id));
    }
    arena_free(&arena);
    json_doc_free(doc);
    return 0;
}
