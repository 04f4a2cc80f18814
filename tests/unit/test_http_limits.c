/* SPDX-License-Identifier: Apache-2.0 */
/* What the server refuses by itself, in a world where time and bytes come from the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "intake/http_server.h"
#include "support/fake_env.h"

#define TICK_US (100 * US_PER_MS)

struct fixture {
    struct fake_env fake;
    struct http_server *server;
    size_t requests;
    size_t body_size;
    struct http_exchange *held; /* the last one when `hold` */
    bool hold;
};

static void handle(void *arg, struct http_exchange *x)
{
    struct fixture *f = arg;
    f->requests++;
    f->body_size = x->request.body.n;
    if (f->hold) {
        f->held = x;
    } else {
        http_answer(x, 200, NULL, 0, x->request.url);
    }
}

static void start(struct fixture *f, const struct http_limits *limits)
{
    struct err_note note;
    *f = (struct fixture){0};
    fake_env_init(&f->fake);
    assert_int_equal(
        http_server_new(&f->fake.env, "::", 80, limits, handle, f, &f->server, NULL, &note),
        ERR_OK);
}

static void finish(struct fixture *f)
{
    http_server_free(f->server);
    fake_run(&f->fake);
    fake_env_free(&f->fake);
}

/* Status of the last answer in what was written; 0 when nothing was. */
static int answered(const struct env_conn *conn)
{
    int status = 0;
    for (size_t i = 0; i + 12 <= conn->written.n; i++) {
        if (memcmp(conn->written.p + i, "HTTP/1.1 ", 9) == 0) {
            int64_t value = 0;
            assert_true(slice_int((struct slice){conn->written.p + i + 9, 3}, &value));
            status = (int)value;
        }
    }
    return status;
}

static bool says(const struct env_conn *conn, const char *text)
{
    return memmem(conn->written.p, conn->written.n, text, strlen(text)) != NULL;
}

/* Sends the bytes in steps to a fresh connection of the fixture. */
static struct env_conn *sent(struct fixture *f, struct slice bytes, size_t step)
{
    struct env_conn *conn = fake_connect(&f->fake, "198.51.100.1");
    while (bytes.n) {
        size_t n = bytes.n < step ? bytes.n : step;
        fake_send(conn, (struct slice){bytes.p, n});
        bytes = slice_from(bytes, n);
    }
    return conn;
}

/* ---- S13: framing ---- */

#define HOST "Host: shop.example\r\n"

static const struct {
    const char *what, *text;
    int status; /* 0: nothing is answered yet */
} framing_cases[] = {
    {"plain", "GET / HTTP/1.1\r\n" HOST "\r\n", 200},
    {"plain post", "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 200},
    {"chunked",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
     200},
    {"chunked, case",
     "POST / HTTP/1.1\r\n" HOST "transfer-encoding: Chunked\r\n\r\n0\r\n\r\n",
     200},
    {"one blank line before", "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 200},
    {"CL and TE",
     "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     400},
    {"TE and CL",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
     400},
    {"two different CL",
     "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
     400},
    {"two equal CL",
     "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
     400},
    {"CL list", "POST / HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\nabc", 400},
    {"CL sign", "POST / HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabc", 400},
    {"CL negative", "POST / HTTP/1.1\r\n" HOST "Content-Length: -3\r\n\r\nabc", 400},
    {"CL hex", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\nabc", 400},
    {"CL empty", "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\nabc", 400},
    {"CL inner space", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1 3\r\n\r\nabc", 400},
    {"CL overflow",
     "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551619\r\n\r\nabc",
     400},
    {"TE identity", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n", 400},
    {"TE gzip", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", 400},
    {"TE gzip, chunked",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n",
     400},
    {"TE chunked, identity",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
     400},
    {"TE twice",
     "POST / HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     400},
    {"TE xchunked", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400},
    {"TE quoted",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
     400},
    {"TE with VT", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", 400},
    {"TE of HTTP/1.0",
     "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     400},
    {"folded field", "GET / HTTP/1.1\r\n" HOST "X-A: b\r\n c\r\n\r\n", 400},
    {"folded with tab", "GET / HTTP/1.1\r\n" HOST "X-A: b\r\n\tc\r\n\r\n", 400},
    {"folded first field", "GET / HTTP/1.1\r\n X-A: b\r\n" HOST "\r\n", 400},
    {"folded TE",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
     400},
    {"bare LF after the request line", "GET / HTTP/1.1\n" HOST "\r\n", 400},
    {"bare LF after a field", "GET / HTTP/1.1\r\nHost: shop.example\n\r\n", 400},
    {"bare LF at the end", "GET / HTTP/1.1\r\n" HOST "\n", 400},
    {"bare LF hides a field", "GET / HTTP/1.1\r\n" HOST "X: a\nContent-Length: 3\r\n\r\nabc", 400},
    {"bare CR after the request line", "GET / HTTP/1.1\r" HOST "\r\n", 400},
    {"bare CR in a value", "GET / HTTP/1.1\r\n" HOST "X-A: b\rContent-Length: 3\r\n\r\n", 400},
    {"CR CR LF", "GET / HTTP/1.1\r\r\n" HOST "\r\n", 400},
    {"CR at the end of a value", "GET / HTTP/1.1\r\n" HOST "X-A: b\r\r\n\r\n", 400},
    {"space before the colon", "GET / HTTP/1.1\r\n" HOST "X-A : b\r\n\r\n", 400},
    {"tab before the colon", "POST / HTTP/1.1\r\n" HOST "Content-Length\t: 3\r\n\r\nabc", 400},
    {"space before the name", "GET / HTTP/1.1\r\n" HOST " X-A: b\r\n\r\n", 400},
    {"no name", "GET / HTTP/1.1\r\n" HOST ": b\r\n\r\n", 400},
    {"no colon", "GET / HTTP/1.1\r\n" HOST "X-A b\r\n\r\n", 400},
    {"name with a slash", "GET / HTTP/1.1\r\n" HOST "X/A: b\r\n\r\n", 400},
    {"control byte in a value", "GET / HTTP/1.1\r\n" HOST "X-A: b\x01\r\n\r\n", 400},
    {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"two hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
    {"two blank lines before", "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"HTTP/0.9", "GET /\r\n\r\n", 400},
    {"HTTP/2.0", "GET / HTTP/2.0\r\n" HOST "\r\n", 400},
    {"HTTP/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", 400},
    {"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
    {"unknown method", "GOT / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"two spaces", "GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"tab for space", "GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400},
    {"space behind", "GET / HTTP/1.1 \r\n" HOST "\r\n", 400},
    {"TLS hello", "\x16\x03\x01\x02\r\n\r\n", 400},
    {"gzip body",
     "POST / HTTP/1.1\r\n" HOST "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
     415},
    {"identity body",
     "POST / HTTP/1.1\r\n" HOST "Content-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc",
     415},
    {"chunk ends with LF",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
     400},
    {"chunk longer than it says",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
     400},
    {"trailers",
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n",
     400},
    {"half a head", "GET / HTTP/1.1\r\n" HOST, 0},
    {"half a body", "POST / HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabc", 0},
};

static void test_framing_is_strict_however_the_bytes_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(framing_cases); i++) {
        for (size_t step = 1; step <= 1000; step *= 10) {
            struct fixture f;
            start(&f, NULL);
            const struct env_conn *conn = sent(&f, slice_of(framing_cases[i].text), step);
            int status = answered(conn);
            if (status != framing_cases[i].status) {
                fail_msg("%s, step %zu: %d", framing_cases[i].what, step, status);
            }
            assert_int_equal(f.requests, status == 200);
            assert_int_equal(conn->is_closing, status >= 400);
            finish(&f);
        }
    }
}

static void test_a_nul_in_the_head_is_refused(void **state)
{
    (void)state;
    static const char text[] = "GET / HTTP/1.1\r\n" HOST "X-A: b\0c\r\n\r\n";
    struct fixture f;
    start(&f, NULL);
    assert_int_equal(answered(sent(&f, (struct slice){text, sizeof(text) - 1}, 1000)), 400);
    finish(&f);
}

static void test_nothing_behind_a_refused_request_is_read(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, NULL);
    sent(&f,
         SLICE("POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
               "0\r\n\r\nGET /hidden HTTP/1.1\r\n" HOST "\r\n"),
         1000);
    assert_int_equal(f.requests, 0);
    assert_int_equal(http_server_counters(f.server).refused_400, 1);
    finish(&f);
}

/* ---- limits at n-1, n, n+1 ---- */

static void test_head_limit_is_exact(void **state)
{
    (void)state;
    for (int extra = -1; extra <= 1; extra++) {
        for (size_t step = 1; step <= 100000; step *= 50) {
            struct fixture f;
            ON_EXIT(buf_free) struct buf text;
            buf_init(&text, 20000);
            buf_text(&text, "GET / HTTP/1.1\r\n" HOST "X: ");
            while ((int)text.n + 4 < 16384 + extra) {
                buf_char(&text, 'x');
            }
            buf_text(&text, "\r\n\r\n");
            assert_int_equal(text.n, 16384 + extra);
            start(&f, NULL);
            assert_int_equal(answered(sent(&f, buf_view(&text), step)), extra == 1 ? 431 : 200);
            assert_int_equal(http_server_counters(f.server).refused_431, extra == 1);
            finish(&f);
        }
    }
}

static void test_a_head_without_end_is_refused_at_the_limit(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, NULL);
    struct env_conn *conn = fake_connect(&f.fake, "198.51.100.1");
    fake_send(conn, SLICE("GET /"));
    size_t size = 5;
    while (!conn->is_closing && size < 20000) {
        fake_send(conn, SLICE("x"));
        size++;
    }
    assert_int_equal(answered(conn), 431);
    assert_int_equal(size, 16384);
    finish(&f);
}

static void test_header_count_limit_is_exact(void **state)
{
    (void)state;
    for (int count = 99; count <= 101; count++) {
        struct fixture f;
        ON_EXIT(buf_free) struct buf text;
        buf_init(&text, 20000);
        buf_text(&text, "GET / HTTP/1.1\r\n" HOST);
        for (int i = 1; i < count; i++) {
            buf_printf(&text, "X-%d: a\r\n", i);
        }
        buf_text(&text, "\r\n");
        start(&f, NULL);
        assert_int_equal(answered(sent(&f, buf_view(&text), 7000)), count == 101 ? 431 : 200);
        finish(&f);
    }
}

static void test_body_limit_is_exact_with_a_length_and_in_chunks(void **state)
{
    (void)state;
    const size_t max = (size_t)2 << 20;
    for (size_t size = max - 1; size <= max + 1; size++) {
        for (int chunked = 0; chunked <= 1; chunked++) {
            struct fixture f;
            ON_EXIT(buf_free) struct buf text;
            buf_init(&text, max + 1000);
            buf_text(&text, "POST / HTTP/1.1\r\n" HOST);
            if (chunked) {
                buf_printf(&text, "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n%zx\r\n", size - 1);
            } else {
                buf_printf(&text, "Content-Length: %zu\r\n\r\nx", size);
            }
            for (size_t i = 1; i < size; i++) {
                buf_char(&text, 'x');
            }
            buf_text(&text, chunked ? "\r\n0\r\n\r\n" : "");
            start(&f, NULL);
            const struct env_conn *conn = sent(&f, buf_view(&text), 60000);
            assert_int_equal(answered(conn), size > max ? 413 : 200);
            assert_int_equal(f.body_size, size > max ? 0 : size);
            finish(&f);
        }
    }
}

static void test_a_length_over_the_limit_is_refused_before_the_body(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, NULL);
    const struct env_conn *conn = sent(
        &f,
        SLICE("POST / HTTP/1.1\r\n" HOST "Content-Length: 2097153\r\nExpect: 100-continue\r\n\r\n"),
        1000);
    assert_int_equal(answered(conn), 413);
    assert_false(says(conn, "100 Continue"));
    finish(&f);
}

/* 8 MiB for who shows a pass. */
static size_t large_with_a_pass(void *arg, const struct http_request *head)
{
    const struct fixture *f = arg;
    must(f->server);
    bool has_pass =
        slice_is(http_header_get(head->headers, head->headers_count, "Authorization"), "pass");
    return slice_is(head->url, "/large") && has_pass ? (size_t)8 << 20 : 0;
}

static void test_a_request_may_have_a_limit_of_its_own_and_the_next_one_has_not(void **state)
{
    static const struct {
        const char *path, *pass;
        size_t size;
        int status;
    } cases[] = {{"/large", "pass", (size_t)8 << 20, 200},
                 {"/large", "pass", ((size_t)8 << 20) + 1, 413},
                 {"/large", "none", ((size_t)2 << 20) + 1, 413},
                 {"/other", "pass", ((size_t)2 << 20) + 1, 413},
                 {"/other", "none", (size_t)2 << 20, 200}};
    const struct http_limits limits = {.body_max_of = large_with_a_pass};
    struct fixture f;
    (void)state;
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, (size_t)16 << 20);
    start(&f, &limits);
    for (size_t c = 0; c < COUNT_OF(cases); c++) { /* exchanges are used again */
        buf_clear(&text);
        buf_printf(&text,
                   "POST %s HTTP/1.1\r\n" HOST "Authorization: %s\r\nContent-Length: %zu\r\n\r\n",
                   cases[c].path,
                   cases[c].pass,
                   cases[c].size);
        for (size_t i = 0; i < cases[c].size; i++) {
            buf_char(&text, 'x');
        }
        f.body_size = 0;
        const struct env_conn *conn = sent(&f, buf_view(&text), 60000);
        assert_int_equal(answered(conn), cases[c].status);
        assert_int_equal(f.body_size, cases[c].status == 200 ? cases[c].size : 0);
    }
    finish(&f);
}

static void test_connection_limits_are_exact(void **state)
{
    (void)state;
    struct fixture f;
    const struct http_limits limits = {.conns_max = 5, .conns_per_address_max = 2};
    start(&f, &limits);
    struct env_conn *first = fake_connect(&f.fake, "192.0.2.1");
    assert_int_equal(answered(first), 0);
    assert_int_equal(answered(fake_connect(&f.fake, "192.0.2.1")), 0);
    assert_int_equal(answered(fake_connect(&f.fake, "192.0.2.1")), 503);
    assert_int_equal(answered(fake_connect(&f.fake, "192.0.2.2")), 0);
    assert_int_equal(answered(fake_connect(&f.fake, "127.0.0.1")), 0);
    assert_int_equal(answered(fake_connect(&f.fake, "127.0.0.1")), 0);
    assert_int_equal(answered(fake_connect(&f.fake, "127.0.0.1")), 503); /* the sixth of all */
    assert_int_equal(http_server_counters(f.server).conns_open, 5);
    assert_int_equal(http_server_counters(f.server).refused_503, 2);
    fake_closed(first);
    assert_int_equal(answered(fake_connect(&f.fake, "192.0.2.1")), 0);
    finish(&f);
}

static void test_loopback_has_no_limit_of_its_own(void **state)
{
    (void)state;
    struct fixture f;
    const struct http_limits limits = {.conns_per_address_max = 2};
    start(&f, &limits);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(answered(fake_connect(&f.fake, i % 2 ? "::1" : "127.0.0.1")), 0);
    }
    finish(&f);
}

static void test_bodies_together_are_bounded(void **state)
{
    (void)state;
    struct fixture f;
    const struct http_limits limits = {.bodies_max = 2000};
    start(&f, &limits);
    struct env_conn *conns[3];
    char part[1000];
    memset(part, 'x', sizeof(part));
    for (size_t i = 0; i < 3; i++) {
        conns[i] = sent(&f, SLICE("POST / HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n"), 1000);
        fake_send(conns[i], (struct slice){part, sizeof(part)});
    }
    assert_int_equal(answered(conns[2]), 503);
    fake_closed(conns[1]); /* gives its thousand back */
    fake_send(conns[0], SLICE("y"));
    assert_int_equal(answered(conns[0]), 200);
    assert_int_equal(
        answered(sent(&f, SLICE("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx"), 1000)),
        200);
    finish(&f);
}

/* ---- S14: time ---- */

static void test_a_slow_head_gets_408_after_ten_seconds(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, NULL);
    struct env_conn *conn = sent(&f, SLICE("GET /"), 1000);
    for (int s = 0; s < 9; s++) {
        fake_advance(&f.fake, US_PER_S, TICK_US);
        fake_send(conn, SLICE("x")); /* a drip does not buy time */
    }
    assert_int_equal(answered(conn), 0);
    fake_advance(&f.fake, 3 * US_PER_S, TICK_US);
    assert_int_equal(answered(conn), 408);
    assert_true(conn->is_closed);
    assert_int_equal(http_server_counters(f.server).refused_408, 1);
    assert_int_equal(http_server_counters(f.server).conns_open, 0);
    finish(&f);
}

static void test_a_silent_connection_is_closed_without_a_word(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, NULL);
    struct env_conn *silent = fake_connect(&f.fake, "198.51.100.1");
    struct env_conn *idle = sent(&f, SLICE("GET / HTTP/1.1\r\n" HOST "\r\n"), 1000);
    fake_advance(&f.fake, 9 * US_PER_S, TICK_US);
    assert_false(silent->is_closing);
    fake_advance(&f.fake, 3 * US_PER_S, TICK_US);
    assert_true(silent->is_closed);
    assert_int_equal(answered(silent), 0);
    fake_advance(&f.fake, 17 * US_PER_S, TICK_US);
    assert_false(idle->is_closing);
    fake_advance(&f.fake, 3 * US_PER_S, TICK_US);
    assert_true(idle->is_closed);
    finish(&f);
}

/* Drips `size` bytes a second into a body; the second in which the connection was refused. */
static int seconds_of_drip(const char *path, int size)
{
    const struct http_limits limits = {.body_max_of = large_with_a_pass};
    char head[200];
    struct fixture f;
    char drip[1000];
    int s = 0;
    memset(drip, 'x', sizeof(drip));
    start(&f, &limits);
    (void)snprintf(head,
                   sizeof(head),
                   "POST %s HTTP/1.1\r\n" HOST "Authorization: pass\r\n"
                   "Content-Length: 100000\r\n\r\n",
                   path);
    struct env_conn *conn = sent(&f, slice_of(head), 1000);
    while (!conn->is_closing && s < 200) {
        s++;
        fake_send(conn, (struct slice){drip, (size_t)size});
        fake_advance(&f.fake, US_PER_S, TICK_US);
    }
    assert_int_equal(answered(conn), 408);
    finish(&f);
    return s;
}

static void test_a_body_must_keep_its_pace_and_its_time(void **state)
{
    (void)state;
    assert_in_range(seconds_of_drip("/", 1), 10, 12);
    assert_in_range(seconds_of_drip("/", 400), 10, 12);
    assert_in_range(seconds_of_drip("/", 600), 30, 32);
    assert_in_range(seconds_of_drip("/large", 400), 10, 12);
    assert_in_range(seconds_of_drip("/large", 600), 120, 122); /* four times as large */
}

static void test_a_request_in_the_handler_has_all_the_time_it_needs(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, NULL);
    f.hold = true;
    const struct env_conn *conn = sent(&f, SLICE("GET / HTTP/1.1\r\n" HOST "\r\n"), 1000);
    fake_advance(&f.fake, 100 * US_PER_S, TICK_US);
    assert_false(conn->is_closing);
    http_answer(f.held, 200, NULL, 0, SLICE(""));
    assert_int_equal(answered(conn), 200);
    finish(&f);
}

static void test_a_peer_that_does_not_take_its_answer_is_closed(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, NULL);
    struct env_conn *conn = fake_connect(&f.fake, "198.51.100.1");
    conn->stuck = 1;
    fake_send(conn, SLICE("GET / HTTP/1.1\r\n" HOST "\r\nGET / HTTP/1.1\r\n" HOST "\r\n"));
    assert_int_equal(f.requests, 1); /* the second waits until the first has left */
    fake_advance(&f.fake, 20 * US_PER_S, TICK_US);
    assert_false(conn->is_closing);
    fake_drain(conn);
    assert_int_equal(f.requests, 2);
    conn->stuck = 1;
    fake_send(conn, SLICE("GET / HTTP/1.1\r\n" HOST "\r\n"));
    fake_advance(&f.fake, 32 * US_PER_S, TICK_US);
    assert_true(conn->is_closed);
    finish(&f);
}

/* ---- what waits behind an exchange ---- */

static void test_bytes_behind_an_exchange_are_bounded_by_pausing(void **state)
{
    (void)state;
    struct fixture f;
    char more[4096];
    memset(more, 'x', sizeof(more));
    start(&f, NULL);
    f.hold = true;
    struct env_conn *conn = sent(&f,
                                 SLICE("GET / HTTP/1.1\r\n" HOST "\r\nPOST /b HTTP/1.1\r\n" HOST
                                       "Content-Length: 65536\r\n\r\n"),
                                 1000);
    int sent_count = 0;
    while (!conn->is_paused && sent_count < 1000) {
        fake_send(conn, (struct slice){more, sizeof(more)});
        sent_count++;
    }
    assert_in_range(sent_count, 16, 17);
    f.hold = false;
    http_answer(f.held, 200, NULL, 0, SLICE(""));
    assert_false(conn->is_paused);
    for (; sent_count < 16; sent_count++) {
        fake_send(conn, (struct slice){more, sizeof(more)});
    }
    assert_int_equal(f.requests, 2);
    assert_int_equal(f.body_size, 65536);
    finish(&f);
}

static void test_an_exchange_outlives_its_client_and_its_server(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, NULL);
    f.hold = true;
    struct env_conn *conn =
        sent(&f, SLICE("POST /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"), 1000);
    struct http_exchange *first = f.held;
    fake_closed(conn);
    assert_true(first->is_gone);
    assert_true(slice_is(first->request.body, "abc"));
    assert_true(slice_is(first->peer, "198.51.100.1"));
    http_answer(first, 200, NULL, 0, SLICE("nobody reads this"));

    sent(&f, SLICE("GET /b HTTP/1.1\r\n" HOST "\r\n"), 1000);
    struct http_exchange *second = f.held;
    finish(&f);
    assert_true(second->is_gone);
    assert_true(slice_is(second->request.url, "/b"));
    http_stream_begin(second, 200, NULL, 0);
    assert_false(http_stream_write(second, SLICE("x")));
    http_stream_end(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_framing_is_strict_however_the_bytes_are_cut),
        cmocka_unit_test(test_a_nul_in_the_head_is_refused),
        cmocka_unit_test(test_nothing_behind_a_refused_request_is_read),
        cmocka_unit_test(test_head_limit_is_exact),
        cmocka_unit_test(test_a_head_without_end_is_refused_at_the_limit),
        cmocka_unit_test(test_header_count_limit_is_exact),
        cmocka_unit_test(test_body_limit_is_exact_with_a_length_and_in_chunks),
        cmocka_unit_test(test_a_length_over_the_limit_is_refused_before_the_body),
        cmocka_unit_test(test_a_request_may_have_a_limit_of_its_own_and_the_next_one_has_not),
        cmocka_unit_test(test_connection_limits_are_exact),
        cmocka_unit_test(test_loopback_has_no_limit_of_its_own),
        cmocka_unit_test(test_bodies_together_are_bounded),
        cmocka_unit_test(test_a_slow_head_gets_408_after_ten_seconds),
        cmocka_unit_test(test_a_silent_connection_is_closed_without_a_word),
        cmocka_unit_test(test_a_body_must_keep_its_pace_and_its_time),
        cmocka_unit_test(test_a_request_in_the_handler_has_all_the_time_it_needs),
        cmocka_unit_test(test_a_peer_that_does_not_take_its_answer_is_closed),
        cmocka_unit_test(test_bytes_behind_an_exchange_are_bounded_by_pausing),
        cmocka_unit_test(test_an_exchange_outlives_its_client_and_its_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
