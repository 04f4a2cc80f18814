/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/page.h"
#include "engine/etag.h"
#include "web/web.h"

#define CSP                                                                                        \
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "              \
    "frame-ancestors 'none'; object-src 'none'"

static struct slice header(const struct http_exchange *x, const char *name)
{
    return http_header_get(x->request.headers, x->request.headers_count, name);
}

static void refuse(struct http_exchange *x, int status, const char *body)
{
    const struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/problem+json")},
        {SLICE("Allow"), SLICE("GET, HEAD")}};
    http_answer(x, status, headers, status == 405 ? 2 : 1, slice_of(body));
}

static void answer(struct http_exchange *x, const struct web_file *file)
{
    struct http_header headers[10] = {
        {SLICE("Content-Type"), slice_of(file->type)},
        {SLICE("ETag"), slice_of(file->etag)},
        {SLICE("Vary"), SLICE("Accept-Encoding")},
        {SLICE("Cache-Control"),
         file->is_immutable ? SLICE("public, max-age=31536000, immutable") : SLICE("no-cache")},
        {SLICE("Content-Security-Policy"), SLICE(CSP)},
        {SLICE("X-Content-Type-Options"), SLICE("nosniff")},
        {SLICE("Referrer-Policy"), SLICE("no-referrer")},
    };
    size_t count = 7;
    if (file->encoding[0]) {
        headers[count++] =
            (struct http_header){SLICE("Content-Encoding"), slice_of(file->encoding)};
    }
    struct slice known = header(x, "If-None-Match");
    bool is_known = known.n && etag_matches(known, file->etag);
    http_answer(x,
                is_known ? 304 : 200,
                headers,
                count,
                (struct slice){(const char *)file->bytes, is_known ? 0 : file->size});
}

bool page_handle(struct http_exchange *x)
{
    struct slice path = x->request.url;
    bool is_asset = slice_starts(path, "/assets/");
    if (!is_asset && !web_is_screen(path)) {
        return false;
    }
    if (!slice_is(x->request.method, "GET") && !slice_is(x->request.method, "HEAD")) {
        refuse(x,
               405,
               "{\"type\":\"about:blank\",\"title\":\"method not allowed\",\"status\":405,"
               "\"detail\":\"this path answers GET\"}");
        return true;
    }
    const struct web_file *file =
        web_find(is_asset ? path : SLICE("/"), header(x, "Accept-Encoding"));
    if (file) {
        answer(x, file);
    } else {
        refuse(x,
               404,
               "{\"type\":\"about:blank\",\"title\":\"no such file\",\"status\":404,"
               "\"detail\":\"the page has changed: load it again\"}");
    }
    return true;
}
