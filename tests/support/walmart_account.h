/* SPDX-License-Identifier: Apache-2.0 */
/* walmart_account - accounts of the Walmart connector's tests, with and without ship nodes. */
#pragma once
#include "support/channel_fixture.h"

#include "channels/walmart/walmart.h"

static const uint8_t wm_nonce[16] = {
    0xb3, 0x26, 0x1d, 0x2d, 0x02, 0x8a, 0x4e, 0xf7, 0x86, 0x02, 0x66, 0x3c, 0x23, 0x20, 0x0a, 0xf6};
#define WM_UUID "b3261d2d-028a-4ef7-8602-663c23200af6"
#define WM_NOW_US INT64_C(1795512000000000) /* 2026-11-24T09:20:00Z */
#define WM_SECRETS                                                                                 \
    "\"secrets\":{\"client_id\":\"id-1\",\"client_secret\":\"cs\",\"access_token\":\"t0k\","       \
    "\"webhook_secret\":\"secret\"}"

/* plain: one count a SKU; nodes: two ship nodes. */
static struct account wm_plain, wm_nodes;

static inline int wm_open(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    wm_plain = fixture_account(&connector_walmart, "{\"settings\":{}," WM_SECRETS "}");
    wm_nodes =
        fixture_account(&connector_walmart,
                        "{\"settings\":{\"ship_nodes\":["
                        "{\"location\":\"reno\",\"remote\":\"1000005050\"},"
                        "{\"location\":\"tampa\",\"remote\":79897837271126017}]}," WM_SECRETS "}");
    return 0;
}

static inline struct step wm_step(struct slice cursor)
{
    return (struct step){.now_us = WM_NOW_US, .nonce = wm_nonce, .cursor = cursor};
}

static inline struct push_item wm_item(const char *sku, const char *node, int64_t value)
{
    return (struct push_item){.stock_key = wm_key(&fixture.arena, slice_of(sku)),
                              .location = slice_of(node),
                              .value = value};
}
