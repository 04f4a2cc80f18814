/* SPDX-License-Identifier: Apache-2.0 */
/* tiktok_shop - the accounts that the tests of the TikTok connector use, and its envelope. */
#pragma once
#include "support/channel_fixture.h"

#include "channels/tiktok/tiktok.h"

static const struct connector *const tiktok = &connector_tiktok;
#define AT_S INT64_C(1700000000)
#define AT_US (AT_S * US_PER_S)

#define SECRETS                                                                                    \
    "\"secrets\":{\"app_key\":\"abcdef\",\"app_secret\":\"123\",\"access_token\":\"TTP_tok\","     \
    "\"refresh_token\":\"TTP_ref\"}"
#define PLAIN "{\"settings\":{\"shop_cipher\":\"CIPHER_1\",\"warehouse_id\":\"70685\"}," SECRETS "}"
#define MAPPED                                                                                     \
    "{\"settings\":{\"shop_cipher\":\"CIPHER_1\",\"warehouse_map\":["                              \
    "{\"location\":\"berlin\",\"remote\":\"70685\"},"                                              \
    "{\"location\":\"paris\",\"remote\":\"70686\"}]}," SECRETS "}"

#define ENVELOPE(data) "{\"code\":0,\"message\":\"Success\",\"request_id\":\"R\",\"data\":" data "}"
#define FAILURE(code, message)                                                                     \
    "{\"code\":" code ",\"message\":\"" message "\",\"request_id\":\"R\",\"data\":{}}"

static inline struct step step_at(const char *cursor)
{
    return (struct step){.now_us = AT_US, .cursor = slice_of(cursor)};
}
