/* SPDX-License-Identifier: Apache-2.0 */
/* check - looks into the server for what the book says; the head of book.h tells how. */
#pragma once
#include "kill/book.h"

#define BROKEN(b, s, t, what)                                                                      \
    do {                                                                                           \
        fprintf(stderr,                                                                            \
                "%s: thing %zu of kind %d: %.*s\n",                                                \
                (what),                                                                            \
                book_number((b), (t)),                                                             \
                (int)(t)->kind,                                                                    \
                SLICE_ARG((s)->wire.body));                                                        \
    } while (0)

/* Which version of the order a text names; 0: none of ours. */
static inline int version_of(const struct thing *t, struct slice text)
{
    for (int nth = 1; nth <= t->deeds_count; nth++) {
        char api[16], woo[32];
        snprintf(api, sizeof(api), "%d", nth);
        snprintf(woo, sizeof(woo), "2026-11-01T10:00:%02d", 10 + nth);
        if (t->kind == THING_API ? slice_is(text, api) : slice_starts(text, woo)) {
            return nth;
        }
    }
    return 0;
}

/* The order's version now, 0 when there is none, -1 when its lines are not that version's. */
static inline int order_seen(struct book *b, struct served_child *s, const struct thing *t)
{
    const char *channel = t->kind == THING_API ? "own" : "woo";
    size_t id = book_number(b, t) + (t->kind == THING_WOO);
    int status = child_get(s, "/v1/orders/%s/%s%zu", channel, t->kind == THING_API ? "a" : "", id);
    if (status == 404) {
        return 0;
    }
    must(status == 200);
    int nth = version_of(t, said(s->json, "version"));
    size_t i = 0;
    for (struct json_iter it = json_iter(json_get(s->json, "lines")); json_next(&it); i++) {
        const struct line_state *line = &t->lines[nth][i];
        if (nth == 0 || i > 1 || said_number(it.value, "ordered") != line->ordered ||
            said_number(it.value, "cancelled") != line->cancelled ||
            said_number(it.value, "fulfilled") != line->fulfilled) {
            return -1;
        }
    }
    return i == 2 ? nth : -1;
}

/* One look at an open or answered deed that is there so many times. */
static inline void deed_judge(struct book *b, struct deed *deed, int times)
{
    if (times > 1) {
        b->tally.doubled++;
    } else if (deed->is_answered) {
        *(times == 1 ? &b->tally.ok : &b->tally.lost) += 1;
    } else {
        deed->was_there = times == 1;
        b->tally.refused_yet_there += times == 1 && deed->was_refused;
    }
}

static inline bool row_is_of(struct json row, const struct deed *deed)
{
    return deed->delivery == 0 || said_number(row, "id") == deed->delivery;
}

static inline void look_order(struct book *b, struct served_child *s, struct thing *t)
{
    const char *channel = t->kind == THING_API ? "own" : "woo";
    size_t id = book_number(b, t) + (t->kind == THING_WOO);
    int times[BOOK_VERSIONS + 1] = {0}, newest = 0, seen = order_seen(b, s, t);
    if (seen < 0) {
        BROKEN(b, s, t, "an order is neither of the versions that were sent");
        b->tally.halves++;
        return;
    }
    int status = child_get(s,
                           "/v1/deliveries?channel=%s&order=%s%zu&limit=1000",
                           channel,
                           t->kind == THING_API ? "a" : "",
                           id);
    must(status == 200);
    for (struct json_iter it = json_iter(json_get(s->json, "items")); json_next(&it);) {
        int nth = version_of(t, said(it.value, "version"));
        if (nth && !slice_is(said(it.value, "state"), "duplicate")) {
            times[nth] += row_is_of(it.value, &t->deeds[nth]) || times[nth];
            newest = nth > newest ? nth : newest;
        }
    }
    for (int nth = 1; nth <= t->deeds_count; nth++) {
        if (times[nth] != 1 && t->deeds[nth].is_answered) {
            BROKEN(b, s, t, times[nth] ? "delivered twice" : "an answered delivery is gone");
        }
        deed_judge(b, &t->deeds[nth], times[nth]);
    }
    if (seen != newest) {
        BROKEN(b, s, t, "the order is not the newest delivery's");
        b->tally.halves++;
    }
}

static inline void look_receipt(struct book *b, struct served_child *s, struct thing *t)
{
    int64_t count = 0;
    must(child_get(s, "/v1/movements?reference=r%zu", book_number(b, t)) == 200);
    for (struct json_iter it = json_iter(json_get(s->json, "items")); json_next(&it);) {
        count++;
    }
    if (count % 2) {
        BROKEN(b, s, t, "half of a request");
        b->tally.halves++;
    }
    if (count > 2 || (count == 0 && t->deeds[1].is_answered)) {
        BROKEN(b, s, t, count ? "booked twice" : "an answered request is gone");
    }
    deed_judge(b, &t->deeds[1], (int)(count / 2));
}

/* How many there are whose text under `key` is the thing's own name; the last one is in s->json. */
static inline int look_named(
    struct served_child *s, const char *path, const char *key, const char *name, struct json *out)
{
    int count = 0;
    must(child_get(s, "%s", path) == 200);
    for (struct json_iter it = json_iter(json_get(s->json, "items")); json_next(&it);) {
        if (slice_is(said(it.value, key), name)) {
            *out = it.value;
            count++;
        }
    }
    return count;
}

static inline void look_hold(struct book *b, struct served_child *s, struct thing *t)
{
    char name[24];
    struct json row = {0};
    snprintf(name, sizeof(name), "h%zu", book_number(b, t));
    int count = look_named(s, "/v1/holds?limit=1000", "owner", name, &row);
    if (count == 1 && json_count(json_get(row, "lines")) != 2) {
        BROKEN(b, s, t, "half of a hold");
        b->tally.halves++;
    }
    if (count > 1 || (count == 0 && t->deeds[1].is_answered)) {
        BROKEN(b, s, t, count ? "held twice" : "an answered hold is gone");
    }
    deed_judge(b, &t->deeds[1], count);
}

static inline void look_transfer(struct book *b, struct served_child *s, struct thing *t)
{
    char name[24];
    struct json row = {0};
    snprintf(name, sizeof(name), "t%zu", book_number(b, t));
    int count = look_named(s, "/v1/transfers?limit=1000", "reference", name, &row);
    struct slice state = said(row, "state");
    int steps = slice_is(state, "received") ? 3 : slice_is(state, "in_transit") ? 2 : count ? 1 : 0;
    if (count > 1) {
        BROKEN(b, s, t, "a transfer is there twice");
    }
    for (int nth = 1; nth <= t->deeds_count; nth++) {
        if (t->deeds[nth].is_sent) {
            if (nth > steps && t->deeds[nth].is_answered) {
                BROKEN(b, s, t, "an answered step of a transfer is gone");
            }
            deed_judge(b, &t->deeds[nth], nth > steps ? 0 : count);
        }
    }
}

static inline void look(struct book *b, struct served_child *s, struct thing *t)
{
    static void (*const looks[])(struct book *, struct served_child *, struct thing *) = {
        [THING_API] = look_order,
        [THING_WOO] = look_order,
        [THING_RECEIPT] = look_receipt,
        [THING_HOLD] = look_hold,
        [THING_TRANSFER] = look_transfer};
    looks[t->kind](b, s, t);
}

/* ---- repeating what is open ---- */

static inline void repeat(struct book *b, struct served_child *s, struct thing *t, int nth)
{
    struct deed *deed = &t->deeds[nth];
    book_request(b, t, nth);
    int status = child_call(s, "POST", b->path.p, b->headers.p, buf_view(&b->body));
    book_take(b, s, t, nth, status, s->wire.body);
    if (!deed->is_answered) {
        child_print_log(s);
        fail_msg("repeated, and still refused: %d %.*s", status, SLICE_ARG(s->wire.body));
    }
    bool said_there = slice_is(said(s->json, "state"), "duplicate");
    if (thing_is_order(t) && said_there != deed->was_there) {
        BROKEN(b, s, t, "the answer to the repeat does not agree with what was seen");
        *(deed->was_there ? &b->tally.doubled : &b->tally.lost) += 1;
    }
    *(deed->was_there ? &b->tally.resolved_there : &b->tally.resolved_not) += 1;
}

/* ---- the sums ---- */

struct sums {
    int64_t available[2], reserved, held, in_transit; /* berlin, hamburg */
};

static inline void sums_add(struct sums sums[BOOK_SKUS], const struct thing *t, int line)
{
    struct sums *at = &sums[t->sku[line]];
    int64_t units = t->units[line];
    if (thing_is_order(t)) {
        int newest = 0;
        for (int nth = 1; nth <= t->deeds_count; nth++) {
            newest = t->deeds[nth].is_answered ? nth : newest;
        }
        const struct line_state *l = &t->lines[newest][line]; /* line 0 is empty */
        at->reserved += l->ordered - l->cancelled - l->fulfilled;
        at->available[0] -= l->ordered - l->cancelled;
    } else if (t->kind == THING_RECEIPT) {
        at->available[0] += t->deeds[1].is_answered ? units : 0;
    } else if (t->kind == THING_HOLD) {
        at->available[0] -= t->deeds[1].is_answered ? units : 0;
        at->held += t->deeds[1].is_answered ? units : 0;
    } else if (t->deeds[2].is_answered) {
        at->available[0] -= units;
        at->available[1] += t->deeds[3].is_answered ? units : 0;
        at->in_transit += t->deeds[3].is_answered ? 0 : units;
    }
}

static inline bool
place_is(struct json stock, const char *place, const struct sums *sums, int which)
{
    for (struct json_iter it = json_iter(json_get(stock, "locations")); json_next(&it);) {
        if (slice_is(said(it.value, "location"), place)) {
            return said_number(it.value, "available") == sums->available[which] &&
                   said_number(it.value, "reserved") == (which ? 0 : sums->reserved) &&
                   said_number(it.value, "held") == (which ? 0 : sums->held) &&
                   said_number(it.value, "in_transit") == (which ? sums->in_transit : 0);
        }
    }
    return which && sums->available[1] == 0 && sums->in_transit == 0;
}

static inline void book_check_sums(struct book *b, struct served_child *s)
{
    struct sums sums[BOOK_SKUS] = {0};
    for (int i = 0; i < BOOK_SKUS; i++) {
        sums[i].available[0] = BOOK_OPENING;
    }
    for (size_t i = 0; i < b->count; i++) {
        sums_add(sums, &b->things[i], 0);
        sums_add(sums, &b->things[i], 1);
    }
    for (int i = 0; i < BOOK_SKUS; i++) {
        must(child_get(s, "/v1/stock/SKU-%d", i) == 200);
        if (!place_is(s->json, "berlin", &sums[i], 0) ||
            !place_is(s->json, "hamburg", &sums[i], 1)) {
            fprintf(stderr,
                    "SKU-%d: wanted available %" PRId64 " + %" PRId64 ", reserved %" PRId64
                    ", held %" PRId64 ", in transit %" PRId64 "; the server says %.*s\n",
                    i,
                    sums[i].available[0],
                    sums[i].available[1],
                    sums[i].reserved,
                    sums[i].held,
                    sums[i].in_transit,
                    SLICE_ARG(s->wire.body));
            b->tally.halves++;
        }
    }
}

static inline bool tally_is_clean(const struct tally *t)
{
    return t->lost == 0 && t->doubled == 0 && t->halves == 0;
}

/* Looks, repeats, looks at the sums. all: also at what was looked at before. */
static inline void book_check(struct book *b, struct served_child *s, bool all)
{
    for (size_t i = 0; i < b->count; i++) {
        if (all || b->things[i].is_touched) {
            look(b, s, &b->things[i]);
        }
    }
    for (size_t i = 0; i < b->count; i++) {
        struct thing *t = &b->things[i];
        for (int nth = 1; nth <= t->deeds_count; nth++) {
            if (t->deeds[nth].is_sent && !t->deeds[nth].is_answered) {
                repeat(b, s, t, nth);
            }
        }
        t->is_touched = false;
    }
    book_check_sums(b, s);
    if (!tally_is_clean(&b->tally)) {
        child_print_log(s);
        fail_msg("what was answered is not what is there");
    }
}

static inline void tally_print(const struct tally *t)
{
    printf("deeds: ok %" PRId64 ", lost %" PRId64 ", doubled %" PRId64 ", resolved %" PRId64
           " (%" PRId64 " were there, %" PRId64 " were not), halves %" PRId64
           "; repeats that changed nothing %" PRId64 "; refused and yet there %" PRId64 "\n",
           t->ok,
           t->lost,
           t->doubled,
           t->resolved_there + t->resolved_not,
           t->resolved_there,
           t->resolved_not,
           t->halves,
           t->repeats,
           t->refused_yet_there);
}
