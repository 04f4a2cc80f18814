/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_etsy - an account, and what must hold of anything the connector reads. */
#pragma once
#include "fuzz.h"

#include "base/crypto.h"
#include "channels/etsy/etsy.h"
#include "core/order.h"

#define FUZZ_KEY "0123456789abcdef0123456789abcdef"

static inline void etsy_account(struct json_doc *doc, struct arena *arena, struct account *out)
{
    struct json both;
    struct err_note note;

    must(crypto_init() == ERR_OK);
    must(
        json_parse(doc,
                   SLICE("{\"shop_id\":12345,\"keystring\":\"ks\",\"shared_secret\":\"sec\","
                         "\"access_token\":\"t\",\"refresh_token\":\"r\",\"reactivate\":\"always\","
                         "\"webhook_secret\":"
                         "\"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\"}"),
                   &both,
                   &note) == ERR_OK);
    must(connector_etsy.configure(both, both, SLICE("a"), false, arena, out, &note) == ERR_OK);
}

static inline void must_be_sound(const struct facts *facts)
{
    for (size_t i = 0; i < facts->orders_count; i++) {
        const struct order_snapshot *order = &facts->orders[i];
        int64_t id = 0;
        must(slice_int(order->id, &id) && id > 0 && order->version_is_time);
        must(order->lines_count <= ETSY_LINES_MAX);
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
            must(line->taken == TAKEN_UNSAID && line->remote.n > 0);
            must(slice_int(line->id, &id) && id > 0);
        }
    }
    must(facts->observations_count == 0);
    for (size_t i = 0; i < facts->fetches_count; i++) {
        const struct fetch *fetch = &facts->fetches[i];
        int64_t id = 0;
        must(fetch->kind == FETCH_ORDER || fetch->kind == FETCH_CHANGED);
        must((fetch->kind == FETCH_CHANGED) == (fetch->id.n == 0));
        must(fetch->kind != FETCH_ORDER || (slice_int(fetch->id, &id) && id > 0));
    }
}
