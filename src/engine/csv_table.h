/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv_table - one import under way, and what the kinds of tables share; inside the engine room only.
 *
 * The driver (csv_import.c) reads the file, turns each line into the JSON object that a request of
 * one item would be, and gives it to the kind. A kind refuses through the turn, as every form does;
 * the driver makes an error of it, with line and column, and goes on. Nothing of a faulty import is
 * kept, so a kind may apply a line as soon as it is sound.
 */
#pragma once
#include "base/csv.h"
#include "engine/csv.h"
#include "engine/form.h"

enum csv_cell {
    CELL_TEXT,   /* as it is */
    CELL_CODE,   /* trimmed */
    CELL_INT,    /* whole number */
    CELL_BOOL,   /* true, yes, 1; false, no, 0; and as Excel writes them in German and French */
    CELL_TIME,   /* RFC 3339 */
    CELL_OBJECT, /* a JSON object */
    CELL_INFO,   /* written for people, not read back */
};

struct csv_spec {
    const char *name;
    const char *field; /* of the JSON */
    enum csv_cell cell;
    const char *empty; /* the JSON that an empty cell means; NULL: the field is left out */
    bool is_required;  /* the column */
};

struct csv_import;
struct csv_table {
    const char *name, *event; /* the log's kind of event for its lines */
    const struct csv_spec *specs;
    size_t specs_count;
    const char *prefix, *prefix_field; /* "option:", "options"; NULL: there are no such columns */
    bool keeps_empty_members;          /* an empty cell of theirs is null, not left out */
    const char *fixed;                 /* a member that every line has, as JSON; NULL: none */
    void (*begin)(struct csv_import *im); /* NULL: nothing to do, here and below */
    void (*line)(struct csv_import *im, struct json item);
    void (*end)(struct csv_import *im);  /* behind the last line */
    void (*keep)(struct csv_import *im); /* no error: what is logged and booked. NULL: csv_log */
    void (*kept)(struct csv_import *im); /* and what follows from it */
    void (*free)(struct csv_import *im);
};
extern const struct csv_table csv_table_skus, csv_table_stock, csv_table_listings,
    csv_table_bundles, csv_table_movements;

struct csv_column {
    const struct csv_spec *spec; /* NULL: its header is empty */
    struct slice name;           /* as in the header */
    struct slice member;         /* "Size" of "option:Size" */
};

/* What a line asked, for the log. */
struct csv_fact {
    int64_t line;
    struct slice subject, request; /* request: JSON */
};

struct csv_fault {
    int64_t line;
    struct slice column, detail;
};

struct csv_import {
    struct batch *b;
    struct turn *turn;
    const struct csv_table *table;
    struct csv_reader reader;
    struct csv_column columns[CSV_FIELDS_MAX];
    size_t columns_count;
    bool has_members;
    struct json_doc *doc, *cell_doc, *other_doc; /* the line's item; a cell; a kind's own */
    struct buf item, other;
    struct arena scratch;           /* emptied before each line */
    int64_t line;                   /* of the record at hand */
    bool shortened[CSV_FIELDS_MAX]; /* its cells that look like 4.00638E+12 */
    int64_t lines, created, changed, unchanged, event;
    struct map seen;    /* what a file may name once -> its line */
    struct rows facts;  /* csv_fact */
    struct rows faults; /* csv_fault: the first CSV_TOLD_MAX */
    int64_t faults_count;
    struct buf told;
    struct json_writer changes; /* writes to told */
    size_t changes_count;
    void *own; /* the kind's */
};

/* One table as a turn's run, as request_csv_import does it. */
void csv_import_table(struct batch *b, struct turn *turn, const struct csv_table *table);
/* False: there is no header that lines could be read by. */
bool csv_read_header(struct csv_import *im);
/* The record as the item that a request would have, in im->item. A cell that is not there says
 * nothing. */
void csv_build_item(struct csv_import *im);
/* The line's cell of that name, as the text it stands for; false: there is no such cell. */
bool csv_cell(const struct csv_import *im, const char *name, struct slice *out);
/* column may be NULL. */
void csv_error(struct csv_import *im, int64_t line, const char *column, const char *format, ...)
    PRINTF_LIKE(4, 5);
void csv_fault_add(struct csv_import *im, int64_t line, struct slice column, struct slice detail);
/* A refusal on the turn becomes an error of that line. True when there was one. */
bool csv_take_refusal(struct csv_import *im, int64_t line);
/* False after an error: the file has named it before. key lives as long as the batch. */
bool csv_first(struct csv_import *im, struct slice key, const char *column, struct slice name);
/* True after an error: a cell of that field is a number that a spreadsheet shortened. */
bool csv_is_shortened(struct csv_import *im, const char *field);
/* Remembers what the line asked; all members but `except` (may be NULL). */
void csv_fact(struct csv_import *im, struct slice subject, struct json said, const char *except);
/* Logs facts first to first + count - 1. as_list: as one request with that list. The event. */
int64_t csv_log_part(struct csv_import *im, size_t first, size_t count, const char *as_list);
/* Logs all facts, in parts. */
void csv_log(struct csv_import *im);
#define CSV_EVENT_LINES 1000

/* {"line","what",...,"before":...,"after":...} when there is room for it: NULL otherwise. The kind
 * writes its members, then csv_change_end. */
struct json_writer *csv_change(struct csv_import *im, int64_t line, const char *what);
void csv_change_end(struct csv_import *im);

/* ---- shared with the export ---- */

/* Where it moved units, for people; and signed as POST /v1/movements wants it. */
struct location_id csv_movement_location(const struct movement *m);
int64_t csv_movement_quantity(const struct movement *m);
