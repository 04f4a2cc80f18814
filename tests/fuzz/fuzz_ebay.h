/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_ebay - an account, and what must hold of anything the connector reads. */
#pragma once
#include "fuzz.h"

#include "base/crypto.h"
#include "channels/ebay/ebay.h"
#include "core/order.h"

static const uint8_t nonce[16];

static inline void ebay_open(struct json_doc *doc, struct arena *arena, struct account *out)
{
    struct json both;
    struct err_note note;

    must(crypto_init() == ERR_OK);
    must(json_parse(
             doc,
             SLICE("{\"client_id\":\"app-1\",\"client_secret\":\"cert-1\",\"dev_id\":\"dev-1\","
                   "\"access_token\":\"t\",\"alert_email\":\"a@b.example\","
                   "\"endpoint\":\"https://stock.example/hooks/a\",\"refresh_token\":\"r\","
                   "\"verification_token\":\"0123456789abcdef0123456789abcdef\"}"),
             &both,
             &note) == ERR_OK);
    must(connector_ebay.configure(both, both, SLICE("a"), false, arena, out, &note) == ERR_OK);
}

static inline bool is_key(struct slice key)
{
    struct push_item item = {.stock_key = key};
    struct ebay_listing listing;

    return ebay_listing_of(&item, &listing);
}

static inline void must_be_sound(const struct facts *facts)
{
    for (size_t i = 0; i < facts->orders_count; i++) {
        const struct order_snapshot *order = &facts->orders[i];
        must(ebay_is_id(order->id) && order->version_is_time);
        must(order->lines_count > 0 && order->lines_count <= EBAY_LINES_MAX);
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
            must(line->taken == TAKEN_UNSAID || line->taken == line->ordered);
            must(ebay_is_id(line->id) && is_key(line->remote));
            must(!line->remote_other.n || is_key(line->remote_other));
        }
    }
    must(facts->observations_count == 0);
    for (size_t i = 0; i < facts->fetches_count; i++) {
        const struct fetch *fetch = &facts->fetches[i];
        must(fetch->kind != FETCH_NONE);
        must((fetch->kind == FETCH_CHANGED) == (fetch->id.n == 0));
        must(fetch->kind != FETCH_ORDER || ebay_is_id(fetch->id));
        must(fetch->kind != FETCH_COUNT || is_key(fetch->id));
    }
}
