/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_order - an order snapshot in our own words, as shops that speak our API send it.
 *
 * The body of POST /v1/orders and of a signed delivery on /hooks/{channel}:
 *
 *   {"channel","id","version","placed_at","country","region",
 *    "lines":[{"id","sku","ordered","cancelled","fulfilled","returned","restocked",
 *              "location","taken","no_restock"}]}
 *
 * Strict, because whoever writes it reads our manual: an unknown field, a wrong type or counts that
 * contradict each other are refused with a note that names the field, never guessed at. Counts that
 * are absent are 0; `taken` absent is TAKEN_UNSAID. When `taken` is said and `no_restock` is not,
 * it follows: units that were cancelled and yet stay taken did not go back on sale.
 */
#pragma once
#include "channels/connector.h"

#define API_LINES_MAX 5000
#define API_TEXT_MAX 255

/* False: the note says what is wrong. Everything in *out lies in the arena. `channel` is the
 * reader's to check. */
MUST_USE bool api_decode_order(struct json body,
                               struct arena *arena,
                               struct order_snapshot *out,
                               struct err_note *note);
