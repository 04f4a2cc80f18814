/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html - a report as one HTML page that stands alone: texts, tables, bars, marks.
 *
 * No script, nothing loaded from elsewhere (the page forbids both itself), light and dark as the
 * reader's system is, and set for A4 when printed. Every text is escaped here: markup, control
 * bytes, marks that turn the direction of writing and bytes that are no UTF-8 come out harmless.
 * Misuse (a cell outside a table, a table that ends within a row) is a bug and aborts. The buf's
 * overflow flag tells whether all of it fitted.
 */
#pragma once
#include "base/buf.h"

struct html {
    struct buf *out;
    size_t columns, column; /* of the open table; 0: none is open */
    uint64_t numbers;       /* which of them hold figures */
};

struct html_column {
    const char *title;
    bool is_number;
};
#define HTML_COLUMNS_MAX 32

/* A word with a sign beside it, so that it does not rest on its colour alone. */
enum html_mark { HTML_NEUTRAL, HTML_GOOD, HTML_WARN, HTML_BAD };

struct html_bar {
    struct slice label;
    int64_t value;     /* >= 0: its length */
    struct slice text; /* the value for people */
    enum html_mark mark;
};

struct html html_begin(struct buf *out, struct slice title);
void html_end(struct html *h);

void html_heading(struct html *h, int level, struct slice text); /* 2 to 4; the title is 1 */
void html_paragraph(struct html *h, const char *format, ...) PRINTF_LIKE(2, 3);
void html_status(struct html *h, enum html_mark mark, struct slice text); /* a line of its own */

void html_table_begin(struct html *h, const struct html_column *columns, size_t count);
void html_cell(struct html *h, struct slice text);
void html_cell_printf(struct html *h, const char *format, ...) PRINTF_LIKE(2, 3);
void html_cell_mark(struct html *h, enum html_mark mark, struct slice text);
void html_table_end(struct html *h);

/* Bars below each other, the longest as wide as the page. limit: a line at that value, with its
 * words; 0: none. */
void html_bars(struct html *h,
               struct slice title,
               const struct html_bar *bars,
               size_t count,
               int64_t limit,
               struct slice limit_text);

/* The escaped text alone; what is beyond `max` characters becomes an ellipsis, 0 is without end. */
void html_text(struct buf *out, struct slice text, size_t max);
