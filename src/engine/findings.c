/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/findings.h"

#define PAGE 500
#define LOOK_MAX 20000 /* rows for one page of an answer */

/* False: it is over. */
static enum err look(struct store *store,
                     const struct finding_row *row,
                     struct arena *arena,
                     struct finding_shown *out,
                     bool *out_stands)
{
    struct rows listings = {0};
    *out = (struct finding_shown){.row = row};
    *out_stands =
        finding_parse(row->kind, &out->kind); /* of a later version: not ours to explain */
    if (!row->channel.v || !*out_stands) {
        return ERR_OK;
    }
    enum err e = store->ops->listings_by_key(store, row->channel, row->key, arena, &listings);
    if (!e && listings.count) {
        out->listing = ((const struct listing_row *)listings.items[0])->id;
        *out_stands = !finding_ends_when_listed(out->kind);
    }
    return e;
}

enum err findings_list(struct store *store,
                       const struct store_query *q,
                       struct arena *arena,
                       struct rows *out,
                       int64_t *out_next)
{
    struct store_query page = *q;
    enum err e = ERR_OK;
    bool more = true;
    page.limit = q->limit < PAGE ? q->limit : PAGE;
    for (size_t looked = 0; !e && more && out->count < q->limit && looked < LOOK_MAX;) {
        struct rows rows = {0};
        size_t i = 0;
        e = store->ops->list_findings(store, &page, arena, &rows);
        for (; !e && i < rows.count && out->count < q->limit; i++) {
            struct finding_shown *shown = ARENA_NEW(arena, struct finding_shown);
            const struct finding_row *row = rows.items[i];
            bool stands = false;
            e = shown ? look(store, row, arena, shown, &stands) : ERR_LIMIT;
            if (!e && stands) {
                e = rows_add(out, arena, shown) ? ERR_OK : ERR_LIMIT;
            }
            page.after = row->id;
        }
        more = rows.count == page.limit || i < rows.count;
        looked += i;
    }
    *out_next = more ? page.after : 0;
    return e;
}

struct slice finding_detail(const struct finding_shown *finding)
{
    return finding->row->detail.n ? finding->row->detail : slice_of(finding_about(finding->kind));
}

static void field_or_null(struct json_writer *w, const char *key, struct slice text)
{
    if (text.n) {
        json_field_text(w, key, text);
    } else {
        json_field_null(w, key);
    }
}

void show_finding(struct show *s, const struct finding_shown *finding)
{
    struct json_writer *w = &s->w;
    const struct finding_row *row = finding->row;
    json_begin_object(w);
    show_id(s, "id", row->id);
    if (row->channel.v) {
        show_channel_code(s, "channel", row->channel);
    } else {
        json_field_null(w, "channel");
    }
    json_field_text(w, "kind", row->kind);
    json_field_text(w, "sku", row->code);
    json_field_text(w, "title", row->title);
    json_field_raw(w, "remote", row->remote);
    field_or_null(w, "other", row->other);
    if (row->units) {
        json_field_int(w, "units", row->units);
    } else {
        json_field_null(w, "units");
    }
    json_field_str(w, "about", finding_about(finding->kind));
    json_field_text(w, "detail", finding_detail(finding));
    json_field_str(w, "action", finding_todo(finding->kind));
    show_id(s, "listing", finding->listing.v);
    show_id(s, "job", row->job);
    json_field_time(w, "seen_at", row->at_us);
    json_end_object(w);
}
