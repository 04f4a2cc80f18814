/* SPDX-License-Identifier: Apache-2.0 */
/* amazon_fixture - one connected seller account for the tests of the Amazon connector. */
#pragma once
#include "support/channel_fixture.h"

#include "channels/amazon/amazon.h"
#include "core/order.h"

#define AMAZON_NOW_US INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */
#define AMAZON_SETTINGS                                                                            \
    "\"seller_id\":\"A3TH9S8BH6GOGM\",\"region\":\"na\",\"marketplace_ids\":[\"ATVPDKIKX0DER\"],"  \
    "\"sqs_queue_url\":\"https://sqs.us-east-1.amazonaws.com/444455556666/truecount\""
#define AMAZON_SECRETS                                                                             \
    "\"client_id\":\"ci\",\"client_secret\":\"c/s\",\"refresh_token\":\"Atzr|1\","                 \
    "\"access_token\":\"Atza|2\",\"aws_access_key_id\":\"AKIDEXAMPLE\","                           \
    "\"aws_secret_access_key\":\"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\""
#define AMAZON_CONFIG "{\"settings\":{" AMAZON_SETTINGS "},\"secrets\":{" AMAZON_SECRETS "}}"
#define API "https://sellingpartnerapi-na.amazon.com"

static const struct connector *const amazon = &connector_amazon;
static struct account account;
static const uint8_t nonce[16];

static inline int open_amazon(void **state)
{
    if (fixture_open(state)) {
        return 1;
    }
    account = fixture_account(amazon, AMAZON_CONFIG);
    return 0;
}

static inline struct step step_at(const char *cursor)
{
    return (struct step){.now_us = AMAZON_NOW_US,
                         .nonce = nonce,
                         .cursor = slice_of(cursor),
                         .since_us = AMAZON_NOW_US};
}

static inline struct push_item item_of(const char *stock_key, int64_t value)
{
    return (struct push_item){.stock_key = slice_of(stock_key), .value = value};
}
