/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order - an order is a state, not a list of deltas.
 *
 * A channel reports snapshots. order_merge decides which snapshot holds; order_book compares it
 * with what is booked and posts only the difference. So repeats, late arrivals, edits, partial
 * refunds and cancels need no case of their own, and every arrival order ends in the same state:
 *
 *   an older version                 changes nothing
 *   the same version, same content   changes nothing
 *   the same version, other content  the greater demand of the two (it commutes); it is to be read
 *   a newer version                  replaces all of it; only this revives a cancelled order
 *
 * A read order whose request left after the stamp's granularity plus a second has passed is
 * decisive for its version: it replaces what was merged, and the one requested last decides.
 *
 * Booked per component unit of a line:
 *   reserved                    = max(0, ordered - cancelled - fulfilled)
 *   shipped                     = fulfilled
 *   unavailable(no_restock)     = no_restock
 *   unavailable(return_pending) = returned - restocked
 *
 * Orders placed before the channel was opened: at first sight what already is fulfilled, returned
 * or restocked is the baseline and moves nothing; open units reserve.
 */
#pragma once
#include "base/err.h"
#include "core/avail.h"
#include "core/ledger.h"
#include "core/route.h"

#define REASON_RETURN_PENDING "return_pending"
#define REASON_NO_RESTOCK "no_restock"

struct order_counts {
    int64_t ordered, cancelled, fulfilled, returned, restocked, no_restock;
};

struct order_line {
    struct slice id, remote, remote_other, location_text;
    struct order_counts now; /* as the deciding snapshot says, or the join of a tie: clamp to use */
    struct order_counts baseline; /* what moved before we knew the order */
    int64_t taken;     /* units gone from the channel's own count; never TAKEN_UNSAID here */
    bool taken_unsaid; /* by the last snapshot: the channel may have put units back by itself */
    bool channel_fulfilled;
    /* Frozen when the line was first mapped: what one unit of it is made of. parts_count 0: parked.
     */
    struct sku_id sku;
    const struct component *parts;
    size_t parts_count;
    struct location_id location; /* our location when the channel decides it; 0 otherwise */
};

/* Where the units of one component of one line are now. */
struct allocation {
    size_t line, part; /* indexes into the order's lines and the line's parts */
    struct location_id location;
    int64_t reserved, shipped, no_restock;
    int64_t returned; /* still return_pending */
    int64_t restocked;
};

struct order {
    struct channel_id channel;
    struct slice id, version_text, country, region;
    int64_t version, placed_at_us;
    bool version_is_time;
    int64_t decided_at_us;     /* request time of the decisive read of this version; 0: none yet */
    bool is_test, is_baseline; /* is_baseline: placed before the channel was opened */
    struct order_line *lines;
    size_t lines_count;
    struct allocation *allocations;
    size_t allocations_count;
};

enum order_verdict { ORDER_APPLIED, ORDER_SAME, ORDER_STALE, ORDER_TIE };

/*
 * Merges a snapshot into what is known of the order. `known` is NULL at first sight. On
 * ORDER_APPLIED and ORDER_TIE *out is the order to book, in the arena: new lines still unmapped
 * (parts_count 0), known lines keep their frozen mapping, baseline and allocations; a line that a
 * newer snapshot leaves out demands nothing. granularity_us: of the channel's stamps. opened_at_us:
 * the channel's. ERR_LIMIT: the arena is exhausted. Line counts are brought within their rules
 * (order_counts_clamp) whatever the snapshot says.
 */
MUST_USE enum err order_merge(const struct order *known,
                              const struct order_snapshot *snapshot,
                              struct channel_id channel,
                              int64_t granularity_us,
                              int64_t opened_at_us,
                              struct arena *arena,
                              struct order *out,
                              enum order_verdict *out_verdict);

/* restocked <= returned <= fulfilled, cancelled + fulfilled <= ordered, no_restock <= cancelled,
 * all >= 0. */
struct order_counts order_counts_clamp(struct order_counts c);

/* Units of one line that found no stock when they were booked. */
struct order_short {
    size_t line;
    struct sku_id sku;
    struct location_id location;
    int64_t quantity;
};

struct order_booking {
    struct order_short *shorts; /* in the arena */
    size_t shorts_count;
    bool is_routeless; /* units were left unbooked: the channel's route has no active location */
};

/*
 * Posts the difference between what the order demands and what its allocations hold, and updates
 * the allocations (in the ledger's arena; empty ones disappear). Lines without parts, of test
 * orders, and fulfilled by the channel book nothing. `stops` are sorted. happened_at_us is written
 * into the movements. ERR_LIMIT: the arena is exhausted, nothing may be kept.
 */
MUST_USE enum err order_book(struct order *order,
                             const struct route_stop *stops,
                             size_t stops_count,
                             int64_t happened_at_us,
                             struct ledger *ledger,
                             struct order_booking *out);

/* Digest of what the snapshot says (BLAKE2b, 16 bytes), whatever the order of its lines. */
MUST_USE enum err
order_digest(const struct order_snapshot *snapshot, struct arena *arena, uint8_t out[16]);
