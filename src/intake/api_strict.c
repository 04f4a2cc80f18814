/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request brings beside its route: held to the route's description before anything runs. A
 * filter that is misspelt would list everything, a guard that nobody heeds guards nothing.
 */
#include "base/times.h"
#include "engine/problem.h"
#include "intake/api_inner.h"

#define PARAMETERS_MAX 32

void api_refuse_field(
    struct http_exchange *x, const char *kind, struct slice field, const char *format, ...)
{
    char detail[512], name[128];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    (void)snprintf(name, sizeof(name), "%.*s", field.n < 120 ? (int)field.n : 120, field.p);
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, 64 * 1024);
    problem_write(&out, 400, kind, slice_of(detail), name);
    api_answer_json(x, 400, buf_view(&out));
}

/* ---- query parameters ---- */

static bool is_one_of(const char *values, struct slice text)
{
    struct slice rest = slice_of(values), one;
    while (rest.n) {
        slice_cut(&rest, '|', &one);
        if (one.n && slice_equal(one, text)) {
            return true;
        }
    }
    return false;
}

/* "open, resolved" */
static struct slice list_of(const char *values, struct arena *arena)
{
    struct slice rest = slice_of(values), one, list = {0};
    while (rest.n) {
        slice_cut(&rest, '|', &one);
        list = list.n ? arena_printf(arena, "%.*s, %.*s", SLICE_ARG(list), SLICE_ARG(one)) : one;
    }
    return list;
}

/* What the value must be, when it is not; empty: it is right. */
static struct slice
wanted_instead(const struct schema_field *field, struct slice text, struct arena *arena)
{
    int64_t number = 0;
    bool is_number = slice_int(text, &number);
    if (text.n == 0 && (field->type != FIELD_TEXT || field->min > 0 || field->values)) {
        return SLICE("something: leave it out when nothing is meant");
    }
    if (field->values) {
        return is_one_of(field->values, text)
                   ? (struct slice){0}
                   : arena_printf(arena, "one of: %.*s", SLICE_ARG(list_of(field->values, arena)));
    }
    if (field->type == FIELD_INT && (!is_number || number < field->min || number > field->max)) {
        return arena_printf(
            arena, "a whole number from %" PRId64 " to %" PRId64, field->min, field->max);
    }
    if (field->type == FIELD_ID && (!is_number || number < 1)) {
        return SLICE("an id as it was given to you, unchanged");
    }
    if (field->type == FIELD_TIME && !time_parse_rfc3339(text, &number)) {
        return SLICE("an RFC 3339 time, such as 2026-11-23T05:45:00Z");
    }
    if (field->type == FIELD_BOOL && !slice_is(text, "true") && !slice_is(text, "false")) {
        return SLICE("true or false");
    }
    return (struct slice){0};
}

static const struct schema_field *find_parameter(const struct route_doc *doc, struct slice name)
{
    for (size_t i = 0; i < doc->query_count; i++) {
        if (slice_is(name, doc->query[i].name)) {
            return &doc->query[i];
        }
    }
    return NULL;
}

/* "q, limit, cursor" */
static struct slice names_of(const struct route_doc *doc, struct arena *arena)
{
    struct slice list = {0};
    for (size_t i = 0; i < doc->query_count; i++) {
        list = arena_printf(
            arena, "%.*s%s%s", SLICE_ARG(list), list.n ? ", " : "", doc->query[i].name);
    }
    return list.n ? list : SLICE("no parameters");
}

static bool parameter_is_right(struct http_exchange *x,
                               const struct route_doc *doc,
                               struct slice name,
                               const struct schema_field **seen,
                               size_t *seen_count)
{
    struct slice text = {0};
    const struct schema_field *field = find_parameter(doc, name);
    if (!field) {
        api_refuse_field(x,
                         "unknown-parameter",
                         name,
                         "there is no parameter '%.*s' here: this path takes %.*s",
                         name.n < 100 ? (int)name.n : 100,
                         name.p,
                         SLICE_ARG(names_of(doc, &x->arena)));
        return false;
    }
    for (size_t i = 0; i < *seen_count; i++) {
        if (seen[i] == field) {
            api_refuse_field(x, "invalid", name, "%s is there twice", field->name);
            return false;
        }
    }
    seen[(*seen_count)++] = field;
    bool is_text = http_query_get(x->request.query, field->name, &x->arena, &text);
    struct slice wanted = is_text ? wanted_instead(field, text, &x->arena)
                                  : SLICE("percent-encoded as RFC 3986 says");
    if (wanted.n) {
        api_refuse_field(x, "invalid", name, "%s must be %.*s", field->name, SLICE_ARG(wanted));
    }
    return wanted.n == 0;
}

static bool query_is_right(struct http_exchange *x, const struct route_doc *doc)
{
    const struct schema_field *seen[PARAMETERS_MAX];
    size_t seen_count = 0;
    struct slice rest = x->request.query, pair, raw, name;
    must(doc->query_count <= PARAMETERS_MAX);
    while (rest.n) {
        slice_cut(&rest, '&', &pair);
        slice_cut(&pair, '=', &raw);
        if (raw.n == 0 && pair.n == 0) {
            continue; /* "a=1&&b=2" */
        }
        if (!percent_decode(&x->arena, raw, &name)) {
            name = raw;
        }
        if (!parameter_is_right(x, doc, name, seen, &seen_count)) {
            return false;
        }
    }
    return true;
}

/* ---- bodies and preconditions ---- */

/* Where no body is taken, nothing or {} may stand: what somebody meant by more is not done. */
static bool body_is_right(struct api *api, struct http_exchange *x, const struct route *route)
{
    struct json body;
    struct err_note note = {""};
    if (route->doc->asks || route->doc->asks_media || slice_trim(x->request.body).n == 0) {
        return true;
    }
    enum err e = json_parse(api->parser, x->request.body, &body, &note);
    if (e == ERR_MEMORY) {
        api_problem(x, 503, "no memory", SLICE("nothing was changed; send it again"));
        return false;
    }
    if (e) {
        api_problem(x,
                    400,
                    "the body is not JSON",
                    arena_printf(&x->arena, "leave it out, or send {}: %s", note.text));
        return false;
    }
    struct json_iter i = json_iter(body);
    if (json_type(body) == JSON_OBJECT && !json_next(&i)) {
        return true;
    }
    if (json_type(body) == JSON_OBJECT) {
        api_refuse_field(x, "unknown-field", i.key, "this takes no body: leave it out, or send {}");
    } else {
        api_problem(x, 400, "this takes no body", SLICE("leave it out, or send {}"));
    }
    return false;
}

static bool precondition_is_right(struct http_exchange *x, const struct route *route)
{
    struct slice if_match =
        http_header_get(x->request.headers, x->request.headers_count, "If-Match");
    if (if_match.n == 0 || route->doc->has_etag) {
        return true;
    }
    api_refuse_field(x,
                     "no-precondition",
                     SLICE("If-Match"),
                     "If-Match is not heeded here, so that it would guard nothing: leave it out");
    return false;
}

bool api_request_is_right(struct api *api, struct http_exchange *x, const struct route *route)
{
    if (route->is_public) {
        return true; /* probes add what they like, and must not be told that we are dead */
    }
    return query_is_right(x, route->doc) &&
           (route->read || (body_is_right(api, x, route) && precondition_is_right(x, route)));
}
