/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load - many connections that ask the server for deeds of the book, until somebody kills it.
 *
 * Each connection carries one request at a time; several are always under way, so that a kill
 * meets batches of turns and not single ones.
 */
#pragma once
#include "kill/check.h"

#define LOAD_WIRES 8

struct load {
    struct wire wires[LOAD_WIRES];
    struct thing *things[LOAD_WIRES];
    int deeds[LOAD_WIRES];
    int64_t answers, refusals;
};

static inline void load_init(struct load *l)
{
    memset(l, 0, sizeof(*l));
    for (size_t i = 0; i < LOAD_WIRES; i++) {
        wire_init(&l->wires[i]);
    }
}

static inline void load_free(struct load *l)
{
    for (size_t i = 0; i < LOAD_WIRES; i++) {
        wire_free(&l->wires[i]);
    }
}

static inline void load_close(struct load *l)
{
    for (size_t i = 0; i < LOAD_WIRES; i++) {
        wire_close(&l->wires[i]);
    }
}

static inline void load_ask(struct load *l, size_t i, struct book *b, struct luck *luck)
{
    l->things[i] = book_next(b, luck, &l->deeds[i]);
    book_request(b, l->things[i], l->deeds[i]);
    wire_ask(&l->wires[i], "POST", b->path.p, b->headers.p, buf_view(&b->body));
}

/* Takes what has come; true when that was an answer. */
static inline bool load_step(struct load *l, size_t i, struct book *b, struct served_child *s)
{
    struct wire *w = &l->wires[i];
    wire_read(w);
    if (w->state != WIRE_ANSWERED) {
        return false;
    }
    book_take(b, s, l->things[i], l->deeds[i], w->status, w->body);
    *(w->status == 503 ? &l->refusals : &l->answers) += 1;
    w->state = WIRE_IDLE;
    return true;
}

/* Asks and takes until the time is over, so many answers came, or the server is gone. */
static inline void load_run(struct load *l,
                            struct book *b,
                            struct served_child *s,
                            struct luck *luck,
                            int64_t for_us,
                            int64_t answers_max)
{
    int64_t until_us = mono_us() + for_us, taken = 0;
    while (taken < answers_max && mono_us() < until_us) {
        struct pollfd polls[LOAD_WIRES];
        size_t gone = 0;
        for (size_t i = 0; i < LOAD_WIRES; i++) {
            struct wire *w = &l->wires[i];
            if (w->state == WIRE_CLOSED && !wire_open(w, s->port)) {
                w->state = WIRE_BROKEN;
            }
            if (w->state == WIRE_IDLE && b->count < b->cap) {
                load_ask(l, i, b, luck);
            }
            polls[i] = (struct pollfd){.fd = w->fd, .events = POLLIN};
            gone += w->state == WIRE_BROKEN;
        }
        if (gone == LOAD_WIRES) {
            return;
        }
        (void)poll(polls, LOAD_WIRES, (int)((until_us - mono_us()) / 1000));
        for (size_t i = 0; i < LOAD_WIRES; i++) {
            taken += load_step(l, i, b, s);
        }
    }
}

/* What had been answered when the kill came lies in the sockets still. */
static inline void load_drain(struct load *l, struct book *b, struct served_child *s)
{
    for (size_t i = 0; i < LOAD_WIRES; i++) {
        (void)load_step(l, i, b, s);
    }
    load_close(l);
}
