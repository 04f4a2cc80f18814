/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading counts back: a search for up to 20 seller SKUs.
 *
 * `fulfillmentAvailability` is what the shop sells from; `attributes.fulfillment_availability` is
 * only what somebody last asked for, and is not read. A SKU with a comma would be two in the list
 * of a search: it is asked for alone.
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "channels/amazon/amazon.h"

#define PATH_BYTES_MAX 32768
#define ITEMS "/listings/2021-08-01/items/"

static bool has_comma(const struct push_item *item)
{
    return item->stock_key.n && memchr(item->stock_key.p, ',', item->stock_key.n);
}

enum err amazon_build_read(const struct account *account,
                           const struct push_item *items,
                           size_t count,
                           const struct step *step,
                           struct arena *arena,
                           struct http_request *out)
{
    (void)step;
    const struct amazon_config *config = amazon_config(account);
    ON_EXIT(buf_free) struct buf path;

    buf_init(&path, PATH_BYTES_MAX);
    if (count == 0 || !config->marketplaces_text.n) {
        return ERR_USAGE;
    }
    bool is_alone = has_comma(&items[0]);
    count = is_alone ? 1 : count < AMAZON_READ_MAX ? count : AMAZON_READ_MAX;
    buf_printf(&path, ITEMS "%.*s", SLICE_ARG(config->seller_id));
    if (!is_alone) {
        buf_printf(&path,
                   "?marketplaceIds=%.*s&includedData=fulfillmentAvailability&pageSize=%d"
                   "&identifiersType=SKU&identifiers=",
                   SLICE_ARG(config->marketplaces_text),
                   AMAZON_READ_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        struct slice sku = {0};
        if (!amazon_key_sku(items[i].stock_key, arena, &sku) ||
            (!is_alone && has_comma(&items[i]))) {
            return arena->exhausted ? ERR_LIMIT : ERR_USAGE;
        }
        buf_text(&path, is_alone ? "/" : i ? "," : "");
        buf_slice(&path, percent_encode(arena, sku));
    }
    if (is_alone) {
        buf_printf(&path,
                   "?marketplaceIds=%.*s&includedData=fulfillmentAvailability",
                   SLICE_ARG(config->marketplaces_text));
    }
    struct slice text = arena_copy(arena, buf_view(&path));
    if (path.overflow || arena->exhausted) {
        return ERR_LIMIT;
    }
    return amazon_request(account, "GET", text, (struct slice){0}, arena, out);
}

enum amazon_offer amazon_offer_of(struct json item, int64_t *out_count)
{
    enum amazon_offer offer = AMAZON_OFFER_NONE;

    for (struct json_iter i = json_iter(json_get(item, "fulfillmentAvailability"));
         json_next(&i);) {
        struct slice code = amazon_text(json_get(i.value, "fulfillmentChannelCode"));
        int64_t count = 0;
        if (!code.n) {
            continue;
        }
        if (!slice_is(code, "DEFAULT")) {
            offer = offer == AMAZON_OFFER_NONE ? AMAZON_OFFER_BY_AMAZON : offer;
        } else if (json_int(json_get(i.value, "quantity"), &count) && count >= -QTY_MAX &&
                   count <= QTY_MAX) {
            *out_count = count;
            return AMAZON_OFFER_COUNT;
        } else {
            offer = AMAZON_OFFER_UNSAID;
        }
    }
    return offer;
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

static struct read_result item_result(struct json item)
{
    int64_t count = 0;

    switch (amazon_offer_of(item, &count)) {
    case AMAZON_OFFER_COUNT:
        return (struct read_result){.outcome = READ_COUNT, .count = count};
    case AMAZON_OFFER_UNSAID:
        return result(READ_UNMANAGED, SLICE("Amazon states no quantity for the offer"));
    case AMAZON_OFFER_NONE:
        return result(READ_UNMANAGED, SLICE("the listing has no offer whose stock is yours"));
    case AMAZON_OFFER_BY_AMAZON:
        break;
    }
    return result(READ_UNMANAGED, SLICE("fulfilled by Amazon: its warehouse counts it"));
}

static void rows_read(struct json rows,
                      const struct push_item *items,
                      size_t count,
                      bool is_whole,
                      struct arena *arena,
                      struct read_result *out)
{
    all_are(out,
            count,
            is_whole ? READ_MISSING : READ_FAILED,
            is_whole ? SLICE("the seller account has no listing with this SKU")
                     : SLICE("the listing may be on a page that was not read"));
    for (struct json_iter r = json_iter(rows); json_next(&r);) {
        struct slice sku = amazon_text(json_get(r.value, "sku"));
        struct slice key = amazon_is_sku(sku) ? amazon_sku_key(arena, sku) : (struct slice){0};
        for (size_t i = 0; key.p && i < count; i++) {
            if (slice_equal(key, items[i].stock_key)) {
                out[i] = item_result(r.value);
            }
        }
    }
}

void amazon_read_counts(const struct account *account,
                        const struct push_item *items,
                        size_t count,
                        const struct step *step,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena,
                        struct read_result *out,
                        struct channel_signal *out_signal)
{
    (void)step;
    (void)account;
    struct amazon_answer answer = amazon_answer_read(response, doc, arena, out_signal);
    struct json rows = json_get(answer.root, "items");
    bool is_alone = count > 0 && has_comma(&items[0]);
    size_t asked = is_alone ? 1 : count < AMAZON_READ_MAX ? count : AMAZON_READ_MAX;

    all_are(out, count, READ_FAILED, SLICE("more listings than one answer can hold"));
    if (is_alone && answer.verdict == AMAZON_REFUSED && answer.status == 404) {
        out[0] = result(READ_MISSING, SLICE("the seller account has no listing with this SKU"));
    } else if (answer.verdict != AMAZON_DONE) {
        all_are(out, asked, READ_FAILED, answer.reason);
    } else if (is_alone && amazon_text(json_get(answer.root, "sku")).n) {
        out[0] = item_result(answer.root);
    } else if (is_alone || json_type(rows) != JSON_ARRAY) {
        all_are(out, asked, READ_FAILED, SLICE("the answer has no list of listings"));
    } else {
        bool is_whole = !amazon_text(json_path(answer.root, "pagination", "nextToken", NULL)).n;
        rows_read(rows, items, asked, is_whole, arena, out);
    }
}
