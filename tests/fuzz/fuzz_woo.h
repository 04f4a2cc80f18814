/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_woo - an account, and what must hold of anything the WooCommerce connector reads. */
#pragma once
#include "fuzz.h"

#include "base/crypto.h"
#include "channels/woocommerce/woo.h"
#include "core/order.h"

static inline void woo_account(struct json_doc *doc, struct arena *arena, struct account *out)
{
    struct json both;
    struct err_note note;

    must(crypto_init() == ERR_OK);
    must(json_parse(doc,
                    SLICE("{\"base_url\":\"https://shop.example\",\"consumer_key\":\"ck\","
                          "\"consumer_secret\":\"cs\",\"webhook_secret\":\"whs\"}"),
                    &both,
                    &note) == ERR_OK);
    must(connector_woocommerce.configure(both, both, SLICE("a"), false, arena, out, &note) ==
         ERR_OK);
}

static inline void must_be_sound(const struct facts *facts)
{
    for (size_t i = 0; i < facts->orders_count; i++) {
        const struct order_snapshot *order = &facts->orders[i];
        int64_t id = 0;
        must(slice_int(order->id, &id) && id > 0 && order->version_is_time);
        must(order->lines_count <= WOO_LINES_MAX);
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
            must(line->taken >= 0 && line->taken <= QTY_MAX);
            must(slice_int(line->id, &id) && id > 0 && line->remote.n > 0);
        }
    }
    for (size_t i = 0; i < facts->observations_count; i++) {
        const struct observation *o = &facts->observations[i];
        struct woo_key key;
        must(woo_key_parse(o->stock_key, &key));
        must(!o->is_known || (o->is_managed && !o->parent_managed));
        must(o->count >= -QTY_MAX && o->count <= QTY_MAX);
    }
    for (size_t i = 0; i < facts->fetches_count; i++) {
        const struct fetch *fetch = &facts->fetches[i];
        struct woo_key key;
        int64_t id = 0;
        must(fetch->kind != FETCH_NONE);
        must((fetch->kind == FETCH_CHANGED) == (fetch->id.n == 0));
        must(fetch->kind != FETCH_ORDER || (slice_int(fetch->id, &id) && id > 0));
        must(fetch->kind != FETCH_COUNT || woo_key_parse(fetch->id, &key));
    }
}
