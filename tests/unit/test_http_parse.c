/* SPDX-License-Identifier: Apache-2.0 */
/* The head and the framing of requests: what is understood, and what is refused with which status.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "intake/http_parse.h"

#define HEAD_MAX 1024
#define HEADERS_MAX 8

static struct http_header headers[HEADERS_MAX];

/* Scans and parses one head; the status it is refused with, or 0. */
static int head_of(struct slice text, struct http_head *out)
{
    struct http_scan scan = {0};
    int refused = http_scan(&scan, text, HEAD_MAX, HEADERS_MAX);
    if (refused || scan.head_size == 0) {
        return refused ? refused : -1;
    }
    return http_head_parse((struct slice){text.p, scan.head_size}, headers, HEADERS_MAX, out);
}

static void test_a_plain_request_is_read(void **state)
{
    (void)state;
    struct http_head head;
    struct slice text =
        SLICE("POST /hooks/shop-a/orders/create?x=1&y=%20?z HTTP/1.1\r\nHost: a\r\n"
              "Content-Length:  12 \r\nX-Empty:\r\nX-Utf: \xc3\xa9\r\n\r\nhello world!");
    assert_int_equal(head_of(text, &head), 0);
    assert_true(slice_is(head.request.method, "POST"));
    assert_true(slice_is(head.request.url, "/hooks/shop-a/orders/create"));
    assert_true(slice_is(head.request.query, "x=1&y=%20?z"));
    assert_int_equal(head.request.headers_count, 4);
    assert_true(slice_is(http_header_get(headers, 4, "content-length"), "12"));
    assert_true(slice_is(headers[2].name, "X-Empty"));
    assert_int_equal(headers[2].value.n, 0);
    assert_true(slice_is(headers[3].value, "\xc3\xa9"));
    assert_int_equal(head.body_size, 12);
    assert_true(head.keep_alive);
    assert_false(head.is_chunked || head.is_head || head.is_http10 || head.expects_continue);
}

static void test_target_forms_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *line, *url, *query;
        int refused;
    } cases[] = {
        {"GET / HTTP/1.1", "/", "", 0},
        {"GET /? HTTP/1.1", "/", "", 0},
        {"GET http://shop.example:8080/a/b?c HTTP/1.1", "/a/b", "c", 0},
        {"GET https://shop.example HTTP/1.1", "/", "", 0},
        {"GET http://shop.example?q=1 HTTP/1.1", "/", "q=1", 0},
        {"GET //double HTTP/1.1", "//double", "", 0},
        {"OPTIONS * HTTP/1.1", "*", "", 0},
        {"GET * HTTP/1.1", NULL, NULL, 400},
        {"GET /a#b HTTP/1.1", NULL, NULL, 400},
        {"GET /a\tb HTTP/1.1", NULL, NULL, 400},
        {"GET /\xc3\xa9 HTTP/1.1", NULL, NULL, 400},
        {"GET /a\x7f HTTP/1.1", NULL, NULL, 400},
        {"GET a HTTP/1.1", NULL, NULL, 400},
        {"CONNECT shop.example:443 HTTP/1.1", NULL, NULL, 400},
        {"GET ftp://shop.example/ HTTP/1.1", NULL, NULL, 400},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[200];
        struct http_head head;
        int n = snprintf(text, sizeof(text), "%s\r\nHost: a\r\n\r\n", cases[i].line);
        int refused = head_of((struct slice){text, (size_t)n}, &head);
        if (refused != cases[i].refused) {
            fail_msg("%s: %d", cases[i].line, refused);
        }
        if (!refused) {
            assert_true(slice_is(head.request.url, cases[i].url));
            assert_true(slice_is(head.request.query, cases[i].query));
        }
    }
}

static void test_connection_and_version_decide_on_keeping_alive(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool keep_alive, is_http10;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true, false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false, false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Keep-Alive, Close\r\n\r\n", false, false},
        {"GET / HTTP/1.0\r\n\r\n", false, true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true, true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", true, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_head head;
        assert_int_equal(head_of(slice_of(cases[i].text), &head), 0);
        assert_int_equal(head.keep_alive, cases[i].keep_alive);
        assert_int_equal(head.is_http10, cases[i].is_http10);
    }
}

static int chunks_of(struct slice text, size_t step, struct buf *body, struct slice *out_rest)
{
    struct http_chunks chunks = {0};
    buf_clear(body);
    while (text.n && chunks.state != CHUNK_DONE) {
        struct slice part = {text.p, text.n < step ? text.n : step};
        size_t given = part.n;
        int refused = http_chunks_take(&chunks, &part, body);
        text = slice_from(text, given - part.n);
        if (refused) {
            return refused;
        }
    }
    *out_rest = text;
    return chunks.state == CHUNK_DONE ? 0 : -1;
}

static void test_chunked_bodies_are_joined_or_refused_however_they_are_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text, *body, *rest;
        int refused;
    } cases[] = {
        {"5\r\nhello\r\n0\r\n\r\n", "hello", "", 0},
        {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET", "hello world", "GET", 0},
        {"0\r\n\r\n", "", "", 0},
        {"000a\r\n0123456789\r\n00\r\n\r\n", "0123456789", "", 0},
        {"A;name=value;x=\"y z\"\r\n0123456789\r\n0;last\r\n\r\n", "0123456789", "", 0},
        {"10\r\n0123456789abcdef\r\n0\r\n\r\n", "0123456789abcdef", "", 0},
        {"11\r\n0123456789abcdefX\r\n0\r\n\r\n", NULL, NULL, 413},
        {"8\r\n01234567\r\n9\r\n012345678\r\n0\r\n\r\n", NULL, NULL, 413},
        {"ffffffffffffffffff\r\n", NULL, NULL, 413},
        {"5\nhello\r\n0\r\n\r\n", NULL, NULL, 400},
        {"5\r\nhello\n0\r\n\r\n", NULL, NULL, 400},
        {"5\r\nhello\r\n0\r\n\n", NULL, NULL, 400},
        {"5\r\nhello\r\n0\n\r\n", NULL, NULL, 400},
        {"5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n", NULL, NULL, 400},
        {"5\r\nhelloo\r\n", NULL, NULL, 400},
        {"5 \r\nhello\r\n", NULL, NULL, 400},
        {" 5\r\nhello\r\n", NULL, NULL, 400},
        {"0x5\r\nhello\r\n", NULL, NULL, 400},
        {"-5\r\nhello\r\n", NULL, NULL, 400},
        {"\r\n5\r\nhello\r\n", NULL, NULL, 400},
        {";x\r\n", NULL, NULL, 400},
        {"5;a\nb\r\nhello\r\n", NULL, NULL, 400},
        {"5\r\rhello", NULL, NULL, 400},
        {"5\r\nhel", NULL, NULL, -1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t step = 1; step <= 30; step += step < 4 ? 1 : 13) {
            ON_EXIT(buf_free) struct buf body;
            struct slice rest;
            buf_init(&body, 16);
            int refused = chunks_of(slice_of(cases[i].text), step, &body, &rest);
            if (refused != cases[i].refused) {
                fail_msg("case %zu step %zu: %d", i, step, refused);
            }
            if (!refused) {
                assert_true(slice_is(buf_view(&body), cases[i].body));
                assert_true(slice_is(rest, cases[i].rest));
            }
        }
    }
}

static void test_chunk_padding_is_bounded(void **state)
{
    (void)state;
    for (int extra = -1; extra <= 1; extra++) {
        ON_EXIT(buf_free) struct buf text;
        ON_EXIT(buf_free) struct buf body;
        struct slice rest;
        buf_init(&text, 4096);
        buf_init(&body, 16);
        buf_text(&text, "0;");
        for (int i = 0; i < 1024 + extra; i++) {
            buf_char(&text, 'x');
        }
        buf_text(&text, "\r\n\r\n");
        assert_int_equal(chunks_of(buf_view(&text), 100, &body, &rest), extra == 1 ? 400 : 0);
    }
    ON_EXIT(buf_free) struct buf zeros;
    struct http_chunks chunks = {0};
    buf_init(&zeros, 4096);
    for (int i = 0; i < 4000; i++) {
        buf_char(&zeros, '0');
    }
    struct slice in = buf_view(&zeros);
    assert_int_equal(http_chunks_take(&chunks, &in, &zeros), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plain_request_is_read),
        cmocka_unit_test(test_target_forms_are_told_apart),
        cmocka_unit_test(test_connection_and_version_decide_on_keeping_alive),
        cmocka_unit_test(test_chunked_bodies_are_joined_or_refused_however_they_are_cut),
        cmocka_unit_test(test_chunk_padding_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
