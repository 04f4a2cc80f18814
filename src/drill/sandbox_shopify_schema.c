/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_shopify_schema - the types and fields of Shopify's Admin GraphQL API (2026-10) that stock
 * needs. A field that is not here is answered as one that does not exist.
 */
#include "drill/sandbox_shopify.h"

#define PAGING "first:Int after:String last:Int before:String reverse:Boolean"
#define FIELDS(array) .fields = (array), .fields_count = COUNT_OF(array)

static const struct gql_field query_fields[] = {
    {"shop", "Shop!", "", Q_SHOP},
    {"location", "Location", "id:ID", Q_LOCATION},
    {"locations",
     "LocationConnection!",
     PAGING " includeInactive:Boolean includeLegacy:Boolean query:String sortKey:LocationSortKeys",
     Q_LOCATIONS},
    {"inventoryItem", "InventoryItem", "id:ID!", Q_INVENTORY_ITEM},
    {"inventoryProperties", "InventoryProperties!", "", Q_PROPERTIES},
    {"productVariant", "ProductVariant", "id:ID!", Q_VARIANT},
    {"productVariants",
     "ProductVariantConnection!",
     PAGING " query:String sortKey:ProductVariantSortKeys",
     Q_VARIANTS},
    {"productVariantsCount", "Count", "limit:Int query:String", Q_VARIANTS_COUNT},
    {"node", "Node", "id:ID!", Q_NODE},
    {"nodes", "[Node]!", "ids:[ID!]!", Q_NODES},
    {"order", "Order", "id:ID!", Q_ORDER},
    {"orders", "OrderConnection!", PAGING " query:String sortKey:OrderSortKeys", Q_ORDERS},
    {"currentAppInstallation", "AppInstallation!", "", Q_APP},
    {"webhookSubscriptions",
     "WebhookSubscriptionConnection!",
     PAGING " query:String uri:String format:WebhookSubscriptionFormat "
            "topics:[WebhookSubscriptionTopic!]",
     Q_SUBSCRIPTIONS},
};

static const struct gql_field mutation_fields[] = {
    {"inventorySetQuantities",
     "InventorySetQuantitiesPayload",
     "input:InventorySetQuantitiesInput!",
     M_SET_QUANTITIES},
    {"webhookSubscriptionCreate",
     "WebhookSubscriptionCreatePayload",
     "topic:WebhookSubscriptionTopic! webhookSubscription:WebhookSubscriptionInput!",
     M_SUBSCRIBE},
};

static const struct gql_field node_fields[] = {{"id", "ID!", "", F_ID}};

static const struct gql_field shop_fields[] = {
    {"id", "ID!", "", F_ID},
    {"name", "String!", "", F_NAME},
    {"myshopifyDomain", "String!", "", SHOP_DOMAIN},
    {"currencyCode", "String!", "", SHOP_CURRENCY},
};

static const struct gql_field count_fields[] = {
    {"count", "Int!", "", COUNT_COUNT},
    {"precision", "CountPrecision!", "", COUNT_PRECISION},
};

static const struct gql_field page_info_fields[] = {
    {"hasNextPage", "Boolean!", "", F_HAS_NEXT},
    {"hasPreviousPage", "Boolean!", "", F_HAS_PREVIOUS},
    {"startCursor", "String", "", F_START_CURSOR},
    {"endCursor", "String", "", F_END_CURSOR},
};

static const struct gql_field location_fields[] = {
    {"id", "ID!", "", F_ID},
    {"legacyResourceId", "UnsignedInt64!", "", F_LEGACY_ID},
    {"name", "String!", "", F_NAME},
    {"isActive", "Boolean!", "", LOC_ACTIVE},
    {"fulfillsOnlineOrders", "Boolean!", "", LOC_ONLINE},
    {"shipsInventory", "Boolean!", "", LOC_SHIPS},
};

static const struct gql_field item_fields[] = {
    {"id", "ID!", "", F_ID},
    {"legacyResourceId", "UnsignedInt64!", "", F_LEGACY_ID},
    {"sku", "String", "", F_SKU},
    {"tracked", "Boolean!", "", ITEM_TRACKED},
    {"createdAt", "DateTime!", "", F_CREATED_AT},
    {"updatedAt", "DateTime!", "", F_UPDATED_AT},
    {"requiresShipping", "Boolean!", "", ITEM_SHIPPING},
    {"duplicateSkuCount", "Int!", "", ITEM_DUPLICATES},
    {"variant", "ProductVariant!", "", F_VARIANT},
    {"inventoryLevel", "InventoryLevel", "locationId:ID! includeInactive:Boolean", ITEM_LEVEL},
    {"inventoryLevels",
     "InventoryLevelConnection!",
     PAGING " includeInactive:Boolean query:String",
     ITEM_LEVELS},
};

static const struct gql_field level_fields[] = {
    {"id", "ID!", "", F_ID},
    {"isActive", "Boolean!", "", LEVEL_ACTIVE},
    {"createdAt", "DateTime!", "", F_CREATED_AT},
    {"updatedAt", "DateTime!", "", F_UPDATED_AT},
    {"item", "InventoryItem!", "", F_ITEM},
    {"location", "Location!", "", F_LOCATION},
    {"quantities", "[InventoryQuantity!]!", "names:[String!]!", LEVEL_QUANTITIES},
};

static const struct gql_field quantity_fields[] = {
    {"id", "ID!", "", F_ID},
    {"name", "String!", "", F_NAME},
    {"quantity", "Int!", "", F_QUANTITY},
    {"updatedAt", "DateTime", "", F_UPDATED_AT},
};

static const struct gql_field properties_fields[] = {
    {"quantityNames", "[InventoryQuantityName!]!", "", PROPERTY_NAMES},
};

static const struct gql_field quantity_name_fields[] = {
    {"name", "String!", "", F_NAME},
    {"isInUse", "Boolean!", "", PROPERTY_IN_USE},
};

static const struct gql_field variant_fields[] = {
    {"id", "ID!", "", F_ID},
    {"legacyResourceId", "UnsignedInt64!", "", F_LEGACY_ID},
    {"title", "String!", "", F_TITLE},
    {"displayName", "String!", "", VAR_DISPLAY_NAME},
    {"sku", "String", "", F_SKU},
    {"barcode", "String", "", VAR_BARCODE},
    {"price", "Money!", "", VAR_PRICE},
    {"position", "Int!", "", VAR_POSITION},
    {"inventoryPolicy", "ProductVariantInventoryPolicy!", "", VAR_POLICY},
    {"inventoryQuantity", "Int", "", VAR_QUANTITY},
    {"inventoryItem", "InventoryItem!", "", VAR_INVENTORY_ITEM},
    {"selectedOptions", "[SelectedOption!]!", "", VAR_OPTIONS},
    {"requiresComponents", "Boolean!", "", VAR_COMPONENTS},
    {"product", "Product!", "", F_PRODUCT},
    {"createdAt", "DateTime!", "", F_CREATED_AT},
    {"updatedAt", "DateTime!", "", F_UPDATED_AT},
};

static const struct gql_field option_fields[] = {
    {"name", "String!", "", F_NAME},
    {"value", "String!", "", OPTION_VALUE},
};

static const struct gql_field product_fields[] = {
    {"id", "ID!", "", F_ID},
    {"legacyResourceId", "UnsignedInt64!", "", F_LEGACY_ID},
    {"title", "String!", "", F_TITLE},
    {"status", "ProductStatus!", "", F_STATUS},
    {"vendor", "String!", "", PRODUCT_VENDOR},
    {"handle", "String!", "", PRODUCT_HANDLE},
    {"updatedAt", "DateTime!", "", F_UPDATED_AT},
};

static const struct gql_field order_fields[] = {
    {"id", "ID!", "", F_ID},
    {"legacyResourceId", "UnsignedInt64!", "", F_LEGACY_ID},
    {"name", "String!", "", F_NAME},
    {"number", "Int!", "", ORD_NUMBER},
    {"createdAt", "DateTime!", "", F_CREATED_AT},
    {"processedAt", "DateTime!", "", ORD_PROCESSED},
    {"updatedAt", "DateTime!", "", F_UPDATED_AT},
    {"cancelledAt", "DateTime", "", ORD_CANCELLED_AT},
    {"cancelReason", "OrderCancelReason", "", ORD_CANCEL_REASON},
    {"closedAt", "DateTime", "", ORD_CLOSED_AT},
    {"closed", "Boolean!", "", ORD_CLOSED},
    {"confirmed", "Boolean!", "", ORD_CONFIRMED},
    {"test", "Boolean!", "", ORD_TEST},
    {"displayFinancialStatus", "OrderDisplayFinancialStatus", "", ORD_FINANCIAL},
    {"displayFulfillmentStatus", "OrderDisplayFulfillmentStatus!", "", ORD_FULFILLMENT},
    {"returnStatus", "OrderReturnStatus!", "", ORD_RETURN},
    {"sourceName", "String", "", ORD_SOURCE},
    {"retailLocation", "Location", "", ORD_RETAIL},
    {"shippingAddress", "MailingAddress", "", ORD_ADDRESS},
    {"lineItems", "LineItemConnection!", PAGING, ORD_LINES},
    {"refunds", "[Refund!]!", "first:Int", ORD_REFUNDS},
    {"fulfillments", "[Fulfillment!]!", "first:Int query:String", ORD_FULFILLMENTS},
    {"fulfillmentOrders",
     "FulfillmentOrderConnection!",
     PAGING " displayable:Boolean query:String",
     ORD_FULFILLMENT_ORDERS},
};

static const struct gql_field address_fields[] = {
    {"countryCodeV2", "CountryCode", "", ADR_COUNTRY_CODE},
    {"country", "String", "", ADR_COUNTRY},
    {"provinceCode", "String", "", ADR_REGION_CODE},
    {"province", "String", "", ADR_REGION},
    {"city", "String", "", ADR_CITY},
    {"zip", "String", "", ADR_ZIP},
};

static const struct gql_field line_fields[] = {
    {"id", "ID!", "", F_ID},
    {"name", "String!", "", F_NAME},
    {"title", "String!", "", F_TITLE},
    {"variantTitle", "String", "", LINE_VARIANT_TITLE},
    {"sku", "String", "", F_SKU},
    {"quantity", "Int!", "", F_QUANTITY},
    {"currentQuantity", "Int!", "", LINE_CURRENT},
    {"unfulfilledQuantity", "Int!", "", LINE_UNFULFILLED},
    {"fulfillableQuantity", "Int!", "", LINE_UNFULFILLED},
    {"nonFulfillableQuantity", "Int!", "", LINE_NON_FULFILLABLE},
    {"refundableQuantity", "Int!", "", LINE_REFUNDABLE},
    {"restockable", "Boolean!", "", LINE_RESTOCKABLE},
    {"requiresShipping", "Boolean!", "", LINE_SHIPPING},
    {"isGiftCard", "Boolean!", "", LINE_GIFT},
    {"variant", "ProductVariant", "", F_VARIANT},
    {"product", "Product", "", F_PRODUCT},
};

static const struct gql_field refund_fields[] = {
    {"id", "ID!", "", F_ID},
    {"legacyResourceId", "UnsignedInt64!", "", F_LEGACY_ID},
    {"createdAt", "DateTime", "", F_CREATED_AT},
    {"processedAt", "DateTime!", "", F_CREATED_AT},
    {"updatedAt", "DateTime!", "", F_UPDATED_AT},
    {"note", "String", "", REF_NOTE},
    {"refundLineItems", "RefundLineItemConnection!", PAGING, REF_LINES},
};

static const struct gql_field refund_line_fields[] = {
    {"id", "ID", "", F_ID},
    {"lineItem", "LineItem!", "", F_LINE_ITEM},
    {"location", "Location", "", F_LOCATION},
    {"quantity", "Int!", "", F_QUANTITY},
    {"restockType", "RefundLineItemRestockType!", "", REF_RESTOCK},
    {"restocked", "Boolean!", "", REF_RESTOCKED},
};

static const struct gql_field fulfillment_fields[] = {
    {"id", "ID!", "", F_ID},
    {"legacyResourceId", "UnsignedInt64!", "", F_LEGACY_ID},
    {"name", "String!", "", F_NAME},
    {"status", "FulfillmentStatus!", "", F_STATUS},
    {"createdAt", "DateTime!", "", F_CREATED_AT},
    {"updatedAt", "DateTime!", "", F_UPDATED_AT},
    {"totalQuantity", "Int!", "", FUL_TOTAL},
    {"location", "Location", "", F_LOCATION},
    {"fulfillmentLineItems", "FulfillmentLineItemConnection!", PAGING, FUL_LINES},
};

static const struct gql_field fulfillment_line_fields[] = {
    {"id", "ID!", "", F_ID},
    {"lineItem", "LineItem!", "", F_LINE_ITEM},
    {"quantity", "Int", "", F_QUANTITY},
};

static const struct gql_field fulfillment_order_fields[] = {
    {"id", "ID!", "", F_ID},
    {"status", "FulfillmentOrderStatus!", "", F_STATUS},
    {"createdAt", "DateTime!", "", F_CREATED_AT},
    {"updatedAt", "DateTime!", "", F_UPDATED_AT},
    {"orderId", "ID!", "", FO_ORDER_ID},
    {"orderName", "String!", "", FO_ORDER_NAME},
    {"assignedLocation", "FulfillmentOrderAssignedLocation!", "", FO_ASSIGNED},
    {"lineItems", "FulfillmentOrderLineItemConnection!", PAGING, FO_LINES},
};

static const struct gql_field fulfillment_order_line_fields[] = {
    {"id", "ID!", "", F_ID},
    {"remainingQuantity", "Int!", "", FO_REMAINING},
    {"totalQuantity", "Int!", "", FO_TOTAL},
    {"inventoryItemId", "ID", "", FO_INVENTORY_ID},
    {"sku", "String", "", F_SKU},
    {"lineItem", "LineItem!", "", F_LINE_ITEM},
    {"variant", "ProductVariant", "", F_VARIANT},
};

static const struct gql_field assigned_location_fields[] = {
    {"location", "Location", "", F_LOCATION},
    {"name", "String!", "", F_NAME},
};

static const struct gql_field set_payload_fields[] = {
    {"inventoryAdjustmentGroup", "InventoryAdjustmentGroup", "", SET_GROUP},
    {"userErrors", "[InventorySetQuantitiesUserError!]!", "", SET_ERRORS},
};

static const struct gql_field group_fields[] = {
    {"id", "ID!", "", F_ID},
    {"createdAt", "DateTime!", "", F_CREATED_AT},
    {"reason", "String!", "", F_REASON},
    {"referenceDocumentUri", "String", "", F_REFERENCE},
    {"changes",
     "[InventoryChange!]!",
     "inventoryItemIds:[ID!] locationIds:[ID!] quantityNames:[String!]",
     GROUP_CHANGES},
};

static const struct gql_field change_fields[] = {
    {"name", "String!", "", F_NAME},
    {"delta", "Int!", "", CHANGE_DELTA},
    {"quantityAfterChange", "Int", "", CHANGE_AFTER},
    {"item", "InventoryItem", "", F_ITEM},
    {"location", "Location", "", F_LOCATION},
    {"ledgerDocumentUri", "String", "", CHANGE_LEDGER},
};

static const struct gql_field user_error_fields[] = {
    {"code", "InventorySetQuantitiesUserErrorCode", "", F_CODE},
    {"field", "[String!]", "", F_FIELD},
    {"message", "String!", "", F_MESSAGE},
};

static const struct gql_field app_fields[] = {
    {"id", "ID!", "", F_ID},
    {"accessScopes", "[AccessScope!]!", "", APP_SCOPES},
};

static const struct gql_field scope_fields[] = {{"handle", "String!", "", SCOPE_HANDLE}};

static const struct gql_field subscription_fields[] = {
    {"id", "ID!", "", F_ID},
    {"topic", "WebhookSubscriptionTopic!", "", SUB_TOPIC},
    {"uri", "String!", "", SUB_URI},
    {"format", "WebhookSubscriptionFormat!", "", SUB_FORMAT},
    {"filter", "String", "", SUB_FILTER},
    {"includeFields", "[String!]!", "", SUB_FIELDS},
    {"createdAt", "DateTime!", "", F_CREATED_AT},
    {"updatedAt", "DateTime!", "", F_UPDATED_AT},
};

static const struct gql_field subscribe_fields[] = {
    {"webhookSubscription", "WebhookSubscription", "", SUB_MADE},
    {"userErrors", "[UserError!]!", "", SUB_ERRORS},
};

static const struct gql_field plain_error_fields[] = {
    {"field", "[String!]", "", F_FIELD},
    {"message", "String!", "", F_MESSAGE},
};

#define CONNECTION(lower, Name)                                                                    \
    static const struct gql_field lower##_connection_fields[] = {                                  \
        {"nodes", "[" Name "!]!", "", F_NODES},                                                    \
        {"edges", "[" Name "Edge!]!", "", F_EDGES},                                                \
        {"pageInfo", "PageInfo!", "", F_PAGE_INFO},                                                \
    };                                                                                             \
    static const struct gql_field lower##_edge_fields[] = {                                        \
        {"node", Name "!", "", F_NODE},                                                            \
        {"cursor", "String!", "", F_CURSOR},                                                       \
    }

CONNECTION(location, "Location");
CONNECTION(level, "InventoryLevel");
CONNECTION(variant, "ProductVariant");
CONNECTION(order, "Order");
CONNECTION(line, "LineItem");
CONNECTION(refund_line, "RefundLineItem");
CONNECTION(fulfillment_line, "FulfillmentLineItem");
CONNECTION(fulfillment_order, "FulfillmentOrder");
CONNECTION(fulfillment_order_line, "FulfillmentOrderLineItem");
CONNECTION(subscription, "WebhookSubscription");

#define PAGED(lower, Name)                                                                         \
    {.name = Name, FIELDS(lower##_fields)},                                                        \
        {.name = Name "Connection", FIELDS(lower##_connection_fields)},                            \
    {                                                                                              \
        .name = Name "Edge", FIELDS(lower##_edge_fields)                                           \
    }

static const struct gql_type types[] = {
    {.name = "QueryRoot", FIELDS(query_fields)},
    {.name = "Mutation", FIELDS(mutation_fields)},
    {.name = "Node", FIELDS(node_fields), .is_interface = true},
    {.name = "Shop", FIELDS(shop_fields)},
    {.name = "Count", FIELDS(count_fields)},
    {.name = "PageInfo", FIELDS(page_info_fields)},
    PAGED(location, "Location"),
    {.name = "InventoryItem", FIELDS(item_fields)},
    PAGED(level, "InventoryLevel"),
    {.name = "InventoryQuantity", FIELDS(quantity_fields)},
    {.name = "InventoryProperties", FIELDS(properties_fields)},
    {.name = "InventoryQuantityName", FIELDS(quantity_name_fields)},
    PAGED(variant, "ProductVariant"),
    {.name = "SelectedOption", FIELDS(option_fields)},
    {.name = "Product", FIELDS(product_fields)},
    PAGED(order, "Order"),
    {.name = "MailingAddress", FIELDS(address_fields)},
    PAGED(line, "LineItem"),
    {.name = "Refund", FIELDS(refund_fields)},
    PAGED(refund_line, "RefundLineItem"),
    {.name = "Fulfillment", FIELDS(fulfillment_fields)},
    PAGED(fulfillment_line, "FulfillmentLineItem"),
    PAGED(fulfillment_order, "FulfillmentOrder"),
    PAGED(fulfillment_order_line, "FulfillmentOrderLineItem"),
    {.name = "FulfillmentOrderAssignedLocation", FIELDS(assigned_location_fields)},
    {.name = "InventorySetQuantitiesPayload", FIELDS(set_payload_fields)},
    {.name = "InventoryAdjustmentGroup", FIELDS(group_fields)},
    {.name = "InventoryChange", FIELDS(change_fields)},
    {.name = "InventorySetQuantitiesUserError", FIELDS(user_error_fields)},
    {.name = "AppInstallation", FIELDS(app_fields)},
    {.name = "AccessScope", FIELDS(scope_fields)},
    PAGED(subscription, "WebhookSubscription"),
    {.name = "WebhookSubscriptionCreatePayload", FIELDS(subscribe_fields)},
    {.name = "UserError", FIELDS(plain_error_fields)},
};

static const struct gql_input inputs[] = {
    {"InventorySetQuantitiesInput",
     "name:String! reason:String! referenceDocumentUri:String "
     "quantities:[InventoryQuantityInput!]!"},
    {"InventoryQuantityInput",
     "inventoryItemId:ID! locationId:ID! quantity:Int! changeFromQuantity:Int"},
    {"WebhookSubscriptionInput",
     "uri:String format:WebhookSubscriptionFormat filter:String includeFields:[String!] "
     "name:String"},
};

static const struct gql_enum enums[] = {
    {"OrderSortKeys", "UPDATED_AT CREATED_AT PROCESSED_AT ID"},
    {"ProductVariantSortKeys", "ID"},
    {"LocationSortKeys", "NAME ID"},
    {"WebhookSubscriptionFormat", "JSON XML"},
    {"WebhookSubscriptionTopic",
     "APP_UNINSTALLED APP_SCOPES_UPDATE ORDERS_CREATE ORDERS_UPDATED ORDERS_CANCELLED "
     "ORDERS_DELETE "
     "ORDERS_EDITED ORDERS_FULFILLED ORDERS_PARTIALLY_FULFILLED ORDERS_PAID FULFILLMENTS_CREATE "
     "FULFILLMENTS_UPDATE REFUNDS_CREATE RETURNS_APPROVE RETURNS_PROCESS RETURNS_CLOSE "
     "REVERSE_FULFILLMENT_ORDERS_DISPOSE INVENTORY_LEVELS_UPDATE INVENTORY_LEVELS_CONNECT "
     "INVENTORY_LEVELS_DISCONNECT INVENTORY_ITEMS_CREATE INVENTORY_ITEMS_UPDATE "
     "INVENTORY_ITEMS_DELETE PRODUCTS_CREATE PRODUCTS_UPDATE PRODUCTS_DELETE LOCATIONS_CREATE "
     "LOCATIONS_UPDATE LOCATIONS_DELETE BULK_OPERATIONS_FINISH"},
};

const struct gql_schema shopify_schema = {
    .types = types,
    .types_count = COUNT_OF(types),
    .inputs = inputs,
    .inputs_count = COUNT_OF(inputs),
    .enums = enums,
    .enums_count = COUNT_OF(enums),
};
