/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/delivery_body.h"
#include "base/crypto.h"

#define BOUND SLICE("delivery")

enum err delivery_body_seal(const struct vault *vault,
                            struct env *env,
                            struct compressor *compressor,
                            struct slice plain,
                            struct arena *arena,
                            struct slice *out)
{
    struct slice packed = {0};
    uint8_t nonce[24];
    enum err e = compress(compressor, arena, plain, &packed);
    if (e) {
        return e;
    }
    env_random(env, nonce, sizeof(nonce));
    return crypto_seal(vault->key, nonce, packed, BOUND, arena, out);
}

enum err delivery_body_open(const struct vault *vault,
                            struct slice sealed,
                            struct arena *arena,
                            struct slice *out)
{
    struct slice packed = {0};
    if (sealed.n == 0) {
        return ERR_NOT_FOUND;
    }
    enum err e = crypto_open(vault->key, sealed, BOUND, arena, &packed);
    return e ? e : decompress(arena, packed, DELIVERY_BODY_MAX, out);
}

void delivery_body_key(struct channel_id channel,
                       struct slice path_topic,
                       struct slice body,
                       const struct facts *facts,
                       uint8_t out[16])
{
    bool has_id = facts->delivery_id.n > 0;
    const struct slice parts[] = {{(const char *)&channel.v, sizeof(channel.v)},
                                  path_topic,
                                  has_id ? SLICE("\nid\n") : SLICE("\n"),
                                  has_id ? facts->delivery_id : body};
    blake2b(out, 16, parts, COUNT_OF(parts));
}

void delivery_decode(const struct channel_config *channel,
                     const struct delivery_row *row,
                     struct slice body,
                     struct json_doc *parser,
                     struct arena *arena,
                     struct facts *out)
{
    uint8_t key[16];
    struct hook hook = {.method = SLICE("POST"),
                        .topic = row->topic,
                        .body = body,
                        .received_at_us = row->received_at_us};
    channel->connector->decode(&channel->account, &hook, parser, arena, out);
    delivery_body_key(channel->row.id, row->topic, body, out, key);
    if (row->topic.n == 0 || memcmp(key, row->key, sizeof(key)) == 0) {
        return; /* the path bound it */
    }
    /* A topic of a header goes back to where it came from, for connectors that look there. */
    const struct http_header claimed[] = {
        {SLICE("X-Shopify-Topic"), row->topic},
        {SLICE("X-WC-Webhook-Topic"), row->topic},
        {SLICE("webhook-type"), row->topic},
    };
    hook.topic = (struct slice){0};
    hook.headers = claimed;
    hook.headers_count = COUNT_OF(claimed);
    channel->connector->decode(&channel->account, &hook, parser, arena, out);
}
