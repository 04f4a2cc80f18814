/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv - tables as spreadsheets write and read them (RFC 4180).
 *
 * The reader walks over a text that it does not own and gives one record after the other. It takes
 * what spreadsheets really save: a byte order mark, CR LF, LF or CR, and ',', ';' or a tab between
 * fields, told from the first line (or from a line "sep=;" before it). A quote begins a quoted
 * field only where a field begins; within other fields it is a character like any. Records without
 * content, as at the end of a file, are passed over.
 *
 * What is wrong is told with its line. A fault spoils its record alone, and reading goes on with
 * the next one, so that all faults of a file can be told at once; a quote that is never closed
 * spoils the rest.
 *
 * The writer ends lines with CR LF and quotes what needs it. A spreadsheet runs a cell that begins
 * with = + - @, a tab or a CR as a formula, whoever typed it in a shop: in front of such a text, and
 * of one that only has apostrophes before such a character, goes one apostrophe. csv_text_of takes
 * exactly that back. Numbers are no texts: -5 stays -5.
 */
#pragma once
#include "base/buf.h"

#define CSV_FIELD_MAX ((size_t)64 * 1024)
#define CSV_RECORD_MAX ((size_t)1024 * 1024)
#define CSV_FIELDS_MAX 256

struct csv_field {
    struct slice text; /* lives until the next csv_read */
    int64_t line;      /* on which it begins, from 1 */
};

struct csv_reader {
    struct slice rest;
    char separator;
    int64_t line; /* of the first byte of rest */
    struct buf unquoted;
    struct csv_field fields[CSV_FIELDS_MAX]; /* the record */
    size_t count;
    int64_t fault_line;
    const char *fault; /* what is wrong, after CSV_FAULT */
};

enum csv_result { CSV_RECORD, CSV_END, CSV_FAULT };

void csv_reader_init(struct csv_reader *r, struct slice text);
void csv_reader_free(struct csv_reader *r); /* fits ON_EXIT */
enum csv_result csv_read(struct csv_reader *r);

/* The text that the writer was given for this field. */
struct slice csv_text_of(struct slice field);

struct csv_writer {
    struct buf *out;
    size_t count; /* fields of the record so far */
};

static inline struct csv_writer csv_writer(struct buf *out)
{
    return (struct csv_writer){out, 0};
}

void csv_put_text(struct csv_writer *w, struct slice text);
void csv_put_int(struct csv_writer *w, int64_t value);
void csv_put_empty(struct csv_writer *w);
void csv_end_record(struct csv_writer *w);
