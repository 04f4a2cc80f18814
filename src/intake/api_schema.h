/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_schema - what the API takes and gives, as tables: /openapi.json is written from them, queries
 * are checked against them, and the tests hold the running server to them.
 *
 * A schema is an object in up to three forms: as answers show it, as a POST takes it, as a PATCH
 * takes it. One list of fields serves all of them: each field says in which forms it occurs. A
 * route_doc says what one route of the table in api_routes.c does; it is found by the name of the
 * route's function (doc_read_sku for read_sku), so that a route without one does not compile.
 */
#pragma once
#include "base/json_write.h"

enum field_type {
    FIELD_TEXT,     /* min to max bytes of UTF-8; or one of `values` */
    FIELD_ID,       /* a text of digits */
    FIELD_ANY_ID,   /* a text, or a whole number that stands for its digits */
    FIELD_TIME,     /* RFC 3339 */
    FIELD_INT,      /* min to max */
    FIELD_NUMBER,   /* not whole */
    FIELD_BOOL,     /**/
    FIELD_OBJECT,   /* one `of` */
    FIELD_LIST,     /* min to max of `of`; max 0: as many as there are */
    FIELD_TEXTS,    /* a list of texts, min to max of them */
    FIELD_FREE,     /* an object whose members are somebody else's */
    FIELD_TEXT_MAP, /* an object of texts */
    FIELD_INT_MAP,  /* an object of whole numbers */
    FIELD_ANY,      /* whatever it is */
};

/* In which forms a field occurs, and how. */
#define SHOWN 1U     /* in answers; always there */
#define ASKED 2U     /* in a POST */
#define CHANGED 4U   /* in a PATCH; left out, it stays as it is */
#define MUST 8U      /* a POST needs it */
#define MAYBE 16U    /* an answer may lack it */
#define NULL_OUT 32U /* may be null in answers */
#define NULL_IN 64U  /* may be null in requests */

struct schema;

struct schema_field {
    const char *name;
    enum field_type type;
    unsigned in;
    const char *about;
    int64_t min, max;
    const char *values; /* "off|shadow|live" */
    const struct schema *of;
};

struct schema {
    const char *name; /* as shown; NULL: has no such form, and so on */
    const char *asked, *changed, *about;
    const struct schema_field *fields;
    size_t fields_count;
};

enum doc_frame {
    FRAME_ONE,     /* the object itself */
    FRAME_PAGE,    /* {"items":[...],"next"} */
    FRAME_AS_SAID, /* one object, or {"items":[...]} when the request was that */
};

#define DOC_PARAMS_MAX 3
#define DOC_REFUSALS_MAX 6

struct route_doc {
    const char *id, *summary;           /* id: unique, a name for generated code */
    const char *params[DOC_PARAMS_MAX]; /* what each {} of the pattern names */
    const struct schema_field *query;
    size_t query_count;
    const struct schema *asks;  /* the body; NULL: none, or see asks_media */
    const char *asks_media;     /* of a body that is no JSON, such as text/csv */
    bool is_patch;              /* asks its `changed` form */
    bool body_optional;         /* an empty body is as good as {} */
    bool is_personal;           /* of who is logged in: by cookie, never by a token */
    bool is_question;           /* a POST that changes nothing: its body is what is asked */
    const struct schema *gives; /* NULL: nothing, or see media */
    const char *media;          /* NULL: JSON */
    enum doc_frame frame;
    bool has_etag;  /* GET: answers with one; others: heed If-Match */
    int done, also; /* the statuses of success */
    /* Of this route alone; what all have in common is added: 400, 401, 403, 404 for an id, 503. */
    int refuses[DOC_REFUSALS_MAX];
};

enum form { FORM_SHOWN, FORM_ASKED, FORM_CHANGED };
/* Its name in that form. An object inside a request is the one that requests take, where there is
 * such a form. */
const char *schema_name_in(const struct schema *schema, enum form form);

/* JSON for the description: a reference to a component; a field's type and bounds, as members of
 * the object that is open; all objects that routes speak of, as the member "schemas". */
void schema_put_ref(struct json_writer *w, const char *where, const char *name);
void schema_put_type(struct json_writer *w,
                     const struct schema_field *field,
                     enum form form,
                     bool or_null);
void schema_put_all(struct json_writer *w);

extern const struct schema schema_health, schema_sku, schema_location, schema_channel,
    schema_import, schema_job_ref, schema_job, schema_listing, schema_stock, schema_availability,
    schema_movements, schema_movement, schema_order, schema_hold, schema_extend, schema_hold_commit,
    schema_event, schema_delivery, schema_replay, schema_replays, schema_push, schema_incident,
    schema_autopsy, schema_difference, schema_shadow, schema_checklist, schema_cutover,
    schema_pause, schema_token, schema_problem, schema_routing, schema_transfer,
    schema_transfer_step, schema_transfer_receipt, schema_count, schema_count_lines,
    schema_count_post, schema_empty, schema_table_import, schema_exposure, schema_latency_report,
    schema_finding, schema_opening_row, schema_opening, schema_webhook, schema_webhook_key,
    schema_webhook_trial, schema_user, schema_session, schema_login, schema_password, schema_proof,
    schema_totp, schema_totp_code, schema_setup, schema_setup_needed, schema_audit, schema_pulse,
    schema_connector;

extern const struct route_doc doc_read_health, doc_read_ready, doc_api_metrics, doc_api_openapi,
    doc_read_skus, doc_request_skus_create, doc_read_sku, doc_request_sku_change,
    doc_read_locations, doc_read_location, doc_request_locations_create,
    doc_request_location_change, doc_read_channels, doc_request_channels_create, doc_read_channel,
    doc_request_channel_change, doc_request_connect_create, doc_request_import_create,
    doc_read_listings, doc_request_listings_create, doc_read_listing, doc_request_listing_change,
    doc_request_listing_delete, doc_request_listing_push, doc_read_stocks, doc_read_stock,
    doc_api_stock_list, doc_read_stock_lines, doc_read_availability, doc_read_movements,
    doc_request_movements_create, doc_read_orders, doc_request_orders_create, doc_read_order,
    doc_read_holds, doc_request_holds_create, doc_read_hold, doc_request_hold_delete,
    doc_request_hold_extend, doc_request_hold_commit, doc_read_events, doc_read_deliveries,
    doc_read_delivery, doc_api_replay, doc_read_pushes, doc_read_incidents, doc_read_incident,
    doc_read_autopsy, doc_read_drift, doc_read_shadow, doc_read_cutover, doc_request_audit_create,
    doc_request_cutover_create, doc_request_rollback, doc_request_pause, doc_request_resume,
    doc_request_incident_resolve, doc_request_replays_create, doc_read_job, doc_request_job_cancel,
    doc_read_tokens, doc_request_tokens_create, doc_request_token_delete, doc_request_routing_try,
    doc_read_transfers, doc_request_transfers_create, doc_read_transfer, doc_request_transfer_ship,
    doc_request_transfer_receive, doc_request_transfer_cancel, doc_read_counts,
    doc_request_counts_create, doc_read_count, doc_request_count_lines, doc_request_count_review,
    doc_request_count_post, doc_request_count_cancel, doc_api_csv, doc_request_csv_import,
    doc_api_report_latency, doc_api_report_exposure, doc_read_findings, doc_api_findings_csv,
    doc_read_openings, doc_api_openings_csv, doc_request_opening_book, doc_request_opening_file,
    doc_read_webhooks, doc_request_webhooks_create, doc_read_webhook, doc_request_webhook_change,
    doc_request_webhook_delete, doc_request_webhook_rotate, doc_api_webhook_test, doc_api_log_in,
    doc_api_session, doc_api_log_out, doc_api_password, doc_request_totp_begin,
    doc_request_totp_confirm, doc_api_totp_remove, doc_read_setup, doc_api_setup, doc_read_users,
    doc_request_users_create, doc_read_user, doc_request_user_change, doc_request_user_delete,
    doc_read_audit, doc_api_stream, doc_read_pulse, doc_read_connectors;
