/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfers - a transfer's row as the core's document, and back. Its lines are kept as JSON; ids of
 * SKUs there are ours, for they are permanent.
 */
#pragma once
#include "base/json_write.h"
#include "core/transfer.h"
#include "store/store.h"

void transfer_lines_write(const struct transfer *transfer, struct buf *out);
/* Into the arena. ERR_CORRUPT when the lines are not what transfer_lines_write wrote. */
MUST_USE enum err
transfer_read(const struct transfer_row *row, struct arena *arena, struct transfer *out);
