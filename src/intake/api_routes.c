/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of what the API answers: who may, and which function does. What it takes and gives
 * is doc_FUNCTION in api_docs.c. */
#include "engine/audit.h"
#include "engine/connect.h"
#include "engine/csv.h"
#include "engine/cutover.h"
#include "engine/import.h"
#include "engine/replay.h"
#include "engine/request_opening.h"
#include "intake/api_inner.h"

#define READ(path, scope, fn)                                                                      \
    {                                                                                              \
        "GET", path, scope, false, fn, NULL, NULL, &doc_##fn                                       \
    }
#define WRITE(method, path, scope, fn)                                                             \
    {                                                                                              \
        method, path, scope, false, NULL, fn, NULL, &doc_##fn                                      \
    }
#define SPECIAL(method, path, scope, open, fn)                                                     \
    {                                                                                              \
        method, path, scope, open, NULL, NULL, fn, &doc_##fn                                       \
    }

const struct route api_routes[] = {
    {"GET", "/healthz", SCOPE_READ, true, read_health, NULL, NULL, &doc_read_health},
    {"GET", "/readyz", SCOPE_READ, true, read_ready, NULL, NULL, &doc_read_ready},
    SPECIAL("GET", "/metrics", SCOPE_READ, true, api_metrics), /* open to loopback only */
    SPECIAL("GET", "/openapi.json", SCOPE_READ, true, api_openapi),

    READ("/v1/skus", SCOPE_READ, read_skus),
    WRITE("POST", "/v1/skus", SCOPE_OPERATE, request_skus_create),
    READ("/v1/skus/{}", SCOPE_READ, read_sku),
    WRITE("PATCH", "/v1/skus/{}", SCOPE_OPERATE, request_sku_change),

    READ("/v1/locations", SCOPE_READ, read_locations),
    WRITE("POST", "/v1/locations", SCOPE_ADMIN, request_locations_create),
    READ("/v1/locations/{}", SCOPE_READ, read_location),
    WRITE("PATCH", "/v1/locations/{}", SCOPE_ADMIN, request_location_change),

    READ("/v1/channels", SCOPE_READ, read_channels),
    WRITE("POST", "/v1/channels", SCOPE_ADMIN, request_channels_create),
    READ("/v1/channels/{}", SCOPE_READ, read_channel),
    WRITE("PATCH", "/v1/channels/{}", SCOPE_ADMIN, request_channel_change),
    WRITE("POST", "/v1/channels/{}/connect", SCOPE_ADMIN, request_connect_create),
    WRITE("POST", "/v1/channels/{}/import", SCOPE_ADMIN, request_import_create),

    READ("/v1/listings", SCOPE_READ, read_listings),
    WRITE("POST", "/v1/listings", SCOPE_OPERATE, request_listings_create),
    READ("/v1/listings/{}", SCOPE_READ, read_listing),
    WRITE("PATCH", "/v1/listings/{}", SCOPE_OPERATE, request_listing_change),
    WRITE("DELETE", "/v1/listings/{}", SCOPE_OPERATE, request_listing_delete),
    WRITE("POST", "/v1/listings/{}/push", SCOPE_OPERATE, request_listing_push),

    READ("/v1/stock", SCOPE_READ, read_stocks),
    READ("/v1/stock/{}", SCOPE_READ, read_stock),
    SPECIAL("GET", "/v1/stock-list", SCOPE_READ, false, api_stock_list),
    READ("/v1/stock-list/lines", SCOPE_READ, read_stock_lines),
    READ("/v1/availability/{}", SCOPE_READ, read_availability),
    READ("/v1/movements", SCOPE_READ, read_movements),
    WRITE("POST", "/v1/movements", SCOPE_OPERATE, request_movements_create),

    READ("/v1/orders", SCOPE_READ, read_orders),
    WRITE("POST", "/v1/orders", SCOPE_OPERATE, request_orders_create),
    READ("/v1/orders/{}/{}", SCOPE_READ, read_order),

    READ("/v1/holds", SCOPE_READ, read_holds),
    WRITE("POST", "/v1/holds", SCOPE_OPERATE, request_holds_create),
    READ("/v1/holds/{}", SCOPE_READ, read_hold),
    WRITE("DELETE", "/v1/holds/{}", SCOPE_OPERATE, request_hold_delete),
    WRITE("POST", "/v1/holds/{}/extend", SCOPE_OPERATE, request_hold_extend),
    WRITE("POST", "/v1/holds/{}/commit", SCOPE_OPERATE, request_hold_commit),

    WRITE("POST", "/v1/routing/try", SCOPE_READ, request_routing_try),

    READ("/v1/transfers", SCOPE_READ, read_transfers),
    WRITE("POST", "/v1/transfers", SCOPE_OPERATE, request_transfers_create),
    READ("/v1/transfers/{}", SCOPE_READ, read_transfer),
    WRITE("POST", "/v1/transfers/{}/ship", SCOPE_OPERATE, request_transfer_ship),
    WRITE("POST", "/v1/transfers/{}/receive", SCOPE_OPERATE, request_transfer_receive),
    WRITE("POST", "/v1/transfers/{}/cancel", SCOPE_OPERATE, request_transfer_cancel),

    READ("/v1/counts", SCOPE_READ, read_counts),
    WRITE("POST", "/v1/counts", SCOPE_OPERATE, request_counts_create),
    READ("/v1/counts/{}", SCOPE_READ, read_count),
    WRITE("POST", "/v1/counts/{}/lines", SCOPE_OPERATE, request_count_lines),
    WRITE("POST", "/v1/counts/{}/review", SCOPE_OPERATE, request_count_review),
    WRITE("POST", "/v1/counts/{}/post", SCOPE_OPERATE, request_count_post),
    WRITE("POST", "/v1/counts/{}/cancel", SCOPE_OPERATE, request_count_cancel),

    READ("/v1/events", SCOPE_READ, read_events),
    READ("/v1/deliveries", SCOPE_READ, read_deliveries),
    READ("/v1/deliveries/{}", SCOPE_READ, read_delivery),
    SPECIAL("POST", "/v1/deliveries/{}/replay", SCOPE_OPERATE, false, api_replay),
    READ("/v1/pushes", SCOPE_READ, read_pushes),
    READ("/v1/incidents", SCOPE_READ, read_incidents),
    READ("/v1/incidents/{}", SCOPE_READ, read_incident),
    WRITE("POST", "/v1/incidents/{}/resolve", SCOPE_OPERATE, request_incident_resolve),
    WRITE("POST", "/v1/replays", SCOPE_OPERATE, request_replays_create),
    READ("/v1/orders/{}/{}/autopsy", SCOPE_READ, read_autopsy),
    READ("/v1/drift", SCOPE_READ, read_drift),
    READ("/v1/pulse", SCOPE_READ, read_pulse),
    READ("/v1/connectors", SCOPE_READ, read_connectors),
    READ("/v1/reports/shadow/{}", SCOPE_READ, read_shadow),
    WRITE("POST", "/v1/channels/{}/audit", SCOPE_OPERATE, request_audit_create),
    READ("/v1/channels/{}/cutover", SCOPE_READ, read_cutover),
    WRITE("POST", "/v1/channels/{}/cutover", SCOPE_ADMIN, request_cutover_create),
    WRITE("POST", "/v1/channels/{}/rollback", SCOPE_OPERATE, request_rollback),
    WRITE("POST", "/v1/pause", SCOPE_OPERATE, request_pause),
    WRITE("POST", "/v1/resume", SCOPE_OPERATE, request_resume),
    READ("/v1/jobs/{}", SCOPE_READ, read_job),
    WRITE("DELETE", "/v1/jobs/{}", SCOPE_OPERATE, request_job_cancel),

    SPECIAL("GET", "/v1/exposure", SCOPE_READ, false, api_report_exposure),
    SPECIAL("GET", "/v1/reports/latency", SCOPE_READ, false, api_report_latency),

    SPECIAL("GET", "/v1/csv/{}", SCOPE_READ, false, api_csv),
    WRITE("POST", "/v1/csv/{}", SCOPE_OPERATE, request_csv_import),

    READ("/v1/doctor", SCOPE_READ, read_findings),
    SPECIAL("GET", "/v1/doctor.csv", SCOPE_READ, false, api_findings_csv),
    READ("/v1/opening", SCOPE_READ, read_openings),
    SPECIAL("GET", "/v1/opening.csv", SCOPE_READ, false, api_openings_csv),
    WRITE("POST", "/v1/opening", SCOPE_OPERATE, request_opening_book),
    WRITE("POST", "/v1/opening/file", SCOPE_OPERATE, request_opening_file),
    READ("/v1/webhooks", SCOPE_ADMIN, read_webhooks),
    WRITE("POST", "/v1/webhooks", SCOPE_ADMIN, request_webhooks_create),
    READ("/v1/webhooks/{}", SCOPE_ADMIN, read_webhook),
    WRITE("PATCH", "/v1/webhooks/{}", SCOPE_ADMIN, request_webhook_change),
    WRITE("DELETE", "/v1/webhooks/{}", SCOPE_ADMIN, request_webhook_delete),
    WRITE("POST", "/v1/webhooks/{}/rotate", SCOPE_ADMIN, request_webhook_rotate),
    SPECIAL("POST", "/v1/webhooks/{}/test", SCOPE_ADMIN, false, api_webhook_test),

    SPECIAL("POST", "/v1/session", SCOPE_READ, true, api_log_in),
    SPECIAL("GET", "/v1/session", SCOPE_READ, false, api_session),
    SPECIAL("DELETE", "/v1/session", SCOPE_READ, false, api_log_out),
    SPECIAL("POST", "/v1/session/password", SCOPE_READ, false, api_password),
    WRITE("POST", "/v1/session/totp", SCOPE_READ, request_totp_begin),
    WRITE("POST", "/v1/session/totp/confirm", SCOPE_READ, request_totp_confirm),
    SPECIAL("DELETE", "/v1/session/totp", SCOPE_READ, false, api_totp_remove),
    {"GET", "/v1/setup", SCOPE_READ, true, read_setup, NULL, NULL, &doc_read_setup},
    SPECIAL("POST", "/v1/setup", SCOPE_READ, true, api_setup),
    READ("/v1/users", SCOPE_ADMIN, read_users),
    WRITE("POST", "/v1/users", SCOPE_ADMIN, request_users_create),
    READ("/v1/users/{}", SCOPE_ADMIN, read_user),
    WRITE("PATCH", "/v1/users/{}", SCOPE_ADMIN, request_user_change),
    WRITE("DELETE", "/v1/users/{}", SCOPE_ADMIN, request_user_delete),
    READ("/v1/audit", SCOPE_ADMIN, read_audit),
    SPECIAL("GET", "/v1/stream", SCOPE_READ, false, api_stream),

    READ("/v1/tokens", SCOPE_ADMIN, read_tokens),
    WRITE("POST", "/v1/tokens", SCOPE_ADMIN, request_tokens_create),
    WRITE("DELETE", "/v1/tokens/{}", SCOPE_ADMIN, request_token_delete),
};
const size_t api_routes_count = COUNT_OF(api_routes);
