/* SPDX-License-Identifier: Apache-2.0 */
/* verify, dump and token create: the same with a server on the data as without. And the API on the
 * socket. */
#include "support/served.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "cli/control_call.h"

#define MANY 9000 /* SKUs: their dump is more than what buffers hold on the way */

/* ---- the commands ---- */

struct ran {
    int code;
    char *text; /* both outputs; the caller frees it */
};

static struct ran run(struct served *s, const char *const *args)
{
    char out[128];
    struct ran ran;
    snprintf(out, sizeof(out), "%s/command", s->directory);
    ran.code = child_run(out, args, &ran.text);
    return ran;
}

static struct ran run_verify(struct served *s)
{
    return run(s, (const char *const[]){"verify", "--data", s->data, NULL});
}

static struct ran run_dump(struct served *s)
{
    return run(s, (const char *const[]){"dump", "--canonical", "--data", s->data, NULL});
}

static struct ran run_token(struct served *s, const char *scope)
{
    return run(s,
               (const char *const[]){
                   "token", "create", "--data", s->data, "--name", "till", "--scope", scope, NULL});
}

/* Wants an exit code and a part of what was printed. */
static void expect(struct ran ran, int code, const char *part)
{
    if (ran.code != code || !strstr(ran.text, part)) {
        print_error("exit %d: %.2000s\nwanted %d: %s\n", ran.code, ran.text, code, part);
        fail();
    }
    free(ran.text);
}

static void expect_one_line(struct ran ran, int code, const char *part)
{
    char *end = strchr(ran.text, '\n');
    assert_non_null(end);
    assert_string_equal(end, "\n");
    expect(ran, code, part);
}

/* ---- the ledger ---- */

static void receive(struct served *s, const char *sku, int quantity)
{
    WRITE(s,
          201,
          "POST",
          "/v1/movements",
          "{'movements':[{'kind':'receive','sku':'%s','location':'berlin','quantity':%d,"
          "'reference':'delivery-note'}]}",
          sku,
          quantity);
}

static void start_with_one_sku(struct served *s)
{
    served_start(s);
    WRITE(s, 201, "POST", "/v1/locations", "{'code':'berlin'}");
    WRITE(s, 201, "POST", "/v1/skus", "{'sku':'TEE'}");
    receive(s, "TEE", 5);
}

static void post_many(struct served *s, const char *path, const char *list, const char *item)
{
    buf_clear(&s->body);
    buf_printf(&s->body, "{\"%s\":[", list);
    for (int i = 0; i < MANY; i++) {
        buf_printf(
            &s->body, "%s{\"sku\":\"SHIRT-WITH-A-LONG-NAME-%06d\"%s}", i ? "," : "", i, item);
    }
    buf_text(&s->body, "]}");
    assert_false(s->body.overflow);
    served_api(s, "POST", slice_of(path));
    served_wanted(s, 201, __FILE__, __LINE__);
}

static void start_with_many_skus(struct served *s)
{
    start_with_one_sku(s);
    post_many(s, "/v1/skus", "items", "");
    post_many(s,
              "/v1/movements",
              "movements",
              ",\"kind\":\"receive\",\"location\":\"berlin\",\"quantity\":7");
}

/* Runs a command while movements are written, and wants both to work. */
static struct ran run_beside_writes(struct served *s, const char *const *args)
{
    char out[128];
    struct ran ran = {.code = -1};
    snprintf(out, sizeof(out), "%s/beside", s->directory);
    (void)unlink(out);
    int64_t deadline_us = served_after(s, 60);
    pid_t child = child_start(out, args);
    do {
        receive(s, "TEE", 1);
        assert_true(env_mono_us(s->env) < deadline_us);
    } while (!child_ended(child, &ran.code));
    ran.text = file_text(out);
    return ran;
}

/* ---- the socket ---- */

static void socket_path(const struct served *s, char out[100])
{
    snprintf(out, 100, "%s/control.sock", s->data);
}

static bool socket_is_there(const struct served *s)
{
    char path[128];
    struct stat st;
    socket_path(s, path);
    if (lstat(path, &st) != 0) {
        return false;
    }
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
    return true;
}

/* Asks for a dump and reads no more than its beginning: the server is in the middle of it. */
static int dump_begin(const struct served *s)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval limit = {.tv_sec = 10};
    const char request[] = "GET /dump HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char begin[12];
    socket_path(s, address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL), sizeof(request) - 1);
    assert_int_equal(recv(fd, begin, sizeof(begin), MSG_WAITALL), sizeof(begin));
    assert_memory_equal(begin, "HTTP/1.1 200", sizeof(begin));
    return fd;
}

/* ---- the tests ---- */

static void test_verify_and_dump_run_beside_writes(void **state)
{
    struct served *s = *state;
    start_with_many_skus(s);
    expect(
        run_beside_writes(s, (const char *const[]){"verify", "--data", s->data, NULL}), 0, "ok: ");
    expect(
        run_beside_writes(s, (const char *const[]){"dump", "--canonical", "--data", s->data, NULL}),
        0,
        "SHIRT-WITH-A-LONG-NAME-008999");
    served_end(s);
}

static void test_a_dump_through_the_server_has_the_bytes_of_a_direct_one(void **state)
{
    struct served *s = *state;
    start_with_many_skus(s);
    assert_true(socket_is_there(s));
    struct ran through = run_dump(s), verified = run_verify(s);
    assert_int_equal(through.code, 0);
    served_stop(s);
    assert_false(socket_is_there(s));
    struct ran direct = run_dump(s);
    assert_int_equal(direct.code, 0);
    assert_true(strlen(direct.text) > (size_t)1 << 20);
    assert_true(strcmp(through.text, direct.text) == 0);
    expect(run_verify(s), 0, verified.text); /* the figures and the chain are the same too */
    free(through.text);
    free(direct.text);
    free(verified.text);
    served_end(s);
}

static int status_with_token(struct served *s, const char *method, const char *token)
{
    char value[200];
    int n = snprintf(value, sizeof(value), "Bearer %s", token);
    const struct http_header header = {SLICE("Authorization"), {value, (size_t)n}};
    return served_send(s, method, SLICE("/v1/tokens"), &header, 1, (struct slice){0});
}

/* The one token that was printed. */
static char *token_of(struct ran ran)
{
    size_t n = strlen(ran.text);
    assert_int_equal(ran.code, 0);
    assert_true(n > 40 && ran.text[n - 1] == '\n');
    assert_memory_equal(ran.text, "tc_", 3);
    ran.text[n - 1] = '\0';
    assert_null(strchr(ran.text, '\n'));
    return ran.text;
}

static void test_a_token_from_the_command_line_works_at_once(void **state)
{
    struct served *s = *state;
    start_with_one_sku(s);
    assert_int_equal(status_with_token(s, "GET", "tc_wrong"), 401); /* the tokens are now known */
    char *admin = token_of(run_token(s, "admin")), *reader = token_of(run_token(s, "read"));
    assert_int_equal(status_with_token(s, "GET", admin), 200);
    assert_int_equal(status_with_token(s, "GET", reader), 403);
    expect_one_line(
        run(s,
            (const char *const[]){
                "token", "create", "--data", s->data, "--name", "", "--scope", "read", NULL}),
        2,
        "name");
    served_stop(s);
    char *later = token_of(run_token(s, "admin")); /* without a server */
    served_start(s);
    assert_int_equal(status_with_token(s, "GET", admin), 200);
    assert_int_equal(status_with_token(s, "GET", later), 200);
    GET(s, "/v1/events?limit=10");
    assert_slice(said_text(said_at(json_get(s->json, "items"), 0), "kind"), "token");
    assert_slice(said_text(said_at(json_get(s->json, "items"), 0), "subject"), "till");
    free(admin);
    free(reader);
    free(later);
    served_end(s);
}

static void test_a_socket_left_by_a_killed_server_is_in_nobodys_way(void **state)
{
    struct served *s = *state;
    start_with_one_sku(s);
    struct ran before = run_dump(s);
    served_kill(s);
    assert_true(socket_is_there(s));
    expect(run_verify(s), 0, "ok: ");
    expect(run_dump(s), 0, before.text);
    free(token_of(run_token(s, "read")));
    served_start(s);
    assert_true(socket_is_there(s));
    expect(run_verify(s), 0, "ok: ");
    expect(run_dump(s), 0, before.text);
    free(before.text);
    served_end(s);
}

static void test_a_server_that_does_not_answer_is_named_and_left_alone(void **state)
{
    struct served *s = *state;
    char path[128];
    start_with_one_sku(s);
    socket_path(s, path);
    assert_int_equal(unlink(path), 0);
    expect_one_line(run_verify(s), 2, "does not answer");
    expect_one_line(run_dump(s), 2, "does not answer");
    expect_one_line(run_token(s, "read"), 2, "does not answer");
    receive(s, "TEE", 1);
    served_end(s);
}

static bool verify_is_free(struct served *s)
{
    struct ran ran = run_verify(s);
    bool is_free = ran.code == 0;
    assert_true(is_free || (ran.code == 2 && strstr(ran.text, "another verify or dump")));
    free(ran.text);
    return is_free;
}

static void test_one_verify_or_dump_runs_at_a_time_and_ends_with_its_client(void **state)
{
    struct served *s = *state;
    start_with_many_skus(s);
    int stuck = dump_begin(s);
    expect_one_line(run_verify(s), 2, "another verify or dump");
    expect_one_line(run_dump(s), 2, "another verify or dump");
    receive(s, "TEE", 1); /* nobody else waits for it */
    free(token_of(run_token(s, "read")));
    close(stuck);
    UNTIL(s, 10, verify_is_free(s));
    served_end(s);
}

static void test_a_server_with_a_dump_under_way_stops_at_once(void **state)
{
    struct served *s = *state;
    start_with_many_skus(s);
    int stuck = dump_begin(s);
    int64_t before_us = env_mono_us(s->env);
    served_stop(s);
    assert_true(env_mono_us(s->env) - before_us < 10 * US_PER_S);
    assert_false(socket_is_there(s));
    close(stuck);
    served_end(s);
}

/* Changes one bit in the file, wherever the bytes stand. */
static void flip(const char *path, const char *bytes)
{
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    static char all[(size_t)8 << 20];
    size_t n = fread(all, 1, sizeof(all), f), flipped = 0;
    assert_true(n < sizeof(all));
    for (const char *p = all; (p = memmem(p, n - (size_t)(p - all), bytes, strlen(bytes))); p++) {
        assert_int_equal(fseek(f, p - all, SEEK_SET), 0);
        assert_int_equal(fputc(*p ^ 1, f), *p ^ 1);
        flipped++;
    }
    assert_int_equal(fclose(f), 0);
    assert_true(flipped > 0);
}

static void test_verify_finds_a_flipped_bit_through_the_server_and_without(void **state)
{
    struct served *s = *state;
    char path[128];
    start_with_one_sku(s);
    served_stop(s); /* what was written is in the database's own file now */
    served_start(s);
    expect(run_verify(s), 0, "ok: ");
    snprintf(path, sizeof(path), "%s/truecount.db", s->data);
    flip(path, "delivery-note");
    struct ran through = run_verify(s);
    served_stop(s);
    struct ran direct = run_verify(s);
    assert_string_equal(through.text, direct.text);
    expect_one_line(through, 1, "truecount verify: ");
    expect_one_line(direct, 1, "truecount verify: ");
}

static void test_a_path_too_long_for_a_socket_is_refused_at_the_start(void **state)
{
    struct served *s = *state;
    char data[256];
    snprintf(data, sizeof(data), "%s/%0100d", s->directory, 0);
    expect_one_line(
        run(s, (const char *const[]){"serve", "--data", data, "--listen", "127.0.0.1:0", NULL}),
        2,
        "too long");
    directory_remove(data);
}

/* ---- the API on the socket ---- */

/* One request without any token; the answer lies in s->json. */
static int ask(struct served *s, const struct control_request *request)
{
    ON_EXIT(buf_free) struct buf answer;
    struct control_call *call = NULL;
    struct err_note note = {""};
    buf_init(&answer, (size_t)64 << 20);
    assert_int_equal(control_connect(s->data, &call, &note), ERR_OK);
    assert_int_equal(control_ask(call, request, NULL, &s->status, &answer, &note), ERR_OK);
    control_close(call);
    assert_int_equal(json_parse(s->doc, buf_view(&answer), &s->json, &note), ERR_OK);
    return s->status;
}

static int64_t available(struct served *s)
{
    const struct control_request request = {.method = "GET", .path = "/v1/stock/TEE"};
    assert_int_equal(ask(s, &request), 200);
    return said_int(s->json, "available");
}

static void test_the_socket_answers_the_api_and_the_log_names_the_console(void **state)
{
    struct served *s = *state;
    start_with_one_sku(s);
    const struct control_request movement = {
        .method = "POST",
        .path = "/v1/movements",
        .type = "application/json",
        .key = "once",
        .body =
            SLICE("{\"movements\":[{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\","
                  "\"quantity\":3}]}")};
    assert_int_equal(ask(s, &movement), 201);
    assert_int_equal(available(s), 8);
    assert_int_equal(ask(s, &movement), 201); /* the same key: the answer again, no second effect */
    assert_int_equal(available(s), 8);
    const struct control_request events = {.method = "GET", .path = "/v1/events?limit=2"};
    assert_int_equal(ask(s, &events), 200);
    struct json newest = said_at(json_get(s->json, "items"), 0);
    assert_int_equal(said_int(json_get(newest, "facts"), "token"), -1);
    assert_int_equal(said_int(json_get(said_at(json_get(s->json, "items"), 1), "facts"), "token"),
                     0);
    served_end(s);
}

static void test_the_socket_gives_lists_of_any_length_whole(void **state)
{
    struct served *s = *state;
    start_with_many_skus(s);
    const struct control_request skus = {.method = "GET", .path = "/v1/skus?limit=1000"};
    assert_int_equal(ask(s, &skus), 200);
    assert_int_equal(json_count(json_get(s->json, "items")), 1000);
    served_end(s);
}

static void
test_the_socket_takes_larger_movements_than_the_listener_and_refuses_too_large(void **state)
{
    struct served *s = *state;
    ON_EXIT(buf_free) struct buf body;
    start_with_one_sku(s);
    buf_init(&body, (size_t)32 << 20);
    buf_text(&body, "{\"movements\":[");
    for (int i = 0; i < 10000; i++) {
        buf_printf(&body,
                   "%s{\"kind\":\"receive\",\"sku\":\"TEE\",\"location\":\"berlin\","
                   "\"quantity\":1,\"reference\":\"%0200d\"}",
                   i ? "," : "",
                   i);
    }
    buf_text(&body, "]}");
    assert_true(body.n > (size_t)2 << 20);
    struct control_request request = {
        .method = "POST", .path = "/v1/movements", .body = buf_view(&body)};
    assert_int_equal(ask(s, &request), 201);
    assert_int_equal(available(s), 10005);
    request.path = "/v1/skus"; /* has the usual limit */
    assert_int_equal(ask(s, &request), 413);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_verify_and_dump_run_beside_writes),
        SCENARIO(test_a_dump_through_the_server_has_the_bytes_of_a_direct_one),
        SCENARIO(test_a_token_from_the_command_line_works_at_once),
        SCENARIO(test_a_socket_left_by_a_killed_server_is_in_nobodys_way),
        SCENARIO(test_a_server_that_does_not_answer_is_named_and_left_alone),
        SCENARIO(test_one_verify_or_dump_runs_at_a_time_and_ends_with_its_client),
        SCENARIO(test_a_server_with_a_dump_under_way_stops_at_once),
        SCENARIO(test_verify_finds_a_flipped_bit_through_the_server_and_without),
        SCENARIO(test_a_path_too_long_for_a_socket_is_refused_at_the_start),
        SCENARIO(test_the_socket_answers_the_api_and_the_log_names_the_console),
        SCENARIO(test_the_socket_gives_lists_of_any_length_whole),
        SCENARIO(test_the_socket_takes_larger_movements_than_the_listener_and_refuses_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
