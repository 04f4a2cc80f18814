/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request - operators' writes: what the API's routes run under the writer.
 *
 * Each is a turn's `run`: it reads turn->body and turn->args strictly (form.h), decides on the
 * committed state, and either refuses, having changed nothing, or changes rows, logs an event for
 * every change and writes the answer as the matching GET shows it. What has not happened yet (a
 * hold, a manual movement) is refused when units are missing; what happened is booked.
 */
#pragma once
#include "engine/engine.h"

typedef void request_fn(struct batch *b, struct turn *turn);

/* args: {sku} */
request_fn request_skus_create, request_sku_change;
/* args: {location} */
request_fn request_locations_create, request_location_change;
/* args: {channel} */
request_fn request_channels_create, request_channel_change;
/* args: {listing} */
request_fn request_listings_create, request_listing_change, request_listing_delete,
    request_listing_push;
request_fn request_movements_create;
request_fn request_orders_create;
/* args: {token} */
request_fn request_tokens_create, request_token_delete;
/* args: {hold} */
request_fn request_holds_create, request_hold_delete, request_hold_extend, request_hold_commit;
/* args: {transfer} */
request_fn request_transfers_create, request_transfer_ship, request_transfer_receive,
    request_transfer_cancel;
/* args: {count} */
request_fn request_counts_create, request_count_lines, request_count_review, request_count_post,
    request_count_cancel;
/* Where an order would be served from, and why; changes nothing. */
request_fn request_routing_try;
/* A kept delivery whose facts were decoded anew: turn->replay_of, channel and facts are filled in.
 * With is_dry_run it tells what would be booked; else the log says who wanted it, and why. args:
 * {reason}, which may be empty. */
request_fn request_replay;
/* args: {webhook} */
request_fn request_webhooks_create, request_webhook_change, request_webhook_delete,
    request_webhook_rotate;
/* args: {incident} */
request_fn request_incident_resolve;

/* Not a route: a timer's. Gives back what holds past their time still hold. */
request_fn requests_expire_holds;

/* Not a route: a timer's. args: {instant}: bodies of deliveries received before it (wall, in
 * microseconds) are erased, so many at a time; status 200: there are more, 204: none is left. */
request_fn requests_erase_bodies;

/* Not a route: the pusher's. turn->channel; turn->body: an access token that was bought for it;
 * args: {until}, wall, in microseconds. It is sealed among the channel's secrets, so that it is
 * kept before it is used. */
request_fn request_channel_learn;

/* The hash under which a token is kept, and looked up. */
void token_hash(struct slice token, uint8_t out[32]);
