/* SPDX-License-Identifier: Apache-2.0 */
/* notice - incidents about a channel as a whole, or about the server itself, from rooms that do not
 * decide: one open per code and channel, or per code and subject. */
#pragma once
#include "engine/engine.h"

struct incident_text;

void notice_open(struct engine *engine,
                 struct channel_id channel,
                 const char *code,
                 const char *title,
                 struct slice detail,
                 const char *action);
void notice_close(struct engine *engine, struct channel_id channel, const char *code);

/*
 * About the server itself. Everything is copied but what incident_text keeps as plain C text. `done`
 * is called once, on the loop, when it is in the log or could not be; NULL: nobody asks. False:
 * the engine takes nothing now, and `done` is not called.
 */
typedef void notice_done_fn(void *arg, bool is_kept);
bool notice_tell(struct engine *engine,
                 const struct incident_text *text,
                 notice_done_fn *done,
                 void *arg);
/* It is over by itself; `why` lives as long as the engine. Nothing happens when none is open. */
bool notice_cured(struct engine *engine, const char *code, struct slice subject, const char *why);
/* What is over when it is told: opened and closed in one commit. */
bool notice_record(struct engine *engine,
                   const struct incident_text *text,
                   const char *why,
                   notice_done_fn *done,
                   void *arg);

/* Nothing could be written since then, wall; at 0: no such thing. */
struct store_trouble {
    int64_t since_us;
    enum err err;
};
#define STORE_SUBJECT SLICE("store") /* of STORE-REFUSE, whatever the reason */
/* In the first commit that works again: what was, and that it is over. */
void batch_tell_trouble(struct batch *b, const struct store_trouble *trouble);
