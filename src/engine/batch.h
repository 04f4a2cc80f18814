/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch - the rows that the turns of one commit share: each is loaded once, changed in place, saved
 * once.
 *
 * Inside the engine room only. A function that can fail sets batch->err (the first error stays) and
 * returns NULL or nothing; the engine checks it after each turn. Rows live until the batch ends.
 */
#pragma once
#include "base/json_write.h"
#include "engine/engine.h"
#include "engine/event_delay.h"
#include "engine/incident.h"
#include "engine/write_budget.h"

struct batch_sku {
    struct sku_row row;
    bool moved, changed, hinted;
    bool stock_loaded;
    int64_t last_movement;                  /* its number in this commit; 0: none */
    int64_t happened_at_us, received_at_us; /* of the first turn that moved it */
};

struct batch_listing {
    struct listing_row row;
    bool moved, changed, gone;
};

struct batch_order {
    struct order_row row;
    bool exists, changed;
};

struct batch {
    struct engine *engine;
    struct env *env;
    struct store *store;
    struct config *config;
    const struct vault *vault;
    struct json_doc *parser;
    struct arena arena;
    struct stock_set stock;
    struct map skus, skus_by_code; /* id, code_key -> batch_sku */
    struct map listings;           /* id -> batch_listing */
    struct map listing_keys;       /* channel and key -> struct rows of batch_listing */
    struct map orders;             /* channel and id -> batch_order */
    struct map incidents;          /* code and subject -> incident_row */
    struct map deliveries;         /* key -> delivery_row */
    struct map differences;        /* listing -> difference_row that this commit changes */
    struct map agreements;         /* channel -> agreement_row of today */
    struct map watches;            /* channel -> job_row of its cutover */
    struct store_changes changes;
    struct rows hints;             /* struct dirty_hint */
    struct event_delays *delays;   /* the engine's */
    struct write_budgets *budgets; /* the engine's */
    struct rows reads;             /* struct channel_row whose read_through_us this batch moves */
    size_t turns_count;            /* that share this commit */
    int64_t now_us;                /* wall, read once per batch */
    enum err err;
    struct err_note note;
    bool config_changed;
};

/* All its maps, for whoever sets one up, empties it or takes it down. */
void batch_each_map(struct batch *b, void (*act)(struct map *map));
void batch_fail(struct batch *b, enum err e, const char *what);
/* Is the text JSON? `note` says why not; for want of memory nobody knows, and the batch fails. */
bool batch_json(struct batch *b,
                struct json_doc *doc,
                struct slice text,
                struct json *out,
                struct err_note *note);

struct batch_sku *batch_sku(struct batch *b, struct sku_id id);
/* By its code or any other code it has or had, in any spelling; NULL when absent. */
struct batch_sku *batch_sku_by_code(struct batch *b, struct slice code);
/* It as another code of a SKU; NULL: it is none. */
const struct alias_row *batch_alias(struct batch *b, struct slice code_key);
/* Its other codes (alias_row), as this commit leaves them. */
void batch_aliases_of(struct batch *b, struct sku_id sku, struct rows *out);
void batch_alias_add(struct batch *b, const struct alias_row *row); /* since now */
void batch_alias_remove(struct batch *b, struct slice code_key);
struct batch_sku *batch_sku_new(struct batch *b, const struct sku_row *row);
/* Before its row gets another code: found under the new one only from now on. */
void batch_sku_rename(struct batch *b, struct batch_sku *sku, struct slice code_key);
struct slice sku_code_key(struct slice code, struct arena *arena); /* the normalised spelling */
/* What one unit of the SKU is made of: itself, or a bundle's parts; times `units`. */
const struct component *
batch_parts(struct batch *b, const struct batch_sku *sku, int64_t units, size_t *out_count);
void batch_load_stock(struct batch *b, struct batch_sku *sku);
void batch_sku_moved(struct batch *b,
                     struct batch_sku *sku,
                     int64_t happened_at_us,
                     int64_t received_at_us);
void batch_sku_changed(struct batch *b, struct batch_sku *sku);

struct batch_listing *batch_listing(struct batch *b, struct listing_id id);
/* The listings of a channel under a key (several when it has several locations). */
const struct rows *
batch_listings_by_key(struct batch *b, struct channel_id channel, struct slice key);
void batch_listing_moved(struct batch *b, struct batch_listing *listing);   /* its state */
void batch_listing_changed(struct batch *b, struct batch_listing *listing); /* its settings */
struct batch_listing *batch_listing_add(struct batch *b, const struct listing_row *row);
void batch_listing_remove(struct batch *b, struct batch_listing *listing);
void batch_hint(struct batch *b, struct dirty_hint hint);

struct batch_order *batch_order(struct batch *b, struct channel_id channel, struct slice id);
void batch_order_changed(struct batch *b, struct batch_order *order);

/* Appends to the log; the event's number. facts: JSON, copied. */
int64_t batch_event(struct batch *b,
                    const char *kind,
                    struct channel_id channel,
                    struct slice subject,
                    struct slice facts);
/* The same with facts of one text: {"key":"value"}. */
int64_t batch_event_text(struct batch *b,
                         const char *kind,
                         struct channel_id channel,
                         struct slice subject,
                         const char *key,
                         struct slice value);
/* Appends a decision's movements under an event and marks their SKUs. */
void batch_movements(struct batch *b,
                     const struct ledger *ledger,
                     int64_t event,
                     int64_t received_at_us);

/* The writing side of each kind of turn, one file each. */
void turn_delivery(struct batch *b, struct turn *turn);
void turn_read(struct batch *b, struct turn *turn);
void turn_request(struct batch *b, struct turn *turn);
void turn_claim(struct batch *b, struct turn *turn);
void turn_pushed(struct batch *b, struct turn *turn);
void turn_reading(struct batch *b, struct turn *turn);

/* What one snapshot did. */
struct snapshot_outcome {
    enum delivery_state state;
    const char *reason; /* static; NULL when there is none */
    bool is_tie;        /* read the order again */
    bool is_new;        /* it was not known, and is not from before the channel was opened */
};
void apply_snapshot(struct batch *b,
                    const struct channel_config *channel,
                    const struct order_snapshot *snapshot,
                    int64_t delivery,
                    int64_t received_at_us,
                    struct snapshot_outcome *out);
/* Freezes what one unit of the line is made of. False: nothing is known under its keys. */
bool order_line_map(struct batch *b, const struct channel_config *channel, struct order_line *line);
/* Books the lines of parked orders that wait for this key. */
void apply_parked(struct batch *b, const struct channel_config *channel, struct slice key);

/* The channel's id of the location whose count the listing is; empty without locations or mapping.
 */
struct slice listing_remote_location(const struct config *config,
                                     const struct channel_config *channel,
                                     const struct listing_row *listing);
/* A listing's figure now. why may be NULL. */
int64_t listing_sellable(struct batch *b,
                         const struct channel_config *channel,
                         const struct listing_row *listing,
                         const struct batch_sku *sku,
                         struct avail_why *why);
