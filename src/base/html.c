/* SPDX-License-Identifier: Apache-2.0 */
#include "base/html.h"

#include <stdio.h>

/* ---- texts ---- */

/* The length of the UTF-8 character at the beginning of the text, and which it is; 0: it is none.
 */
static size_t character(struct slice text, uint32_t *out)
{
    const unsigned char *p = (const unsigned char *)text.p;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (n == 0 || n > text.n || p[0] > 0xf4) {
        return 0;
    }
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        c = c << 6 | (p[i] & 0x3fU);
    }
    *out = c;
    bool is_surrogate = c >= 0xd800 && c <= 0xdfff;
    return c < least[n] || c > 0x10ffff || is_surrogate ? 0 : n;
}

/* Moves the cursor, turns the writing, or is invisible: nothing of a text that a report needs. */
static bool is_unfit(uint32_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0) || c == 0x00ad ||
           c == 0x061c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef) || c >= 0xe0000;
}

static void put_character(struct buf *out, uint32_t c, struct slice bytes)
{
    switch (c) {
    case '&':
        buf_text(out, "&amp;");
        return;
    case '<':
        buf_text(out, "&lt;");
        return;
    case '>':
        buf_text(out, "&gt;");
        return;
    case '"':
        buf_text(out, "&quot;");
        return;
    case '\'':
        buf_text(out, "&#39;");
        return;
    default:
        buf_slice(out, bytes);
    }
}

void html_text(struct buf *out, struct slice text, size_t max)
{
    for (size_t shown = 0; text.n; shown++) {
        uint32_t c = 0;
        size_t n = character(text, &c);
        if (max && shown == max) {
            buf_text(out, "\xe2\x80\xa6");
            return;
        }
        if (n == 0 || is_unfit(c)) {
            buf_text(out, "\xef\xbf\xbd");
        } else {
            put_character(out, c, (struct slice){text.p, n});
        }
        text = slice_from(text, n ? n : 1);
    }
}

static const char *mark_class(enum html_mark mark)
{
    static const char *const names[] = {"neutral", "good", "warn", "bad"};
    return names[mark];
}

static const char *mark_sign(enum html_mark mark)
{
    static const char *const signs[] = {
        "\xe2\x80\x93" /* – */, "\xe2\x9c\x93" /* ✓ */, "!", "\xe2\x9c\x97" /* ✗ */};
    return signs[mark];
}

static void put_mark(struct html *h, enum html_mark mark, struct slice text)
{
    buf_printf(h->out, "<span class=\"mark %s\">%s ", mark_class(mark), mark_sign(mark));
    html_text(h->out, text, 0);
    buf_text(h->out, "</span>");
}

static PRINTF_LIKE(2, 0) void put_formatted(struct html *h, const char *format, va_list args)
{
    char text[1024];
    (void)vsnprintf(text, sizeof(text), format, args);
    html_text(h->out, slice_of(text), 0);
}

/* ---- the page ---- */

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1c2024;--soft:#5b6570;--line:#d5dbe1;--paper:#fff;"
    "--bar:#3f6fb5;--good:#1f7a45;--warn:#946200;--bad:#b3261e}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8ebee;--soft:#a3adb8;--line:#3a424b;"
    "--paper:#14171a;--bar:#7fa8e6;--good:#6cc794;--warn:#e0b04d;--bad:#f08a82}}"
    "body{margin:2rem auto;max-width:46rem;padding:0 1rem;background:var(--paper);"
    "color:var(--ink);font:15px/1.5 system-ui,sans-serif}"
    "h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2.2rem}"
    "h3,h4{font-size:1rem}h1,h2,h3,h4,p,td,th{overflow-wrap:break-word}"
    "table{border-collapse:collapse;width:100%;margin:.8rem 0}"
    "th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid var(--line);"
    "vertical-align:top}th{color:var(--soft);font-weight:600}"
    "th.n,td.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}"
    ".mark{font-weight:600}.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}"
    ".neutral{color:var(--soft)}figure{margin:1rem 0}figcaption{color:var(--soft)}"
    "svg{width:100%;height:auto;display:block}svg text{font:13px system-ui,sans-serif;"
    "fill:var(--ink)}svg .soft{fill:var(--soft)}rect.neutral{fill:var(--bar)}"
    "rect.good{fill:var(--good)}rect.warn{fill:var(--warn)}rect.bad{fill:var(--bad)}"
    "line{stroke:var(--soft);stroke-dasharray:4 3}"
    "@page{size:A4;margin:15mm}"
    "@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--bar:#3f6fb5;"
    "--good:#1f7a45;--warn:#946200;--bad:#b3261e}body{margin:0;max-width:none;padding:0;"
    "font-size:10pt}tr,figure{break-inside:avoid}h2,h3,h4{break-after:avoid}"
    "rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";

struct html html_begin(struct buf *out, struct slice title)
{
    struct html h = {.out = out};
    buf_text(out,
             "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
             "style-src 'unsafe-inline'\">\n"
             "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    html_text(out, title, 0);
    buf_printf(out, "</title>\n<style>%s</style></head>\n<body>\n<h1>", style);
    html_text(out, title, 0);
    buf_text(out, "</h1>\n");
    return h;
}

void html_end(struct html *h)
{
    must(h->columns == 0);
    buf_text(h->out, "</body></html>\n");
}

void html_heading(struct html *h, int level, struct slice text)
{
    must(h->columns == 0 && level >= 2 && level <= 4);
    buf_printf(h->out, "<h%d>", level);
    html_text(h->out, text, 0);
    buf_printf(h->out, "</h%d>\n", level);
}

void html_paragraph(struct html *h, const char *format, ...)
{
    va_list args;
    must(h->columns == 0);
    buf_text(h->out, "<p>");
    va_start(args, format);
    put_formatted(h, format, args);
    va_end(args);
    buf_text(h->out, "</p>\n");
}

void html_status(struct html *h, enum html_mark mark, struct slice text)
{
    must(h->columns == 0);
    buf_text(h->out, "<p>");
    put_mark(h, mark, text);
    buf_text(h->out, "</p>\n");
}

/* ---- tables ---- */

void html_table_begin(struct html *h, const struct html_column *columns, size_t count)
{
    must(h->columns == 0 && count > 0 && count <= HTML_COLUMNS_MAX);
    h->columns = count;
    h->column = 0;
    h->numbers = 0;
    buf_text(h->out, "<table><thead><tr>");
    for (size_t i = 0; i < count; i++) {
        h->numbers |= (uint64_t)columns[i].is_number << i;
        buf_printf(h->out, "<th scope=\"col\"%s>", columns[i].is_number ? " class=\"n\"" : "");
        html_text(h->out, slice_of(columns[i].title), 0);
        buf_text(h->out, "</th>");
    }
    buf_text(h->out, "</tr></thead><tbody>\n");
}

static void begin_cell(struct html *h)
{
    must(h->columns > 0);
    bool is_number = (h->numbers >> h->column & 1) != 0;
    buf_text(h->out, h->column == 0 ? "<tr>" : "");
    buf_text(h->out, is_number ? "<td class=\"n\">" : "<td>");
}

static void end_cell(struct html *h)
{
    h->column = (h->column + 1) % h->columns;
    buf_text(h->out, h->column == 0 ? "</td></tr>\n" : "</td>");
}

void html_cell(struct html *h, struct slice text)
{
    begin_cell(h);
    html_text(h->out, text, 0);
    end_cell(h);
}

void html_cell_printf(struct html *h, const char *format, ...)
{
    va_list args;
    begin_cell(h);
    va_start(args, format);
    put_formatted(h, format, args);
    va_end(args);
    end_cell(h);
}

void html_cell_mark(struct html *h, enum html_mark mark, struct slice text)
{
    begin_cell(h);
    put_mark(h, mark, text);
    end_cell(h);
}

void html_table_end(struct html *h)
{
    must(h->columns > 0 && h->column == 0);
    h->columns = 0;
    buf_text(h->out, "</tbody></table>\n");
}

/* ---- bars ---- */

enum { CHART = 720, LABELS = 190, FIGURES = 90, ROW = 24, BAR = 15, LABEL_MAX = 26 };

static int64_t along(int64_t value, int64_t most)
{
    return most ? (int64_t)((double)value / (double)most * (CHART - LABELS - FIGURES)) : 0;
}

static void put_bar(struct buf *out, const struct html_bar *bar, int y, int64_t most)
{
    int64_t width = along(bar->value, most);
    must(bar->value >= 0);
    buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LABELS - 8, y + 12);
    html_text(out, bar->label, LABEL_MAX);
    buf_printf(out,
               "</text><rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%" PRId64
               "\" height=\"%d\" rx=\"2\"/><text x=\"%" PRId64 "\" y=\"%d\">",
               mark_class(bar->mark),
               LABELS,
               y,
               width ? width : 1,
               BAR,
               LABELS + width + 6,
               y + 12);
    html_text(out, bar->text, LABEL_MAX);
    buf_text(out, "</text>\n");
}

void html_bars(struct html *h,
               struct slice title,
               const struct html_bar *bars,
               size_t count,
               int64_t limit,
               struct slice limit_text)
{
    struct buf *out = h->out;
    int64_t most = limit;
    must(h->columns == 0 && limit >= 0);
    for (size_t i = 0; i < count; i++) {
        most = bars[i].value > most ? bars[i].value : most;
    }
    int top = limit ? ROW : 0, height = top + (int)count * ROW;
    buf_text(out, "<figure><figcaption>");
    html_text(out, title, 0);
    buf_printf(
        out, "</figcaption>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", CHART, height);
    html_text(out, title, 0);
    buf_text(out, "\">\n");
    for (size_t i = 0; i < count; i++) {
        put_bar(out, &bars[i], top + (int)i * ROW, most);
    }
    if (limit) {
        int64_t x = LABELS + along(limit, most);
        buf_printf(out,
                   "<line x1=\"%" PRId64 "\" x2=\"%" PRId64 "\" y1=\"%d\" y2=\"%d\"/>"
                   "<text class=\"soft\" x=\"%" PRId64 "\" y=\"12\" text-anchor=\"end\">",
                   x,
                   x,
                   4,
                   height,
                   x - 5);
        html_text(out, limit_text, 0);
        buf_text(out, "</text>\n");
    }
    buf_text(out, "</svg></figure>\n");
}
