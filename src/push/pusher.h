/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pusher - tells each channel what its listings should show, and asks it what it knows.
 *
 * One lane per channel: a queue of listings that may be dirty, the requests under way, the
 * channel's limits.
 *
 *   hint -> queue -> claim (a turn: the writer decides and marks) -> request -> answer -> outcome
 *
 * A lane never pushes what it remembers: the value is decided by the claim, from what is committed
 * then. A newer hint for a listing that waits or is under way only marks it: fifty sales in a burst
 * cost one push.
 *
 *   OPEN --failure--> BLOCKED (backoff with jitter, Retry-After, cost bucket) --due--> OPEN
 *
 * A failing channel slows no other. Orders changed since the last complete read are read at start,
 * at the connector's pace, when a delivery only poked us, and after every 429 or 503 that we gave.
 *
 * Runs on the loop's thread, in struct env: no sockets or clocks of its own.
 */
#pragma once
#include "base/latency.h"
#include "engine/engine.h"
#include "engine/lane_figures.h"

struct pusher;

struct pusher_config {
    struct env *env;
    struct engine *engine;
    struct store *reader; /* the loop's; borrowed */
    bool private_ok;      /* channels may live on private addresses and plain http */
    struct vault vault;
};

struct pusher_figures {
    uint64_t pushes, confirmed, refused, unknown, readings, polls,
        saved;            /* saved: hints that cost no push */
    size_t waiting, open; /* listings queued, one for those not looked at yet; requests under way */
    struct latency ours;  /* receipt of the delivery -> our request left */
    struct latency theirs_in;  /* their sale -> receipt of the delivery */
    struct latency theirs_out; /* our request left -> confirmed */
    struct latency total;      /* their sale -> confirmed on the other channel */
};

/* How far a platform's clock is from ours, by the Date of its answers. */
struct pusher_clock {
    struct channel_id channel;
    int64_t ahead_us;     /* theirs less ours */
    int64_t seen_us;      /* mono, of the last such answer; 0: none yet */
    int64_t off_since_us; /* mono: apart by more than CLOCK_OFF_US in every answer since; 0: not */
};
#define CLOCK_OFF_US (120 * US_PER_S)

MUST_USE enum err pusher_new(const struct pusher_config *config, struct pusher **out);
/* What channels call back: {url}/hooks/{channel}. is_given: an operator said it. */
void pusher_set_address(struct pusher *pusher, const char *url, bool is_given);
/* The channels as they are now; the pointer stays valid until the next call. A lane stays when its channel is switched off.
 */
void pusher_set_config(struct pusher *pusher, const struct config *config);
/* Start-up is recovery: every listing is looked at once, page by page from now on, what was in
 * flight is unknown, orders are caught up. */
void pusher_recover(struct pusher *pusher);
/* The ledger was put back from a backup: no count rises anywhere until every channel whose orders can
 * be read, and that is not off, has had them read since the start. */
void pusher_set_behind(struct pusher *pusher, bool is_behind);
bool pusher_is_behind(const struct pusher *pusher);
/* The codes of the channels it waits for, with commas. */
void pusher_behind_text(const struct pusher *pusher, struct buf *out);
void pusher_dirty(struct pusher *pusher,
                  const struct dirty_hint *hints,
                  size_t count,
                  int64_t committed_at_us);
/* Reads that a delivery or a tie asked for. */
void pusher_fetch(struct pusher *pusher,
                  struct channel_id channel,
                  const struct fetch *fetches,
                  size_t count,
                  int64_t delay_us);
/* We refused a delivery of this channel: read what changed, soon. */
void pusher_catch_up(struct pusher *pusher, struct channel_id channel);
/* No push of the channel (0: of all) leaves from now on, whatever is queued; or they may again. What
 * the store says later takes its place. */
void pusher_pause(struct pusher *pusher, struct channel_id channel, bool is_paused);
/* Connects the channel for the job, and reports its checks (engine/connect.h). */
void pusher_connect(struct pusher *pusher, const struct connect_order *order);
/* How consent ended: NULL, or why not. */
typedef void pusher_consent_fn(void *arg, const char *why_not);
/* A person came back from the platform. query: of that request, with the state that was given out;
 * body: what the platform posted instead. fn is called once, now or later. */
void pusher_consent(struct pusher *pusher,
                    struct channel_id channel,
                    struct slice query,
                    struct slice body,
                    pusher_consent_fn *fn,
                    void *arg);
/* A delivery of the channel has reached us: what connecting it waits for. */
void pusher_heard(struct pusher *pusher, struct channel_id channel, int64_t received_at_us);
/* Reads the channel's catalogue for the job, and links it (engine/import.h). */
void pusher_import(struct pusher *pusher, const struct import_order *order);
/* Of all channels that gave a Date: at most `max`; the number of them. */
size_t pusher_clocks(const struct pusher *pusher, struct pusher_clock *out, size_t max);
const struct pusher_figures *pusher_figures(struct pusher *pusher);
/* One channel's queue and limits now (engine/lane_figures.h). False: there is no such lane; out is as it was. */
bool pusher_lane_figures(struct pusher *pusher,
                         struct channel_id channel,
                         struct lane_figures *out);
/* Nothing waits and nothing is under way (paced reads aside). */
bool pusher_is_quiet(struct pusher *pusher);
void pusher_stop(struct pusher *pusher); /* starts nothing new */
void pusher_free(struct pusher *pusher); /* after the loop has ended */
