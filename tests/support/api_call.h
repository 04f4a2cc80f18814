/* SPDX-License-Identifier: Apache-2.0 */
/* api_call - one call of a served API as anybody, with the headers that matter both ways. */
#pragma once
#include "support/served.h"

#include "base/totp.h"

struct reply {
    struct served *s;
    struct slice type, allow, authenticate, etag, cookie, retry; /* live until the next call */
};

struct call {
    const char *token; /* NULL: none, like all below. "COOKIE CSRF" of a session: by these */
    const char *csrf, *origin, *site; /* csrf: instead of what the session says */
    const char *method, *path;
    const char *key; /* Idempotency-Key */
    const char *if_match, *if_none_match;
    const char *body;
};

static inline void call_on_reply(void *arg, const struct env_reply *reply)
{
    struct reply *r = arg;
    const struct http_response *response = &reply->response;
    struct arena *arena = &r->s->arena;
    static const char *const names[] = {
        "Content-Type", "Allow", "WWW-Authenticate", "ETag", "Set-Cookie", "Retry-After"};
    struct slice *const values[] = {
        &r->type, &r->allow, &r->authenticate, &r->etag, &r->cookie, &r->retry};
    for (size_t i = 0; !reply->err && i < COUNT_OF(names); i++) {
        *values[i] = arena_copy(
            arena, http_header_get(response->headers, response->headers_count, names[i]));
    }
    served_on_reply(r->s, reply);
}

static inline struct reply call(struct served *s, struct call c)
{
    struct reply reply = {.s = s};
    struct http_header headers[8];
    size_t n = 0;
    char url[4096], bearer[200];
    struct err_note note;
    const struct {
        struct slice name;
        const char *value;
    } said[] = {{SLICE("Idempotency-Key"), c.key},
                {SLICE("If-Match"), c.if_match},
                {SLICE("If-None-Match"), c.if_none_match},
                {SLICE("Origin"), c.origin},
                {SLICE("Sec-Fetch-Site"), c.site}};
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", s->port, c.path);
    const char *space = c.token ? strchr(c.token, ' ') : NULL;
    if (space) {
        int cookie_size = (int)(space - c.token);
        (void)snprintf(bearer, sizeof(bearer), "a=b; __Host-truecount=%.*s", cookie_size, c.token);
        headers[n++] = (struct http_header){SLICE("Cookie"), slice_of(bearer)};
        headers[n++] =
            (struct http_header){SLICE("X-CSRF-Token"), slice_of(c.csrf ? c.csrf : space + 1)};
    } else if (c.token) {
        (void)snprintf(bearer, sizeof(bearer), "Bearer %s", c.token);
        headers[n++] = (struct http_header){SLICE("Authorization"), slice_of(bearer)};
    }
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        if (said[i].value) {
            headers[n++] = (struct http_header){said[i].name, slice_of(said[i].value)};
        }
    }
    const struct env_call env_call = {.request = {.method = slice_of(c.method),
                                                  .url = slice_of(url),
                                                  .headers = headers,
                                                  .headers_count = n,
                                                  .body = slice_of(c.body ? c.body : "")},
                                      .private_ok = true};
    arena_clear(&s->arena);
    s->is_answered = false;
    s->json = (struct json){0};
    s->env->ops->http(s->env, &env_call, call_on_reply, &reply);
    while (!s->is_answered) {
        env_uv_run(s->uv);
    }
    if (s->text.n && json_parse(s->doc, s->text, &s->json, &note)) {
        s->json = (struct json){0};
    }
    return reply;
}

/* Every refusal is a problem that says its own status, and what to do. */
static inline void assert_problem(struct served *s, const struct reply *reply, int status)
{
    served_wanted(s, status, __FILE__, __LINE__);
    assert_slice(reply->type, "application/problem+json");
    assert_int_equal(said_int(s->json, "status"), status);
    assert_true(said_text(s->json, "type").n > 0);
    assert_true(said_text(s->json, "title").n > 0);
    assert_true(said_text(s->json, "detail").n > 0);
}

static inline void new_token(struct served *s, const char *scope, char out[64])
{
    WRITE(s, 201, "POST", "/v1/tokens", "{'name':'%s','scope':'%s'}", scope, scope);
    struct slice token = said_text(s->json, "token");
    assert_true(token.n == 46);
    (void)snprintf(out, 64, "%.*s", SLICE_ARG(token));
}

/* ---- people ---- */

#define PEOPLE_PASSWORD "four words make sense"

/* "COOKIE CSRF" of the answer to a login, for call's token. */
static inline void session_of(const struct reply *reply, char out[160])
{
    struct slice cookie = reply->cookie, value;
    assert_true(slice_starts(cookie, "__Host-truecount="));
    slice_cut(&cookie, '=', &value);
    slice_cut(&cookie, ';', &value);
    (void)snprintf(
        out, 160, "%.*s %.*s", SLICE_ARG(value), SLICE_ARG(said_text(reply->s->json, "csrf")));
    assert_int_equal(strlen(out), 64 + 1 + 64);
}

/* The code that an authenticator shows for the secret so many steps from now. */
static inline void totp_in(struct served *s, const char *secret, int64_t steps, char out[80])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t key[64];
    uint32_t bits = 0;
    size_t n = 0;
    int held = 0;
    for (const char *c = secret; *c; c++) {
        const char *at = strchr(letters, *c);
        assert_non_null(at);
        bits = (bits << 5 | (uint32_t)(at - letters)) & 0xffff;
        held += 5;
        if (held >= 8) {
            held -= 8;
            key[n++] = (uint8_t)(bits >> held);
        }
    }
    int64_t step = s->env->ops->wall_us(s->env) / US_PER_S / 30 + steps;
    (void)snprintf(out, 80, "%06" PRId64, totp_at((struct slice){(const char *)key, n}, step, 6));
}

static inline void totp_now(struct served *s, const char *secret, char out[80])
{
    totp_in(s, secret, 0, out);
}

/* Logs in, as session_of has it. The answer lies in s. */
static inline struct reply log_in(struct served *s, const char *name, char out[160])
{
    char body[256];
    (void)snprintf(
        body, sizeof(body), "{\"name\":\"%s\",\"password\":\"" PEOPLE_PASSWORD "\"}", name);
    struct reply reply =
        call(s, (struct call){.method = "POST", .path = "/v1/session", .body = body});
    served_wanted(s, 200, __FILE__, __LINE__);
    session_of(&reply, out);
    return reply;
}

static inline void new_user(struct served *s, const char *name, const char *role)
{
    WRITE(s,
          201,
          "POST",
          "/v1/users",
          "{'name':'%s','role':'%s','password':'" PEOPLE_PASSWORD "'}",
          name,
          role);
}

/* The code of the address that the server printed. */
static inline void setup_code(struct served *s, char out[80])
{
    char *log = file_text(s->log), *at = strstr(log, "/setup#");
    assert_non_null(at);
    at += strlen("/setup#");
    (void)snprintf(out, 80, "%.*s", (int)strspn(at, "0123456789abcdef"), at);
    free(log);
}
