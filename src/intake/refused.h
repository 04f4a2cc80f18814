/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refused - what our own limits turned away, and who was told so most often.
 *
 * Counted by limit since the start; the table of names is small and of fixed size: a new name takes
 * the place of the rarest and its count (Metwally's space saving), so whoever stands out is in it.
 * The loop's thread only.
 */
#pragma once
#include "base/base.h"

enum refused_by {
    REFUSED_BODY,   /* 413: larger than a body may be */
    REFUSED_CONNS,  /* 503: too many connections, of all or of one address */
    REFUSED_MEMORY, /* 503: all bodies in memory together, or no memory at all */
    REFUSED_QUEUE,  /* 503: so many turns wait for the writer */
    REFUSED_LIMITS
};

#define REFUSED_NAMES 16
#define REFUSED_NAME_MAX 64

struct refused {
    uint64_t counts[REFUSED_LIMITS];
    struct refused_name {
        char who[REFUSED_NAME_MAX]; /* "" unused */
        uint64_t times;
    } names[REFUSED_NAMES];
};

/* refused may be NULL: then nobody counts. */
void refused_add(struct refused *refused, enum refused_by limit, struct slice who);
const char *refused_limit_text(enum refused_by limit);
/* The commonest; NULL when there is none. */
const struct refused_name *refused_most(const struct refused *refused);
/* The names' counts are halved, so that the table tells of the last minute or so. */
void refused_fade(struct refused *refused);
