/* SPDX-License-Identifier: Apache-2.0 */
/* Listings from a table: created, or their policy changed in the columns that are there. */
#include "engine/csv_table.h"
#include "engine/request_parts.h"

static const struct csv_spec specs[] = {
    {"channel", "channel", CELL_CODE, NULL, true},
    {"sku", "sku", CELL_CODE, NULL, true},
    {"remote", "remote", CELL_OBJECT, NULL, false},
    {"location", "location", CELL_CODE, NULL, false},
    {"pack_size", "pack_size", CELL_INT, "1", false},
    {"buffer", "buffer", CELL_INT, "null", false},
    {"percent", "percent", CELL_INT, "null", false},
    {"cap", "cap", CELL_INT, "null", false},
    {"min_to_list", "min_to_list", CELL_INT, "null", false},
    {"paused", "paused", CELL_BOOL, "false", false},
};

static const char *const fields[] = {"channel",
                                     "sku",
                                     "remote",
                                     "location",
                                     "pack_size",
                                     "buffer",
                                     "percent",
                                     "cap",
                                     "min_to_list",
                                     "paused"};

static void
put_limit(struct json_writer *w, const char *key, int64_t value, int64_t other, bool is_all)
{
    if (!is_all && value == other) {
        return;
    }
    if (value == POLICY_UNSET) {
        json_field_null(w, key);
    } else {
        json_field_int(w, key, value);
    }
}

/* Where the two differ; other NULL: all of it. */
static void
put_row(struct json_writer *w, const struct listing_row *row, const struct listing_row *other)
{
    const struct listing_row none = {0};
    bool is_all = other == NULL;
    other = other ? other : &none;
    json_begin_object(w);
    put_limit(w, "pack_size", row->pack_size, other->pack_size, is_all);
    put_limit(w, "buffer", row->buffer, other->buffer, is_all);
    put_limit(w, "percent", row->percent, other->percent, is_all);
    put_limit(w, "cap", row->cap, other->cap, is_all);
    put_limit(w, "min_to_list", row->min_to_list, other->min_to_list, is_all);
    if (is_all || row->paused != other->paused) {
        json_field_bool(w, "paused", row->paused);
    }
    json_end_object(w);
}

static void tell(struct csv_import *im,
                 const char *what,
                 const struct listing_row *before,
                 const struct listing_row *after)
{
    const struct batch_sku *sku = batch_sku(im->b, after->sku);
    const struct channel_config *channel = config_channel(im->b->config, after->channel);
    struct json_writer *w = sku && channel ? csv_change(im, im->line, what) : NULL;
    if (!w) {
        return;
    }
    json_field_text(w, "sku", sku->row.code);
    json_field_text(w, "channel", channel->row.code);
    json_field_raw(w, "remote", after->remote);
    json_key(w, "before");
    if (before) {
        put_row(w, before, after);
    } else {
        json_put_null(w);
    }
    json_key(w, "after");
    put_row(w, after, before);
    csv_change_end(im);
}

static struct slice subject_of(struct csv_import *im, const struct listing_row *row)
{
    return arena_printf(&im->b->arena, "listing %" PRId64, row->id.v);
}

static void create(struct csv_import *im, struct listing_row *row, struct json item)
{
    struct batch *b = im->b;
    if (csv_is_shortened(im, "remote")) {
        return;
    }
    row->id = (struct listing_id){b->store->ops->next_id(b->store, ID_LISTING)};
    struct batch_listing *listing = batch_listing_add(b, row);
    if (listing) {
        request_change(b, im->own, listing);
        csv_fact(im, subject_of(im, row), item, NULL);
        tell(im, "created", NULL, row);
        im->created++;
    }
}

static bool is_same(const struct listing_row *a, const struct listing_row *b)
{
    return a->pack_size == b->pack_size && a->buffer == b->buffer && a->percent == b->percent &&
           a->cap == b->cap && a->min_to_list == b->min_to_list && a->paused == b->paused;
}

static void line(struct csv_import *im, struct json item)
{
    struct form f = form_begin(im->b, im->turn, item, "", fields, COUNT_OF(fields));
    struct listing_row row;
    struct batch_listing *listing = listing_form(&f, &row);
    if (!form_ok(&f)) {
        return;
    }
    struct slice key = arena_printf(&im->b->arena,
                                    "%" PRId64 " %" PRId64 " %.*s",
                                    row.channel.v,
                                    row.location.v,
                                    SLICE_ARG(row.key));
    if (!csv_first(im, key, "sku", row.key)) {
        return;
    }
    if (!listing) {
        create(im, &row, item);
    } else if (is_same(&row, &listing->row)) {
        im->unchanged++;
    } else {
        tell(im, "changed", &listing->row, &row);
        row.version++;
        listing->row = row;
        batch_listing_changed(im->b, listing);
        csv_fact(im, subject_of(im, &row), item, NULL);
        im->changed++;
    }
}

static void begin(struct csv_import *im)
{
    im->own = ARENA_NEW(&im->b->arena, struct rows); /* the created ones, batch_listing */
    if (!im->own) {
        batch_fail(im->b, ERR_LIMIT, "a table");
    }
}

/* Orders may wait for a listing. */
static void kept(struct csv_import *im)
{
    const struct rows *created = im->own;
    for (size_t i = 0; i < created->count && !im->b->err; i++) {
        const struct listing_row *row = &((const struct batch_listing *)created->items[i])->row;
        apply_parked(im->b, config_channel(im->b->config, row->channel), row->key);
    }
}

const struct csv_table csv_table_listings = {.name = "listings",
                                             .event = "listing",
                                             .specs = specs,
                                             .specs_count = COUNT_OF(specs),
                                             .prefix = "remote:",
                                             .prefix_field = "remote",
                                             .begin = begin,
                                             .line = line,
                                             .kept = kept};
