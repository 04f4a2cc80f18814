/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/connect_page.h"

#define PREFIX "/connect/"

static const char page_head[] =
    "<!doctype html><html lang=en><meta charset=utf-8>"
    "<meta name=viewport content=\"width=device-width,initial-scale=1\"><title>truecount</title>"
    "<style>body{font:17px/1.5 system-ui,sans-serif;max-width:34em;margin:12vh auto;padding:0 1em;"
    "color:#1c1c1c;background:#fff}h1{font-size:1.4em}"
    "@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}}</style>";

static struct slice escaped(const char *text, struct arena *arena)
{
    char *out = ARENA_ARRAY(arena, strlen(text) * 5 + 1, char);
    size_t n = 0;
    for (const char *p = text; out && *p; p++) {
        const char *as = *p == '<' ? "&lt;" : *p == '&' ? "&amp;" : NULL;
        size_t as_n = as ? strlen(as) : 1;
        memcpy(out + n, as ? as : p, as_n);
        n += as_n;
    }
    return (struct slice){out, out ? n : 0};
}

static void page(struct http_exchange *x, int status, const char *title, const char *text)
{
    static const struct http_header headers[] = {
        {{"Content-Type", 12}, {"text/html; charset=utf-8", 24}},
        {{"Cache-Control", 13}, {"no-store", 8}},
        {{"Referrer-Policy", 15}, {"no-referrer", 11}}, /* the address holds a code */
        {{"Content-Security-Policy", 23}, {"default-src 'none'; style-src 'unsafe-inline'", 45}},
    };
    struct slice body = arena_printf(&x->arena,
                                     "%s<h1>%s</h1><p>%.*s</p></html>\n",
                                     page_head,
                                     title,
                                     SLICE_ARG(escaped(text, &x->arena)));
    http_answer(x, status, headers, COUNT_OF(headers), body);
}

static void ended(void *arg, const char *why_not)
{
    struct http_exchange *x = arg;
    if (why_not) {
        page(x, 400, "Not connected", why_not);
    } else {
        page(x,
             200,
             "Connected",
             "truecount may work with the shop now. You can close this window: the rest goes on by "
             "itself, and the command or page you came from shows it.");
    }
}

void connect_page_handle(const struct connect_page *here, struct http_exchange *x)
{
    struct slice code = slice_from(x->request.url, sizeof(PREFIX) - 1);
    const struct channel_config *channel =
        here->channels ? config_channel_by_code(here->channels, code) : NULL;
    bool is_get = slice_is(x->request.method, "GET");
    struct slice said;
    if (!channel) {
        page(x, 404, "No such channel", "Look at the address: no channel has this code.");
    } else if (!is_get && (!slice_is(x->request.method, "POST") || x->request.body.n == 0)) {
        page(x, 405, "Not understood", "This address is where a platform sends you back to.");
    } else if (is_get && channel->connector && channel->connector->take_secrets) {
        /* Its keys are posted by the platform itself; the person only comes back. */
        bool is_allowed =
            http_query_get(x->request.query, "success", &x->arena, &said) && slice_is(said, "1");
        ended(x, is_allowed ? NULL : "it was not allowed there");
    } else {
        here->on_consent(here->arg,
                         channel->row.id,
                         x->request.query,
                         is_get ? (struct slice){0} : x->request.body,
                         ended,
                         x);
    }
}
