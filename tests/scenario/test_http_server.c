/* SPDX-License-Identifier: Apache-2.0 */
/* The server over real sockets: what clients of every manner see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/server_world.h"

#define HOST "Host: localhost\r\n"

static const struct http_header text_type = {{"Content-Type", 12}, {"text/plain", 10}};

static void handle(void *arg, struct http_exchange *x)
{
    struct world *world = arg;
    struct slice url = x->request.url;
    x->user = world;
    if (slice_is(url, "/hold") || slice_is(url, "/stream")) {
        must(world->held_count < COUNT_OF(world->held));
        world->held[world->held_count++] = x;
        if (slice_is(url, "/stream")) {
            http_stream_begin(x, 200, &text_type, 1);
        }
    } else if (slice_is(url, "/big")) {
        const size_t size = (size_t)6 << 20;
        char *body = arena_alloc(&x->arena, size);
        memset(body, 'b', size);
        http_answer(x, 200, &text_type, 1, (struct slice){body, size});
    } else if (slice_is(url, "/split")) {
        const struct http_header evil = {SLICE("Location"), SLICE("/a\r\nSet-Cookie: b=c")};
        http_answer(x, 302, &evil, 1, SLICE(""));
    } else if (slice_is(url, "/empty")) {
        http_answer(x, 204, NULL, 0, SLICE(""));
    } else {
        struct slice echo = arena_printf(&x->arena,
                                         "%.*s %.*s?%.*s from %.*s: %.*s",
                                         SLICE_ARG(x->request.method),
                                         SLICE_ARG(url),
                                         SLICE_ARG(x->request.query),
                                         SLICE_ARG(x->peer),
                                         SLICE_ARG(x->request.body));
        http_answer(x, 200, &text_type, 1, echo);
    }
}

static void answer_held(struct world *world, void *arg)
{
    size_t *gone = arg;
    for (size_t i = 0; i < world->held_count; i++) {
        *gone += world->held[i]->is_gone;
        http_answer(world->held[i], 200, &text_type, 1, SLICE("held"));
    }
    world->held_count = 0;
}

static int setup(void **state)
{
    static struct world world;
    world_start(&world, NULL, handle);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

static void expect_answer(int fd, struct buf *in, int status, const char *body)
{
    ON_EXIT(answer_free) struct answer answer = client_answer(fd, in);
    assert_int_equal(answer.status, status);
    if (!slice_is(buf_view(&answer.body), body)) {
        fail_msg("body: %.*s", SLICE_ARG(buf_view(&answer.body)));
    }
}

static void test_a_connection_is_kept_for_the_next_request(void **state)
{
    struct world *world = *state;
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    int fd = client_connect(world->port);
    for (int i = 0; i < 3; i++) {
        client_send(fd, "POST /a?b=c HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
        expect_answer(fd, &in, 200, "POST /a?b=c from 127.0.0.1: hello");
    }
    close(fd);
}

static void test_answers_carry_length_date_and_the_callers_headers(void **state)
{
    struct world *world = *state;
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    int fd = client_connect(world->port);
    client_send(fd, "GET / HTTP/1.1\r\n" HOST "\r\n");
    ON_EXIT(answer_free) struct answer answer = client_answer(fd, &in);
    assert_true(slice_is(answer_header(&answer, "Content-Type"), "text/plain"));
    assert_true(slice_ends(answer_header(&answer, "Date"), " GMT"));
    assert_int_equal(answer_header(&answer, "Connection").n, 0);
    assert_true(slice_starts(buf_view(&answer.head), "HTTP/1.1 200 OK\r\n"));
    close(fd);
}

static void test_pipelined_requests_are_answered_in_order(void **state)
{
    struct world *world = *state;
    size_t gone = 0;
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    int fd = client_connect(world->port);
    client_send(
        fd,
        "GET /1 HTTP/1.1\r\n" HOST "\r\nGET /hold HTTP/1.1\r\n" HOST "\r\nPOST /3 HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
        "GET /4 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\nGET /5 HTTP/1.1\r\n" HOST "\r\n");
    expect_answer(fd, &in, 200, "GET /1? from 127.0.0.1: ");
    world_await_held(world, 1);
    assert_int_equal(in.n, 0); /* nothing overtakes the one that is held */
    world_do(world, answer_held, &gone);
    expect_answer(fd, &in, 200, "held");
    expect_answer(fd, &in, 200, "POST /3? from 127.0.0.1: ab");
    expect_answer(fd, &in, 200, "GET /4? from 127.0.0.1: ");
    assert_true(client_at_end(fd));
    close(fd);
}

static void test_a_request_may_come_byte_by_byte(void **state)
{
    struct world *world = *state;
    static const char text[] = "POST /x HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc";
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    int fd = client_connect(world->port);
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        const char byte[2] = {text[i], '\0'};
        client_send(fd, byte);
    }
    expect_answer(fd, &in, 200, "POST /x? from 127.0.0.1: abc");
    close(fd);
}

static void test_head_and_no_content_send_no_body(void **state)
{
    struct world *world = *state;
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    int fd = client_connect(world->port);
    client_send(fd, "HEAD / HTTP/1.1\r\n" HOST "\r\n");
    ON_EXIT(answer_free) struct answer head = client_answer_with(fd, &in, true);
    assert_int_equal(head.status, 200);
    assert_true(slice_is(answer_header(&head, "Content-Length"), "24"));
    client_send(fd, "GET /empty HTTP/1.1\r\n" HOST "\r\nGET / HTTP/1.1\r\n" HOST "\r\n");
    ON_EXIT(answer_free) struct answer empty = client_answer(fd, &in);
    assert_int_equal(empty.status, 204);
    assert_int_equal(answer_header(&empty, "Content-Length").n, 0);
    expect_answer(fd, &in, 200, "GET /? from 127.0.0.1: ");
    close(fd);
}

static void test_http_1_0_closes_unless_asked_to_stay(void **state)
{
    struct world *world = *state;
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    int fd = client_connect(world->port);
    client_send(fd, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    ON_EXIT(answer_free) struct answer kept = client_answer(fd, &in);
    assert_true(slice_is(answer_header(&kept, "Connection"), "keep-alive"));
    client_send(fd, "GET /b HTTP/1.0\r\n\r\n");
    ON_EXIT(answer_free) struct answer last = client_answer(fd, &in);
    assert_true(slice_is(answer_header(&last, "Connection"), "close"));
    assert_true(client_at_end(fd));
    close(fd);
}

static void test_a_client_that_asks_first_is_told_to_continue(void **state)
{
    struct world *world = *state;
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    int fd = client_connect(world->port);
    client_send(fd,
                "POST /c HTTP/1.1\r\n" HOST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    expect_answer(fd, &in, 100, "");
    client_send(fd, "ok");
    expect_answer(fd, &in, 200, "POST /c? from 127.0.0.1: ok");
    close(fd);
}

static void test_a_refused_upload_still_reads_its_answer(void **state)
{
    struct world *world = *state;
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    int fd = client_connect(world->port);
    char part[65536];
    memset(part, 'x', sizeof(part));
    client_send(fd, "POST / HTTP/1.1\r\n" HOST "Content-Length: 4000000\r\n\r\n");
    for (size_t sent = 0; sent < 4000000;) {
        size_t n = 4000000 - sent < sizeof(part) ? 4000000 - sent : sizeof(part);
        ssize_t got = send(fd, part, n, MSG_NOSIGNAL);
        assert_true(got > 0); /* not reset although nobody wants it */
        sent += (size_t)got;
    }
    ON_EXIT(answer_free) struct answer answer = client_answer(fd, &in);
    assert_int_equal(answer.status, 413);
    assert_true(client_at_end(fd));
    close(fd);
}

static void test_a_hang_up_marks_the_exchange(void **state)
{
    struct world *world = *state;
    size_t gone = 0;
    int stays = client_connect(world->port);
    int leaves = client_connect(world->port);
    client_send(stays, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    client_send(leaves, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    world_await_held(world, 2);
    close(leaves);
    /* The server knows once the number of open connections has fallen. */
    int64_t spent_us = 0;
    while (world_counters(world).conns_open > 1 && soon(&spent_us)) {
    }
    world_do(world, answer_held, &gone);
    assert_int_equal(gone, 1);
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    expect_answer(stays, &in, 200, "held");
    close(stays);
}

static void test_a_big_answer_reaches_a_slow_reader_whole(void **state)
{
    struct world *world = *state;
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, (size_t)16 << 20);
    int fd = client_connect(world->port);
    client_send(fd, "GET /big HTTP/1.1\r\n" HOST "\r\nGET /after HTTP/1.1\r\n" HOST "\r\n");
    ON_EXIT(answer_free) struct answer answer = client_answer(fd, &in);
    assert_int_equal(answer.body.n, (size_t)6 << 20);
    expect_answer(fd, &in, 200, "GET /after? from 127.0.0.1: ");
    close(fd);
}

static void test_a_big_answer_before_closing_leaves_whole(void **state)
{
    struct world *world = *state;
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, (size_t)16 << 20);
    int fd = client_connect(world->port);
    client_send(fd, "GET /big HTTP/1.0\r\n\r\n");
    ON_EXIT(answer_free) struct answer answer = client_answer(fd, &in);
    assert_int_equal(answer.body.n, (size_t)6 << 20);
    assert_true(client_at_end(fd));
    close(fd);
}

static void test_a_value_cannot_split_an_answer(void **state)
{
    struct world *world = *state;
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    int fd = client_connect(world->port);
    client_send(fd, "GET /split HTTP/1.1\r\n" HOST "\r\n");
    ON_EXIT(answer_free) struct answer answer = client_answer(fd, &in);
    assert_true(slice_is(answer_header(&answer, "Location"), "/a  Set-Cookie: b=c"));
    assert_int_equal(answer_header(&answer, "Set-Cookie").n, 0);
    close(fd);
}

static void test_a_thousand_connections_are_served_at_once(void **state)
{
    struct world *world = *state;
    size_t gone = 0;
    static int fds[1000];
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = client_connect(world->port);
        client_send(fds[i], "POST /hold HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nbody");
    }
    world_await_held(world, COUNT_OF(fds));
    assert_int_equal(world_counters(world).conns_open, COUNT_OF(fds));
    world_do(world, answer_held, &gone);
    assert_int_equal(gone, 0);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        ON_EXIT(buf_free) struct buf in;
        buf_init(&in, 65536);
        expect_answer(fds[i], &in, 200, "held");
        client_send(fds[i], "GET /n HTTP/1.1\r\n" HOST "\r\n");
        expect_answer(fds[i], &in, 200, "GET /n? from 127.0.0.1: ");
        close(fds[i]);
    }
}

/* ---- streams ---- */

static void stream_some(struct world *world, void *arg)
{
    bool *taken = arg;
    *taken = http_stream_write(world->held[0], SLICE("data: 1\n\n"));
}

static void stream_end(struct world *world, void *arg)
{
    (void)arg;
    http_stream_end(world->held[0]);
    world->held_count = 0;
}

/* Writes 16 KiB pieces until the server says stop; how many bytes were accepted. */
static void stream_flood(struct world *world, void *arg)
{
    static char piece[16384];
    size_t *accepted = arg;
    memset(piece, 'd', sizeof(piece));
    while (*accepted < ((size_t)64 << 20) &&
           http_stream_write(world->held[0], (struct slice){piece, sizeof(piece)})) {
        *accepted += sizeof(piece);
    }
}

static void test_a_stream_arrives_piece_by_piece_and_ends(void **state)
{
    struct world *world = *state;
    bool taken = false;
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    int fd = client_connect(world->port);
    client_send(fd, "GET /stream HTTP/1.1\r\n" HOST "\r\n");
    ON_EXIT(answer_free) struct answer answer = client_answer(fd, &in);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer_header(&answer, "Content-Length").n, 0);
    for (int i = 0; i < 3; i++) {
        buf_clear(&in);
        world_do(world, stream_some, &taken);
        assert_true(taken);
        assert_true(client_read(fd, &in, 9));
        assert_true(slice_is(buf_view(&in), "data: 1\n\n"));
    }
    world_do(world, stream_end, NULL);
    assert_true(client_at_end(fd));
    close(fd);
}

static void test_a_stream_nobody_reads_is_bounded(void **state)
{
    struct world *world = *state;
    size_t accepted = 0;
    int fd = client_connect(world->port);
    client_send(fd, "GET /stream HTTP/1.1\r\n" HOST "\r\n");
    world_await_held(world, 1);
    world_do(world, stream_flood, &accepted);
    /* The kernel's own buffers take some megabytes, ours 256 KiB. */
    assert_true(accepted < (size_t)32 << 20);
    world_do(world, stream_end, NULL);
    close(fd);
}

static void test_a_stream_to_a_client_that_left_says_so(void **state)
{
    struct world *world = *state;
    bool taken = true;
    int64_t spent_us = 0;
    int fd = client_connect(world->port);
    client_send(fd, "GET /stream HTTP/1.1\r\n" HOST "\r\n");
    world_await_held(world, 1);
    close(fd);
    while (taken && soon(&spent_us)) {
        world_do(world, stream_some, &taken);
    }
    assert_false(taken);
    world_do(world, stream_end, NULL);
}

/* ---- time and end ---- */

static void test_slow_drips_are_cut_off_in_real_time(void **state)
{
    (void)state;
    struct world world;
    const struct http_limits limits = {
        .head_us = 100 * US_PER_MS, .total_us = 200 * US_PER_MS, .idle_us = 150 * US_PER_MS};
    world_start(&world, &limits, handle);
    int head = client_connect(world.port), body = client_connect(world.port);
    int silent = client_connect(world.port), idle = client_connect(world.port);
    client_send(head, "GET / HTTP/1.1\r\nHo");
    client_send(body, "POST / HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\nabc");
    assert_int_equal(client_ask(idle, "GET / HTTP/1.1\r\n" HOST "\r\n"), 200);
    assert_int_equal(client_ask(head, ""), 408);
    assert_int_equal(client_ask(body, ""), 408);
    assert_true(client_at_end(silent));
    assert_true(client_at_end(idle));
    assert_int_equal(world_counters(&world).refused_408, 2);
    close(head);
    close(body);
    close(silent);
    close(idle);
    world_free(&world);
}

static void stop_server(struct world *world, void *arg)
{
    (void)arg;
    http_server_stop(world->server);
}

static void test_stopping_answers_what_is_under_way_and_no_more(void **state)
{
    struct world *world = *state;
    size_t gone = 0;
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    int idle = client_connect(world->port), busy = client_connect(world->port);
    assert_int_equal(client_ask(idle, "GET / HTTP/1.1\r\n" HOST "\r\n"), 200);
    client_send(busy, "GET /hold HTTP/1.1\r\n" HOST "\r\nGET /next HTTP/1.1\r\n" HOST "\r\n");
    world_await_held(world, 1);
    world_do(world, stop_server, NULL);
    assert_true(client_at_end(idle));
    world_do(world, answer_held, &gone);
    ON_EXIT(answer_free) struct answer answer = client_answer(busy, &in);
    assert_true(slice_is(answer_header(&answer, "Connection"), "close"));
    assert_true(client_at_end(busy));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)world->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int late = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_not_equal(connect(late, (const struct sockaddr *)&address, sizeof(address)), 0);
    close(late);
    close(idle);
    close(busy);
}

static void test_freeing_closes_connections_in_every_state(void **state)
{
    struct world *world = *state;
    int fds[5];
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = client_connect(world->port);
    }
    client_send(fds[1], "GET /");
    client_send(fds[2], "POST / HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nabc");
    client_send(fds[3], "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    client_send(fds[4], "GET /stream HTTP/1.1\r\n" HOST "\r\n");
    world_await_held(world, 2);
    world_free(world);
    assert_true(world->held[0]->is_gone && world->held[1]->is_gone);
    for (size_t i = 0; i < 2; i++) {
        if (slice_is(world->held[i]->request.url, "/hold")) {
            http_answer(world->held[i], 200, NULL, 0, SLICE("late"));
        } else {
            http_stream_end(world->held[i]);
        }
    }
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        close(fds[i]);
    }
    world_start(world, NULL, handle); /* for the teardown */
}

static void test_a_taken_port_is_reported(void **state)
{
    struct world *world = *state;
    struct err_note note;
    struct http_server *second;
    assert_int_equal(
        http_server_new(
            world->env, "127.0.0.1", world->port, NULL, handle, world, &second, NULL, &note),
        ERR_IO);
    assert_non_null(strstr(note.text, "address already in use"));
    assert_int_equal(
        http_server_new(world->env, "localhost", 0, NULL, handle, world, &second, NULL, &note),
        ERR_USAGE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_connection_is_kept_for_the_next_request),
        CASE(test_answers_carry_length_date_and_the_callers_headers),
        CASE(test_pipelined_requests_are_answered_in_order),
        CASE(test_a_request_may_come_byte_by_byte),
        CASE(test_head_and_no_content_send_no_body),
        CASE(test_http_1_0_closes_unless_asked_to_stay),
        CASE(test_a_client_that_asks_first_is_told_to_continue),
        CASE(test_a_refused_upload_still_reads_its_answer),
        CASE(test_a_hang_up_marks_the_exchange),
        CASE(test_a_big_answer_reaches_a_slow_reader_whole),
        CASE(test_a_big_answer_before_closing_leaves_whole),
        CASE(test_a_value_cannot_split_an_answer),
        CASE(test_a_thousand_connections_are_served_at_once),
        CASE(test_a_stream_arrives_piece_by_piece_and_ends),
        CASE(test_a_stream_nobody_reads_is_bounded),
        CASE(test_a_stream_to_a_client_that_left_says_so),
        cmocka_unit_test(test_slow_drips_are_cut_off_in_real_time),
        CASE(test_stopping_answers_what_is_under_way_and_no_more),
        CASE(test_freeing_closes_connections_in_every_state),
        CASE(test_a_taken_port_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
