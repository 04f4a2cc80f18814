/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Walmart delivery: its X-TC-Signature, a line; then the body. Nobody but the secret's owner
 * signs; whatever is authentic says something, twice the same, and never an order by itself.
 */
#include "fuzz_walmart.h"

static void must_verify(const struct account *account,
                        struct slice given,
                        struct slice body,
                        struct arena *arena)
{
    uint8_t mac[SHA256_SIZE];
    struct http_header header = {SLICE("X-TC-Signature"), given};
    struct hook hook = {
        .method = SLICE("POST"), .headers = &header, .headers_count = 1, .body = body};
    struct slice bytes = {(const char *)mac, sizeof mac};
    struct slice password = {0};
    struct slice text = slice_trim(given);

    hmac_sha256(mac, SLICE("ws"), body);
    struct slice hex = hex_encode(arena, bytes);
    struct slice base64 = base64_encode(arena, bytes);
    text = slice_starts(text, "Basic ") ? slice_trim(slice_from(text, 6)) : text;
    bool is_right = slice_equal(slice_trim(given), hex) || slice_equal(slice_trim(given), base64) ||
                    (base64_decode(arena, text, &password) && slice_ends(password, ":ws"));
    bool is_taken = connector_walmart.verify(account, &hook, arena) == HOOK_AUTHENTIC;
    must(is_right || !is_taken);
    header.value = hex;
    must(body.n == 0 || connector_walmart.verify(account, &hook, arena) == HOOK_AUTHENTIC);
    header.value = base64;
    must(body.n == 0 || connector_walmart.verify(account, &hook, arena) == HOOK_AUTHENTIC);
    header.name = SLICE("WM_SEC.SIGNATURE");
    must(connector_walmart.verify(account, &hook, arena) == HOOK_REFUSED);
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
    wm_account(doc, false, &arena, &account);
    slice_cut(&body, '\n', &given);
    must_verify(&account, given, body, &arena);
    struct hook hook = {.method = SLICE("POST"), .body = body};
    connector_walmart.decode(&account, &hook, doc, &arena, &once);
    connector_walmart.decode(&account, &hook, doc, &arena, &twice);
    must_be_sound(&once);
    must(once.orders_count == 0);
    must(once.fetches_count > 0 || once.unreadable || once.ignored);
    must(!once.unreadable || !once.ignored);
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
