/* SPDX-License-Identifier: Apache-2.0 */
/*
 * views - the JSON of every row, as the API shows it: the same for answers to writes and for reads.
 *
 * Field names are the public contract. Ids of rows are decimal text. What is not known is null.
 */
#pragma once
#include "base/json_write.h"
#include "engine/config.h"

struct view {
    const struct config *config;
    struct arena *arena;
    void *arg;
    const struct sku_row *(*sku)(void *arg, struct sku_id id); /* NULL when there is none */
};

void view_sku(struct view *v, const struct sku_row *row, struct json_writer *w);
void view_location(struct view *v, const struct location_row *row, struct json_writer *w);
void view_channel(struct view *v, const struct channel_config *channel, struct json_writer *w);
void view_listing(struct view *v, const struct listing_row *row, struct json_writer *w);
/* All locations of one SKU and their sum. Wants its rows in the set. */
void view_stock(struct view *v,
                const struct sku_row *sku,
                const struct stock_set *stock,
                struct json_writer *w);
void view_movement(struct view *v, const struct movement_row *row, struct json_writer *w);
void view_order(struct view *v, const struct order_row *row, struct json_writer *w);
void view_event(struct view *v, const struct event_row *row, struct json_writer *w);
void view_delivery(struct view *v, const struct delivery_row *row, struct json_writer *w);
void view_push(struct view *v, const struct push_row *row, struct json_writer *w);
void view_incident(struct view *v, const struct incident_row *row, struct json_writer *w);
void view_hold(struct view *v, const struct hold_row *row, struct json_writer *w);
void view_token(struct view *v, const struct token_row *row, struct json_writer *w);
void view_job(struct view *v, const struct job_row *row, struct json_writer *w);
