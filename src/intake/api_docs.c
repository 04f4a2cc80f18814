/* SPDX-License-Identifier: Apache-2.0 */
/* What each route takes and gives: the descriptions of the table in api_routes.c, in its order. */
#include "intake/api_inner.h"

#define QUERY(parameters) .query = (parameters), .query_count = COUNT_OF(parameters)

/* ---- query parameters ---- */

#define Q_LIMIT                                                                                    \
    {                                                                                              \
        "limit", FIELD_INT, ASKED, .about = "the most items of a page; 100 when left out",         \
                                   .min = 1, .max = PAGE_MAX                                       \
    }
#define Q_CURSOR                                                                                   \
    {                                                                                              \
        "cursor", FIELD_ID, ASKED, .about = "the next of the page before", .min = 1, .max = 20     \
    }
#define Q_PAGE Q_LIMIT, Q_CURSOR
#define Q_CHANNEL                                                                                  \
    {                                                                                              \
        "channel", FIELD_TEXT, ASKED, .about = "its code", .min = 1                                \
    }
#define Q_SKU                                                                                      \
    {                                                                                              \
        "sku", FIELD_TEXT, ASKED, .about = "its code", .min = 1                                    \
    }
#define Q_ORDER                                                                                    \
    {                                                                                              \
        "order", FIELD_TEXT, ASKED, .about = "its id on the channel", .min = 1                     \
    }
#define Q_BETWEEN                                                                                  \
    {"from", FIELD_TIME, ASKED, .about = "not before"},                                            \
    {                                                                                              \
        "to", FIELD_TIME, ASKED, .about = "before"                                                 \
    }

static const struct schema_field page_query[] = {Q_PAGE};
static const struct schema_field skus_query[] = {
    Q_PAGE,
    {"q", FIELD_TEXT, ASKED, .about = "part of the code, title, product or barcode"},
};
static const struct schema_field listings_query[] = {Q_PAGE, Q_CHANNEL, Q_SKU};
static const struct schema_field stock_query[] = {
    {"at", FIELD_TIME, ASKED, .about = "a past moment; left out: now"},
    {"as",
     FIELD_TEXT,
     ASKED,
     .about = "of a past moment: as it was recorded by then, or as it happened by then",
     .values = "recorded|happened"},
};
#define KIND(name, text) text "|"
static const struct schema_field movements_query[] = {
    Q_PAGE,
    Q_SKU,
    {"location", FIELD_TEXT, ASKED, .about = "its code", .min = 1},
    Q_CHANNEL,
    Q_ORDER,
    {"kind", FIELD_TEXT, ASKED, .about = "what happened", .values = MOVEMENT_KIND_MAP(KIND)},
    {"reference", FIELD_TEXT, ASKED, .about = "yours", .min = 1},
    {"cause", FIELD_ID, ASKED, .about = "an event's id", .min = 1, .max = 20},
    Q_BETWEEN,
    {"newest_first", FIELD_BOOL, ASKED, .about = "the other way round; a cursor is of one way"},
};
#undef KIND
static const struct schema_field orders_query[] = {Q_PAGE, Q_CHANNEL, Q_SKU, Q_BETWEEN};
static const struct schema_field events_query[] = {
    Q_PAGE,
    Q_CHANNEL,
    {"kind", FIELD_TEXT, ASKED, .about = "what happened", .min = 1},
    {"subject", FIELD_TEXT, ASKED, .about = "what it is about", .min = 1},
    Q_BETWEEN,
};
static const struct schema_field deliveries_query[] = {
    Q_PAGE,
    Q_CHANNEL,
    {"state",
     FIELD_TEXT,
     ASKED,
     .about = "what became of it",
     .values = "applied|duplicate|stale|parked|ignored"},
    Q_ORDER,
    Q_BETWEEN,
};
static const struct schema_field pushes_query[] = {
    Q_PAGE,
    Q_CHANNEL,
    {"listing", FIELD_ID, ASKED, .about = "a listing's id", .min = 1, .max = 20},
    Q_SKU,
    Q_BETWEEN,
};
static const struct schema_field incidents_query[] = {
    Q_PAGE,
    {"state", FIELD_TEXT, ASKED, .about = "is it over", .values = "open|resolved"},
    {"code", FIELD_TEXT, ASKED, .about = "such as OVERSOLD", .min = 1},
    Q_CHANNEL,
    Q_SKU,
    Q_ORDER,
    Q_BETWEEN,
};

static const struct schema_field drift_query[] = {
    Q_PAGE,
    {"state", FIELD_TEXT, ASKED, .about = "open when left out", .values = "open|ended|any"},
    {"kind",
     FIELD_TEXT,
     ASKED,
     .about = "its cause",
     .values = "unknown|foreign_write|late_write|flag|late_shop|late_event"},
    Q_CHANNEL,
    Q_SKU,
    Q_BETWEEN,
};

static const struct schema_field csv_query[] = {
    {"bom", FIELD_BOOL, ASKED, .about = "begin with a byte order mark, for Excel"},
};
static const struct schema_field csv_import_query[] = {
    {"dry_run", FIELD_BOOL, ASKED, .about = "only show what would change"},
};
static const struct schema_field transfers_query[] = {
    Q_PAGE,
    {"state",
     FIELD_TEXT,
     ASKED,
     .about = "how far it is",
     .values = "draft|in_transit|received|cancelled"},
};
static const struct schema_field holds_query[] = {
    Q_PAGE,
    Q_SKU,
    {"state",
     FIELD_TEXT,
     ASKED,
     .about = "what became of it",
     .values = "open|released|expired|committed"},
    {"newest_first", FIELD_BOOL, ASKED, .about = "the other way round; a cursor is of one way"},
};
static const struct schema_field counts_query[] = {
    Q_PAGE,
    {"state",
     FIELD_TEXT,
     ASKED,
     .about = "how far it is",
     .values = "open|review|posted|cancelled"},
};

/* ---- the server itself ---- */

const struct route_doc doc_read_health = {
    .id = "getHealth", .summary = "Is it alive", .gives = &schema_health, .done = 200};
const struct route_doc doc_read_ready = {
    .id = "getReady",
    .summary = "Does it take writes; 503 while starting, stopping, or when the store refuses",
    .gives = &schema_health,
    .done = 200,
    .refuses = {503}};
const struct route_doc doc_api_metrics = {.id = "getMetrics",
                                          .summary = "Figures for Prometheus, to loopback only",
                                          .media = "text/plain",
                                          .done = 200,
                                          .refuses = {403}};
const struct route_doc doc_api_openapi = {
    .id = "getOpenapi", .summary = "This description", .media = "application/json", .done = 200};

/* ---- SKUs ---- */

const struct route_doc doc_read_skus = {.id = "listSkus",
                                        .summary = "SKUs, oldest first",
                                        QUERY(skus_query),
                                        .gives = &schema_sku,
                                        .frame = FRAME_PAGE,
                                        .done = 200};
const struct route_doc doc_request_skus_create = {.id = "createSkus",
                                                  .summary = "Create one SKU or many, all or none",
                                                  .asks = &schema_sku,
                                                  .gives = &schema_sku,
                                                  .frame = FRAME_AS_SAID,
                                                  .done = 201,
                                                  .refuses = {409, 422}};
const struct route_doc doc_read_sku = {.id = "getSku",
                                       .summary = "One SKU",
                                       .params = {"sku"},
                                       .gives = &schema_sku,
                                       .has_etag = true,
                                       .done = 200};
const struct route_doc doc_request_sku_change = {
    .id = "changeSku",
    .summary = "Change a SKU; another code makes no other SKU of it",
    .params = {"sku"},
    .asks = &schema_sku,
    .is_patch = true,
    .gives = &schema_sku,
    .has_etag = true,
    .done = 200,
    .refuses = {409, 422}};

/* ---- locations ---- */

const struct route_doc doc_read_locations = {.id = "listLocations",
                                             .summary = "Locations, oldest first",
                                             QUERY(page_query),
                                             .gives = &schema_location,
                                             .frame = FRAME_PAGE,
                                             .done = 200};
const struct route_doc doc_read_location = {.id = "getLocation",
                                            .summary = "One location",
                                            .params = {"location"},
                                            .gives = &schema_location,
                                            .has_etag = true,
                                            .done = 200};
const struct route_doc doc_request_locations_create = {
    .id = "createLocations",
    .summary = "Create one location or many, all or none",
    .asks = &schema_location,
    .gives = &schema_location,
    .frame = FRAME_AS_SAID,
    .done = 201,
    .refuses = {409, 422}};
const struct route_doc doc_request_location_change = {
    .id = "changeLocation",
    .summary = "Change a location; it is switched off only when it is empty",
    .params = {"location"},
    .asks = &schema_location,
    .is_patch = true,
    .gives = &schema_location,
    .has_etag = true,
    .done = 200,
    .refuses = {409, 422}};

/* ---- channels ---- */

const struct route_doc doc_read_channels = {.id = "listChannels",
                                            .summary = "Channels, oldest first",
                                            QUERY(page_query),
                                            .gives = &schema_channel,
                                            .frame = FRAME_PAGE,
                                            .done = 200};
const struct route_doc doc_request_channels_create = {
    .id = "createChannel",
    .summary = "Connect an account; kept only when its connector can work with it",
    .asks = &schema_channel,
    .gives = &schema_channel,
    .done = 201,
    .refuses = {409, 422}};
const struct route_doc doc_read_channel = {.id = "getChannel",
                                           .summary = "One channel",
                                           .params = {"channel"},
                                           .gives = &schema_channel,
                                           .has_etag = true,
                                           .done = 200};
const struct route_doc doc_request_channel_change = {
    .id = "changeChannel",
    .summary = "Change a channel; kept only when its connector can work with it",
    .params = {"channel"},
    .asks = &schema_channel,
    .is_patch = true,
    .gives = &schema_channel,
    .has_etag = true,
    .done = 200,
    .refuses = {422}};
const struct route_doc doc_request_connect_create = {
    .id = "connectChannel",
    .summary =
        "Check credentials and rights, subscribe to deliveries, say what is left to a person",
    .params = {"channel"},
    .gives = &schema_job_ref,
    .done = 202,
    .refuses = {422}};
const struct route_doc doc_request_import_create = {.id = "importChannel",
                                                    .summary =
                                                        "Read its catalogue and link it by SKU",
                                                    .params = {"channel"},
                                                    .asks = &schema_import,
                                                    .body_optional = true,
                                                    .gives = &schema_job_ref,
                                                    .done = 202,
                                                    .refuses = {409, 422}};

/* ---- listings ---- */

const struct route_doc doc_read_listings = {.id = "listListings",
                                            .summary = "Listings, oldest first",
                                            QUERY(listings_query),
                                            .gives = &schema_listing,
                                            .frame = FRAME_PAGE,
                                            .done = 200,
                                            .refuses = {404}};
const struct route_doc doc_request_listings_create = {
    .id = "createListings",
    .summary = "Create one listing or many, all or none; parked order lines are booked by it",
    .asks = &schema_listing,
    .gives = &schema_listing,
    .frame = FRAME_AS_SAID,
    .done = 201,
    .refuses = {409, 422}};
const struct route_doc doc_read_listing = {.id = "getListing",
                                           .summary = "One listing",
                                           .params = {"id"},
                                           .gives = &schema_listing,
                                           .has_etag = true,
                                           .done = 200};
const struct route_doc doc_request_listing_change = {.id = "changeListing",
                                                     .summary = "Change a listing's policy",
                                                     .params = {"id"},
                                                     .asks = &schema_listing,
                                                     .is_patch = true,
                                                     .gives = &schema_listing,
                                                     .has_etag = true,
                                                     .done = 200,
                                                     .refuses = {422}};
const struct route_doc doc_request_listing_delete = {.id = "deleteListing",
                                                     .summary = "It is no longer pushed",
                                                     .params = {"id"},
                                                     .has_etag = true,
                                                     .done = 204,
                                                     .refuses = {422}};
const struct route_doc doc_request_listing_push = {
    .id = "pushListing",
    .summary = "Look at it again at once, and lift its quarantine",
    .params = {"id"},
    .gives = &schema_listing,
    .done = 202,
    .refuses = {422}};

/* ---- units ---- */

const struct route_doc doc_read_stocks = {.id = "listStock",
                                          .summary = "The stock of all SKUs",
                                          QUERY(page_query),
                                          .gives = &schema_stock,
                                          .frame = FRAME_PAGE,
                                          .done = 200};
const struct route_doc doc_read_stock = {.id = "getStock",
                                         .summary = "The stock of a SKU, now or at a past moment",
                                         .params = {"sku"},
                                         QUERY(stock_query),
                                         .gives = &schema_stock,
                                         .done = 200};
const struct route_doc doc_read_availability = {
    .id = "getAvailability",
    .summary = "What each listing of a SKU may show, and why, step by step",
    .params = {"sku"},
    .gives = &schema_availability,
    .done = 200};
const struct route_doc doc_read_movements = {.id = "listMovements",
                                             .summary =
                                                 "The ledger, oldest first unless asked otherwise",
                                             QUERY(movements_query),
                                             .gives = &schema_movement,
                                             .frame = FRAME_PAGE,
                                             .done = 200,
                                             .refuses = {404}};
const struct route_doc doc_request_movements_create = {.id = "createMovements",
                                                       .summary = "Move units by hand, all or none",
                                                       .asks = &schema_movements,
                                                       .gives = &schema_movements,
                                                       .done = 201,
                                                       .refuses = {409, 422}};

/* ---- orders ---- */

const struct route_doc doc_read_orders = {.id = "listOrders",
                                          .summary = "Orders, newest first",
                                          QUERY(orders_query),
                                          .gives = &schema_order,
                                          .frame = FRAME_PAGE,
                                          .done = 200,
                                          .refuses = {404}};
const struct route_doc doc_request_orders_create = {
    .id = "reportOrder",
    .summary = "An order as it is now: 201 when it is seen first",
    .asks = &schema_order,
    .gives = &schema_order,
    .done = 201,
    .also = 200,
    .refuses = {409, 422}};
const struct route_doc doc_read_order = {.id = "getOrder",
                                         .summary = "One order",
                                         .params = {"channel", "id"},
                                         .gives = &schema_order,
                                         .done = 200};

/* ---- holds ---- */

const struct route_doc doc_read_holds = {.id = "listHolds",
                                         .summary = "Holds, oldest first unless asked otherwise",
                                         QUERY(holds_query),
                                         .gives = &schema_hold,
                                         .frame = FRAME_PAGE,
                                         .done = 200,
                                         .refuses = {404}};
const struct route_doc doc_request_holds_create = {
    .id = "createHold",
    .summary = "Keep units for a checkout, all lines or none; replaces the owner's older hold",
    .asks = &schema_hold,
    .gives = &schema_hold,
    .done = 201,
    .refuses = {409, 422}};
const struct route_doc doc_read_hold = {
    .id = "getHold", .summary = "One hold", .params = {"id"}, .gives = &schema_hold, .done = 200};
const struct route_doc doc_request_hold_delete = {.id = "deleteHold",
                                                  .summary = "Its units become available",
                                                  .params = {"id"},
                                                  .done = 204,
                                                  .refuses = {409, 422}};
const struct route_doc doc_request_hold_extend = {.id = "extendHold",
                                                  .summary = "Keep its units longer",
                                                  .params = {"id"},
                                                  .asks = &schema_extend,
                                                  .gives = &schema_hold,
                                                  .done = 200,
                                                  .refuses = {409, 422}};
const struct route_doc doc_request_hold_commit = {.id = "commitHold",
                                                  .summary = "Its units become an order's",
                                                  .params = {"id"},
                                                  .asks = &schema_hold_commit,
                                                  .gives = &schema_order,
                                                  .done = 201,
                                                  .refuses = {409, 422}};

/* ---- routing, transfers, counts ---- */

const struct route_doc doc_request_routing_try = {
    .id = "tryRouting",
    .summary = "Where an order would be served from now, and why; nothing is booked",
    .is_question = true,
    .asks = &schema_routing,
    .gives = &schema_routing,
    .done = 200,
    .refuses = {422}};

const struct route_doc doc_read_transfers = {.id = "listTransfers",
                                             .summary = "Transfers, newest first",
                                             QUERY(transfers_query),
                                             .gives = &schema_transfer,
                                             .frame = FRAME_PAGE,
                                             .done = 200};
const struct route_doc doc_request_transfers_create = {.id = "createTransfer",
                                                       .summary = "Draft a transfer",
                                                       .asks = &schema_transfer,
                                                       .gives = &schema_transfer,
                                                       .done = 201,
                                                       .refuses = {422}};
const struct route_doc doc_read_transfer = {.id = "getTransfer",
                                            .summary = "One transfer",
                                            .params = {"id"},
                                            .gives = &schema_transfer,
                                            .done = 200};
const struct route_doc doc_request_transfer_ship = {.id = "shipTransfer",
                                                    .summary = "Its units leave, all or none",
                                                    .params = {"id"},
                                                    .asks = &schema_transfer_step,
                                                    .gives = &schema_transfer,
                                                    .done = 200,
                                                    .refuses = {409, 422}};
const struct route_doc doc_request_transfer_receive = {.id = "receiveTransfer",
                                                       .summary =
                                                           "Units arrive, in one part or several",
                                                       .params = {"id"},
                                                       .asks = &schema_transfer_receipt,
                                                       .gives = &schema_transfer,
                                                       .done = 200,
                                                       .refuses = {409, 422}};
const struct route_doc doc_request_transfer_cancel = {.id = "cancelTransfer",
                                                      .summary =
                                                          "It ends; what is under way goes back",
                                                      .params = {"id"},
                                                      .asks = &schema_transfer_step,
                                                      .gives = &schema_transfer,
                                                      .done = 200,
                                                      .refuses = {409, 422}};

const struct route_doc doc_read_counts = {.id = "listCounts",
                                          .summary = "Count sessions, newest first, without lines",
                                          QUERY(counts_query),
                                          .gives = &schema_count,
                                          .frame = FRAME_PAGE,
                                          .done = 200};
const struct route_doc doc_request_counts_create = {.id = "createCount",
                                                    .summary = "Begin a count session",
                                                    .asks = &schema_count,
                                                    .gives = &schema_count,
                                                    .done = 201,
                                                    .refuses = {422}};
const struct route_doc doc_read_count = {.id = "getCount",
                                         .summary = "One count session",
                                         .params = {"id"},
                                         .gives = &schema_count,
                                         .done = 200};
const struct route_doc doc_request_count_lines = {.id = "countLines",
                                                  .summary = "Say what was counted",
                                                  .params = {"id"},
                                                  .asks = &schema_count_lines,
                                                  .gives = &schema_count,
                                                  .done = 200,
                                                  .refuses = {409, 422}};
const struct route_doc doc_request_count_review = {
    .id = "reviewCount",
    .summary = "End the counting, and see what it would change",
    .params = {"id"},
    .asks = &schema_empty,
    .gives = &schema_count,
    .done = 200,
    .refuses = {409, 422}};
const struct route_doc doc_request_count_post = {.id = "postCount",
                                                 .summary = "Book the differences, all or none",
                                                 .params = {"id"},
                                                 .asks = &schema_count_post,
                                                 .gives = &schema_count,
                                                 .done = 200,
                                                 .refuses = {409, 422}};
const struct route_doc doc_request_count_cancel = {.id = "cancelCount",
                                                   .summary = "It ends, and changes nothing",
                                                   .params = {"id"},
                                                   .asks = &schema_empty,
                                                   .gives = &schema_count,
                                                   .done = 200,
                                                   .refuses = {409, 422}};

/* ---- tables ---- */

const struct route_doc doc_api_csv = {
    .id = "exportTable",
    .summary = "A table of one moment: skus, stock, listings, bundles or movements",
    .params = {"kind"},
    QUERY(csv_query),
    .media = "text/csv",
    .done = 200};
const struct route_doc doc_request_csv_import = {
    .id = "importTable",
    .summary = "Take a table, all lines or none; 422 with errors, each with its line and column",
    .params = {"kind"},
    QUERY(csv_import_query),
    .asks_media = "text/csv",
    .gives = &schema_table_import,
    .done = 200,
    .refuses = {409, 422}};

/* ---- what happened ---- */

const struct route_doc doc_read_events = {.id = "listEvents",
                                          .summary = "The log, newest first",
                                          QUERY(events_query),
                                          .gives = &schema_event,
                                          .frame = FRAME_PAGE,
                                          .done = 200,
                                          .refuses = {404}};
const struct route_doc doc_read_deliveries = {.id = "listDeliveries",
                                              .summary = "Messages from channels, newest first",
                                              QUERY(deliveries_query),
                                              .gives = &schema_delivery,
                                              .frame = FRAME_PAGE,
                                              .done = 200,
                                              .refuses = {404}};
const struct route_doc doc_read_delivery = {.id = "getDelivery",
                                            .summary = "One message from a channel",
                                            .params = {"id"},
                                            .gives = &schema_delivery,
                                            .done = 200};
const struct route_doc doc_api_replay = {
    .id = "replayDelivery",
    .summary = "Decode the kept message again and apply it, or only show what that would book",
    .params = {"id"},
    .asks = &schema_replay,
    .body_optional = true,
    .gives = &schema_replay,
    .done = 200,
    .refuses = {409}};
const struct route_doc doc_read_pushes = {.id = "listPushes",
                                          .summary = "Attempts to tell channels, newest first",
                                          QUERY(pushes_query),
                                          .gives = &schema_push,
                                          .frame = FRAME_PAGE,
                                          .done = 200,
                                          .refuses = {404}};
const struct route_doc doc_read_incidents = {.id = "listIncidents",
                                             .summary = "What an operator must see, newest first",
                                             QUERY(incidents_query),
                                             .gives = &schema_incident,
                                             .frame = FRAME_PAGE,
                                             .done = 200,
                                             .refuses = {404}};
const struct route_doc doc_read_incident = {.id = "getIncident",
                                            .summary = "One incident",
                                            .params = {"id"},
                                            .gives = &schema_incident,
                                            .done = 200};
const struct route_doc doc_read_autopsy = {
    .id = "getAutopsy",
    .summary = "Why units of an order were sold that were not there, one by one",
    .params = {"channel", "id"},
    .gives = &schema_autopsy,
    .frame = FRAME_PAGE,
    .done = 200};
const struct route_doc doc_read_drift = {
    .id = "listDrift",
    .summary = "Listings that show something else than they should, and why; newest first",
    QUERY(drift_query),
    .gives = &schema_difference,
    .frame = FRAME_PAGE,
    .done = 200,
    .refuses = {404}};
const struct route_doc doc_read_pulse = {.id = "listPulse",
                                         .summary = "How each channel fares at this moment",
                                         QUERY(page_query),
                                         .gives = &schema_pulse,
                                         .frame = FRAME_PAGE,
                                         .done = 200};
const struct route_doc doc_read_connectors = {
    .id = "listConnectors",
    .summary = "Which platforms can be connected, and what each wants to know",
    QUERY(page_query),
    .gives = &schema_connector,
    .frame = FRAME_PAGE,
    .done = 200};
const struct route_doc doc_request_incident_resolve = {
    .id = "resolveIncident",
    .summary = "Say that it is over; most resolve by themselves",
    .params = {"id"},
    .asks = &schema_incident,
    .body_optional = true,
    .gives = &schema_incident,
    .done = 200,
    .refuses = {422}};
const struct route_doc doc_request_replays_create = {
    .id = "replayDeliveries",
    .summary = "Apply the kept deliveries of a range once more, or only show what that would book",
    .asks = &schema_replays,
    .gives = &schema_job_ref,
    .done = 202,
    .refuses = {409, 422}};
const struct route_doc doc_read_job = {.id = "getJob",
                                       .summary = "Progress of something long",
                                       .params = {"id"},
                                       .gives = &schema_job,
                                       .done = 200};
const struct route_doc doc_request_job_cancel = {
    .id = "cancelJob",
    .summary = "End a replay that is queued or running; what it applied stays",
    .params = {"id"},
    .gives = &schema_job,
    .done = 200,
    .refuses = {409, 422}};

/* ---- tokens ---- */

const struct route_doc doc_read_tokens = {.id = "listTokens",
                                          .summary = "Tokens, oldest first, without their secrets",
                                          QUERY(page_query),
                                          .gives = &schema_token,
                                          .frame = FRAME_PAGE,
                                          .done = 200};
const struct route_doc doc_request_tokens_create = {
    .id = "createToken",
    .summary = "A new token; it is shown once, in the answer",
    .asks = &schema_token,
    .gives = &schema_token,
    .done = 201,
    .refuses = {422}};
const struct route_doc doc_request_token_delete = {.id = "deleteToken",
                                                   .summary = "It is no longer good",
                                                   .params = {"id"},
                                                   .done = 204,
                                                   .refuses = {422}};
