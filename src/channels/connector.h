/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connector - what the code of one platform must be able to do.
 *
 * A connector translates: bytes of deliveries into facts, pushes into requests, answers into
 * results. It performs nothing: no sockets, no clock, no store, no globals. All memory it hands out
 * lies in the arena of the call, or in the bytes it was given. Every function tolerates hostile
 * bytes.
 *
 * Listing keys: `key` names what an order line sells, `stock_key` names what a count belongs to
 * (Shopify: variant id, and inventory item id with location; WooCommerce: both the same).
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/http_types.h"
#include "base/json_read.h"
#include "core/types.h"

struct location_link {
    struct slice location; /* our location's code */
    struct slice remote;   /* the platform's id */
};

/* One connected account, checked and ready. Lives in the arena given to `configure`. */
struct account {
    const struct connector *connector;
    struct slice code; /* the channel's code */
    struct slice
        base_url; /* origin (shopify) or the site's root (woocommerce); no trailing slash */
    const struct location_link *locations;
    size_t locations_count;
    const void *config; /* the connector's own struct */
};

/* ---- deliveries ---- */

struct hook {
    struct slice method;
    struct slice topic; /* rest of the path, e.g. "orders/create"; empty when the path has none */
    const struct http_header *headers;
    size_t headers_count;
    struct slice query;
    struct slice body;
    int64_t received_at_us; /* wall */
};

enum hook_verdict {
    HOOK_AUTHENTIC,
    HOOK_REFUSED, /* 401, nothing stored */
    HOOK_PING,    /* the platform's unsigned ping: 200, nothing stored */
};

/* A count the channel states about one of its listings. */
struct observation {
    struct slice stock_key;
    int64_t count;
    bool is_known;       /* false: the platform says that it does not know */
    int64_t as_of_us;    /* the platform's stamp; 0 when it has none */
    bool is_managed;     /* false: the platform does not count this item */
    bool parent_managed; /* the count belongs to a parent (WooCommerce "parent") */
};

enum fetch_kind {
    FETCH_NONE,
    FETCH_ORDER,   /* read one order by id */
    FETCH_CHANGED, /* read orders changed since the cursor: the body proved nothing else */
    FETCH_COUNT,   /* read the count of stock_key `id` */
};
struct fetch {
    enum fetch_kind kind;
    struct slice id;
};

/* What one delivery (or one page of a read) says, in our words. */
struct facts {
    const struct order_snapshot *orders;
    size_t orders_count;
    const struct observation *observations;
    size_t observations_count;
    const struct fetch *fetches;
    size_t fetches_count;
    /* Authentic but unusable: the delivery is parked with this reason (static text). NULL = fine.
     */
    const char *unreadable;
    /* Authentic and of no concern to stock: stored as ignored with this reason. NULL = it concerns
     * us. */
    const char *ignored;
};

/* ---- pushes and reads ---- */

struct push_item {
    struct slice remote;    /* the listing's `remote` object as JSON text */
    struct slice stock_key; /* as listing_keys gave it */
    struct slice location;  /* the platform's location id, when it has locations */
    int64_t value;          /* to show, >= 0 */
    int64_t compare;        /* expected count, used when has_compare */
    bool has_compare;
};

enum push_outcome {
    PUSH_CONFIRMED, /* the channel shows `value` now */
    PUSH_REFUSED,   /* certain, and will be refused again: quarantine with `reason` */
    PUSH_STALE,     /* compare-and-set failed: certain that it did not land */
    PUSH_AGAIN, /* certain that it did not land, through no fault of its own: send again at once */
    /* The request was refused as a whole, and nobody says for which of its rows: certain that none
     * landed. Sent again at once in requests of half the rows, until the one at fault stands alone.
     * Never said of a single row. */
    PUSH_SPLIT,
    PUSH_LATER,   /* certain that it did not land: throttled, 5xx before effect, maintenance */
    PUSH_UNKNOWN, /* may have landed */
};
struct push_result {
    enum push_outcome outcome;
    struct slice reason; /* for people; the platform's code first. Empty when confirmed */
    /* Of PUSH_REFUSED: what is wrong with the listing rather than with the value. */
    bool parent_managed, unmanaged;
};

enum read_outcome { READ_COUNT, READ_MISSING, READ_UNMANAGED, READ_PARENT, READ_FAILED };
struct read_result {
    enum read_outcome outcome;
    int64_t count;
    struct slice reason;
};

/* What an answer says about the whole account. */
struct channel_signal {
    bool throttled;         /* asked to slow down */
    int64_t retry_after_us; /* not before this delay; 0 = unsaid */
    bool unauthorised;      /* credential refused: TOKEN incident, pushes are kept */
    bool down;              /* 5xx, HTML instead of JSON, nothing usable */
    /* Cost buckets (Shopify): points left, points the call took, points restored per second; -1
     * unsaid */
    int64_t points_left, points_cost, points_per_s;
    int64_t server_time_us; /* the Date header; 0 when absent */
    struct slice reason;
};

struct catalogue_item {
    struct slice remote; /* JSON text of the listing's `remote` */
    struct slice key, stock_key;
    struct slice sku;     /* the platform's SKU text, may be empty */
    struct slice title;   /* the variation's own name */
    struct slice product; /* the product's name */
    struct slice options; /* JSON object text, e.g. {"Size":"M"}; empty = {} */
    struct slice barcode;
    int64_t count;
    bool count_known, is_managed, parent_managed;
};
struct catalogue_page {
    const struct catalogue_item *items;
    size_t items_count;
    struct slice next; /* cursor for the next page; empty = the end */
    int64_t total;     /* items in all as far as known; 0 unsaid */
};

struct orders_page {
    struct facts facts;
    struct slice next; /* cursor; empty = the end */
};

/* How the platform behaves: facts of docs/channels/<name>.md. */
struct connector_semantics {
    bool compare_and_set; /* a write may state the count it expects */
    bool idempotent_push; /* a repeat under the same key is the same push */
    bool reads_counts;    /* counts can be read */
    bool raise_freely; /* the channel reports its sales before it shows less: raising needs no proof
                        */
    bool has_locations;           /* counts belong to (item, location) */
    int64_t stamp_granularity_us; /* of order versions */
    int64_t event_delay_p99_us;   /* default until measured */
    int64_t ambiguity_us;         /* how long an unanswered write may still land */
    int64_t poll_us;              /* pace of "orders changed since"; 0 = only after gaps */
    int64_t read_back_us;         /* pace of reading every count back */
    size_t push_batch_max;        /* rows in one request */
    size_t read_batch_max;        /* rows in one reading of counts; 0 = push_batch_max */
    size_t parallel_max;          /* requests at once */
    int64_t calls_per_s;          /* first guess of the limit, before headers teach it; 0 = none */
};

struct connector {
    const char *name;
    struct connector_semantics semantics;

    /* MUST. Settings and secrets (JSON objects, either may be JSON_NONE) into an account.
     * private_ok: the operator trusts the network to the channels. Everything is copied into the
     * arena. ERR_USAGE with a note that names the setting and says what to do. */
    enum err (*configure)(struct json settings,
                          struct json secrets,
                          struct slice code,
                          bool private_ok,
                          struct arena *arena,
                          struct account *out,
                          struct err_note *note);

    /* MUST. The listing's `remote`: checked, normalised (decimal strings, gids accepted), with its
     * keys. */
    enum err (*listing_keys)(const struct account *account,
                             struct json remote,
                             struct arena *arena,
                             struct slice *out_remote,
                             struct slice *out_key,
                             struct slice *out_stock_key,
                             struct err_note *note);

    /* MUST. The signature over the raw bytes, in constant time. */
    enum hook_verdict (*verify)(const struct account *account,
                                const struct hook *hook,
                                struct arena *arena);
    /* MUST. Only after HOOK_AUTHENTIC. `doc` is free for its use. Never fails: see
     * facts.unreadable. */
    void (*decode)(const struct account *account,
                   const struct hook *hook,
                   struct json_doc *doc,
                   struct arena *arena,
                   struct facts *out);

    /* MUST. Items of one request share a group (WooCommerce: a parent product). Empty = any mix. */
    struct slice (*push_group)(const struct account *account,
                               const struct push_item *item,
                               struct arena *arena);
    /* MUST. One request for all items (at most push_batch_max, one group). `key` is a UUID text,
     * the same when the same push is repeated. now_us (wall) and nonce serve signatures. */
    enum err (*build_push)(const struct account *account,
                           const struct push_item *items,
                           size_t count,
                           struct slice key,
                           int64_t now_us,
                           const uint8_t nonce[16],
                           struct arena *arena,
                           struct http_request *out);
    /* MUST. Fills out[0..count) for any answer whatsoever. */
    void (*read_push)(const struct account *account,
                      const struct push_item *items,
                      size_t count,
                      const struct http_response *response,
                      struct json_doc *doc,
                      struct arena *arena,
                      struct push_result *out,
                      struct channel_signal *out_signal);

    /* When reads_counts. One request for up to read_batch_max items of one group; items beyond what
     * the request can hold are READ_FAILED. */
    enum err (*build_read)(const struct account *account,
                           const struct push_item *items,
                           size_t count,
                           int64_t now_us,
                           const uint8_t nonce[16],
                           struct arena *arena,
                           struct http_request *out);
    void (*read_counts)(const struct account *account,
                        const struct push_item *items,
                        size_t count,
                        const struct http_response *response,
                        struct json_doc *doc,
                        struct arena *arena,
                        struct read_result *out,
                        struct channel_signal *out_signal);

    /* MAY (NULL: not possible). Orders changed since an instant (wall, already with its overlap).
     */
    enum err (*build_orders)(const struct account *account,
                             int64_t since_us,
                             struct slice cursor,
                             int64_t now_us,
                             const uint8_t nonce[16],
                             struct arena *arena,
                             struct http_request *out);
    enum err (*read_orders)(const struct account *account,
                            const struct http_response *response,
                            int64_t fetched_at_us,
                            struct json_doc *doc,
                            struct arena *arena,
                            struct orders_page *out,
                            struct channel_signal *out_signal,
                            struct err_note *note);
    /* MAY. One order by id. read_order gives one snapshot, or ERR_NOT_FOUND. */
    enum err (*build_order)(const struct account *account,
                            struct slice id,
                            int64_t now_us,
                            const uint8_t nonce[16],
                            struct arena *arena,
                            struct http_request *out);
    enum err (*read_order)(const struct account *account,
                           const struct http_response *response,
                           int64_t fetched_at_us,
                           struct json_doc *doc,
                           struct arena *arena,
                           struct facts *out,
                           struct channel_signal *out_signal,
                           struct err_note *note);

    /* MAY. The whole catalogue, page by page; cursor empty at first. */
    enum err (*build_catalogue)(const struct account *account,
                                struct slice cursor,
                                int64_t now_us,
                                const uint8_t nonce[16],
                                struct arena *arena,
                                struct http_request *out);
    enum err (*read_catalogue)(const struct account *account,
                               struct slice cursor,
                               const struct http_response *response,
                               struct json_doc *doc,
                               struct arena *arena,
                               struct catalogue_page *out,
                               struct channel_signal *out_signal,
                               struct err_note *note);

    /* MAY. For accounts whose secrets are lasting credentials that buy a short-lived token
     * (Shopify's client_id and client_secret). wants_token: no call can be built before one is
     * bought (they give ERR_AUTH). The token and its lifetime come from read_token; configure again
     * with the secret `access_token` set to it, before the lifetime is over and after a 401. */
    bool (*wants_token)(const struct account *account);
    enum err (*build_token)(const struct account *account,
                            int64_t now_us,
                            struct arena *arena,
                            struct http_request *out);
    enum err (*read_token)(const struct account *account,
                           const struct http_response *response,
                           struct json_doc *doc,
                           struct arena *arena,
                           struct slice *out_token,
                           int64_t *out_lifetime_us,
                           struct channel_signal *out_signal,
                           struct err_note *note);
};

/* registry.c: NULL when there is no such connector. connector_names: NULL-terminated, for messages.
 */
const struct connector *connector_find(struct slice name);
const char *const *connector_names(void);

extern const struct connector connector_shopify, connector_woocommerce, connector_api;
extern const struct connector connector_bigcommerce;
