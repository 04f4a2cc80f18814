/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store - the rows truecount keeps, in the words of its trade. Never SQL.
 *
 * Three implementations of one interface: memory (model and tests), SQLite (the embedded default)
 * and PostgreSQL, which any number of nodes may share. A `struct store` is one connection: the writer, or a reader that
 * never blocks it. A batch of turns is store_begin, store_load_* (sets of keys at once), decide,
 * store_save (all changes at once), store_commit and one commit makes it durable: store_commit
 * returns ERR_OK only after the fsync. Rows of what several writers could touch are loaded for
 * update in sorted order of their keys.
 *
 * Loaded rows and their slices live in the arena that is passed. Arrays of results are parallel to
 * the keys; NULL marks a row that is not there. Writers change loaded rows in place and hand them
 * to store_save.
 *
 * The log is hash-chained: each commit hashes its events and movements with the hash before it
 * (BLAKE2b-256).
 *
 * Errors: ERR_FULL (disk full: nothing was kept, try later), ERR_IO and ERR_UNKNOWN (the commit is
 * neither done nor undone: close, reopen, look for a key), ERR_CORRUPT, ERR_CONFLICT (another
 * process writes).
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/err.h"
#include "base/json_read.h"
#include "core/avail.h"
#include "core/drift.h"
#include "core/expected.h"
#include "core/ledger.h"
#include "core/order.h"
#include "store/access_rows.h"
#include "store/evidence_rows.h"
#include "store/findings.h"
#include "store/outlet_row.h"
#include "store/stock_line.h"

struct store;

/* ---- rows ---- */

struct sku_row {
    struct sku_id id;
    struct slice code;     /* as people write it */
    struct slice code_key; /* normalised: unique */
    struct slice title, product, options /* JSON object */, barcode;
    int64_t buffer;                /* POLICY_UNSET */
    bool backorder;                /* selling beyond stock is agreed */
    const struct component *parts; /* a bundle's recipe, ascending by SKU id */
    size_t parts_count;
    int64_t stock_version;    /* one more per commit that moved its stock (or changed its recipe or
                              policy) */
    bool has_moved;           /* ever had a movement: before that no listing of it is pushed */
    int64_t since_checkpoint; /* movements since its last checkpoint */
};

/* Another code under which a SKU is found: one that it had, or was given. No SKU's own code. */
struct alias_row {
    struct slice code, code_key;
    struct sku_id sku;
    int64_t since_us;
    bool is_former; /* it was the SKU's own; a new SKU may be created under it, and then has it */
};

struct location_row {
    struct location_id id;
    struct slice code, name, country, region;
    bool is_active;
};

struct channel_row {
    struct channel_id id;
    struct slice code, connector;
    enum channel_mode mode;
    bool paused;
    struct slice settings; /* JSON object */
    struct slice secrets;  /* sealed JSON object, bound to "channel:<id>" */
    int64_t buffer, percent, cap;
    struct slice route; /* JSON array as in the API; empty: all active locations */
    int64_t opened_at_us;
    int64_t version;         /* one more with every change of settings or policy */
    int64_t read_through_us; /* orders changed up to here have been read; 0: never */
    int64_t cutover_at_us;   /* it is to be taken over then; 0: that is not planned */
    int64_t
        watch_until_us;  /* taken over: its pushes are paced and watched until then; 0: no more */
    int64_t cutover_job; /* of either */
};

enum listing_fault {
    FAULT_NONE,
    FAULT_REFUSED,
    FAULT_PARENT_MANAGED,
    FAULT_UNMANAGED,
    FAULT_CONTESTED, /* somebody else keeps writing it (core/drift.h) */
};

struct listing_row {
    struct listing_id id;
    struct channel_id channel;
    struct sku_id sku;
    struct slice remote;         /* JSON object, normalised by the connector */
    struct slice key, stock_key; /* connector.h */
    struct location_id location; /* 0: the channel's total */
    int64_t buffer, percent, cap, min_to_list, pack_size;
    bool paused;
    int64_t version; /* one more with every change of its policy */
    struct expected expected;
    /* Units of the channel's own open orders (ordered, neither cancelled nor fulfilled), as its
     * lines count them. */
    int64_t open_units;
    uint8_t push_key[16];                                  /* of the push under way */
    int64_t push_n;                                        /* its row in the push log */
    int64_t sellable;                                      /* when it was last computed */
    int64_t computed_sku_version, computed_policy_version; /* from what; dirty when behind */
    int64_t published, published_at_us; /* last value the channel confirmed; at 0: none */
    int64_t observed, observed_at_us;   /* last count it showed us; at 0: none */
    enum listing_fault fault;
    struct slice fault_reason;
};

struct order_row {
    int64_t n;
    struct order order;
    uint8_t digest[16]; /* of the snapshot that decided */
};

struct event_row {
    int64_t n, at_us;
    struct slice kind; /* "order", "movement", "listing", ... */
    struct channel_id channel;
    struct slice subject; /* order id, SKU code, ... */
    struct slice facts;   /* JSON: all that is needed to apply it again */
};

struct movement_row {
    int64_t n, event, recorded_at_us;
    struct movement movement;
};

enum delivery_state {
    DELIVERY_APPLIED,
    DELIVERY_DUPLICATE,
    DELIVERY_STALE,
    DELIVERY_PARKED,
    DELIVERY_IGNORED,
};

struct delivery_row {
    int64_t n;
    struct channel_id channel;
    struct slice topic;
    int64_t received_at_us;
    uint8_t key[16]; /* digest of channel, topic and the signed bytes */
    enum delivery_state state;
    struct slice reason, order, version;
    struct slice body; /* compressed, sealed, bound to "delivery"; empty when erased */
    bool is_new;       /* not yet saved */
};

enum push_state { PUSH_IN_FLIGHT, PUSH_DONE, PUSH_FAILED, PUSH_LOST, PUSH_TAKEN };

struct push_row {
    int64_t n;
    struct listing_id listing;
    struct channel_id channel;
    struct sku_id sku;
    int64_t value, compare; /* compare: POLICY_UNSET when unguarded */
    uint8_t key[16];
    enum push_state state;
    int64_t happened_at_us; /* the sale that caused it, channel's time; 0 unknown */
    int64_t received_at_us; /* its delivery reached us; 0 when an operator caused it */
    int64_t committed_at_us, sent_at_us, answered_at_us;
    struct slice reason;
};

struct incident_row {
    int64_t n;
    struct slice code;    /* "OVERSOLD" ... (promises, 7) */
    struct slice subject; /* what it is about: at most one open incident per code and subject */
    bool is_open;
    struct slice channel, sku, order;
    int64_t delivery; /* 0: none */
    struct slice title, detail, action;
    int64_t opened_at_us, resolved_at_us;
    int64_t times;                        /* it was seen again, the first time included */
    int64_t updated_at_us;                /* last seen, or closed */
    int64_t until_us;                     /* it ends by itself then; 0: nobody knows */
    struct slice resolution, resolved_by; /* why it was closed, and by whom: empty: by itself */
};

/* The kept answer of a write with an Idempotency-Key. */
struct answer_row {
    uint8_t key[32]; /* digest of token, method, path and key */
    uint8_t body_digest[16];
    int64_t status, at_us;
    struct slice body;
};

enum hold_state { HOLD_OPEN, HOLD_RELEASED, HOLD_EXPIRED, HOLD_COMMITTED };
struct hold_row {
    int64_t n;
    struct slice owner, channel; /* owner: at most one open hold */
    enum hold_state state;
    int64_t expires_at_us, created_at_us;
    struct slice lines; /* JSON: [{"sku","quantity","picks":[{"sku","location","quantity"}]}] */
};

/* One document from leaving to arriving: units are at `from`, in transit to `to`, at `to`, or lost
 * on the way, and nowhere else. */
enum transfer_state {
    TRANSFER_DRAFT, /* moves nothing yet */
    TRANSFER_IN_TRANSIT,
    TRANSFER_RECEIVED,
    TRANSFER_CANCELLED,
};
struct transfer_row {
    int64_t id;
    enum transfer_state state;
    struct location_id from, to;
    struct slice reference;
    struct slice lines; /* JSON: [{"sku":ID,"quantity","received","damaged","short"}] */
    int64_t created_at_us, shipped_at_us, closed_at_us; /* 0: not yet */
};

/* A count of many SKUs at one location, looked over before its differences are posted. */
enum count_state { COUNT_OPEN, COUNT_REVIEW, COUNT_POSTED, COUNT_CANCELLED };
struct count_row {
    int64_t id;
    enum count_state state;
    struct location_id location;
    struct slice reference, reason;
    bool is_blind;                       /* whoever counts does not see what the ledger has */
    bool is_listed;                      /* only the SKUs named at its start are counted */
    int64_t created_at_us, closed_at_us; /* closed: 0 not yet */
};
struct count_line_row {
    int64_t count;
    struct sku_id sku;
    int64_t counted; /* POLICY_UNSET: not yet */
    int64_t counted_at_us;
    int64_t
        there; /* on hand by the ledger at that instant, as posted; before that it is computed */
};

/* The balances of a SKU right after one of its movements (engine/moment.h). */
struct checkpoint_row {
    struct sku_id sku;
    int64_t movement;
    struct slice balances;
};

/* An item of a channel's catalogue that waits for a SKU with its code. */
struct unlinked_row {
    struct channel_id channel;
    struct slice key, code_key;
    int64_t job;       /* the import that saw it last */
    struct slice item; /* JSON: {"remote":{},"stock_key":TEXT} */
};

struct job_row {
    int64_t id;
    struct slice kind, state, error;
    struct channel_id channel;
    int64_t done, total, created_at_us;
    struct slice result, review; /* JSON object, JSON array */
};

/* An order line that waits for its listing. */
struct parked_row {
    struct channel_id channel;
    struct slice key;
    int64_t order; /* order_row.n; 0: a delivery waits instead */
};

/* Growing arrays of rows in an arena. */
struct rows {
    void **items;
    size_t count, cap;
};
MUST_USE bool rows_add(struct rows *rows, struct arena *arena, void *row);

/* All that one batch changes. Rows are inserted or replaced by their key. */
struct store_changes {
    struct rows skus, skus_moved; /* whole; or only stock_version and has_moved */
    struct rows locations, channels;
    struct rows listings,
        listings_moved; /* whole; or only what sales, pushes and readings change */
    struct rows listings_gone, orders, events, movements, deliveries, pushes, incidents, tokens,
        answers, holds, jobs, parked, parked_gone, aliases, aliases_gone, transfers, counts,
        count_lines, checkpoints, unlinked, unlinked_gone, differences, agreements, outlets, users,
        sessions, sessions_gone, audits, audits_gone;
    struct rows
        unlinked_older; /* unlinked_row: those of its channel that an earlier job saw last */
    struct rows findings_gone, findings, opening_files_gone, opening_lines, opening_lines_gone;
    const struct stock_set *stock; /* its changed rows; NULL: none */
};

struct listing_ref {
    struct listing_id id;
    struct channel_id channel;
};

enum store_id {
    ID_SKU,
    ID_LOCATION,
    ID_CHANNEL,
    ID_LISTING,
    ID_ORDER,
    ID_EVENT,
    ID_MOVEMENT,
    ID_DELIVERY,
    ID_PUSH,
    ID_INCIDENT,
    ID_TOKEN,
    ID_HOLD,
    ID_JOB,
    ID_TRANSFER,
    ID_COUNT,
    ID_DIFFERENCE,
    ID_FINDING,
    ID_OUTLET,
    ID_USER,
    ID_SESSION,
    ID_AUDIT,
    ID_KINDS
};

/*
 * What a list shows: all that is set must match. Rows come by ascending id unless `newest_first`.
 * Lists look at these fields: skus: text (a part of code key, product or title). listings: channel,
 * sku. orders: channel. events: channel, times. movements: sku, location (either leg), channel,
 * order, times (recorded). deliveries (without bodies): channel, state, order, times. pushes:
 * channel, listing, sku, state, times (sent; asked for, they come in that order, those of one
 * moment by id, and stand behind the push of the cursor in it). incidents: state (1 open, 0
 * resolved), text (the code). differences: channel, listing, sku, state (1 open, 0 ended), times
 * (begin). holds, transfers, counts: state. findings: channel, text (the kind). audits: text (the
 * action), actor.
 */
struct store_query {
    int64_t after; /* cursor: ids beyond this one, in the list's direction; 0: from the beginning */
    size_t limit;
    bool newest_first;
    struct channel_id channel;
    struct sku_id sku;
    struct location_id location;
    struct listing_id listing;
    struct slice order, text, actor;
    int state;              /* of the row's own enum; -1: any */
    int64_t from_us, to_us; /* 0: open */
};

struct store_ops {
    void (*close)(struct store *store);
    /* store_interrupt; NULL where no read takes long. */
    void (*interrupt)(struct store *store);
    /* A connection for readers; from any thread, then used by one. */
    enum err (*reader)(struct store *store, struct store **out, struct err_note *note);
    enum err (*begin)(struct store *store); /* a reader's begin takes a snapshot */
    enum err (*commit)(struct store *store, int64_t now_us);
    void (*rollback)(struct store *store); /* does nothing when none is open */
    /* After a commit answered ERR_UNKNOWN: closes, reopens, and tells by the chain's head whether
     * it is there. */
    enum err (*resolve)(struct store *store, bool *out_committed, struct err_note *note);
    int64_t (*next_id)(struct store *store, enum store_id kind);
    enum err (*save)(struct store *store, const struct store_changes *changes);

    enum err (*skus)(struct store *store,
                     const struct sku_id *ids,
                     size_t n,
                     struct arena *arena,
                     struct sku_row **out);
    enum err (*skus_by_code)(struct store *store,
                             const struct slice *code_keys,
                             size_t n,
                             struct arena *arena,
                             struct sku_row **out);
    enum err (*bundles_of)(struct store *store,
                           struct sku_id part,
                           struct arena *arena,
                           struct rows *out); /* sku_row */
    enum err (*locations)(struct store *store, struct arena *arena, struct rows *out);
    enum err (*channels)(struct store *store, struct arena *arena, struct rows *out);
    enum err (*listings)(struct store *store,
                         const struct listing_id *ids,
                         size_t n,
                         struct arena *arena,
                         struct listing_row **out);
    /* All listings of a channel under that key: one, or one per location. */
    enum err (*listings_by_key)(struct store *store,
                                struct channel_id channel,
                                struct slice key,
                                struct arena *arena,
                                struct rows *out);
    enum err (*listings_by_stock_key)(struct store *store,
                                      struct channel_id channel,
                                      struct slice stock_key,
                                      struct arena *arena,
                                      struct rows *out);
    enum err (*listings_of_sku)(struct store *store,
                                struct sku_id sku,
                                struct arena *arena,
                                struct rows *out);
    /* Listings whose figure depends on the SKU: its own, and those of bundles that contain it. */
    enum err (*listing_refs)(struct store *store,
                             struct sku_id sku,
                             struct arena *arena,
                             struct rows *out); /* listing_ref */
    /* Adds all rows of the SKUs to the set. */
    enum err (*stock)(struct store *store,
                      const struct sku_id *ids,
                      size_t n,
                      struct stock_set *set);
    enum err (*order)(struct store *store,
                      struct channel_id channel,
                      struct slice id,
                      struct arena *arena,
                      struct order_row **out);
    enum err (*order_by_n)(struct store *store,
                           int64_t n,
                           struct arena *arena,
                           struct order_row **out);
    enum err (*parked)(struct store *store,
                       struct channel_id channel,
                       struct slice key,
                       struct arena *arena,
                       struct rows *out); /* parked_row */
    enum err (*delivery_seen)(struct store *store, const uint8_t key[16], bool *out);
    enum err (*delivery)(struct store *store,
                         int64_t n,
                         struct arena *arena,
                         struct delivery_row **out);
    /* The parked deliveries of one order, oldest first, without their bodies. */
    enum err (*deliveries_parked)(struct store *store,
                                  struct channel_id channel,
                                  struct slice order,
                                  struct arena *arena,
                                  struct rows *out);
    enum err (*tokens)(struct store *store, struct arena *arena, struct rows *out);
    enum err (*answer)(struct store *store,
                       const uint8_t key[32],
                       struct arena *arena,
                       struct answer_row **out);
    enum err (*incident_open)(struct store *store,
                              struct slice code,
                              struct slice subject,
                              struct arena *arena,
                              struct incident_row **out);
    enum err (*incident)(struct store *store,
                         int64_t n,
                         struct arena *arena,
                         struct incident_row **out);
    enum err (*hold)(struct store *store, int64_t n, struct arena *arena, struct hold_row **out);
    enum err (*hold_of_owner)(struct store *store,
                              struct slice owner,
                              struct arena *arena,
                              struct hold_row **out);
    enum err (*holds_due)(
        struct store *store, int64_t now_us, size_t limit, struct arena *arena, struct rows *out);
    enum err (*job)(struct store *store, int64_t id, struct arena *arena, struct job_row **out);
    enum err (*alias)(struct store *store,
                      struct slice code_key,
                      struct arena *arena,
                      struct alias_row **out);
    enum err (*aliases_of)(struct store *store,
                           struct sku_id sku,
                           struct arena *arena,
                           struct rows *out); /* alias_row, the oldest first */
    enum err (*transfer)(struct store *store,
                         int64_t id,
                         struct arena *arena,
                         struct transfer_row **out);
    enum err (*count)(struct store *store, int64_t id, struct arena *arena, struct count_row **out);
    enum err (*count_lines)(struct store *store,
                            int64_t count,
                            struct arena *arena,
                            struct rows *out); /* count_line_row */
    /* The number of the last movement recorded at or before an instant; 0: none. */
    enum err (*movement_at)(struct store *store, int64_t at_us, int64_t *out_n);
    /* The SKU's last checkpoint at or before a movement. */
    enum err (*checkpoint)(struct store *store,
                           struct sku_id sku,
                           int64_t movement,
                           struct arena *arena,
                           struct checkpoint_row **out);
    /* Of the SKU's movements beyond `after`, told more than LATE_US after they happened, those that
     * happened by that instant: at most `limit`, by number. */
    enum err (*movements_late)(struct store *store,
                               struct sku_id sku,
                               int64_t after,
                               int64_t happened_by_us,
                               size_t limit,
                               struct arena *arena,
                               struct rows *out); /* movement_row */
    /* Of the SKU's movements (after, through], dated ahead of their recording, those that happened
     * after that instant. */
    enum err (*movements_early)(struct store *store,
                                struct sku_id sku,
                                int64_t after,
                                int64_t through,
                                int64_t happened_after_us,
                                size_t limit,
                                struct arena *arena,
                                struct rows *out); /* movement_row */
    enum err (*unlinked)(struct store *store,
                         struct slice code_key,
                         struct arena *arena,
                         struct rows *out); /* unlinked_row */
    enum err (*outlets)(struct store *store, struct arena *arena, struct rows *out); /* by id */
    /* Events of kind "incident" behind `after`, by number. */
    enum err (*events_of_incidents)(struct store *store,
                                    int64_t after,
                                    size_t limit,
                                    struct arena *arena,
                                    struct rows *out); /* event_row */
    /* All, by id: those who are gone too. */
    enum err (*users)(struct store *store, struct arena *arena, struct rows *out); /* user_row */
    enum err (*sessions)(struct store *store,
                         struct arena *arena,
                         struct rows *out); /* session_row */
    /* Queued or running, by id. */
    enum err (*jobs_open)(struct store *store, struct arena *arena, struct rows *out);
    store_stock_lines *stock_lines;

    /* Lists, of the row type of their name. SKUs by q->text: core/search.h, over all their texts. */
    enum err (*list_skus)(struct store *store,
                          const struct store_query *q,
                          struct arena *arena,
                          struct rows *out);
    enum err (*list_listings)(struct store *store,
                              const struct store_query *q,
                              struct arena *arena,
                              struct rows *out);
    enum err (*list_orders)(struct store *store,
                            const struct store_query *q,
                            struct arena *arena,
                            struct rows *out);
    enum err (*list_events)(struct store *store,
                            const struct store_query *q,
                            struct arena *arena,
                            struct rows *out);
    enum err (*list_movements)(struct store *store,
                               const struct store_query *q,
                               struct arena *arena,
                               struct rows *out);
    enum err (*list_deliveries)(struct store *store,
                                const struct store_query *q,
                                struct arena *arena,
                                struct rows *out);
    enum err (*list_pushes)(struct store *store,
                            const struct store_query *q,
                            struct arena *arena,
                            struct rows *out);
    enum err (*list_incidents)(struct store *store,
                               const struct store_query *q,
                               struct arena *arena,
                               struct rows *out);
    enum err (*list_holds)(struct store *store,
                           const struct store_query *q,
                           struct arena *arena,
                           struct rows *out);
    enum err (*list_transfers)(struct store *store,
                               const struct store_query *q,
                               struct arena *arena,
                               struct rows *out);
    enum err (*list_counts)(struct store *store,
                            const struct store_query *q,
                            struct arena *arena,
                            struct rows *out);

    enum err (*list_audits)(struct store *store,
                            const struct store_query *q,
                            struct arena *arena,
                            struct rows *out);
    enum err (*list_differences)(struct store *store,
                                 const struct store_query *q,
                                 struct arena *arena,
                                 struct rows *out);
    /* A channel's days from one to another, both included, ascending. */
    enum err (*agreements)(struct store *store,
                           struct channel_id channel,
                           int64_t from_day,
                           int64_t to_day,
                           struct arena *arena,
                           struct rows *out); /* agreement_row */
    findings_list_fn *list_findings;          /* finding_row */
    opening_lines_fn *opening_lines;          /* opening_line_row */

    /* Erases bodies of deliveries received before an instant, oldest first: looks at no more than
     * `limit` deliveries. *out_more: there may be others. The writer's, within a transaction; bodies
     * are not part of the chain. */
    enum err (*erase_bodies)(struct store *store, int64_t before_us, size_t limit, bool *out_more);

    /* Walks for verify and dump: at most `limit` rows behind a key, in the byte order of keys, so
     * that the order of arrival does not show. An empty `after`, with -1 beside it, is the
     * beginning. */
    enum err (*walk_skus)(struct store *store,
                          struct slice after, /* code_key */
                          size_t limit,
                          struct arena *arena,
                          struct rows *out);
    enum err (*walk_listings)(struct store *store,
                              struct channel_id channel,
                              struct slice after, /* key */
                              struct location_id after_location,
                              size_t limit,
                              struct arena *arena,
                              struct rows *out);
    enum err (*walk_orders)(struct store *store,
                            struct channel_id channel,
                            struct slice after, /* the channel's order id */
                            size_t limit,
                            struct arena *arena,
                            struct rows *out);
    enum err (*walk_parked)(struct store *store,
                            struct channel_id channel,
                            struct slice after, /* key */
                            int64_t after_order,
                            size_t limit,
                            struct arena *arena,
                            struct rows *out);

    /* The chain: hashes of the commits after `after_commit` (below zero: of the last so many),
     * recomputed and compared. ERR_CORRUPT names the commit and the first event in it. *out_head is
     * the last commit; *out_hash the head of the chain. Not for a writer with changes open. */
    enum err (*chain_check)(struct store *store,
                            int64_t after_commit,
                            int64_t *out_head,
                            uint8_t out_hash[32],
                            struct err_note *note);
    enum err (*counts)(struct store *store, int64_t *out_events, int64_t *out_movements);

    /* For a rebuild (rebuild.h). Calls `each` for every movement until it fails, by number; or of
     * orders, by channel and order, without times, numbers, balances and line. Texts live so long. */
    enum err (*walk_movements)(struct store *store,
                               bool of_orders,
                               enum err (*each)(void *arg, const struct movement_row *row),
                               void *arg);
    /* The writer's, in a transaction: forgets balances, reasons, checkpoints, has_moved. */
    enum err (*forget_balances)(struct store *store);
};

struct store {
    const struct store_ops *ops;
};

/* `directory` exists. Takes the writer's lock: ERR_CONFLICT when another process holds it. */
MUST_USE enum err store_sqlite_open(const char *directory,
                                    const char *vfs,
                                    struct store **out,
                                    struct err_note *note);
/* The schema that this release writes; opening an older ledger makes it one of these. */
int store_sqlite_schema(void);
/* `url` as libpq takes it (postgresql://…). Makes or upgrades the tables. */
MUST_USE enum err store_postgres_open(const char *url, struct store **out, struct err_note *note);
MUST_USE enum err store_mem_new(struct store **out);
void store_close(struct store *store); /* NULL is fine */
/* Nobody waits for a reader's verify or dump any more: whatever it reads from now on fails soon,
 * until it is closed. From any thread, while the store is open. */
void store_interrupt(struct store *store);

/* The text of states and modes, as the API shows them. */
const char *channel_mode_text(enum channel_mode mode);
bool channel_mode_parse(struct slice text, enum channel_mode *out);
const char *delivery_state_text(enum delivery_state state);
bool delivery_state_parse(struct slice text, enum delivery_state *out);
const char *push_state_text(enum push_state state);
const char *difference_cause_text(enum difference_cause cause);
const char *hold_state_text(enum hold_state state);
const char *transfer_state_text(enum transfer_state state);
bool transfer_state_parse(struct slice text, enum transfer_state *out);
const char *count_state_text(enum count_state state);
bool count_state_parse(struct slice text, enum count_state *out);
const char *asked_via_text(enum asked_via via);
const char *scope_text(enum token_scope scope);
bool scope_parse(struct slice text, enum token_scope *out);

/* An order's lines and allocations as one JSON text, and back. Used by every implementation. */
void order_doc_write(const struct order *order, struct buf *out);
MUST_USE enum err
order_doc_read(struct slice doc, struct json_doc *parser, struct arena *arena, struct order *out);

/*
 * verify - every invariant that can be checked on what is stored: the hash chain, conservation
 * (balances equal the fold of the movements, balances-after included), reserved = the open
 * reservations of all orders, held = the open holds, reasons sum to unavailable. Streams in bounded
 * memory. ERR_CORRUPT with a note naming the first violation.
 */
struct verify_report { /* what was found, as far as the check came */
    int64_t commits, events, movements, orders, skus;
    uint8_t chain[32];
};
MUST_USE enum err
store_verify(struct store *store, struct verify_report *out, struct err_note *note);
/* The canonical dump (promises, 9): `line` is called for each line, without its newline. */
MUST_USE enum err store_dump(struct store *store,
                             void (*line)(void *arg, struct slice text),
                             void *arg,
                             struct err_note *note);
