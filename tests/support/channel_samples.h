/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel_samples - a connected account and one of its listings for each connector, and the constants
 * that requests are built with.
 */
#pragma once
#include "channels/connector.h"

static const uint8_t nonce[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
#define NOW_US INT64_C(1795412731000000)
#define KEY SLICE("0b8e9d3e-7b0c-4b53-9d2b-1f6d1c6a9f01")

/* A connected account and one of its listings, per connector: a new one adds its line here. */
static const struct sample {
    const char *name, *config, *remote, *location;
} samples[] = {
    {"shopify",
     "{\"settings\":{\"shop\":\"a\",\"location_map\":[{\"location\":\"b\",\"remote\":2}]},"
     "\"secrets\":{\"access_token\":\"t\",\"webhook_secret\":\"hook-key\"}}",
     "{\"product_id\":7,\"variant_id\":8,\"inventory_item_id\":9}",
     "2"},
    {"woocommerce",
     "{\"settings\":{\"base_url\":\"https://shop.example\"},"
     "\"secrets\":{\"consumer_key\":\"ck_1\",\"consumer_secret\":\"cs_1\","
     "\"webhook_secret\":\"hook-key\"}}",
     "{\"product_id\":7,\"variation_id\":8}",
     ""},
    {"bigcommerce",
     "{\"settings\":{\"store_hash\":\"abc\",\"location_map\":[{\"location\":\"b\",\"remote\":1}]},"
     "\"secrets\":{\"access_token\":\"t\",\"client_secret\":\"cs\","
     "\"webhook_secret\":\"hook-key\"}}",
     "{\"product_id\":7,\"variant_id\":8}",
     "1"},
    {"ebay",
     "{\"settings\":{},\"secrets\":{\"client_id\":\"app\",\"client_secret\":\"cert\","
     "\"refresh_token\":\"r\",\"access_token\":\"t\"}}",
     "{\"listing_id\":\"110000000001\",\"sku\":\"TEE-M\",\"offer_id\":\"36445435465\"}",
     ""},
    {"tiktok",
     "{\"settings\":{\"shop_cipher\":\"C1\","
     "\"warehouse_map\":[{\"location\":\"b\",\"remote\":\"70\"}]},"
     "\"secrets\":{\"app_key\":\"k\",\"app_secret\":\"s\",\"access_token\":\"t\"}}",
     "{\"product_id\":\"7\",\"sku_id\":\"8\"}",
     "70"},
    {"walmart",
     "{\"settings\":{\"ship_nodes\":[{\"location\":\"b\",\"remote\":\"1\"}]},"
     "\"secrets\":{\"client_id\":\"i\",\"client_secret\":\"s\",\"access_token\":\"t\","
     "\"webhook_secret\":\"hook-key\"}}",
     "{\"sku\":\"TEE-M-BLUE\"}",
     "1"},
    {"amazon",
     "{\"settings\":{\"seller_id\":\"A3TH9S8BH6GOGM\",\"region\":\"na\","
     "\"marketplace_ids\":[\"ATVPDKIKX0DER\"]},"
     "\"secrets\":{\"client_id\":\"ci\",\"client_secret\":\"cs\","
     "\"refresh_token\":\"rt\",\"access_token\":\"at\"}}",
     "{\"sku\":\"TEE-M BLUE/1\",\"asin\":\"B071VG5N9D\"}",
     ""},
    {"etsy",
     "{\"settings\":{\"shop_id\":\"12345\"},"
     "\"secrets\":{\"keystring\":\"ks\",\"shared_secret\":\"sec\",\"refresh_token\":\"r\","
     "\"access_token\":\"12345.t\",\"webhook_secret\":\"whsec_aG9vay1rZXk=\"}}",
     "{\"listing_id\":7,\"product_id\":8,\"sku\":\"TEE\"}",
     ""},
    {"api",
     "{\"settings\":{\"base_url\":\"https://shop.example/stock\"},"
     "\"secrets\":{\"webhook_secret\":\"hook-key\"}}",
     "{\"sku\":\"TEE-M-BLUE\"}",
     ""},
};
