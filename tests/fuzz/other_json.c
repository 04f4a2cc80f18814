/* SPDX-License-Identifier: Apache-2.0 */
#include "other_json.h"

#include <jansson.h>

void *other_parse(struct slice text, enum other_refusal *out_why)
{
    json_error_t error;
    json_t *v = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    *out_why = v                                                        ? OTHER_FINE
               : json_error_code(&error) == json_error_numeric_overflow ? OTHER_NUMBER_TOO_BIG
                                                                        : OTHER_WRONG;
    return v;
}

void other_free(void *v)
{
    json_decref(v);
}

enum other_kind other_kind(const void *v)
{
    switch (json_typeof((const json_t *)v)) {
    case JSON_OBJECT:
        return OTHER_OBJECT;
    case JSON_ARRAY:
        return OTHER_ARRAY;
    case JSON_STRING:
        return OTHER_TEXT;
    case JSON_INTEGER:
        return OTHER_INT;
    case JSON_REAL:
        return OTHER_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return OTHER_BOOL;
    case JSON_NULL:
        break;
    }
    return OTHER_NULL;
}

bool other_bool(const void *v)
{
    return json_is_true((const json_t *)v);
}

int64_t other_int(const void *v)
{
    return json_integer_value(v);
}

double other_real(const void *v)
{
    return json_real_value(v);
}

struct slice other_text(const void *v)
{
    return (struct slice){json_string_value(v), json_string_length(v)};
}

size_t other_count(const void *v)
{
    return json_is_array((const json_t *)v) ? json_array_size(v) : json_object_size(v);
}

const void *other_at(const void *v, size_t i)
{
    return json_array_get(v, i);
}

const void *other_get(const void *v, struct slice key)
{
    return json_object_getn(v, key.p, key.n);
}

int other_depth(const void *v)
{
    int deepest = 0;
    if (json_is_array((const json_t *)v)) {
        for (size_t i = 0; i < json_array_size(v); i++) {
            int d = other_depth(json_array_get(v, i));
            deepest = d > deepest ? d : deepest;
        }
        return deepest + 1;
    }
    if (!json_is_object((const json_t *)v)) {
        return 0;
    }
    const void *keys = v; /* iterating changes nothing, but is declared to */
    json_t *object;
    memcpy(&object, &keys, sizeof(object));
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        int d = other_depth(json_object_iter_value(i));
        deepest = d > deepest ? d : deepest;
    }
    return deepest + 1;
}
