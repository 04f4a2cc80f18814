/* SPDX-License-Identifier: Apache-2.0 */
/* shadowed_shop - a shop in shadow mode that somebody else keeps, for the commands of evidence. */
#pragma once
#include "support/command.h"

/* Runs the claim twice: a server runs on the data, and then none. */
static inline void both_ways(struct served *s, void (*claim)(struct command *c))
{
    struct command c = {.s = s};
    claim(&c);
    served_stop(s);
    claim(&c);
    command_free(&c);
    served_end(s);
}

#define SHELF 6

static const char *const shelf[SHELF] = {"S1", "S2", "S3", "S4", "S5", "S6"};

/* The ledger has 10 of each SKU; the shop shows `shows`, and its channel is in shadow mode. */
static inline struct shop *
shadowed(struct served *s, enum shop_kind kind, const char *code, int64_t shows)
{
    char path[64];
    served_start(s);
    served_location(s, "berlin");
    for (size_t i = 0; i < SHELF; i++) {
        served_sku(s, shelf[i], 10);
    }
    struct shop *shop = served_shop(s, kind, code);
    snprintf(path, sizeof(path), "/v1/channels/%s", code);
    WRITE(s, 200, "PATCH", path, "{'mode':'shadow'}");
    for (size_t i = 0; i < SHELF; i++) {
        (void)served_listing(s, shop, shelf[i], shows);
    }
    return shop;
}

static inline void somebody_sets(struct shop *shop, const char *sku, int64_t count)
{
    assert_int_equal(shop_stock_edit(shop, slice_of(sku), count), SHOP_DONE);
}

/* So many listings of the channel differ by now; before, a movement may still explain them. */
static inline bool differ(struct command *c, const char *channel, size_t count)
{
    WANT_RUN(c, 0, "6 of 6 listings: 6 read, 0 could not be, ", "", "channel", "audit", channel);
    GET(c->s, "/v1/drift?channel=%s", channel);
    return json_count(json_get(c->s->json, "items")) == count;
}
