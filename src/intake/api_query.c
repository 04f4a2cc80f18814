/* SPDX-License-Identifier: Apache-2.0 */
/* Query parameters and the frame of lists. */
#include "base/times.h"
#include "engine/batch.h"
#include "intake/api_inner.h"

bool reading_query(struct reading *r, const char *name, struct slice *out)
{
    *out = (struct slice){0};
    http_query_get(r->x->request.query, name, r->arena, out);
    return out->n > 0;
}

bool reading_page(struct reading *r, struct store_query *q)
{
    struct slice text;
    int64_t limit = PAGE_DEFAULT, after = 0;
    if (reading_query(r, "limit", &text) &&
        (!slice_int(text, &limit) || limit < 1 || limit > PAGE_MAX)) {
        reading_problem(r, 400, "limit is off", "limit is a whole number from 1 to %d", PAGE_MAX);
        return false;
    }
    if (reading_query(r, "cursor", &text) && (!slice_int(text, &after) || after < 1)) {
        reading_problem(
            r, 400, "cursor is off", "give back the \"next\" of the page before, unchanged");
        return false;
    }
    q->limit = (size_t)limit;
    q->after = after;
    return true;
}

bool reading_channel(struct reading *r, struct store_query *q)
{
    struct slice code;
    if (!reading_query(r, "channel", &code)) {
        return true;
    }
    const struct channel_config *channel = config_channel_by_code(r->api->channels, code);
    if (!channel) {
        reading_problem(r, 404, "no such channel", "there is no channel '%.*s'", SLICE_ARG(code));
        return false;
    }
    q->channel = channel->row.id;
    return true;
}

const struct sku_row *reading_sku_by_code(struct reading *r, struct slice code)
{
    struct slice key = sku_code_key(code, r->arena);
    struct sku_row *row = NULL;
    struct alias_row *alias = NULL;
    enum err e = r->store->ops->skus_by_code(r->store, &key, 1, r->arena, &row);
    if (!e && !row) {
        e = r->store->ops->alias(r->store, key, r->arena, &alias);
    }
    if (!e && alias) {
        e = r->store->ops->skus(r->store, &alias->sku, 1, r->arena, &row);
    }
    return e ? NULL : row;
}

bool reading_sku(struct reading *r, struct store_query *q)
{
    struct slice code;
    if (!reading_query(r, "sku", &code)) {
        return true;
    }
    const struct sku_row *row = reading_sku_by_code(r, code);
    if (!row) {
        reading_problem(r, 404, "no such SKU", "there is no SKU '%.*s'", SLICE_ARG(code));
        return false;
    }
    q->sku = row->id;
    return true;
}

bool reading_location(struct reading *r, struct store_query *q)
{
    struct slice code;
    if (!reading_query(r, "location", &code)) {
        return true;
    }
    const struct location_row *row = config_location_by_code(r->api->channels, code);
    if (!row) {
        reading_problem(r, 404, "no such location", "there is no location '%.*s'", SLICE_ARG(code));
        return false;
    }
    q->location = row->id;
    return true;
}

bool reading_time(struct reading *r, const char *name, int64_t *out_us)
{
    struct slice text;
    if (reading_query(r, name, &text) && !time_parse_rfc3339(text, out_us)) {
        reading_problem(
            r, 400, "a time is off", "%s is an RFC 3339 time, such as 2026-11-23T05:45:00Z", name);
        return false;
    }
    return true;
}

void reading_begin_list(struct reading *r)
{
    json_begin_object(&r->show.w);
    json_key(&r->show.w, "items");
    json_begin_array(&r->show.w);
}

int reading_end_list(struct reading *r, size_t count, size_t limit, int64_t last_id)
{
    json_end_array(&r->show.w);
    if (count == limit && last_id) {
        char next[24];
        int n = snprintf(next, sizeof(next), "%" PRId64, last_id);
        json_field_text(&r->show.w, "next", (struct slice){next, (size_t)n});
    } else {
        json_field_null(&r->show.w, "next");
    }
    json_end_object(&r->show.w);
    return 200;
}
