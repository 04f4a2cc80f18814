/* SPDX-License-Identifier: Apache-2.0 */
/* other_json - somebody else's JSON parser (jansson), under names that do not meet ours. */
#pragma once
#include "base/base.h"

enum other_kind {
    OTHER_NULL,
    OTHER_BOOL,
    OTHER_INT,
    OTHER_REAL,
    OTHER_TEXT,
    OTHER_ARRAY,
    OTHER_OBJECT
};
enum other_refusal { OTHER_FINE, OTHER_WRONG, OTHER_NUMBER_TOO_BIG };

/* NULL and why, or a value to be freed. Members that repeat are refused. */
void *other_parse(struct slice text, enum other_refusal *out_why);
void other_free(void *v);

enum other_kind other_kind(const void *v);
bool other_bool(const void *v);
int64_t other_int(const void *v);
double other_real(const void *v);
struct slice other_text(const void *v);
size_t other_count(const void *v); /* members of an array or object */
const void *other_at(const void *v, size_t i);
const void *other_get(const void *v, struct slice key); /* NULL: it has none of that name */
int other_depth(const void *v);                         /* 0: neither array nor object */
