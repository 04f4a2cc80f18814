/* SPDX-License-Identifier: Apache-2.0 */
/* What happened: orders, events, deliveries, pushes, incidents, jobs; and tokens and problems. */
#include "channels/api/api_order.h"
#include "intake/api_schema.h"

#define SCHEMA(fields_) .fields = (fields_), .fields_count = COUNT_OF(fields_)

static const struct schema_field health_fields[] = {
    {"status",
     FIELD_TEXT,
     SHOWN,
     .about = "always the good one: otherwise it is a problem",
     .values = "ok|ready"},
};
const struct schema schema_health = {
    .name = "Health", .about = "it is well", SCHEMA(health_fields)};

/* ---- orders ---- */

#define COUNT_ABOUT(what) what " so far; left out: 0"
#define COUNT(name, what)                                                                          \
    {                                                                                              \
        name, FIELD_INT, SHOWN | ASKED | NULL_IN, .about = COUNT_ABOUT(what), .max = QTY_MAX       \
    }

static const struct schema_field allocation_fields[] = {
    {"sku", FIELD_TEXT, SHOWN, .about = "the SKU, or a component of it"},
    {"location", FIELD_TEXT, SHOWN, .about = "where its units come from"},
    {"reserved", FIELD_INT, SHOWN, .about = "kept for it"},
    {"shipped", FIELD_INT, SHOWN, .about = "gone"},
    {"returned", FIELD_INT, SHOWN, .about = "come back"},
    {"restocked", FIELD_INT, SHOWN, .about = "of them back on sale"},
    {"no_restock", FIELD_INT, SHOWN, .about = "refunded before they left, not back on sale"},
};
static const struct schema schema_allocation = {
    .name = "Allocation", .about = "where an order line's units are", SCHEMA(allocation_fields)};
static const struct schema_field order_line_fields[] = {
    {"id", FIELD_TEXT, SHOWN, .about = "of the line, the channel's own"},
    {"id",
     FIELD_ANY_ID,
     ASKED | MUST,
     .about = "of the line, your own",
     .min = 1,
     .max = API_TEXT_MAX},
    {"sku", FIELD_TEXT, SHOWN | NULL_OUT, .about = "null while nobody knows it"},
    {"sku", FIELD_TEXT, ASKED | MUST, .about = "its code", .min = 1, .max = API_TEXT_MAX},
    {"remote", FIELD_TEXT, SHOWN, .about = "how the channel names what is sold"},
    {"parked", FIELD_BOOL, SHOWN, .about = "it waits for a listing"},
    {"ordered", FIELD_INT, SHOWN | ASKED | MUST, .about = "units", .max = QTY_MAX},
    COUNT("cancelled", "called off"),
    COUNT("fulfilled", "sent"),
    COUNT("returned", "of the sent ones: come back"),
    COUNT("restocked", "of the returned ones: back on sale"),
    COUNT("no_restock", "of the cancelled ones: not back on sale"),
    {"taken", FIELD_INT, SHOWN, .about = "units the channel has taken out of its own count"},
    {"taken",
     FIELD_INT,
     ASKED | NULL_IN,
     .about =
         "units you have taken out of your own count; left out: ordered - cancelled - restocked",
     .max = QTY_MAX},
    {"location",
     FIELD_TEXT,
     SHOWN | ASKED | NULL_IN | NULL_OUT,
     .about = "where the channel says it ships from",
     .max = API_TEXT_MAX},
    {"allocations", FIELD_LIST, SHOWN, .about = "what is booked", .of = &schema_allocation},
};
static const struct schema schema_order_line = {.name = "OrderLine",
                                                .asked = "OrderSnapshotLine",
                                                .about = "units of one SKU in an order",
                                                SCHEMA(order_line_fields)};

#define SNAPSHOT_FIELDS(forms)                                                                     \
    {"id",                                                                                         \
     FIELD_ANY_ID,                                                                                 \
     (forms) | MUST,                                                                               \
     .about = "of the order, your own",                                                            \
     .min = 1,                                                                                     \
     .max = API_TEXT_MAX},                                                                         \
        {"version",                                                                                \
         FIELD_ANY_ID,                                                                             \
         (forms) | MUST,                                                                           \
         .about = "an RFC 3339 time, or a whole number: only a newer one counts",                  \
         .min = 1,                                                                                 \
         .max = API_TEXT_MAX},                                                                     \
        {"placed_at", FIELD_TIME, (forms) | NULL_IN, .about = "when it was placed"},               \
        {"country",                                                                                \
         FIELD_TEXT,                                                                               \
         (forms) | NULL_IN,                                                                        \
         .about = "the destination, two letters",                                                  \
         .max = 2},                                                                                \
        {"region",                                                                                 \
         FIELD_TEXT,                                                                               \
         (forms) | NULL_IN,                                                                        \
         .about = "the destination",                                                               \
         .max = API_TEXT_MAX},                                                                     \
    {                                                                                              \
        "lines", FIELD_LIST, (forms) | MUST, .about = "all of them, as they are now",              \
                                             .max = API_LINES_MAX, .of = &schema_order_line        \
    }

#define STATE_OF_SNAPSHOT "applied|duplicate|stale|parked|ignored"

static const struct schema_field order_fields[] = {
    {"channel", FIELD_TEXT, SHOWN, .about = "its code"},
    {"channel",
     FIELD_TEXT,
     ASKED | MUST,
     .about = "the code of a channel of connector api",
     .min = 1},
    {"id", FIELD_TEXT, SHOWN, .about = "the channel's own"},
    {"version", FIELD_TEXT, SHOWN, .about = "the channel's own"},
    {"placed_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "when it was placed"},
    {"country", FIELD_TEXT, SHOWN | NULL_OUT, .about = "the destination"},
    {"region", FIELD_TEXT, SHOWN | NULL_OUT, .about = "the destination"},
    {"test", FIELD_BOOL, SHOWN, .about = "a test order: it moves nothing"},
    {"baseline", FIELD_BOOL, SHOWN, .about = "from before the channel was opened"},
    {"state",
     FIELD_TEXT,
     SHOWN | MAYBE,
     .about = "what became of the snapshot, in answers to one",
     .values = STATE_OF_SNAPSHOT},
    {"lines", FIELD_LIST, SHOWN, .about = "its lines", .of = &schema_order_line},
    SNAPSHOT_FIELDS(ASKED),
};
const struct schema schema_order = {.name = "Order",
                                    .asked = "OrderSnapshot",
                                    .about = "an order as the channel reports it now",
                                    SCHEMA(order_fields)};

static const struct schema_field hold_commit_fields[] = {
    {"channel", FIELD_TEXT, ASKED, .about = "may be left out when the hold has one", .min = 1},
    SNAPSHOT_FIELDS(ASKED),
};
const struct schema schema_hold_commit = {.asked = "HoldCommit",
                                          .about = "the order that the held units become",
                                          SCHEMA(hold_commit_fields)};

/* ---- the log ---- */

static const struct schema_field event_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "its place in the log"},
    {"at", FIELD_TIME, SHOWN, .about = "when it was recorded"},
    {"kind", FIELD_TEXT, SHOWN, .about = "what happened"},
    {"channel", FIELD_TEXT, SHOWN | NULL_OUT, .about = "its code"},
    {"subject", FIELD_TEXT, SHOWN, .about = "what it is about"},
    {"facts", FIELD_ANY, SHOWN, .about = "all that is needed to apply it again"},
};
const struct schema schema_event = {
    .name = "Event", .about = "one row of the log", SCHEMA(event_fields)};

static const struct schema_field delivery_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the delivery"},
    {"channel", FIELD_TEXT, SHOWN, .about = "its code"},
    {"topic", FIELD_TEXT, SHOWN, .about = "what the channel called it"},
    {"received_at", FIELD_TIME, SHOWN, .about = "its last byte"},
    {"state", FIELD_TEXT, SHOWN, .about = "what became of it", .values = STATE_OF_SNAPSHOT},
    {"reason", FIELD_TEXT, SHOWN | NULL_OUT, .about = "why it was not applied"},
    {"order", FIELD_TEXT, SHOWN | NULL_OUT, .about = "its id on the channel"},
    {"version", FIELD_TEXT, SHOWN | NULL_OUT, .about = "of the order"},
};
const struct schema schema_delivery = {
    .name = "Delivery", .about = "one message from a channel", SCHEMA(delivery_fields)};

static const struct schema_field replay_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the delivery"},
    {"dry_run", FIELD_BOOL, SHOWN | ASKED, .about = "only show what would be booked"},
    {"reason", FIELD_TEXT, ASKED, .about = "for the log", .min = 1, .max = 255},
    {"state", FIELD_TEXT, SHOWN, .about = "what became of it", .values = STATE_OF_SNAPSHOT},
    {"reason", FIELD_TEXT, SHOWN | NULL_OUT, .about = "why it was not applied"},
    {"movements",
     FIELD_LIST,
     SHOWN,
     .about = "what was, or would be, booked",
     .of = &schema_movement},
};
const struct schema schema_replay = {.name = "Replayed",
                                     .asked = "Replay",
                                     .about = "a delivery applied once more",
                                     SCHEMA(replay_fields)};

static const struct schema_field replays_fields[] = {
    {"from", FIELD_TIME, ASKED | NULL_IN, .about = "received (or pushed) not before"},
    {"to", FIELD_TIME, ASKED | NULL_IN, .about = "received (or pushed) before"},
    {"channel", FIELD_TEXT, ASKED | NULL_IN, .about = "its code", .min = 1, .max = 255},
    {"state", FIELD_TEXT, ASKED, .about = "what became of them", .values = STATE_OF_SNAPSHOT},
    {"order", FIELD_TEXT, ASKED, .about = "its id on the channel", .min = 1, .max = 255},
    {"topic", FIELD_TEXT, ASKED, .about = "as the delivery shows it", .min = 1, .max = 255},
    {"delivery", FIELD_TEXT, ASKED, .about = "one delivery's id", .min = 1, .max = 20},
    {"dry_run", FIELD_BOOL, ASKED, .about = "only show what would be booked"},
    {"reason",
     FIELD_TEXT,
     ASKED,
     .about = "for the log; needed unless dry_run",
     .min = 1,
     .max = 255},
    {"pushes",
     FIELD_BOOL,
     ASKED,
     .about = "look again at the listings that were pushed then, instead of deliveries"},
};
const struct schema schema_replays = {.asked = "Replays",
                                      .about = "deliveries to apply once more; at least one of "
                                               "from, to, channel, state, order, delivery",
                                      SCHEMA(replays_fields)};

static const struct schema_field latency_fields[] = {
    {"their_event_to_receipt", FIELD_NUMBER, SHOWN | NULL_OUT, .about = "theirs"},
    {"receipt_to_commit", FIELD_NUMBER, SHOWN | NULL_OUT, .about = "ours"},
    {"commit_to_send", FIELD_NUMBER, SHOWN | NULL_OUT, .about = "ours"},
    {"send_to_confirmation", FIELD_NUMBER, SHOWN | NULL_OUT, .about = "theirs"},
};
static const struct schema schema_latency = {
    .name = "Latency", .about = "milliseconds of each stretch", SCHEMA(latency_fields)};
static const struct schema_field push_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the push"},
    {"listing", FIELD_ID, SHOWN, .about = "which was told"},
    {"channel", FIELD_TEXT, SHOWN, .about = "its code"},
    {"sku", FIELD_TEXT, SHOWN, .about = "its code"},
    {"value", FIELD_INT, SHOWN, .about = "what it was to show"},
    {"compare",
     FIELD_INT,
     SHOWN | NULL_OUT,
     .about = "only if it showed this; null: whatever it showed"},
    {"state",
     FIELD_TEXT,
     SHOWN,
     .about = "what became of it",
     .values = "in_flight|confirmed|accepted|failed|unknown"},
    {"reason", FIELD_TEXT, SHOWN | NULL_OUT, .about = "why it failed"},
    {"happened_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "the sale that caused it"},
    {"received_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "we heard of the sale"},
    {"committed_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "the sale was booked"},
    {"sent_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "the push left"},
    {"answered_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "its answer came"},
    {"latency_ms", FIELD_OBJECT, SHOWN, .about = "the stretches between", .of = &schema_latency},
};
const struct schema schema_push = {
    .name = "Push", .about = "one attempt to tell a channel", SCHEMA(push_fields)};

static const struct schema_field autopsy_first_fields[] = {
    {"kind", FIELD_TEXT, SHOWN, .about = "of the movement"},
    {"channel", FIELD_TEXT, SHOWN | NULL_OUT, .about = "whose order it was"},
    {"order", FIELD_TEXT, SHOWN, .about = "its id there"},
    {"quantity", FIELD_INT, SHOWN, .about = "units"},
    {"movement", FIELD_ID, SHOWN, .about = "in the ledger"},
};
static const struct schema schema_autopsy_first = {
    .name = "AutopsyFirst", .about = "who took the last unit", SCHEMA(autopsy_first_fields)};

static const struct schema_field autopsy_moment_fields[] = {
    {"at", FIELD_TIME, SHOWN, .about = "when"},
    {"ms", FIELD_INT, SHOWN, .about = "since the first of them"},
    {"what",
     FIELD_TEXT,
     SHOWN,
     .about = "what happened",
     .values = "first_sale|received|committed|push_sent|push_confirmed|second_sale|"
               "second_committed"},
    {"channel", FIELD_TEXT, SHOWN | NULL_OUT, .about = "where"},
};
static const struct schema schema_autopsy_moment = {
    .name = "AutopsyMoment", .about = "a step of the story", SCHEMA(autopsy_moment_fields)};

static const struct schema_field autopsy_fields[] = {
    {"sku", FIELD_TEXT, SHOWN, .about = "its code"},
    {"location", FIELD_TEXT, SHOWN | NULL_OUT, .about = "where units were missing"},
    {"channel", FIELD_TEXT, SHOWN, .about = "that sold what was not there"},
    {"order", FIELD_TEXT, SHOWN, .about = "its id there"},
    {"line", FIELD_TEXT, SHOWN, .about = "of the order"},
    {"units", FIELD_INT, SHOWN, .about = "not there"},
    {"first",
     FIELD_OBJECT,
     SHOWN | MAYBE,
     .about = "left out: the ledger had none",
     .of = &schema_autopsy_first},
    {"push", FIELD_ID, SHOWN | NULL_OUT, .about = "that told the channel"},
    {"shown", FIELD_INT, SHOWN | NULL_OUT, .about = "what the channel had confirmed last"},
    {"timeline", FIELD_LIST, SHOWN, .about = "oldest first", .of = &schema_autopsy_moment},
    {"stage",
     FIELD_TEXT,
     SHOWN,
     .about = "to blame",
     .values = "their_event|our_commit|our_sending|their_confirmation|after_confirmation|"
               "second_event|never_pushed"},
    {"stage_ms", FIELD_INT, SHOWN, .about = "how long it took"},
    {"blame", FIELD_TEXT, SHOWN, .about = "the same for people"},
    {"window_ms", FIELD_INT, SHOWN, .about = "between both sales"},
    {"taken_by_others", FIELD_INT, SHOWN, .about = "units, since the channel was last told"},
    {"smallest_buffer", FIELD_INT, SHOWN, .about = "that would have prevented it"},
};
const struct schema schema_autopsy = {
    .name = "Autopsy", .about = "why units were sold twice", SCHEMA(autopsy_fields)};

static const struct schema_field difference_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the difference"},
    {"channel", FIELD_TEXT, SHOWN, .about = "its code"},
    {"sku", FIELD_TEXT, SHOWN, .about = "its code"},
    {"listing", FIELD_ID, SHOWN, .about = "that shows it"},
    {"mode", FIELD_TEXT, SHOWN, .about = "of the channel", .values = "off|shadow|live"},
    {"state", FIELD_TEXT, SHOWN, .about = "is it over", .values = "open|ended"},
    {"shown", FIELD_INT, SHOWN, .about = "by the channel, as last read"},
    {"computed", FIELD_INT, SHOWN, .about = "as it should have been then"},
    {"cause",
     FIELD_TEXT,
     SHOWN,
     .about = "why",
     .values = "unknown|foreign_write|late_write|flag|late_shop|late_event"},
    {"about", FIELD_TEXT, SHOWN, .about = "the cause, for people"},
    {"times", FIELD_INT, SHOWN, .about = "found, or written over again, so often"},
    {"began_at", FIELD_TIME, SHOWN, .about = "first reading that said so"},
    {"seen_at", FIELD_TIME, SHOWN, .about = "last reading that said so"},
    {"ended_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "first reading that did not"},
};
const struct schema schema_difference = {.name = "Difference",
                                         .about = "a listing that shows something else",
                                         SCHEMA(difference_fields)};

static const struct schema_field incident_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the incident"},
    {"code", FIELD_TEXT, SHOWN, .about = "for programs, such as OVERSOLD"},
    {"state", FIELD_TEXT, SHOWN, .about = "is it over", .values = "open|resolved"},
    {"channel", FIELD_TEXT, SHOWN | NULL_OUT, .about = "its code"},
    {"sku", FIELD_TEXT, SHOWN | NULL_OUT, .about = "its code"},
    {"order", FIELD_TEXT, SHOWN | NULL_OUT, .about = "its id on the channel"},
    {"delivery", FIELD_ID, SHOWN | NULL_OUT, .about = "that brought it to light"},
    {"title", FIELD_TEXT, SHOWN, .about = "for people"},
    {"detail", FIELD_TEXT, SHOWN, .about = "the evidence"},
    {"urgency",
     FIELD_TEXT,
     SHOWN,
     .about = "how soon somebody must look",
     .values = "now|soon|info"},
    {"meaning", FIELD_TEXT, SHOWN, .about = "for stock"},
    {"doing", FIELD_TEXT, SHOWN, .about = "what the server does meanwhile"},
    {"action", FIELD_TEXT, SHOWN, .about = "what to do"},
    {"until", FIELD_TEXT, SHOWN, .about = "what ends it"},
    {"until_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "it ends by itself then"},
    {"times", FIELD_INT, SHOWN, .about = "seen so often"},
    {"opened_at", FIELD_TIME, SHOWN, .about = "when it began"},
    {"updated_at", FIELD_TIME, SHOWN, .about = "last seen, or closed"},
    {"resolved_at", FIELD_TIME, SHOWN | NULL_OUT, .about = "when it was over"},
    {"resolved_by", FIELD_TEXT, SHOWN | NULL_OUT, .about = "the token's name; null: by itself"},
    {"resolution", FIELD_TEXT, SHOWN | NULL_OUT, .about = "why it was closed"},
    {"autopsy",
     FIELD_LIST,
     SHOWN | MAYBE,
     .about = "of OVERSOLD, shown alone",
     .of = &schema_autopsy},
    {"reason", FIELD_TEXT, ASKED | NULL_IN, .about = "why it is closed"},
};
const struct schema schema_incident = {.name = "Incident",
                                       .asked = "IncidentResolve",
                                       .about = "something an operator must see",
                                       SCHEMA(incident_fields)};

/* ---- jobs ---- */

static const struct schema_field job_ref_fields[] = {
    {"job", FIELD_ID, SHOWN, .about = "follow GET /v1/jobs/{id}"},
};
const struct schema schema_job_ref = {
    .name = "JobStarted", .about = "something long has begun", SCHEMA(job_ref_fields)};
static const struct schema_field replay_difference_fields[] = {
    {"kind", FIELD_TEXT, SHOWN, .about = "of movement"},
    {"sku", FIELD_TEXT, SHOWN, .about = "its code"},
    {"location", FIELD_TEXT, SHOWN, .about = "its code"},
    {"quantity", FIELD_INT, SHOWN, .about = "units"},
};
static const struct schema schema_replay_difference = {.name = "ReplayDifference",
                                                       .about = "what a replay books, or would",
                                                       SCHEMA(replay_difference_fields)};
static const struct schema_field review_fields[] = {
    /* of an import */
    {"remote", FIELD_FREE, SHOWN | MAYBE, .about = "the platform's ids"},
    {"sku", FIELD_TEXT, SHOWN | MAYBE, .about = "as the platform has it; of a replay: its code"},
    {"title", FIELD_TEXT, SHOWN | MAYBE, .about = "for people"},
    {"product", FIELD_TEXT, SHOWN | MAYBE, .about = "for people"},
    {"reason", FIELD_TEXT, SHOWN | MAYBE, .about = "for programs, such as duplicate"},
    {"detail", FIELD_TEXT, SHOWN | MAYBE, .about = "what to do"},
    /* of a replay */
    {"channel", FIELD_TEXT, SHOWN | MAYBE, .about = "its code"},
    {"order", FIELD_TEXT, SHOWN | MAYBE, .about = "its id on the channel"},
    {"movements",
     FIELD_LIST,
     SHOWN | MAYBE,
     .about = "differences",
     .of = &schema_replay_difference},
    {"listing", FIELD_ID, SHOWN | MAYBE, .about = "that is looked at again"},
};
static const struct schema schema_review = {
    .name = "ReviewRow", .about = "what is left for a person to decide", SCHEMA(review_fields)};
static const struct schema_field job_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the job"},
    {"kind", FIELD_TEXT, SHOWN, .about = "what is being done"},
    {"state",
     FIELD_TEXT,
     SHOWN,
     .about = "how far it is",
     .values = "queued|running|done|failed|cancelled"},
    {"channel", FIELD_TEXT, SHOWN | NULL_OUT, .about = "its code"},
    {"done", FIELD_INT, SHOWN, .about = "steps done"},
    {"total", FIELD_INT, SHOWN, .about = "steps in all, as far as known"},
    {"result", FIELD_FREE, SHOWN | NULL_OUT, .about = "what came of it so far"},
    {"review", FIELD_LIST, SHOWN, .about = "left for a person", .of = &schema_review},
    {"error", FIELD_TEXT, SHOWN | NULL_OUT, .about = "why it failed"},
    {"created_at", FIELD_TIME, SHOWN, .about = "when it was asked for"},
};
const struct schema schema_job = {
    .name = "Job", .about = "progress of something long", SCHEMA(job_fields)};

/* ---- tokens ---- */

static const struct schema_field token_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the token"},
    {"name", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "for people", .min = 1, .max = 255},
    {"scope",
     FIELD_TEXT,
     SHOWN | ASKED | MUST,
     .about = "what it may",
     .values = "read|operate|admin"},
    {"created_at", FIELD_TIME, SHOWN, .about = "when it was made"},
    {"revoked", FIELD_BOOL, SHOWN, .about = "it is no longer good"},
    {"expires_in_days",
     FIELD_INT,
     ASKED,
     .about = "it is good for so many days; left out, and without expires_at: for ever",
     .min = 1,
     .max = 3650},
    {"expires_at",
     FIELD_TIME,
     SHOWN | NULL_OUT | ASKED | NULL_IN,
     .about = "it is good until then; null: for ever"},
    {"last_used_on", FIELD_TEXT, SHOWN | NULL_OUT, .about = "the last day of its use, in UTC"},
    {"made_by", FIELD_TEXT, SHOWN | NULL_OUT, .about = "whose token or who made it, by name"},
    {"token",
     FIELD_TEXT,
     SHOWN | MAYBE,
     .about = "the token itself, once, in the answer to its creation"},
};
const struct schema schema_token = {
    .name = "Token", .asked = "NewToken", .about = "lets somebody in", SCHEMA(token_fields)};

/* ---- problems ---- */

static const struct schema_field shortage_fields[] = {
    {"sku", FIELD_TEXT, SHOWN, .about = "its code"},
    {"location", FIELD_TEXT, SHOWN | MAYBE, .about = "its code, where one was named"},
    {"requested", FIELD_INT, SHOWN, .about = "units asked for"},
    {"available", FIELD_INT, SHOWN, .about = "units there are"},
};
static const struct schema schema_shortage = {
    .name = "Shortage", .about = "units that are missing", SCHEMA(shortage_fields)};
static const struct schema_field table_error_fields[] = {
    {"line", FIELD_INT, SHOWN, .about = "of the file; the first is 1"},
    {"column", FIELD_TEXT, SHOWN | NULL_OUT, .about = "its name; null: the line as a whole"},
    {"detail", FIELD_TEXT, SHOWN, .about = "what is wrong"},
};
static const struct schema schema_table_error = {
    .name = "TableError", .about = "what is wrong with a table", SCHEMA(table_error_fields)};
static const struct schema_field table_import_fields[] = {
    {"kind", FIELD_TEXT, SHOWN, .about = "which table"},
    {"lines", FIELD_INT, SHOWN, .about = "of the file"},
    {"created", FIELD_INT, SHOWN, .about = "lines that made something"},
    {"changed", FIELD_INT, SHOWN, .about = "lines that changed something"},
    {"unchanged", FIELD_INT, SHOWN, .about = "lines that said nothing new"},
    {"dry_run", FIELD_BOOL, SHOWN, .about = "nothing was kept"},
    {"errors", FIELD_LIST, SHOWN, .about = "what is wrong with it", .of = &schema_table_error},
    {"errors_count", FIELD_INT, SHOWN, .about = "all of them; not all may be shown"},
    {"changes", FIELD_ANY, SHOWN, .about = "what each line changes, before and after"},
};
const struct schema schema_table_import = {
    .name = "TableImport", .about = "what a table changed", SCHEMA(table_import_fields)};

static const struct schema_field problem_fields[] = {
    {"type", FIELD_TEXT, SHOWN, .about = "urn:truecount:problem:KIND for programs, or about:blank"},
    {"title", FIELD_TEXT, SHOWN, .about = "for people"},
    {"status", FIELD_INT, SHOWN, .about = "the HTTP status", .min = 400, .max = 599},
    {"detail", FIELD_TEXT, SHOWN, .about = "what is wrong and what to do"},
    {"field", FIELD_TEXT, SHOWN | MAYBE, .about = "what is wrong, such as items[3].buffer"},
    {"shortages", FIELD_LIST, SHOWN | MAYBE, .about = "what is missing", .of = &schema_shortage},
    {"job", FIELD_ID, SHOWN | MAYBE, .about = "the job that stands in the way"},
    /* Of a table that was refused: */
    {"kind", FIELD_TEXT, SHOWN | MAYBE, .about = "which table"},
    {"lines", FIELD_INT, SHOWN | MAYBE, .about = "of the file"},
    {"created", FIELD_INT, SHOWN | MAYBE, .about = "lines that made something"},
    {"changed", FIELD_INT, SHOWN | MAYBE, .about = "lines that changed something"},
    {"unchanged", FIELD_INT, SHOWN | MAYBE, .about = "lines that said nothing new"},
    {"dry_run", FIELD_BOOL, SHOWN | MAYBE, .about = "nothing was kept"},
    {"errors",
     FIELD_LIST,
     SHOWN | MAYBE,
     .about = "what is wrong with it",
     .of = &schema_table_error},
    {"errors_count", FIELD_INT, SHOWN | MAYBE, .about = "all of them; not all may be shown"},
    {"changes", FIELD_ANY, SHOWN | MAYBE, .about = "what each line changes, before and after"},
};
const struct schema schema_problem = {
    .name = "Problem", .about = "why it was not done (RFC 9457)", SCHEMA(problem_fields)};
