/* SPDX-License-Identifier: Apache-2.0 */
/* What is configured, and units: the objects of the API. What happened is in api_schema_log.c. */
#include "intake/api_schema.h"
#include "core/ledger.h"

#define TEXT_MAX 255
#define SETTABLE (SHOWN | ASKED | CHANGED)

#define SCHEMA(fields_) .fields = (fields_), .fields_count = COUNT_OF(fields_)

/* ---- SKUs ---- */

static const struct schema_field component_fields[] = {
    {"sku", FIELD_TEXT, SHOWN, .about = "a SKU that owns stock", .min = 1, .max = TEXT_MAX},
    {"quantity", FIELD_INT, SHOWN, .about = "units of it in one bundle", .min = 1, .max = 1000000},
};
static const struct schema schema_component = {
    .name = "Component", .about = "what a bundle is made of", SCHEMA(component_fields)};

static const struct schema_field sku_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "permanent: a new code makes no other SKU of it"},
    {"sku",
     FIELD_TEXT,
     SETTABLE | MUST,
     .about = "its code; case and spaces in and around it do not count",
     .min = 1,
     .max = TEXT_MAX},
    {"title", FIELD_TEXT, SETTABLE | NULL_IN, .about = "for people", .max = TEXT_MAX},
    {"product", FIELD_TEXT, SETTABLE | NULL_IN, .about = "groups SKUs", .max = TEXT_MAX},
    {"options",
     FIELD_TEXT_MAP,
     SETTABLE | NULL_IN,
     .about = "such as {\"Size\":\"M\"}; at most 4000 bytes"},
    {"barcode", FIELD_TEXT, SETTABLE | NULL_IN, .about = "for people", .max = TEXT_MAX},
    {"buffer",
     FIELD_INT,
     SETTABLE | NULL_IN | NULL_OUT,
     .about = "units held back on every channel",
     .max = QTY_MAX},
    {"oversell",
     FIELD_TEXT,
     SETTABLE,
     .about = "is selling beyond stock agreed",
     .values = "deny|backorder"},
    {"components",
     FIELD_LIST,
     SETTABLE | NULL_IN,
     .about = "makes it a bundle, which owns no stock",
     .max = 100,
     .of = &schema_component},
    {"aliases",
     FIELD_TEXTS,
     SETTABLE | NULL_IN,
     .about = "other codes it is found under, former ones among them",
     .max = 100},
};
const struct schema schema_sku = {.name = "Sku",
                                  .asked = "NewSku",
                                  .changed = "SkuChange",
                                  .about = "one sellable variation, or a bundle of them",
                                  SCHEMA(sku_fields)};

/* ---- locations ---- */

#define CODE_ABOUT "1 to 64 letters, digits, '.', '_' or '-'; it stays"

static const struct schema_field location_fields[] = {
    {"code", FIELD_TEXT, SETTABLE | MUST, .about = CODE_ABOUT, .min = 1, .max = 64},
    {"name", FIELD_TEXT, SETTABLE | NULL_IN, .about = "for people", .max = TEXT_MAX},
    {"country",
     FIELD_TEXT,
     SETTABLE | NULL_IN,
     .about = "two capital letters (ISO 3166-1 alpha-2), or nothing",
     .max = 2},
    {"region", FIELD_TEXT, SETTABLE | NULL_IN, .about = "of the country", .max = TEXT_MAX},
    {"active", FIELD_BOOL, SETTABLE, .about = "channels may sell from it"},
};
const struct schema schema_location = {.name = "Location",
                                       .asked = "NewLocation",
                                       .changed = "LocationChange",
                                       .about = "a place that holds stock",
                                       SCHEMA(location_fields)};

/* ---- channels ---- */

static const struct schema_field stop_fields[] = {
    {"location", FIELD_TEXT, SHOWN, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"priority",
     FIELD_INT,
     SHOWN | MAYBE,
     .about = "the lowest sells first",
     .min = -QTY_MAX,
     .max = QTY_MAX},
    {"cost",
     FIELD_INT,
     SHOWN | MAYBE,
     .about = "decides where priorities are equal",
     .min = -QTY_MAX,
     .max = QTY_MAX},
    {"fee",
     FIELD_INT,
     SHOWN | MAYBE,
     .about = "of an order that is served from it",
     .min = 0,
     .max = QTY_MAX},
    {"countries",
     FIELD_TEXTS,
     SHOWN | MAYBE | NULL_OUT,
     .about = "destinations it serves; none: all"},
    {"regions",
     FIELD_TEXTS,
     SHOWN | MAYBE | NULL_OUT,
     .about = "destinations it serves; none: all"},
};
static const struct schema schema_stop = {
    .name = "RouteStop", .about = "a location that a channel may sell from", SCHEMA(stop_fields)};

static const struct schema_field channel_fields[] = {
    {"code", FIELD_TEXT, SETTABLE | MUST, .about = CODE_ABOUT, .min = 1, .max = 64},
    {"connector",
     FIELD_TEXT,
     SETTABLE | MUST,
     .about = "speaks its platform: shopify, woocommerce, bigcommerce, amazon, ebay, walmart, "
              "tiktok, etsy, api; it stays",
     .min = 1,
     .max = TEXT_MAX},
    {"mode",
     FIELD_TEXT,
     SETTABLE,
     .about = "off: apply nothing; shadow: all but writing its stock; live",
     .values = "off|shadow|live"},
    {"paused", FIELD_BOOL, SETTABLE, .about = "nothing is pushed"},
    {"settings",
     FIELD_FREE,
     SETTABLE | NULL_IN,
     .about = "the connector's; a PATCH merges them by name"},
    {"secrets",
     FIELD_FREE,
     ASKED | CHANGED | NULL_IN,
     .about = "the connector's; never shown; a PATCH merges them by name"},
    {"has_secrets", FIELD_BOOL, SHOWN, .about = "secrets are kept"},
    {"buffer",
     FIELD_INT,
     SETTABLE | NULL_IN | NULL_OUT,
     .about = "units held back",
     .max = QTY_MAX},
    {"percent", FIELD_INT, SETTABLE | NULL_IN | NULL_OUT, .about = "the share to show", .max = 100},
    {"cap", FIELD_INT, SETTABLE | NULL_IN | NULL_OUT, .about = "the most to show", .max = QTY_MAX},
    {"route",
     FIELD_LIST,
     SETTABLE | NULL_IN,
     .about = "none: all active locations",
     .max = 1000,
     .of = &schema_stop},
    {"opened_at",
     FIELD_TIME,
     SETTABLE | NULL_IN,
     .about = "orders from before it that are done already move nothing"},
    {"orders_read_through",
     FIELD_TIME,
     SHOWN | NULL_OUT,
     .about = "orders changed until then were read"},
    {"cutover_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "it was, or is to be, taken over then"},
    {"watch_until",
     FIELD_TIME,
     SHOWN | NULL_OUT,
     .about = "taken over: paced and watched until then"},
};
const struct schema schema_channel = {.name = "Channel",
                                      .asked = "NewChannel",
                                      .changed = "ChannelChange",
                                      .about = "one connected account",
                                      SCHEMA(channel_fields)};

static const struct schema_field import_fields[] = {
    {"create_skus", FIELD_BOOL, ASKED, .about = "create SKUs that are not there"},
};
const struct schema schema_import = {
    .asked = "Import", .about = "how to import a catalogue", SCHEMA(import_fields)};

/* ---- listings ---- */

#define UNKNOWN_YET "; null while that is not known"

static const struct schema_field listing_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the listing"},
    {"channel", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"sku", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"remote",
     FIELD_FREE,
     SHOWN | ASKED | NULL_IN,
     .about = "the platform's ids; may be left out for connector api"},
    {"location",
     FIELD_TEXT,
     SHOWN | ASKED | NULL_IN | NULL_OUT,
     .about = "where the platform has locations of its own; null: the total",
     .max = TEXT_MAX},
    {"pack_size", FIELD_INT, SETTABLE, .about = "SKUs in one unit sold", .min = 1, .max = 1000000},
    {"buffer",
     FIELD_INT,
     SETTABLE | NULL_IN | NULL_OUT,
     .about = "units held back",
     .max = QTY_MAX},
    {"percent", FIELD_INT, SETTABLE | NULL_IN | NULL_OUT, .about = "the share to show", .max = 100},
    {"cap", FIELD_INT, SETTABLE | NULL_IN | NULL_OUT, .about = "the most to show", .max = QTY_MAX},
    {"min_to_list",
     FIELD_INT,
     SETTABLE | NULL_IN | NULL_OUT,
     .about = "the least worth showing",
     .max = QTY_MAX},
    {"paused", FIELD_BOOL, SETTABLE, .about = "nothing is pushed"},
    {"sellable", FIELD_INT, SHOWN, .about = "what it may show now"},
    {"expected", FIELD_INT, SHOWN | NULL_OUT, .about = "what the channel shows now" UNKNOWN_YET},
    {"expected_lo", FIELD_INT, SHOWN | NULL_OUT, .about = "the least it may show" UNKNOWN_YET},
    {"expected_hi", FIELD_INT, SHOWN | NULL_OUT, .about = "the most it may show" UNKNOWN_YET},
    {"published", FIELD_INT, SHOWN | NULL_OUT, .about = "the last value the channel confirmed"},
    {"published_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "when it did"},
    {"observed", FIELD_INT, SHOWN | NULL_OUT, .about = "what the channel showed when last read"},
    {"observed_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "when that was"},
    {"state",
     FIELD_TEXT,
     SHOWN,
     .about = "does the channel show what it may",
     .values = "ok|waiting|in_flight|unknown|refused|parent_managed|unmanaged|paused"},
    {"state_reason",
     FIELD_TEXT,
     SHOWN | NULL_OUT,
     .about = "why, when it is none of the first three"},
};
const struct schema schema_listing = {.name = "Listing",
                                      .asked = "NewListing",
                                      .changed = "ListingChange",
                                      .about = "the place where one channel sells one SKU",
                                      SCHEMA(listing_fields)};

/* ---- stock ---- */

#define BALANCES                                                                                   \
    {"on_hand", FIELD_INT, SHOWN, .about = "available + held + reserved + unavailable"},           \
        {"available", FIELD_INT, SHOWN, .about = "below zero: units are owed"},                    \
        {"held", FIELD_INT, SHOWN, .about = "for checkouts"},                                      \
        {"reserved", FIELD_INT, SHOWN, .about = "for orders"},                                     \
        {"unavailable", FIELD_INT, SHOWN, .about = "out of sale"},                                 \
        {"in_transit", FIELD_INT, SHOWN, .about = "on its way there"},                             \
    {                                                                                              \
        "unavailable_by", FIELD_INT_MAP, SHOWN, .about = "units out of sale, by reason"            \
    }

static const struct schema_field stock_at_fields[] = {
    {"location", FIELD_TEXT, SHOWN, .about = "its code"},
    BALANCES,
};
static const struct schema schema_stock_at = {
    .name = "StockAt", .about = "units of a SKU at one location", SCHEMA(stock_at_fields)};
static const struct schema_field stock_fields[] = {
    {"sku", FIELD_TEXT, SHOWN, .about = "its code"},
    BALANCES,
    {"locations", FIELD_LIST, SHOWN, .about = "where they are", .of = &schema_stock_at},
};
const struct schema schema_stock = {
    .name = "Stock", .about = "units of a SKU, in all and per location", SCHEMA(stock_fields)};

static const struct schema_field step_fields[] = {
    {"step",
     FIELD_TEXT,
     SHOWN,
     .about = "what changed the figure",
     .values = "location|component|debt|buffer|percent|pack_size|cap|min_to_list|share"},
    {"location", FIELD_TEXT, SHOWN | NULL_OUT, .about = "the location of this step"},
    {"component", FIELD_TEXT, SHOWN | MAYBE | NULL_OUT, .about = "the component of this step"},
    {"quantity", FIELD_INT, SHOWN, .about = "the step's own figure"},
    {"value", FIELD_INT, SHOWN, .about = "the figure after it; the last is sellable"},
};
static const struct schema schema_step = {
    .name = "AvailabilityStep", .about = "one line of the reckoning", SCHEMA(step_fields)};
static const struct schema_field listing_why_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the listing"},
    {"channel", FIELD_TEXT, SHOWN, .about = "its code"},
    {"sellable", FIELD_INT, SHOWN, .about = "what it may show now"},
    {"why", FIELD_LIST, SHOWN, .about = "line by line", .of = &schema_step},
    {"exposure",
     FIELD_OBJECT,
     SHOWN,
     .about = "what others may sell before it shows it",
     .of = &schema_exposure},
};
static const struct schema schema_listing_why = {.name = "ListingAvailability",
                                                 .about = "what a listing may show, and why",
                                                 SCHEMA(listing_why_fields)};
static const struct schema_field availability_fields[] = {
    {"sku", FIELD_TEXT, SHOWN, .about = "its code"},
    {"listings", FIELD_LIST, SHOWN, .about = "all of the SKU's", .of = &schema_listing_why},
};
const struct schema schema_availability = {.name = "Availability",
                                           .about = "what each listing of a SKU may show, and why",
                                           SCHEMA(availability_fields)};

/* ---- movements by hand ---- */

#define BY_HAND "receive|adjust|count|damage|set_aside|restore|write_off|return|restock|scrap|ship"

static const struct schema_field movement_line_fields[] = {
    {"id",
     FIELD_ID,
     SHOWN | NULL_OUT,
     .about = "in the ledger; null: a count that found no difference"},
    {"kind", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "what happened", .values = BY_HAND},
    {"sku", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"location", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"quantity",
     FIELD_INT,
     SHOWN | ASKED | MUST,
     .about = "1 or more; signed and not 0 for adjust; what was counted, or 0, for count",
     .min = -QTY_MAX,
     .max = QTY_MAX},
    {"difference", FIELD_INT, SHOWN | MAYBE, .about = "of a count: what it changed"},
    {"reason",
     FIELD_TEXT,
     SHOWN | MAYBE | ASKED | NULL_IN,
     .about = "why units are out of sale",
     .max = TEXT_MAX},
    {"reference", FIELD_TEXT, SHOWN | MAYBE | ASKED | NULL_IN, .about = "yours", .max = TEXT_MAX},
    {"happened_at",
     FIELD_TIME,
     SHOWN | ASKED | NULL_IN,
     .about = "at most 5 minutes ahead; left out: now"},
    {"expected",
     FIELD_INT,
     ASKED,
     .about = "of a count: refused when the ledger has another figure",
     .min = -BALANCE_MAX,
     .max = BALANCE_MAX},
    {"available", FIELD_INT, SHOWN, .about = "there, afterwards"},
    {"on_hand", FIELD_INT, SHOWN, .about = "there, afterwards"},
};
static const struct schema schema_movement_line = {.name = "BookedLine",
                                                   .asked = "NewMovement",
                                                   .about = "units that move, and why",
                                                   SCHEMA(movement_line_fields)};
static const struct schema_field movements_fields[] = {
    {"movements",
     FIELD_LIST,
     SHOWN | ASKED | MUST,
     .about = "all or none",
     .min = 1,
     .max = 10000,
     .of = &schema_movement_line},
};
const struct schema schema_movements = {.name = "BookedMovements",
                                        .asked = "NewMovements",
                                        .about = "movements by hand, all or none",
                                        SCHEMA(movements_fields)};

/* ---- the ledger ---- */

static const struct schema_field account_fields[] = {
    {"location", FIELD_TEXT, SHOWN | NULL_OUT, .about = "its code; null: outside"},
    {"bucket",
     FIELD_TEXT,
     SHOWN,
     .about = "what they were there for",
     .values = "outside|available|held|reserved|unavailable|in_transit"},
};
static const struct schema schema_account = {
    .name = "Account", .about = "where units are", SCHEMA(account_fields)};

#define KIND(name, text) text "|"
static const struct schema_field movement_fields[] = {
    {"id", FIELD_ID, SHOWN | NULL_OUT, .about = "its place in the ledger; null in a dry run"},
    {"event", FIELD_ID, SHOWN | NULL_OUT, .about = "its cause; null in a dry run"},
    {"kind", FIELD_TEXT, SHOWN, .about = "what happened", .values = MOVEMENT_KIND_MAP(KIND)},
    {"sku", FIELD_TEXT, SHOWN, .about = "its code"},
    {"quantity", FIELD_INT, SHOWN, .about = "units that moved", .min = 0, .max = BALANCE_MAX},
    {"from", FIELD_OBJECT, SHOWN, .about = "where they were", .of = &schema_account},
    {"to", FIELD_OBJECT, SHOWN, .about = "where they are now", .of = &schema_account},
    {"from_after", FIELD_INT, SHOWN | NULL_OUT, .about = "the first account's balance afterwards"},
    {"to_after", FIELD_INT, SHOWN | NULL_OUT, .about = "the second account's balance afterwards"},
    {"reason", FIELD_TEXT, SHOWN | NULL_OUT, .about = "of units out of sale, or of a hold"},
    {"reference", FIELD_TEXT, SHOWN | NULL_OUT, .about = "yours"},
    {"channel", FIELD_TEXT, SHOWN | NULL_OUT, .about = "whose order it was"},
    {"order", FIELD_TEXT, SHOWN | NULL_OUT, .about = "its id on the channel"},
    {"line", FIELD_TEXT, SHOWN | NULL_OUT, .about = "the order line's id"},
    {"happened_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "out there"},
    {"recorded_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "here; null in a dry run"},
};
#undef KIND
const struct schema schema_movement = {
    .name = "Movement", .about = "one line of the ledger", SCHEMA(movement_fields)};

/* ---- holds ---- */

static const struct schema_field pick_fields[] = {
    {"sku", FIELD_TEXT, SHOWN, .about = "what is held: the SKU, or a component of it"},
    {"location", FIELD_TEXT, SHOWN, .about = "where"},
    {"quantity", FIELD_INT, SHOWN, .about = "units held"},
};
static const struct schema schema_pick = {
    .name = "HoldPick", .about = "units that are kept", SCHEMA(pick_fields)};
static const struct schema_field hold_line_fields[] = {
    {"sku", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"quantity",
     FIELD_INT,
     SHOWN | ASKED | MUST,
     .about = "units",
     .min = 1,
     .max = QTY_MAX / 1000},
    {"picks", FIELD_LIST, SHOWN, .about = "what is kept for it, and where", .of = &schema_pick},
};
static const struct schema schema_hold_line = {.name = "HoldLine",
                                               .asked = "NewHoldLine",
                                               .about = "units of one SKU",
                                               SCHEMA(hold_line_fields)};
#define EXPIRES_IN                                                                                 \
    {                                                                                              \
        "expires_in", FIELD_INT, ASKED, .about = "seconds from now; 900 when left out", .min = 1,  \
                                        .max = 86400                                               \
    }
static const struct schema_field hold_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the hold"},
    {"owner",
     FIELD_TEXT,
     SHOWN | ASKED | MUST,
     .about = "who holds: a newer hold replaces the older one",
     .min = 1,
     .max = TEXT_MAX},
    {"channel",
     FIELD_TEXT,
     SHOWN | ASKED | NULL_IN | NULL_OUT,
     .about = "whose route serves it; null: any active location",
     .max = TEXT_MAX},
    {"state",
     FIELD_TEXT,
     SHOWN,
     .about = "what became of it",
     .values = "open|released|expired|committed"},
    {"created_at", FIELD_TIME, SHOWN, .about = "when it began"},
    {"expires_at", FIELD_TIME, SHOWN, .about = "when its units become available again"},
    EXPIRES_IN,
    {"expires_in", FIELD_INT, SHOWN | NULL_OUT, .about = "seconds left while it is open"},
    {"country", FIELD_TEXT, ASKED | NULL_IN, .about = "the destination", .max = TEXT_MAX},
    {"region", FIELD_TEXT, ASKED | NULL_IN, .about = "the destination", .max = TEXT_MAX},
    {"lines",
     FIELD_LIST,
     SHOWN | ASKED | MUST,
     .about = "all or none",
     .min = 1,
     .max = 500,
     .of = &schema_hold_line},
};
const struct schema schema_hold = {
    .name = "Hold", .asked = "NewHold", .about = "units kept for a checkout", SCHEMA(hold_fields)};

static const struct schema_field extend_fields[] = {EXPIRES_IN};
const struct schema schema_extend = {
    .asked = "HoldExtension", .about = "how much longer", SCHEMA(extend_fields)};
