/* SPDX-License-Identifier: Apache-2.0 */
/* request_parts - what the request_*.c files share; inside the engine room only. */
#pragma once
#include "engine/form.h"
#include "engine/show.h"

#define REQUEST_FACTS_MAX ((size_t)16 * 1024 * 1024)

/* Logs what was asked, and by which token: all members of `said` but `except` (may be NULL). */
int64_t request_event(struct batch *b,
                      const struct turn *turn,
                      const char *kind,
                      struct channel_id channel,
                      struct slice subject,
                      struct json said,
                      const char *except);
/* Adds a changed row; fails the batch when there is no memory for it (row may be NULL then). */
void request_change(struct batch *b, struct rows *rows, void *row);
bool request_arg_id(const struct turn *turn, int64_t *out);
void request_not_found(struct turn *turn, const char *what);
/*
 * Before a mapping is created: lines that an order parked in this same commit are not yet to be
 * found in the store. The batch is then run again, one turn a commit.
 */
void request_needs_no_parked(struct batch *b);
/* A code is new, the SKU's own or another one: lines of shops that speak our API wait for it, and
 * items of catalogues do. */
void sku_known_as(struct batch *b, struct batch_sku *sku, struct slice code);
/* For tables, which read an item and apply it in their own way. Nothing is changed but *row. */
void sku_form_fields(const struct form *f, struct sku_row *row);
/* The components, of a SKU that is there; is_part: it is a component of a bundle itself. */
void sku_form_recipe(const struct form *f,
                     const struct batch_sku *sku,
                     bool is_part,
                     struct sku_row *row);
/*
 * The listing that the form means, and what its row becomes; NULL: *out is a new one (without its
 * id), or the form was refused. Without `remote` it is the channel's only listing of the SKU.
 */
struct batch_listing *listing_form(const struct form *f, struct listing_row *out);
/* The channel's policy changed: look at all its listings. */
void request_hint_channel(struct batch *b, struct channel_id channel);
/* Writes the answer in the API's words; names come from the batch. */
struct show request_show(struct batch *b, struct turn *turn);

/* Books what a body of POST /v1/movements says, as that route does, and logs it; the answer is the
 * caller's. out_differences, one a line: what a count found too many, or too few. False: it was
 * refused, or the batch has failed. */
bool movements_book(struct batch *b, struct turn *turn, struct json body, int64_t *out_differences);

/* The api channel that a snapshot names, or leaves unsaid, on and usable; NULL after a refusal. */
const struct channel_config *
request_order_channel(struct batch *b, struct turn *turn, struct json body, struct slice unsaid);
/* Applies a snapshot and answers with the order, as GET shows it, and what became of it. */
void request_order_apply(struct batch *b,
                         struct turn *turn,
                         const struct channel_config *channel,
                         const struct order_snapshot *snapshot);
