/* SPDX-License-Identifier: Apache-2.0 */
/* The header and the cells: what a line says, in the words of a request. */
#include "engine/csv_table.h"

/* ---- the header ---- */

static const struct csv_spec *find_spec(const struct csv_table *table, struct slice name)
{
    for (size_t i = 0; i < table->specs_count; i++) {
        if (slice_equal_nocase(name, slice_of(table->specs[i].name))) {
            return &table->specs[i];
        }
    }
    return NULL;
}

static void refuse_column(struct csv_import *im, struct slice name)
{
    ON_EXIT(buf_free) struct buf known;
    buf_init(&known, 4096);
    for (size_t i = 0; i < im->table->specs_count; i++) {
        buf_printf(&known, "%s%s", i ? ", " : "", im->table->specs[i].name);
    }
    if (im->table->prefix) {
        buf_printf(&known, " and %s...", im->table->prefix);
    }
    csv_fault_add(im,
                  im->line,
                  name,
                  arena_printf(&im->scratch,
                               "there is no column '%.*s' in %s; it has %.*s",
                               (int)(name.n < 60 ? name.n : 60),
                               name.p,
                               im->table->name,
                               SLICE_ARG(buf_view(&known))));
}

/* The spec of "remote" or "options" stands for its single members too. */
static void read_column(struct csv_import *im, struct slice name, struct csv_column *out)
{
    const struct csv_table *table = im->table;
    name = slice_trim(csv_text_of(name));
    *out = (struct csv_column){.name = arena_copy(&im->b->arena, name)};
    if (name.n == 0) {
        return;
    }
    size_t prefix = table->prefix ? strlen(table->prefix) : 0;
    bool is_member = prefix && name.n > prefix &&
                     slice_equal_nocase((struct slice){name.p, prefix}, slice_of(table->prefix));
    if (is_member) {
        out->spec = find_spec(table, slice_of(table->prefix_field));
        out->member = slice_trim(slice_from(out->name, prefix));
        im->has_members = true;
    } else {
        out->spec = find_spec(table, name);
    }
    if (!out->spec) {
        refuse_column(im, name);
    }
}

static void check_columns(struct csv_import *im)
{
    const struct csv_table *table = im->table;
    bool has_whole = false;
    for (size_t i = 0; i < im->columns_count; i++) {
        const struct csv_column *one = &im->columns[i];
        has_whole |= one->spec && table->prefix && one->member.n == 0 &&
                     strcmp(one->spec->name, table->prefix_field) == 0;
        for (size_t k = 0; one->spec && k < i; k++) {
            if (im->columns[k].spec == one->spec &&
                slice_equal(im->columns[k].member, one->member)) {
                csv_fault_add(im, im->line, one->name, SLICE("the column is there twice"));
            }
        }
    }
    if (has_whole && im->has_members) {
        csv_error(im,
                  im->line,
                  table->prefix_field,
                  "either one column %s, or columns %s...: not both",
                  table->prefix_field,
                  table->prefix);
    }
    for (size_t i = 0; i < table->specs_count; i++) {
        bool is_there = !table->specs[i].is_required;
        for (size_t k = 0; k < im->columns_count && !is_there; k++) {
            is_there = im->columns[k].spec == &table->specs[i];
        }
        if (!is_there) {
            csv_error(im, im->line, table->specs[i].name, "the column is missing");
        }
    }
}

bool csv_read_header(struct csv_import *im)
{
    struct csv_reader *r = &im->reader;
    if (slice_starts(r->rest, "\xFF\xFE") || slice_starts(r->rest, "\xFE\xFF")) {
        csv_error(im, 1, NULL, "the file is UTF-16: save it as 'CSV UTF-8'");
        return false;
    }
    enum csv_result result = csv_read(r);
    if (result == CSV_END) {
        csv_error(im, 1, NULL, "the file is empty: its first line names the columns");
    } else if (result == CSV_FAULT) {
        csv_error(im, r->fault_line, NULL, "%s", r->fault);
    }
    if (result != CSV_RECORD) {
        return false;
    }
    im->line = r->fields[0].line;
    im->columns_count = r->count;
    for (size_t i = 0; i < r->count; i++) {
        read_column(im, r->fields[i].text, &im->columns[i]);
    }
    check_columns(im);
    return im->faults_count == 0;
}

/* ---- cells ---- */

bool csv_cell(const struct csv_import *im, const char *name, struct slice *out)
{
    *out = (struct slice){0};
    for (size_t i = 0; i < im->columns_count && i < im->reader.count; i++) {
        const struct csv_column *column = &im->columns[i];
        if (column->spec && column->member.n == 0 && strcmp(column->spec->name, name) == 0) {
            *out = slice_trim(csv_text_of(im->reader.fields[i].text));
            return true;
        }
    }
    return false;
}

static size_t digits_at(struct slice text, size_t at)
{
    size_t n = 0;
    while (at + n < text.n && text.p[at + n] >= '0' && text.p[at + n] <= '9') {
        n++;
    }
    return n;
}

/* 4.00638E+12, as spreadsheets show (and then save) a number of more than eleven digits. */
static bool looks_shortened(struct slice text)
{
    size_t at = digits_at(text, 0);
    if (at == 0) {
        return false;
    }
    if (at < text.n && (text.p[at] == '.' || text.p[at] == ',')) {
        at += 1 + digits_at(text, at + 1);
    }
    if (at + 2 >= text.n || (text.p[at] != 'E' && text.p[at] != 'e') || text.p[at + 1] != '+') {
        return false;
    }
    return at + 2 + digits_at(text, at + 2) == text.n;
}

static void put_bool(struct json_writer *w, struct slice text)
{
    static const char *const yes[] = {"true", "yes", "1", "wahr", "vrai"};
    static const char *const no[] = {"false", "no", "0", "falsch", "faux"};
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        if (slice_equal_nocase(text, slice_of(yes[i])) ||
            slice_equal_nocase(text, slice_of(no[i]))) {
            json_put_bool(w, slice_equal_nocase(text, slice_of(yes[i])));
            return;
        }
    }
    json_put_text(w, text); /* which the form refuses */
}

static void put_object(struct csv_import *im, struct json_writer *w, size_t i, struct slice text)
{
    struct json value;
    struct err_note note;
    const struct csv_field *field = &im->reader.fields[i];
    if (!batch_json(im->b, im->cell_doc, text, &value, &note)) {
        csv_fault_add(im,
                      field->line,
                      im->columns[i].name,
                      arena_printf(&im->scratch,
                                   "this is not JSON, as {\"Size\":\"M\"} would be: %s",
                                   note.text));
        json_put_null(w);
    } else {
        json_put_raw(w, json_copy_text(value, &im->scratch));
    }
}

static void put_cell(struct csv_import *im, struct json_writer *w, size_t i)
{
    const struct csv_spec *spec = im->columns[i].spec;
    struct slice text = csv_text_of(im->reader.fields[i].text), trimmed = slice_trim(text);
    int64_t number;
    if (spec->cell == CELL_INFO || (trimmed.n == 0 && !spec->empty)) {
        return;
    }
    im->shortened[i] = looks_shortened(trimmed);
    json_key(w, spec->field);
    if (trimmed.n == 0 && !(spec->cell == CELL_TEXT && text.n)) {
        json_put_raw(w, slice_of(spec->empty));
        return;
    }
    switch (spec->cell) {
    case CELL_INT:
        if (slice_int(trimmed, &number)) {
            json_put_int(w, number);
        } else {
            json_put_text(w, trimmed); /* which the form refuses */
        }
        return;
    case CELL_BOOL:
        put_bool(w, trimmed);
        return;
    case CELL_OBJECT:
        put_object(im, w, i, trimmed);
        return;
    case CELL_TEXT:
        json_put_text(w, text);
        return;
    case CELL_CODE:
    case CELL_TIME:
    case CELL_INFO:
        json_put_text(w, trimmed);
        return;
    }
}

/* The cells of "option:Size" and the like, as one object. */
static void put_members(struct csv_import *im, struct json_writer *w)
{
    bool is_begun = false;
    for (size_t i = 0; i < im->columns_count && i < im->reader.count; i++) {
        const struct csv_column *column = &im->columns[i];
        struct slice text = csv_text_of(im->reader.fields[i].text);
        text.n = slice_trim(text).n ? text.n : 0;
        if (column->member.n == 0 || (text.n == 0 && !im->table->keeps_empty_members)) {
            continue;
        }
        if (!is_begun) {
            json_key(w, im->table->prefix_field);
            json_begin_object(w);
            is_begun = true;
        }
        im->shortened[i] = looks_shortened(slice_trim(text));
        json_key_slice(w, column->member);
        if (text.n) {
            json_put_text(w, text);
        } else {
            json_put_null(w);
        }
    }
    if (is_begun) {
        json_end_object(w);
    }
}

void csv_build_item(struct csv_import *im)
{
    const struct csv_reader *r = &im->reader;
    struct json_writer w = json_writer(&im->item);
    buf_clear(&im->item);
    json_begin_object(&w);
    if (im->table->fixed) {
        json_field_str(&w, "kind", im->table->fixed);
    }
    for (size_t i = 0; i < r->count; i++) {
        bool is_known = i < im->columns_count && im->columns[i].spec;
        im->shortened[i] = false;
        if (is_known && im->columns[i].member.n == 0) {
            put_cell(im, &w, i);
        } else if (!is_known && slice_trim(r->fields[i].text).n) {
            csv_error(im, r->fields[i].line, NULL, "cell %zu has no column name above it", i + 1);
        }
    }
    put_members(im, &w);
    json_end_object(&w);
}
