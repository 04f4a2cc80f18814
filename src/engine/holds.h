/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holds - units that a checkout keeps for a while: rows of this commit or of the store, and the
 * movements that give them back. Inside the engine room only.
 */
#pragma once
#include "engine/batch.h"
#include "engine/hold_lines.h"

/* As it is within this commit; NULL when there is none. */
struct hold_row *batch_hold(struct batch *b, int64_t n);
struct hold_row *batch_hold_of_owner(struct batch *b, struct slice owner); /* the open one */
/* Its lines, with the stock of every SKU they picked loaded; NULL when the batch has failed. */
struct hold_line *hold_lines_load(struct batch *b, const struct hold_row *row, size_t *out_count);
/* Posts all its units back to available. */
void hold_give_back(struct batch *b,
                    struct ledger *ledger,
                    enum movement_kind kind,
                    const struct hold_row *row,
                    const struct hold_line *lines,
                    size_t count);
void batch_hold_changed(struct batch *b, struct hold_row *row, enum hold_state state);
