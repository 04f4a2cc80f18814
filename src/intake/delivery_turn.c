/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/delivery_turn.h"

#include "base/json_read.h"
#include "intake/delivery_body.h"

enum err delivery_turn_fill(const struct delivery_maker *maker,
                            const struct channel_config *channel,
                            const struct hook *hook,
                            struct slice topic,
                            struct turn *turn)
{
    turn->channel = channel->row.id;
    turn->received_at_us = hook->received_at_us;
    turn->delivery = (struct delivery_row){.channel = channel->row.id,
                                           .topic = arena_copy(&turn->arena, topic),
                                           .received_at_us = hook->received_at_us};
    (void)json_lacked_memory(maker->parser);
    channel->connector->decode(&channel->account, hook, maker->parser, &turn->arena, &turn->facts);
    /* What could not be read for want of memory is not unreadable: it comes again. */
    if (json_lacked_memory(maker->parser)) {
        return ERR_MEMORY;
    }
    delivery_body_key(channel->row.id, hook->topic, hook->body, &turn->facts, turn->delivery.key);
    enum err e = maker->forgets_bodies ? ERR_OK
                                       : delivery_body_seal(maker->vault,
                                                            maker->env,
                                                            maker->compressor,
                                                            hook->body,
                                                            &turn->arena,
                                                            &turn->delivery.body);
    return e ? e : turn->arena.exhausted ? ERR_LIMIT : ERR_OK;
}
