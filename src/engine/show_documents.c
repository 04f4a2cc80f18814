/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers and count sessions, as the API shows them. */
#include "engine/show.h"

static void
show_transfer_line(struct show *s, const struct transfer_row *row, const struct transfer_line *line)
{
    struct json_writer *w = &s->w;
    bool is_under_way = row->state == TRANSFER_IN_TRANSIT;
    json_begin_object(w);
    show_sku_code(s, "sku", line->sku);
    json_field_int(w, "quantity", line->quantity);
    json_field_int(w, "received", line->received);
    json_field_int(w, "damaged", line->damaged);
    json_field_int(w, "short", line->missing);
    json_field_int(w, "in_transit", is_under_way ? transfer_under_way(line) : 0);
    json_end_object(w);
}

void show_transfer(struct show *s,
                   const struct transfer_row *row,
                   const struct transfer *doc,
                   int64_t now_us)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->id);
    json_field_str(w, "state", transfer_state_text(row->state));
    show_location_code(s, "from", row->from);
    show_location_code(s, "to", row->to);
    json_field_text(w, "reference", row->reference);
    json_key(w, "lines");
    json_begin_array(w);
    for (size_t i = 0; i < doc->lines_count; i++) {
        show_transfer_line(s, row, &doc->lines[i]);
    }
    json_end_array(w);
    json_field_time(w, "created_at", row->created_at_us);
    json_field_time(w, "shipped_at", row->shipped_at_us);
    json_field_time(w, "closed_at", row->closed_at_us);
    if (row->state == TRANSFER_IN_TRANSIT) {
        int64_t age_us = now_us > row->shipped_at_us ? now_us - row->shipped_at_us : 0;
        json_field_int(w, "in_transit_seconds", age_us / US_PER_S);
    } else {
        json_field_null(w, "in_transit_seconds");
    }
    json_end_object(w);
}

static void show_count_line(struct show *s, const struct count_shown *shown)
{
    struct json_writer *w = &s->w;
    const struct count_line_row *line = shown->line;
    bool is_counted = line->counted != POLICY_UNSET;
    json_begin_object(w);
    show_sku_code(s, "sku", line->sku);
    show_limit(s, "counted", line->counted);
    json_field_time(w, "counted_at", is_counted ? line->counted_at_us : 0);
    if (shown->has_there) {
        json_field_int(w, "expected", shown->there);
    } else {
        json_field_null(w, "expected");
    }
    if (shown->has_there && is_counted) {
        json_field_int(w, "difference", line->counted - shown->there);
    } else {
        json_field_null(w, "difference");
    }
    json_end_object(w);
}

void show_count(struct show *s,
                const struct count_row *row,
                const struct count_shown *lines,
                size_t lines_count)
{
    struct json_writer *w = &s->w;
    json_begin_object(w);
    show_id(s, "id", row->id);
    json_field_str(w, "state", count_state_text(row->state));
    show_location_code(s, "location", row->location);
    json_field_text(w, "reference", row->reference);
    json_field_text(w, "reason", row->reason);
    json_field_bool(w, "blind", row->is_blind);
    if (lines) {
        json_key(w, "lines");
        json_begin_array(w);
        for (size_t i = 0; i < lines_count; i++) {
            show_count_line(s, &lines[i]);
        }
        json_end_array(w);
    }
    json_field_time(w, "created_at", row->created_at_us);
    json_field_time(w, "closed_at", row->closed_at_us);
    json_end_object(w);
}
