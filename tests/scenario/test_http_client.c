/* SPDX-License-Identifier: Apache-2.0 */
/* Outbound calls: what comes back, what may be reached, and whether a request may have arrived. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>

#include "support/server_world.h"

/* ---- our own server as the other side ---- */

static void handle(void *arg, struct http_exchange *x)
{
    struct world *world = arg;
    const struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("text/plain")},
        {SLICE("X-Shop-Limit"), SLICE("32/40")},
        {SLICE("X-Shop-Limit"), SLICE("second")},
    };
    if (slice_is(x->request.url, "/hold")) {
        world->held[world->held_count++] = x;
        return;
    }
    if (slice_is(x->request.url, "/redirect")) {
        const struct http_header to = {SLICE("Location"), SLICE("/elsewhere")};
        http_answer(x, 302, &to, 1, SLICE(""));
        return;
    }
    if (slice_is(x->request.url, "/packed")) {
        const struct http_header gzip = {SLICE("Content-Encoding"), SLICE("gzip")};
        http_answer(x, 200, &gzip, 1, SLICE("not even gzip"));
        return;
    }
    if (slice_starts(x->request.url, "/size/")) {
        int64_t size = 0;
        must(slice_int(slice_from(x->request.url, 6), &size));
        char *body = arena_alloc(&x->arena, (size_t)size);
        http_answer(x, 200, NULL, 0, (struct slice){body, (size_t)size});
        return;
    }
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, 65536);
    buf_printf(&text,
               "%.*s %.*s?%.*s\n",
               SLICE_ARG(x->request.method),
               SLICE_ARG(x->request.url),
               SLICE_ARG(x->request.query));
    for (size_t i = 0; i < x->request.headers_count; i++) {
        buf_printf(&text,
                   "%.*s=%.*s\n",
                   SLICE_ARG(x->request.headers[i].name),
                   SLICE_ARG(x->request.headers[i].value));
    }
    buf_slice(&text, x->request.body);
    http_answer(x, 200, headers, COUNT_OF(headers), buf_view(&text));
}

/* ---- a call made from the test's thread ---- */

struct outcome {
    struct env_call call;
    enum err err;
    struct err_note note;
    int status;
    char headers[4096], body[4096];
    size_t headers_count, body_size;
    int64_t sent_us, answered_us, begun_us;
    sem_t done;
};

static void on_reply(void *arg, const struct env_reply *reply)
{
    struct outcome *out = arg;
    const struct http_response *response = &reply->response;
    out->err = reply->err;
    out->note = reply->note;
    out->status = response->status;
    out->headers_count = response->headers_count;
    size_t at = 0;
    for (size_t i = 0; i < response->headers_count; i++) {
        at += (size_t)snprintf(out->headers + at,
                               sizeof(out->headers) - at,
                               "%.*s=%.*s\n",
                               SLICE_ARG(response->headers[i].name),
                               SLICE_ARG(response->headers[i].value));
        must(at < sizeof(out->headers));
    }
    out->body_size = response->body.n;
    size_t n = response->body.n < sizeof(out->body) ? response->body.n : sizeof(out->body) - 1;
    if (n) {
        memcpy(out->body, response->body.p, n);
    }
    out->body[n] = '\0';
    out->sent_us = reply->sent_us;
    out->answered_us = reply->answered_us;
    sem_post(&out->done);
}

static void call_begin(struct world *world, void *arg)
{
    struct outcome *out = arg;
    out->begun_us = env_mono_us(world->env);
    world->env->ops->http(world->env, &out->call, on_reply, out);
}

static void call_start(struct world *world, struct outcome *out)
{
    must(sem_init(&out->done, 0, 0) == 0);
    world_do(world, call_begin, out);
}

static void call_wait(struct outcome *out)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    must(sem_timedwait(&out->done, &until) == 0);
    sem_destroy(&out->done);
}

static struct outcome call_of(struct world *world, struct env_call call)
{
    struct outcome out = {.call = call};
    call_start(world, &out);
    call_wait(&out);
    return out;
}

/* "http://127.0.0.1:PORT/path", in a buffer that lives as long as the test. */
static struct slice url_of(char out[128], const char *host, int port, const char *path)
{
    int n = snprintf(out, 128, "%s:%d%s", host, port, path);
    return (struct slice){out, (size_t)n};
}

static struct outcome get(struct world *world, int port, const char *path)
{
    char url[128];
    return call_of(
        world,
        (struct env_call){
            .request = {.method = SLICE("GET"), .url = url_of(url, "http://127.0.0.1", port, path)},
            .private_ok = true,
        });
}

static void expect_err(const struct outcome *out, enum err err, const char *note)
{
    if (out->err != err || !strstr(out->note.text, note)) {
        fail_msg("%s: %s, status %d", err_name(out->err), out->note.text, out->status);
    }
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
    struct world *world = *state;
    world_free(world);
    for (size_t i = 0; i < world->held_count; i++) {
        http_answer(world->held[i], 200, NULL, 0, SLICE(""));
    }
    return 0;
}

/* ---- what is sent and what comes back ---- */

static void test_a_call_sends_exactly_what_it_was_given(void **state)
{
    struct world *world = *state;
    char url[128];
    const struct http_header headers[] = {
        {SLICE("X-Token"), SLICE("secret")},
        {SLICE("Content-Type"), SLICE("application/json")},
        {SLICE("X-Empty"), SLICE("")},
    };
    const struct outcome out = call_of(
        world,
        (struct env_call){
            .request = {.method = SLICE("PUT"),
                        .url = url_of(url, "http://127.0.0.1", world->port, "/a/../b%2F?c=d%20e"),
                        .headers = headers,
                        .headers_count = COUNT_OF(headers),
                        .body = SLICE("{\"quantity\":3}")},
            .private_ok = true,
        });
    assert_int_equal(out.err, ERR_OK);
    assert_int_equal(out.status, 200);
    assert_true(slice_starts(slice_of(out.body), "PUT /a/../b%2F?c=d%20e\n"));
    assert_non_null(strstr(out.body, "\nX-Token=secret\n"));
    assert_non_null(strstr(out.body, "\nContent-Type=application/json\n"));
    assert_non_null(strstr(out.body, "\nX-Empty=\n"));
    assert_non_null(strstr(out.body, "\nContent-Length=14\n{\"quantity\":3}"));
    assert_null(strstr(out.body, "Accept-Encoding"));
    assert_null(strstr(out.body, "Expect"));
    assert_non_null(strstr(out.headers, "X-Shop-Limit=32/40\nX-Shop-Limit=second\n"));
    assert_true(out.begun_us <= out.sent_us && out.sent_us < out.answered_us);
}

static void test_methods_without_a_body_send_none(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *method;
        bool has_length;
    } cases[] = {
        {"GET", false}, {"DELETE", false}, {"POST", true}, {"PATCH", false}, {"GET", false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char url[128], first[32];
        const struct outcome out =
            call_of(world,
                    (struct env_call){
                        .request = {.method = slice_of(cases[i].method),
                                    .url = url_of(url, "http://127.0.0.1", world->port, "/m")},
                        .private_ok = true,
                    });
        snprintf(first, sizeof(first), "%s /m?\n", cases[i].method);
        assert_int_equal(out.err, ERR_OK);
        assert_true(slice_starts(slice_of(out.body), first));
        assert_int_equal(strstr(out.body, "Content-Length=0") != NULL, cases[i].has_length);
        assert_null(strstr(out.body, "Content-Type"));
    }
}

static void test_connections_are_used_again(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 20; i++) {
        const struct outcome out = get(world, world->port, "/x");
        assert_int_equal(out.err, ERR_OK);
    }
    assert_int_equal(world_counters(world).conns_open, 1);
    assert_int_equal(world_counters(world).requests, 20);
}

static void test_many_calls_at_once_all_come_back(void **state)
{
    struct world *world = *state;
    static struct outcome outs[500];
    char url[128];
    memset(outs, 0, sizeof(outs));
    for (size_t i = 0; i < COUNT_OF(outs); i++) {
        outs[i].call = (struct env_call){
            .request = {.method = SLICE("POST"),
                        .url = url_of(url, "http://127.0.0.1", world->port, "/many"),
                        .body = SLICE("x")},
            .private_ok = true,
        };
        call_start(world, &outs[i]);
    }
    for (size_t i = 0; i < COUNT_OF(outs); i++) {
        call_wait(&outs[i]);
        assert_int_equal(outs[i].err, ERR_OK);
        assert_int_equal(outs[i].status, 200);
    }
    assert_int_equal(world_counters(world).requests, COUNT_OF(outs));
    assert_true(world_counters(world).conns_open <= 64);
}

static void test_a_redirect_is_an_answer_like_any_other(void **state)
{
    struct world *world = *state;
    const struct outcome out = get(world, world->port, "/redirect");
    assert_int_equal(out.err, ERR_OK);
    assert_int_equal(out.status, 302);
    assert_non_null(strstr(out.headers, "Location=/elsewhere\n"));
    assert_int_equal(world_counters(world).requests, 1);
}

static void test_the_limit_of_a_reply_is_exact(void **state)
{
    struct world *world = *state;
    const int max = 8 << 20;
    for (int size = max - 1; size <= max + 1; size++) {
        char path[32];
        snprintf(path, sizeof(path), "/size/%d", size);
        const struct outcome out = get(world, world->port, path);
        if (size <= max) {
            assert_int_equal(out.err, ERR_OK);
            assert_int_equal(out.body_size, size);
        } else {
            expect_err(&out, ERR_UNKNOWN, "larger than 8 MiB");
        }
    }
    assert_int_equal(get(world, world->port, "/size/1").body_size, 1);
}

static void test_a_compressed_reply_is_not_believed(void **state)
{
    struct world *world = *state;
    const struct outcome out = get(world, world->port, "/packed");
    expect_err(&out, ERR_UNKNOWN, "compressed");
}

static void test_an_answer_that_does_not_come_is_unknown_in_time(void **state)
{
    struct world *world = *state;
    char url[128];
    const struct outcome out =
        call_of(world,
                (struct env_call){
                    .request = {.method = SLICE("GET"),
                                .url = url_of(url, "http://127.0.0.1", world->port, "/hold")},
                    .timeout_us = 200 * US_PER_MS,
                    .private_ok = true,
                });
    expect_err(&out, ERR_UNKNOWN, "timed out");
    assert_in_range(out.answered_us - out.sent_us, 150 * US_PER_MS, 5 * US_PER_S);
}

/* ---- what may be reached (promises S6) ---- */

static void test_private_addresses_are_refused_however_they_are_written(void **state)
{
    struct world *world = *state;
    static const char *const hosts[] = {
        "https://127.0.0.1",
        "https://2130706433",
        "https://0x7f.1",
        "https://0x7f000001",
        "https://0177.0.0.1",
        "https://127.1",
        "https://0",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://[::ffff:7f00:1]",
        "https://localhost",
        "https://LOCALHOST.",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://192.168.0.1",
        "https://[64:ff9b::7f00:1]",
        "https://[2002:7f00:1::]",
        "https://[fe80::1]",
        "https://[fd00::1]",
        "https://100.64.0.1",
        "https://224.0.0.1",
        "https://127.0.0.1%00.shop",
        "https://①②⑦.⓪.⓪.①",
    };
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        char url[128];
        const struct outcome out =
            call_of(world,
                    (struct env_call){.request = {.method = SLICE("GET"),
                                                  .url = url_of(url, hosts[i], world->port, "/")}});
        if (out.err != ERR_NET) {
            fail_msg("%s: %s %s", hosts[i], err_name(out.err), out.note.text);
        }
    }
    assert_int_equal(world_counters(world).conns_open, 0);
}

static void test_a_private_address_is_named_as_the_reason(void **state)
{
    struct world *world = *state;
    char url[128];
    const struct outcome out = call_of(
        world,
        (struct env_call){.request = {.method = SLICE("GET"),
                                      .url = url_of(url, "https://127.0.0.1", world->port, "/")}});
    expect_err(&out, ERR_NET, "private");
}

static void test_plain_http_and_other_schemes_are_refused(void **state)
{
    struct world *world = *state;
    static const char *const schemes[] = {"http://127.0.0.1",
                                          "ftp://127.0.0.1",
                                          "file:///etc/passwd",
                                          "gopher://127.0.0.1",
                                          "dict://127.0.0.1"};
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        for (int private_ok = i == 0 ? 0 : 1; private_ok >= 0; private_ok--) {
            char url[128];
            const struct outcome out = call_of(
                world,
                (struct env_call){.request = {.method = SLICE("GET"),
                                              .url = url_of(url, schemes[i], world->port, "/")},
                                  .private_ok = private_ok});
            assert_int_equal(out.err, ERR_NET);
        }
    }
    assert_int_equal(world_counters(world).requests, 0);
}

static void test_requests_that_cannot_be_written_never_leave(void **state)
{
    struct world *world = *state;
    char url[128];
    const struct http_header evil = {SLICE("X-A"), SLICE("b\r\nX-Evil: c")};
    struct env_call call = {
        .request = {.method = SLICE("GET"),
                    .url = url_of(url, "http://127.0.0.1", world->port, "/"),
                    .headers = &evil,
                    .headers_count = 1},
        .private_ok = true,
    };
    struct outcome out = call_of(world, call);
    expect_err(&out, ERR_NET, "line end");
    call.request.headers_count = 0;
    call.request.url = SLICE("http://user:pass@127.0.0.1/");
    out = call_of(world, call);
    expect_err(&out, ERR_NET, "");
    call.request.url = SLICE("");
    out = call_of(world, call);
    expect_err(&out, ERR_NET, "");
    assert_int_equal(world_counters(world).requests, 0);
}

/* ---- whether it may have arrived: peers that misbehave, played by the test itself ---- */

static int peer_listen(int *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(fd >= 0);
    socket_bound_waits(fd);
    must(bind(fd, (const struct sockaddr *)&address, size) == 0 && listen(fd, 16) == 0);
    must(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    *out_port = ntohs(address.sin_port);
    return fd;
}

static int peer_accept(int listener)
{
    int fd = accept(listener, NULL, NULL);
    must(fd >= 0);
    socket_bound_waits(fd);
    return fd;
}

/* Reads one request whose body is "body". */
static void peer_read_request(int fd)
{
    ON_EXIT(buf_free) struct buf in;
    buf_init(&in, 65536);
    do {
        must(client_read(fd, &in, in.n + 1));
    } while (!memmem(in.p, in.n, "\r\n\r\nbody", 8));
}

static void post_start(struct world *world, struct outcome *out, char url[128], int port)
{
    *out =
        (struct outcome){.call = {.request = {.method = SLICE("POST"),
                                              .url = url_of(url, "http://127.0.0.1", port, "/push"),
                                              .body = SLICE("body")},
                                  .timeout_us = 5 * US_PER_S,
                                  .private_ok = true}};
    call_start(world, out);
}

static void test_a_refused_connection_is_certain(void **state)
{
    struct world *world = *state;
    int port;
    int listener = peer_listen(&port);
    close(listener);
    const struct outcome out = get(world, port, "/");
    expect_err(&out, ERR_NET, "onnect");
}

static void test_a_name_that_does_not_exist_is_certain(void **state)
{
    struct world *world = *state;
    const struct outcome out =
        call_of(world,
                (struct env_call){
                    .request = {.method = SLICE("GET"), .url = SLICE("https://no.such.invalid/")},
                    .timeout_us = 8 * US_PER_S});
    expect_err(&out, ERR_NET, "");
}

static void test_a_peer_without_tls_is_certain(void **state)
{
    struct world *world = *state;
    char url[128];
    const struct outcome out =
        call_of(world,
                (struct env_call){
                    .request = {.method = SLICE("POST"),
                                .url = url_of(url, "https://127.0.0.1", world->port, "/"),
                                .body = SLICE("body")},
                    .timeout_us = 5 * US_PER_S,
                    .private_ok = true,
                });
    expect_err(&out, ERR_NET, "");
    assert_int_equal(world_counters(world).requests, 0);
}

static void test_a_peer_that_closes_after_reading_is_unknown(void **state)
{
    struct world *world = *state;
    struct outcome out;
    char url[128];
    int port;
    int listener = peer_listen(&port);
    post_start(world, &out, url, port);
    int peer = peer_accept(listener);
    peer_read_request(peer);
    close(peer);
    call_wait(&out);
    expect_err(&out, ERR_UNKNOWN, "");
    close(listener);
}

static void test_a_reply_cut_short_is_unknown(void **state)
{
    struct world *world = *state;
    static const char *const parts[] = {
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "no HTTP at all\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        struct outcome out;
        char url[128];
        int port;
        int listener = peer_listen(&port);
        post_start(world, &out, url, port);
        int peer = peer_accept(listener);
        peer_read_request(peer);
        client_send(peer, parts[i]);
        close(peer);
        call_wait(&out);
        if (out.err != ERR_UNKNOWN) {
            fail_msg("%s: %s %d", parts[i], err_name(out.err), out.status);
        }
        close(listener);
    }
}

static void test_a_kept_connection_that_breaks_is_unknown_and_not_repeated(void **state)
{
    struct world *world = *state;
    struct outcome out;
    char url[128];
    int port;
    int listener = peer_listen(&port);
    post_start(world, &out, url, port);
    int peer = peer_accept(listener);
    peer_read_request(peer);
    client_send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    call_wait(&out);
    assert_int_equal(out.err, ERR_OK);
    post_start(world, &out, url, port);
    peer_read_request(peer); /* the second, on the same connection */
    close(peer);
    call_wait(&out);
    expect_err(&out, ERR_UNKNOWN, "after the request had left");
    /* Whatever was opened since, nothing was sent on it. */
    must(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
    for (int again; (again = accept(listener, NULL, NULL)) >= 0; close(again)) {
        char byte;
        socket_bound_waits(again);
        assert_int_equal(recv(again, &byte, 1, 0), 0);
    }
    close(listener);
}

static void test_a_kept_connection_that_ended_before_is_replaced(void **state)
{
    struct world *world = *state;
    struct outcome out;
    char url[128];
    int port;
    int listener = peer_listen(&port);
    for (int i = 0; i < 3; i++) {
        post_start(world, &out, url, port);
        int peer = peer_accept(listener);
        peer_read_request(peer);
        client_send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        call_wait(&out);
        assert_int_equal(out.err, ERR_OK);
        close(peer); /* quietly, between two calls */
    }
    close(listener);
}

static void test_interim_answers_are_passed_over(void **state)
{
    struct world *world = *state;
    struct outcome out;
    char url[128];
    int port;
    int listener = peer_listen(&port);
    post_start(world, &out, url, port);
    int peer = peer_accept(listener);
    peer_read_request(peer);
    client_send(peer,
                "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
                "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nwait");
    call_wait(&out);
    assert_int_equal(out.err, ERR_OK);
    assert_int_equal(out.status, 503);
    assert_string_equal(out.headers, "Retry-After=7\nContent-Length=4\n");
    assert_string_equal(out.body, "wait");
    close(peer);
    close(listener);
}

static void test_an_endless_head_is_unknown(void **state)
{
    struct world *world = *state;
    struct outcome out;
    char url[128], line[1024];
    int port;
    int listener = peer_listen(&port);
    post_start(world, &out, url, port);
    int peer = peer_accept(listener);
    peer_read_request(peer);
    client_send(peer, "HTTP/1.1 200 OK\r\n");
    snprintf(line, sizeof(line), "X-Long: %0900d\r\n", 0);
    for (int i = 0; i < 1000 && send(peer, line, strlen(line), MSG_NOSIGNAL) > 0; i++) {
    }
    call_wait(&out);
    expect_err(&out, ERR_UNKNOWN, "");
    close(peer);
    close(listener);
}

static void test_the_end_of_the_world_drops_what_runs(void **state)
{
    struct world *world = *state;
    static struct outcome out;
    char url[128];
    int port;
    int listener = peer_listen(&port);
    post_start(world, &out, url, port);
    int peer = peer_accept(listener);
    peer_read_request(peer);
    world_free(world);
    assert_int_not_equal(sem_trywait(&out.done), 0);
    close(peer);
    close(listener);
    world_start(world, NULL, handle); /* for the teardown */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_call_sends_exactly_what_it_was_given),
        CASE(test_methods_without_a_body_send_none),
        CASE(test_connections_are_used_again),
        CASE(test_many_calls_at_once_all_come_back),
        CASE(test_a_redirect_is_an_answer_like_any_other),
        CASE(test_the_limit_of_a_reply_is_exact),
        CASE(test_a_compressed_reply_is_not_believed),
        CASE(test_an_answer_that_does_not_come_is_unknown_in_time),
        CASE(test_private_addresses_are_refused_however_they_are_written),
        CASE(test_a_private_address_is_named_as_the_reason),
        CASE(test_plain_http_and_other_schemes_are_refused),
        CASE(test_requests_that_cannot_be_written_never_leave),
        CASE(test_a_refused_connection_is_certain),
        CASE(test_a_name_that_does_not_exist_is_certain),
        CASE(test_a_peer_without_tls_is_certain),
        CASE(test_a_peer_that_closes_after_reading_is_unknown),
        CASE(test_a_reply_cut_short_is_unknown),
        CASE(test_a_kept_connection_that_breaks_is_unknown_and_not_repeated),
        CASE(test_a_kept_connection_that_ended_before_is_replaced),
        CASE(test_interim_answers_are_passed_over),
        CASE(test_an_endless_head_is_unknown),
        CASE(test_the_end_of_the_world_drops_what_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
