/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/clock_watch.h"

#define NEAR_US (60 * US_PER_S)
#define ALONE_US (600 * US_PER_S) /* so long one platform must say it, when no other does */
#define FRESH_US (900 * US_PER_S)
#define FORGET_US (3600 * US_PER_S) /* nobody can tell: no longer than that */

struct evidence {
    size_t near, apart, off;
    bool is_lasting;
    int64_t ahead_us; /* ours, by the nearest of those that are off */
};

static int64_t size_of(int64_t us)
{
    return us < 0 ? -us : us;
}

static struct evidence
weigh(const struct clock_watch *w, int64_t mono_us, const struct pusher_clock *clocks, size_t count)
{
    struct evidence e = {0};
    for (size_t i = 0; i < count; i++) {
        const struct pusher_clock *c = &clocks[i];
        if (c->seen_us < w->since_us || mono_us - c->seen_us > FRESH_US) {
            continue;
        }
        bool is_off = size_of(c->ahead_us) > CLOCK_OFF_US;
        e.near += size_of(c->ahead_us) <= NEAR_US;
        e.apart += size_of(c->ahead_us) > NEAR_US;
        e.is_lasting |= is_off && c->off_since_us && mono_us - c->off_since_us >= ALONE_US;
        if (is_off && (e.off == 0 || size_of(c->ahead_us) < size_of(e.ahead_us))) {
            e.ahead_us = -c->ahead_us;
        }
        e.off += is_off;
    }
    return e;
}

static bool has_jumped(struct clock_watch *w, int64_t wall_us, int64_t mono_us)
{
    int64_t moved_us = (wall_us - w->wall_us) - (mono_us - w->mono_us);
    if (!w->has_looked || size_of(moved_us) <= CLOCK_OFF_US) {
        return false;
    }
    w->since_us = mono_us;
    w->ahead_us = moved_us;
    return true;
}

enum clock_state clock_look(struct clock_watch *w,
                            int64_t wall_us,
                            int64_t mono_us,
                            const struct pusher_clock *clocks,
                            size_t count)
{
    bool jumped = has_jumped(w, wall_us, mono_us);
    const struct evidence e = weigh(w, mono_us, clocks, count);
    bool is_off = e.off >= 2 || (e.off == 1 && e.is_lasting && e.near == 0);
    w->has_looked = true;
    w->wall_us = wall_us;
    w->mono_us = mono_us;
    if (is_off && e.off > e.near) {
        w->state = CLOCK_OFF;
        w->ahead_us = e.ahead_us;
        w->apart = e.off;
        w->said_us = mono_us;
    } else if (jumped) {
        w->state = CLOCK_JUMPED;
        w->apart = 0;
        w->said_us = mono_us;
    } else if (w->state != CLOCK_RIGHT && e.near > e.apart) {
        w->state = CLOCK_RIGHT;
    } else if (w->state != CLOCK_RIGHT && mono_us - w->said_us > FORGET_US) {
        w->state = CLOCK_RIGHT;
    }
    return w->state;
}
