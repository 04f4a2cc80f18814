/* SPDX-License-Identifier: Apache-2.0 */
/* import_link - what one item of a catalogue becomes; inside the engine room only. */
#pragma once
#include "engine/batch.h"
#include "engine/import.h"

/* Decides about the item, makes what is to be made and counts it in step->after. What a person must
 * look at becomes a row in `review`, with a comma in front of all but the first there. */
void import_link(struct batch *b,
                 const struct channel_config *channel,
                 struct import_step *step,
                 const struct catalogue_item *item,
                 struct buf *review);
/* A SKU has a new code: links the items that earlier imports found no SKU for, one to one. What is
 * sold on that channel by another item already goes on waiting for a person. */
void import_link_waiting(struct batch *b, struct batch_sku *sku, struct slice code_key);
