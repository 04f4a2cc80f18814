/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv - tables of what we keep, for people with a spreadsheet: SKUs, stock, listings, bundles and
 * movements, out and in. docs/csv.md tells what each column means.
 *
 * What an export writes, an import takes back and finds nothing to change. An import is one commit
 * of its own: all lines or, when one of them is faulty, none; every line is looked at, so that all
 * faults are told at once. It says the same as the API's requests of one item each, by the same
 * code. In the log stands one event "csv_import" (who, what, how many lines, a digest of the file)
 * and behind it what was asked, a thousand lines an event, in the words of those requests.
 */
#pragma once
#include "engine/engine.h"

#define CSV_BODY_MAX ((size_t)64 << 20)
#define CSV_LINES_MAX 200000 /* of one import: all of it is in memory until it is committed */
#define CSV_TOLD_MAX 1000    /* changes, and errors, in an answer */

enum csv_kind { CSV_SKUS, CSV_STOCK, CSV_LISTINGS, CSV_BUNDLES, CSV_MOVEMENTS, CSV_KINDS };

const char *csv_kind_text(enum csv_kind kind);
bool csv_kind_parse(struct slice text, enum csv_kind *out);

/* A turn's run. args: {kind}; body: the table; with is_dry_run it tells what it would do. 200, or
 * 422 with the errors, and nothing is kept. */
void request_csv_import(struct batch *b, struct turn *turn);

/*
 * A table on its way out, page by page, from one snapshot of a reader that the export owns from
 * then on (even when csv_export_new fails). Each step appends some rows; the memory of one page is
 * the most it holds. with_mark: a byte order mark first, as Excel wants it.
 */
struct csv_export;
MUST_USE enum err csv_export_new(enum csv_kind kind,
                                 struct store *reader,
                                 const struct vault *vault,
                                 bool with_mark,
                                 struct csv_export **out);
MUST_USE enum err csv_export_step(struct csv_export *x, struct buf *out, bool *out_done);
void csv_export_free(struct csv_export *x); /* NULL is fine */
