/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery_body - bodies of deliveries at rest, and reading them again.
 *
 * A body is kept beside the log for diagnosis and for decoding again after a fix: compressed, then
 * sealed with the vault's key, for it holds what the channel sent, personal data included.
 */
#pragma once
#include "base/compress.h"
#include "base/env.h"
#include "engine/config.h"

#define DELIVERY_BODY_MAX ((size_t)2 * 1024 * 1024)

MUST_USE enum err delivery_body_seal(const struct vault *vault,
                                     struct env *env,
                                     struct compressor *compressor,
                                     struct slice plain,
                                     struct arena *arena,
                                     struct slice *out);
/* ERR_NOT_FOUND: it was erased. ERR_AUTH: not sealed with this key. */
MUST_USE enum err delivery_body_open(const struct vault *vault,
                                     struct slice sealed,
                                     struct arena *arena,
                                     struct slice *out);

/* What makes two deliveries the same: the channel, the topic that the path bound, and the platform's
 * own id where the signed bytes state one, else those bytes. `facts` is what was decoded of them. */
void delivery_body_key(struct channel_id channel,
                       struct slice path_topic,
                       struct slice body,
                       const struct facts *facts,
                       uint8_t out[16]);

/*
 * Decodes a stored delivery with the connector as it is now. The row shows a topic, but only one
 * that the path bound may be believed: the delivery's key tells which it was. Wants a channel with
 * a usable account.
 */
void delivery_decode(const struct channel_config *channel,
                     const struct delivery_row *row,
                     struct slice body,
                     struct json_doc *parser,
                     struct arena *arena,
                     struct facts *out);
