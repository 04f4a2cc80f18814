/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_tiktok - an account, and what must hold of anything the connector reads. */
#pragma once
#include "fuzz.h"

#include "base/crypto.h"
#include "channels/tiktok/tiktok.h"
#include "core/order.h"

#define TT_NOW_US INT64_C(1700000000000000)

static inline void tt_account(struct json_doc *doc, struct arena *arena, struct account *out)
{
    struct json both;
    struct err_note note;

    must(crypto_init() == ERR_OK);
    must(json_parse(doc,
                    SLICE("{\"shop_cipher\":\"C\",\"shop_id\":\"77\",\"app_key\":\"k\","
                          "\"app_secret\":\"s\",\"access_token\":\"t\",\"refresh_token\":\"r\","
                          "\"warehouse_map\":[{\"location\":\"a\",\"remote\":\"70\"},"
                          "{\"location\":\"b\",\"remote\":\"71\"}]}"),
                    &both,
                    &note) == ERR_OK);
    must(connector_tiktok.configure(both, both, SLICE("a"), false, arena, out, &note) == ERR_OK);
}

static inline void must_be_sound(const struct facts *facts)
{
    for (size_t i = 0; i < facts->orders_count; i++) {
        const struct order_snapshot *order = &facts->orders[i];
        must(tt_is_id(order->id) && order->version_is_time && order->version > 0);
        must(order->lines_count > 0 && order->lines_count <= TT_LINES_MAX);
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
            must(line->taken == TAKEN_UNSAID && line->ordered > 0);
            must(line->id.n > 0 && tt_sku_of_key(line->remote).n > 0);
            must(!line->channel_fulfilled || line->location.n == 0);
        }
    }
    must(facts->observations_count == 0);
    for (size_t i = 0; i < facts->fetches_count; i++) {
        const struct fetch *fetch = &facts->fetches[i];
        must(fetch->kind != FETCH_NONE);
        must((fetch->kind == FETCH_CHANGED) == (fetch->id.n == 0));
        must(fetch->kind != FETCH_ORDER || tt_is_id(fetch->id));
        must(fetch->kind != FETCH_COUNT || tt_sku_of_key(fetch->id).n > 0);
    }
}
