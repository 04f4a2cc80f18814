/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers, count sessions and the routing tester: the objects of the API. */
#include "intake/api_schema.h"

#define TEXT_MAX 255

#define SCHEMA(fields_) .fields = (fields_), .fields_count = COUNT_OF(fields_)

#define HAPPENED_AT                                                                                \
    {                                                                                              \
        "happened_at", FIELD_TIME, ASKED | NULL_IN,                                                \
            .about = "at most 5 minutes ahead; left out: now"                                      \
    }

/* ---- transfers ---- */

static const struct schema_field transfer_line_fields[] = {
    {"sku", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"quantity", FIELD_INT, SHOWN | ASKED | MUST, .about = "units", .min = 1, .max = QTY_MAX},
    {"received", FIELD_INT, SHOWN, .about = "arrived well"},
    {"damaged", FIELD_INT, SHOWN, .about = "arrived damaged"},
    {"short", FIELD_INT, SHOWN, .about = "did not arrive"},
    {"in_transit", FIELD_INT, SHOWN, .about = "still under way"},
};
static const struct schema schema_transfer_line = {.name = "TransferLine",
                                                   .asked = "NewTransferLine",
                                                   .about = "units of one SKU",
                                                   SCHEMA(transfer_line_fields)};
static const struct schema_field transfer_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the transfer"},
    {"state",
     FIELD_TEXT,
     SHOWN,
     .about = "how far it is",
     .values = "draft|in_transit|received|cancelled"},
    {"from",
     FIELD_TEXT,
     SHOWN | ASKED | MUST,
     .about = "a location's code",
     .min = 1,
     .max = TEXT_MAX},
    {"to", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "another one's", .min = 1, .max = TEXT_MAX},
    {"reference", FIELD_TEXT, SHOWN | ASKED | NULL_IN, .about = "yours", .max = TEXT_MAX},
    {"lines",
     FIELD_LIST,
     SHOWN | ASKED | MUST,
     .about = "one a SKU",
     .min = 1,
     .max = 1000,
     .of = &schema_transfer_line},
    {"created_at", FIELD_TIME, SHOWN, .about = "when it was drafted"},
    {"shipped_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "when it left"},
    {"closed_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "when it ended"},
    {"in_transit_seconds",
     FIELD_INT,
     SHOWN | NULL_OUT,
     .about = "how long it has been under way; null: it is not"},
};
const struct schema schema_transfer = {.name = "Transfer",
                                       .asked = "NewTransfer",
                                       .about = "units on their way from one location to another",
                                       SCHEMA(transfer_fields)};

static const struct schema_field step_fields[] = {HAPPENED_AT};
const struct schema schema_transfer_step = {
    .asked = "TransferStep", .about = "when it happened", SCHEMA(step_fields)};

static const struct schema_field arrival_fields[] = {
    {"sku", FIELD_TEXT, ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"received", FIELD_INT, ASKED, .about = "arrived well", .max = QTY_MAX},
    {"quantity",
     FIELD_INT,
     ASKED | NULL_IN,
     .about = "the same as received: one or the other",
     .max = QTY_MAX},
    {"damaged", FIELD_INT, ASKED, .about = "arrived damaged", .max = QTY_MAX},
    {"short", FIELD_INT, ASKED, .about = "will not arrive", .max = QTY_MAX},
};
static const struct schema schema_arrival = {.asked = "TransferArrival",
                                             .about = "units of one SKU that arrived, or did not",
                                             SCHEMA(arrival_fields)};
static const struct schema_field receipt_fields[] = {
    {"lines",
     FIELD_LIST,
     ASKED | NULL_IN,
     .about = "left out: all that is under way arrived well",
     .min = 1,
     .max = 1000,
     .of = &schema_arrival},
    HAPPENED_AT,
};
const struct schema schema_transfer_receipt = {
    .asked = "TransferReceipt", .about = "what arrived", SCHEMA(receipt_fields)};

/* ---- count sessions ---- */

static const struct schema_field count_line_fields[] = {
    {"sku", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"counted", FIELD_INT, SHOWN | NULL_OUT, .about = "what was counted; null: not yet"},
    {"quantity",
     FIELD_INT,
     ASKED | MUST,
     .about = "what was counted; replaces what was said before",
     .max = QTY_MAX},
    {"counted_at",
     FIELD_TIME,
     SHOWN | ASKED | NULL_IN | NULL_OUT,
     .about = "at most 5 minutes ahead; left out: now"},
    {"expected",
     FIELD_INT,
     SHOWN | NULL_OUT,
     .about = "what the ledger had then; null while a blind count is open"},
    {"difference",
     FIELD_INT,
     SHOWN | NULL_OUT,
     .about = "what posting it would change, or changed"},
};
static const struct schema schema_count_line = {.name = "CountLine",
                                                .asked = "NewCountLine",
                                                .about = "one SKU of a count",
                                                SCHEMA(count_line_fields)};
static const struct schema_field count_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the count"},
    {"state",
     FIELD_TEXT,
     SHOWN,
     .about = "how far it is",
     .values = "open|review|posted|cancelled"},
    {"location", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"reference", FIELD_TEXT, SHOWN | ASKED | NULL_IN, .about = "yours", .max = TEXT_MAX},
    {"reason",
     FIELD_TEXT,
     SHOWN | ASKED | NULL_IN,
     .about = "of the movements it posts",
     .max = TEXT_MAX},
    {"blind", FIELD_BOOL, SHOWN | ASKED, .about = "who counts does not see what is expected"},
    {"skus",
     FIELD_TEXTS,
     ASKED | NULL_IN,
     .about = "what is to be counted; left out: any SKU may be",
     .min = 1,
     .max = 10000},
    {"lines",
     FIELD_LIST,
     SHOWN | MAYBE,
     .about = "not in lists of counts",
     .of = &schema_count_line},
    {"created_at", FIELD_TIME, SHOWN, .about = "when it began"},
    {"closed_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "when it was posted or cancelled"},
};
const struct schema schema_count = {.name = "Count",
                                    .asked = "NewCount",
                                    .about = "many SKUs counted at one location, posted at once",
                                    SCHEMA(count_fields)};
static const struct schema_field count_lines_fields[] = {
    {"lines",
     FIELD_LIST,
     ASKED | MUST,
     .about = "what was counted",
     .min = 1,
     .max = 10000,
     .of = &schema_count_line},
};
const struct schema schema_count_lines = {
    .asked = "CountLines", .about = "what was counted", SCHEMA(count_lines_fields)};
static const struct schema_field count_post_fields[] = {
    {"reason",
     FIELD_TEXT,
     ASKED,
     .about = "of the movements; left out: the count's",
     .min = 1,
     .max = TEXT_MAX},
};
const struct schema schema_count_post = {
    .asked = "CountPost", .about = "how to post it", SCHEMA(count_post_fields)};
const struct schema schema_empty = {.asked = "Nothing", .about = "an empty object"};

/* ---- routing ---- */

static const struct schema_field try_line_fields[] = {
    {"sku", FIELD_TEXT, ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"quantity", FIELD_INT, ASKED | MUST, .about = "units", .min = 1, .max = QTY_MAX / 1000},
};
static const struct schema schema_try_line = {
    .asked = "RoutingLine", .about = "units of one SKU", SCHEMA(try_line_fields)};
static const struct schema_field serves_fields[] = {
    {"sku", FIELD_TEXT, SHOWN, .about = "the SKU, or a component of it"},
    {"location", FIELD_TEXT, SHOWN, .about = "where it would come from"},
    {"quantity", FIELD_INT, SHOWN, .about = "units"},
    {"short", FIELD_INT, SHOWN, .about = "of them owed: they are not there"},
};
static const struct schema schema_serves = {
    .name = "RoutingPick", .about = "units that would come from one place", SCHEMA(serves_fields)};
static const struct schema_field verdict_fields[] = {
    {"location", FIELD_TEXT, SHOWN, .about = "of the channel's route"},
    {"verdict",
     FIELD_TEXT,
     SHOWN,
     .about = "what was decided",
     .values = "serves_all|serves_part|unused|elsewhere|inactive"},
    {"detail", FIELD_TEXT, SHOWN, .about = "why"},
};
static const struct schema schema_verdict = {
    .name = "RoutingVerdict", .about = "what was decided about a location", SCHEMA(verdict_fields)};
static const struct schema_field routing_fields[] = {
    {"channel", FIELD_TEXT, ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"country", FIELD_TEXT, ASKED | NULL_IN, .about = "the destination", .max = TEXT_MAX},
    {"region", FIELD_TEXT, ASKED | NULL_IN, .about = "the destination", .max = TEXT_MAX},
    {"lines",
     FIELD_LIST,
     ASKED | MUST,
     .about = "of the order",
     .min = 1,
     .max = 500,
     .of = &schema_try_line},
    {"serves", FIELD_LIST, SHOWN, .about = "where the units would come from", .of = &schema_serves},
    {"why", FIELD_LIST, SHOWN, .about = "each location of the route", .of = &schema_verdict},
};
const struct schema schema_routing = {.name = "Routing",
                                      .asked = "RoutingTry",
                                      .about = "where an order would be served from",
                                      SCHEMA(routing_fields)};
