/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_turn - an authentic delivery, whichever way it came, becomes a turn of the engine. */
#pragma once
#include "base/compress.h"
#include "engine/engine.h"

struct delivery_maker {
    struct env *env;
    const struct vault *vault;
    struct json_doc *parser;
    struct compressor *compressor;
    bool forgets_bodies; /* nothing of a delivery is kept but its facts */
};

/* Decodes the hook into the turn (a new TURN_DELIVERY), all of it copied. topic: shown to people.
 * ERR_LIMIT, ERR_MEMORY: it cannot be taken now, and the turn is to be freed. */
MUST_USE enum err delivery_turn_fill(const struct delivery_maker *maker,
                                     const struct channel_config *channel,
                                     const struct hook *hook,
                                     struct slice topic,
                                     struct turn *turn);
