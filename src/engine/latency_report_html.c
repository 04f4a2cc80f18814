/* SPDX-License-Identifier: Apache-2.0 */
/* The latency report as a page: a verdict per channel first, then where the time went. */
#include "base/html.h"
#include "base/times.h"
#include "engine/latency_report.h"

struct page {
    struct html html;
    const struct latency_report *report;
    const struct config *config;
};

static struct slice code_of(const struct page *p, const struct latency_channel *channel)
{
    const struct channel_config *known = config_channel(p->config, channel->id);
    return known ? known->row.code : SLICE("?");
}

struct duration {
    char text[32];
};

/* "85 ms", "5.21 s", "2.4 h" */
static struct duration duration_of(int64_t us)
{
    struct duration d;
    if (us < US_PER_S) {
        (void)snprintf(d.text, sizeof(d.text), "%" PRId64 " ms", (us + 500) / US_PER_MS);
    } else if (us < 600 * US_PER_S) {
        (void)snprintf(d.text, sizeof(d.text), "%.2f s", (double)us / 1e6);
    } else {
        (void)snprintf(d.text, sizeof(d.text), "%.1f h", (double)us / 3.6e9);
    }
    return d;
}

static void cell_duration(struct html *h, const struct latency_figures *figures, int64_t us)
{
    html_cell_printf(h, "%s", figures->histogram.total ? duration_of(us).text : "\xe2\x80\x93");
}

static void cells_figures(struct html *h, const struct latency_figures *figures)
{
    html_cell_printf(h, "%" PRIu64, figures->histogram.total);
    cell_duration(h, figures, latency_figures_at(figures, 500));
    cell_duration(h, figures, latency_figures_at(figures, 950));
    cell_duration(h, figures, latency_figures_at(figures, 990));
    cell_duration(h, figures, figures->max_us);
}

static enum html_mark mark_of(const struct latency_figures *total, int64_t late)
{
    if (total->histogram.total == 0 && late == 0) {
        return HTML_NEUTRAL;
    }
    return latency_figures_at(total, 950) > LATENCY_LATE_US ? HTML_BAD
           : late                                           ? HTML_WARN
                                                            : HTML_GOOD;
}

/* ---- all channels ---- */

static void put_overview(struct page *p)
{
    static const struct html_column columns[] = {{"channel", false},
                                                 {"measured", true},
                                                 {"p50", true},
                                                 {"p95", true},
                                                 {"p99", true},
                                                 {"longest", true},
                                                 {"late", true}};
    struct html *h = &p->html;
    html_table_begin(h, columns, COUNT_OF(columns));
    for (size_t i = 0; i < p->report->channels_count; i++) {
        const struct latency_channel *channel = p->report->channels[i];
        const struct latency_figures *total = &channel->stages[LATENCY_TOTAL];
        html_cell_mark(h, mark_of(total, channel->late), code_of(p, channel));
        cells_figures(h, total);
        html_cell_printf(h, "%" PRId64, channel->late);
    }
    html_table_end(h);
}

/* ---- one channel ---- */

static void put_stage_table(struct page *p, const struct latency_channel *channel)
{
    static const struct html_column columns[] = {{"stretch", false},
                                                 {"measured", true},
                                                 {"p50", true},
                                                 {"p95", true},
                                                 {"p99", true},
                                                 {"longest", true}};
    static const char *const names[] = {
        [LATENCY_THEIRS_IN] = "in: sale to our receipt, theirs",
        [LATENCY_OURS] = "ours: receipt to request",
        [LATENCY_COMMIT] = "\xc2\xa0\xc2\xa0of it: until booked",
        [LATENCY_SEND] = "\xc2\xa0\xc2\xa0of it: until it left",
        [LATENCY_THEIRS_OUT] = "out: request to confirmation, theirs",
        [LATENCY_TOTAL] = "in all: sale to confirmation",
    };
    html_table_begin(&p->html, columns, COUNT_OF(columns));
    for (int i = 0; i < LATENCY_STAGES; i++) {
        html_cell(&p->html, slice_of(names[i]));
        cells_figures(&p->html, &channel->stages[i]);
    }
    html_table_end(&p->html);
}

static void put_stage_bars(struct page *p, const struct latency_channel *channel)
{
    static const enum latency_stage shown[] = {
        LATENCY_THEIRS_IN, LATENCY_OURS, LATENCY_THEIRS_OUT, LATENCY_TOTAL};
    static const char *const names[] = {"in (theirs)", "ours", "out (theirs)", "in all"};
    struct html_bar bars[COUNT_OF(shown)];
    struct duration texts[COUNT_OF(shown)];
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        int64_t us = latency_figures_at(&channel->stages[shown[i]], 950);
        texts[i] = duration_of(us);
        bars[i] = (struct html_bar){slice_of(names[i]),
                                    us,
                                    slice_of(texts[i].text),
                                    us > LATENCY_LATE_US ? HTML_BAD : HTML_NEUTRAL};
    }
    html_bars(&p->html,
              SLICE("Where the time goes: 95 of 100 were faster"),
              bars,
              COUNT_OF(bars),
              LATENCY_LATE_US,
              SLICE("5 s"));
}

/* A day stands out when more than one in a hundred of its sales was late. */
static enum html_mark day_mark(const struct latency_day *day)
{
    bool is_many = (uint64_t)day->late * 100 > day->total.histogram.total;
    bool is_most = latency_figures_at(&day->total, 950) > LATENCY_LATE_US;
    return is_most ? HTML_BAD : is_many ? HTML_WARN : HTML_NEUTRAL;
}

static void put_day_bars(struct page *p, const struct latency_channel *channel)
{
    struct html_bar bars[LATENCY_DAYS_MAX + 1];
    char days[LATENCY_DAYS_MAX + 1][TIME_TEXT_MAX], texts[LATENCY_DAYS_MAX + 1][64];
    int64_t first = p->report->from_us / LATENCY_DAY_US;
    size_t count = 0;
    for (int64_t i = 0; channel->days && i <= LATENCY_DAYS_MAX; i++) {
        const struct latency_day *day = channel->days[i];
        if (day) {
            int64_t us = latency_figures_at(&day->total, 950);
            struct slice at = time_format_s((first + i) * LATENCY_DAY_US, days[count]);
            (void)snprintf(texts[count],
                           sizeof(texts[count]),
                           "%s, %" PRId64 " late",
                           duration_of(us).text,
                           day->late);
            bars[count] = (struct html_bar){.label = {at.p, 10},
                                            .value = us,
                                            .text = slice_of(texts[count]),
                                            .mark = day_mark(day)};
            count++;
        }
    }
    if (count) {
        html_bars(&p->html,
                  SLICE("Day by day (UTC): sale to confirmation, 95 of 100 were faster"),
                  bars,
                  count,
                  LATENCY_LATE_US,
                  SLICE("5 s"));
    }
}

static void put_verdict(struct page *p, const struct latency_channel *channel)
{
    const struct latency_figures *total = &channel->stages[LATENCY_TOTAL];
    char text[256];
    if (channel->stages[LATENCY_OURS].histogram.total == 0) {
        html_status(&p->html, HTML_NEUTRAL, SLICE("no push that a sale caused was confirmed"));
        return;
    }
    (void)snprintf(text,
                   sizeof(text),
                   "95 of 100 sales were shown within %s; %" PRId64 " of %" PRIu64
                   " took more than 5 s",
                   total->histogram.total ? duration_of(latency_figures_at(total, 950)).text
                                          : "an unknown time",
                   channel->late,
                   channel->stages[LATENCY_OURS].histogram.total);
    html_status(&p->html, mark_of(total, channel->late), slice_of(text));
}

static void put_counts(struct page *p, const struct latency_channel *channel)
{
    const int64_t *by = channel->blamed;
    html_paragraph(&p->html,
                   "%" PRId64 " pushes: %" PRId64 " confirmed, %" PRId64
                   " taken to be carried out later, %" PRId64 " failed, of %" PRId64
                   " the answer was lost.",
                   channel->pushes,
                   channel->confirmed,
                   channel->accepted,
                   channel->failed,
                   channel->unknown);
    if (channel->late) {
        html_paragraph(&p->html,
                       "Of the late ones the longest stretch was: the way in %" PRId64
                       ", ours %" PRId64 ", the way out %" PRId64 ".",
                       by[LATENCY_THEIRS_IN],
                       by[LATENCY_OURS],
                       by[LATENCY_THEIRS_OUT]);
    }
}

static void put_channel(struct page *p, const struct latency_channel *channel)
{
    html_heading(&p->html, 2, code_of(p, channel));
    put_verdict(p, channel);
    put_counts(p, channel);
    put_stage_bars(p, channel);
    put_stage_table(p, channel);
    if (p->report->has_days) {
        put_day_bars(p, channel);
    }
}

void latency_report_html(const struct latency_report *report,
                         const struct config *config,
                         int64_t now_us,
                         struct buf *out)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], now[TIME_TEXT_MAX];
    struct page p = {
        html_begin(out, SLICE("How long sales took to reach each channel")), report, config};
    html_paragraph(&p.html,
                   "From %.*s to %.*s, made %.*s by truecount from its log of pushes.",
                   SLICE_ARG(time_format_s(report->from_us, from)),
                   SLICE_ARG(time_format_s(report->to_us, to)),
                   SLICE_ARG(time_format_s(now_us, now)));
    if (report->channels_count == 0) {
        html_status(&p.html, HTML_NEUTRAL, SLICE("nothing was pushed in this time"));
    } else {
        put_overview(&p);
    }
    for (size_t i = 0; i < report->channels_count; i++) {
        put_channel(&p, report->channels[i]);
    }
    html_heading(&p.html, 2, SLICE("How to read it"));
    html_paragraph(&p.html,
                   "Measured is every push that a sale on another channel caused and that the "
                   "channel confirmed. p50, p95 and p99: so many of 100 were faster; these are at "
                   "most 1/16 too high, the longest is exact. Late means more than 5 s in all; the "
                   "longest of the three stretches is to blame.");
    html_paragraph(&p.html,
                   "The first stretch, and with it the whole, is only as exact as the other "
                   "channel's stamp of the sale: platforms that stamp whole seconds make it up to "
                   "a second too long. Ours is exact.");
    html_end(&p.html);
}
