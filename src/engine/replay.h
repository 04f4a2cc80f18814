/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay - deliveries of a range applied once more, as a job (docs/replay.md).
 *
 * A turn creates the job's row and leaves its order; whoever reads and decodes the deliveries
 * (intake/replays.h) submits one turn for each, oldest first, and now and then one that shows how
 * far it is; the last of these ends the job. Orders are states with versions: what is booked
 * already is not booked again, so that a replay which was broken off is simply asked for again.
 *
 * A dry run submits none of the former: it is rehearsed (engine/rehearsal.h).
 *
 * At most one replay is queued or running. After a stop, what was running is failed at the next
 * start (import.h), and its result says how far it came.
 */
#pragma once
#include "engine/request.h"

#define REPLAY_TEXT_SIZE 256   /* of a filter */
#define REPLAY_ROWS_MAX 1000   /* of orders, and of SKUs, that a result shows; all are counted */
#define REPLAY_LISTINGS_MAX 64 /* of one turn that repeats pushes */

struct replay_order {
    int64_t job;
    struct channel_id channel;    /* 0: all of them; so with what follows */
    int64_t from_us, to_us;       /* received, or pushed; 0: open */
    int64_t delivery;             /* 0: any */
    int state;                    /* enum delivery_state; -1: any */
    char order[REPLAY_TEXT_SIZE]; /* empty: any */
    char topic[REPLAY_TEXT_SIZE];
    bool is_dry_run;
    bool pushes; /* of the listings that were pushed then, and no deliveries */
};

/* What became of one delivery. */
enum replay_outcome {
    REPLAY_APPLIED,   /* it said something new */
    REPLAY_UNCHANGED, /* what it says is booked, or is no matter of stock */
    REPLAY_PARKED,    /* it cannot be read, or sells what no listing names */
    REPLAY_SKIPPED,   /* its channel is off, or cannot be used */
};

/* A movement by its codes; delta: what it adds to available, reserved and unavailable there. */
struct replay_movement {
    enum movement_kind kind;
    struct slice channel, order, sku, location;
    int64_t quantity;
    int64_t available, reserved, unavailable;
};

/* turn->owner of request_replay_apply. The turn has the channel, the facts and replay_of. */
struct replay_apply {
    void *owner; /* the submitter's */
    enum delivery_state was;
    bool named_order; /* it was read before, and said of which order */
    /* out, in the turn's arena */
    enum replay_outcome outcome;
    struct replay_movement *movements;
    size_t movements_count;
};

/* turn->owner of request_replay_pushes. */
struct replay_listings {
    void *owner;
    int64_t ids[REPLAY_LISTINGS_MAX];
    size_t count;
    size_t hinted; /* out: of them, those that are still there */
};

/* turn->owner of request_replay_step: what the job shows from now on. */
struct replay_step {
    void *owner;
    int64_t job, done, total;
    struct slice summary, result, review; /* JSON; summary: what the log keeps of the result */
    bool is_end;
    struct slice error; /* at the end: why it failed; empty: it did not */
    bool is_closed;     /* out: the job was ended by somebody else */
};

/* Answers 202 and leaves the order in turn->replay. */
request_fn request_replays_create;
/* args: {job}. A replay that is queued or running is over; what has ended stays as it ended. */
request_fn request_job_cancel;
/* Not routes. */
request_fn request_replay_apply, request_replay_pushes, request_replay_step;
/* "applied", ... */
const char *replay_outcome_text(enum replay_outcome outcome);
