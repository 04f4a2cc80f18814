/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cells - text of strangers on a terminal: made harmless, and how many columns it takes.
 *
 * A title comes from a shop and may hold anything. Control bytes (which move the cursor or recolour
 * the screen), marks that turn the direction of writing, invisible characters and bytes that are no
 * UTF-8 are shown as \x1b or \u202e. Wide characters (CJK, most emoji) take two columns, combining
 * ones none.
 */
#pragma once
#include "base/buf.h"

/* Appends the harmless form; gives its width. */
size_t cells_put(struct buf *out, struct slice text);
/* The longest beginning of a harmless text that fits into so many columns, in bytes. */
size_t cells_fit(struct slice harmless, size_t columns, size_t *out_width);
/* Prints the harmless form. */
void cells_print(FILE *out, struct slice text);
