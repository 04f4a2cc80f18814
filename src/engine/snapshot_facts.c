/* SPDX-License-Identifier: Apache-2.0 */
/* An order snapshot as the JSON that the log keeps: all that is needed to apply it again. */
#include "engine/snapshot_facts.h"

void snapshot_write(const struct order_snapshot *snapshot, struct json_writer *w)
{
    json_begin_object(w);
    json_field_text(w, "id", snapshot->id);
    json_field_text(w, "version", snapshot->version_text);
    if (snapshot->placed_at_us) {
        json_field_time(w, "placed_at", snapshot->placed_at_us);
    }
    if (snapshot->fetched_at_us) {
        json_field_time(w, "fetched_at", snapshot->fetched_at_us);
    }
    if (snapshot->country.n) {
        json_field_text(w, "country", snapshot->country);
    }
    if (snapshot->region.n) {
        json_field_text(w, "region", snapshot->region);
    }
    if (snapshot->is_test) {
        json_field_bool(w, "test", true);
    }
    json_key(w, "lines");
    json_begin_array(w);
    for (size_t i = 0; i < snapshot->lines_count; i++) {
        const struct snapshot_line *s = &snapshot->lines[i];
        const struct {
            const char *key;
            int64_t value;
        } counts[] = {{"ordered", s->ordered},
                      {"cancelled", s->cancelled},
                      {"fulfilled", s->fulfilled},
                      {"returned", s->returned},
                      {"restocked", s->restocked},
                      {"no_restock", s->no_restock}};
        json_begin_object(w);
        json_field_text(w, "id", s->id);
        json_field_text(w, "remote", s->remote);
        if (s->remote_other.n) {
            json_field_text(w, "other", s->remote_other);
        }
        if (s->location.n) {
            json_field_text(w, "location", s->location);
        }
        for (size_t k = 0; k < COUNT_OF(counts); k++) {
            if (counts[k].value || k == 0) {
                json_field_int(w, counts[k].key, counts[k].value);
            }
        }
        if (s->taken != TAKEN_UNSAID) {
            json_field_int(w, "taken", s->taken);
        }
        if (s->channel_fulfilled) {
            json_field_bool(w, "elsewhere", true);
        }
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}
