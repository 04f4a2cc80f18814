/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger - double entry in units: every change of stock is a movement between two accounts of one
 * SKU.
 *
 * Over all accounts of a SKU movements sum to zero, so nothing appears or vanishes by construction.
 *   on_hand = available + held + reserved + unavailable      (in_transit is on its way here)
 * `available` may be negative: units that are owed (debt). No other bucket ever is.
 *
 * Pure: works on the rows the caller loaded, in memory of the caller's arena.
 */
#pragma once
#include "base/arena.h"
#include "base/map.h"
#include "core/types.h"

/* A movement recorded more than this after it happened was told late. */
#define LATE_US (120 * US_PER_S)

/* A stamp of whole seconds may mean any moment of its second: what is recorded within it came
 * first. */
static inline int64_t stamp_end_us(int64_t time_us)
{
    return time_us % US_PER_S == 0 ? time_us + US_PER_S - 1 : time_us;
}

/* The largest balance: far above QTY_MAX, far below int64's end, so that sums are checked once. */
#define BALANCE_MAX INT64_C(1000000000000)

enum bucket {
    BUCKET_OUTSIDE, /* suppliers, customers, found, lost, opening */
    BUCKET_AVAILABLE,
    BUCKET_HELD,
    BUCKET_RESERVED,
    BUCKET_UNAVAILABLE, /* split by reason */
    BUCKET_IN_TRANSIT,
};

/* X(NAME, text) */
#define MOVEMENT_KIND_MAP(X)                                                                       \
    X(OPEN, "open")                                                                                \
    X(RECEIVE, "receive")                                                                          \
    X(RESERVE, "reserve")                                                                          \
    X(RELEASE, "release")                                                                          \
    X(HOLD, "hold")                                                                                \
    X(HOLD_RELEASE, "hold_release")                                                                \
    X(HOLD_EXPIRE, "hold_expire")                                                                  \
    X(HOLD_COMMIT, "hold_commit")                                                                  \
    X(SHIP, "ship")                                                                                \
    X(UNSHIP, "unship") /* a newer snapshot says that fewer units left: outside -> reserved */     \
    X(RETURN, "return")                                                                            \
    X(RESTOCK, "restock")                                                                          \
    X(UNRESTOCK, "unrestock")   /* a newer snapshot says that fewer came back on sale */           \
    X(NO_RESTOCK, "no_restock") /* refunded before shipping, not back on sale */                   \
    X(SCRAP, "scrap")                                                                              \
    X(DAMAGE, "damage")                                                                            \
    X(SET_ASIDE, "set_aside")                                                                      \
    X(RESTORE, "restore")                                                                          \
    X(WRITE_OFF, "write_off")                                                                      \
    X(TRANSFER_OUT, "transfer_out")                                                                \
    X(TRANSFER_IN, "transfer_in")                                                                  \
    X(TRANSFER_SHORT, "transfer_short")                                                            \
    X(TRANSFER_DAMAGED, "transfer_damaged")                                                        \
    X(COUNT, "count")                                                                              \
    X(ADJUST, "adjust")                                                                            \
    X(TRANSFER_CANCEL, "transfer_cancel") /* called back while in transit: back where it left */

enum movement_kind {
#define X(name, text) MOVE_##name,
    MOVEMENT_KIND_MAP(X)
#undef X
};

struct account_of { /* of one SKU; location is 0 for outside */
    struct location_id location;
    enum bucket bucket;
};

struct movement {
    enum movement_kind kind;
    struct sku_id sku;
    struct account_of from, to;
    int64_t quantity;    /* > 0 */
    struct slice reason; /* of the unavailable leg; else free text for people */
    struct slice reference;
    struct channel_id channel; /* 0: not caused by an order */
    struct slice order, line;
    int64_t happened_at_us;
    int64_t from_after, to_after; /* balances after it; 0 for outside. Filled in by ledger_post */
};

/* Units out of sale at one place for one reason. */
struct stock_reason {
    struct slice reason;
    int64_t quantity;
    bool changed;
    struct stock_reason *next;
};

/* The balances of one SKU at one location. */
struct stock {
    struct sku_id sku;
    struct location_id location;
    int64_t available, held, reserved, unavailable, in_transit;
    int64_t counted_at_us;        /* instant of the latest count of it; 0: never counted */
    struct stock_reason *reasons; /* sums to unavailable */
    struct stock *next_of_sku;    /* the same SKU at other locations, in order of loading */
    bool changed;
};

/* The rows one decision may touch. A row that was not loaded counts as zero and is added. */
struct stock_set {
    struct arena *arena;
    struct map rows;   /* (sku, location) -> struct stock */
    struct map of_sku; /* sku -> first struct stock */
};

struct movement_list {
    struct movement *items;
    size_t count, cap;
};

struct ledger {
    struct arena *arena;
    struct stock_set *stock;
    struct movement_list movements;
    bool exhausted; /* the arena ran out: drop the whole decision */
};

void stock_set_init(struct stock_set *set, struct arena *arena);
void stock_set_free(struct stock_set *set);
/* Find, or find and add. at: NULL only when the arena is exhausted. */
struct stock *stock_set_find(const struct stock_set *set, struct sku_id sku, struct location_id at);
struct stock *stock_set_at(struct stock_set *set, struct sku_id sku, struct location_id at);
/* First row of the SKU; follow next_of_sku. NULL when it has none. */
struct stock *stock_set_first(const struct stock_set *set, struct sku_id sku);
/* Adds a loaded reason to a row. False when the arena is exhausted. */
bool stock_add_reason(struct stock_set *set,
                      struct stock *row,
                      struct slice reason,
                      int64_t quantity);

int64_t stock_on_hand(const struct stock *row);
int64_t stock_reason_quantity(const struct stock *row, struct slice reason);
/* Units of the SKU that are owed, at all locations. */
int64_t stock_debt(const struct stock_set *set, struct sku_id sku);

/*
 * Applies a movement to both accounts and appends it to the list. Wants quantity in 1..QTY_MAX and
 * the accounts of a real movement; must() guards that no bucket but available falls below zero: the
 * caller has decided with the same rows in hand. On an exhausted arena sets ledger->exhausted.
 */
void ledger_post(struct ledger *ledger, const struct movement *movement);

/* Takes back all that was posted, newest first: for a decision that is all or nothing and was
 * refused. */
void ledger_undo(struct ledger *ledger);

const char *movement_kind_text(enum movement_kind kind);
bool movement_kind_parse(struct slice text, enum movement_kind *out);
const char *bucket_text(enum bucket bucket);
