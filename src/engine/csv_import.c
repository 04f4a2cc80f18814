/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to items: the header, the cells, the errors, the answer. */
#include "base/crypto.h"
#include "engine/csv_table.h"
#include "engine/problem.h"
#include "engine/request_parts.h"

#define ITEM_MAX ((size_t)8 << 20)
#define TOLD_MAX ((size_t)32 << 20)
#define FACTS_MAX ((size_t)1 << 20) /* of one event, about */

static const struct csv_table *const tables[CSV_KINDS] = {
    [CSV_SKUS] = &csv_table_skus,
    [CSV_STOCK] = &csv_table_stock,
    [CSV_LISTINGS] = &csv_table_listings,
    [CSV_BUNDLES] = &csv_table_bundles,
    [CSV_MOVEMENTS] = &csv_table_movements,
};

const char *csv_kind_text(enum csv_kind kind)
{
    must(kind < CSV_KINDS);
    return tables[kind]->name;
}

bool csv_kind_parse(struct slice text, enum csv_kind *out)
{
    for (size_t i = 0; i < CSV_KINDS; i++) {
        if (slice_is(text, tables[i]->name)) {
            *out = (enum csv_kind)i;
            return true;
        }
    }
    return false;
}

/* ---- errors ---- */

void csv_fault_add(struct csv_import *im, int64_t line, struct slice column, struct slice detail)
{
    struct arena *arena = &im->b->arena;
    if (++im->faults_count > CSV_TOLD_MAX) {
        return;
    }
    struct csv_fault *fault = ARENA_NEW(arena, struct csv_fault);
    if (fault) {
        *fault = (struct csv_fault){line, arena_copy(arena, column), arena_copy(arena, detail)};
    }
    request_change(im->b, &im->faults, fault);
}

void csv_error(struct csv_import *im, int64_t line, const char *column, const char *format, ...)
{
    char detail[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    csv_fault_add(im, line, slice_of(column), slice_of(detail));
}

/* "components[0].quantity" is the column quantity; NULL: none. */
static const struct csv_spec *spec_of_field(const struct csv_import *im, struct slice field)
{
    const struct csv_table *table = im->table;
    for (size_t i = 0; field.n && i < table->specs_count; i++) {
        if (table->specs[i].field && slice_is(field, table->specs[i].field)) {
            return &table->specs[i];
        }
    }
    return NULL;
}

static const char shortened_text[] =
    "looks like a long number that a spreadsheet shortened: give the column the format Text and "
    "fill in the whole code";

bool csv_is_shortened(struct csv_import *im, const char *field)
{
    for (size_t i = 0; i < im->columns_count; i++) {
        const struct csv_column *column = &im->columns[i];
        if (im->shortened[i] && column->spec->field && strcmp(column->spec->field, field) == 0) {
            struct slice text = slice_trim(im->reader.fields[i].text);
            csv_fault_add(im,
                          im->reader.fields[i].line,
                          column->name,
                          arena_printf(&im->scratch, "'%.*s' %s", SLICE_ARG(text), shortened_text));
            return true;
        }
    }
    return false;
}

bool csv_take_refusal(struct csv_import *im, int64_t line)
{
    struct turn *turn = im->turn;
    struct json said;
    struct err_note note;
    struct slice detail = SLICE("refused"), field = {0};
    if (!request_refused(turn) || im->b->err) {
        return false;
    }
    if (batch_json(im->b, im->cell_doc, buf_view(&turn->answer), &said, &note)) {
        (void)json_text(json_get(said, "detail"), &detail);
        (void)json_text(json_get(said, "field"), &field);
    }
    const struct csv_spec *spec = spec_of_field(im, field);
    struct slice column = spec ? slice_of(spec->name) : field;
    if (field.n && detail.n > field.n && memcmp(detail.p, field.p, field.n) == 0) {
        struct slice rest = slice_from(detail, field.n);
        detail = arena_printf(&im->scratch, "%.*s%.*s", SLICE_ARG(column), SLICE_ARG(rest));
    }
    turn->status = 0;
    if (!spec || line != im->line || !csv_is_shortened(im, spec->field)) {
        csv_fault_add(im, line, column, detail);
    }
    buf_clear(&turn->answer);
    return true;
}

bool csv_first(struct csv_import *im, struct slice key, const char *column, struct slice name)
{
    const int64_t *before = map_get(&im->seen, key);
    if (before) {
        csv_error(im,
                  im->line,
                  column,
                  "'%.*s' is on line %" PRId64 " already",
                  SLICE_ARG(name),
                  *before);
        return false;
    }
    int64_t *line = ARENA_NEW(&im->b->arena, int64_t);
    if (!line) {
        batch_fail(im->b, ERR_LIMIT, "a table");
        return false;
    }
    *line = im->line;
    if (!map_set(&im->seen, key, line)) {
        batch_fail(im->b, ERR_MEMORY, "a table");
    }
    return true;
}

/* ---- lines ---- */

static bool is_blank(const struct csv_reader *r)
{
    for (size_t i = 0; i < r->count; i++) {
        if (slice_trim(r->fields[i].text).n) {
            return false;
        }
    }
    return true;
}

static void read_line(struct csv_import *im)
{
    int64_t faults = im->faults_count;
    struct json item;
    struct err_note note = {""};
    arena_clear(&im->scratch);
    im->line = im->reader.fields[0].line;
    im->lines++;
    memset(im->shortened, 0, sizeof(im->shortened));
    csv_build_item(im);
    if (im->faults_count > faults) {
        return;
    }
    if (im->item.overflow || !batch_json(im->b, im->doc, buf_view(&im->item), &item, &note)) {
        csv_error(im, im->line, NULL, "the line cannot be read: %s", note.text);
        return;
    }
    im->table->line(im, item);
    (void)csv_take_refusal(im, im->line);
}

static void read_lines(struct csv_import *im)
{
    enum csv_result result;
    while (!im->b->err && (result = csv_read(&im->reader)) != CSV_END) {
        if (im->lines == CSV_LINES_MAX) {
            csv_error(im,
                      im->reader.fields[0].line,
                      NULL,
                      "the file has more than %d lines: split it",
                      CSV_LINES_MAX);
            return;
        }
        if (result == CSV_FAULT) {
            im->lines++;
            csv_error(im, im->reader.fault_line, NULL, "%s", im->reader.fault);
        } else if (!is_blank(&im->reader)) {
            read_line(im);
        }
    }
}

/* ---- the log ---- */

void csv_fact(struct csv_import *im, struct slice subject, struct json said, const char *except)
{
    struct arena *arena = &im->b->arena;
    struct json_writer w = json_writer(&im->other);
    buf_clear(&im->other);
    json_begin_object(&w);
    for (struct json_iter i = json_iter(said); json_next(&i);) {
        if (!except || !slice_is(i.key, except)) {
            json_key_slice(&w, i.key);
            json_put_raw(&w, json_copy_text(i.value, &im->scratch));
        }
    }
    json_end_object(&w);
    struct csv_fact *fact = ARENA_NEW(arena, struct csv_fact);
    if (fact) {
        *fact = (struct csv_fact){im->line, subject, arena_copy(arena, buf_view(&im->other))};
    }
    if (im->other.overflow) {
        batch_fail(im->b, ERR_LIMIT, "a table's facts");
    }
    request_change(im->b, &im->facts, fact);
}

static void put_requests(struct csv_import *im, struct json_writer *w, size_t first, size_t count)
{
    json_key(w, "requests");
    json_begin_array(w);
    for (size_t i = first; i < first + count; i++) {
        const struct csv_fact *fact = im->facts.items[i];
        json_begin_object(w);
        json_field_int(w, "line", fact->line);
        json_field_text(w, "subject", fact->subject);
        json_field_raw(w, "request", fact->request);
        json_end_object(w);
    }
    json_end_array(w);
}

static void
put_list(struct csv_import *im, struct json_writer *w, size_t first, size_t count, const char *name)
{
    json_key(w, "request");
    json_begin_object(w);
    json_key(w, name);
    json_begin_array(w);
    for (size_t i = first; i < first + count; i++) {
        json_put_raw(w, ((const struct csv_fact *)im->facts.items[i])->request);
    }
    json_end_array(w);
    json_end_object(w);
}

int64_t csv_log_part(struct csv_import *im, size_t first, size_t count, const char *as_list)
{
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, REQUEST_FACTS_MAX);
    struct json_writer w = json_writer(&facts);
    json_begin_object(&w);
    json_field_int(&w, "token", im->turn->token_id);
    json_field_int(&w, "csv", im->event);
    if (as_list) {
        put_list(im, &w, first, count, as_list);
    } else {
        put_requests(im, &w, first, count);
    }
    json_end_object(&w);
    if (facts.overflow) {
        batch_fail(im->b, ERR_LIMIT, "a table's facts");
    }
    return batch_event(im->b,
                       im->table->event,
                       (struct channel_id){0},
                       arena_printf(&im->b->arena, "import %" PRId64, im->event),
                       buf_view(&facts));
}

void csv_log(struct csv_import *im)
{
    size_t first = 0, bytes = 0;
    for (size_t i = 0; i < im->facts.count && !im->b->err; i++) {
        bytes += ((const struct csv_fact *)im->facts.items[i])->request.n;
        bool is_last = i + 1 == im->facts.count;
        if (is_last || i + 1 - first == CSV_EVENT_LINES || bytes >= FACTS_MAX) {
            csv_log_part(im, first, i + 1 - first, NULL);
            first = i + 1;
            bytes = 0;
        }
    }
}

static void log_import(struct csv_import *im)
{
    ON_EXIT(buf_free) struct buf facts;
    uint8_t digest[32];
    char hex[2 * sizeof(digest) + 1];
    buf_init(&facts, 4096);
    blake2b(digest, sizeof(digest), &im->turn->body, 1);
    for (size_t i = 0; i < sizeof(digest); i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    struct json_writer w = json_writer(&facts);
    json_begin_object(&w);
    json_field_int(&w, "token", im->turn->token_id);
    json_field_str(&w, "kind", im->table->name);
    json_field_int(&w, "lines", im->lines);
    json_field_int(&w, "created", im->created);
    json_field_int(&w, "changed", im->changed);
    json_field_int(&w, "unchanged", im->unchanged);
    json_field_int(&w, "bytes", (int64_t)im->turn->body.n);
    json_field_str(&w, "digest", hex);
    json_end_object(&w);
    im->event = batch_event(
        im->b, "csv_import", (struct channel_id){0}, slice_of(im->table->name), buf_view(&facts));
}

/* ---- the answer ---- */

struct json_writer *csv_change(struct csv_import *im, int64_t line, const char *what)
{
    if (im->changes_count == CSV_TOLD_MAX) {
        return NULL;
    }
    im->changes_count++;
    json_begin_object(&im->changes);
    json_field_int(&im->changes, "line", line);
    json_field_str(&im->changes, "what", what);
    return &im->changes;
}

void csv_change_end(struct csv_import *im)
{
    json_end_object(&im->changes);
}

static int by_line(const void *a, const void *b)
{
    const struct csv_fault *one = *(const struct csv_fault *const *)a;
    const struct csv_fault *other = *(const struct csv_fault *const *)b;
    return (one->line > other->line) - (one->line < other->line);
}

static void put_faults(struct csv_import *im, struct json_writer *w)
{
    if (im->faults.count) {
        qsort(im->faults.items, im->faults.count, sizeof(im->faults.items[0]), by_line);
    }
    json_key(w, "errors");
    json_begin_array(w);
    for (size_t i = 0; i < im->faults.count; i++) {
        const struct csv_fault *fault = im->faults.items[i];
        json_begin_object(w);
        json_field_int(w, "line", fault->line);
        if (fault->column.n) {
            json_field_text(w, "column", fault->column);
        } else {
            json_field_null(w, "column");
        }
        json_field_text(w, "detail", fault->detail);
        json_end_object(w);
    }
    json_end_array(w);
    json_field_int(w, "errors_count", im->faults_count);
}

/* The same members whether it worked or not; a problem has those of a problem before them. */
static void answer(struct csv_import *im, bool was_dry)
{
    struct turn *turn = im->turn;
    bool is_good = im->faults_count == 0;
    struct json_writer w;
    turn->status = is_good ? 200 : 422;
    if (is_good) {
        w = json_writer(&turn->answer);
        json_begin_object(&w);
    } else {
        w = problem_begin(
            &turn->answer, 422, "csv", SLICE("the file has errors: nothing of it was kept"));
    }
    json_field_str(&w, "kind", im->table->name);
    json_field_int(&w, "lines", im->lines);
    json_field_int(&w, "created", is_good ? im->created : 0);
    json_field_int(&w, "changed", is_good ? im->changed : 0);
    json_field_int(&w, "unchanged", is_good ? im->unchanged : 0);
    json_field_bool(&w, "dry_run", was_dry);
    json_end_array(&im->changes);
    json_field_raw(&w, "changes", is_good ? buf_view(&im->told) : SLICE("[]"));
    put_faults(im, &w);
    json_end_object(&w);
}

/* ---- the request ---- */

static void import_free(struct csv_import *im)
{
    if (im->table->free && im->own) {
        im->table->free(im);
    }
    csv_reader_free(&im->reader);
    json_doc_free(im->doc);
    json_doc_free(im->cell_doc);
    json_doc_free(im->other_doc);
    buf_free(&im->item);
    buf_free(&im->other);
    buf_free(&im->told);
    arena_free(&im->scratch);
    map_free(&im->seen);
    free(im);
}

static struct csv_import *
import_new(struct batch *b, struct turn *turn, const struct csv_table *table)
{
    struct csv_import *im = calloc(1, sizeof(*im));
    if (!im) {
        return NULL;
    }
    im->b = b;
    im->turn = turn;
    im->table = table;
    csv_reader_init(&im->reader, turn->body);
    im->doc = json_doc_new();
    im->cell_doc = json_doc_new();
    im->other_doc = json_doc_new();
    buf_init(&im->item, ITEM_MAX);
    buf_init(&im->other, ITEM_MAX);
    buf_init(&im->told, TOLD_MAX);
    arena_init(&im->scratch, ITEM_MAX);
    map_init(&im->seen);
    im->changes = json_writer(&im->told);
    json_begin_array(&im->changes);
    if (!im->doc || !im->cell_doc || !im->other_doc) {
        import_free(im);
        return NULL;
    }
    return im;
}

static void keep(struct csv_import *im)
{
    request_needs_no_parked(im->b);
    log_import(im);
    if (im->table->keep) {
        im->table->keep(im);
    } else {
        csv_log(im);
    }
    if (im->table->kept && !im->b->err) {
        im->table->kept(im);
    }
}

static void run(struct csv_import *im)
{
    const bool was_dry = im->turn->is_dry_run;
    if (im->table->begin) {
        im->table->begin(im);
    }
    if (!im->b->err && csv_read_header(im)) {
        read_lines(im);
        if (im->table->end && !im->b->err) {
            im->table->end(im);
        }
    }
    if (!im->b->err && im->faults_count == 0) {
        keep(im);
    }
    if (im->b->err) {
        return;
    }
    im->turn->is_dry_run = was_dry || im->faults_count > 0; /* of a faulty one nothing is kept */
    answer(im, was_dry);
}

void csv_import_table(struct batch *b, struct turn *turn, const struct csv_table *table)
{
    if (b->turns_count > 1) {
        batch_fail(b, ERR_CONFLICT, "a table is a commit of its own");
        return;
    }
    struct csv_import *im = import_new(b, turn, table);
    if (!im) {
        batch_fail(b, ERR_MEMORY, "a table");
        return;
    }
    run(im);
    import_free(im);
}

void request_csv_import(struct batch *b, struct turn *turn)
{
    enum csv_kind kind;
    if (csv_kind_parse(turn->args[0], &kind)) {
        csv_import_table(b, turn, tables[kind]);
    } else {
        request_not_found(turn, "kind of table");
    }
}
