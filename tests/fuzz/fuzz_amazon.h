/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_amazon - an account, and what must hold of anything the connector reads. */
#pragma once
#include "fuzz.h"

#include "base/crypto.h"
#include "channels/amazon/amazon.h"
#include "core/order.h"

static inline void amazon_account(struct json_doc *doc, struct arena *arena, struct account *out)
{
    struct json both;
    struct err_note note;

    must(crypto_init() == ERR_OK);
    must(json_parse(doc,
                    SLICE("{\"seller_id\":\"A3TH9S8BH6GOGM\",\"region\":\"na\",\"marketplace_ids\":"
                          "[\"ATVPDKIKX0DER\"],\"sqs_queue_url\":"
                          "\"https://sqs.us-east-1.amazonaws.com/444455556666/q\",\"client_id\":"
                          "\"ci\",\"client_secret\":\"cs\",\"refresh_token\":\"r\","
                          "\"access_token\":\"t\",\"aws_access_key_id\":\"k\","
                          "\"aws_secret_access_key\":\"s\"}"),
                    &both,
                    &note) == ERR_OK);
    must(connector_amazon.configure(both, both, SLICE("a"), false, arena, out, &note) == ERR_OK);
}

static inline bool is_key(struct slice key, struct arena *arena)
{
    struct slice sku;

    return slice_starts(key, "asin:") || slice_starts(key, "item:") ||
           (amazon_key_sku(key, arena, &sku) && slice_equal(amazon_sku_key(arena, sku), key) &&
            !memchr(key.p, '@', key.n));
}

static inline void must_be_sound(const struct facts *facts, struct arena *arena)
{
    must(!facts->unreadable || !facts->ignored);
    must(!facts->unreadable || facts->orders_count == 0);
    for (size_t i = 0; i < facts->orders_count; i++) {
        const struct order_snapshot *order = &facts->orders[i];
        must(amazon_is_order_id(order->id) && order->version_is_time);
        must(order->version % US_PER_S == 0 && order->version_text.n > 0);
        must(order->lines_count > 0 && order->lines_count <= AMAZON_LINES_MAX);
        for (size_t k = 0; k < order->lines_count; k++) {
            const struct snapshot_line *line = &order->lines[k];
            struct order_counts counts = {line->ordered,
                                          line->cancelled,
                                          line->fulfilled,
                                          line->returned,
                                          line->restocked,
                                          line->no_restock};
            struct order_counts clamped = order_counts_clamp(counts);
            must(memcmp(&counts, &clamped, sizeof counts) == 0);
            must(line->taken == TAKEN_UNSAID && line->id.n > 0 && is_key(line->remote, arena));
        }
    }
    for (size_t i = 0; i < facts->observations_count; i++) {
        const struct observation *seen = &facts->observations[i];
        must(is_key(seen->stock_key, arena) && seen->as_of_us >= 0);
        must(seen->count >= -QTY_MAX && seen->count <= QTY_MAX);
    }
    for (size_t i = 0; i < facts->fetches_count; i++) {
        must(facts->fetches[i].kind == FETCH_ORDER && amazon_is_order_id(facts->fetches[i].id));
    }
}
