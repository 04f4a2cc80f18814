/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/import_link.h"
#include "engine/doctor.h"
#include "engine/request_parts.h"

#define FACTS_MAX ((size_t)64 * 1024)
#define OPTIONS_MAX 4000

/* What one item is about, gathered before anything is decided. */
struct candidate {
    const struct catalogue_item *item;
    const struct rows *listed; /* of this item */
    struct batch_sku *sku;     /* with its code; or NULL */
    int64_t taken_by;          /* listing of that SKU as another item; or 0 */
    size_t sharing;
};

/* At most so many bytes, whole characters, no byte of a broken one behind. */
static struct slice cut(struct slice text, size_t max)
{
    if (text.n <= max) {
        return text;
    }
    size_t n = max;
    while (n > 0 && ((unsigned char)text.p[n] & 0xc0u) == 0x80u) {
        n--;
    }
    return (struct slice){text.p, n};
}

/* ---- locations: one listing each when several are mapped ---- */

static const struct location_row *
mapped(const struct batch *b, const struct channel_config *channel, size_t i)
{
    return config_location_by_code(b->config, channel->account.locations[i].location);
}

static size_t mapped_count(const struct batch *b, const struct channel_config *channel)
{
    size_t n = 0;
    for (size_t i = 0; i < channel->account.locations_count; i++) {
        n += mapped(b, channel, i) != NULL;
    }
    return n;
}

/* With several locations the catalogue does not say where an item lies; with one it does. */
static bool is_elsewhere(const struct channel_config *channel, const struct catalogue_item *item)
{
    return channel_has_locations(channel) && channel->account.locations_count == 1 &&
           !channel->connector->semantics.catalogue_lacks_counts && !item->count_known;
}

/* ---- listings ---- */

static bool is_taken_by(const struct listing_row *row,
                        const struct channel_config *channel,
                        const struct candidate *c)
{
    return row->channel.v == channel->row.id.v && row->sku.v == c->sku->row.id.v &&
           !slice_equal(row->key, c->item->key);
}

/* Another item of this channel that sells the SKU already: a person decides whether both do. */
static int64_t
find_taken(struct batch *b, const struct channel_config *channel, const struct candidate *c)
{
    struct rows known = {0};
    batch_fail(b,
               b->store->ops->listings_of_sku(b->store, c->sku->row.id, &b->arena, &known),
               "load listings");
    for (size_t i = 0; i < known.count && !b->err; i++) {
        const struct listing_row *row = known.items[i];
        if (is_taken_by(row, channel, c) && batch_listing(b, row->id)) {
            return row->id.v;
        }
    }
    for (size_t i = 0; i < b->changes.listings.count; i++) { /* of this very commit */
        const struct listing_row *row = b->changes.listings.items[i];
        if (is_taken_by(row, channel, c) && batch_listing(b, row->id)) {
            return row->id.v;
        }
    }
    return 0;
}

static void log_listing(struct batch *b,
                        const struct channel_config *channel,
                        const struct import_order *order,
                        const struct listing_row *row)
{
    const struct location_row *location = config_location(b->config, row->location);
    const struct batch_sku *sku = batch_sku(b, row->sku);
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, FACTS_MAX);
    struct json_writer w = json_writer(&facts);
    json_begin_object(&w);
    json_field_int(&w, "token", order->token_id);
    json_field_int(&w, "job", order->job);
    json_key(&w, "request");
    json_begin_object(&w);
    json_field_text(&w, "channel", channel->row.code);
    json_field_text(&w, "sku", sku ? sku->row.code : SLICE(""));
    json_field_raw(&w, "remote", row->remote);
    if (location) {
        json_field_text(&w, "location", location->code);
    }
    json_field_int(&w, "pack_size", row->pack_size);
    json_end_object(&w);
    json_end_object(&w);
    if (facts.overflow) {
        batch_fail(b, ERR_LIMIT, "a listing's facts");
    }
    batch_event(b,
                "listing",
                channel->row.id,
                arena_printf(&b->arena, "listing %" PRId64, row->id.v),
                buf_view(&facts));
}

/* Its own count, stated: what is unknown, pooled or not counted is no figure. */
static bool shows_count(const struct catalogue_item *item)
{
    return item->count_known && item->is_managed && !item->parent_managed;
}

static void add_listing(struct batch *b,
                        const struct channel_config *channel,
                        struct import_step *step,
                        const struct catalogue_item *item,
                        struct sku_id sku,
                        int64_t pack_size,
                        struct location_id location)
{
    bool has_shown = step->read_at_us && !location.v && shows_count(item);
    const struct listing_row row = {.id = {b->store->ops->next_id(b->store, ID_LISTING)},
                                    .channel = channel->row.id,
                                    .sku = sku,
                                    .remote = arena_copy(&b->arena, item->remote),
                                    .key = arena_copy(&b->arena, item->key),
                                    .stock_key = arena_copy(&b->arena, item->stock_key),
                                    .location = location,
                                    .buffer = POLICY_UNSET,
                                    .percent = POLICY_UNSET,
                                    .cap = POLICY_UNSET,
                                    .min_to_list = POLICY_UNSET,
                                    .pack_size = pack_size,
                                    .observed = has_shown ? item->count : 0,
                                    .observed_at_us = has_shown ? step->read_at_us : 0,
                                    .version = 1};
    batch_listing_add(b, &row);
    log_listing(b, channel, &step->order, &row);
    step->after.listings++;
}

static bool is_listed_at(const struct rows *listed, struct location_id location)
{
    for (size_t i = 0; listed && i < listed->count; i++) {
        const struct batch_listing *listing = listed->items[i];
        if (listing->row.location.v == location.v) {
            return true;
        }
    }
    return false;
}

/* A listing at every mapped location that has none. The list of them grows meanwhile. */
static void add_per_location(struct batch *b,
                             const struct channel_config *channel,
                             struct import_step *step,
                             const struct candidate *c,
                             struct sku_id sku,
                             int64_t pack_size)
{
    for (size_t i = 0; i < channel->account.locations_count && !b->err; i++) {
        const struct location_row *location = mapped(b, channel, i);
        if (location && !is_listed_at(c->listed, location->id)) {
            add_listing(b, channel, step, c->item, sku, pack_size, location->id);
        }
    }
}

static void link_new(struct batch *b,
                     const struct channel_config *channel,
                     struct import_step *step,
                     const struct candidate *c)
{
    if (mapped_count(b, channel) > 1) {
        add_per_location(b, channel, step, c, c->sku->row.id, 1);
    } else {
        add_listing(b, channel, step, c->item, c->sku->row.id, 1, (struct location_id){0});
    }
    apply_parked(b, channel, arena_copy(&b->arena, c->item->key));
    step->after.linked++;
}

/* Until it is read or written by itself, the catalogue's count is what is known of it. */
static void observe_known(struct batch *b,
                          const struct import_step *step,
                          const struct candidate *c,
                          struct batch_listing *listing)
{
    struct listing_row *row = &listing->row;
    if (step->read_at_us > row->observed_at_us && !row->location.v && !row->expected.is_known &&
        shows_count(c->item)) {
        row->observed = c->item->count;
        row->observed_at_us = step->read_at_us;
        batch_listing_moved(b, listing);
    }
}

/* Listed per location: a location that was mapped since then gets its own, like the others. */
static void link_known(struct batch *b,
                       const struct channel_config *channel,
                       struct import_step *step,
                       const struct candidate *c)
{
    struct batch_listing *first = c->listed->items[0];
    struct listing_row like = first->row;
    observe_known(b, step, c, first);
    if (like.location.v && mapped_count(b, channel) > 1) {
        add_per_location(b, channel, step, c, like.sku, like.pack_size);
    }
    step->after.already++;
}

/* ---- SKUs ---- */

static bool is_usable(struct slice code)
{
    bool is_printable = true;
    for (size_t i = 0; i < code.n; i++) {
        is_printable &= (unsigned char)code.p[i] >= ' ' && code.p[i] != 0x7f;
    }
    return is_printable && code.n <= FORM_TEXT_MAX;
}

static void log_sku(struct batch *b, const struct import_order *order, const struct sku_row *row)
{
    ON_EXIT(buf_free) struct buf facts;
    buf_init(&facts, FACTS_MAX);
    struct json_writer w = json_writer(&facts);
    json_begin_object(&w);
    json_field_int(&w, "token", order->token_id);
    json_field_int(&w, "job", order->job);
    json_key(&w, "request");
    json_begin_object(&w);
    json_field_text(&w, "sku", row->code);
    json_field_text(&w, "title", row->title);
    json_field_text(&w, "product", row->product);
    json_field_raw(&w, "options", row->options);
    json_field_text(&w, "barcode", row->barcode);
    json_end_object(&w);
    json_end_object(&w);
    if (facts.overflow) {
        batch_fail(b, ERR_LIMIT, "a SKU's facts");
    }
    batch_event(b, "sku", (struct channel_id){0}, row->code, buf_view(&facts));
}

static struct batch_sku *
create_sku(struct batch *b, struct import_step *step, const struct catalogue_item *item)
{
    bool has_options = item->options.n > 0 && item->options.n <= OPTIONS_MAX;
    struct slice title = item->title.n ? item->title : item->product;
    struct slice code = arena_copy(&b->arena, slice_trim(item->sku));
    const struct sku_row row = {.id = {b->store->ops->next_id(b->store, ID_SKU)},
                                .code = code,
                                .code_key = sku_code_key(code, &b->arena),
                                .title = arena_copy(&b->arena, cut(title, FORM_TEXT_MAX)),
                                .product = arena_copy(&b->arena, cut(item->product, FORM_TEXT_MAX)),
                                .barcode = arena_copy(&b->arena, cut(item->barcode, FORM_TEXT_MAX)),
                                .options = has_options ? arena_copy(&b->arena, item->options)
                                                       : SLICE("{}"),
                                .buffer = POLICY_UNSET};
    struct batch_sku *sku = batch_sku_new(b, &row);
    if (sku) {
        log_sku(b, &step->order, &sku->row);
        sku_known_as(b, sku, sku->row.code);
        step->after.created++;
    }
    return sku;
}

/* ---- what a person must look at ---- */

static struct slice detail_of(struct batch *b, enum link_verdict verdict, const struct candidate *c)
{
    switch (verdict) {
    case LINK_NEW:
    case LINK_CREATE:
    case LINK_ALREADY:
    case LINK_VERDICTS:
        break;
    case LINK_BLANK:
        return SLICE("it has no SKU there: give it one and import again, or link it with POST "
                     "/v1/listings");
    case LINK_DUPLICATE:
        return arena_printf(&b->arena,
                            "%zu items of this channel have this SKU: make them differ there, or "
                            "link the right one with POST /v1/listings",
                            c->sharing);
    case LINK_PARENT_MANAGED:
        return SLICE("its stock is managed by its parent product, and a count written to it would "
                     "change nothing: switch on its own stock management there and import again, "
                     "or list the parent for the stock that its variations share");
    case LINK_UNMANAGED:
        return SLICE("the channel does not count its stock: switch on stock management there and "
                     "import again");
    case LINK_ELSEWHERE:
        return SLICE("it is not stocked at the mapped location, so it is fulfilled from elsewhere: "
                     "stock it there and import again");
    case LINK_UNUSABLE:
        return SLICE("its SKU is longer than 255 bytes or has control characters: change it there, "
                     "or create a SKU and link it with POST /v1/listings");
    case LINK_UNKNOWN:
        return SLICE("no SKU has this code: create it and it is linked, or import with "
                     "{\"create_skus\":true}");
    case LINK_TAKEN:
        return arena_printf(&b->arena,
                            "this SKU is sold on this channel by listing %" PRId64
                            " already: if both sell it, link this one with POST /v1/listings",
                            c->taken_by);
    }
    return SLICE("");
}

/* Its SKU may be created later: it is linked then, without reading the catalogue again. */
static void remember_unlinked(struct batch *b,
                              const struct channel_config *channel,
                              const struct import_step *step,
                              const struct catalogue_item *item)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, FACTS_MAX);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w);
    json_field_raw(&w, "remote", item->remote);
    json_field_text(&w, "stock_key", item->stock_key);
    if (step->read_at_us && shows_count(item)) {
        json_field_int(&w, "count", item->count);
        json_field_int(&w, "read_at_us", step->read_at_us);
    }
    json_end_object(&w);
    struct unlinked_row *row = ARENA_NEW(&b->arena, struct unlinked_row);
    if (!row || text.overflow) {
        batch_fail(b, ERR_LIMIT, "an item without a SKU");
        return;
    }
    *row = (struct unlinked_row){.channel = channel->row.id,
                                 .key = arena_copy(&b->arena, item->key),
                                 .code_key = sku_code_key(item->sku, &b->arena),
                                 .job = step->order.job,
                                 .item = arena_copy(&b->arena, buf_view(&text))};
    request_change(b, &b->changes.unlinked, row);
}

static void review_row(struct batch *b,
                       struct import_step *step,
                       enum link_verdict verdict,
                       const struct candidate *c,
                       struct buf *out)
{
    const struct catalogue_item *item = c->item;
    step->after.review[verdict]++;
    step->after.reviewed++;
    if (step->after.shown >= IMPORT_REVIEW_MAX) {
        return;
    }
    step->after.shown++;
    if (out->n) {
        buf_char(out, ',');
    }
    struct json_writer w = json_writer(out);
    json_begin_object(&w);
    json_field_raw(&w, "remote", item->remote);
    json_field_text(&w, "sku", cut(item->sku, IMPORT_TEXT_MAX));
    json_field_text(&w, "title", cut(item->title.n ? item->title : item->product, IMPORT_TEXT_MAX));
    json_field_text(&w, "product", cut(item->product, IMPORT_TEXT_MAX));
    json_field_str(&w, "reason", link_reason(verdict));
    json_field_text(&w, "detail", detail_of(b, verdict, c));
    json_end_object(&w);
}

/* ---- one item ---- */

static struct link_facts gather(struct batch *b,
                                const struct channel_config *channel,
                                const struct import_step *step,
                                struct candidate *c)
{
    const struct catalogue_item *item = c->item;
    uint64_t digest = 0;
    bool has_code = import_digest(item->sku, &b->arena, &digest);
    c->listed = batch_listings_by_key(b, channel->row.id, item->key);
    c->sku = has_code ? batch_sku_by_code(b, item->sku) : NULL;
    c->sharing = has_code ? link_digests_count(step->digests, step->digests_count, digest) : 0;
    c->taken_by = c->sku && !b->err ? find_taken(b, channel, c) : 0;
    return (struct link_facts){.is_listed = c->listed && c->listed->count > 0,
                               .has_code = has_code,
                               .code_usable = is_usable(slice_trim(item->sku)),
                               .sharing = c->sharing,
                               .is_managed = item->is_managed,
                               .parent_managed = item->parent_managed,
                               .is_elsewhere = is_elsewhere(channel, item),
                               .sku_exists = c->sku != NULL,
                               .sku_is_listed = c->taken_by != 0,
                               .may_create = step->order.create_skus};
}

/* Listed already: what it sells is what its listing says, not its text. */
static struct batch_sku *see_listed(struct batch *b,
                                    const struct channel_config *channel,
                                    struct candidate *c,
                                    const struct listing_row **out)
{
    const struct batch_listing *first = c->listed->items[0];
    *out = &first->row;
    c->sku = batch_sku(b, first->row.sku);
    c->taken_by = c->sku && !b->err ? find_taken(b, channel, c) : 0;
    return c->sku;
}

void import_link(struct batch *b,
                 const struct channel_config *channel,
                 struct import_step *step,
                 const struct catalogue_item *item,
                 struct buf *review)
{
    struct candidate c = {.item = item};
    struct link_facts facts = gather(b, channel, step, &c);
    if (b->err) {
        return;
    }
    step->after.items++;
    enum link_verdict verdict = link_decide(&facts);
    const struct listing_row *listed = NULL;
    if (verdict == LINK_ALREADY) {
        c.sku = see_listed(b, channel, &c, &listed);
    }
    if (verdict == LINK_ALREADY) {
        link_known(b, channel, step, &c);
    } else if (link_reason(verdict)) {
        review_row(b, step, verdict, &c, review);
        if (verdict == LINK_UNKNOWN) {
            remember_unlinked(b, channel, step, item);
        }
    } else {
        c.sku = verdict == LINK_CREATE ? create_sku(b, step, item) : c.sku;
        if (c.sku && !b->err) {
            link_new(b, channel, step, &c);
        }
    }
    if (!b->err) {
        const struct patient patient = {.channel = channel,
                                        .step = step,
                                        .item = item,
                                        .verdict = verdict,
                                        .sku = c.sku,
                                        .listed = listed,
                                        .taken_by = c.taken_by,
                                        .sharing = c.sharing};
        doctor_item(b, &patient);
    }
}

/* ---- what waited for its SKU ---- */

static void link_waiting(struct batch *b, struct batch_sku *sku, const struct unlinked_row *row)
{
    const struct channel_config *channel = config_channel(b->config, row->channel);
    struct json kept, remote;
    struct err_note note;
    struct import_step step = {.order = {.channel = row->channel, .job = row->job}};
    struct catalogue_item item = {.key = row->key};
    struct json_doc *doc = json_doc_new();
    bool is_read = doc && batch_json(b, doc, row->item, &kept, &note) &&
                   json_text(json_get(kept, "stock_key"), &item.stock_key);
    if (!doc || !channel || !is_read) {
        batch_fail(b, doc && channel ? ERR_CORRUPT : doc ? ERR_OK : ERR_MEMORY, "an unlinked item");
        json_doc_free(doc);
        return;
    }
    remote = json_get(kept, "remote");
    item.remote = json_copy_text(remote, &b->arena);
    item.is_managed = item.count_known = json_int(json_get(kept, "count"), &item.count) &&
                                         json_int(json_get(kept, "read_at_us"), &step.read_at_us);
    struct candidate c = {
        .item = &item, .sku = sku, .listed = batch_listings_by_key(b, row->channel, row->key)};
    bool is_listed = c.listed && c.listed->count > 0;
    if (!b->err && !is_listed && find_taken(b, channel, &c)) {
        json_doc_free(doc);
        return; /* both may sell it: a person decides */
    }
    struct unlinked_row *gone = ARENA_NEW(&b->arena, struct unlinked_row);
    if (gone) {
        *gone = *row;
    }
    request_change(b, &b->changes.unlinked_gone, gone);
    if (!b->err && !is_listed) {
        link_new(b, channel, &step, &c);
    }
    json_doc_free(doc);
}

void import_link_waiting(struct batch *b, struct batch_sku *sku, struct slice code_key)
{
    struct rows waiting = {0};
    if (b->err || code_key.n == 0) {
        return;
    }
    batch_fail(b,
               b->store->ops->unlinked(b->store, code_key, &b->arena, &waiting),
               "load items without a SKU");
    for (size_t i = 0; i < waiting.count && !b->err; i++) {
        link_waiting(b, sku, waiting.items[i]);
    }
}
