/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table - rows for people: columns of one width, numbers to the right.
 *
 * Cells are filled left to right and made harmless (cells.h); a row is complete when its last
 * column is. On a terminal a table that is too wide loses text from its widest text columns ("…"),
 * never a figure; where even that is not enough, and elsewhere, nothing is cut. Zero rows print
 * nothing.
 */
#pragma once
#include "base/json_read.h"
#include "base/times.h"
#include "cli/cells.h"

struct column {
    const char *title; /* all NULL: the table has no head */
    bool is_number;
};

struct table;

struct table_style {
    size_t width; /* columns of the terminal; 0: without end */
    bool has_colour;
};

struct table *table_new(const struct column *columns, size_t count);
void table_free(struct table *table); /* NULL is fine */
void table_text(struct table *table, struct slice text);
void table_str(struct table *table, const char *text);
void table_printf(struct table *table, const char *format, ...) PRINTF_LIKE(2, 3);
void table_int(struct table *table, int64_t value);
/* Any value of the API: null is "-", a time loses its milliseconds (table_word). */
void table_json(struct table *table, struct json value);
/* A text of the API as people read it: a time without its milliseconds, all else as it is. */
struct slice table_word(struct slice text, char time[TIME_TEXT_MAX]);
size_t table_rows(const struct table *table);
/* What the file is: a terminal with its width, or not; NO_COLOR. */
struct table_style table_style_of(FILE *out);
/* False: there was no memory for all of it, and nothing is printed. */
MUST_USE bool table_print(const struct table *table, FILE *out, struct table_style style);
