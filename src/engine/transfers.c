/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/transfers.h"

void transfer_lines_write(const struct transfer *transfer, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_array(&w);
    for (size_t i = 0; i < transfer->lines_count; i++) {
        const struct transfer_line *line = &transfer->lines[i];
        json_begin_object(&w);
        json_field_int(&w, "sku", line->sku.v);
        json_field_int(&w, "quantity", line->quantity);
        json_field_int(&w, "received", line->received);
        json_field_int(&w, "damaged", line->damaged);
        json_field_int(&w, "short", line->missing);
        json_end_object(&w);
    }
    json_end_array(&w);
}

static bool line_read(struct json v, struct transfer_line *out)
{
    return json_int(json_get(v, "sku"), &out->sku.v) &&
           json_int(json_get(v, "quantity"), &out->quantity) &&
           json_int(json_get(v, "received"), &out->received) &&
           json_int(json_get(v, "damaged"), &out->damaged) &&
           json_int(json_get(v, "short"), &out->missing) && out->sku.v > 0 && out->received >= 0 &&
           out->damaged >= 0 && out->missing >= 0 && transfer_under_way(out) >= 0;
}

static void doc_free(struct json_doc **doc)
{
    json_doc_free(*doc);
}

enum err transfer_read(const struct transfer_row *row, struct arena *arena, struct transfer *out)
{
    ON_EXIT(doc_free) struct json_doc *doc = json_doc_new();
    struct err_note note;
    struct json list;
    if (!doc) {
        return ERR_MEMORY;
    }
    if (json_parse(doc, row->lines, &list, &note) || json_type(list) != JSON_ARRAY) {
        return ERR_CORRUPT;
    }
    *out = (struct transfer){.from = row->from, .to = row->to, .reference = row->reference};
    out->lines = ARENA_ARRAY(arena, json_count(list) + 1, struct transfer_line);
    if (!out->lines) {
        return ERR_LIMIT;
    }
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        if (!line_read(i.value, &out->lines[out->lines_count++])) {
            return ERR_CORRUPT;
        }
    }
    return ERR_OK;
}
