/* SPDX-License-Identifier: Apache-2.0 */
/* The CSV reader: whatever it gives can be written and read again to the same fields. */
#include "base/csv.h"
#include "fuzz.h"

static void check_line(const struct csv_reader *r, int64_t line, int64_t lines)
{
    must(line >= 1 && line <= lines);
    must(r->count <= CSV_FIELDS_MAX);
}

/* One record through the writer and back. */
static void write_again(const struct csv_reader *r)
{
    ON_EXIT(buf_free) struct buf out;
    ON_EXIT(csv_reader_free) struct csv_reader again;
    buf_init(&out, 4 * CSV_RECORD_MAX);
    struct csv_writer w = csv_writer(&out);
    for (size_t i = 0; i < r->count; i++) {
        csv_put_text(&w, csv_text_of(r->fields[i].text));
    }
    csv_end_record(&w);
    must(!out.overflow);
    csv_reader_init(&again, buf_view(&out));
    again.rest = buf_view(&out); /* it is no first line: no mark, no separator to be told */
    again.line = 1;
    again.separator = ',';
    bool has_content = false;
    for (size_t i = 0; i < r->count; i++) {
        has_content |= csv_text_of(r->fields[i].text).n > 0;
    }
    enum csv_result result = csv_read(&again);
    if (out.n > CSV_RECORD_MAX) {
        return; /* quotes and apostrophes made it too long */
    }
    must(result == (has_content ? CSV_RECORD : CSV_END) || result == CSV_FAULT);
    for (size_t i = 0; result == CSV_RECORD && i < r->count; i++) {
        must(slice_equal(csv_text_of(again.fields[i].text), csv_text_of(r->fields[i].text)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    ON_EXIT(csv_reader_free) struct csv_reader r;
    int64_t lines = (int64_t)size + 1;
    enum csv_result result;

    csv_reader_init(&r, text);
    while ((result = csv_read(&r)) != CSV_END) {
        if (result == CSV_FAULT) {
            must(r.fault);
            check_line(&r, r.fault_line, lines);
        } else {
            must(r.count > 0);
            check_line(&r, r.fields[0].line, lines);
            write_again(&r);
        }
    }
    must(r.rest.n == 0);
    return 0;
}
