/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listings: where a channel sells a SKU. One key of a channel sells one SKU in one pack size, at
 * the channel's total or at several of its locations, never both: an order line must mean one
 * thing.
 */
#include "engine/request.h"
#include "engine/request_parts.h"

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
static const char *const policy_fields[] = {
    "pack_size", "buffer", "percent", "cap", "min_to_list", "paused"};

#define PACK_MAX 1000000

static void read_policy(const struct form *f, struct listing_row *row)
{
    form_int(f, "pack_size", 1, PACK_MAX, &row->pack_size);
    form_limit(f, "buffer", QTY_MAX, &row->buffer);
    form_limit(f, "percent", 100, &row->percent);
    form_limit(f, "cap", QTY_MAX, &row->cap);
    form_limit(f, "min_to_list", QTY_MAX, &row->min_to_list);
    form_bool(f, "paused", &row->paused);
}

static const struct channel_config *read_channel(const struct form *f)
{
    const struct channel_config *channel = form_channel(f, "channel");
    if (channel && (!channel->connector || channel->account_error)) {
        form_refuse(f,
                    422,
                    "settings",
                    "channel",
                    "the channel '%.*s' does not work yet: %s",
                    SLICE_ARG(channel->row.code),
                    channel->account_note.text);
    }
    return channel;
}

static void
read_location(const struct form *f, const struct channel_config *channel, struct listing_row *row)
{
    struct slice code = {0};
    form_text(f, "location", 0, &code);
    if (!form_ok(f) || code.n == 0) {
        return;
    }
    const struct location_row *location = config_location_by_code(f->batch->config, code);
    if (!location) {
        form_refuse(f,
                    422,
                    "unknown-location",
                    "location",
                    "%slocation: there is no location '%.*s'",
                    f->where,
                    SLICE_ARG(code));
    } else if (!channel_has_locations(channel)) {
        form_refuse(f,
                    422,
                    "no-locations",
                    "location",
                    "%slocation: '%.*s' shows one count for all locations; leave it out",
                    f->where,
                    SLICE_ARG(channel->row.code));
    } else {
        row->location = location->id;
    }
}

static void doc_free(struct json_doc **doc)
{
    json_doc_free(*doc);
}

/* Shops that speak our API use our codes unless they say otherwise. */
static void default_remote(const struct form *f,
                           const struct channel_config *channel,
                           const struct batch_sku *sku,
                           struct json_doc *doc,
                           struct json *remote)
{
    ON_EXIT(buf_free) struct buf text = {0};
    struct err_note note;
    if (channel->connector != &connector_api || form_has(f, "remote")) {
        return;
    }
    buf_init(&text, 4096);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_text(&w, "sku", sku->row.code);
    json_end_object(&w);
    batch_fail(f->batch, json_parse(doc, buf_view(&text), remote, &note), "a listing's remote");
}

static void read_remote(const struct form *f,
                        const struct channel_config *channel,
                        const struct batch_sku *sku,
                        struct listing_row *row)
{
    ON_EXIT(doc_free) struct json_doc *doc = json_doc_new();
    struct err_note note = {""};
    struct json remote = form_json(f, "remote", JSON_OBJECT);
    if (!doc) {
        batch_fail(f->batch, ERR_MEMORY, "a listing's remote");
        return;
    }
    default_remote(f, channel, sku, doc, &remote);
    if (!form_ok(f)) {
        return;
    }
    enum err e = channel->connector->listing_keys(&channel->account,
                                                  remote,
                                                  &f->batch->arena,
                                                  &row->remote,
                                                  &row->key,
                                                  &row->stock_key,
                                                  &note);
    if (e == ERR_LIMIT || e == ERR_MEMORY) {
        batch_fail(f->batch, e, "a listing's remote");
    } else if (e) {
        form_refuse(f, 400, "invalid", "remote", "%s%s", f->where, note.text);
    }
}

/* ---- conflicts ---- */

static void check_against(const struct form *f,
                          const struct channel_config *channel,
                          const struct listing_row *other,
                          const struct listing_row *row)
{
    if (other->location.v == row->location.v) {
        form_refuse(f,
                    409,
                    "exists",
                    "remote",
                    "%sremote: '%.*s' of '%.*s' is listed already (listing %" PRId64 ")",
                    f->where,
                    SLICE_ARG(row->key),
                    SLICE_ARG(channel->row.code),
                    other->id.v);
    } else if (other->sku.v != row->sku.v || other->pack_size != row->pack_size) {
        form_refuse(f,
                    409,
                    "conflict",
                    "sku",
                    "%ssku: '%.*s' of '%.*s' sells another SKU or pack size at another location "
                    "(listing %" PRId64 ")",
                    f->where,
                    SLICE_ARG(row->key),
                    SLICE_ARG(channel->row.code),
                    other->id.v);
    } else if (other->location.v == 0 || row->location.v == 0) {
        form_refuse(f,
                    409,
                    "conflict",
                    "location",
                    "%slocation: '%.*s' is listed %s (listing %" PRId64 "): one or the other",
                    f->where,
                    SLICE_ARG(row->key),
                    other->location.v ? "per location" : "as the channel's total",
                    other->id.v);
    }
}

/* Rows of this request under one key of one channel, newest first. */
struct draft {
    struct listing_row row;
    struct json said;
    const struct draft *same_key;
};

static void check_conflicts(const struct form *f,
                            const struct channel_config *channel,
                            struct map *drafts,
                            struct draft *draft)
{
    struct batch *b = f->batch;
    struct slice name =
        arena_printf(&b->arena, "%" PRId64 " %.*s", channel->row.id.v, SLICE_ARG(draft->row.key));
    const struct rows *known = batch_listings_by_key(b, channel->row.id, draft->row.key);
    for (size_t i = 0; known && i < known->count && form_ok(f); i++) {
        const struct batch_listing *listing = known->items[i];
        check_against(f, channel, &listing->row, &draft->row);
    }
    draft->same_key = map_get(drafts, name);
    for (const struct draft *d = draft->same_key; d && form_ok(f); d = d->same_key) {
        check_against(f, channel, &d->row, &draft->row);
    }
    if (!map_set(drafts, name, draft)) {
        batch_fail(b, ERR_MEMORY, "a request's listings");
    }
}

static void read_draft(struct batch *b,
                       struct turn *turn,
                       const struct form_items *items,
                       struct map *drafts,
                       struct draft *draft)
{
    struct form f = form_begin(b, turn, items->item, items->where, fields, COUNT_OF(fields));
    draft->said = items->item;
    draft->row = (struct listing_row){.buffer = POLICY_UNSET,
                                      .percent = POLICY_UNSET,
                                      .cap = POLICY_UNSET,
                                      .min_to_list = POLICY_UNSET,
                                      .pack_size = 1,
                                      .version = 1};
    const struct channel_config *channel = read_channel(&f);
    const struct batch_sku *sku = form_sku(&f, "sku");
    read_policy(&f, &draft->row);
    if (!form_ok(&f)) {
        return;
    }
    draft->row.channel = channel->row.id;
    draft->row.sku = sku->row.id;
    read_location(&f, channel, &draft->row);
    read_remote(&f, channel, sku, &draft->row);
    if (form_ok(&f)) {
        check_conflicts(&f, channel, drafts, draft);
        draft->row.id = (struct listing_id){b->store->ops->next_id(b->store, ID_LISTING)};
    }
}

/* ---- for tables ---- */

/* The only listing of that SKU on the channel; NULL: none, or a refusal. */
static struct batch_listing *
find_only(const struct form *f, const struct channel_config *channel, const struct batch_sku *sku)
{
    struct batch *b = f->batch;
    struct batch_listing *only = NULL;
    struct rows rows = {0};
    batch_fail(b,
               b->store->ops->listings_of_sku(b->store, sku->row.id, &b->arena, &rows),
               "load listings");
    for (size_t i = 0; i < rows.count && !b->err && form_ok(f); i++) {
        const struct listing_row *row = rows.items[i];
        if (row->channel.v != channel->row.id.v) {
            continue;
        }
        if (only) {
            form_refuse(f,
                        422,
                        "which-listing",
                        "sku",
                        "'%.*s' has several listings on '%.*s': say which by its remote ids",
                        SLICE_ARG(sku->row.code),
                        SLICE_ARG(channel->row.code));
        }
        only = batch_listing(b, row->id);
    }
    return form_ok(f) ? only : NULL;
}

/* The listing under the row's key and location; NULL: none, or a refusal. */
static struct batch_listing *
find_same(const struct form *f, const struct channel_config *channel, const struct listing_row *row)
{
    const struct rows *known = batch_listings_by_key(f->batch, channel->row.id, row->key);
    for (size_t i = 0; known && i < known->count && form_ok(f); i++) {
        struct batch_listing *listing = known->items[i];
        if (listing->row.location.v == row->location.v && listing->row.sku.v == row->sku.v) {
            return listing;
        }
        check_against(f, channel, &listing->row, row);
    }
    return NULL;
}

struct batch_listing *listing_form(const struct form *f, struct listing_row *out)
{
    *out = (struct listing_row){.buffer = POLICY_UNSET,
                                .percent = POLICY_UNSET,
                                .cap = POLICY_UNSET,
                                .min_to_list = POLICY_UNSET,
                                .pack_size = 1,
                                .version = 1};
    const struct channel_config *channel = read_channel(f);
    const struct batch_sku *sku = form_sku(f, "sku");
    struct batch_listing *listing = NULL;
    if (!form_ok(f)) {
        return NULL;
    }
    out->channel = channel->row.id;
    out->sku = sku->row.id;
    read_location(f, channel, out);
    if (!form_has(f, "remote") && !out->location.v && channel->connector != &connector_api) {
        listing = find_only(f, channel, sku);
    }
    if (!listing && form_ok(f)) {
        read_policy(f, out); /* its pack size decides what it agrees with */
        read_remote(f, channel, sku, out);
        listing = form_ok(f) ? find_same(f, channel, out) : NULL;
    }
    if (!listing) {
        return NULL;
    }
    *out = listing->row;
    read_policy(f, out);
    if (form_ok(f) && out->pack_size != listing->row.pack_size && listing->row.location.v) {
        form_refuse(f,
                    422,
                    "immutable",
                    "pack_size",
                    "pack_size: a listing of one location keeps it, for its others share it");
    }
    return listing;
}

/* ---- answers ---- */

static void show_one(struct batch *b, struct show *s, const struct listing_row *row)
{
    const struct channel_config *channel = config_channel(b->config, row->channel);
    const struct batch_sku *sku = batch_sku(b, row->sku);
    if (!channel || !sku) {
        batch_fail(b, ERR_CORRUPT, "a listing of a channel or SKU that is not there");
        return;
    }
    show_listing(s, row, listing_sellable(b, channel, row, sku, NULL));
}

static void
answer_one(struct batch *b, struct turn *turn, int status, const struct listing_row *row)
{
    turn->status = status;
    struct show s = request_show(b, turn);
    show_one(b, &s, row);
}

static struct slice subject_of(struct batch *b, struct listing_id id)
{
    return arena_printf(&b->arena, "listing %" PRId64, id.v);
}

/* ---- the requests ---- */

void request_listings_create(struct batch *b, struct turn *turn)
{
    struct json body;
    if (!form_body(b, turn, &body)) {
        return;
    }
    ON_EXIT(map_free) struct map by_key;
    map_init(&by_key);
    struct form_items items = form_items(turn, body, "items");
    struct draft *drafts = ARENA_ARRAY(&b->arena, items.count + 1, struct draft);
    if (!drafts) {
        batch_fail(b, ERR_LIMIT, "a request's listings");
        return;
    }
    size_t count = 0;
    while (!request_refused(turn) && !b->err && form_next(&items)) {
        read_draft(b, turn, &items, &by_key, &drafts[count++]);
    }
    if (request_refused(turn) || b->err) {
        return;
    }
    request_needs_no_parked(b);
    for (size_t i = 0; i < count && !b->err; i++) {
        const struct listing_row *row = &drafts[i].row;
        batch_listing_add(b, row);
        request_event(
            b, turn, "listing", row->channel, subject_of(b, row->id), drafts[i].said, NULL);
        apply_parked(b, config_channel(b->config, row->channel), row->key);
    }
    if (b->err) {
        return;
    }
    turn->status = 201;
    struct show s = request_show(b, turn);
    if (items.is_list) {
        json_begin_object(&s.w);
        json_key(&s.w, "items");
        json_begin_array(&s.w);
    }
    for (size_t i = 0; i < count && !b->err; i++) {
        const struct batch_listing *listing = batch_listing(b, drafts[i].row.id);
        show_one(b, &s, listing ? &listing->row : &drafts[i].row);
    }
    if (items.is_list && !b->err) {
        json_end_array(&s.w);
        json_end_object(&s.w);
    }
}

/* The listing of the path; NULL after a refusal. */
static struct batch_listing *find(struct batch *b, struct turn *turn)
{
    int64_t id;
    struct batch_listing *listing =
        request_arg_id(turn, &id) ? batch_listing(b, (struct listing_id){id}) : NULL;
    if (!listing) {
        request_not_found(turn, "listing");
    }
    return listing;
}

/* False: it was changed since the asker read it, and the request was refused. */
static bool is_as_read(struct batch *b, struct turn *turn, const struct batch_listing *listing)
{
    char tag[ETAG_SIZE];
    struct show names = request_show(b, turn);
    etag_listing(&names, &listing->row, tag);
    return request_matches(turn, tag);
}

void request_listing_change(struct batch *b, struct turn *turn)
{
    struct json body;
    struct batch_listing *listing = find(b, turn);
    if (!listing || !is_as_read(b, turn, listing) || !form_body(b, turn, &body)) {
        return;
    }
    struct form f = form_begin(b, turn, body, "", policy_fields, COUNT_OF(policy_fields));
    struct listing_row wanted = listing->row;
    read_policy(&f, &wanted);
    if (form_ok(&f) && wanted.pack_size != listing->row.pack_size && listing->row.location.v) {
        form_refuse(&f,
                    422,
                    "immutable",
                    "pack_size",
                    "pack_size: a listing of one location keeps it, for its others share it");
    }
    if (!form_ok(&f)) {
        return;
    }
    wanted.version++;
    listing->row = wanted;
    batch_listing_changed(b, listing);
    request_event(b, turn, "listing", wanted.channel, subject_of(b, wanted.id), body, NULL);
    answer_one(b, turn, 200, &listing->row);
    struct show names = request_show(b, turn);
    etag_listing(&names, &listing->row, turn->etag);
    etag_add_figures(turn->etag, buf_view(&turn->answer));
}

void request_listing_delete(struct batch *b, struct turn *turn)
{
    struct batch_listing *listing = find(b, turn);
    if (!listing || !is_as_read(b, turn, listing)) {
        return;
    }
    struct slice subject = subject_of(b, listing->row.id);
    static const char *const codes[] = {"PUSH-REFUSED", "PARENT-MANAGED", "DRIFT", "WRITES-SPENT"};
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        batch_incident_close(b, codes[i], subject);
    }
    batch_listing_remove(b, listing);
    request_event(
        b, turn, "listing_removed", listing->row.channel, subject, (struct json){0}, NULL);
    turn->status = 204;
}

void request_listing_push(struct batch *b, struct turn *turn)
{
    struct batch_listing *listing = find(b, turn);
    if (!listing) {
        return;
    }
    struct slice subject = subject_of(b, listing->row.id);
    listing->row.fault = FAULT_NONE;
    listing->row.fault_reason = (struct slice){0};
    batch_incident_close(b, "PUSH-REFUSED", subject);
    batch_incident_close(b, "PARENT-MANAGED", subject);
    batch_listing_moved(b, listing);
    batch_hint(b, (struct dirty_hint){.listing = listing->row.id, .channel = listing->row.channel});
    request_event(b, turn, "listing_push", listing->row.channel, subject, (struct json){0}, NULL);
    answer_one(b, turn, 202, &listing->row);
}
