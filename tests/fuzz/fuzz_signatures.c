/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature headers, as strangers send them to each connector: without the key nothing passes,
 * whatever stands in the headers. And Standard Webhooks (the signer's side): what is signed passes,
 * and no longer does with one bit changed.
 *
 * The first line says which connector, the second is put into every header that a platform signs
 * with, the rest is the body.
 */
#include "../support/channel_samples.h"
#include "base/crypto.h"
#include "base/standard_webhooks.h"
#include "fuzz.h"

static struct account accounts[COUNT_OF(samples)];
static struct account ours; /* of the api connector, with a key in the form of Standard Webhooks */

static const struct connector *connector_of(size_t i)
{
    return connector_find(slice_of(samples[i].name));
}

static void open_one(const struct connector *c, const char *config, struct account *out)
{
    static struct arena arena;
    struct json_doc *doc = json_doc_new();
    struct json root;
    struct err_note note;
    if (!arena.size_max) {
        arena_init(&arena, (size_t)1 << 20);
    }
    must(doc && json_parse(doc, slice_of(config), &root, &note) == ERR_OK);
    must(c->configure(json_get(root, "settings"),
                      json_get(root, "secrets"),
                      SLICE("shop-a"),
                      false,
                      &arena,
                      out,
                      &note) == ERR_OK);
    json_doc_free(doc);
}

static void open_all(void)
{
    static bool is_open;
    if (is_open) {
        return;
    }
    is_open = true;
    must(crypto_init() == ERR_OK);
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        open_one(connector_of(i), samples[i].config, &accounts[i]);
    }
    open_one(&connector_api,
             "{\"settings\":{},\"secrets\":{\"webhook_secret\":"
             "\"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\"}}",
             &ours);
}

static void
check_strangers(size_t which, struct slice value, struct slice body, struct arena *arena)
{
    const char *const names[] = {"X-Shopify-Hmac-SHA256",
                                 "X-WC-Webhook-Signature",
                                 "X-EBAY-SIGNATURE",
                                 "Authorization",
                                 "WM_SEC.SIGNATURE",
                                 "x-walmart-signature",
                                 "webhook-signature",
                                 "webhook-id",
                                 "webhook-timestamp",
                                 "x-amz-signature"};
    struct http_header headers[COUNT_OF(names)];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        headers[i] = (struct http_header){slice_of(names[i]), value};
    }
    headers[8].value = SLICE("1674087231");
    const struct hook hook = {.method = SLICE("POST"),
                              .topic = SLICE("orders/create"),
                              .headers = headers,
                              .headers_count = COUNT_OF(headers),
                              .body = body,
                              .received_at_us = INT64_C(1674087231000000),
                              .key = value};
    const struct connector *c = connector_of(which);
    must(!c->verify || c->verify(&accounts[which], &hook, arena) != HOOK_AUTHENTIC);
}

static bool passes(struct slice signature, struct slice id, struct slice body, struct arena *arena)
{
    const struct http_header headers[] = {{SLICE("webhook-id"), id},
                                          {SLICE("webhook-timestamp"), SLICE("1674087231")},
                                          {SLICE("Webhook-Signature"), signature}};
    const struct hook hook = {.method = SLICE("POST"),
                              .headers = headers,
                              .headers_count = COUNT_OF(headers),
                              .body = body,
                              .received_at_us = INT64_C(1674087231000000)};
    return connector_api.verify(&ours, &hook, arena) == HOOK_AUTHENTIC;
}

static void check_signer(struct slice id, struct slice body, struct arena *arena)
{
    const struct slice keys[] = {SLICE("another key that is being replaced"),
                                 SLICE("0123456789abcdef0123456789abcdef")};
    struct slice signature = webhook_signature(keys, 2, id, SLICE("1674087231"), body, arena);
    must(signature.p && (passes(signature, id, body, arena) || id.n == 0));
    must(
        !passes(webhook_signature(keys, 1, id, SLICE("1674087231"), body, arena), id, body, arena));
    struct slice changed = arena_copy(arena, body);
    if (body.n && id.n && changed.p) {
        char *byte = arena_alloc(arena, body.n);
        must(byte);
        memcpy(byte, body.p, body.n);
        byte[body.n / 2] = (char)(byte[body.n / 2] ^ 1);
        must(!passes(signature, id, (struct slice){byte, body.n}, arena));
    }
}

static void check_key(struct slice text, struct arena *arena)
{
    struct slice key, again;
    if (webhook_key_read(text, arena, &key)) {
        must(key.n > 0 && slice_equal(webhook_key_text(key, arena), text)); /* one text a key */
    }
    if (text.n) {
        struct slice made = webhook_key_text(text, arena);
        must(webhook_key_read(made, arena, &again) && slice_equal(again, text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = {(const char *)data, size}, which, value;
    struct arena arena;
    open_all();
    arena_init(&arena, (size_t)8 << 20);
    slice_cut(&input, '\n', &which);
    slice_cut(&input, '\n', &value);
    check_strangers(
        which.n ? (size_t)(unsigned char)which.p[0] % COUNT_OF(samples) : 0, value, input, &arena);
    check_signer(value, input, &arena);
    check_key(value, &arena);
    must(!arena.exhausted || size > 65536);
    arena_free(&arena);
    return 0;
}
