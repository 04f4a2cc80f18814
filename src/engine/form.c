/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/form.h"
#include "base/times.h"
#include "engine/problem.h"

#define AHEAD_MAX_US (300 * US_PER_S)

PRINTF_LIKE(5, 0)
static void refuse(struct turn *turn,
                   int status,
                   const char *kind,
                   const char *field,
                   const char *format,
                   va_list args)
{
    char detail[1024];
    if (!request_refused(turn)) {
        (void)vsnprintf(detail, sizeof(detail), format, args);
        turn->status = status;
        problem_write(&turn->answer, status, kind, slice_of(detail), field);
    }
}

void request_refuse(
    struct turn *turn, int status, const char *kind, const char *field, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    refuse(turn, status, kind, field, format, args);
    va_end(args);
}

void form_refuse(
    const struct form *f, int status, const char *kind, const char *field, const char *format, ...)
{
    char path[128];
    va_list args;
    (void)snprintf(path, sizeof(path), "%s%s", f->where, field);
    va_start(args, format);
    refuse(f->turn, status, kind, path, format, args);
    va_end(args);
}

static void invalid(const struct form *f, const char *field, const char *wanted)
{
    form_refuse(f, 400, "invalid", field, "%s%s must be %s", f->where, field, wanted);
}

bool form_body(struct batch *b, struct turn *turn, struct json *out)
{
    struct err_note note = {""};
    if (!batch_json(b, b->parser, turn->body, out, &note)) {
        if (b->err) {
            return false;
        }
        request_refuse(turn, 400, "invalid", NULL, "the body is not JSON: %s", note.text);
    } else if (json_type(*out) != JSON_OBJECT) {
        request_refuse(turn,
                       400,
                       "invalid",
                       NULL,
                       "the body must be a JSON object, not %s",
                       json_type_name(json_type(*out)));
    }
    return !request_refused(turn);
}

struct form form_begin(struct batch *b,
                       struct turn *turn,
                       struct json object,
                       const char *where,
                       const char *const *fields,
                       size_t fields_count)
{
    struct form f = {.batch = b, .turn = turn, .object = object, .where = where ? where : ""};
    if (json_type(object) != JSON_OBJECT) {
        struct slice name = slice_of(f.where);
        name.n -= name.n > 0; /* "items[3]", not "items[3]." */
        request_refuse(turn, 400, "invalid", NULL, "%.*s must be an object", SLICE_ARG(name));
        return f;
    }
    for (struct json_iter i = json_iter(object); form_ok(&f) && json_next(&i);) {
        bool is_known = false;
        for (size_t k = 0; k < fields_count && !is_known; k++) {
            is_known = slice_is(i.key, fields[k]);
        }
        if (!is_known) {
            char name[64];
            (void)snprintf(name, sizeof(name), "%.*s", i.key.n < 60 ? (int)i.key.n : 60, i.key.p);
            form_refuse(&f, 400, "unknown-field", name, "there is no field '%s%s'", f.where, name);
        }
    }
    return f;
}

bool form_ok(const struct form *f)
{
    return !request_refused(f->turn) && !f->batch->err;
}

bool form_has(const struct form *f, const char *field)
{
    enum json_type type = json_type(json_get(f->object, field));
    return type != JSON_NONE && type != JSON_NULL;
}

void form_needs(const struct form *f, const char *field)
{
    if (form_ok(f) && !form_has(f, field)) {
        form_refuse(f, 400, "invalid", field, "%s%s is missing", f->where, field);
    }
}

/* The field when it was given at all, null included, and nothing is wrong so far. */
static bool given(const struct form *f, const char *field, struct json *out)
{
    *out = form_ok(f) ? json_get(f->object, field) : (struct json){0};
    return json_type(*out) != JSON_NONE;
}

void form_text(const struct form *f, const char *field, size_t min, struct slice *out)
{
    struct json v;
    struct slice text = SLICE("");
    if (!given(f, field, &v)) {
        return;
    }
    if (json_type(v) != JSON_NULL && !json_text(v, &text)) {
        invalid(f, field, "a text");
        return;
    }
    if (text.n < min || text.n > FORM_TEXT_MAX) {
        invalid(f, field, min ? "1 to 255 bytes long" : "at most 255 bytes long");
        return;
    }
    *out = arena_copy(&f->batch->arena, text);
}

static bool is_code_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

void form_code(const struct form *f, const char *field, struct slice *out)
{
    struct slice code = {0};
    struct json v;
    if (!given(f, field, &v)) {
        return;
    }
    form_text(f, field, 1, &code);
    bool is_good = code.n <= 64;
    for (size_t i = 0; i < code.n; i++) {
        is_good = is_good && is_code_byte(code.p[i]);
    }
    if (!is_good) {
        invalid(f, field, "1 to 64 letters, digits, '.', '_' or '-'");
    } else if (form_ok(f)) {
        *out = code;
    }
}

void form_int(const struct form *f, const char *field, int64_t lo, int64_t hi, int64_t *out)
{
    struct json v;
    int64_t n = 0;
    if (!given(f, field, &v)) {
        return;
    }
    if (!json_int(v, &n) || n < lo || n > hi) {
        form_refuse(f,
                    400,
                    "invalid",
                    field,
                    "%s%s must be a whole number from %" PRId64 " to %" PRId64,
                    f->where,
                    field,
                    lo,
                    hi);
        return;
    }
    *out = n;
}

void form_limit(const struct form *f, const char *field, int64_t hi, int64_t *out)
{
    struct json v;
    if (given(f, field, &v) && json_type(v) == JSON_NULL) {
        *out = POLICY_UNSET;
        return;
    }
    form_int(f, field, 0, hi, out);
}

void form_bool(const struct form *f, const char *field, bool *out)
{
    struct json v;
    if (given(f, field, &v) && !json_bool(v, out)) {
        invalid(f, field, "true or false");
    }
}

void form_time(const struct form *f, const char *field, int64_t *out_us)
{
    struct json v;
    struct slice text;
    int64_t time_us;
    if (!given(f, field, &v) || json_type(v) == JSON_NULL) {
        return;
    }
    if (!json_text(v, &text) || !time_parse_rfc3339(text, &time_us) || time_us <= 0) {
        invalid(f, field, "a time like 2026-11-23T05:45:31Z (RFC 3339)");
        return;
    }
    *out_us = time_us;
}

/* ---- what is named ---- */

static void unknown(const struct form *f, const char *kind, const char *field, struct slice code)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "unknown-%s", kind);
    form_refuse(f,
                422,
                name,
                field,
                "%s%s: there is no %s '%.*s'",
                f->where,
                field,
                strcmp(kind, "sku") == 0 ? "SKU" : kind,
                SLICE_ARG(code));
}

struct batch_sku *form_sku(const struct form *f, const char *field)
{
    struct slice code = {0};
    form_needs(f, field);
    form_text(f, field, 1, &code);
    struct batch_sku *sku = form_ok(f) ? batch_sku_by_code(f->batch, code) : NULL;
    if (form_ok(f) && !sku) {
        unknown(f, "sku", field, code);
    }
    return form_ok(f) ? sku : NULL;
}

struct batch_sku *form_stocked_sku(const struct form *f, const char *field, const char *instead)
{
    struct batch_sku *sku = form_sku(f, field);
    if (sku && sku->row.parts_count) {
        form_refuse(f,
                    422,
                    "bundle",
                    field,
                    "%s%s: '%.*s' is a bundle and owns no stock: %s",
                    f->where,
                    field,
                    SLICE_ARG(sku->row.code),
                    instead);
        return NULL;
    }
    return sku;
}

const struct location_row *form_location(const struct form *f, const char *field)
{
    struct slice code = {0};
    form_needs(f, field);
    form_text(f, field, 1, &code);
    const struct location_row *location =
        form_ok(f) ? config_location_by_code(f->batch->config, code) : NULL;
    if (form_ok(f) && !location) {
        unknown(f, "location", field, code);
    } else if (form_ok(f) && !location->is_active) {
        form_refuse(f,
                    422,
                    "inactive-location",
                    field,
                    "%s%s: '%.*s' is not active",
                    f->where,
                    field,
                    SLICE_ARG(code));
    }
    return form_ok(f) ? location : NULL;
}

const struct channel_config *form_channel(const struct form *f, const char *field)
{
    struct slice code = {0};
    form_needs(f, field);
    form_text(f, field, 1, &code);
    const struct channel_config *channel =
        form_ok(f) ? config_channel_by_code(f->batch->config, code) : NULL;
    if (form_ok(f) && !channel) {
        unknown(f, "channel", field, code);
    }
    return channel;
}

void form_past(const struct form *f, const char *field, int64_t *out_us)
{
    form_time(f, field, out_us);
    if (form_ok(f) && *out_us > f->batch->now_us + AHEAD_MAX_US) {
        form_refuse(
            f, 400, "invalid", field, "%s%s lies more than 5 minutes ahead", f->where, field);
    }
}

struct json form_json(const struct form *f, const char *field, enum json_type type)
{
    struct json v;
    if (!given(f, field, &v) || json_type(v) == JSON_NULL) {
        return (struct json){0};
    }
    if (json_type(v) != type) {
        invalid(f, field, type == JSON_ARRAY ? "a list" : "an object");
        return (struct json){0};
    }
    return v;
}

struct form_items
form_list(struct turn *turn, struct json array, const char *name, size_t count_max)
{
    struct form_items items = {.list = name, .is_list = true};
    size_t count = json_count(array);
    if (json_type(array) != JSON_ARRAY || count == 0 || count > count_max) {
        request_refuse(
            turn, 400, "invalid", name, "%s must be a list of 1 to %zu entries", name, count_max);
    }
    if (!request_refused(turn)) {
        items.count = count;
        items.iter = json_iter(array);
    }
    return items;
}

struct form_items form_items(struct turn *turn, struct json body, const char *list)
{
    struct json array = json_get(body, list);
    if (json_type(array) == JSON_NONE) {
        return (struct form_items){.count = request_refused(turn) ? 0 : 1, .item = body};
    }
    if (json_count(body) != 1) {
        request_refuse(turn, 400, "invalid", list, "%s must stand alone", list);
    }
    return form_list(turn, array, list, FORM_ITEMS_MAX);
}

bool form_next(struct form_items *items)
{
    if (items->at >= items->count) {
        return false;
    }
    if (items->is_list) {
        must(json_next(&items->iter));
        items->item = items->iter.value;
        (void)snprintf(items->where, sizeof(items->where), "%s[%zu].", items->list, items->at);
    }
    items->at++;
    return true;
}
