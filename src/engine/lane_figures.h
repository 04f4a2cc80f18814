/* SPDX-License-Identifier: Apache-2.0 */
/* lane_figures - how one channel's queue and limits stand at a moment: push/ knows, intake/ shows. */
#pragma once
#include "base/base.h"

struct lane_figures {
    size_t waiting, open;     /* listings that may have to be pushed; calls under way */
    int64_t waiting_since_us; /* wall: the oldest change that it waits for; 0: none that is timed */
    int64_t held_until_us;    /* wall: no push leaves before; 0: one may leave now */
    int64_t heard_at_us;      /* wall: its latest delivery since the start; 0: none */
    int64_t calls_per_1000s;  /* that its limits grant for pushes; 0: they set none */
    int64_t day_left, day_most; /* calls of the platform's day; -1: it does not say */
};
