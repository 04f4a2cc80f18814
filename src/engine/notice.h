/* SPDX-License-Identifier: Apache-2.0 */
/* notice - incidents about a channel as a whole, from rooms that do not decide: one open per code
 * and channel. */
#pragma once
#include "engine/engine.h"

void notice_open(struct engine *engine,
                 struct channel_id channel,
                 const char *code,
                 const char *title,
                 struct slice detail,
                 const char *action);
void notice_close(struct engine *engine, struct channel_id channel, const char *code);
