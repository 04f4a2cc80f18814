/* SPDX-License-Identifier: Apache-2.0 */
/* Reports and exposure: what their routes take and give. */
#include "intake/api_inner.h"

#define SCHEMA(fields_) .fields = (fields_), .fields_count = COUNT_OF(fields_)
#define QUERY(parameters) .query = (parameters), .query_count = COUNT_OF(parameters)

/* ---- exposure ---- */

static const struct schema_field exposure_fields[] = {
    {"units", FIELD_NUMBER, SHOWN, .about = "units at risk: demand less the buffer, not below 0"},
    {"demand",
     FIELD_NUMBER,
     SHOWN,
     .about = "units that others are expected to sell before this channel shows it"},
    {"chance",
     FIELD_NUMBER,
     SHOWN,
     .about = "0 to 1: that they sell more than the buffer meanwhile"},
    {"buffer", FIELD_INT, SHOWN, .about = "in force"},
    {"suggested_buffer",
     FIELD_INT,
     SHOWN,
     .about = "the smallest that keeps the chance at 0.01 or less; nobody sets it but you"},
    {"reason", FIELD_TEXT, SHOWN, .about = "why that buffer, for people"},
    {"others_sold", FIELD_INT, SHOWN, .about = "units that other channels sold"},
    {"window_s", FIELD_INT, SHOWN, .about = "in so many seconds, the last ones"},
    {"propagation_ms",
     FIELD_NUMBER,
     SHOWN,
     .about = "until the channel shows a sale: 95 of 100 were faster"},
    {"pushes_measured", FIELD_INT, SHOWN, .about = "how many of its pushes that comes from"},
    {"propagation_assumed",
     FIELD_BOOL,
     SHOWN,
     .about = "they are too few: 5 s, or the longest of them when that is more"},
};
const struct schema schema_exposure = {.name = "Exposure",
                                       .about =
                                           "what other channels may sell before a listing shows it",
                                       SCHEMA(exposure_fields)};
static const struct schema_field exposed_fields[] = {
    {"listing", FIELD_ID, SHOWN, .about = "its id"},
    {"channel", FIELD_TEXT, SHOWN, .about = "its code"},
    {"sku", FIELD_TEXT, SHOWN, .about = "its code"},
    {"sellable", FIELD_INT, SHOWN, .about = "what it may show, when that was last computed"},
    {"exposure", FIELD_OBJECT, SHOWN, .about = "how exposed it is", .of = &schema_exposure},
};
static const struct schema schema_exposed = {
    .name = "ExposedListing", .about = "a listing and its exposure", SCHEMA(exposed_fields)};

static const struct schema_field exposure_query[] = {
    {"limit",
     FIELD_INT,
     ASKED,
     .about = "the most items of a page; 100 when left out",
     .min = 1,
     .max = PAGE_MAX},
    {"cursor", FIELD_ID, ASKED, .about = "the next of the page before", .min = 1, .max = 20},
    {"channel", FIELD_TEXT, ASKED, .about = "its code", .min = 1},
};
const struct route_doc doc_api_report_exposure = {
    .id = "listExposure",
    .summary = "The most exposed listings of live channels, the worst first, at most a minute old",
    QUERY(exposure_query),
    .gives = &schema_exposed,
    .frame = FRAME_PAGE,
    .done = 200,
    .refuses = {404}};

/* ---- latency ---- */

#define FIGURES                                                                                    \
    {"count", FIELD_INT, SHOWN, .about = "how many were measured"},                                \
        {"p50", FIELD_NUMBER, SHOWN | NULL_OUT, .about = "ms: half of them were faster"},          \
        {"p95", FIELD_NUMBER, SHOWN | NULL_OUT, .about = "ms: 95 of 100 were faster"},             \
        {"p99", FIELD_NUMBER, SHOWN | NULL_OUT, .about = "ms: 99 of 100 were faster"},             \
    {                                                                                              \
        "max", FIELD_NUMBER, SHOWN | NULL_OUT, .about = "ms: the longest"                          \
    }

static const struct schema_field stage_fields[] = {
    {"stage",
     FIELD_TEXT,
     SHOWN,
     .about = "theirs_in: sale to our receipt; ours: receipt to request, split into commit (until "
              "booked) and send (until it left); theirs_out: request to confirmation",
     .values = "theirs_in|ours|commit|send|theirs_out|total"},
    FIGURES,
};
static const struct schema schema_stage = {
    .name = "LatencyStage", .about = "one stretch of the way", SCHEMA(stage_fields)};
static const struct schema_field day_fields[] = {
    {"day", FIELD_TEXT, SHOWN, .about = "2026-11-27, of UTC"},
    FIGURES,
    {"late", FIELD_INT, SHOWN, .about = "of them more than 5 s"},
};
static const struct schema schema_day = {
    .name = "LatencyDay", .about = "sale to confirmation on one day", SCHEMA(day_fields)};
static const struct schema_field late_by_fields[] = {
    {"theirs_in", FIELD_INT, SHOWN, .about = "their message came late"},
    {"ours", FIELD_INT, SHOWN, .about = "we took long"},
    {"theirs_out", FIELD_INT, SHOWN, .about = "they confirmed late"},
};
static const struct schema schema_late_by = {
    .name = "LateBy", .about = "the longest stretch of what was late", SCHEMA(late_by_fields)};
static const struct schema_field channel_fields[] = {
    {"channel", FIELD_TEXT, SHOWN, .about = "its code"},
    {"pushes", FIELD_INT, SHOWN, .about = "all that left in the time"},
    {"confirmed", FIELD_INT, SHOWN, .about = "of them: the channel shows the value"},
    {"accepted", FIELD_INT, SHOWN, .about = "of them: taken, to be carried out later"},
    {"failed", FIELD_INT, SHOWN, .about = "of them: they did not land"},
    {"unknown", FIELD_INT, SHOWN, .about = "of them: the answer was lost"},
    {"late", FIELD_INT, SHOWN, .about = "caused by a sale, and more than 5 s after it"},
    {"late_by", FIELD_OBJECT, SHOWN, .about = "which stretch was to blame", .of = &schema_late_by},
    {"stages", FIELD_LIST, SHOWN, .about = "where the time went", .of = &schema_stage},
    {"days",
     FIELD_LIST,
     SHOWN,
     .about = "day by day when the report is about more than one day",
     .of = &schema_day},
};
static const struct schema schema_latency_channel = {.name = "LatencyChannel",
                                                     .about =
                                                         "how long sales took to reach one channel",
                                                     SCHEMA(channel_fields)};
static const struct schema_field report_fields[] = {
    {"from", FIELD_TIME, SHOWN, .about = "pushes that left not before it"},
    {"to", FIELD_TIME, SHOWN, .about = "and before that"},
    {"late_over_ms", FIELD_INT, SHOWN, .about = "what late means"},
    {"channels",
     FIELD_LIST,
     SHOWN,
     .about = "those that were pushed to",
     .of = &schema_latency_channel},
};
const struct schema schema_latency_report = {.name = "LatencyReport",
                                             .about = "how long sales took to reach each channel",
                                             SCHEMA(report_fields)};

static const struct schema_field latency_query[] = {
    {"from", FIELD_TIME, ASKED, .about = "not before; a day before to when left out"},
    {"to", FIELD_TIME, ASKED, .about = "before; now when left out"},
    {"channel", FIELD_TEXT, ASKED, .about = "its code", .min = 1},
    {"format",
     FIELD_TEXT,
     ASKED,
     .about = "html: a page to keep or print, as Accept: text/html does",
     .values = "json|html"},
};
const struct route_doc doc_api_report_latency = {
    .id = "getLatencyReport",
    .summary = "How long sales took to reach each channel, and where the time went",
    QUERY(latency_query),
    .gives = &schema_latency_report,
    .done = 200,
    .refuses = {404}};

/* ---- the moment ---- */

static const struct schema_field pulse_fields[] = {
    {"channel", FIELD_TEXT, SHOWN, .about = "its code"},
    {"mode", FIELD_TEXT, SHOWN, .about = "of the channel", .values = "off|shadow|live"},
    {"paused", FIELD_BOOL, SHOWN, .about = "no push leaves"},
    {"last_delivery_at",
     FIELD_TIME,
     SHOWN | NULL_OUT,
     .about = "its latest message; null: none among the latest, nor since the start"},
    {"last_confirmed_at",
     FIELD_TIME,
     SHOWN | NULL_OUT,
     .about = "its latest confirmed push; null: none among the latest"},
    {"waiting", FIELD_INT, SHOWN, .about = "listings that it may have to be told of"},
    {"waiting_since", FIELD_TIME, SHOWN | NULL_OUT, .about = "the oldest change that it waits for"},
    {"open", FIELD_INT, SHOWN, .about = "calls under way"},
    {"held_until",
     FIELD_TIME,
     SHOWN | NULL_OUT,
     .about = "its limits, or a failure, let no push leave before that"},
    {"calls_per_minute", FIELD_INT, SHOWN | NULL_OUT, .about = "that its limits grant for pushes"},
    {"calls_left_today", FIELD_INT, SHOWN | NULL_OUT, .about = "when the platform says so"},
    {"differing", FIELD_INT, SHOWN, .about = "listings that show something else than they should"},
};
const struct schema schema_pulse = {
    .name = "Pulse", .about = "how one channel fares at this moment", SCHEMA(pulse_fields)};

static const struct schema_field ask_fields[] = {
    {"name", FIELD_TEXT, SHOWN, .about = "in settings, or in secrets"},
    {"about", FIELD_TEXT, SHOWN, .about = "where it is found"},
    {"secret", FIELD_BOOL, SHOWN, .about = "it belongs to secrets"},
    {"optional", FIELD_BOOL, SHOWN, .about = "it may be left out"},
};
static const struct schema schema_ask = {
    .name = "ConnectorField", .about = "one thing that a platform wants", SCHEMA(ask_fields)};
static const struct schema_field connector_fields[] = {
    {"name", FIELD_TEXT, SHOWN, .about = "the connector of a channel"},
    {"fields", FIELD_LIST, SHOWN, .about = "what it wants to know", .of = &schema_ask},
};
const struct schema schema_connector = {
    .name = "Connector", .about = "a platform that can be connected", SCHEMA(connector_fields)};
