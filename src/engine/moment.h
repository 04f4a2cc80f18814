/* SPDX-License-Identifier: Apache-2.0 */
/*
 * moment - the stock of one SKU at a past instant.
 *
 * By recorded time: what the ledger said then. By happened time: what was true then, as far as we
 * know by now: what was told late counts from when it happened.
 *
 * Every movement carries the balances after it, but one SKU has many accounts, and some of them
 * moved long ago. So after every 64 movements of a SKU all its balances are kept as a checkpoint,
 * in the same commit: any instant is one look-up, and some dozens of rows behind it. Nothing
 * is ever back-dated (docs/ledger.md): late facts are new rows with two times.
 */
#pragma once
#include "engine/batch.h"

#define CHECKPOINT_EVERY 64

enum moment_time { MOMENT_RECORDED, MOMENT_HAPPENED };

/* Before a batch is saved: checkpoints of the SKUs that moved often enough since their last one. */
void moment_checkpoints(struct batch *b);

/* The SKU's rows at that instant (wall), into an empty set. */
MUST_USE enum err moment_stock(struct store *store,
                               struct sku_id sku,
                               int64_t at_us,
                               enum moment_time time,
                               struct stock_set *out);
