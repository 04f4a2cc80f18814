/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connector - what the code of one platform must be able to do.
 *
 * A connector translates: bytes of deliveries into facts, pushes into requests, answers into
 * results. It performs nothing: no sockets, no clock, no store, no globals. All memory it hands out
 * lies in the arena of the call, or in the bytes it was given. Every function tolerates hostile
 * bytes.
 *
 * An exchange - a push, a reading, a page, a token - takes one request, or several: an answer may ask
 * for another one (channel_signal.next), which is built with the cursor that the answer left. So
 * "read, change, write back", a file that is uploaded and followed to its end, or an order with its
 * shipments are one exchange, and the caller needs to know nothing of their steps. Whoever sends
 * the requests keeps to their order, and waits as long as it was asked to.
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
    bool has_locations; /* counts of this account belong to (item, location); see semantics */
    /* The lasting credential (a refresh token) is not there yet: a person must allow it first. */
    bool needs_consent;
    /* What is written includes the units of the channel's own open orders (Walmart: gross). */
    bool adds_open_units;
    const void *config; /* the connector's own struct */
};

/* What a request is built with; its answer is read with the same one. */
struct step {
    int64_t now_us;       /* wall, when it is built: no fact of the answer is older than its wish */
    const uint8_t *nonce; /* 16 fresh random bytes, for signatures and ids of requests */
    struct slice key;     /* of a push: UUID text, the same when the same push is repeated */
    struct slice cursor;  /* as the answer before left it; empty: the exchange's first request */
    int64_t since_us;     /* of changed orders: wall, already with its overlap */
    struct slice
        hooks_url; /* of connecting: {public-url}/hooks/{channel}; topics go behind a '/' */
    /* Of consent: where the platform sends the person back to, and the random text that it must
     * bring along. */
    struct slice redirect_uri, state;
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
    struct slice key;       /* the public key that key_id named; empty: it could not be had */
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
    /* The platform's own id of the delivery, from signed bytes: a repeat under it is a duplicate
     * whatever its bytes are. Empty: the bytes themselves are the key. */
    struct slice delivery_id;
};

/* ---- pushes and reads ---- */

struct push_item {
    struct slice remote;    /* the listing's `remote` object as JSON text */
    struct slice stock_key; /* as listing_keys gave it */
    struct slice location;  /* the platform's location id, when it has locations */
    int64_t value;          /* to show, >= 0 */
    int64_t compare;        /* expected count, used when has_compare */
    bool has_compare;
    /* What the channel may show before this push. Whoever reads the count just before he writes it
     * answers PUSH_STALE when it lies outside: a sale that we do not know of yet. */
    int64_t expected_lo, expected_hi;
    bool is_reading; /* the count is read, nothing is written: for push_group and push_rows */
};

enum push_outcome {
    PUSH_CONFIRMED, /* the channel shows `value` now */
    /* Taken, but carried out later, at a moment nobody tells (within ambiguity_us): until then
     * either count may be shown, and a reading proves nothing. */
    PUSH_ACCEPTED,
    PUSH_REFUSED, /* certain, and will be refused again: quarantine with `reason` */
    PUSH_STALE,   /* compare-and-set failed: certain that it did not land */
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
    bool is_day_spent; /* of PUSH_LATER: the writes_a_day of its budget_key are used up */
};

enum read_outcome { READ_COUNT, READ_MISSING, READ_UNMANAGED, READ_PARENT, READ_FAILED };
struct read_result {
    enum read_outcome outcome;
    int64_t count;
    /* Of READ_COUNT: units are there, but the item is marked as sold out, so that nobody can buy
     * it: `count` is then 0, what buyers see, and `reason` says how it is marked. */
    bool is_flagged;
    struct slice reason;
};

/* The exchange goes on. */
struct next_request {
    bool is_wanted;
    struct slice cursor; /* in the arena; at most 64 KiB */
    int64_t after_us;    /* not before this delay */
};

/* What an answer says about the whole account, and whether the exchange goes on. Whoever calls begins
 * with SIGNAL_NONE. */
struct channel_signal {
    /* Wanted: results and pages of this answer are not looked at. Never on the way to a failure. */
    struct next_request next;
    bool throttled;         /* asked to slow down */
    int64_t retry_after_us; /* not before this delay; 0 = unsaid */
    bool unauthorised;      /* credential refused: TOKEN incident, pushes are kept */
    bool down;              /* 5xx, HTML instead of JSON, nothing usable */
    /* Cost buckets (Shopify): points left, points the call took, points restored per second; -1
     * unsaid */
    int64_t points_left, points_cost, points_per_s;
    int64_t rate_per_1000s; /* calls of this kind, as the answer states it; 0 unsaid */
    int64_t day_left;       /* calls left of the day's; -1 unsaid */
    int64_t server_time_us; /* the Date header; 0 when absent */
    struct slice reason;
};

#define SIGNAL_NONE                                                                                \
    {                                                                                              \
        .points_left = -1, .points_cost = -1, .points_per_s = -1, .day_left = -1                   \
    }

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

/* ---- access ---- */

struct token {
    struct slice access;
    int64_t lifetime_us;  /* of `access`, from now */
    struct slice refresh; /* replaces secrets.refresh_token; empty: it stays */
};

/* ---- messages that wait in a queue ---- */

struct message {
    struct slice id;     /* the queue's */
    struct slice handle; /* what it is acknowledged by */
    struct slice body;   /* what decode gets, with the topic "queue" */
};
struct messages {
    const struct message *items;
    size_t count;
};
#define MESSAGES_MAX 10

/* ---- connecting ---- */

/* What the operator is asked for, in this order. */
struct connector_field {
    const char *name; /* as in settings or secrets */
    const char *help; /* one line: where it is found */
    bool is_secret, is_optional;
};

enum connect_state {
    CONNECT_OK,      /* it is as it must be */
    CONNECT_MADE,    /* it was not, and was made so */
    CONNECT_BY_HAND, /* only a person can: `detail` says where, and gives the exact values */
    CONNECT_WRONG,   /* it is not, and the channel will not work: `detail` says what to do */
};
struct connect_check {
    enum connect_state state;
    const char *what;    /* "credentials", "right to write stock", "webhook orders/create" */
    struct slice detail; /* for people; may be empty unless BY_HAND or WRONG */
};
/* What one answer added. */
struct connect_report {
    const struct connect_check *checks;
    size_t checks_count;
    struct slice settings, secrets; /* JSON objects to keep with the channel's; empty: none */
};

/* ---- limits ---- */

enum call_kind {
    CALL_PUSH,
    CALL_BULK,      /* begins a push of more than push_batch_max rows */
    CALL_BULK_NEXT, /* a later request of one: of its file, or for its verdicts */
    CALL_READ,
    CALL_ORDERS, /* a page of changed orders */
    CALL_ORDER,
    CALL_CATALOGUE,
    CALL_KINDS,
};
struct call_limit {
    int64_t per_1000s; /* 0: no limit of its own */
    int64_t burst;     /* calls saved up at most; 0 means 1 */
};

/* How the platform behaves: facts of docs/channels/<name>.md. */
struct connector_semantics {
    bool compare_and_set; /* a write may state the count it expects */
    bool idempotent_push; /* a repeat under the same key is the same push */
    bool reads_counts;    /* counts can be read */
    bool raise_freely; /* the channel reports its sales before it shows less: raising needs no proof
                        */
    bool has_locations; /* counts always belong to (item, location); account.has_locations: perhaps
                         */
    /* The count that we write and read is not lowered by the channel's own sales; it subtracts them
     * by itself (Walmart). Its own orders change what we write like everybody else's. */
    bool own_sales_keep_count;
    bool catalogue_lacks_counts;  /* that an item shows none does not say where it lies */
    int64_t stamp_granularity_us; /* of order versions */
    int64_t event_delay_p99_us;   /* default until measured */
    int64_t ambiguity_us;         /* how long an unanswered write may still land */
    int64_t poll_us;              /* pace of "orders changed since"; 0 = only after gaps */
    int64_t read_back_us;         /* pace of reading every count back */
    size_t push_batch_max;        /* rows in one request */
    size_t read_batch_max;        /* rows in one reading of counts; 0 = push_batch_max */
    size_t parallel_max;          /* requests at once */
    int64_t calls_per_s;          /* first guess of the limit, before headers teach it; 0 = none */
    /* With so many listings waiting, one request takes up to bulk_max of them, whatever their
     * groups. 0: there is no such request. */
    size_t bulk_from, bulk_max;
    /* Published limits per kind of call. A kind that has one is throttled alone. */
    struct call_limit limits[CALL_KINDS];
    /* Writes of one budget_key in a calendar day (US Pacific), as the platform allows; 0 = any. */
    int64_t writes_a_day;
    bool returns_without_state; /* after consent: the platform does not bring our random text along
                                 */
    /* For about so long the platform sends a delivery again that we did not take; 0: it does not, or
     * nobody says how long. */
    int64_t hook_patience_us;
    int hook_failures_max; /* after so many in a row it sends no more, or no more of that one; 0: not so */
    int64_t token_ahead_us; /* tokens are bought so long before the end; 0 = 2 minutes */
};

/* ---- what a connector implements; its private header declares its functions by these types ----
 *
 * Builders: ERR_USAGE for what cannot be asked for, ERR_AUTH before there is a token, ERR_LIMIT
 * when the arena is full. Readers take any answer whatsoever. */

/* Settings and secrets (JSON objects, either may be JSON_NONE) into an account. private_ok: the
 * operator trusts the network to the channels. Everything is copied into the arena. ERR_USAGE with
 * a note that names the setting and says what to do. */
typedef enum err connector_configure(struct json settings,
                                     struct json secrets,
                                     struct slice code,
                                     bool private_ok,
                                     struct arena *arena,
                                     struct account *out,
                                     struct err_note *note);
/* The listing's `remote`: checked, normalised (decimal strings, gids accepted), with its keys. */
typedef enum err connector_listing_keys(const struct account *account,
                                        struct json remote,
                                        struct arena *arena,
                                        struct slice *out_remote,
                                        struct slice *out_key,
                                        struct slice *out_stock_key,
                                        struct err_note *note);
/* The signature over the raw bytes, in constant time. */
typedef enum hook_verdict
connector_verify(const struct account *account, const struct hook *hook, struct arena *arena);
/* Only after HOOK_AUTHENTIC, or of a message from the account's own queue. `doc` is free for its
 * use. Never fails: see facts.unreadable. */
typedef void connector_decode(const struct account *account,
                              const struct hook *hook,
                              struct json_doc *doc,
                              struct arena *arena,
                              struct facts *out);
/* A text of an item; empty when there is none. */
typedef struct slice connector_item_text(const struct account *account,
                                         const struct push_item *item,
                                         struct arena *arena);
/* One exchange for all items, of one group. For a push at most push_batch_max, or bulk_max once
 * bulk_from waited; for a reading at most read_batch_max. */
typedef enum err connector_build_items(const struct account *account,
                                       const struct push_item *items,
                                       size_t count,
                                       const struct step *step,
                                       struct arena *arena,
                                       struct http_request *out);
/* Fills out[0..count) for any answer whatsoever, unless another request is wanted. */
typedef void connector_read_push(const struct account *account,
                                 const struct push_item *items,
                                 size_t count,
                                 const struct step *step,
                                 const struct http_response *response,
                                 struct json_doc *doc,
                                 struct arena *arena,
                                 struct push_result *out,
                                 struct channel_signal *out_signal);
typedef void connector_read_counts(const struct account *account,
                                   const struct push_item *items,
                                   size_t count,
                                   const struct step *step,
                                   const struct http_response *response,
                                   struct json_doc *doc,
                                   struct arena *arena,
                                   struct read_result *out,
                                   struct channel_signal *out_signal);
typedef enum err connector_build(const struct account *account,
                                 const struct step *step,
                                 struct arena *arena,
                                 struct http_request *out);
/* The same for one thing: an order's id, a key's id, the query of a person's return. */
typedef enum err connector_build_one(const struct account *account,
                                     struct slice id,
                                     const struct step *step,
                                     struct arena *arena,
                                     struct http_request *out);
typedef enum err connector_read_orders(const struct account *account,
                                       const struct step *step,
                                       const struct http_response *response,
                                       struct json_doc *doc,
                                       struct arena *arena,
                                       struct orders_page *out,
                                       struct channel_signal *out_signal,
                                       struct err_note *note);
typedef enum err connector_read_order(const struct account *account,
                                      const struct step *step,
                                      const struct http_response *response,
                                      struct json_doc *doc,
                                      struct arena *arena,
                                      struct facts *out,
                                      struct channel_signal *out_signal,
                                      struct err_note *note);
typedef enum err connector_read_catalogue(const struct account *account,
                                          const struct step *step,
                                          const struct http_response *response,
                                          struct json_doc *doc,
                                          struct arena *arena,
                                          struct catalogue_page *out,
                                          struct channel_signal *out_signal,
                                          struct err_note *note);
typedef bool connector_is(const struct account *account);
typedef enum err connector_read_token(const struct account *account,
                                      const struct step *step,
                                      const struct http_response *response,
                                      struct json_doc *doc,
                                      struct arena *arena,
                                      struct token *out,
                                      struct channel_signal *out_signal,
                                      struct err_note *note);
/* A text out of a delivery or a GET on its address; empty: there is none. */
typedef struct slice
connector_hook_text(const struct account *account, const struct hook *hook, struct arena *arena);
/* out: what verify wants in hook.key; out_lifetime_us: how long it may be kept. */
typedef enum err connector_read_key(const struct account *account,
                                    const struct step *step,
                                    const struct http_response *response,
                                    struct json_doc *doc,
                                    struct arena *arena,
                                    struct slice *out,
                                    int64_t *out_lifetime_us,
                                    struct channel_signal *out_signal,
                                    struct err_note *note);
typedef enum err connector_read_messages(const struct account *account,
                                         const struct step *step,
                                         const struct http_response *response,
                                         struct json_doc *doc,
                                         struct arena *arena,
                                         struct messages *out,
                                         struct channel_signal *out_signal,
                                         struct err_note *note);
typedef enum err connector_build_ack(const struct account *account,
                                     const struct message *messages,
                                     size_t count,
                                     const struct step *step,
                                     struct arena *arena,
                                     struct http_request *out);
typedef enum err connector_read_connect(const struct account *account,
                                        const struct step *step,
                                        const struct http_response *response,
                                        struct json_doc *doc,
                                        struct arena *arena,
                                        struct connect_report *out,
                                        struct channel_signal *out_signal,
                                        struct err_note *note);
/* The address at which a person allows us; ERR_USAGE with a note when something is missing. */
typedef enum err connector_consent_url(const struct account *account,
                                       const struct step *step,
                                       struct arena *arena,
                                       struct slice *out,
                                       struct err_note *note);
/* A platform that hands credentials over in a body of its own: the JSON object of secrets. */
typedef enum err connector_take_secrets(const struct account *account,
                                        struct slice body,
                                        struct json_doc *doc,
                                        struct arena *arena,
                                        struct slice *out,
                                        struct err_note *note);

struct connector {
    const char *name;
    const char *title;         /* as the platform writes itself */
    const char *other_writers; /* where to look for whoever else writes its counts; a sentence */
    const struct connector_field *fields;
    size_t fields_count;
    struct connector_semantics semantics;

    /* MUST. */
    connector_configure *configure;
    connector_listing_keys *listing_keys;
    connector_verify *verify;
    connector_decode *decode;
    /* MUST. Items of one request share a group (WooCommerce: a parent product). Empty = any mix. */
    connector_item_text *push_group;
    connector_build_items *build_push;
    connector_read_push *read_push;

    /* MAY: a request of this item's group holds fewer rows than push_batch_max. */
    size_t (*push_rows)(const struct account *account, const struct push_item *item);
    /* When writes_a_day: what the budget belongs to (eBay: the listing of all its variations). */
    connector_item_text *budget_key;

    /* When reads_counts. Items beyond what the request can hold are READ_FAILED. */
    connector_build_items *build_read;
    connector_read_counts *read_counts;

    /* MAY (NULL: not possible). Orders changed since step.since_us, page by page. */
    connector_build *build_orders;
    connector_read_orders *read_orders;
    /* MAY. One order by id: one snapshot, or ERR_NOT_FOUND. */
    connector_build_one *build_order;
    connector_read_order *read_order;

    /* MAY. The whole catalogue, page by page. */
    connector_build *build_catalogue;
    connector_read_catalogue *read_catalogue;

    /* MAY. For accounts whose secrets are lasting credentials that buy a short-lived token
     * (Shopify's client_id and client_secret, a refresh token). wants_token: no call can be built
     * before one is bought (they give ERR_AUTH). Configure again with the secret `access_token` set
     * to it, before its lifetime is over and after a 401. */
    connector_is *wants_token;
    connector_build *build_token;
    connector_read_token *read_token;

    /* MAY. Consent of a person: the address to open, then the exchange of what the platform sent
     * back, whose answers read_token reads. The id of build_code is the query of the person's
     * return, and is checked there (ERR_AUTH: it is not genuine). take_secrets instead of
     * build_code: the platform posts the secrets. */
    connector_consent_url *consent_url;
    connector_build_one *build_code;
    connector_take_secrets *take_secrets;

    /* MAY. Platforms that sign with a key of theirs: its id in a delivery, and how to fetch it. */
    connector_hook_text *key_id;
    connector_build_one *build_key;
    connector_read_key *read_key;
    /* MAY. What a GET on the address of deliveries is answered with (200, JSON). */
    connector_hook_text *challenge;

    /* MAY. Deliveries that wait in a queue of the account: one long poll of at most 20 s after the
     * other, each message acknowledged once it is durable. receives: it has such a queue. */
    connector_is *receives;
    connector_build *build_receive;
    connector_read_messages *read_receive;
    connector_build_ack *build_ack; /* at most MESSAGES_MAX; its answer is not looked at */

    /* MAY. Checks credentials and rights, finds out what settings lack, subscribes to deliveries
     * under step.hooks_url where they are not subscribed yet, and says what is left to a person. The
     * checks of all answers together are the report; an error ends it. */
    connector_build *build_connect;
    connector_read_connect *read_connect;
};

/* registry.c: NULL when there is no such connector. connector_names: NULL-terminated, for messages.
 */
const struct connector *connector_find(struct slice name);
const char *const *connector_names(void);

extern const struct connector connector_shopify, connector_woocommerce, connector_bigcommerce,
    connector_amazon, connector_ebay, connector_walmart, connector_tiktok, connector_etsy,
    connector_api;
