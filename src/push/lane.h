/* SPDX-License-Identifier: Apache-2.0 */
/* lane - one channel's side of the pusher; shared by the pusher's own files. */
#pragma once
#include "base/map.h"
#include "push/pusher.h"

struct pusher {
    struct pusher_config config;
    const struct config *channels;
    struct lane *lanes;
    struct json_doc *parser;
    struct pusher_figures figures;
    struct catalogue_import *judging; /* the one import that looks at our SKUs now; or NULL */
    bool stopping;
    bool is_behind;       /* orders are still to be read again: pusher_set_behind */
    char public_url[512]; /* what channels call back; no trailing slash */
    bool is_public;       /* it was given, rather than made of the listen address */
};

enum want_state {
    WANT_READY,   /* in the lane's queue */
    WANT_LATER,   /* in the lane's list of delayed ones */
    WANT_CLAIMED, /* a claim or a request is under way */
};

/* What made a listing dirty, wall; zeroes: nothing that is measured. */
struct want_cause {
    int64_t happened_at_us, received_at_us, committed_at_us;
};

/* A listing that may need something. */
struct want {
    struct listing_id listing;
    struct want *next; /* in queue or list */
    enum want_state state;
    bool must_read, is_start;
    bool again;       /* a newer hint came while it was claimed */
    bool reads_after; /* it was wrong: what is written now is read back */
    /* So many readings in a row were too high: somebody writes after us. Readings go on at a
     * growing distance then; the write that lowers after one waits for nothing. */
    unsigned wrong;
    int64_t read_not_before_us;
    /* It travels in requests of at most so many rows, since a larger one was refused as a whole; 0:
     * as the platform allows. */
    size_t rows_max;
    int64_t not_before_us;
    struct want_cause cause; /* the oldest that the channel does not show yet */
    struct want_cause later; /* the oldest that came while it was claimed */
};

struct want_queue {
    struct want *first, *last;
    size_t count;
};

struct pending_fetch {
    struct pending_fetch *next;
    enum fetch_kind kind;
    int64_t not_before_us;
    struct slice id; /* in the same allocation */
};

/* A request under way, first member of what it belongs to: freed with the lane when the loop ends
 * before its answer came. */
struct lane_call {
    struct lane_call *prev, *next;
    void (*drop)(struct lane_call *call);
};

/* Saved-up calls, in microseconds: a call costs the time in which the platform grants it. */
struct call_bucket {
    int64_t credit_us, at_us;
    int64_t per_1000s;        /* as answers state it; 0: they do not */
    int64_t blocked_until_us; /* throttled, this kind alone */
    int failures;             /* throttled in a row */
    bool is_used;             /* before, it is full */
};

/*
 * Whether the channel is believed to be there. A write that is answered with an error may have
 * landed, and its listing waits then until a reading proves what came of it: so a channel that fails
 * is asked something harmless first, one call at a time.
 *
 *   ANSWERS --a call failed--> DOUBTED --its orders were read--> PROBED --a write was answered--> ANSWERS
 *                                 ^------------ a write failed ---/
 *
 * No write leaves in DOUBTED, but one in four tries, for channels whose orders alone cannot be read;
 * one listing is written at a time in PROBED. When no write had failed, any good answer leads to
 * ANSWERS.
 */
enum lane_trust { LANE_ANSWERS, LANE_DOUBTED, LANE_PROBED };

struct lane {
    struct lane *next;
    struct lane_call calls; /* ring of them */
    struct pusher *pusher;
    struct channel_id channel;
    int64_t version;  /* of the channel's settings when it was last looked at */
    struct map wants; /* listing id -> want */
    struct want_queue ready, later, awaiting_orders;
    /* looking at every listing after a start (lane_recover.c); after: those behind it are left */
    bool is_recovering;
    int64_t recover_after, next_recover_us;
    bool is_awaiting_changed; /* one that awaits the orders got a newer hint */
    struct pending_fetch *fetches;
    struct env_timer *timer;
    int64_t wall_ahead_us; /* the wall clock less the monotonic one, when last looked at */
    bool claiming;
    bool is_held;           /* pushes were paused a moment ago: none leaves (pusher_pause) */
    int64_t paced_until_us; /* watched after a cutover: the next rows leave then */
    size_t open;            /* requests under way */
    int64_t blocked_until_us;
    int failures; /* in a row; calls that left together fail together */
    int64_t failing_since_us;
    bool is_down_reported, is_token_reported;
    bool has_answered; /* since we began */
    enum lane_trust trust;
    bool has_write_failed;  /* since a write was last answered */
    struct call_bucket all; /* of calls_per_s */
    struct call_bucket kinds[CALL_KINDS];
    int64_t day_left, day_most; /* calls of the platform's day, when it says so; -1: it does not */
    /* orders changed since */
    bool is_polling, poll_wanted, is_unreadable_reported;
    struct read_job *next_page; /* of the reading under way, when it may be asked for; or NULL */
    int64_t pages_blocked_until_us; /* a page costs more than what else is sent */
    int64_t orders_failing_since_us;
    int64_t read_through_us; /* as the last complete read left it */
    int64_t next_poll_us, poll_started_us,
        orders_read_us; /* orders_read_us: begin of the last complete read */
    /* reading back */
    int64_t next_sweep_us, sweep_after;
    size_t stale; /* listings that this round of the sweep found unconfirmed for long */
    /* what is told (lane_watch.c) */
    int64_t begun_us, next_watch_us,
        unheard_since_us; /* unheard: a sale was found by asking; 0: none */
    bool is_stale_reported, is_waiting_reported, is_silence_reported, is_throttled_reported;
    /* The platform asked us to slow down: which of the last eight looks' times (bit 0: the one that
     * runs), by when it lets us call again, and what was called. */
    unsigned throttled_times;
    int64_t throttled_time, throttled_until_us;
    enum call_kind throttled_kind;
    struct pusher_clock clock;              /* what the platform's answers say of our clock */
    bool has_swept, has_watched, has_heard; /* since we began: what was told before may be over */
    /* the access token that the account buys (lane_token.c) */
    bool is_buying, is_token_refused;
    int purchases_failed;
    int64_t token_not_before_us, token_bought_at_us;
    struct catalogue_import *import; /* lane_catalogue.c; NULL: none */
    /* connecting (lane_connect.c) */
    struct connecting *connecting;  /* NULL: none */
    int64_t next_look_us, heard_us; /* heard_us: the last delivery that reached us */
    char consent_state[40];         /* what a person must bring back, until consent_until_us */
    int64_t consent_until_us;
    char address_text[40];   /* what our own address is asked to prove */
    char token_why[200];     /* why the last purchase was refused; "" it was not */
    char token_trouble[200]; /* why it failed otherwise, and may not the next time */
};

struct lane *pusher_lane(struct pusher *pusher, struct channel_id channel); /* NULL: none */

/* The channel as configured now; NULL when it is gone or we are stopping. */
const struct channel_config *lane_config(const struct lane *lane);
/* The same, when it can be called; NULL when it is off, has no address, its settings do not do, or
 * it has no access token yet. */
const struct channel_config *lane_channel(const struct lane *lane);
int64_t lane_now(const struct lane *lane); /* wall */

void want_hint(struct lane *lane, const struct dirty_hint *hint, int64_t committed_at_us);
void want_requeue(struct lane *lane, struct want *want, int64_t not_before_us);
/* Done with this claim: gone, or queued again when something newer came. */
void want_done(struct lane *lane, struct want *want);
void queue_add(struct want_queue *queue, struct want *want);
struct want *queue_take(struct want_queue *queue);

void lane_call_add(struct lane *lane, struct lane_call *call, void (*drop)(struct lane_call *call));
void lane_call_remove(struct lane_call *call);

void lane_mind_clock(struct lane *lane); /* lane_clock.c: a jump moves what it waits for */
void lane_pump(struct lane *lane); /* does what may be done now, and sets the timer for the rest */
/* So many calls of a kind may leave now, by our limits and the platform's. */
size_t lane_room(struct lane *lane, enum call_kind kind);
void lane_spend(struct lane *lane, enum call_kind kind); /* one leaves */
/* May a call leave now? Takes it from the budget. */
bool lane_may_call(struct lane *lane, enum call_kind kind);
/* The channel is doubted: its orders are asked for first, and nothing is written meanwhile. */
bool lane_must_probe(struct lane *lane);
/* When one may leave as far as the limits go, wall. */
int64_t lane_call_due(struct lane *lane, enum call_kind kind);
/* What is left of the platform's day is kept for sales: nothing that can wait is asked. */
bool lane_is_saving(const struct lane *lane);
/* What an answer taught about the channel. ok: it was usable. */
void lane_learn(struct lane *lane,
                enum call_kind kind,
                const struct env_reply *reply,
                const struct channel_signal *signal,
                bool ok);
/* Channel's time that is surely not before the answer. */
int64_t lane_synced_at(const struct lane *lane, const struct channel_signal *signal);

/* Microseconds that one call costs by all its limits; 0: there is none. */
int64_t
lane_call_cost(const struct lane *lane, const struct channel_config *c, enum call_kind kind);
void lane_sweep(struct lane *lane, const struct channel_config *c); /* lane_watch.c */
void lane_watch(struct lane *lane, const struct channel_config *c);
/* The platform asked us to slow down, and calls of the kind wait for it (lane_watch.c). */
void lane_throttled(struct lane *lane, enum call_kind kind);
void lane_found_by_asking(struct lane *lane); /* an order that no delivery had brought */
void lane_hears(struct lane *lane);           /* a delivery came */

void lane_recover_begin(struct lane *lane);
void lane_recover(struct lane *lane); /* lane_recover.c: adds the next page, if it is due */
int64_t lane_recover_due(const struct lane *lane); /* when it is; 0: not by time */
void lane_claim(struct lane *lane);                /* lane_claim.c */
/* Sends what was claimed: one push or reading of `count` listings (lane_job.c). */
void job_start(struct lane *lane,
               const struct channel_config *c,
               const struct claim_action *actions,
               struct want **wants,
               size_t count);
void lane_poll(struct lane *lane); /* lane_orders.c: begins a reading, or goes on with it */
int64_t
lane_poll_due(const struct lane *lane); /* lane_orders.c: when that may be; 0: not by time */
bool lane_fetch_due(struct lane *lane); /* lane_orders.c: starts one; true when it did */
void lane_import(struct lane *lane); /* lane_catalogue.c: carries the import on, if there is one */
int64_t lane_import_due(const struct lane *lane); /* when it can go on; 0: not by time */
void lane_import_free(struct lane *lane);
/* Buys an access token when the account needs one, or will soon (lane_token.c). */
void lane_token(struct lane *lane);
int64_t lane_token_due(const struct lane *lane); /* when it must look again; 0: never */
/* A call was refused for its credentials. True: another token may cure it, nobody need act yet. */
bool lane_token_refused(struct lane *lane);
/* Carries connecting on, if there is any to do. */
void lane_connect(struct lane *lane);
int64_t lane_connect_due(const struct lane *lane); /* when it can go on; 0: not by time */
void lane_connect_free(struct lane *lane);
struct slice
lane_redirect_uri(const struct lane *lane, const struct channel_config *c, struct arena *arena);
void lane_notice(struct lane *lane,
                 const char *code,
                 const char *title,
                 struct slice detail,
                 const char *action);
void lane_notice_close(struct lane *lane, const char *code);
