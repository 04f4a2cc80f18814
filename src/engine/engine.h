/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine - the one writer: gives events their place in the log, and nobody is told "done" before
 * the commit.
 *
 * A turn is load -> decide -> save for one thing that happened or was asked. Turns that wait
 * together share one transaction and one commit (natural group commit, at most ENGINE_BATCH_MAX, no
 * waiting). When a turn fails, the batch rolls back and its turns run again one per transaction, so
 * that one poisonous event stops nothing else; a delivery that fails alone is parked. After a
 * commit with unknown outcome nothing is answered until the store was reopened and the chain's head
 * has told whether the batch is there.
 *
 * Threads: engine_submit from the loop; engine_step on the writer (a thread of its own in
 * production, or stepped by hand in a simulator); engine_collect on the loop, which calls each
 * finished turn's `done`.
 */
#pragma once
#include "base/env.h"
#include "engine/config.h"
#include "engine/etag.h"

#define ENGINE_BATCH_MAX 256

struct engine;
struct batch;
struct turn;
struct connect_order;
struct import_order;
struct replay_order;

typedef void turn_done_fn(struct turn *turn);

enum turn_kind {
    TURN_DELIVERY, /* a verified delivery and its facts */
    TURN_READ,     /* facts that we read from a channel: orders by catch-up or fetch */
    TURN_REQUEST,  /* an operator's write: `run` decides and writes the answer */
    TURN_CLAIM,    /* which of these listings need a push or a reading, and mark the pushes as in
                      flight */
    TURN_PUSHED,   /* what became of pushes */
    TURN_READING,  /* counts that were read */
};

/* What to do for one listing, decided under the writer. */
struct claim_action {
    struct listing_id listing;
    enum expected_step step;
    int64_t at_us; /* of STEP_WAIT, wall */
    /* Of STEP_READ: the changed orders are read before it, later than that moment (wall). */
    bool needs_orders;
    int64_t orders_after_us;
    /* Of STEP_SEND, STEP_REPEAT and STEP_READ: */
    struct push_item item;
    int64_t push_n, seq;
    uint8_t key[16];
    size_t request; /* actions of one request share it; 0.. within the claim */
    bool left_over; /* there was no free request for it: claim it again later */
};

struct push_report {
    struct listing_id listing;
    int64_t push_n;
    enum push_outcome outcome;
    struct slice reason;
    bool parent_managed, unmanaged, is_day_spent;
    int64_t happened_at_us, received_at_us,
        committed_at_us;                              /* of the sale that caused it; 0: none */
    int64_t sent_at_us, answered_at_us, synced_at_us; /* wall; synced: channel's time */
};

struct reading_report {
    struct listing_id listing;
    int64_t seq;
    enum read_outcome outcome;
    int64_t count;
    bool is_flagged; /* units are there, but it is marked as sold out: count says 0 */
    struct slice reason;
    int64_t answered_at_us, synced_at_us;
    bool differs;     /* out: it is wrong; what is written over it is read back soon */
    bool is_too_high; /* out: more than was expected, whoever it was */
};

/* Who asks, for the audit. */
struct asker {
    enum asked_via via;
    int64_t user, session; /* 0: no person; no session */
    struct slice address;
    const char *action; /* the operation's id, where it is kept in the audit; NULL: it is not */
};

/* A hint for the pusher: a listing may be dirty, and since when. */
struct dirty_hint {
    struct sku_id sku;         /* all listings of it */
    struct listing_id listing; /* when sku is 0: this one */
    struct channel_id channel; /* of listing */
    int64_t happened_at_us, received_at_us;
    bool must_read;  /* an observation disagrees: read the count */
    bool is_start;   /* after a start: what was in flight is unknown */
    size_t rows_max; /* of a claim: it travels in requests of at most so many rows; 0: any */
};

struct turn {
    enum turn_kind kind;
    struct arena arena; /* inputs and outputs live here */
    turn_done_fn *done;
    void *owner;

    /* TURN_DELIVERY, TURN_READ */
    struct channel_id channel;
    struct facts facts;
    struct delivery_row delivery; /* channel, topic, received_at_us, key, body filled in */
    int64_t received_at_us;       /* wall, when its last byte arrived */
    int64_t read_through_us; /* TURN_READ: the page was the last, all changes up to here are read;
                                or 0 */
    int64_t replay_of;       /* apply the facts of this delivery again; or 0 */
    bool is_dry_run;         /* decide and answer, but keep nothing */

    /* TURN_REQUEST */
    void (*run)(struct batch *batch, struct turn *turn);
    struct slice method, path, body;
    struct slice query; /* of the request, where its route takes parameters; as it came */
    struct slice
        if_match; /* change it only while it is as this header says; empty: whatever it is */
    const struct slice *args; /* what the route's pattern caught */
    int64_t token_id;
    struct slice token_name; /* or the user's */
    struct asker asker;
    struct slice object, detail; /* out: for the audit, where the path and the log do not say it */
    bool has_answer_key;
    uint8_t answer_key[32], body_digest[16];

    /* TURN_CLAIM */
    const struct dirty_hint *wanted; /* by listing */
    size_t wanted_count;
    size_t requests_max;
    bool raises_wait; /* orders are still to be read again (engine/restored.h): no count rises */
    bool is_rush;     /* so many wait that a request takes up to bulk_max of them */
    int64_t orders_read_us;       /* begin of the last complete reading of orders, wall; or 0 */
    struct claim_action *actions; /* out */
    size_t actions_count;

    /* TURN_PUSHED, TURN_READING */
    const struct push_report *pushed;
    size_t pushed_count;
    struct reading_report *readings;
    size_t readings_count;

    /* out */
    enum err err; /* ERR_OK: committed. Else nothing of it was kept */
    struct err_note note;
    const struct connect_order *connect; /* a connecting's job was created: begin */
    const struct import_order *import;   /* an import's job was created: read the catalogue */
    const struct replay_order *replay;   /* a replay's job was created: read the deliveries */
    int status; /* TURN_REQUEST: HTTP status; TURN_DELIVERY: see delivery.state */
    struct buf answer;
    char etag[ETAG_SIZE];        /* of what was changed, as it is now; empty: none */
    const struct fetch *fetches; /* to perform after fetch_delay_us */
    size_t fetches_count;
    int64_t fetch_delay_us;
    int64_t committed_at_us; /* wall */
    int64_t news_placed_us;  /* the latest placing of an order that was not known before; 0: none */

    /* the engine's own */
    size_t zeros; /* of a claim: listings that are to show nothing any more */
    struct turn *next;
    const struct dirty_hint *hints;
    size_t hints_count;
    bool config_changed;
};

struct engine_config {
    struct env *env;
    struct store *store; /* the writer; the engine owns it from now on */
    struct vault vault;
    size_t queue_max; /* 0: 10,000 */
    /* After an unclean stop the next `careful` deliveries are applied one by one: `mark` is told the
     * key of each before (durable when it returns) and NULL behind it. `suspects` are the
     * keys that were left marked; what is there three times is parked, not tried again. */
    size_t careful;
    void (*mark)(void *arg, const uint8_t key[16]);
    const uint8_t (*suspects)[16];
    size_t suspects_count;
    /* On the loop, after a commit, before the turns' done: */
    void (*on_dirty)(void *arg,
                     const struct dirty_hint *hints,
                     size_t count,
                     int64_t committed_at_us);
    void (*on_commit)(void *arg); /* something was committed; NULL: nobody asks */
    void (*on_turn)(void *arg, const struct turn *turn); /* each that was committed; may be NULL */
    void (*on_config)(void *arg); /* channels or locations changed: load them again */
    void *arg;
};

/* Turns come from here; freed by their done (turn_free). NULL: out of memory. */
struct turn *turn_new(enum turn_kind kind, turn_done_fn *done, void *owner);
void turn_free(struct turn *turn);

MUST_USE enum err
engine_new(const struct engine_config *config, struct engine **out, struct err_note *note);
/* False when the queue is full or the engine is stopping: answer 503. The turn stays the caller's.
 */
bool engine_submit(struct engine *engine, struct turn *turn);
/* Runs one batch if any turn waits; false when none did. Only the writer. */
bool engine_step(struct engine *engine);
/* Calls the loop's side of what was committed. Only the loop. */
void engine_collect(struct engine *engine);
enum err engine_start(struct engine *engine,
                      struct err_note *note); /* a thread that steps until engine_stop */
void engine_stop(struct engine *engine);      /* finishes what waits, joins the thread */
void engine_free(struct engine *engine);
/* From now on nothing is taken, and this is why: a text that lives as long as the engine. NULL: turns
 * are taken again. Only the loop. */
void engine_refuse(struct engine *engine, const char *why);
/* A new reader of the engine's store, for the loop. */
MUST_USE enum err engine_reader(struct engine *engine, struct store **out, struct err_note *note);

struct engine_counters { /* for /metrics; any thread, approximate */
    uint64_t turns, batches, deliveries, duplicates, failures;
    size_t queued;
    bool is_refusing;            /* the disk is full or the store is gone: everything gets 503 */
    const char *refuses_because; /* NULL: it does not */
    int64_t failing_since_us; /* wall: the last commit failed for the disk's sake; 0: it did not */
};
struct engine_counters engine_counters(const struct engine *engine);
