/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opening - what the first figure of a SKU at a location could be, and whether all agree on it.
 *
 * Voices are asked: every channel that lists the SKU, a file of counts, and the ledger when the SKU
 * has moved there. One that has no figure is silent for a reason; unknown is never zero, and a
 * channel that adds up several locations says nothing about one of them.
 *
 *   two voices say different figures                      OPENING_DISAGREE
 *   else nobody says a figure, or a voice is silent
 *        that was to be heard                             OPENING_MISSING
 *   else                                                  OPENING_AGREE
 */
#pragma once
#include "base/base.h"

/* X(NAME, text, why: after the voice's name) */
#define SILENCE_MAP(X)                                                                             \
    X(SPEAKS, "speaks", "")                                                                        \
    X(NEVER_READ, "never_read", "has not shown its count yet: import its catalogue")               \
    X(UNCOUNTED, "uncounted", "does not count this item")                                          \
    X(SEVERAL_PLACES, "several_places", "adds up several locations: map them, or choose by hand")  \
    X(PACKS, "packs", "counts packs, not units")                                                   \
    X(BELOW_ZERO, "below_zero", "shows less than nothing: it owes units")                          \
    X(NOT_IN_FILE, "not_in_file", "does not have this SKU")                                        \
    X(OUR_OWN, "our_own", "shows what it was told from here: that proves nothing")

enum silence {
#define X(NAME, text, why) VOICE_##NAME,
    SILENCE_MAP(X)
#undef X
        SILENCES
};
const char *silence_text(enum silence silence);
const char *silence_why(enum silence silence);

struct opening_voice {
    enum silence silence;
    int64_t figure; /* when it speaks */
};

enum opening_state { OPENING_AGREE, OPENING_DISAGREE, OPENING_MISSING };
const char *opening_state_text(enum opening_state state);
bool opening_state_parse(struct slice text, enum opening_state *out);

/* *out_figure: what all agree on; untouched otherwise. */
enum opening_state
opening_judge(const struct opening_voice *voices, size_t count, int64_t *out_figure);
