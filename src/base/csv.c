/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

/* ---- the reader ---- */

static bool is_line_end(char c)
{
    return c == '\r' || c == '\n';
}

/* The most frequent separator of the first line, outside quotes; ',' when there is none. */
static char find_separator(struct slice text)
{
    static const char separators[] = {',', ';', '\t'};
    size_t counts[COUNT_OF(separators)] = {0};
    bool is_quoted = false;
    for (size_t i = 0; i < text.n && i < CSV_RECORD_MAX; i++) {
        if (!is_quoted && is_line_end(text.p[i])) {
            break;
        }
        is_quoted ^= text.p[i] == '"';
        for (size_t s = 0; s < COUNT_OF(separators) && !is_quoted; s++) {
            counts[s] += text.p[i] == separators[s];
        }
    }
    size_t best = 0;
    for (size_t s = 1; s < COUNT_OF(separators); s++) {
        best = counts[s] > counts[best] ? s : best;
    }
    return separators[best];
}

/* Takes one line end, if it stands there. */
static void take_line_end(struct csv_reader *r)
{
    if (r->rest.n == 0 || !is_line_end(r->rest.p[0])) {
        return;
    }
    r->rest = slice_from(r->rest, slice_starts(r->rest, "\r\n") ? 2 : 1);
    r->line++;
}

/* "sep=;" in a line of its own: Excel's way to say it. */
static bool says_separator(struct slice text)
{
    return text.n >= 5 && slice_starts(text, "sep=") && (text.n == 5 || is_line_end(text.p[5])) &&
           (text.p[4] == '\t' || (text.p[4] > ' ' && text.p[4] < 0x7f)) && text.p[4] != '"';
}

void csv_reader_init(struct csv_reader *r, struct slice text)
{
    *r = (struct csv_reader){.rest = text, .line = 1};
    buf_init(&r->unquoted, CSV_RECORD_MAX);
    if (slice_starts(text, "\xEF\xBB\xBF")) {
        r->rest = slice_from(text, 3);
    }
    if (says_separator(r->rest)) {
        r->separator = r->rest.p[4];
        r->rest = slice_from(r->rest, 5);
        take_line_end(r);
    } else {
        r->separator = find_separator(r->rest);
    }
}

void csv_reader_free(struct csv_reader *r)
{
    buf_free(&r->unquoted);
}

/* The first fault of a record stays. */
static void fault(struct csv_reader *r, int64_t line, const char *what)
{
    if (!r->fault) {
        r->fault = what;
        r->fault_line = line;
    }
}

static bool is_continuation(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* Bytes of the character at p; 0 when it is none (RFC 3629: no surrogates, nothing overlong). */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80) {
        return 1;
    }
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        return left >= 2 && is_continuation(p[1]) ? 2 : 0;
    }
    if ((p[0] & 0xF0) == 0xE0) {
        bool is_sound = left >= 3 && is_continuation(p[1]) && is_continuation(p[2]) &&
                        !(p[0] == 0xE0 && p[1] < 0xA0) && !(p[0] == 0xED && p[1] >= 0xA0);
        return is_sound ? 3 : 0;
    }
    if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        bool is_sound = left >= 4 && is_continuation(p[1]) && is_continuation(p[2]) &&
                        is_continuation(p[3]) && !(p[0] == 0xF0 && p[1] < 0x90) &&
                        !(p[0] == 0xF4 && p[1] >= 0x90);
        return is_sound ? 4 : 0;
    }
    return 0;
}

static void check_text(struct csv_reader *r, const struct csv_field *field)
{
    const unsigned char *p = (const unsigned char *)field->text.p;
    if (field->text.n > CSV_FIELD_MAX) {
        fault(r, field->line, "a field is longer than 64 KiB");
        return;
    }
    for (size_t at = 0; at < field->text.n;) {
        size_t n = utf8_length(p + at, field->text.n - at);
        if (n == 0) {
            fault(r, field->line, "this is not UTF-8: save the file as 'CSV UTF-8' and try again");
            return;
        }
        if (p[at] == '\0') {
            fault(
                r, field->line, "there is a NUL byte: save the file as 'CSV UTF-8' and try again");
            return;
        }
        at += n;
    }
}

static void keep_field(struct csv_reader *r, const struct csv_field *field)
{
    if (r->count == CSV_FIELDS_MAX) {
        fault(r, field->line, "a line has more than 256 fields");
        return;
    }
    r->fields[r->count++] = *field;
}

/* Up to the separator or the end of the line. */
static struct slice take_plain(struct csv_reader *r)
{
    size_t n = 0;
    while (n < r->rest.n && r->rest.p[n] != r->separator && !is_line_end(r->rest.p[n])) {
        n++;
    }
    struct slice text = {r->rest.p, n};
    r->rest = slice_from(r->rest, n);
    return text;
}

/* Line ends within a quoted field count as lines of the file. */
static int64_t count_lines(struct slice text)
{
    int64_t lines = 0;
    for (size_t i = 0; i < text.n; i++) {
        lines +=
            text.p[i] == '\n' || (text.p[i] == '\r' && (i + 1 == text.n || text.p[i + 1] != '\n'));
    }
    return lines;
}

/* Behind the opening quote. The text is what lies between the quotes: in place; or, when doubled ones
 * were made single, at the end of r->unquoted, which may still move: without an address for now. */
static struct slice take_quoted(struct csv_reader *r)
{
    const int64_t line = r->line;
    const size_t start = r->unquoted.n;
    struct slice last;
    bool has_doubled = false;
    for (;;) {
        const char *quote = r->rest.n ? memchr(r->rest.p, '"', r->rest.n) : NULL;
        last = (struct slice){r->rest.p, quote ? (size_t)(quote - r->rest.p) : r->rest.n};
        r->line += count_lines(last);
        r->rest = slice_from(r->rest, quote ? last.n + 1 : last.n);
        if (!quote) {
            fault(r, line, "a quote is opened here and never closed");
            return last;
        }
        if (r->rest.n == 0 || r->rest.p[0] != '"') {
            break;
        }
        has_doubled = true;
        last.n++; /* and one of the two quotes */
        buf_slice(&r->unquoted, last);
        r->rest = slice_from(r->rest, 1);
    }
    if (!has_doubled) {
        return last;
    }
    buf_slice(&r->unquoted, last);
    if (r->unquoted.overflow) {
        fault(r, line, "a line is longer than 1 MiB");
        return last;
    }
    return (struct slice){NULL, r->unquoted.n - start};
}

static void take_field(struct csv_reader *r)
{
    struct csv_field field = {.line = r->line};
    if (r->rest.n && r->rest.p[0] == '"') {
        r->rest = slice_from(r->rest, 1);
        field.text = take_quoted(r);
        if (r->rest.n && r->rest.p[0] != r->separator && !is_line_end(r->rest.p[0])) {
            fault(r, r->line, "there is text behind a closing quote");
            (void)take_plain(r);
        }
    } else {
        field.text = take_plain(r);
    }
    keep_field(r, &field);
}

/* The record is whole: its fields get their addresses and are looked at. True: one has content. */
static bool finish_fields(struct csv_reader *r)
{
    size_t at = 0;
    bool has_content = false;
    for (size_t i = 0; i < r->count; i++) {
        struct slice *text = &r->fields[i].text;
        if (!text->p && text->n) {
            text->p = r->unquoted.p + at;
            at += text->n;
        }
        check_text(r, &r->fields[i]);
        has_content |= text->n > 0;
    }
    return has_content;
}

/* One record, as far as it can be read. True: it has content. */
static bool take_record(struct csv_reader *r)
{
    const char *start = r->rest.p;
    const int64_t line = r->line;
    r->count = 0;
    r->fault = NULL;
    buf_clear(&r->unquoted);
    for (bool more = true; more;) {
        take_field(r);
        more = r->rest.n && r->rest.p[0] == r->separator;
        r->rest = slice_from(r->rest, more ? 1 : 0);
    }
    if ((size_t)(r->rest.p - start) > CSV_RECORD_MAX) {
        fault(r, line, "a line is longer than 1 MiB");
    }
    bool has_content = finish_fields(r);
    take_line_end(r);
    return has_content || r->fault;
}

enum csv_result csv_read(struct csv_reader *r)
{
    while (r->rest.n) {
        if (take_record(r)) {
            return r->fault ? CSV_FAULT : CSV_RECORD;
        }
    }
    return CSV_END;
}

/* ---- formulas ---- */

/* How many apostrophes stand before a character that makes a formula; -1: there is none such. */
static int64_t formula_depth(struct slice text)
{
    size_t n = 0;
    while (n < text.n && text.p[n] == '\'') {
        n++;
    }
    bool is_formula = n < text.n && memchr("=+-@\t\r", text.p[n], 6);
    return is_formula ? (int64_t)n : -1;
}

struct slice csv_text_of(struct slice field)
{
    return formula_depth(field) > 0 ? slice_from(field, 1) : field;
}

/* ---- the writer ---- */

static void begin_field(struct csv_writer *w)
{
    if (w->count++) {
        buf_char(w->out, ',');
    }
}

static bool needs_quotes(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (memchr(",;\t\"\r\n", text.p[i], 6)) {
            return true;
        }
    }
    return text.n && (text.p[0] == ' ' || text.p[text.n - 1] == ' ');
}

void csv_put_text(struct csv_writer *w, struct slice text)
{
    bool is_formula = formula_depth(text) >= 0;
    begin_field(w);
    if (!needs_quotes(text)) {
        buf_text(w->out, is_formula ? "'" : "");
        buf_slice(w->out, text);
        return;
    }
    buf_text(w->out, is_formula ? "\"'" : "\"");
    struct slice piece;
    for (bool more = true; more;) {
        more = slice_cut(&text, '"', &piece);
        buf_slice(w->out, piece);
        buf_text(w->out, more ? "\"\"" : "\"");
    }
}

void csv_put_int(struct csv_writer *w, int64_t value)
{
    begin_field(w);
    buf_int(w->out, value);
}

void csv_put_empty(struct csv_writer *w)
{
    begin_field(w);
}

void csv_end_record(struct csv_writer *w)
{
    buf_text(w->out, "\r\n");
    w->count = 0;
}
