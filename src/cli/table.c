/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/table.h"

#define COLUMNS_MAX 16
#define GAP 2
#define TEXT_MIN 8 /* a text column is not cut below this */
#define TABLE_BYTES_MAX ((size_t)1 << 30)

struct cell {
    size_t at, n, width; /* in text */
};

struct table {
    const struct column *columns;
    size_t columns_count;
    struct buf text, cells;
};

/* ---- filling ---- */

struct table *table_new(const struct column *columns, size_t count)
{
    struct table *table = calloc(1, sizeof(*table));
    must(table && count > 0 && count <= COLUMNS_MAX);
    table->columns = columns;
    table->columns_count = count;
    buf_init(&table->text, TABLE_BYTES_MAX);
    buf_init(&table->cells, TABLE_BYTES_MAX);
    return table;
}

void table_free(struct table *table)
{
    if (table) {
        buf_free(&table->text);
        buf_free(&table->cells);
        free(table);
    }
}

void table_text(struct table *table, struct slice text)
{
    struct cell cell = {.at = table->text.n};
    cell.width = cells_put(&table->text, text);
    cell.n = table->text.n - cell.at;
    buf_put(&table->cells, &cell, sizeof(cell));
}

void table_str(struct table *table, const char *text)
{
    table_text(table, slice_of(text));
}

void table_printf(struct table *table, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    table_text(table, slice_of(text));
}

void table_int(struct table *table, int64_t value)
{
    table_printf(table, "%" PRId64, value);
}

struct slice table_word(struct slice text, char time[TIME_TEXT_MAX])
{
    int64_t at_us;
    bool is_time = text.n == 24 && slice_ends(text, "Z") && time_parse_rfc3339(text, &at_us);
    return is_time ? time_format_s(at_us, time) : text;
}

void table_json(struct table *table, struct json value)
{
    char time[TIME_TEXT_MAX];
    struct slice text;
    int64_t number;
    bool is_true;
    if (json_text(value, &text)) {
        table_text(table, table_word(text, time));
    } else if (json_int(value, &number)) {
        table_int(table, number);
    } else if (json_bool(value, &is_true)) {
        table_str(table, is_true ? "yes" : "no");
    } else {
        table_str(table, "-");
    }
}

/* ---- looking at it ---- */

size_t table_rows(const struct table *table)
{
    return table->cells.n / sizeof(struct cell) / table->columns_count;
}

static struct cell cell_at(const struct table *table, size_t row, size_t column)
{
    struct cell cell;
    memcpy(
        &cell, table->cells.p + (row * table->columns_count + column) * sizeof(cell), sizeof(cell));
    return cell;
}

static bool has_head(const struct table *table)
{
    for (size_t c = 0; c < table->columns_count; c++) {
        if (table->columns[c].title) {
            return true;
        }
    }
    return false;
}

/* Takes so much from the text columns, the widest first. False: there is not so much to take. */
static bool shrink(const struct table *table, size_t excess, size_t widths[COLUMNS_MAX])
{
    for (; excess; excess--) {
        size_t widest = COLUMNS_MAX;
        for (size_t c = 0; c < table->columns_count; c++) {
            bool may_shrink = !table->columns[c].is_number && widths[c] > TEXT_MIN;
            if (may_shrink && (widest == COLUMNS_MAX || widths[c] > widths[widest])) {
                widest = c;
            }
        }
        if (widest == COLUMNS_MAX) {
            return false;
        }
        widths[widest]--;
    }
    return true;
}

/* Columns as wide as their widest cell, or narrower where that makes the table fit. */
static void measure(const struct table *table, size_t limit, size_t out[COLUMNS_MAX])
{
    size_t whole = 0, shrunk[COLUMNS_MAX];
    memset(out, 0, COLUMNS_MAX * sizeof(*out));
    for (size_t c = 0; c < table->columns_count; c++) {
        out[c] = table->columns[c].title ? strlen(table->columns[c].title) : 0;
        for (size_t r = 0; r < table_rows(table); r++) {
            struct cell cell = cell_at(table, r, c);
            out[c] = cell.width > out[c] ? cell.width : out[c];
        }
        whole += out[c] + (c ? GAP : 0);
    }
    memcpy(shrunk, out, sizeof(shrunk));
    if (limit && whole > limit && shrink(table, whole - limit, shrunk)) {
        memcpy(out, shrunk, sizeof(shrunk));
    }
}

/* ---- printing ---- */

static void put_spaces(FILE *out, size_t n)
{
    fprintf(out, "%*s", (int)n, "");
}

struct brush {
    FILE *out;
    struct table_style style;
    size_t owed; /* spaces that are printed only when something follows */
};

static void put_cell(struct brush *b, struct slice text, size_t width, size_t room, bool is_number)
{
    bool is_cut = width > room;
    size_t bytes = is_cut ? cells_fit(text, room - 1, &width) : text.n;
    width += is_cut;
    bool is_red = b->style.has_colour && is_number && slice_starts(text, "-") && text.n > 1;
    if (is_number) {
        b->owed += room - width;
    }
    if (bytes || is_cut) {
        put_spaces(b->out, b->owed);
        b->owed = 0;
        fprintf(b->out,
                "%s%.*s%s%s",
                is_red ? "\033[31m" : "",
                (int)bytes,
                text.p,
                is_cut ? "…" : "",
                is_red ? "\033[0m" : "");
    }
    if (!is_number) {
        b->owed += room - width;
    }
    b->owed += GAP;
}

static void put_head(const struct table *table, struct brush *b, const size_t *widths)
{
    fputs(b->style.has_colour ? "\033[1m" : "", b->out);
    for (size_t c = 0; c < table->columns_count; c++) {
        struct slice title = slice_of(table->columns[c].title ? table->columns[c].title : "");
        put_cell(b, title, title.n, widths[c], table->columns[c].is_number);
    }
    fputs(b->style.has_colour ? "\033[0m\n" : "\n", b->out);
    b->owed = 0;
}

bool table_print(const struct table *table, FILE *out, struct table_style style)
{
    if (table->text.overflow || table->cells.overflow) {
        return false;
    }
    must(table->cells.n % (sizeof(struct cell) * table->columns_count) == 0);
    size_t widths[COLUMNS_MAX];
    struct brush brush = {out, style, 0};
    if (table_rows(table) == 0) {
        return true;
    }
    measure(table, style.width, widths);
    if (has_head(table)) {
        put_head(table, &brush, widths);
    }
    for (size_t r = 0; r < table_rows(table); r++) {
        for (size_t c = 0; c < table->columns_count; c++) {
            struct cell cell = cell_at(table, r, c);
            put_cell(&brush,
                     (struct slice){table->text.p + cell.at, cell.n},
                     cell.width,
                     widths[c],
                     table->columns[c].is_number);
        }
        fputc('\n', out);
        brush.owed = 0;
    }
    return true;
}

struct table_style table_style_of(FILE *out)
{
    struct winsize size = {0};
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    if (!isatty(fileno(out))) {
        return (struct table_style){0};
    }
    bool is_dumb = !term || strcmp(term, "dumb") == 0;
    return (struct table_style){
        .width = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80,
        .has_colour = !(no_colour && no_colour[0]) && !is_dumb};
}
