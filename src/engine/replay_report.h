/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay_report - the differences that a replay made, or would make: per order, and summed per SKU.
 *
 * Movements of one order that say the same of one SKU at one place are one line. Memory grows with
 * the orders and SKUs that differ, up to a bound; what is beyond it is counted only.
 */
#pragma once
#include "base/json_write.h"
#include "engine/replay.h"

struct replay_report {
    struct arena arena;
    struct map orders, skus; /* in order of appearance */
    int64_t movements;       /* all of them */
    int64_t listings;        /* all of them */
    struct replay_listing *listing, **last_listing;
};

void replay_report_init(struct replay_report *report);
void replay_report_free(struct replay_report *report);
void replay_report_add(struct replay_report *report,
                       const struct replay_movement *movements,
                       size_t count);
/* A listing whose push would be repeated. */
void replay_report_add_listing(struct replay_report *report,
                               int64_t id,
                               struct slice channel,
                               struct slice sku);
/* [{"channel","order","movements":[{"kind","sku","location","quantity"}]},...], or of pushes
 * [{"listing","channel","sku"},...]: the first REPLAY_ROWS_MAX. */
void replay_report_rows(const struct replay_report *report, struct buf *out);
/* The same of SKUs, as the next member: "skus":[{"sku","available","reserved","unavailable"},...];
 * and how many rows were left out. */
void replay_report_skus(const struct replay_report *report, struct json_writer *w);
