/* SPDX-License-Identifier: Apache-2.0 */
/* eight_shops - one shop of each platform beside the real server, all selling the same SKUs. */
#pragma once
#include "support/served_shop.h"

static const struct {
    enum shop_kind kind;
    const char *code;
} eight[] = {{SHOP_SHOPIFY, "shopify"},
             {SHOP_WOOCOMMERCE, "woo"},
             {SHOP_BIGCOMMERCE, "bigcommerce"},
             {SHOP_AMAZON, "amazon"},
             {SHOP_EBAY, "ebay"},
             {SHOP_WALMART, "walmart"},
             {SHOP_TIKTOK, "tiktok"},
             {SHOP_ETSY, "etsy"}};
#define EIGHT COUNT_OF(eight)
#define EIGHT_UNITS 40

/* options: of every shop; its kind and code are set here. */
static inline void eight_open(struct served *s,
                              struct shop_options options,
                              const char *const *skus,
                              size_t skus_count,
                              struct shop *shops[EIGHT])
{
    served_start(s);
    served_location(s, "berlin");
    for (size_t k = 0; k < skus_count; k++) {
        served_sku(s, skus[k], EIGHT_UNITS);
    }
    for (size_t i = 0; i < EIGHT; i++) {
        options.kind = eight[i].kind;
        options.code = eight[i].code;
        shops[i] = served_shop_of(s, options);
        for (size_t k = 0; k < skus_count; k++) {
            served_listing(s, shops[i], skus[k], EIGHT_UNITS);
        }
    }
    UNTIL(s, 60, served_settled(s));
}

/* Walmart subtracts its own open orders from what it is told: net of them it shows too little, never
 * too much (docs/channels/walmart.md). */
static inline bool eight_shows(struct shop *const shops[EIGHT],
                               size_t shop,
                               const char *sku,
                               int64_t units,
                               int64_t open_at_walmart)
{
    int64_t less = eight[shop].kind == SHOP_WALMART ? open_at_walmart : 0;
    return shop_shows(shops[shop], sku) == units - less;
}

static inline bool
eight_show(struct shop *const shops[EIGHT], const char *sku, int64_t units, int64_t open_at_walmart)
{
    bool all = true;
    for (size_t i = 0; i < EIGHT; i++) {
        all = all && eight_shows(shops, i, sku, units, open_at_walmart);
    }
    return all;
}

static inline void no_incident(struct served *s, const char *code)
{
    if (served_incidents(s, code, NULL)) {
        fail_msg("%.*s", SLICE_ARG(s->text));
    }
}
