/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history - a data directory with a year of movements, made in minutes.
 *
 * Written through the store's interface, row for row what POST /v1/movements of 64 lines writes
 * each time: one event, its movements as the ledger posts them, the changed rows of stock and SKU,
 * the commit with its hash, and the checkpoints, which the engine's own code makes. Two things are
 * not as in life: the events' facts are left out (no reading of the past looks at them), and the
 * building does not wait for the disk (a VFS whose syncs do nothing).
 *
 * Half of the movements are of one hot SKU, the rest of 1,000 others at random; two locations;
 * mostly units that leave, now and then units that come, are damaged or restored. One in 100 was
 * told 2 minutes to 2 days late, one in 1,000 is dated up to 5 minutes ahead. A year, evenly; but
 * one movement in 20 falls into ten minutes in its middle, the rush.
 */
#pragma once
#include "engine/moment.h"
#include "support/bench.h"

#define HISTORY_SKUS 1001 /* the first is the hot one; named as in support/subject.h */
#define HISTORY_LOCATIONS 2
#define HISTORY_PER_COMMIT 64
#define HISTORY_VFS "hasty" /* of this process, once a history was built: its syncs do nothing */

struct history {
    char directory[BENCH_PATH_MAX];
    size_t movements;
    int64_t from_us, to_us;           /* recorded, wall */
    int64_t rush_from_us, rush_to_us; /* within it */
    double seconds;                   /* that building took */
};
void history_build(size_t movements, struct history *out);
void history_remove(struct history *history);
/* So many orders of one unit on top of it, each reserved and shipped: one event, two movements, one
 * order row. */
void history_sell(const struct history *history, size_t orders);

/*
 * The naive way: every movement of the SKU from the first on, kept when it was recorded, or had
 * happened, by that instant. Ends the benchmark when moment_stock says anything else.
 */
struct history_fold {
    size_t rows;
    double fold_ms, moment_ms;
};
void history_check(const struct history *history,
                   size_t sku,
                   int64_t at_us,
                   enum moment_time time,
                   struct history_fold *out);
/* All that store_verify checks. */
void history_verify(const struct history *history);

/* Bytes of the file; what goes when the index or table is dropped. Spoils the data. */
struct history_growth {
    double all, checkpoints, late, early, by_sku;
};
void history_growth(const struct history *history, struct history_growth *out);
