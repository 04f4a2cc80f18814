/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server in a world of the test's: whoever is answered is answered right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "intake/http_server.h"
#include "support/fake_env.h"
#include "torture/torture.h"

#define REQUESTS 6

struct seen {
    int handled;
    bool is_right;
};

static void on_request(void *arg, struct http_exchange *x)
{
    struct seen *seen = arg;
    seen->handled++;
    seen->is_right &= slice_is(x->request.method, "POST") && x->request.body.n == 3000;
    struct slice said = arena_printf(&x->arena, "you said %zu bytes", x->request.body.n);
    http_answer(x, said.p ? 200 : 503, NULL, 0, said.p ? said : SLICE(""));
}

static void ask(struct fake_env *fake, size_t step)
{
    static char bytes[8192];
    int n =
        snprintf(bytes,
                 sizeof(bytes),
                 "POST /hooks/a/orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                 "Content-Length: 3000\r\n\r\n%03000d",
                 7);
    struct env_conn *conn = fake_connect(fake, "198.51.100.1");
    struct slice rest = {bytes, (size_t)n};
    while (rest.n && !conn->is_closing) {
        size_t part = rest.n < step ? rest.n : step;
        fake_send(conn, (struct slice){rest.p, part});
        rest = slice_from(rest, part);
    }
    fake_run(fake);
}

static enum torture_end run(size_t input, bool *out_more)
{
    struct fake_env fake;
    struct seen seen = {.is_right = true};
    struct http_server *server = NULL;
    struct err_note note;
    const struct http_limits limits = {0};
    *out_more = input < 1;
    fake_env_init(&fake);
    enum err e =
        http_server_new(&fake.env, "::", 80, &limits, on_request, &seen, &server, NULL, &note);
    for (int i = 0; !e && i < REQUESTS; i++) {
        ask(&fake, input ? 100 : 8192);
    }
    bool was_quiet = !torture_has_failed();
    if (!e) {
        http_server_free(server);
    }
    fake_run(&fake);
    fake_env_free(&fake);
    return seen.is_right && (!was_quiet || seen.handled == REQUESTS) ? TORTURE_FINE : TORTURE_WRONG;
}

const struct torture_script torture_http = {.name = "http", .run = run};
