/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading counts back: an offer of the Inventory API with one call each, a listing of Trading with
 * all its variations in one (GetItem).
 *
 * One exchange goes through several offers. Its cursor says what is known so far, item by item and
 * joined by commas: a count, a letter for what there is instead of one, or '?' for what is still to
 * be asked. The next request is for the first '?'.
 *
 *   m  there is no such listing any more     o  the offer is of another listing
 *   v  the listing has variations            u  the offer is not published
 *   f  the answer could not be read
 */
#include "base/buf.h"
#include "channels/ebay/ebay.h"

#define ITEM_NOT_FOUND 17
#define ROWS_MAX 64

struct known {
    char letter; /* 0: a count */
    int64_t count;
};

struct reading {
    struct known rows[ROWS_MAX];
    size_t count; /* asked for in this exchange */
};

static bool is_offer(const struct push_item *item, struct ebay_listing *out)
{
    return ebay_listing_of(item, out) && out->offer_id.n;
}

/* How many of these items one exchange reads. */
static size_t rows_of(const struct push_item *items, size_t count)
{
    struct ebay_listing first = {0};
    size_t most = is_offer(&items[0], &first) ? EBAY_READS_MAX : EBAY_OFFERS_MAX;

    return count < most ? count : most;
}

static bool reading_parse(struct slice cursor, size_t count, struct reading *out)
{
    *out = (struct reading){.count = count};
    for (size_t i = 0; i < count; i++) {
        struct slice one = SLICE("?");
        if (cursor.n) {
            slice_cut(&cursor, ',', &one);
        }
        if (slice_int(one, &out->rows[i].count)) {
            continue;
        }
        if (one.n != 1) {
            return false;
        }
        out->rows[i].letter = one.p[0];
    }
    return cursor.n == 0;
}

/* The first that is still to be asked; count when there is none. */
static size_t next_of(const struct reading *r)
{
    size_t at = 0;

    while (at < r->count && r->rows[at].letter != '?') {
        at++;
    }
    return at;
}

enum err ebay_build_read(const struct account *account,
                         const struct push_item *items,
                         size_t count,
                         const struct step *step,
                         struct arena *arena,
                         struct http_request *out)
{
    struct ebay_listing listing = {0};
    struct reading reading;

    if (count == 0 || !reading_parse(step->cursor, rows_of(items, count), &reading)) {
        return ERR_USAGE;
    }
    size_t at = next_of(&reading);
    if (at == reading.count || !ebay_listing_of(&items[at], &listing)) {
        return ERR_USAGE;
    }
    if (listing.offer_id.n) {
        struct slice path =
            arena_printf(arena, "/sell/inventory/v1/offer/%.*s", SLICE_ARG(listing.offer_id));
        return ebay_request(account, "GET", path, (struct slice){0}, arena, out);
    }
    struct slice elements =
        arena_printf(arena, "<ItemID>%.*s</ItemID>", SLICE_ARG(listing.listing_id));
    return elements.p ? ebay_trading_request(account, "GetItem", elements, arena, out) : ERR_LIMIT;
}

/* ---- one answer ---- */

static struct known nothing(char letter)
{
    return (struct known){.letter = letter};
}

static struct known offer_read(struct json offer, const struct ebay_listing *listing)
{
    struct slice of = ebay_text(json_path(offer, "listing", "listingId", NULL));
    struct slice state = ebay_text(json_path(offer, "listing", "listingStatus", NULL));
    struct known known = {0};

    if (slice_is(ebay_text(json_get(offer, "status")), "UNPUBLISHED") || slice_is(state, "ENDED")) {
        return nothing('u');
    }
    if (of.n && !slice_equal(of, listing->listing_id)) {
        return nothing('o');
    }
    if (!json_int_loose(json_get(offer, "availableQuantity"), &known.count) ||
        known.count < -QTY_MAX || known.count > QTY_MAX) {
        return nothing('f');
    }
    return known;
}

static struct known item_read(const struct xml_node *item, const struct ebay_listing *listing)
{
    const struct xml_node *variation = xml_path(item, "Variations", "Variation", NULL);
    struct slice state = xml_text(xml_path(item, "SellingStatus", "ListingStatus", NULL));
    struct known known = {0};

    if (!slice_equal(xml_text_of(item, "ItemID"), listing->listing_id)) {
        return nothing('f');
    }
    if (slice_is(state, "Ended") || slice_is(state, "Completed")) {
        return nothing('m');
    }
    const struct xml_node *counted = item;
    if (variation) {
        while (listing->sku.n && variation &&
               !slice_equal(xml_text_of(variation, "SKU"), listing->sku)) {
            variation = xml_next(variation);
        }
        if (!listing->sku.n) {
            return nothing('v');
        }
        counted = variation;
    } else if (listing->sku.n && !slice_equal(xml_text_of(item, "SKU"), listing->sku)) {
        counted = NULL;
    }
    if (!counted) {
        return nothing('m');
    }
    return trading_available(counted, &known.count) ? known : nothing('f');
}

static struct read_result result_of(struct known known)
{
    static const struct {
        char letter;
        enum read_outcome outcome;
        const char *reason;
    } reasons[] = {
        {'m', READ_MISSING, "eBay has no such listing or variation for sale"},
        {'o', READ_MISSING, "the offer is that of another listing now: import the catalogue again"},
        {'u', READ_MISSING, "the offer is not published: it shows nothing"},
        {'v',
         READ_UNMANAGED,
         "the listing is counted variation by variation: map its variations, each with its SKU"},
        {'f', READ_FAILED, "the answer has no count that can be read"},
    };

    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (known.letter == reasons[i].letter) {
            return (struct read_result){.outcome = reasons[i].outcome,
                                        .reason = slice_of(reasons[i].reason)};
        }
    }
    if (known.letter) {
        return (struct read_result){.outcome = READ_FAILED,
                                    .reason = SLICE("not asked for: the reading ended before")};
    }
    return (struct read_result){.outcome = READ_COUNT, .count = known.count};
}

static struct slice reading_text(const struct reading *r, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;

    buf_init(&text, (size_t)24 * ROWS_MAX);
    for (size_t i = 0; i < r->count; i++) {
        buf_text(&text, i ? "," : "");
        if (r->rows[i].letter) {
            buf_char(&text, r->rows[i].letter);
        } else {
            buf_int(&text, r->rows[i].count);
        }
    }
    return arena_copy(arena, buf_view(&text));
}

struct outcome {
    enum ebay_verdict verdict;
    bool is_missing; /* refused, for there is no such thing */
    struct slice reason;
};

static struct outcome answer_read(const struct push_item *items,
                                  size_t at,
                                  const struct http_response *response,
                                  struct json_doc *doc,
                                  struct arena *arena,
                                  struct reading *reading,
                                  struct channel_signal *signal)
{
    struct ebay_listing listing = {0};

    if (is_offer(&items[at], &listing)) {
        struct ebay_answer a = ebay_answer_read(response, doc, arena, signal);
        if (a.verdict == EBAY_DONE) {
            reading->rows[at] = offer_read(a.root, &listing);
        }
        return (struct outcome){a.verdict, a.status == 404, a.reason};
    }
    struct trading_answer a = trading_answer_read(response, arena, signal);
    const struct xml_node *item = xml_get(a.root, "Item");
    for (size_t i = at; a.verdict == EBAY_DONE && i < reading->count; i++) {
        struct ebay_listing other = {0};
        if (ebay_listing_of(&items[i], &other) && !other.offer_id.n &&
            slice_equal(other.listing_id, listing.listing_id)) {
            reading->rows[i] = item_read(item, &other);
        }
    }
    return (struct outcome){a.verdict, a.error == ITEM_NOT_FOUND, a.reason};
}

/* What is said of a listing of Trading holds for all of its variations. */
static void refused(const struct push_item *items, size_t at, char letter, struct reading *reading)
{
    struct ebay_listing one = {0};
    bool is_alone = is_offer(&items[at], &one);

    reading->rows[at] = nothing(letter);
    for (size_t i = at + 1; !is_alone && i < reading->count; i++) {
        struct ebay_listing other = {0};
        if (!is_offer(&items[i], &other) && slice_equal(other.listing_id, one.listing_id)) {
            reading->rows[i] = nothing(letter);
        }
    }
}

void ebay_read_counts(const struct account *account,
                      const struct push_item *items,
                      size_t count,
                      const struct step *step,
                      const struct http_response *response,
                      struct json_doc *doc,
                      struct arena *arena,
                      struct read_result *out,
                      struct channel_signal *out_signal)
{
    (void)account;
    struct reading reading = {0};
    bool is_ours = count > 0 && reading_parse(step->cursor, rows_of(items, count), &reading);
    size_t at = is_ours ? next_of(&reading) : 0;

    if (!is_ours || at == reading.count) {
        ebay_answer_read(response, doc, arena, out_signal);
        for (size_t i = 0; i < count; i++) {
            out[i] = (struct read_result){.outcome = READ_FAILED,
                                          .reason = SLICE("a cursor that is not ours")};
        }
        return;
    }
    struct outcome answer = answer_read(items, at, response, doc, arena, &reading, out_signal);
    if (answer.verdict == EBAY_REFUSED) {
        refused(items, at, answer.is_missing ? 'm' : 'f', &reading);
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = i < reading.count
                     ? result_of(reading.rows[i])
                     : (struct read_result){.outcome = READ_FAILED,
                                            .reason = SLICE("more items than one exchange reads")};
        if (i == at && out[i].outcome == READ_FAILED && answer.reason.n) {
            out[i].reason = answer.reason;
        }
    }
    /* An item that eBay refuses to show does not keep the others back. */
    bool goes_on = answer.verdict == EBAY_DONE || answer.verdict == EBAY_REFUSED;
    if (goes_on && next_of(&reading) < reading.count) {
        struct slice cursor = reading_text(&reading, arena);
        out_signal->next = (struct next_request){.is_wanted = cursor.p != NULL, .cursor = cursor};
    }
}
