/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence: the shadow report, the checklist before a cutover, the cutover itself, the pause. */
#include "intake/api_schema.h"

#define SCHEMA(list) .fields = (list), .fields_count = sizeof(list) / sizeof((list)[0])

static const struct schema_field day_fields[] = {
    {"day", FIELD_TIME, SHOWN, .about = "its begin, UTC"},
    {"readings", FIELD_INT, SHOWN, .about = "of counts"},
    {"agreed", FIELD_INT, SHOWN, .about = "showed what they should"},
    {"waiting", FIELD_INT, SHOWN, .about = "proved nothing: the SKU had just moved"},
    {"differed", FIELD_INT, SHOWN, .about = "showed something else"},
    {"agreement", FIELD_NUMBER, SHOWN, .about = "percent of those that prove something"},
    {"causes", FIELD_INT_MAP, SHOWN, .about = "differences that began, by cause"},
    {"oversold", FIELD_INT, SHOWN, .about = "units that its orders found missing"},
    {"avoidable", FIELD_INT, SHOWN, .about = "of them, those that live mode would have saved"},
};
static const struct schema schema_day = {
    .name = "ShadowDay", .about = "one day of a channel", SCHEMA(day_fields)};

static const struct schema_field delay_fields[] = {
    {"orders", FIELD_INT, SHOWN, .about = "looked at"},
    {"p50_ms", FIELD_NUMBER, SHOWN, .about = "half were as quick"},
    {"p95_ms", FIELD_NUMBER, SHOWN, .about = "95 of 100 were as quick"},
    {"p99_ms", FIELD_NUMBER, SHOWN, .about = "99 of 100 were as quick"},
};
static const struct schema schema_delay = {
    .name = "OrderDelay", .about = "from an order's placing to our ledger", SCHEMA(delay_fields)};

static const struct schema_field shadow_fields[] = {
    {"channel", FIELD_TEXT, SHOWN, .about = "its code"},
    {"mode", FIELD_TEXT, SHOWN, .about = "of the channel", .values = "off|shadow|live"},
    {"ready", FIELD_BOOL, SHOWN, .about = "the bar is met"},
    {"missing", FIELD_TEXT, SHOWN | NULL_OUT, .about = "why it is not"},
    {"bar_days", FIELD_INT, SHOWN, .about = "days in a row that are asked for"},
    {"bar_agreement", FIELD_NUMBER, SHOWN, .about = "percent that is asked for"},
    {"days_in_a_row", FIELD_INT, SHOWN, .about = "with readings, up to now"},
    {"agreement", FIELD_NUMBER, SHOWN, .about = "percent, of all days shown"},
    {"unexplained", FIELD_INT, SHOWN, .about = "differences without a cause"},
    {"oversold", FIELD_INT, SHOWN, .about = "units that its orders found missing"},
    {"avoidable", FIELD_INT, SHOWN, .about = "of them, those that live mode would have saved"},
    {"order_delay", FIELD_OBJECT, SHOWN, .about = "of its latest orders", .of = &schema_delay},
    {"days", FIELD_LIST, SHOWN, .about = "oldest first", .of = &schema_day},
    {"differences", FIELD_LIST, SHOWN, .about = "newest first", .of = &schema_difference},
    {"has_more", FIELD_BOOL, SHOWN, .about = "differences than are shown: see /v1/drift"},
};
const struct schema schema_shadow = {
    .name = "ShadowReport", .about = "what shadow mode has shown", SCHEMA(shadow_fields)};

static const struct schema_field check_fields[] = {
    {"check", FIELD_TEXT, SHOWN, .about = "for programs"},
    {"ok", FIELD_BOOL, SHOWN, .about = "it is as it should be"},
    {"required", FIELD_BOOL, SHOWN, .about = "not even force goes past it"},
    {"detail", FIELD_TEXT, SHOWN, .about = "what was found"},
    {"action", FIELD_TEXT, SHOWN, .about = "what to do; empty when it is ok"},
};
static const struct schema schema_check = {
    .name = "CutoverCheck", .about = "a line of the checklist", SCHEMA(check_fields)};

static const struct schema_field checklist_fields[] = {
    {"channel", FIELD_TEXT, SHOWN, .about = "its code"},
    {"mode", FIELD_TEXT, SHOWN, .about = "of the channel", .values = "off|shadow|live"},
    {"ready", FIELD_BOOL, SHOWN, .about = "all is as it should be"},
    {"cutover_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "it was, or is to be, taken over then"},
    {"watch_until", FIELD_TIME, SHOWN | NULL_OUT, .about = "watched until then"},
    {"job", FIELD_ID, SHOWN | NULL_OUT, .about = "of the cutover under way"},
    {"checks", FIELD_LIST, SHOWN, .about = "one by one", .of = &schema_check},
};
const struct schema schema_checklist = {
    .name = "CutoverChecklist", .about = "may it be taken over", SCHEMA(checklist_fields)};

static const struct schema_field cutover_fields[] = {
    {"at", FIELD_TIME, ASKED | NULL_IN, .about = "when; at once when left out"},
    {"watch_minutes",
     FIELD_INT,
     ASKED,
     .about = "paced and watched for so long; 30",
     .min = 1,
     .max = 10080},
    {"limit_percent",
     FIELD_INT,
     ASKED,
     .about = "of readings that may differ before it falls back; 5",
     .min = 0,
     .max = 100},
    {"bar_days", FIELD_INT, ASKED, .about = "days of shadow; 7", .min = 0, .max = 365},
    {"force", FIELD_TEXT, ASKED | NULL_IN, .about = "why to go past what is not required"},
    {"reason", FIELD_TEXT, ASKED | NULL_IN, .about = "kept in the log"},
};
const struct schema schema_cutover = {
    .asked = "Cutover", .about = "taking a channel over", SCHEMA(cutover_fields)};

static const struct schema_field pause_fields[] = {
    {"channel", FIELD_TEXT, ASKED | NULL_IN, .about = "its code; all when left out"},
    {"reason", FIELD_TEXT, ASKED | NULL_IN, .about = "kept in the log"},
};
const struct schema schema_pause = {
    .asked = "Pause", .about = "which channels' pushes", SCHEMA(pause_fields)};

static const struct schema_field rollback_fields[] = {
    {"reason", FIELD_TEXT, ASKED | NULL_IN, .about = "kept in the log"},
};
static const struct schema schema_rollback = {
    .asked = "Rollback", .about = "taking a channel back", SCHEMA(rollback_fields)};

static const struct schema_field bar_query[] = {
    {"bar_days", FIELD_INT, ASKED, .about = "days that are asked for; 7", .min = 0, .max = 365},
    {"bar_agreement", FIELD_NUMBER, ASKED, .about = "percent that is asked for; 99.9"},
};
static const struct schema_field shadow_query[] = {
    {"days", FIELD_INT, ASKED, .about = "days to show", .min = 1, .max = 366},
    {"bar_days", FIELD_INT, ASKED, .about = "days that are asked for; 7", .min = 0, .max = 365},
    {"bar_agreement", FIELD_NUMBER, ASKED, .about = "percent that is asked for; 99.9"},
    {"format",
     FIELD_TEXT,
     ASKED,
     .about = "html: a page to keep or print, as Accept: text/html does",
     .values = "json|html"},
};
#define QUERY(list) .query = (list), .query_count = sizeof(list) / sizeof((list)[0])

const struct route_doc doc_read_shadow = {.id = "getShadowReport",
                                          .summary = "What shadow mode has shown, day by day",
                                          .params = {"channel"},
                                          QUERY(shadow_query),
                                          .gives = &schema_shadow,
                                          .done = 200};
const struct route_doc doc_read_cutover = {.id = "getCutover",
                                           .summary = "The checklist before taking a channel over",
                                           .params = {"code"},
                                           QUERY(bar_query),
                                           .gives = &schema_checklist,
                                           .done = 200};
const struct route_doc doc_request_audit_create = {.id = "auditChannel",
                                                   .summary = "Read all its counts back now",
                                                   .params = {"code"},
                                                   .asks = NULL,
                                                   .gives = &schema_job_ref,
                                                   .done = 202,
                                                   .refuses = {422}};
const struct route_doc doc_request_cutover_create = {
    .id = "takeOver",
    .summary = "From shadow to live: at once, or at that hour; watched, with a way back",
    .params = {"code"},
    .asks = &schema_cutover,
    .body_optional = true,
    .gives = &schema_job_ref,
    .done = 202,
    .refuses = {409, 422}};
const struct route_doc doc_request_rollback = {.id = "rollBack",
                                               .summary = "Back to shadow mode",
                                               .params = {"code"},
                                               .asks = &schema_rollback,
                                               .body_optional = true,
                                               .gives = &schema_channel,
                                               .done = 200,
                                               .refuses = {409, 422}};
const struct route_doc doc_request_pause = {
    .id = "pausePushes",
    .summary = "No push leaves from this moment on: of one channel, or of all",
    .asks = &schema_pause,
    .body_optional = true,
    .gives = &schema_channel,
    .frame = FRAME_PAGE,
    .done = 200,
    .refuses = {404, 422}};
const struct route_doc doc_request_resume = {.id = "resumePushes",
                                             .summary =
                                                 "They leave again, the newest figures first",
                                             .asks = &schema_pause,
                                             .body_optional = true,
                                             .gives = &schema_channel,
                                             .frame = FRAME_PAGE,
                                             .done = 200,
                                             .refuses = {404, 422}};
