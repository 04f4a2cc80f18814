/* SPDX-License-Identifier: Apache-2.0 */
/*
 * standard_webhooks - the signature of Standard Webhooks 1.0, for whoever sends and whoever checks.
 *
 *   webhook-signature: v1,BASE64(HMAC-SHA256(key, "ID.TIMESTAMP.BODY"))
 *
 * The id names the message and stays the same when it is sent again; the timestamp (seconds) is that
 * of the attempt. While a key is being replaced the header holds a signature by each, with a space
 * between them.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

#define WEBHOOK_KEY_MIN 24
#define WEBHOOK_KEY_MAX 64

/* The key that a text stands for: "whsec_" and base64. False: it is none, or empty. */
MUST_USE bool webhook_key_read(struct slice text, struct arena *arena, struct slice *out_key);
/* The text of a key. {NULL,0} when the arena is exhausted, as below. */
struct slice webhook_key_text(struct slice key, struct arena *arena);

/* The bare signature, in base64. */
struct slice webhook_sign(struct slice key,
                          struct slice id,
                          struct slice timestamp,
                          struct slice body,
                          struct arena *arena);
/* The header's value, with one signature by each key. */
struct slice webhook_signature(const struct slice *keys,
                               size_t keys_count,
                               struct slice id,
                               struct slice timestamp,
                               struct slice body,
                               struct arena *arena);
