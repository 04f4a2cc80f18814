/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading counts back: the inventory records of up to 100 listings in one call.
 *
 * Its answer is read in both forms that it may have: listings with their record in "inventory", or
 * records that bear a listing_id. A listing that is not on sale shows nothing whatever its record
 * says: where it may show nothing for all we know (etsy_may_be_empty), it is read as 0. Otherwise a
 * person took it off sale, and its record counts: they may put it back at any time.
 *
 * Etsy shows 999 at most. Where we believe that more was written, 999 is what we believe.
 */
#include "channels/etsy/etsy.h"

#define PATH_BYTES_MAX 4096

/* The listings to ask for, each once, and how many of the items they cover. */
struct asked {
    int64_t listings[ETSY_READ_MAX];
    size_t count;
};

static bool is_asked(const struct asked *asked, int64_t listing)
{
    for (size_t i = 0; i < asked->count; i++) {
        if (asked->listings[i] == listing) {
            return true;
        }
    }
    return false;
}

static bool asked_of(const struct push_item *items, size_t count, struct asked *out)
{
    out->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct etsy_target target;
        if (!etsy_target_of(&items[i], &target)) {
            return false;
        }
        if (!is_asked(out, target.listing) && out->count < ETSY_READ_MAX) {
            out->listings[out->count++] = target.listing;
        }
    }
    return out->count > 0;
}

enum err etsy_build_read(const struct account *account,
                         const struct push_item *items,
                         size_t count,
                         const struct step *step,
                         struct arena *arena,
                         struct http_request *out)
{
    ON_EXIT(buf_free) struct buf path;
    struct asked asked;

    (void)step;
    buf_init(&path, PATH_BYTES_MAX);
    if (!asked_of(items, count, &asked)) {
        return ERR_USAGE;
    }
    buf_text(&path, "/v3/application/listings/batch/inventory?listing_ids=");
    for (size_t i = 0; i < asked.count; i++) {
        buf_text(&path, i ? "," : "");
        buf_int(&path, asked.listings[i]);
    }
    struct slice text = arena_copy(arena, buf_view(&path));
    if (path.overflow || !text.p) {
        return ERR_LIMIT;
    }
    return etsy_request(account, "GET", text, (struct slice){0}, false, arena, out);
}

static struct read_result result(enum read_outcome outcome, struct slice reason)
{
    return (struct read_result){.outcome = outcome, .reason = reason};
}

static void
all_are(struct read_result *out, size_t count, enum read_outcome outcome, struct slice reason)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = result(outcome, reason);
    }
}

static int64_t
count_shown(const struct etsy_record *record, const struct push_item *item, int64_t quantity)
{
    int64_t lo = item->expected_lo;

    if (etsy_is_off_sale(record) && etsy_may_be_empty(item)) {
        return 0;
    }
    return quantity == ETSY_QUANTITY_MAX && lo > quantity ? lo : quantity;
}

static void record_counts(const struct etsy_record *record,
                          int64_t listing,
                          const struct push_item *items,
                          size_t count,
                          struct arena *arena,
                          struct read_result *out)
{
    for (size_t i = 0; i < count; i++) {
        struct etsy_target target = {0};
        size_t at = 0;
        if (!etsy_target_of(&items[i], &target) || target.listing != listing) {
            continue;
        }
        enum etsy_found found = etsy_find(record, &target, &at);
        out[i] = found == ETSY_FOUND
                     ? (struct read_result){.outcome = READ_COUNT,
                                            .count = count_shown(
                                                record, &items[i], record->products[at].quantity)}
                     : result(READ_MISSING, etsy_found_text(found, &target, arena));
    }
}

static void listing_counts(struct json json,
                           const struct push_item *items,
                           size_t count,
                           struct arena *arena,
                           struct read_result *out)
{
    struct etsy_record record = {0};
    struct json inner = json_get(json, "inventory");
    struct json listing = json_get(json, "listing");
    int64_t id = 0;

    if (!etsy_id(json_get(json, "listing_id"), &id) &&
        !etsy_id(json_get(listing, "listing_id"), &id)) {
        return;
    }
    const char *why = etsy_record_read(json_type(inner) == JSON_OBJECT ? inner : json,
                                       json_type(listing) == JSON_OBJECT ? listing : json,
                                       arena,
                                       &record);
    if (!why) {
        record_counts(&record, id, items, count, arena, out);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct etsy_target target;
        if (etsy_target_of(&items[i], &target) && target.listing == id) {
            out[i] = result(READ_MISSING, slice_of(why));
        }
    }
}

/* A listing that is left out shows nothing. It is only gone when we know of nothing that took it off
 * sale: whether the answer holds those that are off sale, nobody says. */
static struct read_result absent(const struct push_item *item)
{
    return item->expected_hi <= 0
               ? (struct read_result){.outcome = READ_COUNT}
               : result(READ_MISSING, SLICE("Etsy gives no inventory of this listing"));
}

void etsy_read_counts(const struct account *account,
                      const struct push_item *items,
                      size_t count,
                      const struct step *step,
                      const struct http_response *response,
                      struct json_doc *doc,
                      struct arena *arena,
                      struct read_result *out,
                      struct channel_signal *out_signal)
{
    struct etsy_answer answer = etsy_answer_read(response, doc, arena, out_signal);
    struct json results = json_get(answer.root, "results");
    struct asked asked;

    (void)step;
    (void)account;
    if (answer.verdict != ETSY_DONE) {
        all_are(out, count, READ_FAILED, answer.reason);
        return;
    }
    if (json_type(results) != JSON_ARRAY || !asked_of(items, count, &asked)) {
        all_are(out, count, READ_FAILED, SLICE("the answer has no list of listings"));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct etsy_target target = {0};
        bool was_asked = etsy_target_of(&items[i], &target) && is_asked(&asked, target.listing);
        out[i] = was_asked ? absent(&items[i])
                           : result(READ_FAILED, SLICE("more listings than one answer can hold"));
    }
    for (struct json_iter i = json_iter(results); json_next(&i);) {
        listing_counts(i.value, items, count, arena, out);
    }
}
