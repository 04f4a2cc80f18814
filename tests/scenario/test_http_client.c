/* SPDX-License-Identifier: Apache-2.0 */
/* Outbound calls: what is sent, what comes back, and what may be reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/client_call.h"

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
