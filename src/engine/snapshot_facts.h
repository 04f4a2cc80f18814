/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_facts - the log's JSON of an order snapshot. Zero counts are left out, but for
 * `ordered`. */
#pragma once
#include "base/json_write.h"
#include "core/types.h"

void snapshot_write(const struct order_snapshot *snapshot, struct json_writer *w);
