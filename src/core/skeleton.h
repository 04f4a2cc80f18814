/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skeleton - what a code looks like, whatever it is made of.
 *
 * Two codes with one skeleton are easily taken for each other by a person; they are not the same
 * code, and nothing is ever linked by it. A skeleton is a code
 *   without regard to case,
 *   without separators (blanks of all kinds, dashes of all kinds, _ . / and the like), but for one
 *     between two digits: 1-1 is not 11,
 *   without characters that show nothing (zero-width ones, marks that turn the direction),
 *   with letters of other scripts as the Latin ones that they look like, full-width forms as the
 *     plain ones, and O as 0, I and L as 1.
 * Bytes that are no UTF-8 stay as they are.
 */
#pragma once
#include "base/arena.h"

/* Empty when nothing of the code shows; {NULL, 0} when the arena is exhausted. */
struct slice skeleton_of(struct slice code, struct arena *arena);

/* A character that is not what it looks like. */
struct oddity {
    uint32_t code_point; /* 0: there is none */
    size_t at;           /* which character, from 1 */
    char like;           /* what it looks like; ' ' a blank, '-' a dash, 0 nothing at all */
};
/* The first that shows nothing, or a blank that is not the plain one. */
struct oddity oddity_hidden(struct slice code);
/*
 * The first letter, digit or dash of another script that looks like a plain one, in a code that has
 * plain letters too, or none but such: FUTBOLKA in Cyrillic is a word, TEE in Cyrillic is a trap.
 */
struct oddity oddity_foreign(struct slice code);
