/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_keys - public keys of platforms that sign their deliveries with one, fetched once and kept
 * as long as the connector allows.
 *
 * Whoever forges a delivery can name any key: so few fetches are under way at once and in a minute,
 * and beyond that a delivery gets 503, which the platform sends again. Runs on the loop's thread.
 */
#pragma once
#include "engine/config.h"

struct hook_keys;

MUST_USE enum err hook_keys_new(struct env *env, bool private_ok, struct hook_keys **out);
void hook_keys_free(struct hook_keys *keys); /* after the loop has ended */

/* key: valid until the loop turns. is_busy: too much is being fetched. Neither: it cannot be had. */
typedef void hook_key_fn(void *arg, struct slice key, bool is_busy);
/* Calls fn at once or later, exactly once. */
void hook_keys_get(struct hook_keys *keys,
                   const struct channel_config *channel,
                   struct slice id,
                   hook_key_fn *fn,
                   void *arg);
/* The channels as they are now; what is under way asks here which they are. */
void hook_keys_set_config(struct hook_keys *keys, const struct config *channels);
