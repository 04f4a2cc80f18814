/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the API's own files. */
#pragma once
#include "base/json_write.h"
#include "base/map.h"
#include "engine/exposed.h"
#include "intake/api.h"
#include "intake/api_schema.h"

#define PAGE_DEFAULT 100
#define PAGE_MAX 1000
#define ANSWER_MAX ((size_t)64 * 1024 * 1024)
#define ARGS_MAX 3

struct api {
    struct api_config config;
    const struct config *channels;
    struct json_doc *parser;
    struct arena tokens_arena;
    struct map tokens; /* hash -> token_row */
    uint8_t admin_hash[32];
    bool has_admin, is_ready, tokens_known;
    int64_t asking; /* the token of the request in hand, and its name; for `special` routes */
    struct slice asking_name;
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

/* Answers. */
void api_problem(struct http_exchange *x, int status, const char *title, struct slice detail);
void api_answer_json(struct http_exchange *x, int status, struct slice body);
void api_answer_tagged(struct http_exchange *x, int status, const char *etag, struct slice body);
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
    read_listings, read_listing, read_stocks, read_stock, read_availability, read_movements,
    read_orders, read_order, read_events, read_deliveries, read_delivery, read_pushes,
    read_incidents, read_incident, read_autopsy, read_drift, read_shadow, read_cutover, read_holds,
    read_hold, read_transfers, read_transfer, read_counts, read_count, read_tokens, read_job,
    read_health, read_ready, read_pulse, read_findings, read_webhooks, read_webhook, read_openings;
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
void api_reports_stop(struct api *api); /* ends those being made */
void api_webhook_test(struct api *api, struct http_exchange *x, const struct slice *args);
void api_openapi(struct api *api, struct http_exchange *x, const struct slice *args);
