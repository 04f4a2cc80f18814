/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_shopify - what the files of the Shopify look-alike share: the part of the Admin GraphQL
 * schema it knows (names as in version 2026-10), ids, stamps, idempotency keys.
 */
#pragma once
#include "drill/sandbox_graphql.h"
#include "drill/sandbox_inner.h"

#define SHOPIFY_VERSION "2026-10"

/* One id per (type, field): what the resolver switches on. */
enum shopify_field {
    F_NODES,
    F_EDGES,
    F_PAGE_INFO,
    F_NODE,
    F_CURSOR,
    F_HAS_NEXT,
    F_HAS_PREVIOUS,
    F_START_CURSOR,
    F_END_CURSOR,
    F_ID,
    F_LEGACY_ID,
    F_NAME,
    F_TITLE,
    F_SKU,
    F_CREATED_AT,
    F_UPDATED_AT,
    F_STATUS,
    F_QUANTITY,
    F_ITEM,
    F_LOCATION,
    F_VARIANT,
    F_PRODUCT,
    F_LINE_ITEM,
    F_CODE,
    F_FIELD,
    F_MESSAGE,
    F_REASON,
    F_REFERENCE,
    Q_SHOP,
    Q_LOCATION,
    Q_LOCATIONS,
    Q_INVENTORY_ITEM,
    Q_VARIANT,
    Q_VARIANTS,
    Q_VARIANTS_COUNT,
    Q_NODE,
    Q_NODES,
    Q_ORDER,
    Q_ORDERS,
    Q_PROPERTIES,
    Q_APP,
    Q_SUBSCRIPTIONS,
    M_SET_QUANTITIES,
    M_SUBSCRIBE,
    COUNT_COUNT,
    COUNT_PRECISION,
    SHOP_DOMAIN,
    SHOP_CURRENCY,
    LOC_ACTIVE,
    LOC_ONLINE,
    LOC_SHIPS,
    ITEM_TRACKED,
    ITEM_LEVEL,
    ITEM_LEVELS,
    ITEM_SHIPPING,
    ITEM_DUPLICATES,
    LEVEL_ACTIVE,
    LEVEL_QUANTITIES,
    PROPERTY_NAMES,
    PROPERTY_IN_USE,
    VAR_BARCODE,
    VAR_POLICY,
    VAR_QUANTITY,
    VAR_INVENTORY_ITEM,
    VAR_OPTIONS,
    VAR_PRICE,
    VAR_POSITION,
    VAR_DISPLAY_NAME,
    VAR_COMPONENTS,
    OPTION_VALUE,
    PRODUCT_VENDOR,
    PRODUCT_HANDLE,
    ORD_NUMBER,
    ORD_PROCESSED,
    ORD_CANCELLED_AT,
    ORD_CANCEL_REASON,
    ORD_CLOSED_AT,
    ORD_CLOSED,
    ORD_CONFIRMED,
    ORD_TEST,
    ORD_FINANCIAL,
    ORD_FULFILLMENT,
    ORD_SOURCE,
    ORD_ADDRESS,
    ORD_LINES,
    ORD_REFUNDS,
    ORD_FULFILLMENTS,
    ORD_FULFILLMENT_ORDERS,
    ORD_RETAIL,
    ORD_RETURN,
    ADR_COUNTRY_CODE,
    ADR_COUNTRY,
    ADR_REGION_CODE,
    ADR_REGION,
    ADR_CITY,
    ADR_ZIP,
    LINE_CURRENT,
    LINE_UNFULFILLED,
    LINE_NON_FULFILLABLE,
    LINE_REFUNDABLE,
    LINE_RESTOCKABLE,
    LINE_SHIPPING,
    LINE_VARIANT_TITLE,
    LINE_GIFT,
    REF_LINES,
    REF_NOTE,
    REF_RESTOCK,
    REF_RESTOCKED,
    FUL_LINES,
    FUL_TOTAL,
    FO_ASSIGNED,
    FO_LINES,
    FO_ORDER_ID,
    FO_ORDER_NAME,
    FO_REMAINING,
    FO_TOTAL,
    FO_INVENTORY_ID,
    SET_GROUP,
    SET_ERRORS,
    GROUP_CHANGES,
    CHANGE_DELTA,
    CHANGE_AFTER,
    CHANGE_LEDGER,
    APP_SCOPES,
    SCOPE_HANDLE,
    SUB_TOPIC,
    SUB_URI,
    SUB_FORMAT,
    SUB_FILTER,
    SUB_FIELDS,
    SUB_MADE,
    SUB_ERRORS,
};

extern const struct gql_schema shopify_schema;

/* What resolvers get as `self`. Items are struct item, orders struct order, products struct
 * product. */
struct shopify_location {
    struct shop *shop;
    int index; /* 0: sells online; 1: a pop-up that does not */
};
struct shopify_level {
    struct item *item;
    int location;
};
struct shopify_line {
    struct order *order;
    struct order_line *line;
};
struct shopify_refund_row {
    struct order *order;
    const struct refund *refund;
};
struct shopify_shipment_row {
    struct order *order;
    const struct shipment *shipment;
};
struct shopify_count {
    int64_t n, limit;
};
struct shopify_page { /* any connection */
    const char *node_type;
    const void **nodes;
    const int64_t *cursors;
    size_t count;
    bool has_next, has_previous;
};

void shopify_resolve(struct gql_run *run,
                     const struct gql_type *type,
                     const void *self,
                     const struct gql_selection *field);
/* Orders, their lines, refunds, shipments: the resolver's other half. */
void shopify_resolve_order(struct gql_run *run,
                           const struct gql_type *type,
                           const void *self,
                           const struct gql_selection *field);
void shopify_set_quantities(struct gql_run *run, const struct gql_selection *field);
void shopify_orders(struct gql_run *run, const struct gql_selection *field);
void shopify_variants(struct gql_run *run, const struct gql_selection *field);
void shopify_variants_count(struct gql_run *run, const struct gql_selection *field);
/* Connections, edges, PageInfo. */
void shopify_resolve_page(struct gql_run *run,
                          const struct gql_type *type,
                          const void *self,
                          const struct gql_selection *field);

/* Writes a connection; cuts it by first, after, last, before of the field. */
void shopify_put_page(struct gql_run *run,
                      const struct gql_selection *field,
                      const char *type,
                      struct shopify_page *page);
bool shopify_cursor_read(struct arena *arena, struct slice text, int64_t *out);
bool shopify_ids_page(struct gql_run *run,
                      const struct gql_selection *field,
                      int64_t count,
                      int64_t *out_start,
                      int64_t *out_end);

/* "gid://shopify/InventoryItem/5": type and number. */
bool shopify_gid(struct slice gid, struct slice *out_type, int64_t *out_id);
struct slice shopify_gid_text(struct arena *arena, const char *type, int64_t id);
struct item *shopify_item_of(const struct shop *shop, int64_t inventory_id);
struct item *shopify_variant_of(const struct shop *shop, int64_t id);
/* Index of the location, or -1. */
int shopify_location_of(const struct shop *shop, int64_t id);
int64_t shopify_location_number(const struct shop *shop, int index);
int64_t *shopify_level_count(struct item *item, int location);
bool shopify_set_name_is_known(struct slice name);
int64_t shopify_quantity(struct item *item, int location, struct slice name);

/* One term of a search: "updated_at:>='...'" . */
struct shopify_term {
    struct slice name, value;
    bool is_greater, is_equal; /* ">" and "=" of the comparison */
};
bool shopify_term_next(struct slice *query, struct shopify_term *out);

static inline struct shop *shopify_shop(const struct gql_run *run)
{
    return ((struct call *)run->user)->shop;
}
void shopify_time(struct gql_run *run, int64_t time_us); /* UTC, whole seconds; 0 = null */

/* The app's rights and webhooks. */
#define SHOPIFY_GRANTED                                                                            \
    "read_orders,read_products,read_inventory,write_inventory,read_locations,read_fulfillments,"   \
    "read_returns,read_merchant_managed_fulfillment_orders"
void shopify_subscriptions_init(struct shop *shop);
void shopify_subscriptions_free(struct shop *shop);
bool shopify_is_subscribed(const struct shop *shop); /* to anything at all */
/* To every subscription of that topic, cut as it asks for. */
void shopify_deliver(struct shop *shop, const char *topic, const char *event_id, struct slice body);
void shopify_resolve_app(struct gql_run *run,
                         const struct gql_type *type,
                         const void *self,
                         const struct gql_selection *field);
struct slice shopify_hook_url(const struct hook_job *job, struct arena *arena);

/* What the table of the platform names, from other files than its own. */
void shopify_free(struct shop *shop);
void shopify_order_event(struct order *order, enum order_event event, const struct refund *refund);
void shopify_count_event(struct item *item, int64_t location);
void shopify_sells_event(struct item *item); /* at the location that sells online */
void shopify_hook_head(struct hook_job *job,
                       struct slice body,
                       struct hook_head *head,
                       struct arena *arena);
