/* SPDX-License-Identifier: Apache-2.0 */
/* A file of first figures: kept for a location until they are booked, and replaced by the next. */
#include "engine/csv_table.h"
#include "engine/request_opening.h"
#include "engine/request_parts.h"

static const struct csv_spec specs[] = {
    {"sku", "sku", CELL_CODE, NULL, true},
    {"quantity", "quantity", CELL_INT, NULL, true},
    {"location", "location", CELL_CODE, NULL, false},
    {"title", NULL, CELL_INFO, NULL, false},
    {"state", NULL, CELL_INFO, NULL, false},
    {"why", NULL, CELL_INFO, NULL, false},
    {"on_hand", NULL, CELL_INFO, NULL, false},
    {"agreed", NULL, CELL_INFO, NULL, false},
    {"channel", "channel", CELL_INFO, NULL, false},
};

static const struct location_row *location_of(struct csv_import *im)
{
    struct slice code = {0};
    http_query_get(im->turn->query, "location", &im->b->arena, &code);
    const struct location_row *location = config_location_by_code(im->b->config, code);
    return location && location->is_active ? location : NULL;
}

static void begin(struct csv_import *im)
{
    im->own = (void *)(uintptr_t)location_of(im);
}

static void line(struct csv_import *im, struct json item)
{
    static const char *const fields[] = {"sku", "quantity", "location", "channel"};
    const struct location_row *location = im->own;
    struct slice said = {0};
    int64_t quantity = 0;
    struct form f = form_begin(im->b, im->turn, item, "", fields, COUNT_OF(fields));
    if (!form_has(&f, "quantity") && form_ok(&f)) {
        return; /* a line without a figure says nothing */
    }
    const struct batch_sku *sku = form_stocked_sku(&f, "sku", "count its components");
    form_int(&f, "quantity", 0, QTY_MAX, &quantity);
    form_text(&f, "location", 0, &said);
    if (form_ok(&f) && said.n && !slice_equal(said, location->code)) {
        form_refuse(&f,
                    422,
                    "other-location",
                    "location",
                    "location: this line is of '%.*s', the file was sent for '%.*s'",
                    SLICE_ARG(said),
                    SLICE_ARG(location->code));
    }
    if (!form_ok(&f) || !csv_first(im, MAP_KEY(&sku->row.id), "sku", sku->row.code)) {
        return;
    }
    struct opening_line_row *row = ARENA_NEW(&im->b->arena, struct opening_line_row);
    if (row) {
        *row = (struct opening_line_row){.location = location->id,
                                         .sku = sku->row.id,
                                         .quantity = quantity,
                                         .at_us = im->b->now_us};
    }
    request_change(im->b, &im->b->changes.opening_lines, row);
    csv_fact(im, sku->row.code, item, "channel");
    im->created++;
}

static void end(struct csv_import *im)
{
    const struct location_row *location = im->own;
    struct opening_line_row *gone = ARENA_NEW(&im->b->arena, struct opening_line_row);
    if (gone) {
        *gone = (struct opening_line_row){.location = location->id};
    }
    request_change(im->b, &im->b->changes.opening_files_gone, gone);
}

static const struct csv_table table = {.name = "opening",
                                       .event = "opening_file",
                                       .specs = specs,
                                       .specs_count = COUNT_OF(specs),
                                       .prefix = "channel:",
                                       .prefix_field = "channel",
                                       .begin = begin,
                                       .line = line,
                                       .end = end};

void request_opening_file(struct batch *b, struct turn *turn)
{
    struct slice code = {0};
    http_query_get(turn->query, "location", &turn->arena, &code);
    const struct location_row *location = config_location_by_code(b->config, code);
    if (!location || !location->is_active) {
        request_refuse(turn,
                       422,
                       "no-location",
                       "location",
                       "location: '%.*s' is no active location; say which one was counted with "
                       "?location=CODE",
                       SLICE_ARG(code));
        return;
    }
    csv_import_table(b, turn, &table);
}
