/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walmart - what the files of the Walmart Marketplace (US) connector share, API v3.
 *
 * Everything is named by the seller's own SKU: "sku:TEE-M-BLUE" is both keys of a listing. With
 * settings.ship_nodes a count belongs to (SKU, ship node), without them to the SKU alone, at the
 * seller's default node.
 *
 * The count that is written and read is inputQty. Walmart subtracts the units of its own open
 * orders from it to get what it shows, and never changes inputQty by itself: so an order takes
 * nothing from it, and shipping it gives nothing back.
 *
 * Deliveries are thin: they name an order or a SKU, and every one of them becomes a read.
 */
#pragma once
#include "channels/connector.h"

#define WM_SKU_MAX 200                       /* bytes; Walmart's own limit is 50 characters */
#define WM_ORDERS_PAGE 200                   /* the most the API gives */
#define WM_LINES_MAX 2000                    /* of one order */
#define WM_ITEMS_PAGE 50                     /* the most the API gives */
#define WM_BULK_MAX 5000                     /* rows of one feed */
#define WM_READ_MAX 200                      /* counts in one exchange */
#define WM_SIGNATURE_HEADER "X-TC-Signature" /* what our subscriptions name for their HMAC */

struct wm_config {
    struct slice client_id, client_secret;
    struct slice access_token;   /* empty: it must be bought first */
    struct slice webhook_secret; /* empty: no delivery is authentic */
    bool is_sandbox;             /* the dynamic sandbox wants to be asked for by a header */
};

static inline const struct wm_config *wm_config(const struct account *account)
{
    return account->config;
}

/* ---- SKUs and ids (keys.c) ---- */

/* Text that a SKU may be: not empty, no control characters, at most WM_SKU_MAX bytes. */
bool wm_is_sku(struct slice text);
/* Letters, digits, '-' and '_', at most 64: fit for a path. */
bool wm_is_id(struct slice text);
/* Such an id as text or as a number, in the arena. */
bool wm_id_text(struct json v, struct arena *arena, struct slice *out);
struct slice wm_key(struct arena *arena, struct slice sku);
/* The SKU in a stock key; empty when it is none of ours. */
struct slice wm_key_sku(struct slice stock_key);
/* The listing's `remote`. */
struct slice wm_remote_text(struct arena *arena, struct slice sku);
connector_listing_keys wm_listing_keys;
connector_item_text wm_push_group;
/* A whole number as number or text, also "3.0": within 0..QTY_MAX. */
bool wm_quantity(struct json v, int64_t *out);

/* ---- requests and answers (answer.c) ---- */

#define WM_JSON "application/json"

struct wm_call {
    const char *method;
    struct slice path; /* behind the account's base_url, with its query */
    struct slice body, content_type;
    struct slice authorization; /* of a token's request, instead of the access token */
};
/* ERR_AUTH before there is a token. */
MUST_USE enum err wm_request(const struct account *account,
                             const struct wm_call *call,
                             const struct step *step,
                             struct arena *arena,
                             struct http_request *out);
MUST_USE enum err wm_get(const struct account *account,
                         struct slice path,
                         const struct step *step,
                         struct arena *arena,
                         struct http_request *out);

enum wm_verdict {
    WM_DONE,    /* done: read the JSON */
    WM_REFUSED, /* the API refuses what was asked, and says why */
    WM_LATER,   /* not done, for a reason that has nothing to do with what was asked */
    WM_MAYBE,   /* a write may have been done */
};
struct wm_answer {
    enum wm_verdict verdict;
    int status;
    bool is_empty; /* a refusal that only says: there is nothing of the kind */
    struct json root;
    struct slice reason; /* unless WM_DONE */
};
struct wm_answer wm_answer_read(const struct http_response *response,
                                const struct step *step,
                                struct json_doc *doc,
                                struct arena *arena,
                                struct channel_signal *out_signal);
/* Of a read that did not give what was asked: which fault it is, with the reason in the note. */
enum err wm_answer_fault(const struct wm_answer *answer,
                         const struct channel_signal *signal,
                         struct err_note *note);

/* What a list of the API's errors says, for people; empty when it says nothing. */
struct wm_errors {
    struct slice text;
    bool is_severe;  /* one of them is an error, not a hint */
    bool is_system;  /* the first is Walmart's own fault, not that of what was asked */
    bool is_missing; /* the first says that there is nothing of the kind */
};
struct wm_errors wm_errors_read(struct json list, struct arena *arena);
/* Cut at a character's beginning: reasons are shown to people. */
struct slice wm_bounded(struct slice text, size_t max);

/* ---- writing and reading counts ---- */

connector_build_items wm_build_push; /* push.c */
connector_read_push wm_read_push;
connector_build_items wm_build_feed; /* feed.c: more rows than one */
connector_read_push wm_read_feed;
connector_build_items wm_build_read; /* read.c */
connector_read_counts wm_read_counts;

static inline void
wm_all_are(struct push_result *out, size_t count, enum push_outcome outcome, struct slice reason)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct push_result){.outcome = outcome, .reason = reason};
    }
}

/* ---- orders, catalogue, deliveries, access ---- */

/* One order into a snapshot; NULL, or why it cannot be read (static text). */
const char *wm_order_read(const struct account *account,
                          struct json order,
                          int64_t fetched_at_us,
                          struct arena *arena,
                          struct order_snapshot *out);
connector_build wm_build_orders;
connector_read_orders wm_read_orders;
connector_build_one wm_build_order;
connector_read_order wm_read_order;

connector_build wm_build_catalogue;
connector_read_catalogue wm_read_catalogue;

connector_verify wm_verify;
connector_decode wm_decode;

connector_is wm_wants_token;
connector_build wm_build_token;
connector_read_token wm_read_token;

/* ---- connecting: what credentials may do and where stock lies (connect.c), then the
 * subscriptions (subscribe.c), whose cursors begin with 's' ---- */

#define WM_CHECKS_MAX 40
struct wm_checks {
    struct connect_check *list;
    size_t count;
    struct arena *arena;
};
void wm_check(struct wm_checks *checks,
              enum connect_state state,
              const char *what,
              struct slice detail);

connector_build wm_build_connect;
connector_read_connect wm_read_connect;
connector_build wm_build_subscribe;
enum err wm_read_subscribe(const struct account *account,
                           const struct step *step,
                           const struct wm_answer *answer,
                           struct wm_checks *checks,
                           struct connect_report *out,
                           struct channel_signal *out_signal,
                           struct err_note *note);
