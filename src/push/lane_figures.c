/* SPDX-License-Identifier: Apache-2.0 */
/* How a channel fares at this moment, for who looks on. Reads alone. */
#include "push/lane.h"

static int64_t waiting_since(const struct lane *lane)
{
    int64_t oldest = 0;
    for (size_t i = 0; i < lane->wants.items_count; i++) {
        const struct want *want = lane->wants.items[i].value;
        int64_t since = want ? want->cause.committed_at_us : 0;
        if (since && (!oldest || since < oldest)) {
            oldest = since;
        }
    }
    return oldest;
}

bool pusher_lane_figures(struct pusher *pusher, struct channel_id channel, struct lane_figures *out)
{
    struct lane *lane = pusher_lane(pusher, channel);
    const struct channel_config *c = lane ? lane_config(lane) : NULL;
    if (!c) {
        return false;
    }
    int64_t cost = lane_call_cost(lane, c, CALL_PUSH), due = lane_call_due(lane, CALL_PUSH);
    *out = (struct lane_figures){
        .waiting = lane->wants.live_count + lane->is_recovering,
        .open = lane->open,
        .waiting_since_us = waiting_since(lane),
        .held_until_us = due > lane_now(lane) ? due : 0,
        .heard_at_us = lane->heard_us,
        .calls_per_1000s = cost ? 1000 * US_PER_S / cost : 0,
        .day_left = lane->day_left,
        .day_most = lane->day_most,
    };
    return true;
}
