/* SPDX-License-Identifier: Apache-2.0 */
#include "base/standard_webhooks.h"

#include "base/crypto.h"

#define PREFIX "whsec_"

bool webhook_key_read(struct slice text, struct arena *arena, struct slice *out_key)
{
    struct slice key = {0};
    if (!slice_starts(text, PREFIX) ||
        !base64_decode(arena, slice_from(text, strlen(PREFIX)), &key) || key.n == 0) {
        return false;
    }
    *out_key = key;
    return true;
}

struct slice webhook_key_text(struct slice key, struct arena *arena)
{
    struct slice encoded = base64_encode(arena, key);
    return encoded.p ? arena_printf(arena, PREFIX "%.*s", SLICE_ARG(encoded)) : encoded;
}

static char *put(char *at, struct slice part)
{
    if (part.n) {
        memcpy(at, part.p, part.n);
    }
    return at + part.n;
}

struct slice webhook_sign(struct slice key,
                          struct slice id,
                          struct slice timestamp,
                          struct slice body,
                          struct arena *arena)
{
    uint8_t mac[SHA256_SIZE];
    char *text = arena_alloc(arena, id.n + timestamp.n + body.n + 2);
    if (!text) {
        return (struct slice){0};
    }
    char *at = put(text, id);
    *at++ = '.';
    at = put(at, timestamp);
    *at++ = '.';
    at = put(at, body);
    hmac_sha256(mac, key, (struct slice){text, (size_t)(at - text)});
    return base64_encode(arena, (struct slice){(const char *)mac, sizeof(mac)});
}

struct slice webhook_signature(const struct slice *keys,
                               size_t keys_count,
                               struct slice id,
                               struct slice timestamp,
                               struct slice body,
                               struct arena *arena)
{
    struct slice all = {0};
    for (size_t i = 0; i < keys_count; i++) {
        struct slice one = webhook_sign(keys[i], id, timestamp, body, arena);
        all = arena_printf(arena,
                           "%.*s%sv1,%.*s",
                           (int)all.n,
                           all.n ? all.p : "",
                           all.n ? " " : "",
                           (int)one.n,
                           one.n ? one.p : "");
    }
    return all;
}
