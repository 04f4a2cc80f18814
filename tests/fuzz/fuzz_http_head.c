/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes from a stranger to the HTTP server, in a world without sockets.
 *
 * The first byte says how the rest is cut into pieces and when the handler answers; the rest is
 * what the client sends. Whatever it is: nothing outside the buffers is touched, each request that
 * reaches the handler keeps its limits, and cutting the bytes differently yields the same requests.
 */
#include "../support/fake_env.h"
#include "fuzz.h"
#include "intake/http_server.h"

#define BODY_MAX 512

struct run {
    struct fake_env fake;
    struct http_server *server;
    struct http_exchange *held;
    uint64_t digest; /* of the requests in order */
    size_t requests;
    bool answers_late;
};

static void digest_add(struct run *run, struct slice bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        run->digest = (run->digest ^ (unsigned char)bytes.p[i]) * UINT64_C(0x100000001b3);
    }
    run->digest = (run->digest ^ 0x100) * UINT64_C(0x100000001b3);
}

static bool has_bytes(struct slice s, const char *set)
{
    for (size_t i = 0; i < s.n; i++) {
        if (strchr(set, s.p[i])) { /* finds NUL too */
            return true;
        }
    }
    return false;
}

static void handle(void *arg, struct http_exchange *x)
{
    struct run *run = arg;
    const struct http_request *request = &x->request;

    must(request->body.n <= BODY_MAX);
    must(request->headers_count <= 8);
    must(request->url.n > 0 && !has_bytes(request->url, "\r\n #?"));
    digest_add(run, request->method);
    digest_add(run, request->url);
    digest_add(run, request->query);
    for (size_t i = 0; i < request->headers_count; i++) {
        must(request->headers[i].name.n > 0);
        must(!has_bytes(request->headers[i].name, "\r\n\t :"));
        must(!has_bytes(request->headers[i].value, "\r\n"));
        digest_add(run, request->headers[i].name);
        digest_add(run, request->headers[i].value);
    }
    digest_add(run, request->body);
    run->requests++;
    if (run->answers_late) {
        must(!run->held);
        run->held = x;
    } else {
        http_answer(x, 200, NULL, 0, request->url);
    }
}

static void answer_held(struct run *run)
{
    while (run->held) {
        struct http_exchange *x = run->held;
        run->held = NULL;
        http_answer(x, 404, NULL, 0, x->request.body);
    }
}

static void feed(struct run *run, struct slice bytes, size_t step, bool answers_late)
{
    static const struct http_limits limits = {
        .body_max = BODY_MAX, .head_max = 1024, .headers_max = 8};
    struct err_note note;
    *run = (struct run){.answers_late = answers_late};
    fake_env_init(&run->fake);
    must(http_server_new(
             &run->fake.env, "::", 80, &limits, handle, run, &run->server, NULL, &note) == ERR_OK);
    struct env_conn *conn = fake_connect(&run->fake, "198.51.100.1");
    while (bytes.n && !conn->is_closing) {
        size_t n = bytes.n < step ? bytes.n : step;
        must(!conn->is_paused); /* never, for pieces this small */
        fake_send(conn, (struct slice){bytes.p, n});
        bytes = slice_from(bytes, n);
        answer_held(run);
    }
    fake_advance(&run->fake, 40 * US_PER_S, 5 * US_PER_S);
    must(conn->is_closed); /* by time, if not by anything else */
    http_server_free(run->server);
    fake_run(&run->fake);
    fake_env_free(&run->fake);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 16384) {
        return 0;
    }
    struct run whole, cut;
    struct slice bytes = {(const char *)data + 1, size - 1};
    feed(&whole, bytes, SIZE_MAX, false);
    feed(&cut, bytes, 1 + (size_t)(data[0] & 0x3f), (data[0] & 0x80) != 0);
    must(whole.requests == cut.requests && whole.digest == cut.digest);
    return 0;
}
