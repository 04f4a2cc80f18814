/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/event_delay.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLES_MAX 256
#define SAMPLES_ENOUGH 100
#define SAMPLES_ANEW 16 /* sorted anew after so many, or when one is beyond the percentile */

struct samples {
    struct channel_id channel;      /* the map's key */
    int64_t delays_us[SAMPLES_MAX]; /* a ring */
    size_t count, next;
    int64_t p99_us;
};

void event_delays_init(struct event_delays *delays)
{
    map_init(&delays->of_channel);
}

void event_delays_free(struct event_delays *delays)
{
    for (size_t i = 0; i < delays->of_channel.items_count; i++) {
        free(delays->of_channel.items[i].value);
    }
    map_free(&delays->of_channel);
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The smallest figure that at least 99 of 100 samples do not exceed. */
static int64_t percentile_99(const struct samples *s)
{
    int64_t sorted[SAMPLES_MAX];
    memcpy(sorted, s->delays_us, s->count * sizeof(sorted[0]));
    qsort(sorted, s->count, sizeof(sorted[0]), compare);
    return sorted[(s->count * 99 + 99) / 100 - 1];
}

void event_delay_seen(struct event_delays *delays,
                      struct channel_id channel,
                      int64_t placed_at_us,
                      int64_t received_at_us)
{
    struct samples *s = map_get(&delays->of_channel, MAP_KEY(&channel));
    if (!s) {
        s = calloc(1, sizeof(*s));
        if (!s) {
            return;
        }
        s->channel = channel;
        if (!map_set(&delays->of_channel, MAP_KEY(&s->channel), s)) {
            free(s);
            return;
        }
    }
    int64_t delay_us = received_at_us - placed_at_us;
    s->delays_us[s->next] = delay_us > 0 ? delay_us : 0; /* clocks apart */
    s->next = (s->next + 1) % SAMPLES_MAX;
    s->count += s->count < SAMPLES_MAX;
    if (delay_us > s->p99_us || s->next % SAMPLES_ANEW == 0) {
        s->p99_us = percentile_99(s);
    }
}

int64_t
event_delay_us(const struct event_delays *delays, struct channel_id channel, int64_t guess_us)
{
    const struct samples *s = map_get(&delays->of_channel, MAP_KEY(&channel));
    int64_t least_us = guess_us < EVENT_DELAY_MIN_US ? guess_us : EVENT_DELAY_MIN_US;
    int64_t delay_us = s ? s->p99_us : guess_us;
    if (!s || (s->count < SAMPLES_ENOUGH && delay_us < guess_us)) {
        delay_us = guess_us;
    }
    delay_us = delay_us < least_us ? least_us : delay_us;
    return delay_us < EVENT_DELAY_MAX_US ? delay_us : EVENT_DELAY_MAX_US;
}
