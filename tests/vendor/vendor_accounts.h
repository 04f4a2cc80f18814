/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vendor_accounts - further ways to be connected, beside tests/support/channel_samples.h: whatever makes
 * a connector emit requests that the sample account does not.
 */
#pragma once
#include "support/channel_samples.h"

#define STATE "asked-1"

static const struct vendor_account {
    const char *name, *kind;
    const char *config;     /* NULL: the sample's */
    const char *remotes[3]; /* one batch; none: the sample's alone */
    const char *location;
    const char *order;   /* an order's id */
    const char *consent; /* query of the person's return; NULL: nobody is asked */
    const char *key;     /* id of a public key */
    bool is_to_zero;     /* what is pushed */
} vendor_accounts[] = {
    {.name = "shopify",
     .kind = "an access token",
     .remotes = {"{\"product_id\":7,\"variant_id\":8,\"inventory_item_id\":9}",
                 "{\"product_id\":7,\"variant_id\":18,\"inventory_item_id\":19}",
                 "{\"product_id\":17,\"variant_id\":28,\"inventory_item_id\":29}"},
     .location = "2",
     .order = "450789469"},
    {.name = "shopify",
     .kind = "locations not named yet",
     .config = "{\"settings\":{\"shop\":\"a\"},\"secrets\":{\"access_token\":\"t\","
               "\"webhook_secret\":\"hook-key\"}}"},
    {.name = "shopify",
     .kind = "the app's own credentials",
     .config = "{\"settings\":{\"shop\":\"a\"},\"secrets\":{\"client_id\":\"ci\","
               "\"client_secret\":\"cs\"}}"},
    {.name = "shopify",
     .kind = "an app that the owner allows",
     .config = "{\"settings\":{\"shop\":\"a\",\"grant\":\"authorization_code\"},\"secrets\":{"
               "\"client_id\":\"ci\",\"client_secret\":\"cs\",\"refresh_token\":\"rt\"}}",
     .consent = "code=c1&shop=a.myshopify.com&state=" STATE "&timestamp=1795412731&hmac="
                "28560d04f59d248a38732234165dd60943059414115b0f874fba18abee07e297"},
    {.name = "woocommerce",
     .kind = "keys",
     .remotes = {"{\"product_id\":7,\"variation_id\":8}",
                 "{\"product_id\":7,\"variation_id\":9}",
                 "{\"product_id\":7,\"variation_id\":10}"},
     .location = "",
     .order = "723"},
    {.name = "woocommerce",
     .kind = "keys, simple products",
     .remotes = {"{\"product_id\":7}", "{\"product_id\":17}", "{\"product_id\":27}"},
     .location = "",
     .order = "723"},
    {.name = "bigcommerce",
     .kind = "a store-level account",
     .remotes = {"{\"product_id\":7,\"variant_id\":8}",
                 "{\"product_id\":7,\"variant_id\":9}",
                 "{\"product_id\":17,\"variant_id\":18}"},
     .location = "1",
     .order = "118"},
    {.name = "bigcommerce",
     .kind = "an app that is installed",
     .config = "{\"settings\":{\"store_hash\":\"abc\"},\"secrets\":{\"client_id\":\"ci\","
               "\"client_secret\":\"cs\"}}",
     .consent = "code=c1&context=stores/abc&scope=store_v2_products"},
    {.name = "ebay",
     .kind = "offers",
     .config =
         "{\"settings\":{\"ru_name\":\"Us-App-x\",\"alert_email\":\"alerts@stock.example\"},"
         "\"secrets\":{\"client_id\":\"app\",\"client_secret\":\"cert\",\"refresh_token\":\"r\","
         "\"access_token\":\"t\","
         "\"verification_token\":\"0123456789abcdef0123456789abcdef\"}}",
     .remotes =
         {"{\"listing_id\":\"110000000001\",\"sku\":\"TEE-M\",\"offer_id\":\"36445435465\"}",
          "{\"listing_id\":\"110000000001\",\"sku\":\"TEE L/2\",\"offer_id\":\"36445435466\"}",
          "{\"listing_id\":\"110000000001\",\"sku\":\"TEE-S\",\"offer_id\":\"36445435467\"}"},
     .location = "",
     .order = "12-34567-89012",
     .consent = "code=v%5E1.1%23i&expires_in=299&state=" STATE,
     .key = "9936261a-7d7b-4621-a0f1-964b48c5a4e7"},
    {.name = "ebay",
     .kind = "listings of the older API",
     .remotes = {"{\"listing_id\":\"110000000001\",\"sku\":\"TEE-M\"}",
                 "{\"listing_id\":\"110000000001\",\"sku\":\"TEE-L\"}"},
     .location = "",
     .order = "12-34567-89012"},
    {.name = "tiktok",
     .kind = "warehouses",
     .config = "{\"settings\":{\"shop_cipher\":\"C1\",\"service_id\":\"712\","
               "\"warehouse_map\":[{\"location\":\"b\",\"remote\":\"70\"}]},"
               "\"secrets\":{\"app_key\":\"k\",\"app_secret\":\"s\",\"access_token\":\"t\","
               "\"refresh_token\":\"r\"}}",
     .remotes = {"{\"product_id\":\"7\",\"sku_id\":\"8\"}",
                 "{\"product_id\":\"7\",\"sku_id\":\"9\"}",
                 "{\"product_id\":\"7\",\"sku_id\":\"10\"}"},
     .location = "70",
     .order = "576461413038785752",
     .consent = "code=TTP_c1&state=" STATE},
    {.name = "tiktok",
     .kind = "one count",
     .config = "{\"settings\":{\"shop_cipher\":\"C1\"},\"secrets\":{\"app_key\":\"k\",\"app_"
               "secret\":\"s\","
               "\"access_token\":\"t\",\"refresh_token\":\"r\"}}",
     .remotes = {"{\"product_id\":\"7\",\"sku_id\":\"8\"}"},
     .location = "",
     .order = "576461413038785752"},
    {.name = "walmart",
     .kind = "ship nodes",
     .remotes = {"{\"sku\":\"TEE-M-BLUE\"}", "{\"sku\":\"TEE M/1\"}", "{\"sku\":\"TEE-L\"}"},
     .location = "1",
     .order = "1796277083022"},
    {.name = "walmart",
     .kind = "one node",
     .config = "{\"settings\":{},\"secrets\":{\"client_id\":\"i\",\"client_secret\":\"s\","
               "\"access_token\":\"t\",\"webhook_secret\":\"hook-key\"}}",
     .remotes = {"{\"sku\":\"TEE-M-BLUE\"}", "{\"sku\":\"TEE M/1\"}", "{\"sku\":\"TEE-L\"}"},
     .location = "",
     .order = "1796277083022"},
    {.name = "amazon",
     .kind = "a queue",
     .config =
         "{\"settings\":{\"seller_id\":\"A3TH9S8BH6GOGM\",\"region\":\"na\","
         "\"application_id\":\"amzn1.sp.solution.1\",\"marketplace_ids\":[\"ATVPDKIKX0DER\"],"
         "\"sqs_queue_url\":\"https://sqs.us-east-1.amazonaws.com/123456789012/orders\"},"
         "\"secrets\":{\"client_id\":\"ci\",\"client_secret\":\"cs\",\"refresh_token\":\"rt\","
         "\"access_token\":\"at\",\"aws_access_key_id\":\"AKIDEXAMPLE\","
         "\"aws_secret_access_key\":\"wJalrXUtnFEMI\"}}",
     .remotes = {"{\"sku\":\"TEE-M BLUE/1\",\"asin\":\"B071VG5N9D\"}",
                 "{\"sku\":\"TEE-L\",\"product_type\":\"SHIRT\"}",
                 "{\"sku\":\"TEE-S\"}"},
     .location = "",
     .order = "903-1671087-0812628",
     .consent = "spapi_oauth_code=c1&selling_partner_id=A3TH9S8BH6GOGM&state=" STATE},
    {.name = "amazon", .kind = "no queue", .location = "", .order = "903-1671087-0812628"},
    {.name = "etsy",
     .kind = "a shop",
     .remotes = {"{\"listing_id\":7,\"product_id\":1001,\"sku\":\"TEE-RED-S\"}",
                 "{\"listing_id\":7,\"product_id\":1002,\"sku\":\"TEE-RED-M\"}"},
     .location = "",
     .order = "3145",
     .consent = "code=c1&state=" STATE},
    {.name = "etsy",
     .kind = "a listing off sale",
     .config = "{\"settings\":{\"shop_id\":\"12345\",\"reactivate\":\"always\"},\"secrets\":{"
               "\"keystring\":\"ks\",\"shared_secret\":\"sec\",\"refresh_token\":\"r\",\"access_"
               "token\":\"12345.t\"}}",
     .remotes = {"{\"listing_id\":7,\"product_id\":1001,\"sku\":\"TEE-RED-S\"}",
                 "{\"listing_id\":7,\"product_id\":1002,\"sku\":\"TEE-RED-M\"}"},
     .location = ""},
    {.name = "etsy",
     .kind = "a listing sold out",
     .config = "{\"settings\":{\"shop_id\":\"12345\",\"reactivate\":\"always\"},\"secrets\":{"
               "\"keystring\":\"ks\",\"shared_secret\":\"sec\",\"refresh_token\":\"r\",\"access_"
               "token\":\"12345.t\"}}",
     .remotes = {"{\"listing_id\":7,\"product_id\":1001,\"sku\":\"TEE-RED-S\"}",
                 "{\"listing_id\":7,\"product_id\":1002,\"sku\":\"TEE-RED-M\"}"},
     .location = ""},
    {.name = "etsy",
     .kind = "the last units",
     .remotes = {"{\"listing_id\":7,\"product_id\":1001,\"sku\":\"TEE-RED-S\"}",
                 "{\"listing_id\":7,\"product_id\":1002,\"sku\":\"TEE-RED-M\"}"},
     .location = "",
     .is_to_zero = true},
    {.name = "api",
     .kind = "a shop",
     .remotes = {"{\"sku\":\"TEE-M-BLUE\"}", "{\"sku\":\"TEE-L\"}"},
     .location = ""},
};
