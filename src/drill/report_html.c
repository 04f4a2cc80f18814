/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as one page: no script, nothing from outside, charts drawn as SVG, fit to be printed.
 */
#include <math.h>

#include "drill/report.h"

#define CHART_W 720
#define CHART_H 150

static const char page_head[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
    "<title>truecount drill</title><style>"
    ":root{--ink:#1b1f24;--soft:#5b6672;--line:#d9dee4;--good:#1a7f4b;--bad:#b3261e;--a:#2f6fb3;"
    "--b:#c77d1e;--paper:#fff}"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:60rem;padding:2rem 1.25rem;color:"
    "var(--ink);background:var(--paper);font:15px/1.5 system-ui,sans-serif}"
    "h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2.5rem 0 .25rem;text-transform:"
    "capitalize}h3{font-size:.95rem;margin:1.25rem 0 .25rem}"
    ".soft,caption{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.5rem;"
    "margin:.75rem 0}.tile{border:1px solid var(--line);border-radius:6px;padding:.5rem .75rem}"
    ".tile b{display:block;font-size:1.25rem;font-variant-numeric:tabular-nums}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:"
    "tabular-nums}th,td{padding:.25rem .5rem;border-bottom:1px solid var(--line);text-align:right;"
    "white-space:nowrap}th:first-child,td:first-child{text-align:left}th{font-weight:600;color:"
    "var(--soft)}caption{text-align:left;caption-side:bottom;padding-top:.25rem;font-size:.85rem;"
    "white-space:normal}"
    "svg{width:100%;height:auto;display:block}svg text{font:11px system-ui,sans-serif;fill:"
    "var(--soft)}"
    "@media print{body{padding:0;font-size:11px;max-width:none}h2{break-before:page}"
    "section:first-of-type h2{break-before:auto}table,svg,.tiles{break-inside:avoid}}"
    "@media (prefers-color-scheme:dark) and (not print){:root{--ink:#e8ebee;--soft:#9aa5b1;"
    "--line:#39424c;--good:#57c48a;--bad:#f28b82;--a:#7fb2e8;--b:#e6ab5c;--paper:#14181c}}"
    "</style></head><body>";

static void put_text(struct buf *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        const char *safe = *c == '<'   ? "&lt;"
                           : *c == '>' ? "&gt;"
                           : *c == '&' ? "&amp;"
                           : *c == '"' ? "&quot;"
                                       : NULL;
        if (safe) {
            buf_text(out, safe);
        } else {
            buf_char(out, *c);
        }
    }
}

static double ms(int64_t us)
{
    return (double)us / 1000;
}

static void put_tile(struct buf *out, const char *label, const char *value, bool is_bad)
{
    buf_printf(out, "<div class=\"tile\"><b%s>", is_bad ? " class=\"bad\"" : "");
    put_text(out, value);
    buf_text(out, "</b>");
    put_text(out, label);
    buf_text(out, "</div>");
}

static void put_count(struct buf *out, const char *label, int64_t n, bool is_bad)
{
    char text[32];
    snprintf(text, sizeof(text), "%" PRId64, n);
    put_tile(out, label, text, is_bad);
}

static void put_ms(struct buf *out, const char *label, int64_t us)
{
    char text[32];
    snprintf(text,
             sizeof(text),
             us < 10 * US_PER_S ? "%.0f ms" : "%.0f s",
             us < 10 * US_PER_S ? ms(us) : ms(us) / 1000);
    put_tile(out, label, text, false);
}

/* ---- charts ---- */

/* Orders so far, and units above what can be sold, over time. */
static void put_time_chart(struct buf *out, const struct report_scenario *s)
{
    double most_orders = 1, most_above = 1,
           n = (double)(s->samples_count > 1 ? s->samples_count - 1 : 1);
    for (size_t i = 0; i < s->samples_count; i++) {
        most_orders = fmax(most_orders, (double)s->samples[i].orders);
        most_above = fmax(most_above, (double)s->samples[i].above);
    }
    buf_printf(out,
               "<h3>Units shown above what could be sold (filled), and orders so far (line)</h3>"
               "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"units above over time\">"
               "<path d=\"M40 %d",
               CHART_W,
               CHART_H + 20,
               CHART_H);
    for (size_t i = 0; i < s->samples_count; i++) {
        double x = 40 + (CHART_W - 120) * (double)i / n;
        double y = CHART_H - (CHART_H - 15) * (double)s->samples[i].above / most_above;
        buf_printf(out, "L%.1f %.1f", x, y);
    }
    buf_printf(out,
               "L%d %dZ\" fill=\"var(--b)\" fill-opacity=\".55\"/><polyline points=\"",
               CHART_W - 80,
               CHART_H);
    for (size_t i = 0; i < s->samples_count; i++) {
        double x = 40 + (CHART_W - 120) * (double)i / n;
        double y = CHART_H - (CHART_H - 15) * (double)s->samples[i].orders / most_orders;
        buf_printf(out, "%.1f,%.1f ", x, y);
    }
    buf_printf(out,
               "\" fill=\"none\" stroke=\"var(--a)\" stroke-width=\"2\"/>"
               "<path d=\"M40 %dH%d\" stroke=\"var(--line)\"/>"
               "<text x=\"36\" y=\"20\" text-anchor=\"end\">%.0f</text>"
               "<text x=\"36\" y=\"%d\" text-anchor=\"end\">0</text>"
               "<text x=\"%d\" y=\"20\">%.0f orders</text>"
               "<text x=\"40\" y=\"%d\">0 s</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.1f "
               "s</text></svg>",
               CHART_H,
               CHART_W - 80,
               most_above,
               CHART_H,
               CHART_W - 76,
               most_orders,
               CHART_H + 16,
               CHART_W - 80,
               CHART_H + 16,
               ms(s->sample_us) * n / 1000);
}

/* 1 ms to 100 s, logarithmic. */
static double log_x(int64_t us)
{
    double decades = log10(fmax(ms(us), 1));
    return 300 + (CHART_W - 360) * fmin(decades, 5) / 5;
}

static void put_latency_chart(struct buf *out, const struct report_scenario *s)
{
    static const char *const ticks[] = {"1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s"};
    int height = STAGES_COUNT * 24;
    buf_printf(out,
               "<h3>Latency: p50 to p95 (bar), p99 (tick)</h3><svg viewBox=\"0 0 %d %d\" "
               "role=\"img\" aria-label=\"latency by stage\">",
               CHART_W,
               height + 22);
    for (size_t i = 0; i < COUNT_OF(ticks); i++) {
        double x = 300 + (CHART_W - 360) * (double)i / 5;
        buf_printf(out,
                   "<path d=\"M%.0f 0V%d\" stroke=\"var(--line)\"/><text x=\"%.0f\" y=\"%d\" "
                   "text-anchor=\"middle\">%s</text>",
                   x,
                   height,
                   x,
                   height + 16,
                   ticks[i]);
    }
    for (int i = 0; i < STAGES_COUNT; i++) {
        struct spread sum;
        report_sum(s, (enum report_stage)i, &sum);
        double from = log_x(spread_at(&sum, 500)), to = log_x(spread_at(&sum, 950));
        double late = log_x(spread_at(&sum, 990));
        buf_printf(out,
                   "<text x=\"0\" y=\"%d\">%s</text><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
                   "height=\"12\" rx=\"2\" fill=\"var(--a)\"/><path d=\"M%.1f %dv16\" "
                   "stroke=\"var(--b)\" stroke-width=\"2\"/>",
                   i * 24 + 15,
                   report_stage_text((enum report_stage)i),
                   from,
                   i * 24 + 5,
                   fmax(to - from, 2),
                   late,
                   i * 24 + 3);
    }
    buf_text(out, "</svg>");
}

static void
put_bar(struct buf *out, int row, const char *name, double value, double most, bool is_ours)
{
    buf_printf(out,
               "<text x=\"0\" y=\"%d\">%s</text><rect x=\"200\" y=\"%d\" width=\"%.1f\" "
               "height=\"12\" rx=\"2\" fill=\"var(--%s)\"/><text x=\"%.1f\" y=\"%d\">%.1f</text>",
               row * 24 + 15,
               name,
               row * 24 + 5,
               fmax((CHART_W - 280) * value / most, 1),
               is_ours ? "a" : "b",
               206 + fmax((CHART_W - 280) * value / most, 1),
               row * 24 + 15,
               value);
}

static void put_ways_chart(struct buf *out, const struct report_scenario *s)
{
    double most = fmax(1, (double)s->oversold);
    for (size_t i = 0; i < s->ways_count; i++) {
        most = fmax(most, s->ways[i].oversold);
    }
    buf_printf(out,
               "<h3>Oversold units: measured, and simulated for the same buyers</h3><svg "
               "viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"oversold units\">",
               CHART_W,
               (s->ways_count + 1) * 24);
    put_bar(out, 0, "truecount, measured", (double)s->oversold, most, true);
    for (size_t i = 0; i < s->ways_count; i++) {
        put_bar(out, (int)i + 1, s->ways[i].name, s->ways[i].oversold, most, false);
    }
    buf_text(out, "</svg>");
}

/* ---- tables ---- */

static void put_channels(struct buf *out, const struct report_scenario *s)
{
    bool has_outage = s->outage_channel[0] != '\0';
    buf_printf(out,
               "<div class=\"scroll\"><table><thead><tr><th>channel</th><th>pushes</th><th>ours "
               "p50</th><th>p95</th><th>p99</th><th>shown p50</th><th>p95</th><th>p99</th><th>max"
               "</th>%s</tr></thead><tbody>",
               has_outage ? "<th>ours p95 before</th><th>during</th>" : "");
    for (size_t i = 0; i < s->shops; i++) {
        const struct report_channel *c = &s->channels[i];
        const struct spread *ours = &c->stages[STAGE_OURS], *shown = &c->stages[STAGE_SHOWN];
        buf_text(out, "<tr><td>");
        put_text(out, c->code);
        buf_printf(out,
                   "</td><td>%" PRId64 "</td><td>%.1f</td><td>%.1f</td><td>%.1f</td><td>%.1f</td>"
                   "<td>%.1f</td><td>%.1f</td><td>%.1f</td>",
                   c->pushes,
                   ms(spread_at(ours, 500)),
                   ms(spread_at(ours, 950)),
                   ms(spread_at(ours, 990)),
                   ms(spread_at(shown, 500)),
                   ms(spread_at(shown, 950)),
                   ms(spread_at(shown, 990)),
                   ms(shown->max_us));
        if (has_outage) {
            buf_printf(out,
                       "<td>%.1f</td><td>%.1f</td>",
                       ms(spread_at(&c->calm, 950)),
                       ms(spread_at(&c->out, 950)));
        }
        buf_text(out, "</tr>");
    }
    buf_text(out,
             "</tbody><caption>Milliseconds. Ours: our receipt to our request. Shown: from the "
             "oldest sale elsewhere to the count that followed.</caption></table></div>");
}

static void put_ways(struct buf *out, const struct report_scenario *s)
{
    buf_printf(
        out,
        "<div class=\"scroll\"><table><thead><tr><th>how shops hear of each other</th><th>"
        "oversold</th><th>stale sales</th><th>units x seconds above</th><th>longest</th></tr>"
        "</thead><tbody><tr><td>truecount, measured</td><td>%" PRId64
        "</td><td></td><td>%.1f</td><td>%.1f s</td></tr>",
        s->oversold,
        s->above_unit_s,
        ms(s->above_us_max) / 1000);
    for (size_t i = 0; i < s->ways_count; i++) {
        const struct report_way *w = &s->ways[i];
        buf_printf(out,
                   "<tr><td>%s</td><td>%.1f</td><td>%.1f</td><td>%.1f</td><td>%.1f s</td></tr>",
                   w->name,
                   w->oversold,
                   w->stale_sales,
                   w->above_unit_s,
                   ms(w->above_us_max) / 1000);
    }
    buf_text(out,
             "</tbody><caption>All but the first row are simulated, with synchronisations that are "
             "perfect and instant.</caption></table></div>");
}

static void put_tiles(struct buf *out, const struct report_scenario *s)
{
    char text[64];
    buf_text(out, "<div class=\"tiles\">");
    put_count(out, "orders", s->orders, false);
    put_count(out, "of them in the ledger, once", s->orders_booked, s->orders_booked != s->orders);
    put_count(out, "deliveries", s->deliveries, false);
    put_count(out, "of them said nothing new", s->duplicates, false);
    put_count(out, "pushes", s->pushes, false);
    put_count(out, "pushes saved", s->saved, false);
    put_count(out, "oversold units", s->oversold, false);
    put_count(out, "units booked wrongly", s->units_wrong, s->units_wrong != 0);
    put_count(out, "listings that disagree", s->disagreeing, s->disagreeing != 0);
    put_ms(out, "converged after the last sale", s->converged_us);
    put_ms(out, "longest above", s->above_us_max);
    if (s->outage_channel[0]) {
        put_ms(out, "up to date after the outage", s->outage_converged_us);
    }
    snprintf(text, sizeof(text), "%.2f / %.2f", s->exposure, s->exposure_reckoned);
    put_tile(out, "exposure: measured / formula", text, false);
    put_tile(out, "verify", s->is_verified ? "ok" : "failed", !s->is_verified);
    buf_text(out, "</div>");
}

static void put_scenario(struct buf *out, const struct report_scenario *s)
{
    bool good = report_scenario_is_good(s);
    buf_printf(out,
               "<section><h2>%s: <span class=\"%s\">%s</span></h2><p class=\"soft\">%zu shops, %zu "
               "SKUs, %.0f s of buyers; %" PRId64 " refused, %" PRId64 " cancelled, %" PRId64
               " edited, %" PRId64 " shipped.",
               s->name,
               good ? "good" : "bad",
               good ? "good" : "not good",
               s->shops,
               s->skus,
               ms(s->us) / 1000,
               s->refused,
               s->cancelled,
               s->edited,
               s->shipped);
    if (s->outage_channel[0]) {
        buf_text(out, " ");
        put_text(out, s->outage_channel);
        buf_printf(out,
                   " refused every call from %.1f s to %.1f s.",
                   ms(s->outage_from_us) / 1000,
                   ms(s->outage_to_us) / 1000);
    }
    buf_text(out, "</p>");
    put_tiles(out, s);
    put_time_chart(out, s);
    put_latency_chart(out, s);
    put_channels(out, s);
    put_ways_chart(out, s);
    put_ways(out, s);
    buf_text(out, "</section>");
}

static void put_profiles(struct buf *out, const struct report *r)
{
    buf_text(out,
             "<section><h2>One SKU that everybody wants</h2><div class=\"scroll\"><table><thead>"
             "<tr><th>demand</th><th>units</th>");
    for (size_t i = 0; i < 4 && i < r->profiles_count; i++) {
        buf_printf(out, "<th>%s</th>", r->profiles[i].way);
    }
    buf_text(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < r->profiles_count; i++) {
        const struct report_profile *p = &r->profiles[i];
        if (i % 4 == 0) {
            buf_printf(out, "<tr><td>%s</td><td>%" PRId64 "</td>", p->demand, p->stock);
        }
        buf_printf(out,
                   "<td>%.3f <span class=\"soft\">&#177; %.3f (%.3f)</span></td>%s",
                   p->oversold,
                   3 * p->error,
                   p->reckoned,
                   i % 4 == 3 ? "</tr>" : "");
    }
    buf_printf(out,
               "</tbody><caption>Units oversold when it sells out: the mean of %d simulated runs, "
               "three standard errors, and in brackets what the formula says.</caption></table>"
               "</div></section>",
               REPORT_PROFILE_RUNS);
}

void report_html(const struct report *r, struct buf *out)
{
    bool good = report_is_good(r);
    buf_text(out, page_head);
    buf_printf(
        out,
        "<h1>truecount drill: <span class=\"%s\">%s</span></h1><p class=\"soft\">Seed %" PRIu64
        ", at most %" PRId64 " orders a second, %" PRId64 " seconds a scenario, %s.</p>",
        good ? "good" : "bad",
        good ? "good" : "not good",
        r->seed,
        r->orders_per_s,
        r->seconds,
        r->all_platforms ? "one shop of each platform" : "five shops of three platforms");
    for (size_t i = 0; i < r->scenarios_count; i++) {
        put_scenario(out, &r->scenarios[i]);
    }
    if (r->profiles_count) {
        put_profiles(out, r);
    }
    buf_text(out, "</body></html>\n");
}
