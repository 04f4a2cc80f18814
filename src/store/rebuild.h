/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rebuild - all balances made anew from the log, in a copy, and compared with what was kept.
 *
 * What movements make is forgotten (balances, units out of sale by reason, checkpoints, whether a
 * SKU has moved) and folded from the first movement to the last. Then:
 *   - each movement's own balances-after equal the fold at that point
 *   - each SKU is marked as moved exactly when it has a movement, or was counted
 *   - the canonical dump is the same as before, byte by byte
 *   - each order keeps reserved and shipped what its movements reserved and shipped, per SKU and
 *     location; no more is awaited back than came, and no less back on sale than was put there
 *     (people may restock or scrap by hand what an order brought back)
 *
 * Streams: memory grows with the pairs of SKU and location, and with the largest order. Movements
 * are sorted by order by the store, which may use temporary files.
 *
 * Spoils nothing that was right, but loses the checkpoints, which the engine makes again as SKUs
 * move.
 */
#pragma once
#include <stdio.h>

#include "store/store.h"

enum rebuild_phase { REBUILD_DUMPING, REBUILD_FOLDING, REBUILD_COMPARING, REBUILD_ORDERS };

struct rebuild_options {
    FILE *aside;             /* empty, for reading and writing: the dump before */
    bool (*must_stop)(void); /* asked now and then: ERR_LIMIT. NULL: never */
    void (*on_phase)(void *arg, enum rebuild_phase phase); /* it begins; NULL: nobody listens */
    void *arg;
};

#define REBUILD_LINE_MAX 1000

struct rebuild_report { /* as far as it came */
    int64_t events, movements, orders, skus;
    int64_t lines;                 /* of the dump */
    uint8_t before[32], after[32]; /* SHA-256 of the dump */
    /* The first line that differs, cut to its beginning; empty: none, or it is missing there. */
    char line_before[REBUILD_LINE_MAX], line_after[REBUILD_LINE_MAX];
};

/* Copies the ledger in `directory`, as one commit left it, into the empty directory `into`. Whoever
 * writes it goes on. Looks at must_stop (NULL: never) now and then: ERR_LIMIT. */
MUST_USE enum err store_sqlite_copy(const char *directory,
                                    const char *vfs,
                                    const char *into,
                                    bool (*must_stop)(void),
                                    struct err_note *note);

/* `store`: the writer of the copy. ERR_CORRUPT with a note that names the first violation; the note
 * and the report's lines also say where the dumps differ. */
MUST_USE enum err store_rebuild(struct store *store,
                                const struct rebuild_options *options,
                                struct rebuild_report *out,
                                struct err_note *note);

/* Inside the room: reservations of orders against their movements (rebuild_orders.c). */
MUST_USE enum err rebuild_check_orders(struct store *store,
                                       bool (*must_stop)(void),
                                       int64_t *out_orders,
                                       struct err_note *note);
