/* SPDX-License-Identifier: Apache-2.0 */
/*
 * search - does what somebody typed stand in one of several texts?
 *
 * What is typed is taken as words between blanks; each of them must be a part of one of the texts,
 * whichever. Compared is without regard to
 *   case, in the Latin, Greek and Cyrillic scripts,
 *   accents and other marks of Latin letters: e finds é, ss finds ß, and the other way round,
 *   the kind and number of blanks, and full-width forms,
 *   characters that show nothing (zero-width ones, marks that turn the direction).
 * A number of eleven digits or more is looked for without its leading zeros: scanners read one
 * barcode as 036000291452 and as 0036000291452.
 * Bytes that are no UTF-8 stay as they are.
 */
#pragma once
#include "base/base.h"

#define SEARCH_TYPED_MAX 255 /* what is typed beyond it is not looked for */
#define SEARCH_TEXT_MAX 1024 /* what a text has beyond it is not looked at */
#define SEARCH_WORDS_MAX 16  /* more of them are not looked for */
#define SEARCH_TEXTS_MAX 8

struct search {
    char typed[SEARCH_TYPED_MAX]; /* folded; the words lie in it */
    struct slice words[SEARCH_WORDS_MAX];
    size_t words_count;
};

/* The search must stay where it is. */
void search_init(struct search *search, struct slice typed);
/* At most SEARCH_TEXTS_MAX texts. A search without a word finds everything. */
bool search_finds(const struct search *search, const struct slice *texts, size_t texts_count);
