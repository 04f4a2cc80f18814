/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /openapi.json: OpenAPI 3.1, written from the route table and its descriptions. Generators of
 * client code read it: every object has a name, every operation an id.
 */
#include "intake/api_inner.h"

#define DOCUMENT_MAX ((size_t)4 * 1024 * 1024)

/* ---- operations ---- */

static bool is_get(const struct route *route)
{
    return strcmp(route->method, "GET") == 0;
}

static void put_parameter(struct json_writer *w,
                          const struct schema_field *field,
                          const char *where,
                          bool is_required)
{
    json_begin_object(w);
    json_field_str(w, "name", field->name);
    json_field_str(w, "in", where);
    json_field_str(w, "description", field->about);
    json_field_bool(w, "required", is_required);
    json_key(w, "schema");
    json_begin_object(w);
    schema_put_type(w, field, FORM_ASKED, false);
    json_end_object(w);
    json_end_object(w);
}

static const struct schema_field if_match = {
    "If-Match", FIELD_TEXT, ASKED, .about = "the ETag it must still have, or *; else 412"};
static const struct schema_field if_none_match = {
    "If-None-Match", FIELD_TEXT, ASKED, .about = "the ETag you know: 304 while it is the same"};
static const struct schema_field idempotency_key = {
    "Idempotency-Key",
    FIELD_TEXT,
    ASKED,
    .about = "the same key and body give the same answer and no second effect",
    .min = 1,
    .max = 255};

static void put_parameters(struct json_writer *w, const struct route *route)
{
    const struct route_doc *doc = route->doc;
    json_key(w, "parameters");
    json_begin_array(w);
    for (size_t i = 0; i < DOC_PARAMS_MAX && doc->params[i]; i++) {
        const struct schema_field field = {
            doc->params[i], FIELD_TEXT, ASKED, .about = "what the path names", .min = 1};
        put_parameter(w, &field, "path", true);
    }
    for (size_t i = 0; i < doc->query_count; i++) {
        put_parameter(w, &doc->query[i], "query", false);
    }
    if (route->write && !doc->is_question) {
        put_parameter(w, &idempotency_key, "header", false);
    }
    if (doc->has_etag) {
        put_parameter(w, is_get(route) ? &if_none_match : &if_match, "header", false);
    }
    json_end_array(w);
}

/* {"items":[...]}, with next on pages. */
static void put_items(struct json_writer *w, const char *name, bool is_page)
{
    json_begin_object(w);
    json_field_str(w, "type", "object");
    json_field_raw(w, "required", is_page ? SLICE("[\"items\",\"next\"]") : SLICE("[\"items\"]"));
    json_key(w, "properties");
    json_begin_object(w);
    json_key(w, "items");
    json_begin_object(w);
    json_field_str(w, "type", "array");
    json_key(w, "items");
    schema_put_ref(w, "schemas", name);
    json_end_object(w);
    if (is_page) {
        json_field_raw(w,
                       "next",
                       SLICE("{\"type\":[\"string\",\"null\"],\"description\":\"the cursor of the "
                             "next page; null: there is none\"}"));
    }
    json_end_object(w);
    json_end_object(w);
}

static void put_framed(struct json_writer *w, const char *name, enum doc_frame frame)
{
    switch (frame) {
    case FRAME_ONE:
        schema_put_ref(w, "schemas", name);
        return;
    case FRAME_PAGE:
        put_items(w, name, true);
        return;
    case FRAME_AS_SAID:
        json_begin_object(w);
        json_key(w, "oneOf");
        json_begin_array(w);
        schema_put_ref(w, "schemas", name);
        put_items(w, name, false);
        json_end_array(w);
        json_end_object(w);
        return;
    }
}

static void put_request(struct json_writer *w, const struct route_doc *doc)
{
    if (!doc->asks && !doc->asks_media) {
        return;
    }
    enum doc_frame frame = doc->frame == FRAME_AS_SAID ? FRAME_AS_SAID : FRAME_ONE;
    json_key(w, "requestBody");
    json_begin_object(w);
    json_field_bool(w, "required", !doc->body_optional);
    json_key(w, "content");
    json_begin_object(w);
    json_key(w, doc->asks ? "application/json" : doc->asks_media);
    json_begin_object(w);
    json_key(w, "schema");
    if (doc->asks) {
        put_framed(w, schema_name_in(doc->asks, doc->is_patch ? FORM_CHANGED : FORM_ASKED), frame);
    } else {
        json_put_raw(w, SLICE("{\"type\":\"string\"}"));
    }
    json_end_object(w);
    json_end_object(w);
    json_end_object(w);
}

static void put_done(struct json_writer *w, const struct route_doc *doc, int status)
{
    char key[8];
    (void)snprintf(key, sizeof(key), "%d", status);
    json_key(w, key);
    json_begin_object(w);
    json_field_str(w, "description", status == 202 ? "begun" : "done");
    if (doc->has_etag && status == 200) {
        json_field_raw(w,
                       "headers",
                       SLICE("{\"ETag\":{\"description\":\"names this state, for If-Match and "
                             "If-None-Match\",\"schema\":{\"type\":\"string\"}}}"));
    }
    if (doc->gives || doc->media) {
        json_key(w, "content");
        json_begin_object(w);
        json_key(w, doc->media ? doc->media : "application/json");
        json_begin_object(w);
        json_key(w, "schema");
        if (doc->gives) {
            put_framed(w, schema_name_in(doc->gives, FORM_SHOWN), doc->frame);
        } else {
            json_begin_object(w);
            bool is_json = strcmp(doc->media, "application/json") == 0;
            json_field_str(w, "type", is_json ? "object" : "string");
            json_end_object(w);
        }
        json_end_object(w);
        json_end_object(w);
    }
    json_end_object(w);
}

/* Which refusals there are, in the order of their numbers. */
static const struct {
    int status;
    const char *name;
    const char *about;
} refusals[] = {
    {400, "Invalid", "not JSON, an unknown field or parameter, a wrong type, out of bounds"},
    {401, "NoToken", "no valid token"},
    {403, "Forbidden", "the token's scope does not reach"},
    {404, "NotFound", "there is no such thing"},
    {409, "Conflict", "it does not go with what is there"},
    {412, "ChangedMeanwhile", "it no longer has that ETag: nothing was done"},
    {413, "TooLarge", "the body is larger than 2 MiB"},
    {422, "Unprocessable", "it names what does not exist, or asks what cannot be"},
    {429, "TooManyTries", "too many tries: wait for Retry-After"},
    {503,
     "Unavailable",
     "it was not done, or the disk failed and nobody knows: send it again after Retry-After, under "
     "the same Idempotency-Key"},
};

static bool refuses(const struct route *route, int status)
{
    const struct route_doc *doc = route->doc;
    for (size_t i = 0; i < DOC_REFUSALS_MAX; i++) {
        if (doc->refuses[i] == status) {
            return true;
        }
    }
    switch (status) {
    case 400:
    case 401:
    case 403:
    case 503:
        return !route->is_public;
    case 404:
        return doc->params[0] != NULL;
    case 412:
        return doc->has_etag && !is_get(route);
    case 413:
        return !is_get(route);
    case 422:
        return route->write != NULL; /* an Idempotency-Key that was used for another body */
    default:
        return false;
    }
}

static void put_responses(struct json_writer *w, const struct route *route)
{
    const struct route_doc *doc = route->doc;
    json_key(w, "responses");
    json_begin_object(w);
    if (doc->also) {
        put_done(w, doc, doc->also);
    }
    put_done(w, doc, doc->done);
    if (doc->has_etag && is_get(route)) {
        json_field_raw(w, "304", SLICE("{\"description\":\"you know it already\"}"));
    }
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        char key[8];
        if (refuses(route, refusals[i].status)) {
            (void)snprintf(key, sizeof(key), "%d", refusals[i].status);
            json_key(w, key);
            schema_put_ref(w, "responses", refusals[i].name);
        }
    }
    json_end_object(w);
}

/* "/v1/skus/{}" -> "skus": what generators file it under. */
static struct slice tag_of(const char *pattern)
{
    struct slice rest = slice_of(pattern), tag = {0};
    rest = slice_starts(rest, "/v1/") ? slice_from(rest, 4) : SLICE("server");
    slice_cut(&rest, '/', &tag);
    return tag;
}

static void put_operation(struct json_writer *w, const struct route *route)
{
    const struct route_doc *doc = route->doc;
    char method[8] = "", text[96];
    for (size_t i = 0; route->method[i] && i + 1 < sizeof(method); i++) {
        method[i] = (char)(route->method[i] + ('a' - 'A'));
    }
    json_key(w, method);
    json_begin_object(w);
    json_field_str(w, "operationId", doc->id);
    json_field_str(w, "summary", doc->summary);
    json_key(w, "tags");
    json_begin_array(w);
    json_put_text(w, tag_of(route->pattern));
    json_end_array(w);
    if (route->is_public) {
        json_field_raw(w, "security", SLICE("[]"));
    } else {
        (void)snprintf(text, sizeof(text), "[{\"token\":[\"%s\"]}]", scope_text(route->scope));
        json_field_raw(w, "security", slice_of(text));
    }
    put_parameters(w, route);
    put_request(w, doc);
    put_responses(w, route);
    json_end_object(w);
}

/* ---- the document ---- */

/* "/v1/skus/{}" -> "/v1/skus/{sku}" */
static void put_path(struct buf *out, const struct route *route)
{
    size_t n = 0;
    buf_clear(out);
    for (const char *c = route->pattern; *c; c++) {
        buf_char(out, *c);
        if (*c == '{') {
            must(n < DOC_PARAMS_MAX && route->doc->params[n]);
            buf_text(out, route->doc->params[n++]);
        }
    }
    must(n == DOC_PARAMS_MAX || !route->doc->params[n]);
    buf_char(out, '\0');
}

static void put_paths(struct json_writer *w)
{
    ON_EXIT(buf_free) struct buf path;
    buf_init(&path, 256);
    json_key(w, "paths");
    json_begin_object(w);
    for (size_t i = 0; i < api_routes_count; i++) {
        bool is_first = true;
        for (size_t k = 0; k < i; k++) {
            is_first &= strcmp(api_routes[k].pattern, api_routes[i].pattern) != 0;
        }
        if (!is_first) {
            continue;
        }
        put_path(&path, &api_routes[i]);
        json_key(w, path.p);
        json_begin_object(w);
        for (size_t k = i; k < api_routes_count; k++) {
            if (strcmp(api_routes[k].pattern, api_routes[i].pattern) == 0) {
                put_operation(w, &api_routes[k]);
            }
        }
        json_end_object(w);
    }
    json_end_object(w);
}

static void put_refusals(struct json_writer *w)
{
    json_key(w, "responses");
    json_begin_object(w);
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        json_key(w, refusals[i].name);
        json_begin_object(w);
        json_field_str(w, "description", refusals[i].about);
        json_key(w, "content");
        json_begin_object(w);
        json_key(w, "application/problem+json");
        json_begin_object(w);
        json_key(w, "schema");
        schema_put_ref(w, "schemas", schema_problem.name);
        json_end_object(w);
        json_end_object(w);
        json_end_object(w);
    }
    json_end_object(w);
}

void api_openapi(struct api *api, struct http_exchange *x, const struct slice *args)
{
    (void)api;
    (void)args;
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, DOCUMENT_MAX);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    json_field_str(&w, "openapi", "3.1.0");
    json_field_raw(&w,
                   "info",
                   SLICE("{\"title\":\"truecount\",\"version\":\"0.1.0\",\"description\":\"One "
                         "canonical count for every SKU, on every channel. Units are whole "
                         "numbers, ids texts, times RFC 3339; lengths of texts are bytes of "
                         "UTF-8.\",\"license\":{\"name\":\"Apache-2.0\",\"identifier\":"
                         "\"Apache-2.0\"}}"));
    json_field_raw(&w, "servers", SLICE("[{\"url\":\"/\"}]"));
    put_paths(&w);
    json_key(&w, "components");
    json_begin_object(&w);
    json_field_raw(&w,
                   "securitySchemes",
                   SLICE("{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"A "
                         "token has a scope: read; operate, which may read, and change stock, "
                         "SKUs, listings, orders, holds; admin, which may all.\"}}"));
    put_refusals(&w);
    schema_put_all(&w);
    json_end_object(&w);
    json_end_object(&w);
    must(!out.overflow || !out.p);
    api_answer_json(x, 200, buf_view(&out));
}
