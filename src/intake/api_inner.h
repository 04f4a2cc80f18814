/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the API's own files. */
#pragma once
#include "base/json_write.h"
#include "base/map.h"
#include "engine/exposed.h"
#include "intake/access.h"
#include "intake/api.h"
#include "intake/api_schema.h"
#include "intake/attempts.h"
#include "intake/hashing.h"

#define PAGE_DEFAULT 100
#define PAGE_MAX 1000
#define LOGIN_TRIES 5 /* in vain, by name and by address */
#define LOGIN_WINDOW_US (15 * 60 * US_PER_S)
#define REFUSALS_WINDOW_US (60 * US_PER_S)
#define ANSWER_MAX ((size_t)64 * 1024 * 1024)
#define ARGS_MAX 3 /* of a path, at most ACCESS_HASH of them */

struct api {
    struct api_config config;
    const struct config *channels;
    struct json_doc *parser;
    struct access *access;
    struct hashing *hashing;
    struct attempts *by_name, *by_address; /* logins in vain */
    struct attempts *refusals, *told;      /* 401 and 403, and who was noted for many of them */
    uint64_t refused_401, refused_403, logins_failed;
    int64_t login_notes_us; /* since when, and how many: entries of the audit about failed logins */
    size_t login_notes;
    uint8_t setup_hash[32]; /* of the one-time code, good until then; 0: there is none */
    int64_t setup_until_us;
    char setup_code[ACCESS_SECRET_TEXT + 1];
    struct stream *stream;
    bool is_ready;
    struct caller asking;           /* the request in hand; for `special` routes */
    struct csv_download *downloads; /* under way */
    size_t downloads_count;
    struct api_report *reports; /* being made */
    size_t reports_count;
    struct exposed *exposed;
};

struct route;

/* One read: its answer is built in `out`. A handler returns the HTTP status; from 400 on it has
 * written a problem. */
struct reading {
    struct api *api;
    struct http_exchange *x;
    struct store *store;
    struct arena *arena;
    struct slice args[ARGS_MAX];
    struct show show; /* its writer writes to out */
    struct buf out;
    char etag[ETAG_SIZE]; /* of what is shown; empty: none */
    bool is_page;         /* out is HTML */
};
typedef int read_fn(struct reading *r);

struct route {
    const char *method, *pattern; /* "/v1/skus/{}": {} catches one segment */
    enum token_scope scope;
    bool is_public;
    read_fn *read;                                         /* or */
    void (*write)(struct batch *batch, struct turn *turn); /* or */
    void (*special)(struct api *api, struct http_exchange *x, const struct slice *args);
    const struct route_doc *doc; /* what it takes and gives: the server holds requests to it */
};
extern const struct route api_routes[];
extern const size_t api_routes_count;

/*
 * What a request may bring beside its route and its token: known query parameters, each once and
 * with a value that can be, no body where none is taken, If-Match only where it is heeded. What is
 * misspelt must not do something else silently. False: it was refused.
 */
/* Pushes are held, or let go, at once: what POST /v1/pause and /v1/resume say. */
void api_pause(struct api *api, struct slice body, bool is_paused);

bool api_request_is_right(struct api *api, struct http_exchange *x, const struct route *route);

/* Who asked, for a turn that is made by hand. `action`: as in struct asker. */
void api_turn_ask(struct api *api,
                  struct turn *turn,
                  const struct http_exchange *x,
                  const struct caller *caller,
                  const char *action);
/* The action under which the audit keeps what the route does; NULL: it does not. */
const char *api_action_of(const struct route *route);
struct slice api_address(const struct api *api, struct http_exchange *x);
/* A 401 or 403 was given: many from one address are noted. */
void api_note_refusal(struct api *api, struct http_exchange *x, int status);
/* An entry of the audit that belongs to no change. */
void api_note(struct api *api,
              struct http_exchange *x,
              const struct caller *caller,
              const char *action,
              struct slice object,
              const char *detail);
void api_note_login(struct api *api, struct http_exchange *x, struct slice name); /* in vain */
/* Answers 429, to whoever has to wait. */
void api_refuse_waiting(struct http_exchange *x, int64_t wait_us);
/* A write of a route, from here on. args and the caller's name live as long as the exchange. */
void api_write(struct api *api,
               struct http_exchange *x,
               const struct route *route,
               const struct slice *args,
               const struct caller *caller);
/* The password of the body is worth hashing: it is on its way, and api_write follows. False: go on
 * without. */
bool api_hash_first(struct api *api,
                    struct http_exchange *x,
                    const struct route *route,
                    const struct slice *args,
                    const struct caller *caller);

/* Answers. */
void api_refuse_busy(struct api *api, struct http_exchange *x); /* the engine takes nothing now */
void api_problem(struct http_exchange *x, int status, const char *title, struct slice detail);
/* Of a turn whose commit failed: 503. */
void api_not_committed(struct http_exchange *x, const struct turn *turn);
/* What its asker is told. Where the disk failed nobody knows: what was written may stand in the
 * write-ahead log, and be there after the next start. */
struct slice api_why_not_committed(enum err e, const struct err_note *note);
void api_answer_json(struct http_exchange *x, int status, struct slice body);
void api_answer_tagged(struct http_exchange *x, int status, const char *etag, struct slice body);
void api_answer_page(struct http_exchange *x, struct slice page);
/* ?format= wins; else who lists text/html, as browsers do, gets the page. */
bool api_wants_page(struct http_exchange *x);
/* The same with more headers, two at most. */
void api_answer_with(struct http_exchange *x,
                     int status,
                     const struct http_header *more,
                     size_t more_count,
                     struct slice body);
/* 400, with the parameter or member of the body that is wrong; kind is the last part of the type. */
void api_refuse_field(struct http_exchange *x,
                      const char *kind,
                      struct slice field,
                      const char *format,
                      ...) PRINTF_LIKE(4, 5);
int reading_problem(struct reading *r, int status, const char *title, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Query parameters. False: a problem was written, give back 400. */
bool reading_query(struct reading *r, const char *name, struct slice *out); /* empty when absent */
bool reading_page(struct reading *r, struct store_query *q);
bool reading_channel(struct reading *r, struct store_query *q);
bool reading_sku(struct reading *r, struct store_query *q);
bool reading_location(struct reading *r, struct store_query *q);
bool reading_time(struct reading *r, const char *name, int64_t *out_us);
const struct sku_row *reading_sku_by_code(struct reading *r, struct slice code); /* NULL: none */
/* {"items":[...],"next":...}: the list's frame. The cursor is the last row's id when the page is
 * full. */
void reading_begin_list(struct reading *r);
int reading_end_list(struct reading *r, size_t count, size_t limit, int64_t last_id);

read_fn read_skus, read_sku, read_locations, read_location, read_channels, read_channel,
    read_listings, read_listing, read_stocks, read_stock, read_stock_lines, read_availability,
    read_movements, read_orders, read_order, read_events, read_deliveries, read_delivery,
    read_pushes, read_incidents, read_incident, read_autopsy, read_drift, read_shadow, read_cutover,
    read_holds, read_hold, read_transfers, read_transfer, read_counts, read_count, read_tokens,
    read_job, read_health, read_ready, read_pulse, read_connectors, read_findings, read_webhooks,
    read_webhook, read_openings, read_users, read_user, read_audit, read_setup;
/* The stock of a SKU at ?at=TIME. */
int read_stock_at(struct reading *r, const struct sku_row *sku);

void api_metrics(struct api *api, struct http_exchange *x, const struct slice *args);
void api_replay(struct api *api, struct http_exchange *x, const struct slice *args);
void api_csv(struct api *api, struct http_exchange *x, const struct slice *args);
void api_csv_stop(struct api *api); /* ends those under way */
struct report_wish;
/* A report as such a download. The wish's texts are the exchange's. */
void api_csv_report(struct api *api,
                    struct http_exchange *x,
                    struct report_wish wish,
                    const char *name);
void api_findings_csv(struct api *api, struct http_exchange *x, const struct slice *args);
void api_openings_csv(struct api *api, struct http_exchange *x, const struct slice *args);
/* False: it says something else than true or false, and was refused. */
bool api_csv_dry_run(struct http_exchange *x, bool *out);
void api_report_latency(struct api *api, struct http_exchange *x, const struct slice *args);
void api_report_exposure(struct api *api, struct http_exchange *x, const struct slice *args);
void api_stock_list(struct api *api, struct http_exchange *x, const struct slice *args);
/* Makes the list in steps, and answers; the list is its own from here on. */
struct stock_list;
void api_report_stock_list(
    struct api *api, struct http_exchange *x, struct stock_list *list, size_t limit, bool with_ids);
void api_reports_stop(struct api *api); /* ends those being made */
void api_webhook_test(struct api *api, struct http_exchange *x, const struct slice *args);
void api_log_in(struct api *api, struct http_exchange *x, const struct slice *args);
void api_session(struct api *api, struct http_exchange *x, const struct slice *args);
void api_log_out(struct api *api, struct http_exchange *x, const struct slice *args);
void api_password(struct api *api, struct http_exchange *x, const struct slice *args);
void api_totp_remove(struct api *api, struct http_exchange *x, const struct slice *args);
void api_setup(struct api *api, struct http_exchange *x, const struct slice *args);
void api_stream(struct api *api, struct http_exchange *x, const struct slice *args);
void api_openapi(struct api *api, struct http_exchange *x, const struct slice *args);
