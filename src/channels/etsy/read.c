/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading counts back: the inventory records of up to 100 listings in one call. Etsy answers 404 to
 * all of it when one of them is not there (the call's reference); then each is asked for by itself.
 *
 *   cursor = one word an item, by commas: empty not seen yet, digits the count, M missing
 *
 * Its answer is read in both forms that it may have: listings with their record in "inventory", or
 * records that bear a listing_id. A listing that is not on sale shows nothing whatever its record
 * says: where it may show nothing for all we know (etsy_may_be_empty), it is read as 0. Otherwise a
 * person took it off sale, and its record counts: they may put it back at any time.
 *
 * Etsy shows 999 at most. Where we believe that more was written, 999 is what we believe.
 */
#include "base/buf.h"
#include "channels/etsy/etsy.h"

#define PATH_BYTES_MAX 4096
#define CURSOR_BYTES_MAX 4096
#define GONE "the listing is not there any more, or its record has no such product"
/* Reading shares Etsy's ten calls a second with writing, and is less urgent. */
#define PACE_US (300 * US_PER_MS)

/* The listings to ask for, each once. */
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

/* ---- what was seen, one listing after the other ---- */

enum { SEEN_NOT = -1, SEEN_MISSING = -2 };

/* NULL: not a cursor of ours, or no memory. */
static int64_t *seen_parse(struct slice cursor, size_t count, struct arena *arena)
{
    int64_t *seen = ARENA_ARRAY(arena, count + 1, int64_t);
    struct slice word;
    size_t n = 0;
    for (bool more = true; seen && more && n < count; n++) {
        more = slice_cut(&cursor, ',', &word);
        seen[n] = slice_is(word, "M") ? SEEN_MISSING : SEEN_NOT;
        if (word.n && seen[n] == SEEN_NOT && (!slice_int(word, &seen[n]) || seen[n] < 0)) {
            return NULL;
        }
    }
    return seen && n == count && !cursor.n ? seen : NULL;
}

static struct slice seen_text(const int64_t *seen, size_t count, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, CURSOR_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_text(&text, i ? "," : "");
        if (seen[i] >= 0) {
            buf_int(&text, seen[i]);
        } else {
            buf_text(&text, seen[i] == SEEN_MISSING ? "M" : "");
        }
    }
    return text.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&text));
}

/* ---- the request ---- */

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

/* The first listing that was not seen. */
static bool
asked_next(const struct push_item *items, size_t count, const int64_t *seen, struct asked *out)
{
    size_t i = 0;
    while (i < count && seen[i] != SEEN_NOT) {
        i++;
    }
    return i < count && asked_of(&items[i], 1, out);
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

    buf_init(&path, PATH_BYTES_MAX);
    if (!step->cursor.n) {
        if (!asked_of(items, count, &asked)) {
            return ERR_USAGE;
        }
    } else {
        const int64_t *seen = seen_parse(step->cursor, count, arena);
        if (!seen || !asked_next(items, count, seen, &asked)) {
            return ERR_USAGE;
        }
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

/* ---- the answer ---- */

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

/* What the answer says of the listings that were asked for. */
static void answer_counts(struct json results,
                          const struct asked *asked,
                          const struct push_item *items,
                          size_t count,
                          struct arena *arena,
                          struct read_result *out)
{
    for (size_t i = 0; i < count; i++) {
        struct etsy_target target = {0};
        bool was_asked = etsy_target_of(&items[i], &target) && is_asked(asked, target.listing);
        out[i] = was_asked ? absent(&items[i])
                           : result(READ_FAILED, SLICE("more listings than one answer can hold"));
    }
    for (struct json_iter i = json_iter(results); json_next(&i);) {
        listing_counts(i.value, items, count, arena, out);
    }
}

static void go_on(const int64_t *seen,
                  size_t count,
                  struct arena *arena,
                  struct read_result *out,
                  struct channel_signal *out_signal)
{
    struct slice cursor = seen_text(seen, count, arena);
    if (!cursor.n) {
        all_are(out, count, READ_FAILED, SLICE("more listings than can be read one by one"));
        return;
    }
    out_signal->next =
        (struct next_request){.is_wanted = true, .cursor = cursor, .after_us = PACE_US};
}

static void one_by_one(size_t count,
                       struct arena *arena,
                       struct read_result *out,
                       struct channel_signal *out_signal)
{
    int64_t *seen = ARENA_ARRAY(arena, count + 1, int64_t);
    for (size_t i = 0; seen && i < count; i++) {
        seen[i] = SEEN_NOT;
    }
    if (seen) {
        go_on(seen, count, arena, out, out_signal);
    }
}

/* One listing, after the answer to all of them was 404. */
static void one_was_read(const struct etsy_answer *answer,
                         const struct push_item *items,
                         size_t count,
                         const struct step *step,
                         struct arena *arena,
                         struct read_result *out,
                         struct channel_signal *out_signal)
{
    int64_t *seen = seen_parse(step->cursor, count, arena);
    struct json results = json_get(answer->root, "results");
    struct asked asked;

    if (!seen || !asked_next(items, count, seen, &asked) ||
        (answer->verdict != ETSY_DONE && answer->status != 404)) {
        all_are(out, count, READ_FAILED, answer->reason);
        return;
    }
    if (answer->verdict == ETSY_DONE && json_type(results) != JSON_ARRAY) {
        all_are(out, count, READ_FAILED, SLICE("the answer has no list of listings"));
        return;
    }
    answer_counts(results, &asked, items, count, arena, out);
    for (size_t i = 0; i < count; i++) {
        struct etsy_target target = {0};
        if (etsy_target_of(&items[i], &target) && is_asked(&asked, target.listing)) {
            bool is_count = answer->status != 404 && out[i].outcome == READ_COUNT;
            seen[i] = is_count ? out[i].count : SEEN_MISSING;
        }
    }
    if (asked_next(items, count, seen, &asked)) {
        go_on(seen, count, arena, out, out_signal);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = seen[i] >= 0 ? (struct read_result){.outcome = READ_COUNT, .count = seen[i]}
                              : result(READ_MISSING, SLICE(GONE));
    }
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

    (void)account;
    if (step->cursor.n) {
        one_was_read(&answer, items, count, step, arena, out, out_signal);
        return;
    }
    if (answer.verdict == ETSY_REFUSED && answer.status == 404 && count == 1) {
        out[0] = result(READ_MISSING, SLICE(GONE));
        return;
    }
    if (answer.verdict == ETSY_REFUSED && answer.status == 404) {
        one_by_one(count, arena, out, out_signal);
        return;
    }
    if (answer.verdict != ETSY_DONE) {
        all_are(out, count, READ_FAILED, answer.reason);
        return;
    }
    if (json_type(results) != JSON_ARRAY || !asked_of(items, count, &asked)) {
        all_are(out, count, READ_FAILED, SLICE("the answer has no list of listings"));
        return;
    }
    answer_counts(results, &asked, items, count, arena, out);
}
