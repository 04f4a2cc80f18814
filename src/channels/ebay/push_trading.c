/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing stock of listings made on the site: ReviseInventoryStatus, up to 4 of any listings and
 * variations. A variation is named by its SKU, a listing without variations by its number alone.
 *
 * Success and Warning confirm all rows. After a Failure nothing is written, after a PartialFailure
 * the rows that are echoed are. Errors name their row, if at all, by the listing's number or the SKU
 * among their parameters. A revision that changes nothing is an error to eBay and a success to us.
 */
#include "base/buf.h"
#include "channels/ebay/ebay.h"

#define BODY_MAX 16384

enum err ebay_build_revise(const struct account *account,
                           const struct push_item *items,
                           size_t count,
                           const struct step *step,
                           struct arena *arena,
                           struct http_request *out)
{
    ON_EXIT(buf_free) struct buf body;

    buf_init(&body, BODY_MAX);
    if (count > EBAY_BLOCKS_MAX) {
        return ERR_USAGE;
    }
    if (step->key.n) {
        buf_text(&body, "<MessageID>");
        xml_put_text(&body, ebay_bounded(step->key, 64));
        buf_text(&body, "</MessageID>");
    }
    for (size_t i = 0; i < count; i++) {
        struct ebay_listing listing = {0};
        if (!ebay_listing_of(&items[i], &listing) || listing.offer_id.n) {
            return ERR_USAGE;
        }
        buf_text(&body, "<InventoryStatus><ItemID>");
        buf_slice(&body, listing.listing_id);
        buf_text(&body, "</ItemID>");
        if (listing.sku.n) {
            buf_text(&body, "<SKU>");
            xml_put_text(&body, listing.sku);
            buf_text(&body, "</SKU>");
        }
        buf_printf(&body, "<Quantity>%" PRId64 "</Quantity></InventoryStatus>", items[i].value);
    }
    if (body.overflow) {
        return ERR_LIMIT;
    }
    return ebay_trading_request(account, "ReviseInventoryStatus", buf_view(&body), arena, out);
}

static void
all_are(struct push_result *out, size_t count, enum push_outcome outcome, struct slice reason)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct push_result){.outcome = outcome, .reason = reason};
    }
}

struct rows {
    const struct push_item *items;
    struct ebay_listing listings[EBAY_BLOCKS_MAX];
    bool is_named[EBAY_BLOCKS_MAX]; /* an error, or the echo, has decided it */
    size_t count;
    struct push_result *out;
    struct arena *arena;
};

static bool has_value(const struct xml_node *error, struct slice wanted)
{
    for (const struct xml_node *p = xml_get(error, "ErrorParameters"); p; p = xml_next(p)) {
        if (wanted.n && slice_equal(xml_text_of(p, "Value"), wanted)) {
            return true;
        }
    }
    return false;
}

/* Which rows an error means: by listing and SKU, by SKU, by listing. out_by_sku: it cannot mean
 * another variation of the same listing. */
static size_t
rows_meant(const struct rows *rows, const struct xml_node *error, bool meant[EBAY_BLOCKS_MAX])
{
    bool by_item[EBAY_BLOCKS_MAX] = {false};
    bool by_sku[EBAY_BLOCKS_MAX] = {false};
    size_t items = 0, skus = 0, both = 0, count = 0;

    for (size_t i = 0; i < rows->count; i++) {
        by_item[i] = has_value(error, rows->listings[i].listing_id);
        by_sku[i] = has_value(error, rows->listings[i].sku);
        items += by_item[i];
        skus += by_sku[i];
        both += by_item[i] && by_sku[i];
    }
    for (size_t i = 0; i < rows->count; i++) {
        meant[i] = both ? by_item[i] && by_sku[i] : skus ? by_sku[i] : items ? by_item[i] : false;
        count += meant[i];
    }
    return count;
}

static void error_read(struct rows *rows, const struct xml_node *error)
{
    bool meant[EBAY_BLOCKS_MAX] = {false};
    size_t count = rows_meant(rows, error, meant);
    struct slice why = trading_error_text(error, rows->arena);

    for (size_t i = 0; i < rows->count && count > 0; i++) {
        if (!meant[i] || (rows->is_named[i] && rows->out[i].outcome == PUSH_REFUSED)) {
            continue;
        }
        rows->is_named[i] = true;
        if (trading_error_code(error) == TRADING_REDUNDANT) {
            rows->out[i] = (struct push_result){.outcome = PUSH_CONFIRMED};
        } else if (count > 1 && !ebay_is_day_spent(trading_error_code(error), why)) {
            /* One of several variations of the listing: each is tried by itself. */
            rows->out[i] = (struct push_result){.outcome = PUSH_SPLIT, .reason = why};
        } else {
            ebay_refused(
                &rows->out[i], &rows->items[i], trading_error_code(error), why, rows->arena);
        }
    }
}

/* The rows that the answer repeats were written, unless an error names them. */
static size_t echoes_read(struct rows *rows, const struct xml_node *root)
{
    size_t echoes = 0;

    for (const struct xml_node *s = xml_get(root, "InventoryStatus"); s; s = xml_next(s)) {
        echoes++;
        for (size_t i = 0; i < rows->count; i++) {
            bool is_same = slice_equal(xml_text_of(s, "ItemID"), rows->listings[i].listing_id) &&
                           (!rows->listings[i].sku.n ||
                            slice_equal(xml_text_of(s, "SKU"), rows->listings[i].sku));
            if (is_same && !rows->is_named[i]) {
                rows->is_named[i] = true;
                rows->out[i] = (struct push_result){.outcome = PUSH_CONFIRMED};
            }
        }
    }
    return echoes;
}

static bool is_only_redundant(const struct xml_node *root)
{
    size_t errors = 0;

    for (const struct xml_node *e = xml_get(root, "Errors"); e; e = xml_next(e)) {
        if (trading_is_error(e) && trading_error_code(e) != TRADING_REDUNDANT) {
            return false;
        }
        errors++;
    }
    return errors > 0;
}

/* Failure, or PartialFailure: which of the rows are written, and which are at fault. */
static void failure_read(const struct trading_answer *answer, struct rows *rows, bool is_partial)
{
    size_t undecided = 0;
    size_t refused = 0;
    size_t echoes = 0;

    for (const struct xml_node *e = xml_get(answer->root, "Errors"); e; e = xml_next(e)) {
        if (trading_is_error(e) || trading_error_code(e) == TRADING_REDUNDANT) {
            error_read(rows, e);
        }
    }
    if (is_partial) {
        echoes = echoes_read(rows, answer->root);
    }
    for (size_t i = 0; i < rows->count; i++) {
        undecided += !rows->is_named[i];
        refused += rows->is_named[i] && rows->out[i].outcome != PUSH_CONFIRMED;
    }
    for (size_t i = 0; i < rows->count; i++) {
        struct push_result *out = &rows->out[i];
        if (rows->is_named[i]) {
            continue;
        }
        if (is_partial && !echoes) {
            *out = (struct push_result){.outcome = PUSH_UNKNOWN, .reason = answer->reason};
        } else if (refused) {
            *out = (struct push_result){.outcome = PUSH_AGAIN,
                                        .reason =
                                            SLICE("another row of the same request was refused")};
        } else if (undecided == 1) {
            ebay_refused(out, &rows->items[i], answer->error, answer->reason, rows->arena);
        } else {
            *out = (struct push_result){.outcome = PUSH_SPLIT, .reason = answer->reason};
        }
    }
}

void ebay_read_revise(const struct account *account,
                      const struct push_item *items,
                      size_t count,
                      const struct step *step,
                      const struct http_response *response,
                      struct json_doc *doc,
                      struct arena *arena,
                      struct push_result *out,
                      struct channel_signal *out_signal)
{
    (void)account;
    (void)step;
    (void)doc;
    struct trading_answer answer = trading_answer_read(response, arena, out_signal);
    struct rows rows = {.items = items,
                        .count = count < EBAY_BLOCKS_MAX ? count : EBAY_BLOCKS_MAX,
                        .out = out,
                        .arena = arena};

    if (!answer.reason.n) {
        answer.reason = SLICE("refused without a reason");
    }
    all_are(out, count, PUSH_UNKNOWN, answer.reason);
    for (size_t i = 0; i < rows.count; i++) {
        if (!ebay_listing_of(&items[i], &rows.listings[i])) {
            return;
        }
    }
    if (answer.verdict == EBAY_DONE && !answer.is_partial) {
        all_are(out, rows.count, PUSH_CONFIRMED, (struct slice){0});
    } else if (answer.verdict == EBAY_REFUSED && is_only_redundant(answer.root)) {
        all_are(out, rows.count, PUSH_CONFIRMED, (struct slice){0});
        out_signal->reason = (struct slice){0};
    } else if (answer.verdict == EBAY_DONE || answer.verdict == EBAY_REFUSED) {
        failure_read(&answer, &rows, answer.is_partial);
    } else if (answer.verdict == EBAY_LATER) {
        all_are(out, count, PUSH_LATER, answer.reason);
    }
}
