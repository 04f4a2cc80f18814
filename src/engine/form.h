/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form - the fields of a request's JSON, read strictly: whoever writes them reads our manual.
 *
 * Unknown fields, wrong types and values out of bounds are refused by name, never guessed at. The
 * first fault writes the turn's answer (a problem of status 400); everything after it does nothing,
 * so that a form is checked once, by form_ok, when all has been read. An absent field leaves *out
 * as it was: that is what PATCH means. Texts are copied into the batch's arena.
 */
#pragma once
#include "base/json_read.h"
#include "engine/batch.h"

#define FORM_TEXT_MAX 255
#define FORM_ITEMS_MAX 10000

struct form {
    struct batch *batch;
    struct turn *turn;
    struct json object;
    const char *where; /* "items[3].", in front of field names; lives as long as the form */
};

/* Refuses the request, unless it is refused already. field may be NULL. */
void request_refuse(
    struct turn *turn, int status, const char *kind, const char *field, const char *format, ...)
    PRINTF_LIKE(5, 6);
static inline bool request_refused(const struct turn *turn)
{
    return turn->status != 0;
}

/* The request's body, an object; false when it was refused. */
bool form_body(struct batch *b, struct turn *turn, struct json *out);
/* Begins a form on an object that may have these fields only. */
struct form form_begin(struct batch *b,
                       struct turn *turn,
                       struct json object,
                       const char *where,
                       const char *const *fields,
                       size_t fields_count);
bool form_ok(const struct form *f);
/* Refuses one field of the form. */
void form_refuse(
    const struct form *f, int status, const char *kind, const char *field, const char *format, ...)
    PRINTF_LIKE(5, 6);

bool form_has(const struct form *f, const char *field); /* present and not null */
void form_needs(const struct form *f, const char *field);

/* Text of min to FORM_TEXT_MAX bytes; null is empty. */
void form_text(const struct form *f, const char *field, size_t min, struct slice *out);
/* [A-Za-z0-9._-]{1,64}: what stands in paths and on command lines. */
void form_code(const struct form *f, const char *field, struct slice *out);
void form_int(const struct form *f, const char *field, int64_t lo, int64_t hi, int64_t *out);
/* 0 to hi; null is POLICY_UNSET. */
void form_limit(const struct form *f, const char *field, int64_t hi, int64_t *out);
void form_bool(const struct form *f, const char *field, bool *out);
void form_time(const struct form *f, const char *field, int64_t *out_us);
/* A time that something happened at: at most 5 minutes ahead of now, for clocks apart. */
void form_past(const struct form *f, const char *field, int64_t *out_us);
/* What a needed field names, by any of its spellings; NULL after a refusal (422). */
struct batch_sku *form_sku(const struct form *f, const char *field);
/* The same, of a SKU that owns stock. instead: what to do about a bundle, "count its components". */
struct batch_sku *form_stocked_sku(const struct form *f, const char *field, const char *instead);
const struct location_row *form_location(const struct form *f, const char *field); /* active */
const struct channel_config *form_channel(const struct form *f, const char *field);
/* The field itself, when it has that type; null is absent. */
struct json form_json(const struct form *f, const char *field, enum json_type type);

/* One object, or {"items":[...]}. for (struct form_items i = ...; form_next(&i);) uses i.item and
 * i.where. */
struct form_items {
    struct json item;
    size_t at, count;
    bool is_list;
    const char *list;
    char where[32];
    struct json_iter iter;
};
struct form_items form_items(struct turn *turn, struct json body, const char *list);
/* The entries of a list that is a member of something: 1 to count_max of them. */
struct form_items
form_list(struct turn *turn, struct json array, const char *name, size_t count_max);
bool form_next(struct form_items *items);
