/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shadow - what shadow mode has shown of a channel, day by day, and whether that is enough to take
 * it over. Reads only, of the writer's store or a reader's; bounded by days and by DIFFERENCES_MAX.
 */
#pragma once
#include "core/cutover.h"
#include "engine/show.h"

#define SHADOW_DAYS_MAX 366
#define SHADOW_DIFFERENCES_MAX 500

struct shadow_day {
    struct agreement_row row;
    int64_t causes[CAUSE_LATE_EVENT + 1]; /* differences that began on that day */
};

struct shadow_report {
    struct cutover_bar bar;
    struct cutover_evidence evidence;
    enum cutover_lack lack;
    struct shadow_day *days; /* ascending, each day of the range */
    size_t days_count;
    int64_t oversold, avoidable;
    struct rows differences; /* difference_row, the newest first */
    bool has_more;           /* than SHADOW_DIFFERENCES_MAX */
    /* How long its latest orders took to reach us, of at most 1,000; 0 samples: no order yet. */
    int64_t delay_p50_us, delay_p95_us, delay_p99_us;
    size_t delay_samples;
};

/* The days that the bar asks for, up to now; at least `days` of them. */
MUST_USE enum err shadow_report(struct store *store,
                                struct channel_id channel,
                                const struct cutover_bar *bar,
                                int64_t days,
                                int64_t now_us,
                                struct arena *arena,
                                struct shadow_report *out);
void show_shadow(struct show *s,
                 const struct channel_row *channel,
                 const struct shadow_report *report);
/* The same as a page that stands alone (base/html.h). show: for the SKUs' codes. */
void shadow_html(const struct show *show,
                 const struct channel_row *channel,
                 const struct shadow_report *report,
                 int64_t now_us,
                 struct arena *arena,
                 struct buf *out);
/* What is missing, for people; "" when nothing is. */
struct slice shadow_lack_text(const struct shadow_report *report, struct arena *arena);
