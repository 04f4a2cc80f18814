/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_walmart - accounts, and what must hold of anything the connector reads. */
#pragma once
#include "fuzz.h"

#include "base/crypto.h"
#include "channels/walmart/walmart.h"
#include "core/order.h"

static inline void
wm_account(struct json_doc *doc, bool has_nodes, struct arena *arena, struct account *out)
{
    static const char *const both[] = {
        "{\"client_id\":\"i\",\"client_secret\":\"cs\",\"access_token\":\"t\","
        "\"webhook_secret\":\"ws\"}",
        "{\"client_id\":\"i\",\"client_secret\":\"cs\",\"access_token\":\"t\","
        "\"webhook_secret\":\"ws\",\"ship_nodes\":[{\"location\":\"a\",\"remote\":\"1\"},"
        "{\"location\":\"b\",\"remote\":\"2\"}]}",
    };
    struct json config;
    struct err_note note;

    must(crypto_init() == ERR_OK);
    must(json_parse(doc, slice_of(both[has_nodes]), &config, &note) == ERR_OK);
    must(connector_walmart.configure(config, config, SLICE("a"), false, arena, out, &note) ==
         ERR_OK);
    must(out->has_locations == has_nodes);
}

static inline void must_be_sound(const struct facts *facts)
{
    for (size_t i = 0; i < facts->orders_count; i++) {
        const struct order_snapshot *order = &facts->orders[i];
        must(wm_is_id(order->id) && order->version_is_time && order->version > 0);
        must(order->placed_at_us > 0 && order->version >= order->placed_at_us);
        must(order->lines_count <= WM_LINES_MAX);
        must(order->country.n == 0 || order->country.n == 2);
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
            must(line->taken == 0 && wm_is_id(line->id) && slice_starts(line->remote, "sku:"));
            must(!line->channel_fulfilled || line->location.n == 0);
            for (size_t j = 0; j < k; j++) {
                must(!slice_equal(order->lines[j].id, line->id));
            }
        }
    }
    must(facts->observations_count == 0);
    for (size_t i = 0; i < facts->fetches_count; i++) {
        const struct fetch *fetch = &facts->fetches[i];
        must(fetch->kind != FETCH_NONE);
        must((fetch->kind == FETCH_CHANGED) == (fetch->id.n == 0));
        must(fetch->kind != FETCH_ORDER || wm_is_id(fetch->id));
        must(fetch->kind != FETCH_COUNT || wm_key_sku(fetch->id).n > 0);
    }
}
