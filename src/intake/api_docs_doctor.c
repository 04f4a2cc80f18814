/* SPDX-License-Identifier: Apache-2.0 */
/* What the routes of findings and first figures take and give. */
#include "core/doctor.h"
#include "intake/api_inner.h"

#define TEXT_MAX 255
#define SCHEMA(list) .fields = (list), .fields_count = COUNT_OF(list)
#define QUERY(parameters) .query = (parameters), .query_count = COUNT_OF(parameters)
#define STATES "agree|disagree|missing"
#define SILENCES_TEXT "never_read|uncounted|several_places|packs|below_zero|not_in_file|our_own"
#define KIND(NAME, code, about, todo) code "|"

/* ---- query parameters ---- */

#define Q_PAGE                                                                                     \
    {"limit",                                                                                      \
     FIELD_INT,                                                                                    \
     ASKED,                                                                                        \
     .about = "the most items of a page; 100 when left out",                                       \
     .min = 1,                                                                                     \
     .max = PAGE_MAX},                                                                             \
    {                                                                                              \
        "cursor", FIELD_ID, ASKED, .about = "the next of the page before", .min = 1, .max = 20     \
    }
#define Q_FINDINGS                                                                                 \
    {"channel", FIELD_TEXT, ASKED, .about = "its code", .min = 1},                                 \
    {                                                                                              \
        "kind", FIELD_TEXT, ASKED, .about = "of the fault", .values = FINDING_MAP(KIND)            \
    }
#define Q_OPENING                                                                                  \
    {"location",                                                                                   \
     FIELD_TEXT,                                                                                   \
     ASKED,                                                                                        \
     .about = "its code; may be left out where only one is active",                                \
     .min = 1},                                                                                    \
    {                                                                                              \
        "state", FIELD_TEXT, ASKED, .about = "do they agree", .values = STATES                     \
    }
#define Q_BOM                                                                                      \
    {                                                                                              \
        "bom", FIELD_BOOL, ASKED, .about = "begin with a byte order mark, for Excel"               \
    }

static const struct schema_field findings_query[] = {Q_PAGE, Q_FINDINGS};
static const struct schema_field findings_csv_query[] = {Q_FINDINGS, Q_BOM};
static const struct schema_field opening_query[] = {Q_PAGE, Q_OPENING};
static const struct schema_field opening_csv_query[] = {Q_OPENING, Q_BOM};
static const struct schema_field opening_file_query[] = {
    {"location", FIELD_TEXT, ASKED, .about = "where the file was counted", .min = 1},
    {"dry_run", FIELD_BOOL, ASKED, .about = "only tell what is wrong with it"},
};

/* ---- objects ---- */

static const struct schema_field finding_fields[] = {
    {"id", FIELD_ID, SHOWN, .about = "of the finding"},
    {"channel", FIELD_TEXT, SHOWN | NULL_OUT, .about = "its code; null: the SKU is yours"},
    {"kind", FIELD_TEXT, SHOWN, .about = "of the fault", .values = FINDING_MAP(KIND)},
    {"sku", FIELD_TEXT, SHOWN, .about = "as it is written there"},
    {"title", FIELD_TEXT, SHOWN, .about = "for people"},
    {"remote", FIELD_FREE, SHOWN | NULL_OUT, .about = "the platform's ids; null: the SKU is yours"},
    {"other", FIELD_TEXT, SHOWN | NULL_OUT, .about = "what it collides with"},
    {"units", FIELD_INT, SHOWN | NULL_OUT, .about = "of a suspected pack"},
    {"about", FIELD_TEXT, SHOWN, .about = "what the kind is"},
    {"detail", FIELD_TEXT, SHOWN, .about = "this one"},
    {"action", FIELD_TEXT, SHOWN, .about = "what to do"},
    {"listing", FIELD_ID, SHOWN | NULL_OUT, .about = "that sells the item"},
    {"job", FIELD_ID, SHOWN, .about = "the import that found it"},
    {"seen_at", FIELD_TIME, SHOWN, .about = "when it was so"},
};
const struct schema schema_finding = {
    .name = "Finding", .about = "what is wrong with an item or a SKU", SCHEMA(finding_fields)};

static const struct schema_field said_fields[] = {
    {"by", FIELD_TEXT, SHOWN, .about = "who", .values = "channel|file|ledger"},
    {"channel", FIELD_TEXT, SHOWN | NULL_OUT, .about = "its code"},
    {"quantity", FIELD_INT, SHOWN | NULL_OUT, .about = "units; null: unknown, which is not 0"},
    {"silence",
     FIELD_TEXT,
     SHOWN | NULL_OUT,
     .about = "why it is unknown",
     .values = SILENCES_TEXT},
    {"at", FIELD_TIME, SHOWN | NULL_OUT, .about = "when that was so"},
};
static const struct schema schema_said = {
    .name = "OpeningVoice", .about = "what one says of a figure", SCHEMA(said_fields)};
static const struct schema_field opening_row_fields[] = {
    {"sku", FIELD_TEXT, SHOWN, .about = "its code"},
    {"title", FIELD_TEXT, SHOWN, .about = "for people"},
    {"state", FIELD_TEXT, SHOWN, .about = "do they agree", .values = STATES},
    {"quantity", FIELD_INT, SHOWN | NULL_OUT, .about = "what all say, when they agree"},
    {"why", FIELD_TEXT, SHOWN | NULL_OUT, .about = "when they do not"},
    {"has_moved", FIELD_BOOL, SHOWN, .about = "there; it can only be counted then"},
    {"on_hand", FIELD_INT, SHOWN | NULL_OUT, .about = "what the ledger has; null: it never moved"},
    {"said", FIELD_LIST, SHOWN, .about = "by everyone who was asked", .of = &schema_said},
};
const struct schema schema_opening_row = {
    .name = "OpeningRow", .about = "what is said of a first figure", SCHEMA(opening_row_fields)};

static const struct schema_field opening_item_fields[] = {
    {"sku", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"quantity",
     FIELD_INT,
     SHOWN | ASKED,
     .about = "units that lie there; or from",
     .max = QTY_MAX},
    {"from",
     FIELD_TEXT,
     SHOWN | ASKED,
     .about = "agreed, file, or channel: and its code; shown also: given",
     .min = 1,
     .max = TEXT_MAX},
    {"movement", FIELD_ID, SHOWN | NULL_OUT, .about = "that booked it; null: of no units"},
};
static const struct schema schema_opening_item = {.name = "OpeningItem",
                                                  .asked = "NewOpeningItem",
                                                  .about = "one SKU's first figure",
                                                  SCHEMA(opening_item_fields)};
static const struct schema_field opening_fields[] = {
    {"location", FIELD_TEXT, SHOWN | ASKED | MUST, .about = "its code", .min = 1, .max = TEXT_MAX},
    {"items",
     FIELD_LIST,
     ASKED,
     .about = "single SKUs; or from",
     .min = 1,
     .max = 10000,
     .of = &schema_opening_item},
    {"from",
     FIELD_TEXT,
     ASKED,
     .about = "for every SKU that has such a figure and never moved there: agreed, file, or "
              "channel: and its code",
     .min = 1,
     .max = TEXT_MAX},
    {"cursor",
     FIELD_TEXT,
     ASKED,
     .about = "with from: the next of the answer before",
     .min = 1,
     .max = 20},
    {"reason", FIELD_TEXT, ASKED | NULL_IN, .about = "why, for the log", .max = TEXT_MAX},
    {"items", FIELD_LIST, SHOWN, .about = "what was booked", .of = &schema_opening_item},
    {"booked", FIELD_INT, SHOWN, .about = "SKUs"},
    {"units", FIELD_INT, SHOWN, .about = "of all of them"},
    {"next", FIELD_ID, SHOWN | NULL_OUT, .about = "more may be there: ask again with cursor"},
};
const struct schema schema_opening = {.name = "Opening",
                                      .asked = "NewOpening",
                                      .about = "first figures that were booked",
                                      SCHEMA(opening_fields)};

/* ---- routes ---- */

const struct route_doc doc_read_findings = {.id = "listFindings",
                                            .summary =
                                                "What the last imports found wrong, oldest first",
                                            QUERY(findings_query),
                                            .gives = &schema_finding,
                                            .frame = FRAME_PAGE,
                                            .done = 200,
                                            .refuses = {404}};
const struct route_doc doc_api_findings_csv = {.id = "exportFindings",
                                               .summary = "The same as a table to work through",
                                               QUERY(findings_csv_query),
                                               .media = "text/csv",
                                               .done = 200,
                                               .refuses = {404}};
const struct route_doc doc_read_openings = {
    .id = "listOpening",
    .summary = "What each channel, the file and the ledger say of SKUs at a location",
    QUERY(opening_query),
    .gives = &schema_opening_row,
    .frame = FRAME_PAGE,
    .done = 200,
    .refuses = {404}};
const struct route_doc doc_api_openings_csv = {
    .id = "exportOpening",
    .summary = "The same as a table; with quantities filled in it can be sent back as a file",
    QUERY(opening_csv_query),
    .media = "text/csv",
    .done = 200,
    .refuses = {404}};
const struct route_doc doc_request_opening_book = {
    .id = "bookOpening",
    .summary = "Book first figures of SKUs that never moved there, all or none",
    .asks = &schema_opening,
    .gives = &schema_opening,
    .done = 201,
    .refuses = {409, 422}};
const struct route_doc doc_request_opening_file = {
    .id = "sendOpeningFile",
    .summary = "Keep a table of sku and quantity for a location, in the place of the one before",
    QUERY(opening_file_query),
    .asks_media = "text/csv",
    .gives = &schema_table_import,
    .done = 200,
    .refuses = {409, 422}};
