/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show - rows as the API shows them, for answers of writes and for reads alike.
 *
 * Ids are texts, times RFC 3339 with milliseconds, limits that nobody set null. Secrets have no
 * writer here.
 */
#pragma once
#include "base/json_write.h"
#include "engine/config.h"
#include "engine/hold_lines.h"
#include "engine/transfers.h"

struct show {
    struct json_writer w;
    const struct config *config;
    struct slice (*sku_code)(void *arg, struct sku_id id);          /* empty when it is not there */
    void (*aliases)(void *arg, struct sku_id id, struct rows *out); /* alias_row */
    void *arg;
};

void show_sku(struct show *s, const struct sku_row *row);
void show_location(struct show *s, const struct location_row *row);
void show_channel(struct show *s, const struct channel_row *row);
/* What people set, as members of the object that is open: what an etag is made of. */
void show_channel_settings(struct show *s, const struct channel_row *row);
void show_listing_settings(struct show *s, const struct listing_row *row);
/* sellable: now, not when it was last computed. */
void show_listing(struct show *s, const struct listing_row *row, int64_t sellable);
void show_movement(struct show *s, const struct movement_row *row);
/* The SKU's balances: the first row of the set and those that follow; NULL is none. */
void show_stock(struct show *s, const struct sku_row *sku, const struct stock *first);
/* state: what a snapshot did to it; NULL leaves it out. */
void show_order(struct show *s, const struct order_row *row, const char *state);
/* now_us: wall, for the seconds that an open one has left. */
void show_hold(struct show *s,
               const struct hold_row *row,
               const struct hold_line *lines,
               size_t lines_count,
               int64_t now_us);
/* now_us: wall, for the age of what is under way. */
void show_transfer(struct show *s,
                   const struct transfer_row *row,
                   const struct transfer *doc,
                   int64_t now_us);
/* What the ledger has, and had: of each line `there`; where has_there is false it is not shown. */
struct count_shown {
    const struct count_line_row *line;
    int64_t there;
    bool has_there;
};
/* lines NULL: without them, as in a list. */
void show_count(struct show *s,
                const struct count_row *row,
                const struct count_shown *lines,
                size_t lines_count);
void show_token(struct show *s, const struct token_row *row, struct slice secret); /* or empty */
/* autopsies: struct autopsy of an oversold order; NULL: they are not shown. */
void show_incident(struct show *s, const struct incident_row *row, const struct rows *autopsies);
void show_drift(struct show *s, const struct difference_row *row);
void show_delivery(struct show *s, const struct delivery_row *row);
void show_event(struct show *s, const struct event_row *row);
void show_push(struct show *s, const struct push_row *row);
void show_job(struct show *s, const struct job_row *row);

/* Small words of the API's JSON. */
void show_id(struct show *s, const char *key, int64_t id); /* 0 is null */
void show_limit(struct show *s, const char *key, int64_t value);
void show_channel_code(struct show *s, const char *key, struct channel_id id);
void show_location_code(struct show *s, const char *key, struct location_id id);
void show_sku_code(struct show *s, const char *key, struct sku_id id);

/* ok, waiting, in_flight, ...; the reason of the last five goes to *out_reason. */
const char *listing_state(const struct listing_row *row,
                          const struct channel_config *channel,
                          int64_t sellable,
                          struct slice *out_reason);
