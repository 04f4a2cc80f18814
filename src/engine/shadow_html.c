/* SPDX-License-Identifier: Apache-2.0 */
/* The shadow report as a page: the verdict first, then what it rests on. */
#include "base/html.h"
#include "base/times.h"
#include "engine/shadow.h"

#define DAY_US (24 * 3600 * US_PER_S)

struct page {
    struct html html;
    const struct show *show; /* for the SKUs' codes */
    const struct shadow_report *report;
};

struct share {
    char text[32];
};

static struct share share_of(int64_t hundredths)
{
    struct share s;
    (void)snprintf(
        s.text, sizeof(s.text), "%" PRId64 ".%02" PRId64 " %%", hundredths / 100, hundredths % 100);
    return s;
}

/* "2026-11-27" */
static struct slice day_text(int64_t day, char out[TIME_TEXT_MAX])
{
    struct slice text = time_format_s(day * DAY_US, out);
    return (struct slice){text.p, 10};
}

static void put_verdict(struct page *p, struct slice lack)
{
    char text[400];
    (void)snprintf(text,
                   sizeof(text),
                   lack.n ? "not ready to be taken over: %.*s"
                          : "ready to be taken over: all that is asked for is there%.*s",
                   SLICE_ARG(lack));
    html_status(&p->html, lack.n ? HTML_WARN : HTML_GOOD, slice_of(text));
}

static void put_bar(struct page *p)
{
    static const struct html_column columns[] = {
        {"what is asked for", false}, {"found", true}, {"asked for", true}};
    const struct shadow_report *r = p->report;
    struct html *h = &p->html;
    html_table_begin(h, columns, COUNT_OF(columns));
    html_cell(h, SLICE("days in a row with readings"));
    html_cell_printf(h, "%" PRId64, r->evidence.days);
    html_cell_printf(h, "%" PRId64, r->bar.days);
    html_cell(h, SLICE("readings that agree"));
    html_cell_printf(
        h, "%s", share_of(cutover_agreement(r->evidence.agreed, r->evidence.differed)).text);
    html_cell_printf(h, "%s", share_of(r->bar.agreement).text);
    html_cell(h, SLICE("differences without a cause"));
    html_cell_printf(h, "%" PRId64, r->evidence.unexplained);
    html_cell(h, SLICE("0"));
    html_table_end(h);
}

static void put_orders(struct page *p)
{
    const struct shadow_report *r = p->report;
    if (r->delay_samples) {
        html_paragraph(
            &p->html,
            "Its latest %zu orders reached us within %.1f s (half of them), %.1f s (95 of "
            "100) and %.1f s (99 of 100).",
            r->delay_samples,
            (double)r->delay_p50_us / 1e6,
            (double)r->delay_p95_us / 1e6,
            (double)r->delay_p99_us / 1e6);
    } else {
        html_paragraph(&p->html, "No order of it has been booked yet.");
    }
    html_paragraph(&p->html,
                   "Units that its orders found missing: %" PRId64
                   "; live mode would have saved %" PRId64 " of them.",
                   r->oversold,
                   r->avoidable);
}

/* "2 late_shop, 1 unknown" */
static void put_causes(struct page *p, const struct shadow_day *day)
{
    char text[300] = "";
    size_t n = 0;
    for (size_t i = 0; i < COUNT_OF(day->causes) && n + 60 < sizeof(text); i++) {
        if (day->causes[i]) {
            n += (size_t)snprintf(text + n,
                                  sizeof(text) - n,
                                  "%s%" PRId64 " %s",
                                  n ? ", " : "",
                                  day->causes[i],
                                  difference_cause_text((enum difference_cause)i));
        }
    }
    html_cell(&p->html, slice_of(text));
}

static enum html_mark mark_of(const struct agreement_row *row, int64_t bar)
{
    if (row->agreed + row->differed == 0) {
        return HTML_NEUTRAL;
    }
    return cutover_agreement(row->agreed, row->differed) >= bar ? HTML_GOOD : HTML_WARN;
}

static void put_day(struct page *p, const struct shadow_day *day)
{
    const struct agreement_row *row = &day->row;
    char at[TIME_TEXT_MAX];
    struct html *h = &p->html;
    const int64_t figures[] = {row->readings, row->agreed, row->waiting, row->differed};
    html_cell_mark(h, mark_of(row, p->report->bar.agreement), day_text(row->day, at));
    for (size_t i = 0; i < COUNT_OF(figures); i++) {
        html_cell_printf(h, "%" PRId64, figures[i]);
    }
    html_cell_printf(h,
                     "%s",
                     row->agreed + row->differed
                         ? share_of(cutover_agreement(row->agreed, row->differed)).text
                         : "\xe2\x80\x93");
    html_cell_printf(h, "%" PRId64, row->oversold);
    html_cell_printf(h, "%" PRId64, row->avoidable);
    put_causes(p, day);
}

static void put_days(struct page *p)
{
    static const struct html_column columns[] = {{"day (UTC)", false},
                                                 {"read", true},
                                                 {"agreed", true},
                                                 {"moved", true},
                                                 {"differed", true},
                                                 {"agree", true},
                                                 {"oversold", true},
                                                 {"avoidable", true},
                                                 {"causes", false}};
    html_heading(&p->html, 2, SLICE("Day by day"));
    html_table_begin(&p->html, columns, COUNT_OF(columns));
    for (size_t i = 0; i < p->report->days_count; i++) {
        put_day(p, &p->report->days[i]);
    }
    html_table_end(&p->html);
}

static void put_time(struct html *h, int64_t at_us)
{
    char text[TIME_TEXT_MAX];
    html_cell(h, at_us ? time_format_s(at_us, text) : SLICE("\xe2\x80\x93"));
}

static void put_difference(struct page *p, const struct difference_row *row)
{
    struct html *h = &p->html;
    html_cell(h, p->show->sku_code(p->show->arg, row->sku));
    html_cell_printf(h, "%" PRId64, row->shown);
    html_cell_printf(h, "%" PRId64, row->computed);
    html_cell_mark(h,
                   row->cause == CAUSE_UNKNOWN ? HTML_WARN : HTML_NEUTRAL,
                   slice_of(difference_cause_text(row->cause)));
    put_time(h, row->began_at_us);
    put_time(h, row->ended_at_us);
}

static void put_differences(struct page *p)
{
    static const struct html_column columns[] = {{"sku", false},
                                                 {"shown", true},
                                                 {"should be", true},
                                                 {"cause", false},
                                                 {"since", false},
                                                 {"until", false}};
    const struct rows *rows = &p->report->differences;
    html_heading(&p->html, 2, SLICE("Counts that differed, the newest first"));
    if (rows->count == 0) {
        html_status(&p->html, HTML_NEUTRAL, SLICE("no count differed"));
        return;
    }
    html_table_begin(&p->html, columns, COUNT_OF(columns));
    for (size_t i = 0; i < rows->count; i++) {
        put_difference(p, rows->items[i]);
    }
    html_table_end(&p->html);
    if (p->report->has_more) {
        html_paragraph(
            &p->html, "There are more: these are the newest %d.", SHADOW_DIFFERENCES_MAX);
    }
}

void shadow_html(const struct show *show,
                 const struct channel_row *channel,
                 const struct shadow_report *report,
                 int64_t now_us,
                 struct arena *arena,
                 struct buf *out)
{
    char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX], now[TIME_TEXT_MAX];
    struct slice title =
        arena_printf(arena, "What shadow mode has shown of '%.*s'", SLICE_ARG(channel->code));
    struct page p = {html_begin(out, title), show, report};
    html_paragraph(
        &p.html,
        "From %.*s to %.*s, made %.*s by truecount from what it read of the channel; its "
        "mode is %s.",
        SLICE_ARG(day_text(report->days[0].row.day, first)),
        SLICE_ARG(day_text(report->days[report->days_count - 1].row.day, last)),
        SLICE_ARG(time_format_s(now_us, now)),
        channel_mode_text(channel->mode));
    put_verdict(&p, shadow_lack_text(report, arena));
    put_bar(&p);
    put_orders(&p);
    put_days(&p);
    put_differences(&p);
    html_heading(&p.html, 2, SLICE("How to read it"));
    html_paragraph(&p.html,
                   "Read is how often a count of the channel was read on that day. It agreed with "
                   "what the ledger would have written, or differed from it; or the SKU had just "
                   "moved, and then whatever it showed proves nothing. Oversold are units that the "
                   "channel's orders found missing; avoidable those of them that would not have "
                   "been sold had the ledger's figure been shown.");
    html_end(&p.html);
}
