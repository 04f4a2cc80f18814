/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_inner - what the two files of the doctor share. */
#pragma once
#include "core/skeleton.h"
#include "engine/doctor.h"

uint64_t doctor_digest(struct slice text);
/* What an item is: its code, or itself when it has none. */
uint64_t doctor_item_self(const struct catalogue_item *item, struct arena *scratch);
/* How many others have it in common; 0 when it is empty. */
size_t
doctor_others(const struct marks *marks, struct slice shared, uint64_t self, uint64_t *other);
struct slice doctor_oddity_text(struct batch *b, struct oddity o);
const char *doctor_gtin_text(enum gtin gtin); /* what is wrong with it; NULL: nothing */
struct slice doctor_sku_code(struct batch *b, uint64_t id);
