/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After a start every listing is looked at once: what was in flight is unknown, and hints were lost.
 *
 * They come page by page, the next when those before it are nearly done: a million listings must
 * neither lie in memory at once nor stand before what is sold meanwhile, and the server answers
 * from the first moment on.
 */
#include "push/lane.h"

#define RECOVER_PAGE 1000
#define RECOVER_BYTES_MAX ((size_t)64 * 1024 * 1024)
/* So many listings may wait before the next page is added: more than bulk_max of any platform, so
 * that a crowd is seen to be one. */
#define RECOVER_AHEAD 6000
#define RECOVER_RETRY_US US_PER_S

void lane_recover_begin(struct lane *lane)
{
    lane->is_recovering = true;
    lane->recover_after = 0;
    lane->next_recover_us = 0;
}

static bool is_due(const struct lane *lane, int64_t now)
{
    return lane->is_recovering && lane->wants.live_count < RECOVER_AHEAD &&
           now >= lane->next_recover_us;
}

void lane_recover(struct lane *lane)
{
    struct store *reader = lane->pusher->config.reader;
    int64_t now = lane_now(lane);
    struct rows page = {0};
    struct arena arena;
    bool is_cut = env_chance(lane->pusher->config.env, "a page of listings is cut short");
    const struct store_query query = {
        .channel = lane->channel, .after = lane->recover_after, .limit = is_cut ? 1 : RECOVER_PAGE};
    if (!is_due(lane, now)) {
        return;
    }
    arena_init(&arena, RECOVER_BYTES_MAX);
    if (reader->ops->list_listings(reader, &query, &arena, &page) != ERR_OK) {
        lane->next_recover_us = now + RECOVER_RETRY_US;
        page.count = 0;
    } else {
        lane->is_recovering = page.count == query.limit;
    }
    for (size_t i = 0; i < page.count; i++) {
        const struct listing_row *row = page.items[i];
        want_hint(lane, &(struct dirty_hint){.listing = row->id, .is_start = true}, now);
        lane->recover_after = row->id.v;
    }
    arena_free(&arena);
}

int64_t lane_recover_due(const struct lane *lane)
{
    int64_t now = lane_now(lane);
    return is_due(lane, now)                                    ? now
           : lane->is_recovering && lane->next_recover_us > now ? lane->next_recover_us
                                                                : 0;
}
