/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latency_report - how long sales took to reach each channel, from the log of pushes.
 *
 * Of each push that a sale caused and that the channel took:
 *
 *   sale on A ...... its message reaches us ... booked ... our request leaves ...... B confirms
 *      |   theirs_in         |        commit     |  send        |     theirs_out        |
 *      |                     |             ours                 |                       |
 *      |                                       total                                    |
 *
 * A push belongs to the moment at which it left. It is late when the whole took more than 5 s, or,
 * of a sale whose time nobody knows, the time since we heard of it; the longest of theirs_in, ours
 * and theirs_out is to blame. Stretches in which a channel's clock is ahead of ours count as 0.
 *
 * Percentiles come from histograms, at most 1/16 above the true figure, never below it; `max` is
 * exact. Memory: six histograms per channel with pushes, one per channel and day, however many
 * pushes there are.
 */
#pragma once
#include "base/json_write.h"
#include "base/latency.h"
#include "engine/config.h"

#define LATENCY_LATE_US (5 * US_PER_S)
#define LATENCY_DAY_US (24 * 3600 * US_PER_S)
#define LATENCY_DAYS_MAX 31 /* of one report */

enum latency_stage {
    LATENCY_THEIRS_IN,
    LATENCY_OURS,
    LATENCY_COMMIT,
    LATENCY_SEND,
    LATENCY_THEIRS_OUT,
    LATENCY_TOTAL,
    LATENCY_STAGES
};
const char *latency_stage_text(enum latency_stage stage);

struct latency_figures {
    struct latency histogram;
    int64_t max_us;
};
/* Never above the maximum. */
int64_t latency_figures_at(const struct latency_figures *figures, int permille);

struct latency_day { /* of UTC */
    struct latency_figures total;
    int64_t late;
};

struct latency_channel {
    struct channel_id id;
    int64_t pushes, confirmed, accepted, failed, unknown;
    int64_t late;
    int64_t blamed[LATENCY_STAGES]; /* of theirs_in, ours and theirs_out */
    struct latency_figures stages[LATENCY_STAGES];
    struct latency_day **days; /* LATENCY_DAYS_MAX + 1 of them, NULL where there was nothing */
};

struct latency_report {
    int64_t from_us, to_us;            /* from it, and before that */
    struct channel_id only;            /* 0: all */
    bool has_days;                     /* the range is longer than a day */
    struct latency_channel **channels; /* by id */
    size_t channels_count;
    int64_t after; /* of the last push that was read */
};

/* Wants from < to, no more than LATENCY_DAYS_MAX days apart. */
void latency_report_init(struct latency_report *report,
                         int64_t from_us,
                         int64_t to_us,
                         struct channel_id only);
void latency_report_free(struct latency_report *report);
/* Of the range. */
MUST_USE enum err latency_report_add(struct latency_report *report, const struct push_row *push);
/* Reads and adds at most `limit` pushes more. */
MUST_USE enum err latency_report_step(struct latency_report *report,
                                      struct store *store,
                                      size_t limit,
                                      bool *out_done);

/* As the API shows it. config: for the channels' codes. */
void latency_report_json(const struct latency_report *report,
                         const struct config *config,
                         struct json_writer *w);
/* The same as a page that stands alone (base/html.h). now_us: when it was made. */
void latency_report_html(const struct latency_report *report,
                         const struct config *config,
                         int64_t now_us,
                         struct buf *out);
