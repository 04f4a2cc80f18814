/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/problem.h"

static const char *title_of(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        if (titles[i].status == status) {
            return titles[i].title;
        }
    }
    return "Internal Server Error";
}

struct json_writer problem_begin(struct buf *out, int status, const char *kind, struct slice detail)
{
    char type[96];
    (void)snprintf(type, sizeof(type), "urn:truecount:problem:%s", kind);
    buf_clear(out);
    struct json_writer w = json_writer(out);
    json_begin_object(&w);
    json_field_str(&w, "type", type);
    json_field_str(&w, "title", title_of(status));
    json_field_int(&w, "status", status);
    json_field_text(&w, "detail", detail);
    return w;
}

void problem_end(struct json_writer *w)
{
    json_end_object(w);
}

void problem_write(
    struct buf *out, int status, const char *kind, struct slice detail, const char *field)
{
    struct json_writer w = problem_begin(out, status, kind, detail);
    if (field) {
        json_field_str(&w, "field", field);
    }
    problem_end(&w);
}
