/* SPDX-License-Identifier: Apache-2.0 */
/*
 * etag - which state of a thing somebody has seen, as one short text (RFC 9110, 8.8.3).
 *
 * "SETTINGS" or "SETTINGS-FIGURES", in quotes: SETTINGS is a digest of what people set (the members
 * that its show_* function writes first, and a channel's sealed secrets), FIGURES one of the whole
 * answer, where that also shows what moves by itself, such as sellable. Who read a state changes it
 * only when nobody else did meanwhile: If-Match compares SETTINGS alone, for a sale must not stand
 * in the way of an operator. If-None-Match compares all of it, for it must not hide a sale. Derived
 * from content only: the same after a restart. Compared under the writer, in the turn that changes.
 */
#pragma once
#include "engine/show.h"

#define ETAG_SIZE 64 /* with the quotes and a NUL; empty: no tag */

/* Of the settings alone. `names` lends its look-ups; nothing is written to it. */
void etag_sku(const struct show *names, const struct sku_row *row, char out[ETAG_SIZE]);
void etag_location(const struct show *names, const struct location_row *row, char out[ETAG_SIZE]);
void etag_channel(const struct show *names, const struct channel_row *row, char out[ETAG_SIZE]);
void etag_listing(const struct show *names, const struct listing_row *row, char out[ETAG_SIZE]);
void etag_outlet(const struct show *names, const struct outlet_row *row, char out[ETAG_SIZE]);
void etag_user(const struct show *names, const struct user_row *row, char out[ETAG_SIZE]);
/* Adds FIGURES: the digest of the whole answer. */
void etag_add_figures(char tag[ETAG_SIZE], struct slice shown);

/* Does the header (a list of tags, or *) name these settings; this very answer? A weak tag never
 * names settings. */
bool etag_matches_settings(struct slice if_match, const char *tag);
bool etag_matches(struct slice if_none_match, const char *tag);
