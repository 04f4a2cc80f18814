/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access - who asks: the tokens, the people and their sessions, as the store has them.
 *
 * They are kept in memory and read again after whatever changes them, before the next request is
 * looked at. What cannot be read lets nobody in (503). An Authorization header wins over a cookie.
 *
 * A request by cookie that changes something must prove that it comes from our own page: it carries
 * the session's X-CSRF-Token (made from the cookie, so that it needs no keeping), and what the
 * browser says of its origin must be us. The loop's alone.
 */
#pragma once
#include "base/cidr.h"
#include "engine/access.h"
#include "intake/http_server.h"

struct access;

#define ACCESS_COOKIE "__Host-truecount"
#define ACCESS_SECRET_TEXT 64 /* characters of a cookie, and of its X-CSRF-Token */
#define ACCESS_PROXIES_MAX 16

struct access_config {
    struct env *env;
    struct engine *engine;                /* told when somebody was seen; NULL: nobody is */
    struct store *reader;                 /* borrowed */
    const char *admin_token, *public_url; /* NULL: none */
    const struct cidr *proxies;           /* whose X-Forwarded-For is believed; copied */
    size_t proxies_count;
};

struct caller {
    int64_t token; /* or one of api.h's API_TOKEN_... */
    struct slice name;
    enum token_scope scope;
    enum asked_via via;
    int64_t user, session; /* 0: no person */
};

MUST_USE enum err access_new(const struct access_config *config, struct access **out);
void access_free(struct access *access);    /* NULL is fine */
void access_changed(struct access *access); /* in the store: it is read again */

/* 0 and who asks, whose name lives until the next call; or 401, or 503. */
int access_find(struct access *access, const struct http_request *head, struct caller *out);
/* Could it still ask now? For what lasts longer than a request. */
bool access_lasts(struct access *access, const struct caller *caller);
/* NULL, or why a request that changes something is not taken from where it comes. has_session: it
 * asks by cookie, so it needs the token too. */
const char *
access_forged(const struct access *access, const struct http_request *head, bool has_session);

/* Rows live until the next call; NULL: there is none, or it may not log in. */
const struct user_row *access_user(struct access *access, int64_t id);
const struct user_row *access_user_by_name(struct access *access, struct slice name);
/* Is there a user at all? ERR_OK and the answer. */
MUST_USE enum err access_has_users(struct access *access, bool *out);
const struct session_row *access_session(struct access *access, int64_t id); /* NULL: none */

/* What the request's cookie holds; empty: it has none of ours. */
struct slice access_cookie(const struct http_request *head);
void access_cookie_hash(struct slice cookie, uint8_t out[32]);
/* The X-CSRF-Token of a cookie. */
struct slice access_csrf(struct slice cookie, struct arena *arena);
struct slice access_secret(struct env *env, struct arena *arena); /* a new cookie, or code */

/* Where the request comes from: its peer, or whom a proxy that we believe names. */
struct slice access_address(const struct access *access,
                            const struct http_request *head,
                            struct slice peer,
                            struct arena *arena);
bool access_is_loopback(struct slice address);
