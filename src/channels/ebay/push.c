/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing stock of listings of the Inventory API: bulk_update_price_quantity, up to 25 offers.
 *
 * There are two quantities, the item's and the offer's, and texts differ on which of them is shown:
 * both are set to the same number. Several offers of one SKU go into one element, whose item then
 * has the greatest of their numbers.
 *
 * The answer is 200 or 207 and judges each element by itself; rows are found again by their offer,
 * or by their SKU where no offer is named, and the worst that is said of a row holds. A row that the
 * answer leaves out may have been written.
 */
#include "base/buf.h"
#include "base/json_write.h"
#include "channels/ebay/ebay.h"

#define BODY_MAX 65536
#define GLITCH 25001 /* "a system error": it may have been done */
#define USER_ERROR 25002
#define CANNOT_REVISE 25019
#define TOO_MANY_REVISIONS 21919165 /* of one listing in a day */
#define PATH "/sell/inventory/v1/bulk_update_price_quantity"

static bool is_first_of_sku(const struct ebay_listing *rows, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (slice_equal(rows[i].sku, rows[at].sku)) {
            return false;
        }
    }
    return true;
}

static void element_put(struct json_writer *w,
                        const struct push_item *items,
                        const struct ebay_listing *rows,
                        size_t count,
                        size_t at)
{
    int64_t greatest = 0;

    for (size_t i = at; i < count; i++) {
        if (slice_equal(rows[i].sku, rows[at].sku) && items[i].value > greatest) {
            greatest = items[i].value;
        }
    }
    json_begin_object(w);
    json_field_text(w, "sku", rows[at].sku);
    json_key(w, "shipToLocationAvailability");
    json_begin_object(w);
    json_field_int(w, "quantity", greatest);
    json_end_object(w);
    json_key(w, "offers");
    json_begin_array(w);
    for (size_t i = at; i < count; i++) {
        if (slice_equal(rows[i].sku, rows[at].sku)) {
            json_begin_object(w);
            json_field_text(w, "offerId", rows[i].offer_id);
            json_field_int(w, "availableQuantity", items[i].value);
            json_end_object(w);
        }
    }
    json_end_array(w);
    json_end_object(w);
}

static enum err build_bulk(const struct account *account,
                           const struct push_item *items,
                           size_t count,
                           struct arena *arena,
                           struct http_request *out)
{
    struct ebay_listing rows[EBAY_OFFERS_MAX];
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, BODY_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!ebay_listing_of(&items[i], &rows[i]) || !rows[i].offer_id.n || !rows[i].sku.n) {
            return ERR_USAGE;
        }
    }
    struct json_writer w = json_writer(&body);
    json_begin_object(&w);
    json_key(&w, "requests");
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        if (is_first_of_sku(rows, i)) {
            element_put(&w, items, rows, count, i);
        }
    }
    json_end_array(&w);
    json_end_object(&w);
    struct slice text = body.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&body));
    if (!text.p) {
        return ERR_LIMIT;
    }
    return ebay_request(account, "POST", SLICE(PATH), text, arena, out);
}

enum err ebay_build_push(const struct account *account,
                         const struct push_item *items,
                         size_t count,
                         const struct step *step,
                         struct arena *arena,
                         struct http_request *out)
{
    struct ebay_listing first = {0};

    if (count == 0 || count > EBAY_OFFERS_MAX || !ebay_listing_of(&items[0], &first)) {
        return ERR_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].value < 0 || items[i].value > QTY_MAX) {
            return ERR_USAGE;
        }
    }
    if (!ebay_config(account)->access_token.n) {
        return ERR_AUTH;
    }
    return first.offer_id.n ? build_bulk(account, items, count, arena, out)
                            : ebay_build_revise(account, items, count, step, arena, out);
}

/* ---- the answer ---- */

static bool has_word(struct slice text, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= text.n; i++) {
        if (strncasecmp(text.p + i, word, n) == 0) {
            return true;
        }
    }
    return false;
}

/* The Inventory API wraps what stands behind it in a code for anything: its words tell. */
bool ebay_is_day_spent(int64_t error, struct slice why)
{
    static const char *const signs[] = {
        "exceed", "maximum", "reached", "too many", "allowed", "limit"};

    bool is_wrapped = error == USER_ERROR || error == CANNOT_REVISE;
    for (size_t i = 0; is_wrapped && has_word(why, "revisions") && i < COUNT_OF(signs); i++) {
        if (has_word(why, signs[i])) {
            return true;
        }
    }
    return error == TOO_MANY_REVISIONS;
}

void ebay_refused(struct push_result *out,
                  const struct push_item *item,
                  int64_t error,
                  struct slice why,
                  struct arena *arena)
{
    if (ebay_is_day_spent(error, why)) {
        *out = (struct push_result){.outcome = PUSH_LATER, .reason = why, .is_day_spent = true};
        return;
    }
    *out = (struct push_result){.outcome = PUSH_REFUSED, .reason = why};
    if (item->value == 0) {
        struct slice advice = arena_printf(
            arena,
            "%.*s. A quantity of 0 is refused unless the seller's out-of-stock control "
            "is on: My eBay > Account > Site Preferences > Multi-quantity listings, "
            "\"Listings stay active when you're out of stock\"",
            SLICE_ARG(why));
        out->reason = advice.p ? advice : why;
    }
}

static void
all_are(struct push_result *out, size_t count, enum push_outcome outcome, struct slice reason)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct push_result){.outcome = outcome, .reason = reason};
    }
}

/* How bad an outcome is, when several elements speak of one row. */
static int badness(enum push_outcome outcome)
{
    switch (outcome) {
    case PUSH_CONFIRMED:
        return 0;
    case PUSH_LATER:
        return 1;
    case PUSH_REFUSED:
        return 2;
    case PUSH_ACCEPTED:
    case PUSH_STALE:
    case PUSH_AGAIN:
    case PUSH_SPLIT:
    case PUSH_UNKNOWN:
        return 3;
    }
    return 3;
}

static enum push_outcome element_outcome(int64_t status, int64_t error)
{
    if (status >= 200 && status <= 299) {
        return PUSH_CONFIRMED;
    }
    if (error == GLITCH || status >= 500 || status == 408 || status < 300) {
        return PUSH_UNKNOWN;
    }
    return status == 401 || status == 403 || status == 429 || status == 409 ? PUSH_LATER
                                                                            : PUSH_REFUSED;
}

struct rows {
    const struct push_item *items;
    const struct ebay_listing *listings;
    size_t count;
    struct push_result *out;
    bool *is_said;
    struct arena *arena;
};

static void element_read(struct json element, const struct rows *rows)
{
    struct slice offer = {0};
    struct slice sku = ebay_text(json_get(element, "sku"));
    int64_t status = 0;
    int64_t error = 0;

    bool has_offer = ebay_id_text(json_get(element, "offerId"), rows->arena, &offer);
    struct slice why = ebay_errors_text(json_get(element, "errors"), rows->arena, &error);
    if (!json_int_loose(json_get(element, "statusCode"), &status)) {
        status = 0;
    }
    enum push_outcome outcome = element_outcome(status, error);
    if (outcome != PUSH_CONFIRMED && !why.n) {
        why = arena_printf(rows->arena, "statusCode %" PRId64 " without a reason", status);
    }
    if (outcome != PUSH_CONFIRMED && !why.n) {
        why = SLICE("refused without a reason");
    }
    for (size_t i = 0; i < rows->count; i++) {
        bool is_meant = has_offer ? slice_equal(rows->listings[i].offer_id, offer)
                                  : sku.n && slice_equal(rows->listings[i].sku, sku);
        if (!is_meant || (rows->is_said[i] && badness(rows->out[i].outcome) >= badness(outcome))) {
            continue;
        }
        rows->is_said[i] = true;
        rows->out[i] = (struct push_result){.outcome = outcome};
        if (outcome == PUSH_REFUSED) {
            ebay_refused(&rows->out[i], &rows->items[i], error, why, rows->arena);
        } else if (outcome != PUSH_CONFIRMED) {
            rows->out[i].reason = why;
        }
    }
}

static void elements_read(struct json root,
                          const struct push_item *items,
                          size_t count,
                          struct arena *arena,
                          struct push_result *out)
{
    struct ebay_listing listings[EBAY_OFFERS_MAX] = {0};
    bool is_said[EBAY_OFFERS_MAX] = {false};
    size_t known = count < EBAY_OFFERS_MAX ? count : EBAY_OFFERS_MAX;
    struct rows rows = {items, listings, known, out, is_said, arena};

    all_are(out, count, PUSH_UNKNOWN, SLICE("the answer says nothing of this offer"));
    for (size_t i = 0; i < known; i++) {
        if (!ebay_listing_of(&items[i], &listings[i])) {
            listings[i] = (struct ebay_listing){0};
        }
    }
    for (struct json_iter i = json_iter(json_get(root, "responses")); json_next(&i);) {
        element_read(i.value, &rows);
    }
}

static void read_bulk(const struct push_item *items,
                      size_t count,
                      const struct http_response *response,
                      struct json_doc *doc,
                      struct arena *arena,
                      struct push_result *out,
                      struct channel_signal *out_signal)
{
    struct ebay_answer answer = ebay_answer_read(response, doc, arena, out_signal);

    switch (answer.verdict) {
    case EBAY_DONE:
        elements_read(answer.root, items, count, arena, out);
        return;
    case EBAY_LATER:
        all_are(out, count, PUSH_LATER, answer.reason);
        return;
    case EBAY_MAYBE:
        all_are(out, count, PUSH_UNKNOWN, answer.reason);
        return;
    case EBAY_REFUSED:
        break;
    }
    if (count > 1) {
        all_are(out, count, PUSH_SPLIT, answer.reason);
    } else if (count == 1) {
        ebay_refused(&out[0], &items[0], answer.error, answer.reason, arena);
    }
}

void ebay_read_push(const struct account *account,
                    const struct push_item *items,
                    size_t count,
                    const struct step *step,
                    const struct http_response *response,
                    struct json_doc *doc,
                    struct arena *arena,
                    struct push_result *out,
                    struct channel_signal *out_signal)
{
    struct ebay_listing first = {0};

    if (count > 0 && ebay_listing_of(&items[0], &first) && first.offer_id.n) {
        read_bulk(items, count, response, doc, arena, out, out_signal);
    } else {
        ebay_read_revise(account, items, count, step, response, doc, arena, out, out_signal);
    }
}
