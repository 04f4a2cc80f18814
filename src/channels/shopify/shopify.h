/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shopify - the parts of the Shopify connector, as they see each other. docs/channels/shopify.md
 * has what the platform does; connector.h has what each function owes.
 *
 * Webhooks carry REST's words (snake_case, integer ids), the Admin API speaks GraphQL (camelCase,
 * gids). Both become the same struct shopify_order (order.h), so that one version of an order gives
 * one snapshot, whichever way it came.
 */
#pragma once
#include "channels/connector.h"

#define SHOPIFY_SECRETS_MAX 4

struct shopify_config {
    struct slice endpoint;     /* of GraphQL, absolute */
    struct slice token_url;    /* of all grants */
    struct slice access_token; /* empty: must be bought first */
    struct slice client_id, client_secret;
    struct slice refresh_token; /* of a person's consent; replaced with every token it buys */
    bool asks_consent;          /* tokens come from a person's consent, not from client_id alone */
    struct slice shop;          /* "my-shop.myshopify.com"; empty: only base_url is known */
    struct slice hook_secrets[SHOPIFY_SECRETS_MAX]; /* any of them may have signed */
    size_t hook_secrets_count;
};

static inline const struct shopify_config *shopify_config(const struct account *account)
{
    return account->config;
}

struct slice shopify_text(struct json v); /* empty when it is no text */
bool shopify_true(struct json v);         /* the bool true, nothing else */
/* A positive 64-bit id as decimal text, from a number, decimal text or "gid://shopify/<type>/<id>".
 * A gid of another type is refused: a variant's id is not its inventory item's. */
bool shopify_id(struct json v, const char *type, struct arena *arena, struct slice *out);

/* connector.c: {product_id, variant_id, inventory_item_id} with its keys, as listings hold it. */
void shopify_remote(struct slice product_id,
                    struct slice variant_id,
                    struct slice inventory_item_id,
                    struct arena *arena,
                    struct slice *out_remote,
                    struct slice *out_key,
                    struct slice *out_stock_key);

/* The inventory item's id out of an item's stock key "item:<id>", perhaps with "@<location>" behind
 * it. Empty unless it is one of at most SHOPIFY_ID_MAX digits, and so is the item's location. */
#define SHOPIFY_ID_MAX 20
struct slice shopify_item_id(const struct push_item *item);

/* webhook.c */
connector_verify shopify_verify;
connector_decode shopify_decode;

/* push.c */
connector_build_items shopify_build_push;
connector_read_push shopify_read_push;

/* read.c */
#define SHOPIFY_READ_MAX 100
/* The quantity `available` of an InventoryLevel. */
bool shopify_available(struct json level, int64_t *out);
connector_build_items shopify_build_read;
connector_read_counts shopify_read_counts;

/* orders_read.c */
connector_build shopify_build_orders;
connector_read_orders shopify_read_orders;
connector_build_one shopify_build_order;
connector_read_order shopify_read_order;

/* catalogue.c */
connector_build shopify_build_catalogue;
connector_read_catalogue shopify_read_catalogue;

/* token.c */
connector_is shopify_wants_token;
connector_build shopify_build_token;
connector_read_token shopify_read_token;

/* consent.c */
connector_consent_url shopify_consent_url;
connector_build_one shopify_build_code;
/* Of tokens: `body` is JSON. */
MUST_USE enum err shopify_token_request(const struct account *account,
                                        struct slice body,
                                        struct arena *arena,
                                        struct http_request *out);

/* connect.c: what we ask for, as `scope` has it and as the app's installation lists it. */
#define SHOPIFY_SCOPES                                                                             \
    "read_orders,read_products,read_inventory,write_inventory,read_locations,read_fulfillments,"   \
    "read_returns,read_merchant_managed_fulfillment_orders"
connector_build shopify_build_connect;
connector_read_connect shopify_read_connect;
