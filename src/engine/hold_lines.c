/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/hold_lines.h"

void hold_lines_write(const struct hold_line *lines, size_t count, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&w);
        json_field_int(&w, "sku", lines[i].sku.v);
        json_field_text(&w, "code", lines[i].code);
        json_field_int(&w, "quantity", lines[i].quantity);
        json_key(&w, "picks");
        json_begin_array(&w);
        for (size_t p = 0; p < lines[i].picks_count; p++) {
            const struct hold_pick *pick = &lines[i].picks[p];
            json_begin_object(&w);
            json_field_int(&w, "sku", pick->sku.v);
            json_field_int(&w, "location", pick->location.v);
            json_field_int(&w, "quantity", pick->quantity);
            json_end_object(&w);
        }
        json_end_array(&w);
        json_end_object(&w);
    }
    json_end_array(&w);
}

static bool read_picks(struct json list, struct arena *arena, struct hold_line *line)
{
    line->picks = ARENA_ARRAY(arena, json_count(list) + 1, struct hold_pick);
    for (struct json_iter i = json_iter(list); line->picks && json_next(&i);) {
        struct hold_pick *pick = &line->picks[line->picks_count++];
        if (!json_int(json_get(i.value, "sku"), &pick->sku.v) ||
            !json_int(json_get(i.value, "location"), &pick->location.v) ||
            !json_int(json_get(i.value, "quantity"), &pick->quantity) || pick->sku.v <= 0 ||
            pick->location.v <= 0 || pick->quantity <= 0) {
            return false;
        }
    }
    return line->picks != NULL;
}

static void doc_free(struct json_doc **doc)
{
    json_doc_free(*doc);
}

enum err
hold_lines_read(struct slice text, struct arena *arena, struct hold_line **out, size_t *out_count)
{
    ON_EXIT(doc_free) struct json_doc *doc = json_doc_new();
    struct err_note note;
    struct json list;
    if (!doc) {
        return ERR_MEMORY;
    }
    if (json_parse(doc, text, &list, &note) || json_type(list) != JSON_ARRAY) {
        return ERR_CORRUPT;
    }
    size_t count = 0;
    struct hold_line *lines = ARENA_ARRAY(arena, json_count(list) + 1, struct hold_line);
    for (struct json_iter i = json_iter(list); lines && json_next(&i);) {
        struct hold_line *line = &lines[count++];
        struct slice code = {0};
        if (!json_int(json_get(i.value, "sku"), &line->sku.v) ||
            !json_text(json_get(i.value, "code"), &code) ||
            !json_int(json_get(i.value, "quantity"), &line->quantity) ||
            !read_picks(json_get(i.value, "picks"), arena, line)) {
            return arena->exhausted ? ERR_LIMIT : ERR_CORRUPT;
        }
        line->code = arena_copy(arena, code);
    }
    if (arena->exhausted) {
        return ERR_LIMIT;
    }
    *out = lines;
    *out_count = count;
    return ERR_OK;
}
