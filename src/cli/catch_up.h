/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catch_up - a server on a ledger that was put back (DIR/restored): before it starts it forgets what
 * it believed of channels (engine/restored.h), and no count rises before all orders were read again.
 * Then the mark goes.
 */
#pragma once
#include "cli/restored.h"
#include "engine/engine.h"
#include "push/pusher.h"

struct catch_up;

/* Before engine_start: it steps the engine itself. *out stays NULL when there is no mark. */
MUST_USE enum err catch_up_new(struct env *env,
                               struct engine *engine,
                               struct pusher *pusher,
                               const char *data,
                               struct catch_up **out,
                               struct err_note *note);
/* Also without one: then nothing is to be caught up. */
void catch_up_metrics(const struct catch_up *catch_up, struct buf *out);
void catch_up_free(struct catch_up *catch_up); /* NULL is fine */
