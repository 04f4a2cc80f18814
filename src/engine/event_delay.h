/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_delay - how long a channel's own sales take to reach us, measured.
 *
 * Until that time has passed, a count that we read or write may have swallowed a sale that is still
 * on its way (core/expected.h). The connector states a first guess; the latest 256 orders of a
 * channel, from their placing to their arrival by whichever path was the first, correct it:
 *
 *   fewer than 100 orders    the greater of the guess and the longest that was seen
 *   from then on             their 99th percentile
 *
 * within 10 to 120 seconds (below 10 only where the guess itself is). In memory only: after a start
 * the guess holds again. The writer's.
 */
#pragma once
#include "base/map.h"
#include "core/types.h"

#define EVENT_DELAY_MIN_US (10 * US_PER_S)
#define EVENT_DELAY_MAX_US (120 * US_PER_S)

struct event_delays {
    struct map of_channel; /* channel -> its latest samples */
};

void event_delays_init(struct event_delays *delays);
void event_delays_free(struct event_delays *delays);

/* An order was placed at its channel and reached us, wall times. Without memory it is forgotten. */
void event_delay_seen(struct event_delays *delays,
                      struct channel_id channel,
                      int64_t placed_at_us,
                      int64_t received_at_us);
/* guess_us: the connector's. */
int64_t
event_delay_us(const struct event_delays *delays, struct channel_id channel, int64_t guess_us);
