/* SPDX-License-Identifier: Apache-2.0 */
/* ebay_account - a connected eBay account, its requests and its answers, for unit tests. */
#pragma once
#include "support/channel_fixture.h"

#include "channels/ebay/ebay.h"

#define EBAY_NOW_US INT64_C(1795412731000000) /* 2026-11-23T05:45:31Z */
#define EBAY_VERIFICATION "71745723-d031-455c-bfa5-f90d11b4f20a"

static const struct connector *const ebay = &connector_ebay;
static const uint8_t ebay_nonce[16] = {0xa0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static struct account ebay_account;

static inline int ebay_open(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    ebay_account = fixture_account(
        ebay,
        "{\"settings\":{\"endpoint\":\"http://www.testendpoint.com/webhook\",\"dev_id\":\"dev-1\","
        "\"ru_name\":\"Ru-Name\",\"alert_email\":\"ops@shop.example\"},"
        "\"secrets\":{\"client_id\":\"app-1\",\"client_secret\":\"cert-1\",\"refresh_token\":\"r/"
        "1\","
        "\"access_token\":\"t0k\",\"verification_token\":\"" EBAY_VERIFICATION "\"}}");
    return 0;
}

static inline struct step ebay_step(const char *cursor)
{
    return (struct step){.now_us = EBAY_NOW_US,
                         .nonce = ebay_nonce,
                         .key = SLICE("push-1"),
                         .hooks_url = SLICE("https://stock.example/hooks/shop-a"),
                         .cursor = slice_of(cursor)};
}

static inline struct push_item ebay_item(const char *key, const char *offer, int64_t value)
{
    struct slice remote =
        offer ? arena_printf(&fixture.arena, "{\"listing_id\":\"1\",\"offer_id\":\"%s\"}", offer)
              : SLICE("{\"listing_id\":\"1\"}");
    return (struct push_item){.remote = remote, .stock_key = slice_of(key), .value = value};
}

/* The beginning of a request: "GET https://…". */
static inline void assert_request(const struct http_request *r, const char *line)
{
    struct slice got =
        arena_printf(&fixture.arena, "%.*s %.*s", SLICE_ARG(r->method), SLICE_ARG(r->url));
    assert_slice(got, line);
}
