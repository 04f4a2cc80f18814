/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report - lists that people work through in a spreadsheet, as tables on their way out: what is to
 * be fixed (docs/doctor.md), and what is said of first figures (docs/opening.md).
 *
 * As the exports of csv.h: page by page from one snapshot of a reader that the report owns from then
 * on (even when report_new fails); the memory of one page is the most it holds.
 */
#pragma once
#include "engine/config.h"

enum report_kind { REPORT_FINDINGS, REPORT_OPENING };

struct report_wish {
    enum report_kind kind;
    struct channel_id channel;   /* findings: of it alone; 0: all */
    struct slice finding;        /* a kind's code; empty: all */
    struct location_id location; /* opening */
    int state;                   /* enum opening_state; -1: all */
    bool with_mark;              /* a byte order mark first, as Excel wants it */
};

struct report;
/* The wish's texts must outlive the report. */
MUST_USE enum err report_new(const struct report_wish *wish,
                             struct store *reader,
                             const struct vault *vault,
                             struct report **out);
MUST_USE enum err report_step(struct report *report, struct buf *out, bool *out_done);
void report_free(struct report *report); /* NULL is fine */
