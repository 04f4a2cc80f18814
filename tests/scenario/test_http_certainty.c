/* SPDX-License-Identifier: Apache-2.0 */
/* Outbound calls that fail: whether the request may have arrived. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "support/client_call.h"

static void handle(void *arg, struct http_exchange *x)
{
    (void)arg;
    http_answer(x, 200, NULL, 0, SLICE(""));
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

/* Runs a program to its end, or leaves it running; its pid. */
static pid_t program_start(const char *const *words)
{
    pid_t pid = fork();
    must(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 3; fd++) {
            dup2(null, fd);
        }
        execvp(words[0], (char *const *)(uintptr_t)words);
        _exit(127);
    }
    return pid;
}

static void await_port(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int64_t spent_us = 0;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (bool is_open = false; !is_open;) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        is_open = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
        close(fd);
        must(is_open || soon(&spent_us));
    }
}

static void test_a_certificate_nobody_vouches_for_is_refused(void **state)
{
    struct world *world = *state;
    char directory[] = "/tmp/tc-tls-XXXXXX", key[64], cert[64], port_text[16], url[128];
    int port, status = 0;
    must(mkdtemp(directory));
    snprintf(key, sizeof(key), "%s/key.pem", directory);
    snprintf(cert, sizeof(cert), "%s/cert.pem", directory);
    const char *const make[] = {"openssl",
                                "req",
                                "-x509",
                                "-newkey",
                                "rsa:2048",
                                "-nodes",
                                "-days",
                                "2",
                                "-subj",
                                "/CN=localhost",
                                "-addext",
                                "subjectAltName=IP:127.0.0.1",
                                "-keyout",
                                key,
                                "-out",
                                cert,
                                NULL};
    must(waitpid(program_start(make), &status, 0) > 0);
    if (WEXITSTATUS(status) == 127) {
        rmdir(directory);
        skip(); /* there is no openssl program here */
    }
    assert_int_equal(status, 0);
    close(peer_listen(&port));
    snprintf(port_text, sizeof(port_text), "%d", port);
    const char *const serve[] = {
        "openssl", "s_server", "-accept", port_text, "-cert", cert, "-key", key, "-www", NULL};
    pid_t server = program_start(serve);
    await_port(port);
    const struct outcome out = call_of(
        world,
        (struct env_call){
            .request = {.method = SLICE("GET"), .url = url_of(url, "https://127.0.0.1", port, "/")},
            .timeout_us = 5 * US_PER_S,
            .private_ok = true,
        });
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    unlink(key);
    unlink(cert);
    rmdir(directory);
    expect_err(&out, ERR_NET, "certificate");
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
        CASE(test_a_refused_connection_is_certain),
        CASE(test_a_name_that_does_not_exist_is_certain),
        CASE(test_a_peer_without_tls_is_certain),
        CASE(test_a_certificate_nobody_vouches_for_is_refused),
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
