/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold_lines - what a hold holds: its lines as asked, and where each unit was picked. Kept as JSON
 * in hold_row.lines; ids of SKUs and locations there are ours, for they are permanent.
 */
#pragma once
#include "base/json_write.h"
#include "store/store.h"

struct hold_pick {
    struct sku_id sku;
    struct location_id location;
    int64_t quantity;
};

struct hold_line {
    struct sku_id sku; /* what was asked for; a bundle's picks are of its parts */
    struct slice code; /* its code when it was held */
    int64_t quantity;
    struct hold_pick *picks;
    size_t picks_count;
};

void hold_lines_write(const struct hold_line *lines, size_t count, struct buf *out);
/* Into the arena. ERR_CORRUPT when it is not what hold_lines_write wrote. */
MUST_USE enum err
hold_lines_read(struct slice text, struct arena *arena, struct hold_line **out, size_t *out_count);
