/* SPDX-License-Identifier: Apache-2.0 */
/* People over real sockets: the first of them, logging in and out, guessing, a second factor, the
 * commands, what is written about them, and what browsers are told. */
#include "support/api_call.h"
#include "support/command.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

#define WRONG "{\"name\":\"anna\",\"password\":\"not this one at all\"}"

static int post(struct served *s, const char *path, const char *body)
{
    call(s, (struct call){.method = "POST", .path = path, .body = body});
    return s->status;
}

static bool is_in(struct slice text, const char *part)
{
    return text.n && memmem(text.p, text.n, part, strlen(part));
}

/* What belongs to no change is written a moment after the answer. */
static size_t entries_of(struct served *s, const char *action)
{
    GET(s, "/v1/audit?action=%s", action);
    return json_count(json_get(s->json, "items"));
}

/* ---- the first one ---- */

static int set_up(struct served *s, const char *code, const char *name, const char *password)
{
    char body[300];
    (void)snprintf(body,
                   sizeof(body),
                   "{\"code\":\"%s\",\"name\":\"%s\",\"password\":\"%s\"}",
                   code,
                   name,
                   password);
    return post(s, "/v1/setup", body);
}

static bool is_needed(struct served *s)
{
    bool needed = false;
    call(s, (struct call){.method = "GET", .path = "/v1/setup"});
    served_wanted(s, 200, __FILE__, __LINE__);
    assert_true(json_bool(json_get(s->json, "needed"), &needed));
    return needed;
}

static void test_the_printed_code_makes_the_first_administrator_once(void **state)
{
    struct served *s = *state;
    char code[80], old[80];
    served_start(s);
    setup_code(s, old);
    assert_int_equal(strlen(old), 64);
    served_stop(s);
    served_start(s);
    setup_code(s, code);
    assert_string_not_equal(code, old); /* another one at each start */
    assert_true(is_needed(s));
    assert_int_equal(set_up(s, old, "anna", PEOPLE_PASSWORD), 403);
    assert_int_equal(set_up(s, code, "an na", PEOPLE_PASSWORD), 400);
    assert_int_equal(set_up(s, code, "anna", "password1"), 400);
    assert_int_equal(post(s, "/v1/setup", "{\"code\":\"x\"}"), 400);
    assert_int_equal(post(s, "/v1/setup", "{\"x\":1}"), 400);
    assert_true(is_needed(s));
    assert_int_equal(set_up(s, code, "anna", PEOPLE_PASSWORD), 201);
    assert_slice(said_text(json_get(s->json, "user"), "role"), "admin");
    assert_false(is_needed(s));
    assert_int_equal(set_up(s, code, "bob", PEOPLE_PASSWORD), 404);
    served_stop(s);
    served_start(s);
    char *log = file_text(s->log);
    assert_null(strstr(log, "/setup#")); /* no code any more */
    free(log);
    served_end(s);
}

/* ---- sessions ---- */

static int who(struct served *s, const char *session)
{
    call(s, (struct call){.method = "GET", .path = "/v1/session", .token = session});
    return s->status;
}

static void test_a_session_outlives_a_restart_and_not_its_logout(void **state)
{
    struct served *s = *state;
    char session[160], other[160];
    served_start(s);
    new_user(s, "anna", "operate");
    struct reply reply = log_in(s, "Anna", session);
    assert_true(
        slice_ends(reply.cookie, "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=43200"));
    assert_slice(said_text(json_get(s->json, "user"), "name"), "anna");
    log_in(s, "anna", other);
    assert_string_not_equal(session, other);
    served_kill(s);
    served_start(s);
    assert_int_equal(who(s, session), 200);
    assert_slice(said_text(json_get(s->json, "user"), "role"), "operate");
    assert_slice(said_text(s->json, "csrf"), strchr(session, ' ') + 1);
    call(s, (struct call){.method = "GET", .path = "/v1/skus", .token = session});
    assert_int_equal(s->status, 200);
    reply = call(s, (struct call){.method = "DELETE", .path = "/v1/session", .token = session});
    assert_int_equal(s->status, 204);
    assert_true(slice_starts(reply.cookie, "__Host-truecount=;"));
    assert_true(slice_ends(reply.cookie, "Max-Age=0"));
    assert_int_equal(who(s, session), 401);
    served_stop(s);
    served_start(s);
    assert_int_equal(who(s, session), 401);
    assert_int_equal(who(s, other), 200);
    WRITE(s, 409, "PATCH", "/v1/users/anna", "{'disabled':true}"); /* none else could log in */
    new_user(s, "root", "admin");
    WRITE(s, 200, "PATCH", "/v1/users/anna", "{'disabled':true}");
    assert_int_equal(who(s, other), 401);
    served_end(s);
}

static void test_a_new_login_in_the_same_browser_ends_the_old_session(void **state)
{
    struct served *s = *state;
    char session[160], fresh[160];
    served_start(s);
    new_user(s, "anna", "read");
    log_in(s, "anna", session);
    struct reply reply =
        call(s,
             (struct call){.method = "POST",
                           .path = "/v1/session",
                           .token = session,
                           .body = "{\"name\":\"anna\",\"password\":\"" PEOPLE_PASSWORD "\"}"});
    assert_int_equal(s->status, 200);
    session_of(&reply, fresh);
    assert_int_equal(who(s, fresh), 200);
    assert_int_equal(who(s, session), 401);
    served_end(s);
}

static void test_a_password_is_changed_with_the_old_one(void **state)
{
    struct served *s = *state;
    char session[160], other[160];
    served_start(s);
    new_user(s, "anna", "read");
    log_in(s, "anna", session);
    log_in(s, "anna", other);
    struct call c = {.method = "POST", .path = "/v1/session/password", .token = session};
    c.body = "{\"old\":\"not it, I fear\",\"new\":\"another four words\"}";
    call(s, c);
    served_wanted(s, 403, __FILE__, __LINE__);
    assert_slice(said_text(s->json, "field"), "old");
    c.body = "{\"old\":\"" PEOPLE_PASSWORD "\",\"new\":\"password1\"}";
    call(s, c);
    served_wanted(s, 400, __FILE__, __LINE__);
    assert_slice(said_text(s->json, "field"), "new");
    c.body = "{\"old\":\"" PEOPLE_PASSWORD "\",\"new\":\"tea for two\"}";
    call(s, c);
    served_wanted(s, 200, __FILE__, __LINE__);
    assert_true(said_text(s->json, "advice").n > 0); /* it could be longer */
    assert_int_equal(who(s, session), 200);
    assert_int_equal(who(s, other), 401);
    assert_int_equal(
        post(s, "/v1/session", "{\"name\":\"anna\",\"password\":\"" PEOPLE_PASSWORD "\"}"), 401);
    assert_int_equal(post(s, "/v1/session", "{\"name\":\"anna\",\"password\":\"tea for two\"}"),
                     200);
    served_end(s);
}

/* ---- guessing ---- */

static void test_after_five_in_vain_everybody_there_waits(void **state)
{
    struct served *s = *state;
    served_start(s);
    new_user(s, "anna", "read");
    new_user(s, "bob", "read");
    for (int i = 0; i < 5; i++) {
        assert_int_equal(post(s, "/v1/session", WRONG), 401);
    }
    /* The right one too, and another's from the same address. */
    struct reply reply =
        call(s,
             (struct call){.method = "POST",
                           .path = "/v1/session",
                           .body = "{\"name\":\"anna\",\"password\":\"" PEOPLE_PASSWORD "\"}"});
    assert_problem(s, &reply, 429);
    int64_t wait = 0;
    assert_true(slice_int(reply.retry, &wait));
    assert_in_range(wait, 14 * 60, 15 * 60 + 1);
    assert_int_equal(
        post(s, "/v1/session", "{\"name\":\"bob\",\"password\":\"" PEOPLE_PASSWORD "\"}"), 429);
    UNTIL(s, 10, entries_of(s, "logInFailed") == 5);
    assert_slice(said_text(said_at(json_get(s->json, "items"), 0), "object"), "anna");
    served_end(s);
}

/* All at once: none is compared before the others are counted. */
static void test_many_guesses_at_once_are_no_way_round(void **state)
{
    struct served *s = *state;
    served_start(s);
    new_user(s, "anna", "read");
    int fds[40], refused = 0, compared = 0;
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        char text[400];
        struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)s->port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int n =
            snprintf(text,
                     sizeof(text),
                     "POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n" WRONG,
                     strlen(WRONG));
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fds[i], (const struct sockaddr *)&to, sizeof(to)), 0);
        assert_int_equal(write(fds[i], text, (size_t)n), n);
    }
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        char text[16] = "";
        assert_true(read(fds[i], text, 12) == 12);
        refused += strcmp(text, "HTTP/1.1 429") == 0;
        compared += strcmp(text, "HTTP/1.1 401") == 0;
        close(fds[i]);
    }
    assert_int_equal(compared, 5);
    assert_int_equal(refused, (int)COUNT_OF(fds) - 5);
    served_end(s);
}

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* One failed login from an address of its own; how long it took. */
static int64_t time_of(struct served *s, const char *name, int from)
{
    char body[200], address[32];
    (void)snprintf(
        body, sizeof(body), "{\"name\":\"%s\",\"password\":\"not this one at all\"}", name);
    (void)snprintf(address, sizeof(address), "198.51.100.%d", from);
    const struct http_header headers[] = {{SLICE("X-Forwarded-For"), slice_of(address)}};
    int64_t begun_us = env_mono_us(s->env);
    served_send(s, "POST", SLICE("/v1/session"), headers, 1, slice_of(body));
    served_wanted(s, 401, __FILE__, __LINE__);
    assert_slice(said_text(s->json, "type"), "urn:truecount:problem:wrong-login");
    return env_mono_us(s->env) - begun_us;
}

static void test_an_unknown_name_takes_as_long_and_says_the_same(void **state)
{
    enum { TIMES = 5 };
    struct served *s = *state;
    int64_t known_us[TIMES], unknown_us[TIMES];
    char answer[512];
    assert_int_equal(setenv("TRUECOUNT_TRUSTED_PROXY", "10.0.0.0/8,127.0.0.1", 1), 0);
    served_start(s);
    assert_int_equal(unsetenv("TRUECOUNT_TRUSTED_PROXY"), 0);
    new_user(s, "anna", "read");
    for (int i = 0; i < TIMES; i++) {
        known_us[i] = time_of(s, "anna", 2 * i);
        (void)snprintf(answer, sizeof(answer), "%.*s", SLICE_ARG(s->text));
        unknown_us[i] = time_of(s, "nobody", 2 * i + 1);
        assert_slice(s->text, answer);
    }
    qsort(known_us, TIMES, sizeof(known_us[0]), compare_times);
    qsort(unknown_us, TIMES, sizeof(unknown_us[0]), compare_times);
    int64_t a = known_us[TIMES / 2], b = unknown_us[TIMES / 2];
    if (a > 2 * b || b > 2 * a) {
        fail_msg("known %" PRId64 " us, unknown %" PRId64 " us", a, b);
    }
    UNTIL(s, 10, entries_of(s, "logInFailed") == (size_t)2 * TIMES);
    assert_slice(said_text(said_at(json_get(s->json, "items"), 0), "address"),
                 "198.51.100.9"); /* the proxy's word */
    assert_slice(said_text(said_at(json_get(s->json, "items"), 0), "object"), "");
    served_end(s);
}

/* ---- the second factor ---- */

static int log_in_with(struct served *s, const char *password, const char *code)
{
    char body[256];
    (void)snprintf(body,
                   sizeof(body),
                   "{\"name\":\"anna\",\"password\":\"%s\"%s%s%s}",
                   password,
                   code ? ",\"totp\":\"" : "",
                   code ? code : "",
                   code ? "\"" : "");
    return post(s, "/v1/session", body);
}

static void test_a_second_factor_is_asked_for_and_each_code_is_good_once(void **state)
{
    struct served *s = *state;
    char session[160], secret[64], code[80], body[128], text[600];
    served_start(s);
    new_user(s, "root", "admin");
    new_user(s, "anna", "read");
    log_in(s, "anna", session);
    struct call c = {.method = "POST", .path = "/v1/session/totp", .token = session, .body = ""};
    call(s, c);
    served_wanted(s, 200, __FILE__, __LINE__);
    (void)snprintf(secret, sizeof(secret), "%.*s", SLICE_ARG(said_text(s->json, "secret")));
    assert_true(slice_starts(said_text(s->json, "uri"), "otpauth://totp/truecount:anna?secret="));
    assert_int_equal(log_in_with(s, PEOPLE_PASSWORD, NULL), 200); /* it is not confirmed */
    c.path = "/v1/session/totp/confirm";
    static const char *const wrong[] = {
        "{\"code\":\"12345\"}", "{\"code\":\"abcdef\"}", "{\"code\":\"\"}", "{\"code\":7}", "{}"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        c.body = wrong[i];
        call(s, c);
        assert_int_equal(s->status, i < 2 ? 422 : 400);
        assert_slice(said_text(s->json, "field"), "code");
    }
    totp_in(s, secret, 0, code);
    (void)snprintf(body, sizeof(body), "{\"code\":\"%s\"}", code);
    c.body = body;
    call(s, c);
    served_wanted(s, 200, __FILE__, __LINE__);

    assert_int_equal(log_in_with(s, "not this one at all", NULL), 401);
    (void)snprintf(text, sizeof(text), "%.*s", SLICE_ARG(s->text));
    assert_int_equal(log_in_with(s, PEOPLE_PASSWORD, NULL), 401);
    assert_slice(said_text(s->json, "type"), "urn:truecount:problem:totp-needed");
    assert_int_equal(log_in_with(s, PEOPLE_PASSWORD, "12345"), 401);
    assert_slice(s->text, text);                                  /* as for a wrong password */
    assert_int_equal(log_in_with(s, PEOPLE_PASSWORD, code), 401); /* it has confirmed */
    assert_slice(s->text, text);
    totp_in(s, secret, 1, code);
    assert_int_equal(log_in_with(s, PEOPLE_PASSWORD, code), 200);
    assert_int_equal(log_in_with(s, PEOPLE_PASSWORD, code), 401);
    WRITE(s, 200, "PATCH", "/v1/users/anna", "{'totp':false}"); /* the telephone is lost */
    assert_int_equal(log_in_with(s, PEOPLE_PASSWORD, NULL), 200);
    GET(s, "/v1/users/anna");
    bool totp = true;
    assert_true(json_bool(json_get(s->json, "totp"), &totp) && !totp);
    served_end(s);
}

/* ---- the commands ---- */

static void use_commands(struct command *c)
{
    c->stdin_text = "four words make sense\n";
    WANT_RUN(
        c, 0, "User anna may log in, role admin", NULL, "user", "add", "anna", "--role", "admin");
    WANT_RUN(c, 1, NULL, "there is a user 'anna'", "user", "add", "anna");
    c->stdin_text = "password1\n";
    WANT_RUN(c, 2, NULL, "will not do", "user", "add", "bob");
    c->stdin_text = "";
    WANT_RUN(c, 2, NULL, "standard input", "user", "add", "bob");
    c->stdin_text = "tea for two\n";
    WANT_RUN(c, 0, "15 characters", NULL, "user", "add", "bob", "--role", "read");
    WANT_RUN(c, 0, "bob   read   no        no", NULL, "user", "list");
    WANT_RUN(c, 1, NULL, "last administrator", "user", "disable", "anna");
    WANT_RUN(c, 0, "User bob may not log in", NULL, "user", "disable", "bob");
    WANT_RUN(c, 0, "bob   read   yes       no", NULL, "user", "list");
    WANT_RUN(c, 0, "User bob has another password", NULL, "user", "password", "bob");
    WANT_RUN(c, 1, NULL, "there is no user 'nobody'", "user", "password", "nobody");
    WANT_RUN(c, 0, "\"name\":\"anna\"", NULL, "user", "list", "--json");
}

static void test_commands_let_in_whoever_is_locked_out(void **state)
{
    struct served *s = *state;
    struct command c = {.s = s};
    char session[160];
    served_start(s);
    served_stop(s);
    use_commands(&c); /* nobody serves */
    served_start(s);
    log_in(s, "anna", session);
    assert_int_equal(post(s, "/v1/session", "{\"name\":\"bob\",\"password\":\"tea for two\"}"),
                     200);
    c.stdin_text = "another four words\n";
    WANT_RUN(&c, 0, "has another password", NULL, "user", "password", "anna");
    assert_int_equal(who(s, session), 401); /* by the server that runs, at once */
    WANT_RUN(&c, 0, "may not log in", NULL, "user", "disable", "bob");
    GET(s, "/v1/audit?action=changeUser&limit=1");
    struct json entry = said_at(json_get(s->json, "items"), 0);
    assert_slice(said_text(entry, "via"), "cli");
    assert_slice(said_text(entry, "actor"), "console");
    assert_slice(said_text(entry, "object"), "bob");
    assert_slice(said_text(entry, "detail"), "role read, disabled");
    command_free(&c);
    served_end(s);
}

/* ---- the audit ---- */

static void want_entry(struct served *s, const char *action, const char *actor, const char *object)
{
    GET(s, "/v1/audit?limit=1000&action=%s", action);
    for (struct json_iter i = json_iter(json_get(s->json, "items")); json_next(&i);) {
        if (slice_is(said_text(i.value, "actor"), actor) &&
            slice_is(said_text(i.value, "object"), object)) {
            assert_true(said_text(i.value, "at").n > 0);
            return;
        }
    }
    fail_msg("no %s of %s by %s: %.*s", action, object, actor, SLICE_ARG(s->text));
}

static void do_by(struct served *s,
                  const char *session,
                  int status,
                  const char *method,
                  const char *path,
                  const char *body)
{
    call(s, (struct call){.method = method, .path = path, .token = session, .body = body});
    served_wanted(s, status, __FILE__, __LINE__);
}

static void test_whatever_an_administrator_does_is_kept_with_their_name(void **state)
{
    struct served *s = *state;
    char session[160];
    served_start(s);
    new_user(s, "anna", "admin");
    log_in(s, "anna", session);
    do_by(s, session, 201, "POST", "/v1/locations", "{\"code\":\"berlin\"}");
    do_by(s,
          session,
          201,
          "POST",
          "/v1/channels",
          "{\"code\":\"own\",\"connector\":\"api\",\"secrets\":{\"webhook_secret\":"
          "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"}}");
    do_by(s, session, 200, "PATCH", "/v1/channels/own", "{\"cap\":5}");
    do_by(s, session, 409, "POST", "/v1/channels", "{\"code\":\"own\",\"connector\":\"api\"}");
    do_by(s, session, 200, "POST", "/v1/pause", "{\"channel\":\"own\",\"reason\":\"stocktaking\"}");
    do_by(s, session, 201, "POST", "/v1/tokens", "{\"name\":\"till\",\"scope\":\"read\"}");
    assert_slice(said_text(s->json, "made_by"), "anna");
    char token[64];
    (void)snprintf(token, sizeof(token), "%.*s", SLICE_ARG(said_text(s->json, "token")));
    do_by(s, session, 204, "DELETE", "/v1/tokens/1", "");
    do_by(s,
          session,
          201,
          "POST",
          "/v1/webhooks",
          "{\"url\":\"http://127.0.0.1:1/very-secret-path\"}");
    do_by(s, session, 202, "POST", "/v1/replays", "{\"channel\":\"own\",\"dry_run\":true}");
    do_by(s, session, 201, "POST", "/v1/skus", "{\"sku\":\"TEE\"}"); /* stock has its own book */
    do_by(s, session, 204, "DELETE", "/v1/session", "");
    want_entry(s, "createUser", "admin", "anna");
    want_entry(s, "logIn", "anna", "anna");
    want_entry(s, "createLocations", "anna", "berlin");
    want_entry(s, "createChannel", "anna", "own");
    want_entry(s, "changeChannel", "anna", "own");
    want_entry(s, "createToken", "anna", "till");
    want_entry(s, "deleteToken", "anna", "till");
    want_entry(s, "logOut", "anna", "anna");
    GET(s, "/v1/audit?action=createChannel");
    assert_int_equal(json_count(json_get(s->json, "items")), 1); /* what was refused was not done */
    struct json entry = said_at(json_get(s->json, "items"), 0);
    assert_slice(said_text(entry, "via"), "session");
    assert_slice(said_text(entry, "address"), "127.0.0.1");
    assert_true(said_text(entry, "event").n > 0);
    GET(s, "/v1/audit?actor=anna&action=pausePushes");
    assert_int_equal(json_count(json_get(s->json, "items")), 1);
    GET(s, "/v1/audit?actor=anna&action=createWebhook");
    assert_int_equal(json_count(json_get(s->json, "items")), 1);
    GET(s, "/v1/audit?limit=1000");
    static const char *const secrets[] = {
        PEOPLE_PASSWORD, "whsec_", "argon2id", "very-secret-path", "createSkus"};
    for (size_t i = 0; i < COUNT_OF(secrets); i++) {
        assert_false(is_in(s->text, secrets[i]));
    }
    assert_false(is_in(s->text, token));
    GET(s, "/v1/events?limit=1000");
    assert_false(is_in(s->text, PEOPLE_PASSWORD));
    served_end(s);
}

static void test_many_refusals_from_one_address_are_noted_once(void **state)
{
    struct served *s = *state;
    served_start(s);
    for (int i = 0; i < 60; i++) {
        call(s, (struct call){.method = "GET", .path = "/v1/skus", .token = "tc_guess"});
        assert_int_equal(s->status, 401);
    }
    UNTIL(s, 10, entries_of(s, "refused") > 0);
    assert_int_equal(json_count(json_get(s->json, "items")), 1);
    assert_slice(said_text(said_at(json_get(s->json, "items"), 0), "address"), "127.0.0.1");
    GET(s, "/metrics");
    assert_true(is_in(s->text, "truecount_refused_401_total 60\n"));
    served_end(s);
}

/* ---- the edge ---- */

static struct slice raw(struct served *s, const char *request)
{
    static char text[8192];
    size_t n = 0;
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)s->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    for (ssize_t got; n < sizeof(text) && (got = read(fd, text + n, sizeof(text) - n)) > 0;) {
        n += (size_t)got;
    }
    close(fd);
    return (struct slice){text, n};
}

static void test_every_answer_tells_browsers_to_be_careful(void **state)
{
    static const struct {
        const char *request, *status;
    } cases[] = {
        {"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200"},
        {"GET /v1/skus HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 401"},
        {"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404"},
        {"PUT /v1/skus HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
         "HTTP/1.1 405"},
        {"POST /hooks/none HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
         "HTTP/1.1 404"},
        {"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n", "HTTP/1.1 400"},
        {"TRACE /healthz HTTP/1.1\r\nHost: x\r\nX-Secret: echo\r\nConnection: close\r\n\r\n",
         "HTTP/1.1 405"},
    };
    struct served *s = *state;
    served_start(s);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice answer = raw(s, cases[i].request);
        if (!slice_starts(answer, cases[i].status) ||
            !is_in(answer, "\r\nX-Content-Type-Options: nosniff\r\n") ||
            !is_in(answer, "\r\nContent-Security-Policy: default-src 'self';") ||
            !is_in(answer, "frame-ancestors 'none'") ||
            !is_in(answer, "\r\nReferrer-Policy: no-referrer\r\n") ||
            !is_in(answer, "\r\nCache-Control: no-store\r\n") || is_in(answer, "echo")) {
            fail_msg("%s: %.*s", cases[i].request, SLICE_ARG(answer));
        }
    }
    served_end(s);
}

static int metrics_as(struct served *s, const char *token, const char *forwarded)
{
    char bearer[100];
    struct http_header headers[2];
    size_t n = 0;
    (void)snprintf(bearer, sizeof(bearer), "Bearer %s", token ? token : "");
    if (token) {
        headers[n++] = (struct http_header){SLICE("Authorization"), slice_of(bearer)};
    }
    if (forwarded) {
        headers[n++] = (struct http_header){SLICE("X-Forwarded-For"), slice_of(forwarded)};
    }
    return served_send(s, "GET", SLICE("/metrics"), headers, n, (struct slice){0});
}

static void test_metrics_are_for_loopback_and_for_tokens(void **state)
{
    struct served *s = *state;
    char token[64];
    served_start(s);
    new_token(s, "read", token);
    assert_int_equal(metrics_as(s, NULL, NULL), 200);
    assert_int_equal(metrics_as(s, NULL, "198.51.100.7"), 403); /* a proxy that we do not know */
    assert_int_equal(metrics_as(s, token, "198.51.100.7"), 200);
    assert_int_equal(metrics_as(s, "tc_nobody", NULL), 403);
    served_stop(s);
    assert_int_equal(setenv("TRUECOUNT_TRUSTED_PROXY", "127.0.0.0/8", 1), 0);
    served_start(s);
    assert_int_equal(unsetenv("TRUECOUNT_TRUSTED_PROXY"), 0);
    assert_int_equal(metrics_as(s, NULL, "198.51.100.7"), 403);
    assert_int_equal(metrics_as(s, NULL, "127.0.0.1"), 403); /* whoever can say so may lie */
    served_stop(s);
    assert_int_equal(setenv("TRUECOUNT_PUBLIC_METRICS", "1", 1), 0);
    served_start(s);
    assert_int_equal(unsetenv("TRUECOUNT_PUBLIC_METRICS"), 0);
    assert_int_equal(metrics_as(s, NULL, "198.51.100.7"), 200);
    served_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(test_the_printed_code_makes_the_first_administrator_once),
        SCENARIO(test_a_session_outlives_a_restart_and_not_its_logout),
        SCENARIO(test_a_new_login_in_the_same_browser_ends_the_old_session),
        SCENARIO(test_a_password_is_changed_with_the_old_one),
        SCENARIO(test_after_five_in_vain_everybody_there_waits),
        SCENARIO(test_many_guesses_at_once_are_no_way_round),
        SCENARIO(test_an_unknown_name_takes_as_long_and_says_the_same),
        SCENARIO(test_a_second_factor_is_asked_for_and_each_code_is_good_once),
        SCENARIO(test_commands_let_in_whoever_is_locked_out),
        SCENARIO(test_whatever_an_administrator_does_is_kept_with_their_name),
        SCENARIO(test_many_refusals_from_one_address_are_noted_once),
        SCENARIO(test_every_answer_tells_browsers_to_be_careful),
        SCENARIO(test_metrics_are_for_loopback_and_for_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
