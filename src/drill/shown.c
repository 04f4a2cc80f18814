/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "drill/shown.h"

struct place { /* one SKU on one channel */
    int64_t count;
    int64_t above_since_us; /* -1: it does not show too much */
    int64_t unheard_us;     /* of the oldest sale elsewhere that no write has followed; -1: none */
    int64_t unheard, unheard_unit_us; /* units of such sales, and the sum of their instants */
};

struct unit_row {
    int64_t stock, sold;
};

struct shown {
    size_t channels, items;
    struct place *places;
    struct unit_row *rows;
    struct spread *heard;
    struct shown_told *told;
    int64_t now_us, born_us;
    struct shown_result result;
};

void spread_add(struct spread *spread, int64_t us)
{
    us = us > 0 ? us : 0;
    latency_add(&spread->latency, us);
    spread->sum_us += us;
    spread->max_us = us > spread->max_us ? us : spread->max_us;
}

int64_t spread_at(const struct spread *spread, int permille)
{
    int64_t us = latency_at(&spread->latency, permille);
    return us < spread->max_us ? us : spread->max_us;
}

int64_t spread_mean(const struct spread *spread)
{
    return spread->latency.total ? spread->sum_us / (int64_t)spread->latency.total : 0;
}

enum err shown_new(size_t channels, size_t items, int64_t now_us, struct shown **out)
{
    struct shown *s = calloc(1, sizeof(*s));
    if (!s) {
        return ERR_MEMORY;
    }
    s->channels = channels;
    s->items = items;
    s->now_us = now_us;
    s->born_us = now_us;
    s->places = calloc(channels * items, sizeof(*s->places));
    s->rows = calloc(items, sizeof(*s->rows));
    s->heard = calloc(channels, sizeof(*s->heard));
    s->told = calloc(channels, sizeof(*s->told));
    if (!s->places || !s->rows || !s->heard || !s->told) {
        shown_free(s);
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < channels * items; i++) {
        s->places[i].above_since_us = -1;
        s->places[i].unheard_us = -1;
    }
    *out = s;
    return ERR_OK;
}

void shown_free(struct shown *s)
{
    if (s) {
        free(s->places);
        free(s->rows);
        free(s->heard);
        free(s->told);
        free(s);
    }
}

static struct place *place_at(const struct shown *s, size_t channel, size_t item)
{
    must(channel < s->channels && item < s->items);
    return &s->places[item * s->channels + channel];
}

void shown_stock(struct shown *s, size_t item, int64_t stock)
{
    s->rows[item] = (struct unit_row){.stock = stock};
    for (size_t i = 0; i < s->channels; i++) {
        place_at(s, i, item)->count = stock;
    }
}

static int64_t above(const struct shown *s, size_t channel, size_t item)
{
    const struct unit_row *row = &s->rows[item];
    int64_t left = row->stock > row->sold ? row->stock - row->sold : 0;
    int64_t more = place_at(s, channel, item)->count - left;
    return more > 0 ? more : 0;
}

static int64_t above_all(const struct shown *s, size_t item)
{
    int64_t sum = 0;
    for (size_t i = 0; i < s->channels; i++) {
        sum += above(s, i, item);
    }
    return sum;
}

static void pass(struct shown *s, int64_t at_us)
{
    if (at_us > s->now_us) { /* clocks of two threads: never backwards */
        s->result.above_unit_us += s->result.above_now * (at_us - s->now_us);
        s->now_us = at_us;
    }
}

static void note_length(struct shown *s, size_t channel, size_t item)
{
    const struct place *place = place_at(s, channel, item);
    if (s->now_us - place->above_since_us > s->result.above_us_max) {
        s->result.above_us_max = s->now_us - place->above_since_us;
        s->result.above_channel = channel;
        s->result.above_item = item;
    }
}

/* The SKU's figures have changed: before, its places were above by `before` units in all. */
static void changed(struct shown *s, size_t item, int64_t before)
{
    s->result.above_now += above_all(s, item) - before;
    for (size_t i = 0; i < s->channels; i++) {
        struct place *place = place_at(s, i, item);
        bool is_above = above(s, i, item) > 0;
        if (is_above && place->above_since_us < 0) {
            place->above_since_us = s->now_us;
        } else if (!is_above && place->above_since_us >= 0) {
            note_length(s, i, item);
            place->above_since_us = -1;
        }
    }
}

void shown_sold(
    struct shown *s, int64_t at_us, size_t channel, size_t item, int64_t n, int64_t count)
{
    pass(s, at_us);
    int64_t before = above_all(s, item);
    s->rows[item].sold += n;
    place_at(s, channel, item)->count = count;
    s->result.last_sale_us = s->now_us;
    for (size_t i = 0; n > 0 && i < s->channels; i++) {
        struct place *other = place_at(s, i, item);
        if (i == channel || other->count <= 0) {
            continue; /* a listing that shows nothing already needs no write */
        }
        other->unheard_us = other->unheard_us < 0 ? s->now_us : other->unheard_us;
        other->unheard += n;
        other->unheard_unit_us += n * (s->now_us - s->born_us);
    }
    changed(s, item, before);
}

void shown_written(struct shown *s, int64_t at_us, size_t channel, size_t item, int64_t count)
{
    pass(s, at_us);
    struct place *place = place_at(s, channel, item);
    int64_t before = above_all(s, item);
    if (place->unheard_us >= 0) {
        struct shown_told *told = &s->told[channel];
        spread_add(&s->heard[channel], s->now_us - place->unheard_us);
        told->units += place->unheard;
        told->unit_us += place->unheard * (s->now_us - s->born_us) - place->unheard_unit_us;
        place->unheard_us = -1;
        place->unheard = 0;
        place->unheard_unit_us = 0;
    }
    if (place->count != count) {
        place->count = count;
        s->result.last_change_us = s->now_us;
    }
    changed(s, item, before);
}

struct shown_result shown_result(struct shown *s, int64_t at_us)
{
    pass(s, at_us);
    for (size_t item = 0; item < s->items; item++) {
        for (size_t i = 0; i < s->channels; i++) {
            if (place_at(s, i, item)->above_since_us >= 0) {
                note_length(s, i, item);
            }
        }
    }
    return s->result;
}

const struct spread *shown_heard(const struct shown *s, size_t channel)
{
    must(channel < s->channels);
    return &s->heard[channel];
}

struct shown_told shown_told(const struct shown *s, size_t channel)
{
    must(channel < s->channels);
    return s->told[channel];
}
